"""No hazard is overdue where schools have said that they found none; before they have said so, it isn't known."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts

#: District → the schools that say in a month what they checked, and those that say that there was no hazard.
SPOKEN: dict[str, tuple[set[str], set[str]]] = {
    "500101": ({"1", "2"}, set()),
    "500102": ({"1"}, {"2"}),
    "500103": (set(), {"1", "2"}),
    "500104": ({"1"}, set()),
    "500105": (set(), set()),
}
CHECKS = ("daily_check", "weekly_check", "monthly_check")


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(2023, as_of="2024-05-20")
    for district, (checked, nil) in SPOKEN.items():
        for number in ("1", "2"):
            code = f"{district}{number}"
            a.add("schools", {"school_code": code, "school_name": f"校{number}", "district_code": district, "town": "东镇",
                              "school_type": "primary", "ownership": "public"})  # fmt: skip
            for month in ("2024-03", "2024-04"):
                if number in checked:
                    a.add("safety_duties", *({"school_code": code, "reporting_month": month, "duty": duty, "due": 31, "done": 31}
                                             for duty in CHECKS))  # fmt: skip
                if number in nil:
                    a.add("nil_returns", {"feed": "hazards", "district_code": district, "school_code": code,
                                          "reporting_month": month})  # fmt: skip
        a.add("rectification_tasks", {"district_code": district, "item_number": "1", "measure_number": 1, "measure_zh": "措施",
              "begun_on": "2024-03-01", "proof_kind": "figure", "figure_code": "overdue_hazards", "target_value": 0.0})  # fmt: skip
        a.add("rectification_progress", {"district_code": district, "item_number": "1", "measure_number": 1,
              "reporting_month": "2024-05", "reported_on": "2024-05-10", "reported_state": "closed", "reviewer": "复核岗",
              "reviewed_on": "2024-05-15", "review_result": "passed"})  # fmt: skip
    folder = tmp_path_factory.mktemp("none_found")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_rectification_measures"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


@pytest.mark.parametrize(
    ("district", "shown"),
    [
        ("500101", (0.0, 2, 2, "closed", None)),
        ("500102", (0.0, 2, 2, "closed", None)),
        ("500103", (0.0, 2, 2, "closed", None)),
        ("500104", (0.0, 1, 2, "in_progress", "incomplete_reports")),
        ("500105", (None, None, None, "in_progress", "not_available")),
    ],
)
def test_none_is_overdue_where_every_school_has_spoken(
    marts: Marts, district: str, shown: tuple[Any, ...]
) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where district_code = ? and reporting_month = '2024-05'",
        district,
    )
    columns = ("figure_value", "reports_available", "reports_due", "state", "refusal_code")
    assert tuple(row[column] for column in columns) == shown
