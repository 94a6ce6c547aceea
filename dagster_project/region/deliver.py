"""`junheng deliver --to LAKE`: the accepted rows of the release in force, sealed, into a lake of many districts.

Nothing of a person leaves: rosters were grouped when they were read, numbers of persons in names of files are masked, and
of pay only what the committee sees goes out as it is (`sql/delivered_pay.sql`).
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project import __version__
from dagster_project.core.duck import attach, quote_literal, read_sql, rows
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import today
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.vault import RecordBroken, sha256_of_file
from dagster_project.record import record_tables
from dagster_project.record.file_names import masked_names
from dagster_project.region import lake as lakes
from dagster_project.region import manifest as manifests
from dagster_project.region.belongs import load_belongs
from dagster_project.region.taking_back import TakesBack, refuse_taking_back
from dagster_project.region.united import ADDED_COLUMNS
from dagster_project.warehouse import description, release
from dagster_project.warehouse.districts import district_of, districts_of_release
from dagster_project.warehouse.tiers import load_tiers

if TYPE_CHECKING:
    import duckdb

    from dagster_project.warehouse.description import Description

_DATABASE = "marts.duckdb"
#: Statements for the tables with pay.
_STATEMENTS = {"kindergarten_pay": "delivered_pay", "district_figures": "delivered_figures"}
#: Where several sources of one figure are compared: columns that may hold pay.
_COMPARED = {
    "readings": ("value",),
    "source_comparisons": (
        "figure",
        "value",
        "other_figure",
        "other_value",
        "difference",
        "tolerance",
        "beyond_tolerance",
    ),
}


@dataclass(frozen=True)
class Delivered:
    """Result of delivering: the district's latest delivery in the lake, and whether it was made just now."""

    delivery: lakes.Delivery
    is_new: bool


def deliver(
    home: Home, lake: lakes.Lake, *, now: dt.datetime | None = None, take_back: bool = False
) -> Delivered:
    """Deliver the accepted rows of the release in force, unless the last delivery holds the same.

    Args:
        home: home of one district.
        lake: where to.
        now: moment of the delivery (UTC); the clock by default.
        take_back: deliver on purpose what is of an earlier day or of another record than the last delivery.

    Raises:
        TakesBack: it is, and `take_back` isn't set.
        UserError: nothing is published, the release is of a day to come or not as it was published, or the home holds
            several districts.
        RecordBroken: the record was changed since.
        LakeNotReachable: the lake can't be written.
    """
    import duckdb

    analyst = release.analyst_database(home)
    folder = home.releases / analyst.parent.name
    described = description.read_description(folder)
    if described.as_of > today().isoformat():
        raise UserError(
            f"现行版本 {described.release_id} 截至 {described.as_of}，这一天还没有到，没有交付；请先用 junheng run 重新发布，再交付。"
        )
    _refuse_changed(home, folder, analyst, described)
    with tempfile.TemporaryDirectory(prefix="junheng-deliver-") as scratch, duckdb.connect() as con:
        attach(con, analyst, "analyst")
        attach(con, folder / _DATABASE, "committee")
        _refuse_another_schema(con, described)
        code = _only_district(con, home)
        tables = write_tables(con, Path(scratch))
        manifest = _manifest(con, described, folder, code, tables, Path(scratch))
        last = lakes.newest_of(lake, code)
        if last is not None and last.manifest.content_sha256 == manifest.content_sha256:
            return Delivered(last, is_new=False)
        if last is not None:
            try:
                refuse_taking_back(home, last.manifest, manifest)
            except TakesBack:
                if not take_back:
                    raise
                manifest = manifest.model_copy(update={"takes_back": last.manifest.delivery_id})
        return Delivered(lakes.write_delivery(lake, manifest, Path(scratch), now=now), is_new=True)


def _refuse_changed(home: Home, folder: Path, analyst: Path, described: Description) -> None:
    """Refuse a release whose record or databases aren't what they were when it was published.

    Raises:
        UserError: they aren't; the text says what to do.
    """
    if described.record is None:
        raise UserError(
            f"版本 {described.release_id} 由较早的程序发布，不能交付；请先用 junheng run 重新发布，再交付。"
        )
    if read_manifest(home, blocks=described.record.blocks).chain != described.record.chain:
        raise RecordBroken("登记簿与现行版本所依据的不同，没有交付；请运行 junheng verify 查看。")
    written = {
        analyst: described.analyst_files_sha256.get(_DATABASE),
        folder / _DATABASE: described.files_sha256.get(_DATABASE),
    }
    for path, digest in written.items():
        if sha256_of_file(path) != digest:
            raise UserError(
                f"{path} 与发布时不同，没有交付；请运行 junheng verify 查看，再用 junheng run 重新发布。"
            )


def _refuse_another_schema(con: duckdb.DuckDBPyConnection, described: Description) -> None:
    """Refuse a release whose accepted tables aren't those of this program.

    Raises:
        UserError: another version of the program published it.
    """
    found: dict[str, list[str]] = {}
    for table, column in con.execute(read_sql(__package__, "accepted_columns")).fetchall():
        found.setdefault(table, []).append(column)
    if found != {table: list(columns) for table, columns in record_tables.accepted_schema().items()}:
        raise UserError(
            f"现行版本 {described.release_id} 的数据表与本程序不同（发布时的程序 {described.junheng_version}，本程序 {__version__}），"
            "没有交付；请先用 junheng run 重新发布，再交付。"
        )


def _only_district(con: duckdb.DuckDBPyConnection, home: Home) -> str:
    """Code of the one district that the accepted rows speak of.

    Raises:
        UserError: there are several, or none.
    """
    found: set[str] = set()
    for table, columns in record_tables.accepted_schema().items():
        if "district_code" in columns:
            named = con.execute(f"select distinct district_code from analyst.accepted.{table}").fetchall()
            found |= {code for (code,) in named if code}
    if len(found) > 1:
        raise UserError(
            f"成果目录 {home.root} 里有 {len(found)} 个区县（{'、'.join(sorted(found))}）的数据，没有交付：一个成果目录只交付一个区县。"
            "请给每个区县各设一个原始数据目录和成果目录（--raw、--home），分别运行 junheng run 后再交付；"
            "区县代码填错的，请改正后重报；代码换过的，旧代码各年的数据另设一个目录。"
        )
    if not found:
        raise UserError(f"成果目录 {home.root} 的数据里没有区县代码，没有交付；请先报“学校名录”。")
    return found.pop()


def write_tables(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, manifests.TableFile]:
    """Write each accepted table as it may leave the district.

    Args:
        con: connection with the analyst's database as `analyst` and the committee's as `committee`.
        folder: where `<table>.parquet` is written.

    Returns:
        What the manifest says of each file.
    """
    con.execute(read_sql(__package__, "withheld_fingerprints"))
    con.execute("create temp table masked_names (source_file varchar, masked varchar)")
    masked = masked_names(_file_names(con))  # the manifest names files by the same table
    if masked:
        con.executemany("insert into masked_names values (?, ?)", [[n, m] for n, m in masked.items()])
    written = {}
    for table, columns in record_tables.accepted_schema().items():
        statement = _statement(table, list(columns), is_masked=bool(masked))
        path = folder / f"{table}.parquet"
        con.execute(f"copy ({statement}) to {quote_literal(path)} (format parquet, compression zstd)")
        (count,) = con.execute("select count(*) from read_parquet(?)", [str(path)]).fetchall()
        kinds = {**columns, **ADDED_COLUMNS.get(table, {})}
        written[table] = manifests.table_file(path, count[0], kinds)
    return written


def _file_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of files in all accepted tables; in some of them numbers of persons are not masked."""
    names: set[str] = set()
    for table, columns in record_tables.accepted_schema().items():
        for column in columns:
            if column.endswith("source_file"):
                found = con.execute(f"select distinct {column} from analyst.accepted.{table}").fetchall()
                names |= {name for (name,) in found if name}
    return sorted(names)


def _statement(table: str, columns: list[str], *, is_masked: bool) -> str:
    """Query for the rows of a table as they may leave the district."""
    added = [f"t.{c}" for c in ADDED_COLUMNS.get(table, ())]
    said = ", ".join([*(f"{_delivered(table, c, is_masked=is_masked)} as {c}" for c in columns), *added])
    if table in _STATEMENTS:
        return read_sql(__package__, _STATEMENTS[table], columns=said)
    return f"select {said} from analyst.accepted.{table} as t"


def _delivered(table: str, column: str, *, is_masked: bool) -> str:
    """Expression of a column of `t` as it may leave the district."""
    if column.endswith("sha256") and load_belongs().own_kind(table, column) == "named":
        withheld = f"select w.delivered from withheld_fingerprints as w where w.sha256 = t.{column}"
        return f"coalesce(({withheld}), t.{column})"
    if column.endswith("source_file") and is_masked:
        return (
            f"coalesce((select m.masked from masked_names as m where m.source_file = t.{column}), t.{column})"
        )
    if table in _STATEMENTS and column in load_tiers().pay_sources[f"stg_{table}"]:
        return f"t.delivered_{column}"
    if column in _COMPARED.get(table, ()):
        with_pay = ", ".join(f"'{name}'" for name in load_feeds() if _has_pay(name))
        is_pay = "t.is_pay or " if table == "source_comparisons" else ""
        return f"case when not ({is_pay}t.feed in ({with_pay})) then t.{column} end"
    feed = load_feeds().get(table)
    if feed is not None and any(c.name == column and c.is_pay for c in feed.columns):
        return f"case when false then t.{column} end"
    return f"t.{column}"


def _has_pay(feed: str) -> bool:
    """True for a feed of which a column may hold pay."""
    return f"stg_{feed}" in load_tiers().pay_sources or any(c.is_pay for c in load_feeds()[feed].columns)


def _manifest(
    con: duckdb.DuckDBPyConnection,
    described: Description,
    folder: Path,
    code: str,
    tables: dict[str, manifests.TableFile],
    scratch: Path,
) -> manifests.Manifest:
    """What a delivery says of itself; its identifier and its moment are filled in when it is written."""
    assert described.record is not None
    (context,) = rows(con, "select * from analyst.accepted.build_context")
    rule_set = manifests.RuleSet(
        program_version=described.junheng_version,
        rules_sha256=_digest(con, "analyst.accepted.rules"),
        standards_sha256=_digest(con, "analyst.seeds.standards"),
        feeds_sha256=_digest(con, "analyst.accepted.feeds"),
    )
    manifest = manifests.Manifest(
        format_version=manifests.FORMAT_VERSION,
        district_code=code,
        district=district_of(code, districts_of_release(folder)),
        delivery_id="",
        created_at="",
        content_sha256="",
        release_id=described.release_id,
        as_of=context["as_of"],
        known_until=context["known_until"],
        rows_to_correct=context["rows_to_correct"],
        record=manifests.Record(
            submissions=described.submissions, blocks=described.record.blocks, chain=described.record.chain
        ),
        rule_set=rule_set,
        is_synthetic=described.is_synthetic,
        synthetic_files=_named_outside(con, described.synthetic_files),
        tables=tables,
    )
    said = manifest.model_dump(mode="json", exclude={"release_id", "tables", "takes_back"})
    contents = {t: _digest(con, f"read_parquet({quote_literal(scratch / f'{t}.parquet')})") for t in tables}
    return manifest.model_copy(update={"content_sha256": manifests.hash_of([said, contents])})


def _named_outside(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> tuple[str, ...]:
    """Names of files as the delivered tables have them."""
    masked = dict(con.execute("select source_file, masked from masked_names").fetchall())
    return tuple(masked.get(name) or mask_personal_numbers(name) for name in names)


def _digest(con: duckdb.DuckDBPyConnection, relation: str) -> str:
    """Hash of the rows of a relation, whatever their order."""
    columns = ", ".join(column[0] for column in con.execute(f"select * from {relation} limit 0").description)
    (found,) = con.execute(
        read_sql(__package__, "table_digest", relation=relation, columns=columns)
    ).fetchall()
    return str(found[0])
