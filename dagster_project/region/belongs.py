"""How every table belongs to a district, as `belongs.yml` declares it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dagster_project.core.declarations import read_declaration

BELONGS_FILE = Path(__file__).with_name("belongs.yml")
#: Kinds of columns that each record names in its own way.
OwnKind = Literal["named", "numbered", "schools", "record"]
#: Part of a united number that is the district's own; a district's numbers are below it.
OWN_NUMBERS = 1_000_000_000


class Belongs(BaseModel):
    """The whole declaration; `belongs.yml` explains each word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[OwnKind, tuple[str, ...]]
    unchanged: dict[str, tuple[str, ...]]
    accepted: dict[str, Literal["delivery", "common", "day"]]
    marts: dict[str, Literal["district", "file", "hold", "common"]]

    def own_kind(self, table: str, column: str) -> OwnKind | None:
        """How the values of a column are made unique; None if they are the same everywhere."""
        if column in self.unchanged.get(table, ()):
            return None
        return next((kind for kind, columns in self.columns.items() if column in columns), None)


@lru_cache(maxsize=1)
def load_belongs() -> Belongs:
    """The declaration, checked."""
    return read_declaration(BELONGS_FILE, Belongs)
