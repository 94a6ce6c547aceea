"""`junheng run`: its options, its progress, and the closing summary of what came in and where the results are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import (
    HomeOption,
    RawOption,
    SampleOption,
    home_of,
    parse_day,
    raw_root_of,
    say,
)
from dagster_project.core.homes import Home
from dagster_project.core.terminal import Progress
from dagster_project.core.text import place_zh, text_width

if TYPE_CHECKING:
    from dagster_project.warehouse.description import FeedCompleteness, NotUsed, ReturnsOwed

_RESULTS_ZH = {
    "site/index.html": "网页，双击或用 junheng open 打开",
    "workbooks/": "给督导委员会的工作簿",
    "reports/": "整改周报、月报",
    "问题清单.csv": "可用 Excel 或 WPS 打开；程序读的是 problems.csv",
    "marts.duckdb": "全部指标表",
}
#: What was not used, and how it is counted: each file and each sheet once, whatever is said about it.
_WHAT_ZH = {"file": "文件 {} 个", "sheet": "工作表 {} 张", "column": "列 {} 处", "row": "行 {} 处"}
#: Items of the summary that are printed; the rest is counted.
_SHOWN_NOT_USED = 5
_SHOWN_OWING = 4


def command(
    raw: RawOption = None,
    home: HomeOption = None,
    sample: SampleOption = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="成果截至日期，如 2024-03-31；默认今天")
    ] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="学校名录比现行版本少一半以上也发布")
    ] = False,
) -> None:
    """读入新报表，校验、计算并发布新版本。"""
    from dagster_project import run
    from dagster_project.intake.decide import held_besides_files
    from dagster_project.publish import labels

    day = parse_day(as_of)
    progress = Progress()
    place = home_of(home, sample)
    summary = run.run(
        raw_root_of(raw, sample), place.root, as_of=day, report=progress.report, accept_loss=accept_loss
    )
    progress.finish()
    release = summary.release
    files = "，".join(f"{labels.STATUS_ZH.get(k, k)} {v}" for k, v in release.files.items())
    rows = release.rows
    replaced = rows["quarantined"] - (
        rows["quarantined"] if release.rows_to_correct is None else release.rows_to_correct
    )
    replaced_zh = f"（其中 {replaced} 行后来已重报，不用再改）" if replaced else ""
    unpublished = rows.get("unpublished", 0)  # early versions didn't count them
    unpublished_zh = f"（其中 {unpublished} 行没有一个成果表的数由它算出，只存档）" if unpublished else ""
    say("")
    say(f"历次收到的文件：{sum(release.files.values())} 个（{files}）")
    say(
        f"其中的数据行：读入 {rows['read']}，采用 {rows['accepted']}{unpublished_zh}，暂不采用 {rows['quarantined']}{replaced_zh}，"
        f"略去（合计行、空行、重复行，整表拒收的行） {rows['dropped']}"
    )
    if release.problems:
        listed = "，".join(f"{labels.SEVERITY_ZH.get(k, k)} {v}" for k, v in release.problems.items())
        say(f"问题清单：{listed}")
    if release.rows_put_off:
        say(
            f"截至 {release.as_of} 之后的数据行：{release.rows_put_off} 行（最早的是 {release.put_off_from}），"
            "已存档，到那一天才计入。"
        )
    _print_not_used(release.not_used)
    _print_completeness(release.completeness)
    _print_returns_owed(release.returns_owed)
    for year_zh, tables in release.closed_years_changed.items():
        say(
            f"提示：已截止的 {year_zh} 学年有数字变动（{'、'.join(tables)}）；请核对是否由批准的补报、更正或标准更新引起。"
        )
    if waiting := [hold for hold in held_besides_files(place) if hold["verdict"] == "waiting"]:
        say(
            f"提示：截止之后新写的更正或新改的来源次序有 {len(waiting)} 项没有采用，待决定；用 junheng decide 列出。"
        )
    if summary.returned:
        folder = place.root / "feedback" / summary.release_id
        say(f"退回件：{len(summary.returned)} 份，在 {folder}（可发给学校，改好后放回原文件夹再运行）")
    received = place.root / "receipts" / f"{summary.release_id}.csv"
    if summary.is_new and received.exists():
        say(f"收件清单：{received}（给学校的回执用 junheng receipts 写出）")
    print_results(place, summary.release_id, is_new=summary.is_new)


def print_results(place: Home, release_id: str, *, is_new: bool) -> None:
    """Print which release is in force and where its parts are."""
    from dagster_project.warehouse.release import complete_releases

    in_force, newest = place.release_in_force(), max(complete_releases(place), default=release_id)
    if is_new:
        say(f"已发布新版本：{release_id}")
    elif in_force == release_id:
        say(f"没有新内容，沿用版本：{release_id}")
    else:
        say(f"没有新内容，仍是版本 {release_id} 的内容；这一版用 junheng rollback 退回过，没有重新生效。")
    if in_force != newest:
        say(
            f"提示：生效的是较早的版本 {in_force}，不是最新的 {newest}；要换一个版本，用 junheng rollback 版本编号。"
        )
    current: Path = place.current_dir() or place.root
    say(f"成果在：{current}")
    for name, what in _RESULTS_ZH.items():
        if (current / name).exists():
            say(f"  {name}{' ' * (18 - text_width(name))}{what}")


def _print_not_used(found: list[NotUsed]) -> None:
    """Print what was received and reached no figure: the most severe items with their reasons, the rest as a count."""
    if not found:
        say("报来的内容全部用上了。")
        return
    counts = not_used_counts(found)
    say(
        "没有用上的："
        + "，".join(_WHAT_ZH[what].format(n) for what, n in counts.items() if n)
        + "（一行有几处问题就算几处，详见问题清单）"
    )
    for item in found[:_SHOWN_NOT_USED]:
        say(f"  {place_zh(item.source_file, item.sheet, item.cell)}：{item.why}")
    if len(found) > _SHOWN_NOT_USED:
        say(f"  ……其余 {len(found) - _SHOWN_NOT_USED} 处见问题清单。")


def not_used_counts(found: Iterable[NotUsed]) -> dict[str, int]:
    """Number of files, sheets, columns and rows that reached no figure; files and sheets are counted once each."""
    items = list(found)
    return {
        "file": len({item.source_file for item in items if item.what == "file"}),
        "sheet": len({(item.source_file, item.sheet) for item in items if item.what == "sheet"}),
        "column": sum(item.what == "column" for item in items),
        "row": sum(item.what == "row" for item in items),
    }


def _print_completeness(completeness: list[FeedCompleteness]) -> None:
    """Print how many schools sent each feed of the latest years, and who still owes it; a year without a return in one line."""
    for _, of_year in groupby(completeness, lambda item: item.school_year):
        _print_completeness_of_year(list(of_year))


def _print_completeness_of_year(completeness: list[FeedCompleteness]) -> None:
    from dagster_project.intake.feeds import load_feeds

    feeds = load_feeds()
    year = completeness[0].school_year
    due_on = max(item.due_on for item in completeness)
    carried_on = max(item.schools_carried_on for item in completeness)
    by_zh = f"，截止日 {due_on}" if due_on else ""
    if not any(item.schools_received for item in completeness):
        due = max(item.schools_due for item in completeness)
        say(
            f"{year} 学年报送：还没有报来（{len(completeness)} 种报表，应报 {due} 所{by_zh}；名单见网页“数据质量”）"
        )
        return
    register_zh = f"，其中 {carried_on} 所沿用往年名录" if carried_on else ""
    say(f"{year} 学年报送（应报按在用的学校名录计算{register_zh}{by_zh}）：")
    for item in completeness:
        # a release of an early version has only the codes of the schools
        text = item.still_owing_zh or item.still_owing.replace(" ", "、")
        owing = [name for name in text.split("、") if name]
        more = f" 等 {len(owing)} 所" if len(owing) > _SHOWN_OWING else ""
        owing_zh = f"；还欠：{'、'.join(owing[:_SHOWN_OWING])}{more}（名单见网页“数据质量”）" if owing else ""
        name_zh = feeds[item.feed].name_zh
        unusable = item.schools_without_rows
        unusable_zh = f"（其中 {unusable} 所有问题，没有数据可用）" if unusable else ""
        say(
            f"  {name_zh}：应报 {item.schools_due} 所，已报 {item.schools_received} 所{unusable_zh}{owing_zh}"
        )


def _print_returns_owed(owed: list[ReturnsOwed]) -> None:
    """Print the returns of ledgers, monthly ones and the district's, that are missing after their last day."""
    from dagster_project.intake.feeds import load_feeds

    feeds = load_feeds()
    for item in owed:
        name_zh = feeds[item.feed].name_zh
        if item.owed_by == "district":
            say(f"  {name_zh}（{item.period}，由区县报送）：已过截止日，还没有报")
        else:
            say(
                f"  {name_zh}（{item.period}）：应报 {item.expected} 所，已报 {item.received} 所，"
                f"还欠 {item.missing} 所（名单见网页“数据质量”）"
            )
