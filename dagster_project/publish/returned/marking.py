"""Marks faulty cells in a workbook as it was sent: fill, comment, and a sheet that lists what to correct.

Everything else stays as it was. A file of another format is returned as a workbook built from its cells; a file that
cannot be read is returned as the list alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import quoteattr

from dagster_project.core.text import text_width
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import Grid, column_letter
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse.own_sheets import PROBLEM_SHEET, PROBLEM_SHEET_MARK, masked_sheet_name
from dagster_project.publish import catalogue, labels
from dagster_project.publish.catalogue.lists import heads_of
from dagster_project.publish.returned.comments import AUTHOR, MAX_COMMENTS, Lines, add_comments, drop_boxes
from dagster_project.publish.returned.package import (
    MAIN,
    CannotEdit,
    Package,
    cell_text,
    quoted_sheet,
    shared_texts,
    split_address,
    tag,
    text_element,
)
from dagster_project.publish.returned.rebuilding import build_empty, build_from_grids, safe_sheet_name
from dagster_project.publish.returned.redaction import Leak, Share, assert_private, prune
from dagster_project.publish.returned.sheet import Sheet
from dagster_project.publish.returned.styles import Styles

MUST_MEND = frozenset(("reject_file", "quarantine_row"))
SEVERITY_ZH = {
    "reject_file": "必须改正\n（整表未读）",
    "quarantine_row": "必须改正\n（整行未用）",
    "hold": "待定",
    "warn": "提醒",
}
RED, YELLOW = "FFFFC7CE", "FFFFF2A8"


@dataclass(frozen=True)
class Mark:
    """One problem as a school is told of it. `sheet` and `cell` are empty where it has no place."""

    severity: str
    rule_code: str
    message_zh: str
    sheet: str = ""
    cell: str = ""
    school_code: str = ""
    school_name: str = ""
    column_zh: str = ""
    value: str = ""
    rule_zh: str = ""
    row_number: int | None = None
    #: False if the file as it stands now no longer has the problem at that cell: listed, not coloured.
    is_placed: bool = True

    @property
    def must_mend(self) -> bool:
        return self.severity in MUST_MEND


def mark_workbook(content: bytes, suffix: str, marks: Sequence[Mark], *, only_rows: Share | None) -> bytes:
    """A copy of a file with its problems marked and listed.

    Args:
        content: the file as received; empty bytes stand for one that can't be read.
        suffix: lower-case suffix of the file's name.
        marks: its problems.
        only_rows: for a file of several schools, what one of them may see; None keeps everything.

    Returns:
        An .xlsx workbook. Where the part of one school can't be told from another's, the list alone.
    """
    try:
        grids = list(read_grids(content, suffix))
    except RejectedFile:
        return _list_alone(marks)
    taken: set[str] = set()
    told = {masked_sheet_name(grid.sheet, taken): grid.sheet for grid in grids}
    marks = [replace(m, sheet=told.get(m.sheet, m.sheet)) for m in marks]
    ordered = _in_order(marks, [grid.sheet for grid in grids])
    if only_rows is not None:
        sheets = {told.get(name, name): keep for name, keep in only_rows.sheets.items()}
        only_rows = replace(only_rows, sheets=sheets).knowing(grids)
    ways = [_mark_rebuilt] if content[:4] != b"PK\x03\x04" else [_mark_package, _mark_rebuilt]
    for mark in ways:
        try:
            marked = mark(content, grids, ordered, only_rows)
            if only_rows is not None:
                assert_private(marked, only_rows)
        except (CannotEdit, Leak):
            continue  # the next way keeps less of the file, and the list alone is always possible
        return marked
    return _list_alone(ordered)


def _mark_package(
    content: bytes, grids: Sequence[Grid], marks: Sequence[Mark], only_rows: Share | None
) -> bytes:
    try:
        package = Package(content)
        _forget_earlier_round(package)
        if only_rows is not None:
            prune(package, only_rows, _marked_cells(marks))
        return _finish(package, marks, {name: name for name in package.sheets()})
    except (ValueError, LookupError) as error:
        raise CannotEdit("a number or a part is not what the format promises") from error


def _mark_rebuilt(
    content: bytes, grids: Sequence[Grid], marks: Sequence[Mark], only_rows: Share | None
) -> bytes:
    built, names = build_from_grids(grids, only_rows, _marked_cells(marks))
    return _finish(Package(built), marks, names)


def _list_alone(marks: Sequence[Mark]) -> bytes:
    return _finish(Package(build_empty()), _in_order(marks, []), {})


def _in_order(marks: Sequence[Mark], sheets: list[str]) -> list[Mark]:
    """Marks, the gravest first, then as they stand in the file."""
    places = {name: i for i, name in enumerate(sheets)}

    def key(mark: Mark) -> tuple[Any, ...]:
        place = split_address(mark.cell) or (0, 0)
        return labels.GRAVITY.get(mark.severity, 9), places.get(mark.sheet, -1), *place, mark.rule_code

    return sorted(marks, key=key)


def _marked_cells(marks: Sequence[Mark]) -> dict[str, set[tuple[int, int]]]:
    cells: dict[str, set[tuple[int, int]]] = {}
    for mark in marks:
        place = split_address(mark.cell)
        if place and mark.is_placed:
            cells.setdefault(mark.sheet, set()).add(place)
    return cells


def _finish(package: Package, marks: Sequence[Mark], names: dict[str, str]) -> bytes:
    """Mark and list; `names` gives for each sheet of the problem list its name in the package."""
    package.make_plain_workbook()
    placed = [replace(m, sheet=names.get(m.sheet, m.sheet)) for m in marks]
    styles = Styles(package)
    parts = package.sheets()
    by_cell: dict[str, dict[tuple[int, int], list[Mark]]] = {}
    for mark in placed:
        place = split_address(mark.cell)
        if place and mark.is_placed and mark.sheet in parts:
            by_cell.setdefault(mark.sheet, {}).setdefault(place, []).append(mark)
    for name, cells in by_cell.items():
        _mark_sheet(package, styles, Sheet(package, parts[name]), cells)
    _add_list(package, styles, placed, set(by_cell))
    return package.to_bytes()


def _mark_sheet(
    package: Package, styles: Styles, sheet: Sheet, cells: dict[tuple[int, int], list[Mark]]
) -> None:
    shown: dict[tuple[int, int], list[Mark]] = {}
    for place, marks in cells.items():
        shown.setdefault(sheet.shown_at(*place), []).extend(marks)
    for (row, column), marks in shown.items():
        cell = sheet.cell(row, column)
        colour = RED if any(m.must_mend for m in marks) else YELLOW
        cell.set("s", str(styles.filled(int(cell.get("s", "0")), colour)))
    gravest = sorted(shown, key=lambda place: min(labels.GRAVITY.get(m.severity, 9) for m in shown[place]))
    add_comments(
        package, sheet, {place: comment_lines(shown[place]) for place in sorted(gravest[:MAX_COMMENTS])}
    )


def comment_lines(marks: Sequence[Mark]) -> Lines:
    """Head and body of each problem of a cell: rule, value, what is expected and how to correct it."""
    found = []
    for i, mark in enumerate(marks, start=1):
        number = f"{i}. " if len(marks) > 1 else ""
        word = "必须改正" if mark.must_mend else SEVERITY_ZH.get(mark.severity, mark.severity)
        value = f"填的值：{mark.value}\n" if mark.value else ""
        found.append((f"{number}【{word}】{mark.rule_zh or mark.rule_code}", f"{value}{mark.message_zh}"))
    return found


#: Width of the column by which the sheet is known again when the workbook comes back, in characters.
_WIDTH_OF_MARK = 58
_LIST_FONT = '<name val="宋体"/><family val="3"/><charset val="134"/>'


def _list_styles(styles: Styles) -> dict[str, int]:
    fonts = {
        name: styles.add("fonts", f"<font>{look}{_LIST_FONT}</font>")
        for name, look in (
            ("plain", '<sz val="10"/>'),
            ("bold", '<b/><sz val="10"/>'),
            ("title", '<b/><sz val="15"/>'),
            ("link", '<u/><sz val="10"/><color rgb="FF0563C1"/>'),
        )
    }
    fills = {
        colour: styles.add(
            "fills",
            f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor indexed="64"/></patternFill></fill>',
        )
        for colour in ("FFE8EDF3", RED, YELLOW)
    }
    line = "".join(
        f'<{s} style="thin"><color rgb="FFB4BCC6"/></{s}>' for s in ("left", "right", "top", "bottom")
    )
    border = styles.add("borders", f"<border>{line}<diagonal/></border>")
    styles.formats()

    def add(font: str, fill: int = 0, edge: int = border, side: str = "left", wrap: bool = True) -> int:
        more = (' wrapText="1"' if wrap else "") + (' indent="1"' if side == "left" and edge else "")
        alignment = f'<alignment horizontal="{side}" vertical="center"{more}/>'
        return styles.add(
            "cellXfs",
            f'<xf numFmtId="49" fontId="{fonts[font]}" fillId="{fill}" borderId="{edge}" xfId="0" quotePrefix="1"'
            ' applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f"{alignment}</xf>",
        )

    return {
        "title": add("title", edge=0, wrap=False),
        "note": add("plain", edge=0),
        "head": add("bold", fills["FFE8EDF3"], side="center"),
        "text": add("plain"),
        "centred": add("plain", side="center"),
        "link": add("link", side="center"),
        "must": add("bold", fills[RED], side="center"),
        "hint": add("plain", fills[YELLOW], side="center"),
    }


def _add_list(package: Package, styles: Styles, marks: Sequence[Mark], linked: set[str]) -> None:
    """Append the sheet that lists every problem, with links to the cells."""
    looks = _list_styles(styles)
    heads = [*heads_of("marked_cells").values(), PROBLEM_SHEET_MARK]
    columns_of_list = catalogue.load().tables["marked_cells"].columns
    widths = [*(column.width or 0 for column in columns_of_list), _WIDTH_OF_MARK]
    title = safe_sheet_name(PROBLEM_SHEET, package.sheet_names())
    must = sum(1 for m in marks if m.must_mend)
    notes = [
        f"必须改正 {must} 处（红色单元格，改正前不采用），提醒和待定 {len(marks) - must} 处（黄色单元格，请核对，属实可不改）。",
        "请直接在本文件原来的表里改，改好保存后原样发回；点“单元格”一栏可跳到该处，批注里写有原因。本表不用改，发回时不会读取。",
    ]
    rows = [_list_row(1, 28, [(looks["title"], PROBLEM_SHEET)])]
    for number, note in enumerate(notes, start=2):
        rows.append(_list_row(number, 18, [(looks["note"], note)]))
    head = len(rows) + 1
    rows.append(_list_row(head, 22, [(looks["head"], text) for text in heads]))
    links = []
    for i, mark in enumerate(marks, start=1):
        number = head + i
        is_linked = mark.is_placed and mark.sheet in linked and split_address(mark.cell) is not None
        word = SEVERITY_ZH.get(mark.severity, mark.severity)
        centred, text = looks["centred"], looks["text"]
        texts = [
            (centred, str(i)), (looks["must" if mark.must_mend else "hint"], word),
            (text, mark.rule_zh or mark.rule_code), (text, mark.sheet),
            (looks["link"] if is_linked else centred, mark.cell), (text, mark.school_code),
            (text, mark.school_name), (text, mark.column_zh), (text, mark.value), (text, mark.message_zh),
        ]  # fmt: skip
        lines = max(_lines_in(shown, size) for (_, shown), size in zip(texts, widths, strict=True) if shown)
        rows.append(_list_row(number, 13.5 * min(lines, 25) + 5, texts))
        if is_linked:
            place = quoteattr(f"{quoted_sheet(mark.sheet)}!{mark.cell}")
            links.append(f'<hyperlink ref="E{number}" location={place} display={quoteattr(mark.cell)}/>')
    last = column_letter(len(heads))
    columns = "".join(
        f'<col min="{j}" max="{j}" width="{w + 0.7}" customWidth="1"/>' for j, w in enumerate(widths, start=1)
    )
    merges = "".join(f'<mergeCell ref="A{n}:{last}{n}"/>' for n in range(1, head))
    selected = ' tabSelected="1"' if title == PROBLEM_SHEET and not package.sheet_names() else ""
    xml = (
        f'<worksheet xmlns="{MAIN}"><sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{last}{head + len(marks)}"/><sheetViews><sheetView showGridLines="0"{selected}'
        f' workbookViewId="0"><pane ySplit="{head}" topLeftCell="A{head + 1}" activePane="bottomLeft"'
        ' state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr'
        f' defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{"".join(rows)}</sheetData>'
        f'<mergeCells count="{head - 1}">{merges}</mergeCells>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<printOptions horizontalCentered="1"/><pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6"'
        ' header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    )
    package.add_sheet(title, xml.encode(), f"${head}:${head}")


def _list_row(number: int, height: float, cells: Sequence[tuple[int, str]]) -> str:
    shown = "".join(
        f'<c r="{column_letter(j)}{number}" s="{look}" t="inlineStr"><is>{text_element(text)}</is></c>'
        if text
        else f'<c r="{column_letter(j)}{number}" s="{look}"/>'
        for j, (look, text) in enumerate(cells, start=1)
    )
    return f'<row r="{number}" ht="{height}" customHeight="1">{shown}</row>'


def _lines_in(text: str, width: float) -> int:
    return sum(max(math.ceil(text_width(line) / (width - 2)), 1) for line in text.split("\n"))


def _forget_earlier_round(package: Package) -> None:
    """Take back the marks of an earlier round, so that what was mended since doesn't stay red."""
    styles: Styles | None = None
    for part in package.sheets().values():
        sheet_relations = package.relations(part)
        for relation in sheet_relations:
            if relation.kind != "comments" or relation.target not in package.names():
                continue
            root = package.tree(relation.target)
            authors = [a.text or "" for a in root.iter(tag("author"))]
            if AUTHOR not in authors:
                continue
            styles = styles or Styles(package)
            _unmark_sheet(package, styles, Sheet(package, part), relation.target, str(authors.index(AUTHOR)))
    names = package.sheet_names()
    parts = package.sheets()
    if len(names) > 1 and names[-1] in parts and re.fullmatch(rf"{PROBLEM_SHEET}\d*", names[-1]):
        strings = shared_texts(package)
        cells = package.tree(parts[names[-1]]).iter(tag("c"))
        if any(PROBLEM_SHEET_MARK in cell_text(c, strings) for c in cells):
            package.drop_last_sheet()


def _unmark_sheet(package: Package, styles: Styles, sheet: Sheet, comments: str, author: str) -> None:
    listed = package.edit(comments).find(tag("commentList"))
    ours = {c.get("ref", ""): c for c in listed if c.get("authorId") == author}
    for comment in ours.values():
        listed.remove(comment)
    places = {p for p in map(split_address, ours) if p}
    for row, column in places:
        if row in sheet.rows:
            for number, cell in sheet.cells(row):
                if number == column and "s" in cell.attrib:
                    cell.set("s", str(styles.unfilled(int(cell.get("s")), {RED, YELLOW})))
    drawing = sheet.legacy_drawing()
    if drawing and drawing in package.names():
        drop_boxes(package, drawing, lambda row, column: (row, column) in places)
