"""Writes the synthetic district as workbooks, with the habits and mistakes of real offices and schools."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.sample.district import (
    DEFAULT_SEED,
    DISTRICT_NAME,
    District,
    Reports,
    Row,
    Site,
    build_district,
    silent_schools,
)
from dagster_project.sample.entry_forms import EntryBook, Presentation, write_sheet, year_line
from dagster_project.sample.plan import PlanFile, plan_files
from dagster_project.sample.plan_tasks import BASE_YEAR as PLAN_YEAR
from dagster_project.sample.returns import report_years

YEARS = (2019, 2020, 2021, 2022, 2023, 2024, 2025)
UNREGISTERED_CODE = "2150999999"
#: Key of a row whose code is wrong: the school whose workbook holds it. Never written.
_SENT_BY = "sent_by"

_OTHER_HEADINGS = {
    "school_code": "学校（机构）标识码",
    "school_name": " 校　名 ",
    "town": "所属街镇",
    "full_time_teachers": "专任教师",
    "backbone_teachers": "县级及以上骨干教师数",
    "teaching_area_m2": "教学及辅助用房",
    "sports_ground_area_m2": "运动场地",
    "equipment_10k_yuan": "教学仪器设备资产值(万元)",
    "students": "  学生数",
    "staff": "教职工数",
}
_STAFFING_GROUPS = (
    ("专任教师", ("full_time_teachers", "above_required_degree_teachers", "backbone_teachers")),
    ("体育艺术教师", ("pe_teachers", "music_teachers", "fine_art_teachers", "other_art_teachers")),
)

#: What documents print of the district; copied beside the year folders.
DISTRICT_FILE = "district.yml"


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


@dataclass
class _Parcel:
    """What one file holds: the reports of some sites."""

    name: str
    codes: set[str]
    look: int
    leave_out: frozenset[tuple[str, str]] = frozenset()
    only: frozenset[tuple[str, str]] | None = None

    def rows(self, places: _Places, feed: str) -> list[Row]:
        """The rows of this file in one feed, in the order of the reports."""
        codes = {c for c, f in self.only if f == feed} if self.only is not None else self.codes
        kept = [code for code in codes if (code, feed) not in self.leave_out]
        numbered = sorted(
            (n for code in kept for n in places.get(feed, {}).get(code, ())), key=lambda n: n[0]
        )
        return [row for _, row in numbered]


#: By feed and sending school: its rows, each with its place in the reports.
_Places = dict[str, dict[str, list[tuple[int, Row]]]]


def _places(reports: Reports) -> _Places:
    places: _Places = {feed: {} for feed in reports}
    for feed, rows in reports.items():
        for number, row in enumerate(rows):
            code = row.get(_SENT_BY) or row["school_code"]
            places[feed].setdefault(code, []).append((number, row))
    return places


def write_sample(
    raw: Path, schools: int | None = None, years: Sequence[int] = YEARS, seed: int = DEFAULT_SEED
) -> None:
    """Write the synthetic district into `raw/<year>/`, one workbook per town and a few of single schools.

    Args:
        raw: folder the years' folders are made in; other files there are left alone.
        schools: number of compulsory schools in 2023. The default district of 110 reproduces the published
            figures of 2023 exactly; at other sizes everything else scales along and totals are free.
        years: school years to write.
        seed: another seed draws another district with the same published figures.
    """
    district = build_district(schools, seed)
    reports = report_years(district, years)
    plant_faults(district, reports)
    raw.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name(DISTRICT_FILE), raw / DISTRICT_FILE)
    for year in sorted(reports):
        folder = raw / str(year)
        folder.mkdir(parents=True, exist_ok=True)
        places = _places(reports[year])
        for parcel in _parcels(district, year):
            _write_workbook(folder / f"{parcel.name}_{year}.xlsx", parcel, places, year)
        _write_csv(folder, district, reports[year], year)
    if PLAN_YEAR in reports:
        for file in plan_files(district, reports):
            _write_plan_file(raw, file)


def _write_plan_file(raw: Path, file: PlanFile) -> None:
    feeds = {name: rows for name, rows in file.feeds.items() if rows}
    folder = raw / str(file.year)
    folder.mkdir(parents=True, exist_ok=True)
    with EntryBook(
        folder / f"{file.name}.xlsx", title=f"{file.name} {SYNTHETIC_ZH}", comments=SYNTHETIC_ZH
    ) as book:
        for name, rows in feeds.items():
            feed = load_feeds()[name]
            used = tuple(
                c.name for c in feed.columns if c.required or any(r.get(c.name) is not None for r in rows)
            )
            look = Presentation(
                title=f"{DISTRICT_NAME}{feed.name_zh}填报表（{SYNTHETIC_ZH}）", columns=used, helps=False
            )
            write_sheet(book, feed, feed.name_zh, file.year, rows, look)


def write_corrected_returns(
    out: Path, schools: int | None = None, years: Sequence[int] = YEARS, seed: int = DEFAULT_SEED
) -> list[Path]:
    """Write corrected returns that a later run takes in: the same schools without the planted faults.

    Each holds whole sheets of one school. Not part of the sample itself, where they would be conflicts.
    """
    district = build_district(schools, seed)
    reports = report_years(district, years)
    faults = plant_faults(district, report_years(district, years))
    by_code = {site.code: site for site in district.sites}
    paths = []
    for fault in faults:
        if fault.kind not in ("text_in_number", "blank", "negative") or fault.school_code not in by_code:
            continue
        site = by_code[fault.school_code]
        only = frozenset({(site.code, fault.feed)})
        parcel = _Parcel(f"{site.name}_更正", {site.code}, 0, only=only)
        paths.append(_write_later(out, parcel, reports, fault.school_year))
    for site in district.sites:
        if site.super_large and 2023 in reports and site.is_open(2023):
            _split_largest_class(site, reports[2023])
            parcel = _Parcel(
                f"{site.name}_分班后", {site.code}, 0, only=frozenset({(site.code, "class_sizes")})
            )
            paths.append(_write_later(out, parcel, reports, 2023))
            break
    return paths


def _write_later(out: Path, parcel: _Parcel, reports: dict[int, Reports], year: int) -> Path:
    folder = out / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{parcel.name}_{year}.xlsx"
    _write_workbook(path, parcel, _places(reports[year]), year)
    return path


def _split_largest_class(site: Site, reports: Reports) -> None:
    """Divide the school's largest class in two, with the same students in all."""
    rows = reports["class_sizes"]
    own = [r for r in rows if r["school_code"] == site.code]
    largest = max(own, key=lambda r: r["students"])
    grade = [r for r in own if r["grade"] == largest["grade"]]
    half = largest["students"] // 2
    added = {**largest, "class_name": f"{len(grade) + 1}班", "students": half}
    largest["students"] -= half
    rows.insert(rows.index(grade[-1]) + 1, added)


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
        self, kind: str, town: int, year: int, *, ownership: str = "公办", small: bool = False
    ) -> Site | None:
        for site in self.district.sites:
            fits = site.kind == kind and site.town == town and site.ownership == ownership and not site.master
            if small:
                fits = fits and sum(site.students.values()) < 45
            if fits and site.is_open(year) and site.code not in self.used and not site.own_workbook:
                if site.former or site.code in (_late_sites(self.district, year) | _csv_sites(self.district)):
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
                row[_SENT_BY] = site.code
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
        self.remove(2025, "class_sizes", self.site("小学", 0, 2025))
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
            _SENT_BY: near["school_code"],
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


def _trebled(area: float) -> float:
    return round(area * 3, 2)


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


def _late_sites(district: District, year: int) -> set[str]:
    """Schools whose figures come in a workbook of their own, because the town's was sent without them."""
    wanted = {2021: ("九年一贯制学校", 5), 2023: ("小学", 4)}.get(year)
    if wanted is None:
        return set()
    kind, town = wanted
    return {
        s.code for s in [s for s in district.sites if s.kind == kind and s.town == town and not s.former][:1]
    }


def _csv_sites(district: District) -> set[str]:
    """The junior school that sends its premises as a table of another program."""
    fitting = [s for s in district.sites if s.kind == "初级中学" and s.town == 9]
    return {s.code for s in fitting[:1]}


def _late_feeds(district: District, year: int) -> tuple[int, str]:
    """Town and feed that comes in a workbook of its own, after the town's other returns; town -1 for none."""
    town, feed = {2024: (5, "floor_area"), 2025: (8, "staffing")}.get(year, (-1, ""))
    return (town, feed) if town < len(district.towns) else (-1, "")


def _parcels(district: District, year: int) -> Iterable[_Parcel]:
    feeds = list(load_feeds())
    silent = silent_schools(district, year)
    late_town, late_feed = _late_feeds(district, year)
    late = _late_sites(district, year)
    left_out = {(code, feed) for code in late for feed in feeds if feed != "schools"}
    left_out |= {(code, "floor_area") for code in _csv_sites(district)}
    for town, name in enumerate(district.towns):
        codes = {s.code for s in district.sites if s.town == town and not s.own_workbook} - silent
        later = frozenset((code, late_feed) for code in codes if town == late_town) - left_out
        yield _Parcel(f"{DISTRICT_NAME}_{name}", codes, town % 10, leave_out=frozenset(left_out) | later)
        if later:
            title = f"{DISTRICT_NAME}_{name}_{load_feeds()[late_feed].name_zh}补报"
            yield _Parcel(title, codes, 0, only=later)
    direct = [s for s in district.sites if s.own_workbook]
    yield _Parcel(f"{DISTRICT_NAME}_区直属学校", {s.code for s in direct if s.kind != "高级中学"}, 8)
    for site in district.sites:
        if site.own_workbook and site.kind == "高级中学":
            yield _Parcel(site.name, {site.code}, 0)
        if site.code in late and site.is_open(year):
            only = frozenset((site.code, feed) for feed in feeds if feed != "schools")
            yield _Parcel(f"{site.name}_补报", {site.code}, 0, only=only)


def _look(parcel: _Parcel, feed: Feed, year: int, rows: Sequence[Row]) -> Presentation:
    """How the office of a town fills in its forms: one of ten habits."""
    title = f"{DISTRICT_NAME}{feed.name_zh}填报表（{SYNTHETIC_ZH}）"
    names = [c.name for c in feed.columns]
    if feed.feed == "class_sizes":  # offices delete optional columns that they don't use
        bands = ("class_count", "size_band_minimum", "size_band_maximum")
        names = [n for n in names if n not in bands or any(row.get(n) is not None for row in rows)]
    look: dict[str, Any] = {"title": title, "columns": tuple(names), "helps": False}
    if parcel.look == 1:
        look |= {"merged_title": True, "banner": (f"填报单位：{parcel.name}", ""), "total_label": "合计"}
    elif parcel.look == 2:
        moved = names[1:2] + names[:1] + names[2:4] + Random(feed.feed).sample(names[4:], len(names[4:]))
        look |= {"columns": tuple(moved)}
    elif parcel.look == 3:
        own = {c.name: c for c in feed.columns}
        known = {n: h for n, h in _OTHER_HEADINGS.items() if n in own and _is_known(h, feed, n)}
        look |= {"headings": known}
    elif parcel.look == 4:
        look |= {"text_numbers": True, "merged_title": True}
    elif parcel.look == 6 and feed.feed == "staffing" and year >= 2022:
        look |= {"groups": _STAFFING_GROUPS}
    elif parcel.look == 5:
        look |= {"banner": (f"填报单位：{parcel.name}　　{SYNTHETIC_ZH}",)}
    return Presentation(**look)


def _is_known(heading: str, feed: Feed, name: str) -> bool:
    return normalise_heading(heading) in feed.column(name).headings()


def _write_workbook(path: Path, parcel: _Parcel, places: _Places, year: int) -> None:
    feeds = [(feed, rows) for feed in load_feeds().values() if (rows := parcel.rows(places, feed.feed))]
    if not feeds:
        return
    if parcel.look == 7:
        feeds = feeds[::-1]
    with EntryBook(path, title=f"{parcel.name} {SYNTHETIC_ZH}", comments=SYNTHETIC_ZH) as book:
        for i, (feed, rows) in enumerate(feeds, start=1):
            name = f"Sheet{i}" if parcel.look == 7 else feed.name_zh
            write_sheet(book, feed, name, year, rows, _look(parcel, feed, year, rows))


def _write_csv(folder: Path, district: District, reports: Reports, year: int) -> None:
    feed = load_feeds()["floor_area"]
    for site in district.sites:
        if site.code not in _csv_sites(district):
            continue
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        blanks = [""] * (len(feed.columns) - 2)
        writer.writerow([f"{feed.name_zh}（{SYNTHETIC_ZH}）", year_line(year), *blanks])
        writer.writerow([c.heading_zh for c in feed.columns])
        for row in reports["floor_area"]:
            if row["school_code"] == site.code:
                writer.writerow([row.get(c.name, "") for c in feed.columns])
        (folder / f"{site.name}_{feed.name_zh}_{year}.csv").write_bytes(buffer.getvalue().encode("gb18030"))
