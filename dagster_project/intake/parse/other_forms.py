"""Which form a table resembles whose headings are none of it: named in the finding, and never taken for another one.

Forms share headings: the codes and stages of most, the pupils of some. So each heading counts for a form the less the
more forms know it, and what a table holds besides tells which one it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from dagster_project.intake.feeds import Column, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.headings import (
    Heading,
    NearMatch,
    known_headings,
    recognise_feeds,
)

#: Least share of a feed's required columns that makes a table resemble it.
_NEAR_PERCENT = 50
#: Figures of a feed, under its own headings or similar ones, that make a table resemble it whatever it lacks.
_LEAST_FIGURES = 2
#: Columns that say which school a row is of: a table of anything has them.
_OF_ANY_TABLE = frozenset(("school_code", "school_name"))
#: What a heading similar to a feed's counts, beside one of the feed's own.
_SIMILAR = 0.5
#: Least similarity of a heading to that of a column it may stand for.
_LEAST_SIMILARITY = 0.6


def explain_unrecognised(grid: Grid, texts: list[list[str]], near: Sequence[NearMatch]) -> list[Problem]:
    """Findings about a sheet without a feed: the columns that the nearest feed lacks, if there is one.

    Each heading that is written otherwise has a finding at its cell; the other columns have one together, at the empty
    cell behind the last heading.
    """
    nearest = _nearest(near, texts)
    if nearest is None:
        return [problem("UNRECOGNISED_SHEET", sheet=grid.sheet)]
    feed, heading = nearest.feed, nearest.heading
    missing = _lacking(nearest)
    similar = _similar_headings(missing, _other_headings(nearest, texts))
    places: dict[tuple[int, int], list[Column]] = {}
    for column in missing:
        places.setdefault(_place_to_mend(column, similar, texts, heading), []).append(column)
    found = []
    for (row, at), lacking in sorted(places.items()):
        keys = [c for c in lacking if c.name in feed.key_columns]
        number = grid.first_row + row
        cell = grid.address(at, number)
        found.append(
            problem(
                "MISSING_COLUMN",
                "own_heading_keys"
                if len(keys) == len(lacking)
                else "own_heading_some_keys"
                if keys
                else "own_heading",
                sheet=grid.sheet,
                feed=feed.feed,
                row_number=number,
                cell=cell,
                feed_zh=feed.name_zh,
                missing="、".join(_missing_column(column, similar) for column in lacking),
                behind=f"在表头后面（{cell} 起）" if all(c.name not in similar for c in lacking) else "",
                keys="、".join(f"“{column.heading_zh}”" for column in keys),
            )
        )
    return found


def _nearest(near: Sequence[NearMatch], texts: list[list[str]]) -> NearMatch | None:
    """The feed that a table without one resembles most; None if it resembles none enough."""
    nearest = max(near, key=lambda match: _resemblance(match, texts), default=None)
    if nearest is None or not (
        any(_likeness(match, texts) >= _NEAR_PERCENT for match in near)
        or len(_figures(nearest, texts)) >= _LEAST_FIGURES
    ):
        return None
    return nearest


def with_headings_mended(grid: Grid, texts: list[list[str]], near: Sequence[NearMatch]) -> Grid | None:
    """The table as it would be once its headings are written as asked for; None if a column is missing altogether.

    By it the faults below a misspelt heading are told with it, and not only when the sheet comes back.
    """
    nearest = _nearest(near, texts)
    if nearest is None:
        return None
    missing = _lacking(nearest)
    similar = _similar_headings(missing, _other_headings(nearest, texts))
    if not missing or any(column.name not in similar for column in missing):
        return None
    rows = [list(row) for row in grid.rows]
    for column in missing:
        row, at = _place_to_mend(column, similar, texts, nearest.heading)
        rows[row][at] = column.heading_zh
    return replace(grid, rows=rows, warnings=[])


def form_beside(
    grid: Grid, texts: list[list[str]], first: int, mapped: set[int]
) -> tuple[Problem, set[int]] | None:
    """Finding about columns that no feed of a table reads, though together they are those of another form; and which.

    Args:
        grid: the table.
        texts: heading texts of its rows down to the last one of its heading.
        first: index of the heading's first row.
        mapped: column indexes that some feed reads.

    Returns:
        The finding and the column indexes it speaks of; None if no form is resembled.
    """
    unread = {text for row in texts[first:] for j, text in enumerate(row) if text and j not in mapped}
    if unread.isdisjoint(known_headings()):
        return None
    _, near = recognise_feeds(texts)
    rated = [(match, _figures(match, texts, besides=mapped)) for match in near]
    rated = [
        (match, figures)
        for match, figures in rated
        if len(figures) >= _LEAST_FIGURES and any(is_own for _, is_own in figures.values())
    ]
    if not rated:
        return None
    nearest, figures = max(rated, key=lambda of: (len(of[1]), *_resemblance(of[0], texts)))
    first, row = min((j, i) for j, (i, _) in figures.items())
    lacking = _lacking(nearest)
    similar = _similar_headings(lacking, [texts[i][j] for j, (i, is_own) in figures.items() if not is_own])
    finding = problem(
        "UNMAPPED_COLUMN",
        "other_form",
        sheet=grid.sheet,
        cell=grid.address(first, grid.first_row + row),
        column_zh=clean_text(grid.rows[row][first]),
        feed_zh=nearest.feed.name_zh,
        columns="、".join(f"“{clean_text(grid.rows[i][j])}”" for j, (i, _) in sorted(figures.items())),
        missing="、".join(_missing_column(column, similar) for column in lacking),
    )
    return finding, set(figures)


def resembles_another(text: str, feed: Feed) -> bool:
    """True for a heading that is, or resembles, that of a figure of another feed, and not as much one of this feed's."""
    own = max((_similarity(text, c) for c in feed.columns if c.is_number), default=0.0)
    return any(
        (likeness := _similarity(text, column)) >= _LEAST_SIMILARITY and likeness > own
        for other in load_feeds().values()
        if other is not feed
        for column in other.columns
        if column.is_number
    )


def _similarity(text: str, column: Column) -> float:
    """How much a heading is like that of a column: 1 where it is one of them, or a short form of its own one."""
    headings = column.headings()
    if text in headings or _short_form(column, [text]):
        return 1.0
    return max(difflib.SequenceMatcher(None, heading, text).ratio() for heading in headings)


def _figures(
    match: NearMatch, texts: list[list[str]], besides: set[int] | None = None
) -> dict[int, tuple[int, bool]]:
    """Row, and whether the heading is the feed's own, by index of each column that is or resembles a figure of a feed."""
    feed, heading = match.feed, match.heading
    figures = [c for c in feed.columns if c.is_number and c.name not in feed.key_columns]
    own = {h for column in figures for h in column.headings()}
    lacking = [c for c in figures if c.name not in heading.names]
    return {
        j: (i, text in own)
        for i in range(heading.first, heading.last + 1)
        for j, text in enumerate(texts[i])
        if text
        and j not in (besides or ())
        and (text in own or any(_close_heading(column, [text]) for column in lacking))
    }


def _place_to_mend(
    column: Column, similar: dict[str, str], texts: list[list[str]], heading: Heading
) -> tuple[int, int]:
    """Row and column of the heading that is written otherwise, or else of the empty cell behind the last heading."""
    rows = range(heading.first, heading.last + 1)
    if close := similar.get(column.name):
        return next((i, texts[i].index(close)) for i in rows if close in texts[i])
    return heading.last, 1 + max((j for i in rows for j, text in enumerate(texts[i]) if text), default=-1)


def _resemblance(match: NearMatch, texts: list[list[str]]) -> tuple[float, int]:
    """How much of a table's heading a feed explains, each heading by how few feeds know it; then how much it lacks."""
    feed = match.feed
    unknown = [text for text in _other_headings(match, texts) if text not in known_headings()]
    own = sum(1 / _feeds_with(feed.column(name)) for name in match.heading.names)
    similar = sum(
        _SIMILAR / _feeds_with(column) for column in _lacking(match) if _close_heading(column, unknown)
    )
    return own + similar, _likeness(match, texts)


def _feeds_with(column: Column) -> int:
    """How many feeds know a column's own heading."""
    own = normalise_heading(column.heading_zh)
    return sum(own in feed.names_by_heading for feed in load_feeds().values())


def _likeness(match: NearMatch, texts: list[list[str]]) -> int:
    """Per cent of a feed's required columns that a sheet has, under their own heading or a short form of it (专任).

    None if it has only those that any table of schools has.
    """
    others = _other_headings(match, texts)
    short = sum(bool(_short_form(column, others)) for column in _missing_columns(match))
    if not short and _OF_ANY_TABLE.issuperset(match.heading.names):
        return 0
    return match.matched_percent + 100 * short // sum(
        column.is_in_every_form for column in match.feed.columns
    )


def _missing_columns(match: NearMatch) -> list[Column]:
    return [c for c in match.feed.columns if c.is_in_every_form and c.name not in match.heading.names]


def _lacking(match: NearMatch) -> list[Column]:
    """Required columns that a heading lacks, and the first of each group of which it has none."""
    groups = (g for g in match.feed.one_of if not set(g).intersection(match.heading.names))
    return [*_missing_columns(match), *(match.feed.column(group[0]) for group in groups)]


def _other_headings(match: NearMatch, texts: list[list[str]]) -> list[str]:
    """Headings of a sheet that are none of the feed's."""
    known = {text for column in match.feed.columns for text in column.headings()}
    rows = texts[match.heading.first : match.heading.last + 1]
    return [text for row in rows for text in row if text and text not in known]


def _short_form(column: Column, others: list[str]) -> str:
    """The heading of a sheet that is a part of a column's own heading, of two characters at least; empty if none is."""
    own = normalise_heading(column.heading_zh)
    parts = [text for text in others if len(text) > 1 and text in own]
    return max(parts, key=lambda text: (own.startswith(text), len(text)), default="")


def _missing_column(column: Column, similar: dict[str, str]) -> str:
    """Name of a missing column, with the heading that is written in its place."""
    close = similar.get(column.name)
    return f"“{column.heading_zh}”" + (f"（表中有相近的“{close}”，请改名）" if close else "")


def _similar_headings(missing: Sequence[Column], others: Sequence[str]) -> dict[str, str]:
    """Missing column, by its name → the heading that is written in its place; no heading stands for two columns."""
    pairs = []
    for column in missing:
        own = normalise_heading(column.heading_zh)
        for text in others:
            is_part = bool(_short_form(column, [text]))
            likeness = difflib.SequenceMatcher(None, text, own).ratio()
            if is_part or likeness >= _LEAST_SIMILARITY:
                pairs.append((is_part, is_part and own.startswith(text), likeness, column.name, text))
    found: dict[str, str] = {}
    for _, _, _, name, text in sorted(pairs, key=lambda pair: pair[:3], reverse=True):
        if name not in found and text not in found.values():
            found[name] = text
    return found


def _close_heading(column: Column, others: list[str]) -> str:
    """The heading of a sheet that is most like a missing column's; empty if none is."""
    own = normalise_heading(column.heading_zh)
    close = difflib.get_close_matches(own, others, n=1, cutoff=_LEAST_SIMILARITY)
    return _short_form(column, others) or "".join(close)
