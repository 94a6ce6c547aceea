"""Sheets of rows as programs write them, in which the checks of `plain_xml` and `sheet_xml` can find nothing.

Workbooks that one program writes have the same few kinds of rows: equal but for digits. A kind is looked at once, by
a grammar without formulas, errors, text in pieces, prefixes, comments and odd spellings; what stands before and behind
the rows is looked at once by the checks themselves. Then a sheet costs a look at its addresses. Any other sheet, and
any large one, goes the long way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter, lt

from dagster_project import speed
from dagster_project.intake.files import sheet_xml
from dagster_project.intake.files.grid import Grid, column_number
from dagster_project.intake.files.plain_xml import is_plain, kinds_of_rows, refuse_ambiguous_structure
from dagster_project.intake.findings import RejectedFile

#: Larger sheets are few, and their addresses would fill the memory.
_MOST_BYTES = 1024**2
#: Kinds of rows that are remembered, in bytes of their XML.
_MOST_KIND_BYTES = 8 * 1024**2
_DIGITS = b"0123456789"
_TEXT = rb"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f]*(?:&(?:amp|lt|gt|quot|apos|#);[^<>&\x00-\x08\x0b\x0c\x0e-\x1f]*)*"
_VALUE = (
    rb"<v>" + _TEXT + rb"</v>|<v/>|<is><t(?: xml:space=\"preserve\")?>" + _TEXT + rb"</t></is>|<is><t/></is>"
)
_CELL = rb"<c r=\"([A-Z]+)\"(?: s=\"\")?(?: t=\"(?:s|str|inlineStr|n|b)\")?(?:/>|>(?:" + _VALUE + rb")?</c>)"
_ATTRIBUTES = rb" r=\"\"((?: (?:spans|s|ht|customFormat|customHeight|hidden|thickBot|thickTop|x14ac:dyDescent)=\"[^\"<>&]*\")*)"
_CELLS = re.compile(_CELL)
_ROW = re.compile(_ATTRIBUTES + rb"(?:/>|>(?:" + _CELL.replace(b"([A-Z]+)", b"[A-Z]+") + rb")*</row>)[\r\n]*")
_ATTRIBUTE = re.compile(rb" ([\w:]+)=")
#: A character by its number that is none, or one that is better looked at: a control character, half a character.
_ODD_REFERENCE = re.compile(rb"&#(?:[0-9]{1,2};|0|5[5-7][0-9]{3};|6553[45];|[0-9]{6})")
#: Address of a row or cell whose tag is followed by another tag, not by text.
_ADDRESS = re.compile(rb' r="(\w+)"[^>]*><')


@dataclass(frozen=True, eq=False)
class _Kind:
    """Rows that are equal but for digits.

    Attributes:
        letters: of their columns.
        size: number of their addresses, that of the row among them.
        width: number of the last column.
        may_be_hidden: they say whether they are hidden.
        has_references: they have characters by their numbers.
    """

    letters: tuple[bytes, ...]
    size: int
    width: int
    may_be_hidden: bool
    has_references: bool


@dataclass(frozen=True)
class OrdinarySheet:
    """A sheet in which no cell needs a closer look.

    Attributes:
        rows, columns: what its cells span, blank cells included.
        merges, hidden_rows, hidden_columns: as in `Grid`.
    """

    rows: int
    columns: int
    merges: list[tuple[int, int, int, int]]
    hidden_rows: list[int]
    hidden_columns: list[int]


#: Kinds by their XML without digits and without `<row`; None for rows that aren't ordinary.
_kinds: dict[bytes, _Kind | None] = {}
_kind_bytes = 0
_size = attrgetter("size")


def ordinary_sheet(xml: bytes) -> OrdinarySheet | None:
    """What the checks of a sheet would find if there is nothing to find; None if that takes the checks to say.

    Args:
        xml: the sheet.
    """
    begin, end = xml.find(b"<row"), xml.rfind(b"</sheetData>")
    if not speed.is_on() or begin < 0 or end < begin or len(xml) > _MOST_BYTES:
        return None
    frame = _frame(xml[:begin], xml[end:])
    kinds = _kinds_of(xml[begin:end].translate(None, _DIGITS).split(b"<row")[1:]) if frame else None
    if frame is None or kinds is None:
        return None
    addresses = _ADDRESS.findall(xml, begin, end + 1)
    *starts, size = accumulate(map(_size, kinds), initial=0)
    if size != len(addresses):
        return None
    stated = list(map(addresses.__getitem__, starts))
    numbers = [int(number) if number.isdigit() else 0 for number in stated]
    if not all(map(lt, (0, *numbers), numbers)):
        return None
    if b",".join(map(_addresses, kinds, stated)) != b",".join(addresses):
        return None
    distinct = set(kinds)
    if any(kind.has_references for kind in distinct) and _ODD_REFERENCE.search(xml):
        return None
    hidden = sheet_xml.hidden_rows(xml) if any(kind.may_be_hidden for kind in distinct) else []
    return OrdinarySheet(
        numbers[-1] - numbers[0] + 1,
        max(kind.width for kind in distinct),
        [*frame.merges],
        hidden,
        [*frame.hidden_columns],
    )


def _kinds_of(pieces: list[bytes]) -> list[_Kind] | None:
    """The kind of each row of a sheet, from their XML without digits; None if one of them isn't ordinary."""
    global _kind_bytes
    kinds = list(map(_kinds.get, pieces))
    if None not in kinds:
        return kinds  # type: ignore[return-value]
    for piece in pieces:
        if piece not in _kinds:
            if _kind_bytes > _MOST_KIND_BYTES:
                _kinds.clear()
                _kind_bytes = 0
            _kind_bytes += len(piece)
            _kinds[piece] = _kind_of(piece)
        if _kinds[piece] is None:
            return None
    return _kinds_of(pieces)


@lru_cache(8192)
def _addresses(kind: _Kind, number: bytes) -> bytes:
    """The addresses in a row of a kind: its number and those of its cells."""
    return b",".join((number, *(letters + number for letters in kind.letters)))


def _kind_of(piece: bytes) -> _Kind | None:
    found = _ROW.fullmatch(piece)
    if found is None:
        return None
    names = _ATTRIBUTE.findall(found[1])
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = tuple(_CELLS.findall(piece))
    if len(set(names)) < len(names) or not sheet_xml.are_ascending(b"".join(one + b"," for one in letters)):
        return None
    width = column_number(letters[-1].decode()) if letters else 0
    return _Kind(letters, 1 + len(letters), width, b"hidden" in names, b"&#" in piece)


@lru_cache(1024)
def _frame(before: bytes, behind: bytes) -> Grid | None:
    """What stands around the rows of a sheet says, as a grid without cells; None if it isn't ordinary."""
    if not before.endswith(b"<sheetData>"):
        return None
    xml = before + behind
    kinds = kinds_of_rows(xml)
    try:
        if not is_plain(xml, kinds):
            return None
        refuse_ambiguous_structure(xml, kinds)
    except RejectedFile:
        return None
    if any(mark in xml for mark in (b"<f>", b"<f ", b't="e"', b"strike", b"vertAlign", b"<c ", b"<row ")):
        return None
    grid = Grid("", [])
    sheet_xml.note_presentation(grid, xml, kinds)
    return grid
