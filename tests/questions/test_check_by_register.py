"""`junheng check` looks schools up in the register of the home that the files will be received into."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import REGISTER, load_feeds
from dagster_project.questions.check import check_files
from dagster_project.questions.register_of_home import home_to_check_by

KNOWN, UNKNOWN = "2100000001", "2100000002"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    (tmp_path / "raw" / "2024").mkdir(parents=True)
    return tmp_path / "raw"


@pytest.fixture
def home(tmp_path: Path, raw: Path) -> Home:
    """A home in which one school is registered; of its release nothing else is asked."""
    place = Home(tmp_path / "home")
    place.bind(raw)
    place.vault.mkdir()
    place.manifest.touch()
    (place.analyst / "r").mkdir(parents=True)
    place.current_pointer.write_text("r", encoding="utf-8")
    school = {
        "school_year": "2024", "school_code": KNOWN, "school_name": "甲小学", "district_code": "500101", "town": "东镇",
        "school_type": "primary", "ownership": "public", "is_boarding": "false",
    }  # fmt: skip
    columns = ["school_year", *(column.name for column in load_feeds()[REGISTER].columns)]
    flags = {column.name for column in load_feeds()[REGISTER].columns if column.is_boolean}
    kinds = {"school_year": "integer"} | dict.fromkeys(flags, "boolean")
    with duckdb.connect(str(place.analyst / "r" / "marts.duckdb")) as con:
        con.execute("create schema accepted")
        defined = ", ".join(f"{name} {kinds.get(name, 'varchar')}" for name in columns)
        con.execute(f"create table accepted.schools ({defined})")
        values = [school.get(name) for name in columns]
        con.execute(f"insert into accepted.schools values ({', '.join('?' * len(columns))})", values)
    return place


@pytest.fixture
def correction(raw: Path) -> Path:
    """Teachers of a school that is registered and of one that isn't."""
    path = raw / "2024" / "更正.csv"
    headings = [column.heading_zh for column in load_feeds()["staffing"].columns if column.is_in_every_form]
    values = {"学校名称": "甲小学", "学段": "小学", "专任教师数": "9"}
    lines = [
        [code if heading == "学校标识码" else values.get(heading, "1") for heading in headings]
        for code in (KNOWN, UNKNOWN)
    ]
    path.write_text("\n".join(",".join(line) for line in [headings, *lines]) + "\n", encoding="utf-8")
    return path


def not_registered(path: Path, raw: Path, home: Home | None) -> list[str]:
    checked = check_files([path], raw_root=raw, home=home)
    return [row["school_code"] for row in checked.problems if "名录" in row["message_zh"]]


def test_a_school_that_the_register_lacks_is_said_and_no_other(
    raw: Path, home: Home, correction: Path
) -> None:
    assert not_registered(correction, raw, home) == [UNKNOWN]
    assert not_registered(correction, raw, None) == []


def test_the_command_says_by_which_register_it_looked(
    raw: Path, home: Home, correction: Path, tmp_path: Path
) -> None:
    options = ["check", str(correction), "--raw", str(raw), "--out", str(tmp_path / "problems.csv")]
    said = CliRunner().invoke(app, [*options, "--home", str(home.root)])
    assert f"已按成果目录 {home.root} 里现行的学校名录核对" in said.output and said.exit_code == 1
    (home.analyst / "r" / "marts.duckdb").unlink()
    said = CliRunner().invoke(app, [*options, "--home", str(home.root)])
    assert "没有核对学校代码" in said.output and "--home" in said.output and said.exit_code == 0


def test_the_projects_home_is_used_for_the_files_of_its_raw_root(
    raw: Path, home: Home, correction: Path, tmp_path: Path
) -> None:
    elsewhere, desk = tmp_path / "other" / "2024" / "a.csv", tmp_path / "桌面" / "a.csv"
    unused = tmp_path / "unused"
    chosen = {
        "in its raw root": home_to_check_by([correction], raw, None, home.root),
        "on somebody's desk": home_to_check_by([desk], raw, None, home.root),
        "in another raw root": home_to_check_by([elsewhere], raw, None, home.root),
        "for another raw root": home_to_check_by([desk], tmp_path / "other", None, home.root),
        "before the first run": home_to_check_by([correction], raw, None, unused),
        "named": home_to_check_by([elsewhere], raw, home.root, unused),
    }
    assert chosen == {
        "in its raw root": home,
        "on somebody's desk": home,
        "in another raw root": None,
        "for another raw root": None,
        "before the first run": None,
        "named": home,
    }
