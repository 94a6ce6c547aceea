"""The reported values behind published figures, each with the cells that hold it, in one query.

Nothing of this is stored. Rows in force have their file, sheet and row; `accepted.column_maps` has the letters of each
column; `seeds.indicator_sources` the columns that each indicator is computed from. Joined, they give for every figure
its *readings*: one reported value each, with its cells, its role, or why it is missing. `junheng explain` and the pages
of the schools take their source cells from here.

Roles of a reading:

- `numerator_term`: counts `factor` times in what the school reports for the indicator;
- `denominator`: students of the figure's own stage;
- `split_weight`: students of any of the school's stages, weighted by `factor`, that split a shared resource.

States: `value`; `constant` (a layout's constant, no cell); `none` (a blank that the rules count as none);
`blank`; `quarantined` (the row was quarantined); `not_received`.

Columns of a reading: the figure's key (school_year, school_code, stage, indicator_code); role, sort_order, factor,
state, value; member_code (the campus) and member_stage (null for feeds by school); feed, column_name; source_file,
sha256, sheet, row_number, cells ("D5,E5"; null where there is none), cell_count, received_at, submission.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import open_marts, read_sql
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import load_feeds

if TYPE_CHECKING:
    import duckdb

_STUDENT_FEEDS = ("enrolment", "class_sizes")


@contextlib.contextmanager
def opened(con_or_database: duckdb.DuckDBPyConnection | Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection as it is, or one to a published database, closed at the end."""
    if isinstance(con_or_database, Path):
        with open_marts(con_or_database) as con:
            yield con
    else:
        yield con_or_database


def readings_sql(con: duckdb.DuckDBPyConnection, where: str) -> str:
    """Query of the readings behind some figures.

    Args:
        con: connection in which `marts`, `accepted` and `seeds` of the analyst's database are reachable.
        where: condition on `f`, the rows of `fct_school_indicators`.
    """
    declared = con.execute(read_sql(__package__, "declared_columns")).fetchall()
    columns = [*declared, *((feed, "students") for feed in _STUDENT_FEEDS)]
    feeds = load_feeds()
    reported = [(f, column, "a.stage" if "stage" in feeds[f].unit_key else "null") for f, column in columns]
    # releases of early versions have one source per row
    several = "select 1 from duckdb_tables() where schema_name = 'accepted' and table_name = 'taken_cells'"
    has_taken_cells = con.execute(several).fetchone() is not None
    return read_sql(__package__, "readings", where=where, reported=reported, has_taken_cells=has_taken_cells)


def cells_in_vault(
    home: Home, wanted: Iterable[tuple[str, str, str, str]]
) -> dict[tuple[str, str, str], Any]:
    """Content of cells in the files as received.

    Args:
        home: home with the vault.
        wanted: (SHA-256, file name, sheet, A1 address) of each cell.

    Returns:
        (SHA-256, sheet, address) → the cell as the reader gives it, '' for a blank one.

    Raises:
        FileNotFoundError: the vault has no such file.
        KeyError: the file has no such sheet.
    """
    from dagster_project.intake.files.dispatch import read_grids
    from dagster_project.intake.files.grid import column_number

    by_file: dict[tuple[str, str], dict[str, set[str]]] = {}
    for sha256, name, sheet, cell in wanted:
        by_file.setdefault((sha256, Path(name).suffix.lower()), {}).setdefault(sheet, set()).add(cell)
    found: dict[tuple[str, str, str], Any] = {}
    for (sha256, suffix), sheets in by_file.items():
        grids = {
            g.sheet: g for g in read_grids((home.vault / sha256).read_bytes(), suffix) if g.sheet in sheets
        }
        for sheet, cells in sheets.items():
            grid = grids[sheet]
            for cell in cells:
                letters = cell.rstrip("0123456789")
                i = int(cell[len(letters) :]) - grid.first_row
                j = column_number(letters) - grid.first_column
                inside = 0 <= i < len(grid.rows) and 0 <= j < len(grid.rows[i])
                found[sha256, sheet, cell] = grid.rows[i][j] if inside else ""
    return found


def number_in(value: object) -> float | None:
    """The number that a cell holds; None if it is blank or holds anything else."""
    from dagster_project.intake.parse.cells import Fault, is_blank, to_number

    if is_blank(value):
        return None
    number = to_number(value)
    return None if isinstance(number, Fault) else float(number)
