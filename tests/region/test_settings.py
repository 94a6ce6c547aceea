"""`region.yml`: who is compared, and what a faulty one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.region.settings import read_region


def declared(folder: Path, text: str) -> Path:
    (folder / "region.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("text", "expected", "apart"),
    [
        ("", ["500101", "500102"], []),
        # without quotes YAML reads a number
        ("districts: [500101]", ["500101"], ["500102"]),
        ('districts: ["500101"]\nformer: {500102: "500101"}', ["500101"], ["500102"]),
        # without a list a code that is used no longer is left out all the same
        ("former: {500102: 500101}", ["500101"], ["500102"]),
    ],
)
def test_the_list_and_the_codes_in_use_decide_who_is_compared(
    tmp_path: Path, text: str, expected: list[str], apart: list[str]
) -> None:
    region = read_region(declared(tmp_path, text))
    assert [c for c in ("500101", "500102") if region.expects(c)] == expected
    assert [c for c in ("500101", "500102") if region.why_apart_zh(c)] == apart


def test_a_code_that_is_used_no_longer_is_told_with_the_one_in_its_place(tmp_path: Path) -> None:
    region = read_region(declared(tmp_path, "former: {500102: 500101}"))
    assert "改为 500101" in region.why_apart_zh("500102")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("districts: [万州]", "第 1 行 districts：“万州”不是六位区县代码"),
        ("districts: 500101", "第 1 行 districts：不能是 500101：这里要写成列表"),
        ('districts: ["500101", "500101"]', "500101 写了 2 次"),
        ("late_after_days: true", "late_after_days：不能是 True：这里要写整数"),
        ("late_after_days: -1", "late_after_days：不能是 -1：数字太小"),
        ('name_zh: ""', "name_zh：不能是 ''：不能空着"),
        ('name_zh: "  "', "name_zh：不能是 .*不能空着"),
        ("name_zh: 甲市\nname_zh: 乙市", "第 2 行：“name_zh”写了两次"),
        ("former: {500101: 万州}", r"former\.500101：“万州”不是六位区县代码"),
        ("districts: [500101]\nformer: {500101: 500102}", "500101: 500102 不对"),
        ("former: {500101: 500101}", "500101: 500101 不对"),
        ("late_after: 3", "没有“late_after”这一项；是不是 late_after_days？"),
        ("false", "不能是 False：这里要写成“名称: 值”"),
        ("- 500101", r"不能是 \[500101\]：这里要写成“名称: 值”"),
    ],
)
def test_a_faulty_declaration_names_the_key_and_what_it_holds(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        read_region(declared(tmp_path, text))
    assert "region.yml" in str(raised.value)
