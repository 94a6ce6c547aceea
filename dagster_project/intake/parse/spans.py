"""Headings over several columns: which of the columns below is the one that is meant, and the rows of sub-headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading, text_at
from dagster_project.intake.parse.sheet_words import (
    compact,
    is_unknown_unit,
    load_words,
    total_word,
    unit_of,
    without_marks,
)

#: Longer texts below a heading are no sub-headings.
_LONGEST_SUBHEADING = 16


def with_spans(grid: Grid, feed: Feed, heading: Heading) -> Heading:
    """The heading with each column that spans several (学生数 over 男, 女, 合计) placed at its total.

    Rows of sub-headings and a row of units below belong to the heading.

    Args:
        grid: the cells.
        feed: the feed of the heading.
        heading: heading as found by its texts.
    """
    last = heading.last
    identity = heading.names[feed.identity]  # a code has no sub-headings
    lookup = feed.names_by_heading
    while last + 1 < len(grid.rows) and _is_below_heading(grid, heading, last + 1, identity):
        last += 1
    if last == heading.first:
        return replace(heading, last=last)
    names, columns, parts = dict(heading.names), dict(heading.columns), {}
    covered: set[int] = set()
    for name, j in heading.names.items():
        row = max(
            i for i in range(heading.first, heading.last + 1) if lookup.get(text_at(grid, i, j)) == name
        )
        right = _right_of_span(grid, row, j)
        place, is_sure = _total_place(grid, row + 1, last, j, right)
        if not is_sure:
            parts[name] = j
        if right > j:
            covered |= {k for k in range(j, right + 1) if k != place and k not in heading.columns}
        if place != j:
            covered.add(j)
            del columns[j]
            names[name], columns[place] = place, name
    return replace(heading, last=last, names=names, columns=columns, parts=parts, covered=frozenset(covered))


def _is_below_heading(grid: Grid, heading: Heading, i: int, identity: int) -> bool:
    """True for a row of sub-headings or of units: no code, no number, and texts below spanning headings only."""
    row = grid.rows[i]
    if _is_row_of_units(row):
        return True
    if identity < len(row) and not is_blank(row[identity]) and not _repeats_above(grid, i, identity):
        return False
    filled = [(j, c) for j, c in enumerate(row) if not is_blank(c) and not _repeats_above(grid, i, j)]
    if not filled or not all(isinstance(c, str) for _, c in filled):
        return False
    if any(len(clean_text(c)) > _LONGEST_SUBHEADING for _, c in filled):
        return False
    spans = {
        (j, _right_of_span(grid, row, j)) for j in heading.columns for row in (heading.first, heading.last)
    }
    inside: set[int] = set()
    for left, right in spans:
        under = {j for j, _ in filled if left <= j <= right}
        if left < right and (len(under) > 1 or _is_merged(grid, heading, left)):
            inside |= under
    return len(inside) == len(filled)


def _is_row_of_units(row: Sequence[object]) -> bool:
    """True for a row of units below a heading, known or not, with or without a label (计量单位) and dashes between."""
    texts = [c for c in row if not is_blank(c)]
    if not texts or not all(isinstance(c, str) for c in texts):
        return False
    bare = [compact(c).strip("()[]:") for c in texts]
    rest = [t for t in bare if t not in load_words().unit_labels and t.strip("-—–/\\无")]
    return bool(rest) and all(unit_of(t) or is_unknown_unit(t) for t in rest)


def _is_merged(grid: Grid, heading: Heading, j: int) -> bool:
    rows = range(grid.first_row + heading.first, grid.first_row + heading.last + 1)
    return any(
        top in rows and left == grid.first_column + j and right > left for top, left, _, right in grid.merges
    )


def _repeats_above(grid: Grid, i: int, j: int) -> bool:
    """True if a cell repeats the one above it: unmerging a merged heading leaves its text in each row."""
    above = grid.rows[i - 1][j] if i and j < len(grid.rows[i - 1]) else ""
    return not is_blank(above) and above == grid.rows[i][j]


def _right_of_span(grid: Grid, i: int, j: int) -> int:
    """Last column index under a heading: of its merged cell, else up to the next filled cell."""
    number, column = grid.first_row + i, grid.first_column + j
    for top, left, bottom, right in grid.merges:
        if top <= number <= bottom and left <= column <= right:
            return right - grid.first_column
    row = grid.rows[i]
    right = j
    while right + 1 < len(row) and is_blank(row[right + 1]):
        right += 1
    return right


def _total_place(grid: Grid, first: int, last: int, left: int, right: int) -> tuple[int, bool]:
    """Column of the total among the sub-headings of a span, and whether it is certain."""
    for i in range(first, last + 1):
        row = grid.rows[i]
        words = [
            (j, row[j]) for j in range(left, min(right + 1, len(row)))
            if isinstance(row[j], str) and not is_blank(row[j]) and not unit_of(row[j]) and not _repeats_above(grid, i, j)
        ]  # fmt: skip
        if not words:
            continue
        totals = [j for j, word in words if total_word(word) and not compact(word).startswith("其中")]
        if not totals:
            totals = [j for j, word in words if without_marks(compact(word)) in load_words().span_totals]
        if len(totals) != 1:
            return left, len(words) == 1 and len(totals) == 0 and words[0][0] == left
        left = totals[0]
        right = _right_of_span(grid, i, left) if i < last else left
    return left, True


def spanning_columns(grid: Grid, feed: Feed, heading: Heading) -> Problem | None:
    """Finding about a heading over several columns none of which is the total; None if there is none."""
    for name, j in heading.parts.items():
        return _spanning_heading(grid, feed, heading, name, j)
    return None


def filled_spans(grid: Grid, feed: Feed, heading: Heading, records: Sequence[Row]) -> Problem | None:
    """Finding about a heading merged over several columns that hold figures, though nothing says which is meant."""
    for name, j in heading.names.items():
        if not feed.column(name).is_number:
            continue
        right = max(
            (
                _right_of_span(grid, i, j)
                for i in range(heading.first, heading.last + 1)
                if _is_merged_at(grid, i, j)
            ),
            default=j,
        )
        others = [k for k in range(j + 1, right + 1) if k not in heading.columns and k not in heading.covered]
        if any(k < len(row) and not is_blank(row[k]) for k in others for _, row in records):
            return _spanning_heading(grid, feed, heading, name, j)
    return None


def _is_merged_at(grid: Grid, i: int, j: int) -> bool:
    number, column = grid.first_row + i, grid.first_column + j
    return any(
        top <= number <= bottom and left == column and right > left
        for top, left, bottom, right in grid.merges
    )


def _spanning_heading(grid: Grid, feed: Feed, heading: Heading, name: str, j: int) -> Problem:
    number = grid.first_row + heading.last
    return problem(
        "SPANNING_HEADING",
        sheet=grid.sheet,
        feed=feed.feed,
        row_number=number,
        column_name=name,
        column_zh=feed.column(name).heading_zh,
        cell=grid.address(j, number),
    )
