"""Which cells meet a condition of a layout."""

from __future__ import annotations

from collections.abc import Sequence

from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.layouts import Condition


def cells_at(rows: Sequence[Sequence[object]], j: int) -> list[object]:
    """Cells of a column, by its index; '' where a row is shorter."""
    return [row[j] if j < len(row) else "" for row in rows]


def meeting(condition: Condition, cells: Sequence[object]) -> list[bool]:
    """Whether each cell meets a condition."""
    wanted = condition.one_of or condition.none_of
    return [found == bool(condition.one_of) for found in are_among(wanted, cells)]


def are_among(words: Sequence[object], cells: Sequence[object]) -> list[bool]:
    """Whether the text of each cell is one of some words; each distinct cell is looked at once."""
    listed = {clean_text(word) for word in words}
    found = {key: clean_text(key[1]) in listed for key in set(zip(map(type, cells), cells, strict=True))}
    return [found[type(cell), cell] for cell in cells]
