"""dbt runs the models once in a test process; later builds of the same models repeat its statements on their own rows.

What dbt sends to the database depends on the models alone, and not on the rows: no model looks at its data while it is
compiled. Most of a build of a small district is dbt's own work, so a build that repeats the statements takes a fifth.
All models are built and all data tests asked, as by dbt. Whatever fails is built again by dbt, which then says why.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from dagster_project.core.duck import attach
from dagster_project.warehouse import build

#: Builds by dbt itself, whatever was built before.
with_dbt = build.run_models
_warm_up = build.warm_up


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


@dataclass(frozen=True)
class Recorded:
    """The steps of one build in the order in which they ended, and a database with its seeds."""

    steps: tuple[Step, ...]
    seeds: Path

    def chosen(self, select: list[str] | None) -> list[Step] | None:
        """Steps of a selection of models (`name`, or `+name` with all that it reads); None for any other selection."""
        if select is None:
            return list(self.steps)
        by_node = {s.node: s for s in self.steps}
        by_name = {_name(s): s.node for s in self.steps if s.kind != "test"}
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


_recorded: dict[str, Recorded] = {}
_kept = tempfile.TemporaryDirectory()  # as long as the process


def run_models(
    database: Path, *, target: Path | None = None, select: list[str] | None = None, manifest: Any = None
) -> Any:
    """As `build.run_models`; the answer holds no results where the statements were repeated."""
    digest = build.models_digest()
    known = _recorded.get(digest)
    steps = known and known.chosen(select)
    if known and steps and _repeated(database, known, steps):
        return SimpleNamespace(results=[])
    target = target or database.parent / "dbt"
    result = with_dbt(database, target=target, select=select, manifest=manifest)
    if select is None:
        _recorded[digest] = _record(result, target, database, Path(_kept.name) / f"{digest[:16]}.duckdb")
    return result


def _record(result: Any, target: Path, database: Path, seeds: Path) -> Recorded:
    """Read what dbt sent from the files that it wrote, and keep the seeds."""
    steps = []
    for done in result.results:
        node, kind = done.node, str(done.node.resource_type)
        sent = "" if kind == "seed" else _sent(node, target)
        reads = frozenset(node.depends_on.nodes) if kind != "seed" else frozenset()
        steps.append(Step(node.unique_id, kind, node.relation_name or "", sent, reads))
    with duckdb.connect(str(seeds)) as con:
        attach(con, database, "build")
        for step in steps:
            if step.kind == "seed":
                con.execute(f"create table main.{_name(step)} as from {step.relation}")
    return Recorded(tuple(steps), seeds)


def _sent(node: Any, target: Path) -> str:
    path = Path(node.get_target_write_path(str(target), "run"))
    return path.read_text(encoding="utf-8")


def _name(step: Step) -> str:
    return step.node.split(".")[2]


def _repeated(database: Path, known: Recorded, steps: list[Step]) -> bool:
    """Whether every statement was carried out and no test found a row; otherwise the database is as it was."""
    with duckdb.connect(str(database)) as con:
        attach(con, known.seeds, "kept")
        con.execute("begin")
        try:
            for schema in sorted(
                {s.relation.rsplit(".", 1)[0] for s in steps if s.relation and s.kind != "test"}
            ):
                con.execute(f"create schema if not exists {schema}")
            for step in steps:
                if step.kind == "seed":
                    con.execute(f"create table {step.relation} as from kept.main.{_name(step)}")
                elif step.kind == "model":
                    con.execute(step.statement)
                else:
                    _, _, is_failed = con.execute(step.statement).fetchall()[0]
                    if is_failed:
                        con.execute("rollback")
                        return False
        except duckdb.Error:
            con.execute("rollback")
            return False
        con.execute("commit")
    return True


@contextmanager
def models_run_once() -> Iterator[None]:
    """Let every build of this process, also within a run, repeat the statements of the first one of its models."""

    def warm_up(scratch: Path) -> Any:
        # what dbt parses isn't read where it isn't called
        return None if build.models_digest() in _recorded else _warm_up(scratch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "run_models", run_models)
        patch.setattr(build, "warm_up", warm_up)
        yield
