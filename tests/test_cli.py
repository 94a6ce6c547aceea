"""The command line as an analyst meets it: exit codes, Chinese on any terminal, what to do next."""

from __future__ import annotations

import csv
import datetime as dt
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from typer.testing import CliRunner

from dagster_project import __version__, run, run_command
from dagster_project.cli import VERBS, app
from dagster_project.core import commands
from dagster_project.core.duck import read_sql, rows
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.warehouse import releases
from dagster_project.warehouse.description import FeedCompleteness


def junheng(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dagster_project", *map(str, arguments)],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=300,
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small synthetic district, written and published by the commands themselves; a release stood before."""
    root = tmp_path_factory.mktemp("cli")
    raw, home = root / "raw", root / "home"
    made = junheng("sample", "--raw", raw, "--schools", 24, "--years", 2023, "--seed", 5)
    assert made.returncode == 0, made.stderr.decode()
    run.run(raw, home, as_of=dt.date(2024, 3, 31), parts=frozenset())
    second = junheng("run", "--raw", raw, "--home", home, "--as-of", "2024-04-30", PYTHONUTF8="1")
    assert second.returncode == 0, second.stderr.decode()
    assert "已发布新版本" in second.stdout.decode()
    return raw, home


def test_a_run_says_what_came_in_and_where_the_results_are(small: tuple[Path, Path]) -> None:
    raw, home = small
    again = junheng("run", "--raw", raw, "--home", home, "--as-of", "2024-04-30", PYTHONUTF8="1")
    text = again.stdout.decode()
    assert again.returncode == 0
    assert "内容没有变化" in text and "成果在：" in text
    assert not again.stderr


def test_releases_are_listed_and_an_older_one_can_be_put_back(small: tuple[Path, Path]) -> None:
    _, home = small
    place = Home(home)
    older, newer = sorted(p.name for p in place.releases.iterdir() if not p.name.startswith("."))
    assert place.release_in_force() == newer
    try:
        back = junheng("rollback", older, "--home", home, PYTHONUTF8="1")
        assert (back.returncode, older in back.stdout.decode()) == (0, True)
        assert place.release_in_force() == older
        listed = junheng("releases", "--home", home, PYTHONUTF8="1").stdout.decode().splitlines()
        assert [line.startswith("＊生效") for line in listed] == [True, False]
    finally:
        releases.roll_back(place, newer)


def test_an_unknown_release_is_refused_and_nothing_changes(small: tuple[Path, Path]) -> None:
    _, home = small
    before = Home(home).release_in_force()
    wrong = junheng("rollback", "20000101T000000-00000000", "--home", home, PYTHONUTF8="1")
    assert wrong.returncode in (1, 2)
    assert wrong.stderr and b"Traceback" not in wrong.stderr
    assert Home(home).release_in_force() == before


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "utf-8", "cp1252"])
def test_messages_reach_any_terminal(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "raw").mkdir()
    answer = junheng("run", "--raw", tmp_path / "raw", "--home", tmp_path / "home", PYTHONIOENCODING=encoding)
    assert answer.returncode == 1
    assert b"Traceback" not in answer.stderr
    if encoding in ("gbk", "utf-8"):
        assert "还没有报表" in answer.stderr.decode(encoding)


def test_files_without_a_return_are_named_each_time_that_nothing_is_published(tmp_path: Path) -> None:
    raw, home = tmp_path / "raw", tmp_path / "home"
    (raw / "2023").mkdir(parents=True)
    (raw / "2023" / "通知.csv").write_text("请各校按时报送,谢谢\n", encoding="utf-8")
    (raw / "2023" / "空表.csv").write_bytes(b"")
    for _ in range(2):  # the second time no file is new
        with pytest.raises(run.NothingToPublish) as refused:
            run.run(raw, home)
        for said in ("2023/通知.csv：", "2023/空表.csv：文件是空的"):
            assert said in str(refused.value)


def test_a_school_none_of_whose_rows_counts_is_named_beside_those_that_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command._print_completeness([FeedCompleteness(2023, "staffing", 12, 10, "", schools_without_rows=5)])
    assert "应报 12 所，已报 10 所（其中 5 所有问题，没有数据可用）" in capsys.readouterr().out


def test_a_year_without_a_return_costs_one_line_and_hides_no_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command._print_completeness(
        [
            FeedCompleteness(2025, "floor_area", 3, 0, "", "甲、乙、丙"),
            FeedCompleteness(2025, "staffing", 3, 3, ""),
            FeedCompleteness(2026, "floor_area", 8, 0, "", due_on="2026-10-20"),
            FeedCompleteness(2026, "staffing", 8, 0, "", due_on="2026-10-20"),
        ]
    )
    year_before, floor_area, staffing, newest = capsys.readouterr().out.splitlines()
    assert year_before.startswith("2025 学年报送")
    assert "校舍与装备：应报 3 所，已报 0 所；还欠：甲、乙、丙" in floor_area and "已报 3 所" in staffing
    assert newest.startswith("2026 学年报送：还没有报来（2 种报表，应报 8 所，截止日 2026-10-20")


@pytest.mark.parametrize(
    ("received", "years"),
    [({2024: 9, 2025: 3, 2026: 0}, [2025, 2026]), ({2024: 9, 2025: 3}, [2025]), ({2025: 0, 2026: 0}, [2026])],
)
def test_the_latest_year_and_the_latest_with_a_return_are_described(
    received: dict[int, int], years: list[int]
) -> None:
    with duckdb.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.fct_town_completeness (school_year int, feed text, schools_due int, schools_received int,"
            " schools_without_rows int, due_on date, schools_carried_on int)"
        )
        con.execute(
            "create table marts.fct_completeness (school_year int, feed text, school_code text, school_name text, due bool,"
            " status text)"
        )
        for year, schools in received.items():
            con.execute(
                "insert into marts.fct_town_completeness values (?, 'staffing', 9, ?, 0, null, 0)",
                [year, schools],
            )
        found = rows(con, read_sql("dagster_project.warehouse", "completeness"))
    assert [row["school_year"] for row in found] == years


def test_reminders_of_an_earlier_day_say_what_is_known_of_it(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    _, home = small
    said = CliRunner().invoke(
        app, ["remind", "--as-of", "2024-04-01", "--home", str(home), "--out", str(tmp_path)]
    )
    assert "2024-04-01 之后才收到的也算已报" in said.output and said.exit_code == 0
    today = CliRunner().invoke(app, ["remind", "--home", str(home), "--out", str(tmp_path)])
    assert "也算已报" not in today.output


def test_a_missing_raw_folder_is_wrong_usage(tmp_path: Path) -> None:
    answer = junheng("run", "--raw", tmp_path / "none", "--home", tmp_path / "home", PYTHONUTF8="1")
    assert answer.returncode == 2
    assert "没有找到原始数据目录" in answer.stderr.decode()


def test_a_date_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    answer = junheng(
        "run", "--as-of", "31.3.2024", "--raw", tmp_path, "--home", tmp_path / "h", PYTHONUTF8="1"
    )
    assert answer.returncode == 2
    assert "2024-03-31" in answer.stderr.decode()


@pytest.mark.parametrize("verb", ["run", "report", "remind", "region"])
def test_a_day_to_come_is_wrong_usage(
    verb: str, small: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw, home = small
    monkeypatch.setattr(commands, "today", lambda: dt.date(2024, 5, 1))
    options: dict[str, dict[str, Any]] = {
        "run": {"raw": raw, "home": home},
        "report": {"kind": "weekly", "home": home, "out": tmp_path},
        "remind": {"home": home, "out": tmp_path},
        "region": {"action": "run", "lake": str(tmp_path / "lake"), "home": tmp_path / "region"},
    }
    before = Home(home).release_in_force()
    with pytest.raises(UsageError, match=r"2024-05-02 还没有到.*最晚写到今天（2024-05-01）"):
        VERBS[verb](as_of="2024-05-02", **options[verb])
    assert Home(home).release_in_force() == before
    assert list(tmp_path.iterdir()) == []


def test_check_finds_faults_without_loading_and_names_the_cell(tmp_path: Path) -> None:
    source = sorted((SAMPLE_RAW / "2023").glob("*.xlsx"))[0]
    book = openpyxl.load_workbook(source)
    sheet = book["教师配备"]
    heading = next(r for r in range(1, 15) if "专任教师数" in [c.value for c in sheet[r]])
    column = [c.value for c in sheet[heading]].index("专任教师数") + 1
    row = next(
        r for r in range(heading + 1, heading + 20) if isinstance(sheet.cell(r, column).value, (int, float))
    )
    spoilt = sheet.cell(row, column)
    spoilt.value = "三十人"
    path = tmp_path / "2023" / "改过.xlsx"
    path.parent.mkdir()
    book.save(path)
    answer = junheng("check", path, "--out", tmp_path / "problems.csv", PYTHONUTF8="1")
    assert answer.returncode == 1
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = [r for r in csv.DictReader(stream) if spoilt.coordinate in r.values()]
    assert len(found) == 1
    assert "三十人" in found[0].values()


def test_a_template_is_written_for_every_feed(tmp_path: Path) -> None:
    answer = junheng("template", "--out", tmp_path / "t", "--year", 2024, PYTHONUTF8="1")
    assert answer.returncode == 0
    assert len(list((tmp_path / "t").glob("*.xlsx"))) >= 7


def test_a_report_is_written_for_a_day_and_never_for_one_to_come(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    _, home = small
    monthly = junheng("report", "monthly", "--home", home, "--out", tmp_path, PYTHONUTF8="1")
    assert monthly.returncode == 0, monthly.stderr.decode()
    weekly = junheng(
        "report", "weekly", "--as-of", "2024-03-31", "--home", home, "--out", tmp_path, PYTHONUTF8="1"
    )
    assert weekly.returncode == 0, weekly.stderr.decode()
    names = sorted(p.name for p in tmp_path.glob("*.docx"))
    assert len(names) == 2 and "整改周报_2024-03-31" in names[0] and "整改月报_2024-04-30" in names[1]
    again = junheng("report", "monthly", "--home", home, "--out", tmp_path, PYTHONUTF8="1")
    assert (again.returncode, "不覆盖" in again.stderr.decode()) == (1, True)
    later = junheng(
        "report", "monthly", "--as-of", "2024-05-31", "--home", home, "--out", tmp_path, PYTHONUTF8="1"
    )
    assert later.returncode == 2 and "截至 2024-04-30" in later.stderr.decode()
    wrong = junheng("report", "yearly", "--home", home, "--out", tmp_path, PYTHONUTF8="1")
    assert wrong.returncode == 2
    early = junheng(
        "report", "weekly", "--as-of", "2020-01-31", "--home", home, "--out", tmp_path, PYTHONUTF8="1"
    )
    assert (early.returncode, "没有整改任务" in early.stderr.decode()) == (1, True)


def test_the_pages_of_the_current_release_are_opened_or_their_place_is_said(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    page = Home(small[1]).current_dir()
    assert page is not None
    # a browser that does nothing: what would be opened is said in any case
    opened = junheng("open", "--home", small[1], PYTHONUTF8="1", BROWSER="true %s")
    assert opened.returncode == 0, opened.stderr.decode()
    assert str(page / "site" / "index.html") in opened.stdout.decode()
    empty = junheng("open", "--home", tmp_path / "none", PYTHONUTF8="1")
    assert empty.returncode != 0
    assert "junheng run" in empty.stderr.decode()


def test_changes_between_two_releases_are_written_as_a_table(
    small: tuple[Path, Path], tmp_path: Path
) -> None:
    _, home = small
    older, newer = sorted(p.name for p in Home(home).releases.iterdir() if not p.name.startswith("."))
    out = tmp_path / "changes.csv"
    done = junheng("changes", f"{older}:2023", f"{newer}:2023", "--out", out, "--home", home, PYTHONUTF8="1")
    assert done.returncode == 0, done.stderr.decode()
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(out.open(encoding="utf-8-sig")))
    assert {r["统计量"] for r in rows} == {"平均值", "达标学校比例", "差异系数", "校校达标率"}
    assert all(abs(float(r["变化"] or 0)) < 1e-12 for r in rows)  # the same returns
    wrong = junheng(
        "changes", "2023", "nobody:2023", "--out", tmp_path / "b.csv", "--home", home, PYTHONUTF8="1"
    )
    assert wrong.returncode == 2 and "版本编号" in wrong.stderr.decode()


def test_a_file_where_a_folder_is_wanted_is_named(tmp_path: Path) -> None:
    (tmp_path / "forms").write_text("", encoding="utf-8")
    answer = junheng("template", "--out", tmp_path / "forms", PYTHONUTF8="1")
    assert answer.returncode == 1
    assert f"{tmp_path / 'forms'} 是一个文件" in answer.stderr.decode()
    assert "Traceback" not in answer.stderr.decode()


def cut_off(path: Path, size: int) -> None:
    """Cut a file of a sealed release off after some bytes."""
    path.parent.chmod(0o755)
    path.chmod(0o644)
    with path.open("rb+") as stream:
        stream.truncate(size)


def test_a_release_that_is_cut_off_is_named_with_what_to_do(small: tuple[Path, Path], tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(small[1], home.root, symlinks=True)
    folder = home.current_dir()
    assert folder is not None
    for size in (1_000_000, 5_000, 0):
        cut_off(folder / "marts.duckdb", size)
        answer = junheng("report", "weekly", "--home", home.root, "--out", tmp_path, PYTHONUTF8="1")
        assert answer.returncode == 1
        assert "marts.duckdb 不完整或已损坏" in answer.stderr.decode()
        assert "Traceback" not in answer.stderr.decode()
    cut_off(folder / "release.json", 100)
    answer = junheng("releases", "--home", home.root, PYTHONUTF8="1")
    assert answer.returncode == 1
    assert f"{folder / 'release.json'} 不完整或已损坏" in answer.stderr.decode()
    assert "Traceback" not in answer.stderr.decode()


def test_the_version_is_printed() -> None:
    answer = junheng("--version")
    assert (answer.returncode, answer.stdout.decode().split()) == (0, ["junheng", __version__])
