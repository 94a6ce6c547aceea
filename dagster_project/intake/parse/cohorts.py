"""Year groups in place of grades: 2024级 of a primary school is its first grade in the school year 2024."""

from __future__ import annotations

import re
from typing import Any

from dagster_project.intake.feeds import Feed
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, convert_column
from dagster_project.intake.school_systems import EARLY, USUAL, grades_of_stages

_COHORT = re.compile(r"(?P<stage>小学?|初中?|高中?)?(?:20)?(?P<year>[0-4]\d)级")
#: Word before a grade, by stage.
_STAGES = {"primary": "小学", "junior_secondary": "初中", "senior_secondary": "高中"}


def with_grades_of_cohorts(
    feed: Feed, names: dict[str, int], records: list[Row], school_year: int
) -> list[Row]:
    """The records with the grade in place of the year in which its pupils began, where the stage has such a grade.

    A junior stage that lists a sixth grade, or pupils of its first to its fourth year, begins with the sixth grade.

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
    four_years = _schools_of_four_junior_years(feed, names, records, school_year)
    meant: dict[tuple[str, str, bool], str] = {}
    keys = [
        (_text(row, grade), _text(row, stage), _owner(row, names, feed) in four_years) for _, row in records
    ]
    for written in set(keys):
        if written[0].endswith("级") and (found := _COHORT.fullmatch(written[0])):
            of_stage = _meant(written[1], feed, "stage")
            word, begins_early = _STAGES.get(of_stage, ""), of_stage == "junior_secondary" and written[2]
            grades = grades_of_stages()[EARLY if begins_early else USUAL].get(of_stage, range(0))
            number = _year_of_stage(found, school_year)
            if 1 <= number <= len(grades) and word.startswith(found["stage"] or ""):
                meant[written] = f"{grades[number - 1]}年级" if begins_early else f"{word}{number}年级"
    if not meant:
        return records
    return [(n, _with_cell(row, grade, meant.get(key))) for (n, row), key in zip(records, keys, strict=True)]


def _schools_of_four_junior_years(
    feed: Feed, names: dict[str, int], records: list[Row], school_year: int
) -> set[str]:
    """Schools (as their cells name them) whose junior stage begins with the sixth grade."""
    early = grades_of_stages()[EARLY]["junior_secondary"]
    every_year = set(range(1, len(early) + 1))
    years: dict[str, set[int]] = {}
    grade, stage = names["grade"], names["stage"]
    stages = {cell: _meant(cell, feed, "stage") for cell in {_text(row, stage) for _, row in records}}
    grades = {cell: _meant(cell, feed, "grade") for cell in {r[grade] for _, r in records if grade < len(r)}}
    for _, row in records:
        if stages[_text(row, stage)] != "junior_secondary" or grade >= len(row):
            continue
        of_school = years.setdefault(_owner(row, names, feed), set())
        if found := _COHORT.fullmatch(_text(row, grade)):
            of_school.add(_year_of_stage(found, school_year))
        elif grades[row[grade]] == str(early[0]):
            of_school.update(every_year)
    return {school for school, found in years.items() if found >= every_year}


def _year_of_stage(found: re.Match[str], school_year: int) -> int:
    return school_year - 2000 - int(found["year"]) + 1


def _meant(cell: object, feed: Feed, column: str) -> Any:
    (value,) = convert_column([cell], feed.column(column)).values
    return value


def _owner(row: list[object], names: dict[str, int], feed: Feed) -> str:
    j = names.get(feed.identity, len(row))
    return str(row[j]).strip() if j < len(row) else ""


def _text(row: list[object], j: int) -> str:
    cell = row[j] if j < len(row) else ""
    return clean_text(cell) if type(cell) is str else ""


def _with_cell(row: list[object], j: int, text: str | None) -> list[object]:
    return row if text is None else [*row[:j], text, *row[j + 1 :]]
