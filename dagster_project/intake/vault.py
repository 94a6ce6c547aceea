"""The archive: bytes as received, by SHA-256, and the manifest that says what came when.

The manifest only grows. A block (a submission, a decision, a closed round) counts from the moment its
closing line is on disk; whatever a run wrote before and did not close is cut off by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home


def sha256_of(content: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(content).hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that readers see either nothing or all of it, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError:
        part.unlink(missing_ok=True)  # a full disk must not be left fuller
        raise


def sync_folder(folder: Path) -> None:
    """Put a folder's own entries on disk, so that a rename in it outlasts a power cut (not on Windows)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def store(home: Home, content: bytes) -> str:
    """Keep the bytes in the vault; returns their hash. Bytes that are there already are left alone."""
    digest = sha256_of(content)
    path = home.vault / digest
    if not path.exists():
        write_durably(path, content)
    return digest


def content_of(home: Home, digest: str) -> bytes:
    """Bytes kept under a hash.

    Raises:
        RecordBroken: they are missing, or no longer what the hash says.
    """
    path = home.vault / digest
    content = path.read_bytes() if path.is_file() else b""
    if sha256_of(content) != digest:
        raise RecordBroken(
            f"原始文件库中的 {digest[:12]}… 缺失或已损坏；请运行 junheng verify 查看，并用 junheng restore 从备份恢复。"
        )
    return content


#: Lines that close a block: until its closing line is on disk, a block is not part of the record.
CLOSING = ("submission", "decision", "round")


class RecordBroken(UserError):
    """The manifest's chain of hashes does not hold: somebody or something changed what was recorded."""


@dataclass(frozen=True)
class Manifest:
    """What the closed blocks brought, in order.

    A block is a submission with its files, a decision on something held, or a round that was closed.
    Each closing line carries the hash of all lines up to it (`chain`), so that no line can be changed,
    dropped or put in later without being noticed.
    """

    files: list[dict[str, Any]]
    submissions: list[dict[str, Any]]
    closed_bytes: int = 0
    decisions: list[dict[str, Any]] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    chain: str = ""
    broken_at: int | None = None

    @property
    def blocks(self) -> int:
        """Number of closed blocks; it identifies a state of the record."""
        return len(self.submissions) + len(self.decisions) + len(self.rounds)

    @property
    def next_submission(self) -> int:
        """Submissions and decisions share one count: a decision lets rows count from its own place on."""
        return max((s["submission"] for s in (*self.submissions, *self.decisions)), default=0) + 1

    @property
    def closed_years(self) -> dict[int, dict[str, Any]]:
        """School years whose round is closed, with the line that closed it."""
        return {r["school_year"]: r for r in self.rounds}

    def latest_by_path(self) -> dict[str, dict[str, Any]]:
        """The last file received under each path."""
        return {f["path"]: f for f in self.files}

    def verdicts(self) -> dict[str, dict[str, Any]]:
        """The last decision on each held file."""
        return {d["hold"]: d for d in self.decisions}

    def holds(self) -> list[dict[str, Any]]:
        """Files that are or were held, with `verdict` (None: still waiting) and `decision`."""
        decided = self.verdicts()
        return [
            {**f, "decision": decided.get(f["hold"]), "verdict": decided.get(f["hold"], {}).get("verdict")}
            for f in self.files
            if f.get("hold")
        ]

    def effective_submission(self, file: dict[str, Any], sheet: dict[str, Any]) -> int | None:
        """From which place on a sheet's rows count; None: they don't."""
        if sheet["status"] == "held":
            decision = self.verdicts().get(file.get("hold", ""))
            return decision["submission"] if decision and decision["verdict"] == "accept" else None
        return int(file["submission"])

    def digest(self) -> str:
        """Hash over all that was received and decided: equal manifests give equal figures."""
        records = (*self.files, *self.submissions, *self.decisions, *self.rounds)
        lines = [json.dumps(r, sort_keys=True, ensure_ascii=False) for r in records]
        return sha256_of("\n".join(lines).encode())


def _line(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _linked(chain: str, records: list[dict[str, Any]]) -> str:
    """Hash that links a block to all before it; the closing line counts without its own link."""
    closing = {k: v for k, v in records[-1].items() if k != "chain"}
    return sha256_of(chain.encode() + b"".join(_line(r) for r in (*records[:-1], closing)))


def read_manifest(home: Home, *, blocks: int | None = None) -> Manifest:
    """Closed blocks; an unclosed tail is not part of the record.

    Args:
        home: whose record.
        blocks: only the first so many blocks, as an earlier release saw the record.
    """
    files: list[dict[str, Any]] = []
    closings: dict[str, list[dict[str, Any]]] = {kind: [] for kind in CLOSING}
    pending: list[dict[str, Any]] = []
    closed = position = number = 0
    chain = ""
    broken_at = None
    if home.manifest.exists():
        with home.manifest.open("rb") as stream:
            for line in stream:
                if blocks is not None and number >= blocks:
                    break
                position += len(line)
                try:
                    record = json.loads(line)
                except ValueError:
                    break
                pending.append(record)
                if record["kind"] in CLOSING:
                    number += 1
                    linked = _linked(chain, pending)
                    if record.get("chain", linked) != linked and broken_at is None:
                        broken_at = number
                    chain = record.get("chain", linked)
                    files += pending[:-1]
                    closings[record["kind"]].append(record)
                    pending = []
                    closed = position
    return Manifest(
        files, closings["submission"], closed, closings["decision"], closings["round"], chain, broken_at
    )


def append_block(home: Home, manifest: Manifest, records: list[dict[str, Any]]) -> None:
    """Append a block's lines after the last closed one and put them on disk in one go.

    Raises:
        RecordBroken: the chain up to here does not hold.
    """
    if manifest.broken_at is not None:
        raise RecordBroken(
            f"登记簿 {home.manifest} 第 {manifest.broken_at} 段与记录的校验值不符，可能被改动或损坏；"
            "为免错上加错没有继续。请运行 junheng verify 查看，并用 junheng restore 从备份恢复。"
        )
    home.vault.mkdir(parents=True, exist_ok=True)
    closing = {**records[-1], "chain": _linked(manifest.chain, records)}
    payload = b"".join(_line(r) for r in (*records[:-1], closing))
    with home.manifest.open("r+b" if home.manifest.exists() else "w+b") as stream:
        stream.truncate(manifest.closed_bytes)
        stream.seek(manifest.closed_bytes)
        try:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(manifest.closed_bytes)
            raise
