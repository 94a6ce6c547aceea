"""Many districts: a sensor on the deliveries in a lake, one run for all of them, a partition per district.

Loaded only where `JUNHENG_LAKE` names a lake.
"""

import json
import os
from collections.abc import Iterator

import dagster as dg

from dagster_project.defs.intake import Places
from dagster_project.region.command import REGION_HOME
from dagster_project.region.lake import Lake, read_lake
from dagster_project.region.manifest import hash_of
from dagster_project.region.run import run_region

#: Environment variables that name the lake and the region's home.
LAKE_VARIABLE, HOME_VARIABLE = "JUNHENG_LAKE", "JUNHENG_REGION_HOME"
GROUP = "region"
DISTRICTS = dg.DynamicPartitionsDefinition(name="district_code")
DISTRICT_KEY = dg.AssetKey(["region", "district_release"])


class RegionPlaces(Places):
    """Lake and home of a region; it takes in no returns."""

    lake: str
    home: str = str(REGION_HOME)


district_releases = dg.AssetSpec(
    DISTRICT_KEY, partitions_def=DISTRICTS, group_name=GROUP, description="各区县的版本，由汇集处的数据写出"
)


@dg.asset(
    key_prefix="region",
    group_name=GROUP,
    description="区县对比，和每个区县自己的版本",
    check_specs=[
        dg.AssetCheckSpec("districts", asset=["region", "region_release"], description="每个区县都有可用的送交，也写出了版本"),
    ],
)  # fmt: skip
def region_release(
    context: dg.AssetExecutionContext, region_places: RegionPlaces
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Publish the districts and their comparison; what fails in one district is a warning and stops no other."""
    home = region_places.home_folder()
    summary = run_region(region_places.lake, home.root, report=context.log.info)
    context.instance.add_dynamic_partitions(str(DISTRICTS.name), sorted(summary.outcomes))
    for code, outcome in sorted(summary.outcomes.items()):
        if outcome.is_new:
            said = {"release_id": outcome.release_id}
            context.log_event(dg.AssetMaterialization(DISTRICT_KEY, partition=code, metadata=said))
    troubled = {
        s.district_code: s.delivery_problem_zh or s.status for s in summary.states if _is_troubled(s.status)
    }
    troubled |= {code: o.problem_zh for code, o in summary.outcomes.items() if o.problem_zh}
    yield dg.MaterializeResult(metadata={"release_in_force": summary.release_id, "is_new": summary.is_new})
    yield dg.AssetCheckResult(
        check_name="districts", passed=not troubled, severity=dg.AssetCheckSeverity.WARN, metadata=troubled
    )


def _is_troubled(status: str) -> bool:
    return status != "delivered"


region_job = dg.define_asset_job(
    "publish_region",
    selection=dg.AssetSelection.assets(region_release),
    description="计算并发布各区县和区县对比",
)


@dg.sensor(job=region_job, minimum_interval_seconds=300, description="汇集处有新的送交时发布")
def deliveries(context: dg.SensorEvaluationContext, region_places: RegionPlaces) -> dg.SensorResult:
    """One run for all deliveries that are new or that no longer count; districts become partitions."""
    contents = read_lake(Lake.at(region_places.lake))
    now = {d.district_code: d.manifest.delivery_id for d in contents.newest}
    seen = json.loads(context.cursor or "{}")
    changed = now != seen
    added = sorted(set(now) - set(seen))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(f"region-{hash_of(now)[:16]}")] if changed and now else [],
        cursor=json.dumps(now, sort_keys=True),
        dynamic_partitions_requests=[DISTRICTS.build_add_request(added)] if added else [],
    )


def definitions() -> dg.Definitions:
    """What Dagster loads for a region; nothing where no lake is named."""
    lake = os.environ.get(LAKE_VARIABLE)
    if not lake:
        return dg.Definitions()
    home = os.environ.get(HOME_VARIABLE, str(REGION_HOME))
    return dg.Definitions(
        assets=[district_releases, region_release],
        jobs=[region_job],
        sensors=[deliveries],
        resources={"region_places": RegionPlaces(lake=lake, home=home)},
    )
