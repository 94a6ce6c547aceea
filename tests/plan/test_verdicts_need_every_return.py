"""A district's figure is judged once everybody who owes the return has sent it: who sends nothing improves nothing.

Two districts with the same three schools of each kind; in the second, one school of each kind sends nothing. All that is
reported keeps its standard.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, build_marts

Row = dict[str, Any]
WHOLE, PART = "500101", "500102"
KINDS = {"primary": "primary", "junior_secondary": "junior_secondary", "kindergarten": "preschool",
         "secondary_vocational": "secondary_vocational"}  # fmt: skip


def code(district: str, kind: str, number: int) -> str:
    return f"2{list(KINDS).index(kind)}{district[-2:]}00000{number}"


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted()
    for district in (WHOLE, PART):
        for kind, stage in KINDS.items():
            for number in (1, 2, 3):
                school = code(district, kind, number)
                a.add("schools", {"school_code": school, "school_name": school, "district_code": district, "town": "东镇",
                                  "school_type": kind, "ownership": "public", "urban_rural_code": "111", "is_boarding": False})  # fmt: skip
                if district == PART and number == 3:
                    continue
                if stage == "secondary_vocational":
                    a.add("vocational_enrolment", {"school_code": school, "upper_secondary_type": kind, "students": 1000,
                                                   "full_time_teachers": 100, "specialised_teachers": 80,
                                                   "dual_qualified_teachers": 60, "senior_title_teachers": 40})  # fmt: skip
                    continue
                grade = {"primary": "1", "junior_secondary": "7", "preschool": "middle_kindergarten"}[stage]
                a.add("class_sizes", {"school_code": school, "stage": stage, "grade": grade, "class_name": "1班",
                                      "students": 25, "class_count": 1})  # fmt: skip
                if stage != "preschool":
                    a.add("compulsory_inputs", {"school_code": school, "figure_year": 2023, "stage": stage, "entrants": 40,
                                                "nearby_entrants": 40, "cohort_entrants": 40, "transferred_in": 0,
                                                "transferred_out": 0, "deceased": 0, "graduates": 40})  # fmt: skip
        # no return speaks of certificates; a document does
        a.add("government_documents", {"district_code": district, "figure_year": 2023, "item_code": "certified_teachers",
                                       "conclusion": "met"})  # fmt: skip
    return build_marts(a, tmp_path_factory.mktemp("marts"))


@pytest.mark.parametrize(
    ("mart", "figure", "due"),
    [
        ("fct_government_items where item_code", "nearby_enrolment_primary", 3),
        ("fct_government_items where item_code", "nearby_enrolment_junior", 3),
        ("fct_government_items where item_code", "retention", 3),
        # a return of classes per school and stage: three primary, three junior
        ("fct_government_items where item_code", "class_size", 6),
        ("fct_preschool_universality where figure_code", "class_size_compliance_rate", 3),
    ],
)
def test_a_share_without_everybody_is_no_verdict(marts: Marts, mart: str, figure: str, due: int) -> None:
    silent = due // 3
    rows = {r["district_code"]: r for r in marts.ask(f"select * from marts.{mart} = ?", figure)}
    assert [(rows[d]["value"], rows[d]["reports_due"], rows[d]["reports_available"], rows[d]["status"])
            for d in (WHOLE, PART)] == [(1.0, due, due, "met"), (1.0, due, due - silent, "not_available")]  # fmt: skip


def test_shares_of_vocational_teachers_wait_for_every_school(marts: Marts) -> None:
    rows = {r["district_code"]: r for r in marts.ask("select * from marts.fct_vocational_teachers")}
    # 60 of 80 are three quarters, in both
    assert {r["dual_qualified_teacher_share"] for r in rows.values()} == {0.75}
    assert [
        (rows[d]["schools_due"], rows[d]["schools"], rows[d]["dual_qualified_status"]) for d in (WHOLE, PART)
    ] == [
        (3, 3, "met"),
        (3, 2, "not_available"),
    ]


def test_the_denominator_says_what_it_counts(marts: Marts) -> None:
    units = {
        r["item_code"]: r["denominator_unit_zh"]
        for r in marts.ask("select * from marts.fct_government_items where value is not null")
    }
    assert (units["class_size"], units["retention"]) == ("班", "人")
    without = marts.ask(
        "select distinct item_code from marts.fct_government_items where denominator > 1 and denominator_unit_zh is null"
    )
    assert without == []


def test_what_a_document_proves_waits_for_no_return(marts: Marts) -> None:
    rows = marts.ask("select * from marts.fct_government_items where item_code = 'certified_teachers'")
    assert [(r["proof_kind"], r["reports_due"], r["reports_available"], r["status"]) for r in rows] == [
        ("documents", 6, 0, "met")
    ] * 2
