"""A layout is checked when it is loaded: each clause has an effect, or is refused with its line and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.intake.parse.layout_files import load_layouts

GOOD = """\
layout: other
name_zh: 某系统
recognised_by: [代码, 校名]
feeds:
  staffing:
    columns:
      school_code: 代码
      stage: {constant: 小学}
      full_time_teachers: {sum: [男, 女]}
"""


def refusal(tmp_path: Path, text: str) -> str:
    (tmp_path / "other.yml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        load_layouts(tmp_path)
    return str(refused.value)


def test_a_good_layout_loads(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text(GOOD, encoding="utf-8")
    assert [layout.layout for layout in load_layouts(tmp_path)] == ["other"]


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("name_zh:", "name_zn:", 2, "没有“name_zn”这一项；是不是 name_zh？"),
        ("recognised_by: [代码, 校名]", "recognised_by: []", 3, "不能空着"),
        ("recognised_by: [代码, 校名]", "recognised_by: 代码", 3, "列表"),
        ("staffing", "stafing", 5, "没有“stafing”这类报表；是不是 staffing？"),
        ("full_time_teachers", "full_time_teacher", 9, "是不是 full_time_teachers？"),
        ("{sum: [男, 女]}", "{sums: [男, 女]}", 9, "没有“sums”这一项；是不是 sum？"),
        ("{sum: [男, 女]}", "{sum: [男, 女], column: 男}", 9, "现在是 column、sum"),
        ("{sum: [男, 女]}", "{sum: [男]}", 9, "只有一列请写 column"),
        ("{sum: [男, 女]}", "{sum: [男, 女], default: 0}", 9, "default 在 sum 旁边不起作用"),
        ("{sum: [男, 女]}", "{sum: [男, 女], values: {无: 多}}", 9, "“多”不能填在“专任教师数”里"),
        ("{sum: [男, 女]}", "{ratio: [男, 女, 数]}", 9, "[被除数, 除数]"),
        ("{sum: [男, 女]}", "{joined: [男, 女]}", 9, "是数字，不能用 joined"),
        ("{sum: [男, 女]}", "{column: 男, default: 3}", 9, "default 要与 values 或 prefixes 同用"),
        ("{sum: [男, 女]}", "{column: 男, blank: nought}", 9, "只能写 'missing' 或 'zero'"),
        ("{sum: [男, 女]}", "5", 9, "{constant: 5}"),
        ("{sum: [男, 女]}", "'{性别}教师'", 9, "没有 repeat"),
        ("{constant: 小学}", "{constant: 小校}", 8, "“小校”不能填在“学段”里：应填：学前 小学 初中 高中 中职"),
        ("{constant: 小学}", "{column: 学段, scale: 2}", 8, "“学段”不是数字，不能用 scale"),
        ("{constant: 小学}", "{column: 学段, values: {Primary: 小校}}", 8, "“小校”不能填在“学段”里"),
        ("{constant: 小学}", "{constant: 小学, missing: [x]}", 8, "missing 在 constant 旁边不起作用"),
        ("      stage: {constant: 小学}\n", "", 6, "缺少必需的列 stage（学段）"),
        ("      full_time_teachers: {sum: [男, 女]}\n", "", 6, "除学校和分类之外没有一列数据"),
        ("feeds:", "district_pattern: x\nfeeds:", 4, "没有一列是区县代码"),
        ("feeds:", 'code_pattern: "[0-9"\nfeeds:', 4, "不是有效的正则表达式"),
        ("feeds:", "where: [{column: 层级}]\nfeeds:", 4, "one_of 或 none_of"),
        ("feeds:", "where: [{colum: 层级, one_of: [校]}]\nfeeds:", 4, "是不是 column？"),
        ("feeds:", "school_year: {column: 年, add: 半}\nfeeds:", 4, "这里要写整数"),
        ("name_zh: 某系统", "name_zh: 某系统\nname_zh: 另一个", 3, "“name_zh”写了两次"),
        ("name_zh: 某系统", "name_zh: 某: 系统", 2, "不是有效的 YAML"),
    ],
)  # fmt: skip
def test_a_wrong_clause_is_refused_with_its_line_and_what_to_write(
    tmp_path: Path, before: str, after: str, line: int, said: str
) -> None:
    message = refusal(tmp_path, GOOD.replace(before, after, 1))
    assert "other.yml" in message
    assert f"第 {line} 行" in message
    assert said in message


@pytest.mark.parametrize(
    ("repeat", "said"),
    [
        ("[{grade: 1}, {grad: 2}]", "不是每一组都有 grade"),
        ("[{grade: 1, kind: a}]", "kind 没有用到"),
        ("[{grade: 1}, {grade: 13}]", "“13”不能填在“年级”里"),
    ],
)
def test_a_group_without_effect_or_value_is_refused(tmp_path: Path, repeat: str, said: str) -> None:
    text = GOOD.split("feeds:")[0] + (
        "feeds:\n  class_sizes:\n    columns:\n      school_code: 代码\n      stage: {constant: 小学}\n"
        '      grade: {constant: "{grade}"}\n      class_name: {constant: 全年级}\n'
        f'      students: "{{grade}}年级"\n    repeat: {repeat}\n'
    )
    assert said in refusal(tmp_path, text)


def test_a_layout_without_a_needed_clause_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, GOOD.replace("name_zh: 某系统\n", ""))
    assert "缺少 name_zh（中文名" in message


def test_a_file_that_would_not_be_read_or_hides_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(UserError, match=r"扩展名要写成 \.yml"):
        load_layouts(tmp_path)
    (tmp_path / "other.yaml").rename(tmp_path / "a.yml")
    assert "都是 other" in refusal(tmp_path, GOOD)


def test_words_that_yaml_takes_for_truth_values_dates_and_octal_numbers_stay_words(tmp_path: Path) -> None:
    text = GOOD.replace(
        "{sum: [男, 女]}", "{column: 男, values: {No: 1, 2023-09-01: 2, 010: 3}, missing: [off]}"
    )
    (tmp_path / "other.yml").write_text(text, encoding="utf-8")
    (layout,) = load_layouts(tmp_path)
    source = layout.feeds["staffing"][0].columns["full_time_teachers"]
    assert (source.values, source.missing) == ({"No": 1, "2023-09-01": 2, "010": 3}, ("off",))
