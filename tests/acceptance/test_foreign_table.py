"""A foreign table goes through the whole pipeline: a synthetic one always, the real one where it lies."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.core.homes import PROJECT_ROOT
from tests.conftest import District

SYNTHETIC = PROJECT_ROOT / "tests" / "fixtures" / "synthetic_elementary_schools.csv"
REAL = PROJECT_ROOT.parent / "shared" / "real" / "g0v_tw_elementary_113.csv"
TEACHERS = "indicator_code = 'full_time_teachers_per_100_students'"


def published(new_district: Callable[[], District], source: Path) -> District:
    district = new_district()
    (district.raw / "2024").mkdir()
    shutil.copyfile(source, district.raw / "2024" / source.name)
    district.run()
    return district


def test_a_synthetic_table_gives_classes_pupils_teachers_and_variation(
    new_district: Callable[[], District],
) -> None:
    d = published(new_district, SYNTHETIC)
    rows = {r["school_code"]: r for r in d.ask(f"select * from marts.fct_school_indicators where {TEACHERS}")}
    assert rows["011301"]["value"] == pytest.approx(100 * 25 / 500)  # 25 teachers, 500 pupils
    assert rows["011302"]["value"] == pytest.approx(100 * 12 / 114)  # 12 teachers, 6 × 19 pupils
    assert rows["011303"]["status"] == "not_applicable"  # no pupils
    county = d.one(
        f"select * from marts.fct_district_indicators where district_code = '虛構甲縣' and {TEACHERS}"
    )
    assert county["mean_value"] == pytest.approx(100 * 37 / 614)
    assert county["schools_available"] == 2
    assert (
        d.one("select count(*) as n from marts.fct_problems where rule_code = 'CLASS_SIZES_WITHOUT_CLASSES'")[
            "n"
        ]
        == 1
    )


@pytest.mark.skipif(not REAL.exists(), reason="the real open table lies outside the project and is not here")
def test_the_real_table_reconciles_with_its_published_totals(new_district: Callable[[], District]) -> None:
    d = published(new_district, REAL)
    assert (
        d.one(f"select sum(denominator) as n from marts.fct_school_indicators where {TEACHERS}")["n"]
        == 1_202_761
    )
    sizes = d.one("select sum(classes) as n, count(*) as counties from marts.fct_district_class_sizes")
    assert (sizes["n"], sizes["counties"]) == (52_398, 22)
    county = d.one(
        f"select * from marts.fct_district_indicators where district_code = '高雄市' and {TEACHERS}"
    )
    assert round(county["coefficient_of_variation"], 3) == 0.437
    empty = d.one("select count(*) as n from marts.fct_school_compliance where status = 'not_applicable'")
    assert empty["n"] == 13
