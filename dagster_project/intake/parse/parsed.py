"""Result of parsing: the rows of a file, sheet by sheet, and what was found wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Any

from dagster_project.intake.findings import Problem
from dagster_project.intake.nil_returns import NilReturn

if TYPE_CHECKING:
    from dagster_project.intake.parse.told_apart import ReadTable

#: Columns of `ParsedSheet.columns` besides those of the feed.
ROW_COLUMNS = ("row_number", "part", "has_fault", "lookup_name")


@dataclass
class ParsedSheet:
    """Rows of one feed found in one sheet.

    Attributes:
        sheet: name of the sheet, personal numbers masked.
        school_year: year of the folder the file is in.
        stated_years: years that the sheet itself states.
        heading_row: last sheet row of the heading.
        rows_read: sheet rows below the heading up to the last filled one.
        rows_dropped: of these, rows that are no records (blank, totals, notes, repeated headings).
        status: `accepted`, `rejected`, or `held`.
        is_whole_correction: it says above its heading that it replaces all that was reported before.
        columns: one list per feed column and per name in `ROW_COLUMNS`, all of the same length.
        nil_returns: statements that there is nothing to report; their rows are among those dropped.
        other_years: per table of another year that was not read, the cell by year and the numbers of its rows.
        tables_above: records of each table read so far, with the places of their summed columns by feed column name.
        read_tables: the tables read so far, to compare the rows of later ones with.
        layout: file name of the layout by which it is read; empty for the feeds' own headings.
        unfilled: numbers of rows that were handed out filled in and whose cells to fill in are blank, beside others of the school.
        typed_over: of these, those in which a figure of the year before was changed, which is a finding of its own.
        unconfirmed: numbers of rows of a register that were handed out filled in and not confirmed.
        schools: of a part of a sheet that is held apart from the rest, the schools whose rows it has.
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
    is_whole_correction: bool = False
    layout: str = ""
    schools: tuple[str, ...] = ()
    stated_years: set[int] = field(default_factory=set)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    column_maps: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    nil_returns: list[NilReturn] = field(default_factory=list)
    tables_above: list[tuple[list[tuple[int, list[Any]]], dict[str, int]]] = field(default_factory=list)
    unconfirmed: set[int] = field(default_factory=set)
    unfilled: set[int] = field(default_factory=set)
    typed_over: set[int] = field(default_factory=set)
    other_years: list[tuple[dict[int, str], list[int]]] = field(default_factory=list)
    read_tables: list[ReadTable] = field(default_factory=list, repr=False)
    _below_headings: set[int] = field(default_factory=set, repr=False)
    _with_records: set[int] = field(default_factory=set, repr=False)

    def count_rows(self, below_heading: Iterable[int], with_records: Iterable[int]) -> None:
        """Count the rows of one of the sheet's tables; a row of two tables side by side counts once.

        Args:
            below_heading: numbers of the sheet rows below the heading.
            with_records: those of them that are records.
        """
        self._below_headings.update(below_heading)
        self._with_records.update(with_records)
        self.rows_read = len(self._below_headings)
        self.rows_dropped = len(self._below_headings - self._with_records)

    @property
    def row_years(self) -> set[int]:
        """School years of the sheet's rows: that of its folder, or those of the column that a layout names for the year."""
        return set(self.columns.get("school_year", ())) or {self.school_year}

    def forget_tables(self) -> None:
        """Drop what was only kept to compare the sheet's tables with each other."""
        self.read_tables, self.tables_above, self.other_years = [], [], []

    def schools_of_rows(self) -> list[str | None]:
        """The school of each row: its code, or the name by which it is looked up; None if it says neither."""
        pairs = zip(self.columns["school_code"], self.columns["lookup_name"], strict=True)
        return [name if code is None else code for code, name in pairs]

    def without_schools(self, schools: Collection[str]) -> ParsedSheet | None:
        """Take the rows of some schools out of the sheet; returns them as a held part, None if no others are left.

        Args:
            schools: codes or names of the schools; nothing is taken out if they are all that the sheet names.
        """
        of_rows = self.schools_of_rows()
        if {school for school in of_rows if school is not None} <= set(schools):
            return None
        is_taken = [school in schools for school in of_rows]
        taken = {name: list(compress(values, is_taken)) for name, values in self.columns.items()}
        self.columns = {
            name: [v for v, out in zip(values, is_taken, strict=True) if not out]
            for name, values in self.columns.items()
        }
        rows = len(set(taken["row_number"]) - set(self.columns["row_number"]))
        self.rows_read -= rows
        return ParsedSheet(
            self.sheet, self.feed, self.school_year, self.heading_row, rows, status="held",
            is_synthetic=self.is_synthetic, layout=self.layout, columns=taken, schools=tuple(sorted(schools)),
        )  # fmt: skip

    def reject(self, finding: Problem) -> None:
        """Refuse the sheet as a whole."""
        self.status = "rejected"
        self.problems.append(finding)


@dataclass
class ParsedFile:
    """All sheets of one file in which a feed was recognised, and findings that belong to no such sheet.

    Attributes:
        has_persons: some sheet of the file has a row per person, so that the file itself may not be kept.
    """

    sheets: list[ParsedSheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    has_persons: bool = False
