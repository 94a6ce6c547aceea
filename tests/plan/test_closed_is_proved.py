"""Whatever cell is blank, a measure that its figure doesn't carry is refused, and the rest of the district is published."""

from __future__ import annotations

from itertools import product

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, build_marts

#: Pupils tested (blank, a school's worth, a city's worth), year of the survey, share; the measure begins in March 2024
#: and needs 85 %.
CASES = list(product((None, 480, 100_000), (2022, 2024), (0.5, 0.9, 1.0)))

#: By hand, Wilson's interval of 480 pupils at 90 %: (0.9 + 3.8416/960 - 1.96 · sqrt(0.09/480 + 3.8416/921600)) /
#: (1 + 3.8416/480) = 86.99 %, so even the lower end is above 85 %.
CLOSED = set(product((480, 100_000), (2024,), (0.9, 1.0)))


def district(number: int) -> str:
    return str(500101 + number)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """One district per case; the data tests of the models run with the build, which one finding would stop."""
    a = Accepted(as_of="2025-06-30")
    for number, (students, year, share) in enumerate(CASES):
        code = district(number)
        a.add("monitoring_results", {"district_code": code, "figure_year": year, "stage": "primary", "subject": "english",
                                     "population": "district", "students": students, "level_three_share": share})  # fmt: skip
        a.add("rectification_tasks", {"district_code": code, "item_number": "1", "measure_number": 1, "area_zh": "领域",
              "item_title_zh": "事项", "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "figure",
              "figure_code": "english_level_three_share", "target_value": 0.85})  # fmt: skip
        a.add("rectification_progress", {"district_code": code, "item_number": "1", "measure_number": 1,
              "reporting_month": "2025-02", "reported_on": "2025-02-10", "reported_state": "closed", "reviewer": "复核岗",
              "reviewed_on": "2025-02-20", "review_result": "passed"})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("proved"))


def test_a_share_closes_a_measure_only_with_its_denominator_after_its_begin_and_beyond_its_error(
    marts: Marts,
) -> None:
    rows = marts.ask(
        "select district_code from marts.fct_rectification_measures where reporting_month = '2025-06'"
        " and state = 'closed'"
    )
    assert {r["district_code"] for r in rows} == {
        district(n) for n, case in enumerate(CASES) if case in CLOSED
    }


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_the_ledger_says_that_the_denominator_is_blank(marts: Marts, share: float) -> None:
    row = marts.one(
        "select * from marts.fct_rectification_measures where reporting_month = '2025-06' and district_code = ?",
        district(CASES.index((None, 2024, share))),
    )
    assert (row["state"], row["refusal_code"], row["figure_value"], row["figure_status"]) == (
        "in_progress",
        "no_denominator",
        share,
        "not_available",
    )
    assert "参测学生数" in row["refusal_zh"]
