"""A release: all its files in one folder, put in force in one step."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import PUBLISHED_SCHEMA, attach, open_marts, quote_literal, read_sql
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake.vault import sync_folder

if TYPE_CHECKING:
    import duckdb

    from dagster_project.warehouse.tiers import TierName

#: Readers with older DuckDB tools must be able to open what is published.
STORAGE_VERSION = "v1.4.0"


def release_identifier(now: dt.datetime, digest: str) -> str:
    """Identifier that sorts by time and names its inputs: 20240101T080000-1a2b3c4d."""
    return f"{now:%Y%m%dT%H%M%S}-{digest[:8]}"


def not_before_the_last(home: Home, now: dt.datetime) -> dt.datetime:
    """The time given, or a second after the newest release's, if the clock went back."""
    newest = max((p.name[:15] for p in home.releases.glob("[!.]*")), default="")
    try:
        last = dt.datetime.strptime(newest, "%Y%m%dT%H%M%S").replace(tzinfo=now.tzinfo)
    except ValueError:
        return now
    return max(now, last + dt.timedelta(seconds=1))


def leftovers(home: Home) -> list[Path]:
    """Remains of interrupted runs: unfinished builds, halves of a release, halves of a file."""
    complete = set(complete_releases(home))
    found = [*home.releases.glob(".build-*"), *home.analyst.glob(".build-*")]
    found += [p for p in home.analyst.glob("[!.]*") if p.name not in complete]
    found += [p for p in (home.root / ".current-new", home.root / ".current.txt-new") if os.path.lexists(p)]
    return [*found, *home.vault.glob("*.part"), *home.raw.glob("*/*.part")]


def sweep(home: Home) -> None:
    """Remove the remains of interrupted runs, and finish a switch that was interrupted.

    Call it under the writer's lock, so that none of it belongs to a run that is still working.
    """
    for path in leftovers(home):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    _finish_switch(home, set(complete_releases(home)))


def _finish_switch(home: Home, complete: set[str]) -> None:
    """Put the newest release in force if its run ended before it could, unless an older one was chosen since."""
    newest = max(complete, default=None)
    if newest is None or home.release_in_force() == newest:
        return
    if _newest_when_chosen(home) != newest or home.release_in_force() not in complete:
        put_in_force(home, newest)


def roll_back(home: Home, release_id: str, *, by_run: bool = False) -> None:
    """Put a release in force that is there already, and remember which newer ones a person went back from.

    Those are the one in force and the newest, and those that were gone back from before, until a person chooses one of
    them again.
    """
    newest = max(complete_releases(home), default="")
    left = gone_back_from(home)
    if not by_run:
        left |= {known for known in (newest, home.release_in_force() or "") if known > release_id}
        left.discard(release_id)
    put_in_force(home, release_id)
    home.rollback.write_text("\n".join([newest, *(sorted(left) or [_NONE_LEFT])]) + "\n", encoding="utf-8")


#: Stands in the file of the last choice where no release was gone back from.
_NONE_LEFT = "run"


def _last_choice(home: Home) -> list[str]:
    return home.rollback.read_text(encoding="utf-8").split() if home.rollback.exists() else []


def _newest_when_chosen(home: Home) -> str:
    """The newest release at the time when the one in force was chosen; empty if none was."""
    return next(iter(_last_choice(home)), "")


def gone_back_from(home: Home) -> set[str]:
    """Releases from which a person went back to an older one; no run puts them in force again."""
    said = _last_choice(home)
    # earlier versions named the newest alone
    return set(said[1:] or said) - {_NONE_LEFT}


def is_settled(home: Home, release_id: str) -> bool:
    """Whether a release that a run gives again is in force, or a person went back from it, which a run doesn't undo."""
    return home.release_in_force() == release_id or release_id in gone_back_from(home)


def settle(home: Home, release_id: str) -> None:
    """Put in force a release that a run gives and that is there already, unless it `is_settled`."""
    if not is_settled(home, release_id):
        roll_back(home, release_id, by_run=True)


def complete_releases(home: Home) -> list[str]:
    """Identifiers of the complete releases, oldest first."""
    return sorted(path.parent.name for path in home.releases.glob("[!.]*/release.json"))


def content_digests(database: Path) -> dict[str, str]:
    """Digest of the content of each published table, independent of the order of its rows.

    Doubles count to seven digits: a sum over many rows is added up by several threads, and its last bits
    depend on their order. The hashes of the files show whether a byte was changed since.
    """
    return {name: _digest(rows) for name, rows in _row_digests(database, by_year=False).items()}


def year_digests(database: Path, school_year: int) -> dict[str, str]:
    """Hash of the rows of one school year by table, of the tables that have years; a table without rows of it is left out."""
    found = _row_digests(database, by_year=True)
    rows = {name: [r for r in years if r[0] == school_year] for name, years in found.items()}
    return {name: _digest(own) for name, own in rows.items() if own}


def _digest(rows: list[tuple[Any, ...]]) -> str:
    return hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()[:32]


def _row_digests(database: Path, *, by_year: bool) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with open_marts(database) as con:
        tables: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in con.execute(read_sql(__package__, "published_columns")).fetchall():
            tables.setdefault(table, []).append((column, kind))
        for name, columns in tables.items():
            if by_year and "school_year" not in dict(columns):
                continue
            said = ", ".join(f"cast({c} as real)" if kind == "DOUBLE" else c for c, kind in columns)
            hashed = f"md5_number(cast(row({said}) as varchar))"
            year = "school_year" if by_year else "null"
            sql = read_sql(__package__, "row_digests", table=name, year=year, hashed=hashed)
            found[name] = con.execute(sql).fetchall()
    return found


def copy_marts(
    build: Path,
    committee: Path,
    analyst: Path,
    labels: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
) -> dict[str, int]:
    """Copy the finished tables into the two published databases; see `copy_tier`.

    Returns:
        Rows of each of the committee's tables.
    """
    counts = copy_tier(build, committee, "committee", labels)
    copy_tier(build, analyst, "analyst", labels)
    return counts


def copy_tier(
    build: Path,
    published: Path,
    tier: TierName,
    labels: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
) -> dict[str, int]:
    """Copy the finished tables that a tier gets into its published database.

    `tiers.yml` declares which schemas a tier gets, and which tables of schema `committee` replace a mart.

    Args:
        build: database of the build.
        published: database to write.
        tier: name of the tier in `tiers.yml`.
        labels: Chinese label of each mart and of its columns, left in the database as comments: any tool that
            opens it can then say what a column is.

    Returns:
        Rows of each mart.

    Raises:
        RuntimeError: a table that should take a mart's place isn't there, or isn't declared.
    """
    import duckdb

    from dagster_project.warehouse.tiers import load_tiers, published_schema

    declared = load_tiers().tiers[tier]
    con = duckdb.connect()
    try:
        attach(con, build, "build")
        tables = set(con.execute(read_sql(__package__, "tables_of_build")).fetchall())
        marts = sorted(name for schema, name in tables if schema == "marts")
        narrowed = set(declared.replacements) & set(marts)
        made = {name for schema, name in tables if schema == "committee"}
        if narrowed and narrowed != made:
            raise RuntimeError(f"tiers.yml and schema committee differ: {sorted(narrowed ^ made)}")
        published.parent.mkdir(parents=True, exist_ok=True)
        attach(con, published, "published", read_only=False, storage_version=STORAGE_VERSION)
        # in one transaction: hundreds of small ones would each wait for the disk
        con.execute("begin")
        for schema in declared.schemas:
            target = f"published.{published_schema(schema)}"
            con.execute(f"create schema if not exists {target}")
            for name in sorted(n for s, n in tables if s == schema):
                source = "committee" if schema == "marts" and name in narrowed else schema
                con.execute(f"create table {target}.{name} as select * from build.{source}.{name}")
        for name in sorted(set(labels or {}) & set(marts)):
            _comment(con, f"published.{PUBLISHED_SCHEMA}.{name}", *(labels or {})[name])
        con.execute("commit")
        con.execute("checkpoint published")
        return {name: _count(con, name) for name in marts}
    finally:
        con.close()


def _comment(con: duckdb.DuckDBPyConnection, table: str, label: str, columns: Mapping[str, str]) -> None:
    """Write the labels of a table and its columns as comments; `comment on` takes no parameters."""
    said = [f"comment on table {table} is {quote_literal(label)}"]
    said += [f"comment on column {table}.{c} is {quote_literal(text)}" for c, text in columns.items()]
    con.execute(";\n".join(said))


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    row = con.execute(f"select count(*) from published.{PUBLISHED_SCHEMA}.{name}").fetchone()
    assert row is not None
    return int(row[0])


def analyst_database(home: Home) -> Path:
    """The analyst's database of the release in force: marts in its main schema, accepted and seeds, opened by `open_marts`.

    Raises:
        UserError: nothing is published, or this home doesn't have the analyst's tier.
    """
    release = home.release_in_force()
    if release is None:
        raise UserError(f"{home.root} 里还没有发布过版本；请先运行 junheng run。")
    database = home.analyst / release / "marts.duckdb"
    if not database.exists():
        raise UserError(
            f"没有找到版本 {release} 的分析库 {database}；追溯到单元格需要它，请在分析人员的成果目录里运行。"
        )
    return database


def write_parquet(database: Path, folder: Path) -> None:
    """Write the committee's tables as Parquet, one file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_marts(database) as con:
        names = {table for table, _, _ in con.execute(read_sql(__package__, "published_columns")).fetchall()}
        for name in sorted(names):
            target = quote_literal(folder / f"{name}.parquet")
            con.execute(f"copy marts.{name} to {target} (format parquet, compression zstd)")


def seal(folder: Path) -> None:
    """Make sure that every file is on disk and that no database has an open log.

    Raises:
        RuntimeError: a write-ahead log was left behind.
    """
    for path in folder.rglob("*"):
        if path.suffix == ".wal":
            raise RuntimeError(f"{path.name} was left open")
        if path.is_file():
            seal_file(path)


def seal_file(path: Path) -> None:
    """Make sure a file is on disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def file_digests(folder: Path) -> dict[str, str]:
    """Hash of each file of a folder by its path in it."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def put_in_force(home: Home, release_id: str) -> None:
    """Switch readers to a release in one step: a symlink, or a pointer file where links aren't allowed."""
    target = home.releases / release_id
    if not (target / "release.json").exists():
        raise UserError(f"没有编号为 {release_id} 的版本；可用 junheng releases 查看已有版本。")
    new = home.root / ".current-new"
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    try:
        if os.environ.get("JUNHENG_NO_SYMLINKS"):
            raise OSError("links are switched off")
        new.symlink_to(Path("releases") / release_id, target_is_directory=True)
        new.replace(home.current)
        sync_folder(home.root)
        with contextlib.suppress(FileNotFoundError):
            home.current_pointer.unlink()
    except OSError:
        pointer = home.root / ".current.txt-new"
        pointer.write_text(release_id + "\n", encoding="utf-8")
        pointer.replace(home.current_pointer)
        with contextlib.suppress(FileNotFoundError):
            home.current.unlink()


def make_private(folder: Path) -> None:
    """Close the analyst's tier to other users."""
    for path in (folder.parent, folder):
        path.chmod(0o700)
    for path in folder.rglob("*"):
        path.chmod(0o600 if path.is_file() else 0o700)


def private_folder(folder: Path) -> Path:
    """Create a folder that is closed to other users from the start.

    A build holds all pay data before the committee's part of it is written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
    return folder
