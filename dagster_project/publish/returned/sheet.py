"""A sheet of a workbook package: its cells, rows, ranges and links, changed in place."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from dagster_project.intake.files.grid import column_letter
from dagster_project.publish.returned.package import (
    OFFICE,
    CannotEdit,
    Package,
    insert_in_order,
    split_address,
    split_range,
    tag,
)

#: Order of a sheet's elements that may stand after those this module adds (ECMA-376, CT_Worksheet).
_AFTER_SHEET_DATA = (
    "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing",
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "AlternateContent", "extLst",
)  # fmt: skip


class Sheet:
    """The XML of one worksheet, its rows and cells found by number, missing ones made on demand."""

    def __init__(self, package: Package, part: str) -> None:
        self.package, self.part = package, part
        self.root = package.edit(part)
        if self.root.tag != tag("worksheet") or self.root.find(tag("sheetData")) is None:
            raise CannotEdit(f"{part} is not a worksheet")
        self.data = self.root.find(tag("sheetData"))
        self.rows: dict[int, Any] = {}
        previous = 0
        for row in self.data.iterchildren(tag("row")):
            number = int(row.get("r", previous + 1))
            if number <= previous:
                raise CannotEdit(f"rows of {part} are out of order")
            self.rows[number] = row
            previous = number
        self._numbers = list(self.rows)

    def cells(self, row: int) -> Iterator[tuple[int, Any]]:
        """Number of the column (from 1) and element of each cell in a row that the sheet has."""
        previous = 0
        for cell in self.rows[row].iterchildren(tag("c")):
            place = split_address(cell.get("r", "")) if "r" in cell.attrib else (row, previous + 1)
            if place is None or place[0] != row:
                raise CannotEdit(f"a cell of {self.part} stands in the wrong row")
            previous = place[1]
            yield previous, cell

    def cell(self, row: int, column: int) -> Any:
        """The cell at a place; a missing one is made, looking as its row or column does."""
        element = self.rows.get(row)
        if element is None:
            element = self.data.makeelement(tag("row"))
            element.set("r", str(row))
            index = bisect.bisect(self._numbers, row)
            if index:
                self.rows[self._numbers[index - 1]].addnext(element)
            else:
                self.data.insert(0, element)
            self._numbers.insert(index, row)
            self.rows[row] = element
        before = None
        for number, cell in self.cells(row):
            if number == column:
                return cell
            if number > column:
                break
            before = cell
        made = element.makeelement(tag("c"))
        made.set("r", f"{column_letter(column)}{row}")
        style = self._style_of_blank(element, column)
        if style:
            made.set("s", str(style))
        if before is None:
            element.insert(0, made)
        else:
            before.addnext(made)
        self._widen(element, row, column)
        return made

    def _style_of_blank(self, row: Any, column: int) -> int:
        if row.get("customFormat") in ("1", "true"):
            return int(row.get("s", "0"))
        for span in self.root.iterfind(f"{tag('cols')}/{tag('col')}"):
            if int(span.get("min", "0")) <= column <= int(span.get("max", "0")):
                return int(span.get("style", "0"))
        return 0

    def _widen(self, element: Any, row: int, column: int) -> None:
        """Let the row's span and the sheet's dimension cover a new cell."""
        spans = element.get("spans", "")
        if re.fullmatch(r"\d+:\d+", spans):
            first, last = map(int, spans.split(":"))
            element.set("spans", f"{min(first, column)}:{max(last, column)}")
        elif spans:
            del element.attrib["spans"]
        dimension = self.root.find(tag("dimension"))
        covered = split_range(dimension.get("ref", "")) if dimension is not None else None
        if covered and not (covered[0] <= row <= covered[2] and covered[1] <= column <= covered[3]):
            top, left, bottom, right = (
                min(covered[0], row), min(covered[1], column), max(covered[2], row), max(covered[3], column),
            )  # fmt: skip
            dimension.set("ref", f"{column_letter(left)}{top}:{column_letter(right)}{bottom}")

    @cached_property
    def merges(self) -> list[tuple[int, int, int, int]]:
        """Merged ranges."""
        found = (split_range(m.get("ref", "")) for m in self.root.iter(tag("mergeCell")))
        return [m for m in found if m]

    def shown_at(self, row: int, column: int) -> tuple[int, int]:
        """Where a cell is seen: itself, or the first cell of the merged range it belongs to."""
        for top, left, bottom, right in self.merges:
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return row, column

    @cached_property
    def _columns(self) -> list[tuple[int, int, int]]:
        found = []
        for span in self.root.iterfind(f"{tag('cols')}/{tag('col')}"):
            hidden = span.get("hidden") in ("1", "true")
            width = 0 if hidden else round(float(span.get("width", "8.43")) * 7 + 5)
            found.append((int(span.get("min", "0")), int(span.get("max", "0")), width))
        return found

    def column_pixels(self, column: int) -> int:
        """Width of a column on the screen."""
        for first, last, width in self._columns:
            if first <= column <= last:
                return width
        return 64

    def row_pixels(self, row: int) -> int:
        """Height of a row on the screen."""
        element = self.rows.get(row)
        if element is None:
            return 20
        if element.get("hidden") in ("1", "true"):
            return 0
        return round(float(element.get("ht", "15")) * 4 / 3)

    def relation(self, kind: str) -> str | None:
        """Path of the part to which the sheet has a relation of a kind; None if there is none in the workbook."""
        for relation in self.package.relations(self.part):
            if relation.kind == kind and not relation.is_external:
                return relation.target
        return None

    def legacy_drawing(self) -> str | None:
        """Part that holds the boxes of the sheet's comments."""
        element = self.root.find(tag("legacyDrawing"))
        if element is None:
            return None
        identifier = element.get(f"{{{OFFICE}}}id")
        for relation in self.package.relations(self.part):
            if relation.id == identifier:
                return relation.target
        raise CannotEdit(f"{self.part} leads to a drawing that is not there")

    def set_legacy_drawing(self, part: str) -> None:
        """Lead to the part that holds the boxes of the sheet's comments."""
        element = self.root.makeelement(tag("legacyDrawing"), nsmap={"r": OFFICE})
        element.set(f"{{{OFFICE}}}id", self.package.relate(self.part, "vmlDrawing", part))
        insert_in_order(self.root, element, _AFTER_SHEET_DATA)
