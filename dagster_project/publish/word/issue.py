"""What both reports share: the issue, the rows it reads, and the parts that stand in both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dagster_project.core.numbers import filled
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.publish import labels
from dagster_project.publish.phrases import load_phrases
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part, Parts
from dagster_project.publish.word.tables import write_tables
from dagster_project.warehouse.districts import District

if TYPE_CHECKING:
    import duckdb


Kind = Literal["weekly", "monthly"]


REPORT_ZH: dict[str, str] = {"weekly": "整改周报", "monthly": "整改月报"}


Row = dict[str, Any]


@dataclass(frozen=True)
class Issue:
    """What a report is about: a district, a day, and the month whose ledger it reads."""

    district_code: str
    district: District
    as_of: dt.date
    month: str
    school_year: int
    release_id: str
    is_synthetic: bool


class Source:
    """Rows of the marts, and figures that remember which cell they are."""

    def __init__(self, con: duckdb.DuckDBPyConnection, issue: Issue) -> None:
        self.con, self.issue = con, issue
        self.phrases = load_phrases(con, issue.school_year)

    def rows(
        self, table: str, where: str = "true", order: str = "1", values: Sequence[Any] = ()
    ) -> list[Row]:
        """Rows of one mart of the district; `where` may hold placeholders for `values`."""
        cursor = self.con.execute(
            f"select * from marts.{table} where district_code = ? and ({where}) order by {order}",
            [self.issue.district_code, *values],
        )
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def tables(self, document: OfficialDocument, report: Kind, section: str) -> None:
        """Write the tables that the catalogue places in a section."""
        issue = self.issue
        values = {
            "phrases": self.phrases,
            "school_year": issue.school_year,
            "recent_years": tuple(range(issue.school_year - 2, issue.school_year + 1)),
            "month": issue.month,
        }
        write_tables(document, self.con, report, section, issue.district_code, values)

    def of_month(self, table: str, order: str = "1", where: str = "true") -> list[Row]:
        """Rows of the month the report reads."""
        return self.rows(table, f"reporting_month = ? and {where}", order, [self.issue.month])


def cell_of(
    table: str,
    row: Row,
    keys: Sequence[str],
    column: str,
    decimals: int = 0,
    scale: float = 1,
    suffix: str | None = "",
) -> Number:
    """A figure of a row, with the key of its cell; `suffix` is None where its unit is not known."""
    key = {name: row[name].isoformat() if isinstance(row[name], dt.date) else row[name] for name in keys}
    return Number(table, key, column, row[column], decimals, scale, suffix or "", thousands=True)


def day(value: dt.date | None) -> Part:
    return Label(f"{value.year}年{value.month}月{value.day}日") if value else labels.UNCLEAR_ZH


def short_day(value: dt.date | None) -> Part:
    return Label(value.isoformat()) if value else labels.UNCLEAR_ZH


def text_of(value: object) -> Part:
    return Label(str(value)) if value not in (None, "") else labels.UNCLEAR_ZH


def write_title(document: OfficialDocument, source: Source, kind: Kind) -> None:
    issue = source.issue
    document.title(
        Label(issue.district.name_zh), "履行教育职责评价意见整改工作", "周报" if kind == "weekly" else "月报"
    )
    document.subtitle(Label(f"（截至{issue.as_of:%Y年%m月%d日}）"))
    if issue.is_synthetic:
        document.subtitle(f"（{SYNTHETIC_ZH}）")


SUMMARY_KEY = ("reporting_month", "district_code")


ITEM_KEY = ("reporting_month", "district_code", "item_number")


MEASURE_KEY = (*ITEM_KEY, "measure_number")


STATE_KEY = ("district_code", "item_number", "measure_number", "valid_from")


def write_summary(document: OfficialDocument, source: Source) -> None:
    (row,) = source.of_month("fct_rectification_summary")

    def n(column: str, suffix: str) -> Number:
        return cell_of("fct_rectification_summary", row, SUMMARY_KEY, column, suffix=suffix)

    document.paragraph(
        "整改方案共", n("items", "项"), "、", n("measures", "条措施"), "。截至", day(row["as_of"]),
        "，按数据核定：事项已销号", n("items_closed", "项"), "、待复核", n("items_to_review", "项"), "、整改中",
        n("items_in_progress", "项"), "、待整改", n("items_to_start", "项"), "；措施已销号", n("measures_closed", "条"),
        "、免于整改", n("measures_exempt", "条"), "，逾期", n("measures_overdue", "条"), "，三十日内到期",
        n("measures_due_soon", "条"), "。",
    )  # fmt: skip
    document.paragraph(
        "申报已完成而数据不支持的", n("measures_refused", "条"), "，曾销号后又退回的", n("measures_reopened", "条"),
        "。本月应报进展", n("returns_due", "份"), "，已报", n("returns_received", "份"), "。",
    )  # fmt: skip


def figure_parts(row: Row) -> list[Part]:
    """The figure that proves a measure, and what it needs to be."""
    if row["figure_code"] is None:
        return ["凭资料销号"]
    unit = row["figure_unit_zh"] or ""

    def n(column: str) -> Number:
        return cell_of(
            "fct_rectification_measures",
            row,
            MEASURE_KEY,
            column,
            row["figure_decimals"],
            row["figure_scale"],
            unit,
        )

    parts: list[Part] = [Label(row["figure_zh"]), " "]
    parts += [n("figure_value")] if row["figure_value"] is not None else ["还没有数据"]
    if row["needed_value"] is not None:
        parts += ["，要求" if row["proof_kind"] == "figure" else "，启动时", n("needed_value")]
    return parts


def write_measures_table(
    document: OfficialDocument, rows: Sequence[Row], caption: Parts, *, with_item: bool
) -> None:
    head: list[Parts] = ["措施", "牵头单位", "时限", "佐证指标", "状态"]
    widths = [46.0, 26.0, 22.0, 40.0, 22.0]
    body: list[list[Parts]] = []
    for row in rows:
        name = filled("{item_number}.{measure_number} {measure_zh}", row, labels.UNCLEAR_ZH)
        state: list[Part] = [labels.STATE_ZH[row["state"]]]
        if row["figure_status"] == "met" and row["proof_kind"] == "figure" and row["state"] == "in_progress":
            state.append("（数据已达到，待申报）")
        if row["light"] in ("red", "yellow"):
            state.append(f"，{labels.LIGHT_ZH[row['light']]}")
        body.append(
            [
                Label(name),
                text_of(row["lead_department"]),
                short_day(row["deadline"]),
                figure_parts(row),
                state,
            ]
        )
    document.table(head, body, widths, "lllll", caption=caption if with_item else "")
