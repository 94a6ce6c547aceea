"""What dbt sends to the database, kept beside the parsed project: later builds of the same models send it again.

What dbt sends depends on the models alone and not on the rows: no model looks at its data while it is compiled (a test
compares every table of a build that repeats the statements of another district with dbt's own build). For a district
dbt's own work takes three times as long as its statements take in the database.

One file per version of the models, `dbt/target/statements-<digest>.duckdb`, holds the statements of all models and data
tests in the order in which dbt ended them, and the seeds' rows. Whatever fails is left to dbt, which then says why.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.core.duck import attach, quote_name, read_sql

#: Files of earlier versions of the models that stay: a colleague's branch, or a test's copy, may come back.
_MOST_KEPT = 4
#: Age from which on nobody works in a folder of dbt's target any more.
_LEFT_BEHIND_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Step:
    """What dbt sent for one seed, model or test.

    Attributes:
        node: dbt's identifier.
        kind: `seed`, `model` or `test`.
        relation: name of the table or view with its database; of a test none.
        statement: SQL; of a seed none, its rows are kept.
        reads: identifiers of the nodes that it reads.
    """

    node: str
    kind: str
    relation: str
    statement: str
    reads: frozenset[str]

    @property
    def name(self) -> str:
        """Name without package and kind."""
        return self.node.split(".")[2]


@dataclass(frozen=True)
class Statements:
    """The steps of one build by dbt, in the order in which they ended, and the file that also holds its seeds."""

    file: Path
    steps: tuple[Step, ...]

    def chosen(self, select: Iterable[str] | None) -> list[Step] | None:
        """Steps of a selection of models (`name`, or `+name` with all that it reads); None for any other selection."""
        if select is None:
            return list(self.steps)
        by_node = {s.node: s for s in self.steps}
        by_name = {s.name: s.node for s in self.steps if s.kind != "test"}
        names = {token.removeprefix("+"): token.startswith("+") for token in select}
        if not names.keys() <= by_name.keys():
            return None
        waiting = [by_name[name] for name, is_deep in names.items() if is_deep]
        wanted: set[str] = set()
        while waiting:
            node = waiting.pop()
            if node not in wanted and node in by_node:
                wanted.add(node)
                waiting += by_node[node].reads
        wanted |= {by_name[name] for name in names}
        return [
            s
            for s in self.steps
            if s.node in wanted or (s.kind == "test" and wanted.issuperset(s.reads & by_node.keys()))
        ]

    def repeat(self, database: Path, settings: Mapping[str, str], select: Iterable[str] | None) -> bool:
        """Send the statements of a selection to a database.

        Args:
            database: the build file, whose schema `accepted` is filled.
            settings: configuration of the connection.
            select: as for `chosen`.

        Returns:
            Whether all were carried out and no test found a row; otherwise the database is as it was.
        """
        import duckdb

        steps = self.chosen(select)
        if not steps:
            return False
        with duckdb.connect(str(database), config=dict(settings)) as con:
            try:
                attach(con, self.file, "kept")
                con.execute("begin")
                if _send(con, steps):
                    con.execute("commit")
                    return True
            except duckdb.Error:
                pass  # dbt meets it again, and says what it is
            # a transaction that failed as a whole is already over
            with contextlib.suppress(duckdb.TransactionException):
                con.execute("rollback")
            return False


def _send(con: Any, steps: list[Step]) -> bool:
    """Whether no data test found a row; a statement that fails raises the database's error."""
    schemas = {s.relation.rsplit(".", 1)[0] for s in steps if s.relation and s.kind != "test"}
    for schema in sorted(schemas):
        con.execute(f"create schema if not exists {schema}")
    for step in steps:
        if step.kind == "seed":
            con.execute(f"create table {step.relation} as from kept.main.{quote_name(step.name)}")
        elif step.kind == "model":
            con.execute(step.statement)
        else:
            _, _, is_failed = con.execute(step.statement).fetchall()[0]
            if is_failed:
                return False
    return True


def find(folder: Path, digest: str) -> Statements | None:
    """The statements kept for a version of the models; None if dbt has not built it yet."""
    import duckdb

    file = _file(folder, digest)
    if not file.exists():
        return None
    try:
        with duckdb.connect(str(file), read_only=True) as con:
            rows = con.execute("from kept_statements order by position").fetchall()
    except duckdb.Error:  # cut off by a full disk, or another version's format: dbt writes it again
        _remove(file)
        return None
    steps = tuple(Step(node, kind, name, sql, frozenset(reads)) for _, node, kind, name, sql, reads in rows)
    return Statements(file, steps)


def keep(folder: Path, digest: str, result: Any, target: Path, database: Path) -> None:
    """Keep what dbt sent in a whole build.

    Args:
        folder: where the file is written.
        digest: of the models and of the versions of dbt and DuckDB.
        result: dbt's result of the build.
        target: folder into which dbt wrote the statements that it sent.
        database: the build file.
    """
    import duckdb

    rows, seeds = [], {}
    for position, done in enumerate(result.results):
        node, kind = done.node, str(done.node.resource_type)
        relation, sent, reads = node.relation_name or "", "", []
        if kind == "seed":
            seeds[node.name] = relation
        else:
            path = Path(node.get_target_write_path(str(target), "run"))
            sent, reads = path.read_text(encoding="utf-8"), list(node.depends_on.nodes)
        rows.append((position, node.unique_id, kind, relation, sent, reads))
    # whole in a folder of its own, then moved: another process may be reading or writing the same
    with tempfile.TemporaryDirectory(dir=folder, prefix="keep-", ignore_cleanup_errors=True) as scratch:
        written = Path(scratch) / "statements.duckdb"
        with duckdb.connect(str(written)) as con:
            con.execute(read_sql(__package__, "kept_statements"))
            con.executemany("insert into kept_statements values (?, ?, ?, ?, ?, ?)", rows)
            attach(con, database, "build")
            for name, relation in seeds.items():
                con.execute(f"create table main.{quote_name(name)} as from {relation}")
        with contextlib.suppress(PermissionError):  # Windows, while another process reads the same file
            written.replace(_file(folder, digest))
    for left in (*folder.glob("keep-*"), *folder.glob("parse-*")):  # of processes that were killed
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _LEFT_BEHIND_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    kept = sorted(folder.glob(_file(folder, "*").name), key=lambda file: file.stat().st_mtime)
    for file in kept[:-_MOST_KEPT]:
        _remove(file)


def _remove(file: Path) -> None:
    """Delete a file of statements, unless another process reads it (Windows) or the folder can't be written."""
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)


def _file(folder: Path, digest: str) -> Path:
    return folder / f"statements-{digest[:16]}.duckdb"
