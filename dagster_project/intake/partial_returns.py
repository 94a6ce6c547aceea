"""Later returns of a school that hold clearly less than what they would replace are held for a decision.

Clearly less is: less than half of what was received before, or nothing of a group (a grade) that was received before.
All files of a run are compared together, since a school may be split over several of them. A return replaces what came
from a source of its own kind alone: a list of classes isn't part of a statistics form.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records, read_sql
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.findings import Problem, message_of, problem
from dagster_project.intake.manifest import Manifest
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.source_kinds import SourceKind, kind_of_sheet, source_kinds

if TYPE_CHECKING:
    from dagster_project.intake.raw_rows import TakenFile

#: A return with less than this share of what it would replace is taken for a part of one.
LEAST_SHARE = 0.5
#: School year, school and stage.
_Unit = tuple[int | None, str, str]
#: Rows per group, such as classes per grade.
Groups = Counter[str]


class ReceivedUnits:
    """What the latest earlier submission of a kind of source brought, by feed, school year, school and stage.

    Held rows don't count.
    """

    def __init__(self, home: Home, manifest: Manifest) -> None:
        self._home, self._manifest = home, manifest

    @cached_property
    def _groups(self) -> dict[str, dict[tuple[_Unit, str], Groups]]:
        import duckdb

        found: dict[str, dict[tuple[_Unit, str], Groups]] = {}
        held = [
            {
                "submission": file.submission,
                "source_file": file.path,
                "sheet": sheet.sheet,
                "feed": sheet.feed,
                "school_code": school,
                "effective": self._manifest.effective_submission(file, sheet),
            }
            for file in self._manifest.files
            for sheet in file.sheets
            if sheet.status == "held"
            for school in sheet.schools or (None,)
        ]
        with duckdb.connect() as con:
            con.execute(read_sql(__package__, "held_sheets"))
            insert_records(con, "held_sheets", held)
            con.execute(read_sql(__package__, "source_kinds"))
            insert_records(con, "source_kinds", source_kinds(self._home, self._manifest))
            for feed in filter(has_many_rows, load_feeds().values()):
                files = [
                    str(path)
                    for s in self._manifest.submissions
                    if feed.feed in s.raw and (path := self._home.raw / s.raw[feed.feed]).is_file()
                ]
                if not files:
                    continue
                statement = read_sql(
                    __package__,
                    "received_units",
                    feed=feed.feed,
                    group=group_of(feed),
                    weight=f"r.{_WEIGHT}" if _is_weighted(feed) else "1",
                )
                units: dict[tuple[_Unit, str], Groups] = defaultdict(Counter)
                for year, code, stage, kind, group, n in con.execute(statement, [files]).fetchall():
                    units[(year, code, stage), kind][group] = n
                found[feed.feed] = units
        return found

    def groups_of(self, feed: str, unit: _Unit, kind: str) -> Groups:
        """Rows per group of a school year, school and stage in the latest submission that counts and holds any.

        Args:
            feed: the feed.
            unit: school year, school and stage.
            kind: kind of source.
        """
        return self._groups.get(feed, {}).get((unit, kind), Counter())


def has_many_rows(feed: Feed) -> bool:
    """True for a feed in which a school and stage has several rows that a later return replaces together."""
    return not feed.is_ledger and set(feed.grain) > set(feed.unit_key) and "stage" in feed.unit_key


def group_of(feed: Feed) -> str:
    """The column that groups the rows of a school and stage, such as the grade of classes."""
    return next(name for name in feed.grain if name not in feed.unit_key)


#: A row may stand for several classes.
_WEIGHT = "class_count"


def _is_weighted(feed: Feed) -> bool:
    return any(c.name == _WEIGHT for c in feed.columns)


@dataclass(frozen=True)
class _Shortfall:
    """A school and stage of which clearly less was received than before."""

    school_code: str
    stage: str
    now: int
    before: int
    lacking: list[str]


def hold_partial_returns(
    taken: Sequence[TakenFile], received: ReceivedUnits, rosters: Collection[str] = ()
) -> list[TakenFile]:
    """Hold the rows of schools of which a run leaves clearly less than was received before.

    A sheet that has rows of no other school is held as a whole. A sheet that says 全部更正 above its heading replaces it all the same.

    Args:
        taken: files of the run; what is held gets its status, and its files the findings.
        received: what was received before.
        rosters: file names of the layouts that read rosters.

    Returns:
        The files of which something is held now.
    """
    found: list[TakenFile] = []
    for feed in filter(has_many_rows, load_feeds().values()):
        sheets = [
            (file, sheet)
            for file in taken
            for sheet in file.parsed.sheets
            if sheet.feed == feed.feed and sheet.status == "accepted"
        ]
        now: dict[tuple[_Unit, SourceKind], Groups] = defaultdict(Counter)
        whole: set[tuple[_Unit, SourceKind]] = set()
        for file, sheet in sheets:
            kind = _kind(sheet, rosters)
            for unit, group, n in _rows(sheet, feed, file.record.school_year):
                now[unit, kind][group] += n
                if sheet.is_whole_correction:
                    whole.add((unit, kind))
        short = {
            (unit, kind): shortfall
            for (unit, kind), groups in now.items()
            if (unit, kind) not in whole
            and (shortfall := _compare(unit, groups, received.groups_of(feed.feed, unit, kind)))
        }
        for file, sheet in sheets:
            kind = _kind(sheet, rosters)
            units = dict.fromkeys(unit for unit, _, _ in _rows(sheet, feed, file.record.school_year))
            of_sheet = [short[unit, kind] for unit in units if (unit, kind) in short]
            if of_sheet:
                part = sheet.without_schools({shortfall.school_code for shortfall in of_sheet})
                if part is None:
                    sheet.status = "held"
                else:
                    file.parsed.sheets.append(part)
                finding = _finding(sheet, feed, of_sheet, is_whole=part is None)
                file.problems.insert(_place(file), finding)
                if file not in found:
                    found.append(file)
    return found


def _kind(sheet: ParsedSheet, rosters: Collection[str]) -> SourceKind:
    return kind_of_sheet(sheet.layout, sheet.column_maps, is_roster=sheet.layout in rosters)


def _rows(sheet: ParsedSheet, feed: Feed, school_year: int | None) -> Iterator[tuple[_Unit, str, int]]:
    """Unit, group and weight of each row; without those that say no school, stage or group."""
    columns = sheet.columns
    length = len(columns["school_code"])
    weights: Sequence[Any] = columns[_WEIGHT] if _is_weighted(feed) else [1] * length
    for code, stage, group, n in zip(
        columns["school_code"], columns["stage"], columns[group_of(feed)], weights, strict=True
    ):
        if code is not None and stage is not None and group is not None:
            yield (school_year, code, stage), group, 1 if n is None else int(n)


def _compare(unit: _Unit, now: Groups, before: Groups) -> _Shortfall | None:
    """What is clearly less than before; None if nothing is."""
    lacking = [group for group in before if before[group] and not now[group]]
    if lacking or now.total() < LEAST_SHARE * before.total():
        return _Shortfall(unit[1], unit[2], now.total(), before.total(), lacking)
    return None


def _place(file: TakenFile) -> int:
    """Findings about holds come first, in the order of the record."""
    return sum(p.severity == "hold" for p in file.problems)


def _finding(sheet: ParsedSheet, feed: Feed, short: Sequence[_Shortfall], *, is_whole: bool) -> Problem:
    first, *others = short
    group = feed.column(group_of(feed))
    order = list(group.choices.values())
    lacking = sorted(first.lacking, key=lambda code: order.index(code) if code in order else len(order))
    groups = "、".join(_word(feed, group.name, code) for code in lacking)
    codes = "、".join(dict.fromkeys(other.school_code for other in others))
    lacking_zh = message_of("PARTIAL_RETURN", "lacking", column_zh=group.heading_zh, groups=groups)
    others_zh = message_of("PARTIAL_RETURN", "others", codes=codes)
    return problem(
        "PARTIAL_RETURN",
        "rows",
        sheet=sheet.sheet,
        feed=sheet.feed,
        school_code=first.school_code,
        stage_zh=_word(feed, "stage", first.stage),
        now=first.now,
        before=first.before,
        unit_zh="个班" if _is_weighted(feed) else "行",
        lacking_zh=lacking_zh if lacking else "",
        others_zh=others_zh if others else "",
        held_zh=message_of("PARTIAL_RETURN", "whole_sheet" if is_whole else "rows_of_schools"),
    )


def _word(feed: Feed, column: str, code: str) -> str:
    choices = feed.column(column).choices
    return next((word for word, value in choices.items() if value == code), code)
