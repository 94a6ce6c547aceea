"""What the plan says of a measure holds from the day it was sent: a later version leaves earlier days as they were.

A measure needs 5 groups by the plan, and 1 by the version of 15 May 2024; its deadline and its department change, too. A
milestone of the end of April is put off to the end of June on 10 May.
"""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT = "500101"


def task(item: str, figure: str, target: float, deadline: str, department: str) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "measure_zh": "措施", "begun_on": "2024-03-01",
            "proof_kind": "figure", "figure_code": figure, "target_value": target, "deadline": deadline,
            "lead_department": department, "item_title_zh": f"{department}牵头的事项", "area_zh": department[:2],
            "finding_zh": f"{department}的问题"}  # fmt: skip


def milestone(planned: str) -> Row:
    return {"district_code": DISTRICT, "item_number": "2", "measure_number": 1, "milestone_number": "1", "milestone_zh": "节点",
            "planned_on": planned, "achieved_on": "2024-06-20"}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023, as_of="2024-07-31")
    a.add("schools", *({"school_code": code, "school_name": f"校{code}", "district_code": DISTRICT, "town": "东镇",
                        "school_type": "primary", "ownership": "public"} for code in ("1", "2")))  # fmt: skip
    a.add("school_groups", *({"school_code": code, "group_kind": "one_school", "group_name": "甲", "group_role": role,
                              "joined_on": "2024-03-15"} for code, role in (("1", "lead"), ("2", "member"))))  # fmt: skip
    a.add("rectification_tasks", task("1", "one_school_groups", 1.0, "2025-12-31", "教委"),
          task("2", "milestones_due_achieved_share", 1.0, "2025-12-31", "教委"))  # fmt: skip
    a.add("replaced_rectification_tasks",
          task("1", "one_school_groups", 5.0, "2024-03-31", "财政局") | {"replaced_on": "2024-05-15"})  # fmt: skip
    a.add("milestones", milestone("2024-06-30"))
    a.add("replaced_milestones", milestone("2024-04-30") | {"replaced_on": "2024-05-10"})
    a.add("rectification_progress", {"district_code": DISTRICT, "item_number": "1", "measure_number": 1,
          "reporting_month": "2024-04", "reported_on": "2024-04-10", "reported_state": "closed", "reviewer": "复核岗",
          "reviewed_on": "2024-04-20", "review_result": "passed"})  # fmt: skip
    folder = tmp_path_factory.mktemp("anew")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_rectification_ledger"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


@pytest.mark.parametrize(
    ("month", "shown"),
    [
        ("2024-03", (5.0, "not_met", "to_start", "财政局", "due_soon")),
        ("2024-04", (5.0, "not_met", "in_progress", "财政局", "overdue")),
        ("2024-05", (1.0, "met", "closed", "教委", "done")),
    ],
)
def test_a_month_is_judged_by_what_the_plan_said_then(
    marts: Marts, month: str, shown: tuple[Any, ...]
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where item_number = '1' and reporting_month = ?",
        month,
    )
    assert (
        tuple(
            row[c] for c in ("needed_value", "figure_status", "state", "lead_department", "light_reason_code")
        )
        == shown
    )


@pytest.mark.parametrize(
    ("month", "department"), [("2024-04", "财政局"), ("2024-05", "教委"), ("2024-07", "教委")]
)
def test_the_ledger_of_a_month_names_title_and_department_of_then(
    marts: Marts, month: str, department: str
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_ledger where item_number = '1' and reporting_month = ?", month
    )
    shown = [
        row[c] for c in ("lead_department", "item_title_zh", "area_zh", "finding_zh", "lead_departments")
    ]
    assert shown == [department, f"{department}牵头的事项", department[:2], f"{department}的问题", 1]


def test_the_state_changes_on_the_day_on_which_the_new_target_came(marts: Marts) -> None:
    rows = marts.ask(
        "select valid_from, state from marts.fct_rectification_states where item_number = '1' and state = 'closed'"
    )
    assert [(str(r["valid_from"]), r["state"]) for r in rows] == [("2024-05-15", "closed")]


@pytest.mark.parametrize(
    ("month", "shown"),
    [
        ("2024-04", ("on_time", None, 0)),  # due at the end of its day
        ("2024-05", ("on_time", None, 0)),  # put off before that: overdue from 1 to 9 May alone
        ("2024-07", ("on_time", 1.0, 0)),
    ],
)
def test_a_milestone_is_due_by_the_date_of_the_day(marts: Marts, month: str, shown: tuple[Any, ...]) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where item_number = '2' and reporting_month = ?",
        month,
    )
    assert tuple(row[c] for c in ("light_reason_code", "figure_value", "milestones_overdue")) == shown
    days = marts.ask(
        "select observed_on, numerator, denominator from intermediate.int_milestones_by_day order by 1"
    )
    assert [(str(d["observed_on"]), d["numerator"], d["denominator"]) for d in days] == [
        ("2024-05-01", 0.0, 1.0), ("2024-05-10", 0.0, 0.0), ("2024-05-31", 0.0, 0.0), ("2024-06-20", 0.0, 0.0),
        ("2024-06-30", 0.0, 0.0), ("2024-07-01", 1.0, 1.0), ("2024-07-31", 1.0, 1.0),
    ]  # fmt: skip
