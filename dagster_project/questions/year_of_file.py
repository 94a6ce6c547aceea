"""The school year of a file that a person names on the command line."""

from __future__ import annotations

from pathlib import Path

from dagster_project.core.local_time import today
from dagster_project.intake.raw_folder import year_folder_of, year_of_folder
from dagster_project.intake.reader import Worker

#: Month in which a school year starts; before it a file without a year belongs to the year before.
_FIRST_MONTH = 8


def year_of_file(path: Path, worker: Worker, school_year: int | None = None) -> tuple[int, str]:
    """School year of a file: the one given, that of its folder, the one that its sheets state, else the current one.

    Args:
        path: the file.
        worker: reads it, if it has to be read.
        school_year: what the person gave.

    Returns:
        The year; and, where it had to be assumed, what was assumed and how to give another, in Chinese (else empty).

    Raises:
        RejectedFile: the file can't be read.
    """
    if school_year is not None:
        return school_year, ""
    folder = year_folder_of(path)
    if folder is not None:
        return year_of_folder(folder.name) or 0, ""
    day = today()
    current = day.year if day.month >= _FIRST_MONTH else day.year - 1
    parsed = worker.parse(path.resolve(), path.name, current)
    stated = {year for sheet in parsed.sheets for year in sheet.stated_years}
    where = "文件不在年度文件夹内"
    if len(stated) == 1:
        (year,) = stated
        return year, f"{where}，按表内写明的 {year} 学年读；不对请用 --year 指定。"
    if stated and any(sheet.layout for sheet in parsed.sheets):  # each row counts for its own year
        return max(stated), f"{where}，表内有 {len(stated)} 个学年，各行归入自己的学年。"
    return current, f"{where}，表内也没有写明是哪个学年，按今年（{current} 学年）读；不对请用 --year 指定。"
