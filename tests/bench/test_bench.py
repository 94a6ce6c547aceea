"""The benchmark's machinery: it measures what it says, and all ways of computing give the same verdicts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dagster_project import bench
from dagster_project.bench.measure import MeasurementFailed, measure


def test_layered_models_minimal_sql_and_pandas_agree_on_every_verdict(tmp_path: Path) -> None:
    lines: list[str] = []
    result = bench.measure_scale((200,), tmp_path, lines.append)

    (size,) = result["sizes"]
    assert size["schools"] == 200
    assert 30 * 200 < size["classes"] < 50 * 200
    assert size["compared"] > 10_000
    assert size["layered"]["value"]["sum_of_models"] > size["layered"]["value"]["core_seconds"] > 0
    assert size["ratios"]["layered_to_minimal"] > 0
    assert any("最简 SQL" in line for line in lines)


def test_reader_is_compared_on_a_workbook_with_formulas(tmp_path: Path) -> None:
    lines: list[str] = []
    result = bench.measure_reader(2_000, tmp_path / "reader", lines.append)

    assert result["ours"]["value"]["rows"] == 2_000
    assert result["calamine"]["value"]["rows"] == 2_003  # banner, headings, total
    assert result["ratios"]["reader_to_calamine"] > 0
    assert all("倍" in line for line in lines)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own mark of peak memory")
def test_peak_memory_of_a_child_is_its_own_and_not_its_parents() -> None:
    ballast = bytearray(300_000_000)
    ballast[::4096] = b"1" * len(ballast[::4096])

    assert 5 < measure("child:idle").peak_mb < 200
    assert len(ballast) == 300_000_000


def test_a_failed_measurement_says_so() -> None:
    with pytest.raises(MeasurementFailed, match="没有完成"):
        measure("workbooks:read_ours", path="/nowhere.xlsx")


def test_a_figure_is_met_at_its_target() -> None:
    assert bench._verdict(2.0, "layered_to_minimal").endswith("：达到）")
    assert "未达到" in bench._verdict(2.01, "layered_to_minimal")
    assert "未达到" in bench._verdict(3.9, "pandas_to_layered", at_least=True)
