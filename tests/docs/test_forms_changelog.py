"""The changelog of the forms says what changed, and is up to date."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

import pytest

from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake.feeds import normalise_heading


@pytest.fixture(scope="module")
def changelog() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "changelog", PROJECT_ROOT / "docs" / "build_forms_changelog.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(changelog: ModuleType) -> None:
    written = (PROJECT_ROOT / "raw_data" / "forms_changelog.md").read_text(encoding="utf-8")
    assert written == changelog.page(), "run .venv/bin/python docs/build_forms_changelog.py"


def test_a_heading_that_schools_were_once_given_is_still_read(changelog: ModuleType) -> None:
    known = changelog.headings_read()
    lost = [
        (year, feed, column["heading_zh"])
        for year, edition in changelog.editions().items()
        for feed, form in edition.items()
        for name, column in form["columns"].items()
        if (feed, name) in known and normalise_heading(column["heading_zh"]) not in known[feed, name]
    ]
    assert lost == []


def a_feed(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name_zh": "图书", "due_within_days": 60, "columns": list(columns), **more}


def a_rule(code: str, limit: int, severity: str = "warn") -> dict[str, Any]:
    meta = {"rule_code": code, "basis_zh": f"规则{code}", "severity": severity, "fails_zh": ""}
    return {"kwargs": {"column": "books", "max_value": limit}, "meta": meta}


def test_each_kind_of_change_is_a_line(changelog: ModuleType) -> None:
    books = {"name": "books", "heading_zh": "图书", "type": "count", "unit_zh": "册"}
    stage = {"name": "stage", "heading_zh": "学段", "type": "choice", "choices": {"小学": "a", "初中": "b"}}
    old = changelog.describe(
        {
            "library": a_feed(books, stage, {"name": "staff", "heading_zh": "馆员", "type": "count"}),
            "gone": a_feed(),
        },
        {"library": {"expectations": [a_rule("A", 1), a_rule("B", 1), a_rule("C", 1)]}},
    )
    new = changelog.describe(
        {
            "library": a_feed(
                {**books, "heading_zh": "图书(册)", "required": True, "since": 2026},
                {**stage, "choices": {"小学": "a", "高中": "c"}},
                {"name": "seats", "heading_zh": "阅览座位", "type": "count"},
                due_within_days=30,
            ),
            "lab": a_feed(books),
        },
        {"library": {"expectations": [a_rule("A", 2), a_rule("B", 1, "quarantine_row"), a_rule("D", 1)]}},
    )
    assert changelog.differences(old, old, {}) == []
    gone, lab, library = changelog.differences(old, new, {("library", "books"): {"图书", "图书(册)"}})
    assert gone.endswith("整张表取消。")
    assert "新增的表。列：图书。" in lab
    assert library.splitlines()[2:] == [
        "- 报送期限由 60 天改为 30 天。",
        "- 新增列“阅览座位”（整数，选填）。",
        "- 列“图书”改名为“图书(册)”，旧表头仍认。",
        "- 列“图书(册)”：改为必填；2026 学年起必填。",
        "- 列“学段”：可选词增加 高中；可选词取消 初中。",
        "- 取消列“馆员”。",
        "- 规则“规则A”的界限有改动。",
        "- 规则“规则B”由“提醒”改为“整行暂不采用”。",
        "- 新增规则（提醒）：规则D。",
        "- 取消规则：规则C。",
    ]
