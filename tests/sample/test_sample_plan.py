"""The synthetic plan: every feed filled, every row readable, every key once, the published totals."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from typing import Any

import pytest

from dagster_project.core.homes import DBT_DIR, SAMPLE_RAW
from dagster_project.intake import reader
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.parse.parsed import ParsedSheet

LEDGERS = {name: feed for name, feed in load_feeds().items() if feed.is_ledger}
#: Workbooks of the plan; the others of these years are returns of towns and schools.
FILES = sorted(
    p
    for year in ("2024", "2025")
    for p in (SAMPLE_RAW / year).glob("*.xlsx")
    if any(word in p.name for word in ("整改", "隐患", "零报告", "区级数据", "印发登记", "签字确认"))
)


@pytest.fixture(scope="module")
def sheets() -> list[ParsedSheet]:
    found = []
    for path in FILES:
        parsed = reader.parse_content(path.read_bytes(), path.name, int(path.parent.name), [])
        assert parsed.problems == [] and parsed.sheets, path.name
        found += parsed.sheets
    return found


@pytest.fixture(scope="module")
def rows(sheets: list[ParsedSheet]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for sheet in sheets:
        names = list(sheet.columns)
        for values in zip(*sheet.columns.values(), strict=True):
            found.setdefault(sheet.feed, []).append(dict(zip(names, values, strict=True)))
    return found


def test_one_towns_schools_signed_in_every_way(rows: dict[str, list[dict[str, Any]]]) -> None:
    """All returns or one of them, with the signed page or without; each page that is named is there."""
    signed = rows["return_signatures"]
    assert {(r["signed_feed"], r["evidence_zh"] is not None) for r in signed} == {
        ("all", True), ("staffing", True), ("all", False),
    }  # fmt: skip
    pages = {p.stem for p in (SAMPLE_RAW / "2025" / "佐证").iterdir() if p.name.startswith("签字页_")}
    assert {r["evidence_zh"] for r in signed} - {None} == pages


def test_two_years_of_months_and_a_small_folder() -> None:
    assert sum("整改月报" in p.name for p in FILES) == 24
    assert len(FILES) < 40 and sum(p.stat().st_size for p in FILES) < 1_200_000


def test_every_feed_has_rows_and_every_cell_can_be_read(
    sheets: list[ParsedSheet], rows: dict[str, list[dict[str, Any]]]
) -> None:
    # an explanation answers a warning, a crosswalk names other codes; the sample's schools have written neither
    assert set(rows) == set(LEDGERS) - {"explanations", "district_explanations", "school_codes"}
    assert [p for s in sheets for p in s.problems if p.severity != "warn"] == []
    assert all(s.is_synthetic for s in sheets)
    assert not any(r["has_fault"] for found in rows.values() for r in found)


@pytest.mark.parametrize("feed", LEDGERS)
def test_no_key_appears_twice(rows: dict[str, list[dict[str, Any]]], feed: str) -> None:
    keys = Counter(tuple(r[k] for k in LEDGERS[feed].grain) for r in rows.get(feed, []))
    assert [k for k, n in keys.items() if n > 1] == []


def test_the_published_totals(rows: dict[str, list[dict[str, Any]]]) -> None:
    def done(code: str) -> float:
        return sum(
            r["done"]
            for r in rows["work_figures"]
            if r["work_code"] == code and r["reporting_month"] < "2025"
        )

    assert done("kindergarten_training_projects") == 46
    assert done("kindergarten_training_person_times") == 9000
    groups = {(r["group_kind"], r["group_name"]) for r in rows["school_groups"]}
    assert Counter(kind for kind, _ in groups)["one_school"] == 5
    assert Counter(kind for kind, _ in groups)["joint_schools"] == 8
    given_up = {(r["group_kind"], r["group_name"]) for r in rows["school_groups"] if r["left_on"]}
    assert [kind for kind, _ in given_up] == ["joint_schools"], "one falls back"
    first = {
        r["question"]: r["satisfied"] / r["respondents"]
        for r in rows["satisfaction"]
        if r["survey_round"] == "2023年评价"
    }
    assert (first["safety_measures"], first["bus_buildings_facilities"], first["food_safety"]) == (
        0.8692,
        0.8598,
        0.8689,
    )


def named_documents(rows: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str | None]]:
    """Each document named as evidence, with the hash where the row gives one."""
    feeds = ("rectification_progress", "milestones", "government_documents")
    found = [(r["evidence_zh"], r.get("evidence_sha256")) for f in feeds for r in rows[f] if r["evidence_zh"]]
    return [(name, sha256) for names, sha256 in found for name in names.split("、")]


def test_documents_named_as_evidence_are_there_but_for_two(rows: dict[str, list[dict[str, Any]]]) -> None:
    files = [p for year in ("2024", "2025") for p in (SAMPLE_RAW / year / "佐证").iterdir()]
    kept = {p.name: p for p in files} | {p.stem: p for p in files}
    named = named_documents(rows)
    missing = {name for name, _ in named} - set(kept)
    assert missing == {"措施18.2_两个清单.pdf", "节点04_普惠性民办园扶持办法"}
    hashed = [(kept[name], sha256) for name, sha256 in named if sha256 and name in kept]
    assert len(hashed) > 40
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == sha256 for path, sha256 in hashed)
    assert {p.suffix for p in files} == {".txt", ".pdf", ".png"}


def test_nearly_all_schools_and_six_kindergartens_of_ten_return_their_checks(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    def returning(month: str, *, preschool: bool) -> int:
        found = {
            r["school_code"]
            for r in rows["safety_duties"]
            if r["reporting_month"] == month and r["duty"] == "daily_check"
        }
        return sum(code.startswith("11") == preschool for code in found)

    assert returning("2024-08", preschool=True) == 0
    # 90 of 150 kindergartens have begun to return; those numbered 0, 23, 92 and 115 owe December
    assert returning("2025-12", preschool=True) == 86
    # 110 of compulsory education less 5 campuses and the special school, 2 senior and 4 vocational schools;
    # those numbered 0, 23, 46, 69 and 92 owe December
    assert returning("2025-12", preschool=False) == 110 - 5 - 1 + 2 + 4 - 5


def test_schools_without_hazards_say_so_in_nil_returns(sheets: list[ParsedSheet]) -> None:
    stated = [(s.feed, n) for s in sheets for n in s.nil_returns]
    months = Counter((feed, n.reporting_month) for feed, n in stated)
    assert set(months) == {("hazards", f"2025-{m:02d}") for m in (9, 10, 11, 12)} | {
        ("safety_duties", "2025-08")
    }
    assert months["safety_duties", "2025-08"] == 150 // 5 and min(months.values()) >= 30
    assert all(n.school_code and n.school_name for _, n in stated)


def test_surveys_say_who_asked_and_milestones_name_their_measure(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    assert {(r["survey_round"], r["surveyed_by"]) for r in rows["satisfaction"]} == {
        ("2023年评价", "higher_authority"), ("2024年自查", "district"), ("2025年评价", "higher_authority"),
    }  # fmt: skip
    measures = {(r["item_number"], r["measure_number"]) for r in rows["rectification_tasks"]}
    own = {
        (r["item_number"], r["measure_number"]) for r in rows["milestones"] if r["measure_number"] is not None
    }
    assert own <= measures and len(own) > 20
    assert {r["item_number"] for r in rows["milestones"] if r["measure_number"] is None} == {"10"}


def test_all_items_of_the_plan_are_there(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert {r["item_number"] for r in rows["rectification_tasks"]} == {*(str(n) for n in range(1, 19)), "三"}
    silent = [r for r in rows["rectification_tasks"] if r["deadline"] is None]
    assert len(silent) == 3  # the plan is silent: shown as 待明确


@pytest.mark.parametrize(
    ("feed", "column", "seed", "code"),
    [
        ("work_figures", "work_code", "work_kinds", "work_code"),
        ("district_figures", "figure_code", "district_figure_kinds", "figure_code"),
        ("government_documents", "item_code", "government_items", "item_code"),
        ("rectification_tasks", "figure_code", "rectification_figures", "figure_code"),
    ],
)
def test_a_feeds_words_are_those_of_its_seed(feed: str, column: str, seed: str, code: str) -> None:
    with (DBT_DIR / "seeds" / f"{seed}.csv").open(encoding="utf-8") as stream:
        known = {row["name_zh"]: row[code] for row in csv.DictReader(stream)}
    assert load_feeds()[feed].column(column).choices == known


@pytest.mark.parametrize(
    "feed", ["rectification_tasks", "rectification_progress", "milestones", "hazards", "satisfaction"]
)
def test_a_row_without_its_date_is_put_aside_by_name_and_never_lost_unseen(feed: str) -> None:
    dates = {c.name for c in LEDGERS[feed].columns if c.type == "date" and c.required}
    assert dates and dates - {"deadline"} <= set(LEDGERS[feed].key_columns)
