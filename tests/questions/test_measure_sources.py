"""The cells given for the figure of a measure are those of the rows that it counts, and of no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import questions
from dagster_project.core.duck import PARAMETER, open_marts, read_sql, rows
from dagster_project.core.homes import Home
from dagster_project.questions.measure_sources import MeasureCell, blocks, cells_of_measure, places_zh
from dagster_project.warehouse.release import analyst_database

Row = dict[str, Any]
DAY = dt.date(2025, 12, 31)


@pytest.fixture(scope="module")
def con(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts(analyst_database(Home(sample_home))) as opened:
        yield opened


@pytest.fixture(scope="module")
def measures(con: duckdb.DuckDBPyConnection) -> dict[str, Row]:
    """The newest row of each measure that has a figure, by its number."""
    found = rows(
        con,
        "from marts.fct_rectification_measures where figure_value is not null"
        " qualify row_number() over (partition by item_number, measure_number order by reporting_month desc) = 1",
    )
    return {f"{row['item_number']}.{row['measure_number']}": row for row in found}


class Listed:
    """Accepted rows that the cells of a measure stand in, each once, and what the register says of their schools."""

    def __init__(self, con: duckdb.DuckDBPyConnection, measure: Row) -> None:
        self.measure, self.con = measure, con
        self.cells: list[MeasureCell] = cells_of_measure(
            con, measure["district_code"], measure["item_number"], measure["measure_number"]
        )
        places = {(c.feed, c.sha256, c.source_file, c.sheet_of_row, c.row_number, c.part) for c in self.cells}
        self.rows: list[Row] = []
        for feed in {place[0] for place in places}:
            own = {place[1:] for place in places if place[0] == feed}
            self.rows += [
                {"feed": feed, **row}
                for row in rows(con, f"from accepted.{feed}")
                if tuple(row[n] for n in ("sha256", "source_file", "sheet", "row_number", "part")) in own
            ]
        year = measure["figure_observed_on"].year
        self.schools = {
            row["school_code"]: row for row in rows(con, f"from marts.dim_schools where school_year = {year}")
        }

    def total(self, column: str, counts: Callable[[Row], bool] = lambda _: True) -> float:
        return float(sum(row[column] for row in self.rows if counts(row)))

    def ask(self, sql: str) -> list[Row]:
        return rows(self.con, sql)


def groups(x: Listed) -> float:
    teams: dict[tuple[str, str], list[Row]] = {}
    for row in x.rows:
        teams.setdefault((row["group_kind"], row["group_name"]), []).append(row)
    assert all({"lead", "member"} <= {row["group_role"] for row in team} for team in teams.values())
    return len(teams)


def kindergartens(x: Listed) -> float:
    return len(
        {r["school_code"] for r in x.rows if x.schools[r["school_code"]]["school_type"] == "kindergarten"}
    )


def outlay(x: Listed) -> dict[tuple[str, int], float]:
    return {(row["figure_code"], row["figure_year"]): row["figure"] for row in x.rows}


def growth_above_city(x: Listed) -> float:
    spent = outlay(x)
    new, old = spent["education_outlay_yuan", 2024], spent["education_outlay_yuan", 2023]
    return new / old - 1 - spent["city_education_outlay_growth", 2024]


def never_decrease(x: Listed) -> float:
    spent = outlay(x)
    assert len(spent) == 4
    new, old = (
        [
            spent["education_outlay_yuan", year],
            spent["education_outlay_yuan", year] / spent["enrolled_students", year],
        ]
        for year in (2024, 2023)
    )
    return sum(a >= b for a, b in zip(new, old, strict=True))


def inclusive(x: Listed) -> float:
    counted = x.total(
        "children",
        lambda r: (
            x.schools[r["school_code"]]["ownership"] == "public" or r["inclusive_assessment"] == "passed"
        ),
    )
    return counted / x.total("children")


def oversized(x: Listed) -> float:
    """Students of each school, from the enrolment rows, or from the classes of a school without them."""
    sizes: dict[str, float] = {}
    for row in x.rows:
        unit = x.schools[row["school_code"]]["unit_school_code"]
        sizes[unit] = sizes.get(unit, 0) + row["students"]
    known = x.ask("from marts.fct_school_sizes where school_year = 2025 and status <> 'not_available'")
    assert sizes == {row["school_code"]: row["students"] for row in known}
    assert len(sizes) == x.measure["figure_denominator"]
    return sum(sizes[row["school_code"]] > row["largest_size"] for row in known)


def vocational_schools(x: Listed) -> float:
    """Schools with all of the conditions that are shares of their own premises within their limits."""
    worked = {
        "campus_area_m2_per_student": lambda r: r["owned_campus_area_m2"] / r["students"],
        "floor_area_m2_per_student": lambda r: r["owned_floor_area_m2"] / r["students"],
        "books_per_student": lambda r: r["books"] / r["students"],
    }
    verdicts = x.ask("from marts.fct_vocational_conditions where school_year = 2025")
    schools = {row["school_code"]: row for row in x.rows}
    assert set(schools) == {
        v["school_code"] for v in verdicts if v["status_owned_only"] in ("met", "not_met")
    }
    for verdict in verdicts:
        if verdict["condition_code"] in worked and verdict["school_code"] in schools:
            value = worked[verdict["condition_code"]](schools[verdict["school_code"]])
            assert verdict["value_owned_only"] == pytest.approx(value)
    failed = {v["school_code"] for v in verdicts if v["status_owned_only"] == "not_met"}
    return len(set(schools) - failed) / len(schools)


def compliant(x: Listed) -> float:
    """Cells of exactly the schools that have a verdict."""
    stage = "junior_secondary" if x.measure["figure_code"].startswith("junior") else "primary"
    judged = x.ask(
        f"from marts.fct_school_compliance where school_year = 2025 and stage = '{stage}'"
        " and status in ('compliant', 'not_compliant')"
    )
    assert {x.schools[c.school_code]["unit_school_code"] for c in x.cells if c.school_code} == {
        row["school_code"] for row in judged
    }
    return sum(row["status"] == "compliant" for row in judged) / len(judged)


def variations(x: Listed) -> float:
    """Cells of exactly the schools that the variations compare."""
    year = x.measure["figure_observed_on"].year
    stage = "junior_secondary" if x.measure["figure_code"].startswith("junior") else "primary"
    compared = x.ask(
        f"from marts.fct_school_indicators where school_year = {year} and stage = '{stage}' and scope = 'in_scope'"
    )
    assert {x.schools[c.school_code]["unit_school_code"] for c in x.cells if c.school_code} == {
        row["school_code"] for row in compared
    }
    met = f"from marts.fct_district_indicators where school_year = {year} and stage = '{stage}' and cv_status = 'met'"
    return len(x.ask(met))


def on_time(x: Listed) -> float:
    return (
        sum(row["reported_on"] <= dt.date(2025, 12, 10) for row in x.rows) / x.measure["figure_denominator"]
    )


#: The figure worked from the listed rows; what the register says is taken as known.
WORKED: dict[str, Callable[[Listed], float]] = {
    "temporary_teachers": lambda x: x.total("temporary_teachers"),
    "fully_insured_staff_share": lambda x: x.total("fully_insured_staff") / x.total("staff"),
    "inclusive_coverage_rate": inclusive,
    "nursery_places": lambda x: x.total("nursery_places"),
    "kindergartens_in_groups": kindergartens,
    "kindergarten_pair_coverage": lambda x: kindergartens(x) / x.measure["figure_denominator"],
    "one_school_groups": groups,
    "joint_school_groups": groups,
    "primary_compliance_rate": compliant,
    "junior_compliance_rate": compliant,
    "primary_variations_met": variations,
    "junior_variations_met": variations,
    "two_never_decrease": never_decrease,
    "education_outlay_growth_above_city": growth_above_city,
    "milestones_due_achieved_share": lambda x: (
        sum(row["achieved_on"] is not None and row["achieved_on"] <= DAY for row in x.rows) / len(x.rows)
    ),
    "oversized_schools": oversized,
    "open_oversized_classes": lambda x: sum(row["class_count"] or 1 for row in x.rows),
    "english_level_three_share": lambda x: min(row["level_three_share"] for row in x.rows),
    "science_level_three_share": lambda x: min(row["level_three_share"] for row in x.rows),
    "vocational_share": lambda x: (
        x.total("students", lambda r: r["upper_secondary_type"] == "secondary_vocational")
        / x.total("students")
    ),
    "compliant_vocational_schools_share": vocational_schools,
    "dual_qualified_teacher_share": lambda x: (
        x.total("dual_qualified_teachers") / x.total("specialised_teachers")
    ),
    "lowest_safety_satisfaction": lambda x: min(row["satisfied"] / row["respondents"] for row in x.rows),
    "overdue_hazards": lambda x: sum(
        row["deadline"] < DAY and (row["struck_off_on"] is None or row["struck_off_on"] > DAY)
        for row in x.rows
    ),
    "safety_checks_done_share": lambda x: (
        sum(row["done"] >= row["due"] for row in x.rows) / x.measure["figure_denominator"]
    ),
    "progress_returns_share": on_time,
    "work_done_share": lambda x: min(x.total("done") / x.total("planned"), 1.0),
}


def test_every_figure_is_worked_from_the_listed_rows_alone(
    con: duckdb.DuckDBPyConnection, measures: dict[str, Row]
) -> None:
    wrong = {}
    for number, measure in measures.items():
        listed = Listed(con, measure)
        assert listed.rows, number
        worked = WORKED[measure["figure_code"]](listed)
        if worked != pytest.approx(measure["figure_value"], abs=1e-9):
            wrong[number] = (measure["figure_code"], worked, measure["figure_value"])
    assert wrong == {}
    assert len(measures) > 25


def test_the_rows_of_each_kind_of_figure_are_known(con: duckdb.DuckDBPyConnection) -> None:
    kinds = {row["figure_code"] for row in rows(con, "from seeds.rectification_figures")}
    statements = "".join(
        read_sql(
            questions.__name__, name, district_code=PARAMETER, item_number=PARAMETER, measure_number=PARAMETER
        )
        for name in ("measure_rows", "measure_figures")
    )
    assert {kind for kind in kinds if f"'{kind}'" not in statements} == set()


@pytest.mark.parametrize("number", ["1.1", "2.2", "6.1", "9.4", "13.1", "16.1", "18.1"])
def test_no_row_is_left_out_of_the_arithmetic(
    number: str, con: duckdb.DuckDBPyConnection, measures: dict[str, Row]
) -> None:
    """Without any one of the listed rows the figure, or the number of returns behind it, is another one."""
    measure = measures[number]
    listed = Listed(con, measure)
    available = measure["reports_available"]
    if number in ("9.4", "16.1"):  # one entry of the ledger each; a band of classes is one
        entries = {"9.4": 51, "16.1": 2}
        assert len(listed.rows) == entries[number]
    else:
        assert len({row["school_code"] for row in listed.rows}) == len(listed.rows) == available


def test_classes_to_verify_stand_in_the_return_in_which_they_were_last_counted(
    con: duckdb.DuckDBPyConnection, measures: dict[str, Row]
) -> None:
    listed = Listed(con, measures["9.4"])
    waiting = rows(
        con, "select * from marts.fct_class_ledger where state = 'to_verify' and stage = 'primary'"
    )
    assert waiting
    last_year = {
        (row["school_code"], row["class_name"])
        for row in listed.rows
        if row["feed"] == "class_sizes" and row["school_year"] == 2024
    }
    assert last_year == {(row["school_code"], row["class_name"]) for row in waiting}
    assert {row["stage"] for row in listed.rows} == {"primary", "junior_secondary"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("C7 C5 C6", ["C5:C7"]),
        ("C5 D5 C6 D6 F5", ["C5:D6", "F5"]),
        ("C5 D6", ["C5", "D6"]),
        ("Z9 AA9", ["Z9:AA9"]),
        ("C5 D5 E5 C6 E6", ["C5:C6", "D5", "E5:E6"]),
    ],
)
def test_neighbouring_cells_are_one_block(cells: str, said: list[str]) -> None:
    assert blocks(cells.split()) == said


def test_sheets_of_a_file_stand_apart_and_long_lists_are_counted() -> None:
    def cell(sheet: str, *cells: str, roster: str = "") -> MeasureCell:
        return MeasureCell("f", "c", None, "2025/a.xlsx", "0", sheet, sheet, 5, 0, cells, roster)

    found = [cell("乙", "C5", "C7", "C9"), cell("甲", "B2"), cell("甲", roster="第 2 行")]
    assert list(places_zh(found, 2)) == [
        "2025/a.xlsx › 乙 › C5、C7 等 3 格",
        "2025/a.xlsx › 甲 › B2、第 2 行",
    ]
