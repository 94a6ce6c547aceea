"""A return says how many of its accepted rows no figure of a published table is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from tests.record.test_several_sources import Desk

SCHOOLS = {
    "小学": "2199000001",
    "高级中学": "2199000002",
    "完全中学": "2199000003",
    "幼儿园": "1199000004",
    "中等职业学校": "3199000005",
}
TEACHERS = {"full_time_teachers": 9, "above_required_degree_teachers": 9, "backbone_teachers": 1,
            "pe_teachers": 1, "music_teachers": 1, "fine_art_teachers": 1}  # fmt: skip
PREMISES = {"teaching_area_m2": 900, "indoor_sports_area_m2": 0, "sports_ground_area_m2": 500,
            "equipment_10k_yuan": 9, "multimedia_classrooms": 6}  # fmt: skip


def sent(tmp_path: Path, feed: str, *rows: dict[str, Any]) -> dict[str, Any]:
    """What the list of returns says of a table, in a district with a school of each type."""
    desk = Desk(tmp_path)
    register = [
        {"school_code": code, "school_name": f"示例{kind}", "district_code": "500115", "town": "某镇",
         "school_type": kind, "ownership": "公办"}
        for kind, code in SCHOOLS.items()
    ]  # fmt: skip
    desk.table("名录.xlsx", "schools", *register)
    desk.table("报表.xlsx", feed, *rows)
    (found,) = [s for s in desk.decide()["submissions"] if s["feed"] == feed]
    return found


@pytest.mark.parametrize(
    ("feed", "figures", "cases"),
    [
        ("staffing", TEACHERS, {("小学", "小学"): 0, ("幼儿园", "学前"): 0, ("完全中学", "初中"): 0, ("完全中学", "高中"): 1,
                                ("高级中学", "高中"): 1, ("中等职业学校", "中职"): 1}),
        ("enrolment", {"students": 90}, {("小学", "小学"): 0, ("小学", "学前"): 1, ("完全中学", "高中"): 0, ("中等职业学校", "中职"): 1}),
        ("floor_area", PREMISES, {("小学", ""): 0, ("完全中学", ""): 0, ("高级中学", ""): 1, ("幼儿园", ""): 1, ("中等职业学校", ""): 1}),
    ],
)  # fmt: skip
def test_rows_of_stages_that_no_published_figure_is_made_of_are_counted_apart(
    tmp_path: Path, feed: str, figures: dict[str, int], cases: dict[tuple[str, str], int]
) -> None:
    rows = [
        {"school_code": SCHOOLS[kind], **({"stage": stage} if stage else {}), **figures}
        for kind, stage in cases
    ]
    found = sent(tmp_path, feed, *rows)
    assert (found["rows_accepted"], found["rows_unpublished"]) == (len(cases), sum(cases.values()))


def test_premises_of_a_school_with_attached_classes_are_published(tmp_path: Path) -> None:
    desk_rows = [{"school_code": SCHOOLS["高级中学"], **PREMISES}]
    assert sent(tmp_path / "alone", "floor_area", *desk_rows)["rows_unpublished"] == 1
    desk = Desk(tmp_path / "attached")
    desk.table("名录.xlsx", "schools", {"school_code": SCHOOLS["高级中学"], "school_name": "示例", "district_code": "500115",
               "town": "某镇", "school_type": "高级中学", "ownership": "公办"})  # fmt: skip
    desk.table(
        "在校生.xlsx", "enrolment", {"school_code": SCHOOLS["高级中学"], "stage": "初中", "students": 80}
    )
    desk.table("校舍.xlsx", "floor_area", *desk_rows)
    (found,) = [s for s in desk.decide()["submissions"] if s["feed"] == "floor_area"]
    assert found["rows_unpublished"] == 0


def test_quarantined_rows_are_none_of_them(tmp_path: Path) -> None:
    row = {"school_code": SCHOOLS["高级中学"], "stage": "高中", **TEACHERS}
    found = sent(tmp_path, "staffing", {**row, "backbone_teachers": 10})
    assert (found["rows_quarantined"], found["rows_unpublished"]) == (1, 0)


def test_all_rows_of_other_feeds_count_as_published(tmp_path: Path) -> None:
    assert [f.feed for f in load_feeds().values() if f.published_stages] == [
        "enrolment",
        "floor_area",
        "staffing",
    ]
    found = sent(tmp_path, "class_sizes", {"school_code": SCHOOLS["高级中学"], "stage": "高中", "grade": 10,
                                           "class_name": "1班", "students": 50})  # fmt: skip
    assert (found["rows_accepted"], found["rows_unpublished"]) == (1, 0)
