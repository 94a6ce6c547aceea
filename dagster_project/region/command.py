"""`junheng region run`: publishes all districts of a lake, and the page on which they stand side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import parse_day, say
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import DEFAULT_HOME
from dagster_project.core.terminal import Progress

if TYPE_CHECKING:
    from dagster_project.region.run import RegionSummary, RunModels

#: The region's home unless another is given.
REGION_HOME = DEFAULT_HOME / "region"


def command(
    action: Annotated[str, typer.Argument(help="run：计算并发布各区县和区县对比")],
    lake: Annotated[str, typer.Option("--lake", help="汇集处：文件夹，或 s3://、hdfs:// 等地址")],
    home: Annotated[Path | None, typer.Option("--home", help="成果目录，默认 warehouse/region/")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="成果截至日期，如 2024-03-31；默认今天")
    ] = None,
    engine: Annotated[
        str, typer.Option("--engine", help="用什么计算指标：duckdb，或 spark（见 docs/scaling.md）")
    ] = "duckdb",
) -> None:
    """由汇集处的各区县数据，发布每个区县的版本和区县对比。"""
    from dagster_project.region.run import run_region

    if action != "run":
        raise UsageError(f"region 后面应写 run，不是“{action}”：junheng region run --lake {lake}")
    from dagster_project.warehouse import build, spark

    engines: dict[str, RunModels] = {"duckdb": build.run_models, "spark": spark.run_models}
    if engine not in engines:
        raise UsageError(f"--engine 应写 duckdb 或 spark，不是“{engine}”。")
    missing = spark.missing_zh() if engine == "spark" else None
    if missing:
        raise UsageError(missing)
    progress = Progress()
    summary = run_region(
        lake,
        home or REGION_HOME,
        as_of=parse_day(as_of),
        report=progress.report,
        run_models=engines[engine],
    )
    progress.finish()
    print_summary(summary)


def print_summary(summary: RegionSummary) -> None:
    """Print what became of each district, and where the results are."""
    from dagster_project.publish.labels import dictionary

    words = dictionary("delivery_status")
    say("")
    for status, word in reversed(list(words.items())):
        found = [s for s in summary.states if s.status == status]
        if found:
            say(f"{word}：{len(found)} 个区县（{'、'.join(s.district_zh for s in found)}）")
    new = sum(o.is_new for o in summary.outcomes.values())
    unwritten = [o for o in summary.outcomes.values() if o.problem_zh]
    say(f"区县版本：新写 {new} 个，没有变化 {len(summary.outcomes) - new - len(unwritten)} 个")
    for outcome in unwritten:
        say(f"  没有写出 {outcome.district_code}：{outcome.problem_zh}")
    for line in summary.refused_zh:
        say(f"  没有采用 {line}")
    say(f"{'已发布新的区县对比' if summary.is_new else '没有新内容，沿用版本'}：{summary.release_id}")
    say(f"区县对比：{summary.home / 'releases' / summary.release_id / 'site' / 'index.html'}")
    say(f"各区县的版本在：{summary.home / 'districts'}")
