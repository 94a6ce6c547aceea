"""Returns of the synthetic district's schools, year by year.

Everything is drawn for 2023 and carried to other years from there, so that a longer series of years
never changes the calibrated one. After 2023 what was short is made good step by step, as the plan demands.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from dagster_project.sample.classes import classes_of
from dagster_project.sample.district import (
    BASE_YEAR,
    DISTRICT_CODE,
    District,
    Reports,
    Row,
    Site,
    draw,
    grown,
)
from dagster_project.sample.kindergartens import kindergarten_pay, pay_of_year, report_kindergarten

#: Shares of upper-secondary students in vocational schools; that of 2023 is published (plan item 11).
VOCATIONAL_SHARES = {
    2019: 0.268, 2020: 0.259, 2021: 0.251, 2022: 0.245, 2023: 0.239, 2024: 0.242, 2025: 0.246,
}  # fmt: skip

#: Values that the draws aim at, per student or per 100 students, in the order of the indicators.
_AIMS = {
    "小学": (4.2, 1.0, 0.9, 4.5, 7.5, 2000.0, 2.3),
    "初中": (5.3, 1.0, 0.9, 5.8, 10.2, 2500.0, 2.4),
    "高中": (6.5, 1.0, 0.9, 6.5, 9.0, 2800.0, 2.4),
}
_SHARE_WEIGHTS = {"小学": 1.0, "初中": 1.1, "高中": 1.32}
#: Loss per year back from 2023: degrees, backbone, PE and art, rooms, sports, equipment, multimedia.
_DECAY = (0.02, 0.05, 0.045, 0.02, 0.015, 0.06, 0.05)


def report_years(district: District, years: Sequence[int]) -> dict[int, Reports]:
    """Rows of all sites by school year and feed; values as the entry forms word them."""
    pay = kindergarten_pay(district)
    return {year: _report(district, year, pay_of_year(district, pay, year)) for year in sorted(set(years))}


def _report(district: District, year: int, pay: dict[str, Row]) -> Reports:
    reports: Reports = {
        feed: []
        for feed in (
            "schools",
            "enrolment",
            "staffing",
            "floor_area",
            "class_sizes",
            "kindergarten_pay",
            "vocational_enrolment",
        )
    }
    for site in district.sites:
        if not site.is_open(year):
            continue
        reports["schools"].append(_register_row(district, site, year))
        if site.kind == "幼儿园":
            report_kindergarten(district, site, year, pay[site.code], reports)
        elif site.stages:
            _report_school(district, site, year, reports)
    general = sum(r["students"] for r in reports["vocational_enrolment"])
    _report_vocational(district, year, general, reports)
    return reports


def _register_row(district: District, site: Site, year: int) -> Row:
    rng = draw(district.seed, "place", site.code)
    is_kindergarten = site.kind == "幼儿园"
    assessed = 0.78 + 0.04 * max(0, year - BASE_YEAR)
    inclusive = "是" if site.ownership == "公办" or rng.random() < assessed else "否"
    boards = site.kind in (
        "初级中学",
        "九年一贯制学校",
        "十二年一贯制学校",
        "完全中学",
        "高级中学",
        "技工学校",
    )
    return {
        "school_code": site.code,
        "school_name": site.name,
        "district_code": DISTRICT_CODE,
        "town": district.towns[site.town],
        "urban_rural_code": site.urban,
        "school_type": site.kind,
        "ownership": site.ownership,
        "is_inclusive": inclusive if is_kindergarten else None,
        "is_boarding": "是" if boards else "否",
        "founded_year": site.founded,
        "is_counted_as_school": "否" if site.master else "是",
        "master_school_code": site.master or None,
        "former_school_code": site.former or None,
        "education_group": site.group or None,
        "exchange_area": f"第{'一二三四'[site.town % 4]}片区" if not is_kindergarten else None,
        # a grid in uninhabited grassland: the district is synthetic
        "longitude": round(110.0 + site.town % 5 * 0.1 + rng.randrange(90_000) / 1e6, 6),
        "latitude": round(42.0 + site.town // 5 * 0.1 + rng.randrange(90_000) / 1e6, 6),
        "is_planned_and_built_by_2010": "是" if site.founded <= 2010 else "否",
        "is_planned_and_built_by_2016": "是" if site.founded <= 2016 else "否",
        "is_in_dense_city_centre": "否",
    }


def _counted(value: float, reached: bool) -> int:
    """The value as a whole number, rounded so that it stays on its side of the threshold."""
    return -int(-value // 1) if reached else int(value)


def _report_school(district: District, site: Site, year: int, reports: Reports) -> None:
    back = BASE_YEAR - year
    students: dict[str, int] = {}
    anchors: dict[str, int] = {}
    key = {"school_code": site.code, "school_name": site.name}
    reports_enrolment = site.town % 3 == 0 or site.kind in ("高级中学", "完全中学")
    for stage in site.stages:
        classes = classes_of(district, site, stage, year)
        students[stage] = sum(size for _, size in classes)
        anchors[stage] = sum(size for _, size in classes_of(district, site, stage, BASE_YEAR))
        serial: dict[int, int] = {}
        for grade, size in classes:
            serial[grade] = serial.get(grade, 0) + 1
            name = f"{serial[grade]}班"
            row = {**key, "stage": stage, "grade": str(grade), "class_name": name, "students": size}
            reports["class_sizes"].append(row)
        if reports_enrolment:
            first, last = classes[0][0], classes[-1][0]
            reports["enrolment"].append(
                {
                    **key,
                    "stage": stage,
                    "students": students[stage],
                    "classes": len(classes),
                    "entrants": sum(s for g, s in classes if g == first),
                    "graduates": sum(s for g, s in classes if g == last),
                }
            )
        reports["staffing"].append(
            {**key, "stage": stage, **_staffing(district, site, stage, anchors[stage], students[stage], back)}
        )
    reports["floor_area"].append({**key, **_premises(district, site, anchors, students, back)})
    if "高中" in students:
        reports["vocational_enrolment"].append({**key, **_general_row(site, students["高中"], back, reports)})


def _improved(district: District, site: Site, stage: str, k: int, years: int) -> float:
    """Ratio to the threshold some years after 2023: what was a little short is reached, what was far off comes nearer."""
    ratio = site.ratios[stage][k]
    turn = draw(district.seed, "improved", site.code, stage, k).random()
    for year in range(1, years + 1):
        if ratio < 1:
            ratio = 1.01 if ratio > 0.72 and turn < 0.3 * year else min(0.99, ratio + 0.4 * (1 - ratio))
    return ratio


def _staffing(district: District, site: Site, stage: str, anchor: int, students: int, back: int) -> Row:
    rng = draw(district.seed, "staffing", site.code, stage)
    ratios, aims = site.ratios[stage], _AIMS[stage]
    follow = 1 + 0.5 * (students / anchor - 1)

    def carried(k: int) -> int:
        base = _counted(ratios[k] * aims[k] * anchor / 100, ratios[k] >= 1)
        if back >= 0:
            return base if back == 0 else int(grown(base, _DECAY[k], back) * follow + 0.5)
        ratio = _improved(district, site, stage, k, -back)
        return max(base, _counted(ratio * aims[k] * students / 100, ratio >= 1))

    degree, backbone, arts = carried(0), carried(1), carried(2)
    share = (0.86 if stage == "小学" else 0.8) + 0.1 * rng.random()
    teachers = max(2, backbone, arts, degree, -int(-(degree / grown(share, 0.015, back)) // 1))
    music = arts // 3
    fine_art = arts // 4
    other = 1 if arts >= 9 and rng.random() < 0.4 else 0
    eligible = int(teachers * (0.5 + 0.2 * rng.random()))
    rotated = int(eligible * (0.05 + 0.09 * rng.random() - 0.01 * back) + 0.5)
    rural = site.urban in ("210", "220")
    return {
        "full_time_teachers": teachers,
        "above_required_degree_teachers": degree,
        "backbone_teachers": backbone,
        "pe_teachers": arts - music - fine_art - other,
        "music_teachers": music,
        "fine_art_teachers": fine_art,
        "other_art_teachers": other,
        "certified_teachers": teachers - (1 if rng.random() < 0.25 else 0),
        "trained_360_hours_teachers": int(teachers * min(1.0, 0.97 - 0.03 * back + 0.03 * rng.random())),
        "rotation_eligible_teachers": eligible,
        "rotated_teachers": rotated,
        "rotated_backbone_teachers": min(backbone, rotated, int(rotated * (0.15 + 0.2 * rng.random()) + 0.5)),
        "itinerant_pe_and_art_teachers": rng.randrange(3) if rural else 0,
    }


def _premises(
    district: District, site: Site, anchors: dict[str, int], students: dict[str, int], back: int
) -> Row:
    """Premises of a school, drawn for all its stages at once (the stricter threshold counts)."""
    rng = draw(district.seed, "premises", site.code)
    stages = site.stages
    people = sum(anchors.values())

    def needed(k: int, numbers: dict[str, int]) -> float:
        return max(_AIMS[s][k] / _SHARE_WEIGHTS[s] for s in stages) * sum(
            _SHARE_WEIGHTS[s] * numbers[s] for s in stages
        )

    def total(k: int) -> float:
        base = site.ratios[stages[0]][k] * needed(k, anchors)
        if back >= 0:
            return base
        return max(base, _improved(district, site, stages[0], k, -back) * needed(k, students))

    build = 2019 + rng.randrange(8)  # a new building opened that year; before it there was less
    rooms = grown(total(3), 0.01, max(0, back)) * (0.86 if BASE_YEAR - back < build <= BASE_YEAR else 1.0)
    sports = grown(total(4), _DECAY[4], max(0, back))
    indoor = min(round(0.1 * rng.random() * rooms, 1), round(sports * 0.3, 1)) if people > 500 else 0.0
    rooms_reached = _improved(district, site, stages[0], 6, max(0, -back)) >= 1
    multimedia = _counted(total(6) / 100, rooms_reached)
    return {
        "teaching_area_m2": round(rooms + indoor, 2),
        "indoor_sports_area_m2": indoor,
        "sports_ground_area_m2": round(sports - indoor + 0.005, 2),
        "nearby_external_sports_area_m2": 0.0,
        "equipment_10k_yuan": round(grown(total(5), _DECAY[5], max(0, back)) / 10_000 + 0.005, 2),
        "multimedia_classrooms": multimedia if back <= 0 else int(grown(multimedia, _DECAY[6], back) + 0.5),
        "books": int(people * grown(22 + 18 * rng.random(), 0.02, back)),
        "computers": int(people * grown(0.08 + 0.1 * rng.random(), 0.05, back)),
    }


def _general_row(site: Site, students: int, back: int, reports: Reports) -> Row:
    staff = reports["staffing"][-1]  # the senior stage, just reported
    own = list(takewhile(lambda r: r["school_code"] == site.code, reversed(reports["class_sizes"])))
    entrants = sum(r["students"] for r in own if r["grade"] == "10")
    return {
        "upper_secondary_type": "普通高中",
        "students": students,
        "planned_entrants": -(-entrants // 10) * 10,
        "entrants": entrants,
        "graduates": sum(r["students"] for r in own if r["grade"] == "12"),
        "full_time_teachers": staff["full_time_teachers"],
        "senior_title_teachers": staff["full_time_teachers"] // 4,
        "part_time_teachers": 0,
    }


def _report_vocational(district: District, year: int, general: int, reports: Reports) -> None:
    """Vocational schools; their students add up to the district's share to the nearest student."""
    back = BASE_YEAR - year
    share = VOCATIONAL_SHARES.get(year, 0.246 if year > BASE_YEAR else 0.27)
    total = int(general * share / (1 - share) + 0.5)
    sites = [s for s in district.sites if s.kind == "中等职业学校"]
    weights = [s.figures["share"] * (1 - s.figures["growth"] * back) for s in sites]
    numbers = [int(total * w / sum(weights)) for w in weights]
    if numbers:
        numbers[0] += total - sum(numbers)
    for site, students in zip(sites, numbers, strict=True):
        teachers = int(students / site.figures["ratio"]) + 1
        _add_vocational(reports, site, students, teachers, back)
    for site in district.sites:
        if site.kind == "技工学校":
            _add_vocational(reports, site, site.figures["students"] - 9 * back, 31, back)


def _add_vocational(reports: Reports, site: Site, students: int, teachers: int, back: int) -> None:
    campus, owned, equipment = (site.figures[name] for name in ("campus", "owned", "equipment"))
    floor = round(grown(site.figures["floor"], 0.01, back), 2)
    key = {"school_code": site.code, "school_name": site.name}
    specialised = int(teachers * (0.55 - 0.01 * back))
    entrants = int(students * 0.36)
    reports["vocational_enrolment"].append(
        {
            **key,
            "upper_secondary_type": site.kind,
            "students": students,
            "planned_entrants": entrants + 40,
            "entrants": entrants,
            "graduates": int(students * 0.29),
            "campus_area_m2": campus,
            "owned_campus_area_m2": round(campus * owned, 2),
            "floor_area_m2": floor,
            "owned_floor_area_m2": round(floor * owned, 2),
            "full_time_teachers": teachers,
            "specialised_teachers": specialised,
            "dual_qualified_teachers": int(specialised * (0.48 - 0.04 * back)),
            "senior_title_teachers": int(teachers * 0.21),
            "part_time_teachers": int(teachers * (0.14 - 0.01 * back)),
            "equipment_10k_yuan": round(students * grown(equipment, 0.05, back) / 10_000, 2),
            "books": int(students * grown(33, 0.02, back)),
        }
    )
    arts = max(2, teachers // 18)
    reports["staffing"].append(
        {
            **key,
            "stage": "中职",
            "full_time_teachers": teachers,
            "above_required_degree_teachers": int(teachers * 0.93),
            "backbone_teachers": teachers // 9,
            "pe_teachers": arts,
            "music_teachers": 1,
            "fine_art_teachers": 1,
            "other_art_teachers": 0,
            "certified_teachers": int(teachers * 0.9),
            "trained_360_hours_teachers": int(teachers * (0.85 - 0.03 * back)),
            "rotation_eligible_teachers": 0,
            "rotated_teachers": 0,
            "rotated_backbone_teachers": 0,
            "itinerant_pe_and_art_teachers": 0,
        }
    )
