"""A table of the catalogue becomes a sheet without Python of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.publish import catalogue
from dagster_project.publish.excel.cells import cell, number, verdict
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.excel.tables import write_sheets

ENTRY = """
tables:
  - name: planted
    excel: {workbook: ledgers, sheet: 新表, position: 5, subtitle_zh: "截至 {{ as_of }}"}
    title_zh: "{reporting_month} {whole_zh}各单位进展"
    mart: fct_department_progress
    key: [reporting_month, district_code, department]
    latest: reporting_month
    order: [department]
    columns:
      - {name: department, width: 30}
      - measures whole
      - measures_overdue whole
"""


def _sheets(sample_home: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    place = Home(sample_home)
    database = place.releases / str(place.release_in_force()) / "marts.duckdb"
    monkeypatch.setattr(catalogue, "load", lambda: catalogue.read(folder))
    book = Book(tmp_path / "book.xlsx", "表")
    with open_marts(database) as con:
        (district,) = con.execute("select min(district_code) from marts.dim_schools").fetchall()[0]
        write_sheets(book, con, "ledgers", district, {"as_of": "2025-12-31", "whole_zh": "全区"})
    book.close()
    return openpyxl.load_workbook(tmp_path / "book.xlsx")


def test_one_entry_adds_a_sheet_with_the_labels_of_the_model(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.FOLDER, folder)
    (folder / "planted.yml").write_text(ENTRY, encoding="utf-8")
    book = _sheets(sample_home, folder, tmp_path, monkeypatch)
    assert book.sheetnames[0] == "新表"
    rows = [[c.value for c in row] for row in book["新表"].iter_rows()]
    assert rows[0][0] == "2025-12 全区各单位进展"
    assert rows[1][0] == "截至 2025-12-31"
    assert rows[2] == ["单位", "措施数", "逾期措施数"]
    assert len(rows) > 5 and all(isinstance(r[1], int | float) for r in rows[3:])


def test_the_title_of_a_table_without_rows_has_no_braces(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.FOLDER, folder)
    none = ENTRY.replace("    order:", "    where: {department: 没有这个单位}\n    order:")
    (folder / "planted.yml").write_text(none, encoding="utf-8")
    sheet = _sheets(sample_home, folder, tmp_path, monkeypatch)["新表"]
    assert (sheet["A1"].value, sheet["A4"].value) == ("— 全区各单位进展", "没有数据")


def test_without_the_entry_there_is_no_such_sheet(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = _sheets(sample_home, catalogue.FOLDER, tmp_path, monkeypatch)
    assert book.sheetnames == ["问题清单", "责任清单", "整改台账", "大班额台账", "隐患台账", "周报月报印发"]


def _column(**given: Any) -> catalogue.Column:
    return catalogue.Column(**{"name": "x", **given})


def test_a_cell_keeps_the_number_and_marks_a_missed_standard() -> None:
    row = {"x": 0.123456, "status": "not_met"}
    value, options = cell(row, _column(kind="number", verdict="status"), None)
    assert value == 0.123456
    assert options == {"num_format": '"▼"#,##0.00', "bg_color": "#F8D7DA"}
    assert verdict("not_met")[0] == "▼未达标"
    assert number(None)[0] == "—"


@pytest.mark.parametrize(
    ("people", "text"),
    [(2, "不公布"), (0, "—")],
)
def test_suppressed_pay_is_not_published_and_pay_of_nobody_is_missing(people: int, text: str) -> None:
    row = {"x": None, "pay_status": "suppressed", "heads": people}
    assert cell(row, _column(kind="yuan", verdict="pay_status", people="heads"), None)[0] == text


def test_a_missing_text_says_what_the_entry_says() -> None:
    assert cell({"x": None}, _column(none_zh="待明确"), None)[0] == "待明确"
    assert cell({"x": None}, _column(), None)[0] == "—"
    assert cell({"x": 3, "y": 4}, _column(template="{x}.{y}"), None)[0] == "3.4"
