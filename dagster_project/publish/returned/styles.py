"""Styles of a workbook package: cell formats that are added without changing those in use."""

from __future__ import annotations

import copy
import posixpath
import re
from typing import Any

from dagster_project.publish.returned.package import (
    MAIN,
    SHEET_TYPE,
    Package,
    insert_in_order,
    parse_xml,
    tag,
)

_STYLE_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
    "colors", "extLst",
)  # fmt: skip


class Styles:
    """The styles part: adds fonts, fills, borders and cell formats behind those that are there."""

    def __init__(self, package: Package) -> None:
        parts = [r.target for r in package.relations(package.workbook) if r.kind == "styles"]
        if parts:
            part = parts[0]
        else:
            part = posixpath.join(posixpath.dirname(package.workbook), "styles.xml")
            package.put(part, _PLAIN_STYLES)
            package.set_type(part, f"{SHEET_TYPE}.styles+xml")
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
