"""A returned workbook is the school's own, with the faulty cells marked, and tells nobody about anybody else."""

from __future__ import annotations

import datetime as dt
import html
import io
import os
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.comments import Comment
from python_calamine import CalamineWorkbook

from dagster_project.core.errors import UserError
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.intake import reader
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.parse.own_sheets import PROBLEM_SHEET, masked_sheet_name
from dagster_project.intake.parse.sheets import parse_grids
from dagster_project.publish.feedback import write_feedback_of_release
from dagster_project.publish.returned import feedback, marking
from dagster_project.publish.returned.feedback import Mark, mark_workbook, write_feedback
from dagster_project.publish.returned.redaction import Keep, Share
from tests.conftest import District

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LISTED = "在校生数"
HEADS = [c.heading_zh for c in load_feeds()["enrolment"].columns]
TOWNS = {"3150900001": "甲镇", "3150900002": "甲镇", "3150900003": "乙镇"}


def must(cell: str, sheet: str = LISTED, **more: Any) -> Mark:
    return Mark(
        "quarantine_row", "NOT_A_NUMBER", "填的“约300”不能采用：只填数字；请改正后重报。", sheet, cell,
        **{"value": "约300", "rule_zh": "应填数字", **more},
    )  # fmt: skip


def hint(cell: str, sheet: str = LISTED, **more: Any) -> Mark:
    return Mark("warn", "BLANK_CELL", "没有填；请补填。", sheet, cell, **more)


def return_with_everything() -> bytes:
    """A return as schools send them: banner, merges, widths, formulas with results, comments, images, lists."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    money = book.add_format({"num_format": "#,##0.00", "bg_color": "#DDEEFF", "border": 1})
    for name in (LISTED, "第二张'表' 乙"):
        sheet = book.add_worksheet(name)
        sheet.set_column(0, 0, 14.3)
        sheet.set_column(6, 6, 3, money)
        sheet.merge_range("A1:F1", "2023 学年在校生数", book.add_format({"bold": True}))
        sheet.write_row("A2", HEADS)
        for row, code in enumerate(TOWNS, start=2):
            sheet.write_row(row, 0, [code, f"第{row}小学", "小学", "约300" if row == 2 else 300])
            sheet.write_formula(row, 4, f"=2*{row}", money, 2 * row)
        sheet.merge_range("A10:C11", "备注：无", money)
        sheet.write_formula("D6", "=SUM(D3:D5)", money, 600)
        sheet.data_validation("C3:C9", {"validate": "list", "source": ["小学", "初中"]})
        sheet.conditional_format("E3:E5", {"type": "data_bar"})
        sheet.freeze_panes(2, 0)
        sheet.autofilter("A2:F5")
        sheet.write_url("F4", "https://example.org/a?b=1&c=2", string="链接")
    book.worksheets()[0].write_comment("D3", "我们再核对一下", {"author": "校长"})
    book.worksheets()[0].write_comment("B4", "别处的批注")
    book.worksheets()[1].insert_image("H2", "点.png", {"image_data": io.BytesIO(PNG)})
    book.define_name("校数", "=3")
    book.close()
    return sink.getvalue()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001"
    "ff56c72f0d0000000049454e44ae426082"
)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def canonical(xml: bytes) -> bytes:
    return bytes(etree.tostring(etree.fromstring(xml), method="c14n"))


def sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    relations = {r.get("Id"): r.get("Target") for r in etree.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    identifier = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    sheets = etree.fromstring(parts["xl/workbook.xml"]).iter(f"{S}sheet")
    return {s.get("name"): "xl/" + relations[s.get(identifier)].removeprefix("/xl/") for s in sheets}


def assert_only_marked(before: bytes, after: bytes, marked: dict[str, set[str]]) -> None:
    """Every member as it was, but for marked cells' styles, comments, and the new sheet's entries."""
    old, new = members(before), members(after)
    names = {part: name for name, part in sheet_parts(old).items()}
    grown = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    for name, data in old.items():
        if name in names and marked.get(names[name]):
            _assert_same_sheet(data, new[name], marked[names[name]])
        elif name in grown or re.match(r"xl/(comments|drawings/\w+\.vml|worksheets/_rels/)", name):
            _assert_only_grown(data, new[name])
        else:
            assert new[name] == data, name
    added = set(new) - set(old)
    allowed = (
        r"xl/(comments\d+\.xml|drawings/vmlDrawing\d+\.vml|worksheets/(sheet\d+\.xml|_rels/.*)|styles\.xml)"
    )
    assert all(re.fullmatch(allowed, name) for name in added), added


def _assert_same_sheet(before: bytes, after: bytes, marked: set[str]) -> None:
    old, new = etree.fromstring(before), etree.fromstring(after)
    known = {c.get("r") for c in old.iter(f"{S}c")}
    for root in (old, new):
        for cell in list(root.iter(f"{S}c")):
            if cell.get("r") in marked:
                cell.attrib.pop("s", None)
                if cell.get("r") not in known:
                    assert len(cell) == 0
                    cell.getparent().remove(cell)
        for row in list(root.iter(f"{S}row")):
            row.attrib.pop("spans", None)
            if not len(row) and not set(row.attrib) - {"r"}:
                row.getparent().remove(row)
        for element in [*root.iter(f"{S}legacyDrawing"), *root.iter(f"{S}dimension")]:
            element.getparent().remove(element)
    assert etree.tostring(old, method="c14n") == etree.tostring(new, method="c14n")


def _assert_only_grown(before: bytes, after: bytes) -> None:
    """What was there is there still, in its order; counts may have grown."""
    old, new = etree.fromstring(before), etree.fromstring(after)
    for text in old.iter(f"{S}text"):  # a plain text becomes the first run of a longer one
        for plain in text.findall(f"{S}t"):
            etree.SubElement(text, f"{S}r").append(plain)

    def check(one: Any, other: Any) -> None:
        assert one.tag == other.tag
        assert (one.text or "").strip() == (other.text or "").strip() or one.tag.endswith(("}text", "}r"))
        for key, value in one.attrib.items():
            if not key.endswith("count") and not (
                one.tag.endswith("idmap") and other.get(key).startswith(value)
            ):
                assert other.get(key) == value
        rest = iter(other)
        for child in one:
            wanted = next((e for e in rest if e.tag == child.tag and _matches(child, e)), None)
            assert wanted is not None, etree.tostring(child)
            check(child, wanted)

    check(old, new)


def _matches(one: Any, other: Any) -> bool:
    keys = ("r", "ref", "Id", "id", "PartName", "Extension", "name", "sheetId")
    return all(one.get(key) == other.get(key) for key in keys)


def values(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {n: book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names}


def listed(content: bytes) -> list[list[Any]]:
    name = next(
        n for n in reversed(openpyxl.load_workbook(io.BytesIO(content)).sheetnames) if PROBLEM_SHEET in n
    )
    rows = values(content)[name]
    head = next(i for i, row in enumerate(rows) if row[0] == "序号")
    return rows[head + 1 :]


def parsed(content: bytes, suffix: str = ".xlsx", year: int = 2023) -> Any:
    layouts = reader.layouts_for(SAMPLE_RAW)
    found = parse_grids(read_grids(content, suffix), year, layouts)
    return [(s.feed, s.status, s.rows_read, s.columns) for s in found.sheets], [
        (p.rule_code, p.sheet, p.cell, p.message_zh) for s in found.sheets for p in s.problems
    ]


def test_only_marked_cells_differ() -> None:
    """Formulas, results, merges, widths, lists, links, images, names: all as sent; old comments are continued."""
    before = return_with_everything()
    marks = [
        must("D3"),
        hint("E4"),
        hint("Z90"),
        hint("B2", "第二张'表' 乙"),
        hint("D3"),
        Mark("warn", "X", "整个文件"),
    ]
    after = mark_workbook(before, ".xlsx", marks, only_rows=None)
    assert_only_marked(before, after, {LISTED: {"D3", "E4", "Z90"}, "第二张'表' 乙": {"B2"}})
    old, new = values(before), values(after)
    assert list(new) == [*old, PROBLEM_SHEET]
    assert {n: new[n] for n in old} == old


def test_marks_can_be_read_by_a_person() -> None:
    """Red for what must be mended, yellow for hints; one comment a cell says rule, value and remedy."""
    after = mark_workbook(
        return_with_everything(), ".xlsx", [must("E3"), hint("E3"), hint("E4")], only_rows=None
    )
    sheet = openpyxl.load_workbook(io.BytesIO(after))[LISTED]
    assert sheet["E3"].fill.fgColor.rgb == marking.RED
    assert sheet["E4"].fill.fgColor.rgb == marking.YELLOW
    assert sheet["E3"].number_format == "#,##0.00"
    text = sheet["E3"].comment.text
    for said in ("1. 【必须改正】应填数字", "填的值：约300", "只填数字", "2. 【提醒】BLANK_CELL", "请补填"):
        assert said in text
    assert sheet["B4"].comment.text == "别处的批注"


def test_an_existing_comment_is_continued() -> None:
    after = mark_workbook(return_with_everything(), ".xlsx", [must("D3")], only_rows=None)
    comment = openpyxl.load_workbook(io.BytesIO(after))[LISTED]["D3"].comment
    assert comment.text.startswith("我们再核对一下")
    assert "【必须改正】应填数字" in comment.text
    assert comment.author == "校长"


def test_a_merged_cell_is_marked_where_it_shows() -> None:
    after = mark_workbook(return_with_everything(), ".xlsx", [hint("C11")], only_rows=None)
    sheet = openpyxl.load_workbook(io.BytesIO(after))[LISTED]
    assert sheet["A10"].comment is not None
    assert sheet["A10"].fill.fgColor.rgb == marking.YELLOW
    assert listed(after)[0][4] == "C11"


def test_the_list_names_every_problem_and_leads_to_its_cell() -> None:
    marks = [
        hint("E4"), must("B3", "第二张'表' 乙", school_code="3150900001", school_name="第2小学", column_zh="学校名称"),
        Mark("reject_file", "WRONG_YEAR", "年份不符", LISTED),
    ]  # fmt: skip
    after = mark_workbook(return_with_everything(), ".xlsx", marks, only_rows=None)
    rows = listed(after)
    assert [row[4] for row in rows] == ["", "B3", "E4"]
    assert [row[1].split("\n")[0] for row in rows] == ["必须改正", "必须改正", "提醒"]
    assert rows[1][5] == "3150900001"
    sheet = openpyxl.load_workbook(io.BytesIO(after))[PROBLEM_SHEET]
    links = {c.coordinate: c.hyperlink.location for c in sheet["E"] if c.hyperlink}
    assert set(links.values()) == {"'第二张''表'' 乙'!B3", f"'{LISTED}'!E4"}
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$4:$4"


def test_the_list_cannot_smuggle_a_formula() -> None:
    evil = '=HYPERLINK("http://x","点")&cmd|\' /C calc\'!A0'
    marks = [must("D3", value=evil, school_name="@SUM(1)", column_zh="+1", rule_zh="-1 <b>&\x01_x0041_")]
    after = mark_workbook(return_with_everything(), ".xlsx", marks, only_rows=None)
    parts = members(after)
    xml = etree.fromstring(parts[sheet_parts(parts)[PROBLEM_SHEET]])
    assert not list(xml.iter(f"{S}f"))
    assert {c.get("t", "inlineStr") for c in xml.iter(f"{S}c") if len(c)} == {"inlineStr"}
    row = listed(after)[0]
    assert (row[8], row[6], row[7]) == (evil, "@SUM(1)", "+1")
    # a spreadsheet takes _x0041_ for the letter A unless its first underscore is written as _x005F_
    assert openpyxl.load_workbook(io.BytesIO(after))[PROBLEM_SHEET]["C5"].value == "-1 <b>&_x005F_x0041_"


def test_a_taken_name_is_made_unique_and_neither_list_is_read() -> None:
    """A sheet of the school's that only bears the name is still read."""
    book = openpyxl.load_workbook(io.BytesIO(return_with_everything()))
    book["第二张'表' 乙"].title = PROBLEM_SHEET
    sink = io.BytesIO()
    book.save(sink)
    after = mark_workbook(sink.getvalue(), ".xlsx", [must("D3")], only_rows=None)
    assert openpyxl.load_workbook(io.BytesIO(after)).sheetnames[-1] == f"{PROBLEM_SHEET}2"
    rows, problems = parsed(after)
    assert (rows, problems) == parsed(sink.getvalue())
    assert len(rows) == 2


def test_a_sheet_whose_name_was_masked_is_marked_too() -> None:
    """Intake tells of such a sheet by a name without the number; the file itself keeps its own."""
    book = openpyxl.Workbook()
    book.active.title = "张三 13812345678"
    book.active["A1"] = "x"
    sink = io.BytesIO()
    book.save(sink)
    told = masked_sheet_name("张三 13812345678", set())
    assert told != "张三 13812345678"
    after = openpyxl.load_workbook(
        io.BytesIO(mark_workbook(sink.getvalue(), ".xlsx", [must("A1", told)], only_rows=None))
    )
    assert after["张三 13812345678"]["A1"].comment is not None


def test_a_returned_file_gives_the_same_rows() -> None:
    before = return_with_everything()
    after = mark_workbook(before, ".xlsx", [must("D3"), hint("AA3"), hint("E99")], only_rows=None)
    assert parsed(after) == parsed(before)


def test_a_second_round_takes_back_the_marks_of_the_first() -> None:
    """What was mended is no longer red; the fill a cell had before comes back; there is one list."""
    before = return_with_everything()
    first = mark_workbook(before, ".xlsx", [must("D4"), must("E3"), hint("E4")], only_rows=None)
    second = mark_workbook(first, ".xlsx", [hint("E4")], only_rows=None)
    book = openpyxl.load_workbook(io.BytesIO(second))
    assert book.sheetnames == [LISTED, "第二张'表' 乙", PROBLEM_SHEET]
    sheet = book[LISTED]
    assert sheet["E3"].comment is None and sheet["D4"].comment is None
    assert sheet["E3"].fill.fgColor.rgb == "FFDDEEFF"
    assert sheet["D4"].fill.patternType is None
    assert sheet["E4"].fill.fgColor.rgb == marking.YELLOW
    assert [row[4] for row in listed(second)] == ["E4"]
    assert_only_marked(before, second, {LISTED: {"D4", "E3", "E4"}})


def test_the_same_problems_give_the_same_bytes() -> None:
    before = return_with_everything()
    assert mark_workbook(before, ".xlsx", [must("D3")], only_rows=None) == mark_workbook(
        before, ".xlsx", [must("D3")], only_rows=None
    )


def test_more_comments_than_a_block_of_ids_holds() -> None:
    marks = [hint(f"D{row}") for row in range(3, 1300)]
    after = mark_workbook(return_with_everything(), ".xlsx", marks, only_rows=None)
    sheet = openpyxl.load_workbook(io.BytesIO(after))[LISTED]
    assert sheet["D1299"].comment is not None
    vml = next(v for n, v in members(after).items() if n.endswith("vmlDrawing1.vml")).decode()
    ids = re.findall(r'<v:shape id="(\w+)"', vml)
    assert (
        len(ids) == len(set(ids)) == 1298
    )  # 1,297 marks on a comment each, one of them there already, and one more


def test_a_csv_comes_back_as_a_workbook_with_codes_as_text() -> None:
    lines = [",".join(HEADS), "0150900001,示例小学,小学,约300,7,,"]
    before = "\n".join(["在校生数（2023学年）", *lines]).encode("gb18030")
    after = mark_workbook(before, ".csv", [must("D3", "")], only_rows=None)
    sheet = openpyxl.load_workbook(io.BytesIO(after))["数据"]
    assert sheet["A3"].value == "0150900001"
    assert sheet["A3"].data_type == "s"
    assert sheet["E3"].value == 7
    assert sheet["D3"].value == "约300"
    assert sheet["D3"].comment is not None
    assert openpyxl.load_workbook(io.BytesIO(after))[PROBLEM_SHEET]["E5"].hyperlink.location == "'数据'!D3"
    assert parsed(after)[0] == parsed(before, ".csv")[0]


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"%PDF-1.4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99]
)
def test_what_cannot_be_read_comes_back_as_the_list_alone(content: bytes) -> None:
    marks = [Mark("reject_file", "DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。")]
    after = mark_workbook(content, ".xlsx", marks, only_rows=None)
    assert openpyxl.load_workbook(io.BytesIO(after)).sheetnames == [PROBLEM_SHEET]
    assert listed(after)[0][9].startswith("文件不完整")


def town_return(**extra: Callable[[Any], None]) -> bytes:
    """Three schools in one file; figures and texts of the third are its alone, in every place a workbook has."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    sheet = book.add_worksheet(LISTED)
    sheet.write("A1", "2023 学年在校生数 合计 98765 人")
    sheet.write("H1", 98765)
    sheet.write_row("A2", [*HEADS, "说明"])
    schools = [
        ("3150900001", "甲一小学", 301),
        ("3150900002", "甲二小学", 302),
        ("3150900003", "乙机密小学", 77777),
    ]
    for row, (code, name, pupils) in enumerate(schools, start=2):
        sheet.write_row(row, 0, [code, name, "小学", pupils, 6, 50, 49, "乙机密备注" if row == 4 else ""])
    sheet.write_formula("D6", "=SUM(D3:D5)", None, 98765)
    sheet.write("A6", "合计")
    sheet.write_comment("D5", "乙机密批注 77777")
    sheet.write_comment("D3", "自己的批注")
    sheet.write_url("B5", "https://example.org/secret77777", string="乙机密小学")
    sheet.autofilter("A2:H5")
    sheet.filter_column("B", "x == 乙机密小学")
    other = book.add_worksheet("乙的草稿")
    other.write("A1", "乙机密草稿 77777")
    book.set_custom_property("谁", "乙机密小学")
    for change in extra.values():
        change(book)
    book.close()
    return sink.getvalue()


SHARE = Share(
    {LISTED: Keep(2, frozenset({3}), frozenset(range(1, 8)))},
    frozenset({"3150900002", "3150900003", "甲二小学", "乙机密小学"}),
)
SECRETS = ("乙机密", "77777", "98765", "3150900003", "3150900002", "甲二小学", "草稿 ")


def assert_silent(content: bytes, secrets: Sequence[str] = SECRETS) -> None:
    for name, data in members(content).items():
        text = html.unescape(data.decode("utf-8", errors="ignore"))
        assert not [s for s in secrets if s in text or s in name], name


def test_a_school_gets_only_its_own_rows() -> None:
    """Rows keep their addresses; nothing of another school is anywhere in the file, totals included."""
    after = mark_workbook(town_return(), ".xlsx", [must("D3", school_code="3150900001")], only_rows=SHARE)
    assert_silent(after)
    sheet = openpyxl.load_workbook(io.BytesIO(after))[LISTED]
    assert [c.value for c in sheet[3]][:4] == ["3150900001", "甲一小学", "小学", 301]
    assert "自己的批注" in sheet["D3"].comment.text
    assert [r for r in range(1, 8) if sheet.row_dimensions[r].hidden] == [4, 5, 6]
    assert openpyxl.load_workbook(io.BytesIO(after))["乙的草稿"].sheet_state == "hidden"
    rows, _ = parsed(after)
    assert [(feed, columns["school_code"]) for feed, _, _, columns in rows] == [("enrolment", ["3150900001"])]


def test_a_school_may_name_another_in_its_own_cells() -> None:
    """A teaching point's row names the school it belongs to; that is its own figure, not a leak."""
    rows = ["3150900001,甲二小学,小学,约300", "3150900002,甲二小学,小学,77777"]
    before = "\n".join([",".join(HEADS[:4]), *rows]).encode()
    share = Share({"": Keep(1, frozenset({2}), frozenset(range(1, 5)))}, SHARE.foreign)
    after = mark_workbook(before, ".csv", [must("D2", "")], only_rows=share)
    assert openpyxl.load_workbook(io.BytesIO(after))["数据"]["B2"].value == "甲二小学"
    assert_silent(after, ["77777", "3150900002"])


def add_chart(book: Any) -> None:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": f"='{LISTED}'!$D$3:$D$5"})
    book.worksheets()[0].insert_chart("K2", chart)


def add_table(book: Any) -> None:
    sheet = book.add_worksheet("另表")
    sheet.add_table(
        "A1:B3", {"data": [["乙机密小学", 77777]], "columns": [{"header": "乙机密小学"}, {"header": "数"}]}
    )


def add_sheet_of_that_name(book: Any) -> None:
    book.add_worksheet("乙机密小学").write("A1", 77777)


@pytest.mark.parametrize("change", [add_chart, add_table, add_sheet_of_that_name])
def test_what_cannot_be_cleaned_is_built_from_the_schools_cells(change: Callable[[Any], None]) -> None:
    after = mark_workbook(
        town_return(change=change), ".xlsx", [must("D3", school_code="3150900001")], only_rows=SHARE
    )
    assert_silent(after)
    book = openpyxl.load_workbook(io.BytesIO(after))
    assert book.sheetnames == [LISTED, PROBLEM_SHEET]
    assert book[LISTED]["D3"].value == 301
    assert book[LISTED]["D3"].comment is not None


def test_a_csv_of_several_schools_is_shared_too() -> None:
    rows = ["3150900001,甲一小学,小学,约300", "3150900003,乙机密小学,小学,77777", "合计,,,98765"]
    before = "\n".join([",".join(HEADS[:4]), *rows]).encode()
    share = Share({"": Keep(1, frozenset({2}), frozenset(range(1, 5)))}, SHARE.foreign)
    after = mark_workbook(before, ".csv", [must("D2", "")], only_rows=share)
    assert_silent(after)
    assert openpyxl.load_workbook(io.BytesIO(after))["数据"]["D2"].value == "约300"


@pytest.fixture(scope="module")
def district(new_district: Callable[[], District]) -> District:
    """Two towns, three schools, one file for all, one of a single school, one that can't be read; published."""
    made = new_district()
    register = [
        {"school_code": code, "school_name": f"示例{town}{i}小学", "district_code": "500100", "town": town,
         "school_type": "小学", "ownership": "公办"}
        for i, (code, town) in enumerate(TOWNS.items())
    ]  # fmt: skip
    pupils = [{"school_code": c, "stage": "小学", "students": 700 + i} for i, c in enumerate(TOWNS)]
    pupils[0]["students"], pupils[2]["students"] = "约七百", -5
    made.put("2023/全区.xlsx", schools=register, enrolment=pupils)
    teachers = {"full_time_teachers": 10, "above_required_degree_teachers": 11, "backbone_teachers": 1, "pe_teachers": 1,
                "music_teachers": 1, "fine_art_teachers": 1}  # fmt: skip
    made.put("2023/某校.xlsx", staffing=[{"school_code": "3150900003", "stage": "小学", **teachers}])
    refused = openpyxl.Workbook()
    refused.active.title = "校舍"
    refused.active.append(["2023 学年校舍与装备"])
    heads = [c.heading_zh for c in load_feeds()["floor_area"].columns if c.required]
    refused.active.append([heads[0], "学校名称", "教学及辅助用房的面积", *heads[2:]])
    for number, code in enumerate(["3150900001", "3150900002"]):
        refused.active.append([code, f"示例甲镇{number}小学", *[8800 + number] * (len(heads) - 1)])
    refused.active.append(["合计", "", *[17601] * (len(heads) - 1)])
    refused.save(made.raw / "2023/两校.xlsx")
    (made.raw / "2023/坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    made.run()
    return made


def test_each_sender_and_each_school_gets_its_file(district: District, tmp_path: Path) -> None:
    """One file for the sender, one a school with problems in its town's folder, a summary; nothing overwritten."""
    written = write_feedback_of_release(Home(district.home), tmp_path / "out")
    names = [p.relative_to(tmp_path / "out").as_posix() for p in written]
    assert names == [
        "甲镇/两校_问题反馈_2023.xlsx", "甲镇/两校_问题反馈_2023_示例甲镇0小学.xlsx",
        "甲镇/两校_问题反馈_2023_示例甲镇1小学.xlsx",
        "全区_问题反馈_2023.xlsx", "甲镇/全区_问题反馈_2023_示例甲镇0小学.xlsx",
        "乙镇/全区_问题反馈_2023_示例乙镇2小学.xlsx", "坏_问题反馈_2023.xlsx", "乙镇/某校_问题反馈_2023.xlsx",
        "问题反馈汇总_2023.xlsx",
    ]  # fmt: skip
    assert all(openpyxl.load_workbook(p) for p in written)
    assert os.name == "nt" or all(p.stat().st_mode & 0o077 == 0 for p in written)
    own = openpyxl.load_workbook(written[5])["enrolment"]
    column = next(c.column_letter for c in own[1] if c.value == LISTED)
    assert own[f"{column}4"].value == -5
    assert own[f"{column}4"].fill.fgColor.rgb == marking.RED
    assert_silent(written[5].read_bytes(), ["3150900001", "3150900002", "约七百", "701", "甲镇"])
    again = write_feedback_of_release(Home(district.home), tmp_path / "out")
    assert again[3].name == "全区_问题反馈_2023_2.xlsx"
    assert not set(again) & set(written)


def test_why_a_sheet_was_refused_is_told_to_each_school_in_it_beside_its_own_row(
    district: District, tmp_path: Path
) -> None:
    home = Home(district.home)
    _, first, second, summary = write_feedback_of_release(home, tmp_path, files=["两校.xlsx"])
    for number, path in enumerate((first, second)):
        book = openpyxl.load_workbook(path)
        sheet, told = book["校舍"], listed(path.read_bytes())
        assert sheet.sheet_state == "visible"
        assert [c.value for c in sheet[3 + number]][:3] == [
            f"315090000{number + 1}",
            f"示例甲镇{number}小学",
            8800 + number,
        ]
        assert (
            sheet["C2"].fill.fgColor.rgb == marking.RED and "教学及辅助用房面积" in sheet["C2"].comment.text
        )
        assert [row[3:5] for row in told] == [["校舍", "C2"]]
        assert_silent(
            path.read_bytes(),
            [f"315090000{2 - number}", f"示例甲镇{1 - number}小学", str(8801 - number), "17601"],
        )
    (overview, town) = values(summary.read_bytes()).values()
    assert overview[2][:4] == ["甲镇", 1, 2, 1]  # one place to mend, though two schools are told of it
    assert sorted(row[1] for row in town[2:]) == ["示例甲镇0小学", "示例甲镇1小学", "（整个文件）"]


def test_the_summary_tells_each_towns_tasks(district: District, tmp_path: Path) -> None:
    summary = values(write_feedback_of_release(Home(district.home), tmp_path)[-1].read_bytes())
    assert list(summary) == ["总览", "乙镇", "甲镇", "未确定镇街"]
    overview = {row[0]: row[1:] for row in summary["总览"][2:]}
    assert overview["乙镇"][:3] == [2, 1, 2]
    assert overview["合计"][2] == sum(row[2] for town, row in overview.items() if town != "合计")
    told = [row for row in summary["乙镇"][2:] if row[2] == "2023/某校.xlsx"]
    assert told[0][0] == "3150900003"
    assert "高于规定学历教师数" in told[0][5]


def test_feedback_can_be_limited_to_files(district: District, tmp_path: Path) -> None:
    written = write_feedback_of_release(Home(district.home), tmp_path, files=["某校.xlsx"])
    assert [p.name for p in written] == ["某校_问题反馈_2023.xlsx", "问题反馈汇总_2023.xlsx"]
    with pytest.raises(UserError, match="没有文件 别的"):
        write_feedback_of_release(Home(district.home), tmp_path, files=["别的.xlsx"])


def test_the_command_says_what_it_wrote(district: District, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from dagster_project.cli import app

    out = tmp_path / "反馈"
    answer = CliRunner().invoke(app, ["feedback", "--home", str(district.home), "--out", str(out)])
    assert answer.exit_code == 0
    assert "已写出 8 个反馈文件，按镇街分放：乙镇、甲镇" in answer.output
    assert "问题反馈汇总_2023.xlsx" in answer.output


def test_a_problem_of_an_older_version_is_listed_but_not_painted(district: District, tmp_path: Path) -> None:
    """The latest file holds another school in that row: its cell must not be blamed."""
    home = Home(district.home)
    row = {
        "school_year": 2023, "severity": "quarantine_row", "class": "logic", "rule_code": "NEGATIVE",
        "source_file": "2023/某校.xlsx", "sheet": "staffing", "cell": "C2", "feed": "staffing", "school_code": "3150900001",
        "school_name": "", "column_zh": "", "value": "", "message_zh": "旧问题", "row_number": 2,
    }  # fmt: skip
    said: list[str] = []
    problems = pd.DataFrame([row])
    written = write_feedback(problems, home, read_manifest(home), tmp_path, TOWNS, report=said.append)
    assert said == ["已写出 2023/某校.xlsx"]
    book = openpyxl.load_workbook(written[0])
    assert book["staffing"]["C2"].comment is None
    assert book[PROBLEM_SHEET]["E5"].value == "C2"


def test_no_problems_no_files(district: District, tmp_path: Path) -> None:
    home = Home(district.home)
    empty = pd.DataFrame(columns=["source_file"])
    assert write_feedback(empty, home, read_manifest(home), tmp_path / "none", TOWNS) == []
    assert not (tmp_path / "none").exists()


SAMPLES = sorted(SAMPLE_RAW.glob("20*/*.xlsx"))


@pytest.mark.parametrize("seed", range(20))
def test_sample_returns_differ_in_marked_cells_only(seed: int) -> None:
    """Twenty returns as the sample has them, faults planted at random places."""
    chance = random.Random(seed)
    path = chance.choice(SAMPLES)
    book = openpyxl.load_workbook(path)
    marks = []
    for _ in range(chance.randint(1, 12)):
        sheet = chance.choice(book.worksheets)
        cell = sheet.cell(chance.randint(1, sheet.max_row + 2), chance.randint(1, sheet.max_column + 2))
        if type(cell).__name__ == "MergedCell":
            continue
        if cell.row > 4 and chance.random() < 0.7:
            cell.value = chance.choice(["约300", -3, 1.5, None, "#REF!", dt.date(2023, 9, 1)])
        if chance.random() < 0.2:
            cell.comment = Comment("学校写的", "学校")
        marks.append(chance.choice([must, hint])(cell.coordinate, sheet.title))
    sink = io.BytesIO()
    book.save(sink)
    before = sink.getvalue()
    after = mark_workbook(before, ".xlsx", marks, only_rows=None)
    marked: dict[str, set[str]] = {}
    for mark in marks:
        marked.setdefault(mark.sheet, set()).add(mark.cell)
    assert_only_marked(before, after, marked)
    old, new = values(before), values(after)
    assert {n: new[n] for n in old} == old
    assert len(listed(after)) == len(marks)
    year = int(path.parent.name)
    assert parsed(after, year=year) == parsed(before, year=year)
    found = openpyxl.load_workbook(io.BytesIO(after))
    assert all(found[m.sheet][m.cell].comment for m in marks)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.slow
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    for name, content, share in (("all", return_with_everything(), None), ("own", town_return(), SHARE)):
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(mark_workbook(content, ".xlsx", [must("D3"), hint("E3")], only_rows=share))
        command = [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to",
            "pdf",
        ]
        subprocess.run(
            [*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=240
        )
        assert path.with_suffix(".pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("城关镇_2025.xlsx", "城关镇"),
        ("城关镇_问题反馈_2025.xlsx", "城关镇"),
        ("城关镇_问题反馈_2025_2.xlsx", "城关镇"),
        ("城关镇_问题反馈_问题反馈_2025.xlsx", "城关镇"),
        ("河东镇_问题反馈_2025_河东小学.xls", "河东镇_河东小学"),
        ("河东镇_问题反馈_2025_河东小学_问题反馈_2025.xlsx", "河东镇_河东小学"),
        ("_问题反馈_2025.xlsx", "_问题反馈"),
        ("河东镇_问题反馈说明.xlsx", "河东镇_问题反馈说明"),
    ],
)
def test_rounds_leave_one_mark_in_the_name_of_a_file(name: str, stem: str) -> None:
    assert feedback._stem(f"2025/{name}", [2025]) == stem


def test_the_notes_of_a_form_stay_whole_in_a_schools_copy_and_a_total_beside_them_goes(
    tmp_path: Path,
) -> None:
    from dagster_project.forms.entry_forms import EntryBook, write_notes, write_sheet

    feed = load_feeds()["class_sizes"]
    path = tmp_path / "表.xlsx"
    with EntryBook(path, title="表") as book:
        write_sheet(book, feed, LISTED, 2023, [{"school_code": c, "students": 30} for c in TOWNS])
        write_notes(book, list(load_feeds().values()))
    workbook = openpyxl.load_workbook(path)
    texts = [str(c.value) for row in workbook["填报说明"].iter_rows() for c in row if c.value]
    workbook["填报说明"]["H3"] = "三校合计 98765 人"
    changed = io.BytesIO()
    workbook.save(changed)
    share = Share({LISTED: Keep(5, frozenset({6}), frozenset(range(1, 9)))}, frozenset(list(TOWNS)[1:]))
    after = mark_workbook(changed.getvalue(), ".xlsx", [must("F6")], only_rows=share)
    kept = openpyxl.load_workbook(io.BytesIO(after))["填报说明"]
    assert [str(c.value) for row in kept.iter_rows() for c in row if c.value] == texts
