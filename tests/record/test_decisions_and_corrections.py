"""What a person decides: held returns, closed rounds, and known wrong cells mended as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.homes import Home
from dagster_project.intake import decisions, rebuilding, receive, vault
from dagster_project.intake.manifest import read_manifest
from dagster_project.record import corrections, in_force, settled_refusals, suites
from tests.intake import bad_files as make
from tests.intake.bad_files import HEAD

A, B = "2150000001", "2150000002"
REGISTER = [
    ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"],
    [A, "示例一小学", "500115", "某镇", "小学", "公办"],
    [B, "示例二小学", "500115", "某镇", "小学", "公办"],
]


def students(a: Any, b: Any = 40) -> bytes:
    return make.workbook([HEAD, [A, "示例一小学", "小学", a, 1], [B, "示例二小学", "小学", b, 1]])


class Desk:
    """A raw folder and a home, without the models: take in, judge, ask."""

    def __init__(self, root: Path) -> None:
        self.raw, self.home = root / "raw", Home(root / "home")
        (self.raw / "2023").mkdir(parents=True)
        (self.raw / "2023" / "register.xlsx").write_bytes(make.workbook(REGISTER))

    def put(self, content: bytes, name: str = "2023/a.xlsx") -> list[str]:
        """Put a file in and run; statuses of what was new."""
        (self.raw / name).parent.mkdir(exist_ok=True)
        (self.raw / name).write_bytes(content)
        return [f.record.status for f in receive.take_in(self.home, self.raw).files]

    def judge(self, mended: str = "") -> dict[str, pd.DataFrame]:
        with duckdb.connect() as con:
            entries = corrections.read_corrections(mended.encode())
            manifest = read_manifest(self.home)
            absent = settled_refusals.absent_files(self.raw, manifest)
            in_force.resolve(con, self.home, manifest, suites.judge, dt.date(2024, 1, 1), entries, absent)
            names = (
                "problems", "submissions", "enrolment", "holds", "corrections", "quarantined_rows", "problem_ages",
            )  # fmt: skip
            return {n: con.execute(f"select * from accepted.{n}").df() for n in names}

    def in_force(self, mended: str = "") -> dict[str, Any]:
        rows = self.judge(mended)["enrolment"]
        return {c: s for c, s in zip(rows["school_code"], rows["students"], strict=True) if not pd.isna(s)}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_f29_an_older_version_is_held_and_changes_nothing_until_it_is_decided(desk: Desk) -> None:
    desk.put(students(30))
    desk.put(students(31))
    assert desk.put(students(30)) == ["held"]
    told = desk.judge()
    assert desk.in_force() == {A: 31, B: 40}
    (hold,) = told["problems"][told["problems"]["severity"] == "hold"].to_dict("records")
    assert hold["rule_code"] == "OLDER_VERSION"
    assert "junheng decide" in hold["message_zh"]
    statuses = told["submissions"].set_index("submission")["status"].to_dict()
    assert statuses[3] == "held"
    decisions.decide(desk.home, "H3-1", "accept", "新的一份是误报")
    assert desk.in_force() == {A: 30, B: 40}
    told = desk.judge()
    assert told["problems"].empty
    assert told["holds"]["verdict"].tolist() == ["accept"]
    assert (told["submissions"]["status"] == "accepted").all()


def test_a_rejected_hold_never_counts_and_is_told_of_no_more(desk: Desk) -> None:
    desk.put(students(30))
    desk.put(students(31))
    desk.put(students(30))
    decisions.decide(desk.home, "H3-1", "reject", "旧版")
    told = desk.judge()
    assert desk.in_force() == {A: 31, B: 40}
    assert told["problems"].empty
    assert told["submissions"]["status"].tolist().count("rejected") == 1
    parts = told["submissions"][["rows_accepted", "rows_quarantined", "rows_dropped"]].sum(axis=1)
    assert (told["submissions"]["rows_read"] == parts).all()


def test_a_decision_is_a_place_in_the_order_what_comes_later_replaces_it(desk: Desk) -> None:
    desk.put(students(30))
    desk.put(students(31))
    desk.put(students(30))
    decisions.decide(desk.home, "H3-1", "accept", "恢复")
    desk.put(students(32))
    assert desk.in_force()[A] == 32


@pytest.mark.parametrize(
    ("hold", "verdict", "reason", "says"),
    [
        ("H9-9", "accept", "x", "待决定的有：H3-1"),
        ("H3-1", "maybe", "x", "accept"),
        ("H3-1", "accept", " ", "理由"),
    ],
)
def test_a_decision_without_its_parts_is_refused(
    desk: Desk, hold: str, verdict: str, reason: str, says: str
) -> None:
    desk.put(students(30))
    desk.put(students(31))
    desk.put(students(30))
    with pytest.raises(UsageError, match=says):
        decisions.decide(desk.home, hold, verdict, reason)


def test_the_same_bytes_in_force_under_another_name_are_only_a_duplicate(desk: Desk) -> None:
    desk.put(students(30))
    assert desk.put(students(30), "2023/b.xlsx") == ["duplicate"]


def test_f57_after_a_round_is_closed_what_comes_for_its_year_waits(desk: Desk) -> None:
    desk.put(students(30))
    decisions.close_round(desk.home, 2023, {"fct_school_indicators": "x"}, release_id="r")
    assert desk.put(students(35)) == ["held"]
    told = desk.judge()
    assert desk.in_force() == {A: 30, B: 40}
    (hold,) = told["problems"][told["problems"]["severity"] == "hold"].to_dict("records")
    assert hold["rule_code"] == "ROUND_CLOSED"
    assert "转入补报" in hold["message_zh"]
    decisions.decide(desk.home, "H2-1", "accept", "学校核实后更正")
    assert desk.in_force() == {A: 35, B: 40}


def test_a_closed_round_leaves_other_years_open(desk: Desk) -> None:
    desk.put(students(30))
    decisions.close_round(desk.home, 2023, {"t": "x"}, release_id="r")
    assert desk.put(make.workbook(REGISTER), "2024/register.xlsx") == ["accepted"]
    with pytest.raises(UserError, match="已于"):
        decisions.close_round(desk.home, 2023, {"t": "x"}, release_id="r")


def test_faults_of_a_held_file_are_told_once_it_counts(desk: Desk) -> None:
    desk.put(students(30))
    decisions.close_round(desk.home, 2023, {"t": "x"}, release_id="r")
    desk.put(students("三十", 41))
    assert set(desk.judge()["problems"]["rule_code"]) == {"ROUND_CLOSED"}
    decisions.decide(desk.home, "H2-1", "accept", "补报")
    told = desk.judge()
    assert told["problems"]["rule_code"].tolist() == ["NOT_A_NUMBER"]
    assert desk.in_force() == {A: 30, B: 41}


def entry(**changes: Any) -> str:
    values = {
        "file": "2023/a.xlsx", "sheet": "在校生数", "cell": "D2", "expect": 30, "value": 33, "reason": "电话核实",
        **changes,
    }  # fmt: skip
    import yaml

    return yaml.safe_dump([values], allow_unicode=True)


def test_a_correction_mends_the_cell_and_says_so(desk: Desk) -> None:
    desk.put(students(30))
    told = desk.judge(entry())
    assert told["enrolment"].set_index("school_code")["students"].to_dict() == {A: 33, B: 40}
    (mended,) = told["corrections"].to_dict("records")
    assert (mended["original"], mended["value"], mended["reason"], mended["cell"]) == (
        "30",
        "33",
        "电话核实",
        "D2",
    )
    assert desk.in_force() == {A: 30, B: 40}, "the record itself is as it was"


FIGURES = ["区县代码", "年度", "数据项", "数值", "数据来源"]


@pytest.mark.parametrize(
    ("item", "held", "shown"),
    [
        # one hired teacher: the budget's pay is a person's
        ("纳入预算的临聘教师工资", 365430, ("", "")),
        ("纳入预算的临聘教师工资", "约36543", ("", "")),
        ("社会认可度", 0.9, ("0.9", "0.8")),
    ],
)
def test_no_list_shows_the_budgets_pay(desk: Desk, item: str, held: Any, shown: tuple[str, str]) -> None:
    desk.put(
        make.workbook([FIGURES, ["500115", 2023, item, held, "财政"]], sheet="区级年度数据"), "2023/f.xlsx"
    )
    before = desk.judge()["problems"]
    assert "36543" not in before.to_csv()
    assert isinstance(held, float | int) or "数值" in set(before["column_zh"])
    value = 0.8 if held == 0.9 else 36543
    told = desk.judge(entry(file="2023/f.xlsx", sheet="区级年度数据", cell="D2", expect=held, value=value))
    (mended,) = told["corrections"].to_dict("records")
    assert (mended["original"], mended["value"]) == shown


def test_a_correction_frees_the_row_its_fault_had_put_aside(desk: Desk) -> None:
    desk.put(students("约30"))
    assert A not in desk.in_force()
    told = desk.judge(entry(expect="约30", value=30))
    assert told["enrolment"].set_index("school_code")["students"].to_dict() == {A: 30, B: 40}
    assert told["problems"].empty
    assert told["quarantined_rows"].empty


def test_a_row_with_two_faults_waits_for_both_to_be_mended(desk: Desk) -> None:
    desk.put(make.workbook([HEAD, [A, "示例一小学", "中学部", "约30", 1], [B, "示例二小学", "小学", 40, 1]]))
    one = desk.judge(entry(expect="约30", value=30))
    assert A not in set(one["enrolment"]["school_code"])
    assert one["problems"]["cell"].tolist() == ["C2"]


def test_a_correction_outlives_its_reason_and_stops_the_run(desk: Desk) -> None:
    desk.put(students(30))
    desk.put(students(31))
    with pytest.raises(
        corrections.StaleCorrection, match=r"a.xlsx › 在校生数 › D2 .*来源现在是“31”，不再是“30”"
    ):
        desk.judge(entry())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"file": "2023/b.xlsx"}, "没有收到过这个文件"),
        ({"sheet": "别的表"}, "没有这张工作表"),
        ({"cell": "Z9", "expect": ""}, "没有被任何报表采用"),
        ({"value": "很多"}, "更正后的值也不能采用"),
        ({"cell": "A2", "expect": A, "value": None}, "不能更正为空"),
        ({"cell": "第二行"}, "写成 D17"),
        ({"reason": ""}, "reason 不能空着"),
        ({"cells": "D2"}, "没有“cells”这一项；是不是 cell？"),
    ],
)
def test_a_correction_that_cannot_apply_names_itself(desk: Desk, changes: dict[str, Any], says: str) -> None:
    desk.put(students(30))
    with pytest.raises(UserError, match=says):
        desk.judge(entry(**changes))


def test_a_wrong_code_can_be_mended_too(desk: Desk) -> None:
    desk.put(make.workbook([HEAD, [A[:-1], "示例一小学", "小学", 30, 1], [B, "示例二小学", "小学", 40, 1]]))
    told = desk.judge(entry(cell="A2", expect=A[:-1], value=A))
    assert told["enrolment"].set_index("school_code")["students"].to_dict() == {A: 30, B: 40}


def test_raw_rows_come_back_from_the_vault_as_they_were(desk: Desk) -> None:
    """Accepted, rejected, duplicate and held files; what is rebuilt equals what was written, byte by byte."""
    desk.put(students(30))
    desk.put(students(31))
    desk.put(students(30))
    desk.put(b"PK\x03\x04 broken", "2023/c.xlsx")
    desk.put(students(31), "2023/d.xlsx")
    before = {p.relative_to(desk.home.raw): p.read_bytes() for p in desk.home.raw.rglob("*.parquet")}
    for path in before:
        (desk.home.raw / path).unlink()
    manifest = read_manifest(desk.home)
    assert len(rebuilding.missing_raw(desk.home, manifest)) == len(manifest.submissions)
    assert rebuilding.rebuild_raw(desk.home, manifest, manifest.submissions) == []
    after = {p.relative_to(desk.home.raw): p.read_bytes() for p in desk.home.raw.rglob("*.parquet")}
    assert after == before


def change_line(home: Home, change: Callable[[bytes], bytes]) -> None:
    home.manifest.write_bytes(change(home.manifest.read_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"rows_read": 2', b'"rows_read": 3', 1),
        lambda text: b"".join(text.splitlines(keepends=True)[2:]),
        lambda text: b"".join(text.splitlines(keepends=True)[i] for i in (2, 3, 0, 1)),
    ],
    ids=["changed", "dropped", "swapped"],
)
def test_a_manifest_that_was_touched_is_noticed_and_nothing_is_written_on_top(
    desk: Desk, change: Callable[[bytes], bytes]
) -> None:
    desk.put(students(30))
    desk.put(students(31))
    change_line(desk.home, change)
    assert read_manifest(desk.home).broken_at is not None
    with pytest.raises(vault.RecordBroken, match="verify"):
        desk.put(students(32))
