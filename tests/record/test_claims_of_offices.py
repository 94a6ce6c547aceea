"""A claim that schools contradict is listed at its cell, and the office that made it can explain it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import District

Row = dict[str, Any]
DISTRICT, VOCATIONAL, KINDERGARTEN = "500101", "3150100002", "1150100003"
INTAKE = "WORK_FIGURES_AGREES_WITH_SCHOOLS"


def intake(entrants: int) -> list[Row]:
    return [
        {"school_code": VOCATIONAL, "upper_secondary_type": "中职", "students": 3000, "entrants": entrants}
    ]


def problems(district: District) -> list[Row]:
    return district.ask(
        "select school_year, source_file, sheet, cell, value, message_zh from marts.fct_problems"
        f" where rule_code = '{INTAKE}' order by cell"
    )


def claims(district: District) -> dict[str, tuple[float, str]]:
    rows = district.ask("select claim_code, difference, status from marts.fct_claim_differences")
    return {r["claim_code"]: (r["difference"], r["status"]) for r in rows}


@pytest.fixture(scope="module")
def story(new_district: Callable[[], District]) -> dict[str, Any]:
    """2,391 claimed beside 1,050 reported, and 9 hires beside a rise by 1; then explained; then the schools say 1,060."""
    district = new_district()
    for year, teachers in ((2023, 10), (2024, 11)):
        district.put(f"{year}/register.xlsx", schools=[
            {"school_code": code, "school_name": name, "district_code": DISTRICT, "town": "东镇", "school_type": kind,
             "ownership": "公办"}
            for code, name, kind in ((VOCATIONAL, "东镇职校", "中等职业学校"), (KINDERGARTEN, "东镇幼儿园", "幼儿园"))])  # fmt: skip
        district.put(f"{year}/pay.xlsx", kindergarten_pay=[
            {"school_code": KINDERGARTEN, "staff": 30, "fully_insured_staff": 30, "in_post_teachers": teachers,
             "temporary_teachers": 0}])  # fmt: skip
    district.put("2024/intake.xlsx", vocational_enrolment=intake(1050))
    works = [("2024-09", "中职招生", 2000), ("2024-10", "中职招生", 391), ("2024-09", "新增在编幼儿教师", 9)]
    district.put("2024/works.xlsx", work_figures=[
        {"district_code": DISTRICT, "reporting_month": month, "work_code": code, "done": done}
        for month, code, done in works])  # fmt: skip
    district.run()
    found: dict[str, Any] = {"claimed": problems(district), "differs": claims(district)}

    district.put("2024/reason.xlsx", district_explanations=[
        {"district_code": DISTRICT, "rule_code": INTAKE, "explained_year": 2024, "explained_value": "1341",
         "reason": "含外区就读学生", "approved_by": "职成科负责人"}])  # fmt: skip
    district.run()
    found["explained"] = {"problems": problems(district), "claims": claims(district)}

    district.put("2024/intake.xlsx", vocational_enrolment=intake(1060))
    district.run()
    found["changed"] = {"problems": problems(district), "claims": claims(district),
                        "explanations": district.ask("select district_code, school_code, status from marts.fct_explanations")}  # fmt: skip
    return found


def test_a_contradicted_claim_is_listed_at_the_cell_of_its_last_month(story: dict[str, Any]) -> None:
    october, hires = story["claimed"]
    places = ("school_year", "source_file", "sheet", "cell", "value")
    assert [october[p] for p in places] == [2024, "2024/works.xlsx", "work_figures", "D3", "1341"]
    assert [hires[p] for p in places] == [2024, "2024/works.xlsx", "work_figures", "D4", "8"]
    assert all(figure in october["message_zh"] for figure in ("2391", "1050", "1341", "更正", "说明"))
    assert story["differs"] == {"vocational_intake": (1341, "differs"), "in_post_kindergarten_hires": (8, "differs")}  # fmt: skip


def test_an_explanation_of_the_district_is_for_one_claim_only(story: dict[str, Any]) -> None:
    assert [p["cell"] for p in story["explained"]["problems"]] == ["D4"]
    assert story["explained"]["claims"] == {"vocational_intake": (1341, "explained"),
                                            "in_post_kindergarten_hires": (8, "differs")}  # fmt: skip


def test_the_explanation_expires_when_the_schools_report_another_number(story: dict[str, Any]) -> None:
    changed = story["changed"]
    assert [(p["cell"], p["value"]) for p in changed["problems"]] == [("D3", "1331"), ("D4", "8")]
    assert changed["claims"]["vocational_intake"] == (1331, "differs")
    assert changed["explanations"] == [{"district_code": DISTRICT, "school_code": None, "status": "expired"}]
