"""The models on Apache Spark instead of DuckDB: the same dbt project, over Parquet, for what one machine can't hold.

Only the running of the models is Spark's. What goes in is a folder with one Parquet file (or folder of files) per table
of schema `accepted`; what comes out is a folder of Parquet per table of the seeds, models and marts, which DuckDB reads.
`build_parquet` does that, `load_tables` reads it into a build file, and `run_models` does both for a build file: it takes
the place of `build.run_models`.

Spark's packages and Java are needed by nobody else: `make spark` installs them (requirements-spark.lock).
docs/scaling.md says when it is worth it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import quote_literal, quote_name
from dagster_project.core.errors import UserError
from dagster_project.warehouse import build

if TYPE_CHECKING:
    import duckdb

#: First version of Java that the locked pyspark runs on.
JAVA_VERSION = 17
#: Written last into a folder of tables, as JSON: schema → table → [column, type of DuckDB] in order.
TABLES_FILE = "tables.json"
#: Schemas that stay in Spark: they are steps on the way, and read by nobody afterwards.
_STEPS = frozenset(("accepted", "default", "intermediate", "staging"))
#: Type of Spark → type of DuckDB, of the columns that models may have.
_DUCKDB_TYPES = {
    "string": "varchar",
    "int": "integer",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp",
}
#: A small build: each partition costs a task, and Java's second compiler takes longer than the queries that it speeds up.
_SMALL_SESSION = {
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m",
}
#: Accepted rows as Parquet, in bytes, below which a build is small: 50,000 invented schools are 7 MB, 500,000 some 66 MB.
_SMALL_BYTES = 20_000_000

#: Schema → table → [column, type of DuckDB] in order.
TableColumns = dict[str, dict[str, list[list[str]]]]


class SparkMissing(UserError):
    """Java or Spark's packages aren't there, or too old; the message says what to do."""


@dataclass(frozen=True)
class SparkSettings:
    """What a Spark session on this machine may use.

    Attributes:
        memory: of the session, as Java writes it (`4g`).
        cores: tasks at once; `*` for all cores.
        threads: models at once.
        is_small: whether a few districts are built, so that most of the time goes into preparing queries; None: by the
            size of the accepted rows.
    """

    memory: str = "4g"
    cores: str = "*"
    threads: int = 2
    is_small: bool | None = None


def missing_zh() -> str | None:
    """What is missing for Spark on this machine and what to do, or None if everything is there."""
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("dbt.adapters.spark") is None:
        return "没有安装 Spark 的软件包；请运行 make spark（Windows：py setup_environment.py spark）。"
    return java_missing_zh()


def java_missing_zh() -> str | None:
    """Why Java can't be used and what to do, or None if a suitable one is found in JAVA_HOME or on the path."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home) / "bin" / "java") if home else "java"
    wanted = (
        f"Java {JAVA_VERSION} 或更新版本（Debian/Ubuntu：apt install openjdk-{JAVA_VERSION}-jre-headless）"
    )
    try:
        said = subprocess.run(
            [command, "-version"], capture_output=True, text=True, timeout=60, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError):
        where = f"JAVA_HOME（{home}）里" if home else "本机"
        return f"{where}没有可用的 Java；请安装 {wanted}，或把 JAVA_HOME 指向它的目录。"
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < JAVA_VERSION:
        version = found[1] if found else said.strip().partition("\n")[0]
        return f"Java 的版本是 {version}，太旧；请安装 {wanted}，或把 JAVA_HOME 指向它的目录。"
    return None


def run_models(database: Path, *, settings: SparkSettings | None = None, unit_tests: bool = False) -> None:
    """Build all models on Spark from the accepted rows of a build file, and write what they made into that file.

    Takes the place of `build.run_models`: afterwards the file holds schemas `seeds`, `marts` and `committee` with the same
    tables, columns and types; the steps between (`staging`, `intermediate`) stay behind. Tests of the models run as well.

    Args:
        database: the build file, whose schema `accepted` is filled, and no other.
        settings: memory and cores of the session.
        unit_tests: run the unit tests beside the models too, each before its model.

    Raises:
        SparkMissing: Java or the packages aren't there.
        BuildFailed: a model or test failed; the message names it.
    """
    import duckdb

    with tempfile.TemporaryDirectory(
        dir=database.parent, prefix="spark-", ignore_cleanup_errors=True
    ) as scratch:
        accepted, tables = Path(scratch) / "accepted", Path(scratch) / "tables"
        export_accepted(database, accepted)
        build_parquet(accepted, tables, settings=settings, unit_tests=unit_tests)
        with duckdb.connect(str(database)) as con:
            con.execute("begin")
            load_tables(con, tables)
            con.execute("commit")
            con.execute("checkpoint")


def export_accepted(database: Path, accepted: Path) -> None:
    """Write schema `accepted` of a database, tables and views, as one Parquet file each.

    Args:
        database: a build file, or the analyst's database of a release.
        accepted: folder to write.
    """
    import duckdb

    accepted.mkdir(parents=True)
    sql = "select table_name from information_schema.tables where table_schema = 'accepted'"
    with duckdb.connect(str(database), read_only=True) as con:
        for (table,) in con.execute(sql).fetchall():
            target = quote_literal(accepted / f"{table}.parquet")
            con.execute(f"copy accepted.{quote_name(table)} to {target} (format parquet, compression zstd)")


def build_parquet(
    accepted: Path | str,
    tables: Path,
    *,
    select: Sequence[str] = (),
    settings: SparkSettings | None = None,
    unit_tests: bool = False,
) -> None:
    """Build all models on Spark and leave seeds, marts and the committee's tables as Parquet.

    Args:
        accepted: folder with `<table>.parquet`, a file or a folder of files, for each table of schema `accepted`.
        tables: folder to write, which must not exist: `<schema>/<table>/*.parquet`, and `tables.json`, written last.
        select: dbt selection, all by default.
        settings: memory and cores of the session.
        unit_tests: run the unit tests beside the models too, each before its model.

    Raises:
        SparkMissing: Java or the packages aren't there.
        BuildFailed: a model or test failed; the message names it.
    """
    found = missing_zh()
    if found:
        raise SparkMissing(found)
    if tables.exists():
        raise FileExistsError(tables)
    tables.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=tables.parent, prefix=".spark-", ignore_cleanup_errors=True
    ) as scratch:
        # in a process of its own: the session, its memory and its settings end with it
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as helper:
            told = helper.submit(
                _build, str(accepted), scratch, list(select), settings or SparkSettings(), unit_tests
            ).result()
        keep_tables(Path(scratch), told, tables)


def keep_tables(folder: Path, described: TableColumns, tables: Path) -> None:
    """Move the tables out of a session's folder; they are there in one step.

    Args:
        folder: that of the session, which has ended.
        described: what `describe_tables` found in it.
        tables: folder to write, which must not exist; see `build_parquet`.
    """
    made = folder / "made"
    made.mkdir()
    for schema in described:
        shutil.move(folder / "warehouse" / f"{schema}.db", made / schema)
    (made / TABLES_FILE).write_text(json.dumps(described, indent=1), encoding="utf-8")
    made.replace(tables)


def load_tables(con: duckdb.DuckDBPyConnection, tables: Path) -> None:
    """Create the tables that `build_parquet` left, each in its schema.

    Args:
        con: connection to the database that gets them.
        tables: the folder.
    """
    told = json.loads((tables / TABLES_FILE).read_text(encoding="utf-8"))
    for schema, columns_by_table in told.items():
        con.execute(f"create schema if not exists {quote_name(schema)}")
        for table, columns in columns_by_table.items():
            name = f"{quote_name(schema)}.{quote_name(table)}"
            con.execute(
                f"create table {name} ({', '.join(f'{quote_name(c)} {kind}' for c, kind in columns)})"
            )
            files = tables / schema / table / "**" / "*.parquet"
            if any((tables / schema / table).rglob("*.parquet")):
                rows = f"read_parquet({quote_literal(files.as_posix())}, hive_types_autocast = false)"
                con.execute(f"insert into {name} by name select * from {rows}")


# --- in the process of the session ---


def _build(
    accepted: str, scratch: str, select: list[str], settings: SparkSettings, unit_tests: bool
) -> TableColumns:
    """Run the models in a session of this process; what `tables.json` holds."""
    folder = Path(scratch)
    common = ["--target", "spark", "--target-path", str(folder / "dbt")]
    arguments = ["build", *common, "--no-write-json", "--threads", str(settings.threads)]
    arguments += [] if unit_tests else ["--exclude-resource-type", "unit_test"]
    # a region's comparison is small, and is made by DuckDB afterwards
    arguments += ["--exclude", f"tag:{build.REGION_TAG}"]
    if select:
        arguments += ["--select", *select, "--indirect-selection", "cautious"]
    with open_session(folder, accepted, settings) as session:
        # not a hook of each run: DuckDB's builds have nothing to register
        outcome = build.invoke(["run-operation", "register_accepted", *common], folder / build.DATABASE_NAME)
        if outcome.success:
            outcome = build.invoke(arguments, folder / build.DATABASE_NAME)
        if not outcome.success:
            raise build.BuildFailed(build.failure_zh(outcome))
        return describe_tables(session)


def describe_tables(session: Any) -> TableColumns:
    """Name and type of DuckDB of each column of the tables that a session made and somebody reads afterwards.

    Raises:
        BuildFailed: a column has a type that no published column may have.
    """
    described: TableColumns = {}
    for (schema,) in session.sql("show databases").collect():
        if schema not in _STEPS:
            names = [row["tableName"] for row in session.sql(f"show tables in {schema}").collect()]
            described[schema] = {name: _columns(session, f"{schema}.{name}") for name in sorted(names)}
    return described


def _columns(session: Any, table: str) -> list[list[str]]:
    """Name and type of DuckDB of each column of a table.

    Raises:
        BuildFailed: a column has a type that no published column may have.
    """
    columns = []
    for field in session.table(table).schema.fields:
        kind = field.dataType.simpleString()
        if kind not in _DUCKDB_TYPES:
            raise build.BuildFailed(
                f"{table}.{field.name} has type {kind} on Spark; cast it to a portable one"
            )
        columns.append([field.name, _DUCKDB_TYPES[kind]])
    return columns


def _is_small(accepted: str) -> bool:
    """Whether the accepted rows are few; those behind a URL are not looked at, and count as many."""
    files = [] if "://" in accepted else list(Path(accepted).rglob("*.parquet"))
    return bool(files) and sum(path.stat().st_size for path in files if path.is_file()) < _SMALL_BYTES


@contextlib.contextmanager
def open_session(folder: Path, accepted: str, settings: SparkSettings) -> Iterator[Any]:
    """The session that dbt finds in this process when it asks for one.

    Its tables are below `warehouse` in the folder, its log is `spark.log`. What decides figures is in profiles.yml, for a
    cluster too; here is what a session on one machine needs.
    """
    from pyspark.sql import SparkSession

    os.environ["JUNHENG_ACCEPTED_PARQUET"] = accepted if "://" in accepted else str(Path(accepted).resolve())
    is_small = _is_small(accepted) if settings.is_small is None else settings.is_small
    # py4j, the packages of dbt-spark and Java write to the terminal themselves
    sys.stderr.flush()
    terminal = os.dup(2)
    with (folder / "spark.log").open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 2)
        builder = SparkSession.builder.master(f"local[{settings.cores}]").appName("junheng")
        for name, value in {
            "spark.driver.memory": settings.memory,
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.log.level": "ERROR",
            "spark.local.dir": str(folder / "local"),
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.parquet.compression.codec": "zstd",
            **(_SMALL_SESSION if is_small else {}),
        }.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            yield session
        finally:
            session.stop()
            os.dup2(terminal, 2)
            os.close(terminal)
