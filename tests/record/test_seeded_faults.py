"""Faults of every kind in every column of every feed, at random places of the sample's workbooks.

A fault counts as found if the problem list names its very cell (rules that judge a row as a whole may name
another cell of that row). What the clean workbooks are warned of is known; anything more would be a false alarm.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from dagster_project.core.homes import SAMPLE_AS_OF, SAMPLE_RAW, Home
from dagster_project.intake import receive
from dagster_project.intake.feeds import Column, load_feeds
from dagster_project.intake.files.grid import column_letter, column_number
from dagster_project.intake.manifest import read_manifest
from dagster_project.record import in_force, suites

Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Kind:
    """One kind of fault: to which columns it applies, and what it makes of a cell."""

    name: str
    applies: Callable[[Column], bool]
    change: Callable[[Any, random.Random], Any]


def is_count(column: Column) -> bool:
    return column.type == "count"


def is_number(column: Column) -> bool:
    return column.type in ("count", "area", "money", "decimal", "year")


KINDS = [
    Kind("words", is_number, lambda v, c: c.choice(["约300", "无", "-", "待定", "30人", "1.2万"])),
    Kind("negative", lambda c: c.type in ("count", "area", "money"), lambda v, c: -c.randint(1, 99)),
    Kind("fraction", is_count, lambda v, c: c.randint(1, 99) + 0.5),
    Kind("error", lambda c: True, lambda v, c: c.choice(["#DIV/0!", "#REF!", "#N/A", "#VALUE!"])),
    Kind("formula", lambda c: True, lambda v, c: "=1+1"),
    Kind("date", is_number, lambda v, c: dt.date(2023, c.randint(1, 12), 5)),
    Kind("infinite", is_number, lambda v, c: c.choice(["inf", "NaN", "1e400"])),
    Kind("too large", is_number, lambda v, c: 10**16),
    Kind("blank", lambda c: c.required, lambda v, c: None),
    Kind("unknown word", lambda c: c.type == "choice", lambda v, c: "别的"),
    Kind("short code", lambda c: c.type == "code" and c.required, lambda v, c: str(v)[1:]),
    Kind("unknown code", lambda c: c.type == "code" and c.required, lambda v, c: "2999999999"),
    Kind("code with letters", lambda c: c.type in ("code", "district"), lambda v, c: f"A{str(v)[1:]}"),
    Kind("bad date", lambda c: c.type == "date", lambda v, c: "三月底"),
    Kind("bad month", lambda c: c.type == "month", lambda v, c: "2024-13"),
    Kind("formula as text", lambda c: c.type == "text", lambda v, c: "@SUM(1)"),
]


@dataclass
class Sheet:
    """One sheet of the sample: where its feed's columns and rows stand."""

    path: str
    sheet: str
    feed: str
    letters: dict[str, str]
    rows: list[int]


def problems_of(raw: Path, home: Home) -> list[dict[str, Any]]:
    receive.take_in(home, raw)
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, SAMPLE_AS_OF)
        found: list[dict[str, Any]] = con.execute("select * from accepted.problems").df().to_dict("records")
    return found


def sheets_of(home: Home) -> list[Sheet]:
    found = []
    with duckdb.connect() as con:
        for file in read_manifest(home).files:
            for sheet in file.sheets:
                name = next((home.raw / sheet.feed).glob("*.parquet"))
                rows = con.execute(
                    "select distinct row_number from read_parquet(?) where source_file = ? and sheet = ? and not has_fault",
                    [str(name), file.path, sheet.sheet],
                ).fetchall()
                letters = sheet.column_maps[0]
                found.append(Sheet(file.path, sheet.sheet, sheet.feed, letters, sorted(r for (r,) in rows)))
    return [s for s in found if s.rows]


def plant(
    raw: Path, sheets: list[Sheet], chance: random.Random, rounds: int
) -> dict[Cell, tuple[str, str, str]]:
    """Plant every kind in every column of every feed, in rows of their own; what was planted, by cell."""
    by_feed: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        by_feed.setdefault(sheet.feed, []).append(sheet)
    used: set[tuple[str, str, int]] = set()
    planted: dict[Cell, tuple[str, str, str]] = {}
    changes: dict[str, list[tuple[str, str, Any]]] = {}
    for feed, own in by_feed.items():
        for column in load_feeds()[feed].columns:
            for kind in KINDS:
                for _ in range(rounds):
                    if not kind.applies(column):
                        continue
                    places = [
                        (s, r)
                        for s in own
                        if column.name in s.letters
                        for r in chance.sample(s.rows, min(3, len(s.rows)))
                        if (s.path, s.sheet, r) not in used
                    ]
                    if not places:
                        continue
                    sheet, row = chance.choice(places)
                    used.add((sheet.path, sheet.sheet, row))
                    address = f"{sheet.letters[column.name]}{row}"
                    planted[sheet.path, sheet.sheet, address] = (feed, column.name, kind.name)
                    changes.setdefault(sheet.path, []).append((sheet.sheet, address, kind))
    for path, own_changes in changes.items():
        book = openpyxl.load_workbook(raw / path)
        for sheet_name, address, kind in own_changes:
            cell = book[sheet_name][address]
            cell.value = kind.change(cell.value, chance)
        book.save(raw / path)
    return planted


def unmerged(raw: Path) -> None:
    """The sample's total rows and formulas would answer a changed figure with a refused sheet; they go."""
    for path in raw.rglob("*.xlsx"):
        book = openpyxl.load_workbook(path)
        touched = False
        for sheet in book.worksheets:
            for row in list(sheet.iter_rows(min_row=4)):
                if any(str(c.value).replace(" ", "") in ("合计", "总计") for c in row[:4]):
                    for cell in row:
                        cell.value, touched = None, True
        if touched:
            book.save(path)


def seed_and_judge(
    root: Path, workbooks: int, rounds: int, seed: int, *, in_register: bool = False
) -> dict[str, Any]:
    chance = random.Random(seed)
    raw = root / "raw"
    every = sorted(p for p in SAMPLE_RAW.rglob("*.xlsx"))
    register = [p for p in every if "2023" in p.parts or p.parent.name in ("2024", "2025")]
    rest = [p for p in every if p not in register]
    chosen = register + chance.sample(rest, max(workbooks - len(register), 0))
    for path in chosen:
        target = raw / path.relative_to(SAMPLE_RAW)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    unmerged(raw)
    clean = problems_of(raw, Home(root / "clean"))
    sheets = sheets_of(Home(root / "clean"))
    before = {(p["source_file"], p["sheet"], p["cell"], p["rule_code"]) for p in clean}
    planted = plant(raw, [s for s in sheets if (s.feed == "schools") == in_register], chance, rounds)
    after = problems_of(raw, Home(root / "seeded"))
    named = {(p["source_file"], p["sheet"], p["cell"]) for p in after}
    rows = {(f, s, row_of(c)) for f, s, c in named if c}
    missed = [
        (place, what)
        for place, what in planted.items()
        if place not in named and not (what[2] == "unknown code" and (*place[:2], row_of(place[2])) in rows)
    ]
    touched_rows = {(f, s, row_of(c)) for f, s, c in planted}
    logic = [p for p in after if p["class"] != "experience"]
    false_alarms = [
        p
        for p in logic
        if (p["source_file"], p["sheet"], p["cell"], p["rule_code"]) not in before
        and (p["source_file"], p["sheet"], row_of(p["cell"])) not in touched_rows
        and p["rule_code"]
        not in ("ENROLMENT_DIFFERS_FROM_CLASSES", "VOCATIONAL_ENROLMENT_DIFFERS_FROM_SENIOR_CLASSES")
    ]
    warned = {p["source_file"] for p in clean if p["severity"] == "warn"}
    return {
        "seed": seed, "workbooks": len(chosen), "planted": len(planted), "missed": missed,
        "false_alarms": [(p["source_file"], p["sheet"], p["cell"], p["rule_code"]) for p in false_alarms],
        "clean_workbooks": len(chosen), "warnings_of_clean": sum(p["severity"] == "warn" for p in clean),
        "clean_files_warned": len(warned),
    }  # fmt: skip


def row_of(cell: str) -> int:
    digits = "".join(c for c in cell if c.isdigit())
    return int(digits) if digits else 0


@pytest.mark.parametrize(("workbooks", "rounds"), [(40, 1), pytest.param(50, 3, marks=pytest.mark.slow)])
def test_faults_are_named_at_their_cell_and_clean_workbooks_are_left_in_peace(
    tmp_path: Path, workbooks: int, rounds: int
) -> None:
    outcome = seed_and_judge(tmp_path, workbooks, rounds, random.randrange(10**6))
    print({k: v for k, v in outcome.items() if k not in ("missed", "false_alarms")})
    print("missed", outcome["missed"][:10], "false alarms", outcome["false_alarms"][:10])
    assert outcome["planted"] > 300
    assert len(outcome["missed"]) <= 0.02 * outcome["planted"], outcome["missed"][:10]
    assert len(outcome["false_alarms"]) == 0, outcome["false_alarms"][:10]
    assert outcome["warnings_of_clean"] <= outcome["clean_workbooks"]


def test_faults_of_the_register_are_named_at_their_cell(tmp_path: Path) -> None:
    """Every row of a school that the register can't name any more is told of too, so only misses are counted."""
    outcome = seed_and_judge(tmp_path, 30, 2, random.randrange(10**6), in_register=True)
    print({k: v for k, v in outcome.items() if k not in ("missed", "false_alarms")})
    assert outcome["planted"] > 80
    assert len(outcome["missed"]) <= 0.02 * outcome["planted"], outcome["missed"][:10]


def test_addresses_are_read_as_they_are_written() -> None:
    assert (column_letter(28), column_number("AB"), row_of("AB17")) == ("AB", 28, 17)
