"""The forms of a workbook by their keys, and the cell or number at labels."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import Fault, clean_text, is_blank, to_number
from dagster_project.intake.parse.forms.declared import Era, Place
from dagster_project.intake.parse.forms.places import SEVERAL, Places, places_in
from dagster_project.intake.parse.forms.tables import AmbiguousPlace, FormCell, FormTable

_T = TypeVar("_T")


class Book:
    """The forms of one workbook.

    Args:
        era: their edition.
        problems: gets what is found while cells are looked for.
    """

    def __init__(self, era: Era, problems: list[Problem]) -> None:
        self.era, self.problems = era, problems
        self.tables: dict[str, FormTable] = {}
        self._places: dict[str, Places | None] = {}
        self._rows: dict[str, list[list[list[Any]]]] = {}

    def close(self) -> None:
        """All sheets are there: take over what is known of forms with the same labels."""
        self._places = {key: places_in(self.era, table) for key, table in self.tables.items()}
        self._rows = {key: [s.grid.rows for s in table.sheets] for key, table in self.tables.items()}

    def conclude(self, form: str, about: object, conclusion: Callable[[], _T]) -> _T:
        """What follows from the labels of a form for some declaration, worked out once for equal labels.

        Args:
            form: key of a form in the workbook.
            about: the declaration.
            conclusion: works it out.
        """
        places = self._places[form]
        return conclusion() if places is None else places.conclude(about, conclusion)

    def cell(self, place: Place) -> FormCell | None:
        """The cell at labels; a place that stands for several is reported and counts as missing."""
        at = self._at(place)
        if at is None:
            return None
        n, i, j, unit = at
        grid = self.tables[place.form].sheets[n].grid
        row = grid.rows[i]
        value = row[j] if j < len(row) else ""
        return FormCell(value, grid.sheet, grid.first_column + j, grid.first_row + i, unit)

    def value(self, place: Place) -> Any:
        """What stands in the cell at labels; None if it isn't there."""
        places = self._places.get(place.form)
        known = places.found.get(id(place)) if places else None
        # asked for hundreds of times a workbook, and nearly always known
        at = known[1] if known and known[1].__class__ is tuple else self._at(place)
        if at is None:
            return None
        row = self._rows[place.form][at[0]][at[1]]
        return row[at[2]] if at[2] < len(row) else ""

    def figure(self, cell: FormCell) -> float | int | Fault | None:
        """Number of a cell, a blank as zero; None for a mark of no figure."""
        return self._figure(cell.value)

    def number(self, place: Place) -> float | None:
        """The number at labels; None if the cell isn't there or holds no number."""
        value = self.value(place)
        if value.__class__ is str:
            return _number_of(value, self.era.no_figure)
        found = None if value is None else self._figure(value)
        return None if found is None or found.__class__ is Fault else float(found)  # type: ignore[arg-type]

    def _figure(self, value: Any) -> float | int | Fault | None:
        if value.__class__ is str:  # not of a kind of text that says more than its letters
            return _figure_of(value, self.era.no_figure)
        return _read(value, self.era.no_figure)

    def _at(self, place: Place) -> tuple[int, int, int, str] | None:
        """Sheet of its table, row index, column index and unit of the cell at labels."""
        places = self._places.get(place.form)
        known = places.found.get(id(place)) if places else None
        at = known[1] if known else self._looked_for(place, places)
        if at is SEVERAL:
            table = self.tables[place.form]
            self.problems.append(
                problem(
                    "FORM_LABEL_TWICE",
                    sheet=table.sheets[0].grid.sheet,
                    form=table.form.code,
                    label="/".join(filter(None, (place.block, place.row[0], *place.column[:1]))),
                )
            )
            return None
        found: tuple[int, int, int, str] | None = at
        return found

    def _looked_for(self, place: Place, places: Places | None) -> Any:
        table = self.tables.get(place.form)
        if table is None:
            return None
        try:
            at: Any = table.find(place)
        except AmbiguousPlace:
            at = SEVERAL
        if places is not None:
            places.found[id(place)] = (place, at)
        return at


@lru_cache(16384)
def _number_of(text: str, no_figure: tuple[str, ...]) -> float | None:
    found = _read(text, no_figure)
    return None if found is None or isinstance(found, Fault) else float(found)


@lru_cache(16384)
def _figure_of(text: str, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    return _read(text, no_figure)


def _read(value: Any, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    if clean_text(value) in no_figure:
        return None
    return 0 if is_blank(value) else to_number(value)
