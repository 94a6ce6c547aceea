"""Two builds are compared to the last cell: a changed figure, type, row, column or table is found."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.warehouse.table_differences import table_differences

SAME = """
    create schema seeds; create schema marts; create schema committee;
    create table seeds.kinds as select * from (values ('a', null), ('b', 'x')) as t (code, clause);
    create table marts.fct as
        select * from (values (1, 'a', 0.1, true), (2, 'b', null, false)) as t (school, name, share, is_big);
    create table committee.pay as select cast(3 as bigint) as staff;
"""


def build(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as con:
        con.execute(SAME.replace("0.1", "cast(0.1 as double)"))
        for statement in statements:
            con.execute(statement)
    return path


@pytest.mark.parametrize(
    ("planted", "place"),
    [
        # what an engine's own order of addition does to the last bits is no difference
        ("update marts.fct set share = 0.1 * (1 + 5e-10) where school = 1", None),
        ("update marts.fct set share = 0.1 * (1 + 5e-9) where school = 1", "marts.fct.share"),
        ("update marts.fct set share = null where school = 1", "marts.fct.share"),
        ("update marts.fct set share = 0 where school = 2", "marts.fct.share"),
        ("update marts.fct set is_big = false where school = 1", "marts.fct.is_big"),
        ("update seeds.kinds set clause = 'None' where code = 'a'", "seeds.kinds.clause"),
        ("update seeds.kinds set clause = '' where code = 'a'", "seeds.kinds.clause"),
        ("delete from marts.fct where school = 2", "marts.fct"),
        ("insert into marts.fct select * from marts.fct where school = 2", "marts.fct"),
        ("alter table committee.pay alter staff type hugeint", "committee.pay.staff"),
        ("alter table marts.fct add column more integer", "marts.fct.more"),
        ("drop table seeds.kinds", "seeds.kinds"),
    ],
)
def test_a_planted_difference_is_found(planted: str, place: str | None, tmp_path: Path) -> None:
    found = table_differences(build(tmp_path / "one"), build(tmp_path / "other", planted))
    assert list(found.found) == ([place] if place else [])
    assert found.cells >= 3


def test_equal_builds_are_equal_to_the_last_cell(tmp_path: Path) -> None:
    found = table_differences(build(tmp_path / "one"), build(tmp_path / "other"))
    assert (found.tables, found.cells, found.found) == (3, 2 * 2 + 2 * 4 + 1, {})
