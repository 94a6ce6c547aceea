"""Statements come from files, names and texts are quoted, rows are dicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pytest

from dagster_project.core import duck
from dagster_project.core.homes import Home


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with a folder of statements."""
    folder = tmp_path / "room_of_test"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "sql" / "plain.sql").write_text("select '50%' as share\n;\n", encoding="utf-8")
    (folder / "sql" / "one_table.sql").write_text(
        "-- sqlfluff:templater:jinja:context:relation:numbers\nselect * from {{ relation }}\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    sys.modules.pop(folder.name, None)


def test_a_statement_is_read_from_its_file(package: str) -> None:
    assert duck.read_sql(package, "plain") == "select '50%' as share"
    with duckdb.connect() as con:
        con.execute("create table numbers as select 1 as n, 'a' as name")
        assert duck.rows(con, duck.read_sql(package, "one_table", relation="numbers")) == [
            {"n": 1, "name": "a"}
        ]


def test_a_placeholder_without_a_value_is_an_error(package: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="relation"):
        duck.read_sql(package, "one_table")


def test_values_go_through_parameters() -> None:
    with duckdb.connect() as con:
        assert duck.rows(con, "select ? as text", ["it's"]) == [{"text": "it's"}]
        assert duck.rows(con, "select $a + $b as total", {"a": 1, "b": 2}) == [{"total": 3}]


@pytest.mark.parametrize("name", ["plain", "a b", 'with "quotes"', "it's", "学校"])
def test_any_name_and_text_can_be_quoted(name: str) -> None:
    with duckdb.connect() as con:
        con.execute(f"create table {duck.quote_name(name)} as select {duck.quote_literal(name)} as said")
        assert con.execute(f"select said from {duck.quote_name(name)}").fetchall() == [(name,)]


def test_a_file_with_a_quote_in_its_path_is_attached_and_read_only(tmp_path: Path) -> None:
    database = tmp_path / "it's.duckdb"
    with duckdb.connect() as con:
        duck.attach(con, database, "written", read_only=False, storage_version="v1.4.0")
        con.execute("create table written.numbers as select 1 as n")
    with duckdb.connect() as con:
        duck.attach(con, database, "kept")
        assert duck.rows(con, "select * from kept.numbers") == [{"n": 1}]
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("insert into kept.numbers values (2)")


@pytest.mark.parametrize("schema", ["main", "marts"])
def test_marts_are_read_by_both_names_from_published_files_and_from_builds(
    tmp_path: Path, schema: str
) -> None:
    database = tmp_path / "marts.duckdb"
    with duckdb.connect() as con:
        duck.attach(con, database, "made", read_only=False)
        con.execute(f"create schema if not exists made.{schema}")
        con.execute(f"create table made.{schema}.fct_numbers as select 1 as n")
        con.execute("create schema made.accepted")
        con.execute("create table made.accepted.hazards as select 2 as n")
    with duck.open_marts(database) as con:
        for name, n in (("fct_numbers", 1), ("marts.fct_numbers", 1), ("accepted.hazards", 2)):
            assert con.execute(f"select n from {name}").fetchall() == [(n,)]


def test_a_published_file_answers_any_tool_that_opens_it(sample_home: Path) -> None:
    folder = Home(sample_home).current_dir()
    assert folder is not None
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as con:
        (found,) = con.execute("select count(*) from fct_school_compliance").fetchall()
        assert found[0] > 0
        assert con.execute("select count(*) from marts.fct_school_compliance").fetchall() == [found]
