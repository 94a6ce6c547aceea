"""Sheets that are tables: written from the catalogue, without Python of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from string import Formatter
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import filled
from dagster_project.core.text import rendered, text_width
from dagster_project.publish import catalogue, labels
from dagster_project.publish.catalogue.models import InWorkbook
from dagster_project.publish.excel.cells import cell
from dagster_project.publish.excel.sheets import Book

if TYPE_CHECKING:
    import duckdb

#: Width of a column that the catalogue gives none, in characters: its heading, within these bounds.
_NARROWEST, _WIDEST = 8.0, 16.0
_NOTHING_ZH = "没有数据"


def write_sheets(
    book: Book,
    con: duckdb.DuckDBPyConnection,
    workbook: str,
    district_code: str | None,
    values: Mapping[str, Any],
    entries: catalogue.Catalogue | None = None,
) -> None:
    """Write the sheets of a workbook that the catalogue declares, in their order.

    Args:
        book: workbook to write into.
        con: a connection of `core.duck.open_marts`.
        workbook: name of the workbook in the catalogue.
        district_code: six digits, as text; None for the rows of all districts.
        values: what titles and subtitles may name (`phrases`, `school_year`, `as_of`, `whole_zh`) and `where` may refer
            to.
        entries: the catalogue, that of districts' releases by default.
    """
    labels_zh, words = catalogue.labels_of(con), catalogue.Words(con, district_code or "")
    for _, tables in groupby(
        (entries or catalogue.load()).in_workbook(workbook), key=lambda t: _place(t).sheet
    ):
        _sheet(book, con, list(tables), district_code, values, labels_zh, words)


def _sheet(
    book: Book,
    con: duckdb.DuckDBPyConnection,
    tables: Sequence[catalogue.Table],
    district_code: str | None,
    values: Mapping[str, Any],
    labels_zh: Mapping[str, Mapping[str, str]],
    words: catalogue.Words,
) -> None:
    """One sheet: its tables below each other, each with its own heads."""
    place = _place(tables[0])
    columns = [table.columns_of("excel") for table in tables]
    heads = [
        [catalogue.heading(table.mart, c, labels_zh) for c in own] for table, own in zip(tables, columns, strict=True)
    ]  # fmt: skip
    found = [_rows(con, table, district_code, values, words) for table in tables]
    title = rendered(place.title_zh, values) if place.title_zh else _title(tables[0], found[0], values)
    sheet = book.sheet(
        place.sheet, title, heads[0], _widths(columns, heads),
        subtitle=rendered(place.subtitle_zh, values), freeze_columns=place.freeze_columns,
        break_columns=place.break_columns,
    )  # fmt: skip
    for number, (table, own, rows) in enumerate(zip(tables, columns, found, strict=True)):
        if number:
            sheet.begin_table(_title(table, rows, values), heads[number])
        dictionaries = [words.of(c.words) if c.words else None for c in own]
        options = {} if place.font_size == _NORMAL_SIZE else {"font_size": place.font_size}
        for row in rows:
            sheet.add([cell(row, c, d) for c, d in zip(own, dictionaries, strict=True)], **options)
        if not rows:
            sheet.empty(table.empty_zh or _NOTHING_ZH)


def _rows(
    con: duckdb.DuckDBPyConnection,
    table: catalogue.Table,
    district_code: str | None,
    values: Mapping[str, Any],
    words: catalogue.Words,
) -> list[catalogue.Row]:
    if table.relation:
        return _RELATIONS[table.relation]()
    entry = catalogue.of_year(catalogue.bound(table, values), values)
    return catalogue.rows_of(con, entry, district_code, words)


def _title(table: catalogue.Table, rows: Sequence[catalogue.Row], values: Mapping[str, Any]) -> str:
    """The title of a table with its `{column}` as in the first row; without rows, as in the workbook, or a dash."""
    text = rendered(table.title_zh, values)
    named: dict[str, Any] = {name: None for _, name, _, _ in Formatter().parse(text) if name}
    return filled(text, {**named, **values, **(rows[0] if rows else {})})


#: Rows that are no mart: the codes of statuses with their words.
_RELATIONS: Mapping[str, Callable[[], list[catalogue.Row]]] = {
    "statuses": lambda: [{"code": code, "word_zh": word} for code, word in labels.STATUS_ZH.items()]
}
_NORMAL_SIZE = 10


def _place(table: catalogue.Table) -> InWorkbook:
    assert table.excel is not None
    return table.excel


def _widths(columns: Sequence[Sequence[catalogue.Column]], heads: Sequence[Sequence[str]]) -> list[float]:
    """Width of each column of the sheet: the widest that its tables ask for."""
    found: list[float] = [0] * max(len(own) for own in columns)
    for own, texts in zip(columns, heads, strict=True):
        for j, (column, text) in enumerate(zip(own, texts, strict=True)):
            width = column.width or min(max(text_width(text), _NARROWEST), _WIDEST)
            found[j] = max(found[j], width)
    return found
