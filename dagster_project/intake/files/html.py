"""Reads the tables of a web page that was saved under a workbook's name, as many systems export them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dagster_project.intake.files.grid import Grid
from dagster_project.intake.files.text import decode_text, is_utf8, mark_unclear
from dagster_project.intake.findings import RejectedFile, problem

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)

_LARGEST_SPAN = 1_000


def read_html(content: bytes) -> Iterator[Grid]:
    """The tables of a web page, one grid each; every cell stays text, as the page shows it.

    A table around other tables counts only if it has rows of its own: most only place the others on the page.

    Raises:
        RejectedFile: no table, an unknown encoding, tags that don't pair, or a form whose fields hold the figures.
    """
    import lxml.etree as etree
    import lxml.html as html

    named = _CHARSET.search(content[:4096])
    encoding = named[1].decode().lower() if named else ""
    if encoding in ("gb2312", "gbk", "gb18030") and not is_utf8(content):
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            text = decode_text(content)
    else:
        text = decode_text(content)
    tables = []
    for page in _pages(text):
        _refuse_unpaired_tags(page)
        parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
        try:
            tables += html.document_fromstring(page.encode(), parser=parser).iter("table")
        except etree.LxmlError as error:
            raise RejectedFile("HTML_FILE", "unreadable") from error
    grids = []
    for table in tables:
        grid = _html_grid(table)
        is_layout = next(table.iterdescendants("table"), None) is not None
        if sum(sum(bool(c.strip()) for c in row) > is_layout for row in grid.rows) > is_layout:
            grids.append(grid)
    if not grids and re.search("<frameset[ >]", text, re.IGNORECASE):
        raise RejectedFile("HTML_FILE", "frames")
    if not grids:
        raise RejectedFile("HTML_FILE", "no_table")
    for i, grid in enumerate(grids, 1):
        grid.sheet = "" if len(grids) == 1 else f"表{i}"
        grid.warnings.append(problem("HTML_TABLE"))
        yield grid


_END_OF_PAGE = re.compile(r"</html\s*>", re.IGNORECASE)


def _pages(text: str) -> list[str]:
    """The pages of a file: some systems write several after each other, of which a parser reads only the first.

    Raises:
        RejectedFile: something stands behind a page that is no page.
    """
    pages: list[str] = []
    start = 0
    for end in _END_OF_PAGE.finditer(text):
        page = text[start : end.start()]
        if page.lower().count("<table") == page.lower().count("</table"):  # not within a cell
            pages.append(page)
            start = end.end()
    first, *others = *pages, text[start:]
    pages = [first]
    for page in others:
        if "<table" in page.lower():
            pages.append(page)
        elif re.search(r"\w", re.sub(r"<!--.*?-->|<[^<>]*>", "", page, flags=re.DOTALL)):
            raise RejectedFile("HTML_FILE", "unreadable")
    return pages


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
    """Cells of one table; a cell that spans several rows or columns is followed by blank ones and listed as merged.

    Raises:
        RejectedFile: a cell holds a field to fill in.
    """
    rows: list[list[Any]] = []
    merges: list[tuple[int, int, int, int]] = []
    taken: set[tuple[int, int]] = set()
    hidden_rows: list[int] = []
    shown: set[int] = set()
    own = [r for r in table.iter("tr") if next(r.iterancestors("table")) is table]
    for i, row in enumerate(own):
        if _is_hidden(row) or _is_hidden(row.getparent()):
            hidden_rows.append(i + 1)
        cells: list[Any] = []
        for cell in row.iterchildren("td", "th"):
            while (i, len(cells)) in taken:
                cells.append("")
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            left = len(cells)
            if not _is_hidden(cell):
                shown |= {*range(left, left + width)}
            cells.append(_text_of(cell))
            cells += [""] * (width - 1)
            for below in range(1, height):
                taken |= {(i + below, j) for j in range(left, left + width)}
            if width > 1 or height > 1:
                merges.append((i + 1, left + 1, i + height, left + width))
        while (i, len(cells)) in taken:
            cells.append("")
        rows.append(cells)
    mark_unclear(rows, may_be_decimal=False)
    widest = max(map(len, rows), default=0)
    return Grid(
        "",
        rows,
        is_hidden=any(map(_is_hidden, (table, *table.iterancestors()))),
        merges=merges,
        hidden_rows=hidden_rows,
        hidden_columns=[j + 1 for j in range(widest) if j not in shown],
        is_ragged=True,
    )


_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)


def _is_hidden(element: Any) -> bool:
    """True if the page says at the element that it isn't shown."""
    return element.get("hidden") is not None or bool(_HIDING.search(element.get("style", "")))


#: What a page never shows as text, and tables within a cell, which are grids of their own.
_NO_TEXT = frozenset(("script", "style", "template", "noscript", "title", "rt", "rp", "table"))
_BREAKING = frozenset(
    ("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "h1", "h2", "h3", "h4", "h5", "h6")
)
_STRUCK = frozenset(("del", "s", "strike"))
_FIELDS = frozenset(("textarea", "select"))
_FIELDS_WITHOUT_TEXT = frozenset(
    ("hidden", "checkbox", "radio", "button", "submit", "reset", "image", "file")
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _text_of(cell: Any) -> str:
    """Text of a cell as the page shows it: lines apart, footnote digits raised, nothing hidden.

    Digits of two elements that touch are set apart by a blank: they may be two numbers.

    Raises:
        RejectedFile: it holds a field to fill in, whose content the file doesn't hold.
    """
    text = ""
    for piece in _pieces(cell):
        is_glued = text[-1:].isdecimal() and piece[:1].isdecimal()
        text += f" {piece}" if is_glued else piece
    return text.strip("\n")


def _pieces(element: Any) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        yield from _shown_pieces(child)
        if child.tail:
            yield child.tail


def _shown_pieces(element: Any) -> Iterator[str]:
    """Text of an element within a cell, by what the element means."""
    tag = element.tag
    is_field = tag == "input" and element.get("type", "text").strip().lower() not in _FIELDS_WITHOUT_TEXT
    if tag in _FIELDS or is_field:
        raise RejectedFile("HTML_FILE", "form")
    if not isinstance(tag, str) or tag in _NO_TEXT or _is_hidden(element):
        return
    if tag in ("sup", "sub"):
        yield "".join(_pieces(element)).translate(_RAISED if tag == "sup" else _LOWERED)
    elif tag in ("br", "hr"):
        yield "\n"
    elif tag in _STRUCK or tag in _BREAKING:
        around = " " if tag in _STRUCK else "\n"
        yield around
        yield from _pieces(element)
        yield around
    else:
        yield from _pieces(element)


def _span(cell: Any, name: str) -> int:
    """Number of rows or columns that a cell spans, between 1 and the largest allowed."""
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _LARGEST_SPAN) if text.isdigit() else 1
