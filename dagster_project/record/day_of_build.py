"""The rule of time: a build knows neither rows that speak of a later day nor events of a later day.

Which day a row speaks of, and which columns are events, is declared in the feed's YAML. The latest return of each key is
chosen before: a row whose day was corrected to a later one doesn't bring back what was sent before.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dagster_project.core.duck import has_rows, read_sql
from dagster_project.intake.feeds import FIGURE_YEAR, FISCAL_YEAR_END, STATISTICS_DAY, Feed, load_feeds
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "dagster_project.record"


def put_off_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Take rows that speak of later days out of the rows in force and the quarantined rows, and say what day
    the latter speak of.

    Args:
        con: build connection; all feeds are settled, and the quarantined rows are listed.
    """
    for feed in load_feeds().values():
        if feed.observed_day:
            con.execute(feed_statement("later_rows", feed, observed_on=observed_on(feed)))
    con.execute(read_sql(_PACKAGE, "count_later_rows"))
    con.execute(read_sql(_PACKAGE, "put_off_quarantined_rows"))
    for (name,) in con.execute("select distinct feed from accepted.quarantined_rows").fetchall():
        feed = load_feeds()[name]
        has_item = any(column.name == "item_number" for column in feed.columns)
        said = {
            "observed_on": observed_on(feed) if feed.observed_day else "cast(null as date)",
            "item_number": "c.item_number" if has_item else "cast(null as varchar)",
        }
        con.execute(feed_statement("describe_quarantined_rows", feed, **said))
    for (name,) in con.execute("select distinct feed from accepted.later_rows").fetchall():
        con.execute(feed_statement("put_off_rows", load_feeds()[name]))


def keep_versions(con: duckdb.DuckDBPyConnection, *, sent_by_then: bool) -> None:
    """Put what was stated before it was sent anew into `accepted.replaced_<feed>`, with the day until which it held.

    Args:
        con: build connection; the rows in force are judged, and the submissions are listed.
        sent_by_then: rows that were sent anew after the day of the build are not known, and what was stated before them is
            in force; otherwise they count from that day on.
    """
    counts_from = "r.received_on" if sent_by_then else "least(r.received_on, b.as_of)"
    for feed in load_feeds().values():
        if not feed.holds_until_replaced or not has_rows(con, f"accepted.{feed.feed}"):
            continue
        names = [column.name for column in feed.columns]
        known = ", ".join(f"{'n' if name in feed.event_of else 'c'}.{name}" for name in names)
        stated = ", ".join(f"c.{name}" for name in names if name not in feed.event_of)
        con.execute(
            feed_statement(
                "versions_of_rows", feed, columns_known=known, columns_stated=stated, counts_from=counts_from
            )
        )
        for statement in ("replaced_versions", "bring_back_versions", "take_back_versions"):
            con.execute(feed_statement(statement, feed))


def list_places(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.return_places`: where the rows in force of each owner and day stand.

    Args:
        con: build connection; the rows in force are settled, and the columns of the sheets are loaded.
    """
    for feed in load_feeds().values():
        day = observed_on(feed) if feed.observed_day else "cast(null as date)"
        if has_rows(con, f"accepted.{feed.feed}"):
            con.execute(feed_statement("return_places", feed, observed_on=day))


def list_receipt_days(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.receipt_days` and `.register_receipts`: from which day on what was returned of a day was there.

    Args:
        con: build connection; the rows in force are settled.
    """
    if con.execute("select count(distinct submission) > 1 from candidate.verdicts").fetchone() == (True,):
        for feed in load_feeds().values():
            if feed.observed_day:
                con.execute(feed_statement("receipt_days", feed, observed_on=observed_on(feed)))
        con.execute(read_sql(_PACKAGE, "register_receipts"))


def forget_events(con: duckdb.DuckDBPyConnection) -> None:
    """Blank in the rows in force what happens after the day of the build.

    Args:
        con: build connection; the rows in force are judged by their whole content.
    """
    for feed in load_feeds().values():
        for event, columns in _columns_by_event(feed).items():
            unknown = ", ".join(f"{column} = null" for column in columns)
            tables = (feed.feed, *([f"replaced_{feed.feed}"] if feed.holds_until_replaced else []))
            for table in tables:
                con.execute(
                    feed_statement("forget_later_events", feed, table=table, event=event, unknown=unknown)
                )


def observed_on(feed: Feed) -> str:
    """Expression of the day that a row speaks of; columns are those of a relation called `c`."""
    year = f"c.{FIGURE_YEAR}" if feed.is_ledger else "c.school_year"
    if feed.observed_day == STATISTICS_DAY:
        return f"make_date({year}, 9, 1)"
    if feed.observed_day == FISCAL_YEAR_END:
        return f"make_date(c.{FIGURE_YEAR}, 12, 31)"
    if feed.column(feed.observed_day).type == "month":
        return f"last_day(cast(c.{feed.observed_day} || '-01' as date))"
    return f"c.{feed.observed_day}"


def _columns_by_event(feed: Feed) -> dict[str, list[str]]:
    """Event columns, each with the columns that are blanked when it lies after the day of the build."""
    columns = defaultdict(list)
    for column, event in feed.event_of.items():
        columns[event].append(column)
    return columns
