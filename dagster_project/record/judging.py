"""Relations that the suites judge, and what they found, per feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dagster_project.core.duck import insert_records
from dagster_project.intake.feeds import Feed
from dagster_project.record.feed_sql import feed_statement
from dagster_project.record.rules import RuleClass, scope_of
from dagster_project.record.suites import Failure

if TYPE_CHECKING:
    import duckdb

#: Judges the rows of some feeds: (connection, relation per feed, rule class) → failures per feed.
Judge = Callable[["duckdb.DuckDBPyConnection", Mapping[str, str], RuleClass], dict[str, list[Failure]]]


def judged_view(con: duckdb.DuckDBPyConnection, feed: Feed, relation: str, view: str = "") -> str:
    """Create a view on rows of a feed with what the register and the other rows of the submission say of each.

    Returns:
        Name of the view; by default that of the relation with `_judged` at its end.
    """
    view = view or f"{relation}_judged"
    con.execute(feed_statement(f"judged_{scope_of(feed)}", feed, relation=relation, view=view))
    return view


def record_failures(
    con: duckdb.DuckDBPyConnection, table: str, failures: Mapping[str, Sequence[Failure]]
) -> None:
    """Insert failures by feed into a table."""
    insert_records(con, table, [{"feed": feed, **vars(f)} for feed, found in failures.items() for f in found])
