"""Districts side by side: figures, intervals, ranks and totals of a region, worked on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from dagster_project.region.state import DistrictState, write_states
from dagster_project.warehouse.build import DATABASE_NAME, REGION_TAG, run_models
from tests.region.many_districts import add_school
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

pytestmark = pytest.mark.usefixtures("worked_indicators")

#: Three districts that delivered, and one that did not.
EAST, SOUTH, WEST, ABSENT = "500101", "500102", "500103", "500104"
#: Day that the delivery of the first is about; the region is computed for the last day of the year.
EAST_KNOWN_UNTIL = dt.date(2024, 8, 15)
#: One that delivered and isn't in the region's list: better than all others, and with other pay.
APART = "500105"


def add_kindergarten(
    a: Accepted, district: str, number: int, in_post: int, temporary: int, year: int, pay: float = 60_000.0
) -> None:
    """A public kindergarten; 100,000 yuan a year for each in post, 60,000 for each other teacher, or 60,001 for one of two."""
    code = f"{district}9{number:03}"
    a.add("schools", {"school_code": code, "school_name": code, "district_code": district, "town": "镇", "school_year": year,
                      "school_type": "kindergarten", "ownership": "public"})  # fmt: skip
    a.add("kindergarten_pay", {"school_code": code, "staff": in_post + temporary, "in_post_teachers": in_post,
                               "in_post_annual_pay_yuan": in_post * 100_000.0, "temporary_teachers": temporary,
                               "temporary_annual_pay_yuan": temporary * pay + (temporary == 2), "school_year": year,
                               "fully_insured_staff": in_post})  # fmt: skip


def add_ledger(a: Accepted, district: str) -> None:
    """A plan of five measures: two closed, one exempt, two open."""
    for item in ("1", "2", "3", "4", "5"):
        place = {"district_code": district, "item_number": item, "measure_number": 1}
        a.add("rectification_tasks", {**place, "area_zh": "领域", "item_title_zh": "事项", "measure_zh": "措施",
                                      "begun_on": "2024-03-01", "proof_kind": "documents"})  # fmt: skip
        if item in ("1", "2", "3"):
            state, reason = ("exempt", "统一安排") if item == "3" else ("closed", None)
            a.add("rectification_progress", {**place, "reporting_month": "2024-06", "reported_on": "2024-06-10",
                                             "reported_state": state, "exemption_reason_zh": reason, "reviewer": "复核岗",
                                             "reviewed_on": "2024-06-20", "review_result": "passed",
                                             "evidence_zh": "通报"})  # fmt: skip
    a.add("evidence_files", {"folder_year": 2024, "file_name": "通报.pdf", "source_path": "2024/佐证/通报.pdf",
                             "sha256": "ab" * 32, "size_bytes": 10, "received_on": "2024-06-05", "is_latest": True,
                             "district_code": district})  # fmt: skip


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
    add_school(a, APART, 1, "all", [40], 2023)
    add_school(a, APART, 2, "all", [40], 2019)
    # the first with a new school year
    add_school(a, EAST, 1, "none", [40], 2024)
    add_ledger(a, EAST)
    # 2022: the kindergarten of SOUTH is the only one with two temporary teachers; 2023: that of WEST is another
    for year, temporary_in_west in ((2022, 5), (2023, 2)):
        for number in (1, 2):
            add_kindergarten(a, EAST, number, 10, 5, year)
        add_kindergarten(a, SOUTH, 1, 10, 2, year)
        add_kindergarten(a, APART, 1, 10, 5, year, 90_000.0)
        add_kindergarten(a, WEST, 1, 10, temporary_in_west, year)
    database = tmp_path_factory.mktemp("region") / DATABASE_NAME
    a.write(database)
    states = [
        DistrictState(code, f"区{code}", True, "missing" if code == ABSENT else "delivered",
                      delivered_on=dt.date(2024, 12, 30), as_of=EAST_KNOWN_UNTIL if code == EAST else dt.date(2024, 12, 30))
        for code in (EAST, SOUTH, WEST, ABSENT)
    ]  # fmt: skip
    states.append(DistrictState(APART, "别市", False, "delivered"))
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
    assert found == [{"status": "not_available", "reason_code": "missing"}] * (3 * due["n"])


def test_a_district_outside_the_list_has_no_figure_no_rank_and_no_part_in_a_total(region: Marts) -> None:
    for table in ("fct_region_figures", "rpt_region_overview"):
        assert region.ask(f"select * from region.{table} where district_code = ?", APART) == []
    assert total(region, "compliance_rate", "primary")["districts_due"] == 4
    # a school year of that district alone is none of the region's
    assert region.ask("select * from region.fct_region_figures where school_year = 2019") == []
    (named,) = region.ask("select * from region.fct_region_deliveries where district_code = ?", APART)
    assert named["is_expected"] is False


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


@pytest.mark.parametrize(("year", "hidden"), [(2022, [SOUTH]), (2023, [SOUTH, WEST])])
def test_a_hidden_district_has_no_part_in_the_total(region: Marts, year: int, hidden: list[str]) -> None:
    code = "kindergarten_pay_ratio"
    rows = {d: figure(region, d, code, "preschool", year) for d in (EAST, SOUTH, WEST)}
    assert [d for d, row in rows.items() if row["status"] == "suppressed"] == hidden
    assert {(rows[d]["numerator"], rows[d]["value"]) for d in hidden} == {(None, None)}
    # with the pay of the hidden districts (60,001 yuan and more) the means would be others
    found = total(region, code, "preschool", year)
    assert (found["numerator"], found["denominator"]) == pytest.approx((60_000, 100_000))
    assert (found["districts_suppressed"], found["status"]) == (len(hidden), "undetermined")


def test_an_exempt_measure_is_neither_closed_nor_due(region: Marts) -> None:
    (row,) = region.ask(
        "select numerator, denominator from region.fct_region_figures"
        " where district_code = ? and figure_code = 'measures_closed_share' and is_compared", EAST
    )  # fmt: skip
    assert (row["numerator"], row["denominator"]) == (2, 4)
    (shown,) = region.ask("select * from region.rpt_region_overview where district_code = ?", EAST)
    assert (shown["closed_value"], shown["measures_open"]) == (0.5, 2)


def test_a_plan_is_shown_as_of_the_last_month_that_its_delivery_knows(region: Marts) -> None:
    days = region.ask(
        "select max(observed_on) as day from region.fct_region_figures"
        " where figure_code in ('measures_closed_share', 'measures_overdue_share') group by figure_code"
    )
    assert [d["day"] for d in days] == [dt.date(2024, 7, 31)] * 2


def test_the_first_district_with_a_new_year_is_compared_by_the_year_that_the_others_have(
    region: Marts,
) -> None:
    shown = region.ask(
        "select district_code, primary_compliance_value as v from region.rpt_region_overview order by 1"
    )
    # 2023; in 2024 EAST alone has a figure, and it is 0
    assert [(r["district_code"], r["v"]) for r in shown] == [
        (EAST, 1.0),
        (SOUTH, 0.5),
        (WEST, 0.5),
        (ABSENT, None),
    ]
    assert figure(region, EAST, "compliance_rate", year=2024)["value"] == 0
    compared = region.ask(
        "select distinct school_year from region.fct_region_totals where stage = 'primary' and is_compared"
    )
    assert [r["school_year"] for r in compared] == [2023]
    # the plan is of one district alone, and of its own last day
    (plan,) = region.ask(
        "select * from region.fct_region_totals where figure_code = 'measures_closed_share' and is_compared"
    )
    assert plan["districts_available"] == 1


def test_what_is_missing_is_named_only_where_it_is_missing(region: Marts) -> None:
    found = region.ask("select missing, missing_zh from region.fct_region_figures")
    assert {(r["missing"] is None, r["missing_zh"] is None) for r in found} == {(True, True), (False, False)}


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
