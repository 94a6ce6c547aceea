"""Two versions of a return: cells that differ, and figures that differ because of them.

The figures are computed by the dbt models, once per version: on the rows in force, with the rows of the schools in
question replaced by those of the version.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import attach, read_sql
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.files.grid import cells_of
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.reader import Worker
from dagster_project.intake.readings import kept_under, read_reading
from dagster_project.questions.year_of_file import year_of_file
from dagster_project.warehouse import build

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

CELL_COLUMNS = (
    "feed", "feed_zh", "school_code", "key_zh", "column_name", "column_zh", "kind", "value_before", "value_after",
    "sheet_before", "cell_before", "sheet_after", "cell_after", "refused_before", "refused_after",
)  # fmt: skip
_STUDENT_FEEDS = ("enrolment", "class_sizes")
_EXTRAS = ("row_number", "part", "has_fault", "lookup_name")


@dataclass(frozen=True)
class Version:
    """One version of a return: what it is called, its school year, and what it holds."""

    name: str
    school_year: int
    parsed: ParsedFile


def read_version(home: Home, raw_root: Path, text: str, school_year: int | None) -> Version:
    """Read a version: a file on disk, or `N:path`, the file that submission N brought under that path.

    Args:
        home: whose vault.
        raw_root: whose layouts apply.
        text: what the person wrote.
        school_year: year of a file that is in no year's folder.

    Raises:
        UsageError: there is no such file.
        UserError: the file can't be read.
    """
    number, _, path = text.partition(":")
    with Worker(raw_root) as worker:
        try:
            if number.isdigit() and path:
                manifest = read_manifest(home)
                found = [f for f in manifest.files if f.submission == int(number) and f.path == path]
                if not found or not found[0].sha256 or found[0].school_year is None:
                    raise UsageError(_not_received_zh(manifest, int(number), path))
                year = int(found[0].school_year)
                if not found[0].is_kept and not found[0].reading:
                    raise UsageError(f"{text}：这个文件没有读取，也没有保存原件，不能比较。")
                content = vault.content_of(home, kept_under(found[0]))
                parsed = worker.parse(content, path, year) if found[0].is_kept else read_reading(content)
                return Version(text, year, parsed)
            file = Path(text)
            if not file.is_file():
                raise UsageError(f"没有找到文件 {text}；已收到的文件写成 提交号:路径，如 3:2023/东镇.xlsx。")
            chosen, _ = year_of_file(file, worker, school_year)
            return Version(text, chosen, worker.parse(file, file.name, chosen))
        except RejectedFile as error:
            raise UserError(f"{text}：{error.message_zh}") from error


def _not_received_zh(manifest: Manifest, number: int, path: str) -> str:
    """Message for a file that a submission didn't bring, with those that can be meant."""
    others = [str(f.submission) for f in manifest.files if f.path == path]
    if others:
        return f"第 {number} 次提交里没有文件 {path}；收到过它的是第 {'、'.join(others)} 次提交。"
    brought = [f.path for f in manifest.files if f.submission == number and not f.is_evidence]
    if not brought:
        return (
            f"没有第 {number} 次提交；一共收到过 {len(manifest.submissions)} 次（每次运行有新文件的算一次）。"
        )
    return f"第 {number} 次提交里没有文件 {path}；这一次收到的有：{'、'.join(brought[:5])}{' 等' if len(brought) > 5 else ''}。"


def compare_cells(before: Version, after: Version, school: str | None = None) -> pd.DataFrame:
    """Cells that differ, one row per cell, in CELL_COLUMNS; pay is shown, since only analysts compare returns.

    Args:
        before: the one version.
        after: the other.
        school: only this school's rows.
    """

    sides = [_cells(version) for version in (before, after)]
    merged = sides[0].merge(
        sides[1],
        on=["feed", "key", "column_name"],
        how="outer",
        suffixes=("_before", "_after"),
        indicator=True,
    )
    merged["kind"] = (
        merged["_merge"].map({"left_only": "removed", "right_only": "added", "both": "changed"}).astype(str)
    )
    for name in ("value_before", "value_after", "refused_before", "refused_after"):
        merged[name] = merged[name].fillna("")
    differs = merged["value_before"] != merged["value_after"]
    # a cell that can't be used has no value; its text may differ all the same
    differs |= merged["refused_before"] != merged["refused_after"]
    changed = merged[differs].copy()
    feeds = load_feeds()
    for name in ("school_code", "key_zh"):
        changed[name] = changed[f"{name}_after"].fillna(changed[f"{name}_before"])
    changed["feed_zh"] = changed["feed"].map(lambda f: feeds[f].name_zh)
    changed["column_zh"] = [
        feeds[f].column(c).heading_zh for f, c in zip(changed["feed"], changed["column_name"], strict=True)
    ]
    if school is not None:
        changed = changed[changed["school_code"] == school]
    columns = list(CELL_COLUMNS)
    found: pd.DataFrame = changed.reindex(columns=columns).fillna("")
    return found.sort_values(["feed", "key_zh", "column_name"], kind="stable").reset_index(drop=True)


def _cells(version: Version) -> pd.DataFrame:
    """Every value of a version: feed, key, column, value as text, sheet and cell."""
    import pandas as pd

    names = ["feed", "key", "school_code", "key_zh", "column_name", "value", "sheet", "cell", "refused"]
    parts = [pd.DataFrame(columns=names, dtype=str)]
    for sheet in version.parsed.sheets:
        if sheet.status not in ("accepted", "held") or not sheet.columns.get("row_number"):
            continue
        feed = load_feeds()[sheet.feed]
        frame = pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in sheet.columns.items()})
        keys = [frame[k].map(_text) for k in feed.grain]
        frame["key"] = pd.Series(
            ["|".join(k) for k in zip(*keys, strict=True)], index=frame.index, dtype=object
        )
        known = [k for k in feed.grain if k != feed.identity]
        shown = [[_word(feed, k, v) for v in frame[k]] for k in known]
        frame["key_zh"] = [" ".join(k) for k in zip(*shown, strict=True)] if shown else ""
        code = frame["school_code"].map(_text) if "school_code" in frame else ""
        refused = {p.cell: p.message_zh for p in sheet.problems if p.severity == "quarantine_row" and p.cell}
        for part, letters in enumerate(sheet.column_maps):
            rows = frame[frame["part"] == part]
            for name, letter in letters.items():
                if name in feed.grain:
                    continue
                placed = [cells_of(letter, sheet.sheet, n) for n in rows["row_number"]]
                cells = [found[0] if found else "" for _, found in placed]
                named = [
                    c if p == sheet.sheet else f"{p}!{c}" for (p, _), c in zip(placed, cells, strict=True)
                ]
                parts.append(
                    pd.DataFrame(
                        {
                            "feed": sheet.feed,
                            "key": rows["key"],
                            "school_code": code if isinstance(code, str) else code[rows.index],
                            "key_zh": rows["key_zh"],
                            "column_name": name,
                            "value": [_word(feed, name, v) for v in rows[name]],
                            "sheet": [place for place, _ in placed],
                            "cell": cells,
                            "refused": [refused.get(cell, "") for cell in named],
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True).drop_duplicates(["feed", "key", "column_name"], keep="last")


def _word(feed: Feed, column: str, value: Any) -> str:
    """A value as the return writes it: the Chinese word of a choice, 是 or 否, else its text."""
    if isinstance(value, bool):
        return "是" if value else "否"
    text = _text(value)
    return next((word for word, known in feed.column(column).choices.items() if str(known) == text), text)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def compare_figures(
    analyst: Path, before: Version, after: Version, school: str | None = None
) -> pd.DataFrame:
    """Figures and statuses of the files' schools under either version.

    Args:
        analyst: analyst's database of the release whose other rows are kept.
        before: the one version.
        after: the other.
        school: only this school.

    Returns:
        One row per school, stage and indicator (empty: the school as a whole) whose value or status differs:
        `school_year`, `school_code`, `stage`, `indicator_code`, `label_zh`, `value_before`, `value_after`,
        `status_before`, `status_after`.
    """

    tables = [_figures(analyst, version, (before, after)) for version in (before, after)]
    keys = ["school_year", "school_code", "stage", "indicator_code"]
    merged = tables[0].merge(tables[1], on=keys, how="outer", suffixes=("_before", "_after"))
    a, b = merged["value_before"].astype(float), merged["value_after"].astype(float)
    same = (a.isna() & b.isna()) | ((a - b).abs() <= 1e-12 * a.abs().clip(lower=1))
    statuses = [merged[f"status_{s}"].fillna("") for s in ("before", "after")]
    moved: pd.DataFrame = merged[~same | (statuses[0] != statuses[1])].copy()
    moved["label_zh"] = moved["label_zh_after"].fillna(moved["label_zh_before"])
    if school is not None:
        moved = moved[moved["school_code"] == school]
    columns = [*keys, "label_zh", "value_before", "value_after", "status_before", "status_after"]
    return moved[columns].sort_values(keys).reset_index(drop=True)


def _figures(analyst: Path, version: Version, versions: Sequence[Version]) -> pd.DataFrame:
    """Figures with one version's rows in place of those of all versions' schools."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="junheng-diff-") as scratch:
        database = Path(scratch) / build.DATABASE_NAME
        with duckdb.connect(str(database)) as con:
            attach(con, analyst, "kept")
            con.execute("create schema accepted")
            names = con.execute(read_sql(__package__, "accepted_tables")).fetchall()
            for (name,) in names:
                con.execute(f"create table accepted.{name} as select * from kept.accepted.{name}")
            con.execute("detach kept")
            for feed in load_feeds().values():
                _replace_rows(con, feed, version, versions)
        build.run_models(
            database, select=["+fct_school_indicators", "+fct_school_compliance", "dim_indicators"]
        )
        with duckdb.connect(str(database), read_only=True) as con:
            sql = read_sql(__package__, "figures_of_year", school_year=version.school_year)
            return con.execute(sql).df()


def _replace_rows(
    con: duckdb.DuckDBPyConnection, feed: Feed, version: Version, versions: Sequence[Version]
) -> None:
    import pandas as pd

    if feed.is_ledger:
        return
    unit = list(feed.unit_key)
    units = [_rows(v, feed)[unit] for v in versions]
    touched = pd.concat([u for u in units if len(u)], ignore_index=True) if any(map(len, units)) else None
    if touched is None:
        return
    con.register("touched", touched.drop_duplicates())
    given = {
        "school_year": version.school_year,
        "feed": feed.feed,
        "columns": [(c.name, c.duckdb_type) for c in feed.columns],
        "unit": unit,
    }
    con.execute(read_sql(__package__, "delete_touched_rows", **given))
    con.unregister("touched")
    rows = _rows(version, feed)
    if len(rows):
        con.register("given", rows)
        con.execute(read_sql(__package__, "insert_given_rows", **given))
        con.unregister("given")


def _rows(version: Version, feed: Feed) -> pd.DataFrame:
    """Rows of a feed that reading found no fault in."""
    import pandas as pd

    frames = [
        pd.DataFrame({n: pd.Series(v, dtype=object) for n, v in sheet.columns.items()})
        for sheet in version.parsed.sheets
        if sheet.feed == feed.feed
        and sheet.status in ("accepted", "held")
        and sheet.columns.get("row_number")
    ]
    if not frames:
        return pd.DataFrame(columns=[*_EXTRAS, *(c.name for c in feed.columns)])
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[~rows["has_fault"].astype(bool)]
    return rows.drop_duplicates(list(feed.grain))


def indicators_of_cells(cells: pd.DataFrame, declared: pd.DataFrame) -> list[list[str]]:
    """Per changed cell the codes of the indicators that are computed from its column.

    Args:
        cells: as `compare_cells` returns them.
        declared: `indicator_code`, `feed`, `column_name` of every declared source; numbers of students are not
            declared, since every indicator divides by them.
    """
    by_column = declared.groupby(["feed", "column_name"])["indicator_code"].agg(
        lambda codes: sorted(set(codes))
    )
    all_codes = sorted(set(declared["indicator_code"]))
    return [
        all_codes if feed in _STUDENT_FEEDS else by_column.get((feed, column), [])
        for feed, column in zip(cells["feed"], cells["column_name"], strict=True)
    ]
