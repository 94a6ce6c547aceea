"""A workbook as the package it is: parts, relationships, styles and sheets, changed where asked and nowhere else.

A part that nobody edits keeps its bytes. A part that is edited is parsed, changed and written once; what the
editor does not know stays in it.
"""

from __future__ import annotations

import bisect
import copy
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from xml.sax.saxutils import escape

from dagster_project.intake.files.grid import column_letter, column_number

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPES_PART = "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})\Z")

#: Order of a sheet's elements that may stand after those this module adds (ECMA-376, CT_Worksheet).
_AFTER_SHEET_DATA = (
    "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing",
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
    "AlternateContent", "extLst",
)  # fmt: skip
_STYLE_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
    "colors", "extLst",
)  # fmt: skip
_WORKBOOK_ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "AlternateContent", "workbookProtection", "bookViews", "sheets",
    "functionGroups", "externalReferences", "definedNames", "calcPr", "oleSize", "customWorkbookViews",
    "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


class CannotEdit(Exception):
    """The package is not one whose parts can be changed safely; the reason is for developers."""


@dataclass(frozen=True)
class Relation:
    """A relationship of a part: its id, the last word of its type, and the part or address it leads to."""

    id: str
    kind: str
    target: str
    is_external: bool


def tag(name: str) -> str:
    """Name of a spreadsheet element as lxml spells it."""
    return f"{{{MAIN}}}{name}"


def local(element: Any) -> str:
    """Name of an element without its namespace; empty for comments and instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def split_address(address: str) -> tuple[int, int] | None:
    """Row and column of an A1 address; None if it is none or lies outside a sheet."""
    found = _ADDRESS.match(address)
    if not found:
        return None
    row, column = int(found[2]), column_number(found[1])
    return (row, column) if row <= LAST_ROW and column <= LAST_COLUMN else None


def split_range(reference: str) -> tuple[int, int, int, int] | None:
    """First row, first column, last row, last column of a range; None if it names whole rows or columns."""
    first, _, last = reference.partition(":")
    start, end = split_address(first), split_address(last or first)
    return (*start, *end) if start and end else None


def insert_in_order(parent: Any, child: Any, order: tuple[str, ...]) -> None:
    """Put a child before the first element that must follow it."""
    followers = set(order[order.index(local(child)) + 1 :])
    for i, element in enumerate(parent):
        if local(element) in followers:
            parent.insert(i, child)
            return
    parent.append(child)


class Package:
    """The parts of a workbook, in their order.

    Raises:
        CannotEdit: not a workbook of the transitional format, or one with definitions in its XML.
    """

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir()]
            self._infos = {i.filename: i for i in infos}
            self._parts = {name: archive.read(name) for name in self._infos}
        self._trees: dict[str, Any] = {}
        self._edited: set[str] = set()
        if len(infos) != len(self._infos) or _TYPES_PART not in self._parts:
            raise CannotEdit("parts are missing or stand twice")
        workbooks = [r.target for r in self.relations("") if r.kind == "officeDocument"]
        if len(workbooks) != 1 or workbooks[0] not in self._parts:
            raise CannotEdit("no workbook part")
        self.workbook = workbooks[0]
        if self.tree(self.workbook).tag != tag("workbook"):
            raise CannotEdit("not the transitional spreadsheet format")

    def names(self) -> list[str]:
        """Names of all parts, in their order."""
        return list(self._parts)

    def read(self, name: str) -> bytes:
        """Bytes of a part as they will be written."""
        if name in self._edited:
            return _serialise(self._trees[name])
        return self._parts[name]

    def tree(self, name: str) -> Any:
        """Root element of a part, for reading."""
        if name not in self._trees:
            if name not in self._parts:
                raise CannotEdit(f"{name} is missing")
            self._trees[name] = parse_xml(self._parts[name])
        return self._trees[name]

    def edit(self, name: str) -> Any:
        """Root element of a part that will be written anew."""
        root = self.tree(name)
        self._edited.add(name)
        return root

    def put(self, name: str, content: bytes) -> None:
        """Add or replace a part."""
        self._trees.pop(name, None)
        self._edited.discard(name)
        self._parts[name] = content

    def drop(self, name: str) -> None:
        """Remove a part, its relationships, its content type and every relationship that leads to it."""
        for part in (name, _relations_part(name)):
            self._parts.pop(part, None)
            self._trees.pop(part, None)
            self._edited.discard(part)
        for part in [p for p in self._parts if p.endswith(".rels")]:
            owner = _owner(part)
            for relation in self.relations(owner):
                if not relation.is_external and relation.target == name:
                    self.unrelate(owner, relation.id)
        for override in self.edit(_TYPES_PART).findall(f"{{{_TYPES}}}Override"):
            if override.get("PartName", "").lower() == f"/{name}".lower():
                override.getparent().remove(override)

    def free_name(self, pattern: str) -> str:
        """First unused part name of a pattern with one `{}`."""
        taken = {name.lower() for name in self._parts}
        number = 1
        while pattern.format(number).lower() in taken:
            number += 1
        return pattern.format(number)

    def relations(self, part: str) -> list[Relation]:
        """Relationships of a part ('' for the package); targets are part names without a leading slash."""
        name = _relations_part(part)
        if name not in self._parts:
            return []
        found = []
        for element in self.tree(name).iter(f"{{{_RELATIONS}}}Relationship"):
            target = element.get("Target", "")
            is_external = element.get("TargetMode") == "External"
            if not is_external:
                base = posixpath.dirname(part)
                target = posixpath.normpath(posixpath.join("/", base, target)).lstrip("/")
            kind = element.get("Type", "").rpartition("/")[2]
            found.append(Relation(element.get("Id", ""), kind, target, is_external))
        return found

    def relate(self, part: str, kind: str, target: str) -> str:
        """Lead from a part to another; returns the relationship's id."""
        name = _relations_part(part)
        if name not in self._parts:
            self.put(name, f'<Relationships xmlns="{_RELATIONS}"/>'.encode())
        taken = {r.id for r in self.relations(part)}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        element = _sub(self.edit(name), f"{{{_RELATIONS}}}Relationship")
        element.set("Id", f"rId{number}")
        element.set("Type", f"{_OFFICE}/{kind}")
        element.set("Target", posixpath.relpath(f"/{target}", f"/{posixpath.dirname(part)}"))
        return f"rId{number}"

    def unrelate(self, part: str, identifier: str) -> None:
        """Remove a relationship of a part."""
        for element in self.edit(_relations_part(part)).findall(f"{{{_RELATIONS}}}Relationship"):
            if element.get("Id") == identifier:
                element.getparent().remove(element)

    def set_type(self, name: str, content_type: str) -> None:
        """Declare the content type of a part."""
        types = self.edit(_TYPES_PART)
        for override in types.findall(f"{{{_TYPES}}}Override"):
            if override.get("PartName", "").lower() == f"/{name}".lower():
                override.set("ContentType", content_type)
                return
        override = _sub(types, f"{{{_TYPES}}}Override")
        override.set("PartName", f"/{name}")
        override.set("ContentType", content_type)

    def set_default_type(self, suffix: str, content_type: str) -> None:
        """Declare the content type of all parts with a suffix, unless it is declared."""
        types = self.tree(_TYPES_PART)
        known = {d.get("Extension", "").lower() for d in types.findall(f"{{{_TYPES}}}Default")}
        if suffix not in known:
            default = self.edit(_TYPES_PART).makeelement(f"{{{_TYPES}}}Default")
            default.set("Extension", suffix)
            default.set("ContentType", content_type)
            types.insert(0, default)

    def content_type(self, name: str) -> str:
        """Declared content type of a part, empty if only its suffix has one."""
        for override in self.tree(_TYPES_PART).findall(f"{{{_TYPES}}}Override"):
            if override.get("PartName", "").lower() == f"/{name}".lower():
                return str(override.get("ContentType", ""))
        return ""

    def sheets(self) -> dict[str, str]:
        """Name → part of each worksheet, in the workbook's order; other kinds of sheets are left out."""
        kinds = {r.id: r for r in self.relations(self.workbook)}
        found = {}
        for sheet in self.tree(self.workbook).iter(tag("sheet")):
            relation = kinds.get(sheet.get(f"{{{_OFFICE}}}id"))
            if relation and relation.kind == "worksheet" and relation.target in self._parts:
                found[sheet.get("name", "")] = relation.target
        return found

    def sheet_names(self) -> list[str]:
        """Names of all sheets, charts included."""
        return [s.get("name", "") for s in self.tree(self.workbook).iter(tag("sheet"))]

    def add_sheet(self, name: str, xml: bytes, print_titles: str) -> str:
        """Append a worksheet whose rows `print_titles` (as `$1:$4`) are printed on every page."""
        part = self.free_name(posixpath.join(posixpath.dirname(self.workbook), "worksheets/sheet{}.xml"))
        self.put(part, xml)
        self.set_type(part, f"{_SHEET_TYPE}.worksheet+xml")
        book = self.edit(self.workbook)
        sheets = book.find(tag("sheets"))
        numbers = [int(s.get("sheetId", "0")) for s in sheets]
        sheet = _sub(sheets, tag("sheet"))
        sheet.set("name", name)
        sheet.set("sheetId", str(max(numbers, default=0) + 1))
        sheet.set(f"{{{_OFFICE}}}id", self.relate(self.workbook, "worksheet", part))
        names = book.find(tag("definedNames"))
        if names is None:
            names = book.makeelement(tag("definedNames"))
            insert_in_order(book, names, _WORKBOOK_ORDER)
        titles = _sub(names, tag("definedName"))
        titles.set("name", "_xlnm.Print_Titles")
        titles.set("localSheetId", str(len(numbers)))
        titles.text = f"{quoted_sheet(name)}!{print_titles}"
        return part

    def drop_last_sheet(self) -> None:
        """Remove the last sheet with the names that belong to it."""
        book = self.edit(self.workbook)
        sheet = book.find(tag("sheets"))[-1]
        index = len(book.find(tag("sheets"))) - 1
        identifier = sheet.get(f"{{{_OFFICE}}}id")
        sheet.getparent().remove(sheet)
        names = book.find(tag("definedNames"))
        if names is not None:
            for name in [n for n in names if n.get("localSheetId") == str(index)]:
                names.remove(name)
            if not len(names):
                book.remove(names)
        for view in book.iter(tag("workbookView")):
            for attribute in ("activeTab", "firstSheet"):
                if int(view.get(attribute, "0")) >= index:
                    view.attrib.pop(attribute, None)
        for relation in self.relations(self.workbook):
            if relation.id == identifier:
                for below in self.relations(relation.target):
                    if not below.is_external and below.kind in ("comments", "vmlDrawing"):
                        self.drop(below.target)
                self.drop(relation.target)

    def make_plain_workbook(self) -> None:
        """Declare the workbook one without macros, so that its suffix .xlsx is the right one."""
        wanted = f"{_SHEET_TYPE}.sheet.main+xml"
        if self.content_type(self.workbook) != wanted:
            self.set_type(self.workbook, wanted)

    def to_bytes(self) -> bytes:
        """The package as a file; the same parts give the same bytes."""
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in self._parts:
                old = self._infos.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = old.external_attr if old else 0
                archive.writestr(info, self.read(name))
        return sink.getvalue()


def parse_xml(content: bytes) -> Any:
    """Root element of XML that may hold no definitions.

    Raises:
        CannotEdit: not well-formed, or with a document type.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, strip_cdata=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise CannotEdit(f"XML is not well-formed: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise CannotEdit("XML has a document type")
    return root


def _serialise(root: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True))


def _sub(parent: Any, name: str) -> Any:
    child = parent.makeelement(name)
    parent.append(child)
    return child


def _relations_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _owner(relations_part: str) -> str:
    folder, name = posixpath.split(relations_part)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def relation_id(element: Any) -> str:
    """Id of the relationship an element names; empty if it names none."""
    return str(element.get(f"{{{_OFFICE}}}id", ""))


def quoted_sheet(name: str) -> str:
    """Name of a sheet as a reference spells it."""
    return "'" + name.replace("'", "''") + "'"


def text_width(text: str) -> int:
    """Width in half-width characters."""
    return sum(2 if ord(c) > 0x2E80 or c in "“”…—·" else 1 for c in text)


def text_element(text: str) -> str:
    """XML of a `t` element that shows exactly this text; what XML can't hold is left out."""
    shown = _ESCAPE.sub("_x005F_", _CONTROL.sub("", text)).replace("\r\n", "\n").replace("\r", "\n")
    return f'<t xml:space="preserve">{escape(shown)}</t>'


def shared_texts(package: Package) -> list[str]:
    """Texts of the shared strings, without their looks and readings."""
    for relation in package.relations(package.workbook):
        if relation.kind == "sharedStrings" and relation.target in package.names():
            items = package.tree(relation.target).iterchildren(tag("si"))
            return ["".join(_texts(item)) for item in items]
    return []


def cell_text(cell: Any, strings: list[str]) -> str:
    """Text of a cell; its number as it stands in the XML."""
    value = cell.findtext(tag("v")) or ""
    if cell.get("t") == "s":
        return strings[int(value)] if value.isdigit() and int(value) < len(strings) else ""
    if cell.get("t") == "inlineStr":
        inline = cell.find(tag("is"))
        return "".join(_texts(inline)) if inline is not None else ""
    return str(value)


def _texts(item: Any) -> Iterator[str]:
    for element in item.iter(tag("t")):
        if local(element.getparent()) != "rPh":
            yield element.text or ""


class Styles:
    """The styles part: adds fonts, fills, borders and cell formats behind those that are there."""

    def __init__(self, package: Package) -> None:
        parts = [r.target for r in package.relations(package.workbook) if r.kind == "styles"]
        if parts:
            part = parts[0]
        else:
            part = posixpath.join(posixpath.dirname(package.workbook), "styles.xml")
            package.put(part, _PLAIN_STYLES)
            package.set_type(part, f"{_SHEET_TYPE}.styles+xml")
            package.relate(package.workbook, "styles", part)
        self.root = package.edit(part)
        self._marked: dict[tuple[int, str], int] = {}

    def _list(self, name: str) -> Any:
        found = self.root.find(tag(name))
        if found is None:
            found = self.root.makeelement(tag(name))
            insert_in_order(self.root, found, _STYLE_ORDER)
        return found

    def add(self, name: str, xml: str) -> int:
        """Append an element to a list (`fonts`, `fills`, …); returns its index."""
        return self._append(self._list(name), parse_xml(_in_main(xml)))

    def _append(self, items: Any, element: Any) -> int:
        items.append(element)
        items.set("count", str(len(items)))
        return len(items) - 1

    def formats(self) -> Any:
        """Cell formats; there is always one."""
        formats = self._list("cellXfs")
        if not len(formats):
            for name, xml in (
                ("fonts", "<font/>"), ("fills", "<fill><patternFill/></fill>"), ("borders", "<border/>"),
            ):  # fmt: skip
                if not len(self._list(name)):
                    self.add(name, xml)
            self.add("cellXfs", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>')
        return formats

    def filled(self, base: int, colour: str) -> int:
        """Index of a copy of a cell format whose only difference is a solid fill.

        The colour that a solid fill had before is kept as its unseen background, for `unfilled`.
        """
        if (base, colour) not in self._marked:
            formats = self.formats()
            found = copy.deepcopy(formats[base if 0 <= base < len(formats) else 0])
            fill = parse_xml(
                _in_main(
                    f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor indexed="64"/>'
                    "</patternFill></fill>"
                )
            )
            before = self._fill_of(found)
            if before is not None and before.get("patternType") == "solid":
                old = before.find(tag("fgColor"))
                if old is not None:
                    background = fill[0][1]
                    background.attrib.clear()
                    background.attrib.update(old.attrib)
            found.set("fillId", str(self._append(self._list("fills"), fill)))
            found.set("applyFill", "1")
            self._marked[base, colour] = self._append(formats, found)
        return self._marked[base, colour]

    def unfilled(self, index: int, colours: set[str]) -> int:
        """Index of the cell format as it was before `filled`; the same index if it isn't one of its copies."""
        formats = self.formats()
        if not 0 <= index < len(formats):
            return index
        pattern = self._fill_of(formats[index])
        front = pattern.find(tag("fgColor")) if pattern is not None else None
        if front is None or front.get("rgb") not in colours:
            return index
        if (index, "") not in self._marked:
            found = copy.deepcopy(formats[index])
            back = pattern.find(tag("bgColor"))
            if back is None or back.get("indexed") == "64":
                found.set("fillId", "0")
            else:
                fill = parse_xml(
                    _in_main('<fill><patternFill patternType="solid"><fgColor/></patternFill></fill>')
                )
                fill[0][0].attrib.update(back.attrib)
                found.set("fillId", str(self._append(self._list("fills"), fill)))
            self._marked[index, ""] = self._append(formats, found)
        return self._marked[index, ""]

    def _fill_of(self, cell_format: Any) -> Any:
        fills = self._list("fills")
        number = int(cell_format.get("fillId", "0"))
        return fills[number].find(tag("patternFill")) if number < len(fills) else None


def _in_main(xml: str) -> bytes:
    return re.sub(r"^<(\w+)", rf'<\1 xmlns="{MAIN}"', xml, count=1).encode()


_PLAIN_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0"'
    ' fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0"'
    ' borderId="0" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
).encode()


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
        """Columns and cells of a row that is there."""
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
        """Part of a kind that this sheet leads to."""
        for relation in self.package.relations(self.part):
            if relation.kind == kind and not relation.is_external:
                return relation.target
        return None

    def legacy_drawing(self) -> str | None:
        """Part that holds the boxes of the sheet's comments."""
        element = self.root.find(tag("legacyDrawing"))
        if element is None:
            return None
        identifier = element.get(f"{{{_OFFICE}}}id")
        for relation in self.package.relations(self.part):
            if relation.id == identifier:
                return relation.target
        raise CannotEdit(f"{self.part} leads to a drawing that is not there")

    def set_legacy_drawing(self, part: str) -> None:
        """Lead to the part that holds the boxes of the sheet's comments."""
        element = self.root.makeelement(tag("legacyDrawing"), nsmap={"r": _OFFICE})
        element.set(f"{{{_OFFICE}}}id", self.package.relate(self.part, "vmlDrawing", part))
        insert_in_order(self.root, element, _AFTER_SHEET_DATA)
