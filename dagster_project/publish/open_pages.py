"""`junheng open`: open the pages of the release in force in a browser."""

from __future__ import annotations

from dagster_project.core.commands import HomeOption, SampleOption, current_release, say, used_home_of
from dagster_project.core.errors import UserError


def command(home: HomeOption = None, sample: SampleOption = False) -> None:
    """在浏览器里打开当前版本的网页。"""
    import webbrowser

    current = current_release(used_home_of(home, sample))
    page = current / "site" / "index.html"
    if not page.is_file():
        raise UserError(f"版本 {current.name} 没有网页；请再运行一次 junheng run，新版本会带网页。")
    say(f"网页：{page}")
    if not webbrowser.open(page.resolve().as_uri()):
        say("没有找到浏览器；请在文件管理器里双击上面这个文件。")
