"""How long a large workbook takes: our reader against bare calamine and against pandas with openpyxl."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from dagster_project.bench.measure import best_of

_HEADINGS = (
    "序号",
    "学校标识码",
    "学校名称",
    "学段",
    "年级",
    "班级",
    "学生数",
    "班级数",
    "班额下限",
    "班额上限",
)
_YEAR = 2023
_CLASSES_PER_SCHOOL = 40
_FORMULA_EVERY = 500


def write_workbook(path: str, rows: int) -> dict[str, Any]:
    """A return of class sizes: a banner, headings, `rows` classes, a total; some cells are formulas."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    students = formulas = 0
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("班级学生数")
        sheet.write_string(0, 0, f"班级学生数（{_YEAR} 学年，合成数据）")
        sheet.write_row(1, 0, _HEADINGS)
        for i in range(rows):
            school, place = divmod(i, _CLASSES_PER_SCHOOL)
            grade, number = place % 9 + 1, place // 9 + 1
            size = 30 + (i * 7919) % 28
            students += size
            row = i + 2
            sheet.write_number(row, 0, i + 1)
            sheet.write_string(row, 1, f"{2150000000 + school:010d}")
            sheet.write_string(row, 2, f"合成第{school + 1}学校")
            sheet.write_string(row, 3, "小学" if grade <= 6 else "初中")
            sheet.write_number(row, 4, grade)
            sheet.write_string(row, 5, f"{number}班")
            if i % _FORMULA_EVERY == 0:
                formulas += 1
                sheet.write_formula(row, 6, f"={size - 10}+10", None, size)
            else:
                sheet.write_number(row, 6, size)
            sheet.write_number(row, 7, 1)
        sheet.write_string(rows + 2, 0, "合计")
        sheet.write_formula(rows + 2, 6, f"=SUM(G3:G{rows + 2})", None, students)
    return {"students": students, "formulas": formulas + 1}


def read_ours(path: str, repeats: int = 1) -> dict[str, Any]:
    """Our reader: archive checks, formula detection, typed conversion, faults with their cells."""
    from dagster_project.core.homes import LAYOUTS_DIR
    from dagster_project.intake.parse.layout_files import load_layouts
    from dagster_project.intake.reader import parse_content

    content = Path(path).read_bytes()
    layouts = load_layouts(LAYOUTS_DIR)
    parse_content(
        b"\xef\xbb\xbf1,2\n", "warm.csv", _YEAR, layouts
    )  # feeds and calamine are loaded once a run
    seconds, parsed = best_of(repeats, lambda: parse_content(content, path, _YEAR, layouts))
    sheet = parsed.sheets[0]
    return {
        "seconds": seconds,
        "rows": len(sheet.columns["row_number"]),
        "students": sum(sheet.columns["students"]),
        "problems": sum(p.severity != "note" for p in sheet.problems),
    }


def read_calamine(path: str, repeats: int = 1) -> dict[str, Any]:
    """Bare calamine: every cell as a Python value, nothing checked."""
    from python_calamine import CalamineWorkbook

    def read() -> list[list[Any]]:
        return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()

    seconds, rows = best_of(repeats, read)
    return {"seconds": seconds, "rows": len(rows)}


def read_pandas(path: str, repeats: int = 1) -> dict[str, Any]:
    """pandas with openpyxl, codes kept as text."""
    import pandas as pd

    def read() -> pd.DataFrame:
        return pd.read_excel(path, header=1, dtype={"学校标识码": str}, engine="openpyxl")

    started = time.perf_counter()
    frame = read()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": len(frame)}
