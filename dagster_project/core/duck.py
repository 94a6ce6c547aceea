"""DuckDB: opening published databases, quoting, reading rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def quote_literal(text: str | Path) -> str:
    return str(text).replace("'", "''")


@contextlib.contextmanager
def open_marts(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read-only connection in which `marts.<table>` names a published table.

    In the analyst's database `accepted.<feed>` (rows in force with their file, sheet and row) and
    `seeds.<seed>` are reachable the same way.

    A file called marts.duckdb opened directly gives its catalog the name of its schema, which makes
    every two-part name ambiguous; attached under another name it doesn't.
    """
    import duckdb

    con = duckdb.connect()
    try:
        con.execute(f"attach '{quote_literal(database)}' as published (read_only)")
        con.execute("use published")
        yield con
    finally:
        con.close()
