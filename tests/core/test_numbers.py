"""The printer of figures: every place that prints one uses it."""

from __future__ import annotations

import datetime as dt

import pytest

from dagster_project.core.numbers import amount_decimals, chinese_numeral, filled, printed, shown


def test_a_figure_is_rounded_half_up_from_its_shortest_form() -> None:
    assert printed(2.675, 2) == "2.68"
    assert printed(0.125, 2) == "0.13"
    assert printed(-0.001, 2) == "0.00"
    assert printed(1234.5, 1, thousands=True) == "1,234.5"
    assert printed(0.857, 1, scale=100, suffix="%") == "85.7%"


def test_without_decimals_a_figure_keeps_its_own_digits() -> None:
    assert [printed(v, None) for v in (45.0, 1.32, 0.1 + 0.2, 2000)] == ["45", "1.32", "0.3", "2000"]


def test_missing_is_a_dash_or_what_the_caller_says() -> None:
    assert printed(None) == "—"
    assert printed(float("nan"), 2, suffix="%", none_zh="缺") == "缺"
    assert shown(None) == ""


def test_values_of_a_table_are_shown_plainly() -> None:
    values = (3.0, 2.5, 1234567.0, dt.date(2025, 12, 31), True, "文字")
    assert [shown(v) for v in values] == ["3", "2.50", "1234567", "2025-12-31", "是", "文字"]
    assert shown(1234567.891, 1, thousands=True) == "1,234,567.9"


@pytest.mark.parametrize(
    ("number", "text"), [(7, "七"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九")]
)
def test_chinese_numerals(number: int, text: str) -> None:
    assert chinese_numeral(number) == text


def test_a_text_filled_from_a_row_shows_missing_values_by_a_sign() -> None:
    row = {"item": 3, "title": None, "share": float("nan")}
    assert filled("{item}. {title} {share}", row) == "3. — —"
    assert filled("{item}. {title}", row, "待明确") == "3. 待明确"


@pytest.mark.parametrize(
    ("value", "smallest_addition", "decimals"),
    [(54.0, 1.0, 0), (17.85, 1.0, 2), (5107.57, 0.01, 2), (5107.0, 0.01, 2), (None, 1.0, 0), (0.0, 1.0, 0)],
)
def test_persons_and_rooms_are_whole_and_a_part_of_a_room_is_not(
    value: float | None, smallest_addition: float, decimals: int
) -> None:
    assert amount_decimals(value, smallest_addition) == decimals
