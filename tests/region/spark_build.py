"""Builds the models on Spark without their data tests: rows that were drawn at random need not be believable.

Run as `python -m tests.region.spark_build ACCEPTED TABLES [SELECTION …]`; the project is the one of the working folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from dagster_project.warehouse import build, spark


def build_without_tests(accepted: Path, tables: Path, selection: list[str]) -> None:
    """Build models from a folder of accepted rows; see `spark.build_parquet`."""
    with tempfile.TemporaryDirectory(dir=tables.parent, ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        common = ["--target", "spark", "--target-path", str(folder / "dbt")]
        arguments = [
            "build",
            *common,
            "--no-write-json",
            "--threads",
            "2",
            "--exclude",
            f"tag:{build.REGION_TAG}",
        ]
        arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
        arguments += ["--select", *selection] if selection else []
        settings = spark.SparkSettings(memory="2g", is_small=True)
        with spark.open_session(folder, str(accepted), settings) as session:
            for order in (["run-operation", "register_accepted", *common], arguments):
                outcome = build.invoke(order, folder / build.DATABASE_NAME)
                if not outcome.success:
                    raise build.BuildFailed(build.failure_zh(outcome))
            described = spark.describe_tables(session)
        spark.keep_tables(folder, described, tables)


if __name__ == "__main__":
    build_without_tests(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
