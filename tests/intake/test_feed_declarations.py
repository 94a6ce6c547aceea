"""What a feed declares about days is read strictly: a fault names the file and the clause."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.declarations import read_declaration
from dagster_project.core.errors import UserError
from dagster_project.intake import feeds
from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.headings import recognise_feeds
from dagster_project.intake.parse.sheets import parse_grids

LEDGER = """
feed: canteens
name_zh: 食堂检查
grain: [school_code, checked_month]
optional: true
scope: ledger
{clauses}
columns:
  - {{name: school_code, heading_zh: 学校标识码, type: code, required: true}}
  - {{name: checked_month, heading_zh: 月份, type: month}}
  - {{name: seats, heading_zh: 餐位数, type: count{seats}}}
  - {{name: closed_on, heading_zh: 停用日期, type: date{closed}}}
"""


def declared(folder: Path, clauses: str, seats: str = "", closed: str = "") -> Feed:
    path = folder / "canteens.yml"
    path.write_text(LEDGER.format(clauses=clauses, seats=seats, closed=closed), encoding="utf-8")
    return read_declaration(path, Feed)


DUE = "due_within_days: 10\nowed_by: school\n"


def test_the_clauses_about_days_are_read(tmp_path: Path) -> None:
    feed = declared(
        tmp_path,
        "cycle: monthly\nobserved_on: checked_month\n" + DUE,
        ", known_with: closed_on",
        ", happens: true",
    )
    assert (feed.cycle, feed.observed_day, feed.due_within_days, feed.owed_by) == (
        "monthly",
        "checked_month",
        10,
        "school",
    )
    assert feed.event_of == {"closed_on": "closed_on", "seats": "closed_on"}


@pytest.mark.parametrize(
    ("clauses", "seats", "closed", "named"),
    [
        ("cycle: weekly\nobserved_on: checked_month\n" + DUE, "", "", "cycle"),
        ("cycle: monthly\nobserved_on: checked_month\n", "", "", "due_within_days"),
        ("cycle: monthly\nobserved_on: checked_month\ndue_within_days: 10\n", "", "", "owed_by"),
        ("cycle: monthly\nobserved_on: checked_month\ndue_within_days: -1\nowed_by: school\n", "", "", "due_within_days"),
        ("cycle: monthly\nobserved_on: checked_month\ndue_within_days: 10\nowed_by: district\n", "", "", "district_code"),
        ("cycle: monthly\n" + DUE, "", "", "observed_on"),
        ("observed_on: checked_month\n" + DUE, "", "", "cycle"),
        ("observed_on: seats\n", "", "", "observed_on"),
        ("observed_on: opened_on\n", "", "", "observed_on"),
        ("observed_on: fiscal_year_end\n", "", "", "figure_year"),
        ("observed_on: statistics_day\n", "", "", "figure_year"),
        ("observed_at: checked_month\n", "", "", "observed_at"),
        ("", ", happens: true", "", "happens"),
        ("", ", known_with: closed_on", "", "known_with"),
        ("", ", known_with: opened_on", ", happens: true", "known_with"),
    ],
)  # fmt: skip
def test_a_faulty_clause_is_named_with_its_file(
    tmp_path: Path, clauses: str, seats: str, closed: str, named: str
) -> None:
    with pytest.raises(UserError) as refused:
        declared(tmp_path, clauses, seats, closed)
    assert "canteens.yml" in str(refused.value)
    assert named in str(refused.value)


def test_rows_of_a_school_year_speak_of_its_statistics_day_and_plans_of_no_day(tmp_path: Path) -> None:
    assert declared(tmp_path, "").observed_day == ""
    assert all(f.observed_day == "statistics_day" for f in load_feeds().values() if not f.is_ledger)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("grain: [school_code, checked_month]", "grain: [school_code, checked_mont]"), "checked_month"),
        (("optional: true", "optional: true\ndue_stages: [primery]"), "primary"),
        (("optional: true", "optional: true\nessential: [seat]"), "seats"),
        (("heading_zh: 停用日期", "heading_zh: 停用日期, aliases: [餐位数]"), "餐位数"),
        (("name: closed_on", "name: seats"), "seats"),
        (
            ("heading_zh: 停用日期, type: date", "heading_zh: 停用, type: choice, choices: {是: true}, choice_aliases: {有: 试}"),
            "试",
        ),
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_refused_with_what_may_be_meant(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    text = LEDGER.format(clauses="", seats="", closed="")
    assert change[0] in text
    path = tmp_path / "canteens.yml"
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(UserError, match=named) as refused:
        read_declaration(path, Feed)
    assert "canteens.yml" in str(refused.value)


@pytest.mark.parametrize("columns", ["all", "required"])
def test_the_headings_of_a_feed_are_recognised_as_no_other_feed(columns: str) -> None:
    """Each feed's headings, all or those it requires, against every feed."""
    mistaken = {}
    for feed in load_feeds().values():
        needed = {name for group in feed.one_of for name in group}
        own = [c for c in feed.columns if columns == "all" or c.required or c.name in needed]
        found, _ = recognise_feeds([[normalise_heading(c.heading_zh) for c in own]])
        if [other.feed for other, _ in found] != [feed.feed]:
            mistaken[feed.feed] = [other.feed for other, _ in found]
    assert mistaken == {}


@pytest.fixture
def later_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The feed of enrolment, whose forms ask for desks from the school year 2024 on."""
    shutil.copytree(feeds.FEEDS_DIR, tmp_path / "feeds")
    path = tmp_path / "feeds" / "enrolment.yml"
    column = "  - {name: desks, heading_zh: 课桌数, type: count, required: true, since: 2024}\n"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + "\n" + column, encoding="utf-8")
    monkeypatch.setattr(feeds, "FEEDS_DIR", tmp_path / "feeds")
    load_feeds.cache_clear()
    yield
    monkeypatch.undo()
    load_feeds.cache_clear()


def found_in(year: int, *rows: list[Any]) -> list[tuple[str, str, str]]:
    """Severity, code and cell of what is found in a sheet of enrolment; its rows have to be in use."""
    parsed = parse_grids([Grid("在校生", [list(row) for row in rows])], year, [])
    (sheet,) = parsed.sheets
    assert len(sheet.columns["school_code"]) == len(rows) - 1
    assert not any(sheet.columns["has_fault"])
    return [(p.severity, p.rule_code, p.cell or "") for p in (*parsed.problems, *sheet.problems)]


def test_a_column_of_later_forms_does_not_refuse_an_older_workbook(later_column: None) -> None:
    old = [["学校标识码", "学段", "在校生数"], ["2100000001", "小学", 300], ["2100000002", "小学", 90]]
    new = [[*old[0], "课桌数"], [*old[1], 310], [*old[2], ""]]
    assert found_in(2023, *old) == []
    assert found_in(2023, *new) == []  # nothing is asked of a year whose forms did not have it
    assert found_in(2024, *old) == [("warn", "LATER_COLUMN_MISSING", "A1")]
    assert found_in(2024, *new) == [("warn", "BLANK_CELL", "D3")]


def test_a_year_is_given_to_required_columns_that_are_no_keys(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="since"):
        declared(tmp_path, "", seats=", since: 2024")
    with pytest.raises(UserError, match="since"):
        declared(tmp_path, "essential: [seats]", seats=", required: true, since: 2024")


def test_a_misspelt_clause_is_named_with_its_column_and_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"第 11 行 columns\.minimun：没有“minimun”这一项；是不是 minimum"):
        declared(tmp_path, "", seats=", minimun: 1")
    with pytest.raises(UserError, match="cycle：不能写“monthy”，是不是 monthly"):
        declared(tmp_path, "cycle: monthy\nobserved_on: checked_month\n" + DUE)
