"""Returns parsed ahead: while one file is decided on, stored and recorded, worker processes parse the next ones.

Decisions stay where they were, in the order of the files: what is parsed ahead is looked up when it is asked for, and
dropped if it isn't.

How many processes: one as soon as there is something to parse; another one for every `_WAITING_BYTES_PER_PROCESS` of
files that wait, up to the number of cores and `_MOST_PROCESSES`. Measured with workbooks of statistics forms (32 kB each)
on two cores: a process takes 0.4 CPU seconds to start, then 7 ms for a workbook, this process 1 to 2 ms.

| workbooks | one after another | one process ahead | two processes |
|---|---|---|---|
| 60 (2 MB) | 1200 ms | 1000 ms | 1100 ms |
| 120 (4 MB) | 1800 ms | 1600 ms | 1300 ms |
| 250 (8 MB) | 2900 ms | 2300 ms | 2000 ms |
| 500 (16 MB) | 4800 ms | 4000 ms | 3100 ms |

So a second one saves time from 3 MB on. At 4 MB the sample district has one, beside a helper that loads the library of
the suites on the other core. This process has work for three. Each holds 60 MB with such workbooks, this one 200 MB.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from dagster_project import speed
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import Answer, Limits, Order, Worker, limits_from_environment

_MOST_PROCESSES = 3
_WAITING_BYTES_PER_PROCESS = 4 * 1024**2
#: Files that were received and not yet decided on.
_MOST_FILES_AHEAD = 400
_MOST_BYTES_AHEAD = 16 * 1024**2
#: A larger file is parsed when all before it are decided on, and nothing beside it.
_LARGE_BYTES = 4 * 1024**2
#: Files that a process gets at once, so that it needn't wait for this one after each.
_MOST_FILES_AT_ONCE = 8
_MOST_BYTES_AT_ONCE = 512 * 1024
_LOOK_EVERY_SECONDS = 0.25

T = TypeVar("T")


@dataclass(eq=False)
class _Reading:
    """A file that is to be parsed, that is parsed in a process, or that has its answer."""

    order: Order
    answer: Answer | None = None


class ReadingAhead:
    """Parses files in worker processes, some of them before they are asked for.

    Use it in a `with` statement: the processes end with it, whatever happens.

    Args:
        raw_root: its layouts apply besides the project's own.
        limits: memory and time per file.
        most_processes: how many may parse at once; by default as many as there are cores, and at most three.
    """

    def __init__(
        self, raw_root: Path, limits: Limits | None = None, most_processes: int | None = None
    ) -> None:
        self._raw_root = raw_root
        self._limits = limits or limits_from_environment()
        self._most_processes = most_processes or min(_cores(), _MOST_PROCESSES)
        self._is_on = speed.is_on()
        self._waiting: deque[_Reading] = deque()
        self._waiting_bytes = 0
        #: What each process was given and hasn't answered.
        self._given: dict[Worker, deque[_Reading]] = {}
        self._ahead: dict[tuple[Path | bytes, str, int], _Reading] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._given:
            worker.close()

    def each(self, items: Iterable[T], order_of: Callable[[T], Order | None]) -> Iterator[T]:
        """Yield items in their order; what `parse` is asked for one of them may have been parsed before.

        Args:
            items: files in the order in which they are decided on; they are looked at some time before they are yielded.
            order_of: what has to be parsed of one, as far as can be said before those ahead of it are decided on; None
                if nothing.
        """
        if not self._is_on:
            yield from items
            return
        source = iter(items)
        ahead: deque[tuple[T, Order | None, _Reading | None]] = deque()
        bytes_ahead = 0
        is_more = True
        while is_more or ahead:
            while is_more and self._looks_further(ahead, bytes_ahead):
                try:
                    item = next(source)
                except StopIteration:
                    is_more = False
                    break
                order = order_of(item)
                ahead.append((item, order, self._expect(order)))
                bytes_ahead += order.size if order else 0
                self._serve(0)
            if not ahead:
                return
            item, order, reading = ahead.popleft()
            yield item
            bytes_ahead -= order.size if order else 0
            if reading is not None:
                self._forget(reading)

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        """Parse a file, or take what was parsed of it ahead; see `Worker.parse`."""
        order = Order(source, relative, school_year)
        reading = self._ahead.get(_key(order))
        if reading is None:
            reading = _Reading(order)
            self._waiting.appendleft(reading)
            self._waiting_bytes += order.size
        while reading.answer is None:
            self._serve(_LOOK_EVERY_SECONDS)
        if isinstance(reading.answer, RejectedFile):
            raise reading.answer
        return reading.answer

    def _looks_further(self, ahead: deque[tuple[T, Order | None, _Reading | None]], bytes_ahead: int) -> bool:
        """True while the next file may be looked at, and this process has nothing better to do."""
        if not ahead:
            return True
        if len(ahead) >= _MOST_FILES_AHEAD or bytes_ahead >= _MOST_BYTES_AHEAD:
            return False
        _, last, _ = ahead[-1]
        if last is not None and last.size > _LARGE_BYTES:
            return False
        first = ahead[0][2]
        return len(self._waiting) < _MOST_FILES_AT_ONCE or (first is not None and first.answer is None)

    def _expect(self, order: Order | None) -> _Reading | None:
        """Let a file be parsed ahead, unless it is large or one of the same bytes is; that may turn out to be a duplicate."""
        if order is None or order.size > _LARGE_BYTES or _key(order) in self._ahead:
            return None
        reading = _Reading(order)
        self._ahead[_key(order)] = reading
        self._waiting.append(reading)
        self._waiting_bytes += order.size
        return reading

    def _forget(self, reading: _Reading) -> None:
        """Drop a reading whose file was decided on; one that is being made is thrown away when it is there."""
        del self._ahead[_key(reading.order)]
        if reading.answer is None and reading in self._waiting:
            self._waiting.remove(reading)
            self._waiting_bytes -= reading.order.size

    def _serve(self, seconds: float) -> None:
        """Give files to processes that are idle, and take the answers that are there; wait so long for one."""
        self._give()
        busy = [worker for worker, given in self._given.items() if given]
        if seconds:
            wait([worker.pipe for worker in busy], seconds)
        for worker in busy:
            given = self._given[worker]
            while given and (answer := worker.answer(0)) is not None:
                given.popleft().answer = answer
        self._give()

    def _give(self) -> None:
        """Give each idle process the next files that wait; start another one if many do."""
        while self._waiting:
            idle = next((worker for worker, given in self._given.items() if not given), None)
            if idle is None:
                is_enough = self._given and self._waiting_bytes < _WAITING_BYTES_PER_PROCESS
                if is_enough or len(self._given) >= self._most_processes:
                    return
                idle = Worker(self._raw_root, self._limits)
                self._given[idle] = deque()
            # towards the end the rest is shared out evenly
            most = min(_MOST_FILES_AT_ONCE, 1 + len(self._waiting) // (2 * len(self._given)))
            given = self._given[idle]
            given_bytes = 0
            while self._waiting and len(given) < most:
                given_bytes += self._waiting[0].order.size
                if given and given_bytes > _MOST_BYTES_AT_ONCE:
                    break
                given.append(self._waiting.popleft())
                self._waiting_bytes -= given[-1].order.size
            idle.order([reading.order for reading in given])


def _key(order: Order) -> tuple[Path | bytes, str, int]:
    """All that parsing depends on."""
    return order.source, Path(order.relative).suffix.lower(), order.school_year


def _cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
