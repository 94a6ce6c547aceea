"""`junheng changes`: why the district's indicators changed between two releases or two school years."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import (
    HomeOption,
    SampleOption,
    refuse_existing,
    run_again,
    say,
    say_signs,
    used_home_of,
)
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.core.numbers import printed

if TYPE_CHECKING:
    import pandas as pd

    from dagster_project.warehouse.causes import Side

#: Its headings in the catalogue.
_LIST = "causes_of_changes"
#: What the headings of the parts of a change begin with.
_PART_ZH = "其中："
_SHARES_ZH = ("达标学校比例", "校校达标率")
#: Smaller differences are rounding.
_NO_CHANGE = 1e-9
_MEASURES_ZH = {
    "mean_value": "平均值", "met_share": "达标学校比例", "coefficient_of_variation": "差异系数", "compliance_rate": "校校达标率",
}  # fmt: skip


def command(
    earlier: Annotated[
        str, typer.Argument(metavar="甲", help="较早的一方：版本编号:学年，或只写学年（当前版本）")
    ],
    later: Annotated[str, typer.Argument(metavar="乙", help="较晚的一方，写法相同")],
    out: Annotated[Path | None, typer.Option("--out", help="全部结果另写到哪个文件（CSV）")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """两个版本或两个学年之间，指标为什么变化：标准、数据更正、报送（只有一方有数）、学校增减、实际变化。"""
    refuse_existing(out)
    found = changes(used_home_of(home, sample), earlier, later)
    for line in _lines(found):
        say_signs(line)
    if out is not None:
        write_changes(found, out)
        say(f"全部 {len(found)} 行已写出到 {out}。")


def write_changes(found: pd.DataFrame, out: Path) -> None:
    """Write all changes with Chinese headings; CSV, UTF-8 with BOM."""
    from dagster_project.core.text import write_csv
    from dagster_project.publish.catalogue.lists import heads_of

    write_csv(found.rename(columns=heads_of(_LIST)), out)


def _lines(found: pd.DataFrame) -> list[str]:
    """Each change of a district's figure with its parts, for a terminal."""
    from dagster_project.publish.catalogue.lists import heads_of

    moved = found[found["change"].fillna(0).abs() > _NO_CHANGE]
    several = found["district_code"].nunique() > 1
    headings = heads_of(_LIST).items()
    parts_zh = {part: zh.removeprefix(_PART_ZH) for part, zh in headings if zh.startswith(_PART_ZH)}
    lines = [
        f"{len(found)} 个统计量，其中 {len(moved)} 个有变化（变化＝标准变化＋数据更正＋报送变化＋学校增减＋实际变化）："
    ]
    for row in moved.to_dict("records"):
        is_share = row["measure"] in _SHARES_ZH
        before, after = (_figure(row[f"value_{side}"], is_share) for side in ("before", "after"))
        parts = {zh: _signed(row[part], is_share) for part, zh in parts_zh.items()}
        shown = "，".join(f"{zh} {text}" for zh, text in parts.items() if text) or "不到万分之一"
        place = f"{row['stage']} {row['indicator_zh'] or '全部指标'} {row['measure']}"
        district = f"{row['district_code']} " if several else ""
        lines.append(f"  {district}{place}：{before} → {after}（{shown}）")
    if moved["reporting_change"].abs().gt(_NO_CHANGE).any():
        lines.append("报送变化：只有一方有数（另一方未报、漏填或没有采用）的学校带来的变化，不是实际增减。")
    unknown = int(found["change"].isna().sum())
    if unknown:
        lines.append(f"另有 {unknown} 个统计量有一方缺数据，不能比较。")
    return lines


def _figure(value: float, is_share: bool) -> str:
    return f"{printed(value * 100, 2)}%" if is_share else printed(value, 4, thousands=True)


def _signed(value: float, is_share: bool) -> str:
    """A change with its sign; empty if it rounds to zero."""
    text = f"{printed(value * 100, 2)} 个百分点" if is_share else printed(value, 4, thousands=True)
    if not text.strip("-0. 个百分点"):
        return ""
    return text if value < 0 else f"+{text}"


def changes(home: Home, earlier: str, later: str) -> pd.DataFrame:
    """Why each indicator changed between two (release, year) pairs, one row per figure of the district.

    Args:
        home: folder of the releases.
        earlier: `<release>:<school year>`, or a school year of the release in force.
        later: the same for the other side.

    Returns:
        The columns of the list `causes_of_changes`; stage and measure are Chinese words.

    Raises:
        UsageError: a side isn't written like that, or there is no such release or year.
    """
    from dagster_project.core.duck import open_marts
    from dagster_project.publish import labels
    from dagster_project.warehouse.causes import split_changes

    before, after = _side(home, earlier), _side(home, later)
    found = split_changes(before, after)
    with open_marts(after.database) as con:
        names = dict(con.execute("select indicator_code, label_zh from marts.dim_indicators").fetchall())
    found.insert(3, "indicator_zh", found["indicator_code"].map(names).fillna(""))
    found["stage"] = found["stage"].map(labels.stage_zh)
    found["measure"] = found["measure"].map(_MEASURES_ZH)
    return found


def _side(home: Home, text: str) -> Side:
    """One of the two sides of a comparison, a release and a school year, from the text of an option.

    Args:
        home: folder of the releases.
        text: `<release>:<school year>`, or a school year alone for the release in force.

    Raises:
        UsageError: the text is neither.
    """
    from dagster_project.warehouse.causes import Side

    release_id, _, year = text.rpartition(":")
    folder = home.releases / release_id if release_id else home.current_dir()
    if not year.isdigit():
        raise UsageError(
            f"{text} 应写成 版本编号:学年（或只写学年）的样子，如 2023；版本编号见 junheng releases。"
        )
    if folder is None:
        raise UserError(f"{home.root} 里还没有发布过版本；请先运行 {run_again(home)}。")
    if not (folder / "marts.duckdb").exists():
        raise UsageError(f"没有编号为 {release_id} 的版本；版本编号见 junheng releases。")
    return Side(folder / "marts.duckdb", int(year))
