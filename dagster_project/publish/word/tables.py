"""Tables of reports: written from the catalogue, each figure with the cell that it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dagster_project.core.numbers import NONE_ZH, filled
from dagster_project.publish import catalogue, labels, periods
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part
from dagster_project.publish.word.issue import Row, Source

#: Writes a piece of a document.
Block = Callable[[OfficialDocument], None]
#: Said below a table of history from which rows are left out.
UNCHANGED_ZH = "另有 {rows} 期的数与上一期相同，没有重复列出；各项的最近一期都已列出。"
#: Width of a column that the catalogue gives none, in millimetres.
_WIDTH_MM = 20.0


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
    place = table.word
    assert place is not None
    columns = [c for c in table.columns_of("word") if not c.is_optional or any(_has(row, c) for row in rows)]
    received = len(rows)
    if place.unchanged_by:
        periods_of = {place.unchanged_by, place.observed}
        series = [n for n in (*table.key, *catalogue.ordered_by(table)) if n not in periods_of]
        rows = changed_rows(rows, [c.name for c in columns if c.name != place.unchanged_by], series)
    left_out = received - len(rows)
    shown = rows[: place.most_rows] if place.most_rows else rows
    if not shown:
        return (lambda document: document.paragraph(Label(table.empty_zh))) if table.empty_zh else None
    heads = [Label(_heading(source, table, column)) for column in columns]
    cells = [[_cell(source, table, row, column) for column in columns] for row in shown]
    caption = Label(filled(table.title_zh, shown[0]) + observed_zh(rows, place.observed, source.issue.as_of))

    def write(document: OfficialDocument) -> None:
        document.table(
            heads,
            cells,
            [c.width_mm or _WIDTH_MM for c in columns],
            "".join("l" if c.kind == "text" and not c.words and not c.is_number else "c" for c in columns),
            caption=caption if caption.text else "",
        )
        if left_out:
            document.note(Label(UNCHANGED_ZH.format(rows=left_out)))
        for note in table.notes_zh:
            document.note(Label(source.text(note)))

    return write


def _has(row: Row, column: catalogue.Column) -> bool:
    return row[column.name] is not None and row[column.name] != ""


def _heading(source: Source, table: catalogue.Table, column: catalogue.Column) -> str:
    """Heading of a column; where a second figure follows a slash, with its label."""
    found = catalogue.heading(table.mart, column, source.labels_zh)
    return f"{found}/{source.labels_zh[table.mart][column.over]}" if column.over else found


def changed_rows(rows: Sequence[Row], names: Sequence[str], series: Sequence[str]) -> list[Row]:
    """Rows that differ from the row above; the first and the newest of each series stay.

    Args:
        rows: ordered by the series, then by the period.
        names: columns that are compared.
        series: columns that say which series a row belongs to.
    """
    found = []
    for place, row in enumerate(rows):
        above, below = rows[place - 1] if place else None, rows[place + 1 : place + 2]
        is_first = above is None or any(row[n] != above[n] for n in series)
        is_newest = not below or any(row[n] != below[0][n] for n in series)
        if is_first or is_newest or (above is not None and any(row[n] != above[n] for n in names)):
            found.append(row)
    return found


def observed_zh(rows: Sequence[Row], column: str, as_of: dt.date) -> str:
    """What a caption adds of the day that the latest of its figures speak of: （数据截至 2024-09，未更新）."""
    known = [row[column] for row in rows if column and row[column] is not None]
    until = periods.data_until_zh(column, max(known), as_of) if known else ""
    return f"（{until}）" if until else ""


def _cell(source: Source, table: catalogue.Table, row: Row, column: catalogue.Column) -> list[Part]:
    said = [zh for note in column.notes if (zh := _note_zh(source, row, note))]
    if said and not _has(row, column):
        return [Label("\n".join(said))]
    parts = _value(source, table, row, column)
    if column.interval and all(row[name] is not None for name in column.interval):
        low, high = (number_of(table.mart, table.key, row, column, name) for name in column.interval)
        parts += ["\n（", low, "至", high, "）"]
    return [*parts, Label("".join(f"\n{zh}" for zh in said))] if said else parts


def _note_zh(source: Source, row: Row, note: str) -> str:
    """Word of a code that is said beside a value; empty where the code has none."""
    name, _, words = note.partition(" ")
    return source.words.of(words).get(row[name], "")


def _value(source: Source, table: catalogue.Table, row: Row, column: catalogue.Column) -> list[Part]:
    value = row[column.name]
    if column.is_number:
        figure: list[Part] = [number_of(table.mart, table.key, row, column, column.name)]
        if column.over and row[column.over] is not None:
            figure += ["/", number_of(table.mart, table.key, row, column, column.over)]
        return figure
    if column.template:
        return [Label(filled(column.template, row, labels.UNCLEAR_ZH))]
    if column.words:
        value = source.words.of(column.words).get(value, value)
    if isinstance(value, dt.date):
        if column.day_status:
            value = periods.day_of_figure_zh(value, row[column.day_status])
        else:
            value = f"{value:%Y-%m}" if column.kind == "month" else value.isoformat()
    if isinstance(value, bool):
        value = "是" if value else "否"
    none_zh = NONE_ZH if column.none_zh is None else column.none_zh
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
    return Number(mart, key, name, row[name], catalogue.decimals_of(column, row), thousands=True)
