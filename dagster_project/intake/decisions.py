"""What people decide: whether a held file counts, and that a round is closed.

Decisions are blocks of the manifest like submissions: they are never removed, only followed by another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import cast

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_day
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.manifest import ClosedRound, Decision, Verdict, append_block, read_manifest


def _stamp(now: dt.datetime | None) -> str:
    return (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()


def decide(
    home: Home,
    hold: str,
    verdict: str,
    reason: str,
    *,
    held_besides: Collection[str] = (),
    now: dt.datetime | None = None,
) -> Decision:
    """Accept or reject a held file, correction or order of sources; it counts (or not) from the next run on.

    Args:
        home: whose record.
        hold: identifier of the hold, such as `H3-1`.
        verdict: `accept` or `reject`.
        reason: why, in a sentence; it is published with the figures.
        held_besides: identifiers of the corrections and orders of sources that are held.
        now: time of the decision (UTC).

    Raises:
        UsageError: no such hold, another verdict, or no reason.
        UserError: decided like that already.
    """
    manifest = read_manifest(home)
    held = {h.file.hold: h for h in manifest.holds()}
    decided = manifest.verdicts()
    if hold not in held and hold not in held_besides:
        undecided = [h.file.hold for h in manifest.holds() if h.verdict is None]
        undecided += [h for h in held_besides if h not in decided]
        raise UsageError(f"没有编号为 {hold} 的挂起；待决定的有：{'、'.join(undecided) or '无'}。")
    if verdict not in ("accept", "reject"):
        raise UsageError(f"决定只能是 accept（采用）或 reject（驳回），不能是 {verdict}。")
    if not reason.strip():
        raise UsageError("请用 --reason 写明理由；理由会随数字一起公布。")
    earlier = decided.get(hold)
    if earlier and earlier.verdict == verdict:
        raise UserError(f"{hold} 此前已经是这个决定：{earlier.reason}。")
    decision = Decision(manifest.next_submission, hold, cast(Verdict, verdict), reason.strip(), _stamp(now))
    append_block(home, manifest, decision)
    return decision


def held_correction(closed: ClosedRound, hold: str, *, sheet: str, cell: str) -> Problem:
    """Finding at a cell whose correction was written after the round was closed."""
    return problem(
        "CORRECTION_AFTER_CLOSE",
        sheet=sheet,
        cell=cell,
        school_year=closed.school_year,
        closed_on=local_day(closed.closed_at),
        hold=hold,
    )


def close_round(
    home: Home,
    school_year: int,
    figures: dict[str, str],
    *,
    release_id: str,
    corrections: str = "",
    precedence: str = "",
    now: dt.datetime | None = None,
) -> ClosedRound:
    """Close a school year's round: what comes for it from now on is held for a decision, corrections included.

    Args:
        home: whose record.
        school_year: calendar year in which it began.
        figures: hash of that year's rows by published table; later releases are compared with it.
        release_id: the release that holds these figures.
        corrections: hash of its corrections file in the vault; empty if it has none.
        precedence: hash of its declaration of which source goes first; empty if it has none.
        now: time of the closing (UTC).

    Raises:
        UserError: closed already, or the year has no figures.
    """
    manifest = read_manifest(home)
    if school_year in manifest.closed_years:
        raise UserError(
            f"{school_year} 学年本轮已于 {local_day(manifest.closed_years[school_year].closed_at)} 截止。"
        )
    if not figures:
        raise UserError(f"当前版本里没有 {school_year} 学年的数字，无法截止；请先用 junheng run 发布。")
    closed = ClosedRound(school_year, _stamp(now), release_id, figures, corrections, precedence)
    append_block(home, manifest, closed)
    return closed
