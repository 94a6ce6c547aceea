"""A signature never stands on a page alone, and one synthetic file doesn't mark a whole release."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dagster_project.core.homes import Home
from dagster_project.intake.manifest import FileRecord, Manifest, SheetRecord
from dagster_project.publish.returned.feedback import _is_of_district
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.warehouse.steps import Build


def file(path: str, feed: str = "staffing", *, is_synthetic: bool = False) -> FileRecord:
    sheet = SheetRecord("表", feed, "accepted", 1, 1, 0, is_synthetic=is_synthetic)
    return FileRecord(1, "2026-01-01T00:00:00", 2025, path, path, 1, "accepted", (sheet,))


def test_the_last_text_goes_to_the_page_of_the_signature() -> None:
    document = OfficialDocument(dt.datetime(2026, 1, 1))
    document.paragraph("第一段")
    document.paragraph("末段")
    document.signature(["某办公室"], ["某日"])
    kept = [bool(p.paragraph_format.keep_with_next) for p in document._document.paragraphs if p.text]
    assert kept == [False, True, True, False]


def test_only_a_release_of_synthetic_files_alone_is_synthetic() -> None:
    def build(*files: FileRecord) -> Build:
        return Build(
            Home(Path()), "r", "d", "2026-01-01", "2026-01-01T00:00:00", Manifest(list(files), [], 0)
        )

    mixed = build(file("2025/甲.xlsx", is_synthetic=True), file("2025/乙.xlsx"))
    assert (mixed.is_synthetic, mixed.synthetic_files) == (False, ["2025/甲.xlsx"])
    assert build(file("2025/甲.xlsx", is_synthetic=True)).is_synthetic


def test_a_file_with_a_table_of_the_district_goes_to_no_town() -> None:
    assert _is_of_district(file("2025/方案.xlsx", "rectification_tasks"))
    assert not _is_of_district(file("2025/某镇.xlsx"))
