"""Advice to run again names the options that the home needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.commands import run_again, used_home_of
from dagster_project.core.errors import UserError
from dagster_project.core.homes import DEFAULT_HOME, SAMPLE_HOME, Home


def test_the_usual_homes_need_no_folders() -> None:
    assert run_again(Home(DEFAULT_HOME)) == "junheng run"
    assert run_again(Home(SAMPLE_HOME)) == "junheng run --sample"


def test_another_home_is_named_with_the_raw_root_that_it_belongs_to(tmp_path: Path) -> None:
    raw, home = tmp_path / "原始 数据", Home(tmp_path / "成果")
    raw.mkdir()
    with pytest.raises(UserError, match=f'junheng run --home "{home.root}"'):
        used_home_of(home.root)
    home.bind(raw)
    assert run_again(home) == f'junheng run --raw "{raw}" --home "{home.root}"'
    with pytest.raises(UserError, match=f'--raw "{raw}"'):
        home.bind(tmp_path / "别处")
