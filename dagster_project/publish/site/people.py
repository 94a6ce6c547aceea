"""Pages of classes, kindergartens and upper secondary education."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_project.publish import labels
from dagster_project.publish.site import Drawing, Page, drawing, sections_page
from dagster_project.publish.site.marts import Marts, by_stage, stage_words
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

if TYPE_CHECKING:
    from markupsafe import Markup


_STAGE_KEY = ("school_year", "district_code", "stage")
_YEAR_KEY = ("school_year", "district_code")
_OWNERSHIP_KEY = ("school_year", "district_code", "ownership")
Row = dict[str, Any]


def lines_drawing(
    name: str,
    title_zh: str,
    rows: list[Row],
    period: str,
    values: dict[str, str],
    *,
    value_title: str,
    period_title: str,
    scale: float = 1,
    decimals: int = 0,
    suffix: str = "",
    limit: float | None = None,
) -> Drawing | None:
    """Columns of a mart as lines over its periods, with the table beside them; None if there is nothing to draw."""
    import pandas as pd

    from dagster_project.publish import charts

    records = [
        {"period": str(r[period]), "value": None if r[c] is None else float(r[c]) * scale, "series": zh}
        for r in rows
        for c, zh in values.items()
    ]
    if len(rows) < 2 or all(r["value"] is None for r in records):
        return None
    chart = charts.lines_by_period(
        pd.DataFrame(records), "period", "value", "series", limit, value_title=value_title,
        period_title=period_title, decimals=decimals, suffix=suffix, width=600, height=280,
    )  # fmt: skip
    kind = Column("", "", "percent") if suffix == "%" else Column("", "", "number", decimals)
    cells = [(r[period], *(shown_text(r[c], kind) for c in values)) for r in rows]
    return drawing(name, title_zh, chart, (period_title, *values.values()), cells)


def by_series(rows: list[Row], period: str, series: str, value: str, words: dict[str, str]) -> list[Row]:
    """Rows in long form as one row a period with a column for each series, in the order of `words`."""
    found: dict[Any, Row] = {}
    for row in rows:
        found.setdefault(
            row[period], {period: row[period], **dict.fromkeys(words)}
        )[row[series]] = row[value]  # fmt: skip
    return [found[p] for p in sorted(found)]


def with_page(rows: list[Row]) -> list[Row]:
    """Rows with the address of their school's page."""
    return [{**r, "page": f"school.html#{r['school_code']}"} for r in rows]


# --- classes ---


def _classes_of(row: Row) -> tuple[Markup, ...]:
    """How many classes of a stage, and how many of them large, where a large class is defined for the stage."""
    mart = "fct_district_class_sizes"
    counted = sentence("共 ", shown(mart, _STAGE_KEY, row, "classes", "whole"), " 个班")
    if row["classes_large"] is None:
        return (counted, sentence("这个学段没有大班额标准"))
    return (
        sentence(counted, "；大班额 ", shown(mart, _STAGE_KEY, row, "classes_large", "whole"), "，超大班额 ",
                 shown(mart, _STAGE_KEY, row, "classes_super_large", "whole")),
        sentence("大班额占比 ", shown(mart, _STAGE_KEY, row, "large_share", "percent")),
    )  # fmt: skip


def classes_page(marts: Marts, district_code: str) -> Page | None:
    """Class sizes of the district, the ledger of crowded classes, and every class above the standard."""
    sizes = sorted(
        marts.rows("fct_district_class_sizes", district_code), key=lambda r: (r["school_year"], by_stage(r))
    )
    if not sizes:
        return None
    year = marts.years[district_code]
    names = marts.school_names(district_code)
    mart = "fct_district_class_sizes"
    latest = [r for r in sizes if r["school_year"] == year]
    cards = [
        Card(
            f"{labels.stage_zh(r['stage'])}：超过标准班额的班",
            shown(mart, _STAGE_KEY, r, "classes_over_standard", "whole"),
            _classes_of(r),
        )
        for r in latest
    ]  # fmt: skip
    words = {s: zh for s, zh in stage_words().items() if any(r["stage"] == s for r in sizes)}
    trend = lines_drawing(
        "over-standard", "超过标准班额的班数", by_series(sizes, "school_year", "stage", "classes_over_standard", words),
        "school_year", words, value_title="班数", period_title="学年",
    )  # fmt: skip
    columns = [
        Column("school_year", "学年", "year"),
        Column("stage", "学段", words=stage_words()),
        Column("classes", "班数", "whole"),
        Column("classes_over_standard", "超标准", "whole"),
        Column("classes_large", "大班额", "whole"),
        Column("classes_super_large", "超大班额", "whole"),
        Column("large_share", "大班额占比", "percent"),
        Column("rows_without_size", "缺人数的行", "whole"),
    ]
    newest_first = sorted(sizes, key=lambda r: (-r["school_year"], by_stage(r)))
    table = Table("class_sizes", mart, _STAGE_KEY, columns, newest_first, "逐年班额情况", page_rows=20)
    return sections_page(
        "classes.html",
        "班额",
        [
            Section("sizes", "全区班额", "标准班额：小学 45 人，初中 50 人；大班额 56 人及以上，超大班额 66 人及以上。",
                    cards, [trend], [table]),
            _class_ledger(marts, district_code),
            _crowded(marts, district_code, year, names),
        ],
    )  # fmt: skip


def _class_ledger(marts: Marts, district_code: str) -> Section | None:
    ledger = marts.rows("fct_class_ledger", district_code)
    if not ledger:
        return None
    months = marts.rows("fct_district_class_ledger", district_code)
    words = {s: zh for s, zh in stage_words().items() if any(r["stage"] == s for r in months)}
    trend = lines_drawing(
        "open-classes", "台账中未销号的班", by_series(months, "reporting_month", "stage", "open_classes", words)[-12:],
        "reporting_month", words, value_title="班数", period_title="月份",
    )  # fmt: skip
    order = {"to_start": 0, "in_progress": 0, "to_review": 0, "closed": 1}
    rows = sorted(
        with_page(ledger),
        key=lambda r: (
            order.get(r["state"], 0),
            str(r["deadline"] or "9"),
            r["school_name"],
            r["class_name"],
        ),
    )
    columns = [
        Column("school_name", "学校", link="page"),
        Column("stage", "学段", words=stage_words()),
        Column("entry_school_year", "入学年份", "year"),
        Column("class_name", "班级"),
        Column("latest_grade", "年级", words=labels.grade_labels()),
        Column("opened_on", "列入台账", "day"),
        Column("latest_students", "学生数", "whole"),
        Column("standard_size", "标准班额", "whole"),
        Column("excess_students", "超出", "whole"),
        Column("measure_zh", "化解措施"),
        Column("deadline", "时限", "day"),
        Column("state", "状态", words=labels.STATE_ZH),
        Column("light", "灯号", words=labels.LIGHT_ZH),
        Column("closing_reason", "销号原因", words=labels.CLOSING_ZH),
        Column("closed_on", "销号日期", "day"),
    ]
    key = ("school_code", "stage", "entry_school_year", "class_name")
    table = listing(
        "class_ledger",
        "fct_class_ledger",
        key,
        columns,
        rows,
        "大班额台账",
        filters=("stage", "state", "light"),
    )
    lead = "班额超过标准的班列入台账，降到标准以内、毕业或撤并后销号；未销号的排在前面。"
    return Section("ledger", "大班额台账", lead, drawings=[trend], tables=[table])


def _crowded(marts: Marts, district_code: str, year: int, names: dict[str, str]) -> Section:
    rows = with_page(
        [
            r
            for r in marts.rows("fct_classes", district_code, school_year=year)
            if r["size_band"] not in (None, "within_standard")
        ]
    )
    rows.sort(key=lambda r: (-(r["excess_students"] or 0), by_stage(r), names.get(r["school_code"], "")))
    columns = [
        Column("school_code", "学校", words=names, link="page"),
        Column("stage", "学段", words=stage_words()),
        Column("grade", "年级", words=labels.grade_labels()),
        Column("class_name", "班级"),
        Column("students", "学生数", "whole"),
        Column("standard_size", "标准班额", "whole"),
        Column("excess_students", "超出", "whole"),
        Column("size_band", "班额", words=labels.BAND_ZH),
    ]
    key = ("school_year", "school_code", "stage", "grade", "class_name")
    table = listing("crowded", "fct_classes", key, columns, rows, f"{year} 学年超过标准班额的班",
                    filters=("stage", "size_band"), empty_zh="没有超过标准班额的班。")  # fmt: skip
    return Section("crowded", "超过标准班额的班", tables=[table])


# --- kindergartens ---


def kindergartens_page(marts: Marts, district_code: str) -> Page | None:
    """Pay and insurance of kindergarten staff as the committee may see it, and preschool universality."""
    district = marts.rows("fct_district_kindergarten_pay", district_code)
    if not district:
        return None
    return sections_page(
        "kindergartens.html",
        "幼儿园待遇与参保",
        [
            _district_pay(district),
            _kindergartens(marts, district_code),
            _universality(marts, district_code),
        ],
        lead_zh="不足 3 人的平均工资，以及能由别的数推算出它的数，不公布；人数照常公布。",
    )


def _pay_columns() -> list[Column]:
    return [
        Column("in_post_teachers", "在编教师", "whole"),
        Column("temporary_teachers", "临聘教师", "whole"),
        Column("in_post_mean_annual_pay_yuan", "在编年均工资（元）", "yuan", verdict="pay_status"),
        Column("temporary_mean_annual_pay_yuan", "临聘年均工资（元）", "yuan", verdict="pay_status"),
        Column("pay_ratio", "临聘与在编之比", "percent", verdict="pay_status"),
        Column("staff", "教职工", "whole"),
        Column("fully_insured_staff", "足额参保", "whole"),
        Column("insured_share", "参保比例", "percent"),
    ]


def _mean_pay(row: Row, group: str, group_zh: str) -> Markup:
    """Mean pay of one group of teachers; that there are none of them is no missing figure."""
    if row[f"{group}_teachers"] == 0:
        return sentence(f"没有{group_zh}教师")
    figure = shown(
        "fct_district_kindergarten_pay", _OWNERSHIP_KEY, row, f"{group}_mean_annual_pay_yuan", "yuan"
    )
    return sentence(f"{group_zh} ", figure, " 元")


def _district_pay(district: list[Row]) -> Section:
    mart = "fct_district_kindergarten_pay"
    owners = {"public": "公办", "private": "民办", "all": "合计"}
    year = max(r["school_year"] for r in district)
    cards = []
    for r in sorted(
        (r for r in district if r["school_year"] == year), key=lambda r: list(owners).index(r["ownership"])
    ):
        ratio = (
            sentence("不公布")
            if r["pay_status"] == "suppressed"
            else shown(mart, _OWNERSHIP_KEY, r, "pay_ratio", "percent")
        )
        pay = () if r["pay_status"] == "suppressed" else (
            sentence(_mean_pay(r, "temporary", "临聘"), "，", _mean_pay(r, "in_post", "在编")),
        )  # fmt: skip
        insured = sentence(
            "足额缴纳五险一金 ", shown(mart, _OWNERSHIP_KEY, r, "fully_insured_staff", "whole"), " 人，占 ",
            shown(mart, _OWNERSHIP_KEY, r, "insured_share", "percent"),
        )  # fmt: skip
        whose = "全部幼儿园" if r["ownership"] == "all" else f"{owners[r['ownership']]}园"
        cards.append(Card(f"{whose}：临聘与在编年均工资之比", ratio, (*pay, insured)))
    public = sorted((r for r in district if r["ownership"] == "public"), key=lambda r: r["school_year"])
    pay_words = {"in_post_mean_annual_pay_yuan": "在编", "temporary_mean_annual_pay_yuan": "临聘"}
    drawings = [
        lines_drawing("pay", "公办园教师年均工资", public, "school_year", pay_words,
                      value_title="元", period_title="学年"),
        lines_drawing("insured", "公办园教职工足额参保比例", public, "school_year", {"insured_share": "参保"},
                      value_title="%", period_title="学年", scale=100, decimals=1, suffix="%"),
    ]  # fmt: skip
    rows = sorted(district, key=lambda r: (-r["school_year"], list(owners).index(r["ownership"])))
    columns = [
        Column("school_year", "学年", "year"),
        Column("ownership", "办学性质", words=owners),
        Column("kindergartens_due", "应报园", "whole"),
        Column("kindergartens", "已报园", "whole"),
        *_pay_columns(),
    ]
    table = Table("district_pay", mart, _OWNERSHIP_KEY, columns, rows, "全区逐年待遇与参保", page_rows=15)
    return Section("district", "全区情况", "", cards, drawings, [table])


def _kindergartens(marts: Marts, district_code: str) -> Section:
    names = marts.school_names(district_code)
    rows = with_page(marts.latest("fct_kindergarten_pay", district_code))
    rows.sort(key=lambda r: (r["pay_ratio"] is None, r["pay_ratio"] or 0, names.get(r["school_code"], "")))
    columns = [
        Column("school_code", "幼儿园", words=names, link="page"),
        Column("ownership", "办学性质", words={k: labels.ownership_zh(k) for k in ("public", "private")}),
        *_pay_columns(),
    ]
    table = listing("kindergarten_pay", "fct_kindergarten_pay", ("school_year", "school_code"), columns, rows,
                    "各园待遇与参保，临聘与在编之比由低到高", filters=("ownership",))  # fmt: skip
    return Section("kindergartens", "各园情况", tables=[table])


def _universality(marts: Marts, district_code: str) -> Section | None:
    rows = marts.rows("fct_preschool_universality", district_code)
    if not rows:
        return None
    year = max(r["school_year"] for r in rows)
    rows = sorted((r for r in rows if r["school_year"] == year), key=lambda r: r["sort_order"])
    scaled = ("scale", "decimals", "unit_zh")
    columns = [
        Column("figure_zh", "项目"),
        Column("value", "数值", scaled_by=scaled, verdict="status"),
        Column("threshold", "要求", scaled_by=scaled),
        Column("status", "判断", "verdict"),
        Column("reports_due", "应报", "whole"),
        Column("reports_available", "已报", "whole"),
    ]
    key = ("school_year", "district_code", "figure_code")
    table = Table(
        "universality", "fct_preschool_universality", key, columns, rows, f"{year} 学年学前教育普及普惠"
    )
    return Section("universality", "普及普惠", tables=[table])


# --- upper secondary ---


def upper_secondary_page(marts: Marts, district_code: str) -> Page | None:
    """Vocational share, and the vocational schools' conditions, teachers and site plans."""
    shares = sorted(marts.rows("fct_upper_secondary", district_code), key=lambda r: r["school_year"])
    if not shares:
        return None
    mart, latest = "fct_upper_secondary", shares[-1]
    cards = [
        Card("中职在校生占高中阶段", shown(mart, _YEAR_KEY, latest, "vocational_share", "percent"),
             (sentence("中职 ", shown(mart, _YEAR_KEY, latest, "vocational_students", "whole"), " 人，普通高中 ",
                       shown(mart, _YEAR_KEY, latest, "general_students", "whole"), " 人"),)),
        Card("含技工学校的占比", shown(mart, _YEAR_KEY, latest, "vocational_share_with_technician", "percent"),
             (sentence("技工学校 ", shown(mart, _YEAR_KEY, latest, "technician_students", "whole"), " 人"),)),
    ]  # fmt: skip
    words = {"vocational_share": "中职占比", "vocational_share_with_technician": "含技工学校"}
    trend = lines_drawing("shares", "中职在校生占高中阶段的比例", shares, "school_year", words, value_title="%",
                          period_title="学年", scale=100, decimals=1, suffix="%")  # fmt: skip
    columns = [
        Column("school_year", "学年", "year"),
        Column("vocational_students", "中职在校生", "whole"),
        Column("technician_students", "技工学校", "whole"),
        Column("general_students", "普通高中", "whole"),
        Column("vocational_share", "中职占比", "percent"),
        Column("vocational_share_with_technician", "含技工学校", "percent"),
        Column("schools_due", "应报学校", "whole"),
        Column("schools_available", "已报学校", "whole"),
    ]
    table = Table("shares", mart, _YEAR_KEY, columns, shares[::-1], "逐年高中阶段在校生")
    return sections_page(
        "upper_secondary.html",
        "高中阶段",
        [
            Section("shares", "职业学校与普通高中", "", cards, [trend], [table]),
            _conditions(marts, district_code),
            _vocational_teachers(marts, district_code),
            _site_plans(marts, district_code),
        ],
    )


def _conditions(marts: Marts, district_code: str) -> Section | None:
    rows = with_page(marts.latest("fct_vocational_conditions", district_code))
    if not rows:
        return None
    names, codes = marts.school_names(district_code), list(labels.CONDITION_ZH)
    rows.sort(key=lambda r: (names.get(r["school_code"], ""), codes.index(r["condition_code"])))
    columns = [
        Column("school_code", "学校", words=names, link="page"),
        Column("condition_code", "条件", words=labels.CONDITION_ZH),
        Column("value", "实际值", "number", 2, verdict="status"),
        Column("threshold", "标准", "number", 2),
        Column("status", "判断", "verdict"),
        Column("value_owned_only", "只计自有", "number", 2, verdict="status_owned_only"),
        Column("status_owned_only", "只计自有的判断", "verdict"),
    ]
    key = ("school_year", "school_code", "condition_code")
    table = listing("conditions", "fct_vocational_conditions", key, columns, rows, "中职学校办学条件",
                    filters=("school_code", "status"))  # fmt: skip
    return Section(
        "conditions", "中职学校办学条件", "生师比要求不高于标准，其余要求不低于标准。", tables=[table]
    )


def _vocational_teachers(marts: Marts, district_code: str) -> Section | None:
    rows = sorted(marts.rows("fct_vocational_teachers", district_code), key=lambda r: -r["school_year"])
    if not rows:
        return None
    columns = [
        Column("school_year", "学年", "year"),
        Column("planned_entrants", "计划招生", "whole"),
        Column("entrants", "实际招生", "whole"),
        Column("intake_share_of_plan", "完成率", "percent"),
        Column("full_time_teachers", "专任教师", "whole"),
        Column(
            "dual_qualified_teacher_share", "双师型占专业教师", "percent", verdict="dual_qualified_status"
        ),
        Column("specialised_teacher_share", "专业教师占比", "percent", verdict="specialised_status"),
        Column("senior_title_teacher_share", "高级职称占比", "percent", verdict="senior_title_status"),
        Column("part_time_teacher_share", "兼职教师占比", "percent"),
    ]
    table = Table(
        "vocational_teachers", "fct_vocational_teachers", _YEAR_KEY, columns, rows, "逐年招生与教师"
    )
    return Section("teachers", "中职招生与教师", tables=[table])


def _site_plans(marts: Marts, district_code: str) -> Section | None:
    rows = with_page(marts.rows("fct_vocational_site_plans", district_code))
    if not rows:
        return None
    columns = [
        Column("school_name", "学校", link="page"),
        Column("condition_code", "条件", words=labels.CONDITION_ZH),
        Column("plan_year", "计划年份", "year"),
        Column("planned_value", "计划达到", "number", 2),
        Column("reached_value", "已达到", "number", 2),
        Column("latest_school_year", "最近学年", "year"),
        Column("latest_value", "最近数值", "number", 2, verdict="latest_status"),
        Column("threshold", "标准", "number", 2),
    ]
    key = ("school_code", "plan_year", "condition_code")
    table = listing(
        "site_plans",
        "fct_vocational_site_plans",
        key,
        columns,
        rows,
        "中职学校达标计划",
        filters=("plan_year",),
    )
    return Section("plans", "达标计划", tables=[table])
