"""One small district whose returns invite wrong statements about days, denominators and evidence; its release makes none.

Six schools sent everything of September 2023 and no yearly return since; the plan began on 1 March 2024; the release is of
the end of 2025. Raw workbooks go in, and only what is published is asked: tables, pages, workbook, monthly report.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import lxml.html
import openpyxl
import pytest
from docx import Document

from dagster_project import run
from tests.conftest import District

Row = dict[str, Any]
CODE = "500101"
P1, P2, J1, K1, K2, V1 = "2150100001", "2150100002", "3150100001", "1150100001", "1150100002", "3650100001"
DOCUMENT = "总结"


def school(code: str, name: str, town: str, kind: str, **more: Any) -> Row:
    return {"school_code": code, "school_name": name, "district_code": CODE, "town": town, "school_type": kind, "ownership": "公办",
            **more}  # fmt: skip


def a_class(code: str, stage: str, grade: int, name: str, students: int | None, **more: Any) -> Row:
    return {"school_code": code, "stage": stage, "grade": grade, "class_name": name, "students": students, **more}  # fmt: skip


def staff(code: str, above: int, stage: str = "小学") -> Row:
    return {"school_code": code, "stage": stage, "full_time_teachers": 20, "above_required_degree_teachers": above,
            "backbone_teachers": 1, "pe_teachers": 1, "music_teachers": 0, "fine_art_teachers": 0}  # fmt: skip


def premises(code: str, sports_ground: int) -> Row:
    return {"school_code": code, "teaching_area_m2": 450, "indoor_sports_area_m2": 0, "sports_ground_area_m2": sports_ground,
            "equipment_10k_yuan": 20, "multimedia_classrooms": 3}  # fmt: skip


def pay(code: str, insured: int) -> Row:
    return {"school_code": code, "staff": 20, "in_post_teachers": 5, "in_post_annual_pay_yuan": 500000, "temporary_teachers": 4,
            "temporary_annual_pay_yuan": 120000, "fully_insured_staff": insured}  # fmt: skip


def task(item: str, measure: int = 1, proof: str = "资料", **more: Any) -> Row:
    return {"district_code": CODE, "item_number": item, "measure_number": measure, "area_zh": "领域", "item_title_zh": f"事项{item}",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": proof, "lead_department": "教委",
            "deadline": "2026-12-31", **more}  # fmt: skip


def closing(item: str, month: str, measure: int = 1, state: str = "已销号", **more: Any) -> Row:
    return {"district_code": CODE, "item_number": item, "measure_number": measure, "reporting_month": month,
            "reported_on": f"{month}-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": f"{month}-12",
            "review_result": "通过", **more}  # fmt: skip


def english(year: int, share: float) -> Row:
    return {"district_code": CODE, "figure_year": year, "stage": "小学", "subject": "英语", "population": "本区",
            "surveyed_by": "上级评价", "students": 480, "level_three_share": share}  # fmt: skip


def survey(name: str, day: str, by: str, satisfied: int) -> list[Row]:
    return [{"district_code": CODE, "survey_round": name, "question": question, "surveyed_by": by, "surveyed_on": day,
             "respondents": 10000, "satisfied": satisfied} for question in ("食品安全", "校园安全措施及成效", "校车、校舍及设施安全")]  # fmt: skip


def hazard(number: str, place: str, found: str, deadline: str, **more: Any) -> Row:
    return {"school_code": P1, "hazard_number": number, "found_on": found, "deadline": deadline, "inspection_rhythm": "日",
            "place_zh": place, "hazard_kind": "消防", "hazard_grade": "一般", **more}  # fmt: skip


def work(month: str, code: str, done: int, planned: int | None = None) -> Row:
    return {"district_code": CODE, "reporting_month": month, "work_code": code, "planned": planned, "done": done}  # fmt: skip


def figure(year: int, code: str, value: float) -> Row:
    return {"district_code": CODE, "figure_year": year, "figure_code": code, "figure": value}


def put_returns(made: District) -> None:
    made.put("2023/学校.xlsx", schools=[
        school(P1, "东镇小学", "东镇", "小学"), school(P2, "西镇小学", "西镇", "小学"), school(J1, "东镇初级中学", "东镇", "初级中学"),
        school(K1, "东镇幼儿园", "东镇", "幼儿园"), school(K2, "西镇幼儿园", "西镇", "幼儿园", ownership="民办", is_inclusive="否"),
        school(V1, "东镇职业学校", "东镇", "中等职业学校"),
    ], class_sizes=[
        a_class(P1, "小学", 1, "46至50人", None, class_count=3, size_band_minimum=46, size_band_maximum=50),
        a_class(P1, "小学", 6, "1班", 50), a_class(J1, "初中", 9, "1班", 52), a_class(J1, "初中", 8, "1班", 45),
        a_class(P1, "小学", 2, "1班", 46),
    ], enrolment=[{"school_code": code, "stage": "小学", "students": 100} for code in (P1, P2)],
       staffing=[staff(P1, 4), staff(P2, 8)], floor_area=[premises(P1, 740), premises(P2, 750)],
       kindergarten_pay=[pay(K1, 15), pay(K2, 10)], vocational_enrolment=[
        {"school_code": V1, "upper_secondary_type": "中等职业学校", "students": 900, "entrants": 300, "campus_area_m2": 60000,
         "owned_campus_area_m2": 40000, "full_time_teachers": 120, "specialised_teachers": 100, "dual_qualified_teachers": 40},
    ], kindergarten_support=[
        {"school_code": code, "figure_year": 2023, "children": children} for code, children in ((K1, 90), (K2, 110))
    ])  # fmt: skip
    made.put("2024/整改.xlsx", rectification_tasks=[
        task("1", proof="资料", figure_code="公办幼儿园临聘教师数"),
        task("9", proof="数据", figure_code="未销号超标班级数", target_value=0),
        task("10", proof="数据", figure_code="一校制教育集团数", target_value=5),
        task("10", 2, figure_code="英语三级以上比例（最低学段）"),
        task("12"), task("12", 2),
        task("13", proof="数据", figure_code="双师型教师占专业教师比例", target_value=0.3, lead_department="人力社保局"),
        task("15", figure_code="安全三项满意度最低值"),
        task("16"), task("17"),
        task("18", proof="数据", figure_code="日周月排查完成率", target_value=1.0),
        task("三", area_zh="组织实施", item_title_zh="加强组织实施"),
    ], rectification_progress=[
        closing("10", "2025-02", 2, evidence_zh=DOCUMENT), closing("13", "2024-07"),
        closing("15", "2025-02", evidence_zh=DOCUMENT), closing("16", "2024-12", evidence_zh="已经全部完成"),
        closing("17", "2024-12", state="免于整改", evidence_zh=DOCUMENT, exemption_reason_zh="统一安排", reviewer=None, reviewed_on=None,
                review_result=None),
        closing("18", "2025-12"),
    ], milestones=[
        {"district_code": CODE, "milestone_number": "一", "item_number": "12", "measure_number": 2, "milestone_kind": "建设项目",
         "milestone_zh": "建成实训楼", "department": "教委", "planned_on": "2025-06-30", "planned_investment_10k_yuan": 800,
         "invested_10k_yuan": 300, "added_places": 270},
    ], school_groups=[
        {"school_code": code, "group_kind": "一校制", "group_name": "甲集团", "group_role": role, "joined_on": "2024-04-01"}
        for code, role in ((P1, "牵头"), (P2, "成员"))
    ], monitoring_results=[english(2023, 0.475), english(2024, 0.5)],
       satisfaction=[*survey("2023年评价", "2023-11-20", "上级评价", 8600), *survey("2024年自查", "2024-11-15", "区县自查", 9900)],
       safety_duties=[{"school_code": P1, "reporting_month": "2025-11", "duty": duty, "due": due, "done": due}
                      for duty, due in (("日排查", 20), ("周排查", 4), ("月排查", 1))],
       hazards=[hazard("一", "食堂", "2024-11-04", "2024-11-20", repaired_on="2025-01-30", checked_on="2025-02-03",
                       check_result="通过", struck_off_on="2025-02-03"),
                hazard("二", "配电房", "2025-11-04", "2025-11-20")],
       work_figures=[work("2025-10", "区级以上优秀人才引育", 3, 5), work("2025-12", "安全工作专题会议", 1), work("2023-09", "中职招生", 600)],
       district_figures=[figure(2023, "在园3–6岁幼儿数", 150), figure(2024, "纳入预算的临聘教师工资", 260000),
                         figure(2024, "一般公共预算教育支出", 1000000), figure(2024, "在校学生数（财政口径）", 1000)],
       vocational_site_plans=[{"school_code": V1, "figure_year": 2024, "condition_code": "学校占地面积", "planned_value": 30000}])  # fmt: skip
    folder = made.raw / "2024" / "佐证"
    folder.mkdir()
    (folder / f"{DOCUMENT}.txt").write_text("合成的总结", encoding="utf-8")


@pytest.fixture(scope="module")
def district(new_district: Callable[[], District]) -> District:
    made = new_district()
    put_returns(made)
    run.run(
        made.raw, made.home, as_of=dt.date(2025, 12, 31), parts=frozenset(("site", "workbooks", "reports"))
    )
    return made


@pytest.fixture(scope="module")
def report(district: District) -> list[str]:
    """Lines of the monthly report: paragraphs, and rows of tables with their cells in one line."""
    (path,) = (district.home / "current" / "reports").glob("*月报*.docx")
    document = Document(str(path))
    rows = [row for table in document.tables for row in table.rows]
    return [p.text for p in document.paragraphs] + [
        "｜".join(cell.text for cell in row.cells) for row in rows
    ]


def page_text(district: District, page: str) -> str:
    document = lxml.html.fromstring((district.home / "current" / "site" / page).read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", document.text_content())


def listed(district: District, page: str, table: str) -> list[dict[str, str]]:
    """Rows of a table of a page, column → text."""
    document = lxml.html.fromstring((district.home / "current" / "site" / page).read_text(encoding="utf-8"))
    found = document.get_element_by_id(table, None)
    assert found is not None, f"{page} has no table {table}"
    return [
        {str(cell.get("data-c")): cell.text_content().strip() for cell in row if cell.get("data-c")}
        for row in found.findall(".//tbody/tr")
    ]


def measure(district: District, number: str, month: str = "2025-12") -> Row:
    item, of_item = number.split(".")
    return district.one(
        f"select * from marts.fct_rectification_measures where item_number = '{item}' and measure_number = {of_item}"
        f" and reporting_month = '{month}'"
    )


def figures(district: District) -> dict[str, dict[str, str]]:
    """What the page of the ledger shows of each measure with a figure."""
    return {row["measure_number"]: row for row in listed(district, "rectification.html", "measure_figures")}


def test_a_figure_from_before_the_measure_began_closes_nothing(district: District) -> None:
    # 40 of 100 specialised teachers in September 2023; 30 % would be enough; claimed in July 2024
    row = measure(district, "13.1")
    assert (row["reported_state"], row["state"]) == ("closed", "in_progress")
    assert row["refusal_zh"] == "数据早于整改开始，不能销号"


def test_an_old_figure_says_its_day_wherever_it_stands(district: District, report: list[str]) -> None:
    old = "数据截至 2023-09，未更新"
    shown = figures(district)["13.1"]
    assert (shown["figure_observed_on"], shown["figure_day_status"]) == ("2023-09-01", "早于整改开始")
    # every card of the first page speaks of September 2023: two rates, three shares, two counts of classes
    cards = page_text(district, "index.html").split("学校达标率逐年变化")[0]
    assert cards.count(old) == 7
    assert [line for line in report if "13.1" in line and "数据截至 2023-09，早于整改开始" in line]
    (book,) = (district.home / "current" / "workbooks").glob("*整改台账*.xlsx")
    rows = [r for r in openpyxl.load_workbook(book, read_only=True)["整改台账"].iter_rows(values_only=True) if "13.1" in map(str, r)]  # fmt: skip
    assert any("2023-09" in str(cell) for cell in rows[0])


def test_years_of_which_nothing_came_are_due(district: District) -> None:
    row = district.one(
        "select school_year, sum(schools_due) as due, sum(schools_received) as received from marts.fct_town_completeness"
        " where feed = 'schools' and school_year = (select max(school_year) from marts.fct_town_completeness) group by 1"
    )
    assert tuple(row.values()) == (2025, 6, 0)
    assert re.search(
        r"学校名录 应报 6 所（6 所沿用往年名录），已报 0 所；？还欠：\S*东镇",
        page_text(district, "index.html"),
    )


def test_the_checks_of_one_school_are_not_those_of_all(district: District) -> None:
    row = district.one(
        "select * from marts.fct_safety_duties where reporting_month = '2025-11' and duty = 'daily_check'"
    )
    assert row["done_share"] == pytest.approx(1 / 6)
    assert measure(district, "18.1")["state"] == "in_progress"
    shown = {
        r["duty"]: (r["done_share"], r["schools_due"], r["schools_reported"])
        for r in listed(district, "safety.html", "duties")
    }
    assert shown["日排查"] == ("16.7%", "6", "1") and shown["门岗值守"] == ("0.0%", "6", "0")


def test_a_refused_closing_ends_no_duty_to_report(district: District) -> None:
    # the office for personnel has one measure, reported it closed in July 2024 and wrote nothing since
    row = district.one(
        "select returns_due, returns_received from marts.fct_department_progress where department = '人力社保局'"
        " and reporting_month = '2025-12'"
    )
    assert tuple(row.values()) == (1, 0)


def test_classes_are_counted_by_class_and_leave_the_ledger_with_their_stage(
    district: District,
) -> None:
    found = {
        (r["stage"], r["entry_school_year"]): (r["state"], r["closing_reason"])
        for r in district.ask("select * from marts.fct_class_ledger")
    }
    assert found == {
        ("primary", 2018): ("closed", "graduated"),  # grade 6 of September 2023
        ("junior_secondary", 2021): ("closed", "graduated"),  # grade 9
        ("primary", 2022): ("to_verify", None), ("primary", 2023): ("to_verify", None),  # no return of 2024 and 2025
    }  # fmt: skip
    # three classes of a band and three more at the start; two of them have left
    row = measure(district, "9.1")
    assert (row["baseline_value"], row["figure_value"]) == (6, 4)
    assert re.search(r"小学：2025-12 未销号班级4其中待核 4 个", page_text(district, "classes.html"))


def test_what_did_not_exist_starts_at_none_and_what_nobody_knew_is_unknown(district: District) -> None:
    # a group of April 2024; checks of November 2025
    assert measure(district, "10.1")["baseline_value"] == 0
    assert measure(district, "18.1")["baseline_value"] is None
    shown = figures(district)
    assert (shown["10.1"]["baseline_status"], shown["18.1"]["baseline_status"]) == (
        "启动时尚无",
        "启动时无数据",
    )


def test_its_own_start_is_no_target_of_a_measure(district: District, report: list[str]) -> None:
    assert (figures(district)["1.1"]["requirement_kind"], figures(district)["13.1"]["requirement_kind"]) == (
        "起点（不得变差）",
        "目标",
    )
    (line,) = [line for line in report if line.startswith("1.1\u3000")]
    assert "｜4人\n不得变差" in line


def test_the_year_so_far_outlasts_a_month_without_a_return(district: District) -> None:
    row = district.one(
        "select done_in_year, planned_in_year from marts.fct_work_figures where work_code = 'talents_brought_in'"
        " and reporting_month = '2025-12'"
    )
    assert tuple(row.values()) == (3, 5)  # both of October


def test_words_are_no_evidence_and_an_exemption_needs_its_reviewer(district: District) -> None:
    for number, reason in (
        ("16.1", "佐证材料未见文件，不能销号"),
        ("17.1", "没有复核人和复核结果，不能认定"),
    ):
        row = measure(district, number)
        assert (row["state"], row["refusal_zh"]) == ("in_progress", reason)
    summary = district.one("select * from marts.fct_rectification_summary where reporting_month = '2025-12'")
    assert (summary["measures_closed"], summary["measures_exempt"]) == (0, 0)


def test_insurance_on_the_first_page_is_that_of_all_kindergartens(district: District) -> None:
    # 15 of 20 in the public one, 10 of 20 in the private one
    assert re.search(
        r"幼儿园教职工足额参保（公办和民办） 62\.5% 教职工 40 人，未足额参保 15 人",
        page_text(district, "index.html"),
    )
    assert "75.0%" not in page_text(district, "index.html")


def test_no_hazard_is_carried_over_that_was_struck_off_in_the_year(district: District) -> None:
    row = district.one(
        "select open_hazards, carried_over_hazards from marts.fct_district_hazards where reporting_month = '2025-12'"
        " and hazard_kind = 'all'"
    )
    assert tuple(row.values()) == (
        1,
        0,
    )  # the open one is of November 2025, that of 2024 was struck off in February
    assert not re.search(r"上年结转 \d", page_text(district, "safety.html"))


def test_an_overdue_milestone_makes_its_measure_and_its_item_red(district: District) -> None:
    # due on 30 June 2025; the deadline of the measure is at the end of 2026
    row = measure(district, "12.2")
    assert (row["light"], row["days_overdue"]) == ("red", 184)
    assert measure(district, "12.1")["light"] == "green"
    item = district.one(
        "select light from marts.fct_rectification_ledger where item_number = '12' and reporting_month = '2025-12'"
    )
    assert item["light"] == "red"


def test_a_rise_within_its_interval_and_a_survey_of_another_body_close_nothing(district: District) -> None:
    # 47.5 % → 50 % of 480 pupils is 45.5 % to 54.5 %; 86 % of the city's survey, 99 % of the district's own
    for number, reason in (
        ("10.2", "与要求的差异在误差范围内，不能销号"),
        ("15.1", "数据早于整改开始，不能销号"),
    ):
        row = measure(district, number)
        assert (row["state"], row["refusal_zh"]) == ("in_progress", reason)
    assert measure(district, "15.1")["figure_value"] == 0.86


def test_the_third_part_of_the_plan_is_no_third_item(report: list[str]) -> None:
    assert "三、组织实施" in report and not [line for line in report if line.startswith("第三项")]


def test_what_an_office_claims_against_the_returns_is_a_problem_and_on_the_page(district: District) -> None:
    with (district.home / "current" / "problems.csv").open(encoding="utf-8-sig", newline="") as stream:
        problems = "\n".join(",".join(row) for row in csv.reader(stream))
    for said in (
        "各月累计 600 人，学校同年上报合计 300 人",
        "区级数 150 人，幼儿园同年上报合计 200 人",
        "计划达到 30000 ㎡",
    ):
        assert said in problems
    shown = {
        (r["claimed"], r["reported"], r["status"]) for r in listed(district, "rectification.html", "claims")
    }
    # intake of vocational schools, children in kindergartens, a site plan below what the school owns
    assert shown == {("600", "300", "有矛盾"), ("150", "200", "有矛盾"), ("30,000", "40,000", "有矛盾")}


@pytest.mark.parametrize(
    ("page", "table", "shown"),
    [
        ("kindergartens.html", "temporary_pay_in_budget", {"fiscal_year": "2024", "temporary_pay_in_budget_yuan": "260,000"}),
        ("kindergartens.html", "district_pay", {"ownership": "合计", "staff_not_fully_insured": "15"}),
        ("groups.html", "groups", {"group_name": "甲集团", "schools": "2", "is_complete": "是"}),
        ("groups.html", "group_members", {"school_code": "西镇小学", "group_role": "成员", "joined_on": "2024-04-01"}),
        # the two members are all schools of the stage, so all differences are within the group
        ("groups.html", "group_differences", {"indicator_code": "每百名学生拥有高于规定学历教师数", "within_share": "100.0%"}),
        ("safety.html", "school_hazard_counts", {"school_name": "东镇小学", "open_hazards": "1", "overdue_hazards": "1"}),
        ("rectification.html", "projects", {"planned_investment_10k_yuan": "800", "invested_10k_yuan": "300", "added_places": "270"}),
        # 4 and 8 teachers above the required degree: 1/3; 7.4 and 7.5 ㎡ for sports: 0.05 ÷ 7.45; five without a difference
        ("index.html", "compliance_years", {"stage": "小学", "composite_cv": "0.049"}),
        # of 4.2 teachers and 750 ㎡ there are 4 and 740; either one would do
        ("index.html", "gaps", {"stage": "小学", "indicator_code": "每百名学生拥有高于规定学历教师数", "gap": "1人"}),
        ("index.html", "gaps", {"stage": "小学", "indicator_code": "生均体育运动场馆面积", "gap": "10㎡"}),
        ("index.html", "town_gaps", {"town": "东镇", "indicator_code": "生均体育运动场馆面积", "gap": "10㎡"}),
        ("index.html", "near_compliant", {"school_code": "东镇小学", "indicator_code": "生均体育运动场馆面积", "gap_needed": "10.00㎡"}),
    ],
)  # fmt: skip
def test_what_is_computed_is_shown(district: District, page: str, table: str, shown: dict[str, str]) -> None:
    rows = listed(district, page, table)
    assert [row for row in rows if shown.items() <= row.items()], rows
