"""The orchestrator wraps the same functions, and a failed check really stops the release."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.reconstruct import repository_def_from_target_def
from dagster._core.workspace.autodiscovery import (
    loadable_targets_from_python_file,
    loadable_targets_from_python_module,
)
from dagster._core.workspace.load_target import get_origins_from_toml

from dagster_project.core.homes import DAGSTER_MODULE, PROJECT_ROOT, Home
from dagster_project.definitions import defs
from dagster_project.defs import automation, dev, intake, publish, record, region, warehouse
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import Decision, append_block, read_manifest
from dagster_project.warehouse import steps
from dagster_project.warehouse.build import REGION_TAG, BuildFailed
from tests.conftest import District


@pytest.mark.parametrize("lake", [None, "lake"])
def test_what_the_ui_loads_is_one_set_of_definitions(
    lake: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(region.LAKE_VARIABLE, raising=False)
    if lake:
        monkeypatch.setenv(region.LAKE_VARIABLE, str(tmp_path / lake))
    # by Dagster's own loader, which keeps what it has loaded under the file's name
    monkeypatch.delitem(sys.modules, "definitions", raising=False)
    found = loadable_targets_from_python_file(str(PROJECT_ROOT / "dagster_project" / "definitions.py"))
    assert [target.attribute for target in found] == ["defs"]
    repository = repository_def_from_target_def(found[0].target_definition)
    assert repository is not None
    jobs = {job.name for job in repository.get_all_jobs()}
    assert jobs >= {"intake", "publish", "publish_weekly", "publish_monthly"}
    assert ("publish_region" in jobs) is bool(lake)


def test_dagster_finds_the_module_in_the_settings_of_the_project() -> None:
    (origin,) = get_origins_from_toml(str(PROJECT_ROOT / "pyproject.toml"))
    assert origin.loadable_target_origin.module_name == DAGSTER_MODULE
    assert len(loadable_targets_from_python_module(DAGSTER_MODULE, None)) == 1


def test_every_feed_and_every_model_is_an_asset() -> None:
    keys = {key for asset in defs.resolve_all_asset_specs() for key in [asset.key]}
    # districts side by side are built by the run of a region alone
    models = [
        n
        for n in warehouse.MANIFEST["nodes"].values()
        if n["resource_type"] == "model" and REGION_TAG not in n["tags"]
    ]
    for feed in load_feeds():
        assert dg.AssetKey(["raw", feed]) in keys
        assert dg.AssetKey(["accepted", feed]) in keys
    for node in models:
        assert warehouse.TRANSLATOR.get_asset_key(node) in keys
    assert dg.AssetKey("published_release") in keys
    assert len(keys) >= 2 * len(load_feeds()) + len(models) + 2


def test_lineage_leads_from_the_raw_feed_to_the_release() -> None:
    graph = defs.resolve_asset_graph()
    upstream = graph.get_ancestor_asset_keys(dg.AssetKey("published_release"))
    assert dg.AssetKey(["raw", "staffing"]) in upstream
    assert dg.AssetKey(["marts", "fct_school_indicators"]) in upstream


def test_dbt_tests_and_suites_are_checks() -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    assert dg.AssetCheckKey(dg.AssetKey("checked_marts"), "marts_suite") in checks
    assert dg.AssetCheckKey(dg.AssetKey(["accepted", "staffing"]), "suite") in checks
    assert sum(key.asset_key.path[0] in ("marts", "committee") for key in checks) >= 20


def test_two_schedules_and_a_sensor() -> None:
    assert {s.name for s in (automation.weekly, automation.monthly)} == {"weekly", "monthly"}
    assert automation.raw_folder.name == "raw_folder"
    assert (automation.weekly.job_name, automation.monthly.job_name) == ("publish_weekly", "publish_monthly")
    written = {
        job: {key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.executable_asset_keys}
        for job in ("publish", "publish_weekly", "publish_monthly")
    }
    assert written["publish_weekly"] - written["publish"] == {"weekly_report"}
    assert written["publish_monthly"] - written["publish"] == {"monthly_report"}


@pytest.fixture
def small(new_district: Callable[[], District]) -> District:
    district = new_district()
    schools = [
        {"school_code": "2100000001", "school_name": "甲小学", "district_code": "500101", "town": "东镇",
         "school_type": "小学", "ownership": "公办"}
    ]  # fmt: skip
    district.put("2023/a.xlsx", schools=schools)
    return district


def run_all(district: District, instance: dg.DagsterInstance) -> list[bool]:
    """Materialise the whole graph as the UI would: intake by year, then everything else."""
    instance.add_dynamic_partitions("school_year", ["2023"])
    resources = {"places": intake.Places(raw=str(district.raw), home=str(district.home))}
    taken = dg.materialize(
        [intake.raw_returns],
        partition_key="2023",
        resources=resources,
        instance=instance,
        raise_on_error=False,
    )
    rest = [record.accepted_rows, warehouse.models, publish.checked_marts, publish.published_release]
    done = dg.materialize(
        [intake.raw_returns, *rest],
        selection=dg.AssetSelection.assets(*rest),
        resources=resources,
        instance=instance,
        raise_on_error=False,
    )
    return [taken.success, done.success]


def test_the_graph_publishes_what_the_command_line_would(small: District) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_all(small, instance) == [True, True]
    place = Home(small.home)
    assert place.release_in_force() is not None
    assert small.run().is_new is False  # the same functions, the same inputs: nothing new


def test_the_build_in_progress_is_recalled_as_it_was_begun(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.vault.mkdir()
    append_block(home, read_manifest(home), Decision(1, "H1-1", "accept", "first", "2026-01-01T00:00:00"))
    begun = steps.Build(home, "r", "d", "2025-12-31", "2026-01-01T00:00:00", read_manifest(home), "c" * 64)
    record.remember(home, begun)
    append_block(home, read_manifest(home), Decision(2, "H1-1", "reject", "later", "2026-01-02T00:00:00"))
    assert record.recall(home) == begun


def test_a_failing_marts_suite_stops_the_release(small: District, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(started: Any) -> None:
        raise BuildFailed("planted")

    monkeypatch.setattr(steps, "check_marts", fail)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_all(small, instance) == [True, False]
    assert Home(small.home).release_in_force() is None


def test_a_loss_of_more_than_half_the_schools_stops_the_release(small: District) -> None:
    small.run()
    place = Home(small.home)
    first = place.release_in_force()
    release_json = place.releases / str(first) / "release.json"
    described = json.loads(release_json.read_text(encoding="utf-8"))
    assert described["tables"]["dim_schools"] == 1
    described["tables"]["dim_schools"] = 3  # as if two schools were lost since
    release_json.chmod(0o644)
    release_json.write_text(json.dumps(described), encoding="utf-8")
    small.put(
        "2023/b.xlsx", staffing=[{"school_code": "2100000001", "stage": "小学", "full_time_teachers": 9}]
    )
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_all(small, instance) == [True, False]
    assert place.release_in_force() == first
    with pytest.raises(BuildFailed, match=r"共 1 条，不到现行版本（3 条）的一半.*--accept-loss"):
        small.run()
    assert place.release_in_force() == first


def test_without_a_usable_register_nothing_is_published(new_district: Callable[[], District]) -> None:
    district = new_district()
    district.put("2023/a.xlsx", staffing=[{"school_code": "2100000001", "stage": "小学"}])
    with pytest.raises(BuildFailed, match=r"还没有可用的学校名录.*1 行在等它") as refusal:
        district.run()
    assert "junheng template" in str(refusal.value)
    register = {"school_code": "2100000001", "school_name": "甲小学", "district_code": "500101", "town": "东镇",
                "school_type": "小学", "ownership": "国有"}  # fmt: skip
    district.put("2023/b.xlsx", schools=[register])
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_all(district, instance) == [True, False]
    with pytest.raises(BuildFailed, match=r"(?s)还没有可用的学校名录.*国有") as refusal:
        district.run()
    assert "2023/b.xlsx › " in str(refusal.value)
    assert Home(district.home).release_in_force() is None


def test_a_dbt_error_stops_the_release(small: District, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    judge = steps.judge_and_load

    def spoil(started: steps.Build) -> None:
        judge(started)
        with duckdb.connect(str(started.database)) as con:
            con.execute("insert into accepted.schools select * from accepted.schools")

    monkeypatch.setattr(steps, "judge_and_load", spoil)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_all(small, instance) == [True, False]
    assert Home(small.home).release_in_force() is None


def test_the_sensor_waits_until_files_stand_still(small: District) -> None:
    places = intake.Places(raw=str(small.raw), home=str(small.home))
    context = dg.build_sensor_context(resources={"places": places})
    first = automation.raw_folder(context)
    assert isinstance(first, dg.SensorResult) and first.run_requests == []
    again = dg.build_sensor_context(cursor=first.cursor, resources={"places": places})
    second = automation.raw_folder(again)
    assert isinstance(second, dg.SensorResult) and second.run_requests is not None
    assert [r.job_name for r in second.run_requests] == ["intake", "publish"]
    shutil.rmtree(Path(small.home), ignore_errors=True)


@pytest.mark.slow
def test_the_ui_answers_on_this_machine_alone_and_ends_with_its_command(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "raw").mkdir()
    command = [sys.executable, "-m", "dagster_project", "dev", "--raw", str(tmp_path / "raw")]
    command += ["--home", str(tmp_path / "home"), "--port", str(port)]
    address = f"http://127.0.0.1:{port}/"

    query = "{workspaceOrError{... on Workspace{locationEntries{locationOrLoadError{__typename}}}}}"
    ask = urllib.request.Request(
        address + "graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )

    def answers() -> bool:
        try:
            with urllib.request.urlopen(address, timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    def loaded() -> list[str]:
        with urllib.request.urlopen(ask, timeout=30) as reply:
            entries = json.load(reply)["data"]["workspaceOrError"]["locationEntries"]
        return [entry["locationOrLoadError"]["__typename"] for entry in entries]

    def eventually(wanted: bool, seconds: int) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if answers() is wanted:
                return True
            time.sleep(1)
        return False

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            assert eventually(True, 120)
            assert loaded() == ["RepositoryLocation"]
        finally:
            server.terminate()
        assert eventually(False, 60)
        server.wait(60)


def test_every_asset_has_a_description() -> None:
    bare = [spec.key.to_user_string() for spec in defs.resolve_all_asset_specs() if not spec.description]
    assert bare == []


@pytest.mark.parametrize("before", [None, "telemetry:\n  enabled: false\n", "telemetry:\n  enabled: false"])
def test_the_ui_opens_without_a_sign_up_window_and_sends_nothing(before: str | None, tmp_path: Path) -> None:
    settings = tmp_path / "dagster.yaml"
    if before is not None:
        settings.write_text(before, encoding="utf-8")
    dev.write_settings(settings)
    found = yaml.safe_load(settings.read_text(encoding="utf-8"))
    assert found == {"telemetry": {"enabled": False}, "nux": {"enabled": False}}


def test_settings_of_the_user_stay(tmp_path: Path) -> None:
    settings = tmp_path / "dagster.yaml"
    settings.write_text("nux:\n  enabled: true\ntelemetry:\n  enabled: false\n", encoding="utf-8")
    dev.write_settings(settings)
    assert yaml.safe_load(settings.read_text(encoding="utf-8"))["nux"] == {"enabled": True}
