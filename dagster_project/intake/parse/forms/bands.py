"""Forms of bands: how many classes of each grade have so many pupils."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dagster_project.intake.feeds import Feed
from dagster_project.intake.parse.forms.declared import Bands, Era, Figure, words_of
from dagster_project.intake.parse.forms.labels import comparable
from dagster_project.intake.parse.forms.tables import FormSheet, FormTable
from dagster_project.intake.parse.forms.values import holds_figure


@dataclass(frozen=True)
class BandCell:
    """A cell of a form of bands.

    Attributes:
        figure: the classes of a band and a grade.
        heading: path of the grade's heading.
        words: of the row of class sizes, as its columns hold them; None for classes without a grade.
    """

    figure: Figure
    heading: str
    words: dict[str, Any] | None


@dataclass(frozen=True)
class KnownBands:
    """What the labels of a form of bands say.

    Attributes:
        cells: one per band and grade, row by row.
        strange_rows: number of the sheet, row index and label of each row that is no band, no total and no part (其中).
        strange_columns: number of the sheet, column index and heading of each column that is no grade, no total and no
            part.
    """

    cells: list[BandCell]
    strange_rows: list[tuple[int, int, str]]
    strange_columns: list[tuple[int, int, str]]

    def unread_in(self, table: FormTable) -> list[str]:
        """Labels of strange rows and columns that hold figures in a workbook; their classes would vanish."""
        unread = []
        for n, sheet in enumerate(table.sheets):
            rows = sheet.grid.rows
            for own, i, label in self.strange_rows:
                if own == n and any(holds_figure(rows[i], j) for j in sheet.heads):
                    unread.append(label)
            for own, j, heading in self.strange_columns:
                if own == n and any(holds_figure(rows[i], j) for _, _, i in sheet.rows):
                    unread.append(heading)
        return unread


def bands_in(table: FormTable, bands: Bands, era: Era) -> KnownBands:
    """What the labels of a form of bands say.

    Args:
        table: the form in a workbook.
        bands: which of its columns are grades of a stage.
        era: its edition.
    """
    pattern = re.compile(era.band)
    others = [b for b in era.class_bands if b.form == bands.form]
    named = {
        comparable(path.split("/")[-1]) for b in (bands, *others) for path in (*b.grades, *b.without_grade)
    }
    cells: list[BandCell] = []
    rows: list[tuple[int, int, str]] = []
    columns: list[tuple[int, int, str]] = []
    for n, sheet in enumerate(table.sheets):
        for _, label, i in sheet.rows:
            band = pattern.fullmatch(label)
            if band is not None:
                cells += _cells_of(bands, label, band, era.feed("class_sizes"))
            elif label not in ("总计", "合计") and not label.startswith("#"):
                rows.append((n, i, label))
        columns += [(n, j, heading) for j, heading in _strange_columns(sheet, named)]
    return KnownBands(cells, rows, columns)


def _cells_of(bands: Bands, label: str, band: re.Match[str], feed: Feed) -> Iterator[BandCell]:
    limits = {name: int(text) for name, text in band.groupdict().items() if text}
    low, high = limits.get("low", limits.get("from")), limits.get("high", limits.get("up_to"))
    words = {"stage": bands.stage, "class_name": label}
    words |= {"size_band_minimum": str(low)} if low is not None else {}
    words |= {"size_band_maximum": str(high)} if high is not None else {}
    for path, grade in bands.grades.items():
        yield BandCell(_figure(bands.form, label, path), path, words_of(feed, {**words, "grade": grade}))
    for path in bands.without_grade:
        yield BandCell(_figure(bands.form, label, path), path, None)


@lru_cache(4096)
def _figure(form: str, label: str, heading: str) -> Figure:
    return Figure(form=form, row=(label,), column=(heading,))


def _strange_columns(sheet: FormSheet, named: set[str]) -> Iterator[tuple[int, str]]:
    for j, path in sheet.heads.items():
        if not path or path[-1] == "合计" or path[-1] in named or path[-1].startswith("#"):
            continue
        is_total = any(own[: len(path)] == path and own != path for own in sheet.heads.values())
        if not is_total:
            yield j, "/".join(path)
