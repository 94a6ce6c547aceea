"""Text aligned for a terminal of fixed width, in which a Chinese character is two wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """How wide a text is."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def padded(text: str, wide: int, *, right: bool = False) -> str:
    """A text filled up with spaces, on the left if `right`."""
    space = " " * max(wide - width(text), 0)
    return f"{space}{text}" if right else f"{text}{space}"


def labelled(label: str, texts: Sequence[str], wide: int = 10) -> list[str]:
    """A label before the first text, the others under it; nothing without texts."""
    return [f"{padded(label if i == 0 else '', wide)}{text}" for i, text in enumerate(texts)]
