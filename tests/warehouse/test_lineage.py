"""Every published figure can be worked out anew from the cells of the files as they were received."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import DBT_DIR, Home
from dagster_project.intake import receive
from dagster_project.intake.feeds import load_feeds
from dagster_project.questions import explain, figure_trace, find_figures, trace
from dagster_project.warehouse.release import analyst_database
from tests.conftest import District
from tests.warehouse import recomputation

Row = dict[str, Any]
KEY = ["school_year", "school_code", "stage", "indicator_code"]
P, J, S = "小学", "初中", "高中"
PLAIN, CAMPUS, NINE, TWELVE = "2100000001", "2100000002", "3100000003", "3100000004"
FROM_CLASSES, SILENT, BLANK, SPOILT = "2100000005", "2100000006", "2100000007", "2100000008"
EMPTY, HELD, CONFLICT, POINT = "2100000009", "2100000010", "2100000011", "2100000012"
EXPORTED, UNFINISHED, UNKNOWN_PUPILS = "2100000013", "3100000014", "2100000015"
TEACHING, BOOKS, PE_ART = (
    "teaching_area_m2_per_student",
    "books_per_student",
    "pe_art_teachers_per_100_students",
)
EQUIPMENT = "equipment_yuan_per_student"

LAYOUT = """
layout: other_system
name_zh: 某系统学校导出表
recognised_by: [机构编号, 男生, 女生]
blank: zero
feeds:
  floor_area:
    columns:
      school_code: 机构编号
      teaching_area_m2: {sum: [普通教室, 专用教室, 办公用房]}
      indoor_sports_area_m2: {constant: 5}
      sports_ground_area_m2: 操场
      equipment_10k_yuan: 设备
      multimedia_classrooms: 多媒体
  class_sizes:
    columns:
      school_code: 机构编号
      stage: {constant: 小学}
      grade: {constant: "{grade}"}
      class_name: {constant: 全年级}
      students: {sum: ["{sex_1}", "{sex_2}"]}
    repeat: [{grade: 1, sex_1: 男生, sex_2: 女生}, {grade: 2, sex_1: 二年级男生, sex_2: 二年级女生}]
"""


def school(code: str, kind: str, **more: Any) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
            "school_type": kind, "ownership": "公办", **more}  # fmt: skip


def staff(code: str, stage: str, **more: Any) -> Row:
    return {"school_code": code, "stage": stage, "full_time_teachers": 40, "above_required_degree_teachers": 30,
            "backbone_teachers": 4, "pe_teachers": 3, "music_teachers": 2, "fine_art_teachers": 1, **more}  # fmt: skip


def area(code: str, **more: Any) -> Row:
    return {"school_code": code, "teaching_area_m2": 5230, "indoor_sports_area_m2": 480, "sports_ground_area_m2": 2000,
            "equipment_10k_yuan": 21.08, "multimedia_classrooms": 12, **more}  # fmt: skip


def pupils(code: str, stage: str, students: Any) -> Row:
    return {"school_code": code, "stage": stage, "students": students}


def classes(code: str, stage: str, grade: Any, students: Any, name: str = "1班") -> Row:
    return {"school_code": code, "stage": stage, "grade": grade, "class_name": name, "students": students}


def put_exported_table(district: District) -> None:
    """A table of another system: banner rows above, sums, constants, blanks that mean zero."""
    (district.raw / "layouts").mkdir()
    (district.raw / "layouts" / "other_system.yml").write_text(LAYOUT, encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "导出"
    sheet.append(["", "某系统"])
    sheet.append([])
    sheet.append(
        [
            "",
            "机构编号",
            "普通教室",
            "专用教室",
            "办公用房",
            "操场",
            "设备",
            "多媒体",
            "男生",
            "女生",
            "二年级男生",
            "二年级女生",
        ]
    )
    sheet.append(["", EXPORTED, "１，０００", 200, None, "2,000.5", 10, 3, 30, 31, 20, 19])
    book.save(district.raw / "2023" / "other.xlsx")


@pytest.fixture(scope="module")
def hand(new_district: Callable[[], District]) -> District:
    """Every way a figure can come about or be missing, in one small district."""
    d = new_district()
    codes = (PLAIN, FROM_CLASSES, SILENT, BLANK, SPOILT, EMPTY, CONFLICT, EXPORTED, UNKNOWN_PUPILS)
    d.put(
        "2023/all.xlsx",
        schools=[
            *(school(c, P) for c in codes),
            school(CAMPUS, P, master_school_code=PLAIN, is_counted_as_school="否"),
            school(NINE, "九年一贯制学校"), school(TWELVE, "十二年一贯制学校"), school(UNFINISHED, "九年一贯制学校"),
            school(HELD, P, is_counted_as_school="否"), school(POINT, "教学点"),
            school("1100000016", "幼儿园"), school("3600000017", "中等职业学校"),
        ],
        enrolment=[
            pupils(PLAIN, P, "１２０"), pupils(CAMPUS, P, 80), pupils(NINE, P, 166), pupils(NINE, J, 210),
            pupils(TWELVE, P, 100), pupils(TWELVE, J, 90), pupils(TWELVE, S, 70), pupils(SILENT, P, 300),
            pupils(BLANK, P, 300), pupils(SPOILT, P, 300), pupils(EMPTY, P, 0), pupils(CONFLICT, P, 100),
            pupils(POINT, P, 49), pupils(HELD, P, 10), pupils(UNFINISHED, P, 100), pupils(UNKNOWN_PUPILS, P, "约200"),
        ],
        staffing=[
            *(staff(c, P) for c in (PLAIN, NINE, TWELVE, FROM_CLASSES, SPOILT, EMPTY, POINT, UNFINISHED, UNKNOWN_PUPILS)),
            staff(CAMPUS, P, other_art_teachers=2), staff(NINE, J, backbone_teachers=7), staff(TWELVE, J),
            staff(BLANK, P, music_teachers=None), staff(CONFLICT, P), staff(CONFLICT, P, backbone_teachers=5),
            staff(EXPORTED, P),
        ],
        floor_area=[
            *(area(c) for c in (TWELVE, FROM_CLASSES, BLANK, EMPTY, CONFLICT, POINT, UNFINISHED, UNKNOWN_PUPILS)),
            area(PLAIN, teaching_area_m2="5,230.5"), area(CAMPUS, teaching_area_m2=1000, indoor_sports_area_m2=0),
            area(NINE, books=23226), area(SPOILT, sports_ground_area_m2="约2000"),
        ],
        class_sizes=[
            classes(FROM_CLASSES, P, 1, 45), classes(FROM_CLASSES, P, 2, 46), classes(NINE, P, 1, 40),
        ],
        kindergarten_pay=[{
            "school_code": "1100000016", "staff": 30, "in_post_teachers": 10, "in_post_annual_pay_yuan": 1000000,
            "temporary_teachers": 5, "temporary_annual_pay_yuan": 300000, "fully_insured_staff": 20,
        }],
        vocational_enrolment=[{"school_code": "3600000017", "upper_secondary_type": "中等职业学校", "students": 800}],
    )  # fmt: skip
    put_exported_table(d)
    receive.take_in(Home(d.home), d.raw, now=dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC))
    # a later return takes the place of an earlier one
    path = d.raw / "2023" / "更正.csv"
    path.write_text(
        "学校标识码,教学及辅助用房面积,室内体育用房面积,运动场地面积,教学仪器设备值(万元),网络多媒体教室数,图书(册)\n"
        f"{TWELVE},6000,0,3000,50,20,9000\n",
        encoding="utf-8",
    )
    d.run()
    return d


@dataclass
class Published:
    """A published home, all its figures and their readings."""

    home: Home
    database: Path
    figures: pd.DataFrame
    readings: pd.DataFrame
    #: Value of each reading, read anew from the original files.
    from_files: pd.Series


def published(home: Path) -> Published:
    place = Home(home)
    database = analyst_database(place)
    with open_marts(database) as con:
        figures = con.execute("select * from marts.fct_school_indicators").df()
        readings = recomputation.cells_of_indicators(con)
    return Published(place, database, figures, readings, recomputation.values_in_vault(place, readings))


@pytest.fixture(scope="module", params=["hand", "sample_home"])
def either(request: pytest.FixtureRequest) -> Published:
    home = request.getfixturevalue(request.param)
    return published(home.home if isinstance(home, District) else home)


@pytest.fixture(scope="module")
def by_hand(hand: District) -> Published:
    return published(hand.home)


@pytest.fixture
def con(by_hand: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts(by_hand.database) as connection:
        yield connection


def recomputed(p: Published, readings: pd.DataFrame) -> pd.DataFrame:
    """Published figures beside those worked out from readings, one row a figure."""
    with open_marts(p.database) as con:
        anew = recomputation.recompute(con, readings)
    both = p.figures.merge(anew, on=KEY, suffixes=("", "_anew"), validate="one_to_one")
    assert len(both) == len(p.figures)
    return both


def differing(both: pd.DataFrame) -> pd.DataFrame:
    """Rows whose recomputed value, total, students or share isn't the published one."""
    is_off = pd.Series(False, index=both.index)
    for name in ("value", "numerator", "denominator", "source_total", "stage_share"):
        old, new = both[name].astype(float), both[f"{name}_anew"].astype(float)
        is_off |= (old.isna() != new.isna()) | ((old - new).abs() > 1e-9 * old.abs())
    return both[is_off]


# --- declaration -------------------------------------------------------------------------------------------


def seed(name: str) -> list[dict[str, str]]:
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_indicator_declares_columns_that_its_feed_has() -> None:
    declared: dict[str, set[str]] = {}
    for row in seed("indicator_sources"):
        declared.setdefault(row["indicator_code"], set()).add(row["column_name"])
    indicators = {row["indicator_code"]: row["feed"] for row in seed("indicators")}
    assert set(declared) == set(indicators)
    for code, feed in indicators.items():
        assert declared[code] <= {c.name for c in load_feeds()[feed].columns if c.is_number}, code


# --- all values, from the cells of the originals -----------------------------------------------------------


def test_every_value_is_recomputed_from_the_cells_of_the_originals(either: Published) -> None:
    has_cells = either.readings["cells"].notna()
    readings = either.readings.assign(value=either.from_files.where(has_cells, either.readings["value"]))
    both = recomputed(either, readings)
    assert both["value"].notna().sum() > 50
    assert differing(both).empty


def test_no_value_is_an_orphan_and_every_cell_holds_what_is_stated(either: Published) -> None:
    r = either.readings
    used = r[r["state"].eq("value")]
    from_files = either.from_files[used.index]
    assert used["cells"].notna().all() and used["value"].notna().all()
    assert ((used["value"] - from_files).abs() <= 1e-9 * used["value"].abs()).all()
    assert used[["sha256", "source_file", "received_at", "submission"]].notna().all(axis=None)
    grounded = r[r["state"].isin(["value", "constant"])].groupby([*KEY, "role"]).size().unstack("role")
    valued = either.figures[either.figures["value"].notna()].set_index(KEY)
    assert (grounded.reindex(valued.index)[["numerator_term", "denominator"]] > 0).all(axis=None)
    shared = valued[valued["stage_share"] < 1]
    assert (grounded.reindex(shared.index)["split_weight"] > 1).all()


def test_every_missing_figure_names_its_reason_and_its_place(either: Published) -> None:
    missing = either.figures[either.figures["status"].eq("not_available")]
    assert len(missing) > 10
    both = recomputed(either, either.readings)
    there = both[both["status"].eq("not_available")]
    assert there["missing_reason"].tolist() == there["missing_reason_anew"].tolist()
    r = either.readings
    lacking = r[r["state"].isin(figure_trace.MISSING_STATES)]
    assert set(map(tuple, missing[KEY].values)) <= set(map(tuple, lacking[KEY].values))
    placed = lacking[lacking["state"].ne("not_received")]
    assert placed[["source_file", "sheet", "row_number"]].notna().all(axis=None)
    told = missing.drop_duplicates(["school_year", "school_code", "stage", "missing_reason"])
    with open_marts(either.database) as con:
        for code, indicator, year, stage in told[
            ["school_code", "indicator_code", "school_year", "stage"]
        ].itertuples(index=False, name=None):
            found = trace.trace_figure(con, code, indicator, year, stage)
            assert any(note.startswith("缺") for note in found.notes) and found.formula_zh.endswith(
                "= 无法计算"
            )


def test_a_planted_value_is_found(by_hand: Published) -> None:
    # the test above can fail: one more in any used value changes exactly the figures that use it
    r = by_hand.readings
    assert differing(recomputed(by_hand, r)).empty
    picked = r[r["state"].eq("value") & r["school_code"].eq(NINE) & r["indicator_code"].eq(BOOKS)]
    assert set(picked["role"]) == {"numerator_term", "denominator", "split_weight"}
    for index in picked.index:
        planted = r.assign(value=r["value"].where(r.index != index, r["value"] + 1))
        (row,) = differing(recomputed(by_hand, planted))[KEY].itertuples(index=False, name=None)
        assert row == tuple(r.loc[index, KEY])


def test_a_cell_planted_in_the_original_is_found(by_hand: Published, tmp_path: Path) -> None:
    target = by_hand.readings.query(
        "school_code == @NINE and indicator_code == @BOOKS and role == 'numerator_term'"
    ).iloc[0]
    vault = tmp_path / "home" / "vault"
    shutil.copytree(by_hand.home.vault, vault)
    book = openpyxl.load_workbook(io.BytesIO((by_hand.home.vault / target["sha256"]).read_bytes()))
    book[target["sheet"]][target["cells"]] = 23227
    book.save(vault / "planted.xlsx")
    (vault / "planted.xlsx").replace(vault / target["sha256"])
    readings = by_hand.readings
    from_files = recomputation.values_in_vault(Home(tmp_path / "home"), readings)
    off = differing(
        recomputed(
            by_hand, readings.assign(value=from_files.where(readings["cells"].notna(), readings["value"]))
        )
    )
    assert set(map(tuple, off[KEY].values)) == {
        (2023, NINE, s, BOOKS) for s in ("primary", "junior_secondary")
    }
    with open_marts(by_hand.database) as con:
        explained = trace.trace_figure(con, NINE, BOOKS, 2023, "primary")
    _, differences = trace.compare_with_vault(Home(tmp_path / "home"), explained)
    (sentence,) = differences
    assert "原件里是 23227，采用的是 23,226" in sentence


# --- one figure, by hand -----------------------------------------------------------------------------------


def test_a_shared_resource_is_explained_to_the_cell(con: duckdb.DuckDBPyConnection) -> None:
    x = trace.trace_figure(con, TWELVE, TEACHING, 2023, "junior_secondary")
    # weights 100 : 99 : 92.4 of 291.4; 6,000 × 99/291.4 ÷ 90
    assert x.value == pytest.approx(6000 * 99 / 291.4 / 90, rel=1e-12)
    assert x.is_reproduced
    assert (
        x.formula_zh
        == "(教学及辅助用房面积 6,000 − 室内体育用房面积 0) × 分摊比例 0.3397 ÷ 在校生数 90 = 22.65 ㎡/生"
    )
    assert [(s.stage, s.students, s.weight) for s in x.split] == [
        ("primary", 100, 1), ("junior_secondary", 90, 1.1), ("senior_secondary", 70, 1.32),
    ]  # fmt: skip
    numerator = [c for c in x.cells if c.role == "numerator_term"]
    # the later return of the second submission, a CSV file
    assert [(c.cell, c.value, c.source_file, c.sheet, c.submission) for c in numerator] == [
        ("B2", 6000, "2023/更正.csv", "", 2), ("C2", 0, "2023/更正.csv", "", 2),
    ]  # fmt: skip
    assert x.standard is not None
    assert (x.standard.threshold, x.standard.valid_from, x.standard.valid_to) == (5.8, 2017, None)
    assert "教督〔2017〕6号" in x.standard.source_document


def test_campuses_come_each_with_their_own_cells(con: duckdb.DuckDBPyConnection) -> None:
    x = trace.trace_figure(con, PLAIN, PE_ART, 2023, "primary")
    # 3+2+1 and 3+2+1+2 teachers of 120 + 80 pupils
    assert x.value == pytest.approx(100 * 14 / 200)
    assert x.formula_zh == (
        "(体育专任教师数 6 + 音乐专任教师数 4 + 美术专任教师数 2 + 艺术专任教师数 2) ÷ 在校生数 200 × 100"
        " = 7.00 人/百名学生"
    )
    assert x.members == ((PLAIN, f"校{PLAIN}"), (CAMPUS, f"校{CAMPUS}"))
    assert {(c.school_code, c.cell) for c in x.cells if c.role == "denominator"} == {
        (PLAIN, "C2"),
        (CAMPUS, "C3"),
    }
    assert any(
        f"校{PLAIN}（{PLAIN}）的“艺术专任教师数”没有填" in note and "按没有（0）计" in note
        for note in x.notes
    )
    assert find_figures.find_figures(con, CAMPUS, PE_ART) == [(PLAIN, 2023, "primary")]


def test_students_come_from_the_classes_where_nothing_else_was_reported(
    con: duckdb.DuckDBPyConnection,
) -> None:
    x = trace.trace_figure(con, FROM_CLASSES, EQUIPMENT, 2023, "primary")
    assert x.formula_zh == "教学仪器设备值(万元) 21.08 × 10,000 ÷ 在校生数 91 = 2,316.48 元/生"
    assert [(c.feed, c.cell, c.value) for c in x.cells if c.role == "denominator"] == [
        ("class_sizes", "E2", 45), ("class_sizes", "E3", 46),
    ]  # fmt: skip
    # the nine-year school reported its students too: its one class row is not a source
    nine = trace.trace_figure(con, NINE, BOOKS, 2023, "primary")
    assert {c.feed for c in nine.cells} == {"floor_area", "enrolment"}


def test_sums_constants_and_blanks_of_a_layout(con: duckdb.DuckDBPyConnection, by_hand: Published) -> None:
    x = trace.trace_figure(con, EXPORTED, TEACHING, 2023, "primary")
    assert x.value == pytest.approx((1000 + 200 + 0 - 5) / 100, rel=1e-12)
    summed = [c for c in x.cells if c.column_name == "teaching_area_m2"]
    assert [(c.cell, c.value, c.cells_in_sum) for c in summed] == [
        ("C4", 1200, 3),
        ("D4", 1200, 3),
        ("E4", 1200, 3),
    ]
    (constant,) = (c for c in x.cells if c.column_name == "indoor_sports_area_m2")
    assert (constant.state, constant.cell, constant.value) == ("constant", None, 5)
    assert "“室内体育用房面积”的值 5 由版式文件规定，没有对应的单元格。" in x.notes
    assert [c.cell for c in x.cells if c.role == "denominator"] == ["I4", "J4", "K4", "L4"]
    assert trace.compare_with_vault(by_hand.home, x) == (7, [])
    lines = "\n".join(explain.explain(by_hand.home, EXPORTED, TEACHING))
    assert "3 格合计 1,200 ㎡" in lines and "核对：重读存档原件，7 个单元格与采用的数一致。" in lines


@pytest.mark.parametrize(
    ("code", "indicator", "stage", "words"),
    [
        (SILENT, TEACHING, "primary", ["没有收到", SILENT, "校舍与装备"]),
        (BLANK, PE_ART, "primary", ["音乐专任教师数", "没有填", "2023/all.xlsx › staffing › G"]),
        (SPOILT, TEACHING, "primary", ["floor_area › 第 13 行", "整行暂不采用"]),
        (CONFLICT, PE_ART, "primary", ["教师配备", "整行暂不采用"]),
        (PLAIN, BOOKS, "primary", ["图书(册)", "没有填"]),
        (UNKNOWN_PUPILS, TEACHING, "primary", ["在校生数", "整行暂不采用"]),
        (UNFINISHED, TEACHING, "primary", ["初中", "没有收到", "在校生数"]),
        (UNFINISHED, PE_ART, "junior_secondary", ["没有收到", "初中", "教师配备"]),
    ],
)
def test_a_missing_figure_says_which_cell_or_row_or_that_nothing_came(
    con: duckdb.DuckDBPyConnection, code: str, indicator: str, stage: str, words: list[str]
) -> None:
    x = trace.trace_figure(con, code, indicator, 2023, stage)
    assert x.value is None and x.recomputed is None and x.is_reproduced
    assert any(all(word in note for word in words) for note in x.notes), x.notes


def test_a_row_put_aside_comes_with_what_was_wrong_with_it(con: duckdb.DuckDBPyConnection) -> None:
    notes = trace.trace_figure(con, SPOILT, TEACHING, 2023, "primary").notes
    assert any("D13" in note and "约2000" in note for note in notes), notes
    assert not any("约2000" in n for n in trace.trace_figure(con, SPOILT, PE_ART, 2023, "primary").notes)


# --- corrections and explanations, where a release has them ------------------------------------------------


def test_corrections_and_explanations_are_listed_on_the_way(by_hand: Published, tmp_path: Path) -> None:
    database = tmp_path / "marts.duckdb"
    shutil.copyfile(by_hand.database, database)
    with duckdb.connect() as writer:
        writer.execute(f"attach '{database}' as published")
        writer.execute("use published")
        cell = "select source_file, sheet, row_number from accepted.floor_area where school_code = ?"
        ((source_file, sheet, row),) = writer.execute(cell, [NINE]).fetchall()
        writer.execute(
            "insert into accepted.corrections (school_year, feed, school_code, column_name, source_file, sheet, cell,"
            " original, value, reason) values (2023, 'floor_area', ?, 'books', ?, ?, ?, '23226', '20000', '多写')",
            [NINE, source_file, sheet, f"G{row}"],
        )
        writer.execute("update accepted.floor_area set books = 20000 where school_code = ?", [NINE])
        writer.execute(
            "insert into accepted.explained (rule_code, school_code, school_year, reason, approved_by, status)"
            " values ('JUMP', ?, 2023, '新建校舍', '某科长', 'in_force')",
            [NINE],
        )
    x = trace.trace_figure(database, NINE, BOOKS, 2023, "primary")
    assert [c.original for c in x.cells if c.role == "numerator_term"] == ["23226"]
    assert any("原填 23226" in n and "按 20000 采用" in n and "多写" in n for n in x.notes)
    assert any("新建校舍" in n and "某科长" in n for n in x.notes)
    assert trace.compare_with_vault(by_hand.home, x)[1] == []  # the file still holds the original
    assert not x.is_reproduced  # the mart of the copy knows nothing of it


# --- what a person types -----------------------------------------------------------------------------------


def test_schools_indicators_and_stages_are_found_by_name(con: duckdb.DuckDBPyConnection) -> None:
    assert find_figures.find_school(con, f"校{NINE}") == find_figures.find_school(con, NINE) == NINE
    assert (
        find_figures.find_indicator(con, "生均图书册数") == find_figures.find_indicator(con, BOOKS) == BOOKS
    )
    assert (find_figures.stage_code("小学"), find_figures.stage_code("junior_secondary")) == (
        "primary",
        "junior_secondary",
    )
    assert find_figures.find_figures(con, NINE, BOOKS) == [
        (NINE, 2023, "primary"),
        (NINE, 2023, "junior_secondary"),
    ]


def test_a_wrong_name_is_answered_with_close_ones(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(
        UsageError, match=r"没有叫“生均图书”的指标；相近的有：\n  生均图书册数（books_per_student）"
    ):
        find_figures.find_indicator(con, "生均图书")
    with pytest.raises(UsageError, match=f"相近的有：(?s:.)*校{NINE}"):
        find_figures.find_school(con, "校310000000")
    with pytest.raises(UsageError, match="挂起待定"):
        find_figures.find_figures(con, HELD, BOOKS)
    with pytest.raises(UsageError, match="没有小学或初中学段"):
        find_figures.find_figures(con, "1100000016", BOOKS)
    with pytest.raises(UsageError, match="有的是：小学"):
        find_figures.find_figures(con, PLAIN, BOOKS, 2023, "junior_secondary")
    with pytest.raises(UsageError, match="不在 2019 学年"):
        find_figures.find_figures(con, PLAIN, BOOKS, 2019)
    with pytest.raises(UsageError, match="没有叫“大学”的学段"):
        find_figures.stage_code("大学")


def explain_command(*arguments: object, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project", "explain", *map(str, arguments)],
        capture_output=True, check=False, timeout=120, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip


def test_the_command_reads_like_a_page(hand: District, tmp_path: Path) -> None:
    out = tmp_path / "cells.csv"
    done = explain_command(f"校{NINE}", "生均图书册数", "--stage", "小学", "--home", hand.home, "--out", out)
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    for line in (
        f"学校      校{NINE}（{NINE}）",
        "学段学年  小学，2023—2024 学年",
        "指标      生均图书册数（books_per_student）",
        "数值      58.50 册/生",
        "结论      只监测，不评判",
        "算式      图书(册) 23,226 × 分摊比例 0.4181 ÷ 在校生数 166 = 58.50 册/生",
        "分摊      全校共用，按学生数 × 学段系数（1 : 1.1）分摊",
        "          小学 166 人 × 1 = 166  ← 本学段",
        "          分摊比例 166 ÷ 397 = 0.4181",
        "来源单元格（3 个）",
        "  2023/all.xlsx › floor_area（校舍与装备）",
        "2024-01-02 11:04（北京时间） 收到  第 1 批",
        "    G12  图书(册)  23,226 册  全校  分子",
        "    C4  在校生数  166 人  小学  分母、分摊",
        "    C5  在校生数  210 人  初中  分摊",
        "核对：重读存档原件，3 个单元格与采用的数一致。",
    ):
        assert line in text, (line, text)
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["用途"], r["单元格"], float(r["上报值"])) for r in rows] == [
        ("分子", "G12", 23226), ("分母", "C4", 166), ("分摊", "C4", 166), ("分摊", "C5", 210),
    ]  # fmt: skip
    again = explain_command(NINE, BOOKS, "--home", hand.home, "--out", out)
    assert (again.returncode, "不覆盖" in again.stderr.decode()) == (1, True)


def test_the_command_on_a_gbk_terminal_and_with_wrong_names(hand: District) -> None:
    done = explain_command(PLAIN, TEACHING, "--home", hand.home, encoding="gbk")
    text = done.stdout.decode("gbk")
    assert done.returncode == 0 and "?" not in text
    assert "(教学及辅助用房面积 6,230.5 - 室内体育用房面积 480) ÷ 在校生数 200 = 28.75 ㎡/生" in text
    assert "再增加" not in text and "0，已达到标准" in text
    wrong = explain_command(PLAIN, "生均图书", "--home", hand.home)
    assert wrong.returncode == 2 and "生均图书册数（books_per_student）" in wrong.stderr.decode()


def test_the_gap_and_a_campus_are_told_in_words(hand: District) -> None:
    text = "\n".join(explain.explain(Home(hand.home), CAMPUS, EQUIPMENT))
    assert f"{CAMPUS} 并入 {PLAIN}，以下是合并后的数字。" in text
    assert f"合并      校{CAMPUS}（{CAMPUS}） 并入本校，各项数字先与本校相加" in text
    text = "\n".join(explain.explain(Home(hand.home), NINE, EQUIPMENT, stage="初中"))
    # 210,800 元 × 231/397 ÷ 210 = 584.08; 2,500 needs 2,500 × 210 × 397/231 = 902,272.73 元 in all
    assert "全校再增加 691,472.73 元，达到标准" in text
    assert "再增加 556,131.82 元，达到标准的 85%" in text


def test_an_unpublished_home_and_a_missing_tier_are_said(hand: District, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="还没有发布过版本"):
        explain.explain(Home(tmp_path), PLAIN, BOOKS)
    shutil.copytree(hand.home / "releases", tmp_path / "releases")
    (tmp_path / "current.txt").write_text(Home(hand.home).release_in_force() or "", encoding="utf-8")
    with pytest.raises(UserError, match="没有找到版本"):
        explain.explain(Home(tmp_path), PLAIN, BOOKS)
    shutil.copytree(hand.home / "analyst", tmp_path / "analyst")
    assert any("存档原件不在" in line for line in explain.explain(Home(tmp_path), PLAIN, TEACHING))


# --- other published figures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key", "wanted"),
    [
        (
            "fct_kindergarten_pay",
            {"school_code": "1100000016"},
            {"in_post_annual_pay_yuan": 1_000_000, "staff": 30},
        ),
        ("fct_upper_secondary", {"district_code": "500101"}, {"students": 800}),
        ("fct_classes", {"school_code": FROM_CLASSES, "grade": "2"}, {"students": 46}),
    ],
)
def test_cells_behind_other_tables(
    con: duckdb.DuckDBPyConnection,
    by_hand: Published,
    table: str,
    key: dict[str, Any],
    wanted: dict[str, float],
) -> None:
    found = recomputation.cells_behind(con, table, school_year=2023, **key)
    values = dict(zip(found["column_name"], found["value"], strict=True))
    assert {name: float(values[name]) for name in wanted} == wanted
    numeric = found[found["column_name"].isin(wanted)].assign(state="value")
    assert (recomputation.values_in_vault(by_hand.home, numeric) == numeric["value"].astype(float)).all()
    with pytest.raises(KeyError):
        recomputation.cells_behind(con, table, colour="red")
