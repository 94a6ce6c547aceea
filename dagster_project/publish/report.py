"""`junheng report`: write the weekly or monthly report of the release in force."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import (
    HomeOption,
    SampleOption,
    current_release,
    parse_day,
    run_again,
    say,
    used_home_of,
)
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home

if TYPE_CHECKING:
    from dagster_project.warehouse.description import Description


def command(
    kind: Annotated[str, typer.Argument(help="weekly 周报，或 monthly 月报")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="截至日期，如 2024-03-31；默认为当前版本的截至日期；更早的日期按当前版本的数据重新计算",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹")] = Path(),
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """按当前版本写出整改周报或月报（Word）。"""
    if kind not in ("weekly", "monthly"):
        raise UsageError(f"报告只有 weekly（周报）和 monthly（月报），没有 {kind}。")
    from dagster_project.publish.word.notices import notices_zh

    place = used_home_of(home, sample)
    written = write_report(place, kind, out, as_of=parse_day(as_of), report=say)
    for path in written:
        say(f"已写出 {path}")
    for line in notices_zh(current_release(place), [path.name for path in written]):
        say(line)


def write_report(
    home: Home,
    kind: str,
    out: Path,
    *,
    as_of: dt.date | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the weekly or monthly report of the release in force, or of an earlier day as that release knows it.

    For an earlier day the marts are built again from the rows that the release knew: what is observed or happens after
    that day is not in them.

    Args:
        home: folder of the releases.
        kind: `weekly` or `monthly`.
        out: folder to write into.
        as_of: date of the report; the release's own by default, a later one is not possible.
        report: called with each message about progress, in Chinese.

    Raises:
        UserError: nothing is published, there is no plan, the date is later than the release's, or before the plan.
    """
    from dagster_project.publish.word import reports
    from dagster_project.warehouse.description import read_description
    from dagster_project.warehouse.districts import districts_of_release

    folder = current_release(home)
    described = read_description(folder)
    last = dt.date.fromisoformat(described.as_of)
    if as_of is not None and as_of > last:
        raise UsageError(
            f"当前版本截至 {last}，不能出 {as_of} 的报告；请先用 {run_again(home)} --as-of {as_of} 发布。"
        )
    with _marts_of_day(home, folder, described, as_of or last, report) as marts:
        written = reports.write_reports(
            marts,
            out,
            release_id=described.release_id,
            as_of=as_of or last,
            created=dt.datetime.fromisoformat(described.built_at),
            kinds=("weekly",) if kind == "weekly" else ("monthly",),
            synthetic_zh=described.synthetic_zh,
            districts=districts_of_release(folder),
        )
    if not written:
        raise UserError(f"截至 {as_of or last} 还没有整改任务，没有可报告的内容；请先报来“整改任务”。")
    return written


@contextlib.contextmanager
def _marts_of_day(
    home: Home, folder: Path, described: Description, day: dt.date, report: Callable[[str], None]
) -> Iterator[Path]:
    """The committee's database of a day, as a release knows it; built for the occasion unless it is the release's day.

    Raises:
        UserError: the plan begins after that day.
    """
    from dagster_project.core.duck import open_marts

    marts = folder / "marts.duckdb"
    if day.isoformat() == described.as_of:
        yield marts
        return
    with open_marts(marts) as con:
        (found,) = con.execute("select min(begun_on) from marts.fct_rectification_measures").fetchall()
    if found[0] is not None and day < found[0]:
        raise UserError(f"整改方案自 {found[0]} 起实施，{day} 还没有整改任务；请用 --as-of 换一个日期。")

    from dagster_project.warehouse import release
    from dagster_project.warehouse.build import published_labels
    from dagster_project.warehouse.build_again import build_again

    report(f"当前版本截至 {described.as_of}；正在按 {day} 重新计算…")
    with build_again(home, described, as_of=day, report=report) as started:
        release.copy_tier(started.database, started.folder / "marts.duckdb", "committee", published_labels())
        yield started.folder / "marts.duckdb"
