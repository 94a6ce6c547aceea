"""What the labels of a form say is worked out once: hundreds of workbooks have the same texts around their figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any

from dagster_project import speed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cell_text import clean_text
from dagster_project.intake.parse.forms.declared import Era
from dagster_project.intake.parse.forms.labels import compact, comparable, stated_unit
from dagster_project.intake.parse.forms.tables import TOP_ROWS, FormSheet, without_frame

#: Shapes kept of one era; there are hundreds of forms, and most exports of a year are alike.
_MOST = 2000
_MOST_ALIKE = 20


@dataclass(frozen=True)
class _Shape:
    """Everything of a sheet that decides what its labels say.

    Attributes:
        head: the rows down to the last heading.
        labels_of: takes the cells of labels out of a row below them.
        columns: indexes of these cells.
        labels: these cells, row by row.
        exact: indexes among them of cells that are kept as they are: units, and the numbers of rows in a frame.
        surroundings: merged ranges, and where the sheet begins.
        sheet: what was read from them.
        is_framed: whether there is a frame of column letters and row numbers around.
    """

    head: list[list[Any]]
    labels_of: Callable[[list[Any]], tuple[Any, ...]]
    columns: frozenset[int]
    labels: list[tuple[Any, ...]]
    exact: frozenset[int]
    surroundings: Any
    sheet: FormSheet
    is_framed: bool

    def fits(self, grid: Grid, era: Era) -> bool:
        """True if a sheet differs in its figures alone, or in blanks and line breaks within labels that say the same."""
        top = len(self.head)
        if _surroundings(grid) != self.surroundings:
            return False
        head = grid.rows[:top]
        if head != self.head and not _say_the_same(head, self.head, era):
            return False
        try:
            labels = list(map(self.labels_of, grid.rows[top:]))
        except IndexError:  # a row ends before its label
            return False
        if labels != self.labels and not _say_the_same(labels, self.labels, era, self.exact):
            return False
        return not _may_be_named(grid, top, self.columns, era)


def _say_the_same(
    rows: Sequence[Sequence[Any]],
    known: Sequence[Sequence[Any]],
    era: Era,
    exact: Collection[int] = (),
) -> bool:
    """True if the cells of some rows are equal, or texts of equal meaning.

    Args:
        rows, known: the rows.
        era: edition of the form.
        exact: indexes of cells that have to be equal.
    """
    if list(map(len, rows)) != list(map(len, known)):
        return False
    return all(
        mine == other or (j not in exact and _meaning(mine, era) == _meaning(other, era))
        for row, own in zip(rows, known, strict=True)
        if row != own
        for j, (mine, other) in enumerate(zip(row, own, strict=True))
    )


def _meaning(cell: Any, era: Era) -> Any:
    """What a label says; a cell that is no text says itself."""
    return _meaning_of_text(cell, era.code) if cell.__class__ is str else cell


@lru_cache(8192)
def _meaning_of_text(text: str, code: re.Pattern[str]) -> tuple[Any, ...]:
    """Comparable text, unit and the codes of forms in it; a mark in the row of numbers (甲, 1, 12) says itself."""
    label = comparable(clean_text(text))
    if len(label) <= 1 or label.isdigit():
        return (text,)
    codes = tuple(found[0] for found in code.finditer(compact(text)))
    return label, comparable(text), stated_unit(clean_text(text)), codes


def known_form(grid: Grid, era: Era) -> FormSheet | None:
    """The sheet as a form with its labels, if one with the same labels was met before."""
    for shape in era.shapes.get(_key(grid), ()) if speed.is_on() else ():
        if shape.fits(grid, era):
            return shape.sheet.around(without_frame(grid) if shape.is_framed else grid)
    return None


def remember_form(grid: Grid, sheet: FormSheet, era: Era) -> None:
    """Keep what the labels of a sheet say for the next one that has the same."""
    frame = grid.first_column != sheet.grid.first_column
    columns = [j + frame for j in (*sheet.label_columns, *sheet.unit_columns)] + [0] * frame
    top = sheet.body + frame
    if not columns or _may_be_named(grid, top, frozenset(columns), era):
        return
    labels_of = itemgetter(slice(columns[0], columns[0] + 1)) if len(columns) == 1 else itemgetter(*columns)
    try:
        labels = list(map(labels_of, grid.rows[top:]))
    except IndexError:
        return
    if not all(labels):  # a row ends before its label
        return
    exact = frozenset(range(len(sheet.label_columns), len(columns)))
    kept = replace(sheet, grid=Grid("", []))
    head = grid.rows[:top]
    shape = _Shape(head, labels_of, frozenset(columns), labels, exact, _surroundings(grid), kept, bool(frame))
    if len(era.shapes) > _MOST:
        era.shapes.clear()
    alike = era.shapes.setdefault(_key(grid), [])
    alike[:] = [shape, *alike[: _MOST_ALIKE - 1]]


def _key(grid: Grid) -> Any:
    return grid.sheet, len(grid.rows)


def _surroundings(grid: Grid) -> Any:
    return grid.first_row, grid.first_column, grid.merges


def _may_be_named(grid: Grid, top: int, columns: frozenset[int], era: Era) -> bool:
    """True if a cell beside the labels could be taken for the code or the title of a form."""
    return any(
        c.__class__ is str
        and not c.isascii()
        and (era.code.search(compact(c)) is not None or comparable(c) in era.titles)
        for row in grid.rows[top : TOP_ROWS + 1]
        for j, c in enumerate(row)
        if j not in columns
    )
