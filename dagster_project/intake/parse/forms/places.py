"""Where figures are is worked out once for all workbooks in which a form has the same labels in the same cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from dagster_project import speed
from dagster_project.intake.parse.forms.declared import Era, Place
from dagster_project.intake.parse.forms.tables import FormTable

#: In the place of a cell where labels stand for several.
SEVERAL: Final = object()
#: Tables that are remembered of one era.
_MOST = 2000

_T = TypeVar("_T")


@dataclass
class Places:
    """What is known of a form with certain labels in certain cells.

    Attributes:
        found: by the identity of a place, the place itself and where it is: sheet of the table, row index, column index
            and unit; None if it isn't there, or `SEVERAL`.
        concluded: what else follows from the labels, by what it is about.
        labels: what was found in the sheets' labels; kept, so that nothing else gets its identity.
    """

    found: dict[int, tuple[Place, Any]] = field(default_factory=dict)
    concluded: dict[int, tuple[object, Any]] = field(default_factory=dict)
    labels: Sequence[object] = ()

    def conclude(self, about: object, conclusion: Callable[[], _T]) -> _T:
        """What follows from the labels alone for some declaration, worked out once."""
        known = self.concluded.get(id(about))
        if known is None:
            known = self.concluded[id(about)] = (about, conclusion())
        found: _T = known[1]
        return found


def places_in(era: Era, table: FormTable) -> Places | None:
    """What is known of the table's form with its labels, nothing at first; None if its labels alone don't say where cells are.

    Args:
        era: its edition, which remembers it.
        table: the form in a workbook, with all its sheets.
    """
    if table.form.kind == "cards":
        return None
    if not speed.is_on():
        return Places()
    # sheets with the same labels share what was found in them
    labels = [sheet.found for sheet in table.sheets]
    key = (table.key, *map(id, labels))
    known: dict[Any, Places] = era.places
    if key not in known:
        if len(known) >= _MOST:
            known.clear()
        known[key] = Places(labels=labels)
    return known[key]
