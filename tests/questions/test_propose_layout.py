"""`junheng layout` proposes a layout: what a table shows is written down, what is a guess is refused until it is decided."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake.parse.layout_files import read_layout
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import parse_content
from dagster_project.questions.propose_layout import propose

SYNTHETIC = PROJECT_ROOT / "tests" / "fixtures" / "synthetic_elementary_schools.csv"

#: Two schools and a total, as some other system writes them; all names and figures are made up.
TWO_SCHOOLS = (
    "学校代码,校名,县区编号,校级,举办性质,在校生人数,班数,专任教师数",
    "3500000001,甲小学,350102,小学,公,120,6,10",
    "3500000002,乙中学,350102,初中,私,300,9,30",
    "合计,,,,,420,15,40",
)


def layout_from(tmp_path: Path, text: str) -> Layout:
    path = tmp_path / "proposed.yml"
    path.write_text(text, encoding="utf-8")
    return read_layout(path)


def decided(text: str, **values: str) -> str:
    """The proposal as a person leaves it: guesses confirmed, and what only a person can say filled in."""
    for name, value in values.items():
        text = re.sub(rf"(\b{name}: (?:\{{constant: )?)待定(?!：)", rf"\g<1>{value}", text)
    return text.replace("待定：", "")


def proposed(tmp_path: Path, table: Path, **values: str) -> tuple[str, Layout]:
    text = propose(table)
    return text, layout_from(tmp_path, decided(text, **values))


def read(table: Path, layout: Layout, year: int) -> ParsedFile:
    return parse_content(table.read_bytes(), table.name, year, [layout])


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_unknown_table_by_grades_is_read_by_its_proposal(tmp_path: Path) -> None:
    _, layout = proposed(tmp_path, SYNTHETIC, stage="小学", school_type="小学", district_code='"350102"')
    sheets = {s.feed: s for s in read(SYNTHETIC, layout, 2024).sheets}
    assert {s.status for s in sheets.values()} == {"accepted"}
    assert sheets["staffing"].columns["full_time_teachers"][0] == 9 + 16
    assert sheets["class_sizes"].columns["students"][0] == 33 + 37


def test_a_draft_is_refused_until_each_guess_is_decided(tmp_path: Path) -> None:
    text = propose(write(tmp_path, *TWO_SCHOOLS))
    with pytest.raises(UserError) as refused:
        layout_from(tmp_path, text)
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "县区编号" in said and "待定：" in said)
    assert f"第 {line} 行 feeds.schools.columns.district_code：还是“待定”，猜测是“县区编号”" in str(
        refused.value
    )
    guesses_confirmed = text.replace("待定：", "")
    assert "公: 待定, 私: 待定" in guesses_confirmed
    with pytest.raises(UserError, match="请写“公”在办学性质里是什么：公办、民办"):
        layout_from(tmp_path, guesses_confirmed)
    assert layout_from(tmp_path, guesses_confirmed.replace("公: 待定, 私: 待定", "公: 公办, 私: 民办"))


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("feeds: {staffing: {columns: {school_code: 代码, stage: {constant: 待定}, full_time_teachers: 师}}}", "小学、初中"),
        ("feeds: {schools: {columns: {school_code: 代码, district_code: {constant: 待定}}}}", "6位数字"),
        ("blank: 待定", "该写的值"),
        ("missing: [s, 待定：-]", "猜测是“-”"),
        ("where: [{column: 待定：层级, one_of: [学校]}]", "猜测是“层级”"),
    ],
)  # fmt: skip
def test_what_is_undecided_is_refused_wherever_it_stands(tmp_path: Path, clause: str, said: str) -> None:
    with pytest.raises(UserError, match=r"第 4 行.*还是“待定”") as refused:
        layout_from(tmp_path, f"layout: a\nname_zh: 甲\nrecognised_by: [代码, 师]\n{clause}\n")
    assert said in str(refused.value)


def test_one_column_gives_school_type_and_stage_and_codes_are_known_by_their_values(tmp_path: Path) -> None:
    table = write(tmp_path, *TWO_SCHOOLS)
    text = propose(table).replace("公: 待定, 私: 待定", "公: 公办, 私: 民办")
    sheets = {s.feed: s for s in read(table, layout_from(tmp_path, decided(text)), 2023).sheets}
    schools, enrolment = sheets["schools"].columns, sheets["enrolment"].columns
    assert schools["school_type"] == ["primary", "junior_secondary"]
    assert schools["district_code"] == ["350102", "350102"]
    assert schools["ownership"] == ["public", "private"]
    assert enrolment["stage"] == sheets["staffing"].columns["stage"] == ["primary", "junior_secondary"]
    assert enrolment["students"] == [120, 300]


def test_a_school_with_several_stages_has_no_stage_until_a_person_says_so(tmp_path: Path) -> None:
    table = write(tmp_path, TWO_SCHOOLS[0], TWO_SCHOOLS[1], TWO_SCHOOLS[2].replace("初中", "九年一贯制学校"))
    assert re.search(r"stage: .*九年一贯制学校: 待定", propose(table))


def test_rows_of_totals_are_left_out_by_a_condition_and_are_no_codes(tmp_path: Path) -> None:
    table = write(tmp_path, *TWO_SCHOOLS)
    text = propose(table)
    assert "where:\n  - {column: 学校代码, none_of: [合计]}" in text
    assert "missing" not in text
    assert 'code_pattern: "[0-9]{10}"' in text


def test_a_table_in_english_gives_no_total_as_a_code_and_no_figure_to_a_word_of_like_letters(
    tmp_path: Path,
) -> None:
    text = propose(
        write(
            tmp_path,
            "School code,School name,Boys,Girls,Library volumes",
            "350001,A School,60,55,1200",
            "350002,B School,70,65,1500",
            "Total,,130,120,2700",
        )
    )
    assert 'code_pattern: "[0-9]{6}"' in text and "none_of: [Total]" in text
    assert "books: " not in text
    assert "# 没有用到的列：" in text and "Library volumes" in text.partition("# 没有用到的列：")[2]


def test_columns_that_the_forms_ask_for_and_the_table_lacks_are_named(tmp_path: Path) -> None:
    assert "# 必填而没有认出的列：所属镇街；" in propose(write(tmp_path, *TWO_SCHOOLS))


def test_years_missing_codes_and_decimal_marks_are_found_and_left_to_decide(tmp_path: Path) -> None:
    table = write(
        tmp_path,
        "School Year,DBN,School Name,Enrollment,Full-time Teachers",
        '2023-24,01M015,P.S. 015,"1,178",14',
        "2023-24,01M019,P.S. 019,203,s",
        "2023-24,01M020,P.S. 020,380,31",
    )
    text, layout = proposed(tmp_path, table, stage="小学", school_type="小学", district_code='"350102"')
    sheets = {s.feed: s for s in read(table, layout, 2023).sheets}
    assert sheets["enrolment"].columns["school_code"] == ["01M015", "01M019", "01M020"]
    assert sheets["enrolment"].columns["students"] == [1178, 203, 380]
    assert sheets["staffing"].columns["full_time_teachers"] == [14, None, 31]
    (said,) = [p for p in sheets["staffing"].problems if p.cell == "E3"]
    assert "写的是“s”" in said.message_zh
    for clause in ("missing", "decimal"):
        assert any(line.startswith(clause) and "待定" in line for line in text.splitlines()), clause


def test_a_row_of_codes_below_the_heading_is_found(tmp_path: Path) -> None:
    table = write(
        tmp_path, "学校代码,学校名称,在校生数", "CODE,NAME,QT", "350001,甲小学,120", "350002,乙小学,90"
    )
    _, layout = proposed(tmp_path, table, stage="小学", school_type="小学", district_code='"350102"')
    assert layout.heading_rows == 2
    (enrolment,) = [s for s in read(table, layout, 2023).sheets if s.feed == "enrolment"]
    assert enrolment.columns["students"] == [120, 90]


#: What a person writes into the proposal for the table below: each pair is one line.
DECISIONS = {
    "district_code: {constant: 待定}": 'district_code: {constant: "990000"}',
    "school_type: {constant: 待定}": "school_type: {constant: 小学}",
    "# 必填而没有认出的列：学校名称、所属镇街、办学性质；表里有的请补上":
        "school_name: district\n      town: county\n      ownership: {constant: 公办}",
    "stage: {constant: 待定}": "stage: {constant: 小学}",
    "待定：": "",
}  # fmt: skip


def test_a_table_in_another_language_by_hours_of_teachers_takes_ten_decided_lines(tmp_path: Path) -> None:
    """Names in short English words, codes of five digits, teachers with fractions; all figures are made up."""
    table = write(
        tmp_path,
        '"","distcod","county","district","grspan","enrltot","teachers","calwpct","computer","testscr"',
        '"1",10101,"North","Hill Elementary","KK-08",195,10.8999996185303,0.51,67,690.7',
        '"2",10102,"North","Lake Elementary","KK-06",1240,61.5,15.41,101,661.2',
        '"3",10103,"South","Dale Elementary","KK-08",240,11,30.2,12,640.1',
    )
    text = propose(table)
    done = text
    for open_question, answer in DECISIONS.items():
        done = done.replace(open_question, answer)
    changed = set(done.splitlines()) - set(text.splitlines())
    assert len(changed) <= 10, changed
    sheets = {s.feed: s for s in read(table, layout_from(tmp_path, done), 2023).sheets}
    assert {s.status for s in sheets.values()} == {"accepted"}
    assert sheets["enrolment"].columns["students"] == [195, 1240, 240]
    assert sheets["staffing"].columns["full_time_teachers"] == [11, 62, 11]  # half up
    assert sheets["floor_area"].columns["computers"] == [67, 101, 12]
    assert not any(any(s.columns["has_fault"]) for s in sheets.values())
    (rounded,) = [p for p in sheets["staffing"].problems if p.rule_code == "LAYOUT_ROUNDED"]
    assert rounded.cell == "G2" and "2 处" in rounded.message_zh


def test_columns_that_nothing_resembles_are_listed(tmp_path: Path) -> None:
    text = propose(
        write(tmp_path, "学校代码,学校名称,在校生数,校歌", "350001,甲小学,120,啦", "350002,乙小学,9,哦"),
    )
    assert text.rstrip().endswith("没有用到的列：校歌")


def test_a_file_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        propose(write(tmp_path, "只有一行"))
    with pytest.raises(UsageError):
        propose(tmp_path / "nothing.csv")
