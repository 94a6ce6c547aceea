"""What a region says of itself: `region.yml` in its home names it and lists the districts that should deliver."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dagster_project.core.errors import UserError

FILE_NAME = "region.yml"
_CODE = re.compile(r"\d{6}\Z")
_FIELDS_ZH = (
    "name_zh（名称）、districts（应交付区县的六位代码列表）、late_after_days（多少天没有新的交付算迟交）"
)


class Region(BaseModel):
    """The declaration. Everything may be missing.

    Attributes:
        name_zh: name of the region, as the page prints it.
        districts: codes of the districts that should deliver; without it nobody is missing.
        late_after_days: days after which the delivery in use counts as late; without it none is late.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_zh: str = "各区县"
    districts: tuple[str, ...] = ()
    late_after_days: int | None = Field(default=None, ge=0)

    @field_validator("districts", mode="before")
    @classmethod
    def _as_text(cls, given: object) -> object:
        codes = [str(code) for code in given] if isinstance(given, list) else given
        if isinstance(codes, list) and not all(_CODE.match(code) for code in codes):
            raise ValueError("a district is named by its six digits")
        return codes


def region_bytes(home: Path) -> bytes:
    """The declaration of a region's home; empty if there is none."""
    path = home / FILE_NAME
    return path.read_bytes() if path.is_file() else b""


def read_region(home: Path) -> Region:
    """The declaration in a region's home.

    Raises:
        UserError: it is not in order; the text names the key.
    """
    path = home / FILE_NAME
    try:
        return Region.model_validate(yaml.safe_load(region_bytes(home).decode("utf-8-sig")) or {})
    except UnicodeDecodeError as error:
        raise UserError(f"{path} 不是 UTF-8 编码，请用记事本“另存为”，编码选 UTF-8。") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path} 不是有效的 YAML：{error}") from error
    except ValidationError as error:
        names = "、".join(".".join(map(str, e["loc"])) or "整份" for e in error.errors())
        raise UserError(f"{path} 有误：{names}；可写明 {_FIELDS_ZH}。") from error
