"""Every table says how it belongs to a district, and every column of a record's own names is known as one."""

from __future__ import annotations

import re

import yaml

from dagster_project.core.homes import DBT_DIR
from dagster_project.record.record_tables import accepted_schema
from dagster_project.region.belongs import load_belongs

#: Names of columns that look like a record's own, and are the same everywhere; with the reason.
SAME_EVERYWHERE = {
    "evidence_sha256": "written into cells by people, and the hash of the document itself",
    "evidence_file_name": "the name of a document, as cells name it",
}
_OWN = re.compile(r"(_file|_path|sha256|_file_name|\bsource_file|hold_id|row_id|submission|school_code)$")


def columns_of_marts() -> dict[str, list[str]]:
    """Columns of every mart, as its YAML names them."""
    found = {}
    for path in DBT_DIR.glob("models/*/marts/*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            found[model["name"]] = [c["name"] for c in model["columns"]]
    return found


def test_every_accepted_table_and_every_mart_says_how_it_belongs_to_a_district() -> None:
    declared = load_belongs()
    assert set(declared.accepted) == set(accepted_schema())
    assert set(declared.marts) == set(columns_of_marts())


def test_a_mart_has_the_column_by_which_it_belongs() -> None:
    columns = {"district": "district_code", "file": "source_file", "hold": "hold_id"}
    marts = columns_of_marts()
    lacking = {m for m, by in load_belongs().marts.items() if by in columns and columns[by] not in marts[m]}
    assert lacking == set()


def test_every_column_of_a_records_own_names_is_declared() -> None:
    declared = load_belongs()
    tables = {**{t: list(c) for t, c in accepted_schema().items()}, **columns_of_marts()}
    unknown = {
        (table, column)
        for table, columns in tables.items()
        for column in columns
        if _OWN.search(column)
        and column not in SAME_EVERYWHERE
        and column not in declared.unchanged.get(table, ())
        and declared.own_kind(table, column) is None
    }
    assert unknown == set()
