"""Tables of schema `accepted` that describe the record itself, beside the rows of the feeds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records
from dagster_project.core.local_time import local_day
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import REGISTER, Feed, load_feeds
from dagster_project.intake.manifest import Manifest
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb

_DISTRICT_FOLDER = re.compile(r"(\d{6})(?!\d)")

#: Columns with their DuckDB types of each table.
TABLES: dict[str, dict[str, str]] = {
    "feeds": {
        "feed": "varchar", "name_zh": "varchar", "is_optional": "boolean", "scope": "varchar", "cycle": "varchar",
        "observed_on": "varchar", "due_within_days": "bigint", "owed_by": "varchar",
        "first_school_year": "integer",
    },
    "feed_due_stages": {"feed": "varchar", "stage": "varchar"},
    "column_maps": {
        "sha256": "varchar", "source_file": "varchar", "sheet": "varchar", "feed": "varchar", "part": "bigint",
        "column_name": "varchar", "letters": "varchar",
    },
    "nil_returns": {
        "feed": "varchar", "district_code": "varchar", "school_code": "varchar", "reporting_month": "varchar",
        "school_year": "integer", "source_file": "varchar", "sheet": "varchar", "cell": "varchar",
    },
    "quarantined_rows": {
        "school_year": "integer", "feed": "varchar", "school_code": "varchar", "stage": "varchar",
        "district_code": "varchar", "observed_on": "date", "item_number": "varchar",
        "source_file": "varchar", "sha256": "varchar", "sheet": "varchar", "row_number": "bigint", "row_id": "bigint",
    },
    "holds": {
        "hold_id": "varchar", "hold_kind": "varchar", "school_year": "integer", "source_file": "varchar", "received_on": "date",
        "verdict": "varchar", "reason": "varchar", "decided_on": "date",
    },
    "corrections": {
        "school_year": "integer", "feed": "varchar", "school_code": "varchar", "column_name": "varchar",
        "column_zh": "varchar", "source_file": "varchar", "sheet": "varchar", "cell": "varchar",
        "original": "varchar", "value": "varchar", "reason": "varchar", "approved_by": "varchar",
    },
    "rules": {
        "rule_code": "varchar", "class": "varchar", "severity": "varchar", "station": "varchar", "feed": "varchar",
        "feed_zh": "varchar", "column_zh": "varchar", "text_zh": "varchar", "basis_zh": "varchar", "since": "date",
        "passes_zh": "varchar", "fails_zh": "varchar", "is_explainable": "boolean",
    },
    "receipt_days": {
        "feed": "varchar", "district_code": "varchar", "observed_on": "date", "received_on": "date",
    },
    "register_receipts": {"school_code": "varchar", "school_year": "integer", "received_on": "date"},
    "readings": {
        "school_year": "integer", "school_code": "varchar", "district_code": "varchar", "stage": "varchar",
        "row_name": "varchar", "feed": "varchar", "column_name": "varchar", "source_kind": "varchar", "value": "varchar",
        "source_file": "varchar", "sha256": "varchar", "sheet_of_row": "varchar", "row_number": "bigint",
        "part": "bigint", "sheet": "varchar", "cells": "varchar", "row_id": "bigint", "key_row_id": "bigint",
        "in_force": "boolean",
    },
    "source_comparisons": {
        "school_year": "integer", "school_code": "varchar", "district_code": "varchar", "stage": "varchar",
        "row_name": "varchar", "feed": "varchar", "column_name": "varchar", "column_zh": "varchar", "unit_zh": "varchar", "is_pay": "boolean",
        "row_id": "bigint", "rule_code": "varchar", "source_zh": "varchar", "figure": "double", "value": "varchar", "source_file": "varchar",
        "sheet": "varchar", "cells": "varchar", "other_source_zh": "varchar", "other_figure": "double",
        "other_value": "varchar", "other_source_file": "varchar", "other_sheet": "varchar", "other_cells": "varchar",
        "says_the_same": "boolean", "difference": "double", "tolerance": "double", "beyond_tolerance": "double",
        "status": "varchar",
    },
    "taken_codes": {
        "feed": "varchar", "school_year": "integer", "school_code": "varchar", "written_code": "varchar",
        "source_file": "varchar", "sheet": "varchar", "row_number": "bigint", "cell": "varchar",
    },
    "taken_cells": {
        "feed": "varchar", "column_name": "varchar", "row_source_file": "varchar", "row_sha256": "varchar",
        "row_sheet": "varchar", "row_number_of_row": "bigint", "row_part": "bigint", "source_file": "varchar",
        "sha256": "varchar", "sheet": "varchar", "row_number": "bigint", "part": "bigint",
    },
    "received": {
        "school_year": "integer", "school_code": "varchar", "stage": "varchar", "feed": "varchar", "received_on": "date",
    },
    "received_periods": {
        "feed": "varchar", "district_code": "varchar", "school_code": "varchar", "figure_year": "integer",
        "reporting_month": "varchar",
    },
    "return_places": {
        "feed": "varchar", "school_code": "varchar", "district_code": "varchar", "observed_on": "date",
        "source_file": "varchar", "sheet": "varchar", "source_rows": "bigint", "cells": "varchar",
    },
    "later_rows": {
        "feed": "varchar", "school_year": "integer", "observed_on": "date", "rows_put_off": "bigint",
    },
    # an empty town: the district has sent some list of several schools
    "town_registers": {"school_year": "integer", "district_code": "varchar", "town": "varchar"},
    "unchecked": {"text_zh": "varchar", "who_zh": "varchar"},
    "evidence_files": {
        "folder_year": "integer", "file_name": "varchar", "source_path": "varchar", "sha256": "varchar",
        "district_code": "varchar", "size_bytes": "bigint", "received_on": "date", "is_latest": "boolean",
        # the district whose record keeps the file, where a warehouse is made of several records; null in one's own build
        "record_district_code": "varchar",
    },
    "explained": {
        "school_year": "integer", "district_code": "varchar", "school_code": "varchar", "rule_code": "varchar", "reason": "varchar",
        "approved_by": "varchar", "status": "varchar", "source_file": "varchar", "row_number": "bigint",
    },
    "explained_warnings": {
        "feed": "varchar", "rule_code": "varchar", "sha256": "varchar", "sheet": "varchar", "row_number": "bigint",
    },
    "problem_ages": {
        "school_year": "integer", "feed": "varchar", "school_code": "varchar", "stage": "varchar",
        "source_file": "varchar", "class": "varchar", "rule_code": "varchar", "column_zh": "varchar",
        "status": "varchar", "opened_at": "timestamp", "reopened_at": "timestamp", "mended_at": "timestamp",
        "explained_at": "timestamp", "times_reopened": "bigint", "days_standing": "bigint",
    },
}  # fmt: skip


#: Columns of the tables that statements of this room make whole.
_MADE_WHOLE: dict[str, dict[str, str]] = {
    "build_context": {"as_of": "date", "known_until": "date", "rows_to_correct": "bigint"},
    "submissions": {
        "submission": "bigint", "source_file": "varchar", "sheet": "varchar", "feed": "varchar",
        "school_year": "integer", "sha256": "varchar", "received_at": "timestamp", "received_on": "date",
        "rows_read": "bigint", "rows_accepted": "bigint", "rows_unpublished": "bigint", "rows_quarantined": "bigint",
        "rows_dropped": "bigint", "status": "varchar",
    },
    "assumptions": {
        "school_year": "integer", "source_file": "varchar", "sheet": "varchar", "cell": "varchar", "feed": "varchar",
        "rule_code": "varchar", "column_zh": "varchar", "value": "varchar", "message_zh": "varchar",
    },
    "problems": {
        "school_year": "integer", "severity": "varchar", "class": "varchar", "rule_code": "varchar",
        "source_file": "varchar", "sheet": "varchar", "cell": "varchar", "feed": "varchar",
        "school_code": "varchar", "school_name": "varchar", "column_zh": "varchar", "value": "varchar",
        "message_zh": "varchar", "row_number": "bigint",
    },
}  # fmt: skip
#: Columns that every row of a feed has beside its own: the place that it came from.
_PLACE = {
    "source_file": "varchar", "sha256": "varchar", "sheet": "varchar", "row_number": "bigint", "part": "bigint",
}  # fmt: skip
#: Numbers of rows, which mean nothing outside the build; dropped at its end.
ROW_NUMBERS = (("readings", "row_id"), ("readings", "key_row_id"), ("source_comparisons", "row_id"))


def accepted_schema() -> dict[str, dict[str, str]]:
    """Tables of a finished schema `accepted`, each with the DuckDB type of its columns, in order."""
    feeds = {
        feed.feed: {"school_year": "integer", **{c.name: c.duckdb_type for c in feed.columns}, **_PLACE}
        for feed in load_feeds().values()
    }
    finished = {
        name: {c: kind for c, kind in columns.items() if (name, c) not in ROW_NUMBERS}
        for name, columns in TABLES.items()
    }
    return {**feeds, **_MADE_WHOLE, **finished, **replaced_tables(), **waiting_tables()}


def waiting_tables() -> dict[str, dict[str, str]]:
    """Table of the schools whose row of the register is put aside: `waiting_schools`, as the register's own."""
    register = {c.name: c.duckdb_type for c in load_feeds()[REGISTER].columns}
    return {"waiting_schools": {"school_year": "integer", **register, **_PLACE}}


def replaced_tables() -> dict[str, dict[str, str]]:
    """Tables of what rows stated before they were sent anew, with the day until which it held: `replaced_<feed>`."""
    return {
        f"replaced_{feed.feed}": {
            "school_year": "integer", **{c.name: c.duckdb_type for c in feed.columns}, **_PLACE, "replaced_on": "date",
        }
        for feed in load_feeds().values()
        if feed.holds_until_replaced
    }  # fmt: skip


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create all of these tables, empty, in schema `accepted`."""
    for name, columns in {**TABLES, **replaced_tables(), **waiting_tables()}.items():
        con.execute(f"create table accepted.{name} ({', '.join(f'{c} {t}' for c, t in columns.items())})")


def describe_feeds(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.feeds` and `accepted.feed_due_stages`: the feeds, and the stages for which a school owes each."""
    described, due = feed_records()
    insert_records(con, "accepted.feeds", described)
    insert_records(con, "accepted.feed_due_stages", due)


def feed_records() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of `accepted.feeds` and of `accepted.feed_due_stages`."""
    feeds = load_feeds().values()
    described = [
        {
            "feed": f.feed,
            "name_zh": f.name_zh,
            "is_optional": f.optional,
            "scope": f.scope,
            "cycle": f.cycle,
            "observed_on": f.observed_day or None,
            "due_within_days": f.due_within_days,
            "owed_by": f.owed_by,
            "first_school_year": f.since,
        }
        for f in feeds
    ]
    return described, [{"feed": f.feed, "stage": stage} for f in feeds for stage in f.due_stages]


def list_evidence(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Fill `accepted.evidence_files`: one row per file received in an evidence folder, each of its versions a row.

    Numbers of persons in names are masked, as they are in the cells that name the files. Files of the first submission
    have no day of receipt: the record began with them, and when the district got them is not known. A folder below the
    evidence folder that begins with the six digits of a district's code says whose files it holds.

    Args:
        con: build connection.
        manifest: the record.
    """
    latest = manifest.latest_by_path()
    first = min((file.submission for file in manifest.files), default=None)
    files = [
        {
            "folder_year": file.school_year,
            "file_name": mask_personal_numbers(file.path.rsplit("/", 1)[-1]),
            "source_path": mask_personal_numbers(file.path),
            "sha256": file.sha256,
            "district_code": _district_of_folder(file.path),
            "size_bytes": file.size,
            "received_on": None if file.submission == first else local_day(file.received_at),
            "is_latest": latest[file.path] is file,
        }
        for file in manifest.files
        if file.is_evidence
    ]
    insert_records(con, "accepted.evidence_files", files)


def _district_of_folder(path: str) -> str | None:
    """Code of the district whose folder a file of evidence lies in (`2024/佐证/500101 示例区/x.pdf`); None if in none."""
    folders = path.split("/")[2:-1]
    found = _DISTRICT_FOLDER.match(folders[0]) if folders else None
    return found[1] if found else None


def list_received(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.received` and `accepted.received_periods` from the rows in force.

    The first has one row per school year, school, stage and feed whose rows belong to schools, ledgers excepted; `stage`
    is `all` for feeds that a school returns as a whole; `received_on` is the day on which the last of the rows came, null
    for those of the first submission. The second has one row per ledger, school or district, and year
    or month that its rows speak of.
    """
    for feed in load_feeds().values():
        if feed.has_schools and not feed.is_ledger:
            stage = "c.stage" if feed.scope == "school_stage" else "'all'"
            con.execute(feed_statement("received", feed, reported_stage=stage))
        if feed.is_ledger and feed.cycle:
            con.execute(feed_statement("received_periods", feed, **_period_columns(feed)))


def _period_columns(feed: Feed) -> dict[str, str]:
    """Columns that say whom a row of a ledger belongs to and when; null where the feed has no such column."""
    wanted = {"district_code": "varchar", "figure_year": "integer", "reporting_month": "varchar"}
    names = {c.name for c in feed.columns}
    return {n: f"c.{n}" if n in names else f"cast(null as {kind})" for n, kind in wanted.items()}
