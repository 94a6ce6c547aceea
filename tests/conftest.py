"""Fixtures shared by all stations: a published sample, and small districts built by hand."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project import run
from dagster_project.core.duck import open_marts
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.intake import reader
from dagster_project.intake.feeds import load_feeds
from tests.indicator_seed import INDICATORS, WORKED, copy_models, keep_worked, models_from


@pytest.fixture(scope="session", autouse=True)
def one_helper() -> Iterator[None]:
    """All runs of a test process share one helper process, which loads the library of the suites only once."""
    new_helper, kept = run.new_helper, contextlib.ExitStack()
    pools: list[Any] = []

    @contextlib.contextmanager
    def shared() -> Iterator[Any]:
        try:
            pools[0].submit(int).result()
        except (IndexError, BrokenProcessPool):  # none yet, or a test ended it
            pools[:] = [kept.enter_context(new_helper())]
        yield pools[0]

    run.new_helper = shared
    with kept:
        yield
    run.new_helper = new_helper


@pytest.fixture(scope="session", autouse=True)
def forked_readers() -> Iterator[None]:
    """Each worker that reads returns is forked off a process that has loaded the reader's libraries, where that can be.

    A spawned one takes half a second to load them, and hundreds are started. What the command line starts is spawned.
    """
    if "forkserver" not in get_all_start_methods():
        yield
        return
    server = get_context("forkserver")
    server.set_forkserver_preload(["dagster_project.intake.reader"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "get_context", lambda _: server)
        yield


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Home with a published release of the sample district: read, never written; one for all test processes."""
    if worker_id == "master":
        home = tmp_path_factory.mktemp("sample") / "home"
        run.run(SAMPLE_RAW, home)
        return home
    shared = tmp_path_factory.getbasetemp().parent / "sample"
    home, done = shared / "home", shared / "done"
    try:
        shared.mkdir()
    except FileExistsError:  # another process is at it
        while not done.exists():
            if (shared / "failed").exists():
                pytest.fail("the process that was to publish the sample failed")
            time.sleep(0.2)
        return home
    try:
        run.run(SAMPLE_RAW, home)
    except BaseException:
        (shared / "failed").touch()
        raise
    done.touch()
    return home


@dataclass
class District:
    """A raw root and a home: put sheets in, run, ask the published marts."""

    raw: Path
    home: Path

    def put(self, name: str, **feeds: list[dict[str, Any]]) -> Path:
        """Write a workbook with one sheet a feed; rows name columns by their English names."""
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        book = openpyxl.Workbook()
        book.remove(book.active)
        for feed, rows in feeds.items():
            columns = [c for c in load_feeds()[feed].columns if c.required or any(c.name in r for r in rows)]
            sheet = book.create_sheet(feed)
            sheet.append([c.heading_zh for c in columns])
            for row in rows:
                sheet.append([row.get(c.name) for c in columns])
        book.save(path)
        return path

    def run(self, *parts: run.Part) -> run.RunSummary:
        """Take in, build, publish the tables; besides them only the parts named."""
        return run.run(self.raw, self.home, parts=frozenset(parts))

    def ask(self, sql: str, *, tier: str = "committee") -> list[dict[str, Any]]:
        """Rows of the release in force."""
        place = Home(self.home)
        release = place.release_in_force()
        assert release is not None
        folder = place.releases if tier == "committee" else place.analyst
        with open_marts(folder / release / "marts.duckdb") as con:
            cursor = con.execute(sql)
            names = [d[0] for d in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of an answer."""
        rows = self.ask(sql)
        assert len(rows) == 1, rows
        return rows[0]


@pytest.fixture(scope="module")
def worked_indicators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Builds of the module judge by the indicators that its districts were worked for, whatever the seed holds by now."""
    if set(INDICATORS) == WORKED:
        yield
        return
    project = copy_models(tmp_path_factory.mktemp("worked"))
    keep_worked(project / "seeds")
    with models_from(project):
        yield


@pytest.fixture(scope="module")
def new_district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], District]]:
    """Maker of empty districts."""
    made: list[Path] = []

    def make() -> District:
        root = tmp_path_factory.mktemp("district")
        made.append(root)
        (root / "raw").mkdir()
        return District(root / "raw", root / "home")

    yield make
    for root in made:
        shutil.rmtree(root, ignore_errors=True)
