"""One schema `accepted` of several districts' deliveries, and afterwards the tables of each district by itself.

The same models run on it as on one district's rows. What each record names in its own way (paths, hashes, numbers of
submissions) gets the district in front, so that rows of two districts never meet by chance; `split` takes it away again.
`belongs.yml` says which columns these are and how each table belongs to a district.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.core.duck import MARTS, PARAMETER, attach, insert_records, named, read_sql
from dagster_project.record import record_tables, rule_catalogue
from dagster_project.region.belongs import OWN_NUMBERS, load_belongs
from dagster_project.region.lake import Delivery
from dagster_project.region.manifest import Manifest, hash_of
from dagster_project.warehouse.tiers import load_tiers

if TYPE_CHECKING:
    import duckdb

#: Column of every united table: code of the district that delivered the row.
DELIVERED_BY = "delivered_by"
#: Amounts of a row of pay that is delivered pooled; `deliver.py` says how.
POOLED = "is_pay_pooled"
#: Columns that a delivery has beside those of schema `accepted`, with their types.
ADDED_COLUMNS = {"kindergarten_pay": {POOLED: "boolean"}}
_AMOUNTS = frozenset(load_tiers().pay_sources["stg_kindergarten_pay"])
_SPLIT_SCHEMAS = (MARTS, "committee", "accepted", "seeds")


@dataclass(frozen=True)
class Unfit:
    """A delivery that can't be used in this build, and why."""

    delivery: Delivery
    reason_zh: str


def fitting(deliveries: Sequence[Delivery], as_of: dt.date) -> tuple[list[Delivery], list[Unfit]]:
    """The deliveries that a build about a day can use, and those that it can't.

    A delivery of a later day holds rows that nobody knew on that day. One of an earlier day is used as it is.
    """
    fit, unfit = [], []
    for delivery in deliveries:
        reason = _why_unfit(delivery, as_of)
        if reason:
            unfit.append(Unfit(delivery, reason))
        else:
            fit.append(delivery)
    return fit, unfit


def _why_unfit(delivery: Delivery, as_of: dt.date) -> str:
    if delivery.manifest.as_of > as_of:
        return (
            f"交付的数据截至 {delivery.manifest.as_of}，晚于本次的截至日期 {as_of}，没有采用；"
            f"请用 --as-of {delivery.manifest.as_of} 或更晚的日期。"
        )
    return differs_zh(delivery.manifest)


def differs_zh(said: Manifest) -> str:
    """How a delivery's tables differ from those of this program, and what to do; empty if they don't."""
    different = _difference_zh(said)
    return different and f"{different}，没有采用；请让区县和区域使用同一版本的程序，再重新交付。"


def _difference_zh(said: Manifest) -> str:
    """The first of all differences; empty if there is none."""
    wanted = wanted_columns()
    given = {table: file.columns for table, file in said.tables.items()}
    for table in sorted({*wanted, *given}):
        if table not in given:
            return f"缺少表 {table}"
        if table not in wanted:
            return f"表 {table} 是本程序没有的"
        for column in sorted({*wanted[table], *given[table]}):
            expected, kind = wanted[table].get(column), given[table].get(column)
            if kind is None:
                return f"表 {table} 缺少列 {column}"
            if expected is None:
                return f"表 {table} 的列 {column} 是本程序没有的"
            if kind != expected:
                return f"表 {table} 的列 {column} 类型是 {kind}，本程序用 {expected}"
    return ""


def wanted_columns() -> dict[str, dict[str, str]]:
    """Tables of a united schema with the types of their columns, without `delivered_by`."""
    wanted = record_tables.accepted_schema()
    return {table: {**columns, **ADDED_COLUMNS.get(table, {})} for table, columns in wanted.items()}


def unite(database: Path, deliveries: Sequence[Delivery], as_of: dt.date) -> None:
    """Make a build database whose schema `accepted` holds the rows of all deliveries.

    Every table but the common ones has a column `delivered_by`. Feeds and rules are those of this program. Schema
    `lake` says who delivered what.

    Args:
        database: the new build file; its name must be `build.duckdb` for the models.
        deliveries: at most one per district, all of them `fitting`.
        as_of: day that the build is about.

    Raises:
        ValueError: there is no delivery, or two are of one district.
    """
    import duckdb

    codes = [d.district_code for d in deliveries]
    if not codes or len(set(codes)) < len(codes):
        raise ValueError(f"one delivery per district is needed: {codes}")
    with duckdb.connect(str(database)) as con:
        deliveries[0].lake.let_read(con)
        con.execute("begin")
        con.execute("create schema accepted")
        _list_deliveries(con, deliveries)
        _list_shared_schools(con, deliveries)
        for table, belongs in load_belongs().accepted.items():
            if belongs == "delivery":
                _unite_table(con, table, deliveries)
            else:
                columns = record_tables.accepted_schema()[table]
                con.execute(f"create table accepted.{table} ({_definitions(columns)})")
        record_tables.describe_feeds(con)
        rule_catalogue.load(con)
        con.execute("insert into accepted.build_context values ($as_of, $as_of, 0)", {"as_of": as_of})
        con.execute("commit")
        con.execute("checkpoint")


def _definitions(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _list_deliveries(con: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> None:
    """Fill `lake.deliveries`: one row per delivery."""
    con.execute(read_sql(__package__, "lake_tables"))
    listed = [
        {
            "district_code": d.district_code,
            "name_zh": d.manifest.district.name_zh,
            "delivery_id": d.manifest.delivery_id,
            "release_id": d.manifest.release_id,
            "as_of": d.manifest.as_of,
            "known_until": d.manifest.known_until,
            "rows_to_correct": d.manifest.rows_to_correct,
        }
        for d in deliveries
    ]
    insert_records(con, "lake.deliveries", listed)


def _list_shared_schools(con: duckdb.DuckDBPyConnection, deliveries: Sequence[Delivery]) -> None:
    """Fill `lake.shared_schools`: codes that more than one district's rows name, unless they stand in its register alone."""
    belongs = load_belongs()
    for table, columns in record_tables.accepted_schema().items():
        files = [d.table_path(table) for d in deliveries]
        for column in columns:
            if belongs.own_kind(table, column) == "schools":
                is_registered = (table, column) == ("schools", "school_code")
                said = f"distinct {DELIVERED_BY}, {column} as school_code, {is_registered} as is_registered"
                statement = read_sql(__package__, "delivered", columns=said, **named("files"))
                con.execute(f"insert into lake.named_schools {statement}", {"files": files})
    con.execute(read_sql(__package__, "shared_schools"))


def _unite_table(con: duckdb.DuckDBPyConnection, table: str, deliveries: Sequence[Delivery]) -> None:
    """Create one table of schema `accepted` from all deliveries."""
    con.execute(
        f"create table accepted.{table} as {united_statement(table)} order by {DELIVERED_BY}",
        {"files": [d.table_path(table) for d in deliveries]},
    )


def united_statement(table: str) -> str:
    """The query for the united rows of a table; its parameter `files` is a list of the deliveries' files."""
    said = [f"{_united(table, name)} as {name}" for name in wanted_columns()[table]]
    return read_sql(__package__, "delivered", columns=", ".join([*said, DELIVERED_BY]), **named("files"))


def _united(table: str, column: str) -> str:
    """Expression of a column's united value."""
    match load_belongs().own_kind(table, column):
        case "named":
            return f"{DELIVERED_BY} || '/' || {column}"
        case "numbered":
            return f"cast({DELIVERED_BY} as bigint) * {OWN_NUMBERS} + {column}"
        case "schools":
            shared = "select s.district_code, s.school_code from lake.shared_schools as s"
            is_shared = f"({DELIVERED_BY}, {column}) in ({shared})"
            return f"case when {is_shared} then {DELIVERED_BY} || '/' || {column} else {column} end"
        case "record":
            return DELIVERED_BY
        case _:
            return column


def split(united: Path, district_code: str, target: Path) -> None:
    """Make a build database of one district from a united one whose models are done.

    It holds the schemas that a release is made of, as if the district had built them: its own rows with its own paths
    and numbers. Pay that was delivered pooled is left out: its amounts are blank, and marts that have pay show what the
    committee sees.

    Args:
        united: the united database.
        district_code: of the district.
        target: the database to write.
    """
    import duckdb

    with duckdb.connect() as con:
        attach(con, united, "united")
        attach(con, target, "split", read_only=False)
        tables = _tables_of_release(con)
        con.execute("begin")
        for schema in sorted({schema for schema, _ in tables}):
            con.execute(f"create schema split.{schema}")
        for (schema, table), columns in tables.items():
            replaced = schema == MARTS and ("committee", table) in tables
            own = _own_rows(schema, table, columns, district_code)
            source = f"united.{'committee' if replaced else schema}.{table}"
            con.execute(f"create table split.{schema}.{table} as {own.format(source=source)}")
        con.execute(read_sql(__package__, "own_context", district_code=PARAMETER), [district_code])
        con.execute("commit")


def own_digests(united: Path, district_codes: Iterable[str]) -> dict[str, str]:
    """Hash of what each district's marts would be, without splitting them off: in one pass over each table.

    Equal hashes of two united databases mean equal marts; doubles count to seven digits, as in
    `release.content_digests`.

    Args:
        united: a united database whose models are done.
        district_codes: the districts.

    Returns:
        The hash by district.
    """
    import duckdb

    with duckdb.connect() as con:
        attach(con, united, "united")
        return digests_of_owners(con, district_codes)


def digests_of_owners(con: duckdb.DuckDBPyConnection, district_codes: Iterable[str]) -> dict[str, str]:
    """The same, of the united database that a connection has as `united`."""
    own: dict[str, list[tuple[str, ...]]] = {code: [] for code in district_codes}
    for (schema, table), columns in _tables_of_release(con).items():
        if schema not in (MARTS, "committee"):
            continue
        owner = _owner(table)
        said = ", ".join(f"cast({c} as real)" if kind == "DOUBLE" else c for c, kind in columns.items())
        hashed = f"md5_number(cast(row({said}) as varchar))"
        relation = f"united.{schema}.{table}"
        sql = read_sql(__package__, "own_digests", relation=relation, owner=owner or "null", hashed=hashed)
        for code, *digest in con.execute(sql).fetchall():
            for each in {code} & own.keys() if owner else own:
                own[each].append((schema, table, *map(str, digest)))
    return {code: hash_of(found) for code, found in own.items()}


def _tables_of_release(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """Columns, with their types, of each table that a release is made of, by schema and table, in order."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in con.execute(read_sql(__package__, "columns_of_build")).fetchall():
        if schema in _SPLIT_SCHEMAS:
            found.setdefault((schema, table), {})[column] = kind
    return found


def _owner(mart: str) -> str | None:
    """Expression of the code of the district whose row it is in a mart; None for a mart that is the same for all.

    Raises:
        KeyError: `belongs.yml` doesn't say how the table belongs to a district.
    """
    return {
        "district": "district_code",
        "file": "split_part(source_file, '/', 1)",
        "hold": "split_part(hold_id, '/', 1)",
        "common": None,
    }[load_belongs().marts[mart]]


def _own_rows(schema: str, table: str, columns: Mapping[str, str], district_code: str) -> str:
    """Query that takes a district's rows out of a table of several districts.

    File names and identifiers lose the district's code, which stands before them in the united tables. `{source}` in the
    query stands for the united table.

    Raises:
        KeyError: `belongs.yml` doesn't say how the table belongs to a district.
    """
    declared = load_belongs()
    if schema == "seeds":
        return "select * from {source}"
    if schema == "accepted":
        where = f"{DELIVERED_BY} = '{district_code}'" if DELIVERED_BY in columns else "true"
    else:
        owner = _owner(table)
        where = f"{owner} = '{district_code}'" if owner else "true"
    said = []
    for column in columns:
        match declared.own_kind(table, column):
            case "named" | "schools":
                said.append(f"regexp_replace({column}, '^{district_code}/', '') as {column}")
            case "numbered":
                said.append(f"{column} % {OWN_NUMBERS} as {column}")
            case "record":
                said.append(f"cast(null as varchar) as {column}")
            case _ if column in _AMOUNTS and POOLED in columns:
                said.append(f"case when not {POOLED} then {column} end as {column}")
            case _ if column != DELIVERED_BY:
                said.append(column)
    return f"select {', '.join(said)} from {{source}} where {where}"
