"""Every item of the plan is measured, has its ledger entry and its place in the monthly report: none is a stub."""

from __future__ import annotations

import datetime as dt
import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.core.numbers import printed
from dagster_project.sample.district import build_district
from dagster_project.sample.returns import report_years
from tests.publish.word_reading import read_numbers, unregistered_digits

Row = dict[str, Any]
MONTH = "2025-12"
ITEMS = [*(str(n) for n in range(1, 19)), "三"]

#: Rows of the marts that each item is measured by; every query must find some.
MEASURED_BY = {
    "1": ["fct_district_kindergarten_pay where ownership = 'public' and temporary_teachers = 392",
          "fct_work_figures where work_code = 'in_post_kindergarten_hires' and done_in_year = 38 and planned_in_year = 40",
          "fct_education_finance where temporary_pay_in_budget_yuan > 0"],
    "2": ["fct_district_kindergarten_pay where ownership = 'all' and fully_insured_staff = 1513",
          "fct_work_figures where work_code in ('insurance_inspections', 'insurance_findings')"],
    "3": ["fct_preschool_universality where figure_code = 'inclusive_coverage_rate' and value is not null",
          "fct_preschool_universality where figure_code = 'mean_fee_yuan_per_month'",
          "fct_preschool_universality where figure_code = 'guard_subsidy_yuan' and value > 0",
          "fct_work_figures where work_code = 'inclusive_assessments'"],
    "4": ["fct_work_figures where work_code = 'kindergarten_training_projects' and reporting_month = '2024-12' and done_in_year = 46",
          "fct_work_figures where work_code = 'kindergarten_training_person_times' and reporting_month = '2024-12'"
          " and done_in_year = 9000",
          "fct_work_figures where work_code in ('ethics_notices', 'workshops_of_lead_teachers', 'talents_brought_in')"],
    "5": ["fct_school_groups where group_kind in ('one_kindergarten', 'joint_kindergartens')",
          "fct_school_groups where group_kind = 'kindergarten_primary_pair'"],
    "6": ["fct_preschool_universality where figure_code in ('nursery_places', 'nursery_children')",
          "fct_classes where grade = 'nursery'"],
    "7": ["fct_district_indicators where is_judged and coefficient_of_variation is not null",
          "fct_district_compliance where compliance_rate is not null",
          "fct_education_finance where outlay_status = 'met' and education_outlay_growth_above_city is not null",
          "fct_milestones where milestone_kind in ('equipment', 'staffing', 'planning')"],
    "8": ["fct_milestones where item_number = '8'", "fct_department_progress where milestones_due > 0",
          "fct_work_figures where work_code = 'department_meetings'"],
    "9": ["fct_class_ledger where measure_zh is not null", "fct_government_items where item_code = 'school_size'",
          "fct_milestones where milestone_kind = 'building' and added_places > 0",
          "fct_government_items where item_code = 'nearby_enrolment_primary' and value is not null",
          "fct_work_figures where work_code = 'cross_zone_cases_corrected'"],
    "10": ["fct_monitoring_results where subject in ('english', 'science') and level_three_share is not null",
           "fct_school_groups where group_kind = 'one_school'", "fct_school_groups where group_kind = 'joint_schools'",
           "fct_school_groups where group_kind = 'partner_support'", "fct_group_differences where grouped_units > 0"],
    "11": ["fct_upper_secondary where round(vocational_share, 3) = 0.239",
           "fct_vocational_teachers where intake_share_of_plan is not null",
           "fct_work_figures where work_code = 'publicity_activities'"],
    "12": ["fct_vocational_conditions where status_owned_only = 'not_met'", "fct_vocational_site_plans where planned_value > 0",
           "fct_milestones where item_number = '12' and milestone_kind = 'building'"],
    "13": ["fct_vocational_teachers where dual_qualified_teacher_share is not null",
           "fct_work_figures where work_code in ('enterprise_practice', 'skill_contests', 'part_time_experts')"],
    "14": ["fct_work_figures where work_code in ('school_enterprise_agreements', 'training_orders', 'certificates_awarded')"],
    "15": ["fct_satisfaction where satisfied_share = 0.8692 and satisfied_share_low < satisfied_share",
           "fct_satisfaction where satisfied_share = 0.8598", "fct_satisfaction where satisfied_share = 0.8689"],
    "16": ["fct_hazards where is_overdue", "fct_hazards where is_reopened", "fct_district_hazards where overdue_hazards > 0",
           "fct_work_figures where work_code = 'safety_notices'",
           "fct_safety_duties where duty in ('planned_inspection', 'special_inspection', 'online_inspection', 'joint_inspection')"],
    "17": ["fct_work_figures where work_code = 'safety_meetings'", "fct_milestones where item_number = '17'"],
    "18": ["fct_safety_duties where duty in ('daily_check', 'weekly_check', 'monthly_check')",
           "fct_safety_duties where duty in ('safety_education_1530', 'gate_duty', 'home_contact', 'drowning_fall_prevention')",
           "fct_district_hazards where mean_loop_days is not null", "fct_milestones where milestone_kind = 'safeguard'"],
    "三": ["fct_department_progress where returns_due > returns_received", "fct_milestones where milestone_kind = 'organisation'",
          "fct_work_figures where work_code in ('supervision_notices', 'accountability_cases')"],
}  # fmt: skip


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Path:
    folder = Home(sample_home).current_dir()
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def con(release: Path) -> Any:
    with open_marts(release / "marts.duckdb") as opened:
        yield opened


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = con.execute(sql)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_closed_measure_falls_back_when_one_of_the_eight_groups_is_given_up(
    con: duckdb.DuckDBPyConnection,
) -> None:
    """The plan asks for 8 joint groups; the eighth was given up on 10 July 2025, which leaves 7."""
    found = rows(
        con,
        "select reporting_month, state, figure_value, times_reopened, cast(reopened_on as varchar) as reopened_on"
        " from fct_rectification_measures where item_number = '10' and measure_number = 2"
        " and reporting_month in ('2024-05', '2025-06', '2025-07', '2025-12') order by 1",
    )
    assert [tuple(row.values()) for row in found] == [
        ("2024-05", "closed", 8.0, 0, None),
        ("2025-06", "closed", 8.0, 0, None),
        ("2025-07", "in_progress", 7.0, 1, "2025-07-10"),
        ("2025-12", "in_progress", 7.0, 1, "2025-07-10"),
    ]


@pytest.fixture(scope="module")
def monthly(release: Path) -> Path:
    (path,) = (release / "reports").glob("*整改月报*.docx")
    return path


@pytest.fixture(scope="module")
def report_text(monthly: Path) -> list[str]:
    from docx import Document

    return [p.text for p in Document(str(monthly)).paragraphs]


@pytest.mark.parametrize(
    ("item", "departments"),
    [
        ("2", "示例区人力社保局"),
        ("7", "示例区教委、示例区规划自然资源局、示例区财政局"),
        ("三", "示例区政府办、示例区教委、示例区政府教育督导委"),
    ],
)
def test_an_item_names_all_that_lead_its_measures_in_their_order(
    con: duckdb.DuckDBPyConnection, item: str, departments: str
) -> None:
    found = con.execute(
        "select distinct lead_department from marts.fct_rectification_ledger where item_number = ?", [item]
    ).fetchall()
    assert found == [(departments,)]


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_is_measured_tracked_and_reported(
    con: duckdb.DuckDBPyConnection, report_text: list[str], item: str
) -> None:
    for query in MEASURED_BY[item]:
        assert con.execute(f"select count(*) from marts.{query}").fetchone()[0] > 0, query
    (entry,) = rows(
        con,
        f"select * from marts.fct_rectification_ledger where item_number = '{item}' and reporting_month = '{MONTH}'",
    )
    assert entry["item_title_zh"] and entry["lead_department"] and entry["measures"] > 0
    headings = [t for t in report_text if re.match(rf"第{item}项　", t)]
    if item == "三":
        assert not headings and report_text.count("三、组织实施") == 1
    else:
        assert len(headings) == 1 and entry["item_title_zh"] in headings[0]


def test_no_item_of_the_plan_is_missing(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(con, "select distinct reporting_month, item_number from marts.fct_rectification_ledger")
    months = {r["reporting_month"] for r in found}
    assert len(months) == 22 and min(months) == "2024-03" and max(months) == MONTH
    assert {(m, i) for m in months for i in ITEMS} == {
        (r["reporting_month"], r["item_number"]) for r in found
    }


def states(con: duckdb.DuckDBPyConnection, item: str, measure: int) -> dict[str, Row]:
    found = rows(
        con,
        f"select * from marts.fct_rectification_measures where item_number = '{item}' and measure_number = {measure}",
    )
    return {r["reporting_month"]: r for r in found}


def test_what_is_claimed_against_the_data_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    insured = states(con, "2", 2)["2024-11"]
    assert insured["reported_state"] == "closed" and insured["state"] == "in_progress"
    assert insured["refusal_zh"] == "申报与数据不符：佐证指标未达到要求，不能销号"
    reported = report_years(build_district(), [2024])[2024]["kindergarten_pay"]
    share = Fraction(sum(r["fully_insured_staff"] for r in reported), sum(r["staff"] for r in reported))
    assert insured["figure_value"] == pytest.approx(float(share)) and share < insured["needed_value"] == 1
    classes = states(con, "9", 4)["2025-06"]
    assert classes["state"] == "in_progress" and classes["figure_value"] > 0


def test_a_claim_without_evidence_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    claimed = states(con, "13", 2)[MONTH]
    assert (claimed["reported_state"], claimed["state"]) == ("closed", "in_progress")
    assert claimed["refusal_zh"] == "没有佐证材料，不能销号"


def test_every_measure_with_a_figure_leads_to_the_cells_of_its_returns(
    con: duckdb.DuckDBPyConnection,
) -> None:
    without = con.execute(
        "select item_number, measure_number, proof_feed from marts.fct_rectification_measures as m"
        f" where reporting_month = '{MONTH}' and figure_value is not null"
        " and not exists (from marts.fct_source_rows as s where s.feed = m.proof_feed and s.cells is not null)"
    ).fetchall()
    assert without == []
    (hazard,) = rows(con, "select * from marts.fct_source_rows where feed = 'hazards' order by all limit 1")
    first, last = (re.fullmatch(r"([A-Z]+)(\d+)", cell) for cell in hazard["cells"].split(":"))
    sheet = openpyxl.load_workbook(SAMPLE_RAW / hazard["source_file"])[hazard["sheet"]]
    assert first and last and int(last[2]) - int(first[2]) + 1 == hazard["source_rows"]
    assert sheet[first[0]].value == hazard["school_code"]
    headings = [cell.value for cell in sheet[3]]
    assert (headings[0], first[1]) == ("学校标识码", "A")
    assert sheet[f"{last[1]}{last[2]}"].column == len([h for h in headings if h])


def test_every_claim_that_differs_is_listed_as_a_problem(con: duckdb.DuckDBPyConnection) -> None:
    differing = con.execute(
        "select claim_feed, difference from marts.fct_claim_differences where status = 'differs'"
    ).fetchall()
    listed = con.execute(
        "select feed, cast(value as double) from marts.fct_problems where feed in ('work_figures', 'district_figures',"
        " 'vocational_site_plans') and (rule_code like '%_AGREES_WITH_%' or rule_code like '%_NOT_BELOW_OWNED')"
    ).fetchall()
    # children of 2022, 2023 and 2024, intake of 2024 and 2025, site and rooms of one school's plan for 2024
    assert len(differing) == 7
    assert sorted((f, round(d)) for f, d in differing) == sorted((f, round(d)) for f, d in listed)


def test_a_claim_on_a_document_that_was_never_handed_in_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    claimed = states(con, "18", 2)[MONTH]
    assert (claimed["reported_state"], claimed["state"]) == ("closed", "in_progress")
    assert (claimed["refusal_code"], claimed["evidence_status"]) == ("evidence_missing", "missing")


def test_a_claim_on_the_ledgers_of_a_few_schools_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    history = states(con, "16", 1)
    claimed = history["2024-09"]
    assert (claimed["reported_state"], claimed["state"]) == ("closed", "in_progress")
    # no hazard was overdue, as far as 100 of 267 schools returned the checks of August; those of September were due in October
    assert (claimed["refusal_code"], claimed["figure_value"]) == ("incomplete_reports", 0)
    assert (claimed["reports_available"], claimed["reports_due"], str(claimed["figure_observed_on"])) == (
        100, 267, "2024-08-31",
    )  # fmt: skip
    assert history["2025-03"]["figure_value"] == 3 and history["2025-03"]["figure_status"] == "not_met"
    assert {row["state"] for row in history.values()} == {"to_start", "in_progress"}


def test_a_failed_review_sends_a_measure_back(con: duckdb.DuckDBPyConnection) -> None:
    history = states(con, "3", 2)
    assert history["2024-10"]["state"] == "to_start" and history["2024-11"]["state"] == "in_progress"
    assert history["2025-04"]["state"] == "closed" and history["2025-04"]["closed_by"] == "整改办复核岗"
    assert len(history["2025-04"]["evidence_sha256"]) == 64


def test_an_exemption_has_its_reason_and_owes_nothing_more(con: duckdb.DuckDBPyConnection) -> None:
    history = states(con, "12", 3)
    assert history["2025-06"]["state"] == history[MONTH]["state"] == "exempt"
    assert history[MONTH]["exemption_reason_zh"] and not history[MONTH]["is_return_due"]


def test_returns_that_were_not_handed_in_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    owing = rows(
        con,
        "select returns_month, department from marts.fct_department_progress where returns_due > returns_received",
    )
    assert {(r["returns_month"], r["department"]) for r in owing} >= {
        ("2024-07", "示例区卫生健康委"), ("2024-08", "示例区卫生健康委"), ("2025-02", "示例区经济开发区管委会"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["周报", "月报"])
def test_every_number_of_a_report_is_a_cell_of_the_marts(
    release: Path, con: duckdb.DuckDBPyConnection, kind: str
) -> None:
    (path,) = (release / "reports").glob(f"*整改{kind}*.docx")
    assert wrong_numbers(path, con) == []
    assert unregistered_digits(path) == []


def printed_forms(value: object, origin: Row) -> set[str]:
    """How a cell may be printed: a day with or without its year or its day of the month, a year plainly, a code as a word."""
    if isinstance(value, dt.date):
        month, day = f"{value.month}月", f"{value.month}月{value.day}日"
        return {f"{value.year}年{month}", f"{value.year}年{day}", day}
    if isinstance(value, str):
        return {value, origin["text"]}
    if isinstance(value, int) and origin["column"].endswith("_year"):
        return {str(value)}
    options = {name: origin[name] for name in ("scale", "suffix", "thousands")}
    return {printed(value, origin["decimals"], **options)}


def wrong_numbers(path: Path, con: duckdb.DuckDBPyConnection) -> list[str]:
    """Bookmarks whose printed text isn't what the mart's cell gives."""
    origins = json.loads(path.with_suffix(".numbers.json").read_text(encoding="utf-8"))
    texts = read_numbers(path)
    assert set(texts) == set(origins) and len(texts) > 20
    wrong = []
    for name, origin in origins.items():
        key = origin["key"]
        where = " and ".join(f"{column} is not distinct from ?" for column in key)
        found = con.execute(
            f"select {origin['column']} from marts.{origin['table']} where {where}", list(key.values())
        ).fetchall()
        assert len(found) == 1, origin
        if texts[name] not in printed_forms(found[0][0], origin):
            wrong.append(name)
    return wrong


def test_a_planted_wrong_number_is_found(
    monthly: Path, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    import zipfile

    name, text = next((n, t) for n, t in read_numbers(monthly).items() if t.endswith("%"))
    copy = tmp_path / monthly.name
    with zipfile.ZipFile(monthly) as source, zipfile.ZipFile(copy, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            if member == "word/document.xml":
                xml = content.decode()
                start = xml.index(f'w:name="{name}"')
                place = xml.index(text, start)
                content = (xml[:place] + "99.9%" + xml[place + len(text) :]).encode()
            target.writestr(member, content)
    copy.with_suffix(".numbers.json").write_bytes(monthly.with_suffix(".numbers.json").read_bytes())
    assert wrong_numbers(copy, con) == [name]


def test_the_ledgers_are_in_one_workbook(release: Path) -> None:
    from openpyxl import load_workbook

    (path,) = (release / "workbooks").glob("*整改台账*.xlsx")
    book = load_workbook(path, read_only=True)
    assert book.sheetnames == ["问题清单", "责任清单", "整改台账", "大班额台账", "隐患台账", "周报月报印发"]
    text = "".join(str(c) for row in book["责任清单"].iter_rows(values_only=True) for c in row)
    assert "待明确" in text and "示例区卫生健康委" in text


def test_no_mean_pay_of_too_few_people_reaches_the_committee(con: duckdb.DuckDBPyConnection) -> None:
    small = rows(con, "select * from marts.fct_kindergarten_pay where temporary_teachers in (1, 2)")
    assert small and all(
        r["temporary_mean_annual_pay_yuan"] is None and r["pay_ratio"] is None for r in small
    )
