"""Classes of next year: cohorts a grade up, new classes in the first grade, leavers gone."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.publish.prefilled.cohorts import classes_of_next_year, grade_words, renamed

GRADE = load_feeds()["class_sizes"].column("grade")


def a_class(stage: str, grade: str, name: str, students: int | None = 40, **more: Any) -> dict[str, Any]:
    return {"stage": stage, "grade": grade, "class_name": name, "students": students, **more}


def moved(*classes: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(c.values()) for c in classes_of_next_year(classes, GRADE)]


def test_each_cohort_moves_up_with_its_pupils_and_the_last_grade_leaves() -> None:
    assert moved(
        a_class("primary", "1", "1班", 41),
        a_class("primary", "5", "1班", 45),
        a_class("primary", "6", "1班", 46),
        a_class("junior_secondary", "9", "1班", 49),
    ) == [("primary", "1", "1班", None), ("primary", "2", "1班", 41), ("primary", "6", "1班", 45)]


def test_a_class_of_no_cohort_is_there_again_without_a_figure() -> None:
    assert moved(
        a_class("preschool", "nursery", "托1班", 15), a_class("preschool", "senior_kindergarten", "大1班")
    ) == [("preschool", "nursery", "托1班", None)]


def test_where_the_junior_stage_has_four_grades_its_sixth_is_the_first() -> None:
    assert moved(
        a_class("primary", "4", "1班", 44),
        a_class("primary", "5", "1班", 45),
        a_class("junior_secondary", "6", "六年级1班", 46),
        a_class("junior_secondary", "8", "1班", 48),
        a_class("junior_secondary", "9", "1班", 49),
    ) == [
        ("primary", "5", "1班", 44),
        ("junior_secondary", "6", "六年级1班", None),
        ("junior_secondary", "7", "七年级1班", 46),
        ("junior_secondary", "9", "1班", 48),
    ]


def test_rows_for_several_classes_are_no_class() -> None:
    assert (
        moved(
            a_class("primary", "1", "", 90, class_count=2),
            a_class("primary", "1", "1—2班", 90, class_count=2),
        )
        == []
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("1班", "1", "2", "1班"),
        ("一班", "1", "2", "一班"),
        ("一年级1班", "1", "2", "二年级1班"),
        ("一(2)班", "1", "2", "二(2)班"),
        ("初一3班", "7", "8", "初二3班"),
        ("七年级（3）班", "7", "8", "八年级（3）班"),
        ("高二11班", "11", "12", "高三11班"),
        ("小1班", "junior_kindergarten", "middle_kindergarten", "中1班"),
        ("小班", "junior_kindergarten", "middle_kindergarten", "中班"),
        ("2023级2班", "8", "9", "2023级2班"),
        ("25级1班", "2", "3", "25级1班"),
        ("初24级(1)班", "7", "8", "初24级(1)班"),
    ],
)
def test_the_name_of_a_class_names_its_new_grade(name: str, old: str, new: str, wanted: str) -> None:
    words = grade_words(GRADE)
    assert renamed(name, words[old], words[new]) == wanted


def test_new_classes_are_called_by_the_new_cohort() -> None:
    assert moved(a_class("junior_secondary", "7", "2025级1班", 50)) == [
        ("junior_secondary", "7", "2026级1班", None),
        ("junior_secondary", "8", "2025级1班", 50),
    ]
    assert moved(a_class("primary", "1", "25级1班", 50)) == [
        ("primary", "1", "26级1班", None),
        ("primary", "2", "25级1班", 50),
    ]
