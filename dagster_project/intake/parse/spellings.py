"""Other spellings of choices, grades, numbers and codes whose meaning is certain.

The words are data (`spellings.yml`); what is here is how they combine: a code written beside its word (211 小学), a
stage before a grade (初中一年级), Chinese numerals.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from dagster_project.core.declarations import nearest, read_declaration
from dagster_project.intake.feeds import Column, load_feeds

SPELLINGS_FILE = Path(__file__).parent / "spellings.yml"

_DIGITS = {
    "〇": 0,
    "○": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_NUMERAL = "[〇○零一二两三四五六七八九十]"
_CODED_WORD = re.compile(
    r"(?:[(\[【]?(?P<before>\d{2,4})[)\]】]?[-—–_、.:|/]*(?P<word>\D+)"
    r"|(?P<word_first>\D+?)[-—–_、.:|/]*[(\[【]?(?P<after>\d{2,4})[)\]】]?)\Z"
)
#: The choice for a class of several grades, in columns of grades that offer it.
MULTIGRADE = "复式班"
_YEARS_OF_PRIMARY = 6
_YEARS_OF_SECONDARY = 3
#: Characters of scanned or PDF text that look like ordinary ones: radicals and compatibility forms.
_LOOK_ALIKE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


class _Spellings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, tuple[str, ...]]
    grade_stages: dict[str, int]
    multigrade: tuple[str, ...]

    @model_validator(mode="after")
    def _check_words(self) -> _Spellings:
        """Check that each word can be met in a cell and means one choice of a column.

        Raises:
            ValueError: a key is no choice of any feed, a word is written as no cell is compared, or a column has two
                choices that the word may mean.
        """
        columns = [c for feed in load_feeds().values() for c in feed.columns if c.choices]
        known = {choice for column in columns for choice in column.choices}
        for choice, words in self.words.items():
            if choice not in known:
                raise ValueError(f"words 里的“{choice}”不是任何表的可填词；{nearest(choice, known)}")
            for word in words:
                if word != folded(word):
                    raise ValueError(f"{choice} 下的“{word}”比对时不会遇到，应写成“{folded(word)}”")
        for column in columns:
            meant: dict[str, str] = {}
            for choice in (c for c in self.words if c in column.choices):
                for word in self.words[choice]:
                    if meant.setdefault(word, choice) != choice and word not in column.choices:
                        raise ValueError(
                            f"“{word}”同时写在“{meant[word]}”和“{choice}”下，{column.heading_zh}里会分不清，请只留一处"
                        )
        for word in (*self.grade_stages, *self.multigrade):
            if word != folded(word):
                raise ValueError(f"“{word}”比对时不会遇到，应写成“{folded(word)}”")
        return self


@lru_cache(maxsize=1)
def load_spellings() -> _Spellings:
    """The words of spellings.yml.

    Raises:
        UserError: the file is wrong; the message names the clause.
    """
    return read_declaration(SPELLINGS_FILE, _Spellings)


@lru_cache(maxsize=1)
def _choices_by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for choice, words in load_spellings().words.items():
        for word in words:
            found.setdefault(word, []).append(choice)
    return {word: tuple(choices) for word, choices in found.items()}


def folded(text: str) -> str:
    """Text in comparable form: one width, lower case, without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def plain_characters(text: str) -> str:
    """The text with radicals and compatibility forms (as PDF programs leave them) replaced by ordinary characters."""
    if text.isascii():
        return text
    return _LOOK_ALIKE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def has_marked_digits(text: str) -> bool:
    """True for text with a raised, lowered or circled digit or a fraction (²₂①½), which is no digit of a number."""
    return not text.isascii() and any(unicodedata.category(c) == "No" for c in text)


def arabic(numeral: str) -> int | None:
    """Number of a Chinese numeral up to 99 (十二, 二十), or of its digits (二〇二四); None for other text."""
    if not re.fullmatch(f"{_NUMERAL}+", numeral):
        return None
    if "十" not in numeral:
        return int("".join(str(_DIGITS[c]) for c in numeral))
    tens, _, ones = numeral.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def with_arabic_numerals(text: str) -> str:
    """The text with its Chinese numerals as digits: 二〇二四年三月三十一日 → 2024年3月31日."""
    return re.sub(
        f"{_NUMERAL}+", lambda found: str(n) if (n := arabic(found[0])) is not None else found[0], text
    )


def choice_of(text: str, column: Column) -> str | None:
    """Choice of a column that a text means, though it isn't spelled so; None if that isn't certain.

    Args:
        text: cleaned text of the cell.
        column: column of type choice.
    """
    if has_marked_digits(text):
        return None
    word = folded(text)
    found = _known_word(word, column)
    if found is None and "12" in column.choices:
        return _grade(word, column)  # digits are grades here, no codes
    if found is None and "小学" in column.choices and (stage := _stage_of_grade(word)):
        return stage if stage in column.choices else None
    if found is None and (coded := _CODED_WORD.fullmatch(word)):
        code = coded["before"] or coded["after"]
        spelled = _known_word(coded["word"] or coded["word_first"], column)
        # a code that is itself a choice (城乡分类代码) counts; then its word is no choice
        return spelled if spelled is not None else _known_word(code, column)
    return found


def _known_word(word: str, column: Column) -> str | None:
    if word in column.choices:
        return word
    if word in column.choice_aliases:
        return column.choice_aliases[word]
    meant = [choice for choice in _choices_by_word().get(word, ()) if choice in column.choices]
    return meant[0] if len(meant) == 1 else None


def _grade(word: str, column: Column) -> str | None:
    """Grade that a word means: 1年级, 小一, 初中二年级, 九年级; 复式班 for several at once."""
    spellings = load_spellings()
    if MULTIGRADE in column.choices and _is_multigrade(word, spellings):
        return MULTIGRADE
    stages = "|".join(sorted(spellings.grade_stages, key=len, reverse=True))
    word = re.sub(r"\.0+\Z", "", word)
    match = re.fullmatch(rf"({stages})?第?(\d{{1,2}}|十[一二]?|[一二三四五六七八九])(年级)?", word)
    if not match:
        return None
    number = int(match[2]) if match[2].isdecimal() else arabic(match[2])
    if number is None:
        return None
    if match[1]:
        first = spellings.grade_stages[match[1]]
        length = _YEARS_OF_PRIMARY if first == 0 else _YEARS_OF_SECONDARY
        # 初中七年级 counts from the first grade of school, 初中一年级 from the stage's own
        if number <= length:
            number += first
        elif not first < number <= first + length:
            return None
    return str(number) if str(number) in column.choices else None


def _stage_of_grade(word: str) -> str:
    """Stage of a grade that is written with it or counts from the first grade of school: 小学一年级, 七年级."""
    stages = "|".join(sorted(load_spellings().grade_stages, key=len, reverse=True))
    match = re.fullmatch(rf"({stages})?(\d|[一二三四五六七八九])年级", word)
    if match is None:
        return ""
    number = int(match[2]) if match[2].isdecimal() else arabic(match[2]) or 0
    first = load_spellings().grade_stages[match[1]] if match[1] else -1
    if first < 0:
        return "小学" if number <= _YEARS_OF_PRIMARY else "初中"
    return {0: "小学", 6: "初中", 9: "高中"}[first]


def _is_multigrade(word: str, spellings: _Spellings) -> bool:
    if word.endswith(spellings.multigrade):
        return True
    number = rf"(?:\d|{_NUMERAL})"
    listed = re.fullmatch(rf"{number}(?:年级)?(?:[、,和与及+/~-]{number}(?:年级)?)+", word)
    return bool(listed or re.fullmatch(r"[一二三四五六七八九]{2,3}年级", word))
