"""One foreign table of several school years, one of them before the first standard, is published year by year."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dagster_project.core.homes import Home
from dagster_project.questions.explain import explain
from tests.conftest import District

LAYOUT = """\
layout: several_years
name_zh: 多年表
recognised_by: [年, 代码, 校名]
school_year: {column: 年}
feeds:
  schools:
    columns:
      school_code: 代码
      school_name: 校名
      district_code: {constant: "999001"}
      town: {constant: 甲镇}
      school_type: 类型
      ownership: {constant: 公办}
  enrolment:
    columns: {school_code: 代码, stage: {constant: 小学}, students: 学生}
  staffing:
    columns: {school_code: 代码, stage: {constant: 小学}, full_time_teachers: {column: 教师, scale: 2}}
"""
ROWS = [
    "年,代码,校名,类型,学生,教师",
    "2010,9990000001,甲小学,小学,100,5",
    "2010,9990000002,乙学校,九年一贯制学校,200,8",
    "2024,9990000001,甲小学,小学,100,7",
    "2024,9990000002,乙学校,九年一贯制学校,200,9",
]


@pytest.fixture(scope="module")
def district(new_district: Callable[[], District]) -> District:
    made = new_district()
    for folder in ("layouts", "2024"):
        (made.raw / folder).mkdir()
    (made.raw / "layouts" / "several_years.yml").write_text(LAYOUT, encoding="utf-8")
    (made.raw / "2024" / "table.csv").write_text("\n".join(ROWS), encoding="utf-8")
    made.run()
    return made


def test_each_row_counts_for_its_own_year(district: District) -> None:
    found = district.ask(
        "select school_year, school_code, value from marts.fct_school_indicators"
        " where indicator_code = 'full_time_teachers_per_100_students' and stage = 'primary'"
        " and value is not null order by all"
    )
    assert [(r["school_year"], r["school_code"], r["value"]) for r in found] == [
        (2010, "9990000001", 10.0),
        (2010, "9990000002", 8.0),
        (2024, "9990000001", 14.0),
        (2024, "9990000002", 9.0),
    ]


def test_a_year_before_the_first_standard_is_published_without_a_verdict(district: District) -> None:
    found = district.ask(
        "select distinct status, reason_zh from marts.fct_school_compliance where school_year = 2010 and stage = 'primary'"
    )
    assert found == [{"status": "not_applicable", "reason_zh": "本学年没有生效的标准，不作判断"}]


def test_a_computed_figure_of_that_year_is_explained_without_a_false_difference(district: District) -> None:
    lines = "\n".join(
        explain(Home(district.home), "9990000001", "full_time_teachers_per_100_students", school_year=2010)
    )
    assert "专任教师数 10 ÷ 在校生数 100 × 100 = 10.00" in lines
    assert "重读存档原件，1 个单元格与采用的数一致" in lines
    assert "注意" not in lines
    assert "不一致" not in lines
