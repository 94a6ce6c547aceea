"""The state of the lake as a table: which district delivered what and when, and what is wrong with the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from dagster_project.core.duck import insert_records, open_marts, read_sql, rows

#: delivered; late: the delivery in use is older than the region allows; missing: there never was one; broken: there are
#: only unfinished or broken ones; failed: its figures cannot be computed.
Status = Literal["delivered", "late", "missing", "broken", "failed"]
#: Statuses of districts whose figures are in a region's release.
IN_USE: tuple[Status, ...] = ("delivered", "late")


@dataclass(frozen=True)
class DistrictState:
    """What the lake holds of one district, as of a region's run.

    Attributes:
        district_code: six digits.
        district_zh: its name.
        is_expected: whether the region's list names it.
        status: see `Status`.
        delivery_id: delivery in use; None without one.
        delivered_on: its day.
        days_since_delivery: days from then to the day of the figures; None if it was delivered afterwards.
        as_of: day of the release that was delivered.
        submissions: number of submissions in it.
        program_version: version of the program that made it.
        is_program_different, is_rules_different, is_standards_different: whether program, rules of judging, or standards
            and feeds are other than those of the run.
        is_synthetic: whether its figures are invented.
        delivery_problem_zh: what is wrong, and what to do; empty if nothing is.
    """

    district_code: str
    district_zh: str
    is_expected: bool
    status: Status
    delivery_id: str | None = None
    delivered_on: dt.date | None = None
    days_since_delivery: int | None = None
    as_of: dt.date | None = None
    submissions: int | None = None
    program_version: str | None = None
    is_program_different: bool | None = None
    is_rules_different: bool | None = None
    is_standards_different: bool | None = None
    is_synthetic: bool | None = None
    delivery_problem_zh: str = ""


def write_states(database: Path, states: Sequence[DistrictState]) -> None:
    """Write the source `region_state.districts` of the models that compare districts into the build file."""
    import duckdb

    with duckdb.connect(str(database)) as con:
        con.execute("drop schema if exists region_state cascade")
        con.execute("create schema region_state")
        con.execute(read_sql(__package__, "create_districts"))
        insert_records(con, "region_state.districts", [asdict(state) for state in states])


def read_states(database: Path) -> tuple[DistrictState, ...]:
    """The districts as a region's release has them, by code.

    Args:
        database: the region's `marts.duckdb`.
    """
    with open_marts(database) as con:
        found = rows(con, "select * from marts.fct_region_deliveries order by district_code")
    return tuple(DistrictState(status=row.pop("delivery_status"), **row) for row in found)
