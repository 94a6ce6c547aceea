"""The tables of a sheet: one below the other, or side by side, each with its own heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from dagster_project.intake.feeds import Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.groups import part_named, without_parts
from dagster_project.intake.parse.headings import (
    Heading,
    NearMatch,
    heading_texts,
    identity_headings,
    is_heading_row,
    known_reading,
    known_texts,
    recognise_feeds,
)
from dagster_project.intake.parse.headings_by_content import AssumedHeading, assumed_headings, with_assumed
from dagster_project.intake.parse.repeated_groups import groups_apart
from dagster_project.intake.parse.row_words import is_figure
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import (
    is_example,
    load_words,
    total_word,
    units_stated,
    without_marks,
)
from dagster_project.intake.parse.spans import with_spans
from dagster_project.intake.parse.table_beside import columns_of_return
from dagster_project.intake.parse.years import years_in

#: Rows above a row of headings that may belong to the same merged heading.
_HEADING_REACH = 2
#: Texts in columns of figures that make a row a heading though no feed knows a word of it.
_LEAST_UNKNOWN = 2


@dataclass(frozen=True)
class Table:
    """One table of a sheet.

    Attributes:
        grid: its cells: all columns of the sheet, or those of the table where others stand beside it; from the row
            after the table above it to the row before the next table.
        found: feeds that its heading holds, with the heading.
        near: feeds some of whose columns the heading lacks, if it holds no feed.
        texts: heading texts of `grid`, in the feeds' own words.
        lines: rows above the heading that may speak of the table: titles, units.
        beside: the same rows with the cells above the tables beside it, if there are any.
        assumed: headings that are none of a feed's words, with their places in `grid`.
        group: letter of its last column, if it shares the columns of codes with tables beside it.
        aside: columns of a table of something else that stands beside it, if there is one.
        unread: rows above the heading that hold records of a table without a known heading; none if it has no rows.
    """

    grid: Grid
    found: list[tuple[Feed, Heading]]
    near: list[NearMatch]
    texts: list[list[str]]
    lines: list[tuple[int, list[Any]]] = field(default_factory=list)
    beside: list[tuple[int, list[Any]]] = field(default_factory=list)
    unread: Grid | None = None
    group: str = ""
    aside: Grid | None = None
    assumed: list[AssumedHeading] = field(default_factory=list)


def find_tables(grid: Grid, school_year: int) -> list[Table]:
    """The tables of a sheet, from left to right and from top to bottom; if none is recognised, tables without a feed.

    Args:
        grid: the sheet.
        school_year: year of the folder: where a heading stands under several years, this one's column is read.
    """
    bands = _bands(grid)
    top = min((band.first_row + first for band, first in bands), default=1)
    shared = list(zip(range(grid.first_row, top), grid.rows, strict=False))
    return [
        table for band, _ in bands for table in _stacked(band, school_year, shared if len(bands) > 1 else [])
    ]


def heading_rows(table: Table) -> tuple[int, int]:
    """Index of the first and last row of a table's heading."""
    return min(h.first for _, h in table.found), max(h.last for _, h in table.found)


def _bands(grid: Grid) -> list[tuple[Grid, int]]:
    """Parts of a sheet that stand beside each other, wherever their headings begin, with the row index of the first.

    One part if the sheet's tables only follow each other.
    """
    texts = known_texts(heading_texts(grid))
    identities = identity_headings()
    spans: list[list[int]] = []  # left, right, row
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            if text in identities:
                left, right = _run(grid, i, j)
                if spans and any(left <= s[1] and s[0] <= right for s in spans):
                    for s in spans:
                        if left <= s[1] and s[0] <= right:
                            s[0], s[1], s[2] = min(left, s[0]), max(right, s[1]), min(i, s[2])
                else:
                    spans.append([left, right, i])
    spans.sort()
    if len(spans) < 2 or any(a[1] >= b[0] for a, b in pairwise(spans)):
        return [(grid, 0)]
    bounds: list[int | None] = [0, *(s[0] for s in spans[1:]), None]
    parts = [
        (_columns_of(grid, left or 0, right), s[2])
        for (left, right), s in zip(pairwise(bounds), spans, strict=True)
    ]
    complete = [bool(recognise_feeds(known_texts(heading_texts(part)))[0]) for part, _ in parts]
    if all(complete) or (any(complete) and len({s[2] for s in spans}) == 1):
        return parts
    return [(grid, 0)]


def _run(grid: Grid, i: int, j: int) -> tuple[int, int]:
    """First and last column of the texts that stand without a gap around a cell, in its row or the row below."""

    def is_text(k: int) -> bool:
        return any(
            k < len(row) and isinstance(row[k], str) and not is_blank(row[k]) and not is_code(row[k])
            for row in grid.rows[i : i + 2]
        )

    left = right = j
    while left > 0 and is_text(left - 1):
        left -= 1
    while is_text(right + 1):
        right += 1
    return left, right


def _stacked(grid: Grid, school_year: int, shared: Sequence[tuple[int, list[Any]]]) -> list[Table]:
    """The tables of a part of a sheet, from top to bottom."""
    tables: list[Table] = []
    years: set[object] = {school_year}
    start = 0
    while start < len(grid.rows):
        texts = known_texts(heading_texts(grid, start))
        found, near = recognise_feeds(texts)
        assumed = [] if found else assumed_headings(grid, start, texts, near)
        if assumed:
            texts = with_assumed(texts, assumed)
            found, near = recognise_feeds(texts)
        if not found:
            rest = _rows_of(grid, start, len(grid.rows))
            if not tables or any(is_heading_row(row) for row in rest.rows) or _with_codes(rest.rows):
                tables += _unknown_tables(rest) or [Table(rest, [], near, texts)]
            break
        first = min(heading.first for _, heading in found)
        together = [(f, h) for f, h in found if h.first <= first + _HEADING_REACH]
        block = _rows_of(grid, start, len(grid.rows))
        end = start + _end_of_table(block, _placed(block, together, school_year), school_year, years)
        years = {said for said in _stated(block.rows[:first]) if isinstance(said, int)} or years
        block = _rows_of(grid, start, end)
        beside = [] if tables else list(shared)
        above = _rows_of(grid, start, start + first)
        unread = above if _with_codes(above.rows) else None
        new = _side_by_side(block, together, school_year) or _in_groups(block, together, texts, school_year)
        if len(new) > 1:
            beside = list(zip(range(block.first_row, block.first_row + first), block.rows, strict=False))
        for table in new:
            upper = heading_rows(table)[0]
            own_lines = table.grid.rows[:upper]
            if table.aside is not None and not any(not is_blank(c) for row in own_lines for c in row):
                own_lines = block.rows[:upper]  # a title over both
            lines = list(
                zip(range(table.grid.first_row, table.grid.first_row + upper), own_lines, strict=True)
            )
            tables.append(replace(table, lines=lines, beside=beside, unread=unread, assumed=assumed))
            unread = None
        start = end
    return tables


def _unknown_tables(grid: Grid) -> list[Table]:
    """Tables of which none is recognised, each from its row with a heading of codes on; none if there are fewer than two."""
    starts = [i for i, row in enumerate(grid.rows) if _names_identity(row)]
    if len(starts) < 2:
        return []
    tables = []
    for start, end in pairwise([0, *starts[1:], len(grid.rows)]):
        part = _rows_of(grid, start, end)
        texts = known_texts(heading_texts(part))
        tables.append(Table(part, [], recognise_feeds(texts)[1], texts))
    return tables


def _placed(grid: Grid, found: list[tuple[Feed, Heading]], school_year: int) -> list[tuple[Feed, Heading]]:
    return [
        (feed, with_spans(grid, feed, without_parts(grid, feed, heading, school_year)))
        for feed, heading in found
    ]


def _with_codes(rows: Sequence[Sequence[Any]]) -> bool:
    """True if some row has a school's code and a figure, and is no example."""
    return any(
        sum(1 for c in row if not is_blank(c)) >= 3
        and any(is_figure(c) for c in row if not is_code(c))
        and any(is_code(c) and len(clean_text(c)) == 10 for c in row)
        and not any(
            isinstance(c, str)
            and (is_example(c) or ":" in (text := normalise_heading(c)) or text in identity_headings())
            for c in row
        )
        for row in rows
    )


def _rows_of(grid: Grid, start: int, end: int) -> Grid:
    """The grid's rows from one index to before another, at their own places in the sheet."""
    if start == 0 and end == len(grid.rows):
        return grid
    return replace(grid, rows=grid.rows[start:end], first_row=grid.first_row + start, warnings=[])


def _columns_of(grid: Grid, start: int, end: int | None) -> Grid:
    """The grid's columns from one index to before another, at their own places in the sheet."""
    rows = [row[start:end] for row in grid.rows]
    return replace(grid, rows=rows, first_column=grid.first_column + start, warnings=[], is_ragged=False)


def _end_of_table(grid: Grid, found: list[tuple[Feed, Heading]], school_year: int, years: set[object]) -> int:
    """Index of the first row that belongs to the next table or to its title; the number of rows if there is none.

    A heading that repeats this table's (on the next page) doesn't end it, unless a line before it states a year or a
    unit.
    """
    feed, heading = found[0]
    identity = heading.names[feed.identity]
    figures = [
        j for f, h in found for n, j in h.names.items() if f.column(n).is_number and n not in f.key_columns
    ]
    last_record = max(h.last for _, h in found)
    stated = _stated(grid.rows[: min(h.first for _, h in found)])
    stated |= set() if any(isinstance(said, int) for said in stated) else years
    i = last_record
    while i + 1 < len(grid.rows):
        i += 1
        row = grid.rows[i]
        if identity < len(row) and is_code(row[identity]):
            last_record = i
            continue
        if is_heading_row(row) or _names_identity(row):
            start = max(i - _HEADING_REACH, last_record + 1)
            below = _rows_of(grid, start, min(i + 2 * _HEADING_REACH + 2, len(grid.rows)))
            others, _ = recognise_feeds(known_texts(heading_texts(below)))
            others = _placed(below, others, school_year)
            if others and _with_codes(grid.rows[i : start + min(h.first for _, h in others)]):
                others = []  # the row is the heading of yet another table, above the one that is known
            first = start + min(h.first for _, h in others) if others else i
            between = grid.rows[last_record + 1 : first]
            if others and _shape(below, others) == _shape(grid, found) and _stated(between) <= stated:
                i = last_record = start + max(h.last for _, h in others)
                continue
            if not others and _repeats(grid, heading, row):
                continue
        elif figures and _is_unknown_heading(grid, i, identity, figures):
            first = i
        else:
            continue
        return _first_line(grid, last_record + 1, first, figures)
    return len(grid.rows)


def _shape(grid: Grid, found: list[tuple[Feed, Heading]]) -> object:
    """What makes two headings the same: each feed's columns, and the texts and units in which they are written."""
    return [
        (
            feed.feed,
            sorted(heading.names.items()),
            [
                {normalise_heading(c) for c in grid.rows[i] if isinstance(c, str) and not is_blank(c)}
                for i in range(heading.first, heading.last + 1)
            ],
        )
        for feed, heading in found
    ]


def _names_identity(row: Sequence[Any]) -> bool:
    """True for a row of texts one of which is the heading of a code."""
    filled = [c for c in row if not is_blank(c)]
    if len(filled) < 2 or not all(isinstance(c, str) and not is_code(c) for c in filled):
        return False
    return any(len(c) <= 20 and known_reading(normalise_heading(c)) in identity_headings() for c in filled)


def _repeats(grid: Grid, heading: Heading, row: Sequence[Any]) -> bool:
    """True for a row with most of the heading's texts at their places, and no other text in a column that is read."""
    texts = {(j, normalise_heading(c)) for j, c in enumerate(row) if isinstance(c, str) and not is_blank(c)}
    own = {
        (j, normalise_heading(c))
        for i in range(heading.first, heading.last + 1)
        for j, c in enumerate(grid.rows[i])
        if isinstance(c, str) and not is_blank(c)
    }
    others = {j for j, _ in texts - own}
    return 2 * len(texts & own) >= len(texts) and not others & set(heading.columns)


def _is_unknown_heading(grid: Grid, i: int, identity: int, figures: Sequence[int]) -> bool:
    """True for a row of texts where the figures stand, above a row with a code: the heading of another table."""
    row = grid.rows[i]
    below = grid.rows[i + 1] if i + 1 < len(grid.rows) else []
    if not (identity < len(below) and is_code(below[identity])):
        return False
    filled = [c for c in row if not is_blank(c)]
    if not all(isinstance(c, str) and len(c) <= 20 for c in filled):
        return False
    nouns = load_words().figure_nouns
    texts = [
        without_marks(normalise_heading(row[j])) for j in figures if j < len(row) and not is_blank(row[j])
    ]
    notes = load_words().form_notes  # 整数, 填整数: what to fill in below the heading
    named = [t for t in texts if len(t) > 1 and t.endswith(nouns) and not total_word(t) and t not in notes]
    return len(named) >= _LEAST_UNKNOWN and 2 * len(named) > len(texts)


def _stated(rows: Sequence[Sequence[Any]]) -> set[object]:
    """Years and units that lines state."""
    texts = [c for row in rows for c in row if isinstance(c, str) and not is_blank(c)]
    return {said for text in texts for said in (*years_in(clean_text(text)), *units_stated(text))}


def _first_line(grid: Grid, start: int, first: int, figures: Sequence[int]) -> int:
    """Index of the first row between two tables that belongs to the lower one.

    Totals and rows with figures belong to the upper one, and so does a note directly below it.
    """
    for i in range(start, first):
        row = grid.rows[i]
        has_figure = any(j < len(row) and is_figure(row[j]) for j in figures)
        texts = [c for c in row if isinstance(c, str) and not is_blank(c)]
        titles_part = len(texts) == 1 and bool(part_named(texts[0]))
        if has_figure or (not titles_part and any(total_word(c) for c in texts)):
            start = i + 1
    notes = load_words().notes
    while start < first and any(
        isinstance(c, str) and clean_text(c).startswith(notes) for c in grid.rows[start]
    ):
        start += 1
    return start


def _side_by_side(grid: Grid, found: list[tuple[Feed, Heading]], school_year: int) -> list[Table]:
    """Tables beside each other, each with a column of codes of its own; none if the columns are one table's."""
    feed, heading = found[0]
    identities = sorted(j for j, name in heading.columns.items() if name == feed.identity)
    if len(identities) < 2:
        return []
    tables = []
    bounds: list[int | None] = [0, *_starts(grid, heading, identities), None]
    for left, right in pairwise(bounds):
        part = _columns_of(grid, left or 0, right)
        texts = known_texts(heading_texts(part))
        own, _ = recognise_feeds(texts)
        if not own:
            return []
        tables.append(Table(part, _placed(part, own, school_year), [], texts))
    return tables


def _in_groups(
    grid: Grid, found: list[tuple[Feed, Heading]], texts: list[list[str]], school_year: int
) -> list[Table]:
    """The tables of a heading: one, or several that share the columns of codes."""
    if len(found) == 1 and found[0][1].duplicates:
        feed, heading = found[0]
        groups = groups_apart(grid, feed, heading, school_year)
        if groups:
            return [
                Table(
                    own,
                    [(feed, with_spans(own, feed, own_heading))],
                    [],
                    known_texts(heading_texts(own)),
                    group=own.letter(max(own_heading.columns)),
                )
                for own, own_heading in groups
            ]
    if any(heading.duplicates for _, heading in found) and (own := columns_of_return(found, texts)):
        return [_without_table_beside(grid, *own, school_year)]
    return [Table(grid, _placed(grid, found, school_year), [], texts)]


def _without_table_beside(grid: Grid, start: int, end: int, school_year: int) -> Table:
    """The table in some columns of the grid, beside which another one stands on one side."""
    part = _columns_of(grid, start, end)
    texts = known_texts(heading_texts(part))
    aside = _columns_of(grid, 0, start) if start else _columns_of(grid, end, None)
    return Table(part, _placed(part, recognise_feeds(texts)[0], school_year), [], texts, aside=aside)


def _starts(grid: Grid, heading: Heading, identities: Sequence[int]) -> Iterator[int]:
    """First column of each table but the leftmost: behind a blank column, or as far before its code as in the first."""
    rows = grid.rows[heading.first : heading.last + 1]
    begin = min(heading.columns)
    offset = identities[0] - begin
    for left, right in pairwise(identities):
        blank = [j for j in range(left + 1, right) if all(j >= len(row) or is_blank(row[j]) for row in rows)]
        if blank:
            yield max(blank) + 1
            continue
        before = [heading.columns.get(j) for j in range(right - offset, right)]
        is_same = before == [heading.columns.get(j) for j in range(begin, begin + offset)]
        yield right - offset if is_same and right - offset > left else right
