"""Typing errors in the seeds are refused before a run reads any return: a misspelt word would judge nothing, or wrongly.

What may be written is declared once, in `dbt/seeds/_seeds.yml`, where dbt tests the same (`dbt/macros/generic_tests.sql`).
dbt finds a slip after the models are built and gives the word; this names the file and the row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from dagster_project.core.declarations import nearest
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds

#: Most faults that one message lists.
MOST_LISTED = 10
#: The staging model that holds the feeds: their codes are declared in the feeds' YAML.
_FEEDS = "stg_feeds"

Row = dict[str, str]


class SeedError(UserError):
    """A seed holds a word that no model knows."""


def check_seeds(folder: Path) -> None:
    """Refuse seeds with unknown words.

    Args:
        folder: the dbt project; its seeds and `_seeds.yml` lie in `seeds/`.

    Raises:
        SeedError: a coded cell holds something else than `_seeds.yml` declares, or nothing; or a standard begins before
            the forms ask for what it judges. The message names file, row, column and what may be written.
    """
    seeds = folder / "seeds"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    declared = yaml.load((seeds / "_seeds.yml").read_text(encoding="utf-8"), Loader=loader)["seeds"]
    rows = {seed["name"]: _read(seeds / f"{seed['name']}.csv") for seed in declared}
    faults = [
        f"{folder.name}/seeds/{seed['name']}.csv {fault}"
        for seed in declared
        for fault in _faults(seed, rows)
    ]
    faults = faults or [f"{folder.name}/seeds/standards.csv {fault}" for fault in _judged_too_early(rows)]
    if faults:
        more = f"\n  另有 {len(faults) - MOST_LISTED} 处" if len(faults) > MOST_LISTED else ""
        listed = "\n".join(f"  {fault}" for fault in faults[:MOST_LISTED])
        raise SeedError(f"标准与指标的表里有写错的地方，没有发布新版本；请改正后再运行：\n{listed}{more}")


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _faults(seed: Mapping[str, Any], rows: Mapping[str, list[Row]]) -> Iterator[str]:
    own = rows[seed["name"]]
    for column in seed.get("columns", ()):
        if column.get("data_type") == "boolean":
            yield from _unknown(own, column["name"], ("true", "false"))
    for test in seed["data_tests"]:
        ((name, body),) = test.items() if isinstance(test, dict) else ((test, {}),)
        given = body.get("arguments", {})
        if name == "coded_columns":
            blanks = given.get("may_be_blank", ())
            for column, known in given.get("words", {}).items():
                yield from _unknown(own, column, known, may_be_blank=column in blanks)
            for column, (table, key) in given.get("keys", {}).items():
                keys = list(load_feeds()) if table == _FEEDS else [row[key] for row in rows[table]]
                yield from _unknown(own, column, keys, may_be_blank=column in blanks)
        elif name == "one_direction":
            yield from _several_directions(own, given["columns"])
        elif name == "directions_of_measures":
            for measure, known in given["directions"].items():
                yield from _unknown(own, "direction", known, only={"measure": measure})


def _unknown(
    rows: list[Row],
    column: str,
    known: Iterable[str],
    *,
    may_be_blank: bool = False,
    only: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Cells of a column that hold another word than those known; `only` picks rows by another column."""
    if rows and column not in rows[0]:
        yield f"没有“{column}”这一列"
        return
    words = {str(word) for word in known}
    limited = "，".join(f"{name} 是 {value} 的" for name, value in (only or {}).items())
    for number, row in _numbered(rows):
        value = row[column] or ""
        if value in words or (not value and may_be_blank):
            continue
        if only and any(row[name] != wanted for name, wanted in only.items()):
            continue
        shown = f"“{value}”不能用" if value else "空着"
        yield f"第 {number} 行 {column}{f'（{limited}）' if limited else ''}：{shown}；{nearest(value, sorted(words))}"


def _several_directions(rows: list[Row], columns: list[str]) -> Iterator[str]:
    """Rows whose direction is another than that of the first row with the same columns."""
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for number, row in _numbered(rows):
        key = tuple(row[name] for name in columns)
        at, direction = first.setdefault(key, (number, row["direction"]))
        if row["direction"] != direction:
            yield f"第 {number} 行 direction：“{row['direction']}”与第 {at} 行的“{direction}”不同，同一指标的标准要同一方向"


def _judged_too_early(rows: Mapping[str, list[Row]]) -> Iterator[str]:
    """Standards of schools that begin before the forms ask for a column of their indicator."""
    feeds = {row["indicator_code"]: row["feed"] for row in rows["indicators"] if row["is_judged"] == "true"}
    asked: dict[str, tuple[int, str]] = {}
    for source in rows["indicator_sources"]:
        feed = load_feeds().get(feeds.get(source["indicator_code"], ""))
        column = next((c for c in feed.columns if c.name == source["column_name"]), None) if feed else None
        if feed and column and column.since and source["blank_is_none"] != "true":
            said = (column.since, f"报表“{feed.name_zh}”的“{column.heading_zh}”")
            asked[source["indicator_code"]] = max(said, asked.get(source["indicator_code"], said))
    for number, row in _numbered(rows["standards"]):
        since, what = asked.get(row["indicator_code"], (0, ""))
        if row["measure"] == "school_threshold" and int(row["valid_from"] or 0) < since:
            yield (
                f"第 {number} 行 valid_from：{row['valid_from']} 学年起判断，但{what}自 {since} 学年才要求填，"
                f"此前没有填的学校都会待定；请写 {since}，或改这一列的 since"
            )


def _numbered(rows: list[Row]) -> Iterator[tuple[int, Row]]:
    """Rows with their line in the file, below the heading."""
    return enumerate(rows, 2)
