"""`junheng rebuild`: build an earlier release again from the vault, and compare it with what was published then."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, say, used_home_of
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home

Report = Callable[[str], None]


def command(
    release_id: Annotated[str, typer.Argument(help="版本编号，见 junheng releases")],
    out: Annotated[Path, typer.Option("--out", help="重建到哪个文件夹")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """从原始文件重建一个较早的版本，并与当时的内容比对。内容不同时返回 1。"""
    different = rebuild(used_home_of(home, sample), release_id, out, report=say)
    if different:
        say(f"已重建到 {out}，但这些表的内容与当时不同：{'、'.join(different)}。")
        raise typer.Exit(1)
    say(f"已重建到 {out}，各表内容与当时发布的完全相同。")


def rebuild(home: Home, release_id: str, out: Path, *, report: Report = lambda _: None) -> list[str]:
    """Build an earlier release again from the vault, into a folder of its own; the release in force stays.

    Args:
        home: folder of vault and releases.
        release_id: the release to rebuild.
        out: folder to write it into; must not exist.
        report: called with each message about progress, in Chinese.

    Returns:
        Names of the published tables whose content differs from that of the release; empty if none does.

    Raises:
        UsageError: there is no such release, or the folder exists.
        UserError: the release was published by an early version of the program.
        vault.RecordBroken: the record or the vault was changed since.
    """
    from dagster_project.publish.write_release import write_release
    from dagster_project.warehouse import build, description
    from dagster_project.warehouse.build_again import build_again

    described = description.describe_release(home, release_id)
    if out.exists():
        raise UsageError(f"{out} 已经存在；请用 --out 换一个文件夹。")
    if (described.code_sha256, described.models_sha256) != (build.code_digest(), build.models_digest()):
        report("提示：程序、标准或模型在那之后有过更新，重建的结果可能与当时不同。")
    with build_again(home, described, report=report) as started:
        report("正在写出成果…")
        write_release(started)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(started.folder, out)
    rebuilt = description.read_description(out).content_sha256
    then = described.content_sha256
    return sorted(n for n in {*then, *rebuilt} if then.get(n) != rebuilt.get(n))
