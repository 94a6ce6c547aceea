"""Sheets are recognised by their headings, and every value keeps its cell."""

from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids

STAFFING = [
    "学校标识码", "学校名称", "学段", "专任教师数", "高于规定学历教师数", "县级以上骨干教师数",
    "体育专任教师数", "音乐专任教师数", "美术专任教师数",
]  # fmt: skip
ROW = ["2150000001", "甲小学", "小学", 10, 8, 2, 1, 1, 1]


def parse(*rows: list[Any], year: int = 2023, **options: Any) -> ParsedFile:
    """Parse one sheet made of these rows."""
    width = max(len(r) for r in rows)
    return parse_grids([Grid("表", [[*r, *[""] * (width - len(r))] for r in rows], **options)], year, [])


def rules(parsed: ParsedFile) -> list[str]:
    """Rule codes of everything listed."""
    return [p.rule_code for p in [*parsed.problems, *(q for s in parsed.sheets for q in s.problems)]]


def test_banners_blank_rows_other_order_and_padded_headings_are_normal() -> None:
    order = [3, 0, 2, 1, 4, 5, 6, 7, 8]
    head = [f" {STAFFING[i]}　\n" for i in order]
    parsed = parse(["示例区教师配备情况表"], [], ["填报年度", 2023], head, [ROW[i] for i in order])
    (sheet,) = parsed.sheets
    assert sheet.feed == "staffing"
    assert sheet.columns["full_time_teachers"] == [10]
    assert sheet.columns["row_number"] == [5]
    assert sheet.column_maps[0]["full_time_teachers"] == "A"
    assert rules(parsed) == []


def test_a_table_that_does_not_start_at_a1_keeps_its_addresses() -> None:
    bad = [*ROW[:3], "十", *ROW[4:]]
    parsed = parse(STAFFING, bad, first_row=7, first_column=3)
    (problem,) = parsed.sheets[0].problems
    assert problem.cell == "F8"
    assert problem.value == "十"


def test_merged_heads_over_two_rows_are_read() -> None:
    upper = ["学校标识码", "学校名称", "学段", "专任教师", "", "", "其中", "", ""]
    lower = ["", "", "", "专任教师数", *STAFFING[4:]]
    parsed = parse(upper, lower, ROW)
    (sheet,) = parsed.sheets
    assert sheet.rows_read == 1
    assert sheet.columns["pe_teachers"] == [1]
    assert sheet.columns["full_time_teachers"] == [10]


@pytest.mark.parametrize("label", ["合计", "小 计", "总　计", "全区合计"])
def test_total_rows_are_dropped_and_counted(label: str) -> None:
    parsed = parse(STAFFING, ROW, [label, "", "", 10, 8, 2, 1, 1, 1])
    (sheet,) = parsed.sheets
    assert (sheet.rows_read, sheet.rows_dropped) == (2, 1)
    assert len(sheet.columns["school_code"]) == 1


def test_blank_rows_between_and_footnotes_are_dropped_and_counted() -> None:
    parsed = parse(STAFFING, ROW, [], ["填表人：某某"], [])
    (sheet,) = parsed.sheets
    assert (sheet.rows_read, sheet.rows_dropped) == (3, 2)


def test_a_missing_column_rejects_the_sheet_and_names_the_near_one() -> None:
    head = ["专任老师数" if h == "专任教师数" else h for h in STAFFING]
    parsed = parse(head, ROW)
    assert parsed.sheets == []
    (problem,) = parsed.problems
    assert problem.rule_code == "MISSING_COLUMN"
    assert "专任教师数" in problem.message_zh
    assert "专任老师数" in problem.message_zh
    assert "没有数据可留空" in problem.message_zh
    # the heading to be mended is named, and no right one
    assert problem.cell == f"{column_letter(1 + head.index('专任老师数'))}1"


@pytest.mark.parametrize(
    ("lacking", "said", "not_said"),
    [
        (["专任教师数"], "没有数据可留空", "每一行都要填"),
        # the stage says which row it is: a blank one is put aside
        (["学段"], "每一行都要填", "没有数据可留空"),
        (["学段", "专任教师数"], "“学段”每一行都要填，其余没有数据可留空", ""),
    ],
)
def test_a_missing_column_may_be_left_blank_only_where_its_rows_are_used_without_it(
    lacking: list[str], said: str, not_said: str
) -> None:
    kept = [place for place, heading in enumerate(STAFFING) if heading not in lacking]
    (problem,) = parse([STAFFING[i] for i in kept], [ROW[i] for i in kept]).problems
    assert problem.rule_code == "MISSING_COLUMN"
    assert said in problem.message_zh
    assert not not_said or not_said not in problem.message_zh
    # nothing is written wrong: the empty cell behind the headings, which is said to be the place to add them
    assert problem.cell == f"{column_letter(len(kept) + 1)}1"
    assert f"请在表头后面（{problem.cell} 起）补上这些列" in problem.message_zh


def test_a_table_that_stands_elsewhere_lacks_a_column_at_its_own_place() -> None:
    (problem,) = parse(STAFFING[:-1], ROW[:-1], first_row=7, first_column=3).problems
    assert problem.cell == f"{column_letter(2 + len(STAFFING))}7"


PERSONS = [["姓名", "身份证号"], *(["某某", f"50010119900101{i}X"] for i in range(101, 106))]


@pytest.mark.parametrize(
    ("rows", "said", "is_of_persons"),
    [
        (PERSONS, "删去这张表", True),
        ([["联系人", "电话"], *(["某某", f"1390000000{i}"] for i in range(1, 6))], "删去这张表", True),
        ([["往年", "在校生数"], ["2150000001", 30]], "如需上报请取消隐藏", False),
    ],
)
def test_a_hidden_sheet_of_persons_is_to_be_taken_out_and_not_to_be_shown(
    rows: list[list[Any]], said: str, is_of_persons: bool
) -> None:
    grids = [Grid("表", [STAFFING, ROW]), Grid("旧表", rows, is_hidden=True)]
    parsed = parse_grids(grids, 2023, [])
    (problem,) = parsed.problems
    assert problem.rule_code == "HIDDEN_SHEET" and said in problem.message_zh
    assert ("取消隐藏后再报" in problem.message_zh) == parsed.has_persons == is_of_persons


def test_an_empty_form_of_another_year_is_not_refused_beside_those_filled_in() -> None:
    """Two sheets of 2021 in the folder of 2023: the form of one has its keys alone, as it was handed out."""
    title = ["2021 学年教师配备"]
    sheets = {
        "填了": [title, STAFFING, ROW],
        "空表": [["2021 学年在校生数"], ["学校标识码", "学校名称", "学段", "在校生数"]],
        "只有代码": [["2021 学年校舍与装备"], ["学校标识码", "学校名称", "学段", "在校生数"], ROW[:3]],
    }
    parsed = parse_grids([Grid(name, rows) for name, rows in sheets.items()], 2023, [])
    found = [
        (p.rule_code, p.sheet) for p in [*parsed.problems, *(q for s in parsed.sheets for q in s.problems)]
    ]
    assert [f for f in found if f[0] in ("WRONG_YEAR", "NO_ROWS")] == [("WRONG_YEAR", "填了")]


def test_the_same_column_twice_is_refused_instead_of_guessed() -> None:
    parsed = parse([*STAFFING, "专任教师数"], [*ROW, 99])
    assert parsed.sheets[0].status == "rejected"
    assert rules(parsed) == ["DUPLICATE_COLUMN"]


def test_an_unmapped_column_is_listed() -> None:
    parsed = parse([*STAFFING, "教龄"], [*ROW, 9])
    assert rules(parsed) == ["UNMAPPED_COLUMN"]
    assert parsed.sheets[0].problems[0].cell == "J1"


def test_an_unknown_sheet_is_listed() -> None:
    assert rules(parse(["食堂", "菜单"], ["一", "土豆"])) == ["UNRECOGNISED_SHEET"]


@pytest.mark.parametrize(
    "banner",
    [["2022—2023学年教师配备"], ["2022学年"], ["填报年度", 2022], ["填报年度：2022"], ["2022年教师情况"]],
)
def test_a_sheet_that_states_another_year_is_rejected(banner: list[Any]) -> None:
    parsed = parse(banner, STAFFING, ROW)
    assert parsed.sheets[0].status == "rejected"
    assert rules(parsed) == ["WRONG_YEAR"]


@pytest.mark.parametrize(
    "banner", [["2023—2024学年"], ["填表日期：2024年1月5日"], ["按2017年以前口径"], ["教师情况"]]
)
def test_the_right_year_a_date_or_no_year_is_accepted(banner: list[Any]) -> None:
    assert parse(banner, STAFFING, ROW).sheets[0].status == "accepted"


def test_a_blank_figure_is_listed_as_missing_but_the_row_stays() -> None:
    parsed = parse(STAFFING, [*ROW[:4], "", *ROW[5:]])
    (sheet,) = parsed.sheets
    assert sheet.columns["has_fault"] == [False]
    assert [(p.rule_code, p.cell, p.severity) for p in sheet.problems] == [("BLANK_CELL", "E2", "warn")]


def test_text_in_a_number_puts_the_row_aside_and_keeps_the_rest() -> None:
    other = ["2150000002", "乙小学", *ROW[2:]]
    parsed = parse(STAFFING, [*ROW[:3], "约10", *ROW[4:]], other)
    (sheet,) = parsed.sheets
    assert sheet.columns["has_fault"] == [True, False]
    assert sheet.problems[0].school_code == "2150000001"


def test_one_wide_sheet_may_hold_two_feeds() -> None:
    parsed = parse([*STAFFING, "在校生数"], [*ROW, 320])
    assert sorted(s.feed for s in parsed.sheets) == ["enrolment", "staffing"]


def test_pay_is_never_shown_in_a_problem() -> None:
    head = [
        "学校标识码", "教职工总数", "在编教师数", "在编教师年工资总额(元)", "临聘教师数",
        "临聘教师年工资总额(元)", "足额缴纳五险一金人数",
    ]  # fmt: skip
    parsed = parse(head, ["1150000001", 10, 3, "356000元", 2, 70000, 5])
    (problem,) = parsed.sheets[0].problems
    assert problem.value == ""
    assert "356000" not in problem.message_zh


def test_a_csv_row_with_more_cells_than_the_head_is_put_aside() -> None:
    parsed = parse_grids([Grid("", [STAFFING, [*ROW, "多"], ROW], is_ragged=True)], 2023, [])
    assert parsed.sheets[0].columns["has_fault"] == [True, False]


AREAS = [c.heading_zh for c in load_feeds()["floor_area"].columns if c.required]
AREA_ROW = ["2150000001", *[900] * (len(AREAS) - 1)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        # a heading misspelt above a name for a code and a number that is none
        (
            [
                ["专任老师数" if h == "专任教师数" else h for h in STAFFING],
                ["甲小学", *ROW[1:]],
                [*ROW[:8], "约1"],
            ],
            {("MISSING_COLUMN", "D1"), ("BAD_CODE", "A2"), ("NOT_A_NUMBER", "I3")},
        ),
        # two units that aren't those of their columns
        (
            [[AREAS[0], f"{AREAS[1]}（元）", f"{AREAS[2]}（册）", *AREAS[3:]], AREA_ROW],
            {("UNIT_OF_OTHER_KIND", "B1"), ("UNIT_OF_OTHER_KIND", "C1")},
        ),
        # a total that isn't the sum of the rows, and a number that is none in another column
        (
            [
                STAFFING,
                ROW,
                ["2150000002", "乙小学", *ROW[2:8], "约1"],
                ["合计", "", "", 21, 16, 4, 2, 2, ""],
            ],
            {("TOTAL_MISMATCH", "D4"), ("NOT_A_NUMBER", "I3")},
        ),
    ],
)
def test_what_else_is_wrong_in_a_refused_sheet_is_told_in_the_same_round(
    rows: list[list[Any]], told: set[tuple[str, str]]
) -> None:
    parsed = parse(*rows)
    listed = [*parsed.problems, *(p for s in parsed.sheets for p in s.problems)]
    found = [p for p in listed if p.severity != "note"]
    assert {(p.rule_code, p.cell) for p in found} == told
    # no row of it is kept, so nothing may wait for one
    assert not [p for p in found if p.severity == "quarantine_row" and p.row_number is not None]
    assert all(s.status == "rejected" for s in parsed.sheets)
