"""The manifest: typed records whose lines on disk stay as they were, also those of earlier versions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.homes import Home
from dagster_project.intake.manifest import (
    ClosedRound,
    Decision,
    FileRecord,
    HeldBecause,
    SheetRecord,
    Submission,
    append_block,
    read_manifest,
)

SHEET = SheetRecord("名录", "schools", "accepted", 3, 10, 1, ({"school_code": "A"},), is_synthetic=True)
FILES = [
    FileRecord(1, "2024-01-02T00:00:00", 2023, "2023/a.xlsx", "aa", 5, "accepted", (SHEET,), "cc"),
    FileRecord(1, "2024-01-02T00:00:00", None, "b.txt", "", 0, "rejected", reason=("NOT_A_TABLE", "不是")),
    FileRecord(
        1, "2024-01-02T00:00:00", 2023, "2023/c.xlsx", "cc", 6, "held", (), "dd",
        held_because=(HeldBecause("OLDER_VERSION", "内容与"),), hold="H1-1",
    ),
    FileRecord(1, "2024-01-02T00:00:00", 2023, "2023/d.xlsx", "aa", 5, "duplicate", duplicate_of=(1, "2023/a.xlsx")),
]  # fmt: skip
SUBMISSION = Submission(
    1, {"schools": "schools/000001.parquet"}, "_faults/000001.parquet", {}, {"a.yml": "ee"}
)
DECISION = Decision(2, "H1-1", "accept", "核实", "2024-01-03T00:00:00")
ROUND = ClosedRound(2023, "2024-01-04T00:00:00", "r1", {"fct_classes": "ff"})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    append_block(home, read_manifest(home), SUBMISSION, FILES)
    append_block(home, read_manifest(home), DECISION)
    append_block(home, read_manifest(home), ROUND)
    return home


def lines_of(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for line in home.manifest.read_text(encoding="utf-8").splitlines()]


def test_what_is_written_is_read_again(home: Home) -> None:
    found = read_manifest(home)
    assert (found.files, found.submissions, found.decisions, found.rounds) == (
        FILES, [SUBMISSION], [DECISION], [ROUND]
    )  # fmt: skip
    assert found.broken_at is None and found.blocks == 3
    assert [(h.file.path, h.verdict) for h in found.holds()] == [("2023/c.xlsx", "accept")]


def test_a_line_holds_only_what_applies_to_its_file(home: Home) -> None:
    always = {
        "kind",
        "submission",
        "received_at",
        "school_year",
        "path",
        "sha256",
        "size",
        "status",
        "sheets",
    }
    more = [{"content_sha256"}, {"reason"}, {"content_sha256", "held_because", "hold"}, {"duplicate_of"}]
    assert [set(line) - always for line in lines_of(home)[:4]] == more
    assert lines_of(home)[2]["held_because"] == [["OLDER_VERSION", "内容与", "", ""]]


def test_the_digest_is_that_of_the_lines_by_kind(home: Home) -> None:
    texts = [json.dumps(line, sort_keys=True, ensure_ascii=False) for line in lines_of(home)]
    assert read_manifest(home).digest() == hashlib.sha256("\n".join(texts).encode()).hexdigest()


def test_lines_of_earlier_and_later_versions_are_read(home: Home) -> None:
    """The earliest versions wrote no layouts, chains or column maps; a later one may write what this one ignores."""
    lines = lines_of(home)[:5]
    del lines[0]["sheets"][0]["column_maps"], lines[0]["sheets"][0]["is_synthetic"]
    del lines[1]["sheets"], lines[4]["layouts"], lines[4]["raw_sha256"], lines[4]["chain"]
    plain = read_after(home, lines)
    assert plain.files[0].sheets == (SheetRecord("名录", "schools", "accepted", 3, 10, 1),)
    assert plain.files[1].sheets == () and plain.submissions[0].layouts == {}
    assert plain.broken_at is None
    later = read_after(home, [{**lines[0], "new": 1}, *lines[1:]])
    assert later.files == plain.files
    assert later.digest() != plain.digest()


def read_after(home: Home, lines: list[dict[str, Any]]) -> Any:
    home.manifest.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return read_manifest(home)
