"""The rectification plan of the synthetic district: its items and measures, as rows of rectification_tasks.

Offices and posts are named instead of people.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dagster_project.sample.district import DISTRICT_CODE, DISTRICT_NAME, Row

BASE_YEAR = 2023
MONTHS = tuple(f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13))
LAST_DAY = dt.date(2025, 12, 31)
_BEGUN_ON = "2024-03-01"
_SOURCE = "对区政府履行教育职责评价意见整改方案（合成示例）"
EDUCATION, FINANCE, HEALTH = "示例区教委", "示例区财政局", "示例区卫生健康委"
_STAFFING, PERSONNEL = "示例区委编办", "示例区人力社保局"
LAND, INVESTMENT, SUPERVISION = "示例区规划自然资源局", "示例区发展改革委", "示例区政府教育督导委"
_AREAS = {
    **dict.fromkeys(range(1, 7), "学前教育教师待遇保障"), **dict.fromkeys(range(7, 11), "义务教育优质均衡发展"),
    **dict.fromkeys(range(11, 15), "职业教育高质量发展"), **dict.fromkeys(range(15, 19), "校园安全管理"),
}  # fmt: skip
ORGANISATION = "三"
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
    ORGANISATION: ("加强组织实施", "逐项落实责任、时限和要求，定期收集进展并销号"),
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
    """One measure of the plan: its lead department, its deadline, and the figure or documents that prove it."""

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
    _m("1", 1, "增加在编幼儿教师招聘，逐年减少临聘教师", EDUCATION, "2025-12-31", figure="temporary_teachers",
       others=f"{_STAFFING}、{PERSONNEL}、{FINANCE}", documents="招聘计划、录用文件"),
    _m("1", 2, "新增在编教师经费列入财政预算", FINANCE, "2025-03-31", others=EDUCATION, documents="预算批复"),
    _m("2", 1, "春季联合开展参保专项检查", PERSONNEL, "2024-06-30", others=EDUCATION, documents="检查通报"),
    _m("2", 2, "督促全部幼儿园教职工足额参保", PERSONNEL, "2024-12-31", figure="fully_insured_staff_share", target=1.0,
       others=EDUCATION),
    _m("3", 1, "引导民办幼儿园申办普惠性幼儿园", EDUCATION, "2025-09-30", figure="inclusive_coverage_rate", target=0.8),
    _m("3", 2, "健全生均拨款、收费和资助一体的投入机制", FINANCE, "2025-06-30", others=EDUCATION, documents="投入机制文件"),
    _m("4", 1, "完成年度幼儿园教师培训计划", EDUCATION, "2024-12-31", figure="work_done_share", target=1.0),
    _m("4", 2, "开展为期一年的师德师风整顿", EDUCATION, "2025-03-31", documents="总结报告"),
    _m("4", 3, "建好名师骨干工作室，引育优秀人才", EDUCATION, "2025-12-31", documents="工作室管理办法、名册", person=""),
    _m("5", 1, "推进一园制、联园制集团化办园", EDUCATION, figure="kindergartens_in_groups", documents="集团章程"),
    _m("5", 2, "实现幼儿园与小学结对全覆盖", EDUCATION, "2025-12-31", figure="kindergarten_pair_coverage", target=1.0),
    _m("6", 1, "幼儿园招收2至3岁幼儿，扩大普惠托位", HEALTH, "2026-06-30", figure="nursery_places", others=EDUCATION,
       documents="托育工作总结"),
    _m("7", 1, "补齐短板，推进小学校校达标", EDUCATION, "2025-12-31", figure="primary_compliance_rate", target=1.0),
    _m("7", 2, "补齐短板，推进初中校校达标", EDUCATION, "2025-12-31", figure="junior_compliance_rate", target=1.0),
    _m("7", 3, "缩小小学校际差异", EDUCATION, "2025-12-31", figure="primary_variations_met", target=7.0),
    _m("7", 4, "缩小初中校际差异", EDUCATION, "2025-12-31", figure="junior_variations_met", target=7.0),
    _m("7", 5, "完成学校布局规划，保障教育用地", LAND, "2025-06-30", others=INVESTMENT, documents="布局规划批复"),
    _m("7", 6, "确保教育投入两个只增不减", FINANCE, "2024-12-31", figure="two_never_decrease", target=2.0),
    _m("7", 7, "教育支出增长不低于全市平均", FINANCE, "2024-12-31", figure="education_outlay_growth_above_city", target=0.0),
    _m("8", 1, "组建跨部门攻坚专班", SUPERVISION, "2024-04-30", documents="成立文件"),
    _m("8", 2, "按时间表、路线图推进并按周按月报告", EDUCATION, "2025-12-31", figure="milestones_due_achieved_share", target=1.0),
    _m("9", 1, "加快新建和扩建学校项目", INVESTMENT, "2025-09-01", figure="milestones_due_achieved_share", target=1.0,
       others=f"{EDUCATION}、{LAND}"),
    _m("9", 2, "控制学校规模", EDUCATION, "2026-06-30", figure="oversized_schools", target=0.0),
    _m("9", 3, "优化招生片区，禁止跨片区招生", EDUCATION, "2025-09-30", documents="招生方案、检查通报"),
    _m("9", 4, "一校一策化解大班额并逐一销号", EDUCATION, "2025-09-30", figure="open_oversized_classes", target=0.0),
    _m("10", 1, "组建一校制教育集团", EDUCATION, "2024-06-30", figure="one_school_groups", target=5.0),
    _m("10", 2, "组建联校制教育集团", EDUCATION, "2024-06-30", figure="joint_school_groups", target=8.0),
    _m("10", 3, "提升英语教学质量", EDUCATION, "2025-12-31", figure="english_level_three_share", documents="质量提升方案"),
    _m("10", 4, "提升科学教学质量", EDUCATION, "2026-06-30", figure="science_level_three_share", documents="质量提升方案"),
    _m("10", 5, "组织学校联盟和对口帮扶", EDUCATION, "2026-01-15", documents="帮扶协议"),
    _m("11", 1, "多渠道开展职业教育招生宣传", EDUCATION, "2025-08-31", documents="宣传活动记录"),
    _m("11", 2, "优化招生计划，提高中职占比", EDUCATION, figure="vocational_share", documents="招生计划文件"),
    _m("12", 1, "按年度安排完成办学条件达标", EDUCATION, "2025-12-31", figure="compliant_vocational_schools_share", target=1.0),
    _m("12", 2, "推进卫生类学校迁建", INVESTMENT, "2026-06-30", others=f"{LAND}、{EDUCATION}", documents="选址和立项批复"),
    _m("12", 3, "引进职业院校来区办学", INVESTMENT, "2026-06-30", documents="合作协议"),
    _m("13", 1, "提高双师型教师比例", EDUCATION, "2025-12-31", figure="dual_qualified_teacher_share", target=0.3),
    _m("13", 2, "开展教师培训、企业实践和专业教师招聘", EDUCATION, "2025-08-31", documents="培训和招聘台账"),
    _m("14", 1, "深化校地校企合作，开展订单培养和技术服务", "示例区经济开发区管委会", others=EDUCATION, documents="合作协议", person=""),
    _m("15", 1, "开展消防、校车、校舍、食品专项整治", EDUCATION, "2025-12-31", figure="lowest_safety_satisfaction",
       others="示例区公安分局、示例区市场监管局", documents="专项整治总结"),
    _m("16", 1, "隐患限期整改，不留逾期", EDUCATION, "2025-12-31", figure="overdue_hazards", target=0.0),
    _m("16", 2, "开展督查、通报和问责", SUPERVISION, "2026-01-20", documents="督查通报"),
    _m("17", 1, "把安全要求贯穿教育教学管理全过程", EDUCATION, "2025-06-30", documents="责任书、会议记录"),
    _m("18", 1, "落实日周月隐患排查", EDUCATION, "2025-12-31", figure="safety_checks_done_share", target=1.0),
    _m("18", 2, "动态更新问题隐患和制度措施两个清单", EDUCATION, "2025-09-30", documents="两个清单"),
    _m("18", 3, "抓好安全教育、门岗值守和家校联系", EDUCATION, "2026-01-25", documents="教育记录、值守记录"),
    _m(ORGANISATION, 1, "成立整改工作领导小组", "示例区政府办", "2024-03-31", documents="成立文件"),
    _m(ORGANISATION, 2, "建立整改台账，按月收集进展", EDUCATION, "2026-01-31", figure="progress_returns_share", target=1.0),
    _m(ORGANISATION, 3, "开展整改督查、通报和问责", SUPERVISION, "2026-03-31", documents="督查通报"),
)  # fmt: skip


def task_rows() -> list[Row]:
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
