"""The writer's lock of a home: only one process may write to it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_time


class Busy(UserError):
    """Another process is writing to this home."""


@contextlib.contextmanager
def writer_lock(home: Home, *, now: dt.datetime | None = None) -> Iterator[None]:
    """Only one run may write to a home; the lock ends with its process and names its owner.

    Raises:
        Busy: another process holds it; the message names the process and since when.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    path = home.root / ".lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as stream:
        try:
            _lock(stream)
        except OSError as error:
            raise Busy(
                f"成果目录 {home.root} 正有另一次运行在进行（{_owner(path)}），请等它结束后再试。"
            ) from error
        moment = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        owner = {"process": os.getpid(), "host": platform.node(), "since": moment.isoformat()}
        stream.truncate(0)
        stream.write(json.dumps(owner).encode())
        stream.flush()
        try:
            yield
        finally:
            stream.truncate(0)


#: The byte that is locked is far behind the text, so that other processes can read who holds the lock.
_LOCKED_BYTE = 2**30


def _lock(stream: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        stream.seek(_LOCKED_BYTE)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        stream.seek(0)
    else:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _owner(path: Path) -> str:
    """Who holds the lock and for how long, as far as the lock file says."""
    try:
        owner = json.loads(path.read_bytes())
        since = dt.datetime.fromisoformat(owner["since"])
    except (OSError, ValueError, KeyError):
        return "刚刚开始"
    minutes = max(int((dt.datetime.now(dt.UTC) - since).total_seconds() // 60), 0)
    started = local_time(since).strftime("%Y-%m-%d %H:%M")
    return f"进程 {owner['process']}，计算机 {owner['host']}，{started} 开始，已 {minutes} 分钟"


def who_is_at_work(home: Home) -> str | None:
    """Process, computer and start of the run that holds the writer's lock; None if the lock is free."""
    path = home.root / ".lock"
    if not path.exists():
        return None
    with path.open("r+b") as stream:
        try:
            _lock(stream)
        except OSError:
            return _owner(path)
    return None
