"""Every sentence that holds a standard follows the standards of the release."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.publish.phrases import Phrases
from dagster_project.warehouse.standards import Standard, standards_in_force
from tests.indicator_seed import WORKED as INDICATORS_WORKED


def _seed(name: str) -> list[dict[str, str]]:
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


#: Standards of the sentences below, by measure and stage; a change of the seed's figures changes none of them.
WORKED = {
    ("floor_ratio", ""): 0.85, ("indicators_needed", ""): 6, ("cv_limit", "primary"): 0.5,
    ("cv_limit", "junior_secondary"): 0.45, ("weight", "primary"): 1, ("weight", "junior_secondary"): 1.1,
    ("weight", "senior_secondary"): 1.32, ("standard_size", "primary"): 45, ("standard_size", "junior_secondary"): 50,
    ("large_from", ""): 56, ("super_large_from", ""): 66, ("minimum_students", ""): 50,
    ("exempt_if_founded_from", ""): 2022,
}  # fmt: skip


def _worked(row: dict[str, str]) -> float:
    found = WORKED.get((row["measure"], row["stage"]), WORKED.get((row["measure"], "")))
    return float(row["threshold"]) if found is None else found


def _standards() -> list[Standard]:
    """The rows of the seed with the worked figures."""
    return [
        Standard(
            r["indicator_code"], r["measure"], r["stage"], r["school_kind"], r["jurisdiction"], _worked(r),
            r["direction"],
            int(r["valid_from"]), int(r["valid_to"]) if r["valid_to"] else None,
        )
        for r in _seed("standards")
        if r["threshold"] and r["confidence"] in ("high", "medium")
    ]  # fmt: skip


def _phrases(change: Callable[[Standard], Standard] = lambda s: s, *, more: tuple[str, ...] = ()) -> Phrases:
    # the sentences are worked out here for the seven of the national rule, whatever the seed has besides
    judged = [
        r["indicator_code"]
        for r in _seed("indicators")
        if r["is_judged"] == "true" and r["indicator_code"] in INDICATORS_WORKED
    ]
    extra = [
        Standard(code, "school_threshold", stage, "all", "national", 1, "at_least", 2017, None)
        for code in more
        for stage in ("primary", "junior_secondary")
    ]
    found = standards_in_force([*map(change, _standards()), *extra], 2023, "national")
    return Phrases(2023, tuple(found), (*judged, *more))


def _with(measure: str, threshold: float, stage: str = "") -> Callable[[Standard], Standard]:
    def change(row: Standard) -> Standard:
        picked = row.measure == measure and (not stage or row.stage == stage)
        return replace(row, threshold=threshold) if picked else row

    return change


def test_the_sentences_say_what_the_standards_say() -> None:
    phrases = _phrases()
    assert phrases.compliance_zh == "7项指标中至少6项达到标准（等于也算），其余一项不低于标准的85%"
    assert phrases.compliance_in_words_zh == (
        "七项指标至少六项达到标准、其余一项不低于标准的 85%，学校才算达标。"
    )
    assert phrases.basic_value_zh == "基本值(85%)"
    assert phrases.cv_limits_zh == "小学不超过0.50，初中不超过0.45"
    assert phrases.weights_zh == "1 : 1.1 : 1.32"
    assert (
        phrases.class_sizes_zh
        == "标准班额：小学 45 人，初中 50 人；大班额 56 人及以上，超大班额 66 人及以上。"
    )
    assert phrases.out_of_scope_zh == "特殊教育学校、职业学校、不足50人的教学点按规定不参评"
    assert phrases.new_vocational_zh == "2022年及以后新建的学校不适用"
    assert phrases.suppression_zh == "平均工资背后不足3人的不公布"


@pytest.mark.parametrize(
    ("measure", "threshold", "sentence", "expected"),
    [
        ("floor_ratio", 0.8, "basic_value_zh", "基本值(80%)"),
        ("floor_ratio", 0.825, "gap_to_floor_zh", "离标准的 82.5% 还差"),
        ("floor_ratio", 0.8, "compliance_zh", "7项指标中至少6项达到标准（等于也算），其余一项不低于标准的80%"),
        ("indicators_needed", 5, "compliance_zh", "7项指标中至少5项达到标准（等于也算），其余各项不低于标准的85%"),
        ("cv_limit", 0.4, "cv_limits_zh", "小学不超过0.40，初中不超过0.40"),
        ("weight", 2, "weights_zh", "2 : 2 : 2"),
        ("large_from", 50, "large_classes_zh", "大班额 50 人及以上，超大班额 66 人及以上"),
        ("minimum_students", 60, "out_of_scope_zh", "特殊教育学校、职业学校、不足60人的教学点按规定不参评"),
        ("exempt_if_founded_from", 2024, "new_vocational_zh", "2024年及以后新建的学校不适用"),
    ],
)  # fmt: skip
def test_a_changed_standard_changes_its_sentences(
    measure: str, threshold: float, sentence: str, expected: str
) -> None:
    assert getattr(_phrases(_with(measure, threshold)), sentence) == expected


def test_a_floor_of_one_stage_is_named_with_its_stage() -> None:
    phrases = _phrases(_with("floor_ratio", 0.8, "primary"))
    assert phrases.floor_zh() == "小学80%；初中85%"
    assert phrases.floor_zh("primary") == "80%"
    assert phrases.for_scripts()["floor_ratio"] == {"primary": 0.8, "junior_secondary": 0.85}


def test_a_figure_of_a_past_year_names_the_floor_and_the_weights_of_its_year() -> None:
    def rows(measure: str, old: float, new: float) -> list[Standard]:
        row = next(s for s in _standards() if s.measure == measure and s.stage == "junior_secondary")
        return [
            replace(row, threshold=old, valid_to=2022),
            replace(row, threshold=new, valid_from=2023, valid_to=None),
        ]

    given = [*rows("floor_ratio", 0.85, 0.8), *rows("weight", 1.1, 1.2)]
    said = {
        year: Phrases(year, tuple(standards_in_force(given, year, "national")), ()).for_figures()
        for year in (2022, 2023)
    }
    assert [said[y]["gap_to_floor_zh"]["junior_secondary"] for y in said] == [
        "离标准的 85% 还差",
        "离标准的 80% 还差",
    ]
    assert ["1.1" in said[y]["weights_zh"] for y in said] == [True, False]


def test_an_eighth_judged_indicator_is_counted() -> None:
    phrases = _phrases(more=("toilets_per_100_students",))
    assert phrases.indicators_zh == "八项指标"
    assert phrases.compliance_zh == "8项指标中至少6项达到标准（等于也算），其余各项不低于标准的85%"


def test_indicators_of_one_stage_and_without_a_limit_are_counted_where_they_are_judged() -> None:
    phrases = _phrases(more=("toilets_per_100_students",))
    assert (phrases.judged_items_zh, phrases.cv_judged_zh) == ("8项", "7项逐项判断")
    (one,) = (
        s
        for s in phrases.standards
        if s.indicator_code == "toilets_per_100_students" and s.stage == "primary"
    )
    of_primary = replace(
        phrases,
        standards=tuple(s for s in phrases.standards if s.indicator_code != one.indicator_code or s is one),
    )
    assert (of_primary.judged_items_zh, of_primary.cv_judged_zh) == ("小学8项、初中7项", "7项逐项判断")
    assert of_primary.judged_in("junior_secondary") == phrases.judged_indicators[:-1]
    maximum = replace(of_primary, standards=(*phrases.standards[:-2], replace(one, direction="at_most")))
    assert maximum.compliance_zh == (
        "小学8项指标中至少6项达到标准（等于也算），其余各项不低于标准的85%（不得超过的标准，是不高于标准除以85%）；"
        "初中7项指标中至少6项达到标准（等于也算），其余一项不低于标准的85%"
    )


def test_the_jurisdictions_own_standard_replaces_the_national_one_from_its_first_year() -> None:
    def size(jurisdiction: str, threshold: float, first: int) -> Standard:
        return Standard(
            "class_size", "standard_size", "primary", "all", jurisdiction, threshold, "at_most", first, None
        )

    given = [size("national", 45, 2017), size("own", 40, 2023), size("other", 30, 2017)]
    thresholds = {
        (jurisdiction, year): [s.threshold for s in standards_in_force(given, year, jurisdiction)]
        for jurisdiction in ("national", "own")
        for year in (2022, 2023)
    }
    assert thresholds == {
        ("national", 2022): [45], ("national", 2023): [45], ("own", 2022): [45], ("own", 2023): [40],
    }  # fmt: skip


def test_before_the_first_standard_the_sentences_say_so() -> None:
    phrases = Phrases(2010, tuple(standards_in_force(_standards(), 2010, "national")), ("a",))
    assert phrases.compliance_zh == "本学年没有生效的标准"
    assert phrases.cv_limits_zh == "本学年没有生效的标准"
    assert phrases.floor_zh() == "—"
