"""Kindergartens of the synthetic district: staff, pay and insurance, teachers and classes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dagster_project.sample.district import (
    BASE_YEAR,
    KINDERGARTEN_HIRES,
    PUBLIC_KINDERGARTENS,
    District,
    Reports,
    Row,
    Site,
    draw,
    grown,
)

#: The published figures of 2023 that the sample reproduces (plan items 1 and 2).
TEMPORARY_TEACHERS = 392
TEMPORARY_MEAN_PAY = 34_679
IN_POST_MEAN_PAY = 118_659
KINDERGARTEN_STAFF = 2_328
INSURED_STAFF = 1_513
#: Part of the staff without full insurance that gets it within a year, by ownership.
_NEWLY_INSURED = {"公办": 0.4, "民办": 0.25}
_PAY_RISE = {"temporary": 1.06, "in_post": 1.02}


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


def kindergarten_pay(district: District) -> dict[str, Row]:
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


def pay_of_year(district: District, pay: dict[str, Row], year: int) -> dict[str, Row]:
    """Staff, pay and insurance in a year after 2023; the rows of 2023 for every year before.

    Temporary teachers are hired for posts, those with most temporary teachers first; more staff are insured.
    """
    if year <= BASE_YEAR:
        return pay
    before = pay_of_year(district, pay, year - 1)
    rows = {code: dict(row) for code, row in before.items()}
    public = [s for s in district.sites if s.code in rows and s.ownership == "公办" and s.is_open(year)]
    hires = KINDERGARTEN_HIRES.get(year, 36)
    if not district.calibrated:
        hires = hires * len(public) // PUBLIC_KINDERGARTENS
    for _ in range(hires):
        row = max((rows[s.code] for s in public), key=lambda r: r["temporary_teachers"])
        if not row["temporary_teachers"]:
            break
        row["temporary_teachers"] -= 1
        row["in_post_teachers"] += 1
        row["fully_insured_staff"] = min(row["staff"], row["fully_insured_staff"] + 1)
    for site in district.sites:
        if site.code in rows:
            row, old = rows[site.code], before[site.code]
            rest = row["staff"] - row["fully_insured_staff"]
            turn = draw(district.seed, "insured", site.code, year).random()
            newly = 1.0 if turn < 0.12 else _NEWLY_INSURED[site.ownership]
            row["fully_insured_staff"] += int(rest * newly + 0.5)
            for kind, rise in _PAY_RISE.items():
                heads, old_pay = old[f"{kind}_teachers"], old[f"{kind}_annual_pay_yuan"]
                mean = old_pay / heads if heads else 0
                row[f"{kind}_annual_pay_yuan"] = int(mean * rise * row[f"{kind}_teachers"] / 10) * 10
    return rows


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


def report_kindergarten(district: District, site: Site, year: int, base: Row, reports: Reports) -> None:
    back = BASE_YEAR - year
    rng = draw(district.seed, "kindergarten", site.code)
    key = {"school_code": site.code, "school_name": site.name}
    temporary, in_post = base["temporary_teachers"], base["in_post_teachers"]
    own = dict(base)
    if back > 0:
        temporary = int(grown(temporary, -0.015, back) + 0.5)
        in_post = int(grown(in_post, 0.05, back) + 0.5) if in_post > 2 else in_post
        support = base["staff"] - base["temporary_teachers"] - base["in_post_teachers"]
        staff = temporary + in_post + max(1, int(grown(support, 0.01, back) + 0.5))
        own = {
            "staff": staff,
            "in_post_teachers": in_post,
            "in_post_annual_pay_yuan": _scaled_pay(base, "in_post", in_post, 0.045, back),
            "temporary_teachers": temporary,
            "temporary_annual_pay_yuan": _scaled_pay(base, "temporary", temporary, 0.035, back),
            "fully_insured_staff": min(staff, int(grown(base["fully_insured_staff"], 0.06, back) + 0.5)),
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
    return int(grown(base[f"{kind}_annual_pay_yuan"] / before, decay, back) * heads / 10) * 10


def _kindergarten_classes(rng: Random, site: Site, teachers: int, year: int) -> list[tuple[str, str, int]]:
    number = max(1, teachers // 2)
    crowded = rng.random() < 0.15 + 0.03 * max(0, BASE_YEAR - year)
    extra = (3 if crowded else 0) - max(0, year - BASE_YEAR)  # fewer children are born
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
    if year >= 2021 and site.ownership == "公办" and rng.random() < 0.25 + 0.05 * max(0, year - BASE_YEAR):
        classes.append(("托班", "托1班", 12 + rng.randrange(8)))
    return sorted(classes, key=lambda c: ("托小中大".index(c[0][0]), c[1]))
