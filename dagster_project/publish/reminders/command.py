"""`junheng remind`: letters to the schools that have not sent what is due, and a list per town."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import (
    HomeOption,
    SampleOption,
    current_release,
    parse_day,
    say,
    used_home_of,
)


def command(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="提醒的日期，如 2024-10-24；默认现行版本的截至日期")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", min=0, help="截止日前几天起、逾期几天起提醒；默认按 district.yml"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到哪个文件夹；默认成果目录的 reminders/日期/")
    ] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """给将到期和已逾期还没有报的学校写提醒，按镇街列出清单；已报和零报告的不写。"""
    from dagster_project.core.duck import open_marts
    from dagster_project.core.terminal import Progress
    from dagster_project.intake.manifest import read_manifest
    from dagster_project.publish.other_sources import kinds_of_sheets
    from dagster_project.publish.reminders.letters import write_reminders
    from dagster_project.publish.reminders.owing import owing_on, with_sources
    from dagster_project.record.precedence import project_precedence
    from dagster_project.warehouse import districts, release
    from dagster_project.warehouse.description import describe_release

    wanted = parse_day(as_of)
    place = used_home_of(home, sample)
    folder = current_release(place)
    known_until = dt.date.fromisoformat(describe_release(place, folder.name).as_of)
    day = wanted or known_until
    raw = place.bound_raw_root()
    is_there = raw is not None and raw.is_dir()
    declared = districts.read_districts(raw) if raw and is_there else districts.districts_of_release(folder)
    with open_marts(folder / "marts.duckdb") as con:
        owing = owing_on(con, day, declared, days)
    with open_marts(release.analyst_database(place)) as con:
        kinds = kinds_of_sheets(place, read_manifest(place))
        owing = with_sources(con, owing, kinds, project_precedence().kinds_zh)
    if day > known_until:
        say(f"提示：现行版本截至 {known_until}，此后收到的不在内；请先运行 junheng run 再写提醒。")
    if day < known_until:
        say(
            f"提示：报没报按现行版本（截至 {known_until}）所知的算：{day} 之后才收到的也算已报，不再提醒；"
            "只有离截止日的天数按这一天算。"
        )
    progress = Progress()
    target = out or place.root / "reminders" / day.isoformat()
    written = write_reminders(owing, target, day, declared, progress.report)
    progress.finish()
    if not written:
        say(f"截至 {day}，没有要提醒的：该报的都已收到，或还没有到提醒的日子。")
        return
    letters = sum(path.suffix == ".docx" for path in written)
    say(f"截至 {day}：给 {letters} 所学校写了提醒，在 {target}，按镇街分放。")
    say(f"汇总：{written[-1]}")
