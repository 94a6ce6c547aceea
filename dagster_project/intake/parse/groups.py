"""Headings of groups: what stands above a heading that a feed knows, and whether it makes another figure of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import Heading, known_reading
from dagster_project.intake.parse.sheet_words import load_words, total_word, unit_of, without_marks
from dagster_project.intake.parse.years import years_in

#: Rows above a heading in which its groups are named.
_REACH = 2
#: A line that is put together of clauses is an instruction, no heading.
_SENTENCE = re.compile("[，。；]")
_YEAR_WORDS = re.compile(
    r"20\d\d(?:\s*[-—–~～至/]\s*(?:20)?\d\d)?年?(?:学年度?|年度|度)?(?:第?[一二12]学期|[春秋]季?|\d{1,2}月)?"
)


def groups_above(grid: Grid, heading: Heading, j: int) -> Iterator[tuple[int, str]]:
    """Row index and text of each group that a column stands in, from the nearest up.

    A group's heading is merged over several columns, or stands in a row of the heading to the left of the column,
    above another heading. A title or a line over the whole table is none.

    Args:
        grid: the cells.
        heading: heading of a feed in them.
        j: index of a column.
    """
    row = max(
        (i for i in range(heading.first, heading.last + 1) if _is_own_text(grid, heading, i, j)),
        default=heading.first,
    )
    for i in range(row - 1, max(-1, heading.first - _REACH - 1), -1):
        left = _left_of_group(grid, heading, i, row, j)
        if left is None:
            continue
        text = clean_text(_cell(grid, i, left))
        if text and normalise_heading(text) != normalise_heading(clean_text(_cell(grid, row, j))):
            yield i, text


def _is_own_text(grid: Grid, heading: Heading, i: int, j: int) -> bool:
    name = heading.columns.get(j)
    text = _cell(grid, i, j)
    if name is None or not isinstance(text, str) or is_blank(text):
        return False
    known = known_reading(normalise_heading(text))
    return any(feed.names_by_heading.get(known) == name for feed in load_feeds().values())


def _left_of_group(grid: Grid, heading: Heading, i: int, below: int, j: int) -> int | None:
    """Column index of the text of the group that covers a column in a row; None if none does."""
    number, column = grid.first_row + i, grid.first_column + j
    identity = min(heading.columns)
    for top, left, bottom, right in grid.merges:
        if top <= number <= bottom and left <= column <= right and left < right:
            first, last = left - grid.first_column, right - grid.first_column
            if first <= identity <= last or top != number:
                return None
            return None if i < heading.first and _is_line(grid, heading, i, first, last) else first
    if not is_blank(_cell(grid, i, j)):
        left = j
    else:
        left = j
        while left >= 0 and is_blank(_cell(grid, i, left)):
            left -= 1
        if left < 0:
            return None
    if left <= identity or is_blank(_cell(grid, below, left)):
        return None  # a title, or the heading of its own column
    text = clean_text(_cell(grid, i, left))
    if i >= heading.first:
        return left
    # above the heading's rows only words that are sure to name a part: it may be a line about the table
    return left if part_named(text) and not _SENTENCE.search(text) else None


def _is_line(grid: Grid, heading: Heading, i: int, left: int, right: int) -> bool:
    """True for a merged cell above the heading that is a title or a line beside it, unless it names a part."""
    text = clean_text(_cell(grid, i, left))
    bare = normalise_heading(text)
    if part_named(text) or re.search(load_words().grades, bare):
        return False
    figures = {
        feed.column(name).name for feed in load_feeds().values() for name in heading.names
        if any(c.name == name and c.is_number for c in feed.columns)
    }  # fmt: skip
    if any(left <= j <= right and name not in figures for j, name in heading.columns.items()):
        return True
    return bool(re.search(load_words().lines, bare)) or bare.endswith(load_words().table_nouns)


def _cell(grid: Grid, i: int, j: int) -> object:
    return grid.rows[i][j] if 0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i]) else ""


def part_named(text: str, *, in_group: bool = True) -> str:
    """Word in a text that names a part of the pupils or of a figure (随迁子女); '' if there is none."""
    bare = normalise_heading(text)
    words = load_words()
    return next(
        (word for word in (*words.parts, *(words.group_parts if in_group else ())) if word in bare), ""
    )


def is_neutral(text: str, feed: Feed, school_year: int, own: str, below: str) -> bool:
    """True for the heading of a group that leaves each figure below it what it is (学生情况, 面积（亩）, 2024学年).

    Args:
        text: the group's heading.
        feed: the feed.
        school_year: year of the folder; a group of another year holds other figures.
        own: heading of the column below.
        below: headings of all columns below.
    """
    # 其中 alone stands over columns that say themselves what they are
    bare = re.sub(r"\A其中[:、,]?", "", without_marks(normalise_heading(text)))
    years = years_in(bare)
    if years and school_year not in years:
        return False
    bare = re.sub(r"第?[一二三四五六七八九十\d]部分", "", _YEAR_WORDS.sub("", bare))
    if part_named(bare) or re.search(load_words().grades, bare):
        return False
    if not bare or unit_of(bare) or total_word(bare):
        return True
    words = load_words()
    if bare in normalise_heading(feed.name_zh) or bare in own:
        return True
    # 体育教师 over 体育专任教师数 says nothing new, over 专任教师数 it does
    subjects = [word for word in words.subjects if word in bare]
    if subjects and not any(word in own for word in words.subjects):
        return False
    for word in sorted((*words.neutral, *subjects), key=len, reverse=True):
        bare = bare.replace(word, "")
    return set(re.sub(r"[\W\d_]+|[一二三四五六七八九十]", "", bare)) <= set(below)


def without_parts(grid: Grid, feed: Feed, heading: Heading, school_year: int) -> Heading:
    """The heading without the columns of figures that stand in a group of their own kind (随迁子女, 2022学年).

    Where a column occurs twice, the one outside such groups is kept.
    """
    groups: dict[tuple[int, str], list[int]] = {}
    for j, name in heading.columns.items():
        if feed.column(name).is_number and name not in feed.key_columns:
            for group in groups_above(grid, heading, j):
                groups.setdefault(group, []).append(j)
    narrowed: dict[int, tuple[str, str]] = {}
    for (_, text), members in groups.items():
        own = {j: normalise_heading(feed.column(heading.columns[j]).heading_zh) for j in members}
        for j in members:
            if not is_neutral(text, feed, school_year, own[j], "".join(own.values())):
                narrowed.setdefault(j, (heading.columns[j], text))
    if not narrowed:
        return heading
    columns = {j: name for j, name in heading.columns.items() if j not in narrowed}
    places: dict[str, list[int]] = {}
    for j in sorted(columns):
        places.setdefault(columns[j], []).append(j)
    return replace(
        heading,
        columns=columns,
        names={name: found[0] for name, found in places.items()},
        duplicates=tuple(name for name, found in places.items() for _ in found[1:]),
        narrowed={name: (j, text) for j, (name, text) in narrowed.items() if name not in places},
    )


def narrowed_heading(grid: Grid, feed: Feed, heading: Heading) -> Problem | None:
    """Finding about a column that the feed requires and that stands in a group of its own; None if there is none."""
    for name, (j, text) in heading.narrowed.items():
        column = feed.column(name)
        alternatives = [group for group in feed.one_of if name in group]
        is_needed = column.is_in_every_form or any(
            not set(group) & set(heading.names) for group in alternatives
        )
        if is_needed:
            number = grid.first_row + heading.last
            return problem(
                "NARROWED_HEADING",
                "group",
                sheet=grid.sheet,
                feed=feed.feed,
                row_number=number,
                column_name=name,
                column_zh=column.heading_zh,
                cell=grid.address(j, number),
                group=text,
                value=text,
            )
    return None
