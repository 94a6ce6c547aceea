"""The models at scale: layered dbt against minimal SQL and against pandas, over the same invented rows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
#: What is not measured: what the plan, and the comparison of districts, add to the indicators.
INDICATORS_ONLY = ("--exclude", "tag:plan", "tag:region", "fct_school_variance_shares")


def generate(database: str, schools: int, district_schools: int = 200) -> dict[str, Any]:
    """Fill schema `accepted` of a new database with invented schools. Its time is not measured.

    Args:
        database: path of the file; it must not exist.
        schools: number of schools, about 40 classes each.
        district_schools: how many of them to a district.
    """
    import duckdb

    from dagster_project.core.duck import read_sql
    from dagster_project.intake.feeds import load_feeds
    from dagster_project.record import record_tables

    with duckdb.connect(database) as con:
        con.execute("create schema accepted")
        record_tables.create(con)
        record_tables.describe_feeds(con)
        con.execute("create table accepted.build_context as select cast('2024-01-01' as date) as as_of")
        for feed in load_feeds().values():
            columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in feed.columns)
            con.execute(read_sql(__package__, "feed_table", feed=feed.feed, columns=columns))
        sql = (_HERE / "synthetic.sql").read_text(encoding="utf-8")
        sql = sql.replace("{schools}", str(schools)).replace("{district_schools}", str(district_schools))
        con.execute(sql)
        record_tables.list_received(con)
        con.execute("checkpoint")
        counted = con.execute(
            "select count(*), (select count(*) from accepted.schools) from accepted.class_sizes"
        )
        classes, rows = counted.fetchone() or (0, 0)
    return {"classes": classes, "schools": rows, "bytes": Path(database).stat().st_size}


def run_minimal(database: str, threads: int) -> dict[str, Any]:
    """The hand-written SQL, statement by statement, under the settings of a build.

    Returns:
        seconds, and seconds by statement.
    """
    import duckdb

    from dagster_project.warehouse import build

    statements: dict[str, float] = {}
    with duckdb.connect(database, config={**build.connection_settings(), "threads": threads}) as con:
        sql = (_HERE / "minimal.sql").read_text(encoding="utf-8")
        started, busy = time.perf_counter(), time.process_time()
        for statement in duckdb.extract_statements(sql):
            begun = time.perf_counter()
            con.execute(statement)
            name = statement.query.split(" as", 1)[0].split()[-1]
            statements[name] = round(time.perf_counter() - begun, 3)
        con.execute("checkpoint")
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "cpu_seconds": time.process_time() - busy, "statements": statements}


def export_parquet(database: str, folder: str) -> dict[str, Any]:
    """Write the accepted tables as Parquet, from which pandas starts. Its time is not measured."""
    import duckdb

    with duckdb.connect(database, read_only=True) as con:
        names = [
            n
            for (n,) in con.execute(
                "select table_name from duckdb_tables() where schema_name = 'accepted'"
            ).fetchall()
        ]
        for name in names:
            con.execute(
                f"copy accepted.{name} to '{Path(folder) / name}.parquet' (format parquet, compression zstd)"
            )
    return {}


#: The tables that the pandas script computes too.
_CORE_MARTS = (
    "fct_school_indicators",
    "fct_school_compliance",
    "fct_district_indicators",
    "fct_district_compliance",
    "fct_classes",
    "fct_district_class_sizes",
)


def run_layered(database: str, with_tests: bool = False, only_core: bool = False) -> dict[str, Any]:
    """Seeds and models through dbt in this process; start-up (imports, manifest) is measured separately.

    Args:
        database: the build file, with schema `accepted`.
        with_tests: the models' tests too.
        only_core: only the tables of `_CORE_MARTS`, and what they are built from.

    Returns:
        seconds: from the first model's start until the file is written and closed; `closing`: the last part of that,
        after the last model's end; `invocation`: the whole call of dbt; `start_up`: imports and manifest before it;
        `models`: seconds by model, `sum_of_models` their sum.
    """
    from dagster_project.warehouse import build

    path = Path(database)
    started = time.perf_counter()
    import dbt.cli.main  # noqa: F401

    manifest = build.prepare_manifest()
    start_up = time.perf_counter() - started
    arguments = ["build", "--no-write-json", "--target-path", str(path.parent / "dbt")]
    arguments += ["--exclude-resource-type", "unit_test", *([] if with_tests else ["test"])]
    if only_core:
        arguments += ["--select", *(f"+{name}" for name in _CORE_MARTS)]
    else:  # the minimal SQL writes the tables of the indicators
        arguments += INDICATORS_ONLY
    started, busy = time.perf_counter(), time.process_time()
    outcome = build.invoke(arguments, path, manifest)
    invocation, cpu_seconds, ended = time.perf_counter() - started, time.process_time() - busy, time.time()
    if not outcome.success:
        raise build.BuildFailed(build.failure_zh(outcome))
    models: dict[str, float] = {}
    moments: list[tuple[float, float]] = []
    for result in outcome.result.results:
        if result.node.resource_type == "model":
            models[result.node.name] = round(result.execution_time, 3)
            timed = [t for t in result.timing if t.started_at and t.completed_at]
            moments += [(t.started_at.timestamp(), t.completed_at.timestamp()) for t in timed]
    return {
        "seconds": ended - min(begun for begun, _ in moments),
        "closing": ended - max(done for _, done in moments),
        "cpu_seconds": cpu_seconds,
        "invocation": invocation,
        "start_up": start_up,
        "models": dict(sorted(models.items(), key=lambda item: -item[1])),
        "sum_of_models": sum(models.values()),
    }


#: The tables of the minimal SQL; the layered models write more.
_MINIMAL_TABLES = (
    *_CORE_MARTS,
    "dim_schools",
    "fct_kindergarten_pay",
    "fct_district_kindergarten_pay",
    "fct_upper_secondary",
    "fct_vocational_conditions",
    "fct_completeness",
    "fct_submissions",
    "fct_problems",
)
#: Columns of the models that follow from their other columns or tables, or from returns that the synthetic districts
#: don't have (signatures); the minimal SQL and pandas don't compute them.
_FOLLOWING_COLUMNS: dict[str, set[str]] = {
    "fct_school_compliance": {"indicators_to_raise"},
    "fct_district_compliance": {"schools_one_indicator_short"},
    "fct_kindergarten_pay": {"staff_not_fully_insured"},
    "fct_district_kindergarten_pay": {"staff_not_fully_insured"},
    "fct_district_class_sizes": {
        "schools_due",
        "schools_received",
        "quarantined_rows",
        "returns_expected",
        "returns_complete",
    },
    "fct_completeness": {"signature_status"},
}
#: mart, its grain, and the columns on which the layered models and the minimal SQL must agree
_VERDICTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fct_school_indicators", "school_year, school_code, stage, indicator_code", ("status",)),
    (
        "fct_school_compliance",
        "school_year, school_code, stage",
        ("status", "indicators_met", "indicators_available"),
    ),
    (
        "fct_district_indicators",
        "school_year, district_code, stage, indicator_code",
        ("cv_status", "schools_met"),
    ),
    (
        "fct_district_compliance",
        "school_year, district_code, stage",
        ("schools_in_scope", "schools_compliant", "schools_not_compliant", "schools_undetermined"),
    ),
    (
        "fct_district_class_sizes",
        "school_year, district_code, stage",
        ("classes", "classes_over_standard", "classes_large", "classes_super_large"),
    ),
)
#: the same for what pandas doesn't compute
_VERDICTS_BEYOND_CORE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fct_classes", "school_year, school_code, stage, grade, class_name", ("size_band",)),
    ("fct_completeness", "school_year, school_code, stage, feed", ("status",)),
    (
        "fct_vocational_conditions",
        "school_year, school_code, condition_code",
        ("status", "status_owned_only"),
    ),
    ("fct_kindergarten_pay", "school_year, school_code", ("pay_status",)),
    ("fct_upper_secondary", "school_year, district_code", ("vocational_students", "general_students")),
)
#: measured columns that must agree to nine digits
_VALUES = (
    ("fct_school_indicators", "school_year, school_code, stage, indicator_code", "value"),
    (
        "fct_district_indicators",
        "school_year, district_code, stage, indicator_code",
        "coefficient_of_variation",
    ),
)


def compare(reference: str, layered: str | None = None, frames: str | None = None) -> dict[str, Any]:
    """Differences between the minimal SQL's tables and the models' or pandas' ones, by table and column.

    Args:
        reference: database with schema `minimal`.
        layered: database with schema `marts`, or
        frames: folder with Parquet files of the core marts.

    Returns:
        `differences`: "table.column" → rows that differ or stand on one side only (only non-zero ones), "table" → number
        of columns that only one side has; `rows`: rows compared.
    """
    import duckdb

    from dagster_project.core.duck import read_sql

    differences: dict[str, int] = {}
    rows = 0
    with duckdb.connect(config={"memory_limit": "4GB"}) as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"attach '{reference}' as reference (read_only)")
        if layered:
            con.execute(f"attach '{layered}' as layered (read_only)")
        tables = _VERDICTS + (_VERDICTS_BEYOND_CORE if layered else ())
        checks = [
            (t, k, c, f"a.{c}::varchar is distinct from b.{c}::varchar") for t, k, cs in tables for c in cs
        ]
        checks += [
            (t, k, c, f"a.{c} is null <> (b.{c} is null) or abs(a.{c} - b.{c}) > 1e-9 * abs(a.{c})")
            for t, k, c in _VALUES
        ]
        others = {
            table: f"layered.marts.{table}" if layered else f"read_parquet('{frames}/{table}.parquet')"
            for table in (_MINIMAL_TABLES if layered else _CORE_MARTS)
        }
        for table, other in others.items():
            here, there = (
                {name for name, *_ in con.execute(f"describe select * from {relation}").fetchall()}
                for relation in (f"reference.minimal.{table}", other)
            )
            there -= _FOLLOWING_COLUMNS.get(table, set())
            if here != there:
                differences[table] = len(here ^ there)
        for table, key, column, differs in checks:
            other = others[table]
            first = key.rsplit(", ", 1)[-1]
            counted = con.execute(
                read_sql(
                    __package__,
                    "differing_rows",
                    table=table,
                    other=other,
                    first=first,
                    key=key,
                    differs=differs,
                )
            ).fetchone()
            rows += counted[0] if counted else 0
            if counted and counted[1]:
                differences[f"{table}.{column}"] = counted[1]
    return {"differences": differences, "rows": rows}
