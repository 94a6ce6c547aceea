"""Reading layout files: what is wrong with one is stated in Chinese, with its line, its clause and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from pydantic import ValidationError

from dagster_project.core.declarations import faults_in, nodes_of, refused
from dagster_project.core.errors import UserError
from dagster_project.intake.parse.layout_open import open_clauses
from dagster_project.intake.parse.layout_rules import faults_of
from dagster_project.intake.parse.layouts import Layout


class _Loader(yaml.SafeLoader):
    """Plain words stay words: no, 2023-09-01 and 007 are texts of a table, no truth value, date or other number."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9]\d*)\Z"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:0|[1-9]\d*)\.\d+\Z"), list("-+0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])


def load_layouts(*folders: Path) -> list[Layout]:
    """Layouts of the folders given, later folders last; a folder that isn't there is skipped.

    Raises:
        UserError: a layout file is wrong; the message names the file, the line, the clause and what to write.
    """
    layouts: dict[str, Layout] = {}
    for folder in dict.fromkeys(f.resolve() for f in folders):
        found: dict[str, Path] = {}
        if unread := sorted([*folder.glob("*.yaml"), *folder.glob("*.YML")]):
            raise UserError(f"{unread[0]} 的扩展名要写成 .yml，否则不会读取；请改名后再运行。")
        for path in sorted(folder.glob("*.yml")):
            layout = read_layout(path)
            if layout.layout in found:
                raise UserError(
                    f"{path} 与 {found[layout.layout].name} 的 layout 都是 {layout.layout}，请改成不同的短名后再运行。"
                )
            found[layout.layout] = path
            layouts[layout.layout] = layout
    return list(layouts.values())


def read_layout(path: Path) -> Layout:
    """A layout file.

    Raises:
        UserError: it is no YAML, or a clause is undecided (待定), unknown, wrong, without effect or written twice.
    """
    node, content = nodes_of(path, _Loader)
    if undecided := list(open_clauses(content)):
        raise refused(path, node, undecided)
    try:
        layout = Layout.model_validate(content)
        found = list(faults_of(layout))
        if not found:
            return layout.named(path.name)
    except ValidationError as error:
        found = faults_in(error, Layout)
    raise refused(path, node, found)
