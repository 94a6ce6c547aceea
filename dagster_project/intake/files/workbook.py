"""From bytes to grids of cells: what kind of file it is, which cells it holds, what can't be trusted.

A file is routed by its first bytes, not by its suffix. Values are read by calamine; because calamine
shows an error cell and a formula without a stored value as blank, the sheet's XML is searched for both
and a mark is put in their place.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from dagster_project.intake.files.biff import sheet_records, workbook_stream
from dagster_project.intake.parse.cells import ERROR_CELL, EXTERNAL_REFERENCE, FORMULA_WITHOUT_VALUE

MAX_FILE_BYTES = 200 * 1024**2
MAX_INFLATED_BYTES = 1024**3
MAX_MEMBER_RATIO = 400
MAX_MEMBERS = 5_000
#: Cells of the rectangle that holds all values of a sheet: a filled one of 200 MB has fewer, and memory is made for all.
MAX_SHEET_CELLS = 50_000_000

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
    #: Merged ranges as sheet rows and columns: top, left, bottom, right.
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    #: Some cells are formulas on other files; they bear the mark `EXTERNAL_REFERENCE`.
    has_external: bool = False
    #: Rows of delimited text and of web pages have as many cells as were written; another number than the
    #: heading's means that cells may have moved.
    is_ragged: bool = False


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
    elif _is_html(content):
        yield from read_html(content)
    else:
        _refuse_foreign_formats(content)
        yield _read_csv(content)


def _is_html(content: bytes) -> bool:
    head = content[:2048]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", errors="ignore").encode()
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    starts = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<!--")
    return lowered.startswith(starts) or (lowered.startswith(b"<") and b"<table" in lowered)


def _refuse_foreign_formats(content: bytes) -> None:
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    lowered = head.lower()
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
    if len(content) % 512:  # every writer fills the last sector; bytes are missing, or there are too many
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请用 Excel 打开后另存为 .xlsx 再报。")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise RejectedFile("MACRO_FILE", "文件含有宏，请另存为不含宏的 .xlsx 再报。")
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        told = sheet_records(workbook_stream(content))
        if any(sheet.doubled or sheet.is_overwide for sheet in told):
            raise RejectedFile(
                "DAMAGED_FILE",
                "文件已损坏（同一单元格出现两次，或单元格在表外），请用 Excel 打开后另存为 .xlsx 再报。",
            )
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
            for i, name in enumerate(book.sheet_names):
                grid = _calamine_grid(book, name, name in hidden)
                if i < len(told):
                    grid.hidden_rows, grid.hidden_columns = told[i].hidden_rows, told[i].hidden_columns
                    for row, column in told[i].errors:
                        _mark(grid, row, column, ERROR_CELL)
                grid.merges = [
                    (top + 1, left + 1, bottom + 1, right + 1)
                    for (top, left), (bottom, right) in book.get_sheet_by_name(name).merged_cell_ranges or []
                ]
                yield grid
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
    if len(names) < len(members) or any(_is_unsafe(n) for n in names):
        raise RejectedFile("ARCHIVE_SUSPICIOUS", "文件内部结构异常（部件重名或路径可疑），请从模板重新导出。")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that workbooks don't use")
    if any(m.flag_bits & 1 for m in members):
        raise RejectedFile("ENCRYPTED_FILE", "文件加了密码，请去除密码后再报。")
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise RejectedFile("MACRO_FILE", "文件含有宏，请另存为不含宏的 .xlsx 再报。")
    if "xl/workbook.bin" in names:
        raise RejectedFile("BINARY_WORKBOOK", "这是二进制工作簿（.xlsb），请另存为 .xlsx 再报。")
    if "xl/workbook.xml" not in names:
        raise RejectedFile("NOT_A_TABLE", "不是 Excel 工作簿，请核对后重新放入。")
    for member in members:
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as stream:
                _refuse_definitions(stream.read(4096))


def _is_unsafe(name: str) -> bool:
    return name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/")


def _refuse_definitions(head: bytes) -> None:
    plain = head.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise RejectedFile("XML_DEFINITION", "文件含有不允许的 XML 定义，请从模板重新导出。")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    data = archive.read(name)
    _refuse_definitions(data[:4096])
    if b"<!ENTITY" in data:
        raise RejectedFile("XML_DEFINITION", "文件含有不允许的 XML 定义，请从模板重新导出。")
    return data


def _root(data: bytes) -> ElementTree.Element:
    """Root element.

    Raises:
        ElementTree.ParseError: not well-formed, or in an encoding that nobody knows.
    """
    try:
        return ElementTree.fromstring(data)
    except LookupError as error:
        raise ElementTree.ParseError(str(error)) from error


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → member of the archive that holds its cells."""
    relations = _root(_member(archive, "xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations.iter(f"{_PACKAGE_REL}Relationship")}
    workbook = _root(_member(archive, "xl/workbook.xml"))
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
        parts = _sheet_parts(archive)
        warnings = _package_warnings(archive)
        for name in archive.namelist():
            if name.lower().endswith("sharedstrings.xml"):
                _refuse_malformed(_member(archive, name))
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
            for name in book.sheet_names:
                part = parts.get(name, "")
                if "/chartsheets/" in part:
                    continue
                # the XML is checked before calamine inflates and parses it
                xml = _member(archive, part) if part in archive.NameToInfo else b""
                if xml:
                    _refuse_malformed(xml)
                _refuse_spoilt_cells(xml)
                rows, columns = _extent(xml)
                if rows * columns > MAX_SHEET_CELLS:
                    _refuse_sprawl(name, xml)
                grid = _calamine_grid(book, name, name in hidden)
                _mark_untrusted_cells(grid, xml)
                _note_presentation(grid, xml)
                grid.warnings += warnings
                warnings = []
                yield grid
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        zlib.error,
        EOFError,
        KeyError,
        ElementTree.ParseError,
    ) as error:
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。") from error
    except (CalamineError, OSError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件无法读取，请用 Excel 打开后另存为 .xlsx 再报。") from error


def _package_warnings(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """What the workbook holds besides cells; nothing of it is opened, let alone fetched."""
    names = archive.namelist()
    found = []
    if any(n.startswith("xl/externalLinks/") for n in names):
        found.append(
            ("EXTERNAL_LINKS", "工作簿里有指向其他文件的链接，没有读取也不会更新；下次请断开链接后再报。")
        )
    if any(n.startswith(("xl/embeddings/", "xl/activeX/", "xl/ctrlProps/")) for n in names):
        found.append(("EMBEDDED_OBJECTS", "工作簿里嵌有其他文件或控件，没有读取；下次请删去后再报。"))
    return found


#: What no cell holds: text beside its value, or a value behind another one.
_SPOILT_CELLS = (re.compile(rb"<c [^>]*>[^<]"), re.compile(rb"</(?:v|is)>\s*<[vfi]"))
#: The same of sheets whose names have a prefix, or that are written with blanks between the tags.
_SPOILT_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*>\s*[^<\s]|</(?:\w+:)?(?:v|is)>\s*<(?:\w+:)?(?:v|f|is)\b")


def _refuse_spoilt_cells(xml: bytes) -> None:
    """Refuse a sheet with a cell of two values: one of them is another cell's, whose beginning was lost.

    Raises:
        RejectedFile: with the cell.
    """
    if b"<sheetData" in xml and not any(pattern.search(xml) for pattern in _SPOILT_CELLS):
        return
    found = _SPOILT_CELL.search(xml)
    if found:
        before = xml[max(0, found.start() - 500) : found.end()]
        addresses = re.findall(rb'\br="([A-Z]{1,3}[0-9]{1,7})"', before)
        place = addresses[-1].decode() if addresses else "有个单元格"
        raise RejectedFile(
            "DAMAGED_FILE", f"文件已损坏（{place} 里混入了别的内容），请用 Excel 打开后另存为 .xlsx 再报。"
        )


def _refuse_malformed(xml: bytes) -> None:
    """Refuse XML that isn't well-formed, or in an encoding that nobody knows: calamine would make something of it.

    Raises:
        RejectedFile: it is so.
    """
    try:
        expat.ParserCreate().Parse(xml, True)
    except (expat.ExpatError, LookupError) as error:
        raise RejectedFile("DAMAGED_FILE", "文件不完整或已损坏，请重新导出后再报。") from error


_ROW = re.compile(rb"<\w+:row\b")
_CELL_ADDRESS = re.compile(rb'<c\s[^>]*?\br="([^"]*)"')
_PREFIXED_CELL_ADDRESS = re.compile(rb'<\w+:c\s[^>]*?\br="([^"]*)"')


def _extent(xml: bytes) -> tuple[int, int]:
    """Rows and columns that a sheet's cells span; blank ones count too.

    Refuses a sheet whose cells don't stand in the order of their addresses, each once and in its own row.

    No program writes such a sheet (ECMA-376 part 1, 18.3.1.73: rows and cells ascend); in a damaged one a value
    may bear another's address, and calamine would put it there without a word.

    Raises:
        RejectedFile: with the row.
    """
    end = xml.find(b"sheetData>", xml.find(b"sheetData>") + 1)
    data = xml[:end] if end > 0 else xml
    if b"<sheetData" in data:
        rows, address = data.split(b"<row"), _CELL_ADDRESS
    else:
        rows, address = _ROW.split(data), _PREFIXED_CELL_ADDRESS
    orderly: set[bytes] = set()  # columns of a row as they follow each other; most rows have the same
    first = last = width = 0
    for row in rows[1:]:
        told = _ROW_NUMBER.search(row, 0, row.find(b">"))
        cells = address.findall(row)
        if told is None and not cells:
            continue
        number = told[1] if told else cells[0].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        columns = b",".join([*cells, b""]).replace(number + b",", b",")
        is_known = columns in orderly
        if int(number) <= last or not (is_known or _ascend(columns)):
            raise RejectedFile(
                "DAMAGED_FILE",
                f"文件已损坏（第 {int(number)} 行的单元格次序颠倒或重复），请用 Excel 打开后另存为 .xlsx 再报。",
            )
        last = int(number)
        if not is_known:
            orderly.add(columns)
            width = max([width, *map(column_number, columns.decode().split(",")[-2:-1])])
        first = first or last
    return last - first + 1, width


_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')


def _refuse_sprawl(name: str, xml: bytes) -> None:
    """Refuse a sheet with values so far apart that the rectangle around them would fill the memory.

    Raises:
        RejectedFile: with the outermost cell.
    """
    rows, columns = set(), set()
    for letters, digits in _FILLED_CELL.findall(xml):
        rows.add(digits)
        columns.add(letters)
    bottom, right = (
        max(map(int, rows), default=0),
        max((column_number(c.decode()) for c in columns), default=0),
    )
    if bottom * right > MAX_SHEET_CELLS:
        raise RejectedFile(
            "SHEET_TOO_LARGE",
            f"工作表“{name}”的内容一直到 {column_letter(right)}{bottom}，范围过大；请删去表格以外的内容后再报。",
        )


_COLUMN = re.compile("[A-Z]{1,3}")


def _ascend(columns: bytes) -> bool:
    """True if columns, each closed by a comma, are columns and follow each other; a cell of another row left its number."""
    letters = columns.decode(errors="replace").split(",")[:-1]
    numbers = [column_number(c) for c in letters if _COLUMN.fullmatch(c)]
    return len(numbers) == len(letters) and all(
        a < b <= _LAST_COLUMN for a, b in itertools.pairwise((0, *numbers))
    )


_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"[^>]*>')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s[^>]*?\bhidden="(?:1|true)"[^>]*>')
_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')
_SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_LAST_COLUMN = 16_384


def _note_presentation(grid: Grid, xml: bytes) -> None:
    """Merged ranges, and rows and columns that a person does not see, of a sheet's XML."""
    if b"mergeCell" in xml:
        grid.merges = [
            (int(m[2]), column_number(m[1].decode()), int(m[4]), column_number(m[3].decode()))
            for m in _MERGE.finditer(xml, max(xml.rfind(b"sheetData>"), 0))
        ]
    if b"hidden=" not in xml:
        return
    for match in _HIDDEN_ROW.finditer(xml):
        number = _ROW_NUMBER.search(match[0])
        if number:
            grid.hidden_rows.append(int(number[1]))
    for match in _HIDDEN_COLUMN.finditer(xml):
        ends = {name: int(value) for name, value in _SPAN.findall(match[0])}
        if {b"min", b"max"} <= ends.keys() and ends[b"max"] < _LAST_COLUMN:
            grid.hidden_columns += range(ends[b"min"], ends[b"max"] + 1)


_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA = re.compile(rb"<f[\s>/]")
_PREFIXED_FORMULA = re.compile(rb"<\w+:f[\s>/]")
#: A formula on another workbook ([1]Sheet!A1, [other.xlsx]Sheet!A1) or on another program (cmd|'…'!A0).
_ELSEWHERE = re.compile(rb"\[\d+\]|\[[^\]\[]+\.xl\w*\]|^[^\"]*\|[^\"]*!", re.IGNORECASE)
_CELL_START = re.compile(rb"<(?:\w+:)?c\s")


def _mark_untrusted_cells(grid: Grid, xml: bytes) -> None:
    """Put a mark where calamine shows a blank but the sheet holds an error or a formula without a value."""
    place = xml.find(b't="e"')
    while place >= 0:
        start = _last_cell_start(xml, place)
        address = _ADDRESS.search(xml, start, xml.find(b">", place)) if start >= 0 else None
        if address:
            _mark(grid, *_place(address), ERROR_CELL)
        place = xml.find(b't="e"', place + 1)
    formula = _FORMULA if b"<sheetData" in xml else _PREFIXED_FORMULA
    for match in formula.finditer(xml):
        start = _last_cell_start(xml, match.start())
        address = _ADDRESS.search(xml, start, match.start()) if start >= 0 else None
        if address is None:
            continue
        end = xml.find(b"</c>", match.end())
        body = xml[match.end() : end if end >= 0 else match.end() + 512]
        text = body.split(b"</", 1)[0]
        if _ELSEWHERE.search(text):
            _mark(grid, *_place(address), EXTERNAL_REFERENCE, is_stronger=True)
            grid.has_external = True
            continue
        stored = re.search(rb"<(?:\w+:)?v>([^<]*)</", body) or re.search(rb"<(?:\w+:)?is>", body)
        if stored is None or (stored.re.groups and not stored.group(1).strip()):
            _mark(grid, *_place(address), FORMULA_WITHOUT_VALUE)


def _last_cell_start(xml: bytes, before: int) -> int:
    start = xml.rfind(b"<c ", 0, before)
    if start >= 0 and before - start < 4096:
        return start
    candidates = list(_CELL_START.finditer(xml, max(0, before - 4096), before))
    return candidates[-1].start() if candidates else -1


def _place(address: re.Match[bytes]) -> tuple[int, int]:
    return int(address[2]), column_number(address[1].decode())


def _mark(grid: Grid, row: int, column: int, mark: str, *, is_stronger: bool = False) -> None:
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
    if is_stronger or grid.rows[i][j] in ("", None):
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
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows: list[list[Any]] = list(reader)
    except csv.Error as error:
        raise RejectedFile(
            "BAD_CSV",
            f"第 {len(text[: _open_quote(text)].splitlines()) or 1} 行起引号不配对或格式有误（读到第 {reader.line_num} 行）；"
            "请用 Excel 打开核对后另存为 .xlsx 再报。",
        ) from error
    grid = Grid("", rows, is_ragged=True)
    if separator != ",":
        names = {"\t": "制表符", ";": "分号", "，": "全角逗号"}
        grid.warnings.append(
            ("CSV_SEPARATOR", f"分隔符是{names[separator]}，已按此读取；下次请用英文逗号或直接报 .xlsx。")
        )
    if not text.endswith(("\n", "\r")):
        grid.warnings.append(
            (
                "UNENDED_TEXT",
                f"最后一行（第 {len(rows)} 行）之后没有换行，文件可能没有复制完整；请核对这一行，不完整就重新导出再报。",
            )
        )
    return grid


def _open_quote(text: str) -> int:
    """Place behind the quote that is never closed, or the end of the text."""
    if text.count('"') % 2 == 0:
        return len(text)
    return text.rfind('"') + 1


_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_LARGEST_SPAN = 1_000


def read_html(content: bytes) -> Iterator[Grid]:
    """Tables of a web page under a workbook's name, as many systems export them; every cell stays text.

    Raises:
        RejectedFile: no table in it, or an unknown encoding.
    """
    import lxml.etree as etree
    import lxml.html as html

    named = _CHARSET.search(content[:4096])
    encoding = named[1].decode().lower() if named else ""
    if encoding in ("gb2312", "gbk", "gb18030"):
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            text = decode_text(content)
    else:
        text = decode_text(content)
    _refuse_unpaired_tags(text)
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        document = html.document_fromstring(text.encode(), parser=parser)
    except etree.LxmlError as error:
        raise RejectedFile(
            "HTML_FILE", "该文件是网页格式且无法读取，请用 Excel 打开后另存为 .xlsx。"
        ) from error
    tables = [t for t in document.iter("table") if next(t.iterdescendants("table"), None) is None]
    grids = [_html_grid(table) for table in tables]
    grids = [g for g in grids if any(any(c for c in row) for row in g.rows)]
    if not grids:
        raise RejectedFile(
            "HTML_FILE", "该文件是网页格式，其中没有表格；请用 Excel 打开后另存为 .xlsx 再报。"
        )
    for i, grid in enumerate(grids, 1):
        grid.sheet = "" if len(grids) == 1 else f"表{i}"
        grid.warnings.append(
            (
                "HTML_TABLE",
                "该文件其实是网页格式，已按其中的表格读取；下次请用 Excel 或 WPS 另存为 .xlsx 再报。",
            )
        )
        yield grid


_TAG = re.compile(r"<(/?)([a-z][\w:-]*)[^<>]*?(/?)>")
_COMMENT = re.compile("<!--.*?-->", re.DOTALL)
#: Tags that HTML lets stand alone: those without an end, and those whose end may be left out.
_UNPAIRED_TAGS = frozenset(("br", "col", "hr", "img", "input", "wbr", "area", "param", "link", "meta"))
_OPEN_ENDED_TAGS = frozenset(
    ("p", "li", "dt", "dd", "option", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th")
)


def _refuse_unpaired_tags(text: str) -> None:
    """Refuse a page with tables in which rows and cells don't pair, or a tag is only opened or only closed.

    A browser makes something of such a page, and so would we: two cells in one, or a cell less. Pages whose rows and
    cells are never closed are allowed, as HTML allows them.

    Raises:
        RejectedFile: with the tag.
    """
    lowered = _COMMENT.sub("", text.lower())
    inside = lowered[lowered.find("<table") : lowered.rfind("</table")]
    opened: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for end, name, is_whole in _TAG.findall(inside):
        if not is_whole and name not in ("table", *_UNPAIRED_TAGS):
            (closed if end else opened)[name] += 1
    unpaired = [
        name
        for name in sorted({*opened, *closed})
        if not opened[name]
        or (not closed[name] and name not in _OPEN_ENDED_TAGS)
        or (name in ("tr", "td", "th") and closed[name] and opened[name] != closed[name])
    ]
    if unpaired:
        raise RejectedFile(
            "DAMAGED_FILE",
            f"该文件是网页格式，表格里的标签 {unpaired[0]} 不成对，可能已损坏；请用 Excel 打开核对后另存为 .xlsx 再报。",
        )


def _html_grid(table: Any) -> Grid:
    rows: list[list[Any]] = []
    merges: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    for i, row in enumerate(table.iter("tr")):
        cells: list[Any] = []
        for cell in row.iterchildren("td", "th"):
            while (i, len(cells)) in taken:
                cells.append("")
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            left = len(cells)
            cells.append("".join(cell.itertext()))
            cells += [""] * (width - 1)
            for below in range(1, height):
                taken |= {(i + below, j) for j in range(left, left + width)}
            if width > 1 or height > 1:
                merges.append((i + 1, left + 1, i + height, left + width))
        while (i, len(cells)) in taken:
            cells.append("")
        rows.append(cells)
    return Grid("", rows, merges=merges, is_ragged=True)


def _span(cell: Any, name: str) -> int:
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _LARGEST_SPAN) if text.isdigit() else 1
