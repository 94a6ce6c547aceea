"""Errors with a message for the user, and tracebacks without figures for all others."""

from __future__ import annotations

import re
import traceback

from dagster_project.core.privacy import without_figures


def traceback_without_figures(error: BaseException) -> str:
    """Traceback of an unexpected error for a terminal or a log; figures are removed except for line numbers of the code."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    place = re.compile(r"\s*File \".*\", line \d+")
    return "\n".join(line if place.match(line) else without_figures(line) for line in lines)


class UserError(Exception):
    """An error that the user can fix; the text is Chinese and names the fix."""


class UsageError(UserError):
    """The command was called in a way that cannot work (exit code 2)."""
