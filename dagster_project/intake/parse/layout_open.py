"""What a layout leaves undecided: a draft (`junheng layout`) writes 待定 where a person has to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dagster_project.core.declarations import ClauseFault
from dagster_project.intake.feeds import load_feeds

#: Marks a value that the analyst still has to decide; the proposed value follows it: `待定：学生总数`.
OPEN = "待定"


def open_clauses(content: Any, path: tuple[str | int, ...] = ()) -> Iterator[ClauseFault]:
    """Path of each value of a layout that is undecided, and what to write instead.

    Args:
        content: the layout as YAML gives it, or a part of it.
        path: where that part stands.
    """
    if isinstance(content, dict):
        for name, value in content.items():
            yield from open_clauses(value, (*path, str(name)))
    elif isinstance(content, list):
        for i, value in enumerate(content):
            yield from open_clauses(value, (*path, i))
    elif isinstance(content, str) and content.strip().startswith(OPEN):
        guess = content.strip().removeprefix(OPEN).strip(":： ")
        said = f"猜测是“{guess}”，对的删去“{OPEN}：”，不对的改成对的" if guess else f"请写{_wanted(path)}"
        yield path, f"还是“{OPEN}”，{said}"


def _wanted(path: tuple[str | int, ...]) -> str:
    """What may stand at a place: the choices of the feed's column, or how it is filled in."""
    feed = load_feeds().get(str(path[1])) if path[0] == "feeds" and len(path) > 1 else None
    names = {c.name: c for c in feed.columns} if feed else {}
    column = next((names[p] for p in map(str, path) if p in names), None)
    if column is None:
        return "该写的值"
    wanted = (
        f"：{'、'.join(column.choices)}" if column.choices else f"（{column.note_zh}）" * bool(column.note_zh)
    )
    word = f"“{path[-1]}”在{column.heading_zh}里是什么" if "values" in path else column.heading_zh
    return f"{word}{wanted}"
