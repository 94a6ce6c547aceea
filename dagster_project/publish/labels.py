"""Chinese words for the codes of the marts. Words of the feeds come from the feeds themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse.tiers import load_tiers

STATUS_ZH = {
    "met": "达标",
    "not_met": "未达标",
    "not_available": "缺数据",
    "not_applicable": "不适用",
    "out_of_scope": "不参评",
    "suppressed": f"人数少于{load_tiers().minimum_people}，不公布",
    "compliant": "达标",
    "not_compliant": "未达标",
    "undetermined": "待定（缺数据）",
    "available": "有数据",
    "received": "已报",
    "with_problems": "有问题",
    "missing": "未报",
    "partly_received": "未报齐",
    "not_due": "不需报",
    "nil": "零报告",
    "not_yet_due": "未到期",
    "accepted": "采用",
    "none_accepted": "全部暂不采用",
    "unfilled": "未填",
    "rejected": "拒收",
    "duplicate": "重复",
    "held": "挂起",
    "dismissed": "驳回",
    "unrecognised": "未认出",
    "evidence": "佐证材料",
    "not_decided": "差异在误差范围内",
}
#: The same for the verdict on a coefficient of variation, which schools differ by: one school has none.
CV_STATUS_ZH = {**STATUS_ZH, "not_available": "有数据的不足两所"}
#: How a figure's day stands to the day that a row is about, and to the start of its measure.
FIGURE_DAY_ZH = {
    "current": "按期更新",
    "out_of_date": "未更新",
    "before_begin": "早于整改开始",
    "none": "没有数据",
}
LIGHT_REASON_ZH = {
    "done": "已完成",
    "overdue": "已过时限",
    "milestone_overdue": "节点逾期",
    "target_unmet": "目标年份已过，未达到",
    "due_soon": "临近时限",
    "no_deadline": "时限待明确",
    "on_time": "时限内",
}
ISSUE_ZH = {"issued": "按时印发", "issued_late": "迟印发", "missing": "未印发", "not_yet_due": "未到期"}
EVIDENCE_ZH = {"in_vault": "已见文件", "missing": "未见文件", "none": "未列材料"}
SIGNATURE_ZH = {
    "signed": "已签字",
    "changed_after": "签字后有改动",
    "page_missing": "已登记，未见签字页",
    "unsigned": "未签字",
}
CLAIM_ZH = {"agrees": "未见矛盾", "differs": "有矛盾", "explained": "已说明", "not_comparable": "暂不能比"}
COMPARISON_ZH = {"agreeing": "一致", "different": "不一致", "explained": "不一致，已说明"}
BASELINE_ZH = {"known": "有数据", "absent_zero": "启动时尚无", "incomplete": "启动时应报数据不全",
               "unknown": "启动时无数据"}  # fmt: skip
REQUIREMENT_ZH = {"target": "目标", "not_worse": "起点（不得变差）", "none": "目标待明确"}
#: What is said beside a start, a requirement and a light, where it is more than the figure says.
BASELINE_NOTE_ZH = {code: BASELINE_ZH[code] for code in ("absent_zero", "incomplete", "unknown")}
REQUIREMENT_NOTE_ZH = {"not_worse": "不得变差", "none": REQUIREMENT_ZH["none"]}
MILESTONE_NOTE_ZH = {True: LIGHT_REASON_ZH["milestone_overdue"]}
CITY_COMPARISON_ZH = {
    "above": "高于全市",
    "below": "低于全市",
    "not_decided": "差异在误差范围内",
    "not_available": "缺数据",
}
SEVERITY_ZH = {
    "reject_file": "拒收",
    "quarantine_row": "整行暂不采用",
    "hold": "挂起待定",
    "warn": "提醒",
    "note": "读法说明",
}
#: Rank of each severity, the gravest first.
GRAVITY = {code: rank for rank, code in enumerate(SEVERITY_ZH)}
#: Where a school's files lie whose town is not known.
NO_TOWN_ZH = "未确定镇街"
CLASS_ZH = {"format": "格式", "logic": "逻辑", "experience": "经验"}
BAND_ZH = {
    "within_standard": "不超标准",
    "over_standard": "超标准",
    "large": "大班额",
    "super_large": "超大班额",
}
MISSING_ZH = {
    "quarantined": "数据有误待改",
    "not_received": "未报",
    "blank": "未填",
    "no_standard": "当年没有折算标准",
}
CONDITION_ZH = {
    "campus_area_m2": "校园占地面积（㎡）",
    "campus_area_m2_per_student": "生均占地面积（㎡/生）",
    "floor_area_m2": "校舍建筑面积（㎡）",
    "floor_area_m2_per_student": "生均校舍建筑面积（㎡/生）",
    "full_time_teachers": "专任教师数（人）",
    "students_per_teacher": "生师比（学生/教师）",
    "equipment_10k_yuan": "仪器设备总值（万元）",
    "equipment_yuan_per_student": "生均仪器设备值（元/生）",
    "books_per_student": "生均图书（册/生）",
}
#: Decimals of a condition; ㎡ and people are whole.
CONDITION_DECIMALS = {
    "campus_area_m2_per_student": 2,
    "floor_area_m2_per_student": 2,
    "students_per_teacher": 2,
    "equipment_10k_yuan": 2,
    "equipment_yuan_per_student": 2,
    "books_per_student": 2,
}
STATE_ZH = {
    "to_start": "待整改",
    "in_progress": "整改中",
    "to_review": "待复核",
    "to_verify": "待核",
    "closed": "已销号",
    "exempt": "免于整改",
}
#: A light is a word too: it must survive a grey print.
LIGHT_ZH = {"green": "绿", "yellow": "黄·临期", "red": "红·逾期", "none": "无时限"}
MONTHLY_COUNT_ZH = {
    "measures_closed": "已销号措施（条）",
    "measures_to_review": "待复核措施（条）",
    "measures_in_progress": "整改中措施（条）",
    "measures_to_start": "待整改措施（条）",
    "measures_overdue": "逾期措施（条）",
    "measures_refused": "申报完成而数据不支持的措施（条）",
    "measures_reopened": "销号后退回的措施（条）",
    "open_classes": "未销号超标班级（个）",
    "open_hazards": "未销号隐患（处）",
    "overdue_hazards": "逾期隐患（处）",
}
TO_VERIFY_ZH = {
    "overdue": "到期班级数据未报，或看不出人数",
    "school_left": "学校已撤并，学生去向待说明",
}
CLOSING_ZH = {
    "reduced": "已降到标准以内",
    "graduated": "班级已毕业",
    "not_listed": "班级已撤并",
    "merged": "学校已并入他校",
    "listed_otherwise": "已按新报表重新登记",
}
MILESTONE_ZH = {
    "on_time": "按时完成",
    "late": "完成但已超时限",
    "overdue": "逾期未完成",
    "not_due": "未到时限",
}
TARGET_ZH = {
    "start": "起点",
    "reached": "已达到",
    "on_path": "按进度",
    "behind": "落后于进度",
    "due_unmet": "到期未达到",
    "not_available": "缺数据",
}
DOMAIN_ZH = {
    "guarantee": "政府保障程度",
    "quality": "教育质量",
    "veto": "一票否决",
    "recognition": "社会认可度",
}
AGE_ZH = {
    "open": "未解决",
    "reopened": "再次出现",
    "mended": "已改正",
    "explained": "已说明",
    "withdrawn": "已撤回",
}
DELIVERY_ZH = {
    "missing": "未送交",
    "broken": "送交的内容不完整",
    "failed": "送交的数据算不出成果",
    "late": "迟交",
    "delivered": "已送交",
}
#: Why a figure of a district that is compared with others is as it is.
REGION_REASON_ZH = {
    "complete": "数据齐全",
    "incomplete": "数据不全",
    "no_returns": "该学年没有这项数据",
    "suppressed": f"背后不足{load_tiers().minimum_people}人，不公布",
    "not_applicable": "不适用",
    **{code: DELIVERY_ZH[code] for code in ("missing", "broken", "failed")},
}
UNCLEAR_ZH = "待明确"
#: Marks that survive a grey print.
SIGN_FAILED = "▼"
SIGN_MISSING = "？"


#: What a rule that names no severity does: a rule on finished tables blocks the release.
RULE_SEVERITY_ZH: dict[Any, str] = {**SEVERITY_ZH, None: "不发布"}
DIRECTION_ZH = {"at_least": "不低于", "at_most": "不高于", "exactly": "等于", "below": "低于"}
PROOF_ZH = {"figure": "数据", "documents": "文件"}
DECISION_ZH = {"accept": "采用", "reject": "不采用"}
MEASURE_ZH = {
    "school_threshold": "学校标准",
    "cv_limit": "差异系数限值",
    "indicators_needed": "至少达标项数",
    "floor_ratio": "基本值占标准的比例",
    "minimum_students": "参评最少学生数",
    "weight": "学段权重",
    "standard_size": "班额标准",
    "large_from": "大班额起点",
    "super_large_from": "超大班额起点",
    "vocational_condition": "中职办学条件",
    "exempt_if_founded_from": "新建校不适用起始年",
}
CONFIDENCE_ZH = {"high": "高", "medium": "中", "low": "低", "remembered": "凭记忆"}
STAGES = ("preschool", "primary", "junior_secondary", "senior_secondary", "secondary_vocational", "all")
OWNERSHIPS = ("public", "private", "all")


def dictionary(name: str) -> Mapping[Any, str]:
    """A dictionary by the name that the catalogue uses, in the order of its words.

    Raises:
        KeyError: there is none of that name.
    """
    return _DICTIONARIES[name]()


def dictionary_names() -> tuple[str, ...]:
    """Names of all dictionaries."""
    return tuple(_DICTIONARIES)


@lru_cache(maxsize=32)
def choice_labels(feed: str, column: str) -> dict[str, str]:
    """English value → Chinese word of a choice column, as the feed declares it."""
    return {str(v): zh for zh, v in load_feeds()[feed].column(column).choices.items()}


def grade_labels() -> dict[str, str]:
    """Words of the grades when printed alone: 1年级, 大班."""
    given = choice_labels("class_sizes", "grade")
    return {code: f"{zh}年级" if zh.isdigit() else zh for code, zh in given.items()}


def verdict_zh(status: str, column: str = "status") -> str:
    """Word of a status in a column that judges."""
    return (CV_STATUS_ZH if column == "cv_status" else STATUS_ZH).get(status, status)


def stage_zh(stage: str) -> str:
    """Chinese word of a stage; `all` is the whole school."""
    return {"all": "全校", "preschool": "学前", **choice_labels("staffing", "stage")}.get(stage, stage)


def ownership_zh(ownership: str | None) -> str:
    """公办, 民办, or 合计 for all."""
    return {"all": "合计", **choice_labels("schools", "ownership")}.get(ownership or "", "未填")


def stage_words() -> dict[str, str]:
    """Stage → Chinese word, from the youngest pupils up."""
    return {stage: stage_zh(stage) for stage in STAGES}


def feed_words() -> dict[str, str]:
    """Feed → its Chinese name; — where a sheet was not recognised."""
    return {**{code: feed.name_zh for code, feed in load_feeds().items()}, "": "—"}


def feed_zh(feed: str) -> str:
    """Chinese name of a feed; empty where a sheet wasn't recognised."""
    feeds = load_feeds()
    return feeds[feed].name_zh if feed in feeds else ""


def short_label(label_zh: str) -> str:
    """Label of an indicator without what all of them have in common, for the sides of charts."""
    return label_zh.split("（")[0]


def chart_label(label_zh: str) -> str:
    """Label of an indicator in a small chart beside its full name."""
    return short_label(label_zh).removeprefix("每百名学生拥有").removeprefix("生均")


def item_heading_zh(item_number: str, title_zh: str | None, area_zh: str | None) -> str:
    """Heading of an item of the plan: 第1项　…; a whole part of the plan has the plan's own heading, 三、组织实施."""
    if item_number.isdigit():
        return f"第{item_number}项　{title_zh or UNCLEAR_ZH}"
    return f"{item_number}、{area_zh or UNCLEAR_ZH}"


_DICTIONARIES: dict[str, Callable[[], Mapping[Any, str]]] = {
    "stage": stage_words,
    "stage_total": lambda: {**stage_words(), "all": "合计"},
    "ownership": lambda: {code: ownership_zh(code) for code in OWNERSHIPS},
    "grade": grade_labels,
    "feed": feed_words,
    "status": lambda: STATUS_ZH,
    "cv_status": lambda: CV_STATUS_ZH,
    "severity": lambda: SEVERITY_ZH,
    "rule_severity": lambda: RULE_SEVERITY_ZH,
    "class": lambda: CLASS_ZH,
    "size_band": lambda: BAND_ZH,
    "condition": lambda: CONDITION_ZH,
    "state": lambda: STATE_ZH,
    "light": lambda: LIGHT_ZH,
    "closing": lambda: CLOSING_ZH,
    "to_verify": lambda: TO_VERIFY_ZH,
    "monthly_count": lambda: MONTHLY_COUNT_ZH,
    "milestone": lambda: MILESTONE_ZH,
    "target": lambda: TARGET_ZH,
    "domain": lambda: DOMAIN_ZH,
    "age": lambda: AGE_ZH,
    "delivery_status": lambda: DELIVERY_ZH,
    "region_reason": lambda: REGION_REASON_ZH,
    "direction": lambda: DIRECTION_ZH,
    "proof": lambda: PROOF_ZH,
    "figure_day": lambda: FIGURE_DAY_ZH,
    "light_reason": lambda: LIGHT_REASON_ZH,
    "evidence": lambda: EVIDENCE_ZH,
    "claim": lambda: CLAIM_ZH,
    "comparison": lambda: COMPARISON_ZH,
    "signature": lambda: SIGNATURE_ZH,
    "issue": lambda: ISSUE_ZH,
    "baseline": lambda: BASELINE_ZH,
    "requirement": lambda: REQUIREMENT_ZH,
    "baseline_note": lambda: BASELINE_NOTE_ZH,
    "requirement_note": lambda: REQUIREMENT_NOTE_ZH,
    "milestone_note": lambda: MILESTONE_NOTE_ZH,
    "city_comparison": lambda: CITY_COMPARISON_ZH,
    "surveyed_by": lambda: choice_labels("satisfaction", "surveyed_by"),
    "decision": lambda: DECISION_ZH,
    "measure": lambda: MEASURE_ZH,
    "confidence": lambda: CONFIDENCE_ZH,
    "school_kind": lambda: {
        "all": "全部",
        **choice_labels("schools", "school_type"),
        **choice_labels("class_sizes", "grade"),
    },
    "hazard_kind": lambda: {"all": "合计", **choice_labels("hazards", "hazard_kind")},
}
