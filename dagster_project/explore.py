"""What a notebook needs: the release in force, opened for one query at a time, and charts drawn on this machine.

A connection is closed at the end of each call, so an idle kernel never blocks a run, a switch to a newer release or
the removal of an old one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import PARAMETER, open_marts, quote_name, read_sql
from dagster_project.core.errors import UserError
from dagster_project.core.homes import PROJECT_ROOT, SAMPLE_HOME, Home
from dagster_project.core.numbers import NONE_ZH, shown

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from dagster_project.publish import catalogue
    from dagster_project.publish.phrases import Phrases

#: The folder with releases that notebooks read, relative to the project; the sample's unless it is set.
HOME_VARIABLE = "JUNHENG_HOME"


@dataclass(frozen=True)
class Release:
    """One published release, as the committee has it; nothing in it can be changed from here."""

    folder: Path

    @property
    def release_id(self) -> str:
        return self.folder.name

    @property
    def description(self) -> dict[str, Any]:
        """What `release.json` says: as-of date, files, what was left out, whether the figures are synthetic."""
        found: dict[str, Any] = json.loads((self.folder / "release.json").read_text(encoding="utf-8"))
        return found

    def query(self, sql: str, values: Sequence[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Rows of any select; tables are named plainly (`fct_school_indicators`) or as `marts.<table>`.

        Args:
            sql: one statement in DuckDB's SQL.
            values: for `?` a sequence, for `$name` a dictionary.

        Raises:
            duckdb.Error: the statement fails, or tries to write.
        """
        with open_marts(self.folder / "marts.duckdb") as con:
            return con.execute(sql, values or []).df()

    def table(self, name: str, **where: Any) -> pd.DataFrame:
        """Rows of one table, in the order of its columns.

        Args:
            name: of the table.
            where: columns and the value each must have, e.g. `school_year=2023`.

        Raises:
            UserError: no such table.
        """
        if name not in set(self.tables()["table"]):
            raise UserError(f"版本里没有名为 {name} 的表；release.tables() 列出全部。")
        given = " and ".join(f"{quote_name(column)} = ?" for column in where) or "true"
        return self.query(f"select * from {name} where {given} order by all", list(where.values()))

    def tables(self) -> pd.DataFrame:
        """All tables: `table`, `label_zh`, `rows`."""
        return self.query(read_sql(__package__, "tables_of_release"))

    def columns(self, table: str) -> pd.DataFrame:
        """Columns of a table in their order: `column`, `label_zh`, `type`."""
        return self.query(read_sql(__package__, "columns_of_table", table=PARAMETER), [table])

    @property
    def school_year(self) -> int:
        """Latest school year for which schools are judged.

        Raises:
            UserError: no school was judged.
        """
        year = self.query("select max(school_year) as year from fct_school_compliance")["year"].iloc[0]
        if year != year or year is None:  # a null comes as NaN
            raise UserError(f"版本 {self.release_id} 里没有参评学校的数据。")
        return int(year)

    def phrases(self, school_year: int | None = None) -> Phrases:
        """Thresholds in force in a school year, the latest by default, and the sentences that hold them."""
        from dagster_project.publish.phrases import load_phrases

        with open_marts(self.folder / "marts.duckdb") as con:
            return load_phrases(con, school_year or self.school_year)

    def in_chinese(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as people read it: codes become words, and columns get the labels that the tables give them.

        A column of the caller's own making keeps its name. If two columns would get the same label, both keep
        their names.
        """
        from dagster_project.publish import catalogue

        found = frame.copy()
        with open_marts(self.folder / "marts.duckdb") as con:
            said = catalogue.labels_of(con)
            words = _words(catalogue.Words(con, ""))
        # a name that tables use differently is read as in the table that has most of the frame's columns
        likely = sorted(said, key=lambda mart: len(said[mart].keys() & set(found.columns)))
        labels = {n: said[mart][n] for n in found.columns for mart in likely if n in said[mart]}
        for mart in ("", *likely):
            for column, codes in words.get(mart, {}).items():
                if column in found.columns:
                    found[column] = frame[column].map(codes).fillna(frame[column]).fillna("")
        twice = {label for label in labels.values() if list(labels.values()).count(label) > 1}
        return found.rename(columns={n: label for n, label in labels.items() if label not in twice})

    def show(self, frame: pd.DataFrame, *, decimals: int = 2, upright: bool = False) -> None:
        """The frame below the cell as people read it: Chinese, whole numbers whole, a dash where there is nothing.

        Args:
            frame: any.
            decimals: of numbers that aren't whole.
            upright: columns as rows, for one row of many columns.
        """
        from IPython.display import display

        read = self.in_chinese(frame)
        if upright:
            index = [str(i) for i in range(len(read))]
            read = read.astype(object).T.set_axis(index, axis=1)
        styled = read.style.format(lambda v: shown(v, decimals, thousands=True, none_zh=NONE_ZH))
        display(styled.hide(axis="columns" if upright else "index"))  # type: ignore[no-untyped-call,unused-ignore]


def current_release(home: Path | None = None) -> Release:
    """The release in force.

    Args:
        home: folder that holds `current`; without one the environment's JUNHENG_HOME, or the sample's home.

    Raises:
        UserError: nothing is published there yet.
    """
    place = Home(home or PROJECT_ROOT / os.environ.get(HOME_VARIABLE, str(SAMPLE_HOME)))
    folder = place.current_dir()
    if folder is None or not folder.is_dir():
        raise UserError(
            f"{place.root} 还没有发布过版本；请先运行 make run（示例）或 junheng run（自己的数据）。"
        )
    return Release(folder)


def judge_again(
    figures: pd.DataFrame,
    *,
    indicators_needed: dict[str, float],
    floor_ratio: dict[str, float],
    maxima: Collection[str] = (),
) -> pd.DataFrame:
    """Judge schools by the rules of `fct_school_compliance`, with the thresholds of the frame.

    Args:
        figures: judged rows of `fct_school_indicators` with `school_year`, `school_code`, `stage`, `scope`, `value`
            and `threshold`; thresholds may have been changed.
        indicators_needed: stage → how many indicators must be met.
        floor_ratio: stage → share of the threshold that each indicator must reach.
        maxima: codes of the indicators whose threshold is the largest value allowed; others are the least. With them
            the frame needs `indicator_code`.

    Returns:
        One row per school, stage and year: `status` as in `fct_school_compliance`, `indicators_met`,
        `indicators_missing`.
    """
    rows = figures[figures["threshold"].notna()].copy()
    # the tables' comparison: equal counts as reached, whatever binary floating point makes of it
    slack = 1e-12
    share = rows["stage"].map(floor_ratio)
    is_maximum = rows["indicator_code"].isin(list(maxima)) if maxima else rows["threshold"].isna()
    # what is at most allowed becomes, with its sign turned, what is at least wanted
    turn = 1 - 2 * is_maximum.astype(int)
    floors = turn * (rows["threshold"] * share).where(~is_maximum, rows["threshold"] / share)
    values, limits = turn * rows["value"], turn * rows["threshold"]
    rows["judged"] = 1
    rows["met"] = values >= limits - slack * limits.abs()
    rows["missing"] = rows["value"].isna()
    rows["under"] = (values < floors - slack * floors.abs()) & ~rows["missing"]
    key = ["school_year", "school_code", "stage"]
    units = rows.groupby(key, as_index=False).agg(
        scope=("scope", "max"), judged=("judged", "sum"), indicators_met=("met", "sum"),
        indicators_missing=("missing", "sum"), under=("under", "sum"),
    )  # fmt: skip
    needed = units["stage"].map(indicators_needed)
    below = units["judged"] - units["indicators_met"] - units["indicators_missing"]
    units["status"] = "not_compliant"
    units.loc[units["indicators_met"] >= needed, "status"] = "compliant"
    units.loc[units["indicators_missing"] > 0, "status"] = "undetermined"
    units.loc[(below > units["judged"] - needed) | (units["under"] > 0), "status"] = "not_compliant"
    outside = units["scope"] != "in_scope"
    units.loc[outside, "status"] = units.loc[outside, "scope"]
    return units[[*key, "status", "indicators_met", "indicators_missing"]]


def show(chart: alt.TopLevelMixin) -> None:
    """Draw a chart of `dagster_project.publish.charts` below the cell, as a picture made on this machine."""
    from IPython.display import SVG, display

    from dagster_project.publish.charts import to_svg

    display(SVG(to_svg(chart)))  # type: ignore[no-untyped-call,unused-ignore]


def _words(dictionaries: catalogue.Words) -> dict[str, dict[str, Mapping[Any, str]]]:
    """Mart → column → Chinese words of its codes, as the catalogue has them on pages; "" has those of any table.

    Dictionaries of one district (names of its groups, items) are left out.
    """
    from dagster_project.publish import catalogue, labels
    from dagster_project.publish.catalogue.words import LOOKUPS
    from dagster_project.publish.labels import stage_words

    status = {**labels.STATUS_ZH, "in_scope": "参评"}
    found: dict[str, dict[str, Mapping[Any, str]]] = {
        "": {
            **dict.fromkeys(("status", "cv_status", "pay_status", "scope"), status),
            "missing_reason": labels.MISSING_ZH,
            "stage": stage_words(),
            "ownership": {**labels.choice_labels("schools", "ownership"), "all": "合计"},
            "school_type": labels.choice_labels("schools", "school_type"),
        }
    }
    for table in catalogue.load().tables.values():
        for column in table.columns:
            is_own = column.words in LOOKUPS and LOOKUPS[column.words].of_district
            if column.words and not is_own and column.name not in found[""]:
                for mart in (table.mart, ""):
                    found.setdefault(mart, {}).setdefault(column.name, dictionaries.of(column.words))
            elif column.kind == "verdict" and column.name not in found[""]:
                found.setdefault(table.mart, {}).setdefault(column.name, labels.STATUS_ZH)
    return found
