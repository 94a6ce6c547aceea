"""Reads web archives (.mht), as Excel and many systems write them: the pages in them are read like web pages."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.files.html import read_html
from dagster_project.intake.findings import RejectedFile

#: Pages of one archive that are read.
_MOST_PAGES = 200


def read_web_archive(content: bytes) -> Iterator[Grid]:
    """The tables of all pages of a web archive, in their order.

    Raises:
        RejectedFile: it has too many pages, no page of it holds a table, or one can't be read.
    """
    message = email.message_from_bytes(content.lstrip(b"\xef\xbb\xbf \t\r\n"), policy=email.policy.compat32)
    pages = [
        part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/html"
    ]
    grids: list[Grid] = []
    for page in pages[:_MOST_PAGES]:
        if isinstance(page, bytes) and b"<table" in page.replace(b"\0", b"").lower():
            grids += read_html(page)
    if len(pages) > _MOST_PAGES:
        raise RejectedFile("WEB_ARCHIVE", "pages", pages=len(pages), most=_MOST_PAGES)
    if not grids:
        raise RejectedFile("WEB_ARCHIVE", "no_table")
    for i, grid in enumerate(grids, 1):
        grid.sheet = "" if len(grids) == 1 else f"表{i}"
        yield grid
