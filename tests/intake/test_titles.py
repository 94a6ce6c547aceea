"""Titles and names of sheets: a part, a plan or a specimen is asked about, whatever its word; the whole is read."""

from __future__ import annotations

from tests.intake.test_sheets_as_sent import (
    AREA,
    AREAS,
    CLASSES,
    EAST,
    PUPILS,
    STAFF,
    WEST,
    Row,
    codes,
    column,
    problems,
    read,
)

TWO: list[Row] = [PUPILS, [*EAST, 400], [*WEST, 200]]
ONE_CLASS: list[Row] = [CLASSES, [*EAST, 1, "1班", 40]]
TEACHERS: list[Row] = [STAFF, [*EAST, 30, 20, 5, 2, 1, 1]]
BUILDINGS: list[Row] = [AREAS, AREA]

PARTS = {
    "students": [TWO, "毕业班情况表", "特长生统计表", "民族班学生名册", "建档立卡学生情况表", "云台镇九年级在校生情况", "2023级新生", "特困生",
                 "走读生", "在校生统计表（随迁子女）"],
    "full_time_teachers": [TEACHERS, "特岗教师情况表", "借调教师名册", "东镇小学校聘教师统计表", "支教人员统计"],
}  # fmt: skip
PLANS = {
    "students": [TWO, "缺口统计表", "2025学年预测在校生", "十五五规划学生数", "拟招学生统计", "在校生数（预计）", "学位需求测算表"],
    "full_time_teachers": [TEACHERS, "缺编教师", "应配教师统计表", "教师招聘计划", "教师增减变动表"],
    "teaching_area_m2": [BUILDINGS, "拟建校舍", "校舍建设方案"],
}  # fmt: skip
SPECIMENS = {
    "students": [TWO, "作废", "（作废）", "在校生统计表（样表）", "草稿", "在校生数(Draft)", "旧表", "测试"],
    "class_name": [ONE_CLASS, "班级学生数（填写示例）", "班额表初稿"],
}
WHOLE = {
    "students": [TWO, "2024学年在校生情况统计表", "云台镇各校学生数", "西镇学生名册", "示例区在校生情况表",
                 "学生及教师情况表", "在校生数（终稿）", "填报模板", "县教育局发展规划科",
                 "民办学校学生情况表", "在校生统计表（含随迁子女）", "以上数据不缺项"],
    "class_name": [ONE_CLASS, "2023级班级学生数", "一年级", "向日葵班", "分班情况", "大班额统计表"],
    "full_time_teachers": [TEACHERS, "骨干教师情况统计表", "体育教师统计", "在编教师情况表", "2024学年教师配备监测表"],
    "teaching_area_m2": [BUILDINGS, "校舍面积统计", "办学条件", "固定资产情况"],
}  # fmt: skip


def test_a_part_a_plan_or_a_specimen_is_asked_about_by_title_and_by_the_name_of_the_sheet() -> None:
    for table, word in ((PARTS, "一部分"), (PLANS, "计划、预测或缺额"), (SPECIMENS, "样表、草稿或作废")):
        for name, (rows, *titles) in table.items():
            for title in titles:
                for parsed in (read([[title], *rows]), read(rows, sheet=title)):
                    assert codes(parsed) == {"NARROWED_HEADING"} and not column(parsed, name), title
                    assert word in problems(parsed)[0].message_zh, title


def test_a_title_of_the_whole_is_read() -> None:
    for name, (rows, *titles) in WHOLE.items():
        for title in titles:
            for parsed in (read([[title], *rows]), read(rows, sheet=title)):
                assert len(column(parsed, name)) == len(rows) - 1 and not codes(parsed), title


def test_a_specimen_of_a_ledger_is_asked_about_and_its_measures_are_no_plan() -> None:
    rows: list[Row] = [
        ["学校标识码", "学段", "年级", "班级", "学年", "化解措施", "完成时限", "责任人"],
        ["2150000001", "小学", "一年级", "1班", 2024, "分班", "2025-08-31", "张某"],
    ]
    assert column(read([["大班额化解计划表"], *rows]), "class_name") == ["1班"]
    assert codes(read([["大班额化解计划表（样表）"], *rows])) == {"NARROWED_HEADING"}
