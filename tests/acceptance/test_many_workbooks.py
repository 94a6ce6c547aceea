"""Five hundred schools, each with its own workbook, one of them broken."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dagster_project import run
from tests.intake import bad_files as make

REGISTER = ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"]
AREAS = [
    "学校标识码", "教学及辅助用房面积", "室内体育用房面积", "运动场地面积", "教学仪器设备值(万元)", "网络多媒体教室数",
]  # fmt: skip


@pytest.mark.slow
def test_499_of_500_workbooks_are_taken_in_within_a_minute(tmp_path: Path) -> None:
    import openpyxl

    folder = tmp_path / "raw" / "2023"
    folder.mkdir(parents=True)
    register = []
    for i in range(500):
        code, name = f"21500{i:05d}", f"示例{i}小学"
        register.append([code, name, "500115", "某镇", "小学", "公办"])
        book = openpyxl.Workbook()
        book.remove(book.active)
        sheets = {
            "在校生数": [make.HEAD, [code, name, "小学", 300 + i, 8]],
            "教师配备": [make.STAFFING_HEAD, [code, name, "小学", 20, 15, 3, 1, 1, 1]],
            "校舍": [AREAS, [code, 2000, 100, 3000, 60, 9]],
        }
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(folder / f"school{i:03d}.xlsx")
    (folder / "school250.xlsx").write_bytes(b"PK\x03\x04 broken")
    (folder / "register.xlsx").write_bytes(make.workbook([REGISTER, *register]))

    began = time.monotonic()
    summary = run.run(tmp_path / "raw", tmp_path / "home")
    took = time.monotonic() - began

    print(f"{took:.1f} s")
    assert summary.release.files == {"accepted": 500, "rejected": 1}  # 499 schools and the register
    assert summary.release.rows["accepted"] == 3 * 499 + 500
    assert took < 60
