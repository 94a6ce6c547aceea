"""Columns are as wide as their figures, dates and codes need, also in the wide letters of a substitute font."""

from __future__ import annotations

import pytest

from dagster_project.publish.word.figures import Label, Number
from dagster_project.publish.word.widths import fitted_widths

#: Millimetres of a digit of DejaVu Serif, the widest of the usual substitutes, at 10.5 points.
WIDE_DIGIT_MM = 0.636 * 10.5 * 25.4 / 72
LONG = Label("按年度安排完成办学条件达标并逐项核对完成情况")


def figure(text: str, suffix: str = "") -> Number:
    return Number("t", {}, "c", text, suffix=suffix)


@pytest.mark.parametrize("text", ["2025-12-31", "118,659", "12/2,328", "100.0%", "22000000"])
def test_a_figure_has_room_for_its_widest_letters(text: str) -> None:
    first, second = fitted_widths([["甲"], ["乙"]], [[[LONG], [Label(text)]]], [146, 10], 156, 10.5)
    digits = sum(c.isdigit() or c in "-/" for c in text) * WIDE_DIGIT_MM
    assert second >= digits + 2 * 1.23 and first + second <= 156.001


def test_a_unit_stays_with_its_figure() -> None:
    (bare,) = fitted_widths([["甲"]], [[[figure("22000")]]], [5], 156, 10.5)
    (with_unit,) = fitted_widths([["甲"]], [[[figure("22000", "平方米")]]], [5], 156, 10.5)
    # three characters, and the quarter that editors put between figure and unit
    assert with_unit - bare == pytest.approx(3.25 * 10.5 * 25.4 / 72)


def test_a_short_word_is_not_broken() -> None:
    (width,) = fitted_widths([["灯"]], [[["红·逾期"]]], [5], 156, 10.5)
    assert width >= 3 * 10.5 * 25.4 / 72 + 2.4


def test_wishes_hold_where_they_are_enough_and_only_columns_with_room_give_way() -> None:
    assert fitted_widths([["甲"], ["乙"]], [[["一"], ["二"]]], [60, 40], 156, 10.5) == [60, 40]
    date = Label("2025-12-31")
    widths = fitted_widths([["甲"], ["乙"], ["丙"]], [[[LONG], [date], [date]]], [100, 10, 46], 156, 10.5)
    assert sum(widths) == pytest.approx(156) and widths[0] < 100 and widths[1] > 22


def test_what_cannot_fit_shrinks_alike() -> None:
    wide = Label("1234567890" * 5)
    widths = fitted_widths([["甲"], ["乙"]], [[[wide], [wide]]], [78, 78], 156, 10.5)
    assert sum(widths) == pytest.approx(156) and widths[0] == pytest.approx(widths[1])
