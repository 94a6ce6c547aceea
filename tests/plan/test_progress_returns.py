"""A measure owes its monthly return until the ledger has accepted its closing, whatever was claimed."""

from __future__ import annotations

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT = "500101"


def task(number: int, **more: object) -> Row:
    return {"district_code": DISTRICT, "item_number": "4", "measure_number": number, "measure_zh": f"措施{number}",
            "proof_kind": "documents", "begun_on": "2024-03-01", "lead_department": "教委", **more}  # fmt: skip


def progress(number: int, month: str, state: str, day: str, **more: object) -> Row:
    return {"district_code": DISTRICT, "item_number": "4", "measure_number": number, "reporting_month": month,
            "reported_state": state, "reported_on": day, **more}  # fmt: skip


def passed(day: str, **more: object) -> Row:
    return {"reviewer": "督导室", "reviewed_on": day, "review_result": "passed", **more}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Four measures from March 2024; the release is of the end of June.

    Each reported for March and for April, and nothing afterwards. In its return of April measure 2 claimed to be closed
    without any document, measure 3 claimed to be exempt without approval; measure 4 is proved by the share of progress
    returns itself.
    """
    a = Accepted(2023, as_of="2024-06-30")
    a.add("schools", {"school_code": "1", "school_name": "校1", "district_code": DISTRICT, "town": "东镇",
                      "school_type": "primary", "ownership": "public"})  # fmt: skip
    a.add("rectification_tasks", task(1), task(2), task(3),
          task(4, proof_kind="figure", figure_code="progress_returns_share", target_value=1.0))  # fmt: skip
    # item 5 has a milestone that was reached in April: its measure claims that in April, and was reviewed on 3 May
    a.add("rectification_tasks", task(1, item_number="5", lead_department="财政局", proof_kind="figure",
          figure_code="milestones_due_achieved_share", target_value=1.0))  # fmt: skip
    a.add("milestones", {"district_code": DISTRICT, "milestone_number": "1", "item_number": "5", "milestone_zh": "节点",
          "planned_on": "2024-04-10", "achieved_on": "2024-04-10", "department": "财政局"})  # fmt: skip
    a.add("rectification_progress", progress(1, "2024-03", "in_progress", "2024-03-31", item_number="5"),
          progress(1, "2024-04", "closed", "2024-04-30", item_number="5", **passed("2024-05-03")))  # fmt: skip
    a.add("rectification_progress", *(progress(n, "2024-03", "in_progress", "2024-03-31") for n in (1, 2, 3, 4)),
          progress(1, "2024-04", "in_progress", "2024-04-30"),
          progress(2, "2024-04", "closed", "2024-04-28", **passed("2024-04-30")),
          progress(3, "2024-04", "exempt", "2024-04-28", exemption_reason_zh="另行安排"),
          progress(4, "2024-04", "in_progress", "2024-04-30"))  # fmt: skip
    folder = tmp_path_factory.mktemp("progress")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_department_progress"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def test_a_refused_closing_and_an_unapproved_exemption_end_no_duty(marts: Marts) -> None:
    rows = marts.ask(
        "select measure_number, state, is_return_due, is_return_received from marts.fct_rectification_measures"
        " where reporting_month = '2024-06' and item_number = '4' order by 1"
    )
    assert [(r["measure_number"], r["is_return_due"], r["is_return_received"]) for r in rows] == [
        (1, True, False), (2, True, False), (3, True, False), (4, True, False),
    ]  # fmt: skip
    assert {r["state"] for r in rows} == {"in_progress"}


def test_a_department_owes_one_return_for_each_measure_that_is_open(marts: Marts) -> None:
    rows = marts.ask(
        "select reporting_month, returns_month, returns_due, returns_received, progress_not_yet_due"
        " from marts.fct_department_progress where department = '教委' order by 1"
    )
    # those of a month are due by the tenth of the next one: at its end they are neither due nor owed
    assert [tuple(r.values()) for r in rows] == [
        ("2024-03", None, 0, 0, 0), ("2024-04", "2024-03", 4, 4, 0), ("2024-05", "2024-04", 4, 4, 4),
        ("2024-06", "2024-05", 4, 0, 4),
    ]  # fmt: skip


def test_an_accepted_closing_ends_the_duty_also_for_the_month_in_which_it_was_accepted(marts: Marts) -> None:
    rows = marts.ask(
        "select reporting_month, returns_due, returns_received from marts.fct_department_progress"
        " where department = '财政局' order by 1"
    )
    assert [tuple(r.values()) for r in rows] == [
        ("2024-03", 0, 0), ("2024-04", 1, 1), ("2024-05", 1, 1), ("2024-06", 0, 0),
    ]  # fmt: skip


def test_a_measure_proved_by_the_share_of_returns_sees_what_is_missing(marts: Marts) -> None:
    row = marts.one(
        "select figure_value, figure_status from marts.fct_rectification_measures"
        " where reporting_month = '2024-06' and measure_number = 4"
    )
    assert (row["figure_value"], row["figure_status"]) == (0.0, "not_met")


def test_a_share_of_returns_is_known_once_they_are_due(marts: Marts) -> None:
    rows = marts.ask(
        "select reporting_month, figure_observed_on, figure_value from marts.fct_rectification_measures"
        " where measure_number = 4 order by 1"
    )
    # those of March and April came by the end of the month, those of May had not come by 10 June
    assert [(r["reporting_month"], str(r["figure_observed_on"]), r["figure_value"]) for r in rows] == [
        ("2024-03", "2024-03-31", 1.0), ("2024-04", "2024-04-30", 1.0), ("2024-05", "2024-04-30", 1.0),
        ("2024-06", "2024-05-31", 0.0),
    ]  # fmt: skip
