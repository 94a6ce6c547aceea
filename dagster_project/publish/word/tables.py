"""Tables of reports: written from the catalogue, each figure with the cell that it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster_project.core.numbers import NONE_ZH, filled
from dagster_project.publish import catalogue, labels
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part
from dagster_project.publish.word.issue import Row, Source

#: Writes a piece of a document.
Block = Callable[[OfficialDocument], None]
#: Width of a column that the catalogue gives none, in millimetres.
_WIDTH_MM = 20.0
#: Month in which the figures of a year are observed, by the column of the year: the statistics of a school year are
#: those of 1 September, the other years are known at their end.
_OBSERVED_IN = {"school_year": 9, "latest_school_year": 9, "fiscal_year": 12, "monitoring_year": 12}


def table_blocks(source: Source, section: str, values: Mapping[str, Any] | None = None) -> list[Block]:
    """The tables that the catalogue places in a section of the report, each ready to be written.

    A table without rows is left out, or replaced by its sentence (`empty_zh`).

    Args:
        source: rows of the release.
        section: name of the section in the catalogue.
        values: further values that `where` may refer to.
    """
    found = []
    for table in catalogue.load().in_report(source.issue.report.name, section):
        block = _block(source, table, source.rows(table, values))
        if block is not None:
            found.append(block)
    return found


def _block(source: Source, table: catalogue.Table, rows: Sequence[Row]) -> Block | None:
    place, columns = table.word, table.columns_of("word")
    assert place is not None
    if place.unchanged_by:
        rows = _changed(rows, [c.name for c in columns if c.name != place.unchanged_by])
    shown = rows[: place.most_rows] if place.most_rows else rows
    if not shown:
        return (lambda document: document.paragraph(Label(table.empty_zh))) if table.empty_zh else None
    dictionaries = [source.words.of(c.words) if c.words else None for c in columns]
    heads = [Label(catalogue.heading(table.mart, c, source.labels_zh)) for c in columns]
    cells = [[_cell(table, row, c, d) for c, d in zip(columns, dictionaries, strict=True)] for row in shown]
    caption = Label(filled(table.title_zh, shown[0]) + observed_zh(rows, place.observed, source.issue.month))

    def write(document: OfficialDocument) -> None:
        document.table(
            heads,
            cells,
            [c.width_mm or _WIDTH_MM for c in columns],
            "".join("l" if c.kind == "text" and not c.words and not c.is_number else "c" for c in columns),
            caption=caption if caption.text else "",
        )
        for note in table.notes_zh:
            document.note(Label(source.text(note)))

    return write


def _changed(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Rows that differ from the row above in one of the columns."""
    return [
        row for place, row in enumerate(rows) if not place or any(row[n] != rows[place - 1][n] for n in names)
    ]


def observed_zh(rows: Sequence[Row], column: str, month: str) -> str:
    """What a caption adds where the latest of its figures lie before the report's month: （数据截至2024-09）."""
    known = [_month_of(column, row[column]) for row in rows if column and row[column] is not None]
    if not known or max(known) >= month:
        return ""
    return f"（数据截至{max(known)}）"


def _month_of(column: str, value: Any) -> str:
    if isinstance(value, dt.date):
        return f"{value:%Y-%m}"
    return f"{value}-{_OBSERVED_IN[column]:02d}" if column in _OBSERVED_IN else str(value)


def _cell(
    table: catalogue.Table, row: Row, column: catalogue.Column, words: Mapping[Any, str] | None
) -> list[Part]:
    value = row[column.name]
    none_zh = NONE_ZH if column.none_zh is None else column.none_zh
    if column.is_number:
        figure: list[Part] = [number_of(table.mart, table.key, row, column, column.name)]
        if column.over and row[column.over] is not None:
            figure += ["/", number_of(table.mart, table.key, row, column, column.over)]
        return figure
    if column.template:
        return [Label(filled(column.template, row, labels.UNCLEAR_ZH))]
    if words is not None:
        value = words.get(value, value)
    if isinstance(value, dt.date):
        value = f"{value:%Y-%m}" if column.kind == "month" else value.isoformat()
    if isinstance(value, bool):
        value = "是" if value else "否"
    return [Label(none_zh if value is None or value == "" else str(value))]


def number_of(mart: str, key_columns: Sequence[str], row: Row, column: catalogue.Column, name: str) -> Number:
    """A figure with the key of its cell."""
    key = {k: row[k].isoformat() if isinstance(row[k], dt.date) else row[k] for k in key_columns}
    if column.scaled_by is not None:
        scale, decimals, unit = (row[n] for n in column.scaled_by)
        return Number(mart, key, name, row[name], int(decimals or 0), scale or 1, unit or "", thousands=True)
    if column.kind == "percent":
        return Number(mart, key, name, row[name], 1, 100, "%", thousands=True)
    if column.kind == "plain":
        return Number(mart, key, name, row[name], None, thousands=True)
    decimals = int(column.decimals) if column.kind == "number" and column.decimals != "indicator" else 0
    return Number(mart, key, name, row[name], decimals, thousands=True)
