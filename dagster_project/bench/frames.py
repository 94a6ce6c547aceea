"""The core figures in pandas: as an analyst's script would compute them, vectorised, with one frame per step."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_SCHOOL = ["school_year", "school_code"]
_UNIT = ["school_year", "district_code", "unit_code", "stage"]
_SHARED = ("primary", "junior_secondary", "senior_secondary")
_WEIGHTS = {"primary": 1.0, "junior_secondary": 1.1, "senior_secondary": 1.32}
_DUE = {
    "primary": ("primary",), "teaching_point": ("primary",), "special": ("primary",),
    "junior_secondary": ("junior_secondary",), "nine_year": ("primary", "junior_secondary"),
    "twelve_year": _SHARED, "complete_secondary": ("junior_secondary", "senior_secondary"),
    "senior_secondary": ("senior_secondary",), "kindergarten": ("preschool",),
    "secondary_vocational": ("secondary_vocational",), "technician": ("secondary_vocational",),
}  # fmt: skip
#: indicator: numerator column, factor, split by stage, threshold primary, threshold junior
_INDICATORS: dict[str, tuple[str, int, bool, float | None, float | None]] = {
    "above_required_degree_teachers_per_100_students": (
        "above_required_degree_teachers",
        100,
        False,
        4.2,
        5.3,
    ),
    "backbone_teachers_per_100_students": ("backbone_teachers", 100, False, 1.0, 1.0),
    "pe_art_teachers_per_100_students": ("pe_art_teachers", 100, False, 0.9, 0.9),
    "teaching_area_m2_per_student": ("teaching_area", 1, True, 4.5, 5.8),
    "sports_area_m2_per_student": ("sports_area", 1, True, 7.5, 10.2),
    "equipment_yuan_per_student": ("equipment", 1, True, 2000.0, 2500.0),
    "multimedia_classrooms_per_100_students": ("multimedia_classrooms", 100, True, 2.3, 2.4),
    "full_time_teachers_per_100_students": ("full_time_teachers", 100, False, None, None),
    "books_per_student": ("books", 1, True, None, None),
    "computers_per_100_students": ("computers", 100, True, None, None),
}
_NAMES_ZH = {
    "above_required_degree_teachers_per_100_students": "每百名学生拥有高于规定学历教师数",
    "backbone_teachers_per_100_students": "每百名学生拥有县级以上骨干教师数",
    "pe_art_teachers_per_100_students": "每百名学生拥有体育、艺术专任教师数",
    "teaching_area_m2_per_student": "生均教学及辅助用房面积",
    "sports_area_m2_per_student": "生均体育运动场馆面积",
    "equipment_yuan_per_student": "生均教学仪器设备值",
    "multimedia_classrooms_per_100_students": "每百名学生拥有网络多媒体教室数",
}
_TEACHERS = ["full_time_teachers", "above_required_degree_teachers", "backbone_teachers", "pe_art_teachers"]
_RESOURCES = ["teaching_area", "sports_area", "equipment", "multimedia_classrooms", "books", "computers"]


def core_figures(source: Path, target: Path) -> dict[str, Any]:
    """Read accepted tables (Parquet), write the core marts (Parquet).

    The same rules as the models: merged campuses, held schools, due and attached stages, missing figures; and the
    same columns, words as text as the contract of the marts says (categories would be quicker to write, and another
    type). First indicators, compliance by school and variation by district, then the class ledger with its summary.

    Returns:
        `seconds` of the whole, `indicator_seconds` of the first part alone, `rows` by table.
    """
    started = time.perf_counter()
    schools = _schools(source)
    units = _units(source, schools, _class_students(source))
    indicators = _indicators(units)
    compliance = _school_compliance(indicators)
    variation = _district_indicators(indicators)
    tables = {
        "fct_school_indicators": indicators,
        "fct_school_compliance": compliance,
        "fct_district_indicators": variation,
        "fct_district_compliance": _district_compliance(compliance, variation),
    }
    rows = _write(tables, target)
    indicator_seconds = time.perf_counter() - started
    del tables, indicators, compliance, units
    classes = _classes(source, schools)
    rows |= _write(
        {"fct_classes": classes, "fct_district_class_sizes": _district_class_sizes(classes)}, target
    )
    return {"seconds": time.perf_counter() - started, "indicator_seconds": indicator_seconds, "rows": rows}


#: What a later step needs of a table and its readers don't.
_WORKING_COLUMNS = ["is_out", "below", "below_floor", "threshold_of_district", "weight", "weighted"]


def _write(tables: dict[str, pd.DataFrame], target: Path) -> dict[str, int]:
    for name, table in tables.items():
        published = table.drop(columns=_WORKING_COLUMNS, errors="ignore")
        published.to_parquet(target / f"{name}.parquet", index=False)
    return {name: len(table) for name, table in tables.items()}


def _schools(source: Path) -> pd.DataFrame:
    columns = [
        "school_year",
        "school_code",
        "district_code",
        "school_type",
        "is_counted_as_school",
        "master_school_code",
    ]
    schools = pd.read_parquet(source / "schools.parquet", columns=columns)
    has_master = schools["master_school_code"].notna()
    counted = schools["is_counted_as_school"].astype("boolean").fillna(True).astype(bool)
    standing = schools.loc[~has_master & counted, [*_SCHOOL, "district_code"]]
    standing.columns = pd.Index(["school_year", "master_school_code", "master_district"])
    schools = schools.merge(standing, on=["school_year", "master_school_code"], how="left")
    merged = schools["master_district"].eq(schools["district_code"]).fillna(False).astype(bool)
    counted &= ~has_master
    schools["unit_code"] = schools["school_code"].where(counted, schools["master_school_code"].where(merged))
    return schools[[*_SCHOOL, "district_code", "school_type", "unit_code"]]


def _classes(source: Path, schools: pd.DataFrame) -> pd.DataFrame:
    columns = [*_SCHOOL, "stage", "grade", "class_name", "students", "class_count"]
    columns += ["size_band_minimum", "size_band_maximum"]
    classes = pd.read_parquet(source / "class_sizes.parquet", columns=columns)
    classes["class_count"] = classes["class_count"].fillna(1).astype("int64")
    size = classes["stage"].map({"primary": 45.0, "junior_secondary": 50.0, "senior_secondary": 55.0})
    by_grade = {"nursery": 20.0, "junior_kindergarten": 25.0, "middle_kindergarten": 30.0}
    by_grade |= {"senior_kindergarten": 35.0, "mixed_age": 30.0}
    preschool = classes["stage"] == "preschool"
    size[preschool] = classes.loc[preschool, "grade"].map(by_grade)
    mean = classes["students"] / classes["class_count"]
    low = mean.fillna(classes["size_band_minimum"])
    high = mean.fillna(classes["size_band_maximum"])
    conditions = [
        low.isna() | size.isna(),
        preschool & (high > size),
        preschool,
        low >= 66,
        low >= 56,
        low > size,
    ]
    classes["standard_size"] = size
    bands = ["", "over_standard", "within_standard", "super_large", "large", "over_standard"]
    band = np.select(conditions, bands, default="within_standard")
    classes["size_band"] = pd.Series(band, index=classes.index, dtype="str").where(band != "")
    classes["excess_students"] = (low - size).clip(lower=0)
    classes["is_estimated"] = classes["students"].notna() & (classes["class_count"] > 1)
    return classes.merge(schools[[*_SCHOOL, "district_code"]], on=_SCHOOL)


def _class_students(source: Path) -> pd.DataFrame:
    key = [*_SCHOOL, "stage"]
    classes = pd.read_parquet(source / "class_sizes.parquet", columns=[*key, "students"])
    grouped = classes.groupby(key, observed=True)["students"].agg(["sum", "size", "count"])
    grouped["class_students"] = grouped["sum"].where(grouped["size"] == grouped["count"])
    return grouped[["class_students"]].reset_index()


def _district_class_sizes(classes: pd.DataFrame) -> pd.DataFrame:
    keys = ["school_year", "district_code", "stage"]
    sized = classes[classes["size_band"].notna()]
    sizes = sized.groupby([*keys, "size_band"], observed=True)["class_count"].sum().unstack(fill_value=0)
    result = pd.DataFrame(
        {
            "classes": sizes.sum(axis=1),
            "classes_over_standard": sizes[["over_standard", "large", "super_large"]].sum(axis=1),
            "classes_large": sizes[["large", "super_large"]].sum(axis=1),
            "classes_super_large": sizes["super_large"],
        }
    )
    without = classes[classes["size_band"].isna()].groupby(keys).size()
    result["rows_without_size"] = without.reindex(result.index, fill_value=0)
    schooled = sizes.index.get_level_values("stage") != "preschool"
    for name in ("classes_large", "classes_super_large"):
        result[name] = result[name].astype("Int64").where(schooled)
    result["large_share"] = result["classes_large"] / result["classes"].where(result["classes"] > 0)
    return result.reset_index()


def _units(source: Path, schools: pd.DataFrame, class_students: pd.DataFrame) -> pd.DataFrame:
    key = [*_SCHOOL, "stage"]
    enrolment = pd.read_parquet(source / "enrolment.parquet", columns=[*key, "students"])
    teachers = [*_TEACHERS[:3], "pe_teachers", "music_teachers", "fine_art_teachers", "other_art_teachers"]
    staffing = pd.read_parquet(source / "staffing.parquet", columns=[*key, *teachers])
    staffing["pe_art_teachers"] = staffing[teachers[3:6]].sum(axis=1, skipna=False) + staffing[
        "other_art_teachers"
    ].fillna(0)
    aside = pd.read_parquet(source / "quarantined_rows.parquet", columns=[*key, "feed"])
    aside = aside[aside["feed"].isin(["enrolment", "class_sizes", "staffing"]) & aside["stage"].notna()]
    due = pd.DataFrame(
        [(t, s) for t, stages in _DUE.items() for s in stages], columns=["school_type", "stage"]
    )
    sources = [schools[[*_SCHOOL, "school_type"]].merge(due, on="school_type")[key]]
    sources += [class_students[key], enrolment[key], staffing[key], aside[key]]
    members = pd.concat(sources).drop_duplicates().merge(schools, on=_SCHOOL)
    enrolment["has_enrolment"] = True
    spoilt = aside[aside["feed"].isin(["enrolment", "class_sizes"])][key].drop_duplicates()
    spoilt["is_spoilt"] = True
    members = members.merge(enrolment, on=key, how="left").merge(class_students, on=key, how="left")
    members = members.merge(spoilt, on=key, how="left").merge(
        staffing[[*key, *_TEACHERS]].assign(has_staff=1.0), on=key, how="left"
    )
    staff_aside = aside.loc[aside["feed"] == "staffing", key].drop_duplicates()
    members = members.merge(staff_aside.assign(staff_is_aside=1.0), on=key, how="left")
    reported = members["has_enrolment"].notna() | members["students"].notna()
    members["students_are_aside"] = members["is_spoilt"].notna().astype(float)
    members["has_students"] = reported.astype(float)
    from_classes = members["has_enrolment"].isna() & members["is_spoilt"].isna()
    members["students"] = members["students"].where(~from_classes, members["class_students"])
    members = members[members["unit_code"].notna()]
    units = _complete_sums(members, _UNIT, ["students", *_TEACHERS, "has_staff"])
    grouped = members.groupby(_UNIT, observed=True, sort=False)
    flags = grouped[["staff_is_aside", "students_are_aside", "has_students"]].max().reset_index()
    units = units.merge(flags, on=_UNIT)

    area = pd.read_parquet(source / "floor_area.parquet")
    area["teaching_area"] = area["teaching_area_m2"] - area["indoor_sports_area_m2"]
    area["sports_area"] = area["sports_ground_area_m2"] + area["indoor_sports_area_m2"]
    area["equipment"] = area["equipment_10k_yuan"] * 10000
    inside = schools[schools["unit_code"].notna()].merge(
        area[[*_SCHOOL, *_RESOURCES]].assign(has_area=1.0), on=_SCHOOL, how="left"
    )
    unit = ["school_year", "unit_code"]
    resources = _complete_sums(inside, unit, [*_RESOURCES, "has_area"])
    lost = pd.read_parquet(source / "quarantined_rows.parquet", columns=[*_SCHOOL, "feed"])
    lost = lost[lost["feed"] == "floor_area"].merge(schools, on=_SCHOOL)[unit].drop_duplicates()
    resources = resources.merge(lost.assign(area_is_aside=True), on=unit, how="left")

    shared = units[units["stage"].isin(_SHARED)].copy()
    shared["weight"] = shared["students"] * shared["stage"].map(_WEIGHTS).astype("float64")
    total = _complete_sums(shared, unit, ["weight"]).rename(columns={"weight": "total_weight"})
    units = shared[shared["stage"] != "senior_secondary"].merge(total, on=unit).merge(resources, on=unit)
    units["share"] = units["weight"] / units["total_weight"].where(units["total_weight"] > 0)
    types = schools[[*_SCHOOL, "school_type"]].rename(columns={"school_code": "unit_code"})
    units = units.merge(types, on=unit, how="left")
    kind = units["school_type"]
    small_point = (kind == "teaching_point") & (units["students"] < 50)
    units["is_out"] = kind.isin(["special", "secondary_vocational", "technician"]) | small_point
    return units


def _complete_sums(frame: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Sums that are missing as soon as one term is."""
    grouped = frame.groupby(keys, observed=True, sort=False)[columns]
    sums = grouped.sum()
    counts = grouped.count()
    sizes = frame.groupby(keys, observed=True, sort=False).size()
    return sums.where(counts.eq(sizes, axis=0)).reset_index()


def _indicators(units: pd.DataFrame) -> pd.DataFrame:
    parts = []
    students = units["students"].where(units["students"] > 0)
    primary = units["stage"] == "primary"
    for code, (column, factor, is_split, low, high) in _INDICATORS.items():
        part = units[["school_year", "district_code", "unit_code", "stage", "is_out"]].rename(
            columns={"unit_code": "school_code"}
        )
        of_staff = column in _TEACHERS
        has, aside = ("has_staff", "staff_is_aside") if of_staff else ("has_area", "area_is_aside")
        part["is_judged"] = low is not None
        part["missing_reason"] = np.select(
            [
                units[column].isna() & units[has].isna() & units[aside].notna(),
                units[column].isna() & units[has].isna(),
                units[column].isna(),
                units["students"].isna() & (units["students_are_aside"] > 0),
                units["students"].isna() & (units["has_students"] == 0),
                units["students"].isna() | (units["share"].isna() & is_split),
            ],
            ["quarantined", "not_received", "blank", "quarantined", "not_received", "blank"],
            default="",
        )
        share = units["share"] if is_split else pd.Series(1.0, index=units.index)
        part["indicator_code"] = code
        part["source_total"] = units[column].astype("float64")
        part["stage_share"] = share
        part["numerator"] = part["source_total"] * share
        part["denominator"] = units["students"]
        part["value"] = factor * part["numerator"] / students
        part["threshold"] = np.where(
            primary, np.nan if low is None else low, np.nan if high is None else high
        )
        part["ratio"] = part["value"] / part["threshold"]
        needed = part["threshold"] * units["students"] / (factor * share)
        step = 0.01 if column in ("teaching_area", "sports_area", "equipment") else 1.0
        for name, level in (("gap_to_threshold", 1.0), ("gap_to_floor", 0.85)):
            gap = np.ceil((level * needed - part["source_total"]) / step - 1e-6).clip(lower=0) * step
            part[name] = gap.where(part["value"].notna())
        parts.append(part)
    result = pd.concat(parts, ignore_index=True)
    reached = result["value"] >= result["threshold"] * (1 - 1e-12)
    conditions = [
        result["is_out"], result["denominator"] == 0, result["value"].isna(), result["threshold"].isna(), reached,
    ]  # fmt: skip
    words = ["out_of_scope", "not_applicable", "not_available", "not_applicable", "met"]
    result["status"] = np.select(conditions, words, default="not_met")
    rounded = np.floor(result["value"] * 100 + 0.5 + 1e-9) / 100
    result["rounding_flips_verdict"] = (rounded >= result["threshold"]) != reached
    result["scope"] = np.select(
        [result["is_out"], result["denominator"] == 0], ["out_of_scope", "not_applicable"], default="in_scope"
    )
    result["reaches_floor"] = (result["ratio"] >= 0.85 * (1 - 1e-12)).where(result["ratio"].notna())
    result["missing_reason"] = result["missing_reason"].where(result["status"] == "not_available")
    return result


def _school_compliance(indicators: pd.DataFrame) -> pd.DataFrame:
    judged = indicators[indicators["threshold"].notna()]
    judged = judged.assign(is_met=judged["status"] == "met", is_below=judged["status"] == "not_met")
    keys = ["school_year", "district_code", "school_code", "stage"]
    judged["below_floor"] = judged["reaches_floor"].eq(False)
    result = (
        judged.groupby(keys, observed=True, sort=False)
        .agg(students=("denominator", "first"), indicators_met=("is_met", "sum"), below=("is_below", "sum"),
             lowest_ratio=("ratio", "min"), is_out=("is_out", "any"), below_floor=("below_floor", "sum"))
        .reset_index()
    )  # fmt: skip
    lowest = judged[[*keys, "ratio", "indicator_code"]].sort_values(["ratio", "indicator_code"])
    lowest = lowest.drop_duplicates(keys).drop(columns="ratio")
    lowest = lowest.rename(columns={"indicator_code": "lowest_indicator_code"})
    result = result.merge(lowest, on=keys, how="left")
    available = result["indicators_met"] + result["below"]
    fails = (result["below"] >= 2) | (result["lowest_ratio"] < 0.85 * (1 - 1e-12))
    conditions = [result["is_out"], result["students"] == 0, fails, available < 7]
    result["indicators_available"] = available
    result["status"] = np.select(
        conditions, ["out_of_scope", "not_applicable", "not_compliant", "undetermined"], default="compliant"
    )
    name = result["lowest_indicator_code"].map(_NAMES_ZH)
    below, floor = result["below"].astype("str"), result["below_floor"].astype("str")
    result["reason_zh"] = np.select(
        [
            result["is_out"],
            result["students"] == 0,
            result["status"] == "undetermined",
            result["below"] == 0,
            result["status"] == "compliant",
            result["below_floor"] > 0,
        ],
        [
            "不在评估范围内",
            "没有学生，不作判断",
            (7 - available).astype("str") + "项缺数据，暂不能判断",
            "各项指标均达到标准",
            "仅“" + name + "”未达标准，但不低于标准的85%",
            below + "项未达标准，其中" + floor + "项低于标准的85%，最低的是“" + name + "”",
        ],
        default=below + "项未达标准，最低的是“" + name + "”",
    )
    return result


def _district_indicators(indicators: pd.DataFrame) -> pd.DataFrame:
    keys = ["school_year", "district_code", "stage", "indicator_code"]
    inside = indicators[~indicators["is_out"] & (indicators["denominator"] != 0)].copy()
    available = inside["value"].notna()
    inside["weight"] = inside["denominator"].where(available).astype("float64")
    inside["weighted"] = inside["value"] * inside["weight"]
    inside["is_met"] = inside["status"] == "met"
    grouped = inside.groupby(keys, observed=True)
    result = grouped.agg(
        schools_in_scope=("school_code", "size"), schools_available=("value", "count"), schools_met=("is_met", "sum"),
        threshold_of_district=("threshold", "max"), weight=("weight", "sum"), weighted=("weighted", "sum"),
    )  # fmt: skip
    result["mean_value"] = result["weighted"] / result["weight"].where(result["weight"] > 0)
    inside = inside.merge(result[["mean_value"]], left_on=keys, right_index=True)
    inside["squares"] = inside["weight"] * (inside["value"] - inside["mean_value"]) ** 2
    squares = inside.groupby(keys, observed=True)["squares"].sum()
    result["standard_deviation"] = np.sqrt(squares / result["weight"].where(result["weight"] > 0))
    variation = result["standard_deviation"] / result["mean_value"]
    result["coefficient_of_variation"] = variation.where(result["schools_available"] >= 2)
    result["schools_met"] = (
        result["schools_met"].astype("Int64").where(result["threshold_of_district"].notna())
    )
    result = result.reset_index()
    result["met_share"] = result["schools_met"] / result["schools_available"].where(
        result["schools_available"] > 0
    )
    limit = np.where(result["stage"] == "primary", 0.5, 0.45)
    result["cv_limit"] = np.where(result["threshold_of_district"].notna(), limit, np.nan)
    result["is_judged"] = result["threshold_of_district"].notna()
    variation = result["coefficient_of_variation"]
    conditions = [
        result["threshold_of_district"].isna(), variation.isna(), result["schools_available"] < result["schools_in_scope"],
        variation <= limit * (1 + 1e-12),
    ]  # fmt: skip
    result["cv_status"] = np.select(
        conditions, ["not_applicable", "not_available", "undetermined", "met"], default="not_met"
    )
    return result


def _district_compliance(compliance: pd.DataFrame, variation: pd.DataFrame) -> pd.DataFrame:
    keys = ["school_year", "district_code", "stage"]
    inside = compliance[~compliance["status"].isin(["out_of_scope", "not_applicable"])]
    counts = inside.groupby([*keys, "status"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["compliant", "not_compliant", "undetermined"], fill_value=0)
    result = counts.add_prefix("schools_")
    result["schools_in_scope"] = counts.sum(axis=1)
    determined = (counts["compliant"] + counts["not_compliant"]).replace(0, np.nan)
    result["compliance_rate"] = counts["compliant"] / determined
    result["compliance_rate_low"] = counts["compliant"] / result["schools_in_scope"]
    result["compliance_rate_high"] = (counts["compliant"] + counts["undetermined"]) / result[
        "schools_in_scope"
    ]
    judged = variation[variation["threshold_of_district"].notna()].groupby(keys)["coefficient_of_variation"]
    result["composite_cv"] = judged.mean().where(judged.count() == judged.size())
    return result.reset_index()


def run_pandas(source: str, target: str) -> dict[str, Any]:
    """Child's entry: folder of the accepted tables in, folder for the marts out."""
    return core_figures(Path(source), Path(target))
