"""Recipes of docs/contributing.md in one edited copy: an alias, a layout, a rule, a table in all three outputs.

Two schools that no other return names come in through another system's table; their students come in under a heading
that the feed did not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.promises.project import Project

CODES = ("5001998001", "5001998002")
STUDENTS = (310, 90)
LAYOUT = """\
layout: personnel_system
name_zh: 人事系统导出表
recognised_by: [机构编号, 机构全称, 在编教师, 临聘教师数]
code_pattern: "[0-9]{10}"
feeds:
  schools:
    columns:
      school_code: 机构编号
      school_name: 机构全称
      district_code: {constant: "500199"}
      town: 所在乡镇
      school_type: {constant: 小学}
      ownership: {constant: 公办}
  staffing:
    columns:
      school_code: 机构编号
      school_name: 机构全称
      stage: {constant: 小学}
      full_time_teachers: {sum: [在编教师, 临聘教师数]}
"""
RULE = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "students", "min_value": 100},
    "meta": {
        "rule_code": "ENROLMENT_FEW_STUDENTS", "class": "experience", "severity": "warn", "column": "students",
        "message_zh": "在校生只有 {students} 人，请核对。", "basis_zh": "学生很少的学校", "since": "2026-01-01",
        "fails_zh": "99 人", "passes_zh": "100 人",
    },
}  # fmt: skip
TABLE = """\
tables:
  - name: toy_hazards
    site: {page: safety.html, section: ledger}
    excel: {workbook: ledgers, sheet: 各校隐患数, position: 90}
    word: {report: monthly, section: safety, position: 90}
    title_zh: 各校隐患数
    mart: fct_school_hazards
    key: [ledger_year, school_code, hazard_kind]
    latest: ledger_year
    where: {hazard_kind: all}
    order: [school_code]
    columns:
      - {name: school_code, words: schools, width_mm: 60}
      - {name: open_hazards, kind: whole, width_mm: 30}
"""


def write_sheet(path: Path, *rows: tuple[object, ...]) -> None:
    """A workbook with one sheet of these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release of the copy after the four recipes."""
    project = copied()
    feed = "dagster_project/intake/feeds/enrolment.yml"
    project.replace(feed, '"在校学生数", "学生总数"', '"在校学生数", "学生总数", "在籍人数合计"')
    project.write("raw_data/layouts/personnel_system.yml", LAYOUT)
    suite = json.loads((project.root / "expectations/enrolment.json").read_text(encoding="utf-8"))
    suite["expectations"].append(RULE)
    (project.root / "expectations/enrolment.json").unlink()
    project.write("expectations/enrolment.json", json.dumps(suite, ensure_ascii=False, indent=2))
    project.write("dagster_project/publish/catalogue/toy.yml", TABLE)
    write_sheet(
        project.raw / "2023" / "人事.xlsx",
        ("机构编号", "机构全称", "所在乡镇", "在编教师", "临聘教师数"),
        *((code, f"新校{n}", "新街道", 9, 16) for n, code in enumerate(CODES)),
    )
    write_sheet(
        project.raw / "2023" / "人数.xlsx",
        ("学校标识码", "学段", "在籍人数合计"),
        *((code, "小学", count) for code, count in zip(CODES, STUDENTS, strict=True)),
    )
    project.publish()
    return project


def test_each_recipe_is_one_file_and_none_is_python(published: Project) -> None:
    assert len(published.touched) == 4
    assert not [path for path in published.touched if path.endswith(".py")]


def test_another_systems_table_comes_in_by_its_layout(published: Project) -> None:
    rows = published.ask(
        "select feed, rows_accepted from fct_submissions where source_file like '%人事.xlsx'"
    )
    assert sorted((r["feed"], r["rows_accepted"]) for r in rows) == [("schools", 2), ("staffing", 2)]
    towns = published.ask("select town, school_type from dim_schools where name_zh like '新校%'")
    assert towns == [{"town": "新街道", "school_type": "primary"}] * 2


def test_a_new_heading_is_read_as_its_column(published: Project) -> None:
    rows = published.ask(
        "select feed, rows_accepted from fct_submissions where source_file like '%人数.xlsx'"
    )
    assert rows == [{"feed": "enrolment", "rows_accepted": 2}]


def test_a_new_rule_warns_of_the_row_that_breaks_it(published: Project) -> None:
    rows = published.ask(
        "select cell, message_zh from fct_problems where rule_code = 'ENROLMENT_FEW_STUDENTS'"
        " and source_file like '%人数.xlsx'"
    )
    assert rows == [{"cell": "C3", "message_zh": "在校生只有 90 人，请核对。"}]
    assert "学生很少的学校" in published.page("rules.html")


def test_one_entry_puts_a_table_on_page_sheet_and_report(published: Project) -> None:
    assert "各校隐患数" in published.page("safety.html")
    heads = [cell for row in published.sheet("台账", "各校隐患数") for cell in row]
    reports = published.texts()["reports"]
    for heading in ("学校名称", "未销号"):
        assert heading in heads
    assert any("各校隐患数" in text for text in reports)
