"""Sound tables dressed in the habits of those who send them give exactly the figures of the plain ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids

YEAR = 2024
#: Signatures, notes and titles in words that no list holds.
LINES = [
    "校长签字：__________　　经手：李某",
    "以上数据经核实无误。",
    "园长（盖章）",
    "第 3 页 / 共 5 页",
    "本表一式两份，学校留存一份",
    "东镇中心校 教导处 报送",
    "（续上表）",
    "签收人：王某　2024.10.8",
    "★ 请勿改动表头",
    "核对：□已核对",
    "Reported by the school office",
    "制表单位：东镇教育办公室",
]
TITLES = [
    "东镇2024学年学校情况统计表",
    "附件3",
    "根据教育部2017年印发的办法填报",
    "（2021年修订版）",
    "学校基本情况表（2024年秋季学期）",
    "填报说明：请如实填写，于10月15日前报送。",
]
TOTALS = [
    "合计",
    "总  计",
    "小计",
    "本页小计",
    "东镇小计",
    "全校共计",
    "云台小学 汇总",
    "计",
    "其中：公办",
    "累计",
]
MARKS = ["{}", "★{}", "* {}", "{}（必填）", "1.{}", "（2）{}", "{} ", "{}\n", "　{}　", "{}※"]
UNITS = {
    "㎡": ["（㎡）", "（平方米）", "(m2)", "/平方米"],
    "人": ["（人）", "（单位：人）", "[人]"],
    "个": ["（个）", "(个)"],
    "间": ["（间）"],
    "册": ["（册）"],
    "台": ["（台）"],
    "万元": ["（万元）", "(万元)"],
}
STAGES = {"小学": ["小学", "小学部", "小学阶段", "小 学"], "初中": ["初中", "初中部", "普通初中", "初级中学"]}

Row = list[Any]


def spelled_grade(grade: int, chance: random.Random) -> Any:
    """A grade as schools write it."""
    numeral = "一二三四五六七八九"[grade - 1]
    words: list[Any] = [grade, str(grade), f"{grade}年级", f"{numeral}年级", f" {numeral} 年级 "]
    if grade <= 6:
        words += [f"小学{numeral}年级", f"小{numeral}"]
    else:
        words += [
            f"初{'一二三'[grade - 7]}",
            f"初中{'一二三'[grade - 7]}年级",
            f"初{'一二三'[grade - 7]}年级",
        ]
    return chance.choice(words)


def spelled_code(code: str, chance: random.Random) -> Any:
    return chance.choice(
        [code, int(code), f" {code}", f"'{code}", f"{code[:4]} {code[4:]}", f'="{code}"', f"{code}.0"]
    )


def spelled_number(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return value
    return chance.choice([value, value, float(value), f"{value}", f"{value:,}", f" {value} "])


class Table:
    """A plain table of a feed: headings by column, and rows."""

    def __init__(self, feed: str, columns: list[str], rows: list[Row]) -> None:
        self.feed, self.columns, self.rows = load_feeds()[feed], columns, rows

    def heading(self, name: str) -> str:
        return self.feed.column(name).heading_zh

    def figures(self) -> list[int]:
        return [
            j for j, n in enumerate(self.columns)
            if self.feed.column(n).is_number and n not in self.feed.key_columns
        ]  # fmt: skip

    def plain(self) -> list[Row]:
        return [[self.heading(n) for n in self.columns], *self.rows]


def enrolment(chance: random.Random, first: int) -> Table:
    rows = [
        [
            f"21500{first + i:05d}",
            f"云台{first + i}小学",
            "小学",
            chance.randint(60, 900),
            chance.randint(2, 20),
        ]
        for i in range(chance.randint(2, 6))
    ]
    return Table("enrolment", ["school_code", "school_name", "stage", "students", "classes"], rows)


def classes(chance: random.Random, first: int) -> Table:
    rows: list[Row] = []
    for i in range(chance.randint(1, 3)):
        is_primary = chance.random() < 0.6
        for grade in range(1, 7) if is_primary else range(7, 10):
            for n in range(1, chance.randint(1, 3) + 1):
                rows.append(
                    [f"21500{first + i:05d}", f"云台{first + i}学校", "小学" if is_primary else "初中", grade, f"{n}班",
                     chance.randint(20, 70)]
                )  # fmt: skip
    return Table(
        "class_sizes", ["school_code", "school_name", "stage", "grade", "class_name", "students"], rows
    )


def floor_area(chance: random.Random, first: int) -> Table:
    names = [
        "school_code", "school_name", "teaching_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2",
        "equipment_10k_yuan", "multimedia_classrooms", "books", "computers",
    ]  # fmt: skip
    rows = [
        [f"21500{first + i:05d}", f"云台{first + i}小学", chance.randint(800, 5000), chance.randint(0, 300),
         chance.randint(900, 9000), chance.randint(10, 400), chance.randint(4, 40), chance.randint(1000, 40000),
         chance.randint(10, 200)]
        for i in range(chance.randint(2, 5))
    ]  # fmt: skip
    return Table("floor_area", names, rows)


MAKERS: list[Callable[[random.Random, int], Table]] = [enrolment, classes, floor_area]


def dressed(table: Table, chance: random.Random) -> tuple[list[Row], list[tuple[int, int, int, int]]]:
    """Rows of a sheet that holds the table in random habits, and its merged ranges (from row and column 1)."""
    columns = list(table.columns)
    order = list(range(len(columns)))
    if chance.random() < 0.5:
        chance.shuffle(order)
    in_yuan = "equipment_10k_yuan" in columns and chance.random() < 0.4
    stated_above = in_yuan and chance.random() < 0.5
    has_levels = table.feed.feed == "class_sizes" and chance.random() < 0.5
    head: Row = []
    sub: Row = []
    spans: list[tuple[int, int]] = []
    places: list[int] = []
    for j in order:
        column = table.feed.column(columns[j])
        text = column.heading_zh
        if in_yuan and column.name == "equipment_10k_yuan":
            text = "教学仪器设备值" if stated_above else "教学仪器设备值（元）"
        elif column.unit_zh in UNITS and "(" not in text and chance.random() < 0.5:
            text += chance.choice(UNITS[column.unit_zh])
        text = chance.choice(MARKS).format(text)
        if has_levels and column.name == "students":
            levels = chance.choice([["男", "女", "合计"], ["合计", "男", "女"], ["男", "小计", "女"]])
            spans.append((len(head), len(head) + 2))
            places.append(len(head) + next(k for k, w in enumerate(levels) if w in ("合计", "小计")))
            head += [text, "", ""]
            sub += levels
        else:
            places.append(len(head))
            head.append(text)
            sub.append("")
    width = len(head)

    def laid_out(row: Row) -> Row:
        out: Row = [""] * width
        for place, j in zip(places, order, strict=True):
            value, column = row[j], table.feed.column(columns[j])
            if column.name == "school_code":
                value = spelled_code(value, chance)
            elif column.name == "stage":
                value = chance.choice(STAGES[value])
            elif column.name == "grade":
                value = spelled_grade(value, chance)
            elif column.name == "equipment_10k_yuan" and in_yuan:
                value = value * 10000
            elif column.is_number:
                value = spelled_number(value, chance)
            out[place] = value
            if has_levels and column.name == "students":
                for k in range(spans[0][0], spans[0][1] + 1):
                    if k != place:
                        out[k] = chance.randint(1, 19)
        return out

    def line(text: str) -> Row:
        out: Row = [""] * width
        out[chance.choice([0, 0, 0, min(1, width - 1)])] = text
        return out

    def total(rows: list[Row], label: str) -> Row:
        out: Row = [""] * width
        texts = [
            p for p, j in zip(places, order, strict=True) if columns[j] in ("school_code", "school_name")
        ]
        out[chance.choice(texts)] = label
        for place, j in zip(places, order, strict=True):
            if j in table.figures():
                factor = 10000 if columns[j] == "equipment_10k_yuan" and in_yuan else 1
                out[place] = sum(r[j] for r in rows) * factor
        return out

    lines: list[Row] = [line(t) for t in chance.sample(TITLES, chance.randint(0, 3))]
    if stated_above:
        lines.append([*[""] * (width - 1), "单位：平方米、元、册、台"])
    merges = [(len(lines) + 1, left + 1, len(lines) + 1, right + 1) for left, right in spans]
    lines.append(head)
    if has_levels:
        lines.append(sub)
    if chance.random() < 0.3:
        lines.append([f"({k + 1})" for k in range(width)])
    if chance.random() < 0.3:
        lines.append(["school_code" if j == places[order.index(0)] else "field" for j in range(width)])
    if chance.random() < 0.3:
        example = laid_out([
            {"school_code": "2150000001", "school_name": "××小学"}.get(n, table.rows[0][j]) for j, n in enumerate(columns)
        ])  # fmt: skip
        example[places[order.index(0)]] = chance.choice(["示例：2150000001", "例", "（示例）"])
        lines.append(example)
    if chance.random() < 0.3:
        lines.append(total(table.rows, "总计"))
    since: list[Row] = []
    rows = list(table.rows)
    for k, row in enumerate(rows):
        lines.append(laid_out(row))
        since.append(row)
        if k + 1 < len(rows) and chance.random() < 0.2:
            choice = chance.random()
            if choice < 0.4:
                lines.append(total(since, chance.choice(["小计", "本页小计", "东镇小计", "云台小学 汇总"])))
                since = []
            elif choice < 0.7:
                lines.append(line(chance.choice(LINES)))
            else:  # the next page
                lines += [line(chance.choice(TITLES)), list(head), *([list(sub)] if has_levels else [])]
    if chance.random() < 0.4:
        lines.append(total(table.rows, chance.choice(["合计", "总  计", "共计"])))
    lines += [line(t) for t in chance.sample(LINES, chance.randint(0, 3))]
    return lines, merges


def values_of(parsed: ParsedFile) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of each feed without their places, in a fixed order."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for sheet in parsed.sheets:
        names = [c.name for c in load_feeds()[sheet.feed].columns if c.name in sheet.columns]
        rows = zip(*(sheet.columns[n] for n in names), strict=True)
        found.setdefault(sheet.feed, []).extend(rows)
    return {feed: sorted(rows, key=repr) for feed, rows in found.items()}


def stops(parsed: ParsedFile) -> list[str]:
    """What would refuse or quarantine something."""
    problems = [*parsed.problems, *(p for s in parsed.sheets for p in s.problems)]
    return [
        f"{p.severity} {p.rule_code} {p.cell} {p.message_zh}"
        for p in problems
        if p.severity not in ("note", "warn")
    ]


def check(seed: int) -> None:
    chance = random.Random(seed)
    make = chance.choice(MAKERS)
    table = make(chance, 1)
    plain = parse_grids([Grid("表", table.plain())], YEAR, [])
    assert not stops(plain) and plain.sheets, seed
    lines, merges = dressed(table, chance)
    parsed = parse_grids([Grid("表", lines, merges=merges)], YEAR, [])
    assert not stops(parsed), (seed, stops(parsed), lines)
    assert values_of(parsed) == values_of(plain), (seed, lines)
    for sheet in parsed.sheets:
        assert sheet.rows_read == sheet.rows_dropped + len(sheet.columns["row_number"]), seed


@pytest.mark.parametrize("block", range(10))
def test_sound_tables_in_random_habits_give_the_figures_of_the_plain_ones(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        check(seed)


@pytest.mark.slow
def test_and_a_thousand_more_do(request: pytest.FixtureRequest) -> None:
    for seed in range(1_000, 2_000):
        check(seed)


def two_tables(seed: int) -> tuple[Table, Table, random.Random]:
    chance = random.Random(seed)
    first, second = chance.sample(MAKERS, 2)
    return first(chance, 1), second(chance, 50), chance


@pytest.mark.parametrize("seed", range(30))
def test_tables_below_each_other_are_each_read_by_their_own_heading(seed: int) -> None:
    first, second, chance = two_tables(seed)
    between: list[Row] = [[], ["二、另一张表"]] if chance.random() < 0.7 else []
    rows = [*first.plain(), *between, *second.plain()]
    parsed = parse_grids([Grid("表", rows)], YEAR, [])
    apart = parse_grids([Grid("一", first.plain()), Grid("二", second.plain())], YEAR, [])
    assert not stops(parsed)
    assert values_of(parsed) == values_of(apart)


@pytest.mark.parametrize("seed", range(30))
def test_tables_beside_each_other_are_each_read_by_their_own_heading(seed: int) -> None:
    first, second, _ = two_tables(seed)
    left, right = first.plain(), second.plain()
    width = max(map(len, left)) + 1
    height = max(len(left), len(right))
    rows = [
        [*(left[i] if i < len(left) else []), *[""] * (width - (len(left[i]) if i < len(left) else 0)),
         *(right[i] if i < len(right) else [])]
        for i in range(height)
    ]  # fmt: skip
    parsed = parse_grids([Grid("表", rows)], YEAR, [])
    apart = parse_grids([Grid("一", left), Grid("二", right)], YEAR, [])
    assert not stops(parsed)
    assert values_of(parsed) == values_of(apart)


@pytest.mark.parametrize("seed", range(40))
def test_a_row_that_is_no_record_changes_nothing_wherever_it_stands(seed: int) -> None:
    chance = random.Random(seed)
    table = chance.choice(MAKERS)(chance, 1)
    rows = table.plain()
    plain = values_of(parse_grids([Grid("表", rows)], YEAR, []))
    for text in (*LINES, *TOTALS[:0]):
        for place in range(1, len(rows) + 1):
            more = [*rows[:place], [text], *rows[place:]]
            parsed = parse_grids([Grid("表", more)], YEAR, [])
            assert not stops(parsed) and values_of(parsed) == plain, (text, place)


@pytest.mark.parametrize(("head", "sub"), [("学生数", ["男", "女"]), ("学生数", ["走读", "寄宿", "借读"])])
def test_a_heading_over_parts_without_their_total_is_asked_about(head: str, sub: list[str]) -> None:
    top = ["学校标识码", "学校名称", "学段", "年级", "班级", head, *[""] * (len(sub) - 1)]
    row = ["2150000001", "东镇小学", "小学", 1, "1班", *range(20, 20 + len(sub))]
    merges = [(1, 6, 1, 5 + len(sub))]
    parsed = parse_grids([Grid("表", [top, [*[""] * 5, *sub], row], merges=merges)], YEAR, [])
    assert [p.rule_code for s in parsed.sheets for p in s.problems if p.severity == "reject_file"] == [
        "SPANNING_HEADING"
    ]


def test_a_total_that_is_wrong_still_refuses_the_sheet() -> None:
    table = enrolment(random.Random(1), 1)
    wrong = ["合计", "", "", sum(r[3] for r in table.rows) + 1, sum(r[4] for r in table.rows)]
    parsed = parse_grids([Grid("表", [*table.plain(), wrong])], YEAR, [])
    assert any("TOTAL_MISMATCH" in s for s in stops(parsed))


def test_rows_that_only_an_unread_column_tells_apart_are_asked_about() -> None:
    head = ["学校标识码", "学校名称", "学段", "年级", "在校生数", "班级数"]
    rows = [["2150000001", "东镇小学", "小学", g, 40, 1] for g in ("一年级", "二年级")]
    parsed = parse_grids([Grid("表", [head, *rows])], YEAR, [])
    assert parsed.sheets[0].columns["has_fault"] == [True, True]
    assert sum("“年级”" in s for s in stops(parsed)) == 2


@pytest.mark.parametrize("keys", [1, 3, 4])
@pytest.mark.parametrize("sizes", [(45, 41, 43), (45, 45, 45)])
def test_rows_under_a_merged_code_are_each_a_record(keys: int, sizes: tuple[int, ...]) -> None:
    head = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
    first = ["2150000001", "东镇小学", "小学", 1]
    rows = [
        [*(first if i == 0 else [*[""] * keys, *first[keys:]]), f"{i + 1}班", n] for i, n in enumerate(sizes)
    ]
    merges = [(2, j + 1, 1 + len(sizes), j + 1) for j in range(keys)]
    total: Row = ["合计", "", "", "", "", sum(sizes)]
    parsed = parse_grids([Grid("表", [head, *rows, total], merges=merges)], YEAR, [])
    assert not stops(parsed)
    assert parsed.sheets[0].columns["students"] == list(sizes)
    assert parsed.sheets[0].columns["school_code"] == ["2150000001"] * len(sizes)


@pytest.mark.parametrize(
    "name", ["合计路小学", "其中堂小学", "小计沟小学", "本页村小", "陈家汇总", "示例区第一小学", "总府路小学"]
)
def test_a_school_may_be_called_like_a_total(name: str) -> None:
    head = ["学校标识码", "学校名称", "学段", "在校生数"]
    rows = [["2150000001", name, "小学", 100], ["2150000002", "东镇小学", "小学", 230]]
    parsed = parse_grids([Grid("表", [head, *rows])], YEAR, [])
    assert not stops(parsed) and parsed.sheets[0].columns["students"] == [100, 230]


@pytest.mark.parametrize(
    "word", ["全年级", "年级合", "学生合计人数", "所有班", "小计", "（合计）", "总人数："]
)
def test_a_subtotal_with_the_code_filled_in_is_no_class(word: str) -> None:
    head = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
    rows = [
        ["2150000001", "东镇小学", "小学", 1, name, n] for name, n in (("1班", 40), ("2班", 41), (word, 81))
    ]
    parsed = parse_grids([Grid("表", [head, *rows])], YEAR, [])
    assert not stops(parsed) and parsed.sheets[0].columns["students"] == [40, 41]


@pytest.mark.parametrize("seed", range(20))
def test_a_class_whose_pupils_equal_the_sum_of_others_by_chance_stays_a_class(seed: int) -> None:
    """Kindergartens give classes names (向日葵班), and small numbers add up often."""
    chance = random.Random(seed)
    head = ["学校标识码", "学校名称", "学段", "年级", "班级", "学生数"]
    rows = []
    for code in ("1150000001", "1150000002", "1150000003"):
        small = [(name, chance.randint(8, 12)) for name in ("小1班", "苗苗班", "小（三）班")]
        as_many = [(chance.choice(["中1班", "向日葵班", "大（二）班"]), sum(n for _, n in small))]
        rows += [[code, "东镇幼儿园", "学前", "小班", name, n] for name, n in (*small, *as_many)]
    parsed = parse_grids([Grid("表", [head, *rows])], YEAR, [])
    assert parsed.sheets[0].columns["students"] == [row[-1] for row in rows]
    assert parsed.sheets[0].problems == []


@pytest.mark.parametrize(
    ("heading", "value"),
    [("教学仪器设备值万元", 75.5), ("教学仪器设备值/万元", 75.5), ("教学仪器设备值（元，保留两位小数）", 755000),
     ("教学仪器设备值(单位：元)", 755000), ("教学仪器设备值（千元）", 755), ("教学仪器设备值（以元计）", 755000)],
)  # fmt: skip
def test_the_unit_at_a_heading_is_obeyed_however_it_is_written(heading: str, value: float) -> None:
    head = [
        "学校标识码",
        "教学及辅助用房面积",
        "室内体育用房面积",
        "运动场地面积",
        heading,
        "网络多媒体教室数",
        "图书(册)",
        "计算机(台)",
    ]
    parsed = parse_grids([Grid("表", [head, ["2150000001", 1800, 200, 2600, value, 9, 9000, 40]])], YEAR, [])
    assert parsed.sheets[0].columns["equipment_10k_yuan"] == [75.5]


@pytest.mark.parametrize("note", ["寄宿", "一年级", "女", "不含附设班", "2023年", "班均", "外籍", "残疾"])
def test_a_note_that_may_make_another_figure_of_a_heading_is_asked_about(note: str) -> None:
    head = ["学校标识码", "学校名称", "学段", f"在校生数（{note}）"]
    parsed = parse_grids([Grid("表", [head, ["2150000001", "东镇小学", "小学", 30]])], YEAR, [])
    assert parsed.sheets == [] and "在校生数" in parsed.problems[0].message_zh


@pytest.mark.parametrize("code", ["'500188", "500188区", "（500188）", "500188000000"])
def test_a_row_of_a_ledger_without_figures_is_read_by_its_code(code: str) -> None:
    feed = load_feeds()["milestones"]
    names = [c for c in feed.columns if c.required]
    words = {"district_code": code, "milestone_number": "1", "item_number": "9", "milestone_kind": "其他",
             "milestone_zh": "合计三处完成汇总", "department": "教委", "planned_on": "2024-09-01"}  # fmt: skip
    row = [words.get(c.name, next(iter(c.choices), "1")) for c in names]
    for j, c in enumerate(names):
        if c.type == "choice" and row[j] not in c.choices:
            row[j] = next(iter(c.choices))
    parsed = parse_grids([Grid("表", [[c.heading_zh for c in names], row])], YEAR, [])
    assert parsed.sheets[0].columns["district_code"] == ["500188"]
