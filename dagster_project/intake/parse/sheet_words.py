"""Words by which the parts of a sheet are recognised (`sheet_words.yml`), and how they are looked for."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from dagster_project.core.declarations import read_declaration
from dagster_project.intake.parse.cell_text import clean_text

WORDS_FILE = Path(__file__).parent / "sheet_words.yml"

#: Marks and numbers before a heading: ★ 1. （2） 一、
_LEADING_MARKS = re.compile(
    r"\A(?:[★☆*※●◆▲△■□◇○◎#·•√✓-]+|第?\(?\d{1,2}[).、:列栏)-]+|\(?\d{1,2}[)]?(?=[^\W\d_])|\([a-z]\)|[a-z](?:[).、:]|(?=[\u4e00-\u9fff]))|[ivx]{1,4}[.、]"
    r"|\(?[一二三四五六七八九十]{1,3}[)、.])+"
)
_TRAILING_MARKS = re.compile(r"[★☆*※●◆▲△#。.,;、!?]+\Z|\[\d\]\Z|注\d?\Z")
_PAIRS = {
    "(": ")",
    "[": "]",
    "【": "】",
    "〔": "〕",
    "<": ">",
    "《": "》",
    "“": "”",
    "「": "」",
    '"': '"',
    "'": "'",
}
_BRACKETS = re.compile(r"[(\[【〔<]([^()\[\]【】〔〕<>]*)[)\]】〕>]")
#: Texts whose reading is remembered: the same words fill most cells of a column.
_REMEMBERED = 8192
#: What makes a line one about units; a unit alone in its cell needs no such word.
_ABOUT_UNITS = re.compile("单位|计价|unit|金额|面积|计量|货币|币种|[以按用](?=.*[计填])|均[为以按]|[值费款]")
#: What may stand before a unit, and behind it, where a line states it; 元坝小学, 每亩, 1000元, 美元 and 元/生 do not.
_BEFORE_UNIT = (
    r"(?:\A|(?<=[\s:：()\[\]【】、,，;；。./和及或与为是以按用均填])|(?<=单位)|(?<=计量)|(?<=金额)|(?<=面积))"
)
_BEHIND_UNIT = r"(?=整?(?:\Z|[\s()\[\]【】、,，;；。./和及或与计填保]|为(?:计量)?单位))"
_QUOTES = re.compile("[“”‘’\"'「」]|rmb|cny")
#: What a unit is multiplied by where it stands for each of something: 元/生, 元每人, 百元/(人·年).
_RATE = re.compile(r"\s*(?:/\s*\(?每?|\(?每)(?:学?生|学期|学年|幼儿|教师|人|年|月|班|户|亩)")
_MEAN = re.compile("[生人班校师]均")
#: A multiplier and its unit, written apart: 千 元.
_APART = re.compile(r"(?<=[十百千万亿])\s+(?=[元圆平亩公m])")
#: A currency that a line names as such.
_CURRENCY = re.compile("(币种[:为是]?\\s*)人民币")


#: Units of counts that are written behind a heading; 在校生数/班 is another figure.
_COUNTED = ("人", "名", "个", "间", "台", "册")


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    totals: tuple[str, ...]
    total_starts: tuple[str, ...]
    grand_totals: tuple[str, ...]
    all_of: tuple[str, ...]
    means: tuple[str, ...]
    examples: tuple[str, ...]
    placeholders: tuple[str, ...]
    form_notes: tuple[str, ...]
    units: dict[str, dict[str, str | int]]
    same_units: tuple[tuple[str, ...], ...]
    unit_prefixes: dict[str, int]
    money_alone: tuple[str, ...]
    currencies: tuple[str, ...]
    unprefixed: tuple[str, ...]
    measures: tuple[str, ...]
    measures_alone: tuple[str, ...]
    other_measures: tuple[str, ...]
    documents: tuple[str, ...]
    citations: tuple[str, ...]
    remarks: tuple[str, ...]
    numberings: tuple[str, ...]
    table_nouns: tuple[str, ...]
    neutral: tuple[str, ...]
    parts: tuple[str, ...]
    group_parts: tuple[str, ...]
    lines: str
    plans: tuple[str, ...]
    specimens: tuple[str, ...]
    no_plans: tuple[str, ...]
    offices: tuple[str, ...]
    places: tuple[str, ...]
    schools: tuple[str, ...]
    corrected_files: tuple[str, ...]
    short_names: tuple[str, ...]
    counted_nouns: tuple[str, ...]
    title_words: tuple[str, ...]
    makings: tuple[str, ...]
    times: tuple[str, ...]
    signers: tuple[str, ...]
    event_ends: str
    year_lines: tuple[str, ...]
    year_titles: tuple[str, ...]
    subjects: tuple[str, ...]
    elsewhere: tuple[str, ...]
    figure_nouns: tuple[str, ...]
    traditional: str
    notes: tuple[str, ...]
    unit_labels: tuple[str, ...]
    span_totals: tuple[str, ...]
    grades: str
    year_headings: tuple[str, ...]


class Unit(NamedTuple):
    """A unit of figures: its word, its kind (money, area, count), and its size in the first unit of the kind."""

    word: str
    kind: str
    size: Fraction


@lru_cache(maxsize=1)
def load_words() -> _Words:
    """The words of sheet_words.yml.

    Raises:
        UserError: the file is wrong; the message names the clause.
    """
    return read_declaration(WORDS_FILE, _Words)


@lru_cache(maxsize=1)
def _units() -> dict[str, Unit]:
    """Units by word, longest word first: each alone and behind the words that multiply it (元, 千元, 人民币千元)."""
    words = load_words()
    prefixes = {"": 1, **words.unit_prefixes}
    found = {prefix: Unit(prefix, "money", Fraction(prefixes[prefix])) for prefix in words.money_alone}
    for kind, sizes in words.units.items():
        for base, size in sizes.items():
            for prefix, times in prefixes.items() if base not in words.unprefixed else [("", 1)]:
                word = f"{prefix}{base}"
                found[word] = Unit(word, kind, Fraction(str(size)) * times)
    named = {f"人民币{word}": unit for word, unit in found.items() if word.endswith(("元", "圆"))}
    return {word: unit for word, unit in sorted((found | named).items(), key=lambda u: -len(u[0]))}


@lru_cache(_REMEMBERED, typed=True)
def compact(value: object) -> str:
    """Text of a cell in one width, lower case and without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean_text(value))).lower()


@lru_cache(_REMEMBERED, typed=True)
def unit_of(text: str) -> Unit | None:
    """Unit that a text names, alone or in brackets (（元）, 单位：元); None for other text."""
    bare = compact(text).removeprefix("计量").removeprefix("金额").removeprefix("单位").strip("()[]【】:：")
    return _units().get(bare)


def counts_the_same(unit: Unit, own: Unit) -> bool:
    """True if a unit of counts is another's, whatever multiplies it: 百名 and 人."""
    alike = next((words for words in load_words().same_units if own.word in words), (own.word,))
    return unit.word.endswith(alike)


def ratios_of_units(unit_zh: str) -> list[float]:
    """Sizes of the other units of its kind in a unit: what figures stated in them were multiplied by."""
    own = _units().get(compact(unit_zh))
    if own is None:
        return []
    return sorted(
        {float(u.size / own.size) for u in _units().values() if u.kind == own.kind and u.size != own.size}
    )


def unit_in(note: str) -> Unit | None:
    """The only unit in a note: 元, 单位：元, 以元计, 元，保留两位小数; None if it names none or several."""
    found = []
    if is_rate(note):
        return None
    for piece in re.split(r"[,，;；、和及/]", compact(note)):
        bare = re.sub(
            r"^(?:计量)?(?:金额|面积)?单位(?:为|是)?[:：]?|^(?:以|按)|(?:为单位|计|计算|填写|填报)$|^填",
            "",
            piece,
        )
        if bare in _units():
            found.append(_units()[bare])
    return found[0] if len(found) == 1 else None


def unit_at_end(heading: str) -> Unit | None:
    """Unit in a heading's last brackets or behind a slash or comma: 面积（亩）, 经费/元; None if it has none."""
    for note in reversed(_BRACKETS.findall(heading)):
        if (found := unit_in(note)) is not None:
            return found
    behind = re.split(r"[/,]", heading)
    return _units().get(behind[-1]) if len(behind) > 1 else None


#: The day of the figures, without a year: of another year they would be other figures.
_DAY_OF_COUNT = re.compile(
    r"(?:截[至止]|统计)?(?:1[0-2]|[1-9])月(?:[12]\d|3[01]|[1-9])日(?:口径|时点|止|数)?"
)


def _is_form_note(note: str) -> bool:
    """True for a note on how to fill a column in: 必填, 10位, 文本, 9月1日."""
    text = compact(note)
    if text in load_words().unit_prefixes or _is_measure(text):
        return False
    return (
        text in load_words().form_notes
        or (text.isascii() and text.replace("_", "").isalpha())
        or bool(re.fullmatch(r"\d{1,2}位(?:数字|文本|代码)?", text))
        or bool(_DAY_OF_COUNT.fullmatch(text))
    )


@lru_cache(maxsize=1)
def _stated_unit() -> re.Pattern[str]:
    words = "|".join(map(re.escape, _units()))
    return re.compile(f"{_BEFORE_UNIT}(?:{words}){_BEHIND_UNIT}")


def units_stated(text: str) -> list[Unit]:
    """Units in a line about units: 单位：平方米、元, 金额：元, 本表以元为单位; or alone in a cell (（元）).

    Empty for other text: a unit's word within a name, beside a number, or of a rate states nothing.
    """
    line = _QUOTES.sub("", _line_of_units(text))
    alone = unit_of(line)
    if alone is not None:
        return [alone]
    if not _ABOUT_UNITS.search(line):
        return []
    for written in (line, compact(line)):
        found = [
            _units()[m[0]] for m in _stated_unit().finditer(written) if not _RATE.match(written, m.end())
        ]
        if found:
            return list(dict.fromkeys(found))
    return []


def _line_of_units(text: str) -> str:
    """A line with its units in one spelling, and without a currency that it names as such."""
    line = simplified(unicodedata.normalize("NFKC", clean_text(text)).lower())
    return _CURRENCY.sub(r"\1", _APART.sub("", line))


def is_rate(text: str) -> bool:
    """True for a unit of each pupil, class or year: 元/生, （百元每人）; such figures are no totals."""
    bare = compact(text)
    return _rate().search(bare) is not None


@lru_cache(maxsize=1)
def _rate() -> re.Pattern[str]:
    kinds = {word: unit for word, unit in _units().items() if unit.kind != "count"}
    return re.compile(f"(?:{'|'.join(map(re.escape, kinds))}){_RATE.pattern}")


def _is_measure(word: str) -> bool:
    """True for a word that must be a unit, and is none of the known ones: 英镑, 坪, k."""
    words = load_words()
    if word in _units() or word in words.other_measures:
        return False
    bare = word.lstrip("".join(p for p in words.unit_prefixes if len(p) == 1))
    return bool(word) and (not bare or bare in words.measures_alone or word.endswith(words.measures))


def is_unknown_unit(text: str) -> bool:
    """True for a cell with nothing but a unit that isn't known, or that isn't one of totals: 英镑, （百）, 元/生."""
    bare = compact(text).strip("()[]【】:")
    return 0 < len(bare) <= _LONGEST_UNIT and (_is_measure(bare) or _rate().fullmatch(bare) is not None)


#: A label of units, with what follows it up to the next label.
_UNIT_LABEL = re.compile(
    r"(?:\A|[\s(\[【、,;])(?:(?:计量|金额|货币|面积|数量|计价)?单\s*位|计价|货币|币种|(?P<amount>金额|面积))"
    r"(?P<mark>\s*[:为是]|(?=\()|\s)(?P<words>(?:(?!单\s*位|币种)[^:]){1,30})"
)
#: A unit within a sentence: 以英镑计, 按百填写.
_UNIT_IN_SENTENCE = re.compile(r"[以按用]\s*([^\s、,;。]{1,6}?)\s*(?:为(?:计量)?单位|计(?!算)|填[写报])")
#: A unit on its own in brackets.
_IN_BRACKETS = re.compile(r"\s*[(\[【](?P<words>[^()\[\]【】:]{1,6})[)\]】]\s*")
_BETWEEN_UNITS = re.compile(r"[\s、,;。.和及或与/()\[\]【】]+")
_LONGEST_UNIT = 6
#: A short word behind a label is a unit, unless it ends as what is asked for beside the word for an organisation does.
_LONGEST_UNSURE = 2
_NO_UNIT = ("章", "字", "名", "称", "号", "无")


def unknown_units(text: str) -> list[str]:
    """Words in a line about units that name none of the known ones: 英镑 in 单位：人、英镑, 元/生; the name of a school is none.

    A short word of which nothing is known counts as a unit where the line names no area and no money.
    """
    line = _line_of_units(text)
    if _IN_BRACKETS.fullmatch(line) and is_unknown_unit(line):
        return [compact(line)[1:-1]]
    found = [word for word in _UNIT_IN_SENTENCE.findall(line) if is_unknown_unit(word)]
    for label in _UNIT_LABEL.finditer(line):
        words = _QUOTES.sub("", label["words"])
        if is_rate(words) or _MEAN.search(words):
            found.append(words.strip("() "))
            continue
        pieces = [p.removesuffix("整") for p in _BETWEEN_UNITS.split(words)]
        pieces = [p for p in pieces if re.search(r"[^\W\d_]|[$%]", p) and len(p) <= _LONGEST_UNIT]
        is_understood = any(p in _units() and _units()[p].kind != "count" for p in pieces)
        is_sure = is_understood or bool(label["amount"]) or ":" not in label["mark"]
        found += [p for p in pieces if _is_measure(p) or (not is_sure and _may_be_a_unit(p))]
    return found


def _may_be_a_unit(word: str) -> bool:
    words = load_words()
    return (
        len(word) <= _LONGEST_UNSURE
        and word not in _units()
        and word not in words.other_measures
        and not word.endswith((*words.places, *words.short_names, *words.offices, *_NO_UNIT))
        and not any(sign in word for sign in words.placeholders)
    )


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    pairs = load_words().traditional.split()
    return {ord(pair[0]): pair[1] for pair in pairs}


def simplified(text: str) -> str:
    """Text with the traditional characters that headings are written in replaced by simplified ones (學校 → 学校)."""
    return text.translate(_simplified())


def written_alike(characters: str) -> str:
    """The characters, and the traditional ones that are written for them."""
    return characters + "".join(chr(old) for old, new in _simplified().items() if new in characters)


def _without_enclosing(text: str) -> str:
    """Text without the brackets or quotes around all of it: （图书(册)） → 图书(册)."""
    if len(text) < 3 or _PAIRS.get(text[0]) != text[-1]:
        return text
    depth = 0
    for c in text[1:-1]:
        depth += (c == text[0]) - (c == text[-1])
        if depth < 0:
            return text
    return text[1:-1]


def without_marks(text: str) -> str:
    """A heading without marks and numbers around it and without notes on units and on how to fill it in."""
    bare = _without_enclosing(_TRAILING_MARKS.sub("", _LEADING_MARKS.sub("", text)))
    plain = _BRACKETS.sub(lambda note: "" if unit_in(note[1]) or _is_form_note(note[1]) else note[0], bare)
    return _TRAILING_MARKS.sub("", _LEADING_MARKS.sub("", plain))


@lru_cache(maxsize=1)
def _unit_words() -> tuple[str, ...]:
    """All words of units: asked for together, since most texts of a sheet end in none of hundreds."""
    return tuple(_units())


def heading_readings(text: str) -> list[tuple[str, Unit | None]]:
    """Readings of a heading, nearest first: as written, without marks, without notes in brackets; and its unit.

    Of notes in brackets only units and notes on how to fill in are taken off: any other may make another figure of it.

    Args:
        text: heading in comparable form (`normalise_heading`).
    """
    bare = _without_enclosing(_TRAILING_MARKS.sub("", _LEADING_MARKS.sub("", text)))
    notes = _BRACKETS.findall(bare)
    unit = next((found for note in reversed(notes) if (found := unit_in(note))), None)
    readings = [text]
    readings.append(bare)
    plain = without_marks(text)
    readings.append(plain)
    units: dict[str, Unit | None] = dict.fromkeys(readings, unit)
    if unit is None and plain.endswith(_unit_words()):
        word = next((w for w in _units() if plain.endswith(w) and len(plain) > len(w) + 2), "")
        if word and (_units()[word].kind != "count" or word in _COUNTED):
            units.setdefault(plain.removesuffix(word).rstrip("/,:_-"), _units()[word])
    for reading in list(units):
        if reading.endswith("人数"):
            units.setdefault(reading.removesuffix("人数") + "数", units[reading])
        if reading.endswith(("合计", "总计")):
            units.setdefault(reading[:-2], units[reading])
        if reading.endswith("总数"):
            units.setdefault(reading.removesuffix("总数") + "数", units[reading])
    return [(reading, own) for reading, own in units.items() if reading]


@lru_cache(_REMEMBERED, typed=True)
def total_word(value: object) -> str:
    """The word by which a text names a total (合计 in “云台镇合计”, 本页 in “本页小计”); '' if it names none."""
    text = compact(value)
    words = load_words()
    if not text or len(text) > 24:
        return ""
    for word in words.total_starts:
        if text.startswith(word):
            return word
    for word in (*words.totals, *words.means):
        if text.removesuffix("数").endswith(word) or text.endswith(word):
            return word
    return "合计" if text in ("计", "共", "总") else ""


@lru_cache(_REMEMBERED, typed=True)
def is_total_word(value: object) -> bool:
    """True for a text that is nothing but the word of a total: 小计, （合计）, 本页小计, 总人数："""
    text = compact(value).strip("()[]【】:：")
    words = load_words()
    alone = {*words.totals, *words.means, "计", "共", "总", *(f"本页{word}" for word in words.totals)}
    return text in alone or text.removesuffix("人数") in alone


def is_grand_total(word: str) -> bool:
    """True for a word of a total that stands for all rows, or for those since the last one."""
    return word in load_words().grand_totals


@lru_cache(_REMEMBERED, typed=True)
def is_example(value: object, *, is_code: bool = False, is_mark: bool = False) -> bool:
    """True for a text that marks its row as an example: 示例：…, （例）, ××小学.

    Args:
        value: the cell.
        is_mark: only a word for an example counts, not a sign in place of a name.
        is_code: the cell is in the column of codes, where a word before digits is a mark too (示例2150000001).
    """
    text = compact(value)
    words = load_words()
    if not is_mark and any(sign in text for sign in words.placeholders):
        return True
    if (is_code or is_mark) and any(len(word) > 1 and word in text for word in words.examples):
        return True
    bare = text.strip("()[]【】<>《》:：*-")
    after = r"[:：)）\]】\d]" if is_code else r"[:：)）\]】]"
    return any(bare == word or re.match(rf"{re.escape(word)}{after}", bare) for word in words.examples)
