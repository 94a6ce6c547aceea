"""A build that repeats the statements of an earlier one is the one that dbt would make."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from dagster_project import speed
from dagster_project.warehouse import build, statements
from dagster_project.warehouse.build import DATABASE_NAME, BuildFailed
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
def kept(tmp_path_factory: pytest.TempPathFactory) -> statements.Statements:
    """What dbt sent for a district with nearly empty tables."""
    folder = tmp_path_factory.mktemp("kept")
    database = database_of(Accepted(), folder / "recorded")
    target = folder / "dbt"
    statements.keep(folder, "0" * 64, build.run_models_by_dbt(database, target=target), target, database)
    found = statements.find(folder, "0" * 64)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def by_dbt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All tables of a district with classes and a plan, built by dbt."""
    database = database_of(history(), tmp_path_factory.mktemp("dbt") / "district")
    build.run_models_by_dbt(database)
    return content(database)


def test_the_statements_of_an_empty_district_build_a_full_one_as_dbt_does(
    kept: statements.Statements, by_dbt: dict[str, Any], tmp_path: Path
) -> None:
    again = database_of(history(), tmp_path / "again")
    assert kept.repeat(again, build.connection_settings(), None)
    assert len(by_dbt) > 150 and sum(len(rows) > 0 for _, rows in by_dbt.values()) > 60
    assert content(again) == by_dbt


def test_a_selection_is_what_a_model_reads(
    kept: statements.Statements, by_dbt: dict[str, Any], tmp_path: Path
) -> None:
    chosen = database_of(history(), tmp_path / "chosen")
    assert kept.repeat(chosen, build.connection_settings(), ["+int_registers", "indicators"])
    found = content(chosen)
    assert {"intermediate.int_registers", "staging.stg_schools", "seeds.indicators"} <= found.keys()
    assert "marts.fct_school_indicators" not in found
    assert found == {name: by_dbt[name] for name in found}


@pytest.mark.parametrize("select", [["tag:region"], ["resource_type:seed"], ["no_such_model"]])
def test_other_selections_are_left_to_dbt(kept: statements.Statements, select: list[str]) -> None:
    assert kept.chosen(select) is None


def test_rows_that_a_test_finds_and_statements_that_fail_leave_the_database_as_it_was(
    kept: statements.Statements, tmp_path: Path
) -> None:
    twice = history()
    twice.add("schools", twice.rows["schools"][0])
    broken = database_of(history(), tmp_path / "broken")
    with duckdb.connect(str(broken)) as con:
        con.execute("alter table accepted.schools drop column school_name")
    for database in (database_of(twice, tmp_path / "twice"), broken):
        assert not kept.repeat(database, build.connection_settings(), ["+stg_schools", "+int_schools"])
        assert content(database) == {}


def test_what_fails_is_said_by_dbt(tmp_path: Path) -> None:
    build.run_models(database_of(Accepted(), tmp_path / "kept"))  # from now on there are statements
    twice = history()
    twice.add("schools", twice.rows["schools"][0])
    with pytest.raises(BuildFailed, match="unique_grain"):
        build.run_models(database_of(twice, tmp_path / "twice"), select=["+stg_schools", "+int_schools"])


def test_dbt_is_called_where_statements_are_not_to_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.run_models(database_of(Accepted(), tmp_path / "kept"))

    class Called(Exception):
        pass

    def by_dbt(*_: Any, **__: Any) -> None:
        raise Called

    monkeypatch.setattr(build, "run_models_by_dbt", by_dbt)
    build.run_models(database_of(history(), tmp_path / "repeated"))
    with pytest.raises(Called):
        build.run_models(database_of(history(), tmp_path / "selected"), select=["tag:region"])
    with monkeypatch.context() as patch, pytest.raises(Called):
        patch.setattr(build, "models_digest", lambda: "of other models")
        build.run_models(database_of(history(), tmp_path / "changed"))
    with monkeypatch.context() as patch, pytest.raises(Called):
        patch.setattr(speed, "_SMALL_DATABASE_BYTES", 1)
        build.run_models(database_of(history(), tmp_path / "large"))
    monkeypatch.setenv(speed.SWITCH, "1")
    with pytest.raises(Called):
        build.run_models(database_of(history(), tmp_path / "switched_off"))


def test_a_damaged_file_of_statements_is_dropped(kept: statements.Statements, tmp_path: Path) -> None:
    whole = kept.file.read_bytes()
    for damaged in (b"", whole[:5000], b"no database" * 1000):
        file = tmp_path / kept.file.name
        file.write_bytes(damaged)
        assert statements.find(tmp_path, "0" * 64) is None
        assert not file.exists()


def built_of_one_seed(database: Path) -> SimpleNamespace:
    """What dbt says of a build of one seed, which is put into the database."""
    with duckdb.connect(str(database)) as con:
        con.execute("create table tiny as select 1 as one")
    node = SimpleNamespace(
        resource_type="seed", name="tiny", relation_name="build.main.tiny", unique_id="seed.x.tiny"
    )
    return SimpleNamespace(results=[SimpleNamespace(node=node)])


def test_statements_of_the_newest_versions_of_the_models_stay(
    tmp_path: Path,
) -> None:
    database = tmp_path / "build.duckdb"
    built = built_of_one_seed(database)
    for digit in "123456":
        statements.keep(tmp_path, digit * 64, built, tmp_path, database)
    left = sorted(path.name for path in tmp_path.glob("statements-*"))
    assert left == [f"statements-{digit * 16}.duckdb" for digit in "3456"]
    assert {path.name for path in tmp_path.iterdir()} == {*left, "build.duckdb"}, (
        "nothing else is left behind"
    )


def test_a_build_stands_where_its_statements_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_statements_digest", lambda: "of models that were never built")

    def read_only(**_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(statements.tempfile, "TemporaryDirectory", read_only)
    database = database_of(Accepted(), tmp_path / "built")
    build.run_models(database, manifest=build.prepare_manifest())
    assert "marts.dim_schools" in content(database)


def test_a_commit_that_fails_is_no_build(
    kept: statements.Statements, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        """A connection that has no room at the end."""

        def __init__(self, *arguments: Any, **settings: Any) -> None:
            self.real = connect(*arguments, **settings)

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.real.close()

        def execute(self, statement: str) -> Any:
            if statement == "commit":
                raise duckdb.TransactionException("Failed to commit: no space left on device")
            return self.real.execute(statement)

    connect = duckdb.connect
    database = database_of(Accepted(), tmp_path / "full")
    monkeypatch.setattr(duckdb, "connect", Full)
    assert not kept.repeat(database, {}, ["indicators"])
    monkeypatch.undo()
    assert content(database) == {}


def test_folders_of_killed_processes_are_taken_away_a_day_later(tmp_path: Path) -> None:
    for name, age_hours in (("keep-old", 25), ("parse-old", 25), ("keep-new", 23), ("sources", 25)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "statements.duckdb").touch()
        then = time.time() - age_hours * 3600
        os.utime(folder, (then, then))
    database = tmp_path / "build.duckdb"
    duckdb.connect(str(database)).close()
    statements.keep(tmp_path, "0" * 64, built_of_one_seed(database), tmp_path, database)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"keep-new", "sources"}
