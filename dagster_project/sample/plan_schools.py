"""What schools return for the plan: groups, oversized classes and their counts, sites, safety duties and hazards."""

from __future__ import annotations

import datetime as dt

from dagster_project.sample.classes import STANDARD_SIZES, classes_of
from dagster_project.sample.district import DISTRICT_NAME, District, Reports, Row, Site, draw
from dagster_project.sample.plan_tasks import BASE_YEAR, MONTHS

#: Published numbers of the plan's groups.
ONE_SCHOOL_GROUPS, JOINT_SCHOOL_GROUPS = 5, 8
#: The last of the joint groups is given up on this day, after its measure was closed: the measure falls back.
_GROUP_GIVEN_UP_ON = "2025-07-10"


def open_sites(district: District, *kinds: str) -> list[Site]:
    return [s for s in district.sites if s.kind in kinds and s.is_open(BASE_YEAR) and not s.master]


def group_rows(district: District) -> list[Row]:
    rows: list[Row] = []

    def add(site: Site, kind: str, name: str, role: str, joined: str, left: str | None = None) -> None:
        rows.append({"school_code": site.code, "school_name": site.name, "group_kind": kind, "group_name": name,
                     "group_role": role, "joined_on": joined, "left_on": left})  # fmt: skip

    public = [s for s in open_sites(district, "小学", "初级中学", "九年一贯制学校") if s.ownership == "公办"]
    gardens = open_sites(district, "幼儿园")
    pool = iter(sorted(public, key=lambda s: (s.urban > "112", s.code)))
    leads = [next(pool, None) for _ in range(ONE_SCHOOL_GROUPS + JOINT_SCHOOL_GROUPS)]
    members = list(pool)[::-1]
    for n, lead in enumerate(x for x in leads if x is not None):
        kind = "一校制" if n < ONE_SCHOOL_GROUPS else "联校制"
        name = f"{lead.name.removeprefix(DISTRICT_NAME)}教育集团"
        left = _GROUP_GIVEN_UP_ON if n + 1 == len(leads) else None
        add(lead, kind, name, "牵头", "2024-03-15", left)
        for site in [members.pop() for _ in range(2 + n % 3) if members]:
            add(site, kind, name, "成员", "2024-04-20", left)
    kinder = [s for s in gardens if s.ownership == "公办"]
    for n in range(min(10, len(kinder) // 4)):
        kind, name = ("一园制" if n < 4 else "联园制"), f"{kinder[n].name.removeprefix(DISTRICT_NAME)}集团"
        add(kinder[n], kind, name, "牵头", "2024-05-25")
        for site in kinder[10 + 3 * n : 13 + 3 * n]:
            add(site, kind, name, "成员", f"{2024 + n // 5}-06-10")
    primaries = open_sites(district, "小学")
    days = ("2024-03-20", "2024-06-20", "2024-09-20", "2025-03-20", "2025-06-20", "2025-09-20")
    for n, garden in enumerate(gardens):
        near = [p for p in primaries if p.town == garden.town] or primaries
        primary = near[n % len(near)]
        name = f"{garden.name.removeprefix(DISTRICT_NAME)}—{primary.name.removeprefix(DISTRICT_NAME)}"
        day = days[n * len(days) // len(gardens)]
        add(garden, "幼小结对", name, "成员", day)
        add(primary, "幼小结对", name, "牵头", day)
    rural = [p for p in primaries if p.urban == "220" and p.ownership == "公办"]
    for strong, weak in zip(primaries[:12], rural[:12], strict=False):
        name = f"{strong.name.removeprefix(DISTRICT_NAME)}帮扶{weak.name.removeprefix(DISTRICT_NAME)}"
        if strong.code != weak.code:
            add(strong, "对口帮扶", name, "牵头", "2024-09-10")
            add(weak, "对口帮扶", name, "成员", "2024-09-10")
    return rows


_FIRST_GRADES = ("1", "7", "10")


def _crowded(reports: Reports) -> list[Row]:
    """Classes above their standard, where a plain number of students is reported for a single class."""
    return [
        r for r in reports["class_sizes"]
        if isinstance(r.get("students"), int) and not r.get("class_count") and r["students"] > STANDARD_SIZES.get(r["stage"], 999)
    ]  # fmt: skip


def class_plan_rows(reports: Reports, year: int) -> list[Row]:
    """Plans for the crowded classes of 2023, and for those that entered crowded in a later year."""
    ways = ("新学期均衡分班", "控制插班转入，随毕业自然化解", "增设教学班", "引导到邻近学校就读")
    return [
        {**{k: r[k] for k in ("school_code", "school_name", "stage", "grade", "class_name")}, "figure_year": year,
         "measure_zh": ways[n % len(ways)], "deadline": f"{year + 1 + n % 2}-09-30", "responsible_person": "教务主任"}
        for n, r in enumerate(_crowded(reports))
        if year == BASE_YEAR or r["grade"] in _FIRST_GRADES
    ]  # fmt: skip


def _sizes(district: District, year: int) -> dict[tuple[str, str, str, str], int]:
    """Students by school, stage, grade and name of the class."""
    sizes: dict[tuple[str, str, str, str], int] = {}
    for site in district.sites:
        for stage in site.stages:
            serial: dict[int, int] = {}
            for grade, size in classes_of(district, site, stage, year):
                serial[grade] = serial.get(grade, 0) + 1
                sizes[site.code, stage, str(grade), f"{serial[grade]}班"] = size
    return sizes


def class_count_rows(district: District, reports: Reports) -> list[Row]:
    """Counts between the yearly statistics of the classes that were crowded in 2023, in three schools of five."""
    rows: list[Row] = []
    crowded = _crowded(reports)
    codes = sorted({r["school_code"] for r in crowded})
    counted = set(codes[::5] + codes[1::5] + codes[3::5])
    days = (("2024-03-15", 0), ("2024-09-20", 1), ("2025-03-14", 1), ("2025-09-19", 2))
    sizes = {years: _sizes(district, BASE_YEAR + years) for years in (0, 1, 2)}
    joined = next((r for r in crowded if r["school_code"] not in counted), None)
    for n, r in enumerate(c for c in crowded if c["school_code"] in counted):
        standard = STANDARD_SIZES[r["stage"]]
        for day, years in days:
            grade = str(int(r["grade"]) + years)
            size = sizes[years].get((r["school_code"], r["stage"], grade, r["class_name"]))
            if size is None:
                break  # the class has left the stage
            rng = draw(district.seed, "count", r["school_code"], r["grade"], r["class_name"], day)
            students = size - rng.randrange(4 if "-03-" in day else 2)
            if n % 6 == 5 and day == "2025-03-14":  # a class that was within its standard grows again
                students = standard + 2
            rows.append({**{k: r[k] for k in ("school_code", "school_name", "stage", "class_name")}, "grade": grade,
                         "counted_on": day, "students": students})  # fmt: skip
    if joined is not None:  # two classes in one figure: an estimate, which closes no entry
        rows.append({**{k: joined[k] for k in ("school_code", "school_name", "stage", "class_name", "grade")},
                     "counted_on": "2024-03-15", "students": 2 * STANDARD_SIZES[joined["stage"]] - 2, "class_count": 2})  # fmt: skip
    return rows


def site_plan_rows(district: District) -> list[Row]:
    rows = []
    for site in open_sites(district, "中等职业学校"):
        wanted = {"学校占地面积": (36000, 40000), "校舍建筑面积": (22000, 24000)}
        if site.figures.get("owned", 1.0) < 1.0 or site.figures.get("campus", 99999) < 40000:
            for name, values in wanted.items():
                for year, value in zip((2024, 2025), values, strict=True):
                    rows.append({"school_code": site.code, "school_name": site.name, "figure_year": year,
                                 "condition_code": name, "planned_value": value})  # fmt: skip
    return rows


_INSPECTIONS = ("计划督查", "专项督查", "线上督查", "联合督查")
_EDUCATION = {"1530安全教育": 20, "防溺水防高坠教育": 2, "门岗值守": 20, "家校联系": 2}
#: Days on which a month's daily checks are due, where not 21.
_SCHOOL_DAYS = {1: 15, 2: 8, 7: 5, 8: 4}
#: First month from which this many kindergartens of ten return their checks.
_REPORTING_KINDERGARTENS = (("2024-09", 2), ("2025-03", 4), ("2025-09", 6))


def _is_silent(n: int, number: int) -> bool:
    """Whether a school owes a month's return: one of eleven in the first year, one of 23 later."""
    return (n + number) % (11 if number < 12 else 23) == 0


def _other_duties(n: int, number: int) -> list[Row]:
    """Inspections of one school of seven, and the education and guards that three schools of seven report."""
    rows: list[Row] = []
    if n % 7 == number % 7:
        rows.append({"duty": _INSPECTIONS[(n + number) % len(_INSPECTIONS)], "due": 2, "done": 2})
    if (n + number) % 7 < 3:
        for name, due in _EDUCATION.items():
            rows.append(
                {"duty": name, "due": due, "done": due - (1 if due > 2 and (n + number) % 5 == 0 else 0)}
            )
    return rows


def duty_rows(district: District) -> list[Row]:
    """Checks due and done: by nearly all schools, and by more and more kindergartens."""
    schools = open_sites(district, "小学", "教学点", "初级中学", "九年一贯制学校", "十二年一贯制学校", "完全中学",
                          "高级中学", "中等职业学校")  # fmt: skip
    gardens = open_sites(district, "幼儿园")
    rows = []
    for number, month in enumerate(MONTHS):
        days = _SCHOOL_DAYS.get(int(month[5:]), 21)
        checks = (("日排查", days), ("周排查", 4), ("月排查", 1))
        share = max((count for start, count in _REPORTING_KINDERGARTENS if start <= month), default=0)
        reporting = [(n, s) for n, s in enumerate(schools) if not _is_silent(n, number)]
        reporting += [(n, s) for n, s in enumerate(gardens) if n % 10 < share and not _is_silent(n, number)]
        for n, site in reporting:
            row = {"school_code": site.code, "school_name": site.name, "reporting_month": month}
            lazy = (n + number) % 9 == 0 and (month < "2025-09" or site.kind == "幼儿园")
            for name, due in checks:
                done = due - (1 if lazy and due > 1 else 0)
                rows.append({**row, "duty": name, "due": due, "done": done})
            if site.kind != "幼儿园":
                rows += [{**row, **other} for other in _other_duties(n, number)]
    return rows


_HAZARD_KINDS = (
    ("消防", "教学楼二层走廊", "灭火器压力不足"), ("校舍", "食堂后墙", "墙面渗水起鼓"), ("校车", "校车停靠点", "标识不清"),
    ("食品", "食堂留样柜", "留样记录不全"), ("设施设备", "操场单杠", "连接处松动"), ("周边环境", "校门东侧", "流动摊贩占道"),
    ("溺水", "学校后山水塘", "警示牌缺失"), ("高坠", "综合楼三层窗户", "限位器损坏"), ("其他", "配电房", "杂物堆放"),
)  # fmt: skip


def hazard_rows(district: District) -> list[Row]:
    rows: list[Row] = []
    sites = open_sites(district, "小学", "初级中学", "九年一贯制学校", "完全中学", "幼儿园")
    for n in range(240):
        rng = draw(district.seed, "hazard", n)
        found = dt.date(2024, 1, 8) + dt.timedelta(days=n * 3 - n // 7)
        kind, place, text = _HAZARD_KINDS[rng.randrange(len(_HAZARD_KINDS))]
        site = sites[rng.randrange(len(sites))]
        rows.append(_hazard(site, n, found, kind, place, text, rhythm="日周月督"[rng.randrange(4)], grade=n % 60 == 30,
                            limit=7 + rng.randrange(8), used=2 + rng.randrange(5)))  # fmt: skip
    again = [r for r in rows if r["struck_off_on"] and r["found_on"] < "2024-12"][10:12]
    for n, old in enumerate(again, start=900):  # found once more at the same place
        site = next(s for s in sites if s.code == old["school_code"])
        rows.append(
            _hazard(
                site,
                n,
                dt.date(2025, 2, 20),
                old["hazard_kind"],
                old["place_zh"],
                old["hazard_zh"],
                "周",
                False,
                10,
                4,
            )
        )
    for n, (found, used) in enumerate(
        ((dt.date(2025, 2, 24), 80), (dt.date(2025, 2, 26), 85), (dt.date(2025, 3, 3), 70)), 910
    ):
        rows.append(
            _hazard(sites[n % len(sites)], n, found, "校舍", "操场看台", "栏杆锈蚀", "月", False, 14, used)
        )
    for n, found in enumerate(
        (dt.date(2025, 11, 20), dt.date(2025, 12, 1), dt.date(2025, 12, 22), dt.date(2025, 12, 24)), 920
    ):
        row = _hazard(
            sites[(3 * n) % len(sites)], n, found, "消防", "疏散通道", "应急灯不亮", "日", False, 14, 2
        )
        rows.append(
            {**row, "repaired_on": None, "checked_on": None, "check_result": None, "struck_off_on": None}
        )
    for n in range(930, 933):  # repaired, but the check found it lacking
        row = _hazard(
            sites[(5 * n) % len(sites)],
            n,
            dt.date(2025, 12, 8),
            "设施设备",
            "体育器材室",
            "货架不稳",
            "督",
            False,
            30,
            6,
        )
        rows.append({**row, "check_result": "不通过", "struck_off_on": None})
    return rows


def _hazard(
    site: Site, n: int, found: dt.date, kind: str, place: str, text: str, rhythm: str, grade: bool, limit: int, used: int
) -> Row:  # fmt: skip
    def day(offset: int) -> str:
        return (found + dt.timedelta(days=offset)).isoformat()

    return {
        "school_code": site.code, "school_name": site.name, "hazard_number": f"隐患{n:03d}", "found_on": day(0),
        "inspection_rhythm": "督查" if rhythm == "督" else rhythm, "place_zh": place, "hazard_kind": kind, "hazard_zh": text,
        "hazard_grade": "重大" if grade else "一般", "fed_back_on": day(0 if n % 11 else 1), "measure_zh": "限期整改",
        "responsible_person": "安全办主任", "deadline": day(limit), "repaired_on": day(used), "checked_on": day(used + 1),
        "check_result": "通过", "struck_off_on": day(used + 1),
    }  # fmt: skip
