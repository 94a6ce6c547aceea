"""A list of 100,000 persons is searched for headings by cheap questions; no text that is a heading is lost by them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.core.privacy import identity_numbers, is_identity_number
from dagster_project.intake.feeds import OF_OTHER_FORM, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse import persons
from dagster_project.intake.parse.headings import identity_headings, known_reading
from dagster_project.intake.parse.person_rows import character_of_any
from dagster_project.intake.parse.persons import kind_of_heading, person_headings

WORDS = ("身份证件号", "姓名", "性别", "联系电话", "任课教师", "学籍号", "监护人1姓名", "出生日期")
NO_WORDS = ("语文", "示例甲", "2", "三年级", "")


def worn(text: str) -> Iterator[str]:
    """A heading as people write it."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    yield from (text, wide, f"＊{text}", f"{text}：", f"（{text}）", f"⑴{text}", f"1.{text}", f"《{text}》")
    yield from (" ".join(text), text.replace("学", "學"), text.replace("码", "碼"), text.replace("区", "區"))
    yield from (
        f"{text}（必填）",
        f"{text}(10位)",
        f"{text[:2]}\n{text[2:]}",
        f"{text[:2]}_x000D_\n{text[2:]}",
    )
    yield from (f"*{text}*（请勿改动）", f"{text}合计", f"{text}\u200b", text.replace("代", "\u2f25"))


@pytest.mark.parametrize("heading", sorted(identity_headings()))
def test_whatever_is_read_as_a_heading_of_codes_has_one_of_the_characters(heading: str) -> None:
    identities = identity_headings()
    asked = character_of_any(identities)
    read = [t for t in worn(heading) if known_reading(normalise_heading(t)) in identities]
    assert len(read) >= 8
    assert [text for text in read if asked.search(text) is None] == []


def test_names_are_not_asked_any_further() -> None:
    assert character_of_any(identity_headings()).search("示例甲") is None


@given(st.data(), st.sampled_from(sorted(persons._patterns())))
def test_whatever_fits_an_expression_for_persons_has_one_of_its_characters(
    data: st.DataObject, kind: str
) -> None:
    text = data.draw(st.from_regex(persons._patterns()[kind].pattern))
    assert persons._character_of_headings().search(text)


@given(st.text(st.characters(exclude_categories=[]), max_size=12))
def test_only_a_character_of_other_form_becomes_another_than_its_small_letter(text: str) -> None:
    kept = re.sub(rf"[{OF_OTHER_FORM}\s*:]|_x000D_", "", text)
    assert normalise_heading(kept) == kept.lower()


@given(st.lists(st.sampled_from([w for word in WORDS for w in worn(word)] + list(NO_WORDS)), max_size=5))
def test_a_row_is_a_heading_of_persons_as_its_words_one_by_one_say(row: list[str]) -> None:
    kinds = {kind for cell in row if (kind := kind_of_heading(normalise_heading(cell)))}
    is_heading = bool(kinds & {"number", "name"}) or len(kinds & {"person", "fact", "phone"}) >= 2
    several = sum(bool(cell) for cell in row) >= 2
    found = person_headings(Grid("教师", [["甲", *NO_WORDS], row, row]))
    assert [heading.row for heading in found] == ([1, 2] if is_heading and several else [])


def test_an_identity_number_is_one_however_it_is_found() -> None:
    """18 digits at random, some with a date, some with the right check digit."""
    chance = random.Random(1)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    for _ in range(2000):
        date = chance.choice(
            ("19870512", "20011231", "20011301", "18990101", f"{chance.randrange(10**8):08d}")
        )
        digits = f"{chance.randrange(10**6):06d}{date}{chance.randrange(1000):03d}"
        right = "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]
        number = digits + chance.choice((right, "0", "x"))
        assert is_identity_number(number) == any(identity_numbers(number))
