"""What a catalogue entry may say: typed specifications of tables, charts, cards and pages.

# Longer than 500 lines: the whole grammar of an entry stands in one place, each field with its description.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal[
    "text", "office", "whole", "number", "plain", "percent", "yuan", "verdict", "day", "month", "year", "yes", "hash"
]  # fmt: skip
Output = Literal["site", "excel", "word"]
#: `region` is the workbook of districts side by side (dagster_project/region/catalogue/).
Workbook = Literal["monitoring", "ledgers", "region"]
Value = str | int | float | bool | None
#: How rows are ordered: `column`, `-column` (descending), or `{column: how}`, where `how` is `words` (order of the
#: column's dictionary), `text` (its Chinese text), `number` (text read as a number, other text last), `size` (largest absolute value
#: first) or ranks of single values (0 where a value has none).
Order = str | dict[str, Literal["words", "text", "number", "size"] | dict[str, int]]
#: Width of the text of a report on an upright and on a lying page, in millimetres.
PORTRAIT_MM, LANDSCAPE_MM = 156, 225


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Spec):
    """One column of a table. Its Chinese name is the label in the model's YAML.

    Attributes:
        name: column of the mart.
        kind: how a value is printed: `percent` of a share from 0 to 1, `yuan` and `whole` with thousands commas,
            `number` with `decimals`, `plain` with its own digits, `month` a day as 2025-12 (reports), `year` as it is,
            `yes` as 是 or 否, `hash` by its first characters on the site, `office` without the name of its own district
            in front (sentences of reports).
        decimals: of a `number`; `indicator` and `condition` take those of the row's indicator or condition.
        words: dictionary that turns codes into Chinese; see `words.Words`.
        verdict: another column, whose status marks the value. The status itself has `kind: verdict`.
        link: address, with columns of the row in braces; left out if it names a school that is not registered.
        links_to: `mart` for a column whose value is the name of a mart, or the name of a mart: the cell leads to the table
            of the site that shows it.
        link_filters: columns whose values filter that table, where it has a filter of that name.
        scaled_by: columns that give, row by row, the multiplier, the decimals and the unit of the value.
        template: text with columns of the row in braces, such as `{item_number}.{measure_number}`; a row in which
            `name` is missing has no value. For workbooks and reports.
        none_zh: printed for a missing value, a dash by default. For workbooks and reports.
        over: column printed after a slash, as in 3/5; its label stands in the heading, too. For reports.
        of: for a share, the columns of the same table whose sum is its denominator.
        no_denominator: for a percentage without one, the reason.
        interval: columns with the ends of the interval that a sample leaves open. For reports.
        notes: `column words`, said below the value, or instead of it where it is missing; codes without a word are
            not said. For reports.
        day_status: column with the status of a figure's day: a day that is not current says so.
        is_optional: whether the column is left out where no row has a value. For reports.
        people: column with the number of people behind a mean of pay. Where it is 0, a suppressed mean is printed as
            missing, not as hidden: there is no pay to hide.
        width, width_mm: in characters for workbooks, in millimetres for reports.
        outputs: outputs that show the column, all if empty.
        label_zh: only for a column that the mart does not have, made by the table's statement or by the code.
        label_of: for rows that are no mart: the `mart.column` that has the heading, or `mart` for the same name.
    """

    name: str
    kind: Kind = "text"
    decimals: int | Literal["indicator", "condition"] = 2
    words: str = ""
    verdict: str = ""
    link: str = ""
    links_to: str = ""
    link_filters: tuple[str, ...] = ()
    scaled_by: tuple[str, str, str] | None = None
    template: str = ""
    none_zh: str | None = None
    over: str = ""
    of: tuple[str, ...] = ()
    no_denominator: str = ""
    interval: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    day_status: str = ""
    is_optional: bool = False
    people: str = ""
    width: float | None = None
    width_mm: float | None = None
    outputs: tuple[Output, ...] = ()
    label_zh: str = ""
    label_of: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        """`column` or `column kind` is short for a mapping."""
        if isinstance(given, str):
            name, _, kind = given.partition(" ")
            return {"name": name, "kind": kind or "text"}
        if isinstance(given, dict) and isinstance(given.get("of"), str):
            return {**given, "of": (given["of"],)}
        return given

    @model_validator(mode="after")
    def _status_in_words(self) -> Column:
        if self.verdict == self.name:
            raise ValueError(
                f"`verdict` marks another column by its status and would leave the codes of {self.name} as they are:"
                f" write {self.name} verdict"
            )
        return self

    @property
    def is_number(self) -> bool:
        return self.scaled_by is not None or self.kind in ("whole", "number", "plain", "percent", "yuan")


class Rows(_Spec):
    """Which rows of a mart, in which order.

    Attributes:
        mart: a table of `marts`.
        relation: name of rows that are no mart and that the output brings itself, such as `changes`.
        statement: name of a file in `catalogue/sql/` that gives the rows instead, for entries that need more than the
            rows of one mart; its parameter is `$district_code`.
        latest: only rows with the latest value of this column, counted before `where`.
        per: the latest value is taken per combination of these columns.
        where: column → value, or list of values, that a row must have.
        known: columns that must have a value.
        between: column → first and last value that a row may have.
        some: columns of which at least one must be neither zero nor missing.
        differ: two columns that must not have the same value.
        order: see `Order`; missing values come last.
    """

    mart: str = ""
    relation: str = ""
    statement: str = ""
    latest: str = ""
    per: tuple[str, ...] = ()
    where: dict[str, Value | tuple[Value, ...]] = Field(default_factory=dict)
    known: tuple[str, ...] = ()
    between: dict[str, tuple[Value, Value]] = Field(default_factory=dict)
    some: tuple[str, ...] = ()
    differ: tuple[str, str] | None = None
    order: tuple[Order, ...] = ()


class OnPage(_Spec):
    """Place of a table on the site: a page's file and one of its sections."""

    page: str
    section: str


class InWorkbook(_Spec):
    """Place of a table in a workbook.

    Attributes:
        workbook: the workbook, see `Workbook`.
        sheet: name of the sheet.
        position: place of the sheet among those of the catalogue. Tables of one sheet follow each other on it.
        title_zh: title of the sheet, the table's own by default. This and the subtitle are templates in which
            `phrases` holds the sentences with standards, and `school_year` and `as_of` are those of the workbook.
        subtitle_zh: line below the title.
        font_size: in points.
        freeze_columns: columns that stay in view.
        break_columns: columns before which a printed page ends.
    """

    workbook: Workbook
    sheet: str
    position: int = 100
    title_zh: str = ""
    subtitle_zh: str = ""
    font_size: float = 10
    freeze_columns: int = 0
    break_columns: tuple[int, ...] = ()


class InReport(_Spec):
    """Place of a table in a report.

    Attributes:
        report: name of the report.
        section: section of the report; its tables follow each other in the order of `position`.
        position: place among the tables of the section.
        most_rows: only so many rows from the beginning; 0 for all.
        observed: column with the day, month or year that the figures speak of; where its latest value lies before the
            report's month, the caption says so (数据截至2024-09).
        unchanged_by: column of the period; rows that repeat the row above are left out, save the newest of a series (the
            rows of one `key` and `order` without the period).
    """

    report: str
    section: str
    position: int = 100
    most_rows: int = 0
    observed: str = ""
    unchanged_by: str = ""


class Table(Rows):
    """One table that people see.

    Attributes:
        name: unique name; also its address on a page.
        title_zh: caption; columns of the first row may be given in braces.
        key: columns that pick one row of the mart.
        columns: in the order of the page.
        filters: columns by which readers of the site filter.
        page_rows: rows shown at a time on the site.
        anchor: column that makes the address of a row on the site.
        empty_zh: said instead of a table without rows; without it such a table is left out.
        may_be_empty: why the values of `where` pick no row of the sample; every other table must find some there.
        notes_zh: lines below the table.
        needs_one_district: left out of a release of several districts.
        site, excel, word: its place in each output.
    """

    name: str
    title_zh: str
    key: tuple[str, ...] = ()
    columns: tuple[Column, ...]
    filters: tuple[str, ...] = ()
    page_rows: int = 50
    anchor: str = ""
    empty_zh: str = ""
    may_be_empty: str = ""
    notes_zh: tuple[str, ...] = ()
    needs_one_district: bool = False
    site: OnPage | None = None
    excel: InWorkbook | None = None
    word: InReport | None = None

    def columns_of(self, output: Output) -> tuple[Column, ...]:
        """Columns of this output."""
        return tuple(c for c in self.columns if not c.outputs or output in c.outputs)

    @model_validator(mode="after")
    def _names_agree(self) -> Table:
        unknown = {*self.filters} - {c.name for c in self.columns}
        if unknown:
            raise ValueError(f"{self.name}: filters on columns it does not show: {sorted(unknown)}")
        return self

    @model_validator(mode="after")
    def _shares_have_denominators(self) -> Table:
        for output in get_args(Output):
            columns = self.columns_of(output) if getattr(self, output) else ()
            shown = {name for c in columns for name in (c.name, c.over)}
            for column in columns:
                if column.kind == "percent" and not (column.of or column.no_denominator):
                    raise ValueError(
                        f"{self.name}: the percentage {column.name} needs its denominator: give `of`, columns of this"
                        " table, or `no_denominator` with the reason"
                    )
                if lacking := sorted({*column.of} - shown):
                    raise ValueError(
                        f"{self.name}: the denominator of {column.name} is not in the same table ({output}):"
                        f" {', '.join(lacking)}"
                    )
        return self


class Lines(Rows):
    """A line chart of a mart over its periods.

    Attributes:
        name, title_zh: of the chart.
        period: column of the periods, named below the axis by its label.
        last_periods: only so many of the latest periods.
        complete: columns of the schools whose returns came, and that were due; a period says where some are missing.
        values: columns, one line each, named by their labels; or one column where `series` is given.
        series, words: column whose words name the lines, and its dictionary.
        apart_by: a column, also the name of its dictionary, and what a missing value is called: no line joins its values, each
            has a chart of its own, and its word stands in `title_zh` as `{apart_by}`.
        unit_zh, kind, decimals: title of the value axis, and how values are printed.
    """

    name: str
    title_zh: str
    period: str
    last_periods: int = 0
    complete: tuple[str, str] | None = None
    values: tuple[str, ...]
    series: str = ""
    words: str = ""
    apart_by: tuple[str, str] | None = None
    unit_zh: str = ""
    kind: Literal["number", "percent"] = "number"
    decimals: int = 0


class Card(Rows):
    """Figures in large print, one card per row.

    Attributes:
        title_zh: heading. This and the following are templates of jinja2, in which `row` is the row and
            `whole(column)`, `number(column, decimals)`, `percent(column)`, `yuan(column)` and `verdict(column)`
            print a figure with its cell.
        big: the figure in large print.
        lines: lines of text below; an empty line is left out.
        observed: columns with the first and the last day that the figure speaks of; without them, and with `latest`, it
            is the day of that period.
    """

    title_zh: str
    big: str
    observed: tuple[str, str] | None = None
    lines: tuple[str, ...] = ()
    key: tuple[str, ...]


class Section(_Spec):
    """A part of a page: cards, then charts, then the tables that the catalogue places here.

    Attributes:
        lead_zh: a sentence below the heading. It is a template too, in which `phrases` holds the sentences with
            standards (`publish/phrases.py`).
        drawings: charts that Python makes: names in `site/drawings.py`.
    """

    name: str
    title_zh: str
    lead_zh: str = ""
    cards: tuple[Card, ...] = ()
    charts: tuple[Lines, ...] = ()
    drawings: tuple[str, ...] = ()


class Page(_Spec):
    """One page of the site.

    Attributes:
        file: name of the file.
        title_zh: heading of the page.
        navigation_zh: its name in the navigation.
        position: its place there.
        maker: function of the site that makes the page, for pages that are more than sections.
        needs: mart without whose rows the page is left out.
        sections: in their order; a section without content is left out.
    """

    file: str
    title_zh: str
    navigation_zh: str
    position: int
    lead_zh: str = ""
    maker: str = ""
    needs: str = ""
    sections: tuple[Section, ...] = ()


class Sentence(Rows):
    """A sentence of a report, one part of it per row; every placeholder is a column of the row and keeps its cell.

    Attributes:
        text_zh: said of each row, with columns in braces.
        columns: how columns are printed that are not plain text.
        key: columns that pick one row of the mart.
        before_zh: stands before the first row. This, `after_zh` and `empty_zh` are templates with the values of the
            report, such as `{{ period_zh }}`.
        join_zh: stands between two rows.
        after_zh: stands after the last row.
        most_rows: only so many rows from the beginning; 0 for all.
        more_zh: stands after the last row where rows were left out.
        empty_zh: said where there is no row; without it the sentence is left out.
    """

    text_zh: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...]
    before_zh: str = ""
    join_zh: str = "；"
    after_zh: str = "。"
    most_rows: int = 0
    more_zh: str = "等"
    empty_zh: str = ""


class Paragraph(_Spec):
    """Sentences that follow each other.

    Attributes:
        name: by which sections name it.
        lead_zh: words in bold before the first sentence; a template with the values of the report.
        sentences: in their order.
        empty_zh: said where no sentence has a row.
    """

    name: str
    lead_zh: str = ""
    sentences: tuple[Sentence, ...]
    empty_zh: str = ""


class ReportSection(_Spec):
    """A part of a report: paragraphs, tables that the catalogue places here, then charts.

    Attributes:
        name: by which tables name it.
        title_zh: its heading; without one the section follows what is before it.
        for_each: rows of the plan's items; the section is written once per row, headed by the item, and `$column` in
            its sentences and tables is a column of that row.
        paragraphs: names of paragraphs.
        drawings: charts that Python makes: names in `word/drawings.py`.
        notes_zh: small lines at the end; templates with the values of the report.
    """

    name: str
    title_zh: str = ""
    for_each: Rows | None = None
    paragraphs: tuple[str, ...] = ()
    drawings: tuple[str, ...] = ()
    notes_zh: tuple[str, ...] = ()


class Annex(_Spec):
    """An annex of a report, on pages of its own; `is_landscape` lays them."""

    title_zh: str
    is_landscape: bool = False
    sections: tuple[ReportSection, ...]


class Report(_Spec):
    """A report: a body that is signed, and annexes.

    Attributes:
        name: `weekly` or `monthly`.
        file_zh: its name in file names.
        title_zh: its title, after the name of the district.
        period_zh: what it calls its period.
        due_zh: what it calls the time after its day for which it lists what falls due.
        body: sections before the signature.
        annexes: after it; an annex without content is left out.
    """

    name: str
    file_zh: str
    title_zh: str
    period_zh: str
    due_zh: str
    body: tuple[ReportSection, ...]
    annexes: tuple[Annex, ...] = ()

    def width_mm(self, section: str) -> int:
        """Width of the text of a section."""
        lying = {s.name for annex in self.annexes if annex.is_landscape for s in annex.sections}
        return LANDSCAPE_MM if section in lying else PORTRAIT_MM

    @property
    def sections(self) -> tuple[ReportSection, ...]:
        """All sections, those of the annexes included."""
        return (*self.body, *(s for annex in self.annexes for s in annex.sections))


class CatalogueFile(_Spec):
    """One file of the catalogue."""

    page: Page | None = None
    tables: tuple[Table, ...] = ()
    reports: tuple[Report, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    #: Marts that no output shows, each with the reason.
    not_shown: dict[str, str] = Field(default_factory=dict)


class Catalogue(_Spec):
    """All files together; `files` says in which file a table or a paragraph is declared."""

    pages: tuple[Page, ...]
    tables: dict[str, Table]
    reports: dict[str, Report]
    paragraphs: dict[str, Paragraph]
    not_shown: dict[str, str]
    files: dict[str, str] = Field(default_factory=dict)

    def on_page(self, file: str, section: str) -> list[Table]:
        """Tables of a section of a page."""
        return [
            t for t in self.tables.values() if t.site and (t.site.page, t.site.section) == (file, section)
        ]

    def address_of(self, mart: str) -> str:
        """Address of the first table of the site that shows a mart; empty if no page shows it whole."""
        # the pages of schools and of single indicators show a part of their marts each
        in_parts = {page.file for page in self.pages if page.maker in ("schools", "indicators")}
        shown = [t for t in self.tables.values() if t.mart == mart and t.site and not t.needs_one_district]
        found = [f"{t.site.page}#{t.name}" for t in shown if t.site and t.site.page not in in_parts]
        return found[0] if found else ""

    def in_workbook(self, workbook: str) -> list[Table]:
        """Tables of a workbook, in the order of its sheets."""
        found = [t for t in self.tables.values() if t.excel and t.excel.workbook == workbook]
        return sorted(found, key=lambda t: t.excel.position if t.excel else 0)

    def in_report(self, report: str, section: str) -> list[Table]:
        """Tables of a section of a report, in their order."""
        found = [
            t for t in self.tables.values() if t.word and (t.word.report, t.word.section) == (report, section)
        ]
        return sorted(found, key=lambda t: t.word.position if t.word else 0)
