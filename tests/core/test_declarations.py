"""Every kind of YAML file is refused in one way: with the file, the line, and what to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from dagster_project.core.declarations import nodes_of, read_declaration
from dagster_project.core.errors import UserError
from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake import findings
from dagster_project.intake.feeds import FEEDS_DIR, Feed
from dagster_project.intake.parse.forms.declared import load_eras
from dagster_project.intake.parse.layout_files import read_layout
from dagster_project.intake.parse.nil import WORDS_FILE as NIL_WORDS
from dagster_project.intake.parse.nil import NilWords
from dagster_project.intake.parse.spellings import SPELLINGS_FILE, _Spellings
from dagster_project.publish import catalogue
from dagster_project.record.corrections import read_corrections
from dagster_project.record.precedence import read_precedence
from dagster_project.region.belongs import BELONGS_FILE, Belongs
from dagster_project.region.settings import read_region
from dagster_project.warehouse.districts import read_districts
from dagster_project.warehouse.tiers import TIERS_FILE, Tiers

CORRECTION = "- file: 2023/a.xlsx\n  cell: D2\n  expect: 30\n  value: 31\n  reason: 笔误\n"
LAYOUTS = PROJECT_ROOT / "raw_data" / "layouts"


def of_project(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def eras(path: Path) -> object:
    return load_eras(path.parents[1])


#: Name of the file, a good text of it, and what reads it.
KINDS: list[tuple[str, str, Callable[[Path], object]]] = [
    ("schools.yml", of_project(FEEDS_DIR / "schools.yml"), lambda p: read_declaration(p, Feed)),
    ("spellings.yml", of_project(SPELLINGS_FILE), lambda p: read_declaration(p, _Spellings)),
    ("nil.yml", of_project(NIL_WORDS), lambda p: read_declaration(p, NilWords)),
    ("findings.yml", of_project(findings.FINDINGS_FILE), lambda p: read_declaration(p, findings.Rules)),
    ("teacher_roster.yml", of_project(LAYOUTS / "teacher_roster.yml"), read_layout),
    ("forms/base_2021.yml", of_project(LAYOUTS / "forms" / "base_2021.yml"), eras),
    ("catalogue/safety.yml", of_project(catalogue.FOLDER / "safety.yml"), lambda p: catalogue.read(p.parent)),
    ("tiers.yml", of_project(TIERS_FILE), lambda p: read_declaration(p, Tiers)),
    ("belongs.yml", of_project(BELONGS_FILE), lambda p: read_declaration(p, Belongs)),
    (
        "precedence.yml",
        "tolerances:\n  人: {absolute: 1}\n",
        lambda p: read_precedence(p.read_bytes(), str(p)),
    ),
    ("district.yml", '"500199":\n  name_zh: 示例区\n', lambda p: read_districts(p.parent)),
    ("region.yml", "name_zh: 示例市\n", lambda p: read_region(p.parent)),
    ("corrections.yml", CORRECTION, lambda p: read_corrections(p.read_bytes(), p)),
]


def doubled(text: str) -> tuple[str, str, int]:
    """A text in which the first name of its first mapping stands again at its end; that name, and its line."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    mapping = node.value[0] if isinstance(node, yaml.SequenceNode) else node
    key = mapping.value[0][0]
    mark = text.splitlines()[key.start_mark.line][key.start_mark.column :].partition(":")[0]
    indent = " " * key.start_mark.column
    return f"{text.rstrip()}\n{indent}{mark}: 1\n", key.value, len(text.rstrip().splitlines()) + 1


@pytest.mark.parametrize(("name", "text", "read"), KINDS, ids=[kind[0] for kind in KINDS])
def test_a_faulty_file_of_any_kind_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, read: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with_double, key, line = doubled(text)
    first = text.index("\n", text.index(":")) + 1
    for content, said in (
        (with_double.encode(), f"第 {line} 行：“{key}”写了两次，请只留一处"),
        (f"{text[:first]}  : [{text[first:]}".encode(), "不是有效的 YAML"),
        (text.replace(":", ": 学", 1).encode("gb18030"), "不是 UTF-8 编码"),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError) as refused:
            read(path)
        assert said in str(refused.value)
        assert path.name in str(refused.value)


@pytest.mark.parametrize(("name", "text", "read"), KINDS, ids=[kind[0] for kind in KINDS])
def test_a_name_that_no_file_of_the_kind_knows_is_refused(
    tmp_path: Path, name: str, text: str, read: Callable[[Path], object]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    is_list = text.startswith("- ")
    path.write_text(f"{text.rstrip()}\n{'  ' if is_list else ''}nonsense: 1\n", encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read(path)
    assert f"第 {len(text.rstrip().splitlines()) + 1} 行" in str(refused.value)
    assert "nonsense" in str(refused.value)


def test_no_file_of_the_project_writes_a_name_twice() -> None:
    """Also those that dbt and others read."""
    folders = ("dagster_project", "dbt", "raw_data", "tests/fixtures")
    paths = [
        p for folder in folders for p in (PROJECT_ROOT / folder).rglob("*.yml") if "target" not in p.parts
    ]
    assert len(paths) > 150
    for path in paths:
        nodes_of(path)
