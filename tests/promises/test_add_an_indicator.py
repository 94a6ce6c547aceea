"""Promise of the README: a judged indicator from data at hand is added without Python and without touching a mart.

The indicator is trained teachers per 100 students, with a standard of its own; it is another than the example of the
guide, which may be in the seed by now. A whole release is published and every output is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dagster_project.core.numbers import chinese_numeral
from tests.indicator_seed import INDICATORS, JUDGED
from tests.promises.project import Project, promised_files

CODE = "trained_teachers_per_100_students"
LABEL = "每百名学生拥有完成培训教师数"
MODELS = "dbt/models/core/intermediate"


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release with one more judged indicator than the seed holds."""
    project = copied()
    project.replace(
        f"{MODELS}/int_unit_indicators.sql",
        "\n    from units\n",
        f",\n        trained_360_hours_teachers as {CODE}\n    from units\n",
    )
    project.append_text(
        f"{MODELS}/int_unit_indicators.yml",
        f"      - name: {CODE}\n        description: Full-time teachers with 360 hours of training (persons).\n",
    )
    project.append_row(
        "dbt/seeds/indicators.csv", indicator_code=CODE, sort_order=len(INDICATORS) + 1, label_zh=LABEL,
        label_en="Trained teachers per 100 students", numerator_unit_zh="人", unit_zh="人/百名学生", scale=100,
        smallest_addition=1, decimals=2, domain="compulsory_resources", is_judged="true",
        feed="staffing", is_split="false",
    )  # fmt: skip
    project.append_row(
        "dbt/seeds/indicator_sources.csv", indicator_code=CODE, sort_order=1, column_name="trained_360_hours_teachers",
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
    assert (
        max(r["indicators_available"] for r in published.ask("select * from fct_school_compliance"))
        == len(JUDGED) + 1
    )


def test_the_new_indicator_has_its_column_in_the_official_forms(published: Project) -> None:
    for name in ("表Ⅱ-1", "表Ⅱ-2", "表Ⅲ"):
        cells = {str(v) for row in published.sheet("义务教育优质均衡监测", name) for v in row}
        assert any(LABEL in v for v in cells), name


def test_the_new_indicator_has_its_page_and_its_place_on_the_others(published: Project) -> None:
    assert LABEL in published.page(f"indicator_{CODE}.html")
    assert LABEL in published.page("index.html")
    assert LABEL in (published.release / "site" / "data" / "common.js").read_text(encoding="utf-8")


def test_no_output_still_counts_as_many_indicators_as_before(published: Project) -> None:
    old, new = (f"(?:{chinese_numeral(n)}|{n})" for n in (len(JUDGED), len(JUDGED) + 1))
    before = re.compile(
        rf"{old}\s*(?:个|项)(?:资源配置)?指标|(?:全部|各|的|校){old}\s*项|{old}项(?:逐项|中|齐)"
    )
    for kind, texts in published.texts().items():
        assert [t[:120] for t in texts if before.search(t)] == [], kind
    after = re.compile(rf"{new}\s*项")
    for kind in ("pages", "workbooks"):
        assert any(after.search(t) for t in published.texts()[kind]), kind
