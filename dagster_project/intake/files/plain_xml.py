"""XML in the one spelling that the checks of a sheet and the reader of its cells both understand.

XML allows single quotes around attributes, blanks around `=`, comments and CDATA within a value, other encodings and
prefixes. Patterns on bytes miss what is spelled so, and calamine reads some of it as blank. Such a part is rewritten
once; what can't be rewritten is refused. Nearly all parts are plain, and finding that out is cheap.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from dagster_project.intake.findings import RejectedFile

_DECLARATION = re.compile(rb"\A\s*<\?xml[^<>]*\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']")
#: A tag with single quotes, blanks at its `=`, or a character reference.
_ODD_TAG = re.compile(rb"<[^<>]*(?:='|\s=|=\s|&#)")


def kinds_of_rows(xml: bytes) -> bytes:
    """A short form of a sheet to search in: its XML without digits, of which each row that recurs stands only once.

    Every text without a digit that stands in the sheet stands here, too. It is a hundredth as long, as a rule.
    """
    return b"<row".join(dict.fromkeys(xml.translate(None, b"0123456789").split(b"<row")))


def is_plain(xml: bytes, kinds: bytes | None = None) -> bool:
    """True if the XML is UTF-8, attributes are written `name="value"`, and text stands without comments or CDATA.

    Args:
        xml: a part of a workbook.
        kinds: its kinds of rows, if it is a sheet.

    Raises:
        RejectedFile: it is not well-formed or in an unknown encoding; calamine would read part of it without an error.
    """
    odd: list[object] = []
    parser = expat.ParserCreate()
    parser.CommentHandler = odd.append
    parser.ProcessingInstructionHandler = lambda target, _: odd.append(target)
    parser.StartCdataSectionHandler = lambda: odd.append(None)
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete") from error
    if odd or xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:64]:
        return False
    declared = _DECLARATION.match(xml)
    start = declared.end() if declared else 0
    encoding = _ENCODING.search(declared[0]) if declared else None
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        return False
    if kinds is None:
        tags = xml[start:]
    else:
        short = _DECLARATION.match(kinds)
        tags = kinds[short.end() :] if short else kinds
    may_be_odd = (
        tags.count(b"=") != tags.count(b'="')
        or any(blank + b'="' in tags for blank in (b" ", b"\n", b"\t", b"\r"))
        or b"&#" in tags
    )
    return not (may_be_odd and _ODD_TAG.search(xml, start))


def tree_of(xml: bytes, **options: bool) -> Any:
    """Root of a part's tree; nothing that it names elsewhere is fetched.

    Args:
        xml: the part.
        options: of lxml's parser, such as `remove_comments`.

    Raises:
        RejectedFile: not well-formed, in an unknown encoding, or with a prefix that nothing declares, which is_plain
            lets pass.
    """
    import lxml.etree as etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, **options)
    try:
        return etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise RejectedFile("DAMAGED_FILE", "incomplete") from error


def in_plain_spelling(xml: bytes) -> bytes:
    """The same elements, attributes and text in the plain spelling.

    Raises:
        RejectedFile: not well-formed, in an unknown encoding, or with a document type.
    """
    root = tree_of(xml, remove_comments=True, remove_pis=True)
    if root.getroottree().docinfo.doctype:
        raise RejectedFile("XML_DEFINITION")
    import lxml.etree as etree

    plain: bytes = etree.tostring(root, encoding="UTF-8")
    return plain


_CELLS_BEGIN = re.compile(rb"<(?:\w+:)?sheetData\b")
_PREFIXED = re.compile(rb":(?:row|c|v|f|is)[\s>/]")
_BARE = re.compile(rb"<(?:row|c|v|f|is)[\s>/]")


def refuse_ambiguous_structure(xml: bytes, kinds: bytes) -> None:
    """Refuse a sheet whose cells begin twice, or whose tags only partly have a prefix.

    No program writes these, and readers differ in what they take of them.

    Args:
        xml: the sheet.
        kinds: its kinds of rows.

    Raises:
        RejectedFile: the checks of the cells could miss what the reader reads.
    """
    if b"<sheetData" in kinds and kinds.count(b"sheetData") == 2 and not _PREFIXED.search(kinds):
        return
    begin = _CELLS_BEGIN.search(xml)
    if begin is None:
        return
    end = max(xml.rfind(b"sheetData>"), begin.end())
    has_both = False
    if begin[0] != b"<sheetData":
        has_both = _BARE.search(xml, begin.end(), end) is not None
    else:
        found = _PREFIXED.search(xml, begin.end(), end)
        has_both = found is not None and _PREFIXED_TAG.search(xml, begin.end(), end) is not None
    if has_both or xml.find(b"sheetData", begin.end(), end) >= 0 or _CELLS_BEGIN.search(xml, end):
        raise RejectedFile("DAMAGED_FILE", "unreadable")


_PREFIXED_TAG = re.compile(rb"<\w+:(?:row|c|v|f|is)[\s>/]")
