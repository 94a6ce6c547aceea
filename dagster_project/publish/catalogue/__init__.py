"""Tables as data: the content of every table that people see, and its place. See README.md in this folder."""

from __future__ import annotations

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
        ValueError: a file does not have the shape of the models, or a table's or page's name is used twice.
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
    return Catalogue(
        pages=tuple(sorted(pages, key=lambda page: page.position)),
        tables={table.name: table for table in tables},
        not_shown={mart: reason for file in files for mart, reason in file.not_shown.items()},
    )
