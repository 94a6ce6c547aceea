"""Rosters: the rows of a table with one row per person or class, grouped into rows of a feed.

Only the groups leave this module: what a cell of a row says is neither kept nor shown. Findings name rows and columns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import compress
from operator import and_
from typing import Any

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Column, Feed, load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import as_key, clean_text, is_blank
from dagster_project.intake.parse.layout_conditions import Words, cells_at
from dagster_project.intake.parse.layout_values import LayoutPart, layout_column
from dagster_project.intake.parse.layouts import Condition, Layout, LayoutFeed, Source
from dagster_project.intake.parse.parsed import ROW_COLUMNS, ParsedSheet
from dagster_project.intake.parse.roster_rows import (
    choose_rows,
    is_name_of_group,
    is_name_of_school,
    repeated_rows,
    tells_persons_apart,
    without_totals,
)

_NAMED = 8
#: Longer numbers lose digits in a spreadsheet, so that two persons may look alike.
_EXACT = 10**15

#: A part of a layout, the keys of its rows, the rows, and the schools with rows that lack a part of the key.
KeyedRows = tuple[LayoutFeed, list[tuple[Any, ...]], list[Row], set[Any]]


@dataclass
class _InHand:
    """Some rows, and those of their columns that were looked at: as cells, and as words."""

    rows: Sequence[Row]
    cells: list[list[Any]]
    columns: dict[str, list[Any]] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)


class RosterSheet:
    """Groups the rows of one sheet.

    Args:
        sheet: gets the groups, their column maps and the findings.
        feed: the feed that is filled.
        grid: the sheet's cells.
        layout: its roster.
        columns: column index by heading.
        recognised: index in `grid.rows` of the row of headings.
    """

    def __init__(
        self,
        sheet: ParsedSheet,
        feed: Feed,
        grid: Grid,
        layout: Layout,
        columns: dict[str, int],
        recognised: int,
    ) -> None:
        assert layout.roster is not None
        self._sheet, self._feed, self._grid, self._layout = sheet, feed, grid, layout
        self._roster, self._places = layout.roster, columns
        head = grid.rows[recognised]
        self._width = max((j for j, c in enumerate(head, 1) if not is_blank(c)), default=0)
        self._head_cells = len(head)
        self._in_hand = _InHand([], [])
        #: What the groups of all parts are made by, and the groups in which each person was met; both are forgotten
        #: when the sheet is read.
        self._keys_of_groups: list[tuple[Any, ...]] = []
        self._seen: dict[str, list[int]] = {}

    def add(self, parts: Sequence[LayoutFeed], filled: list[Row], body: Sequence[Row]) -> None:
        """Group the rows of each part of the layout, and say how many rows made how many groups.

        Args:
            parts: the parts of the layout that fill the feed.
            filled: the filled rows below the heading.
            body: all rows below the heading.
        """
        sheet = self._sheet
        sheet.columns = {name: [] for name in (*ROW_COLUMNS, *(c.name for c in self._feed.columns))}
        taken: set[int] = set()
        rows, all_rows = self._whole(self._without_totals(filled)), len(filled)
        chosen = choose_rows(self._layout, parts, rows, self._places)
        keyed = [
            (part, *self._keys(part, of_part, self._feed))
            for part, of_part in zip(parts, chosen.of_parts, strict=True)
        ]
        incomplete = {school for *_, schools in keyed for school in schools}
        incomplete |= self._schools_of_undecided(parts, chosen.undecided)
        incomplete |= self._schools_of_repeated(rows, keyed)
        if not (self._roster.number or self._roster.row_of) and any(
            source.total for part in parts for source in part.columns.values()
        ):
            self._add(problem("ROSTER_NO_NUMBER", "layout", **self._place(), layout_zh=self._layout.name_zh))
        for part, keys, rows, _ in keyed:
            taken |= self._add_part(part, keys, rows, incomplete)
        first_rows = sheet.columns["row_number"]
        sheet.count_rows((n for n, _ in body), first_rows)
        if not first_rows and all_rows:
            self._reject_empty(all_rows)
            return
        self._add(
            problem(
                "ROSTER_GROUPED",
                **self._place(),
                rows=all_rows,
                taken=len(taken),
                left_out=len(chosen.left_out),
                groups=len(first_rows),
                by="、".join(self._feed.column(n).heading_zh for n in self._feed.grain),
            )
        )

    def _without_totals(self, rows: list[Row]) -> list[Row]:
        """The rows without those of totals (合计); a finding says which rows those were."""
        feeds = load_feeds()
        keys = {
            self._places[h]: feeds[code].column(name)
            for code, _, part in self._layout.parts()
            for name in _key_names(part, feeds[code])
            for h in part.columns[name].headings
            if h in self._places
        }
        kept, totals = without_totals(rows, keys)
        if totals:
            place = self._about([n for n, _ in totals])
            self._add(problem("PASSED_OVER", "total", **place))
        return kept

    def _schools_of_undecided(self, parts: Sequence[LayoutFeed], undecided: dict[str, list[Row]]) -> set[Any]:
        """Schools with rows whose words don't say whether they count, by heading of the words; the rows are listed."""
        schools: set[Any] = set()
        for heading, rows in undecided.items():
            about = self._about([n for n, _ in rows], heading)
            self._add(problem("ROSTER_WORD", "rows", **about, heading=heading))
            for part in parts:
                schools.update(self._schools_named(part, rows))
        return schools - {None}

    def _schools_of_repeated(self, rows: list[Row], keyed: Sequence[KeyedRows]) -> set[Any]:
        """Schools with rows that are no row of `row_of`, or the same one as another; they are listed in its sheet."""
        if not self._roster.row_of:
            return set()
        feed, listed = load_feeds()[self._roster.row_of], len(self._sheet.problems)
        if feed.feed != self._feed.feed:
            parts = self._layout.feeds[feed.feed]
            chosen = choose_rows(self._layout, parts, rows, self._places)
            keyed = [
                (part, *self._keys(part, own, feed)) for part, own in zip(parts, chosen.of_parts, strict=True)
            ]
        found = [
            (n, dict(zip((*_key_names(part, feed), "lookup_name"), key, strict=True)))
            for part, keys, kept, _ in keyed
            for (n, _), key in zip(kept, keys, strict=True)
        ]
        schools = {school for *_, incomplete in keyed for school in incomplete}
        if repeated := repeated_rows(found):
            heading = next(iter(keyed[0][0].columns[feed.grain[-1]].headings), "")
            about = self._about([n for n, _ in repeated], heading)
            self._add(problem("ROSTER_ROW", "repeated", **about))
            schools |= {key.get(name) for _, key in repeated for name in ("school_code", "lookup_name")}
        if feed.feed != self._feed.feed:
            del self._sheet.problems[listed:]
        return schools - {None}

    def _schools_named(self, part: LayoutFeed, rows: list[Row]) -> list[Any]:
        """Code of the school of each row, or the name that the register knows it by."""
        source = part.columns["school_code"]
        if source.register_name:
            return [
                mask_personal_numbers(clean_text(c)) or None for c in self._cells(rows, source.register_name)
            ]
        return list(self._converted(part, self._feed.column("school_code"), source, rows).values)

    def _reject_empty(self, all_rows: int) -> None:
        zh = self._layout.name_zh
        self._sheet.reject(problem("ROSTER_EMPTY", **self._place(), layout_zh=zh, rows=all_rows))

    def _whole(self, rows: list[Row]) -> list[Row]:
        """Rows that fit the heading; in delimited text a cell more or less may have moved a name into any column."""
        if not self._grid.is_ragged:
            return rows
        whole: list[Row] = []
        shifted: list[Row] = []
        for n, row in rows:
            moved = len(row) < self._width or any(not is_blank(c) for c in row[self._head_cells :])
            (shifted if moved else whole).append((n, row))
        if shifted:
            self._add(problem("ROSTER_SHIFTED", **self._about([n for n, _ in shifted])))
        return whole

    def _add_part(
        self, part: LayoutFeed, keys: list[tuple[Any, ...]], rows: list[Row], incomplete: set[Any]
    ) -> set[int]:
        """Group the rows of one part; returns the numbers of the rows that are in a group.

        Args:
            part: the part of the layout.
            keys: what each row is grouped by.
            rows: the rows.
            incomplete: schools with rows that could not be grouped.
        """
        sheet, out = self._sheet, self._sheet.columns
        groups: dict[tuple[Any, ...], int] = {}
        of_row = [groups.setdefault(key, len(groups)) for key in keys]
        rows, of_row = self._without_twice(rows, list(groups), of_row)
        numbers = [n for n, _ in rows]
        first = dict(zip(reversed(of_row), reversed(numbers), strict=True))
        out["row_number"] += [first[g] for g in range(len(groups))]
        out["part"] += [len(sheet.column_maps)] * len(groups)
        # a row that could not be grouped may belong to any group of its school: none of them is known; a name is no
        # school until the register knows it
        schools = [self._school_of(part, key, self._feed) for key in groups]
        lacking = [not incomplete.isdisjoint(school) for school in schools]
        grouped = dict(
            zip((*_key_names(part, self._feed), "lookup_name"), zip(*groups, strict=True), strict=False)
        )
        found_names = grouped.get("lookup_name", [None] * len(groups))
        out["has_fault"] += [
            lacks or name is not None for lacks, name in zip(lacking, found_names, strict=True)
        ]
        out["lookup_name"] += [
            None if lacks else name for lacks, name in zip(lacking, found_names, strict=True)
        ]
        for g, (lacks, name) in enumerate(zip(lacking, found_names, strict=True)):
            if lacks or name is not None:
                self._add_of_group(part, lacks, first[g], grouped, g)
        unlisted: dict[str, set[int]] = defaultdict(set)
        for column in self._feed.columns:
            source = part.columns.get(column.name)
            if column.name in self._feed.grain and source is not None:
                out[column.name] += grouped.get(column.name, ())
            elif source is None:
                out[column.name] += [None] * len(groups)
            else:
                out[column.name] += self._figures(part, column, source, rows, of_row, len(groups), unlisted)
        for heading, found in unlisted.items():
            self._add(
                problem("ROSTER_WORD", "figure", **self._about(sorted(found), heading), heading=heading)
            )
        sheet.column_maps.append({name: self._written(part, source) for name, source in part.columns.items()})
        return set(numbers)

    def _add_of_group(
        self, part: LayoutFeed, is_incomplete: bool, row_number: int, grouped: dict[str, Any], group: int
    ) -> None:
        """A finding about a group that does not count, at its first row; it is listed while the row is put aside."""
        heading = next(iter(part.columns["school_code"].headings), "")
        code = grouped.get("school_code", {})
        self._add(
            problem(
                "ROSTER_INCOMPLETE",
                "school" if is_incomplete else "name",
                **self._place()
                | {
                    "part": len(self._sheet.column_maps),
                    "row_number": row_number,
                    "cell": f"{self._letter(heading) if heading else 'A'}{row_number}",
                    "school_code": (code[group] if code else None) or "",
                    "column_name": "school_code",
                    "column_zh": self._feed.column("school_code").heading_zh,
                },
            )
        )

    def _school_of(self, part: LayoutFeed, key: tuple[Any, ...], feed: Feed) -> set[Any]:
        """School of a group, as its code or as the name by which the register knows it."""
        named = dict(zip((*_key_names(part, feed), "lookup_name"), key, strict=True))
        return {named.get("school_code"), named["lookup_name"]} - {None}

    def _keys(
        self, part: LayoutFeed, rows: list[Row], feed: Feed
    ) -> tuple[list[tuple[Any, ...]], list[Row], set[Any]]:
        """The key of each row, the rows that have all of it, and the schools of the others, which are listed."""
        columns: list[list[Any]] = []
        lookup: list[Any] = [None] * len(rows)
        without: set[int] = set()
        for name in _key_names(part, feed):
            column, source = feed.column(name), part.columns[name]
            named = {"column_name": name, "column_zh": column.heading_zh}
            heading = next(iter(source.headings), "")

            def about(
                at: Iterable[int], named: dict[str, str] = named, heading: str = heading
            ) -> dict[str, Any]:
                return self._about([rows[i][0] for i in sorted(at)], heading) | named

            if source.register_name:
                names = self._cells(rows, source.register_name)
                lookup = [mask_personal_numbers(clean_text(c)) or None for c in names]
                values: list[Any] = [None] * len(rows)
                blank = {i for i, text in enumerate(lookup) if text is None}
                odd = {name for name in set(lookup) if name and not is_name_of_school(name)}
                if unlike := {i for i, name in enumerate(lookup) if name in odd}:
                    self._add(problem("ROSTER_ROW", "school", **about(unlike)))
                    without |= unlike
            else:
                found = self._converted(part, column, source, rows)
                values = found.values
                blank = {i for i, v in enumerate(values) if v is None and i not in found.faults}
                by_reason: dict[str, set[int]] = defaultdict(set)
                for i, (_, fault) in found.faults.items():
                    by_reason[fault.wanted_zh].add(i)
                for wanted_zh, at in by_reason.items():
                    self._add(problem("ROSTER_ROW", "value", **about(at), wanted=wanted_zh))
                    without |= at
            if blank:
                self._add(problem("ROSTER_ROW", "blank", **about(blank)))
                without |= blank
            if column.type == "text":
                odd = {v for v in set(values) if v is not None and not is_name_of_group(str(v))}
                if unlike := {i for i, v in enumerate(values) if v in odd}:
                    self._add(problem("ROSTER_ROW", "name", **about(unlike)))
                    without |= unlike
            columns.append(values)
        kept = [i not in without for i in range(len(rows))]
        found = list(zip(*columns, lookup, strict=True))
        incomplete = {school for i in without for school in self._school_of(part, found[i], feed)}
        return list(compress(found, kept)), list(compress(rows, kept)), incomplete

    def _converted(self, part: LayoutFeed, column: Column, source: Source, rows: list[Row]) -> Any:
        place = LayoutPart(self._layout, part)
        found = layout_column(source, column, lambda h: self._cells(rows, h), len(rows), place).found
        is_named = column.type == "text" and source.column is not None
        return as_key(found, self._cells(rows, source.column or "")) if is_named else found

    def _without_twice(
        self, rows: list[Row], groups: list[tuple[Any, ...]], of_row: list[int]
    ) -> tuple[list[Row], list[int]]:
        """Rows without those of a person who is in the group already; persons are compared in memory only."""
        if not self._roster.number:
            return rows, of_row
        offset, seen = len(self._keys_of_groups), self._seen
        self._keys_of_groups += groups
        kept = [True] * len(rows)
        twice, elsewhere, unknown = [], [], []
        for i, (cell, local) in enumerate(zip(self._cells(rows, self._roster.number), of_row, strict=True)):
            text = cell if type(cell) is str and cell.isdigit() else clean_text(cell).replace(" ", "").upper()
            if not tells_persons_apart(text) or (isinstance(cell, int | float) and abs(cell) >= _EXACT):
                unknown.append(rows[i][0])
                continue
            before, group = seen.get(text), offset + local
            if before is None:
                seen[text] = [group]
            elif group in before:
                kept[i] = False
                twice.append(rows[i][0])
            else:
                if any(self._keys_of_groups[other] != groups[local] for other in before):
                    elsewhere.append(rows[i][0])
                before.append(group)
        heading = self._roster.number
        if twice:
            self._add(problem("ROSTER_TWICE", **self._about(twice, heading), heading=heading))
        if elsewhere:
            self._add(problem("ROSTER_ELSEWHERE", **self._about(elsewhere, heading), heading=heading))
        if unknown:
            self._add(problem("ROSTER_NO_NUMBER", "cells", **self._about(unknown, heading), heading=heading))
        if not twice:
            return rows, of_row
        return list(compress(rows, kept)), list(compress(of_row, kept))

    def _figures(
        self,
        part: LayoutFeed,
        column: Column,
        source: Source,
        rows: list[Row],
        of_row: list[int],
        groups: int,
        unlisted: dict[str, set[int]],
    ) -> list[Any]:
        """Figure of each group, none where a row may or may not count; rows with such words are added to `unlisted`."""
        if source.constant is not None:
            return [self._converted(part, column, source, rows[:1]).values[0]] * groups if rows else []
        taken = [True] * len(rows)
        undecided: set[int] = set()
        for condition in source.where:
            words = self._words(rows, condition.column)
            known = (*condition.one_of, *condition.none_of)
            if condition.one_of and condition.none_of:
                unknown = [not is_known for is_known in words.among(known)]
            else:
                unknown = words.among(("",)) if "" not in known else []
            if any(unknown):
                unlisted[condition.column].update(n for n, _ in compress(rows, unknown))
                undecided.update(compress(of_row, unknown))
            taken = list(map(and_, taken, words.meeting(condition)))
        of_taken = list(compress(of_row, taken))
        if source.count is not None:
            counts = Counter(of_taken)
            return [None if g in undecided else counts[g] for g in range(groups)]
        totals = self._totals(part, column, source, list(compress(rows, taken)), of_taken, groups)
        return [None if g in undecided else total for g, total in enumerate(totals)]

    def _totals(
        self,
        part: LayoutFeed,
        column: Column,
        source: Source,
        rows: list[Row],
        of_row: list[int],
        groups: int,
    ) -> list[Any]:
        """Sum of a column per group; none if a row of the group has no figure, which is listed."""
        assert source.total is not None
        one = Source.model_validate(
            {"column": source.total}
            | {n: getattr(source, n) for n in ("blank", "missing", "decimal", "marks")}
        )
        values = self._converted(part, column, one, rows).values
        sums: list[Fraction] = [Fraction(0)] * groups
        lacking: set[int] = set()
        without = []
        for (n, _), group, value in zip(rows, of_row, values, strict=True):
            if value is None:
                lacking.add(group)
                without.append(n)
            else:
                sums[group] += value if type(value) is int else Fraction(str(value))
        if without:
            about = self._about(without, source.total)
            self._add(problem("ROSTER_NO_FIGURE", **about, heading=source.total))
        return [
            None if g in lacking else int(s) if s.denominator == 1 and column.type == "count" else float(s)
            for g, s in enumerate(sums)
        ]

    def _written(self, part: LayoutFeed, source: Source) -> str:
        """Entry of a column map: the letters of a key's columns, or `*` and which rows a figure is made of."""
        if source.count is None and source.total is None:
            return ",".join(self._letter(h) for h in source.headings)
        conditions = (*self._layout.where, *part.where, *source.where)
        which = "且".join(map(_condition_zh, conditions))
        rows = f"{self._roster.row}名册中{which + '的' if which else ''}"
        return f"*{rows}{{n}}行" if source.count else f"*{rows}各行“{source.total}”之和"

    def _cells(self, rows: Sequence[Row], heading: str) -> list[Any]:
        found = self._of(rows)
        if heading not in found.columns:
            found.columns[heading] = cells_at(found.cells, self._places[heading])
        return found.columns[heading]

    def _words(self, rows: Sequence[Row], heading: str) -> Words:
        found = self._of(rows)
        if heading not in found.words:
            found.words[heading] = Words.of(self._cells(rows, heading))
        return found.words[heading]

    def _of(self, rows: Sequence[Row]) -> _InHand:
        if self._in_hand.rows is not rows:
            self._in_hand = _InHand(rows, [row for _, row in rows])
        return self._in_hand

    def _letter(self, heading: str) -> str:
        return self._grid.letter(self._places[heading])

    def _place(self) -> dict[str, Any]:
        sheet = self._sheet
        cell = f"A{sheet.heading_row}"
        return {"sheet": sheet.sheet, "feed": sheet.feed, "cell": cell, "row": self._roster.row}

    def _about(self, numbers: list[int], heading: str = "") -> dict[str, Any]:
        """Place of a finding about some rows, and the words that name them; no cell is shown.

        It has no row number: that is for rows that are kept.
        """
        return self._place() | {
            "cell": f"{self._letter(heading) if heading else 'A'}{numbers[0]}",
            "count": len(numbers),
            "rows": "、".join(map(str, numbers[:_NAMED])),
        }

    def _add(self, finding: Problem) -> None:
        self._sheet.problems.append(finding)


def _key_names(part: LayoutFeed, feed: Feed) -> list[str]:
    return [name for name in part.columns if name in feed.grain]


def _condition_zh(condition: Condition) -> str:
    words = "、".join(f"“{word}”" for word in condition.one_of or condition.none_of)
    return f"“{condition.column}”{'是' if condition.one_of else '不是'}{words}"
