"""Who has to be reminded of what on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_project.core.duck import read_sql
from dagster_project.warehouse.districts import District, district_of

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Owing:
    """One return that has not come.

    Attributes:
        school_code: school that owes it; empty for a return of the district.
        feed: which return.
        period: year, month or term that it speaks of.
        due_on: last day on which it is in time.
        days_left: days until then; negative once it is late.
    """

    district_code: str
    school_code: str
    school_name: str
    town: str
    feed: str
    period: str
    due_on: dt.date
    days_left: int


def owing_on(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    declared: Mapping[str, District],
    days: int | None = None,
) -> list[Owing]:
    """Returns to remind of on a day: due soon, or late. What came, nil returns too, is none of them.

    Args:
        con: marts of a release.
        day: day of the reminders.
        declared: districts as `district.yml` declares them, with their days before and after.
        days: days before and after, in place of those declared.
    """
    named = {name: f"${name}" for name in ("district_code", "day", "last_day", "overdue_since")}
    sql = read_sql(__package__, "not_received", **named)
    found = []
    for (code,) in con.execute(
        "select distinct district_code from marts.fct_returns_due order by 1"
    ).fetchall():
        district = district_of(code, declared)
        before = district.remind_days_before if days is None else days
        after = district.remind_days_after if days is None else days
        dates = {
            "district_code": code,
            "day": day,
            "last_day": day + dt.timedelta(days=before),
            "overdue_since": day - dt.timedelta(days=max(after, 1)),
        }
        for district_code, school, name, town, feed, period, due_on in con.execute(sql, dates).fetchall():
            left = (due_on - day).days
            found.append(Owing(district_code, school, name, town, feed, period, due_on, left))
    return found
