"""Who has to be reminded of what on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_project.core.duck import read_sql, rows
from dagster_project.intake.feeds import FIGURE_YEAR, REGISTER, load_feeds
from dagster_project.publish.other_sources import Kinds, source_of_rows
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
        source_zh: source from which the school's return came a year before, where that wasn't a form of the project's own.
    """

    district_code: str
    school_code: str
    school_name: str
    town: str
    feed: str
    period: str
    due_on: dt.date
    days_left: int
    source_zh: str = ""


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


def with_sources(
    con: duckdb.DuckDBPyConnection, owing: Sequence[Owing], kinds: Kinds, kinds_zh: Mapping[str, str]
) -> list[Owing]:
    """Add to each missing yearly return of a school the kind of source that brought it a year before.

    Args:
        con: analyst's database of the release.
        owing: returns that have not come.
        kinds: kind of source of each sheet that isn't in the project's own form.
        kinds_zh: names of the kinds.
    """
    feeds = load_feeds()
    sources: dict[tuple[str, str, str], str] = {}
    for name, period in sorted({(o.feed, o.period) for o in owing if o.school_code}):
        # the register is in every school's form, whatever gave it before
        if name == REGISTER or feeds[name].cycle != "yearly" or not any(feed == name for *_, feed in kinds):
            continue
        year = FIGURE_YEAR if feeds[name].is_ledger else "school_year"
        sql = read_sql(
            __package__,
            "places_of_a_year",
            relation=f"accepted.{name}",
            year=year,
            school_year="$school_year",
        )
        of_schools: dict[str, list[dict[str, str]]] = {}
        for row in rows(con, sql, {"school_year": int(period) - 1}):
            of_schools.setdefault(row["school_code"], []).append(row)
        for school, places in of_schools.items():
            sources[school, name, period] = kinds_zh.get(source_of_rows(places, name, kinds), "")
    return [replace(o, source_zh=sources.get((o.school_code, o.feed, o.period), "")) for o in owing]
