"""Reports say what is missing instead of leaving a hole, and nothing is written where there is no plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.publish.charts import fonts
from dagster_project.publish.word import reports
from dagster_project.publish.word.notices import NO_FONT_ZH, NO_ISSUER_ZH, notices_zh
from dagster_project.warehouse.districts import District, districts_of_release, write_districts

CREATED = dt.datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def marts(sample_home: Path) -> Path:
    folder = Home(sample_home).current_dir()
    assert folder is not None
    return folder / "marts.duckdb"


def paragraphs(path: Path) -> str:
    from docx import Document

    return "\n".join(p.text for p in Document(str(path)).paragraphs)


def write(marts: Path, out: Path, kind: reports.Kind, day: str) -> list[Path]:
    return reports.write_reports(
        marts,
        out,
        release_id="R",
        as_of=dt.date.fromisoformat(day),
        created=CREATED,
        kinds=(kind,),
        synthetic_zh="合成数据",
    )


def test_without_a_chinese_font_the_charts_are_left_out_and_the_run_says_so(
    marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    (path,) = write(marts, tmp_path, "monthly", "2025-12-31")
    text = paragraphs(path)
    assert "字体" not in text and "图1　" not in text
    assert notices_zh(marts.parent, [path.name]) == [NO_FONT_ZH]
    assert notices_zh(marts.parent, []) == []


def test_a_release_without_an_issuing_office_says_what_to_write(tmp_path: Path) -> None:
    write_districts({"500115": District(name_zh="某某区")}, tmp_path)
    assert NO_ISSUER_ZH in notices_zh(tmp_path, ["报告.docx"])
    write_districts({"500115": District(name_zh="某某区", issuing_body_zh="办公室")}, tmp_path)
    assert NO_ISSUER_ZH not in notices_zh(tmp_path, ["报告.docx"])


def test_the_district_is_called_by_its_name_or_by_its_code_where_nobody_named_it(
    marts: Path, tmp_path: Path
) -> None:
    (unknown,) = write(marts, tmp_path / "unknown", "weekly", "2025-12-31")
    assert paragraphs(unknown).startswith("区县代码500199") and unknown.name.startswith("区县代码500199")
    (named,) = reports.write_reports(
        marts,
        tmp_path / "named",
        release_id="R",
        as_of=dt.date(2025, 12, 31),
        created=CREATED,
        kinds=("weekly",),
        districts=districts_of_release(marts.parent),
    )
    assert "500199" not in paragraphs(named) and named.name.startswith("示例区_")


def test_a_report_of_an_earlier_day_reads_the_ledger_of_that_day(marts: Path, tmp_path: Path) -> None:
    (early,) = write(marts, tmp_path, "weekly", "2024-12-31")
    text = paragraphs(early)
    assert "12月25日至12月31日" in text and "〔2024〕第44期" in text
    assert "合成数据" in text


def test_what_is_not_clear_in_the_plan_is_said_to_be_so(marts: Path, tmp_path: Path) -> None:
    from docx import Document

    (path,) = write(marts, tmp_path, "monthly", "2025-12-31")
    cells = [c.text for t in Document(str(path)).tables for r in t.rows for c in r.cells]
    assert "待明确" in cells


def test_a_file_is_never_overwritten(marts: Path, tmp_path: Path) -> None:
    write(marts, tmp_path, "weekly", "2025-12-31")
    with pytest.raises(UserError, match="不覆盖"):
        write(marts, tmp_path, "weekly", "2025-12-31")


def test_before_the_plan_there_is_nothing_to_report(marts: Path, tmp_path: Path) -> None:
    assert write(marts, tmp_path / "none", "monthly", "2024-01-31") == []
    assert not (tmp_path / "none").exists()
