"""Districts by name: what `district.yml` of the raw root says of them, else the table of division codes.

`division_codes.csv` holds names by the codes of GB/T 2260, as the Ministry of Civil Affairs publishes them
(https://www.mca.gov.cn, 中华人民共和国行政区划代码): the districts and counties of Chongqing. `until` is the day on which
a division was dissolved; its code stays, for returns of the years before. A district that the table lacks gets its
name from `district.yml`, which also overrides the table; a new row of the table serves every user.
"""

from __future__ import annotations

import csv
import json
import re
import zoneinfo
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, field_validator

from dagster_project.core.declarations import read_declaration
from dagster_project.core.local_time import DEFAULT_ZONE

#: Lies in the raw root, beside the year folders; optional.
FILE_NAME = "district.yml"
#: Copy, in the folder of a release, of what the file said when the release was built.
RELEASE_FILE_NAME = "districts.json"
_CODE = re.compile(r"\d{6}\Z")


class District(BaseModel):
    """What documents print of a district. Everything but the name may be missing.

    Attributes:
        name_zh: name of the district.
        issuing_body_zh: office that issues the reports; it signs them.
        leading_group_zh: group that leads the rectification.
        addressees_zh: to whom the reports are sent.
        copied_to_zh: who gets a copy.
        remind_days_before: days before the last day of a return from which schools are reminded of it.
        remind_days_after: days after the last day from which they are reminded that it is late.
        time_zone: zone of the times that readers see, as the IANA data base names it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name_zh: str = Field(min_length=1, description="区县名称")
    issuing_body_zh: str = ""
    leading_group_zh: str = ""
    addressees_zh: tuple[str, ...] = ()
    copied_to_zh: tuple[str, ...] = ()
    remind_days_before: int = Field(default=7, ge=0)
    remind_days_after: int = Field(default=1, ge=0)
    time_zone: str = DEFAULT_ZONE

    @property
    def whole_zh(self) -> str:
        """How the whole of it is spoken of: 全区, 全县, 全市 or 全旗, by the last character of its name."""
        return f"全{self.name_zh[-1]}" if self.name_zh[-1] in "区县市旗" else "全区"

    def office_zh(self, names: str) -> str:
        """Offices as the district's own documents write them: 示例区教委、示例区财政局 is 区教委、区财政局."""
        own, kind = self.name_zh, self.name_zh[-1]
        return names.replace(own, kind) if kind in "区县市旗" else names

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name != DEFAULT_ZONE and name not in zoneinfo.available_timezones():
            raise ValueError(f"没有叫“{name}”的时区，请写成 Asia/Shanghai 的样子")
        return name


def _code(given: object) -> str:
    """A code as text; YAML reads one without quotes as a number."""
    if not _CODE.match(str(given)):
        raise ValueError(f"“{given}”不是六位区县代码，请写成 500115 的样子")
    return str(given)


DistrictCode = Annotated[str, BeforeValidator(_code)]


class _Districts(RootModel[dict[DistrictCode, District]]):
    """The whole file."""


@lru_cache(maxsize=1)
def division_names() -> Mapping[str, str]:
    """Six-digit code → name of the division."""
    text = resources.files(__package__).joinpath("division_codes.csv").read_text(encoding="utf-8")
    return {row["district_code"]: row["name_zh"] for row in csv.DictReader(text.splitlines())}


def district_of(code: str, declared: Mapping[str, District]) -> District:
    """The district of a code: as declared, else by the table of codes, else called by its code."""
    if code in declared:
        return declared[code]
    return District(name_zh=division_names().get(code, f"区县代码{code}"))


def zone_of(declared: Mapping[str, District]) -> str:
    """Zone in which a release of these districts prints times: that of the first."""
    return next((d.time_zone for d in declared.values()), DEFAULT_ZONE)


def read_districts(raw_root: Path) -> dict[str, District]:
    """Code → district, as the raw root declares them; empty without a district file.

    Raises:
        UserError: the file is not in order; see `read_declaration`.
    """
    path = raw_root / FILE_NAME
    if not path.is_file():
        return {}
    return read_declaration(path, _Districts, empty={}).root


def write_districts(districts: Mapping[str, District], release_folder: Path) -> None:
    """Keep the declared districts with a release, so that its reports can be written again."""
    text = json.dumps({code: d.model_dump() for code, d in districts.items()}, ensure_ascii=False, indent=2)
    (release_folder / RELEASE_FILE_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def districts_of_release(release_folder: Path) -> dict[str, District]:
    """Code → district as a release keeps them; empty for a release without."""
    path = release_folder / RELEASE_FILE_NAME
    if not path.is_file():
        return {}
    return {
        code: District.model_validate(value)
        for code, value in json.loads(path.read_text(encoding="utf-8")).items()
    }
