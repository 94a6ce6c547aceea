"""Several sources for one figure: the kind of source decides which counts, never the order in which they came."""

from __future__ import annotations

import atexit
import datetime as dt
import random
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import cells_of
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.reader import Worker
from dagster_project.intake.source_kinds import KINDS, kind_of_sheet
from dagster_project.record import in_force, several_sources, suites
from dagster_project.record.precedence import Precedence, project_precedence, read_precedence
from dagster_project.warehouse.source_cells import cells_in_vault
from tests.intake import bad_files as make

FORM = Path(__file__).parents[1] / "fixtures" / "national_forms" / "2023" / "合成示例第一小学（小学）.xlsx"
SCHOOL = "2199000002"
WORKER = Worker(Path(tempfile.gettempdir()))
atexit.register(WORKER.close)


class Desk:
    """A raw folder and a home, without the models: take in, decide what is in force, ask."""

    def __init__(self, root: Path) -> None:
        self.raw, self.home = root / "raw", Home(root / "home")
        (self.raw / "2023").mkdir(parents=True)

    def put(self, name: str, content: bytes) -> None:
        (self.raw / "2023" / name).write_bytes(content)
        receive.take_in(self.home, self.raw, worker=WORKER)

    def table(self, name: str, feed: str, *rows: dict[str, Any]) -> None:
        columns = [c for c in load_feeds()[feed].columns if any(c.name in row for row in rows)]
        heads = [c.heading_zh for c in columns]
        self.put(name, make.workbook([heads, *([row.get(c.name) for c in columns] for row in rows)]))

    def decide(self, precedence: Precedence | None = None, judge: Any = suites.judge) -> dict[str, Any]:
        """Rows of the tables of schema accepted that are asked for here, by name of the table."""
        with duckdb.connect() as con:
            day = dt.date(2023, 12, 31)
            in_force.resolve(con, self.home, read_manifest(self.home), judge, day, (), precedence)
            names = (
                *load_feeds(),
                "readings",
                "source_comparisons",
                "taken_cells",
                "problems",
                "column_maps",
            )
            return {n: con.execute(f"select * from accepted.{n}").df().to_dict("records") for n in names}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


TEMPLATE = {"school_code": SCHOOL, "school_name": "合成示例第一小学", "stage": "小学", "full_time_teachers": 58,
            "above_required_degree_teachers": 58, "backbone_teachers": 9, "pe_teachers": 6, "music_teachers": 3,
            "fine_art_teachers": 3, "certified_teachers": 49}  # fmt: skip


def form(desk: Desk) -> None:
    desk.put("form.xlsx", FORM.read_bytes())


def template(desk: Desk) -> None:
    desk.table("填报.xlsx", "staffing", TEMPLATE)


@pytest.mark.parametrize("order", [(form, template), (template, form)])
def test_a_form_goes_before_a_template_and_what_it_lacks_is_taken_from_the_template(
    desk: Desk, order: Any
) -> None:
    for send in order:
        send(desk)
    found = desk.decide()
    (row,) = found["staffing"]
    # the form counts 60 teachers of the school (fixtures' expected.csv) and no certificates
    assert (row["full_time_teachers"], row["source_file"]) == (60, "2023/form.xlsx")
    assert row["certified_teachers"] == 49
    (taken,) = [t for t in found["taken_cells"] if t["column_name"] == "certified_teachers"]
    assert (taken["row_source_file"], taken["source_file"]) == ("2023/form.xlsx", "2023/填报.xlsx")
    # both readings are kept, each with the cell that holds it
    by_kind = {r["source_kind"]: r for r in found["readings"] if r["column_name"] == "full_time_teachers"}
    assert {k: (r["value"], r["in_force"]) for k, r in by_kind.items()} == {
        "statistics_form": ("60", True), "own_template": ("58", False),
    }  # fmt: skip
    for reading in by_kind.values():
        assert held(desk, reading) == float(reading["value"])
    # the difference is a warning that leads to both cells; equal figures are none
    warnings = {p["column_zh"]: p for p in found["problems"] if p["rule_code"] == "SOURCES_DIFFER"}
    assert warnings.keys() == {"专任教师数", "高于规定学历教师数"}
    warning = warnings["专任教师数"]
    assert (warning["source_file"], warning["value"]) == ("2023/form.xlsx", "60对58")
    for word in ("60", "58", "2023/form.xlsx", "2023/填报.xlsx", by_kind["own_template"]["cells"]):
        assert word in warning["message_zh"]
    states = {c["column_name"]: c["status"] for c in found["source_comparisons"]}
    assert states["full_time_teachers"] == "different"
    assert states["music_teachers"] == "agreeing"
    # a figure that the form gives isn't listed as missing
    assert not [
        p
        for p in found["problems"]
        if p["rule_code"] == "BLANK_CELL" and p["column_zh"] == "持教师资格证教师数"
    ]


def held(desk: Desk, reading: dict[str, Any]) -> float:
    """Sum of the cells of a reading in the file as received."""
    cells = reading["cells"].split(",")
    keys = [(reading["sha256"], reading["source_file"], reading["sheet"], cell.lstrip("-")) for cell in cells]
    found = cells_in_vault(desk.home, keys)
    signs = [-1 if cell.startswith("-") else 1 for cell in cells]
    return float(sum(s * float(found[k[0], k[2], k[3]] or 0) for s, k in zip(signs, keys, strict=True)))
