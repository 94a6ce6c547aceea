"""`junheng deliver`: its options, and what it says of a delivery."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, SampleOption, current_release, say, used_home_of


def command(
    to: Annotated[str, typer.Option("--to", help="汇集处：文件夹，或 fsspec 认识的地址，如 s3://桶/路径")],
    home: HomeOption = None,
    sample: SampleOption = False,
    take_back: Annotated[
        bool,
        typer.Option("--take-back", help="有意收回现用的交付：这次截至较早或出自另一登记簿，仍以这次为准"),
    ] = False,
) -> None:
    """把本区县现行版本采用的数据交付到多区县汇集处。"""
    from dagster_project.region.deliver import deliver
    from dagster_project.region.lake import Lake

    place = used_home_of(home, sample)
    current_release(place)
    lake = Lake.at(to)
    delivered = deliver(place, lake, take_back=take_back)
    manifest = delivered.delivery.manifest
    if not delivered.is_new:
        say(f"没有新内容，沿用 {manifest.delivery_id} 这次交付（截至 {manifest.as_of}），没有重复交付。")
        return
    rows = sum(table.rows for table in manifest.tables.values())
    say(
        f"已交付：{manifest.district.name_zh}（{manifest.district_code}），版本 {manifest.release_id}，截至 {manifest.as_of}"
    )
    say(
        f"  {len(manifest.tables)} 张表，{rows} 行；登记簿 {manifest.record.submissions} 次提交，链末 {manifest.record.chain[:12]}"
    )
    say(f"  在 {delivered.delivery.path}")
    if manifest.takes_back:
        say(f"  收回了此前的交付 {manifest.takes_back}，区域的页面会写明")
    say("不含任何个人的数据；委员会看不到的幼儿园工资不逐园交付，只保留区县合计。")
    if manifest.is_synthetic:
        say("注意：交付的是合成的示例数据。")
