"""`junheng check`: would these files be accepted? Nothing is loaded; the list of problems is written."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.core.commands import say
from dagster_project.core.errors import UsageError
from dagster_project.core.homes import Home

if TYPE_CHECKING:
    import duckdb

    from dagster_project.intake.receive import Taken
    from dagster_project.record.rules import RuleClass
    from dagster_project.record.suites import Failure

_SHOWN = 30
#: Month in which a school year starts; before it a file without a year belongs to the year before.
_FIRST_MONTH = 8


def command(
    files: Annotated[list[Path], typer.Argument(help="要检查的文件")],
    year: Annotated[int | None, typer.Option("--year", help="学年（起始年份）；默认看文件所在文件夹")] = None,
    out: Annotated[Path, typer.Option("--out", help="问题清单写到哪里")] = Path("problems.csv"),
) -> None:
    """只检查，不入库；写出问题清单。有会被拒收或整行不采用的内容时返回 1。"""
    from dagster_project.publish import labels

    checked = check_files(files, school_year=year, output=out)
    found = checked.problems
    for row in (checked.assumptions + found)[: _SHOWN + len(checked.assumptions)]:
        place = " › ".join(str(row[k]) for k in ("source_file", "sheet", "cell") if row[k])
        say(f"[{labels.SEVERITY_ZH.get(row['severity'], row['severity'])}] {place}：{row['message_zh']}")
    if len(found) > _SHOWN:
        say(f"……共 {len(found)} 条，其余见问题清单。")
    refused = sum(1 for row in found if row["severity"] in ("reject_file", "quarantine_row"))
    say(f"检查完毕：{len(found)} 条，其中 {refused} 条必须改正。问题清单：{out}")
    if refused:
        raise typer.Exit(1)


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        problems: one dict per problem, in the columns of the contract's problem list.
        assumptions: the same for cells that are read though they aren't written as asked for; severity note.
    """

    problems: list[dict[str, Any]]
    assumptions: list[dict[str, Any]]


def check(
    paths: list[Path], *, school_year: int | None = None, output: Path | None = None
) -> list[dict[str, Any]]:
    """Problems of some files; see `check_files`."""
    return check_files(paths, school_year=school_year, output=output).problems


def check_files(paths: list[Path], *, school_year: int | None = None, output: Path | None = None) -> Checked:
    """Validate files without loading them.

    The year is that of the folder a file is in, else `school_year`, else the current school year. Rules that need
    the register of schools apply only if one of the files is a register.

    Args:
        paths: the files.
        school_year: year of files that are in no year's folder.
        output: file for the list of problems (CSV).

    Raises:
        UsageError: a file isn't there.
    """
    import duckdb

    from dagster_project.core.duck import read_sql
    from dagster_project.core.privacy import mask_personal_numbers
    from dagster_project.intake import receive
    from dagster_project.publish import problem_list
    from dagster_project.record import in_force, suites

    today = dt.date.today()
    default_year = school_year or (today.year if today.month >= _FIRST_MONTH else today.year - 1)
    with tempfile.TemporaryDirectory(prefix="junheng-check-") as scratch:
        raw = Path(scratch) / "raw"
        names: dict[str, str] = {}
        for i, path in enumerate(paths):
            parent = path.resolve().parent.name
            year = parent if parent.isdigit() and len(parent) == 4 else str(default_year)
            copy = raw / year / f"{i:04d}" / path.name
            copy.parent.mkdir(parents=True)
            if not path.exists():
                raise UsageError(f"没有找到文件 {path}。")
            shutil.copyfile(path, copy)
            names[mask_personal_numbers(copy.relative_to(raw).as_posix())] = str(path)
        home = Home(Path(scratch) / "home")
        taken = receive.take_in(home, raw)
        with duckdb.connect() as con:
            judge = suites.judge if _has_register(taken) else _judge_without_register
            in_force.resolve(con, home, taken.manifest, judge, today)
            problems = con.execute(read_sql(__package__, "problems_of_files")).df()
            assumptions = con.execute(read_sql(__package__, "assumptions_of_files")).df()
    for listed in (problems, assumptions):
        listed["source_file"] = listed["source_file"].map(names)
    if output is not None:
        problem_list.write_problem_list(problems, output)
    return Checked(problems.to_dict("records"), assumptions.to_dict("records"))  # type: ignore[arg-type, unused-ignore]


def _has_register(taken: Taken) -> bool:
    sheets = (sheet for file in taken.files for sheet in file.parsed.sheets)
    return any(sheet.feed == "schools" and sheet.status == "accepted" for sheet in sheets)


def _judge_without_register(
    con: duckdb.DuckDBPyConnection, relations: Mapping[str, str], rule_class: RuleClass
) -> dict[str, list[Failure]]:
    """Judge as the suites do, as if every school were in the register."""
    from dagster_project.core.duck import read_sql
    from dagster_project.record import suites

    if rule_class != "logic":
        return suites.judge(con, relations, rule_class)
    alone = {}
    for feed, relation in relations.items():
        alone[feed] = relation
        if feed != "schools":
            alone[feed] = f"{relation}_alone"
            con.execute(read_sql(__package__, "as_if_registered", relation=relation))
    return suites.judge(con, alone, rule_class)
