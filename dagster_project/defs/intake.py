"""Raw returns as assets, one per feed, partitioned by school year."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from dagster_project import run
from dagster_project.core.homes import DEFAULT_HOME, DEFAULT_RAW, Home
from dagster_project.core.lock import writer_lock
from dagster_project.intake.feeds import load_feeds

SCHOOL_YEARS = dg.DynamicPartitionsDefinition(name="school_year")
RAW_KEYS = {feed: dg.AssetKey(["raw", feed]) for feed in load_feeds()}


class Places(dg.ConfigurableResource):
    """Raw root and home of this deployment."""

    raw: str = str(DEFAULT_RAW)
    home: str = str(DEFAULT_HOME)

    def home_folder(self) -> Home:
        return Home(Path(self.home))


@dg.multi_asset(
    name="raw_returns",
    specs=[
        dg.AssetSpec(key, description=f"{load_feeds()[feed].name_zh}：学校报来的原始数据行", group_name="raw")
        for feed, key in RAW_KEYS.items()
    ],
    partitions_def=SCHOOL_YEARS,
)
def raw_returns(context: dg.AssetExecutionContext, places: Places) -> Iterator[dg.MaterializeResult]:
    """Take in everything new; taking in the same files twice changes nothing."""
    home = places.home_folder()
    home.bind(Path(places.raw))
    with writer_lock(home):
        taken = run.take_in(home, Path(places.raw), report=context.log.info)
    years = set(context.partition_keys)
    rows: Counter[str] = Counter()
    for file in taken.manifest.files:
        if str(file.school_year) in years and file.status == "accepted":
            for sheet in file.sheets:
                rows[sheet.feed] += sheet.rows_read
    for feed, key in RAW_KEYS.items():
        yield dg.MaterializeResult(asset_key=key, metadata={"rows_read": rows[feed]})
