"""A feed that no model has heard of appears in the completeness of returns, by its declaration alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.warehouse.build import DATABASE_NAME, BuildFailed, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts


@pytest.fixture(scope="module")
def with_a_toy_feed(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Two primary schools and a kindergarten; `toys` is due from primary schools, by stage, and one has returned it."""
    folder = tmp_path_factory.mktemp("toy")
    a = Accepted()
    for code, kind in (("1", "primary"), ("2", "primary"), ("3", "kindergarten")):
        a.add("schools", {"school_code": code, "school_name": code, "district_code": "500101", "town": "东镇",
                          "school_type": kind, "ownership": "public"})  # fmt: skip
    a.write(folder / DATABASE_NAME)
    with duckdb.connect(str(folder / DATABASE_NAME)) as con:
        con.execute(
            "insert into accepted.feeds (feed, name_zh, is_optional, scope) values ('toys', '玩具', false, 'school_stage')"
        )
        con.execute("insert into accepted.feed_due_stages values ('toys', 'primary')")
        con.execute(
            "insert into accepted.received (school_year, school_code, stage, feed) values (2023, '1', 'primary', 'toys')"
        )
    run_models(folder / DATABASE_NAME, select=["+fct_town_completeness"])
    return Marts(folder / DATABASE_NAME)


def test_each_school_that_owes_the_feed_has_a_status(with_a_toy_feed: Marts) -> None:
    rows = with_a_toy_feed.ask(
        "select * from marts.fct_completeness where feed = 'toys' order by school_code"
    )
    assert [(r["school_code"], r["stage"], r["status"]) for r in rows] == [
        ("1", "primary", "received"),
        ("2", "primary", "missing"),
        ("3", "preschool", "not_due"),
    ]


def test_the_town_counts_who_owes_it(with_a_toy_feed: Marts) -> None:
    row = with_a_toy_feed.one("select * from marts.fct_town_completeness where feed = 'toys'")
    assert (row["schools_due"], row["schools_received"], row["schools_missing"]) == (2, 1, 1)


def test_rows_in_force_that_no_status_covers_stop_the_build(tmp_path: Path) -> None:
    a = Accepted()
    a.add(
        "schools",
        {"school_code": "1", "school_name": "1", "district_code": "500101", "school_type": "primary"},
    )
    a.write(tmp_path / DATABASE_NAME)
    with duckdb.connect(str(tmp_path / DATABASE_NAME)) as con:
        con.execute(
            "insert into accepted.received (school_year, school_code, stage, feed) values (2023, '1', 'all', 'not_declared')"
        )
    with pytest.raises(BuildFailed, match="every_due_feed_has_its_row"):
        run_models(tmp_path / DATABASE_NAME, select=["+fct_town_completeness"])
