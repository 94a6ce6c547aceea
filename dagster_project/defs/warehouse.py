"""Every dbt model an asset, every dbt test a check; built whole, in this process."""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from dagster_project.defs.intake import Places
from dagster_project.defs.record import recall
from dagster_project.warehouse import build, steps

MANIFEST: dict[str, Any] = json.loads(build.manifest_file().read_text(encoding="utf-8"))


class Translator(DagsterDbtTranslator):
    """Sources are the accepted assets; models keep their schema as group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(["accepted", dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])


TRANSLATOR = Translator()
MARTS_KEYS = [
    TRANSLATOR.get_asset_key(node)
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "model" and node["schema"] in ("marts", "committee")
]


def _in_order() -> list[dg.AssetKey]:
    """Keys of seeds and models, each after those it reads."""
    nodes = {
        k: n
        for k, n in MANIFEST["nodes"].items()
        if n["resource_type"] in ("model", "seed") and build.REGION_TAG not in n["tags"]
    }
    graph = {k: [d for d in n["depends_on"].get("nodes", []) if d in nodes] for k, n in nodes.items()}
    return [TRANSLATOR.get_asset_key(nodes[k]) for k in TopologicalSorter(graph).static_order()]


@dbt_assets(
    manifest=MANIFEST, dagster_dbt_translator=TRANSLATOR, name="models", exclude=f"tag:{build.REGION_TAG}"
)
def models(
    context: dg.AssetExecutionContext, places: Places
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Run the models and their tests; any error ends the step, and nothing after it runs."""
    started = recall(places.home_folder())
    if started is not None:
        steps.transform(started, report=context.log.info)
    for key in _in_order():
        if key not in context.selected_asset_keys:
            continue
        yield dg.MaterializeResult(asset_key=key, metadata={"is_new": started is not None})
    # a failing test raises in the step above, so all have passed here
    for check in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(asset_key=check.asset_key, check_name=check.name, passed=True)
