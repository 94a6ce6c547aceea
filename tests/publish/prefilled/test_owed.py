"""What each school owes for the next year, from the release in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.publish.other_sources import kinds_of_sheets
from dagster_project.publish.prefilled import command
from dagster_project.publish.prefilled.owed import SchoolOwes, owed_by_schools
from dagster_project.warehouse import release


def owed(home: Path, manifest: Manifest, year: int = 2026) -> dict[str, SchoolOwes]:
    with open_marts(release.analyst_database(Home(home))) as con:
        return {
            school.school_code: school
            for school in owed_by_schools(con, kinds_of_sheets(Home(home), manifest), year)
        }


def ask(home: Path, sql: str) -> list[Any]:
    with open_marts(release.analyst_database(Home(home))) as con:
        return con.execute(sql).fetchall()


def test_each_school_gets_the_feeds_of_its_kind_and_none_that_another_source_gave(sample_home: Path) -> None:
    manifest = read_manifest(Home(sample_home))
    schools = owed(sample_home, manifest)
    of_2025 = ask(
        sample_home, "select distinct school_code from accepted.schools where school_year in (2024, 2025)"
    )
    assert set(schools) == {code for (code,) in of_2025}
    ((kindergarten,),) = ask(
        sample_home, "select min(school_code) from accepted.kindergarten_pay where school_year = 2025"
    )
    feeds = [o.feed.feed for o in schools[kindergarten].feeds]
    assert feeds == ["schools", "class_sizes", "kindergarten_pay", "kindergarten_support", "staffing"]
    pay = ask(
        sample_home,
        f"select staff from accepted.kindergarten_pay where school_year = 2025 and school_code = '{kindergarten}'",
    )
    assert [
        (o.last_year[0]["staff"],) for o in schools[kindergarten].feeds if o.feed.feed == "kindergarten_pay"
    ] == pay

    # the same record, had its staffing of 2025 come from statistics forms
    files = tuple(
        replace(
            file,
            sheets=tuple(
                replace(s, column_maps=({"school_code": "教基1001!B2"},)) if s.feed == "staffing" else s
                for s in file.sheets
            ),
        )
        for file in manifest.files
    )
    by_forms = owed(sample_home, replace(manifest, files=files))[kindergarten]
    assert [o.feed.feed for o in by_forms.feeds] == [f for f in feeds if f != "staffing"]
    assert [f.feed for f in by_forms.left_out] == ["staffing"]

    # of 2025 only what has not come yet is owed: every kind of school owes its teachers, also those whose last register is
    # that of 2024
    still = owed(sample_home, manifest, 2025)
    without = ask(
        sample_home,
        "select school_code from accepted.schools where school_year in (2024, 2025)"
        " except select school_code from accepted.staffing where school_year = 2025",
    )
    owing = {code for code, school in still.items() if any(o.feed.feed == "staffing" for o in school.feeds)}
    assert owing == {code for (code,) in without} and owing


def test_the_command_writes_one_workbook_for_a_school_and_refuses_what_it_cannot(
    sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ((code, town),) = ask(
        sample_home,
        "select school_code, town from accepted.schools where school_year = 2025 and school_type = 'primary' order by all limit 1",
    )
    out = tmp_path / "预填"
    command.command(out, 2026, prefill=True, school=[code], home=sample_home)
    (path,) = out.rglob("*.xlsx")
    assert path.parent.name == town and code in path.name
    assert "1 所学校" in capsys.readouterr().out
    assert [s.title for s in load_workbook(path, read_only=True)][:2] == ["学校名录", "班级学生数"]
    for arguments, said in (
        ({"year": 2026, "school": [code]}, "已经存在"),
        ({"year": 2026, "school": ["没有的学校"]}, "没有找到学校"),
        ({"year": 2031, "school": [code]}, "没有 2030 学年"),
        ({"year": None, "school": []}, "--year"),
    ):
        with pytest.raises(UserError, match=said):
            command.command(out, prefill=True, home=sample_home, **arguments)
