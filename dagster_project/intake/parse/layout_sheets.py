"""Rows of the feeds that a layout fills from one sheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.columns import fill_sheet
from dagster_project.intake.parse.headings import heading_texts
from dagster_project.intake.parse.layout_conditions import Words, cells_at
from dagster_project.intake.parse.layout_rosters import RosterSheet
from dagster_project.intake.parse.layout_values import LayoutPart
from dagster_project.intake.parse.layouts import Layout, LayoutFeed, SchoolYear, Source
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.roster_rows import ChosenRows, choose_rows, headings_of_roster
from dagster_project.intake.parse.rows import rows_below
from dagster_project.intake.parse.years import reject_other_year

_NAMED = 8
#: 2023, 2023.0, 2023/24, 2023-2024, 2023学年: the year at the start.
_YEAR = re.compile(r"(\d{2,4})(?:\.0+)?(?:\s*(?:[/–—~～至-]\s*\d{2,4})?\s*(?:学?年度?)?)?", re.ASCII)
_YEARS = range(1950, 2101)
#: Findings about a sheet's row or column that each group of it would repeat.
_ONCE = ("SHIFTED_ROW", "WIDE_DIGITS")


def parse_by_layout(grid: Grid, layout: Layout, recognised: int, school_year: int) -> list[ParsedSheet]:
    """A sheet per feed of the layout.

    Args:
        grid: the sheet.
        layout: recognises one of its rows.
        recognised: index in `grid.rows` of that row.
        school_year: year of the folder.
    """
    places = _places(grid, recognised)
    return [
        _parse_feed(grid, layout, code, parts, recognised, places, school_year)
        for code, parts in layout.feeds.items()
    ]


def recognised_by(grid: Grid, layouts: Sequence[Layout]) -> tuple[Layout, int] | None:
    """The layout that recognises a row by the most headings, and the row's index; None if none does."""
    found = [
        (layout, i)
        for i, row in enumerate(map(set, heading_texts(grid)))
        for layout in layouts
        if layout.recognises(row)
    ]
    return max(found, key=lambda f: len(f[0].recognised_by), default=None)


def nearly_recognised(grid: Grid, layouts: Sequence[Layout]) -> Problem | None:
    """Finding about a sheet that lacks few of a layout's headings; None if there is no such layout."""
    best: tuple[Fraction, Layout, int, list[str]] | None = None
    for i, row in enumerate(heading_texts(grid)):
        for layout in layouts:
            missing = [h for h in layout.recognised_by if normalise_heading(h) not in row]
            lacking = Fraction(len(missing), len(layout.recognised_by))
            if 2 * lacking <= 1 and (best is None or lacking < best[0]):
                best = lacking, layout, i, missing
    if best is None:
        return None
    _, layout, i, missing = best
    return problem(
        "LAYOUT_NEARLY",
        sheet=grid.sheet,
        cell=f"A{grid.first_row + i}",
        layout_zh=layout.name_zh,
        missing="、".join(f"“{h}”" for h in missing),
    )


def _places(grid: Grid, last: int) -> dict[str, list[int]]:
    """Column indexes by normalised heading, and by heading path (group>heading), of the recognised row."""
    texts = heading_texts(grid)
    places: dict[str, list[int]] = {}
    group = ""
    for j, text in enumerate(texts[last]):
        above = texts[last - 1][j] if last and j < len(texts[last - 1]) else ""
        group = above or group
        if text:
            places.setdefault(text, []).append(j)
            if group and group != text:
                places.setdefault(f"{group}>{text}", []).append(j)
    return places


def _path(heading: str) -> str:
    return ">".join(normalise_heading(part) for part in heading.split(">"))


def _parse_feed(
    grid: Grid,
    layout: Layout,
    code: str,
    parts: Sequence[LayoutFeed],
    recognised: int,
    places: Mapping[str, list[int]],
    school_year: int,
) -> ParsedSheet:
    feed = load_feeds()[code]
    last = recognised + layout.heading_rows - 1
    number = grid.first_row + recognised
    sheet = ParsedSheet(grid.sheet, code, school_year, number, layout=layout.file_name)
    wanted = {h for part in parts for group in part.groups() for s in group.values() for h in s.headings}
    wanted |= {c.column for part in parts for c in (*layout.where, *part.where)}
    if layout.roster:
        wanted |= headings_of_roster(layout, parts)
    if layout.school_year:
        wanted.add(layout.school_year.column)
    columns = _columns(sheet, grid, layout, wanted, places)
    if columns is None:
        return sheet
    body = rows_below(grid, last)
    filled = [(n, row) for n, row in body if _is_filled(row)]
    sheet.count_rows((n for n, _ in body), ())
    every = filled
    if layout.roster:
        RosterSheet(sheet, feed, grid, layout, columns, recognised).add(parts, filled, body)
        return sheet
    chosen = choose_rows(layout, parts, filled, columns)
    asked = _asked_about(chosen, parts, columns)
    if layout.where:
        numbers = {n for rows in chosen.of_parts for n, _ in rows}.union(asked)
        filled = [(n, row) for n, row in filled if n in numbers]
    years = _years_of(sheet, grid, layout.school_year, columns, filled)
    if layout.school_year:
        stated = {
            year: grid.address(columns[layout.school_year.column], n) for n, year in reversed(years.items())
        }
        if reject_other_year(sheet, stated):
            return sheet
    kept: set[int] = set()
    blank: list[int] = []
    for place, part in enumerate(parts):
        own_asked = {n: row for n, row in asked.items() if chosen.open_to[n] == place}
        records = chosen.of_parts[place]
        if own_asked:
            records = sorted([*records, *own_asked.items()], key=lambda record: record[0])
        if layout.school_year:
            records = [(n, row) for n, row in records if n in years]
        for group, own in _groups(part):
            rows = [(n, row) for n, row in records if not own or _is_any_filled(row, own, columns)]
            blank += [n for n, _ in records if own] if not rows else []
            if rows and len(rows) < len(records):
                with_rows = {n for n, _ in rows}
                blank += [n for n, _ in records if n not in with_rows]
            kept.update(n for n, _ in rows)
            start = len(sheet.columns.get("row_number", ()))
            fill_sheet(sheet, feed, grid, rows, [group], columns, LayoutPart(layout, part), recognised)
            if sheet.status != "accepted":
                return sheet
            _put_aside(sheet, grid, layout, columns, start, chosen, own_asked)
    sheet.count_rows((n for n, _ in body), kept)
    sheet.problems = list(_without_repeated(sheet.problems))
    if every and not kept and any((*layout.where, *part.where) for part in parts):
        sheet.reject(_no_rows(sheet, layout, parts, columns, every))
        return sheet
    if len(set(years.values())) > 1:
        sheet.columns["school_year"] = [years[n] for n in sheet.columns["row_number"]]
        several = "、".join(map(str, sorted(set(years.values()))))
        sheet.problems.append(problem("LAYOUT_YEARS", **_at(sheet), stated=several, school_year=school_year))
    _list_undecided(sheet, grid, layout, columns, chosen, kept)
    read = [(n, row) for n, row in every if n in kept or n not in chosen.open_to]
    _list_left_out(sheet, layout, parts, read, kept, blank)
    _warn_of_averages(sheet, feed)
    return sheet


def _columns(
    sheet: ParsedSheet,
    grid: Grid,
    layout: Layout,
    wanted: Iterable[str],
    places: Mapping[str, list[int]],
) -> dict[str, int] | None:
    """Column index of each heading; None if one is missing or stands twice, and the sheet is refused."""
    found = {h: places.get(_path(h), []) for h in sorted(wanted)}
    if missing := [h for h, at in found.items() if not at]:
        sheet.reject(
            problem(
                "MISSING_COLUMN",
                "layout",
                sheet=sheet.sheet,
                feed=sheet.feed,
                row_number=sheet.heading_row,
                cell=f"A{sheet.heading_row}",
                layout_zh=layout.name_zh,
                missing="、".join(missing),
            )
        )
        return None
    if twice := {h: at for h, at in found.items() if len(at) > 1}:
        addresses = {h: "、".join(grid.address(j, sheet.heading_row) for j in at) for h, at in twice.items()}
        sheet.reject(
            problem(
                "LAYOUT_HEADING_TWICE",
                sheet=sheet.sheet,
                feed=sheet.feed,
                row_number=sheet.heading_row,
                cell=grid.address(next(iter(twice.values()))[0], sheet.heading_row),
                layout_zh=layout.name_zh,
                headings="、".join(f"“{h}”（{at}）" for h, at in addresses.items()),
            )
        )
        return None
    return {h: at[0] for h, at in found.items()}


def _years_of(
    sheet: ParsedSheet, grid: Grid, clause: SchoolYear | None, columns: Mapping[str, int], rows: list[Row]
) -> dict[int, int]:
    """School year by row number; rows without one are listed in `sheet`."""
    if clause is None:
        return {}
    j = columns[clause.column]
    years: dict[int, int] = {}
    unknown = []
    for n, row in rows:
        found = _YEAR.fullmatch(clean_text(row[j]) if j < len(row) else "")
        year = int(found[1]) + clause.add if found else 0
        if year in _YEARS:
            years[n] = year
        else:
            unknown.append(n)
    if unknown:
        cell = grid.address(j, unknown[0])
        sheet.problems.append(
            problem("LAYOUT_YEAR", **_at(sheet, cell), count=len(unknown), rows=_named(unknown))
        )
    return years


def _is_filled(row: Sequence[object]) -> bool:
    """True if a row has a cell that isn't blank; most rows show it with their first one."""
    first = row[0] if row else ""
    if type(first) is int or type(first) is float or (type(first) is str and first.isalnum()):
        return True
    return any(not is_blank(c) for c in row)


def _asked_about(
    chosen: ChosenRows, parts: Sequence[LayoutFeed], columns: Mapping[str, int]
) -> dict[int, list[Any]]:
    """Rows that no condition decides, of schools with rows that count: without them these would be too small."""
    if not chosen.undecided:
        return {}
    schools = {
        _school_in(part, row, columns)
        for part, rows in zip(parts, chosen.of_parts, strict=True)
        for _, row in rows
    } - {()}
    undecided = {n: row for rows in chosen.undecided.values() for n, row in rows}
    return {
        n: row
        for n, row in undecided.items()
        if _school_in(parts[chosen.open_to[n]], row, columns) in schools
    }


def _school_in(part: LayoutFeed, row: Sequence[Any], columns: Mapping[str, int]) -> tuple[str, ...]:
    """What names the school of a row, as it is written there."""
    source = part.columns.get("school_code")
    if source is None:
        return ()
    return tuple(clean_text(row[j]) if (j := columns[h]) < len(row) else "" for h in source.headings)


def _put_aside(
    sheet: ParsedSheet,
    grid: Grid,
    layout: Layout,
    columns: Mapping[str, int],
    start: int,
    chosen: ChosenRows,
    asked: Mapping[int, object],
) -> None:
    """Put aside the rows from a place on of which the conditions don't say whether they count."""
    if not asked:
        return
    headings = {n: heading for heading, rows in reversed(chosen.undecided.items()) for n, _ in rows}
    for i, n in enumerate(sheet.columns["row_number"][start:], start):
        if n not in asked:
            continue
        sheet.columns["has_fault"][i] = True
        j = columns[headings[n]]
        sheet.problems.append(
            problem(
                "LAYOUT_ROW_UNDECIDED",
                sheet=sheet.sheet,
                feed=sheet.feed,
                part=sheet.columns["part"][i],
                row_number=n,
                cell=grid.address(j, n),
                school_code=sheet.columns["school_code"][i] or "",
                layout_zh=layout.name_zh,
                heading=headings[n],
            )
        )


def _groups(part: LayoutFeed) -> Iterator[tuple[dict[str, Source], set[str]]]:
    """Sources of each group, and the headings that only some groups read."""
    groups = part.groups()
    read = [{h for source in group.values() for h in source.headings} for group in groups]
    shared = set.intersection(*read)
    for group, headings in zip(groups, read, strict=True):
        yield group, headings - shared if part.repeat else set()


def _is_any_filled(row: Sequence[object], headings: Iterable[str], columns: Mapping[str, int]) -> bool:
    return any((j := columns[h]) < len(row) and not is_blank(row[j]) for h in headings)


def _without_repeated(problems: list[Problem]) -> Iterator[Problem]:
    seen = set()
    for found in problems:
        key = (found.rule_code, found.row_number, found.column_name, found.cell)
        if found.rule_code in _ONCE and key in seen:
            continue
        seen.add(key)
        yield found


def _no_rows(
    sheet: ParsedSheet,
    layout: Layout,
    parts: Sequence[LayoutFeed],
    columns: Mapping[str, int],
    rows: list[Row],
) -> Problem:
    """Finding about a sheet none of whose rows meets the conditions: the words of the first one that none meets."""
    conditions = [c for part in parts for c in (*layout.where, *part.where)]
    cells = [row for _, row in rows]
    heading = next(
        (c.column for c in conditions if not any(Words.of(cells_at(cells, columns[c.column])).meeting(c))),
        conditions[0].column if conditions else layout.recognised_by[0],
    )
    j = columns.get(heading, 0)
    words = Counter(clean_text(row[j]) for _, row in rows if j < len(row))
    named = [f"“{word}”" for word, _ in words.most_common(_NAMED)]
    return problem(
        "LAYOUT_NO_ROWS",
        sheet=sheet.sheet,
        feed=sheet.feed,
        cell=f"A{sheet.heading_row}",
        layout_zh=layout.name_zh,
        count=len(rows),
        heading=heading,
        words="、".join(named),
    )


def _list_undecided(
    sheet: ParsedSheet,
    grid: Grid,
    layout: Layout,
    columns: Mapping[str, int],
    chosen: ChosenRows,
    kept: set[int],
) -> None:
    """List, by heading, the words that no condition names and whose rows were not read."""
    for heading, found in chosen.undecided.items():
        j = columns[heading]
        rows = [(n, row) for n, row in found if n not in kept]
        if not rows:
            continue
        words = Counter(clean_text(cell) for cell in cells_at([row for _, row in rows], j))
        sheet.problems.append(
            problem(
                "LAYOUT_WORD",
                **_at(sheet, grid.address(j, rows[0][0])),
                layout_zh=layout.name_zh,
                heading=heading,
                count=len(rows),
                words="、".join(f"“{mask_personal_numbers(word)}”" for word, _ in words.most_common(_NAMED)),
                rows=_named([n for n, _ in rows]),
            )
        )


def _list_left_out(
    sheet: ParsedSheet,
    layout: Layout,
    parts: Sequence[LayoutFeed],
    rows: list[Row],
    kept: set[int],
    blank: list[int],
) -> None:
    in_groups = set(blank)
    left_out = [n for n, _ in rows if n not in kept and n not in in_groups]
    zh = layout.name_zh
    if left_out and any((*layout.where, *part.where) for part in parts):
        said: dict[str, Any] = {
            "layout_zh": zh,
            "kept": len(kept),
            "count": len(left_out),
            "rows": _named(left_out),
        }
        sheet.problems.append(problem("LAYOUT_ROWS_LEFT_OUT", **_at(sheet), **said))
    if blank:
        named = _named(sorted(in_groups))
        sheet.problems.append(
            problem("LAYOUT_BLANK_GROUPS", **_at(sheet), layout_zh=zh, count=len(blank), rows=named)
        )


def _warn_of_averages(sheet: ParsedSheet, feed: Feed) -> None:
    """Warn of rows that give several classes together, so that the size of each is only an average."""
    if not {"class_count", "students"}.issubset(c.name for c in feed.columns):
        return
    rows = zip(*(sheet.columns[name] for name in ("class_count", "students", "has_fault")), strict=True)
    lumped = [
        count for count, students, faulty in rows if not faulty and students is not None and (count or 0) > 1
    ]
    if lumped:
        sheet.problems.append(
            problem("LAYOUT_AVERAGES", **_at(sheet), count=len(lumped), classes=sum(lumped))
        )


def _at(sheet: ParsedSheet, cell: str = "") -> dict[str, Any]:
    """Place of a finding about a sheet, or about the column that begins with a cell."""
    return {"sheet": sheet.sheet, "feed": sheet.feed, "cell": cell or f"A{sheet.heading_row}"}


def _named(numbers: Sequence[int]) -> str:
    return "、".join(map(str, numbers[:_NAMED]))
