"""What only the district returns for the plan: budgets, monitoring, satisfaction, support, rooms and documents."""

from __future__ import annotations

from collections.abc import Iterable

from dagster_project.sample.district import DISTRICT_CODE, District, Reports, Row, silent_schools
from dagster_project.sample.plan_evidence import evidence
from dagster_project.sample.plan_tasks import BASE_YEAR

#: Published numbers of satisfied among 10,000 asked, by question.
SATISFACTION = {
    "校园安全措施及成效": 8692,
    "校车、校舍及设施安全": 8598,
    "食品安全": 8689,
    "学校教育总体": 8705,
}


def district_rows(district: District, reports: dict[int, Reports], year: int) -> dict[str, list[Row]]:
    """Rows that only the district returns; the file of 2024 holds the years up to 2023, that of 2025 the rest."""
    years = range(2019, 2024) if year == 2024 else range(2024, 2025)
    school_years = [y for y in (range(2019, 2024) if year == 2024 else (2024, 2025)) if y in reports]
    inspected = [y for y in school_years if y >= BASE_YEAR]
    silent = {y: silent_schools(district, y) for y in school_years}
    return {
        "district_figures": [r for y in years for r in _figures(y)],
        "monitoring_results": _monitoring(range(2021, 2024) if year == 2024 else range(2024, 2026)),
        "satisfaction": _satisfaction(year),
        "kindergarten_support": _sent(silent, (r for y in school_years for r in _support(reports[y], y))),
        "special_rooms": _sent(silent, (r for y in inspected for r in _rooms(reports[y], y))),
        "compulsory_inputs": _sent(silent, (r for y in inspected for r in _inputs(reports[y], y))),
        "government_documents": _documents((2022, 2023) if year == 2024 else (2024,)),
    }


def _sent(silent: dict[int, frozenset[str]], rows: Iterable[Row]) -> list[Row]:
    return [r for r in rows if r["school_code"] not in silent[r["figure_year"]]]


#: Budget of a year in 万元: all, education, students, growth of the city's education outlay.
_BUDGET = {
    2019: (512_000, 118_400, 96_200, 0.051), 2020: (521_500, 122_900, 96_900, 0.038), 2021: (539_000, 129_700, 97_300, 0.049),
    2022: (548_200, 131_000, 98_600, 0.031), 2023: (561_400, 136_900, 98_100, 0.044), 2024: (575_800, 145_100, 97_200, 0.046),
}  # fmt: skip


def _figures(year: int) -> list[Row]:
    step = year - 2019
    budget, education, students, city = _BUDGET[year]
    values: dict[str, float] = {
        "一般公共预算支出": budget * 10_000, "一般公共预算教育支出": education * 10_000, "在校学生数（财政口径）": students,
        "全市一般公共预算教育支出增长率": city, "纳入预算的临聘教师工资": 0 if year < 2024 else 4_260_000,
        "义务教育教师年平均工资": 118_200 + 3_900 * step, "公务员年平均工资": 119_800 + 3_400 * step,
        "特殊教育学校生均公用经费": 8_200 + 150 * step, "优质高中招生总名额": 1_820 + 20 * step,
        "优质高中分配到校名额": 980 + 40 * step, "符合条件随迁子女数": 3_460 + 120 * step,
        "公办和购买学位就读随迁子女数": 3_020 + 130 * step, "适龄残疾儿童少年数": 286 + 4 * step,
        "入学残疾儿童少年数": 271 + 5 * step, "公用经费预算总额": 86_400_000 + 2_100_000 * step,
        "教师培训经费": 4_060_000 + 190_000 * step, "社会认可度": round(0.842 + 0.006 * step, 4),
        "户籍3–6岁儿童数": 15_900 - 240 * step, "常住3–6岁儿童数": 16_600 - 260 * step, "在园3–6岁幼儿数": 14_450 - 150 * step,
    }  # fmt: skip
    return [
        {
            "district_code": DISTRICT_CODE,
            "figure_year": year,
            "figure_code": name,
            "figure": value,
            "source_zh": "部门报表",
        }
        for name, value in values.items()
    ]


_ROUNDS = {
    2021: ("数学", "体育", "心理健康"), 2022: ("语文", "艺术", "英语"), 2023: ("德育", "科学", "劳动"),
    2024: ("数学", "体育", "心理健康"), 2025: ("语文", "艺术", "英语"),
}  # fmt: skip


def _monitoring(years: Iterable[int]) -> list[Row]:
    rows = []
    for year in years:
        for n, subject in enumerate(_ROUNDS[year]):
            for stage, less in (("小学", 0.0), ("初中", 0.035)):
                weak = 0.17 if subject in ("英语", "科学") else 0.0
                own = 0.62 + 0.03 * n - weak - less + (0.025 if year == 2025 and subject == "英语" else 0.0)
                for population, share, spread in (
                    ("本区", own, 0.081 + 0.027 * n + less),
                    ("全市", 0.66 - less, 0.112),
                ):
                    rows.append({"district_code": DISTRICT_CODE, "figure_year": year, "stage": stage, "subject": subject,
                                 "population": population, "surveyed_by": "上级评价", "students": 480 if population == "本区" else 21_600,
                                 "level_three_share": round(share, 4), "between_school_difference": round(spread, 4)})  # fmt: skip
    return rows


#: Rounds by the year of the file: name, body, day, respondents, and how many more of 10,000 are satisfied than in 2023.
_SURVEYS = {
    2024: (("2023年评价", "上级评价", "2023-11-20", 10_000, 0), ("2024年自查", "区县自查", "2024-11-15", 6_000, 460)),
    2025: (("2025年评价", "上级评价", "2025-11-14", 10_000, 145),),
}  # fmt: skip


def _satisfaction(year: int) -> list[Row]:
    return [
        {"district_code": DISTRICT_CODE, "survey_round": name, "question": question, "surveyed_by": body, "surveyed_on": day,
         "respondents": asked, "satisfied": (satisfied + more) * asked // 10_000}
        for name, body, day, asked, more in _SURVEYS[year] for question, satisfied in SATISFACTION.items()
    ]  # fmt: skip


def _support(reports: Reports, year: int) -> list[Row]:
    children: dict[str, int] = {}
    nursery: dict[str, int] = {}
    for r in reports["class_sizes"]:
        if r["stage"] == "学前" and isinstance(r.get("students"), int) and r["students"] > 0:
            target = nursery if r["grade"] == "托班" else children
            target[r["school_code"]] = target.get(r["school_code"], 0) + r["students"]
    rows = []
    for n, r in enumerate(s for s in reports["schools"] if s["school_type"] == "幼儿园"):
        code = r["school_code"]
        public = r["ownership"] == "公办"
        rows.append({
            "school_code": code, "school_name": r["school_name"], "figure_year": year, "children": children.get(code, 90),
            "inclusive_assessment": None if public else ("通过" if r.get("is_inclusive") == "是" else "未申请"),
            "nursery_places": 20 * -(-nursery[code] // 20) if code in nursery else 0, "nursery_children": nursery.get(code, 0),
            "public_funding_yuan": 600 + 20 * (year - 2019), "guard_subsidy_yuan": None if public else 30_000,
            "fee_yuan_per_month": 320 + 10 * (n % 5) if public else 620 + 40 * (n % 6),
        })  # fmt: skip
    return rows


def _stages_of(reports: Reports) -> dict[tuple[str, str], int]:
    """Classes of each compulsory school and stage."""
    found: dict[tuple[str, str], int] = {}
    for r in reports["class_sizes"]:
        if r["stage"] in ("小学", "初中"):
            key = (r["school_code"], r["stage"])
            found[key] = found.get(key, 0) + (r.get("class_count") or 1)
    return found


def _rooms(reports: Reports, year: int) -> list[Row]:
    names = {s["school_code"]: s["school_name"] for s in reports["schools"]}
    rows = []
    for n, ((code, stage), classes) in enumerate(sorted(_stages_of(reports).items())):
        for kind, area in (("音乐", 98.0), ("美术", 92.0)):
            count = -(-classes // 12) - (1 if n % 9 == 4 and kind == "美术" else 0)
            for number in range(1, count + 1):
                small = n % 7 == 2 and number == 1
                rows.append({"school_code": code, "school_name": names[code], "figure_year": year, "stage": stage,
                             "room_kind": kind, "room_name": f"{kind}{number}室", "room_area_m2": 58.0 if small else area})  # fmt: skip
    return rows


def _inputs(reports: Reports, year: int) -> list[Row]:
    names = {s["school_code"]: s["school_name"] for s in reports["schools"]}
    rows = []
    for n, (code, stage) in enumerate(sorted(_stages_of(reports))):
        students = sum(
            r["students"] for r in reports["class_sizes"]
            if r["school_code"] == code and r["stage"] == stage and isinstance(r.get("students"), int) and r["students"] > 0
        )  # fmt: skip
        entrants = max(students // (6 if stage == "小学" else 3), 1)
        cross = n % 4 if n % 11 == 3 and entrants > 9 else 0
        begun = entrants + 2
        rows.append({
            "school_code": code, "school_name": names[code], "figure_year": year, "stage": stage, "entrants": entrants,
            "nearby_entrants": entrants - cross, "cross_zone_entrants": cross, "migrant_children": students // 18,
            "cohort_entrants": begun, "transferred_in": 1, "transferred_out": 2, "deceased": 0, "graduates": begun - 1 - (n % 13 == 6),
            "public_funding_yuan": max(students, 100) * (720 if stage == "小学" else 940),
        })  # fmt: skip
    return rows


_DOCUMENTED = (
    "学校规划布局合理", "建设编制经费装备四统一", "不足百人学校按百人核定公用经费", "县级统筹分配教职工编制和岗位", "学校章程与管理信息化",
    "信息化教学与设备利用率", "德育与校园文化", "课程开齐开足", "无过重课业负担", "质量监测学业水平达三级以上",
)  # fmt: skip
_VETOES = (
    "以考试方式招生", "违规择校", "设重点学校或重点班", "有编不补或长期聘用编外教师", "重大安全责任事故、严重违纪或弄虚作假",
    "治理校外培训和减负不力",
)  # fmt: skip


def _documents(years: Iterable[int]) -> list[Row]:
    rows = []
    for year in years:
        for name in (*_DOCUMENTED, *_VETOES):
            conclusion = "未发生" if name in _VETOES else "未达到" if name == _DOCUMENTED[-1] else "达到"
            rows.append({"district_code": DISTRICT_CODE, "figure_year": year, "item_code": name, "conclusion": conclusion,
                         **evidence([f"履职资料汇编_{year}"])})  # fmt: skip
    return rows
