"""What a failed data test of the models means to an analyst: what failed, in which rows, and which returns to look at.

Rules of the feeds put impossible values aside at their cells, so a failed test is a gap in the rules or an error of the
models. Either way the message names the table, the first rows by their keys alone, and the returns that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core import duck
from dagster_project.intake.feeds import REGISTER, load_feeds

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

#: Most rows of a failed test that are printed, and most returns that are named.
MOST_ROWS = 5
MOST_FEEDS = 6
#: What a generic test found; `{where}` is the table, and the column if the test is of one.
MEANING_ZH = {
    "unique_grain": "{where}有重复的行，或少了编码",
    "finite": "{where}有不是数的值",
    "is_share": "{where}不在 0–1 之间，部分大于总数",
    "no_overlapping_validity": "{where}有重叠的年份，或没有标准值",
    "coded_columns": "{where}有不认识的代码，或少了代码",
    "one_direction": "{where}里同一指标的标准方向不一",
    "directions_of_measures": "{where}里有标准的方向与用法不符",
    "accepted_values": "{where}有不认识的写法",
    "not_null": "{where}有空白",
    "relationships": "{where}有对不上的编码",
}
#: Columns that say which row it is. No other column of a failing row is printed: it may be somebody's pay.
_KEYS = frozenset(("stage", "feed", "duty", "ownership", "period", "sheet", "source_file"))
_KEY_ENDINGS = ("_code", "_year", "_month", "_number")
#: Columns of the tests' own: the table or figure that a row was found in, and a share of a whole district.
_PLACES = frozenset(("mart", "place"))
_FOUND = {"found": "值"}


def told(node: Any, manifest: DbtManifest, database: Path | None) -> list[str]:
    """Lines on one failed test.

    Args:
        node: the test, as dbt gives it back.
        manifest: the parsed project.
        database: the build file, in which the failing rows are looked up; without it none are listed.
    """
    rows = _failing_rows(database, node.compiled_code) if database else []
    columns = _column_labels(manifest)
    lines = [f"  {_meaning_zh(node, manifest, columns)}（检验 {node.name}）"]
    if str(getattr(node, "attached_node", "")).startswith("seed."):
        # rows of a seed are the developer's own and hold no figures of schools
        named = [
            "，".join(f"{name}={value}" for name, value in row.items() if value is not None) for row in rows
        ]
    else:
        named = [_row_zh(row, manifest, columns) for row in rows]
    lines += [f"    {line}" for line in dict.fromkeys(named) if line]
    feeds = _feeds_zh(_tables(node, rows), manifest)
    if feeds:
        lines.append(
            f"    请先核对并改正这些数所来自的报表：{feeds}；改正重报后再运行。都没有错的，请把这段话发给维护人员。"
        )
    return lines


def _meaning_zh(node: Any, manifest: DbtManifest, columns: Mapping[str, str]) -> str:
    generic = getattr(node, "test_metadata", None)
    if generic is None:
        return str(node.config.meta.get("label_zh") or node.name)
    where = f"“{_table_zh(node.attached_node, manifest)}”"
    if node.column_name:
        where += f"的“{columns.get(node.column_name, node.column_name)}”"
    return MEANING_ZH.get(generic.name, f"{{where}}没有通过 {generic.name}").format(where=where)


def _row_zh(row: Mapping[str, Any], manifest: DbtManifest, columns: Mapping[str, str]) -> str:
    parts: list[str] = []
    for name, value in row.items():
        if value is None:
            continue
        if name in _PLACES:
            table, _, column = str(value).partition(".")
            label = _table_zh(_node_of(table, manifest), manifest)
            parts.insert(0, f"{label} › {columns.get(column, column)}" if column else label)
        elif name in _FOUND:
            parts.append(
                f"{_FOUND[name]} {value:.4g}" if isinstance(value, float) else f"{_FOUND[name]} {value}"
            )
        elif name in _KEYS or name.endswith(_KEY_ENDINGS):
            parts.append(f"{columns.get(name, name)} {value}")
    return "，".join(parts)


def _failing_rows(database: Path, statement: str) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect(str(database), read_only=True) as con:
        return duck.rows(con, statement)[:MOST_ROWS]


def _tables(node: Any, rows: list[dict[str, Any]]) -> list[str]:
    """Names of the tables that the rows were found in, or else of all that the test reads."""
    named = [str(row[name]).partition(".")[0] for row in rows for name in _PLACES if row.get(name)]
    return named or [unique_id.split(".")[-1] for unique_id in node.depends_on.nodes]


def _feeds_zh(tables: list[str], manifest: DbtManifest) -> str:
    """Names of the returns that some tables are made of; the register only where nothing else is."""
    feeds = load_feeds()
    read = {
        name for table in tables for name in _sources(_node_of(table, manifest), manifest) if name in feeds
    }
    others = sorted(read - {REGISTER}) or sorted(read)
    return "、".join(f"《{feeds[name].name_zh}》" for name in others[:MOST_FEEDS]) + (
        " 等" if len(others) > MOST_FEEDS else ""
    )


def _sources(unique_id: str, manifest: DbtManifest) -> Iterator[str]:
    waiting, seen = [unique_id], set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.startswith("source."):
            yield node.split(".")[-1]
        elif node in manifest.nodes:
            waiting += getattr(manifest.nodes[node].depends_on, "nodes", ())


def _node_of(table: str, manifest: DbtManifest) -> str:
    return next(
        (i for i, n in manifest.nodes.items() if n.name == table and str(n.resource_type) != "test"), ""
    )


def _table_zh(unique_id: str | None, manifest: DbtManifest) -> str:
    node = manifest.nodes.get(unique_id or "")
    return str((node.config.meta or {}).get("label_zh") or node.name) if node else str(unique_id)


def _column_labels(manifest: DbtManifest) -> dict[str, str]:
    """Chinese label of each column; a name has the same one everywhere."""
    return {
        column.name: str(column.config.meta["label_zh"])
        for node in manifest.nodes.values()
        for column in getattr(node, "columns", {}).values()
        if column.config.meta.get("label_zh")
    }
