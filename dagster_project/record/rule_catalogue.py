"""The catalogue of rules: what is checked, on what ground, since when, and what no rule here can check."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from dagster_project.intake.feeds import load_feeds
from dagster_project.record import rules, suites
from dagster_project.record.rules import Rule

if TYPE_CHECKING:
    import duckdb

_READING_RULES = Path(__file__).parent.parent / "intake" / "findings.yml"
COLUMNS = (
    "rule_code", "class", "severity", "station", "feed", "feed_zh", "column_zh", "text_zh", "basis_zh", "since",
    "passes_zh", "fails_zh", "is_explainable",
)  # fmt: skip
_READING_BASIS = "报表的格式约定：能唯一读出、来源清楚的才采用"


@lru_cache(maxsize=1)
def _reading_rules() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_READING_RULES.read_text(encoding="utf-8"))
    return found


def catalogue() -> list[dict[str, Any]]:
    """One dict a rule, in COLUMNS: first what reading finds, then the suites of the feeds, then the last gate."""
    reading = _reading_rules()
    rows = [
        {
            "rule_code": code,
            "class": "format",
            "severity": rule["severity"],
            "station": "intake",
            "feed": "",
            "feed_zh": "",
            "column_zh": "",
            "text_zh": rule["text_zh"],
            "basis_zh": _READING_BASIS,
            "since": reading["since"],
            "passes_zh": str(rule["passes_zh"]),
            "fails_zh": str(rule["fails_zh"]),
            "is_explainable": False,
        }
        for code, rule in reading["rules"].items()
    ]
    return rows + [_suite_row(rule) for rule in rules.all_rules()]


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


def cannot_check() -> list[dict[str, str]]:
    """What no rule can find here (`text_zh`) and who can (`who_zh`)."""
    found: list[dict[str, str]] = _reading_rules()["cannot_check"]
    return found


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.rules` and `accepted.unchecked` of a build."""
    import pandas as pd

    # a frame goes in at once; row by row would cost a transaction each
    rows = pd.DataFrame(catalogue(), columns=COLUMNS)
    unchecked = pd.DataFrame(cannot_check(), columns=["text_zh", "who_zh"])
    for table, frame in (("rules", rows), ("unchecked", unchecked)):
        con.register("known", frame)
        con.execute(f"insert into accepted.{table} select * from known")
        con.unregister("known")
