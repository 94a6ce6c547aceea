"""What `raw_data/layouts/forms/*.yml` says of the forms of an era; `raw_data/layouts/forms/README.md` describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dagster_project.core.declarations import nearest, read_declaration
from dagster_project.intake.feeds import REGISTER, Feed, load_feeds
from dagster_project.intake.parse.cells import as_key, convert_column
from dagster_project.intake.parse.forms.labels import comparable


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


#: One label, or several of which the first that is there counts.
Labels = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def words_of(feed: Feed, texts: Mapping[str, str]) -> dict[str, Any]:
    """Words as a feed's columns hold them, by column."""
    held = {}
    for name, text in texts.items():
        column = feed.column(name)
        found = convert_column([text], column)
        if column.type == "text" and name in feed.grain:
            found = as_key(found, [text])
        held[name] = found.values[0]
    return held


class Place(_Declared):
    """Where a cell is: labels of its block, row and column in a form; what is left out is taken from the figure."""

    form: str = ""
    block: str = ""
    row: Labels = ()
    #: Heading path from the outermost heading, with slashes.
    column: Labels = ()


class Figure(Place):
    """A value of a feed column: a cell, or the sum of cells less others.

    Attributes:
        add: cells that are added; the place itself if there are none.
        subtract: cells that are subtracted.
        otherwise: what counts where a form, row or column of this figure isn't in the workbook.
        values: word of the form → word of the feed.
        first_characters: how many characters of a code count.
        pattern: regular expression whose group `value` is the part of a text that counts.
    """

    add: tuple[Place, ...] = ()
    subtract: tuple[Place, ...] = ()
    otherwise: Figure | None = None
    values: dict[str, str] = Field(default_factory=dict)
    first_characters: int | None = None
    pattern: str | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Figure:
        if self.subtract and not self.add:
            raise ValueError("写了 subtract 就要写 add：从哪些格里减去")
        if self.pattern is not None and "value" not in re.compile(self.pattern).groupindex:
            raise ValueError("pattern 里要有一组 (?P<value>…)")
        if (self.values or self.first_characters or self.pattern) and self.add:
            raise ValueError(
                "values、first_characters、pattern 只用于一格的文字，不用于 add 的合计；请删去其一"
            )
        for place in self.places:
            if not place.form or not place.row:
                raise ValueError("每个数都要写明 form 和 row，或在 add、subtract 的每一格里写明")
        if len({place.form for place in self.places}) > 1:
            raise ValueError("一个数的各格要在同一张表里；另一张表的写在 otherwise 里")
        return self

    @cached_property
    def places(self) -> list[Place]:
        """All cells with what they take from the figure, added ones first."""
        return [self._completed(place) for place in (*(self.add or (Place(),)), *self.subtract)]

    @cached_property
    def signs(self) -> list[int]:
        """The sign that each of the cells counts with."""
        return [1] * len(self.add or (None,)) + [-1] * len(self.subtract)

    def _completed(self, place: Place) -> Place:
        return Place(
            form=place.form or self.form,
            block=place.block or self.block,
            row=place.row or self.row,
            column=place.column or self.column,
        )


class Choice(_Declared):
    """A word that follows from other cells: the first case that holds, else `otherwise`."""

    class Case(Place):
        """Holds if the cell equals or contains a text."""

        equals: str | None = None
        contains: str | None = None
        word: str

        @cached_property
        def place(self) -> Place:
            """Its cell."""
            return Place(form=self.form, block=self.block, row=self.row, column=self.column)

    cases: tuple[Case, ...]
    otherwise: str


class FeedRow(_Declared):
    """One row of a feed from the forms of a school.

    Attributes:
        feed: its code.
        constants: feed column → word.
        stage: the row is there if the school's kind has this stage, or if a figure of the row isn't zero.
        columns: feed column → figure.
        choices: feed column → word that follows from other cells.
    """

    feed: str
    constants: dict[str, str] = Field(default_factory=dict)
    stage: str = ""
    columns: dict[str, Figure] = Field(default_factory=dict)
    choices: dict[str, Choice] = Field(default_factory=dict)

    @cached_property
    def forms_in_order(self) -> tuple[str, ...]:
        """The same in a fixed order."""
        return tuple(sorted(self.forms))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Names of its columns that hold numbers."""
        feed = load_feeds()[self.feed]
        return frozenset(n for n in (*self.columns, *self.choices) if feed.column(n).is_number)

    @cached_property
    def words(self) -> dict[str, Any]:
        """The constants as the feed's columns hold them."""
        return words_of(load_feeds()[self.feed], self.constants)

    @cached_property
    def forms(self) -> frozenset[str]:
        """Forms of its figures."""
        found: set[str] = set()
        figures = list(self.columns.values())
        while figures:
            figure = figures.pop()
            found.update(place.form for place in figure.places)
            if figure.otherwise:
                figures.append(figure.otherwise)
        return frozenset(found)


class Bands(_Declared):
    """Rows of class sizes from a form of bands: one per grade and band that has classes.

    Attributes:
        form: its key.
        stage: word of the feed.
        grades: heading path → word of the feed.
        without_grade: heading paths of classes that have no grade; they are reported if there are any.
    """

    form: str
    stage: str
    grades: dict[str, str]
    without_grade: tuple[str, ...] = ()


class Check(_Declared):
    """A relation between cells of the forms; where it doesn't hold there is a warning with both cells.

    Attributes:
        name_zh: what is compared, for the message.
        total: the whole.
        parts: their sum is compared with the whole.
        less: cells that are taken off that sum.
        relation: the parts make up the whole, or are at most as much.
        each_column: the check is made for each of these columns.
        some_parts: parts whose form isn't in the workbook count as zero; else nothing is compared without them.
    """

    name_zh: str
    total: Place
    parts: tuple[Place, ...]
    less: tuple[Place, ...] = ()
    relation: Literal["equal", "at_most"] = "equal"
    each_column: tuple[str, ...] = ()
    some_parts: bool = False

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Forms of its cells."""
        return tuple(dict.fromkeys(place.form for place in (self.total, *self.parts, *self.less)))

    @cached_property
    def compared(self) -> list[tuple[Place, list[tuple[int, Place]]]]:
        """The whole, and its parts with the sign that they count with, once for each column."""
        signed = [*((1, part) for part in self.parts), *((-1, part) for part in self.less)]
        return [
            (_in_column(self.total, column), [(sign, _in_column(part, column)) for sign, part in signed])
            for column in self.each_column or ("",)
        ]


def _in_column(place: Place, column: str) -> Place:
    return place.model_copy(update={"column": (column,)}) if column else place


class Form(_Declared):
    """One form, or one state of it where the same code had other headings.

    Attributes:
        code: as printed on the form.
        title: its title; distinguishes the states of one code.
        kind: `table` with labels and headings, or `cards` with values below their headings.
        blocks: row labels that open a block of rows which belong to them.
        is_needed: a feed reads it.
    """

    code: str
    title: str
    kind: Literal["table", "cards"] = "table"
    blocks: tuple[str, ...] = ()
    is_needed: bool = True


class ExplainedRule(_Declared):
    """A rule of returns that asks the same as a check of the forms.

    Attributes:
        rule_code: an experience rule.
        pattern: regular expression of the check's text, in one width and one line; group `value` is the figure in question.
    """

    rule_code: str
    pattern: str


class CheckResults(_Declared):
    """The sheet that lists failed checks with what the school wrote about them.

    Attributes:
        title: words of its title.
        reason: regular expression of the school's words, group `reason`.
        approved_by: who lets the explanation pass, as the list of explanations says it.
        explains: the rules whose warnings are explained so.
    """

    title: str
    reason: str
    approved_by: str
    explains: tuple[ExplainedRule, ...]

    @model_validator(mode="after")
    def _has_groups(self) -> CheckResults:
        if "reason" not in re.compile(self.reason).groupindex:
            raise ValueError("check_results 的 reason 里要有一组 (?P<reason>…)")
        for rule in self.explains:
            if "value" not in re.compile(rule.pattern).groupindex:
                raise ValueError(f"check_results 里 {rule.rule_code} 的 pattern 要有一组 (?P<value>…)")
        return self


class Era(_Declared):
    """All forms of one edition of the statistics.

    Attributes:
        code_pattern: regular expression of a form's code.
        valid_from, valid_to: first and last school year of the edition.
        school: where the code of the workbook's school is.
        no_figure: marks of cells that hold none.
        cover: words by which a cover is known.
        band: regular expression of a band, groups `low`, `high`, `up_to`, `from`.
        stages: kind of school as a feed's word → words of its stages.
    """

    era: str
    name_zh: str
    code_pattern: str
    valid_from: int
    valid_to: int | None = None
    forms: dict[str, Form]
    school: Figure
    kind: Figure
    no_figure: tuple[str, ...]
    cover: tuple[str, ...]
    band: str
    stages: dict[str, tuple[str, ...]]
    feeds: tuple[FeedRow, ...]
    class_bands: tuple[Bands, ...] = ()
    checks: tuple[Check, ...] = ()
    check_results: CheckResults

    @model_validator(mode="after")
    def _fits(self) -> Era:
        for name in self._named_forms():
            if name not in self.forms:
                raise ValueError(f"forms 里没有“{name}”这张表；{nearest(name, self.forms)}")
        for name, form in self.forms.items():
            if not self.code.fullmatch(form.code):
                raise ValueError(f"forms.{name} 的 code“{form.code}”不符合 code_pattern")
        unknown = set(re.compile(self.band).groupindex) ^ {"low", "high", "up_to", "from"}
        if unknown:
            raise ValueError(f"band 里要有 low、high、up_to、from 四组，请核对 {'、'.join(sorted(unknown))}")
        for row in self.feeds:
            self._check_row(row)
        kinds = load_feeds()[REGISTER].column("school_type")
        words = {**self.kind.values, **{kind: kind for kind in self.stages}}
        for said, word in words.items():
            if word not in kinds.choices:
                raise ValueError(
                    f"“{said}”写成了“{word}”，不是{kinds.heading_zh}；可以写：{'、'.join(kinds.choices)}"
                )
        used = set(self._named_forms())
        unused = sorted(name for name, form in self.forms.items() if form.is_needed and name not in used)
        if unused:
            raise ValueError(f"feeds 没有用到 {'、'.join(unused)}；确实不用的，请写 is_needed: false")
        return self

    def _check_row(self, row: FeedRow) -> None:
        feed = load_feeds().get(row.feed)
        if feed is None:
            raise ValueError(f"没有“{row.feed}”这类报表；{nearest(row.feed, load_feeds())}")
        named = [*row.constants, *row.columns, *row.choices]
        names = [c.name for c in feed.columns]
        unknown = set(named) - set(names)
        if unknown:
            raise ValueError(
                f"“{feed.name_zh}”没有 {'、'.join(sorted(unknown))} 这一列；{nearest(min(unknown), names)}"
            )
        for name, word in row.constants.items():
            if convert_column([word], feed.column(name)).values == [None]:
                raise ValueError(f"“{word}”不能填在“{feed.name_zh}”的 {name} 里")
        twice = sorted({n for n in named if named.count(n) > 1})
        if twice:
            raise ValueError(f"“{feed.name_zh}”的 {'、'.join(twice)} 写了两个来源，请只留一个")

    def _named_forms(self) -> Iterator[str]:
        figures = [self.school, self.kind]
        for row in self.feeds:
            figures += row.columns.values()
            for choice in row.choices.values():
                yield from (case.form for case in choice.cases)
        while figures:
            figure = figures.pop()
            yield from (place.form for place in figure.places)
            if figure.otherwise:
                figures.append(figure.otherwise)
        yield from (bands.form for bands in self.class_bands)
        for check in self.checks:
            yield from (place.form for place in (check.total, *check.parts, *check.less))

    @cached_property
    def code(self) -> re.Pattern[str]:
        """Pattern of a form's code."""
        return re.compile(self.code_pattern)

    @cached_property
    def titles(self) -> dict[str, list[str]]:
        """Keys of the forms by their comparable title."""
        found: dict[str, list[str]] = {}
        for key, form in self.forms.items():
            found.setdefault(comparable(form.title), []).append(key)
        return found

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """Keys of the forms by their code."""
        found: dict[str, list[str]] = {}
        for key, form in self.forms.items():
            found.setdefault(form.code, []).append(key)
        return found

    def is_in_force(self, school_year: int) -> bool:
        """True for the school years of the edition."""
        return self.valid_from <= school_year <= (self.valid_to or school_year)

    @cached_property
    def shapes(self) -> dict[Any, list[Any]]:
        """Memory of what the labels of a sheet say, for the next sheet with the same labels; kept by `shapes.py`."""
        return {}

    @cached_property
    def places(self) -> dict[Any, Any]:
        """Memory of where figures are in forms with the same labels; kept by `places.py`."""
        return {}

    @cached_property
    def numbers(self) -> dict[str, float | None]:
        """Memory of the numbers in texts; kept by `book.py`."""
        return {}

    @cached_property
    def conversions(self) -> dict[Any, Any]:
        """Memory of what texts mean in the columns of feeds; kept by `figures.py`."""
        return {}

    @cached_property
    def conclusions(self) -> dict[Any, Any]:
        """Memory of what follows from the labels of several forms; kept by `places.py`."""
        return {}

    def feed(self, code: str) -> Feed:
        """The feed of a code."""
        return load_feeds()[code]


def load_eras(*folders: Path) -> list[Era]:
    """The eras declared in the `forms` folders of some layout folders; of two of one name the last counts.

    Raises:
        UserError: a file is wrong; the message names the file, the line, the clause and what to write.
    """
    eras: dict[str, Era] = {}
    for folder in dict.fromkeys(f.resolve() for f in folders):
        for path in sorted((folder / "forms").glob("*.yml")):
            era = read_declaration(path, Era)
            eras[era.era] = era
    return list(eras.values())
