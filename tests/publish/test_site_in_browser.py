"""The site as its readers open it: by double click, in a browser, without a network.

Needs Chromium from the system's packages; without it these tests are skipped and say so.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from dagster_project.bench.pages import IS_READY, find_browser
from dagster_project.core.duck import open_marts
from dagster_project.core.homes import Home
from dagster_project.publish import catalogue
from dagster_project.publish.site import PageRelease, write_site
from dagster_project.questions.trace import trace_figure

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = find_browser()
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: apt-get install chromium fonts-noto-cjk"
)
#: The smallest office PC, a large screen, a phone.
SIZES = {"office": (1280, 720), "large": (1920, 1080), "phone": (390, 844)}


@dataclass
class Opened:
    """A browser page that remembers everything it asked for and complained about."""

    folder: Path
    page: Any
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )

    def go(self, name: str) -> Any:
        """Open a page of the site by its file, and wait until everything on it is drawn."""
        # a fragment alone would not load the page anew
        self.page.goto("about:blank")
        self.page.goto((self.folder / name.partition("#")[0]).as_uri() + "".join(name.partition("#")[1:]))
        self.settle()
        return self.page

    def settle(self) -> None:
        self.page.wait_for_function(IS_READY)

    def went_out(self) -> list[str]:
        """Requests to anything but the site's own files."""
        own = (self.folder.as_uri(), "data:", "blob:", "about:")
        return [url for url in self.asked if not url.startswith(own)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        # in a container the sandbox of Chromium has no privileges to set itself up
        started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def folder(sample_home: Path) -> Path:
    release = Home(sample_home).current_dir()
    assert release is not None
    return release / "site"


@pytest.fixture
def site(browser: Any, folder: Path) -> Iterator[Opened]:
    context = browser.new_context(
        viewport=dict(zip(("width", "height"), SIZES["office"], strict=True)), accept_downloads=True
    )
    opened = Opened(folder, context.new_page())
    yield opened
    context.close()
    assert opened.went_out() == []
    assert opened.complaints == []


def schools(folder: Path) -> list[dict[str, Any]]:
    """The list of schools that the pages themselves load."""
    text = (folder / "data" / "schools.js").read_text(encoding="utf-8")
    table = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def one_school_of_each_type(folder: Path) -> list[str]:
    found: dict[str, str] = {}
    for school in schools(folder):
        found.setdefault(school["school_type"], school["school_code"])
    return sorted(found.values())


def every_kind_of_page(folder: Path) -> list[str]:
    """All pages, one of the indicators', and one view of a school of each type."""
    names = sorted(p.name for p in folder.glob("*.html"))
    details = [n for n in names if n.startswith("indicator_")]
    views = [f"school.html#{code}" for code in one_school_of_each_type(folder)]
    return [*(n for n in names if n not in details), *details[:1], *views]


def downloaded(page: Any, button: Any) -> list[list[str]]:
    """What a click on a table's button saves, as its rows."""
    with page.expect_download() as waiting:
        button.click()
    data = Path(waiting.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "Excel knows UTF-8 by its mark"
    assert waiting.value.suggested_filename.endswith(".csv")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_from_the_overview_by_a_filter_to_a_school_to_its_cells_and_away_as_a_table(
    site: Opened, sample_home: Path
) -> None:
    page = site.go("index.html")
    page.get_by_role("navigation").get_by_role("link", name="指标").click()
    page.wait_for_selector("#matrix[data-ready]")
    whole = page.locator("#matrix .count").inner_text()
    year = int(page.locator("#matrix").get_attribute("data-year"))

    page.locator("#matrix select[data-filter=stage]").select_option(label="小学")
    page.locator("#matrix select[data-filter=status]").select_option(label="未达标")
    some = page.locator("#matrix .count").inner_text()
    found, there = (int(n) for n in re.findall(r"\d+", some))
    assert 0 < found < there == int(re.findall(r"\d+", whole)[0])
    taken = downloaded(page, page.locator("#matrix [data-csv]"))
    assert len(taken) == found + 1
    assert {row[taken[0].index("学校判断")] for row in taken[1:]} == {"▼未达标"}

    first = page.locator("#matrix tbody tr").first
    name, code = first.locator("th a").inner_text(), first.locator("th a").get_attribute("href").split("#")[1]
    first.locator("th a").click()
    page.wait_for_selector("#school[data-ready]")
    site.settle()
    assert page.locator("h1").inner_text() == name

    figure = page.locator("[data-t=fct_school_indicators] button.figure").first
    shown = figure.inner_text().lstrip("▼")
    figure.click()
    page.wait_for_selector("#cells table")
    dialog = page.locator("dialog")
    assert name in dialog.locator("h2").inner_text()
    assert shown in dialog.locator("dl").inner_text()
    cells = page.locator("#cells tbody tr")
    assert cells.count() >= 2
    addresses = downloaded(page, dialog.get_by_role("button", name="下载 CSV"))
    heads, lines = addresses[0], addresses[1:]
    assert len(lines) == cells.count()
    # the file, sheet and cell are those the analyst's own tool names
    indicator = figure.locator("xpath=ancestor::tr").locator("a").get_attribute("href")
    told = trace_figure(
        Home(sample_home).analyst / site.folder.parent.name / "marts.duckdb",
        code,
        indicator.removeprefix("indicator_").removesuffix(".html"),
        year,
        "primary",
    )
    expected = {(c.source_file, c.sheet) for c in told.cells if c.source_file}
    assert {
        (r[heads.index("文件")], r[heads.index("工作表")]) for r in lines if r[heads.index("文件")]
    } == expected
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_the_gap_of_a_past_year_names_the_floor_of_that_year(site: Opened, folder: Path) -> None:
    page = site.go(
        f"school.html#{next(s['school_code'] for s in schools(folder) if s['school_type'] == 'primary')}"
    )
    page.evaluate(
        "() => junheng.load('common').then((common) => Object.entries(common.phrases_of_year).forEach("
        "([year, said]) => { said.gap_to_floor_zh.primary = 'floor of ' + year; }))"
    )
    page.locator("summary", has_text="逐年的数").first.click()
    seen = []
    for button in page.get_by_role("row", name="生均教学及辅助用房面积").locator("button.figure").all():
        button.click()
        year = page.locator("dialog .note .fixed").first.inner_text().split()[0]
        seen.append((year, page.locator("dialog dl").get_by_text("floor of").inner_text()))
        page.keyboard.press("Escape")
    assert len({year for year, _ in seen}) > 1
    assert all(text == f"floor of {year}" for year, text in seen), seen


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_the_screen_and_nothing_is_cut_off(
    site: Opened, folder: Path, size: str
) -> None:
    width, height = SIZES[size]
    site.page.set_viewport_size({"width": width, "height": height})
    for name in every_kind_of_page(folder):
        page = site.go(name)
        wide = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, (name, size, wide)
        for wider in () if size == "phone" else (width, width + 120):
            page.set_viewport_size({"width": wider, "height": height})
            page.evaluate(
                "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            assert page.evaluate(HIDDEN_COLUMNS) == [], (name, wider)


#: Captions of tables that hold a column behind a scroll bar.
HIDDEN_COLUMNS = """() => [...document.querySelectorAll('.scroll')].filter((s) => s.scrollWidth > s.clientWidth + 1)
  .map((s) => s.getAttribute('aria-label') + ' ' + s.scrollWidth)"""


def test_columns_that_do_not_fit_are_a_click_away_and_in_the_file(site: Opened) -> None:
    page = site.go("rectification.html")
    table = page.locator("#measure_figures")
    heads = table.locator("thead th:not(.more)")
    assert heads.last.is_hidden() and heads.first.is_visible()
    row = table.locator("tbody tr").first
    row.get_by_role("button", name="展开").click()
    said = [h.strip("\xa0↕") for h in heads.all_text_contents()]
    cells = row.locator("td:not(.more)").all_text_contents()
    dialog = page.locator("dialog")
    assert dialog.locator("dt").all_text_contents() == said
    assert dialog.locator("dd").all_text_contents() == cells
    page.keyboard.press("Escape")
    saved = downloaded(page, table.locator("[data-csv]"))
    assert saved[0] == said and len(saved[1]) == len(said)
    page.emulate_media(media="print")
    assert heads.last.is_visible() and table.locator(".more:visible").count() == 0


@pytest.mark.parametrize(
    "whole", [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.slow)]
)
def test_no_page_has_a_serious_barrier(site: Opened, folder: Path, whole: bool) -> None:
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    barriers = []
    names = every_kind_of_page(folder)
    if not whole:  # schools of all types share one layout; two of them show all its parts
        views = [n for n in names if "#" in n]
        names = [n for n in names if "#" not in n] + [views[0], views[-1]]
    for name in names:
        page = site.go(name)
        page.evaluate("() => document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        if not whole:  # nor do the rows of a table differ in their markup
            page.evaluate(
                "() => document.querySelectorAll('tbody').forEach("
                "(b) => [...b.rows].slice(12).forEach((r) => r.remove()))"
            )
        barriers += _barriers(page, axe, name)
    site.go(f"school.html#{_a_judged_school(folder)}")
    site.page.locator("button.figure").first.click()
    site.page.wait_for_selector("#cells table")
    barriers += _barriers(site.page, axe, "dialog")
    assert barriers == []


def _barriers(page: Any, axe: str, name: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{name}: {v['id']} ({v['impact']}) {v['help']}: {v['nodes'][0]['html'][:160]} ×{len(v['nodes'])}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def _a_judged_school(folder: Path) -> str:
    return next(s["school_code"] for s in schools(folder) if s["school_type"] == "primary")


def test_a_school_is_printed_on_one_page(site: Opened, folder: Path) -> None:
    for code in one_school_of_each_type(folder):
        site.go(f"school.html#{code}")
        assert _printed_pages(site.page) == 1, code


@pytest.mark.slow
def test_every_school_is_printed_on_one_page(site: Opened, folder: Path) -> None:
    for school in schools(folder):
        site.go(f"school.html#{school['school_code']}")
        assert _printed_pages(site.page) == 1, school


def _printed_pages(page: Any) -> int:
    return int(page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n"))


def test_everything_is_reached_by_the_keyboard_and_seen_there(site: Opened) -> None:
    page = site.go("indicators.html")
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const e = document.activeElement, s = getComputedStyle(e);"
                " return [e.tagName, e.textContent.trim().slice(0, 20), s.outlineStyle !== 'none'"
                " && parseFloat(s.outlineWidth) > 0]; }"
            )
        )
        if reached[-1][1].startswith("示例"):
            break
    tags = {tag for tag, _, _ in reached}
    assert reached[0][1] == "跳到正文"
    assert {"A", "INPUT", "SELECT", "BUTTON"} <= tags
    assert reached[-1][1].startswith("示例"), "the first school's link is reached"
    assert [r for r in reached if not r[2]] == []
    page.keyboard.press("Enter")
    page.wait_for_selector("#school[data-ready]")


def test_a_copied_table_can_not_start_a_formula(site: Opened) -> None:
    page = site.go("index.html")
    texts = ["=1+1", "+86", "-2+3", "@x", "\t=1", "＝1", "-12.5", "▼3"]
    safe = page.evaluate("(given) => given.map((t) => junheng.csvField(t))", texts)
    assert safe == ["'=1+1", "'+86", "'-2+3", "'@x", "'\t=1", "'＝1", "-12.5", "▼3"]


def test_figures_are_rounded_half_up_from_their_decimal_form(site: Opened) -> None:
    page = site.go("index.html")
    cases = [(1.005, 2, "1.01"), (0.145, 2, "0.15"), (2.675, 2, "2.68"), (1234567.5, 0, "1,234,568"),
             (-0.004, 2, "0.00"), (1e-7, 3, "0.000"), (1e21, 0, "1,000,000,000,000,000,000,000")]  # fmt: skip
    for value, decimals, printed in cases:
        assert page.evaluate("([v, d]) => junheng.number(v, d)", [value, decimals]) == printed
    assert page.evaluate("() => junheng.percent(0.29226)") == "29.2%"


def test_a_missing_data_file_is_said_in_words(browser: Any, folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "site"
    shutil.copytree(folder, copy)
    (copy / "data" / "schools.js").unlink()
    context = browser.new_context()
    page = context.new_page()
    page.goto((copy / "school.html").as_uri())
    page.wait_for_selector("[role=alert]")
    assert "site 文件夹" in page.locator("[role=alert]").inner_text()
    context.close()


def test_an_address_with_a_query_sets_the_filters_of_its_table(site: Opened) -> None:
    page = site.go("kindergartens.html#universality?figure_zh=%E6%89%98%E4%BD%8D%E6%95%B0&unknown=x")
    rows = page.locator("#universality tbody tr")
    assert {row.locator("[data-c=figure_zh]").inner_text() for row in rows.all()} == {"托位数"}
    assert page.evaluate("document.getElementById('universality').getBoundingClientRect().top") < 400


TOY = """
tables:
  - name: toy
    site: {page: school.html, section: ledgers}
    title_zh: 历年隐患
    mart: fct_school_hazards
    key: [ledger_year, school_code, hazard_kind]
    order: [-ledger_year]
    columns: [ledger_year year, {name: hazard_kind, words: hazard_kind}, found whole]
"""


def test_a_table_is_added_to_the_view_of_a_school_by_one_entry(
    browser: Any, sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "toy.yml").write_text(TOY, encoding="utf-8")
    grown = catalogue.read(tmp_path / "catalogue")
    monkeypatch.setattr(catalogue, "load", lambda: grown)
    database = (sample_home / "current").resolve() / "marts.duckdb"
    write_site(
        database, tmp_path / "site", PageRelease("toy", "2026-01-02T03:04:05", dt.date(2026, 1, 2), True)
    )
    with open_marts(database) as con:
        (code, years), *_ = con.execute(
            "select school_code, list(ledger_year order by ledger_year desc) from marts.fct_school_hazards"
            " group by school_code having count(distinct ledger_year) > 1 order by 1"
        ).fetchall()
    opened = Opened(tmp_path / "site", browser.new_page())
    table = opened.go(f"school.html#{code}").locator("table", has_text="历年隐患")
    assert table.locator("td[data-c=ledger_year]").all_inner_texts() == [str(year) for year in years]
    assert opened.complaints == []
