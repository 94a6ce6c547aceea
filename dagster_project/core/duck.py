"""DuckDB: statements in files, quoting, attaching, opening published databases, rows as dicts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.errors import UserError
from dagster_project.core.homes import DBT_DIR

if TYPE_CHECKING:
    import duckdb
    import jinja2


#: Macros of the models that statements use, too.
_SHARED_WITH_MODELS = DBT_DIR / "macros" / "school_systems.sql"
#: Schema of the marts in the database of a build, and name by which all readers know them.
MARTS = "marts"
#: Schema of the marts in a published file, so that `select * from <table>` works in any tool that opens it.
PUBLISHED_SCHEMA = "main"
#: Value of a placeholder that is a parameter of the query; parameters are given in the order of the placeholders.
PARAMETER = "?"


def named(*names: str) -> dict[str, str]:
    """Placeholders that become parameters of the same names: `{{ school_year }}` becomes `$school_year`."""
    return {name: f"${name}" for name in names}


def read_sql(package: str, name: str, **values: object) -> str:
    """The statement in `<package>/sql/<name>.sql`, its `{{ placeholders }}` filled.

    Placeholders are jinja's; only names of tables and columns are filled in this way. Values go through parameters
    of the query: `{{ school_code }}` with `school_code=PARAMETER`. The macros of `core/sql/cells_of_columns.sql` and
    `dbt/macros/school_systems.sql` are known in every statement. sqlfluff reads the files too: the first lines of a
    file with placeholders give an example for each, `-- sqlfluff:templater:jinja:context:relation:accepted.staffing`.

    Args:
        package: the package beside whose modules the folder `sql` is; a module passes its `__package__`.
        name: name of the file without `.sql`.
        values: value for each placeholder.

    Raises:
        FileNotFoundError: there is no such file.
        jinja2.UndefinedError: a placeholder has no value.
    """
    return _filled(_sql_text(package, name), values)


def read_sql_file(path: Path, **values: object) -> str:
    """The statement in a file outside the package, its `{{ placeholders }}` filled as by `read_sql`.

    Raises:
        FileNotFoundError: there is no such file.
        jinja2.UndefinedError: a placeholder has no value.
    """
    return _filled(path.read_text(encoding="utf-8").rstrip(";\n"), values)


def _filled(text: str, values: Mapping[str, object]) -> str:
    return _sql_template(text).render(values) if "{{" in text or "{%" in text else text


@lru_cache(maxsize=512)
def _sql_text(package: str, name: str) -> str:
    return resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").rstrip(";\n")


@lru_cache(maxsize=512)
def _sql_template(text: str) -> jinja2.Template:
    return _sql_environment().from_string(text)


@lru_cache(maxsize=1)
def _sql_environment() -> jinja2.Environment:
    """Environment of all statements, with the macros that they share."""
    import jinja2

    found = jinja2.Environment(undefined=jinja2.StrictUndefined)
    texts = [_sql_text(__package__, "cells_of_columns"), _SHARED_WITH_MODELS.read_text(encoding="utf-8")]
    for text in texts:
        shared = vars(found.from_string(text).module)
        found.globals |= {name: macro for name, macro in shared.items() if not name.startswith("_")}
    return found


def rows(
    con: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Rows of a query, one dict per row by the names of its columns; values as DuckDB gives them to Python."""
    cursor = con.execute(sql) if parameters is None else con.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def has_rows(con: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether a table or view has a row."""
    return con.execute(f"select 1 from {relation} limit 1").fetchone() is not None


def insert_records(con: duckdb.DuckDBPyConnection, table: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Insert records into a table at once; their keys name columns, other columns stay null.

    Row by row, each would cost a statement.
    """
    if not records:
        return
    import pandas as pd

    con.register("new_records", pd.DataFrame(list(records), dtype=object))
    con.execute(f"insert into {table} by name select * from new_records")
    con.unregister("new_records")


def quote_literal(text: str | Path) -> str:
    """A text as a literal of SQL, with its quotes: for statements that take no parameters, such as `attach`."""
    return "'" + str(text).replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """A name of a table or column, with its quotes, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


#: What DuckDB says of a file that another program has open, on Linux and macOS, and on Windows.
_IN_USE = ("Could not set lock on file", "used by another process")


class DatabaseInUse(UserError):
    """Another program has a database open for writing."""


def attach(
    con: duckdb.DuckDBPyConnection,
    database: Path,
    alias: str,
    *,
    read_only: bool = True,
    storage_version: str | None = None,
) -> None:
    """Attach a database file under a name.

    Args:
        con: connection to attach it to.
        database: the file; it is created if it may be written and doesn't exist.
        alias: name of the catalog.
        read_only: whether it can't be written through this connection.
        storage_version: oldest version of DuckDB that has to open the file; for new files.

    Raises:
        DatabaseInUse: another program has the file open for writing.
    """
    import duckdb

    options = ["read_only"] if read_only else []
    if storage_version is not None:
        options.append(f"storage_version {quote_literal(storage_version)}")
    suffix = f" ({', '.join(options)})" if options else ""
    try:
        con.execute(f"attach {quote_literal(database)} as {quote_name(alias)}{suffix}")
    except duckdb.IOException as error:
        if any(sign in str(error) for sign in _IN_USE):
            raise DatabaseInUse(
                f"成果数据库 {database} 正被别的程序以可写方式打开，读不出来；"
                "请在那个程序里关闭它（以后请以只读方式打开），再试一次。"
            ) from error
        raise


def schema_of_marts(con: duckdb.DuckDBPyConnection, catalog: str) -> str:
    """Schema in which an attached database has its marts: `main`, in builds and releases of early versions `marts`."""
    sql = "select 1 from duckdb_schemas() where database_name = ? and schema_name = ?"
    return MARTS if con.execute(sql, [catalog, MARTS]).fetchone() else PUBLISHED_SCHEMA


@contextlib.contextmanager
def open_marts(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read-only connection in which `marts.<table>` is a published table, and so is `<table>`.

    In the analyst's database `accepted.<feed>` (rows in force with their file, sheet and row) and
    `seeds.<seed>` can be read in the same way.

    A published file has its tables in schema `main` and is attached as `marts`. The database of a build, and releases
    of early versions, have a schema `marts`; a catalog of the same name would make every `marts.<table>` ambiguous, so
    they are attached as `published`.
    """
    import duckdb

    con = duckdb.connect()
    try:
        catalog = MARTS
        attach(con, database, catalog)
        schema = schema_of_marts(con, catalog)
        if schema == MARTS:
            con.execute(f"detach {catalog}")
            catalog = "published"
            attach(con, database, catalog)
        con.execute(f"use {catalog}.{schema}")
        yield con
    finally:
        con.close()


def is_locked(database: Path) -> bool:
    """True if another program has the database open for writing, so that it can't be read."""
    import duckdb

    try:
        with open_marts(database):
            return False
    except (DatabaseInUse, duckdb.IOException):
        return True
