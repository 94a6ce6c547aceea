"""Pages of the data themselves: who owes what, what is wrong since when, and the rules."""

from __future__ import annotations

import re
from typing import Any

from dagster_project.publish import labels
from dagster_project.publish.site import Page, sections_page
from dagster_project.publish.site.marts import Marts, stage_words
from dagster_project.publish.site.people import with_page
from dagster_project.publish.site.printing import Column, Section, Table, listing

Row = dict[str, Any]
_STATIONS_ZH = {"intake": "读取时", "quality": "校验时", "release": "发布前"}


def page(marts: Marts, district_code: str) -> Page | None:
    """Completeness, problems and their ages, and what was held, corrected or explained."""
    names = marts.school_names(district_code)
    return sections_page(
        "quality.html",
        "数据质量",
        [
            _completeness(marts, district_code, names),
            _problems(marts, names),
            _ages(marts, names),
            _decisions(marts, names),
            _files(marts),
        ],
        lead_zh="有问题的数据不采用，也不猜；改正后重报，下次运行即生效。",
    )


def _feeds() -> dict[str, str]:
    from dagster_project.intake.feeds import load_feeds

    return {code: feed.name_zh for code, feed in load_feeds().items()}


def _here(rows: list[Row], names: dict[str, str], is_only_district: bool) -> list[Row]:
    """Rows of the district's schools; those that name no known school stand where there is one district only."""
    return [r for r in rows if r["school_code"] in names or is_only_district]


def _completeness(marts: Marts, district_code: str, names: dict[str, str]) -> Section:
    feeds = _feeds()
    due = [r for r in marts.latest("fct_completeness", district_code) if r["due"]]
    # how long a return is owed: since the first year without one
    received: dict[tuple[str, str, str], int] = {}
    for row in marts.rows("fct_completeness", district_code):
        if row["due"] and row["status"] != "missing":
            place = (row["school_code"], row["stage"], row["feed"])
            received[place] = max(received.get(place, 0), row["school_year"])
    owed = with_page([r for r in due if r["status"] != "received"])
    for row in owed:
        last = received.get((row["school_code"], row["stage"], row["feed"]))
        row["last_zh"] = (
            "从未报过"
            if last is None
            else "本学年有待改的行"
            if last == row["school_year"]
            else f"最近报到 {last} 学年"
        )
    owed.sort(
        key=lambda r: (r["status"] != "missing", r["town"] or "", names.get(r["school_code"], ""), r["feed"])
    )
    columns = [
        Column("town", "镇街"),
        Column("school_code", "学校", words=names, link="page"),
        Column("stage", "学段", words=stage_words()),
        Column("feed", "报表", words=feeds),
        Column("status", "情况", "verdict"),
        Column("last_zh", "多久了"),
        Column("quarantined_rows", "暂不采用的行", "whole"),
    ]
    key = ("school_year", "school_code", "stage", "feed")
    table = listing("owed", "fct_completeness", key, columns, owed, "谁还欠什么", filters=("town", "feed", "status"),
                    empty_zh="应报的都已报来。")  # fmt: skip
    towns = sorted(
        marts.latest("fct_town_completeness", district_code),
        key=lambda r: (-r["schools_missing"], r["town"] or "", r["feed"]),
    )
    town_columns = [
        Column("town", "镇街"),
        Column("feed", "报表", words=feeds),
        Column("schools_due", "应报学校", "whole"),
        Column("schools_received", "已报", "whole"),
        Column("schools_with_problems", "有问题", "whole"),
        Column("schools_missing", "未报", "whole"),
    ]
    town_key = ("school_year", "district_code", "town", "feed")
    by_town = listing(
        "towns",
        "fct_town_completeness",
        town_key,
        town_columns,
        towns,
        "各镇街报送情况",
        filters=("town", "feed"),
    )
    return Section("completeness", "报送情况", "本学年应报的报表。", tables=[table, by_town])


def _problems(marts: Marts, names: dict[str, str]) -> Section:
    is_only = not marts.several
    rows = _here(marts.rows_of_schools("fct_problems"), names, is_only)
    order = list(labels.SEVERITY_ZH)
    rows = [
        {**r, "page": f"school.html#{r['school_code']}" if r["school_code"] in names else ""} for r in rows
    ]
    rows.sort(
        key=lambda r: (
            -(r["school_year"] or 0),
            order.index(r["severity"]) if r["severity"] in order else 9,
            r["source_file"] or "",
        )
    )
    columns = [
        Column("school_year", "学年", "year"),
        Column("severity", "处理", words=labels.SEVERITY_ZH),
        Column("class", "类别", words=labels.CLASS_ZH),
        Column("school_code", "学校", words={**names, "": "—"}, link="page"),
        Column("feed", "报表", words=_feeds()),
        Column("source_file", "文件"),
        Column("sheet", "工作表"),
        Column("cell", "单元格"),
        Column("message_zh", "问题与改法"),
        Column("rule_code", "规则", words=_rules(marts)),
    ]
    key = ("school_year", "school_code", "source_file", "sheet", "cell", "rule_code", "column_zh")
    table = listing("problems", "fct_problems", key, columns, rows, "问题清单", filters=("school_year", "severity", "class", "rule_code"),
                    empty_zh="没有问题。")  # fmt: skip
    told = "按规则筛选，可以看同一类问题有多少。"
    if marts.several:
        elsewhere = marts.select(
            "select count(*) as problems from marts.fct_problems"
            " where coalesce(school_code, '') not in (select school_code from marts.dim_schools)"
        )
        told += f"另有 {elsewhere[0]['problems']} 条认不出是哪所学校的（如整个文件被拒收），见 problems.csv。"
    return Section("problems", "问题清单", told, tables=[table])


_QUOTED = re.compile("（〔[^〕]*〕）|“〔[^〕]*〕”|〔[^〕]*〕")


def _rules(marts: Marts) -> dict[str, str]:
    """What each rule is about, without the figures that its messages quote and what they ask to do."""
    rules = marts.select("select rule_code, text_zh from marts.dim_rules")
    return {r["rule_code"]: _QUOTED.sub("", r["text_zh"].split("；")[0]) for r in rules}


def _ages(marts: Marts, names: dict[str, str]) -> Section:
    is_only = not marts.several
    rows = _here(marts.rows_of_schools("fct_problem_ages"), names, is_only)
    rows.sort(
        key=lambda r: (r["status"] in ("mended", "explained"), -(r["days_standing"] or 0), r["rule_code"])
    )
    rows = [
        {**r, "page": f"school.html#{r['school_code']}" if r["school_code"] in names else ""} for r in rows
    ]
    columns = [
        Column("rule_code", "规则", words=_rules(marts)),
        Column("class", "类别", words=labels.CLASS_ZH),
        Column("feed", "报表", words=_feeds()),
        Column("school_code", "学校", words={**names, "": "—"}, link="page"),
        Column("school_year", "学年", "year"),
        Column("status", "情况", words=labels.AGE_ZH),
        Column("opened_at", "首次发现", "day"),
        Column("mended_at", "改正", "day"),
        Column("days_standing", "存在天数", "whole"),
        Column("times_reopened", "反复次数", "whole"),
    ]
    key = ("school_year", "feed", "school_code", "stage", "source_file", "rule_code", "column_zh")
    table = listing(
        "ages",
        "fct_problem_ages",
        key,
        columns,
        rows,
        "每个问题存在多久",
        filters=("status", "class", "rule_code"),
    )
    return Section("ages", "问题存在多久", tables=[table])


def _decisions(marts: Marts, names: dict[str, str]) -> Section:
    is_only = not marts.several
    words = {**names, "": "—"}
    holds = marts.select("select * from marts.fct_holds order by all") if is_only else []
    corrections = _here(marts.rows_of_schools("fct_corrections"), names, is_only)
    explanations = _here(marts.rows_of_schools("fct_explanations"), names, is_only)
    held = Table("holds", "fct_holds", ("hold_id",), [
        Column("school_year", "学年", "year"),
        Column("source_file", "文件"),
        Column("received_at", "收到", "day"),
        Column("verdict", "决定", words={"accept": "采用", "reject": "不采用"}),
        Column("reason", "理由"),
        Column("decided_at", "决定日期", "day"),
    ], holds, "挂起待定的报表", empty_zh="没有挂起的报表。")  # fmt: skip
    corrected = listing("corrections", "fct_corrections", ("school_year", "feed", "school_code", "source_file", "sheet", "cell"), [
        Column("school_year", "学年", "year"),
        Column("school_code", "学校", words=words),
        Column("column_zh", "栏目"),
        Column("source_file", "文件"),
        Column("sheet", "工作表"),
        Column("cell", "单元格"),
        Column("original", "原来的数"),
        Column("value", "更正为"),
        Column("reason", "理由"),
        Column("approved_by", "批准人"),
    ], corrections, "更正", empty_zh="没有更正。")  # fmt: skip
    explained = listing("explanations", "fct_explanations", ("school_year", "school_code", "rule_code", "source_file", "row_number"), [
        Column("school_year", "学年", "year"),
        Column("school_code", "学校", words=words),
        Column("rule_code", "规则", words=_rules(marts)),
        Column("reason", "说明"),
        Column("approved_by", "审核人"),
        Column("status", "情况"),
    ], explanations, "情况说明", empty_zh="没有情况说明。")  # fmt: skip
    return Section("decisions", "挂起、更正和说明", tables=[held, corrected, explained])


def _files(marts: Marts) -> Section | None:
    if marts.several:
        return None
    rows = marts.select(
        "select * from marts.fct_submissions order by received_at desc, source_file, sheet, submission"
    )
    columns = [
        Column("source_file", "文件"),
        Column("sheet", "工作表"),
        Column("feed", "报表", words={**_feeds(), "": "—"}),
        Column("school_year", "学年", "year"),
        Column("received_at", "收到", "day"),
        Column("rows_read", "读到的行", "whole"),
        Column("rows_accepted", "采用", "whole"),
        Column("rows_quarantined", "暂不采用", "whole"),
        Column("rows_dropped", "略去", "whole"),
        Column("status", "情况", "verdict"),
    ]
    table = listing("submissions", "fct_submissions", ("submission", "source_file", "sheet"), columns, rows, "收到的报表",
                    filters=("school_year", "feed", "status"),
                    notes_zh=("读到的行 = 采用 + 暂不采用 + 略去（空行、重复行、合计行，整表拒收的行）。",))  # fmt: skip
    return Section("files", "收到的报表", tables=[table])


def rules_page(marts: Marts, district_code: str) -> Page | None:
    """The catalogue of rules."""
    rules = marts.select("select * from marts.dim_rules order by class, feed, rule_code")
    unchecked = marts.select("select * from marts.dim_unchecked order by all")
    sections: list[Section | None] = []
    for station, station_zh in _STATIONS_ZH.items():
        found = [{**r, "severity": r["severity"] or "none"} for r in rules if r["station"] == station]
        columns = [
            Column("rule_code", "规则"),
            Column("feed_zh", "报表"),
            Column("class", "类别", words=labels.CLASS_ZH),
            Column("severity", "处理", words={**labels.SEVERITY_ZH, "none": "不发布"}),
            Column("text_zh", "内容"),
            Column("basis_zh", "依据"),
            Column("passes_zh", "符合的例子"),
            Column("fails_zh", "不符合的例子"),
            Column("since", "起始", "day"),
        ]
        table = listing(f"rules_{station}", "dim_rules", ("rule_code",), columns, found, f"{station_zh}的规则",
                        filters=("feed_zh", "class", "severity"))  # fmt: skip
        sections.append(Section(station, station_zh, tables=[table]))
    table = Table("unchecked", "dim_unchecked", ("text_zh",), [Column("text_zh", "事项"), Column("who_zh", "由谁核查")],
                  unchecked, "这里核查不了的")  # fmt: skip
    sections.append(
        Section("unchecked", "这里核查不了的", "以下事项任何规则都发现不了，须由别人核查。", tables=[table])
    )
    lead = "逻辑类必须改正，不能用说明消除；经验类可以用“情况说明”解释，值变动或换了学年，说明即失效。"
    return sections_page("rules.html", "规则目录", sections, lead_zh=lead)
