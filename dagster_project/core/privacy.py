"""Masking: identity and mobile numbers in text, and figures in the messages of libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIGURE = re.compile(r"\d(?:,?\d)*(?:\.\d+)?(?:[eE][+-]?\d+)?")


def without_figures(text: str) -> str:
    """A library's error message without the figures it quotes, since a cell may hold a person's pay.

    Whole numbers of up to three digits stay: they count lines, columns, failures.
    """

    def masked_figure(found: re.Match[str]) -> str:
        return found[0] if found[0].isdecimal() and len(found[0]) <= 3 else "…"

    return _FIGURE.sub(masked_figure, text)


_PERSONAL_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－＋", "0123456789Xx-+")


_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"


_GAP = r"[ -]?"


#: Identity numbers of 18 and (before 1999) 15 digits, and mobile numbers with or without the country's prefix;
#: never a part of a longer number.
_PERSONAL = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:"
    rf"(?P<id>[1-9]\d{{5}}{_GAP}(?:(?:19|20)\d\d{_MONTH_AND_DAY}{_GAP}\d{{3}}[\dXx]|\d{{2}}{_MONTH_AND_DAY}{_GAP}\d{{3}}))"
    rf"|(?P<other>[1-9]\d{{16}}[\dXx])"
    rf"|(?:(?:\+|00)86{_GAP})?(?P<mobile>1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})"
    rf")(?!\d)(?!\.\d)"
)


_HASH = re.compile(r"[0-9a-fA-F]{32,}\Z")


#: An identity number with a date that may be right, as lists of persons have it in every row.
_OF_18_DIGITS = re.compile(rf"[1-9][0-9]{{5}}(?:19|20)[0-9][0-9]{_MONTH_AND_DAY}[0-9]{{3}}[0-9Xx]", re.ASCII)


#: Every way in which an identity number is written has six digits in a row.
_SIX_DIGITS = re.compile(r"\d{6}")


_SCIENTIFIC = re.compile(r"(?<![\d.])[1-9]\.\d{9,}[eE]\+1[47](?!\d)")


_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask_personal_numbers(text: str) -> str:
    """Text in which identity and mobile numbers keep at most their first three and last two digits.

    Digits may be full-width, in the usual groups, or what a spreadsheet makes of a long number
    (5.00101199001011E+17). School codes, sums, fingerprints and longer numbers stay as they are; 18 digits
    without a date in the middle are an identity number if their check digit says so.
    """
    if sum(map(str.isdecimal, text)) < 11:
        return text
    text = _SCIENTIFIC.sub(lambda found: str(int(float(found[0]))), text)
    plain = text.translate(_PERSONAL_WIDE)

    def masked(found: re.Match[str]) -> str:
        name = str(found.lastgroup)
        start, end = found.span(name)
        digits = [i for i in range(start, end) if plain[i] not in " -"]
        if _is_in_hash(plain, start, end) or (name == "other" and not _has_check_digit(plain[start:end])):
            return text[found.start() : found.end()]
        hidden = set(digits[3:-2])
        kept = "".join("*" if i in hidden else text[i] for i in range(start, end))
        return text[found.start() : start] + kept + text[end : found.end()]

    parts, last = [], 0
    for found in _PERSONAL.finditer(plain):
        parts += [text[last : found.start()], masked(found)]
        last = found.end()
    return "".join([*parts, text[last:]])


def identity_numbers(text: str) -> Iterator[str]:
    """Identity numbers in a text, in plain digits; 18 digits count if their date or their check digit does."""
    if _SIX_DIGITS.search(text) is None:
        return
    text = _SCIENTIFIC.sub(lambda found: str(int(float(found[0]))), text)
    plain = text.translate(_PERSONAL_WIDE)
    for found in _PERSONAL.finditer(plain):
        name = str(found.lastgroup)
        start, end = found.span(name)
        is_number = name == "id" or (name == "other" and _has_check_digit(found[name]))
        if is_number and not _is_in_hash(plain, start, end):
            yield re.sub("[ -]", "", found[name])


def is_identity_number(text: str) -> bool:
    """True for a text of 18 digits that is an identity number as a whole, by its date or its check digit."""
    return _OF_18_DIGITS.fullmatch(text) is not None or any(identity_numbers(text))


def mobile_numbers(text: str) -> Iterator[str]:
    """Mobile numbers in a text, in plain digits without the country's prefix."""
    plain = text.translate(_PERSONAL_WIDE)
    for found in _PERSONAL.finditer(plain):
        if found["mobile"] and not _is_in_hash(plain, *found.span("mobile")):
            yield re.sub("[ -]", "", found["mobile"])


def _is_in_hash(text: str, start: int, end: int) -> bool:
    """True inside a hash, whose digits are no personal number."""
    while start and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return bool(_HASH.match(text[start:end]))


def _has_check_digit(number: str) -> bool:
    """True if the last of 18 characters is what the first 17 demand (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _CHECK_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()
