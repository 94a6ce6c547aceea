"""The table of source cells is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.questions.explain import write_cells
from dagster_project.questions.trace import is_as_corrected, trace_figure


def test_no_text_of_a_return_starts_a_formula(sample_home: Path, tmp_path: Path) -> None:
    place = Home(sample_home)
    database = place.analyst / str(place.release_in_force()) / "marts.duckdb"
    with open_marts(database) as con:
        code, indicator, year, stage = con.execute(
            "select school_code, indicator_code, school_year, stage from marts.fct_school_indicators"
            " where value is not null order by all limit 1"
        ).fetchall()[0]
        found = trace_figure(con, code, indicator, year, stage)
    attacked = dataclasses.replace(found, school_name="=1+1")
    write_cells([attacked], tmp_path / "cells.csv")
    with (tmp_path / "cells.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream)
    assert len(rows) == len(found.cells) > 0
    assert {row[1] for row in rows} == {"'=1+1"}
    assert float(dict(zip(head, rows[0], strict=True))[head[6]]) == found.value


@pytest.mark.parametrize(
    ("original", "there", "is_pay", "agrees"),
    [
        ("", [""], False, True),  # a blank cell that was filled in
        ("", [3], False, False),
        ("3O0", ["3O0"], False, True),  # a letter that was put right
        ("约300", [" 约300 "], False, True),
        ("3O0", [300], False, False),
        ("", [88000], True, True),  # what pay was isn't kept
        ("300", [300], False, True),
    ],
)
def test_a_cell_that_a_correction_names_agrees_with_what_it_says_it_held(
    original: str, there: list[object], is_pay: bool, agrees: bool
) -> None:
    assert is_as_corrected(original, there, is_pay=is_pay) == agrees
