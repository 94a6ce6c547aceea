"""What saves time changes no result, and one switch turns all of it off."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project import speed
from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.sample.workbooks import write_sample

PUBLISH = """
import datetime as dt, sys
from pathlib import Path
from dagster_project import run

if __name__ == "__main__":
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    run.run(Path(sys.argv[1]), Path(sys.argv[2]), as_of=dt.date(2025, 12, 31), now=now, parts=frozenset({"site", "reports"}))
"""


def test_a_release_without_speedups_has_the_same_content(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    write_sample(raw, schools=12, years=[2024, 2025])
    script = tmp_path / "publish.py"
    script.write_text(PUBLISH, encoding="utf-8")
    described = {}
    for switch in ("0", "1"):
        home = tmp_path / f"home{switch}"
        environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), speed.SWITCH: switch}
        subprocess.run(
            [sys.executable, str(script), str(raw), str(home)], env=environment, check=True, timeout=300
        )
        described[switch] = json.loads((home / "current" / "release.json").read_text(encoding="utf-8"))
    assert described["0"]["content_sha256"] == described["1"]["content_sha256"]
    pages = [name for name in described["0"]["files_sha256"] if name.startswith(("site/", "reports/"))]
    assert len(pages) > 20
    # the last digits of a sum over many rows depend on the order of threads, so bytes of pages may differ
    assert set(pages) <= set(described["1"]["files_sha256"])


@pytest.mark.parametrize(
    ("setting", "is_on"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)]
)
def test_the_switch(monkeypatch: pytest.MonkeyPatch, setting: str | None, is_on: bool) -> None:
    monkeypatch.delenv(speed.SWITCH, raising=False)
    if setting is not None:
        monkeypatch.setenv(speed.SWITCH, setting)
    assert speed.is_on() is is_on


def test_the_garbage_collector_is_left_alone_when_speedups_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_threshold()
    monkeypatch.setenv(speed.SWITCH, "1")
    speed.collect_rarely()
    with speed.loading(), speed.not_collecting():
        assert gc.isenabled()
    assert gc.get_threshold() == before


def test_the_garbage_collector_works_again_after_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(speed.SWITCH, raising=False)
    with speed.loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="inside"), speed.not_collecting():
        assert not gc.isenabled()
        raise ValueError("inside")
    assert gc.isenabled()
    speed.end_loading()
