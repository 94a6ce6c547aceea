"""Pages that lie in a release as single files, opened by double click: here the catalogue of rules."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.publish import labels
from dagster_project.warehouse.release import open_marts

if TYPE_CHECKING:
    import duckdb

_STATIONS_ZH = {"intake": "读取时", "quality": "校验时", "release": "发布前"}
_STYLE = """
body { font: 16px/1.6 "Microsoft YaHei", "Noto Sans CJK SC", "PingFang SC", sans-serif; color: #1d2733;
  margin: 0 auto; max-width: 1200px; padding: 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 32px 0 8px; }
p { margin: 4px 0 12px; color: #46525f; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { border-bottom: 1px solid #d5dbe1; padding: 6px 8px; text-align: left; vertical-align: top; }
th { background: #eef2f6; position: sticky; top: 0; }
code { font: 12px/1.4 Consolas, monospace; overflow-wrap: anywhere; color: #46525f; }
td:first-child { width: 20%; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } th { position: static; }
  tr { break-inside: avoid; } }
"""


def write_rule_catalogue(database: Path, path: Path, *, release_id: str, is_synthetic: bool) -> None:
    """Write the catalogue of rules as one page that needs nothing else.

    Args:
        database: the committee's database.
        path: file to write.
        release_id: release the page belongs to.
        is_synthetic: say on the page that the figures are invented.
    """
    with open_marts(database) as con:
        rules = _rows(con, "select * from marts.dim_rules order by class, feed, rule_code")
        unchecked = _rows(con, "select * from marts.dim_unchecked")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="zh-CN"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>规则目录</title><style>{_STYLE}</style></head><body>",
        "<h1>规则目录</h1>",
        f"<p>版本 {escape(release_id)}，共 {len(rules)} 条规则。逻辑类必须改正，不能用说明消除；经验类可以用“情况说明”解释，"
        "值变动或换了学年，说明即失效。</p>",
    ]
    if is_synthetic:
        parts.append("<p>本版本数据为合成数据，仅供演示。</p>")
    for station, station_zh in _STATIONS_ZH.items():
        found = [r for r in rules if r["station"] == station]
        parts.append(f"<h2>{station_zh}（{len(found)} 条）</h2>")
        heads = ("规则", "类别与处理", "内容", "依据", "符合的例子", "不符合的例子")
        rows = [
            (
                f"<code>{escape(r['rule_code'])}</code><br>{escape(r['feed_zh'])}",
                f"{labels.CLASS_ZH[r['class']]} · {labels.SEVERITY_ZH.get(r['severity'], '不发布')}<br>{r['since']} 起",
                escape(r["text_zh"]),
                escape(r["basis_zh"]),
                escape(r["passes_zh"]),
                escape(r["fails_zh"]),
            )
            for r in found
        ]
        parts.append(_table(heads, rows))
    parts.append("<h2>这里核查不了的</h2><p>以下事项任何规则都发现不了，须由别人核查。</p>")
    parts.append(
        _table(("事项", "由谁核查"), [(escape(u["text_zh"]), escape(u["who_zh"])) for u in unchecked])
    )
    parts.append("</body></html>")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = con.execute(sql)
    names = [d[0] for d in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
