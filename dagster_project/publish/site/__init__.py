"""The static site of a release: opened by double click, without server, network or build tool."""

from dagster_project.publish.site.marts import PageRelease
from dagster_project.publish.site.writer import (
    MOST_PROCESSES,
    warm_up,
    write_data,
    write_pages,
    write_site,
)

__all__ = ["MOST_PROCESSES", "PageRelease", "warm_up", "write_data", "write_pages", "write_site"]
