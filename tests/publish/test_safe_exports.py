"""No text from a return becomes a formula in any file the product writes."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from dagster_project.core.homes import Home
from dagster_project.core.text import safe_text, write_csv
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.problem_list import (
    COLUMNS,
    PROBLEM_LIST_ZH,
    write_assumptions,
    write_problem_list,
    write_problem_list_zh,
)
from dagster_project.questions import why_changed
from dagster_project.warehouse import causes

ATTACKS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+2",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    '=HYPERLINK("http://x","y")',
]


def starts_formula(text: str) -> bool:
    return text[:1] in set("=+-@\t\r\n＝＋－＠") and not re.fullmatch(r"-[0-9,]+(\.[0-9]+)?%?", text)


def cells_of(path: Path) -> list[Any]:
    """Every value and formula of a workbook."""
    book = openpyxl.load_workbook(path)
    cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert not [c for c in cells if c.data_type == "f"]
    return [c.value for c in cells]


@pytest.mark.parametrize("text", ATTACKS)
def test_text_is_disarmed_and_still_readable(text: str) -> None:
    assert safe_text(text) == f"'{text}"
    assert not starts_formula(safe_text(text))


@pytest.mark.parametrize("text", ["-1947", "-1,947.50", "-12.5%", "-", "东镇小学", "12"])
def test_a_negative_number_is_printed_as_it_is(text: str) -> None:
    assert safe_text(text) == ("'-" if text == "-" else text)


@pytest.mark.parametrize("write", [write_problem_list, write_problem_list_zh])
def test_the_problem_list_starts_no_formula(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]
) -> None:
    rows = pd.DataFrame([{c: text for c in COLUMNS} for text in ATTACKS])
    write(rows, tmp_path / "problems.csv")
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.reader(stream))
    assert len(written) == len(ATTACKS) + 1
    assert not [c for row in written for c in row if starts_formula(c)]


def test_the_list_for_people_says_in_chinese_what_the_other_has_as_codes(tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "甲") | {"feed": "staffing", "cell": "D23", "value": "-1947"}
    rows = pd.DataFrame([row | {"severity": "warn", "class": "experience"},
                         row | {"severity": "reject_file", "class": "format", "feed": ""}])  # fmt: skip
    write_problem_list_zh(rows, tmp_path / PROBLEM_LIST_ZH)
    with (tmp_path / PROBLEM_LIST_ZH).open(encoding="utf-8-sig", newline="") as stream:
        heads, *written = csv.reader(stream)
    assert heads == ["处理", "类别", "文件", "工作表", "单元格", "报表", "学校标识码", "学校名称", "列", "值", "问题与改正办法", "规则代码"]  # fmt: skip
    assert [line[:6] for line in written] == [
        ["拒收", "格式", "甲", "甲", "D23", "—"],
        ["提醒", "经验", "甲", "甲", "D23", "教师配备"],
    ]
    assert written[0][9] == "-1947"


def test_what_was_assumed_is_listed_in_chinese(tmp_path: Path) -> None:
    row = {"school_year": 2024, "source_file": "甲.xlsx", "sheet": "表", "cell": "A8", "feed": "enrolment",
           "rule_code": "PASSED_OVER", "column_zh": "", "value": "", "message_zh": "合计，已略过。"}  # fmt: skip
    write_assumptions(pd.DataFrame([row]), tmp_path / "assumptions.csv")
    with (tmp_path / "assumptions.csv").open(encoding="utf-8-sig", newline="") as stream:
        heads, line = csv.reader(stream)
    assert heads == [
        "学年",
        "文件",
        "工作表",
        "单元格",
        "报表",
        "列",
        "值",
        "怎样读的，不对怎么办",
        "规则代码",
    ]
    assert line == ["2024", "甲.xlsx", "表", "A8", "在校生数", "", "", "合计，已略过。", "PASSED_OVER"]


def test_a_table_keeps_its_numbers_and_disarms_its_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"学校": [*ATTACKS, "东镇小学"], "=变化": [-0.5] * len(ATTACKS) + [None]})
    write_csv(frame, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["学校", "'=变化"]
    assert not [row[0] for row in rows if starts_formula(row[0])]
    assert [row[1] for row in rows] == ["-0.5"] * len(ATTACKS) + [""]


def test_the_split_of_a_change_starts_no_formula(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explain = causes.split_changes

    def attacked(earlier: causes.Side, later: causes.Side) -> pd.DataFrame:
        found = explain(earlier, later)
        found["district_code"] = (ATTACKS * len(found))[: len(found)]
        return found

    monkeypatch.setattr(causes, "split_changes", attacked)
    out = tmp_path / "changes.csv"
    found = why_changed.changes(Home(sample_home), "2022", "2023")
    assert len(found) > len(ATTACKS)
    why_changed.write_changes(found, out)
    frame = pd.read_csv(out, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert not [v for v in frame["区县代码"] if starts_formula(v)]
    assert frame["变化"].str.match(r"-?\d").any()


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    book = Book(tmp_path / "book.xlsx", "表")
    for number, text in enumerate(ATTACKS):
        sheet = book.sheet(f"表{number}", text, [text] * 3, [10] * 3, subtitle=text, groups=[(0, 1, text)])
        sheet.add([text, (text, {"bold": True})])
        sheet.empty(text)
        book.sheet(f"窄{number}", text, [text], [10], subtitle=text).empty(text)
    book.close()
    values = cells_of(tmp_path / "book.xlsx")
    assert len(values) >= 10 * len(ATTACKS)
    assert not [v for v in values if starts_formula(str(v))]


def test_a_school_named_like_a_formula_reaches_no_file_of_a_release_as_one(
    sample_home: Path, tmp_path: Path
) -> None:
    import duckdb

    from dagster_project.publish.excel import committee_workbook, ledgers

    place = Home(sample_home)
    source = place.releases / str(place.release_in_force()) / "marts.duckdb"
    attacked = tmp_path / "marts.duckdb"
    shutil.copy(source, attacked)
    with duckdb.connect() as con:
        con.execute(f"attach '{attacked}' as made")
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = 'made' and schema_name = 'main'"
        ).fetchall()
        for (table,) in tables:
            named = con.execute(
                "select column_name from duckdb_columns() where database_name = 'made' and table_name = ? and"
                " data_type = 'VARCHAR' and column_name in ('name_zh', 'school_name', 'town', 'class_name', 'measure_zh',"
                " 'hazard_zh', 'place_zh', 'responsible_person', 'lead_department', 'finding_zh', 'progress_zh', 'value')",
                [table],
            ).fetchall()
            for (column,) in named:
                if table.startswith("dim_") and table != "dim_schools":
                    continue
                con.execute(
                    f"update made.{table} set {column} = ?[1 + rowid % {len(ATTACKS)}] || {column}"
                    f" where {column} is not null", [ATTACKS],
                )  # fmt: skip
    paths = committee_workbook.write_committee_workbooks(attacked, tmp_path / "books", "r", {})
    paths += ledgers.write_ledger_workbooks(attacked, tmp_path / "books", "r")
    for path in paths:
        values = [str(v) for v in cells_of(path)]
        assert any("cmd|" in v for v in values), path.name
        assert not [v for v in values if starts_formula(v)], path.name
