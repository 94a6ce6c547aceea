"""Which rows below a heading are records; totals, notes, repeated headings and blank rows are not."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import EXTERNAL_REFERENCE, MERGED_CELL, Grid, column_letter
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.shown import shown_cell

#: A sheet row number (from 1) and the row's cells.
Row = tuple[int, list[Any]]

_TOTAL = re.compile(r"(合计|小计|总计|平均|平均值|平均数)\Z")
_TOTAL_START = re.compile(r"(合计|小计|总计|本页合计|全区合计|全县合计)")
_PAGE_TOTAL = "本页"
_NOTE = re.compile(r"(注|备注|说明|填表|填报|制表|审核|单位负责人|负责人|联系|日期|报出)")
#: First cell of a row that numbers the columns.
_COLUMN_NUMBERING = re.compile(r"(甲|乙|丙|丁|栏次|序号)\Z")
_SHORTEST_CODE = 6
#: Types of columns whose merged cells are read as the same value in each row.
_SPREADABLE_TYPES = ("code", "district", "text", "choice")


@dataclass(frozen=True)
class KeptRows:
    """Records of a sheet, and its rows of totals, in the order of the sheet."""

    records: list[Row]
    totals: list[Row]


def rows_below(grid: Grid, heading: int) -> list[Row]:
    """Rows below a heading (an index of `grid.rows`) up to the last one that isn't blank."""
    rows = grid.rows[heading + 1 :]
    last = len(rows)
    while last and all(is_blank(c) for c in rows[last - 1]):
        last -= 1
    start = grid.first_row + heading + 1
    return list(zip(range(start, start + last), rows[:last], strict=True))


def is_code(cell: object) -> bool:
    """True for a cell of at least six digits, which only records have in their code column."""
    text = cell if type(cell) is str and cell.isascii() and cell.isdigit() else clean_text(cell)
    return len(text) >= _SHORTEST_CODE and text.isdigit()


def keep_records(
    sheet: ParsedSheet, grid: Grid, body: list[Row], heading_last: int, names: dict[str, int], feed: Feed
) -> KeptRows:
    """Records and totals among the rows below a heading; counts the dropped rows in `sheet`.

    Args:
        sheet: gets the count, and warnings about text beside the table.
        grid: the sheet's cells.
        body: rows below the heading.
        heading_last: index of the heading's last row in `grid.rows`.
        names: column index by feed column name.
        feed: the feed of the sheet.
    """
    mapped = sorted(names.values())
    identity = names[feed.identity]
    head = [normalise_heading(c) if isinstance(c, str) else "" for c in grid.rows[heading_last]]
    records: list[Row] = []
    totals: list[Row] = []
    for number, row in body:
        if identity < len(row) and is_code(row[identity]):
            records.append((number, row))
            continue
        cells = [row[j] if j < len(row) else "" for j in mapped]
        if all(is_blank(c) for c in cells) and all(is_blank(c) for c in row):
            continue
        if _is_total(row, identity):
            totals.append((number, row))
        elif not _is_repeated_heading(row, head, mapped) and not _is_note(row, cells, sheet, number, grid):
            records.append((number, row))
    sheet.rows_dropped += len(body) - len(records)
    return KeptRows(records, totals)


def _is_total(row: list[Any], identity: int) -> bool:
    """True for a row without a code whose first cells say that it adds others up."""
    return bool(_total_text(row[: max(identity + 2, 4)]))


def _total_text(cells: Iterable[Any]) -> str:
    """Text of the first cell that names a total, without blanks; '' if there is none."""
    for cell in cells:
        if isinstance(cell, str):
            text = re.sub(r"\s+", "", clean_text(cell))
            if _TOTAL.search(text) or _TOTAL_START.match(text):
                return text
    return ""


def total_label(row: list[Any]) -> str:
    """Kind of total of a row: 合计, 小计, 总计, 平均 …, or 本页; '' if it is none."""
    text = _total_text(row)
    if text.startswith(_PAGE_TOTAL):
        return _PAGE_TOTAL
    return text[-2:] if _TOTAL.search(text) else text[:2]


def _is_repeated_heading(row: list[Any], head: list[str], mapped: list[int]) -> bool:
    """True for a row that repeats two headings or more, or numbers the columns."""
    texts = [normalise_heading(c) if isinstance(c, str) else "" for c in row]
    same = sum(1 for j in mapped if j < len(texts) and texts[j] and j < len(head) and texts[j] == head[j])
    if same >= 2:
        return True
    first = next((clean_text(c) for c in row if not is_blank(c)), "")
    return bool(_COLUMN_NUMBERING.match(first))


def _is_note(row: list[Any], cells: list[Any], sheet: ParsedSheet, number: int, grid: Grid) -> bool:
    """True for a footnote without figures, and for text beside the table's columns, which is reported."""
    filled = [(j, c) for j, c in enumerate(row) if not is_blank(c)]
    first = clean_text(filled[0][1])
    is_label = isinstance(filled[0][1], str) and bool(_NOTE.match(first))
    is_outside = all(is_blank(c) for c in cells)
    has_figures = any(isinstance(c, (int, float)) and not isinstance(c, bool) for _, c in filled)
    if not (is_outside or (is_label and not has_figures)):
        return False
    if not is_label:
        sheet.problems.append(
            problem(
                "TEXT_OUTSIDE_TABLE",
                sheet=grid.sheet,
                feed=sheet.feed,
                row_number=number,
                cell=grid.address(filled[0][0], number),
                # beside a table of pay a note may be pay
                value="" if load_feeds()[sheet.feed].holds_pay else shown_cell(first),
            )
        )
    return True


def reject_external_figures(
    sheet: ParsedSheet, grid: Grid, names: dict[str, int], records: list[Row]
) -> bool:
    """Refuse a sheet with a figure that is in another file; returns True if it was refused."""
    if not grid.has_external:
        return False
    for number, row in records:
        for name, j in names.items():
            if j < len(row) and row[j] == EXTERNAL_REFERENCE:
                sheet.reject(
                    problem(
                        "EXTERNAL_REFERENCE",
                        sheet=grid.sheet,
                        feed=sheet.feed,
                        row_number=number,
                        column_name=name,
                        cell=grid.address(j, number),
                    )
                )
                return True
    return False


def spread_merges(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: dict[str, int], records: list[Row]
) -> list[Row]:
    """Records in which each row of a merged name or code has its value.

    A merged figure is replaced by a mark: it can't be known which of the rows it belongs to.
    """
    if not grid.merges or not records:
        return records
    column_at = {j: feed.column(name) for name, j in names.items()}
    numbers = [n for n, _ in records]
    rows = {n: row for n, row in records}
    spread: list[str] = []
    for top, left, bottom, right in grid.merges:
        covered = numbers[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        places = [j for j in range(left - grid.first_column, right - grid.first_column + 1) if j in column_at]
        if not covered or not places:
            continue
        source = grid.rows[top - grid.first_row] if 0 <= top - grid.first_row < len(grid.rows) else []
        value = source[left - grid.first_column] if 0 <= left - grid.first_column < len(source) else ""
        if is_blank(value):
            continue
        is_spread = left == right and column_at[places[0]].type in _SPREADABLE_TYPES
        if is_spread and top < bottom:
            spread.append(f"{column_letter(left)}{top}:{column_letter(right)}{bottom}")
        for n in covered:
            cells = [*rows[n], *[""] * (places[-1] + 1 - len(rows[n]))]
            for j in places:
                cells[j] = value if is_spread else MERGED_CELL
            rows[n] = cells
    if spread:
        sheet.problems.append(
            problem(
                "MERGED_CELLS",
                sheet=grid.sheet,
                feed=feed.feed,
                cell=spread[0].split(":")[0],
                count=len(spread),
                first=spread[0],
            )
        )
    return [(n, rows[n]) for n in numbers]


def warn_of_hidden(sheet: ParsedSheet, grid: Grid, names: dict[str, int], records: list[Row]) -> None:
    """Warn that records or read columns are hidden; they are read all the same."""
    rows = set(grid.hidden_rows).intersection(n for n, _ in records)
    columns = set(grid.hidden_columns).intersection(grid.first_column + j for j in names.values())
    if not rows and not columns:
        return
    sheet.problems.append(
        problem(
            "HIDDEN_CELLS",
            "both" if rows and columns else "rows" if rows else "columns",
            sheet=grid.sheet,
            feed=sheet.feed,
            cell=f"A{min(rows)}" if rows else f"{column_letter(min(columns))}{sheet.heading_row}",
            rows=len(rows),
            columns=len(columns),
        )
    )
