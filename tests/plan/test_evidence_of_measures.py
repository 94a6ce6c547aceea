"""Words in a cell are no evidence: the files they name have to be in the vault."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from typing import Any

import pytest

from tests.warehouse.accepted_fixture import Accepted, Marts, Row, build_marts

DISTRICT = "500101"
OTHER = "500102"
HASH = "ab" * 32


def task(item: str) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "area_zh": "领域", "item_title_zh": "事项",
            "measure_zh": "措施", "begun_on": "2024-03-01", "proof_kind": "documents"}  # fmt: skip


def claim(item: str, evidence: str | None, state: str = "closed", **more: Any) -> Row:
    return {"district_code": DISTRICT, "item_number": item, "measure_number": 1, "reporting_month": "2024-06",
            "reported_on": "2024-06-10", "reported_state": state, "reviewer": "复核岗", "reviewed_on": "2024-06-20",
            "review_result": "passed", "evidence_zh": evidence, **more}  # fmt: skip


def file(name: str, year: int = 2024, sha256: str | None = None, *, day: str = "06-05", latest: bool = True,
         **more: Any) -> Row:  # fmt: skip
    return {"folder_year": year, "file_name": name, "source_path": f"{year}/佐证/{name}", "size_bytes": 10,
            "sha256": sha256 or hashlib.sha256(f"{name}{year}{day}".encode()).hexdigest(),
            "received_on": f"{year}-{day}", "is_latest": latest, **more}  # fmt: skip


CASES: list[tuple[str, Row, str, str | None]] = [
    ("1", claim("1", "工作总结.pdf"), "closed", None),
    ("2", claim("2", "工作总结"), "closed", None),  # the ending may be left out
    ("3", claim("3", "会议纪要"), "in_progress", "evidence_missing"),
    ("4", claim("4", None), "in_progress", "no_evidence"),
    ("5", claim("5", "工作总结、通报；名单.xlsx"), "closed", None),
    ("6", claim("6", "工作总结、会议纪要"), "in_progress", "evidence_missing"),  # one of two
    ("91", claim("91", "会议纪要、工作总结、批复"), "in_progress", "evidence_missing"),  # two of three
    ("7", claim("7", "通报\n名单"), "closed", None),
    ("8", claim("8", "随便写", evidence_sha256=HASH.upper()), "closed", None),
    ("9", claim("9", "工作总结", evidence_sha256="cd" * 32), "in_progress", "evidence_missing"),
    ("10", claim("10", "批复", "exempt", exemption_reason_zh="统一安排"), "in_progress", "evidence_missing"),
    ("11", claim("11", "通报", "exempt", exemption_reason_zh="统一安排"), "exempt", None),
    ("12", claim("12", "旧稿"), "in_progress", "evidence_missing"),  # replaced by a file of another name
    ("13", claim("13", "工作总结", reviewer=None), "to_review", "no_reviewer"),
    ("30", claim("30", "、".join(f"附件{n}" for n in range(1, 26))), "in_progress", "evidence_missing"),  # 20 of 25
    ("31", claim("31", "小学、初中名单.pdf；通报"), "closed", None),  # 、 in the name of a file
    ("32", claim("32", "《工作总结》，通报"), "closed", None),
    ("33", claim("33", "工作总结.PDF, 名单.XLSX"), "closed", None),
    ("34", claim("34", "1.工作总结；（2）通报\n③名单、④ 批文件"), "in_progress", "evidence_missing"),
    ("35", claim("35", "1、工作总结、2、通报"), "closed", None),
    ("36", claim("36", "1、2、3"), "in_progress", "evidence_missing"),  # names like any other
    ("37", claim("37", "12.盖章页"), "closed", None),  # the number is part of the file's name
]  # fmt: skip


def add_late_documents(a: Accepted) -> None:
    """Documents of claims that were reported on 10 June and reviewed on 20 June."""
    open_again = claim("16", None, "in_progress", reporting_month="2024-07", reported_on="2024-07-10", reviewer=None,
                       reviewed_on=None, review_result=None)  # fmt: skip
    a.add("rectification_tasks", *(task(item) for item in ("15", "16", "17", "18", "19")))
    a.add("rectification_progress", claim("15", "迟到"), claim("16", "迟到"), open_again, claim("17", "通报、迟到"),
          claim("18", "改版"), claim("19", "建库"))  # fmt: skip
    a.add("evidence_files", file("迟到.pdf", day="09-05"), file("改版.pdf", latest=False), file("改版.pdf", day="10-01"),
          file("建库.pdf") | {"received_on": None})  # fmt: skip


def add_late_figures(a: Accepted) -> None:
    """A figure of the end of May that came on 5 August; the start of another was known only on 1 September.

    Item 22 claims to be closed in June, item 23 takes the claim back in July, item 24 must not be worse than at its start.
    """

    def survey(name: str, day: str, satisfied: int) -> list[Row]:
        return [{"district_code": DISTRICT, "survey_round": name, "question": question, "surveyed_on": day,
                 "surveyed_by": "district", "respondents": 100000, "satisfied": satisfied}
                for question in ("safety_measures", "bus_buildings_facilities", "food_safety")]  # fmt: skip

    proved = {"proof_kind": "figure", "figure_code": "lowest_safety_satisfaction", "target_value": 0.9}
    a.add("satisfaction", *survey("前", "2024-01-31", 80000), *survey("后", "2024-05-31", 95000))
    a.add("receipt_days", {"feed": "satisfaction", "district_code": DISTRICT, "observed_on": "2024-05-31",
                           "received_on": "2024-08-05"},
          {"feed": "satisfaction", "district_code": DISTRICT, "observed_on": "2024-01-31",
           "received_on": "2024-09-01"})  # fmt: skip
    a.add("rectification_tasks", task("22") | proved, task("23") | proved,
          task("24") | {"figure_code": "lowest_safety_satisfaction"})  # fmt: skip
    back = claim("23", None, "in_progress", reporting_month="2024-07", reported_on="2024-07-10", reviewer=None,
                 reviewed_on=None, review_result=None)  # fmt: skip
    a.add("rectification_progress", claim("22", None), claim("23", None), back, claim("24", "通报"))


def add_repeated_claims(a: Accepted) -> None:
    """Item 25 says again in July that it is closed, by a document that came later; item 26 says so without any."""
    a.add("rectification_tasks", task("25"), task("26"))
    a.add("rectification_progress", claim("25", "通报"), claim("26", "通报"),
          claim("25", "迟到", reporting_month="2024-07", reported_on="2024-07-10", reviewed_on="2024-07-20"),
          claim("26", None, reporting_month="2024-07", reported_on="2024-07-10", reviewer=None, reviewed_on=None,
                review_result=None))  # fmt: skip


def add_two_districts(a: Accepted) -> None:
    """Another district names files of the first one, its own, and one that both name first on the same day."""
    in_folder = {"source_path": "2024/佐证/500102/批文.pdf", "district_code": OTHER}
    a.add("rectification_tasks", *(task(item) | {"district_code": OTHER} for item in ("1", "20", "21", "92")), task("20"), task("92"),
          task("21"))  # fmt: skip
    a.add("rectification_progress", claim("1", "工作总结", district_code=OTHER, reported_on="2024-06-11"),
          claim("20", "批文"), claim("20", "批文", district_code=OTHER, reported_on="2024-06-11"),
          claim("21", "共用"), claim("21", "共用", district_code=OTHER),
          claim("92", "同名", evidence_sha256="e1" * 32),
          claim("92", "同名", evidence_sha256="e2" * 32, district_code=OTHER, reported_on="2024-06-11"))  # fmt: skip
    a.add(
        "evidence_files",
        file("同名.pdf", sha256="e1" * 32, latest=False),
        file("同名.pdf", sha256="e2" * 32, day="06-06"),
    )
    a.add("evidence_files", file("批文.pdf", **in_folder), file("共用.pdf"))


def histories(count: int) -> dict[str, tuple[str | None, str, list[Row], list[Row]]]:
    """Items with random documents: item → day of closing, last state, returns, files.

    An item claims to be closed by a return of one to three documents, which came before, between or after its report and
    its review; some of them were replaced. It closes on the latest of all these days, unless a later return takes
    the claim back before.
    """
    chance = random.Random(17)
    found: dict[str, tuple[str | None, str, list[Row], list[Row]]] = {}
    for number in range(101, 101 + count):
        item = str(number)
        days = [
            dt.date(2024, 4, 1) + dt.timedelta(chance.randrange(200)) for _ in range(chance.randrange(1, 4))
        ]
        reported = dt.date(2024, 6, 1) + dt.timedelta(chance.randrange(20))
        reviewed = reported + dt.timedelta(chance.randrange(30))
        closing = max([reported, reviewed, *days])
        names = [f"材料{item}之{place}.pdf" for place, _ in enumerate(days)]
        files = []
        for name, day in zip(names, days, strict=True):
            replaced = chance.random() < 0.4
            files.append(file(name, day=f"{day:%m-%d}", latest=not replaced))
            if replaced:
                files.append(file(name, day=f"{day + dt.timedelta(40):%m-%d}"))
        returns = [claim(item, "、".join(names), reported_on=str(reported), reviewed_on=str(reviewed))]
        taken_back = reported + dt.timedelta(25)
        if chance.random() < 0.4:
            returns.append(claim(item, None, "in_progress", reporting_month="2024-07", reported_on=str(taken_back),
                                 reviewer=None, reviewed_on=None, review_result=None))  # fmt: skip
            never = closing >= taken_back
            found[item] = (None if never else str(closing), "in_progress", returns, files)
        else:
            found[item] = (str(closing), "closed", returns, files)
    return found


HISTORIES = histories(60)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Marts:
    a = Accepted(as_of="2024-12-31")
    a.add("rectification_tasks", *(task(item) for item, *_ in CASES))
    a.add("rectification_tasks", task("14"))
    a.add("rectification_progress", *(row for _, row, *_ in CASES))
    # March's return comes in September, when May's has long been accepted
    a.add("rectification_progress", claim("14", "通报", reporting_month="2024-05", reported_on="2024-05-10"),
          claim("14", None, "in_progress", reporting_month="2024-03", reported_on="2024-09-10", reviewer=None,
                reviewed_on=None, review_result=None))  # fmt: skip
    a.add("evidence_files", file("工作总结.pdf"), file("工作总结.pdf", 2023), file("通报.png"), file("名单.xlsx"),
          file("旧稿.txt", latest=False), file("照片.jpg", 2022, HASH),
          file("小学、初中名单.pdf"), file("12.盖章页.pdf"), *(file(f"附件{n}.pdf") for n in range(1, 21)))  # fmt: skip
    add_late_documents(a)
    add_two_districts(a)
    add_late_figures(a)
    add_repeated_claims(a)
    for item, (_, _, returns, files) in HISTORIES.items():
        a.add("rectification_tasks", task(item))
        a.add("rectification_progress", *returns)
        a.add("evidence_files", *files)
    return build_marts(a, tmp_path_factory.mktemp("evidence"))


def measure(marts: Marts, item: str, month: str = "2024-06", district: str = DISTRICT) -> Row:
    return marts.one(
        "select * from marts.fct_rectification_measures"
        " where item_number = ? and reporting_month = ? and district_code = ?",
        item, month, district,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("item", "state", "reason"), [(item, state, reason) for item, _, state, reason in CASES]
)
def test_a_claim_by_documents_needs_every_file_it_names(
    marts: Marts, item: str, state: str, reason: str | None
) -> None:
    row = measure(marts, item)
    assert (row["state"], row["refusal_code"]) == (state, reason)


@pytest.mark.parametrize(
    ("item", "missing"),
    [
        ("5", None),
        ("6", "会议纪要"),
        ("91", "会议纪要、批复"),
        ("4", None),
        ("30", "附件21、附件22、附件23、附件24、附件25"),
        ("34", "④ 批文件"),
        ("36", "1、2、3"),
    ],
)
def test_each_missing_document_is_named(marts: Marts, item: str, missing: str | None) -> None:
    assert measure(marts, item)["missing_documents_zh"] == missing


@pytest.mark.parametrize(
    ("item", "status", "named", "found"),
    [
        ("1", "in_vault", 1, 1),
        ("4", "none", 0, 0),
        ("5", "in_vault", 3, 3),
        ("6", "missing", 2, 1),
        ("8", "in_vault", 1, 1),
        ("30", "missing", 25, 20),
        ("31", "in_vault", 2, 2),
        ("35", "in_vault", 2, 2),
    ],
)
def test_what_is_missing_is_counted(marts: Marts, item: str, status: str, named: int, found: int) -> None:
    row = measure(marts, item)
    assert (row["evidence_status"], row["documents_named"], row["documents_found"]) == (status, named, found)


def test_the_file_is_shown_with_its_hash_and_the_day_it_came(marts: Marts) -> None:
    row = measure(marts, "2")
    assert (row["evidence_file_name"], str(row["evidence_received_on"])) == ("工作总结.pdf", "2024-06-05")
    assert (measure(marts, "8")["evidence_file_name"], measure(marts, "8")["evidence_sha256"]) == (
        "照片.jpg",
        HASH,
    )


def test_a_late_return_of_an_earlier_month_reopens_nothing(marts: Marts) -> None:
    spells = marts.ask(
        "select state, is_reopening from marts.fct_rectification_states where item_number = '14' order by valid_from"
    )
    assert [row["state"] for row in spells][-1] == "closed"
    assert not any(row["is_reopening"] for row in spells)


def closings(marts: Marts, item: str) -> list[str]:
    rows = marts.ask(
        "select valid_from from marts.fct_rectification_states where item_number = ? and state = 'closed'"
        " and district_code = ? order by 1",
        item, DISTRICT,
    )  # fmt: skip
    return [str(row["valid_from"]) for row in rows]


def reopenings(marts: Marts, item: str) -> int:
    row = marts.one(
        "select count(*) as number from marts.fct_rectification_states where item_number = ? and is_reopening",
        item,
    )
    return int(row["number"])


def test_a_document_counts_from_the_day_it_was_received(marts: Marts) -> None:
    assert closings(marts, "15") == ["2024-09-05"]
    before, after = measure(marts, "15", "2024-08"), measure(marts, "15", "2024-09")
    assert (before["state"], before["refusal_code"], before["documents_found"]) == (
        "in_progress",
        "evidence_missing",
        0,
    )
    assert (after["state"], str(after["closed_on"]), str(after["evidence_received_on"])) == (
        "closed", "2024-09-05", "2024-09-05",
    )  # fmt: skip
    assert closings(marts, "17") == ["2024-09-05"]
    assert measure(marts, "17", "2024-08")["documents_found"] == 1


def test_a_late_document_neither_closes_what_was_taken_back_nor_reopens_it(marts: Marts) -> None:
    assert (closings(marts, "16"), reopenings(marts, "16")) == ([], 0)


def test_a_figure_counts_from_the_day_its_returns_were_there(marts: Marts) -> None:
    assert closings(marts, "22") == ["2024-08-05"]
    before, after = measure(marts, "22", "2024-07"), measure(marts, "22", "2024-08")
    assert (str(before["figure_observed_on"]), before["state"]) == ("None", "in_progress")
    assert (str(after["figure_observed_on"]), after["state"], str(after["closed_on"])) == (
        "2024-05-31", "closed", "2024-08-05",
    )  # fmt: skip
    assert (closings(marts, "23"), reopenings(marts, "23")) == ([], 0)
    # the start was known last of all, and is the start all the same
    assert closings(marts, "24") == ["2024-09-01"]
    assert str(measure(marts, "24", "2024-12")["baseline_observed_on"]) == "2024-01-31"


def test_a_repeated_claim_rests_on_what_it_was_accepted_on(marts: Marts) -> None:
    for item in ("25", "26"):
        assert (closings(marts, item), reopenings(marts, item)) == (["2024-06-20"], 0)
        row = measure(marts, item, "2024-12")
        assert (row["evidence_file_name"], row["closed_by"]) == ("通报.png", "复核岗")


def test_a_new_version_of_a_document_moves_no_closing(marts: Marts) -> None:
    assert closings(marts, "18") == ["2024-06-20"]
    assert str(measure(marts, "18", "2024-12")["evidence_received_on"]) == "2024-06-05"


def test_of_what_the_record_began_with_no_day_of_receipt_is_known(marts: Marts) -> None:
    row = measure(marts, "19")
    assert (row["state"], str(row["closed_on"]), row["evidence_received_on"]) == (
        "closed",
        "2024-06-20",
        None,
    )


def test_a_file_proves_measures_of_one_district_only(marts: Marts) -> None:
    states = [
        (row["district_code"], row["item_number"], row["state"], row["refusal_code"])
        for row in (
            measure(marts, item, district=d) for item in ("1", "20", "21", "92") for d in (DISTRICT, OTHER)
        )
    ]
    assert states == [
        (DISTRICT, "1", "closed", None),  # named it first
        (OTHER, "1", "in_progress", "evidence_elsewhere"),
        (DISTRICT, "20", "in_progress", "evidence_elsewhere"),
        (OTHER, "20", "closed", None),  # lies in its folder
        (DISTRICT, "21", "in_progress", "evidence_elsewhere"),
        (OTHER, "21", "in_progress", "evidence_elsewhere"),  # named by both on one day
        (DISTRICT, "92", "closed", None),  # two contents that came under one path, each named by its hash
        (OTHER, "92", "closed", None),
    ]


def test_no_measure_is_closed_before_its_last_document_came(marts: Marts) -> None:
    wrong = []
    for item, (closed_on, last_state, _, _) in HISTORIES.items():
        row = measure(marts, item, "2024-12")
        expected = ([] if closed_on is None else [closed_on], last_state)
        if (closings(marts, item), row["state"]) != expected:
            wrong.append((item, closings(marts, item), row["state"], expected))
    assert not wrong
    early = marts.ask("select * from marts.fct_rectification_measures where closed_on < evidence_received_on")
    assert not early
