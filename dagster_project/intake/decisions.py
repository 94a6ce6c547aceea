"""What a person decides about the record: held files, and rounds that are closed.

Decisions are blocks of the manifest like submissions: they are never taken back, only followed by another.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.intake import vault

Verdict = Literal["accept", "reject"]


def _stamp(now: dt.datetime | None) -> str:
    return (now or dt.datetime.now(dt.UTC)).replace(microsecond=0, tzinfo=None).isoformat()


def decide(
    home: Home, hold: str, verdict: str, reason: str, *, now: dt.datetime | None = None
) -> dict[str, Any]:
    """Accept or reject a held file; its rows count (or not) from the next run on.

    Args:
        home: whose record.
        hold: identifier of the hold, such as `H3-1`.
        verdict: `accept` or `reject`.
        reason: why, in a sentence; it is published with the figures.
        now: time of the decision (UTC).

    Raises:
        UsageError: no such hold, another verdict, or no reason.
        UserError: decided like that already.
    """
    manifest = vault.read_manifest(home)
    held = {h["hold"]: h for h in manifest.holds()}
    if hold not in held:
        waiting = "、".join(h["hold"] for h in manifest.holds() if h["verdict"] is None) or "无"
        raise UsageError(f"没有编号为 {hold} 的挂起文件；待决定的有：{waiting}。")
    if verdict not in ("accept", "reject"):
        raise UsageError(f"决定只能是 accept（采用）或 reject（驳回），不能是 {verdict}。")
    if not reason.strip():
        raise UsageError("请用 --reason 写明理由；理由会随数字一起公布。")
    if held[hold]["verdict"] == verdict:
        raise UserError(f"{hold} 此前已经是这个决定：{held[hold]['decision']['reason']}。")
    record = {
        "kind": "decision",
        "submission": manifest.next_submission,
        "hold": hold,
        "verdict": verdict,
        "reason": reason.strip(),
        "decided_at": _stamp(now),
    }
    vault.append_block(home, manifest, [record])
    return record


def close_round(
    home: Home, school_year: int, figures: dict[str, str], *, release_id: str, now: dt.datetime | None = None
) -> dict[str, Any]:
    """Freeze a school year: what comes for it from now on waits for a decision.

    Args:
        home: whose record.
        school_year: calendar year in which it began.
        figures: digest of that year's rows by published table; later releases are compared with it.
        release_id: the release these figures are of.
        now: time of the closing (UTC).

    Raises:
        UserError: closed already, or the year has no figures.
    """
    manifest = vault.read_manifest(home)
    if school_year in manifest.closed_years:
        raise UserError(
            f"{school_year} 学年本轮已于 {manifest.closed_years[school_year]['closed_at'][:10]} 截止。"
        )
    if not figures:
        raise UserError(f"当前版本里没有 {school_year} 学年的数字，无法截止；请先用 junheng run 发布。")
    record = {
        "kind": "round",
        "school_year": school_year,
        "closed_at": _stamp(now),
        "release_id": release_id,
        "figures": figures,
    }
    vault.append_block(home, manifest, [record])
    return record
