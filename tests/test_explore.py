"""What notebooks use: a release is read without being held, and judged anew as the tables judge."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.numbers import shown
from dagster_project.explore import Release, current_release, judge_again


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Release:
    return current_release(sample_home)


def test_a_release_is_read_by_plain_names_and_let_go_at_once(release: Release, tmp_path: Path) -> None:
    database = tmp_path / "marts.duckdb"
    shutil.copyfile(release.folder / database.name, database)
    release = Release(tmp_path)
    found = release.query("select count(*) as n from fct_school_compliance where school_year = ?", [2023])
    assert found["n"].iloc[0] > 0
    assert release.query("select count(*) as n from marts.dim_indicators")["n"].iloc[0] >= 7
    # nobody holds the file: it can be opened for writing, which an open reader would forbid
    duckdb.connect(str(database)).close()


def test_nothing_can_be_written_through_it(release: Release) -> None:
    with pytest.raises(duckdb.Error):
        release.query("delete from fct_school_compliance")


def test_every_table_and_column_of_a_release_says_in_chinese_what_it_is(release: Release) -> None:
    tables = release.tables()
    assert len(tables) > 40
    for table in tables.itertuples():
        labels = release.columns(table.table)["label_zh"]
        assert all(any("一" <= c <= "鿿" for c in text) for text in (table.label_zh, *labels)), table.table


def test_an_unknown_table_is_refused_with_a_hint(release: Release) -> None:
    with pytest.raises(UserError, match=r"release\.tables"):
        release.table("fct_nothing")


def test_codes_and_columns_are_put_into_chinese_and_own_columns_stay(release: Release) -> None:
    given = pd.DataFrame(
        {
            "stage": ["primary"],
            "status": ["not_met"],
            "ownership": ["all"],
            "missing_reason": [None],
            "mine": [1],
        }
    )
    read = release.in_chinese(given)
    assert read.iloc[0].tolist() == ["小学", "未达标", "合计", "", 1]
    assert read.columns.tolist()[0] == "学段"
    assert read.columns.tolist()[-1] == "mine"
    assert given["stage"].iloc[0] == "primary"


def test_codes_and_columns_are_read_as_in_the_table_they_come_from(release: Release) -> None:
    """`valid_from` is a day of the ledger and a school year of a standard; `proof_kind` has words of its own."""
    states = release.in_chinese(release.table("fct_rectification_states"))
    assert {"起始日期", "状态", "佐证材料情况"} <= set(states.columns)
    assert set(states["状态"]) <= {"待整改", "整改中", "待复核", "已销号", "免于整改"}
    assert "起始年份" in release.in_chinese(release.table("dim_standards")).columns


def test_a_day_is_shown_without_a_clock() -> None:
    assert shown(pd.Timestamp("2024-03-24")) == "2024-03-24"
    assert shown(pd.Timestamp("2024-03-24 08:05")) == "2024-03-24 08:05"


def test_without_a_release_one_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make run"):
        current_release(Home(tmp_path).root)


def _figures(*values: float | None, scope: str = "in_scope") -> pd.DataFrame:
    """Seven judged indicators of one school, each with threshold 100."""
    return pd.DataFrame(
        {"school_year": 2023, "school_code": "s", "stage": "primary", "scope": scope, "value": values,
         "threshold": 100.0}
    ).astype({"value": float})  # fmt: skip


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ((100, 100, 100, 100, 100, 100, 100), "compliant"),
        ((85, 100, 100, 100, 100, 100, 100), "compliant"),
        ((84.99, 100, 100, 100, 100, 100, 100), "not_compliant"),
        ((99, 99, 100, 100, 100, 100, 100), "not_compliant"),
        ((None, 100, 100, 100, 100, 100, 100), "undetermined"),
        ((None, 99, 99, 100, 100, 100, 100), "not_compliant"),
        ((None, 84, 100, 100, 100, 100, 100), "not_compliant"),
    ],
)
def test_six_of_seven_and_none_below_the_floor(values: tuple[float | None, ...], status: str) -> None:
    judged = judge_again(_figures(*values), indicators_needed={"primary": 6}, floor_ratio={"primary": 0.85})
    assert judged["status"].tolist() == [status]


def test_by_unchanged_standards_every_school_of_every_year_is_judged_as_published(release: Release) -> None:
    figures = release.query("select * from fct_school_indicators where is_judged")
    judged = judge_again(
        figures, indicators_needed=dict.fromkeys(figures["stage"], 6), floor_ratio=dict.fromkeys(figures["stage"], 0.85)
    )  # fmt: skip
    published = release.query("select school_year, school_code, stage, status from fct_school_compliance")
    both = judged.merge(
        published, on=["school_year", "school_code", "stage"], how="outer", suffixes=("", "_published")
    )
    assert len(both) == len(published) > 500
    assert both[both["status"] != both["status_published"]].empty
