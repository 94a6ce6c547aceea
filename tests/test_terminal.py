"""The terminal speaks Chinese: help, wrong usage, completion, progress."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.cli import app
from dagster_project.core.progress import Counted
from dagster_project.core.terminal import Progress, command_of

COMMANDS = sorted(command_of(app).commands)


def junheng(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project", *arguments],
        capture_output=True, check=False, timeout=60, env={**os.environ, "PYTHONUTF8": "1", **environment},
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).decode()


def test_help_has_no_english_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Words of a command line stay: names of commands and options, kinds of files, examples."""
    for arguments in [["--help"], *([name, "--help"] for name in COMMANDS)]:
        command_of(app)(args=arguments, prog_name="junheng", standalone_mode=False)
        said = capsys.readouterr().out
        assert said.startswith("用法：junheng") and "选项：" in said
        assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", said), said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("fedback", "没有命令 fedback，是不是 feedback"),
        ("run --hom", "没有选项 --hom，是不是 --home"),
        ("run --home", "--home 后面要写上值"),
        ("run surplus", "多出了 surplus"),
        ("rollback", "缺少 release_id（版本编号，见 junheng releases）"),
        ("template", "缺少 --out（模板写到哪个文件夹）"),
        ("check --year x a.xlsx", "--year（学年（起始年份）；默认看文件所在文件夹，再看表内写明的）应是整数"),
    ],
)
def test_wrong_usage_is_told_in_chinese(arguments: str, told: str) -> None:
    code, said = junheng(*arguments.split())
    assert code == 2
    assert said.startswith(f"用法有误：{told}"), said
    assert "Error" not in said and "Traceback" not in said


def test_without_a_command_the_help_is_shown() -> None:
    code, said = junheng()
    assert code == 2
    assert all(f"  {name} " in said for name in COMMANDS)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_completion_is_installed_and_completes(tmp_path: Path) -> None:
    code, said = junheng(
        "--install-completion", HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert code == 2, "the shell has to be named where it can't be seen"
    code, said = junheng(
        "--install-completion", "bash", HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert (code, "已为 bash 安装命令补全" in said) == (0, True)
    (script,) = tmp_path.rglob("junheng.sh")
    assert str(script) in (tmp_path / ".bashrc").read_text(encoding="utf-8")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "junheng").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m dagster_project "$@"\n', encoding="utf-8"
    )
    (folder / "junheng").chmod(0o755)
    asked = f"source '{script}'; COMP_WORDS=(junheng re); COMP_CWORD=1; _junheng_completion junheng; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(
        ["bash", "-c", asked], capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert sorted(done.stdout.split()) == [n for n in COMMANDS if n.startswith("re")]


def test_in_a_log_progress_is_lines(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for i in range(1, 61):
        progress.report(Counted("已读取", f"2024/{i}.xlsx", i + 40, 100))
    progress.report("正在计算指标…")
    for i in range(1, 31):
        progress.report(Counted("已写出", f"{i}.xlsx", i, 30))
    progress.finish()
    assert capsys.readouterr().out.splitlines() == [
        "已读取 25 个文件（65/100）",
        "已读取 50 个文件（90/100）",
        "已读取 60 个新文件",
        "正在计算指标…",
        "已写出 25 个文件（25/30）",
        "已写出 30 个文件",
    ]


def test_at_a_terminal_progress_is_a_bar_and_steps_tell_their_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress = Progress()
    progress.report(Counted("已读取", "2024/东镇.xlsx", 3, 4))
    progress.report(Counted("已读取", "2024/西镇.xlsx", 4, 4))
    progress.report("正在计算指标…")
    progress.report("正在写出 2 个文件的退回件…")
    progress.report(Counted("已写出", "2024/东镇.xlsx", 1, 2))
    progress.report("内容没有变化，不需要发布新版本。")
    progress.finish()
    out = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert "2024/西镇.xlsx" in out and "4/4" in out
    assert "写出 2024/东镇.xlsx" in out and "1/2" in out and "已写出 1 个文件" in out
    assert re.search(r"正在计算指标：\d+\.\d 秒", out)
    assert "已读取 2 个新文件" in out and out.rstrip().endswith("内容没有变化，不需要发布新版本。")
