"""Charts of the pages that are drawn from rows of the marts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from dagster_project.publish import labels
from dagster_project.publish.site.marts import JUDGED_STAGES, Marts
from dagster_project.publish.site.pages import PageDrawing, drawing
from dagster_project.publish.site.printing import Row, text_of


def lines_drawing(
    name: str,
    title_zh: str,
    rows: Sequence[Row],
    period: str,
    names_zh: Mapping[str, str],
    *,
    kind: Literal["number", "percent"],
    decimals: int,
    value_title: str,
    period_title: str,
) -> PageDrawing | None:
    """Columns as lines over the periods, with the table beside them; None if there is nothing to draw.

    Args:
        rows: one row per period.
        names_zh: column → name of its line.
        kind: `percent` for shares from 0 to 1.
    """
    import pandas as pd

    from dagster_project.publish import charts

    scale = 100 if kind == "percent" else 1
    records = [
        {"period": str(r[period]), "value": None if r[c] is None else float(r[c]) * scale, "series": zh}
        for r in rows
        for c, zh in names_zh.items()
    ]
    if len(rows) < 2 or all(r["value"] is None for r in records):
        return None
    suffix = "%" if kind == "percent" else ""
    chart = charts.lines_by_period(
        pd.DataFrame(records), "period", "value", "series", value_title=value_title or suffix,
        period_title=period_title, decimals=decimals, suffix=suffix, width=600, height=280,
    )  # fmt: skip
    cells = [(r[period], *(text_of(r[c], kind, decimals) for c in names_zh)) for r in rows]
    return drawing(name, title_zh, chart, (period_title, *names_zh.values()), cells)


def limit_drawing(
    name: str,
    title_zh: str,
    bars: Sequence[tuple[str, float | None, str]],
    limits: set[float | None],
    heads_zh: tuple[str, str],
    width: int,
) -> PageDrawing | None:
    """Figures that should be low as bars against their limit; None if there is none.

    Args:
        bars: name, figure and published judgement.
        limits: limits of the figures; drawn if they are one.
        heads_zh: headings of the names and of the figures.
    """
    import pandas as pd

    from dagster_project.publish import charts

    if all(value is None for _, value, _ in bars):
        return None
    limit = next(iter(limits)) if len(limits) == 1 else None
    chart = charts.bars_against_limit(
        pd.DataFrame(bars, columns=["label", "value", "status"]), "label", "value", limit, status="status",
        limit_label="限值", decimals=3, value_title=f"{heads_zh[1]}（越小越均衡）", width=width,
    )  # fmt: skip
    return drawing(
        name, title_zh, chart, heads_zh, [(label, text_of(v, "number", 3)) for label, v, _ in bars]
    )


def monitoring_differences(marts: Marts, district_code: str) -> list[PageDrawing]:
    """Difference between schools per subject in its latest year, one chart per stage."""
    words, bodies = (marts.words(district_code).of(w) for w in ("monitoring_results.subject", "surveyed_by"))

    def by(row: Row) -> list[str]:
        return [bodies[row["surveyed_by"]]] if row["surveyed_by"] else []

    drawings = []
    for stage in JUDGED_STAGES:
        latest: dict[str, Row] = {}
        rows = marts.rows("fct_monitoring_results", district_code, stage=stage)
        for row in sorted(rows, key=lambda r: (-r["monitoring_year"], list(words).index(r["subject"]))):
            latest.setdefault(row["subject"], row)
        drawings.append(
            limit_drawing(
                f"difference-{stage}",
                f"{labels.stage_zh(stage)}各学科最近一次的校际差异率",
                [
                    (
                        f"{words[s]}（{'，'.join([str(r['monitoring_year']), *by(r)])}）",
                        r["between_school_difference"],
                        r["between_school_status"],
                    )
                    for s, r in latest.items()
                ],
                {r["between_school_difference_limit"] for r in latest.values()},
                (
                    marts.labels_zh["fct_monitoring_results"]["subject"],
                    marts.labels_zh["fct_monitoring_results"]["between_school_difference"],
                ),
                560,
            )
        )
    return [d for d in drawings if d is not None]


#: Drawings by the name that the catalogue uses.
DRAWINGS: Mapping[str, Callable[[Marts, str], list[PageDrawing]]] = {
    "monitoring_differences": monitoring_differences
}
