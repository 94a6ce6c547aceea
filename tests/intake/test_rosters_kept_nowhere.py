"""What a roster says of a person is in no file that is written, and the search that shows it finds what is planted."""

from __future__ import annotations

import csv
import io
import multiprocessing
import shutil
import tarfile
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagster_project.core.errors import UserError
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.intake import rebuilding, receive
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.rereading import read_again
from dagster_project.questions import backup
from dagster_project.questions.check import check_files
from dagster_project.questions.look import look_at
from dagster_project.questions.propose_layout import propose
from tests.intake import bad_files as make
from tests.searching import found_in

ROSTERS = PROJECT_ROOT / "tests" / "fixtures" / "rosters"
UNKNOWN = [["姓名", "身份证号", "电话"], ["上官示例", "999903198801010019", "19911112222"]]
LAYOUT = """\
layout: own_list
name_zh: 自有名册
recognised_by: [姓名, 身份证号, 单位代码]
roster: {row: 教师}
feeds:
  staffing:
    columns:
      school_code: 单位代码
      stage: {constant: 小学}
      full_time_teachers: {count: rows}
"""
OWN = [
    ["姓名", "身份证号", "单位代码"],
    *([f"太史示例{i}", f"99990419880101001{i}", "2150001234"] for i in range(4)),
]


def rows_of(name: str) -> list[list[str]]:
    with (ROSTERS / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def secrets() -> set[str]:
    """Names, identity numbers and telephone numbers of all rosters."""
    heads = ("姓名", "学生姓名", "班主任姓名", "身份证件号", "身份证号", "学籍号", "手机号码", "电话")
    found = set()
    for table in (*(rows_of(p.name) for p in ROSTERS.iterdir()), UNKNOWN, OWN):
        for j, head in enumerate(table[0]):
            if head in heads:
                found |= {row[j] for row in table[1:]}
    return found


def book(**sheets: list[list[Any]]) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return workbook


def enrolment(code: str, students: int) -> list[list[Any]]:
    feed = load_feeds()["enrolment"]
    return [
        [feed.column(n).heading_zh for n in ("school_code", "stage", "students")],
        [code, "小学", students],
    ]


def bytes_of(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of temporary files, of which none is removed."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    if "forkserver" in multiprocessing.get_all_start_methods():
        forkserver.ensure_running()  # the path of its socket may not be as long as those in the folder
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(tempfile.TemporaryDirectory, "cleanup", lambda _: None)
    return folder


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with rosters of every kind, and returns beside them."""
    root = tmp_path / "raw"
    (root / "2024").mkdir(parents=True)
    shutil.copyfile(ROSTERS / "teachers.csv", root / "2024" / "teachers.csv")
    book(学生=rows_of("pupils.csv")).save(root / "2024" / "pupils.xlsx")
    book(在校生数=enrolment("2150001234", 300), 名单=UNKNOWN).save(root / "2024" / "mixed.xlsx")
    hidden = book(在校生数=enrolment("2150009999", 77), 名单=UNKNOWN)
    hidden["名单"].sheet_state = "hidden"
    hidden.save(root / "2024" / "hidden.xlsx")
    book(名单=OWN).save(root / "2024" / "own.xlsx")
    whole = bytes_of(book(教师=rows_of("teachers.csv")))
    (root / "2024" / "half.xlsx").write_bytes(whole[: len(whole) * 9 // 10])
    (root / "2024" / "list.docx").write_bytes(
        make.zipped({"word/document.xml": repr(rows_of("teachers.csv")).encode()})
    )
    packed = {"名单.xlsx": whole, "好.xlsx": bytes_of(book(在校生数=enrolment("2150007777", 55)))}
    (root / "2024" / "town.zip").write_bytes(make.zipped(packed))
    (root / "nowhere.csv").write_text("姓名,班级\n上官示例,1班\n", encoding="utf-8")
    shutil.copyfile(ROSTERS / "teachers.csv", root / "2024" / "again.csv")
    return root


def test_nothing_that_is_written_says_a_word_of_a_person(raw: Path, tmp_path: Path, temporary: Path) -> None:
    home, people = Home(tmp_path / "home"), secrets()
    before = {p: p.read_bytes() for p in raw.rglob("*") if p.is_file()}
    said: list[str] = []
    taken = receive.take_in(home, raw, report=said.append)
    states = {f.record.path: (f.record.status, f.record.is_kept) for f in taken.files}
    assert states == {
        "2024/again.csv": ("accepted", False),
        "2024/teachers.csv": ("duplicate", False),
        "2024/pupils.xlsx": ("accepted", False),
        "2024/mixed.xlsx": ("accepted", False),
        "2024/hidden.xlsx": ("accepted", False),
        "2024/own.xlsx": ("rejected", False),
        "2024/half.xlsx": ("rejected", False),
        "2024/list.docx": ("rejected", False),
        "2024/town.zip!名单.xlsx": ("accepted", False),
        "2024/town.zip!好.xlsx": ("accepted", True),
        "nowhere.csv": ("rejected", False),
    }
    rows = {
        s.feed: s.columns for f in taken.files for s in f.parsed.sheets if f.record.path == "2024/mixed.xlsx"
    }
    assert rows["enrolment"]["students"] == [300]  # the sheet beside the list counts

    # verify, rebuild, back up, restore
    assert backup.verify(home, raw) == []
    manifest = read_manifest(home)
    written = {p.name: p.read_bytes() for p in home.raw.rglob("*.parquet")}
    shutil.rmtree(home.raw)
    assert rebuilding.rebuild_raw(home, manifest, manifest.submissions) == []
    assert {p.name: p.read_bytes() for p in home.raw.rglob("*.parquet")} == written
    home.bind(raw)
    backup.back_up(home, tmp_path / "home" / "backup.tar.gz")
    other = Home(tmp_path / "other")
    backup.restore(tmp_path / "home" / "backup.tar.gz", other)
    assert [f for f in backup.verify(other) if f.is_grave] == []

    # a layout for a list that was refused: it is read from the raw folder, and again from the rows without it
    (raw / "layouts").mkdir()
    (raw / "layouts" / "own.yml").write_text(LAYOUT, encoding="utf-8")
    assert "2024/own.xlsx" in read_again(home, raw, report=said.append)
    own = next(f for f in read_manifest(home).files if f.path == "2024/own.xlsx")
    assert (own.status, own.is_kept, own.sheets[0].feed) == ("accepted", False, "staffing")
    assert backup.verify(home, raw) == []

    # what is only asked
    for path in sorted((raw / "2024").glob("*.*")):
        found = check_files([path], output=tmp_path / "home" / f"{path.name}.problems.csv", raw_root=raw)
        said += [repr(found.problems), repr(found.assumptions)]
        try:
            said += look_at(path)
            (tmp_path / "home" / f"{path.name}.yml").write_text(propose(path), encoding="utf-8")
        except UserError as error:
            said.append(str(error))
    assert found_in([tmp_path / "home", tmp_path / "other", temporary], people) == set()
    assert not [(s, line) for line in said for s in people if s in line]
    assert {p: p.read_bytes() for p in before} == before


def test_the_search_finds_a_person_in_every_kind_of_file(tmp_path: Path) -> None:
    name, number = "上官示例", "999903198801010019"
    one = tmp_path / "planted"
    one.mkdir()
    (one / "a.txt").write_text(name, encoding="gb18030")
    (one / f"{name}.bin").write_bytes(b"")
    (one / "b.xls").write_bytes(number.encode("utf-16-le"))
    book(表=[[name]]).save(one / "c.xlsx")
    pq.write_table(pa.table({"x": [name]}), one / "d.parquet", compression="zstd")
    with duckdb.connect(str(one / "e.duckdb")) as con:
        con.execute("create table t as select ? as x from range(3000)", [name])
    with tarfile.open(one / "f.tar.gz", "w:gz") as archive:
        archive.add(one / "c.xlsx", "inner.xlsx")
    (one / "g.zip").write_bytes(make.zipped({"inner.parquet": (one / "d.parquet").read_bytes()}))
    hits = {Path(path).name for path, _ in found_in([one], [name, number])}
    assert hits == {p.name for p in one.iterdir()}


def test_a_leak_into_a_finding_or_the_vault_would_be_found(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    shutil.rmtree(raw)
    (raw / "2024").mkdir(parents=True)
    shutil.copyfile(ROSTERS / "teachers.csv", raw / "2024" / "teachers.csv")
    monkeypatch.setattr(receive, "keep_reading", lambda file: None)  # as if the file were an ordinary return
    receive.take_in(home, raw)
    assert found_in([home.root], secrets())


def test_a_table_that_a_layout_later_calls_a_roster_leaves_the_vault(tmp_path: Path) -> None:
    home, raw = Home(tmp_path / "home"), tmp_path / "raw"
    (raw / "2024").mkdir(parents=True)
    (raw / "layouts").mkdir()
    people = [["师名", "单位代码"], ["淳于示例一", "2150001234"], ["淳于示例二", "2150001234"]]
    book(表=people).save(raw / "2024" / "a.xlsx")
    receive.take_in(home, raw)
    (before,) = read_manifest(home).files
    assert (before.status, before.is_kept) == (
        "unrecognised",
        True,
    )  # no heading says that it is about persons
    layout = LAYOUT.replace("姓名, 身份证号, 单位代码", "师名, 单位代码")
    (raw / "layouts" / "own.yml").write_text(layout, encoding="utf-8")
    assert read_again(home, raw) == ["2024/a.xlsx"]
    (after,) = read_manifest(home).files
    assert (after.status, after.is_kept) == ("accepted", False)
    assert found_in([home.vault, home.raw], {"淳于示例一", "淳于示例二"}) == set()
    assert backup.verify(home, raw) == []
