"""`junheng changes` prints every change of the district's figures with its causes, and writes a file only if asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from dagster_project import cli
from dagster_project.core.homes import Home
from dagster_project.core.terminal import start
from dagster_project.questions import why_changed

ROW = {
    "district_code": "500188", "stage": "小学", "indicator_code": "", "indicator_zh": "", "measure": "校校达标率",
    "value_before": 0.25, "value_after": 0.5, "change": 0.25, "rule_change": 0.0, "correction_change": 0.125,
    "reporting_change": 0.0, "school_set_change": 0.0, "real_change": 0.125,
}  # fmt: skip
MEAN = {
    **ROW, "indicator_zh": "生均教学仪器设备值", "measure": "平均值", "value_before": 3000.0, "value_after": 2999.5,
    "change": -0.5, "correction_change": 0.0, "real_change": -0.5,
}  # fmt: skip
MISSING = {**MEAN, "value_after": 2900.0, "change": -100.0, "reporting_change": -100.0, "real_change": 0.0}
SAME = {**MEAN, "value_after": 3000.0, "change": 0.0, "real_change": 0.0}


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines of the command for the rows above."""
    home = Home(tmp_path / "home")
    home.vault.mkdir(parents=True)
    home.manifest.touch()
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.setattr(why_changed, "changes", lambda *_: pd.DataFrame([ROW, MEAN, MISSING, SAME]))
    monkeypatch.setattr(sys, "argv", ["junheng", "changes", "2022", "2023", "--home", str(home.root)])
    assert start(cli.app) == 0
    return capsys.readouterr().out.splitlines()


def test_each_change_is_printed_with_its_causes_and_no_file_is_written(
    printed: list[str], tmp_path: Path
) -> None:
    assert printed[0].startswith("4 个统计量，其中 3 个有变化")
    assert printed[1] == (
        "  小学 全部指标 校校达标率：25.00% → 50.00%（数据更正 +12.50 个百分点，实际变化 +12.50 个百分点）"
    )
    assert printed[2] == "  小学 生均教学仪器设备值 平均值：3,000.0000 → 2,999.5000（实际变化 -0.5000）"
    assert printed[3] == "  小学 生均教学仪器设备值 平均值：3,000.0000 → 2,900.0000（报送变化 -100.0000）"
    assert printed[4].startswith("报送变化：只有一方有数")
    assert len(printed) == 5
    assert list((tmp_path / "desk").iterdir()) == []
