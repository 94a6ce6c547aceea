"""The release of one district of a region: its own rows of the united tables, written as the district's own run would.

A district whose figures are those of its last release is not written again: neither where nothing that decides them
has changed, nor where something has (another day, a new return) and all its tables are still the same.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project import speed
from dagster_project.core.errors import UserError, traceback_without_figures
from dagster_project.core.homes import Home
from dagster_project.core.lock import writer_lock
from dagster_project.intake.vault import write_durably
from dagster_project.publish.write_release import ALL_PARTS, Part, write_release
from dagster_project.region.manifest import Manifest, hash_of
from dagster_project.region.united import split
from dagster_project.warehouse import build, description, districts, release, steps

#: What a district's release has besides its tables; workbooks to give back are written where the returns are.
PARTS: frozenset[Part] = ALL_PARTS - {"feedback"}
#: In a district's home: the last release that a run gave, and the hashes of its inputs and of its tables.
_NOTED = "last_given.json"


@dataclass(frozen=True)
class DeliveredBuild(steps.Work):
    """A release of a district that is being written from its delivery.

    Attributes:
        delivery: what the delivery says of itself.
    """

    delivery: Manifest

    @property
    def inputs(self) -> description.Inputs:
        """What the release's description says of the delivery; the record itself is where the district is."""
        return description.Inputs(
            manifest_sha256=self.delivery.content_sha256,
            record=None,
            submissions=self.delivery.record.submissions,
            is_synthetic=self.delivery.is_synthetic,
            synthetic_files=self.delivery.synthetic_files,
        )

    def declared_districts(self) -> dict[str, districts.District]:
        """The district as it named itself."""
        return {self.delivery.district_code: self.delivery.district}

    def outlines(self) -> dict[str, Any] | None:
        """None: outlines of towns are not delivered."""
        return None


@dataclass(frozen=True)
class Task:
    """A district's release that is due.

    Attributes:
        united: the united build file, models done.
        home: the district's home in the region's.
        delivery: what its delivery says of itself.
        as_of: day of the figures, ISO.
        now: time of the run (UTC).
        parts: what is written besides the tables.
        code_sha256, models_sha256: hashes of the program. A run gives all its districts the same: it reads hundreds of files.
        marts_sha256: hash of the district's marts, see `united.own_digests`; empty before the models are done.
    """

    united: Path
    home: Path
    delivery: Manifest
    as_of: str
    now: dt.datetime
    parts: frozenset[Part] = PARTS
    code_sha256: str = field(default_factory=build.code_digest)
    models_sha256: str = field(default_factory=build.models_digest)
    marts_sha256: str = ""

    @property
    def digest(self) -> str:
        """Hash of everything that decides the release."""
        said = self.delivery
        return hash_of([said.content_sha256, said.files_sha256, self.as_of, *self._program])

    @property
    def content(self) -> str:
        """Hash of everything that the release shows but its day and its number; empty before the models are done."""
        said = self.delivery
        names = [said.district.model_dump(), said.is_synthetic, said.synthetic_files]
        return hash_of([self.marts_sha256, names, *self._program]) if self.marts_sha256 else ""

    @property
    def _program(self) -> list[Any]:
        return [self.code_sha256, self.models_sha256, sorted(self.parts)]


@dataclass(frozen=True)
class Outcome:
    """What became of a district's release.

    Attributes:
        district_code: six digits.
        release_id: release that holds its figures; empty if it could not be written.
        is_new: False where an earlier release already holds them.
        problem_zh: why it could not be written, for the page of the region.
        details: traceback of an error of the program, for the log.
    """

    district_code: str
    release_id: str = ""
    is_new: bool = False
    problem_zh: str = ""
    details: str = ""


def known_release(task: Task) -> str | None:
    """Identifier of the release that was made of the same inputs already, or whose tables these inputs give."""
    home = Home(task.home)
    said = _read_note(home)
    if said and (said["digest"] == task.digest or said["content"] == task.content):
        return said["release_id"]
    for known in reversed(description.list_releases(home)):
        if known.inputs_sha256 == task.digest:
            return known.release_id
    return None


def _read_note(home: Home) -> dict[str, str]:
    """What `_note` left of a release that is still there; else nothing."""
    path = home.root / _NOTED
    said: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return said if said and (home.releases / said["release_id"] / "release.json").is_file() else {}


def _note(task: Task, release_id: str) -> None:
    """Note which release a task gave, so that neither its inputs nor its tables give another one."""
    home = Home(task.home)
    said = {"release_id": release_id, "digest": task.digest, "content": task.content}
    if task.content and said != _read_note(home):
        write_durably(home.root / _NOTED, json.dumps(said).encode())


def settled_release(task: Task) -> str | None:
    """The known release if nothing is left to do: it is in force, or a person chose another."""
    known = known_release(task)
    if known is None or not release.is_settled(Home(task.home), known):
        return None
    _note(task, known)
    return known


def publish(task: Task) -> Outcome:
    """Put a district's release in force, and write it unless there is one; an error stays the district's own."""
    code = task.delivery.district_code
    try:
        return _publish(task)
    except UserError as error:
        return Outcome(code, problem_zh=str(error))
    except Exception as error:
        # one district's failure must not end the others': it is named on the page, and the traceback goes to the log
        return Outcome(
            code,
            problem_zh=f"写出该区县的版本时程序出错（{type(error).__name__}），沿用上一版；请把日志交给技术人员。",
            details=traceback_without_figures(error),
        )


def _publish(task: Task) -> Outcome:
    code, home = task.delivery.district_code, Home(task.home)
    with writer_lock(home):
        release.sweep(home)
        known = known_release(task)
        if known is not None:
            release.settle(home, known)
            _note(task, known)
            return Outcome(code, known)
        started = DeliveredBuild(
            home,
            release.release_identifier(release.not_before_the_last(home, task.now), task.digest),
            task.digest,
            task.as_of,
            task.now.replace(microsecond=0, tzinfo=None).isoformat(),
            task.delivery,
        )
        started.make_folders()
        try:
            split(task.united, code, started.database)
            write_release(started, parts=task.parts)
            steps.switch_on(started)
            _note(task, started.release_id)
        finally:
            steps.discard(started)
    return Outcome(code, started.release_id, is_new=True)


def begin_writer() -> None:
    """Set up a process that writes districts' releases; it ends with the process that started it."""
    from dagster_project.core.processes import end_with_parent

    end_with_parent()
    speed.collect_rarely()
    speed.load(
        "dagster_project.publish.site",
        "dagster_project.publish.word.reports",
        "dagster_project.publish.charts",
    )
