"""Which source goes first where several give a figure, and how far they may differ: declared in `precedence.yml`.

The project's own file is complete; a file of the same name in the raw root overrules it, entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagster_project.core.declarations import nearest, nodes_of, refused
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.source_kinds import KINDS

#: Lies in the raw root, beside the year folders; optional.
FILE_NAME = "precedence.yml"
PROJECT_FILE = Path(__file__).parent / FILE_NAME
#: Tolerance for units that aren't listed.
DEFAULT_UNIT = "default"
_ORDER_ZH = f"请写全四类来源，各一次，优先的在前，如 [{', '.join(KINDS)}]"


class Tolerance(BaseModel):
    """How far two figures may differ: `absolute` in their unit, `relative` as a share of the figure in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    absolute: float = Field(default=0, ge=0)
    relative: float = Field(default=0, ge=0)


class Pair(BaseModel):
    """A figure of one feed that should be the sum of figures of another, by school and stage.

    Attributes:
        stage: stage of the first, where the rows of the second have none.
        rule: code of the rule that warns of a difference; empty if there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    column: str
    stage: str = ""
    other_feed: str
    other_columns: tuple[str, ...]
    rule: str = ""


@dataclass(frozen=True)
class Precedence:
    """The declarations of the project and of a raw root.

    Attributes:
        order: kinds of sources, the first goes first.
        feeds: other order by feed.
        columns: other order by feed and column.
        tolerances: by unit.
        kinds_zh: Chinese name by kind of source.
        pairs: figures of two feeds that are compared.
    """

    order: tuple[str, ...]
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    kinds_zh: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()

    def records(self) -> Iterator[dict[str, Any]]:
        """One record per feed and kind (with an empty column), and per column that has an order of its own and kind."""
        orders = {(feed, ""): self.feeds.get(feed, self.order) for feed in load_feeds()} | dict(self.columns)
        for (feed, column), order in orders.items():
            for rank, kind in enumerate(order, 1):
                yield {"feed": feed, "column_name": column, "source_kind": kind, "precedence": rank}


@lru_cache(maxsize=1)
def project_precedence() -> Precedence:
    """What the project declares."""
    own = _Reading(
        PROJECT_FILE.read_bytes(), str(PROJECT_FILE), ("order", "feeds", "tolerances", "pairs", "kinds")
    )
    return own.over(Precedence(KINDS))


def read_precedence(content: bytes, place: str = FILE_NAME) -> Precedence:
    """What the project declares, overruled by a raw root's file.

    Args:
        content: bytes of the file; empty if there is none.
        place: name of the file, for messages.

    Raises:
        UserError: the file isn't in order; the text names file and entry, and says what to write.
    """
    if not content:
        return project_precedence()
    return _Reading(content, place, ("order", "feeds", "tolerances")).over(project_precedence())


class _Reading:
    """One file, checked entry by entry."""

    def __init__(self, content: bytes, place: str, entries: tuple[str, ...]) -> None:
        self._path = Path(place)
        self._node, given = nodes_of(self._path, content=content)
        self._given = self._mapping(given, "", entries)

    def over(self, base: Precedence) -> Precedence:
        """The declarations of another file, with those that this one makes itself in their place."""
        given = self._given
        order = self._order(given["order"], "order") if "order" in given else base.order
        feeds, columns = dict(base.feeds), dict(base.columns)
        for feed, entry in self._mapping(given.get("feeds"), "feeds", tuple(load_feeds())).items():
            where = f"feeds.{feed}"
            own = self._mapping(entry, where, ("order", "columns"))
            if not own:
                raise self._wrong(where, "没有内容；请写 order，或在 columns 下按列写次序")
            if "order" in own:
                feeds[feed] = self._order(own["order"], f"{where}.order")
            names = tuple(
                c.name for c in load_feeds()[feed].columns if c.name not in load_feeds()[feed].grain
            )
            for name, listed in self._mapping(own.get("columns"), f"{where}.columns", names).items():
                columns[feed, name] = self._order(listed, f"{where}.columns.{name}")
        pairs = tuple(Pair.model_validate(pair) for pair in given.get("pairs", ())) or base.pairs
        return Precedence(order, feeds, columns, self._tolerances(base), self._kinds(base), pairs)

    def _tolerances(self, base: Precedence) -> dict[str, Tolerance]:
        units = {c.unit_zh for f in load_feeds().values() for c in f.columns if c.unit_zh}
        found = dict(base.tolerances)
        known = (DEFAULT_UNIT, *sorted(units))
        for unit, entry in self._mapping(self._given.get("tolerances"), "tolerances", known).items():
            try:
                found[unit] = Tolerance.model_validate(entry)
            except ValidationError as error:
                names = "、".join(".".join(map(str, e["loc"])) or "整项" for e in error.errors())
                raise self._wrong(
                    f"tolerances.{unit}",
                    f"{names} 有误；请写成 {{absolute: 1, relative: 0.01}} 的样子，两个数都不小于零",
                ) from error
        return found

    def _kinds(self, base: Precedence) -> Mapping[str, str]:
        return self._mapping(self._given.get("kinds"), "kinds", KINDS) or base.kinds_zh

    def _order(self, given: object, where: str) -> tuple[str, ...]:
        listed = given if isinstance(given, list) else [given]
        for kind in listed:
            if kind not in KINDS:
                raise self._wrong(where, f"没有“{kind}”这类来源；{nearest(str(kind), KINDS)}；{_ORDER_ZH}")
        if sorted(listed) != sorted(KINDS):
            raise self._wrong(where, f"写的是 {'、'.join(listed)}；{_ORDER_ZH}")
        return tuple(listed)

    def _mapping(self, given: object, where: str, known: tuple[str, ...]) -> dict[str, Any]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise self._wrong(where, f"应以 {'、'.join(known[:5])} 等为键")
        for key in given:
            if key not in known:
                place = f"{where}.{key}" if where else str(key)
                raise self._wrong(place, f"没有“{key}”这一项；{nearest(str(key), known)}")
        return given

    def _wrong(self, where: str, why: str) -> UserError:
        return refused(self._path, self._node, [(tuple(where.split(".")), why)])
