"""Signatures: which returns that are in are signed, and which figures rest on unsigned ones."""

from __future__ import annotations

import pytest

from dagster_project.core.duck import read_sql
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import catalogue
from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

OURS, OTHER, THIRD = "500101", "500102", "500103"


def school(code: str, district: str = OURS) -> Row:
    return {"school_code": code, "school_name": f"校{code}", "district_code": district, "town": "东镇",
            "school_type": "primary", "ownership": "public"}  # fmt: skip


def signature(code: str, feed: str, page: str | None) -> Row:
    return {"school_code": code, "figure_year": 2024, "signed_feed": feed, "signed_by_post": "校长",
            "signed_on": "2024-11-05", "evidence_zh": page}  # fmt: skip


#: Schools of a third district, all of which signed on 5 November: the page they name, the day on which the return in
#: force came (None: with the first submission), and what follows.
CASES = {
    "31": ("那年的页.pdf", None, "page_missing"),  # lies in the folder of 2021
    "32": ("旧版.pdf", None, "page_missing"),  # is no longer the latest
    "33": ("他区的页.pdf", None, "page_missing"),  # lies in the other district's folder
    "34": ("签字页.pdf", None, "page_missing"),  # the first district named it first
    "35": ("页1.pdf、页2.pdf", None, "signed"),
    "36": ("页1.pdf、页3.pdf", None, "page_missing"),  # one of two
    "37": ("页1", "2024-12-01", "changed_after"),
    "38": ("页1", "2024-11-05", "signed"),
}


def add_cases(a: Accepted) -> None:
    for submission, (code, (page, day, _)) in enumerate(CASES.items(), 2):
        origin = {"source_file": f"2024/{code}.xlsx", "sha256": code}
        a.add("schools", {**school(code, THIRD), "school_year": 2024})
        a.add("floor_area", {"school_year": 2024, "school_code": code, "books": 900, **origin})
        signed_on = "2024-11-06" if code == "34" else "2024-11-05"
        a.add("return_signatures", {**signature(code, "floor_area", page), "signed_on": signed_on})
        a.add(
            "submissions",
            {"submission": submission if day else 1, "received_on": day or "2024-12-24", **origin},
        )
    for name, year, more in (
        ("那年的页.pdf", 2021, {}),
        ("旧版.pdf", 2024, {"is_latest": False}),
        ("他区的页.pdf", 2024, {"district_code": OTHER}),
        ("页1.pdf", 2024, {}),
        ("页2.pdf", 2024, {}),
    ):
        a.add("evidence_files", {"folder_year": year, "file_name": name, "source_path": f"{year}/佐证/{name}",
                                 "sha256": name, "is_latest": True, **more})  # fmt: skip


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """Schools 1, 2 and 3 of our district, 9 of one that has nothing signed. Ours began to sign in 2024."""
    a = Accepted(2024, as_of="2024-12-31")
    for year in (2023, 2024):
        for code, district in (("1", OURS), ("2", OURS), ("3", OURS), ("9", OTHER)):
            a.add("schools", {**school(code, district), "school_year": year})
            if code != "2":
                a.add(
                    "staffing",
                    {"school_year": year, "school_code": code, "stage": "primary", "full_time_teachers": 9},
                )
            a.add("floor_area", {"school_year": year, "school_code": code, "books": 900})
    # 1 signed everything with a page, called without its ending; 3 its staffing alone, and the page is not there
    a.add(
        "return_signatures",
        signature("1", "all", "签字页"),
        signature("1", "floor_area", None),
        signature("3", "staffing", "没有.pdf"),
    )
    a.add("evidence_files", {"folder_year": 2024, "file_name": "签字页.pdf", "source_path": "2024/佐证/签字页.pdf", "sha256": "ab",
                             "is_latest": True})  # fmt: skip
    add_cases(a)
    folder = tmp_path_factory.mktemp("signed")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_return_signatures"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def test_a_return_that_is_in_is_signed_without_a_page_or_unsigned(marts: Marts) -> None:
    rows = marts.ask(
        "select school_code, feed, signature_status from marts.fct_completeness"
        " where school_year = 2024 and feed in ('staffing', 'floor_area') and district_code <> ? order by all",
        THIRD,
    )
    assert [tuple(r.values()) for r in rows] == [
        ("1", "floor_area", "signed"),
        ("1", "staffing", "signed"),
        ("2", "floor_area", "unsigned"),
        ("2", "staffing", None),  # not in: nothing to sign
        ("3", "floor_area", "unsigned"),
        ("3", "staffing", "page_missing"),
        ("9", "floor_area", None),  # its district has nothing signed
        ("9", "staffing", None),
    ]


def test_a_signature_counts_with_its_pages_and_for_the_return_that_it_was_put_under(marts: Marts) -> None:
    rows = marts.ask(
        "select school_code, signature_status from marts.fct_completeness"
        " where school_year = 2024 and feed = 'floor_area' and district_code = ?",
        THIRD,
    )
    assert {r["school_code"]: r["signature_status"] for r in rows} == {
        code: status for code, (_, _, status) in CASES.items()
    }
    counts = marts.one(
        "select schools_received, schools_signed, schools_changed_after, schools_without_page, schools_unsigned"
        " from marts.fct_return_signatures where feed = 'floor_area' and district_code = ?",
        THIRD,
    )
    assert tuple(counts.values()) == (8, 2, 1, 5, 0)


def test_before_the_first_signature_none_is_asked_for(marts: Marts) -> None:
    assert (
        marts.ask(
            "select 1 from marts.fct_completeness where school_year = 2023 and signature_status is not null"
        )
        == []
    )


def test_the_release_says_how_many_returns_of_which_figures_are_unsigned(marts: Marts) -> None:
    rows = marts.ask(
        "select * exclude (indicators_zh) from marts.fct_return_signatures where feed <> 'schools' and district_code = ?"
        " order by feed",
        OURS,
    )
    assert [tuple(r.values()) for r in rows] == [
        (2024, OURS, "floor_area", 3, 1, 0, 0, 2),
        (2024, OURS, "staffing", 2, 1, 0, 1, 0),
    ]
    (floor,) = marts.ask(
        "select indicators_zh from marts.fct_return_signatures where feed = 'floor_area' and district_code = ?",
        OURS,
    )
    assert "生均体育运动场馆面积" in floor["indicators_zh"] and "教师" not in floor["indicators_zh"]


def test_the_page_lists_each_school_once(marts: Marts) -> None:
    statement = read_sql(catalogue.__name__, "unsigned", district_code=f"'{OURS}'")
    rows = marts.ask(statement)
    found = {(r["school_code"], r["feed"], r["signature_status"]) for r in rows if r["feed"] != "schools"}
    assert found == {
        ("2", "floor_area", "unsigned"),
        ("3", "floor_area", "unsigned"),
        ("3", "staffing", "page_missing"),
    }


def test_every_yearly_return_of_a_school_can_be_signed() -> None:
    words = {
        word: code
        for word, code in load_feeds()["return_signatures"].column("signed_feed").choices.items()
        if code != "all"
    }
    assert words == {
        f.name_zh: f.feed for f in load_feeds().values() if f.owed_by == "school" and not f.is_ledger
    }
