"""When a layout changes, its files are read again in their old place; refused files get another chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.manifest import ClosedRound, append_block, read_manifest
from dagster_project.intake.rebuilding import rebuild_raw
from dagster_project.intake.rereading import read_again

LAYOUT = """\
layout: other
name_zh: 某系统
recognised_by: [代码, 男]
code_pattern: "S[0-9]"
feeds:
  staffing:
    columns:
      school_code: 代码
      stage: {constant: 小学}
      full_time_teachers: 男
"""
OTHER = LAYOUT.replace("full_time_teachers: 男", "full_time_teachers: {sum: [男, 女]}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "layouts").mkdir(parents=True)
    (folder / "2024").mkdir()
    return folder


def declare(raw: Path, text: str) -> None:
    (raw / "layouts" / "other.yml").write_text(text, encoding="utf-8")


def put(raw: Path, name: str, *lines: str) -> None:
    (raw / "2024" / name).write_text("\n".join(lines), encoding="utf-8")


def teachers(home: Home) -> list[list[int]]:
    """Figures of each submission, in order."""
    found = []
    for closing in read_manifest(home).submissions:
        rows = pq.read_table(home.raw / closing.raw["staffing"]).to_pylist() if closing.raw else []
        found.append([row["full_time_teachers"] for row in rows])
    return found


def test_rows_read_by_a_changed_layout_are_read_again_in_their_place(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    put(raw, "b.csv", "代码,男,女", "S1,5,6")
    receive.take_in(home, raw)
    declare(raw, OTHER)
    assert read_again(home, raw) == ["2024/a.csv", "2024/b.csv"]
    assert teachers(home) == [[7], [11]]
    manifest = read_manifest(home)
    assert [f.submission for f in manifest.files] == [1, 2]
    assert manifest.broken_at is None


def test_the_state_before_is_still_there(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    before = read_manifest(home)
    declare(raw, OTHER)
    read_again(home, raw)
    assert read_manifest(home, blocks=before.blocks).submissions == before.submissions
    assert pq.read_table(home.raw / before.submissions[0].raw["staffing"])[
        "full_time_teachers"
    ].to_pylist() == [3]
    assert read_manifest(home).blocks == before.blocks + 1


def test_nothing_is_read_again_while_layouts_stay(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    put(raw, "b.csv", "无关,表", "1,2")
    receive.take_in(home, raw)
    assert read_again(home, raw) == []
    declare(raw, OTHER)
    assert read_again(home, raw) == ["2024/a.csv", "2024/b.csv"]
    assert read_again(home, raw) == []
    assert receive.take_in(home, raw).submission is None


def test_a_file_refused_under_a_faulty_layout_is_tried_again(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT.replace("full_time_teachers: 男", "full_time_teachers: 男性"))
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    assert [f.status for f in read_manifest(home).files] == ["rejected"]
    declare(raw, LAYOUT)
    read_again(home, raw)
    assert [f.status for f in read_manifest(home).files] == ["accepted"]
    assert teachers(home) == [[3]]


def test_the_other_files_of_the_submission_keep_their_rows_and_findings(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    own = "学校标识码,学段,专任教师数,高于规定学历教师数,县级以上骨干教师数,体育专任教师数,音乐专任教师数,美术专任教师数"
    put(raw, "own.csv", own, "9990000001,小学,12,,3,1,1,1")
    receive.take_in(home, raw)
    (before,) = read_manifest(home).submissions
    findings = [
        f for f in pq.read_table(home.raw / before.faults).to_pylist() if f["source_file"] == "2024/own.csv"
    ]
    assert findings
    declare(raw, OTHER)
    assert read_again(home, raw) == ["2024/a.csv"]
    assert sorted(teachers(home)[0]) == [7, 12]
    (after,) = read_manifest(home).submissions
    kept = [
        f for f in pq.read_table(home.raw / after.faults).to_pylist() if f["source_file"] == "2024/own.csv"
    ]
    assert kept == findings


def test_rows_that_were_read_again_can_be_rebuilt(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    declare(raw, OTHER)
    read_again(home, raw)
    manifest = read_manifest(home)
    before = {p: p.read_bytes() for p in home.raw.rglob("*-1.parquet")}
    assert before
    for path in before:
        path.unlink()
    assert rebuild_raw(home, manifest, manifest.submissions) == []
    assert {p: p.read_bytes() for p in home.raw.rglob("*-1.parquet")} == before


def rewrite(home: Home, change: Callable[[dict[str, Any]], None]) -> None:
    """Write the manifest as an early version would have: without chain, each line changed."""
    lines = [json.loads(text) for text in home.manifest.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line.pop("chain", None)
        change(line)
    home.manifest.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_record_that_does_not_name_its_layout_is_read_again_too(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    rewrite(home, lambda line: [sheet.pop("layout") for sheet in line.get("sheets", ())] and None)
    assert [s.layout for f in read_manifest(home).files for s in f.sheets] == [""]
    declare(raw, OTHER)
    assert read_again(home, raw) == ["2024/a.csv"]
    assert teachers(home) == [[7]]


def test_files_of_a_closed_round_stay_as_they_were_read(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT)
    put(raw, "a.csv", "代码,男,女", "S1,3,4")
    receive.take_in(home, raw)
    append_block(home, read_manifest(home), ClosedRound(2024, "2025-01-01T00:00:00", "r", {}))
    declare(raw, OTHER)
    assert read_again(home, raw) == []
    assert teachers(home) == [[3]]


def test_a_table_with_rows_of_a_closed_year_is_held(home: Home, raw: Path) -> None:
    declare(raw, LAYOUT.replace("feeds:", "school_year: {column: 年}\nfeeds:"))
    append_block(home, read_manifest(home), ClosedRound(2023, "2024-09-01T00:00:00", "r", {}))
    put(raw, "a.csv", "年,代码,男,女", "2023,S1,3,4", "2024,S1,5,6")
    (file,) = receive.take_in(home, raw).files
    assert file.record.status == "held"
    assert [p.rule_code for p in file.problems if p.severity == "hold"] == ["ROUND_CLOSED"]
