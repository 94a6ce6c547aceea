"""Sheets of the committee's workbook that are more than tables: official forms and sheets per stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster_project.core import duck
from dagster_project.core.numbers import NONE_ZH, amount_decimals
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import catalogue, labels
from dagster_project.publish.excel.cells import CENTRE, FAILED, LACKING, number, percent, verdict
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.phrases import JUDGED_STAGES, load_phrases
from dagster_project.warehouse.standards import eased_limit

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
_LACKING = {**LACKING, **CENTRE}


class Reader:
    """Rows of the marts for one district and year."""

    def __init__(self, con: duckdb.DuckDBPyConnection, district_code: str, school_year: int) -> None:
        self.con, self.district_code, self.school_year = con, district_code, school_year
        self.phrases = load_phrases(con, school_year)
        self.labels_zh = catalogue.labels_of(con)
        judged = self.phrases.judged_indicators
        self.indicators = [
            row
            for row in duck.rows(con, "select * from marts.dim_indicators order by sort_order")
            if row["indicator_code"] in judged
        ]
        self.multi = {r["school_code"] for r in self.rows("rpt_stage_shares", where="school_stages > 1")}

    def rows(self, table: str, *, where: str = "true", order: str = "1") -> list[Row]:
        """Rows of one mart; `where` and `order` are SQL."""
        here = f"district_code = ? and school_year = ? and {where}"
        sql = f"select * from marts.{table} where {here} order by {order}"
        return duck.rows(self.con, sql, [self.district_code, self.school_year])

    def judged_in(self, stage: str) -> list[Row]:
        """The indicators that are judged in a stage; a standard may be of one stage alone."""
        judged = self.phrases.judged_in(stage)
        return [row for row in self.indicators if row["indicator_code"] in judged]

    def heads(self, mart: str, *columns: str) -> list[str]:
        """Headings of columns of a mart, from the YAML of its model."""
        return [self.labels_zh[mart][column] for column in columns]

    def unit_name(self, row: Mapping[str, Any]) -> str:
        """Name of a unit, with its stage where the school has several."""
        suffix = f"（{labels.stage_zh(row['stage'])}部）" if row["school_code"] in self.multi else ""
        return f"{row['name_zh'] or row['school_code']}{suffix}"


def _figure(row: Mapping[str, Any] | None) -> Any:
    """A value with the sign of its verdict: the number format carries the mark, the cell keeps the number.

    A dash for an indicator that isn't judged in the stage of the unit.
    """
    if row is None:
        return (NONE_ZH, CENTRE)
    if row["value"] is None:
        reason = labels.MISSING_ZH.get(row["missing_reason"] or "", "")
        return (f"{labels.SIGN_MISSING}{reason or '缺数据'}", _LACKING)
    if row["status"] == "not_met":
        return number(row["value"], 2, sign=labels.SIGN_FAILED, **FAILED)
    return number(row["value"], 2)


def form_two_one(book: Book, reader: Reader) -> None:
    (standard_zh,) = reader.heads("fct_school_indicators", "threshold")
    (share_zh,) = reader.heads("fct_district_indicators", "met_share")
    heads = ["序号", *reader.heads("dim_indicators", "label_zh", "unit_zh")]
    heads += [standard_zh, "参评校数", "有数据校数", "达标校数", share_zh] * 2
    sheet = book.sheet(
        "表Ⅱ-1", f"表Ⅱ-1 资源配置各项指标达标学校情况（{reader.school_year} 学年）", heads,
        [6, 34, 13, *[9, 9, 9, 9, 9] * 2], groups=[(3, 7, "小学"), (8, 12, "初中")],
        subtitle="达标比例以有数据的学校为分母；没有数据的学校数为参评校数减有数据校数。",
    )  # fmt: skip
    figures = {(r["stage"], r["indicator_code"]): r for r in reader.rows("fct_district_indicators")}
    limits = _thresholds(reader)
    for i, indicator in enumerate(reader.indicators, 1):
        cells: list[Any] = [(i, CENTRE), indicator["label_zh"], (indicator["unit_zh"], CENTRE)]
        for stage in JUDGED_STAGES:
            row = figures.get((stage, indicator["indicator_code"]))
            cells.append(number(limits.get((stage, indicator["indicator_code"])), 1))
            if row is None:
                cells += [("—", CENTRE)] * 4
                continue
            cells += [
                number(row["schools_in_scope"]),
                number(row["schools_available"]),
                number(row["schools_met"]),
            ]
            cells.append(percent(row["met_share"]))
        sheet.add(cells)
    compliance = {r["stage"]: r for r in reader.rows("fct_district_compliance")}
    cells = [("", {}), "校校达标（综合评估）", ("", {})]
    for stage in JUDGED_STAGES:
        row = compliance.get(stage)
        if row is None:
            cells += [("—", CENTRE)] * 5
            continue
        determined = row["schools_compliant"] + row["schools_not_compliant"]
        cells += [
            ("", {}),
            number(row["schools_in_scope"]),
            number(determined),
            number(row["schools_compliant"]),
        ]
        cells.append(percent(row["compliance_rate"]))
    sheet.add(cells, bold=True)


def _thresholds(reader: Reader) -> dict[tuple[str, str], float]:
    rows = reader.rows("fct_school_indicators", where="is_judged and threshold is not null")
    return {(r["stage"], r["indicator_code"]): r["threshold"] for r in rows}


def _units(reader: Reader) -> list[dict[str, Any]]:
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


def _grades(reader: Reader) -> dict[tuple[str, str], int]:
    values = {"district_code": reader.district_code, "school_year": reader.school_year}
    rows = duck.rows(
        reader.con, duck.read_sql(__package__, "grades", **duck.named("district_code", "school_year")), values
    )
    return {(r["school_code"], r["stage"]): r["grades"] for r in rows}


def form_two_two(book: Book, reader: Reader) -> None:
    (name_zh, classes_zh) = reader.heads("rpt_stage_shares", "name_zh", "classes")
    students_zh = load_feeds()["enrolment"].column("students").heading_zh
    heads = ["序号", name_zh, "举办者类型", students_zh, "年级数", classes_zh]
    heads += [i["label_zh"] for i in reader.indicators] + ["是否达标", "备注"]
    floor = reader.phrases.floor_zh()
    sheet = book.sheet(
        "表Ⅱ-2", f"表Ⅱ-2 各学校资源配置指标（{reader.school_year} 学年）", heads,
        [5, 34, 8, 8, 6, 6, *[10] * len(reader.indicators), 14, 36], freeze_columns=2,
        subtitle=f"{labels.SIGN_FAILED} 未达标准，{labels.SIGN_MISSING} 缺数据；备注写明达到标准的项数、未达标准但不低于{floor}的项和低于{floor}的项。",
    )  # fmt: skip
    grades = _grades(reader)
    position = 0
    for unit in _units(reader):
        if unit["status"] in ("out_of_scope", "not_applicable"):
            continue
        position += 1
        cells: list[Any] = [
            (position, CENTRE), reader.unit_name(unit), (labels.ownership_zh(unit["ownership"]), CENTRE),
            number(unit["students"]), number(grades.get((unit["school_code"], unit["stage"]))), number(unit["classes"]),
        ]  # fmt: skip
        cells += [_figure(unit["figures"].get(i["indicator_code"])) for i in reader.indicators]
        sheet.add([*cells, verdict(unit["status"]), (_remark(reader, unit), {"font_size": 9})])
    if not position:
        sheet.empty("本学年没有参评学校")


def _remark(reader: Reader, unit: Mapping[str, Any]) -> str:
    between: list[str] = []
    below: list[str] = []
    missing: list[str] = []
    for i, indicator in enumerate(reader.indicators, 1):
        row = unit["figures"].get(indicator["indicator_code"])
        if row is None:
            continue
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


def form_three(book: Book, reader: Reader) -> None:
    table = "fct_district_indicators"
    (mean_zh, deviation_zh, variation_zh) = reader.heads(
        table, "mean_value", "standard_deviation", "coefficient_of_variation"
    )
    heads = [*reader.heads(table, "stage"), "项目", *[i["label_zh"] for i in reader.indicators], "综合"]
    sheet = book.sheet(
        "表Ⅲ", f"表Ⅲ 校际均衡情况（{reader.school_year} 学年）", heads, [9, 16, *[13] * len(reader.indicators), 10],
        subtitle=f"差异系数按在校生数加权；{reader.phrases.cv_judged_zh}，综合为{reader.phrases.judged_items_zh}的平均，只列示不判断。参评学校有缺数据的，该项为待定。",
    )  # fmt: skip
    (judged_zh,) = reader.heads("fct_school_indicators", "status")
    figures = {(r["stage"], r["indicator_code"]): r for r in reader.rows("fct_district_indicators")}
    composites = {r["stage"]: r["composite_cv"] for r in reader.rows("fct_district_compliance")}
    for stage in JUDGED_STAGES:
        rows = [figures.get((stage, i["indicator_code"])) for i in reader.indicators]
        if not any(rows):
            continue
        name = labels.stage_zh(stage)
        sheet.add([name, mean_zh, *[number(r["mean_value"] if r else None, 2) for r in rows], ("—", CENTRE)])
        sheet.add(
            [
                name,
                deviation_zh,
                # one school has no deviation from others
                *[
                    number(r["standard_deviation"] if r and r["schools_available"] > 1 else None, 2)
                    for r in rows
                ],
                ("—", CENTRE),
            ]
        )
        cells: list[Any] = [name, variation_zh]
        for r in rows:
            failed = r is not None and r["cv_status"] == "not_met"
            options = {"sign": labels.SIGN_FAILED, **FAILED} if failed else {}
            cells.append(number(r["coefficient_of_variation"] if r else None, 3, **options))
        sheet.add([*cells, number(composites.get(stage), 3)])
        sheet.add(
            [name, "标准（不超过）", *[number(r["cv_limit"] if r else None, 2) for r in rows], ("—", CENTRE)]
        )
        sheet.add(
            [
                name,
                judged_zh,
                *[verdict(r["cv_status"], "cv_status") if r else ("—", CENTRE) for r in rows],
                ("—", CENTRE),
            ]
        )


def stage_sheet(book: Book, reader: Reader, stage: str) -> None:
    floor_ratio = reader.phrases.floor_ratio(stage)
    shown = reader.heads("fct_school_indicators", "value", "numerator", "denominator")
    indicators = reader.judged_in(stage)
    names = [f"基本值({reader.phrases.floor_zh(stage)})", "达标值", *shown, "是否达标"]
    heads = ["序号", *reader.heads("dim_schools", "name_zh"), *names * len(indicators)]
    groups = [
        # numbered as in the form of all indicators, whose remarks name them by number
        (2 + 6 * k, 7 + 6 * k, f"{reader.indicators.index(i) + 1}. {i['label_zh']}（{i['unit_zh']}）")
        for k, i in enumerate(indicators)
    ]
    sheet = book.sheet(
        labels.stage_zh(stage), f"{labels.stage_zh(stage)}各项指标明细（{reader.school_year} 学年）", heads,
        [5, 38, *[8.5, 7.5, 9.5, 10, 7.5, 10] * len(indicators)], groups=groups, freeze_columns=2,
        # two indicators on each printed page, side by side
        break_columns=tuple(range(14, len(heads), 12)),
        subtitle="分子为本学段占有的数量（共用资源按学段占比分摊）；合计行为参评且有数据的学校，实际值为各校合计得出的平均。",
    )  # fmt: skip
    district = {
        r["indicator_code"]: r for r in reader.rows("fct_district_indicators", where=f"stage = '{stage}'")
    }
    position = 0
    totals = {i["indicator_code"]: [0.0, 0] for i in indicators}
    for unit in _units(reader):
        if unit["stage"] != stage:
            continue
        position += 1
        cells: list[Any] = [(position, CENTRE), reader.unit_name(unit)]
        for indicator in indicators:
            row = unit["figures"][indicator["indicator_code"]]
            in_scope = row["status"] not in ("out_of_scope", "not_applicable")
            if in_scope and row["value"] is not None:
                totals[indicator["indicator_code"]][0] += row["numerator"]
                totals[indicator["indicator_code"]][1] += row["denominator"]
            floor = None
            if row["threshold"] is not None and floor_ratio is not None:
                floor = eased_limit(row["threshold"], floor_ratio, indicator["direction"])
            cells += [
                number(floor, 2),
                number(row["threshold"], 1),
                _figure(row),
                _amount(row["numerator"], indicator),
            ]
            cells += [number(row["denominator"]), verdict(row["status"])]
        sheet.add(cells)
    cells = [("", {}), "合计"]
    for indicator in indicators:
        row = district.get(indicator["indicator_code"])
        numerator, students = totals[indicator["indicator_code"]]
        met = (
            f"{row['schools_met']}/{row['schools_available']} 达标"
            if row and row["schools_met"] is not None
            else "—"
        )
        cells += [("", {}), ("", {}), number(row["mean_value"] if row else None, 2)]
        cells += [_amount(numerator, indicator), number(students), (met, CENTRE)]
    sheet.add(cells, bold=True, bg_color="#F2F2F2")


def _amount(value: float | None, indicator: Mapping[str, Any]) -> Any:
    """Cell of what a school has of an indicator's resource: persons and rooms, ㎡, yuan."""
    return number(value, amount_decimals(value, indicator["smallest_addition"]))


def shares_sheet(book: Book, reader: Reader) -> None:
    columns = ("name_zh", "stage", "students", "weight", "weighted_students", "school_weighted_students")
    heads = [*reader.heads("rpt_stage_shares", *columns), "学段占比"]
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
        cells: list[Any] = [row["name_zh"], (labels.stage_zh(row["stage"]), CENTRE), number(row["students"])]
        cells += [number(row["weight"], 2), number(row["weighted_students"], 1)]
        cells += [number(row["school_weighted_students"], 1)]
        share = row["stage_share"]
        cells.append(
            (share, {"num_format": "0.00%"})
            if share is not None
            else (f"{labels.SIGN_MISSING}缺数据", _LACKING)
        )
        for i in resources:
            figure = figures.get((row["school_code"], row["stage"], i["indicator_code"]))
            cells += [_amount(figure[c] if figure else None, i) for c in ("source_total", "numerator")]
        sheet.add(cells)
    if not any_row:
        sheet.empty("本学年没有几个学段共用资源的学校")
