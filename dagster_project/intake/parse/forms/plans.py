"""Where the figures of a feed's row are in all workbooks whose forms have the same labels."""

from __future__ import annotations

from typing import Any, NamedTuple

from dagster_project.intake.feeds import Column
from dagster_project.intake.parse.cells import Fault
from dagster_project.intake.parse.forms.book import Spot
from dagster_project.intake.parse.forms.declared import Figure
from dagster_project.intake.parse.forms.tables import FormCell
from dagster_project.intake.parse.forms.values import Value, places


class Planned(NamedTuple):
    """A figure of a row.

    Attributes:
        name: of its column.
        figure: its declaration, or that of the figure that counts instead.
        column: its column.
        spots: its cells, at least one.
        known: what texts in its cell are known to mean; empty for the figures of several cells.
    """

    name: str
    figure: Figure
    column: Column
    spots: list[Spot]
    known: dict[str, tuple[Any, Fault | None]]


class Plan:
    """The figures of a row.

    Args:
        figures: in the order of the row's columns, at least one.
    """

    def __init__(self, figures: list[Planned]) -> None:
        self.figures = figures
        self._places: dict[str, dict[str, str]] = {}

    def places_beside(self, sheet: str) -> dict[str, str]:
        """Cells of each column for the column map of rows in a sheet."""
        if sheet not in self._places:
            self._places[sheet] = {
                planned.name: places(
                    Value(None, [FormCell("", *spot[3:]) for spot in planned.spots], planned.figure.signs),
                    sheet,
                )
                for planned in self.figures
            }
        return self._places[sheet]
