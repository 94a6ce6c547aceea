"""A district small enough to work out by hand, with every kind of school and every boundary.

Figures are fractions worked on paper from the rules; none is the program's own output. The rows were worked for the
ten indicators of `indicator_seed.WORKED`, and the models are built with these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from tests.conftest import District

pytestmark = pytest.mark.usefixtures("worked_indicators")
Row = dict[str, Any]


def school(code: str, kind: str, district: str = "500101", **more: Any) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": district, "town": "东镇",
            "school_type": kind, "ownership": "公办", **more}  # fmt: skip


def ample_teachers(code: str, stage: str, degree: Any = 100, backbone: Any = 20, pe: Any = 10, music: Any = 5,
                   art: Any = 5, **more: Any) -> Row:  # fmt: skip
    """Teachers above every standard for a few hundred pupils, but for what is given."""
    return {"school_code": code, "stage": stage, "full_time_teachers": 200, "above_required_degree_teachers": degree,
            "backbone_teachers": backbone, "pe_teachers": pe, "music_teachers": music, "fine_art_teachers": art,
            **more}  # fmt: skip


def ample_premises(code: str, teaching: Any = 100000, indoor: Any = 0, ground: Any = 100000,
                   equipment: Any = 9000, rooms: Any = 900, **more: Any) -> Row:  # fmt: skip
    """Areas, equipment and rooms above every standard for a few hundred pupils, but for what is given."""
    return {"school_code": code, "teaching_area_m2": teaching, "indoor_sports_area_m2": indoor,
            "sports_ground_area_m2": ground, "equipment_10k_yuan": equipment, "multimedia_classrooms": rooms, **more}  # fmt: skip


def pupils(code: str, stage: str, students: Any) -> Row:
    return {"school_code": code, "stage": stage, "students": students}


def classes(code: str, stage: str, grade: Any, students: Any, name: str = "1班", **more: Any) -> Row:
    return {
        "school_code": code,
        "stage": stage,
        "grade": grade,
        "class_name": name,
        "students": students,
        **more,
    }


P, J, S = "小学", "初中", "高中"
FLOOR = "2100000001"  # 124 pupils, 21.08 万元: 1,700 元 each, exactly 85% of 2,000
JUST_BELOW = "2100000002"  # 21.07 万元: below 85%
THRESHOLD = "2100000003"  # exactly at all seven thresholds
MISSING_ROW = "2100000004"
MISSING_CELL = "2100000005"
POINT_49, POINT_50 = "2100000006", "2100000007"
EMPTY = "2100000008"
MASTER, CAMPUS = "2100000009", "2100000010"
SPECIAL = "5100000011"
ATTACHED = "2100000012"
FROM_CLASSES = "2100000013"
BLANK_CLASS = "2100000014"
CONFLICT = "2100000015"
HELD = "2100000016"
PRIVATE = "2100000017"
NINE, TWELVE, COMPLETE, DUE_MISSING = "3100000021", "3100000022", "3400000023", "3400000024"
CAMPUS_SILENT_MASTER, SILENT_CAMPUS = "2100000025", "2100000026"


@pytest.fixture(scope="module")
def district(worked_indicators: None, new_district: Callable[[], District]) -> District:
    d = new_district()
    d.put(
        "2023/all.xlsx",
        schools=[
            *(school(c, P) for c in (FLOOR, JUST_BELOW, THRESHOLD, MISSING_ROW, MISSING_CELL, EMPTY, MASTER, ATTACHED)),
            *(school(c, P) for c in (FROM_CLASSES, BLANK_CLASS, CONFLICT, CAMPUS_SILENT_MASTER)),
            school(PRIVATE, P, ownership="民办"),
            school(POINT_49, "教学点"),
            school(POINT_50, "教学点"),
            school(CAMPUS, P, master_school_code=MASTER, is_counted_as_school="否"),
            school(SILENT_CAMPUS, P, master_school_code=CAMPUS_SILENT_MASTER),
            school(HELD, P, is_counted_as_school="否"),
            school(SPECIAL, "特殊教育学校"),
            school(NINE, "九年一贯制学校"),
            school(TWELVE, "十二年一贯制学校"),
            school(COMPLETE, "完全中学"),
            school(DUE_MISSING, "完全中学"),
        ],
        enrolment=[
            pupils(FLOOR, P, 124), pupils(JUST_BELOW, P, 124), pupils(THRESHOLD, P, 500), pupils(MISSING_ROW, P, 300),
            pupils(MISSING_CELL, P, 300), pupils(POINT_49, P, 49), pupils(POINT_50, P, 50), pupils(EMPTY, P, 0),
            pupils(MASTER, P, 200), pupils(CAMPUS, P, 100), pupils(SPECIAL, P, 80), pupils(ATTACHED, P, 100),
            pupils(ATTACHED, J, 50), pupils(CONFLICT, P, 100), pupils(HELD, P, 100), pupils(PRIVATE, P, 400),
            pupils(NINE, P, 166), pupils(NINE, J, 210), pupils(TWELVE, P, 100), pupils(TWELVE, J, 100),
            pupils(TWELVE, S, 100), pupils(COMPLETE, J, 100), pupils(COMPLETE, S, 100), pupils(DUE_MISSING, J, 100),
            pupils(CAMPUS_SILENT_MASTER, P, 100), pupils(SILENT_CAMPUS, P, 100), pupils("2100000099", P, 10),
        ],
        staffing=[
            *(ample_teachers(c, P) for c in (FLOOR, JUST_BELOW, MISSING_ROW, POINT_49, POINT_50, EMPTY, MASTER, CAMPUS, SPECIAL)),
            *(ample_teachers(c, P) for c in (ATTACHED, FROM_CLASSES, BLANK_CLASS, HELD, NINE, TWELVE, PRIVATE)),
            *(ample_teachers(c, J) for c in (NINE, TWELVE, COMPLETE, DUE_MISSING, ATTACHED)),
            ample_teachers(THRESHOLD, P, degree=21, backbone=5, pe=2, music=1, art=1, other_art_teachers=1),
            ample_teachers(MISSING_CELL, P, music=None),
            ample_teachers(CONFLICT, P),
            ample_teachers(CONFLICT, P, degree=99),
            ample_teachers(CAMPUS_SILENT_MASTER, P),
        ],
        floor_area=[
            ample_premises(FLOOR, equipment=21.08),
            ample_premises(JUST_BELOW, equipment=21.07),
            ample_premises(THRESHOLD, teaching=2300, indoor=50, ground=3700, equipment=100, rooms=12),
            ample_premises(MISSING_CELL),
            *(ample_premises(c) for c in (POINT_49, POINT_50, EMPTY, SPECIAL, ATTACHED, FROM_CLASSES, BLANK_CLASS, CONFLICT, HELD)),
            ample_premises(MASTER, rooms=4),
            ample_premises(CAMPUS, rooms=2),
            ample_premises(NINE, books=23226),
            *(ample_premises(c) for c in (TWELVE, COMPLETE, DUE_MISSING, CAMPUS_SILENT_MASTER, SILENT_CAMPUS, PRIVATE)),
        ],
        class_sizes=[
            classes(FROM_CLASSES, P, 1, 45), classes(FROM_CLASSES, P, 2, 46), classes(FROM_CLASSES, P, 3, 56),
            classes(FROM_CLASSES, P, 4, 66), classes(FROM_CLASSES, P, 5, 182, class_count=4),
            classes(BLANK_CLASS, P, 1, 45), classes(BLANK_CLASS, P, 2, None),
            classes(NINE, J, 7, None, name="41–45", class_count=2, size_band_minimum=41, size_band_maximum=45),
            classes(NINE, J, 8, None, name="51–55", class_count=3, size_band_minimum=51, size_band_maximum=55),
            classes(NINE, J, 9, None, name="66以上", class_count=1, size_band_minimum=66),
        ],
    )  # fmt: skip
    d.put(
        "2023/other.xlsx",
        schools=[school("2100000091", P, "500102")],
        enrolment=[pupils("2100000091", P, 100)],
        staffing=[ample_teachers("2100000091", P, pe=0, music=0, art=0)],
        floor_area=[ample_premises("2100000091")],
    )
    # the year before: other pupils, other equipment, and a standard of 2017 that was in force already
    d.put(
        "2022/all.xlsx",
        schools=[school(FLOOR, P), school("2100000091", P, "500102"), school("2100000092", P, "500102")],
        enrolment=[pupils(FLOOR, P, 248), pupils("2100000091", P, 100), pupils("2100000092", P, 300)],
        staffing=[
            ample_teachers(FLOOR, P),
            ample_teachers("2100000091", P, backbone=1),
            ample_teachers("2100000092", P, backbone=9),
        ],
        floor_area=[
            ample_premises(FLOOR, equipment=21.08),
            ample_premises("2100000091"),
            ample_premises("2100000092"),
        ],
    )
    d.run()
    return d


def figure(d: District, code: str, indicator: str, stage: str = "primary", year: int = 2023) -> Row:
    return d.one(
        f"select * from marts.fct_school_indicators where school_code = '{code}' and stage = '{stage}'"
        f" and school_year = {year} and indicator_code like '{indicator}%'"
    )


def verdict(d: District, code: str, stage: str = "primary", year: int = 2023) -> Row:
    return d.one(
        f"select * from marts.fct_school_compliance where school_code = '{code}' and stage = '{stage}'"
        f" and school_year = {year}"
    )


def test_exactly_85_percent_counts_as_reached(district: District) -> None:
    row = figure(district, FLOOR, "equipment")
    assert row["value"] == pytest.approx(1700, rel=1e-12)  # 21.08 × 10000 ÷ 124
    assert (row["status"], row["gap_to_floor"]) == ("not_met", 0)
    assert row["gap_to_threshold"] == pytest.approx(248000 - 210800)  # 124 × 2000 − 210,800
    assert verdict(district, FLOOR)["status"] == "compliant"


def test_a_hair_below_85_percent_does_not(district: District) -> None:
    assert figure(district, JUST_BELOW, "equipment")["gap_to_floor"] == pytest.approx(100)
    assert verdict(district, JUST_BELOW)["status"] == "not_compliant"


def test_exactly_at_every_threshold_meets_all_seven(district: District) -> None:
    # 21/500, 5/500, (2+1+1+1)/500 of 100: 4.2, 1.0, 1.0; (2300−50)/500 = 4.5; 3750/500 = 7.5; 1,000,000/500; 12/500
    row = verdict(district, THRESHOLD)
    assert (row["status"], row["indicators_met"], row["lowest_ratio"]) == ("compliant", 7, pytest.approx(1))
    assert figure(district, THRESHOLD, "pe_art")["numerator"] == 5


def test_a_missing_row_and_a_missing_cell_leave_the_unit_undetermined(district: District) -> None:
    assert figure(district, MISSING_ROW, "teaching")["missing_reason"] == "not_received"
    assert verdict(district, MISSING_ROW)["status"] == "undetermined"
    row = figure(district, MISSING_CELL, "pe_art")
    assert (row["status"], row["value"], row["missing_reason"]) == ("not_available", None, "blank")
    assert verdict(district, MISSING_CELL)["status"] == "undetermined"


def test_teaching_points_count_from_fifty(district: District) -> None:
    assert verdict(district, POINT_49)["status"] == "out_of_scope"
    assert verdict(district, POINT_50)["status"] == "compliant"
    assert verdict(district, SPECIAL)["status"] == "out_of_scope"


def test_no_students_is_not_applicable(district: District) -> None:
    row = figure(district, EMPTY, "teaching")
    assert (row["status"], row["value"]) == ("not_applicable", None)
    assert verdict(district, EMPTY)["status"] == "not_applicable"


def test_a_campus_is_added_to_its_master_first(district: District) -> None:
    row = figure(district, MASTER, "multimedia")
    assert (row["denominator"], row["source_total"]) == (300, 6)  # 200 + 100 pupils, 4 + 2 rooms
    assert row["gap_to_threshold"] == 1  # 300 × 2.3 ÷ 100 = 6.9 rooms
    assert figure(district, MASTER, "backbone")["numerator"] == 40
    assert district.ask(f"select 1 from marts.fct_school_compliance where school_code = '{CAMPUS}'") == []


def test_a_figure_the_campus_did_not_report_makes_the_sum_missing(district: District) -> None:
    row = figure(district, CAMPUS_SILENT_MASTER, "backbone")
    assert (row["status"], row["missing_reason"]) == ("not_available", "not_received")
    assert figure(district, CAMPUS_SILENT_MASTER, "teaching")["status"] == "met"


def test_a_school_that_does_not_count_and_has_no_master_is_held(district: District) -> None:
    row = district.one(
        f"select is_held, unit_school_code from marts.dim_schools where school_code = '{HELD}'"
    )
    assert row == {"is_held": True, "unit_school_code": None}
    assert district.ask(f"select 1 from marts.fct_school_indicators where school_code = '{HELD}'") == []


def test_shared_resources_split_as_published(district: District) -> None:
    # 166 primary, 210 junior, 23,226 books: 9,711.63 and 13,514.37
    primary = figure(district, NINE, "books")
    junior = figure(district, NINE, "books", "junior_secondary")
    assert primary["numerator"] == pytest.approx(float(Fraction(23226 * 166, 397)), rel=1e-12)
    assert round(primary["numerator"], 2) == 9711.63
    assert round(junior["numerator"], 2) == 13514.37
    assert primary["status"] == "not_applicable"


def test_twelve_year_schools_are_split_three_ways_and_judged_twice(district: District) -> None:
    share = figure(district, TWELVE, "teaching", "junior_secondary")["stage_share"]
    assert share == pytest.approx(float(Fraction(110, 342)), rel=1e-12)  # 1.1 of 1 + 1.1 + 1.32
    assert (
        verdict(district, TWELVE)["status"]
        == verdict(district, TWELVE, "junior_secondary")["status"]
        == "compliant"
    )
    assert district.ask("select 1 from marts.fct_school_compliance where stage = 'senior_secondary'") == []


def test_complete_secondary_schools_share_one_to_one_point_two(district: District) -> None:
    share = figure(district, COMPLETE, "teaching", "junior_secondary")["stage_share"]
    assert share == pytest.approx(float(Fraction(5, 11)), rel=1e-12)  # 1 ÷ (1 + 1.2)


def test_private_schools_are_judged_like_the_others(district: District) -> None:
    row = district.one(f"select ownership from marts.dim_schools where school_code = '{PRIVATE}'")
    assert row == {"ownership": "private"}
    assert (verdict(district, PRIVATE)["status"], verdict(district, PRIVATE)["students"]) == (
        "compliant",
        400,
    )


def test_a_due_stage_without_students_leaves_shared_resources_missing(district: District) -> None:
    row = figure(district, DUE_MISSING, "teaching", "junior_secondary")
    assert (row["status"], row["stage_share"], row["missing_reason"]) == (
        "not_available",
        None,
        "not_received",
    )
    assert figure(district, DUE_MISSING, "backbone", "junior_secondary")["status"] == "met"
    assert verdict(district, DUE_MISSING, "junior_secondary")["status"] == "undetermined"


def test_attached_classes_form_a_unit_and_take_their_share(district: District) -> None:
    share = figure(district, ATTACHED, "teaching")["stage_share"]
    assert share == pytest.approx(float(Fraction(100, 155)), rel=1e-12)  # 100 of 100 + 1.1 × 50
    assert verdict(district, ATTACHED, "junior_secondary")["status"] == "compliant"


def test_students_come_from_classes_unless_one_is_blank(district: District) -> None:
    assert verdict(district, FROM_CLASSES)["students"] == 45 + 46 + 56 + 66 + 182
    row = figure(district, BLANK_CLASS, "teaching")
    assert (row["denominator"], row["missing_reason"]) == (None, "blank")


def test_a_conflict_puts_all_of_its_rows_aside(district: District) -> None:
    row = figure(district, CONFLICT, "above")
    assert (row["status"], row["missing_reason"]) == ("not_available", "quarantined")
    assert len(district.ask("select 1 from marts.fct_problems where rule_code = 'STAFFING_CONFLICT'")) == 2


def test_a_code_outside_the_register_is_put_aside(district: District) -> None:
    (row,) = district.ask("select * from marts.fct_problems where rule_code = 'ENROLMENT_UNREGISTERED'")
    assert row["cell"] == "A28"
    assert "2100000099" in row["message_zh"]


def test_class_sizes_by_row_mean_and_band(district: District) -> None:
    rows = district.ask(
        f"select grade, size_band, excess_students, is_estimated from marts.fct_classes"
        f" where school_code = '{FROM_CLASSES}' order by grade"
    )
    assert [(r["size_band"], r["excess_students"], r["is_estimated"]) for r in rows] == [
        ("within_standard", 0, False),
        ("over_standard", 1, False),
        ("large", 11, False),
        ("super_large", 21, False),
        ("over_standard", 0.5, True),  # 182 ÷ 4 = 45.5
    ]
    junior = district.one(
        "select * from marts.fct_district_class_sizes where stage = 'junior_secondary' and district_code = '500101'"
    )
    assert [
        junior[k] for k in ("classes", "classes_over_standard", "classes_large", "classes_super_large")
    ] == [6, 4, 1, 1]
    # four schools teach juniors (one of nine years, one of twelve, two of juniors and seniors); one sent its classes
    assert (junior["schools_due"], junior["schools_received"]) == (4, 1)
    primary = district.one("select * from marts.fct_district_class_sizes where stage = 'primary'")
    assert (primary["classes"], primary["classes_over_standard"], primary["rows_without_size"]) == (9, 7, 1)


def test_a_school_without_pe_teachers_stays_in_with_zero(district: District) -> None:
    row = figure(district, "2100000091", "pe_art")
    assert (row["value"], row["status"], row["gap_to_threshold"]) == (0, "not_met", 1)


def test_one_unit_has_a_deviation_of_zero_but_no_coefficient(district: District) -> None:
    row = district.one(
        "select * from marts.fct_district_indicators where district_code = '500102'"
        " and school_year = 2023 and indicator_code like 'teaching%'"
    )
    assert (row["standard_deviation"], row["coefficient_of_variation"], row["cv_status"]) == (
        0,
        None,
        "not_available",
    )


def test_rates_say_how_many_they_left_out(district: District) -> None:
    rows = district.ask(
        "select status from marts.fct_school_compliance where stage = 'primary' and district_code = '500101'"
        " and school_year = 2023"
    )
    statuses = [r["status"] for r in rows]
    row = district.one(
        "select * from marts.fct_district_compliance where stage = 'primary' and district_code = '500101'"
        " and school_year = 2023"
    )
    in_scope = sum(s in ("compliant", "not_compliant", "undetermined") for s in statuses)
    compliant = statuses.count("compliant")
    assert row["schools_in_scope"] == in_scope == 15
    assert row["compliance_rate"] == pytest.approx(compliant / (compliant + statuses.count("not_compliant")))
    assert row["compliance_rate_low"] == pytest.approx(compliant / in_scope)
    assert row["compliance_rate_high"] == pytest.approx(
        (compliant + statuses.count("undetermined")) / in_scope
    )


def test_two_years_and_two_districts_stay_apart(district: District) -> None:
    # 21.08 万元 for 248 pupils: 850 yuan each, below 85% of 2,000; the same school passes a year later
    assert figure(district, FLOOR, "equipment", year=2022)["value"] == pytest.approx(850, rel=1e-12)
    assert verdict(district, FLOOR, year=2022)["status"] == "not_compliant"
    assert verdict(district, FLOOR, year=2023)["status"] == "compliant"
    # 1 of 100 and 9 of 300 pupils: mean 10/400 = 2.5 per 100; √((100·1.5² + 300·0.5²)/400) = √0.75
    row = district.one(
        "select * from marts.fct_district_indicators where district_code = '500102' and school_year = 2022"
        " and indicator_code like 'backbone%'"
    )
    assert row["mean_value"] == pytest.approx(2.5)
    assert row["coefficient_of_variation"] == pytest.approx(math.sqrt(0.75) / 2.5, rel=1e-12)
    rates = district.ask(
        "select school_year, district_code, schools_in_scope from marts.fct_district_compliance"
        " where stage = 'primary' order by all"
    )
    # the file of 2023 names one school of 500102, which says nothing of the other one: it is carried on
    assert [tuple(r.values()) for r in rates] == [
        (2022, "500101", 1), (2022, "500102", 2), (2023, "500101", 15), (2023, "500102", 2),
    ]  # fmt: skip
    of_2023 = district.one(
        "select * from marts.fct_district_compliance where district_code = '500102' and school_year = 2023 and stage = 'primary'"
    )
    # nothing of 2023 came from the school that is carried on
    assert of_2023["schools_undetermined"] >= 1


def test_every_unit_has_a_row_for_each_judged_indicator(district: District) -> None:
    rows = district.ask(
        "select count(*) as n from marts.fct_school_indicators where is_judged group by school_code, stage, school_year"
    )
    assert {r["n"] for r in rows} == {7}


def test_no_row_is_lost(district: District) -> None:
    rows = district.ask("select * from marts.fct_submissions")
    assert all(r["rows_read"] == r["rows_accepted"] + r["rows_quarantined"] + r["rows_dropped"] for r in rows)
    assert math.isclose(sum(r["rows_quarantined"] for r in rows), 3)


def test_the_published_coefficient_of_five_schools(new_district: Callable[[], District]) -> None:
    # published: 302 pupils, mean 6.33, CV 0.52 (0.5153 by the student-weighted population form)
    d = new_district()
    five = [("1", 45, 279), ("2", 37, 137), ("3", 89, 935), ("4", 76, 160), ("5", 55, 402)]
    codes = [f"210000000{n}" for n, _, _ in five]
    d.put(
        "2023/five.xlsx",
        schools=[school(c, P) for c in codes],
        enrolment=[pupils(c, P, n) for c, (_, n, _) in zip(codes, five, strict=True)],
        floor_area=[ample_premises(c, books=b) for c, (_, _, b) in zip(codes, five, strict=True)],
        staffing=[
            ample_teachers(c, P, degree=10, backbone=b) for c, b in zip(codes, (0, 1, 2, 3, 4), strict=True)
        ],
    )
    d.run()
    row = d.one("select * from marts.fct_district_indicators where indicator_code = 'books_per_student'")
    assert round(row["mean_value"], 2) == 6.33
    assert round(row["coefficient_of_variation"], 4) == 0.5153
    assert (row["cv_limit"], row["cv_status"]) == (None, "not_applicable")


def test_the_limit_of_variation_counts_as_reached_and_a_later_return_replaces(
    new_district: Callable[[], District],
) -> None:
    # two schools of 100: 1 and 3 backbone teachers → mean 2, deviation 1, coefficient exactly 1/2
    d = new_district()
    a, b = "2100000001", "2100000002"
    d.put(
        "2023/a.xlsx",
        schools=[school(a, P), school(b, P)],
        enrolment=[pupils(a, P, 100), pupils(b, P, 100)],
        staffing=[ample_teachers(a, P, backbone=1), ample_teachers(b, P, backbone=3)],
        floor_area=[ample_premises(a), ample_premises(b)],
    )
    first = d.run()
    question = "select * from marts.fct_district_indicators where indicator_code like 'backbone%'"
    assert (d.one(question)["coefficient_of_variation"], d.one(question)["cv_status"]) == (
        pytest.approx(0.5),
        "met",
    )
    assert d.run().is_new is False  # the same inputs again

    d.put("2023/b.xlsx", staffing=[ample_teachers(b, P, backbone=4)])
    second = d.run()
    assert second.release_id != first.release_id
    row = d.one(question)
    assert row["coefficient_of_variation"] == pytest.approx(0.6)  # mean 2.5, deviation 1.5
    assert row["cv_status"] == "not_met"

    d.put("2023/c.xlsx", staffing=[ample_teachers(b, P, backbone="四")])
    d.run()  # a quarantined row replaces nothing
    assert d.one(question)["coefficient_of_variation"] == pytest.approx(0.6)
    assert figure(d, b, "backbone")["numerator"] == 4
