"""Returns of the synthetic district's schools, year by year.

Everything is drawn for 2023 and carried to other years from there, so that a longer series of years
never changes the calibrated one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from random import Random

from dagster_project.sample.district import BASE_YEAR, DISTRICT_CODE, District, Row, Site, draw

Reports = dict[str, list[Row]]

#: The published figures of 2023 that the sample reproduces (plan items 1, 2 and 11).
TEMPORARY_TEACHERS = 392
TEMPORARY_MEAN_PAY = 34_679
IN_POST_MEAN_PAY = 118_659
KINDERGARTEN_STAFF = 2_328
INSURED_STAFF = 1_513
VOCATIONAL_SHARES = {2019: 0.268, 2020: 0.259, 2021: 0.251, 2022: 0.245, 2023: 0.239}

#: Values that the draws aim at, per student or per 100 students, in the order of the indicators.
_AIMS = {
    "小学": (4.2, 1.0, 0.9, 4.5, 7.5, 2000.0, 2.3),
    "初中": (5.3, 1.0, 0.9, 5.8, 10.2, 2500.0, 2.4),
    "高中": (6.5, 1.0, 0.9, 6.5, 9.0, 2800.0, 2.4),
}
_SHARE_WEIGHTS = {"小学": 1.0, "初中": 1.1, "高中": 1.32}
_GRADES = {"小学": range(1, 7), "初中": range(7, 10), "高中": range(10, 13)}
#: Loss per year back from 2023: degrees, backbone, PE and art, rooms, sports, equipment, multimedia.
_DECAY = (0.02, 0.05, 0.045, 0.02, 0.015, 0.06, 0.05)


def report_years(district: District, years: Sequence[int]) -> dict[int, Reports]:
    """Rows of all sites by school year and feed; values as the entry forms word them."""
    pay = _kindergarten_pay(district)
    return {year: _report(district, year, pay) for year in sorted(set(years))}


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
        reports["schools"].append(_register_row(district, site))
        if site.kind == "幼儿园":
            _report_kindergarten(district, site, year, pay[site.code], reports)
        elif site.stages:
            _report_school(district, site, year, reports)
    general = sum(r["students"] for r in reports["vocational_enrolment"])
    _report_vocational(district, year, general, reports)
    return reports


def _register_row(district: District, site: Site) -> Row:
    rng = draw(district.seed, "place", site.code)
    is_kindergarten = site.kind == "幼儿园"
    inclusive = "是" if site.ownership == "公办" or rng.random() < 0.78 else "否"
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


def _classes(district: District, site: Site, stage: str, year: int) -> list[tuple[int, int]]:
    """Grade and size of each class of a stage."""
    rng = draw(district.seed, "classes", site.code, stage, year)
    back = BASE_YEAR - year
    total = max(4, int(site.students[stage] * (1 + site.slope * back) + 0.5))
    grades = list(_GRADES[stage])
    if stage == "小学":
        grades = grades[: site.points_grades]
    sizes = [total // len(grades)] * len(grades)
    for i in range(total - sum(sizes)):
        sizes[i] += 1
    if total > 120:
        for i in range(1, len(sizes)):  # neighbouring grades differ a little, the total stays
            move = int(sizes[i] * 0.08 * (rng.random() - 0.5))
            sizes[i] += move
            sizes[i - 1] -= move
    standard = {"小学": 42, "初中": 46, "高中": 52}[stage]
    if site.kind == "特殊教育学校":
        standard = 10
    crowding = site.crowding.get(stage)
    result = []
    for grade, size in zip(grades, sizes, strict=True):
        fitting = int(size / (crowding + 1.2 * back) + 0.5) if crowding else -(-size // standard)
        number = max(1, fitting)
        parts = [size // number + (1 if i < size % number else 0) for i in range(number)]
        for i in range(1, number):
            move = rng.randrange(3) if parts[i] > 12 else 0
            parts[i] -= move
            parts[i - 1] += move
        result += [(grade, part) for part in parts]
    if site.super_large and stage != "高中":
        for i in range(max(1, back)):
            grade, size = result[i * 2]
            result[i * 2] = (grade, max(size, 66 + (i + site.town) % 3))
    return result


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
        classes = _classes(district, site, stage, year)
        students[stage] = sum(size for _, size in classes)
        anchors[stage] = sum(size for _, size in _classes(district, site, stage, BASE_YEAR))
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
    reports["floor_area"].append({**key, **_premises(district, site, anchors, back)})
    if "高中" in students:
        reports["vocational_enrolment"].append({**key, **_general_row(site, students["高中"], back, reports)})


def _grown(value: float, decay: float, back: int) -> float:
    return value * max(0.3, 1 - decay * back)


def _staffing(district: District, site: Site, stage: str, anchor: int, students: int, back: int) -> Row:
    rng = draw(district.seed, "staffing", site.code, stage)
    ratios, aims = site.ratios[stage], _AIMS[stage]
    follow = 1 + 0.5 * (students / anchor - 1)

    def carried(k: int) -> int:
        base = _counted(ratios[k] * aims[k] * anchor / 100, ratios[k] >= 1)
        return base if back == 0 else int(_grown(base, _DECAY[k], back) * follow + 0.5)

    degree, backbone, arts = carried(0), carried(1), carried(2)
    share = (0.86 if stage == "小学" else 0.8) + 0.1 * rng.random()
    teachers = max(2, backbone, arts, degree, -int(-(degree / _grown(share, 0.015, back)) // 1))
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


def _premises(district: District, site: Site, anchors: dict[str, int], back: int) -> Row:
    """Premises of a school, drawn for all its stages at once (the stricter threshold counts)."""
    rng = draw(district.seed, "premises", site.code)
    stages = site.stages
    weight = sum(_SHARE_WEIGHTS[s] * anchors[s] for s in stages)
    people = sum(anchors.values())

    def total(k: int) -> float:
        return max(_AIMS[s][k] / _SHARE_WEIGHTS[s] for s in stages) * site.ratios[stages[0]][k] * weight

    build = 2019 + rng.randrange(8)  # a new building opened that year; before it there was less
    rooms = _grown(total(3), 0.01, back) * (0.86 if BASE_YEAR - back < build <= BASE_YEAR else 1.0)
    sports = _grown(total(4), _DECAY[4], back)
    indoor = min(round(0.1 * rng.random() * rooms, 1), round(sports * 0.3, 1)) if people > 500 else 0.0
    rooms_reached = site.ratios[stages[0]][6] >= 1
    multimedia = _counted(total(6) / 100, rooms_reached)
    return {
        "teaching_area_m2": round(rooms + indoor, 2),
        "indoor_sports_area_m2": indoor,
        "sports_ground_area_m2": round(sports - indoor + 0.005, 2),
        "nearby_external_sports_area_m2": 0.0,
        "equipment_10k_yuan": round(_grown(total(5), _DECAY[5], back) / 10_000 + 0.005, 2),
        "multimedia_classrooms": multimedia if back == 0 else int(_grown(multimedia, _DECAY[6], back) + 0.5),
        "books": int(people * _grown(22 + 18 * rng.random(), 0.02, back)),
        "computers": int(people * _grown(0.08 + 0.1 * rng.random(), 0.05, back)),
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
    share = VOCATIONAL_SHARES.get(year, 0.239 if year > BASE_YEAR else 0.27)
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
    floor = round(_grown(site.figures["floor"], 0.01, back), 2)
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
            "equipment_10k_yuan": round(students * _grown(equipment, 0.05, back) / 10_000, 2),
            "books": int(students * _grown(33, 0.02, back)),
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


def _fit(values: list[int], total: int, lowest: Sequence[int], highest: Sequence[int]) -> list[int]:
    """Values changed by one in turn, within their bounds, until they add up to the total."""
    values = list(values)
    while (gap := total - sum(values)) != 0:
        step = 1 if gap > 0 else -1
        moved = False
        for i in range(len(values)):
            if lowest[i] <= values[i] + step <= highest[i] and gap != 0:
                values[i] += step
                gap -= step
                moved = True
        if not moved:
            raise ValueError(f"no values within the bounds add up to {total}")
    return values


def _kindergarten_pay(district: District) -> dict[str, Row]:
    """Staff, pay and insurance of every kindergarten in 2023, adding up to the published totals."""
    sites = [s for s in district.sites if s.kind == "幼儿园"]
    current = [s for s in sites if s.is_open(BASE_YEAR)]
    public = [s for s in current if s.ownership == "公办"]
    temporary = {s.code: s.figures["temporary"] for s in sites}
    in_post = {s.code: s.figures["in_post"] for s in sites}
    if district.calibrated:
        numbers = [temporary[s.code] for s in public]
        lowest = [n if n <= 2 else 3 for n in numbers]
        highest = [n if n <= 2 else 18 for n in numbers]
        fitted = _fit(numbers, TEMPORARY_TEACHERS, lowest, highest)
        temporary |= {s.code: n for s, n in zip(public, fitted, strict=True)}
    teachers = {s.code: temporary[s.code] + in_post[s.code] for s in sites}
    staff, insured = {}, {}
    for site in sites:
        rng = draw(district.seed, "staff", site.code)
        own = teachers[site.code]
        staff[site.code] = own + max(2, int(own * (0.45 + 0.35 * rng.random())))
        covered = 0.35 + 0.6 * rng.random() if site.ownership == "公办" else 0.1 + 0.8 * rng.random()
        rest = staff[site.code] - in_post[site.code]
        insured[site.code] = in_post[site.code] + (rest if rng.random() < 0.12 else int(rest * covered))
    if district.calibrated:
        codes = [s.code for s in current]
        own_staff = _fit(
            [staff[c] for c in codes],
            KINDERGARTEN_STAFF,
            [teachers[c] + 1 for c in codes],
            [teachers[c] * 3 + 6 for c in codes],
        )
        staff |= dict(zip(codes, own_staff, strict=True))
        full = [insured[c] >= staff[c] for c in codes]
        fitted = _fit(
            [min(insured[c], staff[c]) for c in codes],
            INSURED_STAFF,
            [staff[c] if f else in_post[c] for c, f in zip(codes, full, strict=True)],
            [staff[c] for c in codes],
        )
        insured |= dict(zip(codes, fitted, strict=True))
    temporary_pay = _pay(district, sites, public, temporary, "temporary", TEMPORARY_MEAN_PAY)
    in_post_pay = _pay(district, sites, public, in_post, "in_post", IN_POST_MEAN_PAY)
    return {
        s.code: {
            "staff": staff[s.code],
            "in_post_teachers": in_post[s.code],
            "in_post_annual_pay_yuan": in_post_pay[s.code],
            "temporary_teachers": temporary[s.code],
            "temporary_annual_pay_yuan": temporary_pay[s.code],
            "fully_insured_staff": min(insured[s.code], staff[s.code]),
        }
        for s in sites
    }


def _pay(
    district: District, sites: list[Site], public: list[Site], heads: dict[str, int], kind: str, mean: int
) -> dict[str, int]:
    pay = {}
    for site in sites:
        rng = draw(district.seed, "pay", kind, site.code)
        spread = 0.86 + 0.28 * rng.random()
        pay[site.code] = int(heads[site.code] * mean * spread / 10) * 10
    total_heads = sum(heads[s.code] for s in public)
    gap = total_heads * mean - sum(pay[s.code] for s in public)
    for site in public:  # what is left over, by heads, so that the mean is exact
        pay[site.code] += gap * heads[site.code] // total_heads
    largest = max(public, key=lambda s: heads[s.code])
    pay[largest.code] += total_heads * mean - sum(pay[s.code] for s in public)
    return pay


def _report_kindergarten(district: District, site: Site, year: int, base: Row, reports: Reports) -> None:
    back = BASE_YEAR - year
    rng = draw(district.seed, "kindergarten", site.code)
    key = {"school_code": site.code, "school_name": site.name}
    temporary, in_post = base["temporary_teachers"], base["in_post_teachers"]
    own = dict(base)
    if back:
        temporary = int(_grown(temporary, -0.015, back) + 0.5)
        in_post = int(_grown(in_post, 0.05, back) + 0.5) if in_post > 2 else in_post
        support = base["staff"] - base["temporary_teachers"] - base["in_post_teachers"]
        staff = temporary + in_post + max(1, int(_grown(support, 0.01, back) + 0.5))
        own = {
            "staff": staff,
            "in_post_teachers": in_post,
            "in_post_annual_pay_yuan": _scaled_pay(base, "in_post", in_post, 0.045, back),
            "temporary_teachers": temporary,
            "temporary_annual_pay_yuan": _scaled_pay(base, "temporary", temporary, 0.035, back),
            "fully_insured_staff": min(staff, int(_grown(base["fully_insured_staff"], 0.06, back) + 0.5)),
        }
    reports["kindergarten_pay"].append({**key, **own})
    teachers = max(1, temporary + in_post)
    arts = 1 if teachers >= 6 else 0
    reports["staffing"].append(
        {
            **key,
            "stage": "学前",
            "full_time_teachers": teachers,
            "above_required_degree_teachers": int(teachers * min(1, 0.8 - 0.03 * back + 0.15 * rng.random())),
            "backbone_teachers": teachers // 10,
            "pe_teachers": arts,
            "music_teachers": arts,
            "fine_art_teachers": 1 if teachers >= 9 else 0,
            "other_art_teachers": 0,
            "certified_teachers": int(teachers * min(1, 0.92 - 0.02 * back + 0.1 * rng.random())),
            "trained_360_hours_teachers": int(teachers * (0.7 - 0.03 * back)),
            "rotation_eligible_teachers": 0,
            "rotated_teachers": 0,
            "rotated_backbone_teachers": 0,
            "itinerant_pe_and_art_teachers": 0,
        }
    )
    for grade, name, size in _kindergarten_classes(rng, site, teachers, year):
        row = {**key, "stage": "学前", "grade": grade, "class_name": name, "students": size}
        reports["class_sizes"].append(row)


def _scaled_pay(base: Row, kind: str, heads: int, decay: float, back: int) -> int:
    before = base[f"{kind}_teachers"]
    if not before or not heads:
        return 0
    return int(_grown(base[f"{kind}_annual_pay_yuan"] / before, decay, back) * heads / 10) * 10


def _kindergarten_classes(rng: Random, site: Site, teachers: int, year: int) -> list[tuple[str, str, int]]:
    number = max(1, teachers // 2)
    crowded = rng.random() < 0.15 + 0.03 * (BASE_YEAR - year)
    extra = 3 if crowded else 0
    if number == 1:
        return [("混合班", "混合1班", 15 + rng.randrange(13) + extra)]
    grades = ("中班", "大班") if number == 2 else ("小班", "中班", "大班")
    sizes = {"小班": 17, "中班": 21, "大班": 24}
    classes = []
    for i in range(number):
        grade = grades[i % len(grades)]
        classes.append(
            (grade, f"{grade[0]}{i // len(grades) + 1}班", sizes[grade] + rng.randrange(9) + extra)
        )
    if year >= 2021 and site.ownership == "公办" and rng.random() < 0.25:
        classes.append(("托班", "托1班", 12 + rng.randrange(8)))
    return sorted(classes, key=lambda c: ("托小中大".index(c[0][0]), c[1]))
