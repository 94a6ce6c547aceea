"""Lights follow the worst: a milestone past its day makes its measure red, or the item where it names no measure."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"


def task(item: str, number: int, deadline: str | None) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": number, "area_zh": "领域", "item_title_zh": "事项",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "documents", "deadline": deadline}  # fmt: skip


def milestone(number: str, item: str, measure: int | None, planned: str, achieved: str | None = None) -> Row:
    return {"district_code": DISTRICT, "milestone_number": number, "item_number": item, "measure_number": measure,
            "milestone_kind": "building", "milestone_zh": f"节点{number}", "department": "教委", "planned_on": planned,
            "achieved_on": achieved}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2024-12-31")
    a.add("rectification_tasks", task("12", 1, "2026-06-30"), task("12", 2, "2026-06-30"), task("9", 1, None),
          task("8", 1, "2026-06-30"), task("7", 1, "2024-11-30"))  # fmt: skip
    a.add("milestones",
          milestone("a", "12", 2, "2024-06-30", "2024-08-15"),  # late, and done by now
          milestone("b", "12", 2, "2024-10-15"), milestone("c", "12", 2, "2025-10-15"), milestone("d", "12", 1, "2025-10-15"),
          milestone("e", "9", None, "2024-12-30"), milestone("f", "9", None, "2025-06-30"),
          milestone("g", "8", 1, "2024-12-31"))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("lights"))


@pytest.mark.parametrize(
    ("item", "number", "month", "light", "reason"),
    [
        ("12", 2, "2024-06", "green", "on_time"),  # the milestone's own day
        ("12", 2, "2024-07", "red", "milestone_overdue"),
        ("12", 2, "2024-08", "green", "on_time"),  # reached in the month
        ("12", 2, "2024-12", "red", "milestone_overdue"),
        ("12", 1, "2024-12", "green", "on_time"),  # another measure's milestone
        ("9", 1, "2024-12", "none", "no_deadline"),  # the milestone names no measure: it is the item's
        ("8", 1, "2024-12", "green", "on_time"),
        ("7", 1, "2024-12", "red", "overdue"),
    ],
)
def test_a_measure_takes_the_worst_of_its_deadline_and_its_milestones(
    marts: Marts, item: str, number: int, month: str, light: str, reason: str
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where item_number = ? and measure_number = ? and reporting_month = ?",
        item, number, month,
    )  # fmt: skip
    assert (row["light"], row["light_reason_code"]) == (light, reason)


@pytest.mark.parametrize(
    ("item", "light", "reason", "overdue"),
    [("12", "red", "milestone_overdue", 1), ("9", "red", "milestone_overdue", 1), ("8", "green", "on_time", 0),
     ("7", "red", "overdue", 0)],
)  # fmt: skip
def test_an_item_takes_its_worst_measure_or_milestone(
    marts: Marts, item: str, light: str, reason: str, overdue: int
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_ledger where item_number = ? and reporting_month = '2024-12'",
        item,
    )
    assert (row["light"], row["light_reason_code"], row["milestones_overdue"]) == (light, reason, overdue)


def test_the_milestones_after_an_overdue_one_are_at_risk(marts: Marts) -> None:
    lights = {r["milestone_number"]: r["light"] for r in marts.ask("select * from marts.fct_milestones")}
    assert lights == {
        "a": "green",
        "b": "red",
        "c": "yellow",
        "d": "green",
        "e": "red",
        "f": "yellow",
        "g": "yellow",
    }
