"""Tables of schema `accepted` that describe the record itself, beside the rows of the feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.intake.feeds import load_feeds

if TYPE_CHECKING:
    import duckdb

#: Column and DuckDB type of each table.
TABLES: dict[str, dict[str, str]] = {
    "holds": {
        "hold_id": "varchar", "school_year": "integer", "source_file": "varchar", "received_at": "timestamp",
        "verdict": "varchar", "reason": "varchar", "decided_at": "timestamp",
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
    "received": {"school_year": "integer", "school_code": "varchar", "stage": "varchar", "feed": "varchar"},
    "unchecked": {"text_zh": "varchar", "who_zh": "varchar"},
    "explained": {
        "school_year": "integer", "school_code": "varchar", "rule_code": "varchar", "reason": "varchar",
        "approved_by": "varchar", "status": "varchar", "source_file": "varchar", "row_number": "bigint",
    },
    "problem_ages": {
        "school_year": "integer", "feed": "varchar", "school_code": "varchar", "stage": "varchar",
        "source_file": "varchar", "class": "varchar", "rule_code": "varchar", "column_zh": "varchar",
        "status": "varchar", "opened_at": "timestamp", "reopened_at": "timestamp", "mended_at": "timestamp",
        "explained_at": "timestamp", "times_reopened": "bigint", "days_standing": "bigint",
    },
}  # fmt: skip


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create all of these tables, empty, in schema `accepted`."""
    for name, columns in TABLES.items():
        con.execute(f"create table accepted.{name} ({', '.join(f'{c} {t}' for c, t in columns.items())})")


def list_received(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.received`: one row per school year, school, stage and feed with rows in force.

    It covers every feed whose rows belong to schools, ledgers excepted; `stage` is `all` for feeds that a school
    returns as a whole.
    """
    reported = []
    for feed in load_feeds().values():
        if feed.has_schools and not feed.is_ledger:
            stage = "stage" if feed.scope == "school_stage" else "'all'"
            reported.append(
                f"select school_year, school_code, {stage}, '{feed.feed}' from accepted.{feed.feed}"
            )
    con.execute("insert into accepted.received " + " union ".join(reported))
