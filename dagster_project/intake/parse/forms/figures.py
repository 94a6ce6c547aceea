"""Figures of the forms as the columns of feeds hold them, with their cells."""

from __future__ import annotations

import re
from typing import Any

from dagster_project import speed
from dagster_project.intake.feeds import Column
from dagster_project.intake.parse.cells import Assumed, Fault, clean_text, convert_column, converter_for
from dagster_project.intake.parse.forms.book import Book
from dagster_project.intake.parse.forms.declared import Choice, Era, Figure
from dagster_project.intake.parse.forms.tables import FormCell
from dagster_project.intake.parse.forms.values import Value, unit_fault

#: Texts of one column whose meaning is remembered.
_MOST_TEXTS = 4096


class Figures:
    """Figures of one workbook.

    Args:
        era: the edition of its forms, which remembers what texts mean.
        book: its forms.
    """

    def __init__(self, era: Era, book: Book) -> None:
        self._era, self._book = era, book
        #: What texts mean, by the identity of a column, which is kept beside it, and a unit.
        self._conversions: dict[Any, tuple[Column, dict[str, Any]]] = era.conversions if speed.is_on() else {}

    def value(self, figure: Figure, column: Column | None) -> Value:
        """A figure as the feed's column holds it, or its word where there is no column."""
        cells = self._book.cells(figure)
        if len(cells) < len(figure.places):
            return self.value(figure.otherwise, column) if figure.otherwise else Value()
        if column is None or not column.is_number:
            return self._text(figure, column, cells[0])
        cell = cells[0]
        if len(cells) > 1 or cell.value.__class__ is not str:
            return self._total(figure, column, cells)
        known = self.known_of(column, cell.unit)
        if cell.value not in known:
            value = self._total(figure, column, cells)
            known[cell.value] = (value.value, value.fault and value.fault[1])
            return value
        number, fault = known[cell.value]
        return Value(number, cells, fault=(cell, fault) if fault else None)

    def _total(self, figure: Figure, column: Column, cells: list[FormCell]) -> Value:
        """The sum of cells, some of them taken away, as the feed's column holds it."""
        total: float | int = 0
        for sign, cell in zip(figure.signs, cells, strict=True):
            number = self._book.figure(cell)
            if number is None:
                return Value(None, cells)
            if cell.unit and not isinstance(number, Fault):
                number = unit_fault(cell.unit, column.unit_zh) or number
            if isinstance(number, Fault):
                return Value(None, cells, fault=(cell, number))
            total += sign * number
        converted = converter_for(column)(total, column)
        if isinstance(converted, Fault):
            return Value(None, cells, fault=(cells[0], converted))
        if isinstance(converted, Assumed):
            converted = converted.value
        return Value(converted, cells, figure.signs)

    def _text(self, figure: Figure, column: Column | None, cell: FormCell) -> Value:
        text = clean_text(cell.value)
        if not text or text in self._era.no_figure:
            return Value(None, [cell])
        if figure.pattern is not None:
            found = re.search(figure.pattern, text)
            text = found["value"] if found else ""
        if figure.first_characters:
            text = text[: figure.first_characters]
        text = figure.values.get(text, text)
        if not text or column is None:
            return Value(text or None, [cell])
        held, fault = self._held(text, column)
        return Value(held, [cell], fault=(cell, fault) if fault else None)

    def _held(self, text: str, column: Column) -> tuple[Any, Fault | None]:
        """A text as the feed's column holds it; None with the reason if the column can't."""
        known = self.known_of(column, None)
        if text not in known:
            converted = convert_column([text], column)
            fault = converted.faults[0][1] if converted.faults else None
            known[text] = (None if fault else converted.values[0], fault)
        return known[text]

    def known_of(self, column: Column, unit: str | None) -> dict[str, tuple[Any, Fault | None]]:
        """What texts mean in a column, as far as it is known: figures in a unit, or (None) words."""
        _, known = self._conversions.setdefault((id(column), unit), (column, {}))
        if len(known) > _MOST_TEXTS:
            known.clear()
        return known

    def chosen(self, choice: Choice, column: Column) -> Value:
        """The word that follows from other cells, with those that it was concluded from."""
        cells = []
        word = choice.otherwise
        for case in choice.cases:
            cell = self._book.cell(case.place)
            if cell is None:
                continue
            cells.append(cell)
            text = clean_text(cell.value)
            if (case.equals is not None and text == case.equals) or (
                case.contains is not None and case.contains in text
            ):
                word = case.word
                cells = [cell]
                break
        return Value(self._held(word, column)[0], cells)
