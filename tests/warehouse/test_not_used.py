"""What a run says it didn't use: files and sheets once each, and a sheet of a file that was used is no file."""

from __future__ import annotations

import duckdb

from dagster_project.core.duck import read_sql, rows
from dagster_project.run_command import not_used_counts
from dagster_project.warehouse.description import NotUsed


def test_two_files_and_four_sheets_are_called_so() -> None:
    con = duckdb.connect()
    con.execute("create schema marts")
    con.execute("create table marts.fct_submissions (source_file text, sheet text, status text)")
    con.execute(
        "create table marts.fct_problems"
        " (source_file text, sheet text, cell text, severity text, rule_code text, message_zh text)"
    )
    con.executemany(
        "insert into marts.fct_submissions values (?, ?, ?)",
        [("a.xlsx", "教师", "accepted"), ("a.xlsx", "校舍", "rejected"), ("a.xlsx", "说明", "unrecognised"),
         ("b.xlsx", "教师", "accepted"), ("b.xlsx", "校舍", "held"), ("b.xlsx", "班级", "rejected"),
         ("c.xlsx", "教师", "rejected"), ("c.xlsx", "校舍", "rejected"), ("d.xlsx", "", "rejected")],
    )  # fmt: skip
    con.executemany(
        "insert into marts.fct_problems values (?, ?, ?, ?, ?, 'x')",
        [("a.xlsx", "校舍", "", "reject_file", "MISSING_COLUMN"), ("a.xlsx", "说明", "", "warn", "UNRECOGNISED_SHEET"),
         ("b.xlsx", "校舍", "", "hold", "ROUND_CLOSED"), ("b.xlsx", "班级", "A3", "reject_file", "MISSING_COLUMN"),
         # one sheet with two reasons, one file with two refused sheets
         ("b.xlsx", "班级", "A4", "reject_file", "OTHER_YEAR"), ("c.xlsx", "教师", "", "reject_file", "MISSING_COLUMN"),
         ("c.xlsx", "校舍", "", "reject_file", "MISSING_COLUMN"), ("d.xlsx", "", "", "reject_file", "UNREADABLE_FILE"),
         ("a.xlsx", "教师", "C5", "quarantine_row", "X"), ("a.xlsx", "教师", "C6", "warn", "Y")],
    )  # fmt: skip
    found = [NotUsed(**item) for item in rows(con, read_sql("dagster_project.warehouse", "not_used"))]
    assert not_used_counts(found) == {"file": 2, "sheet": 4, "column": 0, "row": 1}
