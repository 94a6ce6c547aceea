"""`junheng decide`: list the held files, and accept or reject one of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dagster_project.core.commands import HomeOption, SampleOption, run_again, say, used_home_of
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time
from dagster_project.core.lock import writer_lock

#: What is held besides files, by the kind of the hold.
_HELD_ZH = {
    "correction": "{file} 的更正（corrections.yml）",
    "precedence": "{year} 学年改用的来源次序（{file}）",
}
_VERDICT_ZH = {"accept": "已采用", "reject": "已驳回"}


def command(
    hold: Annotated[str | None, typer.Argument(help="挂起编号，如 H3-1；不写则列出全部挂起")] = None,
    verdict: Annotated[str | None, typer.Argument(help="accept 采用，或 reject 驳回")] = None,
    reason: Annotated[str, typer.Option("--reason", help="理由，会随数字一起公布")] = "",
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """决定挂起的文件（旧版重报、只报了一部分、截止后补报）、截止后的更正和来源次序是否采用；不写编号则列出全部。"""
    place = used_home_of(home, sample)
    if hold is None:
        _print_holds(place)
        return
    if verdict is None:
        raise UsageError("请写明决定：accept（采用）或 reject（驳回）。")
    decide(place, hold, verdict, reason)
    say(f"{hold} 已记为{'采用' if verdict == 'accept' else '驳回'}；请运行 {run_again(place)} 更新成果。")


def _print_holds(home: Home) -> None:
    from dagster_project.intake.manifest import read_manifest

    found = read_manifest(home).holds()
    for held in found:
        file, verdict_zh = held.file, _VERDICT_ZH.get(held.verdict or "", "待决定")
        say(f"{file.hold}  {verdict_zh}  {file.path}（{local_time(file.received_at):%Y-%m-%d} 收到）")
        for because in file.held_because[:1]:
            say(f"    {because.message_zh}")
    say(f"共 {len(found)} 个挂起文件，{sum(h.verdict is None for h in found)} 个待决定。")
    if others := held_besides_files(home):
        for hold in others:
            what = _HELD_ZH[hold["hold_kind"]].format(file=hold["source_file"], year=hold["school_year"])
            say(f"{hold['hold_id']}  {_VERDICT_ZH.get(hold['verdict'], '待决定')}  {what}")
        waiting = sum(hold["verdict"] == "waiting" for hold in others)
        say(f"共 {len(others)} 项截止后的更正和来源次序，{waiting} 项待决定。")


def decide(home: Home, hold: str, verdict: str, reason: str) -> None:
    """Accept or reject what is held, under the writer's lock; see `decisions.decide`."""
    from dagster_project.intake import decisions

    with writer_lock(home):
        others = [other["hold_id"] for other in held_besides_files(home)]
        decisions.decide(home, hold, verdict, reason, held_besides=others)


def held_besides_files(home: Home) -> list[dict[str, Any]]:
    """Corrections and orders of sources that the release in force holds: rows of `fct_holds`, in the order of their numbers."""
    from dagster_project.core.duck import open_marts, rows

    folder = home.current_dir()
    if folder is None:
        return []
    with open_marts(folder / "marts.duckdb") as con:
        found = rows(con, "select * from marts.fct_holds order by hold_id")
    # a release of an early version knows no kinds, and is built anew at the next run
    return [hold for hold in found if hold.get("hold_kind", "file") != "file"]
