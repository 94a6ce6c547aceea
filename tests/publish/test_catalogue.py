"""The catalogue: every table that people see, as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Rows
from dagster_project.publish.catalogue.rows import arranged

if TYPE_CHECKING:
    import duckdb

TABLES = list(catalogue.load().tables.values())


@pytest.fixture(scope="module")
def marts(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts((sample_home / "current").resolve() / "marts.duckdb") as con:
        yield con


@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
def test_every_column_of_the_catalogue_exists_and_has_a_label(
    marts: duckdb.DuckDBPyConnection, table: catalogue.Table
) -> None:
    labels_zh = catalogue.labels_of(marts)
    if table.relation:
        assert all(catalogue.heading("", column, labels_zh) for column in table.columns)
        return
    mart = labels_zh[table.mart]
    for column in table.columns:
        assert catalogue.heading(table.mart, column, labels_zh)
        # a label is typed only for what the mart does not have
        assert (column.name in mart) != bool(column.label_zh), column.name
        assert {column.verdict, *(column.scaled_by or ())} - {""} <= mart.keys(), column.name
    assert {*table.key, *table.where, *table.known, table.latest, *table.per} - {""} <= mart.keys()


@pytest.mark.parametrize("table", [t for t in TABLES if t.mart], ids=[t.name for t in TABLES if t.mart])
def test_the_key_of_a_table_picks_one_row(marts: duckdb.DuckDBPyConnection, table: catalogue.Table) -> None:
    (district_code,) = marts.execute("select min(district_code) from marts.dim_schools").fetchall()[0]
    rows = catalogue.rows_of(marts, table, district_code, catalogue.Words(marts, district_code))
    assert len({tuple(row[c] for c in table.key) for row in rows}) == len(rows)


ROWS: list[dict[str, Any]] = [
    {"month": "01", "state": "closed", "found": 3, "stage": "primary"},
    {"month": "02", "state": "open", "found": None, "stage": "junior_secondary"},
    {"month": "02", "state": "closed", "found": 5, "stage": "preschool"},
    {"month": "02", "state": "open", "found": 5, "stage": "primary"},
]


def found_of(**entry: Any) -> list[Any]:
    """`found` of the rows that an entry picks, in its order."""
    words = {"preschool": "学前", "primary": "小学", "junior_secondary": "初中"}
    return [r["found"] for r in arranged(Rows(mart="toy", **entry), ROWS, lambda _: words)]


def test_rows_are_picked_by_value_by_list_and_by_the_latest() -> None:
    assert found_of(where={"state": "open"}) == [None, 5]
    assert found_of(where={"stage": ["primary", "preschool"]}) == [3, 5, 5]
    assert found_of(latest="month") == [None, 5, 5]
    # the latest is counted before rows are picked by value
    assert found_of(latest="month", where={"state": "closed"}) == [5]
    assert found_of(latest="month", per=["stage"], where={"state": "closed"}) == [5]
    assert found_of(known=["found"]) == [3, 5, 5]


def test_missing_values_come_last_in_either_direction() -> None:
    assert found_of(order=["found"]) == [3, 5, 5, None]
    assert found_of(order=["-found"]) == [5, 5, 3, None]


def test_rows_are_ordered_by_a_dictionary_by_its_text_and_by_ranks() -> None:
    assert found_of(order=[{"stage": "words"}]) == [5, 3, 5, None]
    assert found_of(order=[{"state": {"closed": 1}}, "-found"]) == [5, None, 5, 3]


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    entry = "tables: [{name: a, title_zh: 甲, mart: fct_hazards, columns: [place_zh]}]"
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(entry, encoding="utf-8")
    with pytest.raises(ValueError, match="more than one table named a"):
        catalogue.read(tmp_path)
