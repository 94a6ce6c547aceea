"""Builds the marts of a published release once more from the vault, also for an earlier day."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.lock import writer_lock
from dagster_project.intake import vault
from dagster_project.intake.manifest import read_manifest
from dagster_project.warehouse import release, steps

if TYPE_CHECKING:
    from dagster_project.warehouse.description import Description


@contextlib.contextmanager
def build_again(
    home: Home, described: Description, *, as_of: dt.date | None = None, report: steps.Report = lambda _: None
) -> Iterator[steps.Build]:
    """A build, models done, of what a release knew; it is discarded at the end and never put in force.

    Args:
        home: folder of vault and releases.
        described: the release.
        as_of: day of the figures; that of the release by default.
        report: called with each message about progress, in Chinese.

    Raises:
        UserError: the release was published by an early version of the program.
        vault.RecordBroken: the record or the vault was changed since.
        Busy: another process is writing to the home.
        BuildFailed: a model or a test failed.
    """
    if described.record is None:
        raise UserError(
            f"版本 {described.release_id} 由较早的程序发布，没有留下重建所需的记录；原始文件仍在，可用 junheng run 重新发布。"
        )
    with writer_lock(home):
        release.sweep(home)
        manifest = read_manifest(home, blocks=described.record.blocks)
        if manifest.chain != described.record.chain:
            raise vault.RecordBroken("登记簿与那个版本所依据的不同；请运行 junheng verify 查看。")
        steps.restore_raw_rows(home, report)
        day = described.as_of if as_of is None else as_of.isoformat()
        started = steps.Build(
            home,
            f"{described.release_id}-rebuilt",
            described.inputs_sha256,
            day,
            described.built_at,
            manifest,
            described.corrections_sha256,
            tuple(described.absent_files),
            described.precedence_sha256,
            sent_by_then=day != described.as_of,
        )
        started.make_folders()
        try:
            report("正在校验数据…")
            steps.judge_and_load(started)
            steps.transform(started, report=report)
            steps.check_marts(started)
            yield started
        finally:
            steps.discard(started)
