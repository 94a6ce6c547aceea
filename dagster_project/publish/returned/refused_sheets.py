"""Whose rows a refused sheet holds: none of them was read, so they are known by the codes and names that stand in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from dagster_project.intake.feeds import load_feeds, normalise_heading
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import RejectedFile, message_of
from dagster_project.intake.parse.cell_text import without_text_mark
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.own_sheets import masked_sheet_name
from dagster_project.publish.returned.marking import Mark

_CODE_DIGITS = 10
#: Its message holds sums over all schools of the sheet; for one school it is told as of pay, without them.
_WITH_SUMS = "TOTAL_MISMATCH"


@dataclass(frozen=True)
class RefusedSheet:
    """Where the schools' rows stand in a sheet that was refused.

    Attributes:
        heading_row: the row above the first one with a code or a known name.
        columns: numbers of the columns with something in the head.
        owners: code of the school by number of the row; None where two are named, or one that isn't registered.
        names: name of the school as it is written, by number of the row.
    """

    heading_row: int
    columns: frozenset[int]
    owners: dict[int, str | None] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


def refused_sheets(
    content: bytes,
    suffix: str,
    marks: Iterable[Mark],
    read: Collection[str],
    codes: Collection[str],
    names: Mapping[str, str],
) -> dict[str, RefusedSheet]:
    """The refused sheets of a file in which rows of schools stand, by name.

    Args:
        content: the file as received; empty bytes stand for one that can't be read.
        suffix: lower-case suffix of its name.
        marks: its problems.
        read: sheets of which rows were read.
        codes: those of the registered schools.
        names: code by name, for names that one school bears.
    """
    wanted = {m.sheet for m in marks if m.severity == "reject_file" and m.sheet} - set(read)
    if not wanted:
        return {}
    try:
        grids = list(read_grids(content, suffix))
    except RejectedFile:
        return {}
    taken: set[str] = set()
    found = {masked_sheet_name(grid.sheet, taken): grid for grid in grids}
    read_sheets = {sheet: _refused(grid, codes, names) for sheet, grid in found.items() if sheet in wanted}
    return {sheet: refused for sheet, refused in read_sheets.items() if refused is not None}


def _refused(grid: Grid, codes: Collection[str], names: Mapping[str, str]) -> RefusedSheet | None:
    owners: dict[int, str | None] = {}
    for number, row in enumerate(grid.rows, start=grid.first_row):
        texts = [without_text_mark(clean_text(cell)) for cell in row]
        written = {text for text in texts if len(text) == _CODE_DIGITS and text.isdigit()}
        written = written or {names[text] for text in texts if text in names}
        if written:
            owners[number] = next(iter(written)) if len(written) == 1 and written <= set(codes) else None
    if not owners:
        return None
    first = min(owners)
    head = grid.rows[: first - grid.first_row]
    filled = [{j for j, cell in enumerate(row) if clean_text(cell)} for row in head]
    last = max((j for row in filled for j in row), default=-1)
    columns = frozenset(range(grid.first_column, grid.first_column + last + 1))
    of_names = _name_column(head)
    return RefusedSheet(
        first - 1,
        columns,
        owners,
        {
            number: text
            for number in owners
            if of_names is not None
            and of_names < len(row := grid.rows[number - grid.first_row])
            and (text := clean_text(row[of_names]))
        },
    )


def _name_column(head: list[list[object]]) -> int | None:
    """Index of the column of the schools' names."""
    known = {
        heading
        for feed in load_feeds().values()
        for heading, name in feed.names_by_heading.items()
        if name == "school_name"
    }
    places = (j for row in head for j, cell in enumerate(row) if normalise_heading(clean_text(cell)) in known)
    return next(places, None)


def for_one_school(mark: Mark, foreign: Collection[str]) -> Mark | None:
    """A finding about a whole sheet as one of its schools may read it; None if it names another school."""
    if mark.rule_code == _WITH_SUMS:
        return replace(
            mark, message_zh=message_of(_WITH_SUMS, "pay", column_zh=mark.column_zh), value="", cell=""
        )
    said = f"{mark.message_zh}{mark.value}"
    return None if any(text in said for text in foreign) else mark
