"""Which files of the raw folder are taken for returns: not those that other programs put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.intake.raw_folder import raw_files

OTHERS = ["~$东镇.xlsx", ".~东镇.xlsx", ".~lock.东镇.xlsx#", "Thumbs.db", "THUMBS.DB", "ehthumbs.db", "desktop.ini",
          ".DS_Store", "._东镇.xlsx", "Icon\r", "~WRL0003.tmp", "~WRD12", "5F3A2000", "东镇.xlsx.crdownload",
          "东镇.xlsx.part", "东镇.xlsx.baiduyun.p.downloading", "东镇.xlsx.xltd", "problems.csv", "问题清单.csv", "assumptions.csv"]  # fmt: skip
FOLDERS = ["__MACOSX", "$RECYCLE.BIN", "@eaDir", "#recycle", "System Volume Information", ".git", ".~缓存"]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with one return and everything that other programs leave beside it."""
    for folder in ("2023", "2023/东镇", "2023/佐证"):
        (tmp_path / folder).mkdir()
        for name in OTHERS:
            (tmp_path / folder / name).write_bytes(b"x")
        for name in FOLDERS:
            (tmp_path / folder / name).mkdir()
            (tmp_path / folder / name / "东镇.xlsx").write_bytes(b"x")
    for name in FOLDERS:
        (tmp_path / name / "2023").mkdir(parents=True)
        (tmp_path / name / "东镇.xlsx").write_bytes(b"x")
    return tmp_path


def names(raw: Path) -> list[str]:
    return [file.relative for file in raw_files(raw)]


def test_files_of_other_programs_are_passed_over(raw: Path) -> None:
    # documents of evidence may have any name, and none that Excel saves as is among them
    assert names(raw) == ["2023/佐证/5F3A2000"]


@pytest.mark.parametrize(
    "name",
    [
        "东镇.xlsx",
        "20230901",
        "ABCDEFGH",
        "~东镇.xlsx",
        "东镇.lnk",
        "东镇 (1).xlsx",
        "东镇-DESKTOP-1A2B.xlsx",
    ],
)
def test_other_names_are_looked_at(name: str, raw: Path) -> None:
    (raw / "2023" / name).write_bytes(b"x")
    assert names(raw) == sorted([f"2023/{name}", "2023/佐证/5F3A2000"])
