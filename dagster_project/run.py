"""The line: take in what is new, judge it, build the marts, check them, write the release, switch it on.

The steps are plain functions of the rooms; the command line (`run_command.py`), Dagster (`defs/`) and the tests call
the same ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from dagster_project import speed
from dagster_project.core.declarations import bytes_of
from dagster_project.core.duck import open_marts
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import DEFAULT_RAW, SAMPLE_RAW, Home
from dagster_project.core.lock import writer_lock
from dagster_project.core.processes import end_with_parent
from dagster_project.intake import receive, rereading
from dagster_project.publish import standard_notices
from dagster_project.publish.word.notices import notices_zh
from dagster_project.publish.write_release import (
    ALL_PARTS,
    Part,
    check_catalogue,
    check_declarations_first,
    release_before,
    write_release,
)
from dagster_project.record import precedence
from dagster_project.warehouse import build, description, release
from dagster_project.warehouse.districts import read_districts
from dagster_project.warehouse.steps import (
    check_marts,
    discard,
    judge_and_load,
    refuse_loss,
    restore_raw_rows,
    start_build,
    switch_on,
    transform,
)

Report = Callable[[str], None]
#: Most files that a message lists.
_MOST_FILES = 20
#: Modules whose libraries are loaded ahead of the step that needs them.
_JUDGES = ("dagster_project.record.suites",)
_PAGES = ("dagster_project.publish.site",)
_WRITERS: dict[Part, tuple[str, ...]] = {
    "reports": ("dagster_project.publish.word.reports", "dagster_project.publish.charts"),
    "site": _PAGES,
}


class NothingToPublish(UserError):
    """There is no return at all, or none that could be read."""


@dataclass(frozen=True)
class RunSummary:
    """What a run did.

    Attributes:
        home: where it published.
        release: description of the release that holds what the run found; its identifier is `release_id`.
        is_new: False when the inputs were those of an earlier release.
        files_seen: files in the raw root.
        returned: workbooks to give back, for the files of this run that have to be corrected.
    """

    home: Path
    release: description.Description
    is_new: bool
    files_seen: int
    returned: list[Path] = field(default_factory=list)

    @property
    def release_id(self) -> str:
        """Identifier of the release."""
        return self.release.release_id


def run(
    raw: Path,
    home: Path,
    *,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
    report: Report = lambda _: None,
    parts: frozenset[Part] = ALL_PARTS,
    accept_loss: bool = False,
) -> RunSummary:
    """Take in everything new under `raw`, and publish a release into `home` if anything changed.

    Args:
        raw: raw root with one folder per school year.
        home: folder of vault, raw rows and releases.
        as_of: date of the figures; today by default (for the sample its own last day).
        now: time of the run (UTC); the clock by default.
        report: called with each message about progress, in Chinese.
        parts: what is written besides the tables; a trial may need the figures alone.
        accept_loss: publish also if less than half of the registered schools are left.

    Raises:
        NothingToPublish: there are no returns.
        BuildFailed: models, tests or the marts suite failed; the last good release stays.
        UsageError: the home belongs to another raw root.
    """
    if not raw.is_dir():
        raise UsageError(f"没有找到原始数据目录 {raw}；请用 --raw 指定，或加 --sample 使用示例数据。")
    place = Home(home)
    place.bind(raw)
    # a faulty file stops the run before any return is taken in
    read_districts(raw)
    declared = raw / precedence.FILE_NAME
    precedence.read_precedence(bytes_of(declared), str(declared))
    check_declarations_first()
    speed.collect_rarely()
    with writer_lock(place), new_helper() as helper:
        release.sweep(place)
        # the library of the suites takes seconds to load: the helper begins while this process reads the files
        taken = take_in(
            place, raw, now=now, report=report, on_new=lambda: helper.submit(speed.load, *_JUDGES)
        )
        started = start_build(place, raw, taken.manifest, as_of=as_of, now=now)
        if isinstance(started, str):
            release.settle(place, started)
            report("内容没有变化，不需要发布新版本。")
            known = description.describe_release(place, started)
            return RunSummary(place.root, known, is_new=False, files_seen=taken.files_seen)
        try:
            report("正在校验数据…")
            judged = helper.submit(judge_and_load, started)
            parsed = build.warm_up(started.database.parent)
            check_catalogue()
            if "site" in parts:
                speed.load(*_PAGES)
            judged.result()
            loaded = helper.submit(
                speed.load, *(m for part in _WRITERS if part in parts for m in _WRITERS[part])
            )
            transform(started, report=report, manifest=parsed)
            loaded.result()
            if not accept_loss:
                refuse_loss(started)
            report("正在核对结果，写出成果…")
            if "site" in parts and place.current_dir() is not None and release_before(started) is None:
                report(
                    "上一版的 marts.duckdb 正被别的程序打开，这次不写与上一版的比较；关闭那个程序后重新运行即可补上。"
                )
            checked = helper.submit(check_marts, started)
            write_release(started, lambda write: helper.submit(write, started).result, parts=parts)
            checked.result()
            switch_on(started)
        finally:
            discard(started)
            speed.end_loading()
        returned = return_faulty_files(place, taken, report) if "feedback" in parts else []
        if "feedback" in parts:
            list_received_files(place, taken, started.release_id)
        new = description.describe_release(place, started.release_id)
        folder = place.releases / started.release_id
        for line in (*standard_notices.notices_zh(folder / "marts.duckdb"), *notices_zh(folder, new.reports)):
            report(line)
        return RunSummary(place.root, new, is_new=True, files_seen=taken.files_seen, returned=returned)


def new_helper() -> AbstractContextManager[Executor]:
    """The helper process of one run; it starts with the first work it gets."""
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=begin_helper)


def begin_helper() -> None:
    """Set up the helper process of a run; it ends when the first process does, however that ends."""
    end_with_parent()
    speed.collect_rarely()
    speed.end_at_once()


def take_in(
    home: Home,
    raw: Path,
    *,
    now: dt.datetime | None = None,
    report: Report = lambda _: None,
    on_new: Callable[[], object] = lambda: None,
) -> receive.Taken:
    """Archive and parse what is new.

    Args:
        home: whose record.
        raw: raw root.
        now: time of the run (UTC).
        report: called with each message about progress, in Chinese.
        on_new: called once, when the first new file is found.

    Raises:
        NothingToPublish: the record holds no readable return.
    """
    for folder in (home.vault, home.raw):
        if not folder.exists():  # an existing folder may have been opened to colleagues on purpose
            release.private_folder(folder)
    restore_raw_rows(home, report)
    rereading.read_again(home, raw, report=report)
    taken = receive.take_in(home, raw, now=now, report=report, on_new=on_new)
    if any(f.status == "accepted" for f in taken.manifest.files):
        return taken
    if taken.files_seen == 0:
        raise NothingToPublish(_no_returns_zh(raw))
    raise NothingToPublish(_nothing_recognised_zh(taken))


def _nothing_recognised_zh(taken: receive.Taken) -> str:
    """Message where no file holds a return: the first finding of each file of this run, what is recorded of the others."""
    said = {f.record.path: f.problems[0].message_zh for f in taken.files if f.problems}
    for file in taken.manifest.files:
        reasons = [file.reason, *((h.rule_code, h.message_zh) for h in file.held_because)]
        message = next((reason[1] for reason in reasons if reason), "没有认出可用的报表")
        if not file.is_evidence:
            said.setdefault(file.path, message)
    lines = [f"  {path}：{message}" for path, message in said.items()]
    more = f"\n  ……另有 {len(lines) - _MOST_FILES} 个文件" if len(lines) > _MOST_FILES else ""
    return "收到的文件都没有认出可用的报表，没有发布：\n" + "\n".join(lines[:_MOST_FILES]) + more


def _no_returns_zh(raw: Path) -> str:
    """Message for an empty raw root."""
    is_sample = raw.resolve() == SAMPLE_RAW.resolve()
    hint = "" if is_sample else "；想先看看效果，可运行 junheng run --sample 使用合成的示例数据"
    shown = "raw_data" if raw.resolve() == DEFAULT_RAW.resolve() else str(raw)
    return f"{shown} 里还没有报表。请把学校报来的文件放入以年份命名的文件夹，如 {shown}/2023/{hint}。"


def list_received_files(home: Home, taken: receive.Taken, release_id: str) -> Path | None:
    """Write one line per file of this run to `receipts/<release>.csv`; None if nothing new arrived.

    The receipts of the schools are written when asked, by `junheng receipts`: one workbook a school would take longer
    than the rest of a first run.
    """
    from dagster_project.publish.receipts.workbooks import write_list_of_run

    with open_marts(home.releases / release_id / "marts.duckdb") as con:
        return write_list_of_run(con, home, release_id, [f.record for f in taken.files])


def return_faulty_files(home: Home, taken: receive.Taken, report: Report) -> list[Path]:
    """Write workbooks to give back for those files of this run in which something has to be corrected.

    Files with reminders alone are left out: most of them are right, and `junheng feedback` writes them when asked.
    """
    from dagster_project.publish.feedback import write_feedback_of_release
    from dagster_project.publish.returned.marking import MUST_MEND

    folder = home.current_dir()
    assert folder is not None
    with open_marts(folder / "marts.duckdb") as con:
        found = con.execute("select distinct source_file, severity from marts.fct_problems").fetchall()
    files = {f.record.path for f in taken.files}
    faulty = sorted(files & {name for name, severity in found if severity in MUST_MEND})
    reminded = files & {name for name, _ in found} - set(faulty)
    if reminded:
        report(f"另有 {len(reminded)} 个文件只有提醒，没有写退回件；要写出，请用 junheng feedback。")
    if not faulty:
        return []
    report(f"正在写出 {len(faulty)} 个文件的退回件…")
    out = home.root / "feedback" / folder.name
    return write_feedback_of_release(home, out, files=faulty, report=report)
