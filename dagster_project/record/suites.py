"""Runs the suites of `expectations/` and names the rows that fail.

A suite declares, per class of rules, the query that prepares its frame (sums of columns, last year's
figure beside this year's); Great Expectations judges the frame and gives back the failing rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import itertools
import json
import logging
import os
import string
import sys
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import EXPECTATIONS_DIR
from dagster_project.core.privacy import mask_personal_numbers, without_figures
from dagster_project.intake.feeds import load_feeds

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

#: Cells of a pass over several feeds; longer feeds are judged by themselves.
_LARGEST_PASS = 4_000_000
#: No kindergarten has as many people, and nobody's yearly pay is as small.
_NO_HEAD_COUNT = 1_000
FAILURE_COLUMNS = [
    "row_id", "rule_code", "class", "severity", "column_name", "value", "message_zh", "observed",
]  # fmt: skip


@lru_cache(maxsize=32)
def load_suite(name: str) -> dict[str, Any]:
    """A suite as its JSON says.

    Raises:
        FileNotFoundError: there is no suite of that name.
    """
    suite: dict[str, Any] = json.loads((EXPECTATIONS_DIR / f"{name}.json").read_text(encoding="utf-8"))
    return suite


def suite_catalogue() -> list[dict[str, Any]]:
    """All rules of all suites: code, class, severity, column, text and basis."""
    names = [*load_feeds(), "marts"]
    return [{"suite": name, **e["meta"]} for name in names for e in load_suite(name)["expectations"]]


def is_run_by(rule: dict[str, Any], rule_class: str) -> bool:
    """True if a rule belongs to a pass: quarantining rules judge what came, warning ones what is in force."""
    return (rule["severity"] == "quarantine_row") == (rule_class == "logic")


def judge(
    con: duckdb.DuckDBPyConnection, relations: Mapping[str, str], rule_class: str
) -> dict[str, pd.DataFrame]:
    """Failing rows of some feeds, judged side by side: a pass costs about the same for one rule as for fifty.

    Args:
        con: connection that holds the relations (and, for experience rules, schema `accepted`).
        relations: by code of the feed a table or view with `row_id`, the feed's columns and the context columns.
        rule_class: `logic` (rows to put aside) or `experience` (warnings).

    Returns:
        For each feed one row a failing row and rule, columns FAILURE_COLUMNS; pay is never shown as a value.
    """
    import pandas as pd

    frames: dict[str, pd.DataFrame] = {}
    rules: dict[str, list[dict[str, Any]]] = {}
    for feed, relation in relations.items():
        suite = load_suite(feed)
        own = [e for e in suite["expectations"] if is_run_by(e["meta"], rule_class)]
        if own:
            frame = con.execute(suite["meta"]["queries"][rule_class].replace("{relation}", relation)).df()
            if len(frame):
                frames[feed] = frame.drop_duplicates("row_id").reset_index(drop=True)
                rules[feed] = own
    failures: dict[str, list[dict[str, Any]]] = {feed: [] for feed in relations}
    for feeds in _side_by_side({feed: (len(frames[feed]), len(rules[feed])) for feed in frames}):
        for feed, rule, places in _failing_of(frames, rules, feeds):
            hidden = {c.name for c in load_feeds()[feed].columns if c.is_pay}
            for row in frames[feed].iloc[places].to_dict("records"):
                told = _without_pay(row) if hidden else row
                # `observed` is never published: an explanation names the value it explains, pay included
                observed = {"observed": shown(row.get(rule["column"]))}
                failures[feed].append(_failure(rule, row["row_id"], told, hidden) | observed)
    return {feed: pd.DataFrame(found, columns=FAILURE_COLUMNS) for feed, found in failures.items()}


def _side_by_side(sizes: Mapping[str, tuple[int, int]]) -> list[list[str]]:
    """Feeds in groups whose frames, padded to the longest, stay small; sizes are rows and rules."""
    groups: list[list[str]] = []
    columns = 0
    for feed, (rows, rules) in sorted(sizes.items(), key=lambda item: -item[1][0]):
        longest = sizes[groups[-1][0]][0] if groups else rows
        if groups and longest * (columns + rules) <= _LARGEST_PASS:
            groups[-1].append(feed)
            columns += rules
        else:
            groups.append([feed])
            columns = rules
    return groups


def _failing_of(
    frames: Mapping[str, pd.DataFrame], rules: Mapping[str, list[dict[str, Any]]], feeds: list[str]
) -> list[tuple[str, dict[str, Any], list[int]]]:
    """Feed, rule and places of the failing rows; each rule's column stands under its code, a blank is no failure."""
    import pandas as pd

    feed_of = {rule["meta"]["rule_code"]: feed for feed in feeds for rule in rules[feed]}
    renamed = [
        {**rule, "kwargs": {**rule["kwargs"], "column": rule["meta"]["rule_code"]}}
        for feed in feeds
        for rule in rules[feed]
    ]
    observed = [
        frames[feed][rule["kwargs"]["column"]].rename(rule["meta"]["rule_code"])
        for feed in feeds
        for rule in rules[feed]
    ]
    rows = pd.concat(observed, axis=1)
    rows.insert(0, "place", range(len(rows)))
    return [(feed_of[m["rule_code"]], m, places) for m, places in _failing(rows, "feeds", renamed, "place")]


def _without_pay(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """A row of a feed that holds pay, for telling: no number that isn't a head count, for it may be pay."""
    return {
        name: "不显示" if isinstance(value, int | float) and abs(value) >= _NO_HEAD_COUNT else value
        for name, value in row.items()
    }


def _failure(rule: dict[str, Any], row_id: int, row: Mapping[Any, Any], hidden: set[str]) -> dict[str, Any]:
    column = rule["column"]
    return {
        "row_id": int(row_id),
        "rule_code": rule["rule_code"],
        "class": rule["class"],
        "severity": rule["severity"],
        "column_name": column,
        "value": "" if column in hidden else mask_personal_numbers(shown(row.get(column))),
        "message_zh": mask_personal_numbers(fill(rule["message_zh"], row)),
    }


def shown(value: Any) -> str:
    """A value as a person writes it: no trailing .0, nothing for missing."""
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return ""
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.2f}"
    return str(value)


def fill(template: str, row: Mapping[Any, Any]) -> str:
    """Message with the row's values in its places."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return template.format(**{name: shown(row.get(name)) for name in names})


def plain_text(template: str, columns: Mapping[str, str]) -> str:
    """Message of a rule for the catalogue: a row's values become the headings they stand under."""
    parts = []
    for text, name, _, _ in string.Formatter().parse(template):
        parts += [text, f"〔{columns.get(name, '……')}〕" if name else ""]
    return "".join(parts)


def _import_lazily(name: str) -> None:
    """Put a module in place that is loaded at its first use.

    Great Expectations imports `scipy.stats` for one expectation that no suite here uses; loading it takes
    a third of the library's start.
    """
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


@lru_cache(maxsize=1)
def _context() -> Any:
    """One ephemeral context a process; it asks nobody and tells nobody anything."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    _import_lazily("scipy.stats")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # it would log what its errors quote; they come back with the results
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def warm_up() -> None:
    """Load what judging needs."""
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


def _failing(
    frame: pd.DataFrame, name: str, rules: list[dict[str, Any]], key: str
) -> list[tuple[dict[str, Any], list[Any]]]:
    """For each failing rule the keys of its failing rows; rows are only looked for where a rule fails."""
    batch = _batches().get_batch(batch_parameters={"dataframe": frame})
    failing = [r.expectation_config.meta["rule_code"] for r in _validate(batch, name, rules, "BOOLEAN_ONLY")]
    rules = [r for r in rules if r["meta"]["rule_code"] in failing]
    if not rules:
        return []
    named = {"result_format": "COMPLETE", "unexpected_index_column_names": [key]}
    return [
        (dict(r.expectation_config.meta), [item[key] for item in r.result["unexpected_index_list"]])
        for r in _validate(batch, name, rules, named)
    ]


@contextlib.contextmanager
def _configured_once() -> Iterator[None]:
    """Let each expectation put its configuration together once.

    In a pass it doesn't change, but Great Expectations asks for it some forty times and builds it anew each
    time, which is a third of the pass.
    """
    from great_expectations.expectations.expectation import Expectation

    built: Any = Expectation.configuration
    known: dict[int, tuple[Any, Any]] = {}

    def remembered(expectation: Any) -> Any:
        # the expectation is kept beside it, so that no other can come to bear the same number
        if id(expectation) not in known:
            known[id(expectation)] = (expectation, built.__get__(expectation))
        return known[id(expectation)][1]

    setattr(Expectation, "configuration", property(remembered))  # noqa: B010 - it is no attribute of an instance
    try:
        yield
    finally:
        setattr(Expectation, "configuration", built)  # noqa: B010


def _validate(batch: Any, name: str, rules: list[dict[str, Any]], result_format: Any) -> list[Any]:
    """Results of the rules that fail."""
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=name, expectations=[dict(r) for r in rules], meta={})
    with warnings.catch_warnings(), _configured_once():
        warnings.simplefilter("ignore")
        outcome = batch.validate(suite, result_format=result_format)
    for result in outcome.results:
        if result.exception_info and result.exception_info.get("raised_exception"):
            code = result.expectation_config.meta["rule_code"]
            raise RuntimeError(without_figures(f"{name}: {code}: {result.exception_info}"))
    return [r for r in outcome.results if not r.success]


def judge_marts(con: duckdb.DuckDBPyConnection, schema: str = "marts") -> list[dict[str, Any]]:
    """Rules on the finished marts that fail; an empty list lets the release go out.

    Args:
        con: connection to the build file.
        schema: where the marts lie.

    Returns:
        One dict a failing rule: rule_code, message_zh, and the keys of the first failing rows.
    """
    import pandas as pd

    suite = load_suite("marts")
    queries: dict[str, str] = suite["meta"]["queries"]
    frames = {code: con.execute(sql.replace("{schema}", schema)).df() for code, sql in queries.items()}
    # one column a rule, under each other: the suite is judged in one pass, and blanks are nobody's failure
    observed = [frame["observed"].astype(float).rename(code) for code, frame in frames.items()]
    rows = pd.concat([column.to_frame() for column in observed], ignore_index=True)
    rows.insert(0, "row_id", range(len(rows)))
    starts = dict(zip(frames, itertools.accumulate([0, *map(len, observed)]), strict=False))
    rules = [
        {**r, "kwargs": {**r["kwargs"], "column": r["meta"]["rule_code"]}} for r in suite["expectations"]
    ]
    failures = []
    for meta, ids in _failing(rows, "marts", rules, "row_id"):
        code = meta["rule_code"]
        places = [row_id - starts[code] for row_id in ids[:3]]
        sample = frames[code].iloc[places].to_dict("records")
        failures.append({"rule_code": code, "message_zh": meta["message_zh"], "sample": sample})
    return failures
