"""The release of one district of a region: its own rows of the united tables, written as the district's own run would.

A district whose figures are those of its release in force is not written again: neither where nothing that decides them
has changed, nor where something has (another day, a new return) and all its tables are still the same.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
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
#: In a district's home: hash of inputs that gave the tables of a release there is already, and its identifier.
_UNCHANGED = "unchanged.json"


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
    """

    united: Path
    home: Path
    delivery: Manifest
    as_of: str
    now: dt.datetime
    parts: frozenset[Part] = PARTS

    @property
    def digest(self) -> str:
        """Hash of everything that decides the release."""
        said = self.delivery
        code = [build.code_digest(), build.models_digest()]
        return hash_of([said.content_sha256, said.files_sha256, self.as_of, *code, sorted(self.parts)])


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
    noted = home.root / _UNCHANGED
    if noted.is_file():
        said = json.loads(noted.read_text(encoding="utf-8"))
        if said["digest"] == task.digest and (home.releases / said["release_id"] / "release.json").is_file():
            return str(said["release_id"])
    for known in reversed(description.list_releases(home)):
        if known.inputs_sha256 == task.digest:
            return known.release_id
    return None


def settled_release(task: Task) -> str | None:
    """The known release if nothing is left to do: it is in force, or a person chose another."""
    known = known_release(task)
    return known if known is not None and release.is_settled(Home(task.home), known) else None


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
            same = _same_release(started)
            if same is not None:
                said = {"digest": task.digest, "release_id": same}
                write_durably(home.root / _UNCHANGED, json.dumps(said).encode())
                return Outcome(code, same)
            write_release(started, parts=task.parts)
            steps.switch_on(started)
        finally:
            steps.discard(started)
    return Outcome(code, started.release_id, is_new=True)


def _same_release(started: DeliveredBuild) -> str | None:
    """The release in force, if its tables, its names and the code that wrote it are those of this build."""
    folder = started.home.current_dir()
    if folder is None:
        return None
    before = description.read_description(folder)
    same = (
        before.code_sha256 == build.code_digest()
        and before.models_sha256 == build.models_digest()
        and before.is_synthetic == started.delivery.is_synthetic
        and districts.districts_of_release(folder) == started.declared_districts()
        and before.content_sha256 == release.content_digests(started.database)
    )
    return before.release_id if same else None


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
