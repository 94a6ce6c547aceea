"""The weekly and the monthly report: official documents whose every figure is a cell of the committee's marts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dagster_project.core.errors import UserError
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.publish import charts, labels
from dagster_project.publish.excel.sheets import file_name
from dagster_project.publish.phrases import JUDGED_STAGES, load_phrases
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part, Parts
from dagster_project.publish.word.tables import write_tables

if TYPE_CHECKING:
    import duckdb

Kind = Literal["weekly", "monthly"]
REPORT_ZH: dict[str, str] = {"weekly": "整改周报", "monthly": "整改月报"}
_STAGE_ORDER = "case stage when 'primary' then 1 when 'junior_secondary' then 2 else 3 end"
Row = dict[str, Any]


class NoPlan(UserError):
    """There are no rectification tasks to report on."""


@dataclass(frozen=True)
class Issue:
    """What a report is about: a district, a day, and the month whose ledger it reads."""

    district_code: str
    district_name: str
    as_of: dt.date
    month: str
    school_year: int
    release_id: str
    is_synthetic: bool


def write_reports(
    marts: Path,
    out_dir: Path,
    *,
    release_id: str,
    as_of: dt.date,
    created: dt.datetime,
    kinds: Sequence[Kind] = ("weekly", "monthly"),
    is_synthetic: bool = False,
) -> list[Path]:
    """Write the reports of every district that has a plan; none where there is no plan.

    Args:
        marts: the committee's database.
        out_dir: folder, created when there is something to write.
        release_id: release the figures come from; part of the file names.
        as_of: day the reports speak for.
        created: time of making, put into the documents.
        kinds: which reports.
        is_synthetic: say on the title page that the figures are invented.

    Returns:
        The Word files; beside each lies `.numbers.json` with the origin of every figure.

    Raises:
        UserError: a file of that name is there already.
    """
    from dagster_project.core.duck import open_marts

    paths = []
    with open_marts(marts) as con:
        for issue in _issues(con, release_id, as_of, is_synthetic):
            for kind in kinds:
                out_dir.mkdir(parents=True, exist_ok=True)
                name = file_name(
                    issue.district_name, REPORT_ZH[kind], as_of.isoformat(), release_id, suffix=".docx"
                )
                if (out_dir / name).exists():
                    raise UserError(f"{out_dir / name} 已经存在；成果文件不覆盖，请换一个文件夹。")
                document = OfficialDocument(created, author="均衡（Junheng）")
                _WRITERS[kind](document, _Source(con, issue))
                document.save(out_dir / name)
                paths.append(out_dir / name)
    return paths


def _issues(
    con: duckdb.DuckDBPyConnection, release_id: str, as_of: dt.date, is_synthetic: bool
) -> list[Issue]:
    found = con.execute(
        "select district_code, max(reporting_month) from marts.fct_rectification_summary"
        " where as_of <= ? group by 1 order by 1",
        [as_of],
    ).fetchall()
    issues = []
    for district_code, month in found:
        named = con.execute(
            "select max(school_year) from marts.dim_schools where district_code = ?", [district_code]
        ).fetchone()
        issues.append(
            Issue(
                district_code,
                str(district_code),
                as_of,
                month,
                int(named[0]) if named else 0,
                release_id,
                is_synthetic,
            )
        )
    return issues


class _Source:
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


def _cell(
    table: str,
    row: Row,
    keys: Sequence[str],
    column: str,
    decimals: int = 0,
    scale: float = 1,
    suffix: str = "",
) -> Number:
    """A figure of a row, with the key of its cell."""
    key = {name: row[name].isoformat() if isinstance(row[name], dt.date) else row[name] for name in keys}
    return Number(table, key, column, row[column], decimals, scale, suffix, thousands=True)


def _day(value: dt.date | None) -> Part:
    return Label(f"{value.year}年{value.month}月{value.day}日") if value else labels.UNCLEAR_ZH


def _short_day(value: dt.date | None) -> Part:
    return Label(value.isoformat()) if value else labels.UNCLEAR_ZH


def _text(value: object) -> Part:
    return Label(str(value)) if value not in (None, "") else labels.UNCLEAR_ZH


def _title(document: OfficialDocument, source: _Source, kind: Kind) -> None:
    issue = source.issue
    document.title("履行教育职责评价意见整改工作", "周报" if kind == "weekly" else "月报")
    document.subtitle(Label(f"（区县代码 {issue.district_code}　截至{issue.as_of:%Y年%m月%d日}）"))
    if issue.is_synthetic:
        document.subtitle(f"（{SYNTHETIC_ZH}）")


_SUMMARY = ("reporting_month", "district_code")
_ITEM = ("reporting_month", "district_code", "item_number")
_MEASURE = (*_ITEM, "measure_number")
_STATE = ("district_code", "item_number", "measure_number", "valid_from")


def _summary(document: OfficialDocument, source: _Source) -> None:
    (row,) = source.of_month("fct_rectification_summary")

    def n(column: str, suffix: str) -> Number:
        return _cell("fct_rectification_summary", row, _SUMMARY, column, suffix=suffix)

    document.paragraph(
        "整改方案共", n("items", "项"), "、", n("measures", "条措施"), "。截至", _day(row["as_of"]),
        "，按数据核定：事项已销号", n("items_closed", "项"), "、待复核", n("items_to_review", "项"), "、整改中",
        n("items_in_progress", "项"), "、待整改", n("items_to_start", "项"), "；措施已销号", n("measures_closed", "条"),
        "、免于整改", n("measures_exempt", "条"), "，逾期", n("measures_overdue", "条"), "，三十日内到期",
        n("measures_due_soon", "条"), "。",
    )  # fmt: skip
    document.paragraph(
        "申报已完成而数据不支持的", n("measures_refused", "条"), "，曾销号后又退回的", n("measures_reopened", "条"),
        "。本月应报进展", n("returns_due", "份"), "，已报", n("returns_received", "份"), "。",
    )  # fmt: skip


def _figure_parts(row: Row) -> list[Part]:
    """The figure that proves a measure, and what it needs to be."""
    if row["figure_code"] is None:
        return ["凭资料销号"]
    unit = row["figure_unit_zh"] or ""

    def n(column: str) -> Number:
        return _cell(
            "fct_rectification_measures",
            row,
            _MEASURE,
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


def _measures_table(
    document: OfficialDocument, rows: Sequence[Row], caption: Parts, *, with_item: bool
) -> None:
    head: list[Parts] = ["措施", "牵头单位", "时限", "佐证指标", "状态"]
    widths = [46.0, 26.0, 22.0, 40.0, 22.0]
    body: list[list[Parts]] = []
    for row in rows:
        name = f"{row['item_number']}.{row['measure_number']} {row['measure_zh']}"
        state: list[Part] = [labels.STATE_ZH[row["state"]]]
        if row["figure_status"] == "met" and row["proof_kind"] == "figure" and row["state"] == "in_progress":
            state.append("（数据已达到，待申报）")
        if row["light"] in ("red", "yellow"):
            state.append(f"，{labels.LIGHT_ZH[row['light']]}")
        body.append(
            [
                Label(name),
                _text(row["lead_department"]),
                _short_day(row["deadline"]),
                _figure_parts(row),
                state,
            ]
        )
    document.table(head, body, widths, "lllll", caption=caption if with_item else "")


def _monthly(document: OfficialDocument, source: _Source) -> None:
    _title(document, source, "monthly")
    document.heading(1, "总体情况")
    _summary(document, source)
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


def _items_table(document: OfficialDocument, source: _Source) -> None:
    table = "fct_rectification_ledger"
    body: list[list[Parts]] = []
    for row in source.of_month(table, "sort_order"):
        body.append(
            [
                Label(f"{row['item_number']}　{row['item_title_zh']}"), _text(row["lead_department"]),
                labels.STATE_ZH[row["state"]], labels.LIGHT_ZH[row["light"]], _short_day(row["next_deadline"])
                if row["state"] not in ("closed", "exempt") else "—",
                [_cell(table, row, _ITEM, "measures_closed"), "/", _cell(table, row, _ITEM, "measures")],
            ]
        )  # fmt: skip
    document.table(
        ["事项", "牵头单位", "状态", "亮灯", "最近时限", "已销号/措施"], body, [52, 27, 17, 21, 22, 17], "llcccc",
        caption="整改事项一览",
    )  # fmt: skip


def _items(document: OfficialDocument, source: _Source) -> None:
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
        document.heading(2, Label(f"第{number}项　{item['item_title_zh']}"))
        own = measures[number]
        said: list[Part] = [
            "核定状态：", labels.STATE_ZH[item["state"]], "，措施", _cell("fct_rectification_ledger", item, _ITEM, "measures", suffix="条"),
            "，已销号", _cell("fct_rectification_ledger", item, _ITEM, "measures_closed", suffix="条"), "。",
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
                    _text(row["exemption_reason_zh"]),
                    "。",
                )
        _measures_table(document, own, "", with_item=False)
        parts: list[Part] = []
        for row in works.get(number, []):
            keys = ("reporting_month", "district_code", "work_code")
            cells: list[Part] = [
                Label(row["work_zh"]), _cell("fct_work_figures", row, keys, "done_in_year", suffix=row["unit_zh"]),
            ]  # fmt: skip
            if row["planned_in_year"] is not None:
                cells += [
                    "（计划",
                    _cell("fct_work_figures", row, keys, "planned_in_year", suffix=row["unit_zh"]),
                    "）",
                ]
            parts += [*(["；"] if parts else []), *cells]
        if parts:
            document.paragraph("本年累计：", *parts, "。")
        late = [r for r in milestones.get(number, []) if r["status"] == "overdue"]
        for row in late:
            document.paragraph(
                "逾期节点：", Label(row["milestone_zh"]), "（", Label(row["department"]), "），计划", _day(row["planned_on"]),
                "完成，已超", _cell("fct_milestones", row, ("district_code", "milestone_number"), "days_after_plan", suffix="天"),
                "。",
            )  # fmt: skip


def _compliance(document: OfficialDocument, source: _Source) -> None:
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
                _cell(table, row, keys, "coefficient_of_variation", 3),
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
            {"label": [n for n, _ in rows], "value": [r["coefficient_of_variation"] for _, r in rows]}
        )
        # one line can only be drawn where all indicators share a limit
        limits = {r["cv_limit"] for _, r in rows}
        limit = limits.pop() if len(limits) == 1 else None
        caption: list[Part] = [Label(f"{year}学年"), labels.stage_zh(stage), "各指标校际差异系数与限值"]
        _chart(
            document,
            lambda frame=frame, limit=limit: charts.bars_against_limit(  # type: ignore[misc]
                frame, "label", "value", limit, value_title="差异系数", limit_label="限值", decimals=3
            ),
            caption,
        )


def _chart(document: OfficialDocument, make: Callable[[], Any], caption: Sequence[Part]) -> None:
    """A chart, or the reason why there is none."""
    from altair.utils import schemapi

    # the charts' functions are tested against the schema; here it would only cost time
    with schemapi.debug_mode(False):
        png = charts.to_png(make())
    if png is None:
        document.note("（本机没有找到中文字体，图“", *caption, "”从略；安装任一中文字体后重新生成即可。）")
    else:
        document.chart(png, 150, caption)


def _safety(document: OfficialDocument, source: _Source) -> None:
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
                [Label(r["survey_round"]), Label(questions[r["question"]]), _cell(table, r, keys, "respondents"),
                 *(_cell(table, r, keys, c, 2, 100, "%") for c in ("satisfied_share", "satisfied_share_low", "satisfied_share_high"))]
                for r in rows
            ],
            [30, 44, 20, 20, 21, 21], "llcccc", caption="满意度调查（百分之九十五置信区间）",
        )  # fmt: skip


def _finance(document: OfficialDocument, source: _Source) -> None:
    keys: tuple[str, ...]
    table, keys = "fct_education_finance", ("fiscal_year", "district_code")
    rows = source.rows(table, order="fiscal_year")
    if not rows:
        document.paragraph("还没有收到教育经费数据。")
        return
    document.table(
        ["年度", "教育支出（万元）", "增长率", "全市增长率", "生均支出（元）", "生均增长率", "支出不减", "生均不减"],
        [
            [Label(str(r["fiscal_year"])), _cell(table, r, keys, "education_outlay_yuan", 0, 0.0001),
             *(_cell(table, r, keys, c, 2, 100, "%") for c in ("education_outlay_growth", "city_education_outlay_growth")),
             _cell(table, r, keys, "outlay_per_student_yuan", 0), _cell(table, r, keys, "outlay_per_student_growth", 2, 100, "%"),
             labels.STATUS_ZH[r["outlay_status"]], labels.STATUS_ZH[r["outlay_per_student_status"]]]
            for r in rows
        ],
        [14, 28, 18, 20, 24, 20, 16, 16], "cccccccc", caption="一般公共预算教育支出",
    )  # fmt: skip


def _government(document: OfficialDocument, source: _Source) -> None:
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
                 _cell(table, r, keys, "value", r["decimals"], r["scale"], r["unit_zh"] or ""),
                 _cell(table, r, keys, "threshold", r["decimals"], r["scale"], r["unit_zh"] or ""),
                 labels.STATUS_ZH[r["status"]], "数据" if r["proof_kind"] == "figure" else _text(r["evidence_zh"])]
                for r in rows
            ],
            [11, 48, 20, 20, 16, 41], "clcccl", caption=[Label(f"{source.issue.school_year}学年"), name],
        )  # fmt: skip
    source.tables(document, "monthly", "monitoring")


def _weekly(document: OfficialDocument, source: _Source) -> None:
    issue = source.issue
    first = issue.as_of - dt.timedelta(days=6)
    _title(document, source, "weekly")
    document.subtitle(Label(f"（{first:%Y年%m月%d日}至{issue.as_of:%Y年%m月%d日}）"))
    document.heading(1, "总体情况")
    _summary(document, source)
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
                [_short_day(r["valid_from"]),
                 Label(f"{r['item_number']}.{r['measure_number']} {names[r['item_number'], r['measure_number']]['measure_zh']}"
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
                 _cell("fct_class_ledger", r, keys, "latest_students"), _cell("fct_class_ledger", r, keys, "standard_size"),
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
        _measures_table(document, late, "逾期措施", with_item=True)
    else:
        document.paragraph("没有逾期的措施。")
    source.tables(document, "weekly", "overdue")
    document.heading(1, "三十日内到期")
    due = source.of_month(
        "fct_rectification_measures", "deadline, item_number, measure_number", "light = 'yellow'"
    )
    if due:
        _measures_table(document, due, "临期措施", with_item=True)
    else:
        document.paragraph("三十日内没有到期的措施。")
    document.heading(1, "未报进展的单位")
    owing = source.of_month("fct_department_progress", "department", "returns_due > returns_received")
    keys = ("reporting_month", "district_code", "department")
    for row in owing:
        document.paragraph(
            Label(row["department"]), "：本月应报", _cell("fct_department_progress", row, keys, "returns_due", suffix="份"),
            "，已报", _cell("fct_department_progress", row, keys, "returns_received", suffix="份"), "。",
        )  # fmt: skip
    if not owing:
        document.paragraph("各单位都已报来本月进展。")


_WRITERS: Mapping[str, Callable[[OfficialDocument, _Source], None]] = {"weekly": _weekly, "monthly": _monthly}
