"""A new workbook built from the cells of a file: for other formats, and for packages that cannot be changed safely."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Sequence
from typing import Any

from dagster_project.core.text import text_width
from dagster_project.intake.files.grid import ERROR_CELL, Grid
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.own_sheets import is_problem_list
from dagster_project.publish.returned.package import LAST_COLUMN, LAST_ROW, CannotEdit
from dagster_project.publish.returned.redaction import Cells, Share

#: Sheet of a table that had none (CSV).
TABLE_SHEET = "数据"
_CODE_HEADING = re.compile(r"(代?码|编号|文号|证号)[*＊]?\Z")
_LONGEST_TEXT = 32_767
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_DATE_FORMATS = ((dt.datetime, "yyyy-mm-dd hh:mm"), (dt.date, "yyyy-mm-dd"), (dt.time, "hh:mm:ss"))


def build_from_grids(
    grids: Sequence[Grid], share: Share | None, marked: Cells
) -> tuple[bytes, dict[str, str]]:
    """A plain workbook with the same cells at the same addresses; codes are text.

    Args:
        grids: sheets of the file.
        share: what one school may see, for a file of several; other rows are left out and hidden.
        marked: cells with a problem, which stay in any case.

    Returns:
        The workbook, and for each sheet its name in it.

    Raises:
        CannotEdit: a table is longer or wider than a sheet can be, or nothing of it may be seen.
    """
    import xlsxwriter

    sink = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "宋体", "font_size": 11},
    }
    book = xlsxwriter.Workbook(sink, options)
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    text = book.add_format({"num_format": "@"})
    dates = [(kind, book.add_format({"num_format": shape})) for kind, shape in _DATE_FORMATS]
    names: dict[str, str] = {}
    shown = [g for g in grids if not is_problem_list(g) and (share is None or share.keep(g.sheet))]
    if not shown:
        raise CannotEdit("nothing of the file may be seen")
    for grid in shown:
        name = safe_sheet_name(grid.sheet or TABLE_SHEET, names.values())
        names.setdefault(grid.sheet, name)
        sheet = book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        _write_grid(sheet, grid, share, marked, text, dates)
        if grid.is_hidden and len(shown) > 1:
            sheet.hide()
    first = next((s for s in book.worksheets() if not s.hidden), None)
    if first is None:
        raise CannotEdit("all sheets are hidden")
    first.activate()
    first.set_first_sheet()
    book.close()
    return sink.getvalue(), names


def safe_sheet_name(wanted: str, taken: Any) -> str:
    """A name a sheet may have: without forbidden characters, at most 31 long, not yet taken."""
    base = _FORBIDDEN.sub("_", wanted).strip("' ")[:31] or TABLE_SHEET
    known = {t.lower() for t in taken}
    name, number = base, 2
    while name.lower() in known:
        name = f"{base[: 31 - len(str(number))]}{number}"
        number += 1
    return name


def _write_grid(sheet: Any, grid: Grid, share: Share | None, marked: Cells, text: Any, dates: Any) -> None:
    width = max((len(r) for r in grid.rows), default=0)
    if grid.first_row + len(grid.rows) - 1 > LAST_ROW or grid.first_column + width - 1 > LAST_COLUMN:
        raise CannotEdit("the table is larger than a sheet")
    keep = share.keep(grid.sheet) if share else None
    codes = _code_columns(grid)
    widths = [0] * width
    for i, cells in enumerate(grid.rows):
        row = grid.first_row + i
        if keep is not None and row > keep.heading_row and row not in keep.rows:
            sheet.set_row(row - 1, None, None, {"hidden": True})
            continue
        for j, value in enumerate(cells):
            if value is None or value == "":
                continue
            if share and not share.shows(grid.sheet, row, grid.first_column + j, value, marked):
                continue
            _write_cell(sheet, row - 1, grid.first_column - 1 + j, value, j in codes, text, dates)
            # a long banner runs over its neighbours and says nothing about its column
            if len(cells) < 2 or any(c not in ("", None) for c in (*cells[:j], *cells[j + 1 :])):
                widths[j] = max(widths[j], min(text_width(clean_text(value)) + 2, 28))
    for j, size in enumerate(widths):
        place = grid.first_column - 1 + j
        hidden = {"hidden": True} if place + 1 in grid.hidden_columns else {}
        sheet.set_column(place, place, max(size, 8), None, hidden)
    for row in grid.hidden_rows:
        sheet.set_row(row - 1, None, None, {"hidden": True})
    if share is None:
        _merge(sheet, grid, text, dates)


def _merge(sheet: Any, grid: Grid, text: Any, dates: Any) -> None:
    codes = _code_columns(grid)
    for top, left, bottom, right in grid.merges:
        i, j = top - grid.first_row, left - grid.first_column
        if (top, left) == (bottom, right) or not 0 <= i < len(grid.rows) or not 0 <= j < len(grid.rows[i]):
            continue
        sheet.merge_range(top - 1, left - 1, bottom - 1, right - 1, "")
        _write_cell(sheet, top - 1, left - 1, grid.rows[i][j], j in codes, text, dates)


def _code_columns(grid: Grid) -> set[int]:
    """Columns that hold codes, by their heading: figures there are names, not amounts."""
    found = set()
    for cells in grid.rows[:40]:
        for j, value in enumerate(cells):
            if isinstance(value, str) and _CODE_HEADING.search(clean_text(value)):
                found.add(j)
    return found


def _write_cell(sheet: Any, row: int, column: int, value: Any, is_code: bool, text: Any, dates: Any) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
        return
    if isinstance(value, dt.timedelta):
        sheet.write_datetime(row, column, value, dates[-1][1])
        return
    for kind, shape in dates:
        if isinstance(value, kind):
            if isinstance(value, dt.time) or value.year >= 1900:
                sheet.write_datetime(row, column, value, shape)
            else:
                sheet.write_string(row, column, value.isoformat(), text)
            return
    if isinstance(value, (int, float)) and math.isfinite(value) and not is_code:
        sheet.write_number(row, column, value)
        return
    shown = clean_text(value) if isinstance(value, (int, float)) else str(value)
    if shown.startswith("\ue000"):
        shown = "#N/A" if shown == ERROR_CELL else "公式"
    number = None if is_code else _plain_number(shown)
    if number is not None:
        sheet.write_number(row, column, number)
    elif shown:
        sheet.write_string(row, column, shown[:_LONGEST_TEXT], text)


def _plain_number(shown: str) -> float | None:
    """The number a text is, if writing it as a number loses nothing: no leading zero, no long code."""
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", shown):
        return None
    number = float(shown)
    return number if clean_text(number) == shown else None


def build_empty() -> bytes:
    """A workbook without a sheet, for the list of a file that can't be read; a sheet must be added."""
    import zipfile

    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml"'
        ' ContentType="application/xml"/><Override PartName="/xl/workbook.xml"'
        f' ContentType="{spreadsheet}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1"'
        f' Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        f' xmlns:r="{office}"><bookViews><workbookView/></bookViews><sheets/></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"/>',
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(zipfile.ZipInfo(name), xml)
    return sink.getvalue()
