"""Forms on rooms, grounds and equipment, and the four forms of a vocational school."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from dagster_project.sample.district import Row
from dagster_project.sample.statistics_sheets import Form, HeadingPath


def _parts(premises: Row) -> tuple[Any, Any, list[Any]]:
    """Teaching rooms, indoor sports rooms, and what else the teaching rooms are made up of; None where not known."""
    teaching, indoor = premises.get("teaching_area_m2"), premises.get("indoor_sports_area_m2")
    if teaching is None or indoor is None:
        return teaching, indoor, [None] * 3
    rest = Decimal(str(teaching)) - Decimal(str(indoor))
    special, library = (round(rest * Decimal(part), 2) for part in ("0.14", "0.08"))
    return teaching, indoor, [rest - special - library, special, library]


def rooms(premises: Row) -> Form:
    teaching, indoor, (classrooms, special, library) = _parts(premises)
    public = None if library is None else library + Decimal(str(indoor))
    rows = (
        ("总计", teaching), ("一、教学及辅助用房", teaching), ("教室", classrooms), ("专用教室", special),
        ("公共教学用房", public), ("图书阅览室", library), ("室内体育用房", indoor), ("心理辅导室", 0),
        ("二、行政办公用房", 0), ("三、生活用房", 0), ("四、其他用房", 0),
    )  # fmt: skip
    heads = (("上学年校舍建筑面积",), ("本学年增减", "增加"), ("本学年增减", "减少"), ("本学年校舍建筑面积",))
    return Form("教基5170", "中小学校舍情况", heads, tuple((label, [n, 0, 0, n]) for label, n in rows))


def old_rooms(premises: Row) -> Form:
    teaching, indoor, (classrooms, special, library) = _parts(premises)
    rows = (
        ("总计", teaching), ("一、教学及辅助用房", teaching), ("教室", classrooms), ("实验室", special),
        ("图书室", library), ("微机室", 0), ("语音室", 0), ("体育馆", indoor),
        ("二、行政办公用房", 0), ("三、生活用房", 0), ("四、其他用房", 0),
    )  # fmt: skip
    heads = tuple(("校舍建筑面积", kind) for kind in ("合计", "框架结构", "砖混结构"))
    return Form("基础基512", "中小学校舍情况", heads, tuple((label, [n, n, 0]) for label, n in rows))


def _grown(figure: Any, times: int, more: int) -> Any:
    """A larger figure that includes another."""
    return None if figure is None else Decimal(str(figure)) * times + more


def grounds(premises: Row) -> Form:
    ground, rooms = premises.get("sports_ground_area_m2"), premises.get("multimedia_classrooms")
    equipment = premises.get("equipment_10k_yuan")
    items = (
        ("占地面积", "平方米", _grown(ground, 2, 1000)), ("#绿化用地面积", "平方米", 500),
        ("#运动场地面积", "平方米", ground), ("图书", "册", premises.get("books")),
        ("数字终端数", "台", premises.get("computers")), ("教室", "间", _grown(rooms, 1, 4)),
        ("#网络多媒体教室", "间", rooms), ("固定资产总值", "万元", _grown(equipment, 6, 100)),
        ("#教学仪器设备资产值", "万元", equipment),
    )  # fmt: skip
    rows, units = tuple((label, [n]) for label, _, n in items), tuple(unit for _, unit, _ in items)
    return Form("教基5176", "中小学占地面积及其他办学条件", (("数量",),), rows, units)


def old_grounds(premises: Row) -> Form:
    rooms = premises.get("multimedia_classrooms")
    special = 0 if rooms is None else rooms // 5
    ordinary = None if rooms is None else rooms - special
    ground, equipment = premises.get("sports_ground_area_m2"), premises.get("equipment_10k_yuan")
    land, room = "占地面积（平方米）", "教室（间）"
    columns: tuple[tuple[HeadingPath, Any], ...] = (
        ((land, "计"), _grown(ground, 2, 1000)),
        ((land, "其中", "绿化用地面积"), 500),
        ((land, "其中", "运动场地面积"), ground),
        (("图书（册）",), premises.get("books")),
        (("计算机数（台）", "计"), premises.get("computers")),
        ((room, "普通教室", "计"), _grown(ordinary, 1, 2)),
        ((room, "普通教室", "其中：网络多媒体教室"), ordinary),
        ((room, "专用教室", "计"), special),
        ((room, "专用教室", "其中：网络多媒体教室"), special),
        (("固定资产总值（万元）", "其中：教学仪器设备资产值", "计"), equipment),
        (("固定资产总值（万元）", "其中：教学仪器设备资产值", "其中：当年新增"), 0),
    )
    heads, figures = tuple(path for path, _ in columns), [n for _, n in columns]
    return Form("基础基522", "中小学占地面积及其他办学条件", heads, (("总计", figures),))


def vocational(row: Row) -> Iterable[Form]:
    """The four forms of a vocational school."""
    students, teachers = row["students"], row["full_time_teachers"]
    heads: tuple[HeadingPath, ...] = (
        ("毕业生数", "计"),
        ("招生数", "计"),
        ("在校生数", "计"),
        ("在校生数", "#女"),
    )
    total = [row["graduates"], row["entrants"], students, students // 2]
    yield Form("教基3221", "中等职业学校（机构）学生数", heads, (("总计", total), ("计算机应用", total)))
    heads = tuple((name,) for name in ("教职工数", "专任教师", "行政人员", "校外教师"))
    yield Form(
        "教基4251",
        "中等职业学校（机构）教职工",
        heads,
        (("总计", [teachers + 2, teachers, 2, row["part_time_teachers"]]),),
    )
    special, dual, senior = (
        row[f"{name}_teachers"] for name in ("specialised", "dual_qualified", "senior_title")
    )
    heads = (
        ("合计",), ("#女",), ("按授课分", "公共基础课"),
        ("按授课分", "专业（技能）课", "计"), ("按授课分", "专业（技能）课", "#双师型"),
    )  # fmt: skip
    yield Form(
        "教基4261",
        "中等职业学校（机构）专任教师分课程、分学历、分专业技术职务",
        heads,
        (
            ("总计", [teachers, teachers // 2, teachers - special, special, dual]),
            ("正高级", [senior // 4, 0, 0, 0, 0]),
            ("副高级", [senior - senior // 4, 0, 0, 0, 0]),
            ("未定职级", [teachers - senior, 0, 0, 0, 0]),
        ),
    )
    lent = {
        name: Decimal(str(row[f"{name}_area_m2"])) - Decimal(str(row[f"owned_{name}_area_m2"]))
        for name in ("campus", "floor")
    }
    items = (
        ("占地面积", "平方米", row["owned_campus_area_m2"], lent["campus"]),
        ("校舍建筑面积", "平方米", row["owned_floor_area_m2"], lent["floor"]),
        ("图书", "册", row["books"], "-"),
        ("固定资产总值", "万元", _grown(row["equipment_10k_yuan"], 6, 100), "-"),
        ("#教学、实习仪器设备资产值", "万元", row["equipment_10k_yuan"], "-"),
    )
    heads = (("学校产权",), ("非学校产权", "独立使用"), ("非学校产权", "共同使用"))
    rows = tuple((label, [own, other, 0]) for label, _, own, other in items)
    units = tuple(unit for _, unit, _, _ in items)
    yield Form("教基5377", "中等职业学校（机构）办学条件", heads, rows, units)
