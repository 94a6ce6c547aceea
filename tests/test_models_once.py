"""Builds that repeat the statements of an earlier one are those that dbt would make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.warehouse.build import DATABASE_NAME, BuildFailed
from tests import models_once
from tests.plan.test_class_ledger import history
from tests.warehouse.accepted_fixture import Accepted


def database_of(accepted: Accepted, folder: Path) -> Path:
    folder.mkdir()
    accepted.write(folder / DATABASE_NAME)
    return folder / DATABASE_NAME


def content(database: Path) -> dict[str, Any]:
    """Columns with their types and sorted rows of every table and view that a build makes, by name."""
    with duckdb.connect(str(database), read_only=True) as con:
        named = con.execute(
            "select distinct table_schema || '.' || table_name from information_schema.tables"
            " where table_schema not in ('accepted', 'main')"
        ).fetchall()
        found = {}
        for (name,) in named:
            columns = con.execute(f"describe {name}").fetchall()
            found[name] = columns, con.execute(f"select * from {name} order by all").fetchall()
        return found


@pytest.fixture(scope="module")
def by_dbt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build by dbt of nearly empty tables, which is the one that is repeated; and one of the district by dbt."""
    folder = tmp_path_factory.mktemp("dbt")
    models_once.run_models(database_of(Accepted(), folder / "recorded"))
    database = database_of(history(), folder / "district")
    models_once.with_dbt(database)
    return database


@pytest.fixture
def dbt_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: Any, **__: Any) -> None:
        raise AssertionError("built by dbt")

    monkeypatch.setattr(models_once, "with_dbt", called)


def test_the_statements_of_an_empty_district_build_a_full_one_as_dbt_does(
    by_dbt: Path, dbt_is_gone: None, tmp_path: Path
) -> None:
    again = database_of(history(), tmp_path / "again")
    models_once.run_models(again)
    expected = content(by_dbt)
    assert len(expected) > 150 and sum(len(rows) > 0 for _, rows in expected.values()) > 60
    assert content(again) == expected


def test_a_selection_is_what_a_model_reads(by_dbt: Path, dbt_is_gone: None, tmp_path: Path) -> None:
    chosen = database_of(history(), tmp_path / "chosen")
    models_once.run_models(chosen, select=["+int_registers", "indicators"])
    expected, found = content(by_dbt), content(chosen)
    assert {"intermediate.int_registers", "staging.stg_schools", "seeds.indicators"} <= found.keys()
    assert "marts.fct_school_indicators" not in found
    assert found == {name: expected[name] for name in found}


def test_rows_that_a_test_finds_and_statements_that_fail_are_left_to_dbt(
    by_dbt: Path, tmp_path: Path
) -> None:
    twice = history()
    twice.add("schools", twice.rows["schools"][0])
    with pytest.raises(BuildFailed, match="unique_grain"):
        models_once.run_models(
            database_of(twice, tmp_path / "twice"), select=["+stg_schools", "+int_schools"]
        )
    broken = database_of(history(), tmp_path / "broken")
    with duckdb.connect(str(broken)) as con:
        con.execute("alter table accepted.schools drop column school_name")
    with pytest.raises(BuildFailed, match="stg_schools"):
        models_once.run_models(broken, select=["+stg_schools"])
