"""Targets with a year are judged as a path; figures worked by hand."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"
GARDEN, PRIVATE, SENIOR = "K1", "K2", "V1"


def school(code: str, kind: str, year: int, **more: object) -> Row:
    return {"school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": "东镇",
            "school_type": kind, "ownership": "public", "school_year": year, **more}  # fmt: skip


def children(code: str, year: int, count: int | None, funding: float | None = None) -> Row:
    return {"school_code": code, "figure_year": year, "children": count, "public_funding_yuan": funding}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Public kindergartens: 40 of 100 children in 2021, 44 in 2022, 50 in 2023, one missing in 2024, 62 in 2025."""
    a = Accepted(as_of="2026-01-15")
    for year in range(2021, 2026):
        a.add("schools", school(GARDEN, "kindergarten", year),
              school(PRIVATE, "kindergarten", year, ownership="private", is_inclusive=False),
              school(SENIOR, "senior_technician", year, founded_year=1990))  # fmt: skip
    public = {2021: 40, 2022: 44, 2023: 50, 2024: 55, 2025: 62}
    for year, count in public.items():
        private = None if year == 2024 else 100 - count
        a.add("kindergarten_support", children(GARDEN, year, count, 599.99 if year == 2023 else 600),
              children(PRIVATE, year, private, 100))  # fmt: skip
    # 9 of 10 members of staff are insured in 2023, all in 2025
    for year, insured in ((2023, 9), (2025, 10)):
        a.add("kindergarten_pay",
              *({"school_code": code, "school_year": year, "staff": 5, "fully_insured_staff": n, "in_post_teachers": 0,
                 "temporary_teachers": 0} for code, n in ((GARDEN, 5), (PRIVATE, insured - 5))))  # fmt: skip
    a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": "2", "measure_number": 1,
                                  "measure_zh": "应缴尽缴", "begun_on": "2024-03-01", "proof_kind": "figure",
                                  "figure_code": "fully_insured_staff_share", "target_value": 1.0,
                                  "deadline": "2026-12-31"},
          {"district_code": DISTRICT, "item_number": "2", "measure_number": 2, "measure_zh": "应缴尽缴（新办园）",
           "begun_on": "2025-02-01", "proof_kind": "figure", "figure_code": "fully_insured_staff_share",
           "target_value": 1.0, "deadline": "2026-12-31"})  # fmt: skip
    a.add("vocational_enrolment", {"school_code": SENIOR, "school_year": 2025, "upper_secondary_type": "technician",
                                   "students": 1000, "campus_area_m2": 65999.0, "owned_campus_area_m2": 65999.0})  # fmt: skip
    a.add("class_sizes",
          *({"school_code": "P1", "school_year": 2025, "stage": "primary", "grade": "1", "class_name": f"{n}班",
             "students": s} for n, s in enumerate([56, 66, 40, 40], 1)))  # fmt: skip
    a.add("schools", school("P1", "primary", 2025))
    return build_marts(a, tmp_path_factory.mktemp("targets"))


def path(marts: Marts, code: str, year: int, target_year: int) -> Row:
    return marts.one(
        "select * from marts.fct_target_paths where target_code = ? and school_year = ? and target_year = ?",
        code, year, target_year,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("year", "value", "needed", "status"),
    [
        (2021, 0.40, 0.40, "start"),
        (2022, 0.44, 0.40 + 0.20 / 6, "on_path"),  # 43.3 % would do
        (2023, 0.50, 0.40 + 0.40 / 6, "on_path"),
        (2024, 1.00, 0.50, "not_available"),  # one kindergarten is missing: the rest is not the whole
        (2025, 0.62, 0.40 + 0.80 / 6, "reached"),
    ],
)
def test_the_share_of_public_kindergartens_goes_from_its_first_figure_to_60_percent_in_2027(
    marts: Marts, year: int, value: float, needed: float, status: str
) -> None:
    row = path(marts, "public_kindergarten_share", year, 2027)
    assert (row["value"], row["path_value"]) == (pytest.approx(value), pytest.approx(needed, rel=1e-12))
    assert (row["status"], str(row["figure_observed_on"])) == (status, f"{year}-09-01")


def test_a_year_without_all_reports_shows_the_latest_figure_that_is_whole_and_its_day(marts: Marts) -> None:
    row = path(marts, "public_kindergarten_share", 2024, 2027)
    assert (row["latest_value"], str(row["latest_observed_on"])) == (0.50, "2023-09-01")


@pytest.mark.parametrize(("year", "status"), [(2023, "start"), (2024, "not_available"), (2025, "reached")])
def test_the_plans_own_target_is_a_path_too(marts: Marts, year: int, status: str) -> None:
    assert path(marts, "fully_insured_staff_share", year, 2024)["status"] == status


def test_a_target_whose_year_is_over_is_unmet_and_not_behind(marts: Marts) -> None:
    large = path(marts, "large_class_share", 2025, 2020)
    assert (large["value"], large["target_value"], large["status"]) == (0.5, 0.05, "due_unmet")
    assert path(marts, "super_large_class_share", 2025, 2018)["value"] == 0.25


def test_a_rule_from_2024_judges_no_earlier_year_and_public_kindergartens_alone(marts: Marts) -> None:
    found = {
        r["school_year"]: (r["value"], r["threshold"], r["status"])
        for r in marts.ask(
            "select * from marts.fct_preschool_universality where figure_code like 'per_child%'"
        )
    }
    assert found[2023] == (599.99, None, "not_applicable")
    assert found[2024] == (600, 600, "met")


def test_a_senior_technician_school_needs_66_000_square_metres(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_vocational_conditions where school_code = ? and school_year = 2025"
        " and condition_code = 'campus_area_m2'",
        SENIOR,
    )
    assert (row["threshold"], row["status"]) == (66000, "not_met")
    students = marts.one("select * from marts.fct_upper_secondary where school_year = 2025")
    assert students["technician_students"] == 1000


def test_a_kindergarten_is_judged_by_its_size_and_its_staff(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_kindergarten_standards where school_code = ? and school_year = 2025", GARDEN
    )
    assert (row["children"], row["size_status"]) == (62, "met")
    assert (row["children_per_staff"], row["staffing_status"]) == (12.4, "not_met")  # more than 7 a head


@pytest.mark.parametrize(
    ("month", "light", "reason", "since"),
    [
        ("2024-12", "green", "on_time", None),  # 9 of 10 are insured, on the last day of the target's year
        ("2025-01", "red", "target_unmet", "2024-12-31"),
        ("2025-12", "green", "on_time", None),  # all are insured by the return of 2025
    ],
)
def test_a_measure_whose_target_year_has_passed_unmet_is_red(
    marts: Marts, month: str, light: str, reason: str, since: str | None
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where reporting_month = ? and measure_number = 1",
        month,
    )
    assert (row["light"], row["light_reason_code"]) == (light, reason)
    assert str(row["overdue_since"]) == str(since)


def test_a_target_whose_year_had_passed_before_the_measure_began_is_no_deadline_of_it(marts: Marts) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where reporting_month = '2025-03' and measure_number = 2"
    )
    assert (row["light"], row["light_reason_code"], row["overdue_since"]) == ("green", "on_time", None)
