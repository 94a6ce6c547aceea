"""The committee's workbook: the official forms, the figures behind them, and what is missing and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.errors import UserError
from dagster_project.core.numbers import printed
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.publish import labels
from dagster_project.publish.excel.sheets import Book, file_name
from dagster_project.publish.phrases import JUDGED_STAGES, load_phrases

if TYPE_CHECKING:
    import duckdb

_REPORT_ZH = "义务教育优质均衡监测"


def write_committee_workbooks(
    marts: Path, out_dir: Path, release_id: str, notes: Mapping[str, Any]
) -> list[Path]:
    """One workbook a district for its latest school year.

    Args:
        marts: the committee's database.
        out_dir: folder of the release's workbooks.
        release_id: goes into the file name.
        notes: what `release.json` says.
    """
    from dagster_project.core.duck import open_marts

    out_dir.mkdir(parents=True, exist_ok=True)
    with open_marts(marts) as con:
        districts = con.execute(
            "select district_code, max(school_year) from marts.dim_schools group by 1 order by 1"
        ).fetchall()
        return [_write(con, out_dir, str(d), int(y), release_id, notes) for d, y in districts]


def write_committee_workbook(
    marts: Path,
    out_dir: Path,
    *,
    release_id: str,
    school_year: int,
    district_code: str,
    notes: Mapping[str, Any],
) -> Path:
    """The workbook of one district and school year.

    Raises:
        UserError: a file of that name is there already; produced files are never overwritten.
    """
    from dagster_project.core.duck import open_marts

    out_dir.mkdir(parents=True, exist_ok=True)
    with open_marts(marts) as con:
        return _write(con, out_dir, district_code, school_year, release_id, notes)


def _write(
    con: duckdb.DuckDBPyConnection,
    out_dir: Path,
    district_code: str,
    school_year: int,
    release_id: str,
    notes: Mapping[str, Any],
) -> Path:
    path = out_dir / file_name(district_code, _REPORT_ZH, school_year, release_id, suffix=".xlsx")
    if path.exists():
        raise UserError(f"{path} 已经存在；成果文件不覆盖，请换一个文件夹。")
    book = Book(path, _REPORT_ZH, SYNTHETIC_ZH if notes.get("is_synthetic") else "")
    reader = _Reader(con, district_code, school_year)
    try:
        _notes_sheet(book, reader, release_id, notes)
        _form_two_one(book, reader)
        _form_two_two(book, reader)
        _form_three(book, reader)
        for stage in JUDGED_STAGES:
            _stage_sheet(book, reader, stage)
        _shares_sheet(book, reader)
        _classes_sheet(book, reader)
        _pay_sheet(book, reader)
        _upper_secondary_sheet(book, reader)
        _missing_sheet(book, reader)
        _problems_sheet(book, reader)
        _code_book(book, reader)
    finally:
        book.close()
    return path


class _Reader:
    """Rows of the marts for one district and year."""

    def __init__(self, con: duckdb.DuckDBPyConnection, district_code: str, school_year: int) -> None:
        self.con, self.district_code, self.school_year = con, district_code, school_year
        self.phrases = load_phrases(con, school_year)
        self.indicators = self.all(
            "select * from marts.dim_indicators where is_judged order by sort_order", scoped=False
        )
        self.multi = {r["school_code"] for r in self.rows("rpt_stage_shares", where="school_stages > 1")}

    def all(self, sql: str, *, scoped: bool = True) -> list[dict[str, Any]]:
        cursor = self.con.execute(sql, [self.district_code, self.school_year] if scoped else [])
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rows(self, table: str, *, where: str = "true", order: str = "1") -> list[dict[str, Any]]:
        return self.all(
            f"select * from marts.{table} where district_code = ? and school_year = ? and {where} order by {order}"
        )

    def unit_name(self, row: Mapping[str, Any]) -> str:
        suffix = f"（{labels.stage_zh(row['stage'])}部）" if row["school_code"] in self.multi else ""
        return f"{row['name_zh']}{suffix}"


_FAILED = {"bg_color": "#F8D7DA"}
_MISSING = {"bg_color": "#FFF3CD", "align": "center"}
_PLAIN = {"align": "center"}


def _verdict(status: str) -> tuple[str, dict[str, Any]]:
    text = labels.STATUS_ZH.get(status, status)
    if status in ("not_met", "not_compliant"):
        return f"{labels.SIGN_FAILED}{text}", {**_FAILED, "align": "center", "bold": True}
    if status in ("not_available", "undetermined"):
        return f"{labels.SIGN_MISSING}{text}", dict(_MISSING)
    return text, dict(_PLAIN)


def _number(value: float | None, decimals: int = 2, **options: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ("—", {**_PLAIN, **options})
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return (float(value), {"num_format": pattern, **options})


def _percent(value: float | None) -> Any:
    return ("—", _PLAIN) if value is None else (float(value), {"num_format": "0.0%"})


def _whole(value: float | None) -> Any:
    return ("—", _PLAIN) if value is None else (int(value), {"num_format": "#,##0"})


def _figure(row: Mapping[str, Any]) -> Any:
    """A value with the sign of its verdict: the number format carries the mark, the cell keeps the number."""
    if row["value"] is None:
        reason = labels.MISSING_ZH.get(row["missing_reason"] or "", "")
        return (f"{labels.SIGN_MISSING}{reason or '缺数据'}", _MISSING)
    if row["status"] == "not_met":
        return (row["value"], {"num_format": f'"{labels.SIGN_FAILED}"#,##0.00', **_FAILED})
    return (row["value"], {"num_format": "#,##0.00"})


def _notes_sheet(book: Book, reader: _Reader, release_id: str, notes: Mapping[str, Any]) -> None:
    sheet = book.sheet(
        "说明", f"{reader.school_year} 学年义务教育优质均衡监测 说明", ["项目", "内容"], [22, 100]
    )
    rows = notes.get("rows", {})
    problems = notes.get("problems", {})
    compliance = reader.rows("fct_district_compliance", order="stage desc")
    held = reader.rows("dim_schools", where="is_held", order="school_code")
    missing = reader.rows("fct_completeness", where="status = 'missing'")
    judged = len(reader.indicators)
    out_of_scope = reader.rows(
        "fct_school_compliance",
        where="status in ('out_of_scope', 'not_applicable')",
        order="stage desc, school_code",
    )
    if notes.get("is_synthetic"):
        sheet.add(["数据来源", (f"{SYNTHETIC_ZH}，不含任何真实学校", {"bold": True})])
    sheet.add(["区县", reader.district_code])
    sheet.add(["版本", f"{release_id}（建于 {notes.get('built_at', '')}，截至 {notes.get('as_of', '')}）"])
    sheet.add(
        [
            "标准",
            f"义务教育优质均衡等标准逐条见“指标与代码”；标准与算法版本 {str(notes.get('models_sha256', ''))[:12]}",
        ]
    )
    sheet.add(
        ["数据", f"读入 {rows.get('read', 0)} 行，采用 {rows.get('accepted', 0)} 行，暂不采用 {rows.get('quarantined', 0)} 行，"
                 f"略去合计行、空行、重复行和整表拒收的行 {rows.get('dropped', 0)} 行（全部学年）"]
    )  # fmt: skip
    for row in compliance:
        sheet.add(
            [f"{labels.stage_zh(row['stage'])}校校达标",
             f"参评 {row['schools_in_scope']} 个，达标 {row['schools_compliant']} 个，未达标 {row['schools_not_compliant']} 个，"
             f"缺数据待定 {row['schools_undetermined']} 个；达标率 {_rate(row['compliance_rate'])}"
             f"（待定的全不达标为 {_rate(row['compliance_rate_low'])}，全达标为 {_rate(row['compliance_rate_high'])}）"]
        )  # fmt: skip
    names = {r["school_code"]: r["name_zh"] for r in reader.rows("dim_schools")}
    listed = "、".join(
        f"{names.get(r['school_code'], r['school_code'])}（{labels.stage_zh(r['stage'])}）"
        for r in out_of_scope
    )
    sheet.add(["没有参评的", f"{len(out_of_scope)} 个：{listed}" if out_of_scope else "无"])
    sheet.add(["不参评的原因", f"{reader.phrases.out_of_scope_zh}；没有学生的不作判断。"])
    sheet.add(["挂起的学校", "；".join(f"{r['name_zh']}：{r['held_reason_zh']}" for r in held) or "无"])
    sheet.add(["未报", f"{len(missing)} 项，见“未报学校名单”" if missing else "无"])
    sheet.add(
        ["问题", "，".join(f"{labels.SEVERITY_ZH.get(k, k)} {v} 条" for k, v in problems.items()) + "，见“问题清单”（本学年）"
                 if problems else "无"]
    )  # fmt: skip
    sheet.add(
        [
            "怎样算达标",
            f"{reader.phrases.compliance_zh}；缺数据又不能排除达标的为“待定”。",
        ]
    )
    sheet.add(
        [
            "差异系数",
            f"按在校生数加权（总体标准差除以全区平均值）；{judged}项逐项判断，{reader.phrases.cv_limits_zh}。综合一栏只列示。",
        ]
    )
    sheet.add(
        [
            "记号",
            f"{labels.SIGN_FAILED} 未达标（同时加底色）；{labels.SIGN_MISSING} 缺数据；— 没有可算的数。数字按规定位数显示，判断用未取整的数。",
        ]
    )
    for head, text in _privacy_notes(reader, names):
        sheet.add([head, text])


def _privacy_notes(reader: _Reader, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which cells of pay are hidden, and why."""
    from dagster_project.warehouse.tiers import load_tiers

    fewest = load_tiers().minimum_people
    rows = reader.rows("fct_kindergarten_pay", where="pay_status = 'suppressed'", order="school_code")
    small: list[str] = []
    companions: list[str] = []
    for row in rows:
        heads = (row["in_post_teachers"] or 0, row["temporary_teachers"] or 0)
        listed = small if any(0 < n < fewest for n in heads) else companions
        listed.append(names.get(row["school_code"], row["school_code"]))
    totals = [
        labels.ownership_zh(r["ownership"])
        for r in reader.rows(
            "fct_district_kindergarten_pay", where="pay_status = 'suppressed'", order="ownership desc"
        )
    ]
    hidden = [
        f"在编或临聘教师不足 {fewest} 人：{'、'.join(small)}" if small else "",
        f"为防止从合计倒推而陪同不公布：{'、'.join(companions)}" if companions else "",
        f"没有足够的园陪同，合计也不公布：{'、'.join(totals)}" if totals else "",
    ]
    rule = (
        f"幼儿园平均工资背后不足 {fewest} 人的不公布（等于公开个人工资），该园在编、临聘人均工资和两者之比都标“不公布”；"
        "能从合计倒推出来的园或合计一并不公布。人数和参保情况照常公布。问题清单不含工资，身份证号、手机号已遮盖。"
    )
    return [("隐私", rule), ("工资不公布的", "；".join(t for t in hidden if t) or "无")]


def _rate(value: float | None) -> str:
    return printed(value, 1, scale=100, suffix="%")


def _form_two_one(book: Book, reader: _Reader) -> None:
    heads = ["序号", "指标", "单位"] + ["标准", "参评校数", "有数据校数", "达标校数", "达标比例"] * 2
    sheet = book.sheet(
        "表Ⅱ-1", f"表Ⅱ-1 资源配置各项指标达标学校情况（{reader.school_year} 学年）", heads,
        [6, 34, 13, *[9, 9, 9, 9, 9] * 2], groups=[(3, 7, "小学"), (8, 12, "初中")],
        subtitle="达标比例以有数据的学校为分母；没有数据的学校数为参评校数减有数据校数。",
    )  # fmt: skip
    figures = {(r["stage"], r["indicator_code"]): r for r in reader.rows("fct_district_indicators")}
    limits = _thresholds(reader)
    for i, indicator in enumerate(reader.indicators, 1):
        cells: list[Any] = [(i, _PLAIN), indicator["label_zh"], (indicator["unit_zh"], _PLAIN)]
        for stage in JUDGED_STAGES:
            row = figures.get((stage, indicator["indicator_code"]))
            cells.append(_number(limits.get((stage, indicator["indicator_code"])), 1))
            if row is None:
                cells += [("—", _PLAIN)] * 4
                continue
            cells += [
                _whole(row["schools_in_scope"]),
                _whole(row["schools_available"]),
                _whole(row["schools_met"]),
            ]
            cells.append(_percent(row["met_share"]))
        sheet.add(cells)
    compliance = {r["stage"]: r for r in reader.rows("fct_district_compliance")}
    cells = [("", {}), "校校达标（综合评估）", ("", {})]
    for stage in JUDGED_STAGES:
        row = compliance.get(stage)
        if row is None:
            cells += [("—", _PLAIN)] * 5
            continue
        determined = row["schools_compliant"] + row["schools_not_compliant"]
        cells += [
            ("", {}),
            _whole(row["schools_in_scope"]),
            _whole(determined),
            _whole(row["schools_compliant"]),
        ]
        cells.append(_percent(row["compliance_rate"]))
    sheet.add(cells, bold=True)


def _thresholds(reader: _Reader) -> dict[tuple[str, str], float]:
    rows = reader.rows("fct_school_indicators", where="is_judged and threshold is not null")
    return {(r["stage"], r["indicator_code"]): r["threshold"] for r in rows}


def _units(reader: _Reader) -> list[dict[str, Any]]:
    """Units of the district, largest stage first, each with its figures by indicator."""
    schools = {r["school_code"]: r for r in reader.rows("dim_schools")}
    classes = {(r["school_code"], r["stage"]): r for r in reader.rows("rpt_stage_shares")}
    figures: dict[tuple[str, str], dict[str, Any]] = {}
    for row in reader.rows("fct_school_indicators", where="is_judged"):
        figures.setdefault((row["school_code"], row["stage"]), {})[row["indicator_code"]] = row
    units = []
    for row in reader.rows("fct_school_compliance", order="stage desc, school_code"):
        key = (row["school_code"], row["stage"])
        school = schools.get(row["school_code"], {})
        units.append(
            {**row, "name_zh": school.get("name_zh", row["school_code"]), "ownership": school.get("ownership"),
             "classes": classes.get(key, {}).get("classes"), "figures": figures.get(key, {})}
        )  # fmt: skip
    return units


def _grades(reader: _Reader) -> dict[tuple[str, str], int]:
    rows = reader.all(
        "select coalesce(s.unit_school_code, c.school_code) as school_code, c.stage, count(distinct c.grade) as grades"
        " from marts.fct_classes as c inner join marts.dim_schools as s using (school_year, school_code)"
        " where c.district_code = ? and c.school_year = ? group by all"
    )
    return {(r["school_code"], r["stage"]): r["grades"] for r in rows}


def _form_two_two(book: Book, reader: _Reader) -> None:
    heads = ["序号", "学校名称", "举办者类型", "在校生数", "年级数", "班级数"]
    heads += [i["label_zh"] for i in reader.indicators] + ["是否达标", "备注"]
    floor = reader.phrases.floor_zh()
    sheet = book.sheet(
        "表Ⅱ-2", f"表Ⅱ-2 各学校资源配置指标（{reader.school_year} 学年）", heads,
        [5, 34, 8, 8, 6, 6, *[10] * len(reader.indicators), 14, 36], freeze_columns=2,
        subtitle=f"{labels.SIGN_FAILED} 未达标准，{labels.SIGN_MISSING} 缺数据；备注写明达到标准的项数、未达标准但不低于{floor}的项和低于{floor}的项。",
    )  # fmt: skip
    grades = _grades(reader)
    number = 0
    for unit in _units(reader):
        if unit["status"] in ("out_of_scope", "not_applicable"):
            continue
        number += 1
        cells: list[Any] = [
            (number, _PLAIN), reader.unit_name(unit), (labels.ownership_zh(unit["ownership"]), _PLAIN),
            _whole(unit["students"]), _whole(grades.get((unit["school_code"], unit["stage"]))), _whole(unit["classes"]),
        ]  # fmt: skip
        cells += [_figure(unit["figures"][i["indicator_code"]]) for i in reader.indicators]
        sheet.add([*cells, _verdict(unit["status"]), (_remark(reader, unit), {"font_size": 9})])
    if not number:
        sheet.empty("本学年没有参评学校")


def _remark(reader: _Reader, unit: Mapping[str, Any]) -> str:
    between: list[str] = []
    below: list[str] = []
    missing: list[str] = []
    for i, indicator in enumerate(reader.indicators, 1):
        row = unit["figures"][indicator["indicator_code"]]
        if row["status"] == "not_met":
            (between if row["gap_to_floor"] == 0 else below).append(str(i))
        elif row["status"] == "not_available":
            missing.append(str(i))
    floor = reader.phrases.floor_zh(unit["stage"])
    parts = [f"达标{unit['indicators_met']}项"]
    if between:
        parts.append(f"第{'、'.join(between)}项在{floor}以上")
    if below:
        parts.append(f"第{'、'.join(below)}项低于{floor}")
    if missing:
        parts.append(f"第{'、'.join(missing)}项缺数据")
    return "；".join(parts)


def _form_three(book: Book, reader: _Reader) -> None:
    heads = ["学段", "项目", *[i["label_zh"] for i in reader.indicators], "综合"]
    sheet = book.sheet(
        "表Ⅲ", f"表Ⅲ 校际均衡情况（{reader.school_year} 学年）", heads, [9, 16, *[13] * len(reader.indicators), 10],
        subtitle=f"差异系数按在校生数加权；逐项判断，综合为{len(reader.indicators)}项的平均，只列示不判断。参评学校有缺数据的，该项为待定。",
    )  # fmt: skip
    figures = {(r["stage"], r["indicator_code"]): r for r in reader.rows("fct_district_indicators")}
    composites = {r["stage"]: r["composite_cv"] for r in reader.rows("fct_district_compliance")}
    for stage in JUDGED_STAGES:
        rows = [figures.get((stage, i["indicator_code"])) for i in reader.indicators]
        if not any(rows):
            continue
        name = labels.stage_zh(stage)
        sheet.add(
            [name, "平均值", *[_number(r["mean_value"] if r else None, 2) for r in rows], ("—", _PLAIN)]
        )
        sheet.add(
            [
                name,
                "标准差",
                *[_number(r["standard_deviation"] if r else None, 2) for r in rows],
                ("—", _PLAIN),
            ]
        )
        cells: list[Any] = [name, "差异系数"]
        for r in rows:
            failed = r is not None and r["cv_status"] == "not_met"
            options = {**_FAILED, "num_format": f'"{labels.SIGN_FAILED}"0.000'} if failed else {}
            cells.append(_number(r["coefficient_of_variation"] if r else None, 3, **options))
        sheet.add([*cells, _number(composites.get(stage), 3)])
        sheet.add(
            [name, "标准（不超过）", *[_number(r["cv_limit"] if r else None, 2) for r in rows], ("—", _PLAIN)]
        )
        sheet.add(
            [name, "判断", *[_verdict(r["cv_status"]) if r else ("—", _PLAIN) for r in rows], ("—", _PLAIN)]
        )


def _stage_sheet(book: Book, reader: _Reader, stage: str) -> None:
    floor_ratio = reader.phrases.floor_ratio(stage)
    names = [f"基本值({reader.phrases.floor_zh(stage)})", "达标值", "实际值", "分子", "学生数", "是否达标"]
    heads = ["序号", "学校名称"] + names * len(reader.indicators)
    groups = [
        (2 + 6 * k, 7 + 6 * k, f"{k + 1}. {i['label_zh']}（{i['unit_zh']}）")
        for k, i in enumerate(reader.indicators)
    ]
    sheet = book.sheet(
        labels.stage_zh(stage), f"{labels.stage_zh(stage)}各项指标明细（{reader.school_year} 学年）", heads,
        [5, 38, *[8.5, 7.5, 9.5, 10, 7.5, 10] * len(reader.indicators)], groups=groups, freeze_columns=2,
        # two indicators on each printed page, side by side
        break_columns=tuple(range(14, len(heads), 12)),
        subtitle="分子为本学段占有的数量（共用资源按学段占比分摊）；合计行为参评且有数据的学校，实际值为全区平均。",
    )  # fmt: skip
    district = {
        r["indicator_code"]: r for r in reader.rows("fct_district_indicators", where=f"stage = '{stage}'")
    }
    number = 0
    totals = {i["indicator_code"]: [0.0, 0] for i in reader.indicators}
    for unit in _units(reader):
        if unit["stage"] != stage:
            continue
        number += 1
        cells: list[Any] = [(number, _PLAIN), reader.unit_name(unit)]
        for indicator in reader.indicators:
            row = unit["figures"][indicator["indicator_code"]]
            in_scope = row["status"] not in ("out_of_scope", "not_applicable")
            if in_scope and row["value"] is not None:
                totals[indicator["indicator_code"]][0] += row["numerator"]
                totals[indicator["indicator_code"]][1] += row["denominator"]
            has_floor = row["threshold"] is not None and floor_ratio is not None
            floor = row["threshold"] * floor_ratio if has_floor else None
            cells += [
                _number(floor, 2),
                _number(row["threshold"], 1),
                _figure(row),
                _number(row["numerator"], 2),
            ]
            cells += [_whole(row["denominator"]), _verdict(row["status"])]
        sheet.add(cells)
    cells = [("", {}), "合计"]
    for indicator in reader.indicators:
        row = district.get(indicator["indicator_code"])
        numerator, students = totals[indicator["indicator_code"]]
        met = (
            f"{row['schools_met']}/{row['schools_available']} 达标"
            if row and row["schools_met"] is not None
            else "—"
        )
        cells += [("", {}), ("", {}), _number(row["mean_value"] if row else None, 2), _number(numerator, 2)]
        cells += [_whole(students), (met, _PLAIN)]
    sheet.add(cells, bold=True, bg_color="#F2F2F2")


def _shares_sheet(book: Book, reader: _Reader) -> None:
    heads = ["学校名称", "学段", "学生数", "权重", "加权学生数", "全校加权学生数", "学段占比"]
    resources = [i for i in reader.indicators if i["is_split"]]
    for i in resources:
        heads += [f"{i['label_zh'].removeprefix('生均').removeprefix('每百名学生拥有')}：全校", "本学段"]
    sheet = book.sheet(
        "学段占比分析", f"学段占比分析：共用资源怎样分到各学段（{reader.school_year} 学年）", heads,
        [28, 7, 8, 7, 10, 10, 9, *[12, 12] * len(resources)], freeze_columns=2,
        subtitle=f"只列有几个学段的学校。{reader.phrases.weighted_stages_zh}学生按 {reader.phrases.weights_zh} 加权；任一学段学生数缺，则不能分摊。",
    )  # fmt: skip
    figures = {
        (r["school_code"], r["stage"], r["indicator_code"]): r
        for r in reader.rows("fct_school_indicators", where="is_judged")
    }
    any_row = False
    for row in reader.rows("rpt_stage_shares", where="school_stages > 1", order="school_code, weight"):
        any_row = True
        cells: list[Any] = [row["name_zh"], (labels.stage_zh(row["stage"]), _PLAIN), _whole(row["students"])]
        cells += [_number(row["weight"], 2), _number(row["weighted_students"], 1)]
        cells += [_number(row["school_weighted_students"], 1)]
        share = row["stage_share"]
        cells.append(
            (share, {"num_format": "0.00%"})
            if share is not None
            else (f"{labels.SIGN_MISSING}缺数据", _MISSING)
        )
        for i in resources:
            figure = figures.get((row["school_code"], row["stage"], i["indicator_code"]))
            cells += [_number(figure["source_total"] if figure else None, 2)]
            cells += [_number(figure["numerator"] if figure else None, 2)]
        sheet.add(cells)
    if not any_row:
        sheet.empty("本学年没有几个学段共用资源的学校")


#: Stages in the order a reader expects, by SQL that any database understands.
_BY_STAGE = (
    "case stage when 'preschool' then 1 when 'primary' then 2 when 'junior_secondary' then 3"
    " when 'senior_secondary' then 4 else 5 end"
)


def _classes_sheet(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "班额台账", f"班额台账（{reader.school_year} 学年）",
        ["学段", "学校名称", "年级", "班级", "学生数", "班级数", "班额标准", "每班超出人数", "类别", "说明"],
        [9, 30, 9, 12, 9, 8, 9, 11, 12, 30],
        subtitle=f"先列各学段小计，再逐班列出超过标准的班；{reader.phrases.large_classes_zh}（含在大班额内）。",
    )  # fmt: skip
    names = {r["school_code"]: r["name_zh"] for r in reader.rows("dim_schools")}
    grades = labels.choice_labels("class_sizes", "grade")
    for row in reader.rows("fct_district_class_sizes", order=_BY_STAGE):
        text = f"{row['classes']} 个班，超标准 {row['classes_over_standard']} 个"
        if row["classes_large"] is not None:
            text += f"，其中大班额 {row['classes_large']} 个（{_rate(row['large_share'])}），超大班额 {row['classes_super_large']} 个"
        if row["rows_without_size"]:
            text += f"；另有 {row['rows_without_size']} 行没有人数，未计"
        sheet.add_line(labels.stage_zh(row["stage"]), text)
    order = f"{_BY_STAGE}, excess_students desc nulls last, school_code, grade, class_name"
    for row in reader.rows("fct_classes", where="size_band not in ('within_standard')", order=order):
        band = labels.BAND_ZH[row["size_band"]]
        marked = row["size_band"] in ("large", "super_large")
        sheet.add(
            [labels.stage_zh(row["stage"]), names.get(row["school_code"], row["school_code"]),
             (grades.get(row["grade"], row["grade"]), _PLAIN), row["class_name"], _whole(row["students"]),
             _whole(row["class_count"]), _whole(row["standard_size"]), _number(row["excess_students"], 1),
             (f"{labels.SIGN_FAILED}{band}", {**(_FAILED if marked else {}), "align": "center"}),
             ("几个班的平均数，仅供参考，不作销号依据" if row["is_estimated"] else "", {"font_size": 9})]
        )  # fmt: skip


def _pay_sheet(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "幼儿园待遇", f"幼儿园教职工待遇与保险（{reader.school_year} 学年）",
        ["幼儿园", "办学性质", "在编教师数", "在编年均工资(元)", "临聘教师数", "临聘年均工资(元)", "临聘为在编的",
         "教职工数", "足额参保人数", "参保率"],
        [32, 9, 10, 16, 10, 16, 11, 9, 11, 9],
        subtitle=f"合计由总额除以总人数，不是各园平均数的平均；{reader.phrases.suppression_zh}，为防止倒推个别园一并不公布。",
    )  # fmt: skip
    names = {r["school_code"]: r["name_zh"] for r in reader.rows("dim_schools")}
    order = "case ownership when 'public' then 1 when 'private' then 2 else 3 end"
    for row in reader.rows("fct_district_kindergarten_pay", order=order):
        title = f"{labels.ownership_zh(row['ownership'])}（应报 {row['kindergartens_due']} 园，已报 {row['kindergartens']} 园）"
        sheet.add(_pay_cells(row, title), bold=True, bg_color="#F2F2F2")
    for row in reader.rows("fct_kindergarten_pay", order="ownership desc, school_code"):
        sheet.add(_pay_cells(row, names.get(row["school_code"], row["school_code"])))


def _pay_cells(row: Mapping[str, Any], title: str) -> list[Any]:
    hidden = row["pay_status"] == "suppressed"

    def pay(value: float | None, people: int | None) -> Any:
        if hidden and people:
            return ("不公布", {**_PLAIN, "italic": True})
        return _number(value, 0)

    ratio = ("不公布", {**_PLAIN, "italic": True}) if hidden else _percent(row["pay_ratio"])
    share = row["insured_share"]
    insured = _percent(share)
    if share is not None and share < 1:
        insured = (share, {"num_format": f'"{labels.SIGN_FAILED}"0.0%'})
    return [
        title, (labels.ownership_zh(row["ownership"]), _PLAIN), _whole(row["in_post_teachers"]),
        pay(row["in_post_mean_annual_pay_yuan"], row["in_post_teachers"]), _whole(row["temporary_teachers"]),
        pay(row["temporary_mean_annual_pay_yuan"], row["temporary_teachers"]), ratio, _whole(row["staff"]),
        _whole(row["fully_insured_staff"]), insured,
    ]  # fmt: skip


def _upper_secondary_sheet(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "高中阶段", f"高中阶段教育与中职办学条件（{reader.school_year} 学年）",
        ["学校名称", "项目", "标准", "实际值（全部）", "判断（全部）", "实际值（仅自有）", "判断（仅自有）"],
        [34, 30, 14, 16, 14, 16, 14],
        subtitle=f"占地、校舍分别按全部和仅按自有判断；{reader.phrases.new_vocational_zh}，技工学校只判断有依据的项目。",
    )  # fmt: skip
    for row in reader.rows("fct_upper_secondary"):
        for title, value in (
            ("中职在校生（不含技工）", _whole(row["vocational_students"])),
            ("技工学校在校生", _whole(row["technician_students"])),
            ("普通高中在校生", _whole(row["general_students"])),
            ("中职占高中阶段的比例（不含技工）", _percent(row["vocational_share"])),
            ("中职占高中阶段的比例（含技工）", _percent(row["vocational_share_with_technician"])),
            ("应报学校数 / 已报", (f"{row['schools_due']} / {row['schools_available']}", _PLAIN)),
        ):
            sheet.add(
                ["全区", title, ("", {}), value, ("", {}), ("", {}), ("", {})], bold=True, bg_color="#F2F2F2"
            )
    names = {r["school_code"]: r["name_zh"] for r in reader.rows("dim_schools")}
    codes = list(labels.CONDITION_ZH)
    rows = reader.rows("fct_vocational_conditions")
    for row in sorted(rows, key=lambda r: (r["school_code"], codes.index(r["condition_code"]))):
        threshold = row["threshold"]
        sign = "不高于 " if row["direction"] == "at_most" else "不低于 "
        sheet.add(
            [names.get(row["school_code"], row["school_code"]), labels.CONDITION_ZH[row["condition_code"]],
             (f"{sign}{threshold:,.0f}" if threshold is not None else "—", _PLAIN), _number(row["value"], 2),
             _verdict(row["status"]), _number(row["value_owned_only"], 2), _verdict(row["status_owned_only"])]
        )  # fmt: skip


def _missing_sheet(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "未报学校名单", f"未报学校名单（{reader.school_year} 学年）",
        ["所属镇街", "学校标识码", "学校名称", "学段", "报表", "状态"], [18, 14, 36, 10, 18, 14],
        subtitle="应报而没有可用数据的报表；“有问题”是报了但有行暂不采用，改正后重报即可。",
    )  # fmt: skip
    names = {r["school_code"]: r["name_zh"] for r in reader.rows("dim_schools")}
    rows = reader.rows(
        "fct_completeness", where="status in ('missing', 'with_problems')", order="town, school_code, feed"
    )
    for row in rows:
        status = "missing" if not row["received"] and row["status"] == "missing" else row["status"]
        sheet.add(
            [row["town"], row["school_code"], names.get(row["school_code"], ""), (labels.stage_zh(row["stage"]), _PLAIN),
             labels.feed_zh(row["feed"]), (labels.STATUS_ZH[status], _PLAIN)]
        )  # fmt: skip
    if not rows:
        sheet.empty("应报的都已报齐")


def _problems_sheet(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "问题清单", f"问题清单（{reader.school_year} 学年）",
        ["处理", "类别", "文件", "工作表", "单元格", "学校", "列", "值", "问题与改正办法"],
        [12, 6, 30, 14, 8, 24, 16, 12, 60],
    )  # fmt: skip
    rows = reader.all(
        "select * from marts.fct_problems where ? is not null and school_year = ? order by case severity"
        " when 'reject_file' then 0 when 'quarantine_row' then 1 when 'hold' then 2 else 3 end, source_file, sheet, row_number"
    )
    for row in rows:
        sheet.add(
            [(labels.SEVERITY_ZH.get(row["severity"], row["severity"]), _PLAIN),
             (labels.CLASS_ZH.get(row["class"], row["class"]), _PLAIN), row["source_file"], row["sheet"],
             (row["cell"], _PLAIN), row["school_name"] or row["school_code"], row["column_zh"], row["value"],
             row["message_zh"]],
            font_size=9,
        )  # fmt: skip
    if not rows:
        sheet.empty("没有发现问题")


_MEASURE_ZH = {
    "school_threshold": "学校标准", "cv_limit": "差异系数上限", "indicators_needed": "至少达标项数", "floor_ratio": "基本值占标准的比例",
    "minimum_students": "参评最少学生数", "weight": "学段权重", "standard_size": "班额标准", "large_from": "大班额起点",
    "super_large_from": "超大班额起点", "vocational_condition": "中职办学条件", "exempt_if_founded_from": "新建校不适用起始年",
}  # fmt: skip


def _code_book(book: Book, reader: _Reader) -> None:
    sheet = book.sheet(
        "指标与代码", "指标、标准与代码", ["名称", "含义 / 用途", "学段或对象", "数值", "起止年份", "依据", "可靠程度"],
        [36, 30, 18, 10, 14, 60, 10],
        subtitle="本工作簿用到的标准逐条列出；“可靠程度”为低或凭记忆的只列示，不用来判断。",
    )  # fmt: skip
    indicators = {
        r["indicator_code"]: r for r in reader.all("select * from marts.dim_indicators", scoped=False)
    }
    trust = {"high": "高", "medium": "中", "low": "低", "remembered": "凭记忆"}
    rows = reader.all(
        "select * from marts.dim_standards order by measure, indicator_code, stage", scoped=False
    )
    names = {
        "school_compliance": "校校达标", "stage_share": "学段占比", "class_size": "班额",
        "composite_coefficient_of_variation": "综合差异系数", "vocational_conditions": "中职办学条件",
        **labels.CONDITION_ZH, **{k: v["label_zh"] for k, v in indicators.items()},
    }  # fmt: skip
    grades = labels.choice_labels("class_sizes", "grade")
    kinds = {**labels.choice_labels("schools", "school_type"), **grades, "all": ""}
    for row in rows:
        if row["measure"] not in _MEASURE_ZH:
            continue
        end = "至今" if row["valid_to"] is None else str(row["valid_to"])
        target = (
            f"{labels.stage_zh(row['stage'])} {kinds.get(row['school_kind'], row['school_kind'])}".strip()
        )
        sheet.add(
            [names.get(row["indicator_code"], row["indicator_code"]), _MEASURE_ZH[row["measure"]], target,
             (row["threshold"], {"num_format": "General"}), (f"{row['valid_from']}–{end}", _PLAIN),
             f"{row['source_document']} {row['clause'] or ''}".strip(), (trust[row["confidence"]], _PLAIN)],
            font_size=9,
        )  # fmt: skip
    for code, word in labels.STATUS_ZH.items():
        sheet.add([code, f"状态：{word}", "", "", "", "", ""], font_size=9)
