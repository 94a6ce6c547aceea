"""Charts of reports, by the names that the catalogue uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dagster_project.publish import charts, labels
from dagster_project.publish.catalogue import Rows
from dagster_project.publish.phrases import JUDGED_STAGES
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Part
from dagster_project.publish.word.issue import Source
from dagster_project.publish.word.tables import Block

_CHART_MM = 150
_MONTHS = 12


def drawing_blocks(source: Source, name: str) -> list[Block]:
    """The charts of a name that have something to show; none on a machine without a Chinese font, as the run says."""
    return _DRAWINGS[name](source)


def _chart(make: Callable[[], Any], caption: list[Part]) -> list[Block]:
    from altair.utils import schemapi

    # the charts' functions are tested against the schema; here it would only cost time
    with schemapi.debug_mode(False):
        png = charts.to_png(make())
    if png is None:
        return []

    def write(document: OfficialDocument) -> None:
        document.chart(png, _CHART_MM, caption)

    return [write]


def _variations(source: Source) -> list[Block]:
    """Coefficients of variation of the judged indicators, a chart per stage."""
    import pandas as pd

    year = source.issue.school_year
    blocks = []
    for stage in JUDGED_STAGES:
        entry = Rows(
            mart="fct_district_indicators", where={"school_year": year, "is_judged": True, "stage": stage}
        )
        names = source.words.of("indicators")
        places = {code: place for place, code in enumerate(names)}
        rows = sorted(source.rows(entry), key=lambda r: places[r["indicator_code"]])
        if not rows:
            continue
        frame = pd.DataFrame(
            {
                "label": [names[r["indicator_code"]] for r in rows],
                "value": [r["coefficient_of_variation"] for r in rows],
                "status": [r["cv_status"] for r in rows],
            }
        )
        # one line can only be drawn where all indicators share a limit
        limits = {r["cv_limit"] for r in rows}
        limit = limits.pop() if len(limits) == 1 else None
        blocks += _chart(
            lambda frame=frame, limit=limit: charts.bars_against_limit(  # type: ignore[misc]
                frame,
                "label",
                "value",
                limit,
                status="status",
                value_title=source.labels_zh["fct_district_indicators"]["coefficient_of_variation"],
                limit_label="限值",
                decimals=3,
            ),
            [
                Label(f"{year}学年"),
                labels.stage_zh(stage),
                "各指标校际差异系数与限值（▼超限，？待定）",
            ],
        )
    return blocks


def _open_hazards(source: Source) -> list[Block]:
    """Open hazards at the ends of the last months, overdue ones apart."""
    import pandas as pd

    entry = Rows(mart="fct_district_hazards", where={"hazard_kind": "all"}, order=("reporting_month",))
    history = [r for r in source.rows(entry) if r["reporting_month"] <= source.issue.month][-_MONTHS:]
    if not history:
        return []
    frame = pd.DataFrame(
        [
            {"month": r["reporting_month"], "kind": word, "count": count}
            for r in history
            for word, count in (
                ("未逾期", r["open_hazards"] - r["overdue_hazards"]),
                ("逾期", r["overdue_hazards"]),
            )
        ]
    )
    heads = source.labels_zh["fct_district_hazards"]
    return _chart(
        lambda: charts.stacked_by_month(
            frame,
            "month",
            "count",
            "kind",
            value_title="未销号隐患（处）",
            month_title=heads["reporting_month"],
        ),
        ["近十二个月末未销号隐患"],
    )


_DRAWINGS: Mapping[str, Callable[[Source], list[Block]]] = {
    "variations": _variations,
    "open_hazards": _open_hazards,
}
