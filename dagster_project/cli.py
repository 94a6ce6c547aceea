"""The command line: registers the verbs, prepares the terminal, turns errors into messages and exit codes.

Each verb's options, help and messages are in the module of the verb. These modules are imported at every start, so
they import libraries inside functions.
"""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from dagster_project import __version__, run_command, speed
from dagster_project.bench import command as bench
from dagster_project.core.errors import UsageError, UserError, traceback_without_figures
from dagster_project.core.terminal import ChineseTyper, start
from dagster_project.defs import dev
from dagster_project.intake import decide
from dagster_project.publish import feedback, open_pages, report
from dagster_project.publish.prefilled import command as prefilled
from dagster_project.publish.receipts import command as receipts
from dagster_project.publish.reminders import command as reminders
from dagster_project.questions import (
    backup,
    check,
    compare_returns,
    doctor,
    explain,
    look,
    propose_layout,
    rebuild,
    why_changed,
)
from dagster_project.region import command as region
from dagster_project.region import deliver_command
from dagster_project.sample import commands as sample
from dagster_project.warehouse import close_round, releases

#: In the order of the help page.
VERBS: dict[str, Callable[..., None]] = {
    "run": run_command.command,
    "look": look.command,
    "check": check.command,
    "layout": propose_layout.command,
    "template": prefilled.command,
    "sample": sample.sample_command,
    "releases": releases.releases_command,
    "open": open_pages.command,
    "doctor": doctor.command,
    "rollback": releases.rollback_command,
    "report": report.command,
    "feedback": feedback.command,
    "receipts": receipts.command,
    "remind": reminders.command,
    "changes": why_changed.command,
    "explain": explain.command,
    "diff": compare_returns.command,
    "decide": decide.command,
    "close-round": close_round.command,
    "rebuild": rebuild.command,
    "backup": backup.backup_command,
    "restore": backup.restore_command,
    "verify": backup.verify_command,
    "deliver": deliver_command.command,
    "region": region.command,
    "dev": dev.command,
    "bench": bench.command,
}

app = ChineseTyper(
    name="junheng",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"junheng {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="显示程序版本。")
    ] = False,
) -> None:
    """均衡：从学校报表到督导委员会能读的成果。"""


for _name, _verb in VERBS.items():
    app.command(_name)(_verb)


def main() -> None:
    """Run the command line; exit code 0: done, 1: nothing was published or something must be corrected, 2: wrong usage."""
    _prepare_console()
    try:
        code = start(app)
    except UsageError as error:
        typer.echo(f"用法有误：{error}", err=True)
        sys.exit(2)
    except UserError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except Exception as error:
        # an error of the program is printed in full, except for figures that a library's message may quote
        typer.echo(advice_on_system_error(error) or traceback_without_figures(error), err=True)
        sys.exit(1)
    speed.leave(code)


def _prepare_console() -> None:
    """Print Chinese on any terminal: characters that it can't show are replaced."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        if hasattr(stream, "reconfigure"):
            if encoding in ("ascii", "ansi_x3.41968", "latin1", "iso88591"):
                stream.reconfigure(encoding="utf-8", errors="replace")
            else:
                stream.reconfigure(errors="replace")


#: What DuckDB says of a file that is cut off or overwritten.
_DAMAGED = (
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Corrupt database file",
    "does not match stored checksum",
)


def advice_on_system_error(error: Exception) -> str | None:
    """What to do about an error of the system (disk full, file in use); None for an error of the program."""
    code = getattr(error, "errno", None)
    message = str(error)
    name = getattr(error, "filename", None) or ""
    full = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", -1))
    if code in full or any(t in message for t in ("No space left", "File too large", "Disk quota exceeded")):
        return "磁盘已满或超出配额，没有发布新版本；已收到的内容和原有版本不受影响。请清理磁盘后再运行一次。"
    if isinstance(error, PermissionError) or code in (errno.EACCES, errno.EPERM):
        return (
            f"无法读写 {name}：文件可能正在 Excel 或 WPS 中打开，请先关闭后再运行一次；否则请检查文件夹权限。"
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{name} 是一个文件，不能当作文件夹；请换一个位置，或先移走这个文件。"
    if type(error).__module__ == "_duckdb" and any(text in message for text in _DAMAGED):
        found = re.search(r'"([^"]+)"', message)
        return (
            f"成果数据库 {found[1] if found else ''} 不完整或已损坏，读不出来。请用 junheng verify 检查各个版本，"
            "用 junheng rollback 换回完好的版本，或用 junheng rebuild 从原始文件重建。"
        )
    if code == errno.EROFS or "Read-only file system" in message:
        return f"{name} 所在的磁盘是只读的，无法写入；请换一个成果目录（--home）。"
    return None
