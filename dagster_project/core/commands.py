"""What the verbs of the command line share: options, printing, and the folders that the options name.

Each verb is a plain function `command` (or `<verb>_command`) in a module of its room; `cli.py` registers them. These
modules are imported at every start of the program, so they import libraries and other rooms inside functions.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import DEFAULT_HOME, DEFAULT_RAW, SAMPLE_HOME, SAMPLE_RAW, Home
from dagster_project.core.local_time import today

RawOption = Annotated[Path | None, typer.Option("--raw", help="原始数据目录，默认 raw_data/")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="成果目录，默认 warehouse/")]
SampleOption = Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")]


def home_of(home: Path | None, sample: bool = False) -> Home:
    """Home that the options name."""
    return Home(home or (SAMPLE_HOME if sample else DEFAULT_HOME))


def raw_root_of(raw: Path | None, sample: bool = False) -> Path:
    """Raw root that the options name; `JUNHENG_RAW` of the environment if they name none."""
    return raw or (SAMPLE_RAW if sample else Path(os.environ.get("JUNHENG_RAW", DEFAULT_RAW)))


def parse_day(text: str | None) -> dt.date | None:
    """Date of an option: a day that has come, for nothing is known of later ones.

    Raises:
        UsageError: the text is no date, or the day is still to come.
    """
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"日期 {text} 应写成 2024-03-31 的样子。") from error
    if day > today():
        raise UsageError(f"日期 {day} 还没有到：--as-of 最晚写到今天（{today()}），不写则按默认的日期。")
    return day


def run_again(home: Home) -> str:
    """The command that runs into a home, with the options that it needs."""
    if home.root == Home(DEFAULT_HOME).root:
        return "junheng run"
    if home.root == Home(SAMPLE_HOME).root:
        return "junheng run --sample"
    raw = home.bound_raw_root()
    folders = [("--raw", raw)] if raw is not None else []
    return "junheng run " + " ".join(
        f'{option} "{folder}"' for option, folder in [*folders, ("--home", home.root)]
    )


def used_home_of(home: Path | None, sample: bool = False) -> Home:
    """Home that the options name, for a command that asks about what was received there.

    Raises:
        UserError: the folder isn't there, or nothing was received into it.
    """
    place = home_of(home, sample)
    if not place.root.is_dir():
        raise UserError(
            f"没有成果目录 {place.root}：请核对 --home（示例区县加 --sample）；还没有运行过的，请先运行 {run_again(place)}。"
        )
    if not place.manifest.is_file() and place.release_in_force() is None:
        raise UserError(
            f"成果目录 {place.root} 里还没有收到过报表：请核对 --home（示例区县加 --sample），"
            f"或先运行 {run_again(place)}；有备份的，可用 junheng restore 恢复。"
        )
    return place


def current_release(home: Home) -> Path:
    """Folder of the release in force.

    Raises:
        UserError: nothing is published.
    """
    folder = home.current_dir()
    if folder is None:
        raise UserError(f"{home.root} 里还没有发布过版本；请先运行 {run_again(home)}。")
    return folder


def refuse_existing(out: Path | None) -> None:
    """Make sure that a file to be written isn't there.

    Raises:
        UserError: it is.
    """
    if out is not None and out.exists():
        raise UserError(f"{out} 已经存在；成果文件不覆盖，请用 --out 换一个文件名。")


def say(text: str) -> None:
    """Print a line."""
    typer.echo(text)


def say_signs(text: str) -> None:
    """Print a line that may hold a minus sign (−) or a single guillemet (›); - and > where the terminal has none."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    for sign, plain in (("−", "-"), ("›", ">")):
        try:
            sign.encode(encoding)
        except UnicodeEncodeError:
            text = text.replace(sign, plain)
    say(text)
