"""An issue counts its number from the day the plan began, and knows its period and what falls due after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from dagster_project.publish import catalogue
from dagster_project.publish.word.issue import Issue
from dagster_project.publish.word.sentences import day_zh
from dagster_project.warehouse.districts import District


def issue(report: str, day: str, begun: str = "2024-03-01") -> Issue:
    as_of = dt.date.fromisoformat(day)
    return Issue(
        catalogue.load().reports[report],
        "500115",
        District(name_zh="某某区"),
        as_of,
        day[:7],
        dt.date.fromisoformat(begun),
        2023,
        "R",
        False,
    )


@pytest.mark.parametrize(
    ("report", "day", "numbers"),
    [
        ("monthly", "2024-03-31", (1, 1)),
        ("monthly", "2024-12-31", (10, 10)),
        ("monthly", "2025-01-31", (1, 11)),
        ("monthly", "2025-12-31", (12, 22)),
        # days 1 to 7 of the plan are its first week, day 8 begins the second
        ("weekly", "2024-03-07", (1, 1)),
        ("weekly", "2024-03-08", (2, 2)),
        # 1 March 2024 to 7 January 2025 are 313 days: the 45th week; 1 to 7 January is the first of the year
        ("weekly", "2025-01-07", (1, 45)),
        ("weekly", "2025-01-08", (2, 45)),
    ],
)
def test_numbers_count_the_periods_of_the_year_and_of_the_plan(
    report: str, day: str, numbers: tuple[int, int]
) -> None:
    assert issue(report, day).numbers == numbers


@pytest.mark.parametrize(
    ("day", "is_counted", "said"),
    [
        ("2024-12-31", True, "〔2024〕第10期（总第10期）"),
        ("2025-01-31", True, "〔2025〕第1期（总第11期）"),
        # nobody knows how many came before it; the first one has none before it
        ("2025-01-31", False, "〔2025〕第　　期"),
        ("2024-03-31", False, "〔2024〕第1期（总第1期）"),
    ],
)
def test_an_issue_has_a_number_only_where_those_before_it_are_registered(
    day: str, is_counted: bool, said: str
) -> None:
    assert replace(issue("monthly", day), is_counted=is_counted).number_zh == said


def test_a_week_is_the_seven_days_up_to_the_day() -> None:
    assert issue("weekly", "2025-10-31").first_day == dt.date(2025, 10, 25)
    assert issue("monthly", "2025-10-31").first_day == dt.date(2025, 10, 1)


@pytest.mark.parametrize(
    ("report", "day", "until"),
    [
        ("monthly", "2025-12-31", "2026-01-31"),
        ("monthly", "2025-01-15", "2025-02-28"),
        ("monthly", "2024-01-31", "2024-02-29"),
        ("monthly", "2024-11-01", "2024-12-31"),
        ("weekly", "2025-10-31", "2025-11-30"),
    ],
)
def test_what_falls_due_is_listed_to_the_end_of_next_month_or_for_thirty_days(
    report: str, day: str, until: str
) -> None:
    assert issue(report, day).due_until == dt.date.fromisoformat(until)


def test_a_day_soon_to_come_needs_no_year() -> None:
    day = dt.date(2025, 12, 31)
    assert day_zh(dt.date(2026, 1, 15), day) == "1月15日"
    assert day_zh(day, day) == day_zh(day) == "2025年12月31日"
    assert day_zh(dt.date(2026, 12, 31), day) == "2026年12月31日"
    assert day_zh(dt.date(2025, 3, 31), day) == "2025年3月31日"
