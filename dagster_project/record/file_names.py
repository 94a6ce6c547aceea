"""Names of files as they are published: without the numbers of persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.core.duck import read_sql
from dagster_project.core.privacy import mask_personal_numbers

if TYPE_CHECKING:
    import duckdb

#: Tables of schema `accepted` whose column `source_file` is published.
_TABLES = (
    "submissions", "problems", "assumptions", "problem_ages", "holds", "corrections", "explained", "nil_returns",
    "return_places", "readings", "source_comparisons", "taken_cells",
    "taken_codes",
)  # fmt: skip


def mask(con: duckdb.DuckDBPyConnection) -> None:
    """Mask personal numbers in the names of files; names that have become equal are told apart by a number in brackets."""
    names = [
        str(name) for (name,) in con.execute(read_sql("dagster_project.record", "file_names")).fetchall()
    ]
    for name, masked in masked_names(names).items():
        for table in _TABLES:
            con.execute(f"update accepted.{table} set source_file = ? where source_file = ?", [masked, name])


def masked_names(names: list[str]) -> dict[str, str]:
    """The masked name of each file that needs one."""
    masked = {}
    taken = {name for name in names if mask_personal_numbers(name) == name}
    for name in names:
        shown = plain = mask_personal_numbers(name)
        number = 1
        while shown != name and shown in taken:
            number += 1
            shown = f"{plain}（{number}）"
        taken.add(shown)
        if shown != name:
            masked[name] = shown
    return masked
