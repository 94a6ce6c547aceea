"""The page of the ledger proves each measure: a day, a denominator, returns or an archived file; or says what is missing."""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import DBT_DIR, Home

Page = lxml.html.HtmlElement
FIGURES, DOCUMENTS, NOTHING = "measure_figures", "measure_documents", "—"
with (DBT_DIR / "seeds" / "rectification_figures.csv").open(encoding="utf-8", newline="") as stream:
    SHARES = {row["name_zh"] for row in csv.DictReader(stream) if row["is_share"] == "true"}


@dataclass(frozen=True)
class Ledger:
    """What the page is held against.

    Attributes:
        page: the ledger of the last month.
        measures: number of each measure (7.2) → whether a figure and whether documents prove it.
        feeds_zh: names of the feeds of which the release lists rows with their cells.
        vault: names of the archived files, which are their hashes.
        site: folder of the pages.
    """

    page: Page
    measures: dict[str, tuple[bool, bool]]
    feeds_zh: set[str]
    vault: set[str]
    site: Path


@pytest.fixture(scope="module")
def ledger(sample_home: Path) -> Ledger:
    place = Home(sample_home)
    release = place.releases / str(place.release_in_force())
    with open_marts(release / "marts.duckdb") as con:
        measures = con.execute(
            "select item_number || '.' || measure_number, figure_code is not null, proof_kind = 'documents'"
            " from marts.fct_rectification_measures"
            " where reporting_month = (select max(reporting_month) from marts.fct_rectification_measures)"
        ).fetchall()
        feeds = con.execute(
            "select distinct proof_feed_zh from marts.fct_source_rows where cells is not null"
        ).fetchall()
    site = release / "site"
    return Ledger(
        lxml.html.fromstring((site / "rectification.html").read_text(encoding="utf-8")),
        {number: (has_figure, by_documents) for number, has_figure, by_documents in measures},
        {feed for (feed,) in feeds},
        {path.name for path in (sample_home / "vault").iterdir()},
        site,
    )


def rows_of(page: Page, table: str) -> dict[str, dict[str, Page]]:
    """Number of a measure → its cells in a table of the page, by column."""
    rows = [
        {str(cell.get("data-c")): cell for cell in row}
        for row in page.get_element_by_id(table).iterfind(".//tbody/tr")
    ]
    return {text(row, "measure_number"): row for row in rows}


def text(row: dict[str, Page], column: str) -> str:
    return str(row[column].text_content()).strip()


def unproved(ledger: Ledger, page: Page) -> list[str]:
    """What the page lacks and doesn't say, measure by measure."""
    figures, documents = rows_of(page, FIGURES), rows_of(page, DOCUMENTS)
    found = []
    for number, (has_figure, by_documents) in ledger.measures.items():
        if not has_figure and not by_documents:
            found.append(f"{number}: nothing proves it")
        if has_figure:
            lacks = of_figure(ledger, figures[number]) if number in figures else ["isn't among the figures"]
            found += [f"{number}: {lack}" for lack in lacks]
        if by_documents:
            lacks = (
                of_documents(ledger, documents[number])
                if number in documents
                else ["isn't among the documents"]
            )
            found += [f"{number}: {lack}" for lack in lacks]
    return found


def of_figure(ledger: Ledger, row: dict[str, Page]) -> list[str]:
    lacks = []
    if re.search(r"\d", text(row, "figure_value")):
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text(row, "figure_observed_on")):
            lacks.append("a figure without its day")
        if text(row, "figure_day_status") not in ("按期更新", "未更新", "早于整改开始"):
            lacks.append("nothing says whether the figure is old")
        if text(row, "figure_zh") in SHARES and not re.search(r"[1-9]", text(row, "figure_denominator")):
            lacks.append("a share without its denominator")
    elif text(row, "figure_day_status") != "没有数据":
        lacks.append("nothing says that there is no figure")
    for column in ("proof_table", "proof_feed_zh"):
        addresses = [str(link.get("href")) for link in row[column].iterfind(".//a")]
        if not addresses or not all(leads_somewhere(ledger.site, address) for address in addresses):
            lacks.append(f"{column} leads to nothing")
    if text(row, "proof_feed_zh") not in ledger.feeds_zh:
        lacks.append("no row of a return is behind the figure")
    return lacks


def of_documents(ledger: Ledger, row: dict[str, Page]) -> list[str]:
    said = text(row, "evidence_status")
    if said == "已见文件":
        begins = text(row, "evidence_sha256").rstrip("…")
        is_archived = len(begins) >= 12 and any(name.startswith(begins) for name in ledger.vault)
        if text(row, "evidence_file_name") == NOTHING or not is_archived:
            return ["a document without its file in the vault"]
    elif said == "未见文件":
        if text(row, "missing_documents_zh") == NOTHING:
            return ["nothing says which document is missing"]
    elif said != "未列材料" or text(row, "evidence_zh") != NOTHING:
        return ["nothing says what became of its documents"]
    return []


@cache
def leads_somewhere(site: Path, address: str) -> bool:
    file, _, rest = address.partition("#")
    target = lxml.html.fromstring((site / file).read_text(encoding="utf-8"))
    return target.get_element_by_id(rest.partition("?")[0], None) is not None


def test_every_measure_of_the_plan_is_proved_or_says_what_is_missing(ledger: Ledger) -> None:
    assert len(ledger.measures) > 40
    assert unproved(ledger, ledger.page) == []


def blank(table: str, number: str, column: str, written: str = NOTHING) -> Callable[[Page], None]:
    """Write something else into a cell."""

    def change(page: Page) -> None:
        cell = rows_of(page, table)[number][column]
        assert str(cell.text_content()).strip() != written
        for part in list(cell):
            cell.remove(part)
        cell.text = written

    return change


def drop(table: str, number: str) -> Callable[[Page], None]:
    """Take a measure off a table."""

    def change(page: Page) -> None:
        row: Any = rows_of(page, table)[number]["measure_number"].getparent()
        row.getparent().remove(row)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (blank(FIGURES, "13.1", "figure_observed_on"), ["13.1: a figure without its day"]),
        (blank(FIGURES, "13.1", "figure_day_status"), ["13.1: nothing says whether the figure is old"]),
        (blank(FIGURES, "18.1", "figure_denominator"), ["18.1: a share without its denominator"]),
        (blank(FIGURES, "18.1", "figure_denominator", "0"), ["18.1: a share without its denominator"]),
        (blank(FIGURES, "9.4", "figure_value"), ["9.4: nothing says that there is no figure"]),
        (
            blank(FIGURES, "9.4", "proof_table", "大班额台账（原件）"),
            ["9.4: proof_table leads to nothing"],
        ),
        (
            blank(FIGURES, "9.4", "proof_feed_zh"),
            ["9.4: proof_feed_zh leads to nothing", "9.4: no row of a return is behind the figure"],
        ),
        (drop(FIGURES, "9.4"), ["9.4: isn't among the figures"]),
        (drop(DOCUMENTS, "12.3"), ["12.3: isn't among the documents"]),
        # 12.3 is exempt by an archived document, 18.2 names one that was never handed in, 17.1 names one that is there
        (blank(DOCUMENTS, "12.3", "evidence_file_name"), ["12.3: a document without its file in the vault"]),
        (
            blank(DOCUMENTS, "12.3", "evidence_sha256", "00" * 32),
            ["12.3: a document without its file in the vault"],
        ),
        (
            blank(DOCUMENTS, "18.2", "missing_documents_zh"),
            ["18.2: nothing says which document is missing"],
        ),
        (blank(DOCUMENTS, "17.1", "evidence_status"), ["17.1: nothing says what became of its documents"]),
        (
            blank(DOCUMENTS, "17.1", "evidence_status", "未列材料"),
            ["17.1: nothing says what became of its documents"],
        ),
    ],
)
def test_what_is_missing_and_not_said_is_found(
    ledger: Ledger, change: Callable[[Page], None], said: list[str]
) -> None:
    page = copy.deepcopy(ledger.page)
    change(page)
    assert unproved(ledger, page) == said
