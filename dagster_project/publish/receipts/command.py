"""`junheng receipts`: a receipt for each school that sent something."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, say, used_home_of
from dagster_project.core.errors import UsageError


def command(
    submission: Annotated[
        int | None, typer.Option("--submission", help="第几次收件；默认最近一次有报表的收件")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="写到哪个文件夹；默认成果目录的 receipts/")
    ] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """给报来东西的每所学校写一份收件回执：收到什么、何时、采用多少、还有什么问题。"""
    from dagster_project.core.duck import open_marts
    from dagster_project.core.terminal import Progress
    from dagster_project.intake.manifest import read_manifest
    from dagster_project.publish.receipts.received import files_of, last_submission, receipts_of
    from dagster_project.publish.receipts.workbooks import write_receipts
    from dagster_project.warehouse import release

    place = used_home_of(home, sample)
    database = release.analyst_database(place)
    manifest = read_manifest(place)
    number = last_submission(manifest) if submission is None else submission
    if number is None or not files_of(manifest, number):
        numbers = sorted({f.submission for f in manifest.files if not f.is_evidence})
        known = f"有报表的是第 {'、'.join(map(str, numbers[-8:]))} 次" if numbers else "还没有收到过报表"
        raise UsageError(f"没有第 {number} 次收件，或那一次没有报表；{known}。")
    with open_marts(database) as con:
        receipts = receipts_of(con, place, manifest, number)
    folder = out or place.root / "receipts" / f"{number:06d}"
    progress = Progress()
    write_receipts(receipts, folder, database.parent.name, progress.report)
    progress.finish()
    unsettled = sum(not r.is_settled for r in receipts)
    say(
        f"已写出第 {number} 次收件的回执：{len(receipts)} 所学校，其中 {unsettled} 所还有问题或没有报齐，在 {folder}。"
    )
