"""Records of a traced figure: the figure, its source cells, the split of shared resources, the standard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

MISSING_STATES = ("blank", "not_received", "quarantined")


@dataclass(frozen=True)
class SourceCell:
    """One cell that a figure was computed from; `cell` is None if the value is a constant or missing.

    `value` is the reported value in the column's own unit. A value that adds several cells up has one
    `SourceCell` each: all have the whole sum, and `cells_in_sum` is their number. `sheet` is empty for CSV,
    times are UTC. `original` is what the cell holds where a correction stands in for it. Cells of one reported
    value have the same `reading`, a number within the trace; `is_subtracted` marks those that are taken away.
    `roster_rows` says which rows of a roster the value counts, with `{n}` for their number; it has no cell then.
    """

    reading: int
    role: str
    factor: float
    state: str
    school_code: str
    school_name: str
    stage: str | None
    feed: str
    feed_zh: str
    column_name: str
    heading_zh: str
    value: float | None
    unit_zh: str
    source_file: str | None
    sheet: str | None
    row_number: int | None
    cell: str | None
    cells_in_sum: int
    sha256: str | None
    received_at: dt.datetime | None
    submission: int | None
    original: str | None = None
    is_subtracted: bool = False
    roster_rows: str = ""

    @property
    def roster_zh(self) -> str:
        """Which rows of a roster the value is made of, in Chinese; empty unless it comes from a roster."""
        number = "" if self.value is None else f" {self.value:g} "
        return self.roster_rows.replace("{n}", number)


@dataclass(frozen=True)
class StandardInForce:
    """The threshold that a figure is judged by, in the indicator's unit, and its source document."""

    threshold: float
    direction: str
    source_document: str
    clause: str | None
    valid_from: int
    valid_to: int | None


@dataclass(frozen=True)
class StageWeight:
    """One stage of a school that shares its resources: students (persons) and their weight."""

    stage: str
    students: float | None
    weight: float

    @property
    def weighted(self) -> float | None:
        """Students times weight."""
        return None if self.students is None else self.students * self.weight


@dataclass(frozen=True)
class FigureTrace:
    """A row of `fct_school_indicators` with its formula, standard, split and source cells."""

    school_code: str
    school_name: str
    school_year: int
    stage: str
    indicator_code: str
    label_zh: str
    unit_zh: str
    numerator_unit_zh: str
    decimals: int
    value: float | None
    numerator: float | None
    denominator: float | None
    source_total: float | None
    share: float | None
    status: str
    missing_reason: str | None
    formula_zh: str
    standard: StandardInForce | None
    gap_to_threshold: float | None
    gap_to_floor: float | None
    #: Share of the threshold (0–1) that no judged indicator may fall below.
    floor_ratio: float | None
    #: The value computed again from the cells alone.
    recomputed: float | None
    #: Stages that share the school's resources; empty where nothing is split.
    split: tuple[StageWeight, ...]
    #: Schools whose figures were added up, (code, name), the school itself first.
    members: tuple[tuple[str, str], ...]
    cells: tuple[SourceCell, ...]
    #: One Chinese sentence per fact about missing, quarantined, summed, constant, corrected or explained values.
    notes: tuple[str, ...]

    @property
    def is_reproduced(self) -> bool:
        """True if the cells alone give the published value, or neither has one."""
        if self.value is None or self.recomputed is None:
            return self.value is None and self.recomputed is None
        return abs(self.value - self.recomputed) <= 1e-9 * abs(self.value)


def total_of(cells: Sequence[SourceCell]) -> float | None:
    """Sum of the readings of some cells, each reading once; None if one is missing."""
    if not cells or any(c.state in MISSING_STATES for c in cells):
        return None
    return sum({c.reading: c.value or 0.0 for c in cells}.values())
