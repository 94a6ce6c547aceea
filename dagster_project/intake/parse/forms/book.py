"""The forms of a workbook by their keys, and the cell or number at labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from dagster_project import speed
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import Fault, clean_text, is_blank, to_number
from dagster_project.intake.parse.forms.declared import Era, Figure, Place
from dagster_project.intake.parse.forms.places import SEVERAL, Places, conclude_over, places_in
from dagster_project.intake.parse.forms.tables import AmbiguousPlace, FormCell, FormTable

_T = TypeVar("_T")


#: Texts whose numbers are remembered of one edition.
_MOST_NUMBERS = 16384


class Spot(NamedTuple):
    """Where a cell is in every workbook whose form has the same labels, and what is known of it but its value."""

    sheet_number: int
    row_index: int
    column_index: int
    sheet: str
    column_number: int
    row_number: int
    unit: str


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
        self._is_remembered = speed.is_on()
        #: Numbers of texts; most cells are blank or hold a small number.
        self._numbers: dict[str, float | None] = era.numbers if self._is_remembered else {}
        if len(self._numbers) > _MOST_NUMBERS:
            self._numbers.clear()

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

    def conclude_over(self, forms: Sequence[str], about: object, conclusion: Callable[[], _T]) -> _T:
        """What follows from the labels of several forms; those that aren't in the workbook count as such."""
        places = [self._places.get(form) for form in forms]
        if not self._is_remembered or (
            None in places and any(self._places.get(form) is None and form in self.tables for form in forms)
        ):
            return conclusion()
        return conclude_over(self.era, places, about, conclusion)

    def cells(self, figure: Figure) -> list[FormCell]:
        """The cells of a figure; fewer than its places where labels aren't there or stand for several."""
        form = figure.places[0].form
        if form not in self.tables:
            return []
        spots = self.conclude(form, figure, lambda: self.spots_without_doubt(figure.places))
        found = [self.spot(place) for place in figure.places] if spots is None else spots
        rows = self._rows[form]
        return [FormCell(_value_at(rows, spot), *spot[3:]) for spot in found if spot is not None]

    def cell(self, place: Place) -> FormCell | None:
        """The cell at labels; a place that stands for several is reported and counts as missing."""
        spot = self.spot(place)
        return None if spot is None else self.cell_at(place.form, spot)

    def cell_at(self, form: str, spot: Spot) -> FormCell:
        """A cell of a form."""
        return FormCell(_value_at(self._rows[form], spot), *spot[3:])

    def value(self, form: str, spot: Spot) -> Any:
        """What stands in a cell of a form."""
        return _value_at(self._rows[form], spot)

    def figure(self, cell: FormCell) -> float | int | Fault | None:
        """Number of a cell, a blank as zero; None for a mark of no figure."""
        if cell.value.__class__ is str:  # not of a kind of text that says more than its letters
            return _figure_of(cell.value, self.era.no_figure)
        return _read(cell.value, self.era.no_figure)

    def number(self, form: str, spot: Spot) -> float | None:
        """The number in a cell of a form; None if it holds none."""
        value = _value_at(self._rows[form], spot)
        if value.__class__ is not str:
            return None if value is None else _number_of_cell(value, self.era.no_figure)
        if value not in self._numbers:
            self._numbers[value] = _number_of_cell(value, self.era.no_figure)
        return self._numbers[value]

    def spot(self, place: Place) -> Spot | None:
        """Where the cell at labels is; a place that stands for several is reported and counts as missing."""
        found = self._looked_for(place)
        if found is not SEVERAL:
            spot: Spot | None = found
            return spot
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

    def spots_without_doubt(self, places: Sequence[Place]) -> list[Spot | None] | None:
        """Where the cells at labels are; None if some labels stand for several, which each workbook has to report."""
        found = [self._looked_for(place) for place in places]
        return None if SEVERAL in found else found

    def _looked_for(self, place: Place) -> Any:
        """Where the cell at labels is: a spot, None, or `SEVERAL`."""
        table = self.tables.get(place.form)
        if table is None:
            return None
        return self.conclude(place.form, place, lambda: self._found(table, place))

    def _found(self, table: FormTable, place: Place) -> Any:
        try:
            at = table.find(place)
        except AmbiguousPlace:
            return SEVERAL
        if at is None:
            return None
        n, i, j, unit = at
        grid = table.sheets[n].grid
        return Spot(n, i, j, grid.sheet, grid.first_column + j, grid.first_row + i, unit)


def _value_at(rows: list[list[list[Any]]], spot: Spot) -> Any:
    row = rows[spot[0]][spot[1]]
    return row[spot[2]] if spot[2] < len(row) else ""


def _number_of_cell(value: Any, no_figure: tuple[str, ...]) -> float | None:
    found = _read(value, no_figure)
    return None if found is None or isinstance(found, Fault) else float(found)


@lru_cache(16384)
def _figure_of(text: str, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    return _read(text, no_figure)


def _read(value: Any, no_figure: tuple[str, ...]) -> float | int | Fault | None:
    if clean_text(value) in no_figure:
        return None
    return 0 if is_blank(value) else to_number(value)
