"""Whether a sheet's rows of totals agree with its records."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import Any

from dagster_project.intake.feeds import Column, Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import LARGEST_NUMBER, Fault, is_blank, to_number
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.row_words import total_label
from dagster_project.intake.parse.rows import KeptRows
from dagster_project.intake.parse.sheet_words import is_grand_total

_SUMMED_TYPES = ("count", "area", "money")
#: Figures are often stored rounded to two decimals; each record may add half a hundredth, and a little more.
_TOLERANCE_PER_ROW = 0.006


def reject_wrong_totals(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: dict[str, int], rows: KeptRows
) -> bool:
    """Refuse a sheet with a total that is the sum neither of all records nor of those just before or after it.

    All records are those of the table, or of all the sheet's tables of the feed so far. Subtotals and means are not
    checked, nor columns with cells that are not numbers.

    Returns:
        True if the sheet was refused.
    """
    grand = [(n, row) for n, row in rows.totals if is_grand_total(total_label(row))]
    columns = [
        (feed.column(name), j) for name, j in names.items()
        if feed.column(name).type in _SUMMED_TYPES and name not in feed.key_columns
    ]  # fmt: skip
    tables_above = list(sheet.tables_above)
    sheet.tables_above.append((rows.records, {column.name: j for column, j in columns}))
    if not grand or not rows.records:
        return False
    for column, j in columns:
        # figures of the tables above are only collected where a total asks for them
        earlier = [
            figure
            for records, places in tables_above
            if column.name in places
            for figure in _figures(records, places[column.name])
        ]
        mismatch = _mismatch(j, grand, rows, set(grid.hidden_rows) | {row for row, _ in grid.struck}, earlier)
        if mismatch:
            _reject(sheet, grid, feed, column, j, *mismatch)
            return True
    return False


def _mismatch(
    j: int, grand: list[Row], rows: KeptRows, hidden: set[int], earlier: list[float | None]
) -> tuple[int, float, float] | None:
    """Sheet row, stated total and sum of all records of the first wrong total in a column; None if all are right."""
    stated_by = {n: _figure(row, j) for n, row in grand if j < len(row) and not is_blank(row[j])}
    if all(stated is None for stated in stated_by.values()):
        return None
    found = _figures(rows.records, j)
    figures = [v for v in found if v is not None]
    if len(figures) < len(found):
        return None
    numbers = [n for n, _ in rows.records]
    total_rows = [n for n, _ in rows.totals]
    for number, stated in stated_by.items():
        if stated is None:
            continue
        since = max((n for n in total_rows if n < number), default=0)
        until = min((n for n in total_rows if n > number), default=numbers[-1] + 1)
        after, before, end = (
            bisect_right(numbers, since),
            bisect_left(numbers, number),
            bisect_left(numbers, until),
        )
        parts = [figures, figures[:before], figures[after:before], figures[before:end]]
        if hidden:
            parts.append([v for n, v in zip(numbers, figures, strict=True) if n not in hidden])
        page = max((n for n in rows.passed_over.get("heading", ()) if n < number), default=0)
        parts.append(figures[bisect_right(numbers, page) : before])
        if earlier and None not in earlier:
            parts.append([*(v for v in earlier if v is not None), *figures[:before]])
        sums = [math.fsum(part) for part in parts]
        tolerance = max(_TOLERANCE_PER_ROW * (len(rows.records) + len(earlier)), _half_of_last_place(stated))
        if all(abs(stated - s) > tolerance for s in sums):
            return number, stated, sums[0]
    return None


def _reject(
    sheet: ParsedSheet,
    grid: Grid,
    feed: Feed,
    column: Column,
    j: int,
    number: int,
    stated: float,
    sum_of_rows: float,
) -> None:
    sheet.reject(
        problem(
            "TOTAL_MISMATCH",
            "pay" if column.is_pay else "figures",
            sheet=grid.sheet,
            feed=feed.feed,
            row_number=number,
            column_name=column.name,
            column_zh=column.heading_zh,
            cell=grid.address(j, number),
            value="" if column.is_pay else _plain(stated),
            stated=_plain(stated),
            sum=_plain(sum_of_rows),
        )
    )


def _figures(records: list[Row], j: int) -> list[float | None]:
    """Numbers in a column, as `_figure` reads them."""
    found: list[float | None] = []
    for _, row in records:
        cell = row[j] if j < len(row) else ""
        if type(cell) is float and -LARGEST_NUMBER < cell < LARGEST_NUMBER:
            found.append(cell)
        else:
            found.append(0.0 if cell == "" else _figure(row, j))
    return found


def _figure(row: list[Any], j: int) -> float | None:
    """Number in a cell; 0 for a blank cell, None for one that holds no number."""
    cell = row[j] if j < len(row) else ""
    if type(cell) is float and abs(cell) < LARGEST_NUMBER:
        return cell
    if is_blank(cell):
        return 0.0
    number = to_number(cell)
    return None if isinstance(number, Fault) else float(number)


def _half_of_last_place(stated: float) -> float:
    """Half a unit of a number's last decimal: how far a rounded total may be from the sum (4301 for 4300.62)."""
    decimals = len(_plain(stated).partition(".")[2])
    return 0.5 * 10.0**-decimals * (1 + 1e-9)


def _plain(number: float) -> str:
    """A number with at most two decimals, without trailing zeros."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
