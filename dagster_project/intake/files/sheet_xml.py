"""A sheet's XML, searched for what calamine does not report.

calamine shows an error cell and a formula without a stored value as blank, and reads damaged sheets without
complaint. The XML is searched by patterns on bytes, not parsed: parsing it would take longer than reading the cells.
"""

from __future__ import annotations

import itertools
import re

from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    Grid,
    RejectedFile,
    column_letter,
    column_number,
    mark_cell,
)

_LAST_COLUMN = 16_384
#: Cells of the rectangle that holds all values of a sheet: a filled one of 200 MB has fewer, and memory is made for all.
MAX_SHEET_CELLS = 50_000_000

#: What no cell holds: text beside its value, or a value behind another one.
_SPOILT_CELLS = (re.compile(rb"<c [^>]*>[^<]"), re.compile(rb"</(?:v|is)>\s*<[vfi]"))

#: The same of sheets whose names have a prefix, or that are written with blanks between the tags.
_SPOILT_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*>\s*[^<\s]|</(?:\w+:)?(?:v|is)>\s*<(?:\w+:)?(?:v|f|is)\b")


def refuse_spoilt_cells(xml: bytes) -> None:
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


_ROW = re.compile(rb"<\w+:row\b")

_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')

_CELL_ADDRESS = re.compile(rb'<c\s[^>]*?\br="([^"]*)"')

_PREFIXED_CELL_ADDRESS = re.compile(rb'<\w+:c\s[^>]*?\br="([^"]*)"')


def extent(xml: bytes) -> tuple[int, int]:
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


_COLUMN = re.compile("[A-Z]{1,3}")


def _ascend(columns: bytes) -> bool:
    """True if columns, each closed by a comma, are columns and follow each other; a cell of another row left its number."""
    letters = columns.decode(errors="replace").split(",")[:-1]
    numbers = [column_number(c) for c in letters if _COLUMN.fullmatch(c)]
    return len(numbers) == len(letters) and all(
        a < b <= _LAST_COLUMN for a, b in itertools.pairwise((0, *numbers))
    )


_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')


def refuse_sprawl(name: str, xml: bytes) -> None:
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


_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"[^>]*>')

_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s[^>]*?\bhidden="(?:1|true)"[^>]*>')

_SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def note_presentation(grid: Grid, xml: bytes) -> None:
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


def mark_untrusted_cells(grid: Grid, xml: bytes) -> None:
    """Put a mark where calamine shows a blank but the sheet holds an error or a formula without a value."""
    place = xml.find(b't="e"')
    while place >= 0:
        start = _last_cell_start(xml, place)
        address = _ADDRESS.search(xml, start, xml.find(b">", place)) if start >= 0 else None
        if address:
            mark_cell(grid, *_place(address), ERROR_CELL)
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
            mark_cell(grid, *_place(address), EXTERNAL_REFERENCE, is_stronger=True)
            grid.has_external = True
            continue
        stored = re.search(rb"<(?:\w+:)?v>([^<]*)</", body) or re.search(rb"<(?:\w+:)?is>", body)
        if stored is None or (stored.re.groups and not stored.group(1).strip()):
            mark_cell(grid, *_place(address), FORMULA_WITHOUT_VALUE)


def _last_cell_start(xml: bytes, before: int) -> int:
    start = xml.rfind(b"<c ", 0, before)
    if start >= 0 and before - start < 4096:
        return start
    candidates = list(_CELL_START.finditer(xml, max(0, before - 4096), before))
    return candidates[-1].start() if candidates else -1


def _place(address: re.Match[bytes]) -> tuple[int, int]:
    return int(address[2]), column_number(address[1].decode())
