"""The zip package of a workbook: parts, relationships, styles and sheets. Only what is asked for is changed.

A part that is not edited keeps its bytes. An edited part is parsed, changed and written once; elements that this module
does not know stay in it.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from dagster_project.intake.files.grid import column_number

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_TYPES_PART = "[Content_Types].xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})\Z")

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
        element.set("Type", f"{OFFICE}/{kind}")
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
            relation = kinds.get(sheet.get(f"{{{OFFICE}}}id"))
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
        self.set_type(part, f"{SHEET_TYPE}.worksheet+xml")
        book = self.edit(self.workbook)
        sheets = book.find(tag("sheets"))
        numbers = [int(s.get("sheetId", "0")) for s in sheets]
        sheet = _sub(sheets, tag("sheet"))
        sheet.set("name", name)
        sheet.set("sheetId", str(max(numbers, default=0) + 1))
        sheet.set(f"{{{OFFICE}}}id", self.relate(self.workbook, "worksheet", part))
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
        identifier = sheet.get(f"{{{OFFICE}}}id")
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
        wanted = f"{SHEET_TYPE}.sheet.main+xml"
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
    return str(element.get(f"{{{OFFICE}}}id", ""))


def quoted_sheet(name: str) -> str:
    """Name of a sheet as a reference spells it."""
    return "'" + name.replace("'", "''") + "'"


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
