"""Each text about a table has one home: a YAML file beside its model, a docs block where a column recurs."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_project.core.homes import DBT_DIR
from dagster_project.intake.feeds import load_feeds
from dagster_project.warehouse import build, sources

MODELS = DBT_DIR / "models"

#: Columns of one name and several meanings, each with its own label.
SEVERAL_MEANINGS = {
    "column_zh", "denominator", "department", "domain", "done", "due", "due_on", "found", "indicator_code", "kindergartens", "measure_zh", "message_zh",
    "scale", "status", "struck_off", "students", "times_reopened", "valid_from", "valid_to", "value",
}  # fmt: skip


def described_models() -> list[tuple[Path, dict[str, Any]]]:
    """Every described model with the file that describes it."""
    found = []
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            found.append((path, model))
    return found


def columns() -> list[tuple[str, dict[str, Any]]]:
    return [(model["name"], column) for _, model in described_models() for column in model.get("columns", [])]


def test_each_model_is_described_in_the_file_beside_it() -> None:
    assert sorted(path.with_suffix(".sql") for path, _ in described_models()) == sorted(MODELS.rglob("*.sql"))
    for path, model in described_models():
        assert (model["name"], bool(model["description"].strip())) == (path.stem, True)


def test_a_description_that_recurs_is_a_docs_block() -> None:
    homes = defaultdict(list)
    for model, column in columns():
        if "doc(" not in column["description"]:
            homes[column["name"], column["description"]].append(model)
    assert {key: models for key, models in homes.items() if len(models) > 2} == {}


def test_a_column_name_has_one_label() -> None:
    labels = defaultdict(set)
    for _, column in columns():
        if "config" in column:
            labels[column["name"]].add(column["config"]["meta"]["label_zh"])
    assert {name for name, texts in labels.items() if len(texts) > 1} == SEVERAL_MEANINGS


def test_every_feed_is_a_source_without_being_listed_by_hand() -> None:
    declared = {s.name for s in build.prepare_manifest().sources.values()}
    assert set(load_feeds()) <= declared
    written = "\n".join(p.read_text(encoding="utf-8") for p in MODELS.rglob("_*.yml"))
    assert not [feed for feed in load_feeds() if f"name: {feed}\n" in written]


def test_a_new_feed_is_declared_and_has_the_project_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.models_digest()
    toys = load_feeds()["staffing"].model_copy(update={"feed": "toys", "name_zh": "玩具"})
    monkeypatch.setattr(sources, "load_feeds", lambda: {"toys": toys})
    declared = yaml.safe_load(sources.sources_yaml())["sources"][0]
    assert (declared["name"], [t["name"] for t in declared["tables"]]) == ("accepted", ["toys"])
    assert build.models_digest() != before


def codes_listed_in(model: str) -> list[str]:
    """First element of each row of the lists at the top of a model."""
    text = (MODELS / "plan" / "intermediate" / f"{model}.sql").read_text(encoding="utf-8")
    return re.findall(r"^    \(\s*'(\w+)'", text.partition("\nwith ")[0], re.MULTILINE)


def seed(name: str) -> list[dict[str, str]]:
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_figure_of_the_plan_has_one_label_and_one_place_it_comes_from() -> None:
    labelled = [row["figure_code"] for row in seed("rectification_figures")]
    # the share of progress returns follows from the states that the others prove
    listed = [*codes_listed_in("int_rectification_figures"), "progress_returns_share"]
    assert sorted(listed) == sorted(labelled)


def test_every_figure_of_government_is_an_item_with_a_standard() -> None:
    items = {row["item_code"] for row in seed("government_items") if row["indicator_code"]}
    listed = codes_listed_in("int_government_values")
    assert len(listed) == len(set(listed)) >= 19
    assert set(listed) <= items
