"""Year groups in place of grades: 2024级 of a primary school is its first grade in the school year 2024."""

from __future__ import annotations

import re

from dagster_project.intake.feeds import Feed
from dagster_project.intake.parse.cells import clean_text, convert_column
from dagster_project.intake.parse.rows import Row

_COHORT = re.compile(r"(?P<stage>小学?|初中?|高中?)?(?:20)?(?P<year>[0-4]\d)级")
#: Word before a grade, and number of grades, by stage.
_STAGES = {"primary": ("小学", 6), "junior_secondary": ("初中", 3), "senior_secondary": ("高中", 3)}


def with_grades_of_cohorts(
    feed: Feed, names: dict[str, int], records: list[Row], school_year: int
) -> list[Row]:
    """The records with the grade in place of the year in which its pupils began, where the stage has such a grade.

    Args:
        feed: the feed.
        names: column index by feed column name.
        records: the rows.
        school_year: year of the folder.
    """
    if "grade" not in names or "stage" not in names or "stage" not in feed.grain:
        return records
    grade, stage = names["grade"], names["stage"]
    cells = {row[grade] for _, row in records if grade < len(row)}
    if not any(isinstance(c, str) and c.rstrip().endswith("级") for c in cells):
        return records
    meant: dict[tuple[str, str], str] = {}
    for written in {(_text(row, grade), _text(row, stage)) for _, row in records}:
        if written[0].endswith("级") and (found := _COHORT.fullmatch(written[0])):
            (of_stage,) = convert_column([written[1]], feed.column("stage")).values
            word, grades = _STAGES.get(of_stage, ("", 0))
            number = school_year - 2000 - int(found["year"]) + 1
            if 1 <= number <= grades and word.startswith(found["stage"] or ""):
                meant[written] = f"{word}{number}年级"
    if not meant:
        return records
    return [
        (n, _with_cell(row, grade, meant.get((_text(row, grade), _text(row, stage))))) for n, row in records
    ]


def _text(row: list[object], j: int) -> str:
    cell = row[j] if j < len(row) else ""
    return clean_text(cell) if type(cell) is str else ""


def _with_cell(row: list[object], j: int, text: str | None) -> list[object]:
    return row if text is None else [*row[:j], text, *row[j + 1 :]]
