"""Measure, page, school pages, workbook and monthly report give one number of open oversized classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home

#: The measure is about compulsory education; the ledger has senior secondary classes, too.
COMPULSORY_ZH = ("小学", "初中")
CLOSED_ZH = "已销号"


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Path:
    place = Home(sample_home)
    return place.releases / str(place.release_in_force())


@pytest.fixture(scope="module")
def con(release: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts(release / "marts.duckdb") as opened:
        yield opened


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    (row,) = con.execute(sql).fetchall()
    return row


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def on_the_page(release: Path) -> dict[str, int]:
    """Stage → the large figure of its card in the ledger of classes.html."""
    text = text_of((release / "site" / "classes.html").read_text(encoding="utf-8"))
    found = re.findall(r"(\S+)：\d{4}-\d\d 未销号班级 ([\d,]+)", text)
    return {stage: int(number.replace(",", "")) for stage, number in found}


def in_the_workbook(release: Path) -> dict[str, int]:
    """Stage → classes of the entries that are not closed, in the sheet of the ledger."""
    (path,) = (release / "workbooks").glob("*整改台账*.xlsx")
    rows = list(openpyxl.load_workbook(path, read_only=True)["大班额台账"].iter_rows(values_only=True))
    (head,) = [n for n, row in enumerate(rows) if "状态" in row]
    at = {name: rows[head].index(name) for name in ("学段", "班级数", "状态")}
    found: dict[str, int] = {}
    for row in rows[head + 1 :]:
        if row[at["状态"]] not in (None, CLOSED_ZH):
            found[row[at["学段"]]] = found.get(row[at["学段"]], 0) + int(row[at["班级数"]])
    return found


def in_the_monthly_report(release: Path) -> dict[str, int]:
    """Stage → figure of the report's table of the class ledger."""
    from docx import Document

    (path,) = (release / "reports").glob("*月报*.docx")
    found: dict[str, int] = {}
    for table in Document(str(path)).tables:
        heads = [cell.text.strip() for cell in table.rows[0].cells]
        if heads[0] == "学段" and "未销号班级数" in heads:
            for row in table.rows[1:]:
                cells = [cell.text.strip() for cell in row.cells]
                found[cells[0]] = int(cells[heads.index("未销号班级数")].replace(",", ""))
    return found


def compulsory(found: dict[str, int]) -> int:
    return sum(found.get(stage, 0) for stage in COMPULSORY_ZH)


def test_all_outputs_give_the_number_of_the_measure(release: Path, con: duckdb.DuckDBPyConnection) -> None:
    (measure,) = one(
        con,
        "select figure_value from marts.fct_rectification_measures where figure_code = 'open_oversized_classes'"
        " and reporting_month = (select max(reporting_month) from marts.fct_rectification_measures)",
    )
    (by_town,) = one(
        con,
        "select sum(open_classes) from marts.fct_town_class_ledger where stage in ('primary', 'junior_secondary')",
    )
    page, workbook, report = on_the_page(release), in_the_workbook(release), in_the_monthly_report(release)
    assert set(page) == set(report) == {"小学", "初中", "高中"}
    assert {s: n for s, n in page.items() if n} == workbook
    assert page == report
    assert measure == by_town == compulsory(page) > 0


def test_the_start_is_the_number_of_the_last_return_before_the_plan(con: duckdb.DuckDBPyConnection) -> None:
    (start,) = one(
        con,
        "select distinct baseline_value from marts.fct_rectification_measures"
        " where figure_code = 'open_oversized_classes'",
    )
    (returned,) = one(
        con,
        "select sum(classes_over_standard) from marts.fct_district_class_sizes"
        " where school_year = 2023 and stage in ('primary', 'junior_secondary')",
    )
    assert start == returned == 131  # 122 rows, 8 of which are bands with 17 classes


def test_no_class_is_open_after_it_has_left_its_stage(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "select school_code, stage, class_name, entry_school_year from marts.fct_class_ledger where state <> 'closed'"
        " and entry_school_year + case stage when 'primary' then 6 else 3 end <= 2025"
    ).fetchall()
    assert found == []


def test_an_entry_that_is_not_to_verify_was_counted_in_the_school_year_of_the_release(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """Class returns of September 2025 were due on 31 October; the release is about 31 December 2025."""
    found = con.execute(
        "select state, min(last_counted_on >= date '2025-09-01'), max(last_counted_on >= date '2025-09-01')"
        " from marts.fct_class_ledger where state <> 'closed' group by state"
    ).fetchall()
    assert found and all((first, last) == ((state != "to_verify"),) * 2 for state, first, last in found)
