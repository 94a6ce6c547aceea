"""The grid of cells that every file format is read into, and the error for files that can't be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Marks put into a grid in place of a cell that the cell reader shows as blank; no cell text can equal them.
FORMULA_WITHOUT_VALUE = "\ue000formula"
ERROR_CELL = "\ue000error"
EXTERNAL_REFERENCE = "\ue000external"
MERGED_CELL = "\ue000merged"


MAX_FILE_BYTES = 200 * 1024**2


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


def mark_cell(grid: Grid, row: int, column: int, mark: str, *, is_stronger: bool = False) -> None:
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
