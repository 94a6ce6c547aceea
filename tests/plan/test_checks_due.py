"""How often a safety check is due at least: one seed, by which the rule at the cell and the models judge alike."""

from __future__ import annotations

import duckdb
import jinja2
import pytest

from dagster_project.core.duck import read_sql, read_sql_file
from dagster_project.core.homes import DBT_DIR, PROJECT_ROOT

#: Duty, month, times due, and whether that can be. A month of 30 days asks for 15 daily checks, one of 31 for 15.5.
CASES = [
    ("daily_check", "2024-04", 14, False), ("daily_check", "2024-04", 15, True), ("daily_check", "2024-05", 15, False),
    ("daily_check", "2024-05", 16, True), ("daily_check", "2024-02", 0, True), ("daily_check", "2024-12", 15, False),
    ("weekly_check", "2024-04", 2, False), ("weekly_check", "2024-04", 3, True), ("weekly_check", "2024-07", 0, True),
    ("monthly_check", "2024-04", 0, False), ("monthly_check", "2024-04", 1, True), ("monthly_check", "2024-08", 0, True),
    ("daily_check", "2024-10", 3, False), ("daily_check", "2024-11", 3, False), ("daily_check", "2024-01", 3, True),
    ("gate_duty", "2024-04", 0, True), ("an_unknown_duty", "2024-04", 0, True),
]  # fmt: skip


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema candidate")
    con.execute(
        read_sql("dagster_project.record", "safety_duty_kinds"),
        [str(DBT_DIR / "seeds" / "safety_duty_kinds.csv")],
    )
    con.execute(
        "create table returned (row_id integer, duty varchar, reporting_month varchar, due bigint, done bigint)"
    )
    con.executemany(
        "insert into returned values (?, ?, ?, ?, ?)",
        [(i, duty, month, due, due) for i, (duty, month, due, _) in enumerate(CASES)],
    )
    return con


def test_the_rule_at_the_cell_and_the_models_judge_by_the_same_bounds(con: duckdb.DuckDBPyConnection) -> None:
    rule = read_sql_file(
        PROJECT_ROOT / "expectations" / "sql" / "safety_duties_experience.sql", rows="returned"
    )
    macros = jinja2.Environment().from_string((DBT_DIR / "macros" / "dates.sql").read_text(encoding="utf-8"))
    judged = macros.module.is_due_often_enough("k", "r.due", "cast(r.reporting_month || '-01' as date)")  # type: ignore[attr-defined]
    of_models = f"select r.row_id, {judged} from returned as r left join candidate.safety_duty_kinds as k on r.duty = k.duty"
    by_rule = con.execute(f"select row_id, is_due_often_enough from ({rule}) order by row_id").fetchall()
    by_models = con.execute(f"{of_models} order by row_id").fetchall()
    expected = [(i, is_possible) for i, (*_, is_possible) in enumerate(CASES)]
    assert by_rule == expected
    assert by_models == expected
