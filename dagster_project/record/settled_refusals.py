"""Refused files and sheets that nobody has to correct any more: a later file brought them, or they were taken away.

A correction comes as a file of its own, under another name. A refused one is settled by it if

- it stands in the same folder, or in one below that is named so (`更正/`), and one of the two names is the other with
  marks of correction (`甲.xlsx`, `甲_更正.xlsx`, `【修改】甲.xlsx`, `甲_更正_20241105.xlsx`, and the name under which it was
  given back, `甲_问题反馈_2024.xlsx`); two files with different marks (`一年级(1).xlsx`, `一年级(2).xlsx`) may be of different
  classes or schools, or
- the refused sheet was known as one feed's, and each school whose code stands in it has rows of that feed in force from
  another file that came with it or later.

A file that was refused as a whole and is no longer in its folder was withdrawn; `absent_files` finds these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import insert_records, named, read_sql, rows
from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import FileRecord, Manifest
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.own_sheets import RETURNED_ZH
from dagster_project.intake.parse.sheet_words import load_words

if TYPE_CHECKING:
    import duckdb

_PACKAGE = "dagster_project.record"
#: Statuses of a file of which nothing was taken.
_REFUSED = ("rejected", "unrecognised", "duplicate")
_CODE = re.compile(r"\d{10}")


_APART, _OPEN, _CLOSE = r"[\s_\-－—·.]*", r"[（(【\[]?\s*", r"\s*[）)】\]]?"
#: A day or month behind a mark of correction: 20241105, 2024-11-5, 11.5, 11月5日, 0915.
_DAY = rf"(?:{_APART}(?:20\d\d\D?)?\d{{1,2}}[.\-月]?\d{{1,2}}[日号]?)?"
#: The year in the name under which a file is given back.
_RETURNED = re.compile(rf"_{RETURNED_ZH}_(20\d\d)")


@lru_cache(maxsize=1)
def _marks() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What is added behind and before the name of a file that is sent again, and the name of a folder of such files."""
    words = "|".join(sorted(map(re.escape, load_words().corrected_files), key=len, reverse=True))
    returned = rf"{RETURNED_ZH}(?:_20\d\d)*(?:_\d{{1,2}})?"
    numbers = r"v\d{1,2}|第[一二三四五六七八九\d]次|(?<=[（(【\[])\d{1,2}(?=[）)】\]])"
    patterns = (
        rf"{_APART}{_OPEN}(?:(?:{words}){_DAY}|{returned}|{numbers}){_CLOSE}{_DAY}\s*\Z",
        rf"{_OPEN}(?:{words}){_CLOSE}{_APART}",
        rf"{_OPEN}(?:{words}){_DAY}{_CLOSE}",
    )
    behind, before, folder = (re.compile(p, re.IGNORECASE) for p in patterns)
    return behind, before, folder


def absent_files(raw: Path, manifest: Manifest) -> tuple[str, ...]:
    """Paths of files that were refused as a whole and are no longer below the raw root, in order.

    Files of a year whose folder is missing altogether don't count: that is a disk that isn't there, not a withdrawal.

    Args:
        raw: raw root.
        manifest: the record.
    """
    return tuple(
        sorted(
            path
            for path, file in manifest.latest_by_path().items()
            if file.status in _REFUSED
            and (raw / PurePosixPath(path).parts[0]).is_dir()
            and not (raw / (file.archive_path or path)).exists()
        )
    )


def names_without_marks(path: str) -> list[str]:
    """Names that an earlier file of the same return may have had: of `甲_更正(2).xlsx` these are 甲_更正(2), 甲_更正 and 甲.

    Args:
        path: of the file, relative to the raw root; its folder stays before each name, a folder of corrections only
            before the first.
    """
    place = PurePosixPath(path)
    behind, before, folder = _marks()
    stems = [place.stem]
    while True:
        stem = behind.sub("", stems[-1])
        if not stem or stem == stems[-1]:
            stem = before.sub("", stems[-1], count=1)
        if not stem or stem == stems[-1]:
            break
        stems.append(stem)
    # a file that is given back has its year at the end, once
    stems[1:1] = [f"{stems[-1]}_{year}" for year in _RETURNED.findall(place.stem)]
    own = PurePosixPath(*(part for part in place.parent.parts if not folder.fullmatch(part)))
    found = [place.with_suffix(""), *(own / stem for stem in stems)]
    return list(dict.fromkeys(name.as_posix() for name in found))


def settle(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, absent: Sequence[str]) -> None:
    """Fill `candidate.settled`: refused files and sheets with the submission that settled them, and how.

    Args:
        con: build connection; all feeds are settled and the findings of reading are loaded.
        home: whose vault.
        manifest: the record.
        absent: files of `absent_files`.

    Raises:
        RecordBroken: the vault has lost a refused file.
    """
    gone = set(absent)
    # one with persons is kept nowhere, and of one that couldn't be opened there is nothing to keep
    kept = {file.sha256 for file in manifest.files if file.is_kept and file.sha256}
    by_name: dict[str, list[FileRecord]] = {}
    for file in manifest.files:
        if file.status == "accepted":
            for name in names_without_marks(file.path):
                by_name.setdefault(name, []).append(file)
    found = []
    for refused in rows(con, read_sql(_PACKAGE, "refused_places")):
        names = names_without_marks(refused["source_file"])
        settled = _by_name(refused, [file for name in names for file in by_name.get(name, [])])
        if settled is None and refused["feed"]:
            settled = _by_schools(con, home, refused, is_kept=refused["sha256"] in kept)
        how = "corrected" if settled is not None else "withdrawn"
        if settled is not None or refused["source_file"] in gone:
            place = {k: refused[k] for k in ("source_file", "submission", "sheet", "feed")}
            found.append({**place, "settled_submission": settled, "how": how})
    insert_records(con, "candidate.settled", found)


def _by_name(refused: dict[str, Any], candidates: list[FileRecord]) -> int | None:
    """First submission of a file whose name is the same but for marks and, for a sheet of a known feed, brought that feed."""
    numbers = [
        file.submission
        for file in candidates
        if file.path != refused["source_file"]
        and _is_one_name(file.path, refused["source_file"])
        and file.submission >= refused["submission"]
        and (
            not refused["feed"]
            or any(s.feed == refused["feed"] and s.status == "accepted" for s in file.sheets)
        )
    ]
    return min(numbers, default=None)


def _is_one_name(path: str, other: str) -> bool:
    """True if one of the names is the other with marks of correction, or they differ in the ending alone."""
    names, others = names_without_marks(path), names_without_marks(other)
    return names[0] in others or others[0] in names


def _by_schools(
    con: duckdb.DuckDBPyConnection, home: Home, refused: dict[str, Any], *, is_kept: bool
) -> int | None:
    """Submission with which the last of the sheet's schools had its rows of the feed from another file."""
    keys = ("feed", "school_year", "submission", "source_file")
    statement = read_sql(_PACKAGE, "schools_brought_later", **named(*keys))
    brought = dict(con.execute(statement, {key: refused[key] for key in keys}).fetchall())
    if not brought:
        return None
    codes = {refused["school_code"]} if refused["school_code"] else set()
    if not codes and is_kept:
        codes = _codes_of(home, refused)
    return max(brought[code] for code in codes) if codes and codes <= set(brought) else None


def _codes_of(home: Home, refused: dict[str, Any]) -> set[str]:
    """Ten-digit codes in the cells of a refused sheet, from the vault's copy; none if that can't be read as a table.

    Raises:
        RecordBroken: the vault has lost the file.
    """
    content = vault.content_of(home, refused["sha256"])
    try:
        for grid in read_grids(content, Path(refused["source_file"]).suffix.lower()):
            if grid.sheet == refused["sheet"]:
                cells = (clean_text(cell) for row in grid.rows for cell in row)
                return {text for text in cells if _CODE.fullmatch(text)}
    except RejectedFile:
        return set()
    return set()
