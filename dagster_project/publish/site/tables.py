"""Tables of the catalogue on the pages of one district."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dagster_project.core.numbers import filled
from dagster_project.publish import catalogue, periods
from dagster_project.publish.catalogue.rows import arranged
from dagster_project.publish.site.marts import Marts
from dagster_project.publish.site.printing import MOST_ROWS, PageColumn, PageTable, Row


def page_table(
    marts: Marts,
    district_code: str,
    name: str,
    *,
    rows: Sequence[Row] | None = None,
    where: Mapping[str, Any] | None = None,
) -> PageTable | None:
    """A table of the catalogue with its rows; None if it has no rows and no text for that case.

    Args:
        name: its name in the catalogue.
        rows: rows that are no mart, for a table with a `relation`, or of several districts.
        where: further columns and their values.
    """
    spec = marts.entries.tables[name]
    if spec.needs_one_district and marts.several:
        return None
    given = marts.given(spec, district_code) if rows is None else rows
    further = [dict(r) for r in given if all(r[c] == v for c, v in (where or {}).items())]
    found = arranged(spec, further, marts.words(district_code).of)
    if not found and not spec.empty_zh:
        return None
    values = found[0] if found else {"school_year": marts.years[district_code]}
    caption = filled(spec.title_zh, {**values, "whole_zh": marts.whole_zh(district_code)})
    cut = (
        [f"共 {len(found)} 行，这里列出前 {MOST_ROWS} 行；其余见学校页和工作簿。"]
        if len(found) > MOST_ROWS
        else []
    )
    columns = [_column(marts, district_code, spec, column) for column in spec.columns_of("site")]
    until = (
        periods.data_until_zh(spec.latest, found[0][spec.latest], marts.release.as_of)
        if spec.latest and found and not spec.per
        else ""
    )
    notes = (*spec.notes_zh, *cut)
    return PageTable(
        spec, columns, found[:MOST_ROWS], caption, notes, until, _sources_of(marts, district_code, spec)
    )


def _sources_of(marts: Marts, district_code: str, spec: catalogue.Table) -> str:
    """Address of the source cells of a table that proves a measure; empty where it proves none."""
    measures = marts.rows("fct_rectification_measures", district_code)
    feeds = {row["proof_feed_zh"] for row in measures if row["proof_table"] == spec.mart}
    address = catalogue.load().address_of("fct_source_rows") if len(feeds) else ""
    return (
        f"{address}?{urlencode({'proof_feed_zh': feeds.pop()})}" if address and len(feeds) == 1 else address
    )


def _column(marts: Marts, district_code: str, table: catalogue.Table, column: catalogue.Column) -> PageColumn:
    words = marts.words(district_code)
    return PageColumn(
        column,
        catalogue.heading(table.mart, column, marts.labels_zh),
        words.of(column.words) if column.words else None,
        _link_of(column, words),
        (lambda row: words.decimals(row["indicator_code"])) if column.decimals == "indicator" else None,
    )


def _link_of(column: catalogue.Column, words: catalogue.Words) -> Callable[[Row], str] | None:
    """Function that gives a row's address; none where the row names no registered school, or no table shows the mart."""
    if column.links_to:
        return lambda row: _address_of_mart(row, column)
    if not column.link or "{school_code}" not in column.link:
        return column.link.format_map if column.link else None
    schools = words.of("schools")
    return lambda row: (
        column.link.format_map(row) if row["school_code"] and row["school_code"] in schools else ""
    )


def _address_of_mart(row: Row, column: catalogue.Column) -> str:
    """Address of the table that shows the mart of a cell, filtered as the entry says."""
    mart = (row[column.name] or "") and (row[column.name] if column.links_to == "mart" else column.links_to)
    address = catalogue.load().address_of(mart) if mart else ""
    chosen = {name: row[name] for name in column.link_filters if row[name] is not None}
    return f"{address}?{urlencode(chosen)}" if address and chosen else address
