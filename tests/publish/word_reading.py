"""Reads a Word document back: figures by their bookmarks, and digits that belong to no figure."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from dagster_project.core.errors import UserError

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LABEL_STYLE = "Label"


_BOOKMARK = re.compile(r"n\d{4,}")


def read_numbers(path: Path) -> dict[str, str]:
    """Bookmark → text standing in it, as the file has it now; a bookmark that is gone isn't there.

    Raises:
        UserError: the file is no Word document.
    """
    found: dict[str, str] = {}
    for run, open_names in _read_runs(path, found):
        for name in open_names:
            found[name] += _run_text(run)
    return found


def unregistered_digits(path: Path) -> list[str]:
    """Text of every run of the body and its tables that holds a digit, but is neither figure nor label.

    Raises:
        UserError: the file is no Word document.
    """
    labels = _label_styles(path)
    suspicious = []
    for run, open_names in _read_runs(path, {}):
        style = run.find(f"{{{_W}}}rPr/{{{_W}}}rStyle")
        is_label = style is not None and style.get(f"{{{_W}}}val") in labels
        if not open_names and not is_label and any(c.isdecimal() for c in _run_text(run)):
            suspicious.append(_run_text(run))
    return suspicious


def _read_runs(path: Path, found: dict[str, str]) -> Iterator[tuple[ElementTree.Element, list[str]]]:
    """Runs in the order of the text with the figures' bookmarks open there; notes each bookmark in `found`."""
    open_names: dict[str, str] = {}
    for element in _member(path, "word/document.xml").iter():
        if element.tag == f"{{{_W}}}bookmarkStart":
            name = element.get(f"{{{_W}}}name", "")
            if _BOOKMARK.fullmatch(name):
                found.setdefault(name, "")
                open_names[element.get(f"{{{_W}}}id", "")] = name
        elif element.tag == f"{{{_W}}}bookmarkEnd":
            open_names.pop(element.get(f"{{{_W}}}id", ""), None)
        elif element.tag == f"{{{_W}}}r":
            yield element, list(open_names.values())


def _run_text(run: ElementTree.Element) -> str:
    marks = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
    texts = []
    for child in run:
        tag = child.tag.removeprefix(f"{{{_W}}}")
        texts.append(child.text or "" if tag == "t" else marks.get(tag, ""))
    return "".join(texts)


def _label_styles(path: Path) -> set[str]:
    """Ids of the label style: an editor may give it a new id, but keeps its name."""
    return {
        style.get(f"{{{_W}}}styleId", "")
        for style in _member(path, "word/styles.xml").iter(f"{{{_W}}}style")
        if (name := style.find(f"{{{_W}}}name")) is not None and name.get(f"{{{_W}}}val") == _LABEL_STYLE
    }


def _member(path: Path, name: str) -> ElementTree.Element:
    try:
        with zipfile.ZipFile(path) as archive:
            return ElementTree.fromstring(archive.read(name))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise UserError(
            f"{path} 不是完好的 Word 文档（.docx），请用 Word 打开后另存为 .docx 再试。"
        ) from error
