"""What a region says of itself: `region.yml` in its home names it and lists the districts that should deliver."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from dagster_project.core.errors import UserError

FILE_NAME = "region.yml"
_FIELDS_ZH = (
    "name_zh（名称）、districts（应交付区县的六位代码列表）、former（停用的代码: 现在的代码）、"
    "late_after_days（多少天没有新的交付算迟交）"
)


def _digits(given: object) -> object:
    """YAML reads a code without quotes as a number."""
    return str(given) if type(given) is int else given


Code = Annotated[str, BeforeValidator(_digits), StringConstraints(pattern=r"^[0-9]{6}$")]


class Region(BaseModel):
    """The declaration. Everything may be missing.

    Attributes:
        name_zh: name of the region, as the page prints it.
        districts: codes of the districts that should deliver, and that are compared; without it all that deliver are,
            and nobody is missing.
        former: codes that are used no longer, each with the code in its place: what was delivered under them counts no more.
        late_after_days: days after which the delivery in use counts as late; without it none is late.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = "各区县"
    districts: tuple[Code, ...] = ()
    former: dict[Code, Code] = Field(default_factory=dict)
    late_after_days: int | None = Field(default=None, ge=0, strict=True)

    @model_validator(mode="after")
    def _each_once(self) -> Region:
        for code, times in Counter(self.districts).items():
            if times > 1:
                raise ValueError(f"districts 里 {code} 写了 {times} 次")
        for old, new in self.former.items():
            if old in self.districts or new in self.former:
                raise ValueError(
                    f"former 里 {old}: {new} 不对：停用的代码不列在 districts 里，后面写现在的代码"
                )
        return self

    def expects(self, code: str) -> bool:
        """Whether a district is one of the region, so that it is compared and counted."""
        return code not in self.former and (code in self.districts or not self.districts)

    def why_apart_zh(self, code: str) -> str:
        """Why a district that delivered is not compared; empty if it is."""
        if self.expects(code):
            return ""
        if code in self.former:
            return f"代码已停用，改为 {self.former[code]}，不参加比较和合计"
        return (
            f"不在 {FILE_NAME} 的 districts 中，不参加比较和合计；应当参加的请加入，代码停用的请写入 former"
        )


def region_bytes(home: Path) -> bytes:
    """The declaration of a region's home; empty if there is none."""
    path = home / FILE_NAME
    return path.read_bytes() if path.is_file() else b""


def read_region(home: Path) -> Region:
    """The declaration in a region's home.

    Raises:
        UserError: it is not in order; the text names the key and what it holds.
    """
    path = home / FILE_NAME
    try:
        given = yaml.load(region_bytes(home).decode("utf-8-sig"), Loader=_EachKeyOnce)
        return Region.model_validate({} if given is None else given)
    except UnicodeDecodeError as error:
        raise UserError(f"{path} 不是 UTF-8 编码，请用记事本“另存为”，编码选 UTF-8。") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path} 不是有效的 YAML：{error}") from error
    except ValidationError as error:
        faults = "；".join(_fault_zh(e) for e in error.errors())
        raise UserError(f"{path} 有误：{faults}。可写明 {_FIELDS_ZH}。") from error


class _EachKeyOnce(yaml.SafeLoader):
    """Refuses a key that is written twice, of which YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key, times in Counter(map(str, keys)).items():
            if times > 1:
                raise yaml.YAMLError(f"“{key}”写了 {times} 次，只能写一次")
        return super().construct_mapping(node, deep)


def _fault_zh(fault: Any) -> str:
    """Key and value that are wrong, in Chinese."""
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    key = ".".join(str(step) for step in fault["loc"] if step != "[key]") or "整份"
    return f"没有 {key} 这一项" if fault["type"] == "extra_forbidden" else f"{key} 不能是 {fault['input']!r}"
