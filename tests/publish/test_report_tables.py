"""A table of the catalogue becomes a table of a report, and each of its figures names its cell."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.publish import catalogue
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.tables import write_tables

ENTRY = """
tables:
  - name: planted
    word: {report: monthly, section: departments, position: 5}
    title_zh: "{reporting_month}新表"
    mart: fct_department_progress
    key: [reporting_month, district_code, department]
    where: {reporting_month: $month}
    order: [department]
    notes_zh: ["{{ phrases }}"]
    columns:
      - {name: department, width_mm: 60}
      - {name: measures_done, kind: whole, over: measures, width_mm: 40}
"""


def _document(sample_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> OfficialDocument:
    place = Home(sample_home)
    database = place.releases / str(place.release_in_force()) / "marts.duckdb"
    monkeypatch.setattr(catalogue, "load", lambda: catalogue.read(folder))
    document = OfficialDocument(dt.datetime(2026, 1, 2))
    with open_marts(database) as con:
        ((district, month),) = con.execute(
            "select min(district_code), max(reporting_month) from marts.fct_department_progress"
        ).fetchall()
        values = {"phrases": "说明里的句子", "month": month}
        write_tables(document, con, "monthly", "departments", district, values)
    return document


def test_one_entry_adds_a_table_with_labels_figures_and_note(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.FOLDER, folder)
    (folder / "planted.yml").write_text(ENTRY, encoding="utf-8")
    document = _document(sample_home, folder, monkeypatch)
    document.save(tmp_path / "report.docx")

    from docx import Document

    read = Document(str(tmp_path / "report.docx"))
    assert len(read.tables) == 2
    cells = [c.text for c in read.tables[0].rows[0].cells]
    assert cells == ["单位", "已销号或免改措施数"]
    assert "/" in read.tables[0].rows[1].cells[1].text
    texts = [p.text for p in read.paragraphs]
    assert any(t.startswith("表1") and t.endswith("新表") for t in texts)
    assert "说明里的句子" in texts
    origins = document.numbers.values()
    assert {o["column"] for o in origins} >= {"measures_done", "measures"}
    assert {o["table"] for o in origins} == {"fct_department_progress"}


def test_without_the_entry_the_section_has_its_one_table(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = _document(sample_home, catalogue.FOLDER, monkeypatch)
    document.save(tmp_path / "report.docx")

    from docx import Document

    assert len(Document(str(tmp_path / "report.docx")).tables) == 1
