"""The register of schools that is in force in a home, as returns that files are checked beside."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from dagster_project.core.duck import open_marts, rows
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import REGISTER, Column, load_feeds
from dagster_project.intake.raw_folder import RawFile, year_folder_of

#: Name of the copies; no return of a person has it.
_NAME = ".register.csv"


def home_to_check_by(files: list[Path], raw_root: Path, named: Path | None, default: Path) -> Home | None:
    """The home whose register files are checked by: the one named; else the default one, if it is that of the files.

    Args:
        files: what is checked; those in a year folder belong to the raw root that it is in.
        raw_root: raw root of the options.
        named: home of the options.
        default: home of the project.
    """
    if named is not None:
        return Home(named)
    home = Home(default)
    own = home.bound_raw_root()
    roots = {
        raw_root.resolve(),
        *(folder.parent for folder in map(year_folder_of, files) if folder is not None),
    }
    return home if own is not None and roots == {own.resolve()} else None


def register_files(home: Home, folder: Path) -> list[RawFile]:
    """Write the register in force of each school year as a return into a folder; none where nothing is published."""
    release = home.release_in_force()
    database = home.analyst / str(release) / "marts.duckdb"
    if release is None or not database.exists():
        return []
    with open_marts(database) as con:
        found = rows(con, "from accepted.schools order by school_year, school_code")
    columns = load_feeds()[REGISTER].columns
    by_year: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        by_year.setdefault(row["school_year"], []).append(row)
    written = []
    for year, schools in by_year.items():
        path = folder / f"{year}{_NAME}"
        with path.open("w", encoding="utf-8", newline="") as stream:
            lines = csv.writer(stream)
            lines.writerow([column.heading_zh for column in columns])
            lines.writerows(
                [[_as_written(column, row[column.name]) for column in columns] for row in schools]
            )
        written.append(RawFile(path.resolve(), f"{year}/{path.name}", year))
    return written


def is_of_register(path: str) -> bool:
    """True for the path of a copy, for a finding about which nobody asked."""
    return path.endswith(_NAME)


def _as_written(column: Column, value: Any) -> Any:
    """A value as a return has it: the word for a choice."""
    words = {code: word for word, code in column.choices.items()}
    return words.get(value, value)
