"""In which unit the figures of a column are: what the heading, a row below it or a line above the table says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dagster_project.intake.feeds import Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.cells import is_blank
from dagster_project.intake.parse.groups import groups_above
from dagster_project.intake.parse.headings import Heading, known_headings
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import (
    Unit,
    counts_the_same,
    heading_readings,
    is_unknown_unit,
    load_words,
    unit_at_end,
    unit_of,
    units_stated,
    unknown_units,
)

#: Rows below the table in which its units may be stated.
_ROWS_BELOW = 4
_UNIT_LINE = re.compile(r"\s*[(（\[【]?\s*(?:计量|金额|货币|面积)?\s*单\s*位")
#: Types of figures that are converted.
_CONVERTED_TYPES = ("area", "money", "decimal")


def units_of_columns(
    sheet: ParsedSheet, grid: Grid, feed: Feed, heading: Heading, stated: StatedUnits
) -> dict[str, Unit]:
    """Units of the columns whose figures have to be converted, by feed column name.

    The unit at the heading counts before one stated for the whole table. A unit of another kind (元 for an area) can't
    be right, and refuses the sheet, as do two units for the table neither of which is the feed's, and a unit that isn't
    known; a table's unit that contradicts the headings is warned of.

    Args:
        sheet: gets the problems.
        grid: the cells of the table.
        feed: the feed.
        heading: its heading in `grid`.
        stated: what the lines of the table state.
    """
    converted: dict[str, Unit] = {}
    contradicted: dict[str, str] = {}
    used: set[str] = set()
    of_lines: set[str] = set()  # what a line states is said once, at the first of its columns
    for name, j in heading.names.items():
        column = feed.column(name)
        own = unit_of(column.unit_zh) if column.is_number and column.unit_zh else None
        if own is None:
            continue
        at_heading = _unit_at_heading(grid, heading, j, own.kind)
        of_kind = stated.of(own.kind)
        is_converted = column.type in _CONVERTED_TYPES
        if own.kind == "count":  # 9 千册 may be rounded
            in_hundreds = (u for u in (at_heading, *of_kind) if u and u.size > 1 and counts_the_same(u, own))
            at_heading = next(in_hundreds, at_heading)
        number = grid.first_row + heading.last
        place: dict[str, Any] = {
            "sheet": grid.sheet,
            "feed": feed.feed,
            "row_number": number,
            "column_name": name,
            "column_zh": column.heading_zh,
            "cell": grid.address(j, number),
        }
        if at_heading is not None and (
            at_heading.kind != own.kind or (own.kind == "count" and at_heading.size > 1)
        ):
            sheet.reject(
                problem(
                    "UNIT_OF_OTHER_KIND",
                    **place,
                    stated=at_heading.word,
                    unit=column.unit_zh,
                )
            )
            continue
        at_own = _unknown_at_heading(grid, heading, j)
        unknown = "、".join(at_own or stated.unknown(own.kind))
        if at_heading is None and is_converted and unknown:
            if at_own or unknown not in of_lines:
                sheet.reject(problem("UNKNOWN_UNIT", **place, stated=unknown, unit=column.unit_zh))
            of_lines.add(unknown)
            continue
        if at_heading is None and len(of_kind) > 1 and is_converted:
            words = "、".join(unit.word for unit in of_kind)
            if words not in of_lines:
                sheet.reject(problem("UNITS_CONTRADICT", **place, stated=words))
            of_lines.add(words)
            continue
        of_table = of_kind[0] if of_kind else None
        unit = at_heading or of_table or own
        if at_heading is not None and of_table is not None and at_heading.size != of_table.size:
            contradicted[name] = of_table.word
        elif of_table is not None:
            used.add(own.kind)
        if unit.size != own.size and is_converted:
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


def _unit_at_heading(grid: Grid, heading: Heading, j: int, kind: str) -> Unit | None:
    """Unit in a column's heading, in the row of units below it, or in the heading of its group (面积（亩）)."""
    found = None
    known = known_headings()
    for i in range(heading.first, heading.last + 1):
        cell = grid.rows[i][j] if j < len(grid.rows[i]) else ""
        if not isinstance(cell, str) or is_blank(cell):
            continue
        alone = unit_of(cell)
        behind = next((u for text, u in heading_readings(normalise_heading(cell)) if text in known), None)
        found = alone or behind or found
    if found is not None:
        return found
    for _, text in groups_above(grid, heading, j):
        of_group = unit_at_end(normalise_heading(text))
        if of_group is not None and of_group.kind == kind:
            return of_group
    return None


def _unknown_at_heading(grid: Grid, heading: Heading, j: int) -> list[str]:
    """A unit in a column's heading, or in the row of units below it, that isn't known."""
    cells = (row[j] for row in grid.rows[heading.first : heading.last + 1] if j < len(row))
    return [cell.strip() for cell in cells if isinstance(cell, str) and is_unknown_unit(cell)]


def lines_of_units(grid: Grid, first: int, last: int) -> Iterator[Sequence[object]]:
    """Cells beside and below a table that may state its units.

    Args:
        grid: the cells of the table.
        first: index of the first row of its heading.
        last: index of the last one.
    """
    for row in grid.rows[first : last + 1]:
        for cell in row:
            if isinstance(cell, str) and _UNIT_LINE.match(cell):
                yield [cell]
    end = len(grid.rows)
    while end and all(is_blank(c) for c in grid.rows[end - 1]):
        end -= 1
    for row in grid.rows[max(last + 1, end - _ROWS_BELOW) : end]:
        if not any(is_code(c) for c in row):
            yield row


class StatedUnits:
    """Units stated for a whole table, or else for the tables above it in its sheet, by kind.

    Attributes:
        own: what the table's own lines state.
    """

    def __init__(self, lines: Iterable[Sequence[object]], before: StatedUnits | None = None) -> None:
        self.own: dict[str, list[Unit]] = {}
        self._before = before
        self._unknown: list[str] = []
        for row in lines:
            for j, cell in enumerate(row):
                if not isinstance(cell, str) or is_blank(cell):
                    continue
                beside = row[j + 1] if j + 1 < len(row) and isinstance(row[j + 1], str) else ""
                found = units_stated(cell) or (units_stated(f"{cell}{beside}") if beside else [])
                self._unknown += unknown_units(cell) or (unknown_units(f"{cell}{beside}") if beside else [])
                for unit in found:
                    units = self.own.setdefault(unit.kind, [])
                    if all(unit.size != other.size for other in units):
                        units.append(unit)
        for units in self.own.values():
            named = [unit for unit in units if unit.word not in load_words().currencies]
            units[:] = named or units  # 千元 (人民币)

    def of(self, kind: str) -> list[Unit]:
        """Units of a kind: one, none, or several where the lines contradict each other."""
        if kind in self.own or self._before is None:
            return self.own.get(kind, [])
        return self._before.of(kind)

    def unknown(self, kind: str) -> list[str]:
        """Words of the lines that hold for a kind and name no known unit."""
        if kind in self.own or self._unknown or self._before is None:
            return self._unknown
        return self._before.unknown(kind)
