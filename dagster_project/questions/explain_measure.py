"""`junheng explain 13.1`: where a measure of the plan stands, the figure it rests on, and where the rows of the figure are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.questions.printed import labelled, width

if TYPE_CHECKING:
    from dagster_project.publish.catalogue import Row
    from dagster_project.publish.site.marts import Marts

MEASURE = re.compile(r"(?P<item>\S+)\.(?P<number>\d+)")
#: Tables of the catalogue that speak of a measure, in the order in which they are printed.
_TABLES = ("measures", "measure_figures", "measure_documents")
_SOURCES = "source_rows"
#: Blocks of source rows that are printed; the rest is counted.
_SHOWN_SOURCES = 12


def explain_measure(home: Home, number: str) -> list[str]:
    """State of a measure in the release in force, as the page of the ledger has it, for each district of the release.

    Args:
        home: folder of the releases.
        number: item and number in the item, such as 13.1.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: the plan has no such measure; the message names those of the item, or all items.
        UserError: nothing is published, or no plan was received.
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
        return [line for code, row in found for line in (*_lines(marts, code, row), "")]


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
    yield from _source_lines(marts, district_code, measure)


def _source_lines(marts: Marts, district_code: str, measure: Row) -> Iterator[str]:
    """Files, sheets and cells of the rows that the figure of a measure is made of."""
    from dagster_project.publish.site.tables import page_table

    if measure["proof_feed_zh"] is None:
        return
    table = page_table(marts, district_code, _SOURCES, where={"proof_feed_zh": measure["proof_feed_zh"]})
    if table is None:
        yield f"来源：{measure['proof_feed_zh']}还没有收到。"
        return
    yield f"来源：{table.caption_zh}（{measure['proof_feed_zh']}，{len(table.rows)} 处）"
    for row in table.rows[:_SHOWN_SOURCES]:
        texts = {column.name: column.text(row) for column in table.columns}
        place = " › ".join(texts[name] for name in ("source_file", "sheet", "cells") if row[name])
        whose = row["school_name"] or row["town"] or ""
        yield f"  {place}（{' '.join(t for t in (whose, texts['observed_on']) if t)}）"
    if len(table.rows) > _SHOWN_SOURCES:
        address = marts.entries.address_of("fct_source_rows").partition("#")[0]
        yield f"  ……其余 {len(table.rows) - _SHOWN_SOURCES} 处见网页 {address}"
