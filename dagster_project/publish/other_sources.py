"""Schools' returns that came from no form of the project's own: statistics forms, other systems' tables, rosters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dagster_project.core.homes import Home
from dagster_project.intake.manifest import Manifest
from dagster_project.intake.source_kinds import source_kinds

#: Kind of source by source file, sheet and feed; sheets in the project's own form are absent.
Kinds = Mapping[tuple[str, str, str], str]


def kinds_of_sheets(home: Home, manifest: Manifest) -> Kinds:
    """Kind of source of each sheet that is no entry form of the project: a statistics form, other table or roster."""
    return {(k["source_file"], k["sheet"], k["feed"]): k["source_kind"] for k in source_kinds(home, manifest)}


def source_of_rows(rows: Iterable[Mapping[str, Any]], feed: str, kinds: Kinds) -> str:
    """Kind of source from which all rows of a school came; empty if an entry form of the project gave any of them.

    Args:
        rows: the rows, each with `source_file` and `sheet`.
        feed: feed of the rows.
        kinds: as `kinds_of_sheets` gives them.
    """
    found = {kinds.get((row["source_file"], row["sheet"], feed), "") for row in rows}
    return "" if "" in found else min(found, default="")
