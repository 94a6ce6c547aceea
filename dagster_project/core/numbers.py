"""How a figure is printed, everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import SupportsFloat, SupportsIndex

#: What is printed where there is no value.
NONE_ZH = "—"


def printed(
    value: object, decimals: int = 0, *, scale: float = 1, suffix: str = "", thousands: bool = False
) -> str:
    """A value as it stands in print: rounded half up from its shortest decimal form; — where there is none.

    Raises:
        TypeError: the value is neither number nor text.
        ValueError: the value is infinite.
    """
    if value is None or type(value).__name__ == "NAType" or value != value:
        return NONE_ZH
    if isinstance(value, str):
        return f"{value}{suffix}"
    exact = _exact(value) * _exact(scale)
    if not exact.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if not rounded:
        rounded = abs(rounded)
    return f"{rounded:{',' if thousands else ''}f}{suffix}"


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
