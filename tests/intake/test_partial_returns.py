"""A later return that holds clearly less than what it would replace waits for a decision."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.decisions import decide
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import FileRecord, read_manifest
from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet
from dagster_project.intake.partial_returns import Listing, ReceivedUnits, hold_partial_returns
from dagster_project.intake.raw_rows import TakenFile
from dagster_project.intake.rebuilding import rebuild_raw
from dagster_project.record import candidates, record_tables
from tests.conftest import District

CODE = "2100000001"
Row = dict[str, Any]


def classes(
    per_grade: dict[int, int], students: int = 40, code: str = CODE, stage: str = "小学"
) -> list[Row]:
    return [
        {"school_code": code, "stage": stage, "grade": grade, "class_name": f"{n}班", "students": students}
        for grade, number in per_grade.items()
        for n in range(1, number + 1)
    ]


ALL = {1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2}


@pytest.fixture
def district(new_district: Callable[[], District]) -> District:
    """A district that reported twelve classes of a school."""
    district = new_district()
    district.put("2023/1.xlsx", class_sizes=classes(ALL))
    taken(district)
    return district


def taken(district: District) -> list[tuple[str, str, str]]:
    """Status, hold and first reason of each file that is new."""
    found = receive.take_in(Home(district.home), district.raw).files
    return [
        (f.record.status, f.record.hold, next((h.message_zh for h in f.record.held_because), ""))
        for f in found
    ]


def test_a_whole_grade_that_is_missing_is_held_whatever_the_share(district: District) -> None:
    district.put("2023/2.xlsx", class_sizes=classes({g: 3 for g in ALL if g != 4}))
    ((status, hold, why),) = taken(district)
    assert (status, hold) == ("held", "H2-1")
    assert "这次只有 15 个班，此前已报 12 个班、这次没有的年级：4" in why
    assert "junheng decide" in why and "全部更正" in why


def test_a_class_less_in_a_grade_is_a_correction(district: District) -> None:
    district.put("2023/2.xlsx", class_sizes=classes({**ALL, 4: 1}))
    assert taken(district) == [("accepted", "", "")]


def test_other_classes_of_a_grade_are_held_whatever_their_number(district: District) -> None:
    """1班 and 2班 of each grade were reported; by the names of grade 4 in later returns, whether each is held."""
    cases = [
        (("3班", "4班"), True), (("3班", "4班", "5班"), True), (("启航班", "远航班"), True), (("（1）班", "四（2）班"), False),
        (("2班", "3班"), False), (("1班",), True),
    ]  # fmt: skip
    for number, (names, is_held) in enumerate(cases, start=2):
        rows = [r for r in classes(ALL, students=40 + number) if r["grade"] != 4]
        fourth = classes({4: 1}, students=40 + number)[0]
        district.put(
            f"2023/{number}.xlsx", class_sizes=[*rows, *({**fourth, "class_name": n} for n in names)]
        )
        ((status, _, why),) = taken(district)
        assert status == ("held" if is_held else "accepted"), names
        assert ("这次报的班都与此前不同的年级：4" in why) == is_held


def test_a_list_of_which_most_classes_are_others_is_held(district: District) -> None:
    """1班 and 2班 of six grades, then 2班 to 4班: six of twelve are there again; then 4班 to 6班: six of eighteen."""
    for first, is_held in ((2, False), (4, True)):
        rows = [
            {**row, "class_name": f"{n}班"}
            for row in classes(dict.fromkeys(ALL, 1), students=40 + first)
            for n in range(first, first + 3)
        ]
        district.put(f"2023/{first}.xlsx", class_sizes=rows)
        ((status, _, why),) = taken(district)
        assert status == ("held" if is_held else "accepted")
        assert ("两次都有的只有 6 个" in why) == is_held


TEACHERS = [
    "姓名",
    "身份证件号",
    "学校标识码",
    "任教学段",
    "岗位类别",
    "任教学科",
    "最高学历",
    "骨干教师级别",
    "有无教师资格证",
]
CLASSES = ["学校标识码", "学段", "年级", "班级名称", "班主任姓名", "班级人数"]


@pytest.mark.parametrize(("now", "is_held"), [(9, True), (10, False), (21, False)])
def test_a_roster_with_less_than_half_of_the_persons_is_held(
    new_district: Callable[[], District], now: int, is_held: bool
) -> None:
    """Twenty teachers, and two classes of 20 pupils together, then another number of each."""
    district = new_district()
    (district.raw / "2023").mkdir(parents=True)
    for number, name in ((20, "a"), (now, "b")):
        teachers = [
            ["示例", f"T{i:03d}{name}", CODE, "小学", "专任教师", "语文", "大学本科", "无", "有"]
            for i in range(number)
        ]
        rooms = [[CODE, "小学", "一年级", f"{n}班", "", p] for n, p in ((1, 5), (2, number - 5))]
        for kind, rows in (("teachers", [TEACHERS, *teachers]), ("classes", [CLASSES, *rooms])):
            text = "\n".join(",".join(map(str, row)) for row in rows)
            (district.raw / "2023" / f"{kind}-{name}.csv").write_text(text, encoding="utf-8")
        found = taken(district)
        expected = "held" if is_held and name == "b" else "accepted"
        assert [status for status, *_ in found] == [expected] * 2
    for _, _, why in found if is_held else []:
        assert f"这次只有 {now} 人，此前已报 20 人" in why


BY_NAME = """
layout: by_name
name_zh: 按校名的名册
recognised_by: [姓名, 工号, 所在学校]
roster: {row: 教师, number: 工号}
feeds:
  staffing:
    columns:
      school_code: {register_name: 所在学校}
      stage: {constant: 小学}
      full_time_teachers: {count: rows}
"""


@pytest.mark.parametrize(("now", "is_held"), [(9, True), (10, False), (21, False)])
def test_a_roster_that_names_schools_is_compared_by_their_names(
    new_district: Callable[[], District], now: int, is_held: bool
) -> None:
    """Twenty teachers of each of two schools, then another number of one; the other's rows are taken."""
    district = new_district()
    for folder in ("2023", "layouts"):
        (district.raw / folder).mkdir(parents=True)
    (district.raw / "layouts" / "by_name.yml").write_text(BY_NAME, encoding="utf-8")
    found = []
    for name, numbers in (("a", {"东镇小学": 20, "西镇小学": 20}), ("b", {"东镇小学": now, "西镇小学": 21})):
        rows = [["示例", f"T{name}{i:03d}{s[0]}", s] for s, n in numbers.items() for i in range(n)]
        text = "\n".join(",".join(row) for row in [["姓名", "工号", "所在学校"], *rows])
        (district.raw / "2023" / f"{name}.csv").write_text(text, encoding="utf-8")
        found.append(receive.take_in(Home(district.home), district.raw).files)
    ((first,), (second,)) = found
    held = [s for s in second.parsed.sheets if s.status == "held"]
    assert [s.status for s in first.parsed.sheets] == ["accepted"]
    assert [s.schools for s in held] == ([("东镇小学",)] if is_held else [])
    if is_held:
        (why,) = (p for p in second.problems if p.rule_code == "PARTIAL_RETURN")
        assert (
            f"学校 东镇小学 小学这次只有 {now} 人，此前已报 20 人" in why.message_zh and not why.school_code
        )
        assert held[0].columns["full_time_teachers"] == [now]
        teachers = {s.status: s.columns["full_time_teachers"] for s in second.parsed.sheets}
        assert teachers["accepted"] == [21]


def test_the_files_of_one_run_are_compared_together(district: District) -> None:
    district.put("2023/2.xlsx", class_sizes=classes({1: 2, 2: 2, 3: 2}, students=41))
    district.put("2023/3.xlsx", class_sizes=classes({4: 2, 5: 2, 6: 2}, students=41))
    assert taken(district) == [("accepted", "", "")] * 2


def test_another_stage_of_the_school_replaces_nothing(district: District) -> None:
    district.put("2023/2.xlsx", class_sizes=classes({7: 1}, stage="初中"))
    assert taken(district) == [("accepted", "", "")]


def test_a_return_that_was_held_is_no_measure_for_the_next(district: District) -> None:
    district.put("2023/2.xlsx", class_sizes=classes({1: 1}))
    assert taken(district)[0][:2] == ("held", "H2-1")
    district.put("2023/3.xlsx", class_sizes=classes({1: 1}, students=41))
    assert taken(district)[0][:2] == ("held", "H3-1")
    decide(Home(district.home), "H2-1", "accept", "撤并后只有一个班")
    district.put("2023/4.xlsx", class_sizes=classes({1: 1}, students=42))
    assert taken(district) == [("accepted", "", "")]


def test_a_sheet_that_says_it_is_whole_is_taken(district: District) -> None:
    path = district.put("2023/2.xlsx", class_sizes=classes({1: 1}))
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    sheet.insert_rows(1)
    sheet["A1"] = "班级学生数（全部更正）"
    book.save(path)
    assert taken(district) == [("accepted", "", "")]


def test_rows_that_stand_for_several_classes_count_as_many(district: District) -> None:
    rows = [{**row, "class_count": 2} for row in classes(dict.fromkeys(ALL, 1))]
    district.put("2023/2.xlsx", class_sizes=rows)
    assert taken(district) == [("accepted", "", "")]


def test_every_school_that_lacks_something_is_named(new_district: Callable[[], District]) -> None:
    district = new_district()
    others = ["2100000002", "2100000003"]
    district.put("2023/1.xlsx", class_sizes=[r for c in (CODE, *others) for r in classes(ALL, code=c)])
    taken(district)
    short = [r for c in (CODE, *others) for r in classes({1: 2}, code=c)]
    district.put("2023/2.xlsx", class_sizes=short)
    ((_, _, why),) = taken(district)
    assert CODE in why and "、".join(others) in why


def students_that_count(home: Home) -> dict[str, int]:
    """Students by school over all rows that count, of the latest submission with any of the school."""
    manifest, feed = read_manifest(home), load_feeds()["class_sizes"]
    with duckdb.connect() as con:
        con.execute("create schema candidate")
        con.execute(read_sql("dagster_project.record", "candidate_tables"))
        con.execute("create schema accepted")
        record_tables.create(con)
        candidates.list_holds(con, manifest)
        candidates.load_rows(con, home, manifest, feed)
        found = con.execute(
            "select school_code, max_by(total, submission) from (select school_code, submission, sum(students) as total"
            " from candidate.class_sizes group by all) group by school_code"
        )
        return {code: int(total) for code, total in found.fetchall()}


def test_only_the_rows_of_a_school_that_lacks_something_wait(new_district: Callable[[], District]) -> None:
    district, other = new_district(), "2100000002"
    home = Home(district.home)
    district.put("2023/1.xlsx", class_sizes=[*classes(ALL), *classes(ALL, code=other)])
    taken(district)
    later = [*classes({1: 2}, students=41), *classes(ALL, students=42, code=other)]
    district.put("2023/2.xlsx", class_sizes=later)
    ((status, hold, why),) = taken(district)
    assert (status, hold) == ("accepted", "H2-1") and CODE in why and other not in why
    assert "这所学校的各行" in why and "其他学校的照常采用" in why
    assert students_that_count(home) == {CODE: 12 * 40, other: 12 * 42}
    record = read_manifest(home).files[-1]
    assert [(s.status, s.rows_read, s.schools) for s in record.sheets] == [
        ("accepted", 12, ()),
        ("held", 2, (CODE,)),
    ]
    assert rebuild_raw(home, read_manifest(home), read_manifest(home).submissions) == []
    assert students_that_count(home) == {CODE: 12 * 40, other: 12 * 42}
    decide(home, "H2-1", "accept", "撤并后只有两个班")
    assert students_that_count(home) == {CODE: 2 * 41, other: 12 * 42}
    district.put("2023/3.xlsx", class_sizes=classes({1: 2}, students=43))
    assert taken(district) == [("accepted", "", "")]


# any earlier and any later return, split over files and sheets in any way

grades = st.dictionaries(
    st.sampled_from(["1", "2", "3", "4", "5", "6"]),
    st.sets(st.integers(1, 7), min_size=1, max_size=5),
    min_size=1,
)


class Before(ReceivedUnits):
    """What was received before, without files."""

    def __init__(self, classes: dict[str, set[int]]) -> None:
        self._before = Listing()
        for grade, numbers in classes.items():
            for n in numbers:
                self._before.add(grade, f"class {n}", 1, 40)

    def listing_of(self, feed: str, unit: tuple[int | None, str, str], kind: str) -> Listing:
        return self._before if (feed, unit) == ("class_sizes", (2023, CODE, "primary")) else Listing()


def file_of(rows: list[tuple[str, str]], number: int) -> TakenFile:
    sheet = ParsedSheet("表", "class_sizes", 2023, 1)
    sheet.columns = {
        "lookup_name": [None] * len(rows),
        "school_code": [CODE] * len(rows),
        "stage": ["primary"] * len(rows),
        "grade": [grade for grade, _ in rows],
        "class_name": [name for _, name in rows],
        "class_count": [None] * len(rows),
        "students": [None] * len(rows),
    }
    return TakenFile(FileRecord(2, "", 2023, f"2023/{number}.xlsx", "", 0), ParsedFile([sheet]))


@given(before=grades, now=grades, files=st.integers(1, 4), order=st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_run_is_held_exactly_if_all_classes_of_a_grade_or_most_of_the_stage_are_missing(
    before: dict[str, set[int]], now: dict[str, set[int]], files: int, order: Any
) -> None:
    rows = [(grade, f"{n}班") for grade, numbers in now.items() for n in numbers]
    order.shuffle(rows)
    parts = [rows[start::files] for start in range(files)]
    given = [file_of(part, number) for number, part in enumerate(parts) if part]
    held = hold_partial_returns(given, Before(before))
    again = {grade: numbers & now.get(grade, set()) for grade, numbers in before.items()}
    earlier = sum(map(len, before.values()))
    is_less = not all(again.values()) or 2 * sum(map(len, again.values())) < earlier
    assert held == (given if is_less else [])
    states = {s.status for f in given for s in f.parsed.sheets}
    assert states == ({"held"} if is_less else {"accepted"})
    lacking = "、".join(sorted(before.keys() - now.keys()))
    for found in itertools.chain.from_iterable(f.problems for f in held):
        assert f"只有 {len(rows)} 个班，此前已报 {earlier} 个班" in found.message_zh
        assert not lacking or f"这次没有的年级：{lacking}" in found.message_zh
