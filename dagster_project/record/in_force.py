"""Which rows are in force: decided anew at every build, from everything ever received.

The register comes first, because the rows of all other feeds are checked against it. Per feed:

1. rows of one submission are compared: equal rows become one, contradicting rows are all quarantined;
2. rules that quarantine are judged;
3. of each school (and stage) and kind of source the latest submission with accepted rows counts; of several kinds the
   one that goes first is in force, and what it doesn't give is taken from the next (`several_sources.py`);
4. what speaks of a day after the as-of date is put off until that day.

Then rules that warn are judged on the rows in force, and the lists of submissions and problems are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records, named, read_sql
from dagster_project.core.homes import DBT_DIR, Home
from dagster_project.core.local_time import local_day
from dagster_project.core.seeds import seed_rows
from dagster_project.intake.feeds import REGISTER, Feed, load_feeds
from dagster_project.intake.manifest import Manifest
from dagster_project.intake.school_systems import EARLY, USUAL, grades_of_stages
from dagster_project.record import (
    candidates,
    corrections,
    day_of_build,
    file_names,
    forms_again,
    nil_returns,
    other_codes,
    problem_ages,
    record_tables,
    rule_catalogue,
    settled_refusals,
    settling,
    several_sources,
    submissions,
)
from dagster_project.record.corrections import Correction
from dagster_project.record.feed_sql import feed_statement
from dagster_project.record.judging import Judge, judged_view, record_failures
from dagster_project.record.precedence import Precedence, project_precedence

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "dagster_project.record"
#: Statements that join explanations with the warnings that they explain, in this order.
_EXPLAINING = ("explanations_of_all", "explained_warnings", "explanations_in_force", "places_explained")


def resolve(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    manifest: Manifest,
    judge: Judge,
    as_of: dt.date,
    wrong_cells: Sequence[Correction] = (),
    absent: Sequence[str] = (),
    precedence: Precedence | None = None,
    *,
    sent_by_then: bool = False,
) -> None:
    """Fill schema `accepted` of the build database from the record.

    Args:
        con: connection to the new build file.
        home: home with the raw rows.
        manifest: closed submissions.
        judge: runs the suites.
        as_of: date the build speaks for.
        wrong_cells: known wrong cells, corrected before anything is judged.
        absent: refused files that are no longer in their folder.
        precedence: which kind of source goes first; by default as the project declares.
        sent_by_then: of the plan only what was sent by that day is known; see `day_of_build.keep_versions`.

    Raises:
        StaleCorrection: a correction no longer fits what was received.
        UserError: a feed has no suite, or a suite is not in order.
    """
    _create_tables(con, manifest, as_of)
    declared = precedence or project_precedence()
    several_sources.declare(con, home, manifest, declared)
    submissions.list_column_maps(con, manifest)
    candidates.list_holds(con, manifest)
    candidates.load_faults(con, home, manifest)
    wrong_cells = corrections.hold_late(con, home, manifest, wrong_cells)
    corrections.check_places(home, manifest, wrong_cells)
    forms_again.judge_totals_again(con, home, manifest, wrong_cells)

    feeds = load_feeds()
    register = feeds[REGISTER]
    crosswalk = feeds[other_codes.CROSSWALK]
    others = [feed for feed in feeds.values() if feed not in (register, crosswalk)]
    for together in ([register], [crosswalk], others):
        for feed in together:
            candidates.load_rows(con, home, manifest, feed)
            corrections.apply(con, manifest, feed, wrong_cells)
            candidates.look_up_codes(con, feed)
            if together is others:
                other_codes.take_present_codes(con, feed)
            candidates.compare_rows(con, feed)
        _judge_received(con, judge, together)
        for feed in together:
            settling.settle(con, feed)
        several_sources.complete_rows(con, judge, together)
        if register in together:
            # where a school stands whose town has sent no register yet
            con.execute(read_sql(_PACKAGE, "town_registers"))
            con.execute(read_sql(_PACKAGE, "registers"))
        if crosswalk in together:
            other_codes.list_known_codes(con, manifest)
    candidates.offer_codes(con)
    settling.list_quarantined(con)
    nil_returns.load(con, manifest, as_of)
    day_of_build.put_off_rows(con)

    con.execute(read_sql(_PACKAGE, "early_junior_schools"))
    _judge_in_force(con, judge)
    several_sources.compare(con, declared.pairs)
    _judge_replaced(con, judge)
    for statement in _EXPLAINING:
        con.execute(read_sql(_PACKAGE, statement))
    con.execute(read_sql(_PACKAGE, "states_of_comparisons"))

    submissions.load(con, manifest)
    day_of_build.keep_versions(con, sent_by_then=sent_by_then)
    day_of_build.forget_events(con)
    settled_refusals.settle(con, home, manifest, absent)
    for statement in ("problems", "assumptions"):
        con.execute(read_sql(_PACKAGE, statement))
    problem_ages.load(con)
    record_tables.list_received(con)
    record_tables.list_evidence(con, manifest)
    day_of_build.list_places(con)
    day_of_build.list_receipt_days(con)
    file_names.mask(con)
    for feed in feeds.values():
        con.execute(f"alter table accepted.{feed.feed} drop column row_id")
    several_sources.drop_row_numbers(con)


def _create_tables(con: duckdb.DuckDBPyConnection, manifest: Manifest, as_of: dt.date) -> None:
    """Create both schemas with their tables; describe the feeds and the rules."""
    con.execute("create schema if not exists candidate")
    con.execute("create schema if not exists accepted")
    received_on = max((local_day(f.received_at) for f in manifest.files), default=None)
    context = {"as_of": as_of, "received_on": received_on}
    con.execute(read_sql(_PACKAGE, "build_context", **named(*context)), context)
    con.execute(read_sql(_PACKAGE, "candidate_tables"))
    con.execute(read_sql(_PACKAGE, "safety_duty_kinds"), [str(DBT_DIR / "seeds" / "safety_duty_kinds.csv")])
    record_tables.create(con)
    record_tables.describe_feeds(con)
    rule_catalogue.load(con)
    feeds = load_feeds().values()
    kinds = [
        {
            "feed": f.feed,
            "is_ledger": f.is_ledger,
            "has_many_rows": not f.is_ledger and len(f.grain) > len(f.unit_key),
        }
        for f in feeds
    ]
    insert_records(con, "candidate.feeds", kinds)
    published = [{"feed": f.feed, "stage": stage} for f in feeds for stage in f.published_stages]
    insert_records(con, "candidate.published_stages", published)
    insert_records(con, "candidate.school_type_stages", seed_rows("school_type_stages"))
    columns = [
        {
            "feed": f.feed,
            "column_name": c.name,
            "column_zh": c.heading_zh,
            "is_pay": c.is_pay,
            "least_pay": f.least_pay(c),
            "is_number": c.is_number,
            # beside a code a name is only a check of it, except in the register; a rule of its own warns of it
            "is_compared_text": not c.is_number
            and not c.may_be_pay
            and (c.name != "school_name" or f.is_register),
            "unit_zh": c.unit_zh,
        }
        for f in feeds
        for c in f.columns
    ]
    insert_records(con, "candidate.columns", columns)
    words = [
        {
            "feed": f.feed,
            "column_name": c.name,
            "value": str(value).lower() if isinstance(value, bool) else value,
            "word_zh": word,
        }
        for f in feeds
        for c in f.columns
        for word, value in c.choices.items()
    ]
    insert_records(con, "candidate.choices", words)
    insert_records(con, "candidate.grades_of_stages", list(_grades_of_stages()))
    figures = [
        {"figure_code": row["figure_code"], "is_share": row["is_share"] == "true"}
        for row in seed_rows("rectification_figures")
    ]
    insert_records(con, "candidate.rectification_figures", figures)
    of_districts = [
        {
            "figure_code": row["figure_code"],
            "name_zh": row["name_zh"],
            "unit_zh": row["unit_zh"],
            "part_of": row["part_of"] or None,
            "is_change": row["is_change"] == "true",
        }
        for row in seed_rows("district_figure_kinds")
    ]
    insert_records(con, "candidate.district_figure_kinds", of_districts)


def _grades_of_stages() -> Iterator[dict[str, Any]]:
    usual = grades_of_stages()[USUAL]
    early = grades_of_stages()[EARLY]
    for stage in usual:
        for grade in sorted({*usual[stage], *early[stage]}):
            yield {"stage": stage, "grade": str(grade), "is_usual": grade in usual[stage]}


def _judge_received(con: duckdb.DuckDBPyConnection, judge: Judge, feeds: Sequence[Feed]) -> None:
    """Judge everything received by the rules that quarantine."""
    views = {feed.feed: judged_view(con, feed, f"candidate.{feed.feed}") for feed in feeds}
    record_failures(con, "candidate.failures", judge(con, views, "logic"))


def _judge_in_force(con: duckdb.DuckDBPyConnection, judge: Judge) -> None:
    """Judge the rows in force by the rules that warn."""
    views = {
        name: judged_view(con, feed, f"accepted.{name}", f"candidate.{name}_warned")
        for name, feed in load_feeds().items()
    }
    record_failures(con, "candidate.failures", judge(con, views, "experience"))


def _judge_replaced(con: duckdb.DuckDBPyConnection, judge: Judge) -> None:
    """Judge accepted rows that a later return replaced by the rules that warn: so a warning can be seen to be solved."""
    views = {}
    for name, feed in load_feeds().items():
        replaced = f"candidate.{name}_replaced"
        con.execute(feed_statement("replaced_rows", feed))
        found = con.execute(f"select count(*) from {replaced}").fetchone()
        if found and found[0]:
            views[name] = judged_view(con, feed, replaced)
    if views:
        record_failures(con, "candidate.past_failures", judge(con, views, "experience"))
