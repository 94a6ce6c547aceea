"""What a user reads when a data test of the models stops a build: the table, the rows by their keys, the returns to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.warehouse import build
from dagster_project.warehouse.build import run_models_by_dbt
from tests.warehouse.accepted_fixture import Accepted


def test_a_share_above_one_names_its_table_place_and_return(tmp_path: Path) -> None:
    accepted = Accepted()
    accepted.add(
        "schools",
        {"school_code": "3150000001", "district_code": "500101", "school_type": "secondary_vocational"},
        {"school_code": "1150000001", "district_code": "500101", "school_type": "kindergarten"},
    )
    # what the rules of the feeds put aside: 80 dually qualified of 70 specialised teachers, 13 of 12 staff insured
    accepted.add("vocational_enrolment", {"school_code": "3150000001", "upper_secondary_type": "secondary_vocational",
                                          "full_time_teachers": 100, "specialised_teachers": 70, "dual_qualified_teachers": 80})  # fmt: skip
    accepted.add("kindergarten_pay", {"school_code": "1150000001", "staff": 12, "fully_insured_staff": 13,
                                      "in_post_teachers": 3, "in_post_annual_pay_yuan": 271828})  # fmt: skip
    database = tmp_path / build.DATABASE_NAME
    accepted.write(database)
    with pytest.raises(build.BuildFailed) as failure:
        run_models_by_dbt(database, select=["+fct_kindergarten_pay", "+plan_shares_lie_between_zero_and_one"])
    said = str(failure.value)
    assert "没有发布新版本，原有版本不受影响" in said
    assert "Got" not in said
    # 80 of 70 are 1.143
    assert "双师型教师占专业教师比例，区县代码 500101，所属时期 2023，值 1.143" in said
    assert "“参保率”不在 0–1 之间，部分大于总数" in said
    assert "学校标识码 1150000001" in said
    assert "《高中阶段教育》" in said and "《幼儿园待遇》" in said
    assert "271828" not in said and "90609" not in said, "pay is printed nowhere"
