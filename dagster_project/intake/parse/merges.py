"""Merged cells below a heading: a merged name or code holds for each of its rows, a merged figure for none."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import MERGED_CELL, Grid, column_letter
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.parsed import ParsedSheet

#: Types of columns whose merged cells are read as the same value in each row.
_SPREADABLE_TYPES = ("code", "district", "text", "choice")


def spread_merges(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: dict[str, int], records: list[Row]
) -> list[Row]:
    """Records in which each row of a merged name or code has its value.

    A merged figure is replaced by a mark: it can't be known which of the rows it belongs to.
    """
    if not grid.merges or not records:
        return records
    column_at = {j: feed.column(name) for name, j in names.items()}
    numbers = [n for n, _ in records]
    rows = {n: row for n, row in records}
    spread: list[str] = []
    for top, left, bottom, right in grid.merges:
        covered = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        places = [j for j in range(left - grid.first_column, right - grid.first_column + 1) if j in column_at]
        if not covered or not places:
            continue
        source = grid.rows[top - grid.first_row] if 0 <= top - grid.first_row < len(grid.rows) else []
        value = source[left - grid.first_column] if 0 <= left - grid.first_column < len(source) else ""
        if is_blank(value):
            continue
        is_spread = left == right and column_at[places[0]].type in _SPREADABLE_TYPES
        if is_spread and top < bottom:
            spread.append(f"{column_letter(left)}{top}:{column_letter(right)}{bottom}")
        for n in covered:
            cells = [*rows[n], *[""] * (places[-1] + 1 - len(rows[n]))]
            for j in places:
                cells[j] = value if is_spread else MERGED_CELL
            rows[n] = cells
    if spread:
        sheet.problems.append(
            problem(
                "MERGED_CELLS",
                sheet=grid.sheet,
                feed=feed.feed,
                cell=spread[0].split(":")[0],
                count=len(spread),
                first=spread[0],
            )
        )
    return [(n, rows[n]) for n in numbers]


def with_merged_keys(grid: Grid, feed: Feed, names: dict[str, int], body: list[Row]) -> list[Row]:
    """Rows in which each row of a code, name or choice that is merged downwards has its value."""
    column_at = {j: feed.column(name) for name, j in names.items()}
    rows = dict(body)
    for top, left, bottom, right in grid.merges:
        j = left - grid.first_column
        if top == bottom or left != right or j not in column_at or column_at[j].type not in _SPREADABLE_TYPES:
            continue
        source = grid.rows[top - grid.first_row] if 0 <= top - grid.first_row < len(grid.rows) else []
        value = source[j] if j < len(source) else ""
        for number in range(top, bottom + 1):
            if number in rows and not is_blank(value) and any(not is_blank(c) for c in rows[number]):
                cells = [*rows[number], *[""] * (j + 1 - len(rows[number]))]
                cells[j] = value
                rows[number] = cells
    return list(rows.items())
