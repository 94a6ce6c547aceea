"""Rows under the former code of a school are taken under its present one, and the reading is listed at the cell.

The register of a year is the list of codes that are valid in it: it names each school's present code and, where it changed,
the former one. A code that two schools name, or that a school still has, says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.core.duck import insert_records, rows
from dagster_project.intake.feeds import Feed
from dagster_project.intake.findings import problem
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb


def take_present_codes(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Give rows under a former code the present code of the school.

    Args:
        con: build connection; the register is settled, the columns of the sheets are listed, the feed's rows are loaded.
        feed: a feed; nothing is done for the register itself and for ledgers, whose rows outlive a year's register.
    """
    if feed.is_register or not feed.has_schools or feed.is_ledger:
        return
    found = rows(con, feed_statement("former_codes", feed))
    if not found:
        return
    heading_zh = feed.column("school_code").heading_zh
    notes = []
    for row in found:
        note = problem(
            "FORMER_CODE_TAKEN",
            sheet=row["sheet_of_cell"],
            feed=feed.feed,
            part=row["part"],
            row_number=row["row_number"],
            column_name="school_code",
            column_zh=heading_zh,
            cell=row["cell"],
            value=row["former_school_code"],
            school_code=row["school_code"],
            former=row["former_school_code"],
        )
        place = {name: row[name] for name in ("submission", "sha256", "source_file", "school_year")}
        notes.append(vars(note) | place)
    insert_records(con, "candidate.faults", notes)
    codes = [{"row_id": row["row_id"], "school_code": row["school_code"]} for row in found]
    con.execute("create or replace temp table present_codes (row_id bigint, school_code varchar)")
    insert_records(con, "present_codes", codes)
    con.execute(feed_statement("take_present_codes", feed))
