"""What is decided about each row, and which rows of each school (and stage) are in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.core.duck import has_rows, read_sql
from dagster_project.intake.feeds import REGISTER, Column, Feed, load_feeds
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb


def settle(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Accept, quarantine or drop each row of a feed, and create `accepted.<feed>` with the rows in force.

    Args:
        con: build connection; the feed's rows are compared and its failures recorded.
        feed: the feed.
    """
    # most districts send a few feeds: of the others there is nothing to decide
    decided = ("settle_verdicts", "settle_units") if has_rows(con, f"candidate.{feed.feed}") else ()
    for statement in (*decided, "settle_rows"):
        con.execute(feed_statement(statement, feed))


def list_quarantined(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.waiting_schools` and `accepted.quarantined_rows`: the quarantined rows for whose sake a figure is missing.

    These are rows of the submission that is in force for their school. A quarantined row of an older submission was
    replaced with it. One that was sent later than the rows in force replaces nothing; only the problem list names it
    (`candidate.listed_rows`).

    Args:
        con: build connection; all feeds are settled.
    """
    known = ", ".join(_known(column) for column in load_feeds()[REGISTER].columns)
    con.execute(read_sql("dagster_project.record", "waiting_schools", known=known))
    con.execute(feed_statement("list_waiting_schools", load_feeds()[REGISTER]))
    for statement in ("suspects", "listed_rows", "quarantined_rows", "rows_to_correct"):
        con.execute(read_sql("dagster_project.record", statement))


def _known(column: Column) -> str:
    """What is known of a column of the register where its row is put aside: its cell, else what is said elsewhere."""
    said = [f"p.{column.name}"]
    if column.required and column.name != "school_code":
        said += [f"e.{column.name}"] + [f"s.{column.name}"] * (column.name in ("district_code", "town"))
    return f"coalesce({', '.join(said)}) as {column.name}" if len(said) > 1 else said[0]
