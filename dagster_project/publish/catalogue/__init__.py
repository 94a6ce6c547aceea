"""Tables as data: the content of every table that people see, and its place. See README.md in this folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from dagster_project.publish.catalogue.models import (
    Catalogue,
    CatalogueFile,
    Column,
    Page,
    Paragraph,
    Report,
    ReportSection,
    Rows,
    Sentence,
    Table,
)
from dagster_project.publish.catalogue.rows import Row, bound, rows_of
from dagster_project.publish.catalogue.words import Labels, Words, decimals_of, heading, labels_of

__all__ = [
    "Catalogue",
    "Column",
    "Labels",
    "Page",
    "Paragraph",
    "Report",
    "ReportSection",
    "Row",
    "Rows",
    "Sentence",
    "Table",
    "Words",
    "bound",
    "decimals_of",
    "heading",
    "labels_of",
    "load",
    "rows_of",
]

FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """The whole catalogue, checked."""
    return read(FOLDER)


def read(folder: Path) -> Catalogue:
    """The catalogue of a folder of YAML files.

    Raises:
        ValueError: a file does not have the shape of the models, a name is used twice, a table is placed on a page, in
            a report or in a section that no file declares, or a report names a paragraph that is not there.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = []
    for path in sorted(folder.glob("*.yml")):
        try:
            files.append(
                CatalogueFile.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))
            )
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from error
    tables = [table for file in files for table in file.tables]
    pages = [file.page for file in files if file.page is not None]
    reports = [report for file in files for report in file.reports]
    paragraphs = [paragraph for file in files for paragraph in file.paragraphs]
    for kind, names in (
        ("table", [t.name for t in tables]),
        ("page", [p.file for p in pages]),
        ("report", [r.name for r in reports]),
        ("paragraph", [p.name for p in paragraphs]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the catalogue has more than one {kind} named {', '.join(twice)}")
    _check_places(tables, pages)
    _check_reports(tables, reports, {p.name for p in paragraphs})
    return Catalogue(
        pages=tuple(sorted(pages, key=lambda page: page.position)),
        tables={table.name: table for table in tables},
        reports={report.name: report for report in reports},
        paragraphs={paragraph.name: paragraph for paragraph in paragraphs},
        not_shown={mart: reason for file in files for mart, reason in file.not_shown.items()},
    )


def _check_places(tables: Sequence[Table], pages: Sequence[Page]) -> None:
    """Every table's page and section exist; a page that is made by a function of the site may name its own sections."""
    sections = {page.file: None if page.maker else {s.name for s in page.sections} for page in pages}
    for table in tables:
        if table.site is None:
            continue
        if table.site.page not in sections:
            known = ", ".join(sorted(sections))
            raise ValueError(f"table {table.name}: there is no page {table.site.page}; pages are {known}")
        known_sections = sections[table.site.page]
        if known_sections is not None and table.site.section not in known_sections:
            known = ", ".join(sorted(known_sections))
            raise ValueError(
                f"table {table.name}: {table.site.page} has no section {table.site.section}; sections are {known}"
            )
        if any(str(value).startswith("$school_year") for value in table.where.values()):
            raise ValueError(
                f"table {table.name}: $school_year has a value only in workbooks and reports; a table of the site"
                " uses `latest: school_year`"
            )


def _check_reports(tables: Sequence[Table], reports: Sequence[Report], paragraphs: set[str]) -> None:
    """Every table's report and section exist, and every paragraph that a section names; a table fits its page."""
    sections = {report.name: {s.name for s in report.sections} for report in reports}
    by_name = {report.name: report for report in reports}
    for table in tables:
        if table.word is None:
            continue
        known = sections.get(table.word.report)
        if known is None:
            raise ValueError(f"table {table.name}: there is no report {table.word.report}")
        if table.word.section not in known:
            raise ValueError(
                f"table {table.name}: {table.word.report} has no section {table.word.section}; sections are"
                f" {', '.join(sorted(known))}"
            )
        wide = sum(column.width_mm or 0 for column in table.columns_of("word"))
        most = by_name[table.word.report].width_mm(table.word.section)
        if wide > most:
            raise ValueError(
                f"table {table.name}: its columns are {wide:g} mm wide (`width_mm`); the page has {most}"
            )
    for report in reports:
        missing = {name for s in report.sections for name in s.paragraphs} - paragraphs
        if missing:
            raise ValueError(f"report {report.name}: there is no paragraph {', '.join(sorted(missing))}")
