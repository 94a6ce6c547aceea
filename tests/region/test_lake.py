"""Only whole deliveries count, the newest of each district; what doesn't count is named."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dagster_project.region import lake as lakes
from dagster_project.region.lake import Lake, LakeNotReachable, read_lake
from dagster_project.region.united import fitting, unite
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
        found["seal_sha256"] = lakes.hash_of(found)
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
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_delivery_does_not_count_and_the_one_before_does(root: Path, case: str) -> None:
    fault, spoil = SPOILT[case]
    spoil(newest(root))
    found = read_lake(Lake.at(root))
    assert [(r.district_code, r.fault) for r in found.refused] == [("500115", fault)]
    assert "没有采用" in found.refused[0].reason_zh
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


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"as_of": dt.date(2025, 6, 1)}, "截至 2025-06-01"),
        ({"types": {"town": "bigint"}}, "列 town 类型是 bigint"),
    ],
)
def test_a_delivery_that_this_build_cannot_use_is_left_out_with_the_reason(
    two_deliveries: Path, said: dict[str, object], reason: str
) -> None:
    found = read_lake(Lake.at(two_deliveries)).by_district
    manifest = found["500116"].manifest
    if "types" in said:
        schools = manifest.tables["schools"]
        changed = schools.model_copy(update={"columns": schools.columns | said["types"]})  # type: ignore[operator]
        said = {"tables": manifest.tables | {"schools": changed}}
    other = lakes.Delivery(found["500116"].lake, manifest.model_copy(update=said))
    fit, unfit = fitting([found["500115"], other], dt.date(2024, 12, 31))
    assert fit == [found["500115"]]
    assert [u.delivery for u in unfit] == [other] and reason in unfit[0].reason_zh
