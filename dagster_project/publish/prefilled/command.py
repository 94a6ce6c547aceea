"""`junheng template`: blank entry forms, or one prefilled workbook per school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, say, used_home_of
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import DEFAULT_RAW


def command(
    out: Annotated[Path, typer.Option("--out", help="模板写到哪个文件夹")],
    year: Annotated[int | None, typer.Option("--year", help="填报年度")] = None,
    prefill: Annotated[
        bool, typer.Option("--prefill", help="每校一个工作簿：只有该校要报的表，名录已填好，旁边是上年数")
    ] = False,
    school: Annotated[
        list[str] | None,
        typer.Option("--school", help="只写这所学校（标识码或全称），可重复给出；与 --prefill 同用"),
    ] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """写出各种报表的空白填报模板，或每校一份的预填表。"""
    from dagster_project.intake.reader import load_declarations

    load_declarations(DEFAULT_RAW)
    if prefill:
        _write_prefilled(out, year, school or [], home, sample)
        return
    if school:
        raise UsageError("--school 要和 --prefill 同用。")
    from dagster_project.forms.entry_forms import write_templates

    for path in write_templates(out, year):
        say(f"已写出 {path}")


def _write_prefilled(
    out: Path, year: int | None, schools: list[str], home: Path | None, sample: bool
) -> None:
    """Write the prefilled workbooks of the release in force.

    Raises:
        UsageError: no year is given.
        UserError: nothing is published, the release lacks the year before, or a file is there already.
    """
    if year is None:
        raise UsageError("加了 --prefill，还要用 --year 写明填报年度，如 --year 2026。")
    from dagster_project.core.duck import open_marts
    from dagster_project.core.terminal import Progress
    from dagster_project.intake.manifest import read_manifest
    from dagster_project.publish.other_sources import kinds_of_sheets
    from dagster_project.publish.prefilled.owed import of_schools, owed_by_schools
    from dagster_project.publish.prefilled.workbooks import write_prefilled
    from dagster_project.warehouse import release

    place = used_home_of(home, sample)
    with open_marts(release.analyst_database(place)) as con:
        owed = of_schools(owed_by_schools(con, kinds_of_sheets(place, read_manifest(place)), year), schools)
    progress = Progress()
    written = write_prefilled(owed, out, year, progress.report)
    progress.finish()
    say(f"已写出 {len(written)} 所学校的预填表，在 {out}，按镇街分放。")
    say("每个文件里有该校自己上年的数（含待遇），请只发给该校；学校填好后放入年度文件夹再运行 junheng run。")
