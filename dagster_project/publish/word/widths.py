"""Widths of table columns by what stands in them: no number, date or code is broken over two lines.

Widths of letters are those of wide substitutes: a document must hold together where the fonts that it names are
missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from dagster_project.publish.word.figures import Number, Part

#: Margins of a cell on both sides, and what rounding may cost, in millimetres.
_MARGINS_MM = 2.9
_MM_PER_PT = 25.4 / 72
#: Widths in ems; other characters of western text are as wide as digits.
_EMS = {".": 0.32, ",": 0.32, ":": 0.34, "%": 0.95}
_DIGIT_EMS = 0.64
#: What is never broken: digits and letters with the signs inside them, and the signs that stay with them.
_WHOLE = re.compile(r"[（“]?(?:[0-9A-Za-z][0-9A-Za-z.,:/%+\-\u2011]*|[+\-][0-9][0-9.,%]*)[，。；：、）”]*")
#: Space that editors put between western and Chinese letters.
_GAP_EMS = 0.25
#: A unit of at most so many characters stays with its figure.
_LONGEST_UNIT = 3
#: A unit in brackets; its brackets do not stand alone.
_BRACKETS = re.compile(r"（[^）]{1,4}）")
#: A word so short, alone in its line, is not broken.
_SHORT = 4
#: A heading may be broken, but not into single characters.
_HEAD_EMS = 2.0


def fitted_widths(
    heads: Sequence[Sequence[Part]],
    rows: Sequence[Sequence[Sequence[Part]]],
    wanted_mm: Sequence[float],
    most_mm: float,
    size_pt: float,
) -> list[float]:
    """Widths of the columns in millimetres: as wanted, wider where the content needs it.

    Columns that have more than they need give way until the table fits. If what the content needs does not fit
    either, all columns shrink alike.

    Args:
        heads: parts of the cells of the head.
        rows: parts of the other cells.
        wanted_mm: width of each column as the catalogue has it.
        most_mm: width of the page's text.
        size_pt: size of the letters.
    """
    needed = []
    for i, head in enumerate(heads):
        brackets = [sum(map(_ems, found)) for found in _BRACKETS.findall(_text(head))]
        widest = max([_HEAD_EMS, *brackets, *(_widest_ems(row[i]) for row in rows)])
        needed.append(widest * size_pt * _MM_PER_PT + _MARGINS_MM)
    widths = [max(w, n) for w, n in zip(wanted_mm, needed, strict=True)]
    over = sum(widths) - most_mm
    if over <= 0:
        return widths
    slack = [w - n for w, n in zip(widths, needed, strict=True)]
    if sum(slack) >= over:
        return [w - over * s / sum(slack) for w, s in zip(widths, slack, strict=True)]
    return [n * most_mm / sum(needed) for n in needed]


def _widest_ems(parts: Sequence[Part]) -> float:
    """Width of the widest stretch of a cell that must not be broken."""
    widest = []
    for line in _text(parts).split("\n"):
        whole = [line] if len(line) <= _SHORT else [found.group() for found in _WHOLE.finditer(line)]
        widest += [sum(map(_ems, text)) for text in whole]
    for part in parts:
        if isinstance(part, Number) and 0 < len(part.suffix) <= _LONGEST_UNIT:
            widest.append(sum(map(_ems, part.text)) + _GAP_EMS)
    return max(widest, default=0.0)


def _text(parts: Sequence[Part]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def _ems(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    return _EMS.get(character, _DIGIT_EMS)
