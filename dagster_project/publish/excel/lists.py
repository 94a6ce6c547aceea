"""Lists in workbooks that are written when somebody asks for them: reminders, receipts, summaries of returned files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.lists import heads_of
from dagster_project.publish.excel.sheets import Book, Sheet


def add_list(
    book: Book,
    name: str,
    rows: Iterable[Sequence[Any]],
    *,
    sheet: str = "",
    title: str = "",
    subtitle: str = "",
    leave_out: frozenset[str] = frozenset(),
) -> Sheet:
    """Add a sheet with the headings and widths of an entry of the catalogue's `lists.yml`.

    Args:
        book: workbook to write into.
        name: the entry.
        rows: cells in the order of the entry's columns; see `Sheet.add`.
        sheet: name of the sheet, the entry's title by default.
        title: printed above the table, the entry's by default.
        subtitle: a line below the title.
        leave_out: columns that are not written; the rows have no cells for them.
    """
    table = catalogue.load().tables[name]
    heads = {c: zh for c, zh in heads_of(name, "excel").items() if c not in leave_out}
    widths = [c.width or 0 for c in table.columns_of("excel") if c.name not in leave_out]
    title_zh = title or table.title_zh
    listed = book.sheet(sheet or table.title_zh, title_zh, list(heads.values()), widths, subtitle=subtitle)
    for row in rows:
        listed.add(row)
    return listed
