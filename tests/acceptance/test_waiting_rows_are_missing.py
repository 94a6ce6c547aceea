"""A row that is put aside is a missing answer: spoiling a cell says no more than leaving it blank, and never improves a verdict.

Every case is two districts of one release, equal to a whole one but for a cell: blank in the first, spoilt in the second.
The whole district reaches every figure asked for, so that what a row can hide would show as reached without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from dagster_project import run
from tests.conftest import District

Row = dict[str, Any]
Sheets = dict[str, list[Row]]
WHOLE = "500000"
MONTHS = ("2023-10", "2023-11", "2023-12")


@dataclass(frozen=True)
class Case:
    """A cell of the whole district, what it is spoilt to, and the figures that then aren't known."""

    feed: str
    row: int
    column: str
    spoilt: Any
    figures: tuple[str, ...]
    has_blank: bool = True  # False where a blank is no missing answer, or no cell can be blank


LARGE = ("target large_class_share", "target super_large_class_share")
CASES = [
    # the first grade of the first primary school, its last class, the class of the kindergarten, an attached class
    Case("class_sizes", 0, "students", "70人", (*LARGE, "government class_size", "government music_rooms", "measure 1")),
    Case("class_sizes", 2, "students", "70人", (*LARGE, "government class_size", "measure 1")),
    Case("class_sizes", 3, "students", -25, ("preschool class_size_compliance_rate",)),
    Case("class_sizes", 4, "students", "70人", (*LARGE, "government class_size", "measure 1")),
    Case("kindergarten_pay", 0, "fully_insured_staff", "全部", ("target fully_insured_staff_share",)),
    Case("kindergarten_support", 1, "children", "约40", ("target public_kindergarten_share", "preschool inclusive_coverage_rate")),
    Case("staffing", 0, "certified_teachers", "都有", ("government certified_teachers",)),
    Case("compulsory_inputs", 0, "nearby_entrants", "全部", ("government nearby_enrolment_primary",)),
    Case("vocational_enrolment", 0, "dual_qualified_teachers", "六十", ("vocational dual_qualified",)),
    Case("enrolment", 0, "students", "约90", ("government school_size",)),
    Case("special_rooms", 0, "room_area_m2", "足够", ("government music_rooms",)),
    Case("hazards", 0, "deadline", "尽快", ("measure 2",), has_blank=False),
    Case("class_counts", 0, "students", "70人", ("measure 1",), has_blank=False),
    Case("milestones", 1, "planned_on", "年底", ("measure 3",)),
    # the register's row of a school whose other rows then wait, too; its code is known by its name
    *(Case("schools", 0, column, spoilt, (*LARGE, "government class_size", "government school_size", "government music_rooms",
                                          "government certified_teachers", "government nearby_enrolment_primary",
                                          "measure 1", "measure 2"), has_blank=False)
      for column, spoilt in (("urban_rural_code", "乡村"), ("school_type", "完小（村）"), ("district_code", "东区"), ("school_code", "12"))),
    Case("schools", 2, "ownership", "集体", ("target public_kindergarten_share", "target fully_insured_staff_share",
                                           "preschool class_size_compliance_rate", "measure 2"), has_blank=False),
    Case("schools", 4, "founded_year", "九零年", ("vocational dual_qualified", "measure 2"), has_blank=False),
]  # fmt: skip


def code(district: str, number: int) -> str:
    return f"21{district}{number:02d}"


def whole(d: str) -> Sheets:
    """Two primary schools, a kindergarten of each owner, a vocational school, and a plan of four measures."""
    p1, p2, k1, k2, v = (code(d, n) for n in range(1, 6))
    of_district = {"district_code": d}

    def school(c: str, kind: str, owner: str = "公办", **more: Any) -> Row:
        return {"school_code": c, "school_name": f"校{c}", "district_code": d, "town": "东镇", "school_type": kind,
                "ownership": owner, "urban_rural_code": "111", "is_boarding": "否", "founded_year": 1990, **more}  # fmt: skip

    def task(item: str, figure: str, target: float) -> Row:
        return {**of_district, "item_number": item, "measure_number": 1, "area_zh": "领域", "item_title_zh": f"事项{item}",
                "measure_zh": "措施", "begun_on": "2023-10-01", "proof_kind": "数据", "figure_code": figure,
                "target_value": target, "lead_department": "教委", "deadline": "2026-12-31"}  # fmt: skip

    def a_class(c: str, stage: str, grade: str, students: int) -> Row:
        return {"school_code": c, "school_name": f"校{c}", "stage": stage, "grade": grade, "class_name": "1班",
                "students": students}  # fmt: skip

    return {
        "schools": [school(p1, "小学"), school(p2, "小学"), school(k1, "幼儿园"), school(k2, "幼儿园", "民办", is_inclusive="是"),
                    school(v, "中等职业学校")],
        "class_sizes": [a_class(p1, "小学", "1", 40), a_class(p2, "小学", "1", 40), a_class(p2, "小学", "6", 40),
                        a_class(k1, "学前", "中班", 25), a_class(p2, "初中", "7", 40), a_class(k2, "学前", "中班", 25)],
        "enrolment": [{"school_code": p1, "stage": "小学", "students": 40}, {"school_code": p2, "stage": "小学", "students": 80},
                      {"school_code": p2, "stage": "初中", "students": 40}],
        "kindergarten_pay": [{"school_code": c, "staff": 20, "in_post_teachers": 5, "in_post_annual_pay_yuan": 500000,
                              "temporary_teachers": 4, "temporary_annual_pay_yuan": 240000, "fully_insured_staff": 20}
                             for c in (k1, k2)],
        "kindergarten_support": [{"school_code": k1, "figure_year": 2023, "children": 160},
                                 {"school_code": k2, "figure_year": 2023, "children": 40}],
        "staffing": [{"school_code": c, "stage": stage, "full_time_teachers": 20, "above_required_degree_teachers": 10,
                      "backbone_teachers": 5, "pe_teachers": 2, "music_teachers": 2, "fine_art_teachers": 2,
                      "certified_teachers": 20}
                     for c, stage in ((p1, "小学"), (p2, "小学"), (p2, "初中"), (k1, "学前"), (k2, "学前"))],
        "compulsory_inputs": [{"school_code": c, "figure_year": 2023, "stage": "小学", "entrants": 40, "nearby_entrants": 40}
                              for c in (p1, p2)],
        "vocational_enrolment": [{"school_code": v, "upper_secondary_type": "中等职业学校", "students": 1000,
                                  "full_time_teachers": 100, "specialised_teachers": 80, "dual_qualified_teachers": 60}],
        "special_rooms": [{"school_code": c, "figure_year": 2023, "stage": stage, "room_kind": kind, "room_name": kind,
                           "room_area_m2": 200}
                          for c, stage in ((p1, "小学"), (p2, "小学"), (p2, "初中")) for kind in ("音乐", "美术")],
        "hazards": [{"school_code": p1, "hazard_number": "1", "found_on": "2023-11-06", "inspection_rhythm": "日",
                     "place_zh": "食堂", "hazard_kind": "消防", "hazard_grade": "一般", "deadline": "2023-11-20"}
                    | {"repaired_on": "2023-11-08", "checked_on": "2023-11-10", "check_result": "通过",
                       "struck_off_on": "2023-11-10"}],
        "safety_duties": [{"school_code": c, "reporting_month": month, "duty": duty, "due": 31, "done": 31}
                          for c in (p1, p2, k1, k2, v) for month in MONTHS for duty in ("日排查", "周排查", "月排查")],
        "class_counts": [{"school_code": c, "stage": "小学", "grade": "1", "class_name": "1班", "counted_on": "2023-11-15",
                          "students": 41} for c in (p1, p2)],
        "milestones": [{**of_district, "milestone_number": n, "item_number": "3", "measure_number": 1, "milestone_kind": "政策文件",
                        "milestone_zh": "印发", "department": "教委", "planned_on": "2023-11-30", "achieved_on": "2023-11-20"}
                       for n in ("一", "二")],
        "rectification_tasks": [task("1", "未销号超标班级数", 0), task("2", "逾期未整改隐患数", 0), task("3", "到期节点完成率", 1),
                                task("4", "幼儿园教职工足额参保比例", 1)],
    }  # fmt: skip


def with_cell(sheets: Sheets, case: Case, value: Any) -> Sheets:
    rows = [dict(r) for r in sheets[case.feed]]
    rows[case.row][case.column] = value
    return {**sheets, case.feed: rows}


def district_of(case: int, kind: str) -> str:
    return f"5{'12'[kind == 'spoilt']}{case:04d}"


FIGURES = {
    "target": "select district_code, target_code as code, status from marts.fct_target_paths where school_year = 2023",
    "government": "select district_code, item_code as code, status from marts.fct_government_items where school_year = 2023",
    "preschool": "select district_code, figure_code as code, status from marts.fct_preschool_universality"
    " where school_year = 2023",
    "vocational": "select district_code, 'dual_qualified' as code, dual_qualified_status as status"
    " from marts.fct_vocational_teachers where school_year = 2023",
    "measure": "select district_code, item_number as code, figure_status as status from marts.fct_rectification_measures"
    " where reporting_month = '2024-01'",
}
GOOD = {"met", "reached"}


@pytest.fixture(scope="module")
def made(new_district: Callable[[], District]) -> District:
    made = new_district()
    sheets = whole(WHOLE)
    for number, case in enumerate(CASES):
        variants = {"spoilt": case.spoilt} | ({"blank": None} if case.has_blank else {})
        for kind, value in variants.items():
            d = district_of(number, kind)
            spoilt = with_cell(whole(d), case, value)
            if case.column == "district_code":  # the other rows of its sheet say which
                made.put(f"2023/{d}.xlsx", **spoilt)
                continue
            for feed, rows in spoilt.items():
                sheets[feed] += rows
    made.put("2023/上报.xlsx", **sheets)
    run.run(made.raw, made.home, as_of=dt.date(2024, 1, 31), parts=frozenset())
    return made


@pytest.fixture(scope="module")
def verdicts(made: District) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for table, statement in FIGURES.items():
        for row in made.ask(statement):
            figures = found.setdefault(row["district_code"], {})
            figures.setdefault(f"{table} {row['code']}", set()).add(row["status"])
    return found


def test_the_whole_district_reaches_every_figure_asked_for(verdicts: dict[str, dict[str, set[str]]]) -> None:
    asked = {figure for case in CASES for figure in case.figures}
    assert {f: s for f, s in verdicts[WHOLE].items() if f in asked and not s <= GOOD} == {}
    assert asked <= set(verdicts[WHOLE])


@pytest.mark.parametrize("kind", ["blank", "spoilt"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c.feed}-{c.row}-{c.column}" for c in CASES])
def test_what_waits_is_missing_and_changes_nothing_else(
    verdicts: dict[str, dict[str, set[str]]], number: int, kind: str
) -> None:
    case = CASES[number]
    if kind == "blank" and not case.has_blank:
        return
    found = verdicts[district_of(number, kind)]
    assert {f: found.get(f) for f in case.figures} == {f: {"not_available"} for f in case.figures}
    changed = {f: s for f, s in found.items() if s != verdicts[WHOLE][f] and s & GOOD}
    assert changed == {}, "better than the whole"


@pytest.mark.parametrize("number", [n for n, c in enumerate(CASES) if c.has_blank])
def test_spoiling_says_no_more_than_a_blank(verdicts: dict[str, dict[str, set[str]]], number: int) -> None:
    blank, spoilt = (verdicts[district_of(number, kind)] for kind in ("blank", "spoilt"))
    better = {
        f: (blank[f], spoilt[f]) for f in blank if spoilt.get(f) != blank[f] and spoilt.get(f, set()) & GOOD
    }
    assert better == {}


@pytest.mark.parametrize("number", [n for n, c in enumerate(CASES) if c.feed == "schools"])
def test_a_school_whose_row_of_the_register_waits_owes_its_returns_and_is_named(
    made: District, number: int
) -> None:
    d, case = district_of(number, "spoilt"), CASES[number]
    held = made.one(
        f"select school_code, name_zh, held_reason_zh, unit_school_code from marts.dim_schools"
        f" where district_code = '{d}' and is_held"
    )
    school = code(d, case.row + 1)
    assert (held["school_code"], held["name_zh"], held["unit_school_code"]) == (school, f"校{school}", school)
    assert "名录里该校的一行有问题" in held["held_reason_zh"]
    # five schools, whatever was read of one
    assert made.one(f"select count(*) as n from marts.dim_schools where district_code = '{d}'")["n"] == 5
    register = made.one(
        "select sum(cast(due as int)) as due, sum(cast(quarantined_rows > 0 as int)) as waiting from marts.fct_completeness"
        f" where district_code = '{d}' and feed = 'schools'"
    )
    # what a school of unreadable kind owes as a whole isn't known, but for what it sent
    assert (register["due"], register["waiting"]) == (4 if case.column == "school_type" else 5, 1)
    if case.row == 0:
        primary = made.one(
            "select schools_in_scope, schools_undetermined from marts.fct_district_compliance"
            f" where district_code = '{d}' and stage = 'primary' and school_year = 2023"
        )
        assert primary == {"schools_in_scope": 2, "schools_undetermined": 2}
