"""Every indicator of the seed is worked by hand, and one more is added by the steps of docs/contributing.md.

The steps (an expression, its description, rows for the indicator and its source, for each standard) are done on a
copy of the project; no mart and no Python changes, and the figures are there. So is the example of the guide, as it is
written there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse import build
from tests.indicator_seed import INDICATORS, copy_models, judged_from, judged_in, models_from
from tests.promises import test_guide as guide
from tests.warehouse.accepted_fixture import Accepted, Marts

#: Students of the primary school of every case.
STUDENTS = 300
#: Indicator → feed, what a primary school with 300 students returns there, value worked by hand, status. An indicator
#: with more to show, as a column whose blank counts as none, has a list of such cases. The return is of the first year
#: in which a standard of the indicator is in force, or of 2023 if that is later.
Case = tuple[str, dict[str, Any], float, str]
WORKED_BY_HAND: dict[str, Case | list[Case]] = {
    # 12 ÷ 300 × 100, of 4.2
    "above_required_degree_teachers_per_100_students": ("staffing", {"above_required_degree_teachers": 12}, 4, "not_met"),
    # 3 ÷ 300 × 100, of 1
    "backbone_teachers_per_100_students": ("staffing", {"backbone_teachers": 3}, 1, "met"),
    # (1 + 1 + 0 + 1) ÷ 300 × 100, of 0.9; a blank 艺术 counts as none: (1 + 1 + 1) ÷ 300 × 100
    "pe_art_teachers_per_100_students": [
        ("staffing", {"pe_teachers": 1, "music_teachers": 1, "fine_art_teachers": 0, "other_art_teachers": 1}, 1, "met"),
        ("staffing", {"pe_teachers": 1, "music_teachers": 1, "fine_art_teachers": 1}, 1, "met"),
    ],
    # (1,500 − 300) ÷ 300, of 4.5
    "teaching_area_m2_per_student": (
        "floor_area", {"teaching_area_m2": 1500.0, "indoor_sports_area_m2": 300.0}, 4, "not_met",
    ),
    # (1,950 + 300) ÷ 300, of 7.5
    "sports_area_m2_per_student": (
        "floor_area", {"sports_ground_area_m2": 1950.0, "indoor_sports_area_m2": 300.0}, 7.5, "met",
    ),
    # 45 × 10,000 ÷ 300, of 2,000
    "equipment_yuan_per_student": ("floor_area", {"equipment_10k_yuan": 45.0}, 1500, "not_met"),
    # 9 ÷ 300 × 100, of 2.3
    "multimedia_classrooms_per_100_students": ("floor_area", {"multimedia_classrooms": 9}, 3, "met"),
    # 21 ÷ 300 × 100, no standard
    "full_time_teachers_per_100_students": ("staffing", {"full_time_teachers": 21}, 7, "not_applicable"),
    # 9,000 ÷ 300, no standard
    "books_per_student": ("floor_area", {"books": 9000}, 30, "not_applicable"),
    # 45 ÷ 300 × 100, no standard
    "computers_per_100_students": ("floor_area", {"computers": 45}, 15, "not_applicable"),
}  # fmt: skip

#: The indicator that the steps add; another than the example of docs/contributing.md, which may be in the seed by now.
ADDED = "trained_teachers_per_100_students"
SCHOOL_OF_ADDED = "2100000001"
#: First school year in which the added indicator is judged, and the district that returned the same in the year before.
FIRST_YEAR = 2023
DISTRICT_WITH_HISTORY = "500102"
#: A second one that may be at most its standard, 2 per 100 students, from a year that only its own district has.
MAXIMUM = "teachers_above_norm_per_100_students"
MAXIMUM_ZH = "每百名学生超编教师数"
MAXIMUM_YEAR = 2024
DISTRICT_WITH_MAXIMUM = "500103"


def take_the_steps(project: Path) -> list[Path]:
    """Add teachers with 360 hours of training per 100 students; the files that were touched."""
    model = project / "models/core/intermediate/int_unit_indicators.sql"
    docs = project / "models/core/intermediate/int_unit_indicators.yml"
    indicators, standards = project / "seeds/indicators.csv", project / "seeds/standards.csv"
    sources = project / "seeds/indicator_sources.csv"

    text = model.read_text(encoding="utf-8")
    last = "\n    from units\n"
    assert text.count(last) == 1
    model.write_text(
        text.replace(
            last,
            f",\n        trained_360_hours_teachers as {ADDED},\n        full_time_teachers as {MAXIMUM}{last}",
        ),
        encoding="utf-8",
    )
    with docs.open("a", encoding="utf-8") as stream:
        for name, described in (
            (ADDED, "Full-time teachers with 360 hours of training"),
            (MAXIMUM, "Teachers"),
        ):
            stream.write(f"      - name: {name}\n        description: {described} (persons).\n")

    with indicators.open("a", encoding="utf-8") as stream:
        stream.write(
            f"{ADDED},{len(INDICATORS) + 1},每百名学生拥有完成培训教师数,Trained teachers per 100 students,人,人/百名学生,"
            "100,1,2,compulsory_resources,true,staffing,false\n"
        )
        stream.write(
            f"{MAXIMUM},{len(INDICATORS) + 2},{MAXIMUM_ZH},Teachers above the norm per 100 students,人,人/百名学生,"
            "100,1,2,compulsory_resources,true,staffing,false\n"
        )
    with sources.open("a", encoding="utf-8") as stream:
        stream.write(f"{ADDED},1,trained_360_hours_teachers,1,false\n")
        stream.write(f"{MAXIMUM},1,full_time_teachers,1,false\n")
    header = standards.read_text(encoding="utf-8").splitlines()[0].split(",")
    row = {"indicator_code": ADDED, "measure": "school_threshold", "school_kind": "all", "jurisdiction": "national",
           "threshold": "5", "direction": "at_least", "valid_from": str(FIRST_YEAR), "confidence": "high"}  # fmt: skip
    maximum = {
        **row,
        "indicator_code": MAXIMUM,
        "threshold": "2",
        "direction": "at_most",
        "valid_from": str(MAXIMUM_YEAR),
    }
    with standards.open("a", encoding="utf-8") as stream:
        for stage in ("primary", "junior_secondary"):
            for given in (row, maximum):
                stream.write(",".join({**given, "stage": stage}.get(name, "") for name in header) + "\n")
    return [model, docs, indicators, sources, standards]


def year_of(indicator: str) -> int:
    """School year of the returns of an indicator's cases."""
    return max(FIRST_YEAR, judged_from(indicator) or 0)


def cases_of(indicator: str) -> list[Case]:
    """The cases worked by hand for an indicator."""
    worked = WORKED_BY_HAND.get(indicator, [])
    return worked if isinstance(worked, list) else [worked]


def code_of(indicator: str, case: int = 0) -> str:
    """Code of the school of one case of an indicator."""
    return f"2100{case + 1:03d}{INDICATORS.index(indicator):03d}"


def add_history(accepted: Accepted) -> None:
    """Two schools alike in all but the added indicator, which return the same in two years.

    Each has far more of everything than any standard asks; of 300 students, one has 12 trained teachers, the other 20.
    """
    for year in (FIRST_YEAR - 1, FIRST_YEAR):
        for code, trained in (("2200000001", 12), ("2200000002", 20)):
            accepted.add("schools", {"school_year": year, "school_code": code, "school_name": f"校{code}", "town": "东镇",
                                     "district_code": DISTRICT_WITH_HISTORY, "school_type": "primary",
                                     "ownership": "public"})  # fmt: skip
            accepted.add(
                "enrolment",
                {"school_year": year, "school_code": code, "stage": "primary", "students": STUDENTS},
            )
            own: dict[str, dict[str, Any]] = {
                "staffing": {"stage": "primary", "trained_360_hours_teachers": trained},
                "floor_area": {"indoor_sports_area_m2": 0},  # it is taken off the teaching area
            }
            for name, row in own.items():
                ample = {c.name: 100_000 for c in load_feeds()[name].columns if c.is_number}
                accepted.add(name, {"school_year": year, "school_code": code, **ample, **row})


#: School → its teachers and students, of which at most 2 per 100 are allowed.
MAXIMUM_CASES = {
    "2400000001": (6, 300),
    "2400000002": (7, 300),
    "2400000003": (10, 300),
    "2400000004": (10, 499),
    "2400000005": (0, 300),
}


#: What a school returns for the example of the guide, in the year before it is judged and in the first year.
SCHOOL_OF_EXAMPLE = "2500000001"
EXAMPLE_YEAR = int(guide.standards_of_example()[0]["valid_from"])


def add_example(project: Path, accepted: Accepted) -> None:
    """Take the guide's steps with its own texts, and let a school return 12 certified teachers for 300 students."""
    if guide.CODE not in INDICATORS:
        for name, rows in guide.rows_of_example().items():
            with (project / "seeds" / f"{name}.csv").open("a", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows(rows)
        model = project / "models/core/intermediate/int_unit_indicators.sql"
        text, last = model.read_text(encoding="utf-8"), "\n    from units\n"
        expression = f",\n        {guide.expression_of_example()}{last}"
        model.write_text(text.replace(last, expression), encoding="utf-8")
        with model.with_suffix(".yml").open("a", encoding="utf-8") as stream:
            stream.write(guide.description_of_example())
    for year in (EXAMPLE_YEAR - 1, EXAMPLE_YEAR):
        at = {"school_year": year, "school_code": SCHOOL_OF_EXAMPLE}
        accepted.add("schools", {**at, "school_name": "例校", "town": "东镇", "district_code": "500104",
                                 "school_type": "primary", "ownership": "public"})  # fmt: skip
        accepted.add("enrolment", {**at, "stage": "primary", "students": STUDENTS})
        accepted.add("staffing", {**at, "stage": "primary", "certified_teachers": 12})


def add_maximum(accepted: Accepted) -> None:
    """Schools alike in all but the teachers above their norm; of everything else they have more than any standard asks."""
    for code, (teachers, students) in MAXIMUM_CASES.items():
        at = {"school_year": MAXIMUM_YEAR, "school_code": code}
        accepted.add("schools", {**at, "school_name": f"校{code}", "town": "东镇", "district_code": DISTRICT_WITH_MAXIMUM,
                                 "school_type": "primary", "ownership": "public"})  # fmt: skip
        accepted.add("enrolment", {**at, "stage": "primary", "students": students})
        for name, row in {
            "staffing": {"stage": "primary", "full_time_teachers": teachers},
            "floor_area": {"indoor_sports_area_m2": 0},
        }.items():
            ample = {c.name: 100_000 for c in load_feeds()[name].columns if c.is_number}
            accepted.add(name, {**at, **ample, **row})


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed of the project."""
    with (build.DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def schools_with_a_blank() -> Iterator[tuple[str, dict[str, str], str, dict[str, Any]]]:
    """Code of a school for each source of an indicator, the source, the feed, and a return that leaves only it blank."""
    feeds = {row["indicator_code"]: row["feed"] for row in seed("indicators")}
    sources = seed("indicator_sources")
    for n, source in enumerate(sources):
        indicator = source["indicator_code"]
        others = [s["column_name"] for s in sources if s["indicator_code"] == indicator and s is not source]
        yield f"2300000{n:03d}", source, feeds[indicator], dict.fromkeys(others, 7)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    folder = tmp_path_factory.mktemp("extended")
    project = copy_models(folder)
    touched = take_the_steps(project)
    assert not [p for p in touched if "marts" in p.parts or p.suffix == ".py"]

    worked = [
        (year_of(i), code_of(i, n), *case[:2]) for i in INDICATORS for n, case in enumerate(cases_of(i))
    ]
    added = {"full_time_teachers": 20, "trained_360_hours_teachers": 12}
    worked.append((FIRST_YEAR, SCHOOL_OF_ADDED, "staffing", added))
    worked += [(FIRST_YEAR, code, feed, returned) for code, _, feed, returned in schools_with_a_blank()]
    accepted = Accepted(as_of=f"{max(EXAMPLE_YEAR, *map(year_of, INDICATORS)) + 1}-12-31")
    add_example(project, accepted)
    for year, code, feed, returned in worked:
        at = {"school_year": year, "school_code": code}
        accepted.add("schools", {**at, "school_name": f"校{code}", "district_code": "500101", "town": "东镇",
                                 "school_type": "primary", "ownership": "public"})  # fmt: skip
        for name in dict.fromkeys(("enrolment", feed)):
            row: dict[str, Any] = {"stage": "primary"} if load_feeds()[name].scope == "school_stage" else {}
            row |= {"students": STUDENTS} if name == "enrolment" else {}
            accepted.add(name, {**at, **row, **(returned if name == feed else {})})
    add_history(accepted)
    add_maximum(accepted)
    database = folder / build.DATABASE_NAME
    accepted.write(database)
    with models_from(project):
        build.run_models(database)
    return Marts(database)


def test_every_indicator_of_the_seed_is_worked_by_hand() -> None:
    missing = [i for i in INDICATORS if i not in WORKED_BY_HAND]
    assert not missing, f"add a school worked by hand to WORKED_BY_HAND for {missing}"


def test_the_figure_of_every_indicator_is_the_one_worked_by_hand(extended: Marts) -> None:
    cases = [(i, n, case) for i in INDICATORS for n, case in enumerate(cases_of(i))]
    found = {(i, n): extended.figure(code_of(i, n), i, year=year_of(i)) for i, n, _ in cases}
    assert {key: (row["value"], row["status"]) for key, row in found.items()} == {
        (i, n): (pytest.approx(value, rel=1e-12), status) for i, n, (_, _, value, status) in cases
    }


def test_a_blank_cell_counts_as_none_where_the_seed_says_so_and_makes_the_total_missing_elsewhere(
    extended: Marts,
) -> None:
    """`blank_is_none` of indicator_sources.csv, which `explain` reads, and `coalesce` of the models agree."""
    counted = {
        (source["indicator_code"], source["column_name"]): extended.figure(code, source["indicator_code"])[
            "value"
        ]
        for code, source, _, _ in schools_with_a_blank()
    }
    assert {key: value is not None for key, value in counted.items()} == {
        (row["indicator_code"], row["column_name"]): row["blank_is_none"] == "true"
        for row in seed("indicator_sources")
    }


def test_a_new_indicator_is_measured_judged_and_compared(extended: Marts) -> None:
    # 12 of 300 students: 4 per 100, of 5; three more teachers are needed for 5, one more for 85% of it (12.75)
    row = extended.figure(SCHOOL_OF_ADDED, ADDED)
    assert (row["value"], row["threshold"], row["status"]) == (4.0, 5.0, "not_met")
    assert (row["gap_to_threshold"], row["gap_to_floor"]) == (3.0, 1.0)
    district = extended.one(f"select * from marts.fct_district_indicators where indicator_code = '{ADDED}'"
                            " and stage = 'primary' and district_code = '500101'")  # fmt: skip
    assert (district["schools_available"], district["mean_value"]) == (1, 4.0)


def test_the_old_indicators_stay_as_they_were(extended: Marts) -> None:
    assert extended.figure(SCHOOL_OF_ADDED, "full_time_teachers")["value"] == pytest.approx(20 / 3)


def test_an_indicator_judged_from_a_year_on_changes_no_year_before(extended: Marts) -> None:
    verdicts = extended.ask(
        "select school_year, school_code, indicators_met - indicators_available as lacking, status, reason_zh"
        " from marts.fct_school_compliance where district_code = ? and stage = 'primary' order by all",
        DISTRICT_WITH_HISTORY,
    )
    # 12 of 300 are 4 per 100, less than 85% of 5; before the standard was in force nobody judged by it
    assert [(v["school_year"], v["lacking"], v["status"]) for v in verdicts] == [
        (2022, 0, "compliant"), (2022, 0, "compliant"), (2023, -1, "not_compliant"), (2023, 0, "compliant"),
    ]  # fmt: skip
    assert {v["reason_zh"] for v in verdicts if v["school_year"] == 2022} == {"各项指标均达到标准"}
    added = extended.ask(
        "select distinct school_year, is_judged, threshold, status from marts.fct_school_indicators"
        " where district_code = ? and indicator_code = ? and value < 5 order by all",
        DISTRICT_WITH_HISTORY, ADDED,
    )  # fmt: skip
    assert [tuple(r.values()) for r in added] == [
        (2022, False, None, "not_applicable"),
        (2023, True, 5, "not_met"),
    ]
    counted = extended.ask(
        "select school_year, count(*) filter (is_judged) as judged from marts.fct_district_indicators"
        " where district_code = ? and stage = 'primary' group by all order by all",
        DISTRICT_WITH_HISTORY,
    )
    judged = [len(judged_in(FIRST_YEAR - 1)), len(judged_in(FIRST_YEAR)) + 1]
    assert [r["judged"] for r in counted] == judged
    # 12 and 20: mean 16, deviation 4, coefficient 1/4; all others are alike
    composites = extended.ask(
        "select composite_cv from marts.fct_district_compliance where district_code = ? and stage = 'primary'"
        " order by school_year",
        DISTRICT_WITH_HISTORY,
    )
    assert [r["composite_cv"] for r in composites] == [0, pytest.approx(0.25 / judged[1], rel=1e-12)]


def test_what_may_be_at_most_its_standard_is_judged_measured_and_ranked_in_that_direction(
    extended: Marts,
) -> None:
    # 7 of 300 are 7/3 per 100, and the standard is 6/7 of that; 85% of the ratio is 2 ÷ 0.85 = 2.35…, or 7 of 300
    rows = extended.ask(
        "select school_code, value, status, ratio, reaches_floor, gap_to_threshold, gap_to_floor, rounding_flips_verdict"
        " from marts.fct_school_indicators where district_code = ? and indicator_code = ?",
        DISTRICT_WITH_MAXIMUM, MAXIMUM,
    )  # fmt: skip
    found = {code: tuple(rest) for code, *rest in (row.values() for row in rows)}
    near = pytest.approx
    assert found == {
        "2400000001": (2, "met", 1, True, 0, 0, False),
        "2400000002": (near(7 / 3), "not_met", near(6 / 7), True, 1, 0, False),
        "2400000003": (near(10 / 3), "not_met", near(6 / 10), False, 4, 3, False),
        # 1,000 ÷ 499 is 2.004, which is printed as 2.00; of 499 students 9.98 are allowed
        "2400000004": (near(1000 / 499), "not_met", near(9.98 / 10), True, 1, 0, True),
        "2400000005": (0, "met", None, True, 0, 0, False),
    }


def test_schools_are_judged_by_a_maximum_as_by_any_other_standard(extended: Marts) -> None:
    judged = len(judged_in(MAXIMUM_YEAR)) + 2
    rows = extended.ask(
        "select school_code, indicators_met, lowest_indicator_code, status, reason_zh from marts.fct_school_compliance"
        " where district_code = ? order by school_code",
        DISTRICT_WITH_MAXIMUM,
    )
    near_zh = f"仅“{MAXIMUM_ZH}”未达标准，但与标准之比不低于85%"
    assert [tuple(r.values()) for r in rows] == [
        ("2400000001", judged, MAXIMUM, "compliant", "各项指标均达到标准"),
        ("2400000002", judged - 1, MAXIMUM, "compliant", near_zh),
        ("2400000003", judged - 1, MAXIMUM, "not_compliant",
         f"1项未达标准，其中1项与标准之比低于85%，最低的是“{MAXIMUM_ZH}”"),
        ("2400000004", judged - 1, MAXIMUM, "compliant", near_zh),
    ] + [tuple(r.values()) for r in rows[4:]]  # fmt: skip
    assert (rows[4]["indicators_met"], rows[4]["status"]) == (judged, "compliant")
    # the third school has to come down from 10 to 7, the most that 2 ÷ 0.85 per 100 allow
    (near,) = extended.ask(
        "select school_code, indicator_code, needed_value, gap_needed from marts.fct_near_compliant_schools"
        " where district_code = ?",
        DISTRICT_WITH_MAXIMUM,
    )
    assert tuple(near.values()) == ("2400000003", MAXIMUM, pytest.approx(2 / 0.85), 3)
    (total,) = extended.ask(
        "select schools_in_scope, schools_below, gap from marts.fct_district_gaps"
        " where district_code = ? and indicator_code = ? and is_district_total and stage = 'primary'",
        DISTRICT_WITH_MAXIMUM, MAXIMUM,
    )  # fmt: skip
    assert tuple(total.values()) == (5, 3, 1 + 4 + 1)


def test_the_example_of_the_guide_is_judged_from_the_year_that_it_names(extended: Marts) -> None:
    # 12 ÷ 300 × 100 = 4, of the 5 that its rows ask for
    found = {
        year: extended.figure(SCHOOL_OF_EXAMPLE, guide.CODE, year=year)
        for year in (EXAMPLE_YEAR - 1, EXAMPLE_YEAR)
    }
    assert {y: (r["value"], r["threshold"], r["status"]) for y, r in found.items()} == {
        EXAMPLE_YEAR - 1: (4, None, "not_applicable"),
        EXAMPLE_YEAR: (4, 5, "not_met"),
    }
