"""Layers are layers: what a model may read depends on the folder that it is in."""

from __future__ import annotations

import re

import pytest

from dagster_project.intake.feeds import load_feeds
from dagster_project.publish.phrases import JUDGED_STAGES
from dagster_project.warehouse import build

#: What each layer may read.
MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    "marts": {"staging", "intermediate", "seed"},
    "published": {"intermediate", "marts", "published"},
    # districts side by side, over the marts of all of them
    "region": {"source", "seed", "marts", "published", "region"},
}
#: Other reads: reader and what it reads, with the reason.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("int_rectification_figures", "committee_district_kindergarten_pay"): "the plan proves by what the committee sees",
    ("fct_town_completeness", "fct_completeness"): "roll-up of schools to towns",
    ("fct_return_signatures", "fct_completeness"): "roll-up of schools to feeds",
    ("fct_return_counts", "fct_returns_due"): "roll-up of returns to feeds",
    ("fct_town_class_ledger", "fct_class_ledger"): "roll-up of classes to towns",
    ("fct_rectification_measures", "fct_rectification_states"): "roll-up of states to the last one of each month",
    ("fct_rectification_ledger", "fct_rectification_measures"): "roll-up of measures to items",
    ("fct_rectification_summary", "fct_rectification_ledger"): "roll-up of items to the district",
    ("fct_department_progress", "fct_rectification_measures"): "roll-up of measures to departments",
    ("fct_open_matters", "fct_rectification_measures"): "the last month's open measures beside milestones and hazards",
    ("fct_variation_counts", "fct_rectification_measures"): "the newest month's figure beside the newest year's verdicts",
    ("fct_monthly_changes", "fct_rectification_summary"): "counts beside those of the month before",
    ("fct_monthly_changes", "fct_district_class_ledger"): "counts beside those of the month before",
    ("fct_monthly_changes", "fct_district_hazards"): "counts beside those of the month before",
    ("fct_monthly_changes", "fct_department_progress"): "counts beside the returns they rest on",
    ("fct_monthly_changes", "fct_return_counts"): "counts beside the returns they rest on",
    ("fct_monthly_changes", "fct_returns_due"): "counts beside the returns they rest on",
}  # fmt: skip
#: Marts that publish a table of the record as it is.
OF_THE_RECORD = {
    "dim_rules", "dim_unchecked", "fct_assumptions", "fct_corrections", "fct_explanations", "fct_holds", "fct_problem_ages", "fct_problems",
    "fct_submissions",
}  # fmt: skip


#: Feeds whose rows no model reads, with who reads them.
READ_BY_THE_RECORD = {
    "explanations": "the record marks the problems that they explain",
    "district_explanations": "the record marks the problems that they explain",
    "school_codes": "the record knows schools by them in all other returns",
}


#: Columns that no model needs, by feed.
LEFT_IN_THE_RECORD = {"return_signatures": {"school_name"}}  # the register names the school


def test_every_feed_is_read_by_a_staging_model() -> None:
    """A feed without one would be asked of schools, taken in and counted, and reach no table."""
    models = {path.stem for path in build.DBT_DIR.glob("models/*/staging/stg_*.sql")}
    unread = [feed for feed in load_feeds() if f"stg_{feed}" not in models and feed not in READ_BY_THE_RECORD]
    assert not unread, f"write dbt/models/core/staging/stg_<feed>.sql and .yml for {unread}"


@pytest.mark.parametrize("feed", sorted(set(load_feeds()) - set(READ_BY_THE_RECORD)))
def test_every_column_of_a_feed_is_in_its_staging_model(feed: str) -> None:
    """A column without a line there would be asked of schools and read, and reach no table."""
    (path,) = build.DBT_DIR.glob(f"models/*/staging/stg_{feed}.sql")
    written = set(re.findall(r"\w+", re.sub(r"--.*", "", path.read_text(encoding="utf-8"))))
    left_out = (
        {column.name for column in load_feeds()[feed].columns} - written - LEFT_IN_THE_RECORD.get(feed, set())
    )
    assert not left_out, f"add {sorted(left_out)} to {path.relative_to(build.DBT_DIR.parent)}"


def layers() -> dict[str, str]:
    """Layer of each model, by its folder; `seed` and `source` for those."""
    manifest = build.prepare_manifest()
    found = {node.unique_id: "source" for node in manifest.sources.values()}
    for node in manifest.nodes.values():
        if str(node.resource_type) == "seed":
            found[node.unique_id] = "seed"
        elif str(node.resource_type) == "model":
            found[node.unique_id] = node.fqn[-2]
    return found


def reads() -> set[tuple[str, str]]:
    """Each model with what it reads, by unique id."""
    known = layers()
    nodes = build.prepare_manifest().nodes
    return {(n, parent) for n in known if n in nodes for parent in nodes[n].depends_on_nodes}


def name_of(unique_id: str) -> str:
    return unique_id.rpartition(".")[2]


def test_every_model_is_in_a_layer() -> None:
    assert set(layers().values()) - {"seed", "source"} == set(MAY_READ)


@pytest.mark.parametrize("layer", sorted(MAY_READ))
def test_a_layer_reads_only_the_layers_below(layer: str) -> None:
    of = layers()
    others = {
        (name_of(reader), name_of(read))
        for reader, read in reads()
        if of[reader] == layer and of[read] not in MAY_READ[layer]
    }
    if layer == "marts":
        others -= {(mart, read) for mart, read in others if mart in OF_THE_RECORD}
    assert others - set(EXCEPTIONS) == set()


def test_no_exception_is_left_over() -> None:
    actual = {(name_of(reader), name_of(read)) for reader, read in reads()}
    assert set(EXCEPTIONS) <= actual
    of = layers()
    assert {name_of(m) for m, read in reads() if of[m] == "marts" and of[read] == "source"} == OF_THE_RECORD


def test_the_stages_whose_schools_are_judged_are_listed_once() -> None:
    """In `dbt_project.yml`; models ask `is_judged_stage`, Python `judged_stages`."""
    assert JUDGED_STAGES == ("primary", "junior_secondary")
    typed = [
        path.relative_to(build.DBT_DIR).as_posix()
        for folder in ("models", "macros", "tests")
        for path in sorted((build.DBT_DIR / folder).rglob("*.sql"))
        if re.search(r"'primary',\s*'junior_secondary'\s*\)", path.read_text(encoding="utf-8"))
    ]
    assert typed == [], "write {{ is_judged_stage('stage') }}"
