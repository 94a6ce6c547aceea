"""Dagster over a lake: deliveries start a run, districts are partitions, and one district's failure is a warning."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagster_project.defs import region
from dagster_project.region.district_release import Outcome
from dagster_project.region.lake import Lake
from dagster_project.region.run import RegionSummary
from dagster_project.region.state import DistrictState
from tests.region.accepted_lake import NOW, deliver_accepted
from tests.region.many_districts import district

EAST, WEST = "500101", "500102"


def look(lake: Path, instance: dg.DagsterInstance, cursor: str | None) -> Any:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return region.deliveries(context, region_places=region.RegionPlaces(lake=str(lake)))


def test_a_new_delivery_asks_for_one_run_and_a_partition(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = look(tmp_path, instance, None)
        assert first.run_requests == []
        deliver_accepted(Lake.at(tmp_path), EAST, district(EAST, 1, 1))
        second = look(tmp_path, instance, first.cursor)
        assert len(second.run_requests) == 1
        (added,) = second.dynamic_partitions_requests
        assert list(added.partition_keys) == [EAST]
        third = look(tmp_path, instance, second.cursor)
        assert third.run_requests == []
        deliver_accepted(Lake.at(tmp_path), EAST, district(EAST, 0, 1), now=NOW + dt.timedelta(days=1))
        fourth = look(tmp_path, instance, third.cursor)
        assert len(fourth.run_requests) == 1 and not fourth.dynamic_partitions_requests


def test_a_failing_district_is_a_warning_and_the_other_is_materialised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = tuple(DistrictState(code, f"区{code}", True, "delivered") for code in (EAST, WEST))
    outcomes = {EAST: Outcome(EAST, "r1", is_new=True), WEST: Outcome(WEST, problem_zh="写不出")}
    summary = RegionSummary(tmp_path, "r", True, states, outcomes)
    monkeypatch.setattr(region, "run_region", lambda *_, **__: summary)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [region.region_release],
            instance=instance,
            resources={"region_places": region.RegionPlaces(lake="lake", home=str(tmp_path))},
        )
        assert result.success
        (check,) = result.get_asset_check_evaluations()
        assert (check.passed, check.severity, set(check.metadata)) == (
            False,
            dg.AssetCheckSeverity.WARN,
            {WEST},
        )
        assert set(instance.get_dynamic_partitions("district_code")) == {EAST, WEST}
        assert instance.get_materialized_partitions(region.DISTRICT_KEY) == {EAST}


def test_regions_are_loaded_only_where_a_lake_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(region.LAKE_VARIABLE, raising=False)
    assert not list(region.definitions().assets or [])
    monkeypatch.setenv(region.LAKE_VARIABLE, str(tmp_path))
    loaded = region.definitions()
    assert len(list(loaded.assets or [])) == 2
    assert [s.name for s in loaded.sensors or []] == ["deliveries"]
