"""Which schools stand in the register of a year of which only some schools or towns have sent theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.manifest import read_manifest
from dagster_project.record import in_force, suites
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.conftest import District

EAST_AND_WEST = ["a东", "b东", "c西", "d"]

#: What a district sends: for 2024 one file, for 2025 one file after another (a school's letter and its town), for 2026
#: nothing; and the schools that stand in its register of 2025, with those of which it is asked where they went.
CASES: dict[str, tuple[list[str], list[list[str]], str, str]] = {
    "the first form of one school": (EAST_AND_WEST, [["a东"]], "abcd", ""),
    "the forms of two schools of one town": (EAST_AND_WEST, [["a东"], ["c西"]], "abcd", ""),
    "a town's list of several schools": ([*EAST_AND_WEST, "e东"], [["a东", "e东"]], "ace", "bd"),
    "a town's list and then the form of a school of it": ([*EAST_AND_WEST, "e东"], [["a东", "e东"], ["a东"]], "ace", "bd"),
    "the forms of all schools that a town's list has": ([*EAST_AND_WEST, "e东"], [["a东", "e东"], ["a东"], ["e东"]], "ace", "bd"),
    "the list of a district with one school of each town": (EAST_AND_WEST, [["a东", "c西"]], "ac", "bd"),
    "the list of a town that always had one school": (EAST_AND_WEST, [["c西"]], "abcd", ""),
    "the form of a new school": (EAST_AND_WEST, [["n东"]], "abcdn", ""),
    "the form of a school with its campus": (EAST_AND_WEST, [["a东", "k东>a"]], "abcdk", ""),
    "the form of a school that moved to another town": (EAST_AND_WEST, [["a西"]], "abcd", ""),
    "the form of a school under a new code": (EAST_AND_WEST, [["n东<b"]], "acdn", ""),
}  # fmt: skip


def test_only_a_list_of_several_schools_ends_what_the_last_register_says(
    new_district: Callable[[], District],
) -> None:
    made = new_district()
    for i, (before, sent, _, _) in enumerate(CASES.values()):
        made.put(f"2024/{i}.xlsx", schools=[row(i, school) for school in before])
        for j, schools in enumerate(sent):
            made.put(f"2025/{i}_{j}.xlsx", schools=[row(i, school) for school in schools])
    home = Home(made.home)
    receive.take_in(home, made.raw, now=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    database = made.home / DATABASE_NAME
    with duckdb.connect(str(database)) as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date(2026, 1, 5))
        in_record = found(
            con, "select district_code, school_code from candidate.registers where school_year = 2025"
        )
        asked_of = found(
            con,
            "select r.district_code, p.school_code from accepted.problems as p inner join accepted.schools as r"
            " on p.school_code = r.school_code and p.school_year = r.school_year"
            " where p.rule_code = 'SCHOOLS_MISSING_THIS_YEAR'",
        )
        con.execute("drop schema candidate cascade")
    run_models(database, select=["+int_registers"], target=made.home / "dbt")
    with duckdb.connect(str(database), read_only=True) as con:
        (relation,) = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables where table_name = 'int_registers'"
        ).fetchone() or ("",)
        in_models = found(con, f"select district_code, school_code from {relation} where school_year = 2025")
    for i, (case, (_, _, expected, missing)) in enumerate(CASES.items()):
        assert in_record.get(district(i), "") == expected, case
        assert in_models.get(district(i), "") == expected, case
        assert asked_of.get(district(i), "") == missing, case


def test_a_school_carried_on_waits_for_its_towns_register_and_is_not_told_that_it_is_unknown(
    new_district: Callable[[], District],
) -> None:
    """The district sent East's list for 2025; c of West owes its returns by the register of 2024, z stands in none."""
    made = new_district()
    made.put("2024/名录.xlsx", schools=[row(0, school) for school in EAST_AND_WEST])
    made.put("2025/东镇.xlsx", schools=[row(0, school) for school in ("a东", "b东")])
    teachers = {"stage": "小学", "full_time_teachers": 9, "above_required_degree_teachers": 9, "backbone_teachers": 1,
                "pe_teachers": 1, "music_teachers": 1, "fine_art_teachers": 1}  # fmt: skip
    made.put("2025/师资.xlsx", staffing=[{"school_code": code(0, letter), **teachers} for letter in "acz"])
    home = Home(made.home)
    receive.take_in(home, made.raw, now=dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date(2026, 1, 5))
        told = con.execute(
            "select school_code, message_zh from accepted.problems where rule_code = 'STAFFING_UNREGISTERED' order by 1"
        ).fetchall()
    assert [school for school, _ in told] == [code(0, "c"), code(0, "z")]
    waits, unknown = (message for _, message in told)
    assert "2024学年的名录里有该校" in waits and "不用重报" in waits
    assert "名录里没有这个代码" in unknown


def district(case: int) -> str:
    return f"5001{case + 10}"


def code(case: int, letter: str) -> str:
    return f"21501{case + 10}{ord(letter):03}"


def row(case: int, school: str) -> dict[str, Any]:
    """`a东` is school a of East; `k东>a` its campus k; `n东<b` school n, whose code was b."""
    letter, town = school[0], school[1:2]
    more = {"master_school_code": code(case, school[3])} if ">" in school else {}
    more |= {"former_school_code": code(case, school[3])} if "<" in school else {}
    return {"school_code": code(case, letter), "school_name": f"{case}区{letter}小学", "district_code": district(case),
            "town": f"{town}镇" if town else None, "school_type": "小学", "ownership": "公办", **more}  # fmt: skip


def found(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    """Letters of the schools by district, in order."""
    letters: dict[str, set[str]] = {}
    for district_code, school_code in con.execute(sql).fetchall():
        letters.setdefault(district_code, set()).add(chr(int(school_code[-3:])))
    return {name: "".join(sorted(of_one)) for name, of_one in letters.items()}
