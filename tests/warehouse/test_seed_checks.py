"""A typing error in a seed stops a run before any return is read, and says where it is and what may be written."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
import yaml

from dagster_project.core.homes import DBT_DIR
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import write_release
from dagster_project.warehouse import build, seed_checks
from dagster_project.warehouse.seed_checks import SeedError, check_seeds

SEEDS = sorted(path.stem for path in (DBT_DIR / "seeds").glob("*.csv"))


def read(name: str, folder: Path = DBT_DIR) -> list[dict[str, str]]:
    with (folder / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def copy_with(folder: Path, seed: str, column: str, was: str, becomes: str) -> tuple[Path, int]:
    """A copy of the seeds in which the last row with a word has another; the copy, and the row's line."""
    project = folder / "dbt"
    shutil.copytree(DBT_DIR / "seeds", project / "seeds")
    rows = read(seed)
    place = max(i for i, row in enumerate(rows) if row[column] == was)
    rows[place][column] = becomes
    with (project / "seeds" / f"{seed}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return project, place + 2


def test_the_seeds_of_the_project_are_in_order() -> None:
    check_seeds(DBT_DIR)


@pytest.mark.parametrize(
    ("seed", "column", "was", "becomes", "said"),
    [
        ("standards", "direction", "at_most", "at_mots", "“at_mots”不能用；是不是 at_most？"),
        ("standards", "direction", "below", "", "空着；可以写：at_least、at_most、below、exactly"),
        ("standards", "stage", "junior_secondary", "junior", "“junior”不能用"),
        ("standards", "confidence", "high", "hihg", "是不是 high？"),
        ("standards", "measure", "cv_limit", "cv_limits", "是不是 cv_limit？"),
        ("standards", "jurisdiction", "national", "nationwide", "是不是 national？"),
        ("standards", "school_kind", "all", "al", "是不是 all？"),
        ("indicators", "feed", "staffing", "stafing", "是不是 staffing？"),
        ("indicators", "domain", "compulsory_resources", "compulsory", "可以写：compulsory_resources"),
        ("indicators", "unit_zh", "㎡/生", "平米/生", "“平米/生”不能用"),
        ("indicators", "is_judged", "true", "yes", "可以写：false、true"),
        ("indicator_sources", "indicator_code", "books_per_student", "book_per_student", "是不是 books_per_student？"),
        ("rectification_figures", "direction", "at_most", "below", "可以写：at_least、at_most"),
        ("rectification_figures", "source_feed", "staffing", "staff", "是不是 staffing？"),
        ("targets", "figure_code", "fully_insured_staff_share", "insured", "“insured”不能用"),
        ("government_items", "domain", "veto", "vetoes", "是不是 veto？"),
        ("school_type_stages", "school_type", "nine_year", "nine_years", "是不是 nine_year？"),
    ],
)  # fmt: skip
def test_a_word_that_no_model_knows_is_named_with_its_row(
    tmp_path: Path, seed: str, column: str, was: str, becomes: str, said: str
) -> None:
    project, line = copy_with(tmp_path, seed, column, was, becomes)
    with pytest.raises(SeedError) as refused:
        check_seeds(project)
    (fault,) = (t for t in str(refused.value).splitlines() if f"{seed}.csv 第 {line} 行 {column}：" in t)
    assert said in fault


@pytest.mark.parametrize(
    ("measure", "becomes", "said"),
    [
        (
            "cv_limit",
            "at_least",
            "（measure 是 cv_limit 的）：“at_least”不能用；是不是 at_most？可以写：at_most",
        ),
        ("floor_ratio", "at_most", "（measure 是 floor_ratio 的）：“at_most”不能用"),
        ("school_threshold", "exactly", "（measure 是 school_threshold 的）：“exactly”不能用"),
        # one row of an indicator in the other direction than its others
        ("school_threshold", "at_most", "的“at_least”不同，同一指标的标准要同一方向"),
    ],
)
def test_a_direction_in_which_a_measure_is_not_compared_is_refused(
    tmp_path: Path, measure: str, becomes: str, said: str
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT_DIR / "seeds", project / "seeds")
    path = project / "seeds" / "standards.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = max(i for i, line in enumerate(lines) if f",{measure}," in line)
    lines[at] = re.sub(r",(at_least|at_most),", f",{becomes},", lines[at])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        check_seeds(project)
    assert f"standards.csv 第 {at + 1} 行 direction" in str(refused.value)
    assert said in str(refused.value)


def test_a_run_and_a_build_refuse_a_misspelt_seed_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, _ = copy_with(tmp_path, "standards", "direction", "at_most", "at_mots")
    monkeypatch.setattr(build, "DBT_DIR", project)
    monkeypatch.setattr(write_release, "DBT_DIR", project)
    monkeypatch.setattr(build, "is_noted", lambda *_: False)
    with pytest.raises(SeedError, match="at_mots"):
        write_release.check_declarations_first()
    with pytest.raises(SeedError, match="at_mots"):
        build.run_models(tmp_path / build.DATABASE_NAME)
    assert not (tmp_path / build.DATABASE_NAME).exists()


def test_a_standard_before_the_year_in_which_its_column_is_asked_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every school whose form lacks the column would be undetermined in the years between."""
    feeds = dict(load_feeds())
    staffing = feeds["staffing"]
    columns = tuple(
        c.model_copy(update={"required": True, "since": 2025}) if c.name == "backbone_teachers" else c
        for c in staffing.columns
    )
    feeds["staffing"] = staffing.model_copy(update={"columns": columns})
    monkeypatch.setattr(seed_checks, "load_feeds", lambda: feeds)
    with pytest.raises(SeedError) as refused:
        check_seeds(DBT_DIR)
    said = [line for line in str(refused.value).splitlines() if "valid_from：2017 学年起判断" in line]
    assert len(said) == 2
    assert all("“县级以上骨干教师数”自 2025 学年才要求填" in line and "请写 2025" in line for line in said)


#: Columns with words of a kind that are checked elsewhere, or that are the row's own name.
_ELSEWHERE = {
    "indicator_sources": {
        "column_name"
    },  # tests/warehouse/test_adding_an_indicator.py compares them with the models
    "rectification_figures": {"source_table"},  # tests/publish/test_catalogue.py
    "standards": {"indicator_code"},  # dbt/tests/standards_name_a_figure.sql
    "standards_reported_only": {"reason"},
    "region_figures": {"figure_code"},  # the row's own name, with its stage
}


@pytest.mark.parametrize("name", SEEDS)
def test_every_coded_column_of_every_seed_says_what_may_be_written(name: str) -> None:
    declared = yaml.safe_load((DBT_DIR / "seeds" / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    (seed,) = (s for s in declared if s["name"] == name)
    checked = {c["name"] for c in seed.get("columns", ()) if c.get("data_type") == "boolean"}
    grain: set[str] = set()
    for test in seed["data_tests"]:
        kind, body = next(iter(test.items())) if isinstance(test, dict) else (test, {})
        given = body.get("arguments", {})
        if kind == "coded_columns":
            checked |= set(given.get("words", ())) | set(given.get("keys", ()))
        elif kind == "unique_grain" and len(given["columns"]) == 1:
            grain = set(given["columns"])
    rows = read(name)
    coded = {
        column
        for column in rows[0]
        if column == "unit_zh" or all(re.fullmatch(r"[a-z][a-z0-9_]*|", row[column]) for row in rows)
        if any(row[column] for row in rows)
    }
    assert coded - checked - grain - _ELSEWHERE.get(name, set()) == set()
