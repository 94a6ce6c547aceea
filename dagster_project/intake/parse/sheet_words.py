"""Words by which the parts of a sheet are recognised (`sheet_words.yml`), and how they are looked for."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from dagster_project.intake.feeds import read_declaration
from dagster_project.intake.parse.cells import clean_text

WORDS_FILE = Path(__file__).parent / "sheet_words.yml"

#: Marks and numbers before a heading: ★ 1. （2） 一、
_LEADING_MARKS = re.compile(
    r"\A(?:[★☆*※●◆▲△■□#·•√]+|\(?\d{1,2}[).、:]|\(?[一二三四五六七八九十]{1,3}[)、.])+"
)
_TRAILING_MARKS = re.compile(r"[★☆*※●◆▲△#]+\Z")
_BRACKETS = re.compile(r"[(\[【〔<]([^()\[\]【】〔〕<>]*)[)\]】〕>]")
_UNIT_LINE = re.compile(r"单位[:：]\s*(?P<units>[^:：]+)\Z")
_UNIT_SEPARATOR = re.compile(r"[、,，;；/／和及\s]+")


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    totals: tuple[str, ...]
    total_starts: tuple[str, ...]
    grand_totals: tuple[str, ...]
    means: tuple[str, ...]
    examples: tuple[str, ...]
    placeholders: tuple[str, ...]
    qualifiers: tuple[str, ...]
    units: dict[str, dict[str, str | int]]
    documents: tuple[str, ...]
    citations: tuple[str, ...]
    remarks: tuple[str, ...]
    table_nouns: tuple[str, ...]


class Unit(NamedTuple):
    """A unit of figures: its word, its kind (money, area, count), and its size in the first unit of the kind."""

    word: str
    kind: str
    size: Fraction


@lru_cache(maxsize=1)
def load_words() -> _Words:
    """The words of sheet_words.yml.

    Raises:
        UserError: the file is wrong; the message names the clause.
    """
    return read_declaration(WORDS_FILE, _Words)


@lru_cache(maxsize=1)
def _units() -> dict[str, Unit]:
    return {
        word: Unit(word, kind, Fraction(str(size)))
        for kind, sizes in load_words().units.items()
        for word, size in sizes.items()
    }


def compact(value: object) -> str:
    """Text of a cell in one width, lower case and without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean_text(value))).lower()


def unit_of(text: str) -> Unit | None:
    """Unit that a text names, alone or in brackets (（元）, 单位：元); None for other text."""
    bare = compact(text).removeprefix("计量").removeprefix("金额").removeprefix("单位").strip("()[]【】:：")
    return _units().get(bare)


def units_stated(text: str) -> list[Unit]:
    """Units in a line such as 单位：平方米、元; empty for other text."""
    found = _UNIT_LINE.search(compact(text).strip("()[]【】"))
    if not found:
        return []
    units = [_units().get(word) for word in _UNIT_SEPARATOR.split(found["units"]) if word]
    return [unit for unit in units if unit is not None]


def heading_readings(text: str) -> list[tuple[str, Unit | None]]:
    """Readings of a heading, nearest first: as written, without marks, without notes in brackets; and its unit.

    A note in brackets that qualifies the figure (不含…, 其中…, 女) is never taken off.

    Args:
        text: heading in comparable form (`normalise_heading`).
    """
    notes = _BRACKETS.findall(text)
    unit = next((found for note in reversed(notes) if (found := unit_of(note))), None)
    readings = [text]
    bare = _TRAILING_MARKS.sub("", _LEADING_MARKS.sub("", text))
    readings.append(bare)
    qualifiers = load_words().qualifiers
    plain = _BRACKETS.sub(lambda note: note[0] if any(q in note[1] for q in qualifiers) else "", bare)
    readings.append(_TRAILING_MARKS.sub("", _LEADING_MARKS.sub("", plain)))
    units: dict[str, Unit | None] = dict.fromkeys(readings, unit)
    if unit is None:
        for word, behind in _units().items():
            for mark in ("/", ",", ":", ""):
                if plain.endswith(mark + word) and len(plain) > len(word) + 2:
                    units.setdefault(plain.removesuffix(mark + word), behind)
    for reading in list(units):
        if reading.endswith("人数"):
            units.setdefault(reading.removesuffix("人数") + "数", units[reading])
    return [(reading, own) for reading, own in units.items() if reading]


def total_word(value: object) -> str:
    """The word by which a text names a total (合计 in “云台镇合计”, 本页 in “本页小计”); '' if it names none."""
    text = compact(value)
    words = load_words()
    if not text or len(text) > 24:
        return ""
    for word in words.total_starts:
        if text.startswith(word):
            return word
    for word in (*words.totals, *words.means):
        if text.endswith(word):
            return word
    return "合计" if text in ("计", "共", "总") else ""


def is_grand_total(word: str) -> bool:
    """True for a word of a total that stands for all rows, or for those since the last one."""
    return word in load_words().grand_totals


def is_example(value: object, *, is_code: bool = False) -> bool:
    """True for a text that marks its row as an example: 示例：…, （例）, ××小学.

    Args:
        value: the cell.
        is_code: the cell is in the column of codes, where a word before digits is a mark too (示例2150000001).
    """
    text = compact(value)
    words = load_words()
    if any(sign in text for sign in words.placeholders):
        return True
    bare = text.strip("()[]【】<>《》:：*-")
    after = r"[:：)）\]】\d]" if is_code else r"[:：)）\]】]"
    return any(bare == word or re.match(rf"{re.escape(word)}{after}", bare) for word in words.examples)
