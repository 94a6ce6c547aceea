"""Promise of the README: a new kind of return is a few files of data and SQL; everything else follows.

The toy feed counts seats of school libraries by stage. Half of the schools send it; a whole release is published, and
completeness, submissions, problems, the entry form and a page are read.
"""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
import pytest

from tests.promises.project import Project, promised_files

FEED = "library_seats"
NAME = "图书馆座位"
FEED_YML = """\
feed: library_seats
name_zh: 图书馆座位
grain: [school_code, stage]
optional: false
scope: school_stage
cycle: yearly
observed_on: statistics_day
due_within_days: 60
owed_by: school
due_stages: [primary, junior_secondary]
columns:
  - name: school_code
    heading_zh: "学校标识码"
    type: code
    required: true
    note_zh: "10位数字，按文本填写"
  - name: school_name
    heading_zh: "学校名称"
    type: text
  - name: stage
    heading_zh: "学段"
    type: choice
    required: true
    choices:
      "小学": "primary"
      "初中": "junior_secondary"
  - name: library_seats
    heading_zh: "图书馆阅览座位数"
    type: count
    required: true
    unit_zh: "个"
  - name: library_evening_seats
    heading_zh: "其中晚间开放座位数"
    type: count
    required: true
    unit_zh: "个"
"""
SUITE_JSON = '{"feed": "library_seats", "expectations": []}\n'
STAGING_SQL = """\
with source as (

    select * from {{ source('accepted', 'library_seats') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,
        stage,

        -- attributes
        school_name,

        -- counts
        library_seats,
        library_evening_seats,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
"""
STAGING_YML = """\
version: 2

models:
  - name: stg_library_seats
    description: One row per school, stage and school year, as returned.
"""

MART_SQL = """\
with seats as (

    select * from {{ ref('stg_library_seats') }}

),

schools as (

    select * from {{ ref('int_schools') }}

),

final as (

    select
        seats.school_year,
        schools.district_code,
        seats.school_code,
        seats.stage,
        seats.library_seats,
        cast(seats.library_evening_seats as double) / nullif(seats.library_seats, 0) as library_evening_share
    from seats
    inner join schools
        on
            seats.school_year = schools.school_year
            and seats.school_code = schools.school_code

)

select * from final
"""
MART_YML = """\
version: 2

models:
  - name: fct_library_seats
    description: One row per school, stage and school year.
    config:
      contract: {enforced: true}
      meta: {label_zh: 图书馆座位}
    data_tests:
      - unique_grain: {arguments: {columns: [school_year, school_code, stage]}}
    columns:
      - {name: school_year, data_type: integer, description: "{{ doc('school_year') }}", config: {meta: {label_zh: 学年}}}
      - {name: district_code, data_type: varchar, description: "{{ doc('district_code') }}", config: {meta: {label_zh: 区县代码}}}
      - {name: school_code, data_type: varchar, description: "{{ doc('school_code') }}", config: {meta: {label_zh: 学校标识码}}}
      - {name: stage, data_type: varchar, description: "{{ doc('stage') }}", config: {meta: {label_zh: 学段}}}
      - {name: library_seats, data_type: bigint, description: Seats, config: {meta: {label_zh: 阅览座位}}}
      - name: library_evening_share
        data_type: double
        description: Share of the seats that are open in the evening
        config: {meta: {label_zh: 晚间开放占比}}
"""
CATALOGUE = """\
page:
  file: library.html
  title_zh: 图书馆
  navigation_zh: 图书馆
  position: 65
  sections:
    - name: seats
      title_zh: 阅览座位

tables:
  - name: library_seats
    site: {page: library.html, section: seats}
    title_zh: 各校阅览座位
    mart: fct_library_seats
    key: [school_year, school_code, stage]
    latest: school_year
    order: [-library_seats, {school_code: text}]
    columns:
      - {name: school_code, words: schools}
      - {name: stage, words: stage}
      - library_seats whole
      - {name: library_evening_share, kind: percent, no_denominator: stated by the school}
"""


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release in which every second school that owes the toy feed has sent it."""
    project = copied()
    project.write(f"dagster_project/intake/feeds/{FEED}.yml", FEED_YML)
    project.write(f"expectations/{FEED}.json", SUITE_JSON)
    project.write(f"dbt/models/core/staging/stg_{FEED}.sql", STAGING_SQL)
    project.write(f"dbt/models/core/staging/stg_{FEED}.yml", STAGING_YML)
    project.feed_files = len(project.touched)
    project.write("dbt/models/core/marts/fct_library_seats.sql", MART_SQL)
    project.write("dbt/models/core/marts/fct_library_seats.yml", MART_YML)
    project.write("dagster_project/publish/catalogue/library.yml", CATALOGUE)
    project.publish()
    owing = project.ask(
        f"select school_code, stage from fct_completeness where feed = '{FEED}' and due and school_year = 2023 order by all"
    )
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "座位"
    sheet.append(["学校标识码", "学段", "图书馆阅览座位数", "其中晚间开放座位数"])
    for row in owing[::2]:
        sheet.append(
            [row["school_code"], {"primary": "小学", "junior_secondary": "初中"}[row["stage"]], 100, 40]
        )
    sheet.append(["9999999999", "小学", 100, 40])  # not in the register
    book.save(project.raw / "2023" / "座位.xlsx")
    project.said = project.publish()
    project.sent = len(owing[::2])
    project.due = len(owing)
    return project


def test_as_many_files_are_touched_as_the_readme_says(published: Project) -> None:
    assert published.feed_files == promised_files("新的填报类")
    assert len(published.touched) - published.feed_files == promised_files("网页、工作簿或报告里增加一张表")
    assert not [p for p in published.touched if p.endswith(".py")]


def test_completeness_knows_who_sent_it_and_who_owes_it(published: Project) -> None:
    (counted,) = published.ask(
        "select count(*) as due, count(*) filter (where status = 'received') as received,"
        f" count(*) filter (where status = 'missing') as missing from fct_completeness where feed = '{FEED}' and due"
        " and school_year = 2023"
    )
    assert published.due > published.sent > 0
    assert counted == {
        "due": published.due,
        "received": published.sent,
        "missing": published.due - published.sent,
    }


def test_the_run_names_what_came_and_who_still_owes(published: Project) -> None:
    assert NAME in published.said
    came, owed = [c for c in published.description()["completeness"] if c["feed"] == FEED]
    # the last year that is due is a later one, of which nothing is in
    assert came["school_year"] < owed["school_year"]
    assert came["schools_received"] > 0 and owed["schools_received"] == 0 < owed["schools_due"]


def test_rows_are_counted_and_an_unregistered_one_is_put_aside(published: Project) -> None:
    (row,) = published.ask(f"select * from fct_submissions where feed = '{FEED}'")
    assert (row["rows_read"], row["rows_accepted"], row["rows_quarantined"]) == (
        published.sent + 1,
        published.sent,
        1,
    )
    (problem,) = published.ask(
        f"select * from fct_problems where feed = '{FEED}' and severity = 'quarantine_row'"
    )
    assert problem["cell"] == f"A{published.sent + 2}"
    assert problem["class"] == "logic" and "学校名录" in problem["message_zh"]


def test_the_pages_show_how_complete_it_is(published: Project) -> None:
    assert NAME in published.page("index.html")
    assert NAME in published.page("quality.html")


def test_its_page_shows_the_figures_under_the_names_of_the_columns(published: Project) -> None:
    lines = published.page("library.html").splitlines()
    assert "各校阅览座位" in lines
    for heading in ("学段", "阅览座位", "晚间开放占比"):
        assert heading in lines
    assert lines.count("40.0%") == published.sent  # 40 of 100 seats
    assert "图书馆" in published.page("index.html")


def test_schools_get_an_entry_form_for_it(published: Project) -> None:
    done = published.junheng("template", "--out", str(published.home.parent / "forms"))
    assert done.returncode == 0, done.stderr
    assert (published.home.parent / "forms" / f"填报模板_{NAME}.xlsx").exists()


def test_without_its_suite_a_feed_is_refused_with_what_to_do(copied: Callable[[], Project]) -> None:
    project = copied()
    project.write(f"dagster_project/intake/feeds/{FEED}.yml", FEED_YML)
    done = project.junheng("run", "--raw", str(project.raw), "--home", str(project.home))
    assert done.returncode == 1
    assert f"expectations/{FEED}.json" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
