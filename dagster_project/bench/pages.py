"""The site at scale: how long it takes to write, how large it is, how soon its pages are ready in a browser.

A page is ready when everything on it is drawn: no table still loading, no chart missing. Pages are opened from the
disk as a reader opens them, each in a fresh profile, so nothing is cached by the browser. The browser is Chromium from
the system's packages, driven by Playwright (a development tool); without them sizes are told, times are not.
"""

from __future__ import annotations

import datetime as dt
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

#: True once a page of the site is drawn; see the scripts in `publish/site/assets`.
IS_READY = (
    "() => document.readyState === 'complete' && !document.querySelector('.loading')"
    " && [...document.querySelectorAll('figure.chart .canvas')].every(c => c.dataset.drawn)"
)
REPEATS = 3


def find_browser() -> str | None:
    """Path of a Chromium of the system's packages."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def build_marts(database: str, committee: str, analyst: str) -> dict[str, Any]:
    """Build all models over generated rows, then the two published databases. Its time is not measured."""
    from dagster_project.warehouse import build, release

    path = Path(database)
    arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    arguments += ["--exclude", "tag:region"]
    arguments += ["--target-path", str(path.parent / "dbt")]
    outcome = build.invoke(arguments, path, build.prepare_manifest())
    if not outcome.success:
        raise build.BuildFailed(build.failure_zh(outcome))
    build.close_connections()
    release.copy_marts(path, Path(committee), Path(analyst), build.published_labels())
    return {}


def write_pages(committee: str, analyst: str, folder: str) -> dict[str, Any]:
    """Write the site.

    Returns:
        seconds: of writing alone; pages, files, bytes: of the whole site; largest_bytes: of its largest file.
    """
    from dagster_project.publish import site

    started, busy = time.perf_counter(), time.process_time()
    released = site.PageRelease("合成", "2024-01-01T00:00:00", dt.date(2024, 1, 1), True)
    pages = site.write_site(Path(committee), Path(folder), released, analyst_database=Path(analyst))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - busy
    sizes = [p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()]
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "pages": len(pages),
        "files": len(sizes),
        "bytes": sum(sizes),
        "largest_bytes": max(sizes),
    }


def open_pages(folder: str) -> dict[str, Any]:
    """Open the kinds of page that hold most: overview, matrix, class ledger, a school.

    Returns:
        seconds: of the slowest page; pages: title → seconds (median of some openings) and bytes read.
    """
    from playwright.sync_api import sync_playwright

    root = Path(folder)
    places = [("概览", root / "index.html", "")]
    district = root
    if not (root / "indicators.html").exists():
        district = min(p.parent for p in root.glob("*/indicators.html"))
        places = [("区县列表", root / "index.html", ""), ("概览", district / "index.html", "")]
    places += [("学校与指标", district / "indicators.html", ""), ("班额", district / "classes.html", "")]
    places += [("学校", district / "school.html", f"#{_a_school(district)}")]
    told: dict[str, dict[str, float]] = {}
    with sync_playwright() as driver:
        # in a container the sandbox of Chromium has no privileges to set itself up
        browser = driver.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for title, path, fragment in places:
            taken, read = [], 0
            for _ in range(REPEATS):
                context = browser.new_context(viewport={"width": 1366, "height": 768})
                page = context.new_page()
                asked: list[str] = []
                page.on("request", lambda r: asked.append(r.url))  # noqa: B023 used up in this round
                started = time.perf_counter()
                page.goto(path.as_uri() + fragment)
                page.wait_for_function(IS_READY)
                taken.append(time.perf_counter() - started)
                read = sum(_size(url) for url in set(asked))
                context.close()
            told[title] = {"seconds": statistics.median(taken), "bytes": read}
        browser.close()
    return {"seconds": max(t["seconds"] for t in told.values()), "pages": told}


def _a_school(district: Path) -> str:
    """Code of a school that has a verdict: the first of the matrix."""
    import json

    text = (district / "data" / "matrix.js").read_text(encoding="utf-8")
    matrix = json.loads(text[text.index(",") + 1 : text.rindex(")")])
    return str(matrix["rows"][0][matrix["columns"].index("school_code")])


def _size(url: str) -> int:
    from urllib.parse import unquote, urlparse

    path = Path(unquote(urlparse(url).path))
    return path.stat().st_size if url.startswith("file:") and path.is_file() else 0
