"""The catalogue: every table that people see, as data."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import DBT_DIR, PROJECT_ROOT
from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Rows
from dagster_project.publish.catalogue.rows import arranged
from dagster_project.publish.catalogue.words import subject_of_rule
from dagster_project.publish.site import PageRelease, write_pages
from dagster_project.warehouse.build import published_labels

if TYPE_CHECKING:
    import duckdb

PUBLISH = PROJECT_ROOT / "dagster_project" / "publish"
SITE = PUBLISH / "site"
TABLES = list(catalogue.load().tables.values())


@pytest.fixture(scope="module")
def marts(sample_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_marts((sample_home / "current").resolve() / "marts.duckdb") as con:
        yield con


@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
def test_every_column_of_the_catalogue_exists_and_has_a_label(
    marts: duckdb.DuckDBPyConnection, table: catalogue.Table
) -> None:
    labels_zh = catalogue.labels_of(marts)
    if table.relation:
        assert all(catalogue.heading("", column, labels_zh) for column in table.columns)
        return
    mart = labels_zh[table.mart]
    for column in table.columns:
        assert catalogue.heading(table.mart, column, labels_zh)
        # a label is typed only for what the mart does not have
        assert (column.name in mart) != bool(column.label_zh), column.name
        assert {column.verdict, *(column.scaled_by or ())} - {""} <= mart.keys(), column.name
    assert {*table.key, *table.where, *table.known, table.latest, *table.per} - {""} <= mart.keys()


@pytest.mark.parametrize("table", [t for t in TABLES if t.mart], ids=[t.name for t in TABLES if t.mart])
def test_the_key_of_a_table_picks_one_row(marts: duckdb.DuckDBPyConnection, table: catalogue.Table) -> None:
    (district_code,) = marts.execute("select min(district_code) from marts.dim_schools").fetchall()[0]
    # conditions that an output fills in are left out: the key must pick one row without them, too
    where = {c: v for c, v in table.where.items() if not str(v).startswith("$")}
    free = table.model_copy(update={"where": where, "between": {}})
    rows = catalogue.rows_of(marts, free, district_code, catalogue.Words(marts, district_code))
    assert len({tuple(row[c] for c in table.key) for row in rows}) == len(rows)


def test_a_table_of_single_values_finds_rows_in_the_sample_or_says_why_not(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    (district_code,) = marts.execute("select min(district_code) from marts.dim_schools").fetchall()[0]
    words = catalogue.Words(marts, district_code)
    found = {}
    for table in TABLES:
        # conditions that an output fills in may pick nothing on some days
        where = {c: v for c, v in table.where.items() if not str(v).startswith("$")}
        if where and (table.mart or table.statement):
            free = table.model_copy(update={"where": where, "between": {}})
            found[table.name] = bool(catalogue.rows_of(marts, free, district_code, words))
    assert len(found) > 10
    empty = {name for name, has_rows in found.items() if not has_rows}
    assert empty == {table.name for table in TABLES if table.may_be_empty}


ROWS: list[dict[str, Any]] = [
    {"month": "01", "state": "closed", "found": 3, "stage": "primary"},
    {"month": "02", "state": "open", "found": None, "stage": "junior_secondary"},
    {"month": "02", "state": "closed", "found": 5, "stage": "preschool"},
    {"month": "02", "state": "open", "found": 5, "stage": "primary"},
]


def found_of(**entry: Any) -> list[Any]:
    """`found` of the rows that an entry picks, in its order."""
    words = {"preschool": "学前", "primary": "小学", "junior_secondary": "初中"}
    return [r["found"] for r in arranged(Rows(mart="toy", **entry), ROWS, lambda _: words)]


def test_rows_are_picked_by_value_by_list_and_by_the_latest() -> None:
    assert found_of(where={"state": "open"}) == [None, 5]
    assert found_of(where={"stage": ["primary", "preschool"]}) == [3, 5, 5]
    assert found_of(latest="month") == [None, 5, 5]
    # the latest is counted before rows are picked by value
    assert found_of(latest="month", where={"state": "closed"}) == [5]
    assert found_of(latest="month", per=["stage"], where={"state": "closed"}) == [5]
    assert found_of(known=["found"]) == [3, 5, 5]
    assert found_of(between={"found": [4, 5]}) == [5, 5] == found_of(between={"found": [5, 5]})
    assert found_of(some=["found"]) == [3, 5, 5]
    assert found_of(differ=["state", "state"]) == [] and len(found_of(differ=["state", "stage"])) == 4


def test_a_yearly_workbook_shows_the_rows_of_its_own_year() -> None:
    years = [{"school_year": 2023, "found": 3}, {"school_year": 2024, "found": 4}]
    table = Rows(mart="toy", latest="school_year")

    def shown(entry: Rows) -> list[Any]:
        return [row["found"] for row in arranged(entry, years, lambda _: {})]

    assert shown(table) == shown(catalogue.of_year(table, {})) == [4]
    assert shown(catalogue.of_year(table, {"school_year": 2023})) == [3]
    assert shown(catalogue.of_year(table, {"school_year": 2025})) == []


def test_missing_values_come_last_in_either_direction() -> None:
    assert found_of(order=["found"]) == [3, 5, 5, None]
    assert found_of(order=["-found"]) == [5, 5, 3, None]


def test_rows_are_ordered_by_a_dictionary_by_its_text_and_by_ranks() -> None:
    assert found_of(order=[{"stage": "words"}]) == [5, 3, 5, None]
    assert found_of(order=[{"state": {"closed": 1}}, "-found"]) == [5, None, 5, 3]


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    entry = "tables: [{name: a, title_zh: 甲, mart: fct_hazards, columns: [place_zh]}]"
    for name in ("one.yml", "two.yml"):
        (tmp_path / name).write_text(entry, encoding="utf-8")
    with pytest.raises(ValueError, match="more than one table named a"):
        catalogue.read(tmp_path)


TOY = """
tables:
  - name: toy
    site: {page: safety.html, section: ledger}
    title_zh: 各校隐患
    mart: fct_school_hazards
    key: [ledger_year, school_code, hazard_kind]
    latest: ledger_year
    where: {hazard_kind: all}
    order: [school_code]
    columns: [{name: school_code, words: schools}, open_hazards whole]
"""


def test_a_table_is_added_to_a_page_by_one_entry(
    sample_home: Path, marts: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "toy.yml").write_text(TOY, encoding="utf-8")
    grown = catalogue.read(tmp_path / "catalogue")
    monkeypatch.setattr(catalogue, "load", lambda: grown)
    released = PageRelease("toy", "2026-01-02T03:04:05", dt.date(2026, 1, 2), True)
    write_pages((sample_home / "current").resolve() / "marts.duckdb", tmp_path / "site", released)
    page = lxml.html.fromstring((tmp_path / "site" / "safety.html").read_text(encoding="utf-8"))
    (table,) = page.xpath("//div[@id='toy']//table")
    labels_zh = catalogue.labels_of(marts)
    heads = [labels_zh["dim_schools"]["name_zh"], labels_zh["fct_school_hazards"]["open_hazards"]]
    assert [head.text for head in table.xpath(".//th")] == heads
    (count,) = marts.execute(
        "select count(distinct school_code) from marts.fct_school_hazards"
        " where ledger_year = (select max(ledger_year) from marts.fct_school_hazards)"
    ).fetchall()
    assert len(table.xpath(".//tbody/tr")) == count[0] > 0


def test_every_mart_is_shown_or_listed_with_the_reason(marts: duckdb.DuckDBPyConnection) -> None:
    found = catalogue.load()
    shown = {t.mart for t in TABLES if t.mart}
    for section in (s for page in found.pages for s in page.sections):
        shown |= {entry.mart for entry in (*section.cards, *section.charts)}
    everything = set(catalogue.labels_of(marts))
    shown |= {s.mart for paragraph in found.paragraphs.values() for s in paragraph.sentences}
    assert everything - shown - found.not_shown.keys() == set(), "neither shown nor listed"
    assert found.not_shown.keys() <= everything - shown, "listed although shown or gone"
    assert all(found.not_shown.values())


def typed_headings(source: str, labels_zh: set[str]) -> list[str]:
    """Texts of a Python module that are labels of columns, or that stand beside a width."""
    nodes = list(ast.walk(ast.parse(source)))
    texts = [node for node in nodes if isinstance(node, ast.Constant) and node.value in labels_zh]
    pairs = [node.elts for node in nodes if isinstance(node, ast.Tuple) and len(node.elts) == 2]
    texts += [
        text
        for text, width in pairs
        if isinstance(text, ast.Constant)
        and isinstance(width, ast.Constant)
        and isinstance(text.value, str)
        and re.search("[一-鿿]", text.value)
        and type(width.value) in (int, float)
    ]
    return sorted({str(node.value) for node in texts})


#: Texts of a module that happen to read like a label and head no column of a table, with the reason.
NO_HEADINGS = {
    "publish/catalogue/words.py": ({"综合差异系数"}, "a word of the dictionary of standards"),
    "publish/charts/bars.py": ({"标准"}, "the line of the standard"),
    "publish/charts/histogram.py": ({"标准"}, "the line of the standard"),
    "publish/charts/lines.py": ({"标准"}, "the line of the standard"),
    "publish/charts/ratios.py": ({"标准"}, "the line of the standard"),
    "publish/charts/school_map.py": ({"经度", "纬度", "判断"}, "axes and key of the map"),
    "publish/excel/committee_workbook.py": ({"项目", "标准", "差异系数"}, "rows of the sheet of notes"),
    "publish/excel/forms.py": ({"项目"}, "the official form's name for mean, deviation and coefficient"),
    "publish/labels.py": (
        {"佐证材料", "高于全市", "专任教师数（人）", "已销号", "起点", "文件", "班额标准", "年级"},
        "words of dictionaries",
    ),
    "publish/prefilled/cohorts.py": ({"年级"}, "a part of the names of classes, 1年级"),
    "publish/reminders/letters.py": ({"学年"}, "a part of the names of periods, 2025学年"),
    "publish/word/drawings.py": ({"学年"}, "the year in the caption of a chart"),
    "questions/explain.py": (
        {"指标", "数值", "标准", "分子", "分母"},
        "lines about one figure, and what a cell is for it",
    ),
    "questions/why_changed.py": ({"平均值", "差异系数"}, "names of the district's figures"),
}


@pytest.mark.parametrize(
    "planted",
    [
        'heads = ("隐患编号", "x")',
        'book.sheet("隐患", "隐患台账", ["序号", "隐患编号"], [5, 12])',
        'document.table(["隐患编号"], rows, [20], "l")',
        'heads = (("隐患编号", 12),)',
    ],
)
def test_a_typed_heading_is_found(planted: str) -> None:
    assert typed_headings(planted, {"隐患编号"}) == ["隐患编号"]


def test_a_text_beside_a_width_is_a_heading_whatever_it_says() -> None:
    assert typed_headings('heads = (("不是任何列名", 12), ("第二个", 8.5))', set()) == [
        "不是任何列名",
        "第二个",
    ]


@pytest.mark.parametrize("room", ["publish", "questions"])
def test_no_heading_is_typed_in_the_code_of_an_output(marts: duckdb.DuckDBPyConnection, room: str) -> None:
    labels_zh = {
        label for columns in catalogue.labels_of(marts).values() for name, label in columns.items() if name
    }
    package = PUBLISH.parent
    modules = sorted((package / room).rglob("*.py"))
    assert len(modules) > 3
    typed = {
        path.relative_to(package).as_posix(): set(typed_headings(path.read_text(encoding="utf-8"), labels_zh))
        for path in modules
    }
    allowed = {name: texts for name, (texts, _) in NO_HEADINGS.items() if name.startswith(room)}
    assert {name: texts for name, texts in typed.items() if texts} == allowed


def test_a_list_that_the_release_has_no_table_for_takes_the_labels_that_there_are(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    labels_zh = catalogue.labels_of(marts)
    known = {label for columns in labels_zh.values() for name, label in columns.items() if name}
    typed = {
        (table.name, column.label_zh)
        for table in TABLES
        if table.relation and not table.site and not table.excel
        for column in table.columns
        if column.label_zh
    }
    assert len(typed) > 20
    assert {(name, label) for name, label in typed if label in known} == set()


#: Texts of a script or template that happen to read like a label and head no column, with the reason.
NO_HEADINGS_OF_PAGES = {
    "figure.js": (
        {"分子", "分母", "依据"},
        "what a source cell is for a figure, and where its standard is written",
    ),
    "school.js": ({"班级"}, "title of a section"),
}


def typed_in_page(source: str, labels_zh: set[str]) -> set[str]:
    """Texts of a script, or heads of tables of a template, that are labels of columns."""
    literals = re.findall(r'"([^"\n]*)"', source)
    heads = [text.strip() for text in re.findall(r"<th\b[^>]*>([^<>{}]+)<", source)]
    return {*literals, *heads} & labels_zh


def test_no_heading_is_typed_in_the_scripts_and_templates() -> None:
    labels_zh = {label for _, columns in published_labels().values() for label in columns.values()}
    assert typed_in_page('{ name: "hazard_number", label: "隐患编号" }', labels_zh) == {"隐患编号"}
    assert typed_in_page('<th scope="col">隐患编号</th><td>学段</td>', labels_zh) == {"隐患编号"}
    pages = [p for p in sorted(SITE.rglob("*")) if p.suffix in (".js", ".j2") and "vega" not in p.name]
    assert len(pages) > 10
    for path in pages:
        allowed, _ = NO_HEADINGS_OF_PAGES.get(path.name, (set(), ""))
        assert typed_in_page(path.read_text(encoding="utf-8"), labels_zh) == allowed, path.name


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("page: satisfaction.html, section: survey_that_is_not", "has no section survey_that_is_not"),
        ("page: nowhere.html, section: x", "there is no page nowhere.html"),
    ],
)
def test_a_table_without_a_place_is_refused_with_the_places_there_are(
    tmp_path: Path, planted: str, said: str
) -> None:
    for path in catalogue.FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "toy.yml").write_text(
        f"tables:\n  - name: toy\n    site: {{{planted}}}\n    title_zh: 表\n    mart: dim_schools\n"
        "    key: [school_year, school_code]\n    columns: [town]\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match=said):
        catalogue.read(tmp_path)


def test_a_cell_that_names_a_mart_leads_to_the_table_that_shows_it() -> None:
    loaded = catalogue.load()
    assert loaded.address_of("fct_preschool_universality") == "kindergartens.html#universality"
    assert loaded.address_of("fct_district_compliance") == "index.html#compliance_years"
    assert loaded.address_of("dim_indicators") == ""


def test_every_figure_of_the_plan_leads_to_a_table_that_proves_it() -> None:
    with (DBT_DIR / "seeds" / "rectification_figures.csv").open(encoding="utf-8", newline="") as stream:
        sources = {row["source_table"] for row in csv.DictReader(stream)}
    assert {mart for mart in sources if not catalogue.load().address_of(mart)} == set()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("tables: [{name: x, title_zh: 甲, mart: fct_hazards, columns: [place_zh], word: {report: daily, section: a}}]",
         "no report daily"),
        ("tables: [{name: x, title_zh: 甲, mart: fct_hazards, columns: [place_zh], word: {report: weekly, section: a}}]",
         "weekly has no section a"),
        ("reports: [{name: r, file_zh: 甲, title_zh: 乙, period_zh: 丙, due_zh: 丁, body: [{name: a, paragraphs: [b]}]}]",
         "no paragraph b"),
    ],
)  # fmt: skip
def test_a_table_without_a_place_in_a_report_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")
    (tmp_path / "catalogue" / "wrong.yml").write_text(entry, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        catalogue.read(tmp_path / "catalogue")


@pytest.mark.parametrize("name", sorted(catalogue.load().paragraphs))
def test_every_placeholder_of_a_sentence_is_a_column(marts: duckdb.DuckDBPyConnection, name: str) -> None:
    labels_zh = catalogue.labels_of(marts)
    for sentence in catalogue.load().paragraphs[name].sentences:
        named = {*re.findall(r"\{(\w+)\}", sentence.text_zh), *(c.name for c in sentence.columns)}
        conditions = {
            *sentence.where,
            *sentence.known,
            *sentence.between,
            *sentence.some,
            *(sentence.differ or ()),
        }
        assert {*named, *conditions, *sentence.key} <= labels_zh[sentence.mart].keys()
        # a column that is declared is used
        assert {c.name for c in sentence.columns} <= set(re.findall(r"\{(\w+)\}", sentence.text_zh))


def test_the_name_of_a_rule_has_no_hole_where_its_messages_quote_a_figure() -> None:
    # as the catalogue of rules has them: the words of a row's figures stand in 〔〕
    names = {
        "“教职工总数”由上一学年的 〔……〕 变为 〔教职工总数〕，变化 〔……〕%；请核对。": "“教职工总数”由上一学年的…变为…，变化…%",
        "学校标识码 〔学校标识码〕 不在学校名录中；请登记。": "学校标识码不在学校名录中",
        "学校标识码 〔学校标识码〕 不在学校名录中：〔……〕。": "学校标识码不在学校名录中",
        "实际完成（〔实际完成次数〕 次）远多于应完成；请核对。": "实际完成远多于应完成",
        "几处来源不一致；“〔列〕”采用〔采用的来源〕的 〔采用的数〕": "几处来源不一致",
        "占比应在 0 与 1 之间；请上报。": "占比应在 0 与 1 之间",
    }
    assert {text: subject_of_rule("", text) for text in names} == names
