"""Mutated workbooks and text files: a run never stops, rows are never lost, and no value moves to another column.

Each planted file holds values that occur nowhere else, one range of numbers a column; whatever is accepted
must stand in its own column, unchanged, and whatever is not must be refused or listed.
"""

from __future__ import annotations

import io
import random
import resource
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.intake.parse import ParsedFile
from dagster_project.intake.workbook import RejectedFile
from dagster_project.intake.worker import Worker
from tests.intake import bad_files as make

HEAD = ["学校标识码", "学校名称", "学段", "在校生数", "班级数", "招生数", "毕业生数"]
COLUMNS = ["school_code", "school_name", "stage", "students", "classes", "entrants", "graduates"]
ROWS = 12
#: Numbers a column may hold: no two columns share one.
RANGES = {"students": 1_000, "classes": 3_000, "entrants": 5_000, "graduates": 7_000}


def planted(chance: random.Random) -> list[list[Any]]:
    """Heading and rows whose numbers tell their column and row."""
    rows: list[list[Any]] = [HEAD]
    for i in range(ROWS):
        numbers = [start + 100 * i + chance.randrange(100) for start in RANGES.values()]
        rows.append([f"21500000{i:02d}", f"示例{i}小学", "小学", *numbers])
    return rows


def flip_bytes(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def repeat(content: bytes, chance: random.Random) -> bytes:
    a, b = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:b] + content[a:]


def drop(content: bytes, chance: random.Random) -> bytes:
    a = chance.randrange(len(content))
    return content[:a] + content[a + chance.randint(1, 40) :]


def change_member(content: bytes, chance: random.Random) -> bytes:
    """Mutate one member and zip it again, so that the damage gets past the archive's checks."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    name = chance.choice(archive.namelist())
    change = chance.choice([flip_bytes, cut, drop, repeat, swap_tags])
    return make.rewritten(content, {name: lambda data: change(data, chance) if data else data})


def swap_tags(content: bytes, chance: random.Random) -> bytes:
    """Exchange two tags; the text behind them stays, for a workbook with two values exchanged is a sound one."""
    pieces = [piece.partition(b">") for piece in content.split(b"<")]
    if len(pieces) > 4:
        i, j = chance.randrange(1, len(pieces)), chance.randrange(1, len(pieces))
        (first, *behind_first), (second, *behind_second) = pieces[i], pieces[j]
        pieces[i], pieces[j] = (second, *behind_first), (first, *behind_second)
    return b"<".join(b"".join(piece) for piece in pieces)


def drop_member(content: bytes, chance: random.Random) -> bytes:
    return make.rewritten(content, without=[chance.choice(zipfile.ZipFile(io.BytesIO(content)).namelist())])


def shift_row(rows: list[list[Any]], chance: random.Random) -> list[list[Any]]:
    """One cell too many or too few in a row of text, as an unquoted comma makes it."""
    out = [list(r) for r in rows]
    row = out[chance.randrange(1, len(out))]
    if chance.random() < 0.5:
        row.insert(chance.randrange(len(row)), chance.choice(["多", "", 9_999]))
    else:
        row.pop(chance.randrange(len(row)))
    return out


FORMATS: dict[str, Callable[[list[list[Any]]], bytes]] = {
    ".xlsx": make.workbook,
    ".XLSX": make.shared_text_workbook,
    ".xls": make.old_workbook,
    ".htm.xls": make.web_page,
    ".csv": lambda rows: make.text_table(rows, "gb18030"),
    ".txt": lambda rows: make.text_table(rows, "utf-8-sig", "\t"),
}
BYTE_CHANGES = [flip_bytes, cut, repeat, drop]


def mutated(chance: random.Random) -> tuple[str, bytes, list[list[Any]]]:
    """A file's suffix, its mutated bytes, and the rows it was made of."""
    rows = planted(chance)
    suffix = chance.choice(list(FORMATS))
    if suffix in (".csv", ".txt") and chance.random() < 0.3:
        return suffix, FORMATS[suffix](shift_row(rows, chance)), rows
    content = FORMATS[suffix](rows)
    changes = BYTE_CHANGES + (
        [change_member, change_member, drop_member] if suffix.lower() == ".xlsx" else []
    )
    for _ in range(chance.choice([1, 1, 2])):
        try:
            content = chance.choice(changes)(content, chance) or b"x"
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
            EOFError,
        ):  # a second change may meet an archive the first one broke
            content = chance.choice(BYTE_CHANGES)(content, chance) or b"x"
    return suffix, content, rows


def misplaced(parsed: ParsedFile, rows: list[list[Any]]) -> list[str]:
    """Accepted numbers that stand in another column than they were planted in, and not one word about it.

    Text that was cut off has no redundancy: only its open end tells that the last row may not be whole.
    """
    is_cut = any(p.rule_code == "UNENDED_TEXT" for p in parsed.problems)
    homes: dict[int, str] = {}
    for row in rows[1:]:
        homes |= {value: name for value, name in zip(row[3:], COLUMNS[3:], strict=True)}
    wrong = []
    for sheet in parsed.sheets:
        if sheet.status != "accepted" or sheet.feed != "enrolment":
            continue
        last = max(sheet.columns["row_number"], default=0) if is_cut else 0
        for name in RANGES:
            told = [
                f or n == last
                for f, n in zip(sheet.columns["has_fault"], sheet.columns["row_number"], strict=True)
            ]
            for value, is_faulty in zip(sheet.columns[name], told, strict=True):
                if not is_faulty and value in homes and homes[value] != name:
                    wrong.append(f"{value} of {homes[value]} in {name}")
    return wrong


def fuzz(root: Path, times: int, seed: int) -> dict[str, int]:
    """Parse so many mutated files in a worker; what became of them."""
    chance = random.Random(seed)
    outcome = {"accepted": 0, "refused": 0, "unrecognised": 0, "READER_FAILED": 0, "READER_DIED": 0}
    slowest = 0.0
    with Worker(root) as worker:
        for i in range(times):
            suffix, content, rows = mutated(chance)
            path = root / f"f{suffix}"
            path.write_bytes(content)
            began = time.monotonic()
            try:
                parsed = worker.parse(path, path.name, 2023)
            except RejectedFile as refused:
                kept = root / f"kept_{seed}_{i}{suffix}"
                if refused.rule_code in outcome:
                    outcome[refused.rule_code] += 1
                    kept.write_bytes(content)
                else:
                    outcome["refused"] += 1
                assert refused.message_zh
                continue
            finally:
                slowest = max(slowest, time.monotonic() - began)
            assert misplaced(parsed, rows) == [], f"seed {seed}, file {i}"
            for sheet in parsed.sheets:
                kept_rows = len(sheet.columns.get("row_number", [])) // max(len(sheet.column_maps), 1)
                if sheet.status == "accepted":
                    assert sheet.rows_read == kept_rows + sheet.rows_dropped, f"seed {seed}, file {i}"
                else:
                    assert sheet.problems, f"seed {seed}, file {i}: refused without a word"
            states = {s.status for s in parsed.sheets}
            outcome["accepted" if "accepted" in states else "unrecognised"] += 1
    outcome["slowest_milliseconds"] = int(slowest * 1000)
    outcome["peak_megabytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"seed {seed}: {outcome}")
    return outcome


@pytest.mark.parametrize("times", [150, pytest.param(2_000, marks=pytest.mark.slow)])
def test_mutated_files_crash_nothing_and_move_no_value(tmp_path: Path, times: int) -> None:
    outcome = fuzz(tmp_path, times, random.randrange(10**6))
    assert outcome["READER_FAILED"] == 0, sorted(p.name for p in tmp_path.glob("kept_*"))
    assert outcome["READER_DIED"] == 0, sorted(p.name for p in tmp_path.glob("kept_*"))
    assert outcome["accepted"] > times // 20 and outcome["refused"] > times // 20
    assert outcome["slowest_milliseconds"] < 10_000
    assert outcome["peak_megabytes"] < 1_500
