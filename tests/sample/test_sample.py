"""The sample district is synthetic, the same every time, and reproduces the published figures of 2023.

Its classes move up a grade every year, and what was short in 2023 improves in 2024 and 2025.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import zipfile
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from dagster_project.core.homes import LAYOUTS_DIR
from dagster_project.intake.feeds import load_feeds, normalise_heading
from dagster_project.intake.parse.forms.declared import load_eras
from dagster_project.intake.reader import parse_content
from dagster_project.sample.district import KINDERGARTEN_HIRES, build_district
from dagster_project.sample.faults import UNREGISTERED_CODE, plant_faults
from dagster_project.sample.plan_evidence import FOLDER
from dagster_project.sample.returns import report_years
from dagster_project.sample.workbooks import (
    SYNTHETIC_ZH,
    YEARS,
    write_corrected_returns,
    write_sample,
)
from tests.intake.test_national_forms import rows_of

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "raw_data" / "sample"
MENDED = ROOT / "tests" / "fixtures" / "mended_returns"

Row = dict[str, Any]


def sheets_of(path: Path) -> dict[str, list[list[Any]]]:
    """Rows of each sheet as calamine sees them; a CSV file is one sheet."""
    if path.suffix == ".csv":
        return {"": list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"))))}
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def read_feed_rows(rows: list[list[Any]]) -> tuple[str, list[Row]]:
    """Feed code and rows of a sheet, found by headings alone; a head of two rows is joined."""
    best: tuple[int, str, dict[int, str], int] = (0, "", {}, 0)
    for code, feed in load_feeds().items():
        names = {heading: column.name for column in feed.columns for heading in column.headings()}
        required = {column.name for column in feed.columns if column.required}
        for last in range(1, 8):
            columns: dict[int, str] = {}
            for row in rows[max(0, last - 1) : last + 1]:
                columns |= {
                    j: names[key]
                    for j, cell in enumerate(row)
                    if (key := normalise_heading(str(cell))) in names
                }
            found = set(columns.values())
            if required <= found and len(found) > best[0]:
                best = (len(found), code, columns, last)
    _, code, columns, last = best
    records = []
    for row in rows[last + 1 :]:
        record = {name: row[j] for j, name in columns.items()}
        if any(value not in ("", None) for value in record.values()) and row[0] != "合计":
            records.append(record)
    return code, records


def number(value: Any) -> float | None:
    if value in ("", None):
        return None
    return float(str(value).replace(",", "")) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def returns() -> dict[int, dict[str, list[Row]]]:
    """All rows of the committed sample, by year and feed."""
    result: dict[int, dict[str, list[Row]]] = {}
    for folder in sorted(p for p in COMMITTED.iterdir() if p.is_dir()):
        feeds: dict[str, list[Row]] = defaultdict(list)
        for path in sorted(p for p in folder.iterdir() if p.is_file() and "零报告" not in p.name):
            if "教育事业统计" in path.name:
                continue
            for name, rows in sheets_of(path).items():
                code, records = read_feed_rows(rows)
                assert code, f"{path.name} › {name} is no known form"
                feeds[code] += records
        result[int(folder.name)] = feeds
        for path in sorted(folder.glob("*_教育事业统计_*.xlsx")):
            fill_in(feeds, path)
    return result


def fill_in(feeds: dict[str, list[Row]], path: Path) -> None:
    """Put what the statistics forms of a school say into the blank cells of its returns."""
    read = parse_content(path.read_bytes(), path.name, int(path.parent.name), [], load_eras(LAYOUTS_DIR))
    for (code, school, stage, *_), values in rows_of(read).items():
        row: Row = {**values}
        if code == "enrolment":
            feeds[code].append({"school_code": school, "stage": stage, **row})
        for own in feeds[code] if code in ("staffing", "floor_area") else ():
            if own["school_code"] == school and own.get("stage", "") == stage:
                own.update({name: float(value) for name, value in row.items() if own.get(name) in ("", None)})


@pytest.fixture(scope="module")
def pay_2023(returns: dict[int, dict[str, list[Row]]]) -> dict[str, list[Row]]:
    """Pay rows of 2023 by ownership."""
    ownership = {r["school_code"]: r["ownership"] for r in returns[2023]["schools"]}
    groups: dict[str, list[Row]] = {"公办": [], "民办": []}
    for row in returns[2023]["kindergarten_pay"]:
        groups[ownership[row["school_code"]]].append(row)
    return groups


def total(rows: list[Row], name: str) -> float:
    numbers = [number(r[name]) for r in rows]
    assert None not in numbers
    return sum(n for n in numbers if n is not None)


def test_82_public_kindergartens_of_150(pay_2023: dict[str, list[Row]]) -> None:
    assert len(pay_2023["公办"]) == 82
    assert len(pay_2023["民办"]) == 68


def test_pay_of_public_kindergartens_is_exact(pay_2023: dict[str, list[Row]]) -> None:
    public = pay_2023["公办"]
    assert total(public, "temporary_teachers") == 392
    assert total(public, "temporary_annual_pay_yuan") == 392 * 34_679
    in_post = total(public, "in_post_teachers")
    assert total(public, "in_post_annual_pay_yuan") == in_post * 118_659
    assert round(100 * 34_679 / 118_659) == 29


def test_insured_staff_is_65_percent(pay_2023: dict[str, list[Row]]) -> None:
    rows = pay_2023["公办"] + pay_2023["民办"]
    assert total(rows, "fully_insured_staff") == 1_513
    assert total(rows, "staff") == 2_328
    assert round(100 * 1_513 / 2_328) == 65


def test_pay_rows_are_believable(pay_2023: dict[str, list[Row]]) -> None:
    for row in pay_2023["公办"] + pay_2023["民办"]:
        assert row["in_post_teachers"] + row["temporary_teachers"] <= row["staff"]
        assert row["fully_insured_staff"] <= row["staff"]
        for kind, low, high in (("temporary", 24_000, 48_000), ("in_post", 90_000, 150_000)):
            heads, pay = row[f"{kind}_teachers"], number(row[f"{kind}_annual_pay_yuan"])
            assert pay is not None
            assert (low * heads <= pay <= high * heads) if heads else pay == 0


def test_a_notable_share_of_kindergartens_needs_suppression(pay_2023: dict[str, list[Row]]) -> None:
    few = [r for r in pay_2023["公办"] if {1, 2} & {r["temporary_teachers"], r["in_post_teachers"]}]
    assert 0.2 * 82 <= len(few) <= 0.6 * 82


def test_vocational_share_of_2023(returns: dict[int, dict[str, list[Row]]]) -> None:
    rows = returns[2023]["vocational_enrolment"]
    students: Counter[str] = Counter()
    for row in rows:
        students[row["upper_secondary_type"]] += int(row["students"])
    vocational, general = students["中等职业学校"], students["普通高中"]
    assert round(100 * vocational / (vocational + general), 1) == 23.9
    assert sum(r["upper_secondary_type"] == "中等职业学校" for r in rows) == 4
    assert sum(r["upper_secondary_type"] == "技工学校" for r in rows) == 1
    assert students["技工学校"] > 0


def test_one_vocational_school_is_all_rented_and_one_outgrows_its_site(
    returns: dict[int, dict[str, list[Row]]],
) -> None:
    rows = [r for r in returns[2023]["vocational_enrolment"] if r["upper_secondary_type"] == "中等职业学校"]
    rented = [r for r in rows if number(r["owned_campus_area_m2"]) == 0 == number(r["owned_floor_area_m2"])]
    assert len(rented) == 1
    crowded = [r for r in rows if (number(r["campus_area_m2"]) or 0) / r["students"] < 33]
    assert len(crowded) == 1
    code = crowded[0]["school_code"]
    first = next(r for r in returns[2019]["vocational_enrolment"] if r["school_code"] == code)
    assert crowded[0]["students"] > first["students"]


def test_senior_classes_add_up_to_general_students(returns: dict[int, dict[str, list[Row]]]) -> None:
    for year in YEARS:
        classes: Counter[str] = Counter()
        for row in returns[year]["class_sizes"]:
            if row["stage"] == "高中":
                classes[row["school_code"]] += int(row["students"])
        general = {
            r["school_code"]: r["students"]
            for r in returns[year]["vocational_enrolment"]
            if r["upper_secondary_type"] == "普通高中"
        }
        assert dict(classes) == general


def test_register_holds_every_kind_and_the_edge_cases(returns: dict[int, dict[str, list[Row]]]) -> None:
    register = returns[2023]["schools"]
    kinds = Counter(r["school_type"] for r in register)
    # the district has a technician school, but no senior one
    assert set(kinds) == set(load_feeds()["schools"].column("school_type").choices) - {"高级技工学校"}
    compulsory = sum(
        n for k, n in kinds.items() if k not in ("幼儿园", "高级中学", "中等职业学校", "技工学校")
    )
    assert compulsory == 110
    assert kinds["完全中学"] + kinds["高级中学"] == 6
    campuses = [r for r in register if r["master_school_code"]]
    assert len(campuses) == 5
    codes = {r["school_code"] for r in register}
    assert all(r["master_school_code"] in codes and r["is_counted_as_school"] == "否" for r in campuses)
    students = unit_students(returns[2023])
    points = [students[r["school_code"], "小学"] for r in register if r["school_type"] == "教学点"]
    assert {49, 50} <= set(points)
    assert sum(60 <= n <= 90 for n in points) >= 3


def unit_students(feeds: dict[str, list[Row]]) -> dict[tuple[str, str], float]:
    """Students by school and stage: enrolment if reported, else the classes."""
    students: dict[tuple[str, str], float] = defaultdict(float)
    for row in feeds["class_sizes"]:
        students[row["school_code"], row["stage"]] += number(row.get("students")) or 0
    for row in feeds["enrolment"]:
        students[row["school_code"], row["stage"]] = float(row["students"])
    return students


AIMS = {"小学": (4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3), "初中": (5.3, 1, 0.9, 5.8, 10.2, 2500, 2.4)}
WEIGHTS = {"小学": 1.0, "初中": 1.1, "高中": 1.32}


def seven_values(feeds: dict[str, list[Row]]) -> dict[tuple[str, str], tuple[float, list[float | None]]]:
    """Students and the seven indicators of each unit in scope, worked out here from the rows alone."""
    register = {r["school_code"]: r for r in feeds["schools"]}
    home = {code: r["master_school_code"] or code for code, r in register.items()}
    students: dict[tuple[str, str], float] = defaultdict(float)
    for (code, stage), n in unit_students(feeds).items():
        students[home.get(code, code), stage] += n
    teachers: dict[tuple[str, str], list[float | None]] = {}
    names = ("above_required_degree_teachers", "backbone_teachers")
    arts = ("pe_teachers", "music_teachers", "fine_art_teachers", "other_art_teachers")
    for row in feeds["staffing"]:
        try:
            values = [number(row[n]) for n in names]
            values.append(sum(number(row[n]) or 0 for n in arts))
        except ValueError:
            values = [None, None, None]
        key = home[row["school_code"]], row["stage"]
        before = teachers.get(key, [0.0, 0.0, 0.0])
        teachers[key] = [
            None if a is None or b is None else a + b for a, b in zip(before, values, strict=True)
        ]
    premises: dict[str, list[float | None]] = {}
    for row in feeds["floor_area"]:
        if row["school_code"] not in home:
            continue
        rooms, indoor = number(row["teaching_area_m2"]) or 0, number(row["indoor_sports_area_m2"]) or 0
        ground = number(row["sports_ground_area_m2"]) or 0
        equipment = (number(row["equipment_10k_yuan"]) or 0) * 10_000
        values = [rooms - indoor, ground + indoor, equipment, number(row["multimedia_classrooms"])]
        before = premises.get(home[row["school_code"]], [0.0, 0.0, 0.0, 0.0])
        premises[home[row["school_code"]]] = [
            None if a is None or b is None else a + b for a, b in zip(before, values, strict=True)
        ]
    result = {}
    for (code, stage), n in students.items():
        kind = register[code]["school_type"]
        if stage not in AIMS or not n or kind == "特殊教育学校" or (kind == "教学点" and n < 50):
            continue
        weight = sum(w * students.get((code, s), 0) for s, w in WEIGHTS.items())
        share = WEIGHTS[stage] * n / weight
        shared = [None if v is None else v * share / n for v in premises.get(code, [None] * 4)]
        staff = [None if v is None else v / n * 100 for v in teachers.get((code, stage), [None] * 3)]
        rooms_per_100 = None if shared[3] is None else shared[3] * 100
        result[code, stage] = (n, [*staff, *shared[:3], rooms_per_100])
    return result


def verdicts(values: dict[tuple[str, str], tuple[float, list[float | None]]]) -> dict[tuple[str, str], str]:
    result = {}
    for key, (_, seven) in values.items():
        ratios = [None if v is None else v / aim for v, aim in zip(seven, AIMS[key[1]], strict=True)]
        known = [r for r in ratios if r is not None]
        short, poor = sum(r < 1 for r in known), sum(r < 0.85 for r in known)
        if short > 1 or poor:
            result[key] = "not_compliant"
        else:
            result[key] = "compliant" if len(known) == 7 else "undetermined"
    return result


def variation(values: dict[tuple[str, str], tuple[float, list[float | None]]], stage: str, k: int) -> float:
    units = [(n, v[k]) for (_, s), (n, v) in values.items() if s == stage and v[k] is not None]
    people = sum(n for n, _ in units)
    mean = sum(n * (x or 0) for n, x in units) / people
    return math.sqrt(sum(n / people * ((x or 0) - mean) ** 2 for n, x in units)) / mean


def test_few_schools_are_compliant_and_variation_lies_on_both_sides(
    returns: dict[int, dict[str, list[Row]]],
) -> None:
    values = seven_values(returns[2023])
    counted = Counter(verdicts(values).values())
    rate = counted["compliant"] / (counted["compliant"] + counted["not_compliant"])
    assert 0.20 <= rate <= 0.35
    above = [
        variation(values, stage, k) > limit
        for stage, limit in (("小学", 0.5), ("初中", 0.45))
        for k in range(7)
    ]
    assert 3 <= sum(above) <= 11


def test_means_improve_over_the_years(returns: dict[int, dict[str, list[Row]]]) -> None:
    rates = []
    for year in YEARS:
        counted = Counter(verdicts(seven_values(returns[year])).values())
        rates.append(counted["compliant"] / (counted["compliant"] + counted["not_compliant"]))
    assert rates[0] < rates[-1]


def test_oversized_classes_exist_and_become_fewer(returns: dict[int, dict[str, list[Row]]]) -> None:
    large, super_large = {}, {}
    for year in YEARS:
        rows = [r for r in returns[year]["class_sizes"] if r["stage"] in ("小学", "初中")]
        sizes = [number(r["students"]) or 0 for r in rows if not r.get("class_count")]
        large[year] = sum(n >= 56 for n in sizes)
        super_large[year] = sum(n >= 66 for n in sizes)
    assert large[2019] > large[2021] > large[2023] >= 3 > large[2025]
    assert super_large[2019] > super_large[2023] >= 1 > super_large[2025]


def classes_by_grade(feeds: dict[str, list[Row]], grades: range) -> dict[tuple[str, str, int], list[float]]:
    """Class sizes of schools that list every class by itself, by school, stage and grade."""
    found: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    lumped = {r["school_code"] for r in feeds["class_sizes"] if r.get("class_count")}
    for row in feeds["class_sizes"]:
        size, grade = number(row.get("students")), str(row["grade"]).removesuffix(".0")
        if grade.isdigit() and int(grade) in grades and size is not None and row["school_code"] not in lumped:
            found[row["school_code"], row["stage"], int(grade)].append(size)
    return found


@pytest.mark.parametrize("year", [2023, 2024])
def test_classes_move_up_a_grade(returns: dict[int, dict[str, list[Row]]], year: int) -> None:
    before = classes_by_grade(returns[year], range(1, 13))
    after = classes_by_grade(returns[year + 1], range(1, 13))
    compared = 0
    for (code, stage, grade), sizes in before.items():
        later = after.get((code, stage, grade + 1))
        if later is None:  # the grade has left the stage, or the school sent no return
            continue
        compared += 1
        assert len(later) in (len(sizes), len(sizes) + 1)
        assert -0.12 * sum(sizes) - 2 <= sum(later) - sum(sizes) <= 0.1 * sum(sizes) + 2
    assert compared > 400


def test_staff_without_full_insurance_and_without_a_post_become_fewer(
    returns: dict[int, dict[str, list[Row]]],
) -> None:
    seen = []
    for year in (2023, 2024):
        public = {r["school_code"] for r in returns[year]["schools"] if r["ownership"] == "公办"}
        rows = returns[year]["kindergarten_pay"]
        own = [r for r in rows if r["school_code"] in public]
        seen.append([total(own, "temporary_teachers"), total(own, "in_post_teachers"), total(rows, "staff")])
        seen[-1].append(total(rows, "fully_insured_staff"))
    hired = KINDERGARTEN_HIRES[2024]
    assert seen[1][:3] == [392 - hired, seen[0][1] + hired, 2_328]
    assert seen[0][3] + hired < seen[1][3] < 2_328


def test_one_town_owes_all_returns_of_2025(returns: dict[int, dict[str, list[Row]]]) -> None:
    towns = {y: {r["town"] for r in returns[y]["schools"]} for y in (2024, 2025)}
    assert towns[2024] - towns[2025] == {"枫叶镇"} and len(towns[2025]) == 9
    owing = {r["school_code"] for r in returns[2024]["schools"] if r["town"] == "枫叶镇"}
    direct = {r["school_code"] for r in returns[2025]["schools"]}
    for feed in (
        "class_sizes",
        "staffing",
        "floor_area",
        "kindergarten_pay",
        "kindergarten_support",
        "special_rooms",
    ):
        rows = [r for r in returns[2025][feed] if int(r.get("figure_year") or 2025) == 2025]
        assert rows and not {r["school_code"] for r in rows} & (owing - direct), feed


def test_a_late_feed_comes_in_its_own_workbook() -> None:
    late = {p.name: sheets_of(p) for p in COMMITTED.rglob("*补报_202[45].xlsx")}
    assert set(late) == {"示例区_石榴坪镇_校舍与装备补报_2024.xlsx", "示例区_蓝溪镇_教师配备补报_2025.xlsx"}
    assert all(len(sheets) == 1 for sheets in late.values())


def test_every_name_is_invented(returns: dict[int, dict[str, list[Row]]]) -> None:
    real_towns = [
        "长寿",
        "凤城",
        "晏家",
        "渡舟",
        "邻封",
        "但渡",
        "云集",
        "双龙",
        "龙河",
        "石堰",
        "云台",
        "海棠",
        "葛兰",
        "新市",
        "八颗",
        "洪湖",
        "万顺",
    ]
    for year in YEARS:
        for row in returns[year]["schools"]:
            assert row["school_name"].startswith("示例区")
            assert row["district_code"] == "500199"
            assert not any(town in row["school_name"] or town in row["town"] for town in real_towns)
            assert len(row["school_code"]) == 10 and row["school_code"][2:4] == "50"


def test_each_school_stands_once_in_a_years_register(returns: dict[int, dict[str, list[Row]]]) -> None:
    for year in YEARS:
        codes = Counter(r["school_code"] for r in returns[year]["schools"])
        names = Counter(r["school_name"] for r in returns[year]["schools"])
        assert max(codes.values()) == 1 == max(names.values())


def test_keys_repeat_only_in_the_planted_conflict(returns: dict[int, dict[str, list[Row]]]) -> None:
    repeated = []
    for year in YEARS:
        for code, rows in returns[year].items():
            grain = load_feeds()[code].grain
            counted = Counter(tuple(r[n] for n in grain) for r in rows)
            repeated += [(year, code) for n in counted.values() if n > 1]
    assert repeated == [(2020, "staffing")]


def test_every_sheet_and_file_says_it_is_synthetic() -> None:
    assert SYNTHETIC_ZH in (COMMITTED / "district.yml").read_text(encoding="utf-8")
    documents = [p for p in COMMITTED.rglob("*.*") if p.parent.name == FOLDER]
    assert len(documents) > 40 and all(SYNTHETIC_ZH.encode() in p.read_bytes() for p in documents)
    for path in [*COMMITTED.glob("*/*.*"), *MENDED.rglob("*.*")]:
        sheets = sheets_of(path)
        if "教育事业统计" in path.name:  # forms have no place for it: their cover says it for all
            assert any(SYNTHETIC_ZH in str(cell) for row in sheets["封面"] for cell in row)
            continue
        for rows in sheets.values():
            assert any(SYNTHETIC_ZH in str(cell) for cell in rows[0])
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                assert SYNTHETIC_ZH in archive.read("docProps/core.xml").decode("utf-8")


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds, whatever the packing."""
    if path.suffix != ".xlsx":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_writing_again_gives_the_committed_files(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample")
    write_corrected_returns(tmp_path / "mended")
    for written, kept in ((tmp_path / "sample", COMMITTED), (tmp_path / "mended", MENDED)):
        names = sorted(p.relative_to(written) for p in written.rglob("*.*"))
        assert names == sorted(p.relative_to(kept) for p in kept.rglob("*.*"))
        for name in names:
            assert contents(written / name) == contents(kept / name), (
                f"{name}: after a change of a feed's columns, run `junheng sample --raw raw_data/sample` and"
                " `write_corrected_returns(Path('tests/fixtures/mended_returns'))` of dagster_project/sample/workbooks.py"
            )


def test_two_runs_give_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    def digests(folder: str, seed: int) -> dict[str, str]:
        write_sample(tmp_path / folder, schools=12, years=[2023], seed=seed)
        files = sorted((tmp_path / folder / "2023").iterdir())
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    assert digests("a", 1) == digests("b", 1)
    assert digests("a", 1) != digests("c", 2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_seed_is_calibrated(seed: int) -> None:
    district = build_district(seed=seed)
    reports = report_years(district, [2023])[2023]
    public = {s.code for s in district.sites if s.ownership == "公办" and s.kind == "幼儿园"}
    rows = [r for r in reports["kindergarten_pay"] if r["school_code"] in public]
    assert sum(r["temporary_annual_pay_yuan"] for r in rows) == 392 * 34_679
    assert sum(r["fully_insured_staff"] for r in reports["kindergarten_pay"]) == 1_513


@pytest.mark.parametrize("schools", [3, 12, 60, 400])
def test_compulsory_schools_scale(schools: int) -> None:
    district = build_district(schools)
    other = ("幼儿园", "高级中学", "中等职业学校", "技工学校")
    assert sum(s.kind not in other for s in district.sites) == schools
    assert len({s.name for s in district.sites}) == len(district.sites)
    assert len({s.code for s in district.sites}) == len(district.sites)
    assert report_years(district, [2018, 2024])[2024]["kindergarten_pay"]


def test_the_file_of_another_program_is_gb18030() -> None:
    tables = list(COMMITTED.rglob("*.csv"))
    assert len(tables) == len(YEARS)
    for path in tables:
        with pytest.raises(UnicodeDecodeError):
            path.read_bytes().decode("utf-8")


def test_planted_faults_stand_in_the_workbooks(returns: dict[int, dict[str, list[Row]]]) -> None:
    district = build_district()
    faults = plant_faults(district, report_years(district, YEARS))
    kinds = Counter(fault.kind for fault in faults)
    assert {"text_in_number", "blank", "unregistered", "sub_count", "year_on_year"} <= set(kinds)
    for fault in faults:
        rows = [r for r in returns[fault.school_year][fault.feed] if r["school_code"] == fault.school_code]
        if fault.kind == "not_received":
            assert not rows
        elif fault.kind == "bad_code":
            assert any(r["school_code"] == fault.written for r in returns[fault.school_year][fault.feed])
        else:
            assert fault.written in {str(r[fault.column]).removesuffix(".0").replace(",", "") for r in rows}
    register = {r["school_code"] for r in returns[2023]["schools"]}
    assert UNREGISTERED_CODE not in register


def test_no_fault_touches_a_calibrated_figure() -> None:
    district = build_district()
    faults = plant_faults(district, report_years(district, YEARS))
    touched = {(f.school_year, f.feed) for f in faults}
    assert (2023, "kindergarten_pay") not in touched
    assert (2023, "vocational_enrolment") not in touched
    assert (2023, "schools") not in touched


def test_late_schools_stand_in_one_workbook_only(returns: dict[int, dict[str, list[Row]]]) -> None:
    late = list(COMMITTED.rglob("*_补报_*.xlsx"))
    assert sorted(int(p.parent.name) for p in late) == [2021, 2023]
    for path in late:
        for rows in sheets_of(path).values():
            code, records = read_feed_rows(rows)
            assert code != "schools" and len({r["school_code"] for r in records}) == 1


def test_mended_returns_hold_whole_sheets_of_one_school() -> None:
    paths = sorted(MENDED.rglob("*.xlsx"))
    assert len(paths) >= 4
    for path in paths:
        for rows in sheets_of(path).values():
            code, records = read_feed_rows(rows)
            assert code and len({r["school_code"] for r in records}) == 1
    after = next(p for p in paths if "分班后" in p.name)
    _, records = read_feed_rows(next(iter(sheets_of(after).values())))
    assert all(r["students"] < 66 for r in records)


def test_the_schools_send_their_figures_of_2022_as_statistics_forms() -> None:
    """All from primary to senior secondary school; the workbooks of their towns leave blank what the forms say."""
    paths = list(COMMITTED.rglob("*_教育事业统计_*.xlsx"))
    assert {p.parent.name for p in paths} == {"2022"}
    of_forms = {p.stem.removesuffix("_教育事业统计_2022") for p in paths}
    books: dict[str, list[Row]] = defaultdict(list)
    for path in {*(COMMITTED / "2022").glob("*_2022.xlsx")} - {*paths}:
        for rows in sheets_of(path).values():
            code, records = read_feed_rows(rows)
            books[code] += records
    kinds = {str(r["school_name"]): r["school_type"] for r in books["schools"]}
    others = {
        n for n, kind in kinds.items() if kind in ("幼儿园", "中等职业学校", "技工学校", "特殊教育学校")
    }
    # four campuses and a teaching point report with their school, in the workbook as before
    campuses = {n for n in kinds if "校区" in n or n == "示例区望川镇中心小学教学点"}
    assert len(campuses) == 5
    assert of_forms == kinds.keys() - others - campuses
    assert of_forms.isdisjoint(str(r["school_name"]) for r in books["enrolment"])
    premises = [r for r in books["floor_area"] if r["books"] not in ("", None)]
    assert of_forms.isdisjoint(str(r["school_name"]) for r in premises)


def test_the_sample_stays_small() -> None:
    assert sum(p.stat().st_size for p in COMMITTED.rglob("*.*")) < 5_500_000


def test_the_insured_share_is_the_published_fraction() -> None:
    assert Fraction(1_513, 2_328) > Fraction(645, 1_000)
    assert Fraction(1_513, 2_328) < Fraction(655, 1_000)
