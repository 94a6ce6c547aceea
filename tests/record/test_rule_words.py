"""What the rules say to schools names columns by the headings of today's forms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from dagster_project.core.homes import EXPECTATIONS_DIR
from dagster_project.intake.feeds import load_feeds

SUITES = {
    path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXPECTATIONS_DIR.glob("*.json"))
}
OF_FEEDS = {
    suite["feed"]: (path, suite) for path, suite in SUITES.items() if suite.get("feed") in load_feeds()
}


def plain(heading: str) -> str:
    """A heading without the unit in brackets, which an example gives beside the number."""
    return re.sub(r"[(（].*?[)）]", "", heading)


def former_headings(meta: Mapping[str, str], former: set[str]) -> set[str]:
    """Headings that a rule still quotes, or gives an example of, though the forms have others by now."""
    quoted = {plain(text) for text in re.findall(r"“([^”]*)”", meta.get("message_zh", ""))}
    examples = "，".join(meta.get(name, "") for name in ("fails_zh", "passes_zh"))
    named = {plain(re.sub(r"^(?:上年|本年)", "", part).split(" ")[0]) for part in examples.split("，")}
    return former & (quoted | named)


@pytest.mark.parametrize("feed", sorted(OF_FEEDS))
def test_no_rule_names_a_column_by_a_heading_of_former_years(feed: str) -> None:
    path, suite = OF_FEEDS[feed]
    columns = load_feeds()[feed].columns
    former = {plain(a) for c in columns for a in c.aliases} - {plain(c.heading_zh) for c in columns}
    left = {
        rule["meta"]["rule_code"]: sorted(found)
        for rule in suite["expectations"]
        if (found := former_headings(rule["meta"], former))
    }
    assert not left, f"{path.name}: write the headings of intake/feeds/{feed}.yml instead of {left}"


def test_a_heading_left_behind_is_found() -> None:
    (rule,) = (
        r
        for r in OF_FEEDS["floor_area"][1]["expectations"]
        if r["meta"]["rule_code"] == "FLOOR_AREA_BOOKS_JUMP"
    )
    assert former_headings(rule["meta"], {"图书"}) == {"图书"}
    assert former_headings({"message_zh": "“图书(册)”变化"}, {"图书"}) == {"图书"}
    assert former_headings({"fails_zh": "上年图书(册) 6000"}, {"图书"}) == {"图书"}
