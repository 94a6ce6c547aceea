"""The record station says which school returned which feed, for every feed whose rows belong to schools."""

from __future__ import annotations

from pathlib import Path

import duckdb

from dagster_project.intake.feeds import load_feeds
from tests.warehouse.accepted_fixture import Accepted


def received(accepted: Accepted, folder: Path) -> list[tuple[int, str, str, str]]:
    accepted.write(folder / "build.duckdb")
    with duckdb.connect(str(folder / "build.duckdb")) as con:
        return con.execute(
            "select school_year, school_code, stage, feed from accepted.received order by all"
        ).fetchall()


def test_a_return_by_stage_keeps_its_stage_and_any_other_is_all(tmp_path: Path) -> None:
    a = Accepted()
    a.add(
        "staffing",
        {"school_code": "1", "stage": "primary"},
        {"school_code": "1", "stage": "junior_secondary"},
    )
    a.add("class_sizes", *({"school_code": "1", "stage": "primary", "class_name": name} for name in "12"))
    a.add("floor_area", {"school_code": "1"})
    assert received(a, tmp_path) == [
        (2023, "1", "all", "floor_area"),
        (2023, "1", "junior_secondary", "staffing"),
        (2023, "1", "primary", "class_sizes"),
        (2023, "1", "primary", "staffing"),
    ]


def test_every_feed_of_schools_is_listed_and_no_ledger(tmp_path: Path) -> None:
    a = Accepted()
    for feed in load_feeds().values():
        if feed.has_schools:
            stage = {"stage": "primary"} if any(c.name == "stage" for c in feed.columns) else {}
            a.add(feed.feed, {"school_code": "1", **stage})
    wanted = {f.feed for f in load_feeds().values() if f.has_schools and f.scope != "ledger"}
    assert {feed for *_, feed in received(a, tmp_path)} == wanted
