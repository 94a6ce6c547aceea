"""Why a figure changed: parts that sum to the whole, each planted cause in its own part."""

from __future__ import annotations

import math
from copy import deepcopy
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import duckdb
import pandas as pd
import pytest

from dagster_project.core.errors import UsageError
from dagster_project.warehouse.causes import PARTS, Side, split_changes

INDICATORS = [f"indicator_{n}" for n in range(7)]
#: school → indicator → (numerator, students); value None is a missing figure
Data = dict[str, dict[str, tuple[float | None, float]]]
NEEDED, FLOOR = 6, 0.85


def write(path: Path, years: dict[int, Data], thresholds: dict[int, dict[str, float]]) -> Path:
    """A database with just the marts' columns that the split reads."""
    rows = []
    for year, data in years.items():
        for school, figures in data.items():
            for code, (numerator, students) in figures.items():
                value = None if numerator is None else 100 * numerator / students
                rows.append(
                    (
                        year,
                        "500101",
                        "primary",
                        code,
                        school,
                        numerator,
                        students,
                        value,
                        thresholds[year][code],
                    )
                )
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_school_indicators (school_year int, district_code varchar, stage varchar,"
            " indicator_code varchar, school_code varchar, numerator double, denominator double, value double,"
            " threshold double, is_judged boolean default true, scope varchar default 'in_scope')"
        )
        con.executemany(
            "insert into marts.fct_school_indicators (school_year, district_code, stage, indicator_code,"
            " school_code, numerator, denominator, value, threshold) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        con.execute(
            "create table marts.dim_indicators as select unnest(?) as indicator_code, 100.0 as scale, 'at_least' as direction",
            [INDICATORS],
        )
        con.execute(
            "create table marts.dim_standards as select * from (values"
            f" ('indicators_needed', 'primary', true, 2000, null::int, {NEEDED}.0),"
            f" ('floor_ratio', 'primary', true, 2000, null::int, {FLOOR}))"
            " as t(measure, stage, is_judged, valid_from, valid_to, threshold)"
        )
    return path


def draw(rng: Random, schools: list[str]) -> Data:
    return {
        s: {
            c: (None if rng.random() < 0.05 else rng.uniform(1, 9), rng.randrange(50, 900))
            for c in INDICATORS
        }
        for s in schools
    }


def limits(value: float) -> dict[str, float]:
    return dict.fromkeys(INDICATORS, value)


def parts(frame: pd.DataFrame, measure: str, indicator: str = "indicator_0") -> dict[str, float]:
    code = "" if measure == "compliance_rate" else indicator
    row = frame[(frame["measure"] == measure) & (frame["indicator_code"] == code)].iloc[0]
    return {name: float(row[name]) for name in (*PARTS, "change")}


def only(found: dict[str, float], part: str) -> bool:
    return math.isclose(found[part], found["change"], abs_tol=1e-12) and all(
        abs(found[p]) < 1e-12 for p in PARTS if p != part
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_parts_sum_to_the_whole_on_random_pairs(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    names = [f"s{n}" for n in range(30)]
    earlier = write(tmp_path / "a.duckdb", {2022: draw(rng, rng.sample(names, 20))}, {2022: limits(1.0)})
    later = write(
        tmp_path / "b.duckdb",
        {2022: draw(rng, rng.sample(names, 22)), 2023: draw(rng, rng.sample(names, 21))},
        {2022: limits(1.0), 2023: limits(1.3)},
    )
    found = split_changes(Side(earlier, 2022), Side(later, 2023))
    assert len(found) == 3 * 7 + 1
    assert ((found[list(PARTS)].sum(axis=1, skipna=False) - found["change"]).abs() < 1e-12).all()
    assert (found["value_after"] - found["value_before"] - found["change"]).abs().max() < 1e-12


@pytest.fixture
def base() -> Data:
    return draw(Random(7), [f"s{n}" for n in range(12)])


def explain(tmp_path: Path, before: Data, again: Data, after: Data, old: float = 1.0, new: float = 1.0, year: int = 2023) -> pd.DataFrame:  # fmt: skip
    folder = Path(mkdtemp(dir=tmp_path))
    a = write(folder / "a.duckdb", {2022: before}, {2022: limits(old)})
    years = {2022: again, 2023: after} if year == 2023 else {2022: again}
    b = write(folder / "b.duckdb", years, {2022: limits(new if year == 2022 else old), 2023: limits(new)})
    return split_changes(Side(a, 2022), Side(b, year))


def test_a_changed_standard_is_rule(tmp_path: Path, base: Data) -> None:
    found = explain(tmp_path, base, base, base, old=0.5, new=2.5)
    assert parts(found, "met_share")["change"] < 0 and only(parts(found, "met_share"), "rule_change")
    assert parts(found, "mean_value")["change"] == 0


def test_a_corrected_figure_of_the_earlier_year_is_correction(tmp_path: Path, base: Data) -> None:
    mended = deepcopy(base)
    mended["s3"]["indicator_0"] = (40.0, 300)
    found = explain(tmp_path, base, mended, mended)
    assert parts(found, "mean_value")["change"] > 0 and only(parts(found, "mean_value"), "correction_change")


def test_a_school_that_came_or_went_is_the_set_of_schools(tmp_path: Path, base: Data) -> None:
    after = deepcopy(base)
    after["new"] = {c: (20.0, 500) for c in INDICATORS}
    del after["s0"]
    assert only(parts(explain(tmp_path, base, base, after), "mean_value"), "school_set_change")


def test_what_schools_really_did_is_real(tmp_path: Path, base: Data) -> None:
    after = deepcopy(base)
    after["s5"]["indicator_0"] = (30.0, 200)
    found = parts(explain(tmp_path, base, base, after), "mean_value")
    assert found["change"] > 0 and only(found, "real_change")


def test_within_one_year_a_resubmission_is_a_correction_and_nothing_is_real(
    tmp_path: Path, base: Data
) -> None:
    again = deepcopy(base)
    again["s1"]["indicator_0"] = (25.0, 100)
    again["s2"]["indicator_0"] = (7.0, 100)  # was drawn, or missing, before
    again["late"] = {c: (5.0, 100) for c in INDICATORS}
    found = explain(tmp_path, base, again, again, year=2022)
    assert (found["real_change"].abs() < 1e-12).all()
    assert parts(found, "mean_value")["correction_change"] != 0
    assert parts(found, "mean_value")["school_set_change"] != 0


def test_a_return_that_is_missing_is_reporting_and_nothing_real(tmp_path: Path) -> None:
    """Of three schools with 2, 4 and 6 per 100 (mean 4) the last doesn't report: the mean of 3 is no real change."""
    before: Data = {s: dict.fromkeys(INDICATORS, (n, 100.0)) for s, n in (("a", 2.0), ("b", 4.0), ("c", 6.0))}
    silent: Data = {**before, "c": dict.fromkeys(INDICATORS, (None, 100.0))}
    gone = explain(tmp_path, before, before, silent)
    assert parts(gone, "mean_value")["change"] == -1 and only(parts(gone, "mean_value"), "reporting_change")
    assert only(parts(gone, "compliance_rate"), "reporting_change")
    back = explain(tmp_path, silent, silent, before)
    assert parts(back, "mean_value")["change"] == 1 and only(parts(back, "mean_value"), "reporting_change")
    # "a" went from 2 to 4 meanwhile: without "c" the mean is 3 before and 4 after
    risen = {**silent, "a": dict.fromkeys(INDICATORS, (4.0, 100.0))}
    both = parts(explain(tmp_path, before, before, risen), "mean_value")
    assert (both["change"], both["reporting_change"], both["real_change"]) == (0, -1, 1)


def test_a_return_that_came_late_for_the_same_year_is_no_correction(tmp_path: Path) -> None:
    full: Data = {s: dict.fromkeys(INDICATORS, (n, 100.0)) for s, n in (("a", 2.0), ("b", 4.0), ("c", 6.0))}
    silent: Data = {**full, "c": dict.fromkeys(INDICATORS, (None, 100.0))}
    found = parts(explain(tmp_path, silent, full, full, year=2022), "mean_value")
    assert found["change"] == 1 and only(found, "reporting_change")


def test_compliance_by_hand(tmp_path: Path) -> None:
    good = {c: (2.0, 100) for c in INDICATORS}
    below = {
        **good,
        "indicator_0": (0.8, 100),
        "indicator_1": (0.9, 100),
    }  # 80 % of the first threshold: below the floor
    found = explain(tmp_path, {"a": good, "b": below}, {"a": good, "b": good}, {"a": good, "b": good})
    split = parts(found, "compliance_rate")
    assert (split["change"], split["correction_change"]) == (0.5, 0.5)


def test_a_year_without_figures_is_refused(tmp_path: Path, base: Data) -> None:
    a = write(tmp_path / "a.duckdb", {2022: base}, {2022: limits(1)})
    with pytest.raises(UsageError, match="2021 学年"):
        split_changes(Side(a, 2021), Side(a, 2022))
