"""Nil returns: a sheet that says that there is nothing to report is a return, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class NilReturn:
    """A statement that there is nothing to report, with whose and which period it is as far as the sheet says.

    Attributes:
        cell: address of the cell that says so.
        school_code: ten digits; empty if the sheet gives only the school's name, or is a district's.
        school_name: as written; empty if not given.
        district_code: six digits; empty for a school's.
        reporting_month: 2025-11; empty if none is stated.
        figure_year: year of a ledger's row; None if none is stated.
    """

    cell: str
    school_code: str = ""
    school_name: str = ""
    district_code: str = ""
    reporting_month: str = ""
    figure_year: int | None = None

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> NilReturn:
        """From its part of a sheet's line in the manifest."""
        return cls(**line)

    def as_line(self) -> dict[str, Any]:
        """Its part of a sheet's line in the manifest; what is not stated is left out."""
        return {name: value for name, value in vars(self).items() if value}
