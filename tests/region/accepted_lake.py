"""Deliveries of districts whose accepted rows are filled in by hand, without a home: for tests of what is made of them."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.record.record_tables import accepted_schema
from dagster_project.region import lake as lakes
from dagster_project.region import manifest as manifests
from dagster_project.region.united import ADDED_COLUMNS
from dagster_project.warehouse.build import DATABASE_NAME
from dagster_project.warehouse.districts import district_of
from tests.warehouse.accepted_fixture import Accepted

#: What the manifest of a delivery says if a test doesn't say otherwise.
RULE_SET = manifests.RuleSet(
    program_version="0", rules_sha256="rules", standards_sha256="standards", feeds_sha256="feeds"
)
NOW = dt.datetime(2025, 1, 15, 8, tzinfo=dt.UTC)


def deliver_accepted(
    lake: lakes.Lake,
    district_code: str,
    accepted: Accepted | Path,
    *,
    now: dt.datetime = NOW,
    **said: Any,
) -> lakes.Delivery:
    """Deliver rows as they are.

    Args:
        lake: where to.
        district_code: whose rows they are.
        accepted: rows by hand, or a database with a schema `accepted`.
        now: moment of the delivery.
        said: fields of the manifest that differ, such as `rule_set` or `as_of`.
    """
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as con:
        folder = Path(scratch)
        if isinstance(accepted, Accepted):
            accepted.write(folder / DATABASE_NAME)
        source = folder / DATABASE_NAME if isinstance(accepted, Accepted) else accepted
        con.execute(f"attach '{source}' as given (read_only)")
        tables = {}
        for table, columns in accepted_schema().items():
            added = ADDED_COLUMNS.get(table, {})
            columns_sql = ", ".join([*columns, *(f"false as {name}" for name in added)])
            path = folder / f"{table}.parquet"
            con.execute(
                f"copy (select {columns_sql} from given.accepted.{table}) to '{path}' (format parquet)"
            )
            (count,) = con.execute(f"select count(*) from given.accepted.{table}").fetchall()
            tables[table] = manifests.table_file(path, count[0], {**columns, **added})
        (days,) = con.execute("select as_of, known_until from given.accepted.build_context").fetchall()
        content = manifests.hash_of({t: file.model_dump() for t, file in tables.items()})
        filled = {
            "format_version": manifests.FORMAT_VERSION,
            "district_code": district_code,
            "district": district_of(district_code, {}),
            "delivery_id": "",
            "created_at": "",
            "content_sha256": content,
            "release_id": f"release-of-{district_code}",
            "as_of": days[0],
            "known_until": days[1],
            "rows_to_correct": 0,
            "record": manifests.Record(submissions=1, blocks=1, chain=f"chain-of-{district_code}"),
            "rule_set": RULE_SET,
            "is_synthetic": True,
            "synthetic_files": (),
            "tables": tables,
        }
        return lakes.write_delivery(lake, manifests.Manifest.model_validate(filled | said), folder, now=now)
