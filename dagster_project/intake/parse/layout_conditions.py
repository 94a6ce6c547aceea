"""Which cells meet a condition of a layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.layouts import Condition, Term
from dagster_project.intake.parse.sheet_words import is_total_word


def cells_at(rows: Sequence[Sequence[Any]], j: int) -> list[Any]:
    """Cells of a column, by its index; '' where a row is shorter."""
    if min(map(len, rows), default=0) > j:
        return list(map(itemgetter(j), rows))
    return [row[j] if j < len(row) else "" for row in rows]


@dataclass(frozen=True)
class Words:
    """Texts of a column, each once, so that a condition looks at each of them once.

    Attributes:
        texts: the distinct texts.
        places: per cell, the place of its text in `texts`.
    """

    texts: list[str]
    places: list[int]

    @classmethod
    def of(cls, cells: Sequence[object]) -> Words:
        """The words of some cells."""
        if bool in set(map(type, cells)):  # True == 1 would share one slot
            cells = [clean_text(cell) if isinstance(cell, bool) else cell for cell in cells]
        distinct = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
        return cls([clean_text(cell) for cell in distinct], list(map(distinct.__getitem__, cells)))

    def among(self, words: Sequence[Term]) -> list[bool]:
        """Whether each cell is one of some words."""
        listed = {clean_text(word) for word in words}
        return self._each([text in listed for text in self.texts])

    def meeting(self, condition: Condition) -> list[bool]:
        """Whether each cell meets a condition."""
        listed = {clean_text(word) for word in condition.one_of or condition.none_of}
        wanted = bool(condition.one_of)
        return self._each([(text in listed) == wanted for text in self.texts])

    def deciding(self, condition: Condition) -> list[bool | None]:
        """Whether each row counts by a condition; None if its word is in no list, and others are to count.

        A total (合计) counts only where it is listed.
        """
        takes, leaves = (
            {clean_text(word) for word in words} for words in (condition.one_of, condition.none_of)
        )

        def said_of(text: str) -> bool | None:
            if text in takes or text in leaves:
                return text in takes
            return True if not takes else False if is_total_word(text) else None

        said = list(map(said_of, self.texts))
        return list(map(said.__getitem__, self.places))

    def _each(self, flags: list[bool]) -> list[bool]:
        return list(map(flags.__getitem__, self.places))
