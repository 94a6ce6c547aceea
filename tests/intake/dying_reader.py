"""Body of a worker process that ends, fails or hangs at files whose first word says so."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dagster_project.intake import reader

DIES, FAILS, STARVES, HANGS = b"DIES", b"FAILS", b"STARVES", b"HANGS"
_parse_content = reader.parse_content


def serve(pipe: Connection, raw_root: Path, memory_bytes: int) -> None:
    """As `reader._serve`."""
    reader.parse_content = parse_content
    reader._serve(pipe, raw_root, memory_bytes)


def parse_content(content: bytes, *rest: Any) -> Any:
    """As `reader.parse_content`, unless the file says otherwise."""
    if content.startswith(DIES):
        os._exit(11)
    if content.startswith(FAILS):
        raise ZeroDivisionError
    if content.startswith(STARVES):
        raise MemoryError
    while content.startswith(HANGS):
        time.sleep(1)
    return _parse_content(content, *rest)
