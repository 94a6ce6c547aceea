"""The steps from the record to checked marts, and the switch that puts a written release in force.

`run.py` calls them one after the other; `defs/` calls each as an asset.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.declarations import bytes_of
from dagster_project.core.duck import open_marts, read_sql, rows
from dagster_project.core.homes import SAMPLE_AS_OF, SAMPLE_RAW, Home
from dagster_project.core.local_time import local_day
from dagster_project.core.text import place_zh
from dagster_project.intake import rebuilding, vault
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.record import corrections, precedence, settled_refusals
from dagster_project.warehouse import build, description, districts, release

if TYPE_CHECKING:
    import duckdb
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

Report = Callable[[str], None]


@dataclass(frozen=True)
class Work(ABC):
    """A release that is being written, wherever its rows come from.

    Attributes:
        home: where it will be published.
        release_id: its identifier.
        digest: hash of everything that decides its content.
        as_of: date of its figures, ISO.
        built_at: time of the build, ISO, UTC without offset.
    """

    home: Home
    release_id: str
    digest: str
    as_of: str
    built_at: str

    @property
    def folder(self) -> Path:
        """The release's folder until the switch."""
        return build.work_folder(self.home, self.release_id)

    @property
    def database(self) -> Path:
        """Database of the build, which holds everything; removed after the switch."""
        return self.home.releases / f".build-{self.release_id}-work" / build.DATABASE_NAME

    @property
    def analyst_folder(self) -> Path:
        """Folder of the analyst's tier until the switch."""
        return self.home.analyst / f".build-{self.release_id}"

    @property
    @abstractmethod
    def inputs(self) -> description.Inputs:
        """What the release's description says of where its rows come from."""

    @abstractmethod
    def declared_districts(self) -> dict[str, districts.District]:
        """Code → district, as they are declared where the rows come from."""

    @abstractmethod
    def outlines(self) -> dict[str, Any] | None:
        """Outlines of the towns as GeoJSON, if there are any."""

    def make_folders(self) -> None:
        """Create the three folders; those that hold pay are closed to other users from the start."""
        self.folder.mkdir(parents=True)
        for folder in (self.database.parent, self.analyst_folder):
            release.private_folder(folder)


@dataclass(frozen=True)
class Build(Work):
    """A release that is being built from a record.

    Attributes:
        manifest: record of what was received.
        corrections: hash of the corrections file in the vault; empty if there is none.
        absent: refused files that were no longer in their folder.
        precedence: hash of the raw root's declaration of which source goes first; empty if there is none.
        sent_by_then: True for an earlier day of a release: of the plan it knows only what had been sent by that day.
    """

    manifest: Manifest
    corrections: str = ""
    absent: tuple[str, ...] = ()
    precedence: str = ""
    sent_by_then: bool = False

    @property
    def inputs(self) -> description.Inputs:
        """What the release's description says of where its rows come from."""
        return description.Inputs(
            manifest_sha256=self.manifest.digest(),
            record=description.Record(self.manifest.blocks, self.manifest.chain),
            submissions=len(self.manifest.submissions),
            files=description.files_by_status(self.manifest),
            closed_figures={year: dict(c.figures) for year, c in self.manifest.closed_years.items()},
            is_synthetic=self.is_synthetic,
            synthetic_files=tuple(self.synthetic_files),
            corrections_sha256=self.corrections,
            absent_files=self.absent,
            precedence_sha256=self.precedence,
        )

    @property
    def is_synthetic(self) -> bool:
        """True if all returns that count are marked as having invented figures."""
        files = [f for f in self.manifest.latest_by_path().values() if f.status == "accepted"]
        return bool(files) and len(self.synthetic_files) == len(files)

    @property
    def synthetic_files(self) -> list[str]:
        """Paths of the returns that count and are marked as having invented figures, in part or all."""
        latest = self.manifest.latest_by_path().items()
        return [p for p, f in latest if f.status == "accepted" and any(s.is_synthetic for s in f.sheets)]

    def declared_districts(self) -> dict[str, districts.District]:
        """Districts as the raw root of the home declares them."""
        raw_root = self._raw_root
        return {} if raw_root is None else districts.read_districts(raw_root)

    def outlines(self) -> dict[str, Any] | None:
        """Outlines of the towns, if the raw root of the home has them."""
        raw_root = self._raw_root
        return None if raw_root is None else build.read_outlines(raw_root)

    @property
    def _raw_root(self) -> Path | None:
        """The raw root that the home is tied to."""
        if not self.home.binding.exists():
            return None
        return Path(json.loads(self.home.binding.read_text(encoding="utf-8"))["raw_root"])


def restore_raw_rows(home: Home, report: Report) -> None:
    """Write missing raw rows again from the vault, as after a restored backup."""
    manifest = read_manifest(home)
    missing = rebuilding.missing_raw(home, manifest)
    if missing:
        report(f"有 {len(missing)} 次提交的数据行缺失，正在从原始文件重建…")
        for path in rebuilding.rebuild_raw(home, manifest, missing):
            report(f"提示：{path} 按现在的程序读出的内容与当时不同。")


def start_build(
    home: Home,
    raw: Path,
    manifest: Manifest,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Build | str:
    """A new build, or the identifier of the release that was built from the same inputs already."""
    moment = now or dt.datetime.now(dt.UTC)
    day = (as_of or default_as_of(raw, moment)).isoformat()
    corrected = bytes_of(raw / corrections.FILE_NAME)
    absent = settled_refusals.absent_files(raw, manifest)
    declared = bytes_of(raw / precedence.FILE_NAME)
    digest = build.inputs_digest(manifest, raw, day, corrected, absent, declared)
    for known in reversed(description.list_releases(home)):
        if known.inputs_sha256 == digest:
            return known.release_id
    started = Build(
        home,
        release.release_identifier(release.not_before_the_last(home, moment), digest),
        digest,
        day,
        moment.replace(microsecond=0, tzinfo=None).isoformat(),
        manifest,
        vault.store(home, corrected) if corrected else "",
        absent,
        vault.store(home, declared) if declared else "",
    )
    started.make_folders()
    return started


def default_as_of(raw: Path, now: dt.datetime) -> dt.date:
    """As-of date if none is given: today, or the last day of the sample's returns."""
    return SAMPLE_AS_OF if raw.resolve() == SAMPLE_RAW.resolve() else local_day(now)


def judge_and_load(started: Build) -> None:
    """Judge the whole record by the suites and load the rows in force into the new database.

    Raises:
        BuildFailed: every register that was received speaks of a later day.
    """
    import duckdb

    from dagster_project.record import in_force, suites

    corrected = []
    if started.corrections:
        corrected = corrections.read_corrections(vault.content_of(started.home, started.corrections))
    declared = vault.content_of(started.home, started.precedence) if started.precedence else b""
    sources = precedence.read_precedence(declared)
    with duckdb.connect(str(started.database)) as con:
        # in one transaction: hundreds of small ones would each wait for the disk
        con.execute("begin")
        as_of = dt.date.fromisoformat(started.as_of)
        in_force.resolve(
            con, started.home, started.manifest, suites.judge, as_of, corrected, started.absent, sources,
            sent_by_then=started.sent_by_then,
        )  # fmt: skip
        con.execute("commit")
        _refuse_without_schools(con, as_of)
        con.execute("drop schema candidate cascade")
        con.execute("checkpoint")


def _refuse_without_schools(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Refuse a build without any school, unless ledgers of the district, which need no school, have something to show.

    Raises:
        BuildFailed: there is no register, none of it could be used, or all of it begins to count after that day.
    """
    if con.execute("select 1 from accepted.schools limit 1").fetchone():
        return
    put_off = "select min(observed_on) from accepted.later_rows where feed = 'schools'"
    (first,) = con.execute(put_off).fetchall()
    if first[0] is not None:
        raise build.BuildFailed(
            f"收到的学校名录最早从 {first[0]} 起计入，截至 {as_of} 还没有任何学校，没有发布新版本；"
            f"到那一天再运行，或用 --as-of {first[0]}。"
        )
    ledgers = [f"accepted.{f.feed}" for f in load_feeds().values() if not f.has_schools]
    if any(con.execute(f"select 1 from {ledger} limit 1").fetchone() for ledger in ledgers):
        return
    listed = rows(con, read_sql(__package__, "problems_of_register"))
    (waiting,) = con.execute(
        "select count(*) from accepted.quarantined_rows where feed <> 'schools'"
    ).fetchall()
    lines = [f"  {place_zh(p['source_file'], p['sheet'], p['cell'])}：{p['message_zh']}" for p in listed]
    raise build.BuildFailed(
        "还没有可用的学校名录，各校的数据都要靠它对上号，没有发布："
        f"已收到并存档的报表有 {waiting[0]} 行在等它。\n"
        + (
            "学校名录里的问题：\n"
            + "\n".join(lines)
            + "\n请改正后另存为新文件放入同一学年文件夹，再运行一次。"
            if lines
            else "请把“学校名录”放进该学年的文件夹（空白表用 junheng template 生成），再运行一次；已收到的不用重报。"
        )
    )


def transform(started: Work, *, report: Report = lambda _: None, manifest: DbtManifest | None = None) -> None:
    """Run the models and their tests; `manifest` is dbt's parsed project, if the caller has it.

    Raises:
        BuildFailed: a model or a test failed.
    """
    report("正在计算指标…")
    build.run_models(started.database, manifest=manifest)


def refuse_loss(started: Work) -> None:
    """Refuse a build in which the registered schools are less than half of those in force; an empty register is one.

    A build about an earlier day than the release in force may have fewer.

    Raises:
        BuildFailed: with both numbers, and what to do.
    """
    folder = started.home.current_dir()
    if folder is None:
        return
    before = description.read_description(folder)
    with open_marts(started.database) as con:
        (now,) = con.execute("select count(*) from marts.dim_schools").fetchall()[0]
    was = before.tables.get("dim_schools", 0)
    if started.as_of >= before.as_of and now * 2 < was:
        raise build.BuildFailed(
            f"各学年学校名录共 {now} 条，不到现行版本（{was} 条）的一半，像是名录缺失，没有发布，现行版本不变；"
            "请核对学校名录后再运行。确实如此的，请加 --accept-loss 再运行。"
        )


def check_marts(started: Work) -> None:
    """The last check before a release: the suite on the marts.

    Raises:
        BuildFailed: with the failing rules.
    """
    check_database(started.database)


def check_database(database: Path) -> None:
    """The suite on the marts of a build file.

    Raises:
        BuildFailed: with the failing rules.
    """
    import duckdb

    from dagster_project.record import suites

    with duckdb.connect(str(database), read_only=True) as con:
        failures = suites.judge_marts(con)
    if failures:
        lines = [f"  {f.rule_code}：{f.message_zh}" for f in failures[:10]]
        raise build.BuildFailed("结果没有通过发布前的最后核对，没有发布新版本：\n" + "\n".join(lines))


def switch_on(started: Work) -> None:
    """Move a written release to its place and put it in force in one step."""
    release.make_private(started.analyst_folder)
    started.analyst_folder.replace(started.home.analyst / started.release_id)
    started.folder.replace(started.home.releases / started.release_id)
    vault.sync_folder(started.home.releases)
    release.put_in_force(started.home, started.release_id)


def discard(started: Work) -> None:
    """Remove the working folders of a build, finished or not."""
    for folder in (started.folder, started.database.parent, started.analyst_folder):
        shutil.rmtree(folder, ignore_errors=True)
