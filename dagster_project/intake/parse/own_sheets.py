"""Sheets and marks that this project writes into workbooks, and recognises when they come back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import normalise_heading
from dagster_project.intake.files.grid import Grid

#: The sheet of the entry workbooks that explains how to fill them in; it is not parsed.
NOTES_SHEET = "填报说明"
#: The list of problems in a workbook given back to a school; a number follows where the name was taken.
PROBLEM_SHEET = "问题清单"
#: One of its headings. A sheet with the name but without the heading is parsed like any other.
PROBLEM_SHEET_MARK = "问题与改法"
#: In the name of a workbook given back to a school.
RETURNED_ZH = "问题反馈"
#: Words above a heading that mark the figures below as synthetic; a release repeats the mark.
SYNTHETIC_MARK = "合成数据"
#: Words above a heading by which a sheet replaces all earlier rows of its schools, though it holds fewer.
WHOLE_CORRECTION_ZH = "全部更正"
#: Before the heading of a column: the figure of the year before, beside the one to fill in; it is never read.
LAST_YEAR_ZH = "上年数"
#: Heading of the column that repeats a row's figures of the year before as they were handed out, blank ones too, with
#: this mark between them; by it figures typed over them are found when the sheet comes back.
HANDED_OUT_ZH = f"{LAST_YEAR_ZH}核对"
HANDED_OUT_MARK = "|"
#: Heading beside a register handed out with its content: filled in where a school confirms it.
CONFIRMED_ZH = "名录已核对"
SYNTHETIC_ZH = f"{SYNTHETIC_MARK}，仅供演示"


def is_titled_notes(grid: Grid) -> bool:
    """True for a sheet whose first text is the title of the notes: a workbook saved as a web page has no names of sheets."""
    first = next((c for row in grid.rows for c in row if isinstance(c, str) and c.strip()), "")
    return first.strip() == NOTES_SHEET


def is_problem_list(grid: Grid) -> bool:
    """True for the list of problems that was added to a returned workbook."""
    return bool(re.fullmatch(rf"{PROBLEM_SHEET}\d*", grid.sheet)) and any(
        isinstance(c, str) and normalise_heading(c) == PROBLEM_SHEET_MARK
        for row in grid.rows[:10]
        for c in row
    )


def some_synthetic_zh(files: Sequence[str]) -> str:
    """What is said where some of the files have invented figures; empty without them."""
    return f"含 {len(files)} 份合成数据文件" if files else ""


def masked_sheet_name(name: str, taken: set[str]) -> str:
    """Name of a sheet with personal numbers masked, numbered where masking makes two names of a file equal.

    Args:
        name: the name in the workbook.
        taken: names of the file's sheets so far; the new name is added.
    """
    masked = shown = mask_personal_numbers(name)
    number = 1
    while masked != name and shown in taken:
        number += 1
        shown = f"{masked}（{number}）"
    taken.add(shown)
    return shown
