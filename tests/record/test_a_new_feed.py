"""A feed that was not there before: its contract and a suite of a few lines are all that the record station needs."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.core import homes
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import feeds as contracts
from dagster_project.intake import receive
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.reader import ParsedFile, parse_content
from dagster_project.record import in_force, suites
from tests.intake import bad_files as make

A, B, C, STRANGER = "2150000001", "2150000002", "2150000003", "2150000009"
REGISTER = [
    ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"],
    *([code, f"示例{code[-1]}小学", "500115", "某镇", "小学", "公办"] for code in (A, B, C)),
]
HEAD = ["学校标识码", "学校名称", "食堂餐位数", "食堂面积"]
CONTRACT = """
feed: canteens
name_zh: 学校食堂
grain: [school_code]
optional: false
scope: school
due_stages: [primary]
columns:
  - {name: school_code, heading_zh: 学校标识码, type: code, required: true}
  - {name: school_name, heading_zh: 学校名称, type: text}
  - {name: seats, heading_zh: 食堂餐位数, type: count, required: true}
  - {name: canteen_area_m2, heading_zh: 食堂面积, type: area, required: true}
"""
BY_STAGE = CONTRACT.replace("[school_code]", "[school_code, stage]").replace(
    "scope: school", "scope: school_stage"
)
BY_STAGE += '  - {name: stage, heading_zh: 学段, type: choice, required: true, choices: {"小学": primary, "初中": junior_secondary}}\n'


class ReaderHere:
    """Reads files in this process: a worker of its own would have the feeds of the project."""

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        content = source if isinstance(source, bytes) else source.read_bytes()
        return parse_content(content, relative, school_year, [])


class Station:
    """A project with one feed more than ours, and a home of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.raw, self.home = root, root / "raw", Home(root / "home")
        self.put("register.xlsx", REGISTER)

    def declare(self, contract: str, suite: dict[str, object] | None) -> None:
        (self.root / "feeds" / "canteens.yml").write_text(contract, encoding="utf-8")
        if suite is not None:
            text = json.dumps(suite, ensure_ascii=False)
            (self.root / "expectations" / "canteens.json").write_text(text, encoding="utf-8")

    def put(self, name: str, rows: list[list[object]]) -> None:
        path = self.raw / "2023" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make.workbook(rows))

    def judge(self, *queries: str) -> list[list[tuple[object, ...]]]:
        """Take in what is new, decide, and answer queries on schema `accepted`."""
        receive.take_in(self.home, self.raw, worker=ReaderHere())  # type: ignore[arg-type]
        with duckdb.connect() as con:
            in_force.resolve(con, self.home, read_manifest(self.home), suites.judge, dt.date(2024, 1, 1))
            return [con.execute(query).fetchall() for query in queries]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    shutil.copytree(contracts.FEEDS_DIR, tmp_path / "feeds")
    shutil.copytree(homes.EXPECTATIONS_DIR, tmp_path / "expectations")
    monkeypatch.setattr(contracts, "FEEDS_DIR", tmp_path / "feeds")
    monkeypatch.setattr(homes, "EXPECTATIONS_DIR", tmp_path / "expectations")
    contracts.load_feeds.cache_clear()
    yield Station(tmp_path)
    monkeypatch.undo()
    contracts.load_feeds.cache_clear()


SUITE: dict[str, object] = {"feed": "canteens", "expectations": []}
RETURN: list[list[object]] = [
    HEAD,
    [A, "示例1小学", 100, 200],
    [B, "别的小学", 80, 160],
    [C, "示例3小学", 60, 120],
    [C, "示例3小学", 61, 120],
    [STRANGER, "没有登记的小学", 50, 90],
]


def test_its_rows_are_judged_quarantined_put_in_force_and_listed(station: Station) -> None:
    station.declare(CONTRACT, SUITE)
    station.put("canteens.xlsx", RETURN)
    rows, problems, quarantined, sheets, received, rules = station.judge(
        "select school_code, seats from accepted.canteens order by all",
        "select rule_code, severity, cell, school_code from accepted.problems where feed = 'canteens' order by all",
        "select school_code, row_number from accepted.quarantined_rows order by all",
        "select rows_read, rows_accepted, rows_quarantined, rows_dropped, status from accepted.submissions"
        " where feed = 'canteens'",
        "select school_year, school_code, stage from accepted.received where feed = 'canteens' order by all",
        "select rule_code, feed_zh from accepted.rules where feed = 'canteens' order by all",
    )
    assert rows == [(A, 100), (B, 80)]
    assert problems == [
        ("CANTEENS_CONFLICT", "quarantine_row", "A4", C),
        ("CANTEENS_CONFLICT", "quarantine_row", "A5", C),
        ("CANTEENS_NAME", "warn", "B3", B),
        ("CANTEENS_UNREGISTERED", "quarantine_row", "A6", STRANGER),
    ]
    assert quarantined == [(C, 4), (C, 5), (None, 6)]
    assert sheets == [(5, 2, 3, 0, "accepted")]
    assert received == [(2023, A, "all"), (2023, B, "all")]
    assert rules == [
        (f"CANTEENS_{name}", "学校食堂") for name in ("CONFLICT", "FORMER_CODE", "NAME", "UNREGISTERED")
    ]


def test_a_later_return_solves_its_problems_and_replaces_its_rows(station: Station) -> None:
    station.declare(CONTRACT, SUITE)
    station.put("canteens.xlsx", RETURN)
    station.judge()
    station.put("canteens_2.xlsx", [HEAD, [C, "示例3小学", 60, 120], [A, "示例1小学", 120, 200]])
    rows, ages = station.judge(
        "select school_code, seats from accepted.canteens order by all",
        "select school_code, rule_code, status from accepted.problem_ages where feed = 'canteens' order by all",
    )
    assert rows == [(A, 120), (B, 80), (C, 60)]
    assert ages == [
        (B, "CANTEENS_NAME", "open"),
        (C, "CANTEENS_CONFLICT", "mended"),
        (STRANGER, "CANTEENS_UNREGISTERED", "open"),
    ]


def test_by_stage_a_later_return_replaces_only_the_stages_that_it_holds(station: Station) -> None:
    station.declare(BY_STAGE, SUITE)
    head = [*HEAD, "学段"]
    station.put("a.xlsx", [head, [A, "示例1小学", 100, 200, "小学"], [A, "示例1小学", 70, 90, "初中"]])
    station.judge()
    station.put("b.xlsx", [head, [A, "示例1小学", 110, 200, "小学"]])
    rows, received = station.judge(
        "select stage, seats from accepted.canteens order by all",
        "select school_code, stage from accepted.received where feed = 'canteens' order by all",
    )
    assert rows == [("junior_secondary", 70), ("primary", 110)]
    assert received == [(A, "junior_secondary"), (A, "primary")]


def test_a_rule_of_its_own_needs_one_expectation(station: Station) -> None:
    rule = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "seats", "max_value": 99},
        "meta": {
            "rule_code": "CANTEENS_LARGE", "class": "experience", "severity": "warn", "column": "seats",
            "message_zh": "餐位数 {seats} 偏大；请核对。", "basis_zh": "餐位数通常不超过99", "since": "2026-11-30",
            "fails_zh": "餐位数 100", "passes_zh": "餐位数 99",
        },
    }  # fmt: skip
    station.declare(CONTRACT, {**SUITE, "expectations": [rule]})
    station.put("canteens.xlsx", [HEAD, [A, "示例1小学", 100, 200], [B, "示例2小学", 99, 160]])
    (problems,) = station.judge(
        "select school_code, column_zh, value, message_zh from accepted.problems where feed = 'canteens'"
    )
    assert problems == [(A, "食堂餐位数", "100", "餐位数 100 偏大；请核对。")]


def test_a_feed_without_a_suite_says_which_file_is_missing(station: Station) -> None:
    station.declare(CONTRACT, None)
    with pytest.raises(UserError, match=r"expectations/canteens\.json"):
        station.judge()


def test_a_column_that_a_feed_gets_later_is_blank_in_the_rows_received_before(station: Station) -> None:
    station.declare(CONTRACT, SUITE)
    station.put("canteens.xlsx", [HEAD, [A, "示例1小学", 100, 200]])
    station.judge()
    station.declare(CONTRACT + "  - {name: cooks, heading_zh: 厨师人数, type: count}\n", None)
    contracts.load_feeds.cache_clear()
    (before,) = station.judge("select school_code, seats, cooks from accepted.canteens")
    assert before == [(A, 100, None)]
    station.put("canteens_2.xlsx", [[*HEAD, "厨师人数"], [B, "示例2小学", 80, 160, 4]])
    (both,) = station.judge("select school_code, seats, cooks from accepted.canteens order by all")
    assert both == [(A, 100, None), (B, 80, 4)]
