"""The closed grammar of cells: what is a number, a code, a choice, and what never is."""

import datetime as dt

import pytest

from dagster_project.intake.feeds import Column, Feed, load_feeds
from dagster_project.intake.files.grid import ERROR_CELL, FORMULA_WITHOUT_VALUE
from dagster_project.intake.parse.cells import as_key, convert_column
from dagster_project.intake.parse.spellings import choice_of, load_spellings

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
        (35.99999999999999, 36),
        (30.000000000000004, 30),
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
    "cell",
    [
        "215000001",
        "21500000011",
        "2.15E+09",
        "215000000A",
        215000001,
        "2150000001A",
        "2150000001、2150000002",
        "21500 00001 2",
    ],
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


@pytest.mark.parametrize(
    "cell",
    ["2150 000001", "21500-00001", "'2150000001", "‘2150000001", '="2150000001"', "2150000001.0", "（2150000001）",
     "\t2150000001", "2150\u2009000001", "代码：2150000001", "2150000001东镇小学", "【2150000001】"],
)  # fmt: skip
def test_a_code_with_something_around_or_within_it_is_read_and_noted(cell: str) -> None:
    converted = convert_column([cell], CODE)
    assert converted.values == ["2150000001"] and converted.faults == {}
    assert bool(converted.assumed) == (cell.strip() != "2150000001")


CODES = [
    (f, c) for f in load_feeds().values() for c in f.columns if c.type in ("code", "district") or c.is_code
]
DIGITS = {"code": "2150000001", "district": "500115", "text": "01-7"}


@pytest.mark.parametrize("mark", ["'", "’", "‘", "＇"])
@pytest.mark.parametrize(("feed", "column"), CODES, ids=lambda x: getattr(x, "feed", getattr(x, "name", "")))
def test_an_apostrophe_that_keeps_digits_is_no_part_of_a_code(feed: Feed, column: Column, mark: str) -> None:
    written = mark + DIGITS[column.type]
    found = convert_column([written], column)
    assert (found.values, found.faults) == ([DIGITS[column.type]], {})
    assert found.assumed == {0: (written, "CODE_CLEANED")}


def test_columns_by_which_something_is_known_are_codes() -> None:
    texts = {c.name for _, c in CODES if c.type == "text"}
    named = {c.name for f in load_feeds().values() for c in f.columns if c.type == "text"}
    assert texts == {n for n in named if n.endswith(("_code", "_number"))} - {"issue_number"}  # 第12期


@pytest.mark.parametrize("cell", ["12500188MB1234567X", "91500000MA5U0X7Y3K"])
def test_a_credit_code_is_named_as_one(cell: str) -> None:
    fault = convert_column([cell], CODE).faults[0][1]
    assert fault.rule_code == "BAD_CODE" and "统一社会信用代码" in fault.wanted_zh


@pytest.mark.parametrize("cell", ["500188000000", 500188000000, "500188001", "500188 示例县", "500188"])
def test_a_division_code_of_a_town_or_village_names_its_county(cell: object) -> None:
    district = load_feeds()["schools"].column("district_code")
    assert convert_column([cell], district).values == ["500188"]


@pytest.mark.parametrize(
    ("feed", "column", "cell", "value"),
    [
        ("schools", "school_type", "211 小学", "primary"),
        ("schools", "school_type", "小学（211）", "primary"),
        ("schools", "school_type", "311-初级中学", "junior_secondary"),
        ("schools", "school_type", "初中", "junior_secondary"),
        ("schools", "school_type", "完中", "complete_secondary"),
        ("schools", "school_type", "⼩学", "primary"),
        ("schools", "urban_rural_code", "122 镇乡结合区", "122"),
        ("schools", "is_boarding", "√", True),
        ("schools", "is_boarding", "Y", True),
        ("schools", "is_boarding", 1, True),
        ("schools", "is_boarding", "×", False),
        ("staffing", "stage", "小学部", "primary"),
        ("staffing", "stage", "初级中学", "junior_secondary"),
        ("class_sizes", "grade", "1年级", "1"),
        ("class_sizes", "grade", "小学二年级", "2"),
        ("class_sizes", "grade", "小三", "3"),
        ("class_sizes", "grade", "初一年级", "7"),
        ("class_sizes", "grade", "初中三年级", "9"),
        ("class_sizes", "grade", "初中八年级", "8"),
        ("class_sizes", "grade", "八 年 级", "8"),
        ("class_sizes", "grade", "高中二年级", "11"),
        ("class_sizes", "grade", "复式班", "multigrade"),
        ("class_sizes", "grade", "一、二年级", "multigrade"),
        ("class_sizes", "grade", "3-4年级", "multigrade"),
    ],
)
def test_words_a_person_takes_without_asking_are_read(
    feed: str, column: str, cell: object, value: object
) -> None:
    converted = convert_column([cell], load_feeds()[feed].column(column))
    assert converted.values == [value] and converted.faults == {}


@pytest.mark.parametrize(
    ("feed", "column", "cell"),
    [
        ("schools", "school_type", "中学"),
        ("schools", "school_type", "211"),
        ("schools", "is_boarding", "部分"),
        ("schools", "is_boarding", "2"),
        ("class_sizes", "grade", "2022级"),
        ("class_sizes", "grade", "初四"),
        ("class_sizes", "grade", "小学七年级"),
        ("class_sizes", "grade", "13"),
        ("class_sizes", "grade", "一班"),
    ],
)
def test_and_words_that_may_mean_two_things_are_asked_about(feed: str, column: str, cell: object) -> None:
    assert fault_of(cell, load_feeds()[feed].column(column)) == "UNKNOWN_CHOICE"


def test_every_spelling_means_one_choice_in_each_column() -> None:
    for feed in load_feeds().values():
        for column in feed.columns:
            for choice, words in load_spellings().words.items():
                if choice in column.choices:
                    for word in words:
                        if word not in column.choices and word not in column.choice_aliases:
                            assert choice_of(word, column) == choice, (feed.feed, column.name, word)


@pytest.mark.parametrize("cell", ["-", "—", "——", "/", "－"])
def test_a_dash_in_a_column_of_text_is_blank(cell: str) -> None:
    measure = load_feeds()["hazards"].column("measure_zh")
    converted = convert_column([cell], measure)
    assert converted.values == [None] and converted.faults == {}


@pytest.mark.parametrize("cell", [dt.datetime(2024, 1, 2), "1月2日", "2024/1/2", "2024-01-02 00:00:00"])
def test_a_name_that_became_a_date_is_never_taken_for_one(cell: object) -> None:
    column = load_feeds()["class_sizes"].column("class_name")
    keyed = as_key(convert_column([cell], column), [cell])
    assert keyed.values == [None] and keyed.faults[0][1].rule_code == "DATE_IN_NAME"


def test_a_number_of_an_entry_is_the_same_with_and_without_its_zeros() -> None:
    column = load_feeds()["hazards"].column("hazard_number")
    cells = [1, "1", 1.0, "1.0", "1.00", "1.10"]
    assert as_key(convert_column(cells, column), cells).values == ["1", "1", "1", "1", "1", "1.10"]


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
        ("2024/3/5 0:00", dt.date(2024, 3, 5)),
        ("2024-03-05 00:00:00.000", dt.date(2024, 3, 5)),
        ("2024-03-05T08:30:00", dt.date(2024, 3, 5)),
        ("2024年3月5日 8:30", dt.date(2024, 3, 5)),
        ("2024年3月5号", dt.date(2024, 3, 5)),
        ("二〇二四年三月五日", dt.date(2024, 3, 5)),
        ("二○二四年十二月三十一日", dt.date(2024, 12, 31)),
        (45356, dt.date(2024, 3, 5)),
        ("45356", dt.date(2024, 3, 5)),
    ],
)
def test_a_date_is_read_however_an_office_writes_it(written: object, day: dt.date) -> None:
    column = Column(name="day", heading_zh="日期", type="date")
    assert convert_column([written], column).values == [day]


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-30",
        "2024-3",
        "3月5日",
        4535,
        145356,
        "24.3.1",
        "2024年3月",
        "2024/03-05",
        "昨天",
        "2024-13-01",
        "31号",
    ],
)
def test_what_is_no_whole_date_is_a_fault_never_a_guess(written: object) -> None:
    column = Column(name="day", heading_zh="日期", type="date")
    converted = convert_column([written], column)
    assert converted.values == [None] and converted.faults[0][1].rule_code == "BAD_DATE"


@pytest.mark.parametrize(
    "written",
    [
        "2024-03",
        "2024/3",
        "2024.03",
        "2024年3月",
        "２０２４年３月",
        dt.date(2024, 3, 1),
        "202403",
        202403,
        2024.03,
        "2024年3月份",
        "二〇二四年三月",
        "2024-03-31",
        "2024年3月31日",
    ],
)
def test_a_month_is_read_however_an_office_writes_it(written: object) -> None:
    column = Column(name="month", heading_zh="月份", type="month")
    assert convert_column([written], column).values == ["2024-03"]


@pytest.mark.parametrize("written", ["2024", "3月", "10月份", "2024-00", "2024-13", "202413", 2024, 2024.1])
def test_what_is_no_month_is_a_fault(written: object) -> None:
    column = Column(name="month", heading_zh="月份", type="month")
    assert convert_column([written], column).faults[0][1].rule_code == "BAD_MONTH"
