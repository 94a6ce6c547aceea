"""`junheng check`: would these files be accepted? Nothing is loaded; the list of problems is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.core.commands import RawOption, raw_root_of, say, used_home_of
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import DEFAULT_HOME, DEFAULT_RAW, Home
from dagster_project.core.local_time import today
from dagster_project.core.text import place_zh
from dagster_project.questions.register_of_home import home_to_check_by, is_of_register, register_files

if TYPE_CHECKING:
    import duckdb

    from dagster_project.intake.receive import Taken
    from dagster_project.record.rules import RuleClass
    from dagster_project.record.suites import Failure

_SHOWN = 30
#: Severities of what has to be corrected before it counts.
_REFUSED = ("reject_file", "quarantine_row")


def command(
    files: Annotated[list[Path], typer.Argument(help="要检查的文件")],
    year: Annotated[
        int | None, typer.Option("--year", help="学年（起始年份）；默认看文件所在文件夹，再看表内写明的")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="问题清单写到哪里")] = Path("problems.csv"),
    raw: RawOption = None,
    home: Annotated[
        Path | None,
        typer.Option("--home", help="按哪个成果目录里的学校名录核对学校代码；默认 warehouse/，文件属于它时"),
    ] = None,
) -> None:
    """只检查，不入库；写出问题清单。有会被拒收或整行不采用的内容时返回 1。"""
    from dagster_project.publish import labels

    raw_root = raw_root_of(raw, sample=False)
    if home is not None:
        used_home_of(home)
    place = home_to_check_by(files, raw_root, home, DEFAULT_HOME)
    checked = check_files(files, school_year=year, output=out, raw_root=raw_root, home=place)
    for line in checked.assumed_years:
        say(f"提示：{line}")
    found = _one_line_per_fault(checked.problems)
    for severity, line in [*_one_line_per_fault(checked.assumptions), *found[:_SHOWN]]:
        say(f"[{labels.SEVERITY_ZH.get(severity, severity)}] {line}")
    if len(found) > _SHOWN:
        say(f"……共 {len(found)} 条，其余见问题清单。")
    for line in checked.read:
        say(line)
    if checked.register_of is not None:
        say(f"学校代码已按成果目录 {checked.register_of} 里现行的学校名录核对。")
    elif not checked.has_register:
        say(
            "没有核对学校代码是否在学校名录中：要检查的文件里没有学校名录；要核对，请用 --home 指定已经发布过的成果目录，"
            "或把名录和这些文件一起检查。"
        )
    refused = sum(1 for severity, _ in found if severity in _REFUSED)
    say(f"检查完毕：{len(found)} 条，其中 {refused} 条必须改正。")
    say(f"问题清单写在 {out.resolve()}（--out 可以指定别处）。")
    if refused:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        problems: one dict per problem, in the columns of the contract's problem list.
        assumptions: the same for cells that are read though they aren't written as asked for; severity note.
        assumed_years: per file whose school year had to be assumed, what was assumed, in Chinese.
        has_register: False if no file is a register, so that no school was looked up in one.
        register_of: home whose register the schools were looked up in, too.
        read: per sheet what it was taken for and how many of its rows were read, in Chinese.
    """

    problems: list[dict[str, Any]]
    assumptions: list[dict[str, Any]]
    assumed_years: list[str]
    has_register: bool
    read: list[str]
    register_of: Path | None = None


def _one_line_per_fault(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Severity and line of each fault, what is refused first; feeds of one table that say the same are named together."""
    from dagster_project.publish import labels

    feeds: dict[tuple[str, str, str], list[str]] = {}
    for row in sorted(rows, key=lambda row: row["severity"] not in _REFUSED):
        place = place_zh(row["source_file"], row["sheet"], row["cell"])
        found = feeds.setdefault((row["severity"], place, row["message_zh"]), [])
        if row["feed"] and row["feed"] not in found:
            found.append(row["feed"])
    return [
        (severity, f"{place}{_several_zh([labels.feed_zh(f) for f in found])}：{message}")
        for (severity, place, message), found in feeds.items()
    ]


def _several_zh(names: Sequence[str]) -> str:
    return f"（{'、'.join(names)}）" if len(names) > 1 else ""


def check(
    paths: list[Path], *, school_year: int | None = None, output: Path | None = None
) -> list[dict[str, Any]]:
    """Problems of some files; see `check_files`."""
    return check_files(paths, school_year=school_year, output=output).problems


def check_files(
    paths: list[Path],
    *,
    school_year: int | None = None,
    output: Path | None = None,
    raw_root: Path = DEFAULT_RAW,
    home: Home | None = None,
) -> Checked:
    """Validate files without loading them.

    Rules that need the register of schools apply only if one of the files is a register, or a home has one.

    Args:
        paths: the files.
        school_year: year of the files; see `year_of_file` for the default.
        output: file for the list of problems (CSV).
        raw_root: its layouts apply, besides those beside the files' year folders.
        home: its register in force stands beside the files, as if they were received into it.

    Raises:
        UsageError: a file isn't there.
        UserError: a file that says how returns are read (feed, spellings, layout) is wrong.
    """
    import duckdb

    from dagster_project.core.duck import read_sql
    from dagster_project.core.privacy import mask_personal_numbers
    from dagster_project.intake import receive
    from dagster_project.intake.raw_folder import RawFile, year_folder_of
    from dagster_project.intake.reader import load_declarations
    from dagster_project.publish import problem_list
    from dagster_project.record import in_force, suites

    for path in paths:
        if not path.exists():
            raise UsageError(f"没有找到文件 {path}。")
    with tempfile.TemporaryDirectory(prefix="junheng-check-") as scratch:
        raw = Path(scratch) / "raw"
        names: dict[str, str] = {}
        given: list[RawFile] = []
        # the layouts beside the year folders apply as they do in a run
        own = {f.parent for f in map(year_folder_of, paths) if f is not None}
        for folder in [raw_root, *sorted(own - {raw_root.resolve()})]:
            load_declarations(folder)  # a faulty layout is named where it is, not as its copy
            if (folder / "layouts").is_dir():
                shutil.copytree(folder / "layouts", raw / "layouts", dirs_exist_ok=True)
        years, assumed = _years_of(paths, school_year, raw)
        for i, (path, year) in enumerate(zip(paths, years, strict=True)):
            relative = f"{year}/{i:04d}/{path.name}"
            given.append(RawFile(path.resolve(), relative, year))
            names[mask_personal_numbers(relative)] = str(path)
        trial = Home(Path(scratch) / "home")
        register = register_files(home, Path(scratch)) if home is not None else []
        is_known = bool(register) and _has_register(receive.take_in(trial, raw, files=register))
        taken = receive.take_in(trial, raw, files=given)
        with duckdb.connect() as con:
            has_register = _has_register(taken)
            judge = suites.judge if has_register or is_known else _judge_without_register
            in_force.resolve(con, trial, taken.manifest, judge, today())
            problems = con.execute(read_sql(__package__, "problems_of_files")).df()
            assumptions = con.execute(read_sql(__package__, "assumptions_of_files")).df()
    problems, assumptions = (
        listed[~listed["source_file"].map(is_of_register).astype(bool)] for listed in (problems, assumptions)
    )
    for listed in (problems, assumptions):
        for relative, name in names.items():  # a message may name another file
            listed["message_zh"] = listed["message_zh"].str.replace(relative, name, regex=False)
        listed["source_file"] = [_named(path, names) for path in listed["source_file"]]
    if output is not None:
        problem_list.write_problem_list(problems, output)
    read = _sheets_zh(taken, names)
    listed_problems: Any = problems.to_dict("records")
    listed_assumptions: Any = assumptions.to_dict("records")
    register_of = home.root if home is not None and is_known else None
    return Checked(listed_problems, listed_assumptions, assumed, has_register, read, register_of)


def _sheets_zh(taken: Taken, names: Mapping[str, str]) -> list[str]:
    """Per sheet: what it was taken for, and how many of its rows were read."""
    from dagster_project.core.privacy import mask_personal_numbers
    from dagster_project.intake.feeds import load_feeds

    feeds = load_feeds()
    lines = []
    for file in taken.files:
        name = _named(mask_personal_numbers(file.record.path), names)
        if not file.parsed.sheets:
            lines.append(f"{name}：没有读到报表")
        for sheet in file.parsed.sheets:
            rows = len(set(sheet.columns.get("row_number", [])))
            what = f"数据 {rows} 行" if sheet.status == "accepted" else "没有读入"
            nil = f"，零报告 {len(sheet.nil_returns)} 处" if sheet.nil_returns else ""
            lines.append(f"{place_zh(name, sheet.sheet, '')}：认成“{feeds[sheet.feed].name_zh}”，{what}{nil}")
    return lines


def _named(path: str, names: Mapping[str, str]) -> str:
    """The name under which a person gave a file, for its path in the scratch folder; of one in an archive, both."""
    from dagster_project.intake.files.packed import MEMBER_MARK

    archive = next((copy for copy in names if path.startswith(f"{copy}{MEMBER_MARK}")), path)
    return names[archive] + path.removeprefix(archive)


def _years_of(paths: list[Path], school_year: int | None, raw_root: Path) -> tuple[list[int], list[str]]:
    """School year of each file, and what was assumed of those that say none."""
    from dagster_project.intake.findings import RejectedFile
    from dagster_project.intake.reader import Worker
    from dagster_project.questions.year_of_file import year_of_file

    years, assumed = [], []
    with Worker(raw_root) as worker:
        for path in paths:
            try:
                year, assumed_zh = year_of_file(path, worker, school_year)
            except RejectedFile:  # the check itself says why
                year, assumed_zh = today().year, ""
            years.append(year)
            if assumed_zh:
                assumed.append(f"{path}：{assumed_zh}")
    return years, assumed


def _has_register(taken: Taken) -> bool:
    from dagster_project.intake.feeds import REGISTER

    sheets = (sheet for file in taken.files for sheet in file.parsed.sheets)
    return any(sheet.feed == REGISTER and sheet.status == "accepted" for sheet in sheets)


def _judge_without_register(
    con: duckdb.DuckDBPyConnection, relations: Mapping[str, str], rule_class: RuleClass
) -> dict[str, list[Failure]]:
    """Judge as the suites do, as if every school were in the register."""
    from dagster_project.core.duck import read_sql
    from dagster_project.intake.feeds import REGISTER
    from dagster_project.record import suites

    if rule_class != "logic":
        return suites.judge(con, relations, rule_class)
    alone = {}
    for feed, relation in relations.items():
        alone[feed] = relation
        if feed != REGISTER:
            alone[feed] = f"{relation}_alone"
            con.execute(read_sql(__package__, "as_if_registered", relation=relation))
    return suites.judge(con, alone, rule_class)
