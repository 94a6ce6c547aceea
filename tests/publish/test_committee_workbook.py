"""The committee's workbook says what the marts say, marks what fails, and prints on A4 landscape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from dagster_project.core.duck import open_marts, read_sql
from dagster_project.core.homes import Home
from dagster_project.core.text import text_width
from dagster_project.publish import catalogue
from dagster_project.publish.excel.sheets import number_width
from tests.indicator_seed import JUDGED

#: Sheets with a layout of their own, in their order; those of the catalogue follow by their position.
OFFICIAL = ["说明", "表Ⅱ-1", "表Ⅱ-2", "表Ⅲ", "小学", "初中", "学段占比分析"]


def sheets_of_the_catalogue() -> list[str]:
    shown = [
        t.excel for t in catalogue.load().tables.values() if t.excel and t.excel.workbook == "monitoring"
    ]
    return list(dict.fromkeys(e.sheet for e in sorted(shown, key=lambda e: e.position)))


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Path:
    place = Home(sample_home)
    return place.releases / str(place.release_in_force())


@pytest.fixture(scope="module")
def book(release: Path) -> Any:
    (path,) = (release / "workbooks").glob("*_2025_*.xlsx")
    return openpyxl.load_workbook(path)


def ask(release: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_marts(release / "marts.duckdb") as con:
        return con.execute(sql).fetchall()


def table(sheet: Any, first: str) -> list[list[Any]]:
    """Rows below the heading that begins with a word."""
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    start = next(i for i, row in enumerate(rows) if row[0] == first)
    return rows[start + 1 :]


def test_all_sheets_are_there_and_print_on_a4_landscape(book: Any) -> None:
    own = sheets_of_the_catalogue()
    assert {"班额台账", "幼儿园待遇", "高中阶段", "未报学校名单", "问题清单", "指标与代码"} <= set(own)
    assert book.sheetnames == [*OFFICIAL, *own]
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9), (
            sheet.title
        )


def test_every_number_has_room_for_its_digits(book: Any) -> None:
    """A cell that is too narrow shows ###: seen at the totals of teaching equipment, 79,953,387.39 yuan."""
    too_narrow = []
    for sheet in book.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if isinstance(c.value, int | float)):
            decimals = cell.number_format.split('"')[0].partition(".")[2].count("0")
            digits = len(
                f"{abs(int(cell.value)):,}" if "," in cell.number_format else str(abs(int(cell.value)))
            )
            wide = sheet.column_dimensions[cell.column_letter].width
            if digits + (decimals + 1 if decimals else 0) > wide:
                too_narrow.append(f"{sheet.title} {cell.coordinate}")
    assert too_narrow == []


@pytest.mark.parametrize(
    ("value", "num_format", "shown"),
    [(79953387.39, "#,##0.00", "79,953,387.39"), (0.543, "0.0%", "54.3%"), (12.5, "General", "12.5"),
     (1234.0, '"▼"0"人"', "▼1234人"), (7, "", "7")],
)  # fmt: skip
def test_a_number_is_as_wide_as_excel_shows_it(value: float, num_format: str, shown: str) -> None:
    assert number_width(value, num_format) == text_width(shown)


def test_form_two_one_counts_as_the_marts_do(book: Any, release: Path) -> None:
    rows = [r for r in table(book["表Ⅱ-1"], "序号") if isinstance(r[0], int)]
    wanted = ask(
        release,
        "select row_number() over (order by i.sort_order), d.schools_in_scope, d.schools_available, d.schools_met from marts.fct_district_indicators as d"
        " inner join marts.dim_indicators as i using (indicator_code)"
        " where d.school_year = 2025 and d.stage = 'primary' and d.is_judged order by 1",
    )
    assert [(r[0], *r[4:7]) for r in rows] == wanted
    # those of the national rule come first
    assert [r[3] for r in rows][:7] == [4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3]


def test_every_unit_stands_in_its_stage_with_its_verdict(book: Any, release: Path) -> None:
    for stage, sheet in (("primary", "小学"), ("junior_secondary", "初中")):
        rows = [r for r in table(book[sheet], "序号") if isinstance(r[0], int)]
        (units,) = ask(
            release,
            f"select count(*) from marts.fct_school_compliance where school_year = 2025 and stage = '{stage}'",
        )[0]
        assert len(rows) == units
        names = [r[1] for r in rows]
        assert any(n.endswith("（小学部）" if stage == "primary" else "（初中部）") for n in names)


def test_failing_cells_are_marked_by_fill_and_by_a_sign(book: Any) -> None:
    failing = [c for row in book["小学"].iter_rows() for c in row if c.value == "▼未达标"]
    passing = [c for row in book["小学"].iter_rows() for c in row if c.value == "达标"]
    assert failing and passing
    assert {c.fill.fgColor.rgb for c in failing}.isdisjoint({c.fill.fgColor.rgb for c in passing})


def test_the_verdict_of_each_indicator_is_the_marts_own(book: Any, release: Path) -> None:
    rows = [r for r in table(book["小学"], "序号") if isinstance(r[0], int)]
    marked = sum(r[2 + 6 * i + 5] == "▼未达标" for r in rows for i in range(len(JUDGED)))
    ((wanted,),) = ask(
        release,
        "select count(*) from marts.fct_school_indicators where school_year = 2025 and stage = 'primary'"
        " and is_judged and status = 'not_met'",
    )
    assert marked == wanted > 0


def test_hidden_pay_is_hidden_on_paper_too(book: Any, release: Path) -> None:
    text = [str(c.value) for row in book["幼儿园待遇"].iter_rows() for c in row]
    assert "不公布" in text
    ((kept,),) = ask(
        release,
        "select count(*) from marts.fct_kindergarten_pay where pay_status = 'suppressed'"
        " and (in_post_mean_annual_pay_yuan is not null or pay_ratio is not null)",
    )
    assert kept == 0


def test_notes_say_what_was_left_out_and_which_standards_held(book: Any, release: Path) -> None:
    notes = {
        row[0].value: str(row[1].value) for row in book["说明"].iter_rows() if row[0].value and len(row) > 1
    }
    assert release.name in notes["版本"]
    assert "教学点" in notes["没有参评的"]


def test_a_release_of_synthetic_returns_says_so_on_every_page(book: Any, release: Path) -> None:
    assert "合成数据" in str(book["说明"]["B4"].value) + str(book["说明"]["B3"].value)
    assert all("合成数据" in (sheet.oddFooter.left.text or "") for sheet in book.worksheets)
    assert json.loads((release / "release.json").read_text(encoding="utf-8"))["is_synthetic"] is True


def test_stages_stand_in_the_order_of_schooling(book: Any) -> None:
    order = ["学前", "小学", "初中", "高中"]
    rows = table(book["班额台账"], "学段")
    classes = next(i for i, row in enumerate(rows) if row[0] == "学段")
    seen = [r[0] for r in rows[:classes] if r[0] in order]
    assert seen == [stage for stage in order if stage in seen] != []
    listed = [order.index(r[0]) for r in rows[classes + 1 :] if r[0]]
    assert listed == sorted(listed) != []


@pytest.mark.parametrize(
    ("statuses", "years"),
    [
        (["not_yet_due", "received"], [2024, 2025]),  # the first returns of 2025 came in September
        (["missing", "received"], [2025]),
        (["received"], [2025]),
    ],
)
def test_the_workbook_of_a_year_stays_until_the_returns_of_the_next_are_due(
    statuses: list[str], years: list[int]
) -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute("create table marts.dim_schools (district_code varchar, school_year integer)")
        con.execute(
            "create table marts.fct_returns_due"
            " (district_code varchar, school_code varchar, period varchar, cycle varchar, status varchar)"
        )
        con.execute(
            "insert into marts.dim_schools values ('1', 2023), ('1', 2024), ('1', 2025), ('1', 2025), ('2', 2024)"
        )
        # what the district itself owes for a year comes later
        owed = [("1", None, "2025", "yearly", "not_yet_due"), ("1", "s", "2025-11", "monthly", "not_yet_due")]
        owed += [("1", "s", "2025", "yearly", status) for status in statuses]
        con.executemany("insert into marts.fct_returns_due values (?, ?, ?, ?, ?)", owed)
        found = con.execute(read_sql("dagster_project.publish.excel", "workbook_years")).fetchall()
    assert found == [*(("1", year) for year in years), ("2", 2024)]
