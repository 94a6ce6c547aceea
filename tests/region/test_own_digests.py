"""The hash of a district's marts, by which a run knows that nothing of it has to be written, follows every change of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.region.belongs import load_belongs
from dagster_project.region.united import digests_of_owners

OWN, OTHER = "500101", "500102"
MARTS = load_belongs().marts
#: A mart of each way in which a row belongs to a district, and one that takes another's place.
TABLES = [*{kind: f"marts.{name}" for name, kind in MARTS.items()}.values(), "committee.fct_submissions"]


@pytest.fixture(scope="module")
def united(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables with two rows of each of two districts, and two that are nobody's."""
    path = tmp_path_factory.mktemp("united") / "build.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create schema committee")
        for table in TABLES:
            con.execute(
                f"create table {table} as select district_code, district_code || '/2023/a.xlsx' as source_file,"
                f" district_code || '/H1' as hold_id, 100.0::double + n as figure, 'said' as note_zh"
                f" from (values ('{OWN}'), ('{OTHER}'), (null)) as d(district_code), range(2) as r(n)"
            )
    return path


@pytest.fixture
def con(united: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        found.execute(f"attach '{united}' as united")
        found.execute("begin")
        yield found
        found.execute("rollback")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        ("delete from {table} where {own}", True),
        ("insert into {table} from {table} where {own}", True),
        ("update {table} set note_zh = null where {own}", True),
        ("update {table} set figure = figure + 0.01 where {own}", True),
        # two rows change places: the sum of each column stays
        ("update {table} set figure = 201.0 - figure, note_zh = figure::varchar where {own}", True),
        # the last bits of a sum depend on the order of its parts
        ("update {table} set figure = figure + 1e-12 where {own}", False),
    ],
)
def test_a_change_of_a_districts_rows_changes_its_hash_alone(
    con: duckdb.DuckDBPyConnection, table: str, change: str, is_seen: bool
) -> None:
    before = digests_of_owners(con, [OWN, OTHER])
    con.execute(change.format(table=f"united.{table}", own=f"district_code = '{OWN}'"))
    after = digests_of_owners(con, [OWN, OTHER])
    # a table that is no district's stands in the release of each
    is_common = MARTS[table.partition(".")[2]] == "common"
    changed = {code for code in (OWN, OTHER) if after[code] != before[code]}
    assert changed == ({OWN, OTHER} if is_common else {OWN}) if is_seen else not changed


def test_nobodys_rows_are_in_no_release(con: duckdb.DuckDBPyConnection) -> None:
    before = digests_of_owners(con, [OWN])
    for table in TABLES:
        if MARTS[table.partition(".")[2]] != "common":
            con.execute(f"delete from united.{table} where district_code is null")
    assert digests_of_owners(con, [OWN]) == before
