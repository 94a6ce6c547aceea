"""The district's bill of gaps, schools that lack one indicator, and staff without full insurance; worked by hand."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT, EAST, WEST = "500101", "东镇", "西镇"
PRIMARY, NINE, SILENT = "P1", "N1", "P2"


def school(code: str, kind: str, town: str, **more: object) -> Row:
    return {"school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": town,
            "school_type": kind, "ownership": "public", **more}  # fmt: skip


def staff(code: str, stage: str, above: int) -> Row:
    return {"school_code": code, "stage": stage, "full_time_teachers": 20, "above_required_degree_teachers": above,
            "backbone_teachers": 1, "pe_teachers": 1, "music_teachers": 0, "fine_art_teachers": 0}  # fmt: skip


def premises(code: str, teaching: float, sports: float, equipment: float, rooms: int) -> Row:
    return {"school_code": code, "teaching_area_m2": teaching, "indoor_sports_area_m2": 0.0,
            "sports_ground_area_m2": sports, "equipment_10k_yuan": equipment, "multimedia_classrooms": rooms}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """100 students in each stage.

    P1 needs 4.2 teachers above the required degree and has 4, and 750 ㎡ for sports and has 740. N1 shares 900 ㎡ of
    teaching area 1 : 1.1; its primary stage needs 450 × 2.1 = 945 ㎡ of it, its junior stage 580 × 2.1 ÷ 1.1 = 1107.28.
    """
    a = Accepted()
    a.add("schools", school(PRIMARY, "primary", EAST), school(NINE, "nine_year", WEST), school(SILENT, "primary", WEST),
          school("K1", "kindergarten", EAST), school("K2", "kindergarten", WEST, ownership="private"))  # fmt: skip
    a.add("enrolment", *({"school_code": code, "stage": stage, "students": 100} for code, stage in (
        (PRIMARY, "primary"), (NINE, "primary"), (NINE, "junior_secondary"), (SILENT, "primary"))))  # fmt: skip
    a.add("staffing", staff(PRIMARY, "primary", 4), staff(NINE, "primary", 4), staff(NINE, "junior_secondary", 4),
          staff(SILENT, "primary", 5))  # fmt: skip
    a.add("floor_area", premises(PRIMARY, 450, 740, 20, 3), premises(NINE, 900, 2000, 50, 5))
    a.add("kindergarten_pay",
          {"school_code": "K1", "staff": 10, "fully_insured_staff": 6, "in_post_teachers": 0, "temporary_teachers": 0},
          {"school_code": "K2", "staff": 10, "fully_insured_staff": 9, "in_post_teachers": 0, "temporary_teachers": 0})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("gaps"))


def gap(marts: Marts, indicator: str, town: str = "all", stage: str = "all") -> Row:
    return marts.one(
        "select * from marts.fct_district_gaps where starts_with(indicator_code, ?) and town = ? and stage = ?",
        indicator, town, stage,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("indicator", "town", "stage", "lacking", "schools_below"),
    [
        ("above_required", "all", "all", 1 + 1 + 2, 2),  # whole teachers: 5 − 4, 5 − 4 and 6 − 4
        ("above_required", WEST, "all", 3, 1),
        ("above_required", "all", "primary", 2, 2),
        ("above_required", "all", "junior_secondary", 2, 1),
        ("sports_area", EAST, "all", 10, 1),
        ("sports_area", WEST, "all", 0, 0),
        ("teaching_area", "all", "primary", 45, 1),
        ("teaching_area", "all", "junior_secondary", 207.28, 1),
        ("teaching_area", "all", "all", 207.28, 1),  # built once, it serves both stages
    ],
)
def test_gaps_are_added_by_town_and_a_shared_resource_counts_once(
    marts: Marts, indicator: str, town: str, stage: str, lacking: float, schools_below: int
) -> None:
    row = gap(marts, indicator, town, stage)
    assert (row["gap"], row["schools_below"]) == (pytest.approx(lacking, abs=1e-6), schools_below)


def test_a_school_without_data_is_not_counted_as_one_without_a_gap(marts: Marts) -> None:
    row = gap(marts, "teaching_area")
    assert (row["schools_in_scope"], row["schools_available"], row["unit_zh"]) == (3, 2, "㎡")


def test_a_school_that_lacks_one_indicator_is_listed_with_what_would_do(marts: Marts) -> None:
    found = {
        r["indicator_code"].split("_")[0]: (r["gap_needed"], r["choices"], r["indicators_below"])
        for r in marts.ask("select * from marts.fct_near_compliant_schools where school_code = ?", PRIMARY)
    }
    assert found == {"above": (1, 2, 2), "sports": (10, 2, 2)}


def test_the_count_of_schools_one_indicator_short_stands_beside_the_rate(marts: Marts) -> None:
    row = marts.one("select * from marts.fct_district_compliance where stage = 'primary'")
    # N1: 4 of 4.2 teachers and 428.57 of 450 ㎡ are both above 85 %, so one of them is enough as well
    assert row["schools_one_indicator_short"] == 2


def test_the_floor_is_enough_where_six_indicators_are_met(tmp_path_factory: pytest.TempPathFactory) -> None:
    a = Accepted()
    a.add("schools", school(PRIMARY, "primary", EAST))
    a.add("enrolment", {"school_code": PRIMARY, "stage": "primary", "students": 100})
    a.add("staffing", staff(PRIMARY, "primary", 5))
    a.add("floor_area", premises(PRIMARY, 450, 600, 20, 3))  # 600 of 750 ㎡: 85 % are 637.5
    row = build_marts(a, tmp_path_factory.mktemp("floor")).one(
        "select * from marts.fct_near_compliant_schools"
    )
    assert (row["needed_value"], row["gap_needed"], row["choices"]) == (pytest.approx(6.375), 37.5, 1)


def test_staff_without_full_insurance_are_counted_over_all_kindergartens(marts: Marts) -> None:
    row = marts.one("select * from marts.fct_district_kindergarten_pay where ownership = 'all'")
    assert (row["staff"], row["staff_not_fully_insured"], row["insured_share"]) == (20, 5, 0.75)
