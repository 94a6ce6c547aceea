"""Identity and mobile numbers never leave the vault: masked in every text, and in whatever a problem shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dagster_project.core.homes import Home
from dagster_project.core.privacy import is_credit_code, mask_personal_numbers
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.sheets import parse_grids
from tests.acceptance.test_handbuilt_district import pupils, school
from tests.conftest import District

ID, MOBILE = "500210199003078734", "13812345621"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (ID, "500*************34"),
        ("11010519491231002X", "110*************2X"),
        ("11010519491231002x，张三", "110*************2x，张三"),
        ("身份证500210199003078734。", "身份证500*************34。"),
        ("500210900307873", "500**********73"),
        ("500210 19900307 8734", "500*** ******** **34"),
        ("５００２１０１９９００３０７８７３４", "５００*************３４"),
        ("5.00210199003079E+17", "500*************88"),
        ("110105194912310021", "110*************21"),
        # with the first digits of a credit code, but not its check digit; the last fits both
        ("125001200410288217", "125*************17"),
        ("522220195810288214", "522*************14"),
        ("522220199802091209", "522*************09"),
        (MOBILE, "138******21"),
        ("张三138 1234 5621", "张三138 **** **21"),
        ("138-1234-5621/15900001111", "138-****-**21/159******11"),
        ("＋８６１３８１２３４５６２１", "＋８６１３８******２１"),
        ("+86 13812345621", "+86 138******21"),
        ("电话：１３８１２３４５６２１", "电话：１３８******２１"),
    ],
)
def test_identity_and_mobile_numbers_keep_at_most_three_and_two_digits(text: str, shown: str) -> None:
    masked = mask_personal_numbers(text)
    assert masked == shown or (
        text.startswith("5.0") and masked.startswith("500***") and "1990" not in masked
    )
    assert mask_personal_numbers(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "", "东镇小学", "2150001234", "学校标识码2150001234", "渝教督发〔2023〕15号", "2023-2024", "023-67890123",
        "91500000MA5U2X3Y4Z", "12812345621", "138123456210", "113812345621", "13812345621.50", "1,381,234,562",
        "91350100M000100Y43", "125001154826373527", "125001151007809635", "125001200609285611", "统一社会信用代码125001151007809635。",
        "500210199013078734", "202311150000000000001", "a" * 10 + MOBILE + "b" * 43, "123456789012345678901234567890",
    ],
)  # fmt: skip
def test_codes_documents_sums_and_fingerprints_are_not_touched(text: str) -> None:
    assert mask_personal_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("91350100M000100Y43", True),  # the example of GB 32100-2015
        ("91350100M000100Y44", False),
        ("125001154826373527", True),
        ("125001154826373528", False),
        ("000000000000000000", False),
        ("125001158", False),
    ],
)
def test_a_credit_code_is_known_by_its_check_digit(text: str, is_code: bool) -> None:
    assert is_credit_code(text) is is_code


HAZARDS = [c.heading_zh for c in load_feeds()["hazards"].columns]


def hazard(**more: Any) -> list[Any]:
    values = {"school_code": "2150001234", "hazard_number": "13812345621", "found_on": "2024-03-01", "place_zh": "食堂",
              "hazard_kind": "消防安全", **more}  # fmt: skip
    return [values.get(c.name, "") for c in load_feeds()["hazards"].columns]


def test_the_row_is_kept_and_the_cell_listed() -> None:
    parsed = parse_grids([Grid("表", [HAZARDS, hazard(responsible_person=f"张三 {MOBILE}")])], 2024, [])
    (sheet,) = parsed.sheets
    assert sheet.columns["responsible_person"] == ["张三 138******21"]
    assert sheet.columns["hazard_number"] == ["13812345621"]  # a ledger's own number, not free text
    (problem,) = [p for p in sheet.problems if p.rule_code == "PERSONAL_NUMBER"]
    place = HAZARDS.index(load_feeds()["hazards"].column("responsible_person").heading_zh)
    assert (problem.severity, problem.rule_class, problem.cell) == ("warn", "format", f"{chr(65 + place)}2")
    assert (problem.value, problem.school_code) == ("张三 138******21", "2150001234")
    assert "请勿填写身份证号或手机号" in problem.message_zh and "已遮盖" in problem.message_zh


@pytest.mark.parametrize("number", [ID, int(ID), float(ID), MOBILE, f"电话{MOBILE}", f"{'长' * 70}{ID}"])
def test_a_personal_number_in_any_other_cell_is_shown_masked(number: Any) -> None:
    heads = ["学校标识码", "学段", "在校生数", f"备用{MOBILE}"]
    rows = [heads, [number, "小学", 3, ""], ["2150001234", number, 3, ""], ["2150001234", "小学", number, ""]]
    grids = [Grid(f"表{MOBILE}", rows), Grid("表13899995621", rows), Grid(f"{ID}", [["什么"], ["都没有"]])]
    parsed = parse_grids(grids, 2024, [])
    shown = repr([p for s in parsed.sheets for p in s.problems] + parsed.problems)
    assert "UNMAPPED_COLUMN" in shown and "UNRECOGNISED_SHEET" in shown
    assert ID not in shown and MOBILE not in shown and "19900307" not in shown
    assert [s.sheet for s in parsed.sheets] == ["表138******21", "表138******21（2）"]


def test_nothing_but_the_vault_bears_the_number(new_district: Callable[[], District]) -> None:
    district = new_district()
    code = "2150001234"
    path = district.put(
        f"2023/张三{MOBILE}.xlsx",
        schools=[{**school(code, "小学", "500101"), "town": f"东镇{MOBILE}"}],
        enrolment=[pupils(code, "小学", 100)],
    )
    book = openpyxl.load_workbook(path)
    book["enrolment"].append(["2150009999", None, f"小学{ID}", MOBILE])
    book.save(path)
    district.run()
    place = Home(district.home)
    for tier in ("committee", "analyst"):
        for table in district.ask(
            "select table_name from duckdb_tables() where schema_name = 'main'", tier=tier
        ):
            rows = repr(district.ask(f"select * from marts.{table['table_name']}", tier=tier))
            assert MOBILE not in rows and ID not in rows, table
    listed = (place.releases / str(place.release_in_force()) / "problems.csv").read_text(encoding="utf-8-sig")
    assert "PERSONAL_NUMBER" in listed and MOBILE not in listed and ID not in listed
    (town,) = district.ask("select town from marts.dim_schools")
    assert town["town"] == "东镇138******21"
    assert any(path.read_bytes() == p.read_bytes() for p in Path(place.vault).iterdir())
