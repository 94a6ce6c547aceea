"""The page about layouts says what the program does: it is generated, and its examples load."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from dagster_project.core.homes import LAYOUTS_DIR, PROJECT_ROOT
from dagster_project.intake.parse import layouts
from dagster_project.intake.parse.layout_files import read_layout

PAGE = LAYOUTS_DIR / "README.md"


@pytest.fixture(scope="module")
def build_layouts() -> ModuleType:
    path = PROJECT_ROOT / "docs" / "build_layouts.py"
    spec = importlib.util.spec_from_file_location("build_layouts", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(build_layouts: ModuleType) -> None:
    assert PAGE.read_text(encoding="utf-8") == build_layouts.page(), (
        "run .venv/bin/python docs/build_layouts.py"
    )


def test_every_example_of_the_page_loads(tmp_path: Path) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(examples) >= 4
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yml"
        path.write_text(example, encoding="utf-8")
        assert read_layout(path).feeds


def test_every_clause_is_described() -> None:
    parts = (layouts.Layout, layouts.LayoutFeed, layouts.Source, layouts.Condition, layouts.SchoolYear)
    assert [f"{p.__name__}.{n}" for p in parts for n, f in p.model_fields.items() if not f.description] == []
