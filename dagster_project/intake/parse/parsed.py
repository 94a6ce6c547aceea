"""Result of parsing: the rows of a file, sheet by sheet, and what was found wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dagster_project.intake.findings import Problem
from dagster_project.intake.nil_returns import NilReturn

#: Columns of `ParsedSheet.columns` besides those of the feed.
ROW_COLUMNS = ("row_number", "part", "has_fault", "lookup_name")


@dataclass
class ParsedSheet:
    """Rows of one feed found in one sheet.

    Attributes:
        sheet: name of the sheet, personal numbers masked.
        school_year: year of the folder the file is in.
        heading_row: last sheet row of the heading.
        rows_read: sheet rows below the heading up to the last filled one.
        rows_dropped: of these, rows that are no records (blank, totals, notes, repeated headings).
        status: `accepted`, `rejected`, or `held`.
        columns: one list per feed column and per name in `ROW_COLUMNS`, all of the same length.
        nil_returns: statements that there is nothing to report; their rows are among those dropped.
        column_maps: per part, the letters of the sheet columns each feed column was read from (`B` or `B,C`).
    """

    sheet: str
    feed: str
    school_year: int
    heading_row: int
    rows_read: int = 0
    rows_dropped: int = 0
    status: str = "accepted"
    is_synthetic: bool = False
    columns: dict[str, list[Any]] = field(default_factory=dict)
    column_maps: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    nil_returns: list[NilReturn] = field(default_factory=list)

    def reject(self, finding: Problem) -> None:
        """Refuse the sheet as a whole."""
        self.status = "rejected"
        self.problems.append(finding)


@dataclass
class ParsedFile:
    """All sheets of one file in which a feed was recognised, and findings that belong to no such sheet."""

    sheets: list[ParsedSheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
