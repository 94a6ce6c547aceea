"""Whatever ends a run, readers see exactly one complete release, and the next run has lost nothing.

Runs are killed (kill -9) at random moments, or can't write beyond a random size, as on a full disk; a
reader looks at the release in force all the while.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.intake.manifest import read_manifest
from dagster_project.questions import backup
from dagster_project.warehouse.description import describe_release
from tests.intake import bad_files as make
from tests.intake.bad_files import HEAD

REGISTER_HEAD = ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"]
MOST = 240


def code(i: int) -> str:
    return f"21500{i:05d}"


class Ground:
    """A raw folder and a home that runs are started and ended on, with a reader that never stops looking."""

    def __init__(self, root: Path) -> None:
        self.raw, self.home = root / "raw", Home(root / "home")
        (self.raw / "2023").mkdir(parents=True)
        register = [[code(i), f"示例{i}小学", "500115", "某镇", "小学", "公办"] for i in range(MOST)]
        (self.raw / "2023" / "register.xlsx").write_bytes(make.workbook([REGISTER_HEAD, *register]))
        self.put = 0
        self.seen: set[str] = set()
        self.torn: list[str] = []
        self._stop = threading.Event()

    def put_one_more(self) -> None:
        """One school's return more."""
        i = self.put
        rows = [HEAD, [code(i), f"示例{i}小学", "小学", 100 + i, 3]]
        (self.raw / "2023" / f"school{i:03d}.xlsx").write_bytes(make.workbook(rows))
        self.put += 1

    def start(self, limit: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dagster_project", "run"]
        command += ["--raw", str(self.raw), "--home", str(self.home.root), "--as-of", "2024-01-01"]
        return subprocess.Popen(
            command, cwd=PROJECT_ROOT, start_new_session=True, preexec_fn=limit, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def finish(self) -> str:
        """A run left to itself; what it said."""
        process = self.start()
        said, _ = process.communicate(timeout=600)
        assert process.returncode == 0, said
        return said

    def look(self) -> None:
        """One look of a reader: the release in force is whole and answers."""
        identifier = self.home.release_in_force()
        if identifier is None:
            return
        try:
            folder = self.home.releases / identifier
            described = describe_release(self.home, identifier)
            with open_marts(folder / "marts.duckdb") as con:
                found = con.execute("select count(*) from marts.fct_submissions").fetchone()
            if found is None or found[0] != described.tables["fct_submissions"]:
                self.torn.append(f"{identifier}: {found}")
            self.seen.add(identifier)
        except Exception as error:  # every failure to read is what this looks for
            self.torn.append(f"{identifier}: {type(error).__name__}: {error}")

    @contextlib.contextmanager
    def reader(self) -> Iterator[None]:
        """Look every few hundredths of a second until the end."""

        def keep_looking() -> None:
            while not self._stop.is_set():
                self.look()
                time.sleep(0.05)

        self._stop.clear()
        thread = threading.Thread(target=keep_looking)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def check_nothing_is_lost(self) -> None:
        """A whole run, after which every row ever put in counts, and everything agrees with everything."""
        self.finish()
        identifier = self.home.release_in_force()
        assert identifier is not None
        with open_marts(self.home.analyst / identifier / "marts.duckdb") as con:
            rows = con.execute("select school_code, students from accepted.enrolment").fetchall()
        assert dict(rows) == {code(i): 100 + i for i in range(self.put)}
        assert [f.message_zh for f in backup.verify(self.home, self.raw) if f.is_grave] == []
        assert not list(self.home.releases.glob(".build-*"))
        assert not list(self.home.vault.glob("*.part"))
        assert self.torn == []


def kill(process: subprocess.Popen[str], *, whole_group: bool) -> None:
    """kill -9: the run with its helpers, or the run alone, which they must follow."""
    with contextlib.suppress(ProcessLookupError):
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def kill_many(ground: Ground, times: int, seed: int) -> int:
    """Kill a run at a random moment, many times; returns how many ended by themselves before."""
    chance = random.Random(seed)
    ground.put_one_more()
    began = time.monotonic()
    ground.finish()
    usual = time.monotonic() - began
    ended = 0
    with ground.reader():
        for i in range(times):
            ground.put_one_more()
            process = ground.start()
            time.sleep(chance.uniform(0, usual * 1.05))
            ended += process.poll() is not None
            kill(process, whole_group=chance.random() < 0.5)
            if i % 20 == 19:
                ground.check_nothing_is_lost()
        ground.check_nothing_is_lost()
    return ended


def fill_the_disk(ground: Ground, times: int, seed: int) -> int:
    """Let no file grow beyond a random size; returns how many runs were stopped by it."""
    chance = random.Random(seed)
    ground.put_one_more()
    ground.finish()
    stopped = 0
    with ground.reader():
        for _ in range(times):
            ground.put_one_more()
            most = int(2 ** chance.uniform(10, 23))

            def limit(most: int = most) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

            process = ground.start(limit)
            said, _ = process.communicate(timeout=600)
            if process.returncode:
                stopped += 1
                assert process.returncode == 1, said
        ground.check_nothing_is_lost()
    return stopped


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_runs_that_are_killed_tear_nothing_and_lose_nothing(ground: Ground) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    kill_many(ground, 2, seed)


@pytest.mark.slow
def test_a_hundred_runs_that_are_killed_tear_nothing_and_lose_nothing(ground: Ground) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    kill_many(ground, 100, seed)


def test_a_full_disk_stops_a_run_and_costs_nothing(ground: Ground) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    fill_the_disk(ground, 1, seed)


@pytest.mark.slow
def test_thirty_full_disks_cost_nothing(ground: Ground) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    assert fill_the_disk(ground, 30, seed) > 5


def test_of_two_runs_at_once_one_goes_on_and_the_other_says_who_is_at_work(ground: Ground) -> None:
    ground.put_one_more()
    first = ground.start()
    while not (ground.home.root / ".lock").exists() or not (ground.home.root / ".lock").stat().st_size:
        time.sleep(0.02)
    second = ground.start()
    said, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"进程 {first.pid}" in said and "请等它结束后再试" in said
    told, _ = first.communicate(timeout=600)
    assert first.returncode == 0, told
    assert ground.home.release_in_force() is not None
    manifest = read_manifest(ground.home)
    assert manifest.broken_at is None and manifest.blocks == 1
