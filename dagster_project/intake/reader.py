"""Each file is parsed in a worker process; a crash there rejects only that file.

A worker parses many files. Its memory is limited by the operating system (or by the process that ordered, where the
system can't), its time by the process that ordered. If it crashes or is killed, the file that it was parsing is rejected,
and a new one is started for the next file.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from dagster_project import speed
from dagster_project.core.errors import UserError
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
#: Time for a process to start on a busy machine; no file is charged with it.
_MOST_START_SECONDS = 120.0
#: Refusals that a busy machine may be the cause of, or another program that ends processes; not the file alone.
GIVEN_UP = frozenset(("READER_DIED", "READER_MEMORY", "READER_TIMEOUT"))


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


def check_declarations(raw_root: Path) -> None:
    """See that nothing is wrong in the files that say how returns are read.

    Whatever has returns read calls this first: a fault of these files must not be charged to a return.

    Raises:
        UserError: one of the files is wrong; the message names the file, the entry and what to write.
    """
    _load_words()
    folders = (LAYOUTS_DIR, raw_root / "layouts")
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    _check_layouts(raw_root, tuple((path, path.read_bytes()) for path in files))


@lru_cache(16)  # asked for before a submission is taken in and for each process that reads of it
def _check_layouts(raw_root: Path, contents: tuple[tuple[Path, bytes], ...]) -> None:
    """Read the layouts and forms whose files have these contents."""
    layouts_for(raw_root)
    eras_for(raw_root)


def _load_words() -> None:
    load_feeds()
    load_spellings()
    sheet_words.load_words()
    nil.load_words()


def load_declarations(raw_root: Path) -> tuple[list[Layout], list[Era]]:
    """Layouts and editions of forms, after all files that say how returns are read were checked.

    Raises:
        UserError: one of the files is wrong.
    """
    _load_words()
    return layouts_for(raw_root), eras_for(raw_root)


@dataclass(frozen=True)
class Order:
    """What a worker is to parse.

    Attributes:
        source: the file, or its bytes, which then are in no file but the one they were read from.
        relative: name under which it was received; only its suffix is used.
        school_year: year of the folder it was received in.
    """

    source: Path | bytes
    relative: str
    school_year: int

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size


Answer = ParsedFile | RejectedFile


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
        self._is_ready = False
        self._is_checked = False
        self._unanswered: deque[Order] = deque()
        self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        """Parse a file; see `Order` for the arguments.

        Raises:
            RejectedFile: it can't be used, or the worker crashed or ran out of memory or time.
            UserError: a file that says how returns are read is wrong; no return is read then.
        """
        try:
            self.order([Order(source, relative, school_year)])
            while (answer := self.answer(_LOOK_EVERY_SECONDS)) is None:
                pass
        except BaseException:
            self.close()  # the next file must not get the answer to this one
            raise
        if isinstance(answer, RejectedFile):
            raise answer
        return answer

    @property
    def pipe(self) -> Connection:
        """Where answers arrive, to wait for those of several workers."""
        assert self._pipe is not None
        return self._pipe

    @property
    def is_idle(self) -> bool:
        """True if every order was answered."""
        return not self._unanswered

    def order(self, orders: Iterable[Order]) -> None:
        """Let the process parse some files; to be called while it is idle.

        Raises:
            UserError: a file that says how returns are read is wrong.
        """
        if self._process is None:
            self._start()
        self._unanswered.extend(orders)
        if self._is_ready:
            self._send()

    def answer(self, seconds: float) -> Answer | None:
        """Answer to the first order that has none yet; None if it isn't there after so many seconds.

        If the process ended or exceeded a limit, the file that it was parsing is rejected, and the orders after it go to
        a new process.

        Raises:
            UserError: a file that says how returns are read was changed and is wrong now.
        """
        if not self._unanswered:
            return None
        try:
            if not self.pipe.poll(seconds):
                return self._beyond_limits()
            kind, content = self.pipe.recv()
        except (EOFError, OSError):
            return self._given_up(RejectedFile("READER_DIED"))
        if kind == "ready":
            self._is_ready = True
            self._send()
            return None
        if kind == "faulty":
            self.close()
            raise UserError(content)
        if kind == "memory":
            return self._given_up(_out_of_memory(self._limits))
        self._began = time.monotonic()
        self._unanswered.popleft()
        if kind == "rejected":
            return RejectedFile.with_message(*content)
        if kind == "failed":
            return RejectedFile("READER_FAILED", error=content)
        parsed: ParsedFile = content
        return parsed

    def _send(self) -> None:
        self._began = time.monotonic()
        with contextlib.suppress(OSError):  # it ended: the pipe says so where the answer is awaited
            self.pipe.send(list(self._unanswered))

    def _beyond_limits(self) -> RejectedFile | None:
        """Refusal of the file that is parsed if a limit was exceeded: of time, or of memory where the system can't see to it.

        Raises:
            EOFError: the process ended.
        """
        if not self._process.is_alive() and not self.pipe.poll():
            raise EOFError
        limit = self._limits.seconds_for(self._unanswered[0].size)
        if not self._is_ready:
            limit = max(limit, _MOST_START_SECONDS)
        if time.monotonic() > self._began + limit:
            return self._given_up(RejectedFile("READER_TIMEOUT", seconds=limit))
        if not _HAS_RLIMITS and _resident_bytes(self._process.pid) > self._limits.memory_bytes:
            return self._given_up(_out_of_memory(self._limits))
        return None

    def _given_up(self, refusal: RejectedFile) -> RejectedFile:
        """End the process, and let a new one parse what was ordered after the file that is refused."""
        after = list(self._unanswered)[1:]
        self.close()
        if after:
            self.order(after)
        return refusal

    def _start(self) -> None:
        context = get_context("spawn")
        here, there = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(there, self._raw_root, self._limits.memory_bytes), daemon=True
        )
        self._pipe = here
        self._began = time.monotonic()
        with _nameless_main(), _no_interrupts():
            self._process.start()
        there.close()
        if not self._is_checked:  # an error in the other process would look like one of the return
            check_declarations(self._raw_root)
            self._is_checked = True

    def close(self) -> None:
        """End the process; the next file would start another."""
        if self._process is not None and self._process.pid is not None:
            self._process.kill()  # it holds nothing that isn't answered
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        self._is_ready = False
        self._unanswered.clear()


@contextlib.contextmanager
def _nameless_main() -> Iterator[None]:
    """Start a process that doesn't import the program's first file: it needs none of it, and the command line takes 0.13 s."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start a process that doesn't hear Ctrl-C: this one does, and ends it; its own words would be of no use."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


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
    """Body of the worker process: answer each order of each list until the end of the pipe.

    The first message is `ready`, or `faulty` with what is wrong in a declaration. An answer is (kind, content): `parsed` with
    the ParsedFile, `rejected` with rule code and message, `memory`, or `failed` with the name of the unexpected error.
    """
    try:
        layouts, eras = load_declarations(raw_root)
    except UserError as error:
        pipe.send(("faulty", str(error)))
        return
    speed.collect_rarely()
    # a crashing library may print cells, and what it prints helps no analyst
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with contextlib.suppress(
        EOFError, OSError, KeyboardInterrupt
    ):  # who ordered has ended, or a person ends both
        pipe.send(("ready", None))
        _limit_memory(memory_bytes)
        while True:
            for order in pipe.recv():
                answer = _answer(order, layouts, eras)
                try:
                    pipe.send(answer)
                except MemoryError:
                    pipe.send(("memory", None))


def _answer(order: Order, layouts: list[Layout], eras: Sequence[Era]) -> tuple[str, Any]:
    try:
        content = order.source if isinstance(order.source, bytes) else order.source.read_bytes()
        return ("parsed", parse_content(content, order.relative, order.school_year, layouts, eras))
    except RejectedFile as refused:
        return ("rejected", (refused.rule_code, refused.message_zh, refused.has_persons))
    except MemoryError:
        return ("memory", None)
    except Exception as error:  # refuses only this file
        return ("failed", type(error).__name__)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the cell reader meets what it can't make sense of
            raise
        damaged = RejectedFile("DAMAGED_FILE", "unreadable")
        return ("rejected", (damaged.rule_code, damaged.message_zh, False))
