"""Tables with one row per person: known by their headings, or by the numbers of persons in them.

What is in such a table isn't stored anywhere: a layout groups its rows, or the table is refused unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import RootModel

from dagster_project.core.declarations import read_declaration
from dagster_project.core.privacy import identity_numbers, mobile_numbers
from dagster_project.intake.feeds import OF_OTHER_FORM, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.cell_text import clean_text, is_blank, without_text_mark

PERSONS_FILE = Path(__file__).parent / "persons.yml"
_LONGEST = 24
#: So many different numbers of persons make rows a table of persons.
_LEAST_NUMBERS = 3
_DIGITS = 18
_CODE_DIGITS = 10
#: Digits of a mobile number, and the least number of as many digits.
_SHORTEST_NUMBER = 11
_LEAST_NUMBER = 10**10
#: Headings that make a row the heading of a table of persons; any of these sets is enough.
_OF_PERSONS = ({"number"}, {"name"}, {"person", "phone"}, {"person", "fact"}, {"fact", "phone"})
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
    content = read_declaration(PERSONS_FILE, _Words)
    return {kind: re.compile("|".join(words)) for kind, words in content.root.items()}


class _Words(RootModel[dict[str, tuple[str, ...]]]):
    """Expressions for headings, by what they name."""


@lru_cache(maxsize=4096)
def kind_of_heading(text: str) -> str:
    """Kind in `persons.yml` of a normalised heading of a column about persons, else ''."""
    if len(text) > _LONGEST:
        return ""
    plain = _NOTE.sub("", text)
    return next((kind for kind, pattern in _patterns().items() if pattern.match(plain)), "")


def _kinds_of_words(cells: Set[Any]) -> dict[str, str]:
    """Those of the cells that are headings of columns about persons, with their kind.

    A list of persons has a different name in every row; most have no character of such a heading.
    """
    may_be_heading = _character_of_headings().search
    words = [c for c in cells if isinstance(c, str) and len(c) <= 2 * _LONGEST and may_be_heading(c)]
    return {word: kind for word in words if (kind := kind_of_heading(normalise_heading(word)))}


@lru_cache(maxsize=1)
def _character_of_headings() -> re.Pattern[str]:
    """A character that stands in an expression of `persons.yml`, or one that may become it in comparable form.

    Each expression asks for Chinese characters; a digit or letter alone fits none.
    """
    expressions = "".join(pattern.pattern for pattern in _patterns().values())
    written = "".join(sorted({c for c in expressions if not c.isascii()}))
    return re.compile(rf"[{written}{OF_OTHER_FORM}]")


def person_headings(grid: Grid, cells: Set[Any] | None = None) -> list[PersonHeading]:
    """The rows of a sheet that are the heading of a table of persons, from top to bottom, wherever they stand.

    Args:
        grid: the sheet.
        cells: its distinct cells, if they are at hand.
    """
    kinds = _kinds_of_words(grid.distinct_cells() if cells is None else cells)
    is_heading: dict[
        tuple[Any, ...], bool
    ] = {}  # rows of a list have few different words that could be headings
    found = []
    for i, row in enumerate(grid.rows) if kinds else ():
        words = tuple([c for c in row if c in kinds])
        if words not in is_heading:
            present = {kinds[word] for word in words}
            is_heading[words] = any(kind <= present for kind in _OF_PERSONS)
        if not is_heading[words] or sum(isinstance(c, str) and not is_blank(c) for c in row) < 2:
            continue
        own = {j: kinds[c] for j, c in enumerate(row) if isinstance(c, str) and c in kinds}
        present = set(own.values())
        texts = tuple(dict.fromkeys(_NOTE.sub("", normalise_heading(row[j])) for j in own))
        found.append(
            PersonHeading(i, tuple(own), texts, "name" in present and bool(present & {"number", "fact"}))
        )
    return found


def person_heading(grid: Grid) -> PersonHeading | None:
    """The first heading of a table of persons in a sheet, one that is certain if there is one; None without any."""
    found = person_headings(grid)
    return next((h for h in found if h.is_certain), found[0] if found else None)


@dataclass(frozen=True)
class NumbersOfPersons:
    """Whether a sheet holds several identity numbers, and several mobile numbers."""

    identity: bool
    mobile: bool


def numbers_of_persons(grid: Grid) -> NumbersOfPersons:
    """Which numbers of persons a sheet holds several of."""
    texts = _long_texts(grid.distinct_cells())
    return NumbersOfPersons(
        _are_several(n for text in texts for n in identity_numbers(text) if len(n) == _DIGITS),
        _are_several(number for text in texts for number in mobile_numbers(text)),
    )


def has_identity_numbers(cells: Iterable[object]) -> bool:
    """True if the distinct cells of a sheet hold several identity numbers."""
    texts = _long_texts(cells)
    return _are_several(n for text in texts for n in identity_numbers(text) if len(n) == _DIGITS)


def _long_texts(cells: Iterable[object]) -> set[str]:
    """Cells with enough characters for a number of a person, as texts."""
    return {
        str(c)
        for c in cells
        if (
            len(c) >= _SHORTEST_NUMBER
            if isinstance(c, str)
            else isinstance(c, (int, float)) and c >= _LEAST_NUMBER
        )
    }


def is_row_of_person(row: Sequence[object]) -> bool:
    """True for a row with an identity number as a cell of its own, and no school's code."""
    return any(_is_identity_number(c) for c in _long_texts(row)) and not any(
        len(text := without_text_mark(clean_text(c))) == _CODE_DIGITS and text.isdigit() for c in row
    )


def is_row_of_mobile_number(row: Sequence[object]) -> bool:
    """True for a row with nothing but mobile numbers, and perhaps its place in a list."""
    filled = [clean_text(c) for c in row if not is_blank(c)]
    numbers = [text for text in filled if _is_mobile_number(text)]
    others = [text for text in filled if not _is_mobile_number(text)]
    return bool(numbers) and len(others) <= 1 and all(text.isdigit() and len(text) <= 4 for text in others)


def _is_mobile_number(text: str) -> bool:
    digits = sum(c.isalnum() for c in text)
    return any(digits - len(n) in (0, 2, 4) for n in mobile_numbers(text))  # with +86 or 0086 before it


def _is_identity_number(text: str) -> bool:
    digits = sum(c.isalnum() for c in text)
    return any(len(n) == _DIGITS and (digits == _DIGITS or "+" in text) for n in identity_numbers(text))


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

    return _are_several(number for number in numbers() if len(number) == _DIGITS)


def _are_several(numbers: Iterable[str]) -> bool:
    seen: set[str] = set()
    for number in numbers:
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
