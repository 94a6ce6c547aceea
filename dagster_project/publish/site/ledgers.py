"""Pages of safety, satisfaction and quality, finance and government duties, and rectification."""

from __future__ import annotations

from typing import Any

from dagster_project.publish import labels
from dagster_project.publish.site import Drawing, Page, drawing, sections_page
from dagster_project.publish.site.marts import STAGES, Marts, by_stage, stage_words
from dagster_project.publish.site.people import by_series, lines_drawing, with_page
from dagster_project.publish.site.printing import (
    Card,
    Column,
    Section,
    Table,
    listing,
    sentence,
    shown,
    shown_text,
)

Row = dict[str, Any]
_MONTH_KEY = ("reporting_month", "district_code")


# --- safety ---


def safety_page(marts: Marts, district_code: str) -> Page | None:
    """Hazards found and struck off, the duties of schools, and the ledger of hazards."""
    hazards = marts.rows("fct_hazards", district_code)
    months = marts.rows("fct_district_hazards", district_code)
    duties = marts.latest("fct_safety_duties", district_code, "reporting_month")
    if not hazards and not months and not duties:
        return None
    return sections_page(
        "safety.html", "校园安全", [_hazard_months(months), _duties(duties), _hazard_ledger(hazards)]
    )


def _hazard_months(months: list[Row]) -> Section | None:
    if not months:
        return None
    kinds = {"all": "合计", **labels.choice_labels("hazards", "hazard_kind")}
    key = ("reporting_month", "district_code", "hazard_kind")
    mart, last = "fct_district_hazards", max(r["reporting_month"] for r in months)
    total = next((r for r in months if r["reporting_month"] == last and r["hazard_kind"] == "all"), None)
    cards = []
    if total is not None:
        cards = [
            Card(f"{last} 未销号隐患", shown(mart, key, total, "open_hazards", "whole"),
                 (sentence("其中逾期 ", shown(mart, key, total, "overdue_hazards", "whole"), " 处，上年结转 ",
                           shown(mart, key, total, "carried_over_hazards", "whole"), " 处"),)),
            Card(f"{last} 当月发现", shown(mart, key, total, "found", "whole"),
                 (sentence("当月销号 ", shown(mart, key, total, "struck_off", "whole"), " 处，平均闭环 ",
                           shown(mart, key, total, "mean_loop_days", "number", decimals=1), " 天"),)),
        ]  # fmt: skip
    every = sorted((r for r in months if r["hazard_kind"] == "all"), key=lambda r: r["reporting_month"])[-12:]
    trend = lines_drawing("hazards", "近一年的隐患", every, "reporting_month",
                          {"open_hazards": "月末未销号", "found": "当月发现", "overdue_hazards": "月末逾期"},
                          value_title="处", period_title="月份")  # fmt: skip
    rows = [r for r in months if r["reporting_month"] == last]
    rows.sort(key=lambda r: list(kinds).index(r["hazard_kind"]))
    columns = [
        Column("hazard_kind", "类别", words=kinds),
        Column("found", "当月发现", "whole"),
        Column("struck_off", "当月销号", "whole"),
        Column("open_hazards", "未销号", "whole"),
        Column("overdue_hazards", "逾期", "whole"),
        Column("reopened_hazards", "反弹", "whole"),
        Column("carried_over_hazards", "上年结转", "whole"),
        Column("mean_loop_days", "平均闭环（天）", "number", 1),
    ]
    table = Table("hazard_kinds", mart, key, columns, rows, f"{last} 各类隐患")
    return Section("hazards", "隐患排查", "", cards, [trend], [table])


def _duties(duties: list[Row]) -> Section | None:
    if not duties:
        return None
    words = labels.choice_labels("safety_duties", "duty")
    rows = sorted(duties, key=lambda r: list(words).index(r["duty"]))
    columns = [
        Column("duty", "制度", words=words),
        Column("schools", "已报学校", "whole"),
        Column("schools_complete", "全部做到的学校", "whole"),
        Column("due", "应做次数", "whole"),
        Column("done", "已做次数", "whole"),
        Column("done_share", "完成率", "percent"),
    ]
    key = ("reporting_month", "district_code", "duty")
    table = Table(
        "duties", "fct_safety_duties", key, columns, rows, f"{duties[0]['reporting_month']} 安全制度落实"
    )
    return Section("duties", "制度落实", tables=[table])


def _hazard_ledger(hazards: list[Row]) -> Section | None:
    if not hazards:
        return None
    rows = sorted(
        with_page(hazards),
        key=lambda r: (r["state"] == "closed", -r["found_on"].toordinal(), r["school_name"]),
    )
    columns = [
        Column("school_name", "学校", link="page"),
        Column("hazard_number", "编号"),
        Column("hazard_kind", "类别", words=labels.choice_labels("hazards", "hazard_kind")),
        Column("hazard_zh", "隐患"),
        Column("place_zh", "地点"),
        Column("hazard_grade", "等级", words=labels.choice_labels("hazards", "hazard_grade")),
        Column("found_on", "发现", "day"),
        Column("deadline", "时限", "day"),
        Column("measure_zh", "措施"),
        Column("state", "状态", words=labels.STATE_ZH),
        Column("light", "灯号", words=labels.LIGHT_ZH),
        Column("struck_off_on", "销号", "day"),
        Column("days_open", "天数", "whole"),
    ]
    table = listing("hazard_ledger", "fct_hazards", ("school_code", "hazard_number"), columns, rows, "安全隐患台账",
                    filters=("hazard_kind", "hazard_grade", "state", "light"))  # fmt: skip
    return Section("ledger", "安全隐患台账", "未销号的排在前面。", tables=[table])


# --- satisfaction and quality ---


def satisfaction_page(marts: Marts, district_code: str) -> Page | None:
    """What people answered in the surveys, and the results of quality monitoring."""
    return sections_page(
        "satisfaction.html",
        "满意度与质量监测",
        [
            _surveys(marts.rows("fct_satisfaction", district_code)),
            _monitoring(marts.rows("fct_monitoring_results", district_code)),
        ],
    )


def _surveys(rows: list[Row]) -> Section | None:
    if not rows:
        return None
    questions = labels.choice_labels("satisfaction", "question")
    rows = sorted(rows, key=lambda r: (r["surveyed_on"], list(questions).index(r["question"])))
    trend = lines_drawing(
        "satisfaction", "满意度逐次变化", _rounds(rows, questions), "survey_round", questions, value_title="%",
        period_title="调查", scale=100, decimals=1, suffix="%",
    )  # fmt: skip
    columns = [
        Column("survey_round", "调查"),
        Column("surveyed_on", "日期", "day"),
        Column("question", "项目", words=questions),
        Column("respondents", "受访人数", "whole"),
        Column("satisfied", "满意人数", "whole"),
        Column("satisfied_share", "满意度", "percent"),
        Column("satisfied_share_low", "下限", "percent"),
        Column("satisfied_share_high", "上限", "percent"),
    ]
    key = ("district_code", "survey_round", "question")
    table = Table("surveys", "fct_satisfaction", key, columns, rows[::-1], "历次调查",
                  notes_zh=("上下限是 95% 置信区间（威尔逊法）。两次之差小于区间宽度时，不能说有变化。",), page_rows=20)  # fmt: skip
    return Section("surveys", "满意度调查", "", drawings=[trend], tables=[table])


def _rounds(rows: list[Row], questions: dict[str, str]) -> list[Row]:
    """One row a survey, in the order of their days."""
    found = by_series(rows, "survey_round", "question", "satisfied_share", questions)
    order = list(dict.fromkeys(r["survey_round"] for r in rows))
    return sorted(found, key=lambda r: order.index(r["survey_round"]))


def _monitoring(rows: list[Row]) -> Section | None:
    if not rows:
        return None
    subjects = labels.choice_labels("monitoring_results", "subject")
    rows = sorted(
        rows, key=lambda r: (-r["monitoring_year"], by_stage(r), list(subjects).index(r["subject"]))
    )
    drawings = [_differences([r for r in rows if r["stage"] == s], s, subjects) for s in STAGES]
    columns = [
        Column("monitoring_year", "年份", "year"),
        Column("stage", "学段", words=stage_words()),
        Column("subject", "学科", words=subjects),
        Column("students", "参测学生", "whole"),
        Column("level_three_share", "三级以上比例", "percent"),
        Column("city_level_three_share", "全市", "percent"),
        Column("level_three_share_above_city", "高于全市", "percent"),
        Column("between_school_difference", "校际差异率", "number", 3, verdict="between_school_status"),
        Column("between_school_difference_limit", "限值", "number", 2),
        Column("between_school_status", "判断", "verdict"),
    ]
    key = ("district_code", "monitoring_year", "stage", "subject")
    table = listing("monitoring", "fct_monitoring_results", key, columns, rows, "义务教育质量监测",
                    filters=("monitoring_year", "stage", "subject"))  # fmt: skip
    return Section("monitoring", "质量监测", "", drawings=drawings, tables=[table])


def _differences(rows: list[Row], stage: str, subjects: dict[str, str]) -> Drawing | None:
    """Difference between schools of each subject in its latest year."""
    import pandas as pd

    from dagster_project.publish import charts

    latest: dict[str, Row] = {}
    for row in rows:  # newest first
        latest.setdefault(row["subject"], row)
    if not latest:
        return None
    limits = {r["between_school_difference_limit"] for r in latest.values()}
    frame = pd.DataFrame(
        {
            "label": [f"{subjects[s]}（{r['monitoring_year']}）" for s, r in latest.items()],
            "value": [r["between_school_difference"] for r in latest.values()],
        }
    )
    chart = charts.bars_against_limit(
        frame, "label", "value", limits.pop() if len(limits) == 1 else None, limit_label="限值", decimals=3,
        value_title="校际差异率（越小越均衡）", width=560,
    )  # fmt: skip
    number = Column("", "", "number", 3)
    cells = [(a, shown_text(b, number)) for a, b in zip(frame["label"], frame["value"], strict=True)]
    title = f"{labels.stage_zh(stage)}各学科最近一次的校际差异率"
    return drawing(f"difference-{stage}", title, chart, ("学科", "校际差异率"), cells)


# --- finance and government duties ---


def finance_page(marts: Marts, district_code: str) -> Page | None:
    """Education outlay against the city's growth, and what the evaluation asks of the government."""
    return sections_page(
        "finance.html",
        "经费与政府保障",
        [
            _outlay(marts.rows("fct_education_finance", district_code)),
            _government(marts.rows("fct_government_items", district_code)),
        ],
    )


def _outlay(rows: list[Row]) -> Section | None:
    if not rows:
        return None
    rows = sorted(rows, key=lambda r: r["fiscal_year"])
    mart, key, latest = "fct_education_finance", ("district_code", "fiscal_year"), rows[-1]
    cards = [
        Card(f"{latest['fiscal_year']} 年一般公共预算教育支出增长",
             shown(mart, key, latest, "education_outlay_growth", "percent"),
             (sentence("全市增长 ", shown(mart, key, latest, "city_education_outlay_growth", "percent"), "；判断 ",
                       shown(mart, key, latest, "outlay_status", "verdict")),)),
        Card(f"{latest['fiscal_year']} 年生均教育支出", shown(mart, key, latest, "outlay_per_student_yuan", "yuan", suffix=" 元"),
             (sentence("增长 ", shown(mart, key, latest, "outlay_per_student_growth", "percent"), "；判断 ",
                       shown(mart, key, latest, "outlay_per_student_status", "verdict")),)),
    ]  # fmt: skip
    words = {"education_outlay_growth": "本区县", "city_education_outlay_growth": "全市"}
    trend = lines_drawing("growth", "教育支出增长率", [r for r in rows if r["education_outlay_growth"] is not None],
                          "fiscal_year", words, value_title="%", period_title="年度", scale=100, decimals=1, suffix="%")  # fmt: skip
    columns = [
        Column("fiscal_year", "年度", "year"),
        Column("general_public_budget_yuan", "一般公共预算支出（元）", "yuan"),
        Column("education_outlay_yuan", "教育支出（元）", "yuan"),
        Column("education_outlay_share", "占比", "percent"),
        Column("education_outlay_growth", "增长", "percent", verdict="outlay_status"),
        Column("city_education_outlay_growth", "全市增长", "percent"),
        Column("enrolled_students", "在校生", "whole"),
        Column("outlay_per_student_yuan", "生均（元）", "yuan"),
        Column("outlay_per_student_growth", "生均增长", "percent", verdict="outlay_per_student_status"),
    ]
    table = Table("outlay", mart, key, columns, rows[::-1], "逐年教育支出")
    return Section("outlay", "教育支出", "要求教育支出和生均支出只增不减。", cards, [trend], [table])


def _government(rows: list[Row]) -> Section | None:
    if not rows:
        return None
    year = max(r["school_year"] for r in rows)
    domains = list(labels.DOMAIN_ZH)
    rows = sorted(
        (r for r in rows if r["school_year"] == year),
        key=lambda r: (domains.index(r["domain"]), r["sort_order"]),
    )
    scaled = ("scale", "decimals", "unit_zh")
    columns = [
        Column("domain", "方面", words=labels.DOMAIN_ZH),
        Column("number_zh", "编号"),
        Column("item_zh", "项目"),
        Column("value", "数值", scaled_by=scaled, verdict="status"),
        Column("threshold", "要求", scaled_by=scaled),
        Column("status", "判断", "verdict"),
        Column("proof_kind", "依据", words={"figure": "数据", "documents": "文件"}),
        Column("evidence_zh", "佐证材料"),
        Column("reports_due", "应报", "whole"),
        Column("reports_available", "已报", "whole"),
    ]
    key = ("school_year", "district_code", "item_code")
    table = listing(
        "government",
        "fct_government_items",
        key,
        columns,
        rows,
        f"{year} 学年各项要求",
        filters=("domain", "status"),
    )
    return Section("government", "政府保障与教育质量", tables=[table])


# --- rectification ---


def rectification_page(marts: Marts, district_code: str) -> Page | None:
    """The plan: items, measures, milestones and departments, as the data agree on the release's day."""
    items = marts.latest("fct_rectification_ledger", district_code, "reporting_month")
    if not items:
        return None
    month = items[0]["reporting_month"]
    summary = marts.rows("fct_rectification_summary", district_code)
    return sections_page(
        "rectification.html",
        "整改台账",
        [
            _items(sorted(items, key=lambda r: r["sort_order"]), summary, month),
            _measures(marts, district_code, items, month),
            _milestones(marts, district_code),
            _departments(marts, district_code, month),
            _works(marts, district_code, month),
        ],
        lead_zh="销号由数据核定：有指标的措施，数据达到要求才算完成；申报与数据不一致时以数据为准。",
    )


def _items(items: list[Row], summary: list[Row], month: str) -> Section:
    mart = "fct_rectification_summary"
    now = next((r for r in summary if r["reporting_month"] == month), None)
    cards = []
    if now is not None:
        cards = [
            Card(f"{month} 已销号事项", shown(mart, _MONTH_KEY, now, "items_closed", "whole"),
                 (sentence("共 ", shown(mart, _MONTH_KEY, now, "items", "whole"), " 项；待复核 ",
                           shown(mart, _MONTH_KEY, now, "items_to_review", "whole"), "，整改中 ",
                           shown(mart, _MONTH_KEY, now, "items_in_progress", "whole"), "，待整改 ",
                           shown(mart, _MONTH_KEY, now, "items_to_start", "whole")),)),
            Card("逾期事项", shown(mart, _MONTH_KEY, now, "items_overdue", "whole"),
                 (sentence("临期 ", shown(mart, _MONTH_KEY, now, "items_due_soon", "whole"), " 项"),)),
            Card("已销号措施", shown(mart, _MONTH_KEY, now, "measures_closed", "whole"),
                 (sentence("共 ", shown(mart, _MONTH_KEY, now, "measures", "whole"), " 条；逾期 ",
                           shown(mart, _MONTH_KEY, now, "measures_overdue", "whole"), "，数据不支持销号 ",
                           shown(mart, _MONTH_KEY, now, "measures_refused", "whole"), "，反弹 ",
                           shown(mart, _MONTH_KEY, now, "measures_reopened", "whole")),)),
        ]  # fmt: skip
    months = sorted(summary, key=lambda r: r["reporting_month"])[-12:]
    trend = lines_drawing("measures", "措施逐月进展", months, "reporting_month",
                          {"measures_closed": "已销号", "measures_in_progress": "整改中", "measures_overdue": "逾期"},
                          value_title="条", period_title="月份")  # fmt: skip
    columns = [
        Column("item_number", "序号"),
        Column("item_title_zh", "整改事项"),
        Column("finding_zh", "问题"),
        Column("lead_department", "牵头单位"),
        Column("state", "状态", words=labels.STATE_ZH),
        Column("light", "灯号", words=labels.LIGHT_ZH),
        Column("measures_closed", "已销号措施", "whole"),
        Column("measures", "措施", "whole"),
        Column("measures_overdue", "逾期", "whole"),
        Column("measures_reopened", "反弹", "whole"),
        Column("next_deadline", "最近时限", "day"),
    ]
    key = ("reporting_month", "district_code", "item_number")
    table = Table("item", "fct_rectification_ledger", key, columns, items, "整改事项", filters=("state", "light"),
                  anchor="item_number")  # fmt: skip
    return Section("items", "整改事项", "", cards, [trend], [table])


def _measures(marts: Marts, district_code: str, items: list[Row], month: str) -> Section:
    order = {r["item_number"]: r["sort_order"] for r in items}
    titles = {r["item_number"]: f"{r['item_number']} {r['item_title_zh']}" for r in items}
    rows = marts.rows("fct_rectification_measures", district_code, reporting_month=month)
    rows = sorted(rows, key=lambda r: (order.get(r["item_number"], 0), r["measure_number"]))
    scaled = ("figure_scale", "figure_decimals", "figure_unit_zh")
    columns = [
        Column("item_number", "事项", words=titles),
        Column("measure_number", "序号", "year"),
        Column("measure_zh", "措施"),
        Column("lead_department", "牵头单位"),
        Column("deadline", "时限", "day"),
        Column("reported_state", "申报", words=labels.STATE_ZH),
        Column("state", "核定", words=labels.STATE_ZH),
        Column("light", "灯号", words=labels.LIGHT_ZH),
        Column("figure_zh", "佐证指标"),
        Column("baseline_value", "起点", scaled_by=scaled),
        Column("figure_value", "现值", scaled_by=scaled, verdict="figure_status"),
        Column("needed_value", "要求", scaled_by=scaled),
        Column("refusal_zh", "不予销号的原因"),
        Column("closed_on", "销号日期", "day"),
    ]
    key = ("reporting_month", "district_code", "item_number", "measure_number")
    table = listing("measures", "fct_rectification_measures", key, columns, rows, "整改措施",
                    filters=("item_number", "lead_department", "state", "light"))  # fmt: skip
    return Section("measures", "整改措施", tables=[table])


def _milestones(marts: Marts, district_code: str) -> Section | None:
    rows = marts.rows("fct_milestones", district_code)
    if not rows:
        return None
    order = {"overdue": 0, "not_due": 1, "late": 2, "on_time": 3}
    rows = sorted(rows, key=lambda r: (order.get(r["status"], 9), r["planned_on"], r["milestone_number"]))
    columns = [
        Column("milestone_number", "编号"),
        Column("item_number", "事项"),
        Column("milestone_zh", "节点"),
        Column("milestone_kind", "类别", words=labels.choice_labels("milestones", "milestone_kind")),
        Column("department", "单位"),
        Column("planned_on", "计划", "day"),
        Column("achieved_on", "完成", "day"),
        Column("status", "情况", words=labels.MILESTONE_ZH),
        Column("days_after_plan", "比计划晚（天）", "whole"),
        Column("light", "灯号", words=labels.LIGHT_ZH),
    ]
    key = ("district_code", "milestone_number")
    table = listing(
        "milestones", "fct_milestones", key, columns, rows, "节点任务", filters=("status", "department")
    )
    return Section("milestones", "节点任务", "逾期的排在前面；“比计划晚”为负数表示提前。", tables=[table])


def _departments(marts: Marts, district_code: str, month: str) -> Section | None:
    rows = marts.rows("fct_department_progress", district_code, reporting_month=month)
    if not rows:
        return None
    rows = sorted(rows, key=lambda r: (-r["measures_overdue"], -r["milestones_overdue"], r["department"]))
    columns = [
        Column("department", "单位"),
        Column("measures", "措施", "whole"),
        Column("measures_done", "已完成", "whole"),
        Column("measures_overdue", "逾期", "whole"),
        Column("measures_due_soon", "临期", "whole"),
        Column("returns_due", "应报进展", "whole"),
        Column("returns_received", "已报进展", "whole"),
        Column("milestones_due", "到期节点", "whole"),
        Column("milestones_on_time", "按时完成", "whole"),
        Column("milestones_overdue", "逾期节点", "whole"),
    ]
    key = ("reporting_month", "district_code", "department")
    table = Table("departments", "fct_department_progress", key, columns, rows, f"{month} 各单位进展")
    return Section("departments", "各单位进展", tables=[table])


def _works(marts: Marts, district_code: str, month: str) -> Section | None:
    rows = marts.rows("fct_work_figures", district_code)
    latest: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda r: r["reporting_month"]):
        if row["reporting_month"] <= month:
            latest[row["item_number"], row["work_code"]] = row
    if not latest:
        return None
    columns = [
        Column("item_number", "事项"),
        Column("work_zh", "工作"),
        Column("unit_zh", "单位"),
        Column("reporting_month", "最近月份"),
        Column("done", "当月完成", "number", 0),
        Column("planned_in_year", "全年计划", "number", 0),
        Column("done_in_year", "全年累计", "number", 0),
    ]
    key = ("district_code", "reporting_month", "item_number", "work_code")
    kept = sorted(
        latest.values(),
        key=lambda r: (int(r["item_number"]) if r["item_number"].isdigit() else 0, r["work_code"]),
    )
    table = listing("works", "fct_work_figures", key, columns, kept, "工作量进展")
    return Section("works", "工作量进展", tables=[table])
