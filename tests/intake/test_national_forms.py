"""The national statistics forms: synthetic workbooks of both editions give the rows worked out from the forms by hand.

`tests/fixtures/national_forms/expected.csv` lists every value that must come out; what isn't listed must not.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from dagster_project.core.errors import UserError
from dagster_project.core.homes import LAYOUTS_DIR
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import cells_of
from dagster_project.intake.parse.forms import reading
from dagster_project.intake.parse.forms.declared import load_eras
from dagster_project.intake.parse.forms.tables import FormSheet, read_labels
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import parse_content

FOLDER = Path(__file__).parents[1] / "fixtures" / "national_forms"
FILES = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.xlsx"))
PRIMARY = "2023/合成示例第一小学（小学）.xlsx"
OLD = "2020/合成示例第四小学.xlsx"
ROOT = Path(__file__).parents[2]
VOCATIONAL = "2023/合成示例职业学校（职业高中学校）.xlsx"
ERAS = load_eras(LAYOUTS_DIR)
KEYS = ("school_code", "stage", "grade", "class_name")


def parsed(file: str, content: bytes | None = None, year: int | None = None) -> ParsedFile:
    content = (FOLDER / file).read_bytes() if content is None else content
    return parse_content(content, file, year or int(file[:4]), [], ERAS)


def changed(file: str, change: Callable[[openpyxl.Workbook], None]) -> bytes:
    """A workbook of the fixtures after a change."""
    book = openpyxl.load_workbook(FOLDER / file)
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rows_of(result: ParsedFile) -> dict[tuple[str, ...], dict[str, str]]:
    """Values in the words of the returns, by (feed, school, stage, grade, class)."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for sheet in result.sheets:
        feed = load_feeds()[sheet.feed]
        for i in range(len(sheet.columns["row_number"])):
            values = {
                c.name: _word(c.choices, sheet.columns[c.name][i])
                for c in feed.columns
                if sheet.columns[c.name][i] is not None
            }
            key = (sheet.feed, *(values.get(k, "") for k in KEYS))
            own = found.setdefault(key, {})
            own.update({n: v for n, v in values.items() if n not in KEYS})
    return found


def _word(choices: dict[str, Any], value: Any) -> str:
    word = next((w for w, code in choices.items() if code == value), None)
    return word if word is not None else f"{value:g}" if isinstance(value, (int, float)) else str(value)


def expected(file: str) -> dict[tuple[str, ...], dict[str, str]]:
    found: dict[tuple[str, ...], dict[str, str]] = {}
    with (FOLDER / "expected.csv").open(encoding="utf-8-sig", newline="") as stream:
        for line in csv.DictReader(stream):
            if line["file"] == file:
                own = found.setdefault((line["feed"], *(line[k] for k in KEYS)), {})
                number = line["value"].replace(".", "", 1).isdigit() and not line["column"].endswith("_code")
                if line["value"]:
                    own[line["column"]] = f"{float(line['value']):g}" if number else line["value"]
    return found


def as_numbers(rows: dict[tuple[str, ...], dict[str, str]]) -> dict[tuple[str, ...], dict[str, str]]:
    return {key: {c: v for c, v in row.items() if v != ""} for key, row in rows.items()}


@pytest.mark.parametrize("file", FILES)
def test_every_value_of_the_examples_comes_out_and_no_other(file: str) -> None:
    assert as_numbers(rows_of(parsed(file))) == expected(file)


@pytest.mark.parametrize("file", FILES)
def test_sound_forms_have_no_findings(file: str) -> None:
    result = parsed(file)
    assert [p for p in (*result.problems, *(q for s in result.sheets for q in s.problems))] == []


@pytest.mark.parametrize("file", FILES)
def test_each_value_leads_to_the_cells_that_make_it_up(file: str) -> None:
    """Counts and areas are the sum of their cells, but for art, from whose total music and fine art are taken."""
    book = openpyxl.load_workbook(FOLDER / file)
    checked = 0
    for sheet in parsed(file).sheets:
        feed = load_feeds()[sheet.feed]
        for part, places in enumerate(sheet.column_maps):
            assert set(places) >= {n for n in ("school_code",) if sheet.columns[n][part]}
            for column in feed.columns:
                value = sheet.columns[column.name][part]
                if value is None or column.name not in places or not column.is_number:
                    continue
                own_sheet, cells = cells_of(
                    places[column.name], sheet.sheet, sheet.columns["row_number"][part]
                )
                numbers = [float(str(book[own_sheet][cell].value or 0).replace(",", "")) for cell in cells]
                total = sum(numbers)
                if column.name == "other_art_teachers" and len(numbers) == 3:
                    total = numbers[0] - numbers[1] - numbers[2]
                assert total == pytest.approx(value)
                checked += 1
    assert checked >= 2


def _reverse_sheets(book: openpyxl.Workbook) -> None:
    book._sheets.reverse()  # type: ignore[attr-defined]


def _rename_sheets(book: openpyxl.Workbook) -> None:
    for number, sheet in enumerate(book.worksheets, 1):
        sheet.title = f"Sheet{number}"


def _pad_labels(book: openpyxl.Workbook) -> None:
    chance = random.Random(7)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=3):
            for cell in row[:1]:
                if isinstance(cell.value, str) and len(cell.value) > 1:
                    at = chance.randint(1, len(cell.value) - 1)
                    gap = chance.choice(["\n", "_x000D_\n", "　", "  ", "\r\n"])
                    cell.value = cell.value[:at] + gap + cell.value[at:]


def _add_foreign_form(book: openpyxl.Workbook) -> None:
    sheet = book.create_sheet("教基9999_小学", 3)
    for row in (
        ["没有人见过的表"],
        ["教基9999"],
        ["指标名称", "代码", "数量"],
        ["甲", "乙", "1"],
        ["总计", "01", "12"],
    ):
        sheet.append(row)


def _numbers_as_numbers(book: openpyxl.Workbook) -> None:
    for sheet in book.worksheets:
        if "1001" in sheet.title:
            continue
        for row in sheet.iter_rows(min_row=5, min_col=3):
            for cell in row:
                if isinstance(cell.value, str) and cell.value.replace(".", "", 1).isdigit():
                    cell.value = float(cell.value)


@pytest.mark.parametrize(
    "change", [_reverse_sheets, _rename_sheets, _pad_labels, _add_foreign_form, _numbers_as_numbers]
)
def test_order_names_padding_and_further_forms_change_nothing(change: Callable[[Any], None]) -> None:
    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert as_numbers(rows_of(result)) == expected(PRIMARY)
    assert [s for s in result.sheets if s.status != "accepted"] == []


def test_an_unknown_form_is_listed_and_costs_nothing() -> None:
    result = parsed(PRIMARY, changed(PRIMARY, _add_foreign_form))
    assert [(p.rule_code, p.severity, p.sheet) for p in result.problems] == [
        ("FORM_UNKNOWN", "warn", "教基9999_小学")
    ]


def _sheet(book: openpyxl.Workbook, code: str) -> Worksheet:
    return next(s for s in book.worksheets if s.title.startswith(code))


def test_a_form_that_is_missing_leaves_its_figures_missing_not_zero() -> None:
    content = changed(PRIMARY, lambda book: book.remove(_sheet(book, "教基5176")))
    rows = rows_of(parsed(PRIMARY, content))
    assert rows["floor_area", "2199000002", "", "", ""] == {
        "teaching_area_m2": "5086.28",
        "indoor_sports_area_m2": "38.5",
    }


def test_a_row_that_is_missing_is_missing_and_a_blank_cell_is_zero() -> None:
    def change(book: openpyxl.Workbook) -> None:
        conditions = _sheet(book, "教基1102续")
        conditions.delete_rows(
            next(r[0].row for r in conditions.iter_rows() if r[0].value == "县级以上骨干教师(小学)")
        )
        grounds = _sheet(book, "教基5176")
        next(r for r in grounds.iter_rows() if r[0].value == "图书")[3].value = None

    rows = rows_of(parsed(PRIMARY, changed(PRIMARY, change)))
    assert "backbone_teachers" not in rows["staffing", "2199000002", "小学", "", ""]
    assert rows["floor_area", "2199000002", "", "", ""]["books"] == "0"


def test_a_row_of_a_feed_whose_only_figure_is_not_found_is_not_there() -> None:
    """The heading of the one figure that a kindergarten's staff form gives has another name."""
    kindergarten = "2023/合成示例幼儿园（幼儿园）.xlsx"

    def change(book: openpyxl.Workbook) -> None:
        for row in _sheet(book, "教基4148").iter_rows():
            for cell in row:
                if cell.value == "专任教师":
                    cell.value = "任课教师"

    result = parsed(kindergarten, changed(kindergarten, change))
    assert "staffing" not in {key[0] for key in rows_of(result)}
    (finding,) = result.problems
    assert finding.rule_code == "FORM_LABELS_MISSING" and "专任教师" in finding.message_zh


def test_a_mark_for_no_figure_is_no_zero() -> None:
    def change(book: openpyxl.Workbook) -> None:
        next(r for r in _sheet(book, "教基5176").iter_rows() if r[0].value == "图书")[3].value = "*"

    assert (
        "books"
        not in rows_of(parsed(PRIMARY, changed(PRIMARY, change)))["floor_area", "2199000002", "", "", ""]
    )


def test_a_workbook_without_the_form_of_the_school_is_refused_with_the_reason() -> None:
    result = parsed(PRIMARY, changed(PRIMARY, lambda book: book.remove(_sheet(book, "教基1001"))))
    assert result.sheets == []
    (finding,) = [p for p in result.problems if p.severity == "reject_file"]
    assert finding.rule_code == "FORMS_WITHOUT_SCHOOL" and "教基1001" in finding.message_zh


def test_the_year_on_the_cover_is_the_folders_or_the_workbook_is_refused() -> None:
    result = parsed(PRIMARY, year=2024)
    assert result.sheets == []
    (finding,) = result.problems
    assert (finding.rule_code, finding.sheet, finding.cell) == ("FORMS_OF_OTHER_YEAR", "封面", "C4")
    assert "2023" in finding.message_zh and "2024" in finding.message_zh


def test_forms_of_an_edition_that_was_not_in_force_are_refused() -> None:
    old = "2020/合成示例第四小学.xlsx"

    def without_cover(book: openpyxl.Workbook) -> None:
        book.remove(book["封面"])

    result = parsed(old, changed(old, without_cover), year=2023)
    assert result.sheets == []
    assert [p.rule_code for p in result.problems] == ["FORMS_NOT_IN_FORCE"]


def test_a_total_that_its_parts_do_not_make_up_counts_and_is_reported_with_both_cells() -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基3112")["I6"].value = "899"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    (finding,) = result.problems
    assert (finding.rule_code, finding.severity, finding.cell) == ("FORM_TOTAL_DISAGREES", "warn", "I6")
    # 132 + 140 + 151 + 138 + 160 + 172
    assert "899" in finding.message_zh and "893" in finding.message_zh and "K6" in finding.message_zh
    assert rows_of(result)["enrolment", "2199000002", "小学", "", ""]["students"] == "899"


@pytest.mark.parametrize(("now", "is_right"), [(893, True), (894, False)])
def test_pupils_now_are_those_before_with_those_who_came_and_without_those_who_went(
    now: int, is_right: bool
) -> None:
    """900 + (132 + 8) − (140 + 7) = 893."""
    heads = ["上学年初报表在校生数", "增加学生数", "", "减少学生数", "", "本学年初报表在校生数"]

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("教基3120_小学")
        for row in (
            ["在校生变动情况"],
            ["教基3120"],
            ["指标名称", "代码", *heads],
            ["", "", "", "合计", "招生", "合计", "毕业", ""],
            ["甲", "乙", "1", "2", "3", "4", "5", "6"],
            ["总计", "01", "900", "140", "132", "147", "140", str(now)],
        ):
            sheet.append(row)

    problems = parsed(PRIMARY, changed(PRIMARY, change)).problems
    assert [(p.rule_code, p.sheet, p.cell) for p in problems] == (
        [] if is_right else [("FORM_TOTAL_DISAGREES", "教基3120_小学", "H6")]
    )


def test_words_about_a_failed_check_are_read_as_an_explanation_with_their_cell() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["基础基112续表1"]["B4"] = (
            "今年小学在校生数大于去年的120%  [8　　 ][今年]  479　[去年]  310_x000D_\n说明：新建小区学生入学。"
        )

    result = parsed(OLD, changed(OLD, change))
    (sheet,) = [s for s in result.sheets if s.feed == "explanations"]
    row = {name: values[0] for name, values in sheet.columns.items()}
    assert (row["rule_code"], row["explained_year"], row["explained_value"]) == (
        "ENROLMENT_STUDENTS_JUMP",
        2020,
        "479",
    )
    assert row["reason"] == "新建小区学生入学。"
    assert sheet.column_maps[0]["reason"] == "B4"


def test_what_a_failed_check_explains_is_an_experience_rule() -> None:
    experience = {
        rule["meta"].get("rule_code")
        for path in (ROOT / "expectations").glob("*.json")
        for rule in json.loads(path.read_text(encoding="utf-8"))["expectations"]
        if rule.get("meta", {}).get("class") == "experience"
    }
    for era in ERAS:
        assert {rule.rule_code for rule in era.check_results.explains} <= experience


def test_text_in_place_of_a_number_costs_the_row_and_says_which_cell() -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基5176")["D12"].value = "约两万"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    (area,) = [s for s in result.sheets if s.feed == "floor_area"]
    (finding,) = area.problems
    assert (finding.rule_code, finding.cell) == ("NOT_A_NUMBER", "教基5176_小学!D12")
    assert area.columns["has_fault"] == [True]
    assert rows_of(result)["enrolment", "2199000002", "小学", "", ""]["students"] == "893"


def test_classes_without_a_grade_are_reported() -> None:
    def change(book: openpyxl.Workbook) -> None:
        bands = _sheet(book, "教基2106")
        bands["J6"].value, bands["J5"].value = "1", "1"
        bands["C6"].value, bands["C5"].value = "1", "21"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert [(p.rule_code, p.cell) for p in result.problems] == [("FORM_CLASSES_WITHOUT_GRADE", "J6")]


def test_an_empty_form_of_another_stage_makes_no_stage() -> None:
    stages = {key[2] for key in rows_of(parsed(PRIMARY)) if key[0] == "enrolment"}
    assert stages == {"小学"}


def test_headings_without_merged_cells_are_the_same_form() -> None:
    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            for merged in list(sheet.merged_cells.ranges):
                sheet.unmerge_cells(str(merged))

    for file in (PRIMARY, VOCATIONAL):
        assert as_numbers(rows_of(parsed(file, changed(file, change)))) == expected(file)


@pytest.mark.parametrize("label", ["46至50人", "46人-50人", "46——50人", "46～50 人", "46-50人."])
def test_a_band_is_the_same_in_other_writing(label: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基2106")["A11"].value = label

    rows = rows_of(parsed(PRIMARY, changed(PRIMARY, change)))
    classes = [row["class_count"] for key, row in rows.items() if key[0] == "class_sizes"]
    assert sum(map(int, classes)) == 20  # as 总计 says


@pytest.mark.parametrize(
    ("cell", "text"), [("A11", "四六到五十人"), ("D3", "七年级"), ("D3", "一年级（含复式）")]
)
def test_figures_under_a_label_that_is_not_understood_stop_the_form_and_cost_nothing_else(
    cell: str, text: str
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基2106")[cell].value = text

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert "class_sizes" not in {s.feed for s in result.sheets}
    (finding,) = [p for p in result.problems if p.rule_code == "FORM_UNREAD_FIGURES"]
    assert "教基2106" in finding.message_zh
    assert rows_of(result)["enrolment", "2199000002", "小学", "", ""]["classes"] == "20"


@pytest.mark.parametrize(
    ("cell", "text"), [("C19", "元"), ("A19", "#教学仪器设备资产值（元）"), ("C7", "亩"), ("C12", "万册")]
)
def test_a_figure_in_another_unit_is_not_used(cell: str, text: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基5176")[cell].value = text

    (area,) = [s for s in parsed(PRIMARY, changed(PRIMARY, change)).sheets if s.feed == "floor_area"]
    assert [p.rule_code for p in area.problems] == ["FORM_UNIT_DIFFERS"]
    assert area.columns["has_fault"] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "（2022-2023学年初）",
        "2022/2023学年初",
        "（2022/2023学年）",
        "2022学年度",
        "二〇二二学年",
        "2022年统计年报",
    ],
)
def test_another_year_on_the_cover_is_another_year_however_it_is_written(text: str) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["封面"]["C4"].value = text

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert result.sheets == [] and [p.rule_code for p in result.problems] == ["FORMS_OF_OTHER_YEAR"]


def test_a_year_in_the_title_of_a_form_counts_where_there_is_no_cover() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book.remove(book["封面"])
        _sheet(book, "教基1001")["A1"].value = "学校（机构）基本情况（2022/2023学年初）"

    assert [p.rule_code for p in parsed(PRIMARY, changed(PRIMARY, change)).problems] == [
        "FORMS_OF_OTHER_YEAR"
    ]


def test_a_figure_whose_label_is_not_found_is_named() -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基5176")["A12"].value = "图书总册数"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    (finding,) = result.problems
    assert finding.rule_code == "FORM_LABELS_MISSING" and "图书" in finding.message_zh
    assert "books" not in rows_of(result)["floor_area", "2199000002", "", "", ""]


def test_art_teachers_since_2023_are_not_taken_with_music_and_fine_art_in_them() -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基4155")["V4"].value = "美术（书法）"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert "other_art_teachers" not in rows_of(result)["staffing", "2199000002", "小学", "", ""]
    assert [p.rule_code for p in result.problems] == ["FORM_LABELS_MISSING"]


def test_a_form_that_holds_nothing_is_missing_and_not_zero() -> None:
    def change(book: openpyxl.Workbook) -> None:
        for row in _sheet(book, "教基5176").iter_rows(min_row=5, min_col=4):
            row[0].value = None
        for row in _sheet(book, "教基5170").iter_rows(min_row=6, min_col=3):
            for cell in row:
                cell.value = None

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert "floor_area" not in {s.feed for s in result.sheets}
    assert [p.rule_code for p in result.problems] == ["FORM_BLANK"]


def test_a_stage_that_its_degrees_do_not_make_up_is_reported() -> None:
    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基4155")["C7"].value = "90"

    result = parsed(PRIMARY, changed(PRIMARY, change))
    assert {p.rule_code for p in result.problems} == {"FORM_TOTAL_DISAGREES"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("constants: {stage: 小学}", "constants: {stage: 小学段落}"), "小学段落"),
        (("code: 教基5170", "code: 教基517"), "教基517"),
        (("(?P<up_to>", "(?P<upto>"), "upto"),
        (("小学教学点: 教学点", "小学教学点: 教学店"), "教学店"),
        (("students: {form: primary_pupils", "students: {form: primary_pupil"), "primary_pupil"),
        (("floor_area\n    columns:\n      teaching_area_m2", "floor_area\n    columns:\n      teaching_area"), "teaching_area"),
    ],
)  # fmt: skip
def test_a_clause_that_is_wrong_stops_the_reading_with_file_and_clause(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    text = (LAYOUTS_DIR / "forms" / "base_2021.yml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "base_2021.yml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(UserError, match=named) as refused:
        load_eras(tmp_path)
    assert "base_2021.yml" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        column: 合计", "        colum: 合计", "没有“colum”这一项；是不是 column？"),
        ("era:", "erra:", "没有“erra”这一项；是不是 era？"),
        ("feeds:", "feeds: [", "不是有效的 YAML"),
        ("code_pattern:", "band: x\ncode_pattern:", "“band”写了两次"),
    ],
)
def test_a_typing_error_in_a_file_of_forms_names_its_line_and_what_to_write(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = (LAYOUTS_DIR / "forms" / "base_2021.yml").read_text(encoding="utf-8")
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "x.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError, match=said) as refused:
        load_eras(tmp_path)
    assert re.search(r"第 \d+ 行", str(refused.value)) and "field" not in str(refused.value)


def test_labels_are_worked_out_once_for_all_workbooks_with_the_same_forms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Other figures under the same labels: no sheet is looked through again, and its own figures come out."""
    eras = load_eras(LAYOUTS_DIR)
    content = (FOLDER / PRIMARY).read_bytes()
    parse_content(content, PRIMARY, 2023, [], eras)
    looked_through: list[str] = []

    def counted(sheet: FormSheet, key: str, form: Any) -> None:
        looked_through.append(key)
        read_labels(sheet, key, form)

    monkeypatch.setattr(reading, "read_labels", counted)

    def more_books(book: openpyxl.Workbook) -> None:
        _sheet(book, "教基5176")["D12"].value = "21441"

    again = parse_content(changed(PRIMARY, more_books), PRIMARY, 2023, [], eras)
    assert looked_through == []
    assert rows_of(again)["floor_area", "2199000002", "", "", ""]["books"] == "21441"


@pytest.mark.parametrize(
    ("code", "cell", "text", "lost"),
    [
        ("教基5176", "A12", "图书总册数", "books"),
        ("教基5176", "C12", "千册", "books"),
        ("教基5170", "F3", "下学年校舍建筑面积", "teaching_area_m2"),
    ],
)
def test_another_label_in_a_later_workbook_is_seen(code: str, cell: str, text: str, lost: str) -> None:
    """A label, a unit and a heading that differ from those of the workbook read before."""
    eras = load_eras(LAYOUTS_DIR)
    parse_content((FOLDER / PRIMARY).read_bytes(), PRIMARY, 2023, [], eras)

    def change(book: openpyxl.Workbook) -> None:
        _sheet(book, code)[cell].value = text

    result = parse_content(changed(PRIMARY, change), PRIMARY, 2023, [], eras)
    assert lost not in rows_of(result)["floor_area", "2199000002", "", "", ""]


def test_workbooks_give_the_same_whether_read_alone_or_after_others() -> None:
    """Every example read with fresh editions and with editions that have read all others, in both orders."""
    for files in (FILES, FILES[::-1]):
        eras = load_eras(LAYOUTS_DIR)
        for file in files:
            content, year = (FOLDER / file).read_bytes(), int(file[:4])
            alone = parse_content(content, file, year, [], load_eras(LAYOUTS_DIR))
            assert parse_content(content, file, year, [], eras) == alone
