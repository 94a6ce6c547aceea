"""The forms of a workbook by their keys, and the cell or number at labels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import Fault, clean_text, is_blank, to_number
from dagster_project.intake.parse.forms.declared import Era, Place
from dagster_project.intake.parse.forms.tables import AmbiguousPlace, FormCell, FormTable


class Book:
    """The forms of one workbook.

    Args:
        era: their edition.
        problems: gets what is found while cells are looked for.
    """

    def __init__(self, era: Era, problems: list[Problem]) -> None:
        self.era, self.problems = era, problems
        self.tables: dict[str, FormTable] = {}

    def cell(self, place: Place) -> FormCell | None:
        """The cell at labels; a place that stands for several is reported and counts as missing."""
        table = self.tables.get(place.form)
        try:
            return table.find(place) if table else None
        except AmbiguousPlace:
            assert table is not None
            self.problems.append(
                problem(
                    "FORM_LABEL_TWICE",
                    sheet=table.sheets[0].grid.sheet,
                    form=table.form.code,
                    label="/".join(filter(None, (place.block, place.row[0], *place.column[:1]))),
                )
            )
            return None

    def figure(self, cell: FormCell) -> float | int | Fault | None:
        """Number of a cell, a blank as zero; None for a mark of no figure."""
        if cell.value.__class__ is str:  # not of a kind of text that says more than its letters
            return _figure_of(cell.value, self.era.no_figure)
        return _read(cell.value, self.era.no_figure)

    def number(self, place: Place) -> tuple[FormCell, float] | None:
        """A cell and its number; None if it isn't there or holds no number."""
        cell = self.cell(place)
        found = None if cell is None else self.figure(cell)
        return None if cell is None or found is None or isinstance(found, Fault) else (cell, float(found))


@lru_cache(16384)
def _figure_of(text: str, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    return _read(text, no_figure)


def _read(value: Any, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    if clean_text(value) in no_figure:
        return None
    return 0 if is_blank(value) else to_number(value)
