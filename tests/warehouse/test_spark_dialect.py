"""The models move to Spark unchanged: every compiled statement parses in its dialect."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from dagster_project.warehouse import build


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Compiled SQL of all models and singular tests."""
    target = tmp_path_factory.mktemp("compiled")
    outcome = build.invoke(
        ["compile", "--target-path", str(target), "--no-populate-cache", "--no-introspect"],
        target / build.DATABASE_NAME,
    )
    assert outcome.success, outcome.exception
    return sorted(target.glob("compiled/**/*.sql"))


def test_all_compiled_sql_parses_in_spark(compiled: list[Path]) -> None:
    assert len(compiled) >= 35
    for path in compiled:
        statements = sqlglot.parse(path.read_text(encoding="utf-8"), read="spark")
        assert statements and all(s is not None for s in statements), path.name
        assert not any(s.find(sqlglot.exp.Command) for s in statements if s), path.name


@pytest.mark.parametrize(
    "word",
    [
        "::", " exclude (", "qualify ", " filter (", "lambda ", "try_cast",
        # needs a length there; `string` is the same here
        "varchar",
        # stands elsewhere there; max_by does the same
        "ignore nulls",
    ],
)  # fmt: skip
def test_no_statement_uses_words_that_only_duckdb_knows(compiled: list[Path], word: str) -> None:
    assert [p.name for p in compiled if word in p.read_text(encoding="utf-8").lower()] == []


def test_what_is_missing_stands_at_the_same_end_of_every_order(compiled: list[Path]) -> None:
    # DuckDB puts it last, Spark first unless the order is descending: an order says so, or has nothing missing
    for path in compiled:
        text = path.read_text(encoding="utf-8")
        here, there = (
            [term for statement in sqlglot.parse(text, read=engine) for term in ordered_terms(statement)]
            for engine in ("duckdb", "spark")
        )
        assert len(here) == len(there), path.name
        unsaid = [
            one.sql("duckdb")
            for one, other in zip(here, there, strict=True)
            if one.args["nulls_first"] != other.args["nulls_first"] and not is_never_missing(one.this)
        ]
        assert unsaid == [], f"{path.name}: say `nulls last` (or `nulls first`) in the order"


def ordered_terms(statement: sqlglot.Expression | None) -> list[sqlglot.exp.Ordered]:
    return list(statement.find_all(sqlglot.exp.Ordered)) if statement else []


def is_never_missing(term: sqlglot.Expression) -> bool:
    """Whether a term of an order is a constant, or a case that ends in constants."""
    if isinstance(term, sqlglot.exp.Case):
        ends = [branch.args["true"] for branch in term.args["ifs"]] + [term.args.get("default")]
        return all(end is not None and is_never_missing(end) for end in ends)
    return isinstance(term, sqlglot.exp.Literal)


def test_no_threshold_stands_in_a_model() -> None:
    for number in ("4.2", "5.3", "4.5", "7.5", "10.2", "2000", "2500", "0.85", "0.45", "1.32"):
        for path in (build.DBT_DIR / "models").rglob("*.sql"):
            assert number not in path.read_text(encoding="utf-8"), f"{number} in {path.name}"
