"""Charts for printed reports and pages, one per module: they can be read in grey, and name each line and bar."""

from dagster_project.publish.charts.bars import bars_against_limit
from dagster_project.publish.charts.fonts import chinese_font
from dagster_project.publish.charts.histogram import histogram_classes, histogram_with_limit
from dagster_project.publish.charts.lines import lines_by_period
from dagster_project.publish.charts.pictures import to_png, to_svg, warm_up
from dagster_project.publish.charts.ratios import ratio_row, ratios_to_standard
from dagster_project.publish.charts.school_map import schools_on_map
from dagster_project.publish.charts.stacked import stacked_by_month
from dagster_project.publish.charts.trends import trends_by_indicator

__all__ = [
    "bars_against_limit",
    "chinese_font",
    "histogram_classes",
    "histogram_with_limit",
    "lines_by_period",
    "ratio_row",
    "ratios_to_standard",
    "schools_on_map",
    "stacked_by_month",
    "to_png",
    "to_svg",
    "trends_by_indicator",
    "warm_up",
]
