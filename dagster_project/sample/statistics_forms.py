"""The national statistics forms of a school, written from the rows of its returns as schools export them.

One workbook per school, one sheet per form, in the three states in which the forms have been: 基础基 until 2020, 教基 of
2021 and 2022, 教基 since 2023. Headings are written here and not taken from `raw_data/layouts/forms/`, so that a wrong
declaration there is noticed. Figures that no return has (women, courses, other rooms) are made up to fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster_project.intake.feeds import REGISTER
from dagster_project.sample.district import Row
from dagster_project.sample.statistics_premises import grounds, old_grounds, old_rooms, rooms, vocational
from dagster_project.sample.statistics_sheets import Figures, Form, HeadingPath, write_book

STAGES = ("小学", "初中", "高中")
_FIRST_GRADE = {"小学": 1, "初中": 7, "高中": 10}
#: Grades that the forms have a column for; some provinces have a fourth year of junior secondary school.
_GRADES = {
    "小学": ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    "初中": ("一年级", "二年级", "三年级", "四年级"),
    "高中": ("一年级", "二年级", "三年级"),
}
_KINDERGARTEN_GRADES = ("托班", "小班", "中班", "大班", "混合班")
_BANDS = ((None, 25), *((n, n + 4) for n in range(26, 66, 5)), (66, None))
_KINDERGARTEN_BANDS = ((None, 20), *((n, n + 4) for n in range(21, 41, 5)), (41, None))
_DEGREES = ("博士研究生", "硕士研究生", "本科", "专科", "高中阶段", "高中阶段以下")
_OLD_DEGREES = ("研究生毕业", "本科毕业", "专科毕业", "高中阶段毕业", "高中阶段毕业以下")
_ART = ("pe_teachers", "music_teachers", "fine_art_teachers", "other_art_teachers")

#: Columns of the returns that the forms of a school of compulsory education have, by feed.
FIGURES_OF_FORMS = {
    "staffing": (*_ART, "full_time_teachers", "above_required_degree_teachers", "backbone_teachers"),
    "floor_area": (
        "teaching_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2", "equipment_10k_yuan",
        "multimedia_classrooms", "books", "computers",
    ),
}  # fmt: skip


def write_statistics_forms(path: Path, school_year: int, feeds: Mapping[str, Sequence[Row]]) -> None:
    """Write the workbook of one school.

    Args:
        path: the file to write.
        school_year: decides the edition of the forms.
        feeds: rows of the school by feed, one of `schools` among them; a feed without rows gives no forms.
    """
    write_book(path, school_year, feeds[REGISTER][0], list(_forms(school_year, feeds)))


def _forms(school_year: int, feeds: Mapping[str, Sequence[Row]]) -> Iterable[Form]:
    is_old, by_stage = school_year <= 2020, _Stages(feeds)
    # until 2020 the form of kindergarten classes has no sizes
    if (children := by_stage.classes.get("学前")) and not is_old:
        yield _bands("教基2105", "学前教育班额情况", "学前", children)
    if staff := by_stage.staffing.get("学前"):
        yield _kindergarten_staff(is_old, staff)
    if by_stage.staffing.keys() & set(STAGES):
        yield _conditions(is_old, by_stage.staffing)
    yield from _class_sizes(is_old, by_stage)
    for stage in STAGES:
        if stage in by_stage.pupils:
            yield _pupils(is_old, stage, by_stage.pupils[stage], by_stage.classes.get(stage, []))
    if by_stage.pupils:
        yield _changes(is_old, by_stage.pupils)
    if by_stage.staffing.keys() & set(STAGES):
        yield _staff(is_old, by_stage.staffing)
        yield from _teachers(school_year, by_stage.staffing)
    for premises in feeds.get("floor_area", ()):
        yield (old_rooms if is_old else rooms)(premises)
        yield (old_grounds if is_old else grounds)(premises)
    for row in feeds.get("vocational_enrolment", ()):
        if row["upper_secondary_type"] == "中等职业学校" and not is_old:
            yield from vocational(row)


class _Stages:
    """Rows of a school by stage."""

    def __init__(self, feeds: Mapping[str, Sequence[Row]]) -> None:
        self.staffing = {r["stage"]: r for r in feeds.get("staffing", ())}
        self.classes: dict[str, list[Row]] = {}
        for row in feeds.get("class_sizes", ()):
            self.classes.setdefault(row["stage"], []).append(row)
        self.pupils: dict[str, Row] = {}
        for stage, rows in self.classes.items():
            if stage in STAGES and all(r.get("students") is not None for r in rows):
                self.pupils[stage] = _counted(rows)
        for row in feeds.get("enrolment", ()):
            if row["stage"] in STAGES:
                self.pupils[row["stage"]] = row


def _counted(classes: Sequence[Row]) -> Row:
    """Pupils of a stage as its classes count them."""
    grades = sorted({int(r["grade"]) for r in classes})

    def together(grade: int) -> int:
        return sum(r["students"] for r in classes if int(r["grade"]) == grade)

    return {
        "students": sum(r["students"] for r in classes),
        "entrants": together(grades[0]),
        "graduates": together(grades[-1]),
    }


# ------------------------------------------------------------------ classes and pupils


def _number_of(row: Row) -> int:
    return 1 if row.get("class_count") is None else int(row["class_count"])


def _is_in(row: Row, low: int | None, high: int | None) -> bool:
    size = row.get("students")
    if size is None:
        return bool((row.get("size_band_minimum") or 0) == (low or 0))
    return (low or 0) <= size / _number_of(row) <= (high or 10**6)


def _label(low: int | None, high: int | None) -> str:
    return f"{high}人及以下" if low is None else f"{low}人及以上" if high is None else f"{low}-{high}人"


def _band_rows(columns: Sequence[Sequence[Row]], is_kindergarten: bool = False) -> list[tuple[str, Figures]]:
    """总计 and one row per band; one figure per column of classes."""
    limits = _KINDERGARTEN_BANDS if is_kindergarten else _BANDS
    rows: list[tuple[str, Figures]] = [("总计", [sum(map(_number_of, rows)) for rows in columns])]
    for low, high in limits:
        counts = [sum(_number_of(r) for r in rows if _is_in(r, low, high)) for rows in columns]
        rows.append((_label(low, high), counts))
    return rows


def _by_grade(stage: str, classes: Sequence[Row]) -> list[list[Row]]:
    """All classes, then those of each grade that the forms have a column for."""
    if stage == "学前":
        return [list(classes), *([r for r in classes if r["grade"] == g] for g in _KINDERGARTEN_GRADES)]
    first = _FIRST_GRADE[stage]
    grades = range(first, first + len(_GRADES[stage]))
    return [list(classes), *([r for r in classes if int(r["grade"]) == g] for g in grades)]


def _bands(code: str, title: str, stage: str, classes: Sequence[Row]) -> Form:
    names = _KINDERGARTEN_GRADES if stage == "学前" else _GRADES[stage]
    columns = _by_grade(stage, classes)
    heads = [("合计",), *((name,) for name in names)]
    if stage == "小学":
        heads, columns = [*heads, ("复式班",)], [*columns, []]
    return Form(code, title, tuple(heads), tuple(_band_rows(columns, stage == "学前")))


def _class_sizes(is_old: bool, by_stage: _Stages) -> Iterable[Form]:
    classes = by_stage.classes
    if not is_old:
        titles = {
            "小学": ("教基2106", "小学"),
            "初中": ("教基2107", "初中"),
            "高中": ("教基2108", "普通高中"),
        }
        for stage, (code, name) in titles.items():
            if stage in classes:
                yield _bands(code, f"{name}班额情况", stage, classes[stage])
        return
    if "小学" in classes:
        yield _bands("基础基212", "小学教学班数、班额情况", "小学", classes["小学"])
    if classes.keys() & {"初中", "高中"}:
        columns, heads = [], []
        for stage in ("初中", "高中"):
            columns += _by_grade(stage, classes.get(stage, []))
            heads += [(stage, "合计"), *((stage, g) for g in _GRADES[stage])]
        yield Form("基础基213", "中学教学班数、班额情况", tuple(heads), tuple(_band_rows(columns)))


def _pupils(is_old: bool, stage: str, row: Row, classes: Sequence[Row]) -> Form:
    codes = {"小学": "312", "初中": "313", "高中": "314"}
    name = {"高中": "普通高中"}.get(stage, stage)
    grades = _pupils_by_grade(stage, row["students"], classes)
    total = [row.get("graduates"), row.get("entrants"), row["students"], row["students"] // 2, *grades]
    women = [n if n is None else n // 2 for n in total]
    women[3] = "*" if is_old else "-"
    woman = "其中：女" if is_old else "#女"
    of_all = "合计" if is_old else "计"
    heads = (
        ("毕业生数",), ("招生数", of_all), ("在校生数", of_all), ("在校生数", woman),
        *(("在校生数", g) for g in _GRADES[stage]), ("预计毕业生数",),
    )  # fmt: skip
    last = next((n for n in reversed(grades) if n), 0)
    rows = (
        ("总计", [*total, last]),
        ("女" if is_old else "#女", [*women, last // 2]),
        ("少数民族" if is_old else "#少数民族", [0] * len(heads)),
    )
    code = (
        f"基础基{codes[stage]}"
        if is_old
        else {"小学": "教基3112", "初中": "教基3115", "高中": "教基3118"}[stage]
    )
    return Form(code, f"{name}学生数" if is_old else f"{name}分类型学生数", heads, rows)


def _pupils_by_grade(stage: str, students: int, classes: Sequence[Row]) -> list[int]:
    """Pupils of each grade of the forms; as equal as can be where the classes don't say."""
    sizes = [sum(r.get("students") or 0 for r in rows) for rows in _by_grade(stage, classes)[1:]]
    if sum(sizes) != students:
        number = 6 if stage == "小学" else 3
        equal = [students // number + (1 if i < students % number else 0) for i in range(number)]
        sizes = [*equal, *[0] * (len(sizes) - number)]
    return sizes


def _changes(is_old: bool, pupils: Mapping[str, Row]) -> Form:
    """Pupils at the start of the year before, who came and who went, pupils now."""
    come, gone = ("招生", "复学", "转入", "其他"), ("毕业", "结业", "休学", "退学", "死亡", "转出", "其他")
    heads = (
        ("上学年初报表在校生数",),
        *(("增加学生数", name) for name in ("合计", *come)),
        *(("减少学生数", name) for name in ("合计", *gone)),
        ("本学年初报表在校生数",),
    )
    rows = []
    for stage, row in pupils.items():
        entrants, graduates = row.get("entrants") or 0, row.get("graduates") or 0
        before = max(0, row["students"] - entrants + graduates)
        moved_in = max(0, row["students"] - before - entrants + graduates)
        rows.append(
            ({"高中": "普通高中"}.get(stage, stage), [
                before, entrants + moved_in, entrants, 0, moved_in, 0,
                graduates, graduates, 0, 0, 0, 0, 0, 0, row["students"],
            ])
        )  # fmt: skip
    total = ("总计", [sum(column) for column in zip(*(figures for _, figures in rows), strict=True)])
    return Form("基础基331" if is_old else "教基3120", "在校生变动情况", heads, (total, *rows))


# ------------------------------------------------------------------ teachers


def _conditions(is_old: bool, staffing: Mapping[str, Row]) -> Form:
    word = "县级及以上骨干教师" if is_old else "县级以上骨干教师"
    backbone: list[tuple[str, Figures]] = [
        (f"{word}（{stage}）", [staffing[stage].get("backbone_teachers") if stage in staffing else 0])
        for stage in STAGES
    ]
    rows: list[tuple[str, Figures]] = [
        ("体育运动场（馆）面积是否达标", ["是"]),
        *backbone,
        ("安全保卫人员", [2]),
    ]
    if is_old:
        heads = (("内容",), ("单位",), ("备注",))
        with_units = tuple((label, [*figures, "人", "中、小学"]) for label, figures in rows)
        return Form("基础基112", "学校（机构）基本情况", heads, with_units)
    return Form(
        "教基1102续", "学校（机构）条件（续）", (("内容",),), tuple(rows), ("", "人", "人", "人", "人")
    )


def _kindergarten_staff(is_old: bool, row: Row) -> Form:
    kinds = ("合计", "园长", "专任教师", "卫生保健人员", "保育员", "其他")
    teachers = row["full_time_teachers"]
    nurses = teachers // 2
    total = [teachers + nurses + 1, 1, teachers, 0, nurses, 0]
    heads = tuple(("教职工数", kind) for kind in kinds)
    code = "基础基411" if is_old else "教基4148"
    return Form(code, "幼儿园教职工", heads, (("总计", total), ("女" if is_old else "#女", total)))


def _staff(is_old: bool, staffing: Mapping[str, Row]) -> Form:
    teachers = sum(staffing[stage]["full_time_teachers"] for stage in STAGES if stage in staffing)
    kinds = ("专任教师", "行政人员", "教辅人员", "工勤人员", "其他人员" if is_old else "其他")
    total = [teachers + 3, teachers, 1, 1, 1, 0]
    heads: tuple[HeadingPath, ...] = (("教职工数",), *((kind,) for kind in kinds))
    if is_old:
        heads = tuple(("教职工数", kind) for kind in ("合计", *kinds))
    return Form("基础基412" if is_old else "教基4149", "中小学教职工", heads, (("总计", total),))


def _teachers(school_year: int, staffing: Mapping[str, Row]) -> Iterable[Form]:
    """Teachers by course and degree: which stages share a form depends on the state of the forms."""
    is_old, is_new = school_year <= 2020, school_year >= 2023
    heads = _courses(school_year)
    blocks = {s: _teachers_of(school_year, s, staffing[s]) for s in STAGES if s in staffing}

    def joined(stages: Sequence[str], senior: str) -> tuple[tuple[str, Figures], ...]:
        own = {s: blocks[s] for s in stages if s in blocks}
        total = [_sum(column) for column in zip(*(rows[0] for rows in own.values()), strict=True)]
        lines: list[tuple[str, Figures]] = [("总计", total)]
        for stage, rows in own.items():
            lines += _labelled(senior if stage == "高中" else stage, rows, school_year)
        return tuple(lines)

    if is_new:
        if blocks.keys() & {"小学", "初中"}:
            yield Form(
                "教基4155", "义务教育阶段专任教师分课程、分学历情况", heads, joined(("小学", "初中"), "")
            )
        if "高中" in blocks:
            rows = tuple(_labelled("总计", blocks["高中"], school_year))
            yield Form("教基4156", "普通高中专任教师分课程、分学历情况", heads, rows)
        return
    ending = "" if is_old else "情况"
    if "小学" in blocks:
        rows = tuple(_labelled("总计", blocks["小学"], school_year))
        code = "基础基423" if is_old else "教基4155"
        yield Form(code, f"小学专任教师分课程、分学历{ending}", heads, rows)
    if blocks.keys() & {"初中", "高中"}:
        rows = joined(("初中", "高中"), "高中" if is_old else "普通高中")
        code = "基础基424" if is_old else "教基4156"
        yield Form(code, f"中学专任教师分课程、分学历{ending}", heads, rows)


def _sum(figures: Sequence[Any]) -> Any:
    return None if any(n is None for n in figures) else sum(figures)


def _courses(school_year: int) -> tuple[HeadingPath, ...]:
    if school_year >= 2023:
        arts: tuple[HeadingPath, ...] = (("体育与健康",), ("艺术", "计"), ("艺术", "音乐"), ("艺术", "美术"))
    else:
        arts = (("体育",), ("艺术",), ("音乐",), ("美术",))
    return (("合计",), ("#女" if school_year > 2020 else "其中：女",), ("语文",), ("数学",), *arts)


def _teachers_of(school_year: int, stage: str, row: Row) -> list[list[Any]]:
    """Figures of a stage and of its degrees, in the order of the courses.

    Degrees and courses are handed out one after the other, so that every table made of them adds up.
    """
    total = row["full_time_teachers"]
    above = total if stage == "高中" else row.get("above_required_degree_teachers")
    masters = 0 if above is None else above // 10
    associates = (above or 0) // 5 if stage == "小学" else 0
    by_degree: list[Any] = [0, masters, (above or 0) - masters - associates, associates, 0, 0]
    by_degree[4 if stage == "小学" else 3] += total - (above or 0)
    degrees = [d for d, n in enumerate(by_degree) for _ in range(n)]
    pe, music, fine_art, other = (row.get(name) for name in _ART)
    given = [("体育", pe or 0), ("音乐", music or 0), ("美术", fine_art or 0), ("艺术", other or 0)]
    courses = [name for name, n in given for _ in range(n)]
    courses += ["语文", "数学"] * ((total - len(courses) + 1) // 2)
    pairs = Counter(zip(reversed(degrees), courses, strict=False))

    def figures(wanted: Sequence[int], hidden: bool = False) -> list[Any]:
        def count(*names: str) -> int:
            return sum(pairs[d, name] for d in wanted for name in names)

        everybody = sum(n for d, n in enumerate(by_degree) if d in wanted)
        arts = ("音乐", "美术", "艺术") if school_year >= 2023 else ("艺术",)
        # the column 艺术 of the present forms includes music and fine art: it can't be given without them
        art_known = other is not None and (school_year < 2023 or (music is not None and fine_art is not None))
        return [
            everybody, everybody // 2, count("语文"), count("数学"),
            None if hidden and pe is None else count("体育"),
            None if hidden and not art_known else count(*arts),
            None if hidden and music is None else count("音乐"),
            None if hidden and fine_art is None else count("美术"),
        ]  # fmt: skip

    rows = [figures(range(6), hidden=True)]
    groups = [(0, 1), (2,), (3,), (4,), (5,)] if school_year <= 2020 else [(d,) for d in range(6)]
    for group in groups:
        own = figures(group)
        if above is None:
            own[0] = None
        rows.append(own)
    return rows


def _labelled(label: str, rows: Sequence[Figures], school_year: int) -> list[tuple[str, Figures]]:
    """Rows of a stage under their labels, with the part of them that are women."""
    is_old = school_year <= 2020
    women = [n if n is None else n // 2 for n in rows[0]]
    women[1] = "*" if is_old else "-"
    degrees = _OLD_DEGREES if is_old else _DEGREES
    named = list(zip(degrees, rows[1:], strict=True))
    return [(label, rows[0]), ("女" if is_old else "#女", women), *named]
