"""The list of a release with several districts calls each by its name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dagster_project.core.duck import open_marts
from dagster_project.publish.site import PageRelease, overview
from dagster_project.publish.site.marts import Marts
from dagster_project.warehouse.districts import District


def test_a_district_is_listed_by_its_name_and_leads_to_its_pages(sample_home: Path) -> None:
    with open_marts((sample_home / "current").resolve() / "marts.duckdb") as con:
        marts = Marts(con, PageRelease("r", "2026-01-02T03:04:05", dt.date(2026, 1, 2), True))
        named = overview.districts_page(marts, {"500199": District(name_zh="某某区")}).values["listed"]
        unnamed = overview.districts_page(marts, {}).values["listed"]
    first = named.columns[0]
    assert (first.label_zh, first.text(named.rows[0])) == ("区县", "某某区")
    assert first.link_of is not None and first.link_of(named.rows[0]) == "500199/index.html"
    assert unnamed.columns[0].text(unnamed.rows[0]) == "区县代码500199"
