"""`junheng layout`: a layout proposed for an unknown table, which a person finishes.

Headings and values are compared with those of the feeds by likeness of words (difflib) and by kind and range of values;
nothing is asked of a network. A guess is written as a value that no run accepts (`layout_open`), so that an unfinished
draft is refused.
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
from dagster_project.intake.parse.layout_open import OPEN

if TYPE_CHECKING:
    from dagster_project.intake.feeds import Column, Feed
    from dagster_project.intake.files.grid import Grid

#: Feeds whose rows other systems are likely to hold, in the order of the proposal.
_FEEDS = ("schools", "enrolment", "staffing", "class_sizes", "floor_area", "compulsory_inputs")
#: Columns that one column of a table may fill both: a word for a kind of school is often one for its stage.
_SAME_WORDS = ("school_type", "stage")
#: Name of the class in a row that stands for a whole grade.
_WHOLE_GRADE = "全年级"
_HEADING_ROWS = 30
_LOOKED_AT = 2000
_MOST_WORDS = 20
#: Traditional characters of headings, as the feeds write them.
_SIMPLIFIED = str.maketrans(
    "學級數縣區專師號稱類別經緯圖書電腦積鄉鎮機構總額實驗體藝職",
    "学级数县区专师号称类别经纬图书电脑积乡镇机构总额实验体艺职",
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\Z")
#: A count with a fraction, such as teachers by their hours; 1.178 may be a thousand.
_FRACTION = re.compile(r"\d+\.(?!\d{3}\Z)\d*[1-9]\d*", re.ASCII)
_SEXES = ("男", "女", "Female", "Male")
_DISTRICT = re.compile(r"[1-9]\d{5}\Z")
_SCHOOL = re.compile(r"\d{10}\Z")
#: Likeness of a column whose values, and not its heading, show what it holds.
_BY_VALUES = 0.9
#: Words of rows of totals that no form of ours has.
_TOTALS_IN_ENGLISH = ("total", "totals", "grand total", "subtotal", "sum")
#: Latin words up to this length are alike by their letters alone (boys, books): they have to hold one another.
_SHORT_WORD = 6


def command(
    file: Annotated[Path, typer.Argument(help="别的系统导出的表")],
    out: Annotated[Path | None, typer.Option("--out", help="布局写到哪里；默认只显示")] = None,
) -> None:
    """为别的系统的表拟一份布局：找出表头，猜各列的来源；没有把握的写作“待定”，改定以前不读取。"""
    refuse_existing(out)
    text = propose(file)
    if out is None:
        say(text)
        return
    out.write_text(text, encoding="utf-8")
    say(
        f"布局已写到 {out}；请在文件里查找“待定”，逐处改定（还有“待定”的布局不读取），放入原始数据目录的 layouts/，再用 junheng check 核对。"
    )


def propose(path: Path) -> str:
    """Text of a layout for the largest table of a file; it loads once every guess in it is decided.

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
    if any(person_heading(g) or has_identity_numbers(g.distinct_cells()) for g in grids):
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
    kinds: _Found | None = None

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

        rows = [r for i, r in enumerate(self._rows) if i not in self._totals]
        return [
            _Found(h, tuple(t for r in rows if j < len(r) and (t := clean_text(r[j]))))
            for j, h in self._headings.items()
        ]

    @cached_property
    def _headings(self) -> dict[int, str]:
        """Headings that stand once, by index of their column."""
        from dagster_project.intake.parse.cells import clean_text

        head = [clean_text(c) for c in self.grid.rows[self.heading]]
        once = {h for h, n in Counter(head).items() if n == 1 and h and ">" not in h}
        return {j: h for j, h in enumerate(head) if h in once}

    @property
    def _rows(self) -> Sequence[Sequence[Any]]:
        first = self.heading + self.heading_rows
        return self.grid.rows[first : first + _LOOKED_AT]

    @cached_property
    def _totals(self) -> dict[int, tuple[str, str]]:
        """Heading and word (合计) of the first cell that makes a row a total, by index in `_rows`."""
        from dagster_project.intake.parse.cells import clean_text
        from dagster_project.intake.parse.sheet_words import is_total_word

        found: dict[int, tuple[str, str]] = {}
        for i, row in enumerate(self._rows):
            for j, heading in self._headings.items():
                text = clean_text(row[j]) if j < len(row) else ""
                if text and (is_total_word(text) or text.casefold() in _TOTALS_IN_ENGLISH):
                    found[i] = heading, text
                    break
        return found

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
            f"# 由 junheng layout 为 {self.path.name} 拟出。写着“待定”的，改定以前这个布局不读取：",
            "# 只有“待定”的，换成该写的值；“待定：”后面有字的是猜测，猜对了删去“待定：”，猜错了改成对的。",
            f"layout: {_short_name(self.path)}",
            f"name_zh: {_quoted(self.path.stem)}",
            f"recognised_by: [{', '.join(map(_quoted, recognised))}]",
            *([f"heading_rows: {_guess(2)}  # 表头下面一行是字段代码吗"] if self.heading_rows == 2 else []),
            f"code_pattern: {json.dumps(_pattern(code.texts))}  # 表里的学校代码都是这样",
            *self._district_pattern(),
            *self._readings(year),
            *self._where(),
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
            yield f"district_pattern: {json.dumps(_pattern(self.district.texts))}  # 表里的区县代码都是这样"

    def _where(self) -> Iterator[str]:
        """Conditions that leave out the rows of totals."""
        words: dict[str, list[str]] = {}
        for heading, word in dict.fromkeys(self._totals.values()):
            words.setdefault(heading, []).append(word)
        if words:
            yield "where:"
        for heading, found in words.items():
            listed = ", ".join(map(_quoted, found))
            yield f"  - {{column: {_quoted(heading)}, none_of: [{listed}]}}  # 合计行不是学校"

    def _readings(self, year: _Found | None) -> Iterator[str]:
        if year:
            first = year.counts.most_common(1)[0][0]
            add = 0 if int(first[:4]) > 1900 else 1911
            is_range = bool(re.match(r"\d{4}\D\d", first))
            said = str(add) if is_range else _guess(add)
            ends = f"写起始年份的是 {add}，写结束年份的是 {add - 1}"
            yield f"school_year: {{column: {_quoted(year.heading)}, add: {said}}}  # {ends}"
        numbers = [f for f in self.columns if f.heading in self.used and f.is_mostly_numbers]
        words = Counter(t for f in numbers for t in f.counts if not _NUMBER.match(t))
        if words:
            coded = ", ".join(_guess(w) for w, _ in words.most_common(6))
            yield f"missing: [{coded}]  # 这些是“没有数据”吗；不是的删去"
        if any("," in t for f in numbers for t in f.counts if _NUMBER.match(t)):
            mark = "," if any(re.search(r",\d{1,2}\Z", t) for f in numbers for t in f.counts) else "."
            yield f"decimal: {_guess(mark)}  # 小数点是哪一个：. 或 ,"

    def _best(self, column: Column, words: Sequence[str] = ()) -> _Found | None:
        """The unused column that is most like a feed column; None if none is like it."""
        rated = [(_likeness(f, column, words), f) for f in self.columns if f.heading not in self.used]
        score, found = max(rated, key=lambda r: r[0], default=(0.0, None))
        wanted = 0.75 if column.type == "code" else 0.62
        return found if score >= wanted else None

    def _of_feed(self, feed: Feed, column: Column) -> _Found | None:
        """The column of the table that fills a feed's; one may fill school type and stage both."""
        found = self._best(column, (feed.feed,) if column.name == "students" else ())
        if found is None and column.name in _SAME_WORDS and self.kinds:
            found = self.kinds if _share_of_choices(self.kinds, column) > 0 else None
        if column.name in _SAME_WORDS:
            self.kinds = found or self.kinds
        return found

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
            if feed.feed == "class_sizes" and column.name != "stage":
                continue
            found = self._of_feed(feed, column)
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
            elif column.name == "class_name":
                yield f"      {column.name}: {{constant: {_WHOLE_GRADE}}}"
            elif column.name in feed.key_columns and column.name != "school_code":
                yield f"      {column.name}: {self._constant(column)}"
        given = {*sources, *repeat, *feed.key_columns, *(("school_name",) if name else ())}
        lacking = [c.heading_zh for c in feed.columns if c.required and c.name not in given]
        if lacking:
            yield f"      # 必填而没有认出的列：{'、'.join(lacking)}；表里有的请补上"
        if repeat:
            grades = ", ".join(f"{{grade: {g}}}" for g in repeat["grade"][1])
            yield f"    repeat: [{grades}]"

    def _constant(self, column: Column) -> str:
        """A value that no column of the table seems to hold, which only a person can give."""
        wanted = f"可写：{' '.join(column.choices)}" if column.choices else column.note_zh
        return f"{{constant: {OPEN}}}  # {column.heading_zh}，{wanted}；表里有这一列的，写它的表头"

    def _source(self, column: Column, found: _Found) -> str:
        """Source of a feed column: a heading, a sum of men and women, or words with their translations."""
        for one, other in (("男", "女"), ("女", "男"), ("Female", "Male"), ("Male", "Female")):
            partner = found.heading.replace(one, other)
            if partner != found.heading and any(f.heading == partner for f in self.columns):
                self.used.add(partner)
                both = [_named(h, column) for h in (found.heading, partner)]
                return f"{{sum: [{', '.join(both)}]}}  # {column.heading_zh}"
        heading = _named(found.heading, column, found)
        unknown = sorted({w for w in found.counts if column.choices and not _means(w, column)})
        if unknown:
            words = ", ".join(f"{_quoted(w)}: {OPEN}" for w in unknown[:_MOST_WORDS])
            wanted = " ".join(column.choices)
            return f"{{column: {heading}, values: {{{words}}}}}  # {column.heading_zh}，可写：{wanted}"
        if column.type == "count" and any(_FRACTION.fullmatch(t) for t in found.counts):
            return f"{{column: {heading}, scale: 1}}  # {column.heading_zh}；表里有小数，按四舍五入取整"
        return f"{heading}  # {column.heading_zh}"

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
        quoted = ", ".join(map(_guess, chosen))
        students = f"{{sum: [{quoted}]}}" if len(chosen) == 2 else quoted
        found = {"students": students, "class_count": _guess(classes)}
        found |= {"grade": '{constant: "{grade}"}'}
        return {
            name: (f"{source}  # {feed.column(name).heading_zh}", shared) for name, source in found.items()
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
        share = _share_of_choices(found, column)
        return max(words if len(found.counts) <= 40 else 0.0, share if len(column.choices) > 2 else 0.0)
    if column.type == "district":
        return max(words, _BY_VALUES) if _are_district_codes(found) else 0.0
    if column.type == "code":
        is_identity = column.name == "school_code" and _are_school_codes(found)
        likeness = words if 20 * len(found.counts) >= len(found.texts) else 0.0
        return max(likeness, _BY_VALUES if is_identity else 0.0)
    return words


def _are_district_codes(found: _Found) -> bool:
    """True for six digits in all cells, of which few differ: one district, or those of one city."""
    return all(_DISTRICT.match(t) for t in found.counts) and len({t[:4] for t in found.counts}) == 1


def _are_school_codes(found: _Found) -> bool:
    """True for ten digits in all cells, nearly each of them once."""
    return all(_SCHOOL.match(t) for t in found.counts) and 2 * len(found.counts) >= len(found.texts)


def _share_of_choices(found: _Found, column: Column) -> float:
    """Share (0-1) of the cells that hold one of the choices of a column, in any known spelling."""
    return sum(n for w, n in found.counts.items() if _means(w, column)) / max(len(found.texts), 1)


def _means(word: str, column: Column) -> str | None:
    from dagster_project.intake.parse.spellings import choice_of

    return choice_of(word, column)


def _named(heading: str, column: Column, found: _Found | None = None) -> str:
    """A heading of the table as it is where a feed's column is called so, or holds such codes; else as a guess."""
    from dagster_project.intake.feeds import normalise_heading

    bare = heading if found else re.sub("|".join(_SEXES), "", heading)
    own = {normalise_heading(h) for h in (column.heading_zh, *column.aliases)}
    is_certain = normalise_heading(bare).translate(_SIMPLIFIED) in own
    return _quoted(heading) if is_certain else _guess(heading)


def _guess(value: object) -> str:
    """A value that a person has to confirm, as YAML writes it."""
    return json.dumps(f"{OPEN}：{value}", ensure_ascii=False)


def _alike(one: str, other: str) -> float:
    from dagster_project.intake.feeds import normalise_heading

    first, second = (normalise_heading(t).translate(_SIMPLIFIED) for t in (one, other))
    shorter, longer = sorted((first, second), key=len)
    if shorter.isascii() and longer.isascii() and len(shorter) < _SHORT_WORD and shorter not in longer:
        return 0.0
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
