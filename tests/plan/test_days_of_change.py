"""A figure changes on the day on which something happens, or a deadline passes, and not at the month's end."""

from __future__ import annotations

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT, SCHOOL, OTHER = "500101", "1", "2"
#: Item → figure, target; each was claimed to be closed on 20 May 2024.
ITEMS = {"1": ("overdue_hazards", 0.0), "2": ("milestones_due_achieved_share", 1.0), "3": ("open_oversized_classes", 0.0),
         "4": ("one_school_groups", 1.0)}  # fmt: skip


CHECKS = ("daily_check", "weekly_check", "monthly_check")


def hazard(number: str, found: str, deadline: str, struck_off: str) -> Row:
    return {"school_code": SCHOOL, "hazard_number": number, "found_on": found, "deadline": deadline, "hazard_grade": "general",
            "hazard_kind": "fire", "place_zh": f"楼{number}", "inspection_rhythm": "daily", "struck_off_on": struck_off}  # fmt: skip


def milestone(number: str, planned: str, achieved: str) -> Row:
    return {"district_code": DISTRICT, "item_number": "2", "measure_number": 1, "milestone_number": number,
            "milestone_zh": "节点", "planned_on": planned, "achieved_on": achieved}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023, as_of="2024-08-20")
    a.add("schools", *({"school_code": code, "school_name": f"校{code}", "district_code": DISTRICT, "town": "东镇",
                        "school_type": "primary", "ownership": "public"} for code in (SCHOOL, OTHER)))  # fmt: skip
    for item, (figure, target) in ITEMS.items():
        a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "measure_zh": "措施",
              "begun_on": "2024-03-01", "proof_kind": "figure", "figure_code": figure, "target_value": target})  # fmt: skip
        a.add("rectification_progress", {"district_code": DISTRICT, "item_number": item, "measure_number": 1,
              "reporting_month": "2024-05", "reported_on": "2024-05-10", "reported_state": "closed", "reviewer": "复核岗",
              "reviewed_on": "2024-05-20", "review_result": "passed"})  # fmt: skip
    a.add("hazards", hazard("1", "2024-04-01", "2024-04-30", "2024-04-10"),
          hazard("2", "2024-06-01", "2024-06-15", "2024-07-05"), hazard("3", "2024-06-02", "2024-08-10", "2024-08-15"))  # fmt: skip
    a.add(
        "milestones", milestone("1", "2024-04-30", "2024-04-30"), milestone("2", "2024-06-30", "2024-07-12")
    )
    # both schools send their classes and, month by month, their checks
    a.add("class_sizes", *({"school_code": code, "stage": "primary", "grade": "1", "class_name": "1班", "class_count": 1,
                            "students": 40} for code in (SCHOOL, OTHER)))  # fmt: skip
    a.add("safety_duties", *({"school_code": code, "reporting_month": f"2024-0{month}", "duty": duty, "due": 31, "done": 31}
                             for code in (SCHOOL, OTHER) for month in range(3, 8) for duty in CHECKS))  # fmt: skip
    a.add("class_counts", *({"school_code": SCHOOL, "stage": "primary", "grade": "1", "class_name": "1班", "counted_on": day,
                             "students": students} for day, students in (("2024-03-05", 40), ("2024-06-11", 60),
                                                                         ("2024-07-09", 41))))  # fmt: skip
    a.add("school_groups",
          {"school_code": SCHOOL, "group_kind": "one_school", "group_name": "甲", "group_role": "lead", "joined_on": "2024-03-15"},
          {"school_code": OTHER, "group_kind": "one_school", "group_name": "甲", "group_role": "member",
           "joined_on": "2024-04-20", "left_on": "2024-06-13"})  # fmt: skip
    folder = tmp_path_factory.mktemp("days")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_rectification_states"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def spells(marts: Marts, item: str) -> list[tuple[str, str, float, str]]:
    rows = marts.ask(
        "select valid_from, state, figure_value, figure_observed_on from marts.fct_rectification_states"
        " where item_number = ? and valid_from >= '2024-05-20' order by 1",
        item,
    )
    return [(r["state"], str(r["valid_from"]), r["figure_value"], str(r["figure_observed_on"])) for r in rows]


def test_a_hazard_is_overdue_from_the_day_after_its_deadline(marts: Marts) -> None:
    assert spells(marts, "1") == [
        ("closed", "2024-05-20", 0.0, "2024-04-30"), ("in_progress", "2024-06-16", 1.0, "2024-06-16"),
        ("closed", "2024-07-05", 0.0, "2024-06-30"), ("in_progress", "2024-08-11", 1.0, "2024-08-11"),
        ("closed", "2024-08-15", 0.0, "2024-08-11"),
    ]  # fmt: skip


def test_a_milestone_is_overdue_from_the_day_after_its_own(marts: Marts) -> None:
    assert spells(marts, "2") == [
        ("closed", "2024-05-20", 1.0, "2024-05-01"), ("in_progress", "2024-07-01", 0.5, "2024-07-01"),
        ("closed", "2024-07-12", 1.0, "2024-07-12"),
    ]  # fmt: skip


def test_a_class_is_oversized_from_the_day_it_was_counted(marts: Marts) -> None:
    assert spells(marts, "3") == [
        ("closed", "2024-05-20", 0.0, "2024-03-05"), ("in_progress", "2024-06-11", 1.0, "2024-06-11"),
        ("closed", "2024-07-09", 0.0, "2024-07-09"),
    ]  # fmt: skip


def test_a_group_is_complete_until_the_day_its_member_left(marts: Marts) -> None:
    assert [(state, day) for state, day, *_ in spells(marts, "4")] == [
        ("closed", "2024-05-20"), ("in_progress", "2024-06-13"),
    ]  # fmt: skip
