"""`junheng bench`: its options; the measurements are in the package itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import say


def command(
    full: Annotated[bool, typer.Option("--full", help="含全国规模（约需数分钟）")] = False,
    spark: Annotated[
        bool, typer.Option("--spark", help="只比较 DuckDB 与 Spark（见 docs/scaling.md）")
    ] = False,
) -> None:
    """性能数据：每个数字都是同一次运行中与参照物之比。"""
    from dagster_project.bench import engines, run_benchmarks

    if spark:
        with tempfile.TemporaryDirectory(prefix="junheng-bench-") as folder:
            engines.compare_engines(engines.FULL_SIZES if full else engines.SIZES, Path(folder), report=say)
    else:
        run_benchmarks(full=full, report=say)
