"""Rows under another code of a school are taken under its present one, and the reading is listed at the cell.

The register of a year is the list of codes that are valid in it: it names each school's present code and, where it
changed, the former one. The crosswalk (`school_codes`) names further codes with the days on which they are valid: old
codes, credit codes, those of other systems. A code that several schools go by, or that a school still has, says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import has_rows, insert_records, read_sql, rows
from dagster_project.intake.feeds import Feed
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.manifest import Manifest
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb

#: The feed of codes that schools go by besides that of the register.
CROSSWALK = "school_codes"
_PACKAGE = "dagster_project.record"
_PLACE = ("submission", "sha256", "source_file", "school_year")


def list_known_codes(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Create `candidate.known_codes`: other codes by school year; the register and the crosswalk are settled."""
    years = {file.school_year for file in manifest.files} - {None}
    insert_records(con, "candidate.folder_years", [{"school_year": year} for year in years])
    con.execute(read_sql(_PACKAGE, "known_codes"))


def take_present_codes(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Give rows under another code the present code of the school.

    Args:
        con: build connection; the other codes and the columns of the sheets are listed, the feed's rows are loaded.
        feed: a feed other than the register and the crosswalk.
    """
    if not feed.has_schools or not has_rows(con, "candidate.known_codes"):
        return
    found = rows(con, feed_statement("other_codes", feed, is_ledger=feed.is_ledger))
    if not found:
        return
    columns = ("row_id", "school_code", "written_code", "schools", "is_refused", "cell", "sheet_of_cell")
    con.execute(read_sql(_PACKAGE, "present_codes"))
    insert_records(con, "present_codes", [{name: row[name] for name in columns} for row in found])
    con.execute(feed_statement("take_present_codes", feed))
    con.execute(feed_statement("forget_refused_codes", feed))
    taken = [row for row in found if row["schools"] == 1]
    told = [(row, _note(feed, row, count)) for row, count in _once(taken)]
    told += [(row, _unclear(feed, row)) for row in found if row["schools"] > 1]
    told += [
        (row, _two_codes(feed, row)) for row in rows(con, feed_statement("schools_under_two_codes", feed))
    ]
    faults = [vars(finding) | {name: row[name] for name in _PLACE} for row, finding in told]
    insert_records(con, "candidate.faults", faults)
    listed = ("school_year", "school_code", "written_code", "source_file", "sheet", "row_number", "cell")
    insert_records(
        con,
        "accepted.taken_codes",
        [{"feed": feed.feed} | {name: row[name] for name in listed} for row in taken],
    )


def _once(taken: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The first row of each school and code in a sheet, and how many there are."""
    groups: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for row in taken:
        key = (row["source_file"], row["sha256"], row["submission"], row["sheet"], row["written_code"])
        groups.setdefault((*key, row["school_year"]), []).append(row)
    for group in groups.values():
        yield group[0], len(group)


def _place(feed: Feed, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sheet": row["sheet_of_cell"],
        "feed": feed.feed,
        "part": row["part"],
        "row_number": row["row_number"],
        "column_name": "school_code",
        "column_zh": feed.column("school_code").heading_zh,
        "cell": row["cell"],
        "value": row["written_code"],
    }


def _note(feed: Feed, row: Mapping[str, Any], count: int) -> Problem:
    words = {"school_code": row["school_code"], "written": row["written_code"], "count": count}
    if row["is_former"]:
        return problem("OTHER_CODE_TAKEN", "former", **_place(feed, row), **words)
    return problem("OTHER_CODE_TAKEN", "crosswalk", **_place(feed, row), **words)


def _unclear(feed: Feed, row: Mapping[str, Any]) -> Problem:
    return problem(
        "OTHER_CODE_UNCLEAR", **_place(feed, row), written=row["written_code"], schools=row["school_codes"]
    )


def _two_codes(feed: Feed, row: Mapping[str, Any]) -> Problem:
    return problem(
        "TWO_CODES_OF_A_SCHOOL", **_place(feed, row), school_code=row["school_code"], codes=row["codes"]
    )
