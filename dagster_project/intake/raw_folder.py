"""The raw folder: which files under it are returns, and how their bytes are read.

Nothing in the raw folder is ever written, moved or deleted.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dagster_project.intake.files.grid import MAX_FILE_BYTES
from dagster_project.intake.findings import RejectedFile

READABLE_SUFFIXES = frozenset(
    (".xlsx", ".xls", ".et", ".ett", ".ods", ".csv", ".xlsm", ".xlsb", ".txt", ".tsv", ".zip")
)
#: Files that are opened to say what they are and what to do with them.
EXPLAINED_SUFFIXES = frozenset((".rar", ".7z", ".gz", ".mht", ".mhtml", ".htm", ".html", ".xml", ".numbers"))
#: 2024, 2024学年, 2024-2025学年, 2024年秋: the year in which the school year starts.
_YEAR_FOLDER = re.compile(
    r"(20\d\d)(?:\s*[-—–~～至_]\s*(20\d\d|\d\d))?\s*(?:学年度?|年度?)?(?:秋季?|秋季学期|春季?|春季学期)?\Z"
)
#: Temporary and hidden files of other programs (Excel, WPS, file managers, downloads), and lists that this program writes.
_IGNORED_NAMES = re.compile(
    r"~\$|\.|~WR[A-Z]\d+|(?:eh)?thumbs(?:_\w+)?\.db\Z|desktop\.ini\Z|Icon\r\Z"
    r"|.*\.(?:tmp|temp|part|partial|crdownload|download|downloading|xltd)\Z"
    r"|(?:problems|问题清单|assumptions|changes)\.csv\Z",
    re.IGNORECASE | re.DOTALL,
)
#: What Excel calls a workbook while it saves it: eight digits of base 16, a letter among them, and no ending.
_BEING_SAVED = re.compile(r"(?=\d*[A-F])[0-9A-F]{8}\Z")
#: Folders that file managers and servers make; those that begin with a point are left out, too.
_FOREIGN_FOLDERS = frozenset(
    ("__macosx", "$recycle.bin", "#recycle", "system volume information", "@eadir", "lost+found")
)
_NOTES_SUFFIX = ".md"
#: Folders of a year whose files prove what was done: documents of any type, which are kept and never parsed.
EVIDENCE_FOLDERS = ("佐证", "佐证材料")
#: Files beside the year folders that configure the project: corrections, school places.
_CONFIGURATION_SUFFIXES = (".yml", ".yaml", ".geojson")
_SKIPPED_FOLDERS = frozenset(("layouts", "sample"))


@dataclass(frozen=True)
class RawFile:
    """A file under the raw root.

    Attributes:
        path: where it is; of a file packed in an archive only its name there.
        relative: path relative to the raw root, with forward slashes.
        school_year: year of its folder; None outside the year folders.
        is_evidence: True in an evidence folder of a year.
    """

    path: Path
    relative: str
    school_year: int | None
    is_evidence: bool = False


def raw_files(raw_root: Path) -> Iterator[RawFile]:
    """All files that may be returns, sorted by folder and name; those outside `<raw_root>/<year>/` have no year."""
    for folder, subfolders, names in os.walk(raw_root):
        here = Path(folder)
        subfolders[:] = sorted(
            s for s in subfolders if not s.startswith(".") and s.casefold() not in _FOREIGN_FOLDERS
        )
        if here == raw_root:
            subfolders[:] = [s for s in subfolders if s not in _SKIPPED_FOLDERS]
        for name in sorted(names):
            path = here / name
            relative = path.relative_to(raw_root)
            if _IGNORED_NAMES.match(name) or (here == raw_root and path.suffix in _CONFIGURATION_SUFFIXES):
                continue
            top = relative.parts[0]
            year = year_of_folder(top) if len(relative.parts) > 1 else None
            is_evidence = (
                year is not None and len(relative.parts) > 2 and relative.parts[1] in EVIDENCE_FOLDERS
            )
            if not is_evidence and (path.suffix.lower() == _NOTES_SUFFIX or _BEING_SAVED.match(name)):
                continue
            yield RawFile(path, relative.as_posix(), year, is_evidence)


def is_passed_over(name: str) -> bool:
    """True for the name of a file that is no return: notes, and what other programs or this one leave lying."""
    return bool(_IGNORED_NAMES.match(name)) or name.lower().endswith(_NOTES_SUFFIX)


def year_of_folder(name: str) -> int | None:
    """School year that a folder's name says; None if it says none, or years that don't follow each other."""
    found = _YEAR_FOLDER.match(unicodedata.normalize("NFKC", name).strip())
    if not found:
        return None
    first = int(found[1])
    if found[2]:
        return first if int(found[2]) % 100 == (first + 1) % 100 else None
    return first - ("春" in name)


def year_folder_of(path: Path) -> Path | None:
    """The nearest folder above a file whose name says a school year; its parent is then the raw root."""
    return next((f for f in path.resolve().parents if year_of_folder(f.name) is not None), None)


def read_bytes(path: Path) -> bytes:
    """Bytes of a return.

    Raises:
        RejectedFile: it can't be opened as an ordinary file, or is too large.
    """
    with open_ordinary(path) as stream:
        if os.fstat(stream.fileno()).st_size > MAX_FILE_BYTES:
            raise RejectedFile("FILE_TOO_LARGE", megabytes=MAX_FILE_BYTES // 1024**2)
        return stream.read(MAX_FILE_BYTES + 1)


@contextlib.contextmanager
def open_ordinary(path: Path) -> Iterator[BinaryIO]:
    """An ordinary file, opened for reading.

    Links are not followed: their target may lie outside the raw root and change without notice.

    Raises:
        RejectedFile: a link, a special file, or not readable.
    """
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    )
    try:
        handle = os.open(path, flags)
    except PermissionError as error:
        raise RejectedFile("FILE_LOCKED") from error
    except OSError as error:
        raise RejectedFile("NOT_A_FILE", "not_opened") from error
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise RejectedFile("NOT_A_FILE", "special")
        if state.st_nlink > 1:
            raise RejectedFile("NOT_A_FILE", "hard_link")
        yield stream
