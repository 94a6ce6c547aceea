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
        "station": "quality" if feed else "release",
        "feed": feed.feed if feed else "",
        "feed_zh": feed.name_zh if feed else "成果",
        "column_zh": columns.get(rule.column, ""),
        "text_zh": suites.plain_text(rule.message_zh, columns),
        "basis_zh": rule.basis_zh,
        "since": rule.since,
        "passes_zh": rule.passes_zh,
        "fails_zh": rule.fails_zh,
        "is_explainable": rule.is_explainable,
    }
