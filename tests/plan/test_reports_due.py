"""Which weekly and monthly reports were due follows from the plan's first day; which were issued, from the register of them."""

from __future__ import annotations

import pytest

from dagster_project.warehouse.build import DATABASE_NAME, run_models
from tests.warehouse.accepted_fixture import Accepted, Marts, Row

DISTRICT, OTHER = "500101", "500102"


def issued(kind: str, until: str, on: str, **more: object) -> Row:
    return {"district_code": DISTRICT, "report_kind": kind, "covers_until": until, "issued_on": on, **more}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    """A plan that began on Friday, 1 March 2024; the release is of Monday, 29 April."""
    a = Accepted(as_of="2024-04-29")
    a.add("rectification_tasks", *({"district_code": district, "item_number": "8", "measure_number": 1,
                                    "measure_zh": "周报月报", "begun_on": "2024-03-01"} for district in (DISTRICT, OTHER)))  # fmt: skip
    a.add("issued_reports",
          issued("weekly", "2024-03-03", "2024-03-06", issue_number="第1期", evidence_zh="周报01"),  # on its last day
          issued("weekly", "2024-03-15", "2024-03-15"),  # a Friday: the week of the 11th
          issued("weekly", "2024-03-24", "2024-03-28", evidence_zh="周报04"),  # a day late
          issued("monthly", "2024-03-31", "2024-04-20"),
          # the other district names the same file a day later, and one of its own folder
          issued("weekly", "2024-03-03", "2024-03-07", evidence_zh="周报01", district_code=OTHER),
          issued("weekly", "2024-03-10", "2024-03-12", evidence_zh="周报02", district_code=OTHER),
          # both name a file on the same day: nobody knows whose it is
          issued("weekly", "2024-03-31", "2024-04-03", evidence_zh="周报05", district_code=OTHER),
          issued("weekly", "2024-03-31", "2024-04-03", evidence_zh="周报05"))  # fmt: skip
    files = (("周报01", None), ("周报02", OTHER), ("周报05", None))
    a.add("evidence_files", *({"folder_year": 2024, "file_name": f"{name}.docx", "source_path": f"2024/佐证/{name}.docx",
                               "district_code": district, "size_bytes": 10, "sha256": name[-2:] * 32,
                               "received_on": "2024-03-07", "is_latest": True} for name, district in files))  # fmt: skip
    folder = tmp_path_factory.mktemp("reports")
    a.write(folder / DATABASE_NAME)
    run_models(folder / DATABASE_NAME, select=["+fct_reports_due"], target=folder / "dbt")
    return Marts(folder / DATABASE_NAME)


def test_every_week_and_month_of_the_plan_that_has_ended_owes_a_report(marts: Marts) -> None:
    rows = marts.ask(
        "select * from marts.fct_reports_due where district_code = '500101' order by report_kind, period_ends_on"
    )
    found = [(r["report_kind"], str(r["period_ends_on"]), r["status"], r["days_late"]) for r in rows]
    assert found == [
        ("monthly", "2024-03-31", "issued_late", 5),  # due by 15 April
        ("weekly", "2024-03-03", "issued", None),
        ("weekly", "2024-03-10", "missing", 47),  # due by 13 March
        ("weekly", "2024-03-17", "issued", None),
        ("weekly", "2024-03-24", "issued_late", 1),
        ("weekly", "2024-03-31", "issued", None),
        ("weekly", "2024-04-07", "missing", 19),
        ("weekly", "2024-04-14", "missing", 12),
        ("weekly", "2024-04-21", "missing", 5),
        ("weekly", "2024-04-28", "not_yet_due", None),
    ]


def test_a_report_says_its_number_and_whether_its_file_was_handed_in_for_its_district(marts: Marts) -> None:
    rows = marts.ask(
        "select * from marts.fct_reports_due where evidence_zh is not null order by district_code, period_ends_on"
    )
    assert [(r["district_code"], r["evidence_zh"], r["issue_number"], r["evidence_status"]) for r in rows] == [
        (DISTRICT, "周报01", "第1期", "in_vault"), (DISTRICT, "周报04", None, "missing"), (DISTRICT, "周报05", None, "missing"),
        (OTHER, "周报01", None, "missing"), (OTHER, "周报02", None, "in_vault"), (OTHER, "周报05", None, "missing"),
    ]  # fmt: skip
