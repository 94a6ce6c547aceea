"""Prefilled sheets that come back: last year's figures are never read, and a school's rows left as handed out say nothing.

Where a school filled in some of its rows, each row that it left out is asked about: its figures are unknown, not absent.
A figure of last year that is no longer what was handed out was typed in the wrong column: its row is asked about, too.

Such a sheet is known by its headings: `上年数` before the heading of a column, or `名录已核对` in a register.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_project.intake.feeds import REGISTER, Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.headings import HEADING_SEARCH_ROWS
from dagster_project.intake.parse.own_sheets import (
    CONFIRMED_ZH,
    HANDED_OUT_MARK,
    HANDED_OUT_ZH,
    LAST_YEAR_ZH,
)
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.parse.shown import shown_in_column
from dagster_project.intake.parse.spellings import folded, load_spellings

#: Columns besides the grain that are filled in before a sheet is handed out.
_FILLED_BEFORE = frozenset(("school_name", "district_code"))
#: Spellings of 是 that don't say that somebody has checked the register.
_OTHER_YES = frozenset(("有",))
_ROWS_NAMED = 8


@dataclass(frozen=True)
class TypedOver:
    """A figure of the year before that is no longer what was handed out.

    Attributes:
        cell: its address.
        heading: heading of the column beside it, normalised.
        was: text of the figure as it was handed out; empty for a blank.
        now: what stands there.
    """

    cell: str
    heading: str
    was: str
    now: Any


@dataclass(frozen=True)
class Prefilled:
    """What a sheet was handed out with.

    Attributes:
        is_prefilled: it has a column of last year's figures, or the column that confirms the register.
        unconfirmed: numbers of the sheet rows of a register whose cell of confirmation doesn't say yes.
        unclear: of these, the rows whose cell says neither yes nor no: its address and its text by row number.
        typed_over: numbers of the sheet rows with a figure of last year that was changed, and the first such figure.
    """

    is_prefilled: bool = False
    unconfirmed: frozenset[int] = field(default_factory=frozenset)
    unclear: dict[int, tuple[str, str]] = field(default_factory=dict)
    typed_over: dict[int, TypedOver] = field(default_factory=dict)


def take_off_prefilled(grid: Grid) -> Prefilled:
    """Empty a sheet's columns of last year's figures and of confirmations, in place; says what they were.

    A column is emptied from its heading down to the next heading of a feed in the same column.
    """
    found = False
    unconfirmed: set[int] = set()
    unclear: dict[int, tuple[str, str]] = {}
    typed_over: dict[int, TypedOver] = {}
    known: frozenset[str] = frozenset()
    for i, row in enumerate(grid.rows[:HEADING_SEARCH_ROWS]):
        handed_out: dict[int, str] = {}
        last_year: dict[tuple[int, str], dict[int, Any]] = {}
        for j, cell in enumerate(row):
            if not isinstance(cell, str) or (LAST_YEAR_ZH not in cell and CONFIRMED_ZH not in cell):
                continue
            known = known or frozenset(h for feed in load_feeds().values() for h in feed.names_by_heading)
            text = normalise_heading(cell)
            heading = text.removeprefix(LAST_YEAR_ZH).lstrip(":：")
            if text not in (CONFIRMED_ZH, HANDED_OUT_ZH) and heading not in known:
                continue
            found = True
            row[j] = ""
            taken = _take_below(grid, i, j, known)
            if text == HANDED_OUT_ZH:
                handed_out = {number: clean_text(value) for number, value in taken.items()}
            elif text != CONFIRMED_ZH:
                last_year[j, heading] = taken
            else:
                for number, value in taken.items():
                    if (answer := _answer(clean_text(value))) != "是":
                        unconfirmed.add(number)
                        if answer is None:
                            unclear[number] = (f"{grid.letter(j)}{number}", clean_text(value))
        typed_over |= _typed_over(grid, handed_out, last_year)
    return Prefilled(found, frozenset(unconfirmed), unclear, typed_over)


def _take_below(grid: Grid, i: int, j: int, known: Collection[str]) -> dict[int, Any]:
    """Empty a column below its heading, down to the next heading of a feed; returns what stood there, by row number."""
    taken: dict[int, Any] = {}
    for number, below in enumerate(grid.rows[i + 1 :], grid.first_row + i + 1):
        value = below[j] if j < len(below) else ""
        if isinstance(value, str) and normalise_heading(value) in known:
            break
        taken[number] = value
        if j < len(below):
            below[j] = ""
    return taken


def _typed_over(
    grid: Grid, handed_out: dict[int, str], last_year: dict[tuple[int, str], dict[int, Any]]
) -> dict[int, TypedOver]:
    """Rows with a figure of last year that isn't the one handed out; none where that isn't known any more."""
    if not any(handed_out.values()):
        return {}
    found: dict[int, TypedOver] = {}
    for number, text in handed_out.items():
        given = text.split(HANDED_OUT_MARK) if text else [""] * len(last_year)
        if len(given) != len(last_year):
            continue  # columns were taken out
        for (j, heading), was in zip(last_year, given, strict=True):
            now = last_year[j, heading].get(number, "")
            if not _is_same(was, now):
                found[number] = TypedOver(f"{grid.letter(j)}{number}", heading, was, now)
                break
    return found


def _is_same(was: str, now: object) -> bool:
    """True if a cell holds what was handed out; an emptied one was not typed over."""
    text = clean_text(now)
    if not text or text == was:
        return True
    try:
        return math.isclose(float(was), float(text))
    except ValueError:
        return False


def _answer(text: str) -> str | None:
    """是 or 否 for what stands in a cell of confirmation, a blank one included; None where it says neither."""
    word = folded(text)
    words = load_spellings().words
    if word in {"是", "已核对", *words["是"]} - _OTHER_YES:
        return "是"
    return "否" if word in {"", "否", *words["否"]} else None


def says_something(feed: Feed, names: dict[str, int], body: Iterable[Row]) -> bool:
    """True if a sheet has more below its heading than what forms are handed out with: its keys and names."""
    before = frozenset() if feed.is_register else _FILLED_BEFORE | set(feed.grain)
    to_fill = [j for name, j in names.items() if name not in before]
    return any(_any_filled(row, to_fill) for _, row in body)


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
    typed_over = {n: t for n, t in prefilled.typed_over.items() if t.heading in feed.names_by_heading}
    reporting = {
        _text(row, names[feed.identity])
        for number, row in body
        if number in typed_over or _any_filled(row, to_fill)
    }
    left_out: set[int] = set()
    not_reported: list[int] = []
    changed: list[int] = []
    for number, row in body:
        if not _any_filled(row, stated):
            continue
        if _any_filled(row, to_fill):
            if number in typed_over:
                changed.append(number)
            continue
        if number in typed_over:
            sheet.unfilled.add(number)
            sheet.typed_over.add(number)
            school: dict[str, Any] = {
                n: _text(row, names[n]) for n in ("school_code", "school_name") if n in names
            }
            sheet.problems.append(_typed_problem(sheet, feed, number, typed_over[number], school))
            continue
        # a ledger's entries stay as they are until they change
        if feed.is_ledger or _text(row, names[feed.identity]) not in reporting:
            not_reported.append(number)
        elif all(_any_filled(row, (j,)) for j in keys):
            sheet.unfilled.add(number)
        else:
            left_out.add(number)
    if not_reported:
        codes = {_text(row, names[feed.identity]) for number, row in body if number in not_reported}
        code = codes.pop() if feed.has_schools and len(codes) == 1 else ""
        _note(sheet, "unfilled", grid.letter(names[feed.identity]), not_reported, code)
    if changed:
        sheet.problems.append(_changed_problem(sheet, feed, typed_over[changed[0]], changed))
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


def _typed_problem(
    sheet: ParsedSheet, feed: Feed, number: int, figure: TypedOver, school: dict[str, Any]
) -> Problem:
    """A row whose figures were typed over last year's; pay isn't shown."""
    place = _place_of(sheet, feed, figure)
    is_shown = place["value"] and feed.least_pay(feed.column(place["column_name"])) is None
    return problem(
        "LAST_YEAR_TYPED",
        "pay" if not is_shown else "changed" if figure.was else "blank",
        row_number=number,
        was=figure.was,
        now=place["value"],
        **place,
        **school,
    )


def _changed_problem(sheet: ParsedSheet, feed: Feed, first: TypedOver, numbers: Sequence[int]) -> Problem:
    """Rows with figures of last year that were changed beside this year's, which count; said once per sheet."""
    place = _place_of(sheet, feed, first)
    return problem("LAST_YEAR_CHANGED", **place, **_rows_named(numbers))


def _place_of(sheet: ParsedSheet, feed: Feed, figure: TypedOver) -> dict[str, Any]:
    column = feed.column(feed.names_by_heading[figure.heading])
    return {
        "sheet": sheet.sheet,
        "feed": sheet.feed,
        "column_name": column.name,
        "column_zh": column.heading_zh,
        "cell": figure.cell,
        "value": shown_in_column(feed, column, figure.now),
    }


def _rows_named(numbers: Sequence[int]) -> dict[str, Any]:
    return {"rows": "、".join(map(str, numbers[:_ROWS_NAMED])), "count": len(numbers)}


def _note(sheet: ParsedSheet, kind: str, letter: str, numbers: list[int], code: str = "") -> None:
    sheet.problems.append(
        problem(
            "PASSED_OVER",
            kind,
            sheet=sheet.sheet,
            feed=sheet.feed,
            cell=f"{letter}{numbers[0]}",
            school_code=code,
            **_rows_named(numbers),
        )
    )
