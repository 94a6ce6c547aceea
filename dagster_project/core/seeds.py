"""Seeds of the models, for rules that are judged before the models run: what a row says has no second home."""

from __future__ import annotations

import csv

from dagster_project.core.homes import DBT_DIR


def seed_rows(name: str) -> list[dict[str, str]]:
    """Rows of `dbt/seeds/<name>.csv`, each by the names of its columns; every value is text, empty where it is missing."""
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
