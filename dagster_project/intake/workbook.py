"""From bytes to grids of cells: what kind of file it is, which cells it holds, what can't be trusted.

A file is routed by its first bytes, not by its suffix. Values are read by calamine; because calamine
shows an error cell and a formula without a stored value as blank, the sheet's XML is searched for both
and a mark is put in their place.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from dagster_project.intake.cells import ERROR_CELL, FORMULA_WITHOUT_VALUE

MAX_FILE_BYTES = 200 * 1024**2
MAX_INFLATED_BYTES = 1024**3
MAX_MEMBER_RATIO = 400
MAX_MEMBERS = 5_000

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"


class RejectedFile(Exception):
    """The file as a whole can't be used.

    Attributes:
        rule_code: stable code of the reason.
        message_zh: what is wrong and what to do.
    """

    def __init__(self, rule_code: str, message_zh: str) -> None:
        super().__init__(message_zh)
        self.rule_code = rule_code
        self.message_zh = message_zh


@dataclass
class Grid:
    """Cells of one sheet. `rows[i][j]` is the cell in sheet row `first_row + i`, column `first_column + j`."""

    sheet: str
    rows: list[list[Any]]
    first_row: int = 1
    first_column: int = 1
    is_hidden: bool = False
    warnings: list[tuple[str, str]] = field(default_factory=list)
    #: Row index → number of cells the record has, where it differs from the heading's (CSV only).
    ragged: bool = False


def column_letter(number: int) -> str:
    """Letter of a column, 1 → A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Number of a column, A → 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def read_grids(content: bytes, suffix: str) -> Iterator[Grid]:
    """Grids of a file, sheet by sheet.

    Args:
        content: the bytes as received.
        suffix: lower-case suffix of the file's name; only tells .et from .xls and names the problem.

    Raises:
        RejectedFile: not a workbook or table, encrypted, damaged, with macros, or suspiciously large.
    """
    if not content:
        raise RejectedFile("EMPTY_FILE", "文件是空的，请重新导出后再放入。")
    if len(content) > MAX_FILE_BYTES:
        raise RejectedFile("FILE_TOO_LARGE", f"文件超过 {MAX_FILE_BYTES // 1024**2} MB，请拆分后再报。")
    if content[:4] == b"PK\x03\x04":
        yield from _read_xlsx(content)
    elif content[:8] == _OLE_MAGIC:
        yield from _read_ole(content, suffix)
    else:
        _refuse_foreign_formats(content)
        yield _read_csv(content)


def _refuse_foreign_formats(content: bytes) -> None:
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = head.lower()
    if (
        lowered.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head"))
        or b"<table" in lowered
    ):
        raise RejectedFile("HTML_FILE", "该文件其实是网页格式，请用 Excel 或 WPS 打开后另存为 .xlsx 再报。")
    if lowered.startswith(b"<?xml"):
        raise RejectedFile("XML_FILE", "该文件是 XML 格式，请用 Excel 或 WPS 打开后另存为 .xlsx 再报。")
    known = (
        b"%PDF",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"MZ",
        b"Rar!",
        b"7z\xbc\xaf",
        b"\x7fELF",
        b"\x1f\x8b",
    )
    if head.startswith(known) or (
        b"\x00" in content[:4096] and content[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise RejectedFile("NOT_A_TABLE", "不是 Excel 或 CSV 文件，请核对后重新放入。")
    if content[:2] == b"PK":
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。")


def _read_ole(content: bytes, suffix: str) -> Iterator[Grid]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise RejectedFile("ENCRYPTED_FILE", "文件加了密码，请去除密码后再报。")
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
            for name in book.sheet_names:
                yield _calamine_grid(book, name, name in hidden)
    except PasswordError as error:
        raise RejectedFile("ENCRYPTED_FILE", "文件加了密码，请去除密码后再报。") from error
    except (CalamineError, OSError, ValueError) as error:
        if suffix in (".et", ".ett"):
            raise RejectedFile(
                "ET_FILE", "WPS 表格文件无法直接读取，请在 WPS 中另存为 .xlsx 再报。"
            ) from error
        raise RejectedFile("DAMAGED_FILE", "文件无法读取，请用 Excel 打开后另存为 .xlsx 再报。") from error


def _calamine_grid(book: Any, name: str, is_hidden: bool) -> Grid:
    sheet = book.get_sheet_by_name(name)
    start = sheet.start
    if start is None:
        return Grid(name, [], is_hidden=is_hidden)
    return Grid(
        name,
        sheet.to_python(skip_empty_area=True),
        first_row=start[0] + 1,
        first_column=start[1] + 1,
        is_hidden=is_hidden,
    )


def _check_archive(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件内部结构异常（部件过多），请从模板重新导出。")
    inflated = sum(m.file_size for m in members)
    ratio = max(
        (m.file_size / max(m.compress_size, 1) for m in members if m.file_size > 10 * 1024**2), default=0
    )
    if inflated > MAX_INFLATED_BYTES or ratio > MAX_MEMBER_RATIO:
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件解压后过大，疑似异常文件，请从模板重新导出。")
    names = {m.filename for m in members}
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise RejectedFile("MACRO_FILE", "文件含有宏，请另存为不含宏的 .xlsx 再报。")
    if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
        raise RejectedFile("NOT_A_TABLE", "不是 Excel 工作簿，请核对后重新放入。")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    data = archive.read(name)
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise RejectedFile("XML_DEFINITION", "文件含有不允许的 XML 定义，请从模板重新导出。")
    return data


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member of the archive that holds its cells."""
    relations = ElementTree.fromstring(_member(archive, "xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations.iter(f"{_PACKAGE_REL}Relationship")}
    workbook = ElementTree.fromstring(_member(archive, "xl/workbook.xml"))
    parts = {}
    for sheet in workbook.iter(f"{_NS}sheet"):
        target = targets.get(sheet.get(f"{_REL}id"), "")
        parts[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _read_xlsx(content: bytes) -> Iterator[Grid]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_archive(archive)
        parts = _sheet_parts(archive) if "xl/workbook.xml" in archive.namelist() else {}
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
            for name in book.sheet_names:
                part = parts.get(name, "")
                if "/chartsheets/" in part:
                    continue
                # the XML is checked before calamine inflates and parses it
                xml = _member(archive, part) if part in archive.NameToInfo else b""
                grid = _calamine_grid(book, name, name in hidden)
                _mark_untrusted_cells(grid, xml)
                yield grid
    except (zipfile.BadZipFile, EOFError, KeyError, ElementTree.ParseError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。") from error
    except (CalamineError, OSError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件无法读取，请用 Excel 打开后另存为 .xlsx 再报。") from error


_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA = re.compile(rb"<f[\s>/]")
_PREFIXED_FORMULA = re.compile(rb"<\w+:f[\s>/]")
_CELL_START = re.compile(rb"<(?:\w+:)?c\s")


def _mark_untrusted_cells(grid: Grid, xml: bytes) -> None:
    """Put a mark where calamine shows a blank but the sheet holds an error or a formula without a value."""
    place = xml.find(b't="e"')
    while place >= 0:
        start = _last_cell_start(xml, place)
        address = _ADDRESS.search(xml, start, xml.find(b">", place)) if start >= 0 else None
        if address:
            _mark(grid, address, ERROR_CELL)
        place = xml.find(b't="e"', place + 1)
    formula = _FORMULA if b"<sheetData" in xml else _PREFIXED_FORMULA
    for match in formula.finditer(xml):
        start = _last_cell_start(xml, match.start())
        address = _ADDRESS.search(xml, start, match.start()) if start >= 0 else None
        if address is None:
            continue
        end = xml.find(b"</c>", match.end())
        body = xml[match.end() : end if end >= 0 else match.end() + 512]
        stored = re.search(rb"<(?:\w+:)?v>([^<]*)</", body) or re.search(rb"<(?:\w+:)?is>", body)
        if stored is None or (stored.re.groups and not stored.group(1).strip()):
            _mark(grid, address, FORMULA_WITHOUT_VALUE)


def _last_cell_start(xml: bytes, before: int) -> int:
    start = xml.rfind(b"<c ", 0, before)
    if start >= 0 and before - start < 4096:
        return start
    candidates = list(_CELL_START.finditer(xml, max(0, before - 4096), before))
    return candidates[-1].start() if candidates else -1


def _mark(grid: Grid, address: re.Match[bytes], mark: str) -> None:
    row, column = int(address[2]), column_number(address[1].decode())
    if not grid.rows:
        grid.first_row, grid.first_column, grid.rows = row, column, [[mark]]
        return
    if row < grid.first_row or column < grid.first_column:
        _extend_upwards(grid, row, column)
    i, j = row - grid.first_row, column - grid.first_column
    width = max(len(grid.rows[0]), j + 1)
    while len(grid.rows) <= i:
        grid.rows.append([""] * width)
    if j >= len(grid.rows[i]):
        for cells in grid.rows:
            cells.extend([""] * (width - len(cells)))
    if grid.rows[i][j] in ("", None):
        grid.rows[i][j] = mark


def _extend_upwards(grid: Grid, row: int, column: int) -> None:
    add_columns = max(grid.first_column - column, 0)
    add_rows = max(grid.first_row - row, 0)
    width = len(grid.rows[0]) + add_columns
    grid.rows = [[""] * width for _ in range(add_rows)] + [[""] * add_columns + list(r) for r in grid.rows]
    grid.first_row -= add_rows
    grid.first_column -= add_columns


def decode_text(content: bytes) -> str:
    """Text of a CSV file: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030.

    Raises:
        RejectedFile: none of these encodings fits.
    """
    has_wide_mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if has_wide_mark else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\ufffd" not in text:
            return text
    raise RejectedFile("UNKNOWN_ENCODING", "无法识别文字编码，请用 Excel 另存为“CSV UTF-8”或 .xlsx 再报。")


def _read_csv(content: bytes) -> Grid:
    text = decode_text(content)
    sample = "\n".join(text.splitlines()[:30])
    separator = max(",\t;，", key=sample.count)
    if sample.count(separator) == 0:
        separator = ","
    try:
        rows: list[list[Any]] = list(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        )
    except csv.Error as error:
        raise RejectedFile(
            "BAD_CSV", "CSV 文件的引号不配对或格式有误，请用 Excel 打开核对后另存为 .xlsx 再报。"
        ) from error
    grid = Grid("", rows)
    if separator != ",":
        names = {"\t": "制表符", ";": "分号", "，": "全角逗号"}
        grid.warnings.append(
            ("CSV_SEPARATOR", f"分隔符是{names[separator]}，已按此读取；下次请用英文逗号或直接报 .xlsx。")
        )
    return grid
