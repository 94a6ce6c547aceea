"""The unit tests that stand beside the models, on a build without any data."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake.manifest import Manifest
from dagster_project.record import in_force, suites
from dagster_project.warehouse import build
from dagster_project.warehouse.build import run_models_by_dbt


@pytest.fixture(scope="module")
def empty_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build file with every accepted table and no row, all models built."""
    database = tmp_path_factory.mktemp("empty") / build.DATABASE_NAME
    with duckdb.connect(str(database)) as con:
        in_force.resolve(con, Home(database.parent), Manifest([], [], 0), suites.judge, dt.date(2024, 1, 1))
    run_models_by_dbt(database)
    return database


def test_models_build_without_any_data(empty_build: Path) -> None:
    with duckdb.connect(str(empty_build), read_only=True) as con:
        assert con.execute("select count(*) from marts.fct_school_indicators").fetchone() == (0,)
        assert suites.judge_marts(con) == []


def test_unit_tests_beside_the_models_pass(empty_build: Path) -> None:
    arguments = ["test", "--select", "test_type:unit", "--target-path", str(empty_build.parent / "unit")]
    outcome = build.invoke(arguments, empty_build)
    assert outcome.success, [r.message for r in outcome.result.results if str(r.status) != "pass"]
    assert len(outcome.result.results) >= 3
