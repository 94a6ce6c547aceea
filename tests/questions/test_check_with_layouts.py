"""`junheng check` reads tables of other systems by the layouts of the raw root, as a run does."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.core.errors import UserError
from dagster_project.questions.check import check_files

LAYOUT = """\
layout: other
name_zh: 某系统
recognised_by: [年, 代码, 男]
code_pattern: "S[0-9]"
school_year: {column: 年}
feeds:
  staffing:
    columns:
      school_code: 代码
      stage: {constant: 小学}
      full_time_teachers: 男
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    (folder / "layouts").mkdir(parents=True)
    (folder / "layouts" / "other.yml").write_text(LAYOUT, encoding="utf-8")
    return folder


def table(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "a.csv"
    path.write_text("\n".join(("年,代码,男", *lines, "")), encoding="utf-8")
    return path


def test_a_file_outside_the_raw_root_is_read_by_its_layouts(tmp_path: Path, raw: Path) -> None:
    path = table(tmp_path / "桌面", "2024,S1,三")
    checked = check_files([path], raw_root=raw)
    assert [(p["rule_code"], p["cell"]) for p in checked.problems] == [("NOT_A_NUMBER", "C2")]
    assert "2024 学年" in checked.assumed_years[0]


def test_a_file_of_several_years_is_checked_for_all_of_them(tmp_path: Path, raw: Path) -> None:
    path = table(tmp_path / "桌面", "2023,S1,3", "2024,S1,4")
    checked = check_files([path], raw_root=raw)
    assert checked.problems == []
    assert "2 个学年" in checked.assumed_years[0]


def test_a_faulty_layout_is_named_where_it_is(tmp_path: Path, raw: Path) -> None:
    (raw / "layouts" / "other.yml").write_text(LAYOUT.replace("name_zh", "name_zn"), encoding="utf-8")
    with pytest.raises(UserError, match="name_zn") as refused:
        check_files([table(tmp_path / "桌面", "2024,S1,3")], raw_root=raw)
    assert str(raw / "layouts" / "other.yml") in str(refused.value)


def test_a_cell_of_two_feeds_has_one_line_that_names_both_and_what_is_refused_stands_first(
    tmp_path: Path, raw: Path
) -> None:
    feeds = LAYOUT[LAYOUT.index("  staffing:") :]
    # a row that the layout leaves out is a note, which both feeds give, too
    both = (
        "where: [{column: 男, none_of: [9]}]\n"
        + LAYOUT
        + feeds.replace("staffing", "enrolment").replace("full_time_teachers", "students")
    )
    (raw / "layouts" / "other.yml").write_text(both, encoding="utf-8")
    path = table(tmp_path / "桌面", "2024,S1,", "2024,X1,3", "2024,S2,5", "2024,S3,9")
    out = tmp_path / "问题.csv"
    said = CliRunner().invoke(app, ["check", str(path), "--raw", str(raw), "--out", str(out)])
    lines = said.output.splitlines()
    refused = [line for line in lines if "› B3" in line]
    assert len(refused) == 1 and "（教师配备、在校生数）：" in refused[0].replace(
        "在校生数、教师配备", "教师配备、在校生数"
    )
    faults = [line for line in lines if line.startswith("[")]
    (note,) = [line for line in faults if line.startswith("[读法说明]")]
    assert "教师配备" in note and "在校生数" in note
    faults.remove(note)
    assert faults[0] == refused[0] and len(faults) == len(set(faults)) > 1
    assert f"问题清单写在 {out}（--out 可以指定别处）。" in lines
    assert any(line.startswith("没有核对学校代码是否在学校名录中") for line in lines)
