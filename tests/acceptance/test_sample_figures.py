"""The plan's own figures come out of the synthetic sample of 2023."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.publish.problem_list import COLUMNS


def one(home: Path, sql: str) -> dict[str, Any]:
    folder = Home(home).current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as con:
        cursor = con.execute(sql)
        row = cursor.fetchone()
        assert row is not None
        return dict(zip([d[0] for d in cursor.description], row, strict=True))


def test_kindergarten_pay_of_the_plan(sample_home: Path) -> None:
    row = one(
        sample_home,
        "select * from marts.fct_district_kindergarten_pay where school_year = 2023 and ownership = 'public'",
    )
    assert (row["kindergartens"], row["temporary_teachers"]) == (82, 392)
    assert row["temporary_mean_annual_pay_yuan"] == pytest.approx(34_679)
    assert row["in_post_mean_annual_pay_yuan"] == pytest.approx(118_659)
    assert round(row["pay_ratio"], 3) == 0.292


def test_insurance_of_the_plan(sample_home: Path) -> None:
    row = one(
        sample_home,
        "select * from marts.fct_district_kindergarten_pay where school_year = 2023 and ownership = 'all'",
    )
    assert row["fully_insured_staff"] == 1_513
    assert round(row["insured_share"], 2) == 0.65


def test_vocational_share_of_the_plan(sample_home: Path) -> None:
    row = one(sample_home, "select * from marts.fct_upper_secondary where school_year = 2023")
    assert round(row["vocational_share"], 3) == 0.239


def test_no_mean_with_fewer_than_three_people_behind_it_reaches_the_committee(sample_home: Path) -> None:
    row = one(
        sample_home,
        "select count(*) as n from marts.fct_kindergarten_pay where"
        " (temporary_teachers between 1 and 2 and temporary_mean_annual_pay_yuan is not null)"
        " or (in_post_teachers between 1 and 2 and in_post_mean_annual_pay_yuan is not null)",
    )
    assert row["n"] == 0
    hidden = one(
        sample_home, "select count(*) as n from marts.fct_kindergarten_pay where pay_status = 'suppressed'"
    )
    assert hidden["n"] > 0


def test_the_problem_list_is_as_the_contract_says(sample_home: Path) -> None:
    folder = Home(sample_home).current_dir()
    assert folder is not None
    content = (folder / "problems.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert rows[0] == COLUMNS
    assert {r[0] for r in rows[1:]} <= {"reject_file", "quarantine_row", "hold", "warn"}


@pytest.mark.parametrize(
    ("duty", "complete"), [("monthly_check", 191), ("daily_check", 180), ("weekly_check", 180)]
)
def test_checks_are_shares_of_all_schools_that_owe_them(sample_home: Path, duty: str, complete: int) -> None:
    # owe: 110 schools of compulsory education, 2 senior, 4 vocational, 1 technician school, 150 kindergartens
    # returned: 105 of the 110 that return at all, 86 of the 90 kindergartens that do;
    # 11 of these kindergartens leave out a check that is due more than once a month
    row = one(
        sample_home,
        f"select * from marts.fct_safety_duties where reporting_month = '2025-12' and duty = '{duty}'",
    )
    assert (row["schools_due"], row["schools_reported"]) == (267, 191)
    assert row["done_share"] == pytest.approx(complete / 267)
    assert row["done_share_of_reports"] == pytest.approx(complete / 191)


@pytest.mark.parametrize(("item", "measure"), [("5", 1), ("5", 2), ("10", 1), ("10", 2)])
def test_what_did_not_exist_when_the_plan_began_starts_at_none(
    sample_home: Path, item: str, measure: int
) -> None:
    row = measure_of(sample_home, item, measure, "2025-12")
    assert (row["baseline_value"], row["baseline_status"]) == (0, "absent_zero")


def measure_of(home: Path, item: str, measure: int, month: str) -> dict[str, Any]:
    return one(
        home,
        "select * from marts.fct_rectification_measures where reporting_month ="
        f" '{month}' and item_number = '{item}' and measure_number = {measure}",
    )


def test_a_measure_is_not_closed_on_a_figure_older_than_the_plan(sample_home: Path) -> None:
    refused, closed = (measure_of(sample_home, "13", 1, month) for month in ("2024-07", "2024-11"))
    assert (refused["reported_state"], refused["state"]) == ("closed", "in_progress")
    assert refused["refusal_code"] == "before_begin" and str(refused["figure_observed_on"]) == "2023-09-01"
    assert closed["state"] == "closed" and str(closed["figure_observed_on"]) == "2024-09-01"


def test_the_year_to_date_of_december_has_all_kinds_of_work(sample_home: Path) -> None:
    # 17 kinds are counted every month, 20 in some months of the year
    row = one(
        sample_home,
        "select count(*) as kinds from marts.fct_work_figures where reporting_month = '2025-12' and done_in_year > 0",
    )
    assert row["kinds"] == 17 + 20
