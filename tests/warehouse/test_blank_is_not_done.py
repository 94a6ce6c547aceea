"""A blank figure never counts as done: `least` and `greatest` pass over what is missing, so models don't use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR
from tests.warehouse.accepted_fixture import Accepted, Marts, build_marts


def duty(school: str, due: int | None, done: int | None) -> dict[str, object]:
    return {
        "school_code": school,
        "reporting_month": "2024-03",
        "duty": "fire_drill",
        "due": due,
        "done": done,
    }


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted()
    for code in ("A", "B", "C"):
        a.add("schools", {"school_code": code, "school_name": code, "district_code": "500101", "town": "东镇",
                          "school_type": "primary", "ownership": "public"})  # fmt: skip
    a.add("safety_duties", duty("A", 4, 4), duty("B", 4, None), duty("C", None, 3))
    # a row that stands for a band of sizes has no size of its own
    a.add("class_sizes", {"school_code": "A", "stage": "primary", "grade": "1", "class_name": "46至50人",
                          "class_count": 2, "size_band_minimum": 46, "size_band_maximum": 50})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("blank"))


def test_a_blank_done_is_none_and_a_blank_due_leaves_the_school_out(marts: Marts) -> None:
    # due 4 + 4, of which 4 are done; what C did beside an unknown due says nothing about the share
    row = marts.one("select * from marts.fct_safety_duties where duty = 'fire_drill'")
    assert (row["due"], row["done_of_due"], row["done_share_of_reports"]) == (8, 4, 0.5)


def test_a_band_without_a_size_has_no_excess(marts: Marts) -> None:
    assert marts.one("select * from marts.fct_classes")["excess_students"] is None


@pytest.mark.parametrize("path", sorted(DBT_DIR.glob("models/**/*.sql")), ids=lambda p: p.stem)
def test_no_model_takes_the_smaller_or_larger_of_values_that_may_be_missing(path: Path) -> None:
    assert not re.search(r"\b(?:least|greatest)\s*\(", path.read_text(encoding="utf-8"), re.I)
