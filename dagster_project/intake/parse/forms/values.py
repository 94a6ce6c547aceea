"""What the forms of a workbook gave, and the values of figures with the cells that they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem
from dagster_project.intake.parse.cells import Fault, is_blank, to_number
from dagster_project.intake.parse.forms.tables import FormCell
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.sheet_words import compact, unit_of


@dataclass
class FormsFile:
    """What the forms of a workbook gave.

    Attributes:
        sheets: rows of the feeds.
        problems: findings that belong to no feed.
        others: sheets that are no forms.
    """

    sheets: list[ParsedSheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    others: list[Grid] = field(default_factory=list)


@dataclass
class Value:
    """A value with its cells: None if it isn't in the workbook; a fault if a cell can't be used."""

    value: Any = None
    cells: list[FormCell] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)
    fault: tuple[FormCell, Fault] | None = None


@lru_cache(1024)
def unit_fault(stated: str, wanted: str) -> Fault | None:
    """Why a figure can't be used whose form states another unit than the feed's; None if the unit is right or unsaid."""
    own, other = unit_of(wanted), unit_of(stated)
    if not stated or own is None or own == other or compact(stated) == compact(wanted):
        return None
    if other is not None and own.kind == other.kind and own.size == other.size:
        return None
    return Fault("FORM_UNIT_DIFFERS", words=(("unit", wanted), ("stated", stated)))


def places(value: Value, sheet: str) -> str:
    """Cells of a value for the column map: `C9,C10`, `T7,-U7`; before them the sheet if it isn't the one given."""
    own = value.cells[0].sheet
    if len(value.cells) == 1 and own == sheet:  # nearly all; one cell is never taken away
        return value.cells[0].address
    signs = value.signs or [1] * len(value.cells)
    found = [
        f"{'-' if sign < 0 else ''}{cell.address}"
        for sign, cell in zip(signs, value.cells, strict=True)
        if cell.sheet == own
    ]
    return ("" if own == sheet else f"{own}!") + ",".join(found)


def holds_figure(row: list[Any], j: int) -> bool:
    number = to_number(row[j]) if j < len(row) and not is_blank(row[j]) else 0
    return not isinstance(number, Fault) and number != 0


def placed(cell: FormCell, sheet: str) -> str:
    """Address of a cell; with its sheet if that isn't the one given."""
    return cell.address if cell.sheet == sheet else f"{cell.sheet}!{cell.address}"
