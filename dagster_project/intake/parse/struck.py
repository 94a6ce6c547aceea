"""Records with a cell that is struck out: whether they still count is asked."""

from __future__ import annotations

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import STRUCK_CELL, Grid
from dagster_project.intake.parse.body import Row


def with_struck_marked(grid: Grid, feed: Feed, names: dict[str, int], records: list[Row]) -> list[Row]:
    """The records with a mark in a cell of each one that is struck out in a column that is read.

    Args:
        grid: the sheet's cells.
        feed: its feed.
        names: column index by feed column name.
        records: the rows.
    """
    if not grid.struck:
        return records
    figures = [j for n, j in names.items() if feed.column(n).is_number and n not in feed.key_columns]
    others = [j for n, j in names.items() if j not in figures and n != feed.identity]
    marked = []
    for number, row in records:
        struck = [j for j in names.values() if (number, grid.first_column + j) in grid.struck]
        if struck:
            place = next((j for j in (*figures, *others) if j in struck), (figures or others or struck)[0])
            row = [*row, *[""] * (place + 1 - len(row))]
            row[place] = STRUCK_CELL
        marked.append((number, row))
    return marked
