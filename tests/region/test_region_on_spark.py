"""A region's tables made by Spark are DuckDB's; what differs is found."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.region.command import command
from dagster_project.region.lake import Lake
from dagster_project.warehouse import build, spark
from dagster_project.warehouse.description import read_description
from dagster_project.warehouse.table_differences import table_differences
from tests.promises.project import Project
from tests.region.accepted_lake import deliver_accepted
from tests.region.many_districts import district
from tests.region.test_districts_stay_apart import built, districts

MISSING = spark.missing_zh()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]


def built_on_spark(root: Path, accepted: Path, folder: Path, *selection: str) -> Path:
    """What the project in a folder makes on Spark of a folder of accepted rows."""
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.region.spark_build",
        str(accepted),
        str(folder / "tables"),
        *selection,
    ]
    paths = os.pathsep.join((str(root), str(PROJECT_ROOT)))
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with duckdb.connect(str(folder / build.DATABASE_NAME)) as con:
        spark.load_tables(con, folder / "tables")
    return folder / build.DATABASE_NAME


def test_a_random_region_of_twelve_districts_over_three_years_is_equal(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    last = [rng.randrange(2022, 2025) for _ in range(12)]
    rows = districts(seed, [range(year - 2, year + 1) for year in last], [rng.random() < 0.7 for _ in last])
    lake = Lake.at(tmp_path / "lake")
    here = built(tmp_path / "duckdb", [deliver_accepted(lake, code, given) for code, given in rows.items()])
    spark.export_accepted(here, tmp_path / "accepted")
    there = built_on_spark(PROJECT_ROOT, tmp_path / "accepted", tmp_path / "spark")
    found = table_differences(here, there)
    assert found.found == {}, f"seed {seed}"
    assert found.tables > 80


def test_a_planted_difference_and_a_planted_word_for_nothing_are_found(tmp_path: Path) -> None:
    """In a copy of the project a blank text of a seed becomes the word None, as dbt-spark's own macro has it; a model adds one."""
    planted = Project.copy_to(tmp_path / "project")
    planted.replace(
        "dbt/macros/spark.sql",
        "'null' if value is none else spark_text(value | string)",
        "spark_text(value | string)",
    )
    planted.replace("dbt/models/core/marts/dim_indicators.sql", "sort_order", "sort_order + 1 as sort_order")
    rows = districts(1, [range(2022, 2024)], [True])
    lake = Lake.at(tmp_path / "lake")
    here = built(tmp_path / "duckdb", [deliver_accepted(lake, code, given) for code, given in rows.items()])
    spark.export_accepted(here, tmp_path / "accepted")
    selection = ("resource_type:seed", "dim_indicators")
    there = built_on_spark(planted.root, tmp_path / "accepted", tmp_path / "spark", *selection)
    found = table_differences(here, there).found
    assert "marts.dim_indicators.sort_order" in found
    assert any(name.startswith("seeds.") and "cells" in what for name, what in found.items()), found


def test_a_regions_run_on_spark_publishes_what_one_on_duckdb_does(tmp_path: Path) -> None:
    """By the command, with its suite, pages and workbooks: each release has the same content, table by table."""
    lake = Lake.at(tmp_path / "lake")
    codes = {"500101": 2024, "500102": 2023}
    for code, year in codes.items():
        deliver_accepted(lake, code, district(code, 1, 3, year))
    homes = {engine: tmp_path / engine for engine in ("duckdb", "spark")}
    for engine, home in homes.items():
        command("run", lake.url, home=home, as_of="2025-01-20", engine=engine)
    for place in (".", *(f"districts/{code}" for code in codes)):
        contents = []
        for home in homes.values():
            folder = Home(home / place).current_dir()
            assert folder is not None
            contents.append(read_description(folder).content_sha256)
        assert contents[0] == contents[1] and contents[0], place
