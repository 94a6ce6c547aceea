"""Sentences and marks that hold a standard or a count of indicators, filled from the release.

No threshold is typed in the code: every figure here is read from `dim_standards` and `dim_indicators` of the
published database, for one school year and the project's jurisdiction. The fewest people behind a published mean
comes from `warehouse/tiers.yml`. The Excel and Word writers, the site's templates, scripts and charts, the
notebooks and `explain` all take their wording from this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import NONE_ZH, chinese_numeral, printed
from dagster_project.publish import labels
from dagster_project.warehouse.standards import Standard, judged_stages, load_standards, threshold_of
from dagster_project.warehouse.tiers import load_tiers

if TYPE_CHECKING:
    import duckdb

#: Stages whose schools are judged, in the order in which sentences name them.
JUDGED_STAGES = judged_stages()
_ALL_STAGES = ("preschool", *JUDGED_STAGES, "senior_secondary", "secondary_vocational")
_NO_STANDARD_ZH = "本学年没有生效的标准"


def load_phrases(
    con: duckdb.DuckDBPyConnection, school_year: int, *, jurisdiction: str | None = None
) -> Phrases:
    """The sentences of a school year; arguments as for `load_standards`."""
    judged = con.execute(
        "select indicator_code from marts.dim_indicators where is_judged order by sort_order"
    ).fetchall()
    standards = load_standards(con, school_year, jurisdiction=jurisdiction)
    in_force = {s.indicator_code for s in standards if s.measure in ("school_threshold", "cv_limit")}
    return Phrases(school_year, standards, tuple(str(code) for (code,) in judged if code in in_force))


@dataclass(frozen=True)
class Phrases:
    """Sentences for one school year.

    Args:
        school_year: year in which the school year starts.
        standards: the standards in force in it.
        judged_indicators: codes of the indicators judged in that year, in their order.
    """

    school_year: int
    standards: tuple[Standard, ...]
    judged_indicators: tuple[str, ...]

    # --- figures --------------------------------------------------------------------------------------------

    def threshold(
        self, indicator_code: str, measure: str, stage: str, school_kind: str = "all"
    ) -> float | None:
        """The threshold in force, or None."""
        return threshold_of(self.standards, indicator_code, measure, stage, school_kind)

    def floor_ratio(self, stage: str) -> float | None:
        """Share of its threshold (0–1) that every judged indicator of a compliant school must reach."""
        return self.threshold("school_compliance", "floor_ratio", stage)

    def indicators_needed(self, stage: str) -> int | None:
        """How many judged indicators a compliant school must reach."""
        found = self.threshold("school_compliance", "indicators_needed", stage)
        return None if found is None else int(found)

    def cv_limit(self, indicator_code: str, stage: str) -> float | None:
        """Largest coefficient of variation that is met."""
        return self.threshold(indicator_code, "cv_limit", stage)

    def stage_weight(self, stage: str) -> float | None:
        """Weight of a student of the stage where several stages share a resource."""
        return self.threshold("stage_share", "weight", stage)

    def standard_size(self, stage: str, school_kind: str = "all") -> float | None:
        """Students of a class of standard size; kindergarten classes are told apart by `school_kind`."""
        return self.threshold("class_size", "standard_size", stage, school_kind)

    @property
    def minimum_people(self) -> int:
        """Fewest people behind a mean of pay that the committee may see."""
        return load_tiers().minimum_people

    def judged_count(self, stage: str) -> int:
        """Number of judged indicators that have a threshold in the stage."""
        return sum(
            self.threshold(code, "school_threshold", stage) is not None for code in self.judged_indicators
        )

    def judged_in(self, stage: str) -> tuple[str, ...]:
        """Codes of the indicators that are judged in the stage: by a standard for schools, or for their variation."""
        return tuple(
            code
            for code in self.judged_indicators
            if any(
                self.threshold(code, measure, stage) is not None
                for measure in ("school_threshold", "cv_limit")
            )
        )

    # --- words ----------------------------------------------------------------------------------------------

    @property
    def indicator_count_zh(self) -> str:
        """The number of judged indicators as a word: 七."""
        return chinese_numeral(len(self.judged_indicators)) if self.judged_indicators else "零"

    @property
    def indicators_zh(self) -> str:
        """All judged indicators together: 七项指标."""
        return f"{self.indicator_count_zh}项指标"

    def floor_zh(self, stage: str | None = None) -> str:
        """The floor as a share of the standard: 85%; of all stages if none is given."""
        if stage is not None:
            return _percent(self.floor_ratio(stage))
        return self._by_stage(lambda s: _percent(self.floor_ratio(s)), self.floor_ratio)

    @property
    def basic_value_zh(self) -> str:
        """Heading of the column that holds threshold × floor: 基本值(85%)."""
        return f"基本值({self.floor_zh()})"

    @property
    def gap_to_floor_zh(self) -> str:
        """Heading of what is missing to the floor: 离标准的 85% 还差."""
        return _gap_to_floor_zh(self.floor_zh())

    @property
    def compliance_zh(self) -> str:
        """When a school is compliant: 7项指标中至少6项达到标准（等于也算），其余一项不低于标准的85%."""

        def rule(stage: str) -> str:
            needed, judged = self.indicators_needed(stage), self.judged_count(stage)
            if needed is None or not judged:
                return _NO_STANDARD_ZH
            rest = _rest_zh(judged - needed)
            floor = f"，{rest}{self._floor_rule_zh(stage, '')}" if rest and self.floor_ratio(stage) else ""
            return f"{judged}项指标中至少{needed}项达到标准（等于也算）{floor}"

        return self._by_stage(rule, self._rule_key)

    @property
    def compliance_in_words_zh(self) -> str:
        """The same rule as a sentence of a page: 七项指标至少六项达到标准、其余一项不低于标准的 85%，学校才算达标."""

        def rule(stage: str) -> str:
            needed, judged = self.indicators_needed(stage), self.judged_count(stage)
            if needed is None or not judged:
                return _NO_STANDARD_ZH
            rest = _rest_zh(judged - needed)
            floor = f"、{rest}{self._floor_rule_zh(stage, ' ')}" if rest and self.floor_ratio(stage) else ""
            return f"{chinese_numeral(judged)}项指标至少{chinese_numeral(needed)}项达到标准{floor}"

        return self._by_stage(rule, self._rule_key) + "，学校才算达标。"

    @property
    def weights_zh(self) -> str:
        """Weights by which several stages share a resource: 1 : 1.1 : 1.32."""
        found = [w for s in _ALL_STAGES if (w := self.stage_weight(s)) is not None]
        return " : ".join(printed(w, None) for w in found) or NONE_ZH

    @property
    def weighted_stages_zh(self) -> str:
        """The stages that have a weight: 小学、初中、高中."""
        found = [labels.stage_zh(s) for s in _ALL_STAGES if self.stage_weight(s) is not None]
        return "、".join(found)

    @property
    def sharing_zh(self) -> str:
        """How shared resources are split: 多个学段共用的资源按学生数 1 : 1.1 : 1.32 加权分摊."""
        return f"多个学段共用的资源按学生数 {self.weights_zh} 加权分摊"

    @property
    def cv_limits_zh(self) -> str:
        """Limits of the coefficient of variation: 小学不超过0.50，初中不超过0.45."""
        found = []
        for stage in JUDGED_STAGES:
            limits = {x for code in self.judged_indicators if (x := self.cv_limit(code, stage)) is not None}
            if limits:
                low, high = (printed(f(limits), 2) for f in (min, max))
                # indicators may have limits of their own; then the sentence gives the range
                found.append(
                    f"{labels.stage_zh(stage)}不超过{low if low == high else f'{low}—{high}（按指标）'}"
                )
        return "，".join(found) or _NO_STANDARD_ZH

    @property
    def cv_judged_zh(self) -> str:
        """How many indicators' variation is judged: 7项逐项判断; of each stage where they differ."""

        def count(stage: str) -> int:
            return sum(self.cv_limit(code, stage) is not None for code in self.judged_indicators)

        return self._items_zh(count) + "逐项判断"

    @property
    def judged_items_zh(self) -> str:
        """How many indicators are judged: 7项; of each stage where they differ."""
        return self._items_zh(lambda stage: len(self.judged_in(stage)))

    @property
    def standard_sizes_zh(self) -> str:
        """Standard sizes of classes: 标准班额：小学 45 人，初中 50 人."""
        found = [
            f"{labels.stage_zh(stage)} {printed(size, None)} 人"
            for stage in JUDGED_STAGES
            if (size := self.standard_size(stage)) is not None
        ]
        return f"标准班额：{'，'.join(found)}" if found else _NO_STANDARD_ZH

    @property
    def large_classes_zh(self) -> str:
        """From how many students on a class is large: 大班额 56 人及以上，超大班额 66 人及以上."""
        large, super_large = (
            self._by_stage(
                lambda s, m=measure: printed(self.threshold("class_size", m, s), None),  # type: ignore[misc]
                lambda s, m=measure: self.threshold("class_size", m, s),  # type: ignore[misc]
            )
            for measure in ("large_from", "super_large_from")
        )
        return f"大班额 {large} 人及以上，超大班额 {super_large} 人及以上"

    @property
    def class_sizes_zh(self) -> str:
        """Standard sizes and where large classes begin, as one sentence."""
        return f"{self.standard_sizes_zh}；{self.large_classes_zh}。"

    @property
    def out_of_scope_zh(self) -> str:
        """Why schools are not judged: 特殊教育学校、职业学校、不足50人的教学点按规定不参评."""
        fewest = self.threshold("school_compliance", "minimum_students", "primary", "teaching_point")
        small = "" if fewest is None else f"、不足{printed(fewest, None)}人的教学点"
        return f"特殊教育学校、职业学校{small}按规定不参评"

    @property
    def new_vocational_zh(self) -> str:
        """Which vocational schools the conditions don't apply to: 2022年及以后新建的学校不适用."""
        year = self.threshold("vocational_conditions", "exempt_if_founded_from", "secondary_vocational")
        return "" if year is None else f"{printed(year, 0)}年及以后新建的学校不适用"

    @property
    def suppression_zh(self) -> str:
        """When pay isn't published: 平均工资背后不足3人的不公布."""
        return f"平均工资背后不足{self.minimum_people}人的不公布"

    def for_scripts(self) -> dict[str, Any]:
        """What the site's scripts need of the standards.

        Returns:
            `floor_ratio`: stage → share (0–1) or None; `indicators_zh`: a text.
        """
        return {
            "floor_ratio": {stage: self.floor_ratio(stage) for stage in JUDGED_STAGES},
            "indicators_zh": self.indicators_zh,
        }

    def for_figures(self) -> dict[str, Any]:
        """What the site's scripts say beside a figure of this school year, which may be a past one.

        Returns:
            `gap_to_floor_zh`: stage → text; `weights_zh`: a text.
        """
        return {
            "gap_to_floor_zh": {stage: _gap_to_floor_zh(self.floor_zh(stage)) for stage in JUDGED_STAGES},
            "weights_zh": self.weights_zh,
        }

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Every sentence by its name, for `{name}` in the texts of the catalogue of tables."""
        names = (
            "indicator_count_zh", "indicators_zh", "basic_value_zh", "gap_to_floor_zh", "compliance_zh",
            "compliance_in_words_zh", "weights_zh", "weighted_stages_zh", "sharing_zh", "cv_limits_zh",
            "standard_sizes_zh", "large_classes_zh", "class_sizes_zh", "out_of_scope_zh", "new_vocational_zh",
            "suppression_zh",
        )  # fmt: skip
        found = {name: str(getattr(self, name)) for name in names}
        return {
            **found,
            "floor_zh": self.floor_zh(),
            "minimum_people": str(self.minimum_people),
            "judged_count": str(len(self.judged_indicators)),
            "school_year": str(self.school_year),
        }

    # --- helpers --------------------------------------------------------------------------------------------

    def _rule_key(self, stage: str) -> tuple[object, ...]:
        return (
            self.judged_count(stage), self.indicators_needed(stage), self.floor_ratio(stage), self._has_maximum(stage),
        )  # fmt: skip

    def _items_zh(self, count: Callable[[str], int]) -> str:
        counts = {stage: count(stage) for stage in JUDGED_STAGES}
        if len(set(counts.values())) == 1:
            return f"{counts[JUDGED_STAGES[0]]}项"
        return "、".join(f"{labels.stage_zh(stage)}{n}项" for stage, n in counts.items())

    def _has_maximum(self, stage: str) -> bool:
        """Whether an indicator of the stage may be at most its standard."""
        return any(
            s.direction == "at_most"
            for s in self.standards
            if s.measure == "school_threshold"
            and s.stage == stage
            and s.indicator_code in self.judged_indicators
        )

    def _floor_rule_zh(self, stage: str, space: str) -> str:
        """The floor in words: 不低于标准的85%, and what that is of a standard that is a maximum."""
        rule = f"不低于标准的{space}{self.floor_zh(stage)}"
        if not self._has_maximum(stage):
            return rule
        return f"{rule}（不得超过的标准，是不高于标准除以{space}{self.floor_zh(stage)}）"

    def _by_stage(self, text: Callable[[str], str], key: Callable[[str], object]) -> str:
        """The text once if all judged stages have it in common, else each stage with its own."""
        if len({key(stage) for stage in JUDGED_STAGES}) == 1:
            return text(JUDGED_STAGES[0])
        return "；".join(f"{labels.stage_zh(stage)}{text(stage)}" for stage in JUDGED_STAGES)


def _gap_to_floor_zh(floor_zh: str) -> str:
    return f"离标准的 {floor_zh} 还差"


def _percent(share: float | None) -> str:
    return printed(share, None, scale=100, suffix="%")


def _rest_zh(count: int) -> str:
    """What is left of the indicators: nothing, 其余一项, 其余各项."""
    return "" if count <= 0 else "其余一项" if count == 1 else "其余各项"
