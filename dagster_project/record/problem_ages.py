"""How long a problem has been open: opened, solved, explained or reopened, per school and rule.

A problem is opened by the first submission of a school that has it (for a problem without a school: of a file) and
solved by the next submission of that school and feed that doesn't. Nothing is remembered from release to release:
everything follows from the record, so any release can be built again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.core.duck import read_sql

if TYPE_CHECKING:
    import duckdb


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.problem_ages`.

    Args:
        con: build connection; verdicts, failures, faults, explanations and submissions are loaded.
    """
    for statement in ("problem_occurrences", "problem_deliveries", "problem_ages"):
        con.execute(read_sql("dagster_project.record", statement))
