"""The sheet of check results: what a school wrote about a failed check of the forms explains a warning of the same kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.forms.declared import CheckResults
from dagster_project.intake.parse.forms.labels import in_one_line
from dagster_project.intake.parse.forms.tables import FormCell


def explanations_in(
    grids: Sequence[Grid], declared: CheckResults
) -> Iterator[tuple[str, str, str, FormCell]]:
    """Rule, explained value and reason, each with the cell that holds them; checks of no rule of ours are passed over.

    Args:
        grids: the sheets of check results.
        declared: which check asks what which rule asks.
    """
    for grid in grids:
        for i, row in enumerate(grid.rows):
            for j, text in enumerate(row):
                if not isinstance(text, str):
                    continue
                plain = in_one_line(text)
                reason = re.search(declared.reason, plain)
                if reason is None:
                    continue
                cell = FormCell(text, grid.sheet, grid.first_column + j, grid.first_row + i)
                for rule in declared.explains:
                    if found := re.search(rule.pattern, plain[: reason.start()]):
                        yield rule.rule_code, found["value"], reason["reason"], cell
