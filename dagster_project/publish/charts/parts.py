"""What the charts share: colours that differ in grey, sizes, and the look of a finished chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import altair as alt

Direction = Literal["at_most", "at_least"]
Row = dict[str, Any]

WIDTH = 560
FONT_SIZE = 13
DARK, MIDDLE, LIGHT = "#1F3552", "#6F8FB0", "#C9D7E6"
LINES = ("#1F3552", "#6F8FB0", "#3F5F86", "#8C8C8C", "#000000", "#55708F", "#6B6B6B", "#2B2B2B")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2], [1, 3], [10, 2, 2, 2, 2, 2])
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-left",
    "triangle-right",
)


def fixed(channel: str, value: Any) -> Any:
    """A channel at one place: pixels, or "width" and "height" of the plot."""
    import altair as alt

    return getattr(alt, f"{channel}Value")(value)


def chart_of(rows: Sequence[Row]) -> alt.Chart:
    """A chart of these rows, without marks yet."""
    import altair as alt

    return alt.Chart(alt.InlineData(values=list(rows)))


def finished(layers: Sequence[Any], title: str, width: int, height: int) -> alt.LayerChart:
    """A chart of the layers in its final size and look; labels beside the plot are inside the picture."""
    import altair as alt

    # in one go: each call that adds something to a chart copies all of it
    heading: dict[str, Any] = (
        {"title": alt.TitleParams(title, offset=10, fontSize=FONT_SIZE + 2)} if title else {}
    )
    return alt.LayerChart(
        layer=list(layers),
        width=width,
        height=height,
        padding=8,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        config=alt.Config(
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(
                labelFontSize=FONT_SIZE - 1,
                titleFontSize=FONT_SIZE,
                titleFontWeight="normal",
                labelColor="black",
                titleColor="black",
                gridColor="#DDDDDD",
                domainColor="black",
                tickColor="black",
                labelFlush=False,
            ),
            legend=alt.LegendConfig(labelFontSize=FONT_SIZE, labelColor="black"),
            text=alt.MarkConfig(fontSize=FONT_SIZE, color="black"),
        ),
        **heading,
    )


def fails(value: float, limit: float, direction: Direction) -> bool:
    return bool(value > limit if direction == "at_most" else value < limit)


def number(value: object) -> float | None:
    if value is None or type(value).__name__ == "NAType" or value != value:
        return None
    return float(value)  # type: ignore[arg-type]


def text_of(value: Any) -> str:
    """Text of a label; of a date its year and month."""
    return f"{value.year}-{value.month:02d}" if hasattr(value, "year") else str(value)


def ordered(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def pixels(text: str) -> float:
    """About how wide the text is: a Chinese sign is as wide as it is high."""
    return sum(FONT_SIZE if ord(c) > 0x2000 else FONT_SIZE * 0.62 for c in text)


def label_angle(texts: Sequence[str], room: float) -> int:
    """Level where each two neighbours, which stand a step apart, have room side by side, else slanting."""
    widths = [pixels(text) + 8 for text in texts]
    step = room / max(len(texts), 1)
    return 0 if all((a + b) / 2 <= step for a, b in pairwise(widths)) and sum(widths) <= room else -40


def upright_limit(limit: float, text: str, scale: alt.Scale) -> list[Any]:
    """The limit as a dashed line from top to bottom, named above the plot, inside the picture."""
    import altair as alt

    domain: Any = scale.domain
    share = (limit - domain[0]) / (domain[1] - domain[0])
    align: Literal["left", "center", "right"] = (
        "left" if share < 0.15 else "right" if share > 0.85 else "center"
    )
    base = chart_of([{"limit": limit, "text": text}]).encode(x=alt.X("limit:Q", scale=scale))
    return [
        base.mark_rule(strokeDash=[5, 3], strokeWidth=1.6, color="black"),
        base.mark_text(align=align, baseline="bottom", dy=-6, fontWeight="bold").encode(
            y=fixed("Y", 0), text=alt.Text("text:N")
        ),
    ]
