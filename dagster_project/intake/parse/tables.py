"""The tables of a sheet: one below the other, or side by side, each with its own heading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.headings import (
    Heading,
    NearMatch,
    heading_texts,
    is_heading_row,
    known_texts,
    recognise_feeds,
    with_spans,
)
from dagster_project.intake.parse.rows import is_code

#: Rows above a row of headings that may belong to the same merged heading.
_HEADING_REACH = 2


@dataclass(frozen=True)
class Table:
    """One table of a sheet.

    Attributes:
        grid: its cells: all columns of the sheet, or those of the table where others stand beside it; from the row
            after the table above it to the row before the next table.
        found: feeds that its heading holds, with the heading.
        near: feeds some of whose columns the heading lacks, if it holds no feed.
        texts: heading texts of `grid`, in the feeds' own words.
    """

    grid: Grid
    found: list[tuple[Feed, Heading]]
    near: list[NearMatch]
    texts: list[list[str]]


def find_tables(grid: Grid) -> list[Table]:
    """The tables of a sheet, from top to bottom and from left to right; one without a feed if none is recognised."""
    tables: list[Table] = []
    start = 0
    while start < len(grid.rows):
        texts = known_texts(heading_texts(grid, start))
        found, near = recognise_feeds(texts)
        if not found:
            if not tables or any(is_heading_row(row) for row in grid.rows[start:]):
                tables.append(Table(_rows_of(grid, start, len(grid.rows)), [], near, texts))
            break
        first = min(heading.first for _, heading in found)
        together = [(f, h) for f, h in found if h.first <= first + _HEADING_REACH]
        end = start + _end_of_table(_rows_of(grid, start, len(grid.rows)), together)
        block = _rows_of(grid, start, end)
        tables += _side_by_side(block, together) or [_table(block, together, texts)]
        start = end
    return tables


def _table(grid: Grid, found: list[tuple[Feed, Heading]], texts: list[list[str]]) -> Table:
    placed = [(feed, with_spans(grid, feed, heading)) for feed, heading in found]
    return Table(grid, placed, [], texts)


def _rows_of(grid: Grid, start: int, end: int) -> Grid:
    """The grid's rows from one index to before another, at their own places in the sheet."""
    if start == 0 and end == len(grid.rows):
        return grid
    return replace(grid, rows=grid.rows[start:end], first_row=grid.first_row + start, warnings=[])


def _columns_of(grid: Grid, start: int, end: int | None) -> Grid:
    """The grid's columns from one index to before another, at their own places in the sheet."""
    rows = [row[start:end] for row in grid.rows]
    return replace(grid, rows=rows, first_column=grid.first_column + start, warnings=[], is_ragged=False)


def _end_of_table(grid: Grid, found: list[tuple[Feed, Heading]]) -> int:
    """Index of the first row that belongs to the next table; the number of rows if there is none.

    A row of headings that repeats this table's columns (on the next page) doesn't end it.
    """
    feed, heading = found[0]
    identity = heading.names[feed.identity]
    last_record = heading.last
    for i in range(max(h.last for _, h in found) + 1, len(grid.rows)):
        row = grid.rows[i]
        if identity < len(row) and is_code(row[identity]):
            last_record = i
            continue
        if not is_heading_row(row):
            continue
        start = max(i - _HEADING_REACH, last_record + 1)
        below = _rows_of(grid, start, min(i + 2 * _HEADING_REACH + 1, len(grid.rows)))
        others, _ = recognise_feeds(known_texts(heading_texts(below)))
        if _columns(others) == _columns(found) and others:
            continue
        return start + (min(h.first for _, h in others) if others else i - start)
    return len(grid.rows)


def _columns(found: list[tuple[Feed, Heading]]) -> dict[str, dict[int, str]]:
    return {feed.feed: heading.columns for feed, heading in found}


def _side_by_side(grid: Grid, found: list[tuple[Feed, Heading]]) -> list[Table]:
    """Tables beside each other, each with a column of codes of its own; none if the columns are one table's."""
    feed, heading = found[0]
    starts = sorted(j for j, name in heading.columns.items() if name == feed.identity)
    if len(starts) < 2:
        return []
    tables = []
    bounds: list[int | None] = [0, *starts[1:], None]
    for left, right in pairwise(bounds):
        part = _columns_of(grid, left or 0, right)
        texts = known_texts(heading_texts(part))
        own, _ = recognise_feeds(texts)
        if not own:
            return []
        tables.append(_table(part, own, texts))
    return tables
