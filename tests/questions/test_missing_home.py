"""Every command says so, and what to do, where the home that it is asked about isn't there or holds nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dagster_project import cli
from dagster_project.core.errors import UserError
from dagster_project.core.terminal import start

#: What each command is called with; None for those that ask nothing of a home.
ARGUMENTS: dict[str, list[str] | None] = {
    "run": None,  # makes the home
    "look": None,
    "layout": None,
    "check": None,
    "template": None,
    "sample": None,
    "releases": [],
    "open": [],
    "doctor": None,  # says of every folder whether it is there; see test_doctor.py
    "rollback": ["20240101T000000-00000000"],
    "report": ["weekly"],
    "feedback": [],
    "receipts": [],
    "remind": [],
    "changes": ["2022", "2023"],
    "explain": ["2150000001", "books_per_student"],
    "diff": ["1:2023/a.xlsx", "2:2023/a.xlsx"],
    "decide": [],
    "close-round": ["2023"],
    "rebuild": ["20240101T000000-00000000", "--out", "rebuilt"],
    "backup": ["backup.tar.gz"],
    "restore": None,  # makes the home
    "verify": [],
    "deliver": ["--to", "lake"],
    "region": None,  # makes the home
    "dev": None,
    "bench": None,
}
ASKING = {verb: arguments for verb, arguments in ARGUMENTS.items() if arguments is not None}


def test_every_command_is_in_the_table() -> None:
    assert set(ARGUMENTS) == set(cli.VERBS)


def refused(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Message with which the command line refuses."""
    monkeypatch.setattr(sys, "argv", ["junheng", *arguments])
    with pytest.raises(UserError) as refusal:
        start(cli.app)
    return str(refusal.value)


@pytest.mark.parametrize("verb", sorted(ASKING))
def test_a_home_that_is_not_there_is_said_and_not_made(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "成果 目录"
    said = refused(monkeypatch, verb, *ASKING[verb], "--home", str(home))
    assert f"没有成果目录 {home}" in said and "junheng run" in said and "--home" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", sorted(ASKING))
def test_an_empty_home_is_said(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    said = refused(monkeypatch, verb, *ASKING[verb], "--home", str(home))
    assert "还没有收到过报表" in said and "junheng run" in said
    assert list(home.iterdir()) == []


def test_a_backup_that_is_not_there_makes_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    said = refused(monkeypatch, "restore", str(tmp_path / "none.tar.gz"), "--home", str(home))
    assert "没有找到备份文件" in said
    assert not home.exists()
