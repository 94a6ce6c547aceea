"""What each school owes for a year, and what it reported a year before, from the analyst's database of a release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import read_sql
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import FIGURE_YEAR, REGISTER, Feed, load_feeds
from dagster_project.publish.other_sources import Kinds, source_of_rows

if TYPE_CHECKING:
    import duckdb

#: A row of a feed by column name, values as the accepted rows hold them.
Row = dict[str, Any]


@dataclass
class OwedFeed:
    """One feed that a school owes.

    Attributes:
        feed: the feed.
        stages: stages for which it is due; empty where the school returns it as a whole.
        last_year: rows in force of the year before.
    """

    feed: Feed
    stages: list[str] = field(default_factory=list)
    last_year: list[Row] = field(default_factory=list)


@dataclass
class SchoolOwes:
    """What one school owes for a year.

    Attributes:
        school_code: its code.
        school_name: its name.
        town: town of the register; empty if there is none.
        feeds: what it owes, the register first.
        left_out: feeds that another source (statistics forms, another system's table) gave a year before.
    """

    school_code: str
    school_name: str
    town: str
    feeds: list[OwedFeed] = field(default_factory=list)
    left_out: list[Feed] = field(default_factory=list)


def owed_by_schools(con: duckdb.DuckDBPyConnection, kinds: Kinds, school_year: int) -> list[SchoolOwes]:
    """What each school still owes for a year, by the register in force.

    Args:
        con: analyst's database of a release.
        kinds: kind of source of each sheet that isn't in the project's own form.
        school_year: year of the returns to write.

    Raises:
        UserError: no return of the year before is in the release.
    """
    feeds = load_feeds()
    due = con.execute(_sql("schools_and_feeds"), {"school_year": school_year}).fetchall()
    if not due:
        raise UserError(
            f"现行版本里没有 {school_year - 1} 学年的应报情况，写不出 {school_year} 年的预填表；"
            "请核对 --year 和 --home，或去掉 --prefill 写空白模板。"
        )
    stages: dict[tuple[str, str], list[str]] = {}
    for code, feed, stage in con.execute(_sql("stages_due"), {"school_year": school_year}).fetchall():
        stages.setdefault((code, feed), []).append(stage)
    rows = {feed: _rows_of(con, feeds[feed], school_year) for feed in {feed for *_, feed in due}}
    schools: dict[str, SchoolOwes] = {}
    for code, name, town, feed in due:
        school = schools.setdefault(code, SchoolOwes(code, name, town or ""))
        found = rows[feed].get(code, [])
        if feed != REGISTER and source_of_rows(found, feed, kinds):
            school.left_out.append(feeds[feed])
            continue
        school.feeds.append(OwedFeed(feeds[feed], stages.get((code, feed), []), found))
    order = list(feeds)
    for school in schools.values():
        school.feeds.sort(key=lambda owed: order.index(owed.feed.feed))
    return [school for school in schools.values() if school.feeds]


def _rows_of(con: duckdb.DuckDBPyConnection, feed: Feed, school_year: int) -> dict[str, list[Row]]:
    """Rows in force of the year before (of the register: the last one before), by school."""
    year = FIGURE_YEAR if feed.is_ledger else "school_year"
    of_last_year = _sql("last_year", relation=f"accepted.{feed.feed}", year=year)
    sql = _sql("last_register") if feed.is_register else of_last_year
    cursor = con.execute(sql, {"school_year": school_year})
    names = [d[0] for d in cursor.description or ()]
    found: dict[str, list[Row]] = {}
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        found.setdefault(row["school_code"], []).append(row)
    return found


def of_schools(schools: Iterable[SchoolOwes], wanted: Iterable[str]) -> list[SchoolOwes]:
    """The schools with these codes or names; all if none is named.

    Raises:
        UserError: a code or name is no school that owes anything.
    """
    named = list(wanted)
    everyone = list(schools)
    if not named:
        return everyone
    unknown = [n for n in named if not any(n in (s.school_code, s.school_name) for s in everyone)]
    if unknown:
        raise UserError(f"没有找到学校 {unknown[0]}，或它没有要报的报表；请写学校标识码或学校全称。")
    return [s for s in everyone if s.school_code in named or s.school_name in named]


def _sql(name: str, **placeholders: str) -> str:
    """Statement of this package; its year is the parameter of that name."""
    return read_sql(__package__, name, school_year="$school_year", **placeholders)
