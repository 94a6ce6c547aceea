"""`junheng region run`: the marts of all districts of a lake at once, a release per district, and the region's own.

What fails in one district stays with it: its name and the reason are on the region's page, its last release stays, and
the others go on. Every release is switched on in one step, the region's last.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from dagster_project import __version__
from dagster_project.core.declarations import bytes_of
from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_day
from dagster_project.core.lock import writer_lock
from dagster_project.core.privacy import without_figures
from dagster_project.publish.write_release import Part
from dagster_project.region import district_release, regional_release, settings
from dagster_project.region.lake import Contents, Delivery, Lake, read_lake
from dagster_project.region.manifest import hash_of
from dagster_project.region.regional_release import RegionBuild
from dagster_project.region.state import DistrictState, read_states, write_states
from dagster_project.region.taking_back import taken_back_zh
from dagster_project.region.united import Unfit, differs_zh, fitting, own_digests, unite
from dagster_project.warehouse import build, release, steps
from dagster_project.warehouse.description import list_releases
from dagster_project.warehouse.districts import district_of

Report = Callable[[str], None]
#: Runs the models over a united build file: `build.run_models`, or the same on another engine.
RunModels = Callable[[Path], object]
DISTRICTS = "districts"


@dataclass(frozen=True)
class RegionSummary:
    """What a region's run did.

    Attributes:
        home: the region's home.
        release_id: the region's release that holds what the run found.
        is_new: False when it is an earlier one.
        states: the districts.
        outcomes: what became of the release of each district with a delivery in use, by code.
        refused_zh: what the lake holds that doesn't count, each with the reason.
    """

    home: Path
    release_id: str
    is_new: bool
    states: tuple[DistrictState, ...]
    outcomes: Mapping[str, district_release.Outcome]
    refused_zh: tuple[str, ...] = ()


def run_region(
    lake: str | Path,
    home: Path,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
    report: Report = lambda _: None,
    run_models: RunModels = build.run_models,
    parts: frozenset[Part] = district_release.PARTS,
    processes: int | None = None,
) -> RegionSummary:
    """Publish one release per district of a lake, and one of the region.

    Args:
        lake: folder or URL of the lake.
        home: the region's home; its `districts/<code>` are the homes of the districts.
        as_of: day of the figures; today by default.
        now: time of the run (UTC); the clock by default.
        report: called with each message about progress, in Chinese.
        run_models: runs the districts' models on the united build file.
        parts: what a district's release has besides its tables.
        processes: how many write districts' releases at the same time; one per processor by default.

    Raises:
        UserError: there is no delivery that can be used.
        LakeNotReachable: the lake isn't there.
        BuildFailed: the models fail for all districts together, though for none by itself.
    """
    place = Home(home)
    region = settings.read_region(place.root)
    moment = now or dt.datetime.now(dt.UTC)
    day = as_of or local_day(moment)
    store = Lake.at(lake)
    # under the lock: a run that waits between reading and writing could put back what another published meanwhile
    with writer_lock(place):
        contents = read_lake(store, day, differs_zh)
        fit, unfit = fitting(contents.newest, day)
        if not fit:
            raise UserError(_nothing_zh(str(lake), contents, unfit))
        release.sweep(place)
        left = _left(place, fit)
        program = (build.code_digest(), build.models_digest())
        digest = _digest(place, fit, unfit, contents, left, day, parts, program)
        started = _start(place, region, digest, day, moment)

        def task_of(delivery: Delivery) -> district_release.Task:
            own = place.root / DISTRICTS / delivery.district_code
            return district_release.Task(
                started.database, own, delivery.manifest, started.as_of, moment, parts, *program
            )

        known = _unchanged(place, hash_of([digest, []]), [task_of(d) for d in fit], report)
        if known is not None:
            report("汇集处没有变化，不需要发布新版本。")
            found, outcomes = known
            release_id = _release_of(place, hash_of([digest, []])) or ""
            release.settle(place, release_id)
            return RegionSummary(place.root, release_id, False, found, outcomes, _refused_zh(contents))
        started.make_folders()
        try:
            report(f"正在计算 {len(fit)} 个区县的指标…")
            failed = build_united(started.database, fit, day, run_models, report)
            used = [d for d in fit if d.district_code not in failed]
            if not used:
                raise UserError(
                    "各区县的交付都算不出成果：\n" + "\n".join(f"  {zh}" for zh in failed.values())
                )
            own = own_digests(started.database, [d.district_code for d in used])
            tasks = [replace(task_of(d), marts_sha256=own[d.district_code]) for d in used]
            outcomes = _publish_districts(tasks, report, processes)
            here = _rule_sets(started.database)
            found = _states(region, contents, unfit, failed, outcomes, left, day, moment, here)
            problems = sorted(failed.values()) + sorted(
                o.problem_zh for o in outcomes.values() if o.problem_zh
            )
            finished = replace(started, states=found, digest=hash_of([digest, problems]))
            same = _release_of(place, finished.digest)
            if same is not None:
                release.settle(place, same)
                return RegionSummary(place.root, same, False, found, outcomes, _refused_zh(contents))
            report("正在写出区县对比…")
            write_states(started.database, found)
            build.run_models(started.database, select=[f"tag:{build.REGION_TAG}"])
            regional_release.write(finished)
            steps.switch_on(finished)
        finally:
            steps.discard(started)
    return RegionSummary(place.root, started.release_id, True, found, outcomes, _refused_zh(contents))


def _digest(
    place: Home,
    fit: Sequence[Delivery],
    unfit: Sequence[Unfit],
    contents: Contents,
    left: Mapping[str, str],
    day: dt.date,
    parts: frozenset[Part],
    program: tuple[str, str],
) -> str:
    """Hash of everything that decides a region's release."""
    said = [
        {
            d.district_code: [d.manifest.delivery_id, d.manifest.content_sha256, d.manifest.files_sha256]
            for d in fit
        },
        sorted(u.reason_zh for u in unfit),
        sorted(r.path + r.reason_zh for r in contents.refused),
        sorted(left.items()),
        bytes_of(place.root / settings.FILE_NAME).decode(errors="replace"),
        day.isoformat(),
        sorted(parts),
        *program,
    ]
    return hash_of(said)


def _start(
    place: Home, region: settings.Region, digest: str, day: dt.date, moment: dt.datetime
) -> RegionBuild:
    identifier = release.release_identifier(release.not_before_the_last(place, moment), digest)
    built_at = moment.replace(microsecond=0, tzinfo=None).isoformat()
    return RegionBuild(place, identifier, digest, day.isoformat(), built_at, region)


def _release_of(place: Home, digest: str) -> str | None:
    """Identifier of the latest release of the region whose inputs have this hash; None if there is none."""
    return next((r.release_id for r in reversed(list_releases(place)) if r.inputs_sha256 == digest), None)


def _unchanged(
    place: Home, digest: str, tasks: Sequence[district_release.Task], report: Report
) -> tuple[tuple[DistrictState, ...], dict[str, district_release.Outcome]] | None:
    """The districts as the release of these inputs has them, if it and every district's own are there; else None.

    Those of which another release is in force get theirs back.
    """
    release_id = _release_of(place, digest)
    if release_id is None or not all(map(district_release.known_release, tasks)):
        return None
    outcomes = _publish_districts(tasks, report, processes=1)
    if any(o.problem_zh for o in outcomes.values()):
        return None
    return read_states(place.releases / release_id / "marts.duckdb"), outcomes


def build_united(
    database: Path, deliveries: Sequence[Delivery], day: dt.date, run_models: RunModels, report: Report
) -> dict[str, str]:
    """Make the united build of all deliveries whose figures can be computed.

    Returns:
        Districts that can't, each with the reason; their rows are not in the build.

    Raises:
        BuildFailed: the models fail for all together, though for none by itself.
    """
    try:
        _build(database, deliveries, day, run_models)
        return {}
    except build.BuildFailed as error:
        report("有区县的数据使模型或核对不能通过，正在逐个查找…")
        failed = _failing(database.parent / "halves", deliveries, day, run_models)
        if not failed:
            raise error
    used = [d for d in deliveries if d.district_code not in failed]
    if used:
        _build(database, used, day, run_models)
    return failed


def _build(database: Path, deliveries: Sequence[Delivery], day: dt.date, run_models: RunModels) -> None:
    """Make the united build of some deliveries and check it.

    Raises:
        BuildFailed: their rows cannot be united, a model fails for them, or their marts don't pass.
    """
    import duckdb

    database.unlink(missing_ok=True)
    try:
        unite(database, deliveries, day)
    except duckdb.Error as error:
        raise build.BuildFailed(
            f"交付的数据合不到一起：{without_figures(str(error))}；请重新运行 junheng deliver 后再运行。"
        ) from error
    run_models(database)
    steps.check_database(database)


def _failing(
    folder: Path, deliveries: Sequence[Delivery], day: dt.date, run_models: RunModels
) -> dict[str, str]:
    """Districts whose figures can't be computed, found by halves."""
    found: dict[str, str] = {}
    middle = (len(deliveries) + 1) // 2
    for half in (deliveries[:middle], deliveries[middle:]) if len(deliveries) > 1 else (deliveries,):
        problem_zh = _why_failing(folder, half, day, run_models)
        if problem_zh and len(half) > 1:
            found |= _failing(folder, half, day, run_models)
        elif problem_zh:
            code = half[0].district_code
            found[code] = f"{half[0].manifest.district.name_zh}（{code}）：{problem_zh}"
    return found


def _why_failing(folder: Path, deliveries: Sequence[Delivery], day: dt.date, run_models: RunModels) -> str:
    """Why the figures of some districts can't be computed; empty if they can. Nothing is left in the folder."""
    folder.mkdir()
    try:
        _build(folder / build.DATABASE_NAME, deliveries, day, run_models)
    except build.BuildFailed as error:
        return str(error) or type(error).__name__
    finally:
        shutil.rmtree(folder)
    return ""


def _publish_districts(
    tasks: Sequence[district_release.Task], report: Report, processes: int | None
) -> dict[str, district_release.Outcome]:
    """Write the districts' releases, those that are due in processes beside each other."""
    due, outcomes = [], {}
    for task in tasks:
        known = district_release.settled_release(task)
        if known is None:
            due.append(task)
        else:
            outcomes[task.delivery.district_code] = district_release.Outcome(
                task.delivery.district_code, known
            )
    if due:
        report(f"正在写出 {len(due)} 个区县的版本（{len(tasks) - len(due)} 个没有变化）…")
    most = min(processes or os.cpu_count() or 1, len(due))
    for outcome in _side_by_side(due, most):
        outcomes[outcome.district_code] = outcome
        if outcome.problem_zh:
            report(f"区县 {outcome.district_code}：{outcome.problem_zh}")
        if outcome.details:
            report(outcome.details)
    return outcomes


def _side_by_side(due: Sequence[district_release.Task], most: int) -> list[district_release.Outcome]:
    if most <= 1:
        return [district_release.publish(task) for task in due]
    found = []
    with ProcessPoolExecutor(most, get_context("spawn"), initializer=district_release.begin_writer) as pool:
        waiting = [(task, pool.submit(district_release.publish, task)) for task in due]
        for task, writing in waiting:
            try:
                found.append(writing.result())
            except BrokenProcessPool:
                problem = "写出该区县的版本时进程被中止（多半是内存不足），沿用上一版；请再运行一次。"
                found.append(district_release.Outcome(task.delivery.district_code, problem_zh=problem))
    return found


def _rule_sets(database: Path) -> dict[str, str]:
    with open_marts(database) as con:
        return regional_release.rule_sets_here(con)


def _states(
    region: settings.Region,
    contents: Contents,
    unfit: Sequence[Unfit],
    failed: Mapping[str, str],
    outcomes: Mapping[str, district_release.Outcome],
    left: Mapping[str, str],
    day: dt.date,
    moment: dt.datetime,
    here: Mapping[str, str],
) -> tuple[DistrictState, ...]:
    """The districts that are expected, have delivered, have a release still, or of which the lake holds something broken."""
    refused = {r.district_code: r for r in contents.refused if r.district_code}
    unusable = {u.delivery.district_code: u for u in unfit}
    found = []
    in_lake = {*contents.by_district, *refused}
    for code in sorted({*region.districts, *in_lake, *left}):
        delivery = contents.by_district.get(code)
        name_zh = delivery.manifest.district.name_zh if delivery else district_of(code, {}).name_zh
        is_gone = code not in in_lake and code not in region.districts
        state = DistrictState(code, name_zh, region.expects(code) and not is_gone, "missing")
        why = [region.why_apart_zh(code), refused[code].reason_zh if code in refused else ""]
        if code in left:
            why.append(f"没有采用新的交付，此前的版本 {left[code]} 仍在 {DISTRICTS}/{code} 生效")
        if code in left and is_gone:
            why.append("该区县不再交付的，请移走这个文件夹")
        problem = "；".join(zh for zh in why if zh)
        if delivery is None:
            found.append(
                replace(state, status="broken" if code in refused else "missing", delivery_problem_zh=problem)
            )
            continue
        said = delivery.manifest
        delivered_on = local_day(said.created_at)
        days = (day - delivered_on).days
        late = region.late_after_days is not None and days > region.late_after_days
        if delivered_on > local_day(moment):
            problem = "；".join(filter(None, [problem, _clock_zh(said.created_at)]))
        problems = [
            problem,
            taken_back_zh(delivery, day),
            outcomes[code].problem_zh if code in outcomes else "",
        ]
        if code in failed:
            problems.append(failed[code])
        if code in unusable:
            problems.append(unusable[code].reason_zh)
        found.append(
            replace(
                state,
                status="failed" if code in failed or code in unusable else "late" if late else "delivered",
                delivery_id=said.delivery_id,
                delivered_on=delivered_on,
                days_since_delivery=days if days >= 0 else None,
                as_of=said.as_of,
                submissions=said.record.submissions,
                program_version=said.rule_set.program_version,
                is_program_different=said.rule_set.program_version != __version__,
                is_rules_different=said.rule_set.rules_sha256 != here["rules_sha256"],
                is_standards_different=said.rule_set.standards_sha256 != here["standards_sha256"]
                or said.rule_set.feeds_sha256 != here["feeds_sha256"],
                is_synthetic=said.is_synthetic,
                delivery_problem_zh="；".join(p for p in problems if p),
            )
        )
    return tuple(found)


def _left(place: Home, fit: Sequence[Delivery]) -> dict[str, str]:
    """Code → release in force of the districts that have one and no delivery that this run can use."""
    used = {d.district_code for d in fit}
    homes = sorted(p for p in (place.root / DISTRICTS).glob("*") if p.name not in used)
    return {p.name: in_force for p in homes if (in_force := Home(p).release_in_force())}


def _clock_zh(created_at: str) -> str:
    return f"交付时刻 {created_at}（UTC）晚于本次运行，多半是该区县或本机的时钟不对，算不出距送交天数；请核对时钟后重新交付"


def _refused_zh(contents: Contents) -> tuple[str, ...]:
    return tuple(f"{r.path}：{r.reason_zh}" for r in contents.refused)


def _nothing_zh(lake: str, contents: Contents, unfit: Sequence[Unfit]) -> str:
    """Message for a lake without a delivery that can be used."""
    lines = [f"  {zh}" for zh in _refused_zh(contents)]
    lines += [f"  {u.delivery.district_code}：{u.reason_zh}" for u in unfit]
    said = "；请先在各区县运行 junheng deliver。" if not lines else "：\n" + "\n".join(lines[:20])
    return f"汇集处 {lake} 里没有可用的交付{said}"
