"""Sheets of rows as programs write them, in which the checks of `plain_xml` and `sheet_xml` can find nothing.

Workbooks that one program writes have the same few kinds of rows: equal but for digits. A kind is looked at once, by
a grammar without formulas, errors, text in pieces, prefixes, comments and odd spellings; what stands before and behind
the rows is looked at once by the checks themselves. Then a sheet costs a look at its addresses. Any other sheet goes the
long way, and so does one in which hardly any row is like another.
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

#: Rows that are looked at together, in bytes: the addresses of a large sheet would fill the memory.
_PIECE_BYTES = 256 * 1024
#: New kinds of rows among them; with more of them the checks cost less.
_MOST_NEW_KINDS = 200
#: What stands around the rows of a sheet, where it may be remembered.
_MOST_FRAME_BYTES = 16 * 1024
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
        addresses: of the row and its cells, with `#` for the number of the row.
        size: how many these are.
        width: number of the last column.
        may_be_hidden: they say whether they are hidden.
        has_references: they have characters by their numbers.
    """

    addresses: bytes
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
    is_usual = 0 <= begin < end and begin + len(xml) - end < _MOST_FRAME_BYTES
    frame = _frame(xml[:begin], xml[end:]) if is_usual and speed.is_on() else None
    if frame is None:
        return None
    first = last = 0
    kinds: set[_Kind] = set()
    while begin < end:
        following = xml.find(b"<row", begin + _PIECE_BYTES, end)
        until = following if following >= 0 else end
        found = _rows_between(xml, begin, until, last)
        if found is None:
            return None
        numbers, own = found
        kinds.update(own)
        first, last = first or numbers[0], numbers[-1]
        begin = until
    if any(kind.has_references for kind in kinds) and _ODD_REFERENCE.search(xml):
        return None
    hidden = sheet_xml.hidden_rows(xml) if any(kind.may_be_hidden for kind in kinds) else []
    width = max(kind.width for kind in kinds)
    return OrdinarySheet(last - first + 1, width, [*frame.merges], hidden, [*frame.hidden_columns])


def _rows_between(xml: bytes, begin: int, end: int, above: int) -> tuple[list[int], list[_Kind]] | None:
    """Number and kind of each row in a piece of a sheet; None unless all are ordinary, in order, with their own addresses.

    Args:
        xml: the sheet.
        begin, end: where the first row begins, and where what follows the last one does.
        above: number of the row above; 0 if there is none.
    """
    kinds = _kinds_of(xml[begin:end].translate(None, _DIGITS).split(b"<row")[1:])
    if kinds is None:
        return None
    addresses = _ADDRESS.findall(xml, begin, end + 1)
    *starts, size = accumulate(map(_size, kinds), initial=0)
    if size != len(addresses):
        return None
    stated = list(map(addresses.__getitem__, starts))
    numbers = [int(number) if number.isdigit() else 0 for number in stated]
    if not all(map(lt, (above, *numbers), numbers)):
        return None
    expected = [kind.addresses.replace(b"#", number) for kind, number in zip(kinds, stated, strict=True)]
    return (numbers, kinds) if b",".join(expected) == b",".join(addresses) else None


def _kinds_of(pieces: list[bytes]) -> list[_Kind] | None:
    """The kind of each row, from their XML without digits and without `<row`; None if one of them isn't ordinary."""
    global _kind_bytes
    kinds = list(map(_kinds.get, pieces))
    if None in kinds:
        new = set(pieces).difference(_kinds)
        if len(new) > _MOST_NEW_KINDS:
            return None
        for piece in new:
            _kind_bytes += len(piece)
            _kinds[piece] = _kind_of(piece)
        kinds = list(map(_kinds.get, pieces))
        if _kind_bytes > _MOST_KIND_BYTES:
            _kinds.clear()
            _kind_bytes = 0
    return None if None in kinds else kinds  # type: ignore[return-value]


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
    addresses = b",".join((b"#", *(one + b"#" for one in letters)))
    return _Kind(addresses, 1 + len(letters), width, b"hidden" in names, b"&#" in piece)


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
