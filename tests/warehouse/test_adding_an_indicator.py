"""The README's four steps: an expression, its description, rows for the indicator and its source, for each standard.

The steps are done on a copy of the project; no mart and no Python changes, and the figures are there.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.warehouse import build
from tests.warehouse.accepted_fixture import Accepted, Marts

CODE = "certified_teachers_per_100_students"


def take_the_four_steps(project: Path) -> list[Path]:
    """Add teachers with a certificate per 100 students; the files that were touched."""
    model = project / "models/core/intermediate/int_unit_indicators.sql"
    docs = project / "models/core/intermediate/int_unit_indicators.yml"
    indicators, standards = project / "seeds/indicators.csv", project / "seeds/standards.csv"
    sources = project / "seeds/indicator_sources.csv"

    text = model.read_text(encoding="utf-8")
    last = "\n    from units\n"
    assert text.count(last) == 1
    model.write_text(text.replace(last, f",\n        certified_teachers as {CODE}{last}"), encoding="utf-8")
    with docs.open("a", encoding="utf-8") as stream:
        stream.write(
            f"      - name: {CODE}\n        description: Full-time teachers with a certificate (persons).\n"
        )

    with indicators.open("a", encoding="utf-8") as stream:
        stream.write(
            f"{CODE},11,每百名学生拥有持证教师数,Certified teachers per 100 students,人,人/百名学生,100,1,2,at_least,"
            "compulsory_resources,true,staffing,false\n"
        )
    with sources.open("a", encoding="utf-8") as stream:
        stream.write(f"{CODE},1,certified_teachers,1,false\n")
    header = standards.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"indicator_code": CODE, "measure": "school_threshold", "school_kind": "all", "jurisdiction": "national",
           "threshold": "5", "direction": "at_least", "valid_from": "2017", "confidence": "high"}  # fmt: skip
    with standards.open("a", encoding="utf-8") as stream:
        for stage in ("primary", "junior_secondary"):
            stream.write(",".join({**row, "stage": stage}.get(name, "") for name in header) + "\n")
    return [model, docs, indicators, sources, standards]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    folder = tmp_path_factory.mktemp("extended")
    project = folder / "dbt"
    shutil.copytree(DBT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    touched = take_the_four_steps(project)
    assert not [p for p in touched if "marts" in p.parts or p.suffix == ".py"]

    accepted = Accepted()
    code = "2100000001"
    accepted.add("schools", {"school_code": code, "school_name": "甲校", "district_code": "500101", "town": "东镇",
                             "school_type": "primary", "ownership": "public"})  # fmt: skip
    accepted.add("enrolment", {"school_code": code, "stage": "primary", "students": 300})
    accepted.add(
        "staffing",
        {"school_code": code, "stage": "primary", "full_time_teachers": 20, "certified_teachers": 12},
    )
    database = folder / build.DATABASE_NAME
    accepted.write(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "DBT_DIR", project)
        patch.setattr(build, "_TARGET", project / "target")
        patch.setattr(build, "_PREPARED", project / "target" / "prepared.msgpack")
        patch.setattr(build, "models_digest", lambda: "0" * 64)
        build.run_models(database)
    return Marts(database)


def test_a_new_indicator_is_measured_judged_and_compared(extended: Marts) -> None:
    # 12 of 300 students: 4 per 100, of 5; three more teachers are needed for 5, one more for 85% of it (12.75)
    row = extended.figure("2100000001", "certified")
    assert (row["value"], row["threshold"], row["status"]) == (4.0, 5.0, "not_met")
    assert (row["gap_to_threshold"], row["gap_to_floor"]) == (3.0, 1.0)
    district = extended.one(f"select * from marts.fct_district_indicators where indicator_code = '{CODE}'"
                            " and stage = 'primary'")  # fmt: skip
    assert (district["schools_available"], district["mean_value"]) == (1, 4.0)


def test_the_old_indicators_stay_as_they_were(extended: Marts) -> None:
    assert extended.figure("2100000001", "full_time_teachers")["value"] == pytest.approx(20 / 3)
