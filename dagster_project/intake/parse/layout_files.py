"""Reading layout files: what is wrong with one is stated in Chinese, with its line, its clause and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from dagster_project.core.errors import UserError
from dagster_project.intake.parse.layout_rules import ClauseFault, faults_of, nearest
from dagster_project.intake.parse.layouts import (
    Condition,
    Layout,
    LayoutFeed,
    Roster,
    SchoolYear,
    Source,
)

_MOST_LISTED = 5
#: What each kind of wrong clause should have been, by pydantic's name of the error.
_WANTED = {
    "string_type": "这里要写文字",
    "string_too_short": "不能空着",
    "too_short": "不能空着",
    "tuple_type": "这里要写成列表，如 [甲, 乙]",
    "dict_type": "这里要写成“名称: 值”",
    "model_type": "这里要写成“名称: 值”",
    "model_attributes_type": "这里要写成“名称: 值”",
    "int_type": "这里要写整数",
    "int_parsing": "这里要写整数",
    "int_from_float": "这里要写整数",
    "float_type": "这里要写数字",
    "float_parsing": "这里要写数字",
    "greater_than_equal": "数字太小",
    "less_than_equal": "数字太大",
}
_ANY = "这里的写法不对，请对照 raw_data/layouts/README.md"


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
        UserError: it is no YAML, or a clause is unknown, wrong, without effect or written twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} 不是 UTF-8 编码，请用 UTF-8 另存后再运行。") from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"第 {mark.line + 1} 行" if mark else ""
        reason = f"{line}不是有效的 YAML：请核对缩进、冒号后的空格，带 : # {{ [ * & 等符号的文字要加引号"
        raise UserError(_refused(path, [reason])) from error
    twice = list(_written_twice(node))
    if twice:
        raise UserError(_refused(path, twice))
    try:
        layout = Layout.model_validate(content)
        found = list(faults_of(layout))
        if not found:
            return layout.named(path.name)
    except ValidationError as error:
        found = [_fault(e) for e in error.errors()]
    listed = dict.fromkeys(f"{_place(node, path_)}{said}" for path_, said in found)
    raise UserError(_refused(path, list(listed)))


def _refused(path: Path, reasons: list[str]) -> str:
    more = f"；另有 {len(reasons) - _MOST_LISTED} 处" if len(reasons) > _MOST_LISTED else ""
    return f"{path} 写得不对，没有读入任何报表，请改正后再运行：{'；'.join(reasons[:_MOST_LISTED])}{more}。"


def _fault(error: Any) -> ClauseFault:
    """Path and text of what an error of pydantic says."""
    loc, kind = tuple(error["loc"]), error["type"]
    if kind == "value_error":
        return loc, str(error["ctx"]["error"])
    if kind == "extra_forbidden":
        return loc, f"没有“{loc[-1]}”这一项；{nearest(str(loc[-1]), _model_at(loc[:-1]).model_fields)}"
    if kind == "missing":
        return loc[:-1], f"缺少 {loc[-1]}（{_model_at(loc[:-1]).model_fields[str(loc[-1])].description}）"
    if kind == "literal_error":
        return loc, f"不能写“{error['input']}”，只能写 {error['ctx']['expected'].replace(' or ', ' 或 ')}"
    return loc, _WANTED.get(kind, _ANY)


def _model_at(loc: Sequence[str | int]) -> type[BaseModel]:
    """The part of a layout that a path leads to."""
    words = [str(part) for part in loc]
    if "where" in words:
        return Condition
    if words[:1] == ["school_year"]:
        return SchoolYear
    if words[:1] == ["roster"]:
        return Roster
    if "columns" in words:
        return Source
    return LayoutFeed if words[:1] == ["feeds"] else Layout


def _place(node: yaml.Node | None, loc: Sequence[str | int]) -> str:
    """Line and name of the clause that a path leads to, as far as the file has it."""
    line = 0
    names: list[str] = []
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                if not isinstance(part, int):
                    break
                continue  # a single part may stand without a list
            line, node = found[0].start_mark.line + 1, found[1]
            names.append(str(part))
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return f"第 {line} 行 {'.'.join(names)}：" if line else ""


def _written_twice(node: yaml.Node | None) -> Iterator[str]:
    """Names that stand twice in one mapping, of which YAML silently takes the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"第 {key.start_mark.line + 1} 行：“{key.value}”写了两次，请只留一处"
            seen.add(key.value)
            yield from _written_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _written_twice(item)
