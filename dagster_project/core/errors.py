"""Errors whose text is for the person at the keyboard, and tracebacks for everything else."""

from __future__ import annotations

import re
import traceback

from dagster_project.core.privacy import without_figures


def traceback_without_figures(error: BaseException) -> str:
    """Traceback of an error nobody foresaw, for a terminal or a log; only places in the code keep their numbers."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    place = re.compile(r"\s*File \".*\", line \d+")
    return "\n".join(line if place.match(line) else without_figures(line) for line in lines)


class UserError(Exception):
    """Something the person at the keyboard can put right; the text is Chinese and says how."""


class UsageError(UserError):
    """The command was called in a way that cannot work (exit code 2)."""
