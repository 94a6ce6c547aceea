"""Tables as data: the content of every table that people see, and its place. See README.md in this folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from dagster_project.publish.catalogue.models import Catalogue, CatalogueFile, Column, Page, Rows, Table
from dagster_project.publish.catalogue.rows import Row, bound, rows_of
from dagster_project.publish.catalogue.words import Labels, Words, heading, labels_of

__all__ = [
    "Catalogue",
    "Column",
    "Labels",
    "Page",
    "Row",
    "Rows",
    "Table",
    "Words",
    "bound",
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
        ValueError: a file does not have the shape of the models, a table's or page's name is used twice, or a table
            is placed on a page or in a section that no file declares.
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
    for kind, names in (("table", [t.name for t in tables]), ("page", [p.file for p in pages])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the catalogue has more than one {kind} named {', '.join(twice)}")
    _check_places(tables, pages)
    return Catalogue(
        pages=tuple(sorted(pages, key=lambda page: page.position)),
        tables={table.name: table for table in tables},
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
