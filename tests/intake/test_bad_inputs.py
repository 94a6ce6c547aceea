"""Wrong and hostile returns: each is refused or mended as it should be, at its address, and costs nothing else.

All of them lie in one raw folder and are taken in by one run, so every case also shows that a bad file
blocks no other. Cases F01 to F63 are those of the field's catalogue; the others are our own. Of the
catalogue, F29 and F57 (older versions, late files) are tested with the decisions they wait for, F52 (jumps
against last year) with the rules, F53 (no pupils, but teachers) in the district built by hand, F60 (identity
numbers) with the personal numbers, the sensor's side of F30 with the definitions.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import arrivals, receive, vault
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import FileRecord, read_manifest
from dagster_project.intake.reader import Limits, Worker
from dagster_project.record import in_force, suites
from tests.intake import bad_files as make
from tests.intake.bad_files import HEAD, STAFFING_HEAD

Row = list[Any]


@dataclass(frozen=True)
class Case:
    """One file: its name, what it holds given the codes of its two schools, and what should come of it.

    `students` are the pupils in force of its first and second school; None: no row of that school counts.
    """

    key: str
    suffix: str
    content: Callable[[str, str], bytes]
    rule: str = ""
    severity: str = ""
    cell: str | None = None
    says: str = ""
    students: tuple[int | None, int | None] = (None, None)
    feed: str = "enrolment"
    also: tuple[str, ...] = field(default=())


def row(school: str, students: Any = 30, **changes: Any) -> Row:
    """An enrolment row."""
    values = {
        "code": school,
        "name": f"示例{school[2:8]}{school[-1]}小学",
        "stage": "小学",
        "students": students,
        "classes": 1,
    }
    values.update(changes)
    return list(values.values())


def staff(school: str, **changes: Any) -> Row:
    """A staffing row whose columns may be replaced by place."""
    values: dict[str, Any] = {"code": school, "name": f"示例{school[2:8]}{school[-1]}小学", "stage": "小学"}
    values.update(teachers=10, degree=8, backbone=2, pe=1, music=1, art=1)
    values.update(changes)
    return list(values.values())


def two(a: str, b: str, first: Any = 30, **changes: Any) -> list[Row]:
    """Heading and one row for each school."""
    return [HEAD, row(a, first, **changes), row(b, 40)]


def plain(a: str, b: str) -> bytes:
    return make.workbook(two(a, b))


def cells(first: Any, **changes: Any) -> Callable[[str, str], bytes]:
    """A workbook whose first school's pupils (or other columns) are these."""
    return lambda a, b: make.workbook(two(a, b, first, **changes))


def touched(touch: Callable[[openpyxl.Workbook], None]) -> Callable[[str, str], bytes]:
    return lambda a, b: make.workbook(two(a, b), touch=touch)


def member(name: str, data: bytes) -> Callable[[str, str], bytes]:
    """A workbook with one member more."""
    return lambda a, b: make.rewritten(plain(a, b), added={name: data})


def xml(change: Callable[[bytes], bytes]) -> Callable[[str, str], bytes]:
    return lambda a, b: make.sheet_xml(change, two(a, b))


def inflating(a: str, b: str) -> bytes:
    """60 MB of blanks in a few kilobytes."""
    return make.sheet_xml(
        lambda d: d.replace(b"</worksheet>", b" " * 60_000_000 + b"</worksheet>"), two(a, b)
    )


def entities(data: bytes) -> bytes:
    lines = "".join(f'<!ENTITY l{i} "&l{i - 1};&l{i - 1};&l{i - 1};&l{i - 1};">' for i in range(1, 30))
    return f'<!DOCTYPE worksheet [<!ENTITY l0 "x">{lines}]>'.encode() + data.split(b"?>", 1)[-1]


def linked(formula: str) -> Callable[[str, str], bytes]:
    """A formula on another file, with its last value, in the first school's pupils."""

    def change(data: bytes) -> bytes:
        before = b'<c r="D2" t="n"><v>30</v></c>'
        assert before in data
        return data.replace(before, f'<c r="D2"><f>{formula}</f><v>30</v></c>'.encode())

    return lambda a, b: make.rewritten(
        plain(a, b),
        {"xl/worksheets/sheet1.xml": change},
        {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
    )


def duplicated_member(a: str, b: str) -> bytes:
    stream = io.BytesIO(plain(a, b))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return stream.getvalue()


def lying_size(a: str, b: str) -> bytes:
    """The directory of the archive states a tenth of the sheet's size."""
    content = bytearray(plain(a, b))
    info = zipfile.ZipFile(io.BytesIO(bytes(content))).getinfo("xl/worksheets/sheet1.xml")
    place = content.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    content[place + 24 : place + 28] = struct.pack("<I", info.file_size // 10)
    return bytes(content)


def encrypted(a: str, b: str) -> bytes:
    return make.compound_file("EncryptedPackage", b"secret")


def merged(area: str) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: book.active.merge_cells(area)


def hide_row(book: openpyxl.Workbook) -> None:
    book.active.row_dimensions[2].hidden = True


def hide_column(book: openpyxl.Workbook) -> None:
    book.active.column_dimensions["E"].hidden = True


def second_sheet(book: openpyxl.Workbook) -> None:
    book.create_sheet("说明稿").append(["这是", "草稿"])


def hidden_sheet(book: openpyxl.Workbook) -> None:
    sheet = book.create_sheet("旧表")
    sheet.append(HEAD)
    sheet.append(["2150000001", "甲", "小学", 9, 1])
    sheet.sheet_state = "hidden"


def million_blank_rows(book: openpyxl.Workbook) -> None:
    book.active.cell(1_048_576, 2).number_format = "0.00"


def with_total(*totals: Row) -> Callable[[str, str], bytes]:
    return lambda a, b: make.workbook([*two(a, b), *totals])


def csv_of(rows: Callable[[str, str], list[Row]], **options: str) -> Callable[[str, str], bytes]:
    return lambda a, b: make.text_table(rows(a, b), **options)


GOOD = (30, 40)
SPOILT = (None, 40)
LOST = (None, None)
Q, R, W = "quarantine_row", "reject_file", "warn"

CASES = [
    Case("F01 zip bomb", ".xlsx", inflating, "ARCHIVE_SUSPICIOUS", R, "", "解压后过大"),
    Case("F02 entity bomb", ".xlsx", xml(entities), "XML_DEFINITION", R, "", "不允许的 XML 定义"),
    Case("F03 macro", ".xlsx", member("xl/vbaProject.bin", b"x"), "MACRO_FILE", R, "", "不含宏"),
    Case("F03 macro in xlsm", ".xlsm", member("xl/vbaProject.bin", b"x"), "MACRO_FILE", R, "", "不含宏"),
    Case("F04 figure in another file", ".xlsx", linked("[1]Sheet1!A1"), "EXTERNAL_REFERENCE", R, "D2", "粘贴"),
    Case("F04 DDE", ".xlsx", linked("cmd|'/c calc'!A0"), "EXTERNAL_REFERENCE", R, "D2", "引用了其他文件"),
    Case("F04 unused link", ".xlsx", member("xl/externalLinks/externalLink1.xml", b"<a/>"), "EXTERNAL_LINKS", W, "",
         "断开链接", GOOD),
    Case("F04 embedded object", ".xlsx", member("xl/embeddings/oleObject1.bin", b"x"), "EMBEDDED_OBJECTS", W, "",
         "嵌有其他文件", GOOD),
    Case("F05 formula as name", ".csv", csv_of(lambda a, b: two(a, b, name="=cmd|' /C calc'!A0")),
         "FORMULA_IN_TEXT", Q, "B2", "不能以 = + - @ 开头", SPOILT),
    Case("F05 at sign", ".csv", csv_of(lambda a, b: two(a, b, name="@SUM(1)")), "FORMULA_IN_TEXT", Q, "B2", "", SPOILT),
    Case("F05 tab then formula", ".csv", csv_of(lambda a, b: two(a, b, name="\t=1+1")), "FORMULA_IN_TEXT", Q, "B2",
         "", SPOILT),
    Case("F07 GB18030", ".csv", csv_of(two, encoding="gb18030"), students=GOOD),
    Case("F08 BOM", ".csv", csv_of(two, encoding="utf-8-sig"), students=GOOD),
    Case("F09 Unicode text", ".csv", csv_of(two, encoding="utf-16", separator="\t"), "CSV_SEPARATOR", W, "",
         "制表符", GOOD),
    Case("F11 full-width digits", ".xlsx", cells("３０"), "WIDE_DIGITS", W, "D2", "已转为半角", GOOD),
    Case("F12 unit", ".xlsx", cells("30人"), "NOT_A_NUMBER", Q, "D2", "不带单位", SPOILT),
    Case("F12 ten thousands", ".xlsx", cells("1.2万"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("F12 about", ".xlsx", cells("约300"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("F12 thousands comma", ".xlsx", cells("1,030", classes=25), students=(1030, 40)),
    Case("F15 same school, other figures", ".xlsx", lambda a, b: make.workbook([*two(a, b), row(a, 31)]),
         "ENROLMENT_CONFLICT", Q, "A2", "数据却不一致", SPOILT),
    Case("F15 same row twice", ".xlsx", lambda a, b: make.workbook([*two(a, b), row(a)]), students=GOOD),
    Case("F16 unknown school", ".xlsx", lambda a, b: make.workbook([HEAD, row("2159999999"), row(b, 40)]),
         "ENROLMENT_UNREGISTERED", Q, "A2", "不在本学年采用的学校名录中", SPOILT),
    Case("F17 leading zeros lost", ".xlsx", lambda a, b: make.workbook([HEAD, row(a[2:]), row(b, 40)]),
         "BAD_CODE", Q, "A2", "应为 10 位数字，请按文本填写", SPOILT),
    Case("F19 negative", ".xlsx", cells(-3), "NEGATIVE", Q, "D2", "不能为负", SPOILT),
    Case("F20 part above whole", ".xlsx",
         lambda a, b: make.workbook([STAFFING_HEAD, staff(a, degree=11), staff(b)], sheet="教师"),
         "STAFFING_ABOVE_REQUIRED_DEGREE_TEACHERS_ABOVE_TOTAL", Q, "E2", "不", (None, 10), "staffing"),
    Case("F21 error value", ".xlsx", cells("#DIV/0!"), "ERROR_VALUE", Q, "D2", "错误值", SPOILT),
    Case("F21 nan", ".csv", csv_of(lambda a, b: two(a, b, "NaN")), "NOT_FINITE", Q, "D2", "", SPOILT),
    Case("F21 infinite", ".csv", csv_of(lambda a, b: two(a, b, "inf")), "NOT_FINITE", Q, "D2", "", SPOILT),
    Case("F23 hidden row", ".xlsx", touched(hide_row), "HIDDEN_CELLS", W, "A2", "1 个隐藏行", GOOD),
    Case("F23 hidden column", ".xlsx", touched(hide_column), "HIDDEN_CELLS", W, "E1", "1 个隐藏列", GOOD),
    Case("F23 hidden sheet", ".xlsx", touched(hidden_sheet), "HIDDEN_SHEET", W, "", "被隐藏，未读取", GOOD),
    Case("F24 total agrees", ".xlsx", with_total(["合计", "", "", 70, 2]), students=GOOD),
    Case("F24 total differs", ".xlsx", with_total(["合计", "", "", 71, 2]), "TOTAL_MISMATCH", R, "D4",
         "合计填 71，各行之和是 70"),
    Case("F24 subtotal and mean", ".xlsx", with_total(["小计", "", "", 1, 1], ["平均", "", "", 35, 1]), students=GOOD),
    Case("F25 second sheet", ".xlsx", touched(second_sheet), "UNRECOGNISED_SHEET", W, "", "没有认出", GOOD),
    Case("F27 a million blank rows", ".xlsx", touched(million_blank_rows), students=GOOD),
    Case("F28 other year", ".xlsx", lambda a, b: make.workbook([["2021学年度在校生数"], *two(a, b)]), "WRONG_YEAR", R, "A1",
         "2021"),
    Case("F32 member that climbs out", ".xlsx", member("../../evil.xml", b"<a/>"), "ARCHIVE_SUSPICIOUS", R, "", "路径可疑"),
    Case("F32 absolute member", ".xlsx", member("/etc/evil.xml", b"<a/>"), "ARCHIVE_SUSPICIOUS", R, "", "路径可疑"),
    Case("F34 password", ".xlsx", encrypted, "ENCRYPTED_FILE", R, "", "去除密码"),
    Case("F35 truncated", ".xlsx", lambda a, b: plain(a, b)[:-200], "DAMAGED_FILE", R, "", "不完整"),
    Case("F37 web page", ".xls", lambda a, b: make.web_page(two(a, b)), "HTML_TABLE", W, "", "网页格式", GOOD),
    Case("F38 WPS table", ".et", lambda a, b: make.compound_file("WpsData", b"?" * 5000), "ET_FILE", R, "", "WPS"),
    Case("F40 picture", ".xlsx", lambda a, b: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "NOT_A_TABLE", R, "", "照片"),
    Case("F40 program", ".xls", lambda a, b: b"MZ\x90\0" + b"\0" * 99, "NOT_A_TABLE", R, "", "不是 Excel"),
    Case("F40 PDF", ".csv", lambda a, b: b"%PDF-1.7\n", "NOT_A_TABLE", R, "", "PDF"),
    Case("F42 open quote", ".csv", lambda a, b: make.text_table(two(a, b)) + b'"2150000001,x\n', "BAD_CSV", R, "",
         "第 4 行起引号不配对"),
    Case("F44 semicolons", ".csv", csv_of(two, separator=";"), "CSV_SEPARATOR", W, "", "分号", GOOD),
    Case("F44 full-width commas", ".csv", csv_of(two, separator="，"), "CSV_SEPARATOR", W, "", "全角逗号", GOOD),
    Case("F46 column missing", ".xlsx", lambda a, b: make.workbook([r[:3] + r[4:] for r in two(a, b)]),
         "MISSING_COLUMN", R, "E1", "在校生数"),
    Case("F46 column renamed", ".xlsx",
         lambda a, b: make.workbook([["学校标识码", "学校名称", "学段", "在校生人", "班级数"], row(a), row(b)]),
         "MISSING_COLUMN", R, "D1", "相近的“在校生人”"),
    Case("F46 reordered", ".xlsx", lambda a, b: make.workbook([r[::-1] for r in two(a, b)]), students=GOOD),
    Case("F46 one more column", ".xlsx", lambda a, b: make.workbook([[*r, x] for r, x in zip(
        two(a, b), ("爱好", "棋", "画"), strict=True)]), "UNMAPPED_COLUMN", W, "F1", "不在报表要求之内", GOOD),
    Case("F48 invisible characters", ".xlsx", cells(30, stage="\u200b小学\u3000\n"), students=GOOD),
    Case("F51 blank is missing", ".xlsx", cells(None), "BLANK_CELL", W, "D2", "不当作零", (None, 40)),
    Case("F51 none in words", ".xlsx", cells("无"), "NOT_A_NUMBER", Q, "D2", "没有数据请留空，确实为零请填 0", SPOILT),
    Case("F51 dash", ".xlsx", cells("-"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("F51 slash", ".xlsx", cells("/"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("F51 zero", ".xlsx", cells(0, classes=0), students=(0, 40)),
    Case("F63 pupils without classes", ".xlsx", cells(30, classes=0), "ENROLMENT_WITHOUT_CLASSES", W, "E2", "班级", GOOD),
    # our own
    Case("formula without value", ".xlsx", cells("=29+1"), "FORMULA_WITHOUT_VALUE", Q, "D2", "没有计算结果", SPOILT),
    Case("merged figures", ".xlsx", touched(merged("D2:D3")), "MERGED_CELL", Q, "D2", "取消合并", LOST),
    Case("merged stage", ".xlsx", touched(merged("C2:C3")), "MERGED_CELLS", W, "C2", "C2:C3", GOOD),
    Case("merged across columns", ".xlsx", touched(merged("D2:E2")), "MERGED_CELL", Q, "D2", "", SPOILT),
    Case("member twice", ".xlsx", duplicated_member, "ARCHIVE_SUSPICIOUS", R, "", "重名"),
    Case("lying size", ".xlsx", lying_size, "DAMAGED_FILE", R, "", "重新导出"),
    Case("binary workbook", ".xlsb", lambda a, b: make.rewritten(
        plain(a, b), added={"xl/workbook.bin": b"x"}), "BINARY_WORKBOOK", R, "", ".xlsb"),
    Case("Word file", ".xlsx", lambda a, b: make.rewritten(
        plain(a, b), without=["xl/workbook.xml"], added={"word/document.xml": b"<a/>"}), "NOT_A_TABLE", R, "", "Word"),
    Case("open document", ".ods", lambda a, b: make.open_workbook(two(a, b)), students=GOOD),
    Case("open document called .xlsx", ".xlsx", lambda a, b: make.open_workbook(two(a, b)), students=GOOD),
    Case("error in an open document", ".ods", lambda a, b: make.open_workbook(two(
        a, b, '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>')), "ERROR_VALUE", Q, "D2", "错误值", SPOILT),
    Case("old workbook", ".xls", lambda a, b: make.old_workbook(two(a, b)), students=GOOD),
    Case("error in an old workbook", ".xls", lambda a, b: make.old_workbook(two(a, b), {(1, 3): 7}), "ERROR_VALUE", Q,
         "D2", "错误值", SPOILT),
    Case("macros in an old workbook", ".xls", lambda a, b: make.compound_file(
        "Workbook", "_VBA_PROJECT".encode("utf-16-le")), "MACRO_FILE", R, "", "不含宏"),
    Case("damaged old workbook", ".xls", lambda a, b: make.old_workbook(two(a, b))[:1200], "DAMAGED_FILE", R, "", "另存为"),
    Case("empty file", ".xlsx", lambda a, b: b"", "EMPTY_FILE", R, "", "空的"),
    Case("NUL bytes", ".csv", lambda a, b: b"a,b\n\x00\x00", "DAMAGED_FILE", R, "", ""),
    Case("unknown encoding", ".csv", lambda a, b: make.text_table(two(a, b)) + b"\xff\xff\xff\n", "UNKNOWN_ENCODING", R,
         "", "编码"),
    Case("row longer than the head", ".csv", lambda a, b: make.text_table(two(a, b)).replace(
        b"30,1", "30,1,多".encode()), "SHIFTED_ROW", Q, "F2", "列数多于表头", SPOILT),
    Case("row shorter than the head", ".csv", lambda a, b: make.text_table(two(a, b)).replace(b"30,1", b"30"),
         "SHIFTED_ROW", Q, "D2", "列数少于表头", SPOILT),
    Case("column without a name", ".csv", lambda a, b: make.text_table(two(a, b)).replace("班级数".encode(), b""),
         "UNMAPPED_COLUMN", W, "E1", "E 列有内容（如 E2），表头却没有列名", GOOD),
    Case("heading that lost a cell", ".csv", lambda a, b: make.text_table(two(a, b)).replace(",班级数".encode(), b""),
         "SHIFTED_HEADING", R, "A1", "表头有 4 列，而 2 行里有 2 行不是这么多列"),
    Case("row of a web page shorter than the head", ".xls", lambda a, b: make.web_page(two(a, b)).replace(
        "<td>小学</td>".encode("gbk"), b"", 1), "SHIFTED_ROW", Q, "D2", "列数少于表头", SPOILT),
    Case("line break in a name", ".csv", csv_of(lambda a, b: two(a, b, stage="小\n学")), students=GOOD),
    Case("old Mac line ends", ".csv", lambda a, b: make.text_table(two(a, b)).replace(b"\r\n", b"\r"), students=GOOD),
    Case("UTF-16 big endian", ".csv", lambda a, b: b"\xfe\xff" + make.text_table(two(a, b), encoding="utf-16-be"),
         students=GOOD),
    Case("date in a number", ".xlsx", cells(dt.date(2023, 9, 1)), "DATE_IN_NUMBER", Q, "D2", "日期格式", SPOILT),
    Case("true in a number", ".xlsx", cells(True), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("half a pupil", ".xlsx", cells(30.5), "FRACTION_IN_COUNT", Q, "D2", "整数", SPOILT),
    Case("exponent as text", ".xlsx", cells("3e1"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("per cent", ".xlsx", cells("30%"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("Arabic-Indic digits", ".xlsx", cells("٣٠"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("superscript", ".xlsx", cells("3²"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("beyond all pupils", ".xlsx", cells(1e16), "NUMBER_TOO_LARGE", Q, "D2", "不可能", SPOILT),
    Case("wrongly grouped digits", ".xlsx", cells("1,2,3"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("code as a number", ".xlsx", lambda a, b: make.workbook([HEAD, row(a, code=int(a)), row(b, 40)]), students=GOOD),
    Case("code with .0", ".csv", lambda a, b: make.text_table([HEAD, row(a, code=f"{a}.0"), row(b, 40)]),
         students=GOOD),
    Case("code as 2.15E+09", ".csv", lambda a, b: make.text_table([HEAD, row(a, code="2.15E+09"), row(b, 40)]),
         "BAD_CODE", Q, "A2", "", SPOILT),
    Case("blank code", ".xlsx", lambda a, b: make.workbook([HEAD, row(a, code=None), row(b, 40)]), "KEY_BLANK", Q, "A2",
         "无法确定这一行属于谁", SPOILT),
    Case("unknown stage", ".xlsx", cells(30, stage="中学部"), "UNKNOWN_CHOICE", Q, "C2", "应填：", SPOILT),
    Case("heading twice", ".xlsx", lambda a, b: make.workbook([[*r, r[3]] for r in two(a, b)]), "DUPLICATE_COLUMN", R,
         "F1", "出现不止一次"),
    Case("heading too far down", ".xlsx", lambda a, b: make.workbook([*[["说明"]] * 250, *two(a, b)]),
         "NOTHING_RECOGNISED", R, "", "没有认出"),
    Case("rowspan in a web page", ".xls", lambda a, b: make.web_page(two(a, b)).replace(
        "<td>小学</td>".encode("gbk"), "<td rowspan=2>小学</td>".encode("gbk"), 1).replace(
        "<td>小学</td>".encode("gbk"), b"", 1), "MERGED_CELLS", W, "C2", "", GOOD),
    Case("web page without table", ".xls", lambda a, b: b"<html><body>404</body></html>", "HTML_FILE", R, "", "没有表格"),
    Case("XML spreadsheet", ".xls", lambda a, b: b'<?xml version="1.0"?><Workbook/>', "XML_FILE", R, "", "XML"),
    Case("shared strings gone", ".xlsx", lambda a, b: make.rewritten(
        make.shared_text_workbook(two(a, b)), without=["xl/sharedStrings.xml"]), "", R),
    Case("shared strings", ".xlsx", lambda a, b: make.shared_text_workbook(two(a, b)), students=GOOD),
    Case("shared strings cut short", ".xlsx", lambda a, b: make.rewritten(
        make.shared_text_workbook(two(a, b)), {"xl/sharedStrings.xml": lambda d: d[: len(d) // 2]}), "", R),
    Case("sheet cut in its middle", ".xlsx", xml(lambda d: d[: len(d) // 2]), "DAMAGED_FILE", R, "", ""),
    Case("gzip", ".xlsx", lambda a, b: b"\x1f\x8b\x08" + b"\0" * 40, "PACKED_FILES", R, "", ""),
    Case("text outside the table", ".xlsx", lambda a, b: make.workbook([*two(a, b), [None] * 8 + ["见附件"]]),
         "TEXT_OUTSIDE_TABLE", W, "I4", "各列之外", GOOD),
    Case("footnote", ".xlsx", with_total(["注：班级数含教学点"]), students=GOOD),
    Case("other year in a column", ".xlsx", lambda a, b: make.workbook([[*r, x] for r, x in zip(
        two(a, b), ("学年", 2020, 2020), strict=True)]), "WRONG_YEAR", R, "F2", "2020"),
    Case("control character in a name", ".csv", csv_of(lambda a, b: two(a, b, stage="小学\x0b")), students=GOOD),
    Case("negative zero", ".csv", csv_of(lambda a, b: two(a, b, "-0", classes="0")), students=(0, 40)),
    Case("Chinese digits", ".xlsx", cells("三十"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
    Case("two rows in one cell", ".xlsx", cells("30\n31"), "NOT_A_NUMBER", Q, "D2", "", SPOILT),
]  # fmt: skip


def code(i: int, school: int) -> str:
    return f"21{i:06d}{school:02d}"


def file_name(i: int, case: Case) -> str:
    return f"2023/case{i:03d}{case.suffix}"


@dataclass(frozen=True)
class Outcome:
    problems: pd.DataFrame
    submissions: pd.DataFrame
    enrolment: pd.DataFrame
    staffing: pd.DataFrame


def judge(home: Home) -> Outcome:
    """Everything the record says after judging."""
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date(2024, 1, 1))
        names = ("problems", "submissions", "enrolment", "staffing")
        return Outcome(*(con.execute(f"select * from accepted.{n}").df() for n in names))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("bad")
    raw, home = root / "raw", Home(root / "home")
    (raw / "2023").mkdir(parents=True)
    head = ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"]
    register = [
        [code(i, s), f"示例{code(i, s)[2:8]}{s}小学", "500115", "某镇", "小学", "公办"]
        for i in range(len(CASES))
        for s in (1, 2)
    ]
    (raw / "2023" / "register.xlsx").write_bytes(make.workbook([head, *register], sheet="名录"))
    for i, case in enumerate(CASES):
        (raw / file_name(i, case)).write_bytes(case.content(code(i, 1), code(i, 2)))
    receive.take_in(home, raw)
    return judge(home)


@pytest.mark.parametrize(("i", "case"), enumerate(CASES), ids=[c.key for c in CASES])
def test_each_bad_file_is_named_at_its_place_and_loses_nothing_else(
    i: int, case: Case, outcome: Outcome
) -> None:
    told = outcome.problems[outcome.problems["source_file"] == file_name(i, case)]
    graver = told[told["severity"] != W]
    if case.severity:
        found = told[told["severity"] == case.severity]
        if case.rule:
            found = found[found["rule_code"] == case.rule]
        assert len(found), told[["severity", "rule_code", "cell", "message_zh"]].to_dict("records")
        first = found.iloc[0]
        if case.cell is not None:
            assert case.cell in set(found["cell"])
        assert case.says in first["message_zh"]
        if case.severity == W:
            assert graver.empty, graver["message_zh"].tolist()
    else:
        assert told.empty, told[["rule_code", "cell", "message_zh"]].to_dict("records")
    rows = outcome.staffing if case.feed == "staffing" else outcome.enrolment
    column = "full_time_teachers" if case.feed == "staffing" else "students"
    in_force = rows.set_index("school_code")[column]
    values = [in_force.get(code(i, s)) for s in (1, 2)]
    assert [None if v is None or pd.isna(v) else int(v) for v in values] == list(case.students)


def test_every_row_of_every_file_is_accounted_for(outcome: Outcome) -> None:
    listed = outcome.submissions
    assert set(listed["source_file"]) == {file_name(i, c) for i, c in enumerate(CASES)} | {
        "2023/register.xlsx"
    }
    parts = listed["rows_accepted"] + listed["rows_quarantined"] + listed["rows_dropped"]
    assert (listed["rows_read"] == parts).all()


def test_no_message_shows_a_python_or_a_path(outcome: Outcome) -> None:
    shown = " ".join(outcome.problems["message_zh"])
    assert "Traceback" not in shown and "Error" not in shown and "/tmp" not in shown
    assert not outcome.problems["rule_code"].isin(["READER_FAILED", "READER_DIED"]).any()


def taken(
    root: Path, put: Callable[[Path], None], *more: Callable[[Path], None]
) -> tuple[Home, list[FileRecord]]:
    """Records of the files after one run for each step."""
    raw, home = root / "raw", Home(root / "home")
    (raw / "2023").mkdir(parents=True, exist_ok=True)
    for step in (put, *more):
        step(raw / "2023")
        receive.take_in(home, raw)
    return home, read_manifest(home).files


A, B = "2150000001", "2150000002"


def test_f31_links_and_special_files_are_no_returns(tmp_path: Path) -> None:
    def put(folder: Path) -> None:
        outside = tmp_path / "outside.xlsx"
        outside.write_bytes(make.workbook(two(A, B, 77)))
        (folder / "link.xlsx").symlink_to(outside)
        (folder / "dangling.xlsx").symlink_to(tmp_path / "nowhere")
        os.link(outside, folder / "hard.xlsx")
        os.mkfifo(folder / "pipe.xlsx")
        (folder / "folder.xlsx").mkdir()
        (folder / "good.xlsx").write_bytes(plain(A, B))

    home, files = taken(tmp_path, put)
    statuses = {Path(f.path).name: f.status for f in files}
    assert statuses.pop("good.xlsx") == "accepted"
    assert statuses == dict.fromkeys(("link.xlsx", "dangling.xlsx", "hard.xlsx", "pipe.xlsx"), "rejected")
    assert not (home.vault / vault.sha256_of(make.workbook(two(A, B, 77)))).exists()
    assert 77 not in judge(home).enrolment["students"].tolist()


def test_f32_odd_names_are_only_names(tmp_path: Path) -> None:
    names = [
        "a'b\"c;d.xlsx",
        "换\n行.xlsx",
        "=cmd.xlsx",
        "..xlsx.xlsx",
        "名" * 80 + ".xlsx",
        "😀.XLSX",
        " .xlsx",
    ]

    def put(folder: Path) -> None:
        for i, name in enumerate(names):
            (folder / name).write_bytes(plain(f"21500000{i}1", f"21500000{i}2"))

    home, files = taken(tmp_path, put)
    assert {f.status for f in files} == {"accepted"}
    assert len(files) == len(names) - 1  # a name that begins with a point is hidden
    stored = {p.name for p in home.vault.iterdir()} - {"manifest.jsonl"}
    assert all(len(n) == 64 for n in stored)
    assert len(judge(home).submissions) == len(files)


def test_f30_a_file_that_is_still_being_copied_is_taken_when_whole(tmp_path: Path) -> None:
    whole = plain(A, B)
    _, files = taken(
        tmp_path,
        lambda folder: (folder / "a.xlsx").write_bytes(whole[: len(whole) // 2]) and None,
        lambda folder: (folder / "a.xlsx").write_bytes(whole) and None,
    )
    assert [f.status for f in files] == ["rejected", "accepted"]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".a.xlsx", "a.xlsx.tmp", "a.part", "Thumbs.db", "a.crdownload"])
def test_f30_what_other_programs_leave_lying_is_passed_over(tmp_path: Path, name: str) -> None:
    _, files = taken(tmp_path, lambda folder: (folder / name).write_bytes(b"x") and None)
    assert files == []


def test_f62_what_is_parsed_is_the_copy_that_was_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file changes right after it was read; what counts is what the vault holds."""
    raw = tmp_path / "raw"
    (raw / "2023").mkdir(parents=True)
    path = raw / "2023" / "a.xlsx"
    path.write_bytes(plain(A, B))
    read = arrivals.read_bytes

    def read_bytes(returned: Path) -> bytes:
        content = read(returned)
        path.write_bytes(make.workbook([HEAD, row(A, 99), row(B, 99)]))
        return content

    monkeypatch.setattr(arrivals, "read_bytes", read_bytes)
    home = Home(tmp_path / "home")
    taken_in = receive.take_in(home, raw)
    assert taken_in.files[0].parsed.sheets[0].columns["students"] == [30, 40]
    assert vault.sha256_of((home.vault / taken_in.files[0].record.sha256).read_bytes()) != vault.sha256_of(
        path.read_bytes()
    )
    monkeypatch.undo()
    assert [f.record.status for f in receive.take_in(home, raw).files] == ["accepted"]


def test_f58_a_full_disk_leaves_no_half_file_and_the_return_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, home = tmp_path / "raw", Home(tmp_path / "home")
    (raw / "2023").mkdir(parents=True)
    (raw / "2023" / "a.xlsx").write_bytes(plain(A, B))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            receive.take_in(home, raw)
    assert list(home.vault.glob("*")) == []
    assert [f.record.status for f in receive.take_in(home, raw).files] == ["accepted"]


def test_f59_one_bad_file_among_many_costs_only_itself(tmp_path: Path) -> None:
    def put(folder: Path) -> None:
        for i in range(40):
            (folder / f"{i:03d}.xlsx").write_bytes(plain(f"2150{i:03d}001", f"2150{i:03d}002"))
        (folder / "020.xlsx").write_bytes(b"PK\x03\x04 not a workbook")

    _, files = taken(tmp_path, put)
    statuses = [f.status for f in files]
    assert statuses.count("accepted") == 39 and statuses.count("rejected") == 1


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of 60,000 rows, about half a second of work."""
    path = tmp_path_factory.mktemp("large") / "large.xlsx"
    path.write_bytes(make.workbook([HEAD, *(row(f"21{i:08d}") for i in range(60_000))]))
    return path


@pytest.mark.parametrize(
    ("limits", "rule"),
    [(Limits(seconds=0.01, seconds_per_megabyte=0), "READER_TIMEOUT"), (Limits(64 * 1024**2), "READER")],
)
def test_a_file_beyond_the_limits_ends_its_reader_and_the_next_file_gets_another(
    large: Path, limits: Limits, rule: str, tmp_path: Path
) -> None:
    small = tmp_path / "small.xlsx"
    small.write_bytes(plain(A, B))
    with Worker(tmp_path, limits) as worker:
        with pytest.raises(RejectedFile) as refused:
            worker.parse(large, "large.xlsx", 2023)
        assert refused.value.rule_code.startswith(rule)
        assert "拆分" in refused.value.message_zh
        worker._limits = Limits()
        assert worker.parse(small, "small.xlsx", 2023).sheets[0].rows_read == 2


def test_within_the_limits_it_is_read(large: Path, tmp_path: Path) -> None:
    with Worker(tmp_path) as worker:
        assert worker.parse(large, "large.xlsx", 2023).sheets[0].rows_read == 60_000


def test_a_file_outside_the_year_folders_is_listed(tmp_path: Path) -> None:
    raw, home = tmp_path / "raw", Home(tmp_path / "home")
    (raw / "2023").mkdir(parents=True)
    (raw / "a.xlsx").write_bytes(plain(A, B))
    (raw / "附件").mkdir()
    (raw / "附件" / "b.xlsx").write_bytes(plain(A, B))
    (raw / "2023" / "子文件夹").mkdir()
    (raw / "2023" / "子文件夹" / "c.xlsx").write_bytes(plain(A, B))
    files = {
        f.record.path: (f.record.status, [p.rule_code for p in f.problems])
        for f in receive.take_in(home, raw).files
    }
    assert files["a.xlsx"] == ("rejected", ["NO_YEAR_FOLDER"])
    assert files["附件/b.xlsx"] == ("rejected", ["NO_YEAR_FOLDER"])
    assert files["2023/子文件夹/c.xlsx"] == ("accepted", [])
