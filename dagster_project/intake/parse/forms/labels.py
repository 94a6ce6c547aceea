"""Labels of the forms in comparable form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from dagster_project.intake.parse.sheet_words import unit_of

_BREAKS = re.compile(r"_x000[dDaA]_|[\s\u00a0\u3000\u200b]+")
_DASHES = str.maketrans(dict.fromkeys("－—–―‐‑~～〜", "-"))
_NUMBERING = re.compile(r"\A[一二三四五六七八九十]{1,3}、")
_AMONG = re.compile(r"\A(?:其中[:：]?|总计中[:：]?)")
_BRACKETS = re.compile(r"\(([^()]*)\)\Z")
_TOTALS = ("计", "合计", "小计")


@lru_cache(8192)
def comparable(text: str) -> str:
    """A label without padding, line breaks, numbering and unit: one width, one kind of dash, 其中： as #.

    计, 小计 and 合计 are one word.
    """
    bare = unicodedata.normalize("NFKC", _BREAKS.sub("", text)).translate(_DASHES)
    bare = _AMONG.sub("#", _NUMBERING.sub("", bare))
    bracket = _BRACKETS.search(bare)
    if bracket and unit_of(bracket[1]) is not None:
        bare = bare[: bracket.start()]
    return "合计" if bare in _TOTALS else bare


@lru_cache(8192)
def compact(text: str) -> str:
    """A text in one width, without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def in_one_line(text: str) -> str:
    """A sentence in one width, with single blanks for line breaks and padding."""
    return " ".join(unicodedata.normalize("NFKC", _BREAKS.sub(" ", text)).split())


def stated_unit(text: str) -> str:
    """What stands in brackets at the end of a label if it is a unit: 元 of 资产值（元）; else ''."""
    bracket = _BRACKETS.search(unicodedata.normalize("NFKC", _BREAKS.sub("", text)))
    return bracket[1] if bracket and unit_of(bracket[1]) is not None else ""


def without_mark(label: str) -> str:
    """A label without the mark of a part (#女 → 女)."""
    return label.lstrip("#")


def path_of(texts: list[str]) -> tuple[str, ...]:
    """Heading path of a column from its comparable texts, outermost first; a total at its end names the level above."""
    path: list[str] = []
    for text in texts:
        if text.strip("#") and (not path or path[-1] != text):
            path.append(text)
    if len(path) > 1 and path[-1] == "合计":
        path.pop()
    return tuple(path)
