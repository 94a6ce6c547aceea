"""Totals of the forms, held against their parts."""

from __future__ import annotations

from typing import Any

from dagster_project.intake.findings import problem
from dagster_project.intake.parse.forms.book import Book
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


def _check(book: Book, check: Check, school_code: str) -> None:
    for place, places in check.compared:
        total = book.number(place)
        parts = [(sign, part, book.number(part)) for sign, part in places]
        known = [(sign, part, number) for sign, part, number in parts if number is not None]
        if (
            total is None
            or not known
            or (len(known) < len(parts) and check.relation == "equal" and not check.some_parts)
        ):
            continue
        together = sum(sign * number for sign, _, number in known)
        differs = abs(together - total) > _ROUNDING * len(known)
        if differs and (check.relation == "equal" or together > total):
            others = [(sign, cell) for sign, part, _ in known if (cell := book.cell(part))]
            cell = book.cell(place)
            assert cell is not None
            _report(book, check, (cell, total), (others, together), school_code)


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
