"""`junheng layout`: a layout proposed for an unknown table, which a person finishes.

Headings and values are compared with those of the feeds by likeness of words (difflib) and by kind and range of values;
nothing is asked of a network. What was only guessed is marked in the file.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.core.commands import refuse_existing, say
from dagster_project.core.errors import UsageError, UserError

if TYPE_CHECKING:
    from dagster_project.intake.feeds import Column, Feed
    from dagster_project.intake.files.grid import Grid

#: Feeds whose rows other systems are likely to hold, in the order of the proposal.
_FEEDS = ("schools", "enrolment", "staffing", "class_sizes", "floor_area", "compulsory_inputs")
#: Constants for columns that the table does not seem to have.
_ASSUMED = {
    "stage": "小学",
    "school_type": "小学",
    "ownership": "公办",
    "district_code": "000000",
    "class_name": "全年级",
}
_HEADING_ROWS = 30
_LOOKED_AT = 2000
#: Traditional characters of headings, as the feeds write them.
_SIMPLIFIED = str.maketrans(
    "學級數縣區專師號稱類別經緯圖書電腦積鄉鎮機構總額實驗體藝職",
    "学级数县区专师号称类别经纬图书电脑积乡镇机构总额实验体艺职",
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\Z")
_OPEN = "# 待定："


def command(
    file: Annotated[Path, typer.Argument(help="别的系统导出的表")],
    out: Annotated[Path | None, typer.Option("--out", help="布局写到哪里；默认只显示")] = None,
) -> None:
    """为别的系统的表拟一份布局：找出表头，猜各列的来源，没有把握的标“待定”，由您改定。"""
    refuse_existing(out)
    text = propose(file)
    if out is None:
        say(text)
        return
    out.write_text(text, encoding="utf-8")
    say(f"布局已写到 {out}；请改定“待定”各处，放入原始数据目录的 layouts/，再用 junheng check 核对。")


def propose(path: Path) -> str:
    """Text of a layout that loads, for the largest table of a file.

    Args:
        path: the file.

    Raises:
        UsageError: the file isn't there.
        UserError: it can't be read, or no heading was found.
    """
    from dagster_project.intake.files.dispatch import read_grids
    from dagster_project.intake.findings import RejectedFile
    from dagster_project.intake.parse.persons import has_identity_numbers, person_heading
    from dagster_project.intake.raw_folder import read_bytes

    if not path.exists():
        raise UsageError(f"没有找到文件 {path}。")
    try:
        grids = list(read_grids(read_bytes(path.resolve()), path.suffix.lower()))
    except RejectedFile as error:
        raise UserError(f"{path}：{error.message_zh}") from error
    grid = max(grids, key=lambda g: sum(map(len, g.rows)), default=None)
    if any(person_heading(g) or has_identity_numbers(g) for g in grids):
        raise UserError(
            f"{path} 里有一人一行的名册（姓名、身份证号等列），不替它拟布局，以免把个人信息写进文件；"
            "请照 raw_data/layouts/teacher_roster.yml 或 pupil_roster.yml 写一个带 roster 的布局。"
        )
    heading = _heading_row(grid) if grid is not None else None
    if grid is None or heading is None:
        raise UserError(f"{path} 里没有找到一行表头和它下面的数据，请核对文件。")
    return _Proposal(path, grid, heading).text()


def _heading_row(grid: Grid) -> int | None:
    """Index of the row with the most distinct words above rows as wide; None if there is none."""
    best: tuple[int, int] | None = None
    for i, row in enumerate(grid.rows[:_HEADING_ROWS]):
        words = {
            str(c).strip() for c in row if isinstance(c, str) and c.strip() and not _NUMBER.match(c.strip())
        }
        below = [
            sum(1 for c in r if str(c if c is not None else "").strip()) for r in grid.rows[i + 1 : i + 6]
        ]
        if (
            len(words) >= 2
            and below
            and 2 * max(below) >= len(words)
            and (best is None or len(words) > best[0])
        ):
            best = len(words), i
    return best[1] if best else None


@dataclass(frozen=True)
class _Found:
    """A column of the table: its heading, and its filled cells as texts."""

    heading: str
    texts: tuple[str, ...]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.texts)

    @cached_property
    def share_of_numbers(self) -> float:
        return sum(1 for t in self.texts if _NUMBER.match(t)) / max(len(self.texts), 1)

    @property
    def is_mostly_numbers(self) -> bool:
        return 5 * self.share_of_numbers >= 3

    @cached_property
    def share_of_distinct(self) -> float:
        return len(self.counts) / max(len(self.texts), 1)


@dataclass
class _Proposal:
    """The proposal for one table."""

    path: Path
    grid: Grid
    heading: int
    used: set[str] = field(default_factory=set)
    district: _Found | None = None

    @cached_property
    def heading_rows(self) -> int:
        """2 if a row of codes of the columns stands below the heading (and a row of data below that), else 1."""
        from dagster_project.intake.parse.cells import clean_text

        rows = [[clean_text(c) for c in row] for row in self.grid.rows[self.heading + 1 : self.heading + 3]]
        if len(rows) < 2:
            return 1
        codes = [t for t in rows[0] if t]
        are_codes = all(re.fullmatch(r"[A-Za-z]\w*", t) for t in codes) and len(codes) == len(set(codes))
        return 2 if len(codes) >= 2 and are_codes and any(_NUMBER.match(t) for t in rows[1]) else 1

    @cached_property
    def columns(self) -> list[_Found]:
        """Columns whose heading stands once, in order."""
        from dagster_project.intake.parse.cells import clean_text

        head = [clean_text(c) for c in self.grid.rows[self.heading]]
        once = {h for h, n in Counter(head).items() if n == 1 and h and ">" not in h}
        first = self.heading + self.heading_rows
        rows = self.grid.rows[first : first + _LOOKED_AT]
        return [
            _Found(h, tuple(t for r in rows if j < len(r) and (t := clean_text(r[j]))))
            for j, h in enumerate(head)
            if h in once
        ]

    def text(self) -> str:
        """The layout as YAML."""
        from dagster_project.intake.feeds import REGISTER, load_feeds

        register = load_feeds()[REGISTER]
        year = next((f for f in self.columns if _is_year(f)), None)
        self._take(year)
        name = self._best(register.column("school_name"))
        self._take(name)
        code = self._best(register.column("school_code")) or self._identity()
        self._take(code)
        groups = self._groups(load_feeds()["class_sizes"])
        feeds = [list(self._feed(load_feeds()[feed], code, name, groups)) for feed in _FEEDS]
        first = [f.heading for f in (year, code, name) if f]
        others = [f.heading for f in self.columns if f.heading in self.used and f.heading not in first]
        recognised = [*first, *others][:6]
        lines = [
            f"# 由 junheng layout 为 {self.path.name} 拟出；标“待定”的是猜测，请核对后删去标记。",
            f"layout: {_short_name(self.path)}",
            f"name_zh: {_quoted(self.path.stem)}",
            f"recognised_by: [{', '.join(map(_quoted, recognised))}]",
            *([f"heading_rows: 2  {_OPEN}表头下面一行是字段代码吗"] if self.heading_rows == 2 else []),
            f"code_pattern: {json.dumps(_pattern(code.texts))}  {_OPEN}学校代码的样子",
            *self._district_pattern(),
            *self._readings(year),
            "feeds:",
            *(line for lines in feeds for line in lines),
        ]
        if unused := [f.heading for f in self.columns if f.heading not in self.used]:
            lines.append(f"# 没有用到的列：{'、'.join(unused)}")
        return "\n".join(lines) + "\n"

    def _take(self, found: _Found | None) -> None:
        if found:
            self.used.add(found.heading)

    def _district_pattern(self) -> Iterator[str]:
        if self.district:
            yield f"district_pattern: {json.dumps(_pattern(self.district.texts))}  {_OPEN}区县代码的样子"

    def _readings(self, year: _Found | None) -> Iterator[str]:
        if year:
            add = 0 if int(year.counts.most_common(1)[0][0][:4]) > 1900 else 1911
            yield f"school_year: {{column: {_quoted(year.heading)}, add: {add}}}  {_OPEN}学年写的是起始年份吗"
        numbers = [f for f in self.columns if f.heading in self.used and f.is_mostly_numbers]
        words = Counter(t for f in numbers for t in f.counts if not _NUMBER.match(t))
        if words:
            coded = ", ".join(_quoted(w) for w, _ in words.most_common(6))
            yield f"missing: [{coded}]  {_OPEN}这些是“没有数据”吗"
        if any("," in t for f in numbers for t in f.counts if _NUMBER.match(t)):
            mark = "," if any(re.search(r",\d{1,2}\Z", t) for f in numbers for t in f.counts) else "."
            yield f'decimal: "{mark}"  {_OPEN}小数点是哪一个'

    def _best(self, column: Column, words: Sequence[str] = ()) -> _Found | None:
        """The unused column that is most like a feed column; None if none is like it."""
        rated = [(_likeness(f, column, words), f) for f in self.columns if f.heading not in self.used]
        score, found = max(rated, key=lambda r: r[0], default=(0.0, None))
        wanted = 0.75 if column.type == "code" else 0.62
        return found if score >= wanted else None

    def _identity(self) -> _Found:
        """The column that tells rows apart best, where no heading says so."""
        with_digits = [f for f in self.columns if any(re.search(r"\d", t) for t in f.texts[:5])]
        free = [f for f in with_digits if f.heading not in self.used] or self.columns
        return max(free, key=lambda f: (round(f.share_of_distinct, 2), -self.columns.index(f)))

    def _feed(
        self, feed: Feed, code: _Found, name: _Found | None, groups: dict[str, tuple[str, list[int]]]
    ) -> Iterator[str]:
        repeat = groups if feed.feed == "class_sizes" else {}
        sources: dict[str, str] = {}
        for column in feed.columns:
            if column.name in ("school_code", "school_name", "class_name") or column.name in repeat:
                continue
            if feed.feed == "class_sizes":
                continue
            found = self._best(column, (feed.feed,) if column.name == "students" else ())
            if found:
                self._take(found)
                self.district = found if column.type == "district" else self.district
                sources[column.name] = self._source(column, found)
        figures = (set(sources) | set(repeat)) - set(feed.grain)
        if not feed.is_register and not figures:
            return
        yield f"  {feed.feed}:"
        yield "    columns:"
        yield f"      school_code: {_quoted(code.heading)}"
        if name and any(c.name == "school_name" for c in feed.columns):
            yield f"      school_name: {_quoted(name.heading)}"
        for column in feed.columns:
            if column.name in sources:
                yield f"      {column.name}: {sources[column.name]}"
            elif column.name in repeat:
                yield f"      {column.name}: {repeat[column.name][0]}"
            elif column.name in feed.key_columns and column.name != "school_code":
                yield f"      {column.name}: {{constant: {_quoted(_ASSUMED[column.name])}}}  {_OPEN}{column.heading_zh}"
        if repeat:
            grades = ", ".join(f"{{grade: {g}}}" for g in repeat["grade"][1])
            yield f"    repeat: [{grades}]"

    def _source(self, column: Column, found: _Found) -> str:
        """Source of a feed column: a heading, a sum of men and women, or words with their translations."""
        for one, other in (("男", "女"), ("女", "男"), ("Female", "Male"), ("Male", "Female")):
            partner = found.heading.replace(one, other)
            if partner != found.heading and any(f.heading == partner for f in self.columns):
                self.used.add(partner)
                return f"{{sum: [{_quoted(found.heading)}, {_quoted(partner)}]}}  {_OPEN}是这两列之和吗"
        known = {*column.choices, *column.choice_aliases}
        unknown = [w for w in found.counts if w not in known]
        if column.choices and unknown:
            listed = "、".join(sorted(unknown)[:10])
            wanted = " ".join(column.choices)
            return f"{_quoted(found.heading)}  {_OPEN}在 values 里写明 {listed} 各是什么，可写：{wanted}"
        return f"{_quoted(found.heading)}  {_OPEN}{column.heading_zh}"

    def _groups(self, feed: Feed) -> dict[str, tuple[str, list[int]]]:
        """Columns of class sizes that stand in groups by grade: source and grades by feed column."""
        grades: dict[str, set[int]] = {}
        for f in self.columns:
            for m in re.finditer(r"(?<!\d)\d{1,2}(?!\d)", f.heading):
                pattern = f.heading[: m.start()] + "{grade}" + f.heading[m.end() :]
                if f.share_of_numbers == 1 and 1 <= int(m[0]) <= 12:
                    grades.setdefault(pattern, set()).add(int(m[0]))
        patterns = [p for p, found in grades.items() if len(found) >= 3]
        if not patterns:
            return {}
        shared = sorted(set.intersection(*(grades[p] for p in patterns)))
        classes = max(patterns, key=lambda p: _alike(p, "{grade}年级班级数"))
        people = [p for p in patterns if p != classes]
        sexes = [p for p in people if any(w in p for w in ("男", "女", "ale"))][:2]
        chosen = sexes if len(sexes) == 2 else people[:1]
        if not chosen or not shared:
            return {}
        self.used |= {p.replace("{grade}", str(g)) for p in (*chosen, classes) for g in shared}
        quoted = ", ".join(json.dumps(p, ensure_ascii=False) for p in chosen)
        students = f"{{sum: [{quoted}]}}" if len(chosen) == 2 else quoted
        found = {"students": students, "class_count": json.dumps(classes, ensure_ascii=False)}
        found |= {"grade": '{constant: "{grade}"}'}
        return {
            name: (f"{source}  {_OPEN}{feed.column(name).heading_zh}", shared)
            for name, source in found.items()
        }


def _is_year(found: _Found) -> bool:
    from dagster_project.intake.feeds import normalise_heading
    from dagster_project.intake.parse.headings import is_year_heading

    heading = normalise_heading(found.heading).translate(_SIMPLIFIED)
    names_year = is_year_heading(heading) or heading in ("year", "schoolyear", "学年度", "ano", "annee")
    return names_year and bool(found.texts) and all(re.match(r"\d{3,4}", t) for t in found.counts)


def _likeness(found: _Found, column: Column, others: Sequence[str]) -> float:
    """How like a column of the table is to a feed's, from 0: words of the heading, and kind of the values."""
    names = (column.heading_zh, *column.aliases, column.name.replace("_", " "), *others)
    words = max(_alike(found.heading, name) for name in names)
    if not found.texts:
        return 0.0
    if column.is_number:
        return words if found.is_mostly_numbers else 0.0
    if column.choices:
        known = {*column.choices, *column.choice_aliases}
        share = sum(n for w, n in found.counts.items() if w in known) / len(found.texts)
        return max(words if len(found.counts) <= 40 else 0.0, share if len(column.choices) > 2 else 0.0)
    if column.type == "code":
        return words if 20 * len(found.counts) >= len(found.texts) else 0.0
    return words


def _alike(one: str, other: str) -> float:
    from dagster_project.intake.feeds import normalise_heading

    first, second = (normalise_heading(t).translate(_SIMPLIFIED) for t in (one, other))
    return difflib.SequenceMatcher(None, first, second).ratio()


def _pattern(texts: Sequence[str]) -> str:
    """Regular expression of codes: their kinds of characters and their lengths."""
    lengths = sorted({len(t) for t in texts}) or [1]
    kinds = "0-9" if all(t.isdigit() for t in texts) else "0-9A-Za-z_.-"
    if any(re.search(rf"[^{kinds}]", t) for t in texts):
        return ".+"
    count = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]},{lengths[-1]}"
    return f"[{kinds}]{{{count}}}"


def _short_name(path: Path) -> str:
    return re.sub(r"\W+", "_", path.stem, flags=re.ASCII).strip("_").lower() or "new_layout"


def _quoted(value: Any) -> str:
    """A text as YAML writes it: plain where it can be, else in quotes."""
    text = str(value)
    is_plain = re.fullmatch(r"[^\W\d][\w（）()·/ ]*", text) and text.lower() not in ("null", "n")
    return text if is_plain and text == text.strip() else json.dumps(text, ensure_ascii=False)
