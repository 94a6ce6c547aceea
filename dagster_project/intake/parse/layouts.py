"""Layouts: tables of other systems, described as data in `raw_data/layouts/*.yml`.

Each clause has an effect or is refused when the file is read. `raw_data/layouts/README.md` is generated from the
descriptions of the fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from dagster_project.intake.feeds import normalise_heading

#: A heading of the table, or a number that stands for itself.
Term = int | float | str

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Clauses(BaseModel):
    """Base of all parts of a layout: an unknown clause is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(Clauses):
    """How cells are written; the nearest clause counts: a column's, then its feed's, then the layout's."""

    blank: Literal["missing", "zero"] | None = Field(
        default=None, description="空着的数字格是什么：missing 没有数据（不写时如此），zero 零"
    )
    missing: tuple[Term, ...] | None = Field(
        default=None, description="表示“没有数据”的代码，如 [88888, s]；永远不当作数字或零"
    )
    decimal: Literal[".", ","] | None = Field(
        default=None,
        description="文本数字的小数点；另一个符号、空格和撇号是千分位。不写时，分不清逗号是千分位还是小数点的数字（1,234）不采用",
    )
    marks: tuple[str, ...] | None = Field(
        default=None, description="数字前后要去掉的货币符号和单位，如 [R$, 人]"
    )

    def within(self, outer: Reading) -> Reading:
        """The clauses, with those of an outer part where this one says nothing."""
        given = {name: getattr(self, name) for name in Reading.model_fields}
        return Reading(**{n: getattr(outer, n) if v is None else v for n, v in given.items()})


class Condition(Clauses):
    """Which rows count, by the words of one column; a word that only `one_of` could take is asked about."""

    column: str = Field(description="表头")
    one_of: tuple[Term, ...] = Field(default=(), description="只用这些值的行")
    none_of: tuple[Term, ...] = Field(
        default=(),
        description='不用这些值的行；"" 表示空格。写了 one_of 的，两处都没有的词（合计除外）都列出来问：名册里该校由这份名册得出的数'
        "都不采用；别的表里这些行不读，该校另有行要读的，这一行暂不采用",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Condition:
        if not (self.one_of or self.none_of):
            raise ValueError("where 的每一条写 one_of 或 none_of；两样都写的，两处都没有的词列出来问")
        if twice := sorted({str(w) for w in self.one_of} & {str(w) for w in self.none_of}):
            raise ValueError(f"“{twice[0]}”既在 one_of 又在 none_of，请只留一处")
        return self


class Source(Reading):
    """Where the values of one feed column come from."""

    column: str | None = Field(
        default=None,
        description="一列的表头；两行表头写“组>表头”。只有这一项时可省去花括号：`students: 学生总数`",
    )
    sum: tuple[Term, ...] = Field(default=(), description="几列之和；任何一列没有数据，和就没有数据")
    difference: tuple[Term, ...] = Field(
        default=(), description="第一列减去其余各列；可以直接写数字，如 [班级数, 1]"
    )
    product: tuple[Term, ...] = Field(default=(), description="几列之积，如 [平均班额, 班级数]")
    ratio: tuple[Term, ...] = Field(default=(), description="两列之商：[被除数, 除数]；除数为零时没有数据")
    joined: tuple[str, ...] = Field(default=(), description="几列的文字连成一个，如由两列组成的学校代码")
    constant: Term | None = Field(default=None, description="每行都一样的值")
    count: Literal["rows"] | None = Field(
        default=None, description="只用于名册：同一学校、同一分类有几行，写作 rows"
    )
    total: str | None = Field(
        default=None,
        description="只用于名册：一列在同一学校、同一分类各行的合计；任何一行没有数据，合计就没有数据",
    )
    where: tuple[Condition, ...] = Field(
        default=(), description="count、total 只取符合条件的行；one_of、none_of 可以都写"
    )
    register_name: str | None = Field(
        default=None, description="只用于 school_code：表里只有校名时，写校名一列的表头，按学校名录查代码"
    )
    separator: str | None = Field(default=None, description="joined 各部分之间的文字，不写就直接相连")
    scale: float | None = Field(default=None, description="结果再乘这个数，如表中以万元计而报表以元计：10000")
    values: dict[Term, Term] = Field(
        default_factory=dict,
        description='表里的值 → 报表的值，如 {Public: 公办}；与 sum 等同用时对每一列起作用；写成 "" 表示没有数据，'
        '键写成 "" 表示空格',
    )
    prefixes: dict[str, Term] = Field(
        default_factory=dict, description='以这些字开头的值 → 报表的值；写在前面的先用，"" 是其余所有不空的值'
    )
    default: Term | None = Field(
        default=None,
        description="values、prefixes 里都没有的值读作什么；用到时逐个列出来提醒，空格仍是没有数据。不写时这样的值不采用",
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError(f"数字要写明是每行都一样的值：{{constant: {value}}}")
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _clauses_have_effect(self) -> Source:
        origins = [name for name in ORIGINS if getattr(self, name) not in (None, ())]
        if len(origins) != 1:
            found = "、".join(origins) or "一项也没有"
            raise ValueError(f"要写且只写一项来源：{'、'.join(ORIGINS)}；现在是 {found}")
        origin = origins[0]
        allowed = _CLAUSES_OF.get(origin, set())
        for name in sorted(self.model_fields_set - {*ORIGINS} - allowed):
            others = [o for o in ORIGINS if name in _CLAUSES_OF.get(o, ())]
            raise ValueError(f"{name} 在 {origin} 旁边不起作用，请删去；它只能用在 {'、'.join(others)} 旁边")
        if self.default is not None and not (self.values or self.prefixes):
            raise ValueError("default 要与 values 或 prefixes 同用；每行都一样的值请写 constant")
        if origin == "ratio" and len(self.ratio) != 2:
            raise ValueError("ratio 写两项：[被除数, 除数]")
        if origin in ("sum", "difference", "product", "joined") and len(self.terms) < 2:
            raise ValueError(f"{origin} 至少写两列；只有一列请写 column")
        if not self.headings and origin not in ("constant", "count"):
            raise ValueError(f"{origin} 里没有一列，都是数字；每行都一样的值请写 constant")
        if self.scale == 0:
            raise ValueError("scale 不能是 0")
        return self

    @property
    def terms(self) -> tuple[Term, ...]:
        """Headings and numbers of a source that is computed from several."""
        return self.sum or self.difference or self.product or self.ratio or self.joined

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of all columns that the source reads."""
        named = (self.column, *self.terms, self.register_name, self.total)
        return tuple(h for h in named if isinstance(h, str) and h)

    def filled(self, group: dict[str, Term]) -> Source:
        """The source with `{name}` in headings and constant replaced by a group's values."""

        def fill(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(fill(v) for v in value)
            return _PLACEHOLDER.sub(lambda m: str(group[m[1]]), value) if isinstance(value, str) else value

        given = self.model_fields_set.intersection(ORIGINS)
        return self.model_copy(update={name: fill(getattr(self, name)) for name in given})

    @property
    def placeholders(self) -> set[str]:
        """Names in braces that a group of `repeat` fills."""
        texts = [*self.headings, *([self.constant] if isinstance(self.constant, str) else [])]
        return {name for text in texts for name in _PLACEHOLDER.findall(text)}


#: Clauses that say where a value comes from.
ORIGINS = (
    "column", "sum", "difference", "product", "ratio", "joined", "constant", "register_name", "count", "total",
)  # fmt: skip
#: Clauses that group the rows of a roster.
GROUPED = ("count", "total")
#: Clauses that compute a figure.
COMPUTED = ("sum", "difference", "product", "ratio")
_OF_CELLS = {*Reading.model_fields, "values"}
_CLAUSES_OF = {
    "column": _OF_CELLS | {"scale", "prefixes", "default"},
    **dict.fromkeys(COMPUTED, _OF_CELLS | {"scale"}),
    "joined": {"missing", "values", "prefixes", "default", "separator"},
    "count": {"where"},
    "total": {*Reading.model_fields, "where"},
}


class LayoutFeed(Reading):
    """How one feed is filled from the table; with `repeat` one row of the table becomes one row per group."""

    columns: dict[str, Source] = Field(description="报表的列（英文名，见各类报表的列）→ 它的来源")
    where: tuple[Condition, ...] = Field(
        default=(), description="除布局的 where 之外，这类报表还要符合的条件"
    )
    repeat: tuple[dict[str, Term], ...] = Field(
        default=(),
        description="一行变成几行：每组替换表头和 constant 里的 {名称}。一组的各列都空着时，该组没有这一行",
    )

    def groups(self) -> list[dict[str, Source]]:
        """Columns of each repeated group; a table without groups has one."""
        if not self.repeat:
            return [dict(self.columns)]
        return [
            {name: source.filled(group) for name, source in self.columns.items()} for group in self.repeat
        ]


class Roster(Clauses):
    """A table with one row per person or class, of which only groups of rows are kept."""

    row: str = Field(min_length=1, description="一行是什么，如 教师、学生、班级；用在提示里")
    number: str | None = Field(
        default=None,
        description="认人的证件号一列的表头：同一学校、同一分类里重复的人只计一次；只在读入时比对，不保存",
    )
    row_of: str | None = Field(
        default=None,
        description="一行就是哪类报表的一行（英文名，如班级名册的 class_sizes）：同一个班列了两行的，该校由这份名册得出的数都不采用",
    )


class SchoolYear(Clauses):
    """School year of each row."""

    column: str = Field(description="学年一列的表头；2023、2023/24、2023-2024 都读作 2023")
    add: int = Field(default=0, description="加上这个数才是学年的起始年份，如别的历法；学年写结束年份时为 -1")


def _parts(value: Any) -> Any:
    return (
        {k: v if isinstance(v, list | tuple) else (v,) for k, v in value.items()}
        if isinstance(value, dict)
        else value
    )


class Layout(Reading):
    """One foreign table."""

    layout: str = Field(
        min_length=1, description="英文短名，不与别的布局相同；自己的布局与项目自带的同名时，用自己的"
    )
    name_zh: str = Field(min_length=1, description="中文名，用在提示里")
    source: str = Field(default="", description="表的出处")
    recognised_by: tuple[str, ...] = Field(
        min_length=1,
        description="认出这张表的表头，同一行里都有才用这个布局；几个布局都认得时，用写得最多的一个",
    )
    heading_rows: int = Field(
        default=1,
        ge=1,
        le=10,
        description="表头占几行：recognised_by 所在的一行算起，到第一行数据之前（下面还有代码行、单位行时）",
    )
    code_pattern: str = Field(default="[0-9]{10}", description="学校代码的正则表达式")
    district_pattern: str = Field(default="[0-9]{6}", description="区县代码的正则表达式")
    roster: Roster | None = Field(
        default=None,
        description="名册：一人一行或一班一行的表，只保存按学校汇总的行数，不保存原件和任何个人信息",
    )
    school_year: SchoolYear | None = Field(
        default=None, description="有学年一列的表：每行归入自己的学年；其中要有文件夹的学年"
    )
    where: tuple[Condition, ...] = Field(default=(), description="只读符合条件的行，各条都要符合")
    feeds: Annotated[dict[str, tuple[LayoutFeed, ...]], BeforeValidator(_parts)] = Field(
        min_length=1,
        description="报表类（英文名）→ 怎样填；同一类要由几种行组成时写成列表，如最大的班与其余的班",
    )

    #: Name of the file that holds the layout.
    _file_name: str = PrivateAttr(default="")

    @property
    def file_name(self) -> str:
        """Name of the file that holds the layout; empty for one that was read from none."""
        return self._file_name

    def named(self, file_name: str) -> Layout:
        """The layout, with the name of its file."""
        self._file_name = file_name
        return self

    def recognises(self, headings: set[str]) -> bool:
        """True if all headings of `recognised_by` are among the normalised ones given."""
        return all(normalise_heading(h) in headings for h in self.recognised_by)

    def parts(self) -> Iterator[tuple[str, int, LayoutFeed]]:
        """Code of the feed, place in its list, and what fills it."""
        for code, parts in self.feeds.items():
            yield from ((code, i, part) for i, part in enumerate(parts))

    def computed_columns(self, feed: str) -> set[str]:
        """Columns of a feed whose values are not the number in a cell, or the sum of such numbers, as they stand there."""
        found = set()
        for part in self.feeds.get(feed, ()):
            for name, source in part.columns.items():
                reading = source.within(part.within(self))
                is_plain = bool(source.column or source.sum) and source.scale is None and not source.values
                if not is_plain or reading.decimal or reading.marks:
                    found.add(name)
        return found
