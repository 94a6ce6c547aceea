"""`junheng explain 13.1`: where a measure of the plan stands, the figure it rests on, and where the rows of the figure are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.commands import refuse_existing
from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.core.text import write_csv
from dagster_project.questions.measure_sources import MeasureCell, cells_of_measure, places_zh
from dagster_project.questions.printed import labelled, width

if TYPE_CHECKING:
    from dagster_project.publish.catalogue import Row
    from dagster_project.publish.site.marts import Marts

MEASURE = re.compile(r"(?P<item>\S+)\.(?P<number>\d+)")
#: Tables of the catalogue that speak of a measure, in the order in which they are printed.
_TABLES = ("measures", "measure_figures", "measure_documents")
#: Sheets that are printed, and blocks of cells of each; the rest is counted.
_SHOWN_SHEETS = 12
_SHOWN_BLOCKS = 8


def explain_measure(home: Home, number: str, *, out: Path | None = None) -> list[str]:
    """State of a measure in the release in force, as the page of the ledger has it, for each district of the release.

    Args:
        home: folder of the releases.
        number: item and number in the item, such as 13.1.
        out: CSV file for the source cells, if wanted.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: the plan has no such measure; the message names those of the item, or all items.
        UserError: nothing is published, no plan was received, or the CSV file exists.
    """
    from dagster_project.publish.site.marts import Marts, PageRelease
    from dagster_project.warehouse.description import describe_release
    from dagster_project.warehouse.districts import districts_of_release

    folder, release_id = home.current_dir(), home.release_in_force()
    if folder is None or release_id is None:
        raise UserError("还没有发布过成果；请先运行 junheng run。")
    described = describe_release(home, release_id)
    as_of = dt.date.fromisoformat(described.as_of)
    shown = PageRelease(release_id, described.built_at, as_of, described.is_synthetic)
    asked = MEASURE.fullmatch(number.strip())
    with open_marts(folder / "marts.duckdb") as con:
        marts = Marts(con, shown, declared=districts_of_release(folder))
        known = [
            (code, row)
            for code in marts.districts
            for row in marts.latest("fct_rectification_measures", code, "reporting_month")
        ]
        wanted = (asked["item"], int(asked["number"])) if asked else None
        found = [(code, row) for code, row in known if (row["item_number"], row["measure_number"]) == wanted]
        if not found:
            raise UsageError(_unknown_zh(number, wanted and wanted[0], [row for _, row in known]))
        said = {code: list(_lines(marts, code, row)) for code, row in found}
    lines: list[str] = []
    cells: list[tuple[Row, MeasureCell]] = []
    database = home.analyst / release_id / "marts.duckdb"
    for code, row in found:
        lines += said[code]
        if row["figure_value"] is not None and database.exists():
            with open_marts(database) as con:
                own = cells_of_measure(con, code, row["item_number"], row["measure_number"])
            lines += _source_lines(own)
            cells += [(row, cell) for cell in own]
        elif row["figure_value"] is not None:
            lines.append("来源单元格：要用分析库，请在分析人员的成果目录里运行。")
        elif row["proof_feed_zh"] is not None:
            lines.append(f"来源单元格：没有，这项指标还没有数（凭{row['proof_feed_zh']}）。")
        lines.append("")
    if out is not None:
        lines.append(f"已写出 {_write_cells(cells, out)} 行到 {out}")
    return lines


def _unknown_zh(number: str, item: str | None, known: list[Row]) -> str:
    """That there is no such measure, and which there are."""
    if not known:
        return "这个版本没有整改方案；把方案和整改月报放入原始数据目录，再运行 junheng run。"
    of_item = [f"{row['item_number']}.{row['measure_number']}" for row in known if row["item_number"] == item]
    if of_item:
        return f"整改方案里没有措施 {number}；事项 {item} 有：{'、'.join(of_item)}。"
    items = sorted(
        {str(row["item_number"]) for row in known}, key=lambda name: (not name.isdecimal(), len(name), name)
    )
    return f"整改方案里没有措施 {number}；事项有：{'、'.join(items)}。措施写作“事项.措施”，如 {_name(known[0])}。"


def _name(row: Row) -> str:
    return f"{row['item_number']}.{row['measure_number']}"


def _lines(marts: Marts, district_code: str, measure: Row) -> Iterator[str]:
    """What the tables of the ledger say of a measure, each column once, and where its source rows are."""
    from dagster_project.publish.site.printing import is_missing
    from dagster_project.publish.site.tables import page_table

    key = {name: measure[name] for name in ("item_number", "measure_number")}
    said: dict[str, list[str]] = {}
    for name in _TABLES:
        table = page_table(marts, district_code, name, where=key)
        for row in table.rows[:1] if table else ():
            said |= {
                column.label_zh: column.text(row).split("\n")
                for column in (table.columns if table else ())
                if column.label_zh not in said and not is_missing(row.get(column.name))
            }
    wide = max(width(label) for label in said) + 2
    for label, texts in said.items():
        yield from labelled(label, texts, wide)


def _source_lines(cells: list[MeasureCell]) -> Iterator[str]:
    """Files, sheets and cells that the figure of a measure counts."""
    rows = {(cell.sha256, cell.source_file, cell.sheet_of_row, cell.row_number, cell.part) for cell in cells}
    sheets = list(places_zh(cells, _SHOWN_BLOCKS))
    yield f"来源单元格（{sum(len(cell.cells) for cell in cells)} 个，{len(rows)} 行，{len(sheets)} 张表）"
    yield from (f"  {sheet}" for sheet in sheets[:_SHOWN_SHEETS])
    if len(sheets) > _SHOWN_SHEETS:
        yield f"  ……其余 {len(sheets) - _SHOWN_SHEETS} 张表，逐格清单用 --out 写出"


def _write_cells(found: list[tuple[Row, MeasureCell]], out: Path) -> int:
    """Write every source cell as one row (UTF-8 with BOM); returns their number.

    Raises:
        UserError: the file exists.
    """
    import pandas as pd

    from dagster_project.intake.feeds import load_feeds
    from dagster_project.publish.catalogue.lists import heads_of

    feeds = load_feeds()
    rows = [
        [row["district_code"], row["item_number"], row["measure_number"], row["figure_zh"], cell.school_code,
         feeds[cell.feed].name_zh, feeds[cell.feed].column(cell.column_name).heading_zh, cell.source_file, cell.sheet or None,
         cell.row_number, address, cell.sha256]
        for row, cell in found
        for address in cell.cells or (cell.roster_rows,)
    ]  # fmt: skip
    refuse_existing(out)
    heads = list(heads_of("cells_of_measures").values())
    write_csv(pd.DataFrame(rows, columns=heads, dtype=object), out)
    return len(rows)
