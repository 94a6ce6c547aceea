"""Every rule of the plan's feeds: the row that breaks it is named, its neighbour at the limit is not."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules
from tests.conftest import District

Row = dict[str, Any]
SCHOOL, DISTRICT = "2150100001", "500101"
VOCATIONAL, KINDERGARTEN = "3150100002", "1150100003"
LEDGERS = {name: feed for name, feed in load_feeds().items() if feed.is_ledger}

DEFAULTS: dict[str, Row] = {
    "rectification_tasks": {"measure_number": 1, "area_zh": "学前教育", "item_title_zh": "提高参保", "measure_zh": "检查",
                            "begun_on": "2024-03-01", "deadline": "2024-12-31", "proof_kind": "资料", "lead_department": "教委"},
    "rectification_progress": {"reporting_month": "2024-06", "measure_number": 1, "reported_on": "2024-06-25",
                               "reported_state": "整改中"},
    "milestones": {"item_number": "1", "milestone_kind": "政策文件", "milestone_zh": "印发", "department": "教委",
                   "planned_on": "2024-06-30"},
    "work_figures": {"work_code": "安全工作专题会议", "planned": 1, "done": 1},
    "district_figures": {"figure_year": 2023, "figure_code": "一般公共预算支出", "figure": 100},
    "school_groups": {"group_kind": "联校制", "group_role": "成员", "joined_on": "2024-03-01"},
    "school_codes": {"other_system_code": "K001"},
    "class_plans": {"stage": "小学", "grade": 1, "figure_year": 2023, "measure_zh": "分班", "deadline": "2024-09-01"},
    "class_counts": {"stage": "小学", "grade": 1, "counted_on": "2024-03-15", "students": 40},
    "monitoring_results": {"stage": "小学", "subject": "语文", "population": "本区", "level_three_share": 0.5},
    "satisfaction": {"question": "食品安全", "surveyed_on": "2023-11-20", "respondents": 100, "satisfied": 80},
    "hazards": {"found_on": "2024-03-04", "inspection_rhythm": "日", "place_zh": "食堂", "hazard_kind": "消防",
                "hazard_grade": "一般", "deadline": "2024-03-11"},
    "safety_duties": {"duty": "日排查", "due": 20, "done": 20},
    "vocational_site_plans": {"condition_code": "学校占地面积", "planned_value": 40000},
    "kindergarten_support": {"children": 100},
    "special_rooms": {"figure_year": 2023, "stage": "小学", "room_kind": "音乐", "room_area_m2": 96},
    "compulsory_inputs": {"stage": "小学", "entrants": 40},
    "government_documents": {"item_code": "学校规划布局合理", "conclusion": "达到"},
    "explanations": {"rule_code": "ENROLMENT_STUDENTS_JUMP", "explained_year": 2023, "reason": "新建小区",
                     "approved_by": "教育科负责人"},
    "issued_reports": {"report_kind": "周报", "issued_on": "2024-04-02"},
    "return_signatures": {"signed_feed": "全部报表", "signed_by_post": "校长", "signed_on": "2024-03-05"},
    "district_explanations": {"rule_code": "DISTRICT_FIGURES_JUMP", "explained_year": 2023, "reason": "统计口径调整",
                              "approved_by": "教育科负责人"},
}  # fmt: skip
#: Column that makes each further row of a feed another one, and how.
NEXT_KEY: dict[str, tuple[str, Callable[[int], Any]]] = {
    "rectification_tasks": ("item_number", str),
    "rectification_progress": ("item_number", str),
    "milestones": ("milestone_number", lambda n: f"节点{n}"),
    "work_figures": ("reporting_month", lambda n: f"{2010 + n}-01"),
    "district_figures": ("district_code", lambda n: DISTRICT),
    "school_groups": ("group_name", lambda n: f"第{n}集团"),
    "school_codes": ("valid_from", lambda n: f"{2000 + n}-09-01"),
    "class_plans": ("class_name", lambda n: f"{n}班"),
    "class_counts": ("class_name", lambda n: f"{n}班"),
    "monitoring_results": ("figure_year", lambda n: 2000 + n),
    "satisfaction": ("survey_round", lambda n: f"第{n}轮"),
    "hazards": ("hazard_number", lambda n: f"隐患{n}"),
    "safety_duties": ("reporting_month", lambda n: f"{2010 + n}-01"),
    "vocational_site_plans": ("figure_year", lambda n: 2000 + n),
    "kindergarten_support": ("figure_year", lambda n: 2000 + n),
    "special_rooms": ("room_name", lambda n: f"{n}室"),
    "compulsory_inputs": ("figure_year", lambda n: 2000 + n),
    "government_documents": ("figure_year", lambda n: 2000 + n),
    "explanations": ("explained_value", str),
    "district_explanations": ("explained_value", str),
    "issued_reports": ("covers_until", lambda n: f"2024-03-{n:02d}"),
    "return_signatures": ("figure_year", lambda n: 2000 + n),
}


@dataclass(frozen=True)
class Case:
    """One rule: what breaks it, and what stands at its limit."""

    rule: str
    feed: str
    broken: Row
    at_limit: Row = field(default_factory=dict)


def order(feed: str, later: str, earlier: str, **more: Any) -> Case:
    rule = f"{feed}_{later}_before_{earlier}".upper()
    days = {
        "found_on": "2024-03-04",
        "begun_on": "2024-03-01",
        "reported_on": "2024-06-25",
        "joined_on": "2024-03-01",
    }
    day = days.get(earlier, "2024-03-06")
    return Case(rule, feed, {earlier: day, later: "2024-02-28", **more}, {earlier: day, later: day, **more})


STRUCK = {
    "repaired_on": "2024-03-06",
    "checked_on": "2024-03-07",
    "check_result": "通过",
    "struck_off_on": "2024-03-08",
}
REVIEWED = {
    "reported_state": "已销号",
    "reviewer": "督导室",
    "reviewed_on": "2024-06-28",
    "review_result": "通过",
}
CASES = [
    order("rectification_tasks", "deadline", "begun_on"),
    Case("RECTIFICATION_TASKS_HAS_FIGURE", "rectification_tasks", {"proof_kind": "数据", "target_value": 1},
         {"proof_kind": "数据", "target_value": 1, "figure_code": "中职在校生占高中阶段比例"}),
    Case("RECTIFICATION_TASKS_HAS_TARGET", "rectification_tasks",
         {"proof_kind": "数据", "figure_code": "中职在校生占高中阶段比例"},
         {"proof_kind": "数据", "figure_code": "中职在校生占高中阶段比例", "target_value": 0.01}),
    Case("RECTIFICATION_TASKS_TARGET_OF_SHARE", "rectification_tasks",
         {"proof_kind": "数据", "figure_code": "中职在校生占高中阶段比例", "target_value": 1.01},
         {"proof_kind": "数据", "figure_code": "中职在校生占高中阶段比例", "target_value": 1}),
    Case("RECTIFICATION_TASKS_NAMES_LEAD", "rectification_tasks", {"lead_department": None}),
    Case("RECTIFICATION_TASKS_NAMES_DEADLINE", "rectification_tasks", {"deadline": None}),
    order("rectification_progress", "reviewed_on", "reported_on"),
    Case("RECTIFICATION_PROGRESS_EXEMPTION_HAS_REASON", "rectification_progress", {"reported_state": "免于整改"},
         {"reported_state": "免于整改", "exemption_reason_zh": "上级统一安排"}),
    Case("RECTIFICATION_PROGRESS_CLOSING_IS_REVIEWED", "rectification_progress", {**REVIEWED, "review_result": "不通过"},
         REVIEWED),
    Case("RECTIFICATION_PROGRESS_HASH_IS_WHOLE", "rectification_progress", {"evidence_sha256": "a" * 63},
         {"evidence_sha256": "a" * 64}),
    Case("RECTIFICATION_PROGRESS_HAS_TASK", "rectification_progress", {"measure_number": 99}),
    Case("RECTIFICATION_PROGRESS_REPORTED_ON_IN_ADVANCE", "rectification_progress", {"reported_on": "2099-01-01"}),
    Case("RECTIFICATION_PROGRESS_REVIEWED_ON_IN_ADVANCE", "rectification_progress", {"reviewed_on": "2099-01-01"}),
    *(Case(f"HAZARDS_{column.upper()}_IN_ADVANCE", "hazards", {**row, column: "2099-01-01"}, row)
      for column, row in (("fed_back_on", {}), ("repaired_on", {}), ("checked_on", {}),
                          ("struck_off_on", {"repaired_on": "2024-03-06", "checked_on": "2024-03-07", "check_result": "通过"}))),
    Case("HAZARDS_FOUND_ON_IN_ADVANCE", "hazards", {"found_on": "2099-01-01", "deadline": "2099-01-31"}),
    Case("CLASS_COUNTS_COUNTED_ON_IN_ADVANCE", "class_counts", {"counted_on": "2099-01-01"}),
    Case("CLASS_COUNTS_GRADE_AND_STAGE", "class_counts", {"stage": "初中", "grade": 6}, {"stage": "初中", "grade": 7}),
    Case("SATISFACTION_SURVEYED_ON_IN_ADVANCE", "satisfaction", {"surveyed_on": "2099-01-01"}),
    Case("ISSUED_REPORTS_ISSUED_ON_IN_ADVANCE", "issued_reports", {"issued_on": "2099-01-01"}),
    Case("MILESTONES_NOT_IN_ADVANCE", "milestones", {"achieved_on": "2099-01-01"}, {"achieved_on": "2024-06-30"}),
    Case("WORK_FIGURES_NEAR_PLAN", "work_figures", {"planned": 1, "done": 11}, {"planned": 1, "done": 10}),
    # the vocational school reports 1,000 entrants a year, the kindergarten 1,000 children, and each year's register is whole
    Case("WORK_FIGURES_AGREES_WITH_SCHOOLS", "work_figures",
         {"work_code": "中职招生", "reporting_month": "2023-09", "planned": None, "done": 1051},
         {"work_code": "中职招生", "reporting_month": "2022-09", "planned": None, "done": 1050}),
    Case("DISTRICT_FIGURES_AGREES_WITH_KINDERGARTENS", "district_figures",
         {"figure_code": "在园3–6岁幼儿数", "figure_year": 2023, "figure": 949},
         {"figure_code": "在园3–6岁幼儿数", "figure_year": 2022, "figure": 950}),
    Case("VOCATIONAL_SITE_PLANS_NOT_BELOW_OWNED", "vocational_site_plans",
         {"school_code": VOCATIONAL, "figure_year": 2023, "planned_value": 39999},
         {"school_code": VOCATIONAL, "figure_year": 2024, "planned_value": 40000}),
    Case("DISTRICT_FIGURES_JUMP", "district_figures", {"figure_year": 2024, "figure": 151}),
    Case("DISTRICT_FIGURES_IS_POSSIBLE", "district_figures",
         {"figure_year": 2015, "figure_code": "社会认可度", "figure": 1.01},
         {"figure_year": 2016, "figure_code": "社会认可度", "figure": 1}),
    # the whole of both years is 100
    Case("DISTRICT_FIGURES_PART_ABOVE_WHOLE", "district_figures",
         {"figure_year": 2018, "figure_code": "一般公共预算教育支出", "figure": 101},
         {"figure_year": 2020, "figure_code": "一般公共预算教育支出", "figure": 100}),
    order("school_groups", "left_on", "joined_on"),
    Case("SCHOOL_CODES_VALID_UNTIL_BEFORE_VALID_FROM", "school_codes",
         {"valid_from": "1990-09-02", "valid_until": "1990-09-01"}, {"valid_from": "1991-09-01", "valid_until": "1991-09-01"}),
    Case("SCHOOL_CODES_SEVERAL_SCHOOLS", "school_codes",
         {"school_code": VOCATIONAL, "other_system_code": "K002", "valid_from": "1992-09-01", "valid_until": "1993-09-01"},
         {"other_system_code": "K002", "valid_from": "1993-09-01"}),
    Case("CLASS_COUNTS_CLASSES_ABOVE_STUDENTS", "class_counts", {"students": 35, "class_count": 36},
         {"students": 35, "class_count": 35}),
    Case("CLASS_COUNTS_IS_PLAUSIBLE", "class_counts", {"students": 121}, {"students": 120}),
    Case("MONITORING_RESULTS_HAS_A_RESULT", "monitoring_results", {"level_three_share": None},
         {"level_three_share": None, "between_school_difference": 0.1}),
    Case("SATISFACTION_SATISFIED_ABOVE_TOTAL", "satisfaction", {"satisfied": 101}, {"satisfied": 100}),
    order("hazards", "repaired_on", "found_on"),
    order("hazards", "checked_on", "repaired_on"),
    order("hazards", "struck_off_on", "checked_on", check_result="通过", repaired_on="2024-03-05"),
    order("hazards", "deadline", "found_on"),
    Case("HAZARDS_STRIKE_OFF_IS_CHECKED", "hazards", {**STRUCK, "check_result": "不通过"}, STRUCK),
    Case("SAFETY_DUTIES_WITHIN_DUE", "safety_duties", {"due": 1, "done": 34, "duty": "门岗值守"},
         {"due": 1, "done": 33, "duty": "门岗值守"}),
    Case("SAFETY_DUTIES_DUE_PLAUSIBLE", "safety_duties", {"reporting_month": "2024-04", "due": 14, "done": 14},
         {"reporting_month": "2024-06", "due": 15, "done": 15}),
    Case("KINDERGARTEN_SUPPORT_HAS_PLACES", "kindergarten_support", {"nursery_places": 20, "nursery_children": 21},
         {"nursery_places": 20, "nursery_children": 20}),
    Case("SPECIAL_ROOMS_IS_A_ROOM", "special_rooms", {"room_area_m2": 401}, {"room_area_m2": 400}),
    Case("EXPLANATIONS_RULE_IS_EXPLAINABLE", "explanations", {"rule_code": "STAFFING_BACKBONE_TEACHERS_ABOVE_TOTAL"},
         {"rule_code": "STAFFING_FULL_TIME_TEACHERS_JUMP"}),
    Case("ISSUED_REPORTS_ISSUED_BEFORE_COVERED", "issued_reports",
         {"report_kind": "月报", "covers_until": "2024-03-31", "issued_on": "2024-03-30"},
         {"report_kind": "月报", "covers_until": "2024-04-30", "issued_on": "2024-04-30"}),
    Case("DISTRICT_EXPLANATIONS_RULE_IS_EXPLAINABLE", "district_explanations",
         {"rule_code": "RECTIFICATION_TASKS_DEADLINE_BEFORE_BEGUN_ON"}, {"rule_code": "WORK_FIGURES_AGREES_WITH_SCHOOLS"}),
    Case("COMPULSORY_INPUTS_NEARBY_ENTRANTS_ABOVE_TOTAL", "compulsory_inputs", {"nearby_entrants": 41}, {"nearby_entrants": 40}),
    Case("COMPULSORY_INPUTS_CROSS_ZONE_ENTRANTS_ABOVE_TOTAL", "compulsory_inputs", {"cross_zone_entrants": 41},
         {"cross_zone_entrants": 40}),
]  # fmt: skip


@dataclass
class Judged:
    """Problems by rule; by rule the place of the row that breaks it and of the one at its limit; rows accepted."""

    problems: dict[str, list[Row]]
    broken: dict[str, int]
    at_limit: dict[str, int]
    accepted: dict[str, set[int]]


@pytest.fixture(scope="module")
def judged(new_district: Callable[[], District]) -> Judged:
    sheets: dict[str, list[Row]] = {name: [] for name in LEDGERS}
    broken: dict[str, int] = {}
    at_limit: dict[str, int] = {}

    def enter(feed: str, row: Row) -> int:
        identity = {"school_code": SCHOOL} if LEDGERS[feed].has_schools else {"district_code": DISTRICT}
        column, key = NEXT_KEY[feed]
        sheets[feed].append({**DEFAULTS[feed], column: key(len(sheets[feed]) + 1), **identity, **row})
        return len(sheets[feed]) + 1  # the heading is the first row

    for case in CASES:
        broken[case.rule] = enter(case.feed, case.broken)
        at_limit[case.rule] = enter(case.feed, case.at_limit)
    for feed in LEDGERS:
        name, stranger = feed.upper(), {"school_code": "2150999999", "district_code": "500999"}
        known = {c.name for c in LEDGERS[feed].columns}
        broken[f"{name}_UNREGISTERED"] = enter(feed, {k: v for k, v in stranger.items() if k in known})
        again = next(
            c for c in LEDGERS[feed].columns if c.name not in LEDGERS[feed].grain and c.name != "school_name"
        )
        first = enter(feed, {"figure_year": 2010} if feed == "district_figures" else {})
        row = dict(sheets[feed][-1])
        other = {"text": "另一个", "date": "2024-03-02"}
        other["choice"] = next((word for word in again.choices if word != row.get(again.name)), "")
        row[again.name] = other.get(again.type, 7)
        sheets[feed].append(row)
        broken[f"{name}_CONFLICT"] = first
        if LEDGERS[feed].has_schools:
            broken[f"{name}_NAME"] = enter(feed, {"school_name": "另一个名字"})
    for year in (2018, 2020):  # of the parts that are as large as their whole, or larger
        sheets["district_figures"].append(
            {**DEFAULTS["district_figures"], "district_code": DISTRICT, "figure_year": year}
        )
    for number in range(1, 60):  # every progress row but the stray one has its task
        sheets["rectification_tasks"].append({**DEFAULTS["rectification_tasks"], "district_code": DISTRICT,
                                              "item_number": str(number + 100), "measure_number": 1})  # fmt: skip
    for row in sheets["rectification_progress"]:
        row["item_number"] = str(int(row["item_number"]) + 100)

    district = new_district()
    for year in (2022, 2023):
        district.put(f"{year}/register.xlsx", schools=[
            {"school_code": code, "school_name": name, "district_code": DISTRICT, "town": "东镇",
             "school_type": kind, "ownership": "公办"}
            for code, name, kind in ((SCHOOL, "东镇小学", "小学"), (VOCATIONAL, "东镇职校", "中等职业学校"),
                                     (KINDERGARTEN, "东镇幼儿园", "幼儿园"))])  # fmt: skip
        district.put(f"{year}/vocational.xlsx", vocational_enrolment=[
            {"school_code": VOCATIONAL, "upper_secondary_type": "中职", "students": 3000, "entrants": 1000,
             "owned_campus_area_m2": 40000}])  # fmt: skip
        sheets["kindergarten_support"].append(
            {"school_code": KINDERGARTEN, "figure_year": year, "children": 1000}
        )
    district.put("2024/plan.xlsx", **sheets)
    district.run()
    problems: dict[str, list[Row]] = {}
    for problem in district.ask("select * from marts.fct_problems", tier="analyst"):
        problems.setdefault(problem["rule_code"], []).append(problem)
    accepted = {
        feed: {
            r["row_number"] for r in district.ask(f"select row_number from accepted.{feed}", tier="analyst")
        }
        for feed in LEDGERS
    }
    return Judged(problems, broken, at_limit, accepted)


RULES = {r.rule_code: r for r in rules.all_rules() if r.suite in LEDGERS}


def rows_of(problems: list[Row]) -> set[int]:
    return {int("".join(c for c in p["cell"] if c.isdigit())) for p in problems}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_row_that_breaks_a_rule_is_named_and_no_other(judged: Judged, rule: str) -> None:
    found = judged.problems.get(rule, [])
    expected = {judged.broken[rule]} | ({judged.broken[rule] + 1} if rule.endswith("_CONFLICT") else set())
    assert rows_of(found) == expected
    assert {p["severity"] for p in found} == {RULES[rule].severity}
    assert {(p["source_file"], p["sheet"]) for p in found} == {("2024/plan.xlsx", RULES[rule].suite)}
    assert not any("{" in p["message_zh"] or "00:00:00" in p["message_zh"] for p in found)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_logic_rules_put_rows_aside_and_experience_rules_only_warn(judged: Judged, rule: str) -> None:
    is_accepted = judged.broken[rule] in judged.accepted[RULES[rule].suite]
    assert is_accepted == (RULES[rule].severity != "quarantine_row")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_a_row_at_the_limit_of_a_rule_is_accepted(judged: Judged, case: Case) -> None:
    assert judged.at_limit[case.rule] in judged.accepted[case.feed]


def test_the_figures_whose_target_is_a_share_are_those_of_the_seed() -> None:
    seed = (Path(__file__).parents[2] / "dbt/seeds/rectification_figures.csv").read_text(encoding="utf-8")
    shares = {r["figure_code"]: r["is_share"] == "true" for r in csv.DictReader(seed.splitlines())}
    assert {code: bool(re.search("_(share|rate|coverage|satisfaction)$", code)) for code in shares} == shares
