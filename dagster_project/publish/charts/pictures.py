"""Charts as PNG and SVG, drawn on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagster_project.publish.charts import fonts
from dagster_project.publish.charts.fonts import FAMILIES

if TYPE_CHECKING:
    import altair as alt


def to_png(chart: alt.Chart | alt.LayerChart, scale: float = 2.0) -> bytes | None:
    """The chart as a picture; None when no font with Chinese is installed.

    Args:
        chart: what a function of this module returned; its width and height are those of the whole picture.
        scale: pixels of the picture per pixel of the chart; 2 gives about 180 dpi at 156 mm.
    """
    font = fonts.chinese_font()
    if font is None:
        return None
    import vl_convert

    return vl_convert.vegalite_to_png(**_converted(chart, font), scale=scale)


def warm_up() -> None:
    """Load what drawing needs: the converter starts an engine of its own at its first chart."""
    import altair as alt
    import pandas as pd

    to_png(alt.Chart(pd.DataFrame({"x": [0]})).mark_point().encode(x="x:Q"))


def to_svg(chart: alt.TopLevelMixin) -> str:
    """The chart as SVG. The program that shows it needs a font with Chinese; this machine doesn't.

    Args:
        chart: what a function of this module returned.
    """
    import vl_convert

    families = ", ".join([*FAMILIES[:5], "sans-serif"])
    svg: str = vl_convert.vegalite_to_svg(**_converted(chart, fonts.chinese_font() or families))
    return svg


def _converted(chart: alt.TopLevelMixin, font: str) -> dict[str, Any]:
    """What a converter is given: nothing is fetched from anywhere."""
    import altair as alt

    spec = chart.to_dict()
    spec["config"] = {**spec.get("config", {}), "font": font}
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return {"vl_spec": spec, "vl_version": version, "allowed_base_urls": []}
