"""A measure is closed by nothing but figures and documents that carry it: their day, their returns, their interval."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT, VOCATIONAL = "500101", "V1"


def school(code: str, kind: str, **more: object) -> Row:
    return {"school_code": code, "school_name": f"学校{code}", "district_code": DISTRICT, "town": "东镇", "school_type": kind,
            "ownership": "public", **more}  # fmt: skip


def task(
    item: str, figure: str | None, target: float | None = None, *, proof: str = "figure", **more: Any
) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "area_zh": "领域", "item_title_zh": f"事项{item}",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": proof, "figure_code": figure, "target_value": target,
            **more}  # fmt: skip


def claim(item: str, month: str, state: str = "closed", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": month,
            "reported_on": f"{month}-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": f"{month}-20",
            "review_result": "passed", **more}  # fmt: skip


def pay(code: str, year: int, staff: int | None, insured: int | None, temporary: int = 2) -> Row:
    return {"school_code": code, "school_year": year, "staff": staff, "fully_insured_staff": insured, "in_post_teachers": 5,
            "temporary_teachers": temporary}  # fmt: skip


def vocational(year: int, dual: int) -> Row:
    return {"school_code": VOCATIONAL, "school_year": year, "upper_secondary_type": "secondary_vocational", "students": 900,
            "full_time_teachers": 120, "specialised_teachers": 100, "dual_qualified_teachers": dual}  # fmt: skip


def member(code: str, kind: str, role: str, joined: str | None, year: int = 2024, name: str = "甲") -> Row:
    return {"school_code": code, "group_kind": kind, "group_name": name, "group_role": role, "joined_on": joined,
            "school_year": year}  # fmt: skip


def english(year: int, share: float, **more: Any) -> Row:
    return {"district_code": DISTRICT, "figure_year": year, "stage": "primary", "subject": "english", "population": "district",
            "students": 480, "level_three_share": share, **more}  # fmt: skip


def survey(name: str, day: str, satisfied: int, by: str) -> list[Row]:
    return [{"district_code": DISTRICT, "survey_round": name, "question": q, "surveyed_on": day, "surveyed_by": by,
             "respondents": 10000, "satisfied": satisfied}
            for q in ("safety_measures", "bus_buildings_facilities", "food_safety")]  # fmt: skip


#: Subject, who tested the district's pupils, who tested the city's.
CITY_BODIES = [
    ("mathematics", "higher_authority", "higher_authority"),
    ("chinese", "district", "higher_authority"),
    ("arts", None, "higher_authority"),
]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-06-30")
    for year in (2023, 2024):
        a.add("schools", *({**s, "school_year": year} for s in (
            school(VOCATIONAL, "secondary_vocational"), school("K1", "kindergarten"), school("K2", "kindergarten"),
            school("P1", "primary"), school("P2", "primary"),
        )))  # fmt: skip
    a.add("vocational_enrolment", vocational(2023, 40))
    # 2023: both kindergartens; 2024: K2 leaves its insured staff blank, K1 has all its staff insured
    a.add(
        "kindergarten_pay",
        pay("K1", 2023, 10, 6),
        pay("K2", 2023, 10, 7),
        pay("K1", 2024, 12, 12),
        pay("K2", 2024, 8, None, 5),
    )
    a.add("kindergarten_support", *({"school_code": "K1", "figure_year": y, "school_year": y, "children": 90,
                                     "nursery_places": places} for y, places in ((2023, 30), (2024, 40))))  # fmt: skip
    a.add("school_groups",
          member("P1", "one_school", "lead", "2024-03-15"), member("P2", "one_school", "member", "2024-04-20"),
          member("P1", "joint_schools", "lead", None, 2023), member("P2", "joint_schools", "member", None, 2023),
          member("P1", "kindergarten_primary_pair", "lead", None), member("K1", "kindergarten_primary_pair", "member", None))  # fmt: skip
    a.add("monitoring_results", english(2022, 0.475), english(2024, 0.5))
    for subject, body, body_of_city in CITY_BODIES:
        a.add("monitoring_results", english(2024, 0.5, subject=subject, surveyed_by=body),
              english(2024, 0.7, subject=subject, surveyed_by=body_of_city, population="city", students=20_000))  # fmt: skip
    a.add("satisfaction", *survey("2023年评价", "2023-11-20", 8600, "higher_authority"),
          *survey("2024年自查", "2024-11-15", 9900, "district"))  # fmt: skip
    a.add("district_figures", *({"district_code": DISTRICT, "figure_year": y, "figure_code": "education_outlay_yuan", "figure": f}
                                for y, f in ((2023, 1000.0), (2024, 1100.0))),
          *({"district_code": DISTRICT, "figure_year": y, "figure_code": "enrolled_students", "figure": 10.0} for y in (2023, 2024)))  # fmt: skip
    a.add("rectification_tasks",
          task("1", "dual_qualified_teacher_share", 0.3),
          task("2", "fully_insured_staff_share", 1.0),
          task("3", "temporary_teachers", proof="documents"),
          task("4", "one_school_groups", 1.0),
          task("5", "joint_school_groups", 1.0),
          task("6", "kindergarten_pair_coverage", 0.5),
          task("7", "english_level_three_share", proof="documents"),
          task("8", "lowest_safety_satisfaction", proof="documents"),
          task("9", "two_never_decrease"),
          task("10", None),
          task("11", None, proof="documents"),
          task("12", "dual_qualified_teacher_share", 0.3, begun_on="2023-08-31"),
          task("13", "dual_qualified_teacher_share", 0.3, begun_on="2023-09-01"),
          task("14", "two_never_decrease", 2.0),
          task("15", "vocational_share", proof="documents", begun_on="2023-08-31"))  # fmt: skip
    a.add("rectification_progress",
          *(claim(i, "2024-11", evidence_zh="总结") for i in ("1", "2", "3", "4", "5", "6", "9", "10", "12", "13", "15")),
          *(claim(i, "2025-02", evidence_zh="总结") for i in ("7", "8")),
          claim("11", "2024-05", "exempt", evidence_zh="批复", reviewer=None, reviewed_on=None, review_result=None,
                exemption_reason_zh="全市统一安排"),
          claim("11", "2024-08", "exempt", evidence_zh="批复", exemption_reason_zh="全市统一安排"),
          claim("14", "2024-11", "in_progress", reviewer=None, reviewed_on=None, review_result=None))  # fmt: skip
    a.add("evidence_files", *({"folder_year": 2024, "file_name": f"{name}.pdf", "source_path": f"2024/佐证/{name}.pdf",
                               "sha256": name * 32, "size_bytes": 10, "received_on": "2024-03-02", "is_latest": True}
                              for name in ("总结", "批复")))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("figures"))


def measure(marts: Marts, item: str, month: str = "2025-06") -> Row:
    return marts.one(
        "select * from marts.fct_rectification_measures where item_number = ? and reporting_month = ?",
        item,
        month,
    )


def found(row: Row, *columns: str) -> tuple[Any, ...]:
    return tuple(str(row[c]) if c.endswith("_on") else row[c] for c in columns)


@pytest.mark.parametrize(
    ("item", "state", "reason"),
    [
        (
            "1",
            "in_progress",
            "before_begin",
        ),  # 40 % of September 2023 would be enough; the measure began in March 2024
        ("2", "in_progress", "incomplete_reports"),  # 12 of 12, and one kindergarten hasn't answered
        ("3", "in_progress", "not_met"),  # 4 temporary teachers at the start, 7 now
        ("4", "closed", None),
        ("5", "closed", None),
        ("6", "closed", None),
        ("7", "in_progress", "not_decided"),  # 47.5 % → 50 % of 480 pupils: 45.5 % to 54.5 %
        ("8", "in_progress", "before_begin"),  # the district's own survey is another series
        ("9", "in_progress", "no_target"),
        ("10", "in_progress", "no_figure"),
        ("12", "closed", None),  # began the day before the statistics day
        ("13", "in_progress", "before_begin"),  # a figure of the first day is the start itself
        ("15", "in_progress", "start_unknown"),
    ],
)
def test_a_claim_is_accepted_only_on_what_carries_it(
    marts: Marts, item: str, state: str, reason: str | None
) -> None:
    row = measure(marts, item)
    assert (row["state"], row["refusal_code"]) == (state, reason)
    assert (row["refusal_zh"] is None) == (reason is None)


@pytest.mark.parametrize(
    ("item", "value", "day", "status"),
    [
        ("1", 0.4, "2023-09-01", "known"),
        ("4", 0.0, "2024-03-01", "absent_zero"),  # every member joined later
        ("5", 1.0, "2024-03-01", "known"),  # its members are known since the return of 2023
        ("6", None, "None", "unknown"),  # the return of 2024 doesn't say since when
        ("7", 0.475, "2022-12-31", "known"),
        ("8", 0.86, "2023-11-20", "known"),
        ("12", None, "None", "unknown"),
        ("13", 0.4, "2023-09-01", "known"),
        ("14", None, "None", "unknown"),  # known for the first time at the end of 2024
        ("11", None, "None", None),
    ],
)
def test_the_start_is_the_last_value_until_the_first_day_and_never_a_later_one(
    marts: Marts, item: str, value: float | None, day: str, status: str | None
) -> None:
    row = measure(marts, item)
    assert found(row, "baseline_value", "baseline_observed_on", "baseline_status") == (value, day, status)


@pytest.mark.parametrize(
    ("item", "kind", "needed"),
    [
        ("1", "target", 0.3),
        ("3", "not_worse", 4.0),
        ("9", "none", None),
        ("11", "none", None),
        ("15", "not_worse", None),
    ],
)
def test_only_the_plan_names_targets(marts: Marts, item: str, kind: str, needed: float | None) -> None:
    assert found(measure(marts, item), "requirement_kind", "needed_value") == (kind, needed)


def test_a_share_comes_with_its_denominator_and_the_returns_behind_it(marts: Marts) -> None:
    columns = (
        "figure_numerator",
        "figure_denominator",
        "reports_available",
        "reports_due",
        "figure_observed_on",
    )
    assert found(measure(marts, "2"), *columns) == (12.0, 12.0, 1, 2, "2024-09-01")
    assert found(measure(marts, "2", "2024-06"), *columns) == (13.0, 20.0, 2, 2, "2023-09-01")
    assert found(measure(marts, "6"), *columns) == (1.0, 2.0, None, None, "2025-06-30")
    assert found(measure(marts, "1"), *columns) == (40.0, 100.0, 1, 1, "2023-09-01")


def test_a_survey_comes_with_its_interval(marts: Marts) -> None:
    row = measure(marts, "7")
    # by hand: (0.5 + 3.8416/960 ± 1.96 · sqrt(0.25/480 + 3.8416/921600)) / (1 + 3.8416/480) = 0.5 ± 0.04455
    assert (round(row["figure_low"], 4), round(row["figure_high"], 4), row["figure_status"]) == (
        0.4554,
        0.5446,
        "not_decided",
    )
    assert measure(marts, "1")["figure_low"] is None


def test_a_figure_that_came_before_its_measure_began_judges_nothing(marts: Marts) -> None:
    assert found(measure(marts, "1"), "figure_day_status", "figure_status") == (
        "before_begin",
        "not_available",
    )


def test_a_survey_of_another_body_is_not_the_next_of_the_series(marts: Marts) -> None:
    assert found(measure(marts, "8"), "figure_value", "figure_observed_on") == (0.86, "2023-11-20")


def test_what_reached_its_target_and_was_not_claimed_is_said(marts: Marts) -> None:
    assert found(measure(marts, "14"), "is_met_but_unclaimed", "figure_status", "state") == (
        True,
        "met",
        "in_progress",
    )
    assert measure(marts, "14", "2024-11")["is_met_but_unclaimed"] is False  # the year wasn't over
    assert not any(measure(marts, item)["is_met_but_unclaimed"] for item in ("1", "2", "4", "9"))


def test_an_exemption_needs_a_reviewer(marts: Marts) -> None:
    assert found(measure(marts, "11", "2024-07"), "state", "refusal_code") == ("in_progress", "no_reviewer")
    assert found(measure(marts, "11", "2024-08"), "state", "refusal_code") == ("exempt", None)


@pytest.mark.parametrize(
    ("month", "status"),
    [("2023-09", "current"), ("2024-10", "current"), ("2024-11", "out_of_date"), ("2025-06", "out_of_date")],
)
def test_a_figure_is_out_of_date_when_the_next_return_is_60_days_late(
    marts: Marts, month: str, status: str
) -> None:
    # of 1 September 2023; the next one is due on 31 October 2024
    row = measure(marts, "12", month)
    assert found(row, "figure_observed_on", "figure_due_on", "figure_day_status") == (
        "2023-09-01",
        "2024-10-31",
        status,
    )


@pytest.mark.parametrize(
    ("subject", "comparison"),
    [("mathematics", "below"), ("chinese", "not_available"), ("arts", "below")],
)
def test_a_body_that_tested_the_district_alone_is_not_compared_with_another_ones_city(
    marts: Marts, subject: str, comparison: str
) -> None:
    row = marts.one("select * from marts.fct_monitoring_results where subject = ?", subject)
    assert row["city_comparison"] == comparison
    assert row["city_level_three_share"] == (None if comparison == "not_available" else 0.7)
