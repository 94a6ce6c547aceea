"""The catalogue of the region's page agrees with its tables, and the page says in one sentence who is in it."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.publish import labels
from dagster_project.region import comparison, state
from dagster_project.warehouse import build


def test_every_table_of_a_region_is_on_its_page_and_in_its_workbook() -> None:
    entries = comparison.load().tables.values()
    tables = set(build.region_labels())
    assert {t.mart for t in entries if t.site} == tables
    assert {t.mart for t in entries if t.excel} == tables


def test_every_status_and_reason_has_a_word() -> None:
    statuses = set(state.Status.__args__)  # type: ignore[attr-defined]
    assert set(labels.dictionary("delivery_status")) == statuses
    assert statuses - set(state.IN_USE) <= set(labels.dictionary("region_reason"))


def delivery(name_zh: str, status: str, **more: Any) -> dict[str, Any]:
    different: dict[str, Any] = {"is_expected": True}
    different |= dict.fromkeys(
        ("is_program_different", "is_rules_different", "is_standards_different"), False
    )
    return {"district_zh": name_zh, "delivery_status": status, "delivery_problem_zh": "", **different, **more}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([delivery("甲区", "delivered")], "共 1 个区县，1 个在用。"),
        (
            [delivery("甲区", "late"), delivery("乙区", "missing"), delivery("丙区", "missing")],
            "共 3 个区县，1 个在用；未送交 2 个（乙区、丙区）；迟交 1 个（甲区）。",
        ),
        (
            [
                delivery("甲区", "delivered", is_rules_different=True),
                delivery("乙区", "broken", delivery_problem_zh="…"),
            ],
            "共 2 个区县，1 个在用；送交的内容不完整 1 个（乙区）；程序或规则与本次不同 1 个（甲区）。",
        ),
        (
            [delivery("甲区", "delivered", delivery_problem_zh="写不出")],
            "共 1 个区县，1 个在用；另有问题 1 个（甲区），见“送交情况”。",
        ),
        (
            [delivery("甲区", "delivered"), delivery("乙区", "late", is_expected=False)],
            "共 1 个区县，1 个在用；不参加比较 1 个（乙区），见“送交情况”。",
        ),
    ],
)
def test_the_page_begins_with_who_is_in_it(given: list[dict[str, Any]], said: str) -> None:
    assert comparison.deliveries_zh(given) == said
