"""Tables as data: the content of every table that people see, and its place. See README.md in this folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from dagster_project.core.declarations import read_declaration
from dagster_project.core.errors import UserError
from dagster_project.publish.catalogue.checks import (
    CatalogueError,
    check,
    faults_of_places,
    faults_of_reports,
    labels_of_models,
)
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
from dagster_project.publish.catalogue.rows import Row, bound, of_year, ordered_by, rows_of
from dagster_project.publish.catalogue.words import Labels, Words, decimals_of, heading, labels_of

__all__ = [
    "Catalogue",
    "CatalogueError",
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
    "check",
    "decimals_of",
    "heading",
    "labels_of",
    "labels_of_models",
    "load",
    "of_year",
    "ordered_by",
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
        CatalogueError: a file does not have the shape of the models, a name is used twice, a table is placed on a page, in
            a report or in a section that no file declares, or a report names a paragraph that is not there.
    """
    files: dict[str, CatalogueFile] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            files[path.name] = read_declaration(path, CatalogueFile, empty={})
        except UserError as error:
            raise CatalogueError(str(error)) from error
    tables = [table for file in files.values() for table in file.tables]
    pages = [file.page for file in files.values() if file.page is not None]
    reports = [report for file in files.values() for report in file.reports]
    paragraphs = [paragraph for file in files.values() for paragraph in file.paragraphs]
    for kind, names in (
        ("table", [t.name for t in tables]),
        ("page", [p.file for p in pages]),
        ("report", [r.name for r in reports]),
        ("paragraph", [p.name for p in paragraphs]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CatalogueError(f"the catalogue has more than one {kind} named {', '.join(twice)}")
    homes: dict[str, str] = {}
    for home, file in files.items():
        for entries in (file.tables, file.reports, file.paragraphs):
            homes.update((entry.name, home) for entry in entries)
    faults = [
        *faults_of_places(tables, pages),
        *faults_of_reports(tables, reports, {p.name for p in paragraphs}),
    ]
    if faults:
        raise CatalogueError("\n".join(f"{homes[entry]}, entry {entry}: {fault}" for entry, fault in faults))
    return Catalogue(
        pages=tuple(sorted(pages, key=lambda page: page.position)),
        tables={table.name: table for table in tables},
        reports={report.name: report for report in reports},
        paragraphs={paragraph.name: paragraph for paragraph in paragraphs},
        files=homes,
        not_shown={mart: reason for file in files.values() for mart, reason in file.not_shown.items()},
    )
