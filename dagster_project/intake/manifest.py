"""The manifest: what was received and decided, in order, as lines of `vault/manifest.jsonl`.

The manifest only grows. A block is a submission with its files, a decision on something held, or a round that was
closed. It counts from the moment its closing line is on disk; lines of a run that stopped before that are cut off
by the next one. Each closing line holds the hash of all lines up to it (`chain`), so that a line that is changed,
dropped or inserted later is noticed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from dagster_project.core.homes import Home
from dagster_project.intake.sheet_records import SheetRecord
from dagster_project.intake.vault import RecordBroken, sha256_of, sync_folder

Verdict = Literal["accept", "reject"]
#: Status of a file that is kept as evidence.
EVIDENCE = "evidence"
#: Kinds of lines that close a block.
CLOSING_KINDS = ("submission", "decision", "round")


@dataclass(frozen=True)
class HeldBecause:
    """Why a file or one of its sheets was held: rule and message, and the sheet and feed if it is one."""

    rule_code: str
    message_zh: str
    sheet: str = ""
    feed: str = ""
    school_code: str = ""

    def as_line(self) -> list[str]:
        """Its part of the file's line; a record of an early version has no school."""
        line = [self.rule_code, self.message_zh, self.sheet, self.feed]
        return [*line, self.school_code] if self.school_code else line


@dataclass(frozen=True)
class FileRecord:
    """One file of a submission.

    Attributes:
        submission: number of its submission.
        received_at: UTC, ISO 8601 without offset.
        school_year: year of its folder; None outside the year folders.
        path: relative to the raw root, with forward slashes.
        sha256: of its bytes; empty if they couldn't be read.
        size: in bytes.
        status: `accepted`, `held`, `rejected`, `duplicate` or `unrecognised`; `evidence` for a document that was kept
            and is never parsed.
        content_sha256: of the rows read from it; empty if it wasn't parsed.
        reason: rule code and message, for a file rejected as a whole.
        duplicate_of: submission and path of the file that brought the same content before.
        hold: identifier such as `H3-1`; empty unless something of it is held.
        packed_in: hash of the archive that it came in, which the vault keeps, too; empty for a file of its own.
        is_kept: False for a file with a row per person: the vault has no copy of it, and none of its archive.
        reading: hash under which the vault keeps the rows that were read from such a file; empty if none were.
    """

    submission: int
    received_at: str
    school_year: int | None
    path: str
    sha256: str
    size: int
    status: str = ""
    sheets: tuple[SheetRecord, ...] = ()
    content_sha256: str = ""
    reason: tuple[str, str] | None = None
    duplicate_of: tuple[int, str] | None = None
    held_because: tuple[HeldBecause, ...] = ()
    hold: str = ""
    packed_in: str = ""
    is_kept: bool = True
    reading: str = ""

    @property
    def is_evidence(self) -> bool:
        """True for a document of an evidence folder."""
        return self.status == EVIDENCE

    @property
    def archive_path(self) -> str:
        """Path of the archive that the file came in (`2024/town.zip` of `2024/town.zip!a.xlsx`); empty for others."""
        return self.path[: self.path.lower().index(".zip!") + 4] if self.packed_in else ""

    @property
    def is_held(self) -> bool:
        """True if the file or one of its sheets waits, or waited, for a decision."""
        return self.status == "held" or any(s.status == "held" for s in self.sheets)

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> FileRecord:
        """From its line of the manifest."""
        return cls(
            line["submission"],
            line["received_at"],
            line["school_year"],
            line["path"],
            line["sha256"],
            line.get("size", 0),
            line["status"],
            tuple(SheetRecord.from_line(s) for s in line.get("sheets", ())),
            line.get("content_sha256", ""),
            (line["reason"][0], line["reason"][1]) if "reason" in line else None,
            (line["duplicate_of"][0], line["duplicate_of"][1]) if "duplicate_of" in line else None,
            tuple(HeldBecause(*held) for held in line.get("held_because", ())),
            line.get("hold", ""),
            line.get("packed_in", ""),
            line.get("original", "kept") == "kept",
            line.get("reading", ""),
        )

    def as_line(self) -> dict[str, Any]:
        """Its line of the manifest; what doesn't apply to the file is left out."""
        line: dict[str, Any] = {
            "kind": "file",
            "submission": self.submission,
            "received_at": self.received_at,
            "school_year": self.school_year,
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "status": self.status,
            "sheets": [s.as_line() for s in self.sheets],
        }
        optional = {
            "content_sha256": self.content_sha256,
            "reason": list(self.reason or ()),
            "duplicate_of": list(self.duplicate_of or ()),
            "held_because": [h.as_line() for h in self.held_because],
            "hold": self.hold,
            "packed_in": self.packed_in,
            "original": "" if self.is_kept else "not kept",
            "reading": self.reading,
        }
        return line | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True)
class Submission:
    """Closes the block of the files that one run took in.

    Attributes:
        raw: file of raw rows (relative to `raw/`) by feed.
        faults: file of the findings, relative to `raw/`.
        raw_sha256: hash of each of these files.
        layouts: hash of each layout that was in force, by file name; their bytes are in the vault.
    """

    submission: int
    raw: dict[str, str]
    faults: str
    raw_sha256: dict[str, str]
    layouts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Submission:
        """From its line of the manifest."""
        return cls(
            line["submission"],
            line["raw"],
            line["faults"],
            line.get("raw_sha256", {}),
            line.get("layouts", {}),
        )

    def as_line(self) -> dict[str, Any]:
        """Its line of the manifest, without the chain."""
        return {
            "kind": "submission",
            "submission": self.submission,
            "raw": self.raw,
            "faults": self.faults,
            "raw_sha256": self.raw_sha256,
            "layouts": self.layouts,
        }


@dataclass(frozen=True)
class Decision:
    """A decision on something held. If it is `accept`, its rows count as if they came with `submission`; else never.

    Attributes:
        submission: place in the common count of submissions and decisions.
        hold: identifier of the held file.
        reason: why; it is published with the figures.
        decided_at: UTC, ISO 8601 without offset.
    """

    submission: int
    hold: str
    verdict: Verdict
    reason: str
    decided_at: str

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Decision:
        """From its line of the manifest."""
        return cls(line["submission"], line["hold"], line["verdict"], line["reason"], line["decided_at"])

    def as_line(self) -> dict[str, Any]:
        """Its line of the manifest, without the chain."""
        return {
            "kind": "decision",
            "submission": self.submission,
            "hold": self.hold,
            "verdict": self.verdict,
            "reason": self.reason,
            "decided_at": self.decided_at,
        }


@dataclass(frozen=True)
class ClosedRound:
    """A school year whose figures are final: what comes for it later is held.

    Attributes:
        closed_at: UTC, ISO 8601 without offset.
        release_id: the release that holds the final figures.
        figures: hash of the year's rows by published table.
        corrections: hash of that release's corrections file; empty if it had none, None in an early version's record.
        precedence: the same of its declaration of which source goes first.
    """

    school_year: int
    closed_at: str
    release_id: str
    figures: dict[str, str]
    corrections: str | None = None
    precedence: str | None = None

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> ClosedRound:
        """From its line of the manifest."""
        return cls(**{f.name: line[f.name] for f in fields(cls) if f.name in line})

    def as_line(self) -> dict[str, Any]:
        """Its line of the manifest, without the chain."""
        line = {"kind": "round", **vars(self)}
        return {name: value for name, value in line.items() if value is not None}


@dataclass(frozen=True)
class Hold:
    """A file that is or was held, with the last decision on it (None: still waiting)."""

    file: FileRecord
    decision: Decision | None

    @property
    def verdict(self) -> Verdict | None:
        """Last decision on it: accept, reject, or None while it waits."""
        return self.decision.verdict if self.decision else None


Closing = Submission | Decision | ClosedRound


@dataclass(frozen=True)
class Manifest:
    """What the closed blocks brought, in order.

    Attributes:
        closed_bytes: length of the file up to the last closing line.
        chain: hash that the last closing line holds.
        broken_at: number of the first block whose hash doesn't match, from 1; None if all match.
        lines: the lines as they were read; a field that a newer version doesn't know still counts in the digest.
        readings_again: number of blocks that replaced the rows of an earlier submission, read by changed layouts.
    """

    files: list[FileRecord] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    closed_bytes: int = 0
    decisions: list[Decision] = field(default_factory=list)
    rounds: list[ClosedRound] = field(default_factory=list)
    chain: str = ""
    broken_at: int | None = None
    lines: list[dict[str, Any]] = field(default_factory=list, repr=False)
    readings_again: int = 0

    @property
    def blocks(self) -> int:
        """Number of closed blocks; it identifies a state of the record."""
        return len(self.submissions) + len(self.decisions) + len(self.rounds) + self.readings_again

    @property
    def next_submission(self) -> int:
        """Next number in the common count of submissions and decisions."""
        numbers = [s.submission for s in self.submissions] + [d.submission for d in self.decisions]
        return max(numbers, default=0) + 1

    @property
    def closed_years(self) -> dict[int, ClosedRound]:
        """School years whose round is closed, with the line that closed it."""
        return {r.school_year: r for r in self.rounds}

    def latest_by_path(self) -> dict[str, FileRecord]:
        """The last file received under each path."""
        return {f.path: f for f in self.files}

    def latest_archives(self) -> dict[str, str]:
        """Hash of the archive last received under each path, of those whose files were received."""
        return {f.archive_path: f.packed_in for f in self.files if f.packed_in}

    def verdicts(self) -> dict[str, Decision]:
        """The last decision on each held file, by its hold."""
        return {d.hold: d for d in self.decisions}

    def holds(self) -> list[Hold]:
        """Files that are or were held."""
        decided = self.verdicts()
        return [Hold(f, decided.get(f.hold)) for f in self.files if f.hold]

    def effective_submission(self, file: FileRecord, sheet: SheetRecord) -> int | None:
        """Place in the common count from which a sheet's rows count; None: they don't."""
        if sheet.status == "held":
            decision = self.verdicts().get(file.hold)
            return decision.submission if decision and decision.verdict == "accept" else None
        return file.submission

    def digest(self) -> str:
        """Hash over all that was received and decided: equal manifests give equal figures."""
        kinds = ("file", *CLOSING_KINDS)
        ordered = sorted(self.lines, key=lambda line: kinds.index(line["kind"]))
        return sha256_of(
            "\n".join(json.dumps(line, sort_keys=True, ensure_ascii=False) for line in ordered).encode()
        )


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _linked(chain: str, lines: Sequence[Mapping[str, Any]]) -> str:
    """Hash that links a block to all before it; the closing line counts without its own hash."""
    closing = {k: v for k, v in lines[-1].items() if k != "chain"}
    return sha256_of(chain.encode() + b"".join(_line(r) for r in (*lines[:-1], closing)))


def read_manifest(home: Home, *, blocks: int | None = None) -> Manifest:
    """Closed blocks; lines after the last closing one are ignored.

    Args:
        home: whose manifest.
        blocks: read only the first so many blocks, as an earlier release did.
    """
    files: list[FileRecord] = []
    submissions: list[Submission] = []
    decisions: list[Decision] = []
    rounds: list[ClosedRound] = []
    lines: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    places: dict[int, int] = {}
    closed = position = number = readings_again = 0
    chain = ""
    broken_at = None
    if home.manifest.exists():
        with home.manifest.open("rb") as stream:
            for text in stream:
                if blocks is not None and number >= blocks:
                    break
                position += len(text)
                try:
                    line = json.loads(text)
                except ValueError:
                    break
                pending.append(line)
                if line["kind"] not in CLOSING_KINDS:
                    continue
                number += 1
                linked = _linked(chain, pending)
                if line.get("chain", linked) != linked and broken_at is None:
                    broken_at = number
                chain = line.get("chain", linked)
                received = [FileRecord.from_line(r) for r in pending[:-1]]
                if line["kind"] == "submission":
                    closing = Submission.from_line(line)
                    place = places.get(closing.submission)
                    if place is None:
                        places[closing.submission] = len(submissions)
                        submissions.append(closing)
                    else:  # some of its files were read again
                        submissions[place] = closing
                        again = {f.path: f for f in received}
                        files = [
                            again.get(f.path, f) if f.submission == closing.submission else f for f in files
                        ]
                        received = []
                        readings_again += 1
                elif line["kind"] == "decision":
                    decisions.append(Decision.from_line(line))
                else:
                    rounds.append(ClosedRound.from_line(line))
                files += received
                lines += pending
                pending = []
                closed = position
    return Manifest(files, submissions, closed, decisions, rounds, chain, broken_at, lines, readings_again)


def append_block(home: Home, manifest: Manifest, closing: Closing, files: Sequence[FileRecord] = ()) -> None:
    """Append a block after the last closed one and put it on disk in one write, and before it what it speaks of.

    Args:
        home: whose manifest.
        manifest: the manifest as it was read; what follows its last closed block on disk is cut off.
        closing: the line that closes the block.
        files: the files of a submission.

    Raises:
        RecordBroken: the chain of hashes doesn't match up to here.
    """
    if manifest.broken_at is not None:
        raise RecordBroken(
            f"登记簿 {home.manifest} 第 {manifest.broken_at} 段与记录的校验值不符，可能被改动或损坏；"
            "为免错上加错没有继续。请运行 junheng verify 查看，并用 junheng restore 从备份恢复。"
        )
    home.vault.mkdir(parents=True, exist_ok=True)
    lines = [*(f.as_line() for f in files), closing.as_line()]
    before = b"".join(map(_line, lines[:-1]))
    lines[-1]["chain"] = sha256_of(manifest.chain.encode() + before + _line(lines[-1]))
    payload = before + _line(lines[-1])
    with home.manifest.open("r+b" if home.manifest.exists() else "w+b") as stream:
        stream.truncate(manifest.closed_bytes)
        stream.seek(manifest.closed_bytes)
        try:
            sync_folder(home.vault)
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(manifest.closed_bytes)
            raise
