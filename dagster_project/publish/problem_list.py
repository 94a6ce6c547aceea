"""The problem list in the form that the contract gives: one line per cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.text import write_csv
from dagster_project.publish import labels

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    "severity", "class", "rule_code", "source_file", "sheet", "cell", "feed", "school_code", "school_name",
    "column_zh", "value", "message_zh",
]  # fmt: skip


def write_problem_list(rows: pd.DataFrame, path: Path) -> None:
    """Write problems.csv, most severe problems first.

    Args:
        rows: frame with at least the contract's columns.
        path: file to write.
    """
    listed = rows.reindex(columns=COLUMNS).assign(_order=rows["severity"].map(labels.GRAVITY).fillna(9))
    listed = listed.sort_values(["_order", "source_file", "sheet", "cell", "rule_code"], kind="stable")
    write_csv(listed[COLUMNS], path)
