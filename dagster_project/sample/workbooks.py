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

from dagster_project.forms.entry_forms import EntryBook, Presentation, write_sheet, year_line
from dagster_project.intake.feeds import REGISTER, Feed, load_feeds, normalise_heading
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
from dagster_project.sample.faults import SENT_BY, csv_sites, late_sites, plant_faults, statistics_sites
from dagster_project.sample.plan import PlanFile, evidence_of, plan_files
from dagster_project.sample.plan_evidence import FOLDER as EVIDENCE_FOLDER
from dagster_project.sample.plan_tasks import BASE_YEAR as PLAN_YEAR
from dagster_project.sample.returns import report_years
from dagster_project.sample.statistics_forms import FIGURES_OF_FORMS, write_statistics_forms

YEARS = (2019, 2020, 2021, 2022, 2023, 2024, 2025)

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
            code = row.get(SENT_BY) or row["school_code"]
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
        places = _places(_beside_forms(folder, district, reports[year], year))
        for parcel in _parcels(district, year):
            _write_workbook(folder / f"{parcel.name}_{year}.xlsx", parcel, places, year)
        _write_csv(folder, district, reports[year], year)
    if PLAN_YEAR in reports:
        files = plan_files(district, reports)
        for file in files:
            _write_plan_file(raw, file)
        for year, documents in evidence_of(files).items():
            folder = raw / str(year) / EVIDENCE_FOLDER
            folder.mkdir(parents=True, exist_ok=True)
            for document in documents:
                (folder / document.file_name).write_bytes(document.content)


def _beside_forms(folder: Path, district: District, reports: Reports, year: int) -> Reports:
    """Write the national statistics forms of the schools that send them.

    Returns:
        The reports without what the forms say: blank cells, and no row where nothing is left.
    """
    sites = {site.code: site for site in statistics_sites(district, year)}
    for code, site in sites.items():
        own = {feed: [r for r in rows if r["school_code"] == code] for feed, rows in reports.items()}
        write_statistics_forms(folder / f"{site.name}_教育事业统计_{year}.xlsx", year, own)
    left: Reports = {}
    for feed, rows in reports.items():
        said = FIGURES_OF_FORMS.get(feed, ())
        left[feed] = [
            {name: None if name in said else value for name, value in row.items()}
            if row["school_code"] in sites
            else row
            for row in rows
            if feed != "enrolment" or row["school_code"] not in sites
        ]
    return left


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
                title=f"{DISTRICT_NAME}{feed.name_zh}填报表（{SYNTHETIC_ZH}）",
                columns=used,
                helps=False,
                banner=file.banner,
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


def _late_feeds(district: District, year: int) -> tuple[int, str]:
    """Town and feed that comes in a workbook of its own, after the town's other returns; town -1 for none."""
    town, feed = {2024: (5, "floor_area"), 2025: (8, "staffing")}.get(year, (-1, ""))
    return (town, feed) if town < len(district.towns) else (-1, "")


def _parcels(district: District, year: int) -> Iterable[_Parcel]:
    feeds = list(load_feeds())
    silent = silent_schools(district, year)
    late_town, late_feed = _late_feeds(district, year)
    late = late_sites(district, year)
    left_out = {(code, feed) for code in late for feed in feeds if feed != REGISTER}
    left_out |= {(code, "floor_area") for code in csv_sites(district)}
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
            only = frozenset((site.code, feed) for feed in feeds if feed != REGISTER)
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
        if site.code not in csv_sites(district):
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
