"""One measurement, one process: seconds and peak memory of a function, run in a fresh Python.

A child process makes peaks comparable, because memory that an earlier measurement touched stays with
its process. The other end is child.py.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.core.errors import UserError
from dagster_project.core.homes import PROJECT_ROOT

MARK = "junheng-bench "


class MeasurementFailed(UserError):
    """A measured process ended with an error; the message holds the end of its output."""


@dataclass(frozen=True)
class Measurement:
    """What one process took. `seconds` is the function's own time, `cpu_seconds` that of all its threads.

    CPU seconds say more than the clock on a machine where others work too.
    """

    seconds: float
    peak_mb: float
    process_seconds: float
    cpu_seconds: float
    value: dict[str, Any] = field(default_factory=dict)


def peak_megabytes(process: int | None = None) -> float:
    """Peak resident memory of a process, or of this one, in MB (10⁶ bytes); 0 where the system does not report it.

    `ru_maxrss` of a child starts at its parent's peak on Linux, so the kernel's own mark is used there.
    """
    status = Path(f"/proc/{process or 'self'}/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    if process is not None:
        return 0.0
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


class _TreeMemory(threading.Thread):
    """Peak of the summed resident memory of a process and all below it, looked at ten times a second."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._ended = threading.Event()
        self._peak = 0

    def run(self) -> None:
        while not self._ended.wait(0.1):
            self._peak = max(self._peak, _resident_kilobytes(self._process))

    def stop(self) -> float:
        """Stop watching; peak in MB, 0 where the system does not report it."""
        self._ended.set()
        self.join()
        return self._peak * 1024 / 1e6


def tree_peak_megabytes() -> float:
    """Sum of the peaks of resident memory of this process and all now below it, in MB; 0 where the system doesn't say.

    The kernel's own marks: Java starts short commands, which for a moment seem to have its whole memory as well.
    """
    import psutil

    below = psutil.Process().children(recursive=True)
    return peak_megabytes() + sum(peak_megabytes(child.pid) for child in below)


def tree_cpu_seconds() -> float:
    """CPU seconds so far of this process, all below it, and those of them that ended."""
    import psutil

    this = psutil.Process()
    total = 0.0
    for process in (this, *this.children(recursive=True)):
        # one that ended just now counts with its parent next time
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total


def _resident_kilobytes(process: int) -> int:
    folder = Path(f"/proc/{process}")
    try:
        status = (folder / "status").read_text(encoding="ascii", errors="replace")
        below = (folder / "task" / str(process) / "children").read_text(encoding="ascii").split()
    except OSError:  # it ended, or another system
        return 0
    own = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")]
    return sum(own) + sum(_resident_kilobytes(int(child)) for child in below)


def measure(function: str, **arguments: Any) -> Measurement:
    """Run `module:function` of this package with JSON arguments in a fresh process.

    The function may return a dictionary; its key `seconds`, if there, replaces the time around the call
    (a function that repeats itself gives its best).

    Raises:
        MeasurementFailed: the process failed.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.bench.child", function],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    process_seconds = time.perf_counter() - started
    answer = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not answer:
        raise MeasurementFailed(f"性能测量 {function} 没有完成：\n{done.stderr[-2000:]}")
    told = json.loads(answer[-1].split(" ", 1)[1])
    return Measurement(told["seconds"], told["peak_mb"], process_seconds, told["cpu_seconds"], told["value"])


def run_command(arguments: list[str]) -> Measurement:
    """Seconds and peak memory of one `python -m dagster_project …`, from its start to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster_project", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert process.stdout is not None
    watch = _TreeMemory(process.pid)
    watch.start()
    output = process.stdout.read().decode("utf-8", errors="replace")
    cpu = 0.0
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
    else:
        process.wait()
    seconds = time.perf_counter() - started
    peak = watch.stop()
    process.stdout.close()
    if process.returncode:
        raise MeasurementFailed(f"junheng {' '.join(arguments)} 没有完成：\n{output[-2000:]}")
    return Measurement(seconds, peak, seconds, cpu, {"output": output})


def growth_exponent(sizes: tuple[float, float], times: tuple[float, float]) -> float:
    """The power of the size with which a time grows: 1 if twice as much takes twice as long, 0 if no longer."""
    return math.log(times[1] / times[0]) / math.log(sizes[1] / sizes[0])


def best_of(repeats: int, function: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time of several calls, and the last result."""
    times, result = [], None
    for _ in range(repeats):
        result = None  # two results at once would double the peak
        started = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - started)
    return min(times), result
