"""Reads workbooks of the old format (.xls, and .et where it is the same format)."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dagster_project.intake.files.biff import (
    counts_from_1904,
    sheet_records,
    workbook_stream,
    workbook_styles,
)
from dagster_project.intake.files.calamine import calamine_grid, hidden_sheets
from dagster_project.intake.files.cell_styles import put_styles
from dagster_project.intake.files.grid import ERROR_CELL, Grid, mark_cell, mark_unclear_days
from dagster_project.intake.findings import RejectedFile


def read_xls(content: bytes, suffix: str) -> Iterator[Grid]:
    """Sheets of an old workbook; calamine reads the cells, `biff` finds error cells, styles and what is hidden.

    Args:
        content: the bytes of an OLE container.
        suffix: lower-case suffix of the file's name.

    Raises:
        RejectedFile: encrypted, damaged, with macros, or not a workbook.
    """
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise RejectedFile("ENCRYPTED_FILE", "password")
    if len(content) % 512:  # every writer fills the last sector: bytes are missing, or there are too many
        raise RejectedFile("DAMAGED_FILE", "incomplete_xls")
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise RejectedFile("MACRO_FILE")
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        stream = workbook_stream(content)
        if not stream and suffix not in (".et", ".ett"):
            raise RejectedFile("NOT_A_TABLE", "document")
        styles = workbook_styles(stream)
        records = sheet_records(stream, styles.notable)
        from_1904 = counts_from_1904(stream)
        if any(sheet.has_doubled_cell or sheet.is_too_wide for sheet in records):
            raise RejectedFile("DAMAGED_FILE", "impossible_cells")
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            hidden = hidden_sheets(book)
            for i, name in enumerate(book.sheet_names):
                grid = calamine_grid(book, name, name in hidden)
                if i < len(records):
                    grid.hidden_rows, grid.hidden_columns = records[i].hidden_rows, records[i].hidden_columns
                    for row, column in records[i].errors:
                        mark_cell(grid, row, column, ERROR_CELL)
                    put_styles(grid, records[i].styled, styles)
                grid.merges = [
                    (top + 1, left + 1, bottom + 1, right + 1)
                    for (top, left), (bottom, right) in book.get_sheet_by_name(name).merged_cell_ranges or []
                ]
                if from_1904:
                    mark_unclear_days(grid)
                yield grid
    except PasswordError as error:
        raise RejectedFile("ENCRYPTED_FILE", "password") from error
    except (CalamineError, OSError, ValueError) as error:
        if suffix in (".et", ".ett"):
            raise RejectedFile("ET_FILE") from error
        raise RejectedFile("DAMAGED_FILE", "unreadable") from error
