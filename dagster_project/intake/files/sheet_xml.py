"""A sheet's XML, searched for what calamine does not report.

calamine shows an error cell and a formula without a stored value as blank, and reads damaged sheets without
complaint. The XML is searched by patterns on bytes, not parsed: parsing it would take longer than reading the cells.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    Grid,
    column_letter,
    column_number,
    mark_cell,
)
from dagster_project.intake.findings import RejectedFile

_LAST_COLUMN = 16_384
#: Most cells of the rectangle around all values of a sheet. Memory is allocated for all of them; a completely filled
#: sheet of 200 MB has fewer.
MAX_SHEET_CELLS = 50_000_000

#: What a sound cell never has: text beside its value, or a second value.
_SPOILT_CELLS = (re.compile(rb"<c\s[^>]*>[^<]"), re.compile(rb"</(?:v|is)>\s*<[vfi]"))

#: The same for sheets whose tags have a prefix, or that are written with blanks between the tags.
_SPOILT_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*>\s*[^<\s]|</(?:\w+:)?(?:v|is)>\s*<(?:\w+:)?(?:v|f|is)\b")


def refuse_spoilt_cells(xml: bytes, kinds: bytes) -> None:
    """Refuse a sheet with a cell that has two values: one belongs to another cell, whose beginning was lost.

    Args:
        xml: the sheet.
        kinds: its kinds of rows.

    Raises:
        RejectedFile: with the cell's address if it can be found.
    """
    text_before, value_behind = _SPOILT_CELLS
    if b"<sheetData" in xml and not text_before.search(xml) and not value_behind.search(kinds):
        return
    found = _SPOILT_CELL.search(xml)
    if found:
        before = xml[max(0, found.start() - 500) : found.end()]
        addresses = re.findall(rb'\br="([A-Z]{1,3}[0-9]{1,7})"', before)
        if not addresses:
            raise RejectedFile("DAMAGED_FILE", "mixed_unknown_cell")
        raise RejectedFile("DAMAGED_FILE", "mixed_cell", place=addresses[-1].decode())


_ROW = re.compile(rb"<\w+:row\b")

_ROW_NUMBER = re.compile(rb'\br="(\d{1,7})"')

_LEADING_ROW_NUMBER = re.compile(rb' r="(\d{1,7})"')

_CELL_ADDRESS = re.compile(rb'<c\s[^>]*?\br="([^"]*)"')

_PREFIXED_CELL_ADDRESS = re.compile(rb'<\w+:c\s[^>]*?\br="([^"]*)"')


def extent(xml: bytes) -> tuple[int, int]:
    """Number of rows and of columns that a sheet's cells span, blank cells included.

    Every program writes the cells in ascending order, each once and in its own row (ECMA-376 part 1, 18.3.1.73).
    In a damaged sheet a value may have another cell's address, and calamine would put it there without an error.

    Raises:
        RejectedFile: the cells are out of order, with the row.
    """
    end = xml.find(b"sheetData>", xml.find(b"sheetData>") + 1)
    data = xml[:end] if end > 0 else xml
    if b"<sheetData" in data:
        rows, address = data.split(b"<row"), _CELL_ADDRESS
    else:
        rows, address = _ROW.split(data), _PREFIXED_CELL_ADDRESS
    orderly: set[bytes] = set()  # sequences of columns found in order; most rows have the same sequence
    first = last = width = 0
    for row in rows[1:]:
        stated = _LEADING_ROW_NUMBER.match(row) or _ROW_NUMBER.search(row, 0, row.find(b">"))
        cells = address.findall(row)
        if stated is None and not cells:
            continue
        number = stated[1] if stated else cells[0].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        columns = b",".join([*cells, b""]).replace(number + b",", b",")
        is_known = columns in orderly
        if int(number) <= last or not (is_known or _ascend(columns)):
            raise RejectedFile("DAMAGED_FILE", "cell_order", row=int(number))
        last = int(number)
        if not is_known:
            orderly.add(columns)
            width = max([width, *map(column_number, columns.decode().split(",")[-2:-1])])
        first = first or last
    return last - first + 1, width


_COLUMN = re.compile("[A-Z]{1,3}")


def _ascend(columns: bytes) -> bool:
    """As `are_ascending`; remembered for rows of usual width, since sheets of a kind have rows of the same columns."""
    return _known_to_ascend(columns) if len(columns) < 2048 else are_ascending(columns)


@lru_cache(1024)
def _known_to_ascend(columns: bytes) -> bool:
    return are_ascending(columns)


def are_ascending(columns: bytes) -> bool:
    """True if the text is column letters, each followed by a comma, in ascending order.

    A cell with another row's address still has its row number behind the letters, so it is not a column.
    """
    letters = columns.decode(errors="replace").split(",")[:-1]
    numbers = [column_number(c) for c in letters if _COLUMN.fullmatch(c)]
    return len(numbers) == len(letters) and all(
        a < b <= _LAST_COLUMN for a, b in itertools.pairwise((0, *numbers))
    )


_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')


def refuse_sprawl(name: str, xml: bytes) -> None:
    """Refuse a sheet whose filled cells are so far apart that the rectangle around them would fill the memory.

    Raises:
        RejectedFile: with the bottom right corner of the rectangle.
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
        raise RejectedFile("SHEET_TOO_LARGE", sheet=name, cell=f"{column_letter(right)}{bottom}")


_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?\bhidden="(?:1|true)"[^>]*>')

_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s[^>]*?\bhidden="(?:1|true)"[^>]*>')

_SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')

_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


def note_presentation(grid: Grid, xml: bytes, kinds: bytes) -> None:
    """Put a sheet's merged ranges and its hidden rows and columns into its grid."""
    if b"mergeCell" in kinds:
        grid.merges = [
            (int(m[2]), column_number(m[1].decode()), int(m[4]), column_number(m[3].decode()))
            for m in _MERGE.finditer(xml, max(xml.rfind(b"sheetData>"), 0))
        ]
    if b"hidden=" not in kinds:
        return
    grid.hidden_rows += hidden_rows(xml)
    for match in _HIDDEN_COLUMN.finditer(xml):
        ends = {name: int(value) for name, value in _SPAN.findall(match[0])}
        if {b"min", b"max"} <= ends.keys() and ends[b"max"] < _LAST_COLUMN:
            grid.hidden_columns += range(ends[b"min"], ends[b"max"] + 1)


def hidden_rows(xml: bytes) -> list[int]:
    """Numbers of a sheet's hidden rows."""
    tags = (match[0] for match in _HIDDEN_ROW.finditer(xml))
    return [int(number[1]) for tag in tags if (number := _ROW_NUMBER.search(tag))]


_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')

_FORMULA = re.compile(rb"<f[\s>/]")

_PREFIXED_FORMULA = re.compile(rb"<\w+:f[\s>/]")

#: A formula on another workbook ([1]Sheet!A1, [other.xlsx]Sheet!A1) or on another program (cmd|'…'!A0). A number in
#: brackets behind a name is a column of a table in this workbook (表1[2023]).
_ELSEWHERE = re.compile(
    rb"(?:^|[^\w\]\x80-\xff])\[\d+\][^\[\]]*!|\[[^\]\[]+\.xl\w*\]|^[^\"]*\|[^\"]*!", re.IGNORECASE
)

_EMPTY_VALUE = re.compile(rb"<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>")

_CELL_START = re.compile(rb"<(?:\w+:)?c\s")


def mark_untrusted_cells(grid: Grid, xml: bytes, kinds: bytes) -> None:
    """Mark cells that hold an error, a formula without a stored value, or a formula that refers to another file."""
    place = xml.find(b't="e"') if b't="e"' in kinds else -1
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
        end = _end_of_cell(xml, match.end(), formula is _FORMULA)
        body = xml[match.end() : end if end >= 0 else match.end() + 512]
        text = body.split(b"</", 1)[0]
        if _ELSEWHERE.search(text):
            mark_cell(grid, *_place(address), EXTERNAL_REFERENCE, replaces_value=True)
            grid.has_external = True
            continue
        if xml.find(b't="str"', start, xml.find(b">", start)) >= 0 and _EMPTY_VALUE.search(body):
            continue  # the formula's value is an empty text: a blank cell
        stored = re.search(rb"<(?:\w+:)?v>([^<]*)</", body) or re.search(rb"<(?:\w+:)?is>", body)
        if stored is None or (stored.re.groups and not stored.group(1).strip()):
            mark_cell(grid, *_place(address), FORMULA_WITHOUT_VALUE)


_PREFIXED_CELL_END = re.compile(rb"</\w+:c>")


def _end_of_cell(xml: bytes, start: int, is_bare: bool) -> int:
    """Offset of the next end of a cell, -1 if there is none."""
    if is_bare:
        return xml.find(b"</c>", start)
    found = _PREFIXED_CELL_END.search(xml, start)
    return found.start() if found else -1


def _last_cell_start(xml: bytes, before: int) -> int:
    """Offset of the last cell tag before an offset, -1 if there is none within 4096 bytes."""
    start = xml.rfind(b"<c ", 0, before)
    if start >= 0 and before - start < 4096:
        return start
    candidates = list(_CELL_START.finditer(xml, max(0, before - 4096), before))
    return candidates[-1].start() if candidates else -1


def _place(address: re.Match[bytes]) -> tuple[int, int]:
    """Row and column of an address, from 1."""
    return int(address[2]), column_number(address[1].decode())
