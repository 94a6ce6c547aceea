"""What equals its limit has reached it, and a milestone is due, done or not, once its day has passed."""

from __future__ import annotations

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, build_marts

#: District → outlay of 2023 and 2024, growth of the city, and how far the district's is above it, by hand.
GROWTHS = {
    "500101": (100, 115, 0.15, 0.0),
    "500102": (100, 110, 0.10, 0.0),
    "500103": (100, 107, 0.07, 0.0),
    "500104": (3_000_000_000.0, 3_210_000_000.0, 0.07, 0.0),
    "500105": (100, 95, -0.05, 0.0),
    "500106": (100, 100.01, 0.0001, 0.0),
    "500107": (100, 115, 0.1501, -0.0001),
    "500108": (100, 115.01, 0.15, 0.0001),
    "500109": (100, 100, 0.0, 0.0),
}
MILESTONES = "500110"


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2025-03-31")
    plan = {
        "item_number": "1",
        "measure_number": 1,
        "measure_zh": "措施",
        "begun_on": "2024-03-01",
        "proof_kind": "figure",
    }
    for district, (before, after, city, _) in GROWTHS.items():
        a.add("district_figures", *(
            {"district_code": district, "figure_year": year, "figure_code": code, "figure": float(value)}
            for year, code, value in ((2023, "education_outlay_yuan", before), (2024, "education_outlay_yuan", after),
                                      (2024, "city_education_outlay_growth", city))
        ))  # fmt: skip
        a.add("rectification_tasks", {**plan, "district_code": district, "target_value": 0.0,
                                      "figure_code": "education_outlay_growth_above_city"})  # fmt: skip
    # two milestones of one day, one of them done on it, after two of January, one of them done in time
    a.add("milestones", *({"district_code": MILESTONES, "item_number": "1", "measure_number": 1, "milestone_number": number,
                           "milestone_zh": "节点", "department": "教委", "planned_on": planned, "achieved_on": achieved}
                          for number, planned, achieved in (("1", "2025-01-10", "2025-01-10"), ("2", "2025-01-20", None),
                                                            ("3", "2025-02-28", "2025-02-28"), ("4", "2025-02-28", None))))  # fmt: skip
    a.add("rectification_tasks", {**plan, "district_code": MILESTONES, "target_value": 1.0, "lead_department": "教委",
                                  "figure_code": "milestones_due_achieved_share"})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("equal"))


@pytest.mark.parametrize("district", GROWTHS)
def test_a_growth_that_equals_the_city_s_reaches_it(marts: Marts, district: str) -> None:
    row = marts.one(
        "select figure_value, figure_status from marts.fct_rectification_measures"
        " where district_code = ? and reporting_month = '2025-03'",
        district,
    )
    above = GROWTHS[district][3]
    assert row["figure_value"] == pytest.approx(above, abs=1e-12)
    assert row["figure_status"] == ("met" if above >= 0 else "not_met")


@pytest.mark.parametrize(("month", "done", "due"), [("2025-01", 1, 2), ("2025-02", 1, 2), ("2025-03", 2, 4)])
def test_a_milestone_is_due_done_or_not_once_its_day_has_passed(
    marts: Marts, month: str, done: int, due: int
) -> None:
    proof = marts.one(
        "select figure_numerator, figure_denominator from marts.fct_rectification_measures"
        " where district_code = ? and reporting_month = ?",
        MILESTONES, month,
    )  # fmt: skip
    assert (proof["figure_numerator"], proof["figure_denominator"]) == (done, due)
    department = marts.one(
        "select milestones_on_time, milestones_due from marts.fct_department_progress"
        " where district_code = ? and reporting_month = ?",
        MILESTONES, month,
    )  # fmt: skip
    assert (department["milestones_on_time"], department["milestones_due"]) == (done, due)
