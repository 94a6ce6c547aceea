"""The models over rows in force put there by hand: every expectation is a fraction worked on paper.

The rows were worked for the ten indicators of `indicator_seed.WORKED`, and the models are built with these.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

pytestmark = pytest.mark.usefixtures("worked_indicators")

P, J, S = "primary", "junior_secondary", "senior_secondary"
FLOOR, CENT_BELOW, JUST_BELOW, AT_ALL = "0001", "0002", "0003", "0004"
MASTER, CAMPUS, LATE_MASTER, LATE_CAMPUS = "0011", "0012", "0013", "0014"
NINE, TWELVE, COMPLETE, HALF_KNOWN = "0021", "0022", "0023", "0024"
ATTACHED, GROWN_MASTER, GROWING_CAMPUS = "0031", "0032", "0033"
POINT_49, POINT_50, POINT_UNKNOWN, EMPTY, SPECIAL = "0041", "0042", "0043", "0044", "0045"
HELD_ALONE, HELD_UNKNOWN, CHAIN_1, CHAIN_2, CHAIN_3, HELD_ABROAD = (
    "0051",
    "0052",
    "0053",
    "0054",
    "0055",
    "0056",
)
BAD_ENROLMENT, BAD_CLASS, BAD_UNPLACED, BAND_ONLY, BLANK_AND_BAD, BLANK_STAFF = (
    "0061", "0062", "0063", "0064", "0065", "0066",
)  # fmt: skip
TWO_BELOW, ONE_FAR_BELOW = "0071", "0072"
ABROAD, ABROAD_CHANGED = "9001", "9002"
HIGH_A, HIGH_B, VOCATIONAL, VOCATIONAL_CAMPUS, NEW_VOCATIONAL, TECHNICIAN = (
    "0081", "0082", "0083", "0084", "0085", "0086",
)  # fmt: skip


def school(code: str, kind: str = P, **more: Any) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
            "school_type": kind, "ownership": "public", **more}  # fmt: skip


def ample_teachers(code: str, stage: str = P, **more: Any) -> Row:
    """Plenty of every kind of teacher for a few hundred pupils."""
    return {"school_code": code, "stage": stage, "full_time_teachers": 200, "above_required_degree_teachers": 100,
            "backbone_teachers": 50, "pe_teachers": 20, "music_teachers": 10, "fine_art_teachers": 10, **more}  # fmt: skip


def ample_premises(code: str, **more: Any) -> Row:
    """Plenty of everything for a few hundred pupils."""
    return {"school_code": code, "teaching_area_m2": 20000.0, "indoor_sports_area_m2": 0.0,
            "sports_ground_area_m2": 20000.0, "equipment_10k_yuan": 500.0, "multimedia_classrooms": 100, **more}  # fmt: skip


def pupils(code: str, stage: str = P, students: int | None = 100) -> Row:
    return {"school_code": code, "stage": stage, "students": students}


def a_class(code: str, stage: str, grade: str, students: int | None, name: str = "1", **more: Any) -> Row:
    return {
        "school_code": code,
        "stage": stage,
        "grade": grade,
        "class_name": name,
        "students": students,
        **more,
    }


def vocational(code: str, kind: str, students: int | None, **more: Any) -> Row:
    return {"school_code": code, "upper_secondary_type": kind, "students": students, **more}


@pytest.fixture(scope="module")
def marts(worked_indicators: None, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023)
    a.add(
        "schools",
        *(school(c) for c in (FLOOR, CENT_BELOW, JUST_BELOW, AT_ALL, MASTER, LATE_MASTER, ATTACHED)),
    )
    a.add(
        "schools",
        *(school(c) for c in (EMPTY, BAD_ENROLMENT, BAD_CLASS, BAD_UNPLACED, BAND_ONLY, BLANK_AND_BAD)),
    )
    a.add("schools", *(school(c) for c in (BLANK_STAFF, TWO_BELOW, ONE_FAR_BELOW, GROWN_MASTER)))
    a.add("schools", *(school(c, "teaching_point") for c in (POINT_49, POINT_50, POINT_UNKNOWN)))
    a.add(
        "schools",
        school(CAMPUS, master_school_code=MASTER, is_counted_as_school=False),
        school(LATE_CAMPUS, master_school_code=LATE_MASTER, is_counted_as_school=True),
        school(GROWING_CAMPUS, J, master_school_code=GROWN_MASTER),
        school(NINE, "nine_year"),
        school(TWELVE, "twelve_year"),
        school(COMPLETE, "complete_secondary"),
        school(HALF_KNOWN, "complete_secondary"),
        school(SPECIAL, "special"),
        school(HELD_ALONE, is_counted_as_school=False),
        school(HELD_UNKNOWN, master_school_code="7777"),
        school(CHAIN_1, master_school_code=CHAIN_2),
        school(CHAIN_2, master_school_code=CHAIN_3),
        school(CHAIN_3),
        school(HELD_ABROAD, master_school_code=ABROAD),
        school(ABROAD, district_code="江南新区"),
        school(ABROAD_CHANGED, district_code="江南新区"),
        school(HIGH_A, S),
        school(HIGH_B, S),
        school(VOCATIONAL, "secondary_vocational", founded_year=1990),
        school(VOCATIONAL_CAMPUS, "secondary_vocational", master_school_code=VOCATIONAL),
        school(NEW_VOCATIONAL, "secondary_vocational", founded_year=2022),
        school(TECHNICIAN, "technician"),
    )
    a.add("enrolment", *(pupils(c, students=124) for c in (FLOOR, CENT_BELOW, JUST_BELOW)))
    a.add(
        "enrolment",
        pupils(AT_ALL, students=500), pupils(MASTER, students=200), pupils(CAMPUS, students=100),
        pupils(LATE_MASTER), pupils(LATE_CAMPUS), pupils(NINE, P, 166), pupils(NINE, J, 210), pupils(TWELVE, P),
        pupils(TWELVE, J), pupils(TWELVE, S), pupils(COMPLETE, J), pupils(COMPLETE, S), pupils(HALF_KNOWN, J),
        pupils(ATTACHED), pupils(ATTACHED, J, 50), pupils(ATTACHED, "preschool", 90), pupils(GROWN_MASTER),
        pupils(GROWING_CAMPUS, J, 50), pupils(POINT_49, students=49), pupils(POINT_50, students=50),
        pupils(EMPTY, students=0), pupils(SPECIAL), pupils(CHAIN_3), pupils(CHAIN_2, students=60),
        pupils(HELD_ALONE), pupils(BLANK_AND_BAD, students=None), pupils(BLANK_STAFF, students=None),
        pupils(TWO_BELOW), pupils(ONE_FAR_BELOW), pupils(ABROAD), pupils(ABROAD_CHANGED),
    )  # fmt: skip
    primary_staff = (FLOOR, CENT_BELOW, JUST_BELOW, MASTER, CAMPUS, LATE_MASTER, LATE_CAMPUS, NINE, TWELVE, ATTACHED,
                     GROWN_MASTER, POINT_49, POINT_50, POINT_UNKNOWN, EMPTY, SPECIAL, CHAIN_3, CHAIN_2, HELD_ALONE,
                     BAD_ENROLMENT, BAD_CLASS, BAD_UNPLACED, BAND_ONLY)  # fmt: skip
    a.add("staffing", *(ample_teachers(c) for c in primary_staff))
    a.add(
        "staffing",
        *(ample_teachers(c, J) for c in (NINE, TWELVE, COMPLETE, HALF_KNOWN, ATTACHED, GROWING_CAMPUS)),
    )
    a.add(
        "staffing",
        ample_teachers(AT_ALL, above_required_degree_teachers=21, backbone_teachers=5, pe_teachers=2, music_teachers=1,
              fine_art_teachers=1, other_art_teachers=1),
        ample_teachers(BLANK_STAFF, above_required_degree_teachers=None, music_teachers=None),
        ample_teachers(TWO_BELOW, above_required_degree_teachers=4, music_teachers=None, backbone_teachers=None),
        ample_teachers(ONE_FAR_BELOW, backbone_teachers=0, above_required_degree_teachers=None),
        ample_teachers(ABROAD, backbone_teachers=1), ample_teachers(ABROAD_CHANGED, backbone_teachers=3),
    )  # fmt: skip
    plenty = (LATE_MASTER, TWELVE, COMPLETE, HALF_KNOWN, ATTACHED, GROWN_MASTER, GROWING_CAMPUS, POINT_49, POINT_50,
              POINT_UNKNOWN, EMPTY, SPECIAL, CHAIN_3, CHAIN_2, HELD_ALONE, BAD_ENROLMENT, BAD_CLASS, BAD_UNPLACED,
              BAND_ONLY, ABROAD, ABROAD_CHANGED, ONE_FAR_BELOW)  # fmt: skip
    a.add("floor_area", *(ample_premises(c) for c in plenty))
    a.add(
        "floor_area",
        ample_premises(FLOOR, equipment_10k_yuan=21.08),
        ample_premises(CENT_BELOW, equipment_10k_yuan=21.079999),
        ample_premises(JUST_BELOW, equipment_10k_yuan=24.799999),
        ample_premises(AT_ALL, teaching_area_m2=2300.0, indoor_sports_area_m2=50.0, sports_ground_area_m2=3700.0,
             equipment_10k_yuan=100.0, multimedia_classrooms=12),
        ample_premises(MASTER, multimedia_classrooms=4), ample_premises(CAMPUS, multimedia_classrooms=2),
        ample_premises(LATE_CAMPUS, multimedia_classrooms=None), ample_premises(NINE, books=23226),
        ample_premises(TWO_BELOW, multimedia_classrooms=2),
    )  # fmt: skip
    a.add(
        "class_sizes",
        a_class(BAD_ENROLMENT, P, "1", 45),
        a_class(BAD_CLASS, P, "1", 45),
        a_class(BAD_UNPLACED, P, "1", 45, name="1"),
        a_class(BAD_UNPLACED, P, "2", 46, name="1"),
        a_class(BAND_ONLY, P, "1", None, name="≤25", class_count=3, size_band_maximum=25),
        a_class(BAND_ONLY, P, "2", None, name="46–50", class_count=2, size_band_minimum=46, size_band_maximum=50),
        a_class(BAND_ONLY, P, "3", None, name="56–60", size_band_minimum=56, size_band_maximum=60),
        a_class(BAND_ONLY, P, "4", None, name="66以上", class_count=4, size_band_minimum=66),
        a_class(FLOOR, P, "1", 90, class_count=2),
        a_class(FLOOR, P, "2", 223, class_count=4),
        a_class(HIGH_A, S, "10", 55),
        a_class(HIGH_A, S, "11", 56),
        a_class(HIGH_A, S, "12", 66),
        a_class(HIGH_A, S, "12", None, name="2"),
        *(a_class(ATTACHED, "preschool", g, n, name=f"{g}{n}") for g, n in (
            ("junior_kindergarten", 25), ("middle_kindergarten", 31), ("senior_kindergarten", 70), ("mixed_age", 30),
            ("nursery", 21),
        )),
    )  # fmt: skip
    a.add(
        "quarantined_rows",
        {"feed": "enrolment", "school_code": BAD_ENROLMENT, "stage": P},
        {"feed": "class_sizes", "school_code": BAD_CLASS, "stage": P},
        {"feed": "class_sizes", "school_code": BAD_UNPLACED, "stage": None},
        {"feed": "staffing", "school_code": BLANK_AND_BAD, "stage": P},
        {"feed": "staffing", "school_code": HIGH_B, "stage": J},
    )
    a.add(
        "vocational_enrolment",
        vocational(HIGH_A, "general", 761),
        vocational(VOCATIONAL, "secondary_vocational", 139, campus_area_m2=40000.0, owned_campus_area_m2=0.0,
                   full_time_teachers=60, floor_area_m2=24000.0, owned_floor_area_m2=24000.0, equipment_10k_yuan=300.0,
                   books=7170),
        vocational(VOCATIONAL_CAMPUS, "secondary_vocational", 100, campus_area_m2=10.0, owned_campus_area_m2=10.0,
                   full_time_teachers=0, floor_area_m2=0.0, equipment_10k_yuan=0.0, books=0),
        vocational(TECHNICIAN, "technician", 100, campus_area_m2=29999.99, floor_area_m2=18000.0,
                   full_time_teachers=1),
    )  # fmt: skip
    a.school_year = 2021
    a.add(
        "schools",
        school(FLOOR),
        school(VOCATIONAL, "secondary_vocational", founded_year=1990),
        school(HIGH_B, S),
    )
    a.add("enrolment", pupils(FLOOR, students=248))
    a.add("staffing", ample_teachers(FLOOR))
    a.add("floor_area", ample_premises(FLOOR, equipment_10k_yuan=21.08))
    a.add("vocational_enrolment", vocational(VOCATIONAL, "secondary_vocational", 100, campus_area_m2=1.0))
    return build_marts(a, tmp_path_factory.mktemp("marts"))


def close(fraction: Fraction | int) -> Any:
    return pytest.approx(float(fraction), rel=1e-12)


# --- verdicts ---------------------------------------------------------------------------------------------


def test_85_percent_to_the_yuan_is_compliant(marts: Marts) -> None:
    row = marts.figure(FLOOR, "equipment")
    assert row["value"] == close(1700)  # 210,800 / 124
    assert (row["status"], row["gap_to_floor"], row["gap_to_threshold"]) == ("not_met", 0, 37200)
    verdict = marts.verdict(FLOOR)
    assert (verdict["status"], verdict["indicators_met"], verdict["lowest_indicator_code"]) == (
        "compliant", 6, "equipment_yuan_per_student",
    )  # fmt: skip
    assert verdict["lowest_ratio"] == close(Fraction(85, 100))
    assert "85%" in verdict["reason_zh"]


def test_a_cent_below_85_percent_is_not(marts: Marts) -> None:
    row = marts.figure(CENT_BELOW, "equipment")  # 210,799.99
    assert (row["gap_to_floor"], row["gap_to_threshold"]) == (0.01, 37200.01)
    assert marts.verdict(CENT_BELOW)["status"] == "not_compliant"


def test_rounding_to_two_decimals_is_flagged_where_it_would_change_the_verdict(marts: Marts) -> None:
    row = marts.figure(JUST_BELOW, "equipment")  # 247,999.99 / 124 = 1,999.99992
    assert (row["status"], row["gap_to_threshold"], row["rounding_flips_verdict"]) == ("not_met", 0.01, True)
    assert marts.figure(FLOOR, "equipment")["rounding_flips_verdict"] is False


def test_equal_to_each_threshold_meets_it(marts: Marts) -> None:
    # 21/500, 5/500, 5/500; 2250/500, 3750/500, 1,000,000/500, 12/500 = 2.4 rooms
    assert marts.verdict(AT_ALL)["indicators_met"] == 7
    assert marts.figure(AT_ALL, "pe_art")["numerator"] == 5
    assert marts.verdict(AT_ALL)["reason_zh"] == "各项指标均达到标准"


def test_known_failures_decide_before_missing_figures(marts: Marts) -> None:
    # 4 of 100 below 4.2 (but above 85% of it), 2 rooms below 2.3: two fail, two are missing
    two = marts.verdict(TWO_BELOW)
    assert (two["status"], two["indicators_available"]) == ("not_compliant", 5)
    one = marts.verdict(ONE_FAR_BELOW)  # none of 100: below 85%, one missing
    assert (one["status"], one["lowest_ratio"]) == ("not_compliant", 0)


def test_out_of_scope_and_empty_units_keep_their_rows(marts: Marts) -> None:
    assert marts.verdict(POINT_49)["status"] == "out_of_scope"
    assert marts.verdict(POINT_50)["status"] == "compliant"
    assert marts.verdict(POINT_UNKNOWN)["status"] == "undetermined"  # not left out because pupils are missing
    assert marts.verdict(SPECIAL)["status"] == "out_of_scope"
    assert marts.verdict(EMPTY)["status"] == "not_applicable"
    for code, status in ((POINT_49, "out_of_scope"), (EMPTY, "not_applicable")):
        rows = marts.ask("select status from marts.fct_school_indicators where school_code = ?", code)
        assert [r["status"] for r in rows] == [status] * 10


# --- campuses, splits -------------------------------------------------------------------------------------


def test_campuses_are_added_before_anything_is_computed(marts: Marts) -> None:
    row = marts.figure(MASTER, "multimedia")
    assert (row["source_total"], row["denominator"]) == (6, 300)
    assert row["gap_to_threshold"] == 1  # 300 × 2.3 / 100 = 6.9 rooms
    assert row["value"] == close(2)
    assert marts.ask("select 1 from marts.fct_school_indicators where school_code = ?", CAMPUS) == []


def test_what_a_campus_did_not_report_is_missing_in_the_sum(marts: Marts) -> None:
    row = marts.figure(LATE_MASTER, "multimedia")
    assert (row["status"], row["source_total"], row["missing_reason"]) == ("not_available", None, "blank")
    assert marts.figure(LATE_MASTER, "teaching")["status"] == "met"


def test_a_stage_that_only_the_campus_has_becomes_one_of_its_master(marts: Marts) -> None:
    assert marts.verdict(GROWN_MASTER, J)["students"] == 50
    assert marts.figure(GROWN_MASTER, "teaching")["stage_share"] == close(Fraction(100, 155))
    assert marts.figure(GROWN_MASTER, "teaching", J)["source_total"] == 40000


def test_held_schools_form_no_unit_and_add_to_nobody(marts: Marts) -> None:
    held = marts.ask(
        "select school_code from marts.dim_schools where is_held and school_year = 2023 order by school_code"
    )
    assert [r["school_code"] for r in held] == [HELD_ALONE, HELD_UNKNOWN, CHAIN_1, HELD_ABROAD]
    assert marts.ask(
        "select 1 from marts.fct_school_compliance where school_code in (?, ?, ?)",
        HELD_ALONE, CHAIN_1, HELD_ABROAD,
    ) == []  # fmt: skip
    assert (
        marts.verdict(CHAIN_3)["students"] == 160
    )  # its own campus counts, the campus of the campus doesn't
    assert marts.verdict(ABROAD)["students"] == 100


def test_the_published_split(marts: Marts) -> None:
    # A = 166, B = 210: A / (A + 1.1 B) of 23,226 books; published as 9,711.63 and 13,514.37
    primary, junior = marts.figure(NINE, "books"), marts.figure(NINE, "books", J)
    assert primary["numerator"] == close(Fraction(23226 * 166, 397))
    assert junior["numerator"] == close(Fraction(23226 * 231, 397))
    assert (round(primary["numerator"], 2), round(junior["numerator"], 2)) == (9711.63, 13514.37)
    assert primary["value"] == close(Fraction(23226, 397))  # 58.50 per weighted pupil
    assert marts.figure(NINE, "backbone", J)["stage_share"] == 1


def test_senior_pupils_take_their_share_and_form_no_unit(marts: Marts) -> None:
    assert marts.figure(TWELVE, "sports")["stage_share"] == close(Fraction(100, 342))
    assert marts.figure(TWELVE, "sports", J)["stage_share"] == close(Fraction(110, 342))
    assert marts.figure(COMPLETE, "sports", J)["stage_share"] == close(Fraction(5, 11))
    assert marts.ask("select 1 from marts.fct_school_compliance where stage = ?", S) == []


def test_attached_classes_form_a_unit_and_preschool_takes_no_share(marts: Marts) -> None:
    assert marts.figure(ATTACHED, "teaching")["stage_share"] == close(Fraction(100, 155))
    assert marts.figure(ATTACHED, "teaching", J)["stage_share"] == close(Fraction(55, 155))
    shares = marts.ask("select stage, weight from marts.rpt_stage_shares where school_code = ?", ATTACHED)
    assert {r["stage"]: r["weight"] for r in shares} == {P: 1, J: 1.1}


def test_a_due_stage_without_pupils_spoils_the_split_but_not_the_teachers(marts: Marts) -> None:
    row = marts.figure(HALF_KNOWN, "teaching", J)
    assert (row["status"], row["stage_share"], row["missing_reason"]) == (
        "not_available",
        None,
        "not_received",
    )
    assert marts.figure(HALF_KNOWN, "backbone", J)["status"] == "met"


def test_a_quarantined_row_of_a_stage_makes_that_stage_one_of_the_school(marts: Marts) -> None:
    assert marts.figure(HIGH_B, "backbone", J)["missing_reason"] == "quarantined"


# --- what is missing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (BAD_ENROLMENT, "quarantined"),
        (BAD_CLASS, "quarantined"),
        (BAD_UNPLACED, "quarantined"),
        (BAND_ONLY, "blank"),
    ],
)
def test_classes_never_stand_in_for_a_spoilt_figure(marts: Marts, code: str, reason: str) -> None:
    row = marts.figure(code, "teaching")
    assert (row["denominator"], row["status"], row["missing_reason"]) == (None, "not_available", reason)
    assert marts.verdict(code)["status"] == "undetermined"


def test_the_numerator_tells_why_before_the_pupils_do(marts: Marts) -> None:
    assert marts.figure(BLANK_AND_BAD, "backbone")["missing_reason"] == "quarantined"
    assert marts.figure(BLANK_AND_BAD, "teaching")["missing_reason"] == "not_received"
    assert marts.figure(BLANK_STAFF, "above")["missing_reason"] == "blank"
    assert marts.figure(BLANK_STAFF, "pe_art")["missing_reason"] == "blank"


# --- districts and years ----------------------------------------------------------------------------------


def test_the_limit_of_variation_itself_is_met(marts: Marts) -> None:
    # 1 and 3 of 100 pupils each: mean 2, deviation 1, coefficient 1/2; the district is known by a text
    row = marts.one(
        "select * from marts.fct_district_indicators where district_code = '江南新区' and indicator_code like 'backbone%'"
    )
    assert (row["mean_value"], row["standard_deviation"], row["coefficient_of_variation"]) == (2, 1, 0.5)
    assert (row["cv_limit"], row["cv_status"], row["schools_met"], row["met_share"]) == (0.5, "met", 2, 1)


def test_variation_says_when_units_are_missing(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_district_indicators where district_code = '500101' and school_year = 2023"
        " and stage = 'primary' and indicator_code like 'teaching%'"
    )
    assert row["schools_available"] < row["schools_in_scope"]
    assert row["cv_status"] == "undetermined"


def test_reported_only_indicators_are_not_judged(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_district_indicators where district_code = '江南新区' and indicator_code like 'full%'"
    )
    assert [row[k] for k in ("schools_met", "met_share", "cv_limit", "cv_status")] == [
        None,
        None,
        None,
        "not_applicable",
    ]
    assert row["mean_value"] == 200


def test_years_do_not_mix(marts: Marts) -> None:
    assert marts.figure(FLOOR, "equipment", year=2021)["value"] == close(850)  # 210,800 / 248
    assert marts.verdict(FLOOR, year=2021)["students"] == 248
    assert len(marts.ask("select 1 from marts.fct_district_compliance where school_year = 2021")) == 1


def test_rates_of_a_district(marts: Marts) -> None:
    row = marts.one("select * from marts.fct_district_compliance where district_code = '江南新区'")
    assert [row[k] for k in ("schools_in_scope", "schools_compliant", "compliance_rate", "compliance_rate_low")] == [
        2, 2, 1, 1,
    ]  # fmt: skip
    assert row["composite_cv"] == close(Fraction(1, 14))  # backbone 1/2, the six others alike: 0


def test_every_unit_has_a_row_for_each_indicator(marts: Marts) -> None:
    rows = marts.ask(
        "select count(*) as n, count(*) filter (is_judged) as judged from marts.fct_school_indicators"
        " group by school_year, school_code, stage"
    )
    assert {(r["n"], r["judged"]) for r in rows} == {(10, 7)}
    assert len(rows) == len(marts.ask("select 1 from marts.fct_school_compliance"))


# --- classes ----------------------------------------------------------------------------------------------


def test_bands_are_exact_for_every_limit(marts: Marts) -> None:
    rows = marts.ask("select * from marts.fct_classes where school_code = ? order by grade", BAND_ONLY)
    assert [(r["size_band"], r["class_count"], r["students"], r["is_estimated"]) for r in rows] == [
        ("within_standard", 3, None, False),
        ("over_standard", 2, None, False),
        ("large", 1, None, False),
        ("super_large", 4, None, False),
    ]


def test_a_mean_of_several_classes_is_judged_and_marked(marts: Marts) -> None:
    rows = marts.ask("select * from marts.fct_classes where school_code = ? order by grade", FLOOR)
    assert [(r["size_band"], r["excess_students"], r["is_estimated"]) for r in rows] == [
        ("within_standard", 0, True),  # 90 / 2 = 45
        ("over_standard", 10.75, True),  # 223 / 4 = 55.75: not yet 56
    ]


def test_senior_and_kindergarten_classes_have_their_own_sizes(marts: Marts) -> None:
    senior = marts.one(
        "select * from marts.fct_district_class_sizes where stage = ? and school_year = 2023", S
    )
    assert [
        senior[k] for k in ("classes", "classes_over_standard", "classes_large", "classes_super_large")
    ] == [3, 2, 2, 1]
    assert (senior["large_share"], senior["rows_without_size"]) == (close(Fraction(2, 3)), 1)
    kindergarten = marts.ask("select * from marts.fct_classes where stage = 'preschool' order by class_name")
    assert {(r["grade"], r["standard_size"]): r["size_band"] for r in kindergarten} == {
        ("junior_kindergarten", 25): "within_standard",
        ("middle_kindergarten", 30): "over_standard",
        ("senior_kindergarten", 35): "over_standard",  # 70 pupils: no band above this one
        ("mixed_age", 30): "within_standard",
        ("nursery", 20): "over_standard",
    }


# --- upper secondary --------------------------------------------------------------------------------------


def test_vocational_share_with_and_without_technician_schools(marts: Marts) -> None:
    # 239 of 239 + 761 = 23.9%; 339 of 1,100; due: four schools that teach seniors, five vocational ones less the merged
    row = marts.one("select * from marts.fct_upper_secondary where school_year = 2023")
    assert (row["vocational_students"], row["technician_students"], row["general_students"]) == (
        239,
        100,
        761,
    )
    assert row["vocational_share"] == close(Fraction(239, 1000))
    assert row["vocational_share_with_technician"] == close(Fraction(339, 1100))
    assert row["schools_available"] == 4


def test_a_kind_of_which_nobody_reported_is_missing_not_none(marts: Marts) -> None:
    row = marts.one("select * from marts.fct_upper_secondary where school_year = 2021")
    assert (row["vocational_students"], row["general_students"], row["technician_students"]) == (100, None, 0)
    assert (row["vocational_share"], row["schools_due"], row["schools_available"]) == (None, 2, 1)


def condition(marts: Marts, code: str, name: str, year: int = 2023) -> Row:
    return marts.one(
        "select * from marts.fct_vocational_conditions where school_code = ? and condition_code = ? and school_year = ?",
        code, name, year,
    )  # fmt: skip


def test_vocational_conditions_of_a_school_with_its_campus(marts: Marts) -> None:
    area_row = condition(marts, VOCATIONAL, "campus_area_m2")  # 40,000 rented + 10 owned
    assert (area_row["value"], area_row["status"]) == (40010, "met")
    assert (area_row["value_owned_only"], area_row["status_owned_only"]) == (10, "not_met")
    ratio = condition(marts, VOCATIONAL, "students_per_teacher")
    assert ratio["value"] == close(Fraction(239, 60))
    assert ratio["status"] == ratio["status_owned_only"] == "met"
    books = condition(marts, VOCATIONAL, "books_per_student")
    assert (books["value"], books["status"]) == (30, "met")  # 7,170 / 239
    owned_floor = condition(marts, VOCATIONAL, "floor_area_m2")
    assert (owned_floor["status"], owned_floor["status_owned_only"]) == ("met", "not_available")
    assert (
        marts.ask("select 1 from marts.fct_vocational_conditions where school_code = ?", VOCATIONAL_CAMPUS)
        == []
    )


def test_conditions_that_do_not_apply(marts: Marts) -> None:
    assert condition(marts, NEW_VOCATIONAL, "campus_area_m2")["status"] == "not_applicable"
    assert condition(marts, TECHNICIAN, "students_per_teacher")["status"] == "not_applicable"
    assert condition(marts, TECHNICIAN, "campus_area_m2")["status"] == "not_met"
    assert condition(marts, TECHNICIAN, "floor_area_m2")["status"] == "met"
    before = condition(marts, VOCATIONAL, "campus_area_m2", 2021)  # the standards came in 2022
    assert (before["threshold"], before["status"]) == (None, "not_applicable")


# --- completeness -----------------------------------------------------------------------------------------


def state(marts: Marts, code: str, feed: str, stage: str) -> Row:
    return marts.one(
        "select * from marts.fct_completeness where school_code = ? and feed = ? and stage = ? and school_year = 2023",
        code, feed, stage,
    )  # fmt: skip


def test_completeness_knows_what_is_due(marts: Marts) -> None:
    assert state(marts, FLOOR, "floor_area", "all")["status"] == "received"
    assert state(marts, TWO_BELOW, "class_sizes", P)["status"] == "missing"
    spoilt = state(marts, BAD_ENROLMENT, "enrolment", P)
    assert (spoilt["due"], spoilt["received"], spoilt["quarantined_rows"], spoilt["status"]) == (
        False, False, 1, "with_problems",
    )  # fmt: skip
    assert state(marts, COMPLETE, "enrolment", J)["status"] == "received"
    attached = state(marts, ATTACHED, "staffing", J)
    assert (attached["due"], attached["received"]) == (False, True)
    assert state(marts, FLOOR, "kindergarten_pay", "all")["status"] == "not_due"


def test_no_figure_is_infinite(marts: Marts) -> None:
    for table in (
        "fct_school_indicators",
        "fct_district_indicators",
        "fct_vocational_conditions",
        "fct_classes",
    ):
        for row in marts.ask(f"select * from marts.{table}"):
            assert all(math.isfinite(v) for v in row.values() if isinstance(v, float)), row


# --- pay: what the committee may see ----------------------------------------------------------------------


def pay(code: str, in_post: int, temporary: int, mean: int = 100000) -> Row:
    return {"school_code": code, "staff": 50, "fully_insured_staff": 40, "in_post_teachers": in_post,
            "in_post_annual_pay_yuan": float(in_post * mean), "temporary_teachers": temporary,
            "temporary_annual_pay_yuan": float(temporary * mean // 4)}  # fmt: skip


#: district → kindergartens as (ownership, teachers in post, temporary teachers)
PAY_CASES: dict[str, list[tuple[str, int, int]]] = {
    "open": [("public", 10, 10), ("private", 3, 3)],
    "alone": [("public", 2, 9), ("public", 30, 30), ("public", 5, 6), ("private", 9, 9)],
    "chain": [("public", 2, 0), ("public", 4, 3), ("public", 7, 7), ("public", 40, 40)],
    "pair": [("public", 2, 9), ("public", 1, 9), ("public", 9, 9)],
    "nobody_to_hide_behind": [("public", 2, 9), ("private", 9, 9)],
    "small_total": [("public", 1, 0), ("public", 1, 0), ("private", 9, 9)],
    "temporary": [("private", 9, 1), ("private", 0, 8), ("private", 8, 0), ("private", 20, 20)],
}


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023)
    for district, kindergartens in PAY_CASES.items():
        for number, (ownership, in_post, temporary) in enumerate(kindergartens):
            code = f"{district}-{number}"
            a.add("schools", school(code, "kindergarten", district_code=district, ownership=ownership))
            a.add("kindergarten_pay", pay(code, in_post, temporary, mean=90000 + 1000 * number))
    a.add("schools", school("silent", "kindergarten", district_code="blank"))
    a.add("schools", school("blank", "kindergarten", district_code="blank"))
    a.add("kindergarten_pay", {"school_code": "blank", "staff": 4, "in_post_teachers": 3})
    return build_marts(a, tmp_path_factory.mktemp("paid"))


def hidden(marts: Marts, district: str) -> list[str]:
    rows = marts.ask(
        "select school_code from committee.fct_kindergarten_pay where district_code = ? and pay_status = 'suppressed'"
        " order by school_code",
        district,
    )
    return [r["school_code"].removeprefix(f"{district}-") for r in rows]


def hidden_totals(marts: Marts, district: str) -> set[str]:
    rows = marts.ask(
        "select ownership from committee.fct_district_kindergarten_pay"
        " where district_code = ? and pay_status = 'suppressed'",
        district,
    )
    return {r["ownership"] for r in rows}


@pytest.mark.parametrize(
    ("district", "schools", "totals"),
    [
        ("open", [], set()),
        ("alone", ["0", "2"], set()),  # the smallest other one keeps it company
        (
            "chain",
            ["0", "1", "2"],
            set(),
        ),  # the companion's temporary teachers would stand alone in their turn
        ("pair", ["0", "1"], set()),  # 2 + 1 people: three
        ("nobody_to_hide_behind", ["0"], {"public", "all"}),
        ("small_total", ["0", "1"], {"public", "all"}),
        ("temporary", ["0", "3"], set()),
    ],
)
def test_small_groups_are_hidden_with_what_would_give_them_away(
    paid: Marts, district: str, schools: list[str], totals: set[str]
) -> None:
    assert hidden(paid, district) == schools
    assert hidden_totals(paid, district) == totals


def test_no_published_total_lets_one_work_out_a_hidden_mean(paid: Marts) -> None:
    heads = {"in_post": 1, "temporary": 2}
    for district, kindergartens in PAY_CASES.items():
        for ownership in ("public", "private"):
            if ownership in hidden_totals(paid, district):
                assert "all" in hidden_totals(paid, district)
                continue
            for kind in heads.values():
                behind = [
                    k[kind]
                    for number, k in enumerate(kindergartens)
                    if str(number) in hidden(paid, district) and k[0] == ownership and k[kind] > 0
                ]
                assert not behind or (len(behind) >= 2 and sum(behind) >= 3), (district, ownership)


def test_suppressed_rows_show_neither_mean_nor_ratio(paid: Marts) -> None:
    for table in ("fct_kindergarten_pay", "fct_district_kindergarten_pay"):
        for row in paid.ask(f"select * from committee.{table}"):
            shown = [
                row[k]
                for k in ("in_post_mean_annual_pay_yuan", "temporary_mean_annual_pay_yuan", "pay_ratio")
            ]
            assert (shown == [None] * 3) == (row["pay_status"] in ("suppressed", "not_available"))


def test_the_analyst_sees_means_from_totals(paid: Marts) -> None:
    # 2 × 90,000 + 30 × 91,000 + 5 × 92,000 over 37 people
    row = paid.one(
        "select * from marts.fct_district_kindergarten_pay where district_code = 'alone' and ownership = 'public'"
    )
    assert row["in_post_mean_annual_pay_yuan"] == close(Fraction(180000 + 2730000 + 460000, 37))
    assert (row["kindergartens"], row["kindergartens_due"]) == (3, 3)
    assert row["insured_share"] == close(Fraction(120, 150))
    one = paid.one("select * from marts.fct_kindergarten_pay where school_code = 'open-0'")
    assert (one["in_post_mean_annual_pay_yuan"], one["pay_ratio"]) == (90000, 0.25)


def test_blank_pay_is_not_available(paid: Marts) -> None:
    row = paid.one("select * from marts.fct_kindergarten_pay where school_code = 'blank'")
    assert (row["pay_status"], row["in_post_mean_annual_pay_yuan"], row["insured_share"]) == (
        "not_available",
        None,
        None,
    )
    total = paid.one(
        "select * from marts.fct_district_kindergarten_pay where district_code = 'blank' and ownership = 'all'"
    )
    assert (total["kindergartens"], total["kindergartens_due"], total["pay_status"]) == (
        1,
        2,
        "not_available",
    )
