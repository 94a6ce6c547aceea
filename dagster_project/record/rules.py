"""Rules of the suites in `expectations/`: read, checked, and completed by the rules that every feed inherits.

A suite is JSON in the form of Great Expectations. `common.json` holds the rules that all feeds of a scope share;
a suite switches one off in `not_inherited`, with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagster_project.core import homes
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import Feed, load_feeds

RuleClass = Literal["logic", "experience"]
Severity = Literal["reject_file", "quarantine_row", "hold", "warn"]
#: Kinds of feeds that differ in what a row is checked against.
Scope = Literal["register", "school", "school_ledger", "district_ledger"]
#: The suite on the finished tables.
MARTS = "marts"
#: The suite on figures that several sources give.
SOURCES = "sources"
#: Columns that a rule of any feed may judge besides the feed's own (see expectations/README.md).
OF_ALL_FEEDS = frozenset((
    "is_registered", "registered_name", "register_district", "is_conflict", "other_row", "name_agrees", "is_current_code",
))  # fmt: skip
#: Column that a rule on the finished tables judges.
OBSERVED = "observed"
#: Suites that aren't about the rows of one feed.
NOT_OF_FEEDS = (SOURCES, MARTS)


@dataclass(frozen=True)
class Rule:
    """One expectation with what people read about it.

    Attributes:
        suite: feed of the suite, or `sources`, or `marts`.
        type: Great Expectations' name of the expectation.
        kwargs: its arguments; `column` is a column of the feed or one that the suite's query adds.
        column: column of the feed whose cell is named in the problem list; empty in the suites on sources and marts.
        value: column whose value is listed and explained where that isn't the cell's own, such as a difference.
        message_zh: what is wrong and what to do; `{column}` is replaced by the row's value.
    """

    suite: str
    type: str
    kwargs: dict[str, Any]
    rule_code: str
    rule_class: RuleClass
    severity: Severity
    column: str
    message_zh: str
    basis_zh: str
    since: str
    fails_zh: str
    passes_zh: str
    value: str = ""

    @property
    def is_explainable(self) -> bool:
        """True if a school can explain what the rule warns of."""
        return self.rule_class == "experience"

    def is_run_by(self, rule_class: RuleClass) -> bool:
        """True if the rule belongs to a pass.

        Rules that quarantine judge everything received; rules that warn judge the rows in force.
        """
        return (self.severity == "quarantine_row") == (rule_class == "logic")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Meta(_Strict):
    rule_class: RuleClass = Field(alias="class")
    severity: Severity
    column: str = ""
    value: str = ""
    message_zh: str
    basis_zh: str
    since: str
    fails_zh: str
    passes_zh: str


class _CodedMeta(_Meta):
    rule_code: str


class _Entry(_Strict):
    type: str
    kwargs: dict[str, Any]
    meta: _CodedMeta


class _CommonEntry(_Strict):
    #: End of the rule's code; the feed's code stands before it.
    rule: str
    scopes: tuple[Scope, ...]
    type: str
    kwargs: dict[str, Any]
    meta: _Meta


class _SuiteFile(_Strict):
    feed: str = MARTS
    #: Common rules that don't apply to this feed, each with the reason.
    not_inherited: dict[str, str] = Field(default_factory=dict)
    expectations: tuple[_Entry, ...]


class _CommonFile(_Strict):
    expectations: tuple[_CommonEntry, ...]


_File = TypeVar("_File", _SuiteFile, _CommonFile)


def scope_of(feed: Feed) -> Scope:
    """Which common rules a feed inherits."""
    if feed.is_register:
        return "register"
    if not feed.is_ledger:
        return "school"
    return "school_ledger" if feed.has_schools else "district_ledger"


def load_suite(name: str) -> tuple[Rule, ...]:
    """Rules of a feed (or `sources`, or `marts`): first those it inherits, then its own.

    Raises:
        UserError: the suite's file is missing or not in order; the text names the file and says what it must hold.
    """
    file = _read(suite_file(name), _SuiteFile)
    own = tuple(_rule(name, e.meta.rule_code, e) for e in file.expectations)
    if name in NOT_OF_FEEDS:
        return own
    columns = [c.name for c in load_feeds()[name].columns]
    for rule in own:
        if rule.column not in columns:
            raise UserError(
                f"校验规则文件 {suite_file(name)} 的规则 {rule.rule_code}：meta.column 写的“{rule.column}”不是这类报表的列；"
                f"可用的列有 {'、'.join(columns)}。"
            )
    return _inherited(load_feeds()[name], file.not_inherited) + own


def all_rules() -> list[Rule]:
    """All rules: the feeds' suites in the order of the feeds, then those on sources and marts."""
    return [rule for name in (*load_feeds(), *NOT_OF_FEEDS) for rule in load_suite(name)]


def check_suites() -> None:
    """Check, before any return is read, that each suite is in order and that the queries it needs are there.

    Raises:
        UserError: a suite is missing or wrong, or a rule judges a computed column and no query computes it.
    """
    for rule in all_rules():
        if rule.suite == SOURCES:
            continue
        column = rule.kwargs.get("column", OBSERVED if rule.suite == MARTS else rule.column)
        query, own = rule.rule_code.lower(), set[str]()
        if rule.suite != MARTS:
            query = f"{rule.suite}_{'logic' if rule.is_run_by('logic') else 'experience'}"
            own = {c.name for c in load_feeds()[rule.suite].columns} | OF_ALL_FEEDS
        if column not in own and query_file(query) is None:
            raise UserError(
                f"校验规则文件 {suite_file(rule.suite)} 的规则 {rule.rule_code} 校验“{column}”，"
                f"这一列要由 {homes.EXPECTATIONS_DIR / 'sql' / query}.sql 算出，但没有这个文件；"
                "请补上（写法见 expectations/README.md），或改 kwargs.column。"
            )


def query_file(name: str) -> Path | None:
    """File of a suite's query, or None if the suite needs none."""
    path = homes.EXPECTATIONS_DIR / "sql" / f"{name}.sql"
    return path if path.is_file() else None


def _inherited(feed: Feed, switched_off: dict[str, str]) -> tuple[Rule, ...]:
    common = _read(suite_file("common"), _CommonFile).expectations
    unknown = switched_off.keys() - {e.rule for e in common}
    if unknown:
        raise UserError(
            f"{suite_file(feed.feed)} 的 not_inherited 写了通用规则里没有的 {'、'.join(sorted(unknown))}。"
        )
    columns = {c.name for c in feed.columns}
    return tuple(
        _rule(feed.feed, f"{feed.feed}_{e.rule}".upper(), e)
        for e in common
        # a feed without the column has nothing that the rule could judge
        if scope_of(feed) in e.scopes and e.meta.column in columns and e.rule not in switched_off
    )


def _rule(suite: str, code: str, entry: _Entry | _CommonEntry) -> Rule:
    meta = entry.meta.model_dump(exclude={"rule_code"})
    return Rule(suite=suite, type=entry.type, kwargs=entry.kwargs, rule_code=code, **meta)


def suite_file(name: str) -> Path:
    """File of a suite: of a feed, `common`, or `marts`."""
    return homes.EXPECTATIONS_DIR / f"{name}.json"


@lru_cache(maxsize=64)
def _read(path: Path, model: type[_File]) -> _File:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            f"缺少校验规则文件 {path}。每一类报表都要有一个；没有自己的规则时，写入"
            f' {{"feed": "{path.stem}", "expectations": []}} 即可，通用规则会自动加上'
            "（写法见 expectations/README.md）。"
        ) from None
    try:
        found = model.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise UserError(
            f"校验规则文件 {path} 不是有效的 JSON（第 {error.lineno} 行）；请修改后再运行。"
        ) from error
    except ValidationError as error:
        places = "；".join(".".join(map(str, e["loc"])) or "整个文件" for e in error.errors())
        raise UserError(
            f"校验规则文件 {path} 有误：{places}；请照 expectations/README.md 修改后再运行。"
        ) from error
    if isinstance(found, _SuiteFile) and found.feed != path.stem:
        raise UserError(f"校验规则文件 {path} 写的报表是“{found.feed}”；文件名应与它相同。")
    return found
