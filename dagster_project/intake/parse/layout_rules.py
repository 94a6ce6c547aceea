"""What a layout may say of the feeds: each clause must fit the column that it fills."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dagster_project.core.declarations import ClauseFault, nearest
from dagster_project.intake.feeds import Column, Feed, load_feeds, normalise_heading
from dagster_project.intake.parse.cells import convert_column
from dagster_project.intake.parse.layout_values import converter_of
from dagster_project.intake.parse.layouts import (
    COMPUTED,
    GROUPED,
    Condition,
    Layout,
    LayoutFeed,
    Reading,
    Source,
)
from dagster_project.intake.parse.persons import kind_of_heading

_OF_NUMBERS = ("blank", "decimal", "marks")


def faults_of(layout: Layout) -> Iterator[ClauseFault]:
    """Path and text of each fault."""
    feeds = load_feeds()
    for name in ("code_pattern", "district_pattern"):
        try:
            re.compile(getattr(layout, name))
        except re.error as error:
            yield (name,), f"不是有效的正则表达式（{error}）"
            return
    if layout.roster and layout.school_year:
        yield ("school_year",), "名册不能同时写 school_year，请删去；表里有几个学年的，用 where 只取一个学年"
    if layout.roster and layout.roster.row_of and layout.roster.row_of not in layout.feeds:
        yield ("roster", "row_of"), f"row_of 只能写 feeds 里的一类：{'、'.join(layout.feeds)}"
    yield from _faults_of_conditions(layout, layout.where, ("where",))
    for code, i, part in layout.parts():
        at = ("feeds", code, i)
        if code not in feeds:
            yield ("feeds", code), f"没有“{code}”这类报表；{nearest(code, feeds)}"
            continue
        yield from _faults_of_part(layout, feeds[code], part, at)
        yield from _faults_of_conditions(layout, part.where, (*at, "where"))
    known = [(feeds[c], part) for c, _, part in layout.parts() if c in feeds]
    columns = [(feed.column(n), s) for feed, part in known for n, s in part.columns.items() if _has(feed, n)]
    if "district_pattern" in layout.model_fields_set and all(
        c.type != "district" or s.constant for c, s in columns
    ):
        yield ("district_pattern",), "没有一列是区县代码，这一项不起作用，请删去"
    yield from _idle_readings(layout, columns, ())


def _has(feed: Feed, name: str) -> bool:
    return any(c.name == name for c in feed.columns)


def _idle_readings(
    reading: Reading, columns: list[tuple[Column, Source]], at: tuple[str | int, ...]
) -> Iterator[ClauseFault]:
    """Clauses about cells that no column of this part is read by."""
    has_cells = any(s.headings for _, s in columns)
    has_numbers = any(c.is_number and s.headings for c, s in columns)
    for name in Reading.model_fields:
        if name in reading.model_fields_set and not (has_numbers if name in _OF_NUMBERS else has_cells):
            yield (*at, name), "没有一列数字从表里读，这一项不起作用，请删去"


def _faults_of_part(
    layout: Layout, feed: Feed, part: LayoutFeed, at: tuple[str | int, ...]
) -> Iterator[ClauseFault]:
    names = [c.name for c in feed.columns]
    for name in part.columns:
        if name not in names:
            yield (*at, "columns", name), f"“{feed.name_zh}”没有“{name}”这一列；{nearest(name, names)}"
    if any(name not in names for name in part.columns):
        return
    if lacking := [n for n in feed.key_columns if n not in part.columns]:
        words = "、".join(f"{n}（{feed.column(n).heading_zh}）" for n in lacking)
        yield (*at, "columns"), f"“{feed.name_zh}”缺少必需的列 {words}；每行都一样的请写 {{constant: 值}}"
    for group in feed.one_of:
        if not any(n in part.columns for n in group):
            yield (*at, "columns"), f"“{feed.name_zh}”至少要有一列：{'、'.join(group)}；否则这些行用不上"
    if not set(part.columns) - {*feed.grain, "school_name"} and len(names) > len(feed.grain) + 1:
        yield (*at, "columns"), f"“{feed.name_zh}”除学校和分类之外没有一列数据，这些行用不上；请补一列"
    if faults := list(_faults_of_roster(layout, feed, part, at)):
        yield from faults
        return
    if faults := list(_faults_of_repeat(part, at)):
        yield from faults
        return
    yield from _idle_readings(part, [(feed.column(n), s) for n, s in part.columns.items()], at)
    for sources in part.groups():
        found = [f for n, s in sources.items() for f in _faults_of_source(layout, part, feed.column(n), s)]
        if found:
            yield from (((*at, "columns", *path), text) for path, text in found)
            return


def _faults_of_repeat(part: LayoutFeed, at: tuple[str | int, ...]) -> Iterator[ClauseFault]:
    used = {name for source in part.columns.values() for name in source.placeholders}
    for name, source in part.columns.items():
        for word in sorted(source.placeholders):
            if not part.repeat:
                yield (*at, "columns", name), f"写了 {{{word}}}，但没有 repeat 给它值"
            elif any(word not in group for group in part.repeat):
                yield (*at, "columns", name), f"写了 {{{word}}}，但 repeat 不是每一组都有 {word}"
    for i, group in enumerate(part.repeat):
        for word in group:
            if word not in used:
                yield (*at, "repeat", i), f"{word} 没有用到：columns 里没有 {{{word}}}"


def _faults_of_roster(
    layout: Layout, feed: Feed, part: LayoutFeed, at: tuple[str | int, ...]
) -> Iterator[ClauseFault]:
    """What a roster may not say, and what only a roster may say."""
    for name, source in part.columns.items():
        place = (*at, "columns", name)
        for heading in source.headings:
            yield from ((place, text) for text in _personal(layout, heading))
        yield from _faults_of_conditions(layout, source.where, (*place, "where"))
        grouped = [clause for clause in GROUPED if getattr(source, clause) is not None]
        if layout.roster is None:
            if grouped:
                yield (
                    (*place, grouped[0]),
                    f"{grouped[0]} 只用于名册；一人一行或一班一行的表请在布局里写 roster: {{row: 教师}}",
                )
            continue
        zh = f"“{feed.column(name).heading_zh}”"
        if name in feed.grain:
            if not (source.column or source.joined or source.constant is not None or source.register_name):
                yield place, f"名册按{zh}等列分组，{zh}只能写 column、joined、constant 或 register_name"
            if source.default is not None:
                yield (
                    (*place, "default"),
                    "名册里不能用 default：没有写明的词逐行列出，不计入任何一组；请删去",
                )
        elif not grouped and source.constant is None:
            words = "、".join(feed.column(n).heading_zh for n in feed.grain)
            yield place, f"名册按{words}汇总，{zh}不能逐行取值；请写 count、total 或 constant"
    if layout.roster is None:
        return
    if part.repeat:
        yield (*at, "repeat"), "名册不能用 repeat，请删去；几种行请在这类报表下写成列表"
    if not any(getattr(s, clause) is not None for s in part.columns.values() for clause in GROUPED):
        yield (*at, "columns"), f"名册的“{feed.name_zh}”没有一列 count 或 total，得不出人数"


def _faults_of_conditions(
    layout: Layout, conditions: Iterable[Condition], at: tuple[str | int, ...]
) -> Iterator[ClauseFault]:
    for i, condition in enumerate(conditions):
        yield from (((*at, i, "column"), text) for text in _personal(layout, condition.column))


def _personal(layout: Layout, heading: str) -> Iterator[str]:
    """What is wrong with reading a column of names or numbers of persons."""
    if layout.roster and heading == layout.roster.number:
        yield f"“{heading}”是 roster.number，只用来认人，不能读作别的列"
    elif kind_of_heading(normalise_heading(heading.split(">")[-1])) in ("number", "name"):
        yield f"“{heading}”是个人信息，不能读入；只能写在 recognised_by 里认表，证件号可以写在 roster 的 number 里认人"


def _faults_of_source(
    layout: Layout, part: LayoutFeed, column: Column, source: Source
) -> Iterator[ClauseFault]:
    zh = f"“{column.heading_zh}”"
    given = source.model_fields_set
    if not column.is_number:
        for name in (*COMPUTED, *GROUPED, "scale", *_OF_NUMBERS):
            if name in given:
                yield (column.name, name), f"{zh}不是数字，不能用 {name}，请删去"
    else:
        for name in ("joined", "prefixes"):
            if name in given:
                yield (column.name, name), f"{zh}是数字，不能用 {name}"
    if source.register_name and column.name != "school_code":
        yield (column.name, "register_name"), f"register_name 只用于 school_code，{zh}请写 column"
    convert = converter_of(source.within(part.within(layout)), column, layout)
    words: list[tuple[tuple[str | int, ...], Any]] = [
        *((("values", str(k)), v) for k, v in source.values.items()),
        *((("prefixes", k), v) for k, v in source.prefixes.items()),
    ]
    if source.constant is not None:
        words.append((("constant",), source.constant))
    if source.default is not None:
        words.append((("default",), source.default))
    for path, word in words:
        if word == "" and path[0] != "constant":
            continue
        result = convert_column([word], column, converter=convert)
        for _, fault in result.faults.values():
            yield (column.name, *path), f"“{word}”不能填在{zh}里：{fault.wanted_zh}"
        if word == "":
            yield (column.name, *path), f"{zh}的 constant 是空的；没有数据的列请整个删去"
