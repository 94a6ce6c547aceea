"""Random accepted rows of a district in every feed and in the tables of the record, whatever feeds there are.

Districts name things alike: files, hashes, holds, documents, classes, groups and items of their plans are drawn from the
same few names, so that rows of two districts meet wherever a model forgets whose they are.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from dagster_project.intake.feeds import STAGES, Column, Feed, load_feeds
from dagster_project.record.record_tables import accepted_schema
from tests.warehouse.accepted_fixture import Accepted, Row

#: Feeds of a rectification plan and its ledgers.
PLAN = frozenset(
    name
    for name, feed in load_feeds().items()
    if feed.optional or name in ("rectification_tasks", "rectification_progress")
)
TYPES = ("kindergarten", "kindergarten", "primary", "nine_year", "secondary_vocational")
NAMES = ("甲", "乙", "丙")
FILES = tuple(f"{year}/{name}.xlsx" for year in (2022, 2023) for name in NAMES)
DOCUMENTS = ("1.总结.pdf", "总结.pdf", "通报", "照片.jpg")
#: Cells of classes: of two grades, some of them larger than their standard.
CLASS: dict[str, tuple[Any, ...]] = {
    "stage": ("primary",),
    "grade": ("1", "2"),
    "students": (38, 44, 52, 60),
    "class_count": (1,),
    "size_band_minimum": (None,),
    "size_band_maximum": (None,),
}
#: Tables of the record that are filled by themselves, are the same for all, or don't reach the models.
NOT_DRAWN = frozenset(
    ("build_context", "feeds", "feed_due_stages", "rules", "unchecked", "received", "received_periods", "readings",
     "column_maps", "taken_cells", "later_rows", "town_registers")
)  # fmt: skip
ROWS_OF_A_FEED = 4
#: More classes than that, so that some grow too large and others are closed.
CLASSES = 15


class Draw:
    """Draws the values of one district."""

    def __init__(self, rng: random.Random, district_code: str, years: range) -> None:
        self.rng, self.district_code, self.years = rng, district_code, years
        self.schools = [f"{district_code}{i:04}" for i in range(len(TYPES))]

    def day(self, *, is_late: bool = False) -> dt.date:
        """A day of its school years, or of their later half."""
        year = self.rng.choice(self.years[len(self.years) // 2 :] if is_late else self.years)
        return dt.date(year, 9, 2) + dt.timedelta(days=self.rng.randrange(360))

    def value(self, name: str, kind: str) -> Any:
        """A value for a column by its name, else by its DuckDB type."""
        rng = self.rng
        named = {
            "district_code": lambda: self.district_code,
            "school_code": lambda: rng.choice(self.schools),
            "school_year": lambda: rng.choice(self.years),
            "folder_year": lambda: rng.choice(self.years),
            "figure_year": lambda: rng.choice(self.years),
            "stage": lambda: rng.choice(STAGES[:3]),
            "feed": lambda: rng.choice(list(load_feeds())),
            "reporting_month": lambda: f"{self.day():%Y-%m}",
            "observed_on": lambda: dt.date(rng.choice(self.years), 9, 1),
            "begun_on": lambda: self.day(is_late=True),
            "evidence_zh": lambda: rng.choice(DOCUMENTS),
            "evidence_sha256": lambda: rng.choice((None, None, None, "ab")),
            "file_name": lambda: rng.choice(DOCUMENTS),
            "hold_id": lambda: f"H{rng.randrange(3)}-1",
            "sheet": lambda: "表",
            "item_number": lambda: str(rng.randrange(1, 3)),
            "measure_number": lambda: rng.randrange(1, 3),
            "status": lambda: rng.choice(("accepted", "missing", "conflict", "open")),
        }
        if name in named:
            return named[name]()
        if name.endswith(("source_file", "source_path")):
            return rng.choice(FILES)
        if name.endswith("sha256"):
            return rng.choice(("ab", "cd", "ef"))
        return {
            "varchar": lambda: rng.choice(NAMES),
            "boolean": lambda: rng.random() < 0.5,
            "date": self.day,
            "timestamp": lambda: dt.datetime.combine(self.day(), dt.time(8)),
            "double": lambda: float(rng.randrange(1, 900)),
        }.get(kind, lambda: rng.randrange(0, 60))()

    def cell(self, feed: Feed, column: Column) -> Any:
        """A cell of a return; blank now and then where it may be."""
        if "class_name" in feed.grain and column.name in CLASS:
            return self.rng.choice(CLASS[column.name])
        may_be_blank = column.name not in feed.grain and not column.required
        if may_be_blank and self.rng.random() < 0.3:
            return None
        if column.choices and column.name != "stage":
            return self.rng.choice(list(column.choices.values()))
        if column.type == "year" and column.name != "figure_year":
            return self.rng.choice(self.years)
        return self.value(column.name, column.duckdb_type)

    def row(self, feed: Feed) -> Row:
        row = {c.name: self.cell(feed, c) for c in feed.columns}
        year = self.rng.choice(self.years)
        return {
            **row,
            "school_year": row.get("figure_year", year),
            **{name: self.value(name, "varchar") for name in ("source_file", "sha256")},
        }


def random_district(
    rng: random.Random, district_code: str, years: range, *, has_plan: bool, neighbour: str = ""
) -> Accepted:
    """Rows of a district.

    Args:
        rng: draws them.
        district_code: six digits.
        years: school years that it has returns of.
        has_plan: whether it has a plan and ledgers.
        neighbour: code of a school of another district that rows of this one name by mistake; none if empty.
    """
    draw = Draw(rng, district_code, years)
    a = Accepted(years[0], as_of="2024-12-31")
    for year in years:
        for code, kind in zip(draw.schools, TYPES, strict=True):
            a.add("schools", {"school_year": year, "school_code": code, "school_name": f"校{code[-2:]}", "town": "东镇",
                              "district_code": district_code, "school_type": kind, "ownership": "public"})  # fmt: skip
    for name, feed in load_feeds().items():
        if name == "schools" or (name in PLAN and not has_plan):
            continue
        rows: dict[tuple[Any, ...], Row] = {}
        for _ in range((CLASSES if "class_name" in feed.grain else ROWS_OF_A_FEED) * len(years)):
            row = draw.row(feed)
            year = () if feed.is_ledger else (row["school_year"],)
            rows[(*year, *(row[c] for c in feed.grain))] = row
        a.add(name, *rows.values())
    for table, columns in accepted_schema().items():
        if table in load_feeds() or table in NOT_DRAWN:
            continue
        for place in range(4):
            row = {name: draw.value(name, kind) for name, kind in columns.items()}
            if table == "evidence_files":
                row |= {"source_path": f"2023/佐证/{place}", "record_district_code": None, "is_latest": True}
                row["district_code"] = rng.choice((None, district_code))
            if table == "waiting_schools":  # none that the register has, each once
                row["school_code"] = f"{district_code}009{place}"
            if neighbour and table in ("quarantined_rows", "problems") and place == 0:
                row["school_code"] = neighbour
            a.add(table, row)
    return a
