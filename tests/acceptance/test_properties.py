"""General rules, tried on many random districts at once: each case is a district of its own in one run."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from tests.acceptance.test_handbuilt_district import area, pupils, school, staff
from tests.conftest import District

CASES = 40
P = "小学"
ORDER = {"not_compliant": 0, "undetermined": 0, "compliant": 1}


def unit(rng: random.Random) -> dict[str, Any]:
    """A random school near its thresholds."""
    n = rng.randint(60, 900)

    def near(threshold: str, step: str) -> Fraction:
        steps = int(Fraction(threshold) * n * Fraction(rng.randint(80, 130), 100) / Fraction(step))
        return steps * Fraction(step)

    return {
        "students": n,
        "degree": int(near("0.042", "1")),
        "backbone": int(near("0.01", "1")),
        "pe": int(near("0.009", "1")),
        "teaching": float(near("4.5", "0.01")),
        "ground": float(near("7.5", "0.01")),
        "equipment": float(near("0.2", "0.0001")),
        "rooms": int(near("0.023", "1")),
    }


def add(
    feeds: dict[str, list[dict[str, Any]]], district: str, code: str, u: dict[str, Any], **broken: Any
) -> None:
    """Put a school's rows into the feeds; `broken` replaces single cells."""
    u = {**u, **broken}
    feeds["schools"].append(school(code, P, district))
    feeds["enrolment"].append(pupils(code, P, u["students"]))
    feeds["staffing"].append(
        staff(code, P, degree=u["degree"], backbone=u["backbone"], pe=u["pe"], music=0, art=0)
    )
    feeds["floor_area"].append(
        area(code, teaching=u["teaching"], ground=u["ground"], equipment=u["equipment"], rooms=u["rooms"])
    )


def feeds_of() -> dict[str, list[dict[str, Any]]]:
    return {"schools": [], "enrolment": [], "staffing": [], "floor_area": []}


def code(case: int, number: int) -> str:
    return f"21{case:05d}{number:03d}"


STEP = {"degree": 1, "backbone": 1, "pe": 1, "teaching": Fraction(1, 100), "ground": Fraction(1, 100),
        "equipment": Fraction(1, 1_000_000), "rooms": 1}  # fmt: skip
INDICATOR = {"degree": "above", "backbone": "backbone", "pe": "pe_art", "teaching": "teaching", "ground": "sports",
             "equipment": "equipment", "rooms": "multimedia"}  # fmt: skip


@pytest.fixture(scope="module")
def world(new_district: Callable[[], District]) -> tuple[District, dict[str, Any]]:
    """Districts 510001…: four schools. 520001…: the same scaled and in another order. 530001…: one cell spoilt."""
    rng = random.Random(20231)
    d = new_district()
    feeds = feeds_of()
    cases: dict[str, Any] = {}
    for case in range(CASES):
        units = [unit(rng) for _ in range(4)]
        cell = rng.choice([*STEP, "students"])
        broken = rng.choice([None, "约12", -3, "#N/A"])
        cases[f"{case:04d}"] = {"units": units, "cell": cell, "broken": broken}
        for number, u in enumerate(units):
            add(feeds, f"51{case:04d}", code(case, number), u)
        for number, u in enumerate(reversed(units)):
            scaled = {k: v * 3 if k in ("degree", "backbone", "pe", "rooms") else v for k, v in u.items()}
            add(feeds, f"52{case:04d}", code(10000 + case, number), scaled)
        for number, u in enumerate(units):
            spoilt = {cell: broken} if number == 0 else {}
            add(feeds, f"53{case:04d}", code(20000 + case, number), u, **spoilt)
        for number in range(3):
            add(feeds, f"54{case:04d}", code(30000 + case, number), units[0])
    d.put("2023/world.xlsx", **feeds)
    d.run()
    return d, cases


def test_variation_does_not_depend_on_scale_or_order(world: tuple[District, dict[str, Any]]) -> None:
    d, _ = world
    rows = d.ask(
        "select a.coefficient_of_variation as one, b.coefficient_of_variation as other"
        " from marts.fct_district_indicators as a inner join marts.fct_district_indicators as b"
        " on a.indicator_code = b.indicator_code and substr(a.district_code, 3) = substr(b.district_code, 3)"
        " where a.district_code like '51%' and b.district_code like '52%' and a.is_judged"
    )
    assert len(rows) == 7 * CASES
    assert all(r["one"] == pytest.approx(r["other"], rel=1e-9) for r in rows)


def test_variation_is_zero_when_all_are_equal(world: tuple[District, dict[str, Any]]) -> None:
    d, _ = world
    rows = d.ask(
        "select coefficient_of_variation as cv from marts.fct_district_indicators"
        " where district_code like '54%' and is_judged and mean_value > 0"
    )
    assert len(rows) > 6 * CASES  # a mean of zero has no coefficient
    assert all(r["cv"] == pytest.approx(0, abs=1e-9) for r in rows)


def test_spoiling_or_dropping_a_cell_never_improves_a_verdict(world: tuple[District, dict[str, Any]]) -> None:
    d, cases = world
    rows = d.ask("select school_code, status from marts.fct_school_compliance")
    status = {r["school_code"]: r["status"] for r in rows}
    for case in range(CASES):
        whole, spoilt = status[code(case, 0)], status[code(20000 + case, 0)]
        assert ORDER[spoilt] <= ORDER[whole], cases[f"{case:04d}"]
        if whole == "not_compliant":
            assert spoilt in ("not_compliant", "undetermined")


def test_the_stated_gap_is_exactly_what_is_missing(world: tuple[District, dict[str, Any]]) -> None:
    d, cases = world
    thresholds = {"degree": "0.042", "backbone": "0.01", "pe": "0.009", "teaching": "4.5", "ground": "7.5",
                  "equipment": "0.2", "rooms": "0.023"}  # fmt: skip
    rows = {
        (r["school_code"], r["indicator_code"]): r
        for r in d.ask("select * from marts.fct_school_indicators where district_code like '51%'")
    }
    tried = 0
    for case in range(CASES):
        for number, u in enumerate(cases[f"{case:04d}"]["units"]):
            for name, step in STEP.items():
                row = next(
                    r
                    for (c, i), r in rows.items()
                    if c == code(case, number) and i.startswith(INDICATOR[name])
                )
                have = Fraction(str(u[name]))
                need = Fraction(thresholds[name]) * u["students"]
                short = max(need - have, Fraction(0))
                steps = -(-short // Fraction(step))
                factor = 10000 if name == "equipment" else 1
                assert row["gap_to_threshold"] == pytest.approx(float(steps * step * factor), abs=1e-6), (
                    name,
                    u,
                )
                assert row["status"] == ("met" if have >= need else "not_met")
                tried += steps > 0
    assert tried > 100
