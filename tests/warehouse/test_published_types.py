"""A published column has the type that its model's contract names, in the database and as Parquet."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.core.homes import DBT_DIR, Home
from dagster_project.warehouse.tiers import load_tiers


def contracts() -> dict[str, dict[str, str]]:
    """Model → column → declared type."""
    found = {}
    for path in (DBT_DIR / "models").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            found[model["name"]] = {
                c["name"]: c["data_type"].upper() for c in model.get("columns", []) if "data_type" in c
            }
    return found


@pytest.mark.parametrize("kind", ["database", "parquet"])
def test_each_published_column_has_its_declared_type(sample_home: Path, kind: str) -> None:
    release = Home(sample_home).current_dir()
    assert release is not None
    declared, replaced = contracts(), load_tiers().tiers["committee"].replacements
    with duckdb.connect() as con:
        con.execute(f"attach '{release / 'marts.duckdb'}' as published (read_only)")
        names = [n for (n,) in con.execute("select table_name from duckdb_tables()").fetchall()]
        assert len(names) > 60
        for name in names:
            relation = (
                f"published.{name}" if kind == "database" else f"'{release / 'parquet' / name}.parquet'"
            )
            given = {row[0]: row[1] for row in con.execute(f"describe select * from {relation}").fetchall()}
            assert given == declared[replaced.get(name, name)], name
