"""`junheng diff`: what differs between two versions of a return, and which figures and verdicts that changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import (
    HomeOption,
    RawOption,
    SampleOption,
    home_of,
    raw_root_of,
    refuse_existing,
    say_signs,
    used_home_of,
)
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home
from dagster_project.core.numbers import printed

if TYPE_CHECKING:
    import pandas as pd

_KINDS_ZH = {"changed": "改动", "added": "新增", "removed": "删去"}
_SHOWN_CELLS = 40
_SHOWN_FIGURES = 60
#: A cell that more indicators use is a number of students, which all of them divide by.
_NAMED_INDICATORS = 6


def command(
    before: Annotated[
        str, typer.Argument(metavar="甲", help="较早的一份：文件，或 提交号:路径（如 1:2023/东镇.xlsx）")
    ],
    after: Annotated[str, typer.Argument(metavar="乙", help="较晚的一份，写法相同")],
    school: Annotated[str | None, typer.Option("--school", help="只看这所学校（学校标识码）")] = None,
    year: Annotated[int | None, typer.Option("--year", help="学年；默认看文件所在文件夹")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="改动的单元格另写到哪个文件（CSV）")] = None,
    raw: RawOption = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """两份报表（或同一报表的两次提交）哪些单元格不同，哪些指标和判断因此变化。"""
    asks_record = any(text.partition(":")[0].isdigit() for text in (before, after))
    lines = compare(
        used_home_of(home, sample) if home or asks_record else home_of(home, sample),
        raw_root_of(raw, sample),
        before,
        after,
        school=school,
        school_year=year,
        out=out,
    )
    for line in lines:
        say_signs(line)


def compare(
    home: Home,
    raw_root: Path,
    before: str,
    after: str,
    *,
    school: str | None = None,
    school_year: int | None = None,
    out: Path | None = None,
) -> list[str]:
    """What differs between two versions of a return, and which figures and verdicts that changes.

    Args:
        home: home with the vault and the release in force.
        raw_root: raw root whose layouts apply.
        before: a file, or `N:path` for what submission N brought.
        after: the same.
        school: only this school (code).
        school_year: year of files that are in no year's folder.
        out: CSV for the changed cells, if wanted.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: a side can't be found, or the sides are of different years.
        UserError: a side can't be read, or the CSV exists.
    """
    from dagster_project.core.text import write_csv
    from dagster_project.publish.catalogue.lists import heads_of
    from dagster_project.questions import versions_of_returns as versions

    refuse_existing(out)
    first, second = (versions.read_version(home, raw_root, t, school_year) for t in (before, after))
    if first.school_year != second.school_year:
        raise UsageError(f"两份报表的学年不同（{first.school_year} 和 {second.school_year}），不能逐格比较。")
    cells = versions.compare_cells(first, second, school=school)
    folder = home.current_dir()
    analyst = home.analyst / folder.name / "marts.duckdb" if folder else None
    figures = None
    if analyst is not None and analyst.is_file() and len(cells):
        cells["indicators_zh"] = _indicators_zh(analyst, cells)
        figures = versions.compare_figures(analyst, first, second, school=school)
    lines = [f"{before} → {after}：{len(cells)} 个单元格不同。", *_cell_lines(cells)]
    if figures is not None:
        lines += _figure_lines(figures)
    elif len(cells):
        lines.append("还没有发布过版本，无法计算对指标的影响。")
    if out is not None:
        heads = heads_of("changed_cells")
        named = cells.assign(kind=cells["kind"].map(_KINDS_ZH)).reindex(columns=list(heads))
        write_csv(named.rename(columns=heads), out)
        lines.append(f"全部改动的单元格已写出到 {out}。")
    return lines


def _indicators_zh(analyst: Path, cells: pd.DataFrame) -> list[str]:
    """Names of the indicators that use each changed cell."""
    from dagster_project.core.duck import open_marts, read_sql
    from dagster_project.questions.versions_of_returns import indicators_of_cells

    with open_marts(analyst) as con:
        declared = con.execute(read_sql(__package__, "declared_sources")).df()
        names = dict(con.execute("select indicator_code, label_zh from seeds.indicators").fetchall())
    return [
        "各项生均（每百名学生）指标"
        if len(codes) > _NAMED_INDICATORS
        else "、".join(names[code] for code in codes)
        for codes in indicators_of_cells(cells, declared)
    ]


def _cell_lines(cells: pd.DataFrame) -> list[str]:
    """The changed cells, line by line."""
    lines = []
    for row in cells.head(_SHOWN_CELLS).to_dict("records"):
        places = (row["sheet_after"] or row["sheet_before"], row["cell_after"] or row["cell_before"])
        place = " › ".join(x for x in places if x)
        used = f"（用于：{row['indicators_zh']}）" if row.get("indicators_zh") else ""
        before, after = (
            row[f"value_{side}"] or ("不能采用" if row[f"refused_{side}"] else "空")
            for side in ("before", "after")
        )
        lines.append(
            f"  {row['school_code']} {row['key_zh']} {row['column_zh']}：{before} → {after}"
            f"  [{_KINDS_ZH[row['kind']]}，{place}]{used}"
        )
        lines += [
            f"      {side_zh}：{row[f'refused_{side}']}"
            for side, side_zh in (("before", "变化前"), ("after", "变化后"))
            if row[f"refused_{side}"]
        ]
    if len(cells) > _SHOWN_CELLS:
        lines.append(f"  ……其余 {len(cells) - _SHOWN_CELLS} 个见 CSV（--out）。")
    return lines


def _figure_lines(figures: pd.DataFrame) -> list[str]:
    """The changed figures and verdicts, line by line."""
    from dagster_project.publish import labels

    lines = [f"由此变化的指标和判断：{len(figures)} 项。"]
    for row in figures.head(_SHOWN_FIGURES).to_dict("records"):
        values = " → ".join(
            printed(row[f"value_{s}"], 2, thousands=True, none_zh="无") for s in ("before", "after")
        )
        statuses = [labels.STATUS_ZH.get(row[f"status_{s}"], "无") for s in ("before", "after")]
        verdict = " → ".join(dict.fromkeys(statuses))
        figure = f"{values}，" if row["indicator_code"] else ""
        lines.append(
            f"  {row['school_code']} {labels.stage_zh(row['stage'])} {row['label_zh']}：{figure}{verdict}"
        )
    return lines
