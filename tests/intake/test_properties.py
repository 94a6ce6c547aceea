"""Whatever a workbook holds, every row of it is counted once; and the order of files decides nothing."""

from __future__ import annotations

import atexit
import datetime as dt
import io
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_project.core.homes import Home
from dagster_project.intake import receive
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.manifest import read_manifest
from dagster_project.intake.reader import Worker
from dagster_project.record import in_force
from dagster_project.record.suites import Failure

CODES = [f"21000000{n:02d}" for n in range(6)]
CELL = st.one_of(
    st.none(),
    st.integers(-5, 3000),
    st.floats(0, 5000, allow_nan=False).map(lambda x: round(x, 2)),
    st.sampled_from(["合计", "小计", "#N/A", "约40", "40人", "１２", " 12 ", "-", "—", "1,200", "注：以上为预估", "=1+1", "null"]),
    st.text(max_size=6).filter(lambda t: t.isprintable()),
)  # fmt: skip
CODE = st.one_of(st.sampled_from(CODES), CELL)
FEEDS = ["schools", "enrolment", "staffing", "class_sizes"]


@st.composite
def rows(draw: st.DrawFn, feed: str) -> list[list[Any]]:
    """Rows under a feed's headings: plausible ones, spoilt ones, empty ones."""
    columns = [c for c in load_feeds()[feed].columns if c.required]
    good: dict[str, Any] = {
        "school_name": "校", "district_code": "500101", "town": "东镇", "school_type": "小学", "ownership": "公办",
        "stage": "小学", "students": 40, "grade": 1, "class_name": "1班", "full_time_teachers": 30,
        "above_required_degree_teachers": 20, "backbone_teachers": 3, "pe_teachers": 2, "music_teachers": 2,
        "fine_art_teachers": 2,
    }  # fmt: skip
    found = []
    for _ in range(draw(st.integers(0, 8))):
        row = [draw(CODE) if c.name == "school_code" else good.get(c.name) for c in columns]
        for _ in range(draw(st.integers(0, 2))):
            row[draw(st.integers(0, len(row) - 1))] = draw(CELL)
        found.append([] if draw(st.integers(0, 9)) == 0 else row)
    return found


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook of up to three sheets, each for one feed."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for feed in draw(st.lists(st.sampled_from(FEEDS), min_size=1, max_size=3, unique=True)):
        sheet = book.create_sheet(feed)
        for _ in range(draw(st.integers(0, 2))):
            sheet.append([draw(st.sampled_from(["示例学校", None, "2023"]))])
        sheet.append([c.heading_zh for c in load_feeds()[feed].columns if c.required])
        for row in draw(rows(feed)):
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_register(con: Any, relations: dict[str, str], rule_class: str) -> Any:
    """The register's and the conflict's rule alone, without the suites' library."""
    failing = {}
    for feed, relation in relations.items():
        found, clash = ("not is_registered" if feed != "schools" else "false"), "is_conflict"
        if rule_class == "experience":
            found = clash = "false"
        failed = con.execute(
            f"select row_id, case when {clash} then 'CONFLICT' else 'UNREGISTERED' end"
            f" from {relation} where {found} or {clash}"
        ).fetchall()
        failing[feed] = [
            Failure(row_id, code, "logic", "quarantine_row", "school_code", "", "", "")
            for row_id, code in failed
        ]
    return failing


#: one worker for all examples: starting one takes longer than reading what they hold
WORKER = Worker(Path(tempfile.gettempdir()))
atexit.register(WORKER.close)


def accepted(
    folder: Path, names: dict[str, bytes], submissions: list[list[str]]
) -> tuple[dict[str, Any], list[Any]]:
    """What is accepted of some workbooks, handed in by submissions, and the counts of every sheet."""
    home = Home(folder / "home")
    for batch in submissions:
        for name in batch:
            path = folder / "raw" / "2023" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(names[name])
        receive.take_in(home, folder / "raw", worker=WORKER)
    with duckdb.connect() as con:
        in_force.resolve(con, home, read_manifest(home), by_register, dt.date(2024, 1, 1))
        tables = {}
        for feed in FEEDS:
            columns = ", ".join(c.name for c in load_feeds()[feed].columns)
            tables[feed] = con.execute(f"select {columns} from accepted.{feed} order by all").fetchall()
        counts = con.execute(
            "select feed, rows_read, rows_accepted, rows_quarantined, rows_dropped from accepted.submissions order by all"
        ).fetchall()
    return tables, counts


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@settings(max_examples=12, **QUIET)
@given(books=st.lists(workbooks(), min_size=1, max_size=3))
def test_rows_in_are_rows_out_for_any_workbooks(books: list[bytes]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        names = {f"{n}.xlsx": book for n, book in enumerate(books)}
        tables, counts = accepted(folder, names, [[n] for n in names])
        assert all(read == taken + aside + dropped for _, read, taken, aside, dropped in counts)
        for feed, found in tables.items():
            # what is in force is at most what was accepted: later returns replace earlier ones
            assert len(found) <= sum(c[2] for c in counts if c[0] == feed)
    finally:
        shutil.rmtree(folder)


@settings(max_examples=8, **QUIET)
@given(books=st.lists(workbooks(), min_size=2, max_size=4), seed=st.integers(0, 99))
def test_the_order_of_files_in_one_submission_decides_nothing(books: list[bytes], seed: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        order = list(range(len(books)))
        first = {f"{n}.xlsx": book for n, book in enumerate(books)}
        random.Random(seed).shuffle(order)
        second = {f"{position}.xlsx": books[n] for position, n in enumerate(order)}
        one, _ = accepted(folder / "one", first, [list(first)])
        other, _ = accepted(folder / "other", second, [list(second)])
        assert one == other
    finally:
        shutil.rmtree(folder)
