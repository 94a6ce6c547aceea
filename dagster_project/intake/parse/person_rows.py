"""Tables of persons in a sheet with others: where one begins and ends, so that the others are read without it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from dagster_project.intake.feeds import OF_OTHER_FORM, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.headings import (
    heading_texts,
    identity_headings,
    known_reading,
    known_texts,
    recognise_feeds,
)
from dagster_project.intake.parse.persons import (
    NumbersOfPersons,
    PersonHeading,
    is_row_of_mobile_number,
    is_row_of_person,
    person_headings,
)
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import written_alike

#: Rows above and below a heading of codes that may belong to the same heading.
_HEADING_REACH = 2
#: Filled cells of a row that is a title or a line of units, at most.
_MOST_IN_LINE = 2
_ROWS_NAMED = 8
#: Rows with only a mobile number that make a list of persons; fewer are those who filled the return in.
_LEAST_MOBILE = 3


@dataclass(frozen=True)
class PartOfSheet:
    """Rows of a sheet that are read by themselves.

    Attributes:
        grid: the rows, at their own places in the sheet.
        persons: the heading of the table of persons that they are; None if they are none, or a layout groups them.
    """

    grid: Grid
    persons: PersonHeading | None = None


@dataclass(frozen=True)
class _Head:
    """Heading of a feed's table: its rows and columns as indexes, and the column of codes."""

    first: int
    last: int
    columns: range
    identity: int


def parts_of_sheet(grid: Grid, recognised: int | None, *, is_roster: bool) -> list[PartOfSheet]:
    """The sheet, cut where a table of persons begins or ends below or above tables with a feed's heading.

    A sheet without a feed's heading outside the table of persons isn't cut, and neither is one whose tables stand
    beside each other: if it has persons for certain, all of it counts as the table of persons.

    Args:
        grid: the sheet.
        recognised: index of the row by which a layout recognises it, if one does.
        is_roster: that layout is one of a roster.
    """
    roster = recognised if is_roster else None
    cells = grid.distinct_cells()
    found = person_headings(grid, cells)
    if not found and roster is None:
        return [PartOfSheet(grid)]
    certain = [h for h in found if h.is_certain]
    personal = {roster, *(h.row for h in certain)}
    heads = [h for h in _heads(grid, cells) if personal.isdisjoint(range(h.first, h.last + 1))]
    of_heads = {recognised, *(i for h in heads for i in range(h.first, h.last + 1))}
    starts = {h.row: h for h in found if h.is_certain or (h.row not in of_heads and _has_row(grid, h.row))}
    if not heads or any(_is_beside(grid, head, h) for head in heads for h in starts.values()):
        return [PartOfSheet(grid, certain[0] if certain and roster is None else None)]
    bounds: list[tuple[int, bool]] = []
    of_persons = {*starts, *([] if roster is None else [roster])}
    for row, is_persons in sorted([*((r, True) for r in of_persons), *((h.first, False) for h in heads)]):
        if not bounds or bounds[-1][1] != is_persons:
            bounds.append((row if is_persons else _first_line(grid, row), is_persons))
    parts = []
    bounds[0] = (0, bounds[0][1])
    for (start, is_persons), (end, _) in pairwise([*bounds, (len(grid.rows), False)]):
        own = replace(grid, rows=grid.rows[start:end], first_row=grid.first_row + start, warnings=[])
        heading = next((starts[r] for r in sorted(starts) if start <= r < end), None) if is_persons else None
        parts.append(PartOfSheet(own, replace(heading, row=heading.row - start) if heading else None))
    return parts


def without_rows_of_persons(grid: Grid, held: NumbersOfPersons) -> tuple[Grid, list[Problem]]:
    """A sheet without the rows of a list of persons that has no heading, which are listed.

    These are rows with an identity number and no school's code, and several rows with only a mobile number.

    Args:
        grid: the sheet.
        held: which numbers of persons it holds several of.
    """
    by_number = [i for i, row in enumerate(grid.rows) if is_row_of_person(row)] if held.identity else []
    mobile = [i for i, row in enumerate(grid.rows) if is_row_of_mobile_number(row)] if held.mobile else []
    listed = []
    if by_number:
        listed.append(problem("PERSON_ROWS", "rows", **_place(grid, by_number)))
    if len(mobile) >= _LEAST_MOBILE:
        listed.append(problem("PERSON_ROWS", "mobile", **_place(grid, mobile)))
        by_number += mobile
    blank = set(by_number)
    if not blank:
        return grid, []
    return replace(grid, rows=[[] if i in blank else row for i, row in enumerate(grid.rows)]), listed


def _place(grid: Grid, rows: list[int]) -> dict[str, Any]:
    numbers = [grid.first_row + i for i in rows]
    named = "、".join(map(str, numbers[:_ROWS_NAMED]))
    return {"sheet": grid.sheet, "cell": f"A{numbers[0]}", "rows": named, "count": len(numbers)}


def _heads(grid: Grid, cells: Set[Any]) -> list[_Head]:
    """Headings of feeds, wherever in the sheet they stand.

    Args:
        grid: the sheet.
        cells: its distinct cells.
    """
    identities = identity_headings()
    may_be_identity = character_of_any(identities).search
    named = {
        c
        for c in cells
        if c.__class__ is str
        and 2 <= len(c) <= 40
        and may_be_identity(c)
        and not is_code(c)
        and known_reading(normalise_heading(c)) in identities
    }
    heads: list[_Head] = []
    for i, row in enumerate(grid.rows):
        if named.isdisjoint(row) or (heads and i <= heads[-1].last):
            continue
        start = max(i - 2 * _HEADING_REACH, heads[-1].last + 1 if heads else 0)
        near = replace(grid, rows=grid.rows[start : i + 2 * _HEADING_REACH + 1])
        found, _ = recognise_feeds(known_texts(heading_texts(near)))
        if found:
            columns = sorted({j for _, h in found for j in h.columns})
            feed, heading = found[0]
            heads.append(
                _Head(
                    start + min(h.first for _, h in found),
                    start + max(h.last for _, h in found),
                    range(columns[0], columns[-1] + 1),
                    heading.names[feed.identity],
                )
            )
    return heads


@lru_cache(maxsize=4)
def character_of_any(headings: frozenset[str]) -> re.Pattern[str]:
    """A character without which no text is one of some headings, or one that may become it in comparable form.

    Reading a heading takes characters away and adds none, and a list of persons has a different name in every row: each
    is only asked for characters of which all the headings have one.

    Args:
        headings: normalised.
    """
    wanted = ""
    left = set(headings)
    while left:
        wanted += max(sorted(set("".join(left))), key=lambda c: sum(c in heading for heading in left))
        left = {heading for heading in left if wanted[-1] not in heading}
    return re.compile(rf"[{re.escape(written_alike(wanted))}{OF_OTHER_FORM}]")


def _has_row(grid: Grid, row: int) -> bool:
    """True if a row of several cells follows: a line of labels and values that ends a sheet is no list."""
    below = grid.rows[row + 1] if row + 1 < len(grid.rows) else []
    return _filled(below) >= 2


def _is_beside(grid: Grid, head: _Head, persons: PersonHeading) -> bool:
    """True if a table of persons stands beside a table with codes, and not below it."""
    if persons.row < head.first or set(persons.columns) & set(head.columns):
        return False
    return any(
        head.identity < len(row) and is_code(row[head.identity]) for row in grid.rows[persons.row + 1 :]
    )


def _first_line(grid: Grid, first: int) -> int:
    """Index of the first of the lines directly above a heading that are its titles and units."""
    while first and 0 < _filled(grid.rows[first - 1]) <= _MOST_IN_LINE:
        first -= 1
    return first


def _filled(row: Sequence[object]) -> int:
    return sum(not is_blank(c) for c in row)
