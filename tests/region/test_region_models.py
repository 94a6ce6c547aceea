"""Districts side by side: figures, intervals, ranks and totals of a region, worked on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dagster_project.region.state import DistrictState, write_states
from dagster_project.warehouse.build import DATABASE_NAME, REGION_TAG, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

pytestmark = pytest.mark.usefixtures("worked_indicators")

#: Three districts that delivered, and one that did not.
EAST, SOUTH, WEST, ABSENT = "500101", "500102", "500103", "500104"


def add_school(a: Accepted, district: str, number: int, state: str, sizes: list[int], year: int) -> None:
    """A primary school with 100 pupils that meets everything, nothing, or has not sent what decides (open)."""
    code = f"{district}{number:04}"
    a.add("schools", {"school_code": code, "school_name": code, "district_code": district, "town": "镇", "school_year": year,
                      "school_type": "primary", "ownership": "public"})  # fmt: skip
    a.add("enrolment", {"school_code": code, "stage": "primary", "students": 100, "school_year": year})
    for place, size in enumerate(sizes):
        a.add("class_sizes", {"school_code": code, "stage": "primary", "grade": "1", "class_name": str(place),
                              "students": size, "class_count": 1, "school_year": year})  # fmt: skip
    if state == "open":
        return
    n = 50 if state == "all" else 0
    a.add("staffing", {"school_code": code, "stage": "primary", "full_time_teachers": 200, "school_year": year,
                       "above_required_degree_teachers": n, "backbone_teachers": n, "pe_teachers": n,
                       "music_teachers": n, "fine_art_teachers": n})  # fmt: skip
    a.add("floor_area", {"school_code": code, "teaching_area_m2": n * 400.0, "indoor_sports_area_m2": 0.0,
                         "sports_ground_area_m2": n * 400.0, "equipment_10k_yuan": n * 10.0,
                         "multimedia_classrooms": n, "school_year": year})  # fmt: skip


def add_kindergarten(
    a: Accepted, district: str, number: int, in_post: int, temporary: int, year: int
) -> None:
    """A public kindergarten; 100,000 yuan a year for each in post, 60,000 for each other teacher."""
    code = f"{district}9{number:03}"
    a.add("schools", {"school_code": code, "school_name": code, "district_code": district, "town": "镇", "school_year": year,
                      "school_type": "kindergarten", "ownership": "public"})  # fmt: skip
    a.add("kindergarten_pay", {"school_code": code, "staff": in_post + temporary, "in_post_teachers": in_post,
                               "in_post_annual_pay_yuan": in_post * 100_000.0, "temporary_teachers": temporary,
                               "temporary_annual_pay_yuan": temporary * 60_000.0, "school_year": year,
                               "fully_insured_staff": in_post})  # fmt: skip


@pytest.fixture(scope="module")
def region(worked_indicators: None, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023)
    add_school(a, EAST, 1, "all", [40, 60], 2023)
    add_school(a, EAST, 2, "all", [30, 30], 2023)
    add_school(a, SOUTH, 1, "all", [40], 2023)
    add_school(a, SOUTH, 2, "open", [], 2023)
    add_school(a, SOUTH, 3, "none", [40], 2023)
    add_school(a, WEST, 1, "all", [40], 2023)
    add_school(a, WEST, 2, "none", [40], 2023)
    # 2022: the kindergarten of SOUTH is the only one with two temporary teachers; 2023: that of WEST is another
    for year, temporary_in_west in ((2022, 5), (2023, 2)):
        for number in (1, 2):
            add_kindergarten(a, EAST, number, 10, 5, year)
        add_kindergarten(a, SOUTH, 1, 10, 2, year)
        add_kindergarten(a, WEST, 1, 10, temporary_in_west, year)
    database = tmp_path_factory.mktemp("region") / DATABASE_NAME
    a.write(database)
    states = [
        DistrictState(code, f"区{code}", True, "missing" if code == ABSENT else "delivered",
                      delivered_on=dt.date(2024, 12, 30))
        for code in (EAST, SOUTH, WEST, ABSENT)
    ]  # fmt: skip
    write_states(database, states)
    run_models(database)
    run_models(database, select=[f"tag:{REGION_TAG}"])
    return Marts(database)


def figure(region: Marts, district: str, code: str, stage: str = "primary", year: int = 2023) -> Row:
    return region.one(
        "select * from region.fct_region_figures where district_code = ? and figure_code = ? and stage = ? and school_year = ?",
        district, code, stage, year,
    )  # fmt: skip


def total(region: Marts, code: str, stage: str, year: int = 2023) -> Row:
    return region.one(
        "select * from region.fct_region_totals where figure_code = ? and stage = ? and school_year = ?",
        code, stage, year,
    )  # fmt: skip


def test_a_share_with_open_schools_lies_in_an_interval(region: Marts) -> None:
    found = figure(region, SOUTH, "compliance_rate")
    assert (found["numerator"], found["denominator"], found["missing"]) == (1, 2, 1)
    assert [found[c] for c in ("value", "value_low", "value_high")] == pytest.approx([1 / 2, 1 / 3, 2 / 3])
    assert (found["status"], found["reason_code"]) == ("undetermined", "incomplete")


@pytest.mark.parametrize(
    ("district", "code", "rank"),
    [
        (EAST, "compliance_rate", "1"),
        # 1/3 to 2/3, beside 1 and 1/2
        (SOUTH, "compliance_rate", "2–3"),
        (WEST, "compliance_rate", "2–3"),
        # the school without classes may have any: 0 to 1; those with 1/4 and 0 are before or behind it
        (EAST, "large_share", "2–3"),
        (SOUTH, "large_share", "1–3"),
        (WEST, "large_share", "1–2"),
        (ABSENT, "compliance_rate", None),
    ],
)
def test_ranks_are_intervals_where_a_figure_is_open(
    region: Marts, district: str, code: str, rank: str
) -> None:
    found = figure(region, district, code)
    assert found["rank_text"] == rank
    assert found["districts_ranked"] == (None if rank is None else 3)


def test_a_figure_has_a_day(region: Marts) -> None:
    assert figure(region, EAST, "compliance_rate")["observed_on"] == dt.date(2023, 9, 1)


def test_a_district_without_delivery_has_every_row_with_the_reason(region: Marts) -> None:
    found = region.ask(
        "select status, reason_code from region.fct_region_figures where district_code = ?", ABSENT
    )
    (due,) = region.ask("select count(*) as n from region_seeds.region_figures")
    assert found == [{"status": "not_available", "reason_code": "missing"}] * (2 * due["n"])


def test_equal_figures_share_a_rank(region: Marts) -> None:
    # in 2022 EAST and WEST pay 0.6 of what those in post get
    assert {
        figure(region, d, "kindergarten_pay_ratio", "preschool", 2022)["rank_text"] for d in (EAST, WEST)
    } == {"1"}


def test_a_total_counts_over_all_districts_and_says_who_is_not_in_it(region: Marts) -> None:
    found = total(region, "compliance_rate", "primary")
    assert (found["numerator"], found["denominator"]) == (4, 6)
    assert found["value"] == pytest.approx(4 / 6)
    # where the district without delivery stands is not known
    assert (found["value_low"], found["value_high"], found["status"]) == (None, None, "undetermined")
    assert (found["districts_available"], found["districts_due"]) == (3, 4)


def test_a_total_hides_when_one_hidden_district_could_be_subtracted_from_it(region: Marts) -> None:
    pay: Any = "kindergarten_pay_ratio"
    assert figure(region, SOUTH, pay, "preschool", 2022)["status"] == "suppressed"
    assert figure(region, SOUTH, pay, "preschool", 2022)["numerator"] is None
    hidden = total(region, pay, "preschool", 2022)
    assert (hidden["status"], hidden["value"], hidden["numerator"]) == ("suppressed", None, None)


def test_a_total_shows_when_two_districts_hide_behind_each_other(region: Marts) -> None:
    found = total(region, "kindergarten_pay_ratio", "preschool", 2023)
    assert [figure(region, d, "kindergarten_pay_ratio", "preschool")["status"] for d in (SOUTH, WEST)] == [
        "suppressed"
    ] * 2
    # 2 + 2 temporary teachers are hidden together
    assert found["value"] == pytest.approx(60_000 / 100_000)
    assert found["districts_suppressed"] == 2


def test_no_district_run_builds_the_comparison(
    region: Marts, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from dagster_project.warehouse import build

    nodes = build.prepare_manifest().nodes.values()
    tagged = {n.name for n in nodes if REGION_TAG in n.tags and str(n.resource_type) in ("model", "seed")}
    readers = {
        n.name
        for n in nodes
        if str(n.resource_type) == "model" and any("region" in p for p in n.depends_on_nodes)
    }
    assert {"fct_region_figures", "fct_region_totals", "region_figures"} <= tagged
    assert readers <= tagged
