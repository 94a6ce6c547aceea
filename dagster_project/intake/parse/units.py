"""In which unit the figures of a column are: what the heading, a row below it or a line above the table says."""

from __future__ import annotations

from dagster_project.intake.feeds import Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.headings import Heading, known_headings
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.sheet_words import Unit, heading_readings, unit_of, units_stated

#: Rows below the table in which its units may be stated.
_ROWS_BELOW = 3


def units_of_columns(sheet: ParsedSheet, grid: Grid, feed: Feed, heading: Heading) -> dict[str, Unit]:
    """Units of the columns whose figures have to be converted, by feed column name.

    The unit at the heading counts before one stated for the whole table. A unit of another kind (元 for an area) can't
    be right, and refuses the sheet; a table's unit that contradicts the headings is warned of.

    Args:
        sheet: gets the problems.
        grid: the cells of the table.
        feed: the feed.
        heading: its heading in `grid`.
    """
    stated = _stated_for_table(grid, heading)
    converted: dict[str, Unit] = {}
    contradicted: dict[str, str] = {}
    used: set[str] = set()
    for name, j in heading.names.items():
        column = feed.column(name)
        own = unit_of(column.unit_zh) if column.is_number and column.unit_zh else None
        if own is None:
            continue
        at_heading = _unit_at_heading(grid, heading, j)
        if at_heading is not None and at_heading.kind != own.kind:
            number = grid.first_row + heading.last
            sheet.reject(
                problem(
                    "UNIT_OF_OTHER_KIND",
                    sheet=grid.sheet,
                    feed=feed.feed,
                    row_number=number,
                    column_name=name,
                    column_zh=column.heading_zh,
                    cell=grid.address(j, number),
                    stated=at_heading.word,
                    unit=column.unit_zh,
                )
            )
            return {}
        of_table = stated.get(own.kind)
        unit = at_heading or of_table or own
        if at_heading is not None and of_table is not None and at_heading.size != of_table.size:
            contradicted[name] = of_table.word
        elif of_table is not None:
            used.add(own.kind)
        if unit.size != own.size and column.type in ("area", "money", "decimal"):
            converted[name] = unit
    for name, word in contradicted.items():
        column = feed.column(name)
        own = unit_of(column.unit_zh)
        if own is not None and own.kind not in used:
            sheet.problems.append(
                problem(
                    "UNIT_CONTRADICTED",
                    sheet=grid.sheet,
                    feed=feed.feed,
                    column_name=name,
                    column_zh=column.heading_zh,
                    cell=grid.address(heading.names[name], grid.first_row + heading.last),
                    stated=word,
                )
            )
    return converted


def _unit_at_heading(grid: Grid, heading: Heading, j: int) -> Unit | None:
    """Unit in a column's heading, or in the row of units below it."""
    found = None
    for i in range(heading.first, heading.last + 1):
        cell = grid.rows[i][j] if j < len(grid.rows[i]) else ""
        if not isinstance(cell, str) or is_blank(cell):
            continue
        alone = unit_of(cell)
        known = known_headings()
        behind = next((u for text, u in heading_readings(normalise_heading(cell)) if text in known), None)
        found = alone or behind or found
    return found


def _stated_for_table(grid: Grid, heading: Heading) -> dict[str, Unit]:
    """Units stated for the whole table, by kind: in a line above it (单位：平方米、元), beside it or below it."""
    stated: dict[str, Unit] = {}
    last = len(grid.rows)
    while last and all(is_blank(c) for c in grid.rows[last - 1]):
        last -= 1
    for i in [*range(heading.first + 1), *range(max(heading.last + 1, last - _ROWS_BELOW), last)]:
        row = grid.rows[i]
        for j, cell in enumerate(row):
            if not isinstance(cell, str) or is_blank(cell):
                continue
            beside = row[j + 1] if j + 1 < len(row) and isinstance(row[j + 1], str) else ""
            for unit in units_stated(cell) or units_stated(f"{cell}{beside}"):
                stated.setdefault(unit.kind, unit)
    return stated
