"""Classes of the synthetic district: drawn for every year up to 2023, afterwards the same classes moving up.

A class of 2023 is one grade higher in 2024 under its name; the last grade leaves, new entrants come in. Some crowded
grades are divided into one class more.
"""

from __future__ import annotations

from random import Random

from dagster_project.sample.district import BASE_YEAR, District, Site, draw

GRADES = {"小学": range(1, 7), "初中": range(7, 10), "高中": range(10, 13)}
#: Standard class size of each stage; a class above it is in the class ledger.
STANDARD_SIZES = {"小学": 45, "初中": 50, "高中": 55}
#: Sizes that new classes are planned with.
_PLANNED_SIZES = {"小学": 42, "初中": 46, "高中": 52}
#: Where a class has as many students, the grade is divided more often.
_LARGE = 56

#: Grade and size of each class; classes of a grade are named by their order.
Classes = tuple[tuple[int, int], ...]


def classes_of(district: District, site: Site, stage: str, year: int) -> Classes:
    """Grade and size of each class of a stage, in the order of grades and names."""
    if year <= BASE_YEAR:
        return _drawn(district, site, stage, year)
    rng = draw(district.seed, "moved up", site.code, stage, year)
    grades = _grades(site, stage)
    before: dict[int, list[int]] = {grade: [] for grade in grades}
    for grade, size in classes_of(district, site, stage, year - 1):
        before[grade].append(size)
    result = [(grades[0], size) for size in _entering(site, stage, year)]
    for grade in grades[1:]:
        result += [(grade, size) for size in _a_year_later(rng, before[grade - 1], stage)]
    return tuple(result)


def _grades(site: Site, stage: str) -> list[int]:
    grades = list(GRADES[stage])
    return grades[: site.points_grades] if stage == "小学" else grades


def _total(site: Site, stage: str, year: int) -> int:
    return max(4, int(site.students[stage] * (1 + site.slope * (BASE_YEAR - year)) + 0.5))


def _entering(site: Site, stage: str, year: int) -> list[int]:
    """Sizes of the new first-grade classes; crowded schools form them a little smaller every year."""
    entrants = max(1, _total(site, stage, year) // len(_grades(site, stage)))
    if site.kind == "特殊教育学校":
        number = -(-entrants // 10)
    elif crowding := site.crowding.get(stage):
        number = max(1, int(entrants / (crowding - (year - BASE_YEAR)) + 0.5))
    else:
        number = -(-entrants // _PLANNED_SIZES[stage])
    return [entrants // number + (1 if i < entrants % number else 0) for i in range(number)]


def _a_year_later(rng: Random, sizes: list[int], stage: str) -> list[int]:
    """Sizes of a grade's classes one year later."""
    standard = STANDARD_SIZES[stage]
    largest = max(sizes, default=0)
    divided = 0.6 if largest >= _LARGE else 0.2 if largest > standard else 0.0
    if rng.random() < divided:
        everybody, number = sum(sizes), len(sizes) + 1
        return [everybody // number + (1 if i < everybody % number else 0) for i in range(number)]
    return [max(1, size - (rng.randrange(4) - 1 if size > 12 else rng.randrange(2))) for size in sizes]


def _drawn(district: District, site: Site, stage: str, year: int) -> Classes:
    rng = draw(district.seed, "classes", site.code, stage, year)
    back = BASE_YEAR - year
    total = _total(site, stage, year)
    grades = _grades(site, stage)
    sizes = [total // len(grades)] * len(grades)
    for i in range(total - sum(sizes)):
        sizes[i] += 1
    if total > 120:
        for i in range(1, len(sizes)):  # neighbouring grades differ a little, the total stays
            move = int(sizes[i] * 0.08 * (rng.random() - 0.5))
            sizes[i] += move
            sizes[i - 1] -= move
    standard = 10 if site.kind == "特殊教育学校" else _PLANNED_SIZES[stage]
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
    return tuple(result)
