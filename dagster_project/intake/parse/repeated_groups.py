"""Tables side by side that share the columns of codes: 学校标识码, then 年级, 班级, 学生数 and again 年级, 班级, 学生数.

They are read where the reading is unique: behind the shared columns the same headings follow in the same order, and
each group has a key of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

from dagster_project.intake.feeds import Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.groups import is_neutral
from dagster_project.intake.parse.headings import Heading
from dagster_project.intake.parse.sheet_words import load_words

#: Rows above a heading in which its groups are named.
_REACH = 2


def groups_apart(grid: Grid, feed: Feed, heading: Heading, school_year: int) -> list[tuple[Grid, Heading]]:
    """The tables of a heading whose columns recur in groups, each with the shared columns and those of its group.

    Args:
        grid: the cells.
        feed: the feed of the heading.
        heading: it, with second occurrences of columns.
        school_year: year of the folder.

    Returns:
        Each table with the cells of the others blank, and its heading; none if the columns can't be told apart, or what
        stands above a group may make other figures of it (2023年, 男生).
    """
    times = Counter(heading.columns.values())
    shared = [j for j, name in heading.columns.items() if times[name] == 1]
    repeated = sorted(j for j, name in heading.columns.items() if times[name] > 1)
    sizes = {n for n in times.values() if n > 1}
    if len(sizes) != 1 or not shared or max(shared) > repeated[0] or times[feed.identity] != 1:
        return []
    (count,) = sizes
    width = len(repeated) // count
    groups = [repeated[k * width : (k + 1) * width] for k in range(count)]
    names = [[heading.columns[j] for j in group] for group in groups]
    if any(own != names[0] for own in names) or not set(names[0]) & set(feed.grain):
        return []
    ends = [*(group[0] for group in groups[1:]), None]
    figures = "".join(normalise_heading(feed.column(name).heading_zh) for name in names[0])
    for label in _labels(grid, heading, [group[0] for group in groups]):
        is_grade = "grade" in names[0] and re.fullmatch(load_words().grades, normalise_heading(label))
        if not is_grade and not is_neutral(label, feed, school_year, figures, figures):
            return []
    found = []
    for k, (group, end) in enumerate(zip(groups, ends, strict=True)):
        columns = {j: heading.columns[j] for j in (*shared, *group)}
        own_heading = replace(
            heading, columns=columns, names={name: j for j, name in columns.items()}, duplicates=()
        )
        own = range(group[0], end or max(map(len, grid.rows)))
        rows = [
            row
            if i < heading.first
            else [c if j < repeated[0] or j in own else "" for j, c in enumerate(row)]
            if i <= heading.last or _is_of(k, groups, row)
            else []
            for i, row in enumerate(grid.rows)
        ]
        found.append((replace(grid, rows=rows, warnings=grid.warnings if k == 0 else []), own_heading))
    return found


def _labels(grid: Grid, heading: Heading, starts: list[int]) -> list[str]:
    """Texts above the groups, from the row above the heading that has one beyond the first group; others are titles."""
    for row in grid.rows[max(0, heading.first - _REACH) : heading.first]:
        texts = [(j, clean_text(c)) for j, c in enumerate(row) if j >= starts[0] and not is_blank(c)]
        if any(j >= starts[1] for j, _ in texts):
            return [text for _, text in texts]
    return []


def _is_of(k: int, groups: list[list[int]], row: list[Any]) -> bool:
    """True for a row below the heading with a cell in a table's own columns; of the first one also for any other line."""
    filled = [any(j < len(row) and not is_blank(row[j]) for j in group) for group in groups]
    return filled[k] or (k == 0 and not any(filled))
