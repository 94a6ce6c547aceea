"""The plan's ledgers as a workbook: problems, duties, rectification, crowded classes, hazards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.errors import UserError
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.publish import labels
from dagster_project.publish.excel.sheets import Book, file_name

if TYPE_CHECKING:
    import duckdb

_REPORT_ZH = "整改台账"
_LATE = {"bg_color": "#F8D7DA", "align": "center", "bold": True}
_SOON = {"bg_color": "#FFF3CD", "align": "center"}
_PLAIN = {"align": "center"}
Row = dict[str, Any]


def write_ledger_workbooks(
    marts: Path, out_dir: Path, release_id: str, *, is_synthetic: bool = False
) -> list[Path]:
    """One workbook a district that has a plan, with the ledgers as they stand on the release's day.

    Args:
        marts: the committee's database.
        out_dir: folder of the release's workbooks.
        release_id: goes into the file name.
        is_synthetic: say on every page that the figures are invented.

    Raises:
        UserError: a file of that name is there already; produced files are never overwritten.
    """
    from dagster_project.core.duck import open_marts

    paths = []
    with open_marts(marts) as con:
        months = con.execute(
            "select district_code, max(reporting_month) from marts.fct_rectification_summary group by 1 order by 1"
        ).fetchall()
        for district_code, month in months:
            out_dir.mkdir(parents=True, exist_ok=True)
            path = out_dir / file_name(district_code, _REPORT_ZH, month, release_id, suffix=".xlsx")
            if path.exists():
                raise UserError(f"{path} 已经存在；成果文件不覆盖，请换一个文件夹。")
            book = Book(path, _REPORT_ZH, SYNTHETIC_ZH if is_synthetic else "")
            try:
                _write(book, con, str(district_code), str(month))
            finally:
                book.close()
            paths.append(path)
    return paths


def _rows(con: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> list[Row]:
    cursor = con.execute(sql, list(values))
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _write(book: Book, con: duckdb.DuckDBPyConnection, district: str, month: str) -> None:
    items = _rows(
        con,
        "select * from marts.fct_rectification_ledger where district_code = ? and reporting_month = ? order by sort_order",
        district, month,
    )  # fmt: skip
    measures = _rows(
        con,
        "select m.*, l.item_title_zh, l.area_zh from marts.fct_rectification_measures as m"
        " inner join marts.fct_rectification_ledger as l using (district_code, reporting_month, item_number)"
        " where m.district_code = ? and m.reporting_month = ? order by l.sort_order, m.measure_number",
        district, month,
    )  # fmt: skip
    as_of, begun_on = items[0]["as_of"], min(r["begun_on"] for r in measures)
    # what was settled before the plan began is history, and each January the hazards' ledger starts anew
    classes = _rows(
        con,
        "select * from marts.fct_class_ledger where district_code = ? and (closed_on is null or closed_on >= ?)"
        " order by state = 'closed', school_code, stage, entry_school_year desc, class_name",
        district, begun_on,
    )  # fmt: skip
    hazards = _rows(
        con,
        "select * from marts.fct_hazards where district_code = ? and (struck_off_on is null or struck_off_on >= ?)"
        " order by state = 'closed', found_on desc, school_code, hazard_number",
        district, dt.date(as_of.year, 1, 1),
    )  # fmt: skip
    _problem_list(book, items, as_of)
    _duty_list(book, measures, as_of)
    _rectification(book, measures, as_of)
    _classes(book, classes, as_of)
    _hazards(book, hazards, as_of)


def _day(value: dt.date | None) -> Any:
    return (value.isoformat() if value else "—", _PLAIN)


def _or_unclear(value: Any) -> Any:
    return value if value not in (None, "") else (labels.UNCLEAR_ZH, _SOON)


def _light(row: Mapping[str, Any]) -> Any:
    return (labels.LIGHT_ZH[row["light"]], {"red": _LATE, "yellow": _SOON}.get(row["light"], _PLAIN))


def _figure(row: Mapping[str, Any], column: str) -> Any:
    value = row[column]
    if value is None:
        return ("—", _PLAIN)
    decimals = int(row["figure_decimals"] or 0)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    unit = row["figure_unit_zh"] or ""
    return (float(value) * float(row["figure_scale"]), {"num_format": f'{pattern}"{unit}"'})


def _problem_list(book: Book, items: list[Row], as_of: dt.date) -> None:
    sheet = book.sheet(
        "问题清单", "问题清单", ["编号", "领域", "问题", "整改事项", "状态", "亮灯"], [7, 22, 48, 34, 10, 11],
        subtitle=f"截至 {as_of}；状态由数据核定", freeze_columns=1,
    )  # fmt: skip
    for r in items:
        sheet.add([(r["item_number"], _PLAIN), r["area_zh"], _or_unclear(r["finding_zh"]), r["item_title_zh"],
                   (labels.STATE_ZH[r["state"]], _PLAIN), _light(r)])  # fmt: skip


def _duty_list(book: Book, measures: list[Row], as_of: dt.date) -> None:
    sheet = book.sheet(
        "责任清单", "责任清单", ["编号", "整改措施", "牵头单位", "配合单位", "分管负责人", "承办部门", "具体责任人", "时限"],
        [7, 40, 20, 28, 20, 14, 18, 12], subtitle=f"截至 {as_of}；没有明确的写“待明确”", freeze_columns=1,
    )  # fmt: skip
    for r in measures:
        sheet.add([(f"{r['item_number']}.{r['measure_number']}", _PLAIN), r["measure_zh"],
                   *(_or_unclear(r[c]) for c in ("lead_department",)), r["cooperating_departments"] or "—",
                   *(_or_unclear(r[c]) for c in ("responsible_leader", "handling_department", "responsible_person")),
                   _or_unclear(r["deadline"].isoformat() if r["deadline"] else None)])  # fmt: skip


def _rectification(book: Book, measures: list[Row], as_of: dt.date) -> None:
    heads = ["编号", "整改措施", "牵头单位", "时限", "申报状态", "核定状态", "亮灯", "停留天数", "佐证指标", "现值", "要求", "进展",
             "佐证材料", "校验码", "销号人", "销号日期", "说明"]  # fmt: skip
    widths = [7, 30, 18, 11, 9, 9, 10, 8, 24, 11, 11, 28, 24, 36, 12, 11, 30]
    sheet = book.sheet(
        "整改台账", "整改台账", heads, widths, subtitle=f"截至 {as_of}；申报与数据不一致时以数据为准", freeze_columns=2,
        break_columns=(9,),
    )  # fmt: skip
    for r in measures:
        note = (
            r["refusal_zh"] or r["exemption_reason_zh"] or ("曾销号，后退回" if r["times_reopened"] else "")
        )
        sheet.add([
            (f"{r['item_number']}.{r['measure_number']}", _PLAIN), r["measure_zh"], _or_unclear(r["lead_department"]),
            _or_unclear(r["deadline"].isoformat() if r["deadline"] else None),
            (labels.STATE_ZH.get(r["reported_state"] or "", "未申报"), _PLAIN), (labels.STATE_ZH[r["state"]], _PLAIN), _light(r),
            r["days_waiting"], r["figure_zh"] or "凭资料", _figure(r, "figure_value"), _figure(r, "needed_value"),
            r["progress_zh"] or "—", r["evidence_zh"] or "—", r["evidence_sha256"] or "—", r["closed_by"] or "—",
            _day(r["closed_on"]), note,
        ])  # fmt: skip


def _classes(book: Book, classes: list[Row], as_of: dt.date) -> None:
    heads = ["学校", "学段", "入学学年", "班级", "立账日期", "立账时人数", "最多人数", "标准", "现人数", "超出", "最近统计", "化解措施",
             "时限", "责任人", "状态", "销号日期", "销号原因"]  # fmt: skip
    sheet = book.sheet(
        "大班额台账", "大班额台账", heads, [28, 8, 9, 8, 11, 9, 9, 7, 8, 7, 11, 26, 11, 12, 9, 11, 16],
        subtitle=f"截至 {as_of}；只按班级数据立账和销号，几个班合计的平均数不作销号依据", freeze_columns=1, break_columns=(11,),
    )  # fmt: skip
    for r in classes:
        sheet.add([
            r["school_name"] or r["school_code"], (labels.stage_zh(r["stage"]), _PLAIN), (str(r["entry_school_year"]), _PLAIN),
            (r["class_name"], _PLAIN), _day(r["opened_on"]), r["students_when_opened"], r["peak_students"], r["standard_size"],
            r["latest_students"], r["excess_students"], _day(r["latest_observed_on"]), r["measure_zh"] or "—",
            _day(r["deadline"]), r["responsible_person"] or "—",
            (labels.STATE_ZH[r["state"]] + ("（反弹）" if r["is_reopened"] and r["state"] != "closed" else ""),
             _PLAIN if r["state"] == "closed" else _SOON),
            _day(r["closed_on"]), labels.CLOSING_ZH.get(r["closing_reason"] or "", "—"),
        ])  # fmt: skip
    if not classes:
        sheet.empty("没有超过标准的班级。")


def _hazards(book: Book, hazards: list[Row], as_of: dt.date) -> None:
    heads = ["学校", "编号", "排查日期", "频次", "部位", "类别", "描述", "等级", "当场反馈", "整改措施", "责任人", "期限", "完成", "复查",
             "复查结果", "销号", "状态", "亮灯", "已开天数"]  # fmt: skip
    sheet = book.sheet(
        "隐患台账", "隐患台账", heads, [28, 10, 11, 7, 16, 9, 20, 7, 11, 14, 12, 11, 11, 11, 9, 11, 9, 10, 8],
        subtitle=f"截至 {as_of}", freeze_columns=2, break_columns=(9,),
    )  # fmt: skip
    kinds, grades = (
        labels.choice_labels("hazards", "hazard_kind"),
        labels.choice_labels("hazards", "hazard_grade"),
    )
    rhythms = labels.choice_labels("hazards", "inspection_rhythm")
    results = {**labels.choice_labels("hazards", "check_result"), "": "—"}
    for r in hazards:
        sheet.add([
            r["school_name"], (r["hazard_number"], _PLAIN), _day(r["found_on"]), (rhythms[r["inspection_rhythm"]], _PLAIN),
            r["place_zh"], (kinds[r["hazard_kind"]], _PLAIN), r["hazard_zh"] or "—", (grades[r["hazard_grade"]], _PLAIN),
            _day(r["fed_back_on"]), r["measure_zh"] or "—", r["responsible_person"] or "—", _day(r["deadline"]),
            _day(r["repaired_on"]), _day(r["checked_on"]), (results[r["check_result"] or ""], _PLAIN), _day(r["struck_off_on"]),
            (labels.STATE_ZH[r["state"]], _PLAIN), _light(r), r["days_open"],
        ])  # fmt: skip
    if not hazards:
        sheet.empty("没有隐患记录。")
