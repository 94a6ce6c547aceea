"""Charts have the size asked for, say what fails without colour, and need a font with Chinese."""

from __future__ import annotations

import struct
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from dagster_project.publish import charts
from dagster_project.publish.catalogue.models import Lines
from dagster_project.publish.charts import fonts
from dagster_project.publish.charts.lines import _spread
from dagster_project.publish.charts.parts import label_angle
from dagster_project.publish.site.sections import named_periods

SCHOOLS = pd.DataFrame(
    {"school": ["第一中学", "第二中学附属外国语实验学校（东校区）", "实验小学"], "cv": [0.52, 0.5, None]}
)
PERIODS = pd.DataFrame(
    {
        "year": ["2022", "2023", "2024", "2022", "2023", "2024"],
        "kind": ["教师", "教师", "教师", "校舍", "校舍", "校舍"],
        "cv": [0.5, 0.48, 0.46, 0.55, None, 0.46],
    }
)
MONTHS = pd.DataFrame(
    {
        "month": pd.to_datetime(["2024-11-01", "2024-11-01", "2024-12-01", "2024-12-01"]),
        "kind": ["投诉", "咨询", "投诉", "咨询"],
        "cases": [20, 30, 10, 5],
    }
)
SIZES = pd.DataFrame({"students": [40, 45, 50, 55, 55, 56, 60, None]})


def one_of_each() -> dict[str, alt.LayerChart]:
    return {
        "bars": charts.bars_against_limit(SCHOOLS, "school", "cv", 0.5, value_title="差异系数", title="各校"),
        "lines": charts.lines_by_period(PERIODS, "year", "cv", "kind", 0.5, value_title="差异系数"),
        "stacked": charts.stacked_by_month(MONTHS, "month", "cases", "kind", value_title="件数"),
        "histogram": charts.histogram_with_limit(SIZES, "students", 55, value_title="班额", decimals=0),
    }


def rows(chart: alt.LayerChart, *fields: str) -> list[dict[str, Any]]:
    """Records of the chart's data that have all the fields, each once."""
    spec = chart.to_dict()
    found: list[dict[str, Any]] = []
    sets = [spec.get("data", {}), *[layer.get("data", {}) for layer in spec["layer"]]]
    for values in [*spec.get("datasets", {}).values(), *[s["values"] for s in sets if "values" in s]]:
        found += [r for r in values if set(fields) <= set(r) and r not in found]
    return found


def png_size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


needs_font = pytest.mark.skipif(charts.chinese_font() is None, reason="no font with Chinese is installed")


class TestPicture:
    @needs_font
    @pytest.mark.parametrize("name", ["bars", "lines", "stacked", "histogram"])
    def test_is_a_png_of_the_size_the_chart_says(self, name: str) -> None:
        chart = one_of_each()[name]
        png = charts.to_png(chart, scale=3)
        assert png is not None and png.startswith(b"\x89PNG\r\n\x1a\n")
        spec = chart.to_dict()
        assert png_size(png) == (spec["width"] * 3, spec["height"] * 3)

    @needs_font
    def test_takes_the_size_wanted(self) -> None:
        chart = charts.histogram_with_limit(SIZES, "students", 55, width=400, height=250)
        png = charts.to_png(chart)
        assert png is not None and png_size(png) == (800, 500)

    @needs_font
    def test_shows_chinese_and_not_one_box_for_every_sign(self) -> None:
        def drawn(title: str) -> bytes | None:
            return charts.to_png(charts.histogram_with_limit(SIZES, "students", 55, title=title))

        assert drawn("班") == drawn("班")
        assert len({drawn("班"), drawn("额"), drawn("校")}) == 3

    def test_is_none_without_a_font(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "chinese_font", lambda: None)
        assert charts.to_png(one_of_each()["bars"]) is None


class TestFont:
    def test_prefers_sans(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listed = frozenset({"SimSun", "Noto Serif CJK SC", "Noto Sans CJK SC", "AR PL UMing CN"})
        monkeypatch.setattr(fonts, "_listed_families", lambda: listed)
        assert charts.chinese_font() == "Noto Sans CJK SC"

    def test_takes_an_unknown_one_over_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts, "_listed_families", lambda: frozenset({"AR PL UMing CN"}))
        assert charts.chinese_font() == "AR PL UMing CN"

    def test_is_looked_for_among_files_where_nothing_is_listed(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(fonts, "_listed_families", frozenset)
        monkeypatch.setattr(fonts, "_font_folders", lambda: [tmp_path])
        assert charts.chinese_font() is None
        (tmp_path / "arial.ttf").touch()
        assert charts.chinese_font() is None
        (tmp_path / "simsun.ttc").touch()
        assert charts.chinese_font() == "SimSun"
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "MSYH.TTC").touch()
        assert charts.chinese_font() == "Microsoft YaHei"


class TestBars:
    def test_mark_what_is_beyond_the_limit_and_what_is_missing(self) -> None:
        chart = charts.bars_against_limit(SCHOOLS, "school", "cv", 0.5)
        assert [r["text"] for r in rows(chart, "failed")] == ["▼0.52", "0.50", "？缺数据"]
        assert [r["text"] for r in rows(chart, "limit")] == ["标准 0.50"]

    def test_print_figures_and_limit_each_as_the_tables_do(self) -> None:
        chart = charts.bars_against_limit(SCHOOLS, "school", "cv", 0.5, decimals=3)
        assert [r["text"] for r in rows(chart, "failed")] == ["▼0.520", "0.500", "？缺数据"]
        assert [r["text"] for r in rows(chart, "limit")] == ["标准 0.50"]

    def test_may_have_to_reach_the_limit(self) -> None:
        frame = pd.DataFrame({"school": ["甲", "乙"], "area": [4.4, 4.5]})
        chart = charts.bars_against_limit(frame, "school", "area", 4.5, direction="at_least", decimals=1)
        assert [r["text"] for r in rows(chart, "failed")] == ["▼4.4", "4.5"]

    def test_without_a_standard_nothing_fails(self) -> None:
        chart = charts.bars_against_limit(SCHOOLS, "school", "cv", None)
        assert [r["failed"] for r in rows(chart, "failed")] == [False, False, False]
        assert rows(chart, "limit") == []

    def test_long_names_are_broken_not_cut(self) -> None:
        chart = charts.bars_against_limit(SCHOOLS, "school", "cv", 0.5)
        assert [r["line"] for r in rows(chart, "line") if r["label"] == SCHOOLS["school"][1]] == [
            "第二中学附属外国语实验学校",
            "（东校区）",
        ]

    def test_refuse_a_name_twice(self) -> None:
        frame = pd.DataFrame({"school": ["甲", "甲"], "cv": [0.1, 0.2]})
        with pytest.raises(ValueError, match="different name"):
            charts.bars_against_limit(frame, "school", "cv", 0.5)


class TestLines:
    def test_are_named_at_their_ends_with_the_last_value(self) -> None:
        chart = charts.lines_by_period(PERIODS, "year", "cv", "kind", 0.5)
        assert [r["text"] for r in rows(chart, "y", "text")] == ["教师 0.46", "校舍 0.46", "标准 0.50"]

    def test_names_at_the_ends_stand_apart(self) -> None:
        chart = charts.lines_by_period(PERIODS, "year", "cv", "kind")
        first, second = (r["y"] for r in rows(chart, "y", "text"))
        assert first != second

    def test_missing_value_stays_missing(self) -> None:
        chart = charts.lines_by_period(PERIODS, "year", "cv", "kind")
        assert [r["value"] for r in rows(chart, "period") if r["series"] == "校舍"] == [0.55, None, 0.46]

    def test_refuse_a_period_twice_and_too_many_series(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            charts.lines_by_period(pd.concat([PERIODS, PERIODS]), "year", "cv", "kind")
        many = pd.DataFrame({"year": "2024", "kind": [str(j) for j in range(9)], "cv": 0.1})
        with pytest.raises(ValueError, match="at most 8"):
            charts.lines_by_period(many, "year", "cv", "kind")


class TestStacked:
    def test_parts_lie_on_each_other_and_the_sum_on_top(self) -> None:
        chart = charts.stacked_by_month(MONTHS, "month", "cases", "kind")
        assert [(r["month"], r["kind"], r["from"], r["to"]) for r in rows(chart, "kind")] == [
            ("2024-11", "投诉", 0, 20),
            ("2024-11", "咨询", 20, 50),
            ("2024-12", "投诉", 0, 10),
            ("2024-12", "咨询", 10, 15),
        ]
        assert [r["text"] for r in rows(chart, "to", "text") if "kind" not in r] == ["50", "15"]

    def test_month_without_any_value_is_marked(self) -> None:
        frame = pd.DataFrame({"month": ["3月", "4月"], "kind": "投诉", "cases": [7, None]})
        chart = charts.stacked_by_month(frame, "month", "cases", "kind")
        assert [r["text"] for r in rows(chart, "to", "text") if "kind" not in r] == ["7", "？"]

    def test_refuses_more_kinds_than_greys(self) -> None:
        frame = pd.DataFrame({"month": "3月", "kind": list("甲乙丙丁戊己"), "cases": 1})
        with pytest.raises(ValueError, match="at most 5"):
            charts.stacked_by_month(frame, "month", "cases", "kind")


class TestHistogram:
    def test_limit_is_an_edge_and_a_value_on_it_is_on_the_right_side(self) -> None:
        chart = charts.histogram_with_limit(SIZES, "students", 55)
        bars = rows(chart, "count")
        assert sum(r["count"] for r in bars) == 7
        assert sum(r["count"] for r in bars if r["failed"]) == 2  # 56 and 60
        assert 55 in [r["from"] for r in bars]

    def test_values_that_must_reach_the_limit(self) -> None:
        chart = charts.histogram_with_limit(SIZES, "students", 55, direction="at_least")
        assert sum(r["count"] for r in rows(chart, "count") if r["failed"]) == 3  # 40, 45 and 50

    def test_decimals_fall_into_the_class_they_read(self) -> None:
        """0.1 + 0.2 steps of 0.1 must not push 0.3 over its edge."""
        edges = charts.histogram_classes([0.1, 0.2, 0.3], 0.3, "at_most")
        assert sum(n for _, b, n in edges if b <= Decimal("0.3")) == 3

    def test_rows_without_a_value_are_counted(self) -> None:
        chart = charts.histogram_with_limit(SIZES, "students", 55)
        assert "？另有 1 个缺数据，未计" in [r.get("text") for r in rows(chart, "text")]

    def test_one_value_is_enough_and_none_is_refused(self) -> None:
        assert len(rows(charts.histogram_with_limit(SIZES.head(1), "students", None), "count")) == 1
        with pytest.raises(ValueError, match="needs values"):
            charts.histogram_with_limit(SIZES.tail(1), "students", 55)


def test_places_of_labels_are_spread_in_order() -> None:
    assert _spread([1.0, 1.0, 5.0], 1.0, 0.0, 6.0) == [0.5, 1.5, 5.0]
    crowded = _spread([0.0, 0.0, 0.0], 1.0, 0.0, 10.0)
    assert crowded[0] == 0.0 and all(b - a > 0.99 for a, b in pairwise(crowded))


def test_a_period_of_which_returns_are_missing_says_how_many_came() -> None:
    def row(year: int, stage: str, came: int | None, due: int) -> dict[str, Any]:
        return {"school_year": year, "stage": stage, "came": came, "due": due}

    rows = [row(2023, "a", 8, 8), row(2023, "b", 2, 2), row(2024, "a", 1, 8), row(2024, "b", 2, 2),
            row(2025, "a", None, 8)]  # fmt: skip
    spec = Lines(
        name="c", title_zh="图", mart="m", period="school_year", values=("v",), complete=("came", "due")
    )
    assert named_periods(spec, rows) == {2023: 2023, 2024: "2024（已报3/10）", 2025: "2025（已报0/8）"}
    assert named_periods(spec.model_copy(update={"complete": None}), rows) == {
        2023: 2023,
        2024: 2024,
        2025: 2025,
    }


@pytest.mark.parametrize(
    ("labels", "room", "is_level"),
    [
        (["2019", "2020", "2021"], 200, True),
        (["2025-01", "2025-02", "2025-03"], 100, False),
        # together they have room, but the long one stands on its neighbour
        (["2019", "2020", "2021", "2022", "2023", "2024", "2025（已报255/281）"], 420, False),
        (["2024", "2025（已报255/281）"], 420, True),
        (["2025（已报255/281）"], 60, False),
        ([], 60, True),
    ],
)
def test_labels_of_an_axis_are_level_only_where_no_two_meet(
    labels: list[str], room: int, is_level: bool
) -> None:
    assert (label_angle(labels, room) == 0) is is_level
