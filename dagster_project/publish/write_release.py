"""Writes a whole release into its working folder: tables, workbooks, reports, pages, problem list, description."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from dagster_project.core.duck import is_locked, open_marts
from dagster_project.core.homes import DBT_DIR
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH, some_synthetic_zh
from dagster_project.record.rules import check_suites
from dagster_project.warehouse import build, description, districts, release
from dagster_project.warehouse.seed_checks import check_seeds
from dagster_project.warehouse.steps import Work

if TYPE_CHECKING:
    from dagster_project.publish import site

#: What a run writes besides the tables.
Part = Literal["workbooks", "reports", "site", "feedback"]
ALL_PARTS: frozenset[Part] = frozenset(get_args(Part))
#: Starts the work that writes a part, and returns the function that waits for its result.
Begin = Callable[[Callable[[Work], Any]], Callable[[], Any]]


def at_once(write: Callable[[Work], Any], started: Work) -> Callable[[], Any]:
    """Write a part in this process, before anything else is done."""
    written = write(started)
    return lambda: written


def write_release(started: Work, begin: Begin | None = None, *, parts: frozenset[Part] = ALL_PARTS) -> None:
    """Write a release into its working folder; readers don't see it until the switch.

    Args:
        started: build whose models are done.
        begin: starts the writing of reports and pages, in another process for example; by default they are written
            at once in this one.
        parts: what is written besides the tables.
    """
    from dagster_project.publish import problem_list

    start = begin or (lambda write: at_once(write, started))
    folder = started.folder
    committee = folder / "marts.duckdb"
    check_catalogue()
    labels = build.published_labels()
    counts = release.copy_tier(started.database, committee, "committee", labels)
    districts.write_districts(started.declared_districts(), folder)
    reports = start(write_reports) if "reports" in parts else list
    pages = start(write_pages) if "site" in parts else list
    release.copy_tier(started.database, started.analyst_folder / "marts.duckdb", "analyst", labels)
    release.write_parquet(committee, folder / "parquet")
    with open_marts(committee) as con:
        problems = con.execute("select * from marts.fct_problems").df()
        problem_list.write_problem_list(problems, folder / "problems.csv")
        problem_list.write_problem_list_zh(problems, folder / problem_list.PROBLEM_LIST_ZH)
        assumptions = con.execute("select * from marts.fct_assumptions order by all").df()
        problem_list.write_assumptions(assumptions, folder / "assumptions.csv")
        described = description.describe(started, con, counts)
    workbooks = write_workbooks(started, described) if "workbooks" in parts else []
    if "site" in parts:
        write_pages_data(started)
    written: list[str] = reports()
    pages()
    described = description.with_files(
        described, folder, started.analyst_folder, workbooks=workbooks, reports=written
    )
    described.write(folder)
    release.seal(folder)
    release.seal(started.analyst_folder)


def check_declarations_first() -> None:
    """Check the seeds, the suites and the catalogue before a run reads any return.

    A catalogue and suites that were found in order are not checked again until the code, the models or they change.

    Raises:
        SeedError: see `check_seeds`.
        UserError: see `check_suites`.
        CatalogueError: see `check_catalogue`.
    """
    digest = build.code_digest() + build.models_digest()
    if not build.is_noted("declarations", digest):
        check_seeds(DBT_DIR)
        check_suites()
        check_catalogue()
        build.note("declarations", digest)


def check_catalogue() -> None:
    """Refuse a catalogue that names a mart, a column or a dictionary that is not there, before anything is written.

    Raises:
        CatalogueError: it does; the text names file and entry.
    """
    from dagster_project.publish import catalogue

    catalogue.check(catalogue.load(), catalogue.labels_of_models(build.published_labels()))


def write_workbooks(started: Work, described: description.Description) -> list[str]:
    """Write the workbooks of a release whose tables are written; names of the files."""
    from dagster_project.publish.excel import committee_workbook, ledgers

    committee, folder = started.folder / "marts.duckdb", started.folder / "workbooks"
    paths = committee_workbook.write_committee_workbooks(
        committee, folder, started.release_id, asdict(described)
    )
    paths += ledgers.write_ledger_workbooks(
        committee, folder, started.release_id, synthetic_zh=described.synthetic_zh
    )
    return [p.name for p in paths]


def write_reports(started: Work) -> list[str]:
    """Write the weekly and the monthly report of a release whose tables are written; names of the files."""
    from dagster_project.publish.word import reports

    inputs = started.inputs
    paths = reports.write_reports(
        started.folder / "marts.duckdb",
        started.folder / "reports",
        release_id=started.release_id,
        as_of=dt.date.fromisoformat(started.as_of),
        created=dt.datetime.fromisoformat(started.built_at),
        synthetic_zh=SYNTHETIC_ZH if inputs.is_synthetic else some_synthetic_zh(inputs.synthetic_files),
        districts=districts.districts_of_release(started.folder),
    )
    return [p.name for p in paths]


def write_pages(started: Work) -> None:
    """Write the pages of a release whose tables are written."""
    from dagster_project.publish import site

    before = release_before(started)
    site.write_pages(
        started.folder / "marts.duckdb",
        started.folder / "site",
        _site_release(started),
        previous=None if before is None else before / "marts.duckdb",
        outlines=started.outlines(),
        processes=site.MOST_PROCESSES // 2,
    )


def release_before(started: Work) -> Path | None:
    """Folder of the release in force, with which the pages compare; None if there is none, or it can't be read now."""
    before = started.home.current_dir()
    return None if before is None or is_locked(before / "marts.duckdb") else before


def write_pages_data(started: Work) -> None:
    """Write the data that the pages load; another process may be writing the pages."""
    from dagster_project.publish import site

    site.write_data(
        started.folder / "marts.duckdb",
        started.folder / "site",
        _site_release(started),
        started.analyst_folder / "marts.duckdb",
        processes=site.MOST_PROCESSES // 2,
    )


def _site_release(started: Work) -> site.PageRelease:
    """The release as the pages name it."""
    from dagster_project.publish import site

    inputs = started.inputs
    as_of = dt.date.fromisoformat(started.as_of)
    zone = districts.zone_of(districts.districts_of_release(started.folder))
    return site.PageRelease(
        started.release_id,
        started.built_at,
        as_of,
        inputs.is_synthetic,
        zone,
        inputs.synthetic_files,
    )
