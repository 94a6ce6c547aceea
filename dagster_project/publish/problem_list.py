"""The problem list: one line per cause, in the form that the contract gives, and in Chinese for those who work it off."""

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
#: Name of the list in Chinese; its headings are in `catalogue/lists.yml`.
PROBLEM_LIST_ZH = "问题清单.csv"


def write_problem_list(rows: pd.DataFrame, path: Path) -> None:
    """Write problems.csv, most severe problems first.

    Args:
        rows: frame with at least the contract's columns.
        path: file to write.
    """
    write_csv(_in_order(rows)[COLUMNS], path)


def write_problem_list_zh(rows: pd.DataFrame, path: Path) -> None:
    """Write the same list with Chinese headings, and Chinese words for severities, classes and feeds.

    Args:
        rows: frame with at least the contract's columns.
        path: file to write.
    """
    _write_zh("problem_list", _in_order(rows), path)


def write_assumptions(rows: pd.DataFrame, path: Path) -> None:
    """Write what was read though it was not written as asked for, with Chinese headings.

    Args:
        rows: frame with the columns of `fct_assumptions`.
        path: file to write.
    """
    _write_zh("assumptions_list", rows.copy(), path)


def _write_zh(name: str, listed: pd.DataFrame, path: Path) -> None:
    """Write a list with the headings of its entry in `lists.yml`, its codes in words."""
    from dagster_project.publish.catalogue.lists import heads_of

    for column, words in (
        ("severity", labels.SEVERITY_ZH),
        ("class", labels.CLASS_ZH),
        ("feed", labels.feed_words()),
    ):
        if column in listed:
            listed[column] = [words.get(code, code) for code in listed[column]]
    heads = heads_of(name)
    write_csv(listed[list(heads)].rename(columns=heads), path)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    listed = rows.reindex(columns=COLUMNS).assign(_order=rows["severity"].map(labels.GRAVITY).fillna(9))
    return listed.sort_values(["_order", "source_file", "sheet", "cell", "rule_code"], kind="stable")
