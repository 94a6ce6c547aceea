"""The archive: bytes as received, by SHA-256, and the manifest that says what came when.

The manifest only grows. A submission counts from the moment its closing line is on disk; whatever a
run wrote before and did not close is cut off by the next one.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.settings import Home


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
    except OSError:
        part.unlink(missing_ok=True)  # a full disk must not be left fuller
        raise


def store(home: Home, content: bytes) -> str:
    """Keep the bytes in the vault; returns their hash. Bytes that are there already are left alone."""
    digest = sha256_of(content)
    path = home.vault / digest
    if not path.exists():
        write_durably(path, content)
    return digest


@dataclass(frozen=True)
class Manifest:
    """What the closed submissions brought, in order."""

    files: list[dict[str, Any]]
    submissions: list[dict[str, Any]]
    closed_bytes: int

    @property
    def next_submission(self) -> int:
        return max((s["submission"] for s in self.submissions), default=0) + 1

    def latest_by_path(self) -> dict[str, dict[str, Any]]:
        """The last file received under each path."""
        return {f["path"]: f for f in self.files}

    def digest(self) -> str:
        """Hash over all that was received: equal manifests give equal figures."""
        lines = [json.dumps(r, sort_keys=True, ensure_ascii=False) for r in (*self.files, *self.submissions)]
        return sha256_of("\n".join(lines).encode())


def read_manifest(home: Home) -> Manifest:
    """Closed submissions; an unclosed tail is not part of the record."""
    files: list[dict[str, Any]] = []
    submissions: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    closed = position = 0
    if home.manifest.exists():
        with home.manifest.open("rb") as stream:
            for line in stream:
                position += len(line)
                try:
                    record = json.loads(line)
                except ValueError:
                    break
                if record["kind"] == "file":
                    pending.append(record)
                elif record["kind"] == "submission":
                    files += pending
                    pending = []
                    submissions.append(record)
                    closed = position
    return Manifest(files, submissions, closed)


def append_submission(home: Home, manifest: Manifest, records: list[dict[str, Any]]) -> None:
    """Append a submission's lines after the last closed one and put them on disk in one go."""
    home.vault.mkdir(parents=True, exist_ok=True)
    payload = "".join(json.dumps(r, ensure_ascii=False, sort_keys=True) + "\n" for r in records).encode()
    with home.manifest.open("r+b" if home.manifest.exists() else "w+b") as stream:
        stream.truncate(manifest.closed_bytes)
        stream.seek(manifest.closed_bytes)
        stream.write(payload)
        stream.flush()
        os.fsync(stream.fileno())
