"""A measure of the plan is explained: where it stands, the figure it rests on, and where the rows of the figure are."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.questions.explain_measure import explain_measure


def said(lines: list[str]) -> dict[str, str]:
    """Labels and what stands behind them."""
    return {label: text.strip() for line in lines if line for label, _, text in [line.partition(" ")]}


def test_the_figure_has_its_day_its_parts_and_its_returns(sample_home: Path) -> None:
    """57 of 105 specialised teachers in the workbooks of September 2025, counted by hand."""
    lines = explain_measure(Home(sample_home), "13.1")
    found = said(lines)
    assert found["指标"] == "双师型教师占专业教师比例"
    assert (found["指标分子"], found["指标分母"], found["指标数值"]) == ("57", "105", "54.3%")
    assert (found["数据日期"], found["已有数据单位数"], found["应报单位数"]) == ("2025-09-01", "4", "4")
    (place,) = [line.strip().split(" › ") for line in lines if " › " in line]
    file, sheet, cells = place
    rows = openpyxl.load_workbook(SAMPLE_RAW / file)[sheet][cells]
    headings = openpyxl.load_workbook(SAMPLE_RAW / file)[sheet][3]
    first, last = rows[0][0].column, rows[0][-1].column
    assert [headings[column - 1].value for column in (first, last)] == ["专业教师数", "双师型教师数"]
    assert [sum(row[i].value for row in rows) for i in (0, -1)] == [105, 57]


def test_a_measure_proved_by_documents_says_which_of_them_are_there(sample_home: Path) -> None:
    lines = said(explain_measure(Home(sample_home), "17.1"))
    assert "指标数值" not in lines
    assert lines["佐证材料情况"] == "已见文件"


@pytest.mark.parametrize(
    ("number", "told"),
    [("13.9", "事项 13 有：13.1、13.2"), ("99.1", "事项有：1、2、3"), ("十三", "措施写作“事项.措施”")],
)
def test_a_measure_that_the_plan_lacks_is_answered_with_those_it_has(
    number: str, told: str, sample_home: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        explain_measure(Home(sample_home), number)


def test_the_cells_are_written_one_by_one_where_asked(sample_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.csv"
    lines = explain_measure(Home(sample_home), "13.1", out=out)
    assert lines[-1] == f"已写出 8 行到 {out}"
    written = list(csv.DictReader(out.open(encoding="utf-8-sig")))
    assert {(row["措施编号"], row["列名"]) for row in written} == {("1", "专业教师数"), ("1", "双师型教师数")}
    with pytest.raises(UserError, match="已经存在"):
        explain_measure(Home(sample_home), "13.1", out=out)


def test_without_the_analysts_database_it_is_said_where_to_ask(sample_home: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.releases.mkdir(parents=True)
    release = str(Home(sample_home).release_in_force())
    (home.releases / release).symlink_to(Home(sample_home).releases / release)
    home.current_pointer.write_text(release, encoding="utf-8")
    assert "来源单元格：要用分析库，请在分析人员的成果目录里运行。" in explain_measure(home, "13.1")


def test_before_the_first_release_it_is_said_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="junheng run"):
        explain_measure(Home(tmp_path), "13.1")
