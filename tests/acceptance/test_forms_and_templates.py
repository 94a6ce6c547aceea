"""A district publishes the same figures whether its schools send the national statistics forms or entry templates.

Each random district is sent twice in one raw folder: as templates under district codes 5001NN, as workbooks of forms under
5002NN, its school codes alike but for two digits. Every figure of one has to be that of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from dagster_project.sample.statistics_forms import write_statistics_forms
from tests.conftest import District

Row = dict[str, Any]
Feeds = dict[str, list[Row]]

STAGES = {
    "小学": ("小学",), "教学点": ("小学",), "初级中学": ("初中",), "九年一贯制学校": ("小学", "初中"),
    "十二年一贯制学校": ("小学", "初中", "高中"), "完全中学": ("初中", "高中"), "高级中学": ("高中",),
    "特殊教育学校": ("小学",), "幼儿园": (), "中等职业学校": (),
}  # fmt: skip
GRADES = {"小学": range(1, 7), "初中": range(7, 10), "高中": range(10, 13)}
#: One state of the forms after the other.
YEARS = (2020, 2022, 2023)
#: Sizes at the edges of the bands and of the limits of large classes, and some between.
SIZES = (1, 12, 25, 26, 30, 31, 38, 45, 46, 50, 51, 55, 56, 60, 65, 66, 71)
TEMPLATE, FORMS = "98", "99"


def draw_school(rng: Random, kind: str, code: str, year: int) -> Feeds:
    """Rows of one school by feed; a cell that is None is blank in the template and has a mark in the form."""
    register = {"school_code": code, "school_name": f"合成学校{code}", "town": rng.choice(("东河镇", "西岭乡", "南桥街道")),
                "school_type": kind, "ownership": rng.choice(("公办", "公办", "民办")),
                "urban_rural_code": rng.choice(("111", "121", "220"))}  # fmt: skip
    feeds: Feeds = {"schools": [register]}
    if kind == "中等职业学校":
        return feeds | {"vocational_enrolment": [draw_vocational(rng, code)]}
    classes: list[Row] = []
    for stage in STAGES[kind]:
        own = draw_classes(rng, code, stage)
        classes += own
        pupils = {"school_code": code, "stage": stage, "students": sum(r["students"] for r in own)}
        grades = [sum(r["students"] for r in own if r["grade"] == g) for g in GRADES[stage]]
        in_and_out = {"entrants": grades[0], "graduates": grades[-1]}
        # the forms always have the numbers of pupils; a template may leave them to the list of classes
        feeds.setdefault("enrolment", []).append({**pupils, **in_and_out, "classes": len(own)})
        if rng.random() < 0.9:
            feeds.setdefault("staffing", []).append(draw_teachers(rng, code, stage, pupils["students"]))
        if stage == "高中":
            general = {
                "school_code": code,
                "upper_secondary_type": "普通高中",
                "students": pupils["students"],
            }
            feeds["vocational_enrolment"] = [{**general, **in_and_out}]
    if kind == "幼儿园":
        feeds["staffing"] = [{"school_code": code, "stage": "学前", "full_time_teachers": rng.randint(1, 20)}]
    if year > 2020 and (kind == "幼儿园" or (kind == "小学" and rng.random() < 0.3)):
        classes += [
            {"school_code": code, "stage": "学前", "grade": grade, "class_name": f"{grade}{n}",
             "students": rng.choice((8, 20, 21, 25, 26, 30, 31, 35, 36, 40, 41))}
            for grade in ("小班", "中班", "大班", "混合班") for n in range(rng.randint(0, 2))
        ]  # fmt: skip
    if classes:
        feeds["class_sizes"] = classes
    if STAGES[kind] and rng.random() < 0.9:
        feeds["floor_area"] = [draw_premises(rng, code, sum(r["students"] for r in classes))]
    return feeds


def draw_classes(rng: Random, code: str, stage: str) -> list[Row]:
    """One to three classes of each grade; some grades have none, as in teaching points."""
    grades = [g for g in GRADES[stage] if rng.random() < 0.9] or [GRADES[stage][0]]
    return [
        {"school_code": code, "stage": stage, "grade": g, "class_name": f"{n + 1}班", "students": rng.choice(SIZES)}
        for g in grades for n in range(rng.randint(1, 3))
    ]  # fmt: skip


def draw_teachers(rng: Random, code: str, stage: str, students: int) -> Row:
    """Teachers about as many as the standards want, and not always all of them known."""

    def about(per_100: float) -> int:
        return round(students * per_100 / 100 * rng.uniform(0.6, 1.6))

    above, art = about(4.8), [about(0.3) for _ in range(4)]
    row: Row = {"school_code": code, "stage": stage, "backbone_teachers": about(1),
                "full_time_teachers": max(above, sum(art)) + rng.randint(1, 5),
                "above_required_degree_teachers": above, "pe_teachers": art[0], "music_teachers": art[1],
                "fine_art_teachers": art[2], "other_art_teachers": art[3]}  # fmt: skip
    for name in ("backbone_teachers", "above_required_degree_teachers", "pe_teachers"):
        if rng.random() < 0.05:
            row[name] = None
    if stage == "高中":  # the forms don't say which degree a senior teacher needs
        row["above_required_degree_teachers"] = None
    return row


def draw_premises(rng: Random, code: str, students: int) -> Row:
    def about(each: float) -> float:
        return round(students * each * rng.uniform(0.6, 1.6), 2)

    teaching = about(5)
    row: Row = {"school_code": code, "teaching_area_m2": teaching, "sports_ground_area_m2": about(9),
                "indoor_sports_area_m2": rng.choice((0, round(teaching * 0.08, 1))), "equipment_10k_yuan": about(0.22),
                "multimedia_classrooms": int(about(0.024)), "books": int(about(25)), "computers": int(about(0.1))}  # fmt: skip
    for name in list(row)[1:]:
        if rng.random() < 0.05:
            row[name] = None
    return row


def draw_vocational(rng: Random, code: str) -> Row:
    students, teachers = rng.randint(300, 2000), rng.randint(40, 120)
    campus, floor = round(students * rng.uniform(20, 45), 2), round(students * rng.uniform(15, 25), 2)
    return {"school_code": code, "upper_secondary_type": "中等职业学校", "students": students,
            "entrants": students // 3, "graduates": students // 4, "full_time_teachers": teachers,
            "part_time_teachers": rng.randint(0, 20), "specialised_teachers": teachers // 2,
            "dual_qualified_teachers": rng.randint(1, teachers // 2), "senior_title_teachers": rng.randint(1, teachers // 3),
            "campus_area_m2": campus, "owned_campus_area_m2": rng.choice((campus, round(campus / 2, 2), 0)),
            "floor_area_m2": floor, "owned_floor_area_m2": rng.choice((floor, round(floor / 3, 2), 0)),
            "equipment_10k_yuan": round(students * rng.uniform(0.2, 0.5), 2), "books": students * rng.randint(10, 50)}  # fmt: skip


def twin(rows: list[Row], sent_as: str, district_code: str) -> list[Row]:
    """Rows of the school under the codes of one of the two districts."""
    return [
        {**row, "school_code": row["school_code"][:2] + sent_as + row["school_code"][4:],
         **({"district_code": district_code} if "school_type" in row else {})}
        for row in rows
    ]  # fmt: skip


def send(district: District, seeds: range) -> None:
    """Put a random district of each seed into the raw folder, in both ways."""
    for seed in seeds:
        rng, year = Random(seed), YEARS[seed % len(YEARS)]
        kinds = list(STAGES) if year > 2020 else [k for k in STAGES if k != "中等职业学校"]
        drawn = [*rng.choices(kinds, k=4), "小学", "小学", "初级中学", "九年一贯制学校"]
        whole: Feeds = {}
        for number, kind in enumerate(drawn):
            code = f"{rng.choice(('21', '31'))}00{seed:04d}{number:02d}"
            feeds = draw_school(rng, kind, code, year)
            by_forms = {feed: twin(rows, FORMS, f"5002{seed:02d}") for feed, rows in feeds.items()}
            path = district.raw / str(year) / f"{seed}-{number}.xlsx"
            path.parent.mkdir(exist_ok=True)
            write_statistics_forms(path, year, by_forms)
            if rng.random() < 0.5 and "小学" in STAGES[kind]:
                del feeds["enrolment"]
            for feed, rows in feeds.items():
                whole.setdefault(feed, []).extend(twin(rows, TEMPLATE, f"5001{seed:02d}"))
        district.put(f"{year}/{seed}.xlsx", **whole)


#: Table → what a row is of; all its columns are compared.
COMPARED = {
    "fct_school_indicators": ("school_code", "stage", "indicator_code"),
    "fct_school_compliance": ("school_code", "stage"),
    "fct_district_indicators": ("district_code", "stage", "indicator_code"),
    "fct_district_compliance": ("district_code", "stage"),
    "fct_district_class_sizes": ("district_code", "stage"),
    "fct_district_gaps": ("district_code", "town", "stage", "indicator_code"),
    "fct_near_compliant_schools": ("school_code", "stage"),
    "fct_school_sizes": ("school_code",),
    "fct_upper_secondary": ("district_code",),
    "fct_vocational_conditions": ("school_code", "condition_code"),
    "fct_vocational_teachers": ("district_code",),
}
CLASSES = (
    "select school_year, school_code, stage, grade, size_band, sum(coalesce(class_count, 1)) as classes"
    " from marts.fct_classes group by all"
)


def both(district: District, statement: str, key: tuple[str, ...]) -> tuple[dict[Any, Row], dict[Any, Row]]:
    """Rows as templates and as forms give them, by school year and key without the digits in which the twins differ."""
    found: dict[str, dict[Any, Row]] = {TEMPLATE: {}, FORMS: {}}
    for row in district.ask(statement):
        school, own = row.pop("school_code", None), row.pop("district_code", None)
        row.pop("school_name", None)
        sent_as = school[2:4] if school else {"1": TEMPLATE, "2": FORMS}[own[3]]
        row |= {"school_code": school and school[:2] + school[4:], "district_code": own and own[4:]}
        found[sent_as][row["school_year"], *(row[k] for k in key)] = row
    return found[TEMPLATE], found[FORMS]


def check(district: District) -> None:
    statements = {f"select * from marts.{table}": key for table, key in COMPARED.items()}
    for statement, key in (statements | {CLASSES: ("school_code", "stage", "grade", "size_band")}).items():
        templates, forms = both(district, statement, key)
        assert templates and templates.keys() == forms.keys(), statement
        for place, row in templates.items():
            other = forms[place]
            different = {
                name: (value, other[name])
                for name, value in row.items()
                if other[name] != (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value)
            }
            assert not different, (statement, place, different)
    wrong = district.ask(
        "select * from marts.fct_problems where source_file like '%-%' and severity <> 'warn'"
    )
    assert wrong == []


def test_forms_and_templates_publish_the_same_figures(new_district: Callable[[], District]) -> None:
    district = new_district()
    send(district, range(3))
    district.run()
    check(district)
    judged = district.ask(
        "select distinct status from marts.fct_school_compliance where district_code like '5002%'"
    )
    assert {"compliant", "not_compliant"} <= {row["status"] for row in judged}


@pytest.mark.slow
def test_forms_and_templates_of_many_districts_publish_the_same_figures(
    new_district: Callable[[], District],
) -> None:
    district = new_district()
    send(district, range(3, 23))
    district.run()
    check(district)
