"""Dictionaries that turn codes into Chinese, by name, and the Chinese names of marts and their columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import read_sql
from dagster_project.publish import labels
from dagster_project.publish.catalogue.models import Column

if TYPE_CHECKING:
    import duckdb

#: Mart → its own label under the empty name, and the label of each column.
Labels = Mapping[str, Mapping[str, str]]
#: Placeholders that a name does without: in brackets, in quotes, after the heading that they repeat. Others become ….
_UNNEEDED = re.compile("（[^（）]*〔[^（）]*）|“〔[^〕]*〕”|(?<=(?P<heading>..)) *〔[^〕]*(?P=heading)〕 *")
_FIGURE = re.compile(" *〔[^〕]*〕 *")


@dataclass(frozen=True)
class Lookup:
    """A dictionary that the release itself holds: code and Chinese text of a mart.

    Attributes:
        mart, code, text: where code and text are.
        print: makes the printed text from code and text.
        of_district: whether only rows of the district are read.
        order: columns that order the dictionary.
        further: texts of codes that the mart does not have.
    """

    mart: str
    code: str
    text: str
    print: Callable[[str, str], str] = lambda _, text: text
    of_district: bool = False
    order: str = "all"
    further: Mapping[str, str] = field(default_factory=dict)


def subject_of_rule(_: str, text: str) -> str:
    """What a rule is about, without the figures that its messages quote and what they ask to do."""
    return _FIGURE.sub("…", _UNNEEDED.sub("", text.split("；")[0])).removesuffix("：…。")


LOOKUPS = {
    # the name of the latest year that has one
    "schools": Lookup(
        "dim_schools", "school_code", "name_zh", of_district=True, order="school_year", further={"": "—"}
    ),
    "indicators": Lookup(
        "dim_indicators",
        "indicator_code",
        "label_zh",
        order="is_judged desc, sort_order",
        further={"": "学校达标率（全部指标）"},
    ),
    "rules": Lookup("dim_rules", "rule_code", "text_zh", subject_of_rule),
    "items": Lookup(
        "fct_rectification_ledger",
        "item_number",
        "item_title_zh",
        "{} {}".format,
        of_district=True,
        order="sort_order, reporting_month",
    ),
}


#: What a standard is about: an indicator, a condition of vocational schools, or a rule of judging.
LOOKUPS["standards"] = Lookup(
    "dim_indicators",
    "indicator_code",
    "label_zh",
    further={
        "school_compliance": "校校达标",
        "stage_share": "学段占比",
        "class_size": "班额",
        "composite_coefficient_of_variation": "综合差异系数",
        "vocational_conditions": "中职办学条件",
        **labels.CONDITION_ZH,
    },
)


class Words:
    """Dictionaries by name: those of `labels`, choices of feeds (`feed.column`), and those of the release."""

    def __init__(self, con: duckdb.DuckDBPyConnection, district_code: str) -> None:
        self._con, self._district_code = con, district_code
        self._read: dict[str, dict[Any, str]] = {}
        self._decimals: dict[str, int] = {}

    def of(self, name: str) -> Mapping[Any, str]:
        """The dictionary of this name.

        Raises:
            KeyError: there is none.
        """
        if name == "marts":
            if name not in self._read:
                self._read[name] = {mart: columns[""] for mart, columns in labels_of(self._con).items()}
            return self._read[name]
        if "." in name:
            return labels.choice_labels(*name.split("."))
        if name not in LOOKUPS:
            return labels.dictionary(name)
        if name not in self._read:
            lookup = LOOKUPS[name]
            here = " where district_code = ?" if lookup.of_district else ""
            rows = self._con.execute(
                f"select {lookup.code}, {lookup.text} from marts.{lookup.mart}{here} order by {lookup.order}",
                [self._district_code] if lookup.of_district else [],
            ).fetchall()
            # what has no name anywhere is shown by its code
            named = {code: lookup.print(code, text) for code, text in rows if text is not None}
            self._read[name] = {code: named.get(code, code) for code, _ in rows} | dict(lookup.further)
        return self._read[name]

    def decimals(self, indicator_code: str) -> int:
        """Number of decimals with which an indicator is printed."""
        if not self._decimals:
            found = self._con.execute("select indicator_code, decimals from marts.dim_indicators").fetchall()
            self._decimals = {str(code): int(decimals) for code, decimals in found}
        return self._decimals[indicator_code]


def statement_names() -> list[str]:
    """Names of the statements of the catalogue."""
    return sorted(path.stem for path in (Path(__file__).parent / "sql").glob("*.sql"))


def statement_text(name: str) -> str:
    """Text of a statement of the catalogue.

    Raises:
        FileNotFoundError: there is none of that name.
    """
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def labels_of(con: duckdb.DuckDBPyConnection) -> Labels:
    """Labels of all marts of a release, which hold them as comments on tables and columns."""
    found: dict[str, dict[str, str]] = {}
    for mart, label in con.execute(read_sql(__package__, "labels_of_tables")).fetchall():
        found[mart] = {"": label or ""}
    for mart, column, label in con.execute(read_sql(__package__, "labels_of_marts_columns")).fetchall():
        found.setdefault(mart, {})[column] = label or ""
    return found


def decimals_of(column: Column, row: Mapping[str, Any]) -> int:
    """Decimals of a row's value; 0 for kinds without any, and where only the release knows them (`Words.decimals`)."""
    if column.kind != "number" or column.decimals == "indicator":
        return 0
    if column.decimals == "condition":
        return labels.CONDITION_DECIMALS.get(row["condition_code"], 0)
    return column.decimals


def heading(mart: str, column: Column, labels_zh: Labels) -> str:
    """Heading of a column: the label of what its cells show.

    Raises:
        KeyError: neither the mart nor the catalogue has a label.
    """
    if column.label_zh:
        return column.label_zh
    if column.label_of:
        mart, _, name = column.label_of.partition(".")
        return labels_zh[mart][name or column.name]
    lookup = LOOKUPS.get(column.words)
    label = labels_zh[lookup.mart][lookup.text] if lookup else labels_zh[mart][column.name]
    if not label:
        raise KeyError(f"{mart}.{column.name} has no label")
    return label
