"""What a delivery says of itself; sealed by its own hash, written last, it makes the delivery count."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from dagster_project.intake.vault import sha256_of_file
from dagster_project.warehouse.districts import District

#: Form of manifest and files that this program writes; it reads none of a later form.
FORMAT_VERSION = 1


class TableFile(BaseModel):
    """One table of a delivery: its rows, its columns with their DuckDB types in order, hash and size (bytes) of its file."""

    model_config = ConfigDict(frozen=True)

    rows: int
    columns: dict[str, str]
    sha256: str
    size_bytes: int


class RuleSet(BaseModel):
    """By what the rows were judged and will be computed: version of the program, hashes of rules, standards and feeds."""

    model_config = ConfigDict(frozen=True)

    program_version: str
    rules_sha256: str
    standards_sha256: str
    feeds_sha256: str


class Record(BaseModel):
    """State of the district's record: number of submissions and of blocks, and the hash chained over the blocks."""

    model_config = ConfigDict(frozen=True)

    submissions: int
    blocks: int
    chain: str


class Manifest(BaseModel):
    """What a delivery says of itself; it seals the delivery.

    Attributes:
        format_version: form of the delivery.
        district_code: six digits.
        district: what documents print of the district.
        delivery_id: sortable; moment of the delivery (UTC) and the first digits of `content_sha256`.
        created_at: moment of the delivery, ISO, UTC without offset.
        content_sha256: hash of what is delivered; equal for deliveries that differ only in their moment.
        release_id: release whose accepted rows these are.
        as_of: day of that release, ISO.
        known_until: last day whose events its returns can know, ISO.
        rows_to_correct: quarantined rows that no later return has replaced.
        record: state of the district's record.
        rule_set: by what the rows were judged.
        is_synthetic: True if all returns that count are marked as having invented figures.
        synthetic_files: paths of the returns that count and are marked so, in part or all.
        tables: the files by table.
        takes_back: delivery that it takes back on purpose, being of an earlier day or of another record; empty if it goes
            on from the one before.
    """

    model_config = ConfigDict(frozen=True)

    format_version: int
    district_code: str
    district: District
    delivery_id: str
    created_at: str
    content_sha256: str
    release_id: str
    as_of: dt.date
    known_until: dt.date
    rows_to_correct: int
    record: Record
    rule_set: RuleSet
    is_synthetic: bool
    synthetic_files: tuple[str, ...]
    tables: dict[str, TableFile]
    takes_back: str = ""

    @property
    def files_sha256(self) -> str:
        """Hash of what it says of the files; unlike `content_sha256` it follows from the bytes that are there."""
        return hash_of({name: table.model_dump() for name, table in self.tables.items()})

    def sealed(self) -> bytes:
        """Its bytes: one JSON object that ends with the hash of all of it before."""
        said = self.model_dump(mode="json")
        return (
            json.dumps(said | {"seal_sha256": hash_of(said)}, ensure_ascii=False, indent=1) + "\n"
        ).encode()


def hash_of(said: Any) -> str:
    """Hash of something that JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def table_file(path: Path, rows: int, columns: dict[str, str]) -> TableFile:
    """What a manifest says of a Parquet file."""
    return TableFile(rows=rows, columns=columns, sha256=sha256_of_file(path), size_bytes=path.stat().st_size)
