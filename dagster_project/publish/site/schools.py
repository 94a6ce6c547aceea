"""The view of one school, and the script files it and the matrix are read from.

A data file holds, per mart, the names of the columns and the rows of the schools of one part of the district (a
town, or a piece of a large one). Source cells have files of their own, loaded when a reader asks where a figure comes
from.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_project.core.duck import read_sql
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import catalogue, labels
from dagster_project.publish.site.marts import JUDGED_STAGES, Marts
from dagster_project.publish.site.pages import SitePage, specification

#: Most schools of one data file.
PART_SCHOOLS = 150

#: Columns that the scripts read besides those of the tables that the catalogue places on the page of a school,
#: by mart.
_FURTHER_COLUMNS: dict[str, tuple[str, ...]] = {
    "dim_schools": (
        "ownership", "is_rural", "is_boarding", "founded_year", "education_group", "master_school_code", "is_held",
        "held_reason_zh",
    ),
    "fct_school_compliance": (
        "school_year", "school_code", "stage", "students", "indicators_met", "indicators_available",
        "lowest_indicator_code", "lowest_ratio", "status", "reason_zh",
    ),
    "fct_school_indicators": (
        "numerator", "denominator", "source_total", "stage_share", "missing_reason", "gap_to_floor",
    ),
    "fct_school_variance_shares": (
        "school_year", "school_code", "stage", "indicator_code", "student_share", "variance_share",
    ),
    "fct_classes": ("class_count", "size_band_minimum", "size_band_maximum", "is_estimated"),
    "fct_completeness": ("due",),
    "rpt_stage_shares": ("classes", "school_stages"),
}  # fmt: skip
#: Marts of which only the latest year is read, besides the tables that say so.
_LATEST_ONLY = frozenset(("fct_school_variance_shares",))
#: Condition on the figures: those of the schools whose pages are written.
_OF_PARTS = "f.school_code in (select school_code from site_parts)"
_MATRIX_COLUMNS = (
    "school_code", "name_zh", "town", "school_type", "ownership", "education_group", "part", "stage", "students",
    "indicators_met", "indicators_available", "lowest_ratio", "status",
)  # fmt: skip
#: Marts whose labels the scripts print as headings.
_LABELLED = ("dim_schools", "fct_school_compliance", "fct_school_indicators", "fct_school_variance_shares")


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage:
    """The shell of a school's view; the address names the school: `school.html#<code>`."""
    return SitePage(spec.file, spec.title_zh, "school.html.j2")


def write_data(marts: Marts, folder: Path, analyst_database: Path | None) -> list[str]:
    """Write `data/` of every district: what they share, the matrix, the schools, their figures, source cells.

    Returns:
        Names of the files, relative to `folder`.
    """
    given = ", ".join(f"'{code}'" for code in marts.written)
    marts.con.execute(read_sql(__package__, "site_schools", size=PART_SCHOOLS, districts=given))
    places = {code: folder / code / "data" if marts.several else folder / "data" for code in marts.written}
    written = []
    has_cells = analyst_database is not None
    for code, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        common = _common(marts, code, has_cells)
        written.append(_write(place, "common", json.dumps(common, ensure_ascii=False, default=str)))
    codes = [i["indicator_code"] for i in marts.indicators]
    matrix = read_sql(__package__, "matrix", codes=codes, columns=_MATRIX_COLUMNS)
    for name, statement in (("matrix", matrix), ("schools", read_sql(__package__, "school_index"))):
        for code, text in marts.con.execute(statement).fetchall():
            written.append(_write(places[code], name, text))
    parts: dict[tuple[str, int], list[str]] = {}
    for mart, (columns, is_latest) in _columns_of_marts().items():
        statement = read_sql(__package__, "school_rows", mart=mart, columns=columns, is_latest=is_latest)
        head = json.dumps(columns)
        for code, part, rows in marts.con.execute(statement).fetchall():
            parts.setdefault((code, part), []).append(f'"{mart}":{{"columns":{head},"rows":{rows}}}')
    for (code, part), texts in parts.items():
        written.append(_write(places[code], f"schools_{part}", "{" + ",\n".join(texts) + "}"))
    if analyst_database is not None:
        for code, part, text in _cells(marts, analyst_database):
            written.append(_write(places[code], f"cells_{part}", text))
    marts.con.execute("drop table temp.site_schools")
    return [path.relative_to(folder).as_posix() for path in written]


def _tables() -> list[catalogue.Table]:
    """Tables that the catalogue places on the page of a school."""
    return [t for t in catalogue.load().tables.values() if t.site and t.site.page == "school.html"]


def _columns_of_marts() -> dict[str, tuple[list[str], bool]]:
    """Mart → columns that the page of a school needs, and whether only the latest year is read."""
    needed: dict[str, list[str]] = {}
    for table in (t for t in _tables() if t.mart):
        shown = [name for c in table.columns for name in (c.name, c.verdict) if name]
        needed.setdefault(table.mart, []).extend((*table.key, *shown, *catalogue.ordered_by(table)))
    for mart, columns in _FURTHER_COLUMNS.items():
        needed.setdefault(mart, []).extend(columns)
    latest = _LATEST_ONLY | {t.mart for t in _tables() if t.latest}
    return {mart: (list(dict.fromkeys(columns)), mart in latest) for mart, columns in needed.items()}


def _table_spec(marts: Marts, table: catalogue.Table) -> dict[str, Any]:
    """A table of the catalogue as the scripts need it."""
    return {
        "mart": table.mart or None,
        "key": table.key,
        "order": table.order,
        "title_zh": table.title_zh,
        "columns": [
            {
                "name": c.name,
                "label": catalogue.heading(table.mart, c, marts.labels_zh),
                "kind": c.kind,
                "decimals": dict(labels.CONDITION_DECIMALS) if c.decimals == "condition" else c.decimals,
                "status": c.verdict or None,
                "words": c.words or None,
            }
            for c in table.columns
        ],
    }


def _sections() -> list[dict[str, Any]]:
    """Sections of a school's view that are tables and nothing else, in their order."""
    (spec,) = (page for page in catalogue.load().pages if page.maker == "schools")
    return [
        {
            "title_zh": section.title_zh,
            "tables": [table.name for table in catalogue.load().on_page(spec.file, section.name)],
        }
        for section in spec.sections
    ]


def _write(place: Path, name: str, text: str) -> Path:
    path = place / f"{name}.js"
    path.write_text(f"junheng.receive({json.dumps(name)},{text});\n", encoding="utf-8")
    return path


@lru_cache(maxsize=8)
def _charts(
    names: tuple[str, ...], years: tuple[int, ...], floors: tuple[tuple[str, float | None], ...]
) -> dict[str, Any]:
    """Specifications that draw any school, filled with rows by the page; none without compulsory schools.

    The same for all districts of a release that have the same years.

    Args:
        names: short labels of the judged indicators.
        years: school years.
        floors: stage and floor of each judged stage.
    """
    import pandas as pd

    from dagster_project.publish import charts

    if not names or not years:
        return {}
    bars = pd.DataFrame({"label": names, "ratio": None})
    pairs = [(name, str(year)) for name in names for year in years]
    frame = pd.DataFrame(pairs, columns=["indicator", "period"]).assign(value=None, limit=None)
    trends = charts.trends_by_indicator(frame, "indicator", "period", "value", "limit")
    return {
        "ratios": {
            stage: specification(charts.ratios_to_standard(bars, "label", "ratio", floor))
            for stage, floor in floors
        },
        "trends": specification(trends),
    }


def _common(marts: Marts, district_code: str, has_cells: bool) -> dict[str, Any]:
    """Words and definitions that every view needs."""
    standards = [
        {k: s[k] for k in ("indicator_code", "measure", "stage", "threshold", "valid_from", "valid_to",
                           "source_document", "clause", "jurisdiction")}
        for s in marts.standards
        if s["is_judged"] and s["measure"] in ("school_threshold", "cv_limit")
    ]  # fmt: skip
    judged = tuple(labels.chart_label(i["label_zh"]) for i in marts.indicators if i["is_judged"])
    years = sorted({r["school_year"] for r in marts.rows("fct_district_compliance", district_code)})
    phrases, words = marts.phrases(district_code), marts.words(district_code)
    floors = tuple((stage, phrases.floor_ratio(stage)) for stage in JUDGED_STAGES)
    dictionaries = {c.words for table in _tables() for c in table.columns if c.words}
    return {
        "district_code": district_code,
        "year": marts.years[district_code],
        "years": years,
        "release_id": marts.release.release_id,
        "has_cells": has_cells,
        "indicators": [
            {
                **{k: i[k] for k in ("indicator_code", "label_zh", "unit_zh", "numerator_unit_zh", "scale", "decimals", "smallest_addition",
                                     "direction", "is_judged", "is_split")},
                "short_zh": labels.chart_label(i["label_zh"]),
            }
            for i in marts.indicators
        ],
        "charts": _charts(judged, tuple(years), floors),
        "standards": standards,
        "phrases": phrases.for_scripts(),
        "phrases_of_year": {str(year): marts.phrases_of_year(year).for_figures() for year in years},
        "sections": _sections(),
        "tables": {table.name: _table_spec(marts, table) for table in _tables()},
        "labels": {mart: marts.labels_zh[mart] for mart in _LABELLED},
        "words": {
            **{name: words.of(name) for name in sorted(dictionaries)},
            "stage": labels.stage_words(),
            "status": labels.STATUS_ZH,
            "direction": labels.DIRECTION_ZH,
            "missing": labels.MISSING_ZH,
            "school_type": labels.choice_labels("schools", "school_type"),
            "ownership": labels.choice_labels("schools", "ownership"),
            "feed": {code: feed.name_zh for code, feed in load_feeds().items()},
        },
    }  # fmt: skip


def _cells(marts: Marts, analyst_database: Path) -> list[tuple[str, int, str]]:
    """Source cells of the indicators, by part: one row per figure and reported value.

    Files and sheets, and feeds and columns, are listed once per part; a row names them by their number.
    """
    from dagster_project.warehouse.source_cells import opened, readings_sql

    headings = [
        (feed.feed, column.name, column.heading_zh)
        for feed in load_feeds().values()
        for column in feed.columns
    ]
    codes = [(i["indicator_code"], n) for n, i in enumerate(marts.indicators)]
    schools = marts.con.execute("select school_code, district_code, part from temp.site_schools").fetchall()
    with opened(analyst_database) as con:
        con.execute(
            "create or replace temp table site_headings (feed varchar, column_name varchar, heading_zh varchar)"
        )
        con.executemany("insert into site_headings values (?, ?, ?)", headings)
        con.execute("create or replace temp table site_indicators (indicator_code varchar, number integer)")
        con.executemany("insert into site_indicators values (?, ?)", codes)
        con.execute(
            "create or replace temp table site_parts (school_code varchar, district_code varchar, part integer)"
        )
        con.executemany("insert into site_parts values (?, ?, ?)", schools)
        con.execute("create or replace temp table site_readings as " + readings_sql(con, _OF_PARTS))
        found = con.execute(read_sql(__package__, "source_cells")).fetchall()
        for name in ("site_headings", "site_indicators", "site_parts", "site_readings"):
            con.execute(f"drop table {name}")
    return [(code, part, text) for code, part, text in found]
