"""Writes the prefilled workbooks: one per school, in a folder per town."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dagster_project.core.errors import UserError
from dagster_project.core.homes import distinct_file_names, file_name
from dagster_project.core.progress import WRITTEN_ZH, Counted
from dagster_project.forms.entry_forms import EntryBook, Presentation, write_notes, write_sheet
from dagster_project.publish import labels
from dagster_project.publish.prefilled.owed import SchoolOwes
from dagster_project.publish.prefilled.rows import LAST_YEAR, prefilled_feed, rows_to_fill, spare_row

_FORM_ZH = "填报表"
_LINE_ZH = "灰色“上年数”列只供对照，不用填，收回时不读；请在白色格里填本学年的数。整张表都没有填的当作没有报；填了几行的，其余预填的行也要填。"
_REGISTER_LINE_ZH = "名录按上一次报来的填好，请核对，有变化的直接改，然后在“名录已核对”填“是”。"
_CLASSES_LINE_ZH = "班级已按升一个年级排好，灰色是该班上年的学生数；新生班按上年的班数列出，增加的班写在空行，没有的班请把年级、班级清空。"
_LEFT_OUT_ZH = "由统计报表或其他系统取得、不用再填的：{feeds}。"
_SPARE_ROWS = 12


def write_prefilled(
    schools: Sequence[SchoolOwes],
    out: Path,
    school_year: int,
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write one workbook per school.

    Args:
        schools: what each owes.
        out: folder, created if it isn't there; nothing in it is overwritten.
        school_year: year of the returns.
        report: gets a `Counted` message after each workbook.

    Returns:
        The files, in the order of the schools.

    Raises:
        UserError: a file is there already.
    """
    towns = distinct_file_names(school.town or labels.NO_TOWN_ZH for school in schools)
    paths = []
    for done, school in enumerate(schools, start=1):
        folder = out / towns[school.town or labels.NO_TOWN_ZH]
        path = folder / file_name(
            school.school_name, school.school_code, _FORM_ZH, school_year, suffix=".xlsx"
        )
        if path.exists():
            raise UserError(f"{path} 已经存在；学校可能已在里面填写，不覆盖。请用 --out 换一个文件夹。")
        folder.mkdir(parents=True, exist_ok=True)
        write_workbook(school, path, school_year)
        paths.append(path)
        report(Counted(WRITTEN_ZH, path.name, done, len(schools)))
    return paths


def write_workbook(school: SchoolOwes, path: Path, school_year: int) -> None:
    """Write the workbook of one school: a sheet for each feed that it owes, and the notes."""
    with EntryBook(path, title=f"{school.school_name}{_FORM_ZH}") as book:
        for place, owed in enumerate(school.feeds):
            rows = rows_to_fill(owed, school, school_year)
            feed = prefilled_feed(owed, rows)
            many = len(set(owed.feed.grain) - {"school_code", "stage", "figure_year"}) > 0
            rows += [spare_row(owed.feed, school) for _ in range(_SPARE_ROWS if many else 0)]
            lines = [_REGISTER_LINE_ZH if owed.feed.is_register else _LINE_ZH]
            if "class_name" in owed.feed.grain:
                lines.append(_CLASSES_LINE_ZH)
            if school.left_out and place == 0:
                names = "、".join(other.name_zh for other in school.left_out)
                lines.append(_LEFT_OUT_ZH.format(feeds=names))
            look = Presentation(
                banner=tuple(lines),
                locked=frozenset(c.name for c in feed.columns if c.name.startswith(LAST_YEAR)),
            )
            write_sheet(book, feed, feed.name_zh, school_year, rows, look)
        write_notes(book, [owed.feed for owed in school.feeds])
