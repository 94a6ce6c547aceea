"""Whether the files of a delivery hold what its manifest says of them, and rows of its own district alone.

A hash shows that a file is the one that was delivered; this shows that it is a table that can be united with others.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dagster_project.core.duck import quote_literal, read_sql
from dagster_project.region.belongs import OWN_NUMBERS, load_belongs

if TYPE_CHECKING:
    import duckdb

    from dagster_project.region.lake import Delivery

_CODE = "district_code"


def fault_zh(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """What is wrong with the files of a delivery, in Chinese; empty if nothing is.

    Args:
        con: connection that may read the lake (`Lake.let_read`).
        delivery: its files are those of its hashes.
    """
    import duckdb

    try:
        return _fault_of_columns(con, delivery) or _fault_of_rows(con, delivery)
    except duckdb.Error:
        return f"{_unreadable(con, delivery)} 不是可读的 Parquet 文件"


def _unreadable(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """The first file that can't be read by itself; the folder of the files if each can."""
    import duckdb

    for table in delivery.manifest.tables:
        try:
            con.execute("select * from read_parquet(?)", [delivery.table_path(table)]).fetchall()
        except duckdb.Error:
            return delivery.shown_file(table)
    return delivery.shown_file("*")


def _fault_of_columns(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """Compare columns, types and numbers of rows with the manifest."""
    tables = delivery.manifest.tables
    paths = {delivery.table_path(table): table for table in tables}
    columns: dict[str, Counter[tuple[str, str]]] = {table: Counter() for table in tables}
    statement = "select file_name, name, duckdb_type from parquet_schema(?) where duckdb_type is not null"
    for path, column, kind in con.execute(statement, [list(paths)]).fetchall():
        columns[paths[path]][column, kind.lower()] += 1
    statement = "select file_name, num_rows from parquet_file_metadata(?)"
    rows = {paths[path]: count for path, count in con.execute(statement, [list(paths)]).fetchall()}
    for table, said in tables.items():
        if columns[table] != Counter(said.columns.items()):
            return f"{delivery.shown_file(table)} 的列与清单所写的不同"
        if rows[table] != said.rows:
            return f"{delivery.shown_file(table)} 有 {rows[table]} 行，清单写的是 {said.rows} 行"
    return ""


def _fault_of_rows(con: duckdb.DuckDBPyConnection, delivery: Delivery) -> str:
    """Find rows of another district, and numbers that would be another district's once they are united."""
    belongs, code = load_belongs(), delivery.district_code
    statements = []
    for table, said in delivery.manifest.tables.items():
        # columns of other types than this program's make the delivery unfit later on
        numbers = [
            c for c, k in said.columns.items() if (belongs.own_kind(table, c), k) == ("numbered", "bigint")
        ]
        has_code = said.columns.get(_CODE) == "varchar"
        if said.rows and (numbers or has_code):
            statements.append(
                read_sql(
                    __package__, "strange_rows", table=quote_literal(table), file=quote_literal(delivery.table_path(table)),
                    district_code=quote_literal(code), named_code=_CODE if has_code else quote_literal(code),
                    is_strange=" or ".join(f"{c} not between 0 and {OWN_NUMBERS - 1}" for c in numbers) or "false",
                )
            )  # fmt: skip
    if not statements:
        return ""
    for table, named, numbers in con.execute("\nunion all\n".join(statements)).fetchall():
        if named is not None:
            return f"{delivery.shown_file(table)} 有区县代码为“{named[:20]}”的行，不是 {code} 自己的"
        if numbers:
            return f"{delivery.shown_file(table)} 的编号不在 0 与 {OWN_NUMBERS - 1} 之间"
    return ""
