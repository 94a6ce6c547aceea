"""How a figure stands on a page: rounded by hand's rules, honest where there is none, harmless as HTML."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Card, Kind
from dagster_project.publish.site.printing import PageColumn, cell, key_text, shown, text_of, verdict_text
from dagster_project.publish.site.sections import card_of


def column(name: str, kind: Kind = "text", **more: Any) -> PageColumn:
    """A column of a page as the catalogue would give it."""
    return PageColumn(catalogue.Column(name=name, kind=kind, **more))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2.675, "number", "2.68"),  # the nearest double lies below; people round what they see
        (0.5, "whole", "1"),
        (1849.0, "plain", "1,849"),
        (30.25, "plain", "30.25"),
        (-0.4, "whole", "0"),
        (1234567.891, "yuan", "1,234,568"),
        (0.29226, "percent", "29.2%"),
        (Decimal("0.8505"), "percent", "85.1%"),
        (2023, "year", "2023"),
        (dt.date(2025, 12, 31), "day", "2025-12-31"),
        (True, "yes", "是"),
        ("primary", "text", "小学"),
    ],
)
def test_a_value_is_printed_as_its_kind(value: Any, kind: Kind, text: str) -> None:
    assert text_of(value, kind, words={"primary": "小学"}) == text


@pytest.mark.parametrize("kind", ["text", "whole", "number", "percent", "yuan", "day", "yes", "verdict"])
@pytest.mark.parametrize("nothing", [None, float("nan"), ""])
def test_what_is_not_there_is_a_dash_and_never_a_zero(kind: Any, nothing: Any) -> None:
    assert text_of(nothing, kind) == "—"


def test_a_verdict_has_a_sign_that_survives_a_grey_print() -> None:
    assert verdict_text("not_met") == "▼未达标"
    assert verdict_text("not_available").startswith("？")
    assert verdict_text("met") == "达标"


def test_a_figure_below_its_standard_is_marked_by_sign_and_class() -> None:
    value = column("value", "number", verdict="status")
    assert (
        str(cell({"value": 4.4, "status": "not_met"}, value))
        == '<td data-c="value" class="n failed">▼4.40</td>'
    )
    assert (
        str(cell({"value": 5.37, "status": "met"}, value)) == '<td data-c="value" class="n reached">5.37</td>'
    )


def test_a_lacking_figure_says_so_in_its_cell() -> None:
    text = str(cell({"value": None, "status": "not_available"}, column("value", "number", verdict="status")))
    assert "？" in text and "—" not in text and 'class="n lacking"' in text


def test_what_somebody_typed_can_not_become_markup() -> None:
    typed = '<script>alert("1")</script>&'
    assert "<script" not in str(cell({"x": typed}, column("x")))
    address = PageColumn(catalogue.Column(name="x"), link_of=lambda row: str(row["page"]))
    linked = str(cell({"x": typed, "page": '"><b>'}, address))
    assert "<b>" not in linked and "<script" not in linked
    assert "<script" not in str(shown("mart", ("x",), {"x": typed}, "x"))
    card = Card(
        mart="mart", key=("x",), title_zh="{{ row.x }}", big="{{ whole('n') }}", lines=("{{ row.x }}",)
    )
    made = card_of(card, {"x": typed, "n": 1}, dt.date(2025, 12, 31))
    assert "<script" not in made.title_zh + made.big + made.lines[0] and "<span" in made.big


def test_units_differ_row_by_row_where_a_table_holds_several_measures() -> None:
    value = column("value", scaled_by=("scale", "decimals", "unit"))
    row = {"value": 0.478, "scale": 100, "decimals": 1, "unit": "%"}
    assert str(cell(row, value)) == '<td data-c="value" class="n">47.8%</td>'
    assert "12,000 元" in str(cell({"value": 12000, "scale": None, "decimals": 0, "unit": " 元"}, value))


def test_a_key_names_its_row_even_where_a_part_is_missing() -> None:
    assert key_text({"a": 2023, "b": None, "c": "x"}, ("a", "b", "c")) == "2023||x"


def test_the_variation_of_a_single_school_lacks_schools_and_not_data() -> None:
    assert verdict_text("not_available", "cv_status") == "？有数据的不足两所"
    assert verdict_text("not_met", "cv_status") == verdict_text("not_met")
