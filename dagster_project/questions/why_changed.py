"""`junheng changes`: why the district's indicators changed between two releases or two school years."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, home_of, refuse_existing, say
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home

if TYPE_CHECKING:
    from dagster_project.warehouse.causes import Side

_HEADINGS_ZH = {
    "district_code": "区县代码", "stage": "学段", "indicator_code": "指标代码", "indicator_zh": "指标", "measure": "统计量",
    "value_before": "变化前", "value_after": "变化后", "change": "变化", "rule_change": "其中：标准变化",
    "correction_change": "其中：数据更正", "school_set_change": "其中：学校增减", "real_change": "其中：实际变化",
}  # fmt: skip
_MEASURES_ZH = {
    "mean_value": "全区平均值", "met_share": "达标学校比例", "coefficient_of_variation": "差异系数", "compliance_rate": "校校达标率",
}  # fmt: skip


def command(
    earlier: Annotated[
        str, typer.Argument(metavar="甲", help="较早的一方：版本编号:学年，或只写学年（当前版本）")
    ],
    later: Annotated[str, typer.Argument(metavar="乙", help="较晚的一方，写法相同")],
    out: Annotated[Path, typer.Option("--out", help="结果写到哪个文件（CSV）")] = Path("changes.csv"),
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """两个版本或两个学年之间，指标为什么变化：标准、数据更正、学校增减、实际变化。"""
    rows = write_changes(home_of(home, sample), earlier, later, out)
    say(f"已写出 {rows} 行到 {out}；四个部分相加等于总变化。")


def write_changes(home: Home, earlier: str, later: str, out: Path) -> int:
    """Write why each indicator changed between two (release, year) pairs; returns the number of rows.

    Args:
        home: folder of the releases.
        earlier: `<release>:<school year>`, or a school year of the release in force.
        later: the same for the other side.
        out: CSV file, UTF-8 with BOM.

    Raises:
        UsageError: a side isn't written like that, or there is no such release or year.
        UserError: the file exists.
    """
    from dagster_project.core.duck import open_marts
    from dagster_project.core.text import write_csv
    from dagster_project.publish import labels
    from dagster_project.warehouse.causes import split_changes

    refuse_existing(out)
    before, after = _side(home, earlier), _side(home, later)
    found = split_changes(before, after)
    with open_marts(after.database) as con:
        names = dict(con.execute("select indicator_code, label_zh from marts.dim_indicators").fetchall())
    found.insert(3, "indicator_zh", found["indicator_code"].map(names).fillna(""))
    found["stage"] = found["stage"].map(labels.stage_zh)
    found["measure"] = found["measure"].map(_MEASURES_ZH)
    write_csv(found.rename(columns=_HEADINGS_ZH), out)
    return len(found)


def _side(home: Home, text: str) -> Side:
    """Side that a text such as `20240101T080000-1a2b3c4d:2023` or `2023` names.

    Raises:
        UsageError: it names none.
    """
    from dagster_project.warehouse.causes import Side

    release_id, _, year = text.rpartition(":")
    folder = home.releases / release_id if release_id else home.current_dir()
    if not year.isdigit() or folder is None or not (folder / "marts.duckdb").exists():
        raise UsageError(f"{text} 应写成 版本编号:学年 的样子；版本编号见 junheng releases。")
    return Side(folder / "marts.duckdb", int(year))
