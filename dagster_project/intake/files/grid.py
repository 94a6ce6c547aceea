"""The grid of cells that every file format is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dagster_project.intake.findings import Problem

MAX_FILE_BYTES = 200 * 1024**2

#: Marks put into a grid in place of a cell that calamine shows as blank; no cell text can equal them.
FORMULA_WITHOUT_VALUE = "\ue000formula"
ERROR_CELL = "\ue000error"
EXTERNAL_REFERENCE = "\ue000external"
MERGED_CELL = "\ue000merged"
OVERWRITTEN_CELL = "\ue000overwritten"
STRUCK_CELL = "\ue000struck"


class Unclear(str):
    """Text of a cell that may stand for two values, since a program wrote it: 35,125 or 35.125; 2024.1 or 2024.10."""


class Displayed(str):
    """A number that its format shows as another one. Its text is the stored number with the format beside it.

    Attributes:
        number: what is stored.
        times: factor from the stored number to what the shown one means.
        unit: unit that the format adds; `base` for that of the column without 万, empty for none.
    """

    number: float
    times: Fraction
    unit: str

    @classmethod
    def of(cls, number: float, code: str, times: Fraction, unit: str) -> Displayed:
        """Make it from a number, the code of its format, and how much and in what unit the format shows it."""
        found = cls(f"{number:.15g}（格式 {code}）")
        found.number, found.times, found.unit = number, times, unit
        return found


class UnclearDay(float):
    """A bare number of a workbook that counts days from 1904: as a date it is not the day it is elsewhere."""


@dataclass
class Grid:
    """Cells of one sheet. `rows[i][j]` is the cell in sheet row `first_row + i`, column `first_column + j`.

    Attributes:
        sheet: name of the sheet; empty for delimited text.
        rows: cell values (text, number, bool, date, or a mark); rows may differ in length.
        first_row: sheet row of `rows[0]`, from 1.
        first_column: sheet column of the first cell of each row, from 1.
        warnings: findings about the sheet or its file that don't refuse it.
        merges: merged ranges as sheet rows and columns: top, left, bottom, right.
        hidden_rows: sheet rows that are hidden or filtered out.
        hidden_columns: sheet columns that are hidden.
        struck: sheet row and column of the cells that are struck out.
        has_external: some cells are formulas that refer to other files; they hold the mark `EXTERNAL_REFERENCE`.
        is_ragged: each row has as many cells as were written (delimited text, web pages), so that another number
            of cells than in the heading means that cells may have moved.
    """

    sheet: str
    rows: list[list[Any]]
    first_row: int = 1
    first_column: int = 1
    is_hidden: bool = False
    warnings: list[Problem] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    struck: set[tuple[int, int]] = field(default_factory=set)
    has_external: bool = False
    is_ragged: bool = False

    def distinct_cells(self) -> set[Any]:
        """The cells of the sheet, equal ones once: a million cells have few values, and a search looks at each value."""
        return set().union(*self.rows)

    def address(self, column_index: int, row_number: int) -> str:
        """Address (`B17`) of a cell, given its index in `rows[i]` and its sheet row."""
        return f"{self.letter(column_index)}{row_number}"

    def letter(self, column_index: int) -> str:
        """Letter of the sheet column at an index in `rows[i]`."""
        return column_letter(self.first_column + column_index)


def column_letter(number: int) -> str:
    """Letter of a column, 1 → A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cells_of(places: str, sheet: str, row_number: int) -> tuple[str, list[str]]:
    """Sheet and addresses of the cells of a value, from the entry of its column in a column map.

    Args:
        places: letters of the columns (`B`, `D,E`), or, of forms, the value's own cells (`C9,C10`, `Sheet!C9`), those
            that are taken away with a minus (`T7,-U7`); of rosters `*` and which rows are counted, which has no cell.
        sheet: sheet of the row.
        row_number: the row.
    """
    if places.startswith("*"):
        return sheet, []
    own_sheet, _, letters = places.rpartition("!")
    addresses = [
        p if p[-1:].isdigit() else f"{p}{row_number}" for p in letters.replace("-", "").split(",") if p
    ]
    return own_sheet or sheet, addresses


def column_number(letters: str) -> int:
    """Number of a column, A → 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def mark_unclear_days(grid: Grid) -> None:
    """Mark the bare numbers of a grid; in a column of dates they are asked about, elsewhere they are numbers."""
    for row in grid.rows:
        for j, cell in enumerate(row):
            if type(cell) in (int, float):
                row[j] = UnclearDay(cell)


def mark_cell(grid: Grid, row: int, column: int, mark: str, *, replaces_value: bool = False) -> None:
    """Put a mark into a blank cell at a sheet row and column; the grid grows if the cell is outside it.

    Args:
        grid: the sheet; changed in place.
        row: sheet row, from 1.
        column: sheet column, from 1.
        mark: one of the marks above.
        replaces_value: put the mark even if the cell holds a value.
    """
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
    if replaces_value or grid.rows[i][j] in ("", None):
        grid.rows[i][j] = mark


def _extend_upwards(grid: Grid, row: int, column: int) -> None:
    """Add blank rows above and blank columns to the left, so that the grid begins at the cell or before it."""
    add_columns = max(grid.first_column - column, 0)
    add_rows = max(grid.first_row - row, 0)
    width = len(grid.rows[0]) + add_columns
    grid.rows = [[""] * width for _ in range(add_rows)] + [[""] * add_columns + list(r) for r in grid.rows]
    grid.first_row -= add_rows
    grid.first_column -= add_columns
