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


@pytest.mark.parametrize("word", ["::", " exclude (", "qualify ", " filter (", "lambda ", "try_cast"])
def test_no_statement_uses_words_that_only_duckdb_knows(compiled: list[Path], word: str) -> None:
    assert [p.name for p in compiled if word in p.read_text(encoding="utf-8").lower()] == []


def test_no_threshold_stands_in_a_model() -> None:
    for number in ("4.2", "5.3", "4.5", "7.5", "10.2", "2000", "2500", "0.85", "0.45", "1.32"):
        for path in (build.DBT_DIR / "models").rglob("*.sql"):
            assert number not in path.read_text(encoding="utf-8"), f"{number} in {path.name}"
