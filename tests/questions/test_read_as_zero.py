"""A blank cell of a statistics form counts as zero by the form's rule, and whoever asks for the figure is told so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_project.core.homes import Home
from dagster_project.questions import trace
from dagster_project.questions.figure_trace import SourceCell


def cell(address: str, value: float | None, **more: Any) -> SourceCell:
    given: dict[str, Any] = dict.fromkeys(SourceCell.__dataclass_fields__)
    given |= {
        "state": "value",
        "source_file": "2023/form.xlsx",
        "sheet": "教基1102续",
        "sha256": "ab",
        "cell": address,
    }
    return SourceCell(**{**given, "value": value, "is_subtracted": False, "roster_rows": "", **more})


def test_blank_cells_that_count_as_zero_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Told: D13, blank and 0. Not told: a 0 that was written, a figure, a missing value, a corrected cell."""
    there = {"D13": "", "D14": 0, "D15": 7, "D17": ""}
    cells = [
        cell("D13", 0),
        cell("D14", 0),
        cell("D15", 7),
        cell("D16", None, state="blank"),
        cell("D17", 0, original=""),
    ]
    monkeypatch.setattr(trace, "read_manifest", lambda _: SimpleNamespace(files=[]))
    monkeypatch.setattr(
        trace, "cells_in_vault", lambda _, keys: {(sha, sheet, at): there[at] for sha, _, sheet, at in keys}
    )
    (told,) = trace.read_as_zero(Home(tmp_path), SimpleNamespace(cells=cells))  # type: ignore[arg-type]
    assert "2023/form.xlsx › 教基1102续 › D13 是空着的" in told and "按 0 采用" in told
