"""The synthetic district: the register of its schools and the traits they keep over the years.

Only integer and basic float operations are used, so that every system draws the same district.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

Row = dict[str, Any]
#: Rows of one school year by feed.
Reports = dict[str, list[Row]]

DISTRICT_CODE = "500199"
DISTRICT_NAME = "示例区"
BASE_YEAR = 2023
DEFAULT_SCHOOLS = 110
DEFAULT_SEED = 20231

#: The published number of 2023 (plan item 1).
PUBLIC_KINDERGARTENS = 82
#: Kindergarten teachers hired for posts, by the year of the school year's begin: what the plan's returns report.
KINDERGARTEN_HIRES = {2024: 38, 2025: 36}

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
_WORD_LIST = (
    "橙花 银杏 向阳 新芽 山雀 木棉 荷塘 萤火 石桥 芦苇 云杉 秋实 春晓 知行 启明 朝霞 红枫 翠竹 丹桂 明月 "
    "飞鸿 远帆 青藤 柳岸 白杨 梧桐 映山 清泉 彩虹 七彩 蒲公英 小鹿 海豚 蓓蕾 金穗 麦苗 童心 百灵 雨露 晨光"
)
_WORDS = tuple(_WORD_LIST.split(" "))


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
    """The synthetic district: towns by name, sites of all kinds, the seed of all later draws."""

    towns: list[str]
    sites: list[Site]
    seed: int
    calibrated: bool


def draw(seed: int, *key: object) -> Random:
    return Random("|".join(map(str, (seed, *key))))


def grown(value: float, decay: float, back: int) -> float:
    """The value some years before 2023, smaller by `decay` of it a year; larger for years after."""
    return value * max(0.3, 1 - decay * back)


class _Builder:
    """Draws the register; keeps the next serial number and the names in use."""

    def __init__(self, schools: int | None, seed: int) -> None:
        self.seed = seed
        self.schools = schools or DEFAULT_SCHOOLS
        self.scale = self.schools / DEFAULT_SCHOOLS
        self.rng = draw(seed, "register")
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
                name = (
                    f"{self.base(town)}第{'一二三四五'[order - 1]}小学"
                    if order <= 5
                    else self.unique(town, "小学", i)
                )
                site = self.add(name, "小学", town, self.town_seat(town), group=f"{self.base(town)}教育集团")
                site.students = {"小学": 620 + self.rng.randrange(1150)}
                site.slope = -0.02 - 0.03 * self.rng.random()
                if order in (1, 3, 4):
                    crowded += 1
                    site.crowding = {"小学": 44.5 + self.rng.randrange(4)}
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
                    site.crowding = {"小学": 42.0 + self.rng.randrange(3)}
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
                site.crowding = {"初中": 48.5 + self.rng.randrange(3)}
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
                site.crowding = {"初中": 47.5 + self.rng.randrange(3), "高中": 51.5}
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
            site.crowding = {"高中": 51.0}

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
            tails = ("教学点",) if kind == "教学点" else ("东校区", "西校区", "新校区")
            names = (f"{master.name}{tail}" for tail in (*tails, *(f"{n}号校区" for n in range(2, 99))))
            name = next(n for n in names if n not in self.names)
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
        site.figures = {"students": 418, "campus": 30_800, "floor": 18_450, "owned": 1.0, "equipment": 3_300}

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
        """Add teaching points and kindergartens that closed, and a primary school that became a nine-year school."""
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
            rng = draw(self.seed, "ratios", site.code)
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
    for k, least in ((1, 1.5), (4, 1.5), (5, 1.4)):  # backbone teachers, sports areas, equipment vary most
        if rng.random() < 0.22:
            values[k] *= least * (1 + rng.random())
    if small:
        values[3] *= 1.2 + 0.5 * rng.random()
        values[4] *= 1.1 + 0.6 * rng.random()
    if rank < 0.16:
        short = 0
    elif rank < 0.22:
        short, floor = 1, 0.87
    elif rank < 0.42:
        short, floor = 1, 0.55
    else:
        short, floor = 2 + rng.randrange(4), 0.4
    if short:
        for k in rng.sample((1, 2, 3, 4, 5, 6, 1, 2, 4, 5, 0), short):
            values[k] = floor + (0.99 - floor) * rng.random()
    return tuple(values)


def silent_schools(district: District, year: int) -> frozenset[str]:
    """Schools whose town has not sent its returns of the year."""
    town = {2025: 4}.get(year)
    return frozenset(s.code for s in district.sites if s.town == town and not s.own_workbook)


def build_district(schools: int | None = None, seed: int = DEFAULT_SEED) -> District:
    """The register of the synthetic district.

    Args:
        schools: number of compulsory schools in 2023, campuses included; the calibrated 110 if None.
        seed: another seed draws another district with the same calibrated totals.
    """
    return _Builder(schools, seed).build()
