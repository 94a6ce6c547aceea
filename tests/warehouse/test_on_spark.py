"""The whole dbt project on Apache Spark: every published table equals DuckDB's, all columns, types and cells."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import jinja2
import pytest

from dagster_project.core.errors import UsageError
from dagster_project.core.homes import DBT_DIR, Home
from dagster_project.region.command import command
from dagster_project.warehouse import build, spark
from dagster_project.warehouse.table_differences import table_differences

MISSING = spark.missing_zh()
on_spark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]


@pytest.fixture(scope="module")
def both(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The build files of DuckDB and of Spark, from the sample's accepted rows; unit tests included."""
    home, folder = Home(sample_home), tmp_path_factory.mktemp("spark")
    analyst = home.analyst / str(home.release_in_force()) / "marts.duckdb"
    here, there = folder / "duckdb" / build.DATABASE_NAME, folder / "spark" / build.DATABASE_NAME
    for path in (here, there):
        path.parent.mkdir()
        with duckdb.connect(str(path)) as con:
            con.execute(f"attach '{analyst}' as analyst (read_only)")
            con.execute("create schema accepted")
            sql = "select table_name from duckdb_tables() where database_name = 'analyst' and schema_name = 'accepted'"
            for (table,) in con.execute(sql).fetchall():
                con.execute(f"create table accepted.{table} as select * from analyst.accepted.{table}")
    build.run_models(here)
    spark.run_models(there, settings=spark.SparkSettings(memory="2g", is_small=True), unit_tests=True)
    return here, there


class TestOnSpark:
    pytestmark = on_spark

    def test_every_published_table_is_equal(self, both: tuple[Path, Path]) -> None:
        found = table_differences(*both)
        assert found.found == {}
        assert found.tables > 80
        assert found.cells > 1_000_000

    def test_a_blank_cell_of_a_seed_is_missing_and_not_a_word(self, both: tuple[Path, Path]) -> None:
        blanks = 0
        with duckdb.connect(str(both[1]), read_only=True) as con:
            sql = "select table_name from duckdb_tables() where schema_name = 'seeds'"
            loaded = {name for (name,) in con.execute(sql).fetchall()}
            # a region's comparison is DuckDB's
            assert {path.stem for path in (DBT_DIR / "seeds").glob("*.csv")} - loaded == {"region_figures"}
            for path in sorted(DBT_DIR / "seeds" / f"{name}.csv" for name in loaded):
                with path.open(encoding="utf-8", newline="") as stream:
                    rows = list(csv.DictReader(stream))
                for column in rows[0]:
                    wanted = sum(row[column] == "" for row in rows)
                    sql = f"select count(*) from seeds.{path.stem} where {column} is null"
                    assert con.execute(sql).fetchall() == [(wanted,)], f"{path.stem}.{column}"
                    blanks += wanted
        assert blanks > 100


def test_without_java_or_packages_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spark, "missing_zh", lambda: "没有 Java")
    with pytest.raises(spark.SparkMissing, match="没有 Java"):
        spark.build_parquet(tmp_path, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()


@pytest.mark.parametrize(("engine", "said"), [("flink", "duckdb 或 spark"), ("spark", "没有 Java")])
def test_an_engine_that_is_not_there_is_refused_before_anything_is_read(
    engine: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(spark, "missing_zh", lambda: "没有 Java")
    with pytest.raises(UsageError, match=said):
        command("run", str(tmp_path / "lake"), home=tmp_path / "home", engine=engine)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("text", "literal"),
    [("甲", "'甲'"), ("it's", r"'it\'s'"), ("a\\b", r"'a\\b'"), ("\\'", r"'\\\''"), ("None", "'None'")],
)
def test_a_text_of_a_seed_is_quoted_as_spark_reads_it(text: str, literal: str) -> None:
    macros = (DBT_DIR / "macros" / "spark.sql").read_text(encoding="utf-8")
    found = re.search(r"{% macro spark_text.*?endmacro %}", macros, re.DOTALL)
    assert found is not None
    template = jinja2.Environment().from_string(found[0] + "{{ spark_text(text) }}")
    assert template.render(text=text).strip() == literal


def test_tables_that_were_left_by_spark_are_read_with_their_types(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    (tables / "marts" / "fct" / "district_code=500115").mkdir(parents=True)
    (tables / "marts" / "none").mkdir()
    with duckdb.connect() as con:
        file = tables / "marts" / "fct" / "district_code=500115" / "part-0.parquet"
        con.execute(f"copy (select cast(7 as bigint) as classes, 'a' as stage) to '{file}' (format parquet)")
        (tables / spark.TABLES_FILE).write_text(
            '{"marts": {"fct": [["stage", "varchar"], ["district_code", "varchar"], ["classes", "bigint"]],'
            ' "none": [["stage", "varchar"]]}}'
        )
        spark.load_tables(con, tables)
        assert con.execute("select * from marts.fct").fetchall() == [("a", "500115", 7)]
        assert con.execute("select * from marts.none").fetchall() == []
