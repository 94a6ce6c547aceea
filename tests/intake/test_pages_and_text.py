"""Web pages and delimited text: a cell holds what a person sees, and what may be two values is asked about."""

from __future__ import annotations

import itertools
import random

import pytest

from dagster_project.intake.feeds import Column
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import Grid, Unclear
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse.cells import convert_column

COUNT = Column(name="students", heading_zh="学生数", type="count")


def page(cell: str, above: str = "") -> bytes:
    return (
        f'<html><head><meta charset="utf-8"></head><table>{above}<tr><td>学校标识码</td><td>在校生数</td></tr>'
        f"<tr><td>2150000001</td><td>{cell}</td></tr></table></html>"
    ).encode()


def only(content: bytes, suffix: str = ".xls") -> Grid:
    (grid,) = read_grids(content, suffix)
    return grid


#: Two numbers in one cell, by what stands between or around them.
TWO_NUMBERS = [
    "{}<br>{}", "{}<br/>{}", "<p>{}</p><p>{}</p>", "<div>{}</div>{}", "{}<sup>{}</sup>", "{}<sub>{}</sub>",
    "<del>{}</del>{}", "{}<s>{}</s>", "<strike>{}</strike>{}", "<span>{}</span><span>{}</span>",
    "<b>{}</b>{}", "<ul><li>{}</li><li>{}</li></ul>", "<font>{}</font><i>{}</i>", "{}<hr>{}",
]  # fmt: skip


@pytest.mark.parametrize("form", TWO_NUMBERS)
def test_two_numbers_of_a_cell_are_never_read_as_one(form: str) -> None:
    chance = random.Random(form)
    for _ in range(20):
        a, b = chance.randint(1, 99), chance.randint(1, 99)
        cell = only(page(form.format(a, b))).rows[1][1]
        converted = convert_column([cell], COUNT)
        assert converted.values == [None] and converted.faults[0][1].rule_code == "NOT_A_NUMBER", cell


NOT_SHOWN = [
    "<script>var n = 99;</script>", "<style>td {color: red}</style>", "<!-- 99 -->", "<template>99</template>",
    '<span style="display:none">99</span>', "<span style='color:red; DISPLAY : NONE'>99</span>",
    "<span hidden>99</span>", '<i style="visibility:hidden">9</i>', '<input type="hidden" value="99">',
]  # fmt: skip


@pytest.mark.parametrize("hidden", NOT_SHOWN)
def test_what_a_page_does_not_show_is_no_part_of_a_cell(hidden: str) -> None:
    for cell in (f"{hidden}40", f"40{hidden}"):
        assert convert_column([only(page(cell)).rows[1][1]], COUNT).values == [40]


def test_a_raised_digit_of_a_heading_stays_readable() -> None:
    assert only(page("<sup>2</sup>")).rows[1][1] == "²"


@pytest.mark.parametrize("field", ['<input value="40">', "<input type=number>", "<textarea>40</textarea>",
                                   "<select><option>40</select>"])  # fmt: skip
def test_a_form_is_refused_since_its_file_does_not_hold_what_was_typed(field: str) -> None:
    with pytest.raises(RejectedFile, match="输入框"):
        list(read_grids(page(field), ".xls"))


def test_hidden_rows_columns_and_tables_of_a_page_are_known_as_such() -> None:
    row = "<tr {}><td>甲</td><td>乙</td></tr>"
    for how in ('style="display:none"', "hidden", "style='visibility: collapse'"):
        assert only(page("40", row.format(how))).hidden_rows == [1], how
        table = page("40").replace(b"<table>", f"<table {how}>".encode())
        assert only(table).is_hidden, how
    cells = (
        page("40")
        .replace(b"<td>\xe5\x9c\xa8", b"<td hidden>\xe5\x9c\xa8")
        .replace(b"<td>40", b"<td hidden>40")
    )
    assert only(cells).hidden_columns == [2]


def test_a_table_in_a_cell_hides_none_of_the_rows_around_it() -> None:
    inner = "<table><tr><td>附</td><td>注</td></tr></table>"
    grids = list(read_grids(page(f"40{inner}"), ".xls"))
    assert [g.rows for g in grids] == [[["学校标识码", "在校生数"], ["2150000001", "40"]], [["附", "注"]]]
    around = b"<table><tr><td>" + page("40") + b"</td></tr></table>"
    assert only(around).rows == [["学校标识码", "在校生数"], ["2150000001", "40"]]


def test_a_page_in_utf8_that_says_gb2312_is_read() -> None:
    assert only(page("40").replace(b'"utf-8"', b'"gb2312"')).rows[0] == ["学校标识码", "在校生数"]


HEAD = ["学校标识码", "学校名称", "学段", "面积"]


def lines(count: int, chance: random.Random) -> list[str]:
    towns = ["东镇", "云台", "桐湾", "龙门", "石桥", "青杠", "丁家", "马坊"]
    rows = [[f"2150{i:06d}", f"{chance.choice(towns)}第{i}小学", "小学", str(30 + i)] for i in range(count)]
    return [",".join(r) for r in (HEAD, *rows)]


@pytest.mark.parametrize("seed", range(40))
def test_lines_in_two_encodings_are_refused_with_a_line_of_the_fewer(seed: int) -> None:
    chance = random.Random(seed)
    text = lines(chance.randint(3, 30), chance)
    odd = set(chance.sample(range(1, len(text)), chance.randint(1, (len(text) - 1) // 2)))
    for most, few in itertools.permutations(("utf-8", "gb18030")):
        content = b"".join((t + "\r\n").encode(few if i in odd else most) for i, t in enumerate(text))
        with pytest.raises(RejectedFile, match=rf"第 {min(odd) + 1} 行") as refusal:
            list(read_grids(content, ".csv"))
        assert refusal.value.rule_code == "UNKNOWN_ENCODING"
    for one in ("utf-8", "gb18030", "utf-8-sig", "utf-16"):
        whole = "".join(t + "\r\n" for t in text).encode(one)
        assert only(whole, ".csv").rows == [t.split(",") for t in text], one


@pytest.mark.parametrize("separator", [",", "\t", ";", "，", "；", "|"])
@pytest.mark.parametrize("seed", range(8))
def test_the_separator_is_the_one_that_makes_a_table(separator: str, seed: int) -> None:
    chance = random.Random(seed)
    others = [s for s in (",", "\t", ";", "，", "；", "|", "、") if s != separator]
    rows = [HEAD, *([f"2150{i:06d}", "".join(chance.choice([*others, "东", "镇"]) for _ in range(8)), "小学", "3"]
                    for i in range(12))]  # fmt: skip
    content = "\n".join(separator.join(r) for r in rows) + "\n"
    assert only(content.encode(), ".csv").rows == rows
    stated = only(f"sep={separator}\n{content}".encode(), ".csv")
    assert stated.rows[1:] == rows


@pytest.mark.parametrize(("separator", "is_unclear"), [(";", True), ("\t", True), ("|", True), ("，", False)])
def test_one_comma_in_a_number_is_unclear_where_it_may_be_a_decimal_mark(
    separator: str, is_unclear: bool
) -> None:
    for text in ("35,125", " 1,000", "+999,999"):
        grid = only(f"甲{separator}乙\n1{separator}{text}\n".encode(), ".csv")
        assert isinstance(grid.rows[1][1], Unclear) == is_unclear
    for text in ("1,234,567", "35,12", "1,234.5", "0,125", "1234"):
        assert not isinstance(
            only(f"甲{separator}乙\n1{separator}{text}\n".encode(), ".csv").rows[1][1], Unclear
        )


def test_a_month_of_written_text_that_may_have_lost_its_zero_is_unclear() -> None:
    assert isinstance(only("甲,乙\n1,2024.1\n".encode(), ".csv").rows[1][1], Unclear)
    assert isinstance(only(page("2024.1")).rows[1][1], Unclear)
    assert not isinstance(only("甲,乙\n1,2024.10\n".encode(), ".csv").rows[1][1], Unclear)


def test_each_page_of_a_file_is_read_and_what_else_stands_behind_one_refuses_it() -> None:
    one, two = page("40"), page("50")
    for between in (b"", b"\n", b"\0\n<!-- next -->", b"\n<!DOCTYPE html>\n"):
        found = [grid.rows[1][1] for grid in read_grids(one + between + two, ".xls")]
        assert found == ["40", "50"], between
    for behind in ("学校标识码,在校生数\n2150000002,50\n".encode(), b"PK\x03\x04"):
        with pytest.raises(RejectedFile):
            list(read_grids(one + behind, ".xls"))
    assert only(one + b"\n<!-- made by a program -->\n").rows[1][1] == "40"
