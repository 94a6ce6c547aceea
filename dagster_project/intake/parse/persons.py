"""Tables with one row per person: known by their headings, or by the identity numbers in them.

What is in such a table isn't stored anywhere: a layout groups its rows, or the table is refused unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from dagster_project.core.privacy import identity_numbers
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.headings import heading_texts

PERSONS_FILE = Path(__file__).parent / "persons.yml"
_LONGEST = 24
#: So many different identity numbers in a table that nothing recognises make it a table of persons.
_LEAST_NUMBERS = 3
_DIGITS = 18
_NOTE = re.compile(r"[(（【\[].*")


@dataclass(frozen=True)
class PersonHeading:
    """A row of headings of a table with one row per person.

    Attributes:
        row: index in `Grid.rows`.
        columns: indexes of the columns of numbers, names and facts of persons.
        words: their headings.
        is_certain: True if the table is one of persons even if a feed or a layout reads it.
    """

    row: int
    columns: tuple[int, ...]
    words: tuple[str, ...]
    is_certain: bool


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    content = yaml.safe_load(PERSONS_FILE.read_text(encoding="utf-8"))
    return {kind: re.compile("|".join(words)) for kind, words in content.items()}


@lru_cache(maxsize=4096)
def kind_of_heading(text: str) -> str:
    """`number`, `name` or `fact` for a normalised heading of a column about persons, else ''."""
    if len(text) > _LONGEST:
        return ""
    plain = _NOTE.sub("", text)
    return next((kind for kind, pattern in _patterns().items() if pattern.match(plain)), "")


def person_heading(grid: Grid) -> PersonHeading | None:
    """The first row of a sheet that is the heading of a table of persons; None if there is none."""
    for i, texts in enumerate(heading_texts(grid)):
        if sum(map(bool, texts)) < 2:
            continue
        kinds = {j: kind for j, text in enumerate(texts) if text and (kind := kind_of_heading(text))}
        found = set(kinds.values())
        if found & {"number", "name"}:
            words = tuple(dict.fromkeys(_NOTE.sub("", texts[j]) for j in kinds))
            return PersonHeading(i, tuple(kinds), words, "name" in found and len(found) > 1)
    return None


def has_identity_numbers(grid: Grid) -> bool:
    """True if a sheet holds several identity numbers."""
    texts = (str(cell) for row in grid.rows for cell in row if isinstance(cell, str | int | float))
    return _are_several(number for text in texts if len(text) >= 15 for number in identity_numbers(text))


def content_has_identity_numbers(pieces: Iterable[bytes]) -> bool:
    """True if bytes that no reader understands hold several identity numbers, in any usual encoding.

    Args:
        pieces: the bytes, a piece at a time.
    """

    def numbers() -> Iterator[str]:
        rest = b""
        for piece in pieces:
            plain = rest + piece.replace(b"\0", b"")  # two bytes a character
            yield from identity_numbers(plain.decode("latin-1"))
            rest = plain[-40:]

    return _are_several(numbers())


def _are_several(numbers: Iterable[str]) -> bool:
    seen: set[str] = set()
    for number in numbers:
        if len(number) == _DIGITS:
            seen.add(number)
        if len(seen) >= _LEAST_NUMBERS:
            return True
    return False


def refused_persons(grid: Grid, heading: PersonHeading | None) -> Problem:
    """Finding about a table of persons that no layout groups; it shows no cell but headings."""
    if heading is None:
        return problem("PERSON_ROWS", "numbers", sheet=grid.sheet)
    words = "、".join(f"“{word}”" for word in heading.words)
    cell = grid.address(heading.columns[0], grid.first_row + heading.row)
    return problem("PERSON_ROWS", "headings", sheet=grid.sheet, cell=cell, words=words)
