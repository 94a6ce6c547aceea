"""`junheng releases` and `junheng rollback`: list the releases, put an older one in force."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, run_again, say, used_home_of
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time, zone_zh
from dagster_project.core.lock import writer_lock


def releases_command(home: HomeOption = None, sample: SampleOption = False) -> None:
    """列出已发布的版本。"""
    from dagster_project.warehouse.description import list_releases

    place = used_home_of(home, sample)
    found = list_releases(place)
    if not found:
        raise UserError(f"{place.root} 里还没有发布过版本；请先运行 {run_again(place)}。")
    in_force = place.release_in_force()
    for item in found:
        years = item.school_years
        span = f"{'–'.join(str(y) for y in dict.fromkeys((years[0], years[-1])))} 学年" if years else ""
        mark = "＊生效" if item.release_id == in_force else "　　　"
        say(
            f"{mark} {item.release_id}  建于 {local_time(item.built_at):%Y-%m-%d %H:%M}（{zone_zh()}）  截至 {item.as_of}  {span}"
        )


def rollback_command(
    release_id: Annotated[str, typer.Argument(help="版本编号，见 junheng releases")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """让一个较早的版本重新生效。"""
    roll_back(used_home_of(home, sample), release_id)
    say(f"现在生效的版本是 {release_id}。")


def roll_back(home: Home, release_id: str) -> None:
    """Put an older release in force, under the writer's lock.

    Raises:
        UserError: there is no such release.
    """
    from dagster_project.warehouse import release

    with writer_lock(home):
        release.roll_back(home, release_id)
