"""How suites are read: what a feed inherits, what it may switch off, and what is said of a file that isn't in order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dagster_project.core import homes
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules


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
        ("staffing", ["UNREGISTERED", "CONFLICT", "NAME"]),
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
    assert codes == ["STAFFING_UNREGISTERED", "STAFFING_CONFLICT"]
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
    assert len(rules.load_suite("enrolment")) == 3


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
    assert {p.stem for p in homes.EXPECTATIONS_DIR.glob("*.json")} == {*feeds, rules.MARTS, "common"}


def test_no_two_rules_share_a_code() -> None:
    codes = [r.rule_code for r in rules.all_rules()]
    assert len(codes) == len(set(codes))
