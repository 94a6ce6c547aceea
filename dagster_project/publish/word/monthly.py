"""The monthly report: every item of the plan, compliance, safety, finance, guarantee and departments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dagster_project.core.numbers import filled
from dagster_project.publish import charts, labels
from dagster_project.publish.phrases import JUDGED_STAGES
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Part, Parts
from dagster_project.publish.word.issue import (
    ITEM_KEY,
    Row,
    Source,
    cell_of,
    day,
    short_day,
    text_of,
    write_measures_table,
    write_summary,
    write_title,
)

_STAGE_ORDER = "case stage when 'primary' then 1 when 'junior_secondary' then 2 else 3 end"


def write_monthly(document: OfficialDocument, source: Source) -> None:
    write_title(document, source, "monthly")
    document.heading(1, "总体情况")
    write_summary(document, source)
    _items_table(document, source)
    document.heading(1, "逐项进展")
    _items(document, source)
    document.heading(1, "义务教育优质均衡")
    _compliance(document, source)
    document.heading(1, "大班额台账")
    source.tables(document, "monthly", "class_ledger")
    document.heading(1, "学前教育")
    source.tables(document, "monthly", "preschool")
    document.heading(1, "职业教育")
    source.tables(document, "monthly", "vocational")
    document.heading(1, "校园安全与满意度")
    _safety(document, source)
    document.heading(1, "教育经费")
    _finance(document, source)
    document.heading(1, "政府保障与教育质量")
    _government(document, source)
    document.heading(1, "部门进度")
    source.tables(document, "monthly", "departments")
    document.note(
        "说明：状态由数据核定，申报与数据不一致时以数据为准；“—”表示没有数据。每个数字均可追溯到成果库的单元格。"
    )


def _items_table(document: OfficialDocument, source: Source) -> None:
    table = "fct_rectification_ledger"
    body: list[list[Parts]] = []
    for row in source.of_month(table, "sort_order"):
        body.append(
            [
                Label(filled("{item_number}　{item_title_zh}", row, labels.UNCLEAR_ZH)), text_of(row["lead_department"]),
                labels.STATE_ZH[row["state"]], labels.LIGHT_ZH[row["light"]], short_day(row["next_deadline"])
                if row["state"] not in ("closed", "exempt") else "—",
                [cell_of(table, row, ITEM_KEY, "measures_closed"), "/", cell_of(table, row, ITEM_KEY, "measures")],
            ]
        )  # fmt: skip
    document.table(
        ["事项", "牵头单位", "状态", "亮灯", "最近时限", "已销号/措施"], body, [52, 27, 17, 21, 22, 17], "llcccc",
        caption="整改事项一览",
    )  # fmt: skip


def _items(document: OfficialDocument, source: Source) -> None:
    measures: dict[str, list[Row]] = {}
    for row in source.of_month("fct_rectification_measures", "measure_number"):
        measures.setdefault(row["item_number"], []).append(row)
    works: dict[str, list[Row]] = {}
    for row in source.of_month("fct_work_figures", "work_code"):
        works.setdefault(row["item_number"], []).append(row)
    milestones: dict[str, list[Row]] = {}
    for row in source.rows("fct_milestones", order="planned_on, milestone_number"):
        milestones.setdefault(row["item_number"], []).append(row)
    for item in source.of_month("fct_rectification_ledger", "sort_order"):
        number = item["item_number"]
        name = labels.item_heading_zh(number, item["item_title_zh"], item["area_zh"])
        document.heading(2, Label(name), is_numbered=False)
        own = measures[number]
        said: list[Part] = [
            "核定状态：", labels.STATE_ZH[item["state"]], "，措施", cell_of("fct_rectification_ledger", item, ITEM_KEY, "measures", suffix="条"),
            "，已销号", cell_of("fct_rectification_ledger", item, ITEM_KEY, "measures_closed", suffix="条"), "。",
        ]  # fmt: skip
        latest = max(
            (r for r in own if r["progress_zh"]),
            key=lambda r: (r["reported_on"], r["measure_number"]),
            default=None,
        )
        if latest:
            said += ["最近进展：", Label(str(latest["progress_zh"]).rstrip("。")), "。"]
        document.paragraph(*said)
        for row in own:
            if row["refusal_zh"]:
                document.paragraph(Label(f"措施{number}.{row['measure_number']}"), row["refusal_zh"], "。")
            if row["state"] == "exempt":
                document.paragraph(
                    Label(f"措施{number}.{row['measure_number']}"),
                    "免于整改：",
                    text_of(row["exemption_reason_zh"]),
                    "。",
                )
        write_measures_table(document, own, "", with_item=False)
        parts: list[Part] = []
        for row in works.get(number, []):
            keys = ("reporting_month", "district_code", "work_code")
            cells: list[Part] = [
                Label(row["work_zh"]), cell_of("fct_work_figures", row, keys, "done_in_year", suffix=row["unit_zh"]),
            ]  # fmt: skip
            if row["planned_in_year"] is not None:
                cells += [
                    "（计划",
                    cell_of("fct_work_figures", row, keys, "planned_in_year", suffix=row["unit_zh"]),
                    "）",
                ]
            parts += [*(["；"] if parts else []), *cells]
        if parts:
            document.paragraph("本年累计：", *parts, "。")
        late = [r for r in milestones.get(number, []) if r["status"] == "overdue"]
        for row in late:
            document.paragraph(
                "逾期节点：", Label(row["milestone_zh"]), "（", Label(row["department"]), "），计划", day(row["planned_on"]),
                "完成，已超", cell_of("fct_milestones", row, ("district_code", "milestone_number"), "days_after_plan", suffix="天"),
                "。",
            )  # fmt: skip


def _compliance(document: OfficialDocument, source: Source) -> None:
    source.tables(document, "monthly", "compliance")
    year = source.issue.school_year
    table, keys = "fct_district_indicators", ("school_year", "district_code", "stage", "indicator_code")
    names = dict(source.con.execute("select indicator_code, label_zh from marts.dim_indicators").fetchall())
    by_code: dict[str, dict[str, Row]] = {}
    for row in source.rows(table, "school_year = ? and is_judged", "indicator_code", [year]):
        by_code.setdefault(row["indicator_code"], {})[row["stage"]] = row
    body = []
    for code, stages in by_code.items():
        line: list[Parts] = [Label(names[code])]
        for stage in JUDGED_STAGES:
            row = stages.get(stage, {})
            if not row:
                line += ["—", "—"]
                continue
            line += [
                cell_of(table, row, keys, "coefficient_of_variation", 3),
                labels.STATUS_ZH[row["cv_status"]],
            ]
        body.append(line)
    document.table(
        ["指标", "小学差异系数", "是否达标", "初中差异系数", "是否达标"], body, [60, 26, 22, 26, 22], "lcccc",
        caption=[Label(f"{year}学年"), "校际差异系数"],
    )  # fmt: skip
    import pandas as pd

    for stage in JUDGED_STAGES:
        rows = [(names[c], s[stage]) for c, s in by_code.items() if stage in s]
        if not rows:
            continue
        frame = pd.DataFrame(
            {
                "label": [n for n, _ in rows],
                "value": [r["coefficient_of_variation"] for _, r in rows],
                "status": [r["cv_status"] for _, r in rows],
            }
        )
        # one line can only be drawn where all indicators share a limit
        limits = {r["cv_limit"] for _, r in rows}
        limit = limits.pop() if len(limits) == 1 else None
        caption: list[Part] = [Label(f"{year}学年"), labels.stage_zh(stage), "各指标校际差异系数与限值"]
        _chart(
            document,
            lambda frame=frame, limit=limit: charts.bars_against_limit(  # type: ignore[misc]
                frame,
                "label",
                "value",
                limit,
                status="status",
                value_title="差异系数",
                limit_label="限值",
                decimals=3,
            ),
            caption,
        )


def _chart(document: OfficialDocument, make: Callable[[], Any], caption: Sequence[Part]) -> None:
    """A chart, if this machine has a font for it."""
    from altair.utils import schemapi

    # the charts' functions are tested against the schema; here it would only cost time
    with schemapi.debug_mode(False):
        png = charts.to_png(make())
    if png is None:
        return  # without a Chinese font; the run says so
    document.chart(png, 150, caption)


def _safety(document: OfficialDocument, source: Source) -> None:
    table = "fct_district_hazards"
    source.tables(document, "monthly", "hazards")
    if source.of_month(table):
        import pandas as pd

        history = source.rows(
            table, "hazard_kind = 'all' and reporting_month <= ?", "reporting_month", [source.issue.month]
        )
        history = history[-12:]
        frame = pd.DataFrame(
            [{"month": r["reporting_month"], "kind": word, "count": r[c] - (r["overdue_hazards"] if c == "open_hazards" else 0)}
             for r in history for c, word in (("open_hazards", "未逾期"), ("overdue_hazards", "逾期"))]
        )  # fmt: skip
        _chart(
            document,
            lambda: charts.stacked_by_month(
                frame, "month", "count", "kind", value_title="未销号隐患（处）", month_title="月份"
            ),
            ["近十二个月末未销号隐患"],
        )
    source.tables(document, "monthly", "duties")
    table, keys = "fct_satisfaction", ("district_code", "survey_round", "question")
    questions = labels.choice_labels("satisfaction", "question")
    rows = source.rows(table, "surveyed_on <= ?", "surveyed_on, question", [source.issue.as_of])
    if rows:
        document.table(
            ["调查轮次", "问题", "有效问卷", "满意度", "置信区间下限", "置信区间上限"],
            [
                [Label(r["survey_round"]), Label(questions[r["question"]]), cell_of(table, r, keys, "respondents"),
                 *(cell_of(table, r, keys, c, 2, 100, "%") for c in ("satisfied_share", "satisfied_share_low", "satisfied_share_high"))]
                for r in rows
            ],
            [30, 44, 20, 20, 21, 21], "llcccc", caption="满意度调查（百分之九十五置信区间）",
        )  # fmt: skip


def _finance(document: OfficialDocument, source: Source) -> None:
    keys: tuple[str, ...]
    table, keys = "fct_education_finance", ("fiscal_year", "district_code")
    rows = source.rows(table, order="fiscal_year")
    if not rows:
        document.paragraph("还没有收到教育经费数据。")
        return
    document.table(
        ["年度", "教育支出（万元）", "增长率", "全市增长率", "生均支出（元）", "生均增长率", "支出不减", "生均不减"],
        [
            [Label(str(r["fiscal_year"])), cell_of(table, r, keys, "education_outlay_yuan", 0, 0.0001),
             *(cell_of(table, r, keys, c, 2, 100, "%") for c in ("education_outlay_growth", "city_education_outlay_growth")),
             cell_of(table, r, keys, "outlay_per_student_yuan", 0), cell_of(table, r, keys, "outlay_per_student_growth", 2, 100, "%"),
             labels.STATUS_ZH[r["outlay_status"]], labels.STATUS_ZH[r["outlay_per_student_status"]]]
            for r in rows
        ],
        [14, 28, 18, 20, 24, 20, 16, 16], "cccccccc", caption="一般公共预算教育支出",
    )  # fmt: skip


def _government(document: OfficialDocument, source: Source) -> None:
    keys: tuple[str, ...]
    table, keys = "fct_government_items", ("school_year", "district_code", "item_code")
    for domain, name in labels.DOMAIN_ZH.items():
        rows = source.rows(
            table, "school_year = ? and domain = ?", "sort_order", [source.issue.school_year, domain]
        )  # fmt: skip
        if domain == "recognition" and all(r["value"] is None for r in rows):
            continue
        document.table(
            ["编号", "项目", "数值", "要求", "结论", "依据"],
            [
                [Label(r["number_zh"]), Label(r["item_zh"]),
                 cell_of(table, r, keys, "value", r["decimals"], r["scale"], r["unit_zh"] or ""),
                 cell_of(table, r, keys, "threshold", r["decimals"], r["scale"], r["unit_zh"] or ""),
                 labels.STATUS_ZH[r["status"]], "数据" if r["proof_kind"] == "figure" else text_of(r["evidence_zh"])]
                for r in rows
            ],
            [11, 48, 20, 20, 16, 41], "clcccl", caption=[Label(f"{source.issue.school_year}学年"), name],
        )  # fmt: skip
    source.tables(document, "monthly", "monitoring")
