"""Evidence: documents beside the returns are kept by their hash, listed, and never read."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import raw_folder, rebuilding, receive, vault
from dagster_project.intake.manifest import read_manifest
from dagster_project.questions import backup, doctor
from dagster_project.record import in_force, suites
from tests.intake.test_receive import ROW, put, statuses

DAY = dt.datetime(2025, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def add(raw: Path, name: str, content: bytes = b"minutes") -> Path:
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def listed(home: Home, table: str = "evidence_files") -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), suites.judge, dt.date(2025, 12, 31))
        cursor = con.execute(f"select * from accepted.{table} order by all")
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_documents_of_any_type_are_kept_and_listed(home: Home, raw: Path) -> None:
    names = ["2024/佐证/纪要.pdf", "2024/佐证/照片/操场.jpg", "2024/佐证/readme.md", "2025/佐证材料/无扩展名"]
    for name in names:
        add(raw, name, name.encode())
    taken = receive.take_in(home, raw, now=DAY)
    assert statuses(home) == dict.fromkeys(names, "evidence")
    assert not [p for f in taken.files for p in f.problems]
    rows = {r["source_path"]: r for r in listed(home)}
    assert sorted(rows) == sorted(names)
    photo = rows["2024/佐证/照片/操场.jpg"]
    content = "2024/佐证/照片/操场.jpg".encode()
    assert photo == {
        "folder_year": 2024,
        "file_name": "操场.jpg",
        "source_path": "2024/佐证/照片/操场.jpg",
        "sha256": vault.sha256_of(content),
        "district_code": None,
        "size_bytes": len(content),
        "received_on": None,
        "is_latest": True,
        "record_district_code": None,
    }
    assert (home.vault / photo["sha256"]).read_bytes() == content


def test_the_day_of_receipt_is_known_of_all_but_what_the_record_began_with(home: Home, raw: Path) -> None:
    add(raw, "2024/佐证/旧.pdf", b"before")
    receive.take_in(home, raw, now=DAY - dt.timedelta(9))
    add(raw, "2024/佐证/新.pdf", b"after")
    receive.take_in(home, raw, now=DAY)
    assert {r["file_name"]: r["received_on"] for r in listed(home)} == {"旧.pdf": None, "新.pdf": DAY.date()}


def test_a_folder_with_the_code_of_a_district_holds_its_documents(home: Home, raw: Path) -> None:
    codes = {"500101/a.pdf": "500101", "500102 某县/b/c.pdf": "500102", "5001011/d.pdf": None, "e.pdf": None,
             "2024年/f.pdf": None}  # fmt: skip
    for name in codes:
        add(raw, f"2024/佐证/{name}", name.encode())
    receive.take_in(home, raw, now=DAY)
    assert {r["source_path"].removeprefix("2024/佐证/"): r["district_code"] for r in listed(home)} == codes


def test_a_table_among_the_evidence_is_not_read_as_a_return(home: Home, raw: Path) -> None:
    put(raw, "2023/佐证/classes.xlsx", ROW)
    receive.take_in(home, raw)
    assert statuses(home) == {"2023/佐证/classes.xlsx": "evidence"}
    assert listed(home, "submissions") == listed(home, "problems") == listed(home, "class_sizes") == []


def test_the_same_bytes_may_be_a_return_and_evidence(home: Home, raw: Path) -> None:
    content = put(raw, "2023/zz.xlsx", ROW).read_bytes()
    add(raw, "2023/佐证/classes.xlsx", content)
    receive.take_in(home, raw)
    assert statuses(home) == {"2023/佐证/classes.xlsx": "evidence", "2023/zz.xlsx": "accepted"}


def test_nothing_new_is_nothing_new(home: Home, raw: Path) -> None:
    add(raw, "2024/佐证/纪要.pdf")
    assert receive.take_in(home, raw).submission == 1
    assert receive.take_in(home, raw).submission is None


def test_a_replaced_file_is_another_version_and_the_first_stays(home: Home, raw: Path) -> None:
    add(raw, "2024/佐证/纪要.pdf", b"first")
    receive.take_in(home, raw)
    add(raw, "2024/佐证/纪要.pdf", b"second")
    receive.take_in(home, raw)
    versions = {r["sha256"]: r["is_latest"] for r in listed(home)}
    assert versions == {vault.sha256_of(b"first"): False, vault.sha256_of(b"second"): True}
    assert (home.vault / vault.sha256_of(b"first")).read_bytes() == b"first"


def test_a_renamed_file_is_listed_under_both_names_and_kept_once(home: Home, raw: Path) -> None:
    old = add(raw, "2024/佐证/纪要.pdf")
    receive.take_in(home, raw)
    old.rename(raw / "2024/佐证/会议纪要.pdf")
    receive.take_in(home, raw)
    assert [r["file_name"] for r in listed(home)] == ["会议纪要.pdf", "纪要.pdf"]
    assert len({r["sha256"] for r in listed(home)}) == 1


def test_empty_files_and_links_are_refused(home: Home, raw: Path, tmp_path: Path) -> None:
    add(raw, "2024/佐证/empty.pdf", b"")
    outside = add(tmp_path, "outside.pdf")
    (raw / "2024/佐证/link.pdf").symlink_to(outside)
    os.link(outside, raw / "2024/佐证/hard.pdf")
    taken = receive.take_in(home, raw)
    assert set(statuses(home).values()) == {"rejected"}
    assert {f.record.path.rsplit("/", 1)[-1]: f.problems[0].rule_code for f in taken.files} == {
        "empty.pdf": "EMPTY_FILE",
        "link.pdf": "NOT_A_FILE",
        "hard.pdf": "NOT_A_FILE",
    }
    assert listed(home) == []
    assert receive.take_in(home, raw).submission is None


def test_a_large_file_is_read_a_piece_at_a_time(
    home: Home, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "_PIECE_BYTES", 3)
    monkeypatch.setattr(raw_folder, "MAX_FILE_BYTES", 4)
    add(raw, "2024/佐证/film.mp4", b"0123456789")
    receive.take_in(home, raw)
    assert statuses(home) == {"2024/佐证/film.mp4": "evidence"}
    assert (home.vault / vault.sha256_of(b"0123456789")).read_bytes() == b"0123456789"
    assert not list(home.vault.glob("*.part"))


def test_what_an_early_version_refused_as_a_return_is_received_as_evidence(
    home: Home,
    raw: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(raw, "2024/佐证/纪要.pdf")
    with monkeypatch.context() as early:
        early.setattr(raw_folder, "EVIDENCE_FOLDERS", ())
        receive.take_in(home, raw)
    assert statuses(home) == {"2024/佐证/纪要.pdf": "rejected"}
    receive.take_in(home, raw)
    assert statuses(home) == {"2024/佐证/纪要.pdf": "evidence"}
    assert receive.take_in(home, raw).submission is None


def test_numbers_of_persons_in_a_name_are_masked(home: Home, raw: Path) -> None:
    add(raw, "2024/佐证/证明13800138000.pdf")
    receive.take_in(home, raw)
    (row,) = listed(home)
    assert row["file_name"] == "证明138******00.pdf"
    assert "13800138000" not in row["source_path"]


def test_a_backup_holds_evidence_and_restores_it(home: Home, raw: Path, tmp_path: Path) -> None:
    home.bind(raw)
    content = os.urandom(3 * 1024**2)
    add(raw, "2024/佐证/film.mp4", content)
    receive.take_in(home, raw)
    assert backup.waiting(raw, read_manifest(home)) == ([], [])
    assert not backup.verify(home, raw)
    target = tmp_path / "backup.tar.gz"
    kept = backup.back_up(home, target)
    again = Home(tmp_path / "again")
    assert backup.restore(target, again) == kept
    assert (again.vault / vault.sha256_of(content)).read_bytes() == content
    assert read_manifest(again).chain == read_manifest(home).chain


def test_lost_or_changed_evidence_is_noticed(home: Home, raw: Path, tmp_path: Path) -> None:
    path = add(raw, "2024/佐证/纪要.pdf")
    receive.take_in(home, raw)
    path.write_bytes(b"other")
    assert backup.waiting(raw, read_manifest(home)) == ([], ["2024/佐证/纪要.pdf"])
    kept = home.vault / vault.sha256_of(b"minutes")
    kept.write_bytes(b"damaged")
    assert any(f.is_grave and "纪要.pdf" in f.message_zh for f in backup.verify(home))
    home.bind(raw)
    with pytest.raises(UserError, match="缺失或已损坏"):
        backup.back_up(home, tmp_path / "backup.tar.gz")


def test_rows_are_rebuilt_without_reading_evidence(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    add(raw, "2023/佐证/纪要.pdf")
    receive.take_in(home, raw)
    manifest = read_manifest(home)
    assert rebuilding.rebuild_raw(home, manifest, manifest.submissions) == []


def test_the_doctor_takes_evidence_for_what_it_is(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    add(raw, "2023/佐证/纪要.pdf")
    (finding,) = doctor.check_raw_folder(raw, home)
    assert finding.level == "fine" and "佐证材料 1 个" in finding.message_zh
