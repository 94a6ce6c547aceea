"""Texts of several sources are compared as figures are: padding and width are no difference, another word is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake import receive
from tests.record.test_several_sources import Desk

A = "2199000002"
OWN = {"school_code": A, "school_name": "合成示例第一小学（东校区）", "district_code": "500115", "town": "某镇2A",
       "school_type": "小学", "ownership": "公办"}  # fmt: skip
LAYOUT = """
layout: other_register
name_zh: 别处的名录
source: 合成
recognised_by: [编号, 学校, 街镇]
feeds:
  schools:
    columns:
      school_code: 编号
      school_name: 学校
      district_code: {constant: "500115"}
      town: 街镇
      school_type: 类型
      ownership: {column: 性质, values: {公: 公办, 民: 民办}}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.raw / "layouts").mkdir()
    (desk.raw / "layouts" / "other_register.yml").write_text(LAYOUT, encoding="utf-8")
    return desk


def compared(desk: Desk, **other: str) -> tuple[dict[str, Any], dict[str, tuple[str, str, str]]]:
    """What is decided, and by column both texts and the result, where another register says this."""
    said = {"学校": "合成示例第一小学（东校区）", "街镇": "某镇2A", "类型": "小学", "性质": "公", **other}
    desk.table("名录.xlsx", "schools", OWN)
    table = [["编号", *said], [A, *said.values()]]
    (desk.raw / "2023" / "别处.csv").write_text(
        "\n".join(",".join(row) for row in table) + "\n", encoding="utf-8"
    )
    receive.take_in(desk.home, desk.raw)
    found = desk.decide()
    texts = {
        c["column_name"]: (c["value"], c["other_value"], c["status"]) for c in found["source_comparisons"]
    }
    return found, texts


@pytest.mark.parametrize(
    ("column", "heading", "word", "status"),
    [
        ("school_name", "学校", "合成示例第一小学(东校区)", "agreeing"),
        ("school_name", "学校", " 合成示例第一小学 （东校区） ", "agreeing"),
        ("school_name", "学校", "合成示例第１小学（东校区）", "different"),
        ("school_name", "学校", "合成示例第一小学", "different"),
        ("town", "街镇", "某　镇２Ａ", "agreeing"),
        ("town", "街镇", "某街道", "different"),
        ("ownership", "性质", "民", "different"),
        ("ownership", "性质", "公", "agreeing"),
        ("school_type", "类型", "教学点", "different"),
    ],
)
def test_a_text_is_compared_without_its_padding_and_width(
    desk: Desk, column: str, heading: str, word: str, status: str
) -> None:
    found, texts = compared(desk, **{heading: word})
    assert texts[column][2] == status
    assert {name for name, (*_, said) in texts.items() if said == "different"} == (
        {column} if status == "different" else set()
    )
    told = [p for p in found["problems"] if p["rule_code"] == "SOURCES_DIFFER"]
    assert len(told) == (status == "different")
    for p in told:
        # both words as people write them, and both places
        one, other, _ = texts[column]
        assert one in p["message_zh"] and other in p["message_zh"] and p["value"] == f"{one}对{other}"
        assert "2023/名录.xlsx" in p["message_zh"] and "2023/别处.csv" in p["message_zh"]


def test_choices_are_shown_as_they_are_written_in_returns(desk: Desk) -> None:
    _, texts = compared(desk, 性质="民", 类型="教学点")
    assert texts["ownership"] == ("公办", "民办", "different")
    assert texts["school_type"] == ("小学", "教学点", "different")


def test_a_difference_of_texts_can_be_explained(desk: Desk) -> None:
    desk.table("说明.xlsx", "explanations", {
        "school_code": A, "rule_code": "SOURCES_DIFFER", "explained_year": 2023, "explained_value": "某镇2A对某街道",
        "reason": "已改设街道", "approved_by": "教育股"})  # fmt: skip
    found, texts = compared(desk, 街镇="某街道")
    assert texts["town"][2] == "explained"
    assert not [p for p in found["problems"] if p["rule_code"] == "SOURCES_DIFFER"]


def test_names_beside_codes_in_other_returns_are_not_compared_twice(desk: Desk) -> None:
    """A name that isn't the register's is warned of by a rule of its own."""
    found, _ = compared(desk)
    assert {c["feed"] for c in found["source_comparisons"]} == {"schools"}
