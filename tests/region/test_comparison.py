"""The catalogue of the region's page agrees with its tables, and the page says in one sentence who is in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dagster_project.publish import labels, periods
from dagster_project.publish.excel import cells
from dagster_project.region import comparison, state
from dagster_project.warehouse import build


def test_every_table_of_a_region_is_on_its_page_and_in_its_workbook() -> None:
    entries = comparison.load().tables.values()
    tables = set(build.region_labels())
    assert {t.mart for t in entries if t.site} == tables
    assert {t.mart for t in entries if t.excel} == tables


def test_a_card_says_the_day_of_its_figure() -> None:
    # of a region a period says no day: the ledger of a school year is as of a month's end
    heads = build.region_labels()
    cards = [card for page in comparison.load().pages for s in page.sections for card in s.cards]
    assert cards and all(
        card.observed == ("first_observed_on", "observed_on")
        for card in cards
        if "observed_on" in heads[card.mart][1]
    )


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (dt.date(2025, 12, 31), dt.date(2025, 12, 31), "数据截至 2025-12"),
        (dt.date(2024, 9, 1), dt.date(2025, 9, 1), "数据截至 2024-09 至 2025-09"),
        (None, None, ""),
    ],
)
def test_the_days_of_a_figure_of_several_districts(first: dt.date, last: dt.date, said: str) -> None:
    assert periods.data_between_zh(first, last) == said


def test_the_page_says_of_which_time_each_figure_is() -> None:
    autumn, winter = dt.date(2024, 9, 1), dt.date(2025, 12, 31)
    totals = [
        {"figure_zh": zh, "sort_order": n, "first_observed_on": day, "observed_on": day}
        for n, (zh, day) in enumerate([("甲", autumn), ("乙", winter), ("丙", autumn), ("丁", None)])
    ]
    assert "：甲、丙数据截至 2024-09；乙数据截至 2025-12。" in comparison.compared_zh(totals)
    assert comparison.compared_zh(totals[3:]) == ""


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"missing": 3, "missing_zh": "所学校待定"}, "3所学校待定"),
        ({"missing": None, "missing_zh": "所学校待定"}, "—"),
        ({"missing": None, "missing_zh": None}, "—"),
    ],
)
def test_a_text_made_of_a_missing_figure_is_a_dash_in_the_workbook(row: dict[str, Any], said: str) -> None:
    column = next(c for c in comparison.load().tables["compared_figures"].columns if c.name == "missing")
    assert cells.cell(row, column, None)[0] == said


def test_two_districts_of_one_name_are_told_apart_wherever_a_district_is_named() -> None:
    for table in comparison.load().tables.values():
        names = [c.name for c in table.columns]
        assert ("district_zh" in names) == ("district_code" in names), table.name


def test_every_status_and_reason_has_a_word() -> None:
    statuses = set(state.Status.__args__)  # type: ignore[attr-defined]
    assert set(labels.dictionary("delivery_status")) == statuses
    assert statuses - set(state.IN_USE) <= set(labels.dictionary("region_reason"))


def delivery(name_zh: str, status: str, **more: Any) -> dict[str, Any]:
    different: dict[str, Any] = {"is_expected": True}
    different |= dict.fromkeys(
        ("is_program_different", "is_rules_different", "is_standards_different"), False
    )
    return {"district_zh": name_zh, "delivery_status": status, "delivery_problem_zh": "", **different, **more}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([delivery("甲区", "delivered")], "共 1 个区县，1 个在用。"),
        (
            [delivery("甲区", "late"), delivery("乙区", "missing"), delivery("丙区", "missing")],
            "共 3 个区县，1 个在用；未送交 2 个（乙区、丙区）；迟交 1 个（甲区）。",
        ),
        (
            [
                delivery("甲区", "delivered", is_rules_different=True),
                delivery("乙区", "broken", delivery_problem_zh="…"),
            ],
            "共 2 个区县，1 个在用；送交的内容不完整 1 个（乙区）；程序或规则与本次不同 1 个（甲区）。",
        ),
        (
            [delivery("甲区", "delivered", delivery_problem_zh="写不出")],
            "共 1 个区县，1 个在用；另有问题 1 个（甲区），见“送交情况”。",
        ),
        (
            [delivery("甲区", "delivered"), delivery("乙区", "late", is_expected=False)],
            "共 1 个区县，1 个在用；不参加比较 1 个（乙区），见“送交情况”。",
        ),
    ],
)
def test_the_page_begins_with_who_is_in_it(given: list[dict[str, Any]], said: str) -> None:
    assert comparison.deliveries_zh(given) == said
