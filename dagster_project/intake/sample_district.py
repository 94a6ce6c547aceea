"""An invented district: its schools, and what they report year by year.

Everything is drawn for 2023 first and carried to other years from there, so that a longer series of
years never changes the calibrated one. Only integer and basic float operations are used, so that
every system draws the same district.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

Row = dict[str, Any]
Reports = dict[str, list[Row]]

DISTRICT_CODE = "500199"
DISTRICT_NAME = "示例区"
BASE_YEAR = 2023
DEFAULT_SCHOOLS = 110
DEFAULT_SEED = 20231

#: The published figures of 2023 that the sample reproduces (plan items 1, 2 and 11).
PUBLIC_KINDERGARTENS = 82
TEMPORARY_TEACHERS = 392
TEMPORARY_MEAN_PAY = 34_679
IN_POST_MEAN_PAY = 118_659
KINDERGARTEN_STAFF = 2_328
INSURED_STAFF = 1_513
VOCATIONAL_SHARES = {2019: 0.268, 2020: 0.259, 2021: 0.251, 2022: 0.245, 2023: 0.239}

_COMPOSITION = {
    "教学点": 18,
    "初级中学": 14,
    "九年一贯制学校": 13,
    "十二年一贯制学校": 1,
    "完全中学": 4,
    "特殊教育学校": 1,
    "校区": 5,
}
_KIND_PREFIX = {
    "幼儿园": "11",
    "小学": "21",
    "教学点": "21",
    "初级中学": "31",
    "九年一贯制学校": "31",
    "十二年一贯制学校": "34",
    "完全中学": "34",
    "高级中学": "34",
    "中等职业学校": "36",
    "技工学校": "36",
    "特殊教育学校": "51",
}
_TOWNS = (
    ("晨曦", "街道"),
    ("星河", "街道"),
    ("青禾", "镇"),
    ("白鹭滩", "镇"),
    ("枫叶", "镇"),
    ("石榴坪", "镇"),
    ("望川", "镇"),
    ("松涛", "镇"),
    ("蓝溪", "镇"),
    ("麦田", "乡"),
)
_TOWN_WEIGHTS = (9, 8, 6, 6, 5, 4, 4, 4, 4, 4)
_TOWN_HEADS = "云月霞雪桂兰竹梅莲荷杉柏槐榆桐桃杏梨橘枣"
_TOWN_TAILS = "岭湾渡屏坝洲浦陂泉岗坞汀"
_WORDS = [
    "橙花",
    "银杏",
    "向阳",
    "新芽",
    "山雀",
    "木棉",
    "荷塘",
    "萤火",
    "石桥",
    "芦苇",
    "云杉",
    "秋实",
    "春晓",
    "知行",
    "启明",
    "朝霞",
    "红枫",
    "翠竹",
    "丹桂",
    "明月",
    "飞鸿",
    "远帆",
    "青藤",
    "柳岸",
    "白杨",
    "梧桐",
    "映山",
    "清泉",
    "彩虹",
    "七彩",
    "蒲公英",
    "小鹿",
    "海豚",
    "蓓蕾",
    "金穗",
    "麦苗",
    "童心",
    "百灵",
    "雨露",
    "晨光",
]

#: Thresholds the draws aim at, per student or per 100 students, in the order of the seven indicators.
_AIMS = {
    "小学": (4.2, 1.0, 0.9, 4.5, 7.5, 2000.0, 2.3),
    "初中": (5.3, 1.0, 0.9, 5.8, 10.2, 2500.0, 2.4),
    "高中": (6.5, 1.0, 0.9, 6.5, 9.0, 2800.0, 2.4),
}
_SHARE_WEIGHTS = {"小学": 1.0, "初中": 1.1, "高中": 1.32}
_GRADES = {"小学": range(1, 7), "初中": range(7, 10), "高中": range(10, 13)}
#: Loss per year back from 2023: degrees, backbone, PE and art, rooms, sports, equipment, multimedia.
_DECAY = (0.02, 0.05, 0.045, 0.02, 0.015, 0.06, 0.05)


@dataclass
class Site:
    """One entry of the register, with what it needs to report every year."""

    code: str
    name: str
    kind: str
    town: int
    urban: str
    ownership: str = "公办"
    founded: int = 1990
    opened: int = 0
    closed: int = 9999
    students: dict[str, int] = field(default_factory=dict)
    slope: float = 0.0
    crowding: dict[str, float] = field(default_factory=dict)
    super_large: int = 0
    ratios: dict[str, tuple[float, ...]] = field(default_factory=dict)
    master: str = ""
    former: str = ""
    group: str = ""
    own_workbook: bool = False
    points_grades: int = 6
    figures: Row = field(default_factory=dict)

    def is_open(self, year: int) -> bool:
        return self.opened <= year < self.closed

    @property
    def stages(self) -> list[str]:
        return [s for s in ("小学", "初中", "高中") if s in self.students]


@dataclass
class District:
    """The invented district: towns by name, sites of all kinds, the seed of everything drawn later."""

    towns: list[str]
    sites: list[Site]
    seed: int
    calibrated: bool


def _draw(seed: int, *key: object) -> Random:
    return Random("|".join(map(str, (seed, *key))))


class _Builder:
    """Draws the register; a class only because serials and used names run through everything."""

    def __init__(self, schools: int | None, seed: int) -> None:
        self.seed = seed
        self.schools = schools or DEFAULT_SCHOOLS
        self.scale = self.schools / DEFAULT_SCHOOLS
        self.rng = _draw(seed, "register")
        self.serials: dict[str, int] = {}
        self.names: set[str] = set()
        self.sites: list[Site] = []
        count = max(2, round(len(_TOWNS) * self.scale))
        self.towns = [a + b for a, b in _TOWNS[:count]]
        extra = (h + t for t in _TOWN_TAILS for h in _TOWN_HEADS)
        serial = 0
        while len(self.towns) < count:
            name = next(extra, "")
            serial += 1
            self.towns.append(f"{name}镇" if name else f"新设{serial}镇")
        weights = [_TOWN_WEIGHTS[i % len(_TOWN_WEIGHTS)] for i in range(count)]
        self.cycle = [t for r in range(max(weights)) for t in range(count) if weights[t] > r]

    def number(self, count: int, minimum: int = 0) -> int:
        return max(minimum, int(count * self.scale + 0.5))

    def is_urban(self, town: int) -> bool:
        return town % len(_TOWN_WEIGHTS) < 2

    def is_middle(self, town: int) -> bool:
        return 2 <= town % len(_TOWN_WEIGHTS) < 5

    def base(self, town: int) -> str:
        name = self.towns[town]
        return DISTRICT_NAME + (name.removesuffix("街道") if name.endswith("街道") else name)

    def code(self, kind: str) -> str:
        prefix = _KIND_PREFIX[kind] + "50"
        self.serials[prefix] = self.serials.get(prefix, 0) + 1
        return f"{prefix}{900_000 + self.serials[prefix]:06d}"

    def unique(self, town: int, suffix: str, start: int) -> str:
        for i in range(len(_WORDS)):
            name = f"{self.base(town)}{_WORDS[(start + i) % len(_WORDS)]}{suffix}"
            if name not in self.names:
                self.names.add(name)
                return name
        serial = len(self.names)
        self.names.add(name := f"{self.base(town)}第{serial}{suffix}")
        return name

    def add(self, name: str, kind: str, town: int, urban: str, **more: Any) -> Site:
        self.names.add(name)
        founded = more.pop("founded", 1952 + self.rng.randrange(56))
        site = Site(self.code(kind), name, kind, town, urban, founded=founded, **more)
        self.sites.append(site)
        return site

    def village(self) -> str:
        return "220" if self.rng.random() < 0.6 else "210"

    def town_seat(self, town: int) -> str:
        return ("111" if self.rng.random() < 0.7 else "112") if self.is_urban(town) else "121"

    def build(self) -> District:
        counts = {kind: self.number(count) for kind, count in _COMPOSITION.items()}
        primaries = max(1, self.schools - sum(counts.values()))
        self.primaries(primaries)
        self.teaching_points(counts["教学点"])
        self.juniors(counts["初级中学"])
        self.nine_years(counts["九年一贯制学校"])
        self.secondaries(counts["十二年一贯制学校"], counts["完全中学"])
        self.special(counts["特殊教育学校"])
        self.campuses(counts["校区"])
        self.vocational()
        self.kindergartens()
        if self.schools == DEFAULT_SCHOOLS:
            self.history()
        self.qualities()
        return District(self.towns, self.sites, self.seed, self.schools == DEFAULT_SCHOOLS)

    def primaries(self, count: int) -> None:
        seen: dict[int, int] = {}
        crowded = 0
        for i in range(count):
            town = self.cycle[i % len(self.cycle)]
            order = seen[town] = seen.get(town, 0) + 1
            if self.is_urban(town):
                if order <= 5:
                    name = f"{self.base(town)}第{'一二三四五'[order - 1]}小学"
                else:
                    name = self.unique(town, "小学", i)
                site = self.add(name, "小学", town, self.town_seat(town), group=f"{self.base(town)}教育集团")
                site.students = {"小学": 620 + self.rng.randrange(1150)}
                site.slope = -0.02 - 0.03 * self.rng.random()
                if order in (1, 3, 4):
                    crowded += 1
                    site.crowding = {"小学": 46.5 + self.rng.randrange(5)}
                    site.super_large = crowded % 3 == 1
                if order == 7:
                    site.ownership, site.founded = "民办", 2006
                if order == 9:
                    site.opened, site.founded = 2021, 2021
            elif order == 1:
                site = self.add(f"{self.base(town)}中心小学", "小学", town, "121")
                low, width = (520, 560) if self.is_middle(town) else (260, 330)
                site.students = {"小学": low + self.rng.randrange(width)}
                site.slope = 0.005 + 0.02 * self.rng.random()
                if self.is_middle(town):
                    site.crowding = {"小学": 44.5 + self.rng.randrange(3)}
            else:
                site = self.add(self.unique(town, "小学", 3 * i), "小学", town, self.village())
                site.students = {"小学": 72 + self.rng.randrange(190)}
                site.slope = 0.03 + 0.05 * self.rng.random()

    def rural_towns(self) -> list[int]:
        return [t for t in range(len(self.towns)) if not self.is_urban(t)] or [0]

    def teaching_points(self, count: int) -> None:
        rural = self.rural_towns()
        sizes = (49, 50, 62, 71, 84, 90, 66, 78)
        for i in range(count):
            town = rural[i % len(rural)]
            site = self.add(self.unique(town, "教学点", 5 * i + 2), "教学点", town, "220", points_grades=4)
            site.students = {"小学": sizes[i] if i < len(sizes) else 9 + self.rng.randrange(36)}
            site.slope = 0.05 + 0.05 * self.rng.random()
            site.points_grades = 6 if site.students["小学"] > 60 else 4

    def juniors(self, count: int) -> None:
        for i in range(count):
            town = self.cycle[(i * 3) % len(self.cycle)] if i >= len(self.towns) else i
            if self.is_urban(town):
                name = self.unique(town, "初级中学", 7 * i)
                site = self.add(name, "初级中学", town, self.town_seat(town))
                site.students = {"初中": 760 + self.rng.randrange(700)}
                site.slope = -0.02 - 0.02 * self.rng.random()
                site.crowding = {"初中": 51.5 + self.rng.randrange(4)}
                site.super_large = i == 1
            else:
                plain = f"{self.base(town)}初级中学"
                name = plain if plain not in self.names else self.unique(town, "初级中学", i)
                site = self.add(name, "初级中学", town, "121")
                site.students = {"初中": 240 + self.rng.randrange(420)}
                site.slope = 0.015 + 0.02 * self.rng.random()

    def nine_years(self, count: int) -> None:
        rural = self.rural_towns()
        for i in range(count):
            town = i % 2 if i < 3 else rural[(i * 5) % len(rural)]
            site = self.add(
                self.unique(town, "学校", 4 * i + 1), "九年一贯制学校", town, self.town_seat(town)
            )
            large = 2.2 if self.is_urban(town) else 1.0
            primary = int((170 + self.rng.randrange(330)) * large)
            junior = int((100 + self.rng.randrange(230)) * large)
            site.students = {"小学": primary, "初中": junior}
            site.slope = -0.025 if self.is_urban(town) else 0.02 + 0.02 * self.rng.random()
            if i == 2:
                site.ownership, site.founded = "民办", 2012

    def secondaries(self, twelve: int, complete: int) -> None:
        for i in range(twelve):
            town = 1 % len(self.towns)
            site = self.add(self.unique(town, "实验学校", 9 * i), "十二年一贯制学校", town, "111")
            site.ownership, site.founded, site.own_workbook = "民办", 2014, True
            site.students, site.slope = {"小学": 612, "初中": 497, "高中": 455}, -0.03
        for i in range(complete):
            town = i % len(self.towns)
            site = self.add(f"{self.base(town)}中学校", "完全中学", town, self.town_seat(town))
            if self.is_urban(town):
                site.students = {
                    "初中": 980 + self.rng.randrange(420),
                    "高中": 1480 + self.rng.randrange(320),
                }
                site.crowding = {"初中": 51 + self.rng.randrange(3), "高中": 54.0}
            else:
                site.students = {"初中": 520 + self.rng.randrange(260), "高中": 900 + self.rng.randrange(250)}
            site.slope = -0.01
        for i in range(self.number(2, 1)):
            name = (
                f"{DISTRICT_NAME}第{'一二三四五六七八九十'[i]}高级中学"
                if i < 10
                else f"{DISTRICT_NAME}{i + 1}号高级中学"
            )
            site = self.add(name, "高级中学", i % 2, "111", own_workbook=True)
            site.students, site.slope = {"高中": 1560 + self.rng.randrange(380)}, -0.012
            site.crowding = {"高中": 54.0}

    def special(self, count: int) -> None:
        for i in range(count):
            suffix = f"第{i + 1}" if i else ""
            site = self.add(
                f"{DISTRICT_NAME}{suffix}特殊教育学校", "特殊教育学校", 0, "112", own_workbook=True
            )
            site.students, site.slope = {"小学": 118}, -0.02

    def campuses(self, count: int) -> None:
        masters = [s for s in self.sites if s.kind == "小学" and s.urban in ("111", "112", "121")]
        juniors = [s for s in self.sites if s.kind == "初级中学"]
        for i in range(count):
            if i % 5 == 3 and juniors:
                master, kind, size = juniors[(i * 2) % len(juniors)], "初级中学", {"初中": 186}
            elif i % 5 == 4:
                rural = [s for s in masters if s.urban == "121"] or masters
                master, kind, size = rural[i % len(rural)], "教学点", {"小学": 37}
            else:
                master, kind, size = masters[(i * 3 + 1) % len(masters)], "小学", {"小学": 205 + 70 * (i % 3)}
            tail = "教学点" if kind == "教学点" else ("东校区" if i % 2 else "西校区")
            name = master.name + tail
            while name in self.names:
                name = (
                    f"{master.name}{'南北新'[i % 3]}校区"
                    if f"{master.name}新校区" in self.names
                    else f"{master.name}新校区"
                )
                if name in self.names:
                    name = f"{master.name}{i}号校区"
            site = self.add(name, kind, master.town, master.urban, master=master.code)
            site.students = size
            site.slope = -0.02 if kind != "教学点" else 0.06

    def vocational(self) -> None:
        #: share of students, campus ㎡, floor ㎡, owned part, teachers per student, equipment 元 per student
        plans = (
            (f"{DISTRICT_NAME}职业教育中心", 0.36, 68_400, 38_200, 1.0, 17.2, 4_150),
            (f"{DISTRICT_NAME}康护卫生职业学校", 0.34, 30_600, 17_900, 1.0, 21.5, 3_020),
            (f"{DISTRICT_NAME}匠心职业技术学校", 0.17, 41_200, 24_600, 0.0, 16.4, 2_310),
            (f"{DISTRICT_NAME}远航现代服务职业学校", 0.13, 43_900, 25_300, 0.86, 8.9, 6_900),
        )
        for i in range(self.number(4, 1)):
            name, share, campus, floor, owned, ratio, equipment = plans[i % 4]
            if i >= 4:
                name = f"{name}（{i // 4 + 1}校）"
            site = self.add(name, "中等职业学校", i % 2, "112", own_workbook=True)
            site.ownership = "民办" if owned == 0.0 else "公办"
            site.founded = (1984, 1979, 2009, 2003)[i % 4]
            site.figures = {
                "share": share / max(1, self.number(4, 1) / 4),
                "campus": campus,
                "floor": floor,
                "owned": owned,
                "ratio": ratio,
                "equipment": equipment,
                "growth": (0.0, 0.05, -0.02, -0.01)[i % 4],
            }
        site = self.add(f"{DISTRICT_NAME}技工学校", "技工学校", 0, "112", own_workbook=True)
        site.founded = 1988
        site.figures = {"students": 418}

    def kindergartens(self) -> None:
        total, public = self.number(150, 2), self.number(PUBLIC_KINDERGARTENS, 1)
        seen: dict[int, int] = {}
        for i in range(total):
            town = self.cycle[(i * 7) % len(self.cycle)]
            is_public = i < public
            order = seen[town] = seen.get(town, 0) + 1
            urban = self.town_seat(town) if self.is_urban(town) or order <= 3 else self.village()
            name = f"{self.base(town)}中心幼儿园"
            if order > 1 or not is_public:
                name = self.unique(town, "幼儿园", 11 * i + order)
            site = self.add(name, "幼儿园", town, urban, ownership="公办" if is_public else "民办")
            site.founded = 1988 + self.rng.randrange(28)
            if is_public and i >= public - self.number(16):
                site.opened = site.founded = 2020 + i % 4
            rank = self.rng.random()
            if is_public:
                few = 1 + self.rng.randrange(2)
                temporary = few if rank < 0.3 else (0 if rank < 0.36 else 3 + self.rng.randrange(8))
                in_post = 1 + self.rng.randrange(2) if self.rng.random() < 0.2 else 3 + self.rng.randrange(9)
                if urban in ("111", "112"):
                    in_post += 2
            else:
                in_post = 0
                temporary = 1 + self.rng.randrange(2) if rank < 0.1 else 4 + self.rng.randrange(6)
            site.figures = {"temporary": temporary, "in_post": in_post}

    def history(self) -> None:
        """Points and kindergartens that closed, and a primary school that became a nine-year school."""
        rural = self.rural_towns()
        for i, closed in enumerate((2020, 2020, 2021, 2022, 2022, 2023)):
            town = rural[(3 * i + 1) % len(rural)]
            site = self.add(self.unique(town, "教学点", 6 * i), "教学点", town, "220", points_grades=3)
            site.students, site.slope, site.closed = {"小学": 7 + i}, 0.25, closed
        for i, closed in enumerate((2020, 2021, 2022)):
            site = self.add(self.unique(i, "幼儿园", 8 * i), "幼儿园", i, "121", ownership="民办")
            site.closed, site.figures = closed, {"temporary": 3 + i, "in_post": 0}
        successor = [s for s in self.sites if s.kind == "九年一贯制学校"][-1]
        successor.opened = 2022
        before = self.add(
            successor.name.removesuffix("学校") + "小学", "小学", successor.town, successor.urban
        )
        before.students = {"小学": successor.students["小学"]}
        before.slope, before.closed, before.founded = successor.slope, 2022, successor.founded
        successor.former = before.code

    def qualities(self) -> None:
        """Ratios to the thresholds in 2023: a quarter well equipped, the rest short in one to five."""
        units = [s for s in self.sites if s.stages and s.kind != "特殊教育学校"]
        order = list(range(len(units)))
        self.rng.shuffle(order)
        for position, index in enumerate(order):
            site, rank = units[index], position / len(units)
            rng = _draw(self.seed, "ratios", site.code)
            small = max(site.students.values()) < 260
            shared = _ratios(rng, rank, small)
            for stage in site.stages:
                teachers = _ratios(rng, rank, small)
                site.ratios[stage] = teachers[:3] + shared[3:]
        for site in self.sites:
            if site.kind == "特殊教育学校":
                site.ratios["小学"] = (4.5, 6.0, 5.0, 3.2, 2.0, 4.0, 3.0)


def _ratios(rng: Random, rank: float, small: bool) -> tuple[float, ...]:
    values = [1.02 + 0.55 * rng.random() for _ in range(7)]
    values[0] = 1.02 + 0.3 * rng.random()
    for k in (1, 4, 5):  # what varies most between schools: backbone teachers, sports areas, equipment
        if rng.random() < 0.22:
            values[k] *= 1.9 + 1.9 * rng.random()
    if small:
        values[3] *= 1.2 + 0.5 * rng.random()
        values[4] *= 1.1 + 0.6 * rng.random()
    if rank < 0.24:
        short = 0
    elif rank < 0.33:
        short, floor = 1, 0.87
    elif rank < 0.5:
        short, floor = 1, 0.55
    else:
        short, floor = 2 + rng.randrange(4), 0.4
    if short:
        for k in rng.sample((1, 2, 3, 4, 5, 6, 1, 2, 4, 5, 0), short):
            values[k] = floor + (0.99 - floor) * rng.random()
    return tuple(values)


def build_district(schools: int | None = None, seed: int = DEFAULT_SEED) -> District:
    """The register of the invented district.

    Args:
        schools: number of compulsory schools in 2023, campuses included; the calibrated 110 if None.
        seed: another seed draws another district with the same calibrated totals.
    """
    return _Builder(schools, seed).build()


def report_years(district: District, years: Sequence[int]) -> dict[int, Reports]:
    """What all sites report, by school year and feed; values in the words of the forms."""
    pay = _kindergarten_pay(district)
    return {year: _report(district, year, pay) for year in sorted(set(years))}


def _report(district: District, year: int, pay: dict[str, Row]) -> Reports:
    reports: Reports = {
        feed: []
        for feed in (
            "schools",
            "enrolment",
            "staffing",
            "floor_area",
            "class_sizes",
            "kindergarten_pay",
            "vocational_enrolment",
        )
    }
    for site in district.sites:
        if not site.is_open(year):
            continue
        reports["schools"].append(_register_row(district, site))
        if site.kind == "幼儿园":
            _report_kindergarten(district, site, year, pay[site.code], reports)
        elif site.stages:
            _report_school(district, site, year, reports)
    general = sum(r["students"] for r in reports["vocational_enrolment"])
    _report_vocational(district, year, general, reports)
    return reports


def _register_row(district: District, site: Site) -> Row:
    rng = _draw(district.seed, "place", site.code)
    is_kindergarten = site.kind == "幼儿园"
    inclusive = "是" if site.ownership == "公办" or rng.random() < 0.78 else "否"
    boards = site.kind in (
        "初级中学",
        "九年一贯制学校",
        "十二年一贯制学校",
        "完全中学",
        "高级中学",
        "技工学校",
    )
    return {
        "school_code": site.code,
        "school_name": site.name,
        "district_code": DISTRICT_CODE,
        "town": district.towns[site.town],
        "urban_rural_code": site.urban,
        "school_type": site.kind,
        "ownership": site.ownership,
        "is_inclusive": inclusive if is_kindergarten else None,
        "is_boarding": "是" if boards or site.kind == "中等职业学校" else "否",
        "founded_year": site.founded,
        "is_counted_as_school": "否" if site.master else "是",
        "master_school_code": site.master or None,
        "former_school_code": site.former or None,
        "education_group": site.group or None,
        "exchange_area": f"第{'一二三四'[site.town % 4]}片区" if not is_kindergarten else None,
        # a grid in empty grassland: the district is on no map
        "longitude": round(110.0 + site.town % 5 * 0.1 + rng.randrange(90_000) / 1e6, 6),
        "latitude": round(42.0 + site.town // 5 * 0.1 + rng.randrange(90_000) / 1e6, 6),
        "is_planned_and_built_by_2010": "是" if site.founded <= 2010 else "否",
        "is_planned_and_built_by_2016": "是" if site.founded <= 2016 else "否",
        "is_in_dense_city_centre": "否",
    }


def _classes(district: District, site: Site, stage: str, year: int) -> list[tuple[int, int]]:
    """Grade and size of each class of a stage."""
    rng = _draw(district.seed, "classes", site.code, stage, year)
    back = BASE_YEAR - year
    total = max(4, int(site.students[stage] * (1 + site.slope * back) + 0.5))
    grades = list(_GRADES[stage])
    if stage == "小学":
        grades = grades[: site.points_grades]
    sizes = [total // len(grades)] * len(grades)
    for i in range(total - sum(sizes)):
        sizes[i] += 1
    if total > 120:
        for i in range(1, len(sizes)):  # neighbouring grades differ a little, the total stays
            move = int(sizes[i] * 0.08 * (rng.random() - 0.5))
            sizes[i] += move
            sizes[i - 1] -= move
    standard = {"小学": 42, "初中": 46, "高中": 52}[stage]
    if site.kind == "特殊教育学校":
        standard = 10
    crowding = site.crowding.get(stage)
    result = []
    for grade, size in zip(grades, sizes, strict=True):
        if crowding:
            number = max(1, int(size / (crowding + 1.2 * back)))
        else:
            number = max(1, -(-size // standard))
        parts = [size // number + (1 if i < size % number else 0) for i in range(number)]
        for i in range(1, number):
            move = rng.randrange(3) if parts[i] > 12 else 0
            parts[i] -= move
            parts[i - 1] += move
        result += [(grade, part) for part in parts]
    if site.super_large and stage != "高中":
        for i in range(max(1, back)):
            grade, size = result[i * 2]
            result[i * 2] = (grade, max(size, 66 + (i + site.town) % 3))
    return result


def _counted(value: float, reached: bool) -> int:
    """A whole number on the same side of the threshold as the ratio aimed at."""
    return -int(-value // 1) if reached else int(value)


def _report_school(district: District, site: Site, year: int, reports: Reports) -> None:
    back = BASE_YEAR - year
    students: dict[str, int] = {}
    anchors: dict[str, int] = {}
    key = {"school_code": site.code, "school_name": site.name}
    reports_enrolment = site.town % 3 == 0 or site.kind in ("高级中学", "完全中学")
    for stage in site.stages:
        classes = _classes(district, site, stage, year)
        students[stage] = sum(size for _, size in classes)
        anchors[stage] = sum(size for _, size in _classes(district, site, stage, BASE_YEAR))
        serial: dict[int, int] = {}
        for grade, size in classes:
            serial[grade] = serial.get(grade, 0) + 1
            name = f"{serial[grade]}班"
            row = {**key, "stage": stage, "grade": str(grade), "class_name": name, "students": size}
            reports["class_sizes"].append(row)
        if reports_enrolment:
            first, last = classes[0][0], classes[-1][0]
            reports["enrolment"].append(
                {
                    **key,
                    "stage": stage,
                    "students": students[stage],
                    "classes": len(classes),
                    "entrants": sum(s for g, s in classes if g == first),
                    "graduates": sum(s for g, s in classes if g == last),
                }
            )
        reports["staffing"].append(
            {**key, "stage": stage, **_staffing(district, site, stage, anchors[stage], students[stage], back)}
        )
    reports["floor_area"].append({**key, **_premises(district, site, anchors, back)})
    if "高中" in students:
        reports["vocational_enrolment"].append({**key, **_general_row(site, students["高中"], back, reports)})


def _grown(value: float, decay: float, back: int) -> float:
    return value * max(0.3, 1 - decay * back)


def _staffing(district: District, site: Site, stage: str, anchor: int, students: int, back: int) -> Row:
    rng = _draw(district.seed, "staffing", site.code, stage)
    ratios, aims = site.ratios[stage], _AIMS[stage]
    follow = 1 + 0.5 * (students / anchor - 1)

    def carried(k: int) -> int:
        base = _counted(ratios[k] * aims[k] * anchor / 100, ratios[k] >= 1)
        return base if back == 0 else int(_grown(base, _DECAY[k], back) * follow + 0.5)

    degree, backbone, arts = carried(0), carried(1), carried(2)
    share = (0.86 if stage == "小学" else 0.8) + 0.1 * rng.random()
    teachers = max(2, backbone, arts, degree, -int(-(degree / _grown(share, 0.015, back)) // 1))
    music = arts // 3
    fine_art = arts // 4
    other = 1 if arts >= 9 and rng.random() < 0.4 else 0
    eligible = int(teachers * (0.5 + 0.2 * rng.random()))
    rotated = int(eligible * (0.05 + 0.09 * rng.random() - 0.01 * back) + 0.5)
    rural = site.urban in ("210", "220")
    return {
        "full_time_teachers": teachers,
        "above_required_degree_teachers": degree,
        "backbone_teachers": backbone,
        "pe_teachers": arts - music - fine_art - other,
        "music_teachers": music,
        "fine_art_teachers": fine_art,
        "other_art_teachers": other,
        "certified_teachers": teachers - (1 if rng.random() < 0.25 else 0),
        "trained_360_hours_teachers": int(teachers * min(1.0, 0.97 - 0.03 * back + 0.03 * rng.random())),
        "rotation_eligible_teachers": eligible,
        "rotated_teachers": rotated,
        "rotated_backbone_teachers": min(backbone, rotated, int(rotated * (0.15 + 0.2 * rng.random()) + 0.5)),
        "itinerant_pe_and_art_teachers": rng.randrange(3) if rural else 0,
    }


def _premises(district: District, site: Site, anchors: dict[str, int], back: int) -> Row:
    """Premises of a school, drawn for all its stages at once (the stricter threshold counts)."""
    rng = _draw(district.seed, "premises", site.code)
    stages = site.stages
    weight = sum(_SHARE_WEIGHTS[s] * anchors[s] for s in stages)
    people = sum(anchors.values())

    def total(k: int) -> float:
        return max(_AIMS[s][k] / _SHARE_WEIGHTS[s] for s in stages) * site.ratios[stages[0]][k] * weight

    build = 2019 + rng.randrange(8)  # a new building opened that year; before it there was less
    rooms = _grown(total(3), 0.01, back) * (0.86 if BASE_YEAR - back < build <= BASE_YEAR else 1.0)
    sports = _grown(total(4), _DECAY[4], back)
    indoor = min(round(0.1 * rng.random() * rooms, 1), round(sports * 0.3, 1)) if people > 500 else 0.0
    rooms_reached = site.ratios[stages[0]][6] >= 1
    multimedia = _counted(total(6) / 100, rooms_reached)
    return {
        "teaching_area_m2": round(rooms + indoor, 2),
        "indoor_sports_area_m2": indoor,
        "sports_ground_area_m2": round(sports - indoor + 0.005, 2),
        "nearby_external_sports_area_m2": 0.0,
        "equipment_10k_yuan": round(_grown(total(5), _DECAY[5], back) / 10_000 + 0.005, 2),
        "multimedia_classrooms": multimedia if back == 0 else int(_grown(multimedia, _DECAY[6], back) + 0.5),
        "books": int(people * _grown(22 + 18 * rng.random(), 0.02, back)),
        "computers": int(people * _grown(0.08 + 0.1 * rng.random(), 0.05, back)),
    }


def _general_row(site: Site, students: int, back: int, reports: Reports) -> Row:
    staff = next(
        r for r in reversed(reports["staffing"]) if r["school_code"] == site.code and r["stage"] == "高中"
    )
    own = [r for r in reports["class_sizes"] if r["school_code"] == site.code]
    entrants = sum(r["students"] for r in own if r["grade"] == "10")
    return {
        "upper_secondary_type": "普通高中",
        "students": students,
        "planned_entrants": -(-entrants // 10) * 10,
        "entrants": entrants,
        "graduates": sum(r["students"] for r in own if r["grade"] == "12"),
        "full_time_teachers": staff["full_time_teachers"],
        "senior_title_teachers": staff["full_time_teachers"] // 4,
        "part_time_teachers": 0,
    }


def _report_vocational(district: District, year: int, general: int, reports: Reports) -> None:
    """Vocational schools; their students add up to the district's share to the nearest student."""
    back = BASE_YEAR - year
    share = VOCATIONAL_SHARES.get(year, 0.239 if year > BASE_YEAR else 0.27)
    total = int(general * share / (1 - share) + 0.5)
    sites = [s for s in district.sites if s.kind == "中等职业学校"]
    weights = [s.figures["share"] * (1 - s.figures["growth"] * back) for s in sites]
    numbers = [int(total * w / sum(weights)) for w in weights]
    if numbers:
        numbers[0] += total - sum(numbers)
    for site, students in zip(sites, numbers, strict=True):
        figures = site.figures
        teachers = int(students / figures["ratio"]) + 1
        campus, floor = figures["campus"], round(_grown(figures["floor"], 0.01, back), 2)
        _add_vocational(
            reports, site, students, teachers, campus, floor, figures["owned"], figures["equipment"], back
        )
    for site in district.sites:
        if site.kind == "技工学校":
            _add_vocational(
                reports, site, site.figures["students"] - 9 * back, 31, 30_800, 18_450, 1.0, 3_300, back
            )


def _add_vocational(
    reports: Reports,
    site: Site,
    students: int,
    teachers: int,
    campus: float,
    floor: float,
    owned: float,
    equipment: float,
    back: int,
) -> None:
    key = {"school_code": site.code, "school_name": site.name}
    specialised = int(teachers * (0.55 - 0.01 * back))
    entrants = int(students * 0.36)
    reports["vocational_enrolment"].append(
        {
            **key,
            "upper_secondary_type": site.kind,
            "students": students,
            "planned_entrants": entrants + 40,
            "entrants": entrants,
            "graduates": int(students * 0.29),
            "campus_area_m2": campus,
            "owned_campus_area_m2": round(campus * owned, 2),
            "floor_area_m2": floor,
            "owned_floor_area_m2": round(floor * owned, 2),
            "full_time_teachers": teachers,
            "specialised_teachers": specialised,
            "dual_qualified_teachers": int(specialised * (0.48 - 0.04 * back)),
            "senior_title_teachers": int(teachers * 0.21),
            "part_time_teachers": int(teachers * (0.14 - 0.01 * back)),
            "equipment_10k_yuan": round(students * _grown(equipment, 0.05, back) / 10_000, 2),
            "books": int(students * _grown(33, 0.02, back)),
        }
    )
    arts = max(2, teachers // 18)
    reports["staffing"].append(
        {
            **key,
            "stage": "中职",
            "full_time_teachers": teachers,
            "above_required_degree_teachers": int(teachers * 0.93),
            "backbone_teachers": teachers // 9,
            "pe_teachers": arts,
            "music_teachers": 1,
            "fine_art_teachers": 1,
            "other_art_teachers": 0,
            "certified_teachers": int(teachers * 0.9),
            "trained_360_hours_teachers": int(teachers * (0.85 - 0.03 * back)),
            "rotation_eligible_teachers": 0,
            "rotated_teachers": 0,
            "rotated_backbone_teachers": 0,
            "itinerant_pe_and_art_teachers": 0,
        }
    )


def _fit(values: list[int], total: int, lowest: Sequence[int], highest: Sequence[int]) -> list[int]:
    """Values moved one by one, in turn and within their bounds, until they add up to the total."""
    values = list(values)
    while (gap := total - sum(values)) != 0:
        step = 1 if gap > 0 else -1
        moved = False
        for i in range(len(values)):
            if lowest[i] <= values[i] + step <= highest[i] and gap != 0:
                values[i] += step
                gap -= step
                moved = True
        if not moved:
            raise ValueError(f"no values within the bounds add up to {total}")
    return values


def _kindergarten_pay(district: District) -> dict[str, Row]:
    """Staff, pay and insurance of every kindergarten in 2023, adding up to the published totals."""
    sites = [s for s in district.sites if s.kind == "幼儿园"]
    current = [s for s in sites if s.is_open(BASE_YEAR)]
    public = [s for s in current if s.ownership == "公办"]
    temporary = {s.code: s.figures["temporary"] for s in sites}
    in_post = {s.code: s.figures["in_post"] for s in sites}
    if district.calibrated:
        numbers = [temporary[s.code] for s in public]
        lowest = [n if n <= 2 else 3 for n in numbers]
        highest = [n if n <= 2 else 18 for n in numbers]
        fitted = _fit(numbers, TEMPORARY_TEACHERS, lowest, highest)
        temporary |= {s.code: n for s, n in zip(public, fitted, strict=True)}
    teachers = {s.code: temporary[s.code] + in_post[s.code] for s in sites}
    staff, insured = {}, {}
    for site in sites:
        rng = _draw(district.seed, "staff", site.code)
        own = teachers[site.code]
        staff[site.code] = own + max(2, int(own * (0.45 + 0.35 * rng.random())))
        covered = 0.35 + 0.6 * rng.random() if site.ownership == "公办" else 0.1 + 0.8 * rng.random()
        rest = staff[site.code] - in_post[site.code]
        insured[site.code] = in_post[site.code] + (rest if rng.random() < 0.12 else int(rest * covered))
    if district.calibrated:
        codes = [s.code for s in current]
        own_staff = _fit(
            [staff[c] for c in codes],
            KINDERGARTEN_STAFF,
            [teachers[c] + 1 for c in codes],
            [teachers[c] * 3 + 6 for c in codes],
        )
        staff |= dict(zip(codes, own_staff, strict=True))
        full = [insured[c] >= staff[c] for c in codes]
        fitted = _fit(
            [min(insured[c], staff[c]) for c in codes],
            INSURED_STAFF,
            [staff[c] if f else in_post[c] for c, f in zip(codes, full, strict=True)],
            [staff[c] for c in codes],
        )
        insured |= dict(zip(codes, fitted, strict=True))
    temporary_pay = _pay(district, sites, public, temporary, "temporary", TEMPORARY_MEAN_PAY)
    in_post_pay = _pay(district, sites, public, in_post, "in_post", IN_POST_MEAN_PAY)
    return {
        s.code: {
            "staff": staff[s.code],
            "in_post_teachers": in_post[s.code],
            "in_post_annual_pay_yuan": in_post_pay[s.code],
            "temporary_teachers": temporary[s.code],
            "temporary_annual_pay_yuan": temporary_pay[s.code],
            "fully_insured_staff": min(insured[s.code], staff[s.code]),
        }
        for s in sites
    }


def _pay(
    district: District, sites: list[Site], public: list[Site], heads: dict[str, int], kind: str, mean: int
) -> dict[str, int]:
    pay = {}
    for site in sites:
        rng = _draw(district.seed, "pay", kind, site.code)
        spread = 0.86 + 0.28 * rng.random()
        pay[site.code] = int(heads[site.code] * mean * spread / 10) * 10
    total_heads = sum(heads[s.code] for s in public)
    gap = total_heads * mean - sum(pay[s.code] for s in public)
    for site in public:  # what is left over, by heads, so that the mean is exact
        pay[site.code] += gap * heads[site.code] // total_heads
    largest = max(public, key=lambda s: heads[s.code])
    pay[largest.code] += total_heads * mean - sum(pay[s.code] for s in public)
    return pay


def _report_kindergarten(district: District, site: Site, year: int, base: Row, reports: Reports) -> None:
    back = BASE_YEAR - year
    rng = _draw(district.seed, "kindergarten", site.code)
    key = {"school_code": site.code, "school_name": site.name}
    temporary, in_post = base["temporary_teachers"], base["in_post_teachers"]
    own = dict(base)
    if back:
        temporary = int(_grown(temporary, -0.015, back) + 0.5)
        in_post = int(_grown(in_post, 0.05, back) + 0.5) if in_post > 2 else in_post
        support = base["staff"] - base["temporary_teachers"] - base["in_post_teachers"]
        staff = temporary + in_post + max(1, int(_grown(support, 0.01, back) + 0.5))
        own = {
            "staff": staff,
            "in_post_teachers": in_post,
            "in_post_annual_pay_yuan": _scaled_pay(base, "in_post", in_post, 0.045, back),
            "temporary_teachers": temporary,
            "temporary_annual_pay_yuan": _scaled_pay(base, "temporary", temporary, 0.035, back),
            "fully_insured_staff": min(staff, int(_grown(base["fully_insured_staff"], 0.06, back) + 0.5)),
        }
    reports["kindergarten_pay"].append({**key, **own})
    teachers = max(1, temporary + in_post)
    arts = 1 if teachers >= 6 else 0
    reports["staffing"].append(
        {
            **key,
            "stage": "学前",
            "full_time_teachers": teachers,
            "above_required_degree_teachers": int(teachers * min(1, 0.8 - 0.03 * back + 0.15 * rng.random())),
            "backbone_teachers": teachers // 10,
            "pe_teachers": arts,
            "music_teachers": arts,
            "fine_art_teachers": 1 if teachers >= 9 else 0,
            "other_art_teachers": 0,
            "certified_teachers": int(teachers * min(1, 0.92 - 0.02 * back + 0.1 * rng.random())),
            "trained_360_hours_teachers": int(teachers * (0.7 - 0.03 * back)),
            "rotation_eligible_teachers": 0,
            "rotated_teachers": 0,
            "rotated_backbone_teachers": 0,
            "itinerant_pe_and_art_teachers": 0,
        }
    )
    for grade, name, size in _kindergarten_classes(rng, site, teachers, year):
        row = {**key, "stage": "学前", "grade": grade, "class_name": name, "students": size}
        reports["class_sizes"].append(row)


def _scaled_pay(base: Row, kind: str, heads: int, decay: float, back: int) -> int:
    before = base[f"{kind}_teachers"]
    if not before or not heads:
        return 0
    return int(_grown(base[f"{kind}_annual_pay_yuan"] / before, decay, back) * heads / 10) * 10


def _kindergarten_classes(rng: Random, site: Site, teachers: int, year: int) -> list[tuple[str, str, int]]:
    number = max(1, teachers // 2)
    crowded = rng.random() < 0.15 + 0.03 * (BASE_YEAR - year)
    extra = 3 if crowded else 0
    if number == 1:
        return [("混合班", "混合1班", 15 + rng.randrange(13) + extra)]
    grades = ("中班", "大班") if number == 2 else ("小班", "中班", "大班")
    sizes = {"小班": 17, "中班": 21, "大班": 24}
    classes = []
    for i in range(number):
        grade = grades[i % len(grades)]
        classes.append(
            (grade, f"{grade[0]}{i // len(grades) + 1}班", sizes[grade] + rng.randrange(9) + extra)
        )
    if year >= 2021 and site.ownership == "公办" and rng.random() < 0.25:
        classes.append(("托班", "托1班", 12 + rng.randrange(8)))
    return sorted(classes, key=lambda c: ("托小中大".index(c[0][0]), c[1]))
