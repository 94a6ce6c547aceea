"""Sign-off sheets of the sample: who signed the returns of one town's schools, with the signed pages."""

from __future__ import annotations

from dagster_project.sample.district import District, Row
from dagster_project.sample.plan_evidence import evidence
from dagster_project.sample.plan_schools import open_sites

YEAR = 2025
_TOWN = 3
#: Of so many schools in turn the first signs all returns, the second only that of its teachers, the third hands in no
#: page, and the fourth doesn't sign.
_IN_TURN = 4
_SIGNED_ON = "2025-10-24"


def signature_rows(district: District) -> list[Row]:
    """One row per signature."""
    rows = []
    sites = [s for s in open_sites(district, "小学", "初级中学", "教学点") if s.town == _TOWN]
    for n, site in enumerate(sites):
        turn = n % _IN_TURN
        if turn == _IN_TURN - 1:
            continue
        page = evidence([f"签字页_{site.name}_{YEAR}"])["evidence_zh"] if turn < 2 else None
        rows.append(
            {
                "school_code": site.code,
                "school_name": site.name,
                "figure_year": YEAR,
                "signed_feed": "教师配备" if turn == 1 else "全部报表",
                "signed_by_post": "校长",
                "signed_on": _SIGNED_ON,
                "evidence_zh": page,
            }
        )
    return rows
