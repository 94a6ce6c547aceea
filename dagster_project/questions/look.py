"""`junheng look`: what the reader takes each part of a file for, sheet by sheet. Nothing is loaded or stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.commands import say
from dagster_project.core.errors import UsageError, UserError

if TYPE_CHECKING:
    from dagster_project.intake.feeds import Feed
    from dagster_project.intake.parse.parsed import ParsedFile, ParsedSheet


def command(
    files: Annotated[list[Path], typer.Argument(help="要看的文件")],
    year: Annotated[
        int | None, typer.Option("--year", help="学年（起始年份）；默认看文件所在文件夹，再看表内写明的")
    ] = None,
) -> None:
    """看看每张表被认成了什么、哪些行列怎样读、为什么；不入库，也不检查数字。"""
    for path in files:
        for line in look_at(path, school_year=year):
            say(line)


def look_at(path: Path, *, school_year: int | None = None) -> Iterator[str]:
    """Lines that say how a file is read.

    Args:
        path: the file.
        school_year: its school year; see `year_of_file` for the default.

    Raises:
        UsageError: the file isn't there.
        UserError: the file can't be read, or a file that says how returns are read is wrong; the message says why
            and what to do.
    """
    from dagster_project.intake.findings import RejectedFile
    from dagster_project.intake.raw_folder import open_ordinary, year_folder_of
    from dagster_project.intake.reader import Worker
    from dagster_project.questions.year_of_file import year_of_file

    if not path.exists():
        raise UsageError(f"没有找到文件 {path}。")
    content = _archive(path)
    if content is not None:
        yield from _look_into(path, content, school_year)
        return
    try:
        with open_ordinary(path.resolve()), Worker((year_folder_of(path) or path.resolve()).parent) as worker:
            year, assumed_zh = year_of_file(path, worker, school_year)
            parsed = worker.parse(path.resolve(), path.name, year)
    except RejectedFile as error:
        raise UserError(f"{path}：{error.message_zh}") from error
    yield f"{path}（按 {year} 学年）"
    if assumed_zh:
        yield f"  提示：{assumed_zh}"
    yield from _lines(parsed)


def _archive(path: Path) -> bytes | None:
    """Bytes of an archive of returns, which a run reads file by file; None for any other file."""
    from dagster_project.intake.files.packed import kind_of_archive
    from dagster_project.intake.findings import RejectedFile
    from dagster_project.intake.raw_folder import read_bytes

    if path.suffix.lower() != ".zip":
        return None
    try:
        content = read_bytes(path.resolve())
        return content if kind_of_archive(content) == "packed" else None
    except RejectedFile as error:
        raise UserError(f"{path}：{error.message_zh}") from error


def _look_into(path: Path, content: bytes, school_year: int | None) -> Iterator[str]:
    """Lines about each file of an archive; a file that can't be read gets a line with the reason, and the next is read."""
    import tempfile

    from dagster_project.intake.files.packed import packed_files
    from dagster_project.intake.findings import RejectedFile
    from dagster_project.intake.raw_folder import is_passed_over, year_folder_of, year_of_folder
    from dagster_project.intake.reader import Worker
    from dagster_project.questions.year_of_file import year_of_file

    folder = year_folder_of(path)
    given = school_year if folder is None or school_year is not None else year_of_folder(folder.name)
    try:
        files = [f for f in packed_files(content) if not is_passed_over(Path(f[0]).name)]
    except RejectedFile as error:
        raise UserError(f"{path}：{error.message_zh}") from error
    yield f"{path}：压缩包，内有 {len(files)} 个文件"
    with (
        tempfile.TemporaryDirectory(prefix="junheng-look-") as scratch,
        Worker((folder or path.resolve()).parent) as worker,
    ):
        for number, (name, data) in enumerate(files):
            copy = Path(scratch) / str(number) / Path(name).name
            copy.parent.mkdir()
            copy.write_bytes(data)
            try:
                year, assumed_zh = year_of_file(copy, worker, given)
                parsed = worker.parse(copy, name, year)
            except RejectedFile as error:
                yield f"{path.name} › {name}：{error.message_zh}"
                continue
            yield f"{path.name} › {name}（按 {year} 学年）"
            if assumed_zh:
                yield f"  提示：{assumed_zh}"
            yield from _lines(parsed)


def _lines(parsed: ParsedFile) -> Iterator[str]:
    from dagster_project.intake.feeds import load_feeds

    feeds = load_feeds()
    for sheet in parsed.sheets:
        yield from _lines_of_sheet(sheet, feeds[sheet.feed])
    for found in parsed.problems:
        place = " › ".join(part for part in (found.sheet, found.cell) if part)
        yield f"  {place + '：' if place else ''}{found.message_zh}"


def _place_zh(place: str) -> str:
    """Where a column is read from: its letters, its cells, or which rows of a roster are counted."""
    if place.startswith("*"):
        return place[1:].replace("{n}", "")
    return place if place[-1:].isdigit() else f"{place} 列"


def _lines_of_sheet(sheet: ParsedSheet, feed: Feed) -> Iterator[str]:
    from dagster_project.publish import labels

    name = f"工作表“{sheet.sheet}”" if sheet.sheet else "表"
    state = "" if sheet.status == "accepted" else "，没有读入"
    yield f"  {name}：认成“{feed.name_zh}”{state}；表头到第 {sheet.heading_row} 行"
    for number, letters in enumerate(sheet.column_maps, 1):
        which = f"第 {number} 块：" if len(sheet.column_maps) > 1 else ""
        columns = "，".join(
            f"{_place_zh(place)}＝{feed.column(c).heading_zh}" for c, place in letters.items()
        )
        yield f"    {which}{columns}"
    records = sheet.columns.get("row_number", [])
    if records:
        first, last = min(records), max(records)
        span = f"第 {first} 行" if first == last else f"第 {first} 至 {last} 行"
        yield f"    表头下 {sheet.rows_read} 行，其中数据 {len(set(records))} 行（{span}）"
    for found in sheet.problems:
        word = labels.SEVERITY_ZH.get(found.severity, found.severity)
        yield f"    [{word}] {found.cell + '：' if found.cell else ''}{found.message_zh}"
