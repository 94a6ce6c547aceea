"""The developer docs agree with what they describe."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.warehouse import build

DOCS = PROJECT_ROOT / "docs"


@pytest.fixture(scope="module")
def build_marts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_marts", DOCS / "build_marts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_published_tables_is_up_to_date(build_marts: ModuleType) -> None:
    written = (DOCS / "marts.md").read_text(encoding="utf-8")
    assert written == build_marts.page(), "run .venv/bin/python docs/build_marts.py"


def test_every_published_table_states_its_key(build_marts: ModuleType) -> None:
    written = (DOCS / "marts.md").read_text(encoding="utf-8")
    without = re.findall(r"^## (\w+)\n(?:(?!^## ).*\n)*?Key: none\.", written, re.M)
    # lists in which equal rows may occur: two cells of one cause, two explanations of one warning
    assert without == ["fct_assumptions", "fct_explanations", "fct_problems"]


@pytest.mark.parametrize(
    "page", sorted(p.name for p in [*DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md")])
)
def test_paths_named_in_the_docs_exist(page: str) -> None:
    """Paths in code quotes and links; a placeholder such as `<feed>` stands for any name."""
    (path,) = [p for p in DOCS.rglob("*.md") if p.name == page and "pictures" not in p.parts][:1] or [
        DOCS / page
    ]
    text = path.read_text(encoding="utf-8")
    named = set(
        re.findall(r"`((?:dagster_project|dbt|expectations|raw_data|notebooks|tests|docs)/[^`\s]*)`", text)
    )
    missing = []
    for name in sorted(named):
        pattern = re.sub(r"<[^>]+>|\{[^}]+\}|…", "*", name.rstrip("/").split("#")[0])
        if not list(PROJECT_ROOT.glob(pattern)):
            missing.append(name)
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    missing += [link for link in links if not (path.parent / link).exists()]
    assert missing == []


def test_the_names_that_outputs_print_are_those_dbt_reads() -> None:
    """`published_labels` reads the YAML files itself, without the seconds that dbt takes."""
    manifest = build.prepare_manifest()
    assert build.published_labels() == {
        node.name: (
            node.config.meta["label_zh"],
            {c.name: c.config.meta["label_zh"] for c in node.columns.values()},
        )
        for node in manifest.nodes.values()
        if str(node.resource_type) == "model" and node.schema == "marts"
    }
