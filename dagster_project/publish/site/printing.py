"""Figures and tables of the pages: each printed figure names the cell of the marts that it shows.

A page prints a figure only through `Shown` or a `Table`, so its element carries the table (`data-t`), the key
(`data-k`, values joined by `|`) and the column (`data-c`), and a test can read every page back against the
marts. Words for codes come from `labels`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

from markupsafe import Markup

from dagster_project.core.numbers import NONE_ZH, printed
from dagster_project.publish import labels

Row = Mapping[str, Any]
Kind = Literal["text", "whole", "number", "percent", "yuan", "verdict", "day", "year", "yes"]
#: Statuses that say a standard was missed, and those that say a figure is lacking.
FAILED = frozenset(("not_met", "not_compliant", "red"))
LACKING = frozenset(("not_available", "undetermined", "missing", "suppressed"))
REACHED = frozenset(("met", "compliant", "closed", "received", "accepted", "green"))


@dataclass(frozen=True)
class Column:
    """One column of a table on a page.

    `name` is a column of the mart; `words` turns its codes into Chinese; `kind` says how a value is printed:
    `number` with `decimals`, `percent` of a share (0–1), `yuan` and `whole` with thousands commas, `year` as it is.
    `verdict` names the column whose status marks the value (▼ below the standard).
    """

    name: str
    label_zh: str
    kind: Kind = "text"
    decimals: int = 2
    words: Mapping[str, str] | None = None
    verdict: str | None = None
    link: str | None = None
    #: Columns that say, row by row, what the value is multiplied by, its decimals, and its unit.
    scaled_by: tuple[str, str, str] | None = None

    @property
    def is_number(self) -> bool:
        return self.scaled_by is not None or self.kind in ("whole", "number", "percent", "yuan")


@dataclass
class Table:
    """Rows of one mart as they stand on a page, in the order given.

    Args:
        mart: name of the mart, or empty for a table of words.
        key: its columns that pick one row.
        filters: names of columns by whose words readers may filter.
    """

    name: str
    mart: str
    key: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption_zh: str
    empty_zh: str = "没有。"
    filters: Sequence[str] = ()
    is_searchable: bool = False
    page_rows: int = 0
    notes_zh: Sequence[str] = field(default_factory=tuple)
    #: Column whose value makes the address of a row, behind the table's name.
    anchor: str = ""

    def key_of(self, row: Row) -> str:
        return key_text(row, self.key)


def key_text(row: Row, key: Sequence[str]) -> str:
    """Key of a row as `data-k` has it: values joined by `|`, missing ones empty."""
    return "|".join(_plain(row[name]) for name in key)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def is_missing(value: Any) -> bool:
    """None, NaN or NaT: a frame's ways to say that there is no value."""
    return value is None or bool(value != value)


def shown_text(value: Any, column: Column) -> str:
    """A value as a reader sees it; a dash where there is none."""
    if column.kind == "verdict":
        return verdict_text(value)
    if column.words is not None and value in column.words:
        return column.words[value]
    if is_missing(value) or value == "":
        return NONE_ZH
    if column.kind == "whole":
        return printed(value, 0, thousands=True)
    if column.kind in ("number", "yuan"):
        return printed(value, column.decimals if column.kind == "number" else 0, thousands=True)
    if column.kind == "percent":
        return printed(value, 1, scale=100, suffix="%")
    if column.kind == "yes":
        return "是" if value else "否"
    if column.kind == "day" and isinstance(value, dt.date | dt.datetime):
        return value.strftime("%Y-%m-%d")
    return str(value)


def verdict_text(status: str | None) -> str:
    """Sign and word of a status: the sign survives a grey print."""
    if is_missing(status) or status == "":
        return NONE_ZH
    word = labels.STATUS_ZH.get(str(status), str(status))
    sign = labels.SIGN_FAILED if status in FAILED else labels.SIGN_MISSING if status in LACKING else ""
    return f"{sign}{word}"


def verdict_class(status: str | None) -> str:
    """Style of a status."""
    if status in FAILED:
        return "failed"
    return "lacking" if status in LACKING else "reached" if status in REACHED else ""


def cell(row: Row, column: Column) -> Markup:
    """A table cell (`td`, or `th` for a link to a row's own page) with the name of its mart's column."""
    value = row.get(column.name)
    if column.scaled_by is not None and not is_missing(value):
        scale, decimals, unit = (row[name] for name in column.scaled_by)
        text = printed(value, int(decimals or 0), scale=scale or 1, suffix=unit or "", thousands=True)
    else:
        text = shown_text(value, column)
    classes = ["n"] if column.is_number else []
    if column.kind == "verdict":
        classes.append(verdict_class(value))
    elif column.verdict is not None:
        status = row.get(column.verdict)
        classes.append(verdict_class(status))
        if status in FAILED:
            text = f"{labels.SIGN_FAILED}{text}"
        elif text == NONE_ZH and status in LACKING:
            text = verdict_text(status)
    inner = escape(text)
    if column.link and row.get(column.link):
        inner = f'<a href="{escape(str(row[column.link]), quote=True)}">{inner}</a>'
    marked = f' class="{" ".join(c for c in classes if c)}"' if any(classes) else ""
    return Markup(f'<td data-c="{column.name}"{marked}>{inner}</td>')


def shown(
    mart: str,
    key: Sequence[str],
    row: Row,
    name: str,
    kind: Kind = "text",
    *,
    decimals: int = 2,
    words: Mapping[str, str] | None = None,
    suffix: str = "",
) -> Markup:
    """One figure in running text, with its cell; the unit stands outside the figure's element."""
    column = Column(name, "", kind, decimals, words)
    value = row.get(name)
    style = f' class="{verdict_class(value)}"' if kind == "verdict" and verdict_class(value) else ""
    return Markup(
        f'<span data-t="{mart}" data-k="{escape(key_text(row, key), quote=True)}" data-keys="{" ".join(key)}"'
        f' data-c="{name}"{style}>{escape(shown_text(value, column))}</span>{escape(suffix)}'
    )


@dataclass(frozen=True)
class Card:
    """One figure in large print with what belongs to it, each made by `shown`."""

    title_zh: str
    big: Markup
    lines: Sequence[Markup] = ()


@dataclass(frozen=True)
class Section:
    """A part of a page under one heading: cards, then charts, then tables."""

    name: str
    title_zh: str
    lead_zh: str = ""
    cards: Sequence[Card] = ()
    drawings: Sequence[Any] = ()
    tables: Sequence[Table] = ()


#: Most rows of a table that stand in a page; beyond them the pages would not open quickly any more.
MOST_ROWS = 2000


def listing(
    name: str,
    mart: str,
    key: Sequence[str],
    columns: Sequence[Column],
    rows: Sequence[Row],
    caption_zh: str,
    *,
    filters: Sequence[str] = (),
    empty_zh: str = "没有。",
    notes_zh: Sequence[str] = (),
    anchor: str = "",
) -> Table:
    """A table of many rows: searchable, leafed through, and cut at `MOST_ROWS`, which it then says."""
    cut = (
        [f"共 {len(rows)} 行，这里列出前 {MOST_ROWS} 行；其余见学校页和工作簿。"]
        if len(rows) > MOST_ROWS
        else []
    )
    is_long = len(rows) > 20
    return Table(
        name, mart, key, columns, rows[:MOST_ROWS], caption_zh, empty_zh=empty_zh,
        filters=filters if len(rows) > 8 else (), is_searchable=is_long, page_rows=50 if len(rows) > 50 else 0,
        notes_zh=(*notes_zh, *cut), anchor=anchor,
    )  # fmt: skip


def sentence(*parts: Markup | str) -> Markup:
    """Words and figures in one line; words are escaped."""
    return Markup("").join(parts)
