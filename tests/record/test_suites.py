"""How suites are read: what a feed inherits, what it may switch off, and what is said of a file that isn't in order."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import run
from dagster_project.core import homes
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules, suites
from dagster_project.warehouse import build


@pytest.fixture
def suites_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for suites that holds only the common rules."""
    common = homes.EXPECTATIONS_DIR / "common.json"
    (tmp_path / "common.json").write_bytes(common.read_bytes())
    monkeypatch.setattr(homes, "EXPECTATIONS_DIR", tmp_path)
    return tmp_path


def write(folder: Path, feed: str, **more: object) -> None:
    (folder / f"{feed}.json").write_text(
        json.dumps({"feed": feed, "expectations": [], **more}), encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("feed", "inherited"),
    [
        ("schools", ["CONFLICT"]),
        ("staffing", ["UNREGISTERED", "FORMER_CODE", "CONFLICT", "NAME"]),
        ("hazards", ["UNREGISTERED", "CONFLICT", "NAME"]),
        ("milestones", ["UNREGISTERED", "CONFLICT"]),
    ],
)
def test_a_suite_without_rules_inherits_those_of_its_kind(
    suites_folder: Path, feed: str, inherited: list[str]
) -> None:
    write(suites_folder, feed)
    assert [r.rule_code for r in rules.load_suite(feed)] == [f"{feed.upper()}_{name}" for name in inherited]


def test_a_suite_switches_an_inherited_rule_off_with_a_reason(suites_folder: Path) -> None:
    write(suites_folder, "staffing", not_inherited={"NAME": "the form has no room for names"})
    codes = [r.rule_code for r in rules.load_suite("staffing")]
    assert codes == ["STAFFING_UNREGISTERED", "STAFFING_FORMER_CODE", "STAFFING_CONFLICT"]
    write(suites_folder, "enrolment", not_inherited={"NAMES": "a rule that isn't there"})
    with pytest.raises(UserError, match="NAMES"):
        rules.load_suite("enrolment")


def test_a_missing_suite_is_named_with_what_it_must_hold(suites_folder: Path) -> None:
    with pytest.raises(UserError) as failure:
        rules.load_suite("enrolment")
    text = str(failure.value)
    assert str(suites_folder / "enrolment.json") in text
    wanted = re.search(r"\{.*\}", text)
    assert wanted is not None
    (suites_folder / "enrolment.json").write_text(wanted[0], encoding="utf-8")
    assert len(rules.load_suite("enrolment")) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "不是有效的 JSON（第 1 行）"),
        ('{"feed": "staffing", "expectations": []}', "写的报表是“staffing”"),
        ('{"feed": "enrolment", "expectations": [], "rules": []}', "有误：rules"),
        ('{"feed": "enrolment", "expectations": [{"type": "x", "kwargs": {}}]}', "有误：expectations.0.meta"),
    ],
)
def test_a_suite_that_is_not_in_order_says_where(suites_folder: Path, text: str, said: str) -> None:
    (suites_folder / "enrolment.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(said)):
        rules.load_suite("enrolment")


def test_every_query_belongs_to_a_suite_and_every_suite_to_a_feed() -> None:
    feeds = load_feeds()
    queries = {f"{feed}_{rule_class}" for feed in feeds for rule_class in ("logic", "experience")}
    queries |= {r.rule_code.lower() for r in rules.load_suite(rules.MARTS)}
    assert {p.stem for p in (homes.EXPECTATIONS_DIR / "sql").glob("*.sql")} <= queries
    assert {p.stem for p in homes.EXPECTATIONS_DIR.glob("*.json")} == {*feeds, *rules.NOT_OF_FEEDS, "common"}


def test_no_two_rules_share_a_code() -> None:
    codes = [r.rule_code for r in rules.all_rules()]
    assert len(codes) == len(set(codes))


RULE: dict[str, Any] = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "students", "max_value": 5000},
    "meta": {
        "rule_code": "ENROLMENT_TOY", "class": "experience", "severity": "warn", "column": "students",
        "message_zh": "学生数为 {students}。", "basis_zh": "学生数", "since": "2026-01-01", "fails_zh": "9999", "passes_zh": "1",
    },
}  # fmt: skip


#: Two rows of enrolment with what the register says of them.
ROWS = "select unnest([1, 2]) as row_id, unnest([3, 5001]) as students, true as name_agrees, '' as registered_name, '' as school_name"


@pytest.mark.parametrize(
    ("part", "planted", "said"),
    [
        (
            "type",
            "expect_column_values_to_be_fine",
            "没有能指出单元格的期望“expect_column_values_to_be_fine”",
        ),
        (
            "type",
            "expect_column_mean_to_be_between",
            "没有能指出单元格的期望“expect_column_mean_to_be_between”",
        ),
        ("kwargs", {"column": "students", "maximum": 5000}, "kwargs 有误：maximum"),
        ("kwargs", {"max_value": 5000}, "kwargs 有误：column"),
        ("kwargs", {"column": "pupils", "max_value": 5000}, "没有列“pupils”可供校验"),
        ("meta", {"column": "pupils"}, "meta.column 写的“pupils”不是这类报表的列"),
        ("meta", {"message_zh": "学生数为 {pupils}。"}, "message_zh 里的 {pupils} 不是可用的列"),
    ],
)
def test_a_rule_that_names_what_does_not_exist_stops_the_run_also_without_rows(
    suites_folder: Path, part: str, planted: Any, said: str
) -> None:
    rule = {**RULE, part: {**RULE["meta"], **planted} if part == "meta" else planted}
    write(suites_folder, "enrolment", expectations=[rule])
    (suites_folder / "sql").mkdir()
    with duckdb.connect() as con, pytest.raises(UserError) as failure:
        con.execute(f"create table rows as {ROWS} limit 0")
        suites.judge(con, {"enrolment": "rows"}, "experience")
    assert said in str(failure.value)
    assert str(suites_folder / "enrolment.json") in str(failure.value)
    assert "ENROLMENT_TOY" in str(failure.value)


@pytest.mark.parametrize("query", ["staffing_logic", "enrolment_experience", "marts_rows_balanced"])
def test_a_rule_whose_query_is_missing_is_named_before_any_return_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    folder = shutil.copytree(homes.EXPECTATIONS_DIR, tmp_path / "expectations")
    for module in (homes, build):
        monkeypatch.setattr(module, "EXPECTATIONS_DIR", folder)
    rules.check_suites()
    (tmp_path / "expectations" / "sql" / f"{query}.sql").unlink()
    (tmp_path / "raw").mkdir()
    with pytest.raises(UserError, match=f"{query}.sql"):
        run.run(tmp_path / "raw", tmp_path / "home")


def test_a_rule_that_names_what_exists_judges(suites_folder: Path) -> None:
    write(suites_folder, "enrolment", expectations=[RULE])
    with duckdb.connect() as con:
        con.execute(f"create table rows as {ROWS}")
        (failure,) = suites.judge(con, {"enrolment": "rows"}, "experience")["enrolment"]
    assert (failure.row_id, failure.message_zh) == (2, "学生数为 5001。")


def test_the_log_of_the_librarys_modules_goes_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """It quotes values; a module may set a level of its own."""
    suites._context()
    with caplog.at_level(logging.INFO):
        logging.getLogger("great_expectations.data_context.types.base").error("87593")
    assert caplog.records == []
