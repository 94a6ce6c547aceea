"""A release: everything the committee reads, in one folder, switched on in one step."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.settings import Home, UserError

if TYPE_CHECKING:
    import duckdb

#: Readers with older DuckDB tools must be able to open what is published.
STORAGE_VERSION = "v1.4.0"
_ANALYST_SCHEMAS = ("marts", "accepted", "seeds")


class Busy(UserError):
    """Another run is at work in this home."""


def release_identifier(now: dt.datetime, digest: str) -> str:
    """Identifier that sorts by time and names its inputs: 20240101T080000-1a2b3c4d."""
    return f"{now:%Y%m%dT%H%M%S}-{digest[:8]}"


@contextlib.contextmanager
def writer_lock(home: Home) -> Iterator[None]:
    """Only one run may write to a home; the lock dies with its process.

    Raises:
        Busy: another process holds it.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    path = home.root / ".lock"
    with path.open("a+b") as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise Busy(f"成果目录 {home.root} 正有另一次运行在进行，请等它结束后再试。") from error
        yield


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep(home: Home) -> None:
    """Remove what interrupted runs left behind."""
    for folder in (home.releases, home.analyst):
        for path in folder.glob(".build-*"):
            shutil.rmtree(path, ignore_errors=True)
    for name in (".current-new", ".current.txt-new"):
        with contextlib.suppress(FileNotFoundError):
            (home.root / name).unlink()


def list_releases(home: Home) -> list[dict[str, Any]]:
    """Complete releases, oldest first, as their `release.json` says."""
    found = []
    for path in sorted(home.releases.glob("[!.]*/release.json")):
        found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


def copy_marts(build: Path, committee: Path, analyst: Path) -> dict[str, int]:
    """Copy the finished tables into the two published databases.

    A model in schema `committee` takes the place of the mart of the same name in the committee's file.

    Returns:
        Rows of each of the committee's tables.
    """
    import duckdb

    con = duckdb.connect()
    try:
        con.execute(f"attach '{_quoted(build)}' as build (read_only)")
        tables = {
            (schema, name)
            for schema, name in con.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'build'"
                " union all select schema_name, view_name from duckdb_views() where database_name = 'build'"
                " and not internal"
            ).fetchall()
        }
        marts = sorted(name for schema, name in tables if schema == "marts")
        for path, schemas in ((committee, ("marts",)), (analyst, _ANALYST_SCHEMAS)):
            path.parent.mkdir(parents=True, exist_ok=True)
            con.execute(f"attach '{_quoted(path)}' as published (storage_version '{STORAGE_VERSION}')")
            for schema in schemas:
                con.execute(f"create schema published.{schema}")
                for name in sorted(n for s, n in tables if s == schema):
                    narrowed = path == committee and ("committee", name) in tables
                    source = "committee" if narrowed else schema
                    con.execute(
                        f"create table published.{schema}.{name} as select * from build.{source}.{name}"
                    )
            con.execute("checkpoint published")
            con.execute("detach published")
        con.execute(f"attach '{_quoted(committee)}' as published (read_only)")
        return {name: _count(con, name) for name in marts}
    finally:
        con.close()


def _count(con: duckdb.DuckDBPyConnection, name: str) -> int:
    row = con.execute(f"select count(*) from published.marts.{name}").fetchone()
    assert row is not None
    return int(row[0])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


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
        con.execute(f"attach '{_quoted(database)}' as published (read_only)")
        con.execute("use published")
        yield con
    finally:
        con.close()


def analyst_database(home: Home) -> Path:
    """The analyst's database of the release in force: schemas marts, accepted and seeds, opened by `open_marts`.

    Raises:
        UserError: nothing is published, or the analyst's tier doesn't lie in this home.
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
    """The committee's tables once more as Parquet, one file a table."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_marts(database) as con:
        found = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        names = [row[0] for row in found]
        for name in sorted(names):
            target = _quoted(folder / f"{name}.parquet")
            con.execute(f"copy marts.{name} to '{target}' (format parquet, compression zstd)")


def seal(folder: Path) -> None:
    """Make sure every file is on disk and no database has an open log.

    Raises:
        RuntimeError: a write-ahead log was left behind.
    """
    for path in folder.rglob("*"):
        if path.suffix == ".wal":
            raise RuntimeError(f"{path.name} was left open")
        if path.is_file():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())


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
        with contextlib.suppress(FileNotFoundError):
            home.current_pointer.unlink()
    except OSError:
        pointer = home.root / ".current.txt-new"
        pointer.write_text(release_id + "\n", encoding="utf-8")
        pointer.replace(home.current_pointer)
        with contextlib.suppress(FileNotFoundError):
            home.current.unlink()


def make_private(folder: Path) -> None:
    """Only the owner may look into the analyst's tier."""
    for path in (folder.parent, folder):
        path.chmod(0o700)
    for path in folder.rglob("*"):
        path.chmod(0o600 if path.is_file() else 0o700)
