"""The seed of standards is refused when a row judges nothing or contradicts another."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.warehouse import build
from tests.warehouse.accepted_fixture import Accepted


def without_threshold(line: str) -> str:
    cells = line.split(",")
    return ",".join([*cells[:5], "", *cells[6:]])


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: [lines[0], without_threshold(lines[1]), *lines[2:]], id="no threshold"),
        pytest.param(lambda lines: [*lines, lines[1].replace(",2017,", ",2020,")], id="overlapping years"),
    ],
)
def test_a_standard_without_threshold_or_with_overlapping_years_stops_the_build(
    spoil: Callable[[list[str]], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    seed = project / "seeds" / "standards.csv"
    seed.write_text("\n".join(spoil(seed.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    database = tmp_path / build.DATABASE_NAME
    Accepted().write(database)
    monkeypatch.setattr(build, "DBT_DIR", project)
    monkeypatch.setattr(build, "_TARGET", project / "target")
    monkeypatch.setattr(build, "_PREPARED", project / "target" / "prepared.msgpack")
    monkeypatch.setattr(build, "models_digest", lambda: "1" * 64)
    with pytest.raises(build.BuildFailed, match="standards"):
        build.run_models(database, select=["standards"])
