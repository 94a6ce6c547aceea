"""The returned workbook: what a school sent, with the cells to correct coloured, explained and listed.

The sender of a file gets the whole file back. If a file holds several schools, each school with problems also gets a
copy with only its own rows. A summary workbook lists by town what has to be corrected, for the person who passes the
files on.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import Home, distinct_file_names, file_name
from dagster_project.core.progress import WRITTEN_ZH, Counted
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import cells_of, column_number
from dagster_project.intake.findings import load_rules
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.parse.own_sheets import RETURNED_ZH
from dagster_project.publish import labels
from dagster_project.publish.excel.lists import add_list
from dagster_project.publish.excel.sheets import LINK, Book
from dagster_project.publish.returned.marking import MUST_MEND, Mark, mark_workbook
from dagster_project.publish.returned.rebuilding import safe_sheet_name
from dagster_project.publish.returned.redaction import Keep, Share
from dagster_project.publish.returned.refused_sheets import RefusedSheet, for_one_school, refused_sheets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mark", "Share", "mark_workbook", "rule_names", "write_feedback"]

SUMMARY_ZH = f"{RETURNED_ZH}汇总"
_OVERVIEW_ZH, _WHAT_ZH, _TOTAL_ZH = "总览", "要改的内容", "合计"
#: Whose file it is where a table in it is the district's own, such as the plan: no town's folder holds it.
_OF_DISTRICT = "区县本级报表"
_LONGEST_STEM = 60
#: What the name of a workbook given back has got from the rounds before.
_EARLIER_ROUND = re.compile(rf"_{RETURNED_ZH}(?:_20\d\d)?(?:_\d{{1,2}})?(?=_|\Z)")
_SUFFIXES = frozenset(
    (".xlsx", ".xls", ".et", ".ett", ".csv", ".xlsm", ".xlsb", ".txt", ".tsv", ".html", ".htm")
)


@dataclass
class _Rows:
    """Rows of one file as they were read: who owns which, and under which names."""

    #: (sheet, row) → code, None where it could not be read
    owners: dict[tuple[str, int], str | None] = field(default_factory=dict)
    #: (sheet, row) → name of the school as written
    labels: dict[tuple[str, int], str] = field(default_factory=dict)
    #: refused sheets, whose rows were found by the codes and names in them
    refused: dict[str, RefusedSheet] = field(default_factory=dict)

    def add_refused(self, sheets: Mapping[str, RefusedSheet]) -> None:
        """Add the rows of sheets of which none was read."""
        self.refused.update(sheets)
        for name, sheet in sheets.items():
            self.owners.update({(name, number): code for number, code in sheet.owners.items()})
            self.labels.update({(name, number): label for number, label in sheet.names.items()})

    def codes_by_name(self) -> dict[str, str]:
        """Code by name, of the names that one school alone bears."""
        found: dict[str, set[str]] = {}
        for place, label in self.labels.items():
            if code := self.owners.get(place):
                found.setdefault(label, set()).add(code)
        return {label: next(iter(codes)) for label, codes in found.items() if len(codes) == 1}

    def codes(self) -> set[str]:
        return {code for code in self.owners.values() if code}

    def names_of(self, code: str) -> set[str]:
        return {name for place, name in self.labels.items() if self.owners.get(place) == code}

    def rows_of(self, code: str) -> set[tuple[str, int]]:
        """Rows of a school: those with its code, and those without a readable one that bear its name alone."""
        others = {name for place, name in self.labels.items() if self.owners.get(place) not in (code, None)}
        own = self.names_of(code) - others
        return {
            place
            for place, owner in self.owners.items()
            if owner == code or (owner is None and self.labels.get(place) in own)
        }


@dataclass
class _Line:
    """One line of the summary: what a school has to mend in a file."""

    town: str
    school: str
    code: str
    file: str
    marks: list[Mark]


def rule_names() -> dict[str, str]:
    """What each rule is called, by its code."""
    from dagster_project.record import rules

    reading = {code: rule.name_zh for code, rule in load_rules().rules.items()}
    return {r.rule_code: r.basis_zh for r in rules.all_rules()} | reading


def write_feedback(
    problems: pd.DataFrame,
    home: Home,
    manifest: Manifest,
    out: Path,
    towns: Mapping[str, str],
    *,
    files: set[str] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the returned workbooks of all files with problems, and the summary by town.

    Args:
        problems: the problem list: the contract's columns, `row_number` and `school_year`.
        home: where the vault and the raw rows lie.
        manifest: closed submissions; of each path the latest file is given back.
        out: folder to write into; a file that is there already is never overwritten.
        towns: town of each registered school, by code.
        files: paths under the raw root to which the feedback is limited.
        report: gets a `Counted` message after each file.

    Returns:
        The written files, the summary last; none if there is nothing to say.
    """
    latest = manifest.latest_by_path()
    by_file = _marks_by_file(problems, latest, files)
    rows = _read_rows(home, manifest, {path: latest[path] for path in by_file})
    folders = distinct_file_names([*towns.values(), labels.NO_TOWN_ZH])
    written: list[Path] = []
    lines: list[_Line] = []
    for done, (path, found) in enumerate(by_file.items(), start=1):
        record, owned = latest[path], rows.get(path, _Rows())
        marks = [replace(m, is_placed=_still_stands(m, owned)) for m in found]
        content, suffix = _content(home, record), PurePosixPath(path).suffix.lower()
        sheets_read = {sheet for sheet, _ in owned.owners}
        owned.add_refused(
            refused_sheets(content, suffix, marks, sheets_read, set(towns), owned.codes_by_name())
        )
        schools = sorted(code for code in owned.codes() if code in towns or not towns)
        town = _OF_DISTRICT if _is_of_district(record) else _town_of_file(marks, schools, towns)
        parts = [_stem(path, _year(record)), RETURNED_ZH, *_year(record)]
        folder = out / folders[town] if town in folders else out
        written.append(_write_new(folder, parts, mark_workbook(content, suffix, marks, only_rows=None)))
        lines += _lines(path, marks, towns, town, owned)
        for code in schools if len(schools) > 1 else []:
            own_rows = owned.rows_of(code)
            own = _of_one_school(marks, code, owned)
            if own:
                share = _share(code, own_rows, owned, record, own)
                name = next(
                    (m.school_name for m in own if m.school_name), min(owned.names_of(code), default=code)
                )
                folder = out / folders[towns.get(code) or labels.NO_TOWN_ZH]
                copy = mark_workbook(content, suffix, own, only_rows=share)
                written.append(_write_new(folder, [*parts, name], copy))
        report(Counted(WRITTEN_ZH, path, done, len(by_file)))
    if lines:
        years = sorted({year for path in by_file for year in _year(latest[path])})
        span = [f"{years[0]}-{years[-1]}" if len(years) > 1 else years[0]] if years else []
        written.append(_write_new(out, [SUMMARY_ZH, *span], summary_workbook(lines)))
    return written


def _year(record: FileRecord) -> list[int]:
    return [record.school_year] if record.school_year else []


def _marks_by_file(
    problems: pd.DataFrame, latest: Mapping[str, Any], files: set[str] | None
) -> dict[str, list[Mark]]:
    """Marks of each known file, in the order of their paths."""
    names = rule_names()
    found: dict[str, list[Mark]] = {}
    for row in problems.to_dict("records"):
        path = _text(row["source_file"])
        if path not in latest or (files is not None and path not in files):
            continue
        number = _text(row.get("row_number"))
        code = _text(row["rule_code"])
        found.setdefault(path, []).append(
            Mark(
                severity=_text(row["severity"]), rule_code=code, message_zh=_text(row["message_zh"]),
                sheet=_text(row["sheet"]), cell=_text(row["cell"]), school_code=_text(row["school_code"]),
                school_name=_text(row["school_name"]), column_zh=_text(row["column_zh"]), value=_text(row["value"]),
                rule_zh=names.get(code, ""), row_number=int(float(number)) if number else None,
            )
        )  # fmt: skip
    return dict(sorted(found.items()))


def _text(value: object) -> str:
    """Text of a frame's cell; missing is empty."""
    return "" if value is None or value != value or str(value) == "<NA>" else str(value)


def _read_rows(home: Home, manifest: Manifest, records: Mapping[str, FileRecord]) -> dict[str, _Rows]:
    """Who owns which row of the files, from the raw rows."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = {(r.sha256, path): r.submission for path, r in records.items() if r.sha256}
    found: dict[str, _Rows] = {}
    for submission in manifest.submissions:
        here = {path for (_, path), number in wanted.items() if number == submission.submission}
        for name in submission.raw.values() if here else []:
            source = pq.ParquetFile(home.raw / name)
            columns = ["source_file", "sheet", "row_number", "lookup_name", "school_code", "school_name"]
            table = source.read([c for c in columns if c in source.schema_arrow.names])
            table = table.filter(pc.field("source_file").isin(sorted(here)))
            for row in table.to_pylist():
                rows = found.setdefault(row["source_file"], _Rows())
                place = (row["sheet"], row["row_number"])
                rows.owners[place] = rows.owners.get(place) or row.get("school_code")
                label = row.get("school_name") or row.get("lookup_name")
                if label:
                    rows.labels[place] = label
    return found


def _still_stands(mark: Mark, owned: _Rows) -> bool:
    """True unless the latest file no longer has that school at that row: an older one's problem is listed only."""
    if mark.row_number is None or not mark.school_code:
        return True
    place = (mark.sheet, mark.row_number)
    return place in owned.owners and owned.owners[place] in (None, mark.school_code)


def _content(home: Home, record: FileRecord) -> bytes:
    """Bytes of a file; none if it was refused as a whole: what a reader stumbled over isn't opened again."""
    if not record.sha256 or not record.is_kept or record.reason:
        return b""
    return (home.vault / record.sha256).read_bytes()


def _concerns(mark: Mark, code: str, rows: set[tuple[str, int]]) -> bool:
    if mark.school_code:
        return mark.school_code == code
    return mark.row_number is not None and (mark.sheet, mark.row_number) in rows


def _of_one_school(marks: Sequence[Mark], code: str, owned: _Rows) -> list[Mark]:
    """What a school is told of a file with several: what is at its rows, and why sheets with its rows were refused."""
    rows = owned.rows_of(code)
    sheets = {sheet for sheet, _ in rows}
    own_texts = {code, *owned.names_of(code)}
    foreign = {*owned.codes(), *owned.labels.values()} - own_texts
    foreign = {text for text in foreign if not any(text in own for own in own_texts)}
    found = []
    for mark in marks:
        if _concerns(mark, code, rows):
            found.append(mark)
        elif (
            mark.severity == "reject_file"
            and not mark.school_code
            and mark.sheet in sheets
            and (told := for_one_school(mark, foreign))
        ):
            found.append(told)
    return found


def _share(
    code: str, rows: set[tuple[str, int]], owned: _Rows, record: FileRecord, marks: Sequence[Mark]
) -> Share:
    """What of a file one school may see."""
    heads: dict[str, int] = {}
    columns: dict[str, set[int]] = {}
    for sheet in record.sheets:
        name = sheet.sheet
        heads[name] = min(heads.get(name, sheet.heading_row), sheet.heading_row)
        for part in sheet.column_maps:
            for text in part.values():
                place, cells = cells_of(text, name, sheet.heading_row)
                letters = (c.rstrip("0123456789") for c in cells)
                columns.setdefault(place, set()).update(column_number(c) for c in letters)
    for name, refused in owned.refused.items():
        heads[name] = refused.heading_row
        columns[name] = set(refused.columns)
    keeps = {
        name: Keep(heads[name], frozenset(n for s, n in rows if s == name), frozenset(columns[name]))
        for name in {s for s, _ in rows}
        if name in heads
    }
    own = {code, *(m.message_zh for m in marks), *(m.value for m in marks), *(m.school_name for m in marks)}
    own |= {owned.labels[place] for place in rows if place in owned.labels}
    others = (owned.codes() | set(owned.labels.values())) - {code}
    return Share(keeps, frozenset(t for t in others if not any(t in said for said in own)))


def _is_of_district(record: FileRecord) -> bool:
    """True if a table of the file belongs to no school."""
    feeds = load_feeds()
    return any(sheet.feed in feeds and not feeds[sheet.feed].has_schools for sheet in record.sheets)


def _town_of_file(marks: Iterable[Mark], schools: Sequence[str], towns: Mapping[str, str]) -> str:
    """The town all schools of a file belong to; empty if there are several or none is known."""
    codes = {*schools, *(m.school_code for m in marks)}
    found = {towns[code] for code in codes if towns.get(code)}
    return found.pop() if len(found) == 1 else ""


def _stem(path: str, years: Sequence[int]) -> str:
    """Name of a file without its suffix, the year at its end and marks of earlier rounds, short enough for Windows."""
    name = PurePosixPath(path).name
    stem, dot, suffix = name.rpartition(".")
    stem = stem if dot and f".{suffix}".lower() in _SUFFIXES else name
    stem = _EARLIER_ROUND.sub("", stem) or stem
    for year in years:
        stem = stem.removesuffix(f"_{year}") or stem
    return stem[:_LONGEST_STEM].strip(". ")


def _write_new(folder: Path, parts: Sequence[object], content: bytes) -> Path:
    """Write a file under a name that isn't taken; a number makes it unique."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = folder / file_name(*parts, *([number] if number > 1 else []), suffix=".xlsx")
        try:
            with path.open("xb") as stream:
                path.chmod(0o600)  # it may hold pay, as the return does
                stream.write(content)
        except FileExistsError:
            continue
        return path
    raise AssertionError("numbers don't end")


def _lines(
    path: str, marks: Sequence[Mark], towns: Mapping[str, str], town: str, owned: _Rows
) -> list[_Line]:
    """The summary's lines of a file, one a school; what belongs to no school comes under the file's town.

    Why a sheet was refused is told to each school in it, too.
    """
    by_school: dict[str, list[Mark]] = {}
    for mark in marks:
        by_school.setdefault(mark.school_code, []).append(mark)
    for code in sorted(
        {code for refused in owned.refused.values() for code in refused.owners.values() if code}
    ):
        told = [
            m for m in _of_one_school(marks, code, owned) if not m.school_code and m.sheet in owned.refused
        ]
        if told:
            by_school.setdefault(code, []).extend(told)
    names = {owned.owners.get(place): name for place, name in owned.labels.items()}
    return [
        _Line(
            (towns.get(code) if code else town) or town or labels.NO_TOWN_ZH,
            next(
                (m.school_name for m in own if m.school_name), names.get(code, "") if code else "（整个文件）"
            ),
            code,
            path,
            own,
        )
        for code, own in sorted(by_school.items())
    ]


def _places(lines: Iterable[_Line], *, must_mend: bool) -> int:
    """Places to look at: cells, and what has no cell one by one; a sheet that several schools are told of is one."""
    return len(
        {
            (line.file, m.sheet, m.cell or (m.rule_code, m.message_zh), m.school_code)
            for line in lines
            for m in line.marks
            if (m.severity in MUST_MEND) == must_mend
        }
    )


def _in_one_line(marks: Sequence[Mark]) -> str:
    """What to mend, shortest first to read: each rule with the columns it speaks of."""
    grouped: dict[str, list[str]] = {}
    for mark in sorted(marks, key=lambda m: m.severity not in MUST_MEND):
        columns = grouped.setdefault(mark.rule_zh or mark.rule_code, [])
        if mark.column_zh and mark.column_zh not in columns:
            columns.append(mark.column_zh)
    return "；".join(
        f"{rule}（{'、'.join(columns)}）" if columns else rule for rule, columns in grouped.items()
    )


def summary_workbook(lines: Sequence[_Line]) -> bytes:
    """One workbook for whoever sends the files on: towns at a glance, then a sheet a town."""
    by_town: dict[str, list[_Line]] = {}
    for line in lines:
        by_town.setdefault(line.town, []).append(line)
    towns = sorted(by_town, key=lambda t: (t == labels.NO_TOWN_ZH, t))
    names: dict[str, str] = {}
    for town in towns:
        names[town] = safe_sheet_name(town, [_OVERVIEW_ZH, *names.values()])
    sink = io.BytesIO()
    with Book(sink, SUMMARY_ZH) as book:
        rows = [
            [(town, {"url": f"internal:'{names[town]}'!A1", **LINK}), *_counts(by_town[town])]
            for town in towns
        ]
        table = add_list(book, "returned_by_town", rows, sheet=_OVERVIEW_ZH)
        table.add([_TOTAL_ZH, *_counts(lines)], bold=True)
        for town in towns:
            ranked = sorted(
                by_town[town], key=lambda line: (-_places([line], must_mend=True), line.code, line.file)
            )
            own = [
                [
                    line.code, line.school, line.file, *(_places([line], must_mend=m) for m in (True, False)),
                    _in_one_line(line.marks),
                ]
                for line in ranked
            ]  # fmt: skip
            add_list(book, "returned_to_schools", own, sheet=names[town], title=f"{town}：{_WHAT_ZH}")
    return sink.getvalue()


def _counts(lines: Sequence[_Line]) -> list[int]:
    return [
        len({line.file for line in lines}),
        len({line.code for line in lines if line.code}),
        _places(lines, must_mend=True),
        _places(lines, must_mend=False),
    ]
