"""Promise of the README: a judged indicator from data at hand is added without Python and without touching a mart.

The indicator is trained teachers per 100 students, with a standard of its own; it is another than the example of the
guide, which may be in the seed by now. A whole release is published and every output is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dagster_project.core.numbers import chinese_numeral
from tests.indicator_seed import INDICATORS, JUDGED, judged_in
from tests.promises.project import Project, promised_files

CODE = "trained_teachers_per_100_students"
LABEL = "每百名学生拥有完成培训教师数"
#: A second one as no indicator of the seed is: at most its standard, for one stage alone, and without a limit of variation.
MAXIMUM = "teachers_above_norm_per_100_students"
MAXIMUM_ZH = "每百名学生超编教师数"
MODELS = "dbt/models/core/intermediate"


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release with two more judged indicators than the seed holds, the second of primary schools alone."""
    project = copied()
    project.replace(
        f"{MODELS}/int_unit_indicators.sql",
        "\n    from units\n",
        f",\n        trained_360_hours_teachers as {CODE},\n        full_time_teachers as {MAXIMUM}\n    from units\n",
    )
    project.append_text(
        f"{MODELS}/int_unit_indicators.yml",
        f"      - name: {CODE}\n        description: Full-time teachers with 360 hours of training (persons).\n"
        f"      - name: {MAXIMUM}\n        description: Teachers above the norm (persons).\n",
    )
    for place, (code, label, column) in enumerate(
        ((CODE, LABEL, "trained_360_hours_teachers"), (MAXIMUM, MAXIMUM_ZH, "full_time_teachers")), 1
    ):
        project.append_row(
            "dbt/seeds/indicators.csv", indicator_code=code, sort_order=len(INDICATORS) + place, label_zh=label,
            label_en="Teachers per 100 students", numerator_unit_zh="人", unit_zh="人/百名学生", scale=100,
            smallest_addition=1, decimals=2, domain="compulsory_resources", is_judged="true",
            feed="staffing", is_split="false",
        )  # fmt: skip
        project.append_row(
            "dbt/seeds/indicator_sources.csv", indicator_code=code, sort_order=1, column_name=column,
            factor=1, blank_is_none="false",
        )  # fmt: skip
    project.append_row(
        "dbt/seeds/standards.csv", indicator_code=MAXIMUM, measure="school_threshold", stage="primary", school_kind="all",
        jurisdiction="national", threshold=5.8, direction="at_most", valid_from=2017, confidence="high",
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
        == len(JUDGED) + 2
    )


def test_a_maximum_for_one_stage_is_judged_in_that_stage_alone(published: Project) -> None:
    rows = published.ask(f"select * from fct_school_indicators where indicator_code = '{MAXIMUM}'")
    primary = [r for r in rows if r["stage"] == "primary" and r["status"] in ("met", "not_met")]
    assert {r["status"] for r in rows if r["stage"] != "primary"} <= {
        "not_applicable",
        "not_available",
        "out_of_scope",
    }
    assert {r["status"] for r in primary} == {"met", "not_met"}
    for r in primary:
        is_met = r["numerator"] * 1000 <= 58 * r["denominator"]
        # 5.8 ÷ 0.85 is the most that is still within reach; whole teachers have to go
        is_near = r["numerator"] * 100 * 85 <= 580 * r["denominator"]
        assert (r["status"] == "met", r["reaches_floor"]) == (is_met, is_near)
        most = 58 * r["denominator"] // 1000
        assert r["gap_to_threshold"] == max(0, r["source_total"] - most)


def test_forms_of_the_other_stage_and_of_variation_leave_it_out(published: Project) -> None:
    book = "义务教育优质均衡监测"
    heads = {
        name: [str(v) for row in published.sheet(book, name) for v in row if v]
        for name in ("小学", "初中", "表Ⅲ", "说明")
    }
    number = len(JUDGED) + 2
    assert any(v == f"{number}. {MAXIMUM_ZH}（人/百名学生）" for v in heads["小学"])
    assert not any(MAXIMUM_ZH in v for v in heads["初中"])
    (row,) = (row for row in published.sheet(book, "表Ⅱ-1") if MAXIMUM_ZH in row)
    assert row[3] == 5.8 and row[8] == "—"
    judged, limited = f"小学{number}项、初中{number - 1}项", f"{number - 1}项逐项判断"
    assert any(f"；{limited}，综合为{judged}的平均" in v for v in heads["表Ⅲ"])
    assert any(f"；{limited}，小学不超过0.50，初中不超过0.45—0.50（按指标）" in v for v in heads["说明"])
    assert any(
        f"{number - 1}项指标中至少6项达到标准" in v and f"{number}项指标中至少6项" in v for v in heads["说明"]
    )
    primary = published.sheet(book, "小学")
    at = next(i for i, v in enumerate(primary[2]) if v and MAXIMUM_ZH in str(v))
    assert {row[at] for row in primary[4:-1] if row[at] is not None} == {5.8 / 0.85}


def test_what_is_said_of_a_maximum_is_true_of_a_maximum(published: Project) -> None:
    assert "不高于" in published.page(f"indicator_{MAXIMUM}.html")
    reasons = {
        r["reason_zh"]
        for r in published.ask(
            f"select reason_zh from fct_school_compliance where stage = 'primary' and lowest_indicator_code = '{MAXIMUM}'"
            " and status in ('compliant', 'not_compliant') and reason_zh not like '各项%'"
        )
    }
    assert reasons and all("与标准之比" in text and "标准的85%" not in text for text in reasons)


def test_the_new_indicator_has_its_column_in_the_official_forms(published: Project) -> None:
    for name in ("表Ⅱ-1", "表Ⅱ-2", "表Ⅲ"):
        cells = {str(v) for row in published.sheet("义务教育优质均衡监测", name) for v in row}
        assert any(LABEL in v for v in cells), name


def test_the_new_indicator_has_its_page_and_its_place_on_the_others(published: Project) -> None:
    assert LABEL in published.page(f"indicator_{CODE}.html")
    assert LABEL in published.page("index.html")
    assert LABEL in (published.release / "site" / "data" / "common.js").read_text(encoding="utf-8")


def test_no_output_still_counts_as_many_indicators_as_before(published: Project) -> None:
    years = [
        r["school_year"] for r in published.ask("select distinct school_year from fct_school_compliance")
    ]
    now = {len(judged_in(year)) + more for year in years for more in (1, 2)}
    # a number that some year or stage still has is no slip
    before = {len(judged_in(year)) for year in years} - now
    assert before, "the sample judges by as many indicators in one year as in another with two more"
    old = "(?:" + "|".join(f"{chinese_numeral(n)}|{n}" for n in sorted(before)) + ")"
    new = f"(?:{chinese_numeral(len(JUDGED) + 2)}|{len(JUDGED) + 2})"
    counted = re.compile(
        rf"{old}\s*(?:个|项)(?:资源配置)?指标|(?:全部|各|的|校){old}\s*项|{old}项(?:逐项|中|齐)"
    )
    for kind, texts in published.texts().items():
        assert [t[:120] for t in texts if counted.search(t)] == [], kind
    after = re.compile(rf"{new}\s*项")
    for kind in ("pages", "workbooks"):
        assert any(after.search(t) for t in published.texts()[kind]), kind
