"""Each share that stops a build when it exceeds one has a rule that puts its row aside at the cell before."""

from __future__ import annotations

import re

import pytest

from dagster_project.core.homes import DBT_DIR, EXPECTATIONS_DIR
from dagster_project.core.seeds import seed_rows
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules

#: Shares that the models test, by the feed and the two columns that a return gives.
PARTS = {
    "fct_satisfaction.satisfied_share": ("satisfaction", "satisfied", "respondents"),
    "fct_vocational_teachers.dual_qualified_teacher_share":
        ("vocational_enrolment", "dual_qualified_teachers", "specialised_teachers"),
    "fct_vocational_teachers.specialised_teacher_share": ("vocational_enrolment", "specialised_teachers", "full_time_teachers"),
    "fct_vocational_teachers.senior_title_teacher_share": ("vocational_enrolment", "senior_title_teachers", "full_time_teachers"),
    "fct_kindergarten_pay.insured_share": ("kindergarten_pay", "fully_insured_staff", "staff"),
}  # fmt: skip
#: Shares whose figures are two rows of the district's yearly figures.
OF_THE_DISTRICT = {"fct_education_finance.education_outlay_share": "education_outlay_yuan"}
#: Shares that a return gives as such, by the feed and the column with its bounds.
GIVEN = {
    "fct_monitoring_results.level_three_share": ("monitoring_results", "level_three_share"),
    "fct_monitoring_results.city_level_three_share": ("monitoring_results", "level_three_share"),
}
#: Shares that no reported value can bring above one, and why.
COUNTED = {
    "fct_safety_duties.done_share": "schools of the schools due",
    "fct_safety_duties.done_share_of_reports": "no school's done counts beyond its due",
    "fct_group_differences.within_share": "a part of a variance",
    "fct_upper_secondary.vocational_share": "students of the sum of both kinds",
    "fct_district_indicators.met_share": "schools of schools",
    "fct_district_compliance.compliance_rate": "schools of schools",
    "fct_district_class_sizes.large_share": "classes of classes",
}
#: Further pairs that judged shares are made of (guarantee of government, preschool universality).
ALSO_JUDGED = [
    ("staffing", "trained_360_hours_teachers", "full_time_teachers"),
    ("staffing", "certified_teachers", "full_time_teachers"),
    ("staffing", "rotated_teachers", "rotation_eligible_teachers"),
    ("staffing", "rotated_backbone_teachers", "rotated_teachers"),
    ("compulsory_inputs", "nearby_entrants", "entrants"),
]


def shares_under_test() -> set[str]:
    """Shares that data tests of the models hold between 0 and 1."""
    listed = (DBT_DIR / "tests/plan_shares_lie_between_zero_and_one.sql").read_text(encoding="utf-8")
    found = {f"{table}.{share}" for table, share in re.findall(r"\('(fct_\w+)', '\w+', '(\w+)'\)", listed)}
    for path in (DBT_DIR / "models").rglob("marts/*.yml"):
        column = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            named = re.match(r"\s+- name: (\w+)", line)
            column = named[1] if named else column
            if line.strip() == "- is_share":
                found.add(f"{path.stem}.{column}")
    return found


def rules_of(feed: str) -> set[str]:
    """Columns that the feed's rules hold at 0 or below, by which a row is put aside."""
    return {
        r.kwargs["column"]
        for r in rules.load_suite(feed)
        if r.severity == "quarantine_row" and r.kwargs.get("max_value") == 0
    }


def test_every_tested_share_says_what_it_is_made_of() -> None:
    assert shares_under_test() == {*PARTS, *OF_THE_DISTRICT, *GIVEN, *COUNTED}


@pytest.mark.parametrize(("feed", "part", "whole"), sorted({*PARTS.values(), *ALSO_JUDGED}))
def test_a_part_above_its_whole_is_put_aside_at_the_cell(feed: str, part: str, whole: str) -> None:
    query = (EXPECTATIONS_DIR / "sql" / f"{feed}_logic.sql").read_text(encoding="utf-8")
    differences = set(re.findall(rf"r\.{part} - r\.{whole} as (\w+)", query))
    assert differences & rules_of(feed)


@pytest.mark.parametrize("part", sorted(OF_THE_DISTRICT.values()))
def test_a_part_that_the_district_reports_names_its_whole(part: str) -> None:
    kinds = {row["figure_code"]: row for row in seed_rows("district_figure_kinds")}
    assert kinds[part]["part_of"] in kinds
    assert "part_above_whole" in rules_of("district_figures")


@pytest.mark.parametrize(("feed", "column"), sorted(set(GIVEN.values())))
def test_a_share_that_is_reported_as_such_is_bounded_in_its_feed(feed: str, column: str) -> None:
    bounded = load_feeds()[feed].column(column)
    assert (bounded.minimum, bounded.maximum) == (0, 1)
