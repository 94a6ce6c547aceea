"""The view of one school, and the script files it and the matrix are read from.

Rows stay rows of the marts: a data file holds, per table, the names of the columns and the rows of the schools
of one part of the district (a town, or a piece of a large one), so nothing of a figure is decided here. Source
cells have files of their own, loaded when somebody asks where a figure comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import catalogue, labels
from dagster_project.publish.site.marts import Marts
from dagster_project.publish.site.pages import SitePage, specification

#: Most schools of one data file.
PART_SCHOOLS = 150

#: Tables of a school's view → the columns it shows, and whether only the latest year is asked for.
_TABLES: dict[str, tuple[tuple[str, ...], bool]] = {
    "dim_schools": (
        ("school_code", "name_zh", "town", "school_type", "ownership", "is_rural", "is_boarding", "founded_year",
         "education_group", "master_school_code", "is_held", "held_reason_zh"),
        True,
    ),
    "fct_school_compliance": (
        ("school_year", "school_code", "stage", "students", "indicators_met", "indicators_available",
         "lowest_indicator_code", "lowest_ratio", "status", "reason_zh"),
        False,
    ),
    "fct_school_indicators": (
        ("school_year", "school_code", "stage", "indicator_code", "numerator", "denominator", "source_total",
         "stage_share", "value", "threshold", "ratio", "status", "missing_reason", "gap_to_threshold",
         "gap_to_floor"),
        False,
    ),
    "fct_school_variance_shares": (
        ("school_year", "school_code", "stage", "indicator_code", "student_share", "variance_share"),
        True,
    ),
    "fct_classes": (
        ("school_year", "school_code", "stage", "grade", "class_name", "students", "class_count",
         "size_band_minimum", "size_band_maximum", "standard_size", "excess_students", "size_band", "is_estimated"),
        True,
    ),
    "fct_class_ledger": (
        ("school_code", "stage", "entry_school_year", "class_name", "latest_grade", "opened_on",
         "latest_students", "standard_size", "deadline", "state", "light", "closed_on"),
        False,
    ),
    "fct_hazards": (
        ("school_code", "hazard_number", "found_on", "hazard_zh", "deadline", "state", "light", "struck_off_on"),
        False,
    ),
    "fct_kindergarten_pay": (
        ("school_year", "school_code", "in_post_teachers", "temporary_teachers", "in_post_mean_annual_pay_yuan",
         "temporary_mean_annual_pay_yuan", "pay_ratio", "staff", "fully_insured_staff", "insured_share",
         "pay_status"),
        False,
    ),
    "fct_vocational_conditions": (
        ("school_year", "school_code", "condition_code", "value", "value_owned_only", "threshold", "status",
         "status_owned_only"),
        True,
    ),
    "fct_completeness": (
        ("school_year", "school_code", "stage", "feed", "due", "quarantined_rows", "status"),
        True,
    ),
    "fct_problems": (
        ("school_year", "school_code", "severity", "rule_code", "source_file", "sheet", "cell", "column_zh",
         "message_zh"),
        False,
    ),
    "rpt_stage_shares": (
        ("school_year", "school_code", "stage", "students", "classes", "weight", "stage_share", "school_stages"),
        True,
    ),
}  # fmt: skip


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage:
    """The shell of a school's view; the address names the school: `school.html#<code>`."""
    return SitePage(spec.file, spec.title_zh, "school.html.j2")


def write_data(marts: Marts, folder: Path, analyst_database: Path | None) -> list[str]:
    """Write `data/` of every district: what they share, the matrix, the schools, their figures, source cells.

    Returns:
        Names of the files, relative to `folder`.
    """
    given = ", ".join(f"'{code}'" for code in marts.written)
    marts.con.execute(_PARTS.format(size=PART_SCHOOLS, districts=given))
    places = {code: folder / code / "data" if marts.several else folder / "data" for code in marts.written}
    written = []
    has_cells = analyst_database is not None
    for code, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        common = _common(marts, code, has_cells)
        written.append(_write(place, "common", json.dumps(common, ensure_ascii=False, default=str)))
    for code, text in marts.con.execute(_matrix_sql(marts)).fetchall():
        written.append(_write(places[code], "matrix", text))
    for code, text in marts.con.execute(_INDEX).fetchall():
        written.append(_write(places[code], "schools", text))
    parts: dict[tuple[str, int], list[str]] = {}
    for table, (columns, is_latest) in _TABLES.items():
        found = marts.con.execute(_table_sql(table, columns, is_latest)).fetchall()
        head = json.dumps(list(columns))
        for code, part, rows in found:
            parts.setdefault((code, part), []).append(f'"{table}":{{"columns":{head},"rows":{rows}}}')
    for (code, part), texts in parts.items():
        written.append(_write(places[code], f"schools_{part}", "{" + ",\n".join(texts) + "}"))
    if analyst_database is not None:
        for code, part, text in _cells(marts, analyst_database):
            written.append(_write(places[code], f"cells_{part}", text))
    marts.con.execute("drop table temp.site_schools")
    return [path.relative_to(folder).as_posix() for path in written]


def _write(place: Path, name: str, text: str) -> Path:
    path = place / f"{name}.js"
    path.write_text(f"junheng.receive({json.dumps(name)},{text});\n", encoding="utf-8")
    return path


@lru_cache(maxsize=8)
def _charts(names: tuple[str, ...], years: tuple[int, ...]) -> dict[str, Any]:
    """Specifications that draw any school: the rows are put in by the page; none without compulsory schools.

    The same for all districts of a release that have the same years.
    """
    import pandas as pd

    from dagster_project.publish import charts

    if not names or not years:
        return {}
    ratios = charts.ratios_to_standard(pd.DataFrame({"label": names, "ratio": None}), "label", "ratio")
    pairs = [(name, str(year)) for name in names for year in years]
    frame = pd.DataFrame(pairs, columns=["indicator", "period"]).assign(value=None, limit=None)
    trends = charts.trends_by_indicator(frame, "indicator", "period", "value", "limit")
    return {"ratios": specification(ratios), "trends": specification(trends)}


def _common(marts: Marts, district_code: str, has_cells: bool) -> dict[str, Any]:
    """Words and definitions that every view needs."""
    feeds = load_feeds()
    standards = [
        {k: s[k] for k in ("indicator_code", "measure", "stage", "threshold", "valid_from", "valid_to",
                           "source_document", "clause", "jurisdiction")}
        for s in marts.standards
        if s["is_judged"] and s["measure"] in ("school_threshold", "cv_limit")
    ]  # fmt: skip
    judged = tuple(labels.chart_label(i["label_zh"]) for i in marts.indicators if i["is_judged"])
    years = sorted({r["school_year"] for r in marts.rows("fct_district_compliance", district_code)})
    return {
        "district_code": district_code,
        "year": marts.years[district_code],
        "years": years,
        "release_id": marts.release.release_id,
        "has_cells": has_cells,
        "indicators": [
            {
                **{k: i[k] for k in ("indicator_code", "label_zh", "unit_zh", "numerator_unit_zh", "scale", "decimals",
                                     "direction", "is_judged", "is_split")},
                "short_zh": labels.chart_label(i["label_zh"]),
            }
            for i in marts.indicators
        ],
        "charts": _charts(judged, tuple(years)),
        "standards": standards,
        "words": {
            "stage": labels.stage_words(),
            "status": labels.STATUS_ZH,
            "missing": labels.MISSING_ZH,
            "school_type": labels.choice_labels("schools", "school_type"),
            "ownership": labels.choice_labels("schools", "ownership"),
            "grade": labels.grade_labels(),
            "band": labels.BAND_ZH,
            "state": labels.STATE_ZH,
            "light": labels.LIGHT_ZH,
            "severity": labels.SEVERITY_ZH,
            "condition": labels.CONDITION_ZH,
            "feed": {code: feed.name_zh for code, feed in feeds.items()},
        },
    }  # fmt: skip


#: Schools of each district's latest year, with the part (data file) that holds them.
_PARTS = """
create or replace temp table site_schools as
with latest as (
    select *
    from marts.dim_schools
    where district_code in ({districts})
    qualify school_year = max(school_year) over (partition by district_code)
),

numbered as (
    select *, (row_number() over (partition by district_code, town order by school_code) - 1) // {size} as piece
    from latest
)

select school_code, district_code, school_year, name_zh, town, school_type, ownership, education_group, is_rural,
    cast(dense_rank() over (partition by district_code order by town, piece) as integer) as part
from numbered
"""

_INDEX = """
select district_code, to_json({
    'columns': ['school_code', 'name_zh', 'town', 'school_type', 'part'],
    'rows': list(json_array(school_code, name_zh, town, school_type, part) order by town, name_zh, school_code)
})
from temp.site_schools
group by district_code order by district_code
"""


def _matrix_sql(marts: Marts) -> str:
    """Select of each district's matrix: one row a unit, then the value and the status of each indicator."""
    codes = [i["indicator_code"] for i in marts.indicators]
    values = ", ".join(
        f"max(case when indicator_code = '{c}' then value end) as v{n}" for n, c in enumerate(codes)
    )
    statuses = ", ".join(
        f"max(case when indicator_code = '{c}' then status end) as s{n}" for n, c in enumerate(codes)
    )
    names = [*_MATRIX_COLUMNS, *(f"v:{c}" for c in codes), *(f"s:{c}" for c in codes)]
    given = [*_MATRIX_COLUMNS, *(f"v{n}" for n in range(len(codes))), *(f"s{n}" for n in range(len(codes)))]
    return f"""
with figures as (
    select f.school_code, f.stage, {values}, {statuses}
    from marts.fct_school_indicators as f
    inner join temp.site_schools as s using (school_year, school_code)
    group by f.school_code, f.stage
),

units as (
    select s.*, c.stage, c.students, c.indicators_met, c.indicators_available, c.lowest_ratio, c.status,
        figures.* exclude (school_code, stage)
    from temp.site_schools as s
    inner join marts.fct_school_compliance as c using (school_year, school_code)
    inner join figures on c.school_code = figures.school_code and c.stage = figures.stage
)

select district_code, to_json({{
    'columns': {names!r},
    'rows': list(json_array({", ".join(given)}) order by town, name_zh, school_code, stage desc)
}})
from units
group by district_code order by district_code
"""


_MATRIX_COLUMNS = (
    "school_code", "name_zh", "town", "school_type", "ownership", "education_group", "part", "stage", "students",
    "indicators_met", "indicators_available", "lowest_ratio", "status",
)  # fmt: skip


def _table_sql(table: str, columns: Iterable[str], is_latest: bool) -> str:
    """Select of a mart's rows, gathered by the part that holds their school."""
    given = ", ".join(f"t.{c}" for c in columns)
    matched = "t.school_code = s.school_code" + (" and t.school_year = s.school_year" if is_latest else "")
    return f"""
select s.district_code, s.part, cast(to_json(list(json_array({given}) order by {given})) as varchar)
from marts.{table} as t
inner join temp.site_schools as s on {matched}
group by s.district_code, s.part
order by s.district_code, s.part
"""


def _cells(marts: Marts, analyst_database: Path) -> list[tuple[str, int, str]]:
    """Source cells of the indicators, by part: one row a figure and reported value.

    Files and sheets, and feeds and columns, stand once per part; a row names them by their number.
    """
    from dagster_project.warehouse.lineage import opened
    from dagster_project.warehouse.readings import readings_sql

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
        found = con.execute(_CELLS).fetchall()
        for name in ("site_headings", "site_indicators", "site_parts", "site_readings"):
            con.execute(f"drop table {name}")
    return [(code, part, text) for code, part, text in found]


#: Condition on the figures: those of the schools whose pages are written.
_OF_PARTS = "f.school_code in (select school_code from site_parts)"

_CELLS = """
with placed as (
    select p.district_code, p.part, r.school_year, r.school_code, r.stage, i.number as indicator, r.role, r.sort_order,
        r.factor, r.state, r.value, r.member_code, r.member_stage, r.row_number, r.cells,
        h.heading_zh, r.source_file, r.sheet,
        dense_rank() over (partition by p.district_code, p.part order by r.source_file, r.sheet) - 1 as place,
        dense_rank() over (partition by p.district_code, p.part order by r.feed, h.heading_zh) - 1 as heading,
        r.feed
    from site_readings as r
    inner join site_parts as p using (school_code)
    inner join site_indicators as i using (indicator_code)
    left join site_headings as h on r.feed = h.feed and r.column_name = h.column_name
),

places as (
    select district_code, part, list(json_array(source_file, sheet) order by place) as places
    from (select distinct district_code, part, place, source_file, sheet from placed) as given
    group by district_code, part
),

headings as (
    select district_code, part, list(json_array(feed, heading_zh) order by heading) as headings
    from (select distinct district_code, part, heading, feed, heading_zh from placed) as given
    group by district_code, part
),

listed as (
    select district_code, part,
        list(json_array(
            school_year, school_code, stage, indicator, role, factor, state, value,
            case when member_code <> school_code then member_code end,
            case when member_stage <> stage then member_stage end, heading, place, row_number, cells
        ) order by school_year, school_code, stage, indicator, role desc, sort_order, member_code, member_stage, cells, place, row_number) as rows
    from placed
    group by district_code, part
)

select listed.district_code, listed.part, cast(to_json({
    'columns': ['school_year', 'school_code', 'stage', 'indicator', 'role', 'factor', 'state', 'value', 'member_code',
        'member_stage', 'heading', 'place', 'row_number', 'cells'],
    'places': places.places, 'headings': headings.headings, 'rows': listed.rows
}) as varchar)
from listed
inner join places using (district_code, part)
inner join headings using (district_code, part)
order by listed.district_code, listed.part
"""
