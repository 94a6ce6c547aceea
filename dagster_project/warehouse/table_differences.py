"""Whether two build files hold the same tables: every column, type and cell; used where two engines built them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dagster_project.core.duck import attach, named, quote_name, read_sql

#: Schemas whose tables are published, to the committee or to analysts, beside the accepted rows that both start from.
PUBLISHED = ("seeds", "marts", "committee")
#: Doubles count as equal up to this share of the larger one: sums are added up in an engine's own order.
RELATIVE_TOLERANCE = 1e-9
_FLOATING = ("DOUBLE", "FLOAT")


@dataclass
class Differences:
    """What differs between two builds.

    Attributes:
        tables: how many tables were compared.
        cells: how many cells were compared, those of both sides once.
        found: `schema.table` or `schema.table.column` → what differs: a number of cells or rows, or two types.
    """

    tables: int = 0
    cells: int = 0
    found: dict[str, str] = field(default_factory=dict)


def table_differences(one: Path, other: Path, schemas: tuple[str, ...] = PUBLISHED) -> Differences:
    """Compare all tables and views of some schemas of two databases.

    The rows of a table are put into the same order on both sides (by everything but doubles first) and compared place by
    place, so that one missing row makes all after it differ: whether anything differs is exact, how much is not.

    Args:
        one: a build file.
        other: another one.
        schemas: schemas to compare.
    """
    differences = Differences()
    with duckdb.connect() as con:
        attach(con, one, "one")
        attach(con, other, "other")
        here, there = _columns(con, "one", schemas), _columns(con, "other", schemas)
        for table in sorted(here.keys() ^ there.keys()):
            differences.found[table] = "only in one build"
        for table in sorted(here.keys() & there.keys()):
            differences.tables += 1
            kinds, others = here[table], there[table]
            for column in sorted(kinds.keys() ^ others.keys()):
                differences.found[f"{table}.{column}"] = "only in one build"
            shared = {c: kind for c, kind in kinds.items() if c in others}
            for column, kind in shared.items():
                if others[column] != kind:
                    differences.found[f"{table}.{column}"] = f"{kind} and {others[column]}"
            _compare(con, table, shared, differences)
    return differences


def _columns(
    con: duckdb.DuckDBPyConnection, database: str, schemas: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """`schema.table` → column → type, of tables and views."""
    sql = read_sql(__package__, "columns_of_schemas", **named("database", "schemas"))
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(sql, {"database": database, "schemas": list(schemas)}).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def _compare(
    con: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str], differences: Differences
) -> None:
    ordered = sorted(kinds, key=lambda column: kinds[column] in _FLOATING)
    names = [quote_name(column) for column in ordered]
    counts = [_count(quote_name(column), kinds[column] in _FLOATING) for column in ordered]
    sql = read_sql(
        __package__,
        "differing_cells",
        one=f"one.{table}",
        other=f"other.{table}",
        in_order=", ".join(names),
        counts=", ".join(counts),
    )
    rows, unmatched, *cells = con.execute(sql).fetchall()[0]
    differences.cells += rows * len(cells)
    if unmatched:
        differences.found[table] = f"{unmatched} rows of one side"
    for column, count in zip(ordered, cells, strict=True):
        if count:
            before = differences.found.get(f"{table}.{column}")
            differences.found[f"{table}.{column}"] = (
                f"{before}; {count} cells" if before else f"{count} cells"
            )


def _count(column: str, is_floating: bool) -> str:
    here, there = f"one.{column}", f"other.{column}"
    differs = f"{here} is distinct from {there}"
    if is_floating:
        largest = f"{RELATIVE_TOLERANCE} * greatest(abs({here}), abs({there}))"
        differs = f"({here} is null) <> ({there} is null) or abs({here} - {there}) > {largest}"
    return f"count(case when one.place = other.place and ({differs}) then 1 end) as {column}"
