"""Runs one measured function in a process of its own: `python -m dagster_project.bench.child MODULE:FUNCTION`.

Reads the function's arguments as JSON from standard input, calls it, answers with one line of JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from dagster_project.bench.measure import MARK, peak_megabytes


def idle() -> dict[str, Any]:
    """Do nothing; its cost is that of the measuring process itself."""
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
    sys.stdout.write(f"\n{MARK}{json.dumps(answer)}\n")


if __name__ == "__main__":
    _main()
