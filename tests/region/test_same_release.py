"""A district's release from the lake equals the one that it built itself, table by table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dagster_project import __version__
from dagster_project.core.homes import SAMPLE_AS_OF, Home
from dagster_project.region.deliver import deliver
from dagster_project.warehouse import release
from dagster_project.warehouse.description import describe_release
from tests.region.accepted_lake import deliver_accepted
from tests.region.many_districts import district, new_ground
from tests.warehouse.accepted_fixture import build_marts

#: Has returns of 2023 alone, and no plan.
NEIGHBOUR = "500106"
#: Tables of the program's own rules; rows put there by hand come without them.
RULES = {"dim_rules", "dim_unchecked"}
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """Tables that only one has, or whose rows differ."""
    return {table for table in one.keys() | other.keys() if one.get(table) != other.get(table)}


def test_the_sample_beside_a_district_of_another_year_without_a_plan(
    sample_home: Path, tmp_path: Path
) -> None:
    made = new_ground(tmp_path)
    own = Home(sample_home)
    code = deliver(own, made.lake).delivery.district_code
    deliver_accepted(made.lake, NEIGHBOUR, district(NEIGHBOUR, 1, 2, year=2023))
    summary = made.run(SAMPLE_AS_OF, now=NOW)
    release_id = own.release_in_force()
    assert release_id is not None
    built = describe_release(own, release_id).content_sha256
    delivered = describe_release(made.home_of(code), summary.outcomes[code].release_id).content_sha256
    assert differing(built, delivered) == set()
    state = next(s for s in summary.states if s.district_code == code)
    assert (state.program_version, state.is_program_different) == (__version__, False)
    assert (state.is_rules_different, state.is_standards_different) == (False, False)


@pytest.mark.slow
def test_districts_of_different_years_without_a_plan(tmp_path: Path) -> None:
    """Built apart from the same rows, each for itself."""
    made = new_ground(tmp_path)
    day = dt.date(2025, 1, 15)
    given = {f"50010{n}": district(f"50010{n}", n, 3, year=2021 + n) for n in (1, 2, 3)}
    for code, accepted in given.items():
        deliver_accepted(made.lake, code, accepted)
    summary = made.run(day)
    for code, accepted in given.items():
        folder = tmp_path / code
        folder.mkdir()
        apart = build_marts(accepted, folder)
        release.copy_tier(apart.database, folder / "marts.duckdb", "committee")
        built = release.content_digests(folder / "marts.duckdb")
        delivered = describe_release(made.home_of(code), summary.outcomes[code].release_id).content_sha256
        assert differing(built, delivered) == RULES, code
