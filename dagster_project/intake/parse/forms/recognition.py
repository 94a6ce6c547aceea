"""What a sheet is before it is read: a form, a cover or list of forms, and which school year it states."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, Literal

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.forms.declared import Era
from dagster_project.intake.parse.forms.labels import compact, comparable
from dagster_project.intake.parse.own_sheets import SYNTHETIC_MARK
from dagster_project.intake.parse.years import years_in

#: Rows of a cover that may state the year.
ROWS_OF_COVER = 40
#: Rows in which a sheet says what it is.
_TOP_ROWS = 12


def is_synthetic(grid: Grid, cells: Collection[Any]) -> bool:
    """True if the sheet says that its data are synthetic.

    Args:
        grid: the sheet.
        cells: its distinct cells.
    """
    if not any(SYNTHETIC_MARK in c for c in cells if isinstance(c, str)):
        return False
    return any(SYNTHETIC_MARK in c for row in grid.rows[:ROWS_OF_COVER] for c in row if isinstance(c, str))


def kind_of_sheet(grid: Grid, eras: Sequence[Era]) -> Literal["form", "cover", ""]:
    """What a sheet is by its first rows and its name; the list of the forms, which names several codes, is a cover."""
    name = compact(grid.sheet)
    if any(era.code.match(name) for era in eras):
        return "form"
    texts = [compact(c) for row in grid.rows[:_TOP_ROWS] for c in row if isinstance(c, str) and c]
    codes = {code for era in eras for text in texts for code in _codes_in(text, era.code)}
    if codes:
        return "form" if len(codes) == 1 else "cover"
    if any(comparable(text) in era.titles for era in eras for text in texts):
        return "form"
    return "cover" if any(word in text for era in eras for word in era.cover for text in texts) else ""


@lru_cache(4096)
def _codes_in(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(found[0] for found in pattern.finditer(text))


def stated_year(grids: Sequence[Grid], rows: int) -> tuple[Grid, str, int] | None:
    """Sheet, cell and school year that the first rows of some sheets state; None if none does."""
    for grid in grids:
        for i, row in enumerate(grid.rows[:rows]):
            for j, cell in enumerate(row):
                years = years_in(clean_text(cell)) if isinstance(cell, str) else set()
                if len(years) == 1:
                    return grid, grid.address(j, grid.first_row + i), years.pop()
    return None
