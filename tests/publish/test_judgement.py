"""The first page judges by rules: each sentence is filled from cells that exist, and none is said without a row."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.core.numbers import printed
from dagster_project.publish import catalogue
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number, Part
from dagster_project.publish.word.issue import Issue, Source
from dagster_project.publish.word.sentences import paragraph_parts, sentence_parts
from dagster_project.publish.word.writer import write_report
from dagster_project.warehouse.districts import District

if TYPE_CHECKING:
    import duckdb

DAY = dt.date(2025, 12, 31)
PARAGRAPHS = catalogue.load().paragraphs
#: Characters of a line and lines of a page of official documents (GB/T 9704), and the lines of the head.
LINE, PAGE, HEAD = 28, 22, 5


@pytest.fixture(scope="module")
def con(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = Home(sample_home).current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as opened:
        yield opened


def source_of(con: duckdb.DuckDBPyConnection, report: str = "monthly", code: str = "500199") -> Source:
    district = District(name_zh="示例区")
    begun = dt.date(2024, 3, 1)
    return Source(
        con, Issue(catalogue.load().reports[report], code, district, DAY, "2025-12", begun, 2023, "R", True)
    )


def first_page() -> list[str]:
    """Names of the paragraphs of the first page."""
    reports = catalogue.load().reports.values()
    return sorted({name for report in reports for name in report.body[0].paragraphs})


def text_of(parts: list[Part]) -> str:
    return "".join(p if isinstance(p, str) else p.text for p in parts)


@pytest.mark.parametrize("report", ["monthly", "weekly"])
def test_every_sentence_of_the_first_page_is_keyed_to_cells_that_exist(
    con: duckdb.DuckDBPyConnection, report: str
) -> None:
    source = source_of(con, report)
    said = 0
    for name in first_page():
        for sentence in PARAGRAPHS[name].sentences:
            parts = sentence_parts(source, sentence)
            figures = [part for part in parts if isinstance(part, Number)]
            if not parts or (not figures and text_of(parts) == source.text(sentence.empty_zh)):
                continue
            assert figures, sentence.text_zh
            for figure in figures:
                key: dict[str, Any] = dict(figure.key)
                where = " and ".join(f"{column} is not distinct from ?" for column in key)
                found = con.execute(
                    f"select {figure.column} from marts.{figure.table} where {where}", list(key.values())
                ).fetchall()
                assert len(found) == 1
                assert found[0][0] == figure.value
                assert figure.said or figure.text == printed(
                    found[0][0], figure.decimals, scale=figure.scale, suffix=figure.suffix, thousands=True
                )
            said += 1
    assert said >= 8


@pytest.mark.parametrize("report", ["monthly", "weekly"])
def test_every_digit_of_the_first_page_belongs_to_a_cell(con: duckdb.DuckDBPyConnection, report: str) -> None:
    source = source_of(con, report)
    for name in source.issue.report.body[0].paragraphs:
        parts = paragraph_parts(source, PARAGRAPHS[name])
        assert parts
        typed = [p.text if isinstance(p, Label) else p for p in parts if not isinstance(p, Number)]
        assert not [text for text in typed if any(c.isdigit() for c in text)], name


def test_the_first_page_names_progress_problems_what_to_coordinate_and_what_falls_due() -> None:
    for report in catalogue.load().reports.values():
        leads = [PARAGRAPHS[name].lead_zh for name in report.body[0].paragraphs]
        assert [lead.rstrip("。") for lead in leads] == [
            "主要进展",
            "突出问题",
            "需要协调事项",
            "{{ due_zh }}到期",
        ]


@pytest.mark.parametrize("report", ["monthly", "weekly"])
def test_the_judgement_fits_the_first_page(con: duckdb.DuckDBPyConnection, report: str) -> None:
    source = source_of(con, report)
    lines = HEAD
    for name in source.issue.report.body[0].paragraphs:
        text = source.text(PARAGRAPHS[name].lead_zh) + text_of(paragraph_parts(source, PARAGRAPHS[name]))
        # two characters of indent; two digits are as wide as a character
        width = 2 + sum(0.5 if c.isascii() else 1 for c in text)
        lines += -int(-width // LINE)
    assert lines <= PAGE


def test_the_longest_overdue_come_first(con: duckdb.DuckDBPyConnection) -> None:
    rows = source_of(con).rows(PARAGRAPHS["problems"].sentences[1])
    days = [row["days_overdue"] for row in rows]
    assert days and days == sorted(days, reverse=True)
    assert all((DAY - row["due_on"]).days == row["days_overdue"] for row in rows)


#: Sentences that name the first of something: paragraph, how the sentence begins, its column, and the extreme among all of
#: which it speaks, asked without the sentence's own conditions.
FIRSTS = [
    ("problems", "逾期最久：", "days_overdue",
     "select max(date '2025-12-31' - due_on) from marts.fct_open_matters where matter_kind in ('measure', 'milestone')"),
    ("due", "最早的：", "due_on",
     "select min(deadline) from marts.fct_rectification_measures"
     " where reporting_month = '2025-12' and light = 'yellow'"),
    ("due", "节点：", "due_on",
     "select min(due_on) from marts.fct_open_matters where matter_kind = 'milestone' and due_on between date '2025-12-31'"
     " and date '2026-01-31'"),
    ("coordination", "等待复核：", "days_waiting",
     "select max(days_waiting) from marts.fct_rectification_measures"
     " where reporting_month = '2025-12' and state = 'to_review'"),
    ("problems", "（班级数据截至", "last_counted_on",
     "select min(last_counted_on) from marts.fct_district_class_ledger where reporting_month = '2025-12' and open_classes > 0"),
]  # fmt: skip


@pytest.mark.parametrize(("paragraph", "beginning", "column", "extreme"), FIRSTS, ids=lambda v: str(v)[:12])
def test_what_is_called_the_first_is_the_first_of_all(
    con: duckdb.DuckDBPyConnection, paragraph: str, beginning: str, column: str, extreme: str
) -> None:
    (sentence,) = [
        s for s in PARAGRAPHS[paragraph].sentences if f"{s.before_zh}{s.text_zh}".startswith(beginning)
    ]
    rows = source_of(con).rows(sentence)
    found = con.execute(extreme).fetchone()
    assert found and (rows[0][column] if rows else None) == found[0]


def test_the_earliest_that_fall_due_are_among_those_counted(con: duckdb.DuckDBPyConnection) -> None:
    count, earliest = PARAGRAPHS["due"].sentences[:2]
    counted = source_of(con).rows(count)[0]["measures_due_soon"]
    soon = [
        r for r in source_of(con).rows(earliest) if (r["due_on"] - DAY).days <= 30 and r["light"] == "yellow"
    ]
    assert len(soon) == counted


def test_a_district_without_a_row_is_told_so_and_nothing_else(con: duckdb.DuckDBPyConnection) -> None:
    source = source_of(con, code="500115")
    for name in first_page():
        parts = paragraph_parts(source, PARAGRAPHS[name])
        assert not any(isinstance(part, Number) for part in parts)
        assert text_of(parts)


def test_sections_without_content_have_no_heading_and_annexes_without_any_are_not_listed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    from docx import Document

    document = OfficialDocument(dt.datetime(2026, 1, 1))
    write_report(document, source_of(con, code="500115"))
    document.save(tmp_path / "empty.docx")
    texts = [p.text for p in Document(str(tmp_path / "empty.docx")).paragraphs]
    assert "本期数据" in texts[-20:] or not any("本期数据" in t for t in texts)
    headings = {s.title_zh for s in catalogue.load().reports["monthly"].sections if s.title_zh}
    written = {t.partition("、")[2] for t in texts}
    # 超标班级 and 教育经费 say that there is nothing; nothing else has a word to say
    assert headings & written <= {"大班额台账", "教育经费"}
    assert json.loads((tmp_path / "empty.numbers.json").read_text(encoding="utf-8")) == {}


def test_rows_that_were_left_out_are_hinted_at(con: duckdb.DuckDBPyConnection) -> None:
    source = source_of(con)
    sentence = PARAGRAPHS["problems"].sentences[1]
    whole = sentence.model_copy(update={"most_rows": 0})
    assert text_of(sentence_parts(source, sentence)).endswith("等。")
    assert not text_of(sentence_parts(source, whole)).endswith("等。")


def test_a_placeholder_of_a_missing_value_prints_what_the_column_says(con: duckdb.DuckDBPyConnection) -> None:
    column = catalogue.Column(name="planned_in_year", none_zh="没有计划")
    sentence = catalogue.Sentence(
        mart="fct_work_figures",
        key=("reporting_month", "district_code", "work_code"),
        where={"reporting_month": "$month", "planned_in_year": None},
        text_zh="{work_zh}：{planned_in_year}",
        columns=(column,),
        most_rows=1,
    )
    parts = sentence_parts(source_of(con), sentence)
    assert "：没有计划" in text_of(parts) and any(isinstance(p, Label) for p in parts)
