"""Several sources for one figure: the kind of source decides which counts, never the order in which they came."""

from __future__ import annotations

import atexit
import datetime as dt
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import openpyxl
import pytest
from pandas import isna

from dagster_project.core.duck import insert_records, read_sql
from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake import decisions, receive, vault
from dagster_project.intake.feeds import Column, load_feeds
from dagster_project.intake.manifest import Manifest, read_manifest
from dagster_project.intake.reader import Worker
from dagster_project.intake.source_kinds import KINDS, is_roster, kind_of_sheet
from dagster_project.record import in_force, record_tables, several_sources, suites
from dagster_project.record.precedence import Precedence, project_precedence, read_precedence
from dagster_project.warehouse.source_cells import cells_in_vault
from tests.intake import bad_files as make

FORM = Path(__file__).parents[1] / "fixtures" / "national_forms" / "2023" / "合成示例第一小学（小学）.xlsx"
SCHOOL = "2199000002"
WORKER = Worker(Path(tempfile.gettempdir()))
atexit.register(WORKER.close)


class Desk:
    """A raw folder and a home, without the models: take in, decide what is in force, ask."""

    def __init__(self, root: Path) -> None:
        self.raw, self.home = root / "raw", Home(root / "home")
        (self.raw / "2023").mkdir(parents=True)

    def put(self, name: str, content: bytes, year: int = 2023) -> None:
        (self.raw / str(year)).mkdir(exist_ok=True)
        (self.raw / str(year) / name).write_bytes(content)
        receive.take_in(self.home, self.raw, worker=WORKER)

    def table(self, name: str, feed: str, *rows: dict[str, Any], year: int = 2023) -> None:
        columns = [c for c in load_feeds()[feed].columns if c.required or any(c.name in r for r in rows)]
        heads = [c.heading_zh for c in columns]
        self.put(name, make.workbook([heads, *([row.get(c.name) for c in columns] for row in rows)]), year)

    def decide(self, precedence: Precedence | None = None, judge: Any = suites.judge) -> dict[str, Any]:
        """Rows of the tables of schema accepted that are asked for here, by name of the table."""
        with duckdb.connect() as con:
            day = dt.date(2023, 12, 31)
            in_force.resolve(con, self.home, read_manifest(self.home), judge, day, precedence=precedence)
            names = (
                *load_feeds(),
                "readings",
                "source_comparisons",
                "taken_cells",
                "problems",
                "assumptions",
                "problem_ages",
                "explained",
                "submissions",
            )
            return {n: con.execute(f"select * from accepted.{n}").df().to_dict("records") for n in names}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


TEMPLATE = {"school_code": SCHOOL, "school_name": "合成示例第一小学", "stage": "小学", "full_time_teachers": 58,
            "above_required_degree_teachers": 58, "backbone_teachers": 9, "pe_teachers": 6, "music_teachers": 3,
            "fine_art_teachers": 3, "certified_teachers": 49}  # fmt: skip


def form(desk: Desk) -> None:
    desk.put("form.xlsx", FORM.read_bytes())


def template(desk: Desk) -> None:
    desk.table("填报.xlsx", "staffing", TEMPLATE)


@pytest.mark.parametrize("order", [(form, template), (template, form)])
def test_a_form_goes_before_a_template_and_what_it_lacks_is_taken_from_the_template(
    desk: Desk, order: Any
) -> None:
    for send in order:
        send(desk)
    found = desk.decide()
    (row,) = found["staffing"]
    # the form counts 60 teachers of the school (fixtures' expected.csv) and no certificates
    assert (row["full_time_teachers"], row["source_file"]) == (60, "2023/form.xlsx")
    assert row["certified_teachers"] == 49
    (taken,) = [t for t in found["taken_cells"] if t["column_name"] == "certified_teachers"]
    assert (taken["row_source_file"], taken["source_file"]) == ("2023/form.xlsx", "2023/填报.xlsx")
    # both readings are kept, each with the cell that holds it
    by_kind = {r["source_kind"]: r for r in found["readings"] if r["column_name"] == "full_time_teachers"}
    assert {k: (r["value"], r["in_force"]) for k, r in by_kind.items()} == {
        "statistics_form": ("60", True), "own_template": ("58", False),
    }  # fmt: skip
    for reading in by_kind.values():
        assert held(desk, reading) == float(reading["value"])
    # the difference is a warning that leads to both cells; equal figures are none
    warnings = {p["column_zh"]: p for p in found["problems"] if p["rule_code"] == "SOURCES_DIFFER"}
    assert warnings.keys() == {"专任教师数", "高于规定学历教师数"}
    warning = warnings["专任教师数"]
    assert (warning["source_file"], warning["value"]) == ("2023/form.xlsx", "60对58")
    for word in ("60", "58", "2023/form.xlsx", "2023/填报.xlsx", by_kind["own_template"]["cells"]):
        assert word in warning["message_zh"]
    states = {c["column_name"]: c["status"] for c in found["source_comparisons"]}
    assert states["full_time_teachers"] == "different"
    assert states["music_teachers"] == "agreeing"
    # a figure that the form gives isn't listed as missing
    assert not [
        p
        for p in found["problems"]
        if p["rule_code"] == "BLANK_CELL" and p["column_zh"] == "持教师资格证教师数"
    ]


@pytest.mark.parametrize("order", [(form, "blank"), ("blank", form)])
def test_a_blank_that_another_source_fills_is_no_open_problem(desk: Desk, order: Any) -> None:
    """The template leaves to the form what the form has, and the form lacks the certificates."""
    figures = ("full_time_teachers", "above_required_degree_teachers", "pe_teachers", "music_teachers")
    for send in order:
        if send == "blank":
            desk.table("填报.xlsx", "staffing", {**TEMPLATE, **dict.fromkeys(figures)})
        else:
            send(desk)
    found = desk.decide()
    assert [p for p in found["problems"] if p["rule_code"] == "BLANK_CELL" and p["feed"] == "staffing"] == []
    assert [
        a for a in found["problem_ages"] if a["rule_code"] == "BLANK_CELL" and a["feed"] == "staffing"
    ] == []


@pytest.mark.parametrize(("stated", "is_explained"), [("893", True), ("892", False)])
def test_words_in_the_forms_about_a_failed_check_explain_the_warning_of_that_figure(
    desk: Desk, stated: str, is_explained: bool
) -> None:
    """500 pupils the year before and 893 now; the words are of the figure that the school's check names."""
    (desk.raw / "2022").mkdir()
    heads, row = ["学校标识码", "学段", "在校生数"], [SCHOOL, "小学", 500]
    register = [c.heading_zh for c in load_feeds()["schools"].columns if c.required]
    school = [SCHOOL, "合成示例第一小学", "990101", "东河镇", "小学", "公办"]
    (desk.raw / "2022" / "填报.xlsx").write_bytes(make.workbook([heads, row]))
    (desk.raw / "2022" / "名录.xlsx").write_bytes(make.workbook([register, school]))
    book = openpyxl.load_workbook(FORM)
    sheet = book.create_sheet("教基1001续表1")
    for text in ("数据核查结果说明及建议", "教基1001续表1"):
        sheet.append([text])
    sheet.append(
        [f"今年小学在校生数大于去年的120%  [8　][今年]  {stated}　[去年]  500_x000D_\n说明：撤并两所学校。"]
    )
    stream = io.BytesIO()
    book.save(stream)
    desk.put("form.xlsx", stream.getvalue())
    found = desk.decide()
    warned = [p for p in found["problems"] if p["rule_code"] == "ENROLMENT_STUDENTS_JUMP"]
    assert len(warned) == (0 if is_explained else 1)
    (explanation,) = found["explained"]
    assert explanation["status"] == ("in_force" if is_explained else "expired")
    assert (explanation["reason"], explanation["source_file"]) == ("撤并两所学校。", "2023/form.xlsx")


def held(desk: Desk, reading: dict[str, Any]) -> float:
    """Sum of the cells of a reading in the file as received."""
    cells = reading["cells"].split(",")
    keys = [(reading["sha256"], reading["source_file"], reading["sheet"], cell.lstrip("-")) for cell in cells]
    found = cells_in_vault(desk.home, keys)
    signs = [-1 if cell.startswith("-") else 1 for cell in cells]
    return float(sum(s * float(found[k[0], k[2], k[3]] or 0) for s, k in zip(signs, keys, strict=True)))


# any figures of four kinds of sources, in any order

COLUMNS = ("full_time_teachers", "backbone_teachers", "certified_teachers", "rotated_teachers")
SCHOOLS = [f"21999{number:05d}" for number in range(30)]
#: A school's row per kind of source; a column that is None is blank.
Rows = dict[str, dict[str, dict[str, int | None]]]
DECLARED = b"""
feeds:
  staffing:
    columns:
      certified_teachers: [roster, own_template, other_table, statistics_form]
"""


def any_rows(seed: int) -> Rows:
    """Rows by kind and school: some schools are missing from a kind, some cells are blank."""
    random = Random(seed)
    return {
        kind: {
            code: {c: random.choice([None, *range(1, 4)]) for c in COLUMNS}
            for code in SCHOOLS
            if random.random() < 0.6
        }
        for kind in KINDS
    }


def expected(rows: Rows, kinds: Sequence[str], precedence: Precedence) -> dict[str, dict[str, int | None]]:
    """By hand: per column the first kind that gives a figure; the school is there if any kind has it."""
    found: dict[str, dict[str, int | None]] = {}
    for code in SCHOOLS:
        if not any(code in rows[kind] for kind in kinds):
            continue
        found[code] = {}
        for column in COLUMNS:
            order = precedence.columns.get(("staffing", column), precedence.order)
            given = [rows[kind][code][column] for kind in order if kind in kinds and code in rows[kind]]
            found[code][column] = next((value for value in given if value is not None), None)
    return found


def nothing_fails(con: Any, relations: dict[str, str], rule_class: str) -> dict[str, list[Any]]:
    return {feed: [] for feed in relations}


def kinds_by_folder(home: Home, manifest: Manifest) -> list[dict[str, Any]]:
    """Kinds of sources of files that are in a folder with the name of the kind."""
    return [
        {"submission": f.submission, "source_file": f.path, "sheet": s.sheet, "feed": s.feed,
         "source_kind": Path(f.path).parent.name}
        for f in manifest.files for s in f.sheets
    ]  # fmt: skip


def figures(
    root: Path, rows: Rows, kinds: Sequence[str], precedence: Precedence, monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, int | None]]:
    """Figures in force when files of some kinds come one after the other, each in a submission of its own."""
    desk = Desk(root)

    monkeypatch.setattr(several_sources, "source_kinds", kinds_by_folder)
    for kind in kinds:
        # the school's name tells files of equal figures apart
        given = [
            {"school_code": code, "stage": "小学", "school_name": kind, **row}
            for code, row in rows[kind].items()
        ]
        (desk.raw / "2023" / kind).mkdir()
        desk.table(f"{kind}/staffing.xlsx", "staffing", *given)
    found = desk.decide(precedence, nothing_fails)
    for reading in found["readings"]:
        if reading["column_name"] in COLUMNS:
            assert held(desk, reading) == float(reading["value"])
    return {
        row["school_code"]: {c: None if isna(row[c]) else int(row[c]) for c in COLUMNS}
        for row in found["staffing"]
    }


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_arrival_never_decides_between_kinds_of_sources(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, precedence = any_rows(seed), read_precedence(DECLARED)
    orders = [list(KINDS), Random(seed).sample(KINDS, len(KINDS))]
    for number, kinds in enumerate(orders):
        found = figures(tmp_path / str(number), rows, kinds, precedence, monkeypatch)
        assert found == expected(rows, kinds, precedence)


def test_a_lower_source_changes_no_figure_and_the_next_one_steps_in_for_a_higher_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, precedence = any_rows(7), project_precedence()
    upper = figures(tmp_path / "upper", rows, KINDS[:2], precedence, monkeypatch)
    both = figures(tmp_path / "both", rows, KINDS[:3], precedence, monkeypatch)
    for code, row in upper.items():
        for column, value in row.items():
            assert value is None or both[code][column] == value
    without = figures(tmp_path / "without", rows, KINDS[1:3], precedence, monkeypatch)
    assert without == expected(rows, KINDS[1:3], precedence)
    assert without != both


def test_figures_that_do_not_fit_into_the_row_are_not_taken_and_are_listed(desk: Desk) -> None:
    """The template's 61 certified teachers are more than the 60 teachers of the forms."""
    form(desk)
    desk.table("填报.xlsx", "staffing", {**TEMPLATE, "full_time_teachers": 61, "certified_teachers": 61})
    found = desk.decide()
    (row,) = found["staffing"]
    assert row["full_time_teachers"] == 60
    assert isna(row["certified_teachers"])
    (told,) = [p for p in found["problems"] if p["rule_code"] == "SOURCES_DO_NOT_FIT"]
    assert "61" in told["message_zh"] and "大于“专任教师数”（60）" in told["message_zh"]
    assert found["taken_cells"] == []


def test_a_difference_can_be_explained_column_by_column(desk: Desk) -> None:
    form(desk)
    template(desk)
    explained = {"school_code": SCHOOL, "rule_code": "SOURCES_DIFFER", "explained_year": 2023,
                 "explained_value": "60对58", "reason": "两人已调出", "approved_by": "教育股"}  # fmt: skip
    desk.table("说明.xlsx", "explanations", explained)
    found = desk.decide()
    states = {c["column_name"]: c["status"] for c in found["source_comparisons"]}
    # the school's other column says 60 beside 58, too: one explanation of these figures holds for both
    assert states["full_time_teachers"] == "explained"
    assert not [p for p in found["problems"] if p["rule_code"] == "SOURCES_DIFFER" and p["value"] == "60对58"]


REGISTER = {"district_code": "500115", "town": "某镇", "school_type": "小学", "ownership": "公办"}


def test_rows_under_a_former_code_are_taken_under_the_present_one_and_listed_at_the_cell(desk: Desk) -> None:
    """1 was 9, 2 was 8; 3 and 6 both say that they were 7; 4 and 5 say that they were each other."""
    former = {1: 9, 2: 8, 3: 7, 6: 7, 4: 5, 5: 4}
    code = {n: f"219990000{n}" for n in range(10)}
    schools = [
        {"school_code": code[n], "school_name": f"{n}小学", "former_school_code": code[f], **REGISTER}
        for n, f in former.items()
    ]
    desk.table("名录.xlsx", "schools", *schools)
    sent = [{**TEMPLATE, "school_code": code[n], "school_name": None} for n in (9, 2, 7, 4)]
    desk.table("填报.xlsx", "staffing", *sent)
    found = desk.decide()
    assert {r["school_code"] for r in found["staffing"]} == {code[1], code[2], code[4]}
    (note,) = [a for a in found["assumptions"] if a["rule_code"] == "OTHER_CODE_TAKEN"]
    assert (note["cell"], note["value"]) == ("A2", code[9])
    assert code[1] in note["message_zh"]
    told = {p["rule_code"]: p for p in found["problems"]}
    refused = told["STAFFING_FORMER_CODE"]
    assert (refused["cell"], refused["school_code"]) == ("A4", code[7])
    assert f"{code[3]}、{code[6]}" in refused["message_zh"]
    circular = {p["school_code"] for p in found["problems"] if p["rule_code"] == "SCHOOLS_FORMER_CODE_IN_USE"}
    assert circular == {code[4], code[5]}


@pytest.mark.parametrize("has_register", [True, False])
def test_rows_that_wait_for_a_whole_register_are_not_asked_to_be_corrected(
    desk: Desk, has_register: bool
) -> None:
    """The year's register is refused (it has no towns), or lists another school."""
    row = {**REGISTER, "school_code": SCHOOLS[1], "school_name": "乙小学"}
    heads = {c.name: c.heading_zh for c in load_feeds()["schools"].columns}
    names = [n for n in row if has_register or n != "town"]
    desk.put("名录.xlsx", make.workbook([[heads[n] for n in names], [row[n] for n in names]]))
    desk.table("填报.xlsx", "staffing", {**TEMPLATE, "school_code": SCHOOLS[0]})
    (told,) = [p for p in desk.decide()["problems"] if p["rule_code"] == "STAFFING_UNREGISTERED"]
    assert ("代码填错的请改正后重报" in told["message_zh"]) == has_register
    assert ("还没有采用的学校名录" in told["message_zh"]) == (not has_register)


REFUSED = [
    ("order: [statistics_form, own_template]", "第 1 行 order：", "请写全四类来源"),
    ("feeds: {staffing: {order: [rosters, own_template, other_table, statistics_form]}}", "feeds.staffing.order：", "是不是 roster"),
    ("feeds: {stafing: {order: [roster]}}", "feeds.stafing：", "是不是 staffing"),
    ("feeds:\n  staffing:\n    columns: {techers: []}", "第 3 行 feeds.staffing.columns.techers：", "没有“techers”这一项"),
    ("feeds: {staffing: {columns: {stage: []}}}", "feeds.staffing.columns.stage：", "没有“stage”这一项"),
    ("feeds: {staffing: }", "feeds.staffing：", "没有内容"),
    ("tolerances: {亩: {absolute: 1}}", "tolerances.亩：", "没有“亩”这一项"),
    ("tolerances: {人: {absolute: -1}}", "tolerances.人：", "不小于零"),
    ("kinds: {roster: 花名册}", "kinds：", "没有“kinds”这一项"),
    ("[roster]", "", "为键"),
]  # fmt: skip


def test_a_wrong_entry_is_refused_with_file_entry_and_what_to_write() -> None:
    for text, entry, why in REFUSED:
        with pytest.raises(UserError) as refused:
            read_precedence(text.encode(), "raw_data/precedence.yml")
        assert "raw_data/precedence.yml 写得不对" in str(refused.value), text
        assert entry in str(refused.value), text
        assert why in str(refused.value), text


def test_an_entry_of_the_district_stands_in_the_place_of_the_projects() -> None:
    found = read_precedence(b"order: [roster, own_template, other_table, statistics_form]\n")
    assert found.order[0] == "roster"
    assert found.feeds == project_precedence().feeds
    assert found.tolerances == project_precedence().tolerances


def test_a_sheet_is_of_the_kind_that_read_it() -> None:
    own, forms, constant = [{"students": "D"}], [{"students": "表!C9,-C10"}], [{"stage": "", "students": "D"}]
    assert kind_of_sheet("", own) == "own_template"
    assert kind_of_sheet("", forms) == "statistics_form"
    assert kind_of_sheet("table.yml", own) == "other_table"
    assert kind_of_sheet("table.yml", own, is_roster=True) == "roster"
    assert kind_of_sheet("", constant) == "other_table"
    assert is_roster("roster:\n  row: 教师\n".encode())
    assert not is_roster(b"name_zh: roster\n")


# every feed from two kinds of sources


def any_value(column: Column, number: int) -> Any:
    """A value that the column takes, another one for another number."""
    if column.choices:
        return list(column.choices)[number % len(column.choices)]
    texts = {
        "code": SCHOOL, "district": "500115", "date": f"2023-10-{number:02d}", "month": f"2023-{number:02d}",
        "year": str(2000 + number), "text": f"{number}班" if column.name == "class_name" else f"第{number}项",
    }  # fmt: skip
    return texts.get(column.type, number if column.maximum is None else column.maximum / number)


def test_what_two_kinds_of_sources_report_is_one_row_in_every_feed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several_sources, "source_kinds", kinds_by_folder)
    for number, kind in enumerate(("own_template", "roster"), start=5):
        for feed in load_feeds().values():
            rows = [
                [any_value(c, row if c.name in feed.grain else number) for c in feed.columns]
                for row in ((1,) if feed.grain == ("school_code",) else (1, 2))
            ]
            path = desk.raw / "2023" / kind / f"{feed.feed}.xlsx"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(make.workbook([[c.heading_zh for c in feed.columns], *rows]))
    receive.take_in(desk.home, desk.raw, worker=WORKER)
    found = desk.decide(judge=nothing_fails)
    for feed in load_feeds().values():
        keys = [tuple(row[name] for name in feed.grain) for row in found[feed.feed]]
        assert len(keys) == len(set(keys)) == (1 if feed.grain == ("school_code",) else 2), feed.feed
        readings = [r for r in found["readings"] if r["feed"] == feed.feed]
        assert {r["source_kind"] for r in readings} == {"own_template", "roster"}, feed.feed
    # the key of the comparison that is published (dbt/models/core/marts/fct_source_comparison.yml)
    key = ("school_year", "school_code", "district_code", "stage", "feed", "row_name", "column_name",
           "other_source_zh")  # fmt: skip
    compared = [tuple(str(c[part]) for part in key) for c in found["source_comparisons"]]
    assert len(compared) == len(set(compared))
    rows_of_classes = {c["row_name"] for c in found["source_comparisons"] if c["feed"] == "class_sizes"}
    assert rows_of_classes == {"2 · 1班", "3 · 2班"}
    assert {c["feed"] for c in found["source_comparisons"]} == set(load_feeds())


@pytest.mark.parametrize(
    ("figure", "other", "tolerance", "difference", "is_beyond"),
    [
        (1.0, 1.01, 0.01, 0.01, False),  # 1.01 − 1 is more than 0.01 in floating-point numbers
        (10.02, 10.01, 0.01, -0.01, False),
        (1.0, 1.02, 0.01, 0.02, True),
        (0.3, 0.3, 0, 0, False),
        (123456789.12, 123456790.12, 1, 1, False),
        (123456789.12, 123456790.13, 1, 1.01, True),
        (58, 60, 0, 2, True),
        (58, 60, 2, 2, False),
    ],
)
def test_figures_that_differ_by_what_is_allowed_agree(
    figure: float, other: float, tolerance: float, difference: float, is_beyond: bool
) -> None:
    with duckdb.connect() as con:
        con.execute("create schema accepted")
        record_tables.create(con)
        row = {"figure": figure, "other_figure": other, "tolerance": tolerance}
        insert_records(con, "accepted.source_comparisons", [row])
        con.execute(read_sql("dagster_project.record", "beyond_tolerance"))
        found = con.execute("select difference, beyond_tolerance from accepted.source_comparisons").fetchone()
    assert found is not None and found[0] == difference and (found[1] > 0) is is_beyond


def register(desk: Desk, school_type: str) -> None:
    row = {**REGISTER, "school_code": SCHOOL, "school_name": "合成示例", "school_type": school_type}
    desk.table("名录.xlsx", "schools", row)


def test_a_sum_over_several_sheets_names_the_cells_of_one(desk: Desk) -> None:
    register(desk, "小学")
    desk.table("在校生.xlsx", "enrolment", {"school_code": SCHOOL, "stage": "小学", "students": 90})
    names = ("school_code", "stage", "grade", "class_name", "students")
    heads = [load_feeds()["class_sizes"].column(n).heading_zh for n in names]

    def add_second(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("二年级")
        for row in (heads, *([SCHOOL, "小学", "二年级", name, 40] for name in ("1班", "2班"))):
            sheet.append(row)

    first = [heads, *([SCHOOL, "小学", "一年级", name, 40] for name in ("1班", "2班"))]
    desk.put("班级.xlsx", make.workbook(first, sheet="一年级", touch=add_second))
    (found,) = desk.decide()["source_comparisons"]
    assert (found["figure"], found["other_figure"], found["difference"]) == (90, 160, 70)
    assert (found["other_sheet"], found["other_cells"]) == ("一年级", "E2:E3")


PAY = [c.name for c in load_feeds()["kindergarten_pay"].columns if c.required]


def test_a_sum_of_a_feed_with_pay_that_may_be_pay_is_hidden(desk: Desk) -> None:
    register(desk, "幼儿园")
    desk.table("师资.xlsx", "staffing", TEMPLATE | {"stage": "学前"})
    for in_post, is_pay in ((10, False), (82000, True)):
        row = dict.fromkeys(PAY, 0) | {"school_code": SCHOOL, "staff": 90000, "in_post_teachers": in_post}
        desk.table(f"待遇{in_post}.xlsx", "kindergarten_pay", row)
        (found,) = desk.decide()["source_comparisons"]
        assert (found["other_figure"], found["is_pay"]) == (in_post, is_pay)


def class_rows(code: str, per_grade: dict[int, int], students: int) -> list[list[Any]]:
    """Rows of classes 1班 … of each grade with the same number of students."""
    return [
        [code, "小学", grade, f"{n}班", students]
        for grade, number in per_grade.items()
        for n in range(1, number + 1)
    ]


#: Classes by grade in the template, whose students are 41, and in the roster (42); then the number of classes in force and
#: their students, and the kind whose list is asked about.
SHORT_LISTS: list[tuple[dict[int, int], dict[int, int], int, int, str]] = [
    ({1: 1}, {1: 3, 2: 3}, 6, 1 * 41 + 5 * 42, "填报表"),
    ({1: 1, 2: 1}, {1: 3, 2: 3}, 6, 2 * 41 + 4 * 42, "填报表"),
    ({1: 1, 2: 2}, {1: 3, 2: 3}, 3, 3 * 41, ""),
    ({1: 3, 2: 3}, {1: 1}, 6, 6 * 41, ""),
    # each is short of the other: the order of the sources decides
    ({1: 2}, {2: 2}, 2, 2 * 41, "名册"),
    ({1: 5}, {1: 1, 2: 1}, 5, 5 * 41, "名册"),
]


@pytest.mark.parametrize("first", ["own_template", "roster"])
def test_a_short_list_of_classes_does_not_displace_a_full_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(several_sources, "source_kinds", kinds_by_folder)
    # a hold would take them for two returns of one kind, as it doesn't know the folders
    monkeypatch.setattr(receive, "hold_partial_returns", lambda *_: [])
    columns = ("school_code", "stage", "grade", "class_name", "students")
    heads = [c.heading_zh for c in load_feeds()["class_sizes"].columns if c.name in columns]
    for kind in sorted(("own_template", "roster"), key=lambda k: k != first):
        own, students = (0, 41) if kind == "own_template" else (1, 42)
        rows = [
            row
            for code, case in zip(SCHOOLS, SHORT_LISTS, strict=False)
            for row in class_rows(code, case[own], students)
        ]
        (desk.raw / "2023" / kind).mkdir()
        (desk.raw / "2023" / kind / "classes.xlsx").write_bytes(make.workbook([heads, *rows]))
        # one school's template says that it is whole
        whole = class_rows(SCHOOLS[-1], SHORT_LISTS[0][own], students)
        desk.put(f"{kind}/whole.xlsx", make.workbook([["全部更正"], heads, *whole]))
    found = desk.decide(judge=nothing_fails)
    for code, (*lists, classes, students, asked) in zip(SCHOOLS, SHORT_LISTS, strict=False):
        in_force = [int(r["students"]) for r in found["class_sizes"] if r["school_code"] == code]
        assert (len(in_force), sum(in_force)) == (classes, students), lists
        said = [
            p["message_zh"]
            for p in found["problems"]
            if p["rule_code"] == "SOURCES_SHORT_LIST" and p["school_code"] == code
        ]
        assert [text.partition("（")[0] for text in said] == ([asked] if asked else []), lists
        short = sum(lists[0 if asked == "填报表" else 1].values())
        assert all(f"只有 {short} 个班" in text for text in said)
    assert [r["students"] for r in found["class_sizes"] if r["school_code"] == SCHOOLS[-1]] == [41]


ROSTER_FIRST = b"feeds: {staffing: {order: [own_template, other_table, roster, statistics_form]}}"


def teachers(desk: Desk, declared: bytes) -> tuple[int, list[tuple[str, str]]]:
    """Teachers in force, and what is held besides files with its verdict, once a raw root declares this order."""
    with duckdb.connect() as con:
        in_force.resolve(con, desk.home, read_manifest(desk.home), suites.judge, dt.date(2023, 12, 31),
                         precedence=read_precedence(declared))  # fmt: skip
        held = con.execute(
            "select hold_id, verdict from accepted.holds where hold_kind = 'precedence'"
        ).fetchall()
        (row,) = con.execute("select full_time_teachers from accepted.staffing").fetchall()
    return row[0], held


def test_a_closed_year_keeps_its_order_of_sources_until_somebody_decides(desk: Desk) -> None:
    form(desk)
    template(desk)
    assert teachers(desk, b"") == (60, [])  # the form's
    assert teachers(desk, ROSTER_FIRST) == (58, [])  # the template's, while the year is open
    decisions.close_round(desk.home, 2023, {"fct_school_indicators": "x"}, release_id="r")
    assert teachers(desk, b"") == (60, [])
    assert teachers(desk, b"# a remark") == (60, [])
    figure, ((hold, verdict),) = teachers(desk, ROSTER_FIRST)
    assert (figure, verdict, hold[0]) == (60, "waiting", "P")
    decisions.decide(desk.home, hold, "reject", "数字已公布", held_besides=[hold])
    assert teachers(desk, ROSTER_FIRST) == (60, [(hold, "reject")])
    decisions.decide(desk.home, hold, "accept", "统计报表有误", held_besides=[hold])
    assert teachers(desk, ROSTER_FIRST) == (58, [(hold, "accept")])
    assert teachers(desk, b"") == (60, [])


def test_a_year_closed_with_an_order_of_its_own_keeps_it(desk: Desk) -> None:
    form(desk)
    template(desk)
    known = vault.store(desk.home, ROSTER_FIRST)
    decisions.close_round(desk.home, 2023, {"fct_school_indicators": "x"}, release_id="r", precedence=known)
    assert teachers(desk, ROSTER_FIRST) == (58, [])
    figure, held = teachers(desk, b"")
    assert (figure, [verdict for _, verdict in held]) == (58, ["waiting"])


def test_a_contradiction_in_a_template_gives_no_advice_on_rosters(desk: Desk) -> None:
    desk.table("填报.xlsx", "staffing", TEMPLATE, {**TEMPLATE, "full_time_teachers": 57})
    told = {p["rule_code"]: p["message_zh"] for p in desk.decide()["problems"]}
    assert (
        "请只保留正确的一行后重报。" in told["STAFFING_CONFLICT"] and "名册" not in told["STAFFING_CONFLICT"]
    )
