"""Whatever cells a return leaves blank, a release is published: blank cells are listed, they stop nothing."""

from __future__ import annotations

import json
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from dagster_project.core.homes import Home
from dagster_project.intake.feeds import Feed, load_feeds, normalise_heading
from dagster_project.sample.workbooks import write_sample
from tests.conftest import District


def feed_of(headings: set[str]) -> Feed | None:
    """Feed whose required columns are all among the headings; the one with the most columns there."""
    found = [
        (sum(bool(c.headings() & headings) for c in feed.columns), feed.feed, feed)
        for feed in load_feeds().values()
        if all(c.headings() & headings for c in feed.columns if c.required)
    ]
    return max(found)[2] if found else None


def blank_some(path: Path, chance: float, generator: random.Random) -> int:
    """Blank cells of a workbook that are no part of a row's key; returns how many."""
    book = openpyxl.load_workbook(path)
    blanked = 0
    for sheet in book:
        keys: set[int] | None = None
        for row in sheet.iter_rows():
            headings = {normalise_heading(str(c.value)) for c in row if c.value is not None}
            feed = feed_of(headings) if keys is None and len(headings) > 2 else None
            if feed is not None:
                names = {*feed.grain, *feed.essential, "school_code", "school_type", "district_code"}
                wanted = set().union(*(c.headings() for c in feed.columns if c.name in names))
                keys = {c.column for c in row if normalise_heading(str(c.value)) in wanted}
            elif keys is not None:
                for cell in row:
                    if cell.value is not None and cell.column not in keys and generator.random() < chance:
                        cell.value = None
                        blanked += 1
    book.save(path)
    return blanked


def published(district: District, chance: float, seed: int) -> None:
    generator = random.Random(seed)
    write_sample(district.raw, schools=12, years=[2021, 2023])
    blanked = sum(blank_some(p, chance, generator) for p in sorted(district.raw.rglob("*.xlsx")))
    assert blanked > 500, "the test blanks nothing"
    # a file that lies in no year's folder is listed without a year
    shutil.copyfile(next(district.raw.rglob("*.xlsx")), district.raw / "没有学年.xlsx")
    district.run("workbooks", "site", "reports")
    assert (
        district.one("select count(*) as n from marts.fct_problems where rule_code = 'BLANK_CELL'")["n"] > 100
    )
    towns = {r["town"] for r in district.ask("select distinct town from marts.dim_schools")}
    assert (None in towns or chance < 0.1) and (len(towns) > 1) == (chance < 1), "the register has no gaps"
    assert not list(prints_nothing_as_a_word(district))
    schools = (released(district) / "site" / "data" / "schools.js").read_text(encoding="utf-8")
    listed = json.loads(schools.partition(",")[2].rstrip(";\n)"))
    names = [row[listed["columns"].index("name_zh")] for row in listed["rows"]]
    assert names and all(names), "the scripts search schools by their names"


def released(district: District) -> Path:
    """Folder of the release in force."""
    home = Home(district.home)
    release = home.release_in_force()
    assert release is not None
    return home.releases / release


#: What Python writes for a missing value.
_PYTHON_WORD = re.compile(r"\b(?:None|nan|NaN|NaT)\b")


def prints_nothing_as_a_word(district: District) -> Iterator[str]:
    """Places of pages, workbooks and reports that print a missing value as Python writes it."""
    for path in sorted(released(district).rglob("*")):
        if path.suffix == ".html" and path.name != "rules.html":  # which quotes such words as examples
            text = re.sub(
                r"<(script|style).*?</\1>|<[^>]+>", "\n", path.read_text(encoding="utf-8"), flags=re.S
            )
        elif path.suffix == ".xlsx":
            cells = (
                c.value for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row
            )
            text = "\n".join(str(c) for c in cells if c is not None)
        elif path.suffix == ".docx":
            text = re.sub(r"<[^>]+>", "\n", zipfile.ZipFile(path).read("word/document.xml").decode("utf-8"))
        else:
            continue
        yield from (f"{path.name}: {line}" for line in text.split("\n") if _PYTHON_WORD.search(line))


def test_a_district_with_blank_cells_everywhere_is_published(new_district: Callable[[], District]) -> None:
    published(new_district(), 0.3, seed=20261130)


@pytest.mark.slow
@pytest.mark.parametrize(("chance", "seed"), [(0.05, 1), (0.5, 2), (0.9, 3), (1.0, 4)])
def test_and_so_are_districts_with_few_or_nothing_but_blank_cells(
    new_district: Callable[[], District], chance: float, seed: int
) -> None:
    published(new_district(), chance, seed)
