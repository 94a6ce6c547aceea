"""Planted histories give the right ledger on every date; what the data refute can't be closed."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from dagster_project import run
from tests.conftest import District

Row = dict[str, Any]
DISTRICT, SCHOOL, GARDEN = "500101", "2150100001", "1150100001"
AS_OF = dt.date(2025, 12, 31)
DOCUMENT = "年度总结（合成）".encode()
HASH = hashlib.sha256(DOCUMENT).hexdigest()


def task(item: str, **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "area_zh": "领域", "item_title_zh": f"事项{item}",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "资料", "lead_department": "教委", **more}  # fmt: skip


def progress(item: str, month: str, day: int, state: str = "整改中", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": month,
            "reported_on": f"{month}-{day:02d}", "reported_state": state, **more}  # fmt: skip


def closing(item: str, month: str, day: int, reviewed: str, **more: Any) -> Row:
    return progress(
        item, month, day, "已销号", reviewer="复核岗", reviewed_on=reviewed, review_result="通过", **more
    )


def a_class(name: str, students: int) -> Row:
    return {"school_code": SCHOOL, "stage": "小学", "grade": 1, "class_name": name, "students": students}


def a_count(name: str, day: str, students: int, grade: int = 1, **more: Any) -> Row:
    return {"school_code": SCHOOL, "stage": "小学", "grade": grade, "class_name": name, "counted_on": day, "students": students,
            **more}  # fmt: skip


def survey(name: str, day: str, satisfied: int) -> list[Row]:
    return [{"district_code": DISTRICT, "survey_round": name, "question": q, "surveyed_on": day, "respondents": 1000,
             "satisfied": satisfied} for q in ("食品安全", "校园安全措施及成效", "校车、校舍及设施安全")]  # fmt: skip


def hazard(number: str, found: str, deadline: str, **more: Any) -> Row:
    return {"school_code": SCHOOL, "hazard_number": number, "found_on": found, "inspection_rhythm": "日", "place_zh": "食堂",
            "hazard_kind": "消防", "hazard_grade": "一般", "deadline": deadline, **more}  # fmt: skip


def struck(day: str, repaired: str) -> Row:
    return {"repaired_on": repaired, "checked_on": day, "check_result": "通过", "struck_off_on": day}


@pytest.fixture(scope="module")
def district(new_district: Callable[[], District]) -> District:
    made = new_district()
    made.put("2023/all.xlsx", schools=[
        {"school_code": SCHOOL, "school_name": "东镇小学", "district_code": DISTRICT, "town": "东镇", "school_type": "小学",
         "ownership": "公办"},
        {"school_code": GARDEN, "school_name": "东镇幼儿园", "district_code": DISTRICT, "town": "东镇", "school_type": "幼儿园",
         "ownership": "公办"},
    ], class_sizes=[a_class("甲班", 50), a_class("乙班", 46), a_class("丙班", 45)],
       kindergarten_pay=[{"school_code": GARDEN, "staff": 10, "in_post_teachers": 4, "in_post_annual_pay_yuan": 400000,
                          "temporary_teachers": 2, "temporary_annual_pay_yuan": 70000, "fully_insured_staff": 6}])  # fmt: skip
    made.put("2024/plan.xlsx", rectification_tasks=[
        task("1", proof_kind="数据", figure_code="未销号超标班级数", target_value=0, deadline="2024-09-30"),
        task("2", figure_code="安全三项满意度最低值", deadline="2025-12-31"),
        task("3", figure_code="公办幼儿园临聘与在编教师工资之比"),
        task("4", deadline="2024-12-31"),
    ], rectification_progress=[
        progress("1", "2024-03", 25), closing("1", "2024-06", 25, "2024-06-28"), progress("1", "2024-07", 25),
        closing("1", "2024-10", 25, "2024-10-28"),
        progress("2", "2024-06", 25, "待复核", evidence_zh="总结", evidence_sha256=HASH),
        closing("2", "2024-12", 25, "2024-12-27", evidence_zh="总结", evidence_sha256=HASH),
        closing("2", "2025-12", 25, "2025-12-28", evidence_zh="总结", evidence_sha256=HASH),
        closing("3", "2024-12", 25, "2024-12-27", evidence_zh="总结"),
        progress("4", "2024-05", 25, "待复核", evidence_zh="文件", reviewer="复核岗", reviewed_on="2024-05-30", review_result="不通过"),
        progress("4", "2024-06", 25),
        progress("4", "2024-08", 26, "免于整改", exemption_reason_zh="全市统一安排", evidence_zh="批复",
                 reviewer="复核岗", reviewed_on="2024-08-30", review_result="通过"),
    ], class_counts=[
        a_count("甲班", "2024-03-15", 44), a_count("乙班", "2024-03-15", 47),
        a_count("乙班", "2024-06-10", 80, class_count=2),
        a_count("乙班", "2024-09-20", 45, grade=2), a_count("甲班", "2025-03-14", 48, grade=2),
    ], class_plans=[
        {"school_code": SCHOOL, "stage": "小学", "grade": 1, "class_name": "甲班", "figure_year": 2023, "measure_zh": "分班",
         "deadline": "2025-01-31", "responsible_person": "教务主任"},
    ], satisfaction=[
        *survey("2023年", "2023-11-20", 800), *survey("2024年", "2024-11-15", 740), *survey("2025年", "2025-11-14", 850),
    ], hazards=[
        hazard("一", "2024-11-04", "2024-11-11", **struck("2024-11-08", "2024-11-06"), fed_back_on="2024-11-04"),
        hazard("二", "2024-12-20", "2025-01-10", **struck("2025-02-03", "2025-01-30"), fed_back_on="2024-12-22"),
        hazard("三", "2025-03-03", "2025-03-10", fed_back_on="2025-03-03", measure_zh="更换"),
        hazard("四", "2025-03-04", "2025-03-11", repaired_on="2025-03-06", checked_on="2025-03-07", check_result="不通过"),
    ])  # fmt: skip
    evidence = made.raw / "2024" / "佐证"
    evidence.mkdir()
    for name in ("总结.txt", "文件.txt", "批复.txt"):
        (evidence / name).write_bytes(DOCUMENT if name == "总结.txt" else name.encode())
    run.run(made.raw, made.home, as_of=AS_OF)
    return made


def state_on(district: District, item: str, day: str) -> Row:
    return district.one(
        f"select * from marts.fct_rectification_states where item_number = '{item}' and valid_from <= '{day}'"
        f" and (valid_to is null or valid_to > '{day}')"
    )


def month(district: District, item: str, text: str) -> Row:
    return district.one(
        f"select * from marts.fct_rectification_measures where item_number = '{item}' and reporting_month = '{text}'"
    )


@pytest.mark.parametrize(
    ("item", "day", "state"),
    [
        ("1", "2024-03-01", "to_start"),
        ("1", "2024-03-25", "in_progress"),
        ("1", "2024-06-28", "in_progress"),  # claimed while a class is still above its standard
        ("1", "2024-10-24", "in_progress"),
        ("1", "2024-10-25", "to_review"),
        ("1", "2024-10-28", "closed"),
        ("1", "2025-03-13", "closed"),
        ("1", "2025-03-14", "in_progress"),  # a class grew again: the data open what a person had closed
        ("2", "2024-06-25", "in_progress"),  # the only survey was before the start
        ("2", "2024-12-27", "in_progress"),  # satisfaction is below where it stood when the plan began
        (
            "2",
            "2025-11-14",
            "closed",
        ),  # the claim of 2024 holds as soon as the figure is surely above where it was
        ("3", "2024-12-27", "in_progress"),
        ("4", "2024-05-29", "to_review"),
        ("4", "2024-05-30", "to_start"),
        ("4", "2024-06-25", "in_progress"),
        ("4", "2024-08-29", "in_progress"),
        ("4", "2024-08-30", "exempt"),  # the review lets it go
    ],
)
def test_the_ledger_as_it_stood_on_a_date(district: District, item: str, day: str, state: str) -> None:
    assert state_on(district, item, day)["state"] == state


@pytest.mark.parametrize(
    ("item", "day", "reason"),
    [
        ("1", "2024-06-28", "申报与数据不符：佐证指标未达到要求，不能销号"),
        ("2", "2024-06-25", "数据早于整改开始，不能销号"),
        ("2", "2024-12-27", "申报与数据不符：佐证指标未达到要求，不能销号"),
        ("3", "2024-12-27", "佐证指标还没有数据，不能销号"),
    ],
)
def test_closing_against_the_data_is_refused_with_a_reason(
    district: District, item: str, day: str, reason: str
) -> None:
    assert state_on(district, item, day)["refusal_zh"] == reason


def test_only_a_claim_is_refused(district: District) -> None:
    found = district.ask(
        "select distinct reported_state from marts.fct_rectification_states where refusal_zh is not null"
    )
    assert {r["reported_state"] for r in found} == {"closed", "to_review", "exempt"}


def test_lights_follow_the_deadline(district: District) -> None:
    assert month(district, "1", "2024-07")["light"] == "green"
    assert month(district, "1", "2024-08")["light"] == "yellow"  # 30 days to 30 September
    assert month(district, "1", "2024-09")["light"] == "yellow"  # the deadline's own day
    assert month(district, "1", "2024-10")["light"] == "green"  # closed
    assert month(district, "1", "2025-03")["light"] == "red"
    assert month(district, "3", "2024-03")["light"] == "none"


def test_who_closed_it_and_when_and_how_long_it_waits(district: District) -> None:
    closed = month(district, "1", "2024-10")
    assert (closed["closed_by"], str(closed["closed_on"]), closed["days_waiting"]) == (
        "复核岗",
        "2024-10-28",
        3,
    )
    assert month(district, "1", "2024-06")["days_waiting"] == 97  # in progress since 25 March
    reopened = month(district, "1", "2025-04")
    assert (reopened["times_reopened"], str(reopened["reopened_on"])) == (1, "2025-03-14")
    assert reopened["closed_on"] is None and reopened["closed_by"] is None


def test_a_mean_of_too_few_people_proves_nothing_to_the_committee(district: District) -> None:
    assert month(district, "3", "2024-12")["figure_value"] is None
    hidden = district.one(
        "select pay_ratio from marts.fct_district_kindergarten_pay where ownership = 'public'"
    )
    assert hidden["pay_ratio"] is None


def test_returns_are_due_until_a_measure_is_reported_done(district: District) -> None:
    def due(item: str, text: str) -> tuple[bool, bool]:
        row = month(district, item, text)
        return row["is_return_due"], row["is_return_received"]

    # at the end of a month the returns of the month before were due
    assert due("1", "2024-03") == (False, False)
    assert due("1", "2024-04") == (True, True)
    assert due("1", "2024-05") == (True, False)
    assert due("1", "2024-12") == (False, False)  # closed in October
    assert due("4", "2024-10") == (False, False)  # exempt since August


def test_the_class_ledger_is_opened_and_closed_by_class_data_only(district: District) -> None:
    found = {r["class_name"]: r for r in district.ask("select * from marts.fct_class_ledger")}
    assert set(found) == {"甲班", "乙班"}  # 45 is the standard itself
    first, second = found["甲班"], found["乙班"]
    # counted in March 2025; the class return of September 2025, due on 31 October, is missing
    assert (first["state"], first["times_opened"], first["is_reopened"]) == ("to_verify", 2, True)
    assert str(first["to_verify_since"]) == "2025-11-01"
    assert (str(first["opened_on"]), str(first["last_opened_on"])) == ("2023-09-01", "2025-03-14")
    assert (first["latest_students"], first["excess_students"], first["light"]) == (48, 3, "red")
    assert (first["measure_zh"], first["responsible_person"]) == ("分班", "教务主任")
    assert (second["state"], str(second["closed_on"]), second["closing_reason"]) == (
        "closed",
        "2024-09-20",
        "reduced",
    )
    assert second["peak_students"] == 47


def test_open_classes_are_counted_on_each_month_end(district: District) -> None:
    found = {r["reporting_month"]: r for r in district.ask("select * from marts.fct_district_class_ledger")}
    assert [found[m]["open_classes"] for m in ("2024-03", "2024-06", "2024-09", "2025-02", "2025-03")] == [
        1,
        1,
        0,
        0,
        1,
    ]
    assert (found["2024-03"]["closed_in_month"], found["2025-03"]["opened_in_month"]) == (1, 1)


def test_hazards_month_by_month_and_over_the_year(district: District) -> None:
    found = {
        r["reporting_month"]: r
        for r in district.ask("select * from marts.fct_district_hazards where hazard_kind = 'all'")
    }
    assert (
        found["2024-11"]["found"],
        found["2024-11"]["struck_off"],
        found["2024-11"]["mean_loop_days"],
    ) == (1, 1, 4)
    assert (found["2025-01"]["open_hazards"], found["2025-01"]["overdue_hazards"]) == (1, 1)
    # open over New Year, until it is struck off in February; the one struck off before is not
    carried = {m: found[m]["carried_over_hazards"] for m in ("2024-12", "2025-01", "2025-02")}
    assert carried == {"2024-12": 0, "2025-01": 1, "2025-02": 0}
    assert (found["2025-02"]["struck_off"], found["2025-02"]["mean_loop_days"]) == (1, 45)
    assert found["2025-03"]["reopened_hazards"] == 2  # the same kind at the same place, struck off before
    states = {r["hazard_number"]: r for r in district.ask("select * from marts.fct_hazards")}
    assert [states[n]["state"] for n in "一二三四"] == ["closed", "closed", "in_progress", "to_start"]
    assert (states["二"]["is_overdue"], states["二"]["is_fed_back_on_the_spot"]) == (True, False)


def test_satisfaction_has_wilsons_interval(district: District) -> None:
    row = district.one(
        "select * from marts.fct_satisfaction where survey_round = '2023年' and question = 'food_safety'"
    )
    # by hand: p = 0.8, n = 1000, z = 1.96: (0.8 + 0.0019207 ± 1.96 · sqrt(0.00016 + 9.6e-7)) / 1.0038415
    assert round(row["satisfied_share_low"], 4) == 0.7741
    assert round(row["satisfied_share_high"], 4) == 0.8236


def test_a_later_return_replaces_the_row_it_corrects(district: District) -> None:
    district.put("2025/correction.xlsx", rectification_progress=[progress("4", "2024-08", 26)])
    run.run(district.raw, district.home, as_of=AS_OF)
    assert state_on(district, "4", "2024-08-26")["state"] == "in_progress"
    assert (
        month(district, "4", "2024-09")["light"] == "green"
        and month(district, "4", "2025-01")["light"] == "red"
    )
