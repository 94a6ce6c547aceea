"""The weekly and the monthly report: official documents whose every figure is a cell of the committee's marts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dagster_project.core.duck import read_sql
from dagster_project.core.homes import file_name, new_file
from dagster_project.publish import catalogue
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.issue import Issue, Source
from dagster_project.publish.word.writer import write_report
from dagster_project.warehouse.districts import District, district_of

if TYPE_CHECKING:
    import duckdb

#: Names of the reports that the catalogue declares.
Kind = Literal["weekly", "monthly"]


def write_reports(
    marts: Path,
    out_dir: Path,
    *,
    release_id: str,
    as_of: dt.date,
    created: dt.datetime,
    kinds: Sequence[Kind] = ("weekly", "monthly"),
    synthetic_zh: str = "",
    districts: Mapping[str, District] | None = None,
) -> list[Path]:
    """Write the reports of every district that has a plan; none where there is no plan.

    Args:
        marts: the committee's database.
        out_dir: folder, created when there is something to write.
        release_id: release the figures come from; part of the file names.
        as_of: day the reports speak for.
        created: time of making, put into the documents.
        kinds: which reports.
        synthetic_zh: what the title page says of invented figures; empty without them.
        districts: code → district as the district file declares them; others are called as the table of codes has them.

    Returns:
        The Word files; beside each lies `.numbers.json` with the origin of every figure.

    Raises:
        UserError: a file of that name is there already.
    """
    from dagster_project.core.duck import open_marts

    paths = []
    with open_marts(marts) as con:
        for issue in _issues(con, kinds, release_id, as_of, synthetic_zh, districts or {}):
            out_dir.mkdir(parents=True, exist_ok=True)
            name = file_name(
                issue.district.name_zh, issue.report.file_zh, as_of.isoformat(), release_id, suffix=".docx"
            )
            path = new_file(out_dir / name)
            document = OfficialDocument(created, author="均衡（Junheng）")
            write_report(document, Source(con, issue))
            document.save(path)
            paths.append(path)
    return paths


def _issues(
    con: duckdb.DuckDBPyConnection,
    kinds: Sequence[Kind],
    release_id: str,
    as_of: dt.date,
    synthetic_zh: str,
    districts: Mapping[str, District],
) -> list[Issue]:
    """An issue for every district with a plan and every kind of report."""
    found = con.execute(read_sql(__package__, "latest_months", as_of="$as_of"), {"as_of": as_of}).fetchall()
    issued = set(
        con.execute(read_sql(__package__, "issued_kinds", as_of="$as_of"), {"as_of": as_of}).fetchall()
    )
    reports = catalogue.load().reports
    return [
        Issue(
            reports[kind],
            str(code),
            district_of(str(code), districts),
            as_of,
            month,
            begun_on or dt.date.fromisoformat(f"{month}-01"),
            int(year),
            release_id,
            synthetic_zh,
            (code, kind) in issued,
        )
        for code, month, begun_on, year in found
        for kind in kinds
    ]
