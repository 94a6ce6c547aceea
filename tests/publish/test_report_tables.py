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
from dagster_project.publish.word.issue import Issue, Source
from dagster_project.publish.word.tables import changed_rows, observed_zh, table_blocks
from dagster_project.warehouse.districts import District

ENTRY = """
tables:
  - name: planted
    word: {report: monthly, section: departments, position: 5}
    title_zh: "{reporting_month}新表"
    mart: fct_department_progress
    key: [reporting_month, district_code, department]
    where: {reporting_month: $month}
    order: [department]
    notes_zh: ["{{ period_zh }}"]
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
        day = dt.date(2025, 12, 31)
        report = catalogue.load().reports["monthly"]
        issue = Issue(report, district, District(name_zh="某区"), day, month, day, 2023, "R", False)
        document.landscape()
        for write in table_blocks(Source(con, issue), "departments"):
            write(document)
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
    assert cells == ["单位", "已销号或免改措施数/措施数"]
    assert "/" in read.tables[0].rows[1].cells[1].text
    texts = [p.text for p in read.paragraphs]
    assert any(t.startswith("表1") and t.endswith("新表") for t in texts)
    assert "本月" in texts
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


def test_a_caption_says_of_which_day_its_figures_are_and_whether_newer_ones_were_due() -> None:
    rows = [{"school_year": 2022, "surveyed_on": None}, {"school_year": 2023}]
    day = dt.date(2025, 12, 31)
    assert observed_zh(rows, "school_year", day) == "（数据截至 2023-09，未更新）"
    assert observed_zh(rows, "school_year", dt.date(2024, 9, 30)) == "（数据截至 2023-09）"
    # a survey has no calendar
    survey = [{"surveyed_on": dt.date(2023, 11, 14)}]
    assert observed_zh(survey, "surveyed_on", day) == "（数据截至 2023-11）"
    assert observed_zh(rows[:1], "surveyed_on", day) == "" and observed_zh(rows, "", day) == ""


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([1, 1, 2, 1], [2022, 2024, 2025]),
        ([1, 1, 1, 1], [2022, 2025]),
        ([1, 2, 3, 3], [2022, 2023, 2024, 2025]),
        ([1], [2022]),
    ],
)
def test_rows_that_repeat_the_row_above_are_left_out_but_never_the_newest_of_a_series(
    values: list[int], kept: list[int]
) -> None:
    rows = [
        {"subject": subject, "year": 2022 + place, "value": value}
        for subject in ("语文", "数学", "英语")
        for place, value in enumerate(values)
    ]
    found = changed_rows(rows, ["subject", "value"], ["subject"])
    assert [(r["subject"], r["year"]) for r in found] == [
        (s, y) for s in ("语文", "数学", "英语") for y in kept
    ]


@pytest.mark.parametrize(
    "table",
    [t for t in catalogue.load().tables.values() if t.word and t.word.unchanged_by],
    ids=lambda t: t.name,
)
def test_a_history_is_ordered_by_its_series_first_and_its_period_last(table: catalogue.Table) -> None:
    """Otherwise rows of one series would not follow each other, and the newest couldn't be told."""
    assert table.word is not None
    periods_of = {table.word.unchanged_by, table.word.observed}
    *series, period = catalogue.ordered_by(table)
    assert period in periods_of and not periods_of & set(series)
    assert set(table.key) - {"district_code"} <= {*series, *periods_of}


def test_a_table_wider_than_the_page_of_its_section_is_refused(tmp_path: Path) -> None:
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "toy.yml").write_text(ENTRY.replace("60", "186"), encoding="utf-8")
    # measures are on lying pages
    with pytest.raises(ValueError, match=r"entry planted: its columns are 226 mm wide .*; the page has 225"):
        catalogue.read(tmp_path / "catalogue")
