"""The number of a class is the same in intake and in the record, however the class is written."""

from __future__ import annotations

import duckdb
import pytest

from dagster_project.core.duck import read_sql
from dagster_project.intake.parse.row_words import class_key

#: Names of class 1 of some grade; class 12; and names that are no number within a grade.
FIRST = [
    "1班", "一班", "（1）班", "(一)班", "1", "01班", "一（1）班", "一年级一班", "1年级(1)班", "1.1班", "3.1班", "１．１班", "1年1班",
    "2024级1班", "①班", "第1班", "第一班", "一1", "一年1班", "一年级 1 班", "小一1班", "初二（1）班", "1(1)", "6（一）班", "１ 班",
]  # fmt: skip
TWELFTH = ["12班", "十二班", "一（12）班", "1(12)班", "1.12班", "第十二班", "2年12班"]
OTHERS = [
    "向日葵班", "1-1", "1—1班", "101班", "1.1", "3.10", "1/1班", "实验1班", "一至二班", "1、2班", "壹班", "111班", "", "班",
]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute("create schema candidate")
    found.execute(read_sql("dagster_project.record", "candidate_tables"))
    return found


@pytest.mark.parametrize("names", [FIRST, TWELFTH, OTHERS])
def test_a_class_has_one_key_however_it_is_written(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    wanted = {"class 1"} if names is FIRST else {"class 12"} if names is TWELFTH else set(OTHERS)
    in_record = con.execute("select candidate.class_key(unnest($1::varchar[]))", [names]).fetchall()
    assert {class_key(name) for name in names} == wanted
    assert [key for (key,) in in_record] == [class_key(name) for name in names]
