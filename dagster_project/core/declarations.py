"""Messages for a YAML file that does not have the shape of its model: entry, field, and the nearest name there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

#: What names an entry, first match first.
_NAMES = ("name", "file")
#: Types that pydantic puts into the place of a fault where a field may have more than one.
_TYPES = frozenset(("str", "int", "float", "bool", "tuple", "none"))


def hint(name: str, known: Iterable[str]) -> str:
    """What may have been meant: `; write found_on`, or nothing."""
    close = get_close_matches(name, sorted({k for k in known if k}), n=3, cutoff=0.6)
    return f"; write {' or '.join(close)}" if close else ""


def faults_of_shape(error: ValidationError, given: Any, model: type[BaseModel]) -> list[str]:
    """One message per fault, such as `entry toy, columns 3 (days_open): there is no field knd; write kind`.

    Args:
        error: what the model said of the file.
        given: the file as YAML gave it.
        model: the model of a whole file.
    """
    return list(
        dict.fromkeys(_message(dict(fault), given, model) for fault in error.errors(include_url=False))
    )


def _message(fault: dict[str, Any], given: Any, model: type[BaseModel]) -> str:
    loc = [step for step in fault["loc"] if step not in _TYPES and "[" not in str(step)]
    entry, steps = _place(loc, given)
    where = f"{entry}{', ' if entry and steps else ''}{' '.join(steps)}"
    field = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    match fault["type"]:
        case "extra_forbidden":
            known = sorted(model_at(loc[:-1], model).model_fields)
            said = f"there is no field {field}{hint(field, known) or '; fields are ' + ', '.join(known)}"
        case "missing":
            said = f"the field {field} is missing"
        case "literal_error":
            expected = str(fault["ctx"]["expected"])
            near = hint(str(fault["input"]), re.findall(r"'([^']*)'", expected))
            said = f"{field} cannot be {_short(fault['input'])}{near or ': it is one of ' + expected}"
        case "value_error":
            said = str(fault["ctx"]["error"]).removeprefix(f"{entry.removeprefix('entry ')}: ")
        case "tuple_type":
            said = f"{field} is a list: write [{fault['input']}]"
        case _:
            said = f"{field} cannot be {_short(fault['input'])}: {fault['msg'].lower()}"
    return f"{where}: {said}" if where else said


def _place(loc: list[Any], given: Any) -> tuple[str, list[str]]:
    """The entry that a fault is in, and the way to it below the entry, without the field itself."""
    entry = ""
    steps: list[str] = []
    last = len(loc) - 1
    for position, step in enumerate(loc):
        below = given[step] if _has(given, step) else None
        if isinstance(step, int):
            name = _name_of(below)
            if position == 1 and name:  # tables 1, reports 1, paragraphs 1
                entry, steps = f"entry {name}", []
            else:
                steps[-1:] = [
                    f"{steps[-1] if steps else ''} {step + 1}{f' ({name})' if name else ''}".strip()
                ]
        elif position < last:
            steps.append(str(step))
        given = below
    return entry, steps


def _has(given: Any, step: Any) -> bool:
    if isinstance(given, dict):
        return step in given
    return isinstance(given, list) and isinstance(step, int) and step < len(given)


def _name_of(given: Any) -> str:
    if isinstance(given, str):
        return given.partition(" ")[0]
    return next((str(given[k]) for k in _NAMES if given.get(k)), "") if isinstance(given, dict) else ""


def model_at(loc: Iterable[Any], model: type[BaseModel]) -> type[BaseModel]:
    """The model that describes the place of a fault."""
    for step in loc:
        if step in model.model_fields:
            model = next(_models_in(model.model_fields[step].annotation), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
