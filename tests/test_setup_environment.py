"""The set-up script knows when there is something to install, and says what is wrong in two languages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import setup_environment as setup

ROOT = Path(setup.__file__).parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the project after a complete installation without the development tools."""
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"{name}\n", encoding="utf-8")
    venv = tmp_path / ".venv"
    python = venv / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    places = {
        "ROOT": tmp_path,
        "VENV": venv,
        "PYTHON": python,
        "STAMP": venv / "stamp",
        "BUSY": venv / "lock",
    }
    for name, path in places.items():
        monkeypatch.setattr(setup, name, path)
    stamp(tmp_path, dev=False)
    return tmp_path


def stamp(project: Path, *, dev: bool) -> None:
    setup.write_stamp(
        state="ready",
        dev=dev,
        lock=setup.digest(setup.lock_file(dev)),
        project=setup.digest(project / "pyproject.toml"),
    )


def test_a_complete_installation_needs_nothing(project: Path) -> None:
    assert setup.is_ready(dev=False)


def test_the_development_tools_are_asked_for_when_they_are_missing(project: Path) -> None:
    assert not setup.is_ready(dev=True)


def test_the_development_set_serves_a_plain_run_too(project: Path) -> None:
    stamp(project, dev=True)

    assert setup.is_ready(dev=True)
    assert setup.is_ready(dev=False)


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_file_installs_again(project: Path, changed: str) -> None:
    (project / changed).write_text("something else\n", encoding="utf-8")

    assert not setup.is_ready(dev=False)


def test_line_endings_are_not_a_change(project: Path) -> None:
    (project / "requirements.lock").write_bytes(b"requirements.lock\r\n")

    assert setup.is_ready(dev=False)


def test_an_interrupted_installation_is_not_ready_and_is_emptied(project: Path) -> None:
    setup.write_stamp(state="installing")
    assert not setup.is_ready(dev=False)

    setup.empty_venv()

    assert [path.name for path in (project / ".venv").iterdir()] == ["stamp"]
    assert setup.read_stamp()["state"] == "installing"


def test_a_moved_folder_is_not_ready(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", project / "elsewhere")

    assert not setup.is_ready(dev=False)


def test_a_broken_stamp_is_no_stamp(project: Path) -> None:
    setup.STAMP.write_text("{", encoding="utf-8")

    assert setup.read_stamp() == {}


def test_an_unsuited_python_is_refused_in_two_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)

    with pytest.raises(setup.SetupError, match=r"(?s)需要 Python 3\.11.*is needed"):
        setup.find_python()


def test_a_missing_folder_of_wheels_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert setup.main(["--wheels", str(tmp_path / "wheels")]) == 1
    assert str(tmp_path / "wheels") in capsys.readouterr().err


def test_every_verb_is_explained_and_known_to_make(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["help"]) == 0
    explained = capsys.readouterr().out
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^run (.*):$", makefile, re.MULTILINE)[0].split()
    assert {"run", *targets} == set(setup.VERBS)
    for verb in setup.VERBS:
        assert verb in explained


def test_a_failing_step_shows_the_end_of_its_output(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "LOG", project / "log")

    with pytest.raises(setup.SetupError, match="no space left"):
        setup.call([sys.executable, "-c", "print('no space left'); raise SystemExit(3)"])


def test_the_development_lock_contains_the_plain_one() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return set(re.findall(r"^[A-Za-z0-9_.-]+==\S+", text, re.MULTILINE))

    assert pins("requirements.lock")
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_a_second_installation_waits_for_the_first(project: Path) -> None:
    with setup.only_one(), setup.BUSY.open("a+") as second:
        assert not setup._try_lock(second.fileno())
    with setup.BUSY.open("a+") as after:
        assert setup._try_lock(after.fileno())


def test_linters_run_side_by_side_speak_in_their_order_and_one_that_fails_fails_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    linters = [["timeit", "-n1", "-r1", "import time; time.sleep(1)"], ["no_such_linter"], ["platform"]]
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(setup, "commands", lambda *_: linters)
    assert setup.do("lint", []) == 1
    said = capsys.readouterr().out
    marks = ["· timeit", "1 loop", "· no_such_linter", "No module named no_such_linter", "· platform"]
    assert sorted(marks, key=said.index) == marks


def packages(name: str) -> dict[str, str]:
    """Package → its block in a lock."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {block.partition("==")[0]: block for block in re.split(r"\n(?=\S)", text) if "==" in block}


def test_the_lock_for_spark_holds_what_the_others_do_not_and_every_package_has_its_hash() -> None:
    spark = packages("requirements-spark.lock")
    assert {"dbt-spark", "pyspark", "setuptools"} <= set(spark)
    assert not set(spark) & (set(packages("requirements.lock")) | set(packages("requirements-dev.lock")))
    assert all("--hash=sha256:" in block for block in spark.values())
    assert "://" not in "".join(spark.values())


def test_what_builds_pyspark_is_installed_before_it() -> None:
    lock = "py4j==1 \\\n    --hash=a\npyspark==2 \\\n    --hash=b\nsetuptools==3 \\\n    --hash=c\n"
    assert setup.without_package(lock, "pyspark") == (
        "py4j==1 \\\n    --hash=a\nsetuptools==3 \\\n    --hash=c\n"
    )


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ('openjdk version "17.0.15" 2025-04-15', ""),
        ('openjdk version "21" 2023-09-19', ""),
        ('openjdk version "11.0.2" 2019-01-15', "版本是 11"),
        ('java version "1.8.0_202"', "版本是 8"),
        (None, "没有可用的 Java"),
    ],
)
def test_java_is_looked_at_before_anything_is_fetched(
    said: str | None, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_project.warehouse import spark

    if said is not None:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
        java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    found = spark.java_missing_zh() or ""
    assert found == "" if not wanted else (wanted in found and "openjdk-17" in found)
