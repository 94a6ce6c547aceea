"""A build stops where a contract is broken, and what dbt has to say is heard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project import speed
from dagster_project.warehouse import build

SEEDS_AND_ONE_MART = ["resource_type:seed", "dim_indicators"]


def give_another_type(columns: dict[str, Any]) -> None:
    columns["scale"].data_type = "bigint"


def ask_for_another_column(columns: dict[str, Any]) -> None:
    columns["weight"] = type(columns["scale"])(name="weight", data_type="double")


def forget_a_column(columns: dict[str, Any]) -> None:
    del columns["scale"]


def write_the_type_otherwise(columns: dict[str, Any]) -> None:
    columns["scale"].data_type = "float8"


def build_with(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = build.prepare_manifest()
    change(manifest.nodes["model.junheng.dim_indicators"].columns)
    build.run_models_by_dbt(tmp_path / build.DATABASE_NAME, select=SEEDS_AND_ONE_MART, manifest=manifest)


@pytest.mark.parametrize("change", [give_another_type, ask_for_another_column, forget_a_column])
def test_a_mart_that_breaks_its_contract_stops_the_build(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    with pytest.raises(build.BuildFailed, match="dim_indicators"):
        build_with(tmp_path, change)


def test_another_name_of_the_same_type_keeps_the_contract(tmp_path: Path) -> None:
    build_with(tmp_path, write_the_type_otherwise)


def test_the_manifest_stays_whole_while_another_is_being_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, file in (("_TARGET", ""), ("_PREPARED", "prepared.msgpack"), ("_MANIFEST", "manifest.json")):
        monkeypatch.setattr(build, name, tmp_path / file)
    (tmp_path / "manifest.json").write_text("the one before", encoding="utf-8")
    (tmp_path / "prepared.msgpack").write_bytes(b"0" * 64 + b"of another digest")
    invoke, read_meanwhile = build.invoke, []

    def watched(*arguments: Any) -> Any:
        outcome = invoke(*arguments)
        read_meanwhile.append((tmp_path / "manifest.json").read_text(encoding="utf-8"))
        return outcome

    monkeypatch.setattr(build, "invoke", watched)
    described = json.loads(build.manifest_file().read_text(encoding="utf-8"))
    assert read_meanwhile == ["the one before"]
    assert described["nodes"].keys() == build.prepare_manifest().nodes.keys()
    assert {p.name for p in tmp_path.iterdir()} == {"manifest.json", "prepared.msgpack"}


def test_warnings_of_dbt_are_fired_and_what_nobody_reads_is_dropped() -> None:
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.event_manager_client import get_event_manager
    from dbt_common.events.functions import fire_event
    from dbt_common.events.types import Note

    speed.drop_unread_events()
    heard: list[str] = []
    manager = get_event_manager()
    manager.callbacks.append(lambda message: heard.append(message.info.msg))
    try:
        fire_event(Note(msg="one of thousands"), level=EventLevel.DEBUG)
        fire_event(Note(msg="look here"), level=EventLevel.WARN)
    finally:
        manager.callbacks.clear()
    assert heard == ["look here"]
