"""Figures and tables of the pages: each printed figure names the cell of the marts that it shows.

The element of a figure carries the table (`data-t`), the key (`data-k`, values joined by `|`) and the column
(`data-c`), so that a test can read every page back against the marts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

from dagster_project.core.local_time import local_time
from dagster_project.core.numbers import NONE_ZH, filled, printed
from dagster_project.publish import catalogue, labels, periods
from dagster_project.publish.catalogue.models import Kind

Row = Mapping[str, Any]
#: Statuses that say that a standard was missed, that a figure is lacking, and that a standard was reached.
FAILED = frozenset(("not_met", "not_compliant", "red"))
LACKING = frozenset(("not_available", "undetermined", "missing", "suppressed"))
REACHED = frozenset(("met", "compliant", "closed", "received", "nil", "accepted", "green"))


@dataclass(frozen=True)
class PageColumn:
    """One column of a table on a page.

    Attributes:
        spec: its entry in the catalogue.
        label_zh: its heading.
        words: code → Chinese text.
        link_of: address that a row's cell leads to, empty for none.
        decimals_of: decimals of a row, where they are not the same for all.
    """

    spec: catalogue.Column
    label_zh: str = ""
    words: Mapping[Any, str] | None = None
    link_of: Callable[[Row], str] | None = None
    decimals_of: Callable[[Row], int] | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def is_number(self) -> bool:
        return self.spec.is_number

    def text(self, row: Row) -> str:
        """What the cell of a row says, without its mark."""
        value = row.get(self.name)
        if self.spec.template and not is_missing(value):
            return filled(self.spec.template, row)
        if self.spec.scaled_by is not None and not is_missing(value):
            scale, decimals, unit = (row[name] for name in self.spec.scaled_by)
            return printed(value, int(decimals or 0), scale=scale or 1, suffix=unit or "", thousands=True)
        if self.spec.day_status and isinstance(value, dt.date):
            return periods.day_of_figure_zh(value, row[self.spec.day_status])
        decimals = self.decimals_of(row) if self.decimals_of else catalogue.decimals_of(self.spec, row)
        if self.spec.kind == "verdict":
            return verdict_text(value, self.name)
        return text_of(value, self.spec.kind, decimals, self.words)


@dataclass
class PageTable:
    """A table of the catalogue with its rows on a page.

    Attributes:
        spec: its entry in the catalogue.
        columns: in the order of the page.
        rows: those shown; beyond `MOST_ROWS` the rest is left out, and a note says so.
        caption_zh: its title.
        notes_zh: lines below.
        until_zh: the day that its rows speak of.
        sources: address of the source cells of its rows; empty where the site has none.
    """

    spec: catalogue.Table
    columns: Sequence[PageColumn]
    rows: Sequence[Row]
    caption_zh: str
    notes_zh: Sequence[str] = ()
    until_zh: str = ""
    sources: str = ""

    @property
    def filters(self) -> Sequence[str]:
        """Columns to filter by; a short table needs no filters."""
        return self.spec.filters if len(self.rows) > FEW_ROWS else ()

    @property
    def is_searchable(self) -> bool:
        return len(self.rows) > LONG_ROWS

    @property
    def page_rows(self) -> int:
        """Rows shown at a time; 0 for all."""
        return self.spec.page_rows if len(self.rows) > self.spec.page_rows else 0

    def key_of(self, row: Row) -> str:
        return key_text(row, self.spec.key)


#: Enough to tell two files apart.
_HASH_CHARACTERS = 12
#: Up to so many rows a table has no filters; above so many it has a search field.
FEW_ROWS, LONG_ROWS = 8, 20
#: Most rows of a table on a page; a page with more would open slowly.
MOST_ROWS = 2000


@dataclass(frozen=True)
class PageCard:
    """One figure in large print, and lines below it."""

    title_zh: str
    big: Markup
    lines: Sequence[Markup] = ()
    until_zh: str = ""


def key_text(row: Row, key: Sequence[str]) -> str:
    """Key of a row as `data-k` has it: values joined by `|`, missing ones empty."""
    return "|".join("" if row[name] is None else str(row[name]) for name in key)


def is_missing(value: Any) -> bool:
    """Whether there is no value: None, NaN or NaT."""
    return value is None or bool(value != value)


def text_of(
    value: Any, kind: Kind = "text", decimals: int = 2, words: Mapping[Any, str] | None = None
) -> str:
    """A value as it is printed; a dash where there is none."""
    if kind == "verdict":
        return verdict_text(value)
    if words is not None and value in words:
        return words[value]
    if is_missing(value) or value == "":
        return NONE_ZH
    if kind == "whole":
        return printed(value, 0, thousands=True)
    if kind in ("number", "yuan"):
        return printed(value, decimals if kind == "number" else 0, thousands=True)
    if kind == "plain":
        return printed(value, None, thousands=True)
    if kind == "percent":
        return printed(value, 1, scale=100, suffix="%")
    if kind == "hash":
        return f"{str(value)[:_HASH_CHARACTERS]}…"
    if kind == "yes":
        return "是" if value else "否"
    if kind == "day" and isinstance(value, dt.date | dt.datetime):
        # a moment of the record is UTC
        own = local_time(value) if isinstance(value, dt.datetime) and _has_clock(value) else value
        return own.strftime("%Y-%m-%d")
    return str(value)


def _has_clock(moment: dt.datetime) -> bool:
    """False for a day that only comes as a moment."""
    return moment.time() != dt.time()


def verdict_text(status: str | None, column: str = "status") -> str:
    """Sign and word of a status in a column; the sign can be read in a grey print."""
    if is_missing(status) or status == "":
        return NONE_ZH
    word = labels.verdict_zh(str(status), column)
    sign = labels.SIGN_FAILED if status in FAILED else labels.SIGN_MISSING if status in LACKING else ""
    return f"{sign}{word}"


def verdict_class(status: str | None) -> str:
    """CSS class of a status."""
    if status in FAILED:
        return "failed"
    return "lacking" if status in LACKING else "reached" if status in REACHED else ""


def cell(row: Row, column: PageColumn) -> Markup:
    """A table cell with the name of its column in the mart."""
    text = column.text(row)
    classes = ["n"] if column.is_number else []
    if column.spec.kind == "verdict":
        classes.append(verdict_class(row.get(column.name)))
    elif column.spec.verdict:
        status = row.get(column.spec.verdict)
        classes.append(verdict_class(status))
        if status in FAILED:
            text = f"{labels.SIGN_FAILED}{text}"
        elif text == NONE_ZH and status in LACKING:
            text = verdict_text(status, column.spec.verdict)
    inner = escape(text)
    address = column.link_of(row) if column.link_of else ""
    if address:
        inner = f'<a href="{escape(address, quote=True)}">{inner}</a>'
    marked = f' class="{" ".join(c for c in classes if c)}"' if any(classes) else ""
    return Markup(f'<td data-c="{column.name}"{marked}>{inner}</td>')


def shown(
    mart: str, key: Sequence[str], row: Row, name: str, kind: Kind = "text", decimals: int = 2
) -> Markup:
    """One figure in running text, with its cell."""
    value = row.get(name)
    style = f' class="{verdict_class(value)}"' if kind == "verdict" and verdict_class(value) else ""
    return Markup(
        f'<span data-t="{mart}" data-k="{escape(key_text(row, key), quote=True)}" data-keys="{" ".join(key)}"'
        f' data-c="{name}"{style}>{escape(text_of(value, kind, decimals))}</span>'
    )
