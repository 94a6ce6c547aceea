"""From decisions to releases: closed years, corrections, explanations, rebuilding, backup, with whole runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project import run
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import decide
from dagster_project.intake.manifest import read_manifest
from dagster_project.questions import backup as backups
from dagster_project.questions import rebuild
from dagster_project.record.corrections import StaleCorrection
from dagster_project.warehouse import close_round, description, release, releases
from tests.conftest import District

A, B = "2150000001", "2150000002"


def school(code: str) -> dict[str, Any]:
    return {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
            "school_type": "小学", "ownership": "公办"}  # fmt: skip


def pupils(code: str, students: int) -> dict[str, Any]:
    return {"school_code": code, "stage": "小学", "students": students}


def returned(a: int, b: int) -> list[dict[str, Any]]:
    return [pupils(A, a), pupils(B, b)]


def in_force(district: District) -> dict[str, float]:
    rows = district.ask(
        "select school_code, students from marts.fct_school_compliance where school_year = 2023"
    )
    return {r["school_code"]: r["students"] for r in rows}


@pytest.fixture(scope="module")
def story(new_district: Callable[[], District]) -> dict[str, Any]:
    """A district over five runs; what each of them published."""
    district = new_district()
    place = Home(district.home)
    told: dict[str, Any] = {"district": district, "place": place}
    for year, students in ((2022, 100), (2023, 300)):
        district.put(f"{year}/register.xlsx", schools=[school(A), school(B)])
        district.put(f"{year}/pupils.xlsx", enrolment=returned(students, 200))
    told["first"] = district.run()
    told["jump"] = district.ask(
        "select * from marts.fct_problems where rule_code = 'ENROLMENT_STUDENTS_JUMP'"
    )

    district.put("2023/explained.xlsx", explanations=[
        {"school_code": A, "rule_code": "ENROLMENT_STUDENTS_JUMP", "explained_year": 2023, "explained_value": "300",
         "reason": "新建小区入住", "approved_by": "教育科负责人"}])  # fmt: skip
    told["second"] = district.run()
    told["explained"] = district.ask(
        "select * from marts.fct_problems where rule_code = 'ENROLMENT_STUDENTS_JUMP'"
    )
    told["ages"] = district.ask(
        "select * from marts.fct_problem_ages where rule_code = 'ENROLMENT_STUDENTS_JUMP'"
    )

    entry = {
        "file": "2023/pupils.xlsx",
        "sheet": "enrolment",
        "cell": "C3",
        "expect": 200,
        "value": 210,
        "reason": "电话核实",
    }
    (district.raw / "corrections.yml").write_text(
        yaml.safe_dump([entry], allow_unicode=True), encoding="utf-8"
    )
    told["third"] = district.run()
    told["corrected"] = in_force(district)

    close_round.close_round(place, 2023)
    district.put("2023/pupils.xlsx", enrolment=returned(320, 200))
    entry["expect"] = 320
    with pytest.raises(StaleCorrection):  # the file that the correction speaks of has been replaced
        district.run()
    told["stale"] = place.release_in_force()
    (district.raw / "corrections.yml").unlink()
    told["fourth"] = district.run()
    told["held"] = in_force(district)
    told["fourth_json"] = json.loads(
        (place.releases / told["fourth"].release_id / "release.json").read_bytes()
    )

    (hold,) = read_manifest(place).holds()
    decide.decide(place, hold.file.hold, "accept", "学校核实后更正")
    told["fifth"] = district.run()
    told["decided"] = in_force(district)
    told["fifth_json"] = description.describe_release(place, told["fifth"].release_id)
    return told


def test_a_warning_stands_until_the_school_explains_it(story: dict[str, Any]) -> None:
    assert [p["school_code"] for p in story["jump"]] == [A]
    assert story["explained"] == []
    (age,) = story["ages"]
    assert (age["status"], age["school_code"]) == ("explained", A)
    assert age["explained_at"] is not None


def test_an_explanation_expires_when_the_value_moves(story: dict[str, Any]) -> None:
    district = story["district"]
    found = district.ask("select * from marts.fct_problems where rule_code = 'ENROLMENT_STUDENTS_JUMP'")
    assert [p["school_code"] for p in found] == [A], "320 is another value than the 300 that was explained"
    assert [e["status"] for e in district.ask("select * from marts.fct_explanations")] == ["expired"]


def test_a_correction_counts_and_stale_ones_stop_the_run(story: dict[str, Any]) -> None:
    assert story["corrected"] == {A: 300, B: 210}
    assert story["stale"] == story["third"].release_id, "the last good release stays in force"


def test_a_closed_year_stands_until_somebody_decides(story: dict[str, Any]) -> None:
    assert story["held"] == {A: 300, B: 200}
    assert story["decided"] == {A: 320, B: 200}
    assert story["fifth"].release.closed_years_changed.keys() == {"2023"}, "the change is told of"
    holds = story["district"].ask("select verdict, reason from marts.fct_holds")
    assert holds == [{"verdict": "accept", "reason": "学校核实后更正"}]


def test_what_was_not_used_is_told_and_kept(story: dict[str, Any]) -> None:
    assert [n.rule_code for n in story["fourth"].release.not_used] == ["ROUND_CLOSED"]
    assert story["fourth_json"]["not_used"] == [asdict(n) for n in story["fourth"].release.not_used]
    assert story["fifth"].release.not_used == []


def test_who_still_owes_is_told_by_feed(story: dict[str, Any]) -> None:
    owing = {c.feed: c.still_owing for c in story["fifth"].release.completeness}
    assert owing["staffing"] == f"{A} {B}"
    # of the last year that is due nothing is in, its register neither
    assert owing["schools"] == f"{A} {B}"


@pytest.mark.parametrize("which", ["first", "third", "fourth"])
def test_an_earlier_release_is_built_again_from_the_vault_with_equal_content(
    story: dict[str, Any], tmp_path: Path, which: str
) -> None:
    """From a restored backup: not even the raw rows are there."""
    backup = tmp_path / "backup.tar.gz"
    backups.back_up(story["place"], backup)
    home = Home(tmp_path / "restored")
    backups.restore(backup, home)
    identifier = story[which].release_id
    shutil.copytree(story["place"].releases / identifier, home.releases / identifier)
    assert rebuild.rebuild(home, identifier, tmp_path / "again") == []
    assert (tmp_path / "again" / "release.json").exists()


def test_everything_agrees_with_everything_and_a_changed_byte_is_found(
    story: dict[str, Any], tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(story["place"].root, home.root, symlinks=True)
    assert [f.message_zh for f in backups.verify(home, story["district"].raw) if f.is_grave] == []
    for path in (
        *sorted(p for p in home.vault.iterdir() if len(p.name) == 64),
        next((home.raw / "enrolment").glob("*.parquet")),
        home.releases / story["fifth"].release_id / "marts.duckdb",
        home.analyst / story["first"].release_id / "marts.duckdb",
    ):
        original = path.read_bytes()
        path.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
        assert any(f.is_grave for f in backups.verify(home)), path
        path.write_bytes(original)
    assert not any(f.is_grave for f in backups.verify(home))


def test_a_damaged_backup_restores_nothing(story: dict[str, Any], tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar.gz"
    backups.back_up(story["place"], backup)
    content = backup.read_bytes()
    # a hole makes the compressed stream end, jump or differ from its sum alone, by its place
    places = range(2000, len(content), 1 + len(content) // 40)
    holes = [content[:at] + b"\0" * 50 + content[at + 50 :] for at in places]
    for damaged in (content[: len(content) // 2], *holes):
        backup.write_bytes(damaged)
        with pytest.raises(UserError, match="没有恢复"):
            backups.restore(backup, Home(tmp_path / "restored"))
        assert not (tmp_path / "restored").exists()


def test_a_restored_home_publishes_the_same_figures(story: dict[str, Any], tmp_path: Path) -> None:
    backup = tmp_path / "backup.tar.gz"
    backups.back_up(story["place"], backup)
    raw = tmp_path / "raw"
    shutil.copytree(story["district"].raw, raw)
    home = Home(tmp_path / "home")
    backups.restore(backup, home)
    home.binding.unlink()  # the raw root of this test is a copy elsewhere
    again = run.run(raw, home.root)
    tables = [
        description.describe_release(h, i).content_sha256
        for h, i in ((home, again.release_id), (story["place"], story["fifth"].release_id))
    ]
    assert tables[0] == tables[1]


def test_a_run_that_ended_before_its_switch_is_switched_on_by_the_next(
    story: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pointer in (False, True):
        home = Home(tmp_path / f"home{pointer}")
        shutil.copytree(story["place"].root, home.root, symlinks=True)
        if pointer:  # where links are not allowed a file names the release in force
            monkeypatch.setenv("JUNHENG_NO_SYMLINKS", "1")
        release.put_in_force(home, story["first"].release_id)
        assert home.current.is_symlink() != pointer and home.current_pointer.exists() == pointer
        (home.analyst / "20200101T000000-deadbeef").mkdir()
        (home.vault / "x.part").write_bytes(b"half")
        (home.releases / ".build-x").mkdir()
        release.sweep(home)
        assert home.release_in_force() == story["fifth"].release_id
        assert not (home.analyst / "20200101T000000-deadbeef").exists()
        assert not (home.vault / "x.part").exists() and not (home.releases / ".build-x").exists()
        releases.roll_back(home, story["first"].release_id)
        release.sweep(home)
        assert home.release_in_force() == story["first"].release_id, "a person chose this one"


def test_a_clock_that_goes_back_makes_no_older_release(story: dict[str, Any]) -> None:
    import datetime as dt

    long_ago = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    moment = release.not_before_the_last(story["place"], long_ago)
    assert release.release_identifier(moment, "0" * 8)[:15] > story["fifth"].release_id[:15]
