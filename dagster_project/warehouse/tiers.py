"""Who may see what, as `tiers.yml` declares it: read by the release, by `release.json` and by the tests."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dagster_project.core.declarations import read_declaration
from dagster_project.core.duck import MARTS, PUBLISHED_SCHEMA

TIERS_FILE = Path(__file__).parent / "tiers.yml"

#: suppressed: cells are hidden; made_of_published: only what the committee sees anyway goes in;
#: district_statistic: reported for a whole district, for no kindergarten.
TierName = Literal["committee", "analyst"]
Protection = Literal["suppressed", "made_of_published", "district_statistic"]


class PayColumns(BaseModel):
    """Columns of one published table that are made of pay (`*`: any may be), and why publishing them is safe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[str, ...]
    protection: Protection


class Withheld(BaseModel):
    """Something that a tier doesn't get, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: tuple[str, ...]
    what_zh: str
    why_zh: str


class Tier(BaseModel):
    """What one circle of readers gets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label_zh: str
    place_zh: str
    access_zh: str
    files: dict[str, str]
    schemas: tuple[str, ...]
    replacements: dict[str, str]
    pay_columns: dict[str, PayColumns]
    without_pay: dict[str, str]
    withheld: tuple[Withheld, ...]


class Tiers(BaseModel):
    """The whole declaration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum_people: int
    pay_sources: dict[str, tuple[str, ...]]
    pay_names: tuple[str, ...]
    tiers: dict[TierName, Tier]


@lru_cache(maxsize=1)
def load_tiers() -> Tiers:
    """The declaration, checked."""
    return read_declaration(TIERS_FILE, Tiers)


def published_schema(schema: str) -> str:
    """Schema of a published file that holds the tables of a schema of the build."""
    return PUBLISHED_SCHEMA if schema == MARTS else schema


def describe_tiers(counts: dict[str, int], release_id: str) -> dict[str, Any]:
    """Content of `tiers` in `release.json`: files, tables, and what is withheld and why.

    Args:
        counts: rows of the committee's tables.
        release_id: identifier of the release.
    """
    declared = load_tiers()
    described: dict[str, Any] = {}
    for name, tier in declared.tiers.items():
        described[name] = {
            "label_zh": tier.label_zh,
            "place_zh": tier.place_zh.replace("<版本编号>", release_id),
            "access_zh": tier.access_zh,
            "files": tier.files,
            "tables": sorted(counts),
            "schemas": [published_schema(schema) for schema in tier.schemas],
            "withheld": [
                {
                    "tables": list(w.tables),
                    "what_zh": w.what_zh.format(minimum_people=declared.minimum_people),
                    "why_zh": w.why_zh.format(minimum_people=declared.minimum_people),
                }
                for w in tier.withheld
            ],
        }
    described["committee"]["minimum_people"] = declared.minimum_people
    return described
