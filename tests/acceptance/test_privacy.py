"""Pay stays private: an attack on the committee's tables by linear algebra, and a search for a planted figure.

The attacker holds everything the committee gets, and knows how many teachers stand behind each kindergarten's
pay. Every published figure about pay is a linear equation over the unknown totals: a mean times its heads, a
group's mean times its heads, and a ratio as `temporary / heads - ratio * in post / heads = 0`. A set of cells
with fewer than three people behind them is given away if some combination of the equations speaks of these
cells alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse import build, release
from dagster_project.warehouse.tiers import load_tiers
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
    marts = build_marts(accepted, folder)
    committee = folder / "committee" / "marts.duckdb"
    release.copy_marts(marts.database, committee, folder / "analyst" / "marts.duckdb")
    return committee


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
    with release.open_marts(committee) as con:
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
    with release.open_marts(published.folder / "analyst" / "marts.duckdb") as con:
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
    with release.open_marts(database) as con:
        cursor = con.execute(f"select * from marts.{table}")
        names = [d[0] for d in cursor.description]
        rows = [dict(zip(names, r, strict=True)) for r in cursor.fetchall()]
    return {
        is_new: [r for r in rows if (str(r.get("district_code") or "") >= str(CHANGED_FROM)) is is_new]
        for is_new in (True, False)
    }


def committee_tables(database: Path) -> list[str]:
    with release.open_marts(database) as con:
        found = con.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
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
        with release.open_marts(published.committee) as con:
            names = {r[0] for r in con.execute(f"describe marts.{table}").fetchall()}
        named = {n for n in names if set(n.split("_")) & set(tiers.pay_names)}
        assert named <= set(declared[table].columns if table in declared else ()), (table, named)
    for feed in load_feeds().values():
        for column in feed.columns:
            if set(column.name.split("_")) & set(tiers.pay_names) or "工资" in column.heading_zh:
                assert column.is_pay, (feed.feed, column.name)


def test_the_committee_gets_the_narrowed_tables_and_no_other_schema(published: Published) -> None:
    committee = load_tiers().tiers["committee"]
    with release.open_marts(published.committee) as con:
        schemas = {r[0] for r in con.execute("select distinct schema_name from duckdb_tables()").fetchall()}
    assert schemas == set(committee.schemas) == {"marts"}
    manifest = json.loads(build.manifest_file().read_text(encoding="utf-8"))
    made = {n["alias"]: n["name"] for n in manifest["nodes"].values() if n["schema"] == "committee"
            and n["resource_type"] == "model"}  # fmt: skip
    assert made == committee.replacements


def test_the_models_use_the_declared_minimum() -> None:
    project = yaml.safe_load((build.DBT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["minimum_people"] == MINIMUM
    for path in (build.DBT_DIR / "models").rglob("*.sql"):
        assert "between 1 and 2" not in path.read_text(encoding="utf-8"), path.name
