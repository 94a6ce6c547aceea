"""Why a school has the figure it has: formula, split, standard and every source cell, joined when asked.

The joins themselves stand in `readings`; here one figure's readings become an `FigureTrace` that a person
can read. `cells_of_indicators`, `recompute` and `cells_behind` do the same for whole tables.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.core.numbers import printed
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.warehouse.readings import (
    cells_behind,
    cells_in_vault,
    cells_of_indicators,
    number_in,
    readings_sql,
    recompute,
    recompute_sql,
    values_in_vault,
)
from dagster_project.warehouse.standards import load_standards, threshold_of

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "FigureTrace",
    "SourceCell",
    "StageWeight",
    "StandardInForce",
    "cells_behind",
    "cells_in_vault",
    "cells_of_indicators",
    "compare_with_vault",
    "find_figures",
    "find_indicator",
    "find_school",
    "recompute",
    "trace_figure",
    "values_in_vault",
]

MISSING_STATES = ("blank", "not_received", "quarantined")
_MISSING_ZH = "缺"


@dataclass(frozen=True)
class SourceCell:
    """One cell behind a figure; `cell` is None where the value is a constant or there is none.

    `value` is the reported value in the column's own unit. A value that adds several cells up has one
    `SourceCell` each: all bear the sum, and `cells_in_sum` says how many they are. `sheet` is empty for CSV,
    times are UTC. `original` is what the cell holds where a correction stands in for it. Cells of one reported
    value have the same `reading`, a number within the trace.
    """

    reading: int
    role: str
    factor: float
    state: str
    school_code: str
    school_name: str
    stage: str | None
    feed: str
    feed_zh: str
    column_name: str
    heading_zh: str
    value: float | None
    unit_zh: str
    source_file: str | None
    sheet: str | None
    row_number: int | None
    cell: str | None
    cells_in_sum: int
    sha256: str | None
    received_at: dt.datetime | None
    submission: int | None
    original: str | None = None


@dataclass(frozen=True)
class StandardInForce:
    """The threshold a figure is judged by, in the indicator's unit, and where it is written."""

    threshold: float
    direction: str
    source_document: str
    clause: str | None
    valid_from: int
    valid_to: int | None


@dataclass(frozen=True)
class StageWeight:
    """One stage of a school that shares its resources: students (persons) and their weight."""

    stage: str
    students: float | None
    weight: float

    @property
    def weighted(self) -> float | None:
        """Students times weight."""
        return None if self.students is None else self.students * self.weight


@dataclass(frozen=True)
class FigureTrace:
    """A row of `fct_school_indicators` and everything it was made of."""

    school_code: str
    school_name: str
    school_year: int
    stage: str
    indicator_code: str
    label_zh: str
    unit_zh: str
    numerator_unit_zh: str
    decimals: int
    value: float | None
    numerator: float | None
    denominator: float | None
    source_total: float | None
    share: float | None
    status: str
    missing_reason: str | None
    formula_zh: str
    standard: StandardInForce | None
    gap_to_threshold: float | None
    gap_to_floor: float | None
    #: Share of the threshold (0–1) that no judged indicator may fall below.
    floor_ratio: float | None
    #: The value worked out from the cells alone.
    recomputed: float | None
    #: Stages that share the school's resources; empty where nothing is split.
    split: tuple[StageWeight, ...]
    #: Schools whose figures were added up, (code, name), the school itself first.
    members: tuple[tuple[str, str], ...]
    cells: tuple[SourceCell, ...]
    #: What is missing, put aside, summed, constant, corrected or explained: one Chinese sentence each.
    notes: tuple[str, ...]

    @property
    def is_reproduced(self) -> bool:
        """True if the cells alone give the published value, or neither has one."""
        if self.value is None or self.recomputed is None:
            return self.value is None and self.recomputed is None
        return abs(self.value - self.recomputed) <= 1e-9 * abs(self.value)


@contextlib.contextmanager
def opened(con_or_database: duckdb.DuckDBPyConnection | Path) -> Iterator[duckdb.DuckDBPyConnection]:
    if isinstance(con_or_database, Path):
        with open_marts(con_or_database) as con:
            yield con
    else:
        yield con_or_database


def trace_figure(
    con_or_database: duckdb.DuckDBPyConnection | Path,
    school_code: str,
    indicator_code: str,
    school_year: int,
    stage: str,
) -> FigureTrace:
    """One figure with its formula, standard, split and source cells.

    Args:
        con_or_database: the analyst's `marts.duckdb`, or a connection in which `marts`, `accepted` and `seeds`
            are reachable.
        school_code: the unit's code (a campus belongs to its master's unit).
        indicator_code: code of the indicator.
        school_year: calendar year in which the school year starts.
        stage: `primary` or `junior_secondary`.

    Raises:
        UsageError: there is no such figure.
    """
    with opened(con_or_database) as con:
        key = [school_code, indicator_code, school_year, stage]
        figures = _rows(
            con,
            "select f.*, i.label_zh, i.unit_zh, i.numerator_unit_zh, i.decimals, i.scale, i.direction, d.name_zh"
            " from marts.fct_school_indicators as f"
            " inner join marts.dim_indicators as i using (indicator_code)"
            " inner join marts.dim_schools as d using (school_year, school_code)"
            " where f.school_code = ? and f.indicator_code = ? and f.school_year = ? and f.stage = ?",
            key,
        )
        if not figures:
            raise UsageError(f"没有 {school_code} {school_year} 学年的这个指标。")
        figure = figures[0]
        con.execute(
            "create or replace temp table lineage_readings as "
            + readings_sql(
                con, "f.school_code = ? and f.indicator_code = ? and f.school_year = ? and f.stage = ?"
            ),
            key,
        )
        try:
            recomputed = _rows(con, recompute_sql("lineage_readings"))[0]
            cells = _source_cells(con)
            notes = _notes(con, figure, cells)
        finally:
            con.execute("drop table lineage_readings")
        split = _split(cells)
        members = {c.school_code: c.school_name for c in cells}
        names = [m for m in members if m != school_code]
        found = FigureTrace(
            school_code=school_code,
            school_name=figure["name_zh"],
            school_year=school_year,
            stage=stage,
            indicator_code=indicator_code,
            label_zh=figure["label_zh"],
            unit_zh=figure["unit_zh"],
            numerator_unit_zh=figure["numerator_unit_zh"],
            decimals=figure["decimals"],
            value=figure["value"],
            numerator=figure["numerator"],
            denominator=figure["denominator"],
            source_total=figure["source_total"],
            share=figure["stage_share"],
            status=figure["status"],
            missing_reason=figure["missing_reason"],
            formula_zh=_formula(figure, cells, is_split=bool(split)),
            standard=_standard(con, figure),
            gap_to_threshold=figure["gap_to_threshold"],
            gap_to_floor=figure["gap_to_floor"],
            floor_ratio=threshold_of(
                load_standards(con, school_year), "school_compliance", "floor_ratio", stage
            ),
            recomputed=recomputed["value"],
            split=split,
            members=((school_code, figure["name_zh"]), *((m, members[m]) for m in names)),
            cells=tuple(cells),
            notes=tuple(notes),
        )
    return found


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    cursor = con.execute(sql, list(values))
    names = [d[0] for d in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _has_table(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """True if schema `accepted` holds a table that not every release has."""
    return bool(
        con.execute(
            "select 1 from duckdb_tables() where database_name = current_database()"
            " and schema_name = 'accepted' and table_name = ?",
            [name],
        ).fetchall()
    )


def _source_cells(con: duckdb.DuckDBPyConnection) -> list[SourceCell]:
    """The readings of one figure, one row a cell, with names, units and corrections."""
    original, join = "null", ""
    if _has_table(con, "corrections"):
        original = "cast(k.original as varchar)"
        join = (
            "left join accepted.corrections as k on k.school_year = r.school_year and k.feed = r.feed"
            " and k.column_name = r.column_name and k.source_file = r.source_file"
            " and coalesce(k.sheet, '') = r.sheet and k.cell = r.cell"
        )
    rows = _rows(
        con,
        f"""
        with single as (
            select * exclude (cells), row_number() over () as position,
                unnest(case when cells is null then [null] else string_split(cells, ',') end) as cell
            from lineage_readings
        )

        select r.*, d.name_zh, {original} as original
        from single as r
        left join marts.dim_schools as d on r.school_year = d.school_year and r.member_code = d.school_code
        {join}
        order by r.position, length(r.cell), r.cell
        """,
    )
    feeds = load_feeds()
    cells = []
    for row in rows:
        column = feeds[row["feed"]].column(row["column_name"])
        cells.append(
            SourceCell(
                reading=row["position"],
                role=row["role"],
                factor=row["factor"],
                state=row["state"],
                school_code=row["member_code"],
                school_name=row["name_zh"] or row["member_code"],
                stage=row["member_stage"],
                feed=row["feed"],
                feed_zh=feeds[row["feed"]].name_zh,
                column_name=row["column_name"],
                heading_zh=column.heading_zh,
                value=row["value"],
                unit_zh=column.unit_zh,
                source_file=row["source_file"],
                sheet=row["sheet"],
                row_number=row["row_number"],
                cell=row["cell"],
                cells_in_sum=row["cell_count"],
                sha256=row["sha256"],
                received_at=row["received_at"],
                submission=row["submission"],
                original=row["original"],
            )
        )
    return cells


def _total(cells: Sequence[SourceCell]) -> float | None:
    """Sum of the values behind some cells, a summed-up value once; None if anything is missing."""
    if not cells or any(c.state in MISSING_STATES for c in cells):
        return None
    return sum({c.reading: c.value or 0.0 for c in cells}.values())


def _split(cells: Sequence[SourceCell]) -> tuple[StageWeight, ...]:
    weights = [c for c in cells if c.role == "split_weight"]
    order = list(load_feeds()["staffing"].column("stage").choices.values())
    stages = sorted({(c.stage or "", c.factor) for c in weights}, key=lambda s: order.index(s[0]))
    return tuple(
        StageWeight(stage, _total([c for c in weights if c.stage == stage]), factor)
        for stage, factor in stages
    )


def compare_with_vault(home: Home, trace: FigureTrace) -> tuple[int, list[str]]:
    """Look the source cells up once more in the files as received.

    Args:
        home: where the vault lies.
        trace: whose cells.

    Returns:
        Number of different cells looked up, and one Chinese sentence for each value that isn't there any more.

    Raises:
        FileNotFoundError: the vault doesn't hold one of the files.
    """
    placed = [c for c in trace.cells if c.cell and c.state == "value"]
    keys = {(c.sha256 or "", c.source_file or "", c.sheet or "", c.cell or "") for c in placed}
    found = cells_in_vault(home, keys)
    readings: dict[int, list[SourceCell]] = {}
    for cell in placed:
        readings.setdefault(cell.reading, []).append(cell)
    differences = []
    for cells in readings.values():
        there = [found[c.sha256 or "", c.sheet or "", c.cell or ""] for c in cells]
        wanted = cells[0].value if cells[0].original is None else number_in(cells[0].original)
        numbers = [0.0 if is_blank(value) else number_in(value) for value in there]
        total = None if None in numbers else sum(n for n in numbers if n is not None)
        if wanted is None or total is None or abs(total - wanted) > 1e-9 * max(abs(wanted), 1.0):
            shown = "、".join(clean_text(value) or "空" for value in there)
            differences.append(f"{_place(cells[0])} 原件里是 {shown}，采用的是 {number_zh(cells[0].value)}。")
    return len(found), list(dict.fromkeys(differences))


# --- formula -----------------------------------------------------------------------------------------------


def number_zh(value: float | None, decimals: int | None = None) -> str:
    """A number in print, with thousands commas; as many digits as it has unless `decimals` are given."""
    return printed(value, decimals, thousands=True, none_zh=_MISSING_ZH)


def _formula(figure: dict[str, Any], cells: Sequence[SourceCell], *, is_split: bool) -> str:
    """The formula in words with its numbers: (甲 5 − 乙 2) × 分摊比例 0.4213 ÷ 在校生数 812 = 0.00 ㎡/生."""
    terms = [c for c in cells if c.role == "numerator_term"]
    columns = list(dict.fromkeys((c.column_name, c.heading_zh, c.factor) for c in terms))
    words = ""
    for name, heading, factor in columns:
        text = f"{heading} {number_zh(_total([c for c in terms if c.column_name == name]))}"
        if abs(factor) != 1:
            text += f" × {number_zh(abs(factor))}"
        sign = "−" if factor < 0 else "+"
        words += f" {sign} {text}" if words else f"−{text}" if factor < 0 else text
    if len(columns) > 1:
        words = f"({words})"
    if is_split:
        share = figure["stage_share"]
        words += f" × 分摊比例 {number_zh(share, 4)}"
    words += f" ÷ 在校生数 {number_zh(_total([c for c in cells if c.role == 'denominator']))}"
    if figure["scale"] != 1:
        words += f" × {number_zh(figure['scale'])}"
    if figure["value"] is None:
        return f"{words} = 无法计算"
    return f"{words} = {number_zh(figure['value'], figure['decimals'])} {figure['unit_zh']}"


def _standard(con: duckdb.DuckDBPyConnection, figure: dict[str, Any]) -> StandardInForce | None:
    """The row of the standards that the figure was judged by."""
    if figure["threshold"] is None:
        return None
    rows = _rows(
        con,
        "select threshold, direction, source_document, clause, valid_from, valid_to from marts.dim_standards"
        " where measure = 'school_threshold' and is_judged and indicator_code = ? and stage = ?"
        " and ? between valid_from and coalesce(valid_to, 9999) and threshold = ?"
        " order by jurisdiction = 'national' desc, valid_from desc",
        [figure["indicator_code"], figure["stage"], figure["school_year"], figure["threshold"]],
    )
    return StandardInForce(**rows[0]) if rows else None


# --- notes -------------------------------------------------------------------------------------------------


def _place(cell: SourceCell) -> str:
    parts = [cell.source_file or "", cell.sheet or ""]
    parts.append(cell.cell or (f"第 {cell.row_number} 行" if cell.row_number else ""))
    return " › ".join(p for p in parts if p)


def _stage_zh(stage: str | None) -> str:
    choices = load_feeds()["staffing"].column("stage").choices
    return next((zh for zh, code in choices.items() if code == stage), "")


def _notes(con: duckdb.DuckDBPyConnection, figure: dict[str, Any], cells: Sequence[SourceCell]) -> list[str]:
    """What a reader has to know beside the numbers, the reasons for missing ones first."""
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
    notes += _corrections(con) + _justifications(con)
    return list(dict.fromkeys(notes))


def _cell_notes(cell: SourceCell, problems: list[dict[str, Any]]) -> Iterator[str]:
    who = f"{cell.school_name}（{cell.school_code}）"
    stage = _stage_zh(cell.stage)
    if cell.state == "not_received":
        what = "“在校生数”或“班级学生数”" if cell.column_name == "students" else f"“{cell.feed_zh}”"
        yield f"缺：没有收到{who}{stage}的{what}。"
    elif cell.state == "quarantined":
        place = _place(cell)
        yield f"缺：{who}{stage}的“{cell.feed_zh}”（{place}）整行暂不采用，原因如下。"
        for p in problems:
            row = (p["source_file"], p["sheet"], p["row_number"])
            is_cause = p["severity"] == "quarantine_row" and p["feed"] == cell.feed
            if is_cause and row == (cell.source_file, cell.sheet, cell.row_number):
                yield f"　　{p['cell'] or place}：{p['message_zh']}"
    elif cell.state == "blank" and cell.cell is None:
        yield f"缺：{who}的“{cell.feed_zh}”里没有“{cell.heading_zh}”这一列（{_place(cell)}）。"
    elif cell.state == "blank":
        yield f"缺：{who}{stage}的“{cell.heading_zh}”没有填（{_place(cell)}）；补填后重报即可。"
    elif cell.state == "none":
        where = _place(cell) if cell.cell else "来表没有这一列"
        yield f"{who}的“{cell.heading_zh}”没有填（{where}），按没有（0）计。"
    elif cell.state == "constant":
        yield f"“{cell.heading_zh}”的值 {number_zh(cell.value)} 由版式文件规定，没有对应的单元格。"


def _problems(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Problems of the rows that the figure was, or would have been, made of."""
    return _rows(
        con,
        "select distinct p.severity, p.feed, p.source_file, p.sheet, p.row_number, p.cell, p.message_zh"
        " from accepted.problems as p"
        " semi join lineage_readings as r on p.feed = r.feed and p.source_file = r.source_file"
        " and p.sheet = r.sheet and p.row_number = r.row_number"
        " order by all",
    )


def _corrections(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not _has_table(con, "corrections"):
        return []
    rows = _rows(
        con,
        "select distinct k.* from accepted.corrections as k"
        " inner join lineage_readings as r on k.school_year = r.school_year and k.feed = r.feed"
        " and k.column_name = r.column_name and k.source_file = r.source_file and coalesce(k.sheet, '') = r.sheet"
        " and list_contains(string_split(r.cells, ','), k.cell)"
        " order by all",
    )
    return [
        f"更正：{' › '.join(x for x in (k['source_file'], k['sheet'], k['cell']) if x)} 原填 {k['original']}，"
        f"按 {k['value']} 采用；理由：{k['reason']}"
        for k in rows
    ]


def _justifications(con: duckdb.DuckDBPyConnection) -> list[str]:
    if not _has_table(con, "explained"):
        return []
    rows = _rows(
        con,
        "select distinct x.* from accepted.explained as x"
        " inner join lineage_readings as r on x.school_year = r.school_year and x.school_code = r.member_code"
        " order by all",
    )
    return [
        f"说明：{x['school_code']} {x['rule_code']}：{x['reason']}（{x['approved_by']} 核准"
        + ("）" if x["status"] == "in_force" else "；值已变动，说明失效）")
        for x in rows
    ]


# --- finding what a person names ---------------------------------------------------------------------------


def find_indicator(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """Code of an indicator named by its code or its exact Chinese label.

    Raises:
        UsageError: there is none of that name; the message lists close ones.
    """
    known = con.execute(
        "select indicator_code, label_zh from marts.dim_indicators order by sort_order"
    ).fetchall()
    for code, label in known:
        if text.strip() in (code, label):
            return str(code)
    close = _close(text, known)
    lines = "\n".join(f"  {label}（{code}）" for code, label in close or known)
    raise UsageError(f"没有叫“{text}”的指标；{'相近的有' if close else '可用的有'}：\n{lines}")


def find_school(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """Code of a school named by its code or its exact name.

    Raises:
        UsageError: there is none of that name, or several; the message lists them.
    """
    known = con.execute(
        "select school_code, arg_max(name_zh, school_year) as name_zh from marts.dim_schools"
        " group by school_code order by school_code"
    ).fetchall()
    found = [s for s in known if text.strip() == s[0]] or con.execute(
        "select distinct school_code, name_zh from marts.dim_schools where name_zh = ? order by all",
        [text.strip()],
    ).fetchall()
    if len(found) == 1:
        return str(found[0][0])
    close = found or _close(text, known)
    lines = "\n".join(f"  {name}（{code}）" for code, name in close)
    if found:
        raise UsageError(f"叫“{text}”的学校不止一所，请改用学校标识码：\n{lines}")
    hint = f"；相近的有：\n{lines}" if close else "；请核对学校标识码或全称。"
    raise UsageError(f"学校名录里没有“{text}”{hint}")


def _close(text: str, known: Sequence[tuple[str, str]], most: int = 5) -> list[tuple[str, str]]:
    """Those whose code or name resembles a text: holding it first, then by likeness."""
    wanted = text.strip().lower()
    scored = [
        (max(difflib.SequenceMatcher(None, wanted, word.lower()).ratio() for word in pair), pair)
        for pair in known
    ]
    holding = [pair for _, pair in scored if wanted and any(wanted in word.lower() for word in pair)]
    alike = [pair for score, pair in sorted(scored, key=lambda s: -s[0]) if score >= 0.5]
    return list(dict.fromkeys([*holding, *alike]))[:most]


def find_figures(
    con: duckdb.DuckDBPyConnection,
    school_code: str,
    indicator_code: str,
    school_year: int | None = None,
    stage: str | None = None,
) -> list[tuple[str, int, str]]:
    """Figures a person means: (unit's code, school year, stage), of the latest year unless one is given.

    A campus leads to the school it was added to.

    Raises:
        UsageError: the school has no such figure; the message says what there is, or why there is nothing.
    """
    rows = con.execute(
        "select school_year, unit_school_code, held_reason_zh from marts.dim_schools"
        " where school_code = ? and (? is null or school_year = ?) order by school_year desc",
        [school_code, school_year, school_year],
    ).fetchall()
    if not rows:
        raise UsageError(f"{school_code} 不在 {school_year} 学年的学校名录里。")
    units = {year: unit for year, unit, _ in rows if unit}
    if not units:
        raise UsageError(f"{school_code} 挂起待定，不计算指标：{rows[0][2]}。")
    found: list[tuple[str, int, str]] = [
        (unit, year, found_stage)
        for unit, year, found_stage in con.execute(
            "select school_code, school_year, stage from marts.fct_school_indicators"
            " where indicator_code = ? and school_code in (select unnest(?))"
            " order by school_year desc, stage desc",
            [indicator_code, sorted(set(units.values()))],
        ).fetchall()
        if units.get(year) == unit
    ]
    if not found:
        raise UsageError(f"{school_code} 没有小学或初中学段，不计算这个指标。")
    year = school_year or found[0][1]
    chosen = [f for f in found if f[1] == year and stage in (None, f[2])]
    if not chosen:
        there = "、".join(dict.fromkeys(_stage_zh(f[2]) for f in found if f[1] == year))
        raise UsageError(f"{school_code} {year} 学年没有{_stage_zh(stage)}学段的这个指标；有的是：{there}。")
    return chosen


def stage_code(text: str) -> str:
    """Code of a stage named by its code or in Chinese.

    Raises:
        UsageError: it is neither.
    """
    column = load_feeds()["staffing"].column("stage")
    words = {zh: str(code) for zh, code in column.choices.items()}
    words |= {alias: words[zh] for alias, zh in column.choice_aliases.items()}
    if text in words or text in words.values():
        return words.get(text, text)
    raise UsageError(f"没有叫“{text}”的学段；可用的有：{'、'.join(column.choices)}。")


def missing_reasons(trace: FigureTrace) -> tuple[str, ...]:
    """The sentences that say why a figure is missing."""
    return tuple(n for n in trace.notes if n.startswith("缺"))


def require_lineage(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure a release holds what lineage joins.

    Raises:
        UserError: it was built before the sources of the indicators were declared.
    """
    found = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'seeds' and table_name = 'indicator_sources'"
    ).fetchall()
    if not found:
        raise UserError("这个版本建得较早，没有登记指标的来源；请重新运行 junheng run 发布新版本。")
