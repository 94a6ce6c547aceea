"""Where a value stands: one decoding of the maps of columns for every statement."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.core.duck import read_sql_file

STATEMENT = """
select
    {{ own_sheet('letters', "'主表'") }},
    {{ first_cell('letters', '7') }},
    {{ all_cells('letters', '7') }},
    {{ cell_count('letters') }},
    {{ roster_rows('letters') }}
from (values (cast(? as varchar))) as map (letters)
"""


@pytest.mark.parametrize(
    ("letters", "sheet", "first", "every", "count", "rows"),
    [
        ("D", "主表", "D7", "D7", 1, None),
        ("AB,AC", "主表", "AB7", "AB7,AC7", 2, None),
        # of national forms, a value has cells of its own, perhaps in another sheet, perhaps subtracted
        ("C9", "主表", "C9", "C9", 1, None),
        ("附表!C9,-C10", "附表", "C9", "C9,-C10", 2, None),
        ("附表!-C10,C9", "附表", "C10", "-C10,C9", 2, None),
        # the name of a sheet may hold the mark that ends it
        ("基!表!C9", "基!表", "C9", "C9", 1, None),
        # no cell of a person is named
        ("*{n}人，第 2 行", "主表", None, None, 0, "{n}人，第 2 行"),
        ("*", "主表", None, None, 0, ""),
        # a constant of the layout, and a column that the sheet does not have
        ("", "主表", None, None, 0, None),
        (None, "主表", None, None, 0, None),
    ],
)
def test_a_value_stands_where_its_map_says(
    tmp_path: Path, letters: str | None, sheet: str, first: str | None, every: str | None, count: int, rows: str | None
) -> None:  # fmt: skip
    path = tmp_path / "places.sql"
    path.write_text(STATEMENT, encoding="utf-8")
    found = duckdb.execute(read_sql_file(path), [letters]).fetchall()
    assert found == [(sheet, first, every, count, rows)]
