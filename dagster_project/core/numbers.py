"""The one printer of figures: pages, workbooks, documents, terminal and messages use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, SupportsFloat, SupportsIndex

#: What is printed where there is no value.
NONE_ZH = "—"
_ZH_DIGITS = "零一二三四五六七八九"


def printed(
    value: object,
    decimals: int | None = 0,
    *,
    scale: float = 1,
    suffix: str = "",
    thousands: bool = False,
    none_zh: str = NONE_ZH,
) -> str:
    """A value as it is printed: rounded half up from its shortest decimal form.

    Args:
        value: number, text (printed as it is) or a missing value (None, NaN, NA).
        decimals: digits after the point; None prints as many as the value has, at most nine.
        scale: the printed figure is the value times this; 100 for per cent.
        suffix: follows the figure, as in `%`; not printed after a missing value.
        thousands: commas between thousands.
        none_zh: printed for a missing value.

    Raises:
        TypeError: the value is neither number nor text.
        ValueError: the value is infinite.
    """
    if value is None or type(value).__name__ == "NAType" or value != value:
        return none_zh
    if isinstance(value, str):
        return f"{value}{suffix}"
    exact = _exact(value) * _exact(scale)
    if not exact.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    rounded = exact.quantize(Decimal(1).scaleb(-(9 if decimals is None else decimals)), ROUND_HALF_UP)
    if not rounded:
        rounded = abs(rounded)
    text = f"{rounded:{',' if thousands else ''}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}{suffix}"


def shown(value: object, decimals: int = 2, *, thousands: bool = False, none_zh: str = "") -> str:
    """Any value of a table as text: whole numbers without digits after the point, others with `decimals`.

    Dates are written as 2025-12-31, truth values as 是 and 否, text as it is.
    """
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return none_zh
    if isinstance(value, dt.datetime):  # a table of pandas has days as moments at 0 o'clock
        return f"{value:%Y-%m-%d %H:%M}" if value.time() != dt.time() else f"{value:%Y-%m-%d}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
    is_whole = float(value).is_integer()
    return printed(value, 0 if is_whole else decimals, thousands=thousands)


def amount_decimals(value: float | None, smallest_addition: float) -> int:
    """Decimals of an amount: none of whole persons and rooms; a stage's part of a room has two, as ㎡ and yuan have.

    Args:
        value: the amount.
        smallest_addition: the smallest step a school can add to it: 1 person, 0.01 ㎡.
    """
    is_counted = float(smallest_addition).is_integer()
    return 0 if is_counted and (value is None or float(value).is_integer()) else 2


def filled(template: str, row: Mapping[str, Any], none_zh: str = NONE_ZH) -> str:
    """A text with `{column}` replaced by the values of a row, missing ones by `none_zh`.

    Raises:
        KeyError: the row lacks a column that the text names.
    """
    return template.format_map(
        {name: none_zh if value is None or value != value else value for name, value in row.items()}
    )


def chinese_numeral(number: int) -> str:
    """1 to 99 as 一 … 九十九.

    Raises:
        ValueError: the number is outside that range.
    """
    if not 1 <= number <= 99:
        raise ValueError(f"{number} has no Chinese numeral here; 1 to 99 have one")
    tens, ones = divmod(number, 10)
    text = {0: "", 1: "十"}.get(tens, f"{_ZH_DIGITS[tens]}十")
    return text + (_ZH_DIGITS[ones] if ones else "")


def _exact(value: object) -> Decimal:
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        raise TypeError(f"{value!r} is neither a number nor text")
    if isinstance(value, SupportsIndex):
        return Decimal(value.__index__())
    return Decimal(repr(float(value)))
