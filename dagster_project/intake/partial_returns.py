"""Later returns that hold clearly less than what they would replace are held for a decision."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.findings import problem
from dagster_project.intake.manifest import Manifest
from dagster_project.intake.parse.parsed import ParsedSheet

if TYPE_CHECKING:
    from dagster_project.intake.raw_rows import TakenFile

#: A return with less than this share of the rows that it would replace is taken for a part of one.
LEAST_SHARE = 0.5
_Unit = tuple[Any, ...]


class ReceivedUnits:
    """Numbers of rows that the latest earlier submission brought, by feed, school year, school and stage."""

    def __init__(self, home: Home, manifest: Manifest) -> None:
        self._home, self._manifest = home, manifest

    @cached_property
    def _counts(self) -> dict[str, dict[_Unit, int]]:
        import duckdb

        counts: dict[str, dict[_Unit, int]] = {}
        with duckdb.connect() as con:
            for feed in load_feeds().values():
                files = [
                    str(path)
                    for s in self._manifest.submissions
                    if feed.feed in s.raw and (path := self._home.raw / s.raw[feed.feed]).is_file()
                ]
                if files and has_many_rows(feed):
                    found = con.execute(read_sql(__package__, "received_units"), [files]).fetchall()
                    counts[feed.feed] = {tuple(unit): n for *unit, n in found}
        return counts

    def rows_of(self, feed: str, unit: _Unit) -> int:
        """Rows of a school year, school and stage in the latest submission that holds any."""
        return self._counts.get(feed, {}).get(unit, 0)


def has_many_rows(feed: Feed) -> bool:
    """True for a feed in which a school and stage has several rows that a later return replaces together."""
    return not feed.is_ledger and set(feed.grain) > set(feed.unit_key) and "stage" in feed.unit_key


def hold_partial_returns(file: TakenFile, school_year: int | None, received: ReceivedUnits) -> None:
    """Hold sheets in which a school's rows are clearly fewer than those received before.

    A sheet that says 全部更正 above its heading replaces them all the same. Schools split over several files of one
    run are no case of this: only earlier runs are compared.

    Args:
        file: the parsed file; gets the finding.
        school_year: year of its folder.
        received: what was received before.
    """
    for sheet in file.parsed.sheets:
        feed = load_feeds()[sheet.feed]
        if sheet.status != "accepted" or sheet.is_whole_correction or not has_many_rows(feed):
            continue
        fewer = _fewer(sheet, school_year, received)
        if fewer:
            (code, stage), now, before = fewer
            sheet.status = "held"
            file.problems.append(
                problem(
                    "PARTIAL_RETURN",
                    sheet=sheet.sheet,
                    feed=sheet.feed,
                    school_code=code,
                    stage_zh=_word(feed, stage),
                    now=now,
                    before=before,
                )
            )


def _fewer(
    sheet: ParsedSheet, school_year: int | None, received: ReceivedUnits
) -> tuple[tuple[str, str], int, int] | None:
    """School and stage with fewer rows than before, with both numbers; None if there is none."""
    units = Counter(zip(sheet.columns["school_code"], sheet.columns["stage"], strict=True))
    for (code, stage), now in units.items():
        if code is None or stage is None:
            continue
        before = received.rows_of(sheet.feed, (school_year, code, stage))
        if now < LEAST_SHARE * before:
            return (code, stage), now, before
    return None


def _word(feed: Feed, stage: str) -> str:
    return next((word for word, code in feed.column("stage").choices.items() if code == stage), stage)
