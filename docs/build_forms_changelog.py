"""Writes raw_data/forms_changelog.md: what changed in the forms from one year to the next.

Run `.venv/bin/python docs/build_forms_changelog.py` after a feed or a suite changed; `tests/docs/test_forms_changelog.py`
fails if it was not. When the forms of a year have been handed out, `--freeze YEAR` stores them as they are now in
`dagster_project/forms/editions/`; from then on changes belong to the year after.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "raw_data" / "forms_changelog.md"
FEEDS = ROOT / "dagster_project" / "intake" / "feeds"
SUITES = ROOT / "expectations"
EDITIONS = ROOT / "dagster_project" / "forms" / "editions"
sys.path.insert(0, str(ROOT))

#: An edition: per feed its name, days, columns and rules, as `describe` makes them.
Edition = dict[str, dict[str, Any]]

HEAD = """\
# 填报表逐年变动

由 `docs/build_forms_changelog.py` 从各报表的定义生成，不要手改。某一年的表，指该学年发给学校填报的表；已发出的各年存在
`dagster_project/forms/editions/`，最后一节是最近一次发出之后到现在的改动，随下一学年的表发出。

列按程序里的列名对应，改了表头的列算“改名”；“旧表头仍认”的，学校沿用旧表也能读入。各表共用的规则（以学校名录为准、
一个对象一个数、名称核对代码）不在这里列。
"""
_SEVERITY_ZH = {"quarantine_row": "整行暂不采用", "warn": "提醒", "note": "记录"}
_TYPES_ZH = {
    "code": "10 位代码",
    "district": "6 位代码",
    "text": "文字",
    "choice": "选择",
    "count": "整数",
    "area": "面积",
    "money": "金额",
    "decimal": "小数",
    "year": "年份",
    "date": "日期",
    "month": "月份",
}


def describe(feeds: dict[str, dict[str, Any]], suites: dict[str, dict[str, Any]]) -> Edition:
    """The forms as data: of each feed what a school sees and what is judged.

    Args:
        feeds: content of the feeds' YAML files by feed.
        suites: content of the suites' JSON files by feed.
    """
    edition: Edition = {}
    for feed, given in sorted(feeds.items()):
        columns = {}
        for column in given["columns"]:
            described = {
                "heading_zh": column["heading_zh"],
                "type": column["type"],
                "required": bool(column.get("required")),
                "since": column.get("since"),
                "unit_zh": column.get("unit_zh"),
                "choices": [str(word) for word in column.get("choices", {})] or None,
                "minimum": column.get("minimum"),
                "maximum": column.get("maximum"),
            }
            columns[column["name"]] = {k: v for k, v in described.items() if v is not None}
        rules = {}
        for one in suites.get(feed, {}).get("expectations", ()):
            meta = one["meta"]
            judged = {k: v for k, v in one["kwargs"].items() if k not in ("column", "batch_id")}
            rules[meta["rule_code"]] = {
                "basis_zh": meta["basis_zh"],
                "fails_zh": meta.get("fails_zh", ""),
                "severity": meta["severity"],
                "limits": json.dumps(judged, ensure_ascii=False, sort_keys=True),
            }
        edition[feed] = {
            "name_zh": given["name_zh"],
            "due_within_days": given.get("due_within_days"),
            "columns": columns,
            "rules": rules,
        }
    return edition


def current() -> Edition:
    """The forms as the program has them now."""
    feeds = {p.stem: yaml.safe_load(p.read_text(encoding="utf-8")) for p in FEEDS.glob("*.yml")}
    suites = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in SUITES.glob("*.json")}
    return describe(feeds, {feed: suites[feed] for feed in feeds if feed in suites})


def editions() -> dict[int, Edition]:
    """The forms of the years that were handed out, by year."""
    return {
        int(p.stem): yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(EDITIONS.glob("*.yml"))
    }


def headings_read() -> dict[tuple[str, str], set[str]]:
    """Headings by which each column is recognised now."""
    from dagster_project.intake.feeds import load_feeds

    return {(f.feed, c.name): c.headings() for f in load_feeds().values() for c in f.columns}


def differences(old: Edition, new: Edition, known: dict[tuple[str, str], set[str]]) -> list[str]:
    """What changed between two editions: one paragraph of Markdown per feed that changed.

    Args:
        old: the edition before.
        new: the edition after.
        known: normalised headings by which a column is recognised now, by feed and column.
    """
    found = []
    for feed in sorted(old.keys() | new.keys()):
        if feed not in new:
            found.append(f"### {old[feed]['name_zh']}\n\n- 整张表取消。")
            continue
        if feed not in old:
            names = "、".join(c["heading_zh"] for c in new[feed]["columns"].values())
            lines = [f"新增的表。列：{names}。", *_rule_lines({}, new[feed]["rules"])]
            found.append(f"### {new[feed]['name_zh']}\n\n" + "\n".join(f"- {line}" for line in lines))
            continue
        lines = [
            *_feed_lines(old[feed], new[feed]),
            *_column_lines(feed, old[feed]["columns"], new[feed]["columns"], known),
            *_rule_lines(old[feed]["rules"], new[feed]["rules"]),
        ]
        if lines:
            found.append(f"### {new[feed]['name_zh']}\n\n" + "\n".join(f"- {line}" for line in lines))
    return found


def _feed_lines(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = []
    if old["name_zh"] != new["name_zh"]:
        lines.append(f"表名由“{old['name_zh']}”改为“{new['name_zh']}”。")
    if old["due_within_days"] != new["due_within_days"]:
        days = [
            f" {d} 天" if d is not None else "没有写明"
            for d in (old["due_within_days"], new["due_within_days"])
        ]
        lines.append(f"报送期限由{days[0]}改为{days[1]}。")
    return lines


def _column_lines(
    feed: str, old: dict[str, Any], new: dict[str, Any], known: dict[tuple[str, str], set[str]]
) -> list[str]:
    from dagster_project.intake.feeds import normalise_heading

    lines = []
    for name, column in new.items():
        if name not in old:
            kind = "必填" if column["required"] else "选填"
            kind = f"{column['since']} 学年起{kind}" if "since" in column else kind
            unit = f"，单位 {column['unit_zh']}" if "unit_zh" in column else ""
            lines.append(f"新增列“{column['heading_zh']}”（{_TYPES_ZH[column['type']]}，{kind}{unit}）。")
    for name, column in old.items():
        heading = column["heading_zh"]
        if name not in new:
            lines.append(f"取消列“{heading}”。")
            continue
        after = new[name]
        if after["heading_zh"] != heading:
            is_read = normalise_heading(heading) in known.get((feed, name), set())
            lines.append(
                f"列“{heading}”改名为“{after['heading_zh']}”，旧表头{'仍认' if is_read else '不再认'}。"
            )
        changes = [text for text in _column_changes(column, after) if text]
        if changes:
            lines.append(f"列“{after['heading_zh']}”：{'；'.join(changes)}。")
    return lines


def _column_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    changes = []
    if old["required"] != new["required"]:
        changes.append("改为必填" if new["required"] else "改为选填")
    if old.get("since") != new.get("since") and "since" in new:
        changes.append(f"{new['since']} 学年起必填")
    if old["type"] != new["type"]:
        changes.append(f"由{_TYPES_ZH[old['type']]}改为{_TYPES_ZH[new['type']]}")
    if old.get("unit_zh") != new.get("unit_zh"):
        changes.append(f"单位由{old.get('unit_zh', '无')}改为{new.get('unit_zh', '无')}")
    before, after = old.get("choices", []), new.get("choices", [])
    added = [w for w in after if w not in before]
    gone = [w for w in before if w not in after]
    changes += [f"可选词增加 {'、'.join(added)}"] if added else []
    changes += [f"可选词取消 {'、'.join(gone)}"] if gone else []
    limits = [(e.get("minimum"), e.get("maximum")) for e in (old, new)]
    if limits[0] != limits[1]:
        low, high = ("不限" if v is None else f"{v:g}" for v in limits[1])
        changes.append(f"可填的范围改为 {low} 至 {high}")
    return changes


def _rule_lines(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = []
    for code, rule in new.items():
        severity = _SEVERITY_ZH.get(rule["severity"], rule["severity"])
        example = f"，如 {rule['fails_zh']}" if rule["fails_zh"] else ""
        if code not in old:
            lines.append(f"新增规则（{severity}）：{rule['basis_zh']}{example}。")
        elif old[code]["severity"] != rule["severity"]:
            before = _SEVERITY_ZH.get(old[code]["severity"], old[code]["severity"])
            lines.append(f"规则“{rule['basis_zh']}”由“{before}”改为“{severity}”{example}。")
        elif old[code]["limits"] != rule["limits"]:
            lines.append(f"规则“{rule['basis_zh']}”的界限有改动{example}。")
    lines += [f"取消规则：{rule['basis_zh']}。" for code, rule in old.items() if code not in new]
    return lines


def page() -> str:
    """The whole page, the newest changes first."""
    known = headings_read()
    stored = editions()
    parts = []
    for year in sorted(stored)[1:]:
        before = max(y for y in stored if y < year)
        parts.append(
            (f"## {year} 学年的表，与 {before} 学年相比", differences(stored[before], stored[year], known))
        )
    last = max(stored)
    parts.append((f"## {last} 学年的表发出之后", differences(stored[last], current(), known)))
    text = [HEAD]
    for heading, found in reversed(parts):
        text += [heading + "\n", *(f"{paragraph}\n" for paragraph in found or ["没有改动。"])]
    return "\n".join(text)


def freeze(year: int) -> Path:
    """Store the forms as they are now as those of a year; refuses to replace a year that is stored."""
    path = EDITIONS / f"{year}.yml"
    if path.exists():
        sys.exit(f"{path} is there already: the forms of {year} were handed out.")
    text = f"# The forms of school year {year} as they were handed out; written by docs/build_forms_changelog.py.\n"
    path.write_text(
        text + yaml.safe_dump(current(), allow_unicode=True, sort_keys=False, width=120), encoding="utf-8"
    )
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--freeze", type=int, metavar="YEAR", help="store the present forms as those of a year"
    )
    year = parser.parse_args().freeze
    if year is not None:
        freeze(year)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
