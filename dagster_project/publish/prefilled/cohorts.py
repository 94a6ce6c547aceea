"""Which classes a school should have next year: cohorts one grade up, new ones in the first grade, leavers gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dagster_project.intake.feeds import Column
from dagster_project.intake.school_systems import EARLY, USUAL, grades_of_stages

_KINDERGARTEN = ("junior_kindergarten", "middle_kindergarten", "senior_kindergarten")
#: The year in which a class began, in full or in short: 2025级1班, 25级1班.
_COHORT = re.compile(r"(?<!\d)(?:20)?\d\d(?=级)")
_BEFORE_NUMBER = r"(?=[0-9０-９(（])"
#: A name of fewer characters says nothing of the grade where no number follows it.
_ENDINGS = ("年级", "班")

#: A row of class_sizes by column name; values as the accepted rows hold them.
Class = Mapping[str, Any]


def classes_of_next_year(classes: Iterable[Class], grade_column: Column) -> list[dict[str, Any]]:
    """Classes that should exist a year later, with the pupils of each cohort now.

    Args:
        classes: the classes of one school in one year. Rows that stand for several classes (bands) give none.
        grade_column: the column of the grade, whose words occur in the names of classes.

    Returns:
        Rows with stage, grade, class_name and students (those of the cohort a year before; None for classes that are
        new), the first grade of each stage first. A class of a grade outside the order (nursery, mixed ages) is there
        again under its name, its pupils being others. The number of new classes is that of the grade above them. A school
        whose junior stage has a sixth grade has four grades there, and five before.
    """
    classes = list(classes)
    early = str(grades_of_stages()[EARLY]["junior_secondary"][0])
    is_early = {row["stage"] for row in classes if row["grade"] == early} == {"junior_secondary"}
    grades = _grades(EARLY if is_early else USUAL)
    words = grade_words(grade_column)
    found: list[dict[str, Any]] = []
    for row in classes:
        if (row.get("class_count") or 1) > 1 or not row["class_name"]:
            continue
        stage, grade, name = row["stage"], row["grade"], row["class_name"]
        order = grades.get(stage, ())
        if grade not in order:
            found.append(_class(stage, grade, name, None))
            continue
        place = order.index(grade)
        if place == 0:
            found.append(_class(stage, grade, _COHORT.sub(_next_year, name), None))
        if place + 1 < len(order):
            moved = order[place + 1]
            found.append(_class(stage, moved, renamed(name, words[grade], words[moved]), row.get("students")))
    stages = list(grades)
    places = {grade: i for order in grades.values() for i, grade in enumerate(order)}
    return sorted(
        found,
        key=lambda c: (
            stages.index(c["stage"]) if c["stage"] in stages else len(stages),
            places.get(c["grade"], -1),
        ),
    )


def _grades(system: str) -> dict[str, tuple[str, ...]]:
    """Grades of each stage in the order in which a class passes through them."""
    numbered = {stage: tuple(map(str, grades)) for stage, grades in grades_of_stages()[system].items()}
    return {"preschool": _KINDERGARTEN} | numbered


def grade_words(column: Column) -> dict[str, list[str]]:
    """Words for each grade code: the one to write and the ones that are read as well."""
    found: dict[str, list[str]] = {str(code): [word] for word, code in column.choices.items()}
    for alias, word in column.choice_aliases.items():
        found[str(column.choices[word])].append(alias)
    return found


def renamed(name: str, old: list[str], new: list[str]) -> str:
    """Name of a class with the word for its grade replaced: 一年级1班 → 二年级1班, 小(2)班 → 中(2)班, 2023级1班 as it is.

    A number at the start is no grade: 1班 is the first class.
    """
    if _COHORT.search(name):
        return name
    for word in sorted(old, key=len, reverse=True):
        if word.isdigit():
            continue
        successor = max(new, key=lambda other: (_alike(word, other), -len(other)))
        if name.startswith(word):
            return successor + name.removeprefix(word)
        for ending in _ENDINGS:
            short = word.removesuffix(ending)
            if short != word and re.match(re.escape(short) + _BEFORE_NUMBER, name):
                return successor.removesuffix(ending) + name.removeprefix(short)
    return name


def _next_year(year: re.Match[str]) -> str:
    """The year after a year of two or four digits, with as many."""
    return str(int(year[0]) + 1)[-len(year[0]) :].zfill(len(year[0]))


def _alike(a: str, b: str) -> int:
    """Characters that two words of equal length share at the same places."""
    return sum(x == y for x, y in zip(a, b, strict=False)) if len(a) == len(b) else -1


def _class(stage: str, grade: str, name: str, students: object) -> dict[str, Any]:
    return {"stage": stage, "grade": grade, "class_name": name, "students": students}
