"""What a region says of itself: `region.yml` in its home names it and lists the districts that should deliver."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dagster_project.core.declarations import read_declaration
from dagster_project.warehouse.districts import DistrictCode

FILE_NAME = "region.yml"


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
    districts: tuple[DistrictCode, ...] = ()
    former: dict[DistrictCode, DistrictCode] = Field(default_factory=dict)
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


def read_region(home: Path) -> Region:
    """The declaration in a region's home.

    Raises:
        UserError: it is not in order; see `read_declaration`.
    """
    path = home / FILE_NAME
    return read_declaration(path, Region, empty={}) if path.is_file() else Region()
