"""Reads workbooks of the old format (.xls, and .et where it is the same format)."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dagster_project.intake.files.biff import sheet_records, workbook_stream
from dagster_project.intake.files.calamine import calamine_grid
from dagster_project.intake.files.grid import ERROR_CELL, Grid, RejectedFile, mark_cell


def read_xls(content: bytes, suffix: str) -> Iterator[Grid]:
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
                grid = calamine_grid(book, name, name in hidden)
                if i < len(told):
                    grid.hidden_rows, grid.hidden_columns = told[i].hidden_rows, told[i].hidden_columns
                    for row, column in told[i].errors:
                        mark_cell(grid, row, column, ERROR_CELL)
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
