"""`junheng close-round`: close the collection of a school year; its figures are then compared at every release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, current_release, say, used_home_of
from dagster_project.core.homes import Home
from dagster_project.core.lock import writer_lock

if TYPE_CHECKING:
    from dagster_project.intake.manifest import ClosedRound


def command(
    year: Annotated[int, typer.Argument(help="学年（起始年份）")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """截止一个学年的填报：数字就此固定，之后报来的报表和更正先挂起。"""
    record = close_round(used_home_of(home, sample), year)
    say(
        f"{year} 学年本轮已截止，数字以版本 {record.release_id} 为准；之后报来的该学年报表、新写的该学年更正、新改的来源次序会先挂起，"
        "用 junheng decide 决定是否采用。"
    )


def close_round(home: Home, school_year: int) -> ClosedRound:
    """Record that a school year is closed, with the digests of its figures in the release in force.

    Raises:
        UserError: nothing is published, or the year has no figures or is closed already.
    """
    from dagster_project.intake import decisions
    from dagster_project.warehouse import release
    from dagster_project.warehouse.description import read_description

    with writer_lock(home):
        folder = current_release(home)
        figures = release.year_digests(folder / "marts.duckdb", school_year)
        described = read_description(folder)
        return decisions.close_round(
            home,
            school_year,
            figures,
            release_id=folder.name,
            corrections=described.corrections_sha256,
            precedence=described.precedence_sha256,
        )
