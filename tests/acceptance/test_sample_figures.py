"""The plan's own figures come out of the synthetic sample of 2023."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.publish.problem_list import COLUMNS
from tests.sample.test_sample import number, read_feed_rows, sheets_of


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
    ("duty", "complete", "times_due"),
    [("monthly_check", 191, 1), ("daily_check", 179, 21), ("weekly_check", 179, 4)],
)
def test_checks_are_shares_of_all_schools_that_owe_them(
    sample_home: Path, duty: str, complete: int, times_due: int
) -> None:
    # owe: 110 schools of compulsory education, 2 senior, 4 vocational, 1 technician school, 150 kindergartens
    # Counted from January 2024 as 0 the month is 22. Of the 110 schools that return at all, n = 0 to 109, those with
    # n + 22 divisible by 23 are silent: 1, 24, 47, 70, 93, so 105 returned. Of the 150 kindergartens six of ten return
    # (last digit of n below 6): 90, without 1, 24, 70 and 93: 86; 105 + 86 = 191. Of these 86, those with n + 22
    # divisible by 9 leave out one check of those that are due more than once a month: 5, 14, 23, 32, 41, 50, 95, 104,
    # 113, 122, 131, 140, so 12; 191 - 12 = 179.
    row = one(
        sample_home,
        f"select * from marts.fct_safety_duties where reporting_month = '2025-11' and duty = '{duty}'",
    )
    assert (row["schools_due"], row["schools_reported"]) == (267, 191)
    assert row["done_share"] == pytest.approx(complete / 267)
    assert (row["due"], row["done"]) == (191 * times_due, 191 * times_due - (191 - complete))


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


#: Standard size, first and last grade of a stage.
STAGES = {"小学": (45, 1, 6), "初中": (50, 7, 9), "高中": (55, 10, 12)}


def classes_when_last_seen() -> tuple[dict[tuple[str, str, int, str], tuple[str, bool]], int]:
    """Counted again from the workbooks: the last day of each class still in its stage in 2025, and if it was over.

    A class is known by school, stage, school year of entry and name; classes in bands of 2025 are only counted.
    """
    seen: dict[tuple[str, str, int, str], tuple[str, bool]] = {}
    over_in_bands: dict[str, int] = {}
    for path in sorted(SAMPLE_RAW.glob("202[0-5]/*.xlsx")):
        for rows in sheets_of(path).values():
            feed, records = read_feed_rows(rows)
            for r in records if feed in ("class_sizes", "class_counts") else ():
                if r["stage"] not in STAGES:
                    continue
                standard, first, last = STAGES[r["stage"]]
                day = f"{path.stem[-4:]}-09-01" if feed == "class_sizes" else str(r["counted_on"])
                year = int(day[:4]) - (day[5:7] < "09")
                lowest, number_of = number(r.get("size_band_minimum")), int(number(r.get("class_count")) or 1)
                if lowest is not None:
                    if year == 2025:
                        school = r["school_code"]
                        over_in_bands[school] = over_in_bands.get(school, 0) + (lowest > standard) * number_of
                    continue
                entered, size = (
                    year - (int(str(r["grade"]).removesuffix(".0")) - first),
                    number(r.get("students")),
                )
                if number_of == 1 and size is not None and size >= 0 and entered + last - first >= 2025:
                    key = r["school_code"], r["stage"], entered, str(r["class_name"])
                    seen[key] = max(seen.get(key, ("", False)), (day, size > standard))
    single = {key: last for key, last in seen.items() if key[0] not in over_in_bands}
    return single, sum(over_in_bands.values())


def test_open_oversized_classes_are_those_above_the_standard_when_last_seen(sample_home: Path) -> None:
    single, in_bands = classes_when_last_seen()
    to_verify = sum(is_over and day < "2025-09-01" for day, is_over in single.values())
    still_over = sum(is_over and day >= "2025-09-01" for day, is_over in single.values()) + in_bands
    assert to_verify > 0 and in_bands > 0 and still_over > 0
    ledger = one(
        sample_home,
        "select sum(open_classes) as all_open, sum(to_verify_classes) as to_verify from marts.fct_district_class_ledger"
        " where reporting_month = '2025-12'",
    )
    assert (ledger["all_open"], ledger["to_verify"]) == (still_over + to_verify, to_verify)
