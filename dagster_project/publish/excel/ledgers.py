"""The plan's ledgers as a workbook: problems, duties, rectification, crowded classes, hazards."""

from __future__ import annotations

from pathlib import Path

from dagster_project.core import duck
from dagster_project.core.homes import file_name, new_file
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.excel.tables import write_sheets
from dagster_project.warehouse.districts import district_of, districts_of_release

_REPORT_ZH = "整改台账"


def write_ledger_workbooks(
    marts: Path, out_dir: Path, release_id: str, *, synthetic_zh: str = ""
) -> list[Path]:
    """Write one workbook per district that has a plan, with the ledgers as of the release's day.

    Args:
        marts: the committee's database; the names of the districts are read beside it.
        out_dir: folder of the release's workbooks, created when there is something to write.
        release_id: goes into the file name.
        synthetic_zh: what every page says of invented figures; empty without them.

    Raises:
        UserError: a file of that name exists already; produced files are never overwritten.
    """
    paths = []
    with duck.open_marts(marts) as con:
        latest = "select district_code, max(reporting_month) as month, max(as_of) as as_of"
        for row in duck.rows(con, f"{latest} from marts.fct_rectification_summary group by 1 order by 1"):
            out_dir.mkdir(parents=True, exist_ok=True)
            district = district_of(str(row["district_code"]), districts_of_release(marts.parent))
            name = file_name(district.name_zh, _REPORT_ZH, row["month"], release_id, suffix=".xlsx")
            path = new_file(out_dir / name)
            with Book(path, _REPORT_ZH, synthetic_zh) as book:
                values = {"as_of": row["as_of"], "whole_zh": district.whole_zh}
                write_sheets(book, con, "ledgers", str(row["district_code"]), values)
            paths.append(path)
    return paths
