"""Each file is parsed in a worker process; a crash there rejects only that file.

The worker is started at the first new file and parses all files of a run. Its memory is limited by the
operating system (or by this process, where the system can't), its time by this process. If it crashes or is
killed, the file it was parsing is rejected, and a new worker is started for the next file.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dagster_project import speed
from dagster_project.core.homes import LAYOUTS_DIR
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse import nil, sheet_words
from dagster_project.intake.parse.forms.declared import Era, load_eras
from dagster_project.intake.parse.layout_files import load_layouts
from dagster_project.intake.parse.layouts import Layout
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from dagster_project.intake.parse.spellings import load_spellings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class Limits:
    """Limits for parsing one file: memory of the worker in bytes, and seconds by the file's size."""

    memory_bytes: int = 3 * 1024**3
    seconds: float = 120.0
    seconds_per_megabyte: float = 10.0

    def seconds_for(self, size_bytes: int) -> float:
        """Time a file of this size may take."""
        return self.seconds + self.seconds_per_megabyte * size_bytes / 1024**2


def limits_from_environment() -> Limits:
    """Limits, with those that `JUNHENG_PARSE_MEGABYTES` and `JUNHENG_PARSE_SECONDS` set instead of the usual ones."""
    usual = Limits()
    megabytes = os.environ.get("JUNHENG_PARSE_MEGABYTES", "")
    seconds = os.environ.get("JUNHENG_PARSE_SECONDS", "")
    return Limits(
        int(megabytes) * 1024**2 if megabytes.isdigit() else usual.memory_bytes,
        float(seconds) if seconds.replace(".", "", 1).isdigit() else usual.seconds,
    )


def parse_content(
    content: bytes, relative: str, school_year: int, layouts: list[Layout], eras: Sequence[Era] = ()
) -> ParsedFile:
    """Parse one file's bytes.

    Raises:
        RejectedFile: the file as a whole can't be used.
    """
    with _uncollected():
        return parse_grids(read_grids(content, Path(relative).suffix.lower()), school_year, layouts, eras)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the garbage collector: a table has one list per row and no cycles, and collecting costs a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def layouts_for(raw_root: Path) -> list[Layout]:
    """Layouts of the project and of the raw root."""
    return load_layouts(LAYOUTS_DIR, raw_root / "layouts")


def eras_for(raw_root: Path) -> list[Era]:
    """Editions of the national statistics forms that the project and the raw root declare."""
    return load_eras(LAYOUTS_DIR, raw_root / "layouts")


def load_declarations(raw_root: Path) -> tuple[list[Layout], list[Era]]:
    """Layouts and editions of forms, after every file that says how returns are read was checked.

    Whatever reads a return calls this first: a fault of these files must not be charged to a return.

    Raises:
        UserError: one of the files is wrong; the message names the file, the entry and what to write.
    """
    load_feeds()
    load_spellings()
    sheet_words.load_words()
    nil.load_words()
    return layouts_for(raw_root), eras_for(raw_root)


class Worker:
    """Reads archived files in a separate process, one file after another.

    Use it in a `with` statement. The process starts with the first file and ends with the statement.

    Args:
        raw_root: its layouts apply besides the project's own.
        limits: memory and time per file.
    """

    def __init__(self, raw_root: Path, limits: Limits | None = None) -> None:
        self._raw_root = raw_root
        self._limits = limits or limits_from_environment()
        self._process: Any = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        """Parse a file.

        Args:
            source: the file, or its bytes, which then are in no file but the one they were read from.
            relative: name under which it was received; only its suffix is used.
            school_year: year of the folder it was received in.

        Raises:
            RejectedFile: it can't be used, or the worker crashed or ran out of memory or time.
            UserError: a file that says how returns are read is wrong; no return is read then.
        """
        pipe = self._pipe or self._start()
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        limit = self._limits.seconds_for(size)
        try:
            pipe.send((source, relative, school_year))
            self._wait(pipe, limit)
            kind, content = pipe.recv()
        except (EOFError, OSError) as error:
            self._end()
            raise RejectedFile("READER_DIED") from error
        if kind == "rejected":
            raise RejectedFile.with_message(*content)
        if kind == "memory":
            self._end()
            raise _out_of_memory(self._limits)
        if kind == "failed":
            raise RejectedFile("READER_FAILED", error=content)
        parsed: ParsedFile = content
        return parsed

    def _wait(self, pipe: Connection, limit: float) -> None:
        """Wait for the answer; checks the limit of time, and that of memory where the operating system can't.

        Raises:
            EOFError: the process ended.
            RejectedFile: a limit was exceeded; the process was killed.
        """
        until = time.monotonic() + limit
        while not pipe.poll(_LOOK_EVERY_SECONDS):
            if not self._process.is_alive():
                raise EOFError
            if time.monotonic() > until:
                self._end()
                raise RejectedFile("READER_TIMEOUT", seconds=limit)
            if not _HAS_RLIMITS and _resident_bytes(self._process.pid) > self._limits.memory_bytes:
                self._end()
                raise _out_of_memory(self._limits)

    def _start(self) -> Connection:
        load_declarations(self._raw_root)  # an error in the other process would look like one of the return
        context = get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, self._raw_root, self._limits.memory_bytes), daemon=True
        )
        self._process.start()
        there.close()
        self._pipe = here
        return here

    def _end(self) -> None:
        """Kill the process; the next file starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def close(self) -> None:
        """End the process after the file it is parsing."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                self._pipe.send(None)
            self._process.join(5)
        self._end()


def _out_of_memory(limits: Limits) -> RejectedFile:
    return RejectedFile("READER_MEMORY", megabytes=limits.memory_bytes // 1024**2)


try:
    import resource

    _HAS_RLIMITS = True
except ImportError:  # Windows
    _HAS_RLIMITS = False


def _resident_bytes(pid: int) -> int:
    import psutil

    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def _limit_memory(memory_bytes: int) -> None:
    if _HAS_RLIMITS:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(pipe: Connection, raw_root: Path, memory_bytes: int) -> None:
    """Body of the worker process: answer each order until None or the end of the pipe.

    An order is (path or bytes, name, school year). An answer is (kind, content): `parsed` with the ParsedFile, `rejected` with
    rule code and message, `memory`, or `failed` with the name of the unexpected error.
    """
    from dagster_project.intake.reader import load_declarations, parse_content

    layouts, eras = load_declarations(raw_root)
    speed.collect_rarely()
    # a crashing library may print cells, and what it prints helps no analyst
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _limit_memory(memory_bytes)
    while True:
        try:
            order = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        if order is None:
            return
        source, relative, school_year = order
        try:
            content = source if isinstance(source, bytes) else source.read_bytes()
            answer: tuple[str, Any] = (
                "parsed",
                parse_content(content, relative, school_year, layouts, eras),
            )
        except RejectedFile as refused:
            answer = ("rejected", (refused.rule_code, refused.message_zh, refused.has_persons))
        except MemoryError:
            answer = ("memory", None)
        except Exception as error:  # refuses only this file
            answer = ("failed", type(error).__name__)
        except BaseException as error:
            if (
                type(error).__name__ != "PanicException"
            ):  # how the cell reader meets what it can't make sense of
                raise
            damaged = RejectedFile("DAMAGED_FILE", "unreadable")
            answer = ("rejected", (damaged.rule_code, damaged.message_zh, False))
        try:
            pipe.send(answer)
        except MemoryError:
            pipe.send(("memory", None))
