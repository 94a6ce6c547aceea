"""Prefilled sheets that come back: last year's figures are never read, and a school's rows left as handed out say nothing.

Where a school filled in some of its rows, each row that it left out is asked about: its figures are unknown, not absent.

Such a sheet is known by its headings: `上年数` before the heading of a column, or `名录已核对` in a register.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dagster_project.intake.feeds import REGISTER, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import HEADING_SEARCH_ROWS
from dagster_project.intake.parse.own_sheets import CONFIRMED_ZH, LAST_YEAR_ZH
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.spellings import folded, load_spellings

#: Columns besides the grain that are filled in before a sheet is handed out.
_FILLED_BEFORE = frozenset(("school_name", "district_code"))
#: Spellings of 是 that don't say that somebody has checked the register.
_OTHER_YES = frozenset(("有",))
_ROWS_NAMED = 8


@dataclass(frozen=True)
class Prefilled:
    """What a sheet was handed out with.

    Attributes:
        is_prefilled: it has a column of last year's figures, or the column that confirms the register.
        unconfirmed: numbers of the sheet rows of a register whose cell of confirmation doesn't say yes.
        unclear: of these, the rows whose cell says neither yes nor no: its address and its text by row number.
    """

    is_prefilled: bool = False
    unconfirmed: frozenset[int] = field(default_factory=frozenset)
    unclear: dict[int, tuple[str, str]] = field(default_factory=dict)


def take_off_prefilled(grid: Grid) -> Prefilled:
    """Empty a sheet's columns of last year's figures and of confirmations, in place; says what they were.

    A column is emptied from its heading down to the next heading of a feed in the same column.
    """
    found = False
    unconfirmed: set[int] = set()
    unclear: dict[int, tuple[str, str]] = {}
    known: frozenset[str] = frozenset()
    for i, row in enumerate(grid.rows[:HEADING_SEARCH_ROWS]):
        for j, cell in enumerate(row):
            if not isinstance(cell, str) or (LAST_YEAR_ZH not in cell and CONFIRMED_ZH not in cell):
                continue
            known = known or frozenset(h for feed in load_feeds().values() for h in feed.names_by_heading)
            text = normalise_heading(cell)
            confirms = text == CONFIRMED_ZH
            if not confirms and text.removeprefix(LAST_YEAR_ZH).lstrip(":：") not in known:
                continue
            found = True
            row[j] = ""
            for number, below in enumerate(grid.rows[i + 1 :], grid.first_row + i + 1):
                value = below[j] if j < len(below) else ""
                if isinstance(value, str) and normalise_heading(value) in known:
                    break
                if confirms and (answer := _answer(clean_text(value))) != "是":
                    unconfirmed.add(number)
                    if answer is None:
                        unclear[number] = (f"{grid.letter(j)}{number}", clean_text(value))
                if j < len(below):
                    below[j] = ""
    return Prefilled(found, frozenset(unconfirmed), unclear)


def _answer(text: str) -> str | None:
    """是 or 否 for what stands in a cell of confirmation, a blank one included; None where it says neither."""
    word = folded(text)
    words = load_spellings().words
    if word in {"是", "已核对", *words["是"]} - _OTHER_YES:
        return "是"
    return "否" if word in {"", "否", *words["否"]} else None


def without_unfilled(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: dict[str, int], body: list[Row], prefilled: Prefilled
) -> list[Row]:
    """Rows of a prefilled sheet without those of schools that filled in nothing, which are noted as not reported.

    Rows that a school left out beside others that it filled in stay, and are listed in `sheet.unfilled`; rows without a
    key, such as the spare ones, are nothing that could be left out. Rows of a register stay: `drop_unconfirmed` decides
    on them when the whole file is read.

    Args:
        sheet: gets the note and the numbers of the rows left out; the rows taken away are counted among those dropped.
        grid: the sheet's cells.
        feed: the feed of the sheet.
        names: column index by feed column name.
        body: rows below the heading.
        prefilled: what the sheet was handed out with.
    """
    if not prefilled.is_prefilled:
        return body
    if feed.is_register:
        numbers = {number for number, _ in body}
        sheet.unconfirmed |= numbers & prefilled.unconfirmed
        sheet.problems.extend(
            problem(
                "UNCLEAR_CONFIRMATION",
                sheet=sheet.sheet,
                feed=sheet.feed,
                column_zh=CONFIRMED_ZH,
                cell=cell,
                value=text,
            )
            for number, (cell, text) in prefilled.unclear.items()
            if number in numbers
        )
        return body
    before = _FILLED_BEFORE | set(feed.grain)
    stated = [j for name, j in names.items() if name in before]
    to_fill = [j for name, j in names.items() if name not in before]
    keys = [names[name] for name in feed.grain if name in names]
    reporting = {_text(row, names[feed.identity]) for _, row in body if _any_filled(row, to_fill)}
    left_out: set[int] = set()
    not_reported: list[int] = []
    for number, row in body:
        if not _any_filled(row, stated) or _any_filled(row, to_fill):
            continue
        # a ledger's entries stay as they are until they change
        if feed.is_ledger or _text(row, names[feed.identity]) not in reporting:
            not_reported.append(number)
        elif all(_any_filled(row, (j,)) for j in keys):
            sheet.unfilled.add(number)
        else:
            left_out.add(number)
    if not_reported:
        _note(sheet, "unfilled", grid.letter(names[feed.identity]), not_reported)
    left_out |= set(not_reported)
    return [(number, row) for number, row in body if number not in left_out]


def drop_unconfirmed(file: ParsedFile) -> None:
    """Take away prefilled rows of the register that weren't confirmed, of schools without any figure in the file.

    A school that filled in its figures stands by the register handed out with them.
    """
    if not any(sheet.unconfirmed for sheet in file.sheets):
        return
    with_figures = {
        code
        for sheet in file.sheets
        if sheet.feed != REGISTER and sheet.status == "accepted"
        for code in sheet.columns.get("school_code", ())
    }
    for sheet in file.sheets:
        if not sheet.unconfirmed or not sheet.columns:
            continue
        rows = zip(sheet.columns["row_number"], sheet.columns["school_code"], strict=True)
        keep = [number not in sheet.unconfirmed or code in with_figures for number, code in rows]
        dropped = [n for n, kept in zip(sheet.columns["row_number"], keep, strict=True) if not kept]
        if not dropped:
            continue
        sheet.columns = {name: _kept(values, keep) for name, values in sheet.columns.items()}
        sheet.problems = [p for p in sheet.problems if p.row_number not in dropped]
        sheet.rows_dropped += len(set(dropped))
        _note(sheet, "unconfirmed", "A", dropped)


def _kept(values: list[Any], keep: list[bool]) -> list[Any]:
    return [value for value, kept in zip(values, keep, strict=True) if kept]


def _text(row: list[Any], place: int) -> str:
    return clean_text(row[place]) if place < len(row) else ""


def _any_filled(row: list[Any], places: Iterable[int]) -> bool:
    return any(j < len(row) and not is_blank(row[j]) for j in places)


def _note(sheet: ParsedSheet, kind: str, letter: str, numbers: list[int]) -> None:
    sheet.problems.append(
        problem(
            "PASSED_OVER",
            kind,
            sheet=sheet.sheet,
            feed=sheet.feed,
            cell=f"{letter}{numbers[0]}",
            rows="、".join(map(str, numbers[:_ROWS_NAMED])),
            count=len(numbers),
        )
    )
