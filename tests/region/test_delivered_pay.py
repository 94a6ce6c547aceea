"""Who reads a delivery learns no more of anybody's pay than the committee: an attack on random districts."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.duck import rows
from dagster_project.record.record_tables import accepted_schema
from dagster_project.region.deliver import write_tables
from dagster_project.warehouse import release
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.acceptance.test_privacy import (
    KINDS,
    Equation,
    View,
    World,
    accepted_of,
    attack,
    equations,
    given_away,
    random_world,
)

SEED = 20260301
#: Models of the tables with pay that the committee sees, with what they are made of.
SELECTED = [f"+committee_{t}" for t in ("kindergarten_pay", "district_kindergarten_pay", "education_finance")]


def build(database: Path) -> tuple[Path, Path]:
    """Build the tables with pay; the databases of both tiers."""
    run_models(database, select=SELECTED, target=database.parent / "dbt")
    committee, analyst = database.parent / "committee.duckdb", database.parent / "analyst.duckdb"
    release.copy_marts(database, committee, analyst)
    return committee, analyst


def leave(committee: Path, analyst: Path, folder: Path) -> Path:
    """Write what may leave the districts; the folder of the tables."""
    folder.mkdir()
    with duckdb.connect() as con:
        con.execute(f"attach '{analyst}' as analyst (read_only)")
        con.execute(f"attach '{committee}' as committee (read_only)")
        write_tables(con, folder)
    return folder


@pytest.fixture(scope="module")
def world() -> World:
    return random_world(60, SEED)


@pytest.fixture(scope="module")
def tiers(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("own")
    accepted_of(world).write(folder / DATABASE_NAME)
    return build(folder / DATABASE_NAME)


@pytest.fixture(scope="module")
def left(tiers: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return leave(*tiers, tmp_path_factory.mktemp("left") / "tables")


def read(folder: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        return rows(con, f"select * from read_parquet('{folder}/{table}.parquet')")


def seen_by_the_committee(committee: Path) -> View:
    """Rows about pay in the committee's tables; what the plan says of pay follows from them."""
    tables = {
        "kindergartens": "kindergarten_pay",
        "totals": "district_kindergarten_pay",
        "budget": "education_finance",
    }
    found: dict[str, dict[tuple[str, int], list[dict[str, Any]]]] = {"measures": {}, "states": {}}
    with duckdb.connect(str(committee), read_only=True) as con:
        for name, table in tables.items():
            for row in rows(con, f"select * from main.fct_{table}"):
                key = (row["district_code"], row.get("school_year") or row["fiscal_year"])
                found.setdefault(name, {}).setdefault(key, []).append(row)
    return View(found)


def delivered_equations(
    world: World, delivered: list[dict[str, Any]]
) -> dict[tuple[str, int], list[Equation]]:
    """What the delivered amounts say: each by itself, and the pooled ones as a sum, which is all that they are made of."""
    owner = {k.code: k.owner for group in world.groups.values() for k in group}
    found: dict[tuple[str, int], list[Equation]] = defaultdict(list)
    pools: dict[tuple[str, int, str | None, str], Equation] = defaultdict(dict)
    for row in delivered:
        code = row["school_code"]
        key = (code[:6], row["school_year"])
        for kind in KINDS:
            amount = row[f"{kind}_annual_pay_yuan"]
            heads = row[f"{kind}_teachers"]
            if amount is None or not heads or amount == 0:
                continue
            if row["is_pay_pooled"]:
                pools[*key, owner[code], kind][code, kind] = Fraction(1)
            else:
                found[key].append({(code, kind): Fraction(1)})
    for (district, year, _, _), equation in pools.items():
        found[district, year].append(equation)
    return found


def test_the_committees_tables_and_the_delivery_together_give_nobody_away(
    world: World, tiers: tuple[Path, Path], left: Path
) -> None:
    view = seen_by_the_committee(tiers[0])
    outcome = attack(world, view)
    assert outcome.broken == {} and outcome.small > 50 and outcome.hidden_totals > 10, outcome
    more = delivered_equations(world, read(left, "kindergarten_pay"))
    for key, kindergartens in world.groups.items():
        hidden = {r["school_code"] for r in view.of("kindergartens", key) if r["pay_status"] == "suppressed"}
        known = [*equations(world, view, key), *more[key]]
        assert given_away(kindergartens, known, hidden) == [], key


def test_a_pooled_amount_is_made_of_the_total_and_of_heads_alone(
    world: World, tiers: tuple[Path, Path], left: Path, tmp_path: Path
) -> None:
    committee, analyst = tiers
    changed = tmp_path / "changed.duckdb"
    changed.write_bytes(analyst.read_bytes())
    totals = states_of_totals(committee)
    owner = {k.code: k.owner for group in world.groups.values() for k in group}
    moved = 0
    with duckdb.connect(str(changed)) as con:
        pools: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for row in read(left, "kindergarten_pay"):
            if row["is_pay_pooled"]:
                code = row["school_code"]
                pools[row["school_year"], code[:6], owner[code] or "all"].append(code)
        for (year, district, group), codes in pools.items():
            for kind in KINDS:
                column = f"{kind}_annual_pay_yuan"
                paid = con.execute(
                    f"select school_code from accepted.kindergarten_pay where school_year = ? and {column} > 0"
                    f" and school_code in ({', '.join('?' * len(codes))}) order by school_code",
                    [year, *codes],
                ).fetchall()
                # from one hidden kindergarten to the next; where the total is hidden too, out of the world
                steps = {paid[0][0]: 777, paid[-1][0]: -777} if len(paid) > 1 else {c: 777 for (c,) in paid}
                if len(paid) < 2 and totals[year, district, group] != "suppressed":
                    continue
                for code, step in steps.items():
                    con.execute(
                        f"update accepted.kindergarten_pay set {column} = {column} + ? where school_year = ?"
                        " and school_code = ?",
                        [step, year, code],
                    )
                    moved += 1
    assert moved > 50
    again = leave(committee, changed, tmp_path / "tables")
    assert sorted(map(repr, read(again, "kindergarten_pay"))) == sorted(
        map(repr, read(left, "kindergarten_pay"))
    )


def states_of_totals(committee: Path) -> dict[tuple[int, str, str], str]:
    """State of each owner's total."""
    with duckdb.connect(str(committee), read_only=True) as con:
        found = con.execute(
            "select school_year, district_code, ownership, pay_status from main.fct_district_kindergarten_pay"
        ).fetchall()
    return {(year, district, owner): status for year, district, owner, status in found}


def test_the_committees_tables_made_of_a_delivery_are_those_made_of_the_rows(
    tiers: tuple[Path, Path], left: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(tmp_path / DATABASE_NAME)) as con:
        con.execute("create schema accepted")
        for table in accepted_schema():
            con.execute(
                f"create table accepted.{table} as select * from read_parquet('{left}/{table}.parquet')"
            )
    committee, _ = build(tmp_path / DATABASE_NAME)
    assert release.content_digests(committee) == release.content_digests(tiers[0])
