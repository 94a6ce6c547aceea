"""Styles of an open document (.ods): which strike a cell out, and which show its number as another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagster_project.intake.files.cell_styles import CellStyles, number_format

_NAMESPACE = "{{urn:oasis:names:tc:opendocument:xmlns:{}:1.0}}"
_STYLE, _NUMBER = _NAMESPACE.format("style"), _NAMESPACE.format("datastyle")
_NUMBER_STYLES = tuple(f"{_NUMBER}{n}-style" for n in ("number", "percentage", "currency"))
#: Chains of styles are followed so far.
_MOST_PARENTS = 20


def open_styles(documents: Iterable[Any]) -> CellStyles:
    """The styles of cells that matter, by their name.

    Args:
        documents: roots of the parts that hold styles: of the cells themselves, and of the whole document.
    """
    codes: dict[str, str] = {}
    styles: dict[str, Any] = {}
    for root in documents:
        for number_style in root.iter(*_NUMBER_STYLES):
            codes.setdefault(number_style.get(f"{_STYLE}name", ""), _code_of(number_style))
        for style in root.iter(f"{_STYLE}style"):
            if style.get(f"{_STYLE}family") == "table-cell":
                styles.setdefault(style.get(f"{_STYLE}name", ""), style)
    struck = set()
    formats = {}
    for name in styles:
        if _inherited(name, styles, _is_struck):
            struck.add(name)
        number = _inherited(name, styles, lambda style: style.get(f"{_STYLE}data-style-name"))
        if number and (found := number_format(codes.get(number, ""))):
            formats[name] = found
    return CellStyles(frozenset(struck), formats)


def _inherited(name: str, styles: dict[str, Any], stated: Any) -> Any:
    """What a style states, or the nearest of those that it builds on; None if none does."""
    for _ in range(_MOST_PARENTS):
        style = styles.get(name)
        if style is None:
            return None
        if (found := stated(style)) is not None:
            return found
        name = style.get(f"{_STYLE}parent-style-name", "")
    return None


def _is_struck(style: Any) -> bool | None:
    """Whether a style strikes text out; None if it doesn't say."""
    lines = [
        font.get(f"{_STYLE}text-line-through-{kind}")
        for font in style.iterfind(f"{_STYLE}text-properties")
        for kind in ("style", "type")
    ]
    said = [line for line in lines if line is not None]
    return any(line != "none" for line in said) if said else None


def _code_of(style: Any) -> str:
    """A number style as spreadsheets write it: 0.0"万", #,##0, or 0%."""
    code = ""
    for part in style:
        if part.tag == f"{_NUMBER}number":
            code += _digits(part)
        elif part.tag in (f"{_NUMBER}text", f"{_NUMBER}currency-symbol"):
            text = "".join(part.itertext())
            code += text if text == "%" else f'"{text}"'
    return code


def _digits(number: Any) -> str:
    """The digits of a number style: 0.00, 0, for thousands shown as ones, 0"."0 with a text among them."""
    factor = number.get(f"{_NUMBER}display-factor", "1")
    thousands = max((len(factor) - 1) // 3, 0) if factor.isdigit() else 0
    decimals = number.get(f"{_NUMBER}decimal-places", "0")
    places = int(decimals) if decimals.isdigit() and len(decimals) < 3 else 0
    embedded = {
        int(text.get(f"{_NUMBER}position", "0")): "".join(text.itertext())
        for text in number.iterfind(f"{_NUMBER}embedded-text")
        if text.get(f"{_NUMBER}position", "0").isdigit()
    }
    whole = "0"
    for position in range(1, max(embedded, default=0) + 1):
        if position in embedded:
            whole = f'0"{embedded[position]}"{whole}'
        elif position > 1:
            whole = f"0{whole}"
    return whole + ("." + "0" * places if places else "") + "," * thousands
