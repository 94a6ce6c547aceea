"""The doctor names what is wrong, says what to do, changes nothing, and comes to an end whatever it meets."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dagster_project.core.homes import SAMPLE_RAW, Home
from dagster_project.questions import doctor
from dagster_project.questions.doctor import Finding
from dagster_project.warehouse import release

needs_posix = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A raw folder with one return."""
    folder = tmp_path / "raw"
    (folder / "2024").mkdir(parents=True)
    (folder / "2024" / "东镇.csv").write_text("学校代码,学校名称\n", encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def levels(found: Iterator[Finding]) -> list[str]:
    return [f.level for f in found]


def one(found: Iterator[Finding], level: str) -> Finding:
    """The only finding that is not fine; it tells what to do."""
    (finding,) = [f for f in found if f.level != "fine"]
    assert finding.level == level
    return finding


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(p): (p.lstat().st_mtime_ns, p.lstat().st_size) for p in folder.rglob("*") if p.name != ".lock"
    }


def test_a_healthy_installation_is_told_to_be_so_and_nothing_is_changed(sample_home: Path) -> None:
    before = snapshot(sample_home)
    found = {title: findings for title, findings in doctor.examine(SAMPLE_RAW, Home(sample_home))}
    assert list(found) == [title for title, _ in doctor.CHECKS]
    assert [f for fs in found.values() for f in fs if f.level == "wrong"] == []
    assert all(f.advice_zh for fs in found.values() for f in fs if f.level != "fine")
    assert "所学校" in found["当前版本"][0].message_zh
    assert snapshot(sample_home) == before


def test_an_unsuited_python_is_named(monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home) -> None:
    assert levels(doctor.check_python(raw, home)) == ["fine"]
    monkeypatch.setattr(doctor, "SUITED_PYTHONS", ((2, 7),))
    assert "PYTHON=python3.12" in one(doctor.check_python(raw, home), "wrong").advice_zh


def test_definitions_that_dagster_cannot_load_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raw: Path, home: Home
) -> None:
    (tmp_path / "two_definitions.py").write_text(
        "import dagster as dg\na = dg.Definitions()\nb = dg.Definitions()\n", encoding="utf-8"
    )
    # the loader leaves the first place out, which is the script's
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr(doctor, "DAGSTER_MODULE", "two_definitions")
    found = one(doctor.check_dagster(raw, home), "wrong")
    assert "two_definitions.a" in found.message_zh


def test_a_missing_and_a_different_package_are_named(
    monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home
) -> None:
    assert levels(doctor.check_packages(raw, home)) == ["fine"]
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "duckdb":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "openpyxl" else real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    missing, other = doctor.check_packages(raw, home)
    assert (missing.level, other.level) == ("wrong", "wrong")
    assert "duckdb" in missing.message_zh and "openpyxl 0.0.1（应为==" in other.message_zh


def test_an_incomplete_project_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raw: Path, home: Home
) -> None:
    monkeypatch.setattr(doctor, "PROJECT_ROOT", tmp_path)
    assert "requirements.lock" in one(doctor.check_packages(raw, home), "wrong").message_zh


def test_a_terminal_without_chinese_is_named(monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home) -> None:
    class Terminal:
        encoding = "cp437"

    monkeypatch.setattr(sys, "stdout", Terminal())
    assert "chcp 65001" in one(doctor.check_terminal(raw, home), "note").advice_zh
    Terminal.encoding = "gbk"
    assert levels(doctor.check_terminal(raw, home)) == ["fine"]


def test_little_memory_is_named(monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home) -> None:
    monkeypatch.setattr(doctor, "LEAST_MEMORY_BYTES", psutil.virtual_memory().total * 2)
    assert "可用内存只有" in one(doctor.check_memory(raw, home), "note").message_zh


def test_the_reader_is_started_and_its_limits_are_told(
    monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home
) -> None:
    monkeypatch.setenv("JUNHENG_PARSE_SECONDS", "77")
    (finding,) = doctor.check_reader(raw, home)
    assert (finding.level, "77 秒" in finding.message_zh) == ("fine", True)


def test_full_disks_are_named(monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home) -> None:
    assert levels(doctor.check_temporary_folder(raw, home)) == ["fine"]
    assert levels(doctor.check_home_can_be_written(raw, home)) == ["fine"]
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**62)
    assert "请清理磁盘" in one(doctor.check_temporary_folder(raw, home), "wrong").advice_zh
    assert "请清理磁盘" in one(doctor.check_home_can_be_written(raw, home), "wrong").advice_zh


def test_what_will_not_be_read_is_named_before_the_run(raw: Path, home: Home) -> None:
    assert [f.message_zh for f in doctor.check_raw_folder(raw, home)] == ["2024：1 个文件"]
    (raw / "放错.csv").write_text("", encoding="utf-8")
    (raw / "2024" / "说明.docx").write_bytes(b"")
    (raw / "2098").mkdir()
    (raw / "2098" / "a.csv").write_text("", encoding="utf-8")
    misplaced, no_table, odd = doctor.check_raw_folder(raw, home)
    assert (misplaced.level, "放错.csv" in misplaced.message_zh) == ("wrong", True)
    assert (no_table.level, "2024/说明.docx" in no_table.message_zh) == ("note", True)
    assert (odd.level, "2098" in odd.message_zh) == ("note", True)


def test_a_raw_folder_that_is_empty_or_is_not_there_is_named(tmp_path: Path, home: Home) -> None:
    assert "没有原始数据目录" in one(doctor.check_raw_folder(tmp_path / "none", home), "wrong").message_zh
    assert "还没有报表" in one(doctor.check_raw_folder(tmp_path, home), "note").message_zh


def test_files_open_in_a_spreadsheet_are_named(raw: Path, home: Home) -> None:
    assert levels(doctor.check_open_files(raw, home)) == ["fine"]
    (raw / "2024" / "~$东镇.xlsx").write_bytes(b"")
    assert "2024/~$东镇.xlsx" in one(doctor.check_open_files(raw, home), "note").message_zh


def test_files_that_may_not_be_read_are_named(monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "2024/东镇.csv" in one(doctor.check_open_files(raw, home), "wrong").message_zh


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("layouts/x.yml", "layout: x\nfeeds: {nothing: {columns: {}}}\n", "布局文件有误"),
        ("corrections.yml", "file: a", "这里要写成列表"),
        ("corrections.yml", "- {file: [", "不是有效的 YAML"),
        ("district.yml", "500115: {issuing_body_zh: 办公室}", "缺少 name_zh"),
        ("boundaries.geojson", "{}", "FeatureCollection"),
        ("boundaries.geojson", "{", "GeoJSON"),
    ],
)
def test_own_files_that_can_not_be_used_are_named(
    raw: Path, home: Home, name: str, content: str, told: str
) -> None:
    assert levels(doctor.check_own_files_in_raw_folder(raw, home)) == ["fine"]
    (raw / name).parent.mkdir(exist_ok=True)
    (raw / name).write_text(content, encoding="utf-8")
    assert told in one(doctor.check_own_files_in_raw_folder(raw, home), "wrong").message_zh


def test_corrections_in_another_encoding_are_named(raw: Path, home: Home) -> None:
    (raw / "corrections.yml").write_bytes("- 文件".encode("gb18030"))
    assert "UTF-8" in one(doctor.check_own_files_in_raw_folder(raw, home), "wrong").message_zh


def test_a_home_that_can_not_be_made_is_named(tmp_path: Path, raw: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    blocked = Home(tmp_path / "file" / "home")
    assert "不是文件夹" in one(doctor.check_home_can_be_written(raw, blocked), "wrong").message_zh


def test_a_home_that_can_not_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert "不能写入" in one(doctor.check_home_can_be_written(raw, home), "wrong").message_zh


def test_unsafe_places_for_a_home_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raw: Path, home: Home
) -> None:
    assert levels(doctor.check_home_place(raw, home)) == ["fine"]
    synchronised = Home(tmp_path / "OneDrive - 教委" / "warehouse")
    assert "网盘" in one(doctor.check_home_place(raw, synchronised), "note").message_zh
    monkeypatch.setattr(doctor, "_file_system", lambda path: "cifs")
    assert "网络磁盘" in one(doctor.check_home_place(raw, home), "note").message_zh


def test_a_home_of_another_raw_folder_is_named(tmp_path: Path, raw: Path, home: Home) -> None:
    assert levels(doctor.check_binding(raw, home)) == ["fine"]
    home.bind(raw)
    assert levels(doctor.check_binding(raw, home)) == ["fine"]
    assert "--raw" in one(doctor.check_binding(tmp_path, home), "wrong").advice_zh
    home.binding.write_text("{", encoding="utf-8")
    assert "已损坏" in one(doctor.check_binding(raw, home), "wrong").message_zh


def test_a_run_at_work_and_an_interrupted_one_are_told_apart(raw: Path, home: Home) -> None:
    assert levels(doctor.check_lock(raw, home)) == ["fine"]
    home.root.mkdir()
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; from pathlib import Path\n"
         "from dagster_project.core.homes import Home\nfrom dagster_project.core.lock import writer_lock\n"
         "with writer_lock(Home(Path(sys.argv[1]))):\n    print('held', flush=True); sys.stdin.read()",
         str(home.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        assert f"进程 {holder.pid}" in one(doctor.check_lock(raw, home), "note").message_zh
    finally:
        holder.communicate(b"")
    (home.releases / ".build-20240101T000000-00000000").mkdir(parents=True)
    assert "上次运行被中断" in one(doctor.check_lock(raw, home), "note").message_zh
    release.sweep(home)
    assert levels(doctor.check_lock(raw, home)) == ["fine"]


def test_a_broken_record_is_named(raw: Path, home: Home, sample_home: Path) -> None:
    assert levels(doctor.check_record(raw, home)) == []
    home.vault.mkdir(parents=True)
    lines = Home(sample_home).manifest.read_bytes().splitlines(keepends=True)
    home.manifest.write_bytes(b"".join(lines))
    assert levels(doctor.check_record(raw, home)) == ["fine"]
    home.manifest.write_bytes(
        lines[0].replace(b'"size":', b'"size": 1').replace(b"1 ", b"1") + b"".join(lines[1:])
    )
    assert "校验链不符" in one(doctor.check_record(raw, home), "wrong").message_zh
    home.manifest.unlink()
    home.releases.mkdir()
    assert "没有登记簿" in one(doctor.check_record(raw, home), "wrong").message_zh


def test_a_release_that_is_missing_or_not_the_newest_is_named(
    raw: Path, home: Home, sample_home: Path
) -> None:
    assert "还没有发布过版本" in one(doctor.check_release(raw, home), "note").message_zh
    current = Home(sample_home).current_dir()
    assert current is not None
    described = json.loads((current / "release.json").read_text(encoding="utf-8"))
    older, newer = "20200101T000000-00000000", "20200102T000000-00000000"
    for identifier in (older, newer):
        folder = home.releases / identifier
        folder.mkdir(parents=True)
        (folder / "marts.duckdb").symlink_to(current / "marts.duckdb")
        (folder / "release.json").write_text(
            json.dumps({**described, "release_id": identifier}), encoding="utf-8"
        )
    release.put_in_force(home, newer)
    assert "没有网页" in next(doctor.check_release(raw, home)).message_zh
    for identifier in (older, newer):
        (home.releases / identifier / "site").mkdir()
        (home.releases / identifier / "site" / "index.html").touch()
    assert levels(doctor.check_release(raw, home)) == ["fine"]
    release.put_in_force(home, older)
    assert f"junheng rollback {newer}" in one(doctor.check_release(raw, home), "note").advice_zh
    home.current.unlink()
    home.current_pointer.write_text("20990101T000000-00000000", encoding="utf-8")
    assert "不完整或不存在" in one(doctor.check_release(raw, home), "wrong").message_zh


def test_a_clock_behind_the_newest_release_is_named(raw: Path, home: Home) -> None:
    assert levels(doctor.check_clock(raw, home)) == ["fine"]
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    (home.releases / f"{tomorrow:%Y%m%dT%H%M%S}-00000000").mkdir(parents=True)
    assert "校准" in one(doctor.check_clock(raw, home), "wrong").advice_zh


@needs_posix
def test_folders_with_pay_that_others_can_open_are_named(raw: Path, home: Home) -> None:
    release.private_folder(home.vault)
    assert levels(doctor.check_privacy(raw, home)) == ["fine"]
    home.vault.chmod(stat.S_IRWXU | stat.S_IROTH)
    assert one(doctor.check_privacy(raw, home), "note").message_zh.startswith("vault ")


def test_files_that_wait_for_a_run_are_named(raw: Path, home: Home, sample_home: Path) -> None:
    assert "2024/东镇.csv" in one(doctor.check_not_received(raw, home), "note").message_zh
    assert levels(doctor.check_not_received(SAMPLE_RAW, Home(sample_home))) == ["fine"]


def test_a_check_that_fails_is_told_without_figures_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, raw: Path, home: Home
) -> None:
    def fail(raw_root: Path, home: Home) -> Iterator[Finding]:
        raise ValueError("cell holds 98765.5")
        yield

    def lack(raw_root: Path, home: Home) -> Iterator[Finding]:
        raise ModuleNotFoundError("No module named 'psutil'", name="psutil")
        yield

    monkeypatch.setattr(doctor, "CHECKS", (("甲", fail), ("乙", lack), ("丙", doctor.check_python)))
    (_, (failed,)), (_, (lacking,)), (_, (fine,)) = doctor.examine(raw, home)
    assert (failed.level, lacking.level, fine.level) == ("wrong", "wrong", "fine")
    assert "98765" not in failed.message_zh and "ValueError" in failed.message_zh
    assert "psutil" in lacking.message_zh and "make run" in lacking.advice_zh


def test_the_command_returns_one_if_something_is_wrong_and_zero_if_not(
    tmp_path: Path, sample_home: Path
) -> None:
    def ask(*arguments: object) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "dagster_project", "doctor", *map(str, arguments)],
            capture_output=True, check=False, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        return done.returncode, (done.stdout + done.stderr).decode()

    code, said = ask("--sample", "--home", sample_home)
    assert (code, "检查完毕" in said) == (0, True)
    code, said = ask("--raw", tmp_path / "none", "--home", tmp_path / "home")
    assert (code, "[有误] 原始数据：没有原始数据目录" in said, "1 处有误" in said) == (1, True, True)
