"""Several sources for one figure: what the source that goes first doesn't give is taken from the next.

A list of classes that holds clearly less than that of another source doesn't displace it (`settle_units.sql`).

Nothing here is done where a school's rows come from one kind of source, as in most years and districts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_project.core.duck import insert_records, read_sql
from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.manifest import ClosedRound, Manifest
from dagster_project.intake.source_kinds import source_kinds
from dagster_project.record import record_tables, suites
from dagster_project.record.candidates import decided, hold_identifier
from dagster_project.record.feed_sql import feed_statement
from dagster_project.record.judging import Judge, judged_view, record_failures
from dagster_project.record.precedence import FILE_NAME, Pair, Precedence, read_precedence

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "dagster_project.record"


def declare(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, precedence: Precedence) -> None:
    """List the kind of source of each sheet, and which kind goes first.

    Args:
        con: build connection.
        home: home with the layouts in its vault.
        manifest: the record.
        precedence: the declarations.
    """
    insert_records(con, "candidate.source_kinds", source_kinds(home, manifest))
    whole = [
        {
            "submission": manifest.effective_submission(file, sheet)
            if sheet.status == "held"
            else file.submission,
            "source_file": file.path,
            "sheet": sheet.sheet,
            "feed": sheet.feed,
        }
        for file in manifest.files
        for sheet in file.sheets
        if sheet.is_whole
    ]
    insert_records(con, "candidate.whole_sheets", whole)
    insert_records(con, "candidate.precedence", [{"kept_year": 0, **r} for r in precedence.records()])
    for closed in manifest.closed_years.values():
        _keep_order(con, home, manifest, closed, precedence)
    tolerances = [{"unit_zh": unit, **t.model_dump()} for unit, t in precedence.tolerances.items()]
    insert_records(con, "candidate.tolerances", tolerances)
    kinds = [{"source_kind": kind, "kind_zh": name} for kind, name in precedence.kinds_zh.items()]
    insert_records(con, "candidate.kinds", kinds)


def _keep_order(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    manifest: Manifest,
    closed: ClosedRound,
    precedence: Precedence,
) -> None:
    """Let a closed year keep the order of sources that it was closed with, until another one is accepted for it.

    Ledgers belong to no round. What waits is listed in `accepted.holds`.
    """
    if closed.precedence is None:  # closed by an early version
        return
    known = read_precedence(vault.content_of(home, closed.precedence) if closed.precedence else b"")
    ledgers = {name for name, feed in load_feeds().items() if feed.is_ledger}
    kept = [r for r in known.records() if r["feed"] not in ledgers]
    new = list(precedence.records())
    changed = [r for r in new if r["feed"] not in ledgers]
    if kept == changed:
        return
    hold = hold_identifier("P", [closed.school_year, changed])
    decision = manifest.verdicts().get(hold)
    if decision is None or decision.verdict != "accept":
        insert_records(con, "candidate.kept_orders", [{"school_year": closed.school_year}])
        own = [*kept, *(r for r in new if r["feed"] in ledgers)]
        insert_records(con, "candidate.precedence", [{"kept_year": closed.school_year, **r} for r in own])
    listed = {"hold_id": hold, "hold_kind": "precedence", "source_file": FILE_NAME, **decided(decision)}
    insert_records(con, "accepted.holds", [{**listed, "school_year": closed.school_year}])


def complete_rows(con: duckdb.DuckDBPyConnection, judge: Judge, feeds: Sequence[Feed]) -> None:
    """Fill the cells of rows in force that another source gives, by the precedence of their columns.

    A row of cells of several sources is judged like any other by the rules that quarantine; one that fails goes back to
    what its own source says, and the figures that don't fit are listed (`candidate.refused_cells`).

    Args:
        con: build connection; the feeds are settled.
        judge: runs the suites.
        feeds: the feeds.
    """
    several = {feed for (feed,) in con.execute(read_sql(_PACKAGE, "feeds_of_several_sources")).fetchall()}
    views = {}
    for feed in feeds:
        if feed.feed not in several:
            continue
        con.execute(feed_statement("list_readings", feed))
        con.execute(read_sql(_PACKAGE, "take_cells"), [feed.feed])
        if columns := _columns_taken(con, feed):
            _fill(con, feed, columns)
            con.execute(feed_statement("completed_rows", feed))
            views[feed.feed] = judged_view(con, feed, f"candidate.{feed.feed}_completed")
    if not views:
        return
    record_failures(con, "candidate.misfits", judge(con, views, "logic"))
    for feed in feeds:
        if feed.feed in views and _columns_taken(con, feed, only_misfits=True):
            con.execute(feed_statement("restore_rows", feed))
    con.execute(read_sql(_PACKAGE, "refuse_cells"))
    con.execute(read_sql(_PACKAGE, "forget_refused_cells"))


def _columns_taken(con: duckdb.DuckDBPyConnection, feed: Feed, *, only_misfits: bool = False) -> list[str]:
    """Columns of a feed with cells that come from another source."""
    statement = read_sql(_PACKAGE, "columns_taken", only_misfits=only_misfits)
    return [name for (name,) in con.execute(statement, [feed.feed]).fetchall()]


def _fill(con: duckdb.DuckDBPyConnection, feed: Feed, columns: Sequence[str]) -> None:
    for column in columns:
        con.execute(feed_statement("fill_column", feed, column=column))


def compare(con: duckdb.DuckDBPyConnection, pairs: Sequence[Pair]) -> None:
    """Compare the readings of each figure, and list them in `accepted.readings` and `accepted.source_comparisons`.

    Differences beyond the tolerance between sources of one figure become warnings (`candidate.failures`).

    Args:
        con: build connection; the rows in force are settled, and the columns of the sheets are loaded.
        pairs: figures of two feeds that are compared, too; rules of their own warn of these.
    """
    for pair in pairs:
        _compare_feeds(con, pair)
    has_readings = con.execute("select 1 from candidate.readings limit 1").fetchone()
    statements = ("readings_in_force", "taken_places", "source_comparisons") if has_readings else ()
    for statement in (*statements, "beyond_tolerance"):
        con.execute(read_sql(_PACKAGE, statement))
    if has_readings:
        record_failures(con, "candidate.failures", suites.judge_sources(con))


def _compare_feeds(con: duckdb.DuckDBPyConnection, pair: Pair) -> None:
    one_stage = f"'{pair.stage}'" if pair.stage else ""
    values = {
        "feed": pair.feed,
        "column": pair.column,
        "stage": one_stage or "a.stage",
        "other_feed": pair.other_feed,
        "other_stage": one_stage or "b.stage",
        "other_columns": list(pair.other_columns),
        "rule": pair.rule,
    }
    con.execute(read_sql(_PACKAGE, "compare_feeds", **values))


def drop_row_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the numbers of rows, which mean nothing outside the build."""
    for table, column in record_tables.ROW_NUMBERS:
        con.execute(f"alter table accepted.{table} drop column {column}")
