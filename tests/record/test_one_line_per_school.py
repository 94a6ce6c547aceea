"""What is wrong with a school's code or name is listed once per sheet, with the number of rows that it concerns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.questions.check import check_files
from tests.conftest import District

Row = dict[str, Any]


def school(code: str, **more: Any) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
            "school_type": "小学", "ownership": "公办", **more}  # fmt: skip


def returns(code: str, name: str = "") -> dict[str, list[Row]]:
    """Rows of one school: 3 classes, 1 of teachers, 1 of premises."""
    key = {"school_code": code, "school_name": name or f"校{code}"}
    classes = [
        {**key, "stage": "小学", "grade": 1, "class_name": f"{n}班", "students": 40} for n in (1, 2, 3)
    ]
    return {"class_sizes": classes, "staffing": [{**key, "stage": "小学"}], "floor_area": [key]}


@pytest.fixture
def checked(new_district: Callable[[], District]) -> Callable[..., list[Row]]:
    """Problems of a register and one file, blank cells left out."""

    def check(register: list[Row], **feeds: list[Row]) -> list[Row]:
        district = new_district()
        paths: list[Path] = [district.put("2023/名录.xlsx", schools=register)]
        paths.append(district.put("2023/东镇.xlsx", **feeds))
        return [p for p in check_files(paths).problems if p["rule_code"] != "BLANK_CELL"]

    return check


def test_a_school_that_is_not_registered_costs_one_line_a_sheet(checked: Callable[..., list[Row]]) -> None:
    found = checked([school("2100000001")], **returns("2100000009"))
    assert [(p["severity"], p["sheet"], p["cell"]) for p in found] == [
        ("quarantine_row", "class_sizes", "A2"),
        ("quarantine_row", "floor_area", "A2"),
        ("quarantine_row", "staffing", "A2"),
    ]
    assert all("名录里没有这个代码" in p["message_zh"] for p in found)
    assert [("共 3 行" in p["message_zh"]) for p in found] == [True, False, False]


def test_a_bad_cell_of_the_register_is_named_by_those_that_wait_for_it(
    checked: Callable[..., list[Row]],
) -> None:
    register = [school("2100000001"), school("2100000002", ownership="国有")]
    cause, *waiting = checked(register, **returns("2100000002"))
    assert cause["rule_code"] == "UNKNOWN_CHOICE"
    assert "5 行在等这一行" in cause["message_zh"]
    assert [p["rule_code"].rpartition("_")[2] for p in waiting] == ["UNREGISTERED"] * 3
    for line in waiting:
        assert f"（{cause['source_file']} › schools › 第 3 行）" in line["message_zh"]
        assert "不用重报" in line["message_zh"]


def test_a_name_that_differs_is_said_once_per_school(checked: Callable[..., list[Row]]) -> None:
    first, second = returns("2100000001", "甲校"), returns("2100000002", "乙校")
    both = {feed: first[feed] + second[feed] for feed in first}
    found = checked([school("2100000001"), school("2100000002")], **both)
    classes = [p for p in found if p["feed"] == "class_sizes"]
    assert [(p["severity"], p["school_code"], p["cell"]) for p in classes] == [
        ("warn", "2100000001", "B2"),
        ("warn", "2100000002", "B5"),
    ]
    assert all("共 3 行" in p["message_zh"] for p in classes)
    assert len(found) == 6


def test_two_wrong_names_of_a_school_are_two_lines(checked: Callable[..., list[Row]]) -> None:
    rows = returns("2100000001", "甲校")
    rows["class_sizes"][1]["school_name"] = "甲分校"
    found = checked([school("2100000001")], **rows)
    first, second, *_ = found
    assert [(p["value"], p["cell"]) for p in (first, second)] == [("甲校", "B2"), ("甲分校", "B3")]
    assert "共 2 行" in first["message_zh"] and "共" not in second["message_zh"]
