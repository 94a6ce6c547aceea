"""The static site of a release: opened by double click, without server, network or build tool.

The pages are declared in the catalogue and written with Jinja2 from the committee's marts. A release of one district
has them at the root; a release of several has one folder per district, and a list of the districts at the root. Data
that are too large for a page (the matrix of schools, the figures of a school, source cells) are script files under
`data/`, loaded on demand. Charts are Vega-Lite specifications, drawn by the script that vl-convert contains.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dagster_project.core.duck import open_marts
from dagster_project.core.processes import end_with_parent
from dagster_project.publish import catalogue, labels
from dagster_project.publish.site import indicators, maps, overview, printing, schools, sections
from dagster_project.publish.site.marts import Marts, PageRelease
from dagster_project.publish.site.pages import SitePage, script_json
from dagster_project.warehouse.districts import district_of, districts_of_release

if TYPE_CHECKING:
    import jinja2

_B = TypeVar("_B")

_HERE = Path(__file__).parent
ASSETS = ("site.css", "site.js", "figure.js", "matrix.js", "school.js")
#: Schools per batch: their figures and source cells are in memory at the same time.
BATCH_SCHOOLS = 3_000
#: Each process needs up to 2 GB.
MOST_PROCESSES = 4

#: Functions that make the pages which are more than sections, by the name that the catalogue uses.
MAKERS: Mapping[str, Callable[[Marts, str, catalogue.Page], SitePage | None]] = {
    "overview": overview.page,
    "indicators": indicators.page,
    "schools": schools.page,
    "maps": maps.page,
}


def write_site(
    database: Path,
    folder: Path,
    release: PageRelease,
    *,
    analyst_database: Path | None = None,
    previous: Path | None = None,
    outlines: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write the site of a release: its pages, and the data that they load.

    Args:
        database, folder, release, previous, outlines: as of `write_pages`.
        analyst_database: as of `write_data`.

    Returns:
        Names of the pages written, relative to `folder`.
    """
    written = write_pages(database, folder, release, previous=previous, outlines=outlines)
    write_data(database, folder, release, analyst_database)
    return written


def write_pages(
    database: Path,
    folder: Path,
    release: PageRelease,
    *,
    previous: Path | None = None,
    outlines: Mapping[str, Any] | None = None,
    processes: int = MOST_PROCESSES,
) -> list[str]:
    """Write the pages of a release; `write_data` writes what they load, before, after or meanwhile.

    Args:
        database: the committee's `marts.duckdb`; every figure of the pages is one of its cells.
        folder: folder of `index.html`; created if it does not exist.
        release: what the pages say of the release.
        previous: the committee's database of the release before, for what has changed since.
        outlines: GeoJSON of the towns, drawn under the map.
        processes: largest number of processes that write at the same time.

    Returns:
        Names of the pages written, relative to `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_assets(folder / "assets")
    with open_marts(database) as con:
        marts = Marts(con, release)
        overview.compare(marts, database, previous)
        batches = [
            _Batch(
                database, folder, release, outlines, codes,
                {code: marts.changes[code] for code in codes if code in marts.changes}, marts.changes_zh,
            )
            for codes in _in_batches(marts)
        ]  # fmt: skip
        written = [name for names in _side_by_side(_write_batch, batches, processes) for name in names]
        if marts.several:
            page = overview.districts_page(marts, districts_of_release(database.parent))
            write_page_file(
                folder, page, navigation=[], root="", release=release, district_code="", several=True,
                school_year=max(marts.years.values()),
            )  # fmt: skip
            written.append(page.file)
    return written


def write_data(
    database: Path,
    folder: Path,
    release: PageRelease,
    analyst_database: Path | None = None,
    *,
    processes: int = MOST_PROCESSES,
) -> None:
    """Write the figures and source cells that the pages load.

    Args:
        database, folder, release, processes: as of `write_pages`.
        analyst_database: where the addresses of source cells are read from, for the indicators of schools only;
            without it the pages say that they have none.
    """

    with open_marts(database) as con:
        batches = [
            _DataBatch(database, folder, release, analyst_database, codes)
            for codes in _in_batches(Marts(con, release))
        ]
    for _ in _side_by_side(_write_data_batch, batches, processes):
        pass


@dataclass(frozen=True)
class _Batch:
    """Districts whose pages one process writes; see `write_pages`."""

    database: Path
    folder: Path
    release: PageRelease
    outlines: Mapping[str, Any] | None
    districts: tuple[str, ...]
    changes: Mapping[str, list[dict[str, Any]]]
    changes_zh: str


@dataclass(frozen=True)
class _DataBatch:
    """Districts whose data one process writes; see `write_data`."""

    database: Path
    folder: Path
    release: PageRelease
    analyst_database: Path | None
    districts: tuple[str, ...]


def _in_batches(marts: Marts) -> list[tuple[str, ...]]:
    """Districts in groups of about `BATCH_SCHOOLS` schools."""
    counted = marts.con.execute(
        "select district_code, count(distinct school_code) from marts.dim_schools group by 1 order by 1"
    ).fetchall()
    batches: list[list[str]] = []
    room = 0
    for code, count in counted:
        if not batches or count > room:
            batches.append([])
            room = BATCH_SCHOOLS
        batches[-1].append(str(code))
        room -= count
    return [tuple(b) for b in batches]


def _side_by_side(
    write: Callable[[_B], list[str]], batches: Sequence[_B], processes: int
) -> Iterable[list[str]]:
    """Write all batches: one batch in this process, several in processes of their own."""
    if len(batches) <= 1:
        yield from map(write, batches)
        return
    with ProcessPoolExecutor(
        min(len(batches), os.cpu_count() or 1, processes), get_context("spawn"), initializer=end_with_parent
    ) as pool:
        yield from pool.map(write, batches)


def _write_batch(batch: _Batch) -> list[str]:
    """Write the pages of some districts; returns their names."""
    from altair.utils import schemapi

    written: list[str] = []
    # the tests check the charts against the schema; here the check would only cost time
    with open_marts(batch.database) as con, schemapi.debug_mode(False):
        declared = districts_of_release(batch.database.parent)
        marts = Marts(
            con, batch.release, batch.districts, batch.outlines, batch.changes, batch.changes_zh, declared
        )
        environment = _environment()
        for district_code in batch.districts:
            place = batch.folder / district_code if marts.several else batch.folder
            place.mkdir(exist_ok=True)
            root = "../" if marts.several else ""
            made = [(spec, _page(marts, district_code, spec)) for spec in catalogue.load().pages]
            pages = [page for _, page in made if page is not None]
            navigation = [(spec.file, spec.navigation_zh) for spec, page in made if page is not None]
            (matrix,) = (spec.file for spec in catalogue.load().pages if spec.maker == "indicators")
            whole_zh = marts.whole_zh(district_code)
            for page in [*pages, *indicators.detail_pages(marts, district_code, matrix)]:
                text = environment.get_template(page.template).render(
                    page=page, navigation=navigation, root=root, release=batch.release,
                    district_code=district_code, district_zh=district_of(district_code, declared).name_zh,
                    several=marts.several, school_year=marts.years[district_code], whole_zh=whole_zh,
                    **page.values,
                )  # fmt: skip
                (place / page.file).write_text(text, encoding="utf-8")
                written.append(str((place / page.file).relative_to(batch.folder)))
    return written


def _page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage | None:
    """A page of a district; None if it has no content."""
    make = MAKERS[spec.maker] if spec.maker else sections.page
    return make(marts, district_code, spec)


def _write_data_batch(batch: _DataBatch) -> list[str]:
    """Write the data of some districts; returns the names of the files."""
    from altair.utils import schemapi

    with open_marts(batch.database) as con, schemapi.debug_mode(False):
        marts = Marts(con, batch.release, batch.districts)
        return schools.write_data(marts, batch.folder, batch.analyst_database)


def warm_up() -> None:
    """Load the libraries, the catalogue and the templates before there is anything to write."""
    import altair  # noqa: F401

    catalogue.load()
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals.update(
        cell=printing.cell, shown=printing.shown, words=labels, stage_zh=labels.stage_zh,
    )  # fmt: skip
    environment.filters["script_json"] = script_json
    return environment


def write_page_file(folder: Path, page: SitePage, **values: Any) -> Path:
    """Write one page; `values` are what its template needs besides those of the page itself."""
    text = _environment().get_template(page.template).render(page=page, **page.values, **values)
    path = folder / page.file
    path.write_text(text, encoding="utf-8")
    return path


def write_assets(folder: Path) -> None:
    """Write the styles and scripts that every page loads."""
    from importlib.metadata import version as installed

    import altair as alt
    import vl_convert

    folder.mkdir(exist_ok=True)
    for name in ASSETS:
        shutil.copyfile(_HERE / "assets" / name, folder / name)
    kept = Path(sys.prefix) / "junheng" / f"vega-{alt.SCHEMA_VERSION}-{installed('vl-convert-python')}.js"
    if not kept.is_file():
        # bundling takes two seconds; the bundle is kept beside the installation if its folder is writable
        version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
        snippet = "window.vegaEmbed = vegaEmbed; window.vega = vega; window.vegaLite = vegaLite;"
        bundle = vl_convert.javascript_bundle(snippet, version)
        try:
            kept.parent.mkdir(exist_ok=True)
            fresh = kept.with_name(f"{kept.name}.{os.getpid()}")
            fresh.write_text(bundle, encoding="utf-8")
            fresh.replace(kept)
        except OSError:
            (folder / "vega.js").write_text(bundle, encoding="utf-8")
            return
    shutil.copyfile(kept, folder / "vega.js")
