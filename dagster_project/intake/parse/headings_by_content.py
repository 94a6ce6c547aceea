"""Columns whose heading no feed knows, but whose meaning is certain: by what stands below, or by another feed's word.

A table that lacks a feed's code or choice, and has one column of unknown heading that is filled with nothing else, has
that column (国标码, 办学层次). A quantity has one name in all feeds: 学生数 of a table that is not of classes is the
在校生数 of enrolment. Everything else is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_project.intake.feeds import Column, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text, convert_column, is_blank
from dagster_project.intake.parse.headings import NearMatch, is_year_heading, known_headings
from dagster_project.intake.parse.other_forms import resembles_another
from dagster_project.intake.parse.row_words import is_figure, names_class, total_label

#: Columns of one feed that may be read so.
_MOST_ASSUMED = 2
#: Cells of a row with figures, at least: others are lines.
_LEAST_FILLED = 3
#: Share of the cells of a column that must be its codes or choices; others may be faults.
_LEAST_SHARE = 0.9


@dataclass(frozen=True)
class AssumedHeading:
    """A heading that is read as that of a column.

    Attributes:
        row, column: its place as indexes of the grid it was found in.
        of: the column.
        by_content: by what stands below; otherwise another feed calls the same quantity so.
    """

    row: int
    column: int
    of: Column
    by_content: bool


def assumed_headings(
    grid: Grid, start: int, texts: Sequence[Sequence[str]], near: Sequence[NearMatch]
) -> list[AssumedHeading]:
    """The headings to assume so that a table can be read; none unless a single feed fits, and in a single way.

    Args:
        grid: the cells.
        start: index of the row that the texts begin with.
        texts: heading texts in the feeds' own words.
        near: feeds of which the texts lack some columns.
    """
    found = [own for match in near if (own := _of_feed(grid.rows[start:], texts, match))]
    return found[0] if len(found) == 1 else []


def with_assumed(texts: list[list[str]], assumed: Sequence[AssumedHeading]) -> list[list[str]]:
    """The heading texts with the feeds' own words in the place of the assumed ones."""
    patched = [list(row) for row in texts]
    for heading in assumed:
        patched[heading.row][heading.column] = normalise_heading(heading.of.heading_zh)
    return patched


def note_assumed(grid: Grid, feed: Feed, assumed: Sequence[AssumedHeading]) -> Iterator[Problem]:
    """A note about each assumed heading.

    Args:
        grid: the cells, from the row that the headings' places are counted from.
        feed: the feed that is read by them.
        assumed: the headings.
    """
    for heading in assumed:
        place: dict[str, Any] = {
            "sheet": grid.sheet,
            "feed": feed.feed,
            "column_name": heading.of.name,
            "column_zh": heading.of.heading_zh,
            "cell": grid.address(heading.column, grid.first_row + heading.row),
            "value": clean_text(grid.rows[heading.row][heading.column]),
        }
        place["heading"] = place["value"]
        if heading.by_content:
            yield problem("ASSUMED_HEADING", "content", **place)
        else:
            yield problem("ASSUMED_HEADING", "other_feed", **place)


def _of_feed(
    rows: Sequence[list[Any]], texts: Sequence[Sequence[str]], match: NearMatch
) -> list[AssumedHeading]:
    """The columns that can be assumed to be those a feed lacks; none if one of them isn't found, or if several could be it."""
    feed, heading = match.feed, match.heading
    missing = [c for c in feed.columns if c.is_in_every_form and c.name not in heading.names]
    if feed.is_ledger or not 0 < len(missing) <= _MOST_ASSUMED:
        return []
    if any(not set(group).intersection(heading.names) for group in feed.one_of):
        return []
    figures = [j for j, name in heading.columns.items() if feed.column(name).is_number]
    table = _Table(
        {
            j: (i, text)
            for i in range(heading.first, heading.last + 1)
            for j, text in enumerate(texts[i])
            if text and j not in heading.columns
        },
        {text for row in texts[heading.first : heading.last + 1] for text in row if text},
        _rows_with_figures(rows[heading.last + 1 :], figures),
    )
    chosen = []
    for column in missing:
        is_key = column.name in feed.grain and column.type in ("code", "choice")
        places = [
            AssumedHeading(i, j, column, is_key)
            for j, (i, text) in table.free.items()
            if (is_key and _is_unknown(text) and table.is_filled_with(column, j))
            or (
                not is_key
                and _is_same_quantity(column, text, feed, table)
                and not any(resembles_another(other, feed) for k, (_, other) in table.free.items() if k != j)
            )
        ]
        if len(places) != 1:
            return []
        chosen += places
    return chosen if len({h.column for h in chosen}) == len(chosen) else []


def _rows_with_figures(rows: Sequence[Sequence[Any]], figures: Sequence[int]) -> list[Sequence[Any]]:
    """Rows with several cells, one of them a figure if the columns of some are known; totals left out."""
    return [
        row
        for row in rows
        if sum(not is_blank(c) for c in row) >= _LEAST_FILLED
        and (not figures or any(is_figure(row[k]) for k in figures if k < len(row)))
        and not total_label(list(row))
    ]


@dataclass(frozen=True)
class _Table:
    """What a table says besides the columns that are known.

    Attributes:
        free: row and text of the headings of other columns, by column index.
        words: all texts of the heading.
        rows: its rows with figures.
    """

    free: dict[int, tuple[int, str]]
    words: set[str]
    rows: list[Sequence[Any]]

    def cells(self, j: int) -> list[Any]:
        """The filled cells of a column; none if most of its cells are blank."""
        cells = [row[j] for row in self.rows if j < len(row) and not is_blank(row[j])]
        return cells if 2 * len(cells) >= len(self.rows) else []

    def is_filled_with(self, column: Column, j: int) -> bool:
        """True if a column has hardly anything but values of a feed's column."""
        cells = self.cells(j)
        faults = convert_column(cells, column).faults
        return bool(cells) and len(cells) - len(faults) >= _LEAST_SHARE * len(cells)

    def names_classes(self) -> bool:
        """True if some column of unknown heading is filled with names of classes or grades: 二年级, 3班."""
        return any(
            (cells := self.cells(j))
            and all(isinstance(c, str) and (names_class(c) or clean_text(c).endswith("级")) for c in cells)
            for j in self.free
        )


def _is_unknown(text: str) -> bool:
    return text not in known_headings() and not is_year_heading(text)


def _is_same_quantity(column: Column, text: str, feed: Feed, table: _Table) -> bool:
    """True if another feed calls the column so, and the table has none of the keys by which that one is finer."""
    if not column.is_number:
        return False
    for other in load_feeds().values():
        if other is feed or other.is_ledger or other.names_by_heading.get(text) != column.name:
            continue
        finer = set(other.grain) - set(feed.grain)
        has_key = any(other.names_by_heading.get(word) in finer for word in table.words)
        if not has_key and not ("class_name" in finer and table.names_classes()):
            return True
    return False
