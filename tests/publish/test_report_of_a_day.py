"""A report for an earlier day is the report of a release that was built for that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from dagster_project import run
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.publish.report import write_report
from tests.conftest import District

Row = dict[str, Any]
SCHOOL, DISTRICT = "2150100001", "500101"
LAST_DAY = dt.date(2025, 12, 31)
TASK: Row = {"district_code": DISTRICT, "area_zh": "学前教育", "item_title_zh": "消除隐患", "measure_zh": "检查",
             "lead_department": "教委", "proof_kind": "资料", "begun_on": "2024-03-01", "deadline": "2026-12-31"}  # fmt: skip
HAZARD: Row = {"school_code": SCHOOL, "inspection_rhythm": "日", "hazard_kind": "消防",
               "hazard_grade": "一般"}  # fmt: skip
MILESTONE: Row = {
    "district_code": DISTRICT,
    "item_number": "1",
    "milestone_kind": "政策文件",
    "department": "教委",
}
PROGRESS: Row = {"district_code": DISTRICT, "item_number": "1", "measure_number": 1, "reporting_department": "教委",
                 "reported_state": "整改中"}  # fmt: skip


def put_returns(made: District) -> None:
    made.put("2023/all.xlsx", schools=[
        {"school_code": SCHOOL, "school_name": "东镇小学", "district_code": DISTRICT, "town": "东镇", "school_type": "小学",
         "ownership": "公办"},
    ], class_sizes=[
        {"school_code": SCHOOL, "stage": "小学", "grade": 1, "class_name": "甲班", "students": 50},
    ])  # fmt: skip
    made.put("2025/plan.xlsx", rectification_tasks=[
        TASK | {"item_number": "1", "measure_number": 1}, TASK | {"item_number": "1", "measure_number": 2},
    ], rectification_progress=[
        PROGRESS | {"reporting_month": "2025-09", "reported_on": "2025-09-25"},
        PROGRESS | {"reporting_month": "2025-10", "reported_on": "2025-10-28", "reported_state": "待复核",
                    "evidence_zh": "总结", "reviewer": "复核岗", "reviewed_on": "2025-11-10", "review_result": "通过"},
        PROGRESS | {"reporting_month": "2025-12", "reported_on": "2025-12-25"},
    ], milestones=[
        MILESTONE | {"milestone_number": "一", "milestone_zh": "印发办法", "planned_on": "2025-10-20"},
        MILESTONE | {"milestone_number": "二", "milestone_zh": "建成平台", "planned_on": "2025-11-30"},
    ], hazards=[
        HAZARD | {"hazard_number": "一", "place_zh": "灭火器间", "found_on": "2025-10-10", "deadline": "2025-10-20",
                  "repaired_on": "2025-11-05", "checked_on": "2025-11-06", "check_result": "通过",
                  "struck_off_on": "2025-11-07"},
        HAZARD | {"hazard_number": "二", "place_zh": "配电房", "found_on": "2025-11-24", "deadline": "2025-12-01"},
    ], work_figures=[
        {"district_code": DISTRICT, "reporting_month": month, "work_code": "安全工作专题会议", "planned": 2, "done": done}
        for month, done in (("2025-09", 1), ("2025-10", 2), ("2025-11", 2))
    ])  # fmt: skip


@pytest.fixture(scope="module")
def published(new_district: Callable[[], District]) -> District:
    """A release of 31 December; a return came in after it and is not published yet."""
    made = new_district()
    put_returns(made)
    run.run(made.raw, made.home, as_of=LAST_DAY, parts=frozenset())
    made.put("2025/later.xlsx", hazards=[
        HAZARD | {"hazard_number": "三", "place_zh": "体育馆", "found_on": "2025-10-01", "deadline": "2025-10-08"},
    ])  # fmt: skip
    receive.take_in(Home(made.home), made.raw)
    return made


def text_of(path: Path) -> str:
    """All text of a Word file, paragraphs and cells in order."""
    return "\n".join(node.text or "" for node in Document(str(path)).element.body.iter() if node.text)


@pytest.mark.parametrize("day", [dt.date(2025, 10, 31), dt.date(2025, 11, 12)])
def test_it_reads_as_the_release_of_that_day_would(
    published: District, new_district: Callable[[], District], tmp_path: Path, day: dt.date
) -> None:
    then = new_district()
    put_returns(then)
    run.run(then.raw, then.home, as_of=day, parts=frozenset())
    for kind in ("weekly", "monthly"):
        (now,) = write_report(Home(published.home), kind, tmp_path / "now", as_of=day)
        (of_then,) = write_report(Home(then.home), kind, tmp_path / "then")
        ids = [Home(d.home).release_in_force() or "" for d in (published, then)]
        assert text_of(now).replace(ids[0], "R") == text_of(of_then).replace(ids[1], "R")
        numbers = [p.with_suffix(".numbers.json").read_text(encoding="utf-8") for p in (now, of_then)]
        assert numbers[0].replace(ids[0], "R") == numbers[1].replace(ids[1], "R")


def test_it_lists_nothing_of_later_days_and_nothing_the_release_did_not_know(
    published: District, tmp_path: Path
) -> None:
    (october,) = write_report(Home(published.home), "weekly", tmp_path, as_of=dt.date(2025, 10, 31))
    text = text_of(october)
    assert "灭火器间" in text and "印发办法" in text  # overdue by then, whatever happened later
    overdue = text.split("三十日内到期")[0]
    assert "配电房" not in text and "建成平台" not in overdue  # planned for 30 November: due, not overdue
    assert "体育馆" not in text


def test_within_a_month_it_tells_of_the_month_so_far(published: District, tmp_path: Path) -> None:
    """The hazard of October, overdue since the 20th, was struck off on 7 November: the ledger of 31 October has it open."""
    (november,) = write_report(Home(published.home), "weekly", tmp_path, as_of=dt.date(2025, 11, 12))
    text = text_of(november).replace("\n", "")
    assert "11月6日至11月12日" in text and "当月销号隐患1处" in text
    assert "未销号隐患" not in text
    # the first milestone was due on 20 October: 11 days were left of that month
    assert f"印发办法（教委，{11 + 12}天）" in text


def test_the_release_in_force_stays_and_nothing_is_left_behind(published: District, tmp_path: Path) -> None:
    home = Home(published.home)
    before = (home.release_in_force(), sorted(p.name for p in home.releases.iterdir()))
    write_report(home, "weekly", tmp_path, as_of=dt.date(2025, 11, 12))
    assert (home.release_in_force(), sorted(p.name for p in home.releases.iterdir())) == before
    assert not [p for p in home.analyst.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("day", "said"), [(dt.date(2024, 2, 29), "2024-03-01"), (dt.date(2026, 1, 1), "2025-12-31")]
)
def test_days_before_the_plan_and_after_the_release_are_refused(
    published: District, tmp_path: Path, day: dt.date, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        write_report(Home(published.home), "weekly", tmp_path, as_of=day)
    assert not list(tmp_path.iterdir())
