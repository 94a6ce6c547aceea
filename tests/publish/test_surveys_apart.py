"""Surveys of different bodies are no series: no line joins them, and every table says whose they are."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Lines, Table
from dagster_project.publish.site.sections import parted
from dagster_project.warehouse.build import published_labels

WORDS = {"surveyed_by": {"higher_authority": "上级评价", "district": "区县自查", "third_party": "第三方"}}
#: Marts whose rows say who surveyed.
SURVEYS = sorted(mart for mart, (_, columns) in published_labels().items() if "surveyed_by" in columns)
LINES = [
    lines
    for page in catalogue.load().pages
    for section in page.sections
    for lines in section.charts
    if lines.mart in SURVEYS
]
TABLES = [table for table in catalogue.load().tables.values() if table.mart in SURVEYS]


def round_of(name: str, body: str | None, share: float) -> dict[str, Any]:
    return {"survey_round": name, "surveyed_by": body, "question": "food_safety", "satisfied_share": share}


def test_there_are_surveys_to_look_at() -> None:
    assert SURVEYS == ["fct_monitoring_results", "fct_satisfaction"]
    assert LINES and len(TABLES) == 4


@pytest.mark.parametrize("lines", LINES, ids=lambda lines: lines.name)
def test_each_body_has_a_chart_of_its_own(lines: Lines) -> None:
    rows = [round_of("2023年评价", "higher_authority", 0.86), round_of("2024年自查", "district", 0.91),
            round_of("2025年评价", "higher_authority", 0.87), round_of("旧调查", None, 0.8)]  # fmt: skip
    charts = [
        (part.title_zh, [row["survey_round"] for row in own]) for part, own in parted(lines, rows, WORDS.get)
    ]
    assert charts == [
        ("满意度逐次变化（上级评价）", ["2023年评价", "2025年评价"]),
        ("满意度逐次变化（区县自查）", ["2024年自查"]),
        ("满意度逐次变化（未注明调查单位）", ["旧调查"]),
    ]
    assert len({part.name for part, _ in parted(lines, rows, WORDS.get)}) == len(charts)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_of_surveys_says_whose_they_are_before_it_goes_on_in_time(table: Table) -> None:
    shown = [name for c in table.columns for name in (c.name, *(n.partition(" ")[0] for n in c.notes))]
    assert "surveyed_by" in shown
    if table.word is not None:
        # what hasn't changed since the row above is left out: the row above has to be of the same body
        order = catalogue.ordered_by(table)
        assert order.index("surveyed_by") < order.index(table.word.observed)
