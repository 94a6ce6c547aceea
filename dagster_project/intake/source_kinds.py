"""Kinds of sources: by what a sheet was read, which decides whose figure counts where several give one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from dagster_project.core.homes import Home, layout_files
from dagster_project.intake import vault
from dagster_project.intake.manifest import Manifest

SourceKind = Literal["statistics_form", "own_template", "other_table", "roster"]
STATISTICS_FORM: SourceKind = "statistics_form"
OWN_TEMPLATE: SourceKind = "own_template"
OTHER_TABLE: SourceKind = "other_table"
ROSTER: SourceKind = "roster"
#: In the order of the default precedence.
KINDS: tuple[SourceKind, ...] = (STATISTICS_FORM, OWN_TEMPLATE, OTHER_TABLE, ROSTER)


def kind_of_sheet(
    layout: str, column_maps: Iterable[Mapping[str, str]], *, is_roster: bool = False
) -> SourceKind:
    """Kind of source of a sheet.

    Args:
        layout: file name of the layout by which it was read; empty for the feeds' own headings.
        column_maps: per part, the places of each feed column. Values of statistics forms have whole addresses; a value
            without any place is a layout's constant: an early record doesn't name the layout.
        is_roster: the layout says that the table is a roster.
    """
    if layout:
        return ROSTER if is_roster else OTHER_TABLE
    places = {place for columns in column_maps for place in columns.values()}
    if any(character.isdigit() for place in places for character in place):
        return STATISTICS_FORM
    return OTHER_TABLE if "" in places else OWN_TEMPLATE


def source_kinds(home: Home, manifest: Manifest) -> list[dict[str, Any]]:
    """Sheets that aren't written in the project's own form, with their kind; all others are `own_template`.

    Returns:
        Records of submission, source_file, sheet, feed and source_kind.
    """
    kept = {s.submission: s.layouts for s in manifest.submissions}
    rosters: dict[str, bool] = {}
    found = {}
    for file in manifest.files:
        for sheet in file.sheets:
            digest = kept.get(file.submission, {}).get(sheet.layout, "") if sheet.layout else ""
            if digest and digest not in rosters:
                rosters[digest] = is_roster(vault.content_of(home, digest))
            kind = kind_of_sheet(sheet.layout, sheet.column_maps, is_roster=rosters.get(digest, False))
            if kind != OWN_TEMPLATE:
                # a sheet of which a part is held apart has two records
                place = (file.submission, file.path, sheet.sheet, sheet.feed)
                found[place] = kind
    names = ("submission", "source_file", "sheet", "feed")
    return [dict(zip(names, place, strict=True)) | {"source_kind": kind} for place, kind in found.items()]


def rosters_among(*folders: Path) -> set[str]:
    """File names of the layouts of some folders that read rosters; of equal names that of the last folder counts."""
    files = {path.relative_to(folder).as_posix(): path for folder in folders for path in layout_files(folder)}
    return {name for name, path in files.items() if is_roster(path.read_bytes())}


def is_roster(layout: bytes) -> bool:
    """True if the layout in a file's bytes has a `roster`. Nothing else of the layout is looked at or checked."""
    if b"roster" not in layout:
        return False
    declared = yaml.safe_load(layout)
    return isinstance(declared, dict) and bool(declared.get("roster"))
