"""The Chinese sentences about a traced figure: its formula with numbers, and what is missing, corrected or explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import PARAMETER, read_sql, rows
from dagster_project.core.numbers import printed
from dagster_project.publish import labels
from dagster_project.questions.figure_trace import SourceCell, total_of

if TYPE_CHECKING:
    import duckdb

_MISSING_ZH = "缺"


def has_table(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """True if schema `accepted` holds a table that releases of early versions lack."""
    return bool(rows(con, read_sql(__package__, "accepted_table", table=PARAMETER), [name]))


def number_zh(value: float | None, decimals: int | None = None) -> str:
    """A number in print, with thousands commas; as many digits as it has unless `decimals` are given."""
    return printed(value, decimals, thousands=True, none_zh=_MISSING_ZH)


def formula_zh(figure: dict[str, Any], cells: Sequence[SourceCell], *, is_split: bool) -> str:
    """The formula in words with its numbers: (甲 5 − 乙 2) × 分摊比例 0.4213 ÷ 在校生数 812 = 0.00 ㎡/生."""
    terms = [c for c in cells if c.role == "numerator_term"]
    columns = list(dict.fromkeys((c.column_name, c.heading_zh, c.factor) for c in terms))
    words = ""
    for name, heading, factor in columns:
        text = f"{heading} {number_zh(total_of([c for c in terms if c.column_name == name]))}"
        if abs(factor) != 1:
            text += f" × {number_zh(abs(factor))}"
        sign = "−" if factor < 0 else "+"
        words += f" {sign} {text}" if words else f"−{text}" if factor < 0 else text
    if len(columns) > 1:
        words = f"({words})"
    if is_split:
        share = figure["stage_share"]
        words += f" × 分摊比例 {number_zh(share, 4)}"
    words += f" ÷ 在校生数 {number_zh(total_of([c for c in cells if c.role == 'denominator']))}"
    if figure["scale"] != 1:
        words += f" × {number_zh(figure['scale'])}"
    if figure["value"] is None:
        return f"{words} = 无法计算"
    return f"{words} = {number_zh(figure['value'], figure['decimals'])} {figure['unit_zh']}"


def place_zh(cell: SourceCell) -> str:
    parts = [cell.source_file or "", cell.sheet or ""]
    parts.append(cell.cell or cell.roster_zh or (f"第 {cell.row_number} 行" if cell.row_number else ""))
    return " › ".join(p for p in parts if p)


def read_as_zero_zh(cell: SourceCell) -> str:
    """That a blank cell counts as zero, which it does in the forms and in layouts that say so, and in no other table."""
    return f"{place_zh(cell)} 是空着的：统计报表（和布局写明 blank: zero 的表）按填报规则空着就是零，所以按 0 采用；不是零的请在原表补填后重报。"


def notes_zh(
    con: duckdb.DuckDBPyConnection, figure: dict[str, Any], cells: Sequence[SourceCell]
) -> list[str]:
    """Facts beside the numbers, the reasons for missing values first."""
    problems = _problems(con)
    notes = [note for cell in cells for note in _cell_notes(cell, problems)]
    if figure["status"] == "out_of_scope":
        notes.append("这所学校不参评（特殊教育、中等职业学校，或学生数不足起评人数的教学点），数值只供参考。")
    if figure["denominator"] == 0:
        notes.append("在校生数是 0，没有可除的数。")
    if figure["rounding_flips_verdict"]:
        notes.append("四舍五入后的数会得出相反的结论；结论以未舍入的数为准。")
    if any(c.role == "denominator" and c.feed == "class_sizes" and c.state == "value" for c in cells):
        notes.append("没有单独上报“在校生数”，学生数由“班级学生数”各行相加。")
    warned = {
        (c.source_file, c.sheet, c.cell) for c in cells if c.cell and c.state in ("value", "none", "constant")
    }
    notes += [
        f"提醒（{' › '.join(x for x in (p['source_file'], p['sheet'], p['cell']) if x)}）：{p['message_zh']}"
        for p in problems
        if p["severity"] == "warn" and (p["source_file"], p["sheet"], p["cell"]) in warned
    ]
    notes += _other_codes(con) + _corrections(con) + _justifications(con)
    return list(dict.fromkeys(notes))


def _cell_notes(cell: SourceCell, problems: list[dict[str, Any]]) -> Iterator[str]:
    who = f"{cell.school_name}（{cell.school_code}）"
    stage = labels.stage_zh(cell.stage or "")
    if cell.state == "not_received":
        what = "“在校生数”或“班级学生数”" if cell.column_name == "students" else f"“{cell.feed_zh}”"
        yield f"缺：没有收到{who}{stage}的{what}。"
    elif cell.state == "quarantined":
        place = place_zh(cell)
        yield f"缺：{who}{stage}的“{cell.feed_zh}”（{place}）整行暂不采用，原因如下。"
        for p in problems:
            row = (p["source_file"], p["sheet"], p["row_number"])
            is_cause = p["severity"] == "quarantine_row" and p["feed"] == cell.feed
            if is_cause and row == (cell.source_file, cell.sheet, cell.row_number):
                yield f"　　{p['cell'] or place}：{p['message_zh']}"
    elif cell.state == "blank" and cell.roster_rows:
        yield f"缺：{who}{stage}的“{cell.heading_zh}”有名册的行没有数，没有合计（{place_zh(cell)}）。"
    elif cell.state == "blank" and cell.cell is None:
        yield f"缺：{who}的“{cell.feed_zh}”里没有“{cell.heading_zh}”这一列（{place_zh(cell)}）。"
    elif cell.state == "blank":
        yield f"缺：{who}{stage}的“{cell.heading_zh}”没有填（{place_zh(cell)}）；补填后重报即可。"
    elif cell.state == "none":
        where = place_zh(cell) if cell.cell else "来表没有这一列"
        yield f"{who}的“{cell.heading_zh}”没有填（{where}），按没有（0）计。"
    elif cell.state == "constant":
        yield f"“{cell.heading_zh}”的值 {number_zh(cell.value)} 由版式文件规定，没有对应的单元格。"


def _problems(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Problems of the rows that the figure was, or would have been, computed from."""
    return rows(con, read_sql(__package__, "trace_problems"))


def _other_codes(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not has_table(con, "taken_codes"):
        return []
    return [
        f"学校代码：{' › '.join(x for x in (k['source_file'], k['sheet'], k['cell']) if x)} 填的是 {k['written_code']}，"
        f"按 {k['school_code']} 采用。"
        for k in rows(con, read_sql(__package__, "trace_codes"))
    ]


def _corrections(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not has_table(con, "corrections"):
        return []
    found = rows(con, read_sql(__package__, "trace_corrections"))
    return [
        f"更正：{' › '.join(x for x in (k['source_file'], k['sheet'], k['cell']) if x)} 原填 {k['original']}，"
        f"按 {k['value']} 采用；理由：{k['reason']}"
        for k in found
    ]


def _justifications(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not has_table(con, "explained"):
        return []
    found = rows(con, read_sql(__package__, "trace_justifications"))
    return [
        f"说明：{x['school_code']} {x['rule_code']}：{x['reason']}（{x['approved_by']} 核准"
        + ("）" if x["status"] == "in_force" else "；值已变动，说明失效）")
        for x in found
    ]
