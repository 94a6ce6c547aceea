"""`junheng diff`: a cell that can't be used is no blank one, and why it was put aside is said."""

from __future__ import annotations

from collections.abc import Callable

from dagster_project.core.homes import Home
from dagster_project.questions.compare_returns import _cell_lines
from dagster_project.questions.versions_of_returns import compare_cells, read_version
from tests.conftest import District


def test_a_cell_that_was_put_aside_is_shown_with_its_reason(new_district: Callable[[], District]) -> None:
    district = new_district()
    row = {"school_code": "2100000001", "stage": "小学", "full_time_teachers": 32, "backbone_teachers": 3}
    paths = [
        district.put("2023/1.xlsx", staffing=[row]),
        district.put(
            "2023/2.xlsx", staffing=[{**row, "full_time_teachers": "约32", "backbone_teachers": None}]
        ),
        district.put(
            "2023/3.xlsx", staffing=[{**row, "full_time_teachers": "约33", "backbone_teachers": None}]
        ),
    ]
    first, second, third = (read_version(Home(district.home), district.raw, str(p), None) for p in paths)
    lines = "\n".join(_cell_lines(compare_cells(first, second)))
    assert "专任教师数：32 → 不能采用" in lines and "“约32”" in lines and "整行暂不采用" in lines
    assert "县级以上骨干教师数：3 → 空" in lines
    # neither has a value, and they are told apart all the same
    (again,) = compare_cells(second, third).to_dict("records")
    assert "约32" in again["refused_before"] and "约33" in again["refused_after"]


def test_choices_and_keys_are_said_in_the_words_of_the_return(new_district: Callable[[], District]) -> None:
    district = new_district()
    row = {
        "school_code": "2100000001",
        "school_name": "甲",
        "school_type": "小学",
        "ownership": "公办",
        "district_code": "500101",
    }
    paths = [
        district.put("2023/1.xlsx", schools=[row]),
        district.put("2023/2.xlsx", schools=[{**row, "ownership": "民办", "school_type": "幼儿园"}]),
    ]
    first, second = (read_version(Home(district.home), district.raw, str(p), None) for p in paths)
    text = "\n".join(_cell_lines(compare_cells(first, second)))
    assert "公办 → 民办" in text and "小学 → 幼儿园" in text
    assert "public" not in text and "primary" not in text
