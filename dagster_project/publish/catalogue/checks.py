"""Checks of the catalogue: of its files against each other, and against the marts and the words that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dagster_project.core.declarations import hint
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds
from dagster_project.publish import labels
from dagster_project.publish.catalogue.models import (
    Card,
    Catalogue,
    Column,
    Lines,
    Page,
    Report,
    Rows,
    Sentence,
    Table,
)
from dagster_project.publish.catalogue.rows import ordered_by
from dagster_project.publish.catalogue.words import LOOKUPS, Labels, statement_names, statement_text

_PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
#: What the page gives a title besides the columns of its rows: 全区, 全县.
_OF_PAGE = ("whole_zh",)
#: `whole('column')` and `row.column` in the templates of cards.
_IN_CARD = re.compile(r"(?:whole|number|percent|yuan|verdict)\('(\w+)'|\brow\.(\w+)")


class CatalogueError(UserError, ValueError):
    """An entry of the catalogue that cannot be printed; the text names file and entry, and what to write."""


def check(found: Catalogue, labels_zh: Labels) -> None:
    """Check that every mart, column and dictionary that the catalogue names exists.

    Args:
        found: the catalogue.
        labels_zh: the marts with their columns, as `labels_of` or the models' YAML give them.

    Raises:
        CatalogueError: some do not; every one is named with its file and entry.
    """
    faults = [
        f"{found.files.get(name, 'the catalogue')}, entry {name}: {fault}"
        for name, rows, columns in _entries(found)
        for fault in _faults(rows, columns, labels_zh)
    ]
    if faults:
        raise CatalogueError("\n".join(dict.fromkeys(faults)))


def _entries(found: Catalogue) -> Iterator[tuple[str, Rows, Sequence[Column]]]:
    """Name, rows and columns of everything that reads a mart."""
    for table in found.tables.values():
        yield table.name, table, table.columns
    for paragraph in found.paragraphs.values():
        for sentence in paragraph.sentences:
            yield paragraph.name, sentence, sentence.columns
    for page in found.pages:
        for section in page.sections:
            for entry in (*section.cards, *section.charts):
                yield f"{page.file} {section.name}", entry, ()
    for report in found.reports.values():
        for part in report.sections:
            if part.for_each is not None:
                yield f"{report.name} {part.name}", part.for_each, ()


def _faults(rows: Rows, columns: Sequence[Column], labels_zh: Labels) -> Iterator[str]:
    for words in _words_of(rows, columns):
        if not _is_dictionary(words):
            yield f"there is no dictionary {words}{hint(words, _dictionaries(words))}"
    if rows.statement and rows.statement not in statement_names():
        yield f"there is no sql/{rows.statement}.sql{hint(rows.statement, statement_names())}"
        return
    for column in columns:
        yield from _faults_of_label(column, labels_zh)
    if not rows.mart:
        return
    if rows.mart not in labels_zh:
        yield f"there is no mart {rows.mart}{hint(rows.mart, labels_zh)}"
        return
    known = labels_zh[rows.mart].keys() - {""}
    made = {column.name for column in columns if column.label_zh}
    text = statement_text(rows.statement) if rows.statement else ""
    for name in dict.fromkeys(_names_of(rows, columns)):
        if name not in known and name not in made and not re.search(rf"\b{name}\b", text):
            yield f"{rows.mart} has no column {name}{hint(name, known)}"
    for column in columns:
        if column.label_zh and column.name in known:
            yield f"the heading of {column.name} is the label in the model's YAML: leave `label_zh` out"
        elif not column.label_zh and column.name in text and column.name not in known:
            yield f"{column.name} is made by the statement {rows.statement}: give it a `label_zh`"


def _faults_of_label(column: Column, labels_zh: Labels) -> Iterator[str]:
    """A label that is taken from a mart or column that is not there."""
    mart, _, name = column.label_of.partition(".")
    if mart and mart not in labels_zh:
        yield f"there is no mart {mart}{hint(mart, labels_zh)}"
    elif mart and (name or column.name) not in labels_zh[mart]:
        yield f"{mart} has no column {name or column.name}{hint(name or column.name, labels_zh[mart])}"


def _names_of(rows: Rows, columns: Sequence[Column]) -> Iterator[str]:
    """Columns of the mart that an entry names."""
    yield from (*rows.where, *rows.known, *rows.between, *rows.some, *(rows.differ or ()), *rows.per)
    yield from (name for name in (rows.latest,) if name)
    yield from ordered_by(rows)
    for column in columns:
        yield column.name
        yield from (*(column.scaled_by or ()), *(column.interval or ()), *column.of, *column.link_filters)
        yield from (note.partition(" ")[0] for note in column.notes)
        yield from filter(None, (column.verdict, column.people, column.over, column.day_status))
        yield from _PLACEHOLDER.findall(column.template + column.link)
    if isinstance(rows, Table):
        yield from (*rows.key, *(n for n in _PLACEHOLDER.findall(rows.title_zh) if n not in _OF_PAGE))
        in_report = (rows.word.observed, rows.word.unchanged_by) if rows.word else ()
        yield from filter(None, (rows.anchor, *in_report))
    elif isinstance(rows, Sentence):
        yield from (*rows.key, *_PLACEHOLDER.findall(rows.text_zh))
    elif isinstance(rows, Card):
        yield from (*rows.key, *(rows.observed or ()))
        for text in (rows.title_zh, rows.big, *rows.lines):
            yield from (a or b for a, b in _IN_CARD.findall(text))
    elif isinstance(rows, Lines):
        yield from (rows.period, *rows.values, *(rows.complete or ()))
        yield from filter(None, (rows.series, *(rows.apart_by or ())[:1]))


def _words_of(rows: Rows, columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        yield from (note.partition(" ")[2] for note in column.notes)
        if column.words:
            yield column.words
    if isinstance(rows, Lines):
        yield from filter(None, (rows.words, *(rows.apart_by or ())[:1]))
    for order in rows.order:
        for name, how in order.items() if isinstance(order, dict) else ():
            if how in ("words", "text"):
                yield next((c.words for c in columns if c.name == name and c.words), name)


def _is_dictionary(name: str) -> bool:
    if "." not in name:
        return name == "marts" or name in LOOKUPS or name in labels.dictionary_names()
    try:
        return bool(labels.choice_labels(*name.split(".", 1)))
    except KeyError:
        return False


def _dictionaries(name: str) -> list[str]:
    """Dictionaries that may be meant by a name; `feed.column` stands for the choices of a column."""
    feed, dot, _ = name.partition(".")
    choices = [f"{f.feed}.{c.name}" for f in load_feeds().values() for c in f.columns if c.choices]
    of_feed = [words for words in choices if words.startswith(f"{feed}.")]
    return (
        (of_feed if len(of_feed) == 1 else choices)
        if dot
        else [*labels.dictionary_names(), *LOOKUPS, "marts"]
    )


def labels_of_models(given: Mapping[str, tuple[str, Mapping[str, str]]]) -> Labels:
    """Labels as the models' YAML gives them (`warehouse.build.published_labels`), in the shape of `labels_of`."""
    return {mart: {"": label, **columns} for mart, (label, columns) in given.items()}


def faults_of_places(tables: Sequence[Table], pages: Sequence[Page]) -> Iterator[tuple[str, str]]:
    """Tables whose page or section does not exist, each with what is wrong.

    A page that is made by a function of the site may name its own sections.
    """
    sections = {page.file: None if page.maker else {s.name for s in page.sections} for page in pages}
    scripted = {page.file for page in pages if page.maker == "schools"}
    for table in tables:
        if table.site is None:
            continue
        page, section = table.site.page, table.site.section
        if page not in sections:
            yield table.name, f"there is no page {page}{_or_all(page, sections)}"
            continue
        known = sections[page]
        if known is not None and section not in known:
            yield table.name, f"{page} has no section {section}{_or_all(section, known)}"
        if page in scripted and any(
            isinstance(how, str) for step in table.order if isinstance(step, dict) for how in step.values()
        ):
            yield table.name, f"the script of {page} orders by `column`, `-column` and ranks of values only"
        if any(str(value).startswith("$school_year") for value in table.where.values()):
            yield (
                table.name,
                "$school_year has a value only in workbooks and reports; a table of the site uses `latest: school_year`",
            )


def faults_of_reports(
    tables: Sequence[Table], reports: Sequence[Report], paragraphs: set[str]
) -> Iterator[tuple[str, str]]:
    """Tables whose report or section does not exist or that are too wide, and reports without a paragraph they name."""
    sections = {report.name: {s.name for s in report.sections} for report in reports}
    by_name = {report.name: report for report in reports}
    for table in tables:
        if table.word is None:
            continue
        report, section = table.word.report, table.word.section
        if report not in sections:
            yield table.name, f"there is no report {report}{_or_all(report, sections)}"
            continue
        if section not in sections[report]:
            yield table.name, f"{report} has no section {section}{_or_all(section, sections[report])}"
            continue
        wide = sum(column.width_mm or 0 for column in table.columns_of("word"))
        most = by_name[report].width_mm(section)
        if wide > most:
            yield table.name, f"its columns are {wide:g} mm wide (`width_mm`); the page has {most}"
    for given in reports:
        for name in sorted({name for s in given.sections for name in s.paragraphs} - paragraphs):
            yield given.name, f"there is no paragraph {name}{hint(name, paragraphs)}"


def _or_all(name: str, known: Iterable[str]) -> str:
    """What may have been meant, else all there is."""
    return hint(name, known) or f"; there are {', '.join(sorted(known))}"
