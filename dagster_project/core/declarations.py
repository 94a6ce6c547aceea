"""YAML files that declare something, of the project and of a raw root: read in one way, and refused in one way.

A faulty file is named with the line, the clause and what to write. A name that stands twice is a fault: YAML would take
the last and say nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, RootModel, ValidationError

from dagster_project.core.errors import UserError

#: Path of a clause, and what to do.
ClauseFault = tuple[tuple[str | int, ...], str]
_Model = TypeVar("_Model", bound=BaseModel)

_MOST_LISTED = 5
#: Most names that a message lists as those that may be written.
_MOST_NAMES = 40
_LONGEST_SHOWN = 40
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
    "bool_type": "这里要写 true 或 false",
    "bool_parsing": "这里要写 true 或 false",
    "greater_than_equal": "数字太小",
    "less_than_equal": "数字太大",
}
_ANY = "写法不对，请对照说明（README.md）里的例子"


def hint(name: str, known: Iterable[str]) -> str:
    """What may have been meant, in English: `; write found_on`, or nothing."""
    close = difflib.get_close_matches(name, sorted({k for k in known if k}), n=3, cutoff=0.6)
    return f"; write {' or '.join(close)}" if close else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown word: the most similar known one, and all of them unless they are many."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if len(names) > _MOST_NAMES:
        return f"是不是 {close[0]}" if close else "请核对写法"
    return f"{f'是不是 {close[0]}？' if close else ''}可以写：{'、'.join(names)}"


def read_declaration(
    path: Path, model: type[_Model], *, content: bytes | None = None, loader: Any = None, empty: Any = None
) -> _Model:
    """A YAML file as the model it declares.

    Args:
        path: the file, or its name for messages where `content` is given.
        model: the model of the whole file.
        content: bytes of the file, where they are not read from `path`.
        loader: class that loads the YAML; by default the fast one for the usual types.
        empty: what a file without content declares.

    Raises:
        UserError: it is no YAML, not in UTF-8, or a clause is unknown, wrong or written twice.
    """
    node, given = nodes_of(path, loader, content=content)
    try:
        return model.model_validate(empty if node is None else given)
    except ValidationError as error:
        raise refused(path, node, faults_in(error, model)) from error


def bytes_of(path: Path) -> bytes:
    """Bytes of a file that need not be there; empty without it."""
    return path.read_bytes() if path.is_file() else b""


def nodes_of(path: Path, loader: Any = None, *, content: bytes | None = None) -> tuple[yaml.Node | None, Any]:
    """The nodes of a YAML file, which know their lines, and its content. See `read_declaration`."""
    try:
        text = (path.read_bytes() if content is None else content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} 不是 UTF-8 编码，请用记事本“另存为”，编码选 UTF-8，再运行。") from error
    try:
        opened = (loader or getattr(yaml, "CSafeLoader", yaml.SafeLoader))(text)
        try:
            node = opened.get_single_node()
            # before what `<<` brings in is written into its mapping
            twice = list(_written_twice(node))
            given = opened.construct_document(node) if node is not None else None
        finally:
            opened.dispose()
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"第 {mark.line + 1} 行" if mark else ""
        reason = f"{line}不是有效的 YAML：请核对缩进、冒号后的空格，带 : # {{ [ * & 等符号的文字要加引号"
        raise UserError(_refused(path, [reason])) from error
    if twice:
        raise UserError(_refused(path, twice))
    return node, given


def refused(path: Path, node: yaml.Node | None, faults: Iterable[ClauseFault]) -> UserError:
    """What is wrong with a file, each with its line."""
    listed = dict.fromkeys(f"{_place(node, loc)}{said}" for loc, said in faults)
    return UserError(_refused(path, list(listed)))


def faults_in(error: ValidationError, model: type[BaseModel]) -> list[ClauseFault]:
    """Path and text of each fault that the model of a file found."""
    return [_fault(e, model) for e in error.errors()]


def _refused(path: Path, reasons: list[str]) -> str:
    more = f"；另有 {len(reasons) - _MOST_LISTED} 处" if len(reasons) > _MOST_LISTED else ""
    return f"{path} 写得不对，请改正后再运行：{'；'.join(reasons[:_MOST_LISTED])}{more}。"


def _fault(error: Any, model: type[BaseModel]) -> ClauseFault:
    """Path and text of what an error of pydantic says."""
    loc, kind = tuple(error["loc"]), error["type"]
    if kind == "value_error":
        return loc, str(error["ctx"]["error"])
    if kind == "extra_forbidden":
        return loc, f"没有“{loc[-1]}”这一项；{nearest(str(loc[-1]), _model_at(loc[:-1], model).model_fields)}"
    if kind == "missing":
        about = _model_at(loc[:-1], model).model_fields[str(loc[-1])].description
        return loc[:-1], f"缺少 {loc[-1]}{f'（{about}）' if about else ''}"
    given = repr(error["input"])
    shown = given if len(given) <= _LONGEST_SHOWN else f"{given[:_LONGEST_SHOWN]}…"
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"]).replace(" or ", " 或 ")
        words = [word.strip("'") for word in expected.replace(" 或 ", ", ").split(", ")]
        close = difflib.get_close_matches(str(error["input"]), words, n=1, cutoff=0.6)
        return loc, f"不能写“{error['input']}”，{f'是不是 {close[0]}？' if close else ''}只能写 {expected}"
    return loc, f"不能是 {shown}：{_WANTED.get(kind, _ANY)}"


def _model_at(loc: Iterable[Any], model: type[BaseModel]) -> type[BaseModel]:
    """The model that describes the place of a fault."""
    if issubclass(model, RootModel):
        model = next(_models_in(model.model_fields["root"].annotation), model)
    for step in loc:
        if step in model.model_fields:
            model = next(_models_in(model.model_fields[step].annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


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
