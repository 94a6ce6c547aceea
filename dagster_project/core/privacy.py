"""Masking: identity and mobile numbers in text, and figures in the messages of libraries.

A unified social credit code of 18 digits looks like an identity number; its own check digit and the region in it say
which it is.
"""

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


#: Characters of a unified social credit code in the order of their values (GB 32100-2015, table 2).
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|7[12]|8[12])"
#: Who registered the body and its kind (table 1; 12: 事业单位, 52: 民办非企业单位, 91: 企业), its district, its own code.
_CREDIT_CODE = re.compile(
    rf"(?:[15AN][1-39]|[2-46-8][1-59]|9[1-3]|Y1){_PROVINCE}[0-9]{{4}}[{_CREDIT_CHARACTERS}]{{10}}"
)
#: Beginnings of credit codes that no identity number has: Beijing and Tianjin have no such districts, nothing has 91–93.
_NO_REGION = re.compile(rf"1[12]{_PROVINCE}|9[123]")


def is_credit_code(text: str) -> bool:
    """True for a unified social credit code with the check digit that GB 32100-2015 demands, in capitals."""
    if _CREDIT_CODE.fullmatch(text) is None:
        return False
    total = sum(_CREDIT_CHARACTERS.index(c) * pow(3, i, 31) for i, c in enumerate(text[:17]))
    return _CREDIT_CHARACTERS[-total % 31] == text[17]


def _is_no_person(number: str) -> bool:
    """True for 18 digits that are a credit code and can't be an identity number as well.

    With a date in the middle they are a person's, also where the check digit is a mistyped one's: of 31 of those one
    fits a credit code, and hardly a credit code has a date there.
    """
    return is_credit_code(number) and (
        _OF_18_DIGITS.fullmatch(number) is None or _NO_REGION.match(number) is not None
    )


def mask_personal_numbers(text: str) -> str:
    """Text in which identity and mobile numbers keep at most their first three and last two digits.

    Digits may be full-width, in the usual groups, or what a spreadsheet makes of a long number
    (5.00101199001011E+17). School codes, credit codes, sums, fingerprints and longer numbers stay as they are; 18 digits
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
        if (
            _is_in_hash(plain, start, end)
            or (name == "other" and not _has_check_digit(plain[start:end]))
            or _is_no_person(re.sub("[ -]", "", plain[start:end]))
        ):
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
        if not is_number or _is_in_hash(plain, start, end):
            continue
        number = re.sub("[ -]", "", found[name])
        if not _is_no_person(number):
            yield number


def is_identity_number(text: str) -> bool:
    """True for a text of 18 digits that is an identity number as a whole, by its date or its check digit."""
    is_dated = _OF_18_DIGITS.fullmatch(text) is not None and not _is_no_person(text)
    return is_dated or any(identity_numbers(text))


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
