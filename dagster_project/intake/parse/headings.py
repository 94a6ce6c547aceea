"""Which feed a sheet holds: its heading is found by the names of its columns, not by sheet or file name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dagster_project.intake.feeds import Column, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.rows import is_code

HEADING_SEARCH_ROWS = 40
#: Headings of columns that hold the year of a return.
YEAR_HEADINGS = frozenset(normalise_heading(t) for t in ("学年度", "学年", "填报年度", "年度", "school_year"))
#: Columns of row numbers, which are not reported as unread.
_NUMBERING_HEADINGS = frozenset(normalise_heading(t) for t in ("序号", "编号", "行次"))
#: A heading must match this share of a feed's required columns to be reported as that feed with columns missing.
_NEAR_PERCENT = 50
#: Rows above and below the best matching row that may belong to the same merged heading.
_HEADING_REACH = 2


@dataclass(frozen=True)
class Heading:
    """The heading of a feed in a grid; rows and columns are indexes of `Grid.rows`.

    Attributes:
        first: first row of the heading.
        last: last row of the heading.
        names: column index by feed column name; the leftmost where a name occurs twice.
        columns: feed column name by column index, including second occurrences.
        duplicates: feed column names of second occurrences.
    """

    first: int
    last: int
    names: dict[str, int]
    columns: dict[int, str]
    duplicates: tuple[str, ...]


@dataclass(frozen=True)
class NearMatch:
    """A feed some of whose required columns are missing in a heading."""

    feed: Feed
    heading: Heading
    matched_percent: int


def heading_texts(grid: Grid) -> list[list[str]]:
    """Normalised texts of the rows in which headings are searched; '' for cells that hold no text."""
    return [
        [normalise_heading(c) if isinstance(c, str) else "" for c in row]
        for row in grid.rows[:HEADING_SEARCH_ROWS]
    ]


def recognise_feeds(texts: list[list[str]]) -> tuple[list[tuple[Feed, Heading]], list[NearMatch]]:
    """Feeds whose required columns are all in the sheet, and feeds that lack some of them."""
    found = []
    near = []
    for feed in load_feeds().values():
        heading = find_heading(texts, feed)
        if heading is None:
            continue
        required = {c.name for c in feed.columns if c.required}
        present = set(heading.names)
        if required <= present and all(present.intersection(group) for group in feed.one_of):
            found.append((feed, heading))
        else:
            near.append(NearMatch(feed, heading, len(required & present) * 100 // len(required)))
    return found, near


def find_heading(texts: list[list[str]], feed: Feed) -> Heading | None:
    """Heading of a feed: the row that matches most of its columns, extended over the rows of a merged heading."""
    lookup = {text: column.name for column in feed.columns for text in column.headings()}
    matches = [{j: lookup[t] for j, t in enumerate(row) if t in lookup} for row in texts]
    best = max(range(len(matches)), key=lambda i: len(set(matches[i].values())), default=None)
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


def _last_repeated(matches: list[dict[int, str]], best: int) -> int:
    """Last row that repeats the heading: unmerging a merged heading leaves its text in each row."""
    last = best
    while last + 1 < len(matches) and len(matches[last + 1]) >= 2:
        same = {n for j, n in matches[last + 1].items() if matches[best].get(j) == n}
        if len(same) < 2:
            break
        last += 1
    return last


def heading_paths(texts: list[list[str]], last: int) -> dict[str, int]:
    """Column index by normalised heading, and by heading path (group>heading), of a heading's last row."""
    places: dict[str, int] = {}
    group = ""
    for j, text in enumerate(texts[last]):
        above = texts[last - 1][j] if last and j < len(texts[last - 1]) else ""
        group = above or group
        if text:
            places.setdefault(text, j)
            if group and group != text:
                places.setdefault(f"{group}>{text}", j)
    return places


def place_of(places: dict[str, int], heading: str) -> int | None:
    """Column index of a heading or heading path of a layout; None if the sheet has none."""
    return places.get(">".join(normalise_heading(part) for part in heading.split(">")))


def explain_unrecognised(grid: Grid, texts: list[list[str]], near: Sequence[NearMatch]) -> Problem:
    """Finding about a sheet without a feed: the columns that the nearest feed lacks, if there is one."""
    nearest = max(near, key=lambda match: match.matched_percent, default=None)
    if (
        nearest is None
        or nearest.matched_percent < _NEAR_PERCENT
        or nearest.feed.identity not in nearest.heading.names
    ):
        return problem("UNRECOGNISED_SHEET", sheet=grid.sheet)
    feed, heading = nearest.feed, nearest.heading
    missing = [c for c in feed.columns if c.required and c.name not in heading.names]
    missing += [feed.column(g[0]) for g in feed.one_of if not set(g).intersection(heading.names)]
    known = {text for column in feed.columns for text in column.headings()}
    others = [t for row in texts[heading.first : heading.last + 1] for t in row if t and t not in known]
    number = grid.first_row + heading.last
    return problem(
        "MISSING_COLUMN",
        "own_heading",
        sheet=grid.sheet,
        feed=feed.feed,
        row_number=number,
        cell=f"A{number}",
        feed_zh=feed.name_zh,
        missing="、".join(_missing_column(column, others) for column in missing),
    )


def _missing_column(column: Column, others: list[str]) -> str:
    """Name of a missing column, with the most similar one of the sheet's other headings."""
    close = difflib.get_close_matches(normalise_heading(column.heading_zh), others, n=1, cutoff=0.6)
    return f"“{column.heading_zh}”" + (f"（表中有相近的“{close[0]}”，请改名）" if close else "")


def duplicate_columns(sheet: str, feed: Feed, heading: Heading) -> Problem | None:
    """Finding about columns that occur twice in a heading; None if there are none."""
    if not heading.duplicates:
        return None
    names = "、".join(f"“{feed.column(n).heading_zh}”" for n in dict.fromkeys(heading.duplicates))
    return problem("DUPLICATE_COLUMN", sheet=sheet, feed=feed.feed, duplicates=names)


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
            if not text or j in mapped or text in _NUMBERING_HEADINGS or text in YEAR_HEADINGS:
                continue
            if any(texts[k][j] for k in range(i + 1, heading.last + 1) if j < len(texts[k])):
                continue  # the upper part of a merged heading
            problems.append(
                problem(
                    "UNMAPPED_COLUMN",
                    "named",
                    sheet=grid.sheet,
                    cell=grid.address(j, grid.first_row + i),
                    column_zh=clean_text(grid.rows[i][j]),
                )
            )
    return problems + _unnamed_columns(grid, texts, heading, mapped, identity)


def _unnamed_columns(
    grid: Grid, texts: list[list[str]], heading: Heading, mapped: set[int], identity: int
) -> list[Problem]:
    """One warning per column that has no heading but is filled in some row with a code."""
    below: list[list[Any]] = grid.rows[heading.last + 1 :]
    width = max((len(row) for row in below), default=0)
    named = {j for row in texts[heading.first : heading.last + 1] for j, text in enumerate(row) if text}
    heading_row = grid.first_row + heading.last
    problems = []
    for j in sorted(set(range(width)) - named - mapped):
        filled = (
            number
            for number, row in enumerate(below, heading_row + 1)
            if j < len(row) and not is_blank(row[j]) and is_code(row[identity] if identity < len(row) else "")
        )
        first = next(filled, None)
        if first is not None:
            problems.append(
                problem(
                    "UNMAPPED_COLUMN",
                    "unnamed",
                    sheet=grid.sheet,
                    cell=grid.address(j, heading_row),
                    letter=grid.letter(j),
                    filled_cell=grid.address(j, first),
                )
            )
    return problems
