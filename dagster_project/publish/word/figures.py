"""Figures and texts of a Word document: each figure names the cell of the marts that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, SupportsIndex

from dagster_project.core.numbers import printed
from dagster_project.publish import labels

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Number:
    """One figure and where it comes from: the row of a table that its key picks, and a column.

    Args:
        table: table of the marts.
        key: column → value, enough to pick one row.
        column: column the value stands in.
        value: the value as the table has it, not yet rounded or scaled; None is printed as —.
        decimals: digits after the point; None prints as many as the value has.
        scale: the printed figure is the value times this; 100 for per cent.
        suffix: stands right after the figure, as in `%`; not printed after —.
        thousands: commas between thousands.
        said: text that is printed instead, for a day or a code.
    """

    table: str
    key: Mapping[str, object] | tuple[tuple[str, object], ...]
    column: str
    value: float | int | str | Decimal | date | None
    decimals: int | None = 0
    scale: float = 1
    suffix: str = ""
    thousands: bool = False
    said: str = ""

    def __post_init__(self) -> None:
        pairs = self.key.items() if isinstance(self.key, Mapping) else self.key
        object.__setattr__(self, "key", tuple(sorted(pairs)))

    @property
    def text(self) -> str:
        """The printed text."""
        if self.said:
            return self.said
        return printed(
            self.value, self.decimals, scale=self.scale, suffix=self.suffix, thousands=self.thousands
        )

    def origin(self) -> dict[str, Any]:
        """Where the figure comes from and how it is printed, for the file of numbers beside the document."""
        return {
            "table": self.table,
            "key": {name: _plain(value) for name, value in dict(self.key).items()},
            "column": self.column,
            "decimals": self.decimals,
            "scale": self.scale,
            "suffix": self.suffix,
            "thousands": self.thousands,
            "text": clean(self.text),
        }


@dataclass(frozen=True)
class Label:
    """Text whose digits are no figures: a date, a school year, the number of an item, a name.

    A blank cell (None) is printed as unclear.
    """

    text: str

    def __init__(self, text: str | None) -> None:
        object.__setattr__(self, "text", labels.UNCLEAR_ZH if text is None else text)


Part = str | Number | Label


#: A table cell, or a caption: one part or several.
Parts = Part | Sequence[Part]


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, SupportsIndex):
        return value.__index__()
    return str(value)


def clean(text: str) -> str:
    """Text without what XML can't hold."""
    return _CONTROL.sub("", text)


def _has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def checked(parts: Parts | Iterable[Part]) -> list[Part]:
    """The parts as a list.

    Raises:
        ValueError: a digit was typed into plain text.
    """
    listed = [parts] if isinstance(parts, str | Number | Label) else list(parts)
    for part in listed:
        if isinstance(part, str) and _has_digit(part):
            raise ValueError(f"a digit is typed into “{part}”: give a Number, or a Label if it is no figure")
        if isinstance(part, Number):
            # a value that can't be printed is refused before anything is written
            part.origin()
    return listed
