"""The weekly report: what changed, what is overdue, what is due soon, who has not reported."""

from __future__ import annotations

import datetime as dt

from dagster_project.core.numbers import filled
from dagster_project.publish import labels
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label
from dagster_project.publish.word.issue import (
    Source,
    cell_of,
    short_day,
    write_measures_table,
    write_summary,
    write_title,
)


def write_weekly(document: OfficialDocument, source: Source) -> None:
    issue = source.issue
    first = issue.as_of - dt.timedelta(days=6)
    write_title(document, source, "weekly")
    document.subtitle(Label(f"（{first:%Y年%m月%d日}至{issue.as_of:%Y年%m月%d日}）"))
    document.heading(1, "总体情况")
    write_summary(document, source)
    document.heading(1, "本周变动")
    names = {
        (r["item_number"], r["measure_number"]): r
        for r in source.of_month("fct_rectification_measures", "item_number")
    }
    moved = source.rows(
        "fct_rectification_states",
        "valid_from between ? and ?",
        "valid_from, item_number, measure_number",
        [first, issue.as_of],
    )
    if moved:
        document.table(
            ["日期", "措施", "状态", "说明"],
            [
                [short_day(r["valid_from"]),
                 Label(filled("{item_number}.{measure_number} {measure_zh}", names[r["item_number"], r["measure_number"]], labels.UNCLEAR_ZH)
                       if (r["item_number"], r["measure_number"]) in names else f"{r['item_number']}.{r['measure_number']}"),
                 labels.STATE_ZH[r["state"]],
                 r["refusal_zh"] or ("已销号后退回" if r["is_reopening"] else "复核通过" if r["state"] == "closed" else "")]
                for r in moved
            ],
            [24, 66, 22, 44], "cllc", caption="状态有变化的措施",
        )  # fmt: skip
    else:
        document.paragraph("本周没有状态变化的措施。")
    classes = source.rows(
        "fct_class_ledger", "closed_on between ? and ? or last_opened_on between ? and ?", "school_code, stage, class_name",
        [first, issue.as_of, first, issue.as_of],
    )  # fmt: skip
    keys: tuple[str, ...]
    if classes:
        keys = ("school_code", "stage", "entry_school_year", "class_name")
        document.table(
            ["学校", "学段", "班级", "现有人数", "标准", "台账"],
            [
                [Label(r["school_name"] or r["school_code"]), labels.stage_zh(r["stage"]), Label(r["class_name"]),
                 cell_of("fct_class_ledger", r, keys, "latest_students"), cell_of("fct_class_ledger", r, keys, "standard_size"),
                 "销号" if r["state"] == "closed" else "立账"]
                for r in classes
            ],
            [56, 20, 24, 20, 16, 20], "lccccc", caption="本周立账和销号的班级",
        )  # fmt: skip
    document.heading(1, "逾期未完成")
    late = source.of_month(
        "fct_rectification_measures", "deadline, item_number, measure_number", "light = 'red'"
    )
    if late:
        write_measures_table(document, late, "逾期措施", with_item=True)
    else:
        document.paragraph("没有逾期的措施。")
    source.tables(document, "weekly", "overdue")
    document.heading(1, "三十日内到期")
    due = source.of_month(
        "fct_rectification_measures", "deadline, item_number, measure_number", "light = 'yellow'"
    )
    if due:
        write_measures_table(document, due, "临期措施", with_item=True)
    else:
        document.paragraph("三十日内没有到期的措施。")
    document.heading(1, "未报进展的单位")
    owing = source.of_month("fct_department_progress", "department", "returns_due > returns_received")
    keys = ("reporting_month", "district_code", "department")
    for row in owing:
        document.paragraph(
            Label(row["department"]), "：本月应报", cell_of("fct_department_progress", row, keys, "returns_due", suffix="份"),
            "，已报", cell_of("fct_department_progress", row, keys, "returns_received", suffix="份"), "。",
        )  # fmt: skip
    if not owing:
        document.paragraph("各单位都已报来本月进展。")
