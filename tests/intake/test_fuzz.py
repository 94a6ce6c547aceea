"""Mutated workbooks and text files: a run never stops, rows are never lost, and no value moves to another column.

Each planted file holds values that occur nowhere else, one range of numbers a column; whatever is accepted
must stand in its own column and with its own school, unchanged, and whatever is not must be refused or listed.
"""

from __future__ import annotations

import csv
import io
import random
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string

from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import Worker
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
    ".ods": make.open_workbook,
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
        [change_member, change_member, drop_member] if suffix.lower() in (".xlsx", ".ods") else []
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


def untrue(parsed: ParsedFile, rows: list[list[Any]], suffix: str, content: bytes) -> list[str]:
    """Accepted rows that are not the ones planted, and not one word about it; rows that are gone.

    Text that was cut off has no redundancy: only its open end tells that the last row may not be whole. And damage
    can by chance make a sound file of other content: a row that a strict reader of another make finds there too is
    what the file says.
    """
    is_cut = any(p.rule_code == "UNENDED_TEXT" for p in parsed.problems)
    planted_rows = {row[0]: row for row in rows[1:]}
    wrong = []
    for sheet in parsed.sheets:
        if sheet.status != "accepted" or sheet.feed != "enrolment":
            continue
        grid = strict_rows(content, suffix)
        if suffix.lower() == ".xlsx" and sum(any(row) for row in grid[1:]) > sheet.rows_read:
            wrong.append(f"{sheet.rows_read} rows of {len(grid) - 1}")
        places = {name: column_index_from_string(letter) - 1 for name, letter in sheet.column_maps[0].items()}
        if len(places) < len(COLUMNS) and not (sheet.problems or parsed.problems):
            wrong.append(f"only {sorted(places)}, and nothing is said")
        columns = sheet.columns
        last = max(columns["row_number"], default=0) if is_cut else 0
        for i, (number, is_faulty) in enumerate(
            zip(columns["row_number"], columns["has_fault"], strict=True)
        ):
            read = {name: columns[name][i] for name in ("school_code", *RANGES) if name in places}
            planted_row = planted_rows.get(read["school_code"], [None] * len(HEAD))
            is_planted = all(planted_row[COLUMNS.index(name)] == value for name, value in read.items())
            if is_faulty or number == last or is_planted:
                continue
            if suffix == ".xls":
                # bytes changed in place alter a text or number, or lose it, and leave the others where they were
                own = max(rows[1:], key=lambda row: len({*row} & {*read.values()}))
                is_true = all(
                    value in (None, own[COLUMNS.index(name)]) or not any(value in row for row in rows[1:])
                    for name, value in read.items()
                    if name in RANGES
                )
            else:
                is_true = any(
                    all(same(row[places[name]], value) for name, value in read.items())
                    for row in grid
                    if len(row) == len(HEAD)
                )
            if not is_true:
                wrong.append(f"row {number}: {read}")
    return wrong


def same(cell: Any, value: Any) -> bool:
    """True if a strict reader's cell holds the value; blank is blank."""
    if value is None or isinstance(value, str):
        return str("" if cell is None else cell).strip() == (value or "")
    try:
        return float(cell) == value
    except (TypeError, ValueError):
        return False


class Page(HTMLParser):
    """Rows of a web page as its tags follow each other."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[Any]] = []
        self._is_in_cell = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag == "td" and self.rows:
            self.rows[-1].append("")
        self._is_in_cell = tag == "td"

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._is_in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def document_rows(xml: bytes) -> list[list[Any]]:
    """Rows of the first sheet of an open document as its elements follow each other."""
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    rows = []
    for row in next(ElementTree.fromstring(xml).iter(f"{table}table")).iter(f"{table}table-row"):
        cells: list[Any] = []
        for cell in row.iter(f"{table}table-cell"):
            value = cell.get(f"{office}value", "".join(cell.itertext()))
            cells += [value] * int(cell.get(f"{table}number-columns-repeated", "1"))
        rows.append(cells)
    return rows


def strict_rows(content: bytes, suffix: str) -> list[list[Any]]:
    """Rows as openpyxl or Python's own readers of CSV and HTML find them; none if they don't."""
    try:
        if suffix.lower() == ".xlsx":
            with warnings.catch_warnings(action="ignore"):
                book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        if suffix == ".htm.xls":
            page = Page()
            page.feed(content.decode("gb18030", errors="replace"))
            return page.rows
        if suffix == ".ods":
            return document_rows(zipfile.ZipFile(io.BytesIO(content)).read("content.xml"))
        text, separator = (
            (content.decode("gb18030"), ",") if suffix == ".csv" else (content.decode("utf-8-sig"), "\t")
        )
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except Exception:  # whatever it meets, it doesn't say what we read
        return []


def peak_kilobytes(worker: Worker) -> int:
    """Most memory that the worker's process has held so far; 0 if it was ended.

    The operating system's figure for all children would also count those of tests that ran before.
    """
    process = worker._process
    if process is None:
        return 0
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def fuzz(root: Path, times: int, seed: int) -> dict[str, int]:
    """Parse so many mutated files in a worker; what became of them."""
    chance = random.Random(seed)
    outcome = {"accepted": 0, "refused": 0, "unrecognised": 0, "READER_FAILED": 0, "READER_DIED": 0}
    slowest, peak = 0.0, 0
    with Worker(root) as worker:
        for i in range(times):
            suffix, content, rows = mutated(chance)
            path = root / f"f{suffix}"
            path.write_bytes(content)
            last_words = f"seed {seed}, file {i}: {path}"
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
                peak = max(peak, peak_kilobytes(worker))
            assert untrue(parsed, rows, suffix, content) == [], last_words
            for sheet in parsed.sheets:
                kept_rows = len(set(sheet.columns.get("row_number", [])))
                if sheet.status == "accepted":
                    assert sheet.rows_read == kept_rows + sheet.rows_dropped, last_words
                else:
                    assert sheet.problems, f"{last_words}: refused without a word"
            states = {s.status for s in parsed.sheets}
            outcome["accepted" if "accepted" in states else "unrecognised"] += 1
    outcome["slowest_milliseconds"] = int(slowest * 1000)
    outcome["peak_megabytes"] = peak // 1024
    print(f"seed {seed}: {outcome}")
    return outcome


@pytest.mark.parametrize("times", [150, pytest.param(2_000, marks=pytest.mark.slow)])
def test_mutated_files_crash_nothing_and_move_no_value(tmp_path: Path, times: int) -> None:
    outcome = fuzz(tmp_path, times, random.randrange(10**6))
    assert outcome["READER_FAILED"] == 0, sorted(p.name for p in tmp_path.glob("kept_*"))
    assert outcome["READER_DIED"] == 0, sorted(p.name for p in tmp_path.glob("kept_*"))
    assert outcome["accepted"] > times // 20 and outcome["refused"] > times // 20
    assert outcome["slowest_milliseconds"] < 10_000
    assert 0 < outcome["peak_megabytes"] < 600
