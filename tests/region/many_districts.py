"""Synthetic districts of a few rows each, and a lake of them: for tests of a region."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.core.duck import open_marts, rows
from dagster_project.core.homes import Home
from dagster_project.region.lake import Lake
from dagster_project.region.run import RegionSummary, run_region
from tests.warehouse.accepted_fixture import Accepted

NOW = dt.datetime(2025, 1, 20, 8, tzinfo=dt.UTC)
#: Day of the region's runs.
DAY = dt.date(2025, 1, 20)


def add_school(a: Accepted, district: str, number: int, state: str, sizes: list[int], year: int) -> None:
    """A primary school with 100 pupils that meets everything, nothing, or has not sent what decides (open)."""
    code = f"{district}{number:04}"
    a.add("schools", {"school_code": code, "school_name": code, "district_code": district, "town": "镇", "school_year": year,
                      "school_type": "primary", "ownership": "public"})  # fmt: skip
    a.add("enrolment", {"school_code": code, "stage": "primary", "students": 100, "school_year": year})
    for place, size in enumerate(sizes):
        a.add("class_sizes", {"school_code": code, "stage": "primary", "grade": "1", "class_name": str(place),
                              "students": size, "class_count": 1, "school_year": year})  # fmt: skip
    if state == "open":
        return
    n = 50 if state == "all" else 0
    a.add("staffing", {"school_code": code, "stage": "primary", "full_time_teachers": 200, "school_year": year,
                       "above_required_degree_teachers": n, "backbone_teachers": n, "pe_teachers": n,
                       "music_teachers": n, "fine_art_teachers": n})  # fmt: skip
    a.add("floor_area", {"school_code": code, "teaching_area_m2": n * 400.0, "indoor_sports_area_m2": 0.0,
                         "sports_ground_area_m2": n * 400.0, "equipment_10k_yuan": n * 10.0,
                         "multimedia_classrooms": n, "school_year": year})  # fmt: skip


def district(code: str, compliant: int, schools: int, year: int = 2024) -> Accepted:
    """A district of some primary schools, of which some meet everything; its returns are of a school year."""
    a = Accepted(year, as_of="2025-01-15")
    for number in range(schools):
        add_school(a, code, number, "all" if number < compliant else "none", [40], year)
    return a


@dataclass(frozen=True)
class Ground:
    """A lake, and a region's home beside it."""

    lake: Lake
    home: Home

    def run(self, day: dt.date = DAY, **options: Any) -> RegionSummary:
        """A run of the tables alone, in this process."""
        given = {"parts": frozenset(), "processes": 1, "now": NOW, **options}
        return run_region(self.lake.url, self.home.root, as_of=day, **given)

    def ask(self, statement: str) -> list[dict[str, Any]]:
        """Rows of the region's release in force."""
        folder = self.home.current_dir()
        assert folder is not None
        with open_marts(folder / "marts.duckdb") as con:
            return rows(con, statement)

    def home_of(self, code: str) -> Home:
        return Home(self.home.root / "districts" / code)


def new_ground(folder: Path, *codes: str) -> Ground:
    """An empty lake, and a region that expects these districts."""
    for name in ("lake", "home"):
        (folder / name).mkdir()
    listed = ", ".join(f'"{code}"' for code in codes)
    said = f"name_zh: 示例市\ndistricts: [{listed}]\nlate_after_days: 31\n"
    (folder / "home" / "region.yml").write_text(said, encoding="utf-8")
    return Ground(Lake.at(folder / "lake"), Home(folder / "home"))
