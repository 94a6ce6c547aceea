"""What is due follows from the calendar and the register in force, not from what came."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.duck import read_sql
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import record_tables
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT = "500101"


def school(code: str, town: str | None, kind: str = "primary", **more: object) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": DISTRICT, "town": town,
            "school_type": kind, "ownership": "public", **more}  # fmt: skip


def built(accepted: Accepted, folder: Path, *select: str) -> Marts:
    accepted.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=list(select), target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


@pytest.fixture(scope="module")
def absent_years(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """East and West sent everything of 2023; nothing of 2024 and 2025 came. The release is of the end of 2025."""
    a = Accepted(2023, as_of="2025-12-31")
    a.add("schools", school("1", "东镇"), school("2", "东镇", "junior_secondary"), school("3", "西镇", "kindergarten"),
          school("4", None))  # fmt: skip
    a.add("staffing", {"school_code": "1", "stage": "primary", "full_time_teachers": 9})
    return built(
        a,
        tmp_path_factory.mktemp("absent"),
        "+fct_town_completeness",
        "+fct_school_compliance",
        "+dim_schools",
    )


def test_years_of_which_nothing_came_are_due_from_the_schools_of_the_last_register(
    absent_years: Marts,
) -> None:
    rows = absent_years.ask(
        "select school_year, sum(schools_due) as due, sum(schools_received) as received, sum(schools_missing) as missing,"
        " sum(schools_carried_on) as carried_on from marts.fct_town_completeness where feed = 'staffing'"
        " group by all order by all"
    )
    # four schools; only one of them sent its staff, in 2023
    assert [tuple(r.values()) for r in rows] == [(2023, 4, 1, 3, 0), (2024, 4, 0, 4, 4), (2025, 4, 0, 4, 4)]


def test_each_school_owes_what_its_kind_owes_and_says_by_which_register(absent_years: Marts) -> None:
    rows = absent_years.ask(
        "select feed, stage, status, town, register_school_year, cast(due_on as varchar) as due_on"
        " from marts.fct_completeness where school_year = 2025 and school_code = '3' order by feed"
    )
    # a kindergarten owes register, staff, classes and pay, not premises; 60 days after 1 September is 31 October
    assert [(r["feed"], r["stage"]) for r in rows] == [
        ("class_sizes", "preschool"), ("kindergarten_pay", "all"), ("schools", "all"), ("staffing", "preschool"),
    ]  # fmt: skip
    assert {(r["status"], r["town"], r["register_school_year"], r["due_on"]) for r in rows} == {
        ("missing", "西镇", 2023, "2025-10-31")
    }


def test_a_year_without_any_register_gives_no_figures(absent_years: Marts) -> None:
    assert absent_years.ask("select distinct school_year from marts.dim_schools") == [{"school_year": 2023}]
    assert absent_years.ask("select distinct school_year from marts.fct_school_compliance") == [
        {"school_year": 2023}
    ]


def test_a_feed_is_owed_from_its_first_school_year_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds = load_feeds()
    later = {**feeds, "staffing": feeds["staffing"].model_copy(update={"since": 2024})}
    monkeypatch.setattr(record_tables, "load_feeds", lambda: later)
    a = Accepted(2023, as_of="2025-12-31")
    a.add("schools", school("1", "东镇"))
    marts = built(a, tmp_path, "+fct_completeness", "+fct_returns_due")
    for asked in (
        "select feed, school_year as year from marts.fct_completeness where status = 'missing'",
        "select feed, cast(period as integer) as year from marts.fct_returns_due where cycle = 'yearly'",
    ):
        years: dict[str, set[int]] = {}
        for row in marts.ask(asked):
            years.setdefault(row["feed"], set()).add(row["year"])
        assert years["staffing"] == {2024, 2025}
        assert years["floor_area"] == {2023, 2024, 2025}


def test_a_school_without_a_town_is_counted_too(absent_years: Marts) -> None:
    row = absent_years.one(
        "select * from marts.fct_town_completeness where town is null and feed = 'staffing' and school_year = 2025"
    )
    assert (row["schools_due"], row["schools_missing"]) == (1, 1)


@pytest.mark.parametrize(
    ("as_of", "years"), [("2025-10-31", [2023, 2024]), ("2025-11-01", [2023, 2024, 2025])]
)
def test_a_year_is_owed_from_the_day_after_its_returns_were_due(
    tmp_path: Path, as_of: str, years: list[int]
) -> None:
    a = Accepted(2023, as_of=as_of)
    a.add("schools", school("1", "东镇"))
    marts = built(a, tmp_path, "+fct_completeness")
    found = marts.ask("select distinct school_year from marts.fct_completeness order by 1")
    assert [r["school_year"] for r in found] == years


@pytest.fixture(scope="module")
def one_town_missing(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """In 2024 East sent its register, without school 2 and with school 5 that was West's; West and the blanks did not."""
    a = Accepted(2023, as_of="2024-12-31")
    a.add("schools", school("1", "东镇"), school("2", "东镇"), school("3", "西镇"), school("4", None),
          school("5", "西镇"))  # fmt: skip
    a.add(
        "schools", {**school("1", "东镇"), "school_year": 2024}, {**school("5", "东镇"), "school_year": 2024}
    )
    a.add("enrolment", *({"school_code": code, "stage": "primary", "students": 100, "school_year": year}
                         for year in (2023, 2024) for code in "1235" if year == 2023 or code in "15"))  # fmt: skip
    return built(
        a,
        tmp_path_factory.mktemp("town"),
        "+fct_town_completeness",
        "+fct_district_compliance",
        "+dim_schools",
    )


def test_the_schools_of_a_missing_town_stay_and_those_it_left_out_go(one_town_missing: Marts) -> None:
    rows = one_town_missing.ask(
        "select school_code, town, register_school_year, is_carried_on from marts.dim_schools"
        " where school_year = 2024 order by 1"
    )
    # 2 was left out by its own town, 4 has no town that could be missing, 5 moved to East
    assert [tuple(r.values()) for r in rows] == [
        ("1", "东镇", 2024, False), ("3", "西镇", 2023, True), ("5", "东镇", 2024, False),
    ]  # fmt: skip


def test_the_schools_of_a_missing_town_owe_everything(one_town_missing: Marts) -> None:
    row = one_town_missing.one(
        "select * from marts.fct_town_completeness where school_year = 2024 and town = '西镇' and feed = 'schools'"
    )
    assert (row["schools_due"], row["schools_received"], row["schools_carried_on"]) == (1, 0, 1)


def test_the_schools_of_a_missing_town_leave_the_district_undetermined(one_town_missing: Marts) -> None:
    row = one_town_missing.one("select * from marts.fct_district_compliance where school_year = 2024")
    assert (row["schools_in_scope"], row["schools_undetermined"]) == (3, 3)


def test_a_register_is_carried_on_over_several_years_until_the_town_sends_again(tmp_path: Path) -> None:
    a = Accepted(2021, as_of="2024-12-31")
    a.add("schools", school("1", "东镇"), school("2", "西镇"), school("3", "西镇"))
    for year in (2022, 2023, 2024):
        a.add("schools", {**school("1", "东镇"), "school_year": year})
    a.add("schools", {**school("2", "西镇"), "school_year": 2024})
    marts = built(a, tmp_path, "+dim_schools")
    rows = marts.ask(
        "select school_year, register_school_year from marts.dim_schools where school_code = '3' order by 1"
    )
    assert [tuple(r.values()) for r in rows] == [(2021, 2021), (2022, 2021), (2023, 2021)]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """A plan from March 2024, three schools of the register of 2023; the release is of 5 May 2024.

    School 1 did all three checks of March, school 2 sent only its daily ones with one left out, the kindergarten sent
    nothing; for April the schools have until 10 May.
    """
    a = Accepted(2023, as_of="2024-05-05")
    a.add("schools", school("1", "东镇"), school("2", "东镇"), school("3", "西镇", "kindergarten"))
    a.add("rectification_tasks", *({"district_code": DISTRICT, "item_number": "18", "measure_number": n, "measure_zh": "排查",
          "proof_kind": "documents", "begun_on": "2024-03-01", "lead_department": "教委"} for n in (1, 2)))  # fmt: skip
    a.add("safety_duties",
          *({"school_code": "1", "reporting_month": "2024-03", "duty": duty, "due": due, "done": due}
            for duty, due in (("daily_check", 16), ("weekly_check", 4), ("monthly_check", 1))),
          {"school_code": "2", "reporting_month": "2024-03", "duty": "daily_check", "due": 21, "done": 20},
          {"school_code": "1", "reporting_month": "2024-03", "duty": "planned_inspection", "due": 2, "done": 2})  # fmt: skip
    a.add("rectification_progress", {"district_code": DISTRICT, "reporting_month": "2024-03", "item_number": "18",
          "measure_number": 1, "reported_on": "2024-03-31", "reported_state": "in_progress"})  # fmt: skip
    # the kindergarten says for April that there was nothing, and the district that no work was done in May
    a.add("nil_returns", {"feed": "safety_duties", "school_code": "3", "reporting_month": "2024-04", "school_year": 2023},
          {"feed": "work_figures", "district_code": DISTRICT, "reporting_month": "2024-05", "school_year": 2023})  # fmt: skip
    a.add("work_figures", {"district_code": DISTRICT, "reporting_month": "2024-04", "work_code": "safety_meetings",
          "done": 1})  # fmt: skip
    return built(
        a,
        tmp_path_factory.mktemp("plan"),
        "+fct_return_counts",
        "+fct_safety_duties",
        "+fct_town_completeness",
    )


def test_what_is_not_reported_is_not_done(plan: Marts) -> None:
    rows = plan.ask(
        "select duty, schools_due, schools_reported, schools_complete, done_share, done_share_of_reports,"
        " returns_status from marts.fct_safety_duties where reporting_month = '2024-03' and is_check order by 1"
    )
    # of three schools one did its checks; within the reports 16 + 20 of 37 daily ones were done
    assert [tuple(r.values()) for r in rows] == [
        ("daily_check", 3, 2, 1, pytest.approx(1 / 3), pytest.approx(36 / 37), "partly_received"),
        ("monthly_check", 3, 1, 1, pytest.approx(1 / 3), 1.0, "partly_received"),
        ("weekly_check", 3, 1, 1, pytest.approx(1 / 3), 1.0, "partly_received"),
    ]


def test_a_duty_that_no_school_reported_is_there_with_nothing_done(plan: Marts) -> None:
    row = plan.one(
        "select * from marts.fct_safety_duties where reporting_month = '2024-03' and duty = 'gate_duty'"
    )
    assert (row["schools_due"], row["schools_reported"], row["done_share"], row["due"]) == (3, 0, 0.0, None)
    assert row["returns_status"] == "missing"


def test_the_district_owes_its_inspections_itself(plan: Marts) -> None:
    row = plan.one("select * from marts.fct_safety_duties where duty = 'planned_inspection'")
    assert (row["owed_by"], row["schools_due"], row["done_share"], row["done_share_of_reports"]) == (
        "district", None, None, 1.0,
    )  # fmt: skip


def test_safety_returns_are_listed_by_name(plan: Marts) -> None:
    rows = plan.ask(
        "select period, school_code, town, status, days_late from marts.fct_returns_due"
        " where feed = 'safety_duties' order by 1, 2"
    )
    # the returns of March were due by 10 April, 25 days before the day of the release; those of April by 10 May
    assert [tuple(r.values()) for r in rows if r["period"] == "2024-03"] == [
        ("2024-03", "1", "东镇", "received", None), ("2024-03", "2", "东镇", "with_problems", None),
        ("2024-03", "3", "西镇", "missing", 25),
    ]  # fmt: skip
    assert [(r["school_code"], r["status"]) for r in rows if r["period"] == "2024-04"] == [
        ("1", "not_yet_due"), ("2", "not_yet_due"), ("3", "nil"),
    ]  # fmt: skip
    assert {r["status"] for r in rows if r["period"] == "2024-05"} == {"not_yet_due"}


def test_the_district_owes_its_own_returns_month_by_month(plan: Marts) -> None:
    rows = plan.ask(
        "select feed, period, status from marts.fct_returns_due where cycle = 'monthly' and owed_by = 'district'"
        " and period < '2024-05' order by all"
    )
    # one of two measures reported in March; the figures of March never came
    assert [tuple(r.values()) for r in rows] == [
        ("rectification_progress", "2024-03", "with_problems"), ("rectification_progress", "2024-04", "not_yet_due"),
        ("work_figures", "2024-03", "missing"), ("work_figures", "2024-04", "received"),
    ]  # fmt: skip


def test_returns_are_counted_by_feed_and_period(plan: Marts) -> None:
    row = plan.one(
        "select * from marts.fct_return_counts where feed = 'safety_duties' and period = '2024-03'"
    )
    assert (row["expected_returns"], row["received_returns"], row["returns_with_problems"], row["missing_returns"]) == (
        3, 2, 1, 1,
    )  # fmt: skip


def test_the_summary_of_a_run_names_the_returns_that_are_owed_beside_the_yearly_ones(plan: Marts) -> None:
    rows = plan.ask(read_sql("dagster_project.warehouse", "returns_owed"))
    # the figures of 2023 of the district were due by 30 March 2024, 90 days after the year
    assert [tuple(r.values()) for r in rows] == [
        ("safety_duties", "2024-03", "school", 3, 2, 1), ("work_figures", "2024-03", "district", 1, 0, 1),
        ("district_figures", "2023", "district", 1, 0, 1),
    ]  # fmt: skip


def test_that_there_is_nothing_to_report_is_a_return_and_no_deed(plan: Marts) -> None:
    returns = plan.one(
        "select * from marts.fct_return_counts where feed = 'safety_duties' and period = '2024-04'"
    )
    assert (returns["received_returns"], returns["nil_returns"], returns["returns_not_yet_due"]) == (1, 1, 2)
    # five days before the returns are due, the share of the schools that did it isn't known
    assert plan.ask("select * from marts.fct_safety_duties where reporting_month = '2024-04'") == []


def test_the_district_too_may_say_that_there_is_nothing(plan: Marts) -> None:
    row = plan.one(
        "select status from marts.fct_returns_due where feed = 'work_figures' and period = '2024-05'"
    )
    assert row["status"] == "nil"


def test_a_school_without_what_a_yearly_return_asks_for_has_returned_it(tmp_path: Path) -> None:
    a = Accepted(2023, as_of="2024-06-30")
    a.add("schools", school("1", "东镇", "kindergarten"), school("2", "东镇", "kindergarten"))
    a.add("nil_returns", {"feed": "kindergarten_pay", "school_code": "1", "school_year": 2023})
    marts = built(a, tmp_path, "+fct_town_completeness", "+fct_return_counts")
    assert marts.ask(
        "select school_code, status, received, is_nil from marts.fct_completeness where feed = 'kindergarten_pay' order by 1"
    ) == [
        {"school_code": "1", "status": "received", "received": False, "is_nil": True},
        {"school_code": "2", "status": "missing", "received": False, "is_nil": False},
    ]
    row = marts.one("select * from marts.fct_return_counts where feed = 'kindergarten_pay'")
    assert (row["expected_returns"], row["received_returns"], row["nil_returns"], row["missing_returns"]) == (
        2,
        1,
        1,
        1,
    )


def test_a_month_before_the_plan_began_is_not_due(plan: Marts) -> None:
    assert plan.ask("select min(period) as first from marts.fct_returns_due where cycle = 'monthly'") == [
        {"first": "2024-03"}
    ]


def test_yearly_returns_are_in_the_same_list(plan: Marts) -> None:
    rows = plan.ask("select distinct period, status from marts.fct_returns_due where feed = 'staffing'")
    assert [tuple(r.values()) for r in rows] == [("2023", "missing")]
