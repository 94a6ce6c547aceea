"""What a sheet's title or name says of its figures: a part, a plan, a specimen; or the whole, as the feed itself.

Words of `sheet_words.yml` name plans, specimens and the usual parts. Beyond any list, a word before a noun of the
feed (缺编教师, 特岗教师, 毕业班学生) that is neither a place nor one of the feed's own words makes a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from dagster_project.intake.feeds import Feed, normalise_heading
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.findings import Problem, problem
from dagster_project.intake.parse.body import Row, values_in
from dagster_project.intake.parse.cells import clean_text, is_blank
from dagster_project.intake.parse.groups import part_named
from dagster_project.intake.parse.headings import Heading
from dagster_project.intake.parse.parsed import ParsedSheet
from dagster_project.intake.parse.rows import is_code
from dagster_project.intake.parse.sheet_words import load_words, without_marks
from dagster_project.intake.parse.years import with_digits

#: Longer lines are instructions.
_LONGEST_TITLE = 40
_LONGEST_SECTION = 16
_ROWS_NAMED = 8
#: Longer lines that end like no title aren't read as one.
_LONGEST_MARK = 12
_BRACKETS = re.compile(r"[(\[【〔](?P<inside>[^()\[\]【】〔〕]*)[)\]】〕]")
_KNOWN, _NOUN = "·", "●"
_JOINED = "[、及和与含]"
_COHORT = re.compile(r"20\d\d[级届]")

#: What a title may say: the cases of rule NARROWED_HEADING.
Kind = Literal["title", "plan", "specimen"]


def narrowed_title(
    grid: Grid,
    feed: Feed,
    heading: Heading,
    lines: Iterable[Sequence[object]],
    names: Iterable[str],
    *,
    is_assumed: bool = False,
) -> Problem | None:
    """Finding about a title or a sheet's name by which the figures aren't what the feed counts; None if there is none.

    Args:
        grid: the cells of the table.
        feed: the feed.
        heading: its heading.
        lines: the rows above it.
        names: names of the schools in its rows; in a title they name no part.
        is_assumed: the feed's own word for the figures isn't there; then every word of a title must be known.
    """
    schools = "".join(normalise_heading(name) for name in names)
    for text in _titles(grid, lines):
        kind = _kind_of_title(text, feed, heading, schools)
        if (
            kind is None
            and is_assumed
            and text != grid.sheet
            and _unknown_words(text, feed, heading, schools)
        ):
            kind = "title"
        if kind is None:
            continue
        number = grid.first_row + heading.last
        place: dict[str, Any] = {"sheet": grid.sheet, "feed": feed.feed, "row_number": number}
        place |= {"cell": f"A{number}", "group": text, "value": text}
        if kind == "title":
            return problem("NARROWED_HEADING", "title", **place)
        return problem("NARROWED_HEADING", "plan" if kind == "plan" else "specimen", **place)
    return None


def without_parts_below(
    sheet: ParsedSheet, grid: Grid, feed: Feed, names: Mapping[str, int], body: list[Row]
) -> list[Row]:
    """Rows of a table without those under a line that names a part (其中：寄宿生), up to the next line of a section.

    The rows are a part of those above only where they begin with a school and key that stand above already, or where
    nothing stands above.

    Args:
        sheet: gets a warning that lists the rows left out.
        grid: the cells of the table.
        feed: the feed.
        names: column index by feed column name.
        body: rows below its heading.
    """
    keys = [names[n] for n in feed.grain if n in names]
    others = {cell for cell in values_in(body, keys[0]) if not is_code(cell)}
    if not others or not any(
        len(row) <= keys[0] or (row[keys[0]] in others and part_named(_section(row) or "")) for _, row in body
    ):
        return body
    seen: set[tuple[str, ...]] = set()
    said, part = "", ""
    kept: list[Row] = []
    left_out: dict[str, list[int]] = {}
    for number, row in body:
        code = row[keys[0]] if keys[0] < len(row) else ""
        if is_code(code):
            key = tuple(clean_text(row[j]) if j < len(row) else "" for j in keys)
            part, said = (said if said and (key in seen or not seen) else part), ""
            if part:
                left_out.setdefault(part, []).append(number)
                continue
            seen.add(key)
        elif (text := _section(row)) is not None:
            named = part_named(text) and not _speaks_of_other(normalise_heading(text))
            said, part = (text, part) if named else ("", "")
        if not part:
            kept.append((number, row))
    for text, numbers in left_out.items():
        sheet.problems.append(
            problem(
                "PART_ROWS",
                sheet=grid.sheet,
                feed=feed.feed,
                cell=grid.address(keys[0], numbers[0]),
                group=text,
                rows="、".join(map(str, numbers[:_ROWS_NAMED])),
                count=len(numbers),
            )
        )
    return kept


def part_below(grid: Grid, feed: Feed, found: Problem, body: Sequence[Row]) -> Problem:
    """Warning that a table below one of the whole was not read, by what its title says.

    Args:
        grid: the cells of the table.
        feed: the feed.
        found: finding about the title.
        body: rows below the heading.
    """
    numbers = [number for number, row in body if not all(is_blank(c) for c in row)]
    return problem(
        "PART_ROWS",
        sheet=grid.sheet,
        feed=feed.feed,
        cell=found.cell,
        group=found.value,
        rows="、".join(map(str, numbers[:_ROWS_NAMED])),
        count=len(numbers),
    )


def _section(row: Sequence[object]) -> str | None:
    """Text of a row that is the title of a section: one short text, no note and no sentence; None for other rows."""
    filled = [c for c in row if not is_blank(c)]
    if len(filled) != 1 or not isinstance(filled[0], str):
        return None
    text = clean_text(filled[0])
    is_note = text.startswith(load_words().notes) or re.search("[，。；]", text)
    return None if is_note or len(text) > _LONGEST_SECTION else text


def _titles(grid: Grid, lines: Iterable[Sequence[object]]) -> Iterator[str]:
    """The sheet's name and the titles above a table."""
    words = load_words()
    yield grid.sheet
    for row in lines:
        if any(is_code(c) for c in row):
            continue
        for text in (clean_text(c) for c in row if isinstance(c, str)):
            bare = _BRACKETS.sub("", normalise_heading(text))
            is_title = bare.endswith(words.table_nouns) or bare in words.parts
            is_mark = len(text) <= _LONGEST_MARK and (
                not re.search("[:：，。；]", text) or text.startswith("其中")
            )
            if text and (is_title or is_mark) and len(bare) <= _LONGEST_TITLE:
                yield text


def _kind_of_title(text: str, feed: Feed, heading: Heading, schools: str) -> Kind | None:
    words = load_words()
    whole = normalise_heading(text)
    if whole.endswith(words.offices):
        return None
    for said in words.no_plans:
        whole = whole.replace(said, "")
    if not _speaks_of_other(whole) and any(_has_word(word, whole) for word in words.specimens):
        return "specimen"
    if feed.is_ledger:
        return None
    own = _own_words(feed, heading)
    outside = without_marks(_BRACKETS.sub("", whole))
    inside = [m["inside"] for m in _BRACKETS.finditer(whole) if not _speaks_of_other(m["inside"])]
    is_plan = any(word in own[0] for word in words.plans)
    for said in (outside, *inside):
        if _speaks_of_other(said):
            continue
        if not is_plan and any(w in said and not any(w in o for o in own) for w in words.plans):
            return "plan"
        part = part_named(said, in_group=False)
        if part and not re.search(f"{_JOINED}{part}", said) and not any(part in o for o in own):
            return "title"
    is_by_grade = "grade" in feed.grain
    if not is_by_grade and (_COHORT.search(outside) or re.search(_one_grade(), outside)):
        return "title"
    return "title" if _unknown_part(outside, own, schools, by_class=is_by_grade) else None


def _own_words(feed: Feed, heading: Heading) -> list[str]:
    """The feed's name and the headings of its columns in a sheet."""
    return [
        normalise_heading(feed.name_zh),
        *(h for name in heading.names for h in feed.column(name).headings()),
    ]


def _unknown_words(text: str, feed: Feed, heading: Heading, schools: str) -> list[str]:
    """Words of a title that no list knows: 课后服务 of 课后服务情况."""
    own = _own_words(feed, heading)
    whole = without_marks(_BRACKETS.sub("", normalise_heading(text)))
    if whole.endswith(load_words().offices) or _speaks_of_other(whole):
        return []
    found = re.findall(rf"[^\W\d_{_KNOWN}{_NOUN}]+", _in_known_words(whole, own, by_class=False))
    return [
        word for word in found if not _is_known(word, own, schools) and not re.fullmatch(f"{_JOINED}+", word)
    ]


def _is_known(word: str, own: Sequence[str], schools: str) -> bool:
    return word in schools or word.endswith(load_words().short_names) or any(word in o for o in own)


def _has_word(word: str, text: str) -> bool:
    """True if a text has a word: in Latin letters as a whole (draft, not draftsman), else outside a place's name."""
    if word.isascii():
        return re.search(rf"(?<![a-z]){word}(?![a-z])", text) is not None
    return word in text and re.search(f"{word}(?!{'|'.join(load_words().places)})", text) is not None


def _speaks_of_other(text: str) -> bool:
    return any(word in text for word in load_words().elsewhere)


@lru_cache(maxsize=1)
def _one_grade() -> str:
    return rf"(?:{load_words().grades})(?!额|化|数|规模)"


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    """What names a place, an office or a school, from the beginning of a title on."""
    return re.compile(f"^.*(?:{'|'.join(load_words().places)})")


def _unknown_part(title: str, own: Sequence[str], schools: str, *, by_class: bool) -> str:
    """The word that makes a part of what the feed counts: 缺编 of 缺编教师; '' if there is none.

    Args:
        title: a title without marks and notes in brackets.
        own: the feed's name and the headings of its columns in this sheet.
        schools: names of the schools in the sheet.
        by_class: each row is a class, and a class has any name.
    """
    text = _in_known_words(title, own, by_class=by_class)
    for found in re.finditer(rf"({_JOINED}?)([^\W\d_{_KNOWN}{_NOUN}]+){_KNOWN}*{_NOUN}({_JOINED}?)", text):
        before, part, after = found.groups()
        if not before and not after and not _is_known(part, own, schools):
            return part
    return ""


def _in_known_words(title: str, own: Sequence[str], *, by_class: bool) -> str:
    """A title with a mark in the place of each word that is known, and another for what the feed counts."""
    words = load_words()
    dated = re.sub(r"(?<=[\d年月日])[至到](?=\d)", "", with_digits(title))
    text = re.sub(r"(?:[\d〇二三四五六七八九十第a-z]|一(?!览))+", _KNOWN, _places().sub("", dated))
    nouns = [n for n in words.counted_nouns if not (by_class and n.startswith("班"))]
    stems = [re.sub(r"\(.*\)|(?:人)?数\Z", "", o) for o in own]
    known = {w: _KNOWN for w in (*words.neutral, *words.title_words, *words.table_nouns) if w not in nouns}
    known |= {w: _NOUN for w in (*nouns, *(s for s in (*own, *stems) if len(s) > 1))}
    for word in sorted(known, key=len, reverse=True):
        text = text.replace(word, known[word])
    return text
