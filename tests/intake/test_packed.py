"""Returns packed in a .zip are received as returns of their own; the archive itself is kept, and never trusted."""

from __future__ import annotations

import io
import json
import random
import shutil
import zipfile
from pathlib import Path

import pytest

from dagster_project.core.homes import Home
from dagster_project.intake import rebuilding, receive, vault
from dagster_project.intake.files import packed
from dagster_project.intake.files.packed import MAX_PACKED_FILES, kind_of_archive, packed_files
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import FileRecord, read_manifest
from dagster_project.questions import backup
from dagster_project.questions.check import check_files
from tests.intake import bad_files as make

HEAD = make.HEAD


def book(code: int, students: int = 30) -> bytes:
    return make.workbook([HEAD, [f"215000{code:04d}", f"示例{code}小学", "小学", students, 1]])


def put(raw: Path, name: str, content: bytes) -> None:
    (raw / name).parent.mkdir(parents=True, exist_ok=True)
    (raw / name).write_bytes(content)


def files_of(home: Home) -> dict[str, FileRecord]:
    return read_manifest(home).latest_by_path()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def test_each_file_of_an_archive_is_a_return_under_both_names(home: Home, raw: Path) -> None:
    packed = {
        "东镇.xlsx": book(1),
        "西镇/班级.ods": make.open_workbook([HEAD, ["2150000002", "示例2小学", "小学", 40, 1]]),
    }
    archive = make.zipped(
        {**packed, "__MACOSX/._东镇.xlsx": b"x", "西镇/~$班级.xlsx": b"x", ".DS_Store": b"x"}
    )
    put(raw, "2024/云台镇.zip", archive)
    taken = receive.take_in(home, raw)
    found = files_of(home)
    assert {path: f.status for path, f in found.items()} == {
        "2024/云台镇.zip!东镇.xlsx": "accepted",
        "2024/云台镇.zip!西镇/班级.ods": "accepted",
    }
    for name, content in packed.items():
        record = found[f"2024/云台镇.zip!{name}"]
        assert vault.content_of(home, record.sha256) == content
        assert vault.content_of(home, record.packed_in) == archive
        assert (record.school_year, record.archive_path) == (2024, "2024/云台镇.zip")
    assert taken.files_seen == 1
    assert (raw / "2024" / "云台镇.zip").read_bytes() == archive


def test_an_archive_is_received_once_and_of_a_changed_one_only_what_changed(home: Home, raw: Path) -> None:
    put(raw, "2024/a.zip", make.zipped({"1.xlsx": book(1), "2.xlsx": book(2)}))
    receive.take_in(home, raw)
    assert receive.take_in(home, raw).files == []
    put(raw, "2024/a.zip", make.zipped({"2.xlsx": book(2, 31), "1.xlsx": book(1)}))
    assert [f.record.path for f in receive.take_in(home, raw).files] == ["2024/a.zip!2.xlsx"]


def test_a_file_that_was_sent_unpacked_before_is_a_duplicate(home: Home, raw: Path) -> None:
    put(raw, "2024/1.xlsx", book(1))
    receive.take_in(home, raw)
    put(raw, "2024/a.zip", make.zipped({"1.xlsx": book(1), "2.xlsx": book(2)}))
    receive.take_in(home, raw)
    found = files_of(home)
    assert (
        found["2024/a.zip!1.xlsx"].status == "duplicate" and found["2024/a.zip!2.xlsx"].status == "accepted"
    )


def test_a_bad_file_in_an_archive_costs_no_other(home: Home, raw: Path) -> None:
    bad = {
        "坏.xlsx": book(3)[:900],
        "图.png": b"\x89PNG",
        "再包.zip": make.zipped({"4.xlsx": book(4)}),
        "包.rar": b"Rar!...",
    }
    put(raw, "2024/a.zip", make.zipped({"好.xlsx": book(1), **bad}))
    receive.take_in(home, raw)
    found = files_of(home)
    assert found.pop("2024/a.zip!好.xlsx").status == "accepted"
    assert {f.status for f in found.values()} == {"rejected"} and len(found) == len(bad)
    reasons = {path.split("!")[1]: f.reason[0] for path, f in found.items() if f.reason}
    assert reasons == {
        "坏.xlsx": "DAMAGED_FILE", "图.png": "NOT_A_TABLE", "再包.zip": "PACKED_FILES", "包.rar": "PACKED_FILES",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", ""])
@pytest.mark.parametrize(
    "name",
    ["东镇.xlsx", "一.xlsx", "联通.csv", "云台镇\\班级表.xlsx", "龘靐.xlsx", "a b！.xlsx", "plain.xlsx"],
)
def test_names_are_read_as_chinese_windows_writes_them(name: str, encoding: str) -> None:
    archive = make.zipped({name: b"x", "b.xlsx": b"y"}, encoding=encoding)
    assert dict(packed_files(archive)) == {name.replace("\\", "/"): b"x", "b.xlsx": b"y"}


def encrypted(content: bytes) -> bytes:
    """The same archive, its files marked as encrypted."""
    data = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 1)
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "rule", "says"),
    [
        (encrypted(make.zipped({"a.xlsx": b"x"})), "PACKED_FILES", "密码"),
        (make.zipped({f"{i}.xlsx": b"x" for i in range(MAX_PACKED_FILES + 1)}), "PACKED_FILES", "太多"),
        (make.zipped({"a.csv": b"0" * 250 * 1024**2}), "PACKED_FILES", "太大"),
        (make.zipped({"a.csv": b"0" * 20 * 1024**2}), "PACKED_FILES", "太大"),
        (make.zipped({"__MACOSX/x": b""}), "PACKED_FILES", "没有文件"),
        (make.zipped({"../a.xlsx": b"x"}), "ARCHIVE_SUSPICIOUS", "路径可疑"),
        (make.zipped({"/etc/a.xlsx": b"x"}), "ARCHIVE_SUSPICIOUS", "路径可疑"),
        (make.zipped({"C:\\a.xlsx": b"x"}), "ARCHIVE_SUSPICIOUS", "路径可疑"),
        (make.zipped({"a.xlsx": b"x", "A.XLSX": b"y"}), "ARCHIVE_SUSPICIOUS", "重名"),
        (make.zipped({"a/b.xlsx": b"x", "a\\b.xlsx": b"y"}), "ARCHIVE_SUSPICIOUS", "重名"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_in_bounds_is_refused(
    home: Home, raw: Path, content: bytes, rule: str, says: str
) -> None:
    put(raw, "2024/a.zip", content)
    taken = receive.take_in(home, raw)
    (file,) = taken.files
    assert file.record.status == "rejected" and file.record.path == "2024/a.zip"
    assert file.record.reason and file.record.reason[0] == rule and says in file.record.reason[1]
    assert receive.take_in(home, raw).files == [], "it is refused once"


def test_a_damaged_archive_is_refused_as_a_whole(home: Home, raw: Path) -> None:
    content = bytearray(make.zipped({"a.xlsx": book(1), "b.xlsx": book(2)}))
    content[content.rfind(b"b.xlsx", 0, content.rfind(b"PK\x01\x02") - 60) + 200] ^= 0xFF
    put(raw, "2024/a.zip", bytes(content))
    receive.take_in(home, raw)
    assert [f.status for f in files_of(home).values()] == ["rejected"]


def test_a_workbook_called_zip_is_a_workbook_and_the_reverse_says_what_to_do(home: Home, raw: Path) -> None:
    put(raw, "2024/a.zip", book(1))
    put(raw, "2024/b.xlsx", make.zipped({"2.xlsx": book(2)}))
    receive.take_in(home, raw)
    found = files_of(home)
    assert found["2024/a.zip"].status == "accepted"
    reason = found["2024/b.xlsx"].reason
    assert reason and reason[0] == "PACKED_FILES" and "解压" in reason[1]


def test_evidence_and_files_without_a_year_are_not_unpacked(home: Home, raw: Path) -> None:
    put(raw, "2024/佐证/照片.zip", make.zipped({"1.xlsx": book(1)}))
    put(raw, "a.zip", make.zipped({"1.xlsx": book(1)}))
    receive.take_in(home, raw)
    assert {p: f.status for p, f in files_of(home).items()} == {
        "2024/佐证/照片.zip": "evidence",
        "a.zip": "rejected",
    }


def test_the_archive_belongs_to_what_is_verified_backed_up_and_rebuilt(home: Home, raw: Path) -> None:
    put(raw, "2024/a.zip", make.zipped({"1.xlsx": book(1)}))
    receive.take_in(home, raw)
    assert backup.verify(home, raw) == []
    manifest = read_manifest(home)
    (record,) = manifest.files
    assert backup.waiting(raw, manifest) == ([], [])
    before = {p.name: p.read_bytes() for p in home.raw.rglob("*.parquet")}
    shutil.rmtree(home.raw)
    assert rebuilding.rebuild_raw(home, manifest, manifest.submissions) == []
    assert {p.name: p.read_bytes() for p in home.raw.rglob("*.parquet")} == before
    (home.vault / record.packed_in).unlink()
    assert any("2024/a.zip）" in f.message_zh and f.is_grave for f in backup.verify(home, raw))
    put(raw, "2024/a.zip", make.zipped({"1.xlsx": book(1, 31)}))
    assert backup.waiting(raw, manifest) == ([], ["2024/a.zip"])


def test_the_line_of_a_file_that_was_not_packed_is_as_before(home: Home, raw: Path) -> None:
    put(raw, "2024/1.xlsx", book(1))
    receive.take_in(home, raw)
    lines = [json.loads(line) for line in home.manifest.read_text(encoding="utf-8").splitlines()]
    assert "packed_in" not in lines[0]


def test_check_names_the_archive_and_the_file_in_it(tmp_path: Path) -> None:
    put(tmp_path, "2024/a.zip", make.zipped({"好.xlsx": book(1), "坏.xlsx": b"", "b.png": b"\x89PNG"}))
    found = check_files([tmp_path / "2024" / "a.zip"])
    assert {row["source_file"] for row in found.problems} == {
        f"{tmp_path}/2024/a.zip!坏.xlsx", f"{tmp_path}/2024/a.zip!b.png",
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(150))
def test_no_bytes_make_unpacking_fail_otherwise_than_by_a_refusal(seed: int) -> None:
    chance = random.Random(seed)
    files = {f"{i}.xlsx": chance.randbytes(chance.randrange(200)) for i in range(chance.randint(1, 4))}
    data = bytearray(make.zipped(files))
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    content = bytes(data[: chance.choice([len(data), chance.randrange(1, len(data))])])
    if kind_of_archive(content) != "packed":
        return
    try:
        found = dict(packed_files(content))
    except RejectedFile as refused:
        assert refused.rule_code in ("DAMAGED_FILE", "PACKED_FILES", "ARCHIVE_SUSPICIOUS")
    else:
        assert set(found.values()) <= set(files.values()), "the sum over its bytes protects each file"


def test_the_shape_of_an_archive_is_found_without_reading_its_files() -> None:
    assert kind_of_archive(book(1)) == "workbook"
    assert kind_of_archive(make.open_workbook([HEAD])) == "open_document"
    assert kind_of_archive(make.zipped({"1.xlsx": b"", "content.txt": b""})) == "packed"
    unpacked = {f"报表/{n}": b"<x/>" for n in zipfile.ZipFile(io.BytesIO(book(1))).namelist()}
    assert kind_of_archive(make.zipped(unpacked)) == "workbook", "the parts of a workbook are no returns"


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_inflated_of_archives_in_an_archive_has_one_bound(
    is_whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "_MOST_LOOKED_AT", 100_000)
    inner = make.zipped({"a.bin": bytes(90_000)})
    outer = make.zipped({f"{i}.zip": inner for i in range(20)})
    content = outer if is_whole else outer[:-100]
    found = sum(map(len, packed.inflated(content)))
    assert found <= 100_000 + len(content) + 2 * 20
    assert found >= (90_000 if is_whole else len(content))
