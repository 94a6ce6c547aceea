"""What a run says about its standards: which ended without a successor, and a jurisdiction that has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagster_project.core import duck
from dagster_project.publish import labels
from dagster_project.warehouse.standards import project_jurisdiction

#: Most standards that are named one by one.
_MOST_NAMED = 5


def notices_zh(database: Path) -> list[str]:
    """Notices about the standards of a release, for its latest school year.

    Args:
        database: the committee's database of the release.
    """
    with duck.open_marts(database) as con:
        standards = duck.rows(con, "select * from marts.dim_standards where is_judged")
        named = dict(con.execute("select indicator_code, label_zh from marts.dim_indicators").fetchall())
        (year,) = con.execute("select max(school_year) from marts.dim_schools").fetchall()[0]
    return unjudged_zh(standards, named, year, project_jurisdiction())


def unjudged_zh(
    standards: Sequence[dict[str, Any]], named: dict[str, str], year: int | None, jurisdiction: str
) -> list[str]:
    """Notices for rows of `dim_standards` that are judged by.

    Args:
        standards: rows of confidence high or medium, of all jurisdictions.
        named: indicator → its Chinese name.
        year: latest school year of the release; None where there is no school.
        jurisdiction: whose own standards are judged by beside the national ones.
    """
    found = []
    places = {row["jurisdiction"] for row in standards}
    if jurisdiction not in places:
        found.append(
            f"提示：标准里没有“{jurisdiction}”的行，只按国家标准判断；dbt/dbt_project.yml 的 jurisdiction 可取 {'、'.join(sorted(places))}。"
        )
    last: dict[tuple[str, str, str, str], int] = {}
    for row in standards:
        if row["jurisdiction"] in ("national", jurisdiction):
            key = (row["indicator_code"], row["measure"], row["stage"], row["school_kind"])
            last[key] = max(last.get(key, 0), 9999 if row["valid_to"] is None else row["valid_to"])
    ended = sorted((to, key) for key, to in last.items() if year is not None and to < year)
    for to, (code, measure, stage, _) in ended[:_MOST_NAMED]:
        what = (
            f"{named.get(code, code)}（{labels.stage_zh(stage)}，{labels.MEASURE_ZH.get(measure, measure)}）"
        )
        found.append(
            f"提示：标准 {what} 到 {to} 学年为止，没有后续，{year} 学年不再按它判断；仍有效的，请在 dbt/seeds/standards.csv 中补上。"
        )
    if len(ended) > _MOST_NAMED:
        found.append(f"提示：另有 {len(ended) - _MOST_NAMED} 项标准到期而没有后续。")
    return found
