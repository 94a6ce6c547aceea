"""The state that the ledger gives for a day is the state that a report for that day gives, whichever day it is.

The history is one of schools whose returns come late, early, in part or not at all; a report for a day is built from what
speaks of that day or an earlier one.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.feeds import FIGURE_YEAR, FISCAL_YEAR_END, STATISTICS_DAY, load_feeds
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT, SCHOOL, OTHER, GARDEN = "500101", "1", "2", "K1"
SCHOOLS = {SCHOOL: "primary", OTHER: "primary", GARDEN: "kindergarten"}
CHECKS = ("daily_check", "weekly_check", "monthly_check")
LAST = dt.date(2024, 11, 20)
#: Item → figure, target (without one it must not be worse than at the start).
ITEMS: dict[str, tuple[str, float | None]] = {
    "1": ("overdue_hazards", 0.0), "2": ("work_done_share", 0.5), "3": ("open_oversized_classes", 0.0),
    "4": ("one_school_groups", 1.0), "5": ("safety_checks_done_share", 0.5), "6": ("progress_returns_share", 1.0),
    "7": ("temporary_teachers", 4.0), "8": ("lowest_safety_satisfaction", None), "9": ("milestones_due_achieved_share", 1.0),
    "10": ("two_never_decrease", 2.0),
}  # fmt: skip
#: Days on which returns are due or a figure goes out of date, the days after them, and days between.
DAYS = [dt.date.fromisoformat(day) for day in (
    "2024-03-15", "2024-04-05", "2024-05-20", "2024-06-10", "2024-06-11", "2024-06-30", "2024-07-10", "2024-07-11", "2024-09-10", "2024-09-11", "2024-11-10",
)]  # fmt: skip


def claim(item: str, month: str, state: str = "closed", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": month,
            "reported_on": f"{month}-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": f"{month}-20",
            "review_result": "passed", "evidence_zh": "总结", **more}  # fmt: skip


def hazard(number: str, found: str, deadline: str, struck_off: str) -> Row:
    return {"school_code": SCHOOL, "hazard_number": number, "found_on": found, "deadline": deadline, "hazard_grade": "general",
            "hazard_kind": "fire", "place_zh": f"楼{number}", "inspection_rhythm": "daily", "struck_off_on": struck_off}  # fmt: skip


def survey(name: str, day: str, satisfied: int) -> list[Row]:
    return [{"district_code": DISTRICT, "survey_round": name, "question": question, "surveyed_on": day, "surveyed_by": "district",
             "respondents": 10000, "satisfied": satisfied}
            for question in ("safety_measures", "bus_buildings_facilities", "food_safety")]  # fmt: skip


def history() -> dict[str, list[Row]]:
    tasks = [{"district_code": DISTRICT, "item_number": item, "measure_number": 1, "measure_zh": "措施", "begun_on": "2024-03-01",
              "figure_code": figure, "target_value": target, "proof_kind": "documents" if target is None else "figure"}
             for item, (figure, target) in ITEMS.items()]  # fmt: skip
    return {
        "schools": [{"school_year": 2023, "school_code": code, "school_name": f"校{code}", "district_code": DISTRICT,
                     "town": "东镇", "school_type": kind, "ownership": "public"} for code, kind in SCHOOLS.items()],
        "rectification_tasks": tasks,
        # the measures of items 2 and 6 go on reporting; that of item 2 forgot June
        "rectification_progress": [
            *(claim(item, "2024-05") for item in ITEMS),
            *(claim(item, month, "in_progress") for item in ("2", "6") for month in ("2024-03", "2024-04")),
            claim("6", "2024-06"), claim("6", "2024-07"), claim("2", "2024-07"),
        ],
        "hazards": [hazard("1", "2024-04-01", "2024-04-30", "2024-04-10"), hazard("2", "2024-06-01", "2024-06-15", "2024-07-05")],
        "milestones": [{"district_code": DISTRICT, "item_number": "9", "measure_number": 1, "milestone_number": number,
                        "milestone_zh": "节点", "planned_on": planned, "achieved_on": achieved}
                       for number, planned, achieved in (("1", "2024-04-30", "2024-04-30"), ("2", "2024-06-30", "2024-07-12"))],
        # nobody but the first school checks in June, and nobody from October on
        "safety_duties": [{"school_code": code, "reporting_month": f"2024-{month:02d}", "duty": duty, "due": 31, "done": 31}
                          for code in SCHOOLS for month in range(3, 10) for duty in CHECKS
                          if month != 6 or code == SCHOOL],
        "class_sizes": [{"school_year": 2023, "school_code": code, "stage": "primary", "grade": "1", "class_name": "1班",
                         "class_count": 1, "students": 40} for code in (SCHOOL, OTHER)],
        "class_counts": [{"school_code": SCHOOL, "stage": "primary", "grade": "1", "class_name": "1班", "counted_on": day,
                          "students": students} for day, students in (("2024-03-05", 40), ("2024-06-11", 60), ("2024-07-09", 41))],
        "school_groups": [
            {"school_code": SCHOOL, "group_kind": "one_school", "group_name": "甲", "group_role": "lead", "joined_on": "2024-03-15"},
            {"school_code": OTHER, "group_kind": "one_school", "group_name": "甲", "group_role": "member",
             "joined_on": "2024-04-20", "left_on": "2024-06-13"},
        ],
        "kindergarten_pay": [{"school_year": 2023, "school_code": GARDEN, "staff": 10, "fully_insured_staff": 10,
                              "in_post_teachers": 5, "temporary_teachers": 4}],
        "satisfaction": [*survey("前", "2024-01-31", 8000), *survey("后", "2024-05-15", 9500), *survey("再", "2024-11-09", 7000)],
        "work_figures": [{"district_code": DISTRICT, "reporting_month": month, "work_code": code, "planned": 2, "done": done}
                         for code in ("insurance_inspections",) for month, done in (("2024-04", 2), ("2024-05", 1), ("2024-06", 0), ("2024-07", 2))],
        "evidence_files": [{"folder_year": 2024, "file_name": "总结.pdf", "source_path": "2024/佐证/总结.pdf", "sha256": "ab" * 32,
                            "size_bytes": 10, "received_on": "2024-06-10", "is_latest": True}],
    }  # fmt: skip


def observed_on(feed: str, row: Row) -> str:
    """The day that a row speaks of, as its feed declares it; of the plan itself the first day there is."""
    declared = load_feeds()[feed].observed_day if feed in load_feeds() else None
    if not declared:
        return ""
    if declared == STATISTICS_DAY:
        return f"{row.get(FIGURE_YEAR, row.get('school_year'))}-09-01"
    if declared == FISCAL_YEAR_END:
        return f"{row[FIGURE_YEAR]}-12-31"
    day = str(row[declared] or "")
    return f"{day}-{monthrange(*map(int, day.split('-')))[1]}" if len(day) == len("2024-03") else day


def known_on(day: dt.date, feed: str, row: Row) -> Row:
    """A row without what happens after a day."""
    events = load_feeds()[feed].event_of if feed in load_feeds() else {}
    later = {column for column, event in events.items() if str(row.get(event) or "") > str(day)}
    return {column: None if column in later else value for column, value in row.items()}


def accepted(day: dt.date) -> Accepted:
    """What a release of a day is built from."""
    a = Accepted(2023, as_of=str(day))
    for feed, rows in history().items():
        a.add(feed, *(known_on(day, feed, row) for row in rows if observed_on(feed, row) <= str(day)))
    return a


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    return build_marts(accepted(LAST), tmp_path_factory.mktemp("later"))


SHOWN = "figure_value, figure_day_status, figure_status, needed_value, evidence_status"


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_ledger_of_later_says_of_a_day_what_the_report_for_it_says(
    later: Marts, day: dt.date, tmp_path: Path
) -> None:
    database = tmp_path / DATABASE_NAME
    accepted(day).write(database)
    run_models(database, select=["+fct_rectification_measures"], target=tmp_path / "dbt")
    reported = Marts(database).ask(
        f"select item_number, state, refusal_code, {SHOWN} from marts.fct_rectification_measures where as_of = ? order by 1",
        day,
    )
    known = later.ask(
        "select item_number, state, refusal_code from marts.fct_rectification_states"
        " where valid_from <= ? and coalesce(valid_to > ?, true) order by 1",
        day, day,
    )  # fmt: skip
    assert len(known) == len(ITEMS)
    assert known == [
        {column: row[column] for column in ("item_number", "state", "refusal_code")} for row in reported
    ]
    # the figure that it rests on, too
    assert reported == later.ask(
        f"select item_number, state, refusal_code, {SHOWN} from intermediate.int_ledger_states where state_day <= ?"
        " qualify row_number() over (partition by item_number order by state_day desc) = 1 order by 1",
        day,
    )
