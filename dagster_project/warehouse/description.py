"""What `release.json` says about a release: its inputs, its counts, what was not used, hashes of its tables and files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import __version__
from dagster_project.core.duck import open_marts, read_sql, rows
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH, some_synthetic_zh
from dagster_project.warehouse import build, release, tiers

if TYPE_CHECKING:
    import duckdb

    from dagster_project.intake.manifest import Manifest
    from dagster_project.warehouse.steps import Work

FILE_NAME = "release.json"
#: Figures that a closed round freezes; tables of the record itself may change afterwards.
FROZEN_TABLES = frozenset(
    ("fct_school_indicators", "fct_school_compliance", "fct_district_indicators", "fct_district_compliance",
     "fct_classes", "fct_district_class_sizes", "fct_kindergarten_pay", "fct_district_kindergarten_pay",
     "fct_upper_secondary", "fct_vocational_conditions")
)  # fmt: skip


@dataclass(frozen=True)
class NotUsed:
    """A file, sheet, column or row that was received and reached no figure, and why."""

    source_file: str
    sheet: str
    cell: str
    severity: str
    rule_code: str
    #: `file`, `sheet`, `column` or `row`.
    what: str
    why: str


@dataclass(frozen=True)
class FeedCompleteness:
    """How many schools sent a feed of one of the latest school years, of how many that should."""

    school_year: int
    feed: str
    schools_due: int
    schools_received: int
    #: Codes of the schools that still owe it, separated by blanks.
    still_owing: str
    #: Their names, separated by 、; empty in releases of early versions of the program.
    still_owing_zh: str = ""
    #: Last day of the returns; empty where none is declared.
    due_on: str = ""
    #: Of those that sent it, schools none of whose rows is in force.
    schools_without_rows: int = 0
    #: Schools that owe it by an earlier register, because their town has sent none for the year.
    schools_carried_on: int = 0


@dataclass(frozen=True)
class ReturnsOwed:
    """Returns of a ledger, monthly ones or the district's, of the latest period of which some are missing."""

    feed: str
    #: A year or a month: 2024, 2024-03.
    period: str
    #: `school` or `district`.
    owed_by: str
    expected: int
    received: int
    missing: int


@dataclass(frozen=True)
class Record:
    """State of the manifest that a release was built from: number of its blocks, and the hash chained over them."""

    blocks: int
    chain: str


@dataclass(frozen=True)
class Inputs:
    """Where the rows of a release come from, as its description says it.

    Attributes:
        manifest_sha256: hash of the manifest, or of the delivery.
        record: state of the record; None where the record is not at hand, as in a region.
        submissions: number of submissions.
        files: number of received files by status.
        closed_figures: hash of each frozen table at the closing of a school year, by school year.
        is_synthetic: True if all returns that count are marked as having invented figures.
        synthetic_files: those marked so, in part or all.
        corrections_sha256, absent_files, precedence_sha256: as of `Description`.
    """

    manifest_sha256: str
    record: Record | None
    submissions: int
    files: Mapping[str, int] = field(default_factory=dict)
    closed_figures: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    is_synthetic: bool = False
    synthetic_files: tuple[str, ...] = ()
    corrections_sha256: str = ""
    absent_files: tuple[str, ...] = ()
    precedence_sha256: str = ""


@dataclass(frozen=True)
class Description:
    """Content of `release.json`. Fields with a default are missing in releases of early versions of the program."""

    release_id: str
    built_at: str
    as_of: str
    junheng_version: str
    inputs_sha256: str
    manifest_sha256: str
    models_sha256: str
    code_sha256: str
    #: None in a release of an early version, which can't be rebuilt.
    record: Record | None
    #: Hash of the corrections file in the vault; empty without corrections.
    corrections_sha256: str
    school_years: list[int]
    is_synthetic: bool
    submissions: int
    #: Files by status.
    files: dict[str, int]
    #: Source rows: read, accepted, quarantined, dropped.
    rows: dict[str, int]
    #: Problems by severity.
    problems: dict[str, int]
    #: Frozen tables whose rows of a closed school year are no longer those at its closing, by school year.
    closed_years_changed: dict[str, list[str]] = field(default_factory=dict)
    #: Hash of the raw root's declaration of which source goes first, in the vault; empty without one.
    precedence_sha256: str = ""
    not_used: list[NotUsed] = field(default_factory=list)
    #: Files with invented figures among those that count.
    synthetic_files: list[str] = field(default_factory=list)
    #: Refused files that were no longer in their folder.
    absent_files: list[str] = field(default_factory=list)
    #: Rows that speak of a day after `as_of`, and the first of these days (ISO; empty without such rows).
    rows_put_off: int = 0
    put_off_from: str = ""
    #: Quarantined rows that no later return has replaced; None in releases of early versions.
    rows_to_correct: int | None = None
    completeness: list[FeedCompleteness] = field(default_factory=list)
    returns_owed: list[ReturnsOwed] = field(default_factory=list)
    #: Rows per table of the committee.
    tables: dict[str, int] = field(default_factory=dict)
    content_sha256: dict[str, str] = field(default_factory=dict)
    tiers: dict[str, Any] = field(default_factory=dict)
    workbooks: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    files_sha256: dict[str, str] = field(default_factory=dict)
    analyst_files_sha256: dict[str, str] = field(default_factory=dict)

    @property
    def synthetic_zh(self) -> str:
        """Sentence of its documents that says which figures are synthetic; empty if none are."""
        if self.is_synthetic:
            return SYNTHETIC_ZH
        return some_synthetic_zh(self.synthetic_files)

    def write(self, folder: Path) -> None:
        """Write `release.json` into the folder of a release."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        (folder / FILE_NAME).write_text(text, encoding="utf-8")


def read_description(folder: Path) -> Description:
    """Description of the release in a folder; keys of later versions of the program are left out.

    Raises:
        FileNotFoundError: the folder holds no complete release.
        UserError: the description is cut off or overwritten.
    """
    path = folder / FILE_NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(
            f"版本说明 {path} 不完整或已损坏，读不出来。请用 junheng verify 检查；该版本可用 junheng rebuild 从原始文件重建，"
            "不再需要时可把它的文件夹移走。"
        ) from error
    known = {f.name for f in fields(Description)}
    values = {name: value for name, value in found.items() if name in known}
    values["record"] = Record(**found["record"]) if found.get("record") else None
    values["not_used"] = [NotUsed(**item) for item in found.get("not_used", [])]
    values["completeness"] = [FeedCompleteness(**item) for item in found.get("completeness", [])]
    values["returns_owed"] = [ReturnsOwed(**item) for item in found.get("returns_owed", [])]
    values.setdefault("corrections_sha256", "")
    return Description(**values)


def describe_release(home: Home, release_id: str) -> Description:
    """Description of a published release.

    Raises:
        UsageError: there is no such release.
    """
    folder = home.releases / release_id
    if not (folder / FILE_NAME).is_file():
        raise UsageError(f"没有编号为 {release_id} 的版本；可用 junheng releases 查看已有版本。")
    return read_description(folder)


def list_releases(home: Home) -> list[Description]:
    """Descriptions of the complete releases, oldest first."""
    return [read_description(home.releases / name) for name in release.complete_releases(home)]


def describe(started: Work, con: duckdb.DuckDBPyConnection, counts: dict[str, int]) -> Description:
    """Description of a build whose tables are written; files of the release are added by `with_files`.

    Args:
        started: the build.
        con: connection in which `marts.<table>` names a published table.
        counts: rows per table of the committee.
    """
    severities = con.execute(
        "select severity, count(*) from marts.fct_problems group by 1 order by 1"
    ).fetchall()
    years = con.execute("select distinct school_year from marts.dim_schools order by 1").fetchall()
    (outcomes,) = rows(con, read_sql(__package__, "rows_by_outcome"))
    inputs = started.inputs
    with open_marts(started.database) as build_con:
        (put_off,) = rows(build_con, read_sql(__package__, "rows_put_off"))
    return Description(
        release_id=started.release_id,
        built_at=started.built_at,
        as_of=started.as_of,
        junheng_version=__version__,
        inputs_sha256=started.digest,
        manifest_sha256=inputs.manifest_sha256,
        models_sha256=build.models_digest(),
        code_sha256=build.code_digest(),
        record=inputs.record,
        corrections_sha256=inputs.corrections_sha256,
        synthetic_files=list(inputs.synthetic_files),
        absent_files=list(inputs.absent_files),
        precedence_sha256=inputs.precedence_sha256,
        school_years=[year for (year,) in years],
        is_synthetic=inputs.is_synthetic,
        submissions=inputs.submissions,
        files=dict(inputs.files),
        rows={name.removeprefix("rows_"): n for name, n in outcomes.items()},
        problems={severity: int(n) for severity, n in severities},
        closed_years_changed=_closed_years_changed(started.folder / "marts.duckdb", inputs.closed_figures),
        not_used=[NotUsed(**item) for item in rows(con, read_sql(__package__, "not_used"))],
        rows_put_off=put_off["rows_put_off"],
        put_off_from=put_off["put_off_from"],
        rows_to_correct=put_off["rows_to_correct"],
        completeness=[FeedCompleteness(**item) for item in rows(con, read_sql(__package__, "completeness"))],
        returns_owed=[ReturnsOwed(**item) for item in rows(con, read_sql(__package__, "returns_owed"))],
        tables=counts,
        content_sha256=release.content_digests(started.folder / "marts.duckdb"),
        tiers=tiers.describe_tiers(counts, started.release_id),
    )


#: Status of a file that was held, once it is decided on.
_STATUS_OF_VERDICT = {"accept": "accepted", "reject": "dismissed"}


def files_by_status(manifest: Manifest) -> dict[str, int]:
    """Number of files by status; a held file counts as what was decided on it."""
    verdicts = {held.file.hold: held.verdict for held in manifest.holds() if held.file.status == "held"}
    return dict(
        Counter(_STATUS_OF_VERDICT.get(verdicts.get(file.hold) or "", file.status) for file in manifest.files)
    )


def with_files(
    description: Description, folder: Path, analyst_folder: Path, *, workbooks: list[str], reports: list[str]
) -> Description:
    """The description with names and hashes of the files in the folders of both tiers."""
    return replace(
        description,
        workbooks=workbooks,
        reports=reports,
        files_sha256=release.file_digests(folder),
        analyst_files_sha256=release.file_digests(analyst_folder),
    )


def _closed_years_changed(
    database: Path, closed_figures: Mapping[int, Mapping[str, str]]
) -> dict[str, list[str]]:
    """Per closed school year the tables whose rows are no longer those at its closing.

    A decision, a correction, a new standard or a new version of the program may be the reason. The run prints it, so
    that a change without a decision is noticed.
    """
    changed = {}
    for school_year, figures in closed_figures.items():
        now = release.year_digests(database, school_year)
        changed[str(school_year)] = sorted(
            n for n in figures if n in FROZEN_TABLES and now.get(n) != figures[n]
        )
    return {year: tables for year, tables in changed.items() if tables}
