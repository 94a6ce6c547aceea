"""Rows in force as assets, one per feed, with the suites' findings as checks that warn."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from dagster_project.core.homes import Home
from dagster_project.core.lock import writer_lock
from dagster_project.defs.intake import RAW_KEYS, Places
from dagster_project.intake import vault
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.warehouse import release, steps

ACCEPTED_KEYS = {feed: dg.AssetKey(["accepted", feed]) for feed in load_feeds()}
#: Tables of the record beside the rows of the feeds, with their Chinese descriptions.
_RECORD_TABLES_ZH = {
    "quarantined_rows": "暂不采用的数据行",
    "waiting_schools": "名录那一行有问题、还没有采用的学校",
    "feeds": "报表种类",
    "feed_due_stages": "各种报表应报的学段",
    "receipt_days": "各区县各期报表收齐的日期",
    "register_receipts": "各校各年名录首次报来的日期",
    "received": "哪所学校报了哪种报表",
    "received_periods": "学校或区县报了哪年、哪月的台账",
    "submissions": "历次提交的文件、工作表及行数",
    "nil_returns": "零报告",
    "later_rows": "截至日期之后、到期才计入的数据行数",
    "problems": "问题清单",
    "assumptions": "读法说明",
    "problem_ages": "问题存在的时间",
    "evidence_files": "收到的佐证材料",
    "holds": "挂起的文件及决定",
    "corrections": "采用的数据更正",
    "explained": "学校对异常值的说明",
    "explained_warnings": "已经说明、不再提醒的数据行和规则",
    "replaced_rectification_tasks": "整改任务重新报来以前的内容",
    "replaced_vocational_site_plans": "职校达标年度安排重新报来以前的内容",
    "replaced_milestones": "任务节点重新报来以前的内容",
    "return_places": "采用的数据行在各份报表里的位置",
    "readings": "几处来源的同一个数，各处的读数",
    "source_comparisons": "几处来源的同一项数据，两两对照",
    "taken_cells": "取自其他来源的单元格",
    "taken_codes": "用别的代码认出学校的数据行",
    "rules": "校验规则",
    "town_registers": "各学年报来学校名录的镇街",
    "unchecked": "不能由程序检查的事项",
    "build_context": "版本的截至日期等",
}


def _state(home: Home) -> Path:
    return home.root / ".dagster-build.json"


def remember(home: Home, started: steps.Build | str) -> None:
    """Write down the build in progress, or the release that made it unnecessary, for the next step of the run."""
    if isinstance(started, str):
        payload = {"release_id": started, "is_new": False}
    else:
        payload = {
            "release_id": started.release_id,
            "is_new": True,
            "digest": started.digest,
            "as_of": started.as_of,
            "built_at": started.built_at,
            "blocks": started.manifest.blocks,
            "corrections": started.corrections,
            "absent": list(started.absent),
            "precedence": started.precedence,
        }
    vault.write_durably(_state(home), json.dumps(payload).encode())


def recall(home: Home) -> steps.Build | None:
    """The build in progress, or None when the inputs were those of an earlier release."""
    found = json.loads(_state(home).read_text(encoding="utf-8"))
    if not found["is_new"]:
        return None
    return steps.Build(
        home,
        found["release_id"],
        found["digest"],
        found["as_of"],
        found["built_at"],
        read_manifest(home, blocks=found["blocks"]),
        found["corrections"],
        tuple(found["absent"]),
        found["precedence"],
    )


@dg.multi_asset(
    name="accepted_rows",
    specs=[
        *(
            dg.AssetSpec(
                key,
                deps=[dg.AssetDep(RAW_KEYS[feed], partition_mapping=dg.AllPartitionMapping())],
                description=f"{load_feeds()[feed].name_zh}：校验后生效的数据行",
                group_name="accepted",
            )
            for feed, key in ACCEPTED_KEYS.items()
        ),
        *(
            dg.AssetSpec(
                dg.AssetKey(["accepted", name]),
                deps=[
                    dg.AssetDep(raw, partition_mapping=dg.AllPartitionMapping()) for raw in RAW_KEYS.values()
                ],
                description=description,
                group_name="accepted",
            )
            for name, description in _RECORD_TABLES_ZH.items()
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec("suite", asset=key, description="数据校验规则；不通过的行已暂不采用，不阻断发布")
        for key in ACCEPTED_KEYS.values()
    ],
)
def accepted_rows(
    context: dg.AssetExecutionContext, places: Places
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Judge the whole record and load the rows in force into a new build."""
    import duckdb

    home = places.home_folder()
    with writer_lock(home):
        release.sweep(home)
        started = steps.start_build(home, Path(places.raw), read_manifest(home))
        remember(home, started)
        rows: dict[str, int] = {}
        problems: dict[str, int] = {}
        if not isinstance(started, str):
            steps.judge_and_load(started)
            with duckdb.connect(str(started.database), read_only=True) as con:
                for feed in ACCEPTED_KEYS:
                    found = con.execute(f"select count(*) from accepted.{feed}").fetchone()
                    rows[feed] = int(found[0]) if found else 0
                counted = "select feed, count(*) from accepted.problems group by feed"
                problems = {feed: int(n) for feed, n in con.execute(counted).fetchall()}
        else:
            release.settle(home, started)
            context.log.info(f"inputs unchanged since {started}")
    for feed, key in ACCEPTED_KEYS.items():
        yield dg.MaterializeResult(asset_key=key, metadata={"rows_in_force": rows.get(feed, 0)})
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name="suite",
            passed=not problems.get(feed),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"problems": problems.get(feed, 0)},
        )
    for name in _RECORD_TABLES_ZH:
        yield dg.MaterializeResult(asset_key=dg.AssetKey(["accepted", name]))
