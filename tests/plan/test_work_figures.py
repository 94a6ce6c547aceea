"""The year's work so far: a month without a return takes nothing away from it."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"


def work(month: str, code: str, done: float | None, planned: float | None = None) -> Row:
    return {
        "district_code": DISTRICT,
        "reporting_month": month,
        "work_code": code,
        "done": done,
        "planned": planned,
    }


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-02-28")
    a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": "4", "measure_number": 1, "area_zh": "领域",
          "item_title_zh": "事项", "measure_zh": "措施", "begun_on": "2024-10-15", "proof_kind": "documents"})  # fmt: skip
    a.add("work_figures", work("2024-10", "talents_brought_in", 3, 10), work("2024-11", "talents_brought_in", 4),
          work("2024-10", "ethics_notices", 0), work("2024-10", "in_post_kindergarten_hires", 2), work("2025-01", "talents_brought_in", 1))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("works"))


def row(marts: Marts, month: str, code: str = "talents_brought_in") -> Row:
    return marts.one(
        "select * from marts.fct_work_figures where reporting_month = ? and work_code = ?", month, code
    )


@pytest.mark.parametrize(
    ("month", "done", "in_year", "planned_in_year", "last"),
    [
        ("2024-10", 3, 3, 10, "2024-10"),
        ("2024-11", 4, 7, 10, "2024-11"),
        ("2024-12", None, 7, 10, "2024-11"),  # December sent nothing: the year stands as it was
        ("2025-01", 1, 1, None, "2025-01"),
        ("2025-02", None, 1, None, "2025-01"),
    ],
)
def test_the_year_so_far_outlasts_a_month_without_a_return(
    marts: Marts, month: str, done: float | None, in_year: float, planned_in_year: float | None, last: str
) -> None:
    found = row(marts, month)
    assert (found["done"], found["done_in_year"], found["planned_in_year"]) == (
        done,
        in_year,
        planned_in_year,
    )
    assert (found["is_reported"], found["last_reported_month"]) == (done is not None, last)


def test_only_the_works_of_the_own_plan_and_those_reported_are_listed(marts: Marts) -> None:
    """The plan has item 4 alone; of item 1 the district reported one kind."""
    rows = marts.ask("select distinct item_number, work_code from marts.fct_work_figures")
    assert {r["work_code"] for r in rows if r["item_number"] != "4"} == {"in_post_kindergarten_hires"}
    assert {"talents_brought_in", "ethics_notices", "workshops_of_lead_teachers"} <= {
        r["work_code"] for r in rows
    }


def test_none_reported_is_not_none_done(marts: Marts) -> None:
    assert (
        row(marts, "2024-12", "ethics_notices")["done_in_year"],
        row(marts, "2025-01", "ethics_notices")["done_in_year"],
    ) == (
        0,
        None,
    )


def test_every_kind_of_work_of_the_plan_has_its_row_in_every_month(marts: Marts) -> None:
    # the six of item 4, and the one of item 1 that the district reported
    kinds = 6 + 1
    found = marts.ask(
        "select reporting_month, count(*) as kinds from marts.fct_work_figures group by all order by 1"
    )
    assert [(r["reporting_month"], r["kinds"]) for r in found] == [
        (month, kinds) for month in ("2024-10", "2024-11", "2024-12", "2025-01", "2025-02")
    ]
