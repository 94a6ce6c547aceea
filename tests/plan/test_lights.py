"""Lights follow the worst: a milestone past its day makes its measure red, or the item where it names no measure."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"


def task(item: str, number: int, deadline: str | None) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": number, "area_zh": "领域", "item_title_zh": "事项",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "documents", "deadline": deadline}  # fmt: skip


def milestone(number: str, item: str, measure: int | None, planned: str, achieved: str | None = None) -> Row:
    return {"district_code": DISTRICT, "milestone_number": number, "item_number": item, "measure_number": measure,
            "milestone_kind": "building", "milestone_zh": f"节点{number}", "department": "教委", "planned_on": planned,
            "achieved_on": achieved}  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2024-12-31")
    a.add("rectification_tasks", task("12", 1, "2026-06-30"), task("12", 2, "2026-06-30"), task("9", 1, None),
          task("8", 1, "2026-06-30"), task("7", 1, "2024-11-30"), task("6", 1, "2026-06-30"), task("6", 2, "2026-06-30"),
          task("5", 1, "2024-06-30"), task("4", 1, "2024-11-30"))  # fmt: skip
    # 5.1 is closed in June on a document, while its milestone of August is still to come
    a.add("rectification_progress", {"district_code": DISTRICT, "item_number": "5", "measure_number": 1,
          "reporting_month": "2024-06", "reported_on": "2024-06-10", "reported_state": "closed", "reviewer": "复核岗",
          "reviewed_on": "2024-06-20", "review_result": "passed", "evidence_zh": "总结"})  # fmt: skip
    a.add("evidence_files", {"folder_year": 2024, "file_name": "总结.pdf", "source_path": "2024/佐证/总结.pdf",
          "size_bytes": 10, "sha256": "ab" * 32, "received_on": "2024-06-09", "is_latest": True})  # fmt: skip
    a.add("milestones",
          milestone("a", "12", 2, "2024-06-30", "2024-08-15"),  # late, and done by now
          milestone("b", "12", 2, "2024-10-15"), milestone("c", "12", 2, "2025-10-15"), milestone("d", "12", 1, "2025-10-15"),
          milestone("e", "9", None, "2024-12-30"), milestone("f", "9", None, "2025-06-30"),
          milestone("g", "8", 1, "2024-12-31"), milestone("h", "6", None, "2024-12-21"),
          milestone("i", "5", 1, "2024-08-31"), milestone("j", "4", 1, "2024-12-15"))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("lights"))


@pytest.mark.parametrize(
    ("item", "number", "month", "light", "reason"),
    [
        ("12", 2, "2024-06", "green", "on_time"),  # the milestone's own day
        ("12", 2, "2024-07", "red", "milestone_overdue"),
        ("12", 2, "2024-08", "green", "on_time"),  # reached in the month
        ("12", 2, "2024-12", "red", "milestone_overdue"),
        ("12", 1, "2024-12", "green", "on_time"),  # another measure's milestone
        ("9", 1, "2024-11", "none", "no_deadline"),
        (
            "9",
            1,
            "2024-12",
            "red",
            "milestone_overdue",
        ),  # the milestone names no measure: it is the only one's
        ("6", 1, "2024-12", "green", "on_time"),  # the milestone names no measure of two: it is the item's
        ("5", 1, "2024-07", "green", "done"),
        ("5", 1, "2024-12", "red", "milestone_overdue"),  # closed, and its milestone is still to be done
        ("8", 1, "2024-12", "green", "on_time"),
        ("7", 1, "2024-12", "red", "overdue"),
    ],
)
def test_a_measure_takes_the_worst_of_its_deadline_and_its_milestones(
    marts: Marts, item: str, number: int, month: str, light: str, reason: str
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where item_number = ? and measure_number = ? and reporting_month = ?",
        item, number, month,
    )  # fmt: skip
    assert (row["light"], row["light_reason_code"]) == (light, reason)


@pytest.mark.parametrize(
    ("item", "light", "reason", "overdue"),
    [("12", "red", "milestone_overdue", 1), ("9", "red", "milestone_overdue", 1), ("8", "green", "on_time", 0),
     ("7", "red", "overdue", 0), ("4", "red", "overdue", 1), ("6", "red", "milestone_overdue", 1), ("5", "red", "milestone_overdue", 1)],
)  # fmt: skip
def test_an_item_takes_its_worst_measure_or_milestone(
    marts: Marts, item: str, light: str, reason: str, overdue: int
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_ledger where item_number = ? and reporting_month = '2024-12'",
        item,
    )
    assert (row["light"], row["light_reason_code"], row["milestones_overdue"]) == (light, reason, overdue)


def test_an_item_and_its_measure_say_that_a_milestone_is_overdue_whatever_else_is(marts: Marts) -> None:
    for mart, key in (("fct_rectification_ledger", "item_number"), ("fct_rectification_measures", "item_number || '.' || measure_number")):  # fmt: skip
        marked = marts.ask(
            f"select {key} as key from marts.{mart} where reporting_month = '2024-12' and is_milestone_overdue order by 1"
        )
        # 4.1 is past its own deadline, too; the milestone of item 6 is none of its measures'
        expected = ["12", "4", "5", "6", "9"] if mart.endswith("ledger") else ["12.2", "4.1", "5.1", "9.1"]
        assert [row["key"] for row in marked] == expected


@pytest.mark.parametrize(
    ("item", "since", "days", "milestone"),
    [
        ("12", "2024-10-15", 77, "节点b"),
        ("9", "2024-12-30", 1, "节点e"),
        ("8", None, None, None),
        ("7", "2024-11-30", 31, None),
        ("6", "2024-12-21", 10, "节点h"),
        ("5", "2024-08-31", 122, "节点i"),
    ],
)
def test_a_red_light_says_what_is_overdue_and_for_how_long(
    marts: Marts, item: str, since: str | None, days: int | None, milestone: str | None
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_ledger where item_number = ? and reporting_month = '2024-12'",
        item,
    )
    assert (str(row["overdue_since"]), row["days_overdue"], row["overdue_milestone_zh"]) == (str(since), days, milestone)  # fmt: skip
    if item in ("12", "7"):
        measure = marts.one(
            "select * from marts.fct_rectification_measures where item_number = ? and reporting_month = '2024-12'"
            " and light = 'red'", item,
        )  # fmt: skip
        assert (str(measure["overdue_since"]), measure["days_overdue"]) == (str(since), days)


def test_of_the_measures_overdue_those_behind_a_milestone_are_counted_apart(marts: Marts) -> None:
    row = marts.one("select * from marts.fct_rectification_summary where reporting_month = '2024-12'")
    # 12.2, 9.1 and 5.1 by milestones, 7.1 and 4.1 by their own deadlines; item 6 is red by its own milestone
    assert (row["measures_overdue"], row["measures_behind_milestones"], row["items_overdue"]) == (5, 3, 6)


def test_the_milestones_after_an_overdue_one_are_at_risk(marts: Marts) -> None:
    lights = {r["milestone_number"]: r["light"] for r in marts.ask("select * from marts.fct_milestones")}
    assert lights == {
        "a": "green",
        "b": "red",
        "c": "yellow",
        "d": "green",
        "e": "red",
        "f": "yellow",
        "g": "yellow",
        "h": "red",
        "i": "red",
        "j": "red",
    }
