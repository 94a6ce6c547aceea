"""`junheng bench`: its option; the measurements are in the package itself."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.core.commands import say


def command(
    full: Annotated[bool, typer.Option("--full", help="含全国规模（约需数分钟）")] = False,
) -> None:
    """性能数据：每个数字都是同一次运行中与参照物之比。"""
    from dagster_project.bench import run_benchmarks

    run_benchmarks(full=full, report=say)
