"""What no model should do is planted into its table: the data tests that watch the ledger find each, and nothing is published."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.warehouse import build
from tests.warehouse.accepted_fixture import Accepted, Row

DISTRICT, SCHOOL, SILENT, VOCATIONAL = "500101", "P1", "P2", "V1"
MEASURES = "update marts.fct_rectification_measures set {} where state in ('closed', 'exempt') and item_number = '{}'"
STATES = (
    "update marts.fct_rectification_states set {} where state in ('closed', 'exempt') and item_number = '{}'"
)
CLOSED, OWED, VERDICTS, CLASSES = (
    "closed_measures_are_proved",
    "figures_say_who_owes_them",
    "verdicts_rest_on_every_return",
    "class_ledger_counts_agree",
)
TESTS = (CLOSED, OWED, VERDICTS, CLASSES)
FIGURES = "update intermediate.int_rectification_figures set {} where figure_code = '{}'"
#: Data test, what is planted, rows that it finds: a measure has one row per month in which it stands closed (item 1 from
#: September 2024, items 2 and 3 from June 2024; the release is of the end of 2024).
PLANTED = [
    # a figure of the first day is the start itself, an older one is older
    (CLOSED, MEASURES.format("figure_observed_on = begun_on", 1), 4),
    (CLOSED, MEASURES.format("figure_observed_on = date '2023-09-01'", 1), 4),
    (CLOSED, MEASURES.format("figure_status = 'not_met'", 1), 4),
    (CLOSED, MEASURES.format("figure_denominator = null", 1), 4),
    (CLOSED, MEASURES.format("reports_available = reports_due - 1", 1), 4),
    (CLOSED, MEASURES.format("closed_by = null", 1), 4),
    (CLOSED, STATES.format("figure_received_on = valid_from + 1", 1), 4),
    # an exemption, whose reviewer no mart shows, and a closing
    *((CLOSED, f"update intermediate.int_states_by_figures set {part} = null where item_number = '{item}'", rows)
      for part in ("reviewer", "reviewed_on", "review_result") for item, rows in ((1, 4), (3, 7))),
    # a closing and an exemption by documents: another file, none, one that came later
    *((CLOSED, MEASURES.format(f"evidence_sha256 = '{'00' * 32}'", item), 7) for item in (2, 3)),
    *((CLOSED, MEASURES.format("evidence_sha256 = null", item), 7) for item in (2, 3)),
    *((CLOSED, STATES.format("evidence_received_on = valid_from + 1", item), 7) for item in (2, 3)),
    (CLOSED, "delete from accepted.evidence_files", 14),
    # one of two schools did its checks; nine months from March to November were due by December
    (OWED, FIGURES.format("denominator = reports_available", "safety_checks_done_share"), 9),
    (OWED, FIGURES.format("denominator = null", "safety_checks_done_share"), 9),
    (OWED, FIGURES.format("reports_due = null", "dual_qualified_teacher_share"), 2),
    # 40 of 80 dually qualified and 80 of 90 specialised teachers are enough in both years
    (VERDICTS, "update intermediate.int_vocational_teachers set schools = schools_due - 1", 4),
    # the ledger has one open class, of primary school
    (CLASSES, "update marts.fct_class_ledger set classes = 2", 1),
    (CLASSES, "delete from marts.fct_class_ledger", 1),
]  # fmt: skip


def task(item: str, **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "measure_zh": "措施", "begun_on": "2024-03-01",
            "proof_kind": "documents", **more}  # fmt: skip


def claim(item: str, state: str = "closed", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": "2024-06",
            "reported_on": "2024-06-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": "2024-06-20",
            "review_result": "passed", "evidence_zh": "总结", **more}  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure 1.1 is closed on 40 of 80 teachers of September 2024, 2.1 on a document, 3.1 is exempt by one."""
    a = Accepted(as_of="2024-12-31")
    for year in (2023, 2024):
        a.add("schools", *({"school_year": year, "school_code": code, "school_name": code, "district_code": DISTRICT, "town": "东镇",
                            "school_type": kind, "ownership": "public"}
                           for code, kind in ((SCHOOL, "primary"), (SILENT, "primary"), (VOCATIONAL, "secondary_vocational"))))  # fmt: skip
        a.add("vocational_enrolment", {"school_year": year, "school_code": VOCATIONAL, "upper_secondary_type": "secondary_vocational",
              "students": 900, "full_time_teachers": 90, "specialised_teachers": 80, "dual_qualified_teachers": 40})  # fmt: skip
    a.add(
        "class_sizes",
        {"school_code": SCHOOL, "stage": "primary", "grade": "1", "class_name": "1班", "students": 50},
    )
    a.add("safety_duties", *({"school_code": SCHOOL, "reporting_month": f"2024-{month:02d}", "duty": duty, "due": 31, "done": 31}
                             for month in (3, 4, 5) for duty in ("daily_check", "weekly_check", "monthly_check")))  # fmt: skip
    a.add("rectification_tasks",
          task("1", proof_kind="figure", figure_code="dual_qualified_teacher_share", target_value=0.3), task("2"), task("3"))  # fmt: skip
    a.add(
        "rectification_progress", claim("1"), claim("2"), claim("3", "exempt", exemption_reason_zh="统一安排")
    )
    a.add("evidence_files", {"folder_year": 2024, "file_name": "总结.pdf", "source_path": "2024/佐证/总结.pdf", "sha256": "ab" * 32,
                             "size_bytes": 10, "received_on": "2024-06-05", "is_latest": True})  # fmt: skip
    path = tmp_path_factory.mktemp("planted") / build.DATABASE_NAME
    a.write(path)
    # by dbt, which leaves the statements of its tests in the folder
    build.run_models_by_dbt(path, select=[f"+{test}" for test in TESTS])
    return path


def found_by(con: duckdb.DuckDBPyConnection, database: Path, test: str) -> int:
    """Rows that a data test finds."""
    (path,) = (database.parent / "dbt" / "run").rglob(f"{test}.sql")
    return int(con.execute(path.read_text(encoding="utf-8")).fetchall()[0][0])


@pytest.fixture
def con(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built tables; what a case changes is taken back."""
    with duckdb.connect(str(database)) as opened:
        opened.execute("begin")
        yield opened
        opened.execute("rollback")


def test_three_measures_stand_closed_and_no_test_finds_anything(
    con: duckdb.DuckDBPyConnection, database: Path
) -> None:
    closed = con.execute(
        "select item_number, count(*) from marts.fct_rectification_measures where state in ('closed', 'exempt')"
        " group by 1 order by 1"
    ).fetchall()
    assert closed == [("1", 4), ("2", 7), ("3", 7)]
    assert {test: found_by(con, database, test) for test in TESTS} == dict.fromkeys(TESTS, 0)


@pytest.mark.parametrize(("test", "planted", "rows"), PLANTED)
def test_each_wrong_row_is_found(
    con: duckdb.DuckDBPyConnection, database: Path, test: str, planted: str, rows: int
) -> None:
    con.execute(planted)
    assert found_by(con, database, test) == rows


def test_what_is_found_stops_the_build_and_names_the_measure(database: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / build.DATABASE_NAME
    shutil.copyfile(database, spoilt)
    with duckdb.connect(str(spoilt)) as con:
        con.execute(MEASURES.format("figure_observed_on = begun_on", 1))
    with pytest.raises(build.BuildFailed) as failure:
        build.run_models_by_dbt(spoilt, select=[CLOSED])
    said = str(failure.value)
    assert "没有发布新版本，原有版本不受影响" in said
    assert (
        "有措施没有依据就列为已销号" in said
        and "月份 2024-09，区县代码 500101，事项编号 1，措施编号 1" in said
    )
