"""National statistics forms through a whole release: figures, and the road back to their cells."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dagster_project import run
from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.questions.trace import compare_with_vault, trace_figure
from tests.intake.bad_files import workbook

FORMS = Path(__file__).parents[1] / "fixtures" / "national_forms"

TEMPLATE = [
    ["学校标识码", "学段", "专任教师数", "高于规定学历教师数", "县级以上骨干教师数", "体育专任教师数", "音乐专任教师数", "美术专任教师数"],
    ["12500115MB1C234567", "初中", 51, 32, 12, 6, 2, 3],
]  # fmt: skip
CROSSWALK = [
    ["学校标识码", "统一社会信用代码", "启用日期"],
    ["3199000003", "12500115MB1C234567", "2020-09-01"],
]
TEMPLATE_FIRST = """
feeds:
  staffing:
    columns:
      backbone_teachers: [own_template, statistics_form, other_table, roster]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A release from the forms of eight schools of 2023, three of 2021 and two of 2020.

    One school of 2023 also sent a template with 12 backbone teachers where its forms say none; for that column the
    district lets templates go first. The template has the school's credit code, which the crosswalk knows.
    """
    root = tmp_path_factory.mktemp("forms")
    for year in ("2020", "2021", "2023"):
        shutil.copytree(FORMS / year, root / "raw" / year)
    (root / "raw" / "2023" / "填报.xlsx").write_bytes(workbook(TEMPLATE))
    (root / "raw" / "2023" / "学校代码对照.xlsx").write_bytes(workbook(CROSSWALK))
    (root / "raw" / "precedence.yml").write_text(TEMPLATE_FIRST, encoding="utf-8")
    run.run(root / "raw", root / "home", as_of=dt.date(2023, 12, 31), parts=frozenset())
    return Home(root / "home")


def test_all_files_and_rows_are_in_force_and_nothing_is_wrong(home: Home) -> None:
    folder = home.current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as con:
        severities = con.execute("select distinct severity from marts.fct_problems").fetchall()
        schools = con.execute(
            "select count(*) from marts.dim_schools where school_year = 2023 and not is_carried_on"
        ).fetchone()
    assert {s for (s,) in severities} <= {"warn"}
    assert schools == (7,)


def test_an_indicator_of_the_forms_is_the_one_worked_by_hand(home: Home) -> None:
    """(5,086.28 − 38.5) ÷ 893 m² per pupil; (6 + 3 + 3 + 1) ÷ 893 × 100 teachers; 9 ÷ 893 × 100."""
    folder = home.current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as con:
        found = dict(
            con.execute(
                "select indicator_code, value from marts.fct_school_indicators"
                " where school_year = 2023 and school_code = '2199000002' and value is not null"
            ).fetchall()
        )
    assert found["teaching_area_m2_per_student"] == pytest.approx((5086.28 - 38.5) / 893)
    assert found["pe_art_teachers_per_100_students"] == pytest.approx(13 / 893 * 100)
    assert found["backbone_teachers_per_100_students"] == pytest.approx(9 / 893 * 100)


def test_a_figure_of_two_sources_leads_to_the_file_that_goes_first_for_its_column(home: Home) -> None:
    """12 backbone teachers of the template, and the forms' 759 pupils."""
    database = home.analyst / str(home.release_in_force()) / "marts.duckdb"
    trace = trace_figure(
        database, "3199000003", "backbone_teachers_per_100_students", 2023, "junior_secondary"
    )
    assert trace.value == pytest.approx(12 / 759 * 100)
    assert any("A2 填的是 12500115MB1C234567，按 3199000003 采用" in note for note in trace.notes)
    places = {c.role: (c.source_file, c.cell) for c in trace.cells}
    assert places["numerator_term"] == ("2023/填报.xlsx", "E2")
    assert str(places["denominator"][0]).endswith("第二中学（初级中学）.xlsx")
    with open_marts(database) as con:
        compared = con.execute(
            "select source_zh, figure, other_source_zh, other_figure, status from marts.fct_source_comparison"
            " where school_code = '3199000003' and column_name = 'backbone_teachers'"
        ).fetchall()
    assert compared == [("填报表", 12, "教育事业统计报表", 0, "different")]


def test_every_figure_leads_to_cells_that_hold_it(home: Home) -> None:
    database = home.analyst / str(home.release_in_force()) / "marts.duckdb"
    with open_marts(database) as con:
        keys = con.execute(
            "select distinct school_code, indicator_code, school_year, stage from marts.fct_school_indicators"
            " where value is not null and school_year in (2020, 2021, 2023) order by all"
        ).fetchall()
    compared = 0
    for school_code, indicator_code, school_year, stage in keys:
        trace = trace_figure(database, school_code, indicator_code, school_year, stage)
        cells, differences = compare_with_vault(home, trace)
        assert differences == []
        compared += cells
    assert compared > 100
