"""A table of something else beside a return, which repeats the return's names of schools but none of its figures.

The return is cut out where the reading is unique: one side has all columns of the feed, and the other repeats only what
says which row is meant and has a heading that the feed doesn't know.
"""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading


def columns_of_return(
    found: Sequence[tuple[Feed, Heading]], texts: Sequence[Sequence[str]]
) -> tuple[int, int] | None:
    """First column of the return, and the first one behind it, if another table stands on one side of it.

    Args:
        found: the feeds of a heading, of which at least one has second occurrences of columns.
        texts: heading texts of the grid.

    Returns:
        Column indexes; None if the columns can't be told apart.
    """
    width = max(map(len, texts))
    sides = [_behind(found), _before(found)]
    for cut, is_behind in ((sides[0], True), (sides[1], False)):
        if cut is None:
            continue
        own, other = (range(cut), range(cut, width)) if is_behind else (range(cut, width), range(cut))
        if all(
            _is_of_other_table(feed, heading, own, other) for feed, heading in found
        ) and _has_other_heading(found, texts, other):
            return own.start, own.stop
    return None


def _behind(found: Sequence[tuple[Feed, Heading]]) -> int | None:
    """First column that repeats another one."""
    again = [j for _, h in found for j, name in h.columns.items() if j != h.names[name]]
    return min(again, default=None)


def _before(found: Sequence[tuple[Feed, Heading]]) -> int | None:
    """First column that isn't repeated further to the right."""
    last = [max(j for j, n in h.columns.items() if n == name) for _, h in found for name in h.names]
    return min(last, default=None) or None


def _is_of_other_table(feed: Feed, heading: Heading, own: range, other: range) -> bool:
    """True if a side repeats only columns of the other one that say which row is meant, and the other has each once."""
    kept = [name for j, name in heading.columns.items() if j in own]
    names_rows = {"school_name", *feed.grain} - {feed.identity}
    return (
        set(kept) == set(heading.names)
        and len(kept) == len(set(kept))
        and all(
            name in names_rows and not feed.column(name).is_number
            for j, name in heading.columns.items()
            if j in other
        )
    )


def _has_other_heading(
    found: Sequence[tuple[Feed, Heading]], texts: Sequence[Sequence[str]], other: range
) -> bool:
    """True if a side has a heading that no feed of the table knows."""
    mapped = {j for _, heading in found for j in heading.columns}
    rows = texts[min(h.first for _, h in found) : max(h.last for _, h in found) + 1]
    return any(text and j in other and j not in mapped for row in rows for j, text in enumerate(row))


def unread_table(grid: Grid, heading: range) -> Problem:
    """Finding about a table beside a return.

    Args:
        grid: the columns of the table.
        heading: rows of the return's heading.
    """
    row, at = next((i, j) for i in heading for j, c in enumerate(grid.rows[i]) if not is_blank(c))
    words = dict.fromkeys(clean_text(c) for i in heading for c in grid.rows[i] if not is_blank(c))
    return problem(
        "UNMAPPED_COLUMN",
        "beside",
        sheet=grid.sheet,
        cell=grid.address(at, grid.first_row + row),
        column_zh=clean_text(grid.rows[row][at]),
        columns="、".join(f"“{word}”" for word in words),
    )
