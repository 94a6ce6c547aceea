"""What an office claims is held against what schools report of the same thing."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from dagster_project.core import homes
from dagster_project.record import rules
from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"


def school(code: str, kind: str, year: int) -> Row:
    return {"school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": "东镇", "school_type": kind,
            "ownership": "public", "school_year": year}  # fmt: skip


def work(month: str, code: str, done: int) -> Row:
    return {"district_code": DISTRICT, "reporting_month": month, "work_code": code, "done": done}


def children(year: int, figure: float) -> Row:
    return {
        "district_code": DISTRICT,
        "figure_year": year,
        "figure_code": "children_in_kindergartens",
        "figure": figure,
    }


def plan(code: str, condition: str, value: float) -> Row:
    return {"school_code": code, "figure_year": 2024, "condition_code": condition, "planned_value": value}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-12-31")
    for year in (2023, 2024, 2025):
        a.add("schools", *(school(c, k, year) for c, k in (("V1", "secondary_vocational"), ("V2", "secondary_vocational"),
                                                           ("K1", "kindergarten"), ("K2", "kindergarten"))))  # fmt: skip
    for year, entrants in ((2023, (400, 600)), (2024, (450, 600)), (2025, (500, None))):
        a.add("vocational_enrolment", *({"school_code": c, "school_year": year, "entrants": n, "students": 900,
                                         "upper_secondary_type": "secondary_vocational", "owned_campus_area_m2": 40000}
                                        for c, n in zip(("V1", "V2"), entrants, strict=True)))  # fmt: skip
    # months of one year are added up: 1,050 in 2023 (5 % above 1,000), 2,391 in 2024, 600 in 2025
    a.add("work_figures", work("2023-09", "vocational_intake", 1000), work("2023-10", "vocational_intake", 50),
          work("2024-09", "vocational_intake", 2391), work("2025-09", "vocational_intake", 600),
          work("2024-06", "in_post_kindergarten_hires", 38), work("2025-06", "in_post_kindergarten_hires", 36))  # fmt: skip
    a.add("kindergarten_support", *({"school_code": c, "school_year": y, "figure_year": y, "children": n}
                                    for y, c, n in ((2023, "K1", 90), (2023, "K2", 110), (2024, "K1", 90))))  # fmt: skip
    a.add("district_figures", children(2023, 150), children(2024, 90))
    a.add("kindergarten_pay", *({"school_code": c, "school_year": y, "staff": 30, "fully_insured_staff": 30,
                                 "in_post_teachers": n, "temporary_teachers": 0}
                                for y, c, n in ((2023, "K1", 10), (2023, "K2", 10), (2024, "K1", 25), (2024, "K2", 14), (2025, "K1", 26))))  # fmt: skip
    a.add("vocational_site_plans", plan("V1", "campus_area_m2", 39999), plan("V2", "campus_area_m2", 40000))
    return build_marts(a, tmp_path_factory.mktemp("claims"))


def claim(marts: Marts, code: str, year: int, school_code: str | None = None) -> Row:
    return marts.one(
        "select * from marts.fct_claim_differences where claim_code = ? and claim_year = ?"
        " and school_code is not distinct from ?", code, year, school_code,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "year", "figures", "status"),
    [
        ("vocational_intake", 2023, (1050, 1000, 50), "agrees"),  # the tolerance itself: 5 % of 1,000
        ("vocational_intake", 2024, (2391, 1050, 1341), "differs"),
        ("vocational_intake", 2025, (600, 500, None), "not_comparable"),  # one of two schools hasn't said
        ("children_in_kindergartens", 2023, (150, 200, -50), "differs"),
        ("children_in_kindergartens", 2024, (90, 90, None), "not_comparable"),
        ("in_post_kindergarten_hires", 2024, (38, 19, 19), "differs"),  # 20 teachers in post, then 39
        # 39, then 26 in one of the two kindergartens: not a loss of 13
        ("in_post_kindergarten_hires", 2025, (36, None, None), "not_comparable"),
    ],
)
def test_a_claim_is_compared_with_the_returns_of_schools(
    marts: Marts, code: str, year: int, figures: tuple[float, float | None, float | None], status: str
) -> None:
    row = claim(marts, code, year)
    assert (row["claimed"], row["reported"], row["difference"], row["status"]) == (*figures, status)


def test_both_figures_say_of_what_day_they_are(marts: Marts) -> None:
    days: tuple[Any, ...] = ("claimed_on", "reported_figure_on")
    assert [str(claim(marts, "vocational_intake", 2023)[d]) for d in days] == ["2023-10-31", "2023-09-01"]
    assert [str(claim(marts, "children_in_kindergartens", 2023)[d]) for d in days] == [
        "2023-12-31",
        "2023-09-01",
    ]


@pytest.mark.parametrize(("code", "status"), [("V1", "differs"), ("V2", "agrees")])
def test_a_site_plan_below_what_the_school_owns_is_found(marts: Marts, code: str, status: str) -> None:
    row = claim(marts, "site_plan_campus_area_m2", 2024, code)
    assert (row["reported"], row["status"]) == (40000, status)


def test_the_rules_of_the_record_allow_what_the_marts_allow() -> None:
    with (homes.DBT_DIR / "seeds" / "claim_kinds.csv").open(encoding="utf-8") as file:
        kinds = list(csv.DictReader(file))
    limits = {r.rule_code: r.kwargs.get("max_value", 0) for r in rules.all_rules()}
    assert [limits[k["rule_code"]] for k in kinds] == [float(k["tolerance_share"]) for k in kinds]
