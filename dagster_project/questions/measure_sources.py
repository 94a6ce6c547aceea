"""Where the figure of a measure of the plan comes from: the cells of exactly those rows that it counts.

Most figures are made of returned rows (`sql/measure_rows.sql`); those about standards and students are made of figures of
schools (`sql/measure_figures.sql`), whose cells `warehouse/source_cells.py` gives. The register, which decides whose
returns count, is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import PARAMETER, read_sql, rows
from dagster_project.intake.files.grid import column_number
from dagster_project.warehouse.source_cells import readings_sql

if TYPE_CHECKING:
    import duckdb

_KEY = dict.fromkeys(("district_code", "item_number", "measure_number"), PARAMETER)
_OF_FIGURES = (
    "(f.school_year, f.school_code, f.stage, f.indicator_code) in"
    " (select (school_year, school_code, stage, indicator_code) from measure_figures)"
)


@dataclass(frozen=True)
class MeasureCell:
    """A reported value that a figure counts.

    Attributes:
        feed: kind of return.
        column_name: column of the feed.
        school_code: whose row it is; None for a district's own.
        source_file: file in the raw root.
        sha256: its hash.
        sheet: sheet that the cells are in; empty for CSV.
        sheet_of_row, row_number, part: the row in force of `accepted.<feed>` that the value stands in.
        cells: their addresses; none where the value is a layout's constant or counts rows of a roster.
        roster_rows: which rows of a roster it counts; empty otherwise.
    """

    feed: str
    column_name: str
    school_code: str | None
    source_file: str
    sha256: str
    sheet: str
    sheet_of_row: str
    row_number: int
    part: int
    cells: tuple[str, ...]
    roster_rows: str


def cells_of_measure(
    con: duckdb.DuckDBPyConnection, district_code: str, item_number: str, measure_number: int
) -> list[MeasureCell]:
    """The cells that the newest figure of a measure counts, by file, sheet and row; none without a figure.

    Args:
        con: connection in which `marts`, `accepted` and `seeds` of the analyst's database are reachable.
        district_code: district of the plan.
        item_number: item of the plan.
        measure_number: measure of the item.
    """
    key = [district_code, item_number, measure_number]
    figures = read_sql(__package__, "measure_figures", **_KEY)
    con.execute(f"create or replace temp table measure_figures as {figures}", key)
    try:
        is_of_schools = con.execute(
            "select count(*) > 0, bool_or(is_of_students) from measure_figures"
        ).fetchone()
        if is_of_schools and is_of_schools[0]:
            found = rows(con, readings_sql(con, _OF_FIGURES))
            if is_of_schools[1]:
                found = [row for row in found if row["role"] == "denominator"]
        else:
            found = rows(con, read_sql(__package__, "measure_rows", **_KEY), key)
    finally:
        con.execute("drop table measure_figures")
    return list(dict.fromkeys(_cell(row) for row in found if row["cells"] or row["roster_rows"]))


def _cell(row: dict[str, Any]) -> MeasureCell:
    return MeasureCell(
        feed=row["feed"],
        column_name=row["column_name"],
        school_code=row.get("school_code") if "member_code" not in row else row["member_code"],
        source_file=row["source_file"],
        sha256=row["sha256"],
        sheet=row["sheet"],
        sheet_of_row=row.get("sheet_of_row", row["sheet"]),
        row_number=row["row_number"],
        part=row.get("part", 0),
        cells=tuple(cell.lstrip("-") for cell in (row["cells"] or "").split(",") if cell),
        roster_rows=row["roster_rows"] or "",
    )


def places_zh(cells: Iterable[MeasureCell], most: int) -> Iterator[str]:
    """Each file and sheet with its cells, neighbours as one block: 2025/a.xlsx › 教师 › D5:E9、G5.

    Args:
        cells: of any files and sheets.
        most: blocks of a sheet that are named; the rest is counted.
    """
    by_sheet: dict[tuple[str, str], list[MeasureCell]] = {}
    for cell in cells:
        by_sheet.setdefault((cell.source_file, cell.sheet), []).append(cell)
    for (source_file, sheet), found in sorted(by_sheet.items()):
        addresses = {address for cell in found for address in cell.cells}
        said = blocks(addresses)
        more = f" 等 {len(addresses)} 格" if len(said) > most else ""
        said = said[:most] + sorted({cell.roster_rows.replace("{n}", "若干") for cell in found} - {""})
        yield " › ".join(text for text in (source_file, sheet, "、".join(said) + more) if text)


def blocks(addresses: Iterable[str]) -> list[str]:
    """Addresses of cells, neighbours as blocks: C7, C5, C6, D5, D6, D7, F5 → C5:D7, F5."""
    by_column: dict[int, set[int]] = {}
    letters: dict[int, str] = {}
    for address in addresses:
        name = address.rstrip("0123456789")
        number = column_number(name)
        letters[number] = name
        by_column.setdefault(number, set()).add(int(address[len(name) :]))
    by_run: dict[tuple[int, int], set[int]] = {}
    for column, numbers in by_column.items():
        for run in _runs(numbers):
            by_run.setdefault(run, set()).add(column)
    found = [
        (left, top, right, bottom)
        for (top, bottom), columns in by_run.items()
        for left, right in _runs(columns)
    ]
    return [
        f"{letters[left]}{top}" + (f":{letters[right]}{bottom}" if (left, top) != (right, bottom) else "")
        for left, top, right, bottom in sorted(found)
    ]


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run of successive numbers."""
    together = groupby(enumerate(sorted(numbers)), lambda at: at[1] - at[0])
    runs = [[number for _, number in run] for _, run in together]
    return [(run[0], run[-1]) for run in runs]
