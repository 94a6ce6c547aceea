"""`junheng explain`: how a figure was computed, and every cell of the returns that it was computed from.

For a measure of the rectification plan see `explain_measure.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, refuse_existing, say_signs, used_home_of
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time, zone_zh
from dagster_project.core.numbers import printed
from dagster_project.core.text import write_csv
from dagster_project.questions.printed import labelled, padded, width

if TYPE_CHECKING:
    from dagster_project.questions.figure_trace import FigureTrace, SourceCell

_ROLE_ZH = {"numerator_term": "分子", "denominator": "分母", "split_weight": "分摊"}
_STATE_ZH = {
    "value": "采用",
    "constant": "版式规定的常数",
    "none": "未填，按没有计",
    "blank": "未填",
    "quarantined": "整行暂不采用",
    "not_received": "未收到",
}
_MISSING_ZH = "缺"
_SHOWN_OF_HASH = 12


def command(
    school: Annotated[
        str, typer.Argument(help="学校标识码，或学校全称；整改措施写编号，如 13.1", metavar="学校或措施")
    ],
    indicator: Annotated[
        str | None, typer.Argument(help="指标代码，或指标全称；措施不用写", metavar="指标")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="学年（起始年份）；默认最近一年")] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="学段：小学 初中；默认全部")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="来源单元格另写到哪个文件（CSV）")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """一个数字从哪里来：算式、分摊、标准、差距，和每一个来源单元格。"""
    from dagster_project.questions.explain_measure import MEASURE, explain_measure

    place = used_home_of(home, sample)
    if indicator is None:
        if not MEASURE.fullmatch(school.strip()):
            raise UsageError(
                "请写明指标：junheng explain 学校 指标；整改措施写编号，如 junheng explain 13.1。"
            )
        for line in explain_measure(place, school, out=out):
            say_signs(line)
        return
    for line in explain(place, school, indicator, school_year=year, stage=stage, out=out):
        say_signs(line)


def explain(
    home: Home,
    school: str,
    indicator: str,
    *,
    school_year: int | None = None,
    stage: str | None = None,
    out: Path | None = None,
) -> list[str]:
    """How figures of a school were computed, cell by cell, in the release in force.

    Args:
        home: folder of the releases.
        school: code or exact name.
        indicator: code or exact Chinese label.
        school_year: the latest with such a figure by default.
        stage: code or Chinese word; every stage of the school by default.
        out: CSV file for the source cells, if wanted.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: there is no such school, indicator or figure; the message names close ones.
        UserError: nothing is published, the analyst's tier is missing, or the CSV file exists.
    """
    from dagster_project.core.duck import open_marts
    from dagster_project.questions import find_figures as find
    from dagster_project.questions.trace import require_lineage, trace_figure
    from dagster_project.warehouse import release

    with open_marts(release.analyst_database(home)) as con:
        require_lineage(con)
        indicator_code = find.find_indicator(con, indicator)
        school_code = find.find_school(con, school)
        stage_code = find.stage_code(stage) if stage else None
        wanted = find.find_figures(con, school_code, indicator_code, school_year, stage_code)
        found = [trace_figure(con, unit, indicator_code, year, s) for unit, year, s in wanted]
    lines: list[str] = []
    for trace in found:
        if trace.school_code != school_code:
            lines.append(f"{school_code} 并入 {trace.school_code}，以下是合并后的数字。")
        lines += [*lines_of(trace), *_checked_again(home, trace), ""]
    if out is not None:
        lines.append(f"已写出 {write_cells(found, out)} 行到 {out}")
    return lines


def _checked_again(home: Home, trace: FigureTrace) -> list[str]:
    """Result of comparing the cells with the files in the vault."""
    from dagster_project.questions.trace import compare_with_vault, read_as_zero

    lines = []
    if not trace.is_reproduced:
        lines.append(f"注意：由单元格复算得到 {trace.recomputed}，与发布值不同，请告知分析人员。")
    try:
        looked_up, differences = compare_with_vault(home, trace)
    except FileNotFoundError:
        return [*lines, "核对：存档原件不在这个成果目录里，没有重读。"]
    if differences:
        return [*lines, "核对：与存档原件不一致！", *(f"  {d}" for d in differences)]
    if looked_up:
        lines.append(f"核对：重读存档原件，{looked_up} 个单元格与采用的数一致。")
    return [*lines, *read_as_zero(home, trace)]


def lines_of(trace: FigureTrace) -> list[str]:
    """The trace, line by line, aligned for a terminal of fixed width."""
    x = trace
    found = [
        *labelled("学校", [f"{x.school_name}（{x.school_code}）"]),
        *labelled("学段学年", [f"{_stage_zh(x.stage)}，{x.school_year}—{x.school_year + 1} 学年"]),
        *labelled("指标", [f"{x.label_zh}（{x.indicator_code}）"]),
        *labelled("数值", [_value(x)]),
        *labelled("结论", [_verdict(x)]),
        *labelled("标准", _standard(x)),
        *labelled("差距", _gap(x)),
        *labelled("算式", [x.formula_zh]),
        *labelled("分摊", _split(x)),
        *labelled("合并", _members(x)),
        *labelled("须知", x.notes),
    ]
    return [*found, "", *_cell_lines(x)]


def _stage_zh(stage: str) -> str:
    from dagster_project.publish import labels

    return labels.stage_zh(stage)


def _number_zh(value: float | None, decimals: int | None = None) -> str:
    """A number as it is printed: with all its digits unless `decimals` says how many."""
    return printed(
        None if value is None else round(float(value), 9), decimals, thousands=True, none_zh=_MISSING_ZH
    )


def _value(x: FigureTrace) -> str:
    return _MISSING_ZH if x.value is None else f"{_number_zh(x.value, x.decimals)} {x.unit_zh}"


def _verdict(x: FigureTrace) -> str:
    from dagster_project.publish import labels

    if x.status == "not_applicable" and x.value is not None:
        return "只监测，不评判"
    verdict = labels.STATUS_ZH.get(x.status, x.status)
    reason = labels.MISSING_ZH.get(x.missing_reason or "", "")
    return f"{verdict}（{reason}）" if reason else verdict


def _standard(x: FigureTrace) -> list[str]:
    from dagster_project.publish import labels

    if x.standard is None:
        return []
    s = x.standard
    years = f"{s.valid_from} 年起" if s.valid_to is None else f"{s.valid_from}—{s.valid_to} 年"
    source = "，".join(t for t in (s.source_document, s.clause or "", f"{years}有效") if t)
    return [
        f"{labels.DIRECTION_ZH.get(s.direction, s.direction)} {_number_zh(s.threshold)} {x.unit_zh}",
        source,
    ]


def _gap(x: FigureTrace) -> list[str]:
    if x.gap_to_threshold is None:
        return []
    if x.gap_to_threshold == 0:
        return ["0，已达到标准"]
    is_maximum = x.standard is not None and x.standard.direction == "at_most"
    more_zh = "减少" if is_maximum else "再增加"
    found = [f"全校{more_zh} {_number_zh(x.gap_to_threshold)} {x.numerator_unit_zh}，达到标准"]
    if x.gap_to_floor is not None:
        share = printed(x.floor_ratio, None, scale=100, suffix="%")
        found.append(
            f"{'与标准之比不低于' if is_maximum else '不低于标准的'} {share}"
            if x.gap_to_floor == 0
            else f"{more_zh} {_number_zh(x.gap_to_floor)} {x.numerator_unit_zh}，{'与标准之比达到' if is_maximum else '达到标准的'} {share}"
        )
    return found


def _split(x: FigureTrace) -> list[str]:
    """How a shared resource was split: students of each stage, weighted."""
    if not x.split:
        return []
    ratio = " : ".join(_number_zh(s.weight) for s in x.split)
    found = [f"全校共用，按学生数 × 学段系数（{ratio}）分摊"]
    for s in x.split:
        mark = "  ← 本学段" if s.stage == x.stage else ""
        found.append(
            f"{_stage_zh(s.stage)} {_number_zh(s.students)} 人 × {_number_zh(s.weight)}"
            f" = {_number_zh(s.weighted)}{mark}"
        )
    own = next((s.weighted for s in x.split if s.stage == x.stage), None)
    weights = [s.weighted for s in x.split]
    total = None if None in weights else sum(w for w in weights if w is not None)
    found.append(f"分摊比例 {_number_zh(own)} ÷ {_number_zh(total)} = {_number_zh(x.share, 4)}")
    return found


def _members(x: FigureTrace) -> list[str]:
    if len(x.members) == 1:
        return []
    names = "、".join(f"{name}（{code}）" for code, name in x.members[1:])
    return [f"{names} 并入本校，各项数字先与本校相加"]


def _cell_lines(x: FigureTrace) -> list[str]:
    """Cells by file and sheet, each once with all the parts it plays."""
    parts: dict[tuple[str | None, ...], list[SourceCell]] = {}
    for cell in x.cells:
        if cell.cell is not None or cell.roster_rows:
            place = cell.cell or f"{cell.row_number} {cell.roster_rows}"
            key = (cell.source_file, cell.sheet, cell.sha256, cell.feed, place, cell.column_name)
            parts.setdefault(key, []).append(cell)
    if not parts:
        return ["来源单元格：没有"]
    found = [f"来源单元格（{len(parts)} 个）"]
    sheets: dict[tuple[str | None, ...], list[list[SourceCell]]] = {}
    for (source_file, sheet, sha256, *_), cells in parts.items():
        sheets.setdefault((source_file, sheet, sha256, cells[0].feed), []).append(cells)
    has_members = len(x.members) > 1
    for (source_file, sheet, sha256, *_), together in sheets.items():
        first = together[0][0]
        place = " › ".join(p for p in (source_file, sheet) if p)
        received = (
            f"{local_time(first.received_at):%Y-%m-%d %H:%M}（{zone_zh()}）"
            if first.received_at
            else "时间不详"
        )
        found.append(f"  {place}（{first.feed_zh}）")
        found.append(
            f"    SHA-256 {(sha256 or '')[:_SHOWN_OF_HASH]}  {received} 收到  第 {first.submission} 批"
        )
        found += _table(
            [
                [
                    cells[0].cell or cells[0].roster_zh,
                    cells[0].heading_zh,
                    _reported(cells[0]),
                    _stage_zh(cells[0].stage) if cells[0].stage else "全校",
                    *([cells[0].school_name] if has_members else []),
                    "、".join(dict.fromkeys(_part_zh(c) for c in cells)),
                ]
                for cells in together
            ]
        )
    return found


def _part_zh(cell: SourceCell) -> str:
    return "分子（减去）" if cell.role == "numerator_term" and cell.factor < 0 else _ROLE_ZH[cell.role]


def _reported(cell: SourceCell) -> str:
    if cell.value is None:
        return "空"
    text = f"{_number_zh(cell.value)} {cell.unit_zh}".rstrip()
    if cell.cells_in_sum > 1:
        return f"{cell.cells_in_sum} 格{'中减去的一格，共' if cell.is_subtracted else '合计'} {text}"
    return text if cell.original is None else f"{text}（原填 {cell.original}，已更正）"


def _table(rows: list[list[str]]) -> list[str]:
    """Columns aligned by display width; the third, the value, to the right."""
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "    "
        + "  ".join(
            padded(text, wide, right=i == 2) for i, (text, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def write_cells(traces: Iterable[FigureTrace], out: Path) -> int:
    """Write every source cell as one row (UTF-8 with BOM); returns their number.

    Raises:
        UserError: the file exists.
    """
    rows = [
        [x.school_code, x.school_name, x.school_year, _stage_zh(x.stage), x.indicator_code, x.label_zh, x.value,
         _ROLE_ZH[c.role], c.factor, c.school_code, c.school_name, _stage_zh(c.stage) if c.stage else "全校",
         c.feed_zh, c.heading_zh, c.value, c.unit_zh, _STATE_ZH[c.state], c.source_file, c.sheet, None if c.roster_rows else c.row_number,
         c.cell or c.roster_zh or None,
         c.sha256, f"{local_time(c.received_at):%Y-%m-%d %H:%M:%S}" if c.received_at else None, c.submission, c.original]
        for x in traces
        for c in x.cells
    ]  # fmt: skip
    import pandas as pd

    from dagster_project.publish.catalogue.lists import heads_of

    refuse_existing(out)
    heads = list(heads_of("cells_of_figures").values())
    write_csv(pd.DataFrame(rows, columns=heads, dtype=object), out)
    return len(rows)
