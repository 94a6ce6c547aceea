"""Every indicator of the seed is worked by hand, and one more is added by the steps of docs/contributing.md.

The steps (an expression, its description, rows for the indicator and its source, for each standard) are done on a
copy of the project; no mart and no Python changes, and the figures are there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse import build
from tests.indicator_seed import INDICATORS, copy_models, models_from
from tests.warehouse.accepted_fixture import Accepted, Marts

#: Students of the primary school of every case.
STUDENTS = 300
#: Indicator → feed, what a primary school with 300 students returns there, value worked by hand, status.
WORKED_BY_HAND: dict[str, tuple[str, dict[str, Any], float, str]] = {
    # 12 ÷ 300 × 100, of 4.2
    "above_required_degree_teachers_per_100_students": ("staffing", {"above_required_degree_teachers": 12}, 4, "not_met"),
    # 3 ÷ 300 × 100, of 1
    "backbone_teachers_per_100_students": ("staffing", {"backbone_teachers": 3}, 1, "met"),
    # (1 + 1 + 0 + 1) ÷ 300 × 100, of 0.9
    "pe_art_teachers_per_100_students": (
        "staffing", {"pe_teachers": 1, "music_teachers": 1, "fine_art_teachers": 0, "other_art_teachers": 1}, 1, "met",
    ),
    # (1,500 − 300) ÷ 300, of 4.5
    "teaching_area_m2_per_student": (
        "floor_area", {"teaching_area_m2": 1500.0, "indoor_sports_area_m2": 300.0}, 4, "not_met",
    ),
    # (1,950 + 300) ÷ 300, of 7.5
    "sports_area_m2_per_student": (
        "floor_area", {"sports_ground_area_m2": 1950.0, "indoor_sports_area_m2": 300.0}, 7.5, "met",
    ),
    # 45 × 10,000 ÷ 300, of 2,000
    "equipment_yuan_per_student": ("floor_area", {"equipment_10k_yuan": 45.0}, 1500, "not_met"),
    # 9 ÷ 300 × 100, of 2.3
    "multimedia_classrooms_per_100_students": ("floor_area", {"multimedia_classrooms": 9}, 3, "met"),
    # 21 ÷ 300 × 100, no standard
    "full_time_teachers_per_100_students": ("staffing", {"full_time_teachers": 21}, 7, "not_applicable"),
    # 9,000 ÷ 300, no standard
    "books_per_student": ("floor_area", {"books": 9000}, 30, "not_applicable"),
    # 45 ÷ 300 × 100, no standard
    "computers_per_100_students": ("floor_area", {"computers": 45}, 15, "not_applicable"),
}  # fmt: skip

#: The indicator that the steps add; another than the example of docs/contributing.md, which may be in the seed by now.
ADDED = "trained_teachers_per_100_students"
SCHOOL_OF_ADDED = "2100000001"


def take_the_steps(project: Path) -> list[Path]:
    """Add teachers with 360 hours of training per 100 students; the files that were touched."""
    model = project / "models/core/intermediate/int_unit_indicators.sql"
    docs = project / "models/core/intermediate/int_unit_indicators.yml"
    indicators, standards = project / "seeds/indicators.csv", project / "seeds/standards.csv"
    sources = project / "seeds/indicator_sources.csv"

    text = model.read_text(encoding="utf-8")
    last = "\n    from units\n"
    assert text.count(last) == 1
    model.write_text(
        text.replace(last, f",\n        trained_360_hours_teachers as {ADDED}{last}"), encoding="utf-8"
    )
    with docs.open("a", encoding="utf-8") as stream:
        stream.write(
            f"      - name: {ADDED}\n        description: Full-time teachers with 360 hours of training (persons).\n"
        )

    with indicators.open("a", encoding="utf-8") as stream:
        stream.write(
            f"{ADDED},{len(INDICATORS) + 1},每百名学生拥有完成培训教师数,Trained teachers per 100 students,人,人/百名学生,"
            "100,1,2,at_least,compulsory_resources,true,staffing,false\n"
        )
    with sources.open("a", encoding="utf-8") as stream:
        stream.write(f"{ADDED},1,trained_360_hours_teachers,1,false\n")
    header = standards.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"indicator_code": ADDED, "measure": "school_threshold", "school_kind": "all", "jurisdiction": "national",
           "threshold": "5", "direction": "at_least", "valid_from": "2017", "confidence": "high"}  # fmt: skip
    with standards.open("a", encoding="utf-8") as stream:
        for stage in ("primary", "junior_secondary"):
            stream.write(",".join({**row, "stage": stage}.get(name, "") for name in header) + "\n")
    return [model, docs, indicators, sources, standards]


def code_of(indicator: str) -> str:
    """Code of the school that is worked for an indicator."""
    return f"21000001{INDICATORS.index(indicator):02d}"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    folder = tmp_path_factory.mktemp("extended")
    project = copy_models(folder)
    touched = take_the_steps(project)
    assert not [p for p in touched if "marts" in p.parts or p.suffix == ".py"]

    worked = [(code_of(i), *WORKED_BY_HAND[i][:2]) for i in INDICATORS if i in WORKED_BY_HAND]
    worked.append((SCHOOL_OF_ADDED, "staffing", {"full_time_teachers": 20, "trained_360_hours_teachers": 12}))
    accepted = Accepted()
    for code, feed, returned in worked:
        accepted.add("schools", {"school_code": code, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
                                 "school_type": "primary", "ownership": "public"})  # fmt: skip
        for name in dict.fromkeys(("enrolment", feed)):
            row: dict[str, Any] = {"stage": "primary"} if load_feeds()[name].scope == "school_stage" else {}
            row |= {"students": STUDENTS} if name == "enrolment" else {}
            accepted.add(name, {"school_code": code, **row, **(returned if name == feed else {})})
    database = folder / build.DATABASE_NAME
    accepted.write(database)
    with models_from(project):
        build.run_models(database)
    return Marts(database)


def test_every_indicator_of_the_seed_is_worked_by_hand() -> None:
    missing = [i for i in INDICATORS if i not in WORKED_BY_HAND]
    assert not missing, f"add a school worked by hand to WORKED_BY_HAND for {missing}"


def test_the_figure_of_every_indicator_is_the_one_worked_by_hand(extended: Marts) -> None:
    found = {i: extended.figure(code_of(i), i) for i in INDICATORS if i in WORKED_BY_HAND}
    assert {i: (row["value"], row["status"]) for i, row in found.items()} == {
        i: (pytest.approx(value, rel=1e-12), status)
        for i, (_, _, value, status) in WORKED_BY_HAND.items()
        if i in INDICATORS
    }


def test_a_new_indicator_is_measured_judged_and_compared(extended: Marts) -> None:
    # 12 of 300 students: 4 per 100, of 5; three more teachers are needed for 5, one more for 85% of it (12.75)
    row = extended.figure(SCHOOL_OF_ADDED, ADDED)
    assert (row["value"], row["threshold"], row["status"]) == (4.0, 5.0, "not_met")
    assert (row["gap_to_threshold"], row["gap_to_floor"]) == (3.0, 1.0)
    district = extended.one(f"select * from marts.fct_district_indicators where indicator_code = '{ADDED}'"
                            " and stage = 'primary'")  # fmt: skip
    assert (district["schools_available"], district["mean_value"]) == (1, 4.0)


def test_the_old_indicators_stay_as_they_were(extended: Marts) -> None:
    assert extended.figure(SCHOOL_OF_ADDED, "full_time_teachers")["value"] == pytest.approx(20 / 3)
