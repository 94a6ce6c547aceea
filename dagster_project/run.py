"""The whole path in one call: take in, judge, build, check, publish.

Plain functions; the command line, Dagster and the tests use the same ones.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, get_args

from dagster_project import __version__, speed
from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import DEFAULT_RAW, SAMPLE_AS_OF, SAMPLE_RAW, Home
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.core.processes import end_with_parent
from dagster_project.intake import decisions, receive, vault
from dagster_project.intake.findings import Problem
from dagster_project.questions import backup
from dagster_project.record import corrections
from dagster_project.warehouse import build, release, tiers

Report = Callable[[str], None]
#: What a run writes besides the tables.
Part = Literal["workbooks", "reports", "site", "feedback"]
ALL_PARTS: frozenset[Part] = frozenset(get_args(Part))


#: Modules whose libraries are loaded ahead of the step that needs them.
_JUDGES = ("dagster_project.record.suites",)
_WRITERS = ("dagster_project.publish.word.reports", "dagster_project.publish.charts")
_PAGES = ("dagster_project.publish.site",)


class NothingToPublish(UserError):
    """There is no return at all, or none that could be read."""


@dataclass
class RunSummary:
    """What a run did. `is_new` is False when the inputs were those of an earlier release."""

    release_id: str
    is_new: bool
    home: Path
    files_seen: int
    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)
    #: Returned workbooks for the files of this run that have to be mended.
    returned: list[Path] = field(default_factory=list)
    #: What was sent and not used: one dict a file, sheet and reason, in NOT_USED_COLUMNS.
    not_used: list[dict[str, str]] = field(default_factory=list)
    #: Tables of closed school years that no longer say what they said when their round was closed.
    closed_years_changed: dict[str, list[str]] = field(default_factory=dict)
    #: Of the latest school year: one dict a feed, with schools due, received and the codes that still owe.
    completeness: list[dict[str, Any]] = field(default_factory=list)
    new_problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Build:
    """A build on its way to a release."""

    home: Home
    release_id: str
    digest: str
    as_of: str
    built_at: str
    manifest: vault.Manifest
    #: Hash of the corrections file in the vault; empty if there is none.
    corrections: str = ""

    @property
    def folder(self) -> Path:
        return build.work_folder(self.home, self.release_id)

    @property
    def database(self) -> Path:
        return self.home.releases / f".build-{self.release_id}-work" / build.DATABASE_NAME

    @property
    def analyst_folder(self) -> Path:
        return self.home.analyst / f".build-{self.release_id}"


def run(
    raw: Path,
    home: Path,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
    report: Report = lambda _: None,
    parts: frozenset[Part] = ALL_PARTS,
) -> RunSummary:
    """Take in everything new under `raw`, and publish a release into `home` if anything changed.

    Args:
        raw: raw root with one folder a school year.
        home: where vault, raw rows and releases lie.
        as_of: date the release speaks for; today by default (the sample's own last day for the sample).
        now: time of the run (UTC); the clock by default.
        report: told about progress, in Chinese.
        parts: what is written besides the tables; all of it, unless a trial needs the figures alone.

    Raises:
        NothingToPublish: there are no returns.
        BuildFailed: models, tests or the marts suite failed; the last good release stays.
        UsageError: the home belongs to another raw root.
    """
    if not raw.is_dir():
        raise UsageError(f"没有找到原始数据目录 {raw}；请用 --raw 指定，或加 --sample 使用示例数据。")
    place = Home(home)
    place.bind(raw)
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=begin_helper)
    with release.writer_lock(place), pool as judge:
        release.sweep(place)
        # the suites' library takes seconds to load: a second process begins while this one reads the files
        taken = take_in(place, raw, now=now, report=report, on_new=lambda: judge.submit(speed.load, *_JUDGES))
        started = start_build(place, raw, taken.manifest, as_of=as_of, now=now)
        if isinstance(started, str):
            report("内容没有变化，不需要发布新版本。")
            return _summary(place, started, taken, is_new=False)
        try:
            speed.collect_rarely()
            report("正在校验数据…")
            judged = judge.submit(judge_and_load, started)
            parsed = build.warm_up(started.database.parent)
            if "site" in parts:
                speed.load(*_PAGES)
            judged.result()
            loaded = judge.submit(speed.load, *_WRITERS, *_PAGES)
            transform(started, report=report, manifest=parsed)
            loaded.result()
            report("正在核对结果，写出成果…")
            checked = judge.submit(check_marts, started)
            write_release(started, lambda write: judge.submit(write, started).result, parts=parts)
            checked.result()
            switch_on(started)
        finally:
            discard(started)
            speed.end_loading()
        summary = _summary(place, started.release_id, taken, is_new=True)
        # what a school has to mend goes back with the run that found it
        if "feedback" in parts:
            summary.returned = _return_faulty_files(place, taken, report)
        return summary


def begin_helper() -> None:
    """Set up the second process of a run; it ends when the first one does, however that ends."""
    end_with_parent()
    speed.collect_rarely()
    speed.end_at_once()


def _return_faulty_files(home: Home, taken: receive.Taken, report: Report) -> list[Path]:
    """Returned workbooks for those files of this run in which something has to be mended."""
    folder = home.current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as con:
        found = con.execute("select distinct source_file from marts.fct_problems").fetchall()
    faulty = sorted({name for (name,) in found} & {f.record["path"] for f in taken.files})
    if not faulty:
        return []
    report(f"正在写出 {len(faulty)} 个文件的退回件…")
    return feedback(home, home.root / "feedback" / folder.name, files=faulty)


def take_in(
    home: Home,
    raw: Path,
    *,
    now: dt.datetime | None = None,
    report: Report = lambda _: None,
    on_new: Callable[[], object] = lambda: None,
) -> receive.Taken:
    """Archive and parse what is new.

    Raises:
        NothingToPublish: the record holds no readable return.
    """
    for folder in (home.vault, home.raw):
        if not folder.exists():  # whoever opens an existing one to colleagues has decided so
            release.private_folder(folder)
    _mend_raw(home, report)
    taken = receive.take_in(home, raw, now=now, report=report, on_new=on_new)
    if any(f["status"] == "accepted" for f in taken.manifest.files):
        return taken
    if taken.files_seen == 0:
        raise NothingToPublish(_no_returns(raw))
    lines = [f"  {f.record['path']}：{p.message_zh}" for f in taken.files for p in f.problems[:1]]
    raise NothingToPublish("放入的文件都没有认出可用的报表，没有发布：\n" + "\n".join(lines[:20]))


def _mend_raw(home: Home, report: Report) -> None:
    """Write raw rows that are missing anew from the vault, as after a restore."""
    manifest = vault.read_manifest(home)
    missing = receive.missing_raw(home, manifest)
    if missing:
        report(f"有 {len(missing)} 次提交的数据行缺失，正在从原始文件重建…")
        for path in receive.rebuild_raw(home, manifest, missing):
            report(f"提示：{path} 按现在的程序读出的内容与当时不同。")


def _no_returns(raw: Path) -> str:
    hint = (
        ""
        if raw.resolve() == SAMPLE_RAW.resolve()
        else "；想先看看效果，可运行 junheng run --sample 使用合成的示例数据"
    )
    shown = "raw_data" if raw.resolve() == DEFAULT_RAW.resolve() else str(raw)
    return f"{shown} 里还没有报表。请把学校报来的文件放入以年份命名的文件夹，如 {shown}/2023/{hint}。"


def start_build(
    home: Home,
    raw: Path,
    manifest: vault.Manifest,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Build | str:
    """A new build, or the identifier of the release that was built from the same inputs already."""
    moment = now or dt.datetime.now(dt.UTC)
    day = (as_of or default_as_of(raw, moment)).isoformat()
    mended = corrections.corrections_bytes(raw)
    digest = build.inputs_digest(manifest, raw, day, mended)
    for known in reversed(release.list_releases(home)):
        if known["inputs_sha256"] == digest:
            return str(known["release_id"])
    identifier = release.release_identifier(release.not_before_the_last(home, moment), digest)
    started = Build(
        home,
        identifier,
        digest,
        day,
        moment.replace(microsecond=0, tzinfo=None).isoformat(),
        manifest,
        vault.store(home, mended) if mended else "",
    )
    started.folder.mkdir(parents=True)
    for folder in (started.database.parent, started.analyst_folder):
        release.private_folder(folder)
    return started


def default_as_of(raw: Path, now: dt.datetime) -> dt.date:
    """Day a release speaks for if nobody says: today, or the last day of the sample's returns."""
    return SAMPLE_AS_OF if raw.resolve() == SAMPLE_RAW.resolve() else now.astimezone().date()


def judge_and_load(started: Build) -> None:
    """Judge the whole record by the suites and load the rows in force into the new database."""
    import duckdb

    from dagster_project.record import in_force, suites

    with duckdb.connect(str(started.database)) as con:
        as_of = dt.date.fromisoformat(started.as_of)
        mended = (
            corrections.read_corrections(vault.content_of(started.home, started.corrections).decode())
            if started.corrections
            else []
        )
        # in one transaction: hundreds of small ones would each wait for the disk
        con.execute("begin")
        in_force.resolve(con, started.home, started.manifest, suites.judge, as_of, mended)
        con.execute("commit")
        con.execute("drop schema candidate cascade")
        con.execute("checkpoint")


def transform(started: Build, *, report: Report = lambda _: None, manifest: Any = None) -> Any:
    """Run the models and their tests; `manifest` is dbt's parsed project, if it is at hand."""
    report("正在计算指标…")
    return build.run_models(started.database, manifest=manifest)


def check_marts(started: Build) -> None:
    """Last gate: the suite on the marts.

    Raises:
        BuildFailed: with the failing rules.
    """
    import duckdb

    from dagster_project.record import suites

    with duckdb.connect(str(started.database), read_only=True) as con:
        failures = suites.judge_marts(con)
    if failures:
        lines = [f"  {f.rule_code}：{f.message_zh}" for f in failures[:10]]
        raise build.BuildFailed("结果没有通过发布前的最后核对，没有发布新版本：\n" + "\n".join(lines))


def publish(started: Build, *, report: Report = lambda _: None) -> None:
    """Write everything the committee reads, then switch it on."""
    report("正在写出成果…")
    write_release(started)
    switch_on(started)


def write_pages(started: Build) -> None:
    """Write the pages of a release whose tables are there."""
    from dagster_project.publish import site

    before = started.home.current_dir()
    site.write_pages(
        started.folder / "marts.duckdb",
        started.folder / "site",
        _release_of(started),
        previous=None if before is None else before / "marts.duckdb",
        outlines=_outlines(started),
        processes=site.MOST_PROCESSES // 2,
    )


def write_pages_data(started: Build) -> None:
    """Write what the pages load; another process may be writing the pages."""
    from dagster_project.publish import site

    site.write_data(
        started.folder / "marts.duckdb",
        started.folder / "site",
        _release_of(started),
        started.analyst_folder / "marts.duckdb",
        processes=site.MOST_PROCESSES // 2,
    )


def _release_of(started: Build) -> Any:
    """What the pages say of the release they belong to."""
    from dagster_project.publish import site

    return site.PageRelease(
        started.release_id, started.built_at, dt.date.fromisoformat(started.as_of), _is_synthetic(started)
    )


def _outlines(started: Build) -> dict[str, Any] | None:
    """Towns as GeoJSON, if the user put them into the raw root."""
    if not started.home.binding.exists():
        return None
    raw_root = Path(json.loads(started.home.binding.read_text(encoding="utf-8"))["raw_root"])
    return build.read_outlines(raw_root)


def write_reports(started: Build) -> list[str]:
    """Write the weekly and the monthly report into a release whose tables are there; names of the files."""
    from dagster_project.publish.word import reports

    paths = reports.write_reports(
        started.folder / "marts.duckdb",
        started.folder / "reports",
        release_id=started.release_id,
        as_of=dt.date.fromisoformat(started.as_of),
        created=dt.datetime.fromisoformat(started.built_at),
        is_synthetic=_is_synthetic(started),
    )
    return [p.name for p in paths]


def _is_synthetic(started: Build) -> bool:
    """True if any return says of itself that its figures are invented."""
    return any(
        sheet.get("is_synthetic", False)
        for file in started.manifest.files
        for sheet in file.get("sheets", [])
    )


def write_release(
    started: Build,
    begin: Callable[[Callable[[Build], Any]], Callable[[], Any]] | None = None,
    *,
    parts: frozenset[Part] = ALL_PARTS,
) -> None:
    """Write a release into its working folder; nobody sees it until it is switched on.

    Args:
        started: build whose models are done.
        begin: begins the writing of reports or pages, in another process say, and gives what waits for its result;
            by default they are written at once.
        parts: what is written besides the tables.
    """
    from dagster_project.publish import problem_list
    from dagster_project.publish.excel import committee_workbook, ledgers

    def at_once(write: Callable[[Build], Any]) -> Callable[[], Any]:
        written = write(started)
        return lambda: written

    begin = begin or at_once
    folder = started.folder
    committee = folder / "marts.duckdb"
    labels = build.published_labels()
    counts = release.copy_tier(started.database, committee, "committee", labels)
    reports = begin(write_reports) if "reports" in parts else list
    pages = begin(write_pages) if "site" in parts else list
    release.copy_tier(started.database, started.analyst_folder / "marts.duckdb", "analyst", labels)
    release.write_parquet(committee, folder / "parquet")
    with open_marts(committee) as con:
        problem_list.write_problem_list(
            con.execute("select * from marts.fct_problems").df(), folder / "problems.csv"
        )
        description = _describe(started, con, counts)
    notes = dict(description)
    description["workbooks"] = []
    if "workbooks" in parts:
        description["workbooks"] = [
            p.name
            for p in committee_workbook.write_committee_workbooks(
                committee, folder / "workbooks", started.release_id, notes
            )
        ]
        description["workbooks"] += [
            p.name
            for p in ledgers.write_ledger_workbooks(
                committee,
                folder / "workbooks",
                started.release_id,
                is_synthetic=description["is_synthetic"],
            )
        ]
    if "site" in parts:
        write_pages_data(started)
    description["reports"] = reports()
    pages()
    description["files_sha256"] = release.file_digests(folder)
    description["analyst_files_sha256"] = release.file_digests(started.analyst_folder)
    (folder / "release.json").write_text(
        json.dumps(description, ensure_ascii=False, indent=2), encoding="utf-8"
    )
    release.seal(folder)
    release.seal(started.analyst_folder)


def switch_on(started: Build) -> None:
    """Put a written release in its place and in force, in one step."""
    final_analyst = started.home.analyst / started.release_id
    release.make_private(started.analyst_folder)
    started.analyst_folder.replace(final_analyst)
    started.folder.replace(started.home.releases / started.release_id)
    vault.sync_folder(started.home.releases)
    started.home.rollback.unlink(missing_ok=True)
    release.put_in_force(started.home, started.release_id)


def _closed_years_changed(started: Build) -> dict[str, list[str]]:
    """Of each closed school year the tables that no longer say what they said when it was closed.

    A decision or a correction with its reason may have done it, or a new standard or program; a change that
    nobody decided must not pass unseen.
    """
    changed = {}
    for school_year, closed in started.manifest.closed_years.items():
        now = release.year_digests(started.folder / "marts.duckdb", school_year)
        figures = closed["figures"]
        changed[str(school_year)] = sorted(
            n for n in figures if n in FROZEN_TABLES and now.get(n) != figures[n]
        )
    return {year: tables for year, tables in changed.items() if tables}


#: Figures that a closed round freezes; the tables of the record itself go on.
FROZEN_TABLES = frozenset(
    ("fct_school_indicators", "fct_school_compliance", "fct_district_indicators", "fct_district_compliance",
     "fct_classes", "fct_district_class_sizes", "fct_kindergarten_pay", "fct_district_kindergarten_pay",
     "fct_upper_secondary", "fct_vocational_conditions")
)  # fmt: skip
NOT_USED_COLUMNS = ("source_file", "sheet", "cell", "severity", "rule_code", "what", "why")
#: Files, sheets, columns and rows that reached no figure; blank cells and warnings about values are not among them.
_NOT_USED = """
    select source_file, sheet, cell, severity, rule_code,
        case
            when severity in ('reject_file', 'hold') then 'file'
            when rule_code in ('UNRECOGNISED_SHEET', 'HIDDEN_SHEET') then 'sheet'
            when rule_code = 'UNMAPPED_COLUMN' then 'column'
            else 'row'
        end as what,
        message_zh as why
    from marts.fct_problems
    where severity <> 'warn'
        or rule_code in ('UNRECOGNISED_SHEET', 'HIDDEN_SHEET', 'UNMAPPED_COLUMN', 'TEXT_OUTSIDE_TABLE', 'ALREADY_RECEIVED')
    order by case severity when 'reject_file' then 0 when 'hold' then 1 when 'quarantine_row' then 2 else 3 end,
        source_file, sheet, cell
"""
_COMPLETENESS = """
    with latest as (select max(school_year) as school_year from marts.fct_town_completeness)

    select t.school_year, t.feed, sum(t.schools_due)::bigint as schools_due, sum(t.schools_received)::bigint as schools_received,
        coalesce((
            select string_agg(distinct c.school_code, ' ' order by c.school_code)
            from marts.fct_completeness as c
            where c.school_year = t.school_year and c.feed = t.feed and c.due and c.status = 'missing'
        ), '') as still_owing,
        coalesce((
            select string_agg(distinct n.name_zh, '、' order by n.name_zh)
            from marts.fct_completeness as c
            inner join marts.dim_schools as n on c.school_year = n.school_year and c.school_code = n.school_code
            where c.school_year = t.school_year and c.feed = t.feed and c.due and c.status = 'missing'
        ), '') as still_owing_zh
    from marts.fct_town_completeness as t
    inner join latest using (school_year)
    group by t.school_year, t.feed order by t.feed
"""


def _describe(started: Build, con: Any, counts: dict[str, int]) -> dict[str, Any]:
    """What `release.json` says of a release."""
    severities = dict(
        con.execute("select severity, count(*) from marts.fct_problems group by 1 order by 1").fetchall()
    )
    rows = con.execute(
        "select coalesce(sum(rows_read), 0), coalesce(sum(rows_accepted), 0), coalesce(sum(rows_quarantined), 0),"
        " coalesce(sum(rows_dropped), 0) from marts.fct_submissions"
    ).fetchone()
    years = [
        r[0] for r in con.execute("select distinct school_year from marts.dim_schools order by 1").fetchall()
    ]
    statuses: dict[str, int] = {}
    for file in started.manifest.files:
        statuses[file["status"]] = statuses.get(file["status"], 0) + 1
    return {
        "release_id": started.release_id,
        "built_at": started.built_at,
        "as_of": started.as_of,
        "junheng_version": __version__,
        "inputs_sha256": started.digest,
        "manifest_sha256": started.manifest.digest(),
        "models_sha256": build.models_digest(),
        "code_sha256": build.code_digest(),
        "record": {"blocks": started.manifest.blocks, "chain": started.manifest.chain},
        "corrections_sha256": started.corrections,
        "school_years": years,
        "is_synthetic": _is_synthetic(started),
        "submissions": len(started.manifest.submissions),
        "files": statuses,
        "rows": dict(zip(("read", "accepted", "quarantined", "dropped"), map(int, rows), strict=True)),
        "problems": {k: int(v) for k, v in severities.items()},
        "closed_years_changed": _closed_years_changed(started),
        "not_used": con.execute(_NOT_USED).df().to_dict("records"),
        "completeness": con.execute(_COMPLETENESS).df().to_dict("records"),
        "tables": counts,
        "content_sha256": release.content_digests(started.folder / "marts.duckdb"),
        "tiers": tiers.describe_tiers(counts, started.release_id),
    }


def discard(started: Build) -> None:
    """Remove what a build left behind, finished or not."""
    for folder in (started.folder, started.database.parent, started.analyst_folder):
        shutil.rmtree(folder, ignore_errors=True)


def _summary(home: Home, release_id: str, taken: receive.Taken, *, is_new: bool) -> RunSummary:
    found = json.loads((home.releases / release_id / "release.json").read_text(encoding="utf-8"))
    return RunSummary(
        release_id=release_id,
        is_new=is_new,
        home=home.root,
        files_seen=taken.files_seen,
        files=found["files"],
        rows=found["rows"],
        problems=found["problems"],
        not_used=found.get("not_used", []),
        closed_years_changed=found.get("closed_years_changed", {}),
        completeness=found.get("completeness", []),
        new_problems=[p for f in taken.files for p in f.problems],
    )


def check(
    paths: list[Path], *, school_year: int | None = None, output: Path | None = None
) -> list[dict[str, Any]]:
    """Validate files without loading them.

    The year comes from the folder a file lies in, else from `school_year`, else from the year before this
    autumn. Rules that need the register apply only where the files bring one.

    Returns:
        The problem list, one dict a line, in the contract's columns.
    """
    import tempfile

    import duckdb

    from dagster_project.record import in_force, suites

    today = dt.date.today()
    default_year = school_year or (today.year if today.month >= 8 else today.year - 1)
    with tempfile.TemporaryDirectory(prefix="junheng-check-") as scratch:
        raw = Path(scratch) / "raw"
        names: dict[str, str] = {}
        for i, path in enumerate(paths):
            parent = path.resolve().parent.name
            year = parent if parent.isdigit() and len(parent) == 4 else str(default_year)
            copy = raw / year / f"{i:04d}" / path.name
            copy.parent.mkdir(parents=True)
            if not path.exists():
                raise UsageError(f"没有找到文件 {path}。")
            shutil.copyfile(path, copy)
            names[mask_personal_numbers(copy.relative_to(raw).as_posix())] = str(path)
        home = Home(Path(scratch) / "home")
        taken = receive.take_in(home, raw)
        with duckdb.connect() as con:
            judge = suites.judge if _has_register(taken) else _without_register(suites.judge)
            in_force.resolve(con, home, taken.manifest, judge, today)
            rows = con.execute(
                "select severity, class, rule_code, source_file, sheet, cell, feed, school_code, school_name,"
                " column_zh, value, message_zh from accepted.problems order by source_file, sheet, row_number, cell"
            ).df()
        rows["source_file"] = rows["source_file"].map(names)
        if output is not None:
            from dagster_project.publish import problem_list

            problem_list.write_problem_list(rows, output)
        return rows.to_dict("records")  # type: ignore[return-value, no-any-return, unused-ignore]


def _has_register(taken: receive.Taken) -> bool:
    return any(s.feed == "schools" and s.status == "accepted" for f in taken.files for s in f.parsed.sheets)


def _without_register(judge: Any) -> Any:
    def judge_without(con: Any, relations: dict[str, str], rule_class: str) -> Any:
        if rule_class == "logic":
            for feed, relation in relations.items():
                if feed != "schools":
                    con.execute(
                        f"create or replace view {relation}_alone as"
                        f" select * replace (true as is_registered) from {relation}"
                    )
            relations = {f: r if f == "schools" else f"{r}_alone" for f, r in relations.items()}
        return judge(con, relations, rule_class)

    return judge_without


def feedback(home: Home, out: Path, *, files: Sequence[str] | None = None) -> list[Path]:
    """Write the returned workbooks of the release in force, and their summary by town.

    Args:
        home: where vault, raw rows and releases lie.
        out: folder to write into; nothing in it is overwritten.
        files: limit to these: paths under the raw root, ends of such paths, or files under the raw root.

    Raises:
        UserError: nothing is published, or a file is not among those with problems.
    """
    from dagster_project.publish.returned.feedback import write_feedback

    release_id = home.release_in_force()
    if release_id is None:
        raise UserError(f"{home.root} 里还没有发布过版本；请先运行 junheng run。")
    database = home.analyst / release_id / "marts.duckdb"
    if not database.exists():
        raise UserError(f"{home.analyst} 里没有版本 {release_id} 的数据库；反馈只能在发布它的机器上生成。")
    with open_marts(database) as con:
        found = con.execute("select * from marts.fct_problems").df()
        towns = con.execute(
            "select school_code, town from marts.dim_schools where town is not null order by school_year"
        ).fetchall()
    listed = set(found["source_file"].unique())
    wanted = None if files is None else {p for text in files for p in _matching(text, listed)}
    return write_feedback(found, home, vault.read_manifest(home), out, dict(towns), files=wanted)


def _matching(text: str, listed: set[str]) -> list[str]:
    """Files with problems that a person can mean by a path or by the end of one."""
    wanted = "/" + Path(text).as_posix().lstrip("./")
    found = sorted(p for p in listed if f"/{p}".endswith(wanted) or wanted.endswith(f"/{p}"))
    if not found:
        raise UserError(f"问题清单里没有文件 {text}：没有问题，或者还没有用 junheng run 读入。")
    return found


def report(home: Home, kind: str, out: Path, *, as_of: dt.date | None = None) -> list[Path]:
    """Write the weekly or monthly report of the release in force.

    Args:
        home: where the releases lie.
        kind: `weekly` or `monthly`.
        out: folder to write into.
        as_of: day the report speaks for; the release's own day by default, no later one is possible.

    Raises:
        UserError: nothing is published, there is no plan, or the day is later than the release's.
    """
    from dagster_project.publish.word import reports

    folder = home.current_dir()
    if folder is None:
        raise UserError(f"{home.root} 里还没有发布过版本；请先运行 junheng run。")
    described = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    last = dt.date.fromisoformat(described["as_of"])
    if as_of is not None and as_of > last:
        raise UsageError(
            f"当前版本截至 {last}，不能出 {as_of} 的报告；请先用 junheng run --as-of {as_of} 发布。"
        )
    written = reports.write_reports(
        folder / "marts.duckdb",
        out,
        release_id=described["release_id"],
        as_of=as_of or last,
        created=dt.datetime.fromisoformat(described["built_at"]),
        kinds=("weekly",) if kind == "weekly" else ("monthly",),
        is_synthetic=described["is_synthetic"],
    )
    if not written:
        raise UserError(f"截至 {as_of or last} 还没有整改任务，没有可报告的内容；请先报来“整改任务”。")
    return written


_CHANGES_ZH = {
    "district_code": "区县代码", "stage": "学段", "indicator_code": "指标代码", "indicator_zh": "指标", "measure": "统计量",
    "value_before": "变化前", "value_after": "变化后", "change": "变化", "rule_change": "其中：标准变化",
    "correction_change": "其中：数据更正", "school_set_change": "其中：学校增减", "real_change": "其中：实际变化",
}  # fmt: skip
_MEASURES_ZH = {
    "mean_value": "全区平均值", "met_share": "达标学校比例", "coefficient_of_variation": "差异系数", "compliance_rate": "校校达标率",
}  # fmt: skip


def changes(home: Home, earlier: str, later: str, out: Path) -> int:
    """Write why each indicator changed between two (release, year) pairs; returns the number of rows.

    Args:
        home: where the releases lie.
        earlier: `<release>:<school year>`, or a school year of the release in force.
        later: the same for the other side.
        out: CSV file, UTF-8 with BOM.

    Raises:
        UsageError: a side isn't written like that, or there is no such release or year.
        UserError: the file is there already.
    """
    from dagster_project.core.text import write_csv
    from dagster_project.publish import labels
    from dagster_project.warehouse.causes import Side, explain_changes

    def side(text: str) -> Side:
        release_id, _, year = text.rpartition(":")
        folder = home.releases / release_id if release_id else home.current_dir()
        if not year.isdigit() or folder is None or not (folder / "marts.duckdb").exists():
            raise UsageError(f"{text} 应写成 版本编号:学年 的样子；版本编号见 junheng releases。")
        return Side(folder / "marts.duckdb", int(year))

    if out.exists():
        raise UserError(f"{out} 已经存在；成果文件不覆盖，请用 --out 换一个文件名。")
    found = explain_changes(side(earlier), side(later))
    with open_marts(side(later).database) as con:
        names = dict(con.execute("select indicator_code, label_zh from marts.dim_indicators").fetchall())
    found.insert(3, "indicator_zh", found["indicator_code"].map(names).fillna(""))
    found["stage"] = found["stage"].map(labels.stage_zh)
    found["measure"] = found["measure"].map(_MEASURES_ZH)
    write_csv(found.rename(columns=_CHANGES_ZH), out)
    return len(found)


def explain(
    home: Home,
    school: str,
    indicator: str,
    *,
    school_year: int | None = None,
    stage: str | None = None,
    out: Path | None = None,
) -> list[str]:
    """Where figures of a school come from, cell by cell, in the release in force.

    Args:
        home: where the releases lie.
        school: code or exact name.
        indicator: code or exact Chinese label.
        school_year: the latest with such a figure by default.
        stage: code or Chinese word; every stage of the school by default.
        out: CSV file for the source cells, if wanted.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: there is no such school, indicator or figure; the message names close ones.
        UserError: nothing is published, the analyst's tier is missing, or the CSV file is there already.
    """
    from dagster_project.questions import explanations
    from dagster_project.warehouse import lineage

    with open_marts(release.analyst_database(home)) as con:
        lineage.require_lineage(con)
        indicator_code = lineage.find_indicator(con, indicator)
        school_code = lineage.find_school(con, school)
        wanted = lineage.find_figures(
            con, school_code, indicator_code, school_year, lineage.stage_code(stage) if stage else None
        )
        found = [lineage.explain(con, unit, indicator_code, year, s) for unit, year, s in wanted]
    lines: list[str] = []
    for explanation in found:
        if explanation.school_code != school_code:
            lines.append(f"{school_code} 并入 {explanation.school_code}，以下是合并后的数字。")
        lines += [*explanations.lines_of(explanation), *_checked_again(home, explanation), ""]
    if out is not None:
        lines.append(f"已写出 {explanations.write_cells(found, out)} 行到 {out}")
    return lines


def _checked_again(home: Home, explanation: Any) -> list[str]:
    """What the originals in the vault say to an explanation."""
    from dagster_project.warehouse import lineage

    lines = []
    if not explanation.is_reproduced:
        lines.append(f"注意：由单元格复算得到 {explanation.recomputed}，与发布值不同，请告知分析人员。")
    try:
        looked_up, differences = lineage.compare_with_vault(home, explanation)
    except FileNotFoundError:
        return [*lines, "核对：存档原件不在这个成果目录里，没有重读。"]
    if differences:
        return [*lines, "核对：与存档原件不一致！", *(f"  {d}" for d in differences)]
    if looked_up:
        lines.append(f"核对：重读存档原件，{looked_up} 个单元格与采用的数一致。")
    return lines


_DIFFERENCES_ZH = {
    "feed_zh": "报表", "school_code": "学校标识码", "key_zh": "行（学段、年级、班级等）", "column_zh": "列名", "kind": "变化",
    "value_before": "变化前", "value_after": "变化后", "sheet_before": "变化前工作表", "cell_before": "变化前单元格",
    "sheet_after": "变化后工作表", "cell_after": "变化后单元格", "indicators_zh": "用到它的指标",
}  # fmt: skip
_KINDS_ZH = {"changed": "改动", "added": "新增", "removed": "删去"}


def diff(
    home: Home,
    raw_root: Path,
    before: str,
    after: str,
    *,
    school: str | None = None,
    school_year: int | None = None,
    out: Path | None = None,
) -> list[str]:
    """What differs between two versions of a return, and which figures and verdicts that changes.

    Args:
        home: whose vault and release.
        raw_root: whose layouts apply.
        before: a file, or `N:path` for what submission N brought.
        after: the same.
        school: only this school (code).
        school_year: year of files that lie in no year's folder.
        out: CSV for the changed cells, if wanted.

    Returns:
        Lines for a terminal.

    Raises:
        UsageError: a side can't be found, or the sides are of different years.
        UserError: a side can't be read, or the CSV is there already.
    """
    from dagster_project.core.text import write_csv
    from dagster_project.publish import labels
    from dagster_project.questions import compare_returns

    if out is not None and out.exists():
        raise UserError(f"{out} 已经存在；成果文件不覆盖，请用 --out 换一个文件名。")
    first, second = (compare_returns.read_version(home, raw_root, t, school_year) for t in (before, after))
    if first.school_year != second.school_year:
        raise UsageError(f"两份报表的学年不同（{first.school_year} 和 {second.school_year}），不能逐格比较。")
    cells = compare_returns.compare_cells(first, second, school=school)
    folder = home.current_dir()
    analyst = home.analyst / folder.name / "marts.duckdb" if folder else None
    lines = [f"{before} → {after}：{len(cells)} 个单元格不同。"]
    figures = None
    if analyst is not None and analyst.is_file() and len(cells):
        with open_marts(analyst) as con:
            declared = con.execute(
                "select s.indicator_code, i.feed, s.column_name from seeds.indicator_sources as s"
                " inner join seeds.indicators as i using (indicator_code)"
            ).df()
            names = dict(con.execute("select indicator_code, label_zh from seeds.indicators").fetchall())
        codes = compare_returns.indicators_of_cells(cells, declared)
        cells["indicators_zh"] = [
            "各项生均（每百名学生）指标"
            if len(c.split(",")) > 6
            else "、".join(names[x] for x in c.split(",") if x)
            for c in codes
        ]
        figures = compare_returns.compare_figures(analyst, first, second, school=school)
    for row in cells.head(40).to_dict("records"):
        place = " › ".join(
            x
            for x in (row["sheet_after"] or row["sheet_before"], row["cell_after"] or row["cell_before"])
            if x
        )
        used = f"（用于：{row['indicators_zh']}）" if row.get("indicators_zh") else ""
        lines.append(
            f"  {row['school_code']} {row['key_zh']} {row['column_zh']}：{row['value_before'] or '空'} → "
            f"{row['value_after'] or '空'}  [{_KINDS_ZH[row['kind']]}，{place}]{used}"
        )
    if len(cells) > 40:
        lines.append(f"  ……其余 {len(cells) - 40} 个见 CSV（--out）。")
    if figures is None:
        lines.append("还没有发布过版本，无法计算对指标的影响。" if len(cells) else "")
    else:
        lines.append(f"由此变化的指标和判断：{len(figures)} 项。")
        for row in figures.head(60).to_dict("records"):
            values = " → ".join(_figure_zh(row[f"value_{s}"]) for s in ("before", "after"))
            statuses = [labels.STATUS_ZH.get(row[f"status_{s}"], "无") for s in ("before", "after")]
            told = statuses[0] if statuses[0] == statuses[1] else " → ".join(statuses)
            lines.append(
                f"  {row['school_code']} {labels.stage_zh(row['stage'])} {row['label_zh']}："
                + (f"{values}，" if row["indicator_code"] else "")
                + told
            )
    if out is not None:
        write_csv(
            cells.assign(kind=cells["kind"].map(_KINDS_ZH))
            .reindex(columns=list(_DIFFERENCES_ZH))
            .rename(columns=_DIFFERENCES_ZH),
            out,
        )
        lines.append(f"全部改动的单元格已写出到 {out}。")
    return [line for line in lines if line]


def _figure_zh(value: Any) -> str:
    return "无" if value is None or value != value else f"{value:.4g}"


def roll_back(home: Home, release_id: str) -> None:
    """Put an older release in force."""
    with release.writer_lock(home):
        release.roll_back(home, release_id)


def decide(home: Home, hold: str, verdict: str, reason: str) -> None:
    """Accept or reject a held file; see `intake.decisions.decide`."""
    with release.writer_lock(home):
        decisions.decide(home, hold, verdict, reason)


def close_round(home: Home, school_year: int) -> dict[str, Any]:
    """Freeze the figures of a school year as the release in force has them.

    Raises:
        UserError: nothing is published, or the year has no figures or is closed already.
    """
    with release.writer_lock(home):
        folder = home.current_dir()
        if folder is None:
            raise UserError(f"{home.root} 里还没有发布过版本；请先运行 junheng run。")
        figures = release.year_digests(folder / "marts.duckdb", school_year)
        return decisions.close_round(home, school_year, figures, release_id=folder.name)


def rebuild(home: Home, release_id: str, out: Path, *, report: Report = lambda _: None) -> list[str]:
    """Build an earlier release once more from the vault, into a folder of its own; nothing is switched.

    Args:
        home: where vault and releases lie.
        release_id: the release to rebuild.
        out: folder to write it into; must not exist.
        report: told about progress, in Chinese.

    Returns:
        Names of the published tables whose content is not that of the release; empty if it is the same.

    Raises:
        UsageError: no such release, or the folder is there already.
        vault.RecordBroken: the record or the vault is not what it was.
    """
    described = backup.describe(home, release_id)
    if "record" not in described:
        raise UserError(
            f"版本 {release_id} 由较早的程序发布，没有留下重建所需的记录；原始文件仍在，可用 junheng run 重新发布。"
        )
    if out.exists():
        raise UsageError(f"{out} 已经存在；请用 --out 换一个文件夹。")
    if (described["code_sha256"], described["models_sha256"]) != (build.code_digest(), build.models_digest()):
        report("提示：程序、标准或模型在那之后有过更新，重建的结果可能与当时不同。")
    with release.writer_lock(home):
        release.sweep(home)
        manifest = vault.read_manifest(home, blocks=described["record"]["blocks"])
        if manifest.chain != described["record"]["chain"]:
            raise vault.RecordBroken("登记簿与那个版本所依据的不同；请运行 junheng verify 查看。")
        _mend_raw(home, report)
        started = Build(
            home,
            f"{release_id}-rebuilt",
            described["inputs_sha256"],
            described["as_of"],
            described["built_at"],
            manifest,
            described["corrections_sha256"],
        )
        for folder in (started.folder, started.database.parent, started.analyst_folder):
            folder.mkdir(parents=True)
        try:
            report("正在校验数据…")
            judge_and_load(started)
            transform(started, report=report)
            check_marts(started)
            report("正在写出成果…")
            write_release(started)
            out.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(started.folder, out)
        finally:
            discard(started)
    rebuilt = json.loads((out / "release.json").read_text(encoding="utf-8"))["content_sha256"]
    then = described["content_sha256"]
    return sorted(n for n in {*then, *rebuilt} if then.get(n) != rebuilt.get(n))


def raw_root_of(sample: bool, raw: Path | None) -> Path:
    """Raw root from the command line's options."""
    return raw or (SAMPLE_RAW if sample else Path(os.environ.get("JUNHENG_RAW", DEFAULT_RAW)))
