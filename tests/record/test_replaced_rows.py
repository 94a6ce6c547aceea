"""What was corrected is listed no longer, and not counted among what has to be corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagster_project.core.homes import Home
from dagster_project.intake.decisions import decide
from tests.conftest import District

CODE = "2100000001"
SCHOOL = {"school_code": CODE, "school_name": "甲小学", "district_code": "500101", "town": "东镇",
          "school_type": "小学", "ownership": "公办"}  # fmt: skip
KEY = {"stage": "小学", "full_time_teachers": 9}


def classes(number: int) -> list[dict[str, Any]]:
    return [
        {"school_code": CODE, "stage": "小学", "grade": 1, "class_name": f"{n}班", "students": 40}
        for n in range(1, number + 1)
    ]


def test_a_file_that_is_sent_again_takes_its_old_problems_along(new_district: Callable[[], District]) -> None:
    district = new_district()
    wrong = [
        {"school_code": "21000000", **KEY},
        {"school_code": CODE, "full_time_teachers": "约9", "stage": "小学"},
    ]
    district.put("2023/东镇.xlsx", schools=[SCHOOL], staffing=wrong, class_sizes=classes(4))
    first = district.run().release
    assert (first.rows["quarantined"], first.rows_to_correct) == (2, 2)
    assert {p["cell"] for p in problems(district)} == {"A2", "C3"}

    # the same file again, and a part of the classes, which is held and turned down
    district.put("2023/东镇.xlsx", schools=[SCHOOL], staffing=[{"school_code": CODE, **KEY}])
    district.put("2023/补报.xlsx", class_sizes=classes(1))
    second = district.run().release
    assert problems(district) == []
    assert (second.rows["quarantined"], second.rows_to_correct) == (2, 0)
    assert second.files == {"accepted": 2, "held": 1}

    decide(Home(district.home), "H2-1", "reject", "只报了一个班")
    third = district.run().release
    assert third.files == {"accepted": 2, "dismissed": 1}


def problems(district: District) -> list[dict[str, Any]]:
    return district.ask("select * from marts.fct_problems where severity = 'quarantine_row'")
