"""What feeds declare of their published stages is so: other figures of all other stages leave every published table as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.intake.feeds import STAGES, load_feeds
from dagster_project.warehouse.table_differences import table_differences
from tests.warehouse.accepted_fixture import Accepted, build_marts

Row = dict[str, Any]
TYPES = {
    "preschool": "kindergarten",
    "primary": "primary",
    "junior_secondary": "junior_secondary",
    "senior_secondary": "senior_secondary",
    "secondary_vocational": "secondary_vocational",
}


def district(times: int) -> Accepted:
    """A school of each stage; the figures of stages that aren't published are so many times as large."""
    made = Accepted()
    for number, (stage, kind) in enumerate(TYPES.items(), 1):
        school = {"school_code": f"219990000{number}"}
        made.add("schools", {**school, "school_name": f"{number}校", "district_code": "500101", "town": "东镇",
                             "school_type": kind, "ownership": "public"})  # fmt: skip
        for feed, figures in {
            "staffing": {"full_time_teachers": 40, "above_required_degree_teachers": 30, "backbone_teachers": 5,
                         "pe_teachers": 2, "music_teachers": 1, "fine_art_teachers": 1},
            "enrolment": {"students": 600, "classes": 14},
            "floor_area": {"teaching_area_m2": 3000, "indoor_sports_area_m2": 0, "sports_ground_area_m2": 4000,
                           "equipment_10k_yuan": 120, "multimedia_classrooms": 15, "books": 9000, "computers": 80},
        }.items():  # fmt: skip
            factor = 1 if stage in load_feeds()[feed].published_stages else times
            key = school if feed == "floor_area" else {**school, "stage": stage}
            made.add(feed, {**key, **{name: value * factor for name, value in figures.items()}})
    return made


def test_no_published_table_depends_on_the_rows_of_other_stages(tmp_path: Path) -> None:
    assert set(TYPES) == set(STAGES)
    databases = []
    for times in (1, 7):
        folder = tmp_path / str(times)
        folder.mkdir()
        databases.append(build_marts(district(times), folder).database)
    found = table_differences(*databases)
    assert found.found == {} and found.cells > 1000
