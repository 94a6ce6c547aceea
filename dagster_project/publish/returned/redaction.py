"""What one school may see of a file that holds several: its own rows under the common head, and nothing else.

If a workbook has a part that this module cannot clean, it refuses the file; the caller then builds the school's copy
from the cells alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from dagster_project.forms.entry_forms import texts_of_notes
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.cells import clean_text
from dagster_project.intake.parse.own_sheets import NOTES_SHEET
from dagster_project.publish.returned.comments import drop_boxes
from dagster_project.publish.returned.package import (
    LAST_ROW,
    CannotEdit,
    Package,
    cell_text,
    relation_id,
    shared_texts,
    split_address,
    split_range,
    tag,
)
from dagster_project.publish.returned.sheet import Sheet

#: Parts whose content is known and cleaned here; any other part may repeat what rows say.
_KNOWN_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)\.xml"
    r"|xl/theme/theme\d+\.xml|xl/worksheets/sheet\d+\.xml|xl/(comments/)?comment(s)?\d*\.xml"
    r"|xl/drawings/(vmlDrawing|commentsDrawing)\d+\.vml|xl/drawings/drawing\d+\.xml|xl/media/[^/]+"
    r"|xl/printerSettings/[^/]+|xl(/worksheets|/drawings)?/_rels/[^/]+\.rels"
)
_DISPENSABLE_PARTS = re.compile(r"xl/calcChain\.xml|docProps/(custom\.xml|thumbnail\.\w+)|customXml/.*")
_SUMS = re.compile(r"合计|总计|小计|平均|共")
_NUMBER = re.compile(r"[+-]?[\d,，]*\.?\d+(?:[eE][+-]?\d+)?%?\Z")
_SHORTEST_NAME = 4

#: Rows and columns of cells, by sheet.
Cells = Mapping[str, set[tuple[int, int]]]


class Leak(Exception):
    """A copy for one school still holds something of another; it must not be sent."""


@dataclass(frozen=True)
class Keep:
    """What stays of one sheet: the head down to `heading_row`, and of `rows` the `columns` that are read."""

    heading_row: int
    rows: frozenset[int]
    columns: frozenset[int]


@dataclass(frozen=True)
class Share:
    """What one school may see of a workbook.

    Attributes:
        sheets: what it may see of each sheet, by name; nothing of the others.
        foreign: codes and names of other schools.
    """

    sheets: Mapping[str, Keep]
    foreign: frozenset[str]

    def keep(self, sheet: str) -> Keep | None:
        """What stays of a sheet; None if nothing does. The notes of the entry workbooks are all head."""
        if sheet == NOTES_SHEET:
            return Keep(LAST_ROW, frozenset(), frozenset())
        return self.sheets.get(sheet)

    def knowing(self, grids: Sequence[Grid]) -> Share:
        """The same, without the texts that the school's own cells hold: it may name the school it belongs to."""
        own = {
            clean_text(value)
            for grid in grids
            if (keep := self.sheets.get(grid.sheet))
            for row in keep.rows
            if 0 <= row - grid.first_row < len(grid.rows)
            for column, value in enumerate(grid.rows[row - grid.first_row], start=grid.first_column)
            if column in keep.columns
        }
        said = "\n".join(own)
        return replace(self, foreign=frozenset(text for text in self.foreign if text not in said))

    def telling(self) -> list[str]:
        """Names and codes of other schools, without those so short that they could be part of any word."""
        return [text for text in self.foreign if len(text) >= _SHORTEST_NAME]

    def shows(self, sheet: str, row: int, column: int, value: object, marked: Cells) -> bool:
        """True if the school may see a cell."""
        keep = self.keep(sheet)
        if keep is None:
            return False
        if row > keep.heading_row:
            return row in keep.rows and (column in keep.columns or (row, column) in marked.get(sheet, ()))
        return self._may_stand_in_head(value)

    def _may_stand_in_head(self, value: object) -> bool:
        """Words may; other schools' names, totals and figures other than a year may not."""
        text = str(value).strip()
        if text in texts_of_notes():
            return True
        if isinstance(value, (int, float)) or _NUMBER.match(text):
            return bool(re.fullmatch(r"(19|20)\d\d(\.0)?", text))
        if _SUMS.search(text) and re.search(r"\d", text):
            return False
        return not any(name in text for name in self.telling())


def assert_private(content: bytes, share: Share) -> None:
    """Look for other schools' codes and names in every part of a finished copy.

    Raises:
        Leak: one was found.
    """
    wanted = {t.encode() for text in share.telling() for t in (text, escape(text))}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if any(text in data for text in wanted):
                raise Leak(f"{name} names another school")


def prune(package: Package, share: Share, marked: Cells) -> None:
    """Empty and hide everything in a workbook that isn't the school's; addresses stay as they are.

    Args:
        package: the workbook, changed in place.
        share: what the school may see.
        marked: cells with a problem of the school's own; they stay even outside the columns that are read.

    Raises:
        CannotEdit: the workbook has parts that may repeat what rows say (pivots, charts, links, tables, …).
    """
    for name in [n for n in package.names() if _DISPENSABLE_PARTS.fullmatch(n)]:
        package.drop(name)
    _refuse_unknown_parts(package)
    strings = shared_texts(package)
    parts = package.sheets()
    if list(parts) != package.sheet_names():
        raise CannotEdit("the workbook has sheets of another kind")
    used: set[int] = set()
    for name, part in parts.items():
        sheet = Sheet(package, part)
        _prune_cells(sheet, name, share, marked, strings, used)
        _prune_rest(sheet, name, share, marked)
    _blank_strings(package, used)
    _hide_empty_sheets(package, share)


def _refuse_unknown_parts(package: Package) -> None:
    for name in package.names():
        if not _KNOWN_PARTS.fullmatch(name):
            raise CannotEdit(f"{name} may hold other schools' figures")
        if name.startswith("xl/drawings/drawing"):
            data = package.read(name)
            if b":t>" in data or b"graphicFrame" in data:
                raise CannotEdit(f"{name} holds text or a chart")


def _prune_cells(
    sheet: Sheet, name: str, share: Share, marked: Cells, strings: list[str], used: set[int]
) -> None:
    keep = share.keep(name)
    for number, row in sheet.rows.items():
        if keep is None or (number > keep.heading_row and number not in keep.rows):
            row.set("hidden", "1")
            for child in list(row):
                row.remove(child)
            continue
        for column, cell in list(sheet.cells(number)):
            if not share.shows(name, number, column, _value(cell, strings), marked):
                cell.attrib.pop("t", None)
                for child in list(cell):
                    cell.remove(child)
                continue
            for formula in cell.findall(tag("f")):
                cell.remove(formula)  # it would be worked out anew without the rows that are gone
            if cell.get("t") == "s":
                used.add(int(cell.findtext(tag("v")) or -1))


def _value(cell: Any, strings: list[str]) -> object:
    text = cell_text(cell, strings)
    if cell.get("t", "n") == "n" and text:
        return float(text)
    return text


def _prune_rest(sheet: Sheet, name: str, share: Share, marked: Cells) -> None:
    """Filters, scenarios, links and comments that belong to what is gone."""
    root, package = sheet.root, sheet.package
    for element in [e for n in ("scenarios", "customSheetViews", "sortState") for e in root.findall(tag(n))]:
        root.remove(element)
    for element in root.findall(tag("autoFilter")):
        for child in list(element):
            element.remove(child)

    def is_seen(row: int, column: int) -> bool:
        return share.shows(name, row, column, "", marked)

    links = root.find(tag("hyperlinks"))
    if links is not None:
        for link in list(links):
            place = split_range(link.get("ref", ""))
            if place is None or not is_seen(place[0], place[1]):
                links.remove(link)
                if identifier := relation_id(link):
                    package.unrelate(sheet.part, identifier)
        if not len(links):
            root.remove(links)
    comments = sheet.relation("comments")
    if comments is not None:
        listed = package.edit(comments)
        for comment in list(listed.iter(tag("comment"))):
            address = split_address(comment.get("ref", ""))
            if address is None or not is_seen(*address):
                comment.getparent().remove(comment)
        drawing = sheet.legacy_drawing()
        if drawing:
            drop_boxes(package, drawing, _negated(is_seen))


def _negated(test: Callable[[int, int], bool]) -> Callable[[int, int], bool]:
    return lambda row, column: not test(row, column)


def _blank_strings(package: Package, used: set[int]) -> None:
    """Empty the shared strings that no cell shows any more; the others keep their numbers."""
    for relation in package.relations(package.workbook):
        if relation.kind == "sharedStrings":
            for i, item in enumerate(package.edit(relation.target).iterchildren(tag("si"))):
                if i not in used:
                    for child in list(item):
                        item.remove(child)
                    item.append(item.makeelement(tag("t")))


def _hide_empty_sheets(package: Package, share: Share) -> None:
    book = package.edit(package.workbook)
    sheets = list(book.iter(tag("sheet")))
    parts = package.sheets()
    for element in sheets:
        name = element.get("name", "")
        if share.keep(name) is None:
            element.set("state", "hidden")
    shown = [i for i, s in enumerate(sheets) if s.get("state", "visible") == "visible"]
    views = list(book.iter(tag("workbookView")))
    active = int(views[0].get("activeTab", "0")) if views else 0
    if active in shown:
        return
    active = shown[0] if shown else len(sheets)  # the list of problems comes last
    for view in views:
        view.set("activeTab", str(active))
        view.attrib.pop("firstSheet", None)
    for i, element in enumerate(sheets):
        for view in package.edit(parts[element.get("name", "")]).iter(tag("sheetView")):
            view.attrib.pop("tabSelected", None)
            if i == active:
                view.set("tabSelected", "1")
