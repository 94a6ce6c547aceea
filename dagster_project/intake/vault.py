"""The vault: bytes as received, each kept under its SHA-256 and never changed.

Nothing is deleted but a file that a layout calls a roster later on: rows of persons may not be kept (`readings`).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home

_PIECE_BYTES = 1024**2
_DIGEST_LENGTH = 64


class RecordBroken(UserError):
    """The vault or the manifest no longer holds what was recorded: it was changed or damaged."""


def sha256_of(content: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_stream(stream: BinaryIO) -> str:
    """Hex digest of what is left in a stream, read a piece at a time."""
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file, however large; empty if there is no such file."""
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        return sha256_of_stream(stream)


def write_durably(path: Path, content: bytes, *, syncs_folder: bool = True) -> None:
    """Write a file so that readers see either nothing or all of it, also after a power cut.

    Args:
        path: the file.
        content: its bytes.
        syncs_folder: False if the caller puts the folder's entries on disk after several files.

    Raises:
        OSError: the disk is full or not writable; nothing is left of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        if syncs_folder:
            sync_folder(path.parent)
    except OSError:
        part.unlink(missing_ok=True)  # leave a full disk no fuller
        raise


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on disk, so that a rename in it survives a power cut; does nothing on Windows."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def store(home: Home, content: bytes, *, syncs_folder: bool = True) -> str:
    """Keep bytes in the vault and return their hash; bytes that are already there are not written again.

    Args:
        home: whose vault.
        content: the bytes.
        syncs_folder: False for what counts only once `append_block` closes its block, which puts the folder on disk.
    """
    digest = sha256_of(content)
    path = home.vault / digest
    if not path.exists():
        write_durably(path, content, syncs_folder=syncs_folder)
    return digest


def store_stream(home: Home, stream: BinaryIO) -> tuple[str, int]:
    """Keep what is left in a stream in the vault, however much it is; its hash and its size in bytes.

    It counts once `append_block` closes its block, which puts the folder on disk.

    Raises:
        OSError: the disk is full or not writable; nothing is left of the file.
    """
    home.vault.mkdir(parents=True, exist_ok=True)
    part = home.vault / "incoming.part"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as copy:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                size += copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        kept = home.vault / digest.hexdigest()
        if kept.exists():
            part.unlink()
        else:
            part.replace(kept)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def stored_digests(home: Home) -> list[str]:
    """Hashes under which the vault keeps a file, in order; empty if there is no vault yet."""
    if not home.vault.is_dir():
        return []
    return sorted(p.name for p in home.vault.iterdir() if len(p.name) == _DIGEST_LENGTH)


def content_of(home: Home, digest: str) -> bytes:
    """Bytes kept under a hash.

    Raises:
        RecordBroken: they are missing, or no longer have that hash.
    """
    path = home.vault / digest
    content = path.read_bytes() if path.is_file() else b""
    if sha256_of(content) != digest:
        raise _broken(digest)
    return content


def checked_path(home: Home, digest: str) -> Path:
    """Place of the bytes kept under a hash, for files too large to be read at once.

    Raises:
        RecordBroken: they are missing, or no longer have that hash.
    """
    path = home.vault / digest
    if sha256_of_file(path) != digest:
        raise _broken(digest)
    return path


def _broken(digest: str) -> RecordBroken:
    return RecordBroken(
        f"原始文件库中的 {digest[:12]}… 缺失或已损坏；请运行 junheng verify 查看，并用 junheng restore 从备份恢复。"
    )
