"""Runs the suites of `expectations/` with Great Expectations and returns the failing rows.

A suite may add columns to a feed's rows by a query in `expectations/sql/` (a sum of columns, last year's figure
beside this year's). Great Expectations judges the columns and names the rows that fail.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import string
import sys
import warnings
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagster_project import speed
from dagster_project.core.duck import read_sql, read_sql_file
from dagster_project.core.errors import UserError
from dagster_project.core.numbers import shown
from dagster_project.core.privacy import mask_personal_numbers, without_figures
from dagster_project.intake.feeds import NO_HEAD_COUNT, load_feeds
from dagster_project.record import rules
from dagster_project.record.rules import Rule, RuleClass

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

#: Expectations that name the failing rows; a rule needs them for the problem list.
_NAMES_ROWS = "expect_column_values_"
#: Most cells in a pass over several feeds; a feed with more is judged by itself.
_LARGEST_PASS = 4_000_000


@dataclass(frozen=True)
class Failure:
    """One row that fails one rule.

    Attributes:
        column_name: column of the feed whose cell is named in the problem list.
        value: the cell's value as a person writes it; empty for pay.
        observed: the same, with pay. It is never published: an explanation names the value that it explains.
    """

    row_id: int
    rule_code: str
    rule_class: str
    severity: str
    column_name: str
    value: str
    message_zh: str
    observed: str


@dataclass(frozen=True)
class MartFailure:
    """A rule on the finished tables that fails, with the keys of its first failing rows."""

    rule_code: str
    message_zh: str
    sample: list[dict[Hashable, Any]]


def judge(
    con: duckdb.DuckDBPyConnection, relations: Mapping[str, str], rule_class: RuleClass
) -> dict[str, list[Failure]]:
    """Failing rows of some feeds.

    All feeds are judged in one pass, because a pass takes about as long for fifty rules as for one.

    Args:
        con: connection with the relations (and, for experience rules, schema `accepted`).
        relations: per feed a table or view with `row_id`, the feed's columns and what the register says of the row.
        rule_class: `logic` (rules that quarantine) or `experience` (rules that warn).

    Returns:
        Per feed the failures, one per failing row and rule. Pay is in no value and no message.

    Raises:
        UserError: a rule names an expectation, argument or column that does not exist; also where no row is judged.
    """
    frames: dict[str, pd.DataFrame] = {}
    own_rules: dict[str, list[Rule]] = {}
    for feed, relation in relations.items():
        own = [r for r in rules.load_suite(feed) if r.is_run_by(rule_class)]
        frame = con.execute(_query(feed, relation, rule_class)).df() if own else None
        for rule in own:
            check_rule(rule, [] if frame is None else list(frame.columns))
        if frame is not None and len(frame):
            frames[feed] = frame.drop_duplicates("row_id").reset_index(drop=True)
            own_rules[feed] = own
    failures: dict[str, list[Failure]] = {feed: [] for feed in relations}
    for feeds in _side_by_side({feed: (len(frames[feed]), len(own_rules[feed])) for feed in frames}):
        for rule, places in _failing_of(frames, own_rules, feeds):
            may_hide = [c for c in load_feeds()[rule.suite].columns if c.may_be_pay]
            for row in frames[rule.suite].iloc[places].to_dict("records"):
                hidden = {c.name for c in may_hide if c.is_pay_in(row)}
                failures[rule.suite].append(_failure(rule, row, hidden))
    return failures


def check_rule(rule: Rule, columns: Sequence[str]) -> None:
    """Check a rule against Great Expectations and the columns that it may judge and quote.

    Args:
        rule: of a feed's suite.
        columns: those of the feed's rows, with what the register says and what the suite's query adds.

    Raises:
        UserError: something that the rule names does not exist; the text names the file, the rule and what there is.
    """
    _context()
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations import registry
    from pydantic.v1 import ValidationError

    own = (
        f"expectations/sql/{rule.suite}_{'logic' if rule.severity == 'quarantine_row' else 'experience'}.sql"
    )
    place = f"校验规则文件 {rules.suite_file(rule.suite)} 的规则 {rule.rule_code}"
    known = "、".join(sorted(columns))
    try:
        if not rule.type.startswith(_NAMES_ROWS):
            raise ExpectationNotFoundError(rule.type)
        registry.get_expectation_impl(rule.type)(**rule.kwargs)
    except ExpectationNotFoundError:
        types = [
            t for t in registry.list_registered_expectation_implementations() if t.startswith(_NAMES_ROWS)
        ]
        raise UserError(
            f"{place}：没有能指出单元格的期望“{rule.type}”；可用的有 {'、'.join(sorted(types))}。"
        ) from None
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(map(str, e['loc']))}（{e['msg']}）" for e in error.errors())
        raise UserError(f"{place}：kwargs 有误：{faults}；请照 expectations/README.md 修改。") from None
    if rule.kwargs["column"] not in columns:
        raise UserError(
            f"{place}：没有列“{rule.kwargs['column']}”可供校验；可用的列有 {known}。要用别的列（如两列之差），先在 {own} 里加。"
        )
    if rule.value and rule.value not in columns:
        raise UserError(f"{place}：meta.value 写的“{rule.value}”不是可用的列；可用的列有 {known}。")
    for _, name, _, _ in string.Formatter().parse(rule.message_zh):
        if name is not None and name not in columns:
            raise UserError(f"{place}：message_zh 里的 {{{name}}} 不是可用的列；可用的列有 {known}。")


def _query(feed: str, relation: str, rule_class: RuleClass) -> str:
    """The rows of a feed, with the columns that the suite's own query adds."""
    path = rules.query_file(f"{feed}_{rule_class}")
    if path is None:
        return f"select * from {relation}"
    added = read_sql_file(path, rows="judged")
    # materialized: the relation is a view with joins, and a query may read it several times
    return f"with judged as materialized (select * from {relation}) select * from judged left join ({added}) as added using (row_id)"


def _side_by_side(sizes: Mapping[str, tuple[int, int]]) -> list[list[str]]:
    """Feeds in groups whose frames stay small when padded to the longest; sizes are (rows, rules) per feed."""
    groups: list[list[str]] = []
    columns = 0
    for feed, (rows, own_rules) in sorted(sizes.items(), key=lambda item: -item[1][0]):
        longest = sizes[groups[-1][0]][0] if groups else rows
        if groups and longest * (columns + own_rules) <= _LARGEST_PASS:
            groups[-1].append(feed)
            columns += own_rules
        else:
            groups.append([feed])
            columns = own_rules
    return groups


def _failing_of(
    frames: Mapping[str, pd.DataFrame], own_rules: Mapping[str, list[Rule]], feeds: list[str]
) -> list[tuple[Rule, list[int]]]:
    """Per failing rule the places of its failing rows in the frame of its feed.

    The columns of all rules are put side by side, each under its rule's code. A blank never fails, so shorter
    frames may be padded.
    """
    import pandas as pd

    judged = [rule for feed in feeds for rule in own_rules[feed]]
    rows = pd.concat([frames[r.suite][r.kwargs["column"]].rename(r.rule_code) for r in judged], axis=1)
    return failing_rows(rows, judged)


def _without_pay(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """A row of a feed with pay, for a message: every number that isn't a head count is hidden, for it may be pay."""
    return {
        name: "不显示" if isinstance(value, int | float) and abs(value) >= NO_HEAD_COUNT else value
        for name, value in row.items()
    }


def _failure(rule: Rule, row: Mapping[Any, Any], hidden: set[str]) -> Failure:
    shareable = _without_pay(row) if hidden else row
    listed = rule.value or rule.column
    value = "" if rule.column in hidden else shown(shareable.get(listed))
    return Failure(
        row_id=int(row["row_id"]),
        rule_code=rule.rule_code,
        rule_class=rule.rule_class,
        severity=rule.severity,
        column_name=rule.column,
        value=mask_personal_numbers(value),
        message_zh=mask_personal_numbers(fill(rule.message_zh, shareable)),
        observed=shown(row.get(listed)),
    )


def fill(template: str, row: Mapping[Any, Any]) -> str:
    """A rule's message with the row's values in place of the names of columns."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return template.format(**{name: shown(row.get(name)) for name in names})


def plain_text(template: str, columns: Mapping[str, str]) -> str:
    """A rule's message without a row: the heading of a column, in 〔〕, in place of its name."""
    parts = []
    for text, name, _, _ in string.Formatter().parse(template):
        parts += [text, f"〔{columns.get(name, '……')}〕" if name else ""]
    return "".join(parts)


@lru_cache(maxsize=1)
def _context() -> Any:
    """One context per process; it writes no file and sends nothing over the network."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # imported for one expectation that no suite uses
    speed.import_lazily("scipy.stats")
    with _as_if_absent("pyspark"):
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

    # its log quotes values; its errors come back with the results
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    for name in list(logging.root.manager.loggerDict):  # some modules of it set a level of their own
        if name.startswith("great_expectations."):
            logging.getLogger(name).disabled = True
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@contextlib.contextmanager
def _as_if_absent(name: str) -> Iterator[None]:
    """Let imports of an optional library fail as where it isn't installed.

    Great Expectations imports all of pyspark if it is there, which takes seconds and ends a helper process: pyspark takes
    a process without a main file for one of its own tests (`pyspark.sql.connect.utils.check_dependencies`).
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def warm_up() -> None:
    """Load the libraries that judging needs."""
    import duckdb  # noqa: F401

    _batches()


@lru_cache(maxsize=1)
def _batches() -> Any:
    return (
        _context()
        .data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("rows")
    )


def failing_rows(frame: pd.DataFrame, judged: Sequence[Rule]) -> list[tuple[Rule, list[int]]]:
    """Per failing rule the places of its failing rows; rows are looked for only where a rule fails.

    Args:
        frame: one column per rule, named by the rule's code.
        judged: the rules; the column in their `kwargs` is not used here.
    """
    rows = frame.reset_index(drop=True)
    rows.insert(0, "place", range(len(rows)))
    batch = _batches().get_batch(batch_parameters={"dataframe": rows})
    failing = {rule.rule_code for rule, _ in _validate(batch, judged, "BOOLEAN_ONLY")}
    judged = [r for r in judged if r.rule_code in failing]
    if not judged:
        return []
    named = {"result_format": "COMPLETE", "unexpected_index_column_names": ["place"]}
    return [
        (rule, [item["place"] for item in result["unexpected_index_list"]])
        for rule, result in _validate(batch, judged, named)
    ]


def _validate(batch: Any, judged: Sequence[Rule], result_format: Any) -> list[tuple[Rule, dict[str, Any]]]:
    """The rules that fail, each with Great Expectations' result."""
    from great_expectations import ExpectationSuite

    configured = [
        {"type": r.type, "kwargs": {**r.kwargs, "column": r.rule_code}, "meta": {"rule_code": r.rule_code}}
        for r in judged
    ]
    suite = ExpectationSuite(name="judged", expectations=configured, meta={})
    with warnings.catch_warnings(), speed.configured_once():
        warnings.simplefilter("ignore")
        outcome = batch.validate(suite, result_format=result_format)
    by_code = {r.rule_code: r for r in judged}
    failed = []
    for result in outcome.results:
        rule = by_code[result.expectation_config.meta["rule_code"]]
        if result.exception_info and result.exception_info.get("raised_exception"):
            raise RuntimeError(without_figures(f"{rule.suite}: {rule.rule_code}: {result.exception_info}"))
        if not result.success:
            failed.append((rule, result.result))
    return failed


def judge_sources(con: duckdb.DuckDBPyConnection) -> dict[str, list[Failure]]:
    """Figures on which two sources differ, and figures that were not taken from another source, by feed.

    Args:
        con: build connection; `accepted.source_comparisons` is filled.
    """
    import pandas as pd

    judged = rules.load_suite(rules.SOURCES)
    frame = con.execute(read_sql(__package__, "judged_sources")).df()
    columns = {rule.rule_code: frame[rule.kwargs["column"]] for rule in judged}
    if frame.empty:
        return {}
    found: dict[str, list[Failure]] = {}
    for rule, places in failing_rows(pd.DataFrame(columns), judged):
        for row in frame.iloc[places].to_dict("records"):
            failure = _failure(rule, row, set())
            value = "" if row["is_pay"] else failure.value
            found.setdefault(row["feed"], []).append(
                replace(failure, column_name=row["column_name"], value=value)
            )
    return found


def judge_marts(con: duckdb.DuckDBPyConnection) -> list[MartFailure]:
    """Rules on the finished tables that fail; an empty list lets the release go out.

    Each rule has a query in `expectations/sql/` under its code; the rule judges the query's column `observed`.

    Args:
        con: connection to the build file; the tables are in schema `marts`.
    """
    import pandas as pd

    judged = rules.load_suite(rules.MARTS)
    frames: dict[str, pd.DataFrame] = {}
    for rule in judged:
        path = rules.query_file(rule.rule_code.lower())
        if path is None:
            raise FileNotFoundError(f"expectations/sql/{rule.rule_code.lower()}.sql")
        frames[rule.rule_code] = con.execute(read_sql_file(path)).df()
    # the frames one under another, each in the column of its rule: the suite is judged in one pass
    observed = [frame["observed"].astype(float).rename(code) for code, frame in frames.items()]
    rows = pd.concat([column.to_frame() for column in observed], ignore_index=True)
    starts = dict(zip(frames, itertools.accumulate([0, *map(len, observed)]), strict=False))
    failures = []
    for rule, places in failing_rows(rows, judged):
        first = [place - starts[rule.rule_code] for place in places[:3]]
        sample = frames[rule.rule_code].iloc[first].to_dict("records")
        failures.append(MartFailure(rule.rule_code, rule.message_zh, sample))
    return failures
