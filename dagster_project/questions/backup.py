"""`junheng backup`, `restore` and `verify`: the vault and its manifest; everything else can be rebuilt from them."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from dagster_project.core.commands import (
    HomeOption,
    RawOption,
    SampleOption,
    home_of,
    raw_root_of,
    run_again,
    say,
    used_home_of,
)
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time
from dagster_project.core.lock import writer_lock
from dagster_project.intake import vault
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.intake.readings import vault_names
from dagster_project.warehouse import release

if TYPE_CHECKING:
    from dagster_project.intake.raw_folder import RawFile

Report = Callable[[str], None]
_VAULT = "vault/"
#: Bytes that are read at once.
_PIECE_BYTES = 1 << 20
_MANIFEST = "vault/manifest.jsonl"
_BINDING = "home.json"


def backup_command(
    out: Annotated[Path | None, typer.Argument(help="备份文件；默认在当前文件夹，名称含时间")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """备份原始文件库和登记簿（其余都能由它们重建）。"""
    place = used_home_of(home, sample)
    target = out or Path(default_backup_name(place, local_time(dt.datetime.now(dt.UTC))))
    with writer_lock(place):
        back_up(place, target, report=say)
    say(f"备份文件：{target}。其中含待遇数据，请只存放在有权限的地方。")


def restore_command(
    file: Annotated[Path, typer.Argument(help="备份文件")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """把备份恢复到一个空的成果目录，逐个文件核对校验值。"""
    if not file.is_file():  # before anything is written into the home
        raise UsageError(f"没有找到备份文件 {file}；备份由 junheng backup 写出。")
    place = home_of(home, sample)
    with writer_lock(place):
        restore(file, place, report=say)


def verify_command(raw: RawOption = None, home: HomeOption = None, sample: SampleOption = False) -> None:
    """核对原始文件库、登记簿、数据行、各版本与原始数据目录。有丢失或被改动的内容时返回 1。"""
    place = used_home_of(home, sample)
    root = raw or place.bound_raw_root() or raw_root_of(raw, sample)
    found = verify(place, root if root.is_dir() else None)
    if not root.is_dir():
        found.append(
            Finding(False, f"没有找到原始数据目录 {root}，没有核对其中的文件；在别处的，请用 --raw 指定。")
        )
    for finding in found:
        say(f"[{'严重' if finding.is_grave else '提示'}] {finding.message_zh}")
    if any(f.is_grave for f in found):
        raise UserError("核对完毕：有内容丢失或被改动。可用 junheng restore 从备份恢复到新的成果目录。")
    if found:
        say(f"核对完毕：没有内容丢失或被改动；上面 {len(found)} 处提示不用处理，下次运行会补齐或读入。")
    else:
        say("核对完毕：原始文件、登记簿、数据行和各版本相互一致。")


@dataclass(frozen=True)
class Finding:
    """One result of `verify`. `is_grave`: something is lost or was changed; else the next run repairs it."""

    is_grave: bool
    message_zh: str


def _expected(manifest: Manifest) -> set[str]:
    """Hashes of all files that the manifest names."""
    return vault_names(manifest).keys() | {
        digest for s in manifest.submissions for digest in s.layouts.values()
    }


def verify(home: Home, raw_root: Path | None = None) -> list[Finding]:
    """Check vault, manifest, raw rows, releases and the raw folder against each other.

    Args:
        home: the home to check.
        raw_root: its raw root, to list files that were not received yet or were changed since.
    """
    found: list[Finding] = []
    manifest = read_manifest(home)
    if manifest.broken_at is not None:
        found.append(Finding(True, f"登记簿第 {manifest.broken_at} 段与校验链不符，可能被改动或损坏。"))
    if home.manifest.exists() and home.manifest.stat().st_size > manifest.closed_bytes:
        found.append(
            Finding(False, "登记簿末尾有一段没有写完（上次运行被中断），下次运行会自动清除并重新读取。")
        )
    found += _verify_vault(home, manifest)
    found += _verify_raw_rows(home, manifest)
    found += _verify_releases(home, manifest)
    if raw_root is not None:
        found += _verify_raw_folder(raw_root, manifest)
    return found


def _verify_vault(home: Home, manifest: Manifest) -> list[Finding]:
    """Every file that manifest or releases name is there, and every file that is there has its hash."""
    from dagster_project.warehouse.description import list_releases

    names = {digest: "版式文件" for s in manifest.submissions for digest in s.layouts.values()}
    for known in list_releases(home):
        names |= {known.corrections_sha256: "更正清单", known.precedence_sha256: "来源的次序"}
    names.pop("", None)
    names |= {digest: "、".join(paths) for digest, paths in vault_names(manifest).items()}
    stored = set(vault.stored_digests(home))
    found = []
    for digest in sorted(names.keys() | stored):
        name = names.get(digest, "没有版本用到的文件")
        if digest not in stored:
            found.append(Finding(True, f"原始文件库缺少 {digest[:12]}…（{name}）。"))
        elif vault.sha256_of_file(home.vault / digest) != digest:
            found.append(Finding(True, f"原始文件库中 {digest[:12]}…（{name}）的内容与校验值不符。"))
    return found


def _verify_raw_rows(home: Home, manifest: Manifest) -> list[Finding]:
    found = []
    for closing in manifest.submissions:
        for name in (*closing.raw.values(), closing.faults):
            path = home.raw / name
            recorded = closing.raw_sha256.get(name)
            if not path.is_file():
                found.append(Finding(False, f"数据行 raw/{name} 缺失，下次运行会从原始文件重建。"))
            elif recorded and vault.sha256_of(path.read_bytes()) != recorded:
                found.append(
                    Finding(True, f"数据行 raw/{name} 与记录不符；删去它，下次运行会从原始文件重建。")
                )
    return found


def _verify_releases(home: Home, manifest: Manifest) -> list[Finding]:
    from dagster_project.warehouse.description import list_releases

    found = []
    known = list_releases(home)
    in_force = home.release_in_force()
    if in_force is not None and in_force not in {r.release_id for r in known}:
        found.append(
            Finding(True, f"当前生效的版本 {in_force} 不完整或不存在；请用 junheng rollback 换一个。")
        )
    for described in known:
        identifier = described.release_id
        record = described.record
        if record is not None and read_manifest(home, blocks=record.blocks).chain != record.chain:
            found.append(Finding(True, f"版本 {identifier} 所依据的登记簿与现在的不同。"))
        for folder, hashes in (
            (home.releases / identifier, described.files_sha256),
            (home.analyst / identifier, described.analyst_files_sha256),
        ):
            wrong = [n for n, d in sorted(hashes.items()) if vault.sha256_of_file(folder / n) != d]
            if wrong:
                found.append(
                    Finding(True, f"版本 {identifier} 的文件 {'、'.join(wrong)} 缺失或与发布时的校验值不符。")
                )
    return found


def _verify_raw_folder(raw_root: Path, manifest: Manifest) -> list[Finding]:
    new, changed = waiting(raw_root, manifest)
    found = [Finding(False, f"{path} 还没有读入；请运行 junheng run。") for path in new]
    return found + [Finding(False, f"{path} 在读入之后又有改动；请运行 junheng run。") for path in changed]


def waiting(raw_root: Path, manifest: Manifest) -> tuple[list[str], list[str]]:
    """Paths of files in the raw folder that were not received, and of those that changed since."""
    from dagster_project.intake import raw_folder
    from dagster_project.intake.findings import RejectedFile

    new, changed = [], []
    latest = {path: f.sha256 for path, f in manifest.latest_by_path().items()} | manifest.latest_archives()
    for raw in raw_folder.raw_files(raw_root):
        received = latest.get(raw.relative)
        if received is None:
            new.append(raw.relative)
            continue
        try:
            digest = _digest_in_raw_folder(raw)
        except RejectedFile:
            digest = ""
        if received != digest:
            changed.append(raw.relative)
    return new, changed


def _digest_in_raw_folder(raw: RawFile) -> str:
    from dagster_project.intake import raw_folder

    if not raw.is_evidence:
        return vault.sha256_of(raw_folder.read_bytes(raw.path))
    with raw_folder.open_ordinary(raw.path) as stream:
        return vault.sha256_of_stream(stream)


def back_up(home: Home, target: Path, *, report: Report = lambda _: None) -> int:
    """Write vault, manifest and binding into one file; returns the number of archived files.

    The manifest is written last, so that every file it names is in the backup.

    Raises:
        UsageError: the target is there already.
        UserError: nothing was received yet.
        vault.RecordBroken: the manifest is broken, or files of the vault are missing.
    """
    if target.exists():
        raise UsageError(f"{target} 已经存在；备份不覆盖旧文件，请换一个文件名。")
    manifest = read_manifest(home)
    if not manifest.blocks:
        raise UserError(f"{home.root} 里还没有收到过报表，没有可备份的内容。")
    if manifest.broken_at is not None:
        raise vault.RecordBroken(
            f"登记簿第 {manifest.broken_at} 段与校验链不符，没有备份；请先运行 junheng verify。"
        )
    part = target.with_name(target.name + ".part")
    digests = vault.stored_digests(home)
    missing = _expected(manifest) - set(digests)
    if missing:
        raise vault.RecordBroken(f"原始文件库缺少 {len(missing)} 个文件，没有备份；请先运行 junheng verify。")
    try:
        with part.open("wb") as stream, tarfile.open(fileobj=stream, mode="w:gz") as archive:
            for digest in digests:
                _add_vault_file(archive, home, digest)
            _add(archive, _BINDING, home.binding.read_bytes())
            _add(archive, _MANIFEST, home.manifest.read_bytes()[: manifest.closed_bytes])
        release.seal_file(part)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    report(f"已备份 {len(digests)} 个原始文件和登记簿（{manifest.blocks} 段）。")
    return len(digests)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    archive.addfile(info, io.BytesIO(content))


def _add_vault_file(archive: tarfile.TarFile, home: Home, digest: str) -> None:
    """Add a file of the vault a piece at a time.

    Raises:
        vault.RecordBroken: it no longer has its hash.
    """
    path = vault.checked_path(home, digest)
    info = tarfile.TarInfo(_VAULT + digest)
    info.size = path.stat().st_size
    info.mode = 0o600
    with path.open("rb") as stream:
        archive.addfile(info, stream)


def restore(source: Path, home: Home, *, report: Report = lambda _: None) -> int:
    """Restore a backup into an empty home and check every hash; returns the number of files restored.

    Nothing is written before the whole backup was checked. The next run writes raw rows and a release again.

    Raises:
        UsageError: there is no backup file, or the home has a manifest already.
        UserError: the backup is damaged.
    """
    if not source.is_file():
        raise UsageError(f"没有找到备份文件 {source}；备份由 junheng backup 写出。")
    if home.manifest.exists():
        raise UsageError(f"{home.root} 里已有登记簿；请恢复到一个新的成果目录（--home），核对后再替换。")
    written: dict[str, bytes] = {}
    archived: set[str] = set()
    try:
        for name, stream in _members(source):
            if name in (_MANIFEST, _BINDING):
                written[name] = stream.read()
            elif name == _VAULT + vault.sha256_of_stream(stream):
                archived.add(name.removeprefix(_VAULT))
            else:
                raise UserError(f"备份文件 {source} 的内容与校验值不符，没有恢复任何内容。")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise UserError(f"备份文件 {source} 不完整或已损坏，没有恢复任何内容。") from error
    if not {_MANIFEST, _BINDING} <= written.keys():
        raise UserError(f"备份文件 {source} 的内容与校验值不符，没有恢复任何内容。")
    for name, stream in _members(source):
        if name not in written:
            vault.store_stream(home, stream)
    vault.write_durably(home.binding, written[_BINDING])
    vault.write_durably(home.manifest, written[_MANIFEST])
    manifest = read_manifest(home)
    if manifest.broken_at is not None or _expected(manifest) - archived:
        home.manifest.unlink()
        raise UserError(f"备份文件 {source} 里的登记簿与原始文件对不上，没有恢复。")
    report(
        f"已恢复 {len(archived)} 个原始文件和登记簿（{manifest.blocks} 段）；请运行 {run_again(home)} 重新发布。"
    )
    return len(archived)


def _members(source: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Name and content of each file of a backup, in order; evidence may be too large to be read at once.

    It is read to its very end, past what the archive needs: only there gzip compares the sum over all of it.
    """
    with gzip.open(source) as packed, tarfile.open(fileobj=packed, mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                yield member.name, cast("BinaryIO", stream)
        while packed.read(_PIECE_BYTES):
            pass


def default_backup_name(home: Home, now: dt.datetime) -> str:
    """Name of a backup file, with the time of the backup."""
    return f"{home.root.resolve().name}_backup_{now:%Y%m%dT%H%M%S}.tar.gz"
