"""Faults that the sample has on purpose, as real offices and schools make them, and who sends in what form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagster_project.sample.district import DISTRICT_NAME, District, Reports, Row, Site

UNREGISTERED_CODE = "2150999999"
#: Key of a row whose code is wrong: the school whose workbook holds it. Never written.
SENT_BY = "sent_by"


@dataclass(frozen=True)
class PlantedFault:
    """A fault put into the sample on purpose; the problem list has to show it.

    `column` is the English name of the column, empty where the whole row is the fault.
    """

    school_year: int
    feed: str
    school_code: str
    column: str
    kind: str
    written: str


def plant_faults(district: District, reports: dict[int, Reports]) -> list[PlantedFault]:
    """Put some realistic faults into the reports; none changes a published total.

    Returns:
        The faults planted, in order of year. Small districts may lack a school for some of them.
    """
    planter = _Planter(district, reports)
    planter.plant()
    return planter.faults


class _Planter:
    def __init__(self, district: District, reports: dict[int, Reports]) -> None:
        self.district = district
        self.reports = reports
        self.faults: list[PlantedFault] = []
        self.used: set[str] = set()

    def site(
        self,
        kind: str,
        town: int,
        year: int,
        *,
        ownership: str = "公办",
        small: bool = False,
        crowded: bool = False,
    ) -> Site | None:
        for site in self.district.sites:
            fits = site.kind == kind and site.town == town and site.ownership == ownership and not site.master
            if crowded:
                fits = fits and bool(site.crowding) and not site.super_large
            if small:
                fits = fits and sum(site.students.values()) < 45
            if fits and site.is_open(year) and site.code not in self.used and not site.own_workbook:
                if site.former or site.code in (late_sites(self.district, year) | csv_sites(self.district)):
                    continue
                self.used.add(site.code)
                return site
        return None

    def change(self, year: int, feed: str, site: Site | None, column: str, kind: str, value: Any) -> None:
        """Overwrite one cell of the site's first row in that feed."""
        if site is None or year not in self.reports:
            return
        for row in self.reports[year][feed]:
            if row["school_code"] == site.code:
                row[SENT_BY] = site.code
                row[column] = value(row[column]) if callable(value) else value
                written = "" if row[column] is None else str(row[column])
                self.faults.append(PlantedFault(year, feed, site.code, column, kind, written))
                return

    def remove(self, year: int, feed: str, site: Site | None) -> None:
        if site is None or year not in self.reports:
            return
        rows = self.reports[year][feed]
        rows[:] = [r for r in rows if r["school_code"] != site.code]
        self.faults.append(PlantedFault(year, feed, site.code, "", "not_received", ""))

    def plant(self) -> None:
        self.plant_2020()
        self.plant_2021()
        self.plant_2022()
        self.plant_2023()
        self.plant_later()

    def plant_2020(self) -> None:
        site = self.site("小学", 7, 2020)
        if site is None or 2020 not in self.reports:
            return
        rows = self.reports[2020]["staffing"]
        place = next(i for i, r in enumerate(rows) if r["school_code"] == site.code)
        second = {**rows[place], "full_time_teachers": rows[place]["full_time_teachers"] + 2}
        rows.insert(place + 1, second)
        written = str(second["full_time_teachers"])
        self.faults.append(
            PlantedFault(2020, "staffing", site.code, "full_time_teachers", "conflict", written)
        )

    def plant_2021(self) -> None:
        site = self.site("教学点", 9, 2021, small=True)
        self.change(2021, "floor_area", site, "school_code", "bad_code", lambda code: code[:-1])

    def plant_2022(self) -> None:
        self.change(2022, "class_sizes", self.site("小学", 6, 2022), "students", "negative", lambda n: -n)
        self.remove(2022, "floor_area", self.site("小学", 8, 2022))
        private = self.site("幼儿园", 3, 2022, ownership="民办")
        self.change(2022, "kindergarten_pay", private, "fully_insured_staff", "sub_count", lambda n: n + 60)
        point = self.site("教学点", 7, 2022, small=True)
        self.change(2022, "schools", point, "is_counted_as_school", "held", "否")

    def plant_2023(self) -> None:
        junior = self.site("初级中学", 5, 2023)
        self.change(2023, "staffing", junior, "backbone_teachers", "text_in_number", lambda n: f"约{n}")
        self.change(2023, "floor_area", self.site("小学", 7, 2023), "multimedia_classrooms", "blank", None)
        special = next((s for s in self.district.sites if s.kind == "特殊教育学校"), None)
        self.change(2023, "staffing", special, "backbone_teachers", "sub_count", lambda n: n + 60)
        jump = self.site("小学", 6, 2023)
        self.change(2023, "floor_area", jump, "books", "year_on_year", lambda n: n * 10)
        point = self.site("教学点", 8, 2023, small=True)
        self.change(
            2023, "floor_area", point, "sports_ground_area_m2", "year_on_year", lambda n: round(n * 3, 2)
        )
        self.change(2023, "enrolment", self.site("小学", 3, 2023), "students", "unequal", lambda n: n + 7)
        self.remove(2023, "staffing", self.site("幼儿园", 4, 2023, ownership="民办"))
        nursery = self.site("幼儿园", 6, 2023, ownership="民办")
        self.change(2023, "class_sizes", nursery, "students", "blank", None)
        named = self.site("幼儿园", 9, 2023)
        self.change(2023, "staffing", named, "school_name", "other_name", _without_district)
        self.unregistered()
        self.bands()

    def plant_later(self) -> None:
        self.remove(2024, "staffing", self.site("小学", 6, 2024))
        self.change(
            2024, "floor_area", self.site("小学", 9, 2024), "books", "text_in_number", lambda n: f"{n}册左右"
        )
        self.remove(2025, "class_sizes", self.site("小学", 1, 2025, crowded=True))
        self.remove(2025, "kindergarten_pay", self.site("幼儿园", 8, 2025, ownership="民办"))

    def unregistered(self) -> None:
        """Add a row of a school that is in no register."""
        near = next((r for r in self.reports.get(2023, {}).get("floor_area", []) if self._town(r) == 8), None)
        if near is None:
            return
        rows = self.reports[2023]["floor_area"]
        stray = {
            **near,
            "school_code": UNREGISTERED_CODE,
            "school_name": f"{DISTRICT_NAME}蓝溪镇新苗小学",
            SENT_BY: near["school_code"],
        }
        rows.insert(rows.index(near) + 1, stray)
        self.faults.append(
            PlantedFault(
                2023, "floor_area", UNREGISTERED_CODE, "school_code", "unregistered", UNREGISTERED_CODE
            )
        )

    def _town(self, row: Row) -> int:
        return next((s.town for s in self.district.sites if s.code == row["school_code"]), -1)

    def bands(self) -> None:
        """Change forms without a fault: one school reports bands of class sizes, another several classes in one row."""
        banded = self.site("小学", 2, 2023)
        joined = self.site("九年一贯制学校", 3, 2023) or self.site("小学", 1, 2023)
        for year in range(2022, 2026):
            if banded is not None and year in self.reports:
                _report_bands(self.reports[year], banded)
            if joined is not None and year in self.reports:
                _report_joined(self.reports[year], joined)


def _without_district(name: str) -> str:
    return name.removeprefix(DISTRICT_NAME)


def _report_bands(reports: Reports, site: Site) -> None:
    rows = reports["class_sizes"]
    own = [r for r in rows if r["school_code"] == site.code]
    place = rows.index(own[0])
    counts: dict[tuple[str, int], int] = {}
    for row in own:
        low = 0 if row["students"] <= 25 else (row["students"] - 26) // 5 * 5 + 26
        counts[row["grade"], low] = counts.get((row["grade"], low), 0) + 1
    banded = []
    for (grade, low), count in sorted(counts.items(), key=lambda item: (int(item[0][0]), item[0][1])):
        high = 25 if low == 0 else low + 4
        banded.append(
            {
                **{k: own[0][k] for k in ("school_code", "school_name", "stage")},
                "grade": grade,
                "class_name": f"{low}至{high}人" if low else "25人及以下",
                "class_count": count,
                "size_band_minimum": low,
                "size_band_maximum": high,
            }
        )
    rows[place : place + len(own)] = banded
    if not any(r["school_code"] == site.code for r in reports["enrolment"]):
        first, last = own[0]["grade"], own[-1]["grade"]
        reports["enrolment"].append(
            {
                **{k: own[0][k] for k in ("school_code", "school_name", "stage")},
                "students": sum(r["students"] for r in own),
                "classes": len(own),
                "entrants": sum(r["students"] for r in own if r["grade"] == first),
                "graduates": sum(r["students"] for r in own if r["grade"] == last),
            }
        )


def _report_joined(reports: Reports, site: Site) -> None:
    """Join the classes of each grade in one row."""
    rows = reports["class_sizes"]
    own = [r for r in rows if r["school_code"] == site.code]
    place = rows.index(own[0])
    joined: dict[str, Row] = {}
    for row in own:
        first = joined.setdefault(
            row["grade"], {**row, "class_name": "全年级", "students": 0, "class_count": 0}
        )
        first["students"] += row["students"]
        first["class_count"] += 1
    rows[place : place + len(own)] = list(joined.values())


def late_sites(district: District, year: int) -> set[str]:
    """Schools whose figures come in a workbook of their own, because the town's was sent without them."""
    wanted = {2021: ("九年一贯制学校", 5), 2023: ("小学", 4)}.get(year)
    if wanted is None:
        return set()
    kind, town = wanted
    return {
        s.code for s in [s for s in district.sites if s.kind == kind and s.town == town and not s.former][:1]
    }


def csv_sites(district: District) -> set[str]:
    """The junior school that sends its premises as a table of another program."""
    fitting = [s for s in district.sites if s.kind == "初级中学" and s.town == 9]
    return {s.code for s in fitting[:1]}


#: School year for which the schools send the national statistics forms, and the kinds of schools that do. Kindergartens
#: and vocational schools keep to the templates: most of what is asked of them is in no form.
_YEAR_OF_FORMS = 2022
_KINDS_WITH_FORMS = (
    "小学", "教学点", "初级中学", "九年一贯制学校", "完全中学", "高级中学", "十二年一贯制学校",
)  # fmt: skip


def statistics_sites(district: District, year: int) -> list[Site]:
    """Schools that send the national statistics forms, and in templates only what these don't have."""
    if year != _YEAR_OF_FORMS:
        return []
    return [s for s in district.sites if s.kind in _KINDS_WITH_FORMS and not s.master and s.is_open(year)]
