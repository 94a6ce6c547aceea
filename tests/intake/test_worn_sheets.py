"""Whole sheets put together from the habits of schools: sound ones give the plain figures, poisoned ones never other figures unsaid.

A sound sheet cuts a plain table into blocks, each with its own head, order of columns, unit, lines, groups and marks,
and puts signatures, sections, other years and strange tables between them. A poisoned one holds figures that look like
the feed's and are not.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from tests.intake.test_dressed_workbooks import MAKERS, MARKS, YEAR, Row, Table, enrolment, stops, values_of

Merge = tuple[int, int, int, int]
WHO = [
    "校长",
    "园长",
    "填报人",
    "经办",
    "审核人",
    "分管领导",
    "统计员",
    "学籍管理员",
    "总务主任",
    "签收",
    "报送人",
    "主管",
    "复核",
]
NAMES = ["李某", "王某某", "________", "（签章）", "（盖章）", "张老师", ""]
MARKS_BETWEEN = ["：", ":", " ", "　", "——", "（签字）："]
WHEN = ["2024.10.8", "2024年9月30日", "", "日期：2024-09-28", "  年  月  日", "10月8日"]
SENTENCES = [
    "以上数据由各校自行填报", "请于每页加盖公章", "本表一式{n}份", "（第{n}页）", "第 {n} 页 共 9 页", "数据以学籍系统为准",
    "打印时间 2024-10-0{n} 09:30", "表号：教基{n}01", "———以下空白———", "※ 有疑问请致电教育科", "Printed by office {n}",
    "备注：含教学点", "此表不得外传", "抄送：各督学责任区", "附：签字页", "谢谢配合！", "版次 {n}", "档案号 J-{n}",
]  # fmt: skip
UNIT_LINES = {
    1: ["单位：元", "金额：元", "（单位：元、㎡）", "本表以元为单位", "金额单位（元）", "单位 元", "币种：人民币 单位：元", "设备值以元计", "單位：元",
        "计量单位：平方米、元", "填报单位：东镇小学　单位：元", "表内金额均以元计", "【单位：元】"],
    1000: ["单位：千元", "金额以千元为单位", "（千元）"],
    10000: ["", "单位：万元", "金额单位:万元", "（单位：万元、平方米）"],
}  # fmt: skip
UNIT_HEADS = {
    1: [
        "教学仪器设备值（元）",
        "教学仪器设备值(单位：元)",
        "教学仪器设备值/元",
        "教学仪器设备值（元，保留整数）",
        "教学仪器设备值〔元〕",
    ],
    1000: ["教学仪器设备值（千元）"],
    10000: ["教学仪器设备值（万元）", "教学仪器设备值(万元)", "教学仪器设备值万元"],
}
NEUTRAL = [
    "学生情况",
    "办学规模",
    "一、基本数据",
    "学校填报部分",
    "2024学年",
    "（二）主要指标",
    "2024-2025学年",
    "在校学生情况（人）",
]
PARTS = [
    "随迁子女",
    "其中：寄宿生",
    "女生",
    "附设班",
    "2022学年",
    "上年同期",
    "残疾学生",
    "借读生",
    "九年级",
    "外省户籍",
    "非本县户籍",
    "送教上门学生",
]
SECTIONS = ["东片", "二、村小", "（一）完全小学", "直属学校", "民办学校"]


def line(chance: random.Random, width: int) -> Row:
    """A row that is no record: a signature or a sentence in random words, in some cell."""
    if chance.random() < 0.6:
        parts = [
            f"{chance.choice(WHO)}{chance.choice(MARKS_BETWEEN)}{chance.choice(NAMES)}"
            for _ in range(chance.randint(1, 3))
        ]
        text = "　　".join([*parts, chance.choice(WHEN)])
        if chance.random() < 0.3:  # each in a cell of its own
            cells: Row = [*parts[:width]]
            return [*cells, *[""] * (width - len(cells))]
    else:
        text = chance.choice(SENTENCES).format(n=chance.randint(1, 8))
    row: Row = [""] * width
    row[chance.choice([0, 0, 0, width // 2, width - 1])] = text
    return row


class Sheet:
    """Rows of a sheet and its merged ranges; blocks are added below each other."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.merges: list[Merge] = []

    def add(self, *rows: Row) -> None:
        self.rows += rows


def block(sheet: Sheet, table: Table, rows: list[Row], chance: random.Random, year: int = YEAR) -> None:
    """Add a block with some rows of the table, dressed on its own.

    Args:
        sheet: the sheet.
        table: whose columns and words.
        rows: the rows of the block.
        chance: what is chosen.
        year: school year of the figures; stated if it isn't the folder's.
    """
    names = list(table.columns)
    order = list(range(len(names)))
    chance.shuffle(order)
    has_money = "equipment_10k_yuan" in names
    size = chance.choice([1, 1000, 10000]) if has_money else 10000
    at_head = has_money and chance.random() < 0.5
    width = len(order) + 1
    if year != YEAR or chance.random() < 0.4:
        title = chance.choice(["{}学年学校情况统计表", "{}秋季学期", "学年：{}", "{}-{}学年"]).format(
            year, year + 1
        )
        sheet.add([title])
    for _ in range(chance.randint(0, 2)):
        sheet.add(
            [chance.choice(["附件2", "请如实填写", "根据教育部2019年印发的办法填报", "学校情况统计表"])]
        )
    if has_money and not at_head and (size != 10000 or chance.random() < 0.5):
        stated = chance.choice([text for text in UNIT_LINES[size] if text] or [""])
        sheet.add(chance.choice([[stated], [*[""] * (width - 1), stated], ["", stated]]))
    elif has_money and not at_head:
        at_head = True  # what a block before it states would count
    head: Row = ["序号"]
    for j in order:
        column = table.feed.column(names[j])
        text = column.heading_zh
        if column.name == "equipment_10k_yuan":
            text = chance.choice(UNIT_HEADS[size]) if at_head else "教学仪器设备值"
        head.append(chance.choice([*MARKS, "①{}", "A.{}", "（{}）", "（四）{}"]).format(text))
    first_figure = min(k for k, j in enumerate(order, 1) if j in table.figures())
    figures = [k for k, j in enumerate(order, 1) if j in table.figures()]
    if (
        figures == list(range(first_figure, first_figure + len(figures)))
        and len(figures) > 1
        and chance.random() < 0.5
    ):
        top: Row = list(head)
        top[first_figure] = chance.choice(NEUTRAL)
        sub: Row = [""] * len(head)
        for k in figures:
            sub[k] = head[k]
            if k != first_figure:
                top[k] = ""
        number = len(sheet.rows) + 1
        sheet.merges.append((number, first_figure + 1, number, figures[-1] + 1))
        sheet.add(top, sub)
    else:
        sheet.add(head)
    if chance.random() < 0.2:
        sheet.add([f"{k}" for k in range(1, len(head) + 1)])
    for k, row in enumerate(rows, 1):
        cells = [row[j] * 10000 // size if names[j] == "equipment_10k_yuan" else row[j] for j in order]
        sheet.add([k, *cells])
        if chance.random() < 0.15:
            sheet.add(line(chance, width))
        if chance.random() < 0.08:
            sheet.add([chance.choice(SECTIONS)])
        if chance.random() < 0.05:
            sheet.add([])
    if chance.random() < 0.3:
        total: Row = [""] * len(head)
        label = [k for k, j in enumerate(order, 1) if names[j] in ("school_code", "school_name")]
        total[chance.choice(label)] = chance.choice(["合计", "总计", "合 计", "本页合计", "共计"])
        for k, j in enumerate(order, 1):
            if j in table.figures():
                scale = 10000 // size if names[j] == "equipment_10k_yuan" else 1
                total[k] = sum(r[j] for r in rows) * scale
        sheet.add(total)
    if chance.random() < 0.2:
        sheet.add(*[[len(rows) + k, *[""] * len(order)] for k in range(1, 4)])  # numbered beforehand


def worn(table: Table, chance: random.Random) -> tuple[Sheet, bool]:
    """A sound sheet with the table's rows, and whether it also holds what is not read (and must be told)."""
    sheet, has_other = Sheet(), False
    cuts = sorted(chance.sample(range(1, len(table.rows)), min(len(table.rows) - 1, chance.randint(0, 2))))
    parts = [table.rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(table.rows)], strict=True)]
    for k, rows in enumerate(parts):
        if chance.random() < 0.15:
            block(sheet, table, [list(r) for r in table.rows], chance, chance.choice([2022, 2023]))
            sheet.add([])
            has_other = True
            sheet.add([f"{YEAR}学年统计表"])
        block(sheet, table, rows, chance)
        if k + 1 < len(parts) or chance.random() < 0.5:
            sheet.add(*[line(chance, 4) for _ in range(chance.randint(0, 2))])
            sheet.add(*[[] for _ in range(chance.randint(0, 2))])
    return sheet, has_other


def read(sheet: Sheet, name: str = "表") -> ParsedFile:
    return parse_grids([Grid(name, sheet.rows, merges=sheet.merges)], YEAR, [])


def plain_values(table: Table) -> dict[str, list[tuple[Any, ...]]]:
    return values_of(parse_grids([Grid("表", table.plain())], YEAR, []))


def check_sound(seed: int) -> None:
    chance = random.Random(seed)
    table = chance.choice(MAKERS)(chance, 1)
    sheet, has_other = worn(table, chance)
    parsed = read(sheet)
    assert not stops(parsed), (seed, stops(parsed), sheet.rows)
    assert values_of(parsed) == plain_values(table), (seed, sheet.rows)
    rules = {p.rule_code for s in parsed.sheets for p in s.problems}
    assert ("OTHER_YEAR_ROWS" in rules) == has_other, (seed, sheet.rows)


@pytest.mark.parametrize("block_of_seeds", range(10))
def test_sound_sheets_of_many_blocks_give_the_figures_of_the_plain_table(block_of_seeds: int) -> None:
    for seed in range(block_of_seeds * 30, block_of_seeds * 30 + 30):
        check_sound(seed)


@pytest.mark.slow
def test_and_a_thousand_more_do() -> None:
    for seed in range(10_000, 11_000):
        check_sound(seed)


def test_the_order_of_blocks_changes_nothing() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        table = chance.choice(MAKERS)(chance, 1)
        half = len(table.rows) // 2
        first, second = Sheet(), Sheet()
        parts = [table.rows[:half], table.rows[half:]]
        for sheet, order in ((first, parts), (second, parts[::-1])):
            for rows in order:
                block(sheet, table, rows, random.Random(seed))
        assert values_of(read(first)) == values_of(read(second)) == plain_values(table), seed


def test_sides_whose_heads_stand_in_different_rows_are_each_read_by_their_own() -> None:
    for seed in range(60):
        chance = random.Random(seed)
        table = enrolment(chance, 1)
        half = len(table.rows) // 2
        sides = []
        for rows in (table.rows[:half], table.rows[half:]):
            sheet = Sheet()
            sheet.add(*[[] for _ in range(chance.randint(0, 3))])
            order = list(range(len(table.columns)))
            chance.shuffle(order)
            sheet.add(
                [table.heading(table.columns[j]) for j in order], *[[r[j] for j in order] for r in rows]
            )
            sides.append(sheet.rows)
        width, gap = len(table.columns), chance.randint(1, 2)
        both: list[Row] = []
        for i in range(max(map(len, sides))):
            left, right = (side[i] if i < len(side) else [] for side in sides)
            both.append([*left, *[""] * (width - len(left)), *[""] * gap, *right])
        parsed = parse_grids([Grid("表", both)], YEAR, [])
        assert not stops(parsed) and values_of(parsed) == plain_values(table), (seed, both)


# poisoned sheets
def under_a_part(table: Table, chance: random.Random) -> Sheet:
    """Figures of a part of the pupils under the known headings."""
    sheet = Sheet()
    figures = table.figures()
    first = figures[0]
    head = [table.heading(n) for n in table.columns]
    top = [*head[:first], chance.choice(PARTS), *[""] * (len(head) - first - 1)]
    sheet.add(top, [*[""] * first, *head[first:]])
    if len(head) - first > 1:
        sheet.merges.append((1, first + 1, 1, len(head)))
    sheet.add(*[[v - 1 if j in figures else v for j, v in enumerate(r)] for r in table.rows])
    return sheet


def titled_a_part(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    part = chance.choice(["随迁子女", "寄宿生", "残疾学生", "留守儿童", "女生", "外省户籍学生"])
    sheet.add(
        [f"{YEAR}学年{part}{chance.choice(['情况统计表', '统计表', '名册', '在校情况'])}"], *_lower(table)
    )
    return sheet


def other_year(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    year = chance.choice([2022, 2023])
    title = chance.choice(
        [
            "{}学年",
            "{}年秋季学期统计表",
            "学年：{}",
            "二〇二二学年",
            "统计时间：{}年9月",
            "22-23学年",
            "{}年下半年",
        ]
    )
    sheet.add([title.format(year)], *_lower(table))
    return sheet


def other_year_below(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    sheet.add([f"{YEAR}学年"], *table.plain(), [], [f"{chance.choice([2022, 2023])}学年"], *_lower(table))
    return sheet


def other_year_in_a_column(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    heading = chance.choice(["学年", "年度", "统计年度", "年份", "学期"])
    plain = table.plain()
    sheet.add([*plain[0], heading], *[[*r, f"{YEAR}秋"] for r in plain[1:]])
    sheet.add(*[[*r, chance.choice(["2023秋", 2023, "2023-2024"])] for r in _lower(table)[1:]])
    return sheet


def strange_table_below(table: Table, chance: random.Random) -> Sheet:
    """A table of other figures under headings that no feed knows."""
    sheet = Sheet()
    figures = table.figures()
    head = [table.heading(n) for n in table.columns]
    words = chance.sample(
        ["食堂面积", "宿舍间数", "厕所蹲位数", "绿地面积", "教职工人数", "停车位数", "围墙长度值"], 7
    )
    strange = [words.pop() if j in figures else text for j, text in enumerate(head)]
    if chance.random() < 0.5:
        strange[0] = "单位"
    sheet.add(*table.plain(), *([[]] if chance.random() < 0.5 else []), strange, *_lower(table)[1:])
    return sheet


def merged_without_total(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    j = table.figures()[0]
    head = [table.heading(n) for n in table.columns]
    words = chance.choice(
        [("男", "女"), ("走读", "住校"), (2022, 2024), ("", ""), ("(1)", "(2)"), ("城", "乡"), ("春", "秋")]
    )
    sheet.merges.append((1, j + 1, 1, j + 2))
    sheet.add([*head[: j + 1], "", *head[j + 1 :]])
    if any(words):
        sheet.add([*[""] * j, *words, *[""] * (len(head) - j - 1)])
    sheet.add(*[[*r[:j], r[j] - 1, 1, *r[j + 1 :]] for r in table.rows])
    return sheet


def twice_under_sections(table: Table, chance: random.Random) -> Sheet:
    """The same figures under two sections: halves of the whole."""
    sheet = Sheet()
    first, second = chance.choice([("本部", "分校"), ("东校区", "西校区"), ("一、老校区", "二、新校区")])
    rows = _lower(table)[1:]
    sheet.add(table.plain()[0], [first], *rows, [second], *[list(r) for r in rows])
    return sheet


def two_units(table: Table, chance: random.Random) -> Sheet:
    sheet = Sheet()
    head = [("教学仪器设备值" if n == "equipment_10k_yuan" else table.heading(n)) for n in table.columns]
    sheet.add([chance.choice(["单位：元", "金额：元"])], head, *_lower(table)[1:], ["注：金额单位为万元"])
    return sheet


def _lower(table: Table) -> list[Row]:
    """The plain rows with each figure one less: other figures than the table's."""
    return [
        table.plain()[0],
        *[[v - 1 if j in table.figures() and v else v for j, v in enumerate(r)] for r in table.rows],
    ]


POISONS: list[Callable[[Table, random.Random], Sheet]] = [
    under_a_part, titled_a_part, other_year, other_year_below, other_year_in_a_column, strange_table_below,
    merged_without_total, twice_under_sections, two_units,
]  # fmt: skip


@pytest.mark.parametrize("poison", POISONS, ids=lambda p: p.__name__)
@pytest.mark.parametrize("make", MAKERS, ids=lambda m: m.__name__)
def test_a_poisoned_sheet_gives_no_other_figure_than_the_plain_one(
    poison: Callable[[Table, random.Random], Sheet], make: Callable[[random.Random, int], Table]
) -> None:
    if poison is two_units and make.__name__ != "floor_area":
        pytest.skip("only money has units of two sizes")
    for seed in range(25):
        chance = random.Random(seed)
        table = make(chance, 1)
        sheet = poison(table, chance)
        parsed = read(sheet)
        plain = {feed: set(rows) for feed, rows in plain_values(table).items()}
        for found in parsed.sheets:
            if found.status != "accepted" or not found.columns:
                continue
            names = [c.name for c in load_feeds()[found.feed].columns if c.name in found.columns]
            rows = zip(*(found.columns[n] for n in names), found.columns["has_fault"], strict=True)
            usable = {row[:-1] for row in rows if not row[-1]}
            assert usable <= plain.get(found.feed, set()), (seed, sheet.rows)
        told = [
            p
            for p in (*parsed.problems, *(p for s in parsed.sheets for p in s.problems))
            if p.severity != "note"
        ]
        assert told, (seed, sheet.rows)
