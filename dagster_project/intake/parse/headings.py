"""Which feed a sheet holds: its heading is found by the names of its columns, not by sheet or file name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import (
    heading_readings,
    load_words,
    simplified,
    unit_of,
)

#: Rows below the start of a table in which its heading is searched; instructions may stand above it.
HEADING_SEARCH_ROWS = 200
#: Columns of row numbers, which are not reported as unread.
_NUMBERING_HEADINGS = frozenset(normalise_heading(t) for t in ("序号", "编号", "行次"))
#: Rows above and below the best matching row that may belong to the same merged heading.
_HEADING_REACH = 2
#: Headings of one feed that make a row the head of a table.
_LEAST_HEADINGS = 3
#: Longer texts are instructions.
_LONGEST_HEADING = 40
#: Readings of headings that are remembered.
_MOST_READINGS = 20_000


@dataclass(frozen=True)
class Heading:
    """The heading of a feed in a grid; rows and columns are indexes of `Grid.rows`.

    Attributes:
        first: first row of the heading.
        last: last row of the heading.
        names: column index by feed column name; the leftmost where a name occurs twice.
        columns: feed column name by column index, including second occurrences.
        duplicates: feed column names of second occurrences.
        parts: column index by feed column name where a heading spans several columns and none of them is the total.
        covered: indexes of the columns under such a heading that aren't its total (男, 女).
        narrowed: column index and heading of the group by feed column name, where the group makes another figure of it.
    """

    first: int
    last: int
    names: dict[str, int]
    columns: dict[int, str]
    duplicates: tuple[str, ...]
    parts: dict[str, int] = field(default_factory=dict)
    covered: frozenset[int] = frozenset()
    narrowed: dict[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class NearMatch:
    """A feed some of whose required columns are missing in a heading."""

    feed: Feed
    heading: Heading
    matched_percent: int


def is_year_heading(text: str) -> bool:
    """True for a normalised heading of a column that holds the year, term or day of each row's figures."""
    return text in load_words().year_headings


def heading_texts(grid: Grid, start: int = 0) -> list[list[str]]:
    """Normalised texts of the rows in which headings are searched; '' for cells that hold no text."""
    return [
        [normalise_heading(c) if isinstance(c, str) else "" for c in row]
        for row in grid.rows[start : start + HEADING_SEARCH_ROWS]
    ]


def known_texts(texts: list[list[str]]) -> list[list[str]]:
    """The texts with each heading that a feed knows in the feed's own words: without marks, units and notes."""
    known = _known_of(_Same(load_feeds()))
    words = {t: known.reading(t) if t else "" for t in set().union(*texts)}
    return [[words[t] for t in row] for row in texts]


class _Known:
    """Headings of the columns of all feeds, and what each text that was looked up is in their words."""

    def __init__(self, feeds: dict[str, Feed]) -> None:
        self.feeds = feeds
        #: Feed and column name by heading, for each feed that knows it.
        self.columns: dict[str, list[tuple[str, str]]] = {}
        for feed in feeds.values():
            for text, name in feed.names_by_heading.items():
                self.columns.setdefault(text, []).append((feed.feed, name))
        self.headings = frozenset(self.columns)
        self.identities = frozenset(
            text for feed in feeds.values() for text in feed.column(feed.identity).headings()
        )
        self._read: dict[str, str] = {}

    def reading(self, text: str) -> str:
        """A heading as a feed writes it, if one knows it without its marks, units and notes; else the text."""
        if text in self.headings or len(text) > _LONGEST_HEADING:
            return text
        if text not in self._read:
            if len(self._read) > _MOST_READINGS:
                self._read.clear()
            found = (
                reading
                for written in dict.fromkeys((text, simplified(text)))
                for reading, _ in heading_readings(written)
                if reading in self.headings
            )
            self._read[text] = next(found, text)
        return self._read[text]


@lru_cache(maxsize=1)
def _known_of(feeds: _Same) -> _Known:
    return _Known(feeds.feeds)


class _Same:
    """The loaded feeds as a key: equal only to themselves, so that feeds loaded anew are read anew."""

    def __init__(self, feeds: dict[str, Feed]) -> None:
        self.feeds = feeds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.feeds is self.feeds

    def __hash__(self) -> int:
        return id(self.feeds)


def known_headings() -> frozenset[str]:
    """Normalised headings of the columns of all feeds."""
    return _known_of(_Same(load_feeds())).headings


def identity_headings() -> frozenset[str]:
    """Normalised headings of the columns that say whose a row is: codes of schools and districts."""
    return _known_of(_Same(load_feeds())).identities


def known_reading(text: str) -> str:
    """A normalised heading in the words of the feed that knows it without its marks, units and notes; else the text."""
    return _known_of(_Same(load_feeds())).reading(text)


def recognise_feeds(texts: list[list[str]]) -> tuple[list[tuple[Feed, Heading]], list[NearMatch]]:
    """Feeds whose required columns are all in the sheet, and feeds that lack some of them."""
    found = []
    near = []
    matches = _matches(texts)
    for feed in load_feeds().values():
        rows = matches.get(feed.feed)
        heading = _heading_of(rows) if rows else None
        if rows is None or heading is None:
            continue
        while is_complete(feed, heading) and heading.first:
            earlier = _heading_of(rows[: heading.first])
            if earlier is None or not is_complete(feed, earlier):
                break
            heading = earlier
        if is_complete(feed, heading):
            found.append((feed, heading))
        else:
            required = {c.name for c in feed.columns if c.is_in_every_form}
            present = set(heading.names)
            near.append(NearMatch(feed, heading, len(required & present) * 100 // len(required)))
    return found, near


def is_complete(feed: Feed, heading: Heading) -> bool:
    """True if a heading has each column that every form of the feed has, and one of each group of `one_of`."""
    present = set(heading.names)
    required = {c.name for c in feed.columns if c.is_in_every_form}
    return required <= present and all(present.intersection(group) for group in feed.one_of)


def is_heading_row(row: Sequence[object]) -> bool:
    """True for a row with three headings of one feed at least, which are half of its filled cells or more."""
    texts = [normalise_heading(c) for c in row if isinstance(c, str) and c]
    if len(texts) < _LEAST_HEADINGS:
        return False
    known = [known_reading(t) for t in texts]
    filled = sum(1 for c in row if not is_blank(c))
    for feed in load_feeds().values():
        names = {feed.names_by_heading[t] for t in known if t in feed.names_by_heading}
        if len(names) >= _LEAST_HEADINGS and 2 * len(names) >= filled:
            return True
    return False


def _matches(texts: list[list[str]]) -> dict[str, list[dict[int, str]]]:
    """Per feed of which a heading occurs: for each row, the feed's column names by column index."""
    columns = _known_of(_Same(load_feeds())).columns
    found: dict[str, list[dict[int, str]]] = {}
    headings = columns.keys() & set().union(*texts)
    for i, row in enumerate(texts):
        if headings.isdisjoint(row):
            continue
        for j, text in enumerate(row):
            for feed, name in columns.get(text, ()):
                found.setdefault(feed, [{} for _ in texts])[i][j] = name
    return found


def _heading_of(matches: list[dict[int, str]]) -> Heading | None:
    """Heading of a feed: the row that matches most of its columns, extended over the rows of a merged heading.

    Args:
        matches: for each row, the feed's column names by column index.
    """
    best = max(
        range(len(matches)), key=lambda i: len(set(matches[i].values())) if matches[i] else 0, default=None
    )
    if best is None or len(set(matches[best].values())) < 2:
        return None
    first = last = best
    columns = dict(matches[best])
    names = set(columns.values())
    for step in (-1, 1):
        i = best + step
        while 0 <= i < len(matches) and abs(i - best) <= _HEADING_REACH:
            new = {j: n for j, n in matches[i].items() if n not in names and j not in columns}
            if new:
                columns.update(new)
                names |= set(new.values())
                first, last = min(first, i), max(last, i)
            i += step
    if last == best:
        last = _last_repeated(matches, best)
    placed: dict[str, int] = {}
    duplicates = []
    for j, name in sorted(columns.items()):
        if name in placed:
            duplicates.append(name)
        else:
            placed[name] = j
    return Heading(first, last, placed, columns, tuple(duplicates))


def text_at(grid: Grid, i: int, j: int) -> str:
    """Heading in a cell, in the feeds' own words; '' for a cell without text."""
    cell = grid.rows[i][j] if j < len(grid.rows[i]) else ""
    return known_reading(normalise_heading(cell)) if isinstance(cell, str) else ""


def _last_repeated(matches: list[dict[int, str]], best: int) -> int:
    """Last row that repeats the heading: unmerging a merged heading leaves its text in each row."""
    last = best
    while last + 1 < len(matches) and len(matches[last + 1]) >= 2:
        same = {n for j, n in matches[last + 1].items() if matches[best].get(j) == n}
        if len(same) < 2:
            break
        last += 1
    return last


def duplicate_columns(grid: Grid, feed: Feed, heading: Heading) -> list[Problem]:
    """A finding at each heading of a column that has occurred before in the heading, which names both cells."""

    def number_of(j: int, name: str) -> int:
        rows = range(heading.first, heading.last + 1)
        own = (i for i in rows if feed.names_by_heading.get(text_at(grid, i, j)) == name)
        return grid.first_row + next(own, heading.last)

    found = []
    for j, name in sorted(heading.columns.items()):
        before = heading.names[name]
        if name not in heading.duplicates or j == before:
            continue
        number = number_of(j, name)
        found.append(
            problem(
                "DUPLICATE_COLUMN",
                sheet=grid.sheet,
                feed=feed.feed,
                row_number=number,
                cell=grid.address(j, number),
                duplicates=f"“{feed.column(name).heading_zh}”",
                first=grid.address(before, number_of(before, name)),
            )
        )
    return found


def unread_columns(
    grid: Grid, texts: list[list[str]], heading: Heading, mapped: set[int], identity: int
) -> list[Problem]:
    """One warning per column that no feed of the sheet reads.

    Args:
        grid: the sheet.
        texts: its heading texts.
        heading: heading of the sheet's first feed.
        mapped: column indexes that some feed reads.
        identity: column index of the code that says whose row it is.
    """
    problems = []
    for i in range(heading.first, heading.last + 1):
        for j, text in enumerate(texts[i]):
            if not text or j in mapped or text in _NUMBERING_HEADINGS or is_year_heading(text):
                continue
            if any(texts[k][j] for k in range(i + 1, heading.last + 1) if j < len(texts[k])):
                continue  # the upper part of a merged heading
            if j in heading.covered or unit_of(text):
                continue
            problems.append(
                problem(
                    "UNMAPPED_COLUMN",
                    "named",
                    sheet=grid.sheet,
                    cell=grid.address(j, grid.first_row + i),
                    column_zh=clean_text(grid.rows[i][j]),
                )
            )
    for j, first in unnamed_columns(grid, texts, heading, mapped, identity).items():
        problems.append(
            problem(
                "UNMAPPED_COLUMN",
                "unnamed",
                sheet=grid.sheet,
                cell=grid.address(j, grid.first_row + heading.last),
                letter=grid.letter(j),
                filled_cell=grid.address(j, first),
            )
        )
    return problems


def unnamed_columns(
    grid: Grid, texts: list[list[str]], heading: Heading, mapped: set[int], identity: int
) -> dict[int, int]:
    """Columns that have no heading but are filled in some row with a code: the number of the first one, by index."""
    below: list[list[Any]] = grid.rows[heading.last + 1 :]
    width = max((len(row) for row in below), default=0)
    named = {j for row in texts[heading.first : heading.last + 1] for j, text in enumerate(row) if text}
    heading_row = grid.first_row + heading.last
    found = {}
    for j in sorted(set(range(width)) - named - mapped):
        filled = (
            number
            for number, row in enumerate(below, heading_row + 1)
            if j < len(row) and not is_blank(row[j]) and is_code(row[identity] if identity < len(row) else "")
        )
        first = next(filled, None)
        if first is not None:
            found[j] = first
    return found
