"""Later returns of a school that hold clearly less than what they would replace are held for a decision.

Clearly less is: less than half of the classes that were received before, none of those of a grade, or, of a roster, less
than half of the persons. Classes are compared by their names within the grade, so that a list of other classes is no
correction; rows that stand for several classes have no names, and are counted.

All files of a run are compared together, since a school may be split over several of them. A return replaces what came
from a source of its own kind alone: a list of classes isn't part of a statistics form.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records, read_sql
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.findings import Problem, message_of, problem
from dagster_project.intake.manifest import Manifest
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.row_words import class_key
from dagster_project.intake.source_kinds import (
    ROSTER,
    STATISTICS_FORM,
    SourceKind,
    kind_of_sheet,
    source_kinds,
)

if TYPE_CHECKING:
    from dagster_project.intake.raw_rows import TakenFile

#: A return with less than this share of what it would replace is taken for a part of one.
LEAST_SHARE = 0.5
#: School year, school (its code, or its name where its rows have no code) and stage.
_Unit = tuple[int | None, str, str]


@dataclass
class Listing:
    """What a return, or the files of a run together, list of a school and stage.

    Attributes:
        rows: number of rows by group and name, such as classes by grade and key of the class; the name is empty for rows
            that stand for several.
        persons: sum of the feed's first count; None if a row doesn't give it.
    """

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    persons: int | None = 0

    def add(self, group: str, name: str, number: int, persons: int | None) -> None:
        """Count a row, or several with the same name."""
        self.rows[group, name] = 1 if name else self.rows[group, name] + number
        self.persons = None if self.persons is None or persons is None else self.persons + persons

    def of_group(self, group: str) -> Counter[str]:
        """Number of rows by name of one group."""
        return Counter({name: n for (own, name), n in self.rows.items() if own == group})


class ReceivedUnits:
    """What the latest earlier submission of a kind of source brought, by feed, school year, school and stage.

    Held rows don't count.
    """

    def __init__(self, home: Home, manifest: Manifest) -> None:
        self._home, self._manifest = home, manifest

    @cached_property
    def _listings(self) -> dict[str, dict[tuple[_Unit, str], Listing]]:
        found: dict[str, dict[tuple[_Unit, str], Listing]] = {}
        if not self._manifest.submissions:
            return found
        import duckdb

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
            for feed in filter(_is_compared, load_feeds().values()):
                files = [
                    str(path)
                    for s in self._manifest.submissions
                    if feed.feed in s.raw and (path := self._home.raw / s.raw[feed.feed]).is_file()
                ]
                if not files:
                    continue
                group, name = _naming(feed)
                statement = read_sql(
                    __package__,
                    "received_units",
                    feed=feed.feed,
                    group=f"r.{group}" if group else "''",
                    row_name=f"r.{name}" if name else "''",
                    weight=f"r.{_WEIGHT}" if _is_weighted(feed) else "1",
                    persons=f"r.{persons_of(feed)}",
                )
                units: dict[tuple[_Unit, str], Listing] = defaultdict(Listing)
                for year, code, stage, kind, group, name, n, persons in con.execute(
                    statement, [files]
                ).fetchall():
                    units[(year, code, stage), kind].add(group, _key(name, n, kind), n, persons)
                found[feed.feed] = units
        return found

    def listing_of(self, feed: str, unit: _Unit, kind: str) -> Listing:
        """What the latest submission that counts and holds any rows of a school year, school and stage lists of it.

        Args:
            feed: the feed.
            unit: school year, school and stage.
            kind: kind of source.
        """
        return self._listings.get(feed, {}).get((unit, kind), Listing())


def _is_compared(feed: Feed) -> bool:
    """True for a feed whose schools and stages may be returned in part: several rows each, or a roster's persons."""
    return not feed.is_ledger and "stage" in feed.unit_key and persons_of(feed) != ""


def has_many_rows(feed: Feed) -> bool:
    """True for a feed in which a school and stage has several rows that a later return replaces together."""
    return not feed.is_ledger and set(feed.grain) > set(feed.unit_key) and "stage" in feed.unit_key


def _naming(feed: Feed) -> tuple[str, str]:
    """The columns that group and name the rows of a school and stage, such as grade and class; empty if it has one row."""
    names = [name for name in feed.grain if name not in feed.unit_key]
    return (names[0], names[-1]) if names else ("", "")


def persons_of(feed: Feed) -> str:
    """The first count of a feed, which its other counts are parts of: students, full-time teachers; empty if there is none."""
    return next((c.name for c in feed.columns if c.type == "count" and c.name not in feed.grain), "")


def _key(name: str | None, number: int, kind: str) -> str:
    """What tells a class from the others of its grade; empty for classes that are only counted."""
    return "" if number > 1 or kind == STATISTICS_FORM or name is None else class_key(str(name))


#: A row may stand for several classes.
_WEIGHT = "class_count"


def _is_weighted(feed: Feed) -> bool:
    return any(c.name == _WEIGHT for c in feed.columns)


@dataclass(frozen=True)
class _Shortfall:
    """A school and stage of which clearly less was received than before.

    Attributes:
        school: code or name of the school.
        now: number of rows, or of persons.
        before: the same of what was received before.
        kept: how many of the rows received before are there again.
        lacking: groups of which no row is there.
        others: groups of which all rows have other names than before.
        is_of_persons: the numbers are of persons.
    """

    school: str
    stage: str
    now: int
    before: int
    kept: int
    lacking: list[str]
    others: list[str]
    is_of_persons: bool


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
    for feed in filter(_is_compared, load_feeds().values()):
        sheets = [
            (file, sheet, kind)
            for file in taken
            for sheet in file.parsed.sheets
            if sheet.feed == feed.feed and sheet.status == "accepted"
            and ((kind := _kind(sheet, rosters)) == ROSTER or has_many_rows(feed))
        ]  # fmt: skip
        now: dict[tuple[_Unit, SourceKind], Listing] = defaultdict(Listing)
        whole: set[tuple[_Unit, SourceKind]] = set()
        for file, sheet, kind in sheets:
            for unit, group, name, n, persons in _rows(sheet, feed, file.record.school_year):
                now[unit, kind].add(group, _key(name, n, kind), n, persons)
                if sheet.is_whole_correction:
                    whole.add((unit, kind))
        short = {
            (unit, kind): shortfall
            for (unit, kind), listing in now.items()
            if (unit, kind) not in whole
            and (shortfall := _compare(unit, listing, received.listing_of(feed.feed, unit, kind), kind))
        }
        for file, sheet, kind in sheets:
            units = dict.fromkeys(unit for unit, *_ in _rows(sheet, feed, file.record.school_year))
            of_sheet = [short[unit, kind] for unit in units if (unit, kind) in short]
            if of_sheet:
                part = sheet.without_schools({shortfall.school for shortfall in of_sheet})
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


def _rows(
    sheet: ParsedSheet, feed: Feed, school_year: int | None
) -> Iterator[tuple[_Unit, str, str | None, int, int | None]]:
    """Unit, group, name, weight and persons of each row; without those that say no school, stage or group."""
    columns = sheet.columns
    length = len(columns["school_code"])
    group, name = _naming(feed)
    weights: Sequence[Any] = columns[_WEIGHT] if _is_weighted(feed) else [1] * length
    for school, stage, own_group, own_name, n, persons in zip(
        sheet.schools_of_rows(),
        columns["stage"],
        columns[group] if group else [""] * length,
        columns[name] if name else [""] * length,
        weights,
        columns[persons_of(feed)],
        strict=True,
    ):
        if school is not None and stage is not None and own_group is not None:
            yield (school_year, school, stage), own_group, own_name, 1 if n is None else int(n), persons


def _compare(unit: _Unit, now: Listing, before: Listing, kind: SourceKind) -> _Shortfall | None:
    """What is clearly less than before; None if nothing is."""
    kept = {group: _kept(now.of_group(group), before.of_group(group)) for group, _ in before.rows}
    gone = [group for group, number in kept.items() if not number and before.of_group(group).total()]
    lacking = [group for group in gone if not now.of_group(group).total()]
    rows, earlier = now.rows.total(), before.rows.total()
    if gone or sum(kept.values()) < LEAST_SHARE * earlier:
        others = [group for group in gone if group not in lacking]
        return _Shortfall(*unit[1:], rows, earlier, sum(kept.values()), lacking, others, is_of_persons=False)
    if kind != ROSTER or now.persons is None or before.persons is None:
        return None
    if now.persons < LEAST_SHARE * before.persons:
        return _Shortfall(*unit[1:], now.persons, before.persons, now.persons, [], [], is_of_persons=True)
    return None


def _kept(now: Counter[str], before: Counter[str]) -> int:
    """How many of the rows of a group are there again; rows without a name are only counted."""
    if now[""] or before[""]:
        return min(now.total(), before.total())
    return len(now.keys() & before.keys())


def _place(file: TakenFile) -> int:
    """Findings about holds come first, in the order of the record."""
    return sum(p.severity == "hold" for p in file.problems)


def _finding(sheet: ParsedSheet, feed: Feed, short: Sequence[_Shortfall], *, is_whole: bool) -> Problem:
    first, *others = short
    codes = "、".join(dict.fromkeys(other.school for other in others))
    others_zh = message_of("PARTIAL_RETURN", "others", codes=codes)
    group_zh = feed.column(_naming(feed)[0]).heading_zh if first.lacking or first.others else ""
    differences = []
    if first.lacking:
        groups = _groups_zh(feed, first.lacking)
        differences.append(message_of("PARTIAL_RETURN", "lacking", column_zh=group_zh, groups=groups))
    if first.others:
        groups = _groups_zh(feed, first.others)
        differences.append(message_of("PARTIAL_RETURN", "other_rows", column_zh=group_zh, groups=groups))
    if first.kept < min(first.now, first.before):
        differences.append(message_of("PARTIAL_RETURN", "kept", kept=first.kept))
    return problem(
        "PARTIAL_RETURN",
        "rows",
        sheet=sheet.sheet,
        feed=sheet.feed,
        school_code=first.school if first.school.isdigit() else "",
        school=first.school,
        stage_zh=_word(feed, "stage", first.stage),
        now=first.now,
        before=first.before,
        unit_zh="人" if first.is_of_persons else "个班" if _is_weighted(feed) else "行",
        lacking_zh="".join(differences),
        others_zh=others_zh if others else "",
        held_zh=message_of("PARTIAL_RETURN", "whole_sheet" if is_whole else "rows_of_schools"),
    )


def _groups_zh(feed: Feed, codes: Sequence[str]) -> str:
    """The words of some groups, in the order of the form."""
    group = feed.column(_naming(feed)[0])
    order = list(group.choices.values())
    ordered = sorted(codes, key=lambda code: order.index(code) if code in order else len(order))
    return "、".join(_word(feed, group.name, code) for code in ordered)


def _word(feed: Feed, column: str, code: str) -> str:
    choices = feed.column(column).choices
    return next((word for word, value in choices.items() if value == code), code)
