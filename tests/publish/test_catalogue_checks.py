"""A typing error in the catalogue is found before anything is built or written, and the message says what to write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dagster_project import run
from dagster_project.core.errors import UserError
from dagster_project.publish import catalogue
from dagster_project.warehouse import build
from dagster_project.warehouse.build import published_labels

ENTRY = """
tables:
  - name: toy
    site: {page: safety.html, section: ledger}
    title_zh: "{school_code}"
    mart: fct_hazards
    key: [school_code, hazard_number]
    where: {state: in_progress}
    order: [found_on]
    columns:
      - {name: school_code, words: schools, link: "school.html#{school_code}"}
      - {name: hazard_kind, words: hazards.hazard_kind}
      - days_open whole
"""
SENTENCE = """
paragraphs:
  - name: toy_words
    sentences:
      - {mart: fct_hazards, key: [school_code, hazard_number], text_zh: "{place_zh}"}
"""
CARD = """
page:
  file: toy.html
  title_zh: 页
  navigation_zh: 页
  position: 900
  sections:
    - name: toy
      title_zh: 段
      cards: [{mart: fct_district_hazards, key: [district_code], title_zh: 卡, big: "{{ whole('found') }}"}]
"""


@pytest.fixture(scope="module")
def labels_zh() -> catalogue.Labels:
    return catalogue.labels_of_models(published_labels())


def read_with(folder: Path, text: str) -> catalogue.Catalogue:
    shutil.copytree(catalogue.FOLDER, folder / "catalogue")
    (folder / "catalogue" / "toy.yml").write_text(text, encoding="utf-8")
    return catalogue.read(folder / "catalogue")


def test_the_catalogue_names_only_what_there_is(labels_zh: catalogue.Labels) -> None:
    catalogue.check(catalogue.load(), labels_zh)


@pytest.mark.parametrize("text", [ENTRY, SENTENCE, CARD])
def test_an_entry_in_order_is_accepted(tmp_path: Path, labels_zh: catalogue.Labels, text: str) -> None:
    catalogue.check(read_with(tmp_path, text), labels_zh)


@pytest.mark.parametrize(
    ("text", "right", "wrong", "said"),
    [
        (ENTRY, "mart: fct_hazards", "mart: fct_hazard", "toy.yml, entry toy: there is no mart fct_hazard; write fct_hazards"),
        (ENTRY, "days_open", "days_opened", "toy.yml, entry toy: fct_hazards has no column days_opened; write days_open"),
        (ENTRY, "key: [school_code,", "key: [school_cod,", "toy.yml, entry toy: fct_hazards has no column school_cod; write school_code"),
        (ENTRY, "where: {state:", "where: {stat:", "no column stat; write state"),
        (ENTRY, "order: [found_on]", "order: [-fond_on]", "no column fond_on; write found_on"),
        (ENTRY, "order: [found_on]", "order: [{place_zh: text}]", "there is no dictionary place_zh"),
        (ENTRY, '"{school_code}"', '"{school_codes}"', "no column school_codes; write school_code"),
        (ENTRY, "#{school_code}", "#{schools_code}", "no column schools_code; write school_code"),
        (ENTRY, "words: schools", "words: school", "toy.yml, entry toy: there is no dictionary school; write schools"),
        (ENTRY, "hazards.hazard_kind", "hazards.kind", "there is no dictionary hazards.kind; write hazards."),
        (ENTRY, "hazards.hazard_kind", "hazard.hazard_kind", "there is no dictionary hazard.hazard_kind; write hazards.hazard_kind"),
        (ENTRY, "- days_open whole", "- {name: days_open, label_zh: 天}", "leave `label_zh` out"),
        (ENTRY, "days_open whole", "{name: days_open, verdict: statuses}", "no column statuses"),
        (SENTENCE, "{place_zh}", "{places_zh}", "toy.yml, entry toy_words: fct_hazards has no column places_zh; write place_zh"),
        (CARD, "whole('found')", "whole('find')", "toy.html toy: fct_district_hazards has no column find"),
        (CARD, "[district_code]", "[district]", "no column district; write district_code"),
    ],
)  # fmt: skip
def test_a_typing_error_is_named_with_its_file_its_entry_and_what_to_write(
    tmp_path: Path, labels_zh: catalogue.Labels, text: str, right: str, wrong: str, said: str
) -> None:
    assert text.count(right) == 1
    planted = read_with(tmp_path, text.replace(right, wrong))
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.check(planted, labels_zh)
    assert said in str(caught.value)
    assert isinstance(caught.value, UserError)  # the command line prints the text alone


def test_a_faulty_shape_is_named_with_its_file_its_line_its_field_and_what_to_write(tmp_path: Path) -> None:
    """One folder; each planted error is written into it in turn."""
    read_with(tmp_path, ENTRY)
    for text, right, wrong, said in (
        (ENTRY, "days_open whole", "days_open hole", "第 13 行 tables.columns：不能写“hole”，是不是 whole？"),
        (ENTRY, "title_zh:", "titel_zh:", "第 5 行 tables.titel_zh：没有“titel_zh”这一项；是不是 title_zh？"),
        (ENTRY, "title_zh:", "titel_zh:", "第 3 行 tables：缺少 title_zh"),
        (ENTRY, "words: schools", "word: schools", "第 11 行 tables.columns.word：没有“word”这一项；是不是 words？"),
        (ENTRY, "section: ledger", "secton: ledger", "第 4 行 tables.site.secton：没有“secton”这一项；是不是 section？"),
        (ENTRY, "tables:", "table:", "第 2 行 table：没有“table”这一项；是不是 tables？"),
        (ENTRY, "[school_code, hazard_number]", "school_code", "第 7 行 tables.key：不能是 'school_code'：这里要写成列表"),
        (ENTRY, "- days_open whole", "- {name: days_open, kind: percent}",
         "第 3 行 tables：toy: the percentage days_open needs its denominator"),
        (ENTRY, "- days_open whole", "- {name: light, verdict: light}",
         "第 13 行 tables.columns：`verdict` marks another column by its status and would leave the codes of light as they"
         " are: write light verdict"),
        (ENTRY, "order: [found_on]", "order: [{found_on: word}]", "第 9 行 tables.order：不能写“word”，是不是 words？"),
        (ENTRY, "site: {page: safety.html, section: ledger}", "excel: {workbook: ledger, sheet: 表}",
         "第 4 行 tables.excel.workbook：不能写“ledger”，是不是 ledgers？"),
        (ENTRY, "section: ledger", "section: legder", "toy.yml, entry toy: safety.html has no section legder; write ledger"),
        (ENTRY, "page: safety.html", "page: safty.html", "toy.yml, entry toy: there is no page safty.html; write safety.html"),
        (SENTENCE, "text_zh", "txt_zh", "第 5 行 paragraphs.sentences.txt_zh：没有“txt_zh”这一项；是不是 text_zh？"),
        (CARD, "position: 900", "position: last", "第 6 行 page.position：不能是 'last'：这里要写整数"),
        (ENTRY, "columns:", "columns: [", "不是有效的 YAML"),
    ):  # fmt: skip
        assert text.count(right) == 1
        (tmp_path / "catalogue" / "toy.yml").write_text(text.replace(right, wrong), encoding="utf-8")
        with pytest.raises(catalogue.CatalogueError) as caught:
            catalogue.read(tmp_path / "catalogue")
        assert said in str(caught.value) and "toy.yml" in str(caught.value)


def test_a_run_checks_the_catalogue_before_it_reads_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raw").mkdir()
    monkeypatch.setattr(
        catalogue, "load", lambda: read_with(tmp_path, ENTRY.replace("days_open", "days_opened"))
    )
    monkeypatch.setattr(build, "code_digest", lambda: "changed")
    with pytest.raises(catalogue.CatalogueError, match="no column days_opened; write days_open"):
        run.run(tmp_path / "raw", tmp_path / "home")  # an empty folder would be refused later
