"""Blank codes and grades below the row that names them, where a sheet writes each only where it changes."""

from __future__ import annotations

from typing import Any

from dagster_project.intake.feeds import Feed
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Row, values_in
from dagster_project.intake.parse.cells import clean_text, convert_column, is_blank
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.row_words import is_figure, names_class
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import total_word

#: Fewest rows without a code, where no column of names shows that they belong to the school above.
_LEAST_WITHOUT_NAMES = 3


def filled_down(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: dict[str, int], body: list[Row]
) -> list[Row]:
    """Rows in which each blank code, stage or grade has the value of the row above, if the sheet leaves them so.

    It does if no two rows of the table that follow each other repeat a code: then a row without code and name, but
    with its own class or stage and a figure, goes on with the school above. Otherwise a code was forgotten, and stays
    blank.

    Args:
        sheet: gets a note.
        grid: the cells.
        feed: the feed.
        names: column index by feed column name.
        body: rows below the heading.
    """
    keys = [names[n] for n in feed.grain if n in names]
    if feed.is_ledger or len(keys) < 2 or len(keys) < len(feed.grain):
        return body
    identity, *middle, last = keys
    if values_in(body, identity).isdisjoint(("", None)):
        return body
    name = names.get("school_name")
    figures = [
        names[c.name] for c in feed.columns if c.name in names and c.is_number and c.name not in feed.grain
    ]
    filled: dict[int, list[Any]] = {}
    above: list[Any] | None = None
    for number, row in body:
        if not is_blank(_at(row, identity)):
            if not is_code(row[identity]):
                above = None if _is_total(row) else above
                continue
            if above is not None and clean_text(above[identity]) == clean_text(row[identity]):
                return body
            above = _with_width(row, max(keys) + 1)
            continue
        if _is_total(row) or not any(is_figure(cell := _at(row, j)) and cell != 0 for j in figures):
            above = None if _is_total(row) else above
            continue
        if above is None or not _is_own_key(feed, _at(row, last)):
            continue
        if name is not None and clean_text(_at(row, name)) not in ("", clean_text(_at(above, name))):
            above = None
            continue
        own = _with_width(row, max(keys) + 1)
        own[identity] = above[identity]
        for j in middle:
            if is_blank(own[j]):
                own[j] = above[j]
        filled[number] = above = own
    if not filled or (name is None and len(filled) < _LEAST_WITHOUT_NAMES):
        return body
    sheet.problems.append(
        problem(
            "FILLED_DOWN",
            sheet=grid.sheet,
            feed=feed.feed,
            cell=grid.address(identity, min(filled)),
            count=len(filled),
            first=min(filled),
        )
    )
    return [(n, filled.get(n, row)) for n, row in body]


def _is_own_key(feed: Feed, cell: Any) -> bool:
    """True for the name of a class, or a choice of the feed: what says which of a school's rows it is."""
    column = feed.column(feed.grain[-1])
    if is_blank(cell) or convert_column([cell], column).faults:
        return False
    return column.type == "choice" or names_class(clean_text(cell))


def _at(row: list[Any], j: int) -> Any:
    return row[j] if j < len(row) else ""


def _with_width(row: list[Any], width: int) -> list[Any]:
    return [*row, *[""] * (width - len(row))]


def _is_total(row: list[Any]) -> bool:
    return any(isinstance(c, str) and total_word(c) for c in row)
