"""DuckDB against Spark in a session on this machine: the same models over the same invented rows, in one run.

CPU seconds are compared, over the whole tree of processes: Spark's work is done by Java, below Python. What is done once,
whatever the rows (start of the session, reading the project, seeds), is told apart from the models.
"""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dagster_project.bench import Report
from dagster_project.bench.measure import (
    Measurement,
    growth_exponent,
    measure,
    tree_cpu_seconds,
    tree_peak_megabytes,
)

SIZES = (8_000, 50_000)
FULL_SIZES = (*SIZES, 500_000)
#: What is done once, whatever the rows.
_SET_UP = ("session", "project", "seeds")


def compare_engines(sizes: tuple[int, ...], work: Path, report: Report = print) -> list[dict[str, Any]]:
    """Measure both engines at several sizes; each result is printed, in Chinese, as soon as it is there.

    Args:
        sizes: numbers of schools, ascending.
        work: folder to work in.
        report: told each figure.

    Returns:
        Per size: `schools`, `classes`, `duckdb`, `spark` (CPU seconds by phase, `seconds` of the models, `tree_peak_mb`),
        `hand_over` (CPU seconds of writing and reading Parquet), `tables` and `cells` compared.

    Raises:
        SparkMissing: Java or the packages aren't there.
        AssertionError: the engines' tables differ.
    """
    from dagster_project.warehouse.spark import SparkMissing, missing_zh

    missing = missing_zh()
    if missing:
        raise SparkMissing(missing)
    report(
        "处理器时间含全部子进程（Spark 由 Java 计算）；每次测量各占一个进程，内存为该进程连同子进程的峰值。"
    )
    figures: list[dict[str, Any]] = []
    for schools in sizes:
        figures.append(_measure_size(schools, work / str(schools)))
        for line in lines_of_size_zh(figures[-1]):
            report(line)
    for small, large in itertools.pairwise(figures):
        report(growth_zh(small, large))
    return figures


def _measure_size(schools: int, work: Path) -> dict[str, Any]:
    from dagster_project.warehouse.build import DATABASE_NAME
    from dagster_project.warehouse.table_differences import table_differences

    for name in ("duckdb", "spark"):
        (work / name).mkdir(parents=True)
    here, there = work / "duckdb" / DATABASE_NAME, work / "spark" / DATABASE_NAME
    accepted, tables = str(work / "accepted"), str(work / "tables")
    made = measure("scale:generate", database=str(here), schools=schools).value
    out = measure("engines:hand_out", database=str(here), accepted=accepted)
    duckdb = measure("engines:run_duckdb", database=str(here))
    spark = measure("engines:run_spark", accepted=accepted, folder=str(work / "session"), tables=tables)
    back = measure("engines:take_in", database=str(there), tables=tables)
    compared = table_differences(here, there)
    shutil.rmtree(work)
    if compared.found:
        raise AssertionError(f"DuckDB and Spark disagree at {schools} schools: {compared.found}")
    return {
        "schools": schools,
        "classes": made["classes"],
        "duckdb": _figures(duckdb),
        "spark": _figures(spark),
        "hand_over": out.cpu_seconds + back.cpu_seconds,
        "tables": compared.tables,
        "cells": compared.cells,
        "processes": {name: asdict(m) for name, m in (("duckdb", duckdb), ("spark", spark))},
    }


def _figures(measured: Measurement) -> dict[str, Any]:
    return {"seconds": measured.seconds, **measured.value}


def lines_of_size_zh(figures: dict[str, Any]) -> list[str]:
    """What the two engines took at one size.

    Args:
        figures: one entry of what `compare_engines` returns.
    """
    where = f"（戊）{figures['schools']:,} 所学校、{figures['classes']:,} 个班"
    lines = []
    for name, label, steps in (
        ("duckdb", "DuckDB ", "解析模型、载入种子"),
        ("spark", "Spark（本机会话）", "启动会话、解析模型、载入种子"),
    ):
        took = figures[name]
        set_up = sum(took["cpu"].get(phase, 0.0) for phase in _SET_UP)
        lines.append(
            f"{where}：{label}计算模型用 {took['cpu']['models']:.1f} 处理器秒（{took['seconds']:.1f} 秒），"
            f"内存 {took['tree_peak_mb']:,.0f} MB；准备（{steps}）另用 {set_up:.1f} 处理器秒"
        )
    ratio = figures["spark"]["cpu"]["models"] / figures["duckdb"]["cpu"]["models"]
    lines.append(
        f"{where}：Spark 的处理器时间是 DuckDB 的 {ratio:.1f} 倍，经 Parquet 交接另用 {figures['hand_over']:.1f} 处理器秒；"
        f"{figures['tables']} 张表、{figures['cells']:,} 个单元格全部一致"
    )
    return lines


def growth_zh(small: dict[str, Any], large: dict[str, Any]) -> str:
    """How the time of each engine grows from one size to a larger one.

    Args:
        small, large: two entries of what `compare_engines` returns.
    """
    sizes = small["schools"], large["schools"]
    duckdb, spark = (
        growth_exponent(sizes, (small[name]["cpu"]["models"], large[name]["cpu"]["models"]))
        for name in ("duckdb", "spark")
    )
    return (
        f"（戊）从 {sizes[0]:,} 所到 {sizes[1]:,} 所，DuckDB 的处理器时间按规模的 {duckdb:.2f} 次方增长，"
        f"Spark 的按 {spark:.2f} 次方"
    )


# --- in the measured processes ---


class _Phases:
    """CPU seconds of this process and all below it, phase by phase."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.seconds = 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started, busy = time.perf_counter(), tree_cpu_seconds()
        yield
        self.cpu[name] = tree_cpu_seconds() - busy
        self.seconds = time.perf_counter() - started

    def told(self) -> dict[str, Any]:
        return {"cpu": self.cpu, "seconds": self.seconds, "tree_peak_mb": tree_peak_megabytes()}


def hand_out(database: str, accepted: str) -> dict[str, Any]:
    """Write schema `accepted` of a build file as Parquet."""
    from dagster_project.warehouse.spark import export_accepted

    export_accepted(Path(database), Path(accepted))
    return {}


def take_in(database: str, tables: str) -> dict[str, Any]:
    """Read the tables that Spark left into a new build file."""
    import duckdb

    from dagster_project.warehouse.spark import load_tables

    with duckdb.connect(database) as con:
        load_tables(con, Path(tables))
    return {}


def run_duckdb(database: str) -> dict[str, Any]:
    """Seeds and models on DuckDB, without tests.

    Args:
        database: the build file, with schema `accepted`.

    Returns:
        seconds: of the models; `cpu`: CPU seconds by phase; `tree_peak_mb`.
    """
    from dagster_project.warehouse import build

    phases = _Phases()
    path = Path(database)
    with phases.phase("project"):
        manifest = build.prepare_manifest()
    _run(phases, path, manifest, ["--target-path", str(path.parent / "dbt")])
    return phases.told()


def run_spark(accepted: str, folder: str, tables: str) -> dict[str, Any]:
    """The same on Spark, in a session with the settings that the size gets.

    Args:
        accepted: folder with schema `accepted` as Parquet.
        folder: folder of the session.
        tables: folder to write, see `spark.build_parquet`.
    """
    from dagster_project.warehouse import build, spark

    phases = _Phases()
    work = Path(folder)
    work.mkdir()
    database = work / build.DATABASE_NAME
    arguments = ["--target", "spark", "--target-path", str(work / "dbt")]
    settings = spark.SparkSettings()
    busy = tree_cpu_seconds()
    with spark.open_session(work, accepted, settings) as session:
        phases.cpu["session"] = tree_cpu_seconds() - busy
        with phases.phase("project"):
            manifest = _invoke(["parse", *arguments], database).result
            _invoke(["run-operation", "register_accepted", *arguments], database, manifest)
        _run(phases, database, manifest, ["--threads", str(settings.threads), *arguments])
        described, told = spark.describe_tables(session), phases.told()
    spark.keep_tables(work, described, Path(tables))
    return told


def _run(phases: _Phases, database: Path, manifest: Any, arguments: list[str]) -> None:
    """Seeds, then the models of the indicators: those that the other measurements of the bench run."""
    from dagster_project.bench.scale import INDICATORS_ONLY

    for phase, verb in (("seeds", "seed"), ("models", "run")):
        with phases.phase(phase):
            _invoke([verb, "--no-write-json", *INDICATORS_ONLY, *arguments], database, manifest)


def _invoke(arguments: list[str], database: Path, manifest: Any = None) -> Any:
    """Run dbt.

    Raises:
        BuildFailed: it failed; the message names what did.
    """
    from dagster_project.warehouse import build

    outcome = build.invoke(arguments, database, manifest)
    if not outcome.success:
        raise build.BuildFailed(build.failure_zh(outcome))
    return outcome
