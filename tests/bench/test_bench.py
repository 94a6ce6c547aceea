"""The benchmark's machinery: it measures what it says, and all ways of computing give the same verdicts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import openpyxl
import pytest

from dagster_project import bench
from dagster_project.bench.measure import MeasurementFailed, measure
from dagster_project.bench.pages import find_browser
from dagster_project.bench.runs import replace_workbook
from dagster_project.core.homes import SAMPLE_RAW


def test_layered_models_minimal_sql_and_pandas_agree_on_every_verdict(tmp_path: Path) -> None:
    lines: list[str] = []
    result = bench.measure_scale((200,), tmp_path, lines.append)

    (size,) = result["sizes"]
    assert size["schools"] == 200
    assert 30 * 200 < size["classes"] < 50 * 200
    assert size["compared"] > 10_000
    assert size["layered"]["value"]["models"].keys() > size["layered_core"]["value"]["models"].keys()
    assert {"fct_school_indicators", "fct_classes"} < size["layered_core"]["value"]["models"].keys()
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


def test_the_site_is_written_and_its_fullest_pages_are_opened(tmp_path: Path) -> None:
    lines: list[str] = []
    result = bench.measure_pages(60, 30, 30.0, tmp_path / "pages", lines.append)

    assert result["written"]["value"]["pages"] > 2 * 10
    assert any("2 个区县" in line and "写出" in line for line in lines)
    if find_browser() is None:
        assert result["opened"] is None and any("没有 Chromium" in line for line in lines)
        return
    pages = result["opened"]["value"]["pages"]
    assert set(pages) == {"区县列表", "概览", "学校与指标", "班额", "学校"}
    assert all(0 < p["seconds"] < 30 and p["bytes"] > 10_000 for p in pages.values())
    assert any("首页" in line and "达到" in line for line in lines)
    assert not (tmp_path / "pages").exists()


def test_without_a_browser_the_bench_says_what_is_missing() -> None:
    assert "Chromium" in bench._why_no_browser(None)
    assert bench._why_no_browser("/usr/bin/chromium") == ""


def test_one_figure_of_a_copy_of_the_sample_is_mended(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    for year in (2023, 2025):  # the latest year holds reports of the plan only, and no books
        shutil.copytree(SAMPLE_RAW / str(year), raw / str(year))
    mended = replace_workbook(str(raw))
    sheet, cell = mended["cell"].split("!")
    path = Path(mended["path"])
    before = openpyxl.load_workbook(SAMPLE_RAW / path.relative_to(raw))[sheet][cell].value
    assert openpyxl.load_workbook(path)[sheet][cell].value == before + 1
