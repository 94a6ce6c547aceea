"""A standard that judges nothing is said: it ended without a successor, or its jurisdiction has no rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.publish.standard_notices import notices_zh, unjudged_zh


def standard(**given: Any) -> dict[str, Any]:
    """A row of `dim_standards`: primary schools, class size, since 2017."""
    return {
        "indicator_code": "class_size", "measure": "standard_size", "stage": "primary", "school_kind": "all",
        "jurisdiction": "national", "valid_from": 2017, "valid_to": None, **given,
    }  # fmt: skip


def test_a_standard_that_ended_without_a_successor_is_named_with_its_last_year() -> None:
    (said,) = unjudged_zh([standard(valid_to=2022)], {"class_size": "班额"}, 2023, "national")
    assert "班额（小学，班额标准） 到 2022 学年为止" in said and "2023 学年不再按它判断" in said


def test_a_standard_that_is_valid_or_has_a_successor_needs_no_word() -> None:
    closed, open_row = standard(valid_to=2022), standard(valid_from=2023)
    assert unjudged_zh([closed, open_row], {}, 2023, "national") == []
    assert unjudged_zh([standard(valid_to=2023)], {}, 2023, "national") == []


def test_a_row_of_another_jurisdiction_is_no_successor() -> None:
    rows = [standard(valid_to=2022), standard(valid_from=2023, jurisdiction="nanjiang")]
    assert len(unjudged_zh(rows, {}, 2023, "national")) == 1
    assert unjudged_zh(rows, {}, 2023, "nanjiang") == []


def test_a_jurisdiction_without_rows_is_said_with_those_there_are() -> None:
    (said,) = unjudged_zh([standard(), standard(jurisdiction="nanjiang")], {}, 2023, "nanjing")
    assert "没有“nanjing”的行" in said and "nanjiang、national" in said


def test_the_standards_of_the_sample_need_no_word(sample_home: Path) -> None:
    assert notices_zh((sample_home / "current").resolve() / "marts.duckdb") == []
