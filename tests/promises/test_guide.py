"""The examples of docs/contributing.md are right as they are written there; nothing is built for it."""

from __future__ import annotations

import csv
import re
import shutil
from io import StringIO
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR, PROJECT_ROOT
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import catalogue
from dagster_project.warehouse.build import published_labels
from tests.indicator_seed import WORKED, copy_models, keep_worked

GUIDE = (PROJECT_ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
CODE = "certified_teachers_per_100_students"
SEEDS = DBT_DIR / "seeds"


def blocks(language: str) -> list[str]:
    """Blocks of code of the guide in one language, without the indent of their list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", GUIDE, re.M | re.S)
    return [
        "\n".join(line.removeprefix(indent) for line in text.splitlines()) + "\n" for indent, text in found
    ]


def example_of(seed: str) -> dict[str, str]:
    """The row of a seed that the guide shows, by column."""
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    rows = rows_of_example()[seed]
    return dict(zip(header, rows[0], strict=True))


def rows_of_example() -> dict[str, list[list[str]]]:
    """The rows that the guide shows for its indicator, by seed."""
    shown = [row for text in blocks("") for row in csv.reader(StringIO(text)) if row and row[0] == CODE]
    measures = ("school_threshold", "cv_limit")
    standards = [row for row in shown if row[1] in measures]
    others = sorted((row for row in shown if row not in standards), key=len)
    return {"indicator_sources": others[:1], "indicators": others[1:], "standards": standards}


def standards_of_example() -> list[dict[str, str]]:
    """The guide's rows of standards, by column."""
    with (SEEDS / "standards.csv").open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    return [dict(zip(header, row, strict=True)) for row in rows_of_example()["standards"]]


def expression_of_example() -> str:
    """The guide's expression for int_unit_indicators.sql."""
    (expression,) = (text for text in blocks("sql") if text.strip().endswith(CODE))
    return expression.strip()


def description_of_example() -> str:
    """The guide's description of the column, indented as its file is."""
    (text,) = (text for text in blocks("yaml") if f"- name: {CODE}" in text)
    return text


def test_the_rows_shown_for_an_indicator_have_the_columns_of_their_seeds() -> None:
    indicator, source = example_of("indicators"), example_of("indicator_sources")
    assert (indicator["unit_zh"], indicator["is_judged"]) == ("人/百名学生", "true")
    assert load_feeds()[indicator["feed"]].column(source["column_name"]).type == "count"
    assert expression_of_example() == f"{source['column_name']} as {CODE}"


def test_each_column_that_the_guide_explains_is_one_of_the_seed() -> None:
    for seed, columns in (
        (
            "indicators",
            ("sort_order", "numerator_unit_zh", "scale", "smallest_addition", "domain", "is_split"),
        ),
        (
            "standards",
            ("measure", "school_kind", "jurisdiction", "direction", "valid_to", "clause", "confidence"),
        ),
    ):
        header = (SEEDS / f"{seed}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        for column in columns:
            assert column in header and f"`{column}`" in GUIDE, (seed, column)


def test_the_table_shown_is_accepted_by_the_catalogue(tmp_path: Path) -> None:
    (entry,) = (text for text in blocks("yaml") if text.startswith("tables:"))
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "shown.yml").write_text(entry, encoding="utf-8")
    found = catalogue.read(tmp_path / "catalogue")
    catalogue.check(found, catalogue.labels_of_models(published_labels()))
    (name,) = set(found.tables) - set(catalogue.load().tables)
    assert found.tables[name].site and found.tables[name].excel and found.tables[name].word


def test_the_tests_that_the_guide_names_are_there() -> None:
    table = GUIDE.partition("## Which test for what")[2].partition("\n## ")[0]
    named = [place for line in table.splitlines() for place in re.findall(r"`([^`]+/[^`]*)`", line)]
    assert len(named) > 10
    assert [place for place in named if not list(PROJECT_ROOT.glob(place.rstrip("/")))] == []


@pytest.mark.parametrize("judged", ["true", "false"])
def test_the_example_does_not_change_the_districts_worked_by_hand(tmp_path: Path, judged: str) -> None:
    """`test_dbt_models.py` and `test_handbuilt_district.py` are built with the same seeds before and after."""
    before, after = copy_models(tmp_path / "before") / "seeds", copy_models(tmp_path / "after") / "seeds"
    for seed in ("indicators", "indicator_sources"):
        with (after / f"{seed}.csv").open("a", encoding="utf-8", newline="") as stream:
            row = {**example_of(seed), "is_judged": judged} if seed == "indicators" else example_of(seed)
            csv.writer(stream, lineterminator="\n").writerow(row.values())
    for seeds in (before, after):
        keep_worked(seeds)
    for path in sorted(before.glob("*.csv")):
        assert (after / path.name).read_bytes() == path.read_bytes(), path.name
    with (after / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        assert {row["indicator_code"] for row in csv.DictReader(stream)} == WORKED
