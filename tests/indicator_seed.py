"""The indicators of the seed, for tests that count them, and the seed as hand-worked districts know it.

One more indicator must not break a test. A test that counts takes the numbers from here. A district worked by hand
is built with the indicators it was worked for (`WORKED`): another indicator of the seed would ask its schools for
columns that its rows leave blank.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.warehouse import build

with (DBT_DIR / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as _stream:
    _ROWS = list(csv.DictReader(_stream))
INDICATORS = [row["indicator_code"] for row in _ROWS]
with (DBT_DIR / "seeds" / "standards.csv").open(encoding="utf-8", newline="") as _stream:
    _STANDARDS = [
        row
        for row in csv.DictReader(_stream)
        if row["measure"] in ("school_threshold", "cv_limit")
        and row["confidence"] in ("high", "medium")
        and row["jurisdiction"] == "national"
    ]


def judged_in(school_year: int) -> list[str]:
    """The indicators that a standard judges by in a school year."""
    standing = {
        row["indicator_code"]
        for row in _STANDARDS
        if int(row["valid_from"]) <= school_year <= int(row["valid_to"] or 9999)
    }
    return [
        row["indicator_code"]
        for row in _ROWS
        if row["is_judged"] == "true" and row["indicator_code"] in standing
    ]


def judged_from(indicator: str) -> int | None:
    """The first school year in which a primary school is judged by an indicator; None if it never is."""
    years = [
        int(r["valid_from"])
        for r in _STANDARDS
        if (r["indicator_code"], r["stage"]) == (indicator, "primary")
    ]
    return (
        min(years)
        if years and indicator in {r["indicator_code"] for r in _ROWS if r["is_judged"] == "true"}
        else None
    )


#: The newest school year of the sample, whose figures tests count.
LATEST_YEAR = 2025
JUDGED = judged_in(LATEST_YEAR)
#: Indicators of the districts worked by hand: seven judged, three monitored.
WORKED = frozenset((
    "above_required_degree_teachers_per_100_students", "backbone_teachers_per_100_students",
    "pe_art_teachers_per_100_students", "teaching_area_m2_per_student", "sports_area_m2_per_student",
    "equipment_yuan_per_student", "multimedia_classrooms_per_100_students", "full_time_teachers_per_100_students",
    "books_per_student", "computers_per_100_students",
))  # fmt: skip
_LEFT_OUT = shutil.ignore_patterns("target", "logs")


def copy_models(folder: Path) -> Path:
    """Copy `dbt/` into a folder, to be edited by a test; the copy."""
    return Path(shutil.copytree(DBT_DIR, folder / "dbt", ignore=_LEFT_OUT))


def keep_worked(seeds: Path) -> None:
    """Take the rows of all indicators but the worked ones out of the seeds of a folder."""
    with (seeds / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        others = {row["indicator_code"] for row in csv.DictReader(stream)} - WORKED
    for path in sorted(seeds.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        if "indicator_code" in header:
            place = header.index("indicator_code")
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows(
                    [header, *(row for row in rows if row[place] not in others)]
                )


@contextmanager
def models_from(project: Path) -> Iterator[None]:
    """Let this process build with the dbt project of a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "DBT_DIR", project)
        patch.setattr(build, "_TARGET", project / "target")
        patch.setattr(build, "_PREPARED", project / "target" / build._PREPARED.name)
        patch.setattr(build, "_MANIFEST", project / "target" / build._MANIFEST.name)
        yield
