"""Reads open document spreadsheets (.ods): calamine reads the cells, the document's XML says what it does not report.

The same is found out as in a workbook: errors, formulas without a value or on other files, what is hidden or merged,
struck numbers, styles, and how far the cells reach.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dagster_project.intake.files.archive import Archive, check_archive, member, part_name, repacked
from dagster_project.intake.files.calamine import calamine_grid, hidden_sheets
from dagster_project.intake.files.cell_styles import put_styles
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    OVERWRITTEN_CELL,
    Grid,
    column_letter,
    mark_cell,
    mark_unclear_days,
)
from dagster_project.intake.files.ods_styles import open_styles
from dagster_project.intake.files.plain_xml import in_plain_spelling, is_plain, tree_of
from dagster_project.intake.files.sheet_xml import MAX_SHEET_CELLS
from dagster_project.intake.findings import Problem, RejectedFile, problem

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_OFFICE, _TABLE, _TEXT, _STYLE = (
    "{" + _NAMESPACE.format(n) + "}" for n in ("office", "table", "text", "style")
)
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
#: Rows or columns in groups; a group may be hidden as a whole.
_ROW_GROUPS = {f"{_TABLE}{n}" for n in ("table-header-rows", "table-rows", "table-row-group")}
_COLUMN_GROUPS = {f"{_TABLE}{n}" for n in ("table-header-columns", "table-columns", "table-column-group")}
_DEFAULT_STYLE = f"{_TABLE}default-cell-style-name"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_LAST_COLUMN = 16_384
_ERROR = re.compile(r"(?:#[A-Z/0!?]+[!?]?|Err:\d+|#N/A)\Z")
#: A formula on another document, or on another program.
_ELSEWHERE = re.compile(r"'(?:file:|https?:|[a-z]:)|'[^']*'\s*#|\bDDE\(|\bWEBSERVICE\(", re.IGNORECASE)
_NUMBER = re.compile(r"[\d.,\s]*\d[\d.,\s]*")
_EMPTY_LIBRARIES = ("basic/script-lc.xml", "basic/script-lb.xml")


def read_ods(content: bytes, archive: Archive | None = None) -> Iterator[Grid]:
    """Sheets of an open document spreadsheet.

    Args:
        content: its bytes.
        archive: the same, if it could be opened as one.

    Raises:
        RejectedFile: encrypted, damaged, with macros, suspiciously large, or another kind of document.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        archive = archive or Archive(content)
        names = check_archive(archive)
        warnings = _document_warnings(archive, names)
        name = part_name(archive, "content.xml")
        document, changed = _document(member(archive, name))
        if changed is not None or name != "content.xml":
            content = repacked(archive, {} if changed is None else {name: changed})
        struck = _struck_styles(document)
        # calamine reads all sheets when it opens the file, so that their size is looked at before
        styles = open_styles([document, *_own_styles(archive)])
        sheets = {s.get(f"{_TABLE}name", ""): _look_at(s, struck, styles.notable) for s in _sheets(document)}
        for title, found in sheets.items():
            if found.bottom * found.right > MAX_SHEET_CELLS:
                corner = f"{column_letter(found.right)}{found.bottom}"
                raise RejectedFile("SHEET_TOO_LARGE", sheet=title, cell=corner)
        counts_from_1900 = _counts_from_1900(document)
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            if book.sheet_names != list(sheets):
                raise RejectedFile("DAMAGED_FILE", "unreadable")  # the checks would be of other sheets
            hidden = hidden_sheets(book)
            for title, found in sheets.items():
                if title.startswith("'file:"):
                    continue  # what LibreOffice keeps of another file
                grid = calamine_grid(book, title, title in hidden)
                _mark(grid, found)
                put_styles(grid, _styled_cells(grid, found), styles)
                if not counts_from_1900:
                    mark_unclear_days(grid)
                grid.warnings += warnings
                warnings = []
                yield grid
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, KeyError) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete") from error
    except (CalamineError, OSError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "unreadable") from error


def _document_warnings(archive: zipfile.ZipFile, names: set[str]) -> list[Problem]:
    """Warnings about what else is in the document.

    Raises:
        RejectedFile: it is encrypted, has macros, or is no spreadsheet.
    """
    manifest = archive.read(part_name(archive, "META-INF/manifest.xml"))
    if b"encryption-data" in manifest:
        raise RejectedFile("ENCRYPTED_FILE", "password")
    if any(n.startswith(("basic/", "scripts/")) and not n.endswith("/") for n in names - {*_EMPTY_LIBRARIES}):
        raise RejectedFile("MACRO_FILE")
    objects = {n.split("/")[0] for n in names if n.startswith("object ")}
    charts = manifest.count(b"opendocument.chart")
    return [problem("EMBEDDED_OBJECTS")] if len(objects) > charts else []


def _own_styles(archive: zipfile.ZipFile) -> list[Any]:
    """Root of the part that holds the styles of the whole document, if there is one."""
    names = [n for n in archive.namelist() if n.lower() == "styles.xml"]
    return [tree_of(member(archive, name)) for name in names]


def _document(xml: bytes) -> tuple[Any, bytes | None]:
    """Root of the document's XML, and that XML if it had to be rewritten for the reader of cells.

    Line breaks and tabs within a cell become blanks: calamine drops them, and two numbers would become one.

    Raises:
        RejectedFile: not well-formed.
    """
    import lxml.etree as etree

    is_rewritten = not is_plain(xml)
    if is_rewritten:
        xml = in_plain_spelling(xml)
    root = tree_of(xml)
    if root.find(f"{_OFFICE}body/{_OFFICE}spreadsheet") is None:
        raise RejectedFile("NOT_A_TABLE", "package")
    breaks = list(root.iter(f"{_TEXT}line-break", f"{_TEXT}tab"))
    for element in breaks:
        element.tag = f"{_TEXT}s"
    return root, etree.tostring(root, encoding="UTF-8") if is_rewritten or breaks else None


def _sheets(document: Any) -> list[Any]:
    """The tables that are sheets.

    Raises:
        RejectedFile: two have one name, by which the reader finds them.
    """
    sheets = document.findall(f"{_OFFICE}body/{_OFFICE}spreadsheet/{_TABLE}table")
    if len({s.get(f"{_TABLE}name", "") for s in sheets}) < len(sheets):
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    return list(sheets)


def _counts_from_1900(document: Any) -> bool:
    """True unless the document counts days from another day than spreadsheets usually do."""
    null = document.find(f".//{_TABLE}null-date")
    return null is None or null.get(f"{_TABLE}date-value", "1899-12-30").startswith("1899-12-30")


def _struck_styles(document: Any) -> set[str]:
    """Names of the styles of text that is struck out, raised or lowered."""
    found = set()
    for style in document.iter(f"{_STYLE}style"):
        for font in style.iterfind(f"{_STYLE}text-properties"):
            position = font.get(f"{_STYLE}text-position", "0%").split()[0]
            line = (
                font.get(f"{_STYLE}text-line-through-style", "none"),
                font.get(f"{_STYLE}text-line-through-type", "none"),
            )
            if position not in ("0%", "0") or line != ("none", "none"):
                found.add(style.get(f"{_STYLE}name"))
    return found


@dataclass
class _Found:
    """What a sheet's XML says; rows and columns count from 1.

    Attributes:
        bottom: last row with a filled cell; `right` the last such column.
        filled: rows and columns of the filled cells, each run of equal cells once.
        marks: mark by place.
        styled: style, rows and columns of the cells with a style that matters.
    """

    bottom: int = 0
    right: int = 0
    filled: list[tuple[int, int]] = field(default_factory=list)
    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    styled: list[tuple[str, range, range]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def _repeated(element: Any, name: str) -> int:
    """How often a row, column or cell stands there; at least once.

    Raises:
        ValueError: no number.
    """
    return max(int(element.get(f"{_TABLE}{name}", "1")), 1)


def _has_stray_text(cell: Any) -> bool:
    return any(text and not text.isspace() for text in (cell.text, *(child.tail for child in cell)))


def _refuse_nested(sheet: Any) -> None:
    """Refuse a sheet with rows or cells that stand elsewhere than rows and cells do: a reader may take them for others.

    Raises:
        RejectedFile: a row within a cell, a cell outside a row, or text between the paragraphs of a cell.
    """
    row = f"{_TABLE}table-row"
    of_rows = {sheet.tag, *_ROW_GROUPS}
    if any(r.getparent().tag not in of_rows for r in sheet.iter(row)) or any(
        cell.getparent().tag != row or _has_stray_text(cell) for cell in sheet.iter(*_CELLS)
    ):
        raise RejectedFile("DAMAGED_FILE", "unreadable")


def _look_at(sheet: Any, struck: set[str], notable: set[str]) -> _Found:
    _refuse_nested(sheet)
    found = _Found()
    last = 0
    of_columns: list[tuple[int, str]] = []
    for element, is_hidden in _members(sheet, f"{_TABLE}table-column", _COLUMN_GROUPS):
        times = _repeated(element, "number-columns-repeated")
        if is_hidden and last + times < _LAST_COLUMN:
            found.hidden_columns += range(last + 1, last + times + 1)
        last += times
        of_columns.append((last, element.get(_DEFAULT_STYLE, "")))
    number = 0
    for element, is_hidden in _members(sheet, f"{_TABLE}table-row", _ROW_GROUPS):
        times = _repeated(element, "number-rows-repeated")
        width = _look_at_row(element, number + 1, times, found, struck)
        if notable:
            _note_styles(element, number + 1, times, found, of_columns, notable)
        if width:
            found.bottom, found.right = number + times, max(found.right, width)
            if found.bottom * found.right > MAX_SHEET_CELLS:
                return found
            if is_hidden:
                found.hidden_rows += range(number + 1, number + times + 1)
        number += times
    return found


def _members(
    parent: Any, tag: str, groups: set[str], *, is_hidden: bool = False
) -> Iterator[tuple[Any, bool]]:
    """Rows or columns of a sheet in order, those in groups too, and whether each is hidden or filtered out."""
    for child in parent:
        if child.tag == tag:
            shown = child.get(f"{_TABLE}visibility", "visible")
            yield child, is_hidden or shown in ("collapse", "filter")
        elif child.tag in groups:
            inside = is_hidden or child.get(f"{_TABLE}display") == "false"
            yield from _members(child, tag, groups, is_hidden=inside)


def _look_at_row(row: Any, number: int, times: int, found: _Found, struck: set[str]) -> int:
    """Note the cells of a row that stands there so many times; its last filled column, 0 if it is blank.

    Raises:
        RejectedFile: a cell shows a text whose kind isn't said, so that calamine reads a blank.
    """
    width = column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        repeats = _repeated(cell, "number-columns-repeated")
        across, down = _repeated(cell, "number-columns-spanned"), _repeated(cell, "number-rows-spanned")
        if across > 1 or down > 1:
            found.merges.append((number, column + 1, number + down - 1, column + across))
        mark = _mark_of(cell, struck)
        kind = cell.get(f"{_OFFICE}value-type")
        if kind is None and mark is None and _text_of(cell):
            raise RejectedFile("DAMAGED_FILE", "unreadable")
        if mark is not None or (kind is not None and _has_value(cell)):
            if repeats * times > MAX_SHEET_CELLS:
                return _LAST_COLUMN * times
            width = column + repeats
            found.filled.append((number, column + 1))
            if mark is not None:
                for i in range(number, number + times):
                    found.marks.update({(i, j): mark for j in range(column + 1, column + repeats + 1)})
        column += repeats
    return width


def _note_styles(
    row: Any, number: int, times: int, found: _Found, of_columns: list[tuple[int, str]], notable: set[str]
) -> None:
    """Note the cells of a row with a style that matters: their own, or else that of their row or column."""
    column = 0
    of_row = row.get(_DEFAULT_STYLE, "")
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        last = column + _repeated(cell, "number-columns-repeated")
        own = cell.get(f"{_TABLE}style-name", of_row)
        rows = range(number, number + times)
        start = column
        for end, style in [(last, own)] if own else of_columns:
            if style in notable and start < min(end, last):
                found.styled.append((style, rows, range(start + 1, min(end, last) + 1)))
            start = max(start, end)
        column = last


def _styled_cells(grid: Grid, found: _Found) -> Iterator[tuple[str, int, int]]:
    """Style, row and column of the cells with a style that matters, as far as the grid reaches."""
    bottom = grid.first_row + len(grid.rows)
    right = grid.first_column + max(map(len, grid.rows), default=0)
    for style, rows, columns in found.styled:
        for row in range(max(rows.start, grid.first_row), min(rows.stop, bottom)):
            for column in range(max(columns.start, grid.first_column), min(columns.stop, right)):
                yield style, row, column


def _text_of(cell: Any) -> str:
    """Text that a cell shows, comments left out."""
    return "\n".join("".join(p.itertext()) for p in cell.iterfind(f"{_TEXT}p")).strip()


_VALUES = tuple(
    f"{_OFFICE}{n}" for n in ("value", "date-value", "time-value", "boolean-value", "string-value")
)


def _has_value(cell: Any) -> bool:
    """False for a cell whose formula gives an empty text."""
    return any(cell.get(name) for name in _VALUES) or bool(_text_of(cell))


def _mark_of(cell: Any, struck: set[str]) -> str | None:
    """Mark of a cell whose value can't be trusted."""
    formula = cell.get(f"{_TABLE}formula", "")
    text = _text_of(cell)
    if formula and _ELSEWHERE.search(formula):
        return EXTERNAL_REFERENCE
    if cell.get(f"{_CALC}value-type") == "error" or (formula and _ERROR.match(text)):
        return ERROR_CELL
    if formula and cell.get(f"{_OFFICE}value-type") is None:
        return ERROR_CELL if text else FORMULA_WITHOUT_VALUE
    if struck and _NUMBER.fullmatch(text):
        pieces = cell.iterfind(f"{_TEXT}p//{_TEXT}span")
        if any(piece.get(f"{_TEXT}style-name") in struck and piece.text for piece in pieces):
            return OVERWRITTEN_CELL
    return None


def _mark(grid: Grid, found: _Found) -> None:
    """Put into a grid what the sheet's XML says.

    Raises:
        RejectedFile: calamine has a blank where a cell is filled.
    """
    for (row, column), mark in found.marks.items():
        mark_cell(grid, row, column, mark, replaces_value=True)
    grid.has_external = EXTERNAL_REFERENCE in found.marks.values()
    grid.merges = found.merges
    grid.hidden_rows, grid.hidden_columns = found.hidden_rows, found.hidden_columns
    if not found.filled:
        return
    bottom = grid.first_row + len(grid.rows) - 1
    right = grid.first_column + max(map(len, grid.rows), default=0) - 1
    is_outside = any(
        not (grid.first_row <= row <= bottom and grid.first_column <= column <= right)
        for row, column in found.filled
    )
    if is_outside and grid.rows:
        raise RejectedFile("DAMAGED_FILE", "unreadable")
