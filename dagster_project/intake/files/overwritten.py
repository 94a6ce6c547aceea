"""Numbers of which a part is struck out or raised: 40 struck out before 38, 40 with the footnote 1.

A cell keeps such text as one, 4038 or 401, and only the font of its pieces says that it is two.
"""

from __future__ import annotations

import re

from dagster_project.intake.files.grid import OVERWRITTEN_CELL, Grid
from dagster_project.intake.files.plain_xml import tree_of

_MARKED = (b"strike", b"vertAlign")
_NUMBER = re.compile(r"[\d.,\s]*\d[\d.,\s]*")


def struck_numbers(xml: bytes, kinds: bytes | None = None) -> set[str]:
    """Texts of numbers with a part that is struck out, raised or lowered, among a part's texts in pieces.

    Args:
        xml: a sheet or the table of shared texts.
        kinds: the sheet's kinds of rows.

    Raises:
        RejectedFile: it can't be read.
    """
    if not any(mark in (xml if kinds is None else kinds) for mark in _MARKED):
        return set()
    root = tree_of(xml)
    found = set()
    for text in root.iter("{*}si", "{*}is"):
        whole = "".join(piece.text or "" for piece in text.iterfind("{*}r/{*}t"))
        if _NUMBER.fullmatch(whole) and any(map(_is_marked, text.iterfind("{*}r/{*}rPr/{*}*"))):
            found.add(whole)
    return found


def _is_marked(font: object) -> bool:
    """True for the property of a font that strikes out, raises or lowers."""
    name, value = font.tag.rpartition("}")[2], font.get("val", "1")  # type: ignore[attr-defined]
    return bool(
        (name == "strike" and value not in ("0", "false"))
        or (name == "vertAlign" and value in ("superscript", "subscript"))
    )


def mark_overwritten(grid: Grid, numbers: set[str]) -> None:
    """Mark the cells of a grid whose text is one of those numbers."""
    if not numbers:
        return
    for row in grid.rows:
        for j, cell in enumerate(row):
            if isinstance(cell, str) and cell in numbers:
                row[j] = OVERWRITTEN_CELL
