"""The record of one feed found in one sheet of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dagster_project.intake.nil_returns import NilReturn


@dataclass(frozen=True)
class SheetRecord:
    """One feed found in one sheet of a file.

    Attributes:
        status: `accepted`, `held`, `rejected` or `duplicate`.
        heading_row: last sheet row of the heading.
        rows_read: sheet rows below the heading.
        rows_dropped: of these, rows that are no records.
        column_maps: per part, the letters of the source columns of each feed column.
        nil_returns: statements that there is nothing to report.
        layout: file name of the layout by which it was read; empty for the feeds' own headings.
        schools: of a part of a sheet that is held apart from the rest, the schools whose rows it has.
        is_whole: it says above its heading that it holds everything (全部更正).
    """

    sheet: str
    feed: str
    status: str
    heading_row: int
    rows_read: int
    rows_dropped: int
    column_maps: tuple[dict[str, str], ...] = ()
    is_synthetic: bool = False
    nil_returns: tuple[NilReturn, ...] = ()
    layout: str = ""
    schools: tuple[str, ...] = ()
    is_whole: bool = False

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> SheetRecord:
        """From its part of a file's line."""
        return cls(
            line["sheet"],
            line["feed"],
            line["status"],
            line["heading_row"],
            line["rows_read"],
            line["rows_dropped"],
            tuple(line.get("column_maps", ())),
            bool(line.get("is_synthetic", False)),
            tuple(NilReturn.from_line(n) for n in line.get("nil_returns", ())),
            line.get("layout", ""),
            tuple(line.get("schools", ())),
            bool(line.get("is_whole", False)),
        )

    def as_line(self) -> dict[str, Any]:
        """Its part of a file's line."""
        line: dict[str, Any] = {
            "sheet": self.sheet,
            "feed": self.feed,
            "status": self.status,
            "heading_row": self.heading_row,
            "rows_read": self.rows_read,
            "rows_dropped": self.rows_dropped,
            "column_maps": list(self.column_maps),
        }
        if self.is_synthetic:
            line["is_synthetic"] = True
        if self.nil_returns:
            line["nil_returns"] = [n.as_line() for n in self.nil_returns]
        if self.layout:
            line["layout"] = self.layout
        if self.schools:
            line["schools"] = list(self.schools)
        if self.is_whole:
            line["is_whole"] = True
        return line


def with_rows_of_parts(sheets: Sequence[SheetRecord]) -> list[SheetRecord]:
    """The sheets of a file without the parts held apart, whose rows are listed as dropped rows of their sheet."""
    whole = [s for s in sheets if not s.schools]
    for part in (s for s in sheets if s.schools):
        i = next(i for i, s in enumerate(whole) if (s.sheet, s.feed) == (part.sheet, part.feed))
        of = whole[i]
        whole[i] = replace(
            of, rows_read=of.rows_read + part.rows_read, rows_dropped=of.rows_dropped + part.rows_read
        )
    return whole
