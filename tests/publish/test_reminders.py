"""Reminders go to who owes what is due soon or late, and to no one else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.core.errors import UserError
from dagster_project.publish.reminders.letters import lines_of, period_zh, write_letter, write_reminders
from dagster_project.publish.reminders.owing import Owing, owing_on, with_sources
from dagster_project.warehouse.districts import District, read_districts

DAY = dt.date(2025, 10, 20)
OURS, OTHER = "500199", "500198"
DISTRICT = District(name_zh="示例区", issuing_body_zh="示例区教委")


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """One school per case: its name says what is expected of it on the day."""
    cases: list[tuple[str, str, str, int]] = [
        (OURS, "今天截止", "missing", 0),
        (OURS, "还有七天", "not_yet_due", 7),
        (OURS, "还有八天", "not_yet_due", 8),
        (OURS, "逾期一天", "missing", -1),
        (OURS, "逾期一年", "missing", -365),
        (OURS, "已报", "received", -1),
        (OURS, "零报告", "nil", -1),
        (OURS, "报了有问题", "with_problems", 3),
        (OTHER, "外区逾期四天", "missing", -4),
        (OTHER, "外区逾期五天", "missing", -5),
        (OTHER, "外区还有一天", "not_yet_due", 1),
    ]
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_returns_due (district_code text, school_code text, school_name text, "
            "town text, feed text, period text, due_on date, status text)"
        )
        rows = [
            [
                district,
                f"{i:010d}",
                name,
                "东镇",
                "safety_duties",
                "2025-09",
                DAY + dt.timedelta(days=days),
                status,
            ]
            for i, (district, name, status, days) in enumerate(cases)
        ]
        rows.append(
            [OURS, None, None, None, "work_figures", "2025-09", DAY - dt.timedelta(days=9), "missing"]
        )
        con.executemany("insert into marts.fct_returns_due values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        yield con


def names(owing: list[Owing]) -> set[str]:
    return {o.school_name or o.feed for o in owing}


def test_a_return_that_another_source_gave_a_year_before_is_expected_from_it(tmp_path: Path) -> None:
    def owes(school: str, feed: str = "staffing", period: str = "2025") -> Owing:
        return Owing(OURS, school, f"校{school}", "东镇", feed, period, DAY, 0)

    with duckdb.connect() as con:
        con.execute("create schema accepted")
        con.execute(
            "create table accepted.staffing as from (values (2024, '1', '名册', 'a'), (2024, '2', '名册', 'a'), "
            "(2024, '2', '表', 'b'), (2023, '3', '名册', 'a')) as t (school_year, school_code, source_file, sheet)"
        )
        kinds = {("名册", "a", "staffing"): "roster"}
        owing = [owes(school) for school in "123"] + [owes("1", "safety_duties", "2025-09")]
        found = with_sources(con, owing, kinds, {"roster": "名册"})
    # 2 filled in a form too, and 3's roster is of the year before last
    assert [o.source_zh for o in found] == ["名册", "", "", ""]
    paths = write_reminders(found, tmp_path, DAY, {OURS: DISTRICT})
    first = next(path for path in paths if "校1" in path.name)
    document = docx.Document(str(first))
    assert [row.cells[0].text for row in document.tables[0].rows][1] == "教师配备（取自名册）"
    assert any("由该来源取得" in p.text for p in document.paragraphs)
    rows = load_workbook(paths[-1])["按学校"].values
    assert [row[2] for row in rows][2:] == ["教师配备（取自名册）", "教师配备", "教师配备", "安全履职月报"]


def test_who_is_reminded_on_a_day(marts: duckdb.DuckDBPyConnection) -> None:
    declared = {OTHER: District(name_zh="外区", remind_days_before=0, remind_days_after=5)}
    ours = {"今天截止", "还有七天", "逾期一天", "逾期一年", "work_figures"}
    assert names(owing_on(marts, DAY, declared)) == ours | {"外区逾期五天"}
    of_all = names(owing_on(marts, DAY, declared, days=4))
    assert of_all == {"今天截止", "逾期一年", "work_figures", "外区逾期四天", "外区逾期五天", "外区还有一天"}


def test_letters_and_lists_hold_what_is_owed(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    from docx import Document

    owing = owing_on(marts, DAY, {})
    written = write_reminders(owing, tmp_path, DAY, {OURS: DISTRICT})
    letters = [p for p in written if p.suffix == ".docx"]
    assert len(letters) == len({o.school_code for o in owing if o.school_code}) == 7
    assert {p.suffix for p in tmp_path.rglob("*.*")} == {".docx", ".xlsx"}
    (path,) = [p for p in letters if "逾期一天" in p.name]
    document = Document(str(path))
    said = "\n".join(p.text for p in document.paragraphs)
    assert "逾期一天：" in said and "示例区教委" in said and "2025年10月20日" in said
    cells = [[c.text for c in row.cells] for row in document.tables[0].rows]
    assert cells == [
        ["报表", "所属时期", "应报截止日", "离截止日"],
        ["安全履职月报", "2025年9月", "2025年10月19日", "已逾期1天"],
    ]

    *_, of_town, of_all = written
    rows = list(load_workbook(of_town).active.iter_rows(min_row=3, values_only=True))
    assert len(rows) == 7
    assert ("0000000000", "今天截止", "安全履职月报", "2025年9月", "2025-10-20", "今天截止") in rows
    by_town, _, of_district = load_workbook(of_all)
    assert [c.value for c in by_town[3]] == ["东镇", 7, 3, 4]
    assert [c.value for c in of_district[3]][:2] == ["整改工作量", "2025年9月"]


def test_without_anything_owed_nothing_is_written(tmp_path: Path) -> None:
    assert write_reminders([], tmp_path / "out", DAY, {}) == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("feed", "period", "said"),
    [
        ("staffing", "2025", "2025学年"),
        ("district_figures", "2025", "2025年度"),
        ("safety_duties", "2025-03", "2025年3月"),
        ("issued_reports", "2025-09", "2025年9月"),
    ],
)
def test_a_period_is_named_by_its_kind(feed: str, period: str, said: str) -> None:
    assert period_zh(feed, period) == said


def test_a_letter_of_many_returns_is_written(tmp_path: Path) -> None:
    from docx import Document

    many: list[Any] = [
        Owing(
            OURS, "2150900001", "东镇小学", "东镇", "safety_duties", f"2025-{m:02d}", dt.date(2025, m, 10), 9
        )
        for m in range(1, 13)
    ] * 3
    write_letter(many, tmp_path / "a.docx", DAY, District(name_zh="示例区"))
    (table,) = Document(str(tmp_path / "a.docx")).tables
    # the head, and a row per return
    assert [row.cells[1].text for row in table.rows] == [
        "所属时期",
        *(f"2025年{m}月" for m in range(1, 13)),
    ] + [f"2025年{m}月" for _ in range(2) for m in range(1, 13)]


def test_late_returns_of_many_periods_are_one_line() -> None:
    def owing(feed: str, month: int, left: int) -> Owing:
        return Owing(
            OURS, "2150900001", "东镇小学", "东镇", feed, f"2025-{month:02d}", dt.date(2025, month, 28), left
        )

    many = [owing("safety_duties", m, m - 12) for m in range(1, 12)]
    few = [owing("hazards", m, m - 12) for m in (9, 10, 11)]
    soon = [owing("safety_duties", 12, 3)]
    found = [(o.feed, periods, str(due), state) for o, periods, due, state in lines_of([*many, *few, *soon])]
    assert found == [
        ("safety_duties", "2025年1月至2025年11月，共11期未报", "2025-01-28", "最早一期已逾期11天"),
        ("hazards", "2025年9月", "2025-09-28", "已逾期3天"),
        ("hazards", "2025年10月", "2025-10-28", "已逾期2天"),
        ("hazards", "2025年11月", "2025-11-28", "已逾期1天"),
        ("safety_duties", "2025年12月", "2025-12-28", "还有3天"),
    ]


def test_the_days_are_settings_of_the_district(tmp_path: Path) -> None:
    (tmp_path / "district.yml").write_text(
        '"500199": {name_zh: 示例区, remind_days_before: 14}\n', encoding="utf-8"
    )
    district = read_districts(tmp_path)[OURS]
    assert (district.remind_days_before, district.remind_days_after) == (14, 1)
    (tmp_path / "district.yml").write_text(
        '"500199": {name_zh: 示例区, remind_days_after: -1}\n', encoding="utf-8"
    )
    with pytest.raises(UserError, match="remind_days_after"):
        read_districts(tmp_path)
