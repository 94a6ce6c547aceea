"""A foreign table goes in by a description, without code."""

from __future__ import annotations

from pathlib import Path

from dagster_project.core.homes import LAYOUTS_DIR, Home
from dagster_project.intake import receive
from dagster_project.intake.parse.layout_files import load_layouts

SYNTHETIC = Path(__file__).parent.parent / "fixtures" / "synthetic_elementary_schools.csv"


def taken(tmp_path: Path, year: int = 2024) -> receive.Taken:
    folder = tmp_path / "raw" / str(year)
    folder.mkdir(parents=True)
    (folder / SYNTHETIC.name).write_bytes(SYNTHETIC.read_bytes())
    return receive.take_in(Home(tmp_path / "home"), tmp_path / "raw")


def test_one_row_feeds_register_staffing_and_six_grades(tmp_path: Path) -> None:
    (file,) = taken(tmp_path).files
    sheets = {s.feed: s for s in file.parsed.sheets}
    assert set(sheets) == {"schools", "staffing", "class_sizes"}
    assert sheets["schools"].columns["school_code"][0] == "011301"
    assert len(sheets["class_sizes"].columns["students"]) == 6 * len(sheets["schools"].columns["school_code"])


def test_sums_constants_and_prefixes(tmp_path: Path) -> None:
    (file,) = taken(tmp_path).files
    sheets = {s.feed: s for s in file.parsed.sheets}
    assert sheets["staffing"].columns["full_time_teachers"][0] == 9 + 16
    assert sheets["class_sizes"].columns["students"][0] == 33 + 37
    assert sheets["schools"].columns["ownership"][:2] == ["private", "public"]
    assert set(sheets["schools"].columns["school_type"]) == {"primary"}


def test_a_sum_names_all_its_cells(tmp_path: Path) -> None:
    (file,) = taken(tmp_path).files
    classes = next(s for s in file.parsed.sheets if s.feed == "class_sizes")
    assert classes.column_maps[0]["students"] == "M,N"
    assert classes.column_maps[5]["class_count"] == "L"


def test_the_year_of_another_calendar_must_be_the_year_of_the_folder(tmp_path: Path) -> None:
    (file,) = taken(tmp_path, year=2023).files
    assert file.record.status == "rejected"
    assert {p.rule_code for p in file.problems} == {"WRONG_YEAR"}


def test_every_layout_of_the_project_is_valid() -> None:
    assert load_layouts(LAYOUTS_DIR)
