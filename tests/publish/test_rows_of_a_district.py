"""A workbook of a district holds its own rows alone, also in a release of several districts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Table
from dagster_project.publish.catalogue.rows import read_rows
from dagster_project.warehouse.build import published_labels

OURS, OTHER = "500101", "500102"


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """One problem of a school of each of two districts, and one of no known school."""
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as made:
        made.execute("create table dim_schools (school_code varchar, district_code varchar)")
        made.execute("insert into dim_schools values ('1', ?), ('2', ?)", [OURS, OTHER])
        made.execute("create table fct_problems (school_code varchar, message_zh varchar)")
        made.execute("insert into fct_problems values ('1', '我区'), ('2', '他区'), ('', '认不出的学校')")
    with open_marts(tmp_path / "marts.duckdb") as opened:
        yield opened


def test_problems_of_a_district_are_those_of_its_own_schools(con: duckdb.DuckDBPyConnection) -> None:
    problems = catalogue.load().tables["workbook_problems"]
    found = {code: [row["message_zh"] for row in read_rows(con, problems, code)] for code in (OURS, OTHER)}
    assert found == {OURS: ["我区"], OTHER: ["他区"]}


def is_of_a_district(table: Table) -> bool:
    """True for a table whose rows can be told apart by district, and for what is the same everywhere."""
    columns = published_labels()[table.mart][1] if table.mart in published_labels() else {}
    return bool({"district_code", "school_code"} & set(columns)) or table.mart.startswith("dim_")


def test_every_table_of_a_workbook_or_report_can_be_told_apart_by_district() -> None:
    shown = [t for t in catalogue.load().tables.values() if (t.excel or t.word) and t.mart]
    assert [t.name for t in shown if not t.statement and not is_of_a_district(t)] == []
