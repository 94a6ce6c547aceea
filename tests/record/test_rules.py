"""Every rule of every suite: a row that breaks it is named, a row at its limit is not.

Each case has schools of its own, so that exactly one problem of its rule may appear in the whole district.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules, suites
from tests.conftest import District

Row = dict[str, Any]

DEFAULTS: dict[str, Row] = {
    "staffing": {"stage": "小学", "full_time_teachers": 40, "above_required_degree_teachers": 30, "backbone_teachers": 8,
                 "pe_teachers": 3, "music_teachers": 2, "fine_art_teachers": 2},
    "enrolment": {"stage": "小学", "students": 300},
    "floor_area": {"teaching_area_m2": 3000, "indoor_sports_area_m2": 100, "sports_ground_area_m2": 4000,
                   "equipment_10k_yuan": 80, "multimedia_classrooms": 9, "books": 9000},
    "class_sizes": {"stage": "小学", "grade": 1, "class_name": "1班", "students": 40},
    "kindergarten_pay": {"staff": 20, "in_post_teachers": 4, "in_post_annual_pay_yuan": 400000, "temporary_teachers": 5,
                         "temporary_annual_pay_yuan": 150000, "fully_insured_staff": 12},
    "vocational_enrolment": {"upper_secondary_type": "中等职业学校", "students": 1200, "full_time_teachers": 60},
}  # fmt: skip
TYPE = {"kindergarten_pay": "幼儿园", "vocational_enrolment": "中等职业学校"}


@dataclass(frozen=True)
class Case:
    """One rule: what breaks it, what stands at its limit, and last year's row of both."""

    rule: str
    feed: str
    broken: Row = field(default_factory=dict)
    at_limit: Row = field(default_factory=dict)
    last_year: Row | None = None
    classes: list[Row] = field(default_factory=list)


def above(feed: str, part: str, total: str, value: Any = 30, step: Any = 1, **more: Any) -> Case:
    rule = f"{feed}_{part}_above_total".upper()
    return Case(rule, feed, {total: value, part: value + step, **more}, {total: value, part: value, **more})


def jump(feed: str, column: str, before: Any, **more: Any) -> Case:
    rule = f"{feed}_{column}_jump".upper()
    return Case(
        rule,
        feed,
        {column: before * 1.5 + 10, **more},
        {column: before * 1.5, **more},
        {column: before, **more},
    )


CASES = [
    above("staffing", "above_required_degree_teachers", "full_time_teachers"),
    above("staffing", "backbone_teachers", "full_time_teachers"),
    above("staffing", "certified_teachers", "full_time_teachers", above_required_degree_teachers=9),
    above("staffing", "trained_360_hours_teachers", "full_time_teachers", above_required_degree_teachers=9),
    above("staffing", "rotation_eligible_teachers", "full_time_teachers", above_required_degree_teachers=9),
    above("staffing", "rotated_teachers", "rotation_eligible_teachers", 5),
    above("staffing", "rotated_backbone_teachers", "rotated_teachers", 2, rotation_eligible_teachers=9),
    Case("STAFFING_PE_ART_ABOVE_TOTAL", "staffing",
         {"full_time_teachers": 40, "pe_teachers": 30, "music_teachers": 5, "fine_art_teachers": 5, "other_art_teachers": 1},
         {"full_time_teachers": 40, "pe_teachers": 30, "music_teachers": 5, "fine_art_teachers": 4, "other_art_teachers": 1}),
    jump("staffing", "full_time_teachers", 40),
    above("floor_area", "indoor_sports_area_m2", "teaching_area_m2", 3000, 0.01),
    jump("floor_area", "teaching_area_m2", 2000),
    jump("floor_area", "sports_ground_area_m2", 3000),
    jump("floor_area", "equipment_10k_yuan", 60),
    jump("floor_area", "books", 6000),
    # 40 pupils: 800 (10k yuan) are 200,000 yuan each, 40,000 m2 are 1,000 m2 each
    Case("FLOOR_AREA_EQUIPMENT_IMPLAUSIBLE", "floor_area", {"equipment_10k_yuan": 800.01}, {"equipment_10k_yuan": 800},
         classes=[{"students": 40}]),
    Case("FLOOR_AREA_AREA_IMPLAUSIBLE", "floor_area", {"sports_ground_area_m2": 40000.01}, {"sports_ground_area_m2": 40000},
         classes=[{"students": 40}]),
    Case("ENROLMENT_DIFFERS_FROM_CLASSES", "enrolment", {"students": 41}, {"students": 40}, classes=[{"students": 40}]),
    Case("ENROLMENT_CLASSES_ABOVE_STUDENTS", "enrolment", {"students": 35, "classes": 36}, {"students": 35, "classes": 35}),
    Case("CLASS_SIZES_CLASSES_ABOVE_STUDENTS", "class_sizes", {"students": 35, "class_count": 36},
         {"students": 35, "class_count": 35}),
    Case("ENROLMENT_CLASS_SIZE_IMPLAUSIBLE", "enrolment", {"students": 481, "classes": 4}, {"students": 480, "classes": 4}),
    Case("ENROLMENT_ENTRANTS_ABOVE_STUDENTS", "enrolment", {"students": 90, "entrants": 91}, {"students": 90, "entrants": 90}),
    Case("ENROLMENT_WITHOUT_CLASSES", "enrolment", {"students": 40, "classes": 0}, {"students": 0, "classes": 0}),
    jump("enrolment", "students", 200),
    Case("CLASS_SIZES_BAND_INVERTED", "class_sizes", {"size_band_minimum": 46, "size_band_maximum": 45, "students": None},
         {"size_band_minimum": 45, "size_band_maximum": 45, "students": None}),
    Case("CLASS_SIZES_WITHOUT_CLASSES", "class_sizes", {"students": 40, "class_count": 0}, {"students": 0, "class_count": 0}),
    Case("CLASS_SIZES_IMPLAUSIBLE", "class_sizes", {"students": 121}, {"students": 120}),
    Case("CLASS_SIZES_GRADE_AND_STAGE", "class_sizes", {"grade": 7}, {"grade": 6}),
    above("kindergarten_pay", "fully_insured_staff", "staff", 20),
    Case("KINDERGARTEN_PAY_TEACHERS_ABOVE_STAFF", "kindergarten_pay", {"staff": 8, "fully_insured_staff": 1},
         {"staff": 9, "fully_insured_staff": 1}),
    Case("KINDERGARTEN_PAY_IN_POST_WITHOUT_HEADS", "kindergarten_pay", {"in_post_teachers": 0},
         {"in_post_teachers": 0, "in_post_annual_pay_yuan": 0}),
    Case("KINDERGARTEN_PAY_TEMPORARY_WITHOUT_HEADS", "kindergarten_pay", {"temporary_teachers": 0},
         {"temporary_teachers": 0, "temporary_annual_pay_yuan": 0}),
    Case("KINDERGARTEN_PAY_IN_POST_IMPLAUSIBLE", "kindergarten_pay", {"in_post_annual_pay_yuan": 47999},
         {"in_post_annual_pay_yuan": 48000}),
    Case("KINDERGARTEN_PAY_TEMPORARY_IMPLAUSIBLE", "kindergarten_pay", {"temporary_annual_pay_yuan": 2000001},
         {"temporary_annual_pay_yuan": 2000000}),
    jump("kindergarten_pay", "staff", 20),
    above("vocational_enrolment", "specialised_teachers", "full_time_teachers", 60),
    above("vocational_enrolment", "dual_qualified_teachers", "full_time_teachers", 60),
    Case("VOCATIONAL_ENROLMENT_DUAL_QUALIFIED_TEACHERS_ABOVE_SPECIALISED", "vocational_enrolment",
         {"full_time_teachers": 90, "specialised_teachers": 60, "dual_qualified_teachers": 61},
         {"full_time_teachers": 90, "specialised_teachers": 60, "dual_qualified_teachers": 60}),
    above("vocational_enrolment", "senior_title_teachers", "full_time_teachers", 60),
    above("vocational_enrolment", "owned_campus_area_m2", "campus_area_m2", 40000),
    above("vocational_enrolment", "owned_floor_area_m2", "floor_area_m2", 24000),
    jump("vocational_enrolment", "students", 1200),
    Case("VOCATIONAL_ENROLMENT_DIFFERS_FROM_SENIOR_CLASSES", "vocational_enrolment",
         {"upper_secondary_type": "普通高中", "students": 41}, {"upper_secondary_type": "普通高中", "students": 40},
         classes=[{"stage": "高中", "grade": 10, "students": 40}]),
]  # fmt: skip


def school(code: str, kind: str = "小学", **more: Any) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
            "school_type": kind, "ownership": "公办", **more}  # fmt: skip


@dataclass
class Judged:
    """The district after its run: problems by rule, and which school each rule is expected to name."""

    problems: dict[str, list[Row]]
    expected: dict[str, tuple[str, str]]
    accepted: dict[str, set[str]]
    limits: dict[str, str]


@pytest.fixture(scope="module")
def judged(new_district: Callable[[], District]) -> Judged:
    district = new_district()
    sheets: dict[int, dict[str, list[Row]]] = {y: {f: [] for f in load_feeds()} for y in (2021, 2022, 2023)}
    expected: dict[str, tuple[str, str]] = {}
    limits: dict[str, str] = {}
    codes = (f"21000{n:05d}" for n in range(10000, 99999))

    def enter(year: int, feed: str, code: str, row: Row) -> None:
        sheets[year][feed].append({**DEFAULTS[feed], **row, "school_code": code})

    def register(feed: str, row: Row, **more: Any) -> str:
        code = next(codes)
        kind = "高级中学" if row.get("upper_secondary_type") == "普通高中" else TYPE.get(feed, "小学")
        for year in (2022, 2023):
            sheets[year]["schools"].append(school(code, kind, **more))
        return code

    for case in CASES:
        for row in (case.broken, case.at_limit):
            code = register(case.feed, row)
            enter(2023, case.feed, code, row)
            for classes in case.classes:
                enter(2023, "class_sizes", code, classes)
            if case.last_year is not None:
                enter(2022, case.feed, code, case.last_year)
            if row is case.broken:
                expected[case.rule] = (case.feed, code)
            else:
                limits[case.rule] = code

    for feed in DEFAULTS:
        name = feed.upper()
        stranger, twice, misnamed = next(codes), register(feed, {}), register(feed, {})
        enter(2023, feed, stranger, {})
        enter(2023, feed, twice, {})
        figure = [name for name, value in DEFAULTS[feed].items() if isinstance(value, (int, float))][-1]
        second = {figure: DEFAULTS[feed][figure] + 1}
        enter(2023, feed, twice, second)
        enter(2023, feed, misnamed, {"school_name": "另一个名字"})
        expected |= {f"{name}_UNREGISTERED": (feed, stranger), f"{name}_CONFLICT": (feed, twice)}
        expected[f"{name}_NAME"] = (feed, misnamed)
        former = next(codes)
        for _ in range(2):
            register(feed, {}, former_school_code=former)
        enter(2023, feed, former, {})
        expected[f"{name}_FORMER_CODE"] = (feed, former)

    twice, gone, young, new_kind, neighbour, same_place, in_use, other = (next(codes) for _ in range(8))
    sheets[2023]["schools"] += [school(twice), school(twice, town="西镇")]
    sheets[2022]["schools"] += [school(gone), school(new_kind), school(neighbour), school(same_place)]
    sheets[2023]["schools"] += [
        school(young, founded_year=2025),
        school(next(codes), founded_year=2024),
        school(new_kind, "九年一贯制学校"),
        school(in_use, former_school_code=other),
        school(other),
        school(neighbour, longitude=107.1, latitude=29.9),
        school(same_place, longitude=107.1, latitude=29.9),
    ]
    # two years apart: another school, and schools that changed only their name or only their district
    moved, renamed, transferred = (next(codes) for _ in range(3))
    sheets[2021]["schools"] += [school(c, school_name=f"老{c}") for c in (moved, renamed)] + [
        school(transferred)
    ]
    sheets[2023]["schools"] += [
        school(moved, district_code="500102"),
        school(renamed),
        school(transferred, district_code="500102"),
    ]
    expected |= {
        "SCHOOLS_CODE_OF_ANOTHER_SCHOOL": ("schools", moved),
        "SCHOOLS_CONFLICT": ("schools", twice),
        "SCHOOLS_MISSING_THIS_YEAR": ("schools", gone),
        "SCHOOLS_FOUNDED_LATER": ("schools", young),
        "SCHOOLS_TYPE_CHANGED": ("schools", new_kind),
        "SCHOOLS_FORMER_CODE_IN_USE": ("schools", in_use),
        "SCHOOLS_SAME_COORDINATES": ("schools", neighbour),
    }

    # thirteen alike, one fifteen times as large: the distance is measured in medians, so the giant can't hide itself
    for n in range(14):
        code = next(codes)
        for year in (2022, 2023):
            sheets[year]["schools"].append(school(code, "初级中学"))
        enter(2023, "class_sizes", code, {"stage": "初中", "grade": 7, "students": 60})
        enter(2023, "floor_area", code, {"teaching_area_m2": 48000 if n == 13 else 3000 + 40 * n})
        if n == 13:
            expected["FLOOR_AREA_OUTLIER"] = ("floor_area", code)

    for year, feeds in sheets.items():
        district.put(f"{year}/all.xlsx", **{f: rows for f, rows in feeds.items() if rows})
    district.run()

    problems: dict[str, list[Row]] = {}
    for problem in district.ask("select * from marts.fct_problems", tier="analyst"):
        problems.setdefault(problem["rule_code"], []).append(problem)
    accepted = {
        feed: {
            r["school_code"]
            for r in district.ask(
                f"select school_code from accepted.{feed} where school_year = 2023", tier="analyst"
            )
        }
        for feed, contract in load_feeds().items()
        if not contract.is_ledger
    }
    return Judged(problems, expected, accepted, limits)


#: the plan's feeds and several sources have their own tests beside this one
RULES = {
    r.rule_code: r
    for r in rules.all_rules()
    if r.suite in load_feeds() and not load_feeds()[r.suite].is_ledger
}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_row_that_breaks_a_rule_is_named_and_no_other(judged: Judged, rule: str) -> None:
    feed, code = judged.expected[rule]
    found = judged.problems.get(rule, [])
    named = {p["school_code"] for p in found}
    if rule == "SCHOOLS_SAME_COORDINATES":
        assert len(named) == 2 and code in named
    else:
        assert named == {code}
    assert {p["severity"] for p in found} == {RULES[rule].severity}
    assert {p["feed"] for p in found} == {feed}
    for problem in found:
        assert problem["source_file"] in ("2022/all.xlsx", "2023/all.xlsx")
        assert (problem["sheet"], bool(problem["cell"])) == (feed, True)
        assert "{" not in problem["message_zh"]


@pytest.mark.parametrize("rule", sorted(r for r, d in RULES.items() if r != "SCHOOLS_MISSING_THIS_YEAR"))
def test_logic_rules_put_rows_aside_and_experience_rules_only_warn(judged: Judged, rule: str) -> None:
    feed, code = judged.expected[rule]
    assert (code not in judged.accepted[feed]) == (RULES[rule].severity == "quarantine_row")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_a_row_at_the_limit_of_a_rule_is_accepted(judged: Judged, case: Case) -> None:
    assert judged.limits[case.rule] in judged.accepted[case.feed]


def test_pay_is_never_shown_in_the_problem_list(judged: Judged) -> None:
    pay = [p for p in judged.problems["KINDERGARTEN_PAY_IN_POST_IMPLAUSIBLE"]]
    assert [p["value"] for p in pay] == [""]
    assert "47999" not in json.dumps(pay, default=str)


BREAKING = {
    "MARTS_JUDGED_INDICATORS_COMPLETE": "delete from marts.fct_school_indicators where rowid ="
    " (select min(rowid) from marts.fct_school_indicators where is_judged)",
    "MARTS_UNITS_COMPLETE": "delete from marts.fct_school_compliance where rowid ="
    " (select min(rowid) from marts.fct_school_compliance)",
    "MARTS_RATES_ORDERED": "update marts.fct_district_compliance set compliance_rate_low = compliance_rate + 0.01",
    "MARTS_RATES_ORDERED_HIGH": "update marts.fct_district_compliance set compliance_rate_high = compliance_rate - 0.01",
    "MARTS_CV_NOT_NEGATIVE": "update marts.fct_district_indicators set coefficient_of_variation = -0.01",
    "MARTS_SHARES": "update marts.fct_district_kindergarten_pay set insured_share = 1.01",
    "MARTS_VOCATIONAL_SHARE": "update marts.fct_upper_secondary set vocational_share = 1.01",
    "MARTS_STAGE_SHARES": "update marts.rpt_stage_shares set stage_share = stage_share * 0.99",
    "MARTS_CLASSES_ORDERED": "update marts.fct_district_class_sizes set classes_over_standard = classes + 1",
    "MARTS_CLOSED_AGREES": "update marts.fct_rectification_measures set state = 'closed' where figure_status = 'not_met'",
    "MARTS_LEDGER_COMPLETE": "delete from marts.fct_rectification_ledger where item_number = '7'"
    " and reporting_month = '2025-06'",
    "MARTS_ESTIMATES_CLOSE_NOTHING": "update marts.fct_class_ledger set state = 'closed', closing_reason = 'reduced'"
    " where latest_students > standard_size",
    "MARTS_ROWS_BALANCED": "update marts.fct_submissions set rows_dropped = rows_dropped + 1",
}


@pytest.fixture(scope="module")
def published(
    sample_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    place = Home(sample_home)
    copy = tmp_path_factory.mktemp("marts") / "marts.duckdb"
    shutil.copyfile(place.releases / str(place.release_in_force()) / "marts.duckdb", copy)
    with duckdb.connect(str(copy)) as con:
        yield con


def test_the_published_sample_passes_the_last_gate(published: duckdb.DuckDBPyConnection) -> None:
    assert suites.judge_marts(published) == []


@pytest.mark.parametrize("rule", sorted(r.rule_code for r in rules.load_suite("marts")))
def test_the_last_gate_stops_what_is_wrong(published: duckdb.DuckDBPyConnection, rule: str) -> None:
    published.execute("begin")
    try:
        published.execute(BREAKING[rule])
        assert rule in {f.rule_code for f in suites.judge_marts(published)}
    finally:
        published.execute("rollback")


def test_the_last_gate_counts_the_judged_indicators_of_the_seed(published: duckdb.DuckDBPyConnection) -> None:
    rule = "MARTS_JUDGED_INDICATORS_COMPLETE"
    published.execute("begin")
    try:
        for table in ("fct_school_indicators", "dim_indicators"):
            # at first the unit has eight judged indicators and the seed seven
            if table == "dim_indicators":
                assert rule in {f.rule_code for f in suites.judge_marts(published)}
            published.execute(
                f"insert into marts.{table} by name select * replace ('an_eighth' as indicator_code)"
                f" from marts.{table} where indicator_code = 'backbone_teachers_per_100_students'"
            )
        assert rule not in {f.rule_code for f in suites.judge_marts(published)}
    finally:
        published.execute("rollback")


def test_a_pass_judges_two_rules_apart_and_leaves_the_library_as_it_was() -> None:
    import pandas as pd
    from great_expectations.expectations.expectation import Expectation

    def rule(code: str, most: int) -> rules.Rule:
        kwargs = {"column": "observed", "max_value": most}
        return rules.Rule("two", "expect_column_values_to_be_between", kwargs, code, "logic", "quarantine_row",
                          "", "", "", "", "", "")  # fmt: skip

    before = Expectation.__dict__["configuration"]
    frame = pd.DataFrame({"A": [1, 2, 3], "B": [10, 20, 30], "C": [10, 20, 30]})
    judged = [rule("A", 2), rule("B", 30), rule("C", 15)]
    found = {rule.rule_code: places for rule, places in suites.failing_rows(frame, judged)}
    assert found == {"A": [2], "C": [1, 2]}
    assert Expectation.__dict__["configuration"] is before
