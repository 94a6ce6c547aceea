"""A lake: sealed deliveries of accepted rows by district, in a folder or in any store that fsspec knows.

`LAKE/district_code=500115/delivery=<id>/` holds `accepted/<table>.parquet` and `manifest.json`. The manifest is written
last, as one object, and names every file with its hash: what has no readable manifest, or whose files are not those of
its manifest, is no delivery. So nothing has to be renamed, which object stores cannot do. A delivery never changes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from dagster_project.core.errors import UserError
from dagster_project.intake.vault import sha256_of_stream
from dagster_project.region import delivered_files
from dagster_project.region.manifest import FORMAT_VERSION, Manifest, TableFile, hash_of

if TYPE_CHECKING:
    import duckdb
    from fsspec import AbstractFileSystem

MANIFEST = "manifest.json"
#: Folder of the tables in that of a delivery.
TABLES = "accepted"
_DISTRICT = re.compile(r"district_code=(\d{6})\Z")
_DELIVERY = re.compile(r"delivery=(\d{8}T\d{6}Z-[0-9a-f]{8})\Z")
_MOMENT = "%Y%m%dT%H%M%SZ"

#: unfinished: without a manifest; broken: changed, cut off or incomplete; foreign: not of this folder, or no delivery at
#: all; future: written in a later form; other_tables: of a program with other tables.
Fault = Literal["unfinished", "broken", "foreign", "future", "other_tables"]


class LakeNotReachable(UserError):
    """The lake cannot be opened, read or written."""


@dataclass(frozen=True)
class Lake:
    """Where deliveries are kept.

    Attributes:
        files: file system of fsspec.
        root: folder in it, without the protocol.
        url: the lake as the user named it.
    """

    files: AbstractFileSystem
    root: str
    url: str

    @classmethod
    def at(cls, url: str | Path) -> Lake:
        """The lake at a folder or URL (`s3://…`, `hdfs://…`, `oss://…`); nothing is read yet.

        Raises:
            LakeNotReachable: nothing is named, the protocol is unknown, or its package is not installed.
        """
        import fsspec

        if not str(url).strip():
            raise LakeNotReachable("没有写明汇集处；请写文件夹，或 s3://桶/路径 这样的地址。")
        try:
            files, root = fsspec.url_to_fs(str(url))
        except (ImportError, ValueError) as error:
            raise LakeNotReachable(
                f"打不开汇集处 {url}：{error}。请用文件夹，或先安装该存储的 fsspec 组件（如 s3fs、ossfs、pyarrow）。"
            ) from error
        return cls(files, str(root).rstrip("/"), str(url))

    @property
    def is_local(self) -> bool:
        """True for a folder of this machine or one that is mounted on it."""
        return "file" in _protocols(self.files)

    def names_in(self, path: str) -> list[str]:
        """Names of what a folder holds, sorted; none if there is no such folder."""
        self.files.invalidate_cache(path)
        try:
            found = self.files.ls(path, detail=False)
        except FileNotFoundError:
            return []
        return sorted({str(name).rstrip("/").rsplit("/", 1)[-1] for name in found})

    def delivery_path(self, district_code: str, delivery_id: str) -> str:
        """Folder of a delivery."""
        return f"{self.root}/district_code={district_code}/delivery={delivery_id}"

    def let_read(self, con: duckdb.DuckDBPyConnection) -> None:
        """Let a connection read the files of a lake that is no local folder."""
        if not self.is_local:
            con.register_filesystem(self.files)


def _protocols(files: AbstractFileSystem) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


@dataclass(frozen=True)
class Delivery:
    """A sealed delivery."""

    lake: Lake
    manifest: Manifest

    @property
    def district_code(self) -> str:
        """District that delivered."""
        return self.manifest.district_code

    @property
    def path(self) -> str:
        """Its folder in the lake's file system."""
        return self.lake.delivery_path(self.manifest.district_code, self.manifest.delivery_id)

    def table_path(self, table: str) -> str:
        """File of a table, as DuckDB reads it on a connection of `Lake.let_read`."""
        path = f"{self.path}/{TABLES}/{table}.parquet"
        return path if self.lake.is_local else str(self.lake.files.unstrip_protocol(path))

    def shown_file(self, table: str) -> str:
        """Path of a table's file in the delivery, for messages."""
        return f"{TABLES}/{table}.parquet"


@dataclass(frozen=True)
class NoDelivery:
    """Something in a lake that doesn't count.

    Attributes:
        path: below the lake.
        district_code: of its folder; empty if it is in no district's.
        fault: kind of what is wrong.
        reason_zh: what is wrong, and what to do.
    """

    path: str
    district_code: str
    fault: Fault
    reason_zh: str


@dataclass(frozen=True)
class Contents:
    """What a lake holds.

    Attributes:
        newest: the newest sealed delivery of each district, by code.
        refused: what doesn't count; of a district only what is newer than its delivery that counts.
    """

    newest: tuple[Delivery, ...]
    refused: tuple[NoDelivery, ...]

    @cached_property
    def by_district(self) -> dict[str, Delivery]:
        """Code → delivery that counts."""
        return {d.district_code: d for d in self.newest}


def read_lake(
    lake: Lake, day: dt.date | None = None, differs_zh: Callable[[Manifest], str] | None = None
) -> Contents:
    """The newest sealed delivery of each district, its files compared with its manifest, and what doesn't count.

    Args:
        lake: where deliveries are kept.
        day: day that a build is about: of each district the newest that speaks of no later one.
        differs_zh: why a delivery's tables can't be used; empty if they can. Of each district the newest that can be used
            counts, or if there is none, the newest.

    Raises:
        LakeNotReachable: the lake isn't there.
    """
    newest: list[Delivery] = []
    refused: list[NoDelivery] = []
    with _reading(lake) as con:
        if not lake.files.isdir(lake.root):
            raise LakeNotReachable(
                f"没有找到汇集处 {lake.url}；请核对地址，或先由区县用 junheng deliver 交付。"
            )
        for name in lake.names_in(lake.root):
            match = _DISTRICT.match(name)
            if match is None:
                refused.append(NoDelivery(name, "", "foreign", _FOREIGN_ZH))
                continue
            counts, faulty = _newest_of(lake, con, match[1], day, differs_zh)
            newest += [counts] if counts else []
            refused += faulty
    return Contents(tuple(newest), tuple(refused))


def newest_of(lake: Lake, district_code: str) -> Delivery | None:
    """The delivery of a district that counts; None before its first.

    Raises:
        LakeNotReachable: the lake can't be read.
    """
    with _reading(lake) as con:
        return _newest_of(lake, con, district_code)[0]


@contextlib.contextmanager
def _reading(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may read a lake; whatever stops all reading is an error of the lake."""
    import duckdb

    with (
        _naming_the_lake(lambda error: f"读不出汇集处 {lake.url}：{error}；请检查网络和权限后再试。"),
        duckdb.connect() as con,
    ):
        lake.let_read(con)
        yield con


@contextlib.contextmanager
def _naming_the_lake(say_zh: Callable[[Exception], str]) -> Iterator[None]:
    """Make an error of the store one of the lake, with what to say of it.

    The clients of stores raise classes of their own besides OSError: S3's, for example, where the server doesn't answer or no
    key is set. An error of this program stays what it is.
    """
    try:
        yield
    except Exception as error:
        package = type(error).__module__.partition(".")[0]
        if not isinstance(error, OSError) and package in _NOT_OF_A_STORE:
            raise
        raise LakeNotReachable(say_zh(error)) from error


#: Packages whose errors don't come from a store.
_NOT_OF_A_STORE = frozenset(("builtins", "dagster_project", "_duckdb", "pydantic_core", "json"))


def _newest_of(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    district_code: str,
    day: dt.date | None = None,
    differs_zh: Callable[[Manifest], str] | None = None,
) -> tuple[Delivery | None, list[NoDelivery]]:
    """The newest of a district that is in order, and what is newer and isn't."""
    refused: list[NoDelivery] = []
    passed_over: list[tuple[Delivery, list[NoDelivery]]] = []
    folder = f"district_code={district_code}"
    try:
        names = lake.names_in(f"{lake.root}/{folder}")
    except PermissionError:
        return None, [NoDelivery(folder, district_code, "broken", f"文件夹不允许读取，{_OPEN_ZH}")]
    for name in reversed(names):
        match = _DELIVERY.match(name)
        found = _read_delivery(lake, con, district_code, match[1]) if match else ("foreign", _FOREIGN_ZH)
        if isinstance(found, Delivery):
            is_of_later_day = day is not None and found.manifest.as_of > day
            difference = differs_zh(found.manifest) if differs_zh else ""
            if not is_of_later_day and not difference:
                return found, refused
            passed_over.append((found, [*refused]))
            if not is_of_later_day:
                refused.append(NoDelivery(f"{folder}/{name}", district_code, "other_tables", difference))
            continue
        refused.append(NoDelivery(f"{folder}/{name}", district_code, *found))
    return passed_over[0] if passed_over else (None, refused)


_FOREIGN_ZH = "不是区县交付的内容，没有读取；放错了的请移走。"
_AGAIN_ZH = "没有采用；请该区县重新运行 junheng deliver。"
_OPEN_ZH = "没有采用；请给区域读取的权限。"
#: What is wrong with one path and no sign that the store can't be reached.
_PATH_ERRORS = (IsADirectoryError, NotADirectoryError)


def _read_delivery(
    lake: Lake, con: duckdb.DuckDBPyConnection, district_code: str, delivery_id: str
) -> Delivery | tuple[Fault, str]:
    """A delivery, or what is wrong with it."""
    folder = lake.delivery_path(district_code, delivery_id)
    manifest = _read_manifest(lake, district_code, delivery_id)
    if not isinstance(manifest, Manifest):
        return manifest
    delivery = Delivery(lake, manifest)
    for name, table in manifest.tables.items():
        fault = _fault_of_file(lake, f"{folder}/{TABLES}/{name}.parquet", table)
        if fault:
            return "broken", f"{delivery.shown_file(name)} {fault}，{_AGAIN_ZH}"
    fault = delivered_files.fault_zh(con, delivery)
    return ("broken", f"{fault}，{_AGAIN_ZH}") if fault else delivery


def _read_manifest(lake: Lake, district_code: str, delivery_id: str) -> Manifest | tuple[Fault, str]:
    """The manifest of a delivery, or what is wrong with it."""
    folder = lake.delivery_path(district_code, delivery_id)
    try:
        raw = lake.files.cat_file(f"{folder}/{MANIFEST}")
    except FileNotFoundError:
        return "unfinished", f"交付没有完成（缺 {MANIFEST}），{_AGAIN_ZH}"
    except PermissionError:
        return "broken", f"{MANIFEST} 不允许读取，{_OPEN_ZH}"
    except _PATH_ERRORS:
        return "broken", f"{MANIFEST} 不是文件，{_AGAIN_ZH}"
    try:
        said = json.loads(raw)
        version = int(said["format_version"])
    except (ValueError, KeyError, TypeError):
        return "broken", f"{MANIFEST} 不完整或已损坏，{_AGAIN_ZH}"
    if version > FORMAT_VERSION:
        return "future", f"由更新版本的程序交付（格式 {version}），本程序读不了，没有采用；请升级本程序。"
    seal = said.pop("seal_sha256", None)
    try:
        manifest = Manifest.model_validate(said)
    except ValidationError:
        return "broken", f"{MANIFEST} 的内容不合要求，{_AGAIN_ZH}"
    if seal != hash_of(said):
        return "broken", f"{MANIFEST} 交付后被改动，{_AGAIN_ZH}"
    if (manifest.district_code, manifest.delivery_id) != (district_code, delivery_id):
        return "foreign", (
            f"{MANIFEST} 写的是 {manifest.district_code} 的 {manifest.delivery_id}，与所在文件夹不同，没有采用；请移走。"
        )
    return manifest


def earlier_manifests(delivery: Delivery) -> tuple[Manifest, ...]:
    """What the district's deliveries before one say of themselves, the newest first; their files aren't read.

    Raises:
        LakeNotReachable: the lake can't be read.
    """
    lake, code = delivery.lake, delivery.district_code
    with _reading(lake):
        names = lake.names_in(f"{lake.root}/district_code={code}")
        identifiers = [match[1] for name in reversed(names) if (match := _DELIVERY.match(name))]
        earlier = [i for i in identifiers if i < delivery.manifest.delivery_id]
        found = [_read_manifest(lake, code, identifier) for identifier in earlier]
    return tuple(manifest for manifest in found if isinstance(manifest, Manifest))


def _fault_of_file(lake: Lake, path: str, table: TableFile) -> str:
    """What is wrong with a file of a delivery, in Chinese; empty if nothing is."""
    try:
        with lake.files.open(path, "rb") as stream:
            found = sha256_of_stream(stream)
    except FileNotFoundError:
        return "缺失"
    except PermissionError:
        return "不允许读取"
    except _PATH_ERRORS:
        return "不是文件"
    return "" if found == table.sha256 else "与交付时不同"


def delivery_identifier(now: dt.datetime, content_sha256: str, others: Iterable[str]) -> str:
    """Identifier that sorts after those of a district's other deliveries: 20240101T080000Z-1a2b3c4d.

    Args:
        now: moment (UTC); if the clock went back, a second after the newest of the others is taken.
        content_sha256: hash of what is delivered.
        others: names of the folders that the district has already.
    """
    taken = [match[1][:16] for name in others if (match := _DELIVERY.match(name))]
    last = max((dt.datetime.strptime(t, _MOMENT).replace(tzinfo=dt.UTC) for t in taken), default=now)
    moment = max(now, last + dt.timedelta(seconds=1)) if taken else now
    return f"{moment:{_MOMENT}}-{content_sha256[:8]}"


def write_delivery(
    lake: Lake, manifest: Manifest, tables: Path, *, now: dt.datetime | None = None
) -> Delivery:
    """Write a delivery: the files first, the manifest last. Until then it does not count.

    Args:
        lake: where to.
        manifest: what it says of itself; identifier and moment are filled in here.
        tables: folder with `<table>.parquet` for each table of the manifest.
        now: moment of the delivery (UTC); the clock by default.

    Raises:
        LakeNotReachable: the lake can't be written, or already holds this delivery.
    """
    moment = now or dt.datetime.now(dt.UTC)
    with _naming_the_lake(lambda error: _not_written_zh(lake, error)):
        others = lake.names_in(f"{lake.root}/district_code={manifest.district_code}")
        filled = {
            "delivery_id": delivery_identifier(moment, manifest.content_sha256, others),
            "created_at": moment.replace(microsecond=0, tzinfo=None).isoformat(),
        }
        delivery = Delivery(lake, manifest.model_copy(update=filled))
        if lake.files.exists(delivery.path):
            raise LakeNotReachable(f"{delivery.path} 已经存在；交付过的内容不覆盖，请稍后再试一次。")
        lake.files.makedirs(f"{delivery.path}/{TABLES}", exist_ok=True)
        for name in manifest.tables:
            content = (tables / f"{name}.parquet").read_bytes()
            _write(lake, f"{delivery.path}/{TABLES}/{name}.parquet", content)
        _sync_folders(lake, delivery.path, f"{delivery.path}/{TABLES}")
        _write(lake, f"{delivery.path}/{MANIFEST}", delivery.manifest.sealed())
        _sync_folders(lake, delivery.path, f"{delivery.path}/..", lake.root)
    return delivery


def _not_written_zh(lake: Lake, error: Exception) -> str:
    return f"写不进汇集处 {lake.url}：{error}。没有交付完的内容不会被采用；请检查网络、权限和空间后再运行 junheng deliver。"


def _write(lake: Lake, path: str, content: bytes) -> None:
    """Write an object at once; a local file is on disk afterwards."""
    with lake.files.open(path, "wb") as stream:
        stream.write(content)
        if lake.is_local:
            stream.flush()
            with contextlib.suppress(io.UnsupportedOperation):
                os.fsync(stream.fileno())


def _sync_folders(lake: Lake, *folders: str) -> None:
    """Put the entries of local folders on disk."""
    from dagster_project.intake.vault import sync_folder

    if lake.is_local:
        for folder in folders:
            sync_folder(Path(folder))
