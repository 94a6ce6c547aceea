"""Guarantee items, preschool, finance and groups, with figures worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"
PRIMARY, NEW, VILLAGE, NINE, GARDEN, PRIVATE = "P1", "P2", "P3", "N1", "K1", "K2"


def school(code: str, kind: str, **more: object) -> Row:
    return {"school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": "东镇", "school_type": kind,
            "ownership": "public", "urban_rural_code": "121", **more}  # fmt: skip


def classes(code: str, stage: str, grade: int, sizes: list[int]) -> list[Row]:
    return [{"school_code": code, "stage": stage, "grade": str(grade), "class_name": f"{n}班", "students": s}
            for n, s in enumerate(sizes, start=1)]  # fmt: skip


def rooms(code: str, kind: str, areas: list[float | None], stage: str = "primary") -> list[Row]:
    return [{"school_code": code, "figure_year": 2023, "stage": stage, "room_kind": kind, "room_name": f"{kind}{n}",
             "room_area_m2": a} for n, a in enumerate(areas, start=1)]  # fmt: skip


def figure(code: str, value: float, year: int = 2023) -> Row:
    return {"district_code": DISTRICT, "figure_year": year, "figure_code": code, "figure": value}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted()
    a.add("schools",
          school(PRIMARY, "primary", is_planned_and_built_by_2010=True, is_planned_and_built_by_2016=True),
          school(NEW, "primary"), school(VILLAGE, "primary", urban_rural_code="220"), school(NINE, "nine_year"),
          school(GARDEN, "kindergarten"), school(PRIVATE, "kindergarten", ownership="private", is_inclusive=False))  # fmt: skip
    # P1: 13 classes need two rooms of each kind; N1 has both stages
    a.add("class_sizes", *classes(PRIMARY, "primary", 1, [45] * 13), *classes(NEW, "primary", 1, [46, 40]),
          *classes(VILLAGE, "primary", 1, [29, 20]), *classes(NINE, "primary", 1, [40]),
          *classes(NINE, "junior_secondary", 7, [40]))  # fmt: skip
    a.add("enrolment", {"school_code": PRIMARY, "stage": "primary", "students": 2400},
          {"school_code": NEW, "stage": "primary", "students": 2001},
          {"school_code": VILLAGE, "stage": "primary", "students": 49},
          {"school_code": NINE, "stage": "primary", "students": 1400},
          {"school_code": NINE, "stage": "junior_secondary", "students": 1100})  # fmt: skip
    a.add("special_rooms", *rooms(PRIMARY, "music", [73, 73]), *rooms(PRIMARY, "art", [67, 66.9]),
          *rooms(NEW, "music", [96]), *rooms(NEW, "art", [None]), *rooms(VILLAGE, "music", [54]), *rooms(VILLAGE, "art", [54]))  # fmt: skip
    staff = {
        "above_required_degree_teachers": 1,
        "backbone_teachers": 1,
        "pe_teachers": 1,
        "music_teachers": 1,
        "fine_art_teachers": 1,
    }
    a.add("staffing",
          {"school_code": PRIMARY, "stage": "primary", "full_time_teachers": 100, "certified_teachers": 100,
           "trained_360_hours_teachers": 99, "rotation_eligible_teachers": 50, "rotated_teachers": 5,
           "rotated_backbone_teachers": 1, **staff},
          {"school_code": NEW, "stage": "primary", "full_time_teachers": 60, "certified_teachers": 60,
           "trained_360_hours_teachers": 60, "rotation_eligible_teachers": 30, "rotated_teachers": 3,
           "rotated_backbone_teachers": 1, **staff},
          {"school_code": VILLAGE, "stage": "primary", "full_time_teachers": 6, "certified_teachers": 6,
           "trained_360_hours_teachers": 6, "rotation_eligible_teachers": 0, "rotated_teachers": 0,
           "rotated_backbone_teachers": 0, **staff},
          {"school_code": NINE, "stage": "primary", "full_time_teachers": 70, "certified_teachers": 70,
           "trained_360_hours_teachers": 70, "rotation_eligible_teachers": 10, "rotated_teachers": 1,
           "rotated_backbone_teachers": 0, **staff},
          {"school_code": NINE, "stage": "junior_secondary", "full_time_teachers": 80, "certified_teachers": 80,
           "trained_360_hours_teachers": 80, "rotation_eligible_teachers": 10, "rotated_teachers": 1,
           "rotated_backbone_teachers": 0, **staff})  # fmt: skip
    a.add("compulsory_inputs",
          {"school_code": PRIMARY, "figure_year": 2023, "stage": "primary", "entrants": 100, "nearby_entrants": 100},
          {"school_code": NEW, "figure_year": 2023, "stage": "primary", "entrants": 50, "nearby_entrants": 49},
          {"school_code": NINE, "figure_year": 2023, "stage": "junior_secondary", "entrants": 200, "nearby_entrants": 190,
           "cohort_entrants": 205, "transferred_in": 10, "transferred_out": 14, "deceased": 1, "graduates": 190})  # fmt: skip
    a.add("district_figures", figure("teacher_mean_annual_pay_yuan", 120000), figure("civil_servant_mean_annual_pay_yuan", 120000),
          figure("quota_places_planned", 200), figure("quota_places_allocated", 99),
          figure("migrant_children_eligible", 100), figure("migrant_children_placed", 85),
          *(figure("education_outlay_yuan", v, y) for y, v in ((2022, 1000.0), (2023, 1050.0), (2024, 1050.0))),
          *(figure("enrolled_students", v, y) for y, v in ((2022, 10), (2023, 10.5), (2024, 10.6))),
          figure("city_education_outlay_growth", 0.04, 2023), figure("children_3_to_6_registered", 1000),
          figure("children_in_kindergartens", 850))  # fmt: skip
    a.add("kindergarten_support", {"school_code": GARDEN, "figure_year": 2023, "children": 80, "nursery_places": 20},
          {"school_code": PRIVATE, "figure_year": 2023, "children": 20})  # fmt: skip
    a.add("government_documents",
          {"district_code": DISTRICT, "figure_year": 2023, "item_code": "school_layout", "conclusion": "met", "evidence_zh": "规划"},
          {"district_code": DISTRICT, "figure_year": 2023, "item_code": "illegal_school_choice", "conclusion": "occurred"})  # fmt: skip
    a.add("school_groups", {"school_code": PRIMARY, "group_kind": "one_school", "group_name": "甲", "group_role": "lead"},
          {"school_code": NEW, "group_kind": "one_school", "group_name": "甲", "group_role": "member"},
          {"school_code": VILLAGE, "group_kind": "one_school", "group_name": "乙", "group_role": "lead"})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("plan"))


def item(marts: Marts, code: str) -> Row:
    return marts.one("select * from marts.fct_government_items where item_code = ?", code)


@pytest.mark.parametrize(
    ("code", "kind", "needed", "enough", "status"),
    [
        (PRIMARY, "music", 2, 2, "met"),  # 13 classes; built by 2016: 73 ㎡ is enough
        (PRIMARY, "art", 2, 1, "not_met"),  # 66.9 ㎡ is below 67
        (NEW, "music", 1, 1, "met"),  # 96 ㎡, exactly
        (NEW, "art", 1, 0, "not_available"),  # its area is blank
        (VILLAGE, "music", 1, 1, "met"),  # a village school whose largest class has 29: 54 ㎡
        (NINE, "art", 1, None, "not_available"),  # nothing was reported
    ],
)
def test_special_rooms_are_counted_by_kind_and_area(
    marts: Marts, code: str, kind: str, needed: int, enough: int | None, status: str
) -> None:
    row = marts.one(
        "select * from marts.fct_special_rooms where school_code = ? and room_kind = ? and stage = 'primary'",
        code,
        kind,
    )
    assert (row["rooms_needed"], row["rooms_large_enough"], row["status"]) == (needed, enough, status)


def test_school_sizes_are_relaxed_for_older_and_longer_schools(marts: Marts) -> None:
    sizes = {
        r["school_code"]: (r["students"], r["largest_size"], r["status"])
        for r in marts.ask("select * from marts.fct_school_sizes")
    }
    assert sizes[PRIMARY] == (2400, 2400, "met")  # planned and built by 2010
    assert sizes[NEW] == (2001, 2000, "not_met")
    assert sizes[NINE] == (2500, 2500, "met")  # both stages together
    assert (item(marts, "school_size")["numerator"], item(marts, "school_size")["status"]) == (3, "not_met")


@pytest.mark.parametrize(
    ("code", "value", "status"),
    [
        ("class_size", 18 / 19, "not_met"),  # one class of 46
        ("teacher_pay", 1.0, "met"),
        ("quota_allocation", 0.495, "not_met"),
        ("migrant_children", 0.85, "met"),
        ("certified_teachers", 1.0, "met"),
        ("trained_360_hours", 315 / 316, "not_met"),
        ("rotated_teachers", 0.1, "met"),
        ("rotated_backbone", 0.2, "met"),
        ("nearby_enrolment_primary", 149 / 150, "not_met"),
        ("nearby_enrolment_junior", 0.95, "met"),
        ("retention", (190 - 10 + 14) / (205 - 1), "met"),
    ],
)
def test_an_item_that_figures_prove(marts: Marts, code: str, value: float, status: str) -> None:
    row = item(marts, code)
    assert row["value"] == pytest.approx(value, rel=1e-12)
    assert (row["status"], row["proof_kind"]) == (status, "figure")


def test_backbone_rotation_has_both_readings(marts: Marts) -> None:
    row = item(marts, "rotated_backbone")
    assert (row["numerator"], row["denominator"], row["second_reading"]) == (2, 10, 0.02)


def test_documents_decide_where_no_figure_does_and_nothing_is_assumed(marts: Marts) -> None:
    assert (item(marts, "school_layout")["status"], item(marts, "school_layout")["evidence_zh"]) == (
        "met",
        "规划",
    )
    assert item(marts, "illegal_school_choice")["status"] == "not_met"
    assert item(marts, "curriculum")["status"] == "not_available"
    counted = marts.one(
        "select count(*) as items, count(distinct case when domain = 'guarantee' then number_zh end) as guarantee,"
        " count(distinct case when domain = 'quality' then number_zh end) as quality,"
        " sum(case when domain = 'veto' then 1 else 0 end) as vetoes from marts.fct_government_items"
    )
    assert (counted["guarantee"], counted["quality"], counted["vetoes"]) == (15, 9, 6)


def test_preschool_is_judged_at_85_80_and_50(marts: Marts) -> None:
    found = {r["figure_code"]: r for r in marts.ask("select * from marts.fct_preschool_universality")}
    assert (found["gross_enrolment_rate"]["value"], found["gross_enrolment_rate"]["status"]) == (0.85, "met")
    assert (found["inclusive_coverage_rate"]["value"], found["inclusive_coverage_rate"]["status"]) == (
        0.8,
        "met",
    )
    assert (found["public_kindergarten_share"]["value"], found["public_kindergarten_share"]["status"]) == (
        0.8,
        "met",
    )
    assert found["nursery_places"]["value"] == 20
    assert "gross_enrolment_rate_of_residents" not in found  # its denominator was not reported


def test_two_never_decrease(marts: Marts) -> None:
    found = {r["fiscal_year"]: r for r in marts.ask("select * from marts.fct_education_finance")}
    assert found[2022]["outlay_status"] == "not_available"  # nothing to compare with
    assert (found[2023]["outlay_status"], found[2023]["outlay_per_student_status"]) == (
        "met",
        "met",
    )  # 100 and 100 a head
    assert found[2023]["education_outlay_growth_above_city"] == pytest.approx(0.01, abs=1e-12)
    assert (found[2024]["outlay_status"], found[2024]["outlay_per_student_status"]) == ("met", "not_met")


def test_differences_within_and_between_groups_make_the_whole(marts: Marts) -> None:
    rows = marts.ask(
        "select g.*, d.standard_deviation from marts.fct_group_differences as g"
        " inner join marts.fct_district_indicators as d using (school_year, district_code, stage, indicator_code)"
    )
    assert len(rows) >= 3
    for row in rows:
        total = row["variance_between_groups"] + row["variance_within_groups"]
        assert total == pytest.approx(row["standard_deviation"] ** 2, rel=1e-9, abs=1e-15)
    groups = {r["group_name"]: r for r in marts.ask("select * from marts.fct_school_groups")}
    assert (groups["甲"]["lead_school_code"], groups["甲"]["is_complete"]) == (PRIMARY, True)
    assert groups["乙"]["is_complete"] is False  # a lead without members is no group yet


def test_no_returns_of_the_plan_leave_empty_ledgers_not_errors(tmp_path: Path) -> None:
    a = Accepted()
    a.add("schools", school(PRIMARY, "primary"))
    empty = build_marts(a, tmp_path)
    for table in (
        "fct_rectification_ledger",
        "fct_class_ledger",
        "fct_district_hazards",
        "fct_school_groups",
    ):
        assert empty.ask(f"select * from marts.{table}") == []
