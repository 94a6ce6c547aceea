"""Finds the figures that a person names: school, indicator and stage by code or Chinese name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_project.core.duck import PARAMETER, read_sql
from dagster_project.core.errors import UsageError
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish.labels import stage_zh

if TYPE_CHECKING:
    import duckdb


def find_indicator(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """Code of an indicator named by its code or its exact Chinese label.

    Raises:
        UsageError: there is none of that name; the message lists close ones.
    """
    known = con.execute(
        "select indicator_code, label_zh from marts.dim_indicators order by sort_order"
    ).fetchall()
    for code, label in known:
        if text.strip() in (code, label):
            return str(code)
    close = _close(text, known)
    lines = "\n".join(f"  {label}（{code}）" for code, label in close or known)
    raise UsageError(f"没有叫“{text}”的指标；{'相近的有' if close else '可用的有'}：\n{lines}")


def find_school(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """Code of a school named by its code or its exact name.

    Raises:
        UsageError: there is none of that name, or several; the message lists them.
    """
    known = con.execute(read_sql(__package__, "schools_by_code")).fetchall()
    name = "select distinct school_code, name_zh from marts.dim_schools where name_zh = ? order by all"
    found = [s for s in known if text.strip() == s[0]] or con.execute(name, [text.strip()]).fetchall()
    if len(found) == 1:
        return str(found[0][0])
    close = found or _close(text, known)
    lines = "\n".join(f"  {name}（{code}）" for code, name in close)
    if found:
        raise UsageError(f"叫“{text}”的学校不止一所，请改用学校标识码：\n{lines}")
    hint = f"；相近的有：\n{lines}" if close else "；请核对学校标识码或全称。"
    raise UsageError(f"学校名录里没有“{text}”{hint}")


def _close(text: str, known: Sequence[tuple[str, str]], most: int = 5) -> list[tuple[str, str]]:
    """Pairs whose code or name resembles a text: those that contain it first, then by similarity."""
    wanted = text.strip().lower()
    scored = [
        (max(difflib.SequenceMatcher(None, wanted, word.lower()).ratio() for word in pair), pair)
        for pair in known
    ]
    holding = [pair for _, pair in scored if wanted and any(wanted in word.lower() for word in pair)]
    alike = [pair for score, pair in sorted(scored, key=lambda s: -s[0]) if score >= 0.5]
    return list(dict.fromkeys([*holding, *alike]))[:most]


def find_figures(
    con: duckdb.DuckDBPyConnection,
    school_code: str,
    indicator_code: str,
    school_year: int | None = None,
    stage: str | None = None,
) -> list[tuple[str, int, str]]:
    """Figures of a school and indicator: (unit's code, school year, stage), of the latest year unless one is given.

    A campus stands for the school that its figures were added to.

    Raises:
        UsageError: the school has no such figure; the message lists those there are, or the reason.
    """
    years = [school_code, school_year, school_year]
    rows = con.execute(
        read_sql(__package__, "years_of_school", school_code=PARAMETER, school_year=PARAMETER), years
    ).fetchall()
    if not rows:
        raise UsageError(f"{school_code} 不在 {school_year} 学年的学校名录里。")
    units = {year: unit for year, unit, _ in rows if unit}
    if not units:
        raise UsageError(f"{school_code} 挂起待定，不计算指标：{rows[0][2]}。")
    found: list[tuple[str, int, str]] = [
        (unit, year, found_stage)
        for unit, year, found_stage in con.execute(
            read_sql(__package__, "figures_of_schools", indicator_code=PARAMETER, school_codes=PARAMETER),
            [indicator_code, sorted(set(units.values()))],
        ).fetchall()
        if units.get(year) == unit
    ]
    if not found:
        raise UsageError(f"{school_code} 没有小学或初中学段，不计算这个指标。")
    year = school_year or found[0][1]
    chosen = [f for f in found if f[1] == year and stage in (None, f[2])]
    if not chosen:
        there = "、".join(dict.fromkeys(stage_zh(f[2]) for f in found if f[1] == year))
        raise UsageError(
            f"{school_code} {year} 学年没有{stage_zh(stage or '')}学段的这个指标；有的是：{there}。"
        )
    return chosen


def stage_code(text: str) -> str:
    """Code of a stage named by its code or in Chinese.

    Raises:
        UsageError: it is neither.
    """
    column = load_feeds()["staffing"].column("stage")
    words = {zh: str(code) for zh, code in column.choices.items()}
    words |= {alias: words[zh] for alias, zh in column.choice_aliases.items()}
    if text in words or text in words.values():
        return words.get(text, text)
    raise UsageError(f"没有叫“{text}”的学段；可用的有：{'、'.join(column.choices)}。")
