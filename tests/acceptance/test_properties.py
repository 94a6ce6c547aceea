"""General rules, tried on random districts: every case is a district of its own, many in one run of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.acceptance.test_handbuilt_district import ample_premises, ample_teachers, pupils, school
from tests.conftest import District

# the districts are drawn for the seven judged indicators that they name
pytestmark = pytest.mark.usefixtures("worked_indicators")
Unit = dict[str, Any]
Case = dict[str, Any]

P = "小学"
ORDER = {"not_compliant": 0, "undetermined": 0, "compliant": 1}
THRESHOLD = {"degree": "0.042", "backbone": "0.01", "pe": "0.009", "teaching": "4.5", "ground": "7.5",
             "equipment": "0.2", "rooms": "0.023"}  # fmt: skip
#: What one can add at the least: a teacher, a hundredth of a square metre, a cent (of 10,000 yuan), a room.
STEP = {"degree": "1", "backbone": "1", "pe": "1", "teaching": "0.01", "ground": "0.01", "equipment": "0.000001",
        "rooms": "1"}  # fmt: skip
INDICATOR = {"degree": "above", "backbone": "backbone", "pe": "pe_art", "teaching": "teaching", "ground": "sports",
             "equipment": "equipment", "rooms": "multimedia"}  # fmt: skip
KINDS = {"base": "51", "scaled": "52", "spoilt": "53", "equal": "54", "mended": "55", "one_short": "56"}


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """A school near its thresholds, its figures exact fractions."""
    students = draw(st.integers(60, 900))
    found: Unit = {"students": students}
    for name, threshold in THRESHOLD.items():
        grain = Fraction("0.0001") if name == "equipment" else Fraction(STEP[name])
        need = Fraction(threshold) * students
        found[name] = (need * draw(st.integers(80, 130)) / 100) // grain * grain
    return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Four schools, and one cell of the first that is blank or spoilt."""
    return {
        "units": draw(st.lists(units(), min_size=4, max_size=4)),
        "cell": draw(st.sampled_from([*STEP, "students"])),
        "broken": draw(st.sampled_from([None, "约12", -3, "#N/A", "12人"])),
    }


def gap(unit: Unit, name: str) -> Fraction:
    """What the school is short of, in whole smallest steps, worked in fractions."""
    short = max(Fraction(THRESHOLD[name]) * unit["students"] - unit[name], Fraction(0))
    return -(-short // Fraction(STEP[name])) * Fraction(STEP[name])


def written(value: Any) -> Any:
    """A figure as a cell holds it."""
    return float(value) if isinstance(value, Fraction) and value.denominator > 1 else (
        int(value) if isinstance(value, Fraction) else value
    )  # fmt: skip


def code(kind: str, case: int, number: int) -> str:
    return f"21{KINDS[kind]}{case:04d}{number:02d}"


def build(district: District, world: list[Case]) -> None:
    """Publish each case six times over: as it is, scaled and turned round, spoilt, all equal, mended, one short."""
    feeds: dict[str, list[dict[str, Any]]] = {
        f: [] for f in ("schools", "enrolment", "staffing", "floor_area")
    }

    def add(kind: str, case: int, number: int, u: Unit) -> None:
        c = code(kind, case, number)
        u = {k: written(v) for k, v in u.items()}
        feeds["schools"].append(school(c, P, f"{KINDS[kind]}{case:04d}"))
        feeds["enrolment"].append(pupils(c, P, u["students"]))
        feeds["staffing"].append(
            ample_teachers(c, P, degree=u["degree"], backbone=u["backbone"], pe=u["pe"], music=0, art=0)
        )
        feeds["floor_area"].append(
            ample_premises(
                c, teaching=u["teaching"], ground=u["ground"], equipment=u["equipment"], rooms=u["rooms"]
            )
        )

    for n, case in enumerate(world):
        for i, u in enumerate(case["units"]):
            add("base", n, i, u)
            add("spoilt", n, i, {**u, case["cell"]: case["broken"]} if i == 0 else u)
            add("mended", n, i, {**u, **{k: u[k] + gap(u, k) for k in STEP}})
            short = {k: u[k] + gap(u, k) - Fraction(STEP[k]) for k in STEP if gap(u, k) > 0}
            add("one_short", n, i, {**u, **short})
        for i, u in enumerate(reversed(case["units"])):
            add(
                "scaled",
                n,
                i,
                {**u, **{k: v * 3 for k, v in u.items() if k in ("degree", "backbone", "pe", "rooms")}},
            )
        for i in range(3):
            add("equal", n, i, case["units"][0])
    district.put("2023/world.xlsx", **feeds)
    district.run()


def check_variation(d: District, world: list[Case]) -> None:
    """The coefficient does not depend on scale or order, and is 0 where all are equal."""
    rows = d.ask(
        "select a.coefficient_of_variation as one, b.coefficient_of_variation as other"
        " from marts.fct_district_indicators as a inner join marts.fct_district_indicators as b"
        " on a.indicator_code = b.indicator_code and substr(a.district_code, 3) = substr(b.district_code, 3)"
        " where a.district_code like '51%' and b.district_code like '52%' and a.is_judged"
    )
    assert len(rows) == len(THRESHOLD) * len(world)
    known = [r for r in rows if r["one"] is not None]  # a mean of zero has no coefficient, scaled or not
    assert len(known) >= 5 * len(world)
    assert all(r["other"] is None for r in rows if r["one"] is None)
    assert all(r["one"] == pytest.approx(r["other"], rel=1e-9, abs=1e-12) for r in known)
    equal = d.ask(
        "select coefficient_of_variation as cv from marts.fct_district_indicators"
        " where district_code like '54%' and is_judged and mean_value > 0"
    )
    assert equal
    assert all(r["cv"] == pytest.approx(0, abs=1e-9) for r in equal)


def check_spoilt(d: District, world: list[Case]) -> None:
    """Dropping or spoiling a cell never improves a verdict."""
    rows = d.ask("select school_code, status from marts.fct_school_compliance")
    status = {r["school_code"]: r["status"] for r in rows}
    for n, case in enumerate(world):
        whole, spoilt = status[code("base", n, 0)], status[code("spoilt", n, 0)]
        assert ORDER[spoilt] <= ORDER[whole], case


def check_gaps(d: District, world: list[Case]) -> None:
    """The stated gap is what is missing: adding it meets the threshold, one step less does not."""
    rows = {
        (r["school_code"], name): r
        for r in d.ask("select * from marts.fct_school_indicators where is_judged")
        for name, start in INDICATOR.items()
        if r["indicator_code"].startswith(start)
    }
    tried = 0
    for n, case in enumerate(world):
        for i, u in enumerate(case["units"]):
            for name in STEP:
                factor = 10000 if name == "equipment" else 1
                row, short = rows[code("base", n, i), name], gap(u, name)
                assert row["gap_to_threshold"] == pytest.approx(float(short * factor), abs=1e-6), (name, u)
                assert row["status"] == ("not_met" if short else "met"), (name, u)
                assert rows[code("mended", n, i), name]["status"] == "met", (name, u)
                if short:
                    assert rows[code("one_short", n, i), name]["status"] == "not_met", (name, u)
                    tried += 1
    assert tried > len(world)


def check(new_district: Callable[[], District], world: list[Case]) -> None:
    district = new_district()
    build(district, world)
    check_variation(district, world)
    check_spoilt(district, world)
    check_gaps(district, world)


WORLDS = st.lists(cases(), min_size=10, max_size=10)
ONCE = {
    "deadline": None,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
    "database": None,
}


@settings(max_examples=2, derandomize=True, **ONCE)
@given(world=WORLDS)
def test_general_rules_hold_for_random_districts(
    new_district: Callable[[], District], world: list[Case]
) -> None:
    check(new_district, world)


@pytest.mark.slow
@settings(max_examples=20, **ONCE)
@given(world=WORLDS)
def test_general_rules_hold_for_many_random_districts(
    new_district: Callable[[], District], world: list[Case]
) -> None:
    check(new_district, world)
