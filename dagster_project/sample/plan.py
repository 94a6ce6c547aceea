"""The synthetic district's rectification plan: tasks, two years of progress, and what proves or refutes it.

Offices and posts stand in for people. All returns of the sample arrive together, so every key appears once;
the dates in the rows tell the history.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dagster_project.sample.district import DISTRICT_CODE, DISTRICT_NAME, District, Row, Site, draw
from dagster_project.sample.returns import Reports

BASE_YEAR = 2023
MONTHS = tuple(f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13))
LAST_DAY = dt.date(2025, 12, 31)
_BEGUN_ON = "2024-03-01"
_SOURCE = "对区政府履行教育职责评价意见整改方案（合成示例）"
#: Published totals of the plan: training projects and person-times of 2024, groups, satisfaction.
TRAINING_PROJECTS, TRAINING_PERSON_TIMES = 46, 9000
ONE_SCHOOL_GROUPS, JOINT_SCHOOL_GROUPS = 5, 8
SATISFACTION = {
    "校园安全措施及成效": 8692,
    "校车、校舍及设施安全": 8598,
    "食品安全": 8689,
    "学校教育总体": 8705,
}

_EDUCATION, _FINANCE, _HEALTH = "示例区教委", "示例区财政局", "示例区卫生健康委"
_STAFFING, _PERSONNEL = "示例区委编办", "示例区人力社保局"
_LAND, _INVESTMENT, _SUPERVISION = "示例区规划自然资源局", "示例区发展改革委", "示例区政府教育督导委"
_AREAS = {
    **dict.fromkeys(range(1, 7), "学前教育教师待遇保障"), **dict.fromkeys(range(7, 11), "义务教育优质均衡发展"),
    **dict.fromkeys(range(11, 15), "职业教育高质量发展"), **dict.fromkeys(range(15, 19), "校园安全管理"),
}  # fmt: skip
_ORGANISATION = "三"
_TITLES = {
    "1": (
        "提高公办幼儿园临聘教师待遇",
        "临聘教师392人，年平均工资34679元，约为在编教师的29%，未纳入财政保障",
    ),
    "2": ("幼儿园教职工足额参保", "足额缴纳五险一金1513人，占65%"),
    "3": ("保障民办幼儿园教师待遇", "没有出台民办幼儿园教师工资保障政策"),
    "4": ("加强幼儿园教师培养培训", "教师队伍建设力度需要加大"),
    "5": ("提升保育保教质量", "集团化办园和幼小衔接需要推进"),
    "6": ("发展2至3岁托育服务", "托育服务处于探索阶段"),
    "7": ("缩小校际差异，推进校校达标", "小学、初中差异系数与标准差距较大，七项指标校校达标率较低"),
    "8": ("建立跨部门攻坚专班", "需要明确时间表、路线图，建立周报、月报制度"),
    "9": ("增加城区学位，化解大班额", "城区义务教育资源总量不足，校额班额偏大"),
    "10": ("缩小教育质量差距", "英语、科学三级以上比例较低，集团化办学需要深化"),
    "11": ("增强职业教育吸引力", "中等职业教育在校生占比23.9%"),
    "12": ("改善职业学校办学条件", "一所卫生类学校场地不足，一所学校全部租赁办学"),
    "13": ("提高职业学校师资水平", "专业教师和双师型教师需要加强"),
    "14": ("推进产教融合和校企合作", "职业教育与区内产业衔接不够紧密"),
    "15": ("提高校园安全满意度", "安全措施86.92%，校车校舍设施85.98%，食品安全86.89%"),
    "16": ("隐患排查整治到位", "个别学校隐患排查整治不到位"),
    "17": ("安全发展理念贯穿教育全过程", "需要增强校园安全工作责任感"),
    "18": ("健全隐患闭环管理机制", "需要压实政府、部门、学校安全责任"),
    _ORGANISATION: ("加强组织实施", "逐项落实责任、时限和要求，定期收集进展并销号"),
}

_FIGURE_ZH = {
    "temporary_teachers": "公办幼儿园临聘教师数", "fully_insured_staff_share": "幼儿园教职工足额参保比例",
    "inclusive_coverage_rate": "普惠性幼儿园覆盖率", "work_done_share": "工作计划完成率",
    "kindergartens_in_groups": "集团化办园覆盖幼儿园数", "kindergarten_pair_coverage": "幼小结对覆盖率",
    "nursery_places": "幼儿园托位数", "primary_compliance_rate": "小学校校达标率", "junior_compliance_rate": "初中校校达标率",
    "primary_variations_met": "小学差异系数达标项数", "junior_variations_met": "初中差异系数达标项数",
    "two_never_decrease": "两个只增不减实现项数", "education_outlay_growth_above_city": "教育支出增长率高于全市",
    "milestones_due_achieved_share": "到期节点完成率", "oversized_schools": "规模超标学校数",
    "open_oversized_classes": "未销号超标班级数", "one_school_groups": "一校制教育集团数",
    "joint_school_groups": "联校制教育集团数", "english_level_three_share": "英语三级以上比例（最低学段）",
    "science_level_three_share": "科学三级以上比例（最低学段）", "vocational_share": "中职在校生占高中阶段比例",
    "compliant_vocational_schools_share": "办学条件全部达标中职学校比例",
    "dual_qualified_teacher_share": "双师型教师占专业教师比例", "lowest_safety_satisfaction": "安全三项满意度最低值",
    "overdue_hazards": "逾期未整改隐患数", "safety_checks_done_share": "日周月排查完成率",
    "progress_returns_share": "整改进展按时报送率",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One measure of the plan: who leads it, by when, and what proves it."""

    item: str
    number: int
    text: str
    lead: str
    deadline: str = ""
    figure: str = ""
    target: float | None = None
    others: str = ""
    person: str = "业务科室负责人"
    documents: str = ""


def _m(item: str, number: int, text: str, lead: str, deadline: str = "", **more: object) -> Measure:
    return Measure(item, number, text, lead, deadline, **more)  # type: ignore[arg-type]


MEASURES: tuple[Measure, ...] = (
    _m("1", 1, "增加在编幼儿教师招聘，逐年减少临聘教师", _EDUCATION, "2025-12-31", figure="temporary_teachers",
       others=f"{_STAFFING}、{_PERSONNEL}、{_FINANCE}", documents="招聘计划、录用文件"),
    _m("1", 2, "新增在编教师经费列入财政预算", _FINANCE, "2025-03-31", others=_EDUCATION, documents="预算批复"),
    _m("2", 1, "春季联合开展参保专项检查", _PERSONNEL, "2024-06-30", others=_EDUCATION, documents="检查通报"),
    _m("2", 2, "督促全部幼儿园教职工足额参保", _PERSONNEL, "2024-12-31", figure="fully_insured_staff_share", target=1.0,
       others=_EDUCATION),
    _m("3", 1, "引导民办幼儿园申办普惠性幼儿园", _EDUCATION, "2025-09-30", figure="inclusive_coverage_rate", target=0.8),
    _m("3", 2, "健全生均拨款、收费和资助一体的投入机制", _FINANCE, "2025-06-30", others=_EDUCATION, documents="投入机制文件"),
    _m("4", 1, "完成年度幼儿园教师培训计划", _EDUCATION, "2024-12-31", figure="work_done_share", target=1.0),
    _m("4", 2, "开展为期一年的师德师风整顿", _EDUCATION, "2025-03-31", documents="总结报告"),
    _m("4", 3, "建好名师骨干工作室，引育优秀人才", _EDUCATION, "2025-12-31", documents="工作室管理办法、名册", person=""),
    _m("5", 1, "推进一园制、联园制集团化办园", _EDUCATION, figure="kindergartens_in_groups", documents="集团章程"),
    _m("5", 2, "实现幼儿园与小学结对全覆盖", _EDUCATION, "2025-12-31", figure="kindergarten_pair_coverage", target=1.0),
    _m("6", 1, "幼儿园招收2至3岁幼儿，扩大普惠托位", _HEALTH, "2026-06-30", figure="nursery_places", others=_EDUCATION,
       documents="托育工作总结"),
    _m("7", 1, "补齐短板，推进小学校校达标", _EDUCATION, "2025-12-31", figure="primary_compliance_rate", target=1.0),
    _m("7", 2, "补齐短板，推进初中校校达标", _EDUCATION, "2025-12-31", figure="junior_compliance_rate", target=1.0),
    _m("7", 3, "缩小小学校际差异", _EDUCATION, "2025-12-31", figure="primary_variations_met", target=7.0),
    _m("7", 4, "缩小初中校际差异", _EDUCATION, "2025-12-31", figure="junior_variations_met", target=7.0),
    _m("7", 5, "完成学校布局规划，保障教育用地", _LAND, "2025-06-30", others=_INVESTMENT, documents="布局规划批复"),
    _m("7", 6, "确保教育投入两个只增不减", _FINANCE, "2024-12-31", figure="two_never_decrease", target=2.0),
    _m("7", 7, "教育支出增长不低于全市平均", _FINANCE, "2024-12-31", figure="education_outlay_growth_above_city", target=0.0),
    _m("8", 1, "组建跨部门攻坚专班", _SUPERVISION, "2024-04-30", documents="成立文件"),
    _m("8", 2, "按时间表、路线图推进并按周按月报告", _EDUCATION, "2025-12-31", figure="milestones_due_achieved_share", target=1.0),
    _m("9", 1, "加快新建和扩建学校项目", _INVESTMENT, "2025-09-01", figure="milestones_due_achieved_share", target=1.0,
       others=f"{_EDUCATION}、{_LAND}"),
    _m("9", 2, "控制学校规模", _EDUCATION, "2026-06-30", figure="oversized_schools", target=0.0),
    _m("9", 3, "优化招生片区，禁止跨片区招生", _EDUCATION, "2025-09-30", documents="招生方案、检查通报"),
    _m("9", 4, "一校一策化解大班额并逐一销号", _EDUCATION, "2025-09-30", figure="open_oversized_classes", target=0.0),
    _m("10", 1, "组建一校制教育集团", _EDUCATION, "2024-06-30", figure="one_school_groups", target=5.0),
    _m("10", 2, "组建联校制教育集团", _EDUCATION, "2024-06-30", figure="joint_school_groups", target=8.0),
    _m("10", 3, "提升英语教学质量", _EDUCATION, "2025-12-31", figure="english_level_three_share", documents="质量提升方案"),
    _m("10", 4, "提升科学教学质量", _EDUCATION, "2026-06-30", figure="science_level_three_share", documents="质量提升方案"),
    _m("10", 5, "组织学校联盟和对口帮扶", _EDUCATION, "2026-01-15", documents="帮扶协议"),
    _m("11", 1, "多渠道开展职业教育招生宣传", _EDUCATION, "2025-08-31", documents="宣传活动记录"),
    _m("11", 2, "优化招生计划，提高中职占比", _EDUCATION, figure="vocational_share", documents="招生计划文件"),
    _m("12", 1, "按年度安排完成办学条件达标", _EDUCATION, "2025-12-31", figure="compliant_vocational_schools_share", target=1.0),
    _m("12", 2, "推进卫生类学校迁建", _INVESTMENT, "2026-06-30", others=f"{_LAND}、{_EDUCATION}", documents="选址和立项批复"),
    _m("12", 3, "引进职业院校来区办学", _INVESTMENT, "2026-06-30", documents="合作协议"),
    _m("13", 1, "提高双师型教师比例", _EDUCATION, "2025-12-31", figure="dual_qualified_teacher_share", target=0.3),
    _m("13", 2, "开展教师培训、企业实践和专业教师招聘", _EDUCATION, "2025-08-31", documents="培训和招聘台账"),
    _m("14", 1, "深化校地校企合作，开展订单培养和技术服务", "示例区经济开发区管委会", others=_EDUCATION, documents="合作协议", person=""),
    _m("15", 1, "开展消防、校车、校舍、食品专项整治", _EDUCATION, "2025-12-31", figure="lowest_safety_satisfaction",
       others="示例区公安分局、示例区市场监管局", documents="专项整治总结"),
    _m("16", 1, "隐患限期整改，不留逾期", _EDUCATION, "2025-12-31", figure="overdue_hazards", target=0.0),
    _m("16", 2, "开展督查、通报和问责", _SUPERVISION, "2026-01-20", documents="督查通报"),
    _m("17", 1, "把安全要求贯穿教育教学管理全过程", _EDUCATION, "2025-06-30", documents="责任书、会议记录"),
    _m("18", 1, "落实日周月隐患排查", _EDUCATION, "2025-12-31", figure="safety_checks_done_share", target=1.0),
    _m("18", 2, "动态更新问题隐患和制度措施两个清单", _EDUCATION, "2025-09-30", documents="两个清单"),
    _m("18", 3, "抓好安全教育、门岗值守和家校联系", _EDUCATION, "2026-01-25", documents="教育记录、值守记录"),
    _m(_ORGANISATION, 1, "成立整改工作领导小组", "示例区政府办", "2024-03-31", documents="成立文件"),
    _m(_ORGANISATION, 2, "建立整改台账，按月收集进展", _EDUCATION, "2026-01-31", figure="progress_returns_share", target=1.0),
    _m(_ORGANISATION, 3, "开展整改督查、通报和问责", _SUPERVISION, "2026-03-31", documents="督查通报"),
)  # fmt: skip


@dataclass
class PlanFile:
    """One workbook of the plan: its folder, its name, and rows by feed."""

    year: int
    name: str
    feeds: dict[str, list[Row]] = field(default_factory=dict)


def plan_files(district: District, reports: dict[int, Reports]) -> list[PlanFile]:
    """All workbooks of the plan.

    Args:
        district: the synthetic district.
        reports: its school reports; 2023 has to be among the years.
    """
    plan = PlanFile(2024, f"{DISTRICT_NAME}_整改方案_2024", {
        "rectification_tasks": _tasks(), "milestones": _milestones(), "school_groups": _groups(district),
        "class_plans": _class_plans(reports[BASE_YEAR]), "vocational_site_plans": _site_plans(district),
    })  # fmt: skip
    files = [plan]
    progress, counts = _progress(), _class_counts(reports[BASE_YEAR], district.seed)
    duties, works = _duties(district), _works()
    for month in MONTHS:
        year = int(month[:4])
        feeds = {
            "rectification_progress": [r for r in progress if r["reporting_month"] == month],
            "work_figures": [r for r in works if r["reporting_month"] == month],
            "safety_duties": [r for r in duties if r["reporting_month"] == month],
            "class_counts": [r for r in counts if r["counted_on"].startswith(month)],
        }
        files.append(PlanFile(year, f"{DISTRICT_NAME}_整改月报_{year}年{month[5:]}月", feeds))
    hazards = _hazards(district)
    for year in (2024, 2025):
        found = [r for r in hazards if r["found_on"].startswith(str(year))]
        files.append(PlanFile(year, f"{DISTRICT_NAME}_隐患台账_{year}", {"hazards": found}))
        files.append(
            PlanFile(year, f"{DISTRICT_NAME}_区级数据_{year}", _district_data(district, reports, year))
        )
    return files


def _tasks() -> list[Row]:
    rows = []
    for m in MEASURES:
        title, finding = _TITLES[m.item]
        rows.append({
            "district_code": DISTRICT_CODE, "item_number": m.item, "measure_number": m.number, "source_document": _SOURCE,
            "area_zh": _AREAS[int(m.item)] if m.item.isdigit() else "组织实施", "item_title_zh": title,
            "finding_zh": finding, "measure_zh": m.text, "lead_department": m.lead, "cooperating_departments": m.others or None,
            "responsible_leader": f"{m.lead.removeprefix(DISTRICT_NAME)}分管负责人", "handling_department": "业务科室",
            "responsible_person": m.person or None, "begun_on": _BEGUN_ON, "deadline": m.deadline or None,
            "proof_kind": "资料" if m.target is None else "数据", "figure_code": _FIGURE_ZH.get(m.figure),
            "target_value": m.target, "documents_zh": m.documents or None,
        })  # fmt: skip
    return rows


@dataclass(frozen=True)
class _Closing:
    month: str
    reviewed_on: str
    evidence: bool = True


#: Measures that are reported closed, and when; whether the data agree is the ledger's business.
CLOSINGS = {
    ("2", 1): _Closing("2024-06", "2024-06-28"), ("4", 2): _Closing("2025-03", "2025-03-28"),
    ("8", 1): _Closing("2024-04", "2024-04-28"), ("17", 1): _Closing("2025-06", "2025-06-27"),
    (_ORGANISATION, 1): _Closing("2024-03", "2024-03-29"), ("18", 2): _Closing("2025-09", "2025-09-28"),
    ("11", 1): _Closing("2025-07", "2025-07-29"), ("3", 2): _Closing("2025-04", "2025-04-28"),
    ("4", 1): _Closing("2024-12", "2024-12-31"), ("10", 1): _Closing("2024-05", "2024-05-29"),
    ("10", 2): _Closing("2024-05", "2024-05-29"), ("5", 2): _Closing("2025-10", "2025-10-28"),
    ("7", 7): _Closing("2025-01", "2025-01-27"), ("13", 1): _Closing("2024-07", "2024-07-29"),
}  # fmt: skip
#: Claimed although the data say otherwise; reported open again in the next month.
CLAIMS = {("2", 2): "2024-11", ("9", 4): "2025-06"}
#: Closed, later refuted by the data and reported open again from the month given.
FALLING_BACK = {("16", 1): (_Closing("2024-09", "2024-09-28"), "2025-04")}
UNPROVED = {("13", 2): _Closing("2025-08", "2025-08-28", evidence=False)}
EXEMPT = {("12", 3): "2025-06"}
REVIEW_FAILED = {("3", 2): "2024-10"}
#: Returns that were never handed in.
OWING = {
    ("6", 1): ("2024-07", "2024-08"), ("14", 1): ("2025-02",), ("12", 2): ("2024-11",), ("16", 2): ("2025-05",),
    ("7", 5): ("2024-12",),
}  # fmt: skip
_PROGRESS_ZH = (
    "已印发工作方案，明确责任分工", "召开推进会，研究存在的困难", "完成阶段任务，正在汇总材料", "开展实地督导，督促问题整改",
    "与配合单位会商，落实经费和人员", "按计划推进，下月重点跟进薄弱学校", "更新台账，逐项核对完成情况",
)  # fmt: skip


def _evidence(m: Measure) -> Row:
    text = f"{m.documents or '工作总结'}（措施{m.item}.{m.number}）"
    return {"evidence_zh": text, "evidence_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _progress() -> list[Row]:
    rows = []
    for place, m in enumerate(MEASURES):
        key = (m.item, m.number)
        for number, month in enumerate(MONTHS[2:]):
            row = _report(m, key, month, number + place)
            if row is not None and month not in OWING.get(key, ()):
                rows.append(row)
    return rows


def _report(m: Measure, key: tuple[str, int], month: str, turn: int) -> Row | None:
    """A measure's return of a month; None when it owes none."""
    last = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
    row: Row = {
        "district_code": DISTRICT_CODE, "reporting_month": month, "item_number": m.item, "measure_number": m.number,
        "reporting_department": m.lead, "reported_on": f"{month}-{min(24 + turn % 4, last):02d}", "reported_state": "整改中",
        "progress_zh": _PROGRESS_ZH[turn % len(_PROGRESS_ZH)],
    }  # fmt: skip
    if month == MONTHS[2] and not m.documents:
        row["reported_state"], row["progress_zh"] = "待整改", "正在制定工作方案"
    closing = CLOSINGS.get(key) or UNPROVED.get(key)
    back = FALLING_BACK.get(key)
    if back:
        closing = back[0] if month < back[1] else None
    if closing and month > closing.month:
        return None
    if closing and month == closing.month:
        row |= {"reported_state": "已销号", "progress_zh": "任务完成，申请销号", "reviewer": "整改办复核岗",
                "reviewed_on": closing.reviewed_on, "review_result": "通过", "reported_on": f"{month}-24"}  # fmt: skip
        row |= _evidence(m) if closing.evidence else {}
    if CLAIMS.get(key) == month:
        row |= {"reported_state": "已销号", "progress_zh": "单位自评已完成", "reviewer": "整改办复核岗", "reported_on": f"{month}-24",
                "reviewed_on": f"{month}-27", "review_result": "通过", **_evidence(m)}  # fmt: skip
    if key in EXEMPT and month >= EXEMPT[key]:
        if month > EXEMPT[key]:
            return None
        row |= {"reported_state": "免于整改", "exemption_reason_zh": "全市统一规划院校布局，本区不再单独引进"}
    if REVIEW_FAILED.get(key) == month:
        row |= {"reported_state": "待复核", "reviewer": "整改办复核岗", "reviewed_on": f"{month}-30", "review_result": "不通过",
                "progress_zh": "文件已起草，申请复核", "reported_on": f"{month}-24", **_evidence(m)}  # fmt: skip
    if key == ("16", 1) and month == "2025-11":
        row |= {"reported_state": "待复核", "progress_zh": "逾期隐患正在清零"}
    if key == ("10", 5) and month >= "2025-11":
        row |= {"reported_state": "待复核", **_evidence(m)}
    return row


def _milestones() -> list[Row]:
    plans: tuple[tuple[str, str, str, str, str, str, Row], ...] = (
        ("1", "规划计划", "编制幼儿教师三年招聘计划", _EDUCATION, "2024-06-30", "2024-06-20", {}),
        ("1", "政策文件", "临聘教师经费纳入预算办法", _FINANCE, "2025-03-31", "", {}),
        ("2", "考核督导", "参保检查结果通报", _PERSONNEL, "2024-06-30", "2024-06-26", {}),
        ("3", "政策文件", "普惠性民办园扶持办法", _EDUCATION, "2024-12-31", "2025-02-18", {}),
        ("4", "政策文件", "名师骨干工作室管理办法", _EDUCATION, "2024-09-30", "2024-09-12", {}),
        ("5", "政策文件", "集团化办园实施方案", _EDUCATION, "2024-05-31", "2024-05-20", {}),
        ("5", "政策文件", "幼小科学衔接工作方案", _EDUCATION, "2024-06-30", "2024-06-18", {}),
        ("6", "规划计划", "托幼一体化工作计划", _HEALTH, "2024-09-30", "2024-11-06", {}),
        ("7", "规划计划", "城区学校布局规划", _LAND, "2025-06-30", "2025-06-12", {}),
        ("7", "设备配备", "薄弱学校教学设备补齐（第一批）", _EDUCATION, "2024-12-31", "2024-12-20",
         {"planned_investment_10k_yuan": 620.0, "invested_10k_yuan": 615.4}),
        ("7", "设备配备", "薄弱学校教学设备补齐（第二批）", _EDUCATION, "2025-12-15", "",
         {"planned_investment_10k_yuan": 580.0, "invested_10k_yuan": 310.0}),
        ("7", "队伍建设", "音体美教师补充计划（2024年）", _PERSONNEL, "2024-09-30", "2024-09-25", {}),
        ("7", "队伍建设", "音体美教师补充计划（2025年）", _PERSONNEL, "2025-09-30", "2025-09-26", {}),
        ("8", "组织机构", "攻坚专班成立", _SUPERVISION, "2024-04-15", "2024-04-10", {}),
        ("8", "规划计划", "创建时间表路线图", _EDUCATION, "2024-05-31", "2024-05-28", {}),
        ("8", "制度措施", "周报月报制度", _EDUCATION, "2024-06-30", "2024-06-21", {}),
        ("8", "考核督导", "部门达标情况纳入考核", _SUPERVISION, "2024-12-31", "2024-12-25", {}),
        ("9", "建设项目", "新城小学新建工程主体封顶", _INVESTMENT, "2024-12-31", "2024-12-28",
         {"planned_investment_10k_yuan": 9800.0, "invested_10k_yuan": 6200.0, "added_places": 1080}),
        ("9", "建设项目", "新城小学新建工程交付使用", _INVESTMENT, "2025-08-31", "2025-10-20",
         {"planned_investment_10k_yuan": 9800.0, "invested_10k_yuan": 9650.0, "added_places": 1080}),
        ("9", "建设项目", "滨江中学扩建工程开工", _INVESTMENT, "2024-10-31", "2024-10-22",
         {"planned_investment_10k_yuan": 7600.0, "invested_10k_yuan": 1500.0}),
        ("9", "建设项目", "滨江中学扩建工程交付使用", _INVESTMENT, "2025-09-01", "",
         {"planned_investment_10k_yuan": 7600.0, "invested_10k_yuan": 5900.0, "added_places": 900}),
        ("9", "规划计划", "招生片区调整方案", _EDUCATION, "2025-05-31", "2025-05-16", {}),
        ("10", "政策文件", "集团化办学实施方案", _EDUCATION, "2024-04-30", "2024-04-18", {}),
        ("10", "政策文件", "义务教育质量提升行动方案", _EDUCATION, "2024-07-31", "2024-07-26", {}),
        ("11", "规划计划", "职普招生计划优化方案", _EDUCATION, "2025-05-31", "2025-06-20", {}),
        ("12", "规划计划", "一校一策达标方案", _EDUCATION, "2024-06-30", "2024-06-28", {}),
        ("12", "建设项目", "卫生类学校迁建选址批复", _LAND, "2025-06-30", "", {"planned_investment_10k_yuan": 32000.0}),
        ("12", "建设项目", "实训基地建设", _EDUCATION, "2026-06-30", "",
         {"planned_investment_10k_yuan": 2400.0, "invested_10k_yuan": 600.0}),
        ("13", "队伍建设", "职校专业教师招聘", _PERSONNEL, "2025-08-31", "2025-08-28", {}),
        ("14", "制度措施", "校企合作联席会议制度", "示例区经济开发区管委会", "2024-12-31", "2024-12-30", {}),
        ("15", "考核督导", "校车专项整治验收", "示例区公安分局", "2025-06-30", "2025-06-25", {}),
        ("16", "考核督导", "安全督查情况通报制度", _SUPERVISION, "2024-06-30", "2024-06-27", {}),
        ("17", "制度措施", "安全责任书签订", _EDUCATION, "2024-03-31", "2024-03-28", {}),
        ("18", "制度措施", "制度措施清单汇编", _EDUCATION, "2024-09-30", "2024-09-27", {}),
        ("18", "制度措施", "二十四小时值守制度", _EDUCATION, "2026-03-31", "", {}),
        (_ORGANISATION, "组织机构", "整改领导小组成立", "示例区政府办", "2024-03-20", "2024-03-18", {}),
        (_ORGANISATION, "考核督导", "年度整改督查", _SUPERVISION, "2025-11-30", "", {}),
    )  # fmt: skip
    return [
        {"district_code": DISTRICT_CODE, "milestone_number": f"节点{n:02d}", "item_number": item, "milestone_kind": kind,
         "milestone_zh": text, "department": department, "planned_on": planned, "achieved_on": achieved or None,
         "evidence_zh": "验收或印发文件" if achieved else None, **more}
        for n, (item, kind, text, department, planned, achieved, more) in enumerate(plans, start=1)
    ]  # fmt: skip


def _spread(total: int, months: Sequence[str], by: Sequence[int]) -> dict[str, int]:
    """A whole number laid over months by weights; what is left over goes to the last one."""
    shares = {m: total * w // sum(by) for m, w in zip(months, by, strict=True)}
    shares[months[-1]] += total - sum(shares.values())
    return shares


#: Work counted month by month: name → about how much a month, and a yearly plan for some.
_MONTHLY_WORK = {
    "五险一金专项检查": 1, "普惠性幼儿园认定": 1, "师德师风专题教育": 3, "名师骨干教师工作室活动": 4, "幼小衔接联合教研活动": 5,
    "托育服务联合指导": 2, "攻坚专班会议": 1, "对口帮扶活动": 6, "职业教育招生宣传活动": 4, "职校教师培训": 40, "教师企业实践": 12,
    "技术服务项目": 1, "为企业培训人员": 260, "重点领域专项整治": 2, "安全工作专题会议": 2, "制度措施清单更新": 1, "整改督查": 3,
}  # fmt: skip
_YEARLY_WORK: dict[str, dict[str, tuple[int, int]]] = {
    "新增在编幼儿教师": {"2024-08": (40, 38), "2025-08": (36, 36)},
    "五险一金检查发现问题": {"2024-05": (0, 57), "2025-05": (0, 31)},
    "五险一金问题已纠正": {"2024-06": (57, 49), "2025-06": (31, 30)},
    "民办幼儿园保安经费补助": {"2024-12": (2_040_000, 2_040_000), "2025-12": (2_160_000, 2_160_000)},
    "师德失范通报": {"2024-09": (0, 2), "2025-04": (0, 1)},
    "区级以上优秀人才引育": {"2024-10": (9, 9), "2025-10": (10, 11)},
    "区内教师合理流动": {"2024-08": (60, 64), "2025-08": (66, 66)},
    "跨片区招生问题纠正": {"2024-09": (0, 6), "2025-09": (0, 2)},
    "中职招生": {"2024-09": (2300, 2174), "2025-09": (2400, 2391)},
    "实训基地建设项目": {"2025-06": (2, 1)},
    "教师技能竞赛获奖": {"2024-11": (0, 7), "2025-11": (0, 9)},
    "聘请企业兼职教师": {"2024-09": (30, 28), "2025-09": (36, 37)},
    "职校新招聘教师": {"2024-08": (24, 22), "2025-08": (20, 20)},
    "校企合作协议": {"2024-06": (0, 8), "2025-06": (0, 6)},
    "订单培养人数": {"2024-09": (420, 402), "2025-09": (460, 471)},
    "培训鉴定发证": {"2024-12": (1200, 1187), "2025-12": (1300, 1322)},
    "安全工作通报批评": {"2024-10": (0, 3), "2025-04": (0, 5)},
    "安全责任追究": {"2025-04": (0, 1)},
    "整改通报": {"2024-07": (0, 1), "2025-01": (0, 1), "2025-07": (0, 1)},
    "整改问责": {"2025-07": (0, 1)},
}


def _works() -> list[Row]:
    rows: dict[tuple[str, str], tuple[int | None, int]] = {}
    for turn, (name, count) in enumerate(_MONTHLY_WORK.items()):
        for number, month in enumerate(MONTHS):
            rows[month, name] = (
                None,
                count + (number * 7 + turn * 3) % 3 * max(count // 4, 1 if count > 1 else 0),
            )
    for name, months in _YEARLY_WORK.items():
        for month, (planned, done) in months.items():
            rows[month, name] = (planned or None, done)
    months_2024, weights = MONTHS[2:12], (3, 5, 6, 5, 4, 3, 5, 6, 5, 4)
    for name, total in (
        ("幼儿园教师培训项目", TRAINING_PROJECTS),
        ("幼儿园教师培训人次", TRAINING_PERSON_TIMES),
    ):
        plan_of, done_of = _spread(total, months_2024, [1] * 10), _spread(total, months_2024, weights)
        rows |= {(m, name): (plan_of[m], done_of[m]) for m in months_2024}
    return [
        {"district_code": DISTRICT_CODE, "reporting_month": month, "work_code": name, "planned": planned, "done": done}
        for (month, name), (planned, done) in sorted(rows.items())
    ]  # fmt: skip


def _open_sites(district: District, *kinds: str) -> list[Site]:
    return [s for s in district.sites if s.kind in kinds and s.is_open(BASE_YEAR) and not s.master]


def _groups(district: District) -> list[Row]:
    rows: list[Row] = []

    def add(site: Site, kind: str, name: str, role: str, joined: str) -> None:
        rows.append({"school_code": site.code, "school_name": site.name, "group_kind": kind, "group_name": name,
                     "group_role": role, "joined_on": joined})  # fmt: skip

    public = [s for s in _open_sites(district, "小学", "初级中学", "九年一贯制学校") if s.ownership == "公办"]
    gardens = _open_sites(district, "幼儿园")
    pool = iter(sorted(public, key=lambda s: (s.urban > "112", s.code)))
    leads = [next(pool, None) for _ in range(ONE_SCHOOL_GROUPS + JOINT_SCHOOL_GROUPS)]
    members = list(pool)[::-1]
    for n, lead in enumerate(x for x in leads if x is not None):
        kind = "一校制" if n < ONE_SCHOOL_GROUPS else "联校制"
        name = f"{lead.name.removeprefix(DISTRICT_NAME)}教育集团"
        add(lead, kind, name, "牵头", "2024-03-15")
        for site in [members.pop() for _ in range(2 + n % 3) if members]:
            add(site, kind, name, "成员", "2024-04-20")
    kinder = [s for s in gardens if s.ownership == "公办"]
    for n in range(min(10, len(kinder) // 4)):
        kind, name = ("一园制" if n < 4 else "联园制"), f"{kinder[n].name.removeprefix(DISTRICT_NAME)}集团"
        add(kinder[n], kind, name, "牵头", "2024-05-25")
        for site in kinder[10 + 3 * n : 13 + 3 * n]:
            add(site, kind, name, "成员", f"{2024 + n // 5}-06-10")
    primaries = _open_sites(district, "小学")
    days = ("2024-03-20", "2024-06-20", "2024-09-20", "2025-03-20", "2025-06-20", "2025-09-20")
    for n, garden in enumerate(gardens):
        near = [p for p in primaries if p.town == garden.town] or primaries
        primary = near[n % len(near)]
        name = f"{garden.name.removeprefix(DISTRICT_NAME)}—{primary.name.removeprefix(DISTRICT_NAME)}"
        day = days[n * len(days) // len(gardens)]
        add(garden, "幼小结对", name, "成员", day)
        add(primary, "幼小结对", name, "牵头", day)
    rural = [p for p in primaries if p.urban == "220" and p.ownership == "公办"]
    for strong, weak in zip(primaries[:12], rural[:12], strict=False):
        name = f"{strong.name.removeprefix(DISTRICT_NAME)}帮扶{weak.name.removeprefix(DISTRICT_NAME)}"
        if strong.code != weak.code:
            add(strong, "对口帮扶", name, "牵头", "2024-09-10")
            add(weak, "对口帮扶", name, "成员", "2024-09-10")
    return rows


_STANDARD = {"小学": 45, "初中": 50, "高中": 55}


def _crowded(reports: Reports) -> list[Row]:
    """Classes above their standard, where a plain number of students is reported for a single class."""
    return [
        r for r in reports["class_sizes"]
        if isinstance(r.get("students"), int) and not r.get("class_count") and r["students"] > _STANDARD.get(r["stage"], 999)
    ]  # fmt: skip


def _class_plans(reports: Reports) -> list[Row]:
    ways = ("新学期均衡分班", "控制插班转入，随毕业自然化解", "增设教学班", "引导到邻近学校就读")
    return [
        {**{k: r[k] for k in ("school_code", "school_name", "stage", "grade", "class_name")}, "figure_year": BASE_YEAR,
         "measure_zh": ways[n % len(ways)], "deadline": ("2024-09-30", "2025-09-30")[n % 2], "responsible_person": "教务主任"}
        for n, r in enumerate(_crowded(reports))
    ]  # fmt: skip


_LAST_GRADE = {"小学": 6, "初中": 9, "高中": 12}


def _class_counts(reports: Reports, seed: int) -> list[Row]:
    """Counts between the yearly statistics, in three schools of five that have crowded classes."""
    rows: list[Row] = []
    crowded = _crowded(reports)
    codes = sorted({r["school_code"] for r in crowded})
    counted = set(codes[::5] + codes[1::5] + codes[3::5])
    days = (("2024-03-15", 0), ("2024-09-20", 1), ("2025-03-14", 1), ("2025-09-19", 2))
    joined = next((r for r in crowded if r["school_code"] not in counted), None)
    for n, r in enumerate(c for c in crowded if c["school_code"] in counted):
        students, standard = r["students"], _STANDARD[r["stage"]]
        for turn, (day, years) in enumerate(days):
            grade = int(r["grade"]) + years
            if grade > _LAST_GRADE[r["stage"]]:
                break
            students -= draw(seed, "count", r["school_code"], r["grade"], r["class_name"], day).randrange(
                2, 7
            )
            if n % 6 == 5 and turn == 2:  # a class that was within its standard grows again
                students = standard + 2
            rows.append({**{k: r[k] for k in ("school_code", "school_name", "stage", "class_name")}, "grade": str(grade),
                         "counted_on": day, "students": max(students, standard - 4)})  # fmt: skip
    if joined is not None:  # two classes in one figure: an estimate, which strikes nothing off
        rows.append({**{k: joined[k] for k in ("school_code", "school_name", "stage", "class_name", "grade")},
                     "counted_on": "2024-03-15", "students": 2 * _STANDARD[joined["stage"]] - 2, "class_count": 2})  # fmt: skip
    return rows


def _site_plans(district: District) -> list[Row]:
    rows = []
    for site in _open_sites(district, "中等职业学校"):
        wanted = {"学校占地面积": (36000, 40000), "校舍建筑面积": (22000, 24000)}
        if site.figures.get("owned", 1.0) < 1.0 or site.figures.get("campus", 99999) < 40000:
            for name, values in wanted.items():
                for year, value in zip((2024, 2025), values, strict=True):
                    rows.append({"school_code": site.code, "school_name": site.name, "figure_year": year,
                                 "condition_code": name, "planned_value": value})  # fmt: skip
    return rows


def _duties(district: District) -> list[Row]:
    rows = []
    sites = _open_sites(district, "小学", "教学点", "初级中学", "九年一贯制学校", "十二年一贯制学校", "完全中学", "高级中学",
                        "中等职业学校")  # fmt: skip
    other = (
        "计划督查",
        "专项督查",
        "线上督查",
        "联合督查",
        "1530安全教育",
        "防溺水防高坠教育",
        "门岗值守",
        "家校联系",
    )
    school_days = {1: 15, 2: 8, 7: 5, 8: 4}
    for number, month in enumerate(MONTHS):
        days = school_days.get(int(month[5:]), 21)
        for n, site in enumerate(sites):
            lazy = month < "2025-09" and (n + number) % 9 == 0
            for name, due in (("日排查", days), ("周排查", 4), ("月排查", 1)):
                if name != "日排查" and n % 3:
                    continue  # two schools of three count only what they do every day
                rows.append({"school_code": site.code, "school_name": site.name, "reporting_month": month, "duty": name,
                             "due": due, "done": due - (1 if lazy and due > 1 else 0)})  # fmt: skip
            if n % 7 == number % 7:
                name = other[(n + number) % len(other)]
                due = 20 if name in ("1530安全教育", "门岗值守") else 2
                rows.append({"school_code": site.code, "school_name": site.name, "reporting_month": month, "duty": name,
                             "due": due, "done": due - (n + number) % 2 * (due > 2)})  # fmt: skip
    return rows


_HAZARD_KINDS = (
    ("消防", "教学楼二层走廊", "灭火器压力不足"), ("校舍", "食堂后墙", "墙面渗水起鼓"), ("校车", "校车停靠点", "标识不清"),
    ("食品", "食堂留样柜", "留样记录不全"), ("设施设备", "操场单杠", "连接处松动"), ("周边环境", "校门东侧", "流动摊贩占道"),
    ("溺水", "学校后山水塘", "警示牌缺失"), ("高坠", "综合楼三层窗户", "限位器损坏"), ("其他", "配电房", "杂物堆放"),
)  # fmt: skip


def _hazards(district: District) -> list[Row]:
    rows: list[Row] = []
    sites = _open_sites(district, "小学", "初级中学", "九年一贯制学校", "完全中学", "幼儿园")
    for n in range(240):
        rng = draw(district.seed, "hazard", n)
        found = dt.date(2024, 1, 8) + dt.timedelta(days=n * 3 - n // 7)
        kind, place, text = _HAZARD_KINDS[rng.randrange(len(_HAZARD_KINDS))]
        site = sites[rng.randrange(len(sites))]
        rows.append(_hazard(site, n, found, kind, place, text, rhythm="日周月督"[rng.randrange(4)], grade=n % 60 == 30,
                            limit=7 + rng.randrange(8), used=2 + rng.randrange(5)))  # fmt: skip
    again = [r for r in rows if r["struck_off_on"] and r["found_on"] < "2024-12"][10:12]
    for n, old in enumerate(again, start=900):  # found once more at the same place
        site = next(s for s in sites if s.code == old["school_code"])
        rows.append(
            _hazard(
                site,
                n,
                dt.date(2025, 2, 20),
                old["hazard_kind"],
                old["place_zh"],
                old["hazard_zh"],
                "周",
                False,
                10,
                4,
            )
        )
    for n, (found, used) in enumerate(
        ((dt.date(2025, 2, 24), 80), (dt.date(2025, 2, 26), 85), (dt.date(2025, 3, 3), 70)), 910
    ):
        rows.append(
            _hazard(sites[n % len(sites)], n, found, "校舍", "操场看台", "栏杆锈蚀", "月", False, 14, used)
        )
    for n, found in enumerate(
        (dt.date(2025, 11, 20), dt.date(2025, 12, 1), dt.date(2025, 12, 22), dt.date(2025, 12, 24)), 920
    ):
        row = _hazard(
            sites[(3 * n) % len(sites)], n, found, "消防", "疏散通道", "应急灯不亮", "日", False, 14, 2
        )
        rows.append(
            {**row, "repaired_on": None, "checked_on": None, "check_result": None, "struck_off_on": None}
        )
    for n in range(930, 933):  # repaired, but the check found it lacking
        row = _hazard(
            sites[(5 * n) % len(sites)],
            n,
            dt.date(2025, 12, 8),
            "设施设备",
            "体育器材室",
            "货架不稳",
            "督",
            False,
            30,
            6,
        )
        rows.append({**row, "check_result": "不通过", "struck_off_on": None})
    return rows


def _hazard(
    site: Site, n: int, found: dt.date, kind: str, place: str, text: str, rhythm: str, grade: bool, limit: int, used: int
) -> Row:  # fmt: skip
    def day(offset: int) -> str:
        return (found + dt.timedelta(days=offset)).isoformat()

    return {
        "school_code": site.code, "school_name": site.name, "hazard_number": f"隐患{n:03d}", "found_on": day(0),
        "inspection_rhythm": "督查" if rhythm == "督" else rhythm, "place_zh": place, "hazard_kind": kind, "hazard_zh": text,
        "hazard_grade": "重大" if grade else "一般", "fed_back_on": day(0 if n % 11 else 1), "measure_zh": "限期整改",
        "responsible_person": "安全办主任", "deadline": day(limit), "repaired_on": day(used), "checked_on": day(used + 1),
        "check_result": "通过", "struck_off_on": day(used + 1),
    }  # fmt: skip


def _district_data(district: District, reports: dict[int, Reports], year: int) -> dict[str, list[Row]]:
    """What only the district knows; the file of 2024 brings the years up to 2023, that of 2025 the rest."""
    years = range(2019, 2024) if year == 2024 else range(2024, 2025)
    school_years = [y for y in (range(2019, 2024) if year == 2024 else ()) if y in reports]
    return {
        "district_figures": [r for y in years for r in _figures(y)],
        "monitoring_results": _monitoring(range(2021, 2024) if year == 2024 else range(2024, 2026)),
        "satisfaction": _satisfaction(year),
        "kindergarten_support": [r for y in school_years for r in _support(district, reports[y], y)],
        "special_rooms": _rooms(reports[BASE_YEAR]) if year == 2024 else [],
        "compulsory_inputs": _inputs(district, reports[BASE_YEAR]) if year == 2024 else [],
        "government_documents": _documents((2022, 2023)) if year == 2024 else [],
    }


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
                                 "population": population, "students": 480 if population == "本区" else 21_600,
                                 "level_three_share": round(share, 4), "between_school_difference": round(spread, 4)})  # fmt: skip
    return rows


def _satisfaction(year: int) -> list[Row]:
    rounds = {
        2024: (("2023年评价", "2023-11-20", 10_000, 0), ("2024年自查", "2024-11-15", 6_000, 60)),
        2025: (("2025年自查", "2025-11-14", 6_200, 180),),
    }
    return [
        {"district_code": DISTRICT_CODE, "survey_round": name, "question": question, "surveyed_on": day, "respondents": asked,
         "satisfied": satisfied if asked == 10_000 else satisfied * asked // 10_000 + more}
        for name, day, asked, more in rounds[year] for question, satisfied in SATISFACTION.items()
    ]  # fmt: skip


def _support(district: District, reports: Reports, year: int) -> list[Row]:
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


def _rooms(reports: Reports) -> list[Row]:
    names = {s["school_code"]: s["school_name"] for s in reports["schools"]}
    rows = []
    for n, ((code, stage), classes) in enumerate(sorted(_stages_of(reports).items())):
        for kind, area in (("音乐", 98.0), ("美术", 92.0)):
            count = -(-classes // 12) - (1 if n % 9 == 4 and kind == "美术" else 0)
            for number in range(1, count + 1):
                small = n % 7 == 2 and number == 1
                rows.append({"school_code": code, "school_name": names[code], "figure_year": BASE_YEAR, "stage": stage,
                             "room_kind": kind, "room_name": f"{kind}{number}室", "room_area_m2": 58.0 if small else area})  # fmt: skip
    return rows


def _inputs(district: District, reports: Reports) -> list[Row]:
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
            "school_code": code, "school_name": names[code], "figure_year": BASE_YEAR, "stage": stage, "entrants": entrants,
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
            text = f"{name}佐证材料（{year}）"
            rows.append({"district_code": DISTRICT_CODE, "figure_year": year, "item_code": name, "conclusion": conclusion,
                         "evidence_zh": text, "evidence_sha256": hashlib.sha256(text.encode()).hexdigest()})  # fmt: skip
    return rows
