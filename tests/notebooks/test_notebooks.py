"""Every notebook runs from its first cell to its last against the sample's release."""

from __future__ import annotations

import hashlib
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

from dagster_project.core.homes import PROJECT_ROOT, Home

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.py"))


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_leaves_the_release_untouched(
    notebook: Path, sample_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    release = Home(sample_home).current_dir()
    assert release is not None
    before = hashlib.sha256((release / "marts.duckdb").read_bytes()).hexdigest()
    monkeypatch.setenv("JUNHENG_HOME", str(sample_home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    cells = jupytext.read(notebook)
    client = NotebookClient(
        cells, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(notebook.parent)}}
    )

    client.execute()  # raises with the cell and its traceback when one fails

    assert hashlib.sha256((release / "marts.duckdb").read_bytes()).hexdigest() == before
    pictures = [
        output
        for cell in cells.cells
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]
    assert pictures, "charts are drawn on this machine, without a network"
