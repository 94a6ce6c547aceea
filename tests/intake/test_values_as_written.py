"""Days, months, numbers and codes in the forms that offices and programs write: read where certain, never guessed.

The forms are generated from a value; what a form may mean besides is refused, whatever the value.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.intake.feeds import Column
from dagster_project.intake.files.grid import Unclear
from dagster_project.intake.parse.cells import ConvertedColumn, convert_column, to_number
from dagster_project.intake.parse.spellings import choice_of

DAY = Column(name="day", heading_zh="日期", type="date")
MONTH = Column(name="month", heading_zh="月份", type="month")
COUNT = Column(name="students", heading_zh="学生数", type="count")
AREA = Column(name="area_m2", heading_zh="面积", type="area")
CODE = Column(name="school_code", heading_zh="学校标识码", type="code")
DISTRICT = Column(name="district_code", heading_zh="区县代码", type="district")

DAYS = st.dates(dt.date(1991, 1, 1), dt.date(2099, 12, 31))
NUMERALS = "〇一二三四五六七八九"
WIDE = str.maketrans("0123456789-./:", "０１２３４５６７８９－．／：")
EPOCH = dt.date(1899, 12, 30)


def read(cell: object, column: Column) -> object:
    """Value of a cell; the code of its fault if it has one."""
    found = convert_column([cell], column)
    return found.faults[0][1].rule_code if found.faults else found.values[0]


def chinese(number: int) -> str:
    """A number up to 99 in Chinese numerals: 二十一."""
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else NUMERALS[tens]) + ("十" if tens else "") + (NUMERALS[ones] if ones else "")


def in_numerals(day: dt.date) -> str:
    year = "".join(NUMERALS[int(c)] for c in str(day.year))
    return f"{year}年{chinese(day.month)}月{chinese(day.day)}日"


def weekday(day: dt.date) -> str:
    return "一二三四五六日"[day.weekday()]


BARE_DAYS = [
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}。{d.month}。{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year}年{d.month}月{d.day}号",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    lambda d: f"{d.year}—{d.month:02d}—{d.day:02d}",
    lambda d: f"{d:%Y-%m-%d}".translate(WIDE),
    in_numerals,
]
BEHIND_DAYS = ["", " 0:00", " 00:00:00", " 00:00:00.000", " 8:30", " 下午3:00", " 8:30 AM"]


@settings(max_examples=60, deadline=None)
@given(day=DAYS)
def test_a_day_is_read_in_every_form_with_and_without_time_and_weekday(day: dt.date) -> None:
    for bare in BARE_DAYS:
        text = bare(day)
        for behind in BEHIND_DAYS:
            assert read(text + behind, DAY) == day, text + behind
        for named in (f"{text} 星期{weekday(day)}", f"{text}（周{weekday(day)}）"):
            assert read(named, DAY) == day, named
        assert read(text, MONTH) == f"{day:%Y-%m}", text
    for whole in (f"{day:%Y%m%d}", float(f"{day:%Y%m%d}"), (day - EPOCH).days, f"{(day - EPOCH).days}.0"):
        assert read(whole, DAY) == day and read(whole, MONTH) == f"{day:%Y-%m}", whole


@settings(max_examples=60, deadline=None)
@given(day=DAYS, off=st.integers(1, 6))
def test_a_day_with_another_weekday_than_its_own_is_asked_about(day: dt.date, off: int) -> None:
    other = weekday(day + dt.timedelta(days=off))
    assert read(f"{day:%Y-%m-%d} 星期{other}", DAY) == "BAD_DATE"


@settings(max_examples=60, deadline=None)
@given(day=DAYS, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_moment_with_a_zone_is_never_another_day_than_in_beijing(
    day: dt.date, hour: int, minute: int
) -> None:
    here = dt.datetime(day.year, day.month, day.day, hour, minute)
    there = here - dt.timedelta(hours=8)
    assert read(f"{here:%Y-%m-%dT%H:%M}:00+08:00", DAY) == day
    found = read(f"{there:%Y-%m-%dT%H:%M}:00.000Z", DAY)
    assert found in (day, "BAD_DATE")
    if (hour, minute) == (0, 0) or hour >= 8:
        assert found == day, "midnight here, or the same day by both clocks"


@settings(max_examples=100, deadline=None)
@given(day=DAYS)
def test_a_form_that_may_be_two_days_or_months_is_refused(day: dt.date) -> None:
    for text in (
        f"{day:%y}.{day.month}.{day.day}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day.month}月{day.day}日",
        f"{day.day}号",
        f"{day:%Y-%m-%d}至{day:%Y-%m-%d}",
        f"{day:%Y-%m-%d}、{day:%Y-%m-%d}",
        str(int(dt.datetime(day.year, day.month, day.day).timestamp())),
    ):
        assert read(text, DAY) == "BAD_DATE", text
        assert read(text, MONTH) == "BAD_MONTH", text
    for text in (f"{day.month}月", f"{day.month}月份", f"{day:%b-%y}", f"{day.year}年{day.month}月-12月"):
        assert read(text, MONTH) == "BAD_MONTH", text


@pytest.mark.parametrize("year", range(2019, 2031))
def test_a_month_whose_zero_may_be_lost_is_asked_about(year: int) -> None:
    assert read(float(f"{year}.10"), MONTH) == "BAD_MONTH", "a number keeps no zero at its end"
    assert read(Unclear(f"{year}.1"), MONTH) == "BAD_MONTH", "nor does the text a program makes of it"
    assert read(f"{year}.1", MONTH) == f"{year}-01", "typed as text it is January"
    assert read(f"{year}.10", MONTH) == f"{year}-10"
    assert [read(float(f"{year}.{m:02d}"), MONTH) for m in (1, 2, 9, 11, 12)] == [
        f"{year}-{m:02d}" for m in (1, 2, 9, 11, 12)
    ]


@settings(max_examples=200, deadline=None)
@given(number=st.integers(0, 10**9))
def test_a_number_with_commas_by_thousands_is_that_number_and_with_any_others_none(number: int) -> None:
    text = f"{number:,}"
    assert read(text, COUNT) == number
    assert read(text.replace(",", "，").translate(WIDE), COUNT) == number
    for other in (f"0,{number:03d}", f"0{number + 1000:,}", f"{number},5", f"{number:,},", f"{number}.5,5"):
        assert read(other, COUNT) == "NOT_A_NUMBER", other


INEXACT = ["约{}", "{}+", "{}以上", ">{}", "≥{}", "近{}", "{}余", "{}左右", "{}?", "{}？", "{}人", "{}个", "{}万",
           "{}~35", "{}-99", "{}（含）", "{}*", "{}①", "{}²", "{}%", "{}\n38", "{} 38", "不足{}", "{}。", "{}多"]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(number=st.integers(1, 10**6), form=st.sampled_from(INEXACT))
def test_a_number_with_anything_beside_it_is_asked_about(number: int, form: str) -> None:
    for column in (COUNT, AREA):
        assert read(form.format(number), column) == "NOT_A_NUMBER"


@settings(max_examples=200, deadline=None)
@given(whole=st.integers(1, 999), behind=st.integers(0, 999))
def test_one_comma_that_may_be_a_decimal_mark_never_makes_a_thousandfold(whole: int, behind: int) -> None:
    cell = Unclear(f"{whole},{behind:03d}")
    assert read(cell, AREA) == "NOT_A_NUMBER"
    assert not isinstance(to_number(cell), float)
    # pupils are whole: only thousands can be meant, unless the decimals are zeros
    assert read(cell, COUNT) == (whole * 1000 + behind if behind else "NOT_A_NUMBER")


@settings(max_examples=100, deadline=None)
@given(number=st.integers(0, 10**6), ulps=st.integers(-3, 3))
def test_the_noise_of_binary_arithmetic_is_taken_off_a_count_and_nothing_more(number: int, ulps: int) -> None:
    noisy = number + ulps * 1e-15 * max(number, 1)
    assert read(noisy, COUNT) == number or noisy < 0
    assert read(number + 0.001, COUNT) == "FRACTION_IN_COUNT"


CODES = st.integers(10**9, 10**10 - 1).map(str)
AROUND = [
    "'{}",
    "‘{}",
    "“{}”",
    '="{}"',
    "{}.0",
    "（{}）",
    "代码：{}",
    "{}东镇小学",
    "\u2009{}\u202f",
    "\ufeff{}",
    "`{}",
]


@settings(max_examples=60, deadline=None)
@given(code=CODES, at=st.integers(1, 9), form=st.sampled_from(AROUND))
def test_a_code_is_read_through_signs_around_it_and_blanks_within(code: str, at: int, form: str) -> None:
    assert read(form.format(code), CODE) == code
    for blank in (" ", "\u2009", "\u00a0", "\u3000", "-", "‐"):
        assert read(code[:at] + blank + code[at:], CODE) == code
    assert read(code.translate(WIDE), CODE) == code
    assert read(float(code), CODE) == code


@settings(max_examples=60, deadline=None)
@given(code=CODES, mark=st.sampled_from("²¹₂①⑩½㈠"), at=st.integers(0, 9))
def test_a_digit_that_marks_a_footnote_is_no_digit_of_a_code(code: str, mark: str, at: int) -> None:
    assert read(code[:at] + mark + code[at + 1 :], CODE) == "BAD_CODE"
    assert read(code[:9] + mark, CODE) == "BAD_CODE"
    assert read(code[:at] + mark + code[at:], CODE) == "BAD_CODE"


def test_and_no_digit_of_a_grade() -> None:
    grade = Column(
        name="grade", heading_zh="年级", type="choice", choices={str(n): str(n) for n in range(1, 13)}
    )
    assert choice_of("1", grade) == "1" and choice_of("1²", grade) is None and choice_of("1①", grade) is None


@settings(max_examples=60, deadline=None)
@given(district=st.integers(110000, 659999).map(str), below=st.integers(0, 999_999))
def test_a_division_code_of_any_length_names_its_county(district: str, below: int) -> None:
    long = f"{district}{below:06d}"
    for cell in (
        long,
        float(long),
        f"'{long}",
        f"{long}.0",
        f"{district} {below:06d}",
        long[:9],
        f'="{long}"',
    ):
        assert read(cell, DISTRICT) == district, cell


def test_what_was_assumed_is_said() -> None:
    def rules(cell: object, column: Column) -> set[str]:
        found: ConvertedColumn = convert_column([cell], column)
        return {rule for _, rule in found.assumed.values()}

    assert rules("2024-09-30T16:00:00Z", MONTH) == {"ZONED_DATE"}
    assert rules(45566, MONTH) == {"SERIAL_DATE"}
    assert rules("500188 000000", DISTRICT) == {"DISTRICT_SHORTENED"}
    assert rules("2150 000001", CODE) == {"CODE_CLEANED"}
    assert re.search("时区", convert_column(["x"], DAY).faults[0][1].wanted_zh) is None
