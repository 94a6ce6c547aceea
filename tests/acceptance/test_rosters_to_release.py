"""Lists of teachers and pupils become published figures, and nothing of a person is in the release."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from dagster_project import run
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.questions import backup
from dagster_project.questions.explain import explain
from tests.acceptance.test_handbuilt_district import school
from tests.conftest import District
from tests.searching import found_in

ROSTERS = PROJECT_ROOT / "tests" / "fixtures" / "rosters"
A, B = "2150001234", "2150005678"
PERSONAL = ("姓名", "学生姓名", "身份证件号", "手机号码", "学籍号")


def test_rosters_give_figures_that_lead_to_their_rows_and_to_no_person(
    new_district: Callable[[], District], capsys: pytest.CaptureFixture[str]
) -> None:
    d = new_district()
    d.put("2024/名录.xlsx", schools=[school(A, "小学"), school(B, "九年一贯制学校")])
    shutil.copyfile(ROSTERS / "teachers.csv", d.raw / "2024" / "教师.csv")
    book = openpyxl.Workbook()
    persons: set[str] = set()
    for name in ("pupils.csv", "teachers.csv"):
        with (ROSTERS / name).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream))
        persons |= {row[j] for j, head in enumerate(rows[0]) if head in PERSONAL for row in rows[1:]}
        if name == "pupils.csv":
            for row in rows:
                book.active.append(row)
    book.active.append(["", "", "", "", "", "2150001239", "", "小学", "", "1班", "在校"])  # no grade
    book.active.title = "学生"
    book.save(d.raw / "2024" / "学生.xlsx")
    run.run(d.raw, d.home)

    per_100 = "full_time_teachers_per_100_students"
    figure = d.one(
        f"select value, numerator, denominator from marts.fct_school_indicators"
        f" where school_code = '{A}' and indicator_code = '{per_100}'"
    )
    assert figure == {"value": pytest.approx(100 * 3 / 9), "numerator": 3, "denominator": 9}
    text = "\n".join(explain(Home(d.home), A, per_100))
    assert "教师.csv" in text and "“岗位类别”是“专任教师”且“任教学段”是“小学”的 3 行" in text, text
    assert "学生.xlsx › 学生" in text and "“学生状态”是“在校”、“在读”、“在籍在校”的 2 行" in text, text
    (listed,) = d.ask("select * from marts.fct_problems where rule_code = 'ROSTER_ROW'", tier="analyst")
    assert "第 12 行" in listed["message_zh"] and listed["sheet"] == "学生"
    assert backup.verify(Home(d.home), d.raw) == []
    written = [d.home, *(p for p in d.raw.parent.iterdir() if p not in (d.raw, d.home))]
    assert found_in(written, persons) == set()
    shown = capsys.readouterr()
    assert not [p for p in persons if p in shown.out + shown.err + text]
    assert any(p.suffix == ".xlsx" for p in Path(d.home).rglob("*"))  # workbooks were written and searched
