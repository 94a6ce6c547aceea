"""The closed grammar of cells: what is a number, a code, a choice, and what never is."""

import datetime as dt

import pytest

from dagster_project.intake.feeds import Column, load_feeds
from dagster_project.intake.files.grid import ERROR_CELL, FORMULA_WITHOUT_VALUE
from dagster_project.intake.parse.cells import convert_column

COUNT = Column(name="students", heading_zh="学生数", type="count")
AREA = Column(name="area_m2", heading_zh="面积", type="area")
CODE = Column(name="school_code", heading_zh="学校标识码", type="code")


def fault_of(value: object, column: Column) -> str | None:
    """Rule code of the only fault, or None."""
    faults = convert_column([value], column).faults
    return faults[0][1].rule_code if faults else None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (0, 0),
        (45.0, 45),
        ("45", 45),
        ("1,234", 1234),
        ("１，２３４", 1234),
        (" 45　", 45),
        ("+3", 3),
        ("12.0", 12),
    ],
)
def test_counts_may_be_numbers_or_text_with_commas_or_wide_digits(cell: object, value: int) -> None:
    assert convert_column([cell], COUNT).values == [value]


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("约300", "NOT_A_NUMBER"),
        ("1.2万", "NOT_A_NUMBER"),
        ("300人", "NOT_A_NUMBER"),
        ("12,34", "NOT_A_NUMBER"),
        ("无", "NOT_A_NUMBER"),
        ("-", "NOT_A_NUMBER"),
        ("/", "NOT_A_NUMBER"),
        ("1e3", "NOT_A_NUMBER"),
        ("²", "NOT_A_NUMBER"),
        (True, "NOT_A_NUMBER"),
        (dt.date(2023, 9, 1), "DATE_IN_NUMBER"),
        (-1, "NEGATIVE"),
        ("-1", "NEGATIVE"),
        (1.5, "FRACTION_IN_COUNT"),
        ("nan", "NOT_FINITE"),
        (float("inf"), "NOT_FINITE"),
        ("#DIV/0!", "ERROR_VALUE"),
        (ERROR_CELL, "ERROR_VALUE"),
        (FORMULA_WITHOUT_VALUE, "FORMULA_WITHOUT_VALUE"),
        (1e18, "NUMBER_TOO_LARGE"),
    ],
)
def test_whatever_is_not_a_whole_number_is_a_fault(cell: object, rule: str) -> None:
    assert fault_of(cell, COUNT) == rule


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "\u200b\n"])
def test_a_blank_cell_is_missing_and_never_zero(cell: object) -> None:
    converted = convert_column([cell], COUNT)
    assert converted.values == [None]
    assert converted.faults == {}


def test_a_layout_may_declare_that_blank_means_zero() -> None:
    assert convert_column(["", 3], COUNT, blank_is_zero=True).values == [0, 3]


def test_true_and_one_are_told_apart() -> None:
    converted = convert_column([1, True, 1.0], COUNT)
    assert converted.values == [1, None, 1]
    assert list(converted.faults) == [1]


def test_areas_keep_their_fraction() -> None:
    assert convert_column(["1,234.56", 21.08], AREA).values == [1234.56, 21.08]


@pytest.mark.parametrize(
    "cell", ["2150000001", 2150000001, 2150000001.0, "２１５００００００１", " 2150000001 "]
)
def test_a_code_is_ten_digits_of_text(cell: object) -> None:
    assert convert_column([cell], CODE).values == ["2150000001"]


@pytest.mark.parametrize(
    "cell", ["215000001", "21500000011", "2.15E+09", "215000000A", 215000001, "2150000001.0"]
)
def test_any_other_code_is_refused(cell: object) -> None:
    assert fault_of(cell, CODE) == "BAD_CODE"


def test_choices_are_the_listed_words_and_their_declared_aliases() -> None:
    stage = load_feeds()["staffing"].column("stage")
    assert convert_column(["小学", "普通高中", " 初 中 "], stage).values == [
        "primary",
        "senior_secondary",
        "junior_secondary",
    ]
    assert fault_of("中学", stage) == "UNKNOWN_CHOICE"


def test_grades_may_be_numbers_or_words() -> None:
    grade = load_feeds()["class_sizes"].column("grade")
    assert convert_column([1.0, "七年级", "高一", "小班"], grade).values == [
        "1",
        "7",
        "10",
        "junior_kindergarten",
    ]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+1", "-x"])
def test_text_that_a_spreadsheet_would_run_is_refused(cell: str) -> None:
    town = load_feeds()["schools"].column("town")
    assert fault_of(cell, town) == "FORMULA_IN_TEXT"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-31", dt.date(2024, 3, 31)),
        ("2024/3/5", dt.date(2024, 3, 5)),
        ("2024.03.05", dt.date(2024, 3, 5)),
        ("2024年3月5日", dt.date(2024, 3, 5)),
        ("２０２４年３月５日", dt.date(2024, 3, 5)),
        ("20240305", dt.date(2024, 3, 5)),
        ("2024-03-05 00:00:00", dt.date(2024, 3, 5)),
        (dt.datetime(2024, 3, 5), dt.date(2024, 3, 5)),
        (dt.date(2024, 3, 5), dt.date(2024, 3, 5)),
    ],
)
def test_a_date_is_read_however_an_office_writes_it(written: object, day: dt.date) -> None:
    column = Column(name="day", heading_zh="日期", type="date")
    assert convert_column([written], column).values == [day]


@pytest.mark.parametrize(
    "written", ["2024-02-30", "2024-3", "3月5日", "45356", 45356, "2024/03-05", "昨天", "2024-13-01"]
)
def test_what_is_no_whole_date_is_a_fault_never_a_guess(written: object) -> None:
    column = Column(name="day", heading_zh="日期", type="date")
    converted = convert_column([written], column)
    assert converted.values == [None] and converted.faults[0][1].rule_code == "BAD_DATE"


@pytest.mark.parametrize(
    "written", ["2024-03", "2024/3", "2024.03", "2024年3月", "２０２４年３月", dt.date(2024, 3, 1)]
)
def test_a_month_is_read_however_an_office_writes_it(written: object) -> None:
    column = Column(name="month", heading_zh="月份", type="month")
    assert convert_column([written], column).values == ["2024-03"]


@pytest.mark.parametrize("written", ["2024", "3月", "2024-00", "2024-13", "202403", 202403])
def test_what_is_no_month_is_a_fault(written: object) -> None:
    column = Column(name="month", heading_zh="月份", type="month")
    assert convert_column([written], column).faults[0][1].rule_code == "BAD_MONTH"
