"""A return of each term is due by the calendar of terms, which begin on 1 September and on 1 March."""

from __future__ import annotations

import duckdb
import pytest
from pydantic import ValidationError

from dagster_project.intake.feeds import Feed
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts

DISTRICT = "500101"
COLUMNS = ({"name": "district_code", "heading_zh": "区县代码", "type": "district"},
           {"name": "reporting_month", "heading_zh": "填报月份", "type": "month"},
           {"name": "lessons", "heading_zh": "课时", "type": "count"})  # fmt: skip
TOY = {"feed": "safety_lessons", "name_zh": "安全课", "grain": ("district_code", "reporting_month"), "optional": True,
       "scope": "ledger", "cycle": "term", "observed_on": "reporting_month", "due_within_days": 30, "owed_by": "district",
       "columns": COLUMNS}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """The plan begins in May 2024, more than 30 days after the term's first day; the release is of 20 March 2026."""
    feed = Feed.model_validate(TOY)
    a = Accepted(as_of="2026-03-20")
    a.add("rectification_tasks", {"district_code": DISTRICT, "item_number": "18", "measure_number": 1,
                                  "measure_zh": "安全教育", "begun_on": "2024-05-06"})  # fmt: skip
    a.add("nil_returns", {"feed": feed.feed, "district_code": DISTRICT, "school_code": None, "reporting_month": "2025-08",
                          "school_year": 2025})  # fmt: skip
    folder = tmp_path_factory.mktemp("terms")
    a.write(folder / DATABASE_NAME)
    with duckdb.connect(str(folder / DATABASE_NAME)) as con:
        con.execute("insert into accepted.feeds values (?, ?, true, 'ledger', ?, ?, ?, ?, null)",
                    [feed.feed, feed.name_zh, feed.cycle, feed.observed_on, feed.due_within_days, feed.owed_by])  # fmt: skip
        con.execute("insert into accepted.received_periods by name select ? as feed, ? as district_code,"
                    " '2025-01' as reporting_month", [feed.feed, DISTRICT])  # fmt: skip
    run_models(folder / DATABASE_NAME, select=["+fct_returns_due"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def test_a_return_of_any_month_is_the_return_of_its_term(marts: Marts) -> None:
    rows = marts.ask("select * from marts.fct_returns_due where feed = 'safety_lessons' order by period")
    assert [(r["period"], str(r["due_on"]), r["status"], r["days_late"]) for r in rows] == [
        ("2024-09", "2024-10-01", "received", None),  # by January, which belongs to the term of September
        ("2025-03", "2025-03-31", "nil", None),  # by August
        ("2025-09", "2025-10-01", "missing", 170),
        ("2026-03", "2026-03-31", "not_yet_due", None),
    ]


@pytest.mark.parametrize(
    "change", [{"observed_on": "statistics_day"}, {"scope": "school", "observed_on": ""}]
)
def test_a_feed_of_terms_says_its_month(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="observed_on"):
        Feed.model_validate({**TOY, **change})
