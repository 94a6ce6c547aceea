"""Taking in: archive by hash, one submission a run, nothing twice, nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import receive, vault
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import Worker

HEAD = ["学校标识码", "学段", "年级", "班级", "学生数"]
ROW = ["2150000001", "小学", 1, "1班", 40]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def put(raw: Path, name: str, *rows: list[object], banner: str = "") -> Path:
    """Write a workbook with one class sheet."""
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    if banner:
        book.active.append([banner])
    for row in (HEAD, *rows):
        book.active.append(row)
    book.save(path)
    return path


def statuses(home: Home) -> dict[str, str]:
    return {f.path: f.status for f in read_manifest(home).files}


def test_bytes_are_kept_under_their_hash(home: Home, raw: Path) -> None:
    content = put(raw, "2023/a.xlsx", ROW).read_bytes()
    receive.take_in(home, raw)
    assert (home.vault / vault.sha256_of(content)).read_bytes() == content


def test_nothing_new_is_no_submission(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    assert receive.take_in(home, raw).submission == 1
    assert receive.take_in(home, raw).submission is None


def test_a_corrected_file_under_the_same_name_is_a_new_submission(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    receive.take_in(home, raw)
    put(raw, "2023/a.xlsx", [*ROW[:4], 41])
    assert receive.take_in(home, raw).submission == 2
    first, second = (pq.read_table(home.raw / "class_sizes" / f"00000{n}.parquet") for n in (1, 2))
    assert first["students"].to_pylist() == [40]
    assert second["students"].to_pylist() == [41]


def test_the_same_content_in_other_bytes_changes_nothing(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    receive.take_in(home, raw)
    put(raw, "2023/b.xlsx", ROW, banner="另存的一份")
    taken = receive.take_in(home, raw)
    assert taken.files[0].record.status == "duplicate"
    assert taken.files[0].problems[0].rule_code == "ALREADY_RECEIVED"


def test_the_same_content_for_another_year_is_another_return(home: Home, raw: Path) -> None:
    put(raw, "2022/a.xlsx", ROW)
    put(raw, "2023/a.xlsx", ROW)
    receive.take_in(home, raw)
    assert set(statuses(home).values()) == {"accepted"}


def test_files_outside_year_folders_are_listed_not_loaded(home: Home, raw: Path) -> None:
    put(raw, "a.xlsx", ROW)
    put(raw, "2023/b.xlsx", ROW)
    taken = receive.take_in(home, raw)
    assert statuses(home) == {"a.xlsx": "rejected", "2023/b.xlsx": "accepted"}
    assert [p.rule_code for f in taken.files for p in f.problems] == ["NO_YEAR_FOLDER"]


@pytest.mark.parametrize("name", ["~$a.xlsx", ".a.xlsx.swp", "a.xlsx.tmp", "README.md", "Thumbs.db"])
def test_what_office_programs_leave_behind_is_passed_over(home: Home, raw: Path, name: str) -> None:
    (raw / "2023").mkdir()
    (raw / "2023" / name).write_bytes(b"x")
    assert receive.take_in(home, raw).files_seen == 0


def test_a_link_is_not_followed(home: Home, raw: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.xlsx", ROW)
    (raw / "2023").mkdir()
    (raw / "2023" / "a.xlsx").symlink_to(secret)
    taken = receive.take_in(home, raw)
    assert taken.files[0].problems[0].rule_code == "NOT_A_FILE"


class BusyMachine(Worker):
    """A reader whose process ends before it has read anything."""

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        raise RejectedFile("READER_DIED")


def test_a_file_that_the_reader_gave_up_is_read_again_by_the_next_run(home: Home, raw: Path) -> None:
    """A busy machine or a killed process is not the file's fault; equal bytes under another name aren't known by it."""
    put(raw, "2024/a.xlsx", ROW)
    taken = receive.take_in(home, raw, worker=BusyMachine(raw))
    assert [f.record.status for f in taken.files] == ["rejected"]
    assert "下次运行会再读" in taken.files[0].problems[0].message_zh
    receive.take_in(home, raw)
    assert statuses(home) == {"2024/a.xlsx": "accepted"}
    assert receive.take_in(home, raw).submission is None


def test_a_file_that_ends_the_reader_each_time_is_read_three_times(home: Home, raw: Path) -> None:
    put(raw, "2024/a.xlsx", ROW)
    for submission in (1, 2, 3, None, None):
        assert receive.take_in(home, raw, worker=BusyMachine(raw)).submission == submission


def test_one_bad_file_does_not_block_another(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    (raw / "2023" / "b.xlsx").write_bytes(b"PK\x03\x04 cut off")
    receive.take_in(home, raw)
    assert statuses(home) == {"2023/a.xlsx": "accepted", "2023/b.xlsx": "rejected"}


def test_an_unclosed_submission_is_cut_off_and_taken_again(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW)
    receive.take_in(home, raw)
    with home.manifest.open("ab") as stream:
        stream.write(
            json.dumps({"kind": "file", "path": "2023/b.xlsx", "sha256": "0", "submission": 2}).encode()
        )
        stream.write(b'\n{"kind": "submi')
    put(raw, "2023/b.xlsx", [*ROW[:3], "2班", 30])
    assert receive.take_in(home, raw).submission == 2
    records = [json.loads(line) for line in home.manifest.read_text(encoding="utf-8").splitlines()]
    assert [r["kind"] for r in records] == ["file", "submission", "file", "submission"]


def test_raw_rows_know_file_sheet_and_row(home: Home, raw: Path) -> None:
    put(raw, "2023/a.xlsx", ROW, banner="某校")
    receive.take_in(home, raw, now=dt.datetime(2024, 1, 2, tzinfo=dt.UTC))
    table = pq.read_table(home.raw / "class_sizes" / "000001.parquet").to_pylist()
    assert table[0]["source_file"] == "2023/a.xlsx"
    assert (table[0]["sheet"], table[0]["row_number"], table[0]["school_year"]) == ("Sheet", 3, 2023)
    maps = read_manifest(home).files[0].sheets[0].column_maps[0]
    assert maps["students"] == "E"


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("layout: x\nname_zh: x\nrecognised_by: [a]\nfeeds: {enrolmnt: {columns: {}}}\n", "enrolmnt"),
        ("layout: x\nrecognised: [a]\n", "recognised"),
        ("layout: [x\n", "x.yml"),
    ],
)
def test_a_faulty_layout_stops_the_run_before_any_return_is_rejected_for_it(
    home: Home, raw: Path, layout: str, said: str
) -> None:
    put(raw, "2023/a.xlsx", ROW)
    faulty = raw / "layouts" / "x.yml"
    faulty.parent.mkdir()
    faulty.write_text(layout, encoding="utf-8")
    with pytest.raises(UserError, match=said) as stopped:
        receive.take_in(home, raw)
    assert str(faulty) in str(stopped.value)
    faulty.unlink()
    receive.take_in(home, raw)
    assert statuses(home) == {"2023/a.xlsx": "accepted"}


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("镇.rar", b"Rar!\x1a\x07\x01\x00" + b"\0" * 40, "PACKED_FILES"),
        ("镇.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, "PACKED_FILES"),
        ("镇.mht", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "WEB_ARCHIVE"),
    ],
)
def test_a_file_of_another_kind_is_opened_to_say_what_to_do(
    tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    (tmp_path / "raw" / "2024").mkdir(parents=True)
    (tmp_path / "raw" / "2024" / name).write_bytes(content)
    taken = receive.take_in(Home(tmp_path / "home"), tmp_path / "raw")
    assert [p.rule_code for p in taken.files[0].problems] == [rule]


def test_the_vault_is_on_disk_before_the_block_that_speaks_of_it(
    home: Home, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut a folder lacks what was renamed in it and not put on disk by then; the manifest is put there last."""
    put(raw, "2023/a.xlsx", ROW)
    (raw / "2023" / "佐证").mkdir()
    (raw / "2023" / "佐证" / "b.pdf").write_bytes(b"%PDF")
    done: list[str] = []

    rename_file = Path.replace

    def rename(path: Path, target: Path) -> Path:
        done.append("rename" if target.parent == home.vault else "elsewhere")
        return rename_file(path, target)

    def sync(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").resolve()
        done.append({home.vault: "folder", home.manifest: "manifest"}.get(path, "file"))

    monkeypatch.setattr(Path, "replace", rename)
    monkeypatch.setattr(os, "fsync", sync)
    receive.take_in(home, raw)
    last = len(done) - 1 - done[::-1].index("folder")
    assert done.count("rename") > 2
    assert "rename" not in done[last:]
    assert done[last:].count("manifest") == 1
