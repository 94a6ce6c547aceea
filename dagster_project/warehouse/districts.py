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

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dagster_project.core.errors import UserError
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

    name_zh: str = Field(min_length=1)
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
            raise ValueError(f"no time zone is called {name}")
        return name


_FIELDS_ZH = (
    "name_zh（必填）、issuing_body_zh、leading_group_zh、addressees_zh（列表）、copied_to_zh（列表）、"
    "remind_days_before、remind_days_after（天数）、time_zone（时区）"
)


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


def district_bytes(raw_root: Path) -> bytes:
    """The district file of a raw root; empty if there is none."""
    path = raw_root / FILE_NAME
    return path.read_bytes() if path.is_file() else b""


def read_districts(raw_root: Path) -> dict[str, District]:
    """Code → district, as the raw root declares them; empty without a district file.

    Raises:
        UserError: the file is not in order; the text names the key.
    """
    path = raw_root / FILE_NAME
    try:
        given = yaml.safe_load(district_bytes(raw_root).decode("utf-8-sig")) or {}
    except UnicodeDecodeError as error:
        raise UserError(f"{path} 不是 UTF-8 编码，请用记事本“另存为”，编码选 UTF-8。") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path} 不是有效的 YAML：{error}") from error
    if not isinstance(given, dict):
        raise UserError(f"{path} 应以六位区县代码为键，其下写明 {_FIELDS_ZH}。")
    found = {}
    for key, value in given.items():
        code = str(key)
        if not _CODE.match(code):
            raise UserError(f"{path} 的键“{key}”不是六位区县代码；请写成 500115: 的样子。")
        try:
            found[code] = District.model_validate(value)
        except ValidationError as error:
            names = "、".join(".".join(map(str, e["loc"])) or "整段" for e in error.errors())
            raise UserError(f"{path} 的 {code} 有误：{names}；应写明 {_FIELDS_ZH}。") from error
    return found


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
