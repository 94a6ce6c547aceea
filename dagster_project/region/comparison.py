"""The page and the workbook on which a region's districts stand side by side; both are written from `catalogue/`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dagster_project.core.duck import open_marts, rows
from dagster_project.core.homes import file_name, new_file
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.publish import catalogue, labels, periods
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.excel.tables import write_sheets
from dagster_project.publish.site import PageRelease
from dagster_project.publish.site.marts import Marts
from dagster_project.publish.site.sections import page as page_of_sections
from dagster_project.publish.site.writer import write_assets, write_page_file
from dagster_project.warehouse import build

_FOLDER = Path(__file__).parent / "catalogue"
_REPORT_ZH = "区县对比"
#: Statuses whose districts the page names in its first sentence.
_NAMED = ("missing", "broken", "failed", "late")


@dataclass(frozen=True)
class ShownRelease:
    """What page and workbook say of a region's release.

    Attributes:
        release_id, built_at, as_of: as of `site.PageRelease`.
        region_zh: name of the region.
        is_synthetic: whether all its figures are invented.
        synthetic_districts_zh: the districts of which they are, if not all; empty if none.
    """

    release_id: str
    built_at: str
    as_of: dt.date
    region_zh: str
    is_synthetic: bool
    synthetic_districts_zh: str = ""

    @property
    def synthetic_zh(self) -> str:
        """What every sheet says of invented figures; empty without them."""
        if self.is_synthetic:
            return SYNTHETIC_ZH
        return f"含合成数据的区县：{self.synthetic_districts_zh}" if self.synthetic_districts_zh else ""


@lru_cache(maxsize=1)
def load() -> catalogue.Catalogue:
    """The region's catalogue, checked against its tables.

    Raises:
        CatalogueError: an entry names something that is not there.
    """
    found = catalogue.read(_FOLDER)
    catalogue.check(found, catalogue.labels_of_models(build.region_labels()))
    return found


@dataclass
class _RegionMarts(Marts):
    """The region's tables as the site reads them: all rows belong to the one page."""

    entries: catalogue.Catalogue = field(default_factory=load)
    region_zh: str = ""

    def whole_zh(self, district_code: str) -> str:
        """The region's name."""
        return self.region_zh

    def rows(self, mart: str, district_code: str, **where: Any) -> list[dict[str, Any]]:
        """All rows of a table of the region; none of tables that a region doesn't have."""
        if mart not in self.labels_zh:
            return []
        found = rows(self.con, f"select * from marts.{mart} order by all")
        return [r for r in found if all(r[k] == v for k, v in where.items())]

    def sentences(self, district_code: str) -> dict[str, Any]:
        """Sentences that the first paragraphs of the page may use, by the names under which the catalogue knows them."""
        return {
            "deliveries_zh": deliveries_zh(self.rows("fct_region_deliveries", "")),
            "compared_zh": compared_zh(self.rows("fct_region_totals", "", is_compared=True)),
        }

    @property
    def several(self) -> bool:
        """False: the region's page is one."""
        return False


def deliveries_zh(deliveries: Sequence[dict[str, Any]]) -> str:
    """Who has delivered and who hasn't, in one sentence.

    Args:
        deliveries: rows of `fct_region_deliveries`.
    """
    words = labels.dictionary("delivery_status")
    apart = [d["district_zh"] for d in deliveries if not d["is_expected"]]
    deliveries = [d for d in deliveries if d["is_expected"]]
    used = [d for d in deliveries if d["delivery_status"] in ("delivered", "late")]
    said = [f"共 {len(deliveries)} 个区县，{len(used)} 个在用"]
    for status in _NAMED:
        names = [d["district_zh"] for d in deliveries if d["delivery_status"] == status]
        if names:
            said.append(f"{words[status]} {len(names)} 个（{'、'.join(names)}）")
    different = [
        d["district_zh"]
        for d in used
        if d["is_program_different"] or d["is_rules_different"] or d["is_standards_different"]
    ]
    if different:
        said.append(f"程序或规则与本次不同 {len(different)} 个（{'、'.join(different)}）")
    unwritten = [d["district_zh"] for d in used if d["delivery_problem_zh"]]
    if unwritten:
        said.append(f"另有问题 {len(unwritten)} 个（{'、'.join(unwritten)}），见“送交情况”")
    if apart:
        said.append(f"不参加比较 {len(apart)} 个（{'、'.join(apart)}），见“送交情况”")
    return "；".join(said) + "。"


def compared_zh(totals: Sequence[dict[str, Any]]) -> str:
    """Which days are compared: those of the newest year that most districts have, figure by figure.

    Args:
        totals: compared rows of `fct_region_totals`.
    """
    by_days: dict[str, list[str]] = {}
    for row in sorted(totals, key=lambda row: row["sort_order"]):
        days = periods.data_between_zh(row["first_observed_on"], row["observed_on"])
        if days:
            by_days.setdefault(days, []).append(row["figure_zh"])
    if not by_days:
        return ""
    said = "；".join(f"{'、'.join(names)}{days}" for days, names in by_days.items())
    return f"各项取多数区县已有的最近一期：{said}。个别区县更新的数据见“逐项比较”。"


def write_page(database: Path, folder: Path, release: ShownRelease) -> Path:
    """Write the page `index.html` with what it needs to be opened by double click.

    Args:
        database: the region's `marts.duckdb`; every figure of the page is one of its cells.
        folder: folder of the page; created if it does not exist.
        release: what the page says of the release.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_assets(folder / "assets")
    shown = PageRelease(
        release.release_id,
        release.built_at,
        release.as_of,
        release.is_synthetic,
        synthetic_files=(release.synthetic_districts_zh,) if release.synthetic_districts_zh else (),
    )
    (spec,) = load().pages
    with open_marts(database) as con:
        page = page_of_sections(_RegionMarts(con, shown, region_zh=release.region_zh), "", spec)
    assert page is not None, "the table of deliveries always has rows"
    return write_page_file(
        folder, page, release=shown, district_code=release.region_zh, district_zh=release.region_zh, several=False,
        school_year=None, whole_zh=release.region_zh, navigation=[], root="",
    )  # fmt: skip


def write_workbook(database: Path, folder: Path, release: ShownRelease) -> Path:
    """Write the same tables as a workbook; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    name = file_name(release.region_zh, _REPORT_ZH, release.as_of, release.release_id, suffix=".xlsx")
    path = new_file(folder / name)
    with Book(path, _REPORT_ZH, release.synthetic_zh) as book, open_marts(database) as con:
        totals = rows(con, "select * from marts.fct_region_totals where is_compared")
        values = {"as_of": release.as_of, "compared_zh": compared_zh(totals)}
        write_sheets(book, con, "region", None, values, load())
    return path
