"""Prefilled workbooks that come back: what was filled in is taken in exactly, last year's figures never."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from dagster_project.intake.feeds import FIGURE_YEAR, Column, Feed, load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from dagster_project.publish.prefilled.owed import OwedFeed, SchoolOwes
from dagster_project.publish.prefilled.rows import (
    HANDED_OUT,
    LAST_YEAR,
    filled_before,
    prefilled_feed,
    rows_to_fill,
)
from dagster_project.publish.prefilled.workbooks import write_workbook

FEEDS = {f.feed: f for f in load_feeds().values() if f.cycle == "yearly" and f.owed_by == "school"}
YEAR = 2026
CODE = "2150900001"
#: Last year's figures are above this and this year's are below, so that neither can pass for the other.
BORDER = 5000


def a_value(column: Column, random: Random, *, is_last_year: bool) -> Any:
    """A value that the column may hold, as accepted rows have it."""
    if column.choices:
        return random.choice(list(column.choices.values()))
    if column.type == "year":
        return 1990 if is_last_year else 2001
    if column.type in ("count", "area", "money"):
        number = random.randrange(1, 900) + (BORDER if is_last_year else 0)
        return number if column.type == "count" else number + random.choice((0, 0.5, 0.25))
    if column.type == "decimal":
        low, high = column.minimum or 0, column.maximum or 1
        return round(low + (high - low) * (0.75 if is_last_year else 0.25), 4)
    if column.type == "date":
        return dt.date(2025, 3, 1)
    return {"code": CODE, "district": "500199"}.get(column.type, "上年所写" if is_last_year else "今年所写")


def a_school(random: Random) -> SchoolOwes:
    """A school that owes every yearly feed, with last year's rows."""
    school = SchoolOwes(CODE, "示例区东镇第一小学", "东镇")
    for feed in FEEDS.values():
        rows = []
        for i in range(1 if feed.unit_key == ("school_code",) else 4):
            row = {c.name: a_value(c, random, is_last_year=True) for c in feed.columns}
            row |= {"school_code": CODE, "school_name": school.school_name}
            if "stage" in row:
                row["stage"] = ("primary", "junior_secondary")[i % 2]
            if "grade" in row:
                row |= {"grade": ("1", "7", "2", "8")[i], "class_name": "1班", "class_count": None}
            if FIGURE_YEAR in row:
                row[FIGURE_YEAR] = YEAR - 1
            rows.append(row)
        stages = ["primary", "junior_secondary"] if feed.scope == "school_stage" else []
        school.feeds.append(OwedFeed(feed, stages, rows))
    return school


def read(content: bytes) -> ParsedFile:
    return parse_grids(read_grids(content, ".xlsx"), YEAR, [])


def fill(path: Path, change: Callable[[Feed, Any, int, dict[str, int]], None]) -> bytes:
    """The workbook with `change(feed, sheet, row, columns)` called for each prefilled row."""
    book = load_workbook(path)
    for feed in FEEDS.values():
        sheet = book[feed.name_zh]
        headings = next(
            n
            for n, row in enumerate(sheet.iter_rows(values_only=True), 1)
            if feed.columns[0].heading_zh in row
        )
        columns = {cell.value: cell.column for cell in sheet[headings] if cell.value}
        own = {c.name: columns[c.heading_zh] for c in feed.columns}
        for number in range(headings + 1, sheet.max_row + 1):
            if all(sheet.cell(number, own[name]).value not in (None, "") for name in feed.grain):
                change(feed, sheet, number, own)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_filled_in_is_taken_in_and_nothing_else(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    path = tmp_path / "表.xlsx"
    school = a_school(random)
    write_workbook(school, path, YEAR)
    wanted: dict[str, list[dict[str, Any]]] = {feed: [] for feed in FEEDS}

    def change(feed: Feed, sheet: Any, number: int, columns: dict[str, int]) -> None:
        if feed.feed == "schools" or random.random() < 0.3:
            return
        values: dict[str, Any] = {}
        for column in feed.columns:
            if column.name in filled_before(feed):
                continue
            value = a_value(column, random, is_last_year=False)
            written = next((w for w, code in column.choices.items() if code == value), value)
            sheet.cell(number, columns[column.name]).value = (
                written.isoformat() if isinstance(written, dt.date) else written
            )
            values[column.name] = value
        wanted[feed.feed].append({"row_number": number, **values})

    left_out: dict[str, list[int]] = {feed: [] for feed in FEEDS}

    def leave_out(feed: Feed, sheet: Any, number: int, columns: dict[str, int]) -> None:
        if wanted[feed.feed] and number not in [row["row_number"] for row in wanted[feed.feed]]:
            left_out[feed.feed].append(number)

    filled = fill(path, change)
    fill(path, leave_out)
    parsed = read(filled)
    assert sum(map(len, wanted.values())) >= 5 and any(left_out.values())
    for sheet in parsed.sheets:
        assert sheet.status == "accepted", sheet.problems
        assert {p.rule_code for p in sheet.problems} <= {"PASSED_OVER", "UNFILLED_ROW"}, sheet.problems
        if sheet.feed == "schools":
            continue
        # a row left out beside others is asked about, and is no absent row; a ledger's entry stays as it is
        expected_asked = [] if FEEDS[sheet.feed].is_ledger else left_out[sheet.feed]
        asked = [p for p in sheet.problems if p.rule_code == "UNFILLED_ROW"]
        faulty = (
            [
                number
                for number, fault in zip(sheet.columns["row_number"], sheet.columns["has_fault"], strict=True)
                if fault
            ]
            if sheet.columns
            else []
        )
        assert [p.row_number for p in asked] == faulty == expected_asked, sheet.feed
        names = [c.name for c in FEEDS[sheet.feed].columns if c.name not in filled_before(FEEDS[sheet.feed])]
        got = [
            {"row_number": number, **{name: sheet.columns[name][i] for name in names}}
            for i, number in enumerate(sheet.columns["row_number"])
            if number not in faulty
        ]
        assert got == wanted[sheet.feed], sheet.feed
        assert set(sheet.columns["school_code"]) <= {CODE}
    register = next(s for s in parsed.sheets if s.feed == "schools")
    last = school.feeds[list(FEEDS).index("schools")].last_year[0]
    expected = {c.name: [last[c.name]] for c in FEEDS["schools"].columns}
    assert {name: register.columns[name] for name in expected} == expected


def test_a_class_left_blank_among_others_is_asked_about_at_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    school = a_school(Random(5))
    write_workbook(school, path, YEAR)
    rows: list[int] = []

    def change(feed: Feed, sheet: Any, number: int, columns: dict[str, int]) -> None:
        if feed.feed != "class_sizes":
            return
        rows.append(number)
        if len(rows) == 2:
            # a class that is no more
            for name in ("grade", "class_name"):
                sheet.cell(number, columns[name]).value = None
        elif len(rows) != 3:
            sheet.cell(number, columns["students"]).value = 40

    parsed = read(fill(path, change))
    classes = next(s for s in parsed.sheets if s.feed == "class_sizes")
    (asked,) = [p for p in classes.problems if p.rule_code == "UNFILLED_ROW"]
    assert (asked.severity, asked.row_number, asked.column_name, asked.school_code) == (
        "quarantine_row", rows[2], "students", CODE,
    )  # fmt: skip
    assert asked.cell.endswith(str(rows[2])) and "学生数" in asked.message_zh and "清空" in asked.message_zh
    kept = dict(zip(classes.columns["row_number"], classes.columns["has_fault"], strict=True))
    assert kept == {n: n == rows[2] for n in rows if n != rows[1]}


def test_a_workbook_sent_back_as_it_came_brings_nothing_new(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    write_workbook(a_school(Random(1)), path, YEAR)
    parsed = read(path.read_bytes())
    assert {s.feed for s in parsed.sheets} == set(FEEDS)
    for sheet in parsed.sheets:
        assert sheet.status == "accepted" and sheet.rows_read == sheet.rows_dropped, sheet.feed
        assert not any(sheet.columns.values()), sheet.feed
    assert [p.rule_code for p in parsed.problems] == ["NO_ROWS"]


def _typed_in_grey(sheet: Any, number: int, columns: dict[str, int], names: Sequence[str]) -> None:
    """Type this year's figures over last year's, which stand to the left of the cells to fill in."""
    for name in names:
        sheet.cell(number, columns[name] - 1).value = 4321


def test_figures_typed_over_last_years_are_an_open_problem_at_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    school = a_school(Random(5))
    write_workbook(school, path, YEAR)
    rows: dict[str, list[int]] = {"enrolment": [], "kindergarten_pay": [], "staffing": []}
    figures = {
        feed: [c.name for c in FEEDS[feed].columns if c.type in ("count", "money") and c.required]
        for feed in rows
    }

    def change(feed: Feed, sheet: Any, number: int, columns: dict[str, int]) -> None:
        if feed.feed not in rows:
            return
        rows[feed.feed].append(number)
        if feed.feed == "staffing":  # both: this year's count, and the grey ones are asked about
            for name in figures["staffing"]:
                sheet.cell(number, columns[name]).value = 30
        if feed.feed != "enrolment" or len(rows["enrolment"]) == 1:
            _typed_in_grey(sheet, number, columns, figures[feed.feed][:1])

    parsed = {s.feed: s for s in read(fill(path, change)).sheets}
    found = {
        feed: [(p.rule_code, p.severity, p.row_number, p.school_code) for p in parsed[feed].problems]
        for feed in rows
    }
    first, *others = rows["enrolment"]
    # what the school left as it was beside the typed row is asked about as ever
    assert found["enrolment"] == [
        ("LAST_YEAR_TYPED", "quarantine_row", first, CODE),
        *(("UNFILLED_ROW", "quarantine_row", number, CODE) for number in others),
    ]
    assert parsed["enrolment"].columns["has_fault"] == [True] * len(rows["enrolment"])
    typed = parsed["enrolment"].problems[0]
    assert "4321" in typed.message_zh and "白色格" in typed.message_zh and typed.cell.endswith(str(first))
    # pay is in no text
    assert {p.rule_code for p in parsed["kindergarten_pay"].problems} == {"LAST_YEAR_TYPED"}
    assert not any("4321" in p.message_zh + p.value for p in parsed["kindergarten_pay"].problems)
    assert found["staffing"] == [("LAST_YEAR_CHANGED", "warn", None, "")]
    assert parsed["staffing"].columns["has_fault"] == [False] * len(rows["staffing"])


@pytest.mark.parametrize(
    "kept", ["as handed out", "grey emptied", "a grey column taken out", "no control column"]
)
def test_grey_cells_that_were_not_typed_over_are_no_problem(kept: str, tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    write_workbook(a_school(Random(5)), path, YEAR)
    book = load_workbook(path)
    sheet = book["在校生数"]
    heading = next(n for n in range(1, 12) if sheet.cell(n, 1).value == "学校标识码")
    grey = [c.column for c in sheet[heading] if str(c.value).startswith("上年数")]
    if kept == "grey emptied":
        for row in sheet.iter_rows(min_row=heading + 1):
            for cell in row:
                cell.value = None if cell.column in grey[:-1] else cell.value
    elif kept == "a grey column taken out":
        sheet.delete_cols(grey[0])
    elif kept == "no control column":
        sheet.delete_cols(grey[-1])
        sheet.cell(heading + 1, grey[0]).value = 4321
    out = io.BytesIO()
    book.save(out)
    found = next(s for s in read(out.getvalue()).sheets if s.feed == "enrolment")
    assert [p.rule_code for p in found.problems] == ["PASSED_OVER"] and not any(found.columns.values())


def test_a_register_alone_counts_where_it_is_confirmed(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    write_workbook(a_school(Random(2)), path, YEAR)

    def confirm(feed: Feed, sheet: Any, number: int, columns: dict[str, int]) -> None:
        if feed.feed == "schools":
            sheet.cell(number, len(columns) + 1).value = "是"

    parsed = read(fill(path, confirm))
    counts = {s.feed: len(s.columns.get("row_number", [])) for s in parsed.sheets}
    assert counts.pop("schools") == 1
    assert set(counts.values()) == {0}


def test_only_a_yes_confirms_a_register_and_other_words_are_asked_about() -> None:
    columns = FEEDS["schools"].columns
    given = {"school_code": CODE, "school_name": "某校", "district_code": "500199", "town": "东镇",
             "school_type": "小学", "ownership": "公办"}  # fmt: skip
    found = {}
    for answer in (
        *("是", "√", "Y", 1, "已核对", " 是 "),
        *("", "否", "×", "N", 0, "没有"),
        *("未核对", "有误，见备注", "待核对", "有", "-"),
    ):
        heading = [*(c.heading_zh for c in columns), "名录已核对"]
        row = [*(given.get(c.name, "") for c in columns), answer]
        (sheet,) = parse_grids([Grid("学校名录", [heading, row])], YEAR, []).sheets
        asked = [(p.cell, p.value) for p in sheet.problems if p.rule_code == "UNCLEAR_CONFIRMATION"]
        found[answer] = (len(sheet.columns["school_code"]), asked)
    cell = f"{column_letter(len(columns) + 1)}2"
    assert found == {
        **dict.fromkeys(("是", "√", "Y", 1, "已核对", " 是 "), (1, [])),
        **dict.fromkeys(("", "否", "×", "N", 0, "没有"), (0, [])),
        **{word: (0, [(cell, word)]) for word in ("未核对", "有误，见备注", "待核对", "有", "-")},
    }


def test_every_figure_of_last_year_stands_locked_beside_its_cell_and_all_others_are_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "表.xlsx"
    school = a_school(Random(3))
    write_workbook(school, path, YEAR)
    book = load_workbook(path)
    for owed in school.feeds:
        sheet = book[owed.feed.name_zh]
        rows = rows_to_fill(owed, school, YEAR)
        columns = prefilled_feed(owed, rows).columns
        first = next(n for n in range(1, 12) if sheet.cell(n, 1).value == columns[0].heading_zh) + 1
        for j, column in enumerate(columns, 1):
            cell = sheet.cell(first, j)
            is_last_year = column.name.startswith(LAST_YEAR)
            assert cell.protection.locked == (is_last_year or owed.feed.feed == "schools"), column.name
            if column == HANDED_OUT:
                assert j == len(columns)
            elif is_last_year:
                assert columns[j].name == column.name.removeprefix(LAST_YEAR)
                assert cell.value == rows[0][column.name]
        assert sheet.protection.sheet == (owed.feed.feed != "schools")


def test_a_column_of_last_year_is_not_read_in_a_sheet_of_the_offices_own() -> None:
    columns = [c for c in FEEDS["floor_area"].columns if c.required]
    figure = next(c for c in columns if c.is_number)
    book = Workbook()
    book.active.append([*(c.heading_zh for c in columns), f"上年数：{figure.heading_zh}"])
    values = {"school_code": CODE, "school_name": "示例区东镇第一小学"}
    book.active.append([*(values.get(c.name, 900) for c in columns), 7777])
    out = io.BytesIO()
    book.save(out)
    parsed = read(out.getvalue())
    assert [s.columns[figure.name] for s in parsed.sheets] == [[900]]
    assert [p.rule_code for s in parsed.sheets for p in s.problems] == []
