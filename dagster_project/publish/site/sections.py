"""Pages that the catalogue declares: sections of cards, charts and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dagster_project.core.numbers import filled
from dagster_project.publish import catalogue, labels, periods
from dagster_project.publish.catalogue.models import Card, Lines, Section
from dagster_project.publish.catalogue.rows import WordsOf, arranged
from dagster_project.publish.site.drawings import DRAWINGS, lines_drawing
from dagster_project.publish.site.marts import Marts
from dagster_project.publish.site.pages import PageDrawing, PageSection, SitePage
from dagster_project.publish.site.printing import PageCard, Row, shown
from dagster_project.publish.site.tables import page_table

if TYPE_CHECKING:
    import jinja2


def page(marts: Marts, district_code: str, spec: catalogue.Page) -> SitePage | None:
    """A page made of sections; None if none of them has content, or the mart that it needs has no rows."""
    if spec.needs and not marts.rows(spec.needs, district_code):
        return None
    found = [section(marts, district_code, spec, s) for s in spec.sections]
    kept = [s for s in found if s is not None]
    if not kept:
        return None
    lead = _filled(spec.lead_zh, marts.sentences(district_code))
    has_charts = any(s.drawings for s in kept)
    values = {"sections": kept, "lead_zh": lead, "has_charts": has_charts}
    return SitePage(spec.file, spec.title_zh, "sections.html.j2", values)


def section(marts: Marts, district_code: str, page_spec: catalogue.Page, spec: Section) -> PageSection | None:
    """A section with what the catalogue places in it; None without content."""
    cards = [made for card in spec.cards for made in _cards(marts, district_code, card)]
    drawings = [d for lines in spec.charts for d in _lines(marts, district_code, lines)]
    drawings += [d for name in spec.drawings for d in DRAWINGS[name](marts, district_code)]
    named = [t.name for t in marts.entries.on_page(page_spec.file, spec.name)]
    tables = [t for name in named if (t := page_table(marts, district_code, name)) is not None]
    if not cards and not drawings and not tables:
        return None
    lead = _filled(spec.lead_zh, marts.sentences(district_code))
    title = filled(spec.title_zh, {"whole_zh": marts.whole_zh(district_code)})
    return PageSection(spec.name, title, lead, cards, drawings, tables)


def _cards(marts: Marts, district_code: str, spec: Card) -> list[PageCard]:
    """One card per row."""
    rows = arranged(spec, marts.given(spec, district_code), marts.words(district_code).of)
    return [card_of(spec, row, marts.release.as_of) for row in rows]


def card_of(spec: Card, row: Row, as_of: dt.date) -> PageCard:
    """The card of one row."""

    def figure(kind: Any) -> Any:
        return lambda name, decimals=2: shown(spec.mart, spec.key, row, name, kind, decimals)

    kinds = {kind: figure(kind) for kind in ("whole", "number", "percent", "yuan", "verdict")}
    values = {"row": row, "stage_zh": labels.stage_zh, "ownership_zh": labels.ownership_zh, **kinds}
    lines = [_filled(line, values) for line in spec.lines]
    until = periods.data_until_zh(spec.latest, row[spec.latest], as_of) if spec.latest else ""
    if spec.observed is not None:
        until = periods.data_between_zh(*(row[name] for name in spec.observed))
    return PageCard(
        _filled(spec.title_zh, values), _filled(spec.big, values), [line for line in lines if line], until
    )


def _lines(marts: Marts, district_code: str, spec: Lines) -> Iterator[PageDrawing]:
    """A line chart of the catalogue, or one for each of the values that no line may join."""
    words = marts.words(district_code)
    rows = arranged(spec, marts.given(spec, district_code), words.of)
    for part, own in parted(spec, rows, words.of):
        found = _lines_of(marts, district_code, part, own)
        if found is not None:
            yield found


def parted(spec: Lines, rows: Sequence[Row], words_of: WordsOf) -> Iterator[tuple[Lines, list[Row]]]:
    """The charts of an entry, each with its rows: one per value of `apart_by`, in the order of its words."""
    if spec.apart_by is None:
        yield spec, list(rows)
        return
    column, unknown_zh = spec.apart_by
    named: dict[Any, str] = {**words_of(column), None: unknown_zh}
    for value, word_zh in named.items():
        own = [row for row in rows if row[column] == value]
        if own:
            title_zh = filled(spec.title_zh, {"apart_by": word_zh})
            yield spec.model_copy(update={"name": f"{spec.name}-{value}", "title_zh": title_zh}), own


def _lines_of(marts: Marts, district_code: str, spec: Lines, rows: list[Row]) -> PageDrawing | None:
    """A line chart of some rows of a mart."""
    words = marts.words(district_code)
    names = {column: marts.labels_zh[spec.mart][column] for column in spec.values}
    named = named_periods(spec, rows)
    if spec.series:
        (value,) = spec.values
        names = {c: zh for c, zh in words.of(spec.words).items() if any(r[spec.series] == c for r in rows)}
        by_period: dict[Any, dict[str, Any]] = {}
        for row in rows:
            period = row[spec.period]
            by_period.setdefault(period, {spec.period: period, **dict.fromkeys(names)})[row[spec.series]] = (
                row[value]
            )
        rows = list(by_period.values())
    return lines_drawing(
        spec.name,
        spec.title_zh,
        [{**row, spec.period: named[row[spec.period]]} for row in rows[-spec.last_periods :]],
        spec.period,
        names,
        kind=spec.kind,
        decimals=spec.decimals,
        value_title=spec.unit_zh,
        period_title=marts.labels_zh[spec.mart][spec.period],
    )


def named_periods(spec: Lines, rows: Sequence[Row]) -> dict[Any, Any]:
    """The periods as a chart names them: one of which returns are missing says how many came of how many."""
    found = {row[spec.period]: row[spec.period] for row in rows}
    if spec.complete is None:
        return found
    for period in found:
        came, due = (
            sum(row[column] or 0 for row in rows if row[spec.period] == period) for column in spec.complete
        )
        found[period] = named_period(period, came, due)
    return found


def named_period(period: Any, came: int, due: int, word_zh: str = "已报") -> Any:
    """A period as a chart names it: with how many of how many it speaks of, where that isn't all of them."""
    return f"{period}（{word_zh}{came}/{due}）" if came < due else period


def _filled(template: str, values: Any) -> Markup:
    """A short template of the catalogue, filled; what comes from rows is escaped."""
    return Markup(_template(template).render(values))


@lru_cache(maxsize=512)
def _template(text: str) -> jinja2.Template:
    import jinja2

    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)
