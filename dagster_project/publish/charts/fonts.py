"""Fonts with Chinese on this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


#: Sans first: thin strokes of a serif face get lost in a small print.
FAMILIES = (
    "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC",
    "Source Han Sans CN", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Hiragino Sans GB", "Heiti SC", "SimHei",
    "DengXian", "Droid Sans Fallback", "Noto Serif CJK SC", "Noto Serif SC", "SimSun",
)  # fmt: skip


#: Beginning of a font file's name, in lower case → the family in it.
_FONT_FILES = {
    "msyh.": "Microsoft YaHei",
    "pingfang.": "PingFang SC",
    "notosanscjk": "Noto Sans CJK SC",
    "notosanssc": "Noto Sans SC",
    "sourcehansanssc": "Source Han Sans SC",
    "sourcehansanscn": "Source Han Sans CN",
    "wqy-microhei": "WenQuanYi Micro Hei",
    "wqy-zenhei": "WenQuanYi Zen Hei",
    "hiragino sans gb": "Hiragino Sans GB",
    "stheiti": "Heiti SC",
    "simhei": "SimHei",
    "deng.": "DengXian",
    "droidsansfallback": "Droid Sans Fallback",
    "notoserifcjk": "Noto Serif CJK SC",
    "notoserifsc": "Noto Serif SC",
    "simsun.": "SimSun",
}


def chinese_font() -> str | None:
    """Name of an installed font family that has Chinese, a sans one if there is one."""
    families = _listed_families() or _families_of_files(_font_folders())
    for family in FAMILIES:
        if family in families:
            return family
    return min(families, default=None)


@lru_cache(maxsize=1)
def _listed_families() -> frozenset[str]:
    """Families with Chinese that fontconfig lists; empty where there is none."""
    command = shutil.which("fc-list")
    if command is None or not sys.platform.startswith("linux"):
        return frozenset()
    try:
        listed = subprocess.run(
            [command, ":lang=zh", "family"], capture_output=True, encoding="utf-8", timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return frozenset()
    return frozenset(name.strip() for line in listed.splitlines() for name in line.split(",") if name.strip())


def _font_folders() -> list[Path]:
    import os

    home = Path.home()
    folders = [
        Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local")) / "Microsoft/Windows/Fonts",
        Path("/System/Library/Fonts"),
        Path("/Library/Fonts"),
        home / "Library/Fonts",
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    return [folder for folder in folders if folder.is_dir()]


def _families_of_files(folders: Iterable[Path]) -> frozenset[str]:
    """Families of the font files known by name."""
    names = {
        path.name.lower()
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix.lower() in (".ttf", ".ttc", ".otf")
    }
    return frozenset(
        family for start, family in _FONT_FILES.items() if any(name.startswith(start) for name in names)
    )
