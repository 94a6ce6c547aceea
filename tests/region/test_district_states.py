"""What a region's run says of each district: days since its delivery, clocks that are wrong, releases left behind."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.lock import who_is_at_work
from dagster_project.region import run, settings
from dagster_project.region.lake import Contents, read_lake
from dagster_project.region.manifest import Record
from dagster_project.region.state import DistrictState
from dagster_project.warehouse import release
from tests.region.accepted_lake import deliver_accepted
from tests.region.many_districts import DAY, NOW, Ground, district, new_ground

AS_IT_SHOULD, TWICE = "500101", "500102"


@pytest.fixture
def two(tmp_path: Path) -> Ground:
    made = new_ground(tmp_path, AS_IT_SHOULD, TWICE)
    for code in (AS_IT_SHOULD, TWICE):
        deliver_accepted(made.lake, code, district(code, 1, 2))
    return made


HERE = {"rules_sha256": "rules", "standards_sha256": "standards", "feeds_sha256": "feeds"}


def states_of(ground: Ground, day: dt.date = DAY, moment: dt.datetime = NOW) -> dict[str, DistrictState]:
    """The districts as a run says, without its figures."""
    region, contents = settings.read_region(ground.home.root), read_lake(ground.lake)
    left = run._left(ground.home, contents.newest)
    return {s.district_code: s for s in run._states(region, contents, [], {}, {}, left, day, moment, HERE)}


def test_days_since_a_delivery_are_blank_where_it_came_after_the_day(two: Ground) -> None:
    # delivered on 15 January
    for day, days in (("2025-01-20", 5), ("2025-01-15", 0), ("2025-01-14", None), ("2024-02-29", None)):
        state = states_of(two, dt.date.fromisoformat(day))[TWICE]
        assert (state.days_since_delivery, state.status, state.delivery_problem_zh) == (days, "delivered", "")


def test_a_delivery_of_a_later_moment_than_the_run_is_named(two: Ground) -> None:
    clock_ahead = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    deliver_accepted(two.lake, TWICE, district(TWICE, 2, 2), now=clock_ahead)
    state = states_of(two)[TWICE]
    assert state.days_since_delivery is None and "2099-01-01" in state.delivery_problem_zh
    assert "时钟" in state.delivery_problem_zh
    assert states_of(two)[AS_IT_SHOULD].delivery_problem_zh == ""


def test_a_delivery_in_use_that_takes_back_a_newer_one_is_named(two: Ground) -> None:
    earlier_day = {"as_of": DAY - dt.timedelta(days=200)}
    records = [{"record": Record(submissions=n, blocks=n, chain=f"record {n}")} for n in (1, 3)]
    for hour, (said, is_named) in enumerate([(records[0], True), (records[1], False), (earlier_day, True)]):
        deliver_accepted(
            two.lake, TWICE, district(TWICE, 2, 2), now=NOW + dt.timedelta(hours=hour + 1), **said
        )
        problem = states_of(two, moment=NOW + dt.timedelta(days=1))[TWICE].delivery_problem_zh
        assert ("收回" in problem, bool(problem)) == (is_named, is_named), said


@pytest.mark.parametrize("listed", [f'["{AS_IT_SHOULD}"]', "[]", f'["{AS_IT_SHOULD}", "{TWICE}"]'])
def test_a_release_of_a_district_that_delivers_no_longer_is_named(two: Ground, listed: str) -> None:
    (two.home.root / "region.yml").write_text(f"districts: {listed}\n", encoding="utf-8")
    home = two.home_of(TWICE)
    (home.releases / "20250101T080000-00000001").mkdir(parents=True)
    (home.releases / "20250101T080000-00000001" / "release.json").write_text("{}")
    release.put_in_force(home, "20250101T080000-00000001")
    assert states_of(two)[TWICE].delivery_problem_zh.count("20250101T080000") == 0
    shutil.rmtree(Path(two.lake.root) / f"district_code={TWICE}")
    state = states_of(two)[TWICE]
    # nothing of it is compared, unless it should deliver
    assert (state.status, state.is_expected) == ("missing", TWICE in listed)
    assert f"20250101T080000-00000001 仍在 districts/{TWICE} 生效" in state.delivery_problem_zh
    assert ("请移走" in state.delivery_problem_zh) == (TWICE not in listed)
    shutil.rmtree(home.root)
    assert TWICE in listed or TWICE not in states_of(two)


def test_an_empty_lake_says_what_to_do(tmp_path: Path) -> None:
    made = new_ground(tmp_path, AS_IT_SHOULD)
    with pytest.raises(UserError, match="junheng deliver"):
        made.run()
    assert not (made.home.root / "releases").exists()


def test_a_lake_is_read_when_no_other_run_can_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_ground(tmp_path, AS_IT_SHOULD)
    at_work: list[str | None] = []

    def read(*_: object) -> Contents:
        at_work.append(who_is_at_work(made.home))
        return Contents((), ())

    monkeypatch.setattr(run, "read_lake", read)
    with pytest.raises(UserError, match="junheng deliver"):
        made.run()
    assert len(at_work) == 1 and at_work[0]
    assert who_is_at_work(made.home) is None


def test_a_faulty_region_yml_names_the_key(tmp_path: Path) -> None:
    made = new_ground(tmp_path, AS_IT_SHOULD)
    (made.home.root / "region.yml").write_text("districts: [万州]\n", encoding="utf-8")
    with pytest.raises(UserError, match="districts"):
        made.run()
