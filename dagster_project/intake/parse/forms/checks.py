"""Totals of the forms, held against their parts."""

from __future__ import annotations

from typing import Any

from dagster_project.intake.findings import problem
from dagster_project.intake.parse.forms.book import Book, Spot
from dagster_project.intake.parse.forms.declared import Check
from dagster_project.intake.parse.forms.tables import FormCell
from dagster_project.intake.parse.forms.values import placed
from dagster_project.intake.parse.shown import shown_cell

#: Sums of figures with two decimals agree up to their rounding.
_ROUNDING = 0.006


def check_totals(book: Book, school_code: str) -> None:
    """Warn where a total of the forms isn't what its parts make up."""
    for check in book.era.checks:
        if check.total.form in book.tables:
            _check(book, check, school_code)


#: A cell by its form and place, if it is there.
_At = tuple[str, Spot | None]
#: A whole, and its parts with the sign that each counts with.
_Compared = tuple[_At, list[tuple[int, _At]]]


def _check(book: Book, check: Check, school_code: str) -> None:
    compared = book.conclude_over(check.forms, check, lambda: _located(book, check))
    for (form, place), parts in _reported(book, check) if compared is None else compared:
        total = None if place is None else book.number(form, place)
        if total is None:
            continue
        known = [
            (sign, own, spot, number)
            for sign, (own, spot) in parts
            if spot is not None and (number := book.number(own, spot)) is not None
        ]
        if not known or (len(known) < len(parts) and check.relation == "equal" and not check.some_parts):
            continue
        together = sum(sign * number for sign, _, _, number in known)
        differs = abs(together - total) > _ROUNDING * len(known)
        if differs and (check.relation == "equal" or together > total):
            others = [(sign, book.cell_at(own, spot)) for sign, own, spot, _ in known]
            assert place is not None
            _report(book, check, (book.cell_at(form, place), total), (others, together), school_code)


def _located(book: Book, check: Check) -> list[_Compared] | None:
    """Each whole and its parts where they are; without those whose whole isn't there. None if labels are in doubt."""
    compared: list[_Compared] = []
    for place, places in check.compared:
        spots = book.spots_without_doubt([place, *(part for _, part in places)])
        if spots is None:
            return None
        if spots[0] is not None:
            parts = [(sign, (part.form, spot)) for (sign, part), spot in zip(places, spots[1:], strict=True)]
            compared.append(((place.form, spots[0]), parts))
    return compared


def _reported(book: Book, check: Check) -> list[_Compared]:
    """Each whole and its parts where they are; labels that stand for several cells are reported."""
    return [
        ((place.form, book.spot(place)), [(sign, (part.form, book.spot(part))) for sign, part in places])
        for place, places in check.compared
    ]


def _report(
    book: Book,
    check: Check,
    total: tuple[FormCell, float],
    parts: tuple[list[tuple[int, FormCell]], float],
    school_code: str,
) -> None:
    cell, (others, together) = total[0], parts
    words: dict[str, Any] = {
        "sheet": cell.sheet,
        "cell": cell.address,
        "row_number": cell.row_number,
        "value": shown_cell(cell.value),
        "school_code": school_code,
        "check_zh": check.name_zh,
        "total": f"{total[1]:.12g}",
        "parts": f"{together:.12g}",
        "others": "、".join(
            f"{'减 ' if sign < 0 else ''}{placed(other, cell.sheet)}" for sign, other in others
        ),
    }
    if check.relation == "equal":
        book.problems.append(problem("FORM_TOTAL_DISAGREES", "equal", **words))
    else:
        book.problems.append(problem("FORM_TOTAL_DISAGREES", "at_most", **words))
