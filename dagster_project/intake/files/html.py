"""Reads the tables of a web page that was saved under a workbook's name, as many systems export them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.files.text import decode_text
from dagster_project.intake.findings import RejectedFile, problem

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)

_LARGEST_SPAN = 1_000


def read_html(content: bytes) -> Iterator[Grid]:
    """The innermost tables of a web page, one grid each; every cell stays text.

    Raises:
        RejectedFile: no table, an unknown encoding, or tags that don't pair.
    """
    import lxml.etree as etree
    import lxml.html as html

    named = _CHARSET.search(content[:4096])
    encoding = named[1].decode().lower() if named else ""
    if encoding in ("gb2312", "gbk", "gb18030"):
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            text = decode_text(content)
    else:
        text = decode_text(content)
    _refuse_unpaired_tags(text)
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        document = html.document_fromstring(text.encode(), parser=parser)
    except etree.LxmlError as error:
        raise RejectedFile("HTML_FILE", "unreadable") from error
    tables = [t for t in document.iter("table") if next(t.iterdescendants("table"), None) is None]
    grids = [_html_grid(table) for table in tables]
    grids = [g for g in grids if any(any(c for c in row) for row in g.rows)]
    if not grids:
        raise RejectedFile("HTML_FILE", "no_table")
    for i, grid in enumerate(grids, 1):
        grid.sheet = "" if len(grids) == 1 else f"表{i}"
        grid.warnings.append(problem("HTML_TABLE"))
        yield grid


_TAG = re.compile(r"<(/?)([a-z][\w:-]*)[^<>]*?(/?)>")

_COMMENT = re.compile("<!--.*?-->", re.DOTALL)

#: Tags that HTML allows without an end tag: those that never have one, and those whose end may be omitted.
_UNPAIRED_TAGS = frozenset(("br", "col", "hr", "img", "input", "wbr", "area", "param", "link", "meta"))

_OPEN_ENDED_TAGS = frozenset(
    ("p", "li", "dt", "dd", "option", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th")
)


def _refuse_unpaired_tags(text: str) -> None:
    """Refuse tables in which the tags of rows or cells don't pair, or a tag is only opened or only closed.

    An HTML parser repairs such a page silently: two cells become one, or a cell is lost. Pages whose rows and cells
    are never closed are allowed, as HTML allows them.

    Raises:
        RejectedFile: with the first such tag.
    """
    lowered = _COMMENT.sub("", text.lower())
    inside = lowered[lowered.find("<table") : lowered.rfind("</table")]
    opened: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for end, name, is_whole in _TAG.findall(inside):
        if not is_whole and name not in ("table", *_UNPAIRED_TAGS):
            (closed if end else opened)[name] += 1
    unpaired = [
        name
        for name in sorted({*opened, *closed})
        if not opened[name]
        or (not closed[name] and name not in _OPEN_ENDED_TAGS)
        or (name in ("tr", "td", "th") and closed[name] and opened[name] != closed[name])
    ]
    if unpaired:
        raise RejectedFile("DAMAGED_FILE", "unpaired_tag", tag=unpaired[0])


def _html_grid(table: Any) -> Grid:
    """Cells of one table; a cell that spans several rows or columns is followed by blank ones and listed as merged."""
    rows: list[list[Any]] = []
    merges: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    for i, row in enumerate(table.iter("tr")):
        cells: list[Any] = []
        for cell in row.iterchildren("td", "th"):
            while (i, len(cells)) in taken:
                cells.append("")
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            left = len(cells)
            cells.append("".join(cell.itertext()))
            cells += [""] * (width - 1)
            for below in range(1, height):
                taken |= {(i + below, j) for j in range(left, left + width)}
            if width > 1 or height > 1:
                merges.append((i + 1, left + 1, i + height, left + width))
        while (i, len(cells)) in taken:
            cells.append("")
        rows.append(cells)
    return Grid("", rows, merges=merges, is_ragged=True)


def _span(cell: Any, name: str) -> int:
    """Number of rows or columns that a cell spans, between 1 and the largest allowed."""
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _LARGEST_SPAN) if text.isdigit() else 1
