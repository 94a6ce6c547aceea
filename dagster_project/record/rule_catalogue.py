"""The catalogue of rules that is published: what is checked, why, since when, and what no rule can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records
from dagster_project.intake import findings
from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules, suites
from dagster_project.record.rules import Rule

if TYPE_CHECKING:
    import duckdb

_READING_BASIS = "报表的格式约定：能唯一读出、来源清楚的才采用"

_SUITES_ZH = {rules.SOURCES: "各类报表", rules.MARTS: "成果"}
#: What stands for the words of a rule on sources where it is listed without a figure.
_SOURCE_WORDS_ZH = {
    "column_zh": "列",
    "kind_zh": "采用的来源",
    "other_kind_zh": "另一来源",
    "used_value": "采用的数",
    "other_value": "另一个数",
    "place": "单元格",
    "other_place": "单元格",
    "why_zh": "规则",
}


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.rules` (rules of reading, of the feeds' suites, of the finished tables) and `accepted.unchecked`."""
    reading = findings.load_rules()
    read = [_reading_row(code, rule, reading) for code, rule in reading.rules.items()]
    judged = [_suite_row(rule) for rule in rules.all_rules()]
    insert_records(con, "accepted.rules", read + judged)
    insert_records(con, "accepted.unchecked", [u.model_dump() for u in reading.cannot_check])


def _reading_row(code: str, rule: findings.Rule, reading: findings.Rules) -> dict[str, Any]:
    return {
        "rule_code": code,
        "class": reading.rule_class,
        "severity": rule.severity,
        "station": "intake",
        "feed": "",
        "feed_zh": "",
        "column_zh": "",
        "text_zh": rule.text_zh,
        "basis_zh": _READING_BASIS,
        "since": reading.since,
        "passes_zh": rule.passes_zh,
        "fails_zh": rule.fails_zh,
        "is_explainable": False,
    }


def _suite_row(rule: Rule) -> dict[str, Any]:
    feed = load_feeds().get(rule.suite)
    columns = {c.name: c.heading_zh for c in feed.columns} if feed else {}
    return {
        "rule_code": rule.rule_code,
        "class": rule.rule_class,
        "severity": rule.severity,
        "station": "release" if rule.suite == rules.MARTS else "quality",
        "feed": feed.feed if feed else "",
        "feed_zh": feed.name_zh if feed else _SUITES_ZH[rule.suite],
        "column_zh": columns.get(rule.column, ""),
        "text_zh": suites.plain_text(rule.message_zh, columns or _SOURCE_WORDS_ZH),
        "basis_zh": rule.basis_zh,
        "since": rule.since,
        "passes_zh": rule.passes_zh,
        "fails_zh": rule.fails_zh,
        "is_explainable": rule.is_explainable,
    }
