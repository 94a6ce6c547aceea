"""A region's run over a lake: every district gets its own release, and the region's says what is and what is not in it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import lxml.html
import openpyxl
import pytest

from dagster_project.core.duck import open_marts, rows
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.region import district_release, regional_release, run
from dagster_project.region.lake import Delivery, read_lake
from dagster_project.region.united import own_digests
from dagster_project.warehouse import release
from dagster_project.warehouse.description import describe_release
from tests.region.accepted_lake import RULE_SET, deliver_accepted
from tests.region.many_districts import DAY, NOW, Ground, district, new_ground
from tests.region.test_lake import give_other_tables

#: Districts of the lake by what is special about them; the others are like AS_IT_SHOULD.
AS_IT_SHOULD, TWICE, LATE, BROKEN, OLDER_RULES, EARLIER_YEAR, ABSENT = (f"5001{n:02}" for n in range(1, 8))
#: The united build of the first run, its models done.
BUILT = "built.duckdb"
OTHERS = [f"5001{n:02}" for n in (10, 11, 12, 13, 14, 15)]


@pytest.fixture(scope="module", params=[6, pytest.param(12, marks=pytest.mark.slow)])
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A lake of some districts, run once: one is late, one broken, one delivered twice, one by an older rule set
    and then one of other tables."""
    others = OTHERS[: request.param - 6]
    made = new_ground(
        tmp_path_factory.mktemp("region"), AS_IT_SHOULD, TWICE, LATE, BROKEN, OLDER_RULES, EARLIER_YEAR, ABSENT, *others
    )  # fmt: skip
    fortnight, month = dt.timedelta(days=14), dt.timedelta(days=40)
    deliver_accepted(made.lake, AS_IT_SHOULD, district(AS_IT_SHOULD, 1, 2))
    deliver_accepted(made.lake, TWICE, district(TWICE, 0, 2), now=NOW - fortnight)
    deliver_accepted(made.lake, TWICE, district(TWICE, 2, 2), now=NOW)
    deliver_accepted(made.lake, LATE, district(LATE, 1, 3), now=NOW - month)
    broken = deliver_accepted(made.lake, BROKEN, district(BROKEN, 1, 2))
    file = Path(broken.table_path("staffing"))
    file.write_bytes(file.read_bytes()[:-1])
    older = RULE_SET.model_copy(update={"program_version": "0.1.0"})
    deliver_accepted(made.lake, OLDER_RULES, district(OLDER_RULES, 0, 2), rule_set=older)
    of_other_tables = deliver_accepted(made.lake, OLDER_RULES, district(OLDER_RULES, 2, 2), now=NOW)
    give_other_tables(Path(of_other_tables.path), schools=2)
    deliver_accepted(made.lake, EARLIER_YEAR, district(EARLIER_YEAR, 1, 1, year=2023))
    for code in others:
        deliver_accepted(made.lake, code, district(code, 1, 4))
    write = regional_release.write

    def keeping_the_build(started: regional_release.RegionBuild) -> None:
        shutil.copyfile(started.database, made.home.root.parent / BUILT)
        write(started)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regional_release, "write", keeping_the_build)
        made.run()
    yield made
    shutil.rmtree(made.home.root.parent)


def test_the_region_says_who_delivered_and_who_did_not(ground: Ground) -> None:
    found = ground.ask("select * from marts.fct_region_deliveries")
    status = {row["district_code"]: row["delivery_status"] for row in found}
    special = {LATE: "late", BROKEN: "broken", ABSENT: "missing"}
    assert status == {code: special.get(code, "delivered") for code in status}
    by_code = {row["district_code"]: row for row in found}
    assert by_code[LATE]["days_since_delivery"] == 40
    assert "staffing.parquet" in by_code[BROKEN]["delivery_problem_zh"]
    assert by_code[OLDER_RULES]["program_version"] == "0.1.0"
    assert by_code[OLDER_RULES]["is_program_different"] and by_code[OLDER_RULES]["is_rules_different"]
    # its newer delivery has a column more than this program's tables
    assert "campuses" in by_code[OLDER_RULES]["delivery_problem_zh"]


def test_figures_are_those_of_the_newest_delivery(ground: Ground) -> None:
    statement = (
        "select district_code, numerator, denominator, school_year from marts.fct_region_figures"
        " where figure_code = 'compliance_rate' and stage = 'primary' and numerator is not null"
    )
    found = {
        r["district_code"]: (r["numerator"], r["denominator"], r["school_year"])
        for r in ground.ask(statement)
    }
    assert found == {
        AS_IT_SHOULD: (1, 2, 2024), TWICE: (2, 2, 2024), LATE: (1, 3, 2024), OLDER_RULES: (0, 2, 2024),
        EARLIER_YEAR: (1, 1, 2023), **{code: (1, 4, 2024) for code in found if code in OTHERS},
    }  # fmt: skip


def test_a_district_that_is_not_in_the_figures_is_on_the_page_with_the_reason(ground: Ground) -> None:
    found = ground.ask(
        "select distinct district_code, reason_code from marts.fct_region_figures where school_year = 2024"
    )
    reasons = {
        r["district_code"]: r["reason_code"]
        for r in found
        if r["district_code"] in (BROKEN, ABSENT, EARLIER_YEAR)
    }
    assert reasons == {
        BROKEN: "broken", ABSENT: "missing", EARLIER_YEAR: "no_returns",
    }  # fmt: skip
    folder = ground.home.current_dir()
    assert folder is not None
    page = (folder / "site" / "index.html").read_text(encoding="utf-8")
    names = {
        r["district_code"]: r["district_zh"] for r in ground.ask("select * from marts.fct_region_deliveries")
    }
    assert f"未送交 1 个（{names[ABSENT]}）" in page and f"迟交 1 个（{names[LATE]}）" in page
    assert f"送交的内容不完整 1 个（{names[BROKEN]}）" in page
    (workbook,) = (folder / "workbooks").iterdir()
    assert workbook.name.startswith("示例市_区县对比_2025-01-20")
    sheets = openpyxl.load_workbook(workbook, read_only=True)
    assert sheets.sheetnames == ["达标与班额", "待遇与整改", "逐项比较", "全域", "送交情况"]
    first = list(sheets["达标与班额"].iter_rows(values_only=True))
    assert first[0][0] == "各区县达标、差异系数与大班额" and "数据截至 2024-09" in first[1][0]
    # the best comes first: two of two schools
    (heads,) = [n for n, row in enumerate(first) if row[0] == "区县"]
    assert first[heads + 1][:2] == (names[TWICE], TWICE) and first[heads + 1][4] == 1.0


def test_every_row_of_the_page_is_one_of_the_tables(ground: Ground) -> None:
    folder = ground.home.current_dir()
    assert folder is not None
    page = lxml.html.fromstring((folder / "site" / "index.html").read_text(encoding="utf-8"))
    tables = page.xpath("//table[@data-t]")
    assert {t.get("data-t") for t in tables} == set(describe_release(ground.home, folder.name).tables)
    for table in tables:
        keys = table.get("data-keys").split()
        listed = ground.ask(f"select {', '.join(keys)} from marts.{table.get('data-t')}")
        known = {"|".join(str(row[k]) for k in keys) for row in listed}
        shown = [row.get("data-k") for row in table.xpath(".//tbody/tr")]
        assert shown and set(shown) <= known and len(set(shown)) == len(shown)


def test_a_districts_release_holds_its_own_rows_alone(ground: Ground) -> None:
    for code in (AS_IT_SHOULD, EARLIER_YEAR):
        folder = ground.home_of(code).current_dir()
        assert folder is not None
        with open_marts(folder / "marts.duckdb") as con:
            found = rows(con, "select distinct district_code from marts.dim_schools")
        assert found == [{"district_code": code}]
    assert ground.home_of(BROKEN).release_in_force() is None


def test_the_same_lake_again_writes_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.stat().st_mtime_ns for p in ground.home.root.rglob("release.json")}
    monkeypatch.setattr(run, "build_united", lambda *_: pytest.fail("nothing has to be computed"))
    summary = ground.run()
    assert (
        not summary.is_new
        and {p: p.stat().st_mtime_ns for p in ground.home.root.rglob("release.json")} == before
    )
    assert {s.district_code: s.status for s in summary.states}[LATE] == "late"


def test_equal_tables_are_not_written_again(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = read_lake(ground.lake).by_district[TWICE].manifest
    built = ground.home.root.parent / BUILT
    task = district_release.Task(
        built, tmp_path / "own", said, DAY.isoformat(), NOW, frozenset(),
        marts_sha256=own_digests(built, [TWICE])[TWICE],
    )  # fmt: skip
    first = district_release.publish(task)
    assert first.is_new and not first.problem_zh
    # another day, and the same tables: nothing is split off
    later = dataclasses.replace(task, as_of="2025-01-21", now=NOW + dt.timedelta(days=1))
    monkeypatch.setattr(district_release, "split", lambda *_: pytest.fail("nothing has to be split"))
    assert district_release.publish(later) == district_release.Outcome(TWICE, first.release_id)
    # found equal once, it is known before the models are done
    before_models = dataclasses.replace(later, marts_sha256="")
    assert district_release.known_release(before_models) == first.release_id
    assert district_release.known_release(dataclasses.replace(before_models, as_of="2025-01-22")) is None
    # other tables, a district of another name, or other templates write it again
    renamed = said.model_copy(update={"district": said.district.model_copy(update={"name_zh": "新区"})})
    changes = ({"marts_sha256": "other"}, {"delivery": renamed}, {"code_sha256": "other"})
    monkeypatch.undo()
    next_day = dataclasses.replace(later, as_of="2025-01-22")
    assert district_release.known_release(next_day) == first.release_id
    changed = [dataclasses.replace(next_day, **change) for change in changes]
    assert [district_release.known_release(task) for task in changed] == [None] * 3
    assert district_release.publish(changed[0]).is_new


@pytest.mark.slow
def test_a_later_day_writes_only_what_has_changed(ground: Ground) -> None:
    """One district delivers again, and one owes its returns a day longer; the others' tables stay as they are."""
    later = NOW + dt.timedelta(days=1)
    deliver_accepted(ground.lake, AS_IT_SHOULD, district(AS_IT_SHOULD, 2, 2), now=later)
    summary = ground.run(DAY + dt.timedelta(days=1), now=later)
    assert summary.is_new
    assert [c for c, o in summary.outcomes.items() if o.is_new] == [AS_IT_SHOULD, EARLIER_YEAR]
    home = ground.home_of(TWICE)
    assert summary.outcomes[TWICE].release_id == home.release_in_force()
    assert len(list(home.releases.glob("[!.]*"))) == 1


# --- kill -9 ---

#: A run whose models are done: what may be torn is written after them.
_RUN = """
import datetime as dt, shutil, sys
from pathlib import Path
from dagster_project.region import run
if __name__ == "__main__":
    built, lake, home = sys.argv[1:]
    run._build = lambda database, *_: shutil.copyfile(built, database)
    run.build.run_models = lambda *_, **__: None
    now = dt.datetime.now(dt.UTC)
    run.run_region(lake, Path(home), as_of=dt.date(2025, 1, 20), now=now, parts=frozenset(), processes=2)
    print("done")
"""


def start(ground: Ground, home: Path) -> subprocess.Popen[str]:
    driver = home.parent / "driver.py"
    driver.write_text(_RUN)
    arguments = [
        sys.executable,
        str(driver),
        str(ground.home.root.parent / BUILT),
        ground.lake.url,
        str(home),
    ]
    return subprocess.Popen(
        arguments, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def look(home: Home, table: str) -> str | None:
    """One look of a reader: the release in force, which is whole and answers; None before the first."""
    identifier = home.release_in_force()
    if identifier is None:
        return None
    described = describe_release(home, identifier)
    with open_marts(home.releases / identifier / "marts.duckdb") as con:
        (found,) = con.execute(f"select count(*) from marts.{table}").fetchall()
    assert found[0] == described.tables[table]
    assert set(described.files_sha256) >= {"marts.duckdb", f"parquet/{table}.parquet"}
    return identifier


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_runs_leave_whole_releases(ground: Ground, tmp_path: Path, kills: int) -> None:
    region = Home(tmp_path / "home")
    region.root.mkdir()
    chance = random.Random(kills)
    homes = [
        Home(region.root / "districts" / c) for c in (AS_IT_SHOULD, TWICE, LATE, OLDER_RULES, EARLIER_YEAR)
    ]
    seen: set[str] = set()

    def look_at_all() -> None:
        seen.update(filter(None, (look(h, "dim_schools") for h in homes)))
        seen.update(filter(None, (look(region, "fct_region_figures"),)))

    for _ in range(kills):
        process = start(ground, region.root)
        while process.poll() is None and not list(region.root.glob("districts/*/releases/.build-*")):
            time.sleep(0.05)
        # somewhere between the first district's first file and the region's switch
        ends = time.monotonic() + chance.uniform(0, 6)
        while process.poll() is None and time.monotonic() < ends:
            look_at_all()
            time.sleep(0.2)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        look_at_all()
    process = start(ground, region.root)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0 and "done" in said, said
    look_at_all()
    assert len(seen) == 6
    # nothing half is left, and no district was written twice
    assert not [p for p in region.root.rglob(".build-*")]
    assert [len(list(h.releases.glob("[!.]*"))) for h in homes] == [1] * 5


# --- one district's failure is its own ---


@pytest.fixture
def two(tmp_path: Path) -> Ground:
    made = new_ground(tmp_path, AS_IT_SHOULD, TWICE)
    for code in (AS_IT_SHOULD, TWICE):
        deliver_accepted(made.lake, code, district(code, 1, 2))
    return made


def fake_models(failing: set[str]) -> Callable[..., Any]:
    """Stands for the models in a test of what is done when they fail: they do where one of these districts' rows are."""
    from dagster_project.warehouse.build import BuildFailed

    def build(database: Path, deliveries: Sequence[Delivery], *_: Any) -> None:
        if failing & {d.district_code for d in deliveries}:
            raise BuildFailed("某项检验未通过")
        database.write_text(" ".join(d.district_code for d in deliveries))

    return build


@pytest.mark.parametrize("count", range(1, 7))
def test_districts_whose_figures_fail_are_found_and_left_out_wherever_they_stand(
    two: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    one = read_lake(two.lake).newest[0]
    codes = [f"5001{n:02}" for n in range(count)]
    deliveries = [
        dataclasses.replace(one, manifest=one.manifest.model_copy(update={"district_code": code}))
        for code in codes
    ]
    database = tmp_path / "build.duckdb"
    # every choice of districts that fail, also all of them
    for chosen in itertools.product((False, True), repeat=count):
        failing = {code for code, fails in zip(codes, chosen, strict=True) if fails}
        database.unlink(missing_ok=True)
        monkeypatch.setattr(run, "_build", fake_models(failing))
        failed = run.build_united(database, deliveries, DAY, print, lambda _: None)
        assert set(failed) == failing and all("某项检验未通过" in zh for zh in failed.values())
        left = [code for code in codes if code not in failing]
        assert (database.read_text().split() if database.exists() else []) == left
        assert not (tmp_path / "halves").exists()


def test_rows_that_cannot_be_united_are_a_failure_of_their_district(
    two: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def uniting(database: Path, deliveries: Sequence[Delivery], *_: Any) -> None:
        if TWICE in {d.district_code for d in deliveries}:
            raise duckdb.ConversionException("Could not convert string 'abc' to BIGINT")
        database.touch()

    monkeypatch.setattr(run, "unite", uniting)
    monkeypatch.setattr(run.steps, "check_database", lambda _: None)
    failed = run.build_united(
        tmp_path / "build.duckdb", read_lake(two.lake).newest, DAY, lambda _: None, lambda _: None
    )
    assert list(failed) == [TWICE] and "合不到一起" in failed[TWICE]


def test_an_error_of_writing_is_an_outcome_of_its_district(
    two: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(district_release, "split", spoilt)
    said = read_lake(two.lake).by_district[TWICE].manifest
    task = district_release.Task(
        tmp_path / "build.duckdb", two.home_of(TWICE).root, said, DAY.isoformat(), NOW
    )
    outcome = district_release.publish(task)
    assert (outcome.district_code, outcome.release_id) == (TWICE, "")
    assert "沿用上一版" in outcome.problem_zh and "ZeroDivisionError" in outcome.details
    assert list(two.home_of(TWICE).releases.iterdir()) == []


@pytest.mark.slow
def test_a_district_that_cannot_be_written_keeps_its_release_and_is_named(
    two: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = district_release.split

    def spoilt(united: Path, code: str, target: Path) -> None:
        if code == TWICE:
            raise ZeroDivisionError
        split(united, code, target)

    monkeypatch.setattr(district_release, "split", spoilt)
    said: list[str] = []
    summary = two.run(report=said.append)
    assert summary.outcomes[AS_IT_SHOULD].is_new and not summary.outcomes[TWICE].release_id
    (named,) = two.ask(
        f"select delivery_problem_zh as zh from marts.fct_region_deliveries where district_code = '{TWICE}'"
    )
    assert "沿用上一版" in named["zh"]
    # the traceback is in the log, and nothing half is left
    assert any("ZeroDivisionError" in line for line in said)
    assert two.home_of(TWICE).release_in_force() is None and not list(
        two.home_of(TWICE).releases.glob(".build-*")
    )
    # the next run mends it, and the page no longer says so
    monkeypatch.setattr(district_release, "split", split)
    again = two.run()
    assert again.is_new and again.outcomes[TWICE].is_new and not again.outcomes[AS_IT_SHOULD].is_new
    assert not any(s.delivery_problem_zh for s in again.states)


@pytest.mark.parametrize("by_run", [run._publish_districts, None], ids=["from the run", "by itself"])
def test_a_districts_release_that_a_run_gives_again_is_in_force_afterwards(
    two: Ground, tmp_path: Path, by_run: Callable[..., Any] | None
) -> None:
    said = read_lake(two.lake).by_district[TWICE].manifest
    home = two.home_of(TWICE)
    task = district_release.Task(tmp_path / "build.duckdb", home.root, said, DAY.isoformat(), NOW)
    older, newer = "20250101T080000-00000001", "20250102T080000-00000002"
    for name in (older, newer):
        (home.releases / name).mkdir(parents=True)
        (home.releases / name / "release.json").write_text("{}")
    (home.root / district_release._NOTED).write_text(
        json.dumps({"digest": task.digest, "content": "", "release_id": older})
    )
    release.put_in_force(home, newer)
    # the tables were found in the older release once, so nothing is split and written
    outcome = by_run([task], print, 1)[TWICE] if by_run else district_release.publish(task)
    assert outcome == district_release.Outcome(TWICE, older)
    assert home.release_in_force() == older


@pytest.mark.slow
def test_a_day_given_again_is_in_force_again(two: Ground) -> None:
    first = two.run()
    later = two.run(DAY + dt.timedelta(days=39))
    assert later.is_new and two.home.release_in_force() == later.release_id
    again = two.run()
    assert (again.release_id, again.is_new) == (first.release_id, False)
    assert two.home.release_in_force() == first.release_id
    for code, outcome in again.outcomes.items():
        assert two.home_of(code).release_in_force() == outcome.release_id == first.outcomes[code].release_id
