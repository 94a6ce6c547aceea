"""Every share that is printed stands beside its denominator, and every figure of the ledger has its day."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import DBT_DIR
from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.rows import read_rows

if TYPE_CHECKING:
    import duckdb

TABLES = list(catalogue.load().tables.values())
SHARES = [(table, column) for table in TABLES if table.mart for column in table.columns if column.of]
SCALED = [(table, column) for table in TABLES for column in table.columns if column.scaled_by]
#: Figure of a mart → the columns of which one says the day that it speaks of.
DAYS = {
    "figure_value": {"figure_observed_on"},
    "latest_value": {"latest_observed_on", "latest_school_year"},
    "satisfied_share": {"surveyed_on"},
}
#: Shares whose numerator is no count: ratios of means, and results that the city publishes in whole thousandths.
NO_COUNTS = ("pay_ratio", "ratio", "stage_share", "level_three_share")
DISTRICT = "500199"
with (DBT_DIR / "seeds" / "rectification_figures.csv").open(encoding="utf-8", newline="") as stream:
    NO_SHARES = {row["figure_code"] for row in csv.DictReader(stream) if row["is_share"] != "true"}


def named(pair: object) -> str:
    return pair.name if isinstance(pair, catalogue.Table | catalogue.Column) else str(pair)


@pytest.fixture(scope="module")
def marts(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts((sample_home / "current").resolve() / "marts.duckdb") as con:
        yield con


def rows_of(con: duckdb.DuckDBPyConnection, table: catalogue.Table) -> list[dict[str, Any]]:
    return read_rows(con, table, DISTRICT)


@pytest.mark.parametrize(("table", "column"), SHARES, ids=named)
def test_a_share_is_a_count_of_its_denominator(
    marts: duckdb.DuckDBPyConnection, table: catalogue.Table, column: catalogue.Column
) -> None:
    seen = 0
    for row in rows_of(marts, table):
        is_share = not column.scaled_by or row[column.scaled_by[2]] == "%"
        # growth is in per cent, too; the page shows how a resource is split for schools of several stages only
        is_left_out = row.get("figure_code") in NO_SHARES or row.get("school_stages") == 1
        if row[column.name] is None or not is_share or is_left_out:
            continue
        parts = [row[name] for name in column.of]
        assert None not in parts and sum(parts) > 0, f"{table.name}.{column.name} without a denominator"
        counted = row[column.name] * sum(parts)
        is_end_of_interval = column.name.endswith(("_low", "_high")) and "rate" not in column.name
        if column.name not in NO_COUNTS and not is_end_of_interval and not column.scaled_by:
            assert counted == pytest.approx(round(counted), abs=1e-6), (
                f"{table.name}.{column.name}: {counted}"
            )
        seen += 1
    assert seen or column.scaled_by, "no row of the sample shows this share"


@pytest.mark.parametrize(("table", "column"), SCALED, ids=named)
def test_a_figure_in_per_cent_names_its_denominator_or_the_reason(
    marts: duckdb.DuckDBPyConnection, table: catalogue.Table, column: catalogue.Column
) -> None:
    assert column.scaled_by is not None
    unit = column.scaled_by[2]
    if any(row[unit] == "%" and row[column.name] is not None for row in rows_of(marts, table)):
        assert column.of or column.no_denominator, f"{table.name}.{column.name}"


@pytest.mark.parametrize("table", TABLES, ids=named)
@pytest.mark.parametrize("output", ["site", "excel", "word"])
def test_a_figure_stands_beside_its_day(table: catalogue.Table, output: catalogue.models.Output) -> None:
    if not getattr(table, output):
        return
    columns = {column.name: column for column in table.columns_of(output)}
    observed = table.word.observed if output == "word" and table.word else ""
    for figure, day in DAYS.items():
        if figure in columns:
            assert day & {*columns, observed}, f"{table.name}: {figure} without its day"
    if "figure_observed_on" in columns:
        marked = columns["figure_observed_on"].day_status or columns.get("figure_day_status")
        assert marked, f"{table.name}: nothing says that a figure is old"


CARDS = [card for page in catalogue.load().pages for section in page.sections for card in section.cards]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.mart}-{card.title_zh}")
def test_a_card_gives_the_counts_behind_its_shares(card: catalogue.models.Card) -> None:
    text = card.big + "".join(card.lines)
    shares = {name for name in re.findall(r"percent\('(\w+)'", text) if not name.endswith("_growth")}
    assert not shares or re.search(r"(?:whole|yuan)\('", text), f"{card.title_zh}: {shares}"


ENTRY = """
tables:
  - name: planted
    site: {page: safety.html, section: ledger}
    title_zh: 表
    mart: fct_safety_duties
    key: [district_code, reporting_month, duty]
    columns: [reporting_month, %s]
"""


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("done_share percent", "planted: the percentage done_share needs its denominator"),
        (
            "{name: done_share, kind: percent, of: schools_due}",
            r"the denominator of done_share is not in the same table \(site\): schools_due",
        ),
        (
            "{name: schools_due, kind: whole, outputs: [word]}, {name: done_share, kind: percent, of: schools_due}",
            r"the denominator of done_share is not in the same table \(site\): schools_due",
        ),
    ],
)
def test_a_share_without_its_denominator_is_refused(tmp_path: Path, planted: str, said: str) -> None:
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "toy.yml").write_text(ENTRY % planted, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        catalogue.read(tmp_path / "catalogue")
