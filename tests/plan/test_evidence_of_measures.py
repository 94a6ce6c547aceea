"""Words in a cell are no evidence: the files they name have to be in the vault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"
HASH = "ab" * 32


def task(item: str) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "area_zh": "领域", "item_title_zh": "事项",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "documents"}  # fmt: skip


def claim(item: str, evidence: str | None, state: str = "closed", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": "2024-06",
            "reported_on": "2024-06-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": "2024-06-20",
            "review_result": "passed", "evidence_zh": evidence, **more}  # fmt: skip


def file(name: str, year: int = 2024, sha256: str | None = None, *, latest: bool = True) -> Row:
    return {"folder_year": year, "file_name": name, "source_path": f"{year}/佐证/{name}", "size_bytes": 10,
            "sha256": sha256 or (f"{len(name):02d}{year}" * 11)[:64], "received_on": f"{year}-07-01", "is_latest": latest}  # fmt: skip


CASES: list[tuple[str, Row, str, str | None]] = [
    ("1", claim("1", "工作总结.pdf"), "closed", None),
    ("2", claim("2", "工作总结"), "closed", None),  # the ending may be left out
    ("3", claim("3", "会议纪要"), "in_progress", "evidence_missing"),
    ("4", claim("4", None), "in_progress", "no_evidence"),
    ("5", claim("5", "工作总结、通报；名单.xlsx"), "closed", None),
    ("6", claim("6", "工作总结、会议纪要"), "in_progress", "evidence_missing"),  # one of two
    ("7", claim("7", "通报\n名单"), "closed", None),
    ("8", claim("8", "随便写", evidence_sha256=HASH.upper()), "closed", None),
    ("9", claim("9", "工作总结", evidence_sha256="cd" * 32), "in_progress", "evidence_missing"),
    ("10", claim("10", "批复", "exempt", exemption_reason_zh="统一安排"), "in_progress", "evidence_missing"),
    ("11", claim("11", "通报", "exempt", exemption_reason_zh="统一安排"), "exempt", None),
    ("12", claim("12", "旧稿"), "in_progress", "evidence_missing"),  # replaced by a file of another name
    ("13", claim("13", "工作总结", reviewer=None), "to_review", "no_reviewer"),
]  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2024-12-31")
    a.add("rectification_tasks", *(task(item) for item, *_ in CASES))
    a.add("rectification_tasks", task("14"))
    a.add("rectification_progress", *(row for _, row, *_ in CASES))
    # March's return comes in September, when May's has long been accepted
    a.add("rectification_progress", claim("14", "通报", reporting_month="2024-05", reported_on="2024-05-10"),
          claim("14", None, "in_progress", reporting_month="2024-03", reported_on="2024-09-10", reviewer=None,
                reviewed_on=None, review_result=None))  # fmt: skip
    a.add("evidence_files", file("工作总结.pdf"), file("工作总结.pdf", 2023), file("通报.png"), file("名单.xlsx"),
          file("旧稿.txt", latest=False), file("照片.jpg", 2022, HASH))  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("evidence"))


def measure(marts: Marts, item: str) -> Row:
    return marts.one(
        "select * from marts.fct_rectification_measures where item_number = ? and reporting_month = '2024-06'",
        item,
    )


@pytest.mark.parametrize(
    ("item", "state", "reason"), [(item, state, reason) for item, _, state, reason in CASES]
)
def test_a_claim_by_documents_needs_every_file_it_names(
    marts: Marts, item: str, state: str, reason: str | None
) -> None:
    row = measure(marts, item)
    assert (row["state"], row["refusal_code"]) == (state, reason)


@pytest.mark.parametrize(
    ("item", "status", "named", "found"),
    [
        ("1", "in_vault", 1, 1),
        ("4", "none", 0, 0),
        ("5", "in_vault", 3, 3),
        ("6", "missing", 2, 1),
        ("8", "in_vault", 1, 1),
    ],
)
def test_what_is_missing_is_counted(marts: Marts, item: str, status: str, named: int, found: int) -> None:
    row = measure(marts, item)
    assert (row["evidence_status"], row["documents_named"], row["documents_found"]) == (status, named, found)


def test_the_file_is_shown_with_its_hash_and_the_day_it_came(marts: Marts) -> None:
    row = measure(marts, "2")
    assert (row["evidence_file_name"], str(row["evidence_received_on"])) == ("工作总结.pdf", "2024-07-01")
    assert (measure(marts, "8")["evidence_file_name"], measure(marts, "8")["evidence_sha256"]) == (
        "照片.jpg",
        HASH,
    )


def test_a_late_return_of_an_earlier_month_reopens_nothing(marts: Marts) -> None:
    spells = marts.ask(
        "select state, is_reopening from marts.fct_rectification_states where item_number = '14' order by valid_from"
    )
    assert [row["state"] for row in spells][-1] == "closed"
    assert not any(row["is_reopening"] for row in spells)
