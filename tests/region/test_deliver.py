"""What a district delivers: whole or not at all, once, without persons, and of pay what the committee sees."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import __version__, cli
from dagster_project.core.errors import UserError
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.core.terminal import start
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.vault import RecordBroken
from dagster_project.region import district_release, run
from dagster_project.region import lake as lakes
from dagster_project.region import manifest as manifests
from dagster_project.region.deliver import deliver
from dagster_project.region.lake import Lake, LakeNotReachable, read_lake
from dagster_project.region.taking_back import taken_back_zh
from tests.acceptance.test_handbuilt_district import school
from tests.conftest import District
from tests.searching import found_in

ROSTERS = PROJECT_ROOT / "tests" / "fixtures" / "rosters"
#: A number of a person in the name of a file, with the check digit that the standard asks for.
IDENTITY = "999903198801010019"
#: Kindergartens: owner, teachers in post with their pay, temporary teachers with theirs. Of the public ones 02 has two
#: teachers in post and is hidden, with 03 as its companion; 11 is alone with two, so its owner's total is hidden too.
PAY = {
    "2150000001": ("公办", 20, 2_000_019, 20, 800_017),
    "2150000002": ("公办", 2, 160_003, 5, 200_005),
    "2150000003": ("公办", 6, 600_007, 4, 160_009),
    "2150000011": ("民办", 2, 123_457, 9, 333_337),
}
MOMENT = dt.datetime(2025, 1, 15, 8, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def published(new_district: Callable[[], District]) -> District:
    """A district with a roster, pay of few people, also as CSV, and a file named by a person's number."""
    d = new_district()
    kindergartens = [school(code, "幼儿园", ownership=owner) for code, (owner, *_) in PAY.items()]
    d.put(
        "2024/名录.xlsx",
        schools=[school("2150001234", "小学"), school("2150005678", "九年一贯制学校"), *kindergartens],
    )
    d.put(f"2024/张某{IDENTITY}.xlsx", floor_area=[{"school_code": "2150001234", "books": 900}])
    shutil.copyfile(ROSTERS / "teachers.csv", d.raw / "2024" / "教师.csv")
    headings = {c.name: c.heading_zh for c in load_feeds()["kindergarten_pay"].columns}
    rows = [
        {"school_code": code, "staff": 60, "in_post_teachers": heads, "in_post_annual_pay_yuan": pay,
         "temporary_teachers": others, "temporary_annual_pay_yuan": their_pay, "fully_insured_staff": 30}
        for code, (_, heads, pay, others, their_pay) in PAY.items()
    ]  # fmt: skip
    with (d.raw / "2024" / "待遇.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([headings[name] for name in rows[0]])
        writer.writerows([list(row.values()) for row in rows])
    d.run()
    return d


@pytest.fixture(scope="module")
def delivered(published: District, tmp_path_factory: pytest.TempPathFactory) -> lakes.Delivery:
    lake = Lake.at(tmp_path_factory.mktemp("lake") / "汇集 处")
    return deliver(Home(published.home), lake, now=MOMENT).delivery


def ask(delivery: lakes.Delivery, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a delivered table."""
    with duckdb.connect() as con:
        path = delivery.table_path(table)
        return con.execute(
            f"select {columns} from read_parquet(?, hive_partitioning = false) order by all", [path]
        ).fetchall()


def test_what_is_delivered_are_the_accepted_rows_of_the_release(
    published: District, delivered: lakes.Delivery
) -> None:
    columns = "school_year, school_code, full_time_teachers, sheet, row_number"
    own = published.ask(f"select {columns} from accepted.staffing order by all", tier="analyst")
    assert own and ask(delivered, "staffing", columns) == [tuple(row.values()) for row in own]
    manifest = delivered.manifest
    assert (manifest.district_code, manifest.format_version, manifest.is_synthetic) == ("500101", 1, False)
    assert manifest.tables["schools"].rows == 6
    assert manifest.release_id == Home(published.home).release_in_force()
    with duckdb.connect() as con:
        for table, file in manifest.tables.items():
            said = "describe select * from read_parquet(?, hive_partitioning = false)"
            found = con.execute(said, [delivered.table_path(table)]).fetchall()
            assert {row[0]: row[1].lower() for row in found} == file.columns, table


def test_pay_that_the_committee_cannot_see_is_pooled_or_left_out(delivered: lakes.Delivery) -> None:
    columns = "school_code, in_post_annual_pay_yuan, temporary_annual_pay_yuan, is_pay_pooled"
    # 160,003 + 600,007 = 760,010 by 2 : 6 heads, 200,005 + 160,009 = 360,014 by 5 : 4, in whole cents
    assert ask(delivered, "kindergarten_pay", columns) == [
        ("2150000001", 2_000_019, 800_017, False),
        ("2150000002", 190_002.5, 200_007.78, True),
        ("2150000003", 570_007.5, 160_006.22, True),
        ("2150000011", 0, 0, True),
    ]


def test_no_amount_of_a_hidden_kindergarten_is_anywhere_in_the_lake(delivered: lakes.Delivery) -> None:
    hidden = [str(pay) for code in list(PAY)[1:] for pay in (PAY[code][2], PAY[code][4])]
    root = Path(delivered.lake.root)
    assert found_in([root], hidden) == set()
    assert {s for _, s in found_in([root], ["2000019"])} == {"2000019"}  # what is seen is found


def test_the_fingerprint_of_a_text_file_with_pay_is_withheld(
    published: District, delivered: lakes.Delivery
) -> None:
    (listed,) = published.ask(
        "select distinct sha256 from accepted.kindergarten_pay where sheet = ''", tier="analyst"
    )
    assert found_in([Path(delivered.lake.root)], [listed["sha256"]]) == set()
    names = ask(delivered, "submissions", "sha256")
    assert ("withheld-1",) in names and len(set(names)) == len(names)


def test_nothing_that_is_delivered_says_a_word_of_a_person(delivered: lakes.Delivery) -> None:
    with (ROSTERS / "teachers.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    heads = [j for j, head in enumerate(rows[0]) if head in ("姓名", "身份证件号", "手机号码")]
    persons = {row[j] for row in rows[1:] for j in heads} | {IDENTITY}
    root = Path(delivered.lake.root)
    assert len(persons) > 10 and found_in([root], persons) == set()
    assert {s for _, s in found_in([root], ["校2150001234"])} == {
        "校2150001234"
    }  # the search reads the tables


def test_a_masked_name_is_the_same_in_every_table(delivered: lakes.Delivery) -> None:
    (rows, columns) = (ask(delivered, table, "source_file") for table in ("floor_area", "column_maps"))
    assert rows and set(rows) <= set(columns) and "999*" in rows[0][0]


def test_the_manifest_names_files_as_the_tables_do(published: District, tmp_path: Path) -> None:
    d = copy_of(published.home, tmp_path / "home")
    described = d.releases / str(d.release_in_force()) / "release.json"
    said = json.loads(described.read_text(encoding="utf-8"))
    said["synthetic_files"] = [f"2024/张某{IDENTITY}.xlsx", f"2024/无表{IDENTITY}.csv"]
    described.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    found = deliver(d, Lake.at(tmp_path / "lake")).delivery
    assert found_in([Path(found.lake.root)], [IDENTITY]) == set()
    named = {name for (name,) in ask(found, "floor_area", "source_file")}
    assert named == set(found.manifest.synthetic_files[:1])


def test_a_table_that_was_changed_with_its_manifest_is_computed_anew(
    delivered: lakes.Delivery, tmp_path: Path
) -> None:
    manifest = delivered.manifest
    staffing = manifest.tables["staffing"].model_copy(update={"sha256": "0" * 64})
    changed = manifest.model_copy(update={"tables": {**manifest.tables, "staffing": staffing}})
    of_district, of_region = set(), set()
    for said in (manifest, changed):
        found = lakes.Delivery(delivered.lake, said)
        of_district.add(district_release.Task(tmp_path, tmp_path, said, "2025-01-15", MOMENT).digest)
        contents = lakes.Contents((found,), ())
        program = ("code", "models")
        of_region.add(
            run._digest(Home(tmp_path), [found], [], contents, {}, MOMENT.date(), frozenset(), program)
        )
    assert (len(of_district), len(of_region)) == (2, 2)


@pytest.mark.parametrize("url", ["", "  "])
def test_a_lake_without_a_name_is_not_the_folder_one_stands_in(url: str) -> None:
    with pytest.raises(LakeNotReachable, match="没有写明汇集处"):
        Lake.at(url)


def test_a_second_delivery_without_a_change_writes_nothing(
    published: District, delivered: lakes.Delivery
) -> None:
    files = sorted(Path(delivered.lake.root).rglob("*"))
    again = deliver(Home(published.home), delivered.lake)
    assert (again.is_new, again.delivery.manifest) == (False, delivered.manifest)
    assert sorted(Path(delivered.lake.root).rglob("*")) == files


def test_the_command_says_what_was_delivered_and_where(
    published: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "lake"
    monkeypatch.setattr(sys, "argv", ["junheng", "deliver", "--to", str(lake), "--home", str(published.home)])
    start(cli.app)
    said = capsys.readouterr().out
    assert "已交付" in said and "500101" in said and str(lake) in said and "工资" in said
    start(cli.app)
    assert "没有重复交付" in capsys.readouterr().out


#: Case → what the last delivery in the lake says of itself, and a word of the refusal; None where the next one goes on from it.
LAST: dict[str, tuple[dict[str, Any], str | None]] = {
    "of a later day": ({"as_of": dt.date(2099, 12, 1)}, "这次只截至"),
    "of another record": (
        {"record": manifests.Record(submissions=1, blocks=1, chain="a" * 64)},
        "另一个成果目录",
    ),
    "of a longer record": (
        {"record": manifests.Record(submissions=9, blocks=99, chain="a" * 64)},
        "现行版本较旧",
    ),
    "of an earlier day and the same record": ({"as_of": dt.date(2020, 1, 1)}, None),
    "of the record before its first block": (
        {"record": manifests.Record(submissions=0, blocks=0, chain="")},
        None,
    ),
}


@pytest.mark.parametrize("case", LAST)
def test_a_delivery_takes_back_no_newer_and_no_foreign_one_unless_told_to(
    published: District, delivered: lakes.Delivery, tmp_path: Path, case: str
) -> None:
    said, refusal = LAST[case]
    lake = Lake.at(tmp_path / "lake")
    tables = Path(delivered.path) / "accepted"
    last = lakes.write_delivery(
        lake, delivered.manifest.model_copy(update={**said, "content_sha256": "0" * 64}), tables, now=MOMENT
    )
    if refusal is None:
        assert deliver(Home(published.home), lake).delivery.manifest.takes_back == ""
        return
    with pytest.raises(UserError, match=refusal) as refused:
        deliver(Home(published.home), lake)
    assert last.manifest.delivery_id in str(refused.value) and "--take-back" in str(refused.value)
    assert read_lake(lake).newest[0].manifest == last.manifest
    told = deliver(Home(published.home), lake, take_back=True).delivery
    assert told.manifest.takes_back == last.manifest.delivery_id
    assert read_lake(lake).newest[0].manifest == told.manifest
    assert last.manifest.delivery_id in taken_back_zh(told, dt.date(2099, 12, 31))


class Ended(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("written", [0, 1, 30, "all but the manifest", "half of the manifest"])
def test_a_delivery_that_is_cut_short_does_not_count_and_can_be_repeated(
    published: District,
    delivered: lakes.Delivery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: int | str,
) -> None:
    lake = Lake.at(shutil.copytree(delivered.lake.root, tmp_path / "lake"))
    first = read_lake(lake).newest[0].manifest
    # another day is enough for another delivery
    changed = first.model_copy(update={"content_sha256": "0" * 64})
    whole, tables = lakes._write, len(first.tables)
    limit = {"all but the manifest": tables, "half of the manifest": tables}.get(str(written), written)
    count = 0

    def write(to: Lake, path: str, content: bytes) -> None:
        nonlocal count
        if count == limit:
            if written == "half of the manifest":
                whole(to, path, content[: len(content) // 2])
            raise Ended
        count += 1
        whole(to, path, content)

    folder = Path(delivered.path) / lakes.TABLES
    monkeypatch.setattr(lakes, "_write", write)
    with pytest.raises(Ended):
        lakes.write_delivery(lake, changed, folder, now=MOMENT + dt.timedelta(hours=1))
    monkeypatch.setattr(lakes, "_write", whole)
    found = read_lake(lake)
    assert [d.manifest for d in found.newest] == [first]
    assert [r.fault for r in found.refused] == [
        "broken" if written == "half of the manifest" else "unfinished"
    ]
    repeated = lakes.write_delivery(lake, changed, folder, now=MOMENT + dt.timedelta(hours=1))
    assert read_lake(lake).newest[0].manifest == repeated.manifest and read_lake(lake).refused == ()


def copy_of(home: Path, place: Path) -> Home:
    """A copy of a home that a test may spoil."""
    return Home(Path(shutil.copytree(home, place, symlinks=True)))


def spoil_record(home: Home) -> None:
    lines = home.manifest.read_text(encoding="utf-8").replace('"size":', '"size":1', 1)
    home.manifest.write_text(lines, encoding="utf-8")


def spoil_analyst(home: Home) -> None:
    path = home.analyst / str(home.release_in_force()) / "marts.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("update accepted.schools set town = '西镇'")


def drop_analyst(home: Home) -> None:
    shutil.rmtree(home.analyst)


def unpublish(home: Home) -> None:
    home.current.unlink()


def date_ahead(home: Home) -> None:
    path = home.releases / str(home.release_in_force()) / "release.json"
    path.chmod(0o644)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"as_of": "2099-12-01"}), "utf-8")


REFUSED: dict[str, tuple[Callable[[Home], None], type[UserError], str]] = {
    "nothing is published": (unpublish, UserError, "junheng run"),
    "the record was changed": (spoil_record, RecordBroken, "junheng verify"),
    "the analysts' database was changed": (spoil_analyst, UserError, "junheng verify"),
    "the release is of a day to come": (date_ahead, UserError, "2099-12-01，这一天还没有到.*junheng run"),
    "there is no analysts' database": (drop_analyst, UserError, "分析人员"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_home_that_is_not_in_order_delivers_nothing(published: District, tmp_path: Path, case: str) -> None:
    spoil, kind, what_to_do = REFUSED[case]
    home = copy_of(published.home, tmp_path / "home")
    spoil(home)
    with pytest.raises(kind, match=what_to_do):
        deliver(home, Lake.at(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()


def test_a_home_of_several_districts_delivers_nothing(
    published: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_of(published.home, tmp_path / "home")
    with duckdb.connect(str(home.analyst / str(home.release_in_force()) / "marts.duckdb")) as con:
        con.execute("update accepted.schools set district_code = '500102' where school_code = '2150001234'")
    monkeypatch.setattr("dagster_project.region.deliver._refuse_changed", lambda *_: None)
    with pytest.raises(UserError, match=r"500101、500102.*一个成果目录只交付一个区县.*--home"):
        deliver(home, Lake.at(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()


def test_a_release_of_another_version_of_the_program_is_published_anew_first(
    published: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copy_of(published.home, tmp_path / "home")
    with duckdb.connect(str(home.analyst / str(home.release_in_force()) / "marts.duckdb")) as con:
        con.execute("alter table accepted.schools drop column latitude")
    monkeypatch.setattr("dagster_project.region.deliver._refuse_changed", lambda *_: None)
    # of the same number, too, if it comes from another state of the source
    with pytest.raises(UserError, match=rf"数据表与本程序不同（发布时的程序 {__version__}，.*junheng run"):
        deliver(home, Lake.at(tmp_path / "lake"))


def test_a_lake_that_cannot_be_written_is_said(published: District, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeNotReachable, match=r"写不进汇集处|读不出汇集处"):
        deliver(Home(published.home), Lake.at(tmp_path / "file" / "lake"))


@pytest.mark.slow
def test_twenty_deliveries_that_are_killed_leave_whole_ones_only(published: District, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, root = random.Random(seed), tmp_path / "lake"
    root.mkdir()
    command = [
        sys.executable,
        "-m",
        "dagster_project",
        "deliver",
        "--to",
        str(root),
        "--home",
        str(published.home),
    ]
    begun = time.monotonic()
    subprocess.run(command, check=True, cwd=PROJECT_ROOT)
    lasts = time.monotonic() - begun
    killed = 0
    while killed < 20:
        counted = read_lake(Lake.at(root)).newest
        shutil.rmtree(root / "district_code=500101")  # the same content would not be written again
        process = subprocess.Popen(command, cwd=PROJECT_ROOT)
        time.sleep(lasts * chance.uniform(0.5, 1))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        found = read_lake(Lake.at(root))
        assert [d.manifest.content_sha256 for d in found.newest] in ([], [counted[0].manifest.content_sha256])
        assert {r.fault for r in found.refused} <= {"unfinished", "broken"}
        subprocess.run(command, check=True, cwd=PROJECT_ROOT)
        assert len(read_lake(Lake.at(root)).newest) == 1
