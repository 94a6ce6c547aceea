"""Pay stays private: an attack on the committee's tables by linear algebra, and a search for a planted figure.

The attacker holds everything the committee gets, and knows how many teachers stand behind each kindergarten's
pay. Every published figure about pay is a linear equation over the unknown totals: a mean times its heads, a
group's mean times its heads, and a ratio as `temporary / heads - ratio * in post / heads = 0`. A set of cells
with fewer than three people behind them is given away if some combination of the equations speaks of these
cells alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import inspect
import io
import json
import math
import os
import random
import re
import signal
import string
import struct
import sys
import traceback
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from dagster_project import cli, run
from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.core.privacy import without_figures
from dagster_project.intake.feeds import load_feeds
from dagster_project.questions import check
from dagster_project.record import rules, suites
from dagster_project.warehouse import build, release, steps
from dagster_project.warehouse.tiers import load_tiers
from tests.conftest import District
from tests.warehouse.accepted_fixture import Accepted, Row, build_marts

SEED = 20260101
#: Districts from this code on are published once more with all their pay changed.
CHANGED_FROM = 520000
MINIMUM = load_tiers().minimum_people
KINDS = ("in_post", "temporary")
OWNERS = ("public", "private", None)
#: Cells are (school, kind); an equation is the coefficients of the totals it speaks of.
Cell = tuple[str, str]
Equation = dict[Cell, Fraction]


# --- random districts ------------------------------------------------------------------------------------


@dataclass
class Kindergarten:
    """What one kindergarten returned for one year; a total of None is a blank cell."""

    code: str
    owner: str | None
    teachers: dict[str, int]
    total: dict[str, int | None]

    def heads(self, kind: str) -> int:
        """People behind a total that is there."""
        return self.teachers[kind] if self.total[kind] is not None else 0


@dataclass
class World:
    """Kindergartens by (district, year)."""

    groups: dict[tuple[str, int], list[Kindergarten]] = field(default_factory=dict)
    budget_is_public: dict[str, bool] = field(default_factory=dict)
    #: What the district reports as pay in its budget; the sum of its temporary teachers' pay if not given.
    budget: dict[tuple[str, int], int] = field(default_factory=dict)


def random_world(districts: int, seed: int, first: int = 510000) -> World:
    """Districts of 1 to 12 kindergartens, mostly small, some with blanks, a part of them over two years."""
    rng = random.Random(seed)
    world = World()
    for number in range(districts):
        district = f"{first + number:06d}"
        world.budget_is_public[district] = rng.random() < 0.5
        small = rng.choice((0.15, 0.5, 0.9))
        kindergartens = [
            (f"{district}{i:04d}", rng.choices(OWNERS, (50, 45, 5))[0]) for i in range(rng.randint(1, 12))
        ]
        for year in (2022, 2023) if number % 5 == 0 else (2023,):
            world.groups[district, year] = [
                _random_kindergarten(rng, code, owner, small) for code, owner in kindergartens
            ]
    return world


def _random_kindergarten(rng: random.Random, code: str, owner: str | None, small: float) -> Kindergarten:
    teachers = {
        kind: rng.choice((0, 1, 1, 2, 2, 3)) if rng.random() < small else rng.randint(0, 25) for kind in KINDS
    }
    mean = {"in_post": rng.randint(60_000, 160_000), "temporary": rng.randint(20_000, 60_000)}
    total: dict[str, int | None] = {
        kind: None if rng.random() < 0.04 else n * mean[kind] + (rng.randint(0, n) if n else 0)
        for kind, n in teachers.items()
    }
    if rng.random() < 0.04:  # the whole row was put aside
        total = dict.fromkeys(KINDS)
    return Kindergarten(code, owner, teachers, total)


def accept(world: World, folder: Path) -> Path:
    """Build the world's models in one run; the path of the committee's database."""
    marts = build_marts(accepted_of(world), folder)
    committee = folder / "committee" / "marts.duckdb"
    release.copy_marts(marts.database, committee, folder / "analyst" / "marts.duckdb")
    return committee


def accepted_of(world: World) -> Accepted:
    """The rows that its districts returned."""
    accepted = Accepted(2023, as_of="2024-12-31")
    for (district, year), kindergartens in world.groups.items():
        totals: dict[str | None, int] = {}
        for k in kindergartens:
            accepted.add("schools", {"school_year": year, "school_code": k.code, "school_name": k.code, "town": "东镇",
                                     "district_code": district, "school_type": "kindergarten", "ownership": k.owner})  # fmt: skip
            totals[k.owner] = totals.get(k.owner, 0) + (k.total["temporary"] or 0)
            if any(t is not None for t in k.total.values()) or k.teachers["in_post"] % 2:
                accepted.add("kindergarten_pay", {
                    "school_year": year, "school_code": k.code, "staff": sum(k.teachers.values()) + 3,
                    "fully_insured_staff": sum(k.teachers.values()),
                    **{f"{kind}_teachers": k.teachers[kind] for kind in KINDS},
                    **{f"{kind}_annual_pay_yuan": k.total[kind] for kind in KINDS},
                })  # fmt: skip
        paid = totals.get("public", 0) if world.budget_is_public[district] else sum(totals.values())
        budget = world.budget.setdefault((district, year), paid)
        accepted.add(
            "district_figures",
            _figure(district, year, "temporary_pay_in_budget_yuan", budget),
            _figure(district, year, "education_outlay_yuan", 1e9),
            _figure(district, year, "teacher_mean_annual_pay_yuan", 1e5 + 1e4 * (budget % 7)),
            _figure(district, year, "civil_servant_mean_annual_pay_yuan", 1e5),
        )
    for district in world.budget_is_public:
        accepted.add("rectification_tasks", {
            "district_code": district, "item_number": "1", "measure_number": 1, "area_zh": "学前", "item_title_zh": "待遇",
            "measure_zh": "提高待遇", "begun_on": "2024-11-01", "proof_kind": "figure", "figure_code": "temporary_pay_ratio",
            "target_value": 0.5,
        })  # fmt: skip
    for number, (name, sheet) in enumerate((("a.csv", ""), ("a.xlsx", "待遇"))):
        for feed in ("kindergarten_pay", "schools"):
            accepted.add("submissions", {"submission": 1, "source_file": f"2023/{name}", "sheet": sheet, "feed": feed,
                                         "sha256": f"{number}" * 64, "status": "accepted"})  # fmt: skip
    return accepted


def _figure(district: str, year: int, code: str, value: float) -> Row:
    return {"district_code": district, "figure_year": year, "figure_code": code, "figure": value}


# --- what the committee can write down --------------------------------------------------------------------


@dataclass
class View:
    """What the committee's tables say of pay: rows of each table by (district, year)."""

    schools: dict[str, dict[tuple[str, int], list[Row]]]

    def of(self, table: str, key: tuple[str, int]) -> list[Row]:
        return self.schools[table].get(key, [])


def read_view(committee: Path) -> View:
    """All rows about pay in the committee's database."""
    queries = {
        "kindergartens": "select * from marts.fct_kindergarten_pay",
        "totals": "select * from marts.fct_district_kindergarten_pay",
        "budget": "select *, fiscal_year as school_year from marts.fct_education_finance",
        "measures": "select district_code, year(figure_observed_on) as school_year, figure_value, baseline_value,"
                    " needed_value from marts.fct_rectification_measures where figure_value is not null",
        "states": "select district_code, year(valid_from) as school_year, figure_value from marts.fct_rectification_states"
                  " where figure_value is not null",
    }  # fmt: skip
    found: dict[str, dict[tuple[str, int], list[Row]]] = {}
    with open_marts(committee) as con:
        for name, sql in queries.items():
            cursor = con.execute(sql)
            names = [d[0] for d in cursor.description]
            for row in cursor.fetchall():
                record = dict(zip(names, row, strict=True))
                key = (record["district_code"], record["school_year"])
                found.setdefault(name, {}).setdefault(key, []).append(record)
    return View({name: found.get(name, {}) for name in queries})


def equations(world: World, view: View, key: tuple[str, int]) -> list[Equation]:
    """Every equation about the pay of a district and year that the committee can write down."""
    kindergartens = {k.code: k for k in world.groups[key]}
    listed: list[Equation] = []
    for row in view.of("kindergartens", key):
        listed += _figures(row, [kindergartens[row["school_code"]]])
    for row in view.of("totals", key):
        behind = [k for k in kindergartens.values() if row["ownership"] in ("all", k.owner)]
        listed += _figures(row, behind)
    public = [k for k in kindergartens.values() if k.owner == "public"]
    for row in [*view.of("measures", key), *view.of("states", key)]:
        # the baseline and what is needed are the same figure of some year: here of this one, if it fits
        for value in (row["figure_value"], row.get("baseline_value"), row.get("needed_value")):
            if value is not None and _ratio(public) and abs(value - float(_ratio(public) or 0)) < 1e-12:
                listed += _figures({"pay_ratio": value}, public)
    for row in view.of("budget", key):
        if row["temporary_pay_in_budget_yuan"] is not None:
            paid = public if world.budget_is_public[key[0]] else list(kindergartens.values())
            listed.append(_sum(paid, "temporary"))
    return [e for e in listed if e]


def _sum(kindergartens: Iterable[Kindergarten], kind: str) -> Equation:
    return {(k.code, kind): Fraction(1) for k in kindergartens if k.heads(kind)}


def _mean(kindergartens: Sequence[Kindergarten], kind: str) -> Fraction | None:
    heads = sum(k.heads(kind) for k in kindergartens)
    return Fraction(sum(k.total[kind] or 0 for k in kindergartens if k.heads(kind)), heads) if heads else None


def _ratio(kindergartens: Sequence[Kindergarten]) -> Fraction | None:
    in_post, temporary = (_mean(kindergartens, kind) for kind in KINDS)
    return temporary / in_post if in_post and temporary is not None else None


def _figures(row: Row, behind: Sequence[Kindergarten]) -> list[Equation]:
    """Equations of one published row; its figures must be what the people behind it earn."""
    found = []
    for kind in KINDS:
        shown = row.get(f"{kind}_mean_annual_pay_yuan")
        if shown is not None:
            assert shown == pytest.approx(float(_mean(behind, kind) or 0), rel=1e-12)
            found.append(_sum(behind, kind))
    if row.get("pay_ratio") is not None:
        ratio = _ratio(behind)
        assert ratio is not None and row["pay_ratio"] == pytest.approx(float(ratio), rel=1e-12)
        heads = {kind: sum(k.heads(kind) for k in behind) for kind in KINDS}
        equation = {c: v / heads["temporary"] for c, v in _sum(behind, "temporary").items()}
        equation |= {c: -ratio * v / heads["in_post"] for c, v in _sum(behind, "in_post").items()}
        found.append(equation)
    return found


# --- the attack -------------------------------------------------------------------------------------------


def rank(rows: Iterable[Equation], columns: Iterable[Cell]) -> int:
    """Rank of the equations over some of the cells, in exact fractions."""
    order = list(columns)
    pivots: list[tuple[Cell, Equation]] = []
    for row in rows:
        rest = {c: row[c] for c in order if row.get(c)}
        for cell, pivot in pivots:
            if factor := rest.get(cell):
                for c, v in pivot.items():
                    left = rest.get(c, Fraction(0)) - factor * v
                    if left:
                        rest[c] = left
                    else:
                        rest.pop(c, None)
        if rest:
            cell = next(iter(rest))
            pivots.append((cell, {c: v / rest[cell] for c, v in rest.items()}))
    return len(pivots)


def given_away(
    kindergartens: Sequence[Kindergarten], known: Sequence[Equation], hidden: set[str]
) -> list[tuple[Cell, ...]]:
    """Sets of cells with too few people behind them of which the equations say something by themselves.

    Args:
        kindergartens: of one district and year.
        known: the committee's equations.
        hidden: kindergartens whose row says `suppressed`; each of their cells is protected, whoever is behind it.
    """
    heads = {(k.code, kind): k.heads(kind) for k in kindergartens for kind in KINDS if k.heads(kind)}
    owner = {k.code: k.owner for k in kindergartens}
    single = {next(iter(e)) for e in known if len(e) == 1}
    open_cells = [c for c in heads if c not in single]
    # what is published cell by cell is known: it drops out of every other equation
    rest = [r for e in known if (r := {c: v for c, v in e.items() if c not in single})]
    found: list[tuple[Cell, ...]] = [(c,) for c in single if heads[c] < MINIMUM or c[0] in hidden]
    sets: list[tuple[Cell, ...]] = [(c,) for c in open_cells if heads[c] < MINIMUM or c[0] in hidden]
    lone = [c for c in open_cells if heads[c] < MINIMUM]
    for size in range(2, MINIMUM):
        sets += [s for s in combinations(lone, size) if sum(heads[c] for c in s) < MINIMUM]
    for group in set(owner.values()):
        for kind in KINDS:
            cells = tuple(c for c in open_cells if c[1] == kind and owner[c[0]] == group)
            if len(cells) > 1 and sum(heads[c] for c in cells) < MINIMUM:
                sets.append(cells)
    whole = rank(rest, open_cells)
    for cells in dict.fromkeys(sets):
        if whole > rank(rest, [c for c in open_cells if c not in cells]):
            found.append(cells)
    return found


@dataclass
class Outcome:
    """What an attack on a world found."""

    broken: dict[tuple[str, int], list[tuple[Cell, ...]]]
    kindergartens: int
    small: int
    companions: int
    hidden_totals: int
    totals: int

    def __str__(self) -> str:
        return (
            f"{self.kindergartens} kindergartens with pay, {self.small} small, {self.companions} hidden with them"
            f" ({self.companions / self.kindergartens:.1%}), {self.hidden_totals} of {self.totals} totals hidden,"
            f" {len(self.broken)} districts broken"
        )


def attack(world: World, view: View) -> Outcome:
    """Attack every district and year."""
    broken = {}
    counts = dict.fromkeys(("kindergartens", "small", "companions", "hidden_totals", "totals"), 0)
    for key, kindergartens in world.groups.items():
        hidden = {r["school_code"] for r in view.of("kindergartens", key) if r["pay_status"] == "suppressed"}
        found = given_away(kindergartens, equations(world, view, key), hidden)
        if found:
            broken[key] = found
        for k in kindergartens:
            counts["kindergartens"] += any(k.heads(kind) for kind in KINDS)
            is_small = any(0 < k.heads(kind) < MINIMUM for kind in KINDS)
            counts["small"] += is_small
            counts["companions"] += k.code in hidden and not is_small
        counts["totals"] += len(view.of("totals", key))
        counts["hidden_totals"] += sum(r["pay_status"] == "suppressed" for r in view.of("totals", key))
    return Outcome(broken, **counts)


@dataclass
class Published:
    """A world and what the committee got of it."""

    world: World
    folder: Path
    committee: Path

    @property
    def view(self) -> View:
        return read_view(self.committee)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("districts")
    world, open_world = random_world(100, SEED), random_world(10, SEED, CHANGED_FROM)
    world.groups |= open_world.groups
    world.budget_is_public |= open_world.budget_is_public
    return Published(world, folder, accept(world, folder))


def test_no_pay_of_fewer_than_three_people_can_be_worked_out(published: Published) -> None:
    outcome = attack(published.world, published.view)
    print(f"seed {SEED}: {outcome}")
    assert outcome.small > 100 and outcome.companions > 10
    assert outcome.broken == {}


@pytest.mark.slow
def test_no_pay_can_be_worked_out_in_a_thousand_districts(tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    world = random_world(1000, seed)
    outcome = attack(world, read_view(accept(world, tmp_path)))
    print(outcome)
    assert outcome.broken == {}, f"seed {seed}"


def weakened(published: Published, how: str) -> View:
    """The committee's view if one part of the suppression were left out."""
    view = published.view
    with open_marts(published.folder / "analyst" / "marts.duckdb") as con:
        full: dict[str, dict[Any, Row]] = {}
        for table, name in (("kindergartens", "school_code"), ("totals", "ownership")):
            mart = {"kindergartens": "fct_kindergarten_pay", "totals": "fct_district_kindergarten_pay"}[table]
            cursor = con.execute(f"select * from marts.{mart}")
            names = [d[0] for d in cursor.description]
            rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]
            full[table] = {(r["district_code"], r["school_year"], r[name]): r for r in rows}
        budget = con.execute(
            "select district_code, fiscal_year, temporary_pay_in_budget_yuan from marts.fct_education_finance"
        ).fetchall()
    for key, rows in view.schools["kindergartens"].items():
        for row in rows:
            k = next(k for k in published.world.groups[key] if k.code == row["school_code"])
            whole = full["kindergartens"][(*key, k.code)]
            is_small = any(0 < k.heads(kind) < MINIMUM for kind in KINDS)
            if how == "no companions" and not is_small:
                row.update(whole)
            if how == "each kind by itself":
                for kind in KINDS:
                    if not 0 < k.heads(kind) < MINIMUM:
                        name = f"{kind}_mean_annual_pay_yuan"
                        row[name] = whole[name]
            if how == "ratio shown":
                row["pay_ratio"] = whole["pay_ratio"]
    for key, rows in view.schools["totals"].items():
        for row in rows:
            if how == "all totals shown" or (how == "district total shown" and row["ownership"] == "all"):
                row.update(full["totals"][(*key, row["ownership"])])
    if how == "budget shown":
        for district, year, value in budget:
            for row in view.of("budget", (district, year)):
                row["temporary_pay_in_budget_yuan"] = value
    return view


@pytest.mark.parametrize(
    "how",
    [
        "no companions",
        "each kind by itself",
        "ratio shown",
        "all totals shown",
        "district total shown",
        "budget shown",
    ],
)
def test_the_attack_breaks_a_weaker_suppression(published: Published, how: str) -> None:
    outcome = attack(published.world, weakened(published, how))
    print(f"seed {SEED}, {how}: {outcome}")
    assert len(outcome.broken) >= 1


# --- the other way round: what is hidden may change, and nobody can tell -----------------------------------


def changed(published: Published, rng: random.Random) -> World:
    """The world with every hidden total changed so that nothing published may move; new pay in some districts."""
    view, world = published.view, published.world
    found = World(
        {}, world.budget_is_public, {k: v for k, v in world.budget.items() if int(k[0]) < CHANGED_FROM}
    )
    for key, kindergartens in world.groups.items():
        hidden = {r["school_code"] for r in view.of("kindergartens", key) if r["pay_status"] == "suppressed"}
        is_open = {r["ownership"]: r["pay_status"] == "available" for r in view.of("totals", key)}
        others = [Kindergarten(k.code, k.owner, k.teachers, dict(k.total)) for k in kindergartens]
        for owner in OWNERS:
            for kind in KINDS:
                if int(key[0]) >= CHANGED_FROM:
                    for k in others:
                        if k.owner == owner and k.total[kind] is not None:
                            k.total[kind] = (k.total[kind] or 0) * 2 + 977 * k.heads(kind) * (
                                kind == "in_post"
                            )
                    continue
                cells = [k for k in others if k.owner == owner and k.code in hidden and k.heads(kind)]
                shifts = [rng.randint(1, 900) for _ in cells]
                # a group without a total of its own stands in the district's total alone
                if cells and is_open.get(owner or "all", False):
                    assert len(cells) > 1, (key, owner, kind)
                    shifts[-1] = -sum(shifts[:-1])
                for k, shift in zip(cells, shifts, strict=True):
                    k.total[kind] = (k.total[kind] or 0) + shift
        found.groups[key] = others
    return found


@pytest.fixture(scope="module")
def republished(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("changed")
    world = changed(published, random.Random(SEED))
    return Published(world, folder, accept(world, folder))


def rows_by_district(database: Path, table: str) -> dict[bool, list[Row]]:
    """Rows of a committee's table: those of the districts with new pay, and all others."""
    with open_marts(database) as con:
        cursor = con.execute(f"select * from marts.{table}")
        names = [d[0] for d in cursor.description]
        rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]
    return {
        is_new: [r for r in rows if (str(r.get("district_code") or "") >= str(CHANGED_FROM)) is is_new]
        for is_new in (True, False)
    }


def committee_tables(database: Path) -> list[str]:
    with open_marts(database) as con:
        found = con.execute("select table_name from duckdb_tables() where schema_name = 'main' order by 1")
        return [name for (name,) in found.fetchall()]


def test_hidden_pay_may_be_any_other_pay_and_nothing_published_moves(
    published: Published, republished: Published
) -> None:
    moved = sum(
        a.total != b.total
        for key, group in published.world.groups.items()
        if int(key[0]) < CHANGED_FROM
        for a, b in zip(group, republished.world.groups[key], strict=True)
    )
    assert moved > 100
    for table in committee_tables(published.committee):
        before, after = (
            sorted(map(repr, rows_by_district(p.committee, table)[False])) for p in (published, republished)
        )
        assert before == after, table


def test_every_published_column_that_moves_with_pay_is_declared(
    published: Published, republished: Published
) -> None:
    declared = load_tiers().tiers["committee"].pay_columns
    moving: dict[str, set[str]] = {}
    for table in committee_tables(published.committee):
        before, after = (rows_by_district(p.committee, table)[True] for p in (published, republished))
        for name in before[0] if before else ():
            if sorted(repr((r["district_code"], r[name])) for r in before) != sorted(
                repr((r["district_code"], r[name])) for r in after
            ):
                moving.setdefault(table, set()).add(name)
    print(moving)
    for table, names in moving.items():
        assert table in declared, (table, names)
        assert "*" in declared[table].columns or names <= set(declared[table].columns), (table, names)
    must = {t for t, d in declared.items() if d.protection != "made_of_published"} | {
        "fct_rectification_measures"
    }
    assert must <= set(moving), must - set(moving)


# --- the declaration --------------------------------------------------------------------------------------


def downstream(manifest: dict[str, Any], name: str) -> set[str]:
    """Models that read a model, by whatever way."""
    children = manifest["child_map"]
    seen: set[str] = set()
    waiting = [f"model.junheng.{name}"]
    while waiting:
        for child in children[waiting.pop()]:
            if child.startswith("model.") and child not in seen:
                seen.add(child)
                waiting.append(child)
    return {node.rpartition(".")[2] for node in seen}


def test_every_published_table_downstream_of_pay_is_declared() -> None:
    tiers = load_tiers()
    committee = tiers.tiers["committee"]
    manifest = json.loads(build.manifest_file().read_text(encoding="utf-8"))
    nodes = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    paid = set().union(*(downstream(manifest, source) for source in tiers.pay_sources))
    published = {n for n in paid if nodes[n]["schema"] == "marts"}
    assert published - set(committee.pay_columns) - set(committee.without_pay) == set()
    assert set(committee.pay_columns) | set(committee.without_pay) <= published | set(committee.replacements)
    # who takes the committee's place must not be read around it: what feeds a mart is the committee's own table
    narrowed = {n for n, d in committee.pay_columns.items() if d.protection == "made_of_published"}
    for table in narrowed:
        parents = {p.rpartition(".")[2] for p in _ancestors(manifest, table)}
        assert not parents & {
            "fct_kindergarten_pay",
            "fct_district_kindergarten_pay",
            "int_kindergarten_pay",
        }, table
    for source, columns in tiers.pay_sources.items():
        assert all(column in nodes[source]["raw_code"] for column in columns)


def _ancestors(manifest: dict[str, Any], name: str) -> set[str]:
    """Models that a model reads, not looking behind the committee's own."""
    seen: set[str] = set()
    waiting = [f"model.junheng.{name}"]
    while waiting:
        for parent in manifest["parent_map"][waiting.pop()]:
            if parent.startswith("model.") and parent not in seen:
                seen.add(parent)
                if not parent.rpartition(".")[2].startswith("committee_"):
                    waiting.append(parent)
    return seen


def test_every_published_column_named_after_pay_is_declared(published: Published) -> None:
    tiers = load_tiers()
    declared = tiers.tiers["committee"].pay_columns
    for table in committee_tables(published.committee):
        with open_marts(published.committee) as con:
            names = {r[0] for r in con.execute(f"describe marts.{table}").fetchall()}
        named = {n for n in names if set(n.split("_")) & set(tiers.pay_names)}
        assert named <= set(declared[table].columns if table in declared else ()), (table, named)
    for feed in load_feeds().values():
        for column in feed.columns:
            if set(column.name.split("_")) & set(tiers.pay_names) or "工资" in column.heading_zh:
                assert column.is_pay, (feed.feed, column.name)


def test_the_committee_gets_the_narrowed_tables_and_no_other_schema(published: Published) -> None:
    committee = load_tiers().tiers["committee"]
    with open_marts(published.committee) as con:
        schemas = {r[0] for r in con.execute("select distinct schema_name from duckdb_tables()").fetchall()}
    assert committee.schemas == ("marts",) and schemas == {"main"}
    manifest = json.loads(build.manifest_file().read_text(encoding="utf-8"))
    made = {n["alias"]: n["name"] for n in manifest["nodes"].values() if n["schema"] == "committee"
            and n["resource_type"] == "model"}  # fmt: skip
    assert made == committee.replacements


def test_no_fingerprint_of_a_text_file_with_pay_can_be_tried_out(published: Published) -> None:
    with open_marts(published.committee) as con:
        seen = con.execute(
            "select source_file, count(sha256), count(*) from marts.fct_submissions group by 1 order by 1"
        )
        assert seen.fetchall() == [("2023/a.csv", 0, 2), ("2023/a.xlsx", 2, 2)]


def test_the_models_use_the_declared_minimum() -> None:
    project = yaml.safe_load((build.DBT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["minimum_people"] == MINIMUM
    for path in (build.DBT_DIR / "models").rglob("*.sql"):
        assert "between 1 and 2" not in path.read_text(encoding="utf-8"), path.name


# --- a planted figure -------------------------------------------------------------------------------------

#: Pay of the only teacher in post of a kindergarten, and of two temporary ones; digits that nothing else has.
CANARY, CANARY_TWO = 87_593, 46_958


#: Fingerprints and the release's own time and number hold any digits.
_HASH = re.compile(r"[0-9a-f]{16,}|20\d{6}T\d{6}-[0-9a-f]{8}")


def made_of(*figures: float) -> set[float]:
    """What can be worked out from planted figures alone: means, months, other units, their ratios."""
    parts = {f / n * m for f in figures for n in (1, 2, 12, 24) for m in (1, 1e-4)}
    means = [CANARY, CANARY_TWO / 2]
    return parts | {a / b for a in means for b in means if a != b}


def texts_of(number: float) -> set[str]:
    """How a number may be written; forms of fewer than five digits prove nothing."""
    forms = (
        {f"{number:.{d}f}" for d in range(5)} | {f"{number:,.{d}f}" for d in range(3)} | {repr(float(number))}
    )
    forms |= {f"{number * 100:.{d}f}%" for d in (1, 2)} | {f"{number:.0f}"}
    return {f for f in forms if sum(map(str.isdecimal, f.lstrip("0."))) >= 5}


def files_of(folder: Path) -> dict[str, bytes]:
    """Bytes of every file below a folder, those inside workbooks and documents as well."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    found |= {f"{path.name}!{n}": archive.read(n) for n in archive.namelist()}
    return found


def values_of(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every value of every table, as database and as Parquet."""
    import duckdb

    with duckdb.connect() as con:
        con.execute(f"attach '{folder / 'marts.duckdb'}' as published (read_only)")
        tables = con.execute(
            "select database_name || '.' || schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'published'"
        ).fetchall()
        relations = [name for (name,) in tables] + [f"'{p}'" for p in sorted((folder / "parquet").iterdir())]
        assert len(relations) == 2 * len(tables)
        for relation in relations:
            for row in con.execute(f"from {relation}").fetchall():
                for value in row:
                    yield relation, value


def traces(folder: Path, planted: set[float]) -> list[str]:
    """Where any of the numbers stands in a folder, as a value or written out."""
    found = [
        f"{place}: {value}"
        for place, value in values_of(folder)
        if (isinstance(value, float | int) and any(math.isclose(value, p, rel_tol=1e-9) for p in planted))
        or (isinstance(value, str) and any(t in _HASH.sub("", value) for p in planted for t in texts_of(p)))
    ]
    patterns = {t.encode() for p in planted for t in texts_of(p)} | {struct.pack("<d", p) for p in planted}
    for name, content in files_of(folder).items():
        if not name.endswith(
            (".duckdb", ".parquet", ".xlsx", ".docx", ".png")
        ):  # read as values, or member by member
            plain = _HASH.sub("", content.decode("latin-1")).encode("latin-1")
            found += [f"{name}: {p!r}" for p in patterns if p in plain]
    return found


@dataclass
class Planted:
    """A released district with planted pay, and what the run said."""

    district: District
    said: str

    @property
    def release(self) -> Path:
        place = Home(self.district.home)
        return place.releases / str(place.release_in_force())


def garden(number: int, in_post: int, pay: Any, temporary: int, temporary_pay: Any) -> dict[str, Any]:
    return {"school_code": f"21500010{number:02d}", "staff": 60, "in_post_teachers": in_post, "in_post_annual_pay_yuan": pay,
            "temporary_teachers": temporary, "temporary_annual_pay_yuan": temporary_pay, "fully_insured_staff": 7}  # fmt: skip


@pytest.fixture(scope="module")
def planted(new_district: Callable[[], District]) -> Planted:
    district = new_district()
    gardens = [
        garden(1, 1, CANARY, 2, CANARY_TWO),  # hidden, with the next one for company
        garden(2, 9, 9 * 101_111, 8, 8 * 33_331),
        garden(3, 12, 12 * 99_991, 11, 11 * 31_237),
        garden(4, 0, CANARY, 3, 100_000),  # pay without heads
        garden(5, 3, f"{CANARY}元", 3, 100_000),  # text in a number
        garden(6, CANARY, 300_000, 3, 100_000),  # pay in the column of heads
        garden(7, f"{CANARY}元", 300_000, 3, 100_000),
        garden(8, 3, CANARY / 10, 3, 100_000),  # too little to be believed
        garden(9, 1, 99 * CANARY, 0, None),
    ]
    district.put(
        "2023/all.xlsx",
        schools=[{"school_code": g["school_code"], "school_name": f"园{g['school_code'][-2:]}", "district_code": "500101",
                  "town": "东镇", "school_type": "幼儿园", "ownership": "公办"} for g in gardens],
    )  # fmt: skip
    district.put("2024/plan.xlsx", rectification_tasks=[
        {"district_code": "500101", "item_number": "1", "measure_number": 1, "area_zh": "学前", "item_title_zh": "待遇",
         "measure_zh": "提高待遇", "begun_on": "2024-01-01", "proof_kind": "数据", "lead_department": "教委", "target_value": 0.5,
         "figure_code": "公办幼儿园临聘与在编教师工资之比"},
    ])  # fmt: skip
    path = district.put("2023/pay.xlsx", kindergarten_pay=gardens)
    book = openpyxl.load_workbook(path)
    width = book["kindergarten_pay"].max_column
    book["kindergarten_pay"].cell(len(gardens) + 2, width + 2, f"张老师{CANARY}")
    book.save(path)
    spoken: list[str] = []
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        summary = run.run(district.raw, district.home, as_of=dt.date(2024, 12, 31), report=spoken.append)
    (district.raw.parent / "check").mkdir()
    found = check.check([path], school_year=2023, output=district.raw.parent / "check" / "problems.csv")
    return Planted(district, out.getvalue() + err.getvalue() + "".join(spoken) + repr(summary) + repr(found))


def test_the_planted_pay_reaches_the_analysts(planted: Planted) -> None:
    rows = planted.district.ask(
        "select * from marts.fct_kindergarten_pay order by school_code", tier="analyst"
    )
    assert rows[0]["in_post_mean_annual_pay_yuan"] == CANARY
    assert rows[0]["temporary_mean_annual_pay_yuan"] == CANARY_TWO / 2
    place = Home(planted.district.home)
    database = place.analyst / planted.release.name / "marts.duckdb"
    assert texts_of(CANARY) and database.exists()


def test_no_file_of_the_committee_bears_the_planted_pay(planted: Planted) -> None:
    assert {"marts.duckdb", "problems.csv", "release.json"} <= {p.name for p in planted.release.iterdir()}
    assert any(planted.release.glob("reports/*.docx")) and any(planted.release.glob("workbooks/*.xlsx"))
    assert (
        traces(planted.release, made_of(CANARY, CANARY_TWO) | {CANARY / 10, CANARY / 30, 99 * CANARY}) == []
    )


def test_a_planted_figure_that_is_published_would_be_found(planted: Planted) -> None:
    mean = planted.district.one(
        "select in_post_mean_annual_pay_yuan as pay from marts.fct_kindergarten_pay where pay_status = 'available'"
        " and in_post_teachers = 12"
    )["pay"]
    places = traces(planted.release, {mean})
    assert mean == 99_991
    assert any("fct_kindergarten_pay.parquet" in p for p in places) and any("xlsx!" in p for p in places)


def test_problems_about_pay_tell_no_pay(planted: Planted) -> None:
    listed = planted.district.ask("select * from marts.fct_problems where feed = 'kindergarten_pay'")
    rules = {p["rule_code"] for p in listed}
    assert {"NOT_A_NUMBER", "KINDERGARTEN_PAY_IN_POST_WITHOUT_HEADS", "KINDERGARTEN_PAY_IN_POST_IMPLAUSIBLE",
            "KINDERGARTEN_PAY_TEACHERS_ABOVE_STAFF", "TEXT_OUTSIDE_TABLE"} <= rules  # fmt: skip
    for text in (
        repr(listed),
        (planted.district.raw.parent / "check" / "problems.csv").read_text(encoding="utf-8-sig"),
    ):
        assert not [t for p in made_of(CANARY, CANARY_TWO) | {CANARY / 10} for t in texts_of(p) if t in text]


def test_what_a_run_says_bears_no_pay(planted: Planted) -> None:
    assert planted.said
    said = _HASH.sub("", planted.said)
    assert not [t for p in made_of(CANARY, CANARY_TWO) for t in texts_of(p) if t in said]


def test_no_rule_of_a_feed_with_pay_tells_a_figure_made_of_it() -> None:
    for feed in load_feeds().values():
        if feed.holds_pay:
            counts = {c.name for c in feed.columns if not c.is_pay}
            for rule in rules.load_suite(feed.feed):
                told = {n for _, n, _, _ in string.Formatter().parse(rule.message_zh) if n}
                # names, head counts, a place, and advice made of the feed and the kind of source alone
                made = {
                    "registered_name",
                    "previous_staff",
                    "staff_change_percent",
                    "other_row",
                    "what_to_do_zh",
                    "successor_code",
                    "register_says",
                }
                assert told <= counts | made, rule.rule_code


# --- errors, files, doors ---------------------------------------------------------------------------------


def test_an_error_of_the_models_quotes_no_pay(tmp_path: Path) -> None:
    import duckdb

    accepted = Accepted(2023)
    accepted.add("schools", {"school_code": "1", "district_code": "500101", "school_type": "kindergarten"})
    accepted.add(
        "kindergarten_pay",
        {"school_code": "1", "staff": 5, "in_post_teachers": 3, "in_post_annual_pay_yuan": 1},
    )
    database = tmp_path / build.DATABASE_NAME
    accepted.write(database)
    with duckdb.connect(str(database)) as con:
        con.execute("alter table accepted.kindergarten_pay alter in_post_annual_pay_yuan type varchar")
        con.execute(f"update accepted.kindergarten_pay set in_post_annual_pay_yuan = '{CANARY}元'")
    with pytest.raises(build.BuildFailed) as failure:
        build.run_models(database, select=["+int_kindergarten_pay"])
    assert "int_kindergarten_pay" in str(failure.value)
    assert str(CANARY) not in "".join(traceback.format_exception(failure.value))


def test_a_library_s_message_keeps_its_words_and_loses_its_figures() -> None:
    said = f"line 12, column 3: Conversion Error: '{CANARY}元', {CANARY:,}.50, {CANARY / 1e4}, 8.7593e4, got 3 results"
    assert without_figures(said) == "line 12, column 3: Conversion Error: '…元', …, …, …, got 3 results"


def test_an_error_of_the_suites_quotes_no_pay(capfd: pytest.CaptureFixture[str]) -> None:
    import pandas as pd

    rule = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "pay", "max_value": 3},
            "meta": {"rule_code": "RULE"}}  # fmt: skip
    frame = pd.DataFrame({"row_id": [1, 2], "pay": [f"{CANARY}元", 1]})
    with pytest.raises(Exception) as failure:
        suites._failing(frame, "kindergarten_pay", [rule], "row_id")
    printed = capfd.readouterr()
    assert str(CANARY) not in "".join(traceback.format_exception(failure.value)) + printed.out + printed.err


def test_an_unforeseen_error_is_told_without_figures(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        in_post_annual_pay_yuan = float(CANARY)
        try:
            raise ValueError(f"could not convert string to float: '{CANARY}元'")
        except ValueError as error:
            raise RuntimeError(f"row ({in_post_annual_pay_yuan}, {CANARY:,})") from error

    monkeypatch.setattr(run, "run", fail)
    monkeypatch.setattr(sys, "argv", ["junheng", "run", "--sample"])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    printed = capfd.readouterr()
    assert ending.value.code == 1
    assert "RuntimeError" in printed.err and "ValueError" in printed.err and "test_privacy.py" in printed.err
    assert not [t for t in texts_of(CANARY) if t in printed.out + printed.err]
    assert cli.app.pretty_exceptions_enable is False  # they would print every variable


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_owner_can_read_what_analysts_have(planted: Planted) -> None:
    place = Home(planted.district.home)
    folders = [place.analyst, place.analyst / planted.release.name, place.vault, place.raw]
    assert [oct(f.stat().st_mode & 0o777) for f in folders] == ["0o700"] * len(folders)
    files = [p for p in place.analyst.rglob("*") if p.is_file()]
    assert files and all(p.stat().st_mode & 0o777 == 0o600 for p in files)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_build_is_closed_to_others_from_its_first_moment(tmp_path: Path) -> None:
    folder = release.private_folder(tmp_path / "releases" / ".build-x-work")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert "make_folders" in inspect.getsource(steps.start_build)
    assert "private_folder" in inspect.getsource(steps.Build.make_folders)


def test_a_release_says_what_it_holds_for_whom(planted: Planted) -> None:
    said = json.loads((planted.release / "release.json").read_text(encoding="utf-8"))["tiers"]
    assert said["committee"]["label_zh"] == "督导委员会" and said["committee"]["minimum_people"] == MINIMUM
    assert set(said["committee"]["files"]) == {p.name for p in planted.release.iterdir()}
    assert said["committee"]["tables"] == committee_tables(planted.release / "marts.duckdb")
    assert len(said["committee"]["withheld"]) >= 5
    assert all(w["what_zh"] and w["why_zh"] for w in said["committee"]["withheld"])
    assert planted.release.name in said["analyst"]["place_zh"] and said["analyst"]["withheld"] == []


def test_the_workbook_says_which_cells_are_hidden_and_why(planted: Planted) -> None:
    (path,) = (planted.release / "workbooks").glob("*监测*.xlsx")
    book = openpyxl.load_workbook(path)
    notes = {row[0].value: str(row[1].value) for row in book["说明"].iter_rows() if row[0].value}
    assert "园01" in notes["工资不公布的"] and "不足 3 人" in notes["隐私"]
    assert "不公布" in [c.value for row in book["幼儿园待遇"].iter_rows() for c in row]


def test_the_user_interface_listens_to_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from dagster_project.defs import dev

    asked: list[list[str]] = []

    class Server:
        def __init__(self, command: list[str], env: dict[str, str]) -> None:
            asked.append(command)

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def wait(self) -> int:
            return 0

    monkeypatch.setattr(dev.subprocess, "Popen", Server)
    before = signal.getsignal(signal.SIGINT)
    try:
        assert dev.serve(tmp_path / "raw", tmp_path / "home", 3123) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    (command,) = asked
    assert [command[i + 1] for i, word in enumerate(command) if word in ("-h", "--host")] == ["127.0.0.1"]
    assert "0.0.0.0" not in " ".join(command)
    if os.name != "nt":
        assert (tmp_path / "home" / "dagster").stat().st_mode & 0o777 == 0o700
