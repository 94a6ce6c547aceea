"""A database that another program has open for writing is named by every command that reads it, with what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.duck import DatabaseInUse, is_locked, open_marts


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Path]:
    """A database that another process has open for writing, in a folder with a blank and Chinese in its name."""
    path = tmp_path / "成果 目录" / "marts.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as con:
        con.execute("create table dim_schools (school_code varchar)")
    hold = (
        "import sys, duckdb; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline().strip() == "held"
        yield path
        other.stdin.close()


def test_a_database_in_use_is_named_with_what_to_do(opened: Path, tmp_path: Path) -> None:
    assert is_locked(opened)
    with pytest.raises(DatabaseInUse) as refusal, open_marts(opened):
        pass
    assert str(opened) in str(refusal.value) and "请在那个程序里关闭它" in str(refusal.value)
    copy = tmp_path / "copy.duckdb"
    shutil.copy(opened, copy)
    assert not is_locked(copy)
