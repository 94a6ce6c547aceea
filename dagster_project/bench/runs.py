"""The sample from the command line: a full run, one workbook replaced, nothing new."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dagster_project.bench.measure import Measurement, run_command
from dagster_project.intake.feeds import load_feeds


def prepare() -> dict[str, Any]:
    """Prepare the models' manifest before the first run, as the set-up does."""
    from dagster_project.warehouse.build import prepare_manifest

    prepare_manifest()
    return {}


def replace_workbook(raw: str) -> dict[str, Any]:
    """Correct one figure, as a school would: in the largest workbook of the latest year that reports books.

    Returns:
        the workbook's path and the cell.
    """
    years = sorted((p for p in Path(raw).iterdir() if p.is_dir() and p.name.isdigit()), reverse=True)
    for year in years:
        for path in sorted(year.glob("*.xlsx"), key=lambda p: p.stat().st_size, reverse=True):
            cell = _add_a_book(path)
            if cell:
                return {"path": str(path), "cell": cell}
    raise ValueError(f"no workbook under {raw} reports books")


def _add_a_book(path: Path) -> str:
    """Raise the first number of books in a workbook by one; its address, or nothing if there is none."""
    import openpyxl

    books_zh = load_feeds()["floor_area"].column("books").heading_zh
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        headings = (cell for row in sheet.iter_rows(max_row=12) for cell in row if cell.value is not None)
        for heading in headings:
            if str(heading.value).strip("*＊ ") != books_zh:
                continue
            for row in range(heading.row + 1, sheet.max_row + 1):
                cell = sheet.cell(row, heading.column)
                if isinstance(cell.value, (int, float)) and cell.value > 0:
                    cell.value += 1
                    book.save(path)
                    return f"{sheet.title}!{cell.coordinate}"
    return ""


def run_three(sample: Path, work: Path) -> dict[str, Measurement]:
    """Run into a fresh home: everything new, nothing new, one workbook replaced. Each run is a process."""
    from dagster_project.bench.measure import measure

    raw, home = work / "raw", work / "home"
    shutil.copytree(sample, raw)
    measure("runs:prepare")
    command = ["run", "--raw", str(raw), "--home", str(home)]
    full = run_command(command)
    nothing = run_command(command)
    measure("runs:replace_workbook", raw=str(raw))
    replaced = run_command(command)
    return {"full": full, "replaced": replaced, "nothing": nothing}
