"""Rows of one key that something outside the feed tells apart: none of them is the whole, and none a repetition."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading, is_year_heading, known_reading
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.row_words import names_class
from dagster_project.intake.parse.sheet_words import load_words, total_word, unit_of

#: Longer lines, and those with a label or a sentence, are no titles of sections.
_LONGEST_SECTION = 16
_NO_SECTION = re.compile(r"[:：。；;，,？！]|第?\s*\d+\s*页|\d\s*/\s*\d|[（(]?续|签|章|附件|附表")


@dataclass(frozen=True)
class Tellers:
    """What may tell rows of a table apart besides the feed's columns.

    Attributes:
        grid: the cells of the table.
        columns: headings, by column index, of columns that tell rows apart whatever their figures.
        others: the same of columns that do so only where all figures are equal: remarks, parts of a figure, unnamed
            ones, the school's name.
        sections: title of the section by row number.
        name: index of the column of schools' names; a blank one is none of another school.
        keys: of `columns`, those by which another feed splits the same figures: a row is of one class or grade.
    """

    grid: Grid
    columns: Mapping[int, str]
    others: Mapping[int, str]
    sections: Mapping[int, str]
    name: int | None = None
    keys: frozenset[int] = frozenset()


@dataclass
class ReadTable:
    """Rows of one table as read: key, figures, and what may tell them apart; `first` is the place of the first one."""

    tellers: Tellers
    records: Sequence[Row]
    keys: list[tuple[Any, ...]]
    compared: list[tuple[Any, ...]]
    schools: Sequence[str | None]
    first: int
    part: int

    @cached_property
    def by_key(self) -> dict[tuple[Any, ...], list[int]]:
        """Places of the rows by key."""
        found: dict[tuple[Any, ...], list[int]] = {}
        for i, key in enumerate(self.keys):
            if None not in key:
                found.setdefault(key, []).append(i)
        return found


def tellers_of(
    grid: Grid,
    feed: Feed,
    heading: Heading,
    mapped: set[int],
    sections: Mapping[int, str],
    unnamed: Mapping[int, str],
) -> Tellers:
    """What may tell the rows of a table apart.

    Args:
        grid: the cells of the table.
        feed: its feed.
        heading: its heading.
        mapped: indexes of the columns that some feed reads.
        sections: title of the section by row number.
        unnamed: letters, by column index, of filled columns without a heading.
    """
    words = load_words()
    columns: dict[int, str] = {}
    keys: set[int] = set()
    finer = finer_keys(feed, heading.names)
    others: dict[int, str] = dict(unnamed)
    for i in range(heading.first, heading.last + 1):
        for j, cell in enumerate(grid.rows[i]):
            if not isinstance(cell, str) or is_blank(cell) or j in mapped:
                continue
            text = known_reading(normalise_heading(cell))
            if unit_of(text) or is_year_heading(text) or any(word in text for word in words.numberings):
                continue
            is_weak = j in heading.covered or any(word in text for word in words.remarks)
            (others if is_weak else columns)[j] = clean_text(cell)
            if text in finer:
                keys.add(j)
    if "school_name" in heading.names:
        j = heading.names["school_name"]
        others[j] = clean_text(grid.rows[heading.last][j] if j < len(grid.rows[heading.last]) else "")
    return Tellers(grid, columns, others, sections, heading.names.get("school_name"), frozenset(keys))


def finer_keys(feed: Feed, names: Collection[str]) -> frozenset[str]:
    """Normalised headings of the keys by which another feed splits a figure of a feed: 班级, 年级 beside 在校生数.

    Args:
        feed: the feed.
        names: its columns in a table.
    """
    figures = {name for name in names if feed.column(name).is_number}
    return frozenset(
        text
        for other in load_feeds().values()
        if figures.intersection(c.name for c in other.columns) and set(feed.grain) < set(other.grain)
        for text, name in other.names_by_heading.items()
        if name in other.grain and name not in feed.grain
    )


def sections_of(
    lines: Sequence[Row], body: Sequence[Row], records: Sequence[Row], before: str
) -> tuple[dict[int, str], str]:
    """Title of the section that each record stands under, by row number, and the last one.

    Args:
        lines: rows above the heading.
        body: rows below it.
        records: those of them that are records.
        before: section at the end of the table above.
    """
    section = next((title for _, row in reversed(lines) if (title := _title(row))), before)
    found: dict[int, str] = {}
    numbers = {n for n, _ in records}
    for number, row in body:
        if number in numbers:
            found[number] = section
        else:
            section = _title(row) or section
    return found, section


def _title(row: Sequence[Any]) -> str:
    """Text of a row that is the title of a section: short, alone in its row; '' for other rows."""
    texts = [c for c in row if not is_blank(c)]
    if len(texts) != 1 or not isinstance(texts[0], str):
        return ""
    text = clean_text(texts[0])
    if len(text) > _LONGEST_SECTION or _NO_SECTION.search(text) or unit_of(text) or total_word(text):
        return ""
    return normalise_heading(text)


def list_told_apart(sheet: ParsedSheet, feed: Feed, table: ReadTable) -> set[int]:
    """List rows of one key that only something outside the feed tells apart: a grade, a campus, a section's title.

    Args:
        sheet: gets the problems, and the table for comparison with later ones.
        feed: the feed.
        table: the rows.

    Returns:
        Places of these records in the sheet's columns.
    """
    if feed.is_ledger:
        return set()
    sheet.read_tables.append(table)
    found = _list_parts(sheet, feed, table) if table.tellers.keys else set()
    if len(sheet.read_tables) == 1 and len(set(table.keys)) == len(table.keys):
        return found
    for key, rows in table.by_key.items():
        same = (
            [(t, i) for t in sheet.read_tables[:-1] for i in t.by_key.get(key, ())]
            if len(sheet.read_tables) > 1
            else []
        )
        same += [(table, i) for i in rows]
        if len(same) > 1:
            telling = _telling(same)
            if telling is not None:
                for t, i in same:
                    found.add(t.first + i)
                    _list_row(sheet, feed, t, i, *telling)
    return found


def _list_parts(sheet: ParsedSheet, feed: Feed, table: ReadTable) -> set[int]:
    """List rows that are alone under their key and are of one class or grade: their figures are not the school's."""
    found: set[int] = set()
    for rows in table.by_key.values():
        for i in rows if len(rows) == 1 else ():
            j = next((j for j in sorted(table.tellers.keys) if _names_part(_word(table, i, j))), None)
            if j is not None:
                found.add(table.first + i)
                _list_row(sheet, feed, table, i, table.tellers.columns[j], j, is_alone=True)
    return found


def _names_part(word: str) -> bool:
    """True for the name of a class or a grade: 1班, 一年级; false for a count, a total and a blank."""
    if not word or word.isdigit() or total_word(word):
        return False
    return names_class(word) or word.endswith("级")


def _telling(same: Sequence[tuple[ReadTable, int]]) -> tuple[str, int | None] | None:
    """Heading of what differs between rows of one key, and its column index if it is one; None if nothing does."""
    one = same[0][0]
    is_one_table = all(t is one for t, _ in same)
    is_equal = len({t.compared[i] for t, i in same}) == 1
    if is_one_table:
        for j, heading_zh in (
            *one.tellers.columns.items(),
            *(one.tellers.others.items() if is_equal else ()),
        ):
            words = {_word(t, i, j) for t, i in same}
            if len(words - {""} if j == one.tellers.name else words) > 1:
                return heading_zh, j
    sections = [t.tellers.sections.get(t.records[i][0], "") for t, i in same]
    if is_equal and len(set(sections)) > 1:
        return next(text for text in reversed(sections) if text), None
    return None


def _word(table: ReadTable, i: int, j: int) -> str:
    row = table.records[i][1]
    return re.sub(r"\s", "", clean_text(row[j])) if j < len(row) else ""


def _list_row(
    sheet: ParsedSheet,
    feed: Feed,
    table: ReadTable,
    i: int,
    heading_zh: str,
    j: int | None,
    *,
    is_alone: bool = False,
) -> None:
    number = table.records[i][0]
    finding = problem(
        "TOLD_APART_BY_UNREAD_COLUMN",
        "section" if j is None else "alone" if is_alone else "column",
        sheet=sheet.sheet,
        feed=feed.feed,
        part=table.part,
        row_number=number,
        cell=table.tellers.grid.address(j or 0, number),
        school_code=table.schools[i] or "",
        unread_zh=heading_zh,
        part_zh=_word(table, i, j or 0),
    )
    if finding not in sheet.problems:
        sheet.problems.append(finding)
