"""One measurement, one process: seconds and peak memory of a function, run in a fresh Python.

A child process makes peaks comparable, because memory that an earlier measurement touched stays with
its process. `python -m dagster_project.bench.measure MODULE:FUNCTION` reads its arguments as JSON from
standard input and answers with one line of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.settings import PROJECT_ROOT, UserError

_MARK = "junheng-bench "


class MeasurementFailed(UserError):
    """A measured process ended with an error; the message holds its last words."""


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


def peak_megabytes() -> float:
    """Peak resident memory of this process in MB (10⁶ bytes); 0 where the system doesn't tell.

    `ru_maxrss` of a child starts at its parent's peak on Linux, so the kernel's own mark is used there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure(function: str, **arguments: Any) -> Measurement:
    """Run `module:function` of this package with JSON arguments in a fresh process.

    The function may return a dictionary; its key `seconds`, if there, replaces the time around the call
    (a function that repeats itself gives its best).

    Raises:
        MeasurementFailed: the process failed.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.bench.measure", function],
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
    answer = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
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
    output = process.stdout.read().decode("utf-8", errors="replace")
    peak = cpu = 0.0
    if hasattr(os, "wait4"):
        _, status, usage = os.wait4(process.pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    else:
        process.wait()
    seconds = time.perf_counter() - started
    process.stdout.close()
    if process.returncode:
        raise MeasurementFailed(f"junheng {' '.join(arguments)} 没有完成：\n{output[-2000:]}")
    return Measurement(seconds, peak, seconds, cpu, {"output": output})


def best_of(repeats: int, function: Callable[[], Any]) -> tuple[float, Any]:
    """Shortest time of several calls, and the last result."""
    times, result = [], None
    for _ in range(repeats):
        result = None  # two results at once would double the peak
        started = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - started)
    return min(times), result


def idle() -> dict[str, Any]:
    """Nothing: what a measuring process costs by itself."""
    return {}


def _main() -> None:
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(f"dagster_project.bench.{module}"), name)
    arguments = json.loads(sys.stdin.read() or "{}")
    started = time.perf_counter()
    value = function(**arguments) or {}
    seconds = value.pop("seconds", time.perf_counter() - started)
    answer = {
        "seconds": seconds,
        "cpu_seconds": value.pop("cpu_seconds", time.process_time()),
        "peak_mb": peak_megabytes(),
        "value": value,
    }
    sys.stdout.write(f"\n{_MARK}{json.dumps(answer)}\n")


if __name__ == "__main__":
    _main()
