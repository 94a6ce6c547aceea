"""Promise of the README: a judged indicator from data at hand is added without Python and without touching a mart.

The eighth indicator is certified teachers per 100 students, with a standard of its own; a whole release is published
and every output is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.promises.project import Project, promised_files

CODE = "certified_teachers_per_100_students"
LABEL = "每百名学生拥有持证教师数"
MODELS = "dbt/models/core/intermediate"


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release with eight judged indicators."""
    project = copied()
    project.replace(
        f"{MODELS}/int_unit_indicators.sql",
        "\n    from units\n",
        f",\n        certified_teachers as {CODE}\n    from units\n",
    )
    project.append_text(
        f"{MODELS}/int_unit_indicators.yml",
        f"      - name: {CODE}\n        description: Full-time teachers with a certificate (persons).\n",
    )
    project.append_row(
        "dbt/seeds/indicators.csv", indicator_code=CODE, sort_order=11, label_zh=LABEL,
        label_en="Certified teachers per 100 students", numerator_unit_zh="人", unit_zh="人/百名学生", scale=100,
        smallest_addition=1, decimals=2, direction="at_least", domain="compulsory_resources", is_judged="true",
        feed="staffing", is_split="false",
    )  # fmt: skip
    project.append_row(
        "dbt/seeds/indicator_sources.csv", indicator_code=CODE, sort_order=1, column_name="certified_teachers",
        factor=1, blank_is_none="false",
    )  # fmt: skip
    for stage in ("primary", "junior_secondary"):
        for measure, threshold, direction in (
            ("school_threshold", 5, "at_least"),
            ("cv_limit", 0.5, "at_most"),
        ):
            project.append_row(
                "dbt/seeds/standards.csv", indicator_code=CODE, measure=measure, stage=stage, school_kind="all",
                jurisdiction="national", threshold=threshold, direction=direction, valid_from=2017, confidence="high",
            )  # fmt: skip
    project.publish()
    return project


def test_as_many_files_are_touched_as_the_readme_says(published: Project) -> None:
    assert len(published.touched) == promised_files("用已有数据增加一个指标")
    assert not [p for p in published.touched if p.endswith(".py") or "/marts/" in p]


def test_the_new_indicator_is_measured_judged_and_compared(published: Project) -> None:
    figures = published.ask(f"select * from fct_school_indicators where indicator_code = '{CODE}'")
    assert {r["status"] for r in figures} >= {"met"}
    assert all(r["threshold"] == 5 for r in figures if r["status"] in ("met", "not_met"))
    district = published.ask(f"select * from fct_district_indicators where indicator_code = '{CODE}'")
    assert {r["cv_limit"] for r in district} == {0.5}
    assert max(r["indicators_available"] for r in published.ask("select * from fct_school_compliance")) == 8


def test_the_new_indicator_has_its_column_in_the_official_forms(published: Project) -> None:
    for name in ("表Ⅱ-1", "表Ⅱ-2", "表Ⅲ"):
        cells = {str(v) for row in published.sheet("义务教育优质均衡监测", name) for v in row}
        assert any(LABEL in v for v in cells), name


def test_the_new_indicator_has_its_page_and_its_place_on_the_others(published: Project) -> None:
    assert LABEL in published.page(f"indicator_{CODE}.html")
    assert LABEL in published.page("index.html")
    assert LABEL in (published.release / "site" / "data" / "common.js").read_text(encoding="utf-8")


def test_no_output_still_speaks_of_seven_indicators(published: Project) -> None:
    seven = re.compile(
        r"(?:七|7)\s*(?:个|项)(?:资源配置)?指标|(?:全部|各|的|校)(?:七|7)\s*项|(?:七|7)项(?:逐项|中|齐)"
    )
    for kind, texts in published.texts().items():
        assert [t[:120] for t in texts if seven.search(t)] == [], kind
    eight = re.compile(r"(?:八|8)\s*项")
    for kind in ("pages", "workbooks"):
        assert any(eight.search(t) for t in published.texts()[kind]), kind
