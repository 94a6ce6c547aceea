"""A build knows nothing of days after its own: rows of later days are put off, events of later days are blank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.manifest import read_manifest
from dagster_project.record import in_force, suites
from dagster_project.warehouse import steps
from dagster_project.warehouse.build import BuildFailed
from tests.conftest import District

Row = dict[str, Any]
SCHOOL, LATE_SCHOOL, DISTRICT = "2150100001", "2150100002", "500101"
HAZARD: Row = {"school_code": SCHOOL, "inspection_rhythm": "日", "place_zh": "食堂", "hazard_kind": "消防",
               "hazard_grade": "一般", "deadline": "2026-01-31"}  # fmt: skip
TASK: Row = {"district_code": DISTRICT, "item_number": "1", "measure_number": 1, "area_zh": "学前教育",
             "item_title_zh": "提高参保", "measure_zh": "检查", "lead_department": "教委", "proof_kind": "资料"}  # fmt: skip
MILESTONE: Row = {"district_code": DISTRICT, "item_number": "1", "milestone_kind": "政策文件", "milestone_zh": "印发",
                  "department": "教委", "evidence_zh": "通知"}  # fmt: skip
PROGRESS: Row = {"district_code": DISTRICT, "item_number": "1", "measure_number": 1, "reporting_department": "教委",
                 "reported_state": "待复核", "evidence_zh": "总结", "progress_zh": "已完成"}  # fmt: skip


def school(code: str, name: str) -> Row:
    return {"school_code": code, "school_name": name, "district_code": DISTRICT, "town": "东镇", "school_type": "小学",
            "ownership": "公办"}  # fmt: skip


def a_class(code: str, students: int) -> Row:
    return {"school_code": code, "stage": "小学", "grade": 1, "class_name": "甲班", "students": students}


@pytest.fixture(scope="module")
def district(new_district: Callable[[], District]) -> District:
    made = new_district()
    made.put("2023/all.xlsx", schools=[school(SCHOOL, "东镇小学")], class_sizes=[a_class(SCHOOL, 50)])
    made.put("2024/all.xlsx", schools=[school(SCHOOL, "东镇小学"), school(LATE_SCHOOL, "西镇小学")],
             class_sizes=[a_class(SCHOOL, 44), a_class(LATE_SCHOOL, 70),
                          a_class("2150109999", 30)])  # fmt: skip
    made.put("2025/plan.xlsx", hazards=[
        HAZARD | {"hazard_number": "十月", "found_on": "2025-10-31", "fed_back_on": "2025-10-31",
                  "repaired_on": "2025-11-05", "checked_on": "2025-11-06", "check_result": "通过",
                  "struck_off_on": "2025-11-07"},
        HAZARD | {"hazard_number": "十一月", "found_on": "2025-11-03"},
        HAZARD | {"hazard_number": "更正", "found_on": "2025-10-20"},
    ], rectification_tasks=[TASK | {"begun_on": "2024-03-01", "deadline": "2026-12-31"}], milestones=[
        MILESTONE | {"milestone_number": "一", "planned_on": "2026-06-30"},
        MILESTONE | {"milestone_number": "二", "planned_on": "2025-11-30", "achieved_on": "2025-11-20"},
    ], rectification_progress=[
        PROGRESS | {"reporting_month": "2025-10", "reported_on": "2025-10-25", "reviewer": "复核岗",
                    "reviewed_on": "2025-11-02", "review_result": "通过"},
    ], work_figures=[
        {"district_code": DISTRICT, "reporting_month": month, "work_code": "安全工作专题会议", "planned": 1, "done": 1}
        for month in ("2025-09", "2025-10")
    ], school_groups=[
        {"school_code": SCHOOL, "group_kind": "联校制", "group_name": "东镇集团", "group_role": "牵头",
         "joined_on": "2024-03-01", "left_on": "2025-11-15"},
        {"school_code": LATE_SCHOOL, "group_kind": "联校制", "group_name": "东镇集团", "group_role": "成员",
         "joined_on": "2025-11-15"},
    ], district_figures=[
        {"district_code": DISTRICT, "figure_year": year, "figure_code": "一般公共预算支出", "figure": 100}
        for year in (2024, 2025)
    ])  # fmt: skip
    receive.take_in(Home(made.home), made.raw)
    # a later return says that the hazard was found in November
    made.put("2025/correction.xlsx", hazards=[HAZARD | {"hazard_number": "更正", "found_on": "2025-11-20"}])
    receive.take_in(Home(made.home), made.raw)
    return made


def accepted_on(district: District, day: str) -> Callable[[str], list[Row]]:
    """Asks the rows in force of a build as of a day."""
    con = duckdb.connect()
    home = Home(district.home)
    in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date.fromisoformat(day))

    def ask(sql: str) -> list[Row]:
        return (
            con.execute(sql).df().astype(object).where(lambda frame: frame.notna(), None).to_dict("records")
        )

    return ask


@pytest.fixture(scope="module")
def october(district: District) -> Callable[[str], list[Row]]:
    return accepted_on(district, "2025-10-31")


@pytest.mark.parametrize(("day", "is_refused"), [("2023-08-31", True), ("2023-09-01", False)])
def test_a_day_before_the_first_register_is_refused_and_publishes_nothing(
    district: District, day: str, is_refused: bool
) -> None:
    home = Home(district.home)
    as_of = dt.date.fromisoformat(day)
    started = steps.start_build(home, district.raw, read_manifest(home), as_of=as_of)
    assert isinstance(started, steps.Build)
    try:
        if is_refused:
            with pytest.raises(BuildFailed, match="--as-of 2023-09-01"):
                steps.judge_and_load(started)
        else:
            steps.judge_and_load(started)
    finally:
        steps.discard(started)


def text(day: object) -> str | None:
    return None if day is None else str(day)[:10]


def test_a_hazard_found_later_is_not_there_yet(october: Callable[[str], list[Row]]) -> None:
    assert [r["hazard_number"] for r in october("select * from accepted.hazards")] == ["十月"]


def test_a_corrected_day_does_not_bring_back_the_row_that_it_replaced(district: District) -> None:
    found = "select hazard_number, found_on from accepted.hazards where hazard_number = '更正'"
    assert accepted_on(district, "2025-11-19")(found) == []
    assert [text(r["found_on"]) for r in accepted_on(district, "2025-11-20")(found)] == ["2025-11-20"]


def test_a_later_repair_leaves_the_hazard_open(october: Callable[[str], list[Row]]) -> None:
    (hazard,) = october("select * from accepted.hazards")
    assert text(hazard["fed_back_on"]) == "2025-10-31"
    assert text(hazard["deadline"]) == "2026-01-31"
    unknown = ("repaired_on", "checked_on", "check_result", "struck_off_on")
    assert [hazard[c] for c in unknown] == [None] * 4


def test_an_event_is_known_on_its_own_day(district: District) -> None:
    (hazard,) = accepted_on(district, "2025-11-06")(
        "select * from accepted.hazards where hazard_number = '十月'"
    )
    assert (text(hazard["checked_on"]), hazard["check_result"]) == ("2025-11-06", "passed")
    assert hazard["struck_off_on"] is None


def test_a_review_is_unknown_before_its_day_and_the_claim_is_not(october: Callable[[str], list[Row]]) -> None:
    (claim,) = october("select * from accepted.rectification_progress")
    assert text(claim["reported_on"]) == "2025-10-25"
    assert [claim[c] for c in ("reviewer", "reviewed_on", "review_result")] == [None] * 3


def test_plans_of_the_future_stay(october: Callable[[str], list[Row]]) -> None:
    (task,) = october("select * from accepted.rectification_tasks")
    assert text(task["deadline"]) == "2026-12-31"
    milestones = october("select * from accepted.milestones order by planned_on")
    assert [text(m["planned_on"]) for m in milestones] == ["2025-11-30", "2026-06-30"]
    assert [(m["achieved_on"], m["evidence_zh"]) for m in milestones] == [(None, None), (None, "通知")]


def test_a_month_is_observed_on_its_last_day(district: District) -> None:
    months = "select reporting_month from accepted.work_figures order by 1"
    assert [r["reporting_month"] for r in accepted_on(district, "2025-10-30")(months)] == ["2025-09"]
    assert [r["reporting_month"] for r in accepted_on(district, "2025-10-31")(months)] == [
        "2025-09",
        "2025-10",
    ]


def test_a_member_has_not_left_and_not_joined_before_the_day(october: Callable[[str], list[Row]]) -> None:
    (member,) = october("select * from accepted.school_groups")
    assert (member["school_code"], member["left_on"]) == (SCHOOL, None)


def test_a_fiscal_year_is_known_when_it_is_over(district: District) -> None:
    years = "select figure_year from accepted.district_figures order by 1"
    assert [r["figure_year"] for r in accepted_on(district, "2025-12-30")(years)] == [2024]
    assert [r["figure_year"] for r in accepted_on(district, "2025-12-31")(years)] == [2024, 2025]


def test_returns_of_a_school_year_begin_to_count_on_its_statistics_day(district: District) -> None:
    for day, years in (("2024-08-31", [2023]), ("2024-09-01", [2023, 2024])):
        ask = accepted_on(district, day)
        for table in ("schools", "class_sizes", "received"):
            found = ask(f"select distinct school_year from accepted.{table} order by 1")
            assert [r["school_year"] for r in found] == years, (day, table)


def test_a_row_put_off_is_no_fault_of_the_school(district: District) -> None:
    may, september = (accepted_on(district, day) for day in ("2024-05-31", "2024-09-01"))
    wrong = "select source_file, row_number from accepted.quarantined_rows where feed = 'class_sizes'"
    assert may(wrong) == []
    assert september(wrong) == [{"source_file": "2024/all.xlsx", "row_number": 4}]
    accepted = (
        "select sum(rows_accepted) as n from accepted.submissions where feed in ('schools', 'class_sizes')"
    )
    assert may(accepted) == september(accepted) == [{"n": 6}]


def test_the_rows_put_off_are_counted(district: District) -> None:
    put_off = "select feed, school_year, observed_on, rows_put_off from accepted.later_rows where feed = 'class_sizes'"
    (row,) = accepted_on(district, "2024-05-31")(put_off)
    assert (row["school_year"], text(row["observed_on"]), row["rows_put_off"]) == (2024, "2024-09-01", 2)
    assert accepted_on(district, "2025-12-31")("select * from accepted.later_rows") == []
