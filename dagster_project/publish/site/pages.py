"""What a page is made of, before it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dagster_project.publish.site.printing import PageCard, PageTable, is_missing, text_of

if TYPE_CHECKING:
    import altair as alt

    AnyChart = alt.Chart | alt.LayerChart | alt.ConcatChart

#: One font for the pages and the charts: what Windows, macOS and Linux have for Chinese.
FONTS = (
    '"Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "Noto Sans CJK SC", "Noto Sans SC", '
    '"Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
)


@dataclass(frozen=True)
class PageDrawing:
    """A chart on a page: its specification, and the table of what it shows."""

    name: str
    title_zh: str
    spec: Mapping[str, Any]
    heads_zh: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class PageSection:
    """A part of a page under one heading: cards, then charts, then tables."""

    name: str
    title_zh: str
    lead_zh: str = ""
    cards: Sequence[PageCard] = ()
    drawings: Sequence[PageDrawing] = ()
    tables: Sequence[PageTable] = ()


@dataclass(frozen=True)
class SitePage:
    """One page of a district: its file, its template, and what fills the template.

    Attributes:
        under: file of the entry of the navigation that the page belongs to.
    """

    file: str
    title_zh: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    under: str = ""


def drawing(
    name: str, title_zh: str, chart: AnyChart, heads_zh: Sequence[str], rows: Sequence[Sequence[Any]]
) -> PageDrawing:
    """A chart made ready for a page; `rows` are the printed cells of the table beside it, None where one is missing."""
    cells = [[text_of(v) if is_missing(v) else v for v in row] for row in rows]
    return PageDrawing(name, title_zh, specification(chart), heads_zh, cells)


def specification(chart: AnyChart) -> dict[str, Any]:
    """A chart as the pages draw it: in their fonts, on a transparent ground."""
    spec = chart.to_dict(validate=False)
    spec["config"] = {**spec.get("config", {}), "font": FONTS, "background": "transparent"}
    return spec


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
