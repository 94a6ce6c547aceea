"""The project's own folders and the layout of a home."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.errors import UsageError, UserError

PROJECT_ROOT = Path(__file__).resolve().parents[2]
#: The module in which Dagster finds its definitions.
DAGSTER_MODULE = "dagster_project.definitions"
DBT_DIR = PROJECT_ROOT / "dbt"
EXPECTATIONS_DIR = PROJECT_ROOT / "expectations"
LAYOUTS_DIR = PROJECT_ROOT / "raw_data" / "layouts"
SAMPLE_RAW = PROJECT_ROOT / "raw_data" / "sample"
DEFAULT_RAW = PROJECT_ROOT / "raw_data"
DEFAULT_HOME = PROJECT_ROOT / "warehouse"
SAMPLE_HOME = DEFAULT_HOME / "sample"
#: Last day of the sample's returns; the as-of date of its releases unless another is given.
SAMPLE_AS_OF = dt.date(2025, 12, 31)

#: Names that Windows keeps for devices, with any ending.
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)
#: Characters; three bytes each fit the 255 that file systems take, with a suffix.
_LONGEST_NAME = 80
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def layout_files(folder: Path) -> list[Path]:
    """Files of the layouts and of the statistics forms in a folder of layouts, in order."""
    return [*sorted(folder.glob("*.yml")), *sorted((folder / "forms").glob("*.yml"))]


def distinct_file_names(texts: Iterable[str]) -> dict[str, str]:
    """File name for each text, no two alike even where capitals don't count: later ones get a number."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for text in sorted(set(texts)):
        number = 1
        while (name := file_name(text, *([number] if number > 1 else []), suffix="")).casefold() in taken:
            number += 1
        taken.add(name.casefold())
        names[text] = name
    return names


def file_name(*parts: object, suffix: str) -> str:
    """Name of a produced file or folder that every system takes, and that is no path: its parts joined by underscores.

    Characters that Windows forbids and those that can't be seen become underscores, as do dots and blanks at the ends;
    names of devices (CON) get one before them; long names are cut, except for their last part if there are several.
    """
    *first, last = [_safe(str(part)) for part in parts]
    room = max(_LONGEST_NAME - len(last) - 1, 1)
    name = f"{_cut('_'.join(first), room)}_{last}" if first else last
    name = re.sub(r"\A[. ]+|[. ]+\Z", "_", _cut(name, _LONGEST_NAME)) or "_"
    return (f"_{name}" if _DEVICE.fullmatch(name.split(".")[0]) else name) + suffix


def new_file(path: Path) -> Path:
    """The path of a file to be produced.

    Raises:
        UserError: the file is there; produced files are never overwritten.
    """
    if path.exists():
        raise UserError(f"{path} 已经存在；成果文件不覆盖，请换一个文件夹。")
    return path


def _cut(text: str, length: int) -> str:
    """The first characters of a text, of three bytes each at most on average."""
    return text[:length].encode()[: 3 * length].decode(errors="ignore")


def _safe(text: str) -> str:
    seen = "".join(
        "_" if unicodedata.category(c).startswith("C") else c for c in unicodedata.normalize("NFC", text)
    )
    return _FORBIDDEN_IN_NAMES.sub("_", seen)


@dataclass(frozen=True)
class Home:
    """The folders of one home. No folder is created here."""

    root: Path

    def __post_init__(self) -> None:
        # dbt changes the working folder, where a relative path would name another place
        object.__setattr__(self, "root", self.root.absolute())

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def manifest(self) -> Path:
        return self.vault / "manifest.jsonl"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def analyst(self) -> Path:
        return self.root / "analyst"

    @property
    def current(self) -> Path:
        return self.root / "current"

    @property
    def current_pointer(self) -> Path:
        return self.root / "current.txt"

    @property
    def rollback(self) -> Path:
        """Names the newest release at the time a person, or a run that gave it again, put one in force that was there
        already, and those from which a person went back."""
        return self.root / "rollback.txt"

    @property
    def binding(self) -> Path:
        return self.root / "home.json"

    def bind(self, raw_root: Path) -> None:
        """Tie this home to one raw root.

        A home that mixed two raw roots could not say where a figure comes from, so a second root
        is refused. The path is kept relative to the home too: a project that was moved stays bound.

        Raises:
            UsageError: the home belongs to another raw root.
        """
        absolute = raw_root.resolve()
        try:
            relative = os.path.relpath(absolute, self.root.resolve())
        except ValueError:  # another drive on Windows
            relative = str(absolute)
        if self.binding.exists():
            bound = json.loads(self.binding.read_text(encoding="utf-8"))
            if str(absolute) == bound["raw_root"] or relative == bound["raw_root_relative"]:
                return
            raise UsageError(
                f"成果目录 {self.root} 已绑定原始数据目录 {bound['raw_root']}，不能再用于 {absolute}；"
                f'请加 --raw "{bound["raw_root"]}"，或用 --home 另指定一个成果目录。'
            )
        self.root.mkdir(parents=True, exist_ok=True)
        payload = {"raw_root": str(absolute), "raw_root_relative": relative}
        self.binding.write_text(json.dumps(payload, ensure_ascii=False, indent=2), encoding="utf-8")

    def bound_raw_root(self) -> Path | None:
        """The raw root that this home belongs to, also if both were moved together; None before the first run."""
        if not self.binding.is_file():
            return None
        bound = json.loads(self.binding.read_text(encoding="utf-8"))
        written = Path(bound["raw_root"])
        moved = Path(os.path.normpath(self.root.resolve() / bound["raw_root_relative"]))
        return next((folder for folder in (written, moved) if folder.is_dir()), written)

    def release_in_force(self) -> str | None:
        """Identifier of the release that readers see, or None before the first one."""
        if self.current.is_symlink() or self.current.is_dir():
            return self.current.resolve().name
        if self.current_pointer.exists():
            return self.current_pointer.read_text(encoding="utf-8").strip() or None
        return None

    def current_dir(self) -> Path | None:
        """Folder of the release in force."""
        release = self.release_in_force()
        return self.releases / release if release else None
