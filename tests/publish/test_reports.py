"""Reports say what is missing instead of leaving a hole, and nothing is written where there is no plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.publish.charts import fonts
from dagster_project.publish.word import reports

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
        is_synthetic=True,
    )


def test_without_a_chinese_font_the_report_says_why_a_chart_is_missing(
    marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "chinese_font", lambda: None)
    (path,) = write(marts, tmp_path, "monthly", "2025-12-31")
    text = paragraphs(path)
    assert text.count("没有找到中文字体") == 3 and "图1　" not in text


def test_a_report_of_an_earlier_day_reads_the_ledger_of_that_day(marts: Path, tmp_path: Path) -> None:
    (early,) = write(marts, tmp_path, "weekly", "2024-12-31")
    text = paragraphs(early)
    assert "截至2024年12月31日" in text and "2024年12月25日至2024年12月31日" in text
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
