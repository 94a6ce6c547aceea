"""Every figure of the plan says who owes it, and no measure is closed on the returns of a few.

Worked by hand: four primary schools and a junior one of which only the first sends anything; a district whose body surveys
two stages at the start and one later; three questions of which two bodies ask some; and a district in which only the first
school sends anything in the year before the plan, and all of them in the next.
"""

from __future__ import annotations

import csv
from typing import Any

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

SILENT, WHOLE, LATE = "500101", "500102", "500103"
QUESTIONS = ("food_safety", "safety_measures", "bus_buildings_facilities")
CHECKS = ("daily_check", "weekly_check", "monthly_check")
MONTHS = (*(f"2024-{month:02d}" for month in range(3, 13)),)
with (DBT_DIR / "seeds" / "rectification_figures.csv").open(encoding="utf-8", newline="") as stream:
    FIGURES = {row["figure_code"]: row for row in csv.DictReader(stream)}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_says_who_owes_it_and_what_missing_returns_leave_open(figure: str) -> None:
    kind = FIGURES[figure]
    feed = load_feeds()[kind["source_feed"]]
    assert kind["owed_by"] in ("school", "survey", "district")
    assert kind["while_incomplete"] in ("may_only_grow", "may_only_fall", "cannot_be_whole", "may_change",
                                        "counts_as_not_done")  # fmt: skip
    assert feed.owed_by != "school" or kind["owed_by"] == "school"
    # a share has no count that only grows, unless what is missing stands in its denominator
    assert not (kind["is_share"] == "true" and kind["while_incomplete"] == "may_only_grow")


def school(district: str, number: int, kind: str = "primary") -> str:
    return f"2{kind[0]}{district}{number}"


def task(district: str, item: str, figure: str, target: float | None) -> Row:
    return {"district_code": district, "item_number": item, "measure_number": 1, "measure_zh": "措施", "begun_on": "2024-03-01",
            "proof_kind": "documents" if target is None else "figure", "figure_code": figure, "target_value": target}  # fmt: skip


def closing(district: str, item: str) -> Row:
    return {"district_code": district, "item_number": item, "measure_number": 1, "reporting_month": "2025-01",
            "reported_on": "2025-01-10", "reported_state": "closed", "reviewer": "复核岗", "reviewed_on": "2025-01-20",
            "review_result": "passed", "evidence_zh": "总结"}  # fmt: skip


def science(district: str, year: int, stage: str, share: float, by: str = "higher_authority") -> Row:
    return {"district_code": district, "figure_year": year, "stage": stage, "subject": "science", "population": "district",
            "students": 1000, "level_three_share": share, "surveyed_by": by}  # fmt: skip


def asked(district: str, name: str, day: str, by: str, **satisfied: int) -> list[Row]:
    return [{"district_code": district, "survey_round": name, "question": q, "surveyed_on": day, "surveyed_by": by,
             "respondents": 1000, "satisfied": n} for q, n in satisfied.items()]  # fmt: skip


ITEMS: dict[str, tuple[str, float | None]] = {
    "1": ("open_oversized_classes", 0.0), "2": ("science_level_three_share", None), "3": ("lowest_safety_satisfaction", None),
    "4": ("english_level_three_share", 0.9), "5": ("overdue_hazards", 0.0), "6": ("open_oversized_classes", None),
}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-01-31")
    for district in (SILENT, WHOLE, LATE):
        for year in (2023, 2024):
            for kind, numbers in (("primary", (1, 2, 3, 4)), ("junior_secondary", (1,))):
                for number in numbers:
                    code = school(district, number, kind)
                    a.add("schools", {"school_year": year, "school_code": code, "school_name": code, "district_code": district,
                                      "town": "东镇", "school_type": kind, "ownership": "public"})  # fmt: skip
                    if (
                        district == WHOLE
                        or (number, kind) == (1, "primary")
                        or (district, year) == (LATE, 2024)
                    ):
                        a.add("class_sizes", {"school_year": year, "school_code": code, "stage": kind, "class_name": "1班",
                                              "grade": str((1 if kind == "primary" else 7) + year - 2023), "class_count": 1,
                                              "students": 50 if year == 2023 else 40})  # fmt: skip
                    if year == 2023 and (district == WHOLE or (number, kind) == (1, "primary")):
                        a.add("safety_duties", *({"school_code": code, "reporting_month": month, "duty": duty, "due": 31, "done": 31}
                                                 for month in MONTHS for duty in CHECKS))  # fmt: skip
        a.add("hazards", {"school_code": school(district, 1), "hazard_number": "1", "found_on": "2024-04-01", "place_zh": "食堂",
                          "hazard_kind": "fire", "hazard_grade": "general", "inspection_rhythm": "daily",
                          "deadline": "2024-05-01", "struck_off_on": "2024-04-22"})  # fmt: skip
        for item, (figure, target) in ITEMS.items():
            a.add("rectification_tasks", task(district, item, figure, target))
            a.add("rectification_progress", closing(district, item))
        a.add("monitoring_results", science(district, 2023, "primary", 0.5), science(district, 2023, "junior_secondary", 0.3),
              science(district, 2024, "primary", 0.9))  # fmt: skip
        a.add("monitoring_results", *({**science(district, year, stage, share), "subject": "english"} for year, stage, share in (
            (2023, "primary", 0.5), (2023, "junior_secondary", 0.6), (2024, "primary", 0.5))))  # fmt: skip
        a.add("satisfaction", *asked(district, "一", "2023-11-01", "higher_authority", **dict.fromkeys(QUESTIONS, 500)),
              *asked(district, "二", "2024-09-10", "higher_authority", food_safety=900, safety_measures=900),
              *asked(district, "二", "2024-09-12", "district", bus_buildings_facilities=990))  # fmt: skip
    # in the other district, everybody speaks
    a.add("monitoring_results", science(WHOLE, 2024, "junior_secondary", 0.8))
    a.add("satisfaction", *asked(WHOLE, "二", "2024-09-10", "higher_authority", bus_buildings_facilities=880))
    a.add("evidence_files", *({"folder_year": 2024, "file_name": "总结.pdf", "source_path": f"2024/佐证/{district}/总结.pdf",
                               "district_code": district, "sha256": district[-2:] * 32, "size_bytes": 10,
                               "received_on": "2024-03-02", "is_latest": True} for district in (SILENT, WHOLE, LATE)))  # fmt: skip
    folder = tmp_path_factory.mktemp("returns")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_rectification_measures"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def test_hazards_speak_of_the_last_month_whose_checks_are_there(marts: Marts) -> None:
    days = marts.ask(
        "select distinct reporting_month, figure_observed_on from marts.fct_rectification_measures where item_number = '5'"
        " and reporting_month in ('2024-03', '2024-07', '2024-12') order by all"
    )
    # March counts from its end where all checks are in, and from 11 April elsewhere; the one entry of April makes none of the
    # others older
    assert [(r["reporting_month"], str(r["figure_observed_on"])) for r in days] == [
        ("2024-03", "2024-03-31"), ("2024-03", "None"), ("2024-07", "2024-06-30"), ("2024-07", "2024-07-31"),
        ("2024-12", "2024-11-30"), ("2024-12", "2024-12-31"),
    ]  # fmt: skip


def measure(marts: Marts, district: str, item: str) -> tuple[Any, ...]:
    row = marts.one(
        "select * from marts.fct_rectification_measures where district_code = ? and item_number = ?"
        " and reporting_month = '2025-01'",
        district,
        item,
    )
    columns = ("figure_value", "reports_available", "reports_due", "figure_status")
    return tuple(row[column] for column in columns)


@pytest.mark.parametrize(
    ("item", "silent", "whole"),
    [
        # 4 primary schools and a junior one; no stage without a return drops out of what is due
        ("1", (0.0, 1, 5, "not_available"), (0.0, 5, 5, "met")),
        # 90 % of the primary pupils say nothing of the junior ones, who were at 30 %
        ("2", (0.9, 1, 2, "not_available"), (0.8, 2, 2, "met")),
        # two of the three questions; the third was another body's
        ("3", (0.9, 2, 3, "not_available"), (0.88, 3, 3, "met")),
        # one ledger of April, closed in time; whether the others found any is what their checks would say
        ("5", (0.0, 1, 5, "not_available"), (0.0, 5, 5, "met")),
        # half of the primary pupils are too few, whatever the others are
        ("4", (0.5, 1, 2, "not_met"), (0.5, 1, 2, "not_met")),
    ],
)
def test_the_returns_of_a_few_prove_nothing(
    marts: Marts, item: str, silent: tuple[Any, ...], whole: tuple[Any, ...]
) -> None:
    assert (measure(marts, SILENT, item), measure(marts, WHOLE, item)) == (silent, whole)


@pytest.mark.parametrize(
    ("district", "shown"),
    [
        # four classes of 50 in primary schools at the start (50 is within the standard of junior ones), none a year later
        (WHOLE, (4.0, "known", 0.0, "closed", None)),
        # only one school had sent its return at the start, so the number of open classes isn't known
        (LATE, (1.0, "incomplete", 0.0, "in_progress", "start_incomplete")),
        (SILENT, (1.0, "incomplete", 0.0, "in_progress", "start_incomplete")),
    ],
)
def test_on_the_returns_of_a_few_at_the_start_nothing_is_called_no_worse(
    marts: Marts, district: str, shown: tuple[Any, ...]
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where district_code = ? and item_number = '6'"
        " and reporting_month = '2025-01'",
        district,
    )
    columns = ("baseline_value", "baseline_status", "figure_value", "state", "refusal_code")
    assert tuple(row[column] for column in columns) == shown


@pytest.mark.parametrize(("item", "owed"), [("5", "安全履职月报"), ("1", "班级学生数"), ("3", "满意度调查")])
def test_a_refused_closing_names_the_return_that_is_owed(marts: Marts, item: str, owed: str) -> None:
    row = marts.one(
        "select refusal_code, refusal_zh from marts.fct_rectification_measures where district_code = ? and item_number = ?"
        " and reporting_month = '2025-01'",
        SILENT,
        item,
    )
    assert (row["refusal_code"], row["refusal_zh"]) == (
        "incomplete_reports",
        f"佐证指标所需的报表未报齐（{owed}），不能销号",
    )
