"""The rows below a heading, and the values of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

#: A sheet row number (from 1) and the row's cells.
Row = tuple[int, list[Any]]


class Body(list[Row]):
    """Rows below a heading, which stay as they are; `values_in` looks up a column's values once for all who ask."""

    def __init__(self, rows: Iterable[Row]) -> None:
        super().__init__(rows)
        self.known: dict[int, set[Any]] = {}


def values_in(rows: Iterable[Row], j: int) -> set[Any]:
    """The cells of a column, equal ones once; an empty text where a row ends before it."""
    known = rows.known if isinstance(rows, Body) else {}
    if j not in known:
        known[j] = {row[j] if j < len(row) else "" for _, row in rows}
    return known[j]


def numbers_of(rows: Iterable[Row]) -> Iterator[int]:
    """Numbers of the rows in the sheet."""
    return map(itemgetter(0), rows)
