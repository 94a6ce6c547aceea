"""The release of a region: its districts side by side as tables, a page and a workbook, and who has delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project import __version__
from dagster_project.core.duck import PUBLISHED_SCHEMA, attach, open_marts, quote_literal, read_sql
from dagster_project.region import comparison
from dagster_project.region.settings import Region
from dagster_project.region.state import IN_USE, DistrictState
from dagster_project.warehouse import build, description, districts, release, steps

#: Schema of the tables that compare districts, in the build file.
REGION = "region"


@dataclass(frozen=True)
class RegionBuild(steps.Work):
    """A region's release that is being written.

    Attributes:
        region: what the region says of itself.
        states: its districts.
    """

    region: Region
    states: tuple[DistrictState, ...] = ()

    @property
    def inputs(self) -> description.Inputs:
        """What its description says of the deliveries in use."""
        used = [s for s in self.states if s.status in IN_USE]
        return description.Inputs(
            manifest_sha256=self.digest,
            record=None,
            submissions=sum(s.submissions or 0 for s in used),
            is_synthetic=bool(used) and all(s.is_synthetic for s in used),
        )

    def declared_districts(self) -> dict[str, districts.District]:
        """Districts by code, with their names alone."""
        return {s.district_code: districts.District(name_zh=s.district_zh) for s in self.states}

    def outlines(self) -> dict[str, Any] | None:
        """None: the region's page has no map."""
        return None


def write(started: RegionBuild) -> None:
    """Write the tables, the page, the workbook and the description into the working folder of a region's release."""
    folder = started.folder
    database = folder / "marts.duckdb"
    counts = copy_tables(started.database, database)
    release.write_parquet(database, folder / "parquet")
    districts.write_districts(started.declared_districts(), folder)
    inputs = started.inputs
    some_zh = "、".join(s.district_zh for s in started.states if s.is_synthetic and s.status in IN_USE)
    shown = comparison.ShownRelease(
        started.release_id,
        started.built_at,
        dt.date.fromisoformat(started.as_of),
        started.region.name_zh,
        inputs.is_synthetic,
        "" if inputs.is_synthetic else some_zh,
    )
    comparison.write_page(database, folder / "site", shown)
    workbook = comparison.write_workbook(database, folder / "workbooks", shown)
    with open_marts(database) as con:
        years = con.execute("select distinct school_year from marts.fct_region_figures order by 1").fetchall()
    described = description.Description(
        release_id=started.release_id,
        built_at=started.built_at,
        as_of=started.as_of,
        junheng_version=__version__,
        inputs_sha256=started.digest,
        manifest_sha256=inputs.manifest_sha256,
        models_sha256=build.models_digest(),
        code_sha256=build.code_digest(),
        record=None,
        corrections_sha256="",
        school_years=[year for (year,) in years],
        is_synthetic=inputs.is_synthetic,
        submissions=inputs.submissions,
        files={},
        rows={},
        problems={},
        tables=counts,
        content_sha256=release.content_digests(database),
    )
    described = description.with_files(
        described, folder, started.analyst_folder, workbooks=[workbook.name], reports=[]
    )
    described.write(folder)
    release.seal(folder)


def copy_tables(united: Path, published: Path) -> dict[str, int]:
    """Copy the tables that compare districts into the region's database, with their Chinese names.

    Returns:
        Rows of each table.
    """
    import duckdb

    published.parent.mkdir(parents=True, exist_ok=True)
    labels = build.region_labels()
    with duckdb.connect() as con:
        attach(con, united, "build")
        attach(con, published, "published", read_only=False, storage_version=release.STORAGE_VERSION)
        con.execute("begin")
        counts = {}
        for name in sorted(labels):
            target = f"published.{PUBLISHED_SCHEMA}.{name}"
            con.execute(f"create table {target} as select * from build.{REGION}.{name}")
            label, columns = labels[name]
            con.execute(f"comment on table {target} is {quote_literal(label)}")
            for column, text in columns.items():
                con.execute(f"comment on column {target}.{column} is {quote_literal(text)}")
            (counts[name],) = con.execute(f"select count(*) from {target}").fetchall()[0]
        con.execute("commit")
        con.execute("checkpoint published")
    return counts


def rule_sets_here(con: Any) -> dict[str, str]:
    """Hashes of the rules, standards and feeds that the region's own program uses, to compare with those of deliveries.

    Args:
        con: connection in which `accepted` and `seeds` are those of the build.
    """
    relations = {
        "rules_sha256": "accepted.rules",
        "standards_sha256": "seeds.standards",
        "feeds_sha256": "accepted.feeds",
    }
    return {name: _digest(con, relation) for name, relation in relations.items()}


def _digest(con: Any, relation: str) -> str:
    columns: Sequence[Any] = con.execute(f"select * from {relation} limit 0").description
    said = ", ".join(column[0] for column in columns)
    (found,) = con.execute(read_sql(__package__, "table_digest", relation=relation, columns=said)).fetchall()
    return str(found[0])
