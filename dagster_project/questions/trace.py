"""How a school's figure was computed: formula, split, standard and every source cell, joined when asked.

The joins are in `warehouse/source_cells.py`; here the readings of one figure become a `FigureTrace`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import PARAMETER, read_sql, rows
from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.layout_files import read_layout
from dagster_project.intake.parse.sheet_words import ratios_of_units
from dagster_project.questions.figure_trace import (
    FigureTrace,
    SourceCell,
    StageWeight,
    StandardInForce,
    total_of,
)
from dagster_project.questions.trace_words import (
    formula_zh,
    has_table,
    notes_zh,
    number_zh,
    place_zh,
    read_as_zero_zh,
)
from dagster_project.warehouse.source_cells import cells_in_vault, number_in, opened, readings_sql
from dagster_project.warehouse.standards import load_standards, threshold_of

if TYPE_CHECKING:
    import duckdb


#: Parameters of the queries about one figure, in this order.
_KEY = dict.fromkeys(("school_code", "indicator_code", "school_year", "stage"), PARAMETER)


def recompute_sql(readings: str) -> str:
    """Query that computes figures again from a relation of readings, without the arithmetic of the marts."""
    return read_sql(__package__, "recompute", readings=readings)


def trace_figure(
    con_or_database: duckdb.DuckDBPyConnection | Path,
    school_code: str,
    indicator_code: str,
    school_year: int,
    stage: str,
) -> FigureTrace:
    """One figure with its formula, standard, split and source cells.

    Args:
        con_or_database: the analyst's `marts.duckdb`, or a connection in which `marts`, `accepted` and `seeds`
            are reachable.
        school_code: the unit's code (a campus belongs to its master's unit).
        indicator_code: code of the indicator.
        school_year: calendar year in which the school year starts.
        stage: `primary` or `junior_secondary`.

    Raises:
        UsageError: there is no such figure.
    """
    with opened(con_or_database) as con:
        key = [school_code, indicator_code, school_year, stage]
        figures = rows(con, read_sql(__package__, "traced_figure", **_KEY), key)
        if not figures:
            raise UsageError(f"没有 {school_code} {school_year} 学年的这个指标。")
        figure = figures[0]
        of_figure = "f.school_code = ? and f.indicator_code = ? and f.school_year = ? and f.stage = ?"
        con.execute("create or replace temp table lineage_readings as " + readings_sql(con, of_figure), key)
        try:
            recomputed = rows(con, recompute_sql("lineage_readings"))[0]
            cells = _source_cells(con)
            notes = notes_zh(con, figure, cells)
        finally:
            con.execute("drop table lineage_readings")
        split = _split(cells)
        members = {c.school_code: c.school_name for c in cells}
        names = [m for m in members if m != school_code]
        found = FigureTrace(
            school_code=school_code,
            school_name=figure["name_zh"],
            school_year=school_year,
            stage=stage,
            indicator_code=indicator_code,
            label_zh=figure["label_zh"],
            unit_zh=figure["unit_zh"],
            numerator_unit_zh=figure["numerator_unit_zh"],
            decimals=figure["decimals"],
            value=figure["value"],
            numerator=figure["numerator"],
            denominator=figure["denominator"],
            source_total=figure["source_total"],
            share=figure["stage_share"],
            status=figure["status"],
            missing_reason=figure["missing_reason"],
            formula_zh=formula_zh(figure, cells, is_split=bool(split)),
            standard=_standard(con, figure),
            gap_to_threshold=figure["gap_to_threshold"],
            gap_to_floor=figure["gap_to_floor"],
            floor_ratio=threshold_of(
                load_standards(con, school_year), "school_compliance", "floor_ratio", stage
            ),
            recomputed=recomputed["value"],
            split=split,
            members=((school_code, figure["name_zh"]), *((m, members[m]) for m in names)),
            cells=tuple(cells),
            notes=tuple(notes),
        )
    return found


def _source_cells(con: duckdb.DuckDBPyConnection) -> list[SourceCell]:
    """Cells of the readings of the figure, with names, units and corrections."""
    sql = read_sql(__package__, "traced_cells", has_corrections=has_table(con, "corrections"))
    feeds = load_feeds()
    cells = []
    for row in rows(con, sql):
        column = feeds[row["feed"]].column(row["column_name"])
        cells.append(
            SourceCell(
                reading=row["reading_number"],
                role=row["role"],
                factor=row["factor"],
                state=row["state"],
                school_code=row["member_code"],
                school_name=row["name_zh"] or row["member_code"],
                stage=row["member_stage"],
                feed=row["feed"],
                feed_zh=feeds[row["feed"]].name_zh,
                column_name=row["column_name"],
                heading_zh=column.heading_zh,
                value=row["value"],
                unit_zh=column.unit_zh,
                source_file=row["source_file"],
                sheet=row["sheet"],
                row_number=row["row_number"],
                cell=row["cell"],
                cells_in_sum=row["cell_count"],
                roster_rows=row["roster_rows"] or "",
                sha256=row["sha256"],
                received_at=row["received_at"],
                submission=row["submission"],
                original=row["original"],
                is_subtracted=row["is_subtracted"],
            )
        )
    return cells


def _split(cells: Sequence[SourceCell]) -> tuple[StageWeight, ...]:
    weights = [c for c in cells if c.role == "split_weight"]
    order = list(load_feeds()["staffing"].column("stage").choices.values())
    stages = sorted({(c.stage or "", c.factor) for c in weights}, key=lambda s: order.index(s[0]))
    return tuple(
        StageWeight(stage, total_of([c for c in weights if c.stage == stage]), factor)
        for stage, factor in stages
    )


def compare_with_vault(home: Home, trace: FigureTrace) -> tuple[int, list[str]]:
    """Compare the source cells with the files as received.

    Args:
        home: home with the vault.
        trace: whose cells.

    Returns:
        Number of cells compared, and one Chinese sentence per value that differs.

    Raises:
        FileNotFoundError: the vault doesn't hold one of the files.
    """
    computed = computed_by_layouts(home, {c.sha256 for c in trace.cells if c.sha256})
    unkept = {f.sha256 for f in read_manifest(home).files if not f.is_kept}
    placed = [
        c
        for c in trace.cells
        if c.cell
        and c.state == "value"
        and c.sha256 not in unkept
        and (c.sha256, c.sheet, c.feed, c.column_name) not in computed
    ]
    keys = {(c.sha256 or "", c.source_file or "", c.sheet or "", c.cell or "") for c in placed}
    found = cells_in_vault(home, keys)
    readings: dict[int, list[SourceCell]] = {}
    for cell in placed:
        readings.setdefault(cell.reading, []).append(cell)
    differences = []
    for cells in readings.values():
        there = [found[c.sha256 or "", c.sheet or "", c.cell or ""] for c in cells]
        original = cells[0].original
        if original is not None and is_as_corrected(original, there, is_pay=_is_pay(cells[0])):
            continue
        wanted = cells[0].value if original is None else number_in(original)
        numbers = [0.0 if is_blank(value) else number_in(value) for value in there]
        signed = [
            -number if cell.is_subtracted else number
            for cell, number in zip(cells, numbers, strict=True)
            if number is not None
        ]
        total = None if None in numbers else sum(signed)
        if wanted is None or total is None or not _is_same(total, wanted, cells[0].unit_zh):
            shown = "、".join(clean_text(value) or "空" for value in there)
            differences.append(
                f"{place_zh(cells[0])} 原件里是 {shown}，采用的是 {number_zh(cells[0].value)}。"
            )
    return len(found), list(dict.fromkeys(differences))


def read_as_zero(home: Home, trace: FigureTrace) -> list[str]:
    """One Chinese sentence per value of cells left blank that counts as zero by the rule of its table.

    Args:
        home: home with the vault.
        trace: whose cells.

    Raises:
        FileNotFoundError: the vault doesn't hold one of the files.
    """
    unkept = {f.sha256 for f in read_manifest(home).files if not f.is_kept}
    zeros = [
        c
        for c in trace.cells
        if c.cell and c.state == "value" and c.value == 0 and c.original is None and c.sha256 not in unkept
    ]
    keys = {(c.sha256 or "", c.source_file or "", c.sheet or "", c.cell or "") for c in zeros}
    found = cells_in_vault(home, keys) if keys else {}
    blank = [c for c in zeros if is_blank(found[c.sha256 or "", c.sheet or "", c.cell or ""])]
    return [read_as_zero_zh(c) for c in blank]


def is_as_corrected(original: str, there: Sequence[object], *, is_pay: bool) -> bool:
    """Whether cells hold what a correction says that they held: the same words, or nothing; numbers are compared elsewhere.

    Args:
        original: what the correction expects; not kept of pay, which therefore isn't compared.
        there: the cells as received.
        is_pay: the column holds pay.
    """
    if is_pay and not original:
        return True
    return all(clean_text(value) == clean_text(original) for value in there)


def _is_pay(cell: SourceCell) -> bool:
    return bool(cell.column_name) and load_feeds()[cell.feed].column(cell.column_name).may_be_pay


def computed_by_layouts(home: Home, digests: Collection[str]) -> set[tuple[str, str, str, str]]:
    """File, sheet, feed and column of values that are no plain number of a cell, or sum of such, but what a layout makes.

    Args:
        home: home with the vault, which keeps the layouts.
        digests: hashes of the files in question.
    """
    manifest = read_manifest(home)
    kept = {s.submission: s.layouts for s in manifest.submissions}
    found = set()
    for file in manifest.files:
        for sheet in file.sheets if file.sha256 in digests else ():
            if sheet.layout:
                try:
                    layout = read_layout(home.vault / kept[file.submission][sheet.layout])
                    names = layout.computed_columns(sheet.feed)
                except (
                    UserError
                ):  # an early layout, which is refused today: what its columns hold is not known
                    names = {column.name for column in load_feeds()[sheet.feed].columns}
                found |= {(file.sha256, sheet.sheet, sheet.feed, name) for name in names}
    return found


def _is_same(there: float, taken: float, unit_zh: str) -> bool:
    """True if two figures are equal, or differ by the size of a unit that a return may state (元 for 万元)."""
    ratios = [1.0, *ratios_of_units(unit_zh)]
    return any(abs(there * ratio - taken) <= 1e-9 * max(abs(taken), 1.0) for ratio in ratios)


def _standard(con: duckdb.DuckDBPyConnection, figure: dict[str, Any]) -> StandardInForce | None:
    """The standard that the figure was judged by."""
    if figure["threshold"] is None:
        return None
    key = [figure["indicator_code"], figure["stage"], figure["school_year"], figure["threshold"]]
    found = rows(con, read_sql(__package__, "standard_of_figure", threshold=PARAMETER, **_KEY), key)
    return StandardInForce(**found[0]) if found else None


def require_lineage(con: duckdb.DuckDBPyConnection) -> None:
    """Make sure that a release declares the sources of its indicators.

    Raises:
        UserError: it was built before the sources of the indicators were declared.
    """
    found = con.execute("from duckdb_tables() where table_name = 'indicator_sources'").fetchall()
    if not found:
        raise UserError("这个版本建得较早，没有登记指标的来源；请重新运行 junheng run 发布新版本。")
