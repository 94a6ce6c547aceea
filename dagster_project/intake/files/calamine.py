"""What the readers of .xlsx and .xls share: one sheet's cells as calamine reads them."""

from __future__ import annotations

from typing import Any

from dagster_project.intake.files.grid import Grid


def hidden_sheets(book: Any) -> set[str]:
    """Names of the sheets of an open calamine workbook that are not visible."""
    from python_calamine import SheetVisibleEnum

    return {m.name for m in book.sheets_metadata if m.visible != SheetVisibleEnum.Visible}


def calamine_grid(book: Any, name: str, is_hidden: bool = False) -> Grid:
    """Cells of one sheet of an open calamine workbook, from the first filled row and column on."""
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
