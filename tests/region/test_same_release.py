"""A district's release from the lake equals the one that it built itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dagster_project import __version__
from dagster_project.core.homes import SAMPLE_AS_OF, Home
from dagster_project.region.deliver import deliver
from dagster_project.warehouse.description import describe_release
from tests.region.accepted_lake import deliver_accepted
from tests.region.many_districts import district, new_ground

#: Has returns of 2023 alone, and no plan.
NEIGHBOUR = "500106"


def test_a_districts_release_from_the_lake_equals_the_one_it_built_itself(
    sample_home: Path, tmp_path: Path
) -> None:
    """The sample with its plan beside a district of another year that has none."""
    made = new_ground(tmp_path)
    own = Home(sample_home)
    code = deliver(own, made.lake).delivery.district_code
    deliver_accepted(made.lake, NEIGHBOUR, district(NEIGHBOUR, 1, 2, year=2023))
    summary = made.run(SAMPLE_AS_OF, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    release_id = own.release_in_force()
    assert release_id is not None
    built = describe_release(own, release_id).content_sha256
    delivered = describe_release(made.home_of(code), summary.outcomes[code].release_id).content_sha256
    assert {t for t in built if built[t] != delivered.get(t)} == set() and set(built) == set(delivered)
    state = next(s for s in summary.states if s.district_code == code)
    assert (state.program_version, state.is_program_different) == (__version__, False)
    assert (state.is_rules_different, state.is_standards_different) == (False, False)
