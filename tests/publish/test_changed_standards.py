"""A changed standard and one more judged indicator reach every sheet and report without a change of code."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project.core.homes import Home
from dagster_project.publish.excel.committee_workbook import write_committee_workbooks
from dagster_project.publish.word.reports import write_reports
from tests.indicator_seed import JUDGED

JUDGED_NOW = len(JUDGED) + 1


@pytest.fixture(scope="module")
def changed(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's marts with a floor of 80%, a CV limit of 0.40 and a copy of an indicator as one more that is judged."""
    import duckdb

    place = Home(sample_home)
    source = place.releases / str(place.release_in_force()) / "marts.duckdb"
    target = tmp_path_factory.mktemp("changed") / "marts.duckdb"
    shutil.copy(source, target)
    with duckdb.connect() as con:
        con.execute(f"attach '{target}' as made")
        con.execute("use made")
        con.execute("update dim_standards set threshold = 0.8 where measure = 'floor_ratio'")
        con.execute(
            "update dim_standards set threshold = 0.4 where measure = 'cv_limit' and stage = 'primary'"
        )
        original = "where indicator_code = 'teaching_area_m2_per_student'"
        new = "replace (indicator_code || '_2' as indicator_code)"
        for table in (
            "fct_school_indicators",
            "fct_district_indicators",
            "fct_school_variance_shares",
            "dim_standards",
        ):
            con.execute(f"insert into {table} select * {new} from {table} {original}")
        con.execute(
            "insert into dim_indicators select * replace (indicator_code || '_2' as indicator_code, 8 as sort_order,"
            f" '生均新指标' as label_zh) from dim_indicators {original}"
        )
    return target


def _texts(sheet: Any) -> list[str]:
    return [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]


@pytest.fixture(scope="module")
def book(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    (path,) = write_committee_workbooks(changed, tmp_path_factory.mktemp("books"), "r", {})
    return openpyxl.load_workbook(path)


def test_no_sheet_prints_the_old_floor(book: Any) -> None:
    said = {s.title: t for s in book.worksheets if s.title != "指标与代码" for t in _texts(s) if "85%" in t}
    assert said == {}
    assert "基本值(80%)" in _texts(book["小学"])


def test_the_basic_value_follows_the_floor(book: Any) -> None:
    rows = [[c.value for c in row] for row in book["小学"].iter_rows()]
    first = next(r for r in rows if r[0] == 1)
    basic, standard = first[2], first[3]
    assert basic == pytest.approx(standard * 4 / 5)


def test_the_notes_count_one_indicator_more_and_give_the_new_limit(book: Any) -> None:
    notes = {row[0].value: str(row[1].value) for row in book["说明"].iter_rows()}
    assert notes["怎样算达标"].startswith(
        f"{JUDGED_NOW}项指标中至少6项达到标准（等于也算），其余各项不低于标准的80%"
    )
    assert f"{JUDGED_NOW}项逐项判断，小学不超过0.40，初中不超过0.45" in notes["差异系数"]


def test_every_official_form_has_the_new_indicator(book: Any) -> None:
    for name in ("表Ⅱ-1", "表Ⅱ-2", "表Ⅲ"):
        assert "生均新指标" in _texts(book[name]), name
    for name in ("小学", "初中"):
        assert any("8. 生均新指标" in t for t in _texts(book[name])), name


def test_the_monthly_report_lists_the_new_indicator(changed: Path, tmp_path: Path) -> None:
    (path,) = write_reports(
        changed, tmp_path, release_id="r", as_of=dt.date(2025, 12, 31), created=dt.datetime(2026, 1, 2), kinds=["monthly"],
    )  # fmt: skip
    text = html.unescape(re.sub("<[^>]+>", "", zipfile.ZipFile(path).read("word/document.xml").decode()))
    assert "生均新指标" in text
