"""A fault in a file that says how returns are read stops every command before a return is read, and is named there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake.parse import spellings
from dagster_project.intake.receive import take_in
from dagster_project.publish.prefilled import command as template
from dagster_project.questions.check import check_files
from dagster_project.questions.look import look_at


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "2024").mkdir(parents=True)
    (folder / "2024" / "a.csv").write_text("学校标识码,学校名称\n2100000001,甲\n", encoding="utf-8")
    return folder


@pytest.fixture
def wrong_spellings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of spellings with a word under two choices that one column offers."""
    text = spellings.SPELLINGS_FILE.read_text(encoding="utf-8")
    path = tmp_path / "spellings.yml"
    path.write_text(text.replace("民办: [", "民办: [公立, "), encoding="utf-8")
    monkeypatch.setattr(spellings, "SPELLINGS_FILE", path)
    spellings.load_spellings.cache_clear()
    yield path
    spellings.load_spellings.cache_clear()


def readers(raw: Path) -> dict[str, Callable[[], object]]:
    """What a person may do with the returns of a raw root."""
    file = raw / "2024" / "a.csv"
    return {
        "run": lambda: take_in(Home(raw.parent / "home"), raw),
        "check": lambda: check_files([file], raw_root=raw),
        "check of a year given": lambda: check_files([file], school_year=2024, raw_root=raw),
        "look": lambda: list(look_at(file)),
    }


def test_a_word_under_two_choices_stops_every_command(
    tmp_path: Path, raw: Path, wrong_spellings: Path
) -> None:
    commands = {
        **readers(raw),
        "template": lambda: template.command(tmp_path / "forms"),
        "template, prefilled": lambda: template.command(tmp_path / "forms", year=2025, prefill=True),
    }
    for name, command in commands.items():
        with pytest.raises(UserError, match="“公立”同时写在“公办”和“民办”下") as refused:
            command()
        assert str(wrong_spellings) in str(refused.value), name
    assert not (tmp_path / "forms").exists()
    assert not (tmp_path / "home").exists(), "a file was taken in"


def test_a_wrong_layout_stops_every_command(raw: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (raw / "layouts").mkdir()
    (raw / "layouts" / "other.yml").write_text("layout: other\nname_zn: 某系统\n", encoding="utf-8")
    for name, command in readers(raw).items():
        with pytest.raises(UserError, match="name_zn") as refused:
            command()
        assert str(raw / "layouts" / "other.yml") in str(refused.value), name
    assert "Traceback" not in capfd.readouterr().err
