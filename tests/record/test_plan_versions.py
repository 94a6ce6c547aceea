"""What the plan said before it was sent anew is kept, with the day until which it held; what happened is known anyway."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import duckdb
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.record import in_force, suites
from tests.conftest import District

DISTRICT = "500101"
TASK = {"district_code": DISTRICT, "item_number": "1", "measure_number": 1, "area_zh": "领域", "item_title_zh": "事项",
        "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "数据", "figure_code": "一校制教育集团数"}  # fmt: skip
MILESTONE = {"district_code": DISTRICT, "milestone_number": "一", "item_number": "1", "milestone_kind": "政策文件",
             "milestone_zh": "印发办法", "department": "教委"}  # fmt: skip
SITE = {"school_code": "2150100001", "figure_year": 2025, "condition_code": "学校占地面积"}


@pytest.fixture(scope="module")
def received(new_district: Callable[[], District]) -> tuple[Home, Manifest]:
    """Targets of 5 (March), 5 again (May), 3 and on the same day 4 (June), 2 (July 2024)."""
    made = new_district()
    home = Home(made.home)
    schools = [{"school_code": "2150100001", "school_name": "东镇小学", "district_code": DISTRICT, "town": "东镇",
                "school_type": "小学", "ownership": "公办"}]  # fmt: skip
    for number, (moment, target) in enumerate(
        (("2024-03-10T08", 5), ("2024-05-05T08", 5), ("2024-06-03T08", 3), ("2024-06-03T09", 4), ("2024-07-01T08", 2))
    ):  # fmt: skip
        site = SITE | {"planned_value": target}
        task = TASK | {"target_value": target, "responsible_person": f"岗位{target}"}
        more = (
            {"schools": schools, "milestones": [MILESTONE | {"planned_on": "2024-04-30"}]}
            if number == 0
            else {}
        )
        if number == 4:
            more = {"milestones": [MILESTONE | {"planned_on": "2024-09-30", "achieved_on": "2024-04-20"}]}
        made.put(f"2024/plan {number}.xlsx", rectification_tasks=[task], vocational_site_plans=[site], **more)
        receive.take_in(home, made.raw, now=dt.datetime.fromisoformat(f"{moment}:00:00+00:00"))
    return home, read_manifest(home)


@pytest.fixture
def resolved(received: tuple[Home, Manifest]) -> Iterator[Callable[[str, bool], duckdb.DuckDBPyConnection]]:
    with duckdb.connect() as con:

        def resolve(day: str, sent_by_then: bool) -> duckdb.DuckDBPyConnection:
            home, manifest = received
            in_force.resolve(
                con, home, manifest, suites.judge, dt.date.fromisoformat(day), sent_by_then=sent_by_then
            )
            return con

        yield resolve


def day(month: int, of_month: int) -> dt.date:
    return dt.date(2024, month, of_month)


@pytest.mark.parametrize(
    ("as_of", "sent_by_then", "in_force_then", "replaced"),
    [
        ("2024-12-31", False, 2, [(5, day(6, 3)), (4, day(7, 1))]),
        ("2024-12-31", True, 2, [(5, day(6, 3)), (4, day(7, 1))]),
        # a release of May that was built later is told everything, and counts it from its own day on
        ("2024-05-31", False, 2, [(5, day(5, 31))]),
        # the report of a later release for a day of May knows what had been sent by then
        ("2024-05-31", True, 5, []),
        ("2024-06-02", True, 5, []),
        ("2024-06-03", True, 4, [(5, day(6, 3))]),
    ],
)
def test_a_statement_holds_until_the_day_on_which_the_next_one_came(
    resolved: Callable[[str, bool], duckdb.DuckDBPyConnection],
    as_of: str,
    sent_by_then: bool,
    in_force_then: int,
    replaced: list[tuple[int, dt.date]],
) -> None:
    con = resolved(as_of, sent_by_then)
    found = con.execute(
        "select target_value, responsible_person from accepted.rectification_tasks"
    ).fetchall()
    assert found == [(in_force_then, f"岗位{in_force_then}")]
    kept = con.execute(
        "select target_value, replaced_on from accepted.replaced_rectification_tasks order by replaced_on"
    ).fetchall()
    assert kept == replaced
    assert con.execute("select planned_value from accepted.vocational_site_plans").fetchall() == [
        (in_force_then,)
    ]
    kept = con.execute(
        "select planned_value, replaced_on from accepted.replaced_vocational_site_plans order by replaced_on"
    ).fetchall()
    assert kept == replaced


def test_what_was_achieved_is_known_for_its_day_whenever_it_was_sent(
    resolved: Callable[[str, bool], duckdb.DuckDBPyConnection],
) -> None:
    con = resolved("2024-05-31", True)
    assert con.execute("select planned_on, achieved_on from accepted.milestones").fetchall() == [
        (day(4, 30), day(4, 20))
    ]
