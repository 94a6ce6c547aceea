"""`junheng bench`: what the pieces cost, each figure a ratio to a named reference in the same run.

Seconds depend on the machine and on who else works on it; a ratio of two processes that ran one after the
other does much less so. Every measurement is a process of its own, so that peaks of memory don't mix.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dagster_project.bench.measure import Measurement, growth_exponent, measure

Report = Callable[[str], None]

SIZES = (200, 8_000)
FULL_SIZES = (200, 8_000, 500_000)
#: Schools, schools to a district, seconds within which every page is ready (None: told, not judged).
SITES: tuple[tuple[int, int, float | None], ...] = ((200, 200, 2.0), (5_000, 5_000, 3.0))
FULL_SITES = (*SITES, (200_000, 200, None))
WORKBOOK_ROWS = 100_000
TARGETS = {
    "layered_to_minimal": 2.0,
    "pandas_to_layered": 4.0,
    "layered_peak_mb": 1000.0,
    "scaling_exponent": 1.0,
    "reader_to_calamine": 3.0,
    "full_seconds": 25.0,
    "replaced_seconds": 12.0,
    "nothing_seconds": 4.0,
    "first_page_mb": 2.5,
}
#: A scaling exponent is a slope of measured times; this much above 1 is noise.
_SLOPE_NOISE = 0.05


def run_benchmarks(full: bool = False, report: Report = print, output: Path | None = None) -> dict[str, Any]:
    """Measure everything; each result is printed as one line, in Chinese.

    Args:
        full: with 500,000 schools (20 million classes), and pages of 200,000 schools; needs about 12 GB of disk,
            12 GB of memory for pandas, and forty minutes.
        report: told each figure.
        output: file for the same figures as JSON.

    Returns:
        Figures by part: `scale` (one entry a size), `reader`, `runs`, `pages` (one entry a size).
    """
    from dagster_project.core.homes import SAMPLE_RAW

    report("每个数字都与同一次运行中的参照物相比；每次测量各占一个进程，内存为该进程的峰值。")
    with tempfile.TemporaryDirectory(prefix="junheng-bench-") as folder:
        work = Path(folder)
        results: dict[str, Any] = {
            "runs": measure_runs(SAMPLE_RAW, work / "runs", report),
            "reader": measure_reader(WORKBOOK_ROWS, work / "reader", report),
            "pages": [
                measure_pages(*site, work / "pages", report) for site in (FULL_SITES if full else SITES)
            ],
            "scale": measure_scale(FULL_SIZES if full else SIZES, work / "scale", report),
        }
    if output is not None:
        output.write_text(json.dumps(results, ensure_ascii=False, indent=2), encoding="utf-8")
    return results


def _verdict(value: float, target: str, at_least: bool = False) -> str:
    limit = TARGETS[target]
    is_met = value >= limit if at_least else value <= limit
    return f"（要求{'不低于' if at_least else '不超过'} {limit:g}：{'达到' if is_met else '未达到'}）"


def _cost(measured: Measurement) -> str:
    memory = f"，内存 {measured.peak_mb:,.0f} MB" if measured.peak_mb else ""
    return f"{measured.seconds:.2f} 秒{memory}"


def measure_scale(sizes: tuple[int, ...], work: Path, report: Report = print) -> dict[str, Any]:
    """Layered models against minimal SQL and pandas at several sizes. Different verdicts are an error.

    Raises:
        AssertionError: the three don't agree.
    """
    figures = [_measure_size(size, work / str(size), report) for size in sizes]
    result: dict[str, Any] = {"sizes": figures}
    for small, large in itertools.pairwise(figures):
        slope = growth_exponent(
            (small["classes"], large["classes"]), (small["layered"]["seconds"], large["layered"]["seconds"])
        )
        result["scaling_exponent"] = slope
        report(
            f"（甲）从 {small['schools']:,} 所到 {large['schools']:,} 所，分层模型耗时按规模的 {slope:.2f} 次方增长"
            f"（要求不快于线性：{'达到' if slope <= TARGETS['scaling_exponent'] + _SLOPE_NOISE else '未达到'}）"
        )
    return result


def _measure_size(schools: int, work: Path, report: Report) -> dict[str, Any]:
    from dagster_project.warehouse.build import DATABASE_NAME

    for name in ("accepted", "minimal", "layered", "tested", "core", "frames"):
        (work / name).mkdir(parents=True)
    source = work / DATABASE_NAME
    made = measure("scale:generate", database=str(source), schools=schools).value
    measure("scale:export_parquet", database=str(source), folder=str(work / "accepted"))
    databases = {name: work / name / DATABASE_NAME for name in ("minimal", "layered", "tested", "core")}
    for path in databases.values():
        shutil.copyfile(source, path)
    source.unlink()
    threads = os.cpu_count() or 2
    minimal = measure("scale:run_minimal", database=str(databases["minimal"]), threads=threads)
    layered = measure("scale:run_layered", database=str(databases["layered"]))
    same = measure(
        "scale:compare", reference=str(databases["minimal"]), layered=str(databases["layered"])
    ).value
    databases["layered"].unlink()
    tested = measure("scale:run_layered", database=str(databases["tested"]), with_tests=True)
    databases["tested"].unlink()
    core = measure("scale:run_layered", database=str(databases["core"]), only_core=True)
    databases["core"].unlink()
    frames = measure("frames:run_pandas", source=str(work / "accepted"), target=str(work / "frames"))
    agreed = measure("scale:compare", reference=str(databases["minimal"]), frames=str(work / "frames")).value
    shutil.rmtree(work)
    if same["differences"] or agreed["differences"]:
        raise AssertionError(
            f"models, minimal SQL and pandas disagree: {same['differences']} {agreed['differences']}"
        )

    ratios = {
        "layered_to_minimal": layered.seconds / minimal.seconds,
        "layered_to_minimal_cpu": layered.cpu_seconds / max(minimal.cpu_seconds, 1e-9),
        "invocation_to_minimal": layered.value["invocation"] / minimal.seconds,
        "tested_to_layered": tested.value["invocation"] / layered.value["invocation"],
        "pandas_to_layered": frames.seconds / core.seconds,
    }
    judged = schools >= FULL_SIZES[-1]
    where = f"（甲）{schools:,} 所学校、{made['classes']:,} 个班"
    report(f"{where}：最简 SQL {_cost(minimal)}；判断逐行一致（比对 {same['rows'] + agreed['rows']:,} 个）")
    report(
        f"{where}：分层模型 {_cost(layered)}，是最简 SQL 的 {ratios['layered_to_minimal']:.2f} 倍"
        f"{_verdict(ratios['layered_to_minimal'], 'layered_to_minimal') if judged else ''}；"
        f"按处理器时间 {ratios['layered_to_minimal_cpu']:.2f} 倍，各模型之和 {layered.value['sum_of_models']:.2f} 秒，"
        f"整次 dbt 调用 {layered.value['invocation']:.2f} 秒，连同检验 {tested.value['invocation']:.2f} 秒"
    )
    if judged:
        report(
            f"{where}：分层模型内存 {layered.peak_mb:,.0f} MB{_verdict(layered.peak_mb, 'layered_peak_mb')}"
        )
    report(
        f"{where}：pandas 算同样的六张核心表 {_cost(frames)}，是分层模型只算这些表（{_cost(core)}）的"
        f" {ratios['pandas_to_layered']:.2f} 倍"
        f"{_verdict(ratios['pandas_to_layered'], 'pandas_to_layered', at_least=True) if judged else ''}"
    )
    return {
        "schools": schools,
        "classes": made["classes"],
        "compared": same["rows"] + agreed["rows"],
        "minimal": asdict(minimal),
        "layered": asdict(layered),
        "layered_with_tests": asdict(tested),
        "layered_core": asdict(core),
        "pandas": asdict(frames),
        "ratios": ratios,
    }


def measure_reader(rows: int, work: Path, report: Report = print) -> dict[str, Any]:
    """Our reader against bare calamine and pandas with openpyxl, on one workbook of class sizes."""
    work.mkdir(parents=True)
    path = str(work / "班级学生数.xlsx")
    made = measure("workbooks:write_workbook", path=path, rows=rows).value
    repeats = 3
    calamine = measure("workbooks:read_calamine", path=path, repeats=repeats)
    ours = measure("workbooks:read_ours", path=path, repeats=repeats)
    pandas = measure("workbooks:read_pandas", path=path)
    Path(path).unlink()
    if ours.value["rows"] != rows or ours.value["students"] != made["students"] or ours.value["problems"]:
        raise AssertionError(f"the reader lost something: {ours.value} of {made}")
    ratios = {
        "reader_to_calamine": ours.seconds / calamine.seconds,
        "pandas_to_reader": pandas.seconds / ours.seconds,
    }
    where = f"（乙）{rows:,} 行 × 10 列的工作簿"
    report(
        f"{where}：本系统读入（含公式检查与逐格核对） {_cost(ours)}，是裸 calamine（{_cost(calamine)}）的"
        f" {ratios['reader_to_calamine']:.2f} 倍{_verdict(ratios['reader_to_calamine'], 'reader_to_calamine')}"
    )
    report(f"{where}：pandas + openpyxl {_cost(pandas)}，是本系统的 {ratios['pandas_to_reader']:.2f} 倍")
    return {
        "rows": rows,
        "calamine": asdict(calamine),
        "ours": asdict(ours),
        "pandas": asdict(pandas),
        "ratios": ratios,
    }


def measure_pages(
    schools: int, district_schools: int, ready_seconds: float | None, work: Path, report: Report = print
) -> dict[str, Any]:
    """The site of invented schools: written, and its fullest pages opened in a browser if there is one.

    Args:
        schools, district_schools: how many, and how many of them to a district.
        ready_seconds: within which each page is to be ready; None if that is not judged.
        work: folder to work in; emptied afterwards.
        report: told each figure.
    """
    from dagster_project.bench.pages import find_browser
    from dagster_project.warehouse.build import DATABASE_NAME

    for name in ("committee", "analyst"):
        (work / name).mkdir(parents=True)
    databases = {name: str(work / name / "marts.duckdb") for name in ("committee", "analyst")}
    source = str(work / DATABASE_NAME)
    measure("scale:generate", database=source, schools=schools, district_schools=district_schools)
    measure("pages:build_marts", database=source, **databases)
    folder = str(work / "site")
    written = measure("pages:write_pages", folder=folder, **databases)
    value = written.value
    where = f"（丁）{schools:,} 所学校、{-(-schools // district_schools):,} 个区县的网页"
    report(
        f"{where}：写出 {value['pages']:,} 页用 {_cost(written)}；共 {value['files']:,} 个文件"
        f" {value['bytes'] / 1e6:,.1f} MB，最大的文件 {value['largest_bytes'] / 1e6:.2f} MB"
    )
    result: dict[str, Any] = {"schools": schools, "written": asdict(written), "opened": None}
    reason = _why_no_browser(find_browser())
    if reason:
        report(f"{where}：{reason}，没有测打开时间")
    else:
        opened = measure("pages:open_pages", folder=folder)
        result["opened"] = asdict(opened)
        for title, page in opened.value["pages"].items():
            judged = "" if ready_seconds is None else _within(page["seconds"], ready_seconds, "秒")
            report(
                f"{where}：打开“{title}” {page['seconds']:.2f} 秒{judged}，读 {page['bytes'] / 1e6:.2f} MB"
            )
        first = next(iter(opened.value["pages"].values()))["bytes"] / 1e6
        report(f"{where}：首页连同脚本和数据 {first:.2f} MB{_verdict(first, 'first_page_mb')}")
    shutil.rmtree(work)
    return result


def _within(value: float, limit: float, unit: str) -> str:
    return f"（要求不超过 {limit:g} {unit}：{'达到' if value <= limit else '未达到'}）"


def _why_no_browser(browser: str | None) -> str:
    """What is missing to open pages; empty if nothing is."""
    from importlib.util import find_spec

    if browser is None:
        return "没有 Chromium（系统软件包 chromium）"
    return "" if find_spec("playwright") else "没有 Playwright（开发工具，见 requirements-dev.lock）"


def measure_runs(sample: Path, work: Path, report: Report = print) -> dict[str, Any]:
    """The sample: a full run into a fresh home, one workbook replaced, nothing new."""
    from dagster_project.bench.runs import run_three

    work.mkdir(parents=True)
    runs = run_three(sample, work)
    labels = {"full": "示例区县完整运行", "replaced": "更换一个工作簿后", "nothing": "没有新内容时"}
    result: dict[str, Any] = {}
    for name, measured in runs.items():
        ratio = measured.seconds / runs["full"].seconds
        compared = "" if name == "full" else f"，是完整运行的 {ratio:.2f} 倍"
        report(
            f"（丙）{labels[name]}：{_cost(measured)}{compared}{_verdict(measured.seconds, f'{name}_seconds')}"
        )
        result[name] = {**asdict(measured), "ratio_to_full": ratio}
    return result
