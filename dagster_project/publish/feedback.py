"""`junheng feedback`: write the workbooks to give back to the schools, with the cells to correct marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, current_release, say, used_home_of
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home


def command(
    files: Annotated[
        list[str] | None, typer.Argument(help="只要这些文件的反馈；默认全部有问题的文件")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹")] = Path("问题反馈"),
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """把有问题的报表标出要改的单元格退给学校，并按镇街汇总。"""
    from dagster_project.core.terminal import Progress

    progress = Progress()
    written = write_feedback_of_release(
        used_home_of(home, sample), out, files=files or None, report=progress.report
    )
    progress.finish()
    if not written:
        say("没有需要反馈的问题。")
        return
    *copies, summary = written
    towns = sorted({p.parent.name for p in copies if p.parent != out})
    say(f"已写出 {len(copies)} 个反馈文件" + (f"，按镇街分放：{'、'.join(towns)}" if towns else "") + "。")
    say(f"汇总：{summary}")
    say("红色单元格必须改正，黄色是提醒；学校在文件里改好后原样发回，放入年度文件夹再运行 junheng run。")


def write_feedback_of_release(
    home: Home,
    out: Path,
    *,
    files: Sequence[str] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the workbooks to give back for the release in force, and their summary by town.

    Args:
        home: folder of vault, raw rows and releases.
        out: folder to write into; nothing in it is overwritten.
        files: only these: paths under the raw root, ends of such paths, or files under the raw root.
        report: gets a `Counted` message after each file that has problems.

    Raises:
        UserError: nothing is published, or a file is not among those with problems.
    """
    from dagster_project.core.duck import open_marts
    from dagster_project.intake.manifest import read_manifest
    from dagster_project.publish.returned.feedback import write_feedback

    release_id = current_release(home).name
    database = home.analyst / release_id / "marts.duckdb"
    if not database.exists():
        raise UserError(f"{home.analyst} 里没有版本 {release_id} 的数据库；反馈只能在发布它的机器上生成。")
    schools = "select school_code, town from marts.dim_schools where town is not null order by school_year"
    with open_marts(database) as con:
        found = con.execute("select * from marts.fct_problems").df()
        towns = dict(con.execute(schools).fetchall())
    listed = set(found["source_file"].unique())
    wanted = None if files is None else {p for text in files for p in _matching(text, listed)}
    return write_feedback(found, home, read_manifest(home), out, towns, files=wanted, report=report)


def _matching(text: str, listed: set[str]) -> list[str]:
    """Files with problems that a text names by their path or the end of it.

    Raises:
        UserError: there are none.
    """
    wanted = "/" + Path(text).as_posix().lstrip("./")
    found = sorted(p for p in listed if f"/{p}".endswith(wanted) or wanted.endswith(f"/{p}"))
    if not found:
        raise UserError(f"问题清单里没有文件 {text}：没有问题，或者还没有用 junheng run 读入。")
    return found
