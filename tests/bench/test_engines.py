"""DuckDB against Spark in one run: what is printed follows from what was measured, and unequal tables are an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.bench import engines
from dagster_project.bench.command import command
from dagster_project.bench.measure import (
    Measurement,
    growth_exponent,
    tree_cpu_seconds,
    tree_peak_megabytes,
)
from dagster_project.warehouse import spark


def figures(schools: int, on_duckdb: float, on_spark: float) -> dict[str, Any]:
    return {
        "schools": schools,
        "classes": schools * 40,
        "duckdb": {
            "cpu": {"project": 2.0, "seeds": 0.5, "models": on_duckdb},
            "seconds": 4.3,
            "tree_peak_mb": 271.2,
        },
        "spark": {
            "cpu": {"session": 5.0, "project": 13.0, "seeds": 4.5, "models": on_spark},
            "seconds": 60.0,
            "tree_peak_mb": 1500.0,
        },
        "hand_over": 1.5,
        "tables": 50,
        "cells": 1_234_567,
    }


def test_each_size_is_told_with_ratio_and_set_up_apart() -> None:
    # set-up: 2 + 0.5 and 5 + 13 + 4.5; ratio: 50.4 / 8
    assert engines.lines_of_size_zh(figures(8_000, 8.0, 50.4)) == [
        "（戊）8,000 所学校、320,000 个班：DuckDB 计算模型用 8.0 处理器秒（4.3 秒），内存 271 MB；"
        "准备（解析模型、载入种子）另用 2.5 处理器秒",
        "（戊）8,000 所学校、320,000 个班：Spark（本机会话）计算模型用 50.4 处理器秒（60.0 秒），内存 1,500 MB；"
        "准备（启动会话、解析模型、载入种子）另用 22.5 处理器秒",
        "（戊）8,000 所学校、320,000 个班：Spark 的处理器时间是 DuckDB 的 6.3 倍，经 Parquet 交接另用 1.5 处理器秒；"
        "50 张表、1,234,567 个单元格全部一致",
    ]


def test_growth_is_told_from_one_size_to_the_next() -> None:
    # eight times the schools: 4 to 32 s is the first power, 50 to 100 s is the third part of it (2 = 8 ** (1/3))
    assert engines.growth_zh(figures(8_000, 4.0, 50.0), figures(64_000, 32.0, 100.0)) == (
        "（戊）从 8,000 所到 64,000 所，DuckDB 的处理器时间按规模的 1.00 次方增长，Spark 的按 0.33 次方"
    )


@pytest.mark.parametrize(
    ("sizes", "times", "power"),
    [((10, 20), (3, 6), 1.0), ((10, 20), (3, 3), 0.0), ((10, 20), (3, 12), 2.0), ((1, 100), (5, 50), 0.5)],
)
def test_a_growth_exponent_is_the_ratio_of_logarithms(
    sizes: tuple[int, int], times: tuple[int, int], power: float
) -> None:
    assert growth_exponent(sizes, times) == pytest.approx(power)


def test_without_java_or_packages_nothing_is_measured_and_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spark, "missing_zh", lambda: "没有 Java")
    monkeypatch.setattr(engines, "measure", lambda *_, **__: pytest.fail("measured"))
    with pytest.raises(spark.SparkMissing, match="没有 Java"):
        command(spark=True)


@pytest.mark.parametrize(("on_spark", "is_equal"), [(1, True), (2, False)])
def test_tables_that_differ_are_an_error(
    on_spark: int, is_equal: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(function: str, **arguments: str) -> Measurement:
        if function in ("scale:generate", "engines:take_in"):
            with duckdb.connect(arguments["database"]) as con:
                con.execute("create schema marts")
                classes = 1 if function == "scale:generate" else on_spark
                con.execute(f"create table marts.fct as select {classes} as classes")
        known = figures(8_000, 8.0, 50.0)
        told = {"engines:run_duckdb": known["duckdb"], "engines:run_spark": known["spark"]}
        return Measurement(1.0, 0.0, 1.0, 0.25, told.get(function, {"classes": 320_000}))

    monkeypatch.setattr(spark, "missing_zh", lambda: None)
    monkeypatch.setattr(engines, "measure", measured)
    lines: list[str] = []
    if not is_equal:
        with pytest.raises(AssertionError, match=r"marts\.fct\.classes"):
            engines.compare_engines((8_000,), tmp_path, lines.append)
        return
    (size,) = engines.compare_engines((8_000,), tmp_path, lines.append)
    assert (size["tables"], size["cells"], size["hand_over"]) == (1, 1, 0.5)
    assert len(lines) == 4


def test_time_and_memory_of_a_process_below_count() -> None:
    work = "b = bytearray(150_000_000); b[::4096] = b'1' * len(b[::4096])\n"
    work += "import time\nwhile time.process_time() < 0.4: pass\nprint(flush=True)\ninput()"
    cpu_seconds, peak_mb = tree_cpu_seconds(), tree_peak_megabytes()
    with subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdout.readline()
        assert tree_cpu_seconds() - cpu_seconds > 0.35
        if sys.platform == "linux":
            assert tree_peak_megabytes() - peak_mb > 150
        child.stdin.write("\n")


def test_a_session_is_small_by_the_bytes_of_the_accepted_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "_SMALL_BYTES", 1_000)
    (tmp_path / "classes.parquet").mkdir()
    for name in ("schools.parquet", "classes.parquet/part-0.parquet"):
        (tmp_path / name).write_bytes(b"x" * 499)
    assert spark._is_small(str(tmp_path))
    (tmp_path / "schools.parquet").write_bytes(b"x" * 501)
    assert not spark._is_small(str(tmp_path))
    assert not spark._is_small("s3://lake/accepted")
