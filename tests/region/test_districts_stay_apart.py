"""Every table of a warehouse of several districts holds what each district's own warehouse holds, and nothing else."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from dagster_project.region.lake import Delivery, Lake
from dagster_project.region.united import split, unite
from dagster_project.warehouse import build
from tests.region.accepted_lake import deliver_accepted
from tests.region.random_districts import random_district
from tests.warehouse.accepted_fixture import Accepted

DAY = dt.date(2024, 12, 31)
#: Random rows need not be believable: the models are built without their tests.
BUILD = ["build", "--no-write-json", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test",
         "--exclude", f"tag:{build.REGION_TAG}", "--threads", "2"]  # fmt: skip


def districts(seed: int, years: Sequence[range], plans: Sequence[bool]) -> dict[str, Accepted]:
    """Random districts by code, each of its own years; rows of each name a school of the one before by mistake."""
    rng = random.Random(seed)
    codes = [f"5001{number:02}" for number in range(10, 10 + len(years))]
    return {
        code: random_district(rng, code, span, has_plan=has_plan, neighbour=f"{codes[place - 1]}0002")
        for place, (code, span, has_plan) in enumerate(zip(codes, years, plans, strict=True))
    }


def built(folder: Path, deliveries: Sequence[Delivery]) -> Path:
    """A build of some deliveries, models done."""
    folder.mkdir()
    unite(folder / build.DATABASE_NAME, deliveries, DAY)
    arguments = [*BUILD, "--target-path", str(folder / "dbt")]
    outcome = build.invoke(arguments, folder / build.DATABASE_NAME, build.prepare_manifest())
    assert outcome.success, build.failure_zh(outcome)
    return folder / build.DATABASE_NAME


def differing(one: Path, other: Path) -> dict[str, int]:
    """Rows that are in one database only, by table; doubles to seven digits."""
    found = {}
    with duckdb.connect() as con:
        con.execute(f"attach '{one}' as one (read_only)")
        con.execute(f"attach '{other}' as other (read_only)")
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'one' order by all"
        ).fetchall()
        for schema, table in tables:
            columns = con.execute(f"describe one.{schema}.{table}").fetchall()
            said = ", ".join(f"cast({c} as real)" if k == "DOUBLE" else f'"{c}"' for c, k, *_ in columns)
            rows = [f"select {said} from {database}.{schema}.{table}" for database in ("one", "other")]
            for what, (kept, taken) in {"lost": rows, "more": rows[::-1]}.items():
                (count,) = con.execute(f"select count(*) from ({kept} except all {taken})").fetchall()
                if count[0]:
                    found[f"{schema}.{table} {what}"] = count[0]
    return found


def compare(folder: Path, district_code: str, one: Path, other: Path) -> dict[str, int]:
    """Differences between the tables of a district in two warehouses."""
    targets = [folder / f"{district_code}-{place}.duckdb" for place in range(2)]
    for source, target in zip((one, other), targets, strict=True):
        split(source, district_code, target)
    return differing(*targets)


def test_a_further_district_changes_nothing_for_the_others(tmp_path: Path) -> None:
    """It has the longest plan and the latest register; of the others one has no plan, and one a shorter one, a year behind."""
    years = (range(2022, 2024), range(2022, 2024), range(2020, 2025))
    rows = districts(20240101, years, (False, True, True))
    lake = Lake.at(tmp_path / "lake")
    deliveries = [deliver_accepted(lake, code, accepted) for code, accepted in rows.items()]
    before, after = (built(tmp_path / name, deliveries[:n]) for name, n in (("two", 2), ("three", 3)))
    differences = {code: compare(tmp_path, code, before, after) for code in list(rows)[:2]}
    assert differences == {code: {} for code in list(rows)[:2]}


@pytest.mark.slow
def test_twelve_districts_of_up_to_three_years_are_as_each_by_itself(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    last = [rng.randrange(2021, 2025) for _ in range(12)]
    years = [range(year - rng.randrange(3), year + 1) for year in last]
    lake = Lake.at(tmp_path / "lake")
    rows = districts(seed, years, [rng.random() < 0.6 for _ in years])
    deliveries = [deliver_accepted(lake, code, accepted) for code, accepted in rows.items()]
    united = built(tmp_path / "united", deliveries)
    for delivery in deliveries:
        alone = built(tmp_path / delivery.district_code, [delivery])
        assert compare(tmp_path, delivery.district_code, alone, united) == {}, f"seed {seed}"
