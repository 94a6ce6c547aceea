"""Files are routed by their first bytes; what can't be trusted is marked or refused."""

import io
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import ERROR_CELL, FORMULA_WITHOUT_VALUE
from dagster_project.intake.findings import RejectedFile
from tests.intake import bad_files


def workbook_bytes(**cells: object) -> bytes:
    """A workbook with these cells in its only sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    for address, value in cells.items():
        sheet[address] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def refused(content: bytes, suffix: str = ".xlsx") -> str:
    """Rule code with which the bytes are refused."""
    with pytest.raises(RejectedFile) as caught:
        list(read_grids(content, suffix))
    return caught.value.rule_code


def test_errors_and_formulas_without_value_are_marked_where_they_stand() -> None:
    (grid,) = read_grids(workbook_bytes(A1="名", B2="=1+1", C4="#REF!"), ".xlsx")
    assert grid.rows[1][1] == FORMULA_WITHOUT_VALUE
    assert grid.rows[3][2] == ERROR_CELL


def test_a_formula_with_its_value_is_an_ordinary_cell() -> None:
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet().write_formula("A1", "=1+1", None, 2)
    (grid,) = read_grids(stream.getvalue(), ".xlsx")
    assert grid.rows == [[2.0]]


def with_sheet(change: Callable[[bytes], bytes], content: bytes) -> bytes:
    """The same workbook with the XML of its only sheet changed."""
    return bad_files.rewritten(content, {"xl/worksheets/sheet1.xml": change})


@pytest.mark.parametrize(
    ("what", "change"),
    [
        (
            "two cells of a row bear each other's address",
            lambda x: x.replace(b'"A2"', b'"Z9"').replace(b'"C2"', b'"A2"').replace(b'"Z9"', b'"C2"'),
        ),
        ("a cell stands there twice", lambda x: x.replace(b'"C2"', b'"B2"')),
        ("a cell bears another row's number", lambda x: x.replace(b'"C2"', b'"C3"')),
        ("a cell bears a number that ends like its row's", lambda x: x.replace(b'"C2"', b'"C12"')),
        ("a row stands before the one above it", lambda x: x.replace(b'r="2"', b'r="5"')),
        ("a row stands there twice", lambda x: x.replace(b'<row r="3"', b'<row r="2"').replace(b'3"', b'2"')),
    ],
)
def test_cells_out_of_order_are_refused_with_their_row(what: str, change: Callable[[bytes], bytes]) -> None:
    sound = workbook_bytes(A1="甲", B1="乙", C1="丙", A2=1, B2=2, C2=3, A3=4, B3=5, C3=6)
    (grid,) = read_grids(sound, ".xlsx")
    assert grid.rows == [["甲", "乙", "丙"], [1, 2, 3], [4, 5, 6]]
    assert refused(with_sheet(change, sound)) == "DAMAGED_FILE", what


def test_cells_out_of_order_are_found_under_a_prefix_too() -> None:
    def prefixed(xml: bytes) -> bytes:
        xml = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml).replace(b" xmlns=", b" xmlns:x=")
        return xml

    sound = with_sheet(prefixed, workbook_bytes(A1=1, B1=2, C1=3))
    (grid,) = read_grids(sound, ".xlsx")
    assert grid.rows == [[1, 2, 3]]
    assert refused(with_sheet(lambda x: x.replace(b'"C1"', b'"A1"'), sound)) == "DAMAGED_FILE"


def test_values_so_far_apart_that_memory_would_not_hold_the_sheet_are_refused() -> None:
    # 1,048,576 × 16,384 cells: calamine would ask for some 400 GB and end the process
    assert refused(workbook_bytes(A1=1, XFD1048576=2)) == "SHEET_TOO_LARGE"
    blank = with_sheet(
        lambda x: re.sub(rb'(<c r="XFD1048576")[^>]*><v>2</v></c>', rb'\1 s="0"/>', x),
        workbook_bytes(A1=1, XFD1048576=2),
    )
    (grid,) = read_grids(blank, ".xlsx")
    assert grid.rows == [[1]], "a blank cell is no content"


def test_an_old_workbook_with_a_cell_beyond_its_last_column_is_refused_before_memory_is_made_for_it() -> None:
    sound = bad_files.old_workbook([["甲", "乙"], [1, 2]])
    assert next(iter(read_grids(sound, ".xls"))).rows[1] == [1.0, 2.0]
    number = (0x0203).to_bytes(2, "little") + (14).to_bytes(2, "little")
    place = sound.rindex(number) + len(number)
    broken = (
        sound[:place] + (65_000).to_bytes(2, "little") + (64_000).to_bytes(2, "little") + sound[place + 4 :]
    )
    assert refused(broken, ".xls") == "DAMAGED_FILE"


def test_gaps_and_cells_without_an_address_are_in_order() -> None:
    gaps = workbook_bytes(B2=1, AA2=2, A30=3)
    (grid,) = read_grids(gaps, ".xlsx")
    assert (grid.first_row, grid.rows[0][1], grid.rows[0][26], grid.rows[28][0]) == (2, 1, 2, 3)
    plain = with_sheet(
        lambda x: re.sub(rb' r="[A-Z]*[0-9]+"', b"", x), workbook_bytes(A1=1, B1=2, A2=3, B2=4)
    )
    (grid,) = read_grids(plain, ".xlsx")
    assert grid.rows == [[1, 2], [3, 4]]


def test_a_cell_of_two_values_is_refused_and_one_of_formula_and_value_is_read() -> None:
    sound = workbook_bytes(A1=1, B1=2, A2=3, B2=4)
    between = re.compile(rb'</v></c><c r="B2"[^>]*>')
    for rest in (b"</v>", b"</v>\n  ", b"</v><f>A1</f>", b'</v></c><c r="B2">="3'):
        merged = with_sheet(lambda x, rest=rest: between.sub(rest, x), sound)
        with pytest.raises(RejectedFile, match=r"(A|B)2 里混入了别的内容") as refusal:
            list(read_grids(merged, ".xlsx"))
        assert refusal.value.rule_code == "DAMAGED_FILE"
    pretty = with_sheet(lambda x: x.replace(b"<v>", b"\n  <v>").replace(b"</v>", b"</v>\n"), sound)
    (grid,) = read_grids(pretty, ".xlsx")
    assert grid.rows == [[1, 2], [3, 4]]
    computed = with_sheet(lambda x: x.replace(b"<v>4</v>", b"<f>A2+1</f><v>4</v>"), sound)
    (grid,) = read_grids(computed, ".xlsx")
    assert grid.rows == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("xl/worksheets/sheet1.xml", lambda x: x.replace(b'<c r="B2"', b'<c r<c r="B2"')),
        ("xl/worksheets/sheet1.xml", lambda x: x.replace(b'<c r="B2"', b'<g r="B2"')),
        ("xl/worksheets/sheet1.xml", lambda x: x.replace(b'encoding="UTF-8"', b'encoding="eTF-8"')),
        ("xl/sharedStrings.xml", lambda x: x.replace(b"<si>", b"<sii>", 1)),
        ("xl/sharedStrings.xml", lambda x: x.replace("</t></si><si><t>乙".encode(), "乙".encode())),
    ],
)
def test_markup_that_is_not_whole_is_refused(member: str, change: Callable[[bytes], bytes]) -> None:
    sound = bad_files.shared_text_workbook([["甲", "乙"], ["丙", 2]])
    (grid,) = read_grids(sound, ".xlsx")
    assert grid.rows == [["甲", "乙"], ["丙", 2]]
    assert refused(bad_files.rewritten(sound, {member: change})) == "DAMAGED_FILE"


@pytest.mark.parametrize(
    "change",
    [
        ("30</td><td>", "30</t>"),  # two cells in one
        ("30</td><td>", "30<d>"),
        ("<td>30</td>", "<td>30"),
        ("<td>30</td>", "<tb>30</td>"),
    ],
)
def test_a_page_whose_cells_do_not_pair_is_refused(change: tuple[str, str]) -> None:
    page = bad_files.web_page([bad_files.HEAD, ["2150000001", "示例小学", "小学", 30, 1]]).decode("gbk")
    (grid,) = read_grids(page.encode("gbk"), ".xls")
    assert grid.rows[1][3:] == ["30", "1"]
    assert refused(page.replace(*change).encode("gbk"), ".xls") == "DAMAGED_FILE"


def test_a_page_may_leave_ends_out_where_html_allows_it_and_hold_anything_around_its_tables() -> None:
    page = bad_files.web_page([["甲", "乙"], ["1", "2"]]).decode("gbk")
    for loose in (
        page.replace("</td>", "").replace("</tr>", ""),
        page.replace("<body>", "<body></form></center>").replace("<td>1", "<!-- <td> --><td>1"),
        page.replace("<td>1</td>", "<td>1<br></td>").replace("</td><td>乙", "</td><td/><td>乙"),
        page.replace("<tr>", "<TR>").replace("<td>2", '<TD x:num="2">2'),
    ):
        (grid,) = read_grids(loose.encode("gbk"), ".xls")
        assert [cell for row in grid.rows for cell in row if cell] == ["甲", "乙", "1", "2"]


def test_a_package_in_an_encoding_that_nobody_knows_is_refused_as_damaged() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(A1=1))) as given, zipfile.ZipFile(stream, "w") as made:
        for member in given.infolist():
            data = given.read(member)
            if member.filename == "xl/workbook.xml":
                data = b'<?xml version="1.0" encoding="eTF-8"?>' + data[data.find(b"<workbook") :]
            made.writestr(member.filename, data)
    assert refused(stream.getvalue()) == "DAMAGED_FILE"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_package_compressed_in_another_way_is_refused_as_damaged(method: int) -> None:
    # Excel and WPS know only two ways to compress; a third one is a flipped bit, or a file meant to mislead
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(A1=1))) as given, zipfile.ZipFile(stream, "w") as made:
        for member in given.infolist():
            made.writestr(member.filename, given.read(member), method)
    assert refused(stream.getvalue()) == "DAMAGED_FILE"


def test_a_package_whose_compression_nobody_knows_is_refused_as_damaged() -> None:
    content = bytearray(workbook_bytes(A1=1))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 10 : directory + 12] = (77).to_bytes(2, "little")
    assert refused(bytes(content)) == "DAMAGED_FILE"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "EMPTY_FILE"),
        (b"<html><p>no table here</p></html>", "HTML_FILE"),
        (b"%PDF-1.7", "NOT_A_TABLE"),
        (b"\x89PNG\r\n", "NOT_A_TABLE"),
        (workbook_bytes(A1=1)[:900], "DAMAGED_FILE"),
        (b'a,b\n"1,2\n3,4\n', "BAD_CSV"),
    ],
)
def test_files_that_are_no_tables_are_refused_with_a_reason(content: bytes, rule: str) -> None:
    assert refused(content) == rule


def test_macros_are_refused() -> None:
    stream = io.BytesIO(workbook_bytes(A1=1))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert refused(stream.getvalue()) == "MACRO_FILE"


def test_an_archive_that_inflates_too_much_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO(workbook_bytes(A1=1))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * 60_000_000)
    assert refused(stream.getvalue()) == "ARCHIVE_SUSPICIOUS"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_usual_encodings(encoding: str) -> None:
    (grid,) = read_grids("学校标识码,学校名称\n0150000001,甲小学\n".encode(encoding), ".csv")
    assert grid.rows[1] == ["0150000001", "甲小学"]


@pytest.mark.parametrize("separator", ["\t", ";", "，"])
def test_other_separators_are_read_and_said_so(separator: str) -> None:
    (grid,) = read_grids(f"甲{separator}乙{separator}丙\n1{separator}2{separator}3\n".encode(), ".csv")
    assert grid.rows[1] == ["1", "2", "3"]
    assert grid.warnings[0].rule_code == "CSV_SEPARATOR"


@pytest.mark.parametrize(
    ("lines", "heading"),
    [
        # addresses with commas, and no semicolons behind a row's last figure
        (["代码;校名;地址;教师;备注", "1;甲小学;东路,1号,后院;30", "2;乙小学;西路,2号,前院;41", "3;丙小学;南路,3号,侧院;22;有"],
         ["代码", "校名", "地址", "教师", "备注"]),
        # decimal commas and commas in names: each row has as many commas, and one row is cut short
        (["代码|校名|面积|占比", "1|甲,东|12,5|0,4", "2|乙,西|13,5|0,3", "3|丙,南|14,5"], ["代码", "校名", "面积", "占比"]),
        # commas separate, and lists in a cell have semicolons
        (["代码,校名,班额,学生", "1,甲小学,40;41;42,123", "2,乙小学,50;51;52,153", "3,丙小学,30;31;32"],
         ["代码", "校名", "班额", "学生"]),
        # titles above the heading are no heading
        (["学校基本情况，2024学年", "代码\t校名\t学生", "1\t甲，东\t30", "2\t乙，西\t31"], ["代码", "校名", "学生"]),
        (["代码,2023,2024", "1,30,31", "2,40,41"], ["代码", "2023", "2024"]),
    ],
)  # fmt: skip
def test_the_separator_is_that_of_the_heading_whatever_the_rows_below_hold(
    lines: list[str], heading: list[str]
) -> None:
    (grid,) = read_grids(("\n".join(lines) + "\n").encode(), ".csv")
    assert heading in grid.rows


@pytest.mark.parametrize(
    ("text", "is_told"), [("甲,乙\n1,2\n", False), ("甲,乙\n1,2", True), ("甲,乙\r\n1,", True)]
)
def test_text_without_an_end_is_told_because_it_may_be_cut_off(text: str, is_told: bool) -> None:
    (grid,) = read_grids(text.encode(), ".csv")
    told = {p.rule_code: p.message_zh for p in grid.warnings}
    assert ("UNENDED_TEXT" in told) == is_told
    if is_told:
        assert "第 2 行" in told["UNENDED_TEXT"], "the row to look at"
