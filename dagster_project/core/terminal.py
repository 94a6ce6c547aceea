"""Chinese on the command line: help, wrong usage, completion, and progress of long work.

Typer's own texts are English and it has no catalogue of translations; they are translated here, by the kind of
message. Unknown texts stay as they are.
"""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import typer
import typer.main
from typer import completion
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from dagster_project.core.progress import READ_ZH, WRITTEN_ZH, Counted

#: Typer's texts and their translations. Columns are laid out before, so widths must stay equal.
_HELP_ZH = (
    ("Usage: ", "用法："),
    ("[OPTIONS] COMMAND [ARGS]...", "[选项] 命令 [参数]…"),
    ("[OPTIONS]", "[选项]"),
    ("Options:", "选项："),
    ("Arguments:", "参数："),
    ("Commands:", "命令："),
    ("[required]", "[必填]"),
    ("<path>", "<路径>"),
    ("<str>  ", "<文字> "),
    ("<int>  ", "<整数> "),
    ("Show this message and exit.", "显示本说明。"),
)
_COMPLETION_ZH = {
    "install_completion": "安装命令补全（按 Tab 键补全命令和选项）。",
    "show_completion": "显示命令补全的脚本。",
}
_DEFAULT = re.compile(r"\[default: (.+?)\]")
_COMMAND = re.compile(r"No such command '(.*?)'\.(?: Did you mean (.+)\?)?")
_EXTRA = re.compile(r"Got unexpected extra argument\S* \((.*)\)")
_NEEDS_VALUE = re.compile(r"Option '(.+)' requires an argument")
_WANTED_ZH = (
    ("valid integer", "应是整数"),
    ("valid number", "应是数"),
    ("does not exist", "不存在"),
    ("is a directory", "是文件夹，应是文件"),
    ("is a file", "是文件，应是文件夹"),
    ("greater than or equal", "太小了"),
    ("less than or equal", "太大了"),
)


def in_chinese(text: str) -> str:
    """Help as Typer lays it out, its fixed words in Chinese."""
    for english, chinese in _HELP_ZH:
        text = text.replace(english, chinese)
    return _DEFAULT.sub(r"[默认 \1]", text)


class _Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return in_chinese(super().get_help(ctx))


class _Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return in_chinese(super().get_help(ctx))


class ChineseTyper(typer.Typer):
    """A Typer with Chinese help."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=_Group, **options)

    def command(self, name: str | None = None, **options: Any) -> Any:
        """As Typer's own, with help in Chinese."""
        return super().command(name, cls=_Command, **options)


def command_of(app: typer.Typer) -> Any:
    """The command line as it is run, its own options for completion in Chinese too."""
    command = typer.main.get_command(app)
    for parameter in command.params:
        if isinstance(parameter, TyperOption) and parameter.name in _COMPLETION_ZH:
            parameter.help = _COMPLETION_ZH[parameter.name]
            if parameter.name == "install_completion":
                parameter.callback = _install_completion
    return command


def start(app: typer.Typer) -> int:
    """Run the command that the arguments name; returns its exit code. For wrong usage a message is printed, and it is 2."""
    try:
        code = command_of(app)(prog_name=app.info.name, standalone_mode=False)
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
        else:
            typer.echo(f"用法有误：{usage_zh(error)}", err=True)
        return 2
    except typer.Abort:
        typer.echo("已取消。", err=True)
        return 1
    if code == 130:
        typer.echo("已停止。没有写完的部分，下次运行会清理并补齐。", err=True)
    return code if isinstance(code, int) else 0


def _install_completion(ctx: Any, param: Any, value: Any) -> Any:
    if not value or ctx.resilient_parsing:
        return value
    name = ctx.find_root().info_name
    shell, path = completion.install(  # type: ignore[attr-defined]
        shell=value if isinstance(value, str) else None,
        prog_name=name,
        complete_var=f"_{name}_COMPLETE".upper().replace("-", "_"),
    )
    typer.echo(f"已为 {shell} 安装命令补全（{path}），重新打开终端后生效。")
    raise typer.Exit


def usage_zh(error: TyperException) -> str:
    """Message about wrong usage, with the command that prints the help."""
    context = getattr(error, "ctx", None)
    hint = f"用 {context.command_path} --help 查看说明。" if context is not None else ""
    return f"{_wrong_zh(error)}{hint}"


def _wrong_zh(error: Any) -> str:
    said = error.format_message()
    kind = type(error).__name__
    if kind == "NoSuchOption":
        near = "、".join(error.possibilities or ())
        return f"没有选项 {error.option_name}{f'，是不是 {near}' if near else ''}。"
    parameter = getattr(error, "param", None)
    if parameter is not None:
        name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.name
        explained = f"（{parameter.help}）" if getattr(parameter, "help", None) else ""
        if kind == "MissingParameter":
            return f"缺少 {name}{explained}。"
        wanted = next(
            (chinese for english, chinese in _WANTED_ZH if english in said), f"不能用：{error.message}"
        )
        return f"{name}{explained}{wanted}。"
    if found := _COMMAND.search(said):
        near = (found[2] or "").replace("'", "").replace(", ", "、")
        return f"没有命令 {found[1]}{f'，是不是 {near}' if near else ''}。"
    if found := _EXTRA.search(said):
        return f"多出了 {found[1]}。"
    if found := _NEEDS_VALUE.search(said):
        return f"{found[1]} 后面要写上值。"
    return str(said)


#: Last characters of a name beside the bar.
_SHOWN_OF_NAME = 40
#: In a log, one line for this many files.
_FILES_A_LINE = 25


class Progress:
    """Progress for a person at a terminal: a bar over the files, then each step with its time; in a log, lines.

    A `Counted` text moves the bar; in a log every so many of them are a line. Any other text begins a step.
    """

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._files = 0
        self._writes = False
        self._has_bar = False
        self._display: Any = None
        self._task: Any = None
        self._step = ""
        self._since = time.monotonic()

    def report(self, text: str) -> None:
        """Show one message of the work."""
        if isinstance(text, Counted):
            self._writes = text.did_zh == WRITTEN_ZH
            self._files += 1
            if self._is_terminal:
                shown = f"{text.did_zh.removeprefix('已')} {text.name[-_SHOWN_OF_NAME:]}"
                self._show(shown, text.done, text.total)
            elif self._files % _FILES_A_LINE == 0:
                typer.echo(f"{self._did_zh()} {self._files} 个文件（{text.done}/{text.total}）")
            return
        self.finish()
        self._step, self._since = text, time.monotonic()
        if self._is_terminal and text.endswith("…"):
            self._show(text, 0, None)
        else:
            typer.echo(text)
            self._step = ""

    def _show(self, text: str, done: int, total: int | None) -> None:
        if self._display is not None and self._has_bar != (total is not None):
            self._display.stop()
            self._display = None
        if self._display is None:
            self._has_bar = total is not None
            from rich import progress

            columns = [progress.TextColumn("{task.description}"), progress.TimeElapsedColumn()]
            if total is None:
                columns.insert(0, progress.SpinnerColumn("line"))
            else:
                columns[1:1] = [progress.BarColumn(), progress.MofNCompleteColumn()]
            self._display = progress.Progress(*columns, transient=True)
            self._task = self._display.add_task("")
            self._display.start()
        self._display.update(self._task, description=text, completed=done, total=total)

    def finish(self) -> None:
        """Remove the display and print the result of the step."""
        if self._display is not None:
            self._display.stop()
            self._display = None
            if self._step:
                typer.echo(f"{self._step.rstrip('…')}：{time.monotonic() - self._since:.1f} 秒")
        self._step = ""
        if self._files:
            typer.echo(f"{self._did_zh()} {self._files} 个{'' if self._writes else '新'}文件")
            self._files = 0

    def _did_zh(self) -> str:
        return WRITTEN_ZH if self._writes else READ_ZH
