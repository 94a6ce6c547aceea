"""Comments of a sheet: the part that holds their text and the drawing that holds their boxes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dagster_project.core.text import text_width
from dagster_project.intake.files.grid import column_letter
from dagster_project.publish.returned.package import (
    MAIN,
    CannotEdit,
    Package,
    parse_xml,
    tag,
    text_element,
)
from dagster_project.publish.returned.sheet import Sheet

#: Author of the comments this module writes; a later round knows them by it.
AUTHOR = "报表核对"
#: More boxes on one sheet than this make a spreadsheet crawl; the list holds every problem anyway.
MAX_COMMENTS = 2_000
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

#: What is said at a cell: head and body of each paragraph.
Lines = list[tuple[str, str]]


def add_comments(package: Package, sheet: Sheet, cells: dict[tuple[int, int], Lines]) -> None:
    """Say something at cells; a comment that is there already is continued.

    Args:
        package: the workbook.
        sheet: the sheet.
        cells: row and column → what to say.
    """
    part = sheet.relation("comments")
    if part is None:
        part = package.free_name("xl/comments{}.xml")
        package.put(part, f'<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode())
        package.set_type(part, _COMMENTS_TYPE)
        package.relate(sheet.part, "comments", part)
    root = package.edit(part)
    authors, listed = root.find(tag("authors")), root.find(tag("commentList"))
    if authors is None or listed is None:
        raise CannotEdit(f"{part} is not a list of comments")
    names = [a.text or "" for a in authors]
    if AUTHOR not in names:
        author = authors.makeelement(tag("author"))
        author.text = AUTHOR
        authors.append(author)
        names.append(AUTHOR)
    threaded = _threaded_cells(package, sheet)
    known = {c.get("ref", ""): c for c in listed}
    boxes: list[tuple[int, int, int]] = []
    for (row, column), lines in cells.items():
        address = f"{column_letter(column)}{row}"
        if address in threaded:
            continue  # a conversation belongs to those who hold it; the colour and the list tell of the problem
        said = [(f"\n{head}" if i else head, body) for i, (head, body) in enumerate(lines)]
        runs = [parse_xml(xml.encode()) for head, body in said for xml in _runs(head, body)]
        if address in known:
            _append_runs(known[address], runs)
            continue
        comment = listed.makeelement(tag("comment"))
        comment.set("ref", address)
        comment.set("authorId", str(names.index(AUTHOR)))
        text = comment.makeelement(tag("text"))
        text.extend(runs)
        comment.append(text)
        listed.append(comment)
        boxes.append((row, column, sum(_lines(h) + _lines(b) for h, b in lines)))
    if boxes:
        _draw_boxes(package, sheet, boxes)


def _lines(text: str) -> int:
    return sum(1 + max(text_width(line) - 1, 0) // 44 for line in text.split("\n"))


def _runs(head: str, body: str) -> tuple[str, str]:
    font = '<sz val="9"/><color indexed="81"/><rFont val="宋体"/><charset val="134"/>'
    return (
        f'<r xmlns="{MAIN}"><rPr><b/>{font}</rPr>{text_element(head + chr(10))}</r>',
        f'<r xmlns="{MAIN}"><rPr>{font}</rPr>{text_element(body)}</r>',
    )


def _append_runs(comment: Any, runs: list[Any]) -> None:
    """Add to somebody's comment, below what it says."""
    text = comment.find(tag("text"))
    if text is None:
        raise CannotEdit("a comment has no text")
    plain = text.find(tag("t"))
    if plain is not None:
        run = text.makeelement(tag("r"))
        text.replace(plain, run)
        run.append(plain)
    text.append(parse_xml(f'<r xmlns="{MAIN}">{text_element(chr(10) * 2)}</r>'.encode()))
    text.extend(runs)


def _threaded_cells(package: Package, sheet: Sheet) -> set[str]:
    part = sheet.relation("threadedComment")
    if part is None or part not in package.names():
        return set()
    return {e.get("ref", "") for e in package.tree(part).iter() if isinstance(e.tag, str)}


_VML_HEAD = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel">\n<o:shapelayout v:ext="edit"><o:idmap v:ext="edit"'
    ' data=""/></o:shapelayout>\n</xml>'
)
_VML_SHAPE_TYPE = (
    '<v:shapetype{spaces} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>\n'
)
_VML_SHAPE = (
    '<v:shape{spaces} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:0;margin-top:0;'
    'width:{width}pt;height:{height}pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>\n"
)
_VML_SPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_ID_BLOCK = 1024
_BOX_WIDTH = 300


def _draw_boxes(package: Package, sheet: Sheet, boxes: list[tuple[int, int, int]]) -> None:
    """Boxes of new comments: without one, a comment can't be seen. The text of the part is kept as it is."""
    part = sheet.legacy_drawing()
    if part is None:
        part = package.free_name("xl/drawings/vmlDrawing{}.vml")
        package.put(part, _VML_HEAD.encode())
        package.set_default_type("vml", _VML_TYPE)
        sheet.set_legacy_drawing(part)
    text = package.read(part).decode("utf-8-sig")
    end = text.rfind("</xml>")
    if end < 0:
        raise CannotEdit(f"{part} is not a drawing of comments")
    known = all(re.search(rf'<xml\b[^>]*\sxmlns:{p}=["\']{s}["\']', text) for p, s in _VML_SPACES.items())
    spaces = "" if known else "".join(f' xmlns:{p}="{s}"' for p, s in _VML_SPACES.items())
    blocks = -(-len(boxes) // (_ID_BLOCK - 1))
    first = _first_free_block(package)
    numbers = [(first + b) * _ID_BLOCK + i for b in range(blocks) for i in range(1, _ID_BLOCK)]
    shapes = [] if 'id="_x0000_t202"' in text else [_VML_SHAPE_TYPE.format(spaces=spaces)]
    for order, (number, (row, column, lines)) in enumerate(zip(numbers, boxes, strict=False), start=1):
        height = 14 + 16 * min(max(lines, 2), 24)
        shapes.append(
            _VML_SHAPE.format(
                spaces=spaces, number=number, width=_BOX_WIDTH * 3 // 4, height=height * 3 // 4, order=order,
                anchor=_anchor(sheet, row, column, height), row=row - 1, column=column - 1,
            )
        )  # fmt: skip
    ids = ",".join(str(first + b) for b in range(blocks))
    grown = text[:end] + "".join(shapes) + text[end:]
    grown = re.sub(
        r'(<(?:\w+:)?idmap\b[^>]*?\bdata=")([^"]*)"',
        lambda m: f'{m[1]}{",".join(filter(None, (m[2], ids)))}"',
        grown,
        count=1,
    )
    package.put(part, grown.encode())


def _first_free_block(package: Package) -> int:
    used = {0}
    for name in package.names():
        if name.lower().endswith(".vml"):
            text = package.read(name).decode("utf-8", errors="replace")
            for found in re.findall(r'<(?:\w+:)?idmap\b[^>]*?\bdata="([^"]*)"', text):
                used |= {int(n) for n in found.split(",") if n.strip().isdigit()}
            used |= {int(n) // _ID_BLOCK for n in re.findall(r'id="_x0000_s(\d+)"', text)}
    return max(used) + 1


def _anchor(sheet: Sheet, row: int, column: int, height: int) -> str:
    """Place of a box right of its cell: columns and rows with offsets in pixels, counted from 0."""

    def walk(start: int, pixels: int, size: Any) -> tuple[int, int]:
        place, rest = start, pixels
        for _ in range(2_000):
            if rest < size(place):
                break
            rest -= size(place)
            place += 1
        return place - 1, min(rest, max(size(place) - 1, 0))

    top = max(row - 1, 1)
    right, right_offset = walk(column + 1, 15 + _BOX_WIDTH, sheet.column_pixels)
    bottom, bottom_offset = walk(top, 10 + height, sheet.row_pixels)
    return f"{column}, 15, {top - 1}, 10, {right}, {right_offset}, {bottom}, {bottom_offset}"


def drop_boxes(package: Package, part: str, unwanted: Callable[[int, int], bool]) -> None:
    """Remove the comment boxes of some cells from a drawing.

    Args:
        package: the workbook.
        part: drawing that holds the boxes.
        unwanted: told row and column of a box, says whether it goes.
    """
    root = package.edit(part)
    excel = _VML_SPACES["x"]
    for shape in list(root.iter(f"{{{_VML_SPACES['v']}}}shape")):
        data = shape.find(f"{{{excel}}}ClientData")
        if data is None or data.get("ObjectType") != "Note":
            continue
        row, column = data.findtext(f"{{{excel}}}Row"), data.findtext(f"{{{excel}}}Column")
        if row is not None and column is not None and unwanted(int(row) + 1, int(column) + 1):
            shape.getparent().remove(shape)
