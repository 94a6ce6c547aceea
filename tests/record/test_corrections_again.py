"""What a correction changes besides its cell: totals are judged again, and a closed round holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.errors import UsageError
from dagster_project.intake import decisions, vault
from tests.intake.test_national_forms import FOLDER, PRIMARY, _sheet, changed
from tests.record.test_decisions_and_corrections import A, B, Desk, entry, students

TOTAL = "FORM_TOTAL_DISAGREES"
FORMS = "2023/合成示例第一小学（小学）.xlsx"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rules(desk: Desk, corrected: str = "") -> list[str]:
    return sorted(desk.judge(corrected)["problems"]["rule_code"])


def of_form(cell: str, expect: int, value: int) -> str:
    return entry(file=FORMS, sheet="教基3112_小学", cell=cell, expect=expect, value=value)


def test_a_total_is_held_against_its_parts_with_the_corrected_cells(desk: Desk) -> None:
    """The pupils of the six grades, 132 + 140 + 151 + 138 + 160 + 172, are 893."""

    def wrong(book: object) -> None:
        _sheet(book, "教基3112")["I6"].value = "899"  # type: ignore[arg-type]

    desk.put(changed(PRIMARY, wrong), FORMS)
    assert TOTAL in rules(desk)
    assert TOTAL not in rules(desk, of_form("I6", 899, 893))
    assert TOTAL in rules(desk, of_form("I6", 899, 894)), "a correction that doesn't add up is said, too"


def test_a_correction_that_spoils_a_total_is_found(desk: Desk) -> None:
    desk.put((FOLDER / PRIMARY).read_bytes(), FORMS)
    assert TOTAL not in rules(desk)
    assert TOTAL in rules(desk, of_form("I6", 893, 900))


def test_a_correction_written_after_the_closing_waits_for_a_decision(desk: Desk) -> None:
    desk.put(students(30))
    early = entry(cell="D3", expect=40, value=44)
    late = early + entry()
    decisions.close_round(
        desk.home, 2023, {"t": "x"}, release_id="r", corrections=vault.store(desk.home, early.encode())
    )
    assert desk.in_force(late)[A] == 30, "the late one waits; the one known at the closing counts"
    assert desk.in_force(late)[B] == 44
    found = desk.judge(late)
    (hold,) = found["holds"]["hold_id"]
    (listed,) = found["problems"].to_dict("records")
    assert (listed["rule_code"], listed["severity"], listed["cell"]) == (
        "CORRECTION_AFTER_CLOSE",
        "hold",
        "D2",
    )
    assert hold in listed["message_zh"]
    with pytest.raises(UsageError, match=hold):
        decisions.decide(desk.home, "G000000", "accept", "核实", held_besides=[hold])
    decisions.decide(desk.home, hold, "accept", "区教委同意", held_besides=[hold])
    assert desk.in_force(late)[A] == 33
    assert desk.judge(late)["problems"].empty
    assert desk.judge(late)["holds"]["reason"].tolist() == ["区教委同意"]


def test_a_rejected_correction_changes_nothing(desk: Desk) -> None:
    desk.put(students(30))
    decisions.close_round(desk.home, 2023, {"t": "x"}, release_id="r")
    (hold,) = desk.judge(entry())["holds"]["hold_id"]
    decisions.decide(desk.home, hold, "reject", "已公布", held_besides=[hold])
    assert desk.in_force(entry())[A] == 30
    assert desk.judge(entry())["problems"].empty
