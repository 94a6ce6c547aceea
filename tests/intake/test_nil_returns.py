"""A sheet that says that there is nothing to report is a return: of a school or district, for a month or year."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import rebuilding, receive
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.nil_returns import NilReturn
from dagster_project.intake.parse.nil import kind_of_words
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import parse_content
from dagster_project.record import in_force, suites
from tests.intake import bad_files as make

SCHOOL, OTHER, STRANGER, DISTRICT = "2150000001", "2150000002", "2150000009", "500115"
HAZARDS = [
    "学校标识码",
    "学校名称",
    "隐患编号",
    "排查日期",
    "排查频次",
    "部位",
    "隐患类别",
    "隐患描述",
    "等级",
    "整改期限",
]
HAZARD = [SCHOOL, "示例一小学", "隐患1", "2025-11-03", "日", "食堂", "消防", "", "一般", "2025-11-10"]
DUTIES = ["学校标识码", "学校名称", "填报月份", "工作", "应完成次数", "实际完成次数"]
WORKS = ["区县代码", "填报月份", "工作事项", "计划数", "完成数"]
REGISTER = [
    ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"],
    [SCHOOL, "示例一小学", DISTRICT, "某镇", "小学", "公办"],
    [OTHER, "示例二小学", DISTRICT, "某镇", "小学", "公办"],
]


def parsed(*rows: list[Any]) -> ParsedFile:
    return parse_content(make.workbook(list(rows)), "a.xlsx", 2025, [])


def codes(found: ParsedFile) -> list[str]:
    return [p.rule_code for p in (*found.problems, *(q for s in found.sheets for q in s.problems))]


@pytest.mark.parametrize("text", ["零报告", " 零 报 告 ", "（零报告）", "本月无隐患", "11月份无隐患。", "2025年11月未发现安全隐患",
                                  "我校本月无", "本年度无新增", "零上报"])  # fmt: skip
def test_words_that_say_it_plainly(text: str) -> None:
    assert kind_of_words(text) == "said"


@pytest.mark.parametrize("text", ["无", "暂无", "没有", "本校无"])
def test_words_that_say_it_only_where_there_is_no_record(text: str) -> None:
    assert kind_of_words(text) == "plain"


@pytest.mark.parametrize(
    "text", ["", "无障碍厕所", "没有隐患的请写零报告", "0", "-", "无锡路小学", "11月", "本月", 0, None]
)
def test_other_words_do_not(text: object) -> None:
    assert kind_of_words(text) == ""


def test_a_row_of_school_and_words_is_a_nil_return() -> None:
    found = parsed(HAZARDS, [SCHOOL, "示例一小学", "2025年11月无隐患"])
    (sheet,) = found.sheets
    assert sheet.nil_returns == [NilReturn("C2", SCHOOL, "示例一小学", reporting_month="2025-11")]
    assert (sheet.status, sheet.rows_read, sheet.rows_dropped, sheet.columns["row_number"]) == (
        "accepted",
        1,
        1,
        [],
    )
    assert codes(found) == []


def test_words_stand_in_whatever_column_and_beside_records_of_other_schools() -> None:
    (sheet,) = parsed(
        HAZARDS, HAZARD, [OTHER, "示例二小学", "", "", "", "", "", "本月无隐患"], ["", "", "合计 1"]
    ).sheets
    assert [n.cell for n in sheet.nil_returns] == ["H3"]
    assert sheet.columns["school_code"] == [SCHOOL]
    assert (sheet.rows_read, sheet.rows_dropped) == (3, 2)


def test_a_careless_word_in_a_record_is_no_nil_return() -> None:
    spoilt = [OTHER, "示例二小学", "无"]
    (sheet,) = parsed(HAZARDS, HAZARD, spoilt).sheets
    assert sheet.nil_returns == [] and len(sheet.columns["row_number"]) == 2
    (sheet,) = parsed(HAZARDS, [SCHOOL, "示例一小学", "无", "2025-11-03", "日", "食堂", "消防"]).sheets
    assert sheet.nil_returns == [] and len(sheet.columns["row_number"]) == 1


def test_the_same_word_in_a_sheet_without_records_is_one() -> None:
    (sheet,) = parsed(HAZARDS, [OTHER, "示例二小学", "无"], [SCHOOL, "示例一小学", "无"]).sheets
    assert [n.school_code for n in sheet.nil_returns] == [OTHER, SCHOOL]


def test_school_and_month_may_stand_above_the_heading() -> None:
    (sheet,) = parsed(["2025年11月安全履职月报（零报告）"], ["学校标识码", SCHOOL], DUTIES).sheets
    assert sheet.nil_returns == [NilReturn("A1", SCHOOL, reporting_month="2025-11")]
    (sheet,) = parsed(["填报月份：2025-11", "学校名称：示例一小学"], DUTIES, ["", "", "", "零报告"]).sheets
    assert sheet.nil_returns == [NilReturn("D3", "", "示例一小学", reporting_month="2025-11")]


def test_an_instruction_above_the_heading_is_no_nil_return() -> None:
    found = parsed(["没有的请写零报告", "学校标识码", SCHOOL, "2025年11月"], DUTIES)
    assert found.sheets[0].nil_returns == []
    assert codes(found) == ["NO_ROWS"]


def test_a_district_reports_nil_for_its_month() -> None:
    (sheet,) = parsed(WORKS, [DISTRICT, "2025-11", "零报告"]).sheets
    assert sheet.nil_returns == [NilReturn("C2", district_code=DISTRICT, reporting_month="2025-11")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([DUTIES, ["", "", "2025-11", "零报告"]], "哪所学校"),
        ([DUTIES, [SCHOOL, "示例一小学", "", "零报告"]], "哪个月份"),
        ([WORKS, ["", "2025-11", "零报告"]], "区县代码"),
    ],
)
def test_a_nil_return_of_unknown_school_or_month_is_reported_and_does_not_count(
    rows: list[list[Any]], said: str
) -> None:
    found = parsed(*rows)
    (sheet,) = found.sheets
    assert sheet.nil_returns == []
    assert codes(found) == ["NIL_RETURN_INCOMPLETE"] and said in sheet.problems[0].message_zh


class Desk:
    """A raw folder and a home: take in, and ask the rows in force of a build as of a day."""

    def __init__(self, root: Path) -> None:
        self.raw, self.home = root / "raw", Home(root / "home")
        self.put("2025/register.xlsx", REGISTER)

    def put(self, name: str, rows: list[list[Any]]) -> list[str]:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make.workbook(rows))
        return [f.record.status for f in receive.take_in(self.home, self.raw).files]

    def ask(self, sql: str, day: str = "2025-12-31") -> list[tuple[Any, ...]]:
        with duckdb.connect() as con:
            manifest = read_manifest(self.home)
            in_force.resolve(con, self.home, manifest, suites.judge, dt.date.fromisoformat(day))
            return con.execute(sql).fetchall()


NIL = (
    "select feed, district_code, school_code, reporting_month, school_year, cell from accepted.nil_returns"
    " order by reporting_month, school_code"
)


def test_it_is_a_submission_of_no_rows_with_a_status_of_its_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.put("2025/nil.xlsx", [HAZARDS, [SCHOOL, "示例一小学", "2025年11月无隐患"]]) == ["accepted"]
    assert desk.ask(NIL) == [("hazards", DISTRICT, SCHOOL, "2025-11", 2025, "C2")]
    counts = "rows_read, rows_accepted, rows_quarantined, rows_dropped"
    sql = f"select {counts}, status from accepted.submissions where feed = 'hazards'"
    assert desk.ask(sql) == [(1, 0, 0, 1, "nil")]
    assert desk.ask("select * from accepted.problems") == []


def test_a_form_without_a_row_is_not_filled_in_and_is_asked_for_what_its_feed_may_say(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    asked = {
        "schools": (REGISTER[0], "名录已核对"),
        "hazards": (HAZARDS, "零报告"),
        "staffing": ([c.heading_zh for c in load_feeds()["staffing"].columns], "请填 0"),
    }
    for feed, (heading, _) in asked.items():
        desk.put(f"2025/{feed}.xlsx", [heading])
    found = desk.ask(
        "select feed, status, rows_read from accepted.submissions where source_file <> '2025/register.xlsx'"
    )
    assert sorted(found) == sorted((feed, "unfilled", 0) for feed in asked)
    said = dict(desk.ask("select feed, message_zh from accepted.problems where rule_code = 'NO_ROWS'"))
    for feed in asked:
        assert [word for _, word in asked.values() if word in said[feed]] == [asked[feed][1]], feed


def test_a_month_counts_from_its_last_day_and_the_next_month_is_no_duplicate(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for month in ("2025-10", "2025-11"):
        rows = [DUTIES, [SCHOOL, "示例一小学", month, "零报告"]]
        assert desk.put(f"2025/{month}.xlsx", rows) == ["accepted"]
    assert desk.put("2025/again.xlsx", [["再报"], DUTIES, [SCHOOL, "示例一小学", "2025-11", "零报告"]]) == [
        "accepted"
    ]
    assert [row[3] for row in desk.ask(NIL, "2025-11-29")] == ["2025-10"]
    assert [row[3] for row in desk.ask(NIL, "2025-11-30")] == ["2025-10", "2025-11"]


def test_a_school_is_found_by_its_registered_name_and_a_stranger_is_reported(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put("2025/name.xlsx", [DUTIES, ["", "示例二小学", "2025-11", "零报告"]])
    desk.put("2025/stranger.xlsx", [DUTIES, [STRANGER, "某小学", "2025-11", "零报告"]])
    assert desk.ask(NIL) == [("safety_duties", DISTRICT, OTHER, "2025-11", 2025, "D2")]
    assert desk.ask("select source_file, rule_code, cell from accepted.problems") == [
        ("2025/stranger.xlsx", "NIL_RETURN_INCOMPLETE", "D2")
    ]


def test_it_is_in_the_manifest_and_read_again_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put("2025/nil.xlsx", [WORKS, [DISTRICT, "2025-11", "零报告"]])
    manifest = read_manifest(desk.home)
    (sheet,) = manifest.files[-1].sheets
    assert sheet.nil_returns == (NilReturn("C2", district_code=DISTRICT, reporting_month="2025-11"),)
    assert rebuilding.rebuild_raw(desk.home, manifest, manifest.submissions) == []
    assert desk.ask(NIL) == [("work_figures", DISTRICT, None, "2025-11", 2025, "C2")]
