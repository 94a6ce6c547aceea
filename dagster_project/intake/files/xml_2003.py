"""Reads workbooks in XML as Excel 2003 and many systems write them (SpreadsheetML)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from dagster_project.intake.files.archive import refuse_definitions, root_of
from dagster_project.intake.files.grid import ERROR_CELL, FORMULA_WITHOUT_VALUE, Grid
from dagster_project.intake.files.sheet_xml import MAX_SHEET_CELLS
from dagster_project.intake.findings import RejectedFile

_NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def read_xml_2003(content: bytes) -> Iterator[Grid]:
    """Sheets of a workbook in XML.

    Raises:
        RejectedFile: XML of another kind, with definitions of its own, damaged, or with cells too far apart.
    """
    refuse_definitions(content)
    try:
        root = root_of(content)
    except ElementTree.ParseError as error:
        raise RejectedFile("XML_FILE") from error
    if root.tag != f"{_NAMESPACE}Workbook":
        raise RejectedFile("XML_FILE")
    for sheet in root.iterfind(f"{_NAMESPACE}Worksheet"):
        yield _grid(sheet)


def _grid(sheet: ElementTree.Element) -> Grid:
    grid = Grid(sheet.get(f"{_NAMESPACE}Name", ""), [])
    options = "{urn:schemas-microsoft-com:office:excel}WorksheetOptions"
    visible = sheet.find(f"{options}/{options.partition('}')[0]}}}Visible")
    grid.is_hidden = visible is not None and (visible.text or "").strip() in (
        "SheetHidden",
        "SheetVeryHidden",
    )
    rows = sheet.findall(f"{_NAMESPACE}Table/{_NAMESPACE}Row")
    of_rows = sum(len(row.findall(f"{_NAMESPACE}Cell")) for row in rows)
    if (
        len(list(sheet.iter(f"{_NAMESPACE}Row"))) > len(rows)
        or len(list(sheet.iter(f"{_NAMESPACE}Cell"))) > of_rows
    ):
        raise RejectedFile("DAMAGED_FILE", "unreadable")  # rows or cells elsewhere than rows and cells stand
    cells: dict[tuple[int, int], Any] = {}
    number = 0
    for row in rows:
        number = _index(row, number)
        if row.get(f"{_NAMESPACE}Hidden") == "1":
            grid.hidden_rows.append(number)
        column = 0
        for cell in row.iterfind(f"{_NAMESPACE}Cell"):
            column = _index(cell, column)
            value = _value(cell)
            if value != "":
                cells[number, column] = value
            across, down = (_whole(cell.get(f"{_NAMESPACE}Merge{d}")) for d in ("Across", "Down"))
            if across or down:
                grid.merges.append((number, column, number + down, column + across))
            column += across
        number += _whole(row.get(f"{_NAMESPACE}Span"))
    height, width = (max((place[k] for place in cells), default=0) for k in (0, 1))
    if height > _LAST_ROW or width > _LAST_COLUMN or height * width > MAX_SHEET_CELLS:
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    grid.rows = [[""] * width for _ in range(height)]
    for (i, j), value in cells.items():
        grid.rows[i - 1][j - 1] = value
    return grid


def _index(element: ElementTree.Element, before: int) -> int:
    """Number of a row or column: the one it states, or the next.

    Raises:
        RejectedFile: it is not behind the one before.
    """
    stated = element.get(f"{_NAMESPACE}Index")
    number = _whole(stated) if stated is not None else before + 1
    if number <= before:
        raise RejectedFile("DAMAGED_FILE", "unreadable")
    return number


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() and len(text) < 8 else 0


def _value(cell: ElementTree.Element) -> Any:
    """Value of a cell: a number, a day, a truth value, a text, or a mark.

    Raises:
        RejectedFile: its content isn't of the type that it states.
    """
    data = cell.find(f"{_NAMESPACE}Data")
    if data is None:
        return FORMULA_WITHOUT_VALUE if cell.get(f"{_NAMESPACE}Formula") else ""
    text = "".join(data.itertext())
    kind = data.get(f"{_NAMESPACE}Type", "String")
    try:
        if kind == "Number":
            return float(text)
        if kind == "DateTime":
            return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise RejectedFile("DAMAGED_FILE", "unreadable") from error
    if kind == "Error":
        return ERROR_CELL
    return text.strip() == "1" if kind == "Boolean" else text
