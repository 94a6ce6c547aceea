"""Only whole deliveries count, the newest of each district; what doesn't count is named."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.intake.vault import sha256_of_file
from dagster_project.region import lake as lakes
from dagster_project.region import manifest as manifests
from dagster_project.region.lake import Lake, LakeNotReachable, read_lake
from dagster_project.region.united import differs_zh, fitting, unite, wanted_columns
from dagster_project.warehouse.build import DATABASE_NAME
from tests.region.accepted_lake import NOW, deliver_accepted
from tests.warehouse.accepted_fixture import Accepted

LATER = NOW + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def two_deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake in which district 500115 has delivered twice, and 500116 once."""
    root = tmp_path_factory.mktemp("lake")
    lake = Lake.at(root)
    for code, moment in (("500115", NOW), ("500115", LATER), ("500116", NOW)):
        rows = Accepted()
        rows.add("schools", {"school_code": "2150001234", "district_code": code, "school_type": "primary"})
        rows.add("submissions", {"submission": 1, "feed": "schools"})
        deliver_accepted(lake, code, rows, now=moment)
    return root


@pytest.fixture
def root(two_deliveries: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(two_deliveries, tmp_path / "lake"))


def newest(root: Path) -> Path:
    """Folder of the newer delivery of 500115."""
    return max((root / "district_code=500115").iterdir())


def counting(root: Path) -> dict[str, str]:
    """Moment of the delivery that counts, by district."""
    return {d.district_code: d.manifest.created_at for d in read_lake(Lake.at(root)).newest}


BOTH = {"500115": "2025-01-16T08:00:00", "500116": "2025-01-15T08:00:00"}
EARLIER = {**BOTH, "500115": "2025-01-15T08:00:00"}


def test_the_newest_delivery_of_each_district_counts(root: Path) -> None:
    assert counting(root) == BOTH
    assert read_lake(Lake.at(root)).refused == ()


def manifest_of(folder: Path) -> Path:
    return folder / lakes.MANIFEST


def change_manifest(folder: Path, *, seal: bool = False, **said: object) -> None:
    """Write other values into a manifest, with or without a seal that fits."""
    found = json.loads(manifest_of(folder).read_text(encoding="utf-8")) | said
    if seal:
        found.pop("seal_sha256")
        found["seal_sha256"] = manifests.hash_of(found)
    manifest_of(folder).write_text(json.dumps(found), encoding="utf-8")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def change_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def schools_of(folder: Path) -> Path:
    return folder / "accepted" / "schools.parquet"


SPOILT: dict[str, tuple[lakes.Fault, Callable[[Path], object]]] = {
    "no manifest": ("unfinished", lambda d: manifest_of(d).unlink()),
    "cut manifest": ("broken", lambda d: cut(manifest_of(d))),
    "empty manifest": ("broken", lambda d: manifest_of(d).write_bytes(b"")),
    "manifest that is no object": ("broken", lambda d: manifest_of(d).write_text("[]")),
    "changed byte": ("broken", lambda d: change_byte(schools_of(d))),
    "cut table": ("broken", lambda d: cut(schools_of(d))),
    "missing table": ("broken", lambda d: schools_of(d).unlink()),
    "changed count": ("broken", lambda d: change_manifest(d, rows_to_correct=7)),
    "field of another type": ("broken", lambda d: change_manifest(d, seal=True, tables=3)),
    "another district's": ("foreign", lambda d: change_manifest(d, seal=True, district_code="500116")),
    "another name": ("foreign", lambda d: d.rename(d.with_name("delivery=20260101T000000Z-00000000"))),
    "later form": ("future", lambda d: change_manifest(d, format_version=2)),
    "folder in the manifest's place": ("broken", lambda d: (manifest_of(d).unlink(), manifest_of(d).mkdir())),
    "folder in a table's place": ("broken", lambda d: (schools_of(d).unlink(), schools_of(d).mkdir())),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_delivery_does_not_count_and_the_one_before_does(root: Path, case: str) -> None:
    fault, spoil = SPOILT[case]
    spoil(newest(root))
    found = read_lake(Lake.at(root))
    assert [(r.district_code, r.fault) for r in found.refused] == [("500115", fault)]
    assert "没有采用" in found.refused[0].reason_zh
    assert counting(root) == EARLIER


def rewrite(folder: Path, statement: str, *, table: str = "schools", rows: int = 1) -> None:
    """Write other rows of a table, `{given}` standing for those delivered, and seal the delivery anew."""
    path = folder / "accepted" / f"{table}.parquet"
    other = path.with_suffix(".other")
    given = f"read_parquet('{path}', hive_partitioning = false)"
    with duckdb.connect() as con:
        con.execute(f"copy ({statement.format(given=given)}) to '{other}' (format parquet)")
    other.replace(path)
    seal_again(folder, table, rows)


def seal_again(folder: Path, table: str = "schools", rows: int = 1) -> None:
    """Seal a delivery with the hash that a table has now."""
    said = json.loads(manifest_of(folder).read_text(encoding="utf-8"))["tables"]
    said[table] |= {"rows": rows, "sha256": sha256_of_file(folder / "accepted" / f"{table}.parquet")}
    change_manifest(folder, seal=True, tables=said)


def renumber(folder: Path, number: int) -> None:
    rewrite(folder, f"select * replace ({number}::bigint as submission) from {{given}}", table="submissions")


def write_no_parquet(folder: Path) -> None:
    schools_of(folder).write_bytes(b"no parquet")
    seal_again(folder)


#: Files of which hash and seal are right.
STRANGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no Parquet": ("不是可读的 Parquet", write_no_parquet),
    "one column more": ("列与清单", lambda d: rewrite(d, "select *, 1 as filename from {given}")),
    "one column less": ("列与清单", lambda d: rewrite(d, "select * exclude (school_code) from {given}")),
    "text for a year": ("列与清单", lambda d: rewrite(d, "select * replace ('x' as school_year) from {given}")),
    "capitals": ("列与清单", lambda d: rewrite(d, "select * rename (town as Town) from {given}")),
    "other count": ("有 1 行，清单写的是 2 行", lambda d: seal_again(d, rows=2)),
    "rows of another district": (
        "区县代码为“500116”的行",
        lambda d: rewrite(
            d, "from {given} union all select * replace ('500116' as district_code) from {given}", rows=2
        ),
    ),
    "another district's number": ("submissions.parquet 的编号", lambda d: renumber(d, 1_000_000_001)),
    "number below zero": ("submissions.parquet 的编号", lambda d: renumber(d, -1)),
}  # fmt: skip


@pytest.mark.parametrize("case", STRANGE)
def test_rows_that_are_not_as_the_manifest_says_or_another_districts_are_a_broken_delivery(
    root: Path, case: str
) -> None:
    reason, spoil = STRANGE[case]
    spoil(newest(root))
    found = read_lake(Lake.at(root))
    assert [(r.district_code, r.fault) for r in found.refused] == [("500115", "broken")]
    assert ".parquet " in found.refused[0].reason_zh and reason in found.refused[0].reason_zh
    assert counting(root) == EARLIER


def test_what_a_newer_delivery_replaced_is_not_named(root: Path) -> None:
    manifest_of(min((root / "district_code=500115").iterdir())).unlink()
    assert read_lake(Lake.at(root)).refused == ()
    assert counting(root) == BOTH


@pytest.mark.parametrize("place", ["读我.txt", "district_code=50011", "district_code=500115/tmp"])
def test_what_is_no_delivery_is_named(root: Path, place: str) -> None:
    (root / place).mkdir()
    (named,) = read_lake(Lake.at(root)).refused
    assert (named.path, named.fault) == (place, "foreign")
    assert counting(root) == BOTH


def test_a_district_without_a_whole_delivery_has_none(root: Path) -> None:
    for folder in (root / "district_code=500116").iterdir():
        manifest_of(folder).unlink()
    found = read_lake(Lake.at(root))
    assert set(found.by_district) == {"500115"}
    assert [(r.district_code, r.fault) for r in found.refused] == [("500116", "unfinished")]


def test_an_identifier_sorts_after_the_last_also_when_the_clock_goes_back() -> None:
    others = ["delivery=20250116T080000Z-0a0a0a0a", "tmp"]
    assert lakes.delivery_identifier(NOW, "ff" * 32, others) == "20250116T080001Z-ffffffff"
    assert lakes.delivery_identifier(NOW, "ff" * 32, []) == "20250115T080000Z-ffffffff"


def test_a_lake_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LakeNotReachable, match="没有找到汇集处"):
        read_lake(Lake.at(tmp_path / "no"))
    with pytest.raises(LakeNotReachable, match="打不开汇集处"):
        Lake.at("nosuchstore://bucket/lake")


class NoAnswer(Exception):
    """What a store's client raises by itself, as that of S3 does: no OSError."""


def read_from(lake: Lake) -> None:
    read_lake(lake)


def deliver_to(lake: Lake) -> None:
    deliver_accepted(lake, "500115", Accepted())


@pytest.mark.parametrize("use", [read_from, deliver_to])
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (NoAnswer("no answer"), LakeNotReachable),
        (TimeoutError("no answer"), LakeNotReachable),
        (ConnectionRefusedError("no answer"), LakeNotReachable),
        (KeyError("an error of this program"), KeyError),
    ],
)
def test_a_store_that_does_not_answer_is_named_whatever_its_client_raises(
    use: Callable[[Lake], None],
    raised: Exception,
    expected: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = Lake.at("memory://silent/lake")

    def fail(*_: object, **__: object) -> None:
        raise raised

    for name in ("ls", "isdir"):
        monkeypatch.setattr(type(stored.files), name, fail)
    with pytest.raises(expected, match=r"汇集处 memory://silent/lake：no answer|an error of this program"):
        use(stored)


def test_any_store_of_fsspec_is_a_lake(two_deliveries: Path) -> None:
    stored = Lake.at("memory://region/lake")
    stored.files.put(str(two_deliveries), stored.root, recursive=True)
    try:
        found = read_lake(stored)
        assert {d.district_code: d.manifest.created_at for d in found.newest} == BOTH
    finally:
        stored.files.rm(stored.root, recursive=True)


def test_rows_are_united_from_any_store(two_deliveries: Path, tmp_path: Path) -> None:
    stored = Lake.at("memory://united/lake")
    stored.files.put(str(two_deliveries), stored.root, recursive=True)
    try:
        deliveries = read_lake(stored).newest
        unite(tmp_path / DATABASE_NAME, deliveries, dt.date(2024, 12, 31))
    finally:
        stored.files.rm(stored.root, recursive=True)
    with duckdb.connect(str(tmp_path / DATABASE_NAME)) as con:
        said = (
            "select school_code, district_code, source_file, delivered_by from accepted.schools order by all"
        )
        # one school in the registers of two districts is a school of each
        assert con.execute(said).fetchall() == [
            ("500115/2150001234", "500115", "500115/2023/hand.xlsx", "500115"),
            ("500116/2150001234", "500116", "500116/2023/hand.xlsx", "500116"),
        ]


SCHOOLS = wanted_columns()["schools"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"schools": SCHOOLS | {"town": "bigint"}}, "列 town 类型是 bigint"),
        ({"schools": {c: k for c, k in SCHOOLS.items() if c != "school_code"}}, "表 schools 缺少列 school_code"),
        ({"schools": SCHOOLS | {"filename": "varchar"}}, "列 filename 是本程序没有的"),
        ({"schools": None}, "缺少表 schools"),
        ({"rosters": {"name": "varchar"}}, "表 rosters 是本程序没有的"),
    ],
)  # fmt: skip
def test_a_delivery_with_other_tables_than_this_programs_is_left_out_with_the_reason(
    two_deliveries: Path, columns: dict[str, dict[str, str] | None], reason: str
) -> None:
    found = read_lake(Lake.at(two_deliveries)).by_district
    manifest = found["500116"].manifest
    tables = dict(manifest.tables)
    for table, said in columns.items():
        file = tables.pop(table, manifest.tables["schools"])
        tables |= {table: file.model_copy(update={"columns": said})} if said else {}
    other = lakes.Delivery(found["500116"].lake, manifest.model_copy(update={"tables": tables}))
    fit, unfit = fitting([found["500115"], other], dt.date(2024, 12, 31))
    assert fit == [found["500115"]]
    assert [u.delivery for u in unfit] == [other] and reason in unfit[0].reason_zh


def test_a_delivery_of_a_later_day_is_left_out_with_the_reason(two_deliveries: Path) -> None:
    found = read_lake(Lake.at(two_deliveries)).by_district
    later = found["500116"].manifest.model_copy(update={"as_of": dt.date(2025, 6, 1)})
    other = lakes.Delivery(found["500116"].lake, later)
    fit, unfit = fitting([found["500115"], other], dt.date(2024, 12, 31))
    assert fit == [found["500115"]]
    assert [u.delivery for u in unfit] == [other] and "截至 2025-06-01" in unfit[0].reason_zh


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        # each of two deliveries by the day of its figures; the second was delivered a day later
        ("2024-12-30", "2025-01-16T08:00:00"),
        ("2024-12-31", "2025-01-15T08:00:00"),
        ("2025-01-14", "2025-01-15T08:00:00"),
        ("2025-01-15", "2025-01-16T08:00:00"),
        (None, "2025-01-16T08:00:00"),
    ],
)
def test_the_newest_delivery_that_speaks_of_no_later_day_counts(
    root: Path, day: str | None, counts: str
) -> None:
    """The end of a month can be computed from what was delivered about it, also after a later delivery."""
    earlier = min((root / "district_code=500115").iterdir())
    change_manifest(earlier, seal=True, as_of="2024-12-31")
    change_manifest(newest(root), seal=True, as_of="2025-01-15")
    found = read_lake(Lake.at(root), dt.date.fromisoformat(day) if day else None)
    assert found.by_district["500115"].manifest.created_at == counts
    assert found.refused == ()


def give_other_tables(folder: Path, *, schools: int = 1) -> None:
    """Make a delivery one of a program whose register has a column more; it is whole."""
    rewrite(folder, "select *, 1 as campuses from {given}", rows=schools)
    said = json.loads(manifest_of(folder).read_text(encoding="utf-8"))["tables"]
    said["schools"]["columns"]["campuses"] = "integer"
    change_manifest(folder, seal=True, tables=said)


@pytest.mark.parametrize(
    ("older", "newer", "counts", "is_named"),
    [
        ("good", "other", "older", True),
        ("other", "good", "newer", False),
        # neither can be used: the newest says why
        ("other", "other", "newer", False),
        ("other", "later", "newer", False),
        ("later", "other", "newer", False),
        # one of a later day has no part in a run of this day, whatever its tables
        ("good", "later", "older", False),
        ("good", "later other", "older", False),
    ],
)
def test_a_delivery_whose_tables_are_not_this_programs_does_not_hide_the_one_before(
    root: Path, older: str, newer: str, counts: str, is_named: bool
) -> None:
    folders = dict(zip(("older", "newer"), sorted((root / "district_code=500115").iterdir()), strict=True))
    day = dt.date(2024, 12, 31)
    for place, kind in (("older", older), ("newer", newer)):
        change_manifest(folders[place], seal=True, as_of="2025-01-15" if "later" in kind else "2024-12-31")
        if "other" in kind:
            give_other_tables(folders[place])
    found = read_lake(Lake.at(root), day, differs_zh)
    used = found.by_district["500115"]
    assert Path(used.path) == folders[counts]
    named = [(Path(r.path).name, r.fault) for r in found.refused]
    assert named == ([(folders["newer"].name, "other_tables")] if is_named else [])
    assert all("campuses" in r.reason_zh and "同一版本的程序" in r.reason_zh for r in found.refused)
    fit, _ = fitting([used], day)
    assert (fit == [used]) == ("good" in (older, newer))
