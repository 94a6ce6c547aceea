"""A measure of the plan is explained: where it stands, the figure it rests on, and where the rows of the figure are."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from dagster_project.core.errors import UsageError
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
    places = [line.strip().partition("（")[0].split(" › ") for line in lines if " › " in line]
    assert places
    for file, sheet, cells in places:
        rows = openpyxl.load_workbook(SAMPLE_RAW / file, read_only=True)[sheet]
        assert rows[cells.partition(":")[0]].value, f"{file} {sheet} {cells}"


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


def test_before_the_first_release_it_is_said_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="junheng run"):
        explain_measure(Home(tmp_path), "13.1")
