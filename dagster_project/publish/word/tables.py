"""Tables of reports: written from the catalogue, each figure with the cell that it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import NONE_ZH, filled
from dagster_project.publish import catalogue
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part

if TYPE_CHECKING:
    import duckdb

#: Width of a column that the catalogue gives none, in millimetres.
_WIDTH_MM = 20.0


def write_tables(
    document: OfficialDocument,
    con: duckdb.DuckDBPyConnection,
    report: str,
    section: str,
    district_code: str,
    values: Mapping[str, Any],
) -> None:
    """Write the tables that the catalogue places in a section of a report.

    A table without rows is left out, or replaced by its sentence (`empty_zh`).

    Args:
        document: document to write into.
        con: a connection of `core.duck.open_marts`.
        report: `weekly` or `monthly`.
        section: name of the section in the catalogue.
        district_code: six digits, as text.
        values: what notes may name (`phrases`) and `where` may refer to (`school_year`, `recent_years`, `month`).
    """
    labels_zh, words = catalogue.labels_of(con), catalogue.Words(con, district_code)
    for table in catalogue.load().in_report(report, section):
        rows = catalogue.rows_of(con, catalogue.bound(table, values), district_code, words)
        if table.word and table.word.most_rows:
            rows = rows[: table.word.most_rows]
        if not rows:
            if table.empty_zh:
                document.paragraph(Label(table.empty_zh))
            continue
        columns = table.columns_of("word")
        dictionaries = [words.of(c.words) if c.words else None for c in columns]
        document.table(
            [Label(catalogue.heading(table.mart, c, labels_zh)) for c in columns],
            [[_cell(table, row, c, d) for c, d in zip(columns, dictionaries, strict=True)] for row in rows],
            [c.width_mm or _WIDTH_MM for c in columns],
            "".join("l" if c.kind == "text" and not c.words and not c.is_number else "c" for c in columns),
            caption=Label(filled(table.title_zh, rows[0])),
        )
        for note in table.notes_zh:
            document.note(Label(_sentence(note, values)))


def _cell(
    table: catalogue.Table, row: catalogue.Row, column: catalogue.Column, words: Mapping[Any, str] | None
) -> list[Part]:
    value = row[column.name]
    none_zh = NONE_ZH if column.none_zh is None else column.none_zh
    if column.is_number:
        figure: list[Part] = [_number(table, row, column, column.name)]
        return [*figure, "/", _number(table, row, column, column.over)] if column.over else figure
    if column.template:
        return [Label(filled(column.template, row))]
    if words is not None:
        value = words.get(value, value)
    if isinstance(value, dt.date):
        value = value.isoformat()
    return [Label(none_zh if value is None or value == "" else str(value))]


def _number(table: catalogue.Table, row: catalogue.Row, column: catalogue.Column, name: str) -> Number:
    """A figure with the key of its cell."""
    key = {k: row[k].isoformat() if isinstance(row[k], dt.date) else row[k] for k in table.key}
    if column.scaled_by is not None:
        scale, decimals, unit = (row[n] for n in column.scaled_by)
        return Number(
            table.mart, key, name, row[name], int(decimals or 0), scale or 1, unit or "", thousands=True
        )
    if column.kind == "percent":
        return Number(table.mart, key, name, row[name], 1, 100, "%", thousands=True)
    decimals = int(column.decimals) if column.kind == "number" and column.decimals != "indicator" else 0
    return Number(table.mart, key, name, row[name], decimals, thousands=True)


def _sentence(text: str, values: Mapping[str, Any]) -> str:
    """The text with its `{{ … }}` filled."""
    if "{" not in text:
        return text
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(values)
