"""A district is called by its name: as its file says, else by the table of codes, else by its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import SAMPLE_RAW
from dagster_project.warehouse import build
from dagster_project.warehouse.districts import (
    District,
    district_of,
    districts_of_release,
    division_names,
    read_districts,
    write_districts,
)

FULL = """\
500115:
  name_zh: 某某区
  issuing_body_zh: 某某区整改办
  addressees_zh: [市督导办, 区政府]
"""


def write(raw: Path, text: str) -> Path:
    (raw / "district.yml").write_text(text, encoding="utf-8")
    return raw


def test_the_table_has_the_38_districts_and_counties_of_chongqing() -> None:
    names = division_names()
    assert len(names) == 38 and len(set(names.values())) == 38
    assert all(re.fullmatch(r"500[12]\d\d", code) for code in names)
    ends = [("区" if n.endswith("区") else "县") for n in names.values()]
    assert ends.count("区") == 26 and ends.count("县") == 12
    assert names["500115"] == "长寿区" and names["500243"] == "彭水苗族土家族自治县"


def test_the_file_overrides_the_table_and_an_unknown_code_is_printed(tmp_path: Path) -> None:
    declared = read_districts(write(tmp_path, FULL))
    assert district_of("500115", declared).name_zh == "某某区"
    assert district_of("500115", declared).addressees_zh == ("市督导办", "区政府")
    assert district_of("500116", declared) == District(name_zh="江津区")
    assert district_of("999999", declared).name_zh == "区县代码999999"


def test_without_a_file_nothing_is_declared(tmp_path: Path) -> None:
    assert read_districts(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- 500115", "不能是 [500115]：这里要写成“名称: 值”"),
        ("长寿: {name_zh: 长寿区}", "第 1 行 长寿：“长寿”不是六位区县代码"),
        ("500115: {issuing_body_zh: 办公室}", "第 1 行 500115：缺少 name_zh（区县名称）"),
        (
            "500115: {name_zh: 区, issuer: 办公室}",
            "第 1 行 500115.issuer：没有“issuer”这一项；可以写：name_zh、issuing_body_zh",
        ),
        (
            "500115: {name_zh: 区, addressees_zh: 市督导办}",
            "第 1 行 500115.addressees_zh：不能是 '市督导办'：这里要写成列表",
        ),
        ("500115: [", "不是有效的 YAML"),
    ],
)
def test_a_faulty_file_is_refused_with_the_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UserError, match=re.escape(named)):
        read_districts(write(tmp_path, text))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "district.yml").write_bytes("500115: {name_zh: 区}".encode("gb18030"))
    with pytest.raises(UserError, match="UTF-8"):
        read_districts(tmp_path)


def test_a_release_keeps_what_the_file_said(tmp_path: Path) -> None:
    declared = read_districts(write(tmp_path, FULL))
    write_districts(declared, tmp_path)
    assert districts_of_release(tmp_path) == declared


def test_a_release_without_the_copy_declares_nothing(tmp_path: Path) -> None:
    assert districts_of_release(tmp_path) == {}


def test_another_district_file_is_another_release(tmp_path: Path) -> None:
    from dagster_project.core.homes import Home
    from dagster_project.intake.manifest import read_manifest

    manifest = read_manifest(Home(tmp_path / "home"))
    before = build.inputs_digest(manifest, tmp_path, "2025-12-31")
    write(tmp_path, FULL)
    assert build.inputs_digest(manifest, tmp_path, "2025-12-31") != before


def test_the_sample_names_its_district_and_who_signs() -> None:
    (district,) = read_districts(SAMPLE_RAW).values()
    assert district.name_zh == "示例区" and district.issuing_body_zh and district.addressees_zh


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("示例区", "全区"),
        ("示例县", "全县"),
        ("某某自治县", "全县"),
        ("示例市", "全市"),
        ("区县代码500199", "全区"),
    ],
)
def test_the_whole_of_a_district_is_called_by_its_name(name: str, whole: str) -> None:
    assert District(name_zh=name).whole_zh == whole


def test_a_time_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "district.yml").write_text('"500199": {name_zh: 示例区, time_zone: 北京}\n', encoding="utf-8")
    with pytest.raises(UserError, match="time_zone"):
        read_districts(tmp_path)


@pytest.mark.parametrize(
    ("district", "offices", "written"),
    [
        ("示例区", "示例区教委、示例区财政局", "区教委、区财政局"),
        ("示例县", "示例县教委", "县教委"),
        ("示例区", "示例市教委", "示例市教委"),
        ("示例开发", "示例开发教委", "示例开发教委"),
    ],
)
def test_its_own_offices_are_written_without_its_name(district: str, offices: str, written: str) -> None:
    assert District(name_zh=district).office_zh(offices) == written
