"""Returns parsed ahead by several processes are received exactly as those that are parsed one after another."""

from __future__ import annotations

import datetime as dt
import hashlib
import multiprocessing
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project import speed
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import reader, reading_ahead, receive
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import ClosedRound, append_block, read_manifest
from dagster_project.intake.reader import Limits, Order, Worker
from dagster_project.intake.reading_ahead import ReadingAhead
from tests.intake import bad_files as make
from tests.intake import dying_reader

DAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
ROSTER = Path(__file__).parent.parent / "fixtures" / "rosters" / "teachers.csv"
Files = dict[str, bytes]


def table(code: int, students: int = 30) -> bytes:
    """A return with one class of a school."""
    return make.text_table([make.HEAD, [f"215000{code:04d}", f"示例{code}小学", "小学", students, 1]])


def folder_of(chance: random.Random) -> tuple[Files, Files]:
    """Two rounds of files by path, of every kind that is treated otherwise, in a random order of names."""
    books = [table(i) for i in range(12)]
    roster = ROSTER.read_bytes()
    contents = [
        *((".csv", content) for content in books),
        *((".csv", books[chance.randrange(12)]) for _ in range(3)),  # the same bytes
        (".csv", books[0] + b"\r\n\r\n"),  # the same rows
        (".txt", books[1]),
        *((".csv", word) for word in (dying_reader.DIES, dying_reader.FAILS, dying_reader.STARVES)),
        *((".csv", dying_reader.DIES + b"2") for _ in range(2)),
        (".csv", roster), (".csv", roster), (".docx", b"PK nothing"), (".xlsx", b"PK\x03\x04 broken"), (".csv", b""),
        (".zip", make.zipped({"a.csv": table(20), "b.csv": dying_reader.DIES + b"3", "c.csv": books[3]})),
        (".zip", make.zipped({"a.csv": table(21), "roster.csv": roster})),
        (".zip", make.zipped({"a.csv": table(22), "b.csv": table(22)})),
        (".zip", b"PK\x03\x04 broken"),
    ]  # fmt: skip
    names = chance.sample(range(100), len(contents))
    first = {
        f"2024/{name:02d}{suffix}": content for name, (suffix, content) in zip(names, contents, strict=True)
    }
    first |= {"2023/a.csv": books[0], "2024/佐证/a.pdf": b"%PDF 1", "2024/佐证/b.pdf": b"", "b.csv": books[1]}
    changed = next(path for path, content in sorted(first.items()) if content == books[5])
    second = {
        changed: table(5, 31),
        f"2024/{chance.randrange(100):02d} older.csv": books[5],
        "2023/late.csv": table(30),
        "2024/new.csv": table(31),
        "2024/再来.csv": books[2],
    }
    return first, second


def put(raw: Path, files: Files) -> None:
    for name, content in files.items():
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_bytes(content)


def received(home: Home, raw: Path, rounds: tuple[Files, Files], processes: int) -> dict[str, object]:
    """All that two runs write and say, with a round closed between them; 0 processes: one after another."""
    said: list[str] = []
    for files in rounds:
        put(raw, files)
        with ReadingAhead(raw, most_processes=processes or 1) as worker:
            taken = receive.take_in(home, raw, now=DAY, report=said.append, worker=worker)
            assert processes == 0 or len(worker._given) <= processes
            assert (worker._ahead, list(worker._waiting), worker._waiting_bytes) == ({}, [], 0)
        said += [f"{f.record.path} {f.record.status} {f.parsed} {f.problems}" for f in taken.files]
        if files is rounds[0]:
            append_block(home, read_manifest(home), ClosedRound(2023, "2026-01-06T00:00:00", "r1", {}))
    written = {
        path.relative_to(home.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.root.rglob("*"))
        if path.is_file()
    }
    return {"said": said, "written": written}


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes end at files that say so."""
    monkeypatch.setattr(reader, "_serve", dying_reader.serve)


@pytest.mark.usefixtures("mortal")
@pytest.mark.parametrize("seed", [1, *(pytest.param(None, marks=pytest.mark.slow) for _ in range(3))])
def test_what_is_received_does_not_depend_on_how_many_processes_read(
    seed: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(10**6) if seed is None else seed
    chance = random.Random(seed)
    rounds = folder_of(chance)
    monkeypatch.setenv(speed.SWITCH, "1")
    wanted = received(Home(tmp_path / "home"), tmp_path / "raw", rounds, 0)
    monkeypatch.delenv(speed.SWITCH)
    statuses = [line.split()[1] for line in map(str, wanted["said"]) if " ParsedFile(" in line]  # type: ignore[call-overload]
    assert {"accepted", "duplicate", "rejected", "held", "evidence"} <= set(statuses)
    assert sum("READER_DIED" in line for line in wanted["said"]) >= 3  # type: ignore[attr-defined]
    for processes in (1, 2, 3):
        monkeypatch.setattr(reading_ahead, "_WAITING_BYTES_PER_PROCESS", 1)
        monkeypatch.setattr(reading_ahead, "_MOST_FILES_AT_ONCE", chance.randint(1, 8))
        monkeypatch.setattr(reading_ahead, "_MOST_FILES_AHEAD", chance.choice((2, 5, 400)))
        monkeypatch.setattr(reading_ahead, "_LARGE_BYTES", chance.choice((100, 4 * 1024**2)))
        shutil.rmtree(tmp_path / "raw")
        shutil.rmtree(tmp_path / "home")
        found = received(Home(tmp_path / "home"), tmp_path / "raw", rounds, processes)
        assert found == wanted, f"seed {seed}, {processes} processes"


@pytest.mark.usefixtures("mortal")
def test_a_file_that_hangs_is_given_up_and_those_beside_it_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_WAITING_BYTES_PER_PROCESS", 1)
    files = [table(1), dying_reader.HANGS, *(table(i) for i in range(2, 9))]
    found = []
    with ReadingAhead(tmp_path, Limits(seconds=4), most_processes=2) as worker:
        for content in worker.each(files, lambda content: Order(content, "a.csv", 2024)):
            try:
                found.append(worker.parse(content, "a.csv", 2024).sheets[0].columns["school_code"][0])
            except RejectedFile as refused:
                found.append(refused.rule_code)
        assert len(worker._given) == 2
    assert found == ["2150000001", "READER_TIMEOUT", *(f"215000000{i}" for i in range(2, 9))]


class Said:
    """Items, and what was done with them: an order was asked for, or the item was decided on."""

    def __init__(self, root: Path, *items: bytes) -> None:
        self.root, self.items, self.log = root, items, [""]

    def order_of(self, content: bytes) -> Order:
        self.log.append(f"look at {len(content)}")
        return Order(content, "a.csv", 2024)

    def decide(self) -> Iterator[ReadingAhead]:
        with ReadingAhead(self.root, most_processes=1) as worker:
            for content in worker.each(self.items, self.order_of):
                self.log.append(f"decide on {len(content)}")
                yield worker


def test_a_large_file_is_parsed_when_all_before_it_are_decided_on_and_before_the_next_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_LARGE_BYTES", 200)
    large = table(3) + b"," * 200
    said = Said(tmp_path, table(1), table(2), large, table(4))
    for worker in said.decide():
        if said.log[-1] == f"decide on {len(large)}":
            assert not worker._ahead, "it was parsed ahead"
            assert all(not given for given in worker._given.values()), "another file is parsed beside it"
        else:
            content = next(c for c in said.items if said.log[-1] == f"decide on {len(c)}")
            worker.parse(content, "a.csv", 2024)
    assert said.log[-2:] == [f"look at {len(table(4))}", f"decide on {len(table(4))}"]
    assert said.log[-3] == f"decide on {len(large)}"


def test_no_more_bytes_are_held_ahead_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_MOST_BYTES_AHEAD", 1000)
    files = [table(i) + b"\r\n" * 200 for i in range(9)]
    said = Said(tmp_path, *files)
    for worker in said.decide():
        looked = sum(line.startswith("look") for line in said.log)
        decided = sum(line.startswith("decide") for line in said.log)
        assert (looked - decided) * len(files[0]) <= 1000 + len(files[0])
        worker.parse(files[decided - 1], "a.csv", 2024)


def test_what_was_parsed_for_nothing_is_dropped(tmp_path: Path) -> None:
    files = [table(i) for i in range(6)]
    found = []
    with ReadingAhead(tmp_path) as worker:
        for i, content in enumerate(worker.each(files, lambda content: Order(content, "a.csv", 2024))):
            if i % 2:
                found += worker.parse(content, "a.csv", 2024).sheets[0].columns["school_code"]
        assert not worker._ahead
    assert found == ["2150000001", "2150000003", "2150000005"]


@pytest.mark.usefixtures("mortal")
def test_a_layout_that_becomes_wrong_while_files_are_read_is_charged_to_no_return(tmp_path: Path) -> None:
    with Worker(tmp_path) as worker:
        worker.parse(table(1), "a.csv", 2024)
        (tmp_path / "layouts").mkdir()
        (tmp_path / "layouts" / "other.yml").write_text("layout: other\nname_zn: 某系统\n", encoding="utf-8")
        with pytest.raises(RejectedFile):
            worker.parse(dying_reader.DIES, "a.csv", 2024)
        with pytest.raises(UserError, match="name_zn"):
            worker.parse(table(2), "a.csv", 2024)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_no_process_is_left_when_a_run_stops_in_between(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_ahead, "_WAITING_BYTES_PER_PROCESS", 1)
    monkeypatch.setattr(reading_ahead, "_cores", lambda: 3)
    put(tmp_path / "raw", {f"2024/{i}.csv": table(i) for i in range(40)})
    before = set(multiprocessing.active_children())
    started = set()

    def stop(_: str) -> None:
        started.update(set(multiprocessing.active_children()) - before)
        raise error

    with pytest.raises(error):
        receive.take_in(Home(tmp_path / "home"), tmp_path / "raw", report=stop)
    assert len(started) == 3
    assert set(multiprocessing.active_children()) <= before
    assert not read_manifest(Home(tmp_path / "home")).files


def test_a_program_without_a_file_reads_returns(tmp_path: Path) -> None:
    """One that is typed in, or sent to Python as text: a worker process has no first file to import then."""
    (tmp_path / "a.csv").write_bytes(table(1))
    program = f"""
from pathlib import Path
from dagster_project.intake.reader import Worker
with Worker(Path({str(tmp_path)!r})) as worker:
    print(worker.parse(Path({str(tmp_path / "a.csv")!r}), "a.csv", 2024).sheets[0].rows_read)
"""
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")
