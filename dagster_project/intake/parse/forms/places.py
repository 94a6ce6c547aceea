"""Where figures are is worked out once for all workbooks in which a form has the same labels in the same cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from dagster_project import speed
from dagster_project.intake.parse.forms.declared import Era
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
        concluded: what follows from the labels, by the identity of what it is about, which is kept beside it.
        labels: what was found in the sheets' labels; kept, so that nothing else gets its identity.
    """

    concluded: dict[Any, tuple[object, Any]] = field(default_factory=dict)
    labels: Sequence[object] = ()

    def conclude(self, about: object, conclusion: Callable[[], _T]) -> _T:
        """What follows from the labels alone for some declaration, worked out once."""
        return _concluded(self.concluded, id(about), about, conclusion)


def conclude_over(
    era: Era, places: Sequence[Places | None], about: object, conclusion: Callable[[], _T]
) -> _T:
    """What follows from the labels of several forms for some declaration, worked out once.

    Args:
        era: edition of the forms, which remembers it.
        places: what is known of each form; None for one that isn't in the workbook.
        about: the declaration.
        conclusion: works it out.
    """
    known: dict[Any, tuple[object, Any]] = era.conclusions
    if len(known) >= _MOST:
        known.clear()
    # what is kept beside the conclusion can't lose its identity to anything else
    return _concluded(known, (id(about), *map(id, places)), (about, *places), conclusion)


def _concluded(
    known: dict[Any, tuple[object, Any]], key: object, about: object, conclusion: Callable[[], _T]
) -> _T:
    found = known.get(key)
    if found is None:
        found = known[key] = (about, conclusion())
    worked_out: _T = found[1]
    return worked_out


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
